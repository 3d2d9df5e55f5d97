//! What somebody may want next, given whose names are: about as often lawful as not.

use super::super::mostly_granted;
use super::notary::{CREATORS, NAMES, Notary, OBSERVERS, Op, PEOPLE, Text, is_below};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;

fn name() -> BoxedStrategy<Text> {
    select(NAMES.to_vec()).boxed()
}

/// A name, mostly one of those.
fn mostly(those: Vec<Text>) -> BoxedStrategy<Text> {
    if those.is_empty() {
        return name();
    }
    prop_oneof![5 => select(those), 1 => name()].boxed()
}

/// Mostly somebody with an IMVU, and mostly for it.
fn claimant() -> BoxedStrategy<(usize, usize)> {
    (0..CREATORS, 0..12_usize, 0..PEOPLE)
        .prop_map(|(imvu, own, other)| (if own > 0 { imvu } else { other }, imvu))
        .boxed()
}

fn held(state: &Notary) -> Vec<Text> {
    state.held.keys().copied().collect()
}

/// Who holds a name, or somebody.
fn holder(state: &Notary, name: Text, other: usize, own: usize) -> usize {
    match state.holder(name) {
        Some(holder) if own > 0 => holder,
        _ => other,
    }
}

/// A name that is held, mostly, and who might do something with it.
fn of_holders(state: &Notary) -> BoxedStrategy<(usize, Text)> {
    let state = state.clone();
    (mostly(held(&state)), 0..PEOPLE, 0..5_usize)
        .prop_map(move |(name, other, own)| (holder(&state, name, other, own), name))
        .boxed()
}

fn observations(state: &Notary) -> BoxedStrategy<Op> {
    let pair = (name(), 0..CREATORS);
    // More often what others spoke of already, and what is in question.
    let claims = state.claims.iter();
    let claims = claims.map(|((name, imvu), one)| ((*name, *imvu), 1 + 3 * one.votes.len()));
    let proofs = state.proofs.iter().map(|(name, one)| {
        let often = if one.again { 4 } else { 1 };
        ((*name, one.by), often + one.votes.len())
    });
    let open: Vec<(Text, usize)> = claims
        .chain(proofs)
        .flat_map(|(pair, often)| std::iter::repeat_n(pair, often))
        .collect();
    let pair = if open.is_empty() {
        pair.boxed()
    } else {
        prop_oneof![12 => select(open), 1 => pair].boxed()
    };
    (0..OBSERVERS + 1, pair, 0..10_usize, 0..8_usize)
        .prop_map(|(by, (name, imvu), seen, current)| Op::Observe {
            by,
            imvu,
            name,
            seen: seen > 2,
            current: current > 0,
        })
        .boxed()
}

/// What must be refused for a reason that seldom comes about by itself.
fn refusals(state: &Notary) -> Vec<(u32, BoxedStrategy<Op>)> {
    let mut all = Vec::new();
    let mut add = |weight: u32, ops: Vec<Op>| {
        if !ops.is_empty() {
            all.push((weight, select(ops).boxed()));
        }
    };
    let stale = state.before.keys().map(|(name, imvu)| Op::Observe {
        by: 0,
        imvu: *imvu,
        name,
        seen: true,
        current: false,
    });
    add(1, stale.collect());
    let questioned = || state.proofs.iter().filter(|(_, proof)| proof.again);
    let covered = questioned().flat_map(|(name, proof)| {
        let below = NAMES.into_iter().filter(|one| is_below(one, name));
        below.map(|name| Op::Claim {
            by: proof.by,
            imvu: proof.by,
            name,
        })
    });
    add(2, covered.collect());
    let fleeing = questioned().flat_map(|(name, proof)| {
        let (by, to) = (proof.by, (proof.by + 1) % CREATORS);
        let code = Op::Code {
            by,
            name,
            days: Some(14),
        };
        let redeem = Op::Redeem {
            by: to,
            imvu: to,
            name,
            right: true,
        };
        [code, redeem]
    });
    add(3, fleeing.collect());
    let hidden = state.held.iter().flat_map(|(zone, held)| {
        let owners = held
            .zone
            .iter()
            .flatten()
            .filter(move |owner| *owner != zone);
        owners.map(move |name| Op::Claim {
            by: held.by,
            imvu: held.by,
            name,
        })
    });
    add(2, hidden.collect());
    let over = state.held.iter().flat_map(|(below, held)| {
        let to = (held.by + 1) % CREATORS;
        let above = NAMES.into_iter().filter(|one| is_below(below, one));
        above.map(move |name| Op::Claim {
            by: to,
            imvu: to,
            name,
        })
    });
    add(1, over.collect());
    all
}

fn grants(state: &Notary) -> BoxedStrategy<Op> {
    let of_some = of_holders(state);
    (of_some, 0..12_usize, name(), 0..4_usize, 0..CREATORS)
        .prop_map(|((by, name), near, any, back, to)| {
            let below: Vec<Text> = NAMES
                .into_iter()
                .filter(|one| is_below(one, name))
                .collect();
            let child = if below.is_empty() {
                any
            } else {
                below[near % below.len()]
            };
            Op::Grant {
                by,
                name,
                child,
                to: (back > 0).then_some(to),
            }
        })
        .boxed()
}

/// Of one kind.
fn kinds(state: &Notary) -> Vec<(u32, BoxedStrategy<Op>)> {
    let coded: Vec<Text> = state
        .held
        .iter()
        .filter(|(_, held)| held.code.is_some())
        .map(|(name, _)| *name)
        .collect();
    let zones = of_holders(state);
    let proven: Vec<Text> = state.proofs.keys().copied().collect();
    vec![
        (
            8,
            (claimant(), name())
                .prop_map(|((by, imvu), name)| Op::Claim { by, imvu, name })
                .boxed(),
        ),
        (
            9,
            (claimant(), prop_oneof![2 => mostly(proven), 3 => name()])
                .prop_map(|((by, imvu), name)| Op::Prove { by, imvu, name })
                .boxed(),
        ),
        (34, observations(state)),
        (7, grants(state)),
        (
            4,
            (of_holders(state), 0..8_u8)
                .prop_map(|((by, name), to)| Op::Delegate {
                    by,
                    name,
                    to: (to < 5).then_some(to / 2),
                })
                .boxed(),
        ),
        (
            8,
            (of_holders(state), 0..16_i128, 0..6_usize)
                .prop_map(|((by, name), days, off)| Op::Code {
                    by,
                    name,
                    days: (off > 0).then_some(days),
                })
                .boxed(),
        ),
        (
            8,
            (claimant(), mostly(coded), 0..10_usize)
                .prop_map(|((by, imvu), name, right)| Op::Redeem {
                    by,
                    imvu,
                    name,
                    right: right > 0,
                })
                .boxed(),
        ),
        (
            6,
            (zones, name(), 0..3_usize, any::<bool>())
                .prop_map(|((by, zone), owner, apex, set)| Op::Record {
                    by,
                    zone,
                    owner: if apex > 0 { owner } else { zone },
                    set,
                })
                .boxed(),
        ),
    ]
}

/// What somebody may want next.
pub(super) fn wish(state: &Notary) -> BoxedStrategy<Op> {
    let mut all: Vec<(u32, BoxedStrategy<Op>)> = kinds(state)
        .into_iter()
        .map(|(weight, kind)| {
            let state = state.clone();
            let is_granted = move |op: &Op| state.clone().act(op) == Some(0);
            (weight, mostly_granted(kind, is_granted))
        })
        .collect();
    all.extend(refusals(state));
    let free = of_holders(state).prop_map(|(by, name)| Op::Free { by, name });
    all.push((2, free.boxed()));
    let everybody: Vec<usize> = (0..OBSERVERS).collect();
    all.extend([
        (
            1,
            prop_oneof![
                3 => subsequence(everybody.clone(), 3..=OBSERVERS),
                1 => subsequence(everybody, 0..=2),
            ]
            .prop_map(|all| Op::Register {
                observers: all.into_iter().collect(),
            })
            .boxed(),
        ),
        (
            if state.next_freeze <= state.law { 2 } else { 1 },
            Just(Op::Freeze).boxed(),
        ),
        (
            if state.is_frozen() { 3 } else { 1 },
            Just(Op::Thaw).boxed(),
        ),
        (
            7,
            prop_oneof![
                9 => 1..30_i128,
                7 => 24..200_i128,
                2 => 200..1_000_i128,
                1 => 2_000..9_000_i128,
            ]
            .prop_map(|hours| Op::Wait { hours })
            .boxed(),
        ),
        (
            1,
            (1..400_i128).prop_map(|hours| Op::Halt { hours }).boxed(),
        ),
    ]);
    Union::new_weighted(all).boxed()
}
