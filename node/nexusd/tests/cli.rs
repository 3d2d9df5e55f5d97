//! The commands that need no network: what they print, write, and exit with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

fn nexusd(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nexusd"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("nexusd runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn assert_fails(output: &Output, code: i32, words: &str) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.contains(words), "{message}\n lacks: {words}");
}

#[test]
fn a_development_genesis_passes_its_own_check_and_a_broken_one_names_field_and_rule() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = nexusd(
        folder.path(),
        &[
            "genesis",
            "dev",
            "--validators",
            "4",
            "--out",
            "genesis.json",
        ],
    );
    assert!(made.status.success(), "{made:?}");
    let checked = nexusd(folder.path(), &["genesis", "check", "genesis.json"]);
    assert!(checked.status.success(), "{checked:?}");
    let hash = stdout(&made).lines().next().expect("a line").to_owned();
    assert!(
        stdout(&checked).contains(&hash),
        "both print the genesis hash"
    );
    assert!(stdout(&checked).contains("officers      3 of 5"));
    let operators = stdout(&checked).matches("\noperator      ").count();
    assert_eq!(operators, 4, "whose identity has which seat");

    let path = folder.path().join("genesis.json");
    let text = fs::read_to_string(&path).expect("read");
    fs::write(&path, text.replace("\"threshold\": 3", "\"threshold\": 6")).expect("written");
    let refused = nexusd(folder.path(), &["genesis", "check", "genesis.json"]);
    assert_fails(
        &refused,
        4,
        "app_state.officers.threshold: must be 1 to the number of officers (5), is 6",
    );
    assert_eq!(
        String::from_utf8_lossy(&refused.stderr).lines().count(),
        1,
        "one error, one line"
    );
}

#[test]
fn secret_seeds_are_for_their_owner_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = nexusd(folder.path(), &["genesis", "dev", "--out", "genesis.json"]);
    assert!(made.status.success(), "{made:?}");
    let mut names: Vec<_> = fs::read_dir(folder.path().join("genesis.keys"))
        .expect("the keys")
        .map(|entry| {
            let entry = entry.expect("an entry");
            assert_eq!(
                entry.metadata().expect("metadata").permissions().mode() & 0o777,
                0o600
            );
            entry.file_name().into_string().expect("text")
        })
        .collect();
    names.sort();
    let expected = [
        "attester.seed",
        "auditor-1.seed",
        "auditor-2.seed",
        "auditor-3.seed",
        "officer-1.seed",
        "officer-2.seed",
        "officer-3.seed",
        "officer-4.seed",
        "officer-5.seed",
        "operator-1.seed",
        "operator-2.seed",
        "operator-3.seed",
        "operator-4.seed",
        "platform.seed",
    ];
    assert_eq!(names, expected);
    let again = nexusd(folder.path(), &["genesis", "dev", "--out", "genesis.json"]);
    assert_fails(&again, 2, "never overwritten");
}

#[test]
fn a_home_is_made_once_and_a_missing_one_is_not_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = nexusd(folder.path(), &["init", "--home", "node", "--name", "one"]);
    assert!(made.status.success(), "{made:?}");
    assert!(stdout(&made).contains("node id        "));
    let again = nexusd(folder.path(), &["init", "--home", "node", "--name", "one"]);
    assert_fails(&again, 2, "is a node's home already");
    for command in ["start", "status", "check", "reindex"] {
        let refused = nexusd(folder.path(), &[command, "--home", "elsewhere"]);
        assert_fails(&refused, 5, "elsewhere is no node's home");
    }
    let back = ["rollback", "--home", "elsewhere", "--to", "1"];
    assert_fails(
        &nexusd(folder.path(), &back),
        5,
        "elsewhere is no node's home",
    );
    let back = ["rollback", "--home", "node", "--to", "1"];
    assert_fails(&nexusd(folder.path(), &back), 2, "the store is empty");
    assert_fails(
        &nexusd(folder.path(), &["start", "--home", "node"]),
        5,
        "genesis.json does not exist",
    );
    assert_fails(
        &nexusd(folder.path(), &["status", "--home", "node"]),
        6,
        "no node runs in node",
    );
}

#[test]
fn a_bad_address_or_peer_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let public = nexusd(
        folder.path(),
        &[
            "init",
            "--home",
            "node",
            "--name",
            "one",
            "--metrics",
            "0.0.0.0:1",
        ],
    );
    assert_fails(&public, 2, "metrics.listen: must be a loopback address");
    let peer = nexusd(
        folder.path(),
        &[
            "init", "--home", "node", "--name", "one", "--peer", "nobody",
        ],
    );
    assert_fails(&peer, 2, "cometbft.persistent_peers[0]");
    assert!(!folder.path().join("node").exists());
}

#[test]
fn a_folder_that_is_no_local_network_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("precious")).expect("made");
    fs::write(folder.path().join("precious/file"), "kept").expect("written");
    for action in ["stop", "clean", "status"] {
        let refused = nexusd(folder.path(), &["localnet", action, "--dir", "precious"]);
        assert_fails(&refused, 5, "precious is no local network");
    }
    let refused = nexusd(folder.path(), &["localnet", "start", "--dir", "precious"]);
    assert_fails(&refused, 3, "holds other things than a local network");
    assert_eq!(
        fs::read_to_string(folder.path().join("precious/file")).expect("read"),
        "kept"
    );
    let nothing = nexusd(folder.path(), &["localnet", "clean", "--dir", "absent"]);
    assert!(nothing.status.success(), "{nothing:?}");
}

#[test]
fn a_network_can_be_made_without_starting_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let create = ["localnet", "create", "--dir", "net", "--validators", "2"];
    let made = nexusd(folder.path(), &create);
    assert!(made.status.success(), "{made:?}");
    let home = folder.path().join("net/auditor-1");
    let config = fs::read_to_string(home.join("config.toml")).expect("a configuration");
    assert!(config.contains("# proxy_app = \"unix://run/recorder.sock\""));
    assert!(folder.path().join("net/anchor.json").is_file());
    assert!(!home.join("run/processes.json").exists(), "nothing runs");
    // What was made, and perhaps edited, stays.
    fs::write(
        home.join("config.toml"),
        config.replace("# proxy_app", "proxy_app"),
    )
    .expect("edited");
    let again = nexusd(folder.path(), &create);
    assert!(again.status.success(), "{again:?}");
    let kept = fs::read_to_string(home.join("config.toml")).expect("a configuration");
    assert!(kept.contains("\nproxy_app = "), "{kept}");
}

#[test]
fn a_taken_port_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port().to_string();
    let refused = nexusd(
        folder.path(),
        &[
            "localnet",
            "start",
            "--dir",
            "net",
            "--validators",
            "1",
            "--base-port",
            &port,
        ],
    );
    assert_fails(
        &refused,
        11,
        &format!("127.0.0.1:{port}, which auditor-1 needs"),
    );
}

#[test]
fn a_home_that_begins_from_a_snapshot_names_two_nodes_and_what_it_trusts() {
    let folder = tempfile::tempdir().expect("a folder");
    let hash = "ab".repeat(32);
    let init = |home: &str, more: &[&str]| {
        let arguments = [&["init", "--home", home, "--name", "joining"], more].concat();
        nexusd(folder.path(), &arguments)
    };
    let two = "http://127.0.0.1:1,http://127.0.0.1:2";
    let trusted = ["--trust-height", "7", "--trust-hash", &hash];

    let one = init(
        "a",
        &[&["--state-sync-from", "http://127.0.0.1:1"], &trusted[..]].concat(),
    );
    assert_fails(
        &one,
        2,
        "must name at least two nodes, of different operators",
    );
    let same = init(
        "a",
        &[
            "--state-sync-from",
            "http://127.0.0.1:1,http://127.0.0.1:1/",
        ],
    );
    assert_fails(
        &same,
        2,
        "must name at least two nodes, of different operators",
    );
    let height_alone = init("a", &["--state-sync-from", two, "--trust-height", "7"]);
    assert_fails(&height_alone, 2, "--trust-hash");
    let nobody = init("a", &["--state-sync-from", two]);
    assert_fails(
        &nobody,
        6,
        "http://127.0.0.1:1 does not say which block is its newest",
    );
    let no_hash = init(
        "a",
        &[
            "--state-sync-from",
            two,
            "--trust-height",
            "7",
            "--trust-hash",
            "ab",
        ],
    );
    assert_fails(
        &no_hash,
        2,
        "state_sync.trust_hash: must be the 64 hexadecimal digits",
    );
    assert!(!folder.path().join("a").exists(), "nothing half made stays");

    let made = init(
        "a",
        &[
            &["--state-sync-from", two, "--snapshot-interval", "50"],
            &trusted[..],
        ]
        .concat(),
    );
    assert!(made.status.success(), "{made:?}");
    assert!(
        stdout(&made).contains(&format!("trusts         block 7 with hash {hash}")),
        "{made:?}"
    );
    let config = fs::read_to_string(folder.path().join("a/config.toml")).expect("read");
    for line in [
        "enabled = true",
        "    \"http://127.0.0.1:1/comet\",",
        "    \"http://127.0.0.1:2/comet\",",
        "trust_height = 7",
        "interval = 50",
    ] {
        assert!(
            config.lines().any(|found| found == line),
            "{line}: {config}"
        );
    }
}
