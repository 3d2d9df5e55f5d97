//! cometbft-0.38.25.json: what four CometBFT v0.38.25 processes with its own key-value application signed, captured once.
//! It shows that the header hash, the validator-set hash, the signed bytes of a vote and both Merkle roots are
//! CometBFT's own, not only ours.
//!
//! captured/: an anchor and two bundles of a local network of four validators, kept by
//! `tests/conformance/python/conformance.py NETWORK.json --nexus PROGRAM --save tests/vectors/captured`.

use nexus_sdk::anchor::Anchor;
use nexus_sdk::bundle::{Bundle, TxResult, inclusion_path, result_leaf_hash, tx_leaf_hash};
use nexus_sdk::verify::{Policy, verify_file};
use nexus_tree::log::root_of;
use serde_json::Value;
use std::time::Duration;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;
use tendermint_light_client_verifier::operations::{
    ProdVotingPowerCalculator, VotingPowerCalculator,
};
use tendermint_light_client_verifier::types::TrustThreshold;

struct Block {
    signed: SignedHeader,
    validators: validator::Set,
}

fn captured() -> Value {
    let text = std::fs::read(crate::folder().join("cometbft-0.38.25.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn blocks(captured: &Value) -> Vec<Block> {
    let all = captured["light_blocks"].as_array().unwrap().iter();
    all.map(|one| {
        let members: Vec<validator::Info> =
            serde_json::from_value(one["validators"].clone()).unwrap();
        Block {
            signed: serde_json::from_value(one["signed_header"].clone()).unwrap(),
            validators: validator::Set::without_proposer(members),
        }
    })
    .collect()
}

#[test]
fn hashes_and_signatures_are_those_of_cometbft() {
    for block in blocks(&captured()) {
        let header = &block.signed.header;
        assert_eq!(header.hash(), block.signed.commit.block_id.hash);
        assert_eq!(header.validators_hash, block.validators.hash());
        let tally = ProdVotingPowerCalculator::default()
            .voting_power_in(&block.signed, &block.validators, TrustThreshold::TWO_THIRDS)
            .unwrap();
        assert!(3 * tally.tallied > 2 * tally.total, "{tally}");
    }
}

#[test]
fn transactions_and_results_stand_under_the_roots_of_cometbft() {
    let captured = captured();
    let blocks = blocks(&captured);
    let [.., of_block, after] = blocks.as_slice() else {
        panic!("two blocks are needed")
    };
    let data: Vec<[u8; 32]> = captured["txs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tx| serde_json::from_value::<nexus_sdk::api::Base64>(tx.clone()).unwrap())
        .map(|tx| tx_leaf_hash(tx.bytes()))
        .collect();
    let header = &of_block.signed.header;
    assert_eq!(
        header.data_hash,
        Some(tendermint::Hash::Sha256(root_of(&data)))
    );
    assert_eq!(inclusion_path(&data, 2).unwrap().len(), 3);
    let results: Vec<[u8; 32]> = captured["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| TxResult {
            code: result["code"].as_u64().unwrap() as u32,
            ..serde_json::from_str(r#"{"code":0,"data":"","gasWanted":0,"gasUsed":0}"#).unwrap()
        })
        .map(|result| result_leaf_hash(&result))
        .collect();
    let header = &after.signed.header;
    assert_eq!(
        header.last_results_hash,
        Some(tendermint::Hash::Sha256(root_of(&results)))
    );
}

#[test]
fn bundles_of_a_real_network_hold() {
    let read = |name: &str| std::fs::read(crate::folder().join("captured").join(name)).unwrap();
    let anchor = Anchor::parse(&read("anchor.json")).unwrap();
    for name in ["tx-denied.json", "imvu.json"] {
        let bytes = read(name);
        let bundle = Bundle::parse(&bytes).unwrap();
        let after = bundle
            .light_blocks
            .last()
            .unwrap()
            .signed_header
            .header
            .time;
        let now = after.checked_add(Duration::from_secs(1)).unwrap();
        let report = verify_file(&bytes, &anchor, &Policy::at(now));
        assert!(report.verified.is_some(), "{name}: {:?}", report.failure());
    }
}
