//! Which IMVUs are on the host, and what was read of them so far, from the ledger.

use super::windows::{Reading, Stay};
use crate::commands::dev::ledger::{Ledger, View};
use crate::error::CliError;
use nexus_types::host::{Host, Slot};
use nexus_types::meter::{MeterRecord, Metering, Target};
use nexus_types::state::Imvu;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{HostId, MeterId, Time};
use std::collections::{BTreeMap, BTreeSet};

/// The host's slots that are or were just in use.
pub(super) struct Stays {
    pub(super) host: HostId,
    slots: BTreeMap<u32, Stay>,
    /// Slots below have been looked at.
    seen: u32,
}

impl Stays {
    pub(super) fn new(host: &HostId) -> Self {
        Self {
            host: host.clone(),
            slots: BTreeMap::new(),
            seen: 0,
        }
    }

    pub(super) fn host_key(&self) -> StateKey {
        state_key::host(&self.host)
    }

    /// All of them, ascending by slot.
    pub(super) fn all(&self) -> Vec<Stay> {
        self.slots.values().cloned().collect()
    }

    /// Follows the ledger: new slots, those that have ended, other quotas. Looks at the metering of each as well.
    pub(super) async fn follow(
        &mut self,
        ledger: &Ledger,
        view: &mut View,
    ) -> Result<(), CliError> {
        let host: Option<Host> = view.get(&self.host_key())?;
        let next_slot = host.map_or(0, |host| host.next_slot);
        let open = self.slots.values().filter(|stay| stay.ended.is_none());
        let numbers: BTreeSet<u32> = open
            .map(|stay| stay.slot)
            .chain(self.seen..next_slot)
            .collect();
        let key = |slot: &u32| state_key::slot(&self.host, *slot);
        let keys: Vec<StateKey> = numbers.iter().map(key).collect();
        ledger.add(view, &keys).await?;
        let mut slots = Vec::new();
        for number in &numbers {
            slots.extend(view.get::<Slot>(&key(number))?.map(|slot| (*number, slot)));
        }
        let known = self.slots.values().map(|stay| &stay.imvu);
        let imvus: BTreeSet<_> = slots
            .iter()
            .map(|(_, slot)| &slot.imvu)
            .chain(known)
            .collect();
        let keys = imvus
            .iter()
            .flat_map(|imvu| [state_key::imvu(imvu), state_key::metering(imvu)]);
        ledger.add(view, &keys.collect::<Vec<_>>()).await?;
        for (number, slot) in slots {
            let imvu: Option<Imvu> = view.get(&state_key::imvu(&slot.imvu))?;
            let quota = match (slot.ended, imvu) {
                (Some((_, ceiling)), _) => ceiling,
                (None, Some(imvu)) => imvu.quota,
                (None, None) => continue,
            };
            let stay = Stay {
                slot: number,
                imvu: slot.imvu,
                generation: slot.generation,
                since: slot.since,
                ended: slot.ended.map(|(ended, _)| ended),
                quota,
            };
            self.slots.insert(number, stay);
        }
        self.seen = next_slot;
        Ok(())
    }

    /// Forgets what had ended by a time.
    pub(super) fn forget(&mut self, through: Time) {
        self.slots
            .retain(|_, stay| stay.ended.is_none_or(|ended| ended > through));
    }
}

/// What a meter read last of each stay: on the ledger, and in the records that are on their way there.
pub(super) fn readings<'a>(
    view: &View,
    stays: &[Stay],
    meter: &MeterId,
    on_their_way: impl Iterator<Item = &'a MeterRecord>,
) -> Result<BTreeMap<u32, Reading>, CliError> {
    let mut known = BTreeMap::new();
    for stay in stays {
        let metering: Option<Metering> = view.get(&state_key::metering(&stay.imvu))?;
        let cursors = metering
            .map(|metering| metering.cursors)
            .unwrap_or_default();
        let cursor = cursors
            .into_iter()
            .find(|cursor| cursor.meter == *meter && cursor.placement == stay.generation);
        if let Some(cursor) = cursor {
            let reading = Reading {
                counters: cursor.counters.as_slice().to_vec(),
                at: cursor.at,
            };
            known.insert(stay.slot, reading);
        }
    }
    for record in on_their_way {
        for line in record.body.lines.as_slice() {
            if let Target::Slot(slot) = line.target {
                let reading = Reading {
                    counters: line.counters.as_slice().to_vec(),
                    at: record.body.end,
                };
                known.insert(slot, reading);
            }
        }
    }
    Ok(known)
}
