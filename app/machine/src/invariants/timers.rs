//! Timers: work that is due later, and the objects it is about.

use super::{Fault, Ledger, fault, guardians, stands_under};
use crate::law::money::maturing;
use crate::law::snapshots as law;
use alloc::collections::BTreeSet;
use nexus_types::host::Host;
use nexus_types::payment::{Bucket, Dispute, DisputeStatus};
use nexus_types::snapshot::{Snapshot, SnapshotStatus, Snapshots};
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, ChainRecord, Proposal, ProposalStatus, TimedItem,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, IdentityId, Time};

pub(super) fn both_ways(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut forgotten: BTreeSet<Hash> = BTreeSet::new();
    let mut watched: BTreeSet<TimedItem> = BTreeSet::new();
    ledger.each::<TimedItem>(KeyKind::Timed, |key, item| {
        let Some(due) = key.id().first_chunk::<8>() else {
            return fault(key, "the key has no time");
        };
        let due = u64::from_be_bytes(*due);
        stands_under(key, &state_key::timed(due, &item))?;
        match &item {
            TimedItem::ExpireProposal(id) => open_proposal(ledger, key, id, due),
            TimedItem::ForgetApproval(id) => {
                if !forgotten.insert(*id) {
                    return fault(key, format_args!("approval {id} is forgotten twice"));
                }
                let record = ledger.get::<ApprovalRecord>(&state_key::approval(id))?;
                if record.is_some_and(|record| record.fate == ApprovalFate::Used) {
                    return Ok(());
                }
                fault(key, format_args!("there is no used approval {id}"))
            }
            TimedItem::WatchAgent(_) | TimedItem::WatchMeter(_) => {
                let about = match &item {
                    TimedItem::WatchAgent(id) => state_key::agent(id),
                    TimedItem::WatchMeter(id) => state_key::meter(id),
                    _ => return Ok(()),
                };
                if !ledger.exists(&about) {
                    return fault(key, "nothing is there to be watched");
                }
                if watched.insert(item) {
                    return Ok(());
                }
                fault(key, "it is watched twice")
            }
            TimedItem::SealUsage(imvu) => there(ledger, key, &state_key::imvu(imvu)),
            TimedItem::TellCreators { host, .. } => there(ledger, key, &state_key::host(host)),
            TimedItem::Mature { creator, day } => {
                there(ledger, key, &state_key::bucket(creator, *day))
            }
            TimedItem::EndDispute(id) => there(ledger, key, &state_key::dispute(id)),
            TimedItem::DebtStep { imvu, payer } => {
                there(ledger, key, &state_key::debtor(payer, imvu))
            }
            TimedItem::Collect(payer) => there(ledger, key, &state_key::identity(payer)),
            TimedItem::Uncontain(imvu) => there(ledger, key, &state_key::enforcement(imvu)),
            TimedItem::SettleGuardianship(id) => guardians::is_due(ledger, key, id, due),
            TimedItem::SnapshotOverdue { imvu, number }
            | TimedItem::ExpireSnapshot { imvu, number } => {
                let snapshot = ledger.get::<Snapshot>(&state_key::snapshot(imvu, *number))?;
                let timer = snapshot.as_ref().and_then(of_snapshot);
                if timer == Some((Time(due), item)) {
                    return Ok(());
                }
                fault(key, format_args!("{snapshot:?} has no such timer"))
            }
            TimedItem::ClosePeriod { .. } => fault(key, "periods run on the block's time"),
            TimedItem::EndVote(_)
            | TimedItem::Enact(_)
            | TimedItem::ChangeSeats
            | TimedItem::Unrestrict(..) => super::governance::timer(ledger, key, &item, due),
            TimedItem::ExitOverdue(_) | TimedItem::CloseExit(_) | TimedItem::FreeNames(_) => {
                super::exits::timer(ledger, key, &item, due)
            }
            TimedItem::EndClaim(..) | TimedItem::EndRound(_) | TimedItem::EndGrant(_) => {
                super::externals::timer(ledger, key, &item, due)
            }
        }
    })?;
    money(ledger)?;
    snapshots(ledger)?;
    watchers(ledger, &watched)?;
    ledger.each::<ApprovalRecord>(KeyKind::Approval, |key, approval| {
        let id = Hash(key.id().try_into().unwrap_or_default());
        if approval.fate == ApprovalFate::Used && !forgotten.contains(&id) {
            return fault(key, "it is used, and nothing will forget it");
        }
        Ok(())
    })?;
    ledger.each::<Proposal>(KeyKind::Proposal, |key, proposal| {
        let item = TimedItem::ExpireProposal(proposal.id);
        let timer = state_key::timed(proposal.expires.0.saturating_add(1), &item);
        let open = proposal.status == ProposalStatus::Open;
        if open && !ledger.exists(&timer) {
            return fault(key, "it is open, and nothing will end it");
        }
        Ok(())
    })
}

/// Money that waits will not wait for ever, and some period is always to be closed.
fn money(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let delays = ledger.one::<ChainRecord>(&state_key::chain())?.delays;
    let due_then = |key: &StateKey, due: Time, item: &TimedItem| {
        if ledger.exists(&state_key::timed(due.0, item)) {
            return Ok(());
        }
        fault(key, format_args!("nothing will do {item:?} at {due}"))
    };
    ledger.each::<Bucket>(KeyKind::Bucket, |key, _| {
        let (Some((creator, _)), Some(day)) = (
            key.id().split_first_chunk::<32>(),
            key.id().last_chunk::<8>(),
        ) else {
            return fault(key, "the key is no creator and day");
        };
        let (creator, day) = (IdentityId(Hash(*creator)), u64::from_be_bytes(*day));
        let due = maturing::matures(day, delays.maturity_ms);
        due_then(key, due, &TimedItem::Mature { creator, day })
    })?;
    ledger.each::<Dispute>(KeyKind::Dispute, |key, dispute| {
        if dispute.status != DisputeStatus::Open {
            return Ok(());
        }
        due_then(key, dispute.expires, &TimedItem::EndDispute(dispute.id))
    })?;
    let mut closing = 0_usize;
    ledger.each::<TimedItem>(KeyKind::Due, |key, item| {
        let Some(due) = key.id().first_chunk::<8>() else {
            return fault(key, "the key has no time");
        };
        let due = u64::from_be_bytes(*due);
        stands_under(key, &state_key::due(due, &item))?;
        match item {
            TimedItem::ClosePeriod { .. } => {
                closing = closing.saturating_add(1);
                Ok(())
            }
            TimedItem::Enact(id) => super::governance::at_period(ledger, key, &id, due),
            _ => fault(key, "only periods run on the block's time"),
        }
    })?;
    if closing == 1 {
        return Ok(());
    }
    let (first, _) = state_key::range_of(KeyKind::Due);
    fault(&first, format_args!("{closing} periods are to be closed"))
}

/// The timer of a snapshot that is asked for, or kept.
fn of_snapshot(it: &Snapshot) -> Option<(Time, TimedItem)> {
    match it.status {
        SnapshotStatus::Requested => Some(law::overdue(it)),
        SnapshotStatus::Taken(_) => Some((it.kept_until?, law::expiry(it))),
        SnapshotStatus::Lost(_) | SnapshotStatus::Expired(_) | SnapshotStatus::Dropped(_) => None,
    }
}

/// A snapshot that is asked for will be called overdue, or was; one that is kept will expire, or is the newest.
fn snapshots(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let law_time = ledger.clock()?.law_time;
    ledger.each::<Snapshot>(KeyKind::Snapshot, |key, it| {
        let Some((due, item)) = of_snapshot(&it) else {
            return Ok(());
        };
        let all = ledger.get::<Snapshots>(&state_key::snapshots(&it.imvu))?;
        let newest = all.and_then(|all| all.newest) == Some(it.number);
        let done = due <= law_time && (newest || it.status == SnapshotStatus::Requested);
        if done || ledger.exists(&state_key::timed(due.0, &item)) {
            return Ok(());
        }
        fault(key, format_args!("nothing will do {item:?} at {due}"))
    })
}

fn open_proposal(ledger: &Ledger<'_>, key: &StateKey, id: &Hash, due: u64) -> Result<(), Fault> {
    match ledger.get::<Proposal>(&state_key::proposal(id))? {
        Some(proposal)
            if proposal.status == ProposalStatus::Open
                && proposal.expires.0.saturating_add(1) == due =>
        {
            Ok(())
        }
        _ => fault(key, format_args!("no open proposal {id} expires then")),
    }
}

fn there(ledger: &Ledger<'_>, key: &StateKey, about: &StateKey) -> Result<(), Fault> {
    if ledger.exists(about) {
        return Ok(());
    }
    fault(key, format_args!("{about:?} is not there"))
}

/// Agents and meters that work are watched.
fn watchers(ledger: &Ledger<'_>, watched: &BTreeSet<TimedItem>) -> Result<(), Fault> {
    ledger.each::<Host>(KeyKind::Host, |key, host| {
        let agents = host.agents.into_iter().flatten().map(TimedItem::WatchAgent);
        let meters = host.meters.as_slice().iter().cloned();
        for item in agents.chain(meters.map(TimedItem::WatchMeter)) {
            if !watched.contains(&item) {
                return fault(key, format_args!("nothing will do {item:?}"));
            }
        }
        Ok(())
    })
}
