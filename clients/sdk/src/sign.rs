//! Everything a person signs, in the law's own encoding.
//!
//! Each function takes what is to be said and who says it, and returns the finished value; no digest is ever computed
//! anywhere else in the clients. Files that people hand to each other (requests, attestations, approvals) are the
//! base64 of the borsh bytes, one line.

use crate::api::{Base64, Spelled};
use crate::keys::{SecretKey, Signer};
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_types::approval::{
    Approval, ApprovalBody, Attestation, AttestationBody, IdentityRequestBody, RotationBody,
};
use nexus_types::crypto::{self, Signature, SigningKind, signing_digest};
use nexus_types::domain::TransferBody;
use nexus_types::encoding::{self, DecodeError, List};
use nexus_types::governance::ValidatorKeyBody;
use nexus_types::guardian::{RecoveryAttestation, RecoveryAttestationBody};
use nexus_types::limits::TX_BYTES;
use nexus_types::meter::{MeterRecord, MeterRecordBody, MeterSignature};
use nexus_types::tx::{Cosignature, Cosignatures, TxBody};
use nexus_types::{Action, Hash, IdentityId, KeyBytes, Network, Time, Tx};
use thiserror::Error;

/// Characters of a file that people hand to each other: the largest transaction in base64.
pub const MAX_TEXT_BYTES: usize = 2 * TX_BYTES;

/// Why something could not be signed or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignError {
    /// More approvals or co-signatures than a transaction may have.
    #[error("a transaction has at most 4 approvals and 16 co-signatures: {0}")]
    TooMany(DecodeError),
    /// A co-signer is the signer, or signs twice.
    #[error(
        "{0} signs twice: each officer is named once, the first one signs and the others co-sign"
    )]
    Twice(IdentityId),
    /// The transaction is larger than the law allows.
    #[error(
        "the transaction has {0} bytes, more than the 65,536 a transaction may have: split the work"
    )]
    TooLarge(usize),
    /// A text that is no such value.
    #[error("this is no {what}: {reason}")]
    Text {
        /// What was wanted.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A request's signature does not fit its key.
    #[error("the request is not signed by the key it names: ask its author for a new one")]
    RequestSignature,
}

/// A transaction to be signed.
#[derive(Clone, Debug)]
pub struct TxBuilder {
    network: Network,
    lane: u8,
    nonce: u64,
    expires: Time,
    approvals: Vec<Approval>,
}

impl TxBuilder {
    /// A transaction for that chain, with the signer's next nonce in lane 0, good until that block time.
    #[must_use]
    pub fn new(network: Network, nonce: u64, expires: Time) -> Self {
        Self {
            network,
            lane: 0,
            nonce,
            expires,
            approvals: Vec::new(),
        }
    }

    /// In another lane, as agents have.
    #[must_use]
    pub fn lane(mut self, lane: u8) -> Self {
        self.lane = lane;
        self
    }

    /// With a creator's approval.
    #[must_use]
    pub fn approval(mut self, approval: Approval) -> Self {
        self.approvals.push(approval);
        self
    }

    /// Signs with the first signer and co-signs with the others.
    ///
    /// # Errors
    /// [`SignError::TooMany`], [`SignError::Twice`] or [`SignError::TooLarge`].
    pub fn sign(
        self,
        action: Action,
        signer: &Signer,
        cosigners: &[Signer],
    ) -> Result<Tx, SignError> {
        let body = TxBody {
            network: self.network,
            signer: signer.identity,
            lane: self.lane,
            nonce: self.nonce,
            expires: self.expires,
            action,
            approvals: List::new(self.approvals).map_err(SignError::TooMany)?,
        };
        let signature = signer.key.sign(&body.id());
        let mut names = vec![signer.identity];
        for cosigner in cosigners {
            if names.contains(&cosigner.identity) {
                return Err(SignError::Twice(cosigner.identity));
            }
            names.push(cosigner.identity);
        }
        let cosignatures = cosigners.iter().map(|one| cosign(&body, one)).collect();
        let tx = Tx {
            signature,
            cosignatures: Cosignatures::new(cosignatures).map_err(SignError::TooMany)?,
            body,
        };
        let bytes = encoding::encode(&tx).len();
        if bytes > TX_BYTES {
            Err(SignError::TooLarge(bytes))
        } else {
            Ok(tx)
        }
    }
}

/// An officer's co-signature of a body.
#[must_use]
pub fn cosign(body: &TxBody, officer: &Signer) -> Cosignature {
    Cosignature {
        signer: officer.identity,
        signature: officer.key.sign(&body.cosign_digest()),
    }
}

/// A signed transaction with one more co-signature, as people add theirs one after the other.
///
/// # Errors
/// [`SignError::Twice`] if that identity has signed, [`SignError::TooMany`] or [`SignError::TooLarge`].
pub fn cosigned(tx: Tx, cosigner: &Signer) -> Result<Tx, SignError> {
    let others = tx.cosignatures.as_slice();
    let has_signed = tx.body.signer == cosigner.identity
        || others.iter().any(|one| one.signer == cosigner.identity);
    if has_signed {
        return Err(SignError::Twice(cosigner.identity));
    }
    let mut all = others.to_vec();
    all.push(cosign(&tx.body, cosigner));
    let tx = Tx {
        cosignatures: Cosignatures::new(all).map_err(SignError::TooMany)?,
        ..tx
    };
    let bytes = encoding::encode(&tx).len();
    if bytes > TX_BYTES {
        return Err(SignError::TooLarge(bytes));
    }
    Ok(tx)
}

/// A creator's approval.
#[must_use]
pub fn approve(body: ApprovalBody, creator: &SecretKey) -> Approval {
    let signature = creator.sign(&body.id());
    Approval { body, signature }
}

/// A meter's record under the one key that signs for it.
#[must_use]
pub fn meter_record(body: MeterRecordBody, key: &SecretKey) -> MeterRecord {
    let signature = MeterSignature {
        key: 0,
        signature: key.sign(&body.id()),
    };
    MeterRecord {
        body,
        // One fits a list of several.
        signatures: List::new(vec![signature]).unwrap_or_default(),
    }
}

/// An attester's word.
#[must_use]
pub fn attest(body: AttestationBody, attester: &SecretKey) -> Attestation {
    let signature = attester.sign(&signing_digest(SigningKind::Attestation, &body));
    Attestation { body, signature }
}

/// The new key's consent to a rotation.
#[must_use]
pub fn prove_rotation(
    network: Network,
    identity: IdentityId,
    generation: u32,
    new_key: &SecretKey,
) -> Signature {
    let body = RotationBody {
        network,
        identity,
        generation,
        new_key: new_key.public(),
    };
    new_key.sign(&signing_digest(SigningKind::Rotation, &body))
}

/// An attester's word that the key of a recovery is that person's.
#[must_use]
pub fn attest_recovery(body: RecoveryAttestationBody, attester: &SecretKey) -> RecoveryAttestation {
    let signature = attester.sign(&signing_digest(SigningKind::RecoveryAttestation, &body));
    RecoveryAttestation { body, signature }
}

/// What the holder of a new key asks guardians for; it never reaches the ledger as it is.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct RecoveryRequest {
    /// The chain, the identity, the generation and the key.
    pub body: RotationBody,
    /// By that key: the proof that the recovery carries.
    pub proof: Signature,
}

impl RecoveryRequest {
    /// Asks for an identity to have another key.
    #[must_use]
    pub fn new(network: Network, identity: IdentityId, generation: u32, key: &SecretKey) -> Self {
        let proof = prove_rotation(network.clone(), identity, generation, key);
        let body = RotationBody {
            network,
            identity,
            generation,
            new_key: key.public(),
        };
        Self { body, proof }
    }

    /// Whether the holder of the key made the request.
    ///
    /// # Errors
    /// [`SignError::RequestSignature`].
    pub fn check(&self) -> Result<(), SignError> {
        let digest = signing_digest(SigningKind::Rotation, &self.body);
        if crypto::verify(&self.body.new_key, &digest, &self.proof) {
            Ok(())
        } else {
            Err(SignError::RequestSignature)
        }
    }
}

/// A consensus key's consent to an organisation's seat.
#[must_use]
pub fn prove_validator_key(network: Network, operator: IdentityId, key: &SecretKey) -> Signature {
    let body = ValidatorKeyBody {
        network,
        operator,
        key: key.public(),
    };
    key.sign(&signing_digest(SigningKind::ValidatorKey, &body))
}

/// A transfer code's word for whom a name goes: of use for nobody else.
#[must_use]
pub fn redeem_transfer(body: &TransferBody, code: &SecretKey) -> Signature {
    code.sign(&signing_digest(SigningKind::Transfer, body))
}

/// A person's request to be attested, signed by the key it is about. It never reaches the ledger.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct IdentityRequest {
    /// The chain and the key.
    pub body: IdentityRequestBody,
    /// By that key.
    pub signature: Signature,
}

impl IdentityRequest {
    /// Asks for a key to be attested.
    #[must_use]
    pub fn new(network: Network, key: &SecretKey) -> Self {
        let body = IdentityRequestBody {
            network,
            key: key.public(),
        };
        let signature = key.sign(&signing_digest(SigningKind::IdentityRequest, &body));
        Self { body, signature }
    }

    /// Whether the holder of the key made the request.
    ///
    /// # Errors
    /// [`SignError::RequestSignature`].
    pub fn check(&self) -> Result<(), SignError> {
        let digest = signing_digest(SigningKind::IdentityRequest, &self.body);
        if crypto::verify(&self.body.key, &digest, &self.signature) {
            Ok(())
        } else {
            Err(SignError::RequestSignature)
        }
    }

    /// The key asked about.
    #[must_use]
    pub fn key(&self) -> KeyBytes {
        self.body.key
    }
}

/// The one-line text of a value that people hand to each other.
pub fn to_text<T: BorshSerialize>(value: &T) -> String {
    Base64::new(encoding::encode(value)).to_string()
}

/// Reads such a text.
///
/// # Errors
/// [`SignError::Text`], which names `what` was wanted.
pub fn from_text<T: BorshSerialize + BorshDeserialize>(
    text: &str,
    what: &'static str,
) -> Result<T, SignError> {
    let wrong = |reason: String| SignError::Text { what, reason };
    if text.len() > MAX_TEXT_BYTES {
        return Err(wrong(format!(
            "it is longer than {MAX_TEXT_BYTES} characters"
        )));
    }
    let bytes = crate::api::Base64Bytes::parse(text.trim())
        .ok_or_else(|| wrong(String::from("it is not base64")))?;
    encoding::decode(&bytes.0).map_err(|error| wrong(error.to_string()))
}

/// SHA-256 of a transaction's bytes: the hash under which CometBFT and the nodes file it.
#[must_use]
pub fn tx_hash(tx: &Tx) -> Hash {
    Hash::of(&encoding::encode(tx))
}

#[cfg(test)]
mod tests;
