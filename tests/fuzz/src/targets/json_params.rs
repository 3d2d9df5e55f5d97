//! Parameters of the JSON-RPC methods, as a caller sends them.

use nexus_sdk::api::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Target;
use crate::mutate::{self, Bytes, Random};
use crate::vectors;

pub(super) const TARGET: Target = Target {
    name: "json_params",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 4096,
};

/// The first byte chooses the method, the rest is its parameters.
fn run(bytes: &[u8]) {
    let Some((method, text)) = bytes.split_first() else {
        return;
    };
    let method = METHODS[usize::from(*method) % METHODS.len()];
    match method {
        Method::SubmitTransaction => read::<SubmitParams>(text),
        Method::SimulateTransaction => read::<SimulateParams>(text),
        Method::GetTransaction => read::<GetTransactionParams>(text),
        Method::ListTransactions => read::<ListTransactionsParams>(text),
        Method::GetNonce => read::<GetNonceParams>(text),
        Method::GetBlock | Method::GetLightBlock => read::<HeightParams>(text),
        Method::ListBlocks => read::<ListBlocksParams>(text),
        Method::GetValidators | Method::GetGovernance => read::<AtParams>(text),
        Method::GetIdentity => read::<GetIdentityParams>(text),
        Method::GetImvu | Method::GetQuota | Method::GetPlacement => read::<GetImvuParams>(text),
        Method::ListImvus => read::<ListImvusParams>(text),
        Method::ResolveDomain => read::<ResolveDomainParams>(text),
        Method::ListDomains => read::<ListDomainsParams>(text),
        Method::GetZone => read::<GetZoneParams>(text),
        Method::ListGateDecisions => read::<ListGateDecisionsParams>(text),
        Method::ListViolations => read::<ListViolationsParams>(text),
        Method::ListAudit => read::<ListAuditParams>(text),
        Method::ListApprovals => read::<ListApprovalsParams>(text),
        Method::GetHost => read::<GetHostParams>(text),
        Method::ListHosts => read::<ListHostsParams>(text),
        Method::GetAgent => read::<GetAgentParams>(text),
        Method::ListAgents => read::<ListAgentsParams>(text),
        Method::GetMeter => read::<GetMeterParams>(text),
        Method::ListMeters => read::<ListMetersParams>(text),
        Method::ListAssignments => read::<ListAssignmentsParams>(text),
        Method::GetUsage => read::<GetUsageParams>(text),
        Method::ListUsage => read::<ListUsageParams>(text),
        Method::ListDrifts => read::<ListDriftsParams>(text),
        Method::GetPrices => read::<GetPricesParams>(text),
        Method::ListAccounts => read::<ListAccountsParams>(text),
        Method::GetBilling | Method::GetStatement | Method::GetPeriodRoots => {
            read::<GetPeriodParams>(text)
        }
        Method::ListMoney => read::<ListMoneyParams>(text),
        Method::ListStatements => read::<ListStatementsParams>(text),
        Method::GetEnforcement => read::<GetEnforcementParams>(text),
        Method::GetGovernanceProposal => read::<GetGovernanceProposalParams>(text),
        Method::GetProcessor => read::<GetProcessorParams>(text),
        Method::GetPayment => read::<GetPaymentParams>(text),
        Method::GetDispute => read::<GetDisputeParams>(text),
        Method::GetPayout => read::<GetPayoutParams>(text),
        Method::ListPayouts => read::<ListPayoutsParams>(text),
        Method::GetConsents => read::<GetConsentsParams>(text),
        Method::GetExit => read::<GetExitParams>(text),
        Method::GetName => read::<GetNameParams>(text),
        Method::ListChallenges => read::<AtParams>(text),
        Method::ListConsents => read::<ListConsentsParams>(text),
        Method::ListSnapshots => read::<ListSnapshotsParams>(text),
        Method::GetMail => read::<GetMailParams>(text),
        Method::ListMailEpochs => read::<ListMailEpochsParams>(text),
        Method::GetProof => read::<GetProofParams>(text),
        Method::GetBundle => read::<GetBundleParams>(text),
        Method::ExplainCode => read::<ExplainCodeParams>(text),
        Method::Sql => read::<SqlParams>(text),
        Method::ListEvents => read::<ListEventsParams>(text),
        Method::SubscribeEvents => read::<SubscribeEventsParams>(text),
        Method::Health
        | Method::Time
        | Method::ChainInfo
        | Method::GetGates
        | Method::UnsubscribeEvents
        | Method::Discover => read::<NoParams>(text),
    }
    answer(text);
}

/// What is read can be written, and is then read as the same.
fn read<P: DeserializeOwned + Serialize + PartialEq + core::fmt::Debug>(text: &[u8]) {
    let Ok(params) = serde_json::from_slice::<P>(text) else {
        return;
    };
    let written = serde_json::to_string(&params).expect("what is read can be written");
    let again: P = serde_json::from_str(&written).expect("what is written is read");
    assert_eq!(again, params, "{written}");
}

/// The same bytes as an answer: a client reads what any node says.
fn answer(text: &[u8]) {
    if let Ok(proof) = serde_json::from_slice::<ProofResult>(text) {
        let preimage = nexus_tree::app_hash::AppHashPreimage::try_from(&proof.preimage);
        if let Ok(preimage) = preimage {
            let _ = preimage.hash();
        }
    }
    let _ = serde_json::from_slice::<BlockView>(text);
    let _ = serde_json::from_slice::<TransactionView>(text);
    let _ = serde_json::from_slice::<EventsPage>(text);
}

fn seeds() -> Vec<Vec<u8>> {
    let txs = vectors::bytes_named(&vectors::json("transactions.json"), "bytes");
    let tx = Base64::new(txs.into_iter().next().unwrap_or_default());
    let (hash, imvu) = ("ab".repeat(32), "IMVU-042");
    let name = "alice.demo.example";
    let examples = [
        json!({"tx": tx, "wait": "committed", "timeoutMs": 1000}),
        json!({"tx": tx, "checkSignature": false}),
        json!({"hash": hash}),
        json!({"limit": 10, "cursor": "abc", "at": "7", "imvu": imvu, "signer": hash, "action": "changeQuota"}),
        json!({"identity": hash, "lane": 0}),
        json!({"height": "12"}),
        json!({"limit": 200}),
        json!({"at": "latest"}),
        json!({"identity": hash, "at": "3"}),
        json!({"imvu": imvu}),
        json!({"owner": hash, "status": "active", "jurisdiction": "EU-GDPR", "limit": 5}),
        json!({"name": name}),
        json!({"apex": name, "at": "9"}),
        json!({"gate": 3, "outcome": "fail", "imvu": imvu}),
        json!({"code": 2003, "actor": hash}),
        json!({"keys": ["01"], "records": [{"log": "audit", "index": "3"}], "consistency": [{"log": "headers", "size": "2"}], "height": "7"}),
        json!({"subject": {"tx": hash}, "fromHeight": "1"}),
        json!({"subject": {"zone": name}, "fromHeight": "5"}),
        json!({"period": 672, "at": "7"}),
        json!({"imvu": imvu, "period": 672, "at": "latest"}),
        json!({"imvu": imvu, "period": 672, "limit": 10}),
        json!({"processor": "pay"}),
        json!({"processor": "pay", "external": "sale-1"}),
        json!({"dispute": hash}),
        json!({"payout": hash}),
        json!({"statement": "SELECT 1", "parameters": []}),
        json!({"fromCursor": "abc", "filter": {"kinds": ["notice"], "imvu": imvu}, "limit": 3}),
        json!({}),
    ];
    let texts: Vec<Vec<u8>> = examples
        .iter()
        .map(|example| serde_json::to_vec(example).expect("JSON"))
        .collect();
    let methods = (0..METHODS.len()).map(|method| method as u8);
    let under = |method: u8| {
        texts
            .iter()
            .map(move |text| [&[method], text.as_slice()].concat())
    };
    methods.flat_map(under).collect()
}

fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let parsed = data[..size].split_first().and_then(|(method, text)| {
        let params = serde_json::from_slice::<Value>(text).ok()?;
        Some((*method, params))
    });
    let Some((mut method, mut params)) = parsed.filter(|_| !random.once_in(6)) else {
        return bytes(data, size, max);
    };
    if random.once_in(4) {
        method = random.below(METHODS.len()) as u8;
    } else {
        mutate::json(&mut params, random, bytes);
    }
    let text = serde_json::to_vec(&params).expect("JSON");
    mutate::put(data, size, max, &[&[method], text.as_slice()].concat())
}
