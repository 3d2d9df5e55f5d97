//! No process of a server can read a creator's, officer's, attester's or organisation's key.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::create;
use nexus_tests::people::OFFICERS;
use nexus_tests::process::ProcessId;
use nexus_tests::secrets::{Secrets, files_below};
use nexus_tests::{Network, Node};
use std::fs;
use std::path::PathBuf;

/// Everybody who has a key and no server.
fn people(network: &Network) -> Vec<Signer> {
    let mut people = network.officers(OFFICERS);
    people.extend((1..=network.nodes.len()).map(|seat| network.operator(seat)));
    people.push(network.key("attester"));
    people.push(network.key("demo"));
    // One who is registered, so that the servers have seen all there is to see of a creator.
    let creator = network.person("creator with a key");
    network.apply(&creator, vec![create("SECRETS")]);
    people.push(creator);
    people
}

fn secrets(network: &Network) -> Secrets {
    let mut secrets = Secrets::default();
    for person in people(network) {
        secrets.seed(&person.name, person.key.seed());
    }
    let folder = network.keys_folder();
    let passphrase = fs::read(network.passphrase_file()).expect("a passphrase");
    secrets.bytes("the passphrase", passphrase.trim_ascii());
    for file in files_below(&folder) {
        if file.extension().is_some_and(|extension| extension == "age") {
            let bytes = fs::read(&file).expect("a key file");
            // The end is the encrypted key itself.
            secrets.bytes(&file.display().to_string(), &bytes[bytes.len() - 48..]);
        }
    }
    secrets
}

/// Files that a process has open or mapped.
fn files_of(process: ProcessId) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let descriptors = fs::read_dir(process.proc("fd")).expect("its descriptors");
    files.extend(
        descriptors
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok()),
    );
    let maps = fs::read_to_string(process.proc("maps")).expect("its maps");
    let mapped = maps
        .lines()
        .filter_map(|line| line.find('/').map(|at| &line[at..]));
    files.extend(mapped.map(PathBuf::from));
    files.sort();
    files.dedup();
    files
}

/// The validator's own seed, which its own CometBFT must be able to read.
fn validator_seed(node: &Node) -> [u8; 32] {
    use base64::Engine;
    let path = node.home.join("cometbft/config/priv_validator_key.json");
    let text = fs::read_to_string(path).expect("a validator key");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let key = file["priv_key"]["value"].as_str().expect("a key");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(key)
        .expect("base64");
    bytes[..32].try_into().expect("a seed")
}

#[test]
fn no_server_process_can_read_a_persons_key() {
    let network = Network::shared();
    let secrets = secrets(network);
    let folder = network
        .keys_folder()
        .canonicalize()
        .expect("the keys' folder");
    for node in &network.nodes {
        let home = node.home.canonicalize().expect("a home");
        for file in files_below(&home) {
            // A file of RocksDB may go away between the listing and the reading.
            if file.exists() {
                let found = secrets.found_in_file(&file);
                assert!(found.is_empty(), "{}: {found:?}", file.display());
            }
        }
        for process in node.alive() {
            for name in ["environ", "cmdline"] {
                let found = secrets.found_in(&fs::read(process.proc(name)).expect("readable"));
                assert!(found.is_empty(), "{name} of {}: {found:?}", process.pid);
            }
            let files = files_of(process);
            assert!(
                files.iter().any(|file| file.starts_with(&home)),
                "{}: the files of {} are seen",
                node.name,
                process.pid
            );
            for file in files {
                assert!(
                    !file.starts_with(&folder),
                    "{} has {} open",
                    process.pid,
                    file.display()
                );
                let other = network.nodes.iter().find(|other| {
                    other.name != node.name
                        && file.starts_with(other.home.canonicalize().expect("a home"))
                });
                assert!(other.is_none(), "{} has {} open", node.name, file.display());
            }
        }
    }
}

#[test]
fn a_key_that_does_lie_in_a_home_is_found() {
    let network = Network::shared();
    let mut own = Secrets::default();
    own.seed("validator", &validator_seed(network.node()));
    let found_in = |node: &Node| -> Vec<PathBuf> {
        let files = files_below(&node.home);
        let readable = files.into_iter().filter(|file| file.exists());
        readable
            .filter(|file| !own.found_in_file(file).is_empty())
            .collect()
    };
    let at_home = found_in(network.node());
    assert_eq!(
        at_home,
        [network
            .node()
            .home
            .join("cometbft/config/priv_validator_key.json")]
    );
    for other in &network.nodes[1..] {
        assert_eq!(
            found_in(other),
            Vec::<PathBuf>::new(),
            "{} has another's key",
            other.name
        );
    }
}
