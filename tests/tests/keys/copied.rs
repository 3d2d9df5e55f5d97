//! A validator's key and signing state copied to a second machine: both sign, and the law takes the power away.

use super::KeyFile;
use nexus_sdk::api::{AtParams, Method, Read, ValidatorView, Wait};
use nexus_sdk::keys::Signer;
use nexus_tests::actions::{create, describe};
use nexus_tests::wait::{block_on, wait_for};
use nexus_tests::{Network, Node, Options};
use nexus_types::encoding::encode;
use serde_json::Value;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

/// Blocks that must come after the validator lost its power.
const BLOCKS: u64 = 3;

/// The second machine; ends with the test.
struct Copy(Node);

impl Drop for Copy {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// What a block says of a validator that signed twice.
struct Evidence {
    /// The block that holds it.
    at: u64,
    /// The height that was signed twice.
    of: u64,
}

#[test]
fn a_copied_key_that_signs_twice_is_evidence_in_a_block_and_its_power_becomes_zero() {
    let network = Network::start(&Options::default());
    let (victim, other) = (&network.nodes[1], &network.nodes[0]);
    let key = KeyFile::of(victim);
    assert!(power(other, &key.address) > 0);
    network.wait_for_height(3);
    let people = ["ONE", "OTHER"].map(|imvu| {
        let person = network.person(imvu);
        network.apply(&person, vec![create(imvu)]);
        (person, imvu)
    });

    victim.stop();
    let home = network.folder().join("copy");
    copy(&victim.home, &home);
    victim.start();
    let copied = Copy(second_machine(victim, &home));
    copied.0.start();

    let from = other.height().expect("a height");
    let stop = AtomicBool::new(false);
    let found = thread::scope(|scope| {
        let (network, stop) = (&network, &stop);
        for ((person, imvu), machine) in people.iter().zip([victim, &copied.0]) {
            scope.spawn(move || keep_apart(network, machine, person, imvu, stop));
        }
        let _ends = Ends(stop);
        evidence(other, from, &key.address)
    });
    println!(
        "height {} was signed twice; the evidence is in block {}, {} later",
        found.of,
        found.at,
        found.at - found.of
    );
    wait_for("power 0", || {
        (power(other, &key.address) == 0).then_some(())
    });
    // CometBFT's own set, two blocks later, has three validators left.
    wait_for("a set without it", || {
        let set = other.comet("/validators")?;
        let members = set["validators"].as_array()?.clone();
        let gone = members
            .iter()
            .all(|one| one["address"] != key.address.as_str());
        (gone && members.len() == 3).then_some(())
    });
    let at = other.height().expect("a height");
    for node in network.nodes.iter().filter(|node| node.name != victim.name) {
        node.wait_for_height(at + BLOCKS);
    }
    network.assert_one_app_hash(found.at..at);
}

/// Stops the others when it is dropped, also by a panic: a scope waits for its threads.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Hands one of the two machines transactions of its own all the time. Two machines with one key that see the same do the
/// same, and nothing is wrong with their votes; what they propose differs once their mempools do.
fn keep_apart(network: &Network, machine: &Node, person: &Signer, imvu: &str, stop: &AtomicBool) {
    let client = machine.client();
    let mut nonce = network.next_nonce(person.identity);
    while !stop.load(Ordering::Relaxed) {
        let action = describe(imvu, &format!("nonce {nonce}"));
        let bytes = encode(&network.signed(person, &[], nonce, action));
        match block_on(client.submit(&bytes, Wait::Checked, 1_000)) {
            Ok(_) => nonce += 1,
            // It is down, or has taken as many as may wait, or forgot them when it began anew.
            Err(_) => {
                sleep(Duration::from_millis(200));
                nonce = network.next_nonce(person.identity);
            }
        }
        sleep(Duration::from_millis(10));
    }
}

fn power(node: &Node, address: &str) -> u64 {
    let seats: Read<Vec<ValidatorView>> = node.read(Method::GetValidators, &AtParams::default());
    let mut seats = seats.value.into_iter();
    let seat = seats.find(|seat| seat.address.to_string().eq_ignore_ascii_case(address));
    seat.map_or(0, |seat| seat.power.0)
}

/// Reads every block from `from` on until one holds evidence against the validator.
fn evidence(node: &Node, from: u64, address: &str) -> Evidence {
    let mut height = from.max(1);
    wait_for("evidence in a block", || {
        while let Some(block) = node.comet(&format!("/block?height={height}")) {
            let held = block["block"]["evidence"]["evidence"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            for one in held {
                assert_eq!(one["type"], "tendermint/DuplicateVoteEvidence", "{one}");
                let votes = [&one["value"]["vote_a"], &one["value"]["vote_b"]];
                if votes
                    .iter()
                    .all(|vote| vote["validator_address"] == address)
                {
                    assert_ne!(votes[0]["block_id"], votes[1]["block_id"]);
                    return Some(Evidence {
                        at: height,
                        of: number(&votes[0]["height"]),
                    });
                }
            }
            height += 1;
        }
        None
    })
}

fn number(text: &Value) -> u64 {
    text.as_str()
        .and_then(|text| text.parse().ok())
        .expect("a number")
}

/// Everything but what belongs to a running process, and the node key: two nodes of one name would refuse each other.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a home") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&path, &to.join(name));
        } else if entry.file_type().expect("a kind").is_file() && name != "node_key.json" {
            fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

/// The copy listens elsewhere; all else is the same, above all the key.
fn second_machine(original: &Node, home: &Path) -> Node {
    let file = home.join("config.toml");
    let config = fs::read_to_string(&file).expect("config.toml");
    let (mut changed, mut addresses) = (String::new(), Vec::new());
    for line in config.lines() {
        let name = line.split(" = ").next().unwrap_or_default();
        if matches!(name, "listen" | "rpc" | "p2p") {
            let address = free();
            changed.push_str(&format!("{name} = \"{address}\"\n"));
            addresses.push(address);
        } else if name == "proxy_app" {
            // Nobody records this one: its CometBFT dials its application.
        } else {
            changed.push_str(line);
            changed.push('\n');
        }
    }
    fs::write(&file, changed).expect("written");
    // In the order of the file: our RPC, the metrics, CometBFT's RPC, its peers.
    let [rpc, _, comet_rpc, _] = addresses.as_slice() else {
        panic!("{addresses:?} in {config}");
    };
    Node {
        name: format!("copy of {}", original.name),
        home: home.to_owned(),
        rpc: format!("http://{rpc}"),
        ws: format!("ws://{rpc}"),
        comet_rpc: format!("http://{comet_rpc}"),
        machine: None,
    }
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address")
}
