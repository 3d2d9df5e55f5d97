//! Who keeps approvals: two quota fields, what was approved of them, what was proposed.

use super::super::Seen;

pub(super) const FIELDS: usize = 2;
const HOUR: i128 = 60 * 60 * 1000;
/// How long an approval may hold, and a proposal stay open.
const LIFE: i128 = 30 * 24 * HOUR;
/// How many officers the platform needs.
pub(super) const THRESHOLD: usize = 3;
/// Open proposals that an IMVU has at most.
const OPEN: usize = 32;

/// New values for some fields.
pub(super) type Wanted = [Option<u64>; FIELDS];

/// Who signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Who {
    Creator,
    Stranger,
    /// So many officers, the first of them in front.
    Officers(usize),
}

/// Who may use an approval.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum For {
    Platform,
    /// The officer who always signs in front.
    First,
    Stranger,
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Wait {
        hours: i128,
    },
    /// Off the ledger: somebody signs an approval of what stands now.
    Approve {
        by: Who,
        wanted: Wanted,
        whom: For,
        after: i128,
        span: i128,
    },
    Change {
        by: Who,
        wanted: Wanted,
        with: Option<usize>,
    },
    Propose {
        by: Who,
        wanted: Wanted,
        span: i128,
    },
    Sign {
        by: Who,
        ask: usize,
        with: usize,
    },
    Revoke {
        by: Who,
        approval: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    Used,
    Revoked,
}

#[derive(Clone, Debug)]
pub(super) struct Approved {
    by: Who,
    pub(super) wanted: Wanted,
    whom: For,
    /// What the named fields were, and how often each had been set.
    basis: [Option<(u64, u64)>; FIELDS],
    /// How often the others had been set.
    others: [u64; FIELDS],
    pub(super) from: i128,
    pub(super) until: i128,
    fate: Option<Fate>,
}

#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) wanted: Wanted,
    pub(super) until: i128,
    applied: bool,
}

/// What stands.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    pub(super) time: i128,
    pub(super) law: i128,
    pub(super) values: [u64; FIELDS],
    pub(super) versions: [u64; FIELDS],
    pub(super) approved: Vec<Approved>,
    pub(super) asks: Vec<Ask>,
    pub(super) seen: Seen,
}

impl Keeper {
    /// What became of an approval, as long as that is remembered: of a used one until it would have expired.
    pub(super) fn fate(&self, number: usize) -> Option<Fate> {
        let one = &self.approved[number];
        one.fate
            .filter(|fate| *fate == Fate::Revoked || self.law <= one.until)
    }

    /// Proposals that nobody has approved, and that may be still.
    pub(super) fn open(&self) -> usize {
        let asks = self.asks.iter();
        asks.filter(|ask| !ask.applied && self.law <= ask.until)
            .count()
    }

    /// Lets time pass up to the block that the operation stands in.
    pub(super) fn advance(&mut self, op: &Op) {
        match op {
            Op::Wait { hours } => {
                self.time += hours * HOUR;
                self.law += hours * HOUR;
            }
            Op::Approve { .. } => return,
            _ => {}
        }
        self.time += 1_000;
        self.law += 1_000;
    }

    /// What comes of it: the code, where it is a transaction.
    pub(super) fn act(&mut self, op: &Op) -> Option<u32> {
        self.advance(op);
        match op {
            Op::Wait { .. } => None,
            Op::Approve {
                by,
                wanted,
                whom,
                after,
                span,
            } => {
                let basis = std::array::from_fn(|at| {
                    wanted[at].map(|_| (self.values[at], self.versions[at]))
                });
                self.approved.push(Approved {
                    by: *by,
                    wanted: *wanted,
                    whom: *whom,
                    basis,
                    others: self.versions,
                    from: self.law + after * HOUR,
                    until: self.law + (after + span) * HOUR,
                    fate: None,
                });
                None
            }
            Op::Change { by, wanted, with } => Some(self.change(*by, wanted, *with)),
            Op::Propose { by, wanted, span } => Some(self.propose(*by, wanted, *span)),
            Op::Sign { by, ask, with } => Some(self.sign(*by, *ask, *with)),
            Op::Revoke { by, approval } => Some(self.revoke(*by, *approval)),
        }
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn change(&mut self, by: Who, wanted: &Wanted, with: Option<usize>) -> u32 {
        let cuts = (0..FIELDS).any(|at| wanted[at].is_some_and(|value| value < self.values[at]));
        let held = with.map_or(Err("the platform cut without an approval"), |number| {
            self.permits(number, by, wanted)
        });
        match by {
            Who::Creator => {}
            Who::Stranger => {
                self.saw("nobody's business");
                return 2001;
            }
            Who::Officers(number) => {
                if let (true, Err(why)) = (cuts, held) {
                    self.saw(why);
                    return 2015;
                }
                if number < THRESHOLD {
                    self.saw("too few officers");
                    return 2017;
                }
            }
        }
        if self.set(wanted).is_none() {
            return 2105;
        }
        if by == Who::Creator {
            if cuts {
                self.saw("the creator cut");
            }
            return 0;
        }
        self.saw(if cuts {
            "the platform cut what was approved"
        } else {
            "the platform raised alone"
        });
        if let (Some(number), Ok(())) = (with, held) {
            self.approved[number].fate = Some(Fate::Used);
        }
        0
    }

    /// Sets what was asked for, if that changes anything.
    fn set(&mut self, wanted: &Wanted) -> Option<()> {
        let changes =
            (0..FIELDS).any(|at| wanted[at].is_some_and(|value| value != self.values[at]));
        if !changes {
            return None;
        }
        for (at, value) in wanted.iter().enumerate() {
            if let Some(value) = value {
                self.values[at] = *value;
                self.versions[at] += 1;
            }
        }
        Some(())
    }

    /// Whether an approval lets somebody make this change now.
    fn permits(&mut self, number: usize, by: Who, wanted: &Wanted) -> Result<(), &'static str> {
        let fate = self.fate(number);
        let one = self.approved[number].clone();
        if one.by != Who::Creator {
            return Err("an approval was not the creator's");
        }
        let reaches = match one.whom {
            For::Platform => true,
            For::First => matches!(by, Who::Officers(_)),
            For::Stranger => by == Who::Stranger,
        };
        if !reaches {
            return Err("an approval was for somebody else");
        }
        match fate {
            Some(Fate::Used) => return Err("an approval was used before"),
            Some(Fate::Revoked) => return Err("an approval was revoked before"),
            None => {}
        }
        if self.law > one.until || one.until - one.from > LIFE {
            return Err("an approval had expired");
        }
        if self.law < one.from {
            return Err("an approval was not valid yet");
        }
        if one.wanted != *wanted {
            return Err("an approval was of another change");
        }
        for at in 0..FIELDS {
            let now = (self.values[at], self.versions[at]);
            if one.basis[at].is_some_and(|basis| basis != now) {
                return Err("what it named had moved");
            }
        }
        if one.others != self.versions {
            self.saw("what it did not name had moved");
        }
        Ok(())
    }

    fn propose(&mut self, by: Who, wanted: &Wanted, span: i128) -> u32 {
        match by {
            Who::Officers(number) if number < THRESHOLD => return 2017,
            Who::Officers(_) => {}
            Who::Creator | Who::Stranger => return 2001,
        }
        if self.open() >= OPEN {
            return 2104;
        }
        if span <= 0 || span * HOUR > LIFE {
            return 2106;
        }
        let until = self.law + span * HOUR;
        self.asks.push(Ask {
            wanted: *wanted,
            until,
            applied: false,
        });
        0
    }

    fn sign(&mut self, by: Who, ask: usize, with: usize) -> u32 {
        let Some(asked) = self.asks.get(ask).cloned() else {
            return 2101;
        };
        if by != Who::Creator {
            return 2001;
        }
        if self.approved[with].whom != For::Platform {
            return 2015;
        }
        if self.permits(with, by, &asked.wanted).is_err() {
            return 2015;
        }
        if asked.applied {
            self.saw("a proposal was approved before");
            return 2103;
        }
        if self.law > asked.until {
            self.saw("a proposal had ended");
            return 2106;
        }
        if self.set(&asked.wanted).is_none() {
            return 2105;
        }
        self.saw("a proposal was approved");
        self.asks[ask].applied = true;
        self.approved[with].fate = Some(Fate::Used);
        0
    }

    fn revoke(&mut self, by: Who, approval: usize) -> u32 {
        if by != Who::Creator {
            return 2001;
        }
        if self.fate(approval).is_some() {
            return 2103;
        }
        self.approved[approval].fate = Some(Fate::Revoked);
        0
    }
}
