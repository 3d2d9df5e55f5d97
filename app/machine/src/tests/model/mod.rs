//! The law against small references of their own, which know the rules in words and nothing of its code: generated
//! transactions, lawful and not, one after the other; after each, the code and what came of it must be the same.
//!
//! Money has a clerk (here), identities a registrar (`lives`), governance a speaker (`assembly`), exits a porter (`leaving`), names a
//! notary (`naming`), quotas and approvals a keeper (`keeping`). `NEXUS_MODEL_TX` says how many transactions the first five play
//! together (20,000 by default; `make model N=1000000`); the keeper plays an eighth of that beside.

mod acting;
mod assembly;
mod keeping;
mod leaving;
mod lives;
mod naming;
mod reference;
mod wishes;

use super::world::{Person, World};
use crate::TxOutcome;
use acting::Acting;
use nexus_types::ActionKind;
use nexus_types::encoding::encode;
use nexus_types::tx::TxBody;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::ReferenceStateMachine;
use reference::{Clerk, Op};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;

/// Steps of one run from an empty market.
const STEPS: usize = 200;

/// Wishes of which one is chosen.
const CANDIDATES: usize = 12;

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

/// Plays runs of a reference, each from a seed, until its share of the transactions is reached; the whole, divided by `part`.
fn rounds<R>(
    part: u64,
    play: impl Fn(R::State, &mut dyn Iterator<Item = R::Transition>) -> Result<Histogram, String>,
) -> Histogram
where
    R: ReferenceStateMachine,
    R::State: 'static,
    R::Transition: 'static,
{
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let wanted = number("NEXUS_MODEL_TX", 20_000) / part;
    let mut histogram = Histogram::new();
    let mut transactions = 0;
    let mut round = number("NEXUS_MODEL_SEED", 7);
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
        let counted = RefCell::new(Histogram::new());
        let sequence = R::sequential_strategy(STEPS..STEPS + 1);
        let outcome = runner.run(&sequence, |(start, ops, seen)| {
            // What was not played is left out first when a failure is made smaller.
            let played = ops.into_iter().inspect(|_| {
                if let Some(seen) = &seen {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            });
            *counted.borrow_mut() = play(start, &mut { played }).map_err(TestCaseError::fail)?;
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
    println!("{transactions} transactions, by kind: applied, refused");
    for (kind, [applied, refused]) in &histogram {
        let percent = applied * 100 / (applied + refused);
        println!("{kind:>20} {applied:>8} {refused:>8} {percent:>3} % applied");
    }
    histogram
}

/// How often what came about.
type Seen = BTreeMap<&'static str, u64>;

/// The law beside a reference.
trait Beside: Sized + 'static {
    /// What knows the rules in words.
    type Reference: Clone + Debug + 'static;
    /// What somebody may want.
    type Op: Clone + Debug + 'static;

    /// What stands at the beginning.
    fn reference() -> Self::Reference;
    /// What somebody may want next.
    fn wish(reference: &Self::Reference) -> BoxedStrategy<Self::Op>;
    /// What the reference makes of it.
    fn expect(reference: &mut Self::Reference, op: &Self::Op);
    /// Whether there is what it is about: shrinking may have taken that.
    fn is_about_something(_: &Self::Reference, _: &Self::Op) -> bool {
        true
    }
    /// Both from the beginning.
    fn begin(reference: Self::Reference) -> Self;
    /// Does it both ways, and compares.
    fn act(&mut self, op: &Self::Op) -> Result<(), String>;
    /// What was played, and what came about in it.
    fn told(self) -> (Histogram, Seen);
}

/// Its reference, for proptest.
struct ReferenceOf<B>(PhantomData<B>);

impl<B: Beside> ReferenceStateMachine for ReferenceOf<B> {
    type State = B::Reference;
    type Transition = B::Op;

    fn init_state() -> BoxedStrategy<B::Reference> {
        Just(B::reference()).boxed()
    }

    fn transitions(state: &B::Reference) -> BoxedStrategy<B::Op> {
        B::wish(state)
    }

    fn apply(mut state: B::Reference, op: &B::Op) -> B::Reference {
        B::expect(&mut state, op);
        state
    }

    fn preconditions(state: &B::Reference, op: &B::Op) -> bool {
        B::is_about_something(state, op)
    }
}

/// Plays the law beside a reference, for so large a part of the whole. Each of these kinds must have been applied and refused,
/// and each of these outcomes must have come about.
fn agree<B: Beside>(part: u64, kinds: &[ActionKind], outcomes: &[&str]) {
    let seen = RefCell::new(Seen::new());
    let histogram = rounds::<ReferenceOf<B>>(part, |start, ops| {
        let mut both = B::begin(start);
        for op in ops {
            both.act(&op)?;
        }
        let (histogram, told) = both.told();
        for (what, times) in told {
            *seen.borrow_mut().entry(what).or_default() += times;
        }
        Ok(histogram)
    });
    for kind in kinds {
        both_ways(&histogram, *kind);
    }
    let seen = seen.into_inner();
    println!("{seen:#?}");
    for what in outcomes {
        assert!(seen.contains_key(what), "never: {what}");
    }
}

/// Plays a wish in a block of its own, without a transaction if none is asked for, and compares its code with what the
/// reference expected. Gives what the transaction came to.
fn play(
    world: &mut World,
    histogram: &mut Histogram,
    asked: Option<(Vec<Person>, TxBody)>,
    (reference, expected): (&str, Option<u32>),
    op: &impl Debug,
) -> Result<Option<TxOutcome>, String> {
    let Some((signers, body)) = asked else {
        world.try_block(&[])?;
        return Ok(None);
    };
    let kind = body.action.kind();
    let tx = world.seal(&signers[0], &signers[1..], body);
    let outcome = world.try_block(&[encode(&tx)])?.txs.remove(0);
    let code = outcome.code.number();
    let count = histogram.entry(kind).or_default();
    count[usize::from(code != 0)] += 1;
    if Some(code) == expected {
        return Ok(Some(outcome));
    }
    let log = outcome.log;
    Err(format!(
        "{op:?}: the law says {code} ({log}), the {reference} {expected:?}"
    ))
}

/// Of a few wishes of one kind mostly the first that would be granted, so that what needs much to come about does.
fn mostly_granted<Op: Clone + Debug + 'static>(
    kind: BoxedStrategy<Op>,
    is_granted: impl Fn(&Op) -> bool + 'static,
) -> BoxedStrategy<Op> {
    (proptest::collection::vec(kind, CANDIDATES), 0..10_usize)
        .prop_map(move |(ops, granted)| {
            let mut all = ops.iter();
            let wanted = all.find(|op| is_granted(op)).filter(|_| granted > 3);
            wanted.unwrap_or(&ops[0]).clone()
        })
        .boxed()
}

/// A kind that is hardly ever applied, or hardly ever refused, is not tried.
fn both_ways(histogram: &Histogram, kind: ActionKind) {
    let [applied, refused] = histogram.get(&kind).copied().unwrap_or_default();
    let share = applied as f64 / (applied + refused).max(1) as f64;
    assert!(
        (0.15..=0.85).contains(&share),
        "{kind}: {applied} applied, {refused} refused"
    );
}

#[test]
fn any_sequence_comes_to_what_plain_arithmetic_says() {
    let histogram = rounds::<Reference>(4, |start, ops| {
        let mut acting = Acting::new(start);
        for op in ops {
            acting.act(&op)?;
        }
        acting.finish()?;
        Ok(acting.histogram)
    });
    // Reports feed the meters, and a reconciliation by the processor is always taken down.
    for (kind, [applied, refused]) in histogram {
        if kind != ActionKind::Report {
            let share = applied as f64 / (applied + refused) as f64;
            assert!((0.3..=0.7).contains(&share), "{kind}: {share}");
        }
    }
}
