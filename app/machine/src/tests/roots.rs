//! What is put on record of each IMVU when a period is closed.

use super::market::*;
use super::world::*;
use nexus_tree::log::root_of;
use nexus_types::action::Action;
use nexus_types::exit::PeriodRoots;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::period::Period;
use nexus_types::state::Clock;
use nexus_types::{Hash, Text, state_key};

const ID: &str = "IMVU-042";

fn roots(world: &World, id: &str, period: Period) -> Option<PeriodRoots> {
    world
        .memory
        .read(&state_key::period_roots(&imvu(id), period))
}

/// The last block.
fn height_of(world: &World) -> u64 {
    world
        .memory
        .read::<Clock>(&state_key::clock())
        .unwrap()
        .height
}

fn entries(world: &World, kind: CollectionKind) -> &[Vec<u8>] {
    let log = LogId::Collection(kind, Some(imvu(ID)));
    world.memory.logs.get(&log).map_or(&[], Vec::as_slice)
}

/// A sale in the first month, and time until that is closed.
fn closed() -> World {
    let mut world = World::new();
    world.add_processor();
    world.pay(sale("s-1", 1_000));
    world.pass(START + 34 * DAY - 2_000);
    assert_eq!(roots(&world, ID, month(START)), None);
    world.pass(START + 34 * DAY);
    world
}

#[test]
fn what_each_had_is_on_record_once_its_period_is_closed_whether_it_was_used_or_not() {
    let world = closed();
    let first = roots(&world, ID, month(START)).unwrap();
    assert_eq!(first.at + 1, height_of(&world));
    let kinds: Vec<_> = first.collections.iter().map(|head| head.kind).collect();
    assert!(kinds.contains(&CollectionKind::Audit) && kinds.contains(&CollectionKind::Money));
    // The statement that was made in the same block comes after it.
    assert!(!kinds.contains(&CollectionKind::Statements));
    for head in &first.collections {
        let entries = entries(&world, head.kind);
        let size = usize::try_from(head.size).unwrap();
        let leaves: Vec<_> = entries[..size]
            .iter()
            .map(|entry| nexus_tree::log::leaf_hash(entry))
            .collect();
        assert_eq!(Hash(root_of(&leaves)), head.root, "{:?}", head.kind);
    }
    // Bob's has neither use nor revenue, and no statement.
    assert!(world.statements("IMVU-B").is_empty());
    assert_eq!(
        roots(&world, "IMVU-B", month(START)).unwrap().imvu,
        imvu("IMVU-B")
    );
}

#[test]
fn nothing_that_happens_later_changes_it_and_the_next_says_more() {
    let mut world = closed();
    let first = roots(&world, ID, month(START)).unwrap();
    let alice = world.alice.clone();
    world.pay(sale("s-2", 2_000));
    world.must(
        &alice,
        Action::DescribeImvu {
            imvu: imvu(ID),
            description: Text::new("ours").unwrap(),
        },
    );
    world.must(
        &alice,
        Action::ReleaseDomain {
            name: text("alice.demo.example"),
        },
    );
    let second = month(START + 35 * DAY);
    world.pass(START + 62 * DAY + 72 * 60 * 60 * 1000);
    assert_eq!(roots(&world, ID, month(START)), Some(first.clone()));
    let second = roots(&world, ID, second).unwrap();
    assert_ne!(second.authored, first.authored);
    let head = |roots: &PeriodRoots, kind| {
        let mut heads = roots.collections.iter();
        *heads.find(|head| head.kind == kind).unwrap()
    };
    for kind in [CollectionKind::Audit, CollectionKind::Money] {
        assert!(head(&second, kind).size > head(&first, kind).size);
    }
    assert_eq!(head(&second, CollectionKind::Statements).size, 1);
}
