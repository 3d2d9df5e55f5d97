//! Every signature that a transaction carries must hold, and the code says which did not.

use super::world::*;
use crate::{SingleVerify, admit};
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Attestation, Change};
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::encoding::encode;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::tx::Cosignatures;
use nexus_types::{Code, Hash, IdentityId, List, Text, Tx, TxBody};

fn code_of(world: &World, tx: &Tx) -> Code {
    match admit(&encode(tx), &world.memory, world.now, &SingleVerify) {
        Ok(_) => Code::Applied,
        Err(refusal) => refusal.code,
    }
}

fn describe() -> Action {
    Action::DescribeImvu {
        imvu: imvu("IMVU-042"),
        description: Text::new("shop").unwrap(),
    }
}

/// Signed by an officer and co-signed by another, whose signature is replaced.
fn cosigned(world: &World, forge: impl FnOnce(&mut nexus_types::tx::Cosignature, &TxBody)) -> Code {
    let body = world.body(&world.officers[0], describe());
    let mut tx = world.seal(&world.officers[0], &world.officers[1..2], body);
    let mut one = tx.cosignatures.as_slice()[0].clone();
    forge(&mut one, &tx.body);
    tx.cosignatures = Cosignatures::new(vec![one]).unwrap();
    code_of(world, &tx)
}

#[test]
fn a_co_signature_is_another_identitys_over_the_same_body() {
    let world = World::new();
    let (first, second, mallory) = (
        world.officers[0].clone(),
        world.officers[1].clone(),
        Person::new(77),
    );
    assert_eq!(cosigned(&world, |_, _| {}), Code::Applied);
    let by_another = |one: &mut nexus_types::tx::Cosignature, body: &TxBody| {
        one.signature = mallory.sign(body.cosign_digest());
    };
    assert_eq!(cosigned(&world, by_another), Code::BadCosignature);
    // Who signs as the first has not co-signed.
    let as_first = |one: &mut nexus_types::tx::Cosignature, body: &TxBody| {
        one.signature = second.sign(body.id());
    };
    assert_eq!(cosigned(&world, as_first), Code::BadCosignature);
    let its_own = |one: &mut nexus_types::tx::Cosignature, body: &TxBody| {
        one.signer = first.id;
        one.signature = first.sign(body.cosign_digest());
    };
    assert_eq!(cosigned(&world, its_own), Code::BadCosignature);
    let unknown = |one: &mut nexus_types::tx::Cosignature, body: &TxBody| {
        one.signer = mallory.id;
        one.signature = mallory.sign(body.cosign_digest());
    };
    assert_eq!(cosigned(&world, unknown), Code::UnknownIdentity);
}

#[test]
fn nobody_founds_an_identity_whose_id_does_not_follow_from_the_key() {
    let world = World::new();
    let mallory = Person::new(77);
    for (id, code) in [
        (mallory.id, Code::Applied),
        (
            IdentityId::from_key(&Person::new(78).public()),
            Code::UnknownIdentity,
        ),
    ] {
        let signer = Person {
            id,
            ..mallory.clone()
        };
        let action = Action::RegisterIdentity {
            key: mallory.public(),
            attestation: None,
        };
        let tx = world.seal(&signer, &[], world.body(&signer, action));
        assert_eq!(code_of(&world, &tx), code);
    }
}

#[test]
fn an_attestation_is_signed_by_its_attester_for_this_network() {
    let world = World::new();
    let carol = Person::new(40);
    let told = |attestation: Attestation| {
        let action = Action::RegisterIdentity {
            key: carol.public(),
            attestation: Some(attestation),
        };
        let tx = world.seal(&carol, &[], world.body(&carol, action));
        code_of(&world, &tx)
    };
    let good = world.attest(&carol);
    assert_eq!(told(good.clone()), Code::Applied);
    let mut forged = good.clone();
    forged.signature = carol.sign(signing_digest(SigningKind::Attestation, &forged.body));
    assert_eq!(told(forged), Code::BadAttestationSignature);
    let mut elsewhere = good;
    elsewhere.body.network.recovery_epoch = 1;
    elsewhere.signature = world
        .attester
        .sign(signing_digest(SigningKind::Attestation, &elsewhere.body));
    assert_eq!(told(elsewhere), Code::BadAttestationSignature);
}

#[test]
fn an_approval_is_signed_by_its_approver_for_this_network_wherever_it_stands() {
    let world = World::new();
    let (officer, alice) = (world.officers[0].clone(), world.alice.clone());
    let mut cut = QuotaChange::EMPTY;
    cut.set(QuotaField::CpuMillis, 2_000);
    let good = world.approve(&alice, "IMVU-042", Change::Quota(cut));
    let mut forged = good.clone();
    forged.signature = officer.sign(forged.body.id());
    let mut elsewhere = good.body.clone();
    elsewhere.network.genesis_hash = Hash([1; 32]);
    let elsewhere = world.resign(&alice, elsewhere);
    let attached = |approval: Approval| {
        let mut body = world.body(&officer, describe());
        body.approvals = List::new(vec![approval]).unwrap();
        code_of(&world, &world.seal(&officer, &[], body))
    };
    let submitted = |approval: Approval| {
        let action = Action::SignApproval {
            proposal: Hash([2; 32]),
            approval,
        };
        code_of(&world, &world.seal(&alice, &[], world.body(&alice, action)))
    };
    for told in [&attached as &dyn Fn(Approval) -> Code, &submitted] {
        assert_eq!(told(good.clone()), Code::Applied);
        assert_eq!(told(forged.clone()), Code::BadApprovalSignature);
        assert_eq!(told(elsewhere.clone()), Code::BadApprovalSignature);
    }
    // By a key that is no longer its approver's: void, which is a gate's to say.
    let mut old = forged.body.clone();
    old.generation = 7;
    let old = world.resign(&officer, old);
    assert_eq!(attached(old), Code::Applied);
}
