//! Where a domain's mail goes: the owner's to say, or the platform's with the owner's approval (gate 14).

use super::book::Book;
use crate::case::Case;
use crate::view::{View, Writes, read};
use nexus_types::mail::{MailObject, MailRoute, MailRouteChange, MailRouteRecord};
use nexus_types::state::Imvu;
use nexus_types::{Name, Reason, state_key};

/// The route of a domain's mail.
pub(crate) fn of(view: &dyn View, domain: &Name) -> Option<MailRouteRecord> {
    read(view, &state_key::mail_route(domain))
}

/// Applies a change that the gates have let through; the IMVU is kept by the caller.
pub(crate) fn apply(
    case: &Case<'_>,
    imvu: &mut Imvu,
    change: &MailRouteChange,
    writes: &mut Writes,
) -> Result<(), Reason> {
    if let Some(MailRoute::Exchange(host)) = &change.route {
        host.check_host().map_err(Reason::Name)?;
    }
    let known = of(case.view, &change.domain);
    let current = known.as_ref().and_then(|record| record.route.as_ref());
    if current == change.route.as_ref() {
        return Err(Reason::NoChange);
    }
    let version = known.as_ref().map_or(0, |record| record.version);
    let record = MailRouteRecord {
        imvu: imvu.id.clone(),
        domain: change.domain.clone(),
        route: change.route.clone(),
        version: version.saturating_add(1),
    };
    let mut book = Book::open(case.view, imvu.clone(), writes);
    book.put(&MailObject::Route(record))?;
    *imvu = book.close()?;
    Ok(())
}
