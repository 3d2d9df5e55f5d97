//! Guardians and teams: what is pending has its timer, who is named is somebody.

use super::{Fault, Ledger, fault, id};
use nexus_types::guardian::{Guardianship, Team};
use nexus_types::limits::{GUARDIAN_THRESHOLD_MIN, TEAM_MEMBERS};
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, IdentityId};

pub(super) fn guarded(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Guardianship>(KeyKind::Guardianship, |key, guardianship| {
        let whose = IdentityId(id::<Hash>(key)?);
        let pending = guardianship.change.as_ref();
        let choices = [
            Some((&guardianship.guardians, guardianship.threshold)),
            pending.map(|change| (&change.guardians, change.threshold)),
        ];
        for (guardians, threshold) in choices.into_iter().flatten() {
            let members = guardians.as_slice();
            let none = members.is_empty() && threshold == 0;
            let fits =
                threshold >= GUARDIAN_THRESHOLD_MIN && usize::from(threshold) <= members.len();
            if !none && !fits {
                return fault(
                    key,
                    format_args!("{threshold} of {} guardians is no threshold", members.len()),
                );
            }
            if members.contains(&whose) {
                return fault(key, "an identity guards itself");
            }
            for member in members.iter().chain([&whose]) {
                if !ledger.exists(&state_key::identity(member)) {
                    return fault(key, format_args!("{member} is no identity"));
                }
            }
        }
        let item = TimedItem::SettleGuardianship(whose);
        let dues = [
            pending.map(|change| change.due),
            guardianship.recovery.as_ref().map(|recovery| recovery.due),
        ];
        for due in dues.into_iter().flatten() {
            if !ledger.exists(&state_key::timed(due.0, &item)) {
                return fault(key, format_args!("what is due at {} has no timer", due.0));
            }
        }
        Ok(())
    })
}

/// Whether something of an identity's guardianship is due at that law time.
pub(super) fn is_due(
    ledger: &Ledger<'_>,
    key: &StateKey,
    whose: &IdentityId,
    due: u64,
) -> Result<(), Fault> {
    let guardianship = ledger.get::<Guardianship>(&state_key::guardianship(whose))?;
    let guardianship = guardianship.unwrap_or_default();
    let change = guardianship.change.map(|one| one.due.0);
    let recovery = guardianship.recovery.map(|one| one.due.0);
    if change == Some(due) || recovery == Some(due) {
        Ok(())
    } else {
        fault(key, format_args!("nothing of {whose} is due then"))
    }
}

pub(super) fn teams(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Team>(KeyKind::Team, |key, team| {
        let imvu: Imvu = ledger.one(&StateKey::from_bytes(
            [&[KeyKind::Imvu.byte()], key.id()].concat(),
        ))?;
        let members = &team.members;
        let ascending = members
            .iter()
            .zip(members.iter().skip(1))
            .all(|((a, _), (b, _))| a < b);
        if members.is_empty() || members.len() > TEAM_MEMBERS || !ascending {
            return fault(key, "a team has 1 to 32 members, each once, ascending");
        }
        for (member, _) in members {
            if *member == imvu.owner {
                return fault(key, "the owner is a member of its own team");
            }
            if !ledger.exists(&state_key::identity(member)) {
                return fault(key, format_args!("{member} is no identity"));
            }
        }
        Ok(())
    })
}
