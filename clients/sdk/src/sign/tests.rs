use super::{
    IdentityRequest, SignError, TxBuilder, approve, attest, from_text, prove_rotation, to_text,
};
use crate::keys::{SecretKey, Signer};
use nexus_types::approval::{ApprovalBody, AttestationBody, Change, PermittedActor, RotationBody};
use nexus_types::crypto::{SigningKind, signing_digest, verify};
use nexus_types::encoding::{Text, encode};
use nexus_types::quota::QuotaChange;
use nexus_types::{Action, Hash, IdentityId, ImvuId, Network, Time, Tx, decode};
use zeroize::Zeroizing;

fn signer(seed: u8) -> Signer {
    Signer::new(
        format!("key-{seed}"),
        SecretKey::from_seed(Zeroizing::new([seed; 32])),
    )
}

fn network() -> Network {
    Network {
        chain_id: Text::new("nexus-test").unwrap(),
        genesis_hash: Hash([1; 32]),
        recovery_epoch: 0,
    }
}

fn builder() -> TxBuilder {
    TxBuilder::new(network(), 7, Time(1_000))
}

#[test]
fn a_signed_transaction_is_canonical_and_every_signature_verifies() {
    let others = [signer(3), signer(2)];
    let tx = builder()
        .sign(Action::RevokeIdentity, &signer(1), &others)
        .unwrap();
    assert_eq!(decode::<Tx>(&encode(&tx)).unwrap(), tx);
    assert!(verify(
        &signer(1).key.public(),
        &tx.body.id(),
        &tx.signature
    ));
    assert_eq!(tx.cosignatures.as_slice().len(), 2);
    for cosignature in tx.cosignatures.as_slice() {
        let officer = others
            .iter()
            .find(|one| one.identity == cosignature.signer)
            .unwrap();
        let digest = tx.body.cosign_digest();
        assert!(verify(
            &officer.key.public(),
            &digest,
            &cosignature.signature
        ));
        assert!(!verify(
            &officer.key.public(),
            &tx.body.id(),
            &cosignature.signature
        ));
    }
}

#[test]
fn nobody_signs_twice() {
    let again = builder().sign(Action::RevokeIdentity, &signer(1), &[signer(2), signer(1)]);
    assert_eq!(again, Err(SignError::Twice(signer(1).identity)));
    let again = builder().sign(Action::RevokeIdentity, &signer(1), &[signer(2), signer(2)]);
    assert_eq!(again, Err(SignError::Twice(signer(2).identity)));
}

#[test]
fn approvals_attestations_and_rotations_verify_under_their_own_kind_only() {
    let key = signer(1).key;
    let approval = approve(approval_body(), &key);
    assert!(verify(
        &key.public(),
        &approval.body.id(),
        &approval.signature
    ));
    let tx = builder().approval(approval.clone());
    let tx = tx.sign(Action::RevokeIdentity, &signer(1), &[]).unwrap();
    assert_eq!(tx.body.approvals.as_slice(), [approval]);
    let body = AttestationBody {
        network: network(),
        identity: signer(2).identity,
        attester: signer(1).identity,
        generation: 0,
        evidence: Hash([9; 32]),
        expires: Time(5),
    };
    let attestation = attest(body.clone(), &key);
    let digest = signing_digest(SigningKind::Attestation, &body);
    assert!(verify(&key.public(), &digest, &attestation.signature));
    let other = signing_digest(SigningKind::Approval, &body);
    assert!(!verify(&key.public(), &other, &attestation.signature));
    let next = signer(9).key;
    let proof = prove_rotation(network(), signer(1).identity, 1, &next);
    let rotation = RotationBody {
        network: network(),
        identity: signer(1).identity,
        generation: 1,
        new_key: next.public(),
    };
    let digest = signing_digest(SigningKind::Rotation, &rotation);
    assert!(verify(&next.public(), &digest, &proof));
}

fn approval_body() -> ApprovalBody {
    let mut change = QuotaChange::EMPTY;
    change.cpu_millis = Some(1);
    ApprovalBody {
        network: network(),
        approver: signer(1).identity,
        generation: 0,
        imvu: ImvuId::new("IMVU-042").unwrap(),
        version: 1,
        before: Hash::default(),
        change: Change::Quota(change),
        permitted: PermittedActor::Platform,
        not_before: Time(1),
        expires: Time(2),
        salt: 3,
    }
}

#[test]
fn a_request_is_bound_to_its_key_and_survives_its_text() {
    let request = IdentityRequest::new(network(), &signer(1).key);
    let text = to_text(&request);
    let read: IdentityRequest = from_text(&format!("{text}\n"), "identity request").unwrap();
    assert_eq!(read.check(), Ok(()));
    assert_eq!(IdentityId::from_key(&read.key()), signer(1).identity);
    let mut forged = read;
    forged.body.key = signer(2).key.public();
    assert_eq!(forged.check(), Err(SignError::RequestSignature));
    for wrong in ["", "%%%", "AAAA", &text[..text.len() - 4]] {
        assert!(from_text::<IdentityRequest>(wrong, "identity request").is_err());
    }
}

#[test]
fn more_than_a_transaction_holds_is_an_error_and_not_a_panic() {
    let approval = approve(approval_body(), &signer(1).key);
    let full = (0..5).fold(builder(), |builder, _| builder.approval(approval.clone()));
    let signed = full.sign(Action::RevokeIdentity, &signer(1), &[]);
    assert!(matches!(signed, Err(SignError::TooMany(_))));
}
