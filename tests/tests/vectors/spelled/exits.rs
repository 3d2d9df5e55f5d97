//! Exits.

use super::{number, variant};
use nexus_types::action::Action;
use nexus_types::exit::{
    Archive, ArchivePart, Exit, ExitEntry, ExitEvent, Inventory, Moment, Overdue, PeriodRoots,
};
use nexus_types::state::ImvuNames;
use serde_json::{Value, json};

/// What an action about one says.
pub(super) fn action(action: &Action) -> Value {
    match action {
        Action::AnnounceExit(it) => json!({"imvu": it.imvu.as_str()}),
        Action::CancelExit(it) => json!({"imvu": it.imvu.as_str()}),
        Action::CloseExit(it) => json!({"imvu": it.imvu.as_str()}),
        Action::BlockExit(it) => json!({"imvu": it.imvu.as_str()}),
        Action::CommitInventory(it) => json!({
            "imvu": it.imvu.as_str(),
            "number": number(it.number),
            "inventory": inventory(&it.inventory),
        }),
        Action::RecordArchive(it) => json!({
            "imvu": it.imvu.as_str(),
            "number": number(it.number),
            "digest": it.digest.to_string(),
            "bytes": number(it.bytes),
        }),
        Action::ConfirmExport(it) => {
            json!({"imvu": it.imvu.as_str(), "digest": it.digest.to_string()})
        }
        Action::ReleaseExit(it) => {
            json!({"imvu": it.imvu.as_str(), "accept_loss": it.accept_loss})
        }
        Action::FindObstruction(it) => {
            json!({"imvu": it.imvu.as_str(), "evidence": it.evidence.to_string()})
        }
        other => unreachable!("{} is about none", other.kind()),
    }
}

fn inventory(inventory: &Inventory) -> Value {
    let parts = inventory.parts.as_slice().iter();
    let parts: Vec<Value> = parts
        .map(|one| {
            json!({
                "part": part(one.part),
                "items": number(one.items),
                "root": one.root.to_string(),
            })
        })
        .collect();
    json!({"at": number(inventory.at), "parts": parts})
}

fn part(part: ArchivePart) -> Value {
    match part {
        ArchivePart::Collection(kind) => json!({"collection": variant(kind)}),
        other => json!(variant(other)),
    }
}

fn archive(archive: &Archive) -> Value {
    json!({
        "digest": archive.digest.to_string(),
        "bytes": number(archive.bytes),
        "by": archive.by.to_string(),
        "height": number(archive.height),
    })
}

fn moment(moment: &Moment) -> Value {
    json!({"height": number(moment.height), "at": number(moment.at.0)})
}

fn overdue(overdue: &Overdue) -> Value {
    json!({"since": moment(&overdue.since), "until": overdue.until.as_ref().map(moment)})
}

/// An exit, as it stands.
pub(crate) fn exit(exit: &Exit) -> Value {
    json!({
        "imvu": exit.imvu.as_str(),
        "number": number(exit.number),
        "stage": exit.stage.name(),
        "announced": moment(&exit.announced),
        "audit": number(exit.audit),
        "baseline": exit.baseline.to_string(),
        "set_at": number(exit.set_at),
        "changes": number(exit.changes),
        "last_deviation": exit.last_deviation.map(|one| json!({
            "height": number(one.height),
            "audit": one.audit.map(number),
        })),
        "host": exit.host.as_ref().map(ToString::to_string),
        "snapshot": exit.snapshot.map(number),
        "inventory": exit.inventory.as_ref().map(inventory),
        "archive": exit.archive.as_ref().map(archive),
        "exported": exit.exported.as_ref().map(moment),
        "released": exit.released.as_ref().map(moment),
        "closed": exit.closed.as_ref().map(moment),
        "cancelled": exit.cancelled.as_ref().map(moment),
        "overdue": exit.overdue.as_ref().map(overdue),
        "obstruction": exit.obstruction.map(|evidence| evidence.to_string()),
    })
}

/// What was put on record of an IMVU when a period was closed.
pub(crate) fn period_roots(roots: &PeriodRoots) -> Value {
    let heads = roots.collections.iter().map(|head| {
        json!({
            "kind": variant(head.kind),
            "size": number(head.size),
            "root": head.root.to_string(),
        })
    });
    json!({
        "imvu": roots.imvu.as_str(),
        "period": number(roots.period.0),
        "at": number(roots.at),
        "collections": heads.collect::<Vec<_>>(),
        "authored": roots.authored.to_string(),
        "mail": roots.mail.map(|root| root.to_string()),
    })
}

/// The names of an IMVU.
pub(crate) fn names(all: &ImvuNames) -> Value {
    json!({"names": all.names.iter().map(ToString::to_string).collect::<Vec<_>>()})
}

/// A record of an IMVU's exits.
pub(crate) fn entry(entry: &ExitEntry) -> Value {
    json!({
        "position": number(entry.position),
        "audit": entry.audit.map(number),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "imvu": entry.imvu.as_str(),
        "number": number(entry.number),
        "event": event(&entry.event),
    })
}

fn event(event: &ExitEvent) -> Value {
    match event {
        ExitEvent::Announced {
            by,
            baseline,
            host,
            snapshot,
        } => json!({"announced": {
            "by": by.to_string(),
            "baseline": baseline.to_string(),
            "host": host.as_ref().map(ToString::to_string),
            "snapshot": snapshot.map(number),
        }}),
        ExitEvent::Committed(it) => json!({"committed": inventory(it)}),
        ExitEvent::Archived(it) => json!({"archived": archive(it)}),
        ExitEvent::Exported { digest } => json!({"exported": {"digest": digest.to_string()}}),
        ExitEvent::Obstructed { evidence } => {
            json!({"obstructed": {"evidence": evidence.to_string()}})
        }
        ExitEvent::BaselineSet { baseline } => {
            json!({"baselineSet": {"baseline": baseline.to_string()}})
        }
        ExitEvent::Deviated { baseline } => {
            json!({"deviated": {"baseline": baseline.to_string()}})
        }
        ExitEvent::Released
        | ExitEvent::Closed
        | ExitEvent::Cancelled
        | ExitEvent::Overdue
        | ExitEvent::OverdueEnded => json!(event.name()),
    }
}
