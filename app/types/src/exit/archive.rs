//! What leaves: the inventory that a host commits to before it packs, and the archive it packs.

use crate::encoding::List;
use crate::hash::Hash;
use crate::ids::IdentityId;
use crate::limits::ARCHIVE_PARTS;
use crate::log::CollectionKind;
use crate::time::Height;
use borsh::{BorshDeserialize, BorshSerialize};

/// A part of an archive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum ArchivePart {
    /// One of the IMVU's append-only collections: its entries, and the RFC 6962 root over them.
    Collection(CollectionKind),
    /// Names: their zones, and the RFC 6962 root over them ascending.
    Zones,
    /// Mail objects: the book's, and its root.
    Mail,
    /// Mailboxes: messages, and the RFC 6962 root over their digests.
    Mailboxes,
    /// The volume: files, and the digest of its snapshot.
    Volume,
    /// Consent records of the host's vault: records, and the RFC 6962 root over their commitments.
    Vault,
    /// Transfer codes: one for each name.
    TransferCodes,
}

/// How much of a part there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct InventoryPart {
    /// Which.
    pub part: ArchivePart,
    /// How many there are.
    pub items: u64,
    /// Root or digest over them.
    pub root: Hash,
}

/// What a host will pack, as it stands at a height.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Inventory {
    /// The block after which all of it stood so.
    pub at: Height,
    /// Ascending by part, each once; of the collections, all.
    pub parts: List<InventoryPart, ARCHIVE_PARTS>,
}

/// What a host has packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Archive {
    /// SHA-256 of it.
    pub digest: Hash,
    /// Its bytes.
    pub bytes: u64,
    /// Which agent packed it.
    pub by: IdentityId,
    /// In which block it was recorded.
    pub height: Height,
}
