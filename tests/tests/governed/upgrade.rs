//! A software upgrade that the seats vote for, from the proposal to the first blocks of the next program.
//!
//! The next program is this one, built one version ahead (docs/testing.md): `nexusd-next`.

use super::DELAYS;
use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::BundleSubject;
use nexus_sdk::keys::Signer;
use nexus_sdk::verify::{Policy, verify_file};
use nexus_tests::actions::{create, describe, imvu};
use nexus_tests::programs::{self, Ran};
use nexus_tests::wait::{block_on, wait_for};
use nexus_tests::{Joiner, Network, Node, Options};
use nexus_types::constants::APP_VERSION;
use nexus_types::governance::{GovernanceChange, UpgradePlan};
use nexus_types::state::ChainRecord;
use nexus_types::{Hash, state_key};
use serde_json::Value;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Child;
use tendermint::Time;

const NEXT: u64 = APP_VERSION + 1;
const UPGRADE_DUE: i32 = 15;
const WRONG_PROGRAM: i32 = 16;

/// Blocks between the proposal and its height: the votes, the time-lock of three seconds, and ten blocks of notice.
const AHEAD: u64 = 25;

/// Heights between two snapshots.
const INTERVAL: u64 = 5;

/// The programs of this test: the one that runs, the next, and one with the next's version and other bytes.
struct Programs {
    old: PathBuf,
    next: PathBuf,
    wrong: PathBuf,
    sha256: Hash,
}

impl Programs {
    fn beside(network: &Network) -> Self {
        let next = programs::program("nexusd-next");
        let bytes = fs::read(&next).expect("the next program");
        let wrong = network.folder().join("nexusd-wrong");
        let _ = fs::copy(&next, &wrong).expect("a copy");
        let file = OpenOptions::new().append(true).open(&wrong);
        file.expect("the copy").write_all(b"\n").expect("written");
        Self {
            old: programs::program("nexusd"),
            next,
            wrong,
            sha256: Hash::of(&bytes),
        }
    }
}

fn says(ran: &Ran, words: &[&str]) {
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in: {}", ran.stderr);
    }
}

fn refused(node: &Node, program: &Path, code: i32, words: &[&str]) {
    says(&node.try_start(program).exited(code), words);
}

#[test]
fn four_validators_end_before_the_height_swap_their_program_and_go_on_with_the_same_ledger() {
    let network = Network::start(&Options {
        snapshot_interval: Some(INTERVAL),
        snapshots_kept: Some(24),
        delays: DELAYS,
        ..Options::default()
    });
    let programs = Programs::beside(&network);
    let person = network.person("upgraded");
    network.apply(&person, vec![create("UPGRADED")]);
    too_early(&network, &programs);
    let mut children: Vec<Child> = network
        .nodes
        .iter()
        .map(|node| own(node, &programs))
        .collect();

    let height = planned(&network, &programs);
    for (node, child) in network.nodes.iter().zip(&mut children) {
        let what = format!("the end of {}", node.name);
        let ended = wait_for(&what, || child.try_wait().expect("its state"));
        assert_eq!(ended.code(), Some(UPGRADE_DUE), "{}", node.name);
        let log = node.log();
        for word in [
            &format!("block {height} is decided by version {NEXT}"),
            &programs.sha256.to_string(),
        ] {
            assert!(log.contains(word.as_str()), "{}: no {word}", node.name);
        }
        assert!(!log.contains("CONSENSUS FAILURE"), "{}", node.name);
    }
    at_the_boundary(&network, &programs, height);

    // Three decide, the fourth follows.
    let [first, .., last] = &network.nodes[..] else {
        panic!("four nodes")
    };
    for node in &network.nodes[..3] {
        swapped(node, &programs.next);
    }
    first.wait_for_height(height + 2);
    swapped(last, &programs.next);
    network.wait_for_height(height + 4);
    network.assert_one_app_hash(1..=height + 3);
    continuous(&network, height);
    went_on(&network, &person);
    first.stop();
    refused(
        first,
        &programs.old,
        UPGRADE_DUE,
        &[&format!("version {NEXT}")],
    );
    swapped(first, &programs.next);
    joined(&network, &programs, height);
}

/// A node of the launcher's becomes a child of the test, so that its exit code is seen.
fn own(node: &Node, programs: &Programs) -> Child {
    node.stop();
    node.start_program(&programs.old)
}

/// The node runs with another program from now on.
fn swapped(node: &Node, program: &Path) {
    let mut child = node.start_program(program);
    // Somebody must take note of its end, whenever that is.
    std::thread::spawn(move || child.wait());
}

/// The next program decides nothing before its time: not on a ledger, nor from genesis.
fn too_early(network: &Network, programs: &Programs) {
    let node = &network.nodes[3];
    node.stop();
    let words = format!("version {APP_VERSION} of the law's program still decides");
    refused(node, &programs.next, WRONG_PROGRAM, &[&words]);
    node.start();
    let empty = Joiner::init(network, "empty", &[network.node()], &[]);
    let words = format!("began with version {APP_VERSION}");
    refused(&empty.node, &programs.next, WRONG_PROGRAM, &[&words]);
}

/// The seats vote, the time-lock runs out, and the plan stands in the state.
fn planned(network: &Network, programs: &Programs) -> u64 {
    let operators: Vec<Signer> = (1..=4).map(|seat| network.operator(seat)).collect();
    let height = network.common_height() + AHEAD;
    let upgrade = GovernanceChange::Upgrade {
        height,
        app_version: NEXT,
        sha256: programs.sha256,
    };
    let id = network.propose(&operators[0], upgrade);
    network.vote(&operators, id);
    let at = network.enacted(id);
    println!("block {at} plans the upgrade at {height}");
    let plan: UpgradePlan = network.state(&state_key::upgrade_plan()).expect("a plan");
    assert_eq!((plan.height, plan.sha256), (height, programs.sha256));
    height
}

/// Between the two programs: the ledger is whole for both, the old one decides no further, another one not at all.
fn at_the_boundary(network: &Network, programs: &Programs, height: u64) {
    let node = &network.nodes[0];
    let block = format!("block {height}");
    let sha256 = programs.sha256.to_string();
    for program in [&programs.old, &programs.next] {
        let mut check = std::process::Command::new(program);
        let ran = programs::run(check.args(["check", "--json", "--home"]).arg(&node.home));
        let whole = ran.exited(0).json();
        assert_eq!(whole["height"], Value::from((height - 1).to_string()));
    }
    refused(node, &programs.old, UPGRADE_DUE, &[&block, &sha256]);
    let wrong = Hash::of(&fs::read(&programs.wrong).expect("its bytes")).to_string();
    refused(
        node,
        &programs.wrong,
        WRONG_PROGRAM,
        &[&block, &sha256, &wrong],
    );
}

/// One chain of headers: the version changes at the height, and whoever trusts the genesis alone verifies what came after.
fn continuous(network: &Network, height: u64) {
    let node = network.node();
    for (at, version) in [
        (height - 1, APP_VERSION),
        (height, NEXT),
        (height + 1, NEXT),
    ] {
        let shown = node.comet(&format!("/block?height={at}")).expect("a block");
        let header = &shown["block"]["header"];
        assert_eq!(
            header["version"]["app"],
            Value::from(version.to_string()),
            "{at}"
        );
        let before = node.block(at - 1).summary;
        assert_eq!(
            header["last_block_id"]["hash"]
                .as_str()
                .map(str::to_lowercase),
            Some(before.hash.0.to_string()),
            "{at}"
        );
        assert_eq!(
            header["app_hash"].as_str().map(str::to_lowercase),
            Some(before.app_hash.0.to_string()),
            "{at}"
        );
    }
    let chain: ChainRecord = network.state(&state_key::chain()).expect("a chain");
    assert_eq!(chain.app_version, NEXT);
    assert!(
        network
            .state::<UpgradePlan>(&state_key::upgrade_plan())
            .is_none()
    );
    let info = node.comet("/abci_info").expect("an answer");
    assert_eq!(
        info["response"]["app_version"],
        Value::from(NEXT.to_string())
    );
}

/// What was there is there, and people go on; evidence of it is verified from the genesis across the upgrade.
fn went_on(network: &Network, person: &Signer) {
    network.apply(person, vec![describe("UPGRADED", "afterwards")]);
    let client = network.node().client();
    let subject = BundleSubject::Imvu(imvu("UPGRADED").into());
    let bundle = wait_for("evidence", || {
        block_on(client.bundle(subject.clone(), 0)).ok()
    });
    let anchor = fs::read(network.dir().join("anchor.json")).expect("an anchor");
    let anchor = Anchor::parse(&anchor).expect("an anchor");
    let bytes = bundle.to_bytes().expect("a file");
    let report = verify_file(&bytes, &anchor, &Policy::at(Time::now()));
    assert!(report.failure().is_none(), "{:?}", report.failure());
}

/// Who joins later: by replay with each program in its time, or at a snapshot with the next one alone.
fn joined(network: &Network, programs: &Programs, height: u64) {
    let peers: Vec<&Node> = network.nodes.iter().collect();
    let mut replayed = Joiner::init(network, "replayed", &peers, &[]);
    replayed.start();
    assert_eq!(replayed.ends(), Some(UPGRADE_DUE));
    let log = replayed.node.log();
    assert!(
        log.contains(&format!("its last block is {}", height - 1)),
        "{log}"
    );
    replayed.program.clone_from(&programs.next);
    replayed.start();

    network.wait_for_height(height + 2 * INTERVAL);
    let servers = format!("{},{}", network.nodes[0].rpc, network.nodes[1].rpc);
    let mut synced = Joiner::init(network, "synced", &peers, &["--state-sync-from", &servers]);
    synced.program.clone_from(&programs.next);
    synced.start();
    let tip = network.common_height() + 2;
    for node in [&replayed.node, &synced.node, network.node()] {
        node.wait_for_height(tip);
    }
    for joiner in [&replayed, &synced] {
        assert_eq!(joiner.node.app_hash(tip), network.node().app_hash(tip));
    }
    assert_eq!(
        replayed.node.app_hash(height - 1),
        network.node().app_hash(height - 1)
    );
}
