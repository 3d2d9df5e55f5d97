//! Each rule of the genesis, broken once: the error names the field and says the rule.

mod numbers;
mod people;

use super::{dev_json, init_chain, read};
use crate::Genesis;
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
    value["app_state"]["delays"]["registration_ms"] = json!("604800000");
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
            json!("1"),
            "must be 2, the version of this software",
        ),
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

#[test]
fn shapes() {
    assert_refused(vec![
        refusal(
            "/initial_height",
            json!(1),
            "initial_height",
            "invalid type: integer",
        ),
        refusal(
            "/initial_height",
            json!("01"),
            "initial_height",
            "64-bit integer as a decimal string, is \"01\"",
        ),
        refusal(
            "/initial_height",
            json!("+1"),
            "initial_height",
            "64-bit integer as a decimal string",
        ),
        refusal(
            "/app_state/max_quota/pids",
            json!("-1"),
            "app_state.max_quota.pids",
            "64-bit integer",
        ),
        refusal(
            "/app_state/officers/threshold",
            json!(256),
            "app_state.officers.threshold",
            "expected u8",
        ),
        refusal(
            "/app_state/development",
            json!("yes"),
            "app_state.development",
            "expected a boolean",
        ),
        refusal(
            "/app_state/seats/2",
            json!({}),
            "app_state.seats[2]",
            "missing field",
        ),
    ]);
}

#[test]
fn unknown_missing_and_repeated_fields() {
    for place in [
        "",
        "/consensus_params/block",
        "/app_state",
        "/app_state/seats/1",
        "/validators/0",
    ] {
        let mut value = dev_json();
        let object = value
            .pointer_mut(place)
            .and_then(Value::as_object_mut)
            .expect(place);
        object.insert("surprise".to_owned(), json!(1));
        let error = read(&value).expect_err(place).to_string();
        assert!(error.contains("unknown field `surprise`"), "{error}");
    }
    let mut value = dev_json();
    value["app_state"]
        .as_object_mut()
        .expect("object")
        .remove("attesters");
    let error = read(&value).expect_err("missing").to_string();
    assert!(
        error.contains("app_state: missing field `attesters`"),
        "{error}"
    );

    let text = dev_json()
        .to_string()
        .replacen("{", "{\"chain_id\":\"nexus-test\",", 1);
    let error = Genesis::from_json(&text).expect_err("repeated").to_string();
    assert!(error.contains("duplicate field `chain_id`"), "{error}");

    let error = Genesis::from_json(&format!("{} 7", dev_json()))
        .expect_err("trailing")
        .to_string();
    assert!(error.starts_with("genesis: trailing characters"), "{error}");

    let error = Genesis::from_json(&" ".repeat(crate::MAX_FILE_BYTES + 1))
        .expect_err("large")
        .to_string();
    assert!(error.contains("must be at most 1048576 bytes"), "{error}");
}

#[test]
fn init_chain_is_held_to_the_same_rules() {
    let value = dev_json();
    let state = value["app_state"].to_string();
    type Break = fn(&mut crate::InitChain<'_>);
    let cases: [(Break, &str, &str); 8] = [
        (|init| init.chain_id = "X", "chain_id", "3 to 50"),
        (
            |init| init.time_nanos = 1,
            "genesis_time",
            "whole milliseconds",
        ),
        (|init| init.time_seconds = -1, "genesis_time", "after 1970"),
        (
            |init| init.consensus_params.version.app = 9,
            "consensus_params.version.app",
            "is 9",
        ),
        (
            |init| init.validators[0].key_type = "secp256k1".to_owned(),
            "validators[0].pub_key.type",
            "must be \"ed25519\"",
        ),
        (
            |init| init.validators[0].key.truncate(31),
            "validators[0].pub_key.value",
            "must be 32 bytes, is 31",
        ),
        (
            |init| drop(init.validators.pop()),
            "app_state.seats[0].key",
            "the key of none",
        ),
        (|init| init.app_state = b"\xff", "app_state", "UTF-8"),
    ];
    for (change, field, rule) in cases {
        let mut init = init_chain(&value, state.as_bytes());
        change(&mut init);
        let error = Genesis::from_init_chain(init).expect_err(field);
        assert_eq!(error.field(), field, "{error}");
        assert!(error.to_string().contains(rule), "{error}");
    }
    let broken = state.replace("\"threshold\":3", "\"threshold\":true");
    let error = Genesis::from_init_chain(init_chain(&value, broken.as_bytes())).expect_err("type");
    assert_eq!(error.field(), "app_state.officers.threshold", "{error}");
}
