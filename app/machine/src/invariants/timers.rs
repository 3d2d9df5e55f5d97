//! Timers: work that is due later, and the objects it is about.

use super::{Fault, Ledger, fault, stands_under};
use alloc::collections::BTreeSet;
use nexus_types::Hash;
use nexus_types::state::{ApprovalFate, ApprovalRecord, Proposal, ProposalStatus, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};

pub(super) fn both_ways(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut forgotten: BTreeSet<Hash> = BTreeSet::new();
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
        }
    })?;
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
