//! Forgeries: the digest fits, the contents do not.

use super::chain::{World, denied_tx, light_block, verdict};
use super::{checked, reseal};
use crate::api::{Base64, Hex};
use crate::bundle::Bundle;
use crate::verify::StepName;
use nexus_tree::smt::StateProof;
use nexus_types::encoding::{decode, encode};
use nexus_types::{Code, Gate, Hash, Verdict, state_key};

/// Forges one thing and returns the step that notices.
fn noticed(mut bundle: Bundle, forge: impl FnOnce(&mut Bundle)) -> StepName {
    let before = bundle.clone();
    forge(&mut bundle);
    assert_ne!(bundle, before, "the forgery changed nothing");
    reseal(&mut bundle);
    let report = checked(&bundle);
    assert!(report.verified.is_none());
    report.failure().unwrap().name
}

fn imvu(forge: impl FnOnce(&mut Bundle)) -> StepName {
    noticed(World::new().imvu_bundle(), forge)
}

fn tx(forge: impl FnOnce(&mut Bundle)) -> StepName {
    noticed(World::new().tx_bundle(1), forge)
}

fn zone(forge: impl FnOnce(&mut Bundle)) -> StepName {
    noticed(World::new().zone_bundle(), forge)
}

#[test]
fn forged_state_is_refused_at_its_proof() {
    let state = StepName::State;
    assert_eq!(
        imvu(|b| b.state[1].value.as_mut().unwrap().0.0[0] ^= 1),
        state
    );
    assert_eq!(imvu(|b| b.state[1].key.0.0[3] ^= 1), state);
    assert_eq!(imvu(|b| b.state[1].value = None), state);
    assert_eq!(imvu(|b| b.state[2].value = Some(Hex::new([0]))), state);
    assert_eq!(imvu(|b| b.state[1].proof = b.state[2].proof.clone()), state);
    assert_eq!(imvu(|b| b.state.push(b.state[1].clone())), state);
    assert_eq!(
        imvu(|b| {
            let proof: StateProof = decode(b.state[1].proof.bytes()).unwrap();
            let mut siblings = proof.siblings().to_vec();
            siblings[0][31] ^= 1;
            let forged = StateProof::new(*proof.terminal(), siblings).unwrap();
            b.state[1].proof = Hex::new(encode(&forged));
        }),
        state
    );
}

#[test]
fn missing_state_is_refused_as_a_missing_object() {
    for position in 1..6 {
        assert_eq!(imvu(|b| drop(b.state.remove(position))), StepName::Object);
    }
    assert_eq!(zone(|b| drop(b.state.remove(1))), StepName::Object);
    assert_eq!(zone(|b| drop(b.state.remove(2))), StepName::Object);
    assert_eq!(imvu(|b| b.preimage = None), StepName::AppHash);
}

#[test]
fn a_forged_preimage_is_refused_at_the_app_hash_and_another_law_at_its_constants() {
    let app_hash = StepName::AppHash;
    assert_eq!(
        imvu(|b| b.preimage.as_mut().unwrap().state_root.0.0[0] ^= 1),
        app_hash
    );
    assert_eq!(
        imvu(|b| b.preimage.as_mut().unwrap().delay_profile.0.0[0] ^= 1),
        app_hash
    );
    assert_eq!(
        imvu(|b| b.preimage.as_mut().unwrap().logs[4].size.0 += 1),
        app_hash
    );
    assert_eq!(
        imvu(|b| b.preimage.as_mut().unwrap().logs.swap(0, 1)),
        app_hash
    );
    let another_law = |b: &mut Bundle| {
        let preimage = b.preimage.as_mut().unwrap();
        preimage.constants.0.0[0] ^= 1;
        let hash = nexus_tree::app_hash::AppHashPreimage::try_from(&*preimage)
            .unwrap()
            .hash();
        let all = [1, 2, 3, 4];
        let wanted = super::chain::Wanted {
            app_hash: hash,
            ..Default::default()
        };
        b.light_blocks[1] = light_block(2, &all, &all, 0, &wanted);
    };
    assert_eq!(imvu(another_law), StepName::Constants);
}

#[test]
fn forged_headers_are_refused_at_their_height() {
    let header = StepName::Header;
    let all = [1, 2, 3, 4];
    let wanted = super::chain::Wanted::default();
    // By strangers; by the right validators, but too few; with another validator's power.
    assert_eq!(
        imvu(|b| b.light_blocks[0] = light_block(1, &[5, 6, 7, 8], &all, 0, &wanted)),
        header
    );
    assert_eq!(
        imvu(|b| b.light_blocks[0] = light_block(1, &all, &all, 2, &wanted)),
        header
    );
    assert_eq!(
        imvu(|b| {
            let set = &mut b.light_blocks[0].validator_set;
            set.validators[0].power = 1_000_u64.try_into().unwrap();
            *set = tendermint::validator::Set::without_proposer(set.validators.clone());
        }),
        header
    );
    // With a signature taken from elsewhere, or a header that says something else than was signed.
    assert_eq!(
        imvu(|b| {
            let signatures = b.light_blocks[1].signed_header.commit.signatures.clone();
            b.light_blocks[0].signed_header.commit.signatures[1..]
                .clone_from_slice(&signatures[1..]);
        }),
        header
    );
    assert_eq!(
        imvu(|b| {
            let header = &mut b.light_blocks[1].signed_header.header;
            header.app_hash = tendermint::AppHash::try_from(vec![8; 32]).unwrap();
        }),
        header
    );
}

#[test]
fn what_no_hash_of_a_validator_set_covers_is_refused() {
    let set = |b: &mut Bundle, forge: &dyn Fn(&mut tendermint::validator::Set)| {
        forge(&mut b.light_blocks[1].next_validator_set);
    };
    assert_eq!(
        imvu(|b| set(b, &|set| set.validators[3].address =
            tendermint::account::Id::new([0xff; 20]))),
        StepName::Format
    );
    assert_eq!(
        imvu(|b| set(b, &|set| set.proposer = Some(set.validators[0].clone()))),
        StepName::Header
    );
}

#[test]
fn headers_that_are_not_h_and_h_plus_one_are_refused_before_any_signature() {
    let anchor = StepName::Anchor;
    assert_eq!(imvu(|b| drop(b.light_blocks.pop())), anchor);
    assert_eq!(imvu(|b| b.light_blocks.reverse()), anchor);
    assert_eq!(imvu(|b| b.height.0 = 2), anchor);
    assert_eq!(
        imvu(|b| b.light_blocks.push(b.light_blocks[1].clone())),
        anchor
    );
}

#[test]
fn forged_transactions_are_refused_at_the_block() {
    let transaction = StepName::Transaction;
    let item =
        |b: &mut Bundle, forge: &dyn Fn(&mut crate::bundle::TxItem)| forge(b.tx.as_mut().unwrap());
    assert_eq!(tx(|b| item(b, &|t| t.bytes.0.0[0] ^= 1)), transaction);
    assert_eq!(tx(|b| item(b, &|t| t.index.0 = 0)), transaction);
    assert_eq!(tx(|b| item(b, &|t| t.total.0 = 2)), transaction);
    assert_eq!(
        tx(|b| item(b, &|t| t.data_path[0].0.0[5] ^= 1)),
        transaction
    );
    assert_eq!(tx(|b| item(b, &|t| t.data_path.truncate(1))), transaction);
    assert_eq!(tx(|b| b.tx = None), transaction);
    // Another transaction of the same validators, never in a block, with the subject to fit.
    let elsewhere = |b: &mut Bundle| {
        let bytes = encode(&denied_tx(77));
        b.subject = crate::bundle::BundleSubject::Tx(Hash::of(&bytes).into());
        b.tx.as_mut().unwrap().bytes = Base64::new(bytes);
    };
    assert_eq!(tx(elsewhere), transaction);
}

#[test]
fn forged_results_are_refused_at_the_next_header() {
    let result = StepName::Result;
    let item =
        |b: &mut Bundle, forge: &dyn Fn(&mut crate::bundle::TxItem)| forge(b.tx.as_mut().unwrap());
    assert_eq!(tx(|b| item(b, &|t| t.result.code = 0)), result);
    assert_eq!(tx(|b| item(b, &|t| t.result.gas_used = 1)), result);
    assert_eq!(
        tx(|b| item(b, &|t| t.result.data = Base64::default())),
        result
    );
    assert_eq!(tx(|b| item(b, &|t| t.result_path[0].0.0[0] ^= 1)), result);
}

#[test]
fn a_committed_verdict_about_another_transaction_is_refused() {
    // Only a broken application could commit these; the client does not take its word either.
    let commit = |forge: &dyn Fn(&mut Verdict)| {
        let mut world = World::new();
        let mut verdict = verdict(&denied_tx(22));
        forge(&mut verdict);
        world.results[1].data = Base64::new(encode(&verdict));
        checked(&world.tx_bundle(1)).failure().unwrap().name
    };
    assert_eq!(commit(&|v| v.tx = Hash::default()), StepName::Verdict);
    assert_eq!(
        commit(&|v| v.code = Code::RefusedBy(Gate::NetworkPath)),
        StepName::Verdict
    );
    assert_eq!(
        commit(&|v| v.actor = nexus_types::IdentityId(Hash::default())),
        StepName::Verdict
    );
}

#[test]
fn forged_log_records_are_refused_at_the_log() {
    let log = StepName::Log;
    assert_eq!(tx(|b| b.logs[0].record.0.0[0] ^= 1), log);
    assert_eq!(tx(|b| b.logs[0].index.0 = 1), log);
    assert_eq!(tx(|b| b.logs[0].log = String::from("platform")), log);
    assert_eq!(tx(|b| b.logs[0].log = String::from("rumours")), log);
    assert_eq!(tx(|b| b.logs[0].proof.0.0[4] ^= 1), log);
    assert_eq!(tx(|b| b.logs[0].proof = Hex::new([])), log);
}

#[test]
fn an_incomplete_or_altered_zone_is_refused() {
    let complete = StepName::ZoneComplete;
    assert_eq!(zone(|b| drop(b.records.pop())), complete);
    assert_eq!(zone(|b| b.records.push(b.records[2].clone())), complete);
    assert_eq!(zone(|b| b.records.swap(0, 1)), complete);
    assert_eq!(
        zone(|b| b.records[0].owner = String::from("mail.imvu042.nexus.example")),
        complete
    );
    assert_eq!(
        zone(|b| b.records[0].rrset = b.records[1].rrset.clone()),
        complete
    );
    assert_eq!(
        zone(|b| b.records[0].owner = String::from("IMVU042.nexus.example")),
        complete
    );
}

#[test]
fn evidence_that_nothing_checks_is_refused() {
    let world = World::new();
    let with_tx = |b: &mut Bundle| b.tx = world.tx_bundle(0).tx;
    assert_eq!(imvu(with_tx), StepName::Object);
    let with_records = |b: &mut Bundle| b.records = world.zone_bundle().records;
    assert_eq!(imvu(with_records), StepName::Object);
}

#[test]
fn a_state_of_another_genesis_is_refused_at_the_network() {
    let mut world = World::new();
    let mut chain: nexus_types::state::ChainRecord =
        decode(&world.values[state_key::chain().as_bytes()]).unwrap();
    chain.network.genesis_hash = Hash([1; 32]);
    world.put(&state_key::chain(), encode(&chain));
    assert_eq!(
        checked(&world.imvu_bundle()).failure().unwrap().name,
        StepName::Network
    );
}
