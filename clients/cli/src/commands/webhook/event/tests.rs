//! What is an event, and what is none.

use super::*;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::{IdentityId, ImvuId, Micros};
use serde_json::json;

fn parse(value: &Value) -> Result<Event, String> {
    Event::parse(value.to_string().as_bytes())
}

fn sale() -> Value {
    json!({
        "id": "evt_1", "type": "payment.succeeded", "payment": "pay_1",
        "sale": {"imvu": "SHOP-1", "gross": "12500000", "tax": "2375000", "region": "EU-GDPR", "fee": "250000"},
    })
}

fn hash(digit: &str) -> String {
    digit.repeat(64)
}

fn all() -> Vec<Value> {
    vec![
        sale(),
        json!({"id": "evt_2", "type": "payment.succeeded", "payment": "pay_2",
            "deposit": {"payer": hash("a"), "amount": "5"}}),
        json!({"id": "evt_3", "type": "payment.refunded", "refund": "re_1", "payment": "pay_1", "amount": "5"}),
        json!({"id": "evt_4", "type": "dispute.opened", "dispute": "dp_1", "payment": "pay_1", "amount": "5",
            "evidence": hash("b")}),
        json!({"id": "evt_5", "type": "dispute.resolved", "dispute": "dp_1", "outcome": "won"}),
        json!({"id": "evt_6", "type": "payout.settled", "payout": hash("c"), "outcome": "failed"}),
    ]
}

#[test]
fn each_kind_of_event_asks_for_its_action() {
    let processor = ProcessorId::new("acquirer-1").expect("a name");
    let external = |name: &str| ExternalId::new(name).expect("a name");
    let opened = Hash([7; 32]);
    let asked: Vec<Action> = all()
        .iter()
        .map(|value| {
            let event = parse(value).unwrap_or_else(|error| panic!("{error}: {value}"));
            // What is written into the inbox is read again as the same.
            assert_eq!(serde_json::to_value(&event).expect("JSON"), *value);
            event.action(&processor, Some(opened)).expect("an action")
        })
        .collect();
    let sold = Action::RecordSale {
        processor: processor.clone(),
        external: external("pay_1"),
        imvu: ImvuId::new("SHOP-1").expect("a name"),
        gross: Micros(12_500_000),
        tax: Micros(2_375_000),
        region: Jurisdiction::new("EU-GDPR").expect("a tag"),
        fee: Micros(250_000),
    };
    let paid_in = Action::RecordDeposit {
        processor: processor.clone(),
        external: external("pay_2"),
        payer: IdentityId(Hash([0xaa; 32])),
        amount: Micros(5),
    };
    let refunded = Action::RecordRefund {
        processor: processor.clone(),
        external: external("re_1"),
        sale: external("pay_1"),
        amount: Micros(5),
    };
    let disputed = Action::OpenDispute {
        processor: processor.clone(),
        sale: external("pay_1"),
        amount: Micros(5),
        evidence: Hash([0xbb; 32]),
    };
    let resolved = Action::ResolveDispute {
        dispute: opened,
        won: true,
    };
    let settled = Action::SettlePayout {
        payout: Hash([0xcc; 32]),
        settled: false,
    };
    assert_eq!(
        asked,
        [sold, paid_in, refunded, disputed, resolved, settled]
    );
    // A dispute whose transaction is not known yet cannot be named.
    let resolved = parse(&all()[4]).expect("an event");
    assert_eq!(resolved.action(&processor, None), None);
}

#[test]
fn every_member_is_needed_and_no_other_is_taken() {
    for whole in all() {
        let members = whole.as_object().expect("an object");
        for left_out in members.keys() {
            let mut part = members.clone();
            part.remove(left_out);
            assert!(parse(&part.into()).is_err(), "{whole} without {left_out}");
        }
        let mut more = members.clone();
        more.insert(String::from("note"), json!("hello"));
        let error = parse(&more.into()).expect_err("an unknown member");
        assert!(error.contains("note"), "{error}");
    }
    let mut deep = sale();
    deep["sale"]["discount"] = json!("1");
    assert!(parse(&deep).is_err());
    let mut both = sale();
    both["deposit"] = json!({"payer": hash("a"), "amount": "5"});
    assert!(parse(&both).is_err_and(|error| error.contains("either a sale or a deposit")));
}

#[test]
fn nothing_is_read_in_a_second_way() {
    for (member, wrong) in [
        ("id", json!("")),
        ("id", json!("../done/evt_1")),
        ("id", json!(".evt")),
        ("id", json!("a".repeat(101))),
        ("id", json!(7)),
        ("payment", json!("")),
        ("payment", json!("x".repeat(65))),
        ("type", json!("payment.failed")),
        ("type", json!("Payment.succeeded")),
        ("sale", Value::Null),
        ("sale", json!(["SHOP-1", "1", "0", "EU-GDPR", "0"])),
    ] {
        let mut event = sale();
        event[member] = wrong;
        assert!(parse(&event).is_err(), "{event}");
    }
    for wrong in [
        json!(5),
        json!(5.0),
        json!("5.0"),
        json!("-5"),
        json!("05"),
        json!(""),
    ] {
        let mut event = sale();
        event["sale"]["gross"] = wrong;
        assert!(parse(&event).is_err(), "{event}");
    }
    let text = sale().to_string();
    for broken in [
        String::new(),
        String::from("null"),
        format!("{text}{text}"),
        format!("[{text}]"),
        text.replacen('{', "{\"id\":\"evt_0\",", 1),
        text.replacen("\"tax\"", "\"fee\":\"1\",\"tax\"", 1),
        text.replacen("\"imvu\"", "\"type\":\"x\",\"imvu\"", 1),
        String::from(r#"["payout.settled","evt_6"]"#),
    ] {
        assert!(Event::parse(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn a_payment_counts_as_booked_only_if_all_of_it_is_the_same() {
    let view = |amount: &str, what: Value| -> PaymentView {
        serde_json::from_value(json!({
            "processor": "acquirer-1", "external": "pay_1", "height": "7", "time": "8",
            "amount": amount, "what": what,
        }))
        .expect("a payment")
    };
    let sold = |fee: &str| {
        json!({"kind": "sale", "imvu": "SHOP-1", "creator": hash("a"), "region": "EU-GDPR",
            "tax": "2375000", "fee": fee, "day": "1", "refunded": "5", "taxRefunded": "0", "disputed": "0"})
    };
    let events: Vec<Event> = all().iter().map(|one| parse(one).expect("one")).collect();
    let (sale, deposit, refund) = (&events[0], &events[1], &events[2]);
    assert!(sale.is_booked_as(&view("12500000", sold("250000"))));
    assert!(!sale.is_booked_as(&view("12500000", sold("250001"))));
    assert!(!sale.is_booked_as(&view("12500001", sold("250000"))));
    let paid_in = view("5", json!({"kind": "deposit", "payer": hash("a")}));
    assert!(deposit.is_booked_as(&paid_in) && !sale.is_booked_as(&paid_in));
    let of = |sale: &str| view("5", json!({"kind": "refund", "sale": sale}));
    assert!(refund.is_booked_as(&of("pay_1")) && !refund.is_booked_as(&of("pay_2")));
}
