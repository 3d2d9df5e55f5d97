//! Proposals for people.

use crate::text::{self, short};
use crate::{table, units::counted as number};
use nexus_sdk::api::{
    GovernanceChangeView as Change, GovernanceProposalView, GovernanceStatusView as Status,
};
use nexus_types::limits::HOUR_MS;

/// One line of the table of pending proposals.
pub(super) fn row(view: &GovernanceProposalView) -> Vec<String> {
    let (yes, no) = counted(view);
    vec![
        view.id.to_string(),
        change(&view.change),
        yes.to_string(),
        no.to_string(),
        status(view),
    ]
}

/// A whole proposal.
pub(super) fn proposal(view: &GovernanceProposalView) -> String {
    let (yes, no) = counted(view);
    let fields = table::fields(&[
        ("proposal", view.id.to_string()),
        ("change", change(&view.change)),
        ("proposer", view.proposer.to_string()),
        ("digest", view.digest.to_string()),
        ("opened", format!("block {}", view.opened)),
        ("status", status(view)),
        ("votes", format!("{yes} for it, {no} against")),
    ]);
    if view.votes.is_empty() {
        return fields;
    }
    let rows: Vec<Vec<String>> = view
        .votes
        .iter()
        .map(|vote| {
            let word = if vote.approve { "yes" } else { "no" };
            vec![vote.seat.clone(), word.to_owned()]
        })
        .collect();
    format!("{fields}\n{}", table::columns(&["SEAT", "VOTE"], &rows))
}

fn counted(view: &GovernanceProposalView) -> (usize, usize) {
    let yes = view.votes.iter().filter(|vote| vote.approve).count();
    (yes, view.votes.len() - yes)
}

fn status(view: &GovernanceProposalView) -> String {
    match &view.status {
        Status::Open => format!("open until {} (law time)", text::time(view.closes.0)),
        Status::Passed { due } => format!("passed; locked until {} (law time)", text::time(due.0)),
        Status::AtPeriod { begins } => {
            format!("takes effect with the period of {}", text::time(begins.0))
        }
        Status::Queued => String::from("waits until as much power may change"),
        Status::Executed { executed_at } => format!("took effect in block {executed_at}"),
        Status::Rejected => String::from("rejected"),
        Status::Lapsed { why, reason } => match (why.as_str(), reason) {
            ("unvoted", _) => String::from("lapsed: too few seats voted in time"),
            ("moved", _) => String::from("lapsed: what it is about has changed meanwhile"),
            ("epoch", _) => String::from("lapsed: it is of an earlier recovery epoch"),
            (_, Some(reason)) => format!("lapsed: {}", reason.text),
            (other, None) => format!("lapsed: {other}"),
        },
        Status::Withdrawn => String::from("withdrawn"),
    }
}

/// A change in a sentence.
pub(super) fn change(change: &Change) -> String {
    match change {
        Change::AdmitOfficer { officer } => format!("admit officer {}", short(officer)),
        Change::RemoveOfficer { officer } => format!("remove officer {}", short(officer)),
        Change::SetOfficersThreshold { threshold } => {
            format!("{threshold} officers sign a platform action")
        }
        Change::AdmitAttester { attester } => format!("admit attester {}", short(attester)),
        Change::RemoveAttester { attester } => format!("remove attester {}", short(attester)),
        Change::AdmitObserver { name, platform, .. } => {
            format!("admit observer {name:?}{}", platforms(*platform))
        }
        Change::RemoveObserver { observer } => format!("remove observer {}", short(observer)),
        Change::AddValidator {
            name,
            key,
            platform,
            ..
        } => format!(
            "give {name:?}{} a seat, key {}",
            platforms(*platform),
            short(key)
        ),
        Change::RemoveValidator { seat } => format!("remove the seat of key {}", short(seat)),
        Change::RotateValidator { seat, new_key, .. } => {
            format!("key {} for the seat of key {}", short(new_key), short(seat))
        }
        Change::AddJurisdiction { tag } => format!("add jurisdiction {tag}"),
        Change::RemoveJurisdiction { tag } => format!("remove jurisdiction {tag}"),
        Change::DenyName { name, below } => {
            let reach = if *below { " and all below it" } else { "" };
            format!("deny {name}{reach}")
        }
        Change::AllowName { name } => format!("allow {name}"),
        Change::ExtendContainment { imvu, span_ms } => {
            format!("contain {imvu} for {} more", span(span_ms.0))
        }
        Change::LiftRestriction { imvu } => format!("lift the legal restrictions of {imvu}"),
        Change::Upgrade {
            height,
            app_version,
            sha256,
        } => format!(
            "version {app_version} from block {height} on, binary {}",
            short(sha256)
        ),
        Change::CancelUpgrade => String::from("cancel the planned upgrade"),
    }
}

/// A span of law time in whole hours.
fn span(ms: u64) -> String {
    number(ms.div_ceil(HOUR_MS), "hour")
}

fn platforms(platform: bool) -> &'static str {
    if platform { " (the platform's)" } else { "" }
}
