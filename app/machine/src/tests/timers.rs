//! Work that is due: how much of it a block does, and what it costs to find it.

use super::world::{Memory, World};
use crate::Block;
use crate::view::View;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::cell::Cell;
use nexus_tree::log::Frontier;
use nexus_types::limits::TIMED_PER_BLOCK;
use nexus_types::log::ChainLog;
use nexus_types::state::TimedItem;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, decode, encoding::encode};

/// Counts how often a first key was looked for.
struct Counting<'a> {
    memory: &'a Memory,
    looked: Cell<usize>,
}

impl View for Counting<'_> {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.memory.get(key)
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        self.looked.set(self.looked.get() + 1);
        self.memory.first_in(from, to)
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.memory.frontier(log)
    }
}

/// A world in which so many items are due, half of them on each clock.
fn due(items: usize) -> World {
    let mut world = World::new();
    let now = world.now.time.0;
    for number in 0..items {
        let item = TimedItem::ForgetApproval(Hash::of(&number.to_be_bytes()));
        let key = match number % 2 {
            0 => state_key::timed(now, &item),
            _ => state_key::due(now, &item),
        };
        world.memory.state.insert(key, encode(&item));
    }
    world
}

/// How many of them still wait.
fn waiting(world: &World) -> usize {
    let values = world.memory.state.iter();
    values
        .filter(|(key, _)| matches!(key.kind(), Some(KeyKind::Timed | KeyKind::Due)))
        .filter_map(|(_, value)| decode::<TimedItem>(value).ok())
        .filter(|item| matches!(item, TimedItem::ForgetApproval(_)))
        .count()
}

#[test]
fn a_block_does_so_much_and_the_next_goes_on() {
    let mut world = due(TIMED_PER_BLOCK + 7);
    for left in [7, 0] {
        // Without the invariants, which know no approval on the block's clock.
        let executed = world.execute(&[]);
        world.memory.commit(&executed);
        assert_eq!(waiting(&world), left);
    }
}

/// A block that looked for each item from the front would look at all those that are gone: the square of their number.
#[test]
fn what_is_due_is_found_in_one_pass() {
    let world = due(TIMED_PER_BLOCK);
    let counting = Counting {
        memory: &world.memory,
        looked: Cell::new(0),
    };
    let block = Block::begin(&counting, world.now, &[]);
    let executed = block.finish(&counting, Hash::default());
    let gone = executed.changes.iter().filter(|(_, value)| value.is_none());
    // The item itself, and the approval that it forgets.
    assert_eq!(gone.count(), 2 * TIMED_PER_BLOCK);
    // One look for each, and one at the end of each clock.
    assert!(counting.looked.get() <= TIMED_PER_BLOCK + 2);
}
