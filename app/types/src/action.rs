//! Everything a transaction can ask for, including what exists only to be refused and recorded
//! (law §3: an attack that has no action leaves no evidence).

mod kind;

pub use kind::ActionKind;

use crate::approval::{Approval, Attestation};
use crate::consent;
use crate::crypto::{KeyBytes, Signature};
use crate::domain;
use crate::encoding::{Set, Text};
use crate::exit;
use crate::governance;
use crate::guardian::{
    FreezeIdentity, ProposeRecovery, SetGuardians, SetMember, ThawIdentity, VetoPending,
};
use crate::hash::Hash;
use crate::host::{AgentKind, Capabilities, HostChange};
use crate::ids::{HostId, IdentityId, ImvuId, MeterId, ProcessorId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{DESCRIPTION_BYTES, KEYS_PER_METER, NAME_TEXT_BYTES};
use crate::mail;
use crate::meter::{MeterScope, Resource};
use crate::money::{ExternalId, Micros, Prices};
use crate::payment::StandingConsent;
use crate::period::Period;
use crate::quota::{Quota, QuotaChange};
use crate::report::Report;
use crate::route::{PathPolicy, RouteChange};
use crate::rrset::{RRset, RecordType};
use crate::snapshot;
use crate::time::Time;
use borsh::{BorshDeserialize, BorshSerialize};

/// A name as its author typed it; the law's one canonicaliser reads it before any look-up.
pub type NameText = Text<NAME_TEXT_BYTES>;

/// A parameter of the chain. Only what must be refused can be named so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Parameter {
    /// Another split, in percent.
    Split {
        /// The creator's part.
        creator_percent: u8,
        /// The platform's part.
        platform_percent: u8,
    },
}

/// Why a platform wants to suspend an IMVU.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum SuspendReason {
    /// Money owed.
    Debt,
    /// A complaint about abuse.
    Abuse,
    /// An order.
    Legal,
    /// None given.
    Unstated,
}

/// What a transaction asks for.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Action {
    /// Founds the signer's identity from its first key.
    RegisterIdentity {
        /// The first key; the signer's id follows from it.
        key: KeyBytes,
        /// A registered attester's word. Without it gate 1 refuses.
        attestation: Option<Attestation>,
    },
    /// Replaces the signer's key; the id stays, the generation rises.
    RotateKey {
        /// The new key.
        new_key: KeyBytes,
        /// The new key's signature over [`crate::approval::RotationBody`].
        proof: Signature,
    },
    /// Ends the signer's identity for ever.
    RevokeIdentity,
    /// Creates an IMVU owned by the signer, not yet active.
    CreateImvu {
        /// Its id.
        imvu: ImvuId,
        /// Where its data may be; none leaves a draft that can hold nothing.
        jurisdiction: Option<Jurisdiction>,
        /// The envelope wanted.
        quota: Quota,
    },
    /// Asks to run the IMVU on a host.
    ActivateImvu {
        /// Which.
        imvu: ImvuId,
        /// Where; none leaves it to the law: the fitting host with the fewest IMVUs.
        host: Option<HostId>,
    },
    /// Sets the public description of an IMVU.
    DescribeImvu {
        /// Which.
        imvu: ImvuId,
        /// Public for ever.
        description: Text<DESCRIPTION_BYTES>,
    },
    /// Declares the IMVU's jurisdiction.
    SetJurisdiction {
        /// Which.
        imvu: ImvuId,
        /// The tag.
        jurisdiction: Jurisdiction,
    },
    /// The platform asks the creator for a quota change.
    ProposeQuota {
        /// Which.
        imvu: ImvuId,
        /// What.
        change: QuotaChange,
        /// Last law time at which it can be approved.
        expires: Time,
    },
    /// The platform asks the creator for a route change.
    ProposeRoute {
        /// Which.
        imvu: ImvuId,
        /// What.
        change: RouteChange,
        /// Last law time at which it can be approved.
        expires: Time,
    },
    /// The platform asks the creator for another path policy.
    ProposePathPolicy {
        /// Which.
        imvu: ImvuId,
        /// What.
        policy: PathPolicy,
        /// Last law time at which it can be approved.
        expires: Time,
    },
    /// Changes quota fields: by the owner, or by the platform with the owner's approval for every cut.
    ChangeQuota {
        /// Which.
        imvu: ImvuId,
        /// What.
        change: QuotaChange,
    },
    /// Changes a route: by the owner, or by the platform with the owner's approval.
    ChangeRoute {
        /// Which.
        imvu: ImvuId,
        /// What.
        change: RouteChange,
    },
    /// Replaces the path policy: by the owner, or by the platform with the owner's approval.
    ChangePathPolicy {
        /// Which.
        imvu: ImvuId,
        /// What.
        policy: PathPolicy,
    },
    /// The owner approves an open proposal, which then applies at once.
    SignApproval {
        /// The proposal.
        proposal: Hash,
        /// The approval of exactly its change.
        approval: Approval,
    },
    /// The owner voids an approval it has signed and that was not used yet.
    RevokeApproval {
        /// Whose IMVU.
        imvu: ImvuId,
        /// The approval's id.
        approval: Hash,
    },
    /// Binds a name to an IMVU of the signer.
    ClaimDomain {
        /// The name wanted.
        name: NameText,
        /// For which IMVU.
        imvu: ImvuId,
    },
    /// Frees a name of the signer's IMVU.
    ReleaseDomain {
        /// Which.
        name: NameText,
    },
    /// Publishes a record set, replacing the one of that owner and type.
    SetRecords {
        /// The zone's apex.
        zone: NameText,
        /// The owner's full name.
        owner: NameText,
        /// The set.
        rrset: RRset,
    },
    /// Removes a record set.
    RemoveRecords {
        /// The zone's apex.
        zone: NameText,
        /// The owner's full name.
        owner: NameText,
        /// The set's type.
        rtype: RecordType,
    },
    /// Exists to be refused with 2055: another split for one IMVU.
    SetSplit {
        /// Which.
        imvu: ImvuId,
        /// The creator's part.
        creator_percent: u8,
        /// The platform's part.
        platform_percent: u8,
    },
    /// Exists, so far, to be refused with 2055: another split for all.
    ProposeParameter {
        /// What.
        parameter: Parameter,
    },
    /// Exists to be refused by gate 6: usage reported by who is billed for it.
    SelfReportUsage {
        /// Which.
        imvu: ImvuId,
        /// Of what.
        resource: Resource,
        /// How much, in the resource's unit.
        quantity: u64,
    },
    /// Exists to be refused by gate 11: the removal of an audit entry.
    DeleteAuditEntry {
        /// Its sequence in the audit log.
        sequence: u64,
    },
    /// Exists to be refused by gate 15, and 13 once an exit is announced: the platform stops an IMVU.
    PlatformSuspend {
        /// Which.
        imvu: ImvuId,
        /// Why.
        reason: SuspendReason,
    },
    /// The owner stops its IMVU; what it has stays.
    StopImvu {
        /// Which.
        imvu: ImvuId,
        /// Whether not to wait for the host's word that nothing runs there any longer.
        accept_loss: bool,
    },
    /// The owner has its IMVU run on another host.
    MoveImvu {
        /// Which.
        imvu: ImvuId,
        /// Where; none leaves it to the law.
        host: Option<HostId>,
        /// Whether not to wait for the host's word that nothing runs there any longer.
        accept_loss: bool,
    },
    /// An operator adds a host of its own.
    RegisterHost {
        /// Its name.
        host: HostId,
        /// Where it stands.
        jurisdiction: Jurisdiction,
        /// What it has.
        capacity: Quota,
        /// What it can do.
        capabilities: Capabilities,
    },
    /// An operator changes a host of its own.
    ChangeHost {
        /// Which.
        host: HostId,
        /// What.
        change: HostChange,
    },
    /// An operator gives a host of its own an agent; one that did the same work before acts no more.
    RegisterAgent {
        /// For which host.
        host: HostId,
        /// For which work.
        kind: AgentKind,
        /// The agent's first key; its id follows from it.
        key: KeyBytes,
    },
    /// An operator gives a host of its own a meter.
    RegisterMeter {
        /// Its name.
        meter: MeterId,
        /// For which host.
        host: HostId,
        /// What it counts.
        kind: AgentKind,
        /// Whose.
        scope: MeterScope,
        /// Its keys.
        keys: Set<KeyBytes, KEYS_PER_METER>,
        /// How many of them sign each record.
        threshold: u8,
        /// Whether it measures nothing and feeds a development network.
        test: bool,
        /// The meter whose place it takes.
        replaces: Option<MeterId>,
    },
    /// An agent says what it made so, what its meters read, what somebody else changed.
    Report(Report),
    /// The seats' operators publish prices that hold from a period on.
    PublishPrices {
        /// The first period they hold in.
        from: Period,
        /// For each resource, in the order of [`Resource::ALL`].
        prices: Prices,
    },
    /// The seats' operators set the tax on sales in a region from a period on.
    SetTaxRate {
        /// Where.
        region: Jurisdiction,
        /// Millionths of the gross amount; at most the whole of it.
        millionths: u32,
        /// The first period it holds in.
        from: Period,
    },
    /// Registers the signer as a payment processor, with two thirds of the seats' operators.
    RegisterProcessor {
        /// Its name.
        processor: ProcessorId,
    },
    /// The owner lets a processor book sales for its IMVU, or no longer.
    LinkProcessor {
        /// For which IMVU.
        imvu: ImvuId,
        /// Which.
        processor: ProcessorId,
        /// Whether it may.
        linked: bool,
    },
    /// A processor has money that somebody pays in advance.
    RecordDeposit {
        /// Which processor.
        processor: ProcessorId,
        /// The payment's name there.
        external: ExternalId,
        /// Whose.
        payer: IdentityId,
        /// How much.
        amount: Micros,
    },
    /// A processor has money for something that an IMVU sold.
    RecordSale {
        /// Which processor.
        processor: ProcessorId,
        /// The sale's name there.
        external: ExternalId,
        /// Whose.
        imvu: ImvuId,
        /// Before tax.
        gross: Micros,
        /// Above the gross amount, at most the region's rate.
        tax: Micros,
        /// Where it is due.
        region: Jurisdiction,
        /// What the processor keeps; the platform bears it alone.
        fee: Micros,
    },
    /// A processor has paid back a sale that has not matured.
    RecordRefund {
        /// Which processor.
        processor: ProcessorId,
        /// The refund's name there.
        external: ExternalId,
        /// The sale's name there.
        sale: ExternalId,
        /// How much, before tax.
        amount: Micros,
    },
    /// The creator or the platform has a matured sale paid back at its own expense.
    GrantRefund {
        /// Through which processor.
        processor: ProcessorId,
        /// The sale's name there.
        sale: ExternalId,
        /// How much, before tax.
        amount: Micros,
    },
    /// A processor's buyer disputes a sale: the money goes into escrow.
    OpenDispute {
        /// Which processor.
        processor: ProcessorId,
        /// The sale's name there.
        sale: ExternalId,
        /// How much of it, before tax.
        amount: Micros,
        /// SHA-256 of what is brought forward.
        evidence: Hash,
    },
    /// A dispute is decided: by its processor, or by the creator against itself.
    ResolveDispute {
        /// Which.
        dispute: Hash,
        /// Whether the creator keeps the money.
        won: bool,
    },
    /// The signer asks a processor to pay out its matured money.
    RequestPayout {
        /// Which processor.
        processor: ProcessorId,
        /// How much.
        amount: Micros,
        /// SHA-256 of where to, which the processor is told elsewhere.
        destination: Hash,
    },
    /// A processor has made a payout, or can't.
    SettlePayout {
        /// Which.
        payout: Hash,
        /// Whether it was paid.
        settled: bool,
    },
    /// A processor says what it took in and paid out in all, by its own books.
    Reconcile {
        /// Which.
        processor: ProcessorId,
        /// Taken in: deposits, sales, tax.
        taken_in: Micros,
        /// Paid out, paid back, and kept as fees.
        paid_out: Micros,
        /// SHA-256 of its statement.
        statement: Hash,
    },
    /// The signer agrees to pay for an IMVU's use; the owner signs as well.
    SignMandate {
        /// Whose use.
        imvu: ImvuId,
        /// Who pays: the signer.
        payer: IdentityId,
        /// At most so much a period.
        cap: Micros,
        /// Block time up to which it holds.
        until: Time,
    },
    /// The payer or the owner ends the mandate in force, for use in hours that begin later.
    RevokeMandate {
        /// Whose use.
        imvu: ImvuId,
    },
    /// The platform gives back what a payer was charged wrongly; a creator who received 55 % of it signs as well.
    CorrectCharge {
        /// Whose use.
        imvu: ImvuId,
        /// Of which period.
        period: Period,
        /// Who paid.
        payer: IdentityId,
        /// How much.
        amount: Micros,
    },
    /// Operators outside the platform stop an IMVU's new outbound flows and mail submission for a while.
    Contain {
        /// Which.
        imvu: ImvuId,
        /// SHA-256 of what it rests on.
        evidence: Hash,
        /// For how long, milliseconds.
        span_ms: u64,
    },
    /// The owner gives or revokes one standing consent.
    SetStandingConsent {
        /// Whose.
        imvu: ImvuId,
        /// Which.
        consent: StandingConsent,
        /// Whether it is given.
        given: bool,
    },
    /// See [`SetGuardians`].
    SetGuardians(SetGuardians),
    /// See [`FreezeIdentity`].
    FreezeIdentity(FreezeIdentity),
    /// See [`ThawIdentity`].
    ThawIdentity(ThawIdentity),
    /// See [`ProposeRecovery`].
    ProposeRecovery(ProposeRecovery),
    /// See [`VetoPending`].
    VetoPending(VetoPending),
    /// See [`SetMember`].
    SetMember(SetMember),
    /// The owner records that a subject consented.
    RecordConsent(consent::RecordConsent),
    /// The owner records that a subject took a consent back.
    RevokeConsent(consent::RevokeConsent),
    /// The owner has destroyed a subject's records and salts.
    EraseConsent(consent::EraseConsent),
    /// A holder of copies has destroyed them after an erasure.
    RecordDeletion(consent::RecordDeletion),
    /// Exists to be refused by gate 10: the edit or removal of a commitment.
    RewriteConsent(consent::RewriteConsent),
    /// The owner asks for a snapshot of its IMVU.
    RequestSnapshot(snapshot::RequestSnapshot),
    /// The host's compute agent says what came of it.
    RecordSnapshot(snapshot::RecordSnapshot),
    /// Exists to be refused by gate 12: another digest for a recorded snapshot.
    RewriteSnapshot(snapshot::RewriteSnapshot),
    /// The owner wants a snapshot kept no longer.
    DropSnapshot(snapshot::DropSnapshot),
    /// The owner wants its IMVU's volume put back to a snapshot.
    RestoreSnapshot(snapshot::RestoreSnapshot),
    /// Gives an identity an address under a domain of the signer's IMVU.
    GrantAddress(mail::GrantAddress),
    /// Takes an address back.
    RevokeAddress(mail::RevokeAddress),
    /// The platform asks the creator for another route of a domain's mail.
    ProposeMailRoute(mail::ProposeMailRoute),
    /// Routes a domain's mail: by the owner, or by the platform with the owner's approval.
    ChangeMailRoute(mail::ChangeMailRoute),
    /// Publishes a DKIM key: by the owner, or by a mail agent with the owner's standing consent.
    RegisterDkimKey(mail::RegisterDkimKey),
    /// The owner has a DKIM key published as revoked.
    RevokeDkimKey(mail::RevokeDkimKey),
    /// The owner lets an identity submit mail with a secret.
    SetMailCredential(mail::SetMailCredential),
    /// The owner ends a mail credential.
    RevokeMailCredential(mail::RevokeMailCredential),
    /// The owner voids every mail token signed so far.
    RevokeMailTokens(mail::RevokeMailTokens),
    /// A mail agent commits to the mail it has accepted for an IMVU.
    RecordMailEpoch(mail::RecordMailEpoch),
    /// Opens a proposal that the seats vote on.
    SubmitGovernance(governance::SubmitGovernance),
    /// A seat's vote.
    CastBallot(governance::CastBallot),
    /// A proposer takes its proposal back.
    WithdrawGovernance(governance::WithdrawGovernance),
    /// Operators outside the platform and its officers restrict an IMVU by order.
    RestrictLegally(governance::RestrictLegally),
    /// The owner appeals the restrictions of its IMVU.
    AppealRestriction(governance::AppealRestriction),
    /// The owner leaves (law §7).
    AnnounceExit(exit::AnnounceExit),
    /// The owner stays after all.
    CancelExit(exit::CancelExit),
    /// A host's compute agent says what it will pack.
    CommitInventory(exit::CommitInventory),
    /// It says what it has packed.
    RecordArchive(exit::RecordArchive),
    /// The owner has the archive.
    ConfirmExport(exit::ConfirmExport),
    /// The owner lets go of the host.
    ReleaseExit(exit::ReleaseExit),
    /// The owner ends its exit.
    CloseExit(exit::CloseExit),
    /// Two thirds of the seats find that the owner itself holds an overdue exit up.
    FindObstruction(exit::FindObstruction),
    /// Exists to be refused by gate 13: somebody would stop an exit.
    BlockExit(exit::BlockExit),
    /// Asks for an external name.
    ClaimExternal(domain::ClaimExternal),
    /// An observer says whether it saw the challenge of an external name.
    ObserveName(domain::ObserveName),
    /// The owner lets another IMVU claim a name below its own.
    GrantChild(domain::GrantChild),
    /// The owner puts name servers of its own in the place of its zone.
    DelegateName(domain::DelegateName),
    /// The owner puts a transfer code on its name.
    SetTransferKey(domain::SetTransferKey),
    /// Takes a name over with its transfer code.
    RedeemTransfer(domain::RedeemTransfer),
}

impl Action {
    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::RegisterIdentity { .. } => ActionKind::RegisterIdentity,
            Self::RotateKey { .. } => ActionKind::RotateKey,
            Self::RevokeIdentity => ActionKind::RevokeIdentity,
            Self::CreateImvu { .. } => ActionKind::CreateImvu,
            Self::ActivateImvu { .. } => ActionKind::ActivateImvu,
            Self::DescribeImvu { .. } => ActionKind::DescribeImvu,
            Self::SetJurisdiction { .. } => ActionKind::SetJurisdiction,
            Self::ProposeQuota { .. } => ActionKind::ProposeQuota,
            Self::ProposeRoute { .. } => ActionKind::ProposeRoute,
            Self::ProposePathPolicy { .. } => ActionKind::ProposePathPolicy,
            Self::ChangeQuota { .. } => ActionKind::ChangeQuota,
            Self::ChangeRoute { .. } => ActionKind::ChangeRoute,
            Self::ChangePathPolicy { .. } => ActionKind::ChangePathPolicy,
            Self::SignApproval { .. } => ActionKind::SignApproval,
            Self::RevokeApproval { .. } => ActionKind::RevokeApproval,
            Self::ClaimDomain { .. } => ActionKind::ClaimDomain,
            Self::ReleaseDomain { .. } => ActionKind::ReleaseDomain,
            Self::SetRecords { .. } => ActionKind::SetRecords,
            Self::RemoveRecords { .. } => ActionKind::RemoveRecords,
            Self::SetSplit { .. } => ActionKind::SetSplit,
            Self::ProposeParameter { .. } => ActionKind::ProposeParameter,
            Self::SelfReportUsage { .. } => ActionKind::SelfReportUsage,
            Self::DeleteAuditEntry { .. } => ActionKind::DeleteAuditEntry,
            Self::PlatformSuspend { .. } => ActionKind::PlatformSuspend,
            Self::StopImvu { .. } => ActionKind::StopImvu,
            Self::MoveImvu { .. } => ActionKind::MoveImvu,
            Self::RegisterHost { .. } => ActionKind::RegisterHost,
            Self::ChangeHost { .. } => ActionKind::ChangeHost,
            Self::RegisterAgent { .. } => ActionKind::RegisterAgent,
            Self::RegisterMeter { .. } => ActionKind::RegisterMeter,
            Self::Report(_) => ActionKind::Report,
            Self::PublishPrices { .. } => ActionKind::PublishPrices,
            Self::SetTaxRate { .. } => ActionKind::SetTaxRate,
            Self::RegisterProcessor { .. } => ActionKind::RegisterProcessor,
            Self::LinkProcessor { .. } => ActionKind::LinkProcessor,
            Self::RecordDeposit { .. } => ActionKind::RecordDeposit,
            Self::RecordSale { .. } => ActionKind::RecordSale,
            Self::RecordRefund { .. } => ActionKind::RecordRefund,
            Self::GrantRefund { .. } => ActionKind::GrantRefund,
            Self::OpenDispute { .. } => ActionKind::OpenDispute,
            Self::ResolveDispute { .. } => ActionKind::ResolveDispute,
            Self::RequestPayout { .. } => ActionKind::RequestPayout,
            Self::SettlePayout { .. } => ActionKind::SettlePayout,
            Self::Reconcile { .. } => ActionKind::Reconcile,
            Self::SignMandate { .. } => ActionKind::SignMandate,
            Self::RevokeMandate { .. } => ActionKind::RevokeMandate,
            Self::CorrectCharge { .. } => ActionKind::CorrectCharge,
            Self::Contain { .. } => ActionKind::Contain,
            Self::SetStandingConsent { .. } => ActionKind::SetStandingConsent,
            Self::SetGuardians(_) => ActionKind::SetGuardians,
            Self::FreezeIdentity(_) => ActionKind::FreezeIdentity,
            Self::ThawIdentity(_) => ActionKind::ThawIdentity,
            Self::ProposeRecovery(_) => ActionKind::ProposeRecovery,
            Self::VetoPending(_) => ActionKind::VetoPending,
            Self::SetMember(_) => ActionKind::SetMember,
            Self::RecordConsent(_) => ActionKind::RecordConsent,
            Self::RevokeConsent(_) => ActionKind::RevokeConsent,
            Self::EraseConsent(_) => ActionKind::EraseConsent,
            Self::RecordDeletion(_) => ActionKind::RecordDeletion,
            Self::RewriteConsent(_) => ActionKind::RewriteConsent,
            Self::RequestSnapshot(_) => ActionKind::RequestSnapshot,
            Self::RecordSnapshot(_) => ActionKind::RecordSnapshot,
            Self::RewriteSnapshot(_) => ActionKind::RewriteSnapshot,
            Self::DropSnapshot(_) => ActionKind::DropSnapshot,
            Self::RestoreSnapshot(_) => ActionKind::RestoreSnapshot,
            Self::GrantAddress(_) => ActionKind::GrantAddress,
            Self::RevokeAddress(_) => ActionKind::RevokeAddress,
            Self::ProposeMailRoute(_) => ActionKind::ProposeMailRoute,
            Self::ChangeMailRoute(_) => ActionKind::ChangeMailRoute,
            Self::RegisterDkimKey(_) => ActionKind::RegisterDkimKey,
            Self::RevokeDkimKey(_) => ActionKind::RevokeDkimKey,
            Self::SetMailCredential(_) => ActionKind::SetMailCredential,
            Self::RevokeMailCredential(_) => ActionKind::RevokeMailCredential,
            Self::RevokeMailTokens(_) => ActionKind::RevokeMailTokens,
            Self::RecordMailEpoch(_) => ActionKind::RecordMailEpoch,
            Self::SubmitGovernance(_) => ActionKind::SubmitGovernance,
            Self::CastBallot(_) => ActionKind::CastBallot,
            Self::WithdrawGovernance(_) => ActionKind::WithdrawGovernance,
            Self::RestrictLegally(_) => ActionKind::RestrictLegally,
            Self::AppealRestriction(_) => ActionKind::AppealRestriction,
            Self::AnnounceExit(_) => ActionKind::AnnounceExit,
            Self::CancelExit(_) => ActionKind::CancelExit,
            Self::CommitInventory(_) => ActionKind::CommitInventory,
            Self::RecordArchive(_) => ActionKind::RecordArchive,
            Self::ConfirmExport(_) => ActionKind::ConfirmExport,
            Self::ReleaseExit(_) => ActionKind::ReleaseExit,
            Self::CloseExit(_) => ActionKind::CloseExit,
            Self::FindObstruction(_) => ActionKind::FindObstruction,
            Self::BlockExit(_) => ActionKind::BlockExit,
            Self::ClaimExternal(_) => ActionKind::ClaimExternal,
            Self::ObserveName(_) => ActionKind::ObserveName,
            Self::GrantChild(_) => ActionKind::GrantChild,
            Self::DelegateName(_) => ActionKind::DelegateName,
            Self::SetTransferKey(_) => ActionKind::SetTransferKey,
            Self::RedeemTransfer(_) => ActionKind::RedeemTransfer,
        }
    }
}
