//! The methods themselves: each takes the node and its parameters, and answers or refuses.

pub(crate) mod blocks;
pub(crate) mod bundle;
mod collection;
pub(crate) mod events;
mod exits;
pub(crate) mod governance;
pub(crate) mod host_lists;
pub(crate) mod hosts;
pub(crate) mod lists;
pub(crate) mod mail;
pub(crate) mod money;
pub(crate) mod money_lists;
mod names;
mod paging;
pub(crate) mod payments;
pub(crate) mod proofs;
pub(crate) mod rights;
pub(crate) mod state;
pub(crate) mod submit;
pub(crate) mod usage;

use crate::node::Node;
use crate::refusal::Refusal;
use crate::registry::Registry;
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use nexus_sdk::api::codes::{self, Explanation};
use nexus_sdk::api::{
    CodeRef, ConsensusHealth, ExplainCodeParams, Health, HealthStatus, Method, NoParams, NodeTime,
};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long `nexus_health` waits for CometBFT: it must answer while the rest hangs.
const HEALTH_PATIENCE: Duration = Duration::from_secs(1);

/// Every method of the node.
pub(crate) fn all(node: Arc<Node>) -> Result<RpcModule<Node>, RegisterMethodError> {
    let mut table = Registry::new(node);
    table.method(Method::Health, |node, _: NoParams| async move {
        Ok(health(&node).await)
    })?;
    table.method(Method::Time, |_, _: NoParams| async { Ok(time()) })?;
    table.method(Method::ChainInfo, state::chain_info)?;
    table.method_by(Method::SubmitTransaction, submit::submit)?;
    table.method_by(Method::SimulateTransaction, submit::simulate)?;
    table.method(Method::GetTransaction, blocks::transaction)?;
    table.method(Method::ListTransactions, lists::transactions)?;
    table.method(Method::GetNonce, state::nonce)?;
    table.method(Method::GetBlock, blocks::block)?;
    table.method(Method::ListBlocks, lists::blocks)?;
    table.method(Method::GetLightBlock, blocks::light_block)?;
    table.method(Method::GetValidators, state::validators)?;
    table.method(Method::GetIdentity, state::identity)?;
    table.method(Method::GetImvu, state::imvu)?;
    table.method(Method::ListImvus, lists::imvus)?;
    table.method(Method::GetQuota, state::quota)?;
    table.method(Method::ResolveDomain, state::resolve_domain)?;
    table.method(Method::ListDomains, lists::domains)?;
    table.method(Method::GetZone, state::zone)?;
    table.method(Method::GetName, names::name)?;
    table.method(Method::ListChallenges, names::challenges)?;
    table.method(Method::GetHost, hosts::host)?;
    table.method(Method::ListHosts, host_lists::hosts)?;
    table.method(Method::GetAgent, hosts::agent)?;
    table.method(Method::ListAgents, host_lists::agents)?;
    table.method(Method::GetMeter, hosts::meter)?;
    table.method(Method::ListMeters, host_lists::meters)?;
    table.method(Method::GetPlacement, hosts::placement)?;
    table.method(Method::ListAssignments, hosts::assignments)?;
    table.method(Method::GetUsage, usage::usage)?;
    table.method(Method::ListUsage, host_lists::usage)?;
    table.method(Method::ListDrifts, host_lists::drifts)?;
    table.method(Method::GetPrices, money::prices)?;
    table.method(Method::ListAccounts, money_lists::accounts)?;
    table.method(Method::GetBilling, money::billing)?;
    table.method(Method::ListMoney, money::account_book)?;
    table.method(Method::GetStatement, money::statement)?;
    table.method(Method::ListStatements, money_lists::statements)?;
    table.method(Method::GetEnforcement, money::enforcement)?;
    table.method(Method::GetProcessor, payments::processor)?;
    table.method(Method::GetPayment, payments::payment)?;
    table.method(Method::GetDispute, payments::dispute)?;
    table.method(Method::GetPayout, payments::payout)?;
    table.method(Method::ListPayouts, money_lists::payouts)?;
    table.method(Method::GetConsents, rights::consents)?;
    table.method(Method::ListConsents, rights::consent_log)?;
    table.method(Method::ListSnapshots, rights::snapshots)?;
    table.method(Method::GetMail, mail::mail)?;
    table.method(Method::ListMailEpochs, mail::epochs)?;
    table.method(Method::GetExit, exits::exit)?;
    table.method(Method::GetPeriodRoots, exits::period_roots)?;
    table.method(Method::GetGovernance, governance::governance)?;
    table.method(Method::GetGovernanceProposal, governance::proposal)?;
    table.method(Method::GetGates, lists::gates)?;
    table.method(Method::ListGateDecisions, lists::gate_decisions)?;
    table.method(Method::ListViolations, lists::violations)?;
    table.method(Method::ListAudit, lists::audit)?;
    table.method(Method::ListApprovals, lists::approvals)?;
    table.method(Method::GetProof, proofs::proof)?;
    table.method(Method::GetBundle, bundle::bundle)?;
    table.method(
        Method::ExplainCode,
        |_, params| async move { explain(&params) },
    )?;
    table.method(Method::Sql, lists::sql)?;
    table.method(Method::ListEvents, events::list)?;
    table.events()?;
    table.finish()
}

/// Whether this node is of use. Answers without CometBFT, and before the first block.
pub(crate) async fn health(node: &Node) -> Health {
    let view = node.context.views.latest().ok().flatten();
    let status = tokio::time::timeout(HEALTH_PATIENCE, node.context.comet.status()).await;
    let consensus = status
        .ok()
        .and_then(Result::ok)
        .map(|status| ConsensusHealth {
            catching_up: status.catching_up,
            latest_height: status.latest_height.into(),
            version: status.version,
        });
    let status = match (&view, &consensus) {
        (None, _) => HealthStatus::Starting,
        (_, None) => HealthStatus::ConsensusUnreachable,
        (_, Some(consensus)) if consensus.catching_up => HealthStatus::Syncing,
        _ => HealthStatus::Ok,
    };
    Health {
        status,
        height: view.as_ref().map(|view| view.height().into()),
        block_time: view.as_ref().map(|view| view.time_ms().into()),
        index_height: node.context.indexed.borrow().indexed.map(Into::into),
        consensus,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// This host's clock; a clock before 1970 shows 0.
fn time() -> NodeTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    NodeTime {
        time: u64::try_from(since.as_millis()).unwrap_or(u64::MAX).into(),
    }
}

fn explain(params: &ExplainCodeParams) -> Result<Explanation, Refusal> {
    let number = match &params.code {
        CodeRef::Number(number) => Some(*number),
        CodeRef::Name(name) => codes::parse_code(name),
    };
    number.and_then(codes::explain).ok_or_else(|| {
        Refusal::not_found("no such code exists; codes read NX and four digits, such as NX2015")
    })
}
