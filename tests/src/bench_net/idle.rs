//! What a validator costs when nobody asks for anything: CPU of both processes, and memory with much in its state.

use crate::bulk::{Bulk, KEYS_PER_IMVU};
use crate::network::Network;
use crate::process::ProcessId;
use nexus_genesis::Genesis;
use nexus_store::{RocksBackend, Store};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Before measuring: what starting cost is over.
const SETTLE: Duration = Duration::from_secs(10);

/// Ticks of a second in `/proc/<pid>/stat`: the kernel shows everybody 100, whatever it counts in.
const TICKS_PER_SECOND: f64 = 100.0;

/// The signing state of a validator that never signed.
const NEVER_SIGNED: &str = r#"{"height":"0","round":0,"step":0}"#;

/// What one node took while nothing happened but blocks.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// CPU of nexusd, in per cent of a core.
    pub nexusd_percent: f64,
    /// CPU of its CometBFT.
    pub comet_percent: f64,
    /// Bytes nexusd has resident at the end.
    pub nexusd_bytes: u64,
    /// Bytes its CometBFT has resident at the end.
    pub comet_bytes: u64,
}

impl Idle {
    /// Of both.
    #[must_use]
    pub fn percent(&self) -> f64 {
        self.nexusd_percent + self.comet_percent
    }
}

/// Watches a network's first node for so long.
///
/// # Panics
/// If it has no processes.
#[must_use]
pub fn idle(network: &Network, stretch: Duration) -> Idle {
    sleep(SETTLE);
    let processes = network.node().processes().expect("it runs");
    let (nexusd, comet) = (processes.nexusd, processes.cometbft.expect("CometBFT runs"));
    let (before, began) = ([ticks(nexusd), ticks(comet)], Instant::now());
    sleep(stretch);
    let (after, seconds) = ([ticks(nexusd), ticks(comet)], began.elapsed().as_secs_f64());
    let percent = |one: usize| {
        let ticks = after[one].saturating_sub(before[one]);
        ticks as f64 / TICKS_PER_SECOND / seconds * 100.0
    };
    Idle {
        nexusd_percent: percent(0),
        comet_percent: percent(1),
        nexusd_bytes: nexusd.resident_bytes(),
        comet_bytes: comet.resident_bytes(),
    }
}

/// CPU time of a process, children not counted: fields 14 and 15, counted from behind the command's name.
fn ticks(process: ProcessId) -> u64 {
    let stat = fs::read_to_string(process.proc("stat")).unwrap_or_default();
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |place: usize| {
        fields
            .get(place)
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(0)
    };
    field(11) + field(12)
}

/// Gives the only validator of a stopped network a state with about so many keys, from which its chain begins anew.
///
/// # Errors
/// A file, its genesis, or the store.
pub fn with_state(network: &Network, keys: u64) -> Result<(), Box<dyn Error>> {
    let home = &network.node().home;
    let text = fs::read_to_string(home.join("cometbft/config/genesis.json"))?;
    let genesis = Genesis::from_json(&text)?;
    for folder in ["data", "cometbft/data"] {
        empty(&home.join(folder))?;
    }
    fs::write(
        home.join("cometbft/data/priv_validator_state.json"),
        NEVER_SIGNED,
    )?;
    let backend = RocksBackend::open(&home.join("data/store"));
    let store = Store::open(backend.map_err(|error| error.to_string())?)?;
    let bulk = Bulk {
        imvus: keys / KEYS_PER_IMVU,
        actors: 0,
    };
    Ok(bulk.fill_genesis(&store, genesis.document())?)
}

fn empty(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(path)?;
        } else {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_process_has_used_time() {
        let own = ProcessId::of(std::process::id()).expect("this one");
        let before = ticks(own);
        // Work until the kernel has noticed it.
        crate::wait::wait_for("a tick of CPU time", || {
            let sum: u64 = (0..5_000_000_u64).map(std::hint::black_box).sum();
            (std::hint::black_box(sum) > 0 && ticks(own) > before).then_some(())
        });
    }
}
