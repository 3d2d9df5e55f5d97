//! The porter: who may leave with what, and when, in plain numbers and maps. Times are milliseconds of the law's clock.

mod steps;

use super::super::Seen;
use std::collections::BTreeMap;

pub(super) const HOUR: i128 = 3_600_000;
pub(super) const DAY: i128 = 24 * HOUR;
/// A block moves the law's clock by a minute at most.
const MINUTE: i128 = 60_000;
/// Without an export for so long, an exit is overdue.
const OVERDUE: i128 = 3 * DAY;
/// Protection from the announcement.
const PROTECTION: i128 = 90 * DAY;
/// Protection from the export and from the end; between a release and the end that comes by itself.
const AFTER: i128 = 30 * DAY;
/// Between two announcements.
const INTERVAL: i128 = 180 * DAY;
/// A freeze, and the rest after one.
const FREEZE: i128 = 30 * DAY;
const REST: i128 = 14 * DAY;
/// Names of one IMVU.
const NAMES: usize = 32;

/// The first two are Alice's, the others Bob's; the first of each runs on a host.
pub(super) const IMVUS: usize = 4;

const APPLIED: u32 = 0;
const GATE_1: u32 = 2001;
const GATE_3: u32 = 2003;
const GATE_4: u32 = 2004;
const GATE_8: u32 = 2008;
const GATE_12: u32 = 2012;
const GATE_13: u32 = 2013;
const GATE_15: u32 = 2015;
const GATE_17: u32 = 2017;
const NOT_FOUND: u32 = 2101;
const WRONG_STATE: u32 = 2103;
const LIMIT: u32 = 2104;
const NO_CHANGE: u32 = 2105;

pub(super) fn is_alices(imvu: usize) -> bool {
    imvu < 2
}

pub(super) fn is_hosted(imvu: usize) -> bool {
    imvu.is_multiple_of(2)
}

/// Who signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    Creator,
    /// Whom Alice lets operate her IMVUs.
    Member,
    /// So many officers of the platform.
    Officers(usize),
    /// The other creator.
    Other,
    Stranger,
    /// So many of the four seats.
    Seats(usize),
    /// The compute agent of the host.
    Host,
    /// Its mail agent.
    Postman,
}

/// What comes with a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Approval {
    None,
    /// The creator's, of exactly this change.
    Creators,
    /// The other creator's.
    Others,
    /// The creator's, of another change.
    OfElse,
}

/// What somebody wants.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Announce {
        imvu: usize,
        by: Who,
    },
    Cancel {
        imvu: usize,
        by: Who,
    },
    /// Of the exit's number, or the one after it; as everything stands, or with an entry too many.
    Inventory {
        imvu: usize,
        by: Who,
        right: bool,
        honest: bool,
    },
    Archive {
        imvu: usize,
        by: Who,
        right: bool,
    },
    /// The answer for the exit's snapshot.
    Snapshot {
        imvu: usize,
        by: Who,
        lost: bool,
    },
    /// With the digest that was recorded, or another.
    Confirm {
        imvu: usize,
        by: Who,
        right: bool,
    },
    Release {
        imvu: usize,
        by: Who,
        loss: bool,
    },
    Close {
        imvu: usize,
        by: Who,
    },
    Obstruction {
        imvu: usize,
        by: Who,
    },
    Block {
        imvu: usize,
        by: Who,
    },
    Suspend {
        imvu: usize,
        by: Who,
    },
    /// Thousandths of a processor.
    Quota {
        imvu: usize,
        by: Who,
        to: u64,
        approval: Approval,
    },
    Policy {
        imvu: usize,
        by: Who,
        open: bool,
        approval: Approval,
    },
    /// An address in the zone that the IMVU had from the start.
    Record {
        imvu: usize,
        by: Who,
        last: u8,
    },
    /// A name that nobody had.
    Claim {
        imvu: usize,
        by: Who,
    },
    /// One of its names; the one from the start where it has none.
    Free {
        imvu: usize,
        by: Who,
        name: usize,
    },
    Sale {
        imvu: usize,
        gross: i128,
    },
    /// Enough of Alice's guardians, or one of them.
    Freeze {
        enough: bool,
    },
    Thaw {
        enough: bool,
    },
    /// The chain goes on for so long.
    Wait {
        hours: i128,
    },
    /// The chain stands for so long.
    Halt {
        hours: i128,
    },
}

/// How far an exit has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    Announced,
    Exporting,
    Exported,
    Released,
    Closed,
    Cancelled,
}

/// What a creator has authored.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Authored {
    pub(super) quota: u64,
    pub(super) open: bool,
    /// With the height of each zone's last change, and its one address.
    pub(super) names: BTreeMap<String, (u64, Option<u8>)>,
}

/// An exit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Exit {
    pub(super) number: u64,
    pub(super) stage: Stage,
    pub(super) announced: i128,
    pub(super) snapshot: Option<u64>,
    /// The host has not answered for its snapshot.
    pub(super) asked: bool,
    pub(super) inventory: bool,
    pub(super) archive: bool,
    pub(super) exported: Option<i128>,
    pub(super) released: Option<i128>,
    pub(super) closed: Option<i128>,
    pub(super) cancelled: Option<i128>,
    pub(super) late: Option<(i128, Option<i128>)>,
    pub(super) obstructed: bool,
    pub(super) baseline: Authored,
    pub(super) set_at: u64,
    pub(super) changes: u64,
}

impl Exit {
    fn awaits_export(&self) -> bool {
        matches!(self.stage, Stage::Announced | Stage::Exporting)
    }

    pub(super) fn can_stay(&self) -> bool {
        self.awaits_export() || self.stage == Stage::Exported
    }

    pub(super) fn is_late(&self) -> bool {
        matches!(self.late, Some((_, None)))
    }

    /// From the announcement until 90 days later, 30 days after the export, or 30 days after the end, whichever is last;
    /// what is released will end.
    pub(super) fn protects(&self, law: i128) -> bool {
        let recent = |at: Option<i128>| at.is_some_and(|at| law < at + AFTER);
        self.stage != Stage::Cancelled
            && (law < self.announced + PROTECTION
                || recent(self.exported)
                || self.stage == Stage::Released
                || recent(self.closed))
    }
}

/// Whether an IMVU runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Runs {
    Here,
    /// Its host was told to stop it.
    Stopping,
    Nowhere,
}

/// An IMVU.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Home {
    pub(super) runs: Runs,
    pub(super) authored: Authored,
    pub(super) exit: Option<Exit>,
    /// Snapshots that were asked for.
    pub(super) snapshots: u64,
    /// The platform's share that waits.
    pub(super) escrow: i128,
    /// Its next name is freed with the next block.
    freeing: bool,
}

/// All IMVUs, the block's clock and the law's.
#[derive(Clone, Debug)]
pub(super) struct Porter {
    pub(super) time: i128,
    pub(super) law: i128,
    /// Of the next block.
    pub(super) height: u64,
    pub(super) homes: Vec<Home>,
    /// The name each had from the start.
    pub(super) first: Vec<String>,
    pub(super) income: i128,
    pub(super) frozen_until: i128,
    pub(super) next_freeze: i128,
    pub(super) fresh: u32,
    pub(super) seen: Seen,
}

impl Porter {
    pub(super) fn new(time: i128, law: i128, height: u64, homes: Vec<(Authored, Runs)>) -> Self {
        let first = homes
            .iter()
            .map(|(one, _)| one.names.keys().next().unwrap());
        Self {
            time,
            law,
            height,
            first: first.cloned().collect(),
            homes: homes
                .into_iter()
                .map(|(authored, runs)| Home {
                    runs,
                    authored,
                    exit: None,
                    snapshots: 0,
                    escrow: 0,
                    freeing: false,
                })
                .collect(),
            income: 0,
            frozen_until: 0,
            next_freeze: 0,
            fresh: 0,
            seen: Seen::new(),
        }
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.frozen_until > self.law
    }

    pub(super) fn protects(&self, imvu: usize) -> bool {
        let exit = self.homes[imvu].exit.as_ref();
        exit.is_some_and(|exit| exit.protects(self.law))
    }

    pub(super) fn is_late(&self, imvu: usize) -> bool {
        self.homes[imvu].exit.as_ref().is_some_and(Exit::is_late)
    }

    /// Which of an IMVU's names is meant.
    pub(super) fn named(&self, imvu: usize, name: usize) -> String {
        let names = &self.homes[imvu].authored.names;
        let nth = names.keys().nth(name % names.len().max(1));
        nth.unwrap_or(&self.first[imvu]).clone()
    }

    /// What a name is called that nobody had.
    pub(super) fn fresh_name(&self) -> String {
        format!("n{:06}.demo.example", self.fresh)
    }

    /// The time of the block that an operation stands in, and what comes of the time until then.
    pub(super) fn advance(&mut self, op: &Op) {
        match op {
            Op::Wait { hours } => {
                self.time += hours * HOUR;
                self.law += hours * HOUR;
                self.block(1_000);
            }
            Op::Halt { hours } => self.block(hours * HOUR),
            _ => self.block(1_000),
        }
    }

    fn block(&mut self, span: i128) {
        self.time += span;
        self.law += span.min(MINUTE);
        (0..IMVUS).for_each(|imvu| self.settle(imvu));
    }

    /// What falls due.
    fn settle(&mut self, imvu: usize) {
        let law = self.law;
        if self.homes[imvu].freeing {
            self.free_next(imvu);
        }
        let Some(exit) = &mut self.homes[imvu].exit else {
            return;
        };
        let overdue = exit.awaits_export() && exit.announced + OVERDUE <= law;
        if overdue && exit.late.is_none() && !exit.obstructed {
            exit.late = Some((law, None));
            self.saw("an exit was overdue");
            return;
        }
        let over = exit.released.is_some_and(|at| at + AFTER <= law);
        if exit.stage == Stage::Released && over {
            self.end(imvu);
            self.saw("an exit closed by itself");
        }
    }

    fn free_next(&mut self, imvu: usize) {
        let home = &mut self.homes[imvu];
        if home.authored.names.pop_first().is_some() {
            self.authored_anew(imvu);
            self.saw("a name was freed after an end");
        }
        let home = &mut self.homes[imvu];
        home.freeing = !home.authored.names.is_empty();
    }

    fn end(&mut self, imvu: usize) {
        let law = self.law;
        let home = &mut self.homes[imvu];
        home.runs = Runs::Nowhere;
        home.freeing = true;
        if let Some(exit) = &mut home.exit {
            exit.stage = Stage::Closed;
            exit.closed = Some(law);
        }
    }

    /// The creator has changed what it authored: that is its baseline from now on, as long as there is protection.
    fn authored_anew(&mut self, imvu: usize) {
        let (law, height) = (self.law, self.height);
        let home = &mut self.homes[imvu];
        let Some(exit) = home.exit.as_mut().filter(|exit| exit.protects(law)) else {
            return;
        };
        if exit.baseline != home.authored {
            exit.baseline = home.authored.clone();
            exit.set_at = height;
            exit.changes += 1;
            self.saw("a creator moved its baseline");
        }
    }

    /// Lets time pass and does it; the code it comes to, where it is a transaction. Only on 0 has it changed anything.
    pub(super) fn act(&mut self, op: &Op) -> Option<u32> {
        self.advance(op);
        let code = match op {
            Op::Wait { .. } | Op::Halt { .. } => None,
            _ => Some(self.take(op)),
        };
        self.height += 1;
        code
    }
}
