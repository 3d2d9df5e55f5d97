//! What the timed queue does with proposals: votes end, time-locks run out, seats change when there is room.

use super::{enact, find, power, registers, rules, set_status};
use crate::law::echo::Echo;
use crate::law::money::books::Books;
use nexus_types::governance::{GovernanceProposal, GovernanceStatus, Lapse, Register};
use nexus_types::state::TimedItem;
use nexus_types::{ActionKind, Hash, state_key};

/// Too few seats have voted in time.
pub(crate) fn end_vote(books: &mut Books<'_>, id: &Hash) {
    if let Some(proposal) = find(books, id).filter(|one| one.status == GovernanceStatus::Open) {
        set_status(books, proposal, GovernanceStatus::Lapsed(Lapse::Unvoted));
    }
}

/// A time-lock has run out, or the period begins that a proposal waited for.
pub(crate) fn enact(books: &mut Books<'_>, id: &Hash) {
    let Some(proposal) = find(books, id) else {
        return;
    };
    let waits = match proposal.status {
        GovernanceStatus::Passed { .. } => proposal.change.kind().waits_for_a_period(),
        GovernanceStatus::AtPeriod { .. } => false,
        _ => return,
    };
    if let Some(lapse) = lapsed(books, &proposal) {
        return set_status(books, proposal, GovernanceStatus::Lapsed(lapse));
    }
    if waits {
        let begins = books.calendar().end(books.period_now());
        let item = TimedItem::Enact(proposal.id);
        books.put(state_key::due(begins.0, &item), &item);
        return set_status(books, proposal, GovernanceStatus::AtPeriod { begins });
    }
    if proposal.change.kind().register() == Register::Seats && !power::may_change(books, &proposal)
    {
        power::wait(books, &proposal.id);
        return set_status(books, proposal, GovernanceStatus::Queued);
    }
    take_effect(books, proposal);
}

/// Lets those take effect, in their order, for which there is room by now.
pub(crate) fn change_seats(books: &mut Books<'_>) {
    // None joins those that wait meanwhile.
    for id in power::queue(books) {
        let Some(proposal) = find(books, &id) else {
            power::leave(books, &id);
            continue;
        };
        if proposal.epoch != books.network().recovery_epoch {
            power::leave(books, &id);
            set_status(books, proposal, GovernanceStatus::Lapsed(Lapse::Epoch));
            continue;
        }
        if !power::has_room(books, &proposal) {
            break;
        }
        power::leave(books, &id);
        take_effect(books, proposal);
    }
    power::look_again(books);
}

/// Whether what was voted on is not there any longer.
fn lapsed(books: &Books<'_>, proposal: &GovernanceProposal) -> Option<Lapse> {
    if proposal.epoch != books.network().recovery_epoch {
        return Some(Lapse::Epoch);
    }
    let basis = books.look(|view| registers::basis(view, &proposal.change));
    (basis != proposal.basis).then_some(Lapse::Moved)
}

fn take_effect(books: &mut Books<'_>, proposal: GovernanceProposal) {
    let height = books.now.height;
    let allowed = books.look(|view| rules::check(view, height, &proposal.change));
    // Judged once more: what would break the law by now does not happen, however many voted for it.
    if let Err(reason) = allowed.and_then(|()| enact::apply(books, &proposal)) {
        let lapse = Lapse::Refused(reason);
        return set_status(books, proposal, GovernanceStatus::Lapsed(lapse));
    }
    registers::moved(books, proposal.change.kind().register());
    if let Some(imvu) = proposal.change.imvu() {
        books.echoes.push(Echo::Told {
            imvu: imvu.clone(),
            audit: proposal.audit,
            actor: proposal.proposer,
            action: ActionKind::SubmitGovernance,
        });
    }
    set_status(books, proposal, GovernanceStatus::Executed(height));
}
