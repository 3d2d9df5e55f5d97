//! Who may take a kind of action, what a freeze stops, and what room is kept for it.

use super::ActionKind;
use crate::guardian::ImvuRole;
use crate::role::Role;

impl ActionKind {
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
            | Self::SetStandingConsent
            | Self::GrantAddress
            | Self::RevokeAddress
            | Self::SetMailCredential
            | Self::RevokeMailCredential
            | Self::RevokeMailTokens => Role::Owner,
            Self::ClaimDomain | Self::ClaimExternal | Self::RedeemTransfer => Role::Claimant,
            Self::ObserveName => Role::Observer,
            Self::ProposeQuota
            | Self::ProposeRoute
            | Self::ProposePathPolicy
            | Self::SetSplit
            | Self::ProposeParameter
            | Self::PlatformSuspend
            | Self::ProposeMailRoute => Role::Officer,
            Self::ChangeQuota
            | Self::ChangeRoute
            | Self::ChangePathPolicy
            | Self::GrantRefund
            | Self::ChangeMailRoute => Role::OwnerOrOfficer,
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
            Self::Report | Self::RecordMailEpoch => Role::Agent,
            // Whose the thing is, is for gates 3, 4, 6, 11 and 14 to say.
            Self::RotateKey
            | Self::RevokeIdentity
            | Self::CreateImvu
            | Self::ReleaseDomain
            | Self::GrantChild
            | Self::DelegateName
            | Self::SetTransferKey
            | Self::SetRecords
            | Self::RemoveRecords
            | Self::SelfReportUsage
            | Self::DeleteAuditEntry
            | Self::RequestPayout
            | Self::SetGuardians
            | Self::RegisterDkimKey
            | Self::RevokeDkimKey => Role::Verified,
            Self::RecordConsent
            | Self::RevokeConsent
            | Self::EraseConsent
            | Self::RequestSnapshot
            | Self::DropSnapshot
            | Self::RestoreSnapshot => Role::Owner,
            Self::RecordDeletion => Role::CopyHolder,
            Self::RecordSnapshot => Role::SnapshotAgent,
            // Gates 10 and 12 refuse them whoever asks.
            Self::RewriteConsent | Self::RewriteSnapshot => Role::Verified,
            Self::FreezeIdentity | Self::ThawIdentity | Self::ProposeRecovery => Role::Guardians,
            Self::VetoPending => Role::HolderOrGuardians,
            Self::SetMember => Role::OwnerOrMember,
            Self::SubmitGovernance => Role::Submitter,
            Self::CastBallot => Role::Operator,
            Self::WithdrawGovernance => Role::Proposer,
            Self::RestrictLegally => Role::OperatorOrOfficer,
            Self::AppealRestriction => Role::Owner,
            // Whose the exit is, is for gate 13 to say.
            Self::AnnounceExit
            | Self::CancelExit
            | Self::ConfirmExport
            | Self::ReleaseExit
            | Self::CloseExit
            | Self::BlockExit => Role::Verified,
            Self::CommitInventory | Self::RecordArchive => Role::Packer,
            Self::FindObstruction => Role::Seats,
        }
    }

    /// The members of an IMVU's team who may take it in the owner's stead.
    pub fn delegated_to(self) -> Option<ImvuRole> {
        match self {
            Self::ActivateImvu
            | Self::StopImvu
            | Self::MoveImvu
            | Self::DescribeImvu
            | Self::SetRecords
            | Self::RemoveRecords
            | Self::RecordConsent
            | Self::RevokeConsent
            | Self::RequestSnapshot
            | Self::GrantAddress
            | Self::RevokeAddress
            | Self::SetMailCredential
            | Self::RevokeMailCredential
            | Self::RevokeMailTokens
            | Self::RevokeDkimKey => Some(ImvuRole::Operator),
            Self::LinkProcessor
            | Self::GrantRefund
            | Self::ResolveDispute
            | Self::RevokeMandate => Some(ImvuRole::Billing),
            _ => None,
        }
    }

    /// Whether an identity that its guardians froze can't take it (law §2: payout, transfer, release, rotation and
    /// guardian changes; the end of the identity as well, and the veto).
    pub fn is_frozen(self) -> bool {
        matches!(
            self,
            Self::RequestPayout
                | Self::ReleaseDomain
                | Self::ReleaseExit
                | Self::CloseExit
                | Self::GrantChild
                | Self::DelegateName
                | Self::SetTransferKey
                | Self::RotateKey
                | Self::RevokeIdentity
                | Self::SetGuardians
        )
    }

    /// Whether a part of each block is kept for it (law §1): rights, and the reports that all metering rests on.
    pub fn has_reserved_room(self) -> bool {
        self.is_right()
            || matches!(
                self,
                Self::Report | Self::RecordMailEpoch | Self::CommitInventory | Self::RecordArchive
            )
    }

    /// Whether it spends the allowance that only rights actions may spend (law §1).
    pub fn is_right(self) -> bool {
        matches!(
            self,
            Self::RevokeApproval
                | Self::RevokeIdentity
                | Self::RevokeMandate
                | Self::FreezeIdentity
                | Self::VetoPending
                | Self::RevokeConsent
                | Self::EraseConsent
                | Self::RequestSnapshot
                | Self::RevokeDkimKey
                | Self::RevokeMailCredential
                | Self::RevokeMailTokens
                | Self::AppealRestriction
                | Self::AnnounceExit
                | Self::CancelExit
                | Self::ConfirmExport
                | Self::ReleaseExit
                | Self::CloseExit
                | Self::SetTransferKey
                | Self::RedeemTransfer
        )
    }
}
