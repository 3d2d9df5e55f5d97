//! The JSON that nodes and clients exchange: parameters and results of every `nexus_…` method.
//!
//! # Conventions
//! - Each method takes one object of named parameters; an unknown name is refused.
//! - `u64` and amounts are decimal strings, times are milliseconds since 1970-01-01 UTC, hashes, keys and ids are
//!   lower-case hexadecimal, transactions are standard base64 of their borsh bytes.
//! - A read answers `{height, blockTime, value, proof?}` ([`Read`]); a list answers `{items, nextCursor, total, at}`
//!   ([`Page`]), where the cursor pins the height, so that new blocks never shift a page.
//! - An error's `code` is a code of the law (10xx, 20NN, 21xx) or of the interface (3xxx, 4xxx; [`codes`]); its `data` is
//!   [`ErrorData`].
//!
//! # Never
//! These types decide nothing and verify nothing. Whoever must not trust a node decodes the proved bytes of
//! [`StateItem`], not the fields beside them.

pub mod codes;

mod action;
mod approval;
mod chain;
mod domain;
mod error;
mod event;
mod event_params;
mod exit;
mod governance;
mod hosting;
mod hosting_action;
mod identity_action;
mod list;
mod mail;
mod mail_action;
mod method;
mod money;
mod object;
mod params;
mod proof;
mod quota;
mod rdata;
mod record;
mod report;
mod rights;
mod scalar;
mod sql;
mod tx;
mod usage;
mod verdict;

pub use action::{ActionView, ParameterView};
pub use approval::{ApprovalView, AttestationView, ChangeView};
pub use chain::{
    ActionGates, BlockSummary, BlockView, ChainInfo, ConsensusHealth, DelayView, GateStatus,
    GatesView, Health, HealthStatus, LightBlockView, NodeTime, SplitView, Tip, ValidatorView,
};
pub use domain::*;
pub use error::{ErrorData, ErrorKind};
pub use event::{AnomalyView, EventBody, EventItem, EventNotice, EventsPage};
pub use event_params::{EventFilter, EventKind, ListEventsParams, SubscribeEventsParams};
pub use exit::{
    ArchiveView, DeviationView, ExitEntryView, ExitEventView, ExitStage, ExitView, GetExitParams,
    InventoryPartView, InventoryView, MomentView, OverdueView, PeriodRootsView, collection_name,
};
pub use governance::*;
pub use hosting::*;
pub use hosting_action::{
    AgentKind, CapabilitiesView, EnforcementGrade, HostChangeView, HostStatus, MeterScope,
};
pub use identity_action::{
    GuardianshipView, ImvuRole, MemberView, PendingGuardiansView, PendingRecoveryView,
    RecoveryAttestationView, RecoveryEnd, RecoveryView,
};
pub use list::{At, DEFAULT_LIMIT, GateOutcomeFilter, MAX_LIMIT, Page, Read, WIRE_DOCS};
pub use mail::*;
pub use mail_action::*;
pub use method::{ALL as METHODS, Method};
pub use money::*;
pub use object::{
    AllowancesView, ApprovalTarget, CollectionView, DomainStatus, DomainView, IdentityView,
    ImvuStatus, ImvuView, NonceView, PathPolicyView, ProposalStatus, ProposalView, RRsetView,
    RouteView, ZoneView,
};
pub use params::*;
pub use proof::{
    ConsistencyItem, LogHeadView, PreimageView, ProofFault, ProofResult, ReadProof, RecordItem,
    StateItem, log_name,
};
pub use quota::{QuotaChangeView, QuotaRead, QuotaView};
pub use rdata::{RDataFault, parse_rdata, present_rdata};
pub use record::{AuditView, GateDecisionView, NoticeView, ViolationView};
pub use report::{
    AckOutcome, AckView, DriftEntryView, DriftKind, DriftView, ItemView, MeterLineView,
    MeterRecordView, MeterSignatureView, RecordKind, ReportView, TargetView,
};
pub use rights::*;
pub use scalar::{
    Base64, Base64Bytes, Hex, HexBytes, Spelled, Wire, WireAddress, WireHash, WireHost,
    WireIdentity, WireImvu, WireJurisdiction, WireKey, WireMeter, WireName, WireSignature, WireU64,
    WireU128,
};
pub use sql::{MAX_STATEMENT_BYTES, SqlParams, SqlResult};
pub use tx::{
    CosignatureView, EnvelopeView, SimulateResult, StateChange, StateChangeKind, SubmitResult,
    SubmitStatus, TransactionSummary, TransactionView, Wait,
};
pub use usage::{UsageHourView, UsageLineView};
pub use verdict::{CodeView, GateOutcomeView, ReasonView, SubjectView, VerdictView};

#[cfg(test)]
mod tests;
