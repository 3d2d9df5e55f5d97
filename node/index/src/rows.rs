//! What the typed queries take and return.

mod events;
mod hosts;
mod money;

pub use events::{EventBatch, EventFilter, EventKind, EventRow, Happened};
pub use hosts::{
    AgentFilter, AgentRow, DriftFilter, DriftRow, HostFilter, HostRow, MeterFilter, MeterRow,
    UsageFilter, UsageRow,
};
pub use money::{
    AccountFilter, AccountRow, AccountState, MoneyFilter, MoneyKind, MoneyRow, PayoutFilter,
    PayoutRow, StatementFilter, StatementRow,
};

use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::record::{AuditEntry, Notice, Violation};
use nexus_types::state::{ApprovalRecord, Domain, Imvu, ImvuStatus, Proposal};
use nexus_types::{
    ActionKind, Code, Gate, Hash, Height, IdentityId, ImvuId, Outcome, Time, Verdict,
};

/// A place in a list, and so a cursor: rows are ordered by height, then by position in the block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Position {
    /// The block.
    pub height: Height,
    /// Ordinal in the block, from 0, among the rows of that list.
    pub position: u32,
}

/// Which end of a list comes first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Order {
    /// Descending.
    #[default]
    NewestFirst,
    /// Ascending.
    OldestFirst,
}

/// Which part of a list is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// The height the list is pinned to: nothing later is seen. None: the latest indexed one, which
    /// the answer names so that the next page can be pinned to it.
    pub at: Option<Height>,
    /// Where the previous page ended ([`Page::next`]); none for the first page.
    pub after: Option<Position>,
    /// Rows wanted, 1 to [`crate::limits::PAGE_ROWS`]; other values are moved into that range.
    pub limit: u32,
    /// Which end comes first.
    pub order: Order,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            at: None,
            after: None,
            limit: crate::limits::PAGE_ROWS,
            order: Order::NewestFirst,
        }
    }
}

/// A part of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Where the next page starts; none if this is the last one.
    pub next: Option<Position>,
    /// Rows of the whole list at that height, all pages together, counted up to
    /// [`crate::limits::TOTAL_ROWS`].
    pub total: u64,
    /// Whether `total` is the exact figure; if not, there are more.
    pub total_is_exact: bool,
    /// The height the list is pinned to.
    pub at: Height,
    /// The first block that the index holds: of what happened before, nothing is in a list; of objects from before, those
    /// that existed then.
    pub complete_from: Height,
}

/// A block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BlockRow {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Time,
    /// CometBFT's block hash; zero for genesis.
    pub hash: Hash,
    /// The app hash after it.
    pub app_hash: Hash,
    /// The proposer's address, 40 upper-case hexadecimal digits.
    pub proposer: String,
    /// Transactions in it.
    pub transactions: u64,
    /// Of these, applied.
    pub applied: u64,
    /// Of these, refused by a gate or a rule.
    pub denied: u64,
    /// Events in it.
    pub events: u64,
}

/// A transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TransactionRow {
    /// Block and position in it.
    pub at: Position,
    /// Block time.
    pub time: Time,
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The result's code.
    pub code: Code,
    /// The decision; none if it was inadmissible.
    pub verdict: Option<Verdict>,
}

/// What one gate said about one transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateDecisionRow {
    /// Block and ordinal of the decision in it.
    pub at: Position,
    /// Block time.
    pub time: Time,
    /// The transaction's id.
    pub tx: Hash,
    /// Who acted.
    pub actor: IdentityId,
    /// With what.
    pub action: ActionKind,
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// The gate.
    pub gate: Gate,
    /// What it said.
    pub outcome: Outcome,
}

/// An entry of the audit log; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// The cursor.
    pub at: Position,
    /// The entry.
    pub entry: AuditEntry,
}

/// A violation; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViolationRow {
    /// The cursor.
    pub at: Position,
    /// The violation.
    pub violation: Violation,
}

/// A notice; its cursor is that of its event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRow {
    /// The cursor.
    pub at: Position,
    /// The notice.
    pub notice: Notice,
}

/// An object of the state as it stood at the height of the query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Versioned<T> {
    /// Where it first appeared: its cursor, which later changes don't move.
    pub at: Position,
    /// The height of its last change.
    pub changed: Height,
    /// The object.
    pub value: T,
}

/// An approval that was used or revoked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApprovalState {
    /// Its id.
    pub id: Hash,
    /// What became of it.
    pub record: ApprovalRecord,
}

/// An IMVU.
pub type ImvuRow = Versioned<Imvu>;
/// A name, bound or locked.
pub type DomainRow = Versioned<Domain>;
/// A proposal.
pub type ProposalRow = Versioned<Proposal>;
/// An approval.
pub type ApprovalRow = Versioned<ApprovalState>;

/// How often a gate passed and refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GateCount {
    /// The gate.
    pub gate: Gate,
    /// How often it did not object.
    pub passed: u64,
    /// How often it refused.
    pub refused: u64,
}

/// Which transactions are wanted; every field left out matches all.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TransactionFilter {
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// Who signed.
    pub signer: Option<IdentityId>,
    /// What was asked for.
    pub action: Option<ActionKind>,
}

/// Which gate decisions are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct GateDecisionFilter {
    /// The gate.
    pub gate: Option<Gate>,
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// True for refusals only, false for the others only.
    pub refused: Option<bool>,
}

/// Which violations are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ViolationFilter {
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// A gate that refused, whether or not the code names it.
    pub gate: Option<Gate>,
    /// Who tried.
    pub actor: Option<IdentityId>,
}

/// Which audit entries are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AuditFilter {
    /// The IMVU concerned.
    pub imvu: Option<ImvuId>,
    /// Who acted.
    pub actor: Option<IdentityId>,
}

/// How a proposal stands, without the height.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProposalState {
    /// It waits for the creator.
    Open,
    /// It was approved and applied.
    Applied,
    /// Nobody approved in time.
    Expired,
}

impl ProposalState {
    /// The word in the `status` column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Applied => "applied",
            Self::Expired => "expired",
        }
    }
}

/// Which proposals are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ProposalFilter {
    /// Whose.
    pub imvu: Option<ImvuId>,
    /// How it stands.
    pub status: Option<ProposalState>,
}

/// Which IMVUs are wanted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ImvuFilter {
    /// The creator.
    pub owner: Option<IdentityId>,
    /// The jurisdiction declared.
    pub jurisdiction: Option<Jurisdiction>,
    /// What it is doing.
    pub status: Option<ImvuStatus>,
}
