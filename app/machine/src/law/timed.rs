//! Work that is due: ordered by (due, id), at most 500 items a block, before the block's transactions.

use super::echo::Echo;
use super::money::books::Books;
use super::money::{closing, containment, debts, disputes, maturing, payers};
use super::names::Moment;
use super::{children, exit, external, governance, guardians, metering, silence, snapshots};
use crate::view::{BlockContext, Layer, View, Writes, after, read, write};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::host::Slot;
use nexus_types::limits::{TIMED_PER_BLOCK, TOLD_PER_STEP};
use nexus_types::state::{Imvu, Proposal, ProposalStatus, TimedItem};
use nexus_types::{ActionKind, Hash, HostId, IdentityId, Time, decode, state_key};

/// Does what is due at the law time, then what is due at the block time; the rest waits for the next block.
pub(crate) fn run(
    base: &dyn View,
    now: BlockContext,
    law_time: Time,
    writes: &mut Writes,
) -> Vec<Echo> {
    let mut echoes = Vec::new();
    // Protective delays run on the law's clock, periods of account on the block's (law §2, §4).
    let ranges = [
        state_key::timed_range(law_time.0),
        state_key::due_range(now.time.0),
    ];
    let mut left = TIMED_PER_BLOCK;
    for (mut from, to) in ranges {
        while left > 0 {
            let Some((key, bytes)) = (Layer { base, writes }).first_in(&from, &to) else {
                break;
            };
            left = left.saturating_sub(1);
            // On from there: looked for from the front, each would pass by all that are gone.
            from = after(&key);
            // Gone before it acts: an item may put itself back for later, never for now.
            writes.insert(key, None);
            if let Ok(item) = decode::<TimedItem>(&bytes) {
                echoes.extend(act(base, now, law_time, &item, writes));
            }
        }
    }
    echoes
}

fn act(
    base: &dyn View,
    now: BlockContext,
    law_time: Time,
    item: &TimedItem,
    writes: &mut Writes,
) -> Vec<Echo> {
    match item {
        TimedItem::ForgetApproval(id) => {
            writes.insert(state_key::approval(id), None);
            Vec::new()
        }
        TimedItem::ExpireProposal(id) => expire_proposal(base, id, writes).into_iter().collect(),
        TimedItem::WatchAgent(id) => silence::agent(base, id, law_time, writes)
            .into_iter()
            .collect(),
        TimedItem::WatchMeter(id) => silence::meter(base, id, law_time, writes)
            .into_iter()
            .collect(),
        TimedItem::SealUsage(id) => {
            let imvu = read::<Imvu>(&Layer { base, writes }, &state_key::imvu(id));
            imvu.map_or_else(Vec::new, |imvu| {
                metering::seal_before(base, now, &imvu, now.time, None, writes)
            })
        }
        TimedItem::TellCreators {
            host,
            from,
            audit,
            actor,
        } => tell_creators(base, host, *from, (*audit, *actor), law_time, writes),
        TimedItem::SettleGuardianship(id) => guardians::settle(base, id, law_time, writes),
        TimedItem::SnapshotOverdue { imvu, number } => {
            snapshots::tell_overdue(base, now, (imvu, *number), writes)
        }
        TimedItem::ExpireSnapshot { imvu, number } => {
            let expired = snapshots::retire(base, now, (imvu, *number), writes);
            expired.into_iter().collect()
        }
        TimedItem::FreeNames(imvu) => exit::free_names(base, now, law_time, imvu, writes),
        TimedItem::EndClaim(name, imvu) => {
            let at = Moment { now, law_time };
            let ended = external::end_claim(base, at, (name, imvu), writes);
            let followed = exit::protection::follow(base, (now, law_time), imvu, writes);
            ended.into_iter().chain(followed).collect()
        }
        TimedItem::EndRound(name) => {
            let holder = external::of(&Layer { base, writes }, name).map(|it| it.imvu);
            let ended = external::end_round(base, Moment { now, law_time }, name, writes);
            let followed = holder
                .and_then(|imvu| exit::protection::follow(base, (now, law_time), &imvu, writes));
            ended.into_iter().chain(followed).collect()
        }
        TimedItem::EndGrant(child) => {
            children::lapse(base, child, writes);
            Vec::new()
        }
        TimedItem::ClosePeriod { .. }
        | TimedItem::Mature { .. }
        | TimedItem::EndDispute(_)
        | TimedItem::DebtStep { .. }
        | TimedItem::Collect(_)
        | TimedItem::Uncontain(_)
        | TimedItem::EndVote(_)
        | TimedItem::Enact(_)
        | TimedItem::ChangeSeats
        | TimedItem::Unrestrict(..)
        | TimedItem::ExitOverdue(_)
        | TimedItem::CloseExit(_) => with_books(base, now, item, writes),
    }
}

fn with_books(
    base: &dyn View,
    now: BlockContext,
    item: &TimedItem,
    writes: &mut Writes,
) -> Vec<Echo> {
    let mut books = Books::open(base, now, writes);
    match item {
        TimedItem::ClosePeriod { period, from } => {
            closing::step(&mut books, *period, from.as_ref());
        }
        TimedItem::Mature { creator, day } => maturing::mature(&mut books, *creator, *day),
        TimedItem::EndDispute(id) => disputes::lapse(&mut books, *id),
        TimedItem::DebtStep { imvu, payer } => debts::step(&mut books, imvu, *payer),
        TimedItem::Collect(payer) => {
            // What it takes is there, and turnovers have room.
            let paid = payers::pay_debts(&mut books, *payer);
            debug_assert!(paid.is_ok());
        }
        TimedItem::Uncontain(imvu) => containment::end(&mut books, imvu),
        TimedItem::EndVote(id) => governance::end_vote(&mut books, id),
        TimedItem::Enact(id) => governance::enact_due(&mut books, id),
        TimedItem::ChangeSeats => governance::change_seats(&mut books),
        TimedItem::Unrestrict(imvu, scope) => {
            governance::restriction::end(&mut books, imvu, *scope);
        }
        TimedItem::ExitOverdue(imvu) => exit::lateness::begin(&mut books, imvu),
        TimedItem::CloseExit(imvu) => exit::close_due(&mut books, imvu),
        _ => {}
    }
    books.echoes
}

fn expire_proposal(base: &dyn View, id: &Hash, writes: &mut Writes) -> Option<Echo> {
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
    Some(Event::ProposalExpired(*id).into())
}

/// Tells the creators on a host of what its operator did, a few slots at a time; the rest is due at the next law time.
fn tell_creators(
    base: &dyn View,
    host: &HostId,
    first: u32,
    (audit, actor): (u64, IdentityId),
    law_time: Time,
    writes: &mut Writes,
) -> Vec<Echo> {
    let mut echoes = Vec::new();
    let last = first.saturating_add(TOLD_PER_STEP);
    let (mut from, to) = (state_key::slot(host, first), state_key::slot(host, last));
    while let Some((key, bytes)) = (Layer { base, writes }).first_in(&from, &to) {
        if let Some(slot) = decode::<Slot>(&bytes)
            .ok()
            .filter(|slot| slot.ended.is_none())
        {
            echoes.push(Echo::Told {
                imvu: slot.imvu,
                audit,
                actor,
                action: ActionKind::ChangeHost,
            });
        }
        from = after(&key);
    }
    let more = read::<nexus_types::host::Host>(&Layer { base, writes }, &state_key::host(host))
        .is_some_and(|host| host.next_slot > last);
    if more {
        let item = TimedItem::TellCreators {
            host: host.clone(),
            from: last,
            audit,
            actor,
        };
        write(
            writes,
            state_key::timed(law_time.0.saturating_add(1), &item),
            &item,
        );
    }
    echoes
}
