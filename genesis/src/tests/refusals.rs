//! Each rule of the genesis, broken once: the error names the field and says the rule.

mod money;
mod numbers;
mod people;
mod shapes;

use super::{dev_json, read};
use nexus_types::constants::APP_VERSION;
use serde_json::{Value, json};

/// A change to a good genesis, the field the error must name, and words its rule must hold.
struct Refusal {
    at: &'static str,
    to: Value,
    field: &'static str,
    rule: &'static str,
}

fn refusal(at: &'static str, to: Value, field: &'static str, rule: &'static str) -> Refusal {
    Refusal {
        at,
        to,
        field,
        rule,
    }
}

fn assert_refused(cases: Vec<Refusal>) {
    for case in cases {
        let mut value = dev_json();
        *value
            .pointer_mut(case.at)
            .unwrap_or_else(|| panic!("{}", case.at)) = case.to;
        let error = read(&value).expect_err(case.at);
        assert_eq!(error.field(), case.field, "{error}");
        assert!(
            error.to_string().contains(case.rule),
            "{error}\n lacks: {}",
            case.rule
        );
    }
}

/// As [`assert_refused`], on a production genesis that is good but for the change.
fn assert_refused_in_production(cases: Vec<Refusal>) {
    let production = production_json();
    read(&production).expect("the production genesis is good");
    for case in cases {
        let mut value = production.clone();
        *value
            .pointer_mut(case.at)
            .unwrap_or_else(|| panic!("{}", case.at)) = case.to;
        let error = read(&value).expect_err(case.at);
        assert_eq!(error.field(), case.field, "{error}");
        assert!(
            error.to_string().contains(case.rule),
            "{error}\n lacks: {}",
            case.rule
        );
    }
}

fn production_json() -> Value {
    let (genesis, _) = super::dev(5);
    let mut value: Value = serde_json::from_str(&genesis.to_json()).expect("JSON");
    value["app_state"]["development"] = json!(false);
    value["app_state"]["preapproved"] = json!([]);
    value["app_state"]["calendar"] = json!("months");
    for (field, ms) in [
        ("registration_ms", "604800000"),
        ("late_window_ms", "259200000"),
        ("price_notice_ms", "2592000000"),
        ("maturity_ms", "2592000000"),
        ("dispute_ms", "2592000000"),
        ("consent_notice_ms", "2592000000"),
        ("debt_notice_ms", "604800000"),
        ("debt_frozen_ms", "1209600000"),
        ("debt_dormant_ms", "2592000000"),
        ("guardian_ms", "604800000"),
        ("freeze_ms", "2592000000"),
        ("snapshot_retention_ms", "2592000000"),
        ("voting_ms", "2592000000"),
        ("register_ms", "604800000"),
        ("governance_ms", "2592000000"),
        ("upgrade_fast_ms", "604800000"),
        ("trusting_ms", "1209600000"),
        ("exit_overdue_ms", "259200000"),
        ("exit_protection_ms", "7776000000"),
        ("exit_after_ms", "2592000000"),
        ("exit_interval_ms", "15552000000"),
        ("observation_ms", "2592000000"),
        ("reproof_ms", "604800000"),
    ] {
        value["app_state"]["delays"][field] = json!(ms);
    }
    value
}

#[test]
fn what_cometbft_reads() {
    assert_refused(vec![
        refusal("/chain_id", json!("ab"), "chain_id", "must be 3 to 50"),
        refusal(
            "/chain_id",
            json!("Nexus"),
            "chain_id",
            "a–z, 0–9 and hyphen",
        ),
        refusal(
            "/chain_id",
            json!("nexus-"),
            "chain_id",
            "not ending with a hyphen",
        ),
        refusal(
            "/chain_id",
            json!("1nexus"),
            "chain_id",
            "starting with a letter",
        ),
        refusal("/chain_id", json!("n".repeat(51)), "chain_id", "3 to 50"),
        refusal(
            "/genesis_time",
            json!("yesterday"),
            "genesis_time",
            "RFC 3339 in UTC",
        ),
        refusal(
            "/genesis_time",
            json!("2026-01-01T00:00:00+01:00"),
            "genesis_time",
            "must be in UTC",
        ),
        refusal(
            "/genesis_time",
            json!("2026-01-01T00:00:00.0005Z"),
            "genesis_time",
            "whole milliseconds",
        ),
        refusal(
            "/genesis_time",
            json!("1969-12-31T23:59:59Z"),
            "genesis_time",
            "after 1970",
        ),
        refusal(
            "/initial_height",
            json!("0"),
            "initial_height",
            "at least 1, is 0",
        ),
        refusal(
            "/initial_height",
            json!("-3"),
            "initial_height",
            "at least 1, is -3",
        ),
        refusal("/app_hash", json!("AB"), "app_hash", "must be empty"),
    ]);
}

#[test]
fn consensus_parameters() {
    let at = |field: &str| -> &'static str {
        Box::leak(format!("/consensus_params/{}", field.replace('.', "/")).into_boxed_str())
    };
    let path = |field: &str| -> &'static str {
        Box::leak(format!("consensus_params.{field}").into_boxed_str())
    };
    let case = |field: &str, to: Value, rule| refusal(at(field), to, path(field), rule);
    assert_refused(vec![
        case(
            "block.max_bytes",
            json!("2097152"),
            "must be 8388608, is 2097152",
        ),
        case("block.max_gas", json!("1000"), "must be -1"),
        case(
            "evidence.max_age_num_blocks",
            json!("1209600"),
            "more than 1209600 blocks",
        ),
        case(
            "evidence.max_age_duration",
            json!("1209600000000000"),
            "more than 1209600000000000 nanoseconds",
        ),
        case(
            "evidence.max_age_duration",
            json!("1209600000000001"),
            "whole milliseconds",
        ),
        case("evidence.max_bytes", json!("1048576"), "must be 262144"),
        case(
            "validator.pub_key_types",
            json!(["ed25519", "secp256k1"]),
            "must be [\"ed25519\"]",
        ),
        case(
            "version.app",
            json!((APP_VERSION + 1).to_string()),
            "must be 3, the version of this software",
        ),
        case("version.app", json!("0"), "or an earlier one, is 0"),
        case(
            "abci.vote_extensions_enable_height",
            json!("1"),
            "must be 0",
        ),
    ]);
}

#[test]
fn names() {
    assert_refused(vec![
        refusal(
            "/app_state/jurisdictions",
            json!([]),
            "app_state.jurisdictions",
            "at least 1",
        ),
        refusal(
            "/app_state/jurisdictions/0",
            json!("eu-gdpr"),
            "app_state.jurisdictions[0]",
            "2 to 16 of A–Z",
        ),
        refusal(
            "/app_state/jurisdictions",
            json!(["EU-GDPR", "EU-GDPR"]),
            "app_state.jurisdictions[1]",
            "must be unique",
        ),
        refusal(
            "/app_state/apexes/0",
            json!("example"),
            "app_state.apexes[0]",
            "fewer than two labels",
        ),
        refusal(
            "/app_state/apexes/0",
            json!("Nexus.example"),
            "app_state.apexes[0]",
            "canonical spelling (nexus.example)",
        ),
        refusal(
            "/app_state/apexes/0",
            json!("nexus.example."),
            "app_state.apexes[0]",
            "canonical spelling",
        ),
        refusal(
            "/app_state/apexes/0",
            json!("xn--bcher-kva.example"),
            "app_state.apexes[0]",
            "internationalised",
        ),
        refusal(
            "/app_state/apexes",
            json!(["a.example", "a.example"]),
            "app_state.apexes[1]",
            "must be unique",
        ),
        refusal(
            "/app_state/apexes",
            json!(["b.a.example", "a.example"]),
            "app_state.apexes[0]",
            "is below app_state.apexes[1]",
        ),
        refusal(
            "/app_state/preapproved/0",
            json!("imvu。world"),
            "app_state.preapproved[0]",
            "must be a host name",
        ),
        refusal(
            "/app_state/preapproved",
            json!(["a.world", "b.a.world"]),
            "app_state.preapproved[1]",
            "is below app_state.preapproved[0]",
        ),
        refusal(
            "/app_state/preapproved/0",
            json!("x.nexus-demo.example"),
            "app_state.preapproved[0]",
            "nexus-demo.example is an apex",
        ),
        refusal(
            "/app_state/preapproved/0",
            json!("nexus-demo.example"),
            "app_state.preapproved[0]",
            "neither an apex nor above or below one",
        ),
    ]);
    let names: Vec<String> = (0..65).map(|n| format!("n{n}.example")).collect();
    assert_refused(vec![refusal(
        "/app_state/apexes",
        json!(names),
        "app_state.apexes",
        "at most 64 entries, has 65",
    )]);
}
