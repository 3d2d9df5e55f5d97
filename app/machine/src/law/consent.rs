//! Consents (law §10): what gate 10 asks of a subject's sequence, and what each entry leaves behind.
//!
//! Nothing here edits or removes an entry. A subject's state says what became of the sequences that no erasure covers, so
//! that nothing is revoked twice; the entries themselves stand in two logs.

use super::echo::{Done, Echo};
use super::effects::Effect;
use super::{hosts, imvu, seats};
use crate::case::Case;
use crate::view::{View, Writes, exists, read, write};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::consent::{
    ConsentEntry, ConsentEvent, ConsentFate, Consents, EraseConsent, Erasure, RecordConsent,
    RecordDeletion, RevokeConsent,
};
use nexus_types::host::AgentKind;
use nexus_types::limits::CONSENT_ENTRIES;
use nexus_types::{Hash, ImvuId, List, Reason, Set, state_key};

/// Where a subject's sequence stands.
fn of(view: &dyn View, imvu: &ImvuId, subject: &Hash) -> Consents {
    read(view, &state_key::consents(imvu, subject))
        .unwrap_or_else(|| Consents::none(imvu.clone(), *subject))
}

fn erasure(case: &Case<'_>, imvu: &ImvuId, subject: &Hash, sequence: u64) -> Option<Erasure> {
    read(case.view, &state_key::erasure(imvu, subject, sequence))
}

/// Gate 10's judgement. Of an IMVU that there is none of, the action's own rule says so.
pub(crate) fn check(case: &Case<'_>) -> Result<(), Reason> {
    if case.imvu.is_none() {
        return match case.action() {
            Action::RewriteConsent(_) => Err(Reason::ConsentImmutable),
            _ => Ok(()),
        };
    }
    match case.action() {
        Action::RecordConsent(it) => is_next(&of(case.view, &it.imvu, &it.subject), it.sequence),
        Action::RevokeConsent(it) => {
            let consents = of(case.view, &it.imvu, &it.subject);
            is_next(&consents, it.sequence)?;
            can_be_revoked(&consents, it.revokes)
        }
        Action::EraseConsent(it) => {
            let consents = of(case.view, &it.imvu, &it.subject);
            is_next(&consents, it.sequence)?;
            covered(&consents, it.through).map(|_| ())
        }
        Action::RecordDeletion(it) => match erasure(case, &it.imvu, &it.subject, it.erasure) {
            Some(_) => Ok(()),
            None => Err(Reason::ConsentNotRecorded),
        },
        Action::RewriteConsent(_) => Err(Reason::ConsentImmutable),
        _ => Ok(()),
    }
}

fn is_next(consents: &Consents, sequence: u64) -> Result<(), Reason> {
    match sequence.cmp(&consents.next) {
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Less => Err(Reason::ConsentSequenceUsed),
        core::cmp::Ordering::Greater => Err(Reason::ConsentGap),
    }
}

fn can_be_revoked(consents: &Consents, sequence: u64) -> Result<(), Reason> {
    if sequence < consents.erased {
        return Err(Reason::ConsentErased);
    }
    match consents.fate(sequence) {
        Some(ConsentFate::Standing) => Ok(()),
        Some(ConsentFate::Revoked) => Err(Reason::ConsentRevoked),
        Some(ConsentFate::Revocation | ConsentFate::Erasure) | None => {
            Err(Reason::ConsentNotRecorded)
        }
    }
}

/// What an erasure up to a sequence covers, first in the list of fates, and how many of these have a record to lose.
fn covered(consents: &Consents, through: u64) -> Result<(usize, u32), Reason> {
    if through >= consents.next {
        return Err(Reason::ConsentNotRecorded);
    }
    let position = through
        .checked_sub(consents.erased)
        .ok_or(Reason::ConsentErased)?;
    let covered = usize::try_from(position)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    let fates = consents.fates.as_slice().iter().take(covered);
    let records = fates.filter(|fate| **fate != ConsentFate::Erasure).count();
    match u32::try_from(records).unwrap_or(u32::MAX) {
        0 => Err(Reason::ConsentErased),
        records => Ok((covered, records)),
    }
}

/// Gate 1's question: whether the signer may have copies of what the IMVU keeps.
pub(crate) fn holds_copies(case: &Case<'_>) -> Result<(), Reason> {
    let signer = &case.tx.body.signer;
    if seats::is_operator(case.view, signer) {
        return Ok(());
    }
    let (Some(imvu), Some((agent, host))) = (&case.imvu, hosts::agent(case.view, signer)) else {
        return Err(Reason::NotCopyHolder);
    };
    if !matches!(agent.kind, AgentKind::Compute | AgentKind::Mail)
        || !exists(case.view, &state_key::stay(&imvu.id, &host.id))
    {
        return Err(Reason::NotCopyHolder);
    }
    if agent.usable_from > case.law_time {
        return Err(Reason::NotYetUsable);
    }
    Ok(())
}

pub(crate) fn record(case: &Case<'_>, it: &RecordConsent, writes: &mut Writes) -> Effect {
    let mut imvu = imvu::existing(case)?;
    let consents = of(case.view, &it.imvu, &it.subject);
    if consents.fates.as_slice().len() >= CONSENT_ENTRIES {
        return Err(Reason::LimitReached);
    }
    if consents.next == 0 {
        imvu::own_keys(&mut imvu, 1)?;
        imvu::save(&imvu, writes);
    }
    append(consents, ConsentFate::Standing, writes)?;
    let event = ConsentEvent::Recorded {
        sequence: it.sequence,
        purpose: it.purpose,
        commitment: it.commitment,
    };
    Ok(done(case, &it.imvu, it.subject, event))
}

pub(crate) fn revoke(case: &Case<'_>, it: &RevokeConsent, writes: &mut Writes) -> Effect {
    imvu::existing(case)?;
    let mut consents = of(case.view, &it.imvu, &it.subject);
    let mut fates = consents.fates.as_slice().to_vec();
    let position = it.revokes.checked_sub(consents.erased);
    let position = position.and_then(|position| usize::try_from(position).ok());
    match position.and_then(|position| fates.get_mut(position)) {
        Some(fate) => *fate = ConsentFate::Revoked,
        None => return Err(Reason::WrongState),
    }
    consents.fates = List::new(fates).map_err(|_| Reason::LimitReached)?;
    append(consents, ConsentFate::Revocation, writes)?;
    let event = ConsentEvent::Revoked {
        sequence: it.sequence,
        revokes: it.revokes,
        commitment: it.commitment,
    };
    Ok(done(case, &it.imvu, it.subject, event))
}

pub(crate) fn erase(case: &Case<'_>, it: &EraseConsent, writes: &mut Writes) -> Effect {
    let mut imvu = imvu::existing(case)?;
    let mut consents = of(case.view, &it.imvu, &it.subject);
    let (covered, entries) = covered(&consents, it.through)?;
    let left = consents.fates.as_slice().iter().skip(covered).copied();
    consents.fates = List::new(left.collect::<Vec<_>>()).map_err(|_| Reason::LimitReached)?;
    consents.erased = it.through.saturating_add(1);
    append(consents, ConsentFate::Erasure, writes)?;
    let erasure = Erasure {
        imvu: it.imvu.clone(),
        subject: it.subject,
        sequence: it.sequence,
        through: it.through,
        entries,
        height: case.now.height,
        holders: Set::default(),
    };
    let key = state_key::erasure(&it.imvu, &it.subject, it.sequence);
    write(writes, key, &erasure);
    // A right is not refused for lack of room.
    imvu.state_keys = imvu.state_keys.saturating_add(1);
    imvu::save(&imvu, writes);
    let event = ConsentEvent::Erased {
        sequence: it.sequence,
        through: it.through,
        entries,
    };
    Ok(done(case, &it.imvu, it.subject, event))
}

pub(crate) fn delete(case: &Case<'_>, it: &RecordDeletion, writes: &mut Writes) -> Effect {
    imvu::existing(case)?;
    let mut erasure = erasure(case, &it.imvu, &it.subject, it.erasure).ok_or(Reason::NotFound)?;
    let holder = case.tx.body.signer;
    if erasure.holders.contains(&holder) {
        return Err(Reason::AlreadyExists);
    }
    let mut holders = erasure.holders.as_slice().to_vec();
    holders.push(holder);
    erasure.holders = Set::new(holders).map_err(|_| Reason::LimitReached)?;
    let key = state_key::erasure(&it.imvu, &it.subject, it.erasure);
    write(writes, key, &erasure);
    let event = ConsentEvent::Deleted {
        erasure: it.erasure,
        holder,
        receipt: it.receipt,
    };
    Ok(done(case, &it.imvu, it.subject, event))
}

/// Gives the next sequence.
fn append(mut consents: Consents, fate: ConsentFate, writes: &mut Writes) -> Result<(), Reason> {
    let mut fates = consents.fates.into_vec();
    fates.push(fate);
    consents.fates = List::new(fates).map_err(|_| Reason::LimitReached)?;
    consents.next = consents.next.saturating_add(1);
    let key = state_key::consents(&consents.imvu, &consents.subject);
    write(writes, key, &consents);
    Ok(())
}

fn done(case: &Case<'_>, imvu: &ImvuId, subject: Hash, event: ConsentEvent) -> Done {
    Done::echoing(alloc::vec![Echo::Consent(ConsentEntry {
        // Where the log ends, when it is appended.
        position: 0,
        audit: case.sequence,
        height: case.now.height,
        time: case.now.time,
        imvu: imvu.clone(),
        subject,
        event,
    })])
}
