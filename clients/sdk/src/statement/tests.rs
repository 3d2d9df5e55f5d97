//! Statements from receipts made by hand.

mod world;

use super::*;
use nexus_types::Hash;
use nexus_types::billing::{Charge, Granter, MoneyEntry, MoneyEvent};
use nexus_types::encoding::{Text, encode};
use nexus_types::ids::ProcessorId;
use nexus_types::meter::{Resource, UsageFlags, UsageHour};
use nexus_types::money::Micros;
use nexus_types::payment::DisputeStatus;
use nexus_types::period::Period;
use serde_json::json;
use world::{PATRON, World, ended, granted, sold};

#[test]
fn an_empty_period_has_this_very_text() {
    let world = World::new();
    let text = recompute(&world.receipts(20)).unwrap();
    let nothing = r#"{"amount":"0","creatorGrains":"0","platformGrains":"0"}"#;
    let expected = format!(
        concat!(
            r#"{{"adjustments":[],"chainId":"nexus-test","collected":{n},"corrected":{n},"disputed":{n},"entries":0,"#,
            r#""fees":"0","from":1728000000,"genesisHash":"{g}","granted":{{"byCreator":"0","byPlatform":"0"}},"#,
            r#""imvu":"IMVU-042","netGrains":{{"creator":"0","platform":"0"}},"owner":"{o}","payers":[],"period":20,"#,
            r#""priceVersion":2,"refunded":{{"amount":"0","creatorGrains":"0","platformGrains":"0","tax":"0"}},"#,
            r#""released":{n},"sales":{{"count":0,"creatorGrains":"0","gross":"0","platformGrains":"0","tax":"0"}},"#,
            r#""split":{{"creator":11,"platform":9,"whole":20}},"#,
            r#""terms":{{"compute":"0","dns":"0","mail":"0","network":"0","total":"0"}},"test":false,"to":1814400000,"#,
            r#""usage":[],"version":1}}"#,
        ),
        n = nothing,
        g = "09".repeat(32),
        o = "02".repeat(32),
    );
    assert_eq!(text, expected);
}

#[test]
fn a_text_reads_back_as_the_document_it_was_written_from() {
    let mut world = World::new();
    world.hour(480, 20, &[(Resource::Cpu, 9, 4)], (3, 1));
    world.entry(20, ended(7, DisputeStatus::Won, 0));
    let text = recompute(&world.receipts(20)).unwrap();
    let read: Document = serde_json::from_str(&text).unwrap();
    assert_eq!(read, document(&world.receipts(20)).unwrap());
    let more = text.replace(r#""version":1"#, r#""version":1,"vat":"0""#);
    assert!(serde_json::from_str::<Document>(&more).is_err());
}

#[test]
fn use_is_priced_by_its_period_and_rounded_once() {
    let mut world = World::new();
    // ⌊7/3⌋ = 2, ⌊14/3⌋ = 4, ⌊21/3⌋ = 7.
    world.hour(
        456,
        19,
        &[(Resource::Cpu, 1, 2), (Resource::Dns, 3, 7)],
        (0, 0),
    );
    world.hour(457, 19, &[(Resource::Cpu, 1, 2)], (2, 1));
    // The statement of period 19 was made; its late hour stands in that of period 20.
    world.hour(480, 20, &[(Resource::Mail, 9, 4)], (0, 0));
    world.hour(458, 20, &[(Resource::Cpu, 1, 3)], (0, 0));
    let before = world.statement(19);
    assert_eq!(
        before["usage"],
        json!([
            {"charged": "4", "micros": "7", "per": "3", "quantity": "2", "resource": "cpu", "unit": "ms"},
            {"charged": "7", "micros": "7", "per": "3", "quantity": "3", "resource": "dns", "unit": "answers"},
        ])
    );
    assert_eq!(
        (&before["priceVersion"], &before["adjustments"]),
        (&json!(1), &json!([]))
    );
    assert_eq!(
        before["collected"],
        json!({"amount": "1", "creatorGrains": "11", "platformGrains": "9"})
    );
    let (owner, patron) = ("02".repeat(32), "01".repeat(32));
    assert_eq!(
        before["payers"],
        json!([
            {"charged": "2", "collected": "1", "corrected": "0", "payer": patron},
            {"charged": "9", "collected": "0", "corrected": "0", "payer": owner},
        ])
    );
    let after = world.statement(20);
    assert_eq!(
        after["adjustments"],
        json!([{"charged": "3", "of": 19, "priceVersion": 1, "quantity": "1", "resource": "cpu"}])
    );
    assert_eq!(
        after["terms"],
        json!({"compute": "3", "dns": "0", "mail": "4", "network": "0", "total": "7"})
    );
    assert_eq!(
        (&after["entries"], &after["usage"][0]["charged"]),
        (&json!(2), &json!("4"))
    );
}

#[test]
fn money_that_went_back_is_taken_from_both_shares() {
    let mut world = World::new();
    let corrected = MoneyEvent::Corrected {
        of: Period(19),
        payer: PATRON,
        amount: Micros(30),
    };
    let collected = MoneyEvent::Collected {
        payer: PATRON,
        amount: Micros(50),
    };
    let refunded = MoneyEvent::Refunded {
        processor: ProcessorId::new("acquirer-1").unwrap(),
        sale: Text::new("pi_1").unwrap(),
        amount: Micros(400),
        tax: Micros(40),
    };
    let disputed = MoneyEvent::Disputed {
        dispute: Hash([5; 32]),
        amount: Micros(700),
    };
    for event in [
        collected,
        corrected,
        sold(100, 10, 3),
        sold(900, 90, 27),
        refunded,
        granted(Granter::Creator, 11, 1),
        granted(Granter::Platform, 13, 2),
        disputed,
        ended(100, DisputeStatus::Won, 0),
        ended(100, DisputeStatus::Lapsed, 0),
        ended(500, DisputeStatus::Lost, 50),
    ] {
        world.entry(20, event);
    }
    let statement = world.statement(20);
    let shares = |amount: i64| json!({"amount": amount.to_string(), "creatorGrains": (11 * amount).to_string(), "platformGrains": (9 * amount).to_string()});
    assert_eq!(statement["collected"], shares(50));
    assert_eq!(statement["corrected"], shares(30));
    assert_eq!(statement["disputed"], shares(700));
    assert_eq!(statement["released"], shares(200));
    assert_eq!(
        statement["sales"],
        json!({"count": 2, "creatorGrains": "11000", "gross": "1000", "platformGrains": "9000", "tax": "100"})
    );
    assert_eq!(
        statement["refunded"],
        json!({"amount": "400", "creatorGrains": "4400", "platformGrains": "3600", "tax": "93"})
    );
    assert_eq!(
        statement["granted"],
        json!({"byCreator": "11", "byPlatform": "13"})
    );
    assert_eq!(statement["fees"], "30");
    // 50 + 1000 + 200 − 400 − 700 − 30 = 120.
    assert_eq!(
        statement["netGrains"],
        json!({"creator": "1320", "platform": "1080"})
    );
    assert_eq!(
        statement["payers"],
        json!([{"charged": "0", "collected": "50", "corrected": "30", "payer": "01".repeat(32)}])
    );
    world.entry(
        21,
        MoneyEvent::Disputed {
            dispute: Hash([6; 32]),
            amount: Micros(1),
        },
    );
    assert_eq!(
        world.statement(21)["netGrains"],
        json!({"creator": "-11", "platform": "-9"})
    );
    assert_eq!(world.statement(20), statement);
}

#[test]
fn a_charge_that_differs_from_its_hour_or_its_price_is_found() {
    let with = |change: &dyn Fn(&mut Charge)| {
        let mut world = World::new();
        world.hour(480, 20, &[(Resource::Cpu, 9, 4)], (3, 1));
        let MoneyEvent::Charged(charge) = &mut world.money[0].event else {
            unreachable!("the hour was charged");
        };
        change(charge);
        recompute(&world.receipts(20))
    };
    assert!(with(&|_| {}).is_ok());
    type Change<'a> = &'a dyn Fn(&mut Charge);
    let faults: [(&str, Change<'_>); 9] = [
        ("which does not exist", &|charge| charge.usage = 1),
        ("the hour is 481", &|charge| charge.hour = 481),
        ("the period is 21", &|charge| charge.of = Period(21)),
        ("cpu is 8", &|charge| charge.lines[0].quantity = 8),
        ("the flag test", &|charge| {
            charge.flags = UsageFlags(UsageFlags::TEST)
        }),
        ("priced by list 1", &|charge| charge.version = 1),
        ("charges 5 micro-credits", &|charge| {
            charge.lines[0].charged = Micros(5)
        }),
        ("its payers bear 6", &|charge| {
            charge.parts[0].charged = Micros(5)
        }),
        ("paid more", &|charge| charge.parts[0].collected = Micros(4)),
    ];
    for (told, change) in faults {
        let error = with(change).unwrap_err().to_string();
        assert!(error.contains(told), "{told}: {error}");
    }
}

#[test]
fn receipts_that_are_not_whole_are_found() {
    let mut world = World::new();
    world.hour(480, 20, &[(Resource::Cpu, 9, 4)], (0, 0));
    world.hour(481, 20, &[(Resource::Cpu, 1, 1)], (0, 0));
    let second = world.money.pop().unwrap();
    assert_eq!(
        recompute(&world.receipts(20)),
        Err(Fault::NotCharged { usage: 1 })
    );
    let mut twice = world.money[0].clone();
    twice.sequence = 1;
    world.money.push(twice);
    assert_eq!(
        recompute(&world.receipts(20)),
        Err(Fault::ChargedTwice { entry: 1, usage: 0 })
    );
    world.money[1] = second;
    assert!(recompute(&world.receipts(20)).is_ok());
    world.lists.clear();
    assert_eq!(
        recompute(&world.receipts(20)),
        Err(Fault::NoList {
            version: 2,
            of: Period(20)
        })
    );
    world.money.remove(0);
    assert!(matches!(
        recompute(&world.receipts(20)),
        Err(Fault::OutOfOrder { .. })
    ));
}

#[test]
fn leaves_must_be_all_of_the_collection() {
    let mut world = World::new();
    world.entry(20, sold(1, 0, 0));
    world.entry(20, sold(2, 0, 0));
    let leaves: Vec<Vec<u8>> = world.money.iter().map(encode).collect();
    let hashes: Vec<[u8; 32]> = leaves
        .iter()
        .map(|leaf| nexus_tree::log::leaf_hash(leaf))
        .collect();
    let root = Hash(nexus_tree::log::root_of(&hashes));
    assert_eq!(
        read_all::<MoneyEntry>(&leaves, 2, root).unwrap(),
        world.money
    );
    assert_eq!(
        read_all::<MoneyEntry>(&leaves[..1], 2, root),
        Err(IncompleteError::Size { given: 1, size: 2 })
    );
    let swapped = [leaves[1].clone(), leaves[0].clone()];
    assert!(matches!(
        read_all::<MoneyEntry>(&swapped, 2, root),
        Err(IncompleteError::Root { .. })
    ));
    assert!(matches!(
        read_all::<UsageHour>(&leaves, 2, root),
        Err(IncompleteError::Leaf { position: 0, .. })
    ));
}

#[test]
fn the_first_member_that_differs_is_named() {
    let mut world = World::new();
    world.hour(480, 20, &[(Resource::Cpu, 9, 4)], (0, 0));
    let text = recompute(&world.receipts(20)).unwrap();
    assert_eq!(compare(&text, &text), None);
    let changed = text.replace(r#""quantity":"9""#, r#""quantity":"8""#);
    let difference = compare(&text, &changed).unwrap();
    assert_eq!(
        difference.to_string(),
        r#"/usage/0/quantity: the first has "9", the second has "8""#
    );
    let shorter = text.replace(r#""test":false,"#, "");
    let difference = compare(&shorter, &text).unwrap();
    assert_eq!(
        (difference.pointer.as_str(), difference.first),
        ("/test", None)
    );
    let spaced = text.replace(r#""version":1"#, r#""version": 1"#);
    assert_eq!(compare(&text, &spaced).unwrap().pointer, "");
    assert_eq!(compare(&text, "no JSON").unwrap().pointer, "");
}

#[test]
fn the_text_is_that_of_the_other_writer_of_canonical_json() {
    use nexus_types::canonical_json::Json;
    let text = "€$\u{f}\nA'B\"\\\\\"/\u{7f}\t";
    let other = Json::object([
        ("b", Json::List(vec![Json::Number(1), Json::Bool(true)])),
        ("a", Json::text(text)),
        ("B", Json::object([])),
    ]);
    let value = json!({"b": [1, true], "a": text, "B": {}});
    assert_eq!(canonical_text(&value), other.to_text());
}
