//! Gate 6, Revenue Metering (handshake-55-45-17.md, gate 6): usage only from registered meters; nothing
//! becomes active on a host that lacks a meter for any of its resources.

use super::Judgement;
use crate::case::Case;
use nexus_types::Reason;
use nexus_types::action::Action;

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        // No action of this version registers a meter.
        Action::ActivateImvu { .. } => Err(Reason::NoMeter),
        Action::SelfReportUsage { .. } => Err(Reason::SelfReported),
        _ => Ok(()),
    }
}
