//! Governance (law §9): proposals that seats vote on, time-locks on the law's clock, and what takes effect then.

mod enact;
mod former;
mod power;
mod queue;
mod quorum;
mod registers;
pub(crate) mod restriction;
mod rules;
pub(crate) mod upgrade;

pub(crate) use former::answering;
pub(crate) use power::{count_change as count_power_change, forget as forget_power_changes};
pub(crate) use queue::{change_seats, enact as enact_due, end_vote};
pub(crate) use registers::moved as register_moved;

use super::echo::Done;
use super::effects::Effect;
use super::money::books::Books;
use super::seats;
use crate::case::Case;
use crate::view::{View, Writes, read};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::encoding::List;
use nexus_types::governance::{
    CastBallot, GovernanceChange, GovernanceEntry, GovernanceKind, GovernanceProposal,
    GovernanceStatus, GovernanceStep, SeatVote,
};
use nexus_types::state::{Seat, TimedItem};
use nexus_types::{Hash, IdentityId, Reason, Time, state_key};

/// Gate 1's judgement of who submits a change: whom it admits, the member that leaves, or any operator.
pub(crate) fn may_submit(case: &Case<'_>, change: &GovernanceChange) -> Result<(), Reason> {
    use GovernanceChange as Change;
    let signer = &case.tx.body.signer;
    let is_operator = || seats::is_operator(case.view, signer);
    let allowed = match change {
        Change::AdmitOfficer { officer: id }
        | Change::AdmitAttester { attester: id }
        | Change::AdmitObserver { observer: id, .. }
        | Change::AddValidator { operator: id, .. } => {
            return if id == signer {
                Ok(())
            } else {
                Err(Reason::NotCandidate)
            };
        }
        Change::RemoveOfficer { officer: id }
        | Change::RemoveAttester { attester: id }
        | Change::RemoveObserver { observer: id } => id == signer || is_operator(),
        // The proof is the new key's word to this signer alone.
        Change::RotateValidator { seat, .. } => {
            match read::<Seat>(case.view, &state_key::seat(seat)) {
                Some(seat) => seat.operator == *signer,
                None => is_operator(),
            }
        }
        _ => is_operator(),
    };
    if allowed {
        Ok(())
    } else {
        Err(Reason::NotOperator)
    }
}

/// Gate 1's judgement of who takes a proposal back; that there is none is the action's own matter.
pub(crate) fn is_proposers(case: &Case<'_>, id: &Hash) -> Result<(), Reason> {
    match read::<GovernanceProposal>(case.view, &state_key::governance(id)) {
        Some(proposal) if proposal.proposer != case.tx.body.signer => Err(Reason::NotProposer),
        _ => Ok(()),
    }
}

/// Opens a proposal. What the law would refuse when it takes effect is refused here already.
pub(crate) fn submit(case: &Case<'_>, change: &GovernanceChange, writes: &mut Writes) -> Effect {
    rules::check(case.view, case.now.height, change)?;
    let mut books = Books::open(case.view, case.now, writes);
    let proposer = case.tx.body.signer;
    registers::open(&mut books, case.id, proposer)?;
    let closes = books.law_time.plus_ms(books.delays().voting_ms);
    let proposal = GovernanceProposal {
        id: case.id,
        change: change.clone(),
        proposer,
        basis: registers::basis(case.view, change),
        epoch: books.network().recovery_epoch,
        opened: case.now.height,
        closes,
        audit: case.sequence,
        votes: List::default(),
        status: GovernanceStatus::Open,
    };
    books.put(state_key::governance(&case.id), &proposal);
    books.later(closes, &TimedItem::EndVote(case.id));
    tell(
        &mut books,
        &proposal,
        GovernanceStep::Submitted { proposer },
    );
    Ok(Done::echoing(books.echoes))
}

/// Takes a proposal back that is still voted on.
pub(crate) fn withdraw(case: &Case<'_>, id: &Hash, writes: &mut Writes) -> Effect {
    let mut books = Books::open(case.view, case.now, writes);
    let proposal = find(&books, id).ok_or(Reason::NotFound)?;
    if proposal.status != GovernanceStatus::Open {
        return Err(Reason::WrongState);
    }
    books.not_later(proposal.closes, &TimedItem::EndVote(proposal.id));
    set_status(&mut books, proposal, GovernanceStatus::Withdrawn);
    Ok(Done::echoing(books.echoes))
}

/// Counts the vote of the signer's seat, and closes the vote where that decides it.
pub(crate) fn vote(case: &Case<'_>, ballot: &CastBallot, writes: &mut Writes) -> Effect {
    let mut books = Books::open(case.view, case.now, writes);
    let mut proposal = find(&books, &ballot.proposal).ok_or(Reason::NotFound)?;
    let vote = judged(case.view, &books, &proposal, ballot, case.tx.body.signer)?;
    let mut votes: Vec<SeatVote> = proposal.votes.into_vec();
    votes.push(vote.clone());
    proposal.votes = List::new(votes).map_err(|_| Reason::LimitReached)?;
    books.put(state_key::governance(&proposal.id), &proposal);
    tell(&mut books, &proposal, GovernanceStep::Voted(vote));
    decide(case.view, &mut books, proposal);
    Ok(Done::echoing(books.echoes))
}

/// A ballot is for exactly this change, on this state of its register, in this epoch; and its seat has not voted.
fn judged(
    view: &dyn View,
    books: &Books<'_>,
    proposal: &GovernanceProposal,
    ballot: &CastBallot,
    signer: IdentityId,
) -> Result<SeatVote, Reason> {
    if proposal.epoch != books.network().recovery_epoch {
        return Err(Reason::BallotOtherEpoch);
    }
    if proposal.digest() != ballot.digest {
        return Err(Reason::BallotOtherDigest);
    }
    let votable = match proposal.status {
        GovernanceStatus::Open => true,
        // Votes that come later can still shorten an upgrade's time-lock.
        GovernanceStatus::Passed { .. } => proposal.change.kind() == GovernanceKind::Upgrade,
        _ => false,
    };
    if !votable {
        return Err(Reason::WrongState);
    }
    if registers::basis(view, &proposal.change) != proposal.basis {
        return Err(Reason::BallotRegisterMoved);
    }
    let seat = quorum::electorate(view, &proposal.change)
        .into_iter()
        .find(|seat| seat.operator == signer)
        .ok_or(Reason::NoVote)?;
    if proposal.vote_of(&seat.operator).is_some() {
        return Err(Reason::AlreadyVoted);
    }
    Ok(SeatVote {
        operator: seat.operator,
        seat: seat.name,
        approve: ballot.approve,
    })
}

fn decide(view: &dyn View, books: &mut Books<'_>, proposal: GovernanceProposal) {
    let count = quorum::count(view, &proposal);
    let due = books
        .law_time
        .plus_ms(quorum::delay_ms(&proposal, count, books.delays()));
    match (proposal.status, count.decision()) {
        (GovernanceStatus::Open, quorum::Decision::Rejected) => {
            books.not_later(proposal.closes, &TimedItem::EndVote(proposal.id));
            set_status(books, proposal, GovernanceStatus::Rejected);
        }
        (GovernanceStatus::Open, quorum::Decision::Passed) => {
            books.not_later(proposal.closes, &TimedItem::EndVote(proposal.id));
            lock(books, proposal, due);
        }
        (GovernanceStatus::Passed { due: before }, _) if due < before => {
            books.not_later(before, &TimedItem::Enact(proposal.id));
            lock(books, proposal, due);
        }
        _ => {}
    }
}

fn lock(books: &mut Books<'_>, proposal: GovernanceProposal, due: Time) {
    books.later(due, &TimedItem::Enact(proposal.id));
    set_status(books, proposal, GovernanceStatus::Passed { due });
}

fn find(books: &Books<'_>, id: &Hash) -> Option<GovernanceProposal> {
    books.get(&state_key::governance(id))
}

/// Gives a proposal another status, and says so.
fn set_status(books: &mut Books<'_>, mut proposal: GovernanceProposal, status: GovernanceStatus) {
    proposal.status = status;
    books.put(state_key::governance(&proposal.id), &proposal);
    if !status.is_pending() {
        registers::close(books, &proposal.id);
    }
    tell(books, &proposal, GovernanceStep::Became(status));
}

fn tell(books: &mut Books<'_>, proposal: &GovernanceProposal, step: GovernanceStep) {
    let entry = GovernanceEntry {
        proposal: proposal.id,
        kind: proposal.change.kind(),
        step,
    };
    books.echoes.push(Event::Governance(entry).into());
}
