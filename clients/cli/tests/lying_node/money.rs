//! Money, as a node tells it: amounts with their units, statements and what differs in them; and what is signed.

use crate::node::{Answers, Node, chain_info, nexus, read, said, with_key};
use crate::signed;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nexus_types::encoding::decode;
use nexus_types::money::Price;
use nexus_types::payment::StandingConsent;
use nexus_types::period::Period;
use nexus_types::{Action, Hash, Micros, Time, Tx};
use serde_json::{Value, json};
use std::fs;
use std::process::Output;

fn shares(amount: &str, creator: &str, platform: &str) -> Value {
    json!({"amount": amount, "creatorGrains": creator, "platformGrains": platform})
}

/// 2.5 credits of CPU, of which 2 were collected.
fn statement() -> Value {
    let zero = Hash::default().to_string();
    let none = shares("0", "0", "0");
    json!({"adjustments": [], "chainId": "nexus-test", "collected": shares("2000000", "22000000", "18000000"),
        "corrected": none, "disputed": none, "entries": 3, "fees": "0", "from": 0, "genesisHash": zero,
        "granted": {"byCreator": "0", "byPlatform": "0"}, "imvu": "IMVU-042",
        "netGrains": {"creator": "22000000", "platform": "-18000000"}, "owner": zero,
        "payers": [{"charged": "2500000", "collected": "2000000", "corrected": "0", "payer": zero}],
        "period": 0, "priceVersion": 1,
        "refunded": {"amount": "0", "creatorGrains": "0", "platformGrains": "0", "tax": "0"},
        "released": none,
        "sales": {"count": 0, "creatorGrains": "0", "gross": "0", "platformGrains": "0", "tax": "0"},
        "split": {"creator": 11, "platform": 9, "whole": 20},
        "terms": {"compute": "2500000", "dns": "0", "mail": "0", "network": "0", "total": "2500000"},
        "test": true, "to": 3_600_000,
        "usage": [{"charged": "2500000", "micros": "1", "per": "1000", "quantity": "2500000000",
            "resource": "cpu", "unit": "ms"}],
        "version": 1})
}

fn answer(method: &str) -> Result<Value, i32> {
    let zero = Hash::default().to_string();
    let price = |resource: &str, unit: &str| json!({"resource": resource, "unit": unit, "micros": "1", "per": "1000"});
    Ok(match method {
        "nexus_chainInfo" => chain_info(),
        "nexus_getNonce" => read(json!({"identity": zero, "lane": 0, "next": "2"})),
        "nexus_getStatement" => {
            let text = statement().to_string();
            read(
                json!({"imvu": "IMVU-042", "sequence": "0", "period": 0, "height": "7",
                "hash": Hash::of(text.as_bytes()).to_string(), "text": text,
                "collection": {"kind": "statements", "size": "1", "root": zero}}),
            )
        }
        "nexus_listStatements" => {
            json!({"items": [{"imvu": "IMVU-042", "sequence": "0", "period": 0,
            "height": "7", "time": "3900000", "hash": zero}], "total": "1", "at": "9"})
        }
        "nexus_listAccounts" => json!({"items": [{"kind": "platformIncome", "asset": false,
            "debitsGrains": "31", "creditsGrains": "20", "balanceGrains": "-11"},
            {"kind": "clearing", "processor": "acquirer-1", "asset": true, "debitsGrains": "40000000",
            "creditsGrains": "0", "balanceGrains": "40000000"}], "total": "2", "at": "9"}),
        "nexus_getProcessor" => read(
            json!({"id": "acquirer-1", "identity": zero, "registered": "3",
            "usableFrom": "0", "reconciled": {"height": "8", "statement": zero, "statedIn": "1", "statedOut": "0",
            "bookedIn": "2", "bookedOut": "0", "agrees": true}}),
        ),
        "nexus_getPrices" => read(json!({"period": 7, "start": "25200000", "end": "28800000",
            "list": {"version": 1, "from": 0, "prices": [price("cpu", "ms"), price("memory", "MiB·s"),
            price("io", "B"), price("dns", "answers"), price("mail", "messages"), price("network", "B"),
            price("mailStorage", "MiB·s")]},
            "book": [{"from": 0, "version": 1}, {"from": 9, "version": 2}],
            "taxes": [{"region": "EU-GDPR", "rates": [{"from": 3, "millionths": 190_000}]}]})),
        _ => return Err(-32601),
    })
}

fn ask_in(dir: &tempfile::TempDir, args: &[&str]) -> (Node, Output) {
    let answers: Answers = |method, _| answer(method);
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let output = nexus(dir.path(), &node, args);
    (node, output)
}

fn told(args: &[&str]) -> String {
    let (_, output) = ask_in(&with_key(), args);
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a command signs.
fn action(args: &[&str]) -> Action {
    let dir = with_key();
    let (_, made) = ask_in(&dir, &["key", "new", "somebody"]);
    assert!(made.status.success(), "{}", said(&made));
    let args = [args, &["--key", "somebody", "--dry-run"]].concat();
    let (node, output) = ask_in(&dir, &args);
    let asked = node.params_of("nexus_simulateTransaction");
    let asked = asked.unwrap_or_else(|| panic!("{args:?}: {}", said(&output)));
    let bytes = STANDARD.decode(asked["tx"].as_str().unwrap()).unwrap();
    decode::<Tx>(&bytes).unwrap().body.action
}

#[test]
fn accounts_are_shown_in_credits_micro_credits_and_grains() {
    let shown = told(&["account", "list"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[1].contains("-0.00000055 credits") && lines[1].ends_with("-0.55          -11"),
        "{shown}"
    );
    assert!(
        lines[2].contains("acquirer-1") && lines[2].contains("2 credits"),
        "{shown}"
    );
    assert!(lines[2].ends_with("2000000        40000000"), "{shown}");
}

#[test]
fn books_that_differ_are_said_to_differ_whatever_the_node_says_of_them() {
    let shown = told(&["processor", "show", "acquirer-1"]);
    assert!(
        shown.contains("its books differ from the ledger"),
        "{shown}"
    );
    assert!(
        shown.contains("0.000001 credits (1 micro-credit)"),
        "{shown}"
    );
}

#[test]
fn prices_are_shown_with_their_units_and_what_comes_next() {
    let shown = told(&["prices", "show"]);
    for part in [
        "7 (1970-01-01T07:00Z to before 1970-01-01T08:00Z)",
        "mailStorage  1 micro-credit  1000 MiB·s",
        "list 2 takes its place from period 9 on",
        "EU-GDPR  19 %  3",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
}

#[test]
fn a_statement_is_a_table_csv_json_or_its_very_text() {
    let shown = told(&["statement", "show", "IMVU-042", "1970-01-01"]);
    for part in [
        "0 (1970-01-01T00:00Z to before 1970-01-01T01:00Z)",
        "2500000000 ms  1 micro-credit for 1000  2.5 credits",
        "CREATOR 55 %",
        "PLATFORM 45 %",
        "1.1 credits",
        "they measure nothing",
        "net, platform  -0.9 credits",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    let csv = told(&["statement", "show", "IMVU-042", "0", "--csv"]);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 7), "{csv}");
    assert_eq!(
        rows[1][..5],
        ["usage", "cpu", "2500000000", "ms", "2500000"]
    );
    let parsed: Value =
        serde_json::from_str(&told(&["statement", "show", "IMVU-042", "0", "-o", "json"])).unwrap();
    assert_eq!(parsed["statement"], statement());
    let printed = told(&["statement", "print", "IMVU-042", "0"]);
    assert_eq!(printed, format!("{}\n", statement()));
    let latest = told(&["statement", "show", "IMVU-042"]);
    assert_eq!(latest, shown, "without a period, the latest");
}

#[test]
fn a_statement_that_was_given_otherwise_exits_4_and_names_the_member() {
    let dir = with_key();
    let file = dir.path().join("given.json");
    let args = ["statement", "compare", "IMVU-042", "0", "given.json"];
    fs::write(&file, format!("{}\n", statement())).unwrap();
    let (_, same) = ask_in(&dir, &args);
    assert!(same.status.success(), "{}", said(&same));
    let other = statement()
        .to_string()
        .replacen("\"22000000\"", "\"21000000\"", 1);
    fs::write(&file, other).unwrap();
    let (_, differs) = ask_in(&dir, &[&args[..], &["-o", "json"]].concat());
    assert_eq!(differs.status.code(), Some(4), "{}", said(&differs));
    let error: Value = serde_json::from_slice(&differs.stdout).unwrap();
    assert_eq!(error["error"]["pointer"], "/collected/creatorGrains");
    assert_eq!(
        (&error["error"]["ledger"], &error["error"]["given"]),
        (&json!("\"22000000\""), &json!("\"21000000\""))
    );
}

#[test]
fn nothing_is_recomputed_offline_without_receipts_or_from_a_file_that_has_none() {
    let dir = with_key();
    let offline = ["statement", "recompute", "IMVU-042", "0", "--offline"];
    assert_eq!(ask_in(&dir, &offline).1.status.code(), Some(2));
    assert_eq!(
        ask_in(&dir, &["statement", "recompute"]).1.status.code(),
        Some(2)
    );
    fs::write(dir.path().join("none.json"), "{}").unwrap();
    let file = [
        "statement",
        "recompute",
        "--bundle",
        "none.json",
        "--offline",
    ];
    let (node, output) = ask_in(&dir, &file);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(!node.was_asked("nexus_getStatement"));
}

#[test]
fn what_is_typed_is_what_is_signed() {
    let record = action(&[
        "revenue",
        "record",
        "acquirer-1",
        "order-7",
        "--imvu",
        "IMVU-042",
        "--gross",
        "12.5cr",
        "--tax",
        "2.375cr",
        "--region",
        "EU-GDPR",
        "--fee",
        "100ucr",
    ]);
    let Action::RecordSale {
        external,
        gross,
        tax,
        fee,
        ..
    } = record
    else {
        panic!("{record:?}");
    };
    assert_eq!(external.as_str(), "order-7");
    assert_eq!(
        (gross, tax, fee),
        (Micros(12_500_000), Micros(2_375_000), Micros(100))
    );
    let publish = action(&["prices", "publish", "--from", "8", "--dns", "3/4"]);
    let Action::PublishPrices { from, prices } = publish else {
        panic!("{publish:?}");
    };
    let kept = Price {
        micros: 1,
        per: 1_000,
    };
    let dns = Price { micros: 3, per: 4 };
    assert_eq!(from, Period(8));
    assert_eq!(prices, [kept, kept, kept, dns, kept, kept, kept]);
    let tax = action(&[
        "tax",
        "set",
        "EU-GDPR",
        "--rate",
        "7.5",
        "--from",
        "1970-01-01T09:30Z",
    ]);
    assert!(
        matches!(
            tax,
            Action::SetTaxRate {
                millionths: 75_000,
                from: Period(9),
                ..
            }
        ),
        "{tax:?}"
    );
    let consent = action(&["imvu", "consent", "revoke", "IMVU-042", "debt-ladder"]);
    assert!(
        matches!(
            consent,
            Action::SetStandingConsent {
                consent: StandingConsent::DebtLadder,
                given: false,
                ..
            }
        ),
        "{consent:?}"
    );
    let hash = Hash::of(b"terms").to_string();
    let contain = action(&[
        "contain",
        "IMVU-042",
        "--hours",
        "6",
        "--document-hash",
        &hash,
    ]);
    let Action::Contain {
        evidence, span_ms, ..
    } = contain
    else {
        panic!("{contain:?}");
    };
    assert_eq!((evidence, span_ms), (Hash::of(b"terms"), 6 * 3_600_000));
    let mandate = action(&[
        "mandate", "sign", "IMVU-042", "--cap", "3cr", "--until", "2h",
    ]);
    let Action::SignMandate { cap, until, .. } = mandate else {
        panic!("{mandate:?}");
    };
    // The node's blocks say it is the first second of 1970.
    assert_eq!((cap, until), (Micros(3_000_000), Time(7_201_000)));
}

#[test]
fn an_amount_without_its_unit_is_signed_by_nobody() {
    let dir = with_key();
    let args = [
        "payout",
        "request",
        "acquirer-1",
        "--amount",
        "5",
        "--document-hash",
    ];
    let hash = Hash::default().to_string();
    let (node, output) = ask_in(&dir, &[&args[..], &[&hash]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("micro-credits") || said(&output).contains("use one of cr"));
    assert!(!node.was_asked("nexus_getNonce"));
}
