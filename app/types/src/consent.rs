//! Consents of the people whose data an IMVU keeps (law §3 gate 10, §10): salted commitments, in a sequence without gaps.
//!
//! The chain holds a pseudonym, a sequence, a purpose and a commitment, and never a record: record and salt lie off-chain
//! under a key of the subject's own, and erasure destroys all three. The commitment stays and says nothing any longer.

use crate::encoding::{List, Set};
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::limits::{CONSENT_ENTRIES_KEPT, HOLDERS_PER_ERASURE};
use crate::time::{Height, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// The commitment to a consent's record: SHA-256("nexus/consent/v1" ‖ zero byte ‖ 32-byte salt ‖ record) (law §10).
///
/// Without the salt, which nobody can guess, it tells nothing about the record, however few records are likely.
pub fn commitment(salt: &[u8; 32], record: &[u8]) -> Hash {
    Hash::tagged("nexus/consent/v1", &[salt, record])
}

/// What somebody's data is used for. The code is the borsh discriminant; there is no free text (law §10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum Purpose {
    /// The service that the subject asked for (GDPR article 6(1)(b)).
    Service,
    /// Answers to the subject's questions.
    Support,
    /// Invoices and payments.
    Billing,
    /// A duty that the law imposes (GDPR article 6(1)(c)).
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
    /// Decisions by a machine about the subject (GDPR article 22).
    Profiling,
    /// Handing the data to somebody else.
    Sharing,
    /// Moving the data to another jurisdiction (GDPR article 49(1)(a)).
    Transfer,
    /// Research and statistics (GDPR article 89).
    Research,
    /// Data of a special category, such as health (GDPR article 9(2)(a)).
    SpecialCategory,
    /// A child's data, with a guardian's word (GDPR article 8).
    Minor,
}

impl Purpose {
    /// Every purpose, in the order of the codes.
    pub const ALL: [Self; 15] = [
        Self::Service,
        Self::Support,
        Self::Billing,
        Self::LegalObligation,
        Self::Security,
        Self::Analytics,
        Self::Personalisation,
        Self::Newsletter,
        Self::Advertising,
        Self::Profiling,
        Self::Sharing,
        Self::Transfer,
        Self::Research,
        Self::SpecialCategory,
        Self::Minor,
    ];

    /// The code on the chain.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Support => "support",
            Self::Billing => "billing",
            Self::LegalObligation => "legalObligation",
            Self::Security => "security",
            Self::Analytics => "analytics",
            Self::Personalisation => "personalisation",
            Self::Newsletter => "newsletter",
            Self::Advertising => "advertising",
            Self::Profiling => "profiling",
            Self::Sharing => "sharing",
            Self::Transfer => "transfer",
            Self::Research => "research",
            Self::SpecialCategory => "specialCategory",
            Self::Minor => "minor",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The owner records that a subject consented.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecordConsent {
    /// Who keeps the subject's data.
    pub imvu: ImvuId,
    /// The subject's pseudonym: random, never made from anything about the person.
    pub subject: Hash,
    /// The subject's next sequence in this IMVU, from 0.
    pub sequence: u64,
    /// What for.
    pub purpose: Purpose,
    /// See [`commitment`].
    pub commitment: Hash,
}

/// The owner records that a subject took a consent back.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RevokeConsent {
    /// Who keeps the subject's data.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// The subject's next sequence in this IMVU.
    pub sequence: u64,
    /// The sequence of the consent that is taken back.
    pub revokes: u64,
    /// The commitment to the record of the revocation; see [`commitment`].
    pub commitment: Hash,
}

/// The owner has destroyed a subject's records and salts, up to a sequence.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct EraseConsent {
    /// Who kept the subject's data.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// The subject's next sequence in this IMVU.
    pub sequence: u64,
    /// The last sequence whose record is destroyed; all before it are, too.
    pub through: u64,
}

/// Who kept copies has destroyed them as well: proof of a deletion (law §10).
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecordDeletion {
    /// Whose copies.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// The sequence of the erasure that it follows.
    pub erasure: u64,
    /// SHA-256 of the holder's receipt, which it keeps.
    pub receipt: Hash,
}

/// Exists to be refused by gate 10: the edit or removal of a commitment.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RewriteConsent {
    /// Whose.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// The sequence of the entry that would change.
    pub sequence: u64,
}

/// What became of one sequence of a subject that no erasure covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ConsentFate {
    /// A consent that stands.
    Standing,
    /// A consent that was taken back.
    Revoked,
    /// It took a consent back.
    Revocation,
    /// An erasure.
    Erasure,
}

/// Where a subject's sequence in one IMVU stands.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Consents {
    /// In which IMVU.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// The sequence that the next entry has.
    pub next: u64,
    /// The sequences below it are erased.
    pub erased: u64,
    /// What became of the others: from `erased` on, one for each sequence up to `next`.
    pub fates: List<ConsentFate, CONSENT_ENTRIES_KEPT>,
}

impl Consents {
    /// Those of a subject that has none.
    pub fn none(imvu: ImvuId, subject: Hash) -> Self {
        Self {
            imvu,
            subject,
            next: 0,
            erased: 0,
            fates: List::default(),
        }
    }

    /// What became of a sequence; none where it is erased or not there yet.
    pub fn fate(&self, sequence: u64) -> Option<ConsentFate> {
        let position = usize::try_from(sequence.checked_sub(self.erased)?).ok()?;
        self.fates.as_slice().get(position).copied()
    }
}

/// An erasure, and who proved to have destroyed copies.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Erasure {
    /// In which IMVU.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// Its sequence.
    pub sequence: u64,
    /// The last sequence that it covers.
    pub through: u64,
    /// How many commitments lost their record by it, and by none before.
    pub entries: u32,
    /// When.
    pub height: Height,
    /// Who proved a deletion.
    pub holders: Set<IdentityId, HOLDERS_PER_ERASURE>,
}

/// One entry of the consent log. Leaf of the chain's consent log and of the IMVU's consents collection.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ConsentEntry {
    /// Position in the IMVU's collection, from 0.
    pub position: u64,
    /// The audit entry of the decision.
    pub audit: u64,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// In which IMVU.
    pub imvu: ImvuId,
    /// The subject's pseudonym.
    pub subject: Hash,
    /// What happened.
    pub event: ConsentEvent,
}

/// What happened to a subject's consents.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ConsentEvent {
    /// The subject consented.
    Recorded {
        /// The subject's sequence.
        sequence: u64,
        /// What for.
        purpose: Purpose,
        /// See [`commitment`].
        commitment: Hash,
    },
    /// The subject took a consent back.
    Revoked {
        /// The subject's sequence.
        sequence: u64,
        /// The consent's sequence.
        revokes: u64,
        /// See [`commitment`].
        commitment: Hash,
    },
    /// Records and salts were destroyed; the commitments stay.
    Erased {
        /// The subject's sequence.
        sequence: u64,
        /// The last sequence covered.
        through: u64,
        /// How many commitments lost their record by it.
        entries: u32,
    },
    /// A holder of copies destroyed them as well.
    Deleted {
        /// The erasure's sequence.
        erasure: u64,
        /// Who.
        holder: IdentityId,
        /// SHA-256 of the holder's receipt.
        receipt: Hash,
    },
}
