//! What somebody may want next, given how the assembly stands: about as often lawful as not.

use super::speaker::{ATTESTER, Change, NAMES, OFFICERS, Op, PEOPLE, Speaker, Status, TAGS};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// One of those, or of all where there are none.
fn one_of(wanted: Vec<usize>) -> BoxedStrategy<usize> {
    if wanted.is_empty() {
        (0..PEOPLE).boxed()
    } else {
        select(wanted).boxed()
    }
}

fn operators(state: &Speaker) -> Vec<usize> {
    state.seats.iter().map(|seat| seat.operator).collect()
}

/// By the one it is about, or by somebody.
fn by_whom(
    who: BoxedStrategy<usize>,
    make: impl Fn(usize) -> Change + 'static,
) -> BoxedStrategy<Op> {
    (who, 0..8_usize, 0..PEOPLE)
        .prop_map(move |(who, own, other)| Op::Propose {
            by: if own > 0 { who } else { other },
            change: make(who),
        })
        .boxed()
}

/// By an operator, or by somebody.
fn by_operator(
    state: &Speaker,
    change: impl Strategy<Value = Change> + 'static,
) -> BoxedStrategy<Op> {
    let by = prop_oneof![7 => one_of(operators(state)), 1 => 0..PEOPLE];
    (by, change)
        .prop_map(|(by, change)| Op::Propose { by, change })
        .boxed()
}

fn proposals(state: &Speaker) -> BoxedStrategy<Op> {
    let candidates = prop_oneof![5 => 4..8_usize, 1 => 0..PEOPLE];
    let (fresh, keys) = (
        state.fresh,
        state
            .seats
            .iter()
            .map(|seat| seat.key)
            .collect::<Vec<u16>>(),
    );
    let known = prop_oneof![8 => select(keys.clone()), 1 => Just(1_u16)];
    let officers: Vec<usize> = state.officers.iter().copied().collect();
    let attesters: Vec<usize> = state.attesters.iter().copied().collect();
    let observers: Vec<usize> = state.observers.keys().copied().collect();
    let seats = state.seats.clone();
    let rotate = (select(seats), 0..8_usize, 0..8_usize, 0..PEOPLE).prop_map(
        move |(seat, own, new, other)| Op::Propose {
            by: if own > 0 { seat.operator } else { other },
            change: Change::RotateSeat {
                key: seat.key,
                new: match new {
                    0 => seat.key,
                    1 => keys[0],
                    _ => fresh,
                },
            },
        },
    );
    let some_officer = prop_oneof![4 => one_of(officers), 1 => select(OFFICERS.to_vec())];
    let some_attester = prop_oneof![4 => one_of(attesters), 1 => Just(ATTESTER)];
    prop_oneof![
        3 => by_whom(candidates.clone().boxed(), Change::AdmitOfficer),
        3 => by_operator(state, some_officer.prop_map(Change::RemoveOfficer)),
        2 => by_operator(state, (1..8_usize).prop_map(Change::Threshold)),
        2 => by_whom(candidates.clone().boxed(), Change::AdmitAttester),
        2 => by_operator(state, some_attester.prop_map(Change::RemoveAttester)),
        2 => by_whom((0..8_usize).boxed(), |who| Change::AdmitObserver(who, false)),
        1 => by_whom((0..8_usize).boxed(), |who| Change::AdmitObserver(who, true)),
        1 => by_operator(state, one_of(observers).prop_map(Change::RemoveObserver)),
        5 => by_whom(candidates.boxed(), move |operator| Change::AddSeat { operator, key: fresh }),
        3 => by_operator(state, known.prop_map(Change::RemoveSeat)),
        3 => rotate,
        2 => by_operator(state, (0..TAGS).prop_map(Change::AddTag)),
        2 => by_operator(state, (0..TAGS).prop_map(Change::RemoveTag)),
        2 => by_operator(state, (0..NAMES, any::<bool>()).prop_map(|(name, below)| Change::Deny(name, below))),
        2 => by_operator(state, (0..NAMES).prop_map(Change::Allow)),
    ]
    .boxed()
}

fn vote(state: &Speaker) -> Option<BoxedStrategy<Op>> {
    let count = state.proposals.len();
    let open: Vec<usize> = (0..count)
        .filter(|id| state.proposals[*id].status == Status::Open)
        .collect();
    if count == 0 {
        return None;
    }
    let which = if open.is_empty() {
        (0..count).boxed()
    } else {
        prop_oneof![12 => select(open), 1 => 0..count].boxed()
    };
    let state = state.clone();
    let wish =
        (which, 0..10_usize, 0..16_usize).prop_flat_map(move |(proposal, approve, right)| {
            let voted = &state.proposals[proposal].votes;
            let left = operators(&state)
                .into_iter()
                .filter(|one| !voted.contains_key(one))
                .collect();
            let by = prop_oneof![
                8 => one_of(left),
                2 => one_of(operators(&state)),
                1 => 0..PEOPLE
            ];
            by.prop_map(move |by| Op::Vote {
                by,
                proposal,
                approve: approve > 1,
                right: right > 0,
            })
        });
    Some(wish.boxed())
}

fn withdraw(state: &Speaker) -> Option<BoxedStrategy<Op>> {
    let count = state.proposals.len();
    let open: Vec<usize> = (0..count)
        .filter(|id| state.proposals[*id].status == Status::Open)
        .collect();
    let which = match (count, open.is_empty()) {
        (0, _) => return None,
        (_, true) => (0..count).boxed(),
        (_, false) => prop_oneof![5 => select(open), 1 => 0..count].boxed(),
    };
    let proposers: Vec<usize> = state.proposals.iter().map(|one| one.proposer).collect();
    let wish =
        (which, 0..5_usize, 0..PEOPLE).prop_map(move |(proposal, own, other)| Op::Withdraw {
            by: if own > 0 { proposers[proposal] } else { other },
            proposal,
        });
    Some(wish.boxed())
}

/// What somebody may want next.
pub(super) fn wish(state: &Speaker) -> BoxedStrategy<Op> {
    let mut all = vec![
        (6, proposals(state)),
        (
            3,
            prop_oneof![2 => 1..100_i128, 3 => 100..400_i128, 1 => 300..1_000_i128]
                .prop_map(|hours| Op::Wait { hours })
                .boxed(),
        ),
        (
            1,
            (1..600_i128).prop_map(|hours| Op::Halt { hours }).boxed(),
        ),
    ];
    all.extend(vote(state).map(|wish| (18, wish)));
    all.extend(withdraw(state).map(|wish| (1, wish)));
    Union::new_weighted(all).boxed()
}
