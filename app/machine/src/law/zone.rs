//! Whether a zone stays valid with one record set more (law §8): a pure function over the zone's table
//! of contents.

use alloc::collections::BTreeMap;
use nexus_types::limits::{
    CNAME_CHAIN, RRSET_BYTES, RRSETS_PER_ZONE, TTL_MAX, TTL_MIN, TXT_RRSET_BYTES,
};
use nexus_types::name::Name;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{ZoneEntry, ZoneIndex};
use nexus_types::verdict::ZoneFault;

/// Whether `apex`'s zone, whose sets are `index`, stays valid when `owner`'s set of that type becomes `rrset`.
///
/// # Errors
/// The first [`ZoneFault`], cheapest check first.
pub fn check_set(
    index: &ZoneIndex,
    apex: &Name,
    owner: &Name,
    rrset: &RRset,
) -> Result<(), ZoneFault> {
    check_shape(rrset)?;
    check_owner(owner, rrset.rtype)?;
    rrset.records.as_slice().iter().try_for_each(check_data)?;
    let entries = &index.entries;
    let replaces = entries
        .iter()
        .any(|entry| entry.owner == *owner && entry.rtype == rrset.rtype);
    if !replaces && entries.len() >= RRSETS_PER_ZONE {
        return Err(ZoneFault::TooManySets);
    }
    if rrset.rtype == RecordType::Cname {
        check_cname(entries, apex, owner, rrset)
    } else {
        check_beside_cname(entries, owner, rrset)
    }
}

fn check_shape(rrset: &RRset) -> Result<(), ZoneFault> {
    let records = rrset.records.as_slice();
    if records.is_empty() {
        return Err(ZoneFault::Empty);
    }
    if records.iter().any(|data| data.rtype() != rrset.rtype) {
        return Err(ZoneFault::MixedTypes);
    }
    if !(TTL_MIN..=TTL_MAX).contains(&rrset.ttl) {
        return Err(ZoneFault::Ttl);
    }
    let limit = if rrset.rtype == RecordType::Txt {
        TXT_RRSET_BYTES
    } else {
        RRSET_BYTES
    };
    if rrset.wire_len() > limit {
        Err(ZoneFault::TooLarge)
    } else {
        Ok(())
    }
}

fn check_owner(owner: &Name, rtype: RecordType) -> Result<(), ZoneFault> {
    if owner.as_str().contains('_') && !rtype.allows_underscore() {
        return Err(ZoneFault::OwnerUnderscore);
    }
    // The canonicaliser lets a * stand only alone in the leftmost label.
    Ok(())
}

fn check_data(data: &RData) -> Result<(), ZoneFault> {
    match data {
        RData::Txt(strings) => {
            let strings = strings.as_slice();
            if strings.is_empty() || strings.iter().any(|string| string.as_slice().is_empty()) {
                return Err(ZoneFault::EmptyString);
            }
        }
        RData::Mx {
            exchange: target, ..
        }
        | RData::Srv { target, .. } => {
            target.check_host().map_err(|_| ZoneFault::TargetNotHost)?;
        }
        RData::Caa { tag, .. } => {
            let spelled = tag
                .as_str()
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            if tag.as_str().is_empty() || !spelled {
                return Err(ZoneFault::BadCaaTag);
            }
        }
        _ => {}
    }
    Ok(())
}

fn check_cname(
    entries: &[ZoneEntry],
    apex: &Name,
    owner: &Name,
    rrset: &RRset,
) -> Result<(), ZoneFault> {
    if owner == apex {
        return Err(ZoneFault::CnameAtApex);
    }
    let others = entries
        .iter()
        .any(|entry| entry.owner == *owner && entry.rtype != RecordType::Cname);
    if others || rrset.records.as_slice().len() != 1 {
        return Err(ZoneFault::CnameNotAlone);
    }
    let pointed_at = entries
        .iter()
        .filter(|entry| matches!(entry.rtype, RecordType::Mx | RecordType::Srv))
        .any(|entry| entry.targets.contains(owner));
    if pointed_at {
        return Err(ZoneFault::TargetIsAlias);
    }
    check_chains(entries, owner, rrset)
}

fn check_chains(entries: &[ZoneEntry], owner: &Name, rrset: &RRset) -> Result<(), ZoneFault> {
    let mut aliases: BTreeMap<&Name, &Name> = entries
        .iter()
        .filter(|entry| entry.rtype == RecordType::Cname)
        .filter_map(|entry| entry.targets.first().map(|target| (&entry.owner, target)))
        .collect();
    if let Some(target) = rrset.records.as_slice().first().and_then(RData::target) {
        aliases.insert(owner, target);
    }
    for start in aliases.keys() {
        let mut current = *start;
        let mut steps = 0usize;
        while let Some(next) = aliases.get(current) {
            steps = steps.saturating_add(1);
            if next == start {
                return Err(ZoneFault::CnameLoop);
            }
            if steps > CNAME_CHAIN {
                return Err(ZoneFault::CnameChain);
            }
            current = next;
        }
    }
    Ok(())
}

fn check_beside_cname(entries: &[ZoneEntry], owner: &Name, rrset: &RRset) -> Result<(), ZoneFault> {
    let is_alias = |name: &Name| {
        entries
            .iter()
            .any(|entry| entry.rtype == RecordType::Cname && entry.owner == *name)
    };
    if is_alias(owner) {
        return Err(ZoneFault::CnameNotAlone);
    }
    let targets = rrset.records.as_slice().iter().filter_map(RData::target);
    if targets.into_iter().any(is_alias) {
        Err(ZoneFault::TargetIsAlias)
    } else {
        Ok(())
    }
}
