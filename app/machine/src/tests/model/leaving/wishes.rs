//! What somebody may want next, given how far exits are: about as often lawful as not.

use super::super::mostly_granted;
use super::porter::{Approval, Exit, IMVUS, Op, Porter, Stage, Who};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// An IMVU, mostly one of those.
fn of(state: &Porter, wanted: impl Fn(&Exit) -> bool) -> BoxedStrategy<usize> {
    let those: Vec<usize> = (0..IMVUS)
        .filter(|imvu| state.homes[*imvu].exit.as_ref().is_some_and(&wanted))
        .collect();
    mostly(those)
}

fn mostly(those: Vec<usize>) -> BoxedStrategy<usize> {
    if those.is_empty() {
        return (0..IMVUS).boxed();
    }
    prop_oneof![7 => select(those), 1 => 0..IMVUS].boxed()
}

fn anybody() -> BoxedStrategy<Who> {
    prop_oneof![
        Just(Who::Creator),
        Just(Who::Member),
        (1..=3_usize).prop_map(Who::Officers),
        Just(Who::Other),
        Just(Who::Stranger),
        (1..=4_usize).prop_map(Who::Seats),
        Just(Who::Host),
        Just(Who::Postman),
    ]
    .boxed()
}

/// Mostly somebody.
fn by(who: Who) -> BoxedStrategy<Who> {
    prop_oneof![6 => Just(who), 2 => anybody()].boxed()
}

/// Mostly.
fn yes() -> BoxedStrategy<bool> {
    (0..6_usize).prop_map(|one| one > 0).boxed()
}

fn approval() -> BoxedStrategy<Approval> {
    prop_oneof![
        3 => Just(Approval::None),
        5 => Just(Approval::Creators),
        1 => Just(Approval::Others),
        1 => Just(Approval::OfElse),
    ]
    .boxed()
}

/// The creator, the platform, anybody.
fn authors() -> BoxedStrategy<Who> {
    prop_oneof![
        3 => Just(Who::Creator),
        5 => Just(Who::Officers(3)),
        1 => Just(Who::Officers(2)),
        1 => anybody(),
    ]
    .boxed()
}

/// The steps of exits; hardly ever those for which no exit is far enough.
fn way_out(state: &Porter) -> Vec<(u32, BoxedStrategy<Op>)> {
    let law = state.law;
    let exits = || state.homes.iter().map(|home| home.exit.as_ref());
    let weight = |full: u32, wanted: &dyn Fn(&Exit) -> bool| {
        let any = exits().flatten().any(wanted);
        if any { full } else { 1 }
    };
    let may_begin = exits().any(|last| last.is_none_or(|last| last.stage == Stage::Cancelled));
    let awaits = |exit: &Exit| matches!(exit.stage, Stage::Announced | Stage::Exporting);
    let unpacked = move |exit: &Exit| awaits(exit) && exit.snapshot.is_some() && !exit.archive;
    let packing = move |exit: &Exit| unpacked(exit) && exit.inventory;
    let packed = move |exit: &Exit| awaits(exit) && (exit.snapshot.is_none() || exit.archive);
    // Few, since nothing comes after: with an archive, or after protection has lapsed.
    let ends =
        move |exit: &Exit| exit.can_stay() && (exit.exported.is_some() || !exit.protects(law));
    let released = |exit: &Exit| exit.stage == Stage::Released;
    let seats = prop_oneof![5 => Just(Who::Seats(3)), 1 => Just(Who::Seats(2)), 1 => anybody()];
    vec![
        (
            if may_begin { 12 } else { 1 },
            (0..IMVUS, by(Who::Creator))
                .prop_map(|(imvu, by)| Op::Announce { imvu, by })
                .boxed(),
        ),
        (
            weight(4, &Exit::can_stay),
            (of(state, Exit::can_stay), by(Who::Creator))
                .prop_map(|(imvu, by)| Op::Cancel { imvu, by })
                .boxed(),
        ),
        (
            weight(8, &unpacked),
            (of(state, unpacked), by(Who::Host), yes(), yes())
                .prop_map(|(imvu, by, right, honest)| Op::Inventory {
                    imvu,
                    by,
                    right,
                    honest,
                })
                .boxed(),
        ),
        (
            weight(9, &packing),
            (of(state, packing), by(Who::Host), yes())
                .prop_map(|(imvu, by, right)| Op::Archive { imvu, by, right })
                .boxed(),
        ),
        (
            weight(6, &|exit| exit.asked),
            (of(state, |exit| exit.asked), by(Who::Host), any::<bool>())
                .prop_map(|(imvu, by, lost)| Op::Snapshot { imvu, by, lost })
                .boxed(),
        ),
        (
            weight(8, &packed),
            (of(state, packed), by(Who::Creator), yes())
                .prop_map(|(imvu, by, right)| Op::Confirm { imvu, by, right })
                .boxed(),
        ),
        (
            weight(4, &ends),
            (of(state, ends), by(Who::Creator), any::<bool>())
                .prop_map(|(imvu, by, loss)| Op::Release { imvu, by, loss })
                .boxed(),
        ),
        (
            weight(4, &released),
            (of(state, released), by(Who::Creator))
                .prop_map(|(imvu, by)| Op::Close { imvu, by })
                .boxed(),
        ),
        (
            weight(5, &Exit::is_late),
            (of(state, Exit::is_late), seats)
                .prop_map(|(imvu, by)| Op::Obstruction { imvu, by })
                .boxed(),
        ),
        (
            1,
            (0..IMVUS, anybody())
                .prop_map(|(imvu, by)| Op::Block { imvu, by })
                .boxed(),
        ),
        (
            2,
            (0..IMVUS, by(Who::Officers(3)))
                .prop_map(|(imvu, by)| Op::Suspend { imvu, by })
                .boxed(),
        ),
    ]
}

fn authored(state: &Porter) -> Vec<(u32, BoxedStrategy<Op>)> {
    let named: Vec<usize> = (0..IMVUS)
        .filter(|imvu| {
            let names = &state.homes[*imvu].authored.names;
            names.contains_key(&state.first[*imvu])
        })
        .collect();
    let open: Vec<usize> = (0..IMVUS)
        .filter(|imvu| {
            let exit = state.homes[*imvu].exit.as_ref();
            exit.is_none_or(|exit| exit.can_stay() || exit.stage == Stage::Cancelled)
        })
        .collect();
    vec![
        (
            7,
            (
                0..IMVUS,
                authors(),
                select(vec![3_000, 4_000, 5_000]),
                approval(),
            )
                .prop_map(|(imvu, by, to, approval)| Op::Quota {
                    imvu,
                    by,
                    to,
                    approval,
                })
                .boxed(),
        ),
        (
            5,
            (0..IMVUS, authors(), any::<bool>(), approval())
                .prop_map(|(imvu, by, open, approval)| Op::Policy {
                    imvu,
                    by,
                    open,
                    approval,
                })
                .boxed(),
        ),
        (
            4,
            (
                mostly(named),
                prop_oneof![3 => Just(Who::Creator), 3 => Just(Who::Member), 1 => anybody()],
                1..4_u8,
            )
                .prop_map(|(imvu, by, last)| Op::Record { imvu, by, last })
                .boxed(),
        ),
        (
            4,
            (mostly(open), by(Who::Creator))
                .prop_map(|(imvu, by)| Op::Claim { imvu, by })
                .boxed(),
        ),
        (
            3,
            (0..IMVUS, by(Who::Creator), 0..6_usize)
                .prop_map(|(imvu, by, name)| Op::Free { imvu, by, name })
                .boxed(),
        ),
        (
            4,
            (of(state, Exit::is_late), 1..1_000_i128)
                .prop_map(|(imvu, gross)| Op::Sale { imvu, gross })
                .boxed(),
        ),
    ]
}

/// What somebody may want next.
pub(super) fn wish(state: &Porter) -> BoxedStrategy<Op> {
    let wishes = way_out(state).into_iter().chain(authored(state));
    let mut all: Vec<(u32, BoxedStrategy<Op>)> = wishes
        .map(|(weight, kind)| {
            let state = state.clone();
            let is_granted = move |op: &Op| state.clone().act(op) == Some(0);
            (weight, mostly_granted(kind, is_granted))
        })
        .collect();
    all.extend([
        (
            if state.next_freeze <= state.law { 3 } else { 1 },
            yes().prop_map(|enough| Op::Freeze { enough }).boxed(),
        ),
        (
            if state.is_frozen() { 2 } else { 1 },
            yes().prop_map(|enough| Op::Thaw { enough }).boxed(),
        ),
        (
            9,
            prop_oneof![
                6 => 1..30_i128,
                5 => 24..200_i128,
                3 => 200..1_500_i128,
                2 => 2_000..5_000_i128,
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
