//! Blocks and committed transactions, decoded from the records the store keeps for ever.

use crate::comet::CometError;
use crate::cursor::event_text;
use crate::node::Node;
use crate::refusal::Refusal;
use nexus_index::rows::Position;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{
    Base64, BlockSummary, BlockView, EnvelopeView, EventBody, EventItem, GetTransactionParams,
    HeightParams, LightBlockView, TransactionSummary, TransactionView, VerdictView,
};
use nexus_store::ReadView;
use nexus_types::block::{BlockRecord, Event, TxRecord};
use nexus_types::{Hash, Time, Tx, decode};
use std::sync::Arc;

/// The record of a committed block.
pub(crate) fn block_record(view: &ReadView, height: u64) -> Result<BlockRecord, Refusal> {
    let bytes = view.block_record(height)?.ok_or_else(|| {
        let what = format_args!("this node's history does not reach back to block {height}");
        Refusal::interface(InterfaceCode::Pruned, what)
    })?;
    decode(&bytes).map_err(|error| {
        let cause = format!("record of block {height}: {error}");
        Refusal::internal("reading a block", &cause)
    })
}

/// A transaction with the block it is in.
pub(crate) struct Committed {
    pub(crate) block: BlockRecord,
    pub(crate) index: usize,
}

impl Committed {
    pub(crate) fn record(&self) -> Result<&TxRecord, Refusal> {
        self.block.txs.get(self.index).ok_or_else(|| {
            let cause = format!(
                "block {} has no transaction {}",
                self.block.height, self.index
            );
            Refusal::internal("reading a transaction", &cause)
        })
    }

    /// What happened because of it.
    pub(crate) fn events(&self) -> Result<Vec<EventItem>, Refusal> {
        let Some(verdict) = &self.record()?.verdict else {
            return Ok(Vec::new());
        };
        // Violations, notices, drifts, consents and snapshots name their audit entry, and that names the transaction.
        let entry = self.block.events.iter().find_map(|event| match event {
            Event::Audit(entry) if entry.tx == verdict.tx => Some(entry.sequence),
            _ => None,
        });
        let belongs = |event: &Event| match event {
            Event::Audit(audit) => Some(audit.sequence) == entry,
            Event::Violation(violation) => Some(violation.audit) == entry,
            Event::Notice(notice) => Some(notice.audit) == entry,
            Event::Drift(drift) => Some(drift.audit) == entry,
            Event::Consent(consent) => Some(consent.audit) == entry,
            Event::Snapshot(snapshot) => entry.is_some() && snapshot.audit == entry,
            // What a report, a placement, a payment or a period's end led to names no transaction.
            Event::ProposalExpired(_)
            | Event::Equivocation { .. }
            | Event::Placed { .. }
            | Event::Started(_)
            | Event::Stopped(_)
            | Event::Usage(_)
            | Event::NotAsAssigned { .. }
            | Event::Implausible { .. }
            | Event::NotPlaced { .. }
            | Event::AgentSilent { .. }
            | Event::MeterSilent { .. }
            | Event::Money(_)
            | Event::Statement(_)
            | Event::Debt { .. }
            | Event::PeriodClosed(_)
            | Event::BooksDiffer(_)
            | Event::Contained { .. }
            | Event::Governance(_)
            | Event::ValidatorsChanged(_)
            | Event::Restricted { .. }
            | Event::RestrictionAppealed { .. }
            | Event::ExternalName(_)
            | Event::IdentityFrozen { .. }
            | Event::GuardiansChanged(_)
            | Event::RecoveryPending { .. }
            | Event::RecoveryEnded { .. } => false,
            Event::MailEpoch(epoch) => Some(epoch.audit) == entry,
            Event::Exit(it) => it.audit.is_some() && it.audit == entry,
        };
        let all = events(&self.block);
        Ok(all
            .filter(|(event, _)| belongs(event))
            .map(|(_, item)| item)
            .collect())
    }
}

/// The place of the transaction with that hash whose decision counts: bytes that were inadmissible in one block may be
/// admitted in a later one.
pub(crate) fn find(view: &ReadView, hash: &Hash) -> Result<Option<Committed>, Refusal> {
    let mut first = None;
    for location in view.tx_locations(&hash.0)? {
        let found = Committed {
            block: block_record(view, location.height)?,
            index: usize::try_from(location.index).unwrap_or(usize::MAX),
        };
        if found.record()?.verdict.is_some() {
            return Ok(Some(found));
        }
        first = first.or(Some(found));
    }
    Ok(first)
}

/// That a transaction is in no block kept here, the last being `height`. A node that began at a snapshot cannot know what
/// is in the blocks before, and does not say that there is none.
fn unknown_tx(wanted: Hash, height: u64, began_at: Option<u64>) -> Refusal {
    let refusal = match began_at {
        None => Refusal::not_found(format_args!(
            "no committed transaction has the hash or id {wanted}"
        )),
        Some(base) => Refusal::interface(
            InterfaceCode::Pruned,
            format_args!(
                "no transaction kept here has the hash or id {wanted}, and this node keeps no block up to height {base}, \
                 because it began at a snapshot: a node that keeps all blocks knows whether an earlier one has it"
            ),
        ),
    };
    refusal.at(height).of_tx(wanted)
}

impl Node {
    /// A committed transaction by its hash or its id.
    pub(crate) async fn committed_tx(self: &Arc<Self>, wanted: Hash) -> Result<Committed, Refusal> {
        let view = self.view()?;
        let by_hash = view.clone();
        if let Some(found) = self.blocking(move || find(&by_hash, &wanted)).await? {
            return Ok(found);
        }
        self.await_index().await;
        let (height, began_at) = (view.height(), view.began_at());
        let missing = || unknown_tx(wanted, height, began_at);
        let row = self
            .context
            .index
            .transaction(&wanted)
            .await?
            .ok_or_else(missing)?;
        let view = self.view()?;
        self.blocking(move || find(&view, &row.hash))
            .await?
            .ok_or_else(missing)
    }
}

/// A block's events with their places.
pub(crate) fn events(block: &BlockRecord) -> impl Iterator<Item = (&Event, EventItem)> {
    let places = 0u32..;
    block.events.iter().zip(places).map(|(event, position)| {
        let at = Position {
            height: block.height,
            position,
        };
        (event, event_item(at, block.time, event.into()))
    })
}

pub(crate) fn event_item(at: Position, time: Time, event: EventBody) -> EventItem {
    EventItem {
        cursor: event_text(at),
        height: at.height.into(),
        block_time: time.0.into(),
        position: at.position,
        event,
    }
}

pub(crate) fn summary(block: &BlockRecord, index: usize, record: &TxRecord) -> TransactionSummary {
    let verdict = record.verdict.as_ref();
    TransactionSummary {
        hash: record.hash.into(),
        height: block.height.into(),
        index: u32::try_from(index).unwrap_or(u32::MAX),
        block_time: block.time.0.into(),
        code: record.code.into(),
        id: verdict.map(|verdict| verdict.tx.into()),
        signer: verdict.map(|verdict| verdict.actor.into()),
        action: verdict.map(|verdict| verdict.action.name().to_owned()),
        imvu: verdict
            .and_then(|verdict| verdict.imvu.clone())
            .map(Into::into),
    }
}

pub(crate) async fn transaction(
    node: Arc<Node>,
    params: GetTransactionParams,
) -> Result<TransactionView, Refusal> {
    let found = node.committed_tx(params.hash.0).await?;
    let record = found.record()?;
    let envelope = decode::<Tx>(&record.bytes).ok();
    Ok(TransactionView {
        summary: summary(&found.block, found.index, record),
        verdict: record.verdict.as_ref().map(VerdictView::from),
        envelope: envelope.as_ref().map(EnvelopeView::from),
        raw: Base64::new(record.bytes.clone()),
        events: found.events()?,
    })
}

pub(crate) async fn block(node: Arc<Node>, params: HeightParams) -> Result<BlockView, Refusal> {
    let view = node.view()?;
    let height = params.height.map_or(view.height(), |height| height.0);
    node.blocking(move || {
        let block = block_record(&view, height)?;
        let txs = block.txs.iter().enumerate();
        Ok(BlockView {
            summary: BlockSummary {
                height: block.height.into(),
                time: block.time.0.into(),
                hash: block.hash.into(),
                app_hash: block.app_hash.into(),
                proposer: block.proposer.into(),
                transactions: u32::try_from(block.txs.len()).unwrap_or(u32::MAX),
            },
            txs: txs
                .map(|(index, record)| summary(&block, index, record))
                .collect(),
            events: events(&block).map(|(_, item)| item).collect(),
        })
    })
    .await
}

pub(crate) async fn light_block(
    node: Arc<Node>,
    params: HeightParams,
) -> Result<LightBlockView, Refusal> {
    let latest = node.view()?.height();
    let height = params.height.map_or(latest, |height| height.0);
    if height > latest {
        let what = format_args!("block {height} is not committed here; the latest is {latest}");
        return Err(Refusal::interface(InterfaceCode::FutureHeight, what).at(latest));
    }
    if height == 0 {
        return Err(Refusal::not_found(
            "genesis is no block and has no header; the first is of height 1",
        ));
    }
    let comet = &node.context.comet;
    let next = height.saturating_add(1);
    Ok(LightBlockView {
        height: height.into(),
        signed_header: node.history(comet.signed_header(height).await).await?,
        validators: node.history(comet.validators(height).await).await?,
        next_validators: node.history(comet.validators(next).await).await?,
    })
}

impl Node {
    /// What CometBFT keeps of a height that this node has committed. While it catches up it lacks the last of them yet,
    /// afterwards only what it has pruned.
    pub(crate) async fn history<T>(&self, answer: Result<T, CometError>) -> Result<T, Refusal> {
        match answer {
            Err(CometError::Refused { message, .. }) if self.catches_up().await => {
                let what = format_args!("CometBFT beside this node catches up: {message}");
                Err(Refusal::interface(InterfaceCode::Syncing, what))
            }
            answer => answer.map_err(consensus),
        }
    }

    async fn catches_up(&self) -> bool {
        let status = self.context.comet.status().await;
        status.is_ok_and(|status| status.catching_up)
    }
}

/// What a caller is told when CometBFT does not help.
pub(crate) fn consensus(error: CometError) -> Refusal {
    match error {
        CometError::Unreachable { .. } | CometError::Silent { .. } => {
            tracing::warn!(%error, "CometBFT does not answer");
            Refusal::interface(
                InterfaceCode::NodeUnreachable,
                "CometBFT beside this node does not answer",
            )
        }
        // The heights were checked, so that what it has not is what it has pruned.
        CometError::Refused { message, .. } => Refusal::interface(InterfaceCode::Pruned, message),
        CometError::Unreadable { .. } => Refusal::internal("asking CometBFT", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_node_with_all_blocks_says_that_there_is_no_such_transaction() {
        let wanted = Hash([7; 32]);
        let code = |refusal: Refusal| refusal.into_error().code();
        assert_eq!(code(unknown_tx(wanted, 30, None)), 3001);
        let unknown = unknown_tx(wanted, 30, Some(20)).into_error();
        assert_eq!(unknown.code(), 3002);
        let told = unknown.message();
        assert!(
            told.contains("up to height 20") && told.contains(&wanted.to_string()),
            "{told}"
        );
    }
}
