//! The speaker: signed numbers and the rules in words. People, names, tags and keys are numbers.

use super::super::reference::{period, start};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const HOUR: i128 = 3_600_000;
pub(super) const DAY: i128 = 24 * HOUR;
const VOTE: i128 = 30 * DAY;
const REGISTER_LOCK: i128 = 7 * DAY;
const LIST_LOCK: i128 = 30 * DAY;
pub(super) const TRUSTING: i128 = 14 * DAY;
const MINUTE: i128 = 60_000;

/// Four operators (the first the platform's), four who could become something, five officers, an attester.
pub(super) const PEOPLE: usize = 14;
pub(super) const OFFICERS: [usize; 5] = [8, 9, 10, 11, 12];
pub(super) const ATTESTER: usize = 13;
pub(super) const TAGS: usize = 4;
pub(super) const NAMES: usize = 3;

const APPLIED: u32 = 0;
pub(super) const GATE_1: u32 = 2001;
pub(super) const NOT_FOUND: u32 = 2101;
pub(super) const EXISTS: u32 = 2102;
pub(super) const WRONG_STATE: u32 = 2103;
const LIMIT: u32 = 2104;
pub(super) const NO_CHANGE: u32 = 2105;

/// What is proposed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    AdmitOfficer(usize),
    RemoveOfficer(usize),
    Threshold(usize),
    AdmitAttester(usize),
    RemoveAttester(usize),
    AdmitObserver(usize, bool),
    RemoveObserver(usize),
    AddSeat {
        operator: usize,
        key: u16,
    },
    /// By the key it has.
    RemoveSeat(u16),
    RotateSeat {
        key: u16,
        new: u16,
    },
    AddTag(usize),
    RemoveTag(usize),
    Deny(usize, bool),
    Allow(usize),
}

/// What changes together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Register {
    Officers,
    Attesters,
    Observers,
    Seats,
    Tags,
    Denied,
}

impl Change {
    pub(super) fn register(&self) -> Register {
        match self {
            Self::AdmitOfficer(_) | Self::RemoveOfficer(_) | Self::Threshold(_) => {
                Register::Officers
            }
            Self::AdmitAttester(_) | Self::RemoveAttester(_) => Register::Attesters,
            Self::AdmitObserver(..) | Self::RemoveObserver(_) => Register::Observers,
            Self::AddSeat { .. } | Self::RemoveSeat(_) | Self::RotateSeat { .. } => Register::Seats,
            Self::AddTag(_) | Self::RemoveTag(_) => Register::Tags,
            Self::Deny(..) | Self::Allow(_) => Register::Denied,
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.register(), Register::Tags | Register::Denied)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Op {
    Propose {
        by: usize,
        change: Change,
    },
    Vote {
        by: usize,
        proposal: usize,
        approve: bool,
        /// With the digest of that proposal; else of none.
        right: bool,
    },
    Withdraw {
        by: usize,
        proposal: usize,
    },
    Wait {
        hours: i128,
    },
    Halt {
        hours: i128,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    Open,
    Passed(i128),
    AtPeriod(i128),
    Queued,
    Executed,
    Rejected,
    Unvoted,
    Moved,
    Refused,
    Withdrawn,
}

impl Status {
    pub(super) fn is_pending(self) -> bool {
        matches!(
            self,
            Self::Open | Self::Passed(_) | Self::AtPeriod(_) | Self::Queued
        )
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Proposal {
    pub(super) change: Change,
    pub(super) proposer: usize,
    by_operator: bool,
    pub(super) basis: u32,
    pub(super) closes: i128,
    pub(super) votes: BTreeMap<usize, bool>,
    pub(super) status: Status,
    /// Of what is due at one instant, the lower comes first: the end of its vote, the end of its lock.
    pub(super) ranks: [[u8; 32]; 2],
}

/// A seat: whose, with which consensus key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seat {
    pub(super) operator: usize,
    pub(super) key: u16,
}

#[derive(Clone, Debug)]
pub(super) struct Speaker {
    pub(super) time: i128,
    pub(super) law: i128,
    pub(super) seats: Vec<Seat>,
    pub(super) officers: BTreeSet<usize>,
    pub(super) threshold: usize,
    pub(super) attesters: BTreeSet<usize>,
    /// Each with whether it is the platform's.
    pub(super) observers: BTreeMap<usize, bool>,
    pub(super) tags: BTreeSet<usize>,
    /// Each with whether what is below it is denied, too.
    pub(super) denied: BTreeMap<usize, bool>,
    pub(super) versions: BTreeMap<Register, u32>,
    pub(super) proposals: Vec<Proposal>,
    /// When how many seats changed.
    pub(super) recent: Vec<(i128, i128)>,
    pub(super) queue: Vec<usize>,
    pub(super) look: Option<i128>,
    /// The rank of that look.
    pub(super) seats_rank: [u8; 32],
    pub(super) fresh: u16,
}

impl Speaker {
    pub(super) fn is_operator(&self, who: usize) -> bool {
        self.seats.iter().any(|seat| seat.operator == who)
    }

    pub(super) fn version(&self, change: &Change) -> u32 {
        self.versions.get(&change.register()).copied().unwrap_or(0)
    }

    /// Lets time pass up to the block that the operation stands in.
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
        // What is due by the law's clock, the earliest first: votes end, locks end, seats have room.
        while let Some(next) = self.due() {
            match next {
                Due::Vote(id) => self.proposals[id].status = Status::Unvoted,
                Due::Lock(id) => self.unlock(id),
                Due::Seats => self.change_seats(),
            }
        }
        let mut begun: Vec<(i128, [u8; 32], usize)> = self
            .proposals
            .iter()
            .enumerate()
            .filter_map(|(id, proposal)| match proposal.status {
                Status::AtPeriod(at) if at <= self.time => Some((at, proposal.ranks[1], id)),
                _ => None,
            })
            .collect();
        begun.sort_unstable();
        for (_, _, id) in begun {
            let proposal = &self.proposals[id];
            if self.version(&proposal.change) == proposal.basis {
                self.take_effect(id);
            } else {
                self.proposals[id].status = Status::Moved;
            }
        }
    }

    fn due(&self) -> Option<Due> {
        let mut all: Vec<(i128, [u8; 32], u8, usize)> = self
            .proposals
            .iter()
            .enumerate()
            .filter_map(|(id, proposal)| match proposal.status {
                Status::Open => Some((proposal.closes, proposal.ranks[0], 0, id)),
                Status::Passed(due) => Some((due, proposal.ranks[1], 1, id)),
                _ => None,
            })
            .collect();
        all.extend(self.look.map(|at| (at, self.seats_rank, 2, 0)));
        all.retain(|(at, ..)| *at <= self.law);
        let (_, _, what, id) = all.into_iter().min()?;
        Some(match what {
            0 => Due::Vote(id),
            1 => Due::Lock(id),
            _ => Due::Seats,
        })
    }

    fn unlock(&mut self, id: usize) {
        let proposal = &self.proposals[id];
        if self.version(&proposal.change) != proposal.basis {
            self.proposals[id].status = Status::Moved;
        } else if proposal.change.is_list() {
            let begins = start(period(self.time) + 1);
            self.proposals[id].status = Status::AtPeriod(begins);
        } else if proposal.change.register() == Register::Seats
            && !(self.queue.is_empty() && self.has_room(id))
        {
            self.proposals[id].status = Status::Queued;
            self.queue.push(id);
            if self.queue.len() == 1 {
                self.look_again();
            }
        } else {
            self.take_effect(id);
        }
    }

    pub(super) fn act(&mut self, op: &Op) -> Option<u32> {
        self.advance(op);
        let answer = match op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Propose { by, change } => self.propose(*by, change),
            Op::Vote {
                by,
                proposal,
                approve,
                right,
            } => self.vote(*by, *proposal, *approve, *right),
            Op::Withdraw { by, proposal } => self.withdraw(*by, *proposal),
        };
        Some(answer.err().unwrap_or(APPLIED))
    }

    fn propose(&mut self, by: usize, change: &Change) -> Result<(), u32> {
        self.may_propose(by, change)?;
        self.allowed(change)?;
        let by_operator = self.is_operator(by);
        let pending = || self.proposals.iter().filter(|one| one.status.is_pending());
        let own = pending().filter(|one| one.proposer == by).count();
        let others = pending().filter(|one| !one.by_operator).count();
        if own >= 4 || pending().count() >= 64 || !by_operator && others >= 32 {
            return Err(LIMIT);
        }
        self.proposals.push(Proposal {
            change: change.clone(),
            proposer: by,
            by_operator,
            basis: self.version(change),
            closes: self.law + VOTE,
            votes: BTreeMap::new(),
            status: Status::Open,
            ranks: [[0; 32]; 2],
        });
        self.fresh += 1;
        Ok(())
    }

    fn may_propose(&self, by: usize, change: &Change) -> Result<(), u32> {
        let may = match change {
            Change::AdmitOfficer(who)
            | Change::AdmitAttester(who)
            | Change::AdmitObserver(who, _)
            | Change::AddSeat { operator: who, .. } => *who == by,
            Change::RemoveOfficer(who)
            | Change::RemoveAttester(who)
            | Change::RemoveObserver(who) => *who == by || self.is_operator(by),
            Change::RotateSeat { key, .. } => match self.seat(*key) {
                Some(seat) => seat.operator == by,
                None => self.is_operator(by),
            },
            _ => self.is_operator(by),
        };
        if may { Ok(()) } else { Err(GATE_1) }
    }

    fn vote(&mut self, by: usize, id: usize, approve: bool, right: bool) -> Result<(), u32> {
        if !self.is_operator(by) {
            return Err(GATE_1);
        }
        let proposal = &self.proposals[id];
        let votes = self.voters(&proposal.change);
        if !right
            || proposal.status != Status::Open
            || self.version(&proposal.change) != proposal.basis
            || !votes.contains(&by)
        {
            return Err(WRONG_STATE);
        }
        if proposal.votes.contains_key(&by) {
            return Err(EXISTS);
        }
        let law = self.law;
        let proposal = &mut self.proposals[id];
        proposal.votes.insert(by, approve);
        let count = |wanted| {
            let cast = votes
                .iter()
                .filter(|one| proposal.votes.get(one) == Some(&wanted));
            cast.count()
        };
        let needed = (2 * votes.len()).div_ceil(3);
        if count(true) >= needed {
            let lock = if proposal.change.is_list() {
                LIST_LOCK
            } else {
                REGISTER_LOCK
            };
            proposal.status = Status::Passed(law + lock);
        } else if votes.len() - count(false) < needed {
            proposal.status = Status::Rejected;
        }
        Ok(())
    }

    /// All seats but the one it is about, unless there is no other.
    fn voters(&self, change: &Change) -> Vec<usize> {
        let about = match change {
            Change::RemoveSeat(key) | Change::RotateSeat { key, .. } => Some(*key),
            _ => None,
        };
        let others = self.seats.iter().filter(|seat| Some(seat.key) != about);
        let others: Vec<usize> = others.map(|seat| seat.operator).collect();
        if others.is_empty() {
            self.seats.iter().map(|seat| seat.operator).collect()
        } else {
            others
        }
    }

    fn withdraw(&mut self, by: usize, id: usize) -> Result<(), u32> {
        let proposal = &mut self.proposals[id];
        if proposal.proposer != by {
            return Err(GATE_1);
        }
        if proposal.status != Status::Open {
            return Err(WRONG_STATE);
        }
        proposal.status = Status::Withdrawn;
        Ok(())
    }
}

enum Due {
    Vote(usize),
    Lock(usize),
    Seats,
}
