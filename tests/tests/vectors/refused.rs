//! refused.json: what may not stand in a block.

use crate::chain::{Chain, seal};
use crate::parts::{approval, cpu, policy, rotation, typed};
use crate::people::{Person, agents, alice, attester, bob, imvu, name, officers, public, tag};
use crate::scenario::{Scenario, refused_reports};
use crate::spelled::{self, number};
use nexus_machine::{SingleVerify, admit};
use nexus_types::crypto::Signature;
use nexus_types::encoding::{Bytes, List, Set, Text, encode};
use nexus_types::limits::{TX_BYTES, TX_LIFETIME_MS};
use nexus_types::meter::Meter;
use nexus_types::quota::QuotaChange;
use nexus_types::rrset::{RData, RRset, RecordType, Service, SvcParam};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Action, Hash, KeyBytes, Time, Tx, TxBody};
use serde_json::{Value, json};

/// What is refused at the end of the scenario, with all of the state that its refusal needs.
pub(crate) fn refused(story: &Scenario) -> Value {
    let chain = &story.chain;
    let now = chain.next();
    let cases: Vec<Value> = cases(chain)
        .into_iter()
        .map(|(name, bytes)| {
            let refusal = admit(&bytes, chain, now, &SingleVerify)
                .expect_err(&format!("{name} was admitted"));
            json!({"name": name, "bytes": hex::encode(&bytes), "code": refusal.code.number()})
        })
        .collect();
    let good = encode(&good(chain));
    assert!(admit(&good, chain, now, &SingleVerify).is_ok());
    let known = officers().into_iter().chain([attester(), alice(), bob()]);
    let known = known.chain(agents());
    let identities: Vec<Value> = known
        .map(|person| {
            let key = state_key::identity(&person.id);
            let identity: nexus_types::state::Identity = chain.read(&key).unwrap();
            json!({
                "id": person.id.to_string(),
                "key": hex::encode(identity.key.0),
                "generation": identity.generation,
                "next_nonce": number(chain.next_nonce(&person.id)),
            })
        })
        .collect();
    json!({
        "about": "Bytes that may not stand in the block after the scenario's last, with the code of the first check that fails, in the order of docs/wire-format.md. `admitted` is a transaction that may.",
        "state": {
            "network": spelled::network(&chain.network),
            "block_time": number(now.time.0),
            "identities": identities,
            "attesters": [attester().id.to_string()],
            "agents": agents().iter().map(|agent| agent.id.to_string()).collect::<Vec<_>>(),
            "meters": meters(chain),
        },
        "admitted": hex::encode(good),
        "refused": cases,
    })
}

/// The keys of every meter, in their order.
fn meters(chain: &Chain) -> Value {
    let meters = chain
        .state
        .keys()
        .filter(|key| key.kind() == Some(KeyKind::Meter));
    let meters = meters.map(|key| {
        let meter: Meter = chain.read(key).unwrap();
        let keys = meter.keys.as_slice().iter();
        let keys: Vec<String> = keys.map(|key| hex::encode(key.0)).collect();
        (meter.id.to_string(), json!(keys))
    });
    Value::Object(meters.collect())
}

fn good(chain: &Chain) -> Tx {
    sealed(chain, describe(), |_| {})
}

fn describe() -> Action {
    Action::DescribeImvu {
        imvu: imvu("IMVU-042"),
        description: Text::new("shop").unwrap(),
    }
}

fn sealed(chain: &Chain, action: Action, change: impl FnOnce(&mut TxBody)) -> Tx {
    let mut body = chain.body(&alice(), action);
    change(&mut body);
    seal(body, &alice(), &[])
}

type Case = (&'static str, Vec<u8>);

fn cases(chain: &Chain) -> Vec<Case> {
    let mut all = encodings(chain);
    all.extend(bounds(chain));
    all.extend(spellings(chain));
    all.extend(envelopes(chain));
    all.extend(keys(chain));
    all.extend(signatures(chain));
    all.extend(refused_reports(chain));
    all
}

/// Replaces the last place where `from` stands.
fn patched(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .rposition(|some| some == from)
        .unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

fn encodings(chain: &Chain) -> Vec<Case> {
    let bytes = encode(&good(chain));
    let set = encode(&sealed(
        chain,
        set_records(vec![RData::A([192, 0, 2, 7])]),
        |_| {},
    ));
    let discriminant = [5, 8, 0, 0, 0, b'I', b'M', b'V', b'U'];
    let mut unknown = discriminant;
    unknown[0] = 31;
    vec![
        ("no bytes", Vec::new()),
        ("cut off", bytes[..80].to_vec()),
        ("one byte too few", bytes[..bytes.len() - 1].to_vec()),
        ("a byte too many", [&bytes[..], &[0]].concat()),
        (
            "an action of number 31",
            patched(&bytes, &discriminant, &unknown),
        ),
        (
            "text that is not UTF-8",
            patched(&bytes, b"shop", b"sh\xffp"),
        ),
        (
            "a record type of number 12",
            patched(&set, &[0, 44, 1, 0, 0], &[12, 44, 1, 0, 0]),
        ),
    ]
}

fn set_records(records: Vec<RData>) -> Action {
    Action::SetRecords {
        zone: typed("alice.demo.example"),
        owner: typed("www.alice.demo.example"),
        rrset: RRset {
            rtype: RecordType::A,
            ttl: 300,
            records: Set::new(records).unwrap(),
        },
    }
}

fn bounds(chain: &Chain) -> Vec<Case> {
    let bytes = encode(&good(chain));
    let text = [&[4, 0, 0, 0][..], b"shop"].concat();
    let long =
        |length: u32, filler: usize| [&length.to_le_bytes()[..], &vec![b'x'; filler]].concat();
    let imvu_id = [&[8, 0, 0, 0][..], b"IMVU-042"].concat();
    let none = encode(&good(chain));
    let approvals = none.len() - 64 - 4 - 4;
    let mut five = none[..approvals].to_vec();
    five.extend(5u32.to_le_bytes());
    let mut seventeen = none[..none.len() - 4].to_vec();
    seventeen.extend(17u32.to_le_bytes());
    vec![
        ("65,537 bytes", vec![0; TX_BYTES + 1]),
        (
            "a description of 281 bytes",
            patched(&bytes, &text, &long(281, 281)),
        ),
        (
            "a description that claims 4 GiB",
            patched(&bytes, &text, &[&[255; 4][..], b"shop"].concat()),
        ),
        (
            "an IMVU id of 33 bytes",
            patched(&bytes, &imvu_id, &long(33, 33)),
        ),
        ("five approvals", five),
        ("seventeen co-signatures", seventeen),
    ]
}

fn spellings(chain: &Chain) -> Vec<Case> {
    let good_bytes = encode(&good(chain));
    let with = |action| encode(&sealed(chain, action, |_| {}));
    let transit = with(Action::ChangePathPolicy {
        imvu: imvu("IMVU-042"),
        policy: policy(&["10.0.0.0/8"], &["EU-GDPR", "US-CCPA"]),
    });
    let one = [&[7, 0, 0, 0][..], b"EU-GDPR"].concat();
    let two = [&[7, 0, 0, 0][..], b"US-CCPA"].concat();
    let ascending = [&one[..], &two].concat();
    let quota = with(Action::ChangeQuota {
        imvu: imvu("IMVU-042"),
        change: cpu(5_000),
    });
    let filled = encode(&cpu(5_000));
    let records = with(set_records(vec![
        RData::A([192, 0, 2, 7]),
        RData::A([192, 0, 2, 8]),
    ]));
    let target = with(set_records(vec![RData::Cname(name("b.example.net"))]));
    let mx = |preference: u16| RData::Mx {
        preference,
        exchange: name("a.example.net"),
    };
    let by_value = with(set_records(vec![mx(2), mx(256)]));
    let (low, high) = (encode(&mx(2)), encode(&mx(256)));
    let params = with(set_records(vec![RData::Svcb(two_params())]));
    let swapped = patched(
        &params,
        &[1, 0, 1, 0, 0, 0, 9, 3, 0],
        &[4, 0, 1, 0, 0, 0, 9, 3, 0],
    );
    vec![
        (
            "a set that descends",
            patched(&transit, &ascending, &[&two[..], &one].concat()),
        ),
        (
            "a set with a duplicate",
            patched(&transit, &ascending, &[&one[..], &one].concat()),
        ),
        (
            "a boolean of 2",
            patched(
                &transit,
                &[&two[..], &[1]].concat(),
                &[&two[..], &[2]].concat(),
            ),
        ),
        (
            "a prefix with a bit below its length",
            patched(&transit, &[0, 10, 0, 0, 0, 8], &[0, 10, 0, 0, 1, 8]),
        ),
        (
            "a prefix of 33 bits",
            patched(&transit, &[0, 10, 0, 0, 0, 8], &[0, 10, 0, 0, 0, 33]),
        ),
        (
            "a quota change of nothing",
            patched(&quota, &filled, &encode(&QuotaChange::EMPTY)),
        ),
        (
            "an option of 2",
            patched(&quota, &filled, &[&[2][..], &filled[1..]].concat()),
        ),
        (
            "an IMVU id in small letters",
            patched(&good_bytes, b"IMVU-042", b"imvu-042"),
        ),
        (
            "a name in record data in capitals",
            patched(&target, b"b.example.net", b"B.example.net"),
        ),
        (
            "a name in record data with a trailing dot",
            patched(&target, b"b.example.net", b"b.example.ne."),
        ),
        (
            "record data twice",
            patched(&records, &[0, 192, 0, 2, 8], &[0, 192, 0, 2, 7]),
        ),
        (
            "record data ascending by bytes, not by value",
            patched(
                &by_value,
                &[&low[..], &high].concat(),
                &[&high[..], &low].concat(),
            ),
        ),
        ("service parameters that descend", swapped),
        ("co-signatures that descend", descending_cosignatures(chain)),
    ]
}

fn two_params() -> Service {
    let param = |key| SvcParam {
        key,
        value: Bytes::new([9]).unwrap(),
    };
    Service {
        priority: 1,
        target: None,
        params: List::new(vec![param(1), param(3)]).unwrap(),
    }
}

fn descending_cosignatures(chain: &Chain) -> Vec<u8> {
    let tx = seal(chain.body(&alice(), describe()), &alice(), &officers()[..2]);
    let bytes = encode(&tx);
    let (head, tail) = bytes.split_at(bytes.len() - 2 * 96);
    [head, &tail[96..], &tail[..96]].concat()
}

fn envelopes(chain: &Chain) -> Vec<Case> {
    let with = |change: &dyn Fn(&mut TxBody)| encode(&sealed(chain, describe(), change));
    let now = chain.next().time;
    vec![
        (
            "another chain",
            with(&|body| body.network.chain_id = Text::new("other").unwrap()),
        ),
        (
            "another genesis",
            with(&|body| body.network.genesis_hash = Hash([1; 32])),
        ),
        (
            "another recovery epoch",
            with(&|body| body.network.recovery_epoch = 1),
        ),
        ("expires with the block", with(&|body| body.expires = now)),
        (
            "expires after more than 24 hours",
            with(&|body| body.expires = now.plus_ms(TX_LIFETIME_MS + 1)),
        ),
        (
            "an expiry of the last millisecond there is",
            with(&|body| body.expires = Time(u64::MAX)),
        ),
        ("lane 1", with(&|body| body.lane = 1)),
        (
            "a signer nobody registered",
            with(&|body| body.signer = Person::new("", 77).id),
        ),
        ("a spent nonce", with(&|body| body.nonce -= 1)),
        ("nonce 0", with(&|body| body.nonce = 0)),
        ("a nonce ahead", with(&|body| body.nonce += 1)),
    ]
}

fn keys(chain: &Chain) -> Vec<Case> {
    crate::basics::bad_keys()
        .into_iter()
        .map(|(name, key)| {
            let action = Action::RotateKey {
                new_key: KeyBytes(key),
                proof: Signature([0; 64]),
            };
            (name, encode(&sealed(chain, action, |_| {})))
        })
        .collect()
}

fn signatures(chain: &Chain) -> Vec<Case> {
    let mut forged = good(chain);
    forged.signature.0[40] ^= 1;
    let mut by_id = seal(chain.body(&alice(), describe()), &alice(), &officers()[..1]);
    // A co-signature has a tag of its own: the signature of a signer is none.
    let id = by_id.body.id();
    let cosignature = nexus_types::tx::Cosignature {
        signer: officers()[0].id,
        signature: officers()[0].sign(id),
    };
    by_id.cosignatures = nexus_types::tx::Cosignatures::new(vec![cosignature]).unwrap();
    let oneself = seal(chain.body(&alice(), describe()), &alice(), &[alice()]);
    let stranger = seal(
        chain.body(&alice(), describe()),
        &alice(),
        &[Person::new("", 77)],
    );
    let mut rotate = rotation(chain, &alice(), 1, 24);
    if let Action::RotateKey { proof, .. } = &mut rotate {
        proof.0[3] ^= 1;
    }
    let newcomer = Person::new("newcomer", 25);
    let mut word = chain.attest(&newcomer, &attester());
    word.signature.0[3] ^= 1;
    let register = Action::RegisterIdentity {
        key: public(25),
        attestation: Some(word),
    };
    let mut registration = chain.body(&newcomer, register);
    registration.nonce = 1;
    vec![
        ("a signature with a bit flipped", encode(&forged)),
        (
            "a signature by another key",
            encode(&seal(chain.body(&alice(), describe()), &bob(), &[])),
        ),
        ("a co-signature over the wrong digest", encode(&by_id)),
        ("a co-signature by the signer", encode(&oneself)),
        ("a co-signature by nobody", encode(&stranger)),
        (
            "a rotation the new key did not sign",
            encode(&sealed(chain, rotate, |_| {})),
        ),
        (
            "an attestation its attester did not sign",
            encode(&seal(registration, &newcomer, &[])),
        ),
        ("an approval for another chain", elsewhere(chain)),
    ]
}

fn elsewhere(chain: &Chain) -> Vec<u8> {
    let mut consent = approval(chain, nexus_types::Change::Quota(cpu(1)), 9);
    consent.body.network.chain_id = Text::new("other").unwrap();
    let approvals = List::new(vec![consent]).unwrap();
    let action = Action::SetJurisdiction {
        imvu: imvu("IMVU-042"),
        jurisdiction: tag("US-CCPA"),
    };
    encode(&sealed(chain, action, |body| body.approvals = approvals))
}
