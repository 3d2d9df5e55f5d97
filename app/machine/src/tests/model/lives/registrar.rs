//! The registrar: signed numbers and the rules in words. People are numbers; so are keys, each new one a larger number.

use std::collections::BTreeSet;

pub(super) const HOUR: i128 = 3_600_000;
const DAY: i128 = 24 * HOUR;
/// Guardians' delay, and the length of a freeze.
pub(super) const DELAY: i128 = 7 * DAY;
pub(super) const FREEZE: i128 = 30 * DAY;
/// A block moves the law's clock by a minute at most.
const MINUTE: i128 = 60_000;

pub(super) const PEOPLE: usize = 9;
/// Two officers and the operator of the platform's seat.
pub(super) const PLATFORM: [usize; 3] = [5, 6, 7];
pub(super) const ATTESTER: usize = 8;

const APPLIED: u32 = 0;
const BAD_SIGNATURE: u32 = 1060;
const GATE_1: u32 = 2001;
const NOT_FOUND: u32 = 2101;
const WRONG_STATE: u32 = 2103;
const NO_CHANGE: u32 = 2105;
/// No processor would pay it.
const UNPAID: u32 = NOT_FOUND;

/// What somebody wants.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Choose {
        who: usize,
        guardians: BTreeSet<usize>,
        threshold: usize,
    },
    /// The first signs the transaction, the others beside it.
    Freeze {
        whom: usize,
        by: Vec<usize>,
    },
    Thaw {
        whom: usize,
        by: Vec<usize>,
    },
    Recover {
        whom: usize,
        by: Vec<usize>,
        /// With the key it has.
        same: bool,
        attested: bool,
    },
    Veto {
        whom: usize,
        by: Vec<usize>,
    },
    Rotate {
        who: usize,
        same: bool,
    },
    Revoke {
        who: usize,
    },
    /// Money that is not there: asked for to see whether a freeze comes first.
    Payout {
        who: usize,
    },
    /// The same with the key before the present one.
    Stale {
        who: usize,
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

/// Guardians that wait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub(super) guardians: BTreeSet<usize>,
    pub(super) threshold: usize,
    pub(super) due: i128,
}

/// A key that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Recovery {
    pub(super) key: u16,
    pub(super) generation: u32,
    pub(super) due: i128,
    pub(super) attested: bool,
}

/// One identity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Life {
    pub(super) alive: bool,
    /// Every key it had; the last is in force.
    pub(super) keys: Vec<u16>,
    pub(super) guardians: BTreeSet<usize>,
    pub(super) threshold: usize,
    pub(super) frozen_until: i128,
    pub(super) next_freeze: i128,
    pub(super) choice: Option<Choice>,
    pub(super) recovery: Option<Recovery>,
}

impl Life {
    pub(super) fn new(key: u16) -> Self {
        Self {
            alive: true,
            keys: vec![key],
            guardians: BTreeSet::new(),
            threshold: 0,
            frozen_until: 0,
            next_freeze: 0,
            choice: None,
            recovery: None,
        }
    }

    pub(super) fn key(&self) -> u16 {
        self.keys[self.keys.len() - 1]
    }

    pub(super) fn generation(&self) -> u32 {
        self.keys.len() as u32 - 1
    }
}

/// All identities, the block's clock and the law's.
#[derive(Clone, Debug)]
pub(super) struct Registrar {
    pub(super) time: i128,
    pub(super) law: i128,
    pub(super) people: Vec<Life>,
    pub(super) fresh: u16,
}

impl Registrar {
    pub(super) fn is_frozen(&self, who: usize) -> bool {
        self.people[who].frozen_until > self.law
    }

    /// What time the block is that an operation stands in, and what comes of the time until then.
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

    /// A block so much later.
    fn block(&mut self, span: i128) {
        self.time += span;
        self.law += span.min(MINUTE);
        for who in 0..PEOPLE {
            self.settle(who);
        }
    }

    fn settle(&mut self, who: usize) {
        let (law, frozen) = (self.law, self.is_frozen(who));
        let life = &mut self.people[who];
        if let Some(recovery) = life.recovery.take_if(|one| one.due <= law) {
            let stands = life.alive && life.generation() + 1 == recovery.generation;
            if stands && (recovery.attested || !frozen) {
                life.keys.push(recovery.key);
                life.choice = None;
                if frozen {
                    life.frozen_until = law;
                    life.next_freeze = law + 2 * DELAY;
                }
            }
        }
        if let Some(choice) = life.choice.take_if(|one| one.due <= law) {
            life.guardians = choice.guardians;
            life.threshold = choice.threshold;
        }
    }

    /// Guardians, as many as act together, not all of them the platform's.
    fn guardians_signed(&self, whom: usize, by: &[usize]) -> bool {
        let life = &self.people[whom];
        let signed: Vec<usize> = life
            .guardians
            .iter()
            .copied()
            .filter(|one| by.contains(one) && self.people[*one].alive)
            .collect();
        !signed.is_empty()
            && signed.len() >= life.threshold
            && signed.iter().any(|one| !PLATFORM.contains(one))
    }

    /// Lets time pass and does it; the code it comes to, where it is a transaction.
    pub(super) fn act(&mut self, op: &Op) -> Option<u32> {
        self.advance(op);
        let code = match op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Choose {
                who,
                guardians,
                threshold,
            } => self.choose(*who, guardians, *threshold),
            Op::Freeze { whom, by } => self.freeze(*whom, by),
            Op::Thaw { whom, by } => self.thaw(*whom, by),
            Op::Recover {
                whom,
                by,
                same,
                attested,
            } => self.recover(*whom, by, *same, *attested),
            Op::Veto { whom, by } => self.veto(*whom, by),
            Op::Rotate { who, same } => self.rotate(*who, *same),
            Op::Revoke { who } => self.revoke(*who),
            Op::Payout { who } if self.may(*who) => UNPAID,
            Op::Payout { .. } => GATE_1,
            Op::Stale { who } if self.people[*who].keys.len() > 1 => BAD_SIGNATURE,
            Op::Stale { who } if self.may(*who) => UNPAID,
            Op::Stale { .. } => GATE_1,
        };
        Some(code)
    }

    /// Whether somebody may do what a thief would want to.
    fn may(&self, who: usize) -> bool {
        self.people[who].alive && !self.is_frozen(who)
    }

    fn choose(&mut self, who: usize, guardians: &BTreeSet<usize>, threshold: usize) -> u32 {
        if !self.may(who) {
            return GATE_1;
        }
        let none = guardians.is_empty() && threshold == 0;
        let fit = (2..=guardians.len()).contains(&threshold)
            && !guardians.contains(&who)
            && guardians.iter().all(|one| self.people[*one].alive);
        let platforms = guardians
            .iter()
            .filter(|one| PLATFORM.contains(one))
            .count();
        if !none && (!fit || platforms >= threshold) {
            return WRONG_STATE;
        }
        let due = self.law + DELAY;
        let life = &mut self.people[who];
        if life.guardians == *guardians && life.threshold == threshold && life.choice.is_none() {
            return NO_CHANGE;
        }
        if life.guardians.is_empty() {
            life.guardians = guardians.clone();
            life.threshold = threshold;
        } else {
            life.choice = Some(Choice {
                guardians: guardians.clone(),
                threshold,
                due,
            });
        }
        APPLIED
    }

    fn freeze(&mut self, whom: usize, by: &[usize]) -> u32 {
        if !self.people[by[0]].alive || !self.guardians_signed(whom, by) {
            return GATE_1;
        }
        if self.is_frozen(whom) {
            return NO_CHANGE;
        }
        let law = self.law;
        let life = &mut self.people[whom];
        if life.next_freeze > law {
            return WRONG_STATE;
        }
        life.choice = None;
        life.frozen_until = law + FREEZE;
        life.next_freeze = life.frozen_until + 2 * DELAY;
        APPLIED
    }

    fn thaw(&mut self, whom: usize, by: &[usize]) -> u32 {
        if !self.people[by[0]].alive || !self.guardians_signed(whom, by) {
            return GATE_1;
        }
        if !self.is_frozen(whom) {
            return NO_CHANGE;
        }
        let life = &mut self.people[whom];
        life.frozen_until = self.law;
        life.next_freeze = self.law + 2 * DELAY;
        APPLIED
    }

    fn recover(&mut self, whom: usize, by: &[usize], same: bool, attested: bool) -> u32 {
        if !self.people[by[0]].alive || !self.guardians_signed(whom, by) {
            return GATE_1;
        }
        let heard = self.people[ATTESTER].alive && !self.people[whom].guardians.contains(&ATTESTER);
        if attested && !heard || !attested && self.is_frozen(whom) {
            return GATE_1;
        }
        let (law, fresh) = (self.law, self.fresh);
        let life = &mut self.people[whom];
        if !life.alive {
            return WRONG_STATE;
        }
        if same {
            return NO_CHANGE;
        }
        life.recovery = Some(Recovery {
            key: fresh,
            generation: life.generation() + 1,
            due: law + DELAY,
            attested,
        });
        self.fresh += 1;
        APPLIED
    }

    fn veto(&mut self, whom: usize, by: &[usize]) -> u32 {
        let holder = by[0] == whom && !self.is_frozen(whom);
        if !self.people[by[0]].alive || !(holder || self.guardians_signed(whom, by)) {
            return GATE_1;
        }
        let life = &mut self.people[whom];
        if life.choice.is_none() && life.recovery.is_none() {
            return NOT_FOUND;
        }
        life.choice = None;
        life.recovery = None;
        APPLIED
    }

    fn rotate(&mut self, who: usize, same: bool) -> u32 {
        if !self.may(who) {
            return GATE_1;
        }
        if same {
            return NO_CHANGE;
        }
        self.people[who].keys.push(self.fresh);
        self.fresh += 1;
        APPLIED
    }

    fn revoke(&mut self, who: usize) -> u32 {
        if !self.may(who) {
            return GATE_1;
        }
        self.people[who].alive = false;
        APPLIED
    }
}
