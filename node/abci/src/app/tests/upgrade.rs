//! An upgrade (law §9): the block before it says so, and from there on this program decides nothing.

use nexus_store::{BlockWrite, MemoryBackend, Store};
use nexus_types::constants::APP_VERSION;
use nexus_types::encoding::encode;
use nexus_types::governance::UpgradePlan;
use nexus_types::state::{ChainRecord, Clock};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Hash, Time};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;

use super::consensus::{Chain, open};
use crate::app::{App, NoObserver, OpenError, Options, StateView};
use crate::transport::BatchCheckTx;

const BINARY: Hash = Hash([9; 32]);

/// One more block, which changes nothing but these objects, and the clock.
fn patched(chain: &Chain, changes: Vec<(StateKey, Vec<u8>)>) -> MemoryBackend {
    let disk = chain.backend().fork();
    let store = Store::open(disk.clone()).unwrap();
    let tip = store.committed().unwrap().unwrap();
    let (height, time_ms) = (tip.height + 1, tip.time_ms + 1_000);
    let clock = Clock {
        height,
        time: Time(time_ms),
        law_time: Time(time_ms),
    };
    let changes = changes
        .into_iter()
        .chain([(state_key::clock(), encode(&clock))])
        .map(|(key, value)| (key.into_bytes(), Some(value)));
    let staged = store.stage(changes.collect()).unwrap();
    let mut preimage = store.view().unwrap().unwrap().preimage().clone();
    preimage.state_root = staged.state_root;
    let block = BlockWrite {
        height,
        time_ms,
        block_hash: [1; 32],
        app_hash: preimage.hash(),
        preimage,
        logs: Vec::new(),
        txs: Vec::new(),
        block: vec![1],
    };
    store.commit(block).unwrap();
    disk
}

fn plan(height: u64, app_version: u64) -> (StateKey, Vec<u8>) {
    let plan = UpgradePlan {
        height,
        app_version,
        sha256: BINARY,
        proposal: Hash([1; 32]),
    };
    (state_key::upgrade_plan(), encode(&plan))
}

fn chain_of(app: &App) -> ChainRecord {
    StateView::new(app.latest().unwrap()).chain()
}

fn opened(disk: &MemoryBackend) -> Result<App, OpenError> {
    App::open(
        Store::open(disk.clone()).unwrap(),
        Options::default(),
        NoObserver,
    )
}

#[test]
fn the_block_before_an_upgrade_tells_cometbft_and_is_this_programs_last() {
    let mut chain = Chain::begun();
    chain.block(Vec::new());
    let disk = patched(&chain, vec![plan(4, APP_VERSION + 1)]);
    chain.go_on(disk, &(2, Vec::new())).unwrap();
    let told = chain.app.another_version();
    assert_eq!(chain.app.info(Default::default()).app_version, APP_VERSION);
    assert!(chain.app.cannot_decide().is_none() && told.borrow().is_none());

    let request = chain.finalize_request(Vec::new());
    let last = chain.app.finalize_block(request);
    let params = last.consensus_param_updates.expect("an update");
    assert_eq!(params.version.expect("of the version").app, APP_VERSION + 1);
    assert!(params.block.is_none() && params.evidence.is_none() && params.validator.is_none());
    chain.app.commit();
    chain.height += 1;

    let another = told.borrow().expect("it is told");
    assert_eq!(
        (another.height, another.theirs, another.sha256),
        (4, APP_VERSION + 1, Some(BINARY))
    );
    // What the state says, and CometBFT has in its own; not what this program is.
    let info = chain.app.info(Default::default());
    assert_eq!(
        (info.app_version, info.last_block_height),
        (APP_VERSION + 1, 3)
    );
    assert!(chain.app.cannot_decide().is_some());
    let proposed = chain
        .app
        .prepare_proposal(chain.prepare_request(Vec::new()));
    assert!(proposed.txs.is_empty());
    let judged = chain
        .app
        .process_proposal(chain.process_request(Vec::new()));
    assert_eq!(judged.status, i32::from(ProposalStatus::Reject));
    match opened(chain.backend()) {
        Err(OpenError::AnotherVersion(refused)) => assert_eq!(refused, another),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it runs where another program decides"),
    }
}

#[test]
fn the_program_that_was_voted_for_begins_at_its_block_and_not_before() {
    let mut chain = Chain::begun();
    chain.block(Vec::new());
    // As an earlier version left it.
    let before = ChainRecord {
        app_version: APP_VERSION - 1,
        ..chain_of(&chain.app)
    };
    let state = |height| {
        let chain = (state_key::chain(), encode(&before));
        vec![chain, plan(height, APP_VERSION)]
    };
    match opened(&patched(&chain, state(4))) {
        Err(OpenError::AnotherVersion(early)) => {
            assert_eq!((early.height, early.theirs), (3, APP_VERSION - 1));
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it runs before its time"),
    }
    chain
        .go_on(patched(&chain, state(3)), &(2, Vec::new()))
        .unwrap();
    assert_eq!(chain.app.info(Default::default()).app_version, APP_VERSION);
    chain.block(Vec::new());
    assert_eq!(chain_of(&chain.app).app_version, APP_VERSION);
    let view = chain.app.latest().unwrap();
    let key = state_key::upgrade_plan();
    assert!(view.get(key.as_bytes()).unwrap().is_none(), "it is done");
    open(chain.backend(), Options::default());
}
