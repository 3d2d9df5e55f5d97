//! Consents: sequences without gaps, and erasures that cover what they say.

use super::{Fault, Ledger, fault, stands_under};
use alloc::collections::BTreeMap;
use nexus_types::ImvuId;
use nexus_types::consent::{ConsentFate, Consents, Erasure};
use nexus_types::log::CollectionKind;
use nexus_types::state::Collection;
use nexus_types::state_key::{self, KeyKind, StateKey};

pub(super) fn sequences(ledger: &Ledger<'_>) -> Result<(), Fault> {
    // Each sequence, and each proof of a deletion, is an entry of the IMVU's collection.
    let mut entries: BTreeMap<ImvuId, u64> = BTreeMap::new();
    let mut count = |imvu: &ImvuId, more: u64| {
        let sum = entries.entry(imvu.clone()).or_default();
        *sum = sum.saturating_add(more);
    };
    ledger.each::<Consents>(KeyKind::Consents, |key, consents| {
        stands_under(key, &state_key::consents(&consents.imvu, &consents.subject))?;
        subject(ledger, key, &consents)?;
        count(&consents.imvu, consents.next);
        Ok(())
    })?;
    let now = ledger.clock()?.height;
    ledger.each::<Erasure>(KeyKind::Erasure, |key, it| {
        let own = state_key::erasure(&it.imvu, &it.subject, it.sequence);
        stands_under(key, &own)?;
        let of = ledger.get::<Consents>(&state_key::consents(&it.imvu, &it.subject))?;
        let covers = of.is_some_and(|of| of.next > it.sequence && of.erased > it.through);
        if !covers || it.through >= it.sequence || it.entries == 0 || it.height > now {
            return fault(key, format_args!("{it:?} covers nothing of its subject"));
        }
        for holder in it.holders.as_slice() {
            if !ledger.exists(&state_key::identity(holder)) {
                return fault(key, format_args!("its holder {holder} is no identity"));
            }
        }
        let holders = it.holders.as_slice().len();
        count(&it.imvu, u64::try_from(holders).unwrap_or(u64::MAX));
        Ok(())
    })?;
    for (imvu, entries) in entries {
        let key = state_key::collection(CollectionKind::Consents, Some(&imvu));
        let size = ledger.get::<Collection>(&key)?.map_or(0, |it| it.size);
        if size != entries {
            return fault(
                &key,
                format_args!("it has {size} entries, its subjects {entries}"),
            );
        }
    }
    Ok(())
}

fn subject(ledger: &Ledger<'_>, key: &StateKey, it: &Consents) -> Result<(), Fault> {
    if !ledger.exists(&state_key::imvu(&it.imvu)) {
        return fault(key, format_args!("there is no {}", it.imvu));
    }
    let fates = it.fates.as_slice();
    let known = u64::try_from(fates.len()).unwrap_or(u64::MAX);
    if it.next == 0 || it.erased.checked_add(known) != Some(it.next) {
        return fault(
            key,
            format_args!("{} erased and {known} known, of {}", it.erased, it.next),
        );
    }
    let count = |fate| fates.iter().filter(|each| **each == fate).count();
    if count(ConsentFate::Revoked) > count(ConsentFate::Revocation) {
        return fault(key, "more is revoked than was taken back");
    }
    for (sequence, fate) in (it.erased..).zip(fates) {
        let erasure = state_key::erasure(&it.imvu, &it.subject, sequence);
        if (*fate == ConsentFate::Erasure) != ledger.exists(&erasure) {
            return fault(key, format_args!("sequence {sequence} is {fate:?}"));
        }
    }
    Ok(())
}
