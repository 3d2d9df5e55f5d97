//! What seats vote on, and a court's order.

use super::Scenario;
use crate::people::{Person, alice, bob, imvu, name, officers, operators, tag};
use nexus_types::governance::{
    AppealRestriction, CastBallot, GovernanceChange, GovernanceProposal, RestrictLegally,
    RestrictionScope, SubmitGovernance, WithdrawGovernance,
};
use nexus_types::{Action, Hash, state_key};

fn submit(change: GovernanceChange) -> Action {
    Action::SubmitGovernance(SubmitGovernance { change })
}

impl Scenario {
    pub(super) fn vote(
        &mut self,
        name: &'static str,
        voter: &Person,
        id: Hash,
        digest: Option<Hash>,
    ) {
        let key = state_key::governance(&id);
        let known = self.chain.read::<GovernanceProposal>(&key).unwrap();
        let ballot = Action::CastBallot(CastBallot {
            proposal: id,
            digest: digest.unwrap_or(known.digest()),
            approve: true,
        });
        self.act(name, std::slice::from_ref(voter), ballot);
    }

    /// Three of four seats add a jurisdiction; another proposal is taken back; one waits for votes.
    pub(super) fn governance(&mut self) {
        let [_, second, third, fourth] = operators().try_into().ok().unwrap();
        let change = GovernanceChange::AddJurisdiction { tag: tag("CA-LAW") };
        let by = std::slice::from_ref(&second);
        let id = self.act("propose a jurisdiction", by, submit(change.clone()));
        self.act("propose as no operator", &[alice()], submit(change));
        let other = Some(Hash::of(b"another change"));
        self.vote("vote on another digest", &second, id, other);
        self.vote("vote as no seat", &alice(), id, None);
        self.vote("vote for a jurisdiction", &second, id, None);
        self.vote("vote twice", &second, id, None);
        self.vote("vote as another seat", &third, id, None);
        self.vote("vote as the third seat", &fourth, id, None);
        let deny = GovernanceChange::DenyName {
            name: name("bank.demo.example"),
            below: true,
        };
        let id = self.act("propose to deny a name", by, submit(deny));
        let withdraw = Action::WithdrawGovernance(WithdrawGovernance { proposal: id });
        let stranger = std::slice::from_ref(&third);
        self.act("withdraw another's proposal", stranger, withdraw.clone());
        self.act("withdraw a proposal", by, withdraw);
        let attester = GovernanceChange::AdmitAttester { attester: bob().id };
        self.act(
            "propose oneself as an attester",
            &[bob()],
            submit(attester.clone()),
        );
        self.act("propose another as an attester", by, submit(attester));
    }

    /// Two operators outside the platform and its officers carry out an order; Alice appeals.
    pub(super) fn restriction(&mut self) {
        let until = self.chain.next().time.plus_ms(3_600_000);
        let restrict = Action::RestrictLegally(RestrictLegally {
            imvu: imvu("IMVU-042"),
            order: Hash::of(b"an order of a court"),
            scope: RestrictionScope::Mail,
            until,
        });
        let mut signers = operators()[1..3].to_vec();
        self.act("restrict without the officers", &signers, restrict.clone());
        signers.extend(officers()[..2].to_vec());
        self.act("restrict by a court's order", &signers, restrict);
        let appeal = Action::AppealRestriction(AppealRestriction {
            imvu: imvu("IMVU-042"),
            grounds: Hash::of(b"it is not mine"),
        });
        self.act("appeal a restriction", &[alice()], appeal);
    }
}
