//! The 17 gates: one file each, one pure function over the facts of a case.
//!
//! Every gate of the action's table is evaluated; the code is that of the lowest gate that refuses.

mod g01_identity_binding;
mod g02_imvu_isolation;
mod g03_domain_ownership;
mod g04_dns_authority;
mod g05_mail_attribution;
mod g06_revenue_metering;
mod g07_resource_quota;
mod g08_network_path;
mod g09_jurisdiction;
mod g10_consent_logging;
mod g11_audit_logging;
mod g12_immutable_snapshots;
mod g13_exit_portability;
mod g14_no_silent_redirection;
mod g15_no_silent_throttling;
mod g16_no_cross_leakage;
mod g17_platform_non_repudiation;

use crate::case::Case;
use alloc::vec::Vec;
use nexus_types::verdict::GateOutcome;
use nexus_types::{Gate, Outcome, Reason};

/// What a gate says: nothing, or why it refuses.
type Judgement = Result<(), Reason>;

/// Evaluates every gate of the action's table, in order.
pub(crate) fn evaluate(case: &Case<'_>) -> Vec<GateOutcome> {
    case.action()
        .kind()
        .gates()
        .iter()
        .map(|gate| GateOutcome {
            gate: *gate,
            outcome: judge(*gate, case).map_or_else(Outcome::Refused, |()| Outcome::Passed),
        })
        .collect()
}

fn judge(gate: Gate, case: &Case<'_>) -> Judgement {
    match gate {
        Gate::IdentityBinding => g01_identity_binding::judge(case),
        Gate::ImvuIsolation => g02_imvu_isolation::judge(case),
        Gate::DomainOwnership => g03_domain_ownership::judge(case),
        Gate::DnsAuthority => g04_dns_authority::judge(case),
        Gate::MailAttribution => g05_mail_attribution::judge(case),
        Gate::RevenueMetering => g06_revenue_metering::judge(case),
        Gate::ResourceQuota => g07_resource_quota::judge(case),
        Gate::NetworkPath => g08_network_path::judge(case),
        Gate::Jurisdiction => g09_jurisdiction::judge(case),
        Gate::ConsentLogging => g10_consent_logging::judge(case),
        Gate::AuditLogging => g11_audit_logging::judge(case),
        Gate::ImmutableSnapshots => g12_immutable_snapshots::judge(case),
        Gate::ExitPortability => g13_exit_portability::judge(case),
        Gate::NoSilentRedirection => g14_no_silent_redirection::judge(case),
        Gate::NoSilentThrottling => g15_no_silent_throttling::judge(case),
        Gate::NoCrossLeakage => g16_no_cross_leakage::judge(case),
        Gate::PlatformNonRepudiation => g17_platform_non_repudiation::judge(case),
    }
}

/// What gates 5, 10, 12 and 16 say so far. The match is exhaustive, so that whoever adds an action must
/// decide here whether one of them has to judge it, before anything compiles.
fn judged_by_no_action(case: &Case<'_>) -> Judgement {
    use nexus_types::ActionKind as Kind;
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
        | Kind::PlatformSuspend
        | Kind::StopImvu
        | Kind::MoveImvu
        | Kind::RegisterHost
        | Kind::ChangeHost
        | Kind::RegisterAgent
        | Kind::RegisterMeter
        | Kind::Report
        | Kind::PublishPrices
        | Kind::SetTaxRate
        | Kind::RegisterProcessor
        | Kind::LinkProcessor
        | Kind::RecordDeposit
        | Kind::RecordSale
        | Kind::RecordRefund
        | Kind::GrantRefund
        | Kind::OpenDispute
        | Kind::ResolveDispute
        | Kind::RequestPayout
        | Kind::SettlePayout
        | Kind::Reconcile
        | Kind::SignMandate
        | Kind::RevokeMandate
        | Kind::CorrectCharge
        | Kind::Contain
        | Kind::SetStandingConsent
        | Kind::SubmitGovernance
        | Kind::CastBallot
        | Kind::WithdrawGovernance
        | Kind::RestrictLegally
        | Kind::AppealRestriction => Ok(()),
    }
}
