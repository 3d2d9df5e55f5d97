//! keys.json, signatures.json, signing.json, names.json.

use crate::parts::{approval, cpu, recovery};
use crate::people::{Person, alice, attester, imvu, name, officers, operators, public};
use crate::scenario::Scenario;
use crate::scenario::domain::{BOBS, SOLD};
use crate::spelled;
use curve25519_dalek_ng::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek_ng::edwards::CompressedEdwardsY;
use curve25519_dalek_ng::scalar::Scalar;
use nexus_types::approval::{AttestationBody, IdentityRequestBody, RotationBody};
use nexus_types::crypto::{KeyFault, Signature, SigningKind, admit_key, signing_digest, verify};
use nexus_types::domain::TransferBody;
use nexus_types::encoding::{List, encode};
use nexus_types::governance::ValidatorKeyBody;
use nexus_types::meter::MeterRecordBody;
use nexus_types::recovery::{RecoveryBody, RecoverySeat};
use nexus_types::{Action, Change, Hash, KeyBytes, Name};
use serde_json::{Value, json};
use sha2::{Digest, Sha512};

/// Keys that are never admitted, one of each kind.
pub(crate) fn bad_keys() -> Vec<(&'static str, [u8; 32])> {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut two = [0; 32];
    two[0] = 2;
    let mut above = [0xff; 32];
    above[0] = 0xee;
    above[31] = 0x7f;
    let mut signed_zero = identity;
    signed_zero[31] = 0x80;
    let mixed = CompressedEdwardsY(public(20).0).decompress().unwrap() + EIGHT_TORSION[1];
    vec![
        ("a key that is no point of the curve", two),
        ("a key whose y is not reduced", above),
        ("a key of x = 0 with its sign bit set", signed_zero),
        ("the neutral element as a key", identity),
        ("a key of order 2", EIGHT_TORSION[4].compress().0),
        ("a key of order 4", EIGHT_TORSION[2].compress().0),
        ("a key of order 8", EIGHT_TORSION[1].compress().0),
        ("a key with a part of order 8", mixed.compress().0),
    ]
}

pub(crate) fn keys() -> Value {
    let good = [1, 20, 30].map(|seed| ("a key", public(seed).0));
    let all = good.into_iter().chain(bad_keys());
    let cases: Vec<Value> = all
        .map(|(name, key)| {
            let verdict = match admit_key(&KeyBytes(key)) {
                Ok(()) => json!({"admitted": true}),
                Err(fault) => json!({"admitted": false, "fault": spelled::variant(fault), "code": code_of(fault)}),
            };
            json!({"name": name, "key": hex::encode(key), "verdict": verdict})
        })
        .collect();
    json!({
        "about": "Which 32 bytes are admitted as a public key.",
        "cases": cases,
    })
}

fn code_of(fault: KeyFault) -> u32 {
    match fault {
        KeyFault::NotCanonical => 1050,
        KeyFault::SmallOrder => 1051,
        KeyFault::Torsion => 1052,
    }
}

/// A signature whose R has a part of order 8: ZIP-215 accepts it, RFC 8032's equation without the cofactor does not.
fn with_torsion(digest: &Hash) -> Signature {
    let wide: [u8; 64] = Sha512::digest([20; 32]).into();
    let mut secret = [0; 32];
    secret.copy_from_slice(&wide[..32]);
    secret[0] &= 248;
    secret[31] = secret[31] & 63 | 64;
    let nonce = Scalar::from_bytes_mod_order([77; 32]);
    let r = (nonce * ED25519_BASEPOINT_POINT + EIGHT_TORSION[1])
        .compress()
        .0;
    let mut hasher = Sha512::new();
    hasher.update(r);
    hasher.update(public(20).0);
    hasher.update(digest.0);
    let challenge = Scalar::from_bytes_mod_order_wide(&hasher.finalize().into());
    let s = nonce + challenge * Scalar::from_bits(secret).reduce();
    joined(r, s.to_bytes())
}

fn joined(r: [u8; 32], s: [u8; 32]) -> Signature {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    Signature(signature)
}

/// s + L in place of s: the same number modulo L in a second spelling.
fn with_large_s(signature: Signature) -> Signature {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut out = signature;
    let mut carry = 0u16;
    for (slot, add) in out.0[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*slot) + u16::from(add) + carry;
        *slot = sum as u8;
        carry = sum >> 8;
    }
    out
}

pub(crate) fn signatures() -> Value {
    let digest = Hash::of(b"what is signed");
    let good = alice().sign(digest);
    let mut flipped = good;
    flipped.0[5] ^= 4;
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut above = [0xff; 32];
    above[0] = 0xee;
    above[31] = 0x7f;
    let key = public(20).0;
    let cases: Vec<(&str, [u8; 32], Hash, Signature)> = vec![
        ("a signature", key, digest, good),
        ("another message", key, Hash::of(b"something else"), good),
        ("another key", public(21).0, digest, good),
        ("a bit of R flipped", key, digest, flipped),
        ("s is not reduced", key, digest, with_large_s(good)),
        (
            "R has a part of order 8: ZIP-215 accepts it",
            key,
            digest,
            with_torsion(&digest),
        ),
        (
            "a neutral key, a neutral R, s = 0: ZIP-215 accepts it for any message, so such a key is never admitted",
            neutral,
            digest,
            joined(neutral, [0; 32]),
        ),
        (
            "R is the neutral element with y not reduced: ZIP-215 accepts it",
            neutral,
            digest,
            joined(above, [0; 32]),
        ),
        (
            "R is no point",
            key,
            digest,
            joined(
                {
                    let mut two = [0; 32];
                    two[0] = 2;
                    two
                },
                [0; 32],
            ),
        ),
    ];
    let cases: Vec<Value> = cases
        .into_iter()
        .map(|(name, key, digest, signature)| {
            json!({
                "name": name,
                "key": hex::encode(key),
                "message": digest.to_string(),
                "signature": hex::encode(signature.0),
                "valid": verify(&KeyBytes(key), &digest, &signature),
            })
        })
        .collect();
    json!({
        "about": "Ed25519 by ZIP-215, as the ledger and CometBFT verify.",
        "cases": cases,
    })
}

/// One body of each kind that is signed.
pub(crate) fn signing(story: &Scenario) -> Value {
    let chain = &story.chain;
    let network = chain.network.clone();
    let tx = &story.find("describe").tx.body;
    let platform = &story.find("cut a quota").tx.body;
    let consent = approval(chain, Change::Quota(cpu(1_500)), 7).body;
    let attestation = AttestationBody {
        network: network.clone(),
        identity: alice().id,
        attester: attester().id,
        generation: 0,
        evidence: Hash::of(b"passport seen"),
        expires: chain.next().time,
    };
    let rotation = RotationBody {
        network: network.clone(),
        identity: alice().id,
        generation: 1,
        new_key: public(24),
    };
    let request = IdentityRequestBody {
        network,
        key: alice().public(),
    };
    let new_key = Person::new("alice's second key", 24);
    let reading = reading(story);
    use SigningKind as Kind;
    let cases = vec![
        signed(Kind::Tx, tx, spelled::body(tx), &alice()),
        signed(
            Kind::Cosign,
            platform,
            spelled::body(platform),
            &officers()[1],
        ),
        signed(
            Kind::Approval,
            &consent,
            spelled::approval_body(&consent),
            &alice(),
        ),
        signed(
            Kind::Attestation,
            &attestation,
            spelled::attestation_body(&attestation),
            &attester(),
        ),
        signed(
            Kind::IdentityRequest,
            &request,
            spelled::request_body(&request),
            &alice(),
        ),
        signed(
            Kind::Rotation,
            &rotation,
            spelled::rotation_body(&rotation),
            &new_key,
        ),
        signed(
            Kind::MeterRecord,
            &reading,
            spelled::record_body(&reading),
            &Person::new("a meter's key", 52),
        ),
        recovery_attestation(story),
        validator_key(story),
        transfer(story),
        recovery_of_the_network(story),
    ];
    json!({
        "about": "What is hashed and signed for each kind: digest = SHA-256(tag, a zero byte, the body).",
        "cases": cases,
    })
}

/// An attester's word for Alice's key of a recovery.
fn recovery_attestation(story: &Scenario) -> Value {
    let Action::ProposeRecovery(asked) = recovery(&story.chain, 25, Some(&attester())) else {
        panic!("not a recovery");
    };
    let body = asked.attestation.unwrap().body;
    signed(
        SigningKind::RecoveryAttestation,
        &body,
        spelled::people::recovery_attestation_body(&body),
        &attester(),
    )
}

/// A consensus key agrees to a seat.
fn validator_key(story: &Scenario) -> Value {
    let key = Person::new("a consensus key", 35);
    let body = ValidatorKeyBody {
        network: story.chain.network.clone(),
        operator: operators()[1].id,
        key: key.public(),
    };
    signed(
        SigningKind::ValidatorKey,
        &body,
        spelled::governance::validator_key_body(&body),
        &key,
    )
}

/// A code's word for whom a name goes.
fn transfer(story: &Scenario) -> Value {
    let body = TransferBody {
        network: story.chain.network.clone(),
        name: name(SOLD),
        imvu: imvu(BOBS),
    };
    signed(
        SigningKind::Transfer,
        &body,
        spelled::domain::transfer_body(&body),
        &Person::new("a transfer code", 90),
    )
}

/// A seat's agreement to a recovery: three go on, each with a key that no seat has had.
fn recovery_of_the_network(story: &Scenario) -> Value {
    let chain = &story.chain;
    let going_on = operators().into_iter().skip(1).zip(35..);
    let mut seats: Vec<RecoverySeat> = going_on
        .map(|(one, seed)| RecoverySeat {
            operator: one.id,
            key: public(seed),
        })
        .collect();
    seats.sort_unstable_by_key(|seat| seat.operator);
    let body = RecoveryBody {
        network: chain.network.clone(),
        height: chain.height(),
        app_hash: Hash(chain.preimages.last().unwrap().hash()),
        time: chain.next().time,
        seats: List::new(seats).unwrap(),
    };
    assert_eq!(body.digest(), signing_digest(SigningKind::Recovery, &body));
    signed(
        SigningKind::Recovery,
        &body,
        spelled::governance::recovery_body(&body),
        &operators()[1],
    )
}

/// What a meter of one key signed in the scenario.
fn reading(story: &Scenario) -> MeterRecordBody {
    let Action::Report(report) = &story.find("report the hour's traffic").tx.body.action else {
        panic!("not a report");
    };
    report.usage.as_slice()[0].body.clone()
}

fn signed<T: borsh::BorshSerialize>(
    kind: SigningKind,
    body: &T,
    fields: Value,
    signer: &Person,
) -> Value {
    let digest = signing_digest(kind, body);
    let signature = signer.sign(digest);
    assert!(verify(&signer.public(), &digest, &signature));
    json!({
        "kind": spelled::variant(kind),
        "tag": kind.tag(),
        "fields": fields,
        "body": hex::encode(encode(body)),
        "digest": digest.to_string(),
        "seed": hex::encode([signer.seed; 32]),
        "key": hex::encode(signer.public().0),
        "signature": hex::encode(signature.0),
    })
}

pub(crate) fn names() -> Value {
    let label = "a".repeat(63);
    let deep = [label.as_str(); 3].join(".");
    let texts = [
        "imvu042.demo.example".to_owned(),
        "IMVU042.Demo.EXAMPLE".to_owned(),
        "imvu042.demo.example.".to_owned(),
        "imvu042.demo.example..".to_owned(),
        "imvu042\u{3002}demo.example".to_owned(),
        "imvu042\\.demo.example".to_owned(),
        "imvu042\\046demo.example".to_owned(),
        " imvu042.demo.example".to_owned(),
        "imvu042.demo.example\0".to_owned(),
        "\u{212a}elvin.example".to_owned(),
        "a..example".to_owned(),
        ".example.org".to_owned(),
        String::new(),
        ".".to_owned(),
        "example".to_owned(),
        "-a.example".to_owned(),
        "a-.example".to_owned(),
        "a.b-.example".to_owned(),
        "ab--c.example".to_owned(),
        "xn--bcher-kva.example".to_owned(),
        "XN--BCHER-KVA.example".to_owned(),
        "xn--ihqwcrb4cv8a8dqg056pqjye.example".to_owned(),
        "xn--abc.example".to_owned(),
        "xn--99999999999.example".to_owned(),
        "xn--.example".to_owned(),
        "a.123".to_owned(),
        "192.0.2.1".to_owned(),
        "1a.example".to_owned(),
        "_dmarc.example.org".to_owned(),
        "*.example.org".to_owned(),
        "a.*.example".to_owned(),
        "a*.example".to_owned(),
        format!("{label}.example"),
        format!("a{label}.example"),
        format!("{deep}.{}", "b".repeat(61)),
        format!("{deep}.{}", "b".repeat(62)),
        format!("{deep}.example"),
        format!("{deep}.{}.", "b".repeat(61)),
    ];
    let cases: Vec<Value> = texts.iter().map(|text| name_case(text)).collect();
    json!({
        "about": "The canonicaliser of names. `platform` says whether the name may be granted by the platform: true, or why not.",
        "cases": cases,
    })
}

fn name_case(text: &str) -> Value {
    match Name::parse(text) {
        Err(fault) => json!({"text": text, "fault": spelled::variant(fault)}),
        Ok(name) => {
            let platform = match name.check_platform_name() {
                Ok(()) => json!(true),
                Err(fault) => json!(spelled::variant(fault)),
            };
            json!({"text": text, "name": name.as_str(), "platform": platform})
        }
    }
}
