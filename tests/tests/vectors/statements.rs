//! statements.json: all receipts of one IMVU, and the statements that the law made of them.

use crate::people::{alice, imvu};
use crate::scenario::Scenario;
use crate::spelled::{self, money, number};
use nexus_sdk::statement::{Receipts, compare, recompute};
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::UsageHour;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::state::ChainRecord;
use nexus_types::{Hash, decode, state_key};
use serde_json::{Value, json};

fn leaves<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    story: &Scenario,
    kind: CollectionKind,
) -> Vec<T> {
    let log = LogId::Collection(kind, Some(imvu("IMVU-042")));
    let records = story.chain.logs.get(&log).into_iter().flatten();
    records.map(|bytes| decode(bytes).unwrap()).collect()
}

pub(crate) fn statements(story: &Scenario) -> Value {
    let chain: ChainRecord = story.chain.read(&state_key::chain()).unwrap();
    let usage: Vec<UsageHour> = leaves(story, CollectionKind::Usage);
    let entries: Vec<MoneyEntry> = leaves(story, CollectionKind::Money);
    let made: Vec<StatementEntry> = leaves(story, CollectionKind::Statements);
    let book: PriceBook = story.chain.read(&state_key::price_book()).unwrap();
    let versions = book.lists.as_slice().iter().map(|(_, version)| *version);
    let lists: Vec<PriceList> = versions
        .map(|version| story.chain.read(&state_key::prices(version)).unwrap())
        .collect();
    let id = imvu("IMVU-042");
    let shown = made.iter().map(|statement| {
        let text = String::from_utf8(statement.text.clone()).unwrap();
        assert_eq!(Hash::of(text.as_bytes()), statement.hash);
        let again = recompute(&Receipts {
            chain_id: chain.network.chain_id.as_str(),
            genesis_hash: chain.network.genesis_hash,
            calendar: chain.calendar,
            imvu: &id,
            period: statement.period,
            owner: alice().id,
            usage: &usage,
            money: &entries,
            book: &book,
            lists: &lists,
        });
        assert_eq!(compare(&text, &again.unwrap()), None);
        json!({
            "period": number(statement.period.0),
            "owner": alice().id.to_string(),
            "hash": statement.hash.to_string(),
            "text": text,
        })
    });
    let shown: Vec<Value> = shown.collect();
    json!({
        "about": "Every leaf of the usage and money collections of one IMVU, the price lists, and the statements that the law made of them: whoever has the receipts makes the same text.",
        "network": spelled::network(&chain.network),
        "calendar": money::calendar(chain.calendar),
        "imvu": id.as_str(),
        "book": money::price_book(&book),
        "lists": lists.iter().map(money::price_list).collect::<Vec<_>>(),
        "usage": usage.iter().map(spelled::usage_hour).collect::<Vec<_>>(),
        "money": entries.iter().map(money::entry).collect::<Vec<_>>(),
        "statements": shown,
    })
}
