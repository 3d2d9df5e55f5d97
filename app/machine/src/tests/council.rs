//! Seats that vote: short ways to propose, to cast ballots, to restrict.

use super::world::*;
use crate::TxOutcome;
use nexus_types::action::Action;
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::encoding::encode;
use nexus_types::governance::{
    CastBallot, GovernanceChange, GovernanceProposal, GovernanceStatus, RestrictLegally,
    RestrictionScope, SubmitGovernance, ValidatorKeyBody, WithdrawGovernance,
};
use nexus_types::state::{ChainRecord, Identity, IdentityStatus, Seat};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, Reason, Signature, Text, Time};

pub(super) fn submit(change: GovernanceChange) -> Action {
    Action::SubmitGovernance(SubmitGovernance { change })
}

pub(super) fn ballot(proposal: &GovernanceProposal, approve: bool) -> Action {
    Action::CastBallot(CastBallot {
        proposal: proposal.id,
        digest: proposal.digest(),
        approve,
    })
}

pub(super) fn withdraw(proposal: &GovernanceProposal) -> Action {
    Action::WithdrawGovernance(WithdrawGovernance {
        proposal: proposal.id,
    })
}

pub(super) fn restrict(world: &World, scope: RestrictionScope, days: u64) -> Action {
    Action::RestrictLegally(RestrictLegally {
        imvu: imvu("IMVU-042"),
        order: Hash([5; 32]),
        scope,
        until: world.law_time().plus_ms(days * DAY),
    })
}

pub(super) fn add_jurisdiction(text: &str) -> GovernanceChange {
    GovernanceChange::AddJurisdiction { tag: tag(text) }
}

/// A code and the reason behind it.
pub(super) fn refusal(outcome: &TxOutcome) -> (u32, Option<Reason>) {
    let reason = outcome.verdict.as_ref().and_then(|one| one.reason());
    (outcome.code.number(), reason)
}

impl World {
    pub(super) fn law_time(&self) -> Time {
        let clock: nexus_types::state::Clock = self.memory.read(&state_key::clock()).unwrap();
        clock.law_time
    }

    /// So many seats, the first of them the platform's; those beyond four as if by governance.
    pub(super) fn with_seats(count: u16) -> Self {
        let mut world = Self::new();
        for number in 4..count {
            let operator = Person::new(50 + number);
            world.add_identity(&operator);
            let seat = Seat {
                name: Text::new(format!("seat-{}", 30 + number)).unwrap(),
                key: Person::new(30 + number + 500).public(),
                power: 10,
                platform: false,
                operator: operator.id,
            };
            let key = state_key::seat(&seat.key);
            world.memory.state.insert(key, encode(&seat));
            world.operators.push(operator);
        }
        world
    }

    /// As if it were no development network.
    pub(super) fn in_production(mut self) -> Self {
        self.alter_chain(|chain| chain.development = false);
        self
    }

    pub(super) fn alter_chain(&mut self, change: impl FnOnce(&mut ChainRecord)) {
        let key = state_key::chain();
        let mut chain: ChainRecord = self.memory.read(&key).unwrap();
        change(&mut chain);
        self.memory.state.insert(key, encode(&chain));
    }

    /// An identity that was there from the start.
    pub(super) fn add_identity(&mut self, person: &Person) {
        let identity = Identity {
            key: person.public(),
            generation: 0,
            status: IdentityStatus::Active,
            attester: None,
            evidence: Hash::default(),
            registered: 0,
            public_name: Text::default(),
        };
        let key = state_key::identity(&person.id);
        self.memory.state.insert(key, encode(&identity));
    }

    pub(super) fn all_seats(&self) -> Vec<Seat> {
        let (from, to) = state_key::range_of(KeyKind::Seat);
        let range = self.memory.state.range(from..to);
        range
            .map(|(_, bytes)| nexus_types::decode(bytes).unwrap())
            .collect()
    }

    /// The seat of an operator.
    pub(super) fn seat_of(&self, operator: &Person) -> Option<Seat> {
        let mut all = self.all_seats().into_iter();
        all.find(|seat| seat.operator == operator.id)
    }

    pub(super) fn proposal(&self, id: &Hash) -> GovernanceProposal {
        self.memory.read(&state_key::governance(id)).unwrap()
    }

    pub(super) fn status(&self, proposal: &GovernanceProposal) -> GovernanceStatus {
        self.proposal(&proposal.id).status
    }

    pub(super) fn try_propose(&mut self, by: &Person, change: GovernanceChange) -> TxOutcome {
        self.submit(std::slice::from_ref(by), submit(change))
    }

    pub(super) fn propose(&mut self, by: &Person, change: GovernanceChange) -> GovernanceProposal {
        let outcome = self.try_propose(by, change);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        self.proposal(&outcome.verdict.unwrap().tx)
    }

    pub(super) fn vote(
        &mut self,
        by: &Person,
        proposal: &GovernanceProposal,
        approve: bool,
    ) -> TxOutcome {
        let cast = ballot(proposal, approve);
        self.submit(std::slice::from_ref(by), cast)
    }

    /// Seats vote for it until it passes; the number of votes that took.
    pub(super) fn carry(&mut self, proposal: &GovernanceProposal) -> usize {
        for voter in self.operators.clone() {
            if self.status(proposal) != GovernanceStatus::Open {
                break;
            }
            let outcome = self.vote(&voter, proposal, true);
            if refusal(&outcome).1 != Some(Reason::NoVote) {
                assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
            }
        }
        let now = self.proposal(&proposal.id);
        assert!(
            matches!(now.status, GovernanceStatus::Passed { .. }),
            "{:?}",
            now.status
        );
        now.votes.as_slice().len()
    }

    /// Proposed, voted for, and its time-lock run out.
    pub(super) fn enact(&mut self, by: &Person, change: GovernanceChange) -> GovernanceProposal {
        let proposal = self.propose(by, change);
        self.carry(&proposal);
        self.run_out(&proposal);
        proposal
    }

    /// Lets the time-lock of a proposal run out.
    pub(super) fn run_out(&mut self, proposal: &GovernanceProposal) {
        match self.status(proposal) {
            GovernanceStatus::Passed { due } => self.pass(due.0.max(self.now.time.0)),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn possession(&self, operator: &Person, key: &Person) -> Signature {
        let body = ValidatorKeyBody {
            network: self.network.clone(),
            operator: operator.id,
            key: key.public(),
        };
        key.sign(signing_digest(SigningKind::ValidatorKey, &body))
    }

    /// The operator's own organisation, with this consensus key.
    pub(super) fn add_validator(&self, operator: &Person, key: &Person) -> GovernanceChange {
        GovernanceChange::AddValidator {
            name: Text::new(&operator.id.to_string()[..40]).unwrap(),
            key: key.public(),
            platform: false,
            operator: operator.id,
            proof: self.possession(operator, key),
        }
    }

    pub(super) fn rotate_validator(&self, operator: &Person, key: &Person) -> GovernanceChange {
        GovernanceChange::RotateValidator {
            seat: self.seat_of(operator).unwrap().key,
            new_key: key.public(),
            proof: self.possession(operator, key),
        }
    }

    /// Those who can restrict by law: two operators outside the platform and three officers.
    pub(super) fn court(&self) -> Vec<Person> {
        let mut signers = self.operators[1..3].to_vec();
        signers.extend(self.officers[..3].to_vec());
        signers
    }
}
