//! Starts of a node: what happened to its disk meanwhile, and CometBFT's handshake or state sync.

use nexus_abci::app::App;
use rand::Rng;
use rand::rngs::StdRng;
use tendermint_abci::Application;

use super::{Instance, Join, Stop, Storage};
use crate::comet::Comet;
use crate::disk::Disk;
use crate::world::world;

/// How often a node may crash on its way back from a crash, before it is let through.
const CRASHES_IN_A_ROW: u32 = 3;

impl Instance {
    /// Starts, or starts again after a crash, and is brought to the chain's height as CometBFT does: by its handshake
    /// (Info, InitChain if nothing is decided there yet, then every block it lacks), or by state sync. Without a snapshot
    /// to restore it waits for one, and is not live.
    pub(crate) fn start(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<(), String> {
        let usual = self.setup.crash;
        for attempt in 0.. {
            if attempt >= CRASHES_IN_A_ROW {
                self.setup.crash = 0.0;
            }
            let started = self.try_start(rng, comet);
            match started {
                Err(Stop::Crashed) => {}
                Err(Stop::Failed(what)) => {
                    return Err(format!("{} after a restart: {what}", self.setup.name));
                }
                Ok(()) => break,
            }
        }
        self.setup.crash = usual;
        Ok(())
    }

    fn try_start(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<(), Stop> {
        self.damage(rng);
        if let Err(error) = self.open() {
            if !self.flipped {
                return Err(Stop::Failed(format!("its store does not open: {error}")));
            }
            // It refuses, as it must. Its operator takes an empty disk.
            self.counts.flips_refused += 1;
            self.open_empty()?;
        }
        let info = self.call(rng, |app| app.info(Default::default()))?;
        let height =
            u64::try_from(info.last_block_height).map_err(|_| Stop::failed("a negative height"))?;
        if height > comet.height() {
            return Err(Stop::Failed(format!("it is at {height}, above the chain")));
        }
        if height > 0 && info.last_block_app_hash != *comet.app_hash(height) {
            return Err(Stop::Failed(format!(
                "another app hash on disk at {height}"
            )));
        }
        if matches!(self.setup.join, Join::Snapshot(_)) && self.base.is_none_or(|at| height < at) {
            return self.begin_at_a_snapshot(rng, comet);
        }
        if height == 0 {
            self.arm(rng);
            let began = self.call(rng, |app| app.init_chain(world().init_chain()))?;
            if began.app_hash != comet.genesis_hash {
                return Err(Stop::failed("another app hash of genesis"));
            }
        }
        for height in height + 1..=comet.height() {
            self.apply(rng, comet, height)?;
            self.counts.replayed += 1;
        }
        Ok(())
    }

    fn begin_at_a_snapshot(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<(), Stop> {
        // Its CometBFT went on from a snapshot that the drive has forgotten: the operator begins anew.
        if self.base.take().is_some() {
            self.open_empty()?;
        }
        if !self.sync(rng, comet)? {
            self.app = None;
        }
        Ok(())
    }

    fn open_empty(&mut self) -> Result<(), Stop> {
        self.app = None;
        self.setup.storage = Storage::Faulty(Disk::default());
        self.flipped = false;
        self.base = None;
        self.open()
            .map_err(|error| Stop::Failed(format!("an empty store: {error}")))
    }

    /// What happens to the disk while the machine is down.
    fn damage(&mut self, rng: &mut StdRng) {
        self.app.as_ref().map(App::wait_for_snapshot);
        self.app = None;
        if self.setup.crash > 0.0 && rng.gen_bool(0.1) {
            self.halve_snapshot();
        }
        let Storage::Faulty(disk) = &self.setup.storage else {
            return;
        };
        let disk = disk.clone();
        disk.restart();
        if self.setup.crash > 0.0 && rng.gen_bool(0.1) {
            disk.lose(rng.gen_range(1..4));
            self.counts.lost += 1;
        }
        // A restart replays the records: what had flipped is right again, as after a repair.
        self.flipped = false;
        if self.setup.crash > 0.0 && rng.gen_bool(0.1) && disk.flip(rng, true).is_some() {
            self.flipped = true;
            self.counts.flips += 1;
        }
    }

    /// The newest snapshot was still being made when the machine went down.
    fn halve_snapshot(&self) {
        let Some(folder) = self.setup.options.snapshots.as_ref() else {
            return;
        };
        let entries = std::fs::read_dir(&folder.folder).into_iter().flatten();
        let heights =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u64>().ok());
        if let Some(height) = heights.max() {
            let path = folder.folder.join(height.to_string());
            std::fs::rename(&path, path.with_extension("part")).expect("a folder of ours");
        }
    }

    /// A bit of its disk flips while it runs; the words say where.
    pub(crate) fn rot(&mut self, rng: &mut StdRng) -> Option<String> {
        let Storage::Faulty(disk) = &self.setup.storage else {
            return None;
        };
        let place = disk.flip(rng, false)?;
        self.flipped = true;
        self.counts.flips += 1;
        Some(place)
    }
}
