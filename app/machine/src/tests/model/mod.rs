//! The law of money against a clerk's plain arithmetic: generated transactions, lawful and not, one after the other; after
//! each, the code and every account must be the same.
//!
//! `NEXUS_MODEL_TX` says how many transactions (20,000 by default; `make model N=1000000`).

mod acting;
mod reference;
mod wishes;

use acting::Acting;
use nexus_types::ActionKind;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use reference::{Clerk, Op};
use std::collections::BTreeMap;

/// Steps of one run from an empty market.
const STEPS: usize = 200;

/// Applied and refused, by kind of action.
type Histogram = BTreeMap<ActionKind, [u64; 2]>;

/// The clerk as a reference for proptest.
struct Reference;

impl ReferenceStateMachine for Reference {
    type State = Clerk;
    type Transition = Op;

    fn init_state() -> BoxedStrategy<Clerk> {
        Just(Clerk::new(acting::base().now.time.0.into())).boxed()
    }

    fn transitions(state: &Clerk) -> BoxedStrategy<Op> {
        wishes::wish(state)
    }

    fn apply(mut state: Clerk, op: &Op) -> Clerk {
        acting::advance(&mut state, op);
        state.act(op);
        state
    }

    fn preconditions(state: &Clerk, op: &Op) -> bool {
        // Shrinking may have taken what it is about.
        match op {
            Op::Resolve { dispute, .. } => *dispute < state.disputes.len(),
            Op::Settle { payout, .. } => *payout < state.payouts.len(),
            _ => true,
        }
    }
}

#[test]
fn any_sequence_comes_to_what_plain_arithmetic_says() {
    let wanted: u64 = std::env::var("NEXUS_MODEL_TX").map_or(20_000, |text| {
        text.parse().expect("NEXUS_MODEL_TX is a number")
    });
    let seed: u64 = std::env::var("NEXUS_MODEL_SEED").map_or(7, |text| {
        text.parse().expect("NEXUS_MODEL_SEED is a number")
    });
    let mut histogram = Histogram::new();
    let mut transactions = 0;
    let mut round = seed;
    while transactions < wanted {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&round.to_be_bytes());
        let config = Config {
            cases: 1,
            failure_persistence: None,
            max_shrink_iters: 2_000,
            ..Config::default()
        };
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(config, rng);
        let counted = std::cell::RefCell::new(Histogram::new());
        let sequence = Reference::sequential_strategy(STEPS..STEPS + 1);
        let outcome = runner.run(&sequence, |(start, ops, _)| {
            let mut acting = Acting::new(start);
            for op in ops {
                acting.act(&op).map_err(TestCaseError::fail)?;
            }
            acting.finish().map_err(TestCaseError::fail)?;
            *counted.borrow_mut() = acting.histogram;
            Ok(())
        });
        if let Err(error) = outcome {
            panic!("round {round}: {error}");
        }
        for (kind, [applied, refused]) in counted.into_inner() {
            transactions += applied + refused;
            let sum = histogram.entry(kind).or_default();
            sum[0] += applied;
            sum[1] += refused;
        }
        round += 1;
    }
    let mut out = format!("{transactions} transactions, by kind: applied, refused\n");
    for (kind, [applied, refused]) in &histogram {
        let percent = applied * 100 / (applied + refused);
        out += &format!("{kind:>20} {applied:>8} {refused:>8} {percent:>3} % applied\n");
    }
    println!("{out}");
    // Reports feed the meters, and a reconciliation by the processor is always taken down.
    for (kind, [applied, refused]) in histogram {
        if kind != ActionKind::Report {
            let share = applied as f64 / (applied + refused) as f64;
            assert!((0.3..=0.7).contains(&share), "{kind}: {share}\n{out}");
        }
    }
}
