//! Joining by a snapshot: what peers list and serve, liars among them, and CometBFT's syncer as far as the application can
//! tell (statesync/syncer.go of v0.38).

use bytes::Bytes;
use nexus_types::Hash;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_apply_snapshot_chunk::Result as Applied;
use tendermint_proto::v0_38::abci::response_offer_snapshot::Result as Offered;
use tendermint_proto::v0_38::abci::{
    RequestApplySnapshotChunk, RequestLoadSnapshotChunk, RequestOfferSnapshot,
    ResponseApplySnapshotChunk, Snapshot,
};

use crate::comet::Comet;
use crate::instance::{Instance, Mutant, Stop};

/// How likely a peer's snapshot is offered by a liar as well.
const LIARS: f64 = 0.7;

/// What a liar altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// A bit of the metadata.
    Metadata,
    /// A bit of a chunk.
    Chunk,
    /// Nothing: it does not serve what it lists.
    Missing,
}

/// A snapshot as a peer lists it, with its chunks as it serves them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) peer: String,
    pub(crate) snapshot: Snapshot,
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) lie: Option<Lie>,
    /// Made on a disk with a flipped bit: nobody but who restores it can know whether that bit is in it.
    pub(crate) doubtful: bool,
}

/// Asks live instances for their snapshots and every chunk of them.
///
/// # Errors
/// A chunk that is listed and not served, or two snapshots of one height that differ.
pub(crate) fn offers<'a>(peers: impl Iterator<Item = &'a Instance>) -> Result<Vec<Offer>, String> {
    let mut all = Vec::new();
    for peer in peers {
        for snapshot in peer.app().list_snapshots().snapshots {
            let load = |chunk| {
                let request = RequestLoadSnapshotChunk {
                    height: snapshot.height,
                    format: snapshot.format,
                    chunk,
                };
                peer.app().load_snapshot_chunk(request).chunk
            };
            all.push(Offer {
                peer: peer.setup.name.to_owned(),
                chunks: (0..snapshot.chunks).map(load).collect(),
                doubtful: peer.is_doubtful(snapshot.height),
                snapshot,
                lie: None,
            });
        }
    }
    one_for_each_height(&all)?;
    Ok(all)
}

/// Whoever made the snapshot of a height made the same bytes, and serves all of them.
fn one_for_each_height(offers: &[Offer]) -> Result<(), String> {
    let mut good: Vec<&Offer> = Vec::new();
    for offer in offers.iter().filter(|one| !one.doubtful) {
        let (peer, height) = (&offer.peer, offer.snapshot.height);
        if offer.chunks.is_empty() || offer.chunks.iter().any(Bytes::is_empty) {
            return Err(format!(
                "{peer} does not serve the snapshot of height {height} that it lists"
            ));
        }
        match good.iter().find(|one| one.snapshot.height == height) {
            Some(other) if (&other.snapshot, &other.chunks) != (&offer.snapshot, &offer.chunks) => {
                return Err(format!(
                    "{peer} made another snapshot of height {height} than {}",
                    other.peer
                ));
            }
            Some(_) => {}
            None => good.push(offer),
        }
    }
    Ok(())
}

/// Puts liars among the peers, and all of them in any order.
pub(crate) fn with_liars(rng: &mut StdRng, mut offers: Vec<Offer>) -> Vec<Offer> {
    let mut liars = Vec::new();
    for offer in &offers {
        if rng.gen_bool(LIARS) {
            let mut liar = offer.clone();
            liar.peer = format!("liar-{}", liars.len());
            liar.tell(rng);
            liars.push(liar);
        }
    }
    offers.extend(liars);
    offers.shuffle(rng);
    offers
}

impl Offer {
    fn tell(&mut self, rng: &mut StdRng) {
        let lie = [Lie::Metadata, Lie::Chunk, Lie::Missing][rng.gen_range(0..3)];
        self.lie = Some(lie);
        let chunk = rng.gen_range(0..self.chunks.len());
        match lie {
            Lie::Metadata => {
                self.snapshot.metadata = flipped(rng, &self.snapshot.metadata);
                // A liar who takes care: the hash is that of what he lists.
                if rng.gen_bool(0.7) {
                    let hash = Hash::of(&self.snapshot.metadata);
                    self.snapshot.hash = Bytes::copy_from_slice(&hash.0);
                }
            }
            Lie::Chunk => self.chunks[chunk] = flipped(rng, &self.chunks[chunk]),
            Lie::Missing => self.chunks[chunk] = Bytes::new(),
        }
    }

    /// Whether nothing is wrong with what it lists and serves.
    fn is_good(&self) -> bool {
        self.lie.is_none() && !self.doubtful
    }
}

fn flipped(rng: &mut StdRng, bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let bit = rng.gen_range(0..bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes.into()
}

/// How a snapshot ended.
enum End {
    /// Restored: the height is the node's.
    Restored,
    /// Given up; another may be offered.
    Refused,
}

impl Instance {
    /// State sync: offers the best snapshot until one is restored. False if no peer has one that can be believed.
    pub(crate) fn sync(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<bool, Stop> {
        // CometBFT knows the app hash of a height from the header of the next one.
        let known = |offer: &&Offer| offer.snapshot.height < comet.height();
        let mut offers: Vec<Offer> = comet.offers.iter().filter(known).cloned().collect();
        while let Some(best) = offers.iter().max_by_key(|one| one.snapshot.height) {
            let snapshot = best.snapshot.clone();
            match self.sync_one(rng, comet, &mut offers, &snapshot)? {
                End::Restored => {
                    self.restored(rng, comet, snapshot.height)?;
                    return Ok(true);
                }
                End::Refused => offers.retain(|one| one.snapshot != snapshot),
            }
        }
        Ok(false)
    }

    fn sync_one(
        &mut self,
        rng: &mut StdRng,
        comet: &Comet,
        offers: &mut Vec<Offer>,
        snapshot: &Snapshot,
    ) -> Result<End, Stop> {
        let good = offers
            .iter()
            .any(|one| one.snapshot == *snapshot && one.is_good());
        let request = RequestOfferSnapshot {
            snapshot: Some(snapshot.clone()),
            app_hash: comet.app_hash(snapshot.height).clone(),
        };
        let answer = self.call(rng, |app| app.offer_snapshot(request))?;
        if self.power_went() {
            // An offer clears away what was restored of another snapshot.
            return Err(self.crash());
        }
        let answer = Offered::try_from(answer.result).unwrap_or(Offered::Unknown);
        match answer {
            Offered::Accept => {}
            Offered::Reject | Offered::RejectSender if !good => {
                let of_this = |one: &&Offer| one.snapshot == *snapshot;
                let senders = offers.iter().filter(of_this).map(|one| one.peer.clone());
                let senders: Vec<String> = senders.collect();
                if answer == Offered::RejectSender {
                    offers.retain(|one| !senders.contains(&one.peer));
                }
                self.counts.refused += 1;
                return Ok(End::Refused);
            }
            other => {
                let height = snapshot.height;
                return Err(Stop::Failed(format!(
                    "it answers {other:?} to the offer of a snapshot of height {height}, good: {good}"
                )));
            }
        }
        for index in 0..snapshot.chunks {
            if let End::Refused = self.sync_chunk(rng, offers, snapshot, index)? {
                self.counts.refused += 1;
                return Ok(End::Refused);
            }
        }
        let altered = offers
            .iter()
            .any(|one| one.snapshot == *snapshot && one.lie == Some(Lie::Metadata));
        if altered {
            return Err(Stop::failed(
                "it takes a snapshot whose metadata was altered",
            ));
        }
        Ok(End::Restored)
    }

    /// Gives it one chunk, from one peer after the other.
    fn sync_chunk(
        &mut self,
        rng: &mut StdRng,
        offers: &mut Vec<Offer>,
        snapshot: &Snapshot,
        index: u32,
    ) -> Result<End, Stop> {
        let at = usize::try_from(index).expect("an index");
        loop {
            let has = |one: &&Offer| one.snapshot == *snapshot && !one.chunks[at].is_empty();
            let Some(offer) = offers.iter().find(has).cloned() else {
                // CometBFT waits for a while, and takes another snapshot then.
                return Ok(End::Refused);
            };
            let request = RequestApplySnapshotChunk {
                index,
                chunk: offer.chunks[at].clone(),
                sender: offer.peer.clone(),
            };
            let (result, answer) = self.apply_chunk(rng, snapshot, request)?;
            let lied = matches!(offer.lie, Some(Lie::Chunk | Lie::Metadata));
            match result {
                Applied::Accept if offer.lie != Some(Lie::Chunk) => return Ok(End::Restored),
                Applied::Retry if lied => {
                    let refetch = answer.refetch_chunks == [index];
                    if !refetch || answer.reject_senders != [offer.peer.clone()] {
                        return Err(Stop::failed(
                            "an altered chunk, and it names another sender",
                        ));
                    }
                    self.counts.refused += 1;
                    offers.retain(|one| one.peer != offer.peer);
                }
                Applied::RejectSnapshot if offer.doubtful || lied => {
                    offers.retain(|one| !answer.reject_senders.contains(&one.peer));
                    return Ok(End::Refused);
                }
                other => {
                    return Err(Stop::Failed(format!(
                        "it answers {other:?} to chunk {index} of the snapshot of height {} from {}, whose lie is {:?}",
                        snapshot.height, offer.peer, offer.lie
                    )));
                }
            }
        }
    }

    fn apply_chunk(
        &mut self,
        rng: &mut StdRng,
        snapshot: &Snapshot,
        request: RequestApplySnapshotChunk,
    ) -> Result<(Applied, ResponseApplySnapshotChunk), Stop> {
        let last = request.index + 1 == snapshot.chunks;
        if last && self.setup.mutant == Some(Mutant::Idle) {
            return Ok((Applied::Accept, ResponseApplySnapshotChunk::default()));
        }
        self.arm(rng);
        let answer = self.call(rng, |app| app.apply_snapshot_chunk(request))?;
        if self.power_went() {
            // What it answers when its disk is gone is nobody's to judge.
            return Err(self.crash());
        }
        let mut result = Applied::try_from(answer.result).unwrap_or(Applied::Unknown);
        if (result, self.setup.mutant) == (Applied::Retry, Some(Mutant::Credulous)) {
            result = Applied::Accept;
        }
        Ok((result, answer))
    }

    /// After the last chunk CometBFT asks what the application has, keeps that, and goes on block by block.
    fn restored(&mut self, rng: &mut StdRng, comet: &Comet, height: u64) -> Result<(), Stop> {
        let info = self.call(rng, |app| app.info(Default::default()))?;
        if u64::try_from(info.last_block_height) != Ok(height)
            || info.last_block_app_hash != *comet.app_hash(height)
        {
            return Err(Stop::Failed(format!(
                "it restored height {height} and says that it is at {}",
                info.last_block_height
            )));
        }
        self.counts.joined += 1;
        self.base = Some(height);
        for height in height + 1..=comet.height() {
            self.apply(rng, comet, height)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(peer: &str, height: u64) -> Offer {
        Offer {
            peer: peer.to_owned(),
            snapshot: Snapshot {
                height,
                format: 1,
                chunks: 2,
                hash: Bytes::from_static(b"hash"),
                metadata: Bytes::from_static(b"metadata"),
            },
            chunks: vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")],
            lie: None,
            doubtful: false,
        }
    }

    #[test]
    fn another_snapshot_of_the_same_height_is_objected_to() {
        let mut offers = vec![offer("a", 3), offer("b", 3), offer("a", 6)];
        one_for_each_height(&offers).expect("they are the same");
        offers[1].snapshot.metadata = Bytes::from_static(b"other");
        let objection = one_for_each_height(&offers).expect_err("they differ");
        assert!(objection.contains("b made another snapshot of height 3 than a"));
        // Of a disk that is known to lie, nothing is expected here: who restores it must notice.
        offers[1].doubtful = true;
        one_for_each_height(&offers).expect("it is not counted");
    }

    #[test]
    fn a_chunk_that_differs_or_is_not_served_is_objected_to() {
        for (chunk, words) in [(&b"too"[..], "another snapshot"), (b"", "does not serve")] {
            let mut offers = vec![offer("a", 3), offer("b", 3)];
            offers[1].chunks[1] = Bytes::from_static(chunk);
            let objection = one_for_each_height(&offers).expect_err(words);
            assert!(objection.contains(words), "{objection}");
        }
    }
}
