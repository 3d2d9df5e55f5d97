//! What one committed block did, as the store keeps it for the index and for subscribers.

use crate::billing::{MoneyEntry, StatementEntry};
use crate::code::Code;
use crate::consent::ConsentEntry;
use crate::domain::ExternalEntry;
use crate::exit::ExitEntry;
use crate::governance::{GovernanceEntry, RestrictionScope, ValidatorPower};
use crate::guardian::RecoveryEnd;
use crate::hash::Hash;
use crate::ids::{HostId, IdentityId, ImvuId, MeterId, ProcessorId};
use crate::mail::MailEpoch;
use crate::meter::UsageHour;
use crate::payment::DebtStage;
use crate::period::Period;
use crate::record::{AuditEntry, Notice, Violation};
use crate::report::DriftEntry;
use crate::snapshot::SnapshotEntry;
use crate::time::{Height, Time};
use crate::verdict::Verdict;
use alloc::sync::Arc;
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};

/// One transaction of a block.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct TxRecord {
    /// SHA-256 of the bytes: CometBFT's transaction hash.
    pub hash: Hash,
    /// The bytes, as they stand in the block.
    pub bytes: Vec<u8>,
    /// The result's code.
    pub code: Code,
    /// The decision; none for bytes that were inadmissible in a decided block.
    pub verdict: Option<Verdict>,
}

/// Something that happened, in order; its cursor is (height, position in the block).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Event {
    /// A decision.
    Audit(AuditEntry),
    /// A refusal.
    Violation(Violation),
    /// A creator was told.
    Notice(Notice),
    /// A proposal ended without approval.
    ProposalExpired(Hash),
    /// A validator was caught signing twice; its power is 0.
    Equivocation {
        /// The first 20 bytes of SHA-256 of the validator's key, as CometBFT names it.
        validator: [u8; 20],
        /// The height it signed twice.
        height: Height,
    },
    /// An IMVU was placed on a host.
    Placed {
        /// Which.
        imvu: ImvuId,
        /// Where.
        host: HostId,
        /// The placement's number.
        generation: u64,
    },
    /// Every agent has made an IMVU's placement so: it runs.
    Started(ImvuId),
    /// Nothing of an IMVU runs any longer, or its creator waits no longer for the host's word.
    Stopped(ImvuId),
    /// An hour of usage was sealed.
    Usage(UsageHour),
    /// An agent found something changed.
    Drift(DriftEntry),
    /// An agent made of an assignment something else than it says.
    NotAsAssigned {
        /// Whose.
        imvu: ImvuId,
        /// By which agent.
        agent: IdentityId,
    },
    /// A meter read more than the quota permits, or a counter that ran backwards.
    Implausible {
        /// Whose.
        imvu: ImvuId,
        /// By which meter.
        meter: MeterId,
    },
    /// A meter had a line for an IMVU that is not placed where it counts, or that has more readings than are remembered; it is
    /// not billed.
    NotPlaced {
        /// By which meter.
        meter: MeterId,
        /// How many such lines.
        lines: u32,
    },
    /// No word from an agent for longer than the law waits.
    AgentSilent {
        /// Which.
        agent: IdentityId,
        /// Whose.
        host: HostId,
    },
    /// A meter owes a window for longer than the law waits.
    MeterSilent {
        /// Which.
        meter: MeterId,
        /// Whose.
        host: HostId,
    },
    /// Something happened to an IMVU's money.
    Money(MoneyEntry),
    /// A statement was made.
    Statement(StatementEntry),
    /// A payer's debt went a step further on the ladder, or was paid.
    Debt {
        /// For whose use.
        imvu: ImvuId,
        /// Whose.
        payer: IdentityId,
        /// How far; none when it is paid.
        stage: Option<DebtStage>,
    },
    /// Every statement of a period is made.
    PeriodClosed(Period),
    /// A processor's books and the ledger differ.
    BooksDiffer(ProcessorId),
    /// An IMVU's containment began or ended.
    Contained {
        /// Which.
        imvu: ImvuId,
        /// Law time up to which; none when it ended.
        until: Option<Time>,
    },
    /// Guardians froze an identity, or lifted their freeze.
    IdentityFrozen {
        /// Which.
        identity: IdentityId,
        /// Law time up to which; none when it was lifted.
        until: Option<Time>,
    },
    /// An identity has other guardians, or none.
    GuardiansChanged(IdentityId),
    /// Guardians asked for a new key.
    RecoveryPending {
        /// Whose.
        identity: IdentityId,
        /// Law time from which it holds, unless it is called off.
        due: Time,
    },
    /// A recovery ended.
    RecoveryEnded {
        /// Whose.
        identity: IdentityId,
        /// How.
        end: RecoveryEnd,
    },
    /// A subject's consents changed.
    Consent(ConsentEntry),
    /// Something happened to a snapshot.
    Snapshot(SnapshotEntry),
    /// A mail agent committed to an epoch of an IMVU's mail.
    MailEpoch(MailEpoch),
    /// Something happened to a proposal that seats vote on.
    Governance(GovernanceEntry),
    /// Validators have other power from the block after next on: one entry a key, ascending.
    ValidatorsChanged(Vec<ValidatorPower>),
    /// A legal restriction of an IMVU began or ended.
    Restricted {
        /// Which.
        imvu: ImvuId,
        /// What it stops.
        scope: RestrictionScope,
        /// Law time up to which; none when it ended.
        until: Option<Time>,
    },
    /// An owner appealed a restriction.
    RestrictionAppealed {
        /// Whose.
        imvu: ImvuId,
        /// Of what.
        scope: RestrictionScope,
        /// SHA-256 of the grounds.
        grounds: Hash,
    },
    /// Something happened to an exit.
    Exit(ExitEntry),
    /// Something happened to an external name.
    ExternalName(ExternalEntry),
}

/// A state key and its new value; none is a deletion.
pub type StateChange = (Vec<u8>, Option<Vec<u8>>);

/// One committed block.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct BlockRecord {
    /// Its height; 0 is genesis.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// CometBFT's block hash; zero for genesis.
    pub hash: Hash,
    /// The app hash after it, which the next header carries.
    pub app_hash: Hash,
    /// The proposer's address.
    pub proposer: [u8; 20],
    /// Its transactions in order.
    pub txs: Vec<TxRecord>,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The state keys that it wrote, ascending.
    pub changes: Arc<Vec<StateChange>>,
}

impl BlockRecord {
    /// The signer of a transaction that was admitted.
    pub fn signer(record: &TxRecord) -> Option<IdentityId> {
        record.verdict.as_ref().map(|verdict| verdict.actor)
    }
}
