//! transactions.json: what may stand in a block, and how the law decided it.

use crate::people::{Person, agents, alice, attester, bob, cashier, officers, operators};
use crate::scenario::{Acted, Scenario};
use crate::spelled::{self, number};
use nexus_types::encoding::encode;
use nexus_types::{ActionKind, Hash, Verdict, decode};
use serde_json::{Value, json};

/// Every transaction of the scenario.
pub(crate) fn accepted(story: &Scenario) -> Value {
    let all: Vec<Value> = story.acted.iter().map(|one| spell(story, one)).collect();
    for kind in ActionKind::ALL {
        let shown = story
            .acted
            .iter()
            .any(|one| one.tx.body.action.kind() == kind);
        assert!(shown, "no vector shows {kind}");
    }
    json!({
        "about": "Transactions that were admitted, each with the law's decision. A cosigned or approved one carries everything in its fields; signatures are deterministic (RFC 8032), so a client with these seeds makes the same bytes.",
        "people": people(),
        "transactions": all,
    })
}

fn people() -> Vec<Value> {
    let mut all = officers();
    all.extend([
        attester(),
        alice(),
        bob(),
        Person::new("bob's second key", 23),
        cashier(),
    ]);
    all.extend(operators());
    all.extend(agents());
    all.iter().map(Person::spelled).collect()
}

fn spell(story: &Scenario, one: &Acted) -> Value {
    let made = &story.chain.blocks[one.height as usize - 1];
    let result = &made.results[one.index];
    let bytes = encode(&one.tx);
    assert_eq!(bytes, made.txs[one.index], "{}", one.name);
    assert!(
        !result.data.bytes().is_empty(),
        "{} is inadmissible",
        one.name
    );
    let verdict: Verdict = decode(result.data.bytes()).unwrap();
    assert_eq!(verdict.code.number(), result.code);
    json!({
        "name": one.name,
        "height": number(one.height),
        "index": one.index,
        "fields": spelled::tx(&one.tx),
        "bytes": hex::encode(&bytes),
        "hash": Hash::of(&bytes).to_string(),
        "id": one.tx.body.id().to_string(),
        "cosign_digest": one.tx.body.cosign_digest().to_string(),
        "code": result.code,
        "verdict": spelled::verdict(&verdict),
        "verdict_bytes": hex::encode(result.data.bytes()),
    })
}
