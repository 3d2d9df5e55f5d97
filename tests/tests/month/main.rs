//! A month of 30 days in two accounting periods, in windows of five minutes: hosts and meters that lose windows, tell them
//! late, twice, or with counters that ran backwards; two price lists; sales, refunds, disputes lost and won, mandates,
//! corrections. Two applications with other caches and threads must agree on every block, and every statement must follow,
//! byte for byte, from its IMVU's receipts alone.
//!
//! `NEXUS_MONTH_IMVUS` says how many IMVUs (10 by default; `make month`: 1,000, in RocksDB), `NEXUS_MONTH_WINDOWS` how many
//! windows (a month by default; fewer do not close it).

mod anomalies;
mod chain;
mod market;
mod meters;

use chain::Twins;
use market::{Market, Pace};
use nexus_sdk::statement::{Receipts, compare, recompute};
use nexus_types::Hash;
use nexus_types::billing::Billing;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::state_key;
use std::time::Instant;

/// Windows of five minutes in 30 days.
const WINDOWS: u64 = 30 * 24 * 12;
/// IMVUs whose month fits into memory.
const IN_MEMORY: usize = 50;

#[test]
fn a_month_closes_and_every_statement_follows_from_its_receipts() {
    let count: usize = std::env::var("NEXUS_MONTH_IMVUS").map_or(10, |text| {
        text.parse().expect("NEXUS_MONTH_IMVUS is a number")
    });
    let windows: u64 = std::env::var("NEXUS_MONTH_WINDOWS").map_or(WINDOWS, |text| {
        text.parse().expect("NEXUS_MONTH_WINDOWS is a number")
    });
    let started = Instant::now();
    let mut twins = Twins::begin(count > IN_MEMORY);
    let mut market = Market::open(&mut twins, count, Pace::HARD);
    for window in 0..windows {
        market.window(&mut twins, window);
    }
    market.close(&mut twins);
    let blocks = twins.height;
    let seen = &market.seen;
    println!(
        "{count} IMVUs, {blocks} blocks, {} usage lines, {} s on two applications: {} records taken, {} windows lost, {} told late, \
         {} repeated and refused, {} counters ran backwards; {} sales, {} refunds, {} disputes ({} lost), {} corrections",
        seen.lines,
        started.elapsed().as_secs(),
        seen.records,
        seen.lost,
        seen.late,
        seen.repeated,
        seen.regressed,
        seen.sales,
        seen.refunds,
        seen.disputes,
        seen.chargebacks,
        seen.corrections,
    );
    for (what, number) in [
        ("lost windows", seen.lost),
        ("late windows", seen.late),
        ("repeated records", seen.repeated),
        ("regressions", seen.regressed),
        ("refunds", seen.refunds),
        ("chargebacks", seen.chargebacks),
        ("corrections", seen.corrections),
    ] {
        assert!(number > 0, "the month had no {what}");
    }
    statements(&twins, count);
}

/// Each statement, made again from what anybody can read.
fn statements(twins: &Twins, count: usize) {
    let book: PriceBook = twins
        .object(&state_key::price_book())
        .expect("a price book");
    let versions = book.lists.as_slice().iter().map(|(_, version)| *version);
    let lists: Vec<PriceList> = versions
        .map(|version| twins.object(&state_key::prices(version)).expect("a list"))
        .collect();
    assert_eq!(lists.len(), 2, "two price lists held in this month");
    let mut made = 0;
    let mut adjusted = 0;
    for (imvu, receipts) in &twins.receipts {
        assert_eq!(receipts.statements.len(), 2, "{imvu}: one a period");
        for statement in &receipts.statements {
            let text = String::from_utf8(statement.text.clone()).expect("UTF-8");
            let again = recompute(&Receipts {
                chain_id: twins.network.chain_id.as_str(),
                genesis_hash: twins.network.genesis_hash,
                calendar: twins.genesis.document().state.calendar,
                imvu,
                period: statement.period,
                owner: receipts.owner,
                usage: &receipts.usage,
                money: &receipts.money,
                book: &book,
                lists: &lists,
            });
            let again =
                again.unwrap_or_else(|fault| panic!("{imvu} {}: {fault}", statement.period));
            assert_eq!(
                text,
                again,
                "{imvu} {}: {:?}",
                statement.period,
                compare(&text, &again)
            );
            let billing: Billing = twins
                .object(&state_key::billing(imvu, statement.period))
                .expect("a period");
            let closed = billing.closed.expect("it is closed");
            assert_eq!(closed.hash, Hash::of(text.as_bytes()));
            made += 1;
            adjusted += u64::from(text.contains(r#""of":"#));
        }
    }
    assert_eq!(made, 2 * count);
    assert!(adjusted > 0, "some use was told after its statement");
    println!("{made} statements made again byte for byte, {adjusted} of them with late use");
}
