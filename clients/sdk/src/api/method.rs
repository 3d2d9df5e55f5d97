//! The names of all methods.

use std::fmt;

/// One method of the node's JSON-RPC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(
    missing_docs,
    reason = "each variant is the method of its name; `summary` says what it does"
)]
pub enum Method {
    Health,
    Time,
    ChainInfo,
    SubmitTransaction,
    SimulateTransaction,
    GetTransaction,
    ListTransactions,
    GetNonce,
    GetBlock,
    ListBlocks,
    GetLightBlock,
    GetValidators,
    GetIdentity,
    GetImvu,
    ListImvus,
    GetQuota,
    ResolveDomain,
    ListDomains,
    GetZone,
    GetName,
    ListChallenges,
    GetHost,
    ListHosts,
    GetAgent,
    ListAgents,
    GetMeter,
    ListMeters,
    GetPlacement,
    ListAssignments,
    GetUsage,
    ListUsage,
    ListDrifts,
    GetPrices,
    ListAccounts,
    GetBilling,
    ListMoney,
    GetStatement,
    ListStatements,
    GetEnforcement,
    GetProcessor,
    GetPayment,
    GetDispute,
    GetPayout,
    ListPayouts,
    GetConsents,
    ListConsents,
    ListSnapshots,
    GetMail,
    ListMailEpochs,
    GetExit,
    GetPeriodRoots,
    GetGovernance,
    GetGovernanceProposal,
    GetGates,
    ListGateDecisions,
    ListViolations,
    ListAudit,
    ListApprovals,
    GetProof,
    GetBundle,
    ExplainCode,
    Sql,
    ListEvents,
    SubscribeEvents,
    UnsubscribeEvents,
    Discover,
}

/// Every method, in the order of the documentation.
pub const ALL: [Method; 66] = [
    Method::Health,
    Method::Time,
    Method::ChainInfo,
    Method::SubmitTransaction,
    Method::SimulateTransaction,
    Method::GetTransaction,
    Method::ListTransactions,
    Method::GetNonce,
    Method::GetBlock,
    Method::ListBlocks,
    Method::GetLightBlock,
    Method::GetValidators,
    Method::GetIdentity,
    Method::GetImvu,
    Method::ListImvus,
    Method::GetQuota,
    Method::ResolveDomain,
    Method::ListDomains,
    Method::GetZone,
    Method::GetName,
    Method::ListChallenges,
    Method::GetHost,
    Method::ListHosts,
    Method::GetAgent,
    Method::ListAgents,
    Method::GetMeter,
    Method::ListMeters,
    Method::GetPlacement,
    Method::ListAssignments,
    Method::GetUsage,
    Method::ListUsage,
    Method::ListDrifts,
    Method::GetPrices,
    Method::ListAccounts,
    Method::GetBilling,
    Method::ListMoney,
    Method::GetStatement,
    Method::ListStatements,
    Method::GetEnforcement,
    Method::GetProcessor,
    Method::GetPayment,
    Method::GetDispute,
    Method::GetPayout,
    Method::ListPayouts,
    Method::GetConsents,
    Method::ListConsents,
    Method::ListSnapshots,
    Method::GetMail,
    Method::ListMailEpochs,
    Method::GetExit,
    Method::GetPeriodRoots,
    Method::GetGovernance,
    Method::GetGovernanceProposal,
    Method::GetGates,
    Method::ListGateDecisions,
    Method::ListViolations,
    Method::ListAudit,
    Method::ListApprovals,
    Method::GetProof,
    Method::GetBundle,
    Method::ExplainCode,
    Method::Sql,
    Method::ListEvents,
    Method::SubscribeEvents,
    Method::UnsubscribeEvents,
    Method::Discover,
];

impl Method {
    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Health => "nexus_health",
            Self::Time => "nexus_time",
            Self::ChainInfo => "nexus_chainInfo",
            Self::SubmitTransaction => "nexus_submitTransaction",
            Self::SimulateTransaction => "nexus_simulateTransaction",
            Self::GetTransaction => "nexus_getTransaction",
            Self::ListTransactions => "nexus_listTransactions",
            Self::GetNonce => "nexus_getNonce",
            Self::GetBlock => "nexus_getBlock",
            Self::ListBlocks => "nexus_listBlocks",
            Self::GetLightBlock => "nexus_getLightBlock",
            Self::GetValidators => "nexus_getValidators",
            Self::GetIdentity => "nexus_getIdentity",
            Self::GetImvu => "nexus_getImvu",
            Self::ListImvus => "nexus_listImvus",
            Self::GetQuota => "nexus_getQuota",
            Self::ResolveDomain => "nexus_resolveDomain",
            Self::ListDomains => "nexus_listDomains",
            Self::GetZone => "nexus_getZone",
            Self::GetName => "nexus_getName",
            Self::ListChallenges => "nexus_listChallenges",
            Self::GetHost => "nexus_getHost",
            Self::ListHosts => "nexus_listHosts",
            Self::GetAgent => "nexus_getAgent",
            Self::ListAgents => "nexus_listAgents",
            Self::GetMeter => "nexus_getMeter",
            Self::ListMeters => "nexus_listMeters",
            Self::GetPlacement => "nexus_getPlacement",
            Self::ListAssignments => "nexus_listAssignments",
            Self::GetUsage => "nexus_getUsage",
            Self::ListUsage => "nexus_listUsage",
            Self::ListDrifts => "nexus_listDrifts",
            Self::GetPrices => "nexus_getPrices",
            Self::ListAccounts => "nexus_listAccounts",
            Self::GetBilling => "nexus_getBilling",
            Self::ListMoney => "nexus_listMoney",
            Self::GetStatement => "nexus_getStatement",
            Self::ListStatements => "nexus_listStatements",
            Self::GetEnforcement => "nexus_getEnforcement",
            Self::GetProcessor => "nexus_getProcessor",
            Self::GetPayment => "nexus_getPayment",
            Self::GetDispute => "nexus_getDispute",
            Self::GetPayout => "nexus_getPayout",
            Self::ListPayouts => "nexus_listPayouts",
            Self::GetConsents => "nexus_getConsents",
            Self::ListConsents => "nexus_listConsents",
            Self::ListSnapshots => "nexus_listSnapshots",
            Self::GetMail => "nexus_getMail",
            Self::ListMailEpochs => "nexus_listMailEpochs",
            Self::GetExit => "nexus_getExit",
            Self::GetPeriodRoots => "nexus_getPeriodRoots",
            Self::GetGovernance => "nexus_getGovernance",
            Self::GetGovernanceProposal => "nexus_getGovernanceProposal",
            Self::GetGates => "nexus_getGates",
            Self::ListGateDecisions => "nexus_listGateDecisions",
            Self::ListViolations => "nexus_listViolations",
            Self::ListAudit => "nexus_listAudit",
            Self::ListApprovals => "nexus_listApprovals",
            Self::GetProof => "nexus_getProof",
            Self::GetBundle => "nexus_getBundle",
            Self::ExplainCode => "nexus_explainCode",
            Self::Sql => "nexus_sql",
            Self::ListEvents => "nexus_listEvents",
            Self::SubscribeEvents => "nexus_subscribeEvents",
            Self::UnsubscribeEvents => "nexus_unsubscribeEvents",
            Self::Discover => "rpc.discover",
        }
    }

    /// What it does, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Health => "Whether the node follows the chain, and how far it is.",
            Self::Time => "What the node's clock shows.",
            Self::ChainInfo => "The chain's ids, its constants, its officers and lists.",
            Self::SubmitTransaction => {
                "Hands a signed transaction to the network and waits as long as asked."
            }
            Self::SimulateTransaction => {
                "Decides a transaction on the committed state and writes nothing."
            }
            Self::GetTransaction => "One committed transaction, decoded, with its decision.",
            Self::ListTransactions => "Committed transactions, newest first.",
            Self::GetNonce => "The next nonce of an identity's lane.",
            Self::GetBlock => "One committed block, decoded.",
            Self::ListBlocks => "Committed blocks, newest first.",
            Self::GetLightBlock => "All a light client needs of one height, in CometBFT's JSON.",
            Self::GetValidators => "The validators' seats.",
            Self::GetIdentity => "One identity.",
            Self::GetImvu => "One IMVU with its path policy, routes and collections.",
            Self::ListImvus => "IMVUs, in the order in which they were created.",
            Self::GetQuota => "The committed quota of an IMVU, with each field's version.",
            Self::ResolveDomain => "Who holds a name.",
            Self::ListDomains => {
                "Names that are bound or locked, in the order in which they were first claimed."
            }
            Self::GetZone => "A zone with all its record sets.",
            Self::GetName => {
                "What stands in state of a name beside its zone: claims with what to publish, votes, grants, delegation, transfer code."
            }
            Self::ListChallenges => {
                "Claims of external names and those that are bound, with their challenges and votes: what observers look for."
            }
            Self::GetHost => "One host: what it has, what it can do, its agents and meters.",
            Self::ListHosts => "Hosts, in the order of their registration.",
            Self::GetAgent => "One agent of a host, and its last report.",
            Self::ListAgents => {
                "Agents, replaced ones included, in the order of their registration."
            }
            Self::GetMeter => "One meter of a host, and its last record.",
            Self::ListMeters => {
                "Meters, replaced ones included, in the order of their registration."
            }
            Self::GetPlacement => "Where an IMVU runs.",
            Self::ListAssignments => "What an agent of a host shall make so, from the state.",
            Self::GetUsage => {
                "The sealed hours of an IMVU's usage, oldest first, and what is not sealed yet, from the state."
            }
            Self::ListUsage => "Lines of usage of sealed hours, newest first.",
            Self::ListDrifts => "What agents found changed on their hosts, newest first.",
            Self::GetPrices => "The prices that hold in a period, and the tax rates.",
            Self::ListAccounts => {
                "Accounts of the ledger with their turnovers, in the order of their first postings."
            }
            Self::GetBilling => "What an IMVU's use of a period comes to so far, from the state.",
            Self::ListMoney => "An IMVU's account book, oldest first, from its money collection.",
            Self::GetStatement => "The statement of an IMVU and a period.",
            Self::ListStatements => "Statements of an IMVU, newest first.",
            Self::GetEnforcement => {
                "Debts, containments, mandates and standing consents of an IMVU."
            }
            Self::GetProcessor => "One payment processor, and what it last said of its books.",
            Self::GetPayment => {
                "What a processor told under a name of its own: a deposit, a sale or a refund."
            }
            Self::GetDispute => "One dispute over a sale.",
            Self::GetPayout => "One payout.",
            Self::ListPayouts => "Payouts of an identity, newest first.",
            Self::GetConsents => {
                "Where a subject's sequence of consents in an IMVU stands, from the state."
            }
            Self::ListConsents => {
                "An IMVU's consent log, oldest first, from its consents collection."
            }
            Self::ListSnapshots => "Snapshots of an IMVU, newest first, from the state.",
            Self::GetMail => {
                "An IMVU's mail: addresses, credentials, routes and DKIM keys, from the state."
            }
            Self::ListMailEpochs => {
                "The epochs of an IMVU's mail that agents committed to, oldest first."
            }
            Self::GetExit => "How far an IMVU's exit has come, from the state.",
            Self::GetPeriodRoots => {
                "How far an IMVU's collections had come when a period was closed, and what it had authored."
            }
            Self::GetGovernance => {
                "Pending proposals, changes of seats that wait, the planned upgrade, observers and denied names."
            }
            Self::GetGovernanceProposal => "One proposal that seats vote on, with its votes.",
            Self::GetGates => "The 17 gates, and which of them judge which action.",
            Self::ListGateDecisions => "What each gate said about each transaction, newest first.",
            Self::ListViolations => "Refusals, newest first.",
            Self::ListAudit => "The audit log, newest first.",
            Self::ListApprovals => "Proposals and what their approval must name.",
            Self::GetProof => "State values and log records with their proofs.",
            Self::GetBundle => "Everything that proves one subject offline from a trusted height.",
            Self::ExplainCode => "What a code means and what to do next.",
            Self::Sql => {
                "One read-only query of the node's SQL index; what would write is refused."
            }
            Self::ListEvents => "Events after a cursor, oldest first.",
            Self::SubscribeEvents => "Events after a cursor, then live. WebSocket only.",
            Self::UnsubscribeEvents => "Ends a subscription.",
            Self::Discover => "This interface as an OpenRPC document.",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
