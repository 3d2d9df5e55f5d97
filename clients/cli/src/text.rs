//! Small pieces of what people read.

use clap::builder::styling::{AnsiColor, Style};
use nexus_sdk::anchor::time_from_ms;
use nexus_sdk::api::{
    ChangeView, MailRouteChangeView, MailRouteView, QuotaChangeView, QuotaView, SubjectView,
    present_rdata,
};
use nexus_types::host::{HostChange, HostStatus};
use nexus_types::ids::HostId;
use nexus_types::snapshot::SnapshotOutcome;
use nexus_types::{Action, Change};

use crate::units::{show_bits, show_bytes, show_cpu};

/// For what went wrong, and for what must not be overlooked.
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
/// For what is well.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
/// For what to do next.
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default().bold();

/// A stranger's text on one line: what a terminal would act on, and what turns the order of the text around, is spelled
/// as `\u001b`.
pub(crate) fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        if one.is_control() || turns(one) {
            safe.push_str(&format!("\\u{:04x}", u32::from(one)));
        } else {
            safe.push(one);
        }
    }
    safe
}

/// Line and paragraph separators and directional formatting (Unicode 16, UAX #9 §2).
fn turns(one: char) -> bool {
    matches!(one, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A time in milliseconds as RFC 3339, to the second.
pub(crate) fn time(ms: u64) -> String {
    time_from_ms(ms - ms % 1_000).map_or_else(|_| format!("{ms} ms"), |time| time.to_rfc3339())
}

/// Whether something is so.
pub(crate) fn yes_no(is_so: bool) -> String {
    String::from(if is_so { "yes" } else { "no" })
}

/// The first digits of an id, for tables.
pub(crate) fn short(id: &impl ToString) -> String {
    let id = id.to_string();
    id.chars().take(12).collect()
}

/// What an action is about.
pub(crate) fn subject(subject: &SubjectView) -> String {
    match subject {
        SubjectView::Chain => String::from("the chain"),
        SubjectView::Identity(id) => format!("identity {}", short(id)),
        SubjectView::Imvu(id) => id.to_string(),
        SubjectView::Name(name) => name.to_string(),
        SubjectView::NotAName(hash) => format!("text {}", short(hash)),
        SubjectView::Proposal(id) => format!("proposal {}", short(id)),
        SubjectView::Approval(id) => format!("approval {}", short(id)),
        SubjectView::AuditEntry(sequence) => format!("audit entry {sequence}"),
        SubjectView::Host(id) => format!("host {id}"),
        SubjectView::Meter(id) => format!("meter {id}"),
        SubjectView::Processor(id) => format!("processor {id}"),
        SubjectView::Payment {
            processor,
            external,
        } => format!("payment {external} at {processor}"),
        SubjectView::Dispute(id) => format!("dispute {}", short(id)),
        SubjectView::Payout(id) => format!("payout {}", short(id)),
        SubjectView::Consents { imvu, subject } => {
            format!("consents of {} in {imvu}", short(subject))
        }
        SubjectView::Snapshot { imvu, number } => format!("snapshot {number} of {imvu}"),
        SubjectView::Mailbox(local) => format!("mailbox {}", short(local)),
        SubjectView::MailRoute(domain) => format!("mail of {domain}"),
        SubjectView::MailBook(imvu) => format!("mail book of {imvu}"),
        SubjectView::Governance(id) => format!("governance proposal {}", short(id)),
    }
}

/// A whole quota in one line.
pub(crate) fn quota(quota: &QuotaView) -> String {
    format!(
        "cpu {}, memory {}, storage {}, bandwidth {}, pids {}, io {}/s, dns {}/s, mail {}/h, mail storage {}",
        show_cpu(quota.cpu_millis.0),
        show_bytes(quota.memory_bytes.0),
        show_bytes(quota.storage_bytes.0),
        show_bits(quota.bandwidth_bits.0),
        quota.pids.0,
        show_bytes(quota.io_bytes.0),
        quota.dns_answers.0,
        quota.mail_messages.0,
        show_bytes(quota.mail_bytes.0)
    )
}

/// A quota change in one line.
pub(crate) fn quota_change(change: &QuotaChangeView) -> String {
    let fields = [
        change
            .cpu_millis
            .map(|one| format!("cpu {}", show_cpu(one.0))),
        change
            .memory_bytes
            .map(|one| format!("memory {}", show_bytes(one.0))),
        change
            .storage_bytes
            .map(|one| format!("storage {}", show_bytes(one.0))),
        change
            .bandwidth_bits
            .map(|one| format!("bandwidth {}", show_bits(one.0))),
        change.pids.map(|one| format!("pids {}", one.0)),
        change
            .io_bytes
            .map(|one| format!("io {}/s", show_bytes(one.0))),
        change.dns_answers.map(|one| format!("dns {}/s", one.0)),
        change.mail_messages.map(|one| format!("mail {}/h", one.0)),
        change
            .mail_bytes
            .map(|one| format!("mail storage {}", show_bytes(one.0))),
    ];
    fields.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A change that needs the creator's approval, in one line.
pub(crate) fn change(change: &Change) -> String {
    match ChangeView::from(change) {
        ChangeView::Quota(change) => quota_change(&change),
        ChangeView::SetRoute { prefix, next_hop } => format!("route {prefix} via {next_hop}"),
        ChangeView::RemoveRoute { prefix } => format!("no route {prefix}"),
        ChangeView::PathPolicy(policy) => format!(
            "path policy: next hops {}; egress {}",
            policy.next_hops.join(" "),
            if policy.egress_open { "open" } else { "closed" }
        ),
        ChangeView::MailRoute(change) => mail_route(&change),
    }
}

/// A change of where a domain's mail goes, in one line.
pub(crate) fn mail_route(change: &MailRouteChangeView) -> String {
    let domain = &change.domain;
    match &change.route {
        None => format!("{domain} takes no mail"),
        Some(MailRouteView::Kept) => format!("mail of {domain} to its host's mail agent"),
        Some(MailRouteView::Exchange { host }) => format!("mail of {domain} to {host}"),
    }
}

/// What an action asks for beyond its name and subject; empty where these say it all.
pub(crate) fn asked(action: &Action) -> String {
    match action {
        Action::CreateImvu { quota: wanted, .. } => quota(&QuotaView::from(wanted)),
        Action::ChangeQuota { change: wanted, .. }
        | Action::ProposeQuota { change: wanted, .. } => change(&Change::Quota(*wanted)),
        Action::ChangeRoute { change: wanted, .. }
        | Action::ProposeRoute { change: wanted, .. } => change(&Change::Route(*wanted)),
        Action::ChangePathPolicy { policy, .. } | Action::ProposePathPolicy { policy, .. } => {
            change(&Change::PathPolicy(policy.clone()))
        }
        Action::SetRecords { owner, rrset, .. } => {
            let records = rrset.records.as_slice().iter().map(present_rdata);
            format!(
                "{owner} {} {}",
                rrset.rtype,
                records.collect::<Vec<_>>().join(", ")
            )
        }
        Action::RemoveRecords { owner, rtype, .. } => format!("{owner} {rtype}"),
        Action::SetSplit {
            creator_percent,
            platform_percent,
            ..
        } => {
            format!("{creator_percent}/{platform_percent}")
        }
        Action::ActivateImvu { host, .. } => placed(host.as_ref()),
        Action::StopImvu { accept_loss, .. } => loss(*accept_loss),
        Action::MoveImvu {
            host, accept_loss, ..
        } => {
            let parts = [placed(host.as_ref()), loss(*accept_loss)];
            let parts: Vec<String> = parts.into_iter().filter(|one| !one.is_empty()).collect();
            parts.join(", ")
        }
        Action::RegisterHost {
            jurisdiction,
            capacity,
            ..
        } => format!("{jurisdiction}: {}", quota(&QuotaView::from(capacity))),
        Action::ChangeHost { change, .. } => host_change(change),
        Action::RegisterAgent { kind, .. } => format!("{kind} agent"),
        Action::RegisterMeter { host, kind, .. } => format!("{kind} meter of {host}"),
        Action::Report(report) => format!(
            "report {}: {} acknowledgements, {} meter records, {} drifts",
            report.sequence,
            report.acks.as_slice().len(),
            report.usage.as_slice().len(),
            report.drifts.as_slice().len()
        ),
        Action::SetGuardians(choice) => match choice.threshold {
            0 => String::from("no guardians"),
            threshold => format!("{threshold} of {}", choice.guardians.as_slice().len()),
        },
        Action::ProposeRecovery(recovery) => {
            format!(
                "new key {}",
                nexus_sdk::api::WireKey::from(recovery.new_key)
            )
        }
        Action::SetMember(change) => match change.role {
            Some(role) => format!("{} as {}", change.member, role.name()),
            None => format!("{} no longer", change.member),
        },
        Action::RecordConsent(it) => format!("consent {} for {}", it.sequence, it.purpose),
        Action::RevokeConsent(it) => format!("revokes consent {}", it.revokes),
        Action::EraseConsent(it) => format!("erases through {}", it.through),
        Action::RecordDeletion(it) => format!("copies of erasure {} deleted", it.erasure),
        Action::RewriteConsent(it) => format!("entry {}", it.sequence),
        Action::RecordSnapshot(it) => match &it.outcome {
            SnapshotOutcome::Taken(taken) => {
                format!("{}, {}", show_bytes(taken.bytes), short(&taken.digest))
            }
            SnapshotOutcome::Lost(reason) => format!("lost: {reason}"),
        },
        Action::RewriteSnapshot(it) => format!("digest {}", short(&it.digest)),
        Action::RestoreSnapshot(it) if it.of != it.imvu => format!("onto {}", it.imvu),
        Action::CommitInventory(it) => format!(
            "exit {}: {} parts as of block {}",
            it.number,
            it.inventory.parts.as_slice().len(),
            it.inventory.at
        ),
        Action::RecordArchive(it) => {
            format!(
                "exit {}: {}, {}",
                it.number,
                show_bytes(it.bytes),
                short(&it.digest)
            )
        }
        Action::ConfirmExport(it) => format!("archive {}", short(&it.digest)),
        Action::ReleaseExit(it) => loss(it.accept_loss),
        Action::FindObstruction(it) => format!("evidence {}", short(&it.evidence)),
        Action::GrantAddress(_)
        | Action::RevokeAddress(_)
        | Action::ProposeMailRoute(_)
        | Action::ChangeMailRoute(_)
        | Action::RegisterDkimKey(_)
        | Action::RevokeDkimKey(_)
        | Action::SetMailCredential(_)
        | Action::RevokeMailCredential(_)
        | Action::RevokeMailTokens(_)
        | Action::RecordMailEpoch(_) => crate::commands::mail::asked(action),
        Action::ClaimExternal(_)
        | Action::ObserveName(_)
        | Action::GrantChild(_)
        | Action::DelegateName(_)
        | Action::SetTransferKey(_)
        | Action::RedeemTransfer(_) => crate::commands::domain::asked(action),
        other => crate::commands::money::asked(other),
    }
}

fn placed(host: Option<&HostId>) -> String {
    host.map_or_else(String::new, |host| format!("on {host}"))
}

fn loss(accepted: bool) -> String {
    String::from(if accepted {
        "without waiting for the host"
    } else {
        ""
    })
}

/// A change of a host in one line.
fn host_change(change: &HostChange) -> String {
    match change {
        HostChange::Status(status) => String::from(match status {
            HostStatus::Open => "open",
            HostStatus::Closed => "closed",
            HostStatus::Draining => "draining",
            HostStatus::Lost => "lost",
        }),
        HostChange::Capacity(capacity) => quota(&QuotaView::from(capacity)),
        HostChange::Capabilities(capabilities) => format!("capabilities {}", capabilities.hash()),
        HostChange::Jurisdiction(jurisdiction) => format!("jurisdiction {jurisdiction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_second() {
        assert_eq!(time(1_767_225_600_999), "2026-01-01T00:00:00Z");
        assert_eq!(time(u64::MAX), format!("{} ms", u64::MAX));
    }

    #[test]
    fn a_move_says_where_to_and_what_is_not_waited_for() {
        let asked_of = |host: Option<&str>, accept_loss| {
            asked(&Action::MoveImvu {
                imvu: nexus_types::ImvuId::new("IMVU-042").unwrap(),
                host: host.map(|name| HostId::new(name).unwrap()),
                accept_loss,
            })
        };
        assert_eq!(asked_of(None, false), "");
        assert_eq!(asked_of(Some("host-2"), false), "on host-2");
        assert_eq!(
            asked_of(Some("host-2"), true),
            "on host-2, without waiting for the host"
        );
    }
}
