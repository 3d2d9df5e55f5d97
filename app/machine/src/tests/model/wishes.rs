//! What somebody may want next, given how the market stands: about as often lawful as not.

use super::reference::{Book, Clerk, Decider, Granter, MOST, Op, period};
use proptest::prelude::*;
use proptest::strategy::Union;

/// A number up to a bound, or beyond it, or at the ends of what fits.
fn around(bound: i128) -> BoxedStrategy<i128> {
    let within = 1..=bound.clamp(1, MOST);
    prop_oneof![
        11 => within,
        1 => Just(bound.max(1)),
        6 => bound.max(0) + 1..=bound.max(0) + 1_000,
        1 => Just(0_i128),
        1 => Just(MOST + 1),
        1 => Just(i128::MAX),
    ]
    .boxed()
}

/// A name: seldom one that was used.
fn name(state: &Clerk) -> BoxedStrategy<u32> {
    let used: Vec<u32> = state.sales.keys().copied().collect();
    if used.is_empty() {
        return any::<u32>().boxed();
    }
    prop_oneof![6 => any::<u32>(), 1 => proptest::sample::select(used)].boxed()
}

/// A sale, mostly one that is there.
fn sale(state: &Clerk, wanted: impl Fn(u32) -> bool) -> BoxedStrategy<u32> {
    let known: Vec<u32> = state.sales.keys().copied().collect();
    let good: Vec<u32> = known.iter().copied().filter(|id| wanted(*id)).collect();
    match (known.is_empty(), good.is_empty()) {
        (true, _) => any::<u32>().boxed(),
        (_, true) => prop_oneof![
            3 => proptest::sample::select(known),
            1 => any::<u32>()
        ]
        .boxed(),
        _ => prop_oneof![
            8 => proptest::sample::select(good),
            2 => proptest::sample::select(known),
            1 => any::<u32>()
        ]
        .boxed(),
    }
}

fn deposit(state: &Clerk) -> BoxedStrategy<Op> {
    let amount = prop_oneof![1 => 1..50_000_i128, 1 => around(MOST)];
    (name(state), 0..3_usize, amount)
        .prop_map(|(id, payer, amount)| Op::Deposit { id, payer, amount })
        .boxed()
}

fn sell(state: &Clerk) -> BoxedStrategy<Op> {
    let gross = prop_oneof![20 => 1..100_000_i128, 1 => around(MOST)];
    (name(state), 0..8_usize, gross, 0..100_i128, 0..110_i128)
        .prop_map(|(id, imvu, gross, tax, fee)| Op::Sale {
            id,
            imvu: usize::from(imvu == 0),
            gross,
            tax: gross.min(MOST) * (tax - 80).max(0) / 100,
            fee: gross.min(MOST) * fee / 100,
        })
        .boxed()
}

fn part_of_sale(
    state: &Clerk,
    young: bool,
    make: impl Fn(u32, i128) -> Op + 'static,
) -> BoxedStrategy<Op> {
    let wanted = |id| state.is_young(id) == young && state.open(id) > 0;
    let open: std::collections::BTreeMap<u32, i128> = state
        .sales
        .keys()
        .map(|id| (*id, state.open(*id)))
        .collect();
    let make = std::rc::Rc::new(make);
    sale(state, wanted)
        .prop_flat_map(move |id| {
            let make = make.clone();
            around(open.get(&id).copied().unwrap_or(100)).prop_map(move |amount| make(id, amount))
        })
        .boxed()
}

fn refund(state: &Clerk) -> BoxedStrategy<Op> {
    (
        any::<u32>(),
        part_of_sale(state, true, |sale, amount| Op::Refund {
            id: 0,
            sale,
            amount,
        }),
    )
        .prop_map(|(fresh, op)| match op {
            Op::Refund { sale, amount, .. } => Op::Refund {
                id: fresh,
                sale,
                amount,
            },
            other => other,
        })
        .boxed()
}

fn grant(state: &Clerk) -> BoxedStrategy<Op> {
    let by = prop_oneof![
        2 => Just(Granter::Creator),
        5 => Just(Granter::Platform),
        1 => Just(Granter::TwoOfficers)
    ];
    (
        by,
        part_of_sale(state, false, |sale, amount| Op::Grant {
            by: Granter::Creator,
            sale,
            amount,
        }),
    )
        .prop_map(|(by, op)| match op {
            Op::Grant { sale, amount, .. } => Op::Grant { by, sale, amount },
            other => other,
        })
        .boxed()
}

/// With its weight: little is left to decide where no dispute is open.
fn decide(state: &Clerk) -> Option<(u32, BoxedStrategy<Op>)> {
    let count = state.disputes.len();
    let open = state.disputes.iter().position(|case| case.open);
    let by = prop_oneof![
        6 => Just(Decider::Cashier),
        1 => Just(Decider::Owner),
        1 => Just(Decider::Stranger)
    ];
    (count > 0).then(|| {
        let which = prop_oneof![9 => Just(open.unwrap_or(0)), 1 => 0..count];
        let weight = if open.is_some() { 4 } else { 1 };
        let wish = (which, any::<bool>(), by)
            .prop_map(|(dispute, won, by)| Op::Resolve { dispute, won, by })
            .boxed();
        (weight, wish)
    })
}

fn payout(state: &Clerk) -> BoxedStrategy<Op> {
    let rich = usize::from(state.of(Book::Matured(0)) < state.of(Book::Matured(1)));
    let there = state.of(Book::Matured(rich)) / 20;
    let some = prop_oneof![4 => 1..=(there / 8).max(1), 3 => around(there)];
    (some, 0..10_usize)
        .prop_map(move |(amount, other)| Op::Payout {
            who: if other == 0 { 2 } else { rich },
            amount,
        })
        .boxed()
}

fn settle(state: &Clerk) -> Option<BoxedStrategy<Op>> {
    let count = state.payouts.len();
    let open = state.payouts.iter().position(|(_, _, open)| *open);
    (count > 0).then(|| {
        let which = prop_oneof![4 => Just(open.unwrap_or(0)), 1 => 0..count];
        (which, any::<bool>(), 0..4_usize)
            .prop_map(|(payout, settled, cashier)| Op::Settle {
                payout,
                settled,
                cashier: cashier > 0,
            })
            .boxed()
    })
}

fn agree(state: &Clerk) -> Vec<(u32, BoxedStrategy<Op>)> {
    let now = period(state.now);
    let mandate = (
        0..4_usize,
        0..3_usize,
        around(40_000),
        -8..90_i128,
        0..4_usize,
    )
        .prop_map(|(imvu, payer, cap, days, owner)| Op::Mandate {
            imvu: usize::from(imvu == 0),
            payer,
            cap,
            days,
            owner_signs: owner > 0,
        });
    let revoke = (0..4_usize, 0..6_usize).prop_map(|(imvu, by)| {
        let imvu = usize::from(imvu == 0);
        let by = if by == 0 { 2 } else { imvu };
        Op::Revoke { imvu, by }
    });
    let bills: Vec<(usize, i128, usize, i128)> = state
        .bills
        .iter()
        .map(|((imvu, period, payer), (paid, back))| (*imvu, *period, *payer, paid - back))
        .filter(|(_, _, _, left)| *left > 0)
        .collect();
    let correct = if bills.is_empty() {
        (0..3_usize, 1..100_i128)
            .prop_map(move |(payer, amount)| Op::Correct {
                imvu: 0,
                period: now,
                payer,
                amount,
                owner_signs: true,
            })
            .boxed()
    } else {
        proptest::sample::select(bills)
            .prop_flat_map(|(imvu, period, payer, left)| {
                (around(left), 0..9_usize).prop_map(move |(amount, signs)| Op::Correct {
                    imvu,
                    period,
                    payer,
                    amount,
                    owner_signs: signs > 0,
                })
            })
            .boxed()
    };
    let link = (0..2_usize, any::<bool>()).prop_map(|(imvu, linked)| Op::Link { imvu, linked });
    // The next month that has not been spoken for, or one that is too soon.
    let ahead = |last: i128| prop_oneof![3 => Just(last.max(now + 1) + 1), 1 => Just(now + 1), 1 => Just(last)];
    let prices =
        (ahead(state.last_price()), 0..20_i128, 0..6_usize).prop_map(|(period, micros, seats)| {
            Op::Prices {
                period,
                micros,
                seats: if seats == 0 { 2 } else { 3 },
            }
        });
    let tax = (ahead(state.last_tax()), 0..1_100_000_i128, 0..6_usize).prop_map(
        |(period, millionths, seats)| Op::Tax {
            period,
            millionths,
            seats: if seats == 0 { 2 } else { 3 },
        },
    );
    let processor = (0..12_u32, 2..5_usize).prop_map(|(name, seats)| Op::Processor {
        name,
        seats: seats.min(3),
    });
    let contain = (1..30_i128, 1..5_usize).prop_map(|(hours, operators)| Op::Contain {
        hours,
        operators: operators.min(2),
    });
    vec![
        (5, mandate.boxed()),
        (2, revoke.boxed()),
        (5, correct),
        (2, link.boxed()),
        (2, prices.boxed()),
        (2, tax.boxed()),
        (1, processor.boxed()),
        (
            2,
            any::<bool>()
                .prop_map(|cashier| Op::Reconcile { cashier })
                .boxed(),
        ),
        (1, contain.boxed()),
        (
            1,
            any::<bool>()
                .prop_map(|given| Op::Consent { given })
                .boxed(),
        ),
    ]
}

/// What somebody may want next.
pub(super) fn wish(state: &Clerk) -> BoxedStrategy<Op> {
    let mut all = agree(state);
    all.extend([
        (6, deposit(state)),
        (8, sell(state)),
        (6, refund(state)),
        (
            5,
            part_of_sale(state, true, |sale, amount| Op::Dispute { sale, amount }),
        ),
        (
            5,
            (0..30_000_i128)
                .prop_map(|answers| Op::Use { answers })
                .boxed(),
        ),
        (
            7,
            prop_oneof![3 => 1..30_i128, 3 => 24..480_i128]
                .prop_map(|hours| Op::Wait { hours })
                .boxed(),
        ),
    ]);

    // Little of what is about matured money makes sense while there is none.
    let old = state
        .sales
        .keys()
        .any(|id| !state.is_young(*id) && state.open(*id) > 0);
    all.push((if old { 8 } else { 1 }, grant(state)));
    let rich = (0..2).any(|who| state.of(Book::Matured(who)) >= 20 * 8);
    all.push((if rich { 8 } else { 1 }, payout(state)));
    all.extend(decide(state));
    all.extend(settle(state).map(|wish| (4, wish)));
    Union::new_weighted(all).boxed()
}
