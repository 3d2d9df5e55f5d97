//! Work that is due: ordered by (due, id), at most 500 items a block, before the block's transactions.

use crate::view::{Layer, View, Writes, read, write};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::limits::TIMED_PER_BLOCK;
use nexus_types::state::{Imvu, Proposal, ProposalStatus, TimedItem};
use nexus_types::{Hash, Time, decode, state_key};

/// Does what is due at the law time; the rest waits for the next block.
pub(crate) fn run(base: &dyn View, law_time: Time, writes: &mut Writes) -> Vec<Event> {
    let mut events = Vec::new();
    let (from, to) = state_key::timed_range(law_time.0);
    for _ in 0..TIMED_PER_BLOCK {
        let Some((key, bytes)) = Layer { base, writes }.first_in(&from, &to) else {
            break;
        };
        if let Ok(item) = decode::<TimedItem>(&bytes) {
            events.extend(act(base, &item, writes));
        }
        writes.insert(key, None);
    }
    events
}

fn act(base: &dyn View, item: &TimedItem, writes: &mut Writes) -> Option<Event> {
    match item {
        TimedItem::ForgetApproval(id) => {
            writes.insert(state_key::approval(id), None);
            None
        }
        TimedItem::ExpireProposal(id) => expire_proposal(base, id, writes),
    }
}

fn expire_proposal(base: &dyn View, id: &Hash, writes: &mut Writes) -> Option<Event> {
    let layer = Layer { base, writes };
    let mut proposal = read::<Proposal>(&layer, &state_key::proposal(id))?;
    let imvu = read::<Imvu>(&layer, &state_key::imvu(&proposal.imvu));
    if proposal.status != ProposalStatus::Open {
        return None;
    }
    proposal.status = ProposalStatus::Expired;
    write(writes, state_key::proposal(id), &proposal);
    if let Some(mut imvu) = imvu {
        imvu.proposals = imvu.proposals.saturating_sub(1);
        write(writes, state_key::imvu(&imvu.id), &imvu);
    }
    Some(Event::ProposalExpired(*id))
}
