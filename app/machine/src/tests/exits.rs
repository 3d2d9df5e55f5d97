//! Exits (law §7): what their creator can do at each stage, and what nobody else can.

mod lateness;
mod platform;
mod retaliation;
mod steps;

use super::hosting::*;
use super::world::*;
use nexus_tree::log::empty_root;
use nexus_types::action::Action;
use nexus_types::exit::{
    AnnounceExit, ArchivePart, BlockExit, CancelExit, CloseExit, CommitInventory, ConfirmExport,
    Exit, ExitEntry, ExitEvent, ExitStage, FindObstruction, Inventory, InventoryPart,
    RecordArchive, ReleaseExit,
};
use nexus_types::host::AgentKind;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::snapshot::{RecordSnapshot, Snapshot, SnapshotOutcome, SnapshotStatus, Taken};
use nexus_types::state::Collection;
use nexus_types::{Hash, List, decode, state_key};

const ARCHIVE: Hash = Hash([0xac; 32]);

/// A running IMVU-042, at an hour that both clocks agree on.
fn leaving() -> World {
    let mut world = running();
    world.pass(START + HOUR);
    world
}

pub(super) fn announce() -> Action {
    Action::AnnounceExit(AnnounceExit { imvu: imvu(ID) })
}

pub(super) fn cancel() -> Action {
    Action::CancelExit(CancelExit { imvu: imvu(ID) })
}

pub(super) fn packed(number: u64) -> Action {
    Action::RecordArchive(RecordArchive {
        imvu: imvu(ID),
        number,
        digest: ARCHIVE,
        bytes: 1 << 30,
    })
}

pub(super) fn confirm() -> Action {
    Action::ConfirmExport(ConfirmExport {
        imvu: imvu(ID),
        digest: ARCHIVE,
    })
}

pub(super) fn release(accept_loss: bool) -> Action {
    Action::ReleaseExit(ReleaseExit {
        imvu: imvu(ID),
        accept_loss,
    })
}

pub(super) fn close() -> Action {
    Action::CloseExit(CloseExit { imvu: imvu(ID) })
}

pub(super) fn obstruction() -> Action {
    Action::FindObstruction(FindObstruction {
        imvu: imvu(ID),
        evidence: Hash([0xee; 32]),
    })
}

pub(super) fn stop_it() -> Action {
    Action::BlockExit(BlockExit { imvu: imvu(ID) })
}

impl World {
    pub(super) fn exit(&self) -> Exit {
        self.memory
            .read(&state_key::exit(&imvu(ID)))
            .expect("an exit")
    }

    /// What an honest host commits to now.
    pub(super) fn inventory(&self) -> Action {
        let part = |kind| {
            let known = self
                .memory
                .read::<Collection>(&state_key::collection(kind, Some(&imvu(ID))));
            InventoryPart {
                part: ArchivePart::Collection(kind),
                items: known.as_ref().map_or(0, |known| known.size),
                root: known.map_or(Hash(empty_root()), |known| known.root),
            }
        };
        let exit = self.memory.read::<Exit>(&state_key::exit(&imvu(ID)));
        Action::CommitInventory(CommitInventory {
            imvu: imvu(ID),
            number: exit.map_or(1, |exit| exit.number),
            inventory: Inventory {
                at: self.now.height - 1,
                parts: List::new(CollectionKind::ALL.into_iter().map(part).collect()).unwrap(),
            },
        })
    }

    /// The host answers for the snapshot that an exit asked for.
    pub(super) fn exit_snapshot(&mut self, id: &str) {
        let number = self.exit().snapshot.expect("a snapshot was asked for");
        let record = Action::RecordSnapshot(RecordSnapshot {
            imvu: imvu(ID),
            number,
            outcome: SnapshotOutcome::Taken(Taken {
                digest: Hash([0xd7; 32]),
                bytes: 1,
                taken_at: self.now.time,
            }),
        });
        self.must(&agent_of(id, AgentKind::Compute), record);
    }

    /// The creator and an honest host-1 bring an exit of the running IMVU-042 to a stage.
    pub(super) fn exit_until(&mut self, stage: ExitStage) {
        let agent = agent_of("host-1", AgentKind::Compute);
        self.must_as_alice(announce());
        if stage == ExitStage::Cancelled {
            return self.must_as_alice(cancel());
        }
        if stage >= ExitStage::Exporting {
            let inventory = self.inventory();
            self.must(&agent, inventory);
        }
        if stage >= ExitStage::Exported {
            self.exit_snapshot("host-1");
            let number = self.exit().number;
            self.must(&agent, packed(number));
            self.must_as_alice(confirm());
        }
        if stage >= ExitStage::Released {
            self.must_as_alice(release(false));
        }
        if stage >= ExitStage::Closed {
            self.must_as_alice(close());
        }
        assert_eq!(self.exit().stage, stage);
    }

    fn exit_history(&self) -> Vec<ExitEvent> {
        let log = LogId::Collection(CollectionKind::Exits, Some(imvu(ID)));
        let records = self.memory.logs.get(&log).into_iter().flatten();
        records
            .map(|record| decode::<ExitEntry>(record).unwrap().event)
            .collect()
    }

    fn exits_snapshot_status(&self) -> SnapshotStatus {
        let number = self.exit().snapshot.unwrap();
        let key = state_key::snapshot(&imvu(ID), number);
        self.memory.read::<Snapshot>(&key).unwrap().status
    }
}
