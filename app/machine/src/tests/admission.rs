//! What may not stand in a block, each with its own code, and that nothing is written for it.

use super::world::*;
use crate::{Block, SingleVerify, admit};
use nexus_types::action::Action;
use nexus_types::encoding::encode;
use nexus_types::limits::{TX_BYTES, TX_LIFETIME_MS};
use nexus_types::{Code, Hash, KeyBytes, Signature, Text, Time, Tx};

fn describe() -> Action {
    Action::DescribeImvu {
        imvu: imvu("IMVU-042"),
        description: Text::new("shop").unwrap(),
    }
}

fn good(world: &World) -> Tx {
    world.seal(&world.alice, &[], world.body(&world.alice, describe()))
}

fn code_of(world: &World, bytes: &[u8]) -> Code {
    match admit(bytes, &world.memory, world.now, &SingleVerify) {
        Ok(_) => Code::Applied,
        Err(refusal) => refusal.code,
    }
}

/// Changes the body, signs again, and says how it fares.
fn with(world: &World, change: impl FnOnce(&mut nexus_types::TxBody)) -> Code {
    let mut body = world.body(&world.alice, describe());
    change(&mut body);
    code_of(world, &encode(&world.seal(&world.alice, &[], body)))
}

#[test]
fn each_fault_of_the_envelope_has_its_own_code() {
    let world = World::new();
    assert_eq!(code_of(&world, &encode(&good(&world))), Code::Applied);
    let mut trailing = encode(&good(&world));
    trailing.push(0);
    assert_eq!(code_of(&world, &trailing), Code::TrailingBytes);
    assert_eq!(
        code_of(&world, &encode(&good(&world))[..80]),
        Code::Malformed
    );
    assert_eq!(code_of(&world, &vec![0; TX_BYTES + 1]), Code::TooLarge);
    assert_eq!(
        with(&world, |body| body.network.chain_id =
            Text::new("other").unwrap()),
        Code::WrongChain
    );
    assert_eq!(
        with(&world, |body| body.network.genesis_hash = Hash([1; 32])),
        Code::WrongGenesis
    );
    assert_eq!(
        with(&world, |body| body.network.recovery_epoch = 1),
        Code::WrongEpoch
    );
    assert_eq!(
        with(&world, |body| body.expires = Time(START)),
        Code::Expired
    );
    let far = world.now.time.plus_ms(TX_LIFETIME_MS + 1);
    assert_eq!(with(&world, |body| body.expires = far), Code::ExpiryTooFar);
    assert_eq!(with(&world, |body| body.lane = 1), Code::LaneNotAllowed);
    assert_eq!(with(&world, |body| body.nonce -= 1), Code::NonceReplayed);
    assert_eq!(with(&world, |body| body.nonce += 1), Code::NonceGap);
    assert_eq!(
        with(&world, |body| body.signer = Person::new(77).id),
        Code::UnknownIdentity
    );
    let mut forged = good(&world);
    forged.signature = Signature([9; 64]);
    assert_eq!(code_of(&world, &encode(&forged)), Code::BadSignature);
}

#[test]
fn a_length_bomb_is_refused_before_anything_is_reserved() {
    let world = World::new();
    let mut bytes = encode(&good(&world));
    let cut = bytes.len() - 64 - 4;
    bytes.truncate(cut);
    // The description claims four gigabytes.
    let at = bytes.windows(4).rposition(|four| four == b"shop").unwrap();
    bytes[at - 4..at].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(code_of(&world, &bytes), Code::BoundExceeded);
}

#[test]
fn keys_that_could_sign_two_ways_are_never_admitted() {
    let world = World::new();
    // The identity point, a point of order 8, the same non-canonically, and a key plus torsion.
    let identity = {
        let mut key = [0u8; 32];
        key[0] = 1;
        key
    };
    let mut not_canonical = [0xff; 32];
    not_canonical[0] = 0xee;
    not_canonical[31] = 0x7f;
    for (key, code) in [
        (identity, Code::KeySmallOrder),
        (not_canonical, Code::KeyNotCanonical),
        (with_torsion(), Code::KeyTorsion),
    ] {
        let action = Action::RotateKey {
            new_key: KeyBytes(key),
            proof: Signature([0; 64]),
        };
        assert_eq!(with(&world, |body| body.action = action), code);
    }
}

fn with_torsion() -> [u8; 32] {
    use curve25519_dalek_ng::edwards::CompressedEdwardsY;
    let point = CompressedEdwardsY(Person::new(50).public().0)
        .decompress()
        .unwrap();
    let torsion = curve25519_dalek_ng::constants::EIGHT_TORSION[1];
    (point + torsion).compress().0
}

#[test]
fn inadmissible_bytes_in_a_decided_block_yield_their_code_and_write_nothing() {
    let world = World::new();
    let empty = world.execute(&[]);
    let junk = world.execute(&[vec![1, 2, 3], Vec::new(), vec![0xff; TX_BYTES + 10]]);
    assert_eq!(junk.txs.len(), 3);
    assert!(
        junk.txs
            .iter()
            .all(|outcome| outcome.code.is_inadmissible() && outcome.verdict.is_none())
    );
    assert_eq!(junk.changes, empty.changes);
    assert_eq!(junk.appends, empty.appends);
}

#[test]
fn a_key_rotated_in_a_block_no_longer_signs_later_in_it() {
    let mut world = World::new();
    let rotate = world.body(
        &world.alice,
        world.rotation(&world.alice, 1, &Person::new(60)),
    );
    let mut old = world.body(&world.alice, describe());
    old.nonce = rotate.nonce + 1;
    let mut new = old.clone();
    new.nonce = rotate.nonce + 1;
    let txs = [
        encode(&world.seal(&world.alice, &[], rotate)),
        encode(&world.seal(&world.alice, &[], old)),
        encode(&world.seal(
            &Person {
                id: world.alice.id,
                ..Person::new(60)
            },
            &[],
            new,
        )),
    ];
    let codes: Vec<Code> = world
        .block(&txs)
        .iter()
        .map(|outcome| outcome.code)
        .collect();
    assert_eq!(codes, [Code::Applied, Code::BadSignature, Code::Applied]);
}

#[test]
fn a_rotation_needs_the_new_keys_own_signature() {
    let world = World::new();
    let Action::RotateKey { new_key, .. } = world.rotation(&world.alice, 1, &Person::new(60))
    else {
        unreachable!()
    };
    let action = Action::RotateKey {
        new_key,
        proof: Signature([0; 64]),
    };
    assert_eq!(
        with(&world, |body| body.action = action),
        Code::BadRotationProof
    );
}

#[test]
fn the_allowance_of_a_block_and_of_unattested_registrations_is_finite() {
    let mut world = World::new();
    let first = world.next_nonce(&world.alice.id);
    let txs: Vec<Vec<u8>> = (0..40)
        .map(|step| {
            let mut body = world.body(&world.alice, describe());
            body.nonce = first + step;
            encode(&world.seal(&world.alice, &[], body))
        })
        .collect();
    let outcomes = world.block(&txs);
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.code == Code::Applied)
            .count(),
        32
    );
    assert_eq!(outcomes[32].code, Code::AllowanceBlock);
    let registrations: Vec<Vec<u8>> = (100..105)
        .map(|seed| {
            let person = Person::new(seed);
            let action = Action::RegisterIdentity {
                key: person.public(),
                attestation: None,
            };
            encode(&world.seal(&person, &[], world.body(&person, action)))
        })
        .collect();
    let codes: Vec<u32> = world
        .block(&registrations)
        .iter()
        .map(|outcome| outcome.code.number())
        .collect();
    assert_eq!(codes, [2001, 2001, 1070, 1070, 1070]);
    let codes: Vec<u32> = world
        .block(&registrations[2..])
        .iter()
        .map(|outcome| outcome.code.number())
        .collect();
    assert_eq!(codes, [2001, 1071, 1071]);
}

#[test]
fn a_second_signature_for_a_spent_body_is_a_replay() {
    let mut world = World::new();
    let tx = good(&world);
    world.block(&[encode(&tx)]);
    assert_eq!(code_of(&world, &encode(&tx)), Code::NonceReplayed);
}

#[test]
fn a_denial_writes_nothing_but_its_evidence() {
    let world = World::new();
    let tx = world.seal(&world.bob, &[], world.body(&world.bob, describe()));
    let mut block = Block::begin(&world.memory, world.now, &[]);
    let outcome = block.execute(&world.memory, &encode(&tx), &SingleVerify);
    assert_eq!(outcome.code.number(), 2001);
    let kinds: Vec<_> = block
        .finish(&world.memory, Hash([1; 32]))
        .changes
        .iter()
        .map(|(key, _)| format!("{:?}", key.kind().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [
            "Clock",
            "Nonce",
            "Spent",
            "Collection",
            "Collection",
            "Collection"
        ]
    );
}
