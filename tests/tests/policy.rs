//! What `nexus policy explain` says of gates and roles is what the law does: held against the matrix of gates, roles and
//! actions that the law's own tests keep.

use nexus_sdk::policy::{Actor, Met, explain};
use nexus_tests::programs::checkout;
use nexus_types::ActionKind;
use nexus_types::guardian::ImvuRole;
use std::fs;

/// The matrix's columns, and who stands for each here. Nobody of this crate is unregistered, revoked or an attester.
const COLUMNS: [(&str, Option<Actor>); 13] = [
    ("Unregistered", None),
    ("Revoked", None),
    ("Stranger", Some(Actor::Stranger)),
    ("Owner", Some(Actor::Owner)),
    ("Attester", None),
    ("Officer", Some(Actor::Officer)),
    ("Threshold", Some(Actor::Officers)),
    ("Operator", Some(Actor::Operator)),
    ("Agent", Some(Actor::Agent)),
    ("Seats", Some(Actor::Seats)),
    ("Processor", Some(Actor::Processor)),
    ("Guardians", Some(Actor::Guardians)),
    ("Member", Some(Actor::Member(ImvuRole::Operator))),
];

/// The gates that a cell says refuse; none where the transaction never reached them.
fn refused(cell: &str) -> Option<Vec<u8>> {
    let (code, gates) = cell.split_once(':').unwrap_or((cell, ""));
    let code: u32 = code.parse().expect("a code");
    if (1000..2000).contains(&code) {
        return None;
    }
    let gates = gates.split(',').filter(|gate| !gate.is_empty());
    Some(gates.map(|gate| gate.parse().expect("a gate")).collect())
}

#[test]
fn what_is_explained_is_what_the_law_does() {
    let path = checkout().join("app/machine/src/tests/matrix.txt");
    let matrix = fs::read_to_string(path).expect("the matrix");
    let mut lines = matrix.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(' ').skip(2).collect();
    assert_eq!(header, COLUMNS.map(|(name, _)| name));
    let (mut compared, mut wrong) = (0, Vec::new());
    for (line, kind) in lines.zip(ActionKind::ALL) {
        let mut cells = line.split(' ');
        assert_eq!(cells.next(), Some(kind.name()));
        for (cell, (column, actor)) in cells.zip(COLUMNS) {
            let (Some(actor), Some(refused)) = (actor, refused(cell)) else {
                continue;
            };
            for gate in explain(kind, actor).gates {
                compared += 1;
                let refuses = refused.contains(&gate.gate);
                let right = match gate.met {
                    Met::Yes => !refuses,
                    Met::No => refuses,
                    Met::Depends => true,
                };
                if !right {
                    wrong.push(format!(
                        "{kind} as {column}: gate {} is said to be {:?}, and {}",
                        gate.gate,
                        gate.met,
                        if refuses { "refuses" } else { "lets through" }
                    ));
                }
            }
        }
    }
    assert!(compared > 1_000, "{compared} cells compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
