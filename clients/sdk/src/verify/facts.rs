//! What a verification can prove.

use super::headers::Headers;
use super::state::Proved;
use crate::api::DelayView;
use nexus_types::exit::{Baseline, Exit};
use nexus_types::log::CollectionKind;
use nexus_types::route::PathPolicy;
use nexus_types::rrset::RRset;
use nexus_types::state::{Collection, DelayProfile, Domain, Identity, Imvu, Zone};
use nexus_types::{Code, Hash, IdentityId, ImvuId, Name, Tx, Verdict};
use tendermint::Time;

/// A value that was proved, and where. Only [`super::verify`] and [`super::verify_file`] make one.
#[derive(Clone, Debug)]
pub struct Verified<T> {
    value: T,
    chain_id: String,
    height: u64,
    time: Time,
    header_hash: Hash,
    delays: Option<DelayProfile>,
}

impl Verified<Facts> {
    pub(super) fn new(value: Facts, headers: &Headers<'_>, proved: &Proved) -> Self {
        let header = &headers.of_block.signed_header.header;
        Self {
            value,
            chain_id: header.chain_id.to_string(),
            height: header.height.value(),
            time: header.time,
            header_hash: headers.block_hash,
            delays: proved.delays,
        }
    }
}

impl<T> Verified<T> {
    /// What was proved.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The chain's id.
    pub fn chain_id(&self) -> &str {
        &self.chain_id
    }

    /// H: the block of the transaction, or after which the state is as shown.
    pub fn height(&self) -> u64 {
        self.height
    }

    /// The time of block H.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The hash of header H.
    pub fn header_hash(&self) -> Hash {
        self.header_hash
    }

    /// The chain's protective delays, if the evidence shows them.
    pub fn delays(&self) -> Option<DelayProfile> {
        self.delays
    }

    /// Whether the chain's protective delays are shorter than the law's, as on a development network.
    pub fn delays_shortened(&self) -> Option<bool> {
        self.delays.map(|delays| DelayView::from(&delays).shortened)
    }
}

/// What was proved about a subject.
#[derive(Clone, PartialEq, Debug)]
pub enum Facts {
    /// A transaction and its result.
    Tx(Box<TxFacts>),
    /// An IMVU.
    Imvu(Box<ImvuFacts>),
    /// A zone.
    Zone(Box<ZoneFacts>),
    /// An identity.
    Identity(Box<IdentityFacts>),
    /// An exit.
    Exit(Box<ExitFacts>),
}

/// A transaction that stands in a block with this result.
#[derive(Clone, PartialEq, Debug)]
pub struct TxFacts {
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// The transaction; none if its bytes are no transaction, which a decided block may hold.
    pub tx: Option<Tx>,
    /// The code of its result.
    pub code: Code,
    /// The decision; none if it was inadmissible.
    pub verdict: Option<Verdict>,
}

/// An IMVU as the state has it.
#[derive(Clone, PartialEq, Debug)]
pub struct ImvuFacts {
    /// Which.
    pub id: ImvuId,
    /// Its record; none: it is proved that there is none.
    pub imvu: Option<Imvu>,
    /// Its path policy, if one was set.
    pub policy: Option<PathPolicy>,
    /// Its append-only collections.
    pub collections: Vec<(CollectionKind, Option<Collection>)>,
}

/// A zone with every record set it has.
#[derive(Clone, PartialEq, Debug)]
pub struct ZoneFacts {
    /// The apex.
    pub apex: Name,
    /// Who holds the name; none: nobody ever did.
    pub domain: Option<Domain>,
    /// The zone; none: it is proved that there is none.
    pub zone: Option<Zone>,
    /// All record sets, ascending by (owner, type).
    pub records: Vec<(Name, RRset)>,
}

/// An identity as the state has it.
#[derive(Clone, PartialEq, Debug)]
pub struct IdentityFacts {
    /// Which.
    pub id: IdentityId,
    /// Its record; none: it is proved that there is none.
    pub identity: Option<Identity>,
}

/// An IMVU's exit, and what its creator has authored as it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct ExitFacts {
    /// Whose.
    pub id: ImvuId,
    /// The exit; none: it is proved that none was ever announced.
    pub exit: Option<Exit>,
    /// What stands, recomputed.
    pub baseline: Option<Baseline>,
    /// Law time of the state shown.
    pub law_time: nexus_types::Time,
    /// Law time up to which nobody but the creator changes it.
    pub protected_until: Option<nexus_types::Time>,
}
