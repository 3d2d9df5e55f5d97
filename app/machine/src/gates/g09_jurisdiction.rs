//! Gate 9, Jurisdiction Tagging (handshake-55-45-17.md, gate 9): the tag is on the governed list; an
//! IMVU without one can hold nothing, and runs, and keeps mail, only inside it.

use super::Judgement;
use crate::case::Case;
use crate::law::{placement, snapshots};
use crate::view::read;
use nexus_types::action::Action;
use nexus_types::host::HostChange;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::state::{Imvu, Jurisdictions};
use nexus_types::{Gate, Reason, state_key};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        // A draft without one may be tagged later: nothing is held for it until then.
        Action::CreateImvu {
            jurisdiction: Some(tag),
            ..
        }
        | Action::SetJurisdiction {
            jurisdiction: tag, ..
        } => listed(case, tag),
        Action::ClaimDomain { .. } | Action::ClaimExternal(_) | Action::RedeemTransfer(_) => {
            match case.claimant() {
                Some(imvu) if imvu.jurisdiction.is_none() => Err(Reason::JurisdictionMissing),
                _ => Ok(()),
            }
        }
        Action::ActivateImvu { .. } | Action::MoveImvu { .. } => match &case.imvu {
            Some(imvu) if imvu.jurisdiction.is_none() => Err(Reason::JurisdictionMissing),
            // Nothing new begins in a jurisdiction that has left the list; what stands there may move within it.
            Some(Imvu {
                jurisdiction: Some(tag),
                ..
            }) if matches!(case.action(), Action::ActivateImvu { .. })
                && listed(case, tag).is_err() =>
            {
                Err(Reason::JurisdictionUnknown)
            }
            _ => placement::judge(case, Gate::Jurisdiction),
        },
        Action::RegisterHost { jurisdiction, .. } => listed(case, jurisdiction),
        Action::RequestSnapshot(_) | Action::RestoreSnapshot(_) => {
            snapshots::check_jurisdiction(case)
        }
        Action::GrantAddress(asked) => match &case.imvu {
            None => Ok(()),
            Some(imvu) if imvu.jurisdiction.is_none() => Err(Reason::JurisdictionMissing),
            Some(imvu) if imvu.jurisdiction.as_ref() != Some(&asked.jurisdiction) => {
                Err(Reason::MailboxOutsideJurisdiction)
            }
            Some(_) => Ok(()),
        },
        Action::ChangeHost {
            change: HostChange::Jurisdiction(tag),
            ..
        } => match &case.host {
            Some(host) if host.placements > 0 => Err(Reason::HostInUse),
            _ => listed(case, tag),
        },
        _ => Ok(()),
    }
}

fn listed(case: &Case<'_>, tag: &Jurisdiction) -> Judgement {
    let list = read::<Jurisdictions>(case.view, &state_key::jurisdictions());
    if list.is_some_and(|list| list.tags.contains(tag)) {
        Ok(())
    } else {
        Err(Reason::JurisdictionUnknown)
    }
}
