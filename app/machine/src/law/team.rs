//! The people whom an IMVU's owner lets act for it.

use super::{echo::Done, effects::Effect, imvu};
use crate::case::Case;
use crate::view::{View, Writes, read, write};
use nexus_types::guardian::{SetMember, Team};
use nexus_types::state::{Identity, IdentityStatus};
use nexus_types::{ImvuId, Reason, state_key};

/// Who may act for an IMVU's owner.
pub(crate) fn of(view: &dyn View, id: &ImvuId) -> Team {
    read(view, &state_key::team(id)).unwrap_or_default()
}

pub(crate) fn set(case: &Case<'_>, change: &SetMember, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    if change.member == imvu.owner {
        return Err(Reason::WrongState);
    }
    let mut team = of(case.view, &imvu.id);
    if team.role(&change.member) == change.role {
        return Err(Reason::NoChange);
    }
    let identity = read::<Identity>(case.view, &state_key::identity(&change.member));
    let is_active = identity.is_some_and(|one| one.status == IdentityStatus::Active);
    if change.role.is_some() && !is_active {
        return Err(Reason::NotVerified);
    }
    team.set(change.member, change.role)
        .map_err(|_| Reason::LimitReached)?;
    let key = state_key::team(&imvu.id);
    if team.members.is_empty() {
        writes.insert(key, None);
    } else {
        write(writes, key, &team);
    }
    Ok(Done::default())
}
