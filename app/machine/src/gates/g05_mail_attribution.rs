//! Gate 5, Mail Attribution (handshake-55-45-17.md, gate 5): mail leaves only from an address inside a bound domain, granted to an identity.
//!
//! No action of this version grants an address or routes mail, so none is judged here.
//! The table of actions (`ActionKind::gates`) names this gate for none, and the match below makes the
//! first action that should be judged stop compiling until it is.

use super::Judgement;
use crate::case::Case;
use nexus_types::ActionKind as Kind;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action().kind() {
        Kind::RegisterIdentity
        | Kind::RotateKey
        | Kind::RevokeIdentity
        | Kind::CreateImvu
        | Kind::ActivateImvu
        | Kind::DescribeImvu
        | Kind::SetJurisdiction
        | Kind::ProposeQuota
        | Kind::ProposeRoute
        | Kind::ProposePathPolicy
        | Kind::ChangeQuota
        | Kind::ChangeRoute
        | Kind::ChangePathPolicy
        | Kind::SignApproval
        | Kind::RevokeApproval
        | Kind::ClaimDomain
        | Kind::ReleaseDomain
        | Kind::SetRecords
        | Kind::RemoveRecords
        | Kind::SetSplit
        | Kind::ProposeParameter
        | Kind::SelfReportUsage
        | Kind::DeleteAuditEntry
        | Kind::PlatformSuspend => Ok(()),
    }
}
