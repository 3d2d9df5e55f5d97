//! What may not stand in a block, each with its own code, and that nothing is written for it.

use super::hosting::*;
use super::mailing::register_dkim;
use super::world::*;
use crate::{Block, SigCheck, SingleVerify, admit, signatures};
use nexus_types::action::Action;
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::limits::{AGENT_LANES, TX_BYTES, TX_LIFETIME_MS};
use nexus_types::mail::DkimPublicKey;
use nexus_types::{Code, Hash, KeyBytes, Set, Signature, Text, Time, Tx};
use std::cell::RefCell;

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

#[test]
fn what_is_as_large_or_lasts_as_long_as_it_may_is_admitted() {
    let world = World::new();
    assert_eq!(code_of(&world, &vec![0; TX_BYTES]), Code::TrailingBytes);
    let last = world.now.time.plus_ms(TX_LIFETIME_MS);
    assert_eq!(with(&world, |body| body.expires = last), Code::Applied);
}

#[test]
fn an_agent_has_sixteen_lanes_and_a_person_one() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let (alice, agent) = (world.alice.clone(), agent_of("host-1", AgentKind::Compute));
    let report = Action::Report(world.next_report("host-1", AgentKind::Compute));
    assert_eq!(AGENT_LANES, 16);
    for (who, lane, code) in [
        (&agent, 1, Code::Applied),
        (&agent, 15, Code::Applied),
        (&agent, 16, Code::LaneNotAllowed),
        (&alice, 1, Code::LaneNotAllowed),
    ] {
        let mut body = world.body(who, report.clone());
        (body.lane, body.nonce) = (lane, 1);
        let bytes = encode(&world.seal(who, &[], body));
        assert_eq!(code_of(&world, &bytes), code, "lane {lane}");
    }
}

#[test]
fn no_action_brings_such_a_key_into_the_state() {
    let world = World::new();
    let mut bytes = [0; 32];
    bytes[0] = 1;
    let key = KeyBytes(bytes);
    let good = Person::new(61).public();
    for action in [
        Action::RegisterIdentity {
            key,
            attestation: None,
        },
        Action::RegisterAgent {
            host: host("host-1"),
            kind: AgentKind::Dns,
            key,
        },
        Action::RegisterMeter {
            meter: meter("meter-new"),
            host: host("host-1"),
            kind: AgentKind::Dns,
            scope: nexus_types::meter::MeterScope::Host,
            keys: Set::new(vec![key, good]).unwrap(),
            threshold: 1,
            test: false,
            replaces: None,
        },
        register_dkim("nx1", DkimPublicKey::Ed25519(key)),
    ] {
        let kind = action.kind();
        let code = with(&world, |body| body.action = action);
        assert_eq!(code, Code::KeySmallOrder, "{kind}");
    }
}

#[test]
fn who_is_told_of_an_answer_learns_the_size_or_the_code_and_why() {
    let world = World::new();
    let tx = good(&world);
    let bytes = encode(&tx);
    let admitted = admit(&bytes, &world.memory, world.now, &SingleVerify).unwrap();
    assert_eq!(
        (admitted.id(), admitted.size()),
        (tx.body.id(), bytes.len())
    );
    let refusal = admit(&bytes[..80], &world.memory, world.now, &SingleVerify).unwrap_err();
    let told = refusal.to_string();
    assert!(told.contains(&Code::Malformed.to_string()), "{told}");
    assert!(!refusal.detail.is_empty() && told.contains(&refusal.detail));
}

/// A key, a message and a signature.
type Asked = ([u8; 32], [u8; 32], [u8; 64]);

/// Takes every signature to hold, and remembers which it was asked for.
#[derive(Default)]
struct Remembers(RefCell<Vec<Asked>>);

impl SigCheck for Remembers {
    fn check(&self, key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
        self.0.borrow_mut().push((*key, *message, *signature));
        true
    }
}

#[test]
fn who_checks_a_batch_beforehand_is_told_of_exactly_the_signatures_that_admission_asks_for() {
    let world = World::new();
    let approval = world.approve(
        &world.alice,
        "IMVU-042",
        nexus_types::approval::Change::PathPolicy(Default::default()),
    );
    let mut body = world.body(&world.officers[0], describe());
    body.approvals = nexus_types::List::new(vec![approval]).unwrap();
    let tx = world.seal(&world.officers[0], &world.officers[1..3], body);
    let told: Vec<Asked> = signatures(&tx, &world.memory)
        .into_iter()
        .map(|item| (item.key, item.message, item.signature))
        .collect();
    // The signer's, two co-signers' and the approval's.
    assert_eq!(told.len(), 4);
    let asked = Remembers::default();
    admit(&encode(&tx), &world.memory, world.now, &asked).unwrap();
    assert_eq!(told, asked.0.into_inner());
    let stranger = Person::new(77);
    let unknown = world.seal(&stranger, &[], world.body(&stranger, describe()));
    assert_eq!(signatures(&unknown, &world.memory), []);
}
