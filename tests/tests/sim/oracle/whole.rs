//! What must hold of a whole block, and of the whole state after it.

use nexus_machine::{Executed, View};
use nexus_types::host::{Host, Phase, Placement};
use nexus_types::log::{ChainLog, LogId};
use nexus_types::meter::{Metering, Resource};
use nexus_types::quota::QuotaField;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{HostId, ImvuId, encoding::decode};
use std::collections::{BTreeMap, BTreeSet};

use super::{hold, metering};
use crate::reference::Reference;

/// The chain's logs only grow, each by what was appended to it; an hour of usage is in both of its logs.
pub(crate) fn block(before: &Reference, executed: &Executed) -> Result<(), String> {
    for (position, log) in ChainLog::ALL.into_iter().enumerate() {
        let old = before.frontier(log).head().size;
        let appended = executed
            .appends
            .iter()
            .filter(|(to, _)| *to == LogId::Chain(log))
            .count();
        let new = executed.logs[position].size;
        let grown = old + u64::try_from(appended).map_err(|error| error.to_string())?;
        hold(new == grown, || {
            format!("the {log:?} log went from {old} to {new} with {appended} appended")
        })?;
    }
    let headers = executed
        .appends
        .iter()
        .filter(|(log, _)| *log == LogId::Chain(ChainLog::Headers));
    hold(headers.count() == 1, || "a block has one header".to_owned())?;
    metering::sealed(&executed.appends).map(|_| ())
}

/// Everything of one kind, by key.
fn each<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    state: &BTreeMap<StateKey, Vec<u8>>,
    kind: KeyKind,
) -> impl Iterator<Item = (&StateKey, T)> {
    let (from, to) = state_key::range_of(kind);
    state
        .range(from..to)
        .map(|(key, bytes)| (key, decode(bytes).expect("state decodes")))
}

/// No host promises more than it has, no two IMVUs share a slot.
pub(crate) fn hosts(state: &BTreeMap<StateKey, Vec<u8>>) -> Result<(), String> {
    let mut promised: BTreeMap<(HostId, QuotaField), u128> = BTreeMap::new();
    let mut slots: BTreeSet<(HostId, u32)> = BTreeSet::new();
    for (_, placement) in each::<Placement>(state, KeyKind::Placement) {
        let kept = match placement.phase {
            Phase::Stopping(next) => next,
            Phase::Starting | Phase::Running => None,
        };
        hold(
            slots.insert((placement.host.clone(), placement.slot)),
            || {
                format!(
                    "slot {} of {} is two IMVUs'",
                    placement.slot, placement.host
                )
            },
        )?;
        for host in kept.into_iter().chain([placement.host]) {
            for field in QuotaField::ALL {
                *promised.entry((host.clone(), field)).or_insert(0) +=
                    u128::from(placement.ceiling.get(field));
            }
        }
    }
    for (_, host) in each::<Host>(state, KeyKind::Host) {
        for field in QuotaField::ALL {
            let sum = promised.remove(&(host.id.clone(), field)).unwrap_or(0);
            let has = host.capacity.get(field);
            hold(sum <= u128::from(has), || {
                format!("{} has {has} {} and promises {sum}", host.id, field.name())
            })?;
        }
    }
    let left = promised.into_keys().next();
    left.map_or(Ok(()), |(host, _)| Err(format!("{host} is no host")))
}

/// What the state says was sealed is the sum of all hours that ever were.
pub(crate) fn usage(
    state: &BTreeMap<StateKey, Vec<u8>>,
    ever: &BTreeMap<(ImvuId, Resource), u128>,
) -> Result<(), String> {
    for (key, metering) in each::<Metering>(state, KeyKind::Metering) {
        let id = std::str::from_utf8(key.id()).map_err(|error| error.to_string())?;
        let imvu = ImvuId::new(id).map_err(|error| format!("{id}: {error}"))?;
        for (resource, said) in Resource::ALL.into_iter().zip(metering.billed) {
            let sum = ever.get(&(imvu.clone(), resource)).copied().unwrap_or(0);
            hold(said == sum, || {
                format!("{said} of {resource} of {imvu} is said to be sealed, {sum} was")
            })?;
        }
    }
    Ok(())
}
