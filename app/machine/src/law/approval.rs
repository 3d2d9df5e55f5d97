//! Approvals (law §6): single use, bound to the exact change, its basis, the approver's key generation
//! and the permitted actor; revocable; never by silence.

use super::{imvu, mail};
use crate::case::Case;
use crate::view::{View, Writes, read, write};
use nexus_types::approval::{Approval, Basis, Change, PermittedActor, basis};
use nexus_types::state::{ApprovalFate, ApprovalRecord, Identity, Imvu, RouteRecord, TimedItem};
use nexus_types::{Hash, Reason, Time, state_key};

/// The approval among the transaction's that permits this change now: its id.
///
/// # Errors
/// [`Reason::ApprovalMissing`] if there is none at all, else why the first one does not permit it.
pub(crate) fn find(case: &Case<'_>, change: &Change) -> Result<Hash, Reason> {
    let mut first = Reason::ApprovalMissing;
    for (position, approval) in case.tx.body.approvals.as_slice().iter().enumerate() {
        match check(case, approval, change) {
            Ok(()) => return Ok(approval.body.id()),
            Err(reason) if position == 0 => first = reason,
            Err(_) => {}
        }
    }
    Err(first)
}

/// Whether an approval that its creator submits for a proposal permits the proposed change.
pub(crate) fn check_signed(
    case: &Case<'_>,
    approval: &Approval,
    change: &Change,
) -> Result<(), Reason> {
    if approval.body.permitted != PermittedActor::Platform {
        return Err(Reason::ApprovalOtherActor);
    }
    check(case, approval, change)
}

fn check(case: &Case<'_>, approval: &Approval, change: &Change) -> Result<(), Reason> {
    let body = &approval.body;
    let imvu = case.imvu.as_ref().ok_or(Reason::ApprovalOtherImvu)?;
    if body.imvu != imvu.id {
        return Err(Reason::ApprovalOtherImvu);
    }
    if body.approver != imvu.owner {
        return Err(Reason::ApprovalNotByOwner);
    }
    let owner = read::<Identity>(case.view, &state_key::identity(&imvu.owner));
    if owner.is_none_or(|owner| owner.generation != body.generation) {
        return Err(Reason::ApprovalKeyRotated);
    }
    match body.permitted {
        PermittedActor::Identity(id) if id != case.tx.body.signer => {
            return Err(Reason::ApprovalOtherActor);
        }
        _ => {}
    }
    if let Some(record) = read::<ApprovalRecord>(case.view, &state_key::approval(&body.id())) {
        return Err(match record.fate {
            ApprovalFate::Used => Reason::ApprovalUsed,
            ApprovalFate::Revoked => Reason::ApprovalRevoked,
        });
    }
    check_window(case, body.not_before, body.expires)?;
    if body.change != *change {
        return Err(Reason::ApprovalOtherChange);
    }
    let now = basis_now(case.view, imvu, change);
    if (body.version, body.before) != (now.version, now.before) {
        return Err(Reason::ApprovalVersionMoved);
    }
    Ok(())
}

fn check_window(case: &Case<'_>, not_before: Time, expires: Time) -> Result<(), Reason> {
    let life = crate::view::chain(case.view).delays.approval_ms;
    if case.law_time > expires || expires > not_before.plus_ms(life) {
        return Err(Reason::ApprovalExpired);
    }
    if case.law_time < not_before {
        Err(Reason::ApprovalNotYetValid)
    } else {
        Ok(())
    }
}

/// What the change would start from now.
fn basis_now(view: &dyn View, imvu: &Imvu, change: &Change) -> Basis {
    let route = match change {
        Change::Route(change) => {
            read::<RouteRecord>(view, &state_key::route(&imvu.id, &change.prefix()))
        }
        _ => None,
    };
    let mail = match change {
        Change::MailRoute(change) => mail::routes::of(view, &change.domain),
        _ => None,
    };
    basis(
        change,
        imvu,
        route.as_ref(),
        &imvu::path_policy(view, &imvu.id),
        mail.as_ref(),
    )
}

/// Uses an approval up. It is remembered until it would have expired anyway.
pub(crate) fn use_up(case: &Case<'_>, id: Hash, expires: Time, writes: &mut Writes) {
    if let Some(imvu) = &case.imvu {
        let record = ApprovalRecord {
            imvu: imvu.id.clone(),
            fate: ApprovalFate::Used,
            at: case.now.height,
        };
        write(writes, state_key::approval(&id), &record);
        let item = TimedItem::ForgetApproval(id);
        write(
            writes,
            state_key::timed(expires.0.saturating_add(1), &item),
            &item,
        );
    }
}
