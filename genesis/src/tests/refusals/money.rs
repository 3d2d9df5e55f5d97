//! Delays of money, the calendar, prices; and what of them only a development network may choose.

use serde_json::json;

use super::{
    assert_refused, assert_refused_in_production, dev_json, production_json, read, refusal,
};

/// The delays with what production demands, milliseconds.
const DELAYS: &[(&str, u64)] = &[
    ("late_window_ms", 259_200_000),
    ("price_notice_ms", 2_592_000_000),
    ("maturity_ms", 2_592_000_000),
    ("dispute_ms", 2_592_000_000),
    ("consent_notice_ms", 2_592_000_000),
    ("debt_notice_ms", 604_800_000),
    ("debt_frozen_ms", 1_209_600_000),
    ("debt_dormant_ms", 2_592_000_000),
    ("guardian_ms", 604_800_000),
    ("freeze_ms", 2_592_000_000),
    ("snapshot_retention_ms", 2_592_000_000),
    ("voting_ms", 2_592_000_000),
    ("register_ms", 604_800_000),
    ("governance_ms", 2_592_000_000),
    ("upgrade_fast_ms", 604_800_000),
    ("trusting_ms", 1_209_600_000),
    ("exit_overdue_ms", 259_200_000),
    ("exit_protection_ms", 7_776_000_000),
    ("exit_after_ms", 2_592_000_000),
    ("exit_interval_ms", 15_552_000_000),
    ("observation_ms", 2_592_000_000),
    ("reproof_ms", 604_800_000),
];

#[test]
fn production_has_the_delays_of_the_law_and_no_others() {
    for (field, production) in DELAYS {
        for other in [production - 1, production + 1] {
            let mut value = production_json();
            value["app_state"]["delays"][field] = json!(other.to_string());
            let error = read(&value).expect_err(field);
            assert_eq!(error.field(), format!("app_state.delays.{field}"));
            let rule = format!("must be {production} ms unless app_state.development is true");
            assert!(error.to_string().contains(&rule), "{error}");
        }
    }
}

#[test]
fn development_may_shorten_delays_and_not_lengthen_them() {
    for (field, production) in DELAYS {
        for other in [999, production + 1] {
            let mut value = dev_json();
            value["app_state"]["delays"][field] = json!(other.to_string());
            let error = read(&value).expect_err(field);
            assert_eq!(error.field(), format!("app_state.delays.{field}"));
            let rule = format!("must be 1000 to {production} ms, is {other}");
            assert!(error.to_string().contains(&rule), "{error}");
        }
    }
}

#[test]
fn a_debtor_is_told_before_anything_is_taken() {
    assert_refused(vec![
        refusal(
            "/app_state/delays/debt_notice_ms",
            json!("1200000"),
            "app_state.delays.debt_frozen_ms",
            "must be more than debt_notice_ms (1200000 ms), is 1200000",
        ),
        refusal(
            "/app_state/delays/debt_frozen_ms",
            json!("600000"),
            "app_state.delays.debt_frozen_ms",
            "must be more than debt_notice_ms (600000 ms), is 600000",
        ),
        refusal(
            "/app_state/delays/debt_dormant_ms",
            json!("1200000"),
            "app_state.delays.debt_dormant_ms",
            "must be more than debt_frozen_ms (1200000 ms), is 1200000",
        ),
    ]);
}

#[test]
fn periods_are_months_or_hours_of_development() {
    assert_refused(vec![
        refusal(
            "/app_state/calendar",
            json!({"hours": 0}),
            "app_state.calendar.hours",
            "must be 1 to 8784 hours, is 0",
        ),
        refusal(
            "/app_state/calendar",
            json!({"hours": 8785}),
            "app_state.calendar.hours",
            "is 8785",
        ),
        refusal(
            "/app_state/calendar",
            json!("weeks"),
            "app_state.calendar",
            "unknown variant `weeks`",
        ),
        refusal(
            "/app_state/calendar/hours",
            json!("1"),
            "app_state.calendar.hours",
            "expected u32",
        ),
    ]);
    assert_refused_in_production(vec![refusal(
        "/app_state/calendar",
        json!({"hours": 720}),
        "app_state.calendar",
        "must be \"months\" unless app_state.development is true, is spans of 720 hours",
    )]);
    for good in [json!("months"), json!({"hours": 8784})] {
        let mut value = dev_json();
        value["app_state"]["calendar"] = good;
        read(&value).expect("within the bounds");
    }
}

#[test]
fn every_resource_has_a_price_per_something() {
    for name in [
        "cpu",
        "memory",
        "io",
        "dns",
        "mail",
        "network",
        "mail_storage",
    ] {
        let mut value = dev_json();
        value["app_state"]["prices"][name]["per"] = json!("0");
        let error = read(&value).expect_err(name);
        assert_eq!(error.field(), format!("app_state.prices.{name}.per"));
        assert!(error.to_string().contains("above 0"), "{error}");

        let mut value = dev_json();
        let prices = value["app_state"]["prices"].as_object_mut();
        prices.expect("object").remove(name);
        let error = read(&value).expect_err(name).to_string();
        assert!(
            error.contains(&format!("missing field `{name}`")),
            "{error}"
        );
    }
    let mut free = dev_json();
    free["app_state"]["prices"]["dns"]["micros"] = json!("0");
    read(&free).expect("a resource may be free");
}
