//! Leaves of an IMVU's collections: page by page, at one height, with the proof of where each stands.

use crate::cursor::bad;
use crate::methods::paging::Paging;
use crate::reading::Reading;
use crate::refusal::Refusal;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_sdk::api::collection_name;
use nexus_sdk::api::{CollectionView, Hex, LeafProof, WireU64};
use nexus_store::StoreError;
use nexus_types::ImvuId;
use nexus_types::encoding::{decode, encode};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::state::Collection;
use nexus_types::state_key;

/// Leaves that one call looks at: more than a year of hours, some ten milliseconds.
const SCAN_LEAVES: u64 = 10_000;
/// Leaves read from the disk at once: some hundred kilobytes.
const CHUNK: u64 = 500;

/// A page of a collection.
pub(super) struct Leaves<T> {
    /// Size and root of the collection at the height that was read; none while it is empty.
    pub(super) collection: Option<CollectionView>,
    /// The leaves, each with its proof if that was asked for.
    pub(super) items: Vec<(T, Option<LeafProof>)>,
    pub(super) next_cursor: Option<String>,
    /// The first leaf that this node has, where it lacks some that were asked for.
    pub(super) complete_from: Option<WireU64>,
}

/// The page of the leaves that fit; the proof of the collection's key becomes part of the answer's.
pub(super) fn leaves<T: BorshDeserialize + BorshSerialize>(
    reading: &Reading,
    paging: &Paging,
    (kind, id): (CollectionKind, &ImvuId),
    proof: bool,
    fits: impl Fn(&T) -> bool,
) -> Result<Leaves<T>, Refusal> {
    let first: u64 = match &paging.after {
        None => 0,
        Some(after) => decode(after).map_err(|_| bad("no node made it"))?,
    };
    let mut page = Leaves {
        collection: None,
        items: Vec::new(),
        next_cursor: None,
        complete_from: None,
    };
    let Some(collection) = collection(reading, kind, id)? else {
        return Ok(page);
    };
    page.collection = Some(shown(kind, &collection));
    let log = log_bytes(kind, id);
    let kept = first_kept(reading, &log, first)?;
    if kept > first {
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
            let leaf: T = read(&record)?;
            if fits(&leaf) {
                let proof = proof.then(|| prove(reading, &log, next, collection.size, record));
                page.items.push((leaf, proof.transpose()?));
            }
            next = next.saturating_add(1);
        }
    }
    page.next_cursor = (next < collection.size).then(|| paging.next(reading, encode(&next)));
    Ok(page)
}

/// One leaf of a collection that has it, and the collection.
pub(super) fn leaf<T: BorshDeserialize + BorshSerialize>(
    reading: &Reading,
    (kind, id): (CollectionKind, &ImvuId),
    index: u64,
    proof: bool,
) -> Result<(T, CollectionView, Option<LeafProof>), Refusal> {
    let missing = || {
        let cause = format!("{id} has no leaf {index} of its {}", collection_name(kind));
        Refusal::internal("reading a collection", &cause)
    };
    let collection = collection(reading, kind, id)?.ok_or_else(missing)?;
    let log = log_bytes(kind, id);
    let record = reading.view().record(&log, index)?.ok_or_else(missing)?;
    let leaf = read(&record)?;
    let proof = proof.then(|| prove(reading, &log, index, collection.size, record));
    Ok((leaf, shown(kind, &collection), proof.transpose()?))
}

fn collection(
    reading: &Reading,
    kind: CollectionKind,
    id: &ImvuId,
) -> Result<Option<Collection>, Refusal> {
    reading.get(&state_key::collection(kind, Some(id)))
}

fn shown(kind: CollectionKind, collection: &Collection) -> CollectionView {
    CollectionView {
        kind: collection_name(kind).to_owned(),
        size: collection.size.into(),
        root: collection.root.into(),
    }
}

fn log_bytes(kind: CollectionKind, id: &ImvuId) -> Vec<u8> {
    LogId::Collection(kind, Some(id.clone())).to_bytes()
}

fn read<T: BorshDeserialize + BorshSerialize>(record: &[u8]) -> Result<T, Refusal> {
    decode(record).map_err(|error| Refusal::internal("reading a leaf of a collection", &error))
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
