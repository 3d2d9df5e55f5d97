//! What is assigned on the host, from the ledger.

use crate::commands::dev::ledger::{Ledger, View};
use crate::error::CliError;
use nexus_types::host::{AgentKind, Assignment, Host, Item, Slot, Spec};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{HostId, ImvuId};
use std::collections::BTreeSet;

/// The IMVUs that may have assignments here. Each placement takes a new slot of the host, so slots tell of all of them.
pub(super) struct Placed {
    host: HostId,
    imvus: BTreeSet<ImvuId>,
    /// Slots below have been looked at.
    seen: u32,
}

impl Placed {
    pub(super) fn new(host: &HostId) -> Self {
        Self {
            host: host.clone(),
            imvus: BTreeSet::new(),
            seen: 0,
        }
    }

    /// Looks at slots that are new, and at all assignments of these kinds. What is absent everywhere, and known to be, is
    /// looked at no more until it comes back in another slot.
    pub(super) async fn follow(
        &mut self,
        ledger: &Ledger,
        view: &mut View,
        kinds: &[AgentKind],
    ) -> Result<(), CliError> {
        let host: Option<Host> = view.get(&state_key::host(&self.host))?;
        let next_slot = host.map_or(0, |host| host.next_slot);
        let slot = |number: u32| state_key::slot(&self.host, number);
        let new: Vec<StateKey> = (self.seen..next_slot).map(slot).collect();
        ledger.add(view, &new).await?;
        for key in &new {
            self.imvus
                .extend(view.get::<Slot>(key)?.map(|slot| slot.imvu));
        }
        self.seen = self.seen.max(next_slot);
        let imvus = self.imvus.iter();
        let keys = imvus.flat_map(|imvu| kinds.iter().map(|kind| self.key(imvu, *kind)));
        ledger.add(view, &keys.collect::<Vec<_>>()).await?;
        let mut over = Vec::new();
        for imvu in &self.imvus {
            if self.is_over(view, imvu, kinds)? {
                over.push(imvu.clone());
            }
        }
        self.imvus.retain(|imvu| !over.contains(imvu));
        Ok(())
    }

    fn is_over(&self, view: &View, imvu: &ImvuId, kinds: &[AgentKind]) -> Result<bool, CliError> {
        for kind in kinds {
            let assignment: Option<Assignment> = view.get(&self.key(imvu, *kind))?;
            let over = |assignment: &Assignment| {
                assignment.spec == Spec::Absent && assignment.acknowledged.is_some()
            };
            if !assignment.as_ref().is_none_or(over) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is assigned to the hand of a kind.
    pub(super) fn assignments(
        &self,
        view: &View,
        kind: AgentKind,
    ) -> Result<Vec<(ImvuId, Assignment)>, CliError> {
        let mut assignments = Vec::new();
        for imvu in &self.imvus {
            let assignment: Option<Assignment> = view.get(&self.key(imvu, kind))?;
            assignments.extend(assignment.map(|assignment| (imvu.clone(), assignment)));
        }
        Ok(assignments)
    }

    fn key(&self, imvu: &ImvuId, kind: AgentKind) -> StateKey {
        state_key::assignment(&self.host, kind, &Item::Imvu(imvu.clone()))
    }
}
