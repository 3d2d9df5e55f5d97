//! Evidence that outlives the network: saved, then checked with no node running.

use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::BundleSubject;
use nexus_sdk::bundle::Bundle;
use nexus_sdk::verify::{Policy, Report, StepName, verify, verify_file};
use nexus_tests::actions::*;
use nexus_tests::programs::{program, run};
use nexus_tests::wait::{block_on, wait_for};
use nexus_tests::{Network, Options};
use nexus_types::Hash;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tendermint::Time;

/// Damaged files that the program itself is shown; all are shown to the library it is made of.
const SAMPLES: usize = 24;

fn checked(bytes: &[u8], anchor: &Anchor) -> Report {
    verify_file(bytes, anchor, &Policy::at(Time::now()))
}

/// Saves the evidence about a subject as its file.
fn save(network: &Network, name: &str, subject: &BundleSubject) -> PathBuf {
    let client = network.node().client();
    // The header that proves the latest block's state is the next block's.
    let bundle = wait_for("evidence", || {
        block_on(client.bundle(subject.clone(), 0)).ok()
    });
    let path = network.folder().join(name);
    fs::write(&path, bundle.to_bytes().expect("a file")).expect("saved");
    path
}

/// Each byte with its lowest bit changed, and with its highest.
fn flips(bytes: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    (0..bytes.len()).flat_map(|at| [1u8, 0x80].map(|mask| (at, mask)))
}

#[test]
fn evidence_of_a_refusal_and_of_an_imvu_holds_without_any_node() {
    let network = Network::start(&Options::default());
    let [alice, bob] = network.people(["alice", "bob"]);
    let name = below_apex("evidence");
    network.apply(
        &alice,
        vec![
            create("IMVU-042"),
            claim(&name, "IMVU-042"),
            set_address(&name, &name, "192.0.2.7"),
        ],
    );
    let refused = network.decide(&bob, set_address(&name, &name, "198.51.100.1"));
    assert_eq!(refused.summary.code.code, 2004);
    let hash: Hash = refused.summary.hash.0;

    let tx = save(&network, "tx.json", &BundleSubject::Tx(hash.into()));
    let imvu = save(
        &network,
        "imvu.json",
        &BundleSubject::Imvu(imvu("IMVU-042").into()),
    );
    let zone = save(
        &network,
        "zone.json",
        &BundleSubject::Zone(name.parse::<nexus_types::Name>().expect("a name").into()),
    );
    network.stop();
    assert!(network.nodes.iter().all(|node| !node.is_running()));

    // What the launcher wrote before the first node started.
    let anchor = Anchor::parse(&network.anchor).expect("an anchor");
    for file in [&tx, &imvu, &zone] {
        let report = checked(&fs::read(file).expect("evidence"), &anchor);
        assert!(
            report.failure().is_none(),
            "{}: {:?}",
            file.display(),
            report.failure()
        );
        assert!(report.verified.is_some());
    }
    every_flip_is_noticed(&tx, &anchor);
    a_new_digest_makes_no_flip_true(&tx, &anchor);
    by_the_command_line(&network, &tx, &hash, &imvu);
}

/// Exhaustive: each byte, each time with the step that failed.
fn every_flip_is_noticed(file: &Path, anchor: &Anchor) {
    let bytes = fs::read(file).expect("evidence");
    let mut failed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut damaged = bytes.clone();
    for (at, mask) in flips(&bytes) {
        damaged[at] ^= mask;
        let report = checked(&damaged, anchor);
        damaged[at] ^= mask;
        let step = report.failure();
        let step = step.unwrap_or_else(|| panic!("byte {at} of {} may be changed", bytes.len()));
        assert!(report.verified.is_none());
        *failed.entry(step.name.name()).or_default() += 1;
    }
    println!(
        "{} bytes, flipped twice each; steps that failed: {failed:?}",
        bytes.len()
    );
    assert!(failed.contains_key(StepName::Format.name()), "{failed:?}");
}

/// Who changes evidence on purpose computes its digest anew. Then nothing else may come out as proved: every flip is
/// refused at a later step, or is in what no fact depends on (a signature beyond the two thirds that are needed).
fn a_new_digest_makes_no_flip_true(file: &Path, anchor: &Anchor) {
    let bytes = fs::read(file).expect("evidence");
    let proved = |report: Report| {
        report
            .verified
            .map(|it| (it.value().clone(), it.height(), it.time(), it.header_hash()))
    };
    let truth = proved(checked(&bytes, anchor)).expect("proved");
    let policy = Policy::at(Time::now());
    let (mut refused, mut same) = (BTreeMap::new(), 0);
    let mut damaged = bytes.clone();
    for (at, mask) in flips(&bytes) {
        damaged[at] ^= mask;
        let parsed = Bundle::parse(&damaged);
        damaged[at] ^= mask;
        let Ok(mut bundle) = parsed else { continue };
        bundle.digest = bundle.compute_digest().expect("a digest");
        let report = verify(&bundle, anchor, &policy);
        match report.failure().map(|step| step.name.name()) {
            Some(step) => *refused.entry(step).or_insert(0) += 1,
            None => {
                assert_eq!(
                    proved(report).as_ref(),
                    Some(&truth),
                    "byte {at}, mask {mask}"
                );
                same += 1;
            }
        }
    }
    println!("digests computed anew: refused {refused:?}, the same facts {same} times");
    assert!(refused.len() > 3, "{refused:?}");
}

/// The same through the program that people have, in a folder with nothing but the files.
fn by_the_command_line(network: &Network, tx: &Path, hash: &Hash, imvu: &Path) {
    let folder = network.folder().join("elsewhere");
    fs::create_dir(&folder).expect("a folder");
    let anchor = folder.join("anchor.json");
    fs::write(&anchor, &network.anchor).expect("an anchor");
    let shown = |subject: [&str; 2], file: &Path| {
        let mut command = Command::new(program("nexus"));
        command
            .args([
                "verify",
                subject[0],
                subject[1],
                "--offline",
                "--output",
                "json",
            ])
            .arg("--anchor")
            .arg(&anchor)
            .arg("--bundle")
            .arg(file)
            .current_dir(&folder)
            .env("HOME", &folder)
            // Nobody listens there.
            .env("NEXUS_NODE", "http://127.0.0.1:1");
        run(&mut command)
    };
    let hash = hash.to_string();
    let said = shown(["tx", &hash], tx).exited(0);
    assert!(said.stdout.contains("2004"), "{said:?}");
    let said = shown(["imvu", "IMVU-042"], imvu).exited(0);
    assert!(said.stdout.contains("IMVU-042"), "{said:?}");
    // About something else than asked.
    let said = shown(["imvu", "IMVU-043"], imvu).exited(4);
    assert!(
        said.stderr.contains("subject") || said.stdout.contains("subject"),
        "{said:?}"
    );

    let bytes = fs::read(tx).expect("evidence");
    let damaged = folder.join("damaged.json");
    let trusted = Anchor::parse(&network.anchor).expect("an anchor");
    for at in (0..bytes.len()).step_by(bytes.len() / SAMPLES) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        fs::write(&damaged, &changed).expect("written");
        let report = checked(&changed, &trusted);
        let step = report.failure().expect("a step that failed").name.name();
        let said = shown(["tx", &hash], &damaged).exited(4);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert!(all.contains(step), "byte {at}: {step} is named in {all}");
    }
}
