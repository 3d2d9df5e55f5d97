//! The chain, its blocks, its validators and this node's health.

use super::event::EventItem;
use super::money::CalendarView;
use super::object::AllowancesView;
use super::quota::QuotaView;
use super::scalar::{
    WireAddress, WireHash, WireIdentity, WireJurisdiction, WireKey, WireName, WireU64,
};
use super::tx::TransactionSummary;
use nexus_types::limits::{
    APPROVAL_LIFETIME_MS, CONSENT_NOTICE_MS, DEBT_DORMANT_MS, DEBT_FROZEN_MS, DEBT_NOTICE_MS,
    DISPUTE_MS, EXIT_AFTER_MS, EXIT_INTERVAL_MS, EXIT_OVERDUE_MS, EXIT_PROTECTION_MS, FREEZE_MS,
    GOVERNANCE_MS, GUARDIAN_MS, LATE_WINDOW_MS, MATURITY_MS, NAME_LOCK_MS, OBSERVATION_MS,
    PRICE_NOTICE_MS, REGISTER_MS, REGISTRATION_MS, REPROOF_MS, SILENCE_MS, SNAPSHOT_RETENTION_MS,
    TRUSTING_MS, UPGRADE_FAST_MS, VOTING_MS,
};
use nexus_types::state::DelayProfile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Whether a node is of use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HealthStatus {
    /// It follows the chain and answers everything.
    Ok,
    /// It is catching up.
    Syncing,
    /// It has no block yet.
    Starting,
    /// Its consensus process does not answer: reads work and grow old, submissions do not.
    ConsensusUnreachable,
}

/// What CometBFT beside the node says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsensusHealth {
    /// Whether it catches up with the chain.
    pub catching_up: bool,
    /// Its latest block.
    pub latest_height: WireU64,
    /// Its software version.
    pub version: String,
}

/// The answer of `nexus_health`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Whether the node is of use.
    pub status: HealthStatus,
    /// The last committed height; absent before the first block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<WireU64>,
    /// That block's time, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_time: Option<WireU64>,
    /// How far the index behind lists has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_height: Option<WireU64>,
    /// What CometBFT says; absent if it does not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consensus: Option<ConsensusHealth>,
    /// The node's software version.
    pub version: String,
}

/// The answer of `nexus_time`: what the node's own clock shows, read as it answers. It is no block's time and proves
/// nothing; operators' nodes compare their clocks with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeTime {
    /// Milliseconds since 1970-01-01 UTC.
    pub time: WireU64,
}

/// The last committed block, to compare with an anchor from elsewhere. It is no anchor itself: it comes from this node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tip {
    /// Its height.
    pub height: WireU64,
    /// Its hash.
    pub hash: WireHash,
    /// The app hash after it, which the next header carries.
    pub app_hash: WireHash,
    /// Its time, milliseconds.
    pub time: WireU64,
}

/// The split of revenue: parts of a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SplitView {
    /// The creator's parts.
    pub creator: u8,
    /// The platform's parts.
    pub platform: u8,
    /// The whole.
    pub whole: u8,
}

/// Protective delays.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DelayView {
    /// Life of a proposal or an approval, milliseconds.
    pub approval_ms: WireU64,
    /// Lock of a freed platform name, milliseconds.
    pub name_lock_ms: WireU64,
    /// Until a registered host, agent or meter counts, milliseconds.
    pub registration_ms: WireU64,
    /// Without a word, until an agent or a meter is called silent, milliseconds.
    pub silence_ms: WireU64,
    /// After a period's end, until its statements are made, milliseconds.
    pub late_window_ms: WireU64,
    /// Between a change of prices or tax rates and the period it begins in, milliseconds.
    pub price_notice_ms: WireU64,
    /// Until a creator's money matures, milliseconds.
    pub maturity_ms: WireU64,
    /// Life of a dispute, milliseconds.
    pub dispute_ms: WireU64,
    /// Between the revocation of a standing consent and its end, milliseconds.
    pub consent_notice_ms: WireU64,
    /// A debt's age at which the creator is told, milliseconds.
    pub debt_notice_ms: WireU64,
    /// A debt's age from which there are no new resources, milliseconds.
    pub debt_frozen_ms: WireU64,
    /// A debt's age from which compute rests, milliseconds.
    pub debt_dormant_ms: WireU64,
    /// Until other guardians, or a key that guardians ask for, hold, milliseconds.
    pub guardian_ms: WireU64,
    /// Life of a freeze by guardians, milliseconds.
    pub freeze_ms: WireU64,
    /// How long a snapshot is kept, milliseconds.
    pub snapshot_retention_ms: WireU64,
    /// While seats vote on a proposal, milliseconds.
    pub voting_ms: WireU64,
    /// From a proposal's passing until a register of organisations or people changes, milliseconds.
    pub register_ms: WireU64,
    /// From a proposal's passing until a list or the binary changes, milliseconds.
    pub governance_ms: WireU64,
    /// The same of an upgrade that five sixths of the seats are for, milliseconds.
    pub upgrade_fast_ms: WireU64,
    /// In which less than a third of all power changes, milliseconds.
    pub trusting_ms: WireU64,
    /// From an exit's announcement until its export is late, milliseconds.
    pub exit_overdue_ms: WireU64,
    /// From an announcement, while nobody else changes what the creator authored, milliseconds.
    pub exit_protection_ms: WireU64,
    /// The same from an export, and from the end; from a release until the end: milliseconds.
    pub exit_after_ms: WireU64,
    /// Between two announcements of one IMVU, milliseconds.
    pub exit_interval_ms: WireU64,
    /// Between two looks at an external name's proof, milliseconds.
    pub observation_ms: WireU64,
    /// In which a holder proves an external name again, milliseconds.
    pub reproof_ms: WireU64,
    /// Whether any is shorter than the law's: a development network. Show it in red.
    pub shortened: bool,
}

impl From<&DelayProfile> for DelayView {
    fn from(delays: &DelayProfile) -> Self {
        let law = [
            (delays.approval_ms, APPROVAL_LIFETIME_MS),
            (delays.name_lock_ms, NAME_LOCK_MS),
            (delays.registration_ms, REGISTRATION_MS),
            (delays.silence_ms, SILENCE_MS),
            (delays.late_window_ms, LATE_WINDOW_MS),
            (delays.price_notice_ms, PRICE_NOTICE_MS),
            (delays.maturity_ms, MATURITY_MS),
            (delays.dispute_ms, DISPUTE_MS),
            (delays.consent_notice_ms, CONSENT_NOTICE_MS),
            (delays.debt_notice_ms, DEBT_NOTICE_MS),
            (delays.debt_frozen_ms, DEBT_FROZEN_MS),
            (delays.debt_dormant_ms, DEBT_DORMANT_MS),
            (delays.guardian_ms, GUARDIAN_MS),
            (delays.freeze_ms, FREEZE_MS),
            (delays.snapshot_retention_ms, SNAPSHOT_RETENTION_MS),
            (delays.voting_ms, VOTING_MS),
            (delays.register_ms, REGISTER_MS),
            (delays.governance_ms, GOVERNANCE_MS),
            (delays.upgrade_fast_ms, UPGRADE_FAST_MS),
            (delays.trusting_ms, TRUSTING_MS),
            (delays.exit_overdue_ms, EXIT_OVERDUE_MS),
            (delays.exit_protection_ms, EXIT_PROTECTION_MS),
            (delays.exit_after_ms, EXIT_AFTER_MS),
            (delays.exit_interval_ms, EXIT_INTERVAL_MS),
            (delays.observation_ms, OBSERVATION_MS),
            (delays.reproof_ms, REPROOF_MS),
        ];
        Self {
            approval_ms: delays.approval_ms.into(),
            name_lock_ms: delays.name_lock_ms.into(),
            registration_ms: delays.registration_ms.into(),
            silence_ms: delays.silence_ms.into(),
            late_window_ms: delays.late_window_ms.into(),
            price_notice_ms: delays.price_notice_ms.into(),
            maturity_ms: delays.maturity_ms.into(),
            dispute_ms: delays.dispute_ms.into(),
            consent_notice_ms: delays.consent_notice_ms.into(),
            debt_notice_ms: delays.debt_notice_ms.into(),
            debt_frozen_ms: delays.debt_frozen_ms.into(),
            debt_dormant_ms: delays.debt_dormant_ms.into(),
            guardian_ms: delays.guardian_ms.into(),
            freeze_ms: delays.freeze_ms.into(),
            snapshot_retention_ms: delays.snapshot_retention_ms.into(),
            voting_ms: delays.voting_ms.into(),
            register_ms: delays.register_ms.into(),
            governance_ms: delays.governance_ms.into(),
            upgrade_fast_ms: delays.upgrade_fast_ms.into(),
            trusting_ms: delays.trusting_ms.into(),
            exit_overdue_ms: delays.exit_overdue_ms.into(),
            exit_protection_ms: delays.exit_protection_ms.into(),
            exit_after_ms: delays.exit_after_ms.into(),
            exit_interval_ms: delays.exit_interval_ms.into(),
            observation_ms: delays.observation_ms.into(),
            reproof_ms: delays.reproof_ms.into(),
            shortened: law.iter().any(|(in_force, by_law)| in_force < by_law),
        }
    }
}

/// The answer of `nexus_chainInfo`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainInfo {
    /// CometBFT's chain id.
    pub chain_id: String,
    /// Hash of all that InitChain received.
    pub genesis_hash: WireHash,
    /// Raised by a recovery ceremony.
    pub recovery_epoch: u32,
    /// The state machine's version.
    pub app_version: WireU64,
    /// Hash of the law's constants. Compare it with your own.
    pub constants_hash: WireHash,
    /// The split.
    pub split: SplitView,
    /// Delays in force.
    pub delays: DelayView,
    /// Allowances in force.
    pub allowances: AllowancesView,
    /// The largest envelope one IMVU may ask for.
    pub max_quota: QuotaView,
    /// How periods of account are counted.
    pub calendar: CalendarView,
    /// The platform's officers.
    pub officers: Vec<WireIdentity>,
    /// Signatures a platform action needs.
    pub officers_threshold: u8,
    /// The registered attesters.
    pub attesters: Vec<WireIdentity>,
    /// The governed list of jurisdictions.
    pub jurisdictions: Vec<WireJurisdiction>,
    /// The apexes names are granted under.
    pub apexes: Vec<WireName>,
    /// The last committed block.
    pub tip: Tip,
}

/// One validator's seat.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidatorView {
    /// The organisation.
    pub name: String,
    /// The validator's address: the first 20 bytes of SHA-256 of its key.
    pub address: WireAddress,
    /// Its consensus key.
    pub key: WireKey,
    /// Voting power.
    pub power: WireU64,
    /// Whether the platform runs it.
    pub platform: bool,
    /// The organisation's own identity, which registers its hosts.
    pub operator: WireIdentity,
}

/// A committed block in a list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockSummary {
    /// Its height.
    pub height: WireU64,
    /// Its time, milliseconds.
    pub time: WireU64,
    /// Its hash.
    pub hash: WireHash,
    /// The app hash after it, which the next header carries.
    pub app_hash: WireHash,
    /// The proposer.
    pub proposer: WireAddress,
    /// Transactions in it.
    pub transactions: u32,
}

/// A committed block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockView {
    /// What lists show of it.
    #[serde(flatten)]
    pub summary: BlockSummary,
    /// Its transactions in order.
    pub txs: Vec<TransactionSummary>,
    /// What happened, in order.
    pub events: Vec<EventItem>,
}

/// All a light client needs of one height. The members are CometBFT's own JSON.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LightBlockView {
    /// The height.
    pub height: WireU64,
    /// `signed_header` of CometBFT's `/commit`: header and commit.
    pub signed_header: Value,
    /// `validators` of CometBFT's `/validators` at the height, all pages.
    pub validators: Vec<Value>,
    /// The same at the height above.
    pub next_validators: Vec<Value>,
}

/// One gate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateStatus {
    /// 1–17.
    pub gate: u8,
    /// Its name in the constitution.
    pub name: String,
    /// Its rule in one sentence.
    pub rule: String,
    /// The code of its refusals, such as `NX2015`.
    pub code: String,
    /// The kinds of action it judges now. A gate that judges none refuses nothing yet.
    pub actions: Vec<String>,
    /// Transactions it let pass up to the read's height.
    pub passed: WireU64,
    /// Transactions it refused up to the read's height.
    pub refused: WireU64,
}

/// Which gates judge an action.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActionGates {
    /// The kind of action.
    pub action: String,
    /// The gates' numbers, ascending.
    pub gates: Vec<u8>,
}

/// The answer of `nexus_getGates`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatesView {
    /// The gates, ascending.
    pub gates: Vec<GateStatus>,
    /// The table of actions.
    pub actions: Vec<ActionGates>,
    /// Hash of the law's constants.
    pub constants_hash: WireHash,
}
