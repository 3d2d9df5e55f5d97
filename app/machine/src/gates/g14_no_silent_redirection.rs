//! Gate 14, No Silent Redirection (handshake-55-45-17.md, gate 14): any platform change of a route, of
//! DNS or of where mail goes needs the creator's approval of exactly that change. The one named exception is a legal
//! restriction (law §4).

use super::Judgement;
use crate::case::Case;
use crate::law::{approval, governance::restriction, mail::dkim};
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::governance::RestrictionScope;
use nexus_types::host::HostChange;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match (case.action(), case.change()) {
        (
            Action::SignApproval { approval, .. },
            Some(change @ (Change::Route(_) | Change::MailRoute(_))),
        ) => approval::check_signed(case, approval, &change),
        (Action::ChangeRoute { .. } | Action::ChangeMailRoute(_), Some(change))
            if !case.by_owner() =>
        {
            approval::find(case, &change).map(|_| ())
        }
        (Action::RegisterDkimKey(_) | Action::RevokeDkimKey(_), _) => dkim::check_signer(case),
        // No approval can name records yet, so the platform can't change one at all.
        (Action::SetRecords { .. } | Action::RemoveRecords { .. } | Action::DelegateName(_), _)
            if case.by_platform() =>
        {
            Err(Reason::ApprovalMissing)
        }
        // Another jurisdiction for a host redirects all that runs there.
        (
            Action::ChangeHost {
                change: HostChange::Jurisdiction(_),
                ..
            },
            _,
        ) if case.host.as_ref().is_some_and(|host| host.placements > 0) => Err(Reason::HostInUse),
        (Action::RestrictLegally(order), _) if order.scope == RestrictionScope::Serving => {
            restriction::check(case, order)
        }
        _ => Ok(()),
    }
}
