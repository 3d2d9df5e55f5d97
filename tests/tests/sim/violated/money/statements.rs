//! What the second books object to in statements.

use nexus_types::billing::{Billing, Closed, StatementEntry, Totals};
use nexus_types::block::Event;
use nexus_types::encoding::encode;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::UsageFlags;
use nexus_types::{Hash, state_key};
use serde_json::json;

use super::super::{Pair, shop};
use super::books::{after, objects};
use super::{entry, period, selling, sold};
use crate::oracle::ledger::Books;

/// What the statement of the sale says.
fn text() -> serde_json::Value {
    let shares = |amount: u64| {
        json!({
            "amount": amount.to_string(),
            "creatorGrains": (amount * 11).to_string(),
            "platformGrains": (amount * 9).to_string(),
            "tax": "0",
        })
    };
    json!({
        "entries": 1,
        "sales": {
            "count": 1, "gross": "100", "creatorGrains": "1100", "platformGrains": "900", "tax": "0",
        },
        "fees": "0",
        "refunded": shares(0),
        "granted": { "byCreator": "0", "byPlatform": "0" },
        "disputed": shares(0),
        "released": shares(0),
        "corrected": shares(0),
        "collected": shares(0),
        "terms": { "total": "0" },
        "netGrains": { "creator": "1100", "platform": "900" },
    })
}

fn statement(text: &[u8]) -> StatementEntry {
    StatementEntry {
        imvu: shop().id,
        sequence: 0,
        period: period(),
        height: 2,
        hash: Hash::of(text),
        text: text.to_vec(),
    }
}

/// The sale, whose period is closed with this statement.
fn stated(statement: &StatementEntry) -> Pair {
    let mut pair = selling();
    let billing = Billing {
        imvu: shop().id,
        period: period(),
        version: 1,
        usage: Vec::new(),
        adjustments: Vec::new(),
        bills: Vec::new(),
        totals: Totals::default(),
        flags: UsageFlags::default(),
        closed: Some(Closed {
            hash: statement.hash,
            height: 2,
            sequence: statement.sequence,
        }),
    };
    pair.then(state_key::billing(&shop().id, period()), &billing);
    pair.states(statement);
    pair
}

impl Pair {
    fn states(&mut self, statement: &StatementEntry) {
        let log = LogId::Collection(CollectionKind::Statements, Some(shop().id));
        self.appended.push((log, encode(statement)));
    }
}

fn good() -> StatementEntry {
    statement(text().to_string().as_bytes())
}

#[test]
fn a_statement_that_is_made_twice_or_stands_nowhere() {
    let closed = [Event::PeriodClosed(period())];
    after(&mut Books::default(), &stated(&good()), &closed).expect("the sale is stated");
    let objection = after(&mut Books::default(), &selling(), &closed).expect_err("none");
    assert!(
        objection.contains("without a statement of IMVU-0"),
        "{objection}"
    );
    let mut pair = stated(&good());
    pair.states(&good());
    objects(&pair, "out of order");
    let mut pair = stated(&good());
    pair.states(&StatementEntry {
        sequence: 1,
        ..good()
    });
    objects(&pair, "it was made before");
    let mut pair = stated(&good());
    pair.after.remove(&state_key::billing(&shop().id, period()));
    objects(&pair, "the state has another");
    let mut pair = stated(&good());
    pair.enters(&entry(1, sold()));
    objects(&pair, "whose statement is made");
}

#[test]
fn a_statement_that_says_something_else() {
    let other = StatementEntry {
        hash: Hash::default(),
        ..good()
    };
    objects(&stated(&other), "it has another hash");
    let spaced = serde_json::to_vec_pretty(&text()).expect("JSON");
    objects(&stated(&statement(&spaced)), "it is not canonical");
    objects(&stated(&statement(b"{")), "it is no JSON");
    for (place, value) in [
        ("/sales/gross", json!("99")),
        ("/netGrains/creator", json!("1000")),
        ("/entries", json!(2)),
    ] {
        let mut bad = text();
        *bad.pointer_mut(place).expect("it is there") = value;
        let bad = statement(bad.to_string().as_bytes());
        objects(&stated(&bad), place);
    }
}
