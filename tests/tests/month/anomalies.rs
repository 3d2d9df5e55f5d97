//! The rules over the ledger: silent while nothing happens but business, and each finds the one case that is put before it.

use crate::chain::{HOUR, PERIOD_HOURS, START, Twins};
use crate::market::{Market, Pace, publish};
use nexus_index::Index;
use nexus_index::anomaly::Rule;
use nexus_types::billing::StatementEntry;
use nexus_types::block::{BlockRecord, Event};
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::period::Period;
use nexus_types::{Hash, state_key};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Ordinary transactions before anything is put before the rules.
const ORDINARY: usize = 100_000;
const CALM: Pace = Pace {
    calm: true,
    trades: 30,
};
/// Windows of an hour.
const HOURLY: u64 = 12;

/// The index that follows the chain, and what its rules say.
struct Reader {
    index: Index,
    runtime: Runtime,
    _folder: TempDir,
    transactions: usize,
    statements: Vec<StatementEntry>,
    /// The height up to which its findings were read.
    looked: u64,
}

impl Reader {
    fn begin() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("index.sqlite");
        let index = runtime
            .block_on(Index::open(path, false))
            .expect("an index");
        Self {
            index,
            runtime,
            _folder: folder,
            transactions: 0,
            statements: Vec::new(),
            looked: 0,
        }
    }

    /// Reads the chain's blocks; the height of the last.
    fn follow(&mut self, twins: &mut Twins) -> u64 {
        let blocks = twins.unread.as_mut().expect("they are kept");
        let blocks = std::mem::take(blocks);
        for block in &blocks {
            self.transactions += block.txs.len();
            let made = block.events.iter().filter_map(|event| match event {
                Event::Statement(entry) => Some(entry.clone()),
                _ => None,
            });
            self.statements.extend(made);
        }
        self.take(&blocks);
        blocks.last().map_or(self.looked, |block| block.height)
    }

    fn take(&self, blocks: &[BlockRecord]) {
        let applied = self.index.apply_batch(blocks);
        self.runtime.block_on(applied).expect("they follow");
    }

    /// What the rules found since the last time: height, rule, what it says.
    fn found(&mut self) -> Vec<(u64, String, String)> {
        let sql = format!(
            "SELECT height, rule, detail FROM anomalies WHERE height > {} ORDER BY height, position",
            self.looked
        );
        let rows = self.runtime.block_on(self.index.select(&sql, 100));
        let cell = |cell: &Option<String>| cell.clone().expect("no column is empty");
        let found: Vec<_> = rows
            .expect("a readable index")
            .rows
            .iter()
            .map(|row| {
                let height = cell(&row[0]).parse().expect("a height");
                (height, cell(&row[1]), cell(&row[2]))
            })
            .collect();
        let extent = self.runtime.block_on(self.index.extent());
        self.looked = extent.expect("an index").latest.unwrap_or_default();
        found
    }

    /// One case was put before the rules, the last of it in the block `at`: that rule alone finds it, in time, and says
    /// so once about each of `of` things.
    fn finds(&mut self, rule: Rule, at: u64, of: usize) {
        let found = self.found();
        assert_eq!(
            found.len(),
            of,
            "{}, put into block {at}: {found:?}",
            rule.name()
        );
        for (height, name, detail) in found {
            assert_eq!(name, rule.name(), "{detail}");
            assert!(
                (at..=at + 2).contains(&height),
                "{name} at {height}, not {at}"
            );
            println!(
                "{name}: put into block {at}, found {} blocks later: {detail}",
                height - at
            );
        }
    }
}

#[test]
fn rules_are_silent_over_ordinary_business_and_find_each_case_within_two_blocks() {
    let mut twins = Twins::read();
    let mut reader = Reader::begin();
    let mut market = Market::open(&mut twins, 10, CALM);
    let mut window = 0;
    while reader.transactions < ORDINARY || window % HOURLY != 0 {
        market.window(&mut twins, window);
        window += 1;
        if window % HOURLY == 0 {
            reader.follow(&mut twins);
        }
    }
    assert!(reader.statements.len() >= 10, "a period ended meanwhile");
    let (found, statements) = (reader.found(), reader.statements.len());
    println!(
        "{} ordinary transactions in {} blocks, {statements} statements: {} anomalies",
        reader.transactions,
        twins.height,
        found.len()
    );
    assert!(found.is_empty(), "{found:?}");
    for gauge in &mut market.gauges {
        gauge.steady = true;
    }

    usage_jump(&mut twins, &mut reader, &mut market, &mut window);
    denial_burst(&mut twins, &mut reader, &market);
    meter_disagreement(&mut twins, &mut reader, &mut market);
    price_outlier(&mut twins, &mut reader);
    agent_silence(&mut twins, &mut reader, &mut market, &mut window);
    // Last, because the chain never made that block.
    statement_differs(&mut twins, &mut reader);
}

/// One IMVU's processors run hot for an hour.
fn usage_jump(twins: &mut Twins, reader: &mut Reader, market: &mut Market, window: &mut u64) {
    for _ in 0..HOURLY {
        market.gauges[0].use_more(0, 25_000);
        market.window(twins, *window);
        *window += 1;
    }
    let at = reader.follow(twins);
    reader.finds(Rule::UsageJump, at, 1);
}

/// One creator's program errs ten times.
fn denial_burst(twins: &mut Twins, reader: &mut Reader, market: &Market) {
    twins.time += 1_000;
    let errors = market.errors(twins, 3, 10);
    let codes = twins.block(errors);
    assert!(codes.iter().all(|code| *code >= 2_000), "{codes:?}");
    let at = reader.follow(twins);
    reader.finds(Rule::DenialBurst, at, 1);
}

/// A copy of a meter tells something else than the meter told.
fn meter_disagreement(twins: &mut Twins, reader: &mut Reader, market: &mut Market) {
    twins.time += 1_000;
    let told = market.gauges[1].contradiction(twins);
    assert_eq!(twins.block(vec![told]), [2_006]);
    let at = reader.follow(twins);
    reader.finds(Rule::MeterDisagreement, at, 1);
}

/// Processor time costs ten times as much from the next period on.
fn price_outlier(twins: &mut Twins, reader: &mut Reader) {
    let book: PriceBook = twins.object(&state_key::price_book()).expect("a book");
    let (_, version) = book.lists.as_slice().last().copied().expect("a list");
    let list: PriceList = twins.object(&state_key::prices(version)).expect("a list");
    let mut prices = list.prices;
    prices[0].micros *= 10;
    twins.time += 1_000;
    let next = Period(twins.time / HOUR / PERIOD_HOURS + 1);
    assert!(next > Period(START / HOUR / PERIOD_HOURS));
    let tx = publish(twins, prices, next);
    twins.applied(vec![tx]);
    let at = reader.follow(twins);
    reader.finds(Rule::PriceOutlier, at, 1);
}

/// One host's agent for mail says nothing any longer, nor does its meter.
fn agent_silence(twins: &mut Twins, reader: &mut Reader, market: &mut Market, window: &mut u64) {
    market.gauges[3].hold(1_000_000);
    let mut silent = None;
    for _ in 0..100 {
        market.window(twins, *window);
        *window += 1;
        let blocks = twins.unread.as_ref().expect("they are kept");
        let told =
            |event: &Event| matches!(event, Event::AgentSilent { .. } | Event::MeterSilent { .. });
        let block = blocks.iter().find(|block| block.events.iter().any(told));
        silent = block.map(|block| block.height);
        if silent.is_some() {
            break;
        }
    }
    let at = silent.expect("the law calls it silent");
    reader.follow(twins);
    reader.finds(Rule::AgentSilence, at, 2);
}

/// A machine that made a statement of another sum: one digit.
fn statement_differs(twins: &mut Twins, reader: &mut Reader) {
    twins.time += 1_000;
    twins.block(Vec::new());
    let blocks = twins.unread.as_mut().expect("they are kept");
    let block = blocks.last_mut().expect("the last");
    let mut entry = reader.statements[0].clone();
    let text = String::from_utf8(entry.text).expect("UTF-8");
    let at = text.find(r#""collected":{"amount":""#).expect("a member") + 23;
    let digit = if text.as_bytes()[at] == b'1' {
        "2"
    } else {
        "1"
    };
    entry.text = format!("{}{digit}{}", &text[..at], &text[at + 1..]).into_bytes();
    entry.hash = Hash::of(&entry.text);
    block.events.push(Event::Statement(entry));
    let at = reader.follow(twins);
    reader.finds(Rule::StatementDiffers, at, 1);
}
