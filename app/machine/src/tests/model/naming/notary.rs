//! The notary: who holds which name and what hangs on it, in plain maps over the names' texts. Times are milliseconds of the law's
//! clock; a challenge is a number, each new one a larger number.

mod deeds;
mod proofs;

use super::super::Seen;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const HOUR: i128 = 3_600_000;
pub(super) const DAY: i128 = 24 * HOUR;
/// A block moves the law's clock by a minute at most.
const MINUTE: i128 = 60_000;
/// What a freed name of this network is locked for.
const LOCK: i128 = 365 * DAY;
/// A claim waits for its proof.
const CLAIM: i128 = 14 * DAY;
/// From one round of looks to the next.
const ROUND: i128 = 30 * DAY;
/// In which a holder proves its name again.
const REPROOF: i128 = 7 * DAY;
/// A grant that nobody uses.
const GRANT: i128 = 30 * DAY;
/// A transfer code, at most.
const CODE: i128 = 14;
const FREEZE: i128 = 30 * DAY;
const REST: i128 = 14 * DAY;

/// Alice, Bob and Carol, with one IMVU each.
pub(super) const CREATORS: usize = 3;
/// They, somebody without any, and an officer.
pub(super) const PEOPLE: usize = 5;
const ALICE: usize = 0;
pub(super) const OBSERVERS: usize = 4;

/// What is granted below.
const APEX: &str = "demo.example";
/// Approved in advance.
const APPROVED: &str = "imvu-b.world";
/// Denied with all below.
pub(super) const DENIED: &str = "no.world";
/// Every name that somebody wants.
pub(super) const NAMES: [&str; 17] = [
    "alice.demo.example",
    "x.alice.demo.example",
    "y.x.alice.demo.example",
    "z.alice.demo.example",
    "bob.demo.example",
    "x.bob.demo.example",
    "one.world",
    "x.one.world",
    "y.x.one.world",
    "z.one.world",
    "two.world",
    "x.two.world",
    APPROVED,
    "x.imvu-b.world",
    APEX,
    "x.no.world",
    "a_b.world",
];

const APPLIED: u32 = 0;
const GATE_1: u32 = 2001;
const GATE_3: u32 = 2003;
const GATE_4: u32 = 2004;
const NOT_FOUND: u32 = 2101;
const EXISTS: u32 = 2102;
const WRONG_STATE: u32 = 2103;
const NO_CHANGE: u32 = 2105;

/// A name's text.
pub(super) type Text = &'static str;

/// What somebody wants.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Claim {
        by: usize,
        imvu: usize,
        name: Text,
    },
    Prove {
        by: usize,
        imvu: usize,
        name: Text,
    },
    /// Of the challenge that is open, or the one before it.
    Observe {
        by: usize,
        imvu: usize,
        name: Text,
        seen: bool,
        current: bool,
    },
    /// These are the registered observers from now on: no transaction.
    Register {
        observers: BTreeSet<usize>,
    },
    Free {
        by: usize,
        name: Text,
    },
    Grant {
        by: usize,
        name: Text,
        child: Text,
        to: Option<usize>,
    },
    /// 0 and 1 are servers elsewhere, 2 is one below the name itself; none is a zone here.
    Delegate {
        by: usize,
        name: Text,
        to: Option<u8>,
    },
    /// For so many days; none takes it off.
    Code {
        by: usize,
        name: Text,
        days: Option<i128>,
    },
    /// With the code, or another.
    Redeem {
        by: usize,
        imvu: usize,
        name: Text,
        right: bool,
    },
    Record {
        by: usize,
        zone: Text,
        owner: Text,
        set: bool,
    },
    /// Alice's guardians.
    Freeze,
    Thaw,
    Wait {
        hours: i128,
    },
    Halt {
        hours: i128,
    },
}

/// A name that somebody holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Held {
    pub(super) by: usize,
    /// The owners of its records; none where it is served elsewhere.
    pub(super) zone: Option<BTreeSet<Text>>,
    /// When the code on it ends.
    pub(super) code: Option<i128>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Grant {
    pub(super) parent: Text,
    pub(super) by: usize,
    pub(super) to: usize,
    /// None once it is used.
    pub(super) expires: Option<i128>,
}

pub(super) type Votes = BTreeMap<usize, bool>;

/// What keeps an external name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Proof {
    pub(super) by: usize,
    pub(super) challenge: u32,
    pub(super) votes: Votes,
    pub(super) due: i128,
    /// It has to be proven again.
    pub(super) again: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Claim {
    pub(super) challenge: u32,
    pub(super) expires: i128,
    pub(super) votes: Votes,
    /// Proven, and settled then.
    pub(super) settles: Option<i128>,
}

/// All names, the block's clock and the law's.
#[derive(Clone, Debug, Default)]
pub(super) struct Notary {
    pub(super) time: i128,
    pub(super) law: i128,
    pub(super) held: BTreeMap<Text, Held>,
    pub(super) locked: BTreeMap<Text, i128>,
    /// Where a name is served, and whose it is.
    pub(super) delegated: BTreeMap<Text, (u8, Option<usize>)>,
    pub(super) grants: BTreeMap<Text, Grant>,
    pub(super) proofs: BTreeMap<Text, Proof>,
    pub(super) claims: BTreeMap<(Text, usize), Claim>,
    pub(super) observers: BTreeSet<usize>,
    pub(super) frozen_until: i128,
    pub(super) next_freeze: i128,
    /// Challenges given out.
    pub(super) challenges: u32,
    /// The one before the one that is open.
    pub(super) before: BTreeMap<(Text, usize), u32>,
    pub(super) seen: Seen,
}

/// Whether one name lies below another.
pub(super) fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above)
        .is_some_and(|rest| rest.ends_with('.'))
}

fn is_at_or_below(name: &str, above: &str) -> bool {
    name == above || is_below(name, above)
}

/// The names above, the nearest first, up to this network's own.
fn above(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |one| one.split_once('.').map(|(_, rest)| rest))
        .skip(1)
        .take_while(|one| *one != APEX)
}

/// Whether nobody can ever hold it.
fn is_nobodys(name: &str) -> bool {
    name == APEX || is_at_or_below(name, DENIED) || name.contains('_')
}

/// Whether this network grants it.
fn is_granted(name: &str) -> bool {
    is_below(name, APEX) || name == APPROVED
}

impl Notary {
    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    pub(super) fn is_frozen(&self) -> bool {
        self.frozen_until > self.law
    }

    pub(super) fn holder(&self, name: &str) -> Option<usize> {
        self.held.get(name).map(|held| held.by)
    }

    /// The nearest name above that somebody holds.
    fn nearest(&self, name: &str) -> Option<(Text, usize)> {
        above(name).find_map(|one| {
            let (known, held) = self.held.get_key_value(one)?;
            Some((*known, held.by))
        })
    }

    /// Who holds names below.
    fn below<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (Text, usize)> + 'a {
        let all = self.held.iter();
        all.filter(move |(one, _)| is_below(one, name))
            .map(|(one, held)| (*one, held.by))
    }

    /// Whether a grant lets an IMVU have a name now.
    fn lets(&self, grant: &Grant, name: &str) -> bool {
        match grant.expires {
            None => true,
            Some(expires) => {
                self.law <= expires && self.nearest(name) == Some((grant.parent, grant.by))
            }
        }
    }

    /// Whether the name lies in the IMVU's own scope, or in nobody's, or was granted to it.
    fn in_scope(&self, name: &str, imvu: usize) -> bool {
        if above(name).any(|one| self.delegated.contains_key(one)) {
            return false;
        }
        let grant = self.grants.get(name).filter(|grant| grant.to == imvu);
        self.nearest(name).is_none_or(|(_, holder)| holder == imvu)
            || grant.is_some_and(|grant| self.lets(grant, name))
    }

    fn challenge(&mut self, name: Text, imvu: usize, before: Option<u32>) -> u32 {
        if let Some(before) = before {
            self.before.insert((name, imvu), before);
        }
        self.challenges += 1;
        self.challenges
    }

    /// The challenge that an observer speaks of.
    pub(super) fn spoken_of(&self, name: Text, imvu: usize, current: bool) -> Option<u32> {
        if !current {
            return self.before.get(&(name, imvu)).copied();
        }
        let claim = self.claims.get(&(name, imvu)).map(|one| one.challenge);
        let proof = self.proofs.get(name).filter(|proof| proof.by == imvu);
        claim.or(proof.map(|one| one.challenge))
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
        while let Some(due) = self.next_due() {
            match due {
                Due::Round(name) => self.end_round(name),
                Due::Claim(name, imvu) => self.end_claim(name, imvu),
                Due::Grant(name) => {
                    self.grants.remove(name);
                    self.saw("a grant lapsed");
                }
            }
        }
    }

    /// The first of what is due.
    fn next_due(&self) -> Option<Due> {
        let rounds = self.proofs.iter();
        let rounds = rounds.map(|(name, proof)| (proof.due, Due::Round(name)));
        let claims = self.claims.iter().map(|((name, imvu), claim)| {
            let due = claim.settles.unwrap_or(claim.expires + 1);
            (due, Due::Claim(name, *imvu))
        });
        let grants = self.grants.iter();
        let grants =
            grants.filter_map(|(name, grant)| Some((grant.expires? + 1, Due::Grant(name))));
        rounds
            .chain(claims)
            .chain(grants)
            .filter(|(due, _)| *due <= self.law)
            .min()
            .map(|(_, due)| due)
    }

    /// Lets time pass and does it; the code it comes to, where it is a transaction.
    pub(super) fn act(&mut self, op: &Op) -> Option<u32> {
        let spoken_of = match op {
            Op::Observe {
                imvu,
                name,
                current,
                ..
            } => self.spoken_of(name, *imvu, *current),
            _ => None,
        };
        self.advance(op);
        Some(match op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Register { observers } => {
                self.observers = observers.clone();
                return None;
            }
            Op::Claim { by, imvu, name } => self.claim(*by, *imvu, name),
            Op::Prove { by, imvu, name } => self.prove(*by, *imvu, name),
            Op::Observe {
                by,
                imvu,
                name,
                seen,
                ..
            } => self.observe(*by, (name, *imvu), spoken_of, *seen),
            Op::Free { by, name } => self.release(*by, name),
            Op::Grant {
                by,
                name,
                child,
                to,
            } => self.grant(*by, name, child, *to),
            Op::Delegate { by, name, to } => self.delegate(*by, name, *to),
            Op::Code { by, name, days } => self.code(*by, name, *days),
            Op::Redeem {
                by,
                imvu,
                name,
                right,
            } => self.redeem(*by, *imvu, name, *right),
            Op::Record {
                by,
                zone,
                owner,
                set,
            } => self.record(*by, zone, owner, *set),
            Op::Freeze if self.is_frozen() => NO_CHANGE,
            Op::Freeze if self.next_freeze > self.law => WRONG_STATE,
            Op::Freeze => {
                self.frozen_until = self.law + FREEZE;
                self.next_freeze = self.frozen_until + REST;
                APPLIED
            }
            Op::Thaw if !self.is_frozen() => NO_CHANGE,
            Op::Thaw => {
                self.frozen_until = self.law;
                self.next_freeze = self.law + REST;
                APPLIED
            }
        })
    }
}

/// What falls due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Round(Text),
    Claim(Text, usize),
    Grant(Text),
}
