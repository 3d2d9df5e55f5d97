//! A recovery: the network stops for good, two thirds of the seats sign a state, and three of four go on from it with new keys.

use super::DELAYS;
use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::BundleSubject;
use nexus_sdk::keys::SecretKey;
use nexus_sdk::verify::{Policy, verify_file};
use nexus_tests::actions::{create, describe, imvu};
use nexus_tests::programs::{Ran, path, program, run};
use nexus_tests::wait::{block_on, wait_for};
use nexus_tests::{Joiner, Network, Node, Options};
use nexus_types::encoding::encode;
use nexus_types::governance::{CastBallot, GovernanceChange};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::state::Seat;
use nexus_types::state_key;
use nexus_types::{Action, Hash, KeyBytes};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tendermint::Time;

fn nexusd(node: &Node, words: &[&str], more: &[&Path]) -> Ran {
    run(Command::new(program("nexusd"))
        .args(words)
        .arg("--home")
        .arg(&node.home)
        .args(more))
}

/// Signs the ceremony's file as one of the network's operators.
fn sign(network: &Network, file: &Path, operator: usize) {
    let ran = run(Command::new(program("nexus"))
        .args(["governance", "sign-recovery"])
        .arg(file)
        .args(["--key", &format!("operator-{operator}"), "--output", "json"])
        .current_dir(network.folder())
        .env("HOME", network.folder())
        .env("PATH", path())
        .env_remove("NEXUS_NODE")
        .env_remove("NEXUS_KEYS")
        .env_remove("NEXUS_KEY"));
    let _ = ran.exited(0);
}

#[test]
fn three_of_four_go_on_in_a_new_epoch_from_the_state_that_they_signed() {
    let mut network = Network::start(&Options {
        delays: DELAYS,
        ..Options::default()
    });
    let person = network.person("survivor");
    network.apply(&person, vec![create("SURVIVOR")]);
    let operators = [1, 2, 3].map(|seat| network.operator(seat));
    let change = GovernanceChange::AddJurisdiction {
        tag: Jurisdiction::new("XX-OLD").expect("a tag"),
    };
    let pending = network.propose(&operators[0], change);
    let ballot = network.proposal(pending).digest();
    // Signed before, handed in after.
    let nonce = network.next_nonce(person.identity);
    let old = encode(&network.signed(&person, &[], nonce, describe("SURVIVOR", "too late")));
    // What stands below the height that they go back to.
    network.wait_for_height(network.common_height() + 2);
    let height = stopped_at_one_height(&network);

    let keys: Vec<Joiner> = (1..=3)
        .map(|number| Joiner::init(&network, &format!("key-{number}"), &[network.node()], &[]))
        .collect();
    let key_file = |home: &Path| home.join("cometbft/config/priv_validator_key.json");
    let file = drafted(&network, &keys);
    for operator in [1, 2] {
        sign(&network, &file, operator);
    }
    let too_few = nexusd(network.node(), &["recovery", "apply"], &[&file]).exited(4);
    assert!(
        too_few
            .stderr
            .contains("2 seats have signed it, and 3 have to"),
        "{too_few:?}"
    );
    sign(&network, &file, 3);
    a_changed_file_is_refused(&network, &file);

    let mut applied = Vec::new();
    for (node, key) in network.nodes[..3].iter().zip(&keys) {
        let _ = fs::copy(key_file(&key.node.home), key_file(&node.home)).expect("a new key");
        let ran = nexusd(node, &["recovery", "apply"], &[&file]).exited(0);
        assert!(ran.stdout.contains("one of the new epoch's"), "{ran:?}");
        let line = ran.stdout.lines().find(|line| line.starts_with("applied"));
        applied.push(line.expect("what it came to").to_owned());
        // Once more changes nothing.
        let again = nexusd(node, &["recovery", "apply"], &[&file]).exited(0);
        assert!(again.stdout.contains("found"), "{again:?}");
        // It holds blocks that were given up.
        let _ = nexusd(node, &["reindex"], &[]).exited(0);
    }
    assert!(
        applied.windows(2).all(|pair| pair[0] == pair[1]),
        "{applied:?}"
    );

    let fourth = network.nodes.pop().expect("four nodes");
    let fourth = fs::read_to_string(key_file(&fourth.home)).expect("its key");
    let fourth = SecretKey::from_comet(&fourth).expect("a key").public();
    for node in &network.nodes {
        node.start();
    }
    network.wait_for_height(height + 4);
    network.assert_one_app_hash(1..=height + 3);
    // What the epoch before signed counts no longer.
    let refused = network.check(&old).expect_err("signed in the old epoch");
    println!("a transaction of the old epoch: {refused}");
    network.id.recovery_epoch = 1;
    network.apply(&person, vec![describe("SURVIVOR", "goes on")]);
    let vote = Action::CastBallot(CastBallot {
        proposal: pending,
        digest: ballot,
        approve: true,
    });
    let vote = network.decide(&operators[1], vote);
    assert_ne!(vote.summary.code.code, 0, "{:?}", vote.verdict);
    let told = format!("{:?}", vote.verdict);
    assert!(told.contains("ballotOtherEpoch"), "{told}");
    powers(&network, &fourth);
    verified(&network, height + 2);
}

/// All stopped, and those that are ahead taken back to the lowest height.
fn stopped_at_one_height(network: &Network) -> u64 {
    network.stop();
    let heights: Vec<u64> = network
        .nodes
        .iter()
        .map(|node| {
            let whole = nexusd(node, &["check", "--json"], &[]).exited(0).json();
            let height = whole["height"].as_str().expect("a height");
            height.parse().expect("a number")
        })
        .collect();
    // One more back, so that something is given up.
    let lowest = heights.iter().min().expect("nodes") - 1;
    for node in &network.nodes {
        let _ = nexusd(node, &["rollback", "--to", &lowest.to_string()], &[]).exited(0);
    }
    lowest
}

fn drafted(network: &Network, keys: &[Joiner]) -> PathBuf {
    let file = network.folder().join("recovery.bin");
    let mut command = Command::new(program("nexusd"));
    command
        .args(["recovery", "draft", "--home"])
        .arg(&network.node().home);
    command.arg("--out").arg(&file);
    for (number, key) in (1..).zip(keys) {
        let path = key
            .node
            .home
            .join("cometbft/config/priv_validator_key.json");
        let text = fs::read_to_string(path).expect("a key file");
        let key = SecretKey::from_comet(&text).expect("a key").public();
        let operator = network.operator(number).identity;
        command.args(["--validator", &format!("{operator}={}", Hash(key.0))]);
    }
    let _ = run(&mut command).exited(0);
    file
}

/// Each byte of what was signed counts: a file with one that is other does not apply.
fn a_changed_file_is_refused(network: &Network, file: &Path) {
    let bytes = fs::read(file).expect("the file");
    let changed = network.folder().join("changed.bin");
    for at in [0, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        fs::write(&changed, other).expect("written");
        let ran = nexusd(network.node(), &["recovery", "apply"], &[&changed]);
        assert_eq!(ran.code, Some(4), "byte {at}: {ran:?}");
    }
}

/// Three validators sign; the fourth seat is there and has no power.
fn powers(network: &Network, fourth: &KeyBytes) {
    let set = network.node().comet("/validators").expect("validators");
    assert_eq!(set["validators"].as_array().map(Vec::len), Some(3));
    let seat: Seat = network.state(&state_key::seat(fourth)).expect("a seat");
    assert_eq!(seat.power, 0);
}

/// The anchor that the recovery wrote verifies what comes after, from the epoch's first block on; the one of the genesis does not.
fn verified(network: &Network, first: u64) {
    let client = network.node().client();
    let subject = BundleSubject::Imvu(imvu("SURVIVOR").into());
    let bundle = wait_for("evidence", || {
        block_on(client.bundle(subject.clone(), first)).ok()
    });
    let bytes = bundle.to_bytes().expect("a file");
    let new = network.node().home.join("anchor-epoch-1.json");
    let by = |file: &Path| {
        let anchor = Anchor::parse(&fs::read(file).expect("an anchor")).expect("an anchor");
        verify_file(&bytes, &anchor, &Policy::at(Time::now()))
            .failure()
            .cloned()
    };
    assert!(by(&new).is_none(), "{:?}", by(&new));
    assert!(by(&network.dir().join("anchor.json")).is_some());
}
