//! What the seeds showed.

use nexus_types::block::Event;
use nexus_types::domain::ExternalStep;

use crate::instance::Counts;

/// What a seed showed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) applied: u64,
    pub(crate) denied: u64,
    pub(crate) inadmissible: u64,
    pub(crate) removed: u64,
    pub(crate) rejected: u64,
    /// IMVUs that began to run, that ended, hours of usage that were sealed, drifts that were told.
    pub(crate) started: u64,
    pub(crate) stopped: u64,
    pub(crate) hours: u64,
    pub(crate) drifts: u64,
    /// Readings that no quota permits, or that ran backwards.
    pub(crate) implausible: u64,
    /// What happened to money: entries, statements, periods closed, debts' steps, containments, books that differ.
    pub(crate) entries: u64,
    pub(crate) statements: u64,
    pub(crate) closed: u64,
    pub(crate) debts: u64,
    pub(crate) contained: u64,
    pub(crate) differing: u64,
    /// Steps of external names, and of these: names that were bound, called in question, proven again, lost.
    pub(crate) external: u64,
    pub(crate) bound: u64,
    pub(crate) questioned: u64,
    pub(crate) reproved: u64,
    pub(crate) lost_names: u64,
    pub(crate) counts: Counts,
    pub(crate) kinds: u128,
}

impl Counts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.crashes += other.crashes;
        self.torn += other.torn;
        self.lost += other.lost;
        self.flips += other.flips;
        self.flips_refused += other.flips_refused;
        self.flips_stopped += other.flips_stopped;
        self.replayed += other.replayed;
        self.joined += other.joined;
        self.refused += other.refused;
        self.served += other.served;
        self.silent += other.silent;
    }
}

impl Seen {
    pub(super) fn count(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Started(_) => self.started += 1,
                Event::Stopped(_) => self.stopped += 1,
                Event::Usage(_) => self.hours += 1,
                Event::Drift(_) => self.drifts += 1,
                Event::Implausible { .. } => self.implausible += 1,
                Event::Money(_) => self.entries += 1,
                Event::Statement(_) => self.statements += 1,
                Event::PeriodClosed(_) => self.closed += 1,
                Event::Debt { .. } => self.debts += 1,
                Event::Contained { .. } => self.contained += 1,
                Event::BooksDiffer(_) => self.differing += 1,
                Event::ExternalName(entry) => self.step(entry.step),
                _ => {}
            }
        }
    }

    fn step(&mut self, step: ExternalStep) {
        self.external += 1;
        match step {
            ExternalStep::Bound => self.bound += 1,
            ExternalStep::Reproof(_) => self.questioned += 1,
            ExternalStep::Reproved => self.reproved += 1,
            ExternalStep::Lost => self.lost_names += 1,
            ExternalStep::Proven(_) | ExternalStep::ClaimEnded => {}
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.applied += other.applied;
        self.denied += other.denied;
        self.inadmissible += other.inadmissible;
        self.removed += other.removed;
        self.rejected += other.rejected;
        self.started += other.started;
        self.stopped += other.stopped;
        self.hours += other.hours;
        self.drifts += other.drifts;
        self.implausible += other.implausible;
        self.entries += other.entries;
        self.statements += other.statements;
        self.closed += other.closed;
        self.debts += other.debts;
        self.contained += other.contained;
        self.differing += other.differing;
        self.external += other.external;
        self.bound += other.bound;
        self.questioned += other.questioned;
        self.reproved += other.reproved;
        self.lost_names += other.lost_names;
        self.kinds |= other.kinds;
        self.counts.add(&other.counts);
    }
}
