//! Exits, and the lists of names, broken in each way that the invariants notice.

use super::exits;
use super::hosting::ID;
use super::invariants::{Break, alter, remove};
use super::market::{month, sale};
use super::world::*;
use nexus_types::encoding::encode;
use nexus_types::exit::{CollectionHead, Exit, ExitStage, Moment, Overdue, PeriodRoots};
use nexus_types::log::CollectionKind;
use nexus_types::period::Period;
use nexus_types::state::{Collection, ImvuNames, TimedItem};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Hash, Time};

const STAGES: &str = "an exit is as far as it says";
const BASELINES: &str = "a protected baseline is what stands";
const LISTED: &str = "an IMVU's names are those bound to it";
const RECORDS: &str = "what a period's end put on record stays";
const TIMERS: &str = "each timer has its object, each object its timer";

/// IMVU-042 leaves, its host is late, and a share of what it sells waits.
pub(super) fn leave(world: &mut World) {
    world.alter_chain(|chain| chain.delays.exit_overdue_ms = 1_000);
    world.must_as_alice(exits::announce());
    world.block(&[]);
    assert!(world.exit().is_held_back());
    world.pay(sale("s-of-an-exit", 1_000));
}

fn key() -> StateKey {
    state_key::exit(&imvu(ID))
}

fn names() -> StateKey {
    state_key::imvu_names(&imvu(ID))
}

/// What would have been put on record of IMVU-042 by the last block.
fn a_record(memory: &Memory) -> PeriodRoots {
    let heads = CollectionKind::ALL.into_iter().filter_map(|kind| {
        let key = state_key::collection(kind, Some(&imvu(ID)));
        let known: Collection = memory.read(&key)?;
        Some(CollectionHead {
            kind,
            size: known.size,
            root: known.root,
        })
    });
    PeriodRoots {
        imvu: imvu(ID),
        period: Period(0),
        at: 1,
        collections: heads.collect(),
        authored: Hash([0; 32]),
        mail: None,
    }
}

/// One of those, altered.
fn on_record(memory: &mut Memory, alter: impl FnOnce(&mut PeriodRoots)) {
    let mut roots = a_record(memory);
    alter(&mut roots);
    let key = state_key::period_roots(&roots.imvu, roots.period);
    memory.state.insert(key, encode(&roots));
}

fn end_of_overdue(exit: &mut Exit) {
    let overdue = exit.overdue.unwrap();
    exit.overdue = Some(Overdue {
        until: Some(overdue.since),
        ..overdue
    });
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (STAGES, |_, memory| {
        alter::<Exit>(memory, &key(), |exit| exit.stage = ExitStage::Exported);
    }),
    (STAGES, |_, memory| {
        alter::<Exit>(memory, &key(), |exit| exit.stage = ExitStage::Released);
    }),
    (STAGES, |_, memory| {
        alter::<Exit>(memory, &key(), |exit| exit.number = 0);
    }),
    (STAGES, |_, memory| {
        alter::<Exit>(memory, &key(), |exit| exit.set_at = u64::MAX);
    }),
    (STAGES, |_, memory| {
        // Let go of, and running on.
        alter::<Exit>(memory, &key(), |exit| {
            exit.stage = ExitStage::Released;
            exit.released = Some(exit.announced);
            end_of_overdue(exit);
        });
    }),
    (STAGES, |_, memory| {
        // In an order that no time has.
        alter::<Exit>(memory, &key(), |exit| {
            exit.stage = ExitStage::Cancelled;
            exit.cancelled = Some(Moment {
                height: 0,
                at: Time(0),
            });
            end_of_overdue(exit);
        });
    }),
    (STAGES, |_, memory| {
        // Money waits, and nothing says for what.
        alter::<Exit>(memory, &key(), end_of_overdue);
    }),
    (STAGES, |_, memory| {
        // In time, and nobody watches.
        alter::<Exit>(memory, &key(), |exit| exit.overdue = None);
    }),
    (STAGES, |_, memory| {
        let exit: Exit = memory.read(&key()).unwrap();
        let there = state_key::exit(&imvu("IMVU-NONE"));
        memory.state.insert(there, encode(&exit));
    }),
    (BASELINES, |_, memory| {
        alter::<Exit>(memory, &key(), |exit| exit.baseline = Hash([1; 32]));
    }),
    (RECORDS, |world, memory| {
        // Of a period that is not over.
        on_record(memory, |roots| roots.period = month(world.now.time.0));
    }),
    (RECORDS, |_, memory| {
        on_record(memory, |roots| roots.at = u64::MAX)
    }),
    (RECORDS, |_, memory| {
        on_record(memory, |roots| roots.collections.reverse());
    }),
    (RECORDS, |_, memory| {
        // More than there ever was.
        on_record(memory, |roots| {
            roots.collections.iter_mut().for_each(|head| head.size += 1);
        });
    }),
    (RECORDS, |_, memory| {
        on_record(memory, |roots| {
            roots.collections.iter_mut().for_each(|head| head.size = 0);
        });
    }),
    (RECORDS, |_, memory| {
        // As many, but others.
        on_record(memory, |roots| {
            roots
                .collections
                .iter_mut()
                .for_each(|head| head.root = Hash([1; 32]));
        });
    }),
    (RECORDS, |_, memory| {
        let there = state_key::period_roots(&imvu("IMVU-NONE"), Period(1));
        let mut roots = a_record(memory);
        roots.imvu = imvu("IMVU-NONE");
        memory.state.insert(there, encode(&roots));
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::FreeNames(imvu(ID));
        let timer = state_key::timed(u64::MAX, &item);
        memory.state.insert(timer, encode(&item));
    }),
    (TIMERS, |_, memory| {
        let item = TimedItem::CloseExit(imvu(ID));
        let timer = state_key::timed(u64::MAX, &item);
        memory.state.insert(timer, encode(&item));
    }),
    (LISTED, |world, memory| {
        let more = world.name("zz.demo.example");
        alter::<ImvuNames>(memory, &names(), |all| all.names.push(more));
    }),
    (LISTED, |_, memory| {
        alter::<ImvuNames>(memory, &names(), |all| all.names.reverse());
    }),
    (LISTED, |_, memory| remove(memory, &names())),
    (LISTED, |_, memory| {
        let empty = encode(&ImvuNames::default());
        memory
            .state
            .insert(state_key::imvu_names(&imvu("IMVU-NONE")), empty);
    }),
];
