//! What is assigned on the host, from the ledger.

use crate::commands::dev::ledger::{Ledger, View};
use crate::error::CliError;
use nexus_types::host::{AgentKind, Assignment, Host, Item, Slot, Spec};
use nexus_types::snapshot::Snapshots;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{HostId, ImvuId};
use std::collections::{BTreeMap, BTreeSet};

/// The IMVUs that may have assignments here. Each placement takes a new slot of the host, so slots tell of all of them.
pub(super) struct Placed {
    host: HostId,
    imvus: BTreeSet<ImvuId>,
    /// The last of each IMVU's snapshots that is over here, as all before it are.
    snapshots: BTreeMap<ImvuId, u64>,
    /// Slots below have been looked at.
    seen: u32,
}

impl Placed {
    pub(super) fn new(host: &HostId) -> Self {
        Self {
            host: host.clone(),
            imvus: BTreeSet::new(),
            snapshots: BTreeMap::new(),
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
        let mut keys: Vec<StateKey> = self
            .imvus
            .iter()
            .flat_map(|imvu| kinds.iter().map(|kind| self.key(imvu, *kind)))
            .collect();
        if kinds.contains(&AgentKind::Compute) {
            keys.extend(self.imvus.iter().map(state_key::snapshots));
            keys.extend(self.imvus.iter().map(|imvu| self.restore(imvu)));
        }
        ledger.add(view, &keys).await?;
        if kinds.contains(&AgentKind::Compute) {
            self.follow_snapshots(ledger, view).await?;
        }
        let mut over = Vec::new();
        for imvu in &self.imvus {
            if self.is_over(view, imvu, kinds)? {
                over.push(imvu.clone());
            }
        }
        self.imvus.retain(|imvu| !over.contains(imvu));
        Ok(())
    }

    /// Looks at the snapshots that were asked for since, and passes by those that are over.
    async fn follow_snapshots(&mut self, ledger: &Ledger, view: &mut View) -> Result<(), CliError> {
        let mut keys = Vec::new();
        for imvu in &self.imvus {
            keys.extend(
                self.open(view, imvu)?
                    .map(|number| self.snapshot(imvu, number)),
            );
        }
        ledger.add(view, &keys).await?;
        for imvu in self.imvus.clone() {
            for number in self.open(view, &imvu)? {
                let assignment: Option<Assignment> = view.get(&self.snapshot(&imvu, number))?;
                if !assignment.as_ref().is_none_or(is_over) {
                    break;
                }
                self.snapshots.insert(imvu.clone(), number);
            }
        }
        Ok(())
    }

    /// The numbers of an IMVU's snapshots that may be assigned here.
    fn open(&self, view: &View, imvu: &ImvuId) -> Result<std::ops::RangeInclusive<u64>, CliError> {
        let all: Option<Snapshots> = view.get(&state_key::snapshots(imvu))?;
        let over = self.snapshots.get(imvu).copied().unwrap_or(0);
        Ok(over + 1..=all.unwrap_or_default().last)
    }

    fn is_over(&self, view: &View, imvu: &ImvuId, kinds: &[AgentKind]) -> Result<bool, CliError> {
        for kind in kinds {
            let assignments = self.of(view, imvu, *kind)?;
            if !assignments
                .iter()
                .all(|(_, assignment)| is_over(assignment))
            {
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
    ) -> Result<Vec<(Item, Assignment)>, CliError> {
        let mut assignments = Vec::new();
        for imvu in &self.imvus {
            assignments.extend(self.of(view, imvu, kind)?);
        }
        Ok(assignments)
    }

    /// What is assigned of one IMVU to the hand of a kind.
    fn of(
        &self,
        view: &View,
        imvu: &ImvuId,
        kind: AgentKind,
    ) -> Result<Vec<(Item, Assignment)>, CliError> {
        let mut keys = vec![(Item::Imvu(imvu.clone()), self.key(imvu, kind))];
        if kind == AgentKind::Compute {
            keys.push((Item::Restore(imvu.clone()), self.restore(imvu)));
            for number in self.open(view, imvu)? {
                let item = Item::Snapshot(imvu.clone(), number);
                keys.push((item, self.snapshot(imvu, number)));
            }
        }
        let mut assignments = Vec::new();
        for (item, key) in keys {
            let assignment: Option<Assignment> = view.get(&key)?;
            assignments.extend(assignment.map(|assignment| (item, assignment)));
        }
        Ok(assignments)
    }

    fn restore(&self, imvu: &ImvuId) -> StateKey {
        state_key::assignment(&self.host, AgentKind::Compute, &Item::Restore(imvu.clone()))
    }

    fn snapshot(&self, imvu: &ImvuId, number: u64) -> StateKey {
        let item = Item::Snapshot(imvu.clone(), number);
        state_key::assignment(&self.host, AgentKind::Compute, &item)
    }

    fn key(&self, imvu: &ImvuId, kind: AgentKind) -> StateKey {
        state_key::assignment(&self.host, kind, &Item::Imvu(imvu.clone()))
    }
}

/// Whether nothing is left to be done or said.
fn is_over(assignment: &Assignment) -> bool {
    assignment.spec == Spec::Absent && assignment.acknowledged.is_some()
}
