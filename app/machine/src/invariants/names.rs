//! Names, zones and record sets.

use super::{Fault, Ledger, fault, id, stands_under};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use nexus_tree::log::{leaf_hash, root_of};
use nexus_types::domain::{ChildGrant, DelegationRecord};
use nexus_types::limits::RRSETS_PER_ZONE;
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::state::{Apexes, Domain, ImvuNames, NameCount, Zone, ZoneIndex, zone_leaf};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, ImvuId, Name, Time};

pub(super) fn domains(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let apexes: Apexes = ledger.one(&state_key::apexes())?;
    ledger.each::<Domain>(KeyKind::Domain, |key, domain| {
        stands_under(key, &state_key::domain(&domain.name))?;
        let under = apexes.names.as_slice().iter();
        let granted = under.into_iter().any(|apex| domain.name.is_below(apex));
        let known = granted
            || ledger.exists(&state_key::preapproved(&domain.name))
            || ledger.exists(&state_key::external_name(&domain.name));
        if !known {
            return fault(
                key,
                "it lies under no apex, was not approved in advance, and is not observed",
            );
        }
        let zone = ledger.get::<Zone>(&state_key::zone(&domain.name))?;
        if domain.imvu.is_some() && domain.locked_until != Time::default() {
            return fault(key, "it is bound and locked");
        }
        let delegation = ledger.get::<DelegationRecord>(&state_key::delegation(&domain.name))?;
        let elsewhere = delegation.and_then(|delegation| delegation.imvu);
        let held = zone.map(|zone| zone.imvu).or(elsewhere);
        if held == domain.imvu {
            return Ok(());
        }
        fault(
            key,
            format_args!("it is bound to {:?}, its zone is of {held:?}", domain.imvu),
        )
    })?;
    ledger.each::<Zone>(KeyKind::Zone, |key, zone| {
        stands_under(key, &state_key::zone(&zone.apex))?;
        match ledger.get::<Domain>(&state_key::domain(&zone.apex))? {
            Some(domain) if domain.imvu.as_ref() == Some(&zone.imvu) => Ok(()),
            _ => fault(
                key,
                format_args!("{} is not bound to {}", zone.apex, zone.imvu),
            ),
        }
    })
}

/// The names above, up to and without the operator's apex or the top label.
fn above<'a>(name: &Name, apexes: &'a Apexes) -> impl Iterator<Item = Name> + 'a {
    core::iter::successors(name.parent(), Name::parent)
        .take_while(|above| !apexes.names.contains(above))
}

pub(super) fn nesting(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let apexes: Apexes = ledger.one(&state_key::apexes())?;
    ledger.each::<Domain>(KeyKind::Domain, |key, domain| {
        let Some(imvu) = &domain.imvu else {
            return Ok(());
        };
        for above in above(&domain.name, &apexes) {
            let holder = ledger
                .get::<Domain>(&state_key::domain(&above))?
                .and_then(|above| above.imvu);
            let Some(holder) = holder else {
                continue;
            };
            // In the scope of the nearest one it lies, unless it has left that with its owner's word.
            let grant = ledger.get::<ChildGrant>(&state_key::child_grant(&domain.name))?;
            let left = grant.is_some_and(|it| it.expires.is_none() && it.imvu == *imvu);
            if holder == *imvu || left {
                return Ok(());
            }
            return fault(key, format_args!("{above} above it belongs to {holder}"));
        }
        Ok(())
    })
}

pub(super) fn listed(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut bound: BTreeMap<StateKey, Vec<Name>> = BTreeMap::new();
    ledger.each::<Domain>(KeyKind::Domain, |_, domain| {
        if let Some(imvu) = &domain.imvu {
            let names = bound.entry(state_key::imvu_names(imvu)).or_default();
            names.push(domain.name.clone());
        }
        Ok(())
    })?;
    ledger.each::<ImvuNames>(KeyKind::ImvuNames, |key, said| {
        let mut names = bound.remove(key).unwrap_or_default();
        names.sort();
        if names == said.names && !names.is_empty() {
            return Ok(());
        }
        fault(
            key,
            format_args!("it lists {:?}, bound are {names:?}", said.names),
        )
    })?;
    match bound.into_keys().next() {
        None => Ok(()),
        Some(key) => fault(&key, "nothing lists its names"),
    }
}

pub(super) fn counts(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let apexes: Apexes = ledger.one(&state_key::apexes())?;
    let mut expected: BTreeMap<StateKey, u32> = BTreeMap::new();
    ledger.each::<Domain>(KeyKind::Domain, |_, domain| {
        let Some(imvu) = &domain.imvu else {
            return Ok(());
        };
        for above in above(&domain.name, &apexes) {
            for key in [
                state_key::name_count(&above),
                state_key::name_count_of(&above, imvu),
            ] {
                let below = expected.entry(key).or_default();
                *below = below.saturating_add(1);
            }
        }
        Ok(())
    })?;
    for kind in [KeyKind::NameCount, KeyKind::NameCountOf] {
        ledger.each::<NameCount>(kind, |key, count| {
            if kind == KeyKind::NameCountOf {
                id::<(Name, ImvuId)>(key)?;
            }
            let right = expected.remove(key).unwrap_or(0);
            if count.below == right && right > 0 {
                return Ok(());
            }
            fault(
                key,
                format_args!(
                    "it says {} bound names below, there are {right}",
                    count.below
                ),
            )
        })?;
    }
    match expected.into_iter().next() {
        None => Ok(()),
        Some((key, right)) => fault(
            &key,
            format_args!("there are {right} bound names below, and no count"),
        ),
    }
}

pub(super) fn zones(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Zone>(KeyKind::Zone, |key, zone| {
        let Some(index) = ledger.get::<ZoneIndex>(&state_key::zone_index(&zone.apex))? else {
            return fault(key, "it has no table of contents");
        };
        let leaves: Vec<[u8; 32]> = index.entries.iter().map(|entry| entry.hash.0).collect();
        let same = usize::try_from(zone.sets).is_ok_and(|sets| sets == leaves.len());
        if !same || zone.root != Hash(root_of(&leaves)) || leaves.len() > RRSETS_PER_ZONE {
            return fault(
                key,
                format_args!(
                    "it has {} sets with root {}, its table of contents {} with root {}",
                    zone.sets,
                    zone.root,
                    leaves.len(),
                    Hash(root_of(&leaves))
                ),
            );
        }
        Ok(())
    })?;
    ledger.each::<ZoneIndex>(KeyKind::ZoneIndex, |key, index| {
        let Some(apex) = name(key) else {
            return fault(key, "the key is no name");
        };
        if !ledger.exists(&state_key::zone(&apex)) {
            return fault(key, format_args!("{apex} has no zone"));
        }
        let mut last = None;
        for entry in &index.entries {
            let place = (&entry.owner, entry.rtype);
            if last.is_some_and(|last| last >= place) {
                return fault(key, format_args!("{} is out of order", entry.owner));
            }
            last = Some(place);
            if !entry.owner.is_at_or_below(&apex) {
                return fault(key, format_args!("{} is outside the zone", entry.owner));
            }
            let at = state_key::rrset(&apex, &entry.owner, entry.rtype);
            let Some(set) = ledger.get::<RRset>(&at)? else {
                return fault(&at, "it is in the table of contents, and nowhere else");
            };
            if entry.hash != Hash(leaf_hash(&zone_leaf(&entry.owner, &set)))
                || entry.targets != set.targets()
            {
                return fault(&at, "the table of contents has another set there");
            }
        }
        Ok(())
    })
}

/// The name that a key is made of as text.
fn name(key: &StateKey) -> Option<Name> {
    let text = core::str::from_utf8(key.id()).ok()?;
    Name::parse(text).ok().filter(|name| name.as_str() == text)
}

pub(super) fn record_sets(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.raw(KeyKind::Preapproved, |key, _| {
        name(key).map_or_else(|| fault(key, "the key is no name"), |_| Ok(()))
    })?;
    // Sets of one zone stand together: its table of contents is read once.
    let mut current: Option<(Name, ZoneIndex)> = None;
    ledger.each::<RRset>(KeyKind::RRset, |key, _| {
        let (apex, owner, rtype) = id::<(Name, Name, RecordType)>(key)?;
        if current.as_ref().is_none_or(|(known, _)| *known != apex) {
            let index = ledger.get::<ZoneIndex>(&state_key::zone_index(&apex))?;
            current = Some((apex, index.unwrap_or_default()));
        }
        let listed = current.as_ref().is_some_and(|(_, index)| {
            let place = (&owner, rtype);
            let found = index
                .entries
                .binary_search_by(|entry| (&entry.owner, entry.rtype).cmp(&place));
            found.is_ok()
        });
        if listed {
            return Ok(());
        }
        fault(key, "no table of contents has it")
    })
}
