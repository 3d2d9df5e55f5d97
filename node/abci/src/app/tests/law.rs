//! Another split on the disk, or in a snapshot: neither is taken for this law.

use nexus_store::snapshot::{FORMAT, Metadata};
use nexus_store::{BlockWrite, MemoryBackend, Store};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::Hash;
use nexus_types::constants::constants_hash;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::{RequestOfferSnapshot, Snapshot};

use super::consensus::{Chain, open};
use crate::app::{App, NoObserver, OpenError, Options};

/// What the app hash of that chain says, had it been made under another law.
fn under(constants: [u8; 32], app: &App) -> AppHashPreimage {
    AppHashPreimage {
        constants,
        ..app.latest().unwrap().preimage().clone()
    }
}

/// One more block, which changes nothing but the constants under the app hash; root, seals and app hash are right.
fn patch(backend: &MemoryBackend, preimage: AppHashPreimage) {
    let store = Store::open(backend.clone()).unwrap();
    let tip = store.committed().unwrap().unwrap();
    let staged = store.stage(Vec::new()).unwrap();
    assert_eq!(staged.state_root, preimage.state_root);
    let block = BlockWrite {
        height: tip.height + 1,
        time_ms: tip.time_ms + 1_000,
        block_hash: [1; 32],
        app_hash: preimage.hash(),
        preimage,
        logs: Vec::new(),
        txs: Vec::new(),
        block: vec![1],
    };
    store.commit(block).unwrap();
}

#[test]
fn a_store_under_other_constants_is_refused_with_2055_and_says_what_to_do() {
    let mut chain = Chain::begun();
    chain.block(Vec::new());
    for constants in [[7; 32], constants_hash().0] {
        let disk = chain.backend().fork();
        patch(&disk, under(constants, &chain.app));
        let store = Store::open(disk).unwrap();
        let opened = App::open(store, Options::default(), NoObserver);
        if constants == constants_hash().0 {
            opened.expect("its own law");
            continue;
        }
        let Err(OpenError::AnotherLaw(refused)) = opened else {
            panic!("it runs under another law");
        };
        let height = chain.mark().0 + 1;
        assert_eq!(i64::try_from(refused.height).unwrap(), height);
        assert_eq!(
            (refused.theirs, refused.ours),
            (Hash([7; 32]), constants_hash())
        );
        let words = refused.to_string();
        assert!(words.starts_with("NX2055: "), "{words}");
        assert!(words.contains("restore the data folder"), "{words}");
    }
}

#[test]
fn no_snapshot_of_a_chain_with_other_constants_is_restored() {
    let mut chain = Chain::begun();
    chain.block(Vec::new());
    for (constants, result) in [
        ([7; 32], Offered::Abort),
        (constants_hash().0, Offered::Accept),
    ] {
        let app = open(&MemoryBackend::new(), Options::default());
        let preimage = under(constants, &chain.app);
        let metadata = Metadata {
            format: FORMAT,
            height: 1,
            time_ms: 1,
            preimage: preimage.clone(),
            keys: 1,
            logs: 1,
            chunks: vec![[1; 32]],
        };
        let snapshot = Snapshot {
            height: 1,
            format: FORMAT,
            chunks: 1,
            hash: metadata.hash().to_vec().into(),
            metadata: metadata.encode().into(),
        };
        let offer = RequestOfferSnapshot {
            snapshot: Some(snapshot),
            app_hash: preimage.hash().to_vec().into(),
        };
        let answer = app.offer_snapshot(offer).result;
        assert_eq!(Offered::try_from(answer).unwrap(), result);
    }
}
