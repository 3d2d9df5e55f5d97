//! From an action whose gates all passed to its writes, or to the reason its own rule gives.

use super::echo::Done;
use super::{hosts, identity, imvu, meters, names, placement, report, zone_actions};
use crate::case::Case;
use crate::view::Writes;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::{Code, Reason};

/// What an action did beside its writes, or why its own rule refuses. On an error the caller drops whatever was written.
pub(crate) type Effect = Result<Done, Reason>;

/// Applies the action. Everything it reads is the state before it.
pub(crate) fn apply(case: &Case<'_>, writes: &mut Writes) -> Effect {
    match case.action() {
        Action::RegisterIdentity { key, attestation } => {
            identity::register(case, key, attestation.as_ref(), writes)
        }
        Action::RotateKey { new_key, .. } => identity::rotate(case, new_key, writes),
        Action::RevokeIdentity => identity::revoke(case, writes),
        Action::CreateImvu {
            imvu,
            jurisdiction,
            quota,
        } => imvu::create(case, imvu, jurisdiction.as_ref(), quota, writes),
        Action::DescribeImvu { description, .. } => imvu::describe(case, description, writes),
        Action::SetJurisdiction { jurisdiction, .. } => {
            imvu::set_jurisdiction(case, jurisdiction, writes)
        }
        Action::ProposeQuota {
            change, expires, ..
        } => imvu::propose(case, Change::Quota(*change), *expires, writes),
        Action::ProposeRoute {
            change, expires, ..
        } => imvu::propose(case, Change::Route(*change), *expires, writes),
        Action::ProposePathPolicy {
            policy, expires, ..
        } => imvu::propose(case, Change::PathPolicy(policy.clone()), *expires, writes),
        Action::ChangeQuota { change, .. } => imvu::change(case, &Change::Quota(*change), writes),
        Action::ChangeRoute { change, .. } => imvu::change(case, &Change::Route(*change), writes),
        Action::ChangePathPolicy { policy, .. } => {
            imvu::change(case, &Change::PathPolicy(policy.clone()), writes)
        }
        Action::SignApproval { approval, .. } => imvu::sign_approval(case, approval, writes),
        Action::RevokeApproval { approval, .. } => imvu::revoke_approval(case, approval, writes),
        Action::ClaimDomain { .. } => names::claim(case, writes),
        Action::ReleaseDomain { .. } => names::release(case, writes),
        Action::SetRecords { owner, rrset, .. } => zone_actions::set(case, owner, rrset, writes),
        Action::RemoveRecords { owner, rtype, .. } => {
            zone_actions::remove(case, owner, *rtype, writes)
        }
        Action::ActivateImvu { .. } => placement::activate(case, writes),
        Action::StopImvu { accept_loss, .. } => placement::stop(case, *accept_loss, writes),
        Action::MoveImvu { accept_loss, .. } => placement::move_on(case, *accept_loss, writes),
        Action::RegisterHost {
            host,
            jurisdiction,
            capacity,
            capabilities,
        } => hosts::register(case, host, jurisdiction, capacity, capabilities, writes),
        Action::ChangeHost { change, .. } => hosts::change(case, change, writes),
        Action::RegisterAgent { kind, key, .. } => hosts::register_agent(case, *kind, key, writes),
        Action::RegisterMeter { .. } => meters::register(case, writes),
        Action::Report(report) => report::apply(case, report, writes),
        // A gate, or the constitution, refuses each of these before any effect; none has one.
        Action::SetSplit { .. }
        | Action::ProposeParameter { .. }
        | Action::SelfReportUsage { .. }
        | Action::DeleteAuditEntry { .. }
        | Action::PlatformSuspend { .. } => Err(Reason::WrongState),
    }
}

/// Whether the action would alter the split: refused with 2055 whoever asks (law §3).
pub(crate) fn alters_split(action: &Action) -> bool {
    use nexus_types::action::Parameter;
    matches!(
        action,
        Action::SetSplit { .. }
            | Action::ProposeParameter {
                parameter: Parameter::Split { .. }
            }
    )
}

/// The code of a reason that no gate gave.
pub(crate) fn code_of(reason: Reason) -> Code {
    match reason {
        Reason::SplitIsConstant => Code::AltersSplit,
        Reason::NotFound => Code::NotFound,
        Reason::AlreadyExists => Code::AlreadyExists,
        Reason::LimitReached => Code::LimitReached,
        Reason::NoChange => Code::NoChange,
        Reason::ProposalExpired => Code::ProposalExpired,
        _ => Code::WrongState,
    }
}
