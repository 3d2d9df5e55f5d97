//! What is no genesis by its shape; and the same rules over the other way a genesis travels.

use serde_json::{Value, json};

use super::super::{dev_json, init_chain, read};
use super::{assert_refused, refusal};
use crate::Genesis;

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
