//! What no vote can bring about, and what a vote brings about.

use super::speaker::*;

/// Whether a part is a third of the whole, or more.
fn is_third(part: usize, whole: usize) -> bool {
    part > 0 && 3 * part >= whole
}

fn unless(fault: bool, code: u32) -> Result<(), u32> {
    if fault { Err(code) } else { Ok(()) }
}

impl Speaker {
    pub(super) fn seat(&self, key: u16) -> Option<Seat> {
        self.seats.iter().copied().find(|seat| seat.key == key)
    }

    fn platforms_observers(&self) -> usize {
        self.observers
            .values()
            .filter(|platform| **platform)
            .count()
    }

    fn is_platforms(&self, who: usize, claimed: bool) -> bool {
        claimed || who == 0 && self.is_operator(0)
    }

    /// What would be refused as things stand.
    pub(super) fn allowed(&self, change: &Change) -> Result<(), u32> {
        match change {
            Change::AdmitOfficer(who) => {
                unless(self.officers.contains(who), EXISTS)?;
                unless(self.is_operator(*who), WRONG_STATE)
            }
            Change::RemoveOfficer(who) => {
                unless(!self.officers.contains(who), NOT_FOUND)?;
                unless(self.threshold > self.officers.len() - 1, WRONG_STATE)
            }
            Change::Threshold(threshold) => {
                let fits = (2..=self.officers.len()).contains(threshold);
                unless(!fits, WRONG_STATE)?;
                unless(*threshold == self.threshold, NO_CHANGE)
            }
            Change::AdmitAttester(who) => {
                unless(self.attesters.contains(who), EXISTS)?;
                unless(self.is_operator(*who), WRONG_STATE)
            }
            Change::RemoveAttester(who) => {
                unless(!self.attesters.contains(who), NOT_FOUND)?;
                unless(self.attesters.len() == 1, WRONG_STATE)
            }
            Change::AdmitObserver(who, claimed) => {
                unless(self.observers.contains_key(who), EXISTS)?;
                let platform = self.is_platforms(*who, *claimed);
                let platforms = self.platforms_observers() + usize::from(platform);
                unless(
                    platform && is_third(platforms, self.observers.len() + 1),
                    WRONG_STATE,
                )
            }
            Change::RemoveObserver(who) => {
                let platform = *self.observers.get(who).ok_or(NOT_FOUND)?;
                let left = self.observers.len() - 1;
                unless(
                    !platform && is_third(self.platforms_observers(), left),
                    WRONG_STATE,
                )
            }
            Change::AddSeat { operator, key } => {
                let taken = self.is_operator(*operator) || self.seat(*key).is_some();
                unless(taken, EXISTS)?;
                let speaks = self.officers.contains(operator) || self.attesters.contains(operator);
                unless(speaks, WRONG_STATE)
            }
            Change::RemoveSeat(key) => {
                let seat = self.seat(*key).ok_or(NOT_FOUND)?;
                // The platform keeps less than a third, and so do the others keep more than two.
                let platform = usize::from(self.is_operator(0));
                let others_leave = seat.operator != 0 && platform == 1;
                unless(
                    others_leave && is_third(platform, self.seats.len() - 1),
                    WRONG_STATE,
                )?;
                unless(self.seats.len() == 1, WRONG_STATE)
            }
            Change::RotateSeat { key, new } => {
                self.seat(*key).ok_or(NOT_FOUND)?;
                unless(key == new, NO_CHANGE)?;
                unless(self.seat(*new).is_some(), EXISTS)
            }
            Change::AddTag(tag) => unless(self.tags.contains(tag), EXISTS),
            Change::RemoveTag(tag) => {
                unless(!self.tags.contains(tag), NOT_FOUND)?;
                unless(self.tags.len() == 1, WRONG_STATE)
            }
            Change::Deny(name, below) => unless(self.denied.get(name) == Some(below), NO_CHANGE),
            Change::Allow(name) => unless(!self.denied.contains_key(name), NOT_FOUND),
        }
    }

    pub(super) fn take_effect(&mut self, id: usize) {
        let change = self.proposals[id].change.clone();
        if self.allowed(&change).is_err() {
            self.proposals[id].status = Status::Refused;
            return;
        }
        if change.register() == Register::Seats {
            let (seats, _) = self.moves(&change);
            self.recent.push((self.law, seats));
        }
        match change {
            Change::AdmitOfficer(who) => {
                self.officers.insert(who);
            }
            Change::RemoveOfficer(who) => {
                self.officers.remove(&who);
            }
            Change::Threshold(threshold) => self.threshold = threshold,
            Change::AdmitAttester(who) => {
                self.attesters.insert(who);
            }
            Change::RemoveAttester(who) => {
                self.attesters.remove(&who);
            }
            Change::AdmitObserver(who, claimed) => {
                let platform = self.is_platforms(who, claimed);
                self.observers.insert(who, platform);
            }
            Change::RemoveObserver(who) => {
                self.observers.remove(&who);
            }
            Change::AddSeat { operator, key } => self.seats.push(Seat { operator, key }),
            Change::RemoveSeat(key) => self.seats.retain(|seat| seat.key != key),
            Change::RotateSeat { key, new } => {
                for seat in &mut self.seats {
                    if seat.key == key {
                        seat.key = new;
                    }
                }
            }
            Change::AddTag(tag) => {
                self.tags.insert(tag);
            }
            Change::RemoveTag(tag) => {
                self.tags.remove(&tag);
            }
            Change::Deny(name, below) => {
                self.denied.insert(name, below);
            }
            Change::Allow(name) => {
                self.denied.remove(&name);
            }
        }
        let register = self.proposals[id].change.register();
        *self.versions.entry(register).or_default() += 1;
        self.proposals[id].status = Status::Executed;
    }

    /// How many seats' power a change moves, and of how many, the greater of before and after.
    fn moves(&self, change: &Change) -> (i128, i128) {
        let all = self.seats.len() as i128;
        match change {
            Change::AddSeat { .. } => (1, all + 1),
            Change::RemoveSeat(key) if self.seat(*key).is_none() => (0, all),
            Change::RotateSeat { key, .. } if self.seat(*key).is_none() => (1, all + 1),
            _ => (1, all),
        }
    }

    /// Less than a third of the power changes in a trusting period; its first change always may.
    pub(super) fn has_room(&self, id: usize) -> bool {
        let (seats, all) = self.moves(&self.proposals[id].change);
        let counts = self
            .recent
            .iter()
            .filter(|(at, _)| at + TRUSTING > self.law);
        let spent: i128 = counts.map(|(_, seats)| seats).sum();
        seats == 0 || spent == 0 || 3 * (spent + seats) < all
    }

    pub(super) fn change_seats(&mut self) {
        self.look = None;
        while let Some(id) = self.queue.first().copied() {
            if !self.has_room(id) {
                break;
            }
            self.queue.remove(0);
            self.take_effect(id);
        }
        self.look_again();
    }

    pub(super) fn look_again(&mut self) {
        if self.queue.is_empty() {
            return;
        }
        let counts = self
            .recent
            .iter()
            .filter(|(at, _)| at + TRUSTING > self.law);
        let oldest = counts.map(|(at, _)| at + TRUSTING).next();
        self.look = Some(oldest.unwrap_or(self.law).max(self.law + 1));
    }
}
