//! Reads of consents and snapshots.

use crate::cursor::bad;
use crate::methods::collection::leaves;
use crate::methods::paging::Paging;
use crate::methods::state::exists_imvu;
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    ConsentLeafView, ConsentsView, GetConsentsParams, ListConsentsParams, ListSnapshotsParams,
    Method, Read, SnapshotsView, SubjectConsentsView,
};
use nexus_types::consent::{ConsentEntry, Consents, Erasure};
use nexus_types::encoding::{decode, encode};
use nexus_types::log::CollectionKind;
use nexus_types::snapshot::{Snapshot, Snapshots};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, ImvuId};
use std::sync::Arc;

/// Where a subject's sequence stands; one that has none begins at 0.
pub(crate) async fn consents(
    node: Arc<Node>,
    params: GetConsentsParams,
) -> Result<Read<SubjectConsentsView>, Refusal> {
    let (imvu, subject) = (params.imvu.0, params.subject.0);
    node.read(params.at, params.proof, move |reading| {
        exists_imvu(reading, &imvu)?;
        let known: Option<Consents> = reading.get(&state_key::consents(&imvu, &subject))?;
        let erasures = erasures(reading, &imvu, &subject)?;
        let consents = known.unwrap_or_else(|| Consents::none(imvu, subject));
        Ok(SubjectConsentsView::new(&consents, &erasures))
    })
    .await
}

fn erasures(reading: &Reading, imvu: &ImvuId, subject: &Hash) -> Result<Vec<Erasure>, Refusal> {
    let mut prefix = vec![KeyKind::Erasure.byte()];
    prefix.extend(encode(&(imvu, subject)));
    let found = reading.under::<Erasure>(&prefix)?;
    // Each becomes part of the proof; that there is none beside them follows from the collection alone.
    found
        .into_iter()
        .map(|(key, erasure)| Ok(reading.get(&key)?.unwrap_or(erasure)))
        .collect()
}

/// A page of an IMVU's consents collection.
pub(crate) async fn consent_log(
    node: Arc<Node>,
    params: ListConsentsParams,
) -> Result<Read<ConsentsView>, Refusal> {
    let paging = Paging::read(
        Method::ListConsents,
        &(&params.imvu, &params.subject),
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let (id, proof) = (params.imvu.0, params.proof);
    let subject = params.subject.map(|subject| subject.0);
    node.read(paging.at, proof, move |reading| {
        exists_imvu(reading, &id)?;
        let fits = |entry: &ConsentEntry| subject.is_none_or(|wanted| wanted == entry.subject);
        let of = (CollectionKind::Consents, &id);
        let found = leaves(reading, &paging, of, proof, fits)?;
        let items = found.items.into_iter();
        Ok(ConsentsView {
            collection: found.collection,
            items: items
                .map(|(entry, leaf)| ConsentLeafView {
                    entry: (&entry).into(),
                    leaf,
                })
                .collect(),
            next_cursor: found.next_cursor,
            complete_from: found.complete_from,
            imvu: id.into(),
        })
    })
    .await
}

/// A page of an IMVU's snapshots, newest first: their numbers have no gaps.
pub(crate) async fn snapshots(
    node: Arc<Node>,
    params: ListSnapshotsParams,
) -> Result<Read<SnapshotsView>, Refusal> {
    let paging = Paging::read(
        Method::ListSnapshots,
        &params.imvu,
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let id = params.imvu.0;
    node.read(paging.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let all: Option<Snapshots> = reading.get(&state_key::snapshots(&id))?;
        let all = all.unwrap_or_default();
        let first = match &paging.after {
            None => all.last,
            Some(after) => decode::<u64>(after).map_err(|_| bad("no node made it"))?,
        };
        let mut items = Vec::new();
        let mut number = first.min(all.last);
        while number > 0 && items.len() < paging.limit {
            let one: Option<Snapshot> = reading.get(&state_key::snapshot(&id, number))?;
            items.extend(one);
            number = number.saturating_sub(1);
        }
        let next = (number > 0).then(|| paging.next(reading, encode(&number)));
        Ok(SnapshotsView::new(id.into(), &all, &items, next))
    })
    .await
}
