//! An IMVU's usage: the leaves of its collection, and what is not sealed yet.

use crate::cursor::bad;
use crate::methods::paging::Paging;
use crate::methods::state::{collection_name, exists_imvu};
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    CollectionView, GetUsageParams, Hex, LeafProof, MeteringView, Method, Read, UsageLeafView,
    UsageView,
};
use nexus_store::StoreError;
use nexus_types::ImvuId;
use nexus_types::encoding::{decode, encode};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::{Metering, UsageHour};
use nexus_types::state::Collection;
use nexus_types::state_key;
use std::ops::Range;
use std::sync::Arc;

/// Leaves that one call looks at: more than a year of hours, some ten milliseconds.
const SCAN_LEAVES: u64 = 10_000;
/// Leaves read from the disk at once: some hundred kilobytes.
const CHUNK: u64 = 500;

pub(crate) async fn usage(
    node: Arc<Node>,
    params: GetUsageParams,
) -> Result<Read<UsageView>, Refusal> {
    let paging = Paging::read(
        Method::GetUsage,
        &(&params.imvu, &params.from_hour, &params.to_hour),
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let first: u64 = match &paging.after {
        None => 0,
        Some(after) => decode(after).map_err(|_| bad("no node made it"))?,
    };
    let from = params.from_hour.map_or(0, |hour| hour.0);
    let to = params.to_hour.map_or(u64::MAX, |hour| hour.0);
    let wanted = Wanted {
        hours: from..to,
        first,
        proof: params.proof,
    };
    let id = params.imvu.0;
    node.read(paging.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let mut view = UsageView::empty(id.clone());
        if paging.after.is_none() {
            let metering: Option<Metering> = reading.get(&state_key::metering(&id))?;
            view.metering = Some(MeteringView::from(&metering.unwrap_or_default()));
        }
        let kind = CollectionKind::Usage;
        let key = state_key::collection(kind, Some(&id));
        if let Some(collection) = reading.get::<Collection>(&key)? {
            leaves(reading, &paging, &wanted, &collection, &id, &mut view)?;
            view.collection = Some(CollectionView {
                kind: collection_name(kind).to_owned(),
                size: collection.size.into(),
                root: collection.root.into(),
            });
        }
        Ok(view)
    })
    .await
}

/// Which leaves are wanted.
struct Wanted {
    hours: Range<u64>,
    /// The sequence to begin with.
    first: u64,
    /// Whether each comes with its proof.
    proof: bool,
}

/// Fills the page with leaves of the collection as it was at the height that is read.
fn leaves(
    reading: &Reading,
    paging: &Paging,
    wanted: &Wanted,
    collection: &Collection,
    id: &ImvuId,
    page: &mut UsageView,
) -> Result<(), Refusal> {
    let log = LogId::Collection(CollectionKind::Usage, Some(id.clone())).to_bytes();
    let kept = first_kept(reading, &log, wanted.first)?;
    if kept > wanted.first {
        page.complete_from = Some(kept.into());
    }
    let end = collection.size.min(kept.saturating_add(SCAN_LEAVES));
    let mut next = kept;
    while next < end && page.items.len() < paging.limit {
        let count = CHUNK.min(end.saturating_sub(next));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        for record in reading.view().records(&log, next, count)? {
            if page.items.len() >= paging.limit {
                break;
            }
            let hour: UsageHour = decode(&record)
                .map_err(|error| Refusal::internal("reading an hour of usage", &error))?;
            if wanted.hours.contains(&hour.hour) {
                let leaf = wanted
                    .proof
                    .then(|| prove(reading, &log, next, collection.size, record));
                page.items.push(UsageLeafView {
                    hour: (&hour).into(),
                    leaf: leaf.transpose()?,
                });
            }
            next = next.saturating_add(1);
        }
    }
    page.next_cursor = (next < collection.size).then(|| paging.next(reading, encode(&next)));
    Ok(())
}

/// The first leaf from that one on that this node has: one that began at a snapshot lacks what was sealed before.
fn first_kept(reading: &Reading, log: &[u8], wanted: u64) -> Result<u64, Refusal> {
    match reading.view().record(log, wanted) {
        Ok(_) => Ok(wanted),
        Err(StoreError::NotKept { first, .. }) => Ok(first),
        Err(other) => Err(other.into()),
    }
}

fn prove(
    reading: &Reading,
    log: &[u8],
    index: u64,
    size: u64,
    record: Vec<u8>,
) -> Result<LeafProof, Refusal> {
    let proof = reading.view().inclusion(log, index, size)?;
    Ok(LeafProof {
        record: Hex::new(record),
        proof: Hex::new(encode(&proof)),
    })
}
