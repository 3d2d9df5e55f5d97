//! Bytes as a transaction: decoding, admission, the decision, and the words for people.

use nexus_machine::{SingleVerify, admit};
use nexus_sdk::api::{EnvelopeView, VerdictView};
use nexus_types::encoding::encode;
use nexus_types::limits::TX_BYTES;
use nexus_types::{Action, Tx, decode};

use super::Target;
use crate::hostile;
use crate::mutate::{self, Bytes, Random};
use crate::vectors;
use crate::world::World;

pub(super) const TARGET: Target = Target {
    name: "transaction",
    run,
    seeds,
    mutation: Some(mutation),
    max_len: 4096,
};

/// Attempts to find an action that decodes among mutated ones.
const ATTEMPTS: usize = 24;

fn run(bytes: &[u8]) {
    let world = World::shared();
    let decoded: Result<Tx, _> = decode(bytes);
    let admitted = admit(bytes, world, world.next, &SingleVerify);
    if let Ok(tx) = &decoded {
        assert_eq!(encode(tx), bytes, "two encodings of one transaction");
        let view = EnvelopeView::from(tx);
        serde_json::to_string(&view).expect("every transaction can be shown");
    }
    if let Ok(admitted) = &admitted {
        assert!(bytes.len() <= TX_BYTES);
        assert_eq!(Some(admitted.tx()), decoded.as_ref().ok());
        assert_eq!(admitted.id(), admitted.tx().body.id());
    }
    // Twice in one block: the second finds its nonce spent.
    let executed = world.execute([bytes, bytes].into_iter());
    assert_eq!(executed, world.execute([bytes, bytes].into_iter()));
    let [first, second] = executed.txs.as_slice() else {
        panic!("{} outcomes of 2 transactions", executed.txs.len());
    };
    assert_eq!(first.verdict.is_some(), admitted.is_ok(), "{}", first.log);
    assert_eq!(second.verdict, None, "a transaction was decided twice");
    if let Some(verdict) = &first.verdict {
        let view = VerdictView::from(verdict);
        serde_json::to_string(&view).expect("every verdict can be shown");
        let again = decode(&encode(verdict));
        assert_eq!(again.as_ref(), Ok(verdict), "a verdict's encoding");
    }
    if let Err(refusal) = &admitted {
        assert_eq!(first.code, refusal.code);
        assert!(executed.validator_updates.is_empty());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::bytes_named(&vectors::json("transactions.json"), "bytes");
    seeds.extend(vectors::bytes_named(
        &vectors::json("refused.json"),
        "bytes",
    ));
    seeds.retain(|seed| seed.len() <= TARGET.max_len);
    // The same actions as they would be admitted now.
    let world = World::shared();
    let txs: Vec<Tx> = seeds.iter().filter_map(|seed| decode(seed).ok()).collect();
    let sealed = txs.into_iter().filter_map(|mut tx| {
        let signer = world.person(&tx.body.signer)?;
        world.seal(&mut tx, signer);
        Some(encode(&tx))
    });
    let sealed: Vec<_> = sealed.collect();
    seeds.extend(sealed);
    seeds.retain(|seed| seed.len() <= TARGET.max_len);
    seeds
}

/// Most of the time: another action, or another part of an approval, in a transaction whose signatures are all good.
fn mutation(
    data: &mut [u8],
    size: usize,
    max: usize,
    random: &mut Random,
    bytes: Bytes<'_>,
) -> usize {
    let decoded = decode::<Tx>(&data[..size]).ok();
    let Some(mut tx) = decoded.filter(|_| !random.once_in(8)) else {
        return bytes(data, size, max);
    };
    let world = World::shared();
    match random.below(6) {
        0 => another_approval(&mut tx, random, bytes),
        1 => {
            // A part of the whole: also its approvals and co-signatures.
            let mut whole = encode(&tx);
            mutate::bytes(&mut whole, 64, bytes);
            tx = decode(&whole).unwrap_or(tx);
        }
        2 | 3 => hostile::instead(&mut tx, world, random),
        _ => tx.body.action = another_action(&tx.body.action, bytes),
    }
    let signer = match random.below(6) {
        0 => &world.people[random.below(world.people.len())],
        _ => world.person(&tx.body.signer).unwrap_or(&world.people[0]),
    };
    world.seal(&mut tx, signer);
    mutate::put(data, size, max, &encode(&tx))
}

fn another_action(action: &Action, bytes: Bytes<'_>) -> Action {
    let spelled = encode(action);
    for _ in 0..ATTEMPTS {
        let mut changed = spelled.clone();
        mutate::bytes(&mut changed, 64, bytes);
        match decode::<Action>(&changed) {
            Ok(other) if other != *action => return other,
            _ => {}
        }
    }
    action.clone()
}

fn another_approval(tx: &mut Tx, random: &mut Random, bytes: Bytes<'_>) {
    let mut approvals = core::mem::take(&mut tx.body.approvals).into_vec();
    let chosen = random.below(approvals.len());
    if let Some(approval) = approvals.get_mut(chosen) {
        for _ in 0..ATTEMPTS {
            let mut body = encode(&approval.body);
            mutate::bytes(&mut body, 16, bytes);
            if let Ok(other) = decode(&body) {
                approval.body = other;
                break;
            }
        }
    }
    tx.body.approvals = nexus_types::List::new(approvals).expect("as many as before");
}
