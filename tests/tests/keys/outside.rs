//! The key in tmkms, as deploy/tmkms describes it.

use super::{KeyFile, signed};
use nexus_tests::programs::{self, checkout, run};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Blocks in a row that must come without the signer's signature, and with it again.
const BLOCKS: u64 = 3;

/// Bytes of a home's files that are searched; its databases are far smaller in a test.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// A running tmkms; ends with the test.
struct Signer {
    child: Child,
}

impl Signer {
    fn start(program: &Path, folder: &Path) -> Self {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("tmkms.log"));
        let log = log.expect("a log");
        let child = Command::new(program)
            .args(["start", "-c"])
            .arg(folder.join("tmkms.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second descriptor"))
            .stderr(log)
            .spawn()
            .expect("tmkms starts");
        Self { child }
    }

    fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself; then there is nothing left to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        self.end();
    }
}

fn tmkms() -> Option<PathBuf> {
    let path = programs::path();
    std::env::split_paths(&path)
        .map(|folder| folder.join("tmkms"))
        .find(|program| program.is_file())
}

#[test]
fn a_validator_signs_through_tmkms_and_only_while_it_runs() {
    let Some(program) = tmkms() else {
        let line = "SKIPPED: a_validator_signs_through_tmkms_and_only_while_it_runs: tmkms is not installed";
        writeln!(std::io::stderr(), "{line}").expect("standard error");
        return;
    };
    let network = Network::start(&Options::default());
    let (moved, other) = (&network.nodes[0], &network.nodes[1]);
    let key = KeyFile::of(moved);
    signs(other, &key.address, network.common_height());

    let folder = network.folder().join("signer");
    move_key(moved, &folder);
    let signer = Signer::start(&program, &folder);
    moved.start();
    let first = signs(other, &key.address, other.height().expect("a height"));
    println!("signs through tmkms from height {first} on");
    assert_no_file_has(&moved.home, &key);
    moved.wait_for_height(first);

    signer.kill();
    let without = does_not_sign(other, &key.address);
    println!("no signature in {BLOCKS} blocks from {without} on; the chain went on");

    let signer = Signer::start(&program, &folder);
    let again = signs(other, &key.address, without + BLOCKS);
    println!("signs again from height {again} on");
    network.wait_for_height(again);
    network.assert_one_app_hash(1..again);
    assert_no_file_has(&moved.home, &key);

    // A node that is killed comes back to the signer by itself, on the socket that was left behind.
    moved.kill();
    moved.start();
    signs(other, &key.address, other.height().expect("a height"));
    drop(signer);
}

/// What the recipe says: stop, move, one line, start.
fn move_key(node: &Node, folder: &Path) {
    node.stop();
    let script = checkout().join("deploy/tmkms/move-key.sh");
    let said = run(Command::new(&script)
        .arg("--home")
        .arg(&node.home)
        .arg("--signer")
        .arg(folder)
        .env("PATH", programs::path()))
    .exited(0);
    assert!(said.stdout.contains("remote_signer = \"unix\""), "{said:?}");
    let file = node.home.join("config.toml");
    let config = fs::read_to_string(&file).expect("config.toml");
    let outside = config.replace("# remote_signer = \"unix\"", "remote_signer = \"unix\"");
    assert_ne!(
        config, outside,
        "the line to change is in every configuration"
    );
    fs::write(&file, outside).expect("written");
    // A second time there is no key to move, and nothing is overwritten.
    let again = run(Command::new(&script)
        .arg("--home")
        .arg(&node.home)
        .arg("--signer")
        .arg(folder)
        .env("PATH", programs::path()));
    assert_eq!(again.code, Some(1), "{again:?}");
}

/// Waits for a block at or after `from` that the validator signed, with all of the next ones; returns its height.
fn signs(node: &Node, address: &str, from: u64) -> u64 {
    in_a_row(node, address, from, true)
}

fn does_not_sign(node: &Node, address: &str) -> u64 {
    let from = node.height().expect("a height");
    in_a_row(node, address, from, false)
}

/// The first of [`BLOCKS`] heights in a row from `from` on in whose commits the validator's signature is, or is not.
fn in_a_row(node: &Node, address: &str, from: u64, wanted: bool) -> u64 {
    let (mut height, mut row) = (from.max(1), 0);
    let what = format!("{BLOCKS} blocks in a row with signed = {wanted} by {address}");
    wait_for(&what, || {
        while let Some(signed) = signed(node, height, address) {
            row = if signed == wanted { row + 1 } else { 0 };
            height += 1;
            if row == BLOCKS {
                return Some(height - BLOCKS);
            }
        }
        None
    })
}

fn assert_no_file_has(folder: &Path, key: &KeyFile) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            assert_no_file_has(&entry.path(), key);
        } else if kind.is_file() {
            let size = entry.metadata().map_or(0, |of| of.len());
            assert!(
                size <= MOST_BYTES,
                "{}: {size} bytes",
                entry.path().display()
            );
            // A database removes files while it runs.
            let bytes = fs::read(entry.path()).unwrap_or_default();
            for secret in [key.spelled.as_bytes(), key.seed.as_slice()] {
                let found = bytes.windows(secret.len()).any(|part| part == secret);
                assert!(!found, "{} has the key", entry.path().display());
            }
        }
    }
}
