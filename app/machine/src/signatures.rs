//! The one trusted seam: the machine says which signatures must hold, somebody else may have checked them.

use crate::admit::Inadmissible;
use crate::view::{View, read};
use alloc::vec::Vec;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Attestation, RotationBody};
use nexus_types::crypto::{KeyBytes, Signature, SigningKind, signing_digest, verify};
use nexus_types::governance::ValidatorKeyBody;
use nexus_types::guardian::RecoveryAttestation;
use nexus_types::meter::{Meter, MeterRecord};
use nexus_types::state::{Attesters, Identity};
use nexus_types::{Code, Hash, IdentityId, Network, Tx, state_key};

/// Says whether a signature holds. Must equal single ZIP-215 verification, however it got there.
pub trait SigCheck {
    /// Whether `signature` over the 32-byte `message` holds under `key`.
    fn check(&self, key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool;
}

/// Verifies each signature by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct SingleVerify;

impl SigCheck for SingleVerify {
    fn check(&self, key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
        verify(&KeyBytes(*key), &Hash(*message), &Signature(*signature))
    }
}

/// One signature that must hold, and the code its failure gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SigItem {
    /// The key, resolved from state.
    pub key: [u8; 32],
    /// The signing digest.
    pub message: [u8; 32],
    /// R ‖ s.
    pub signature: [u8; 64],
    /// What to answer if it does not hold.
    pub failure: Code,
}

impl SigItem {
    fn new(key: KeyBytes, message: Hash, signature: Signature, failure: Code) -> Self {
        Self {
            key: key.0,
            message: message.0,
            signature: signature.0,
            failure,
        }
    }
}

/// The signatures [`crate::admit`] will ask about, for checking many transactions as one batch. A transaction whose signer
/// is unknown has none.
pub fn signatures(tx: &Tx, view: &dyn View) -> Vec<SigItem> {
    let Some(key) = signer_key(view, tx) else {
        return Vec::new();
    };
    required(view, tx, key, &tx.body.id()).unwrap_or_default()
}

/// The key that must have signed: the identity's current one, or the founding key of a registration.
pub(crate) fn signer_key(view: &dyn View, tx: &Tx) -> Option<KeyBytes> {
    if let Some(identity) = read::<Identity>(view, &state_key::identity(&tx.body.signer)) {
        return Some(identity.key);
    }
    match &tx.body.action {
        Action::RegisterIdentity { key, .. } if IdentityId::from_key(key) == tx.body.signer => {
            Some(*key)
        }
        _ => None,
    }
}

/// Every signature of the transaction that must hold, the outer one first. At most
/// 1 + 16 co-signatures + 4 approvals + 1 attestation + 1 rotation proof, or 16 meter records with 8 signatures each.
pub(crate) fn required(
    view: &dyn View,
    tx: &Tx,
    key: KeyBytes,
    id: &Hash,
) -> Result<Vec<SigItem>, Inadmissible> {
    let mut items = Vec::new();
    items.push(SigItem::new(key, *id, tx.signature, Code::BadSignature));
    if !tx.cosignatures.as_slice().is_empty() {
        let digest = tx.body.cosign_digest();
        for cosignature in tx.cosignatures.as_slice() {
            if cosignature.signer == tx.body.signer {
                return Err(Inadmissible::new(
                    Code::BadCosignature,
                    "the signer co-signs its own transaction",
                ));
            }
            let identity = read::<Identity>(view, &state_key::identity(&cosignature.signer))
                .ok_or_else(|| {
                    Inadmissible::new(Code::UnknownIdentity, "a co-signer is not registered")
                })?;
            items.push(SigItem::new(
                identity.key,
                digest,
                cosignature.signature,
                Code::BadCosignature,
            ));
        }
    }
    for approval in tx.body.approvals.as_slice() {
        items.extend(approval_item(view, tx, approval)?);
    }
    match &tx.body.action {
        Action::RegisterIdentity {
            attestation: Some(attestation),
            ..
        } => {
            let body = &attestation.body;
            let digest = signing_digest(SigningKind::Attestation, body);
            let attester = registered_attester(view, attestation);
            let signature = attestation.signature;
            items.extend(attester_item(
                tx,
                &body.network,
                attester,
                digest,
                signature,
            )?);
        }
        Action::SignApproval { approval, .. } => items.extend(approval_item(view, tx, approval)?),
        Action::Report(report) => {
            for record in report.usage.as_slice() {
                meter_items(view, tx, record, &mut items)?;
            }
        }
        Action::RotateKey { new_key, proof } => {
            items.push(rotation_item(view, tx, tx.body.signer, *new_key, *proof))
        }
        Action::ProposeRecovery(recovery) => {
            let (id, key) = (recovery.identity, recovery.new_key);
            items.push(rotation_item(view, tx, id, key, recovery.proof));
            if let Some(attestation) = &recovery.attestation {
                let body = &attestation.body;
                let digest = signing_digest(SigningKind::RecoveryAttestation, body);
                let attester = recovery_attester(view, attestation);
                let signature = attestation.signature;
                items.extend(attester_item(
                    tx,
                    &body.network,
                    attester,
                    digest,
                    signature,
                )?);
            }
        }
        Action::SubmitGovernance(submit) => {
            let new = submit.change.new_key();
            items.extend(new.map(|(key, proof)| validator_item(tx, *key, *proof)));
        }
        _ => {}
    }
    Ok(items)
}

/// An approval by a key that is no longer its approver's is void, not badly signed: a gate says so.
fn approval_item(
    view: &dyn View,
    tx: &Tx,
    approval: &Approval,
) -> Result<Option<SigItem>, Inadmissible> {
    let body = &approval.body;
    if body.network != tx.body.network {
        return Err(Inadmissible::new(
            Code::BadApprovalSignature,
            "an approval is for another network",
        ));
    }
    let approver = read::<Identity>(view, &state_key::identity(&body.approver));
    Ok(approver
        .filter(|identity| identity.generation == body.generation)
        .map(|identity| {
            SigItem::new(
                identity.key,
                body.id(),
                approval.signature,
                Code::BadApprovalSignature,
            )
        }))
}

/// What an attester says must be of this network; by one who is not on the register it is a gate's matter.
fn attester_item(
    tx: &Tx,
    network: &Network,
    attester: Option<Identity>,
    digest: Hash,
    signature: Signature,
) -> Result<Option<SigItem>, Inadmissible> {
    if *network != tx.body.network {
        return Err(Inadmissible::new(
            Code::BadAttestationSignature,
            "the attestation is for another network",
        ));
    }
    Ok(attester.map(|identity| {
        SigItem::new(
            identity.key,
            digest,
            signature,
            Code::BadAttestationSignature,
        )
    }))
}

/// The signatures of a meter's record. What an unknown meter says is gate 6's matter.
fn meter_items(
    view: &dyn View,
    tx: &Tx,
    record: &MeterRecord,
    items: &mut Vec<SigItem>,
) -> Result<(), Inadmissible> {
    let bad = |detail| Inadmissible::new(Code::BadMeterSignature, detail);
    if record.body.network != tx.body.network {
        return Err(bad("a meter record is for another network"));
    }
    let signatures = record.signatures.as_slice();
    if !signatures
        .iter()
        .zip(signatures.iter().skip(1))
        .all(|(a, b)| a.key < b.key)
    {
        return Err(bad("the signatures are not ascending by key"));
    }
    let Some(meter) = read::<Meter>(view, &state_key::meter(&record.body.meter)) else {
        return Ok(());
    };
    let id = record.body.id();
    for one in signatures {
        let key = meter
            .keys
            .as_slice()
            .get(usize::from(one.key))
            .ok_or_else(|| bad("the meter has no such key"))?;
        items.push(SigItem::new(
            *key,
            id,
            one.signature,
            Code::BadMeterSignature,
        ));
    }
    Ok(())
}

/// The attester's identity, if it is on the register and still uses the key that attested.
pub(crate) fn registered_attester(view: &dyn View, attestation: &Attestation) -> Option<Identity> {
    attester(
        view,
        &attestation.body.attester,
        attestation.body.generation,
    )
}

/// The attester of a recovery, if it is on the register and still uses the key that attested.
pub(crate) fn recovery_attester(
    view: &dyn View,
    attestation: &RecoveryAttestation,
) -> Option<Identity> {
    attester(
        view,
        &attestation.body.attester,
        attestation.body.generation,
    )
}

fn attester(view: &dyn View, id: &IdentityId, generation: u32) -> Option<Identity> {
    let attesters = read::<Attesters>(view, &state_key::attesters())?;
    if !attesters.members.contains(id) {
        return None;
    }
    read::<Identity>(view, &state_key::identity(id))
        .filter(|identity| identity.generation == generation)
}

/// The holder of a consensus key agrees that the signer's seat has it.
fn validator_item(tx: &Tx, key: KeyBytes, proof: Signature) -> SigItem {
    let body = ValidatorKeyBody {
        network: tx.body.network.clone(),
        operator: tx.body.signer,
        key,
    };
    SigItem::new(
        key,
        signing_digest(SigningKind::ValidatorKey, &body),
        proof,
        Code::BadRotationProof,
    )
}

fn rotation_item(
    view: &dyn View,
    tx: &Tx,
    identity: IdentityId,
    new_key: KeyBytes,
    proof: Signature,
) -> SigItem {
    let generation = read::<Identity>(view, &state_key::identity(&identity))
        .map_or(0, |identity| identity.generation.saturating_add(1));
    let body = RotationBody {
        network: tx.body.network.clone(),
        identity,
        generation,
        new_key,
    };
    SigItem::new(
        new_key,
        signing_digest(SigningKind::Rotation, &body),
        proof,
        Code::BadRotationProof,
    )
}
