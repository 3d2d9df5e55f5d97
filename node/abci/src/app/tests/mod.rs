//! Tests of the application as CometBFT drives it, without CometBFT: a mock consensus over the
//! in-memory store, with crashes at every boundary between two calls.

mod consensus;
mod damage;
mod law;
mod sync;
mod upgrade;

use super::*;
use consensus::{Chain, describe, register};
use nexus_machine::SingleVerify;
use nexus_types::Code;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;

#[test]
fn init_chain_twice_is_one_genesis_and_another_genesis_is_refused() {
    let chain = Chain::new();
    let first = chain.init();
    assert_eq!(chain.init(), first);
    let other = Chain::seeded(2);
    let refused = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        chain.app.init_chain(other.init_request())
    }));
    assert!(refused.is_err());
}

#[test]
fn a_block_goes_through_proposal_to_commit_and_info_says_so() {
    let mut chain = Chain::begun();
    let alice = chain.person(20);
    let txs = chain.block(vec![register(&chain, &alice)]);
    assert_eq!(txs, [0]);
    let info = chain.app.info(Default::default());
    assert_eq!(
        (info.last_block_height, info.last_block_app_hash.to_vec()),
        (1, chain.app_hash.clone())
    );
}

#[test]
fn a_crash_between_any_two_calls_replays_to_the_same_app_hash() {
    let mut smooth = Chain::begun();
    let alice = smooth.person(20);
    let tx = register(&smooth, &alice);
    smooth.block(vec![tx.clone()]);
    for crash_after in ["prepare", "process", "finalize", "commit"] {
        let mut chain = Chain::begun();
        chain.block_with_crash(vec![tx.clone()], crash_after);
        assert_eq!(chain.app_hash, smooth.app_hash, "crash after {crash_after}");
        assert_eq!(
            chain.app.info(Default::default()).last_block_height,
            1,
            "crash after {crash_after}"
        );
    }
}

#[test]
fn blocksync_that_never_asks_for_a_proposal_gives_the_same_app_hash() {
    let mut smooth = Chain::begun();
    let alice = smooth.person(20);
    let tx = register(&smooth, &alice);
    smooth.block(vec![tx.clone()]);
    let mut synced = Chain::begun();
    synced.decide(vec![tx]);
    assert_eq!(synced.app_hash, smooth.app_hash);
}

#[test]
fn a_proposal_with_an_inadmissible_transaction_is_rejected_and_never_made() {
    let chain = Chain::begun();
    let alice = chain.person(20);
    let good = register(&chain, &alice);
    let bad = Bytes::from_static(b"no transaction");
    let request = chain.process_request(vec![good.clone(), bad.clone()]);
    assert_eq!(
        chain.app.process_proposal(request).status,
        i32::from(ProposalStatus::Reject)
    );
    let twice = chain.process_request(vec![good.clone(), good.clone()]);
    assert_eq!(
        chain.app.process_proposal(twice).status,
        i32::from(ProposalStatus::Reject)
    );
    let proposed =
        chain
            .app
            .prepare_proposal(chain.prepare_request(vec![bad, good.clone(), good.clone()]));
    assert_eq!(proposed.txs, [good]);
}

#[test]
fn a_decided_block_of_anything_has_one_result_a_transaction_and_the_chain_goes_on() {
    let mut chain = Chain::begun();
    let alice = chain.person(20);
    let junk = vec![
        Bytes::new(),
        vec![0xff; 70_000].into(),
        register(&chain, &alice),
    ];
    assert_eq!(chain.decide(junk), [1002, 1001, 0]);
    assert_eq!(chain.block(Vec::new()), Vec::<u32>::new());
}

#[test]
fn a_proposal_never_exceeds_the_bytes_it_was_given() {
    let chain = Chain::begun();
    let alice = chain.person(20);
    let tx = register(&chain, &alice);
    let mut request = chain.prepare_request(vec![tx.clone()]);
    request.max_tx_bytes = i64::try_from(tx.len()).unwrap();
    assert!(chain.app.prepare_proposal(request.clone()).txs.is_empty());
    request.max_tx_bytes += 4;
    assert_eq!(chain.app.prepare_proposal(request).txs, [tx]);
}

#[test]
fn transactions_wait_one_a_nonce_in_a_row() {
    let mut chain = Chain::begun();
    let alice = chain.person(20);
    let txs = vec![register(&chain, &alice)];
    chain.block(txs);
    let [second, third, other_second] =
        [(2, "a"), (3, "b"), (2, "c")].map(|(nonce, text)| describe(&chain, &alice, nonce, text));
    assert_eq!(chain.check(&third), Code::NonceGap.number());
    assert_eq!(chain.check(&second), 0);
    assert_eq!(chain.check(&third), 0);
    assert_eq!(chain.check(&other_second), Code::NoncePending.number());
    let mut resigned = second.to_vec();
    // Another valid encoding of a signature is not at hand; any other bytes after the same body do.
    let at = resigned.len() - 10;
    resigned[at] ^= 1;
    assert_eq!(
        chain.check(&resigned.into()),
        Code::SecondSignature.number()
    );
    chain.block(Vec::new());
    assert_eq!(chain.check(&third), Code::NonceGap.number());
    assert_eq!(chain.check(&second), 0);
}

#[test]
fn no_more_than_thirty_two_wait() {
    let mut chain = Chain::begun();
    let alice = chain.person(20);
    let txs = vec![register(&chain, &alice)];
    chain.block(txs);
    for nonce in 2..34 {
        assert_eq!(chain.check(&describe(&chain, &alice, nonce, "x")), 0);
    }
    assert_eq!(
        chain.check(&describe(&chain, &alice, 34, "x")),
        Code::PendingLimit.number()
    );
}

#[test]
fn batched_checks_equal_single_ones_with_the_cache_on_off_and_evicting() {
    let mut chain = Chain::begun();
    let people: Vec<_> = (20..40).map(|seed| chain.person(seed)).collect();
    let txs = people
        .iter()
        .map(|person| register(&chain, person))
        .collect::<Vec<_>>();
    chain.block(txs);
    let mut txs: Vec<Bytes> = people
        .iter()
        .map(|person| describe(&chain, person, 2, "x"))
        .collect();
    for (position, tx) in txs.iter_mut().enumerate() {
        if position % 3 == 0 {
            let mut bytes = tx.to_vec();
            let at = bytes.len() - 20;
            bytes[at] ^= 1;
            *tx = bytes.into();
        }
    }
    let batched = chain.check_all(&txs);
    let view = chain.app.state();
    let now = App::next_context(view.store());
    let single: Vec<u32> = txs
        .iter()
        .map(
            |tx| match nexus_machine::admit(tx, &view, now, &SingleVerify) {
                Ok(_) => 0,
                Err(refused) => refused.code.number(),
            },
        )
        .collect();
    assert_eq!(batched, single);
    assert!(single.contains(&0) && single.contains(&Code::BadSignature.number()));
    for capacity in [0, 2, 10_000] {
        let sigs = CachedSigs::new(SigCache::new(capacity));
        for _ in 0..2 {
            let again: Vec<u32> = txs
                .iter()
                .map(|tx| match nexus_machine::admit(tx, &view, now, &sigs) {
                    Ok(_) => 0,
                    Err(refused) => refused.code.number(),
                })
                .collect();
            assert_eq!(again, single, "cache of {capacity}");
        }
    }
}
