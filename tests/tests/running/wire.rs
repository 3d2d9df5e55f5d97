//! Bytes that may stand in no block, through the RPC of a running network: each has its own code, and nothing is written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use nexus_sdk::api::{EventFilter, Page, TransactionSummary};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::{self, TxBuilder};
use nexus_tests::Network;
use nexus_tests::actions::{change_quota, cpu_cut, create, describe, imvu, policy, set_address};
use nexus_tests::forge;
use nexus_tests::people::{HOUR_MS, in_an_hour, now, stranger};
use nexus_tests::rpc;
use nexus_types::approval::Change;
use nexus_types::crypto::Signature;
use nexus_types::encoding::encode;
use nexus_types::limits::TX_BYTES;
use nexus_types::{Action, Hash, IdentityId, Text, Time, Tx};
use serde_json::json;

/// Bytes a server may grow while it is sent bombs: far less than what one bomb asks for (4 GiB), more than its own
/// caches take meanwhile.
const GROWTH: u64 = 96 << 20;

/// Hands bytes in as they are; returns the code of the refusal.
fn refused(network: &Network, bytes: &[u8]) -> i64 {
    let params = json!({ "tx": STANDARD.encode(bytes), "wait": "checked" });
    let answer = network.node().call("nexus_submitTransaction", &params);
    match answer {
        Err(error) => error.code,
        Ok(result) => panic!("taken: {result}"),
    }
}

/// Asserts that bytes are refused with that code, that they are in no block, and that the signer's nonce and audit
/// entries are what they were.
fn assert_refused(network: &Network, what: &str, signer: IdentityId, bytes: &[u8], code: i64) {
    let nonce = network.next_nonce(signer);
    let audited = network.audit_of(signer).total;
    assert_eq!(refused(network, bytes), code, "{what}");
    let params = json!({ "hash": Hash::of(bytes).to_string() });
    let error = network
        .node()
        .call("nexus_getTransaction", &params)
        .expect_err("in no block");
    assert_eq!(error.code, 3001, "{what}: {}", error.message);
    assert_eq!(network.next_nonce(signer), nonce, "{what}: the nonce moved");
    assert_eq!(
        network.audit_of(signer).total,
        audited,
        "{what}: an entry was written"
    );
}

/// A person with an IMVU.
fn creator(network: &Network, name: &str, id: &str) -> Signer {
    let person = network.person(name);
    network.apply(&person, vec![create(id)]);
    person
}

fn valid(network: &Network, person: &Signer, id: &str) -> Tx {
    let nonce = network.next_nonce(person.identity);
    network.signed(person, &[], nonce, describe(id, "a shop"))
}

#[test]
fn other_spellings_of_a_transaction_are_refused() {
    let network = Network::shared();
    let person = creator(network, "speller", "WIRE-SPELLING");
    let id = person.identity;
    let bytes = encode(&valid(network, &person, "WIRE-SPELLING"));
    let check = |what: &str, bytes: &[u8], code| assert_refused(network, what, id, bytes, code);

    check("one byte behind", &[bytes.as_slice(), &[0]].concat(), 1003);
    check(
        "itself behind",
        &[bytes.as_slice(), bytes.as_slice()].concat(),
        1003,
    );
    check("no byte", &[], 1002);
    check("one byte less", &bytes[..bytes.len() - 1], 1002);
    check("noise", &[0x5a; 300], 1005);

    let officers = network.platform();
    let (first, others) = officers.split_first().expect("officers");
    let nonce = network.next_nonce(first.identity);
    let cut = change_quota("WIRE-SPELLING", cpu_cut());
    let bytes = encode(&network.signed(first, others, nonce, cut));
    // Two co-signatures of 32 + 64 bytes stand last.
    let at = bytes.len() - 2 * 96;
    assert_refused(
        network,
        "unsorted co-signatures",
        first.identity,
        &forge::exchanged(&bytes, at, 96),
        1004,
    );
    assert_refused(
        network,
        "a co-signature twice",
        first.identity,
        &forge::repeated(&bytes, at, 96),
        1004,
    );

    let hops = Action::ChangePathPolicy {
        imvu: imvu("WIRE-SPELLING"),
        policy: policy(&["10.1.0.0/16", "10.2.0.0/16"]),
    };
    let nonce = network.next_nonce(id);
    let bytes = encode(&network.signed(&person, &[], nonce, hops));
    // A prefix: which family, four octets, the length.
    let at = forge::position(&bytes, &[0, 10, 1, 0, 0, 16]);
    check("unsorted next hops", &forge::exchanged(&bytes, at, 6), 1004);
    check("a next hop twice", &forge::repeated(&bytes, at, 6), 1004);
    let mut dirty = bytes.clone();
    dirty[at + 3] = 1;
    check("a prefix with bits below its length", &dirty, 1004);

    let bytes = encode(&network.signed(
        &person,
        &[],
        nonce,
        change_quota("WIRE-SPELLING", cpu_cut()),
    ));
    let at = forge::position(&bytes, &[1, 0xd0, 0x07, 0, 0, 0, 0, 0, 0]);
    let mut nothing = bytes.clone();
    nothing.splice(at..at + 9, [0]);
    check("a quota change of no field", &nothing, 1004);
    let mut third = bytes.clone();
    third[at] = 2;
    check("an option that is neither", &third, 1002);
}

#[test]
fn keys_that_would_sign_anything_are_refused_by_name() {
    let network = Network::shared();
    for (what, key, code) in [
        ("small order", forge::small_order_key(), 1051),
        ("not canonical", forge::non_canonical_key(), 1050),
        ("torsion", forge::key_with_torsion(), 1052),
    ] {
        let identity = IdentityId::from_key(&key);
        let action = Action::RegisterIdentity {
            key,
            attestation: Some(network.attest(identity)),
        };
        let mut forger = stranger(what);
        forger.identity = identity;
        let bytes = encode(&network.signed(&forger, &[], 1, action));
        assert_refused(network, what, identity, &bytes, code);
    }
    // The same keys cannot come in by a rotation either.
    let person = network.person("rotator");
    let nonce = network.next_nonce(person.identity);
    for (key, code) in [
        (forge::small_order_key(), 1051),
        (forge::key_with_torsion(), 1052),
    ] {
        let action = Action::RotateKey {
            new_key: key,
            proof: Signature([0; 64]),
        };
        let bytes = encode(&network.signed(&person, &[], nonce, action));
        assert_refused(network, "rotation", person.identity, &bytes, code);
    }
}

#[test]
fn transactions_for_elsewhere_or_another_time_are_refused() {
    let network = Network::shared();
    let person = creator(network, "traveller", "WIRE-ELSEWHERE");
    let nonce = network.next_nonce(person.identity);
    let action = || describe("WIRE-ELSEWHERE", "a shop");
    let signed = |alter: &dyn Fn(&mut nexus_types::Network), nonce, expires| {
        let mut id = network.id.clone();
        alter(&mut id);
        let builder = TxBuilder::new(id, nonce, expires);
        encode(&builder.sign(action(), &person, &[]).expect("a transaction"))
    };
    let same = |_: &mut nexus_types::Network| {};
    let hour = in_an_hour();
    let past = Time(now().0 - HOUR_MS);
    let far = now().plus_ms(25 * HOUR_MS);
    let cases: [(&str, Vec<u8>, i64); 7] = [
        (
            "another chain",
            signed(
                &|id| id.chain_id = Text::new("nexus-main").expect("an id"),
                nonce,
                hour,
            ),
            1010,
        ),
        (
            "another genesis",
            signed(&|id| id.genesis_hash.0[0] ^= 1, nonce, hour),
            1011,
        ),
        (
            "another epoch",
            signed(&|id| id.recovery_epoch = 1, nonce, hour),
            1012,
        ),
        ("expired", signed(&same, nonce, past), 1020),
        ("too far ahead", signed(&same, nonce, far), 1021),
        ("a nonce ahead", signed(&same, nonce + 1, hour), 1041),
        ("a spent nonce", signed(&same, nonce - 1, hour), 1040),
    ];
    for (what, bytes, code) in cases {
        assert_refused(network, what, person.identity, &bytes, code);
    }
    let nobody = stranger("nobody");
    let bytes = encode(&network.signed(&nobody, &[], 1, action()));
    assert_refused(network, "nobody", nobody.identity, &bytes, 1030);
    let builder = TxBuilder::new(network.id.clone(), 1, hour).lane(1);
    let bytes = encode(&builder.sign(action(), &person, &[]).expect("a transaction"));
    assert_refused(network, "an agent's lane", person.identity, &bytes, 1031);
}

#[test]
fn the_same_bytes_again_do_nothing_again() {
    let network = Network::shared();
    let person = creator(network, "repeater", "WIRE-REPLAY");
    let tx = valid(network, &person, "WIRE-REPLAY");
    let bytes = encode(&tx);
    let hash = network.hand_in(&tx);
    let first = network.applied(hash);
    let listed = |network: &Network| -> u64 {
        let params = json!({ "signer": person.identity.to_string() });
        let answer = network
            .node()
            .call("nexus_listTransactions", &params)
            .expect("a list");
        let page: Page<TransactionSummary> = serde_json::from_value(answer).expect("a page");
        page.total.0
    };
    let before = listed(network);
    // Whoever lost the answer asks again and gets it.
    let params = json!({ "tx": STANDARD.encode(&bytes), "wait": "committed" });
    let again = network
        .node()
        .call("nexus_submitTransaction", &params)
        .expect("the answer");
    assert_eq!(again["height"], json!(first.summary.height.0.to_string()));
    // Past the node's interface, at CometBFT itself, they are refused.
    for node in &network.nodes {
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync",
            "params": { "tx": STANDARD.encode(&bytes) },
        });
        let answer = rpc::post(&node.comet_rpc, &body);
        let refused = answer["result"]["code"].as_u64() == Some(1040)
            || answer["error"]["data"]
                .to_string()
                .contains("already exists in cache");
        assert!(refused, "{}: {answer}", node.name);
    }
    network.wait_for_height(first.summary.height.0 + 3);
    assert_eq!(listed(network), before);
    assert_eq!(network.next_nonce(person.identity), tx.body.nonce + 1);
}

#[test]
fn signatures_of_every_kind_that_do_not_hold_are_refused_by_name() {
    let network = Network::shared();
    let person = creator(network, "signer", "WIRE-SIGNATURES");
    let id = person.identity;
    let mut tx = valid(network, &person, "WIRE-SIGNATURES");
    tx.signature.0[5] ^= 1;
    assert_refused(network, "a bit of the signature", id, &encode(&tx), 1060);
    let mut tx = valid(network, &person, "WIRE-SIGNATURES");
    tx.body.action = describe("WIRE-SIGNATURES", "another text");
    assert_refused(network, "another body", id, &encode(&tx), 1060);
    let mut tx = valid(network, &person, "WIRE-SIGNATURES");
    tx.signature = person.key.sign(&tx.body.cosign_digest());
    assert_refused(
        network,
        "a signature for another purpose",
        id,
        &encode(&tx),
        1060,
    );

    let officers = network.platform();
    let (first, others) = officers.split_first().expect("officers");
    let nonce = network.next_nonce(first.identity);
    let cut = || change_quota("WIRE-SIGNATURES", cpu_cut());
    let mut impostor = stranger("impostor");
    impostor.identity = others[0].identity;
    let bytes = encode(&network.signed(first, &[impostor], nonce, cut()));
    assert_refused(
        network,
        "a forged co-signature",
        first.identity,
        &bytes,
        1061,
    );

    let change = Change::Quota(cpu_cut());
    let mut approval = network.approval(&person, &imvu("WIRE-SIGNATURES"), change, |_| {});
    approval.body.salt += 1;
    let bytes = encode(&network.signed_with(first, others, nonce, cut(), vec![approval]));
    assert_refused(network, "an altered approval", first.identity, &bytes, 1062);

    let newcomer = stranger("newcomer");
    let mut attestation = network.attest(newcomer.identity);
    attestation.body.evidence.0[0] ^= 1;
    let register = Action::RegisterIdentity {
        key: newcomer.key.public(),
        attestation: Some(attestation),
    };
    let bytes = encode(&network.signed(&newcomer, &[], 1, register));
    assert_refused(
        network,
        "an altered attestation",
        newcomer.identity,
        &bytes,
        1063,
    );

    let next = stranger("next");
    let proof = sign::prove_rotation(network.id.clone(), id, 2, &next.key);
    let rotate = Action::RotateKey {
        new_key: next.key.public(),
        proof,
    };
    let nonce = network.next_nonce(id);
    let bytes = encode(&network.signed(&person, &[], nonce, rotate));
    assert_refused(network, "proof for another generation", id, &bytes, 1064);
}

#[test]
fn a_second_transaction_for_a_waiting_nonce_is_refused_by_its_kind() {
    let network = Network::shared();
    let person = creator(network, "hasty", "WIRE-PENDING");
    let mut codes = Vec::new();
    // A block may come between the two; then the nonce is spent, which is another refusal, and it is tried again.
    for attempt in 0..20u8 {
        let tx = valid(network, &person, "WIRE-PENDING");
        let mut second = tx.clone();
        second.signature = forge::other_signature(&person.key, &tx.body.id(), attempt);
        let other = network.signed(
            &person,
            &[],
            tx.body.nonce,
            describe("WIRE-PENDING", "other"),
        );
        let hash = network.hand_in(&tx);
        codes.push(refused(network, &encode(&second)));
        codes.push(refused(network, &encode(&other)));
        network.applied(hash);
        assert_eq!(network.next_nonce(person.identity), tx.body.nonce + 1);
        if codes.contains(&1043) && codes.contains(&1042) {
            break;
        }
    }
    assert!(codes.contains(&1043) && codes.contains(&1042), "{codes:?}");
    assert!(
        codes.iter().all(|code| matches!(code, 1040 | 1042 | 1043)),
        "{codes:?}"
    );
}

#[test]
fn a_transaction_has_at_most_64_kib() {
    let network = Network::shared();
    let person = network.person("large");
    assert_refused(
        network,
        "64 KiB and a byte",
        person.identity,
        &vec![0; TX_BYTES + 1],
        1001,
    );
    // The largest that is read at all: zeros are a transaction, of nobody, and more zeros.
    assert_refused(network, "64 KiB", person.identity, &vec![0; TX_BYTES], 1003);
}

/// Transactions in which each length field, one after the other, claims 2³² − 1 entries.
fn bombs(bytes: &[u8]) -> Vec<Vec<u8>> {
    let places = 0..bytes.len() - 4;
    places
        .step_by(3)
        .map(|at| {
            let mut bomb = bytes.to_vec();
            bomb[at..at + 4].copy_from_slice(&[0xff; 4]);
            bomb.resize(TX_BYTES, 0xff);
            bomb
        })
        .collect()
}

#[test]
fn lengths_that_lie_cost_no_memory() {
    let network = Network::shared();
    let person = creator(network, "bomber", "WIRE-BOMBS");
    let nonce = network.next_nonce(person.identity);
    let name = nexus_tests::actions::below_apex("bombs");
    let bytes =
        encode(&network.signed(&person, &[], nonce, set_address(&name, &name, "192.0.2.1")));
    let [nexusd, comet] = network.node().alive();
    let before = [nexusd.resident_bytes(), comet.resident_bytes()];
    for bomb in bombs(&bytes) {
        let code = refused(network, &bomb);
        assert!((1002..=1005).contains(&code), "{code}");
    }
    for (process, before) in [nexusd, comet].into_iter().zip(before) {
        let grown = process.resident_bytes().saturating_sub(before);
        assert!(
            grown < GROWTH,
            "process {} grew by {grown} bytes",
            process.pid
        );
    }
    assert_eq!(network.next_nonce(person.identity), nonce);
    // And the node still works.
    network.apply(&person, vec![describe("WIRE-BOMBS", "still here")]);
}

#[test]
fn nothing_of_all_that_is_an_event() {
    let network = Network::shared();
    let person = network.person("eventless");
    let bytes = encode(&network.signed(&person, &[], 99, Action::RevokeIdentity));
    assert_eq!(refused(network, &bytes), 1041);
    let filter = EventFilter {
        actor: Some(person.identity.into()),
        ..EventFilter::default()
    };
    let events = network.events_from(0, filter);
    assert_eq!(
        events.len(),
        1,
        "its registration and nothing else: {events:?}"
    );
}

#[test]
fn a_key_rotated_in_a_block_ends_what_the_old_key_signed_behind_it() {
    let network = Network::shared();
    // The three may fall into different blocks; then it is tried again with somebody else.
    for attempt in 0..10 {
        let id = format!("WIRE-ROTATION-{attempt}");
        let person = creator(network, "rotating", &id);
        let next = nexus_sdk::keys::SecretKey::generate();
        let proof = sign::prove_rotation(network.id.clone(), person.identity, 1, &next);
        let nonce = network.next_nonce(person.identity);
        let rotate = Action::RotateKey {
            new_key: next.public(),
            proof,
        };
        let older = network.signed(&person, &[], nonce, describe(&id, "by the old key"));
        let rotation = network.signed(&person, &[], nonce + 1, rotate);
        let late = network.signed(&person, &[], nonce + 2, describe(&id, "too late"));
        let older = network.hand_in(&older);
        let rotation = network.hand_in(&rotation);
        // It passes the first check: the rotation only waits.
        let waited = network.check(&encode(&late)).is_ok();
        let (older, rotation) = (network.applied(older), network.applied(rotation));
        let rotated = person.rotated(next);
        if !waited || older.summary.height != rotation.summary.height {
            continue;
        }
        // No proposer could take it, and the nonce is the new key's.
        network.wait_for_height(rotation.summary.height.0 + 2);
        let params = json!({ "hash": Hash::of(&encode(&late)).to_string() });
        let found = network.node().call("nexus_getTransaction", &params);
        assert_eq!(found.expect_err("in no block").code, 3001);
        assert_eq!(network.next_nonce(person.identity), nonce + 2);
        let params = json!({ "tx": STANDARD.encode(encode(&late)), "wait": "checked" });
        let again = network.node().call("nexus_submitTransaction", &params);
        let code = again.map_or_else(|error| error.code, |_| 0);
        assert!(
            code == 1060 || code == 0,
            "{code}: refused, or known and dropped"
        );
        network.apply(&rotated, vec![describe(&id, "by the new key")]);
        return;
    }
    panic!("old transaction and rotation never stood in one block");
}
