//! What agents are told, and what they say they made of it.

use nexus_types::host::{AgentKind, Assignment, Item, Phase, Placement, Spec};
use nexus_types::mail::MailBook;
use nexus_types::snapshot::{Snapshot, SnapshotStatus};
use nexus_types::state::Imvu;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{HostId, ImvuId, encoding::decode};

use super::{Step, hold};

pub(super) fn agents_are_told_what_was_decided(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Assignment) {
        let (host, kind, item) = decode::<(HostId, AgentKind, Item)>(key.id())
            .map_err(|error| format!("an assignment's key: {error}"))?;
        let new = step
            .becomes::<Assignment>(key)
            .ok_or("an assignment vanished")?;
        let old = step.was::<Assignment>(key);
        let (generation, spec) = old
            .as_ref()
            .map_or((0, None), |old| (old.generation, Some(&old.spec)));
        if spec == Some(&new.spec) {
            acknowledged(step, &host, kind, &item, &new)?;
            hold(new.generation == generation, || {
                "the same was told twice".to_owned()
            })?;
            continue;
        }
        hold(new.generation == generation + 1, || {
            format!("generation {} follows {generation}", new.generation)
        })?;
        match &item {
            Item::Imvu(imvu) => told(step, &host, imvu, &new.spec)?,
            Item::Snapshot(imvu, number) => told_to_keep(step, (imvu, *number), &new.spec)?,
            Item::Restore(imvu) => told_to_restore(step, &host, imvu, &new.spec)?,
        }
        // A move ends and begins in one report, whose acknowledgement is of what stood before.
        hold(new.acknowledged.is_none(), || {
            "what is new was acknowledged".to_owned()
        })?;
    }
    Ok(())
}

fn told(step: &Step<'_>, host: &HostId, imvu: &ImvuId, spec: &Spec) -> Result<(), String> {
    let placement = step.becomes::<Placement>(&state_key::placement(imvu));
    let here = placement.filter(|placement| placement.host == *host);
    let record = step.becomes::<Imvu>(&state_key::imvu(imvu));
    let right = match (spec, here, record) {
        (Spec::Absent, None, _) => true,
        (Spec::Absent, Some(here), _) => matches!(here.phase, Phase::Stopping(_)),
        (Spec::Compute(spec), Some(here), Some(record)) => {
            (spec.slot, spec.placement, spec.limits) == (here.slot, here.generation, record.quota)
        }
        (Spec::Network(spec), Some(here), Some(record)) => {
            let told = (spec.placement, spec.bandwidth_bits, spec.contained);
            told == (
                here.generation,
                record.quota.bandwidth_bits,
                contained(step, imvu),
            )
        }
        (Spec::Mail(spec), Some(here), Some(record)) => {
            let book = step.becomes::<MailBook>(&state_key::mail_book(imvu));
            let told = (spec.placement, spec.slot, spec.contained);
            let limits = (spec.messages_hour, spec.storage_bytes);
            told == (here.generation, here.slot, contained(step, imvu))
                && limits == (record.quota.mail_messages, record.quota.mail_bytes)
                && book.is_some_and(|book| {
                    (spec.version, spec.root, spec.token_epoch)
                        == (book.version, book.root, book.token_epoch)
                })
        }
        _ => false,
    };
    hold(right, || format!("{host} is told of {imvu}: {spec:?}"))
}

/// A snapshot is to be kept while it is asked for or kept, and with the digest that is recorded.
fn told_to_keep(
    step: &Step<'_>,
    (imvu, number): (&ImvuId, u64),
    spec: &Spec,
) -> Result<(), String> {
    let one = step.becomes::<Snapshot>(&state_key::snapshot(imvu, number));
    let right = match (spec, one.map(|one| one.status)) {
        (Spec::Absent, Some(status)) => status != SnapshotStatus::Requested && !status.is_kept(),
        (Spec::Snapshot(spec), Some(SnapshotStatus::Requested)) => spec.digest.is_none(),
        (Spec::Snapshot(spec), Some(SnapshotStatus::Taken(taken))) => {
            spec.digest == Some(taken.digest)
        }
        _ => false,
    };
    hold(right, || {
        format!("of snapshot {number} of {imvu} is told {spec:?}")
    })
}

/// A volume is put back to a snapshot of the same IMVU, where it is placed.
fn told_to_restore(
    step: &Step<'_>,
    host: &HostId,
    imvu: &ImvuId,
    spec: &Spec,
) -> Result<(), String> {
    let placement = step.becomes::<Placement>(&state_key::placement(imvu));
    let here = placement.is_some_and(|placement| placement.host == *host);
    let right = match spec {
        Spec::Absent => !here,
        Spec::Restore(spec) => {
            let one = step.becomes::<Snapshot>(&state_key::snapshot(imvu, spec.number));
            here && one.is_some_and(|one| one.status.is_kept()) && spec.imvu == *imvu
        }
        _ => false,
    };
    hold(right, || {
        format!("{host} is told to put {imvu} back: {spec:?}")
    })
}

fn contained(step: &Step<'_>, imvu: &ImvuId) -> bool {
    let now = step
        .was::<nexus_types::state::Clock>(&state_key::clock())
        .map_or(nexus_types::Time(0), |clock| clock.law_time);
    let held = step.becomes::<nexus_types::payment::Enforcement>(&state_key::enforcement(imvu));
    let all = held.map(|held| held.containments).unwrap_or_default();
    let mut all = all.as_slice().iter();
    all.any(|one| one.from <= now && now < one.until)
}

/// Only by the agent that was told, in its own words.
fn acknowledged(
    step: &Step<'_>,
    host: &HostId,
    kind: AgentKind,
    item: &Item,
    new: &Assignment,
) -> Result<(), String> {
    let said = step.report().is_some_and(|(report, of, by)| {
        let mut acks = report.acks.as_slice().iter();
        let taken = new.acknowledged.as_ref();
        (&of.id, by) == (host, kind)
            && acks.any(|ack| {
                ack.item == *item
                    && ack.generation == new.generation
                    && taken.is_some_and(|taken| {
                        (taken.outcome, taken.observed) == (ack.outcome, ack.observed)
                    })
            })
    });
    hold(said, || format!("{host}'s {kind} agent did not say that"))
}
