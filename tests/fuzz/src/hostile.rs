//! What an evil operator, agent, creator, payer or processor asks for: well-formed, and with the numbers at which programs go
//! wrong.

mod hosting;
mod leaving;
mod money;
mod naming;
mod rights;

use nexus_machine::View;
use nexus_types::crypto::Signature;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::tx::{Cosignature, Cosignatures};
use nexus_types::{ImvuId, Tx, decode};

use crate::mutate::Random;
use crate::world::World;

/// IMVUs of the vectors: one that runs, one that was stopped, somebody else's, none.
const IMVUS: [&str; 4] = ["IMVU-042", "IMVU-043", "IMVU-B", "IMVU-NONE"];

/// Makes the transaction ask for one of these actions, and names who would sign it; sealing it signs it.
pub(crate) fn instead(tx: &mut Tx, world: &World, random: &mut Random) {
    let (signer, others, action) = match random.below(8) {
        0 | 1 => money::action(world, random),
        2 | 3 => rights::action(world, random),
        4 => leaving::action(world, random),
        5 => {
            let (signer, action) = naming::action(world, random);
            (signer, Vec::new(), action)
        }
        _ => {
            let (signer, action) = hosting::action(world, random);
            (signer, Vec::new(), action)
        }
    };
    tx.body.signer = signer;
    tx.body.action = action;
    let named = others.into_iter().map(|signer| Cosignature {
        signer,
        // Replaced by a good one when the whole is sealed.
        signature: Signature([0; 64]),
    });
    tx.cosignatures = Cosignatures::new(named.collect()).unwrap_or_default();
}

fn of<T: Copy>(all: &[T], random: &mut Random) -> T {
    all[random.below(all.len())]
}

fn edge(random: &mut Random) -> u64 {
    const EDGES: [u64; 8] = [0, 1, 2, 1_000, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX];
    of(&EDGES, random)
}

fn some_imvu(random: &mut Random) -> ImvuId {
    ImvuId::new(of(&IMVUS, random)).expect("an IMVU's id")
}

fn some_tag(random: &mut Random) -> Jurisdiction {
    Jurisdiction::new(of(&["EU-GDPR", "US-CCPA", "XX-NONE"], random)).expect("a tag")
}

/// The keys of a kind of object.
fn keys_of(world: &World, kind: KeyKind) -> Vec<StateKey> {
    let (mut from, to) = state_key::range_of(kind);
    let mut all = Vec::new();
    while let Some((key, _)) = world.first_in(&from, &to) {
        let mut next = key.as_bytes().to_vec();
        next.push(0);
        from = StateKey::from_bytes(next);
        all.push(key);
    }
    all
}

/// One of the objects of a kind.
fn one_of<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    world: &World,
    kind: KeyKind,
    random: &mut Random,
) -> Option<T> {
    let all: Vec<T> = keys_of(world, kind)
        .iter()
        .filter_map(|key| read(world, key))
        .collect();
    let chosen = random.below(all.len());
    all.into_iter().nth(chosen)
}

fn read<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
    world: &World,
    key: &StateKey,
) -> Option<T> {
    decode(&world.get(key)?).ok()
}
