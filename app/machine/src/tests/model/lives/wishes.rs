//! What somebody may want next, given how lives stand: about as often lawful as not.

use super::registrar::{Op, PEOPLE, Registrar};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;

fn everybody() -> Vec<usize> {
    (0..PEOPLE).collect()
}

/// Somebody, mostly one of those.
fn somebody(wanted: Vec<usize>) -> BoxedStrategy<usize> {
    if wanted.is_empty() {
        return (0..PEOPLE).boxed();
    }
    prop_oneof![5 => select(wanted), 2 => 0..PEOPLE].boxed()
}

fn those(state: &Registrar, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
    everybody()
        .into_iter()
        .filter(|one| state.people[*one].alive && wanted(*one))
        .collect()
}

/// Who signs for somebody's guardians: mostly enough of them.
fn signers(state: &Registrar, whom: usize) -> BoxedStrategy<Vec<usize>> {
    let life = &state.people[whom];
    let guards: Vec<usize> = life.guardians.iter().copied().collect();
    if guards.is_empty() {
        return subsequence(everybody(), 1..=2).prop_shuffle().boxed();
    }
    let enough = life.threshold.clamp(1, guards.len())..=guards.len();
    prop_oneof![
        8 => subsequence(guards.clone(), enough).prop_shuffle(),
        1 => subsequence(guards.clone(), 1..=guards.len()).prop_shuffle(),
        1 => subsequence(everybody(), 1..=3).prop_shuffle(),
    ]
    .boxed()
}

/// About somebody, with who signs.
fn about(
    state: &Registrar,
    wanted: Vec<usize>,
    make: impl Fn(usize, Vec<usize>) -> Op + Clone + 'static,
) -> BoxedStrategy<Op> {
    let state = state.clone();
    somebody(wanted)
        .prop_flat_map(move |whom| {
            let make = make.clone();
            signers(&state, whom).prop_map(move |by| make(whom, by))
        })
        .boxed()
}

fn choose(state: &Registrar) -> BoxedStrategy<Op> {
    let alive = those(state, |_| true);
    let free = those(state, |one| !state.is_frozen(one));
    let guardians = prop_oneof![
        6 => subsequence(alive.clone(), 2.min(alive.len())..=4.min(alive.len())),
        1 => subsequence(everybody(), 0..=4),
    ];
    (
        somebody(free),
        guardians,
        prop_oneof![8 => Just(2_usize), 2 => 0..5_usize],
    )
        .prop_map(|(who, guardians, threshold)| Op::Choose {
            who,
            threshold: if guardians.is_empty() { 0 } else { threshold },
            guardians: guardians
                .into_iter()
                .filter(|one| *one != who || threshold == 4)
                .collect(),
        })
        .boxed()
}

/// What somebody may want next.
pub(super) fn wish(state: &Registrar) -> BoxedStrategy<Op> {
    let guarded = those(state, |one| !state.people[one].guardians.is_empty());
    let freezable = those(state, |one| {
        let life = &state.people[one];
        !life.guardians.is_empty() && life.next_freeze <= state.law
    });
    let frozen = those(state, |one| state.is_frozen(one));
    let waiting = those(state, |one| {
        state.people[one].recovery.is_some() || state.people[one].choice.is_some()
    });
    let holders = waiting.clone();
    let alive = those(state, |_| true);
    // Who is gone stays gone: lives end seldom, so that a run has people left.
    let ends = if alive.len() > 5 { 2 } else { 0 };
    let mut all: Vec<(u32, BoxedStrategy<Op>)> = vec![
        (8, choose(state)),
        (
            6,
            about(state, freezable, |whom, by| Op::Freeze { whom, by }),
        ),
        (
            4,
            about(state, frozen.clone(), |whom, by| Op::Thaw { whom, by }),
        ),
        (4, about(state, waiting, |whom, by| Op::Veto { whom, by })),
        (
            3,
            somebody(holders)
                .prop_map(|whom| Op::Veto {
                    whom,
                    by: vec![whom],
                })
                .boxed(),
        ),
        (
            4,
            (somebody(alive.clone()), 0..4_usize)
                .prop_map(|(who, same)| Op::Rotate {
                    who,
                    same: same == 0,
                })
                .boxed(),
        ),
        (
            2,
            somebody(frozen).prop_map(|who| Op::Payout { who }).boxed(),
        ),
        (
            2,
            somebody(alive.clone())
                .prop_map(|who| Op::Stale { who })
                .boxed(),
        ),
        (
            6,
            prop_oneof![3 => 1..30_i128, 3 => 24..200_i128, 1 => 160..800_i128]
                .prop_map(|hours| Op::Wait { hours })
                .boxed(),
        ),
        (
            1,
            (1..400_i128).prop_map(|hours| Op::Halt { hours }).boxed(),
        ),
    ];
    let recover = (
        about(state, guarded, |whom, by| Op::Veto { whom, by }),
        0..8_usize,
        any::<bool>(),
    )
        .prop_map(|(op, same, attested)| match op {
            Op::Veto { whom, by } => Op::Recover {
                whom,
                by,
                same: same == 0,
                attested,
            },
            other => other,
        });
    all.push((8, recover.boxed()));
    if ends > 0 {
        all.push((
            ends,
            somebody(Vec::new())
                .prop_map(|who| Op::Revoke { who })
                .boxed(),
        ));
    }
    Union::new_weighted(all).boxed()
}
