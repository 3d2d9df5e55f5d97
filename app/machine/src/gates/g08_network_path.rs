//! Gate 8, Network Path Governance (handshake-55-45-17.md, gate 8): routes respect the IMVU's path
//! policy, and the policy itself changes only with the creator's approval.
//!
//! The creator's own signature, or approval, is what the policy stands for, so it needs no policy.

use super::Judgement;
use crate::case::Case;
use crate::law::{approval, imvu};
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::route::{Route, RouteChange};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match (case.action(), case.change()) {
        (Action::SignApproval { approval, .. }, Some(change @ Change::PathPolicy(_))) => {
            approval::check_signed(case, approval, &change)
        }
        (Action::ChangePathPolicy { .. }, Some(change)) if !case.by_owner() => {
            approval::find(case, &change).map(|_| ())
        }
        (Action::ChangeRoute { .. }, Some(Change::Route(change))) if !case.by_owner() => {
            let policy = case
                .imvu
                .as_ref()
                .map(|imvu| imvu::path_policy(case.view, &imvu.id))
                .unwrap_or_default();
            let inside = match &change {
                RouteChange::Set(Route { next_hop, .. }) => policy
                    .next_hops
                    .as_slice()
                    .iter()
                    .any(|prefix| prefix.contains(next_hop)),
                // Where traffic went stays where the policy let it go: taking the route away is gate 14's matter.
                RouteChange::Remove(_) => true,
            };
            if inside || approval::find(case, &Change::Route(change)).is_ok() {
                Ok(())
            } else {
                Err(Reason::OutsidePathPolicy)
            }
        }
        _ => Ok(()),
    }
}
