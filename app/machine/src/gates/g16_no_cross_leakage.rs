//! Gate 16, No Cross-IMVU Leakage (handshake-55-45-17.md, gate 16): no action refers to another IMVU's volume, subnet or mailbox.
//!
//! Secrets no action names: they stay off the ledger.

use super::Judgement;
use crate::case::Case;
use crate::law::snapshots;
use crate::law::{mail::addresses, subnets};
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::route::RouteChange;
use nexus_types::{Hash, ImvuId, Reason};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    snapshots::check_source(case)?;
    match (case.action(), case.change()) {
        // Taking a route away leads nowhere.
        (_, Some(Change::Route(RouteChange::Set(route)))) => subnets::check_route(case, &route),
        (Action::SetMailCredential(asked), _) => asked
            .addresses
            .as_slice()
            .iter()
            .try_for_each(|local| own_mailbox(case, &asked.imvu, local)),
        (Action::RevokeAddress(asked), _) => own_mailbox(case, &asked.imvu, &asked.local),
        _ => Ok(()),
    }
}

fn own_mailbox(case: &Case<'_>, imvu: &ImvuId, local: &Hash) -> Judgement {
    match addresses::of(case.view, local) {
        Some(address) if address.imvu != *imvu => Err(Reason::NotItsMailbox),
        _ => Ok(()),
    }
}
