//! Kinds of actions, and the table that says which gates judge each.

use crate::gate::Gate;
use crate::role::Role;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The kind of an action, without its contents. The number is the action's borsh discriminant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(missing_docs, reason = "each variant is the action of the same name")]
pub enum ActionKind {
    RegisterIdentity,
    RotateKey,
    RevokeIdentity,
    CreateImvu,
    ActivateImvu,
    DescribeImvu,
    SetJurisdiction,
    ProposeQuota,
    ProposeRoute,
    ProposePathPolicy,
    ChangeQuota,
    ChangeRoute,
    ChangePathPolicy,
    SignApproval,
    RevokeApproval,
    ClaimDomain,
    ReleaseDomain,
    SetRecords,
    RemoveRecords,
    SetSplit,
    ProposeParameter,
    SelfReportUsage,
    DeleteAuditEntry,
    PlatformSuspend,
    StopImvu,
    MoveImvu,
    RegisterHost,
    ChangeHost,
    RegisterAgent,
    RegisterMeter,
    Report,
    PublishPrices,
    SetTaxRate,
    RegisterProcessor,
    LinkProcessor,
    RecordDeposit,
    RecordSale,
    RecordRefund,
    GrantRefund,
    OpenDispute,
    ResolveDispute,
    RequestPayout,
    SettlePayout,
    Reconcile,
    SignMandate,
    RevokeMandate,
    CorrectCharge,
    Contain,
    SetStandingConsent,
    SubmitGovernance,
    CastBallot,
    WithdrawGovernance,
    RestrictLegally,
    AppealRestriction,
}

impl ActionKind {
    /// Every kind, in encoding order.
    pub const ALL: [Self; 54] = [
        Self::RegisterIdentity,
        Self::RotateKey,
        Self::RevokeIdentity,
        Self::CreateImvu,
        Self::ActivateImvu,
        Self::DescribeImvu,
        Self::SetJurisdiction,
        Self::ProposeQuota,
        Self::ProposeRoute,
        Self::ProposePathPolicy,
        Self::ChangeQuota,
        Self::ChangeRoute,
        Self::ChangePathPolicy,
        Self::SignApproval,
        Self::RevokeApproval,
        Self::ClaimDomain,
        Self::ReleaseDomain,
        Self::SetRecords,
        Self::RemoveRecords,
        Self::SetSplit,
        Self::ProposeParameter,
        Self::SelfReportUsage,
        Self::DeleteAuditEntry,
        Self::PlatformSuspend,
        Self::StopImvu,
        Self::MoveImvu,
        Self::RegisterHost,
        Self::ChangeHost,
        Self::RegisterAgent,
        Self::RegisterMeter,
        Self::Report,
        Self::PublishPrices,
        Self::SetTaxRate,
        Self::RegisterProcessor,
        Self::LinkProcessor,
        Self::RecordDeposit,
        Self::RecordSale,
        Self::RecordRefund,
        Self::GrantRefund,
        Self::OpenDispute,
        Self::ResolveDispute,
        Self::RequestPayout,
        Self::SettlePayout,
        Self::Reconcile,
        Self::SignMandate,
        Self::RevokeMandate,
        Self::CorrectCharge,
        Self::Contain,
        Self::SetStandingConsent,
        Self::SubmitGovernance,
        Self::CastBallot,
        Self::WithdrawGovernance,
        Self::RestrictLegally,
        Self::AppealRestriction,
    ];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::RegisterIdentity => "registerIdentity",
            Self::RotateKey => "rotateKey",
            Self::RevokeIdentity => "revokeIdentity",
            Self::CreateImvu => "createImvu",
            Self::ActivateImvu => "activateImvu",
            Self::DescribeImvu => "describeImvu",
            Self::SetJurisdiction => "setJurisdiction",
            Self::ProposeQuota => "proposeQuota",
            Self::ProposeRoute => "proposeRoute",
            Self::ProposePathPolicy => "proposePathPolicy",
            Self::ChangeQuota => "changeQuota",
            Self::ChangeRoute => "changeRoute",
            Self::ChangePathPolicy => "changePathPolicy",
            Self::SignApproval => "signApproval",
            Self::RevokeApproval => "revokeApproval",
            Self::ClaimDomain => "claimDomain",
            Self::ReleaseDomain => "releaseDomain",
            Self::SetRecords => "setRecords",
            Self::RemoveRecords => "removeRecords",
            Self::SetSplit => "setSplit",
            Self::ProposeParameter => "proposeParameter",
            Self::SelfReportUsage => "selfReportUsage",
            Self::DeleteAuditEntry => "deleteAuditEntry",
            Self::PlatformSuspend => "platformSuspend",
            Self::StopImvu => "stopImvu",
            Self::MoveImvu => "moveImvu",
            Self::RegisterHost => "registerHost",
            Self::ChangeHost => "changeHost",
            Self::RegisterAgent => "registerAgent",
            Self::RegisterMeter => "registerMeter",
            Self::Report => "report",
            Self::PublishPrices => "publishPrices",
            Self::SetTaxRate => "setTaxRate",
            Self::RegisterProcessor => "registerProcessor",
            Self::LinkProcessor => "linkProcessor",
            Self::RecordDeposit => "recordDeposit",
            Self::RecordSale => "recordSale",
            Self::RecordRefund => "recordRefund",
            Self::GrantRefund => "grantRefund",
            Self::OpenDispute => "openDispute",
            Self::ResolveDispute => "resolveDispute",
            Self::RequestPayout => "requestPayout",
            Self::SettlePayout => "settlePayout",
            Self::Reconcile => "reconcile",
            Self::SignMandate => "signMandate",
            Self::RevokeMandate => "revokeMandate",
            Self::CorrectCharge => "correctCharge",
            Self::Contain => "contain",
            Self::SetStandingConsent => "setStandingConsent",
            Self::SubmitGovernance => "submitGovernance",
            Self::CastBallot => "castBallot",
            Self::WithdrawGovernance => "withdrawGovernance",
            Self::RestrictLegally => "restrictLegally",
            Self::AppealRestriction => "appealRestriction",
        }
    }

    /// The gates that judge this action, ascending: the exhaustive table of law §3. All are evaluated.
    pub fn gates(self) -> &'static [Gate] {
        use Gate as G;
        match self {
            Self::RegisterIdentity | Self::RotateKey | Self::RevokeIdentity => {
                &[G::IdentityBinding]
            }
            Self::CreateImvu => &[G::IdentityBinding, G::ResourceQuota, G::Jurisdiction],
            Self::ActivateImvu => &[
                G::IdentityBinding,
                G::ImvuIsolation,
                G::RevenueMetering,
                G::ResourceQuota,
                G::Jurisdiction,
            ],
            Self::MoveImvu => &[
                G::IdentityBinding,
                G::ImvuIsolation,
                G::RevenueMetering,
                G::ResourceQuota,
                G::Jurisdiction,
            ],
            Self::DescribeImvu | Self::RevokeApproval | Self::StopImvu => &[G::IdentityBinding],
            Self::RegisterHost => &[G::IdentityBinding, G::Jurisdiction],
            // What stands on shared ground is judged for every IMVU on it (law §3).
            Self::ChangeHost => &[
                G::IdentityBinding,
                G::ImvuIsolation,
                G::ResourceQuota,
                G::Jurisdiction,
                G::NoSilentRedirection,
                G::NoSilentThrottling,
            ],
            Self::RegisterAgent => &[G::IdentityBinding],
            Self::RegisterMeter | Self::Report => &[G::IdentityBinding, G::RevenueMetering],
            Self::SetJurisdiction => &[G::IdentityBinding, G::Jurisdiction],
            Self::ProposeQuota => &[
                G::IdentityBinding,
                G::ResourceQuota,
                G::PlatformNonRepudiation,
            ],
            Self::ProposeRoute | Self::ProposePathPolicy => {
                &[G::IdentityBinding, G::PlatformNonRepudiation]
            }
            Self::ChangeQuota => &[
                G::IdentityBinding,
                G::ResourceQuota,
                G::NoSilentThrottling,
                G::PlatformNonRepudiation,
            ],
            Self::ChangeRoute | Self::ChangePathPolicy => &[
                G::IdentityBinding,
                G::NetworkPath,
                G::NoSilentRedirection,
                G::PlatformNonRepudiation,
            ],
            Self::SignApproval => &[
                G::IdentityBinding,
                G::ResourceQuota,
                G::NetworkPath,
                G::NoSilentRedirection,
                G::NoSilentThrottling,
            ],
            Self::ClaimDomain => &[G::IdentityBinding, G::DomainOwnership, G::Jurisdiction],
            Self::ReleaseDomain => &[G::IdentityBinding, G::DomainOwnership],
            Self::SetRecords | Self::RemoveRecords => {
                &[G::IdentityBinding, G::DnsAuthority, G::NoSilentRedirection]
            }
            Self::SetSplit | Self::ProposeParameter => {
                &[G::IdentityBinding, G::PlatformNonRepudiation]
            }
            Self::SelfReportUsage => &[G::IdentityBinding, G::RevenueMetering],
            Self::PublishPrices
            | Self::SetTaxRate
            | Self::LinkProcessor
            | Self::RequestPayout
            | Self::SignMandate
            | Self::RevokeMandate
            | Self::SetStandingConsent => &[G::IdentityBinding],
            Self::RegisterProcessor
            | Self::RecordDeposit
            | Self::RecordSale
            | Self::RecordRefund
            | Self::OpenDispute
            | Self::ResolveDispute
            | Self::SettlePayout
            | Self::Reconcile => &[G::IdentityBinding, G::RevenueMetering],
            Self::GrantRefund => &[
                G::IdentityBinding,
                G::RevenueMetering,
                G::PlatformNonRepudiation,
            ],
            Self::CorrectCharge => &[G::IdentityBinding, G::PlatformNonRepudiation],
            // The one named exception to gate 15 (law §3): the gate itself judges whether it holds.
            Self::Contain => &[G::IdentityBinding, G::NoSilentThrottling],
            Self::DeleteAuditEntry => &[G::IdentityBinding, G::AuditLogging],
            Self::PlatformSuspend => &[
                G::IdentityBinding,
                G::ExitPortability,
                G::NoSilentThrottling,
                G::PlatformNonRepudiation,
            ],
            // What a change would break is for the action's own rule, at its submission and again when it takes effect.
            Self::SubmitGovernance
            | Self::CastBallot
            | Self::WithdrawGovernance
            | Self::AppealRestriction => &[G::IdentityBinding],
            // The other named exception to gates 14 and 15: they judge whether it holds.
            Self::RestrictLegally => &[
                G::IdentityBinding,
                G::NoSilentRedirection,
                G::NoSilentThrottling,
                G::PlatformNonRepudiation,
            ],
        }
    }

    /// The role that gate 1 asks for.
    pub fn role(self) -> Role {
        match self {
            Self::RegisterIdentity => Role::Attested,
            Self::ActivateImvu
            | Self::StopImvu
            | Self::MoveImvu
            | Self::DescribeImvu
            | Self::SetJurisdiction
            | Self::SignApproval
            | Self::RevokeApproval
            | Self::LinkProcessor
            | Self::SetStandingConsent => Role::Owner,
            Self::ClaimDomain => Role::Claimant,
            Self::ProposeQuota
            | Self::ProposeRoute
            | Self::ProposePathPolicy
            | Self::SetSplit
            | Self::ProposeParameter
            | Self::PlatformSuspend => Role::Officer,
            Self::ChangeQuota | Self::ChangeRoute | Self::ChangePathPolicy | Self::GrantRefund => {
                Role::OwnerOrOfficer
            }
            Self::PublishPrices | Self::SetTaxRate | Self::RegisterProcessor => Role::Seats,
            Self::RecordDeposit
            | Self::RecordSale
            | Self::RecordRefund
            | Self::OpenDispute
            | Self::SettlePayout
            | Self::Reconcile => Role::Processor,
            Self::ResolveDispute => Role::ProcessorOrLoser,
            Self::SignMandate => Role::Payer,
            Self::RevokeMandate => Role::PayerOrOwner,
            Self::CorrectCharge => Role::OfficerAndOwner,
            Self::Contain | Self::RegisterHost => Role::Operator,
            Self::ChangeHost | Self::RegisterAgent | Self::RegisterMeter => Role::HostOperator,
            Self::Report => Role::Agent,
            // Whose the thing is, is for gates 3, 4, 6 and 11 to say.
            Self::RotateKey
            | Self::RevokeIdentity
            | Self::CreateImvu
            | Self::ReleaseDomain
            | Self::SetRecords
            | Self::RemoveRecords
            | Self::SelfReportUsage
            | Self::DeleteAuditEntry
            | Self::RequestPayout => Role::Verified,
            Self::SubmitGovernance => Role::Submitter,
            Self::CastBallot => Role::Operator,
            Self::WithdrawGovernance => Role::Proposer,
            Self::RestrictLegally => Role::OperatorOrOfficer,
            Self::AppealRestriction => Role::Owner,
        }
    }

    /// Whether a part of each block is kept for it (law §1): rights, and the reports that all metering rests on.
    pub fn has_reserved_room(self) -> bool {
        self.is_right() || self == Self::Report
    }

    /// Whether it spends the allowance that only rights actions may spend (law §1).
    pub fn is_right(self) -> bool {
        matches!(
            self,
            Self::RevokeApproval
                | Self::RevokeIdentity
                | Self::RevokeMandate
                | Self::AppealRestriction
        )
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
