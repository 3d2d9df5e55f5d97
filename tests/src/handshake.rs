//! What CometBFT tells an application before and with each block, for tests that stand in for it.

use nexus_genesis::Genesis;
use nexus_types::KeyBytes;
use tendermint_proto::google::protobuf::{Duration, Timestamp};
use tendermint_proto::v0_38::abci::{RequestInitChain, ValidatorUpdate};
use tendermint_proto::v0_38::crypto::{PublicKey, public_key::Sum};
use tendermint_proto::v0_38::types;

/// What it sends first: the genesis, in its own words.
///
/// # Panics
/// Never: a genesis reads what it wrote.
#[must_use]
pub fn init_chain(genesis: &Genesis) -> RequestInitChain {
    let file: serde_json::Value = serde_json::from_str(&genesis.to_json()).expect("its own JSON");
    let params = &file["consensus_params"];
    let number = |value: &serde_json::Value| -> i64 {
        value.as_str().expect("text").parse().expect("a number")
    };
    let age = number(&params["evidence"]["max_age_duration"]);
    let document = genesis.document();
    RequestInitChain {
        time: Some(stamp(document.time.0)),
        chain_id: document.chain_id.to_string(),
        consensus_params: Some(types::ConsensusParams {
            block: Some(types::BlockParams {
                max_bytes: number(&params["block"]["max_bytes"]),
                max_gas: number(&params["block"]["max_gas"]),
            }),
            evidence: Some(types::EvidenceParams {
                max_age_num_blocks: number(&params["evidence"]["max_age_num_blocks"]),
                max_age_duration: Some(Duration {
                    seconds: age / 1_000_000_000,
                    nanos: i32::try_from(age % 1_000_000_000).expect("below a second"),
                }),
                max_bytes: number(&params["evidence"]["max_bytes"]),
            }),
            validator: Some(types::ValidatorParams {
                pub_key_types: vec!["ed25519".to_owned()],
            }),
            version: Some(types::VersionParams {
                app: document.app_version,
            }),
            abci: None,
        }),
        validators: genesis
            .validators()
            .map(|(_, key, power)| update(key, i64::try_from(power).expect("a power")))
            .collect(),
        app_state_bytes: file["app_state"].to_string().into(),
        initial_height: 1,
    }
}

/// A time as protobuf has it.
///
/// # Panics
/// Beyond what protobuf can say.
#[must_use]
pub fn stamp(ms: u64) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(ms / 1_000).expect("a time"),
        nanos: i32::try_from(ms % 1_000 * 1_000_000).expect("below a second"),
    }
}

fn update(key: KeyBytes, power: i64) -> ValidatorUpdate {
    ValidatorUpdate {
        pub_key: Some(PublicKey {
            sum: Some(Sum::Ed25519(key.0.to_vec())),
        }),
        power,
    }
}
