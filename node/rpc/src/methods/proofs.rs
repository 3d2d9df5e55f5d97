//! Proofs of state keys and log records at one height.

use crate::machine_view::app_hash_log;
use crate::node::Node;
use crate::reading::{Reading, prove};
use crate::refusal::Refusal;
use nexus_sdk::api::{
    ConsistencyItem, GetProofParams, Hex, LogName, MAX_PROOF_ITEMS, PreimageView, ProofResult,
    RecordItem, RecordRef, SizeRef, log_name,
};
use nexus_store::{ReadView, app_log};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::Hash;
use nexus_types::encoding::encode;
use nexus_types::log::ChainLog;
use std::sync::Arc;

pub(crate) async fn proof(node: Arc<Node>, params: GetProofParams) -> Result<ProofResult, Refusal> {
    let counts = [
        params.keys.len(),
        params.records.len(),
        params.consistency.len(),
    ];
    if counts.iter().any(|count| *count > MAX_PROOF_ITEMS) {
        return Err(Refusal::params(format_args!(
            "`keys`, `records` and `consistency` have at most {MAX_PROOF_ITEMS} items each"
        )));
    }
    let view = node.view()?;
    node.blocking(move || prove_all(Reading::new(view, params.at)?, &params))
        .await
}

fn prove_all(reading: Reading, params: &GetProofParams) -> Result<ProofResult, Refusal> {
    let (view, height) = (reading.view(), reading.height());
    let info = view.info_at(height)?;
    let preimage = &info.preimage;
    let items = params
        .keys
        .iter()
        .map(|key| prove(view, height, key.bytes()));
    let records = params
        .records
        .iter()
        .map(|wanted| record(view, preimage, wanted));
    let consistency = params
        .consistency
        .iter()
        .map(|wanted| extension(view, preimage, wanted));
    Ok(ProofResult {
        height: height.into(),
        block_time: info.time_ms.into(),
        header_height: height.saturating_add(1).into(),
        app_hash: Hash(info.app_hash).into(),
        preimage: PreimageView::from(preimage),
        items: items.collect::<Result<_, _>>()?,
        records: records.collect::<Result<_, _>>()?,
        consistency: consistency.collect::<Result<_, _>>()?,
    })
}

/// A record with its path to the log as it was in the preimage.
fn record(
    view: &ReadView,
    preimage: &AppHashPreimage,
    wanted: &RecordRef,
) -> Result<RecordItem, Refusal> {
    let log = chain_log(wanted.log);
    let (id, size) = (
        app_log(app_hash_log(log)),
        preimage.log(app_hash_log(log)).size,
    );
    let index = wanted.index.0;
    let missing = || {
        Refusal::not_found(format_args!(
            "the log {} has {size} records, none at {index}",
            log_name(log)
        ))
    };
    if index >= size {
        return Err(missing());
    }
    let record = view.record(&id, index)?.ok_or_else(missing)?;
    let proof = view.inclusion(&id, index, size)?;
    Ok(RecordItem {
        log: log_name(log).to_owned(),
        index: index.into(),
        record: Hex::new(record),
        proof: Hex::new(encode(&proof)),
    })
}

fn extension(
    view: &ReadView,
    preimage: &AppHashPreimage,
    wanted: &SizeRef,
) -> Result<ConsistencyItem, Refusal> {
    let log = chain_log(wanted.log);
    let (id, size) = (
        app_log(app_hash_log(log)),
        preimage.log(app_hash_log(log)).size,
    );
    if wanted.from.0 > size {
        let what = format_args!(
            "the log {} has {size} records, fewer than {}",
            log_name(log),
            wanted.from
        );
        return Err(Refusal::not_found(what));
    }
    let proof = view.consistency(&id, wanted.from.0, size)?;
    Ok(ConsistencyItem {
        log: log_name(log).to_owned(),
        from: wanted.from,
        proof: Hex::new(encode(&proof)),
    })
}

fn chain_log(name: LogName) -> ChainLog {
    match name {
        LogName::Audit => ChainLog::Audit,
        LogName::Platform => ChainLog::Platform,
        LogName::Consent => ChainLog::Consent,
        LogName::Usage => ChainLog::Usage,
        LogName::Headers => ChainLog::Headers,
    }
}
