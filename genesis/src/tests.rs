//! The rules, one by one, and the two ways a genesis travels.

use nexus_types::{IdentityId, Time};
use proptest::prelude::*;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::dev::{Keys, Options, network};
use crate::{ConsensusParams, Genesis, GenesisError, InitChain, Validator, file};

mod refusals;

/// 2026-01-01T00:00:00.250Z.
const TIME: Time = Time(1_767_225_600_250);

fn dev(validators: usize) -> (Genesis, Keys) {
    let options = Options {
        chain_id: "nexus-test".to_owned(),
        time: TIME,
        validators,
        seed: Zeroizing::new([7; 32]),
    };
    network(&options).expect("the template keeps the rules")
}

fn dev_json() -> Value {
    serde_json::from_str(&dev(4).0.to_json()).expect("the file is JSON")
}

fn read(value: &Value) -> Result<Genesis, GenesisError> {
    Genesis::from_json(&value.to_string())
}

/// What CometBFT would hand over for this file: the validators in its own order, the state compact.
fn init_chain<'a>(value: &'a Value, state: &'a [u8]) -> InitChain<'a> {
    let params: ConsensusParams =
        serde_json::from_value(value["consensus_params"].clone()).expect("parameters");
    let seats = value["app_state"]["seats"].as_array().expect("seats");
    let validators = seats.iter().rev().map(|seat| Validator {
        key_type: "ed25519".to_owned(),
        key: hex::decode(seat["key"].as_str().expect("key")).expect("hex"),
        power: seat["power"]
            .as_str()
            .expect("power")
            .parse()
            .expect("number"),
    });
    InitChain {
        chain_id: value["chain_id"].as_str().expect("chain id"),
        time_seconds: 1_767_225_600,
        time_nanos: 250_000_000,
        initial_height: 1,
        consensus_params: params,
        validators: validators.collect(),
        app_state: state,
    }
}

#[test]
fn the_hash_of_a_known_development_network_is_frozen() {
    // It names the chain in every signature: another value here is a change of the wire format.
    assert_eq!(
        dev(4).0.hash().to_string(),
        "29520a8f274d4b65ef82c987919c1f9c1430697ccf442923f261d29f1b2a8f4e"
    );
}

#[test]
fn a_written_genesis_reads_back_as_the_same() {
    for validators in [1, 3, 4, 5, 64] {
        let (genesis, keys) = dev(validators);
        let again = Genesis::from_json(&genesis.to_json()).expect("its own file is accepted");
        assert_eq!(again, genesis);
        assert_eq!(again.to_json(), genesis.to_json());
        let seats: Vec<_> = genesis.validators().map(|(_, key, _)| key).collect();
        let held: Vec<_> = keys.validators.iter().map(|key| key.public()).collect();
        assert_eq!(seats, held);
    }
}

#[test]
fn init_chain_gives_the_same_hash_as_the_file() {
    let value = dev_json();
    let compact = value["app_state"].to_string();
    let from_chain = Genesis::from_init_chain(init_chain(&value, compact.as_bytes()))
        .expect("what CometBFT hands over is accepted");
    assert_eq!(from_chain, dev(4).0);
}

#[test]
fn the_hash_covers_every_field_that_may_vary() {
    let original = dev(4).0.hash();
    let changes: [(&str, Value); 42] = [
        ("/chain_id", json!("nexus-other")),
        ("/genesis_time", json!("2026-01-01T00:00:00.251Z")),
        ("/initial_height", json!("2")),
        (
            "/consensus_params/evidence/max_age_num_blocks",
            json!("1209601"),
        ),
        (
            "/consensus_params/evidence/max_age_duration",
            json!("1209600001000000"),
        ),
        ("/app_state/officers/threshold", json!(4)),
        ("/app_state/identities/0/public_name", json!("someone else")),
        ("/app_state/jurisdictions/0", json!("XX-LAW")),
        ("/app_state/apexes/0", json!("other.example")),
        ("/app_state/delays/approval_ms", json!("5000")),
        ("/app_state/delays/registration_ms", json!("5000")),
        ("/app_state/delays/silence_ms", json!("5000")),
        ("/app_state/delays/late_window_ms", json!("5000")),
        ("/app_state/delays/price_notice_ms", json!("5000")),
        ("/app_state/delays/maturity_ms", json!("5000")),
        ("/app_state/delays/dispute_ms", json!("5000")),
        ("/app_state/delays/consent_notice_ms", json!("5000")),
        ("/app_state/delays/debt_notice_ms", json!("5000")),
        ("/app_state/delays/debt_frozen_ms", json!("1200001")),
        ("/app_state/delays/debt_dormant_ms", json!("1800001")),
        ("/app_state/delays/guardian_ms", json!("5000")),
        ("/app_state/delays/freeze_ms", json!("5000")),
        ("/app_state/delays/snapshot_retention_ms", json!("5000")),
        ("/app_state/delays/voting_ms", json!("5000")),
        ("/app_state/delays/register_ms", json!("5000")),
        ("/app_state/delays/governance_ms", json!("5000")),
        ("/app_state/delays/upgrade_fast_ms", json!("5000")),
        ("/app_state/delays/trusting_ms", json!("5000")),
        ("/app_state/delays/exit_overdue_ms", json!("5000")),
        ("/app_state/delays/exit_protection_ms", json!("5000")),
        ("/app_state/delays/exit_after_ms", json!("5000")),
        ("/app_state/delays/exit_interval_ms", json!("5000")),
        ("/app_state/delays/observation_ms", json!("5000")),
        ("/app_state/delays/reproof_ms", json!("5000")),
        ("/app_state/allowances/per_day", json!(501)),
        ("/app_state/max_quota/pids", json!("7")),
        ("/app_state/max_quota/dns_answers_per_second", json!("7")),
        ("/app_state/max_quota/mail_messages_per_hour", json!("7")),
        ("/app_state/max_quota/mail_bytes", json!("7")),
        ("/app_state/calendar", json!("months")),
        ("/app_state/prices/cpu/micros", json!("2")),
        ("/app_state/prices/mail_storage/per", json!("7")),
    ];
    for (pointer, to) in changes {
        let mut value = dev_json();
        *value.pointer_mut(pointer).expect(pointer) = to;
        let genesis = read(&value).unwrap_or_else(|error| panic!("{pointer}: {error}"));
        assert_ne!(genesis.hash(), original, "{pointer} is not covered");
    }
}

#[test]
fn different_seeds_share_no_key() {
    let one = dev(4).1;
    let options = Options {
        chain_id: "nexus-test".to_owned(),
        time: TIME,
        validators: 4,
        seed: Zeroizing::new([8; 32]),
    };
    let other = network(&options).expect("a network").1;
    let all = |keys: &Keys| {
        let named = keys
            .validators
            .iter()
            .chain(&keys.officers)
            .chain([&keys.attester])
            .chain(&keys.operators);
        named.map(|key| key.public()).collect::<Vec<_>>()
    };
    assert_eq!(all(&one).len(), 14);
    assert!(all(&one).iter().all(|key| !all(&other).contains(key)));
}

#[test]
fn each_seat_has_an_identity_of_its_own_by_the_same_name() {
    for validators in [1, 4, 64] {
        let (genesis, keys) = dev(validators);
        let state = &genesis.document().state;
        assert_eq!(keys.operators.len(), validators);
        for (index, seat) in state.seats.as_slice().iter().enumerate() {
            let operator = &keys.operators[index];
            assert_eq!(operator.name, format!("operator-{}", index + 1));
            assert_eq!(seat.operator, IdentityId::from_key(&operator.public()));
            let identities = state.identities.as_slice().iter();
            let named: Vec<_> = identities
                .filter(|each| each.public_name.as_str() == seat.name.as_str())
                .map(|each| each.key)
                .collect();
            assert_eq!(named, [operator.public()]);
        }
    }
}

#[test]
fn the_hash_covers_who_runs_which_seat() {
    let mut value = dev_json();
    let seats = &mut value["app_state"]["seats"];
    let (first, second) = (seats[0]["operator"].clone(), seats[1]["operator"].clone());
    (seats[0]["operator"], seats[1]["operator"]) = (second, first);
    let genesis = read(&value).expect("any seat may have any organisation's identity");
    assert_ne!(genesis.hash(), dev(4).0.hash());
}

#[test]
fn a_secret_is_not_shown_by_debug() {
    let keys = dev(1).1;
    let shown = format!("{:?}", keys.attester);
    assert_eq!(shown, "NamedKey(attester, secret)");
}

#[test]
fn validator_addresses_are_those_of_cometbft() {
    // From `cometbft init` v0.38.25: a public key and the address it wrote beside it.
    let key = hex::decode("d55dded661efd5e1ac5eb9a1cbe0fce7fcd45adb3da0bda596c444fa39c696e2")
        .expect("hex");
    assert_eq!(
        file::validator_address(&key),
        "2529BA277FA6F24933D3B1D7E4E4B0E259C00771"
    );
}

proptest! {
    #[test]
    fn arbitrary_text_is_refused_without_a_panic(text in ".{0,300}") {
        prop_assert!(Genesis::from_json(&text).is_err());
    }

    #[test]
    fn a_file_cut_anywhere_is_refused(at in 0usize..4000) {
        let text = dev(4).0.to_json();
        // The last byte is a line break, which JSON does not need.
        let cut = at.min(text.len() - 2);
        prop_assert!(Genesis::from_json(&text[..cut]).is_err());
    }
}
