//! What the law decided about one admitted transaction; its bytes are `data` of the result and so
//! part of CometBFT's LastResultsHash (law §1).

use crate::action::ActionKind;
use crate::code::Code;
use crate::gate::Gate;
use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId, MeterId, ProcessorId};
use crate::money::ExternalId;
use crate::name::{Name, NameFault};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// What an action is about.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Subject {
    /// The chain itself.
    Chain,
    /// An identity.
    Identity(IdentityId),
    /// An IMVU.
    Imvu(ImvuId),
    /// A name or zone, canonical.
    Name(Name),
    /// A text that is no name; its SHA-256, since it may hold anything.
    NotAName(Hash),
    /// A proposal.
    Proposal(Hash),
    /// An approval.
    Approval(Hash),
    /// An entry of the audit log.
    AuditEntry(u64),
    /// A host.
    Host(HostId),
    /// A meter.
    Meter(MeterId),
    /// A payment processor.
    Processor(ProcessorId),
    /// What a processor told under a name of its own.
    Payment(ProcessorId, ExternalId),
    /// A dispute.
    Dispute(Hash),
    /// A payout.
    Payout(Hash),
    /// A subject's consents in an IMVU, by the subject's pseudonym.
    Consents(ImvuId, Hash),
    /// A snapshot, by its number.
    Snapshot(ImvuId, u64),
    /// An address of mail, by its commitment.
    Mailbox(Hash),
    /// Where a domain's mail goes.
    MailRoute(Name),
    /// An IMVU's credentials and tokens: its book of mail.
    MailBook(ImvuId),
    /// A proposal that seats vote on.
    Governance(Hash),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain => f.write_str("chain"),
            Self::Identity(id) => write!(f, "identity {id}"),
            Self::Imvu(id) => write!(f, "{id}"),
            Self::Name(name) => write!(f, "{name}"),
            Self::NotAName(hash) => write!(f, "text {hash}"),
            Self::Proposal(id) => write!(f, "proposal {id}"),
            Self::Approval(id) => write!(f, "approval {id}"),
            Self::AuditEntry(sequence) => write!(f, "audit entry {sequence}"),
            Self::Host(id) => write!(f, "host {id}"),
            Self::Meter(id) => write!(f, "meter {id}"),
            Self::Processor(id) => write!(f, "processor {id}"),
            Self::Payment(processor, external) => write!(f, "payment {external} at {processor}"),
            Self::Dispute(id) => write!(f, "dispute {id}"),
            Self::Payout(id) => write!(f, "payout {id}"),
            Self::Consents(imvu, subject) => write!(f, "consents of {subject} in {imvu}"),
            Self::Snapshot(imvu, number) => write!(f, "snapshot {number} of {imvu}"),
            Self::Mailbox(local) => write!(f, "mailbox {local}"),
            Self::MailRoute(domain) => write!(f, "mail of {domain}"),
            Self::MailBook(imvu) => write!(f, "mail book of {imvu}"),
            Self::Governance(id) => write!(f, "governance proposal {id}"),
        }
    }
}

/// What would make a zone invalid (law §8).
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(
    missing_docs,
    reason = "each variant is explained by its text in Display"
)]
pub enum ZoneFault {
    Empty,
    MixedTypes,
    Ttl,
    TooLarge,
    TooManySets,
    OwnerUnderscore,
    OwnerWildcard,
    CnameAtApex,
    CnameNotAlone,
    CnameChain,
    CnameLoop,
    TargetIsAlias,
    TargetNotHost,
    EmptyString,
    BadCaaTag,
    NoSuchSet,
}

impl fmt::Display for ZoneFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the record set is empty",
            Self::MixedTypes => "a record is not of the set's type",
            Self::Ttl => "the TTL is outside 60–86400 seconds",
            Self::TooLarge => "the record set is larger than 8 KiB (TXT: 4 KiB)",
            Self::TooManySets => "the zone would hold more than 1000 record sets",
            Self::OwnerUnderscore => "this type's owner may have no underscore",
            Self::OwnerWildcard => "a * stands elsewhere than alone in the leftmost label",
            Self::CnameAtApex => "a CNAME cannot stand at the apex",
            Self::CnameNotAlone => {
                "a CNAME excludes every other record of its owner, and is one record"
            }
            Self::CnameChain => "the chain of CNAMEs inside the zone would be longer than 8",
            Self::CnameLoop => "the CNAMEs would form a loop",
            Self::TargetIsAlias => "an MX or SRV would point at a CNAME of the zone",
            Self::TargetNotHost => "an MX or SRV target is not a host name",
            Self::EmptyString => "a TXT record has no string, or an empty one",
            Self::BadCaaTag => "a CAA tag is not 1–15 lower-case letters and digits",
            Self::NoSuchSet => "the zone has no such record set",
        })
    }
}

/// Why a gate, or an action's own rule, refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(
    missing_docs,
    reason = "each variant is explained by its text in Display"
)]
pub enum Reason {
    AttestationMissing,
    AttesterUnknown,
    AttestationVoid,
    AttestationExpired,
    IdentityRevoked,
    NotOwner,
    NotOfficer,
    NotAttester,
    NotVerified,
    NoHost,
    NoMeter,
    NoCapacity,
    OverEnvelope,
    ZeroQuota,
    JurisdictionMissing,
    JurisdictionUnknown,
    NoHostInJurisdiction,
    Name(NameFault),
    NotUnderApex,
    NameTaken,
    AncestorTaken,
    DescendantTaken,
    NameLocked,
    NameReserved,
    ZoneNotBound,
    OutsideApex,
    Zone(ZoneFault),
    SelfReported,
    OutsidePathPolicy,
    ApprovalMissing,
    ApprovalUsed,
    ApprovalRevoked,
    ApprovalExpired,
    ApprovalNotYetValid,
    ApprovalOtherChange,
    ApprovalOtherImvu,
    ApprovalOtherActor,
    ApprovalVersionMoved,
    ApprovalKeyRotated,
    ApprovalNotByOwner,
    AppendOnly,
    SplitIsConstant,
    PlatformCannotSuspend,
    ExitUnderway,
    BelowThreshold,
    NotFound,
    AlreadyExists,
    WrongState,
    LimitReached,
    NoChange,
    ProposalExpired,
    NotOperator,
    NotAgent,
    NotYetUsable,
    HostUnknown,
    HostNotOpen,
    HostNotIsolating,
    HostNotAttested,
    HostInUse,
    NoAgent,
    MeterUnknown,
    MeterForeign,
    MeterRetired,
    MeterKeys,
    MeterExists,
    MeterOnlyForTests,
    MeterNotSigned,
    RecordSequence,
    RecordChain,
    RecordWindow,
    RecordStraddles,
    RecordFuture,
    RecordLines,
    ReportSequence,
    OverQuota,
    BelowTwoThirds,
    NotProcessor,
    ProcessorUnknown,
    ProcessorNotLinked,
    NotPayer,
    OwnerNotSigned,
    NoticeTooShort,
    AmountZero,
    AmountTooLarge,
    TaxOverRate,
    FeeOverAmount,
    OverOriginal,
    Matured,
    NotMatured,
    Insufficient,
    InDebt,
    ContainmentTooLong,
    NotIndependent,
    Unbalanced,
    /// The guardians of the identity froze it.
    IdentityFrozen,
    /// Fewer guardians signed than act together, or none from outside the platform.
    NotGuardians,
    /// An attester who is a guardian, or of the platform.
    AttesterNotIndependent,
    /// Guardians and their threshold don't fit.
    GuardiansUnfit,
    /// The platform alone could reach the guardians' threshold.
    GuardiansOfPlatform,
    /// A freeze ended too short a while ago.
    FrozenLately,
    ConsentGap,
    ConsentSequenceUsed,
    ConsentNotRecorded,
    ConsentRevoked,
    ConsentErased,
    ConsentImmutable,
    NotCopyHolder,
    OtherHostsAgent,
    SnapshotRecorded,
    SnapshotMissing,
    SnapshotForeign,
    SnapshotTime,
    DomainNotBound,
    HolderNotVerified,
    AddressNotHolders,
    OverMailQuota,
    MailboxOutsideJurisdiction,
    RolloverNotConsented,
    SelectorTaken,
    SelectorRevoked,
    RecordOfDkim,
    CredentialTerm,
    NoAddress,
    NotItsMailbox,
    NotItsSubnet,
    MailAgentForeign,
    StayForeign,
    EpochSequence,
    EpochCounts,
    NotCandidate,
    NotProposer,
    NoVote,
    AlreadyVoted,
    BallotOtherDigest,
    BallotRegisterMoved,
    BallotOtherEpoch,
    PlatformThird,
    TooFewSeats,
    OfficersThreshold,
    SeatTaken,
    RolesApart,
    LastOfRegister,
    NameDenied,
    UpgradeTooSoon,
    UpgradePlanned,
    RestrictionTooLong,
    BelowTwoThirdsOutside,
    ExitIsTheCreators,
    ExitProtected,
    ExitTooSoon,
    ExitReleased,
    ExitNotOverdue,
    NoExit,
    NotExported,
    NoInventory,
    InventoryWrong,
    ArchiveRecorded,
    ArchiveOther,
    NotObserver,
    ChallengeOther,
    NotExternal,
    NameExternal,
    NameDelegated,
    NamesBelow,
    DelegationUnfit,
    NoTransferCode,
    TransferCodeTerm,
    TransferCodeKey,
    TransferNotSigned,
    ReproofOpen,
    NotBelow,
    RunsNowhere,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Name(fault) => return write!(f, "the name has {fault}"),
            Self::Zone(fault) => return fault.fmt(f),
            Self::AttestationMissing => {
                "no attestation of a registered attester came with the identity"
            }
            Self::AttesterUnknown => "the attestation is by nobody on the register of attesters",
            Self::AttestationVoid => {
                "the attestation is for another identity, or by a key the attester no longer uses"
            }
            Self::AttestationExpired => "the attestation has expired",
            Self::IdentityRevoked => "the signer's identity is revoked",
            Self::NotOwner => "the signer does not own it",
            Self::NotOfficer => "the signer is not an officer of the platform",
            Self::NotAttester => "the signer is not a registered attester",
            Self::NotVerified => "the signer is not a verified identity",
            Self::NoHost => "no registered host can keep this IMVU apart from others",
            Self::NoMeter => "no meter counts every resource there",
            Self::NoCapacity => "no registered host has the capacity this quota guarantees",
            Self::OverEnvelope => "a field is larger than the largest envelope the network offers",
            Self::ZeroQuota => "a field is zero",
            Self::JurisdictionMissing => "the IMVU has declared no jurisdiction",
            Self::JurisdictionUnknown => "the jurisdiction is not on the governed list",
            Self::NoHostInJurisdiction => "no registered host attests the IMVU's jurisdiction",
            Self::NotUnderApex => "the name is not under an apex this network grants names from",
            Self::NameTaken => "the name is bound to another IMVU",
            Self::AncestorTaken => "a name above it is bound to another IMVU",
            Self::DescendantTaken => "a name below it is bound to another IMVU",
            Self::NameLocked => "the name was freed less than a year ago",
            Self::NameReserved => "the name is itself an apex that names are granted under",
            Self::ZoneNotBound => "no IMVU holds this zone",
            Self::OutsideApex => "the record's owner lies outside the zone",
            Self::SelfReported => {
                "usage is measured by registered meters, never reported by who is billed"
            }
            Self::OutsidePathPolicy => "the next hop is outside the path policy of the IMVU",
            Self::ApprovalMissing => "the creator has not approved this change",
            Self::ApprovalUsed => "the approval was already used",
            Self::ApprovalRevoked => "the approval was revoked by its creator",
            Self::ApprovalExpired => "the approval has expired",
            Self::ApprovalNotYetValid => "the approval's window has not begun",
            Self::ApprovalOtherChange => "the approval is for another change",
            Self::ApprovalOtherImvu => "the approval is for another IMVU",
            Self::ApprovalOtherActor => "the approval permits another actor",
            Self::ApprovalVersionMoved => {
                "what the approval is about has changed since it was signed"
            }
            Self::ApprovalKeyRotated => "the approver has rotated the key that signed it",
            Self::ApprovalNotByOwner => "the approval is not by the owner",
            Self::AppendOnly => "the audit log is append-only",
            Self::SplitIsConstant => "the 55/45 split is a constant of the network",
            Self::PlatformCannotSuspend => {
                "suspending an IMVU takes all of its quota, which only its creator can approve"
            }
            Self::ExitUnderway => "the creator has announced an exit",
            Self::BelowThreshold => "fewer officers signed than the platform's threshold",
            Self::NotFound => "it does not exist",
            Self::AlreadyExists => "it exists already",
            Self::WrongState => "it is not in a state in which this can be done",
            Self::LimitReached => "a limit on how many there may be is reached",
            Self::NoChange => "it would change nothing",
            Self::ProposalExpired => "the proposal has expired",
            Self::NotOperator => "no seat's operator signed, or another's than the host's",
            Self::NotAgent => "the signer is no agent, or one that was replaced",
            Self::NotYetUsable => "it was registered too recently to count",
            Self::HostUnknown => "there is no host of that name",
            Self::HostNotOpen => "the host is closed to new IMVUs",
            Self::HostNotIsolating => "the host's capabilities do not cover isolation",
            Self::HostNotAttested => "the host's compute agent has not attested its capabilities",
            Self::HostInUse => "IMVUs run on the host, and this would take from them",
            Self::NoAgent => "the host lacks a compute or a network agent",
            Self::MeterUnknown => "there is no meter of that name",
            Self::MeterForeign => "the meter is another host's, or counts for another agent",
            Self::MeterRetired => "the meter was replaced",
            Self::MeterKeys => {
                "a meter has 1 to 8 keys, each its own, and as many signatures as its threshold"
            }
            Self::MeterExists => "the host has a meter of that kind: one resource has one meter",
            Self::MeterOnlyForTests => {
                "a test meter measures nothing and counts only on a development network"
            }
            Self::MeterNotSigned => {
                "fewer of the meter's keys signed the record than its threshold"
            }
            Self::RecordSequence => "the record is not the next of its meter",
            Self::RecordChain => "the record does not name the one before it",
            Self::RecordWindow => {
                "the window does not start where the last one ended, or does not end after it starts"
            }
            Self::RecordStraddles => "the window reaches over a full hour",
            Self::RecordFuture => "the window ends after the block time",
            Self::RecordLines => {
                "the lines are not ascending, do not fit the meter, or stand in a gap"
            }
            Self::ReportSequence => "the report is not the next of its agent",
            Self::OverQuota => "more was read than the quota permits; the excess is not billed",
            Self::BelowTwoThirds => "fewer than two thirds of the seats' operators signed",
            Self::NotProcessor => "the signer is not the processor's own identity",
            Self::ProcessorUnknown => "there is no payment processor of that name",
            Self::ProcessorNotLinked => "the creator has not let this processor book for the IMVU",
            Self::NotPayer => "the payer has not signed",
            Self::OwnerNotSigned => "the IMVU's owner has not signed as well",
            Self::NoticeTooShort => "it would begin sooner than its notice allows",
            Self::AmountZero => "an amount is zero",
            Self::AmountTooLarge => "an amount is larger than 2^63 − 1 micro-credits",
            Self::TaxOverRate => "more tax than the region's rate allows",
            Self::FeeOverAmount => "a fee larger than what was paid",
            Self::OverOriginal => "more than is left of the original",
            Self::Matured => "the money has matured: only who grants it can still give it back",
            Self::NotMatured => "the money has not matured: its processor can give it back",
            Self::Insufficient => "there is not enough money for it",
            Self::InDebt => "a debt is overdue: there are no new resources until it is paid",
            Self::ContainmentTooLong => "an IMVU may be contained for 72 hours in 30 days",
            Self::NotIndependent => "fewer than two operators outside the platform signed",
            Self::Unbalanced => "the postings do not balance",
            Self::IdentityFrozen => "the guardians of the identity froze it",
            Self::NotGuardians => {
                "fewer guardians signed than act together, or none from outside the platform"
            }
            Self::AttesterNotIndependent => {
                "the attester is a guardian of the identity, or of the platform"
            }
            Self::GuardiansUnfit => {
                "guardians are other people who are verified, at least 2 of whom act together"
            }
            Self::GuardiansOfPlatform => "the platform alone could reach the guardians' threshold",
            Self::FrozenLately => "a freeze ended too short a while ago for another",
            Self::ConsentGap => "the sequence is not the subject's next: one is missing before it",
            Self::ConsentSequenceUsed => {
                "the sequence is not the subject's next: it has an entry already"
            }
            Self::ConsentNotRecorded => "the subject has no such consent, or no such erasure",
            Self::ConsentRevoked => "the consent was revoked before",
            Self::ConsentErased => "its record is erased",
            Self::ConsentImmutable => "a commitment is never edited or removed",
            Self::NotCopyHolder => {
                "the signer is neither an agent that keeps the IMVU's data nor the operator of a seat"
            }
            Self::OtherHostsAgent => "the snapshot was asked of another host, or of another agent",
            Self::SnapshotRecorded => "what came of the snapshot is recorded, and never changes",
            Self::SnapshotMissing => {
                "no snapshot of this placement was taken in the last 24 hours, and the loss is not accepted"
            }
            Self::SnapshotForeign => "the snapshot is another IMVU's",
            Self::SnapshotTime => "it was taken before it was asked for, or after the block time",
            Self::DomainNotBound => "the domain is not bound to this IMVU",
            Self::HolderNotVerified => "the holder is no verified identity, or a revoked one",
            Self::AddressNotHolders => "an address is not granted to the credential's holder",
            Self::OverMailQuota => "a limit is zero, or more than the IMVU's quota of mail",
            Self::MailboxOutsideJurisdiction => "the mailbox's jurisdiction is not the IMVU's own",
            Self::RolloverNotConsented => {
                "only the creator changes a DKIM key, or the mail agent of its host while the creator consents to key rollover"
            }
            Self::SelectorTaken => "the selector has, or had, another key",
            Self::SelectorRevoked => "the key under this selector is revoked",
            Self::RecordOfDkim => {
                "the record publishes a registered DKIM key, and changes only with it"
            }
            Self::CredentialTerm => "the credential would expire in the past, or over a year ahead",
            Self::NoAddress => "a credential has at least one address",
            Self::NotItsMailbox => "the mailbox is another IMVU's",
            Self::NotItsSubnet => "the route leads into the subnet of another IMVU on its host",
            Self::MailAgentForeign => "the signer is not a mail agent",
            Self::StayForeign => {
                "the IMVU is not, or was not lately, in that slot of the agent's host"
            }
            Self::EpochSequence => {
                "the epoch, or its first sequence, is not the next of this agent and IMVU"
            }
            Self::EpochCounts => {
                "an epoch has a sequence at least, no more messages than sequences, no fewer recipients than messages, and no recipients or bytes without messages"
            }
            Self::NotCandidate => "an admission is submitted by who would be admitted",
            Self::NotProposer => "the signer did not submit the proposal",
            Self::NoVote => "the signer's seat has no vote on this",
            Self::AlreadyVoted => "the seat has voted on this",
            Self::BallotOtherDigest => "the ballot names another digest than the proposal's",
            Self::BallotRegisterMoved => {
                "the register has changed since the proposal was submitted"
            }
            Self::BallotOtherEpoch => "the proposal is of an earlier recovery epoch",
            Self::PlatformThird => "the platform would hold a third or more",
            Self::TooFewSeats => "fewer seats would have power than the network needs",
            Self::OfficersThreshold => {
                "the officers' threshold is at least 2 and at most as many as there are officers"
            }
            Self::SeatTaken => "a seat has that name, that key or that operator",
            Self::RolesApart => "an organisation's own identity is neither officer nor attester",
            Self::LastOfRegister => "it is the last of its register",
            Self::NameDenied => "the name, or one above it, is on the deny-list",
            Self::UpgradeTooSoon => {
                "the upgrade's height is too near, or its version is none later than this one"
            }
            Self::UpgradePlanned => "another upgrade is planned",
            Self::RestrictionTooLong => {
                "a restriction ends within 30 days, and not before it begins"
            }
            Self::BelowTwoThirdsOutside => {
                "fewer than two thirds of the operators outside the platform signed"
            }
            Self::ExitIsTheCreators => "an exit is its creator's alone",
            Self::ExitProtected => {
                "its creator leaves: nobody else changes what the creator has authored"
            }
            Self::ExitTooSoon => "the last exit was announced less than 180 days ago",
            Self::ExitReleased => "its creator has let go of it: nothing new begins in it",
            Self::ExitNotOverdue => "no export of it is overdue",
            Self::NoExit => "there is no such exit",
            Self::NotExported => "its creator has not confirmed an archive of it",
            Self::NoInventory => "nothing says what would be packed",
            Self::InventoryWrong => {
                "the inventory is of another time, or not of every collection as it stands"
            }
            Self::ArchiveRecorded => "an archive of this exit is recorded, and never changes",
            Self::ArchiveOther => "the host recorded another archive",
            Self::NotObserver => "the signer is not a registered observer",
            Self::ChallengeOther => "it is not the challenge that is open for this name and IMVU",
            Self::NotExternal => "the name is granted by this network: it is claimed, not proven",
            Self::NameExternal => "an external name is delegated at its registrar",
            Self::NameDelegated => "the name, or the one above it, is delegated to other servers",
            Self::NamesBelow => "names below it are bound: they come first",
            Self::DelegationUnfit => {
                "a delegation has 1 to 8 host names outside of its name, digests of SHA-256 or SHA-384, and a TTL of 60–86400 seconds"
            }
            Self::NoTransferCode => "there is no transfer code on the name, or it has expired",
            Self::TransferCodeTerm => {
                "a transfer code ends within 14 days, and not before it begins"
            }
            Self::TransferCodeKey => "the transfer code's key is none that the law admits",
            Self::TransferNotSigned => "the transfer code has not signed for this name and IMVU",
            Self::ReproofOpen => "its holder has to prove the name again first",
            Self::NotBelow => "the name is not below the one that grants it",
            Self::RunsNowhere => {
                "it runs on no host, or is being stopped there: there is no volume of it"
            }
        };
        f.write_str(text)
    }
}

/// What one gate said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Outcome {
    /// The gate does not object.
    Passed,
    /// The gate refuses.
    Refused(Reason),
}

/// One gate and what it said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct GateOutcome {
    /// The gate.
    pub gate: Gate,
    /// What it said.
    pub outcome: Outcome,
}

/// The decision about one admitted transaction.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Verdict {
    /// Applied (0) or why not.
    pub code: Code,
    /// The transaction's id.
    pub tx: Hash,
    /// Who acted.
    pub actor: IdentityId,
    /// With what.
    pub action: ActionKind,
    /// On what.
    pub subject: Subject,
    /// The IMVU concerned, if one is.
    pub imvu: Option<ImvuId>,
    /// Hash of the subject's state before the decision; zero where there was none.
    pub before: Hash,
    /// Every gate evaluated, ascending, with its outcome.
    pub gates: Vec<GateOutcome>,
    /// Why the action's own rule, or the constitution, refused, where it was no gate.
    pub rule: Option<Reason>,
}

impl Verdict {
    /// Whether it took effect.
    pub fn is_applied(&self) -> bool {
        self.code == Code::Applied
    }

    /// The reason behind the code: that of the gate the code names, or the rule's own.
    pub fn reason(&self) -> Option<Reason> {
        let gate = self.code.gate();
        self.gates
            .iter()
            .find(|entry| Some(entry.gate) == gate)
            .and_then(|entry| match entry.outcome {
                Outcome::Refused(reason) => Some(reason),
                Outcome::Passed => None,
            })
            .or(self.rule)
    }

    /// The gates that refused.
    pub fn refusals(&self) -> impl Iterator<Item = (Gate, Reason)> + '_ {
        self.gates.iter().filter_map(|entry| match entry.outcome {
            Outcome::Refused(reason) => Some((entry.gate, reason)),
            Outcome::Passed => None,
        })
    }
}
