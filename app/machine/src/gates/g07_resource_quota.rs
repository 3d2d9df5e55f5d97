//! Gate 7, Resource Quota Enforcement (handshake-55-45-17.md, gate 7): guaranteed quotas stay within
//! capacity, and each within the largest envelope the network offers; a field of zero guarantees nothing.

use super::Judgement;
use crate::case::Case;
use crate::law::imvu::changed_quota;
use crate::view::chain;
use nexus_types::Reason;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::quota::{Quota, QuotaField};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::CreateImvu { quota, .. } => within_envelope(case, quota),
        // No action of this version registers a host's capacity.
        Action::ActivateImvu { .. } => Err(Reason::NoCapacity),
        _ => match (case.change(), &case.imvu) {
            (Some(Change::Quota(change)), Some(imvu)) => {
                within_envelope(case, &changed_quota(&imvu.quota, &change))
            }
            _ => Ok(()),
        },
    }
}

fn within_envelope(case: &Case<'_>, quota: &Quota) -> Judgement {
    let envelope = chain(case.view).max_quota;
    for field in QuotaField::ALL {
        if quota.get(field) == 0 {
            return Err(Reason::ZeroQuota);
        }
        if quota.get(field) > envelope.get(field) {
            return Err(Reason::OverEnvelope);
        }
    }
    Ok(())
}
