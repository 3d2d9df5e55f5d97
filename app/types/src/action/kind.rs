//! Kinds of actions, and the table that says which gates judge each.

mod who;

use crate::gate::Gate;
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
    SetGuardians,
    FreezeIdentity,
    ThawIdentity,
    ProposeRecovery,
    VetoPending,
    SetMember,
    RecordConsent,
    RevokeConsent,
    EraseConsent,
    RecordDeletion,
    RewriteConsent,
    RequestSnapshot,
    RecordSnapshot,
    RewriteSnapshot,
    DropSnapshot,
    RestoreSnapshot,
    GrantAddress,
    RevokeAddress,
    ProposeMailRoute,
    ChangeMailRoute,
    RegisterDkimKey,
    RevokeDkimKey,
    SetMailCredential,
    RevokeMailCredential,
    RevokeMailTokens,
    RecordMailEpoch,
    SubmitGovernance,
    CastBallot,
    WithdrawGovernance,
    RestrictLegally,
    AppealRestriction,
    AnnounceExit,
    CancelExit,
    CommitInventory,
    RecordArchive,
    ConfirmExport,
    ReleaseExit,
    CloseExit,
    FindObstruction,
    BlockExit,
    ClaimExternal,
    ObserveName,
    GrantChild,
    DelegateName,
    SetTransferKey,
    RedeemTransfer,
}

impl ActionKind {
    /// Every kind, in encoding order.
    pub const ALL: [Self; 95] = [
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
        Self::SetGuardians,
        Self::FreezeIdentity,
        Self::ThawIdentity,
        Self::ProposeRecovery,
        Self::VetoPending,
        Self::SetMember,
        Self::RecordConsent,
        Self::RevokeConsent,
        Self::EraseConsent,
        Self::RecordDeletion,
        Self::RewriteConsent,
        Self::RequestSnapshot,
        Self::RecordSnapshot,
        Self::RewriteSnapshot,
        Self::DropSnapshot,
        Self::RestoreSnapshot,
        Self::GrantAddress,
        Self::RevokeAddress,
        Self::ProposeMailRoute,
        Self::ChangeMailRoute,
        Self::RegisterDkimKey,
        Self::RevokeDkimKey,
        Self::SetMailCredential,
        Self::RevokeMailCredential,
        Self::RevokeMailTokens,
        Self::RecordMailEpoch,
        Self::SubmitGovernance,
        Self::CastBallot,
        Self::WithdrawGovernance,
        Self::RestrictLegally,
        Self::AppealRestriction,
        Self::AnnounceExit,
        Self::CancelExit,
        Self::CommitInventory,
        Self::RecordArchive,
        Self::ConfirmExport,
        Self::ReleaseExit,
        Self::CloseExit,
        Self::FindObstruction,
        Self::BlockExit,
        Self::ClaimExternal,
        Self::ObserveName,
        Self::GrantChild,
        Self::DelegateName,
        Self::SetTransferKey,
        Self::RedeemTransfer,
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
            Self::SetGuardians => "setGuardians",
            Self::FreezeIdentity => "freezeIdentity",
            Self::ThawIdentity => "thawIdentity",
            Self::ProposeRecovery => "proposeRecovery",
            Self::VetoPending => "vetoPending",
            Self::SetMember => "setMember",
            Self::RecordConsent => "recordConsent",
            Self::RevokeConsent => "revokeConsent",
            Self::EraseConsent => "eraseConsent",
            Self::RecordDeletion => "recordDeletion",
            Self::RewriteConsent => "rewriteConsent",
            Self::RequestSnapshot => "requestSnapshot",
            Self::RecordSnapshot => "recordSnapshot",
            Self::RewriteSnapshot => "rewriteSnapshot",
            Self::DropSnapshot => "dropSnapshot",
            Self::RestoreSnapshot => "restoreSnapshot",
            Self::GrantAddress => "grantAddress",
            Self::RevokeAddress => "revokeAddress",
            Self::ProposeMailRoute => "proposeMailRoute",
            Self::ChangeMailRoute => "changeMailRoute",
            Self::RegisterDkimKey => "registerDkimKey",
            Self::RevokeDkimKey => "revokeDkimKey",
            Self::SetMailCredential => "setMailCredential",
            Self::RevokeMailCredential => "revokeMailCredential",
            Self::RevokeMailTokens => "revokeMailTokens",
            Self::RecordMailEpoch => "recordMailEpoch",
            Self::SubmitGovernance => "submitGovernance",
            Self::CastBallot => "castBallot",
            Self::WithdrawGovernance => "withdrawGovernance",
            Self::RestrictLegally => "restrictLegally",
            Self::AppealRestriction => "appealRestriction",
            Self::AnnounceExit => "announceExit",
            Self::CancelExit => "cancelExit",
            Self::CommitInventory => "commitInventory",
            Self::RecordArchive => "recordArchive",
            Self::ConfirmExport => "confirmExport",
            Self::ReleaseExit => "releaseExit",
            Self::CloseExit => "closeExit",
            Self::FindObstruction => "findObstruction",
            Self::BlockExit => "blockExit",
            Self::ClaimExternal => "claimExternal",
            Self::ObserveName => "observeName",
            Self::GrantChild => "grantChild",
            Self::DelegateName => "delegateName",
            Self::SetTransferKey => "setTransferKey",
            Self::RedeemTransfer => "redeemTransfer",
        }
    }

    /// The gates that judge this action, ascending: the exhaustive table of law §3. All are evaluated.
    pub fn gates(self) -> &'static [Gate] {
        use Gate as G;
        match self {
            Self::RegisterIdentity
            | Self::RotateKey
            | Self::RevokeIdentity
            | Self::SetGuardians
            | Self::FreezeIdentity
            | Self::ThawIdentity
            | Self::ProposeRecovery
            | Self::VetoPending
            | Self::SetMember => &[G::IdentityBinding],
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
                G::ImmutableSnapshots,
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
            Self::ProposeRoute => &[
                G::IdentityBinding,
                G::NoCrossLeakage,
                G::PlatformNonRepudiation,
            ],
            Self::ProposePathPolicy => &[G::IdentityBinding, G::PlatformNonRepudiation],
            // A creator who leaves is not retaliated against (law §7): gate 13 judges all that could be.
            Self::ChangeQuota => &[
                G::IdentityBinding,
                G::ResourceQuota,
                G::ExitPortability,
                G::NoSilentThrottling,
                G::PlatformNonRepudiation,
            ],
            Self::ChangeRoute => &[
                G::IdentityBinding,
                G::NetworkPath,
                G::ExitPortability,
                G::NoSilentRedirection,
                G::NoCrossLeakage,
                G::PlatformNonRepudiation,
            ],
            Self::ChangePathPolicy => &[
                G::IdentityBinding,
                G::NetworkPath,
                G::ExitPortability,
                G::NoSilentRedirection,
                G::PlatformNonRepudiation,
            ],
            Self::SignApproval => &[
                G::IdentityBinding,
                G::MailAttribution,
                G::ResourceQuota,
                G::NetworkPath,
                G::NoSilentRedirection,
                G::NoSilentThrottling,
                G::NoCrossLeakage,
            ],
            Self::ReleaseDomain => &[G::IdentityBinding, G::DomainOwnership, G::ExitPortability],
            Self::SetRecords | Self::RemoveRecords => &[
                G::IdentityBinding,
                G::DnsAuthority,
                G::ExitPortability,
                G::NoSilentRedirection,
            ],
            Self::ClaimDomain | Self::ClaimExternal | Self::RedeemTransfer => {
                &[G::IdentityBinding, G::DomainOwnership, G::Jurisdiction]
            }
            // What an observer saw may bind a name, or take one.
            Self::ObserveName | Self::GrantChild | Self::SetTransferKey => {
                &[G::IdentityBinding, G::DomainOwnership]
            }
            Self::DelegateName => &[
                G::IdentityBinding,
                G::DomainOwnership,
                G::DnsAuthority,
                G::NoSilentRedirection,
            ],
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
            Self::RecordConsent
            | Self::RevokeConsent
            | Self::EraseConsent
            | Self::RecordDeletion
            | Self::RewriteConsent => &[G::IdentityBinding, G::ConsentLogging],
            Self::RequestSnapshot => &[G::IdentityBinding, G::Jurisdiction, G::ImmutableSnapshots],
            Self::RecordSnapshot | Self::RewriteSnapshot | Self::DropSnapshot => {
                &[G::IdentityBinding, G::ImmutableSnapshots]
            }
            Self::RestoreSnapshot => &[G::IdentityBinding, G::Jurisdiction, G::NoCrossLeakage],
            Self::GrantAddress => &[
                G::IdentityBinding,
                G::MailAttribution,
                G::ResourceQuota,
                G::Jurisdiction,
            ],
            Self::RevokeAddress => &[G::IdentityBinding, G::NoCrossLeakage],
            Self::ProposeMailRoute => &[
                G::IdentityBinding,
                G::MailAttribution,
                G::PlatformNonRepudiation,
            ],
            Self::ChangeMailRoute => &[
                G::IdentityBinding,
                G::MailAttribution,
                G::ExitPortability,
                G::NoSilentRedirection,
                G::PlatformNonRepudiation,
            ],
            // Nobody but the creator changes a DKIM key (law §6): gate 14 judges who asks.
            Self::RegisterDkimKey => &[
                G::IdentityBinding,
                G::DnsAuthority,
                G::MailAttribution,
                G::ExitPortability,
                G::NoSilentRedirection,
            ],
            Self::RevokeDkimKey => &[
                G::IdentityBinding,
                G::ExitPortability,
                G::NoSilentRedirection,
            ],
            Self::SetMailCredential => &[
                G::IdentityBinding,
                G::MailAttribution,
                G::ResourceQuota,
                G::NoCrossLeakage,
            ],
            Self::RevokeMailCredential | Self::RevokeMailTokens => &[G::IdentityBinding],
            Self::RecordMailEpoch => &[G::IdentityBinding, G::MailAttribution],
            // What a change would break is for the action's own rule, at its submission and again when it takes effect.
            Self::SubmitGovernance
            | Self::CastBallot
            | Self::WithdrawGovernance
            | Self::AppealRestriction => &[G::IdentityBinding],
            Self::AnnounceExit
            | Self::CancelExit
            | Self::ConfirmExport
            | Self::CloseExit
            | Self::FindObstruction
            | Self::BlockExit => &[G::IdentityBinding, G::ExitPortability],
            Self::CommitInventory | Self::RecordArchive => {
                &[G::IdentityBinding, G::ImmutableSnapshots]
            }
            Self::ReleaseExit => &[
                G::IdentityBinding,
                G::ImmutableSnapshots,
                G::ExitPortability,
            ],
            // The other named exception to gates 14 and 15: they judge whether it holds.
            Self::RestrictLegally => &[
                G::IdentityBinding,
                G::NoSilentRedirection,
                G::NoSilentThrottling,
                G::PlatformNonRepudiation,
            ],
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
