//! What holders do with their names, and who becomes one.

use super::*;

impl Notary {
    fn is_held_back(&self, by: usize) -> bool {
        by == ALICE && self.is_frozen()
    }

    pub(super) fn claim(&mut self, by: usize, imvu: usize, name: Text) -> u32 {
        if by != imvu {
            return GATE_1;
        }
        if is_nobodys(name) {
            return GATE_3;
        }
        if !is_granted(name) {
            let covers = self.nearest(name).and_then(|(one, _)| self.proofs.get(one));
            match covers {
                None => return GATE_3,
                Some(proof) if proof.again => {
                    self.saw("a name in question covered none below");
                    return GATE_3;
                }
                Some(_) => {}
            }
        }
        let others = self.holder(name).is_some_and(|holder| holder != imvu);
        let locked = self.locked.get(name).is_some_and(|until| self.law < *until);
        if locked {
            self.saw("a name was locked");
        }
        if others || locked {
            return GATE_3;
        }
        if !self.in_scope(name, imvu) {
            self.saw("a name lay in another's scope");
            return GATE_3;
        }
        if self.below(name).any(|(_, holder)| holder != imvu) {
            self.saw("another held a name below");
            return GATE_3;
        }
        if self.holder(name).is_some() {
            return EXISTS;
        }
        if self.bind(name, imvu, None) {
            APPLIED
        } else {
            self.saw("records stood in the way");
            WRONG_STATE
        }
    }

    /// Whether there was room for it.
    pub(super) fn bind(&mut self, name: Text, imvu: usize, challenge: Option<u32>) -> bool {
        let nearest = self
            .nearest(name)
            .and_then(|(one, _)| self.held[one].zone.as_ref());
        let mut records = nearest.into_iter().flatten();
        if records.any(|owner| is_at_or_below(owner, name)) {
            return false;
        }
        self.claims.remove(&(name, imvu));
        let grant = self.grants.get(name).filter(|grant| grant.to == imvu);
        if grant.is_some_and(|grant| self.lets(grant, name)) {
            self.use_grant(name, imvu);
        }
        self.locked.remove(name);
        if self.delegated.remove(name).is_some() {
            self.saw("a delegation ended with a new holder");
        }
        let held = Held {
            by: imvu,
            zone: Some(BTreeSet::new()),
            code: None,
        };
        self.held.insert(name, held);
        if !is_granted(name) {
            self.watch(name, imvu, challenge);
        }
        true
    }

    fn use_grant(&mut self, name: Text, imvu: usize) {
        if let Some(grant) = self.grants.get_mut(name) {
            grant.expires = None;
            grant.to = imvu;
            self.saw("a grant was used");
        }
    }

    /// Takes a name from who holds it.
    pub(super) fn free(&mut self, name: Text) {
        let Some(held) = self.held.remove(name) else {
            return;
        };
        let used = |grant: &Grant| grant.expires.is_none() && grant.to == held.by;
        if self.grants.get(name).is_some_and(used) {
            self.grants.remove(name);
        }
        if let Some((_, holder)) = self.delegated.get_mut(name) {
            *holder = None;
            self.saw("a delegation outlasted its name");
        }
        if self.proofs.remove(name).is_none() {
            self.locked.insert(name, self.law + LOCK);
        }
    }

    pub(super) fn release(&mut self, by: usize, name: Text) -> u32 {
        if self.is_held_back(by) {
            self.saw("a frozen holder freed nothing");
            return GATE_1;
        }
        match self.holder(name) {
            None => NOT_FOUND,
            Some(holder) if holder != by => GATE_3,
            Some(_) => {
                self.free(name);
                APPLIED
            }
        }
    }

    pub(super) fn grant(&mut self, by: usize, name: Text, child: Text, to: Option<usize>) -> u32 {
        if self.is_held_back(by) {
            return GATE_1;
        }
        match self.holder(name) {
            None => return NOT_FOUND,
            Some(holder) if holder != by => return GATE_3,
            Some(_) => {}
        }
        if is_nobodys(child) || self.nearest(child) != Some((name, by)) {
            return WRONG_STATE;
        }
        let known = self.grants.get(child);
        let used = known.is_some_and(|grant| grant.expires.is_none());
        let Some(to) = to else {
            return match (known, used) {
                (None, _) => NOT_FOUND,
                (Some(_), true) => EXISTS,
                (Some(_), false) => {
                    self.grants.remove(child);
                    self.saw("a grant was taken back");
                    APPLIED
                }
            };
        };
        if to == by {
            return NO_CHANGE;
        }
        let others = self.holder(child).is_some_and(|holder| holder != by);
        if self.delegated.contains_key(name) || others {
            return WRONG_STATE;
        }
        if used {
            return EXISTS;
        }
        let grant = Grant {
            parent: name,
            by,
            to,
            expires: Some(self.law + GRANT),
        };
        self.grants.insert(child, grant);
        APPLIED
    }

    pub(super) fn delegate(&mut self, by: usize, name: Text, to: Option<u8>) -> u32 {
        if self.is_held_back(by) {
            return GATE_1;
        }
        match self.holder(name) {
            None => return GATE_4,
            Some(holder) if holder != by => return GATE_3,
            Some(_) => {}
        }
        let whole = self.below(name).next().is_none();
        if to.is_some() && (to == Some(2) || self.proofs.contains_key(name) || !whole) {
            return GATE_4;
        }
        let known = self.delegated.get(name).map(|(known, _)| *known);
        if known == to {
            return NO_CHANGE;
        }
        let zone = match to {
            Some(to) => {
                self.delegated.insert(name, (to, Some(by)));
                None
            }
            None => {
                self.delegated.remove(name);
                Some(BTreeSet::new())
            }
        };
        if let Some(held) = self.held.get_mut(name) {
            held.zone = zone;
        }
        APPLIED
    }

    pub(super) fn code(&mut self, by: usize, name: Text, days: Option<i128>) -> u32 {
        if self.is_held_back(by) {
            return GATE_1;
        }
        let law = self.law;
        let held = match self.held.get_mut(name) {
            None => return NOT_FOUND,
            Some(held) if held.by != by => return GATE_3,
            Some(held) => held,
        };
        match days {
            Some(days) if !(1..=CODE).contains(&days) => WRONG_STATE,
            Some(days) => {
                held.code = Some(law + days * DAY);
                APPLIED
            }
            None => match held.code.take() {
                Some(_) => APPLIED,
                None => NO_CHANGE,
            },
        }
    }

    pub(super) fn redeem(&mut self, by: usize, imvu: usize, name: Text, right: bool) -> u32 {
        if by != imvu {
            return GATE_1;
        }
        let Some((held, expires)) = self
            .held
            .get(name)
            .and_then(|held| Some((held.clone(), held.code?)))
        else {
            return GATE_3;
        };
        let from = held.by;
        if self.law > expires {
            self.saw("a code had ended");
        }
        if self.law > expires || !right {
            return GATE_3;
        }
        if self.is_held_back(from) {
            self.saw("guardians held a code");
            return GATE_3;
        }
        let grant = self.grants.get(name).cloned();
        let has_left = grant.as_ref().is_some_and(|grant| grant.expires.is_none());
        if !has_left && !self.in_scope(name, imvu) {
            self.saw("a name did not leave its scope");
            return GATE_3;
        }
        if imvu != from && self.below(name).any(|(_, holder)| holder == from) {
            self.saw("names below go first");
            return GATE_3;
        }
        if imvu == from {
            return NO_CHANGE;
        }
        if self.proofs.get(name).is_some_and(|proof| proof.again) {
            self.saw("a name in question was not handed over");
            return WRONG_STATE;
        }
        if has_left {
            self.saw("a name that had left its scope went on");
        }
        if has_left || grant.is_some_and(|grant| grant.to == imvu && self.lets(&grant, name)) {
            self.use_grant(name, imvu);
        }
        self.claims.remove(&(name, imvu));
        self.held.insert(
            name,
            Held {
                by: imvu,
                code: None,
                ..held
            },
        );
        if let Some((_, holder)) = self.delegated.get_mut(name) {
            *holder = Some(imvu);
            self.saw("a delegated name was handed over");
        }
        if self.proofs.contains_key(name) {
            self.watch(name, imvu, None);
            self.saw("an external name was handed over");
        }
        APPLIED
    }

    pub(super) fn record(&mut self, by: usize, zone: Text, owner: Text, set: bool) -> u32 {
        let inside = is_at_or_below(owner, zone);
        // From the owner up to the zone, without it.
        let between = std::iter::once(owner).chain(above(owner));
        let mut between = between.take_while(|one| is_below(one, zone));
        let bound = between.any(|one| self.held.contains_key(one));
        let records = match self.held.get_mut(zone) {
            Some(held) if held.by == by && inside && !bound => held.zone.as_mut(),
            _ => None,
        };
        let Some(records) = records else {
            return GATE_4;
        };
        if set {
            records.insert(owner);
            APPLIED
        } else if records.remove(owner) {
            APPLIED
        } else {
            NOT_FOUND
        }
    }
}
