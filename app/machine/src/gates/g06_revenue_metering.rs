//! Gate 6, Revenue Metering (handshake-55-45-17.md, gate 6): usage only from registered meters, revenue
//! only from registered processors that the creator lets book; nothing becomes active on a host that lacks a meter for any of
//! its resources.

use super::Judgement;
use crate::case::Case;
use crate::law::money::facts;
use crate::law::{metering, meters, placement};
use nexus_types::action::Action;
use nexus_types::{Gate, Reason};

pub(super) fn judge(case: &Case<'_>) -> Judgement {
    match case.action() {
        Action::ActivateImvu { .. } | Action::MoveImvu { .. } => {
            placement::judge(case, Gate::RevenueMetering)
        }
        Action::RegisterMeter { .. } => meters::check_registration(case),
        Action::Report(report) => metering::check(case, report),
        Action::SelfReportUsage { .. } => Err(Reason::SelfReported),
        Action::RegisterProcessor { .. }
        | Action::RecordDeposit { .. }
        | Action::RecordSale { .. }
        | Action::RecordRefund { .. }
        | Action::GrantRefund { .. }
        | Action::OpenDispute { .. }
        | Action::ResolveDispute { .. }
        | Action::SettlePayout { .. }
        | Action::Reconcile { .. } => facts::check_processor(case),
        _ => Ok(()),
    }
}
