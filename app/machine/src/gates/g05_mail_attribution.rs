//! Gate 5, Mail Attribution (handshake-55-45-17.md, gate 5): mail leaves only from an address inside a bound domain,
//! granted to an identity; what was sent is committed to by the assigned agent, without a gap.

use super::Judgement;
use crate::case::Case;
use crate::law::mail::{addresses, credentials, epochs};
use nexus_types::action::Action;
use nexus_types::approval::Change;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match (case.action(), case.change()) {
        (_, Some(Change::MailRoute(change))) => addresses::check_domain(case, &change.domain),
        (Action::GrantAddress(asked), _) => {
            addresses::check_domain(case, &asked.domain)?;
            addresses::check_holder(case, &asked.holder)
        }
        (Action::RegisterDkimKey(asked), _) => addresses::check_domain(case, &asked.domain),
        (Action::SetMailCredential(asked), _) => credentials::check_attribution(case, asked),
        (Action::RecordMailEpoch(asked), _) => epochs::check(case, asked),
        _ => Ok(()),
    }
}
