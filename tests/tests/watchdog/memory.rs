//! A bit that flips in a running node's memory: the fault that no check of a disk finds.

use nexus_sdk::api::{GetProofParams, Hex, Method, ProofResult};
use nexus_tests::Node;
use nexus_tests::process::ProcessId;
use nexus_tree::smt::StateProof;
use nexus_types::{decode, state_key};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;

/// Bytes read at a time; more than any hash, so that what lies across two reads is found in the overlap.
const CHUNK: usize = 1 << 20;

/// Flips a bit of every hash beside the path of a state object that each block writes, wherever in the process's memory
/// it stands: the next state root is computed from them. Returns how many places were changed.
pub(crate) fn flip_bits(node: &Node, process: ProcessId) -> std::io::Result<usize> {
    let hashes = beside_the_clock(node);
    let memory = OpenOptions::new()
        .read(true)
        .write(true)
        .open(process.proc("mem"))?;
    let maps = fs::read_to_string(process.proc("maps"))?;
    let mut changed = 0;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else {
            continue;
        };
        let bounds = range.split_once('-').map(|(from, to)| {
            let number = |text| u64::from_str_radix(text, 16).expect("an address");
            (number(from), number(to))
        });
        if let Some((from, to)) = bounds
            && rights.starts_with("rw")
        {
            changed += flip_in(&memory, from, to, &hashes);
        }
    }
    Ok(changed)
}

/// The hashes that a proof of the clock's state object holds: those of its path's neighbours.
fn beside_the_clock(node: &Node) -> Vec<[u8; 32]> {
    let params = GetProofParams {
        keys: vec![Hex::new(state_key::clock().as_bytes())],
        ..GetProofParams::default()
    };
    let proved: ProofResult = node.read(Method::GetProof, &params);
    let proof: StateProof = decode(proved.items[0].proof.bytes()).expect("a proof");
    let hashes: Vec<_> = proof.siblings().to_vec();
    assert!(!hashes.is_empty(), "the state has more than one object");
    hashes
}

fn flip_in(memory: &File, from: u64, to: u64, hashes: &[[u8; 32]]) -> usize {
    let mut changed = 0;
    let mut bytes = vec![0; CHUNK];
    let mut at = from;
    while at < to {
        let size = CHUNK.min(usize::try_from(to - at).expect("a size"));
        // What cannot be read is no memory of its own, such as the kernel's pages.
        let Ok(read) = memory.read_at(&mut bytes[..size], at) else {
            break;
        };
        if read < 32 {
            break;
        }
        for (place, window) in (0_u64..).zip(bytes[..read].windows(32)) {
            if hashes.iter().any(|hash| hash == window)
                && memory.write_at(&[window[0] ^ 1], at + place).is_ok()
            {
                changed += 1;
            }
        }
        at += u64::try_from(read - 31).expect("a size");
        if read == size && at + 31 >= to {
            break;
        }
    }
    changed
}
