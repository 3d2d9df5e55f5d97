//! What can be proposed, and which register each change touches.

use crate::crypto::{KeyBytes, Signature};
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId, SeatName};
use crate::jurisdiction::Jurisdiction;
use crate::name::Name;
use crate::time::Height;
use crate::tx::Network;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// One change that seats vote on. New kinds are appended.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum GovernanceChange {
    /// The signer becomes an officer.
    AdmitOfficer {
        /// The signer.
        officer: IdentityId,
    },
    /// An officer leaves.
    RemoveOfficer {
        /// Which.
        officer: IdentityId,
    },
    /// How many officers sign a platform action: 2 to all of them.
    SetOfficersThreshold {
        /// So many.
        threshold: u8,
    },
    /// The signer becomes an attester.
    AdmitAttester {
        /// The signer.
        attester: IdentityId,
    },
    /// An attester leaves.
    RemoveAttester {
        /// Which.
        attester: IdentityId,
    },
    /// The signer's organisation observes external names.
    AdmitObserver {
        /// The signer.
        observer: IdentityId,
        /// The organisation.
        name: SeatName,
        /// Whether it is the platform's: those stay below a third.
        platform: bool,
    },
    /// An organisation observes no longer.
    RemoveObserver {
        /// Which.
        observer: IdentityId,
    },
    /// The signer's organisation gets a seat.
    AddValidator {
        /// The organisation.
        name: SeatName,
        /// The validator's consensus key.
        key: KeyBytes,
        /// Whether the platform runs it.
        platform: bool,
        /// The organisation's own identity: the signer.
        operator: IdentityId,
        /// The consensus key's signature over [`ValidatorKeyBody`].
        proof: Signature,
    },
    /// A seat is given up or taken away.
    RemoveValidator {
        /// The consensus key it has.
        seat: KeyBytes,
    },
    /// A seat gets another consensus key; one that had lost its power has it again.
    RotateValidator {
        /// The consensus key it has.
        seat: KeyBytes,
        /// The one it gets.
        new_key: KeyBytes,
        /// The new key's signature over [`ValidatorKeyBody`].
        proof: Signature,
    },
    /// A jurisdiction is added to the list.
    AddJurisdiction {
        /// The tag.
        tag: Jurisdiction,
    },
    /// A jurisdiction leaves the list; what stands there stays.
    RemoveJurisdiction {
        /// The tag.
        tag: Jurisdiction,
    },
    /// A name can be claimed no longer.
    DenyName {
        /// The name.
        name: Name,
        /// Whether nothing below it can be claimed either; a public suffix denies itself alone.
        below: bool,
    },
    /// A denied name can be claimed again.
    AllowName {
        /// The name.
        name: Name,
    },
    /// An IMVU is contained for longer than the 72 hours in 30 days.
    ExtendContainment {
        /// Which.
        imvu: ImvuId,
        /// From its containment's end, or from the decision on: milliseconds of law time.
        span_ms: u64,
    },
    /// Ends all legal restrictions of an IMVU.
    LiftRestriction {
        /// Which.
        imvu: ImvuId,
    },
    /// From a height on another binary decides.
    Upgrade {
        /// The first height it decides.
        height: Height,
        /// Its version of the state machine.
        app_version: u64,
        /// SHA-256 of the binary.
        sha256: Hash,
    },
    /// The upgrade planned takes no place.
    CancelUpgrade,
}

/// The kind of a change, without its contents. The number is the change's borsh discriminant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
#[expect(missing_docs, reason = "each variant is the change of the same name")]
pub enum GovernanceKind {
    AdmitOfficer,
    RemoveOfficer,
    SetOfficersThreshold,
    AdmitAttester,
    RemoveAttester,
    AdmitObserver,
    RemoveObserver,
    AddValidator,
    RemoveValidator,
    RotateValidator,
    AddJurisdiction,
    RemoveJurisdiction,
    DenyName,
    AllowName,
    ExtendContainment,
    LiftRestriction,
    Upgrade,
    CancelUpgrade,
}

/// What a change is judged against: it lapses where that has changed since it was proposed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Register {
    /// Officers and their threshold.
    Officers,
    /// Attesters.
    Attesters,
    /// Observers of external names.
    Observers,
    /// Seats.
    Seats,
    /// Jurisdictions.
    Jurisdictions,
    /// Denied names.
    Denied,
    /// The planned upgrade.
    Upgrade,
    /// What is held against one IMVU.
    Enforcement,
}

/// What a consensus key signs to prove that its holder agrees.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct ValidatorKeyBody {
    /// The chain it is for.
    pub network: Network,
    /// The organisation's own identity.
    pub operator: IdentityId,
    /// The consensus key that signs.
    pub key: KeyBytes,
}

impl GovernanceChange {
    /// Its kind.
    pub fn kind(&self) -> GovernanceKind {
        use GovernanceKind as Kind;
        match self {
            Self::AdmitOfficer { .. } => Kind::AdmitOfficer,
            Self::RemoveOfficer { .. } => Kind::RemoveOfficer,
            Self::SetOfficersThreshold { .. } => Kind::SetOfficersThreshold,
            Self::AdmitAttester { .. } => Kind::AdmitAttester,
            Self::RemoveAttester { .. } => Kind::RemoveAttester,
            Self::AdmitObserver { .. } => Kind::AdmitObserver,
            Self::RemoveObserver { .. } => Kind::RemoveObserver,
            Self::AddValidator { .. } => Kind::AddValidator,
            Self::RemoveValidator { .. } => Kind::RemoveValidator,
            Self::RotateValidator { .. } => Kind::RotateValidator,
            Self::AddJurisdiction { .. } => Kind::AddJurisdiction,
            Self::RemoveJurisdiction { .. } => Kind::RemoveJurisdiction,
            Self::DenyName { .. } => Kind::DenyName,
            Self::AllowName { .. } => Kind::AllowName,
            Self::ExtendContainment { .. } => Kind::ExtendContainment,
            Self::LiftRestriction { .. } => Kind::LiftRestriction,
            Self::Upgrade { .. } => Kind::Upgrade,
            Self::CancelUpgrade => Kind::CancelUpgrade,
        }
    }

    /// The consensus key it brings into the validator set, with its proof.
    pub fn new_key(&self) -> Option<(&KeyBytes, &Signature)> {
        match self {
            Self::AddValidator { key, proof, .. } => Some((key, proof)),
            Self::RotateValidator { new_key, proof, .. } => Some((new_key, proof)),
            _ => None,
        }
    }

    /// The seat that it changes, which has no vote on it (law §9: two thirds of the other seats).
    pub fn seat(&self) -> Option<&KeyBytes> {
        match self {
            Self::RemoveValidator { seat } | Self::RotateValidator { seat, .. } => Some(seat),
            _ => None,
        }
    }

    /// The IMVU it is about.
    pub fn imvu(&self) -> Option<&ImvuId> {
        match self {
            Self::ExtendContainment { imvu, .. } | Self::LiftRestriction { imvu } => Some(imvu),
            _ => None,
        }
    }
}

impl GovernanceKind {
    /// Every kind, in encoding order.
    pub const ALL: [Self; 18] = [
        Self::AdmitOfficer,
        Self::RemoveOfficer,
        Self::SetOfficersThreshold,
        Self::AdmitAttester,
        Self::RemoveAttester,
        Self::AdmitObserver,
        Self::RemoveObserver,
        Self::AddValidator,
        Self::RemoveValidator,
        Self::RotateValidator,
        Self::AddJurisdiction,
        Self::RemoveJurisdiction,
        Self::DenyName,
        Self::AllowName,
        Self::ExtendContainment,
        Self::LiftRestriction,
        Self::Upgrade,
        Self::CancelUpgrade,
    ];

    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::AdmitOfficer => "admitOfficer",
            Self::RemoveOfficer => "removeOfficer",
            Self::SetOfficersThreshold => "setOfficersThreshold",
            Self::AdmitAttester => "admitAttester",
            Self::RemoveAttester => "removeAttester",
            Self::AdmitObserver => "admitObserver",
            Self::RemoveObserver => "removeObserver",
            Self::AddValidator => "addValidator",
            Self::RemoveValidator => "removeValidator",
            Self::RotateValidator => "rotateValidator",
            Self::AddJurisdiction => "addJurisdiction",
            Self::RemoveJurisdiction => "removeJurisdiction",
            Self::DenyName => "denyName",
            Self::AllowName => "allowName",
            Self::ExtendContainment => "extendContainment",
            Self::LiftRestriction => "liftRestriction",
            Self::Upgrade => "upgrade",
            Self::CancelUpgrade => "cancelUpgrade",
        }
    }

    /// The register it touches.
    pub fn register(self) -> Register {
        match self {
            Self::AdmitOfficer | Self::RemoveOfficer | Self::SetOfficersThreshold => {
                Register::Officers
            }
            Self::AdmitAttester | Self::RemoveAttester => Register::Attesters,
            Self::AdmitObserver | Self::RemoveObserver => Register::Observers,
            Self::AddValidator | Self::RemoveValidator | Self::RotateValidator => Register::Seats,
            Self::AddJurisdiction | Self::RemoveJurisdiction => Register::Jurisdictions,
            Self::DenyName | Self::AllowName => Register::Denied,
            Self::ExtendContainment | Self::LiftRestriction => Register::Enforcement,
            Self::Upgrade | Self::CancelUpgrade => Register::Upgrade,
        }
    }

    /// Whether it waits, after its time-lock, for the beginning of the next period (law §9: deny and jurisdiction lists).
    pub fn waits_for_a_period(self) -> bool {
        matches!(self.register(), Register::Jurisdictions | Register::Denied)
    }
}

impl fmt::Display for GovernanceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
