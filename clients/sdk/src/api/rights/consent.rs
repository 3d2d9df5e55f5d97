//! Consents: what became of a subject's sequence, and the entries of the consent log.

use crate::api::hosting::LeafProof;
use crate::api::object::CollectionView;
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireU64};
use nexus_types::consent::{self, ConsentEntry, ConsentEvent, ConsentFate, Consents, Erasure};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody's data is used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// The service that the subject asked for.
    Service,
    /// Answers to the subject's questions.
    Support,
    /// Invoices and payments.
    Billing,
    /// A duty that the law imposes.
    LegalObligation,
    /// Protection against fraud and attacks.
    Security,
    /// Counting and improving how the service is used.
    Analytics,
    /// Contents chosen for the subject.
    Personalisation,
    /// News and offers by mail.
    Newsletter,
    /// Advertisements.
    Advertising,
    /// Decisions by a machine about the subject.
    Profiling,
    /// Handing the data to somebody else.
    Sharing,
    /// Moving the data to another jurisdiction.
    Transfer,
    /// Research and statistics.
    Research,
    /// Data of a special category, such as health.
    SpecialCategory,
    /// A child's data, with a guardian's word.
    Minor,
}

impl From<consent::Purpose> for Purpose {
    fn from(purpose: consent::Purpose) -> Self {
        match purpose {
            consent::Purpose::Service => Self::Service,
            consent::Purpose::Support => Self::Support,
            consent::Purpose::Billing => Self::Billing,
            consent::Purpose::LegalObligation => Self::LegalObligation,
            consent::Purpose::Security => Self::Security,
            consent::Purpose::Analytics => Self::Analytics,
            consent::Purpose::Personalisation => Self::Personalisation,
            consent::Purpose::Newsletter => Self::Newsletter,
            consent::Purpose::Advertising => Self::Advertising,
            consent::Purpose::Profiling => Self::Profiling,
            consent::Purpose::Sharing => Self::Sharing,
            consent::Purpose::Transfer => Self::Transfer,
            consent::Purpose::Research => Self::Research,
            consent::Purpose::SpecialCategory => Self::SpecialCategory,
            consent::Purpose::Minor => Self::Minor,
        }
    }
}

/// One entry of an IMVU's consent log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentEntryView {
    /// Position in the IMVU's consents collection, from 0.
    pub position: WireU64,
    /// The audit entry of the decision.
    pub audit: WireU64,
    /// Block.
    pub height: WireU64,
    /// Block time, milliseconds.
    pub time: WireU64,
    /// In which IMVU.
    pub imvu: WireImvu,
    /// The subject's pseudonym.
    pub subject: WireHash,
    /// What happened.
    pub event: ConsentEventView,
}

/// What happened to a subject's consents.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "kind"
)]
pub enum ConsentEventView {
    /// The subject consented.
    Recorded {
        /// The subject's sequence, from 0.
        sequence: WireU64,
        /// What for.
        purpose: Purpose,
        /// Commitment to the record and its salt, which lie off-chain.
        commitment: WireHash,
    },
    /// The subject took a consent back.
    Revoked {
        /// The subject's sequence.
        sequence: WireU64,
        /// The consent's sequence.
        revokes: WireU64,
        /// Commitment to the record of the revocation.
        commitment: WireHash,
    },
    /// Records and salts were destroyed; the commitments stay.
    Erased {
        /// The subject's sequence.
        sequence: WireU64,
        /// The last sequence covered.
        through: WireU64,
        /// How many commitments lost their record by it.
        entries: u32,
    },
    /// A holder of copies destroyed them as well.
    Deleted {
        /// The erasure's sequence.
        erasure: WireU64,
        /// Who.
        holder: WireIdentity,
        /// SHA-256 of the holder's receipt.
        receipt: WireHash,
    },
}

impl From<&ConsentEvent> for ConsentEventView {
    fn from(event: &ConsentEvent) -> Self {
        match event {
            ConsentEvent::Recorded {
                sequence,
                purpose,
                commitment,
            } => Self::Recorded {
                sequence: (*sequence).into(),
                purpose: (*purpose).into(),
                commitment: (*commitment).into(),
            },
            ConsentEvent::Revoked {
                sequence,
                revokes,
                commitment,
            } => Self::Revoked {
                sequence: (*sequence).into(),
                revokes: (*revokes).into(),
                commitment: (*commitment).into(),
            },
            ConsentEvent::Erased {
                sequence,
                through,
                entries,
            } => Self::Erased {
                sequence: (*sequence).into(),
                through: (*through).into(),
                entries: *entries,
            },
            ConsentEvent::Deleted {
                erasure,
                holder,
                receipt,
            } => Self::Deleted {
                erasure: (*erasure).into(),
                holder: (*holder).into(),
                receipt: (*receipt).into(),
            },
        }
    }
}

impl From<&ConsentEntry> for ConsentEntryView {
    fn from(entry: &ConsentEntry) -> Self {
        Self {
            position: entry.position.into(),
            audit: entry.audit.into(),
            height: entry.height.into(),
            time: entry.time.0.into(),
            imvu: entry.imvu.clone().into(),
            subject: entry.subject.into(),
            event: (&entry.event).into(),
        }
    }
}

/// An erasure, and who proved to have destroyed copies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErasureView {
    /// Its sequence.
    pub sequence: WireU64,
    /// The last sequence that it covers.
    pub through: WireU64,
    /// How many commitments lost their record by it.
    pub entries: u32,
    /// When.
    pub height: WireU64,
    /// Who proved a deletion of copies.
    pub holders: Vec<WireIdentity>,
}

impl From<&Erasure> for ErasureView {
    fn from(erasure: &Erasure) -> Self {
        let holders = erasure.holders.as_slice().iter();
        Self {
            sequence: erasure.sequence.into(),
            through: erasure.through.into(),
            entries: erasure.entries,
            height: erasure.height.into(),
            holders: holders.copied().map(Into::into).collect(),
        }
    }
}

/// The value of `nexus_getConsents`: where a subject's sequence in an IMVU stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubjectConsentsView {
    /// In which IMVU.
    pub imvu: WireImvu,
    /// The subject's pseudonym.
    pub subject: WireHash,
    /// The sequence that the next entry must have.
    pub next: WireU64,
    /// The sequences below it are erased.
    pub erased: WireU64,
    /// The sequences of consents that stand, ascending.
    pub standing: Vec<WireU64>,
    /// The sequences of consents that were taken back and are not erased, ascending.
    pub revoked: Vec<WireU64>,
    /// The erasures, ascending.
    pub erasures: Vec<ErasureView>,
}

impl SubjectConsentsView {
    /// Both from the state.
    pub fn new(consents: &Consents, erasures: &[Erasure]) -> Self {
        let sequences = |wanted: ConsentFate| {
            let fates = (consents.erased..).zip(consents.fates.as_slice());
            let wanted = fates.filter(|(_, fate)| **fate == wanted);
            wanted.map(|(sequence, _)| sequence.into()).collect()
        };
        Self {
            imvu: consents.imvu.clone().into(),
            subject: consents.subject.into(),
            next: consents.next.into(),
            erased: consents.erased.into(),
            standing: sequences(ConsentFate::Standing),
            revoked: sequences(ConsentFate::Revoked),
            erasures: erasures.iter().map(Into::into).collect(),
        }
    }
}

/// One entry with its place in the collection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentLeafView {
    /// The entry.
    #[serde(flatten)]
    pub entry: ConsentEntryView,
    /// Where it stands, if a proof was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<LeafProof>,
}

/// The value of `nexus_listConsents`: a page of an IMVU's consents collection, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentsView {
    /// Whose.
    pub imvu: WireImvu,
    /// Size and root of the collection; absent while it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionView>,
    /// The entries.
    pub items: Vec<ConsentLeafView>,
    /// Give it back to get the next page; absent on the last one. It pins the height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
    /// The first entry that this node has, where it lacks some that were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<WireU64>,
}
