//! Who takes part: identities, officers, attesters, seats, validators.

use serde_json::{Value, json};

use super::{assert_refused, refusal};
use crate::tests::{dev_json, read};

#[test]
fn identities_officers_and_attesters() {
    let good = dev_json();
    let first = &good["app_state"]["identities"][0];
    let stranger = json!("00".repeat(32));
    assert_refused(vec![
        refusal(
            "/app_state/identities/1/key",
            json!("12"),
            "app_state.identities[1].key",
            "64 hexadecimal digits",
        ),
        // The neutral element: a point of order one.
        refusal(
            "/app_state/identities/1/key",
            json!(format!("01{}", "00".repeat(31))),
            "app_state.identities[1].key",
            "small order",
        ),
        refusal(
            "/app_state/identities/1/key",
            json!("ff".repeat(32)),
            "app_state.identities[1].key",
            "canonical",
        ),
        refusal(
            "/app_state/identities/1/id",
            first["id"].clone(),
            "app_state.identities[1].id",
            "must be the id that its key founds",
        ),
        refusal(
            "/app_state/identities/1",
            first.clone(),
            "app_state.identities[1].key",
            "must be unique",
        ),
        refusal(
            "/app_state/identities/1/public_name",
            first["public_name"].clone(),
            "app_state.identities[1].public_name",
            "must be unique",
        ),
        refusal(
            "/app_state/identities/1/public_name",
            json!(""),
            "app_state.identities[1].public_name",
            "1 to 64 bytes",
        ),
        refusal(
            "/app_state/identities/1/public_name",
            json!("a\u{202e}b"),
            "app_state.identities[1].public_name",
            "without control characters",
        ),
        refusal(
            "/app_state/identities/1/public_name",
            json!("x".repeat(65)),
            "app_state.identities[1].public_name",
            "at most 64 bytes, is 65",
        ),
        refusal(
            "/app_state/officers/threshold",
            json!(6),
            "app_state.officers.threshold",
            "must be 1 to the number of officers (5), is 6",
        ),
        refusal(
            "/app_state/officers/threshold",
            json!(0),
            "app_state.officers.threshold",
            "is 0",
        ),
        refusal(
            "/app_state/officers/members",
            json!([]),
            "app_state.officers.members",
            "at least 1",
        ),
        refusal(
            "/app_state/officers/members/2",
            stranger.clone(),
            "app_state.officers.members[2]",
            "one of app_state.identities",
        ),
        refusal(
            "/app_state/officers/members/2",
            json!("x"),
            "app_state.officers.members[2]",
            "64 hexadecimal digits",
        ),
        refusal(
            "/app_state/officers/members/1",
            good["app_state"]["officers"]["members"][0].clone(),
            "app_state.officers.members[1]",
            "must be unique",
        ),
        refusal(
            "/app_state/attesters",
            json!([]),
            "app_state.attesters",
            "at least 1",
        ),
        refusal(
            "/app_state/attesters/0",
            stranger,
            "app_state.attesters[0]",
            "one of app_state.identities",
        ),
    ]);
}

#[test]
fn seats_and_validators() {
    let good = dev_json();
    let seats = &good["app_state"]["seats"];
    assert_refused(vec![
        refusal(
            "/app_state/seats",
            json!([]),
            "app_state.seats",
            "at least 1",
        ),
        refusal(
            "/app_state/seats/1/key",
            json!("ff".repeat(32)),
            "app_state.seats[1].key",
            "canonical",
        ),
        refusal(
            "/app_state/seats/1/key",
            seats[0]["key"].clone(),
            "app_state.seats[1].key",
            "must be unique",
        ),
        refusal(
            "/app_state/seats/1/key",
            good["app_state"]["identities"][0]["key"].clone(),
            "app_state.seats[1].key",
            "also the key of app_state.identities[0]",
        ),
        refusal(
            "/app_state/seats/1/name",
            seats[0]["name"].clone(),
            "app_state.seats[1].name",
            "must be unique",
        ),
        refusal(
            "/app_state/seats/1/name",
            json!(" x"),
            "app_state.seats[1].name",
            "outer white space",
        ),
        refusal(
            "/app_state/seats/1/power",
            json!("11"),
            "app_state.seats[1].power",
            "equal for every seat",
        ),
        refusal(
            "/app_state/seats/0/power",
            json!("0"),
            "app_state.seats[0].power",
            "above 0",
        ),
        refusal(
            "/app_state/seats/0/platform",
            json!(true),
            "app_state.seats",
            "less than a third of the power, gives it 20 of 40",
        ),
        refusal(
            "/validators/1/power",
            json!("11"),
            "validators[1].power",
            "must be the power of its seat \"auditor-2\" (10), is 11",
        ),
        refusal(
            "/validators/1/power",
            json!("-10"),
            "validators[1].power",
            "is -10",
        ),
        refusal(
            "/validators/1/name",
            json!("else"),
            "validators[1].name",
            "must be the name of its seat",
        ),
        refusal(
            "/validators/1/address",
            json!("00"),
            "validators[1].address",
            "must be the address of its key",
        ),
        refusal(
            "/validators/1/pub_key/type",
            json!("tendermint/PubKeySecp256k1"),
            "validators[1].pub_key.type",
            "tendermint/PubKeyEd25519",
        ),
        refusal(
            "/validators/1/pub_key/value",
            json!("AAAA"),
            "validators[1].pub_key.value",
            "32 bytes in base64",
        ),
        refusal(
            "/validators/1",
            good["validators"][0].clone(),
            "validators[1].pub_key.value",
            "must be unique",
        ),
        refusal(
            "/validators",
            json!([
                good["validators"][0],
                good["validators"][1],
                good["validators"][2]
            ]),
            "app_state.seats[3].key",
            "must be the key of one of validators",
        ),
        refusal(
            "/app_state/seats",
            json!([seats[0], seats[1], seats[2]]),
            "validators[3].pub_key.value",
            "must be the key of one of app_state.seats",
        ),
    ]);
}

#[test]
fn organisations_own_identities() {
    let good = dev_json();
    let state = &good["app_state"];
    assert_refused(vec![
        refusal(
            "/app_state/seats/1/operator",
            json!("x"),
            "app_state.seats[1].operator",
            "64 hexadecimal digits",
        ),
        refusal(
            "/app_state/seats/1/operator",
            json!("00".repeat(32)),
            "app_state.seats[1].operator",
            "must be the id of one of app_state.identities, is 00",
        ),
        refusal(
            "/app_state/seats/1/operator",
            state["seats"][0]["operator"].clone(),
            "app_state.seats[1].operator",
            "must be unique, is the same identity as app_state.seats[0].operator",
        ),
        refusal(
            "/app_state/seats/1/operator",
            state["officers"]["members"][2].clone(),
            "app_state.seats[1].operator",
            "must be the organisation's own identity, is also app_state.officers.members[2]",
        ),
        refusal(
            "/app_state/seats/1/operator",
            state["attesters"][0].clone(),
            "app_state.seats[1].operator",
            "must be the organisation's own identity, is also app_state.attesters[0]",
        ),
    ]);
}

#[test]
fn total_power_is_what_cometbft_can_count_with() {
    let mut value = dev_json();
    for list in ["/validators", "/app_state/seats"] {
        for entry in value
            .pointer_mut(list)
            .and_then(Value::as_array_mut)
            .expect(list)
        {
            entry["power"] = json!("1000000000000000000");
        }
    }
    let error = read(&value).expect_err("too much power");
    assert_eq!(error.field(), "app_state.seats");
    assert!(
        error
            .to_string()
            .contains("1152921504606846975 power in total"),
        "{error}"
    );
}
