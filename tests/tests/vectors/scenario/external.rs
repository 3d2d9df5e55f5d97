//! Organisations that look for names from elsewhere, and a name that two IMVUs want: bound, called in question, proven again,
//! lost to the other.

use super::Scenario;
use super::domain::{BOBS, EXTERNAL};
use crate::people::{Person, alice, bob, imvu, name, operators};
use nexus_types::domain::{ClaimExternal, ExternalClaim, ExternalName, ObserveName};
use nexus_types::encoding::Text;
use nexus_types::governance::{GovernanceChange, SubmitGovernance};
use nexus_types::{Action, Hash, state_key};

/// The name that both Bob and Alice prove; Alice has it in the end.
pub(crate) const SHOP: &str = "shop.example.org";

const ALICES: &str = "IMVU-042";

/// Blocks until what two thirds of the seats decided about the observers is done: its time-lock of 2 s, and one more.
const UNTIL_ADMITTED: usize = 3;
/// Blocks until a re-proof of 10 s is over, and what it called in question is settled.
const UNTIL_SETTLED: usize = 12;

impl Scenario {
    /// Two operators look for names.
    pub(super) fn externals(&mut self) {
        let [_, second, third, fourth] = operators().try_into().ok().unwrap();
        let voters = [second, third.clone(), fourth.clone()];
        self.admit_observer("propose oneself as an observer", &third, &voters);
        self.admit_observer("propose a second observer", &fourth, &voters);
        let both = [third, fourth];
        self.bound_and_reproved(&both);
        self.lost(&both);
        self.claimed_in_vain(&both);
        self.look("miss a challenge", &both[0], (ALICES, EXTERNAL), false);
    }

    fn admit_observer(&mut self, what: &'static str, who: &Person, voters: &[Person; 3]) {
        let submit = Action::SubmitGovernance(SubmitGovernance {
            change: GovernanceChange::AdmitObserver {
                observer: who.id,
                name: Text::new(who.name).unwrap(),
                platform: false,
            },
        });
        let id = self.act(what, std::slice::from_ref(who), submit);
        for voter in voters {
            self.vote("vote for an observer", voter, id, None);
        }
        self.wait(UNTIL_ADMITTED);
    }

    fn wait(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.chain.block(&[]);
        }
    }

    /// The challenge that is open: that of a claim, or else of the name as the IMVU holds it.
    fn challenge(&self, id: &str, of: &str) -> Hash {
        let chain = &self.chain;
        let claim = state_key::external_claim(&name(of), &imvu(id));
        if let Some(claim) = chain.read::<ExternalClaim>(&claim) {
            return claim.challenge(&chain.network.chain_id);
        }
        let known = chain.read::<ExternalName>(&state_key::external_name(&name(of)));
        known.unwrap().challenge(&chain.network.chain_id)
    }

    fn look(&mut self, what: &'static str, who: &Person, (id, of): (&str, &str), seen: bool) {
        let challenge = self.challenge(id, of);
        self.say(what, who, (id, of), challenge, seen);
    }

    fn say(
        &mut self,
        what: &'static str,
        who: &Person,
        (id, of): (&str, &str),
        challenge: Hash,
        seen: bool,
    ) {
        let observe = Action::ObserveName(ObserveName {
            imvu: imvu(id),
            name: name(of),
            challenge,
            seen,
            evidence: Hash::of(b"what was answered"),
        });
        self.act(what, std::slice::from_ref(who), observe);
    }

    fn claim_external(&mut self, what: &'static str, who: Person, id: &str) {
        let claim = Action::ClaimExternal(ClaimExternal {
            imvu: imvu(id),
            name: Text::new(SHOP).unwrap(),
        });
        self.act(what, &[who], claim);
    }

    fn bound_and_reproved(&mut self, [one, other]: &[Person; 2]) {
        let bobs = (BOBS, SHOP);
        self.claim_external("claim a name to be proven", bob(), BOBS);
        let wrong = Hash::of(b"another challenge");
        self.say("see another challenge", one, bobs, wrong, true);
        self.look("see a challenge", one, bobs, true);
        self.look("see a challenge twice", one, bobs, true);
        self.look("see a challenge as the second", other, bobs, true);
        let kept = self.challenge(BOBS, SHOP);
        self.say("miss a challenge of a bound name", one, bobs, kept, false);
        self.say("miss it as the second", other, bobs, kept, false);
        self.say("see the challenge before", one, bobs, kept, true);
        self.look("see a new challenge", one, bobs, true);
        self.look("see a new challenge as the second", other, bobs, true);
    }

    /// Alice proves it too, and Bob does not again.
    fn lost(&mut self, [one, other]: &[Person; 2]) {
        let alices = (ALICES, SHOP);
        self.claim_external("claim a name that is bound", alice(), ALICES);
        self.look("see the claim of a bound name", one, alices, true);
        self.look("see it as the second", other, alices, true);
        self.wait(UNTIL_SETTLED);
    }

    /// Bob proves it again, but Alice does too.
    fn claimed_in_vain(&mut self, [one, other]: &[Person; 2]) {
        let (alices, bobs) = ((ALICES, SHOP), (BOBS, SHOP));
        self.claim_external("claim a lost name", bob(), BOBS);
        self.look("see the claim of a lost name", one, bobs, true);
        self.look("see that as the second", other, bobs, true);
        self.look("see the holder's new challenge", one, alices, true);
        self.look("see that of the holder as the second", other, alices, true);
        self.wait(UNTIL_SETTLED);
    }
}
