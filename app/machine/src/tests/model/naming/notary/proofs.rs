//! External names: claimed, seen, called in question, proven again, lost.

use super::*;

impl Notary {
    /// Whether an IMVU may prove a name, whoever holds it.
    fn may_prove(&self, name: &str, imvu: usize) -> bool {
        !is_nobodys(name) && !is_granted(name) && self.in_scope(name, imvu)
    }

    /// The names that a proof calls in question: this one, and those below it, of others.
    fn contested(&self, name: Text, imvu: usize) -> Vec<Text> {
        let own = self.holder(name).map(|holder| (name, holder));
        let all = self.below(name).chain(own);
        all.filter(|(_, holder)| *holder != imvu)
            .map(|(one, _)| one)
            .collect()
    }

    pub(super) fn prove(&mut self, by: usize, imvu: usize, name: Text) -> u32 {
        if by != imvu {
            return GATE_1;
        }
        if !self.may_prove(name, imvu) {
            return GATE_3;
        }
        let known = self.claims.get(&(name, imvu));
        let settled = known.is_some_and(|claim| claim.settles.is_some());
        if self.holder(name) == Some(imvu) || settled {
            return EXISTS;
        }
        let before = known.map(|claim| claim.challenge);
        let claim = Claim {
            challenge: self.challenge(name, imvu, before),
            expires: self.law + CLAIM,
            votes: Votes::new(),
            settles: None,
        };
        self.claims.insert((name, imvu), claim);
        APPLIED
    }

    pub(super) fn observe(
        &mut self,
        by: usize,
        (name, imvu): (Text, usize),
        spoken_of: Option<u32>,
        seen: bool,
    ) -> u32 {
        if !self.observers.contains(&by) {
            return GATE_1;
        }
        let Some(challenge) = spoken_of else {
            return GATE_3;
        };
        let claim = self.claims.get(&(name, imvu)).cloned();
        let open = |claim: &Claim| claim.challenge == challenge && claim.settles.is_none();
        if let Some(mut claim) = claim.filter(open) {
            let Some(votes) = self.voted(&claim.votes, by, seen) else {
                return EXISTS;
            };
            claim.votes = votes;
            if self.are_two_thirds(&claim.votes, true) {
                self.proven(name, imvu, claim);
            } else {
                self.claims.insert((name, imvu), claim);
            }
            return APPLIED;
        }
        let proof = self.proofs.get(name).cloned();
        let Some(mut proof) = proof.filter(|one| one.by == imvu && one.challenge == challenge)
        else {
            if self.before.get(&(name, imvu)) == Some(&challenge) {
                self.saw("a challenge of before proved nothing");
            }
            return GATE_3;
        };
        let Some(votes) = self.voted(&proof.votes, by, seen) else {
            return EXISTS;
        };
        proof.votes = votes;
        if proof.again && self.are_two_thirds(&proof.votes, true) {
            proof.again = false;
            proof.votes.clear();
            proof.due = self.law + ROUND;
            self.proofs.insert(name, proof);
            self.saw("a name was proven again");
        } else if !proof.again && self.are_two_thirds(&proof.votes, false) {
            self.question(name);
            self.saw("a name was not seen");
        } else {
            self.proofs.insert(name, proof);
        }
        APPLIED
    }

    /// The votes with one more: a vote is final, but who did not see may see later.
    fn voted(&mut self, votes: &Votes, by: usize, seen: bool) -> Option<Votes> {
        let mut votes = votes.clone();
        votes.retain(|one, _| self.observers.contains(one));
        match votes.insert(by, seen) {
            None => {}
            Some(false) if seen => self.saw("an observer saw later"),
            Some(_) => return None,
        }
        Some(votes)
    }

    fn are_two_thirds(&self, votes: &Votes, seen: bool) -> bool {
        let count = votes.values().filter(|one| **one == seen).count();
        3 * count >= 2 * self.observers.len()
    }

    fn proven(&mut self, name: Text, imvu: usize, mut claim: Claim) {
        if !self.may_prove(name, imvu) {
            self.claims.remove(&(name, imvu));
            self.saw("a proof came too late");
            return;
        }
        let contested = self.contested(name, imvu);
        if contested.is_empty() {
            return self.win(name, imvu, &claim);
        }
        for one in contested {
            if one != name {
                self.saw("a proof called a name below in question");
            }
            if !self.proofs[one].again {
                self.question(one);
            }
        }
        claim.settles = Some(self.law + REPROOF + 2);
        self.claims.insert((name, imvu), claim);
        self.saw("a rival's proof waits");
    }

    fn win(&mut self, name: Text, imvu: usize, claim: &Claim) {
        self.claims.remove(&(name, imvu));
        if !self.bind(name, imvu, Some(claim.challenge)) {
            self.saw("a proof found no room");
            return;
        }
        self.saw("a name was proven");
    }

    /// A holder has to prove its name again.
    fn question(&mut self, name: Text) {
        let (by, before) = (self.proofs[name].by, self.proofs[name].challenge);
        let proof = Proof {
            by,
            challenge: self.challenge(name, by, Some(before)),
            votes: Votes::new(),
            due: self.law + REPROOF + 1,
            again: true,
        };
        self.proofs.insert(name, proof);
    }

    pub(super) fn end_round(&mut self, name: Text) {
        let law = self.law;
        let Some(proof) = self.proofs.get_mut(name) else {
            return;
        };
        if proof.again {
            self.free(name);
            self.saw("a name was lost");
            return;
        }
        proof.votes.clear();
        proof.due += ROUND;
        if proof.due <= law {
            proof.due = law + ROUND;
        }
        self.saw("a new round began");
    }

    pub(super) fn end_claim(&mut self, name: Text, imvu: usize) {
        let Some(claim) = self.claims.remove(&(name, imvu)) else {
            return;
        };
        if claim.settles.is_none() {
            self.saw("a claim ran out");
        } else if self.may_prove(name, imvu) && self.contested(name, imvu).is_empty() {
            self.win(name, imvu, &claim);
            self.saw("a rival got the name");
        } else {
            self.saw("a rival did not get the name");
        }
    }

    /// A name begins to be observed.
    pub(super) fn watch(&mut self, name: Text, by: usize, challenge: Option<u32>) {
        let challenge = challenge.unwrap_or_else(|| self.challenge(name, by, None));
        let proof = Proof {
            by,
            challenge,
            votes: Votes::new(),
            due: self.law + ROUND,
            again: false,
        };
        self.proofs.insert(name, proof);
    }
}
