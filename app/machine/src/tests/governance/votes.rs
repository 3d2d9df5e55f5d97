//! Ballots, quorums, time-locks, lapses.

use crate::tests::council::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::block::Event;
use nexus_types::governance::{
    CastBallot, GovernanceChange, GovernanceStatus as Status, GovernanceStep, Lapse,
};
use nexus_types::limits::GOVERNANCE_OPEN_PER_PROPOSER;
use nexus_types::{Hash, Reason};

#[test]
fn two_thirds_of_the_seats_carry_a_proposal_whoever_they_are() {
    for (seats, needed) in [(4, 3), (5, 4), (6, 4), (7, 5)] {
        let mut world = World::with_seats(seats);
        let operator = world.operators[1].clone();
        let proposal = world.propose(&operator, add_jurisdiction("CA-LAW"));
        assert_eq!(world.carry(&proposal), needed, "of {seats} seats");
    }
}

#[test]
fn what_can_pass_no_longer_is_rejected_at_once() {
    for (seats, against) in [(4, 2), (5, 2), (6, 3), (7, 3)] {
        let mut world = World::with_seats(seats);
        let operators = world.operators.clone();
        let proposal = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
        for voter in &operators[..against - 1] {
            world.vote(voter, &proposal, false);
            assert_eq!(world.status(&proposal), Status::Open, "of {seats} seats");
        }
        world.vote(&operators[against - 1], &proposal, false);
        assert_eq!(
            world.status(&proposal),
            Status::Rejected,
            "of {seats} seats"
        );
        let late = world.vote(&operators[against], &proposal, true);
        assert_eq!(refusal(&late), (2103, Some(Reason::WrongState)));
    }
}

#[test]
fn a_vote_is_the_seats_and_stays_it_when_its_operator_takes_another_key() {
    let mut world = World::new();
    let voter = world.operators[1].clone();
    let proposal = world.propose(&voter, add_jurisdiction("CA-LAW"));
    assert_eq!(world.vote(&voter, &proposal, true).code.number(), 0);
    let again = world.vote(&voter, &proposal, false);
    assert_eq!(refusal(&again), (2102, Some(Reason::AlreadyVoted)));
    let other_key = Person::new(777);
    let rotate = world.rotation(&voter, 1, &other_key);
    world.must(&voter, rotate);
    let same = Person {
        key: other_key.key,
        id: voter.id,
    };
    let again = world.vote(&same, &proposal, true);
    assert_eq!(refusal(&again), (2102, Some(Reason::AlreadyVoted)));
    assert_eq!(world.proposal(&proposal.id).votes.as_slice().len(), 1);
}

#[test]
fn a_seat_without_power_has_no_vote_and_is_not_counted() {
    let mut world = World::with_seats(5);
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    let mut seat = world.seat_of(&operators[4]).unwrap();
    seat.power = 0;
    let key = nexus_types::state_key::seat(&seat.key);
    let bytes = nexus_types::encoding::encode(&seat);
    world.memory.state.insert(key, bytes);
    let outcome = world.vote(&operators[4], &proposal, true);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::NoVote)));
    assert_eq!(world.carry(&proposal), 3, "of the four that are left");
}

#[test]
fn a_ballot_is_for_one_digest_one_register_and_one_epoch() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let first = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    let second = world.propose(&operators[1], add_jurisdiction("BR-LAW"));
    let foreign = Action::CastBallot(CastBallot {
        proposal: first.id,
        digest: second.digest(),
        approve: true,
    });
    let outcome = world.submit(&operators[1..2], foreign);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::BallotOtherDigest)));
    let nowhere = Action::CastBallot(CastBallot {
        proposal: Hash([1; 32]),
        digest: first.digest(),
        approve: true,
    });
    let outcome = world.submit(&operators[1..2], nowhere);
    assert_eq!(refusal(&outcome), (2101, Some(Reason::NotFound)));
}

#[test]
fn a_ballot_of_another_epoch_or_on_a_register_that_moved_is_refused() {
    let mut world = World::new();
    let operators = world.operators.clone();
    world.alter_chain(|chain| chain.delays.voting_ms = 300 * DAY);
    let officer = world.officers[4].clone();
    let remove = GovernanceChange::RemoveOfficer {
        officer: officer.id,
    };
    let threshold = GovernanceChange::SetOfficersThreshold { threshold: 2 };
    let first = world.propose(&officer, remove);
    let second = world.propose(&operators[1], threshold);
    world.carry(&first);
    world.run_out(&first);
    assert!(matches!(world.status(&first), Status::Executed(_)));
    let outcome = world.vote(&operators[1], &second, true);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::BallotRegisterMoved)));

    let third = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    world.alter_chain(|chain| chain.network.recovery_epoch = 1);
    world.network.recovery_epoch = 1;
    let outcome = world.vote(&operators[1], &third, true);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::BallotOtherEpoch)));
}

#[test]
fn a_digest_covers_id_change_basis_and_epoch() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let one = world.propose(&operator, add_jurisdiction("CA-LAW"));
    let mut others = vec![one.clone(); 4];
    others[0].id = Hash([1; 32]);
    others[1].change = add_jurisdiction("BR-LAW");
    others[2].basis += 1;
    others[3].epoch += 1;
    for other in others {
        assert_ne!(other.digest(), one.digest());
    }
    let mut voted = one.clone();
    voted.status = Status::Rejected;
    assert_eq!(voted.digest(), one.digest());
}

#[test]
fn a_vote_ends_after_its_time() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    world.vote(&operators[1], &proposal, true);
    world.pass(proposal.closes.0 - 1);
    assert_eq!(world.status(&proposal), Status::Open);
    world.pass(proposal.closes.0);
    assert_eq!(world.status(&proposal), Status::Lapsed(Lapse::Unvoted));
    let late = world.vote(&operators[2], &proposal, true);
    assert_eq!(refusal(&late), (2103, Some(Reason::WrongState)));
}

#[test]
fn a_time_lock_is_not_passed_by_a_chain_that_halts() {
    let mut world = World::new();
    let officer = world.officers[4].clone();
    let remove = GovernanceChange::RemoveOfficer {
        officer: officer.id,
    };
    let proposal = world.propose(&officer, remove);
    world.carry(&proposal);
    // The chain stands still for a year: the law's clock has moved by a minute.
    world.now.time = world.now.time.plus_ms(365 * DAY);
    world.block(&[]);
    world.block(&[]);
    assert!(matches!(world.status(&proposal), Status::Passed { .. }));
    world.run_out(&proposal);
    assert!(matches!(world.status(&proposal), Status::Executed(_)));
}

#[test]
fn a_proposal_lapses_where_its_register_has_moved() {
    let mut world = World::new();
    let officers = world.officers.clone();
    let remove = |number: usize| GovernanceChange::RemoveOfficer {
        officer: officers[number].id,
    };
    let first = world.propose(&officers[4], remove(4));
    let second = world.propose(&officers[3], remove(3));
    world.carry(&first);
    world.carry(&second);
    world.run_out(&second);
    assert!(matches!(world.status(&first), Status::Executed(_)));
    assert_eq!(world.status(&second), Status::Lapsed(Lapse::Moved));
}

#[test]
fn what_the_law_refuses_by_then_does_not_happen_however_many_voted_for_it() {
    let mut world = World::new();
    let carol = Person::new(40);
    world.register(&carol);
    let admit = GovernanceChange::AdmitAttester { attester: carol.id };
    let proposal = world.propose(&carol, admit);
    world.carry(&proposal);
    world.must(&carol, Action::RevokeIdentity);
    world.run_out(&proposal);
    let lapse = Lapse::Refused(Reason::IdentityRevoked);
    assert_eq!(world.status(&proposal), Status::Lapsed(lapse));
}

#[test]
fn a_proposer_takes_back_what_is_still_voted_on_and_nobody_else_does() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    let outcome = world.submit(&operators[2..3], withdraw(&proposal));
    assert_eq!(refusal(&outcome), (2001, Some(Reason::NotProposer)));
    world.must(&operators[1], withdraw(&proposal));
    assert_eq!(world.status(&proposal), Status::Withdrawn);
    let outcome = world.submit(&operators[1..2], withdraw(&proposal));
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
    let passed = world.propose(&operators[1], add_jurisdiction("BR-LAW"));
    world.carry(&passed);
    let outcome = world.submit(&operators[1..2], withdraw(&passed));
    assert_eq!(refusal(&outcome), (2103, Some(Reason::WrongState)));
}

#[test]
fn nobody_buries_the_seats_in_proposals() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let tags = ["AA", "BB", "CC", "DD", "EE"].map(add_jurisdiction);
    let mut last = None;
    for change in &tags[..GOVERNANCE_OPEN_PER_PROPOSER] {
        last = Some(world.propose(&operator, change.clone()));
    }
    let outcome = world.try_propose(&operator, tags[4].clone());
    assert_eq!(refusal(&outcome), (2104, Some(Reason::LimitReached)));
    world.must(&operator, withdraw(&last.unwrap()));
    world.propose(&operator, tags[4].clone());
}

#[test]
fn each_step_of_a_proposal_is_told() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], add_jurisdiction("CA-LAW"));
    let mut steps = Vec::new();
    for voter in &operators[..3] {
        let body = world.body(voter, ballot(&proposal, true));
        let tx = world.seal(voter, &[], body);
        let executed = world.execute(&[nexus_types::encoding::encode(&tx)]);
        world.memory.commit(&executed);
        world.now.height += 1;
        world.now.time = world.now.time.plus_ms(1_000);
        for event in executed.events {
            if let Event::Governance(entry) = event {
                assert_eq!(entry.proposal, proposal.id);
                steps.push(match entry.step {
                    GovernanceStep::Submitted { .. } => "submitted",
                    GovernanceStep::Voted(_) => "voted",
                    GovernanceStep::Became(Status::Passed { .. }) => "passed",
                    GovernanceStep::Became(_) => "other",
                });
            }
        }
    }
    assert_eq!(steps, ["voted", "voted", "voted", "passed"]);
}
