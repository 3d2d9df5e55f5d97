//! Gate 3, Domain Ownership Clarity (handshake-55-45-17.md, gate 3): a name is bound to exactly one
//! IMVU; no ancestor or descendant of it belongs to another.

use super::Judgement;
use crate::case::Case;
use crate::law::names::{self, Holder};
use crate::law::{external, transfers};
use nexus_types::Reason;
use nexus_types::action::Action;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    let name = match &case.name {
        None => return Ok(()),
        Some(Err(fault)) => return Err(Reason::Name(*fault)),
        Some(Ok(name)) => name,
    };
    match case.action() {
        Action::ClaimDomain { imvu, .. } => {
            names::check_claim(case.view, name, imvu, case.law_time)
        }
        Action::ClaimExternal(asked) => {
            external::check_claim(case.view, name, &asked.imvu, case.law_time)
        }
        Action::ObserveName(asked) => external::check_open(case, asked),
        Action::RedeemTransfer(asked) => transfers::check(case, asked),
        Action::ReleaseDomain { .. }
        | Action::GrantChild(_)
        | Action::DelegateName(_)
        | Action::SetTransferKey(_)
            if case.holder != Holder::Nobody && !case.by_owner() =>
        {
            Err(Reason::NotOwner)
        }
        _ => Ok(()),
    }
}
