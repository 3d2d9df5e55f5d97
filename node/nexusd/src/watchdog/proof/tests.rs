//! What one liar, or several short of two thirds, can make this node believe: nothing.

use std::time::Duration;

use ed25519_consensus::SigningKey;
use nexus_sdk::api::LightBlockView;
use serde_json::json;
use tendermint::block::{self, CommitSig, parts};
use tendermint::{AppHash, Time, chain};

use super::*;

const CHAIN: &str = "watched";
const FROM: &str = "http://a.example:26700";
const SIGNED: [u8; 32] = [7; 32];

fn key(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

fn set(seeds: &[u8]) -> validator::Set {
    let infos = seeds.iter().map(|seed| {
        let key = key(*seed).verification_key();
        let key = PublicKey::from_raw_ed25519(key.as_bytes()).expect("a key");
        validator::Info::new(key, vote::Power::from(10_u32))
    });
    validator::Set::without_proposer(infos.collect())
}

fn header(height: u64, chain: &str) -> Header {
    let validators = set(&[1, 2, 3, 4]);
    Header {
        version: block::header::Version { block: 11, app: 1 },
        chain_id: chain::Id::try_from(chain).expect("an id"),
        height: block::Height::try_from(height).expect("a height"),
        time: Time::from_unix_timestamp(1_790_000_000, 0).expect("a time"),
        last_block_id: None,
        last_commit_hash: None,
        data_hash: None,
        validators_hash: validators.hash(),
        next_validators_hash: validators.hash(),
        consensus_hash: tendermint::Hash::Sha256([7; 32]),
        app_hash: AppHash::try_from(SIGNED.to_vec()).expect("an app hash"),
        last_results_hash: None,
        evidence_hash: None,
        proposer_address: validators.validators()[0].address,
    }
}

/// What a node shows: the header, and a commit for it by these keys.
fn shown(header: &Header, signers: &[u8]) -> LightBlockView {
    let block_id = block::Id {
        hash: header.hash(),
        part_set_header: parts::Header::new(1, tendermint::Hash::Sha256([9; 32])).expect("parts"),
    };
    let signatures = (0..).zip(signers).map(|(index, seed)| {
        let timestamp = (header.time + Duration::from_millis(1)).expect("a time");
        let validator_address = set(&[*seed]).validators()[0].address;
        let vote = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: block::Round::default(),
            block_id: Some(block_id),
            timestamp: Some(timestamp),
            validator_address,
            validator_index: vote::ValidatorIndex::try_from(index).expect("an index"),
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let bytes = vote.into_signable_vec(header.chain_id.clone());
        CommitSig::BlockIdFlagCommit {
            validator_address,
            timestamp,
            signature: tendermint::Signature::new(key(*seed).sign(&bytes).to_bytes())
                .expect("a signature"),
        }
    });
    let commit = block::Commit {
        height: header.height,
        round: block::Round::default(),
        block_id,
        signatures: signatures.collect(),
    };
    let infos: Vec<Value> = set(signers)
        .validators()
        .iter()
        .map(|one| serde_json::to_value(one).expect("JSON"))
        .collect();
    LightBlockView {
        height: header.height.value().into(),
        signed_header: json!({ "header": header, "commit": commit }),
        validators: infos.clone(),
        next_validators: infos,
    }
}

fn check(shown: LightBlockView) -> Result<Proven, Unproven> {
    of_peer(shown, CHAIN, 8, &set(&[1, 2, 3, 4]), FROM)
}

#[test]
fn three_of_four_signatures_prove_a_header() {
    let proven = check(shown(&header(8, CHAIN), &[1, 3, 4])).expect("proven");
    assert_eq!(proven.app_hash, Hash(SIGNED));
    assert!(proven.decided && proven.height == 8 && proven.from == FROM);
}

#[test]
fn two_of_four_signatures_prove_nothing() {
    let refused = check(shown(&header(8, CHAIN), &[1, 2])).expect_err("half");
    assert!(matches!(refused, Unproven::Unsigned(_)), "{refused}");
}

#[test]
fn strangers_signatures_prove_nothing_however_many_they_are() {
    // A liar who shows a validator set of his own, which signed everything properly.
    let strangers: Vec<u8> = (50..90).collect();
    let refused = check(shown(&header(8, CHAIN), &strangers)).expect_err("strangers");
    assert!(matches!(refused, Unproven::Unsigned(_)), "{refused}");
}

#[test]
fn another_app_hash_under_a_true_commit_proves_nothing() {
    let mut forged = shown(&header(8, CHAIN), &[1, 2, 3, 4]);
    forged.signed_header["header"]["app_hash"] = json!("AB".repeat(32));
    let refused = check(forged).expect_err("forged");
    assert!(matches!(refused, Unproven::Mixed { .. }), "{refused}");
}

#[test]
fn a_commit_made_to_fit_a_forged_header_proves_nothing() {
    let mut forged = shown(&header(8, CHAIN), &[1, 2, 3, 4]);
    let mut other = header(8, CHAIN);
    other.app_hash = AppHash::try_from(vec![0xab; 32]).expect("an app hash");
    forged.signed_header["header"] = json!(other);
    forged.signed_header["commit"]["block_id"]["hash"] = json!(other.hash());
    let refused = check(forged).expect_err("the signatures are of another block");
    assert!(matches!(refused, Unproven::Unsigned(_)), "{refused}");
}

#[test]
fn a_header_of_another_height_or_chain_proves_nothing() {
    for other in [header(9, CHAIN), header(8, "elsewhere")] {
        let refused = check(shown(&other, &[1, 2, 3, 4])).expect_err("another");
        assert!(matches!(refused, Unproven::Other { .. }), "{refused}");
    }
}

#[test]
fn one_signature_shown_three_times_is_one() {
    let mut forged = shown(&header(8, CHAIN), &[1, 2]);
    let signatures = &mut forged.signed_header["commit"]["signatures"];
    let first = signatures[0].clone();
    signatures
        .as_array_mut()
        .expect("a list")
        .extend([first.clone(), first]);
    let refused = check(forged).expect_err("doubled");
    assert!(matches!(refused, Unproven::Unsigned(_)), "{refused}");
}

#[test]
fn anything_else_proves_nothing() {
    let nothing = LightBlockView {
        height: 8.into(),
        signed_header: json!({ "header": "none" }),
        validators: Vec::new(),
        next_validators: Vec::new(),
    };
    let refused = check(nothing).expect_err("no header");
    assert!(matches!(refused, Unproven::Unreadable(_)), "{refused}");
    let whole = shown(&header(8, CHAIN), &[1, 2, 3, 4]);
    let unknown = of_peer(whole, CHAIN, 8, &set(&[]), FROM).expect_err("no validators known");
    assert!(matches!(unknown, Unproven::Unsigned(_)), "{unknown}");
}

/// The answer of `dump_consensus_state` in the form of v0.38.25, with these votes.
fn dump(header: &Header, prevotes: &[&str], precommits: &[&str]) -> Value {
    let validators = (1..=4).map(|_| json!({ "voting_power": "10" }));
    json!({ "round_state": {
        "height": header.height.value().to_string(),
        "step": 6,
        "proposal_block": { "header": header },
        "validators": { "validators": validators.collect::<Vec<_>>() },
        "votes": [
            { "round": 0, "prevotes": prevotes, "precommits": precommits },
            { "round": 1, "prevotes": ["nil-Vote"], "precommits": ["nil-Vote"] },
        ],
    }})
}

fn vote_for(what: &str) -> String {
    format!(
        "Vote{{0:24A8B4E6F1F0 8/00/SIGNED_MSG_TYPE_PREVOTE(Prevote) {what} 0B2E1C4D5F60 000000000000 @ 2026-11-26T02:13:00.5Z}}"
    )
}

#[test]
fn our_own_cometbft_proves_by_the_votes_it_holds() {
    let header = header(8, CHAIN);
    let mark = header.hash().to_string()[..12].to_ascii_uppercase();
    let (yes, no) = (vote_for(&mark), vote_for("000000000000"));
    let held = |prevotes: &[&str], precommits: &[&str]| {
        of_own_comet(&dump(&header, prevotes, precommits)).map(|proven| proven.decided)
    };
    let none = ["nil-Vote"; 4];
    assert_eq!(held(&[&yes, &yes, &no, "nil-Vote"], &none), None, "half");
    assert_eq!(held(&[&yes, &yes, &no, &yes], &none), Some(false));
    assert_eq!(
        held(&[yes.as_str(); 4], &[&yes, &no, &yes, &yes]),
        Some(true)
    );
    assert_eq!(of_own_comet(&json!({})), None);
    let without = json!({ "round_state": { "proposal_block": null } });
    assert_eq!(of_own_comet(&without), None);
}
