//! IMVUs: creation, description, quota, routes, path policy, proposals.

use super::money::debts;
use super::{approval, echo::Done, effects::Effect, mail, names, placement};
use crate::case::Case;
use crate::view::{View, Writes, chain, exists, read, write};
use alloc::vec::Vec;
use nexus_types::approval::{Approval, Change};
use nexus_types::encoding::Text;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::{
    DESCRIPTION_BYTES, PROPOSALS_PER_IMVU, ROUTES_PER_IMVU, STATE_KEYS_PER_IMVU,
};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::route::{PathPolicy, RouteChange};
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, Imvu, ImvuStatus, Proposal, ProposalStatus, RouteRecord,
    TimedItem,
};
use nexus_types::{ImvuId, Reason, Time, state_key};

/// The path policy in force; the default allows no next hop but the creator's own routes.
pub(crate) fn path_policy(view: &dyn View, id: &ImvuId) -> PathPolicy {
    read(view, &state_key::path_policy(id)).unwrap_or_default()
}

/// The quota after a change.
pub(crate) fn changed_quota(quota: &Quota, change: &QuotaChange) -> Quota {
    let mut changed = *quota;
    for field in QuotaField::ALL {
        if let Some(value) = change.get(field) {
            changed.set(field, value);
        }
    }
    changed
}

/// The IMVU the case is about, which must exist.
pub(crate) fn existing(case: &Case<'_>) -> Result<Imvu, Reason> {
    case.imvu.clone().ok_or(Reason::NotFound)
}

pub(crate) fn save(imvu: &Imvu, writes: &mut Writes) {
    write(writes, state_key::imvu(&imvu.id), imvu);
}

/// Counts `keys` more state keys to the IMVU.
pub(crate) fn own_keys(imvu: &mut Imvu, keys: u32) -> Result<(), Reason> {
    imvu.state_keys = imvu.state_keys.saturating_add(keys);
    if imvu.state_keys > STATE_KEYS_PER_IMVU {
        Err(Reason::LimitReached)
    } else {
        Ok(())
    }
}

pub(crate) fn create(
    case: &Case<'_>,
    id: &ImvuId,
    jurisdiction: Option<&Jurisdiction>,
    quota: &Quota,
    writes: &mut Writes,
) -> Effect {
    if exists(case.view, &state_key::imvu(id)) {
        return Err(Reason::AlreadyExists);
    }
    let imvu = Imvu {
        id: id.clone(),
        owner: case.tx.body.signer,
        status: ImvuStatus::Draft,
        jurisdiction: jurisdiction.cloned(),
        quota: *quota,
        quota_versions: [1; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::default(),
        created: case.now.height,
        domains: 0,
        routes: 0,
        proposals: 0,
        state_keys: 1,
        placements: 0,
    };
    save(&imvu, writes);
    Ok(Done::default())
}

pub(crate) fn describe(
    case: &Case<'_>,
    text: &Text<DESCRIPTION_BYTES>,
    writes: &mut Writes,
) -> Effect {
    let mut imvu = existing(case)?;
    imvu.description = text.clone();
    save(&imvu, writes);
    Ok(Done::default())
}

pub(crate) fn set_jurisdiction(case: &Case<'_>, tag: &Jurisdiction, writes: &mut Writes) -> Effect {
    let mut imvu = existing(case)?;
    if imvu.jurisdiction.as_ref() == Some(tag) {
        return Err(Reason::NoChange);
    }
    // What runs stays where it may be: it is moved first, or stopped.
    if imvu.status != ImvuStatus::Draft {
        return Err(Reason::WrongState);
    }
    // Its mailboxes have its tag (gate 9): they are given up first.
    if mail::book::of(case.view, &imvu.id).is_some_and(|book| book.addresses > 0) {
        return Err(Reason::WrongState);
    }
    imvu.jurisdiction = Some(tag.clone());
    names::follow(case.view, &imvu, writes);
    save(&imvu, writes);
    Ok(Done::default())
}

/// Opens a proposal; its id is that of the transaction.
pub(crate) fn propose(
    case: &Case<'_>,
    change: Change,
    expires: Time,
    writes: &mut Writes,
) -> Effect {
    let mut imvu = existing(case)?;
    if imvu.proposals >= PROPOSALS_PER_IMVU {
        return Err(Reason::LimitReached);
    }
    let life = chain(case.view).delays.approval_ms;
    if expires <= case.law_time || expires > case.law_time.plus_ms(life) {
        return Err(Reason::ProposalExpired);
    }
    // Not counted to the IMVU's own keys: the platform must not be able to use up its creator's room.
    imvu.proposals = imvu.proposals.saturating_add(1);
    save(&imvu, writes);
    let proposal = Proposal {
        id: case.id,
        imvu: imvu.id,
        change,
        proposer: case.tx.body.signer,
        opened: case.now.height,
        expires,
        status: ProposalStatus::Open,
    };
    write(writes, state_key::proposal(&case.id), &proposal);
    let item = TimedItem::ExpireProposal(case.id);
    write(
        writes,
        state_key::timed(expires.0.saturating_add(1), &item),
        &item,
    );
    Ok(Done {
        proposal: Some(case.id),
        echoes: Vec::new(),
    })
}

/// Applies a change by its owner, or by the platform; an approval the platform brought is used up.
pub(crate) fn change(case: &Case<'_>, change: &Change, writes: &mut Writes) -> Effect {
    let mut imvu = existing(case)?;
    apply_change(case, &mut imvu, change, writes)?;
    save(&imvu, writes);
    placement::follow(case, &imvu, writes)?;
    if !case.by_owner()
        && let Ok(id) = approval::find(case, change)
    {
        let approvals = case.tx.body.approvals.as_slice();
        let used = approvals.iter().find(|approval| approval.body.id() == id);
        let expires = used.map_or(case.law_time, |approval| approval.body.expires);
        approval::use_up(case, id, expires, writes);
    }
    Ok(Done::default())
}

/// The owner approves an open proposal: the change applies at once.
pub(crate) fn sign_approval(case: &Case<'_>, approval: &Approval, writes: &mut Writes) -> Effect {
    let mut proposal = case.proposal.clone().ok_or(Reason::NotFound)?;
    let mut imvu = existing(case)?;
    match proposal.status {
        ProposalStatus::Open if case.law_time <= proposal.expires => {}
        ProposalStatus::Open | ProposalStatus::Expired => return Err(Reason::ProposalExpired),
        ProposalStatus::Applied(_) => return Err(Reason::WrongState),
    }
    apply_change(case, &mut imvu, &proposal.change, writes)?;
    imvu.proposals = imvu.proposals.saturating_sub(1);
    save(&imvu, writes);
    placement::follow(case, &imvu, writes)?;
    proposal.status = ProposalStatus::Applied(case.now.height);
    write(writes, state_key::proposal(&proposal.id), &proposal);
    writes.insert(
        state_key::timed(
            proposal.expires.0.saturating_add(1),
            &TimedItem::ExpireProposal(proposal.id),
        ),
        None,
    );
    approval::use_up(case, approval.body.id(), approval.body.expires, writes);
    Ok(Done {
        proposal: Some(proposal.id),
        echoes: Vec::new(),
    })
}

/// The owner voids an approval it signed, whether or not anybody has seen it yet. Only its id is known
/// here, not when its window ends, so the revocation is remembered for ever.
pub(crate) fn revoke_approval(
    case: &Case<'_>,
    id: &nexus_types::Hash,
    writes: &mut Writes,
) -> Effect {
    let mut imvu = existing(case)?;
    let key = state_key::approval(id);
    if exists(case.view, &key) {
        return Err(Reason::WrongState);
    }
    // A right is not refused for lack of room.
    imvu.state_keys = imvu.state_keys.saturating_add(1);
    let record = ApprovalRecord {
        imvu: imvu.id.clone(),
        fate: ApprovalFate::Revoked,
        at: case.now.height,
    };
    save(&imvu, writes);
    write(writes, key, &record);
    Ok(Done::default())
}

fn apply_change(
    case: &Case<'_>,
    imvu: &mut Imvu,
    change: &Change,
    writes: &mut Writes,
) -> Result<(), Reason> {
    match change {
        Change::Quota(change) => {
            let before = imvu.quota;
            apply_quota(imvu, change)?;
            let raises = !imvu.quota.fits(&before);
            if raises && debts::is_frozen(case.view, &imvu.id) {
                return Err(Reason::InDebt);
            }
            Ok(())
        }
        Change::Route(change) => apply_route(case, imvu, change, writes),
        Change::MailRoute(change) => mail::routes::apply(case, imvu, change, writes),
        Change::PathPolicy(policy) => {
            if path_policy(case.view, &imvu.id) == *policy {
                return Err(Reason::NoChange);
            }
            imvu.policy_version = imvu.policy_version.saturating_add(1);
            write(writes, state_key::path_policy(&imvu.id), policy);
            Ok(())
        }
    }
}

fn apply_quota(imvu: &mut Imvu, change: &QuotaChange) -> Result<(), Reason> {
    let changed = changed_quota(&imvu.quota, change);
    if changed == imvu.quota {
        return Err(Reason::NoChange);
    }
    for (field, version) in QuotaField::ALL
        .into_iter()
        .zip(imvu.quota_versions.iter_mut())
    {
        if change.get(field).is_some() {
            *version = version.saturating_add(1);
        }
    }
    imvu.quota = changed;
    Ok(())
}

fn apply_route(
    case: &Case<'_>,
    imvu: &mut Imvu,
    change: &RouteChange,
    writes: &mut Writes,
) -> Result<(), Reason> {
    let key = state_key::route(&imvu.id, &change.prefix());
    let known = read::<RouteRecord>(case.view, &key);
    let current = known.as_ref().and_then(|record| record.next_hop);
    let wanted = match change {
        RouteChange::Set(route) => Some(route.next_hop),
        RouteChange::Remove(_) => None,
    };
    if current == wanted {
        return Err(if wanted.is_none() {
            Reason::NotFound
        } else {
            Reason::NoChange
        });
    }
    if current.is_none() {
        imvu.routes = imvu.routes.saturating_add(1);
    }
    if wanted.is_none() {
        imvu.routes = imvu.routes.saturating_sub(1);
    }
    if usize::try_from(imvu.routes).unwrap_or(usize::MAX) > ROUTES_PER_IMVU {
        return Err(Reason::LimitReached);
    }
    if known.is_none() {
        own_keys(imvu, 1)?;
    }
    imvu.routes_version = imvu.routes_version.saturating_add(1);
    let version = known.map_or(0, |record| record.version).saturating_add(1);
    write(
        writes,
        key,
        &RouteRecord {
            next_hop: wanted,
            version,
        },
    );
    Ok(())
}
