//! What somebody may want next, given what was approved: about as often lawful as not.

use super::super::mostly_granted;
use super::keeper::{For, Keeper, Op, Wanted, Who};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

fn wanted() -> BoxedStrategy<Wanted> {
    let cpu = select(vec![1_000_u64, 2_000, 4_000, 8_000]);
    let pids = select(vec![64_u64, 128, 512, 1_024]);
    prop_oneof![
        2 => cpu.clone().prop_map(|value| [Some(value), None]),
        2 => pids.clone().prop_map(|value| [None, Some(value)]),
        1 => (cpu, pids).prop_map(|(cpu, pids)| [Some(cpu), Some(pids)]),
    ]
    .boxed()
}

fn officers() -> BoxedStrategy<Who> {
    prop_oneof![6 => 3..=5_usize, 1 => 1..=2_usize]
        .prop_map(Who::Officers)
        .boxed()
}

fn approve(state: &Keeper) -> BoxedStrategy<Op> {
    let by = prop_oneof![12 => Just(Who::Creator), 1 => Just(Who::Stranger)];
    let whom =
        prop_oneof![8 => Just(For::Platform), 1 => Just(For::First), 1 => Just(For::Stranger)];
    let after = prop_oneof![6 => Just(0_i128), 1 => 1..30_i128];
    let span = prop_oneof![4 => 12..200_i128, 1 => 1..12_i128, 1 => 719..722_i128];
    // Mostly what was proposed.
    let asks = state.asks.iter().rev().take(8);
    let asked: Vec<Wanted> = asks.map(|ask| ask.wanted).collect();
    let wanted = match asked.is_empty() {
        true => wanted(),
        false => prop_oneof![4 => select(asked), 1 => wanted()].boxed(),
    };
    (by, wanted, whom, after, span)
        .prop_map(|(by, wanted, whom, after, span)| Op::Approve {
            by,
            wanted,
            whom,
            after,
            span,
        })
        .boxed()
}

/// One of the last approvals.
fn approval(state: &Keeper) -> BoxedStrategy<usize> {
    let last = state.approved.len();
    (last.saturating_sub(8)..last).boxed()
}

fn change(state: &Keeper) -> BoxedStrategy<Op> {
    let alone = (
        prop_oneof![2 => Just(Who::Creator), 1 => Just(Who::Stranger), 4 => officers()],
        wanted(),
    )
        .prop_map(|(by, wanted)| Op::Change {
            by,
            wanted,
            with: None,
        })
        .boxed();
    if state.approved.is_empty() {
        return alone;
    }
    let known = state.approved.clone();
    let by = prop_oneof![1 => Just(Who::Stranger), 8 => officers()];
    // Mostly what was approved.
    let with =
        (by, approval(state), wanted(), 0..8_usize).prop_map(move |(by, with, other, own)| {
            let wanted = if own > 0 { known[with].wanted } else { other };
            Op::Change {
                by,
                wanted,
                with: Some(with),
            }
        });
    prop_oneof![2 => alone, 3 => with].boxed()
}

fn propose(state: &Keeper) -> BoxedStrategy<Op> {
    let by = prop_oneof![6 => officers(), 1 => Just(Who::Creator), 1 => Just(Who::Stranger)];
    let span = prop_oneof![8 => 1..96_i128, 1 => Just(0_i128), 1 => 720..722_i128];
    // Mostly what was approved beforehand, so that it can be signed.
    let known: Vec<Wanted> = state
        .approved
        .iter()
        .rev()
        .take(8)
        .map(|one| one.wanted)
        .collect();
    let wanted = if known.is_empty() {
        wanted()
    } else {
        prop_oneof![3 => select(known), 1 => wanted()].boxed()
    };
    (by, wanted, span)
        .prop_map(|(by, wanted, span)| Op::Propose { by, wanted, span })
        .boxed()
}

fn sign(state: &Keeper) -> BoxedStrategy<Op> {
    let by = prop_oneof![8 => Just(Who::Creator), 1 => Just(Who::Stranger)];
    let asks = state.asks.len();
    let any = (asks.saturating_sub(8)..asks + 1, approval(state)).boxed();
    // Mostly a proposal with an approval of just that, the newest more often.
    let numbered = state.asks.iter().enumerate().rev().take(16);
    let pairs = numbered.flat_map(|(ask, asked)| {
        let approved = state.approved.iter().enumerate().rev().take(8);
        let of_this = approved.filter(|(_, one)| one.wanted == asked.wanted);
        of_this.map(move |(with, _)| (ask, with))
    });
    let pairs: Vec<(usize, usize)> = pairs.collect();
    let good: Vec<(usize, usize)> = pairs
        .iter()
        .copied()
        .filter(|(ask, with)| {
            let by = Who::Creator;
            granted(state)(&Op::Sign {
                by,
                ask: *ask,
                with: *with,
            })
        })
        .collect();
    let mut from = vec![(1, any)];
    if !pairs.is_empty() {
        from.push((2, select(pairs).boxed()));
    }
    if !good.is_empty() {
        from.push((12, select(good).boxed()));
    }
    let pair = Union::new_weighted(from);
    (by, pair)
        .prop_map(|(by, (ask, with))| Op::Sign { by, ask, with })
        .boxed()
}

fn revoke(state: &Keeper) -> BoxedStrategy<Op> {
    let by = prop_oneof![4 => Just(Who::Creator), 1 => Just(Who::Stranger)];
    (by, approval(state))
        .prop_map(|(by, approval)| Op::Revoke { by, approval })
        .boxed()
}

/// Whether it would be granted.
fn granted(state: &Keeper) -> impl Fn(&Op) -> bool + 'static {
    let state = state.clone();
    move |op| state.clone().act(op) == Some(0)
}

/// A wish.
pub(super) fn wish(state: &Keeper) -> BoxedStrategy<Op> {
    let wait = prop_oneof![6 => 1..12_i128, 1 => 12..120_i128];
    let mut all = vec![
        (2, wait.prop_map(|hours| Op::Wait { hours }).boxed()),
        (8, approve(state)),
        (4, mostly_granted(change(state), granted(state))),
        (3, mostly_granted(propose(state), granted(state))),
    ];
    if !state.approved.is_empty() {
        all.push((4, mostly_granted(sign(state), granted(state))));
        all.push((1, revoke(state)));
    }
    Union::new_weighted(all).boxed()
}
