//! What the interface did, counted: plain numbers that whoever runs the node shows as it likes.

use nexus_sdk::api::METHODS;
use nexus_sdk::api::Method;
use nexus_sdk::api::codes::InterfaceCode;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a call asks for. Few, so that the number of series is bounded whatever callers name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallClass {
    /// A transaction handed in or tried, also over REST.
    Submit,
    /// One object of state or history.
    Read,
    /// A list, from the index.
    List,
    /// A proof, a bundle, a light block, also what is passed on from CometBFT.
    Proof,
    /// Ad-hoc SQL.
    Sql,
    /// Events, read or followed.
    Events,
    /// Health, codes, the description of itself.
    About,
    /// What is no call, or of a method that does not exist.
    Unknown,
}

/// What became of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallOutcome {
    /// It was answered.
    Answered,
    /// It was refused with a reason that is the caller's or passes.
    Refused,
    /// This node failed.
    Failed,
}

/// Why something was refused before it was looked at, or for want of room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalReason {
    /// The caller's rate.
    CallerRate,
    /// The rate of one signer from one caller.
    SignerRate,
    /// All connections are taken.
    Connections,
    /// All connections of one caller are taken.
    ConnectionsOfCaller,
    /// It is no JSON-RPC, or too large.
    Malformed,
    /// A request that was not sent, or not answered, in time.
    Slow,
    /// CometBFT's mempool has no room.
    MempoolFull,
}

impl CallClass {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Submit,
        Self::Read,
        Self::List,
        Self::Proof,
        Self::Sql,
        Self::Events,
        Self::About,
        Self::Unknown,
    ];

    /// The name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::List => "list",
            Self::Proof => "proof",
            Self::Sql => "sql",
            Self::Events => "events",
            Self::About => "about",
            Self::Unknown => "unknown",
        }
    }

    /// The class of a method by its name on the wire.
    pub(crate) fn of(name: &str) -> Self {
        let method = METHODS.into_iter().find(|method| method.name() == name);
        method.map_or(Self::Unknown, Self::of_method)
    }

    fn of_method(method: Method) -> Self {
        match method {
            Method::SubmitTransaction | Method::SimulateTransaction => Self::Submit,
            Method::ChainInfo
            | Method::GetTransaction
            | Method::GetNonce
            | Method::GetBlock
            | Method::GetValidators
            | Method::GetIdentity
            | Method::GetImvu
            | Method::GetQuota
            | Method::ResolveDomain
            | Method::GetZone
            | Method::GetName
            | Method::ListChallenges
            | Method::GetHost
            | Method::GetAgent
            | Method::GetMeter
            | Method::GetPlacement
            | Method::ListAssignments
            | Method::GetUsage
            | Method::GetPrices
            | Method::GetBilling
            | Method::ListMoney
            | Method::GetStatement
            | Method::GetEnforcement
            | Method::GetProcessor
            | Method::GetPayment
            | Method::GetDispute
            | Method::GetPayout
            | Method::GetConsents
            | Method::ListConsents
            | Method::GetExit
            | Method::GetPeriodRoots
            | Method::ListSnapshots
            | Method::GetMail
            | Method::ListMailEpochs
            | Method::GetGovernance
            | Method::GetGovernanceProposal => Self::Read,
            Method::ListTransactions
            | Method::ListBlocks
            | Method::ListImvus
            | Method::ListDomains
            | Method::GetGates
            | Method::ListGateDecisions
            | Method::ListViolations
            | Method::ListAudit
            | Method::ListApprovals
            | Method::ListHosts
            | Method::ListAgents
            | Method::ListMeters
            | Method::ListUsage
            | Method::ListDrifts
            | Method::ListAccounts
            | Method::ListStatements
            | Method::ListPayouts => Self::List,
            Method::GetLightBlock | Method::GetProof | Method::GetBundle => Self::Proof,
            Method::Sql => Self::Sql,
            Method::ListEvents | Method::SubscribeEvents | Method::UnsubscribeEvents => {
                Self::Events
            }
            Method::Health | Method::Time | Method::ExplainCode | Method::Discover => Self::About,
        }
    }
}

impl CallOutcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Answered, Self::Refused, Self::Failed];

    /// The name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome of an answer with that error, if it has one.
    pub(crate) fn of(error: Option<i32>) -> Self {
        /// JSON-RPC's code of a server's own failure.
        const INTERNAL: i32 = -32603;
        match error {
            None => Self::Answered,
            Some(INTERNAL) => Self::Failed,
            Some(_) => Self::Refused,
        }
    }
}

impl RefusalReason {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CallerRate,
        Self::SignerRate,
        Self::Connections,
        Self::ConnectionsOfCaller,
        Self::Malformed,
        Self::Slow,
        Self::MempoolFull,
    ];

    /// The name in figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallerRate => "caller_rate",
            Self::SignerRate => "signer_rate",
            Self::Connections => "connections",
            Self::ConnectionsOfCaller => "connections_of_caller",
            Self::Malformed => "malformed",
            Self::Slow => "slow",
            Self::MempoolFull => "mempool_full",
        }
    }
}

/// All figures of one interface, since it started. Counters only rise; the others are of now.
#[derive(Debug, Default)]
pub struct Figures {
    calls: [[AtomicU64; CallOutcome::ALL.len()]; CallClass::ALL.len()],
    refused: [AtomicU64; RefusalReason::ALL.len()],
    pub(crate) accepted: AtomicU64,
    pub(crate) connections: AtomicU64,
    pub(crate) subscriptions: AtomicU64,
    pub(crate) in_flight: AtomicU64,
    pub(crate) waiting_reads: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) received: AtomicU64,
    pub(crate) sent: AtomicU64,
}

impl Figures {
    /// Calls of that class that ended so, those of a batch each for itself.
    #[must_use]
    pub fn calls(&self, class: CallClass, outcome: CallOutcome) -> u64 {
        let counter = self.calls.get(class as usize);
        counter
            .and_then(|of| of.get(outcome as usize))
            .map_or(0, load)
    }

    /// What was refused for that reason.
    #[must_use]
    pub fn refused(&self, reason: RefusalReason) -> u64 {
        self.refused.get(reason as usize).map_or(0, load)
    }

    /// Connections served so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        load(&self.accepted)
    }

    /// Connections open now.
    #[must_use]
    pub fn connections(&self) -> u64 {
        load(&self.connections)
    }

    /// Subscriptions open now.
    #[must_use]
    pub fn subscriptions(&self) -> u64 {
        load(&self.subscriptions)
    }

    /// Calls that wait or run now; a batch is one.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        load(&self.in_flight)
    }

    /// Reads of the store that wait for one of the places now.
    #[must_use]
    pub fn waiting_reads(&self) -> u64 {
        load(&self.waiting_reads)
    }

    /// Bytes of answers that no socket has taken yet.
    #[must_use]
    pub fn unsent_bytes(&self) -> u64 {
        load(&self.unsent)
    }

    /// Bytes read from sockets.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        load(&self.received)
    }

    /// Bytes that sockets took.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        load(&self.sent)
    }

    pub(crate) fn count(&self, class: CallClass, outcome: CallOutcome) {
        let counter = self.calls.get(class as usize);
        if let Some(counter) = counter.and_then(|of| of.get(outcome as usize)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn refuse(&self, reason: RefusalReason) {
        if let Some(counter) = self.refused.get(reason as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a refusal that carries a code of the interface.
    pub(crate) fn refuse_code(&self, code: Option<i32>) {
        let full = i32::try_from(InterfaceCode::MempoolFull.number()).ok();
        if code.is_some() && code == full {
            self.refuse(RefusalReason::MempoolFull);
        }
    }
}

fn load(figure: &AtomicU64) -> u64 {
    figure.load(Ordering::Relaxed)
}

/// One more of something, until it is dropped.
#[derive(Debug)]
pub(crate) struct OneMore {
    figures: std::sync::Arc<Figures>,
    of: fn(&Figures) -> &AtomicU64,
}

impl OneMore {
    pub(crate) fn new(figures: &std::sync::Arc<Figures>, of: fn(&Figures) -> &AtomicU64) -> Self {
        of(figures).fetch_add(1, Ordering::Relaxed);
        Self {
            figures: std::sync::Arc::clone(figures),
            of,
        }
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        (self.of)(&self.figures).fetch_sub(1, Ordering::Relaxed);
    }
}
