//! Events: read in pages, or followed. Both read the index, so that a slow reader misses nothing and costs no memory.

use crate::conn::Conn;
use crate::cursor::{event_text, parse_event};
use crate::methods::blocks::event_item;
use crate::methods::paging::{complete_from, page_limit};
use crate::node::Node;
use crate::refusal::Refusal;
use jsonrpsee::core::SubscriptionResult;
use jsonrpsee::{PendingSubscriptionSink, SubscriptionSink};
use nexus_index::rows::{self, EventBatch, Happened, Position};
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{
    AnomalyView, EventBody, EventFilter, EventKind, EventNotice, EventsPage, ListEventsParams,
    MAX_LIMIT, SubscribeEventsParams,
};
use std::sync::Arc;

/// Kinds a filter may name: there are no more.
const MAX_KINDS: usize = rows::EventKind::ALL.len();
/// Events read from the index at once for a subscriber.
const BATCH: u32 = 50;

fn filter(wanted: &EventFilter) -> Result<rows::EventFilter, Refusal> {
    if wanted.kinds.len() > MAX_KINDS {
        return Err(Refusal::params(format_args!(
            "`kinds` names more than the {MAX_KINDS} kinds there are"
        )));
    }
    let kinds = wanted.kinds.iter().map(|kind| match kind {
        EventKind::Audit => rows::EventKind::Audit,
        EventKind::Violation => rows::EventKind::Violation,
        EventKind::Notice => rows::EventKind::Notice,
        EventKind::ProposalExpired => rows::EventKind::ProposalExpired,
        EventKind::Equivocation => rows::EventKind::Equivocation,
        EventKind::Placed => rows::EventKind::Placed,
        EventKind::Started => rows::EventKind::Started,
        EventKind::Stopped => rows::EventKind::Stopped,
        EventKind::Usage => rows::EventKind::Usage,
        EventKind::Drift => rows::EventKind::Drift,
        EventKind::NotAsAssigned => rows::EventKind::NotAsAssigned,
        EventKind::Implausible => rows::EventKind::Implausible,
        EventKind::NotPlaced => rows::EventKind::NotPlaced,
        EventKind::AgentSilent => rows::EventKind::AgentSilent,
        EventKind::MeterSilent => rows::EventKind::MeterSilent,
        EventKind::Money => rows::EventKind::Money,
        EventKind::Statement => rows::EventKind::Statement,
        EventKind::Debt => rows::EventKind::Debt,
        EventKind::PeriodClosed => rows::EventKind::PeriodClosed,
        EventKind::BooksDiffer => rows::EventKind::BooksDiffer,
        EventKind::Contained => rows::EventKind::Contained,
        EventKind::IdentityFrozen => rows::EventKind::IdentityFrozen,
        EventKind::GuardiansChanged => rows::EventKind::GuardiansChanged,
        EventKind::RecoveryPending => rows::EventKind::RecoveryPending,
        EventKind::RecoveryEnded => rows::EventKind::RecoveryEnded,
        EventKind::MailEpoch => rows::EventKind::MailEpoch,
        EventKind::Governance => rows::EventKind::Governance,
        EventKind::ValidatorsChanged => rows::EventKind::ValidatorsChanged,
        EventKind::Restricted => rows::EventKind::Restricted,
        EventKind::RestrictionAppealed => rows::EventKind::RestrictionAppealed,
        EventKind::Exit => rows::EventKind::Exit,
        EventKind::Anomaly => rows::EventKind::Anomaly,
        EventKind::Consent => rows::EventKind::Consent,
        EventKind::Snapshot => rows::EventKind::Snapshot,
        EventKind::ExternalName => rows::EventKind::ExternalName,
    });
    Ok(rows::EventFilter {
        kinds: kinds.collect(),
        imvu: wanted.imvu.clone().map(|id| id.0),
        actor: wanted.actor.map(|id| id.0),
        gate: None,
    })
}

pub(crate) async fn list(node: Arc<Node>, params: ListEventsParams) -> Result<EventsPage, Refusal> {
    let limit = page_limit(params.limit, MAX_LIMIT)?;
    let filter = filter(&params.filter)?;
    let after = params
        .from_cursor
        .as_deref()
        .map(parse_event)
        .transpose()?
        .flatten();
    node.await_index().await;
    let batch = node.context.index.events(after, &filter, limit).await?;
    // Read with the events: an index that has not begun cannot say where it will.
    let first = batch.complete_from;
    if params.from_cursor.is_some() && lacks(after, first) {
        let what = format_args!("this node's history begins at height {first}");
        return Err(Refusal::interface(InterfaceCode::Pruned, what));
    }
    Ok(EventsPage {
        next_cursor: event_text(batch.resume),
        at: batch.at.into(),
        complete_from: complete_from(first),
        items: batch
            .rows
            .iter()
            .map(|row| event_item(row.at, row.time, body(&row.event)))
            .collect(),
    })
}

fn body(happened: &Happened) -> EventBody {
    match happened {
        Happened::Ledger(event) => event.into(),
        Happened::Anomaly(anomaly) => EventBody::Anomaly(AnomalyView {
            rule: anomaly.rule.name().to_owned(),
            imvu: anomaly.imvu.clone().map(Into::into),
            actor: anomaly.actor.map(Into::into),
            host: anomaly.host.clone().map(Into::into),
            meter: anomaly.meter.clone().map(Into::into),
            observed: anomaly.observed.clone(),
            expected: anomaly.expected.clone(),
            detail: anomaly.detail.clone(),
        }),
    }
}

/// Whether events after that place may lie before the first height that this node has.
fn lacks(after: Option<Position>, first: u64) -> bool {
    first.checked_sub(1).is_some_and(|before| {
        let last = Position {
            height: before,
            position: u32::MAX,
        };
        after.is_none_or(|after| after < last)
    })
}

/// One subscription, from its request to its end.
pub(crate) async fn subscribe(
    node: Arc<Node>,
    params: Result<SubscribeEventsParams, Refusal>,
    pending: PendingSubscriptionSink,
    conn: Option<Arc<Conn>>,
) -> SubscriptionResult {
    let begun = match params {
        Ok(params) => begin(&node, &params).await,
        Err(refusal) => Err(refusal),
    };
    let (after, filter) = match begun {
        Ok(begun) => begun,
        Err(refusal) => {
            pending.reject(refusal.into_error()).await;
            return Ok(());
        }
    };
    let sink = pending.accept().await?;
    let _open = conn.as_ref().map(|conn| conn.subscription());
    let subscriber = Subscriber { sink, conn };
    subscriber.follow(&node, after, &filter).await
}

type Begun = (Option<Position>, rows::EventFilter);

async fn begin(node: &Node, params: &SubscribeEventsParams) -> Result<Begun, Refusal> {
    let filter = filter(&params.filter)?;
    let after = match &params.from_cursor {
        Some(text) => parse_event(text)?,
        // From now on: after everything that is committed.
        None => Some(Position {
            height: *node.context.committed.borrow(),
            position: u32::MAX,
        }),
    };
    Ok((after, filter))
}

struct Subscriber {
    sink: SubscriptionSink,
    conn: Option<Arc<Conn>>,
}

impl Subscriber {
    /// Sends what is indexed, waits for more, and so on until the subscriber leaves.
    async fn follow(
        &self,
        node: &Node,
        mut after: Option<Position>,
        filter: &rows::EventFilter,
    ) -> SubscriptionResult {
        let mut indexed = node.context.indexed.clone();
        loop {
            indexed.mark_unchanged();
            match node.context.index.events(after, filter, BATCH).await {
                // Looked at with each batch: a subscriber may be here before the index has begun.
                Ok(batch) if lacks(after, batch.complete_from) => {
                    let first = batch.complete_from;
                    let cursor = event_text(Position {
                        height: first,
                        position: 0,
                    });
                    let reason = format!("this node's history begins at height {first}");
                    return self.send(&EventNotice::Resync { cursor, reason }).await;
                }
                Ok(batch) => {
                    self.pass_on(&batch, after).await?;
                    after = Some(batch.resume);
                    if !batch.is_end {
                        continue;
                    }
                }
                // Nothing is indexed yet, or every reader is busy: the next block wakes us.
                Err(nexus_index::Error::NotYet { .. } | nexus_index::Error::Busy) => {}
                Err(error) => {
                    tracing::error!(%error, "a subscription ends: the index cannot be read");
                    return Err(error.into());
                }
            }
            tokio::select! {
                changed = indexed.changed() => changed?,
                () = self.sink.closed() => return Ok(()),
            }
        }
    }

    async fn pass_on(&self, batch: &EventBatch, after: Option<Position>) -> SubscriptionResult {
        for row in &batch.rows {
            let item = event_item(row.at, row.time, body(&row.event));
            self.send(&EventNotice::Event(item)).await?;
        }
        // A subscriber learns that it missed nothing even where no event matched.
        if batch.is_end && Some(batch.resume) != after {
            let progress = EventNotice::Progress {
                cursor: event_text(batch.resume),
                height: batch.resume.height.into(),
            };
            self.send(&progress).await?;
        }
        Ok(())
    }

    async fn send(&self, notice: &EventNotice) -> SubscriptionResult {
        let message = serde_json::value::to_raw_value(notice)?;
        if let Some(conn) = &self.conn {
            conn.room(0).await;
            conn.queue(message.get().len());
        }
        self.sink.send(message).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_told_when_this_node_lacks_what_it_wants_next() {
        let at = |height, position| Some(Position { height, position });
        for (after, first, lost) in [
            (None, 0, false),
            (at(0, 0), 0, false),
            (None, 10, true),
            (at(8, u32::MAX), 10, true),
            // Block 9 may have had more events than the four that were read.
            (at(9, 3), 10, true),
            (at(9, u32::MAX), 10, false),
            (at(10, 0), 10, false),
        ] {
            assert_eq!(lacks(after, first), lost, "{after:?} of {first}");
        }
    }
}
