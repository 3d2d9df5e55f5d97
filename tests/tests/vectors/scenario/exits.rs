//! Two exits: of what runs on a host, whose creator stays in the end, and of what runs nowhere.

use super::Scenario;
use crate::parts::cpu;
use crate::people::{agents, alice, bob, imvu, officers, operators};
use nexus_types::action::SuspendReason;
use nexus_types::exit::{
    AnnounceExit, ArchivePart, BlockExit, CancelExit, CloseExit, CommitInventory, ConfirmExport,
    FindObstruction, Inventory, InventoryPart, RecordArchive, ReleaseExit,
};
use nexus_types::host::AgentKind;
use nexus_types::log::CollectionKind;
use nexus_types::state::Collection;
use nexus_types::{Action, Hash, List, Text, state_key};

const ID: &str = "IMVU-042";
const IDLE: &str = "IMVU-043";
const ARCHIVE: Hash = Hash([0xac; 32]);

fn announce(id: &str) -> Action {
    Action::AnnounceExit(AnnounceExit { imvu: imvu(id) })
}

fn release(id: &str, accept_loss: bool) -> Action {
    Action::ReleaseExit(ReleaseExit {
        imvu: imvu(id),
        accept_loss,
    })
}

fn packed() -> Action {
    Action::RecordArchive(RecordArchive {
        imvu: imvu(ID),
        number: 1,
        digest: ARCHIVE,
        bytes: 1 << 30,
    })
}

fn confirm(digest: Hash) -> Action {
    Action::ConfirmExport(ConfirmExport {
        imvu: imvu(ID),
        digest,
    })
}

impl Scenario {
    /// Creators leave.
    pub(super) fn exits(&mut self) {
        self.leaving();
        self.packing();
        self.idle();
    }

    fn leaving(&mut self) {
        let owner = [alice()];
        self.act("announce another's exit", &[bob()], announce(ID));
        self.act("announce an exit", &owner, announce(ID));
        self.act("announce it again", &owner, announce(ID));
        let stop = Action::BlockExit(BlockExit { imvu: imvu(ID) });
        self.act("stop an exit", &officers()[..3], stop);
        let suspend = Action::PlatformSuspend {
            imvu: imvu(ID),
            reason: SuspendReason::Unstated,
        };
        self.act("suspend who leaves", &officers()[..3], suspend);
        let raise = Action::ChangeQuota {
            imvu: imvu(ID),
            change: cpu(3_500),
        };
        self.act("raise the quota of who leaves", &officers()[..3], raise);
        let claim = Action::ClaimDomain {
            name: Text::new("later.demo.example").unwrap(),
            imvu: imvu(ID),
        };
        self.act("claim a name while leaving", &owner, claim);
        let seats = operators();
        let found = Action::FindObstruction(FindObstruction {
            imvu: imvu(ID),
            evidence: Hash([0xee; 32]),
        });
        self.act("find an obstruction too early", &seats[..3], found);
        self.act("let go without a snapshot", &owner, release(ID, false));
    }

    fn packing(&mut self) {
        let (owner, agents) = ([alice()], agents());
        let compute = [agents[AgentKind::Compute as usize].clone()];
        self.act("record an archive before its inventory", &compute, packed());
        let other = [agents[AgentKind::Network as usize].clone()];
        let inventory = self.inventory(0);
        self.act("commit an inventory as another agent", &other, inventory);
        let inventory = self.inventory(1);
        self.act("commit to more than there is", &compute, inventory);
        let inventory = self.inventory(0);
        self.act("commit an inventory", &compute, inventory);
        self.act("confirm nothing", &owner, confirm(ARCHIVE));
        self.act("record an archive", &compute, packed());
        self.act("record an archive again", &compute, packed());
        self.act("confirm another archive", &owner, confirm(Hash([1; 32])));
        self.act("confirm an archive", &owner, confirm(ARCHIVE));
        let stay = Action::CancelExit(CancelExit { imvu: imvu(ID) });
        self.act("stay after all", &owner, stay);
        self.act("announce an exit too soon", &owner, announce(ID));
    }

    fn idle(&mut self) {
        let owner = [alice()];
        let close = || Action::CloseExit(CloseExit { imvu: imvu(IDLE) });
        self.act(
            "announce the exit of what runs nowhere",
            &owner,
            announce(IDLE),
        );
        self.act("close what is not released", &owner, close());
        self.act("let go of what runs nowhere", &owner, release(IDLE, false));
        let again = Action::ActivateImvu {
            imvu: imvu(IDLE),
            host: None,
        };
        self.act("run what was let go of", &owner, again);
        self.act("close an exit", &owner, close());
    }

    /// All collections as they stand, each with so many entries more.
    fn inventory(&self, more: u64) -> Action {
        let parts = CollectionKind::ALL.into_iter().map(|kind| {
            let key = state_key::collection(kind, Some(&imvu(ID)));
            let known = self.chain.read::<Collection>(&key);
            InventoryPart {
                part: ArchivePart::Collection(kind),
                items: known.as_ref().map_or(0, |known| known.size) + more,
                root: known.map_or(Hash(nexus_tree::log::empty_root()), |known| known.root),
            }
        });
        Action::CommitInventory(CommitInventory {
            imvu: imvu(ID),
            number: 1,
            inventory: Inventory {
                at: self.chain.height(),
                parts: List::new(parts.collect()).unwrap(),
            },
        })
    }
}
