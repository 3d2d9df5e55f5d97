//! Consents and snapshots: who adds to them, and that nothing of them changes.

use super::{Step, hold};
use nexus_types::action::{Action, ActionKind};
use nexus_types::consent::{Consents, Erasure};
use nexus_types::host::{AgentKind, Placement};
use nexus_types::snapshot::{LossReason, Snapshot, SnapshotStatus, Snapshots};
use nexus_types::state_key::{self, KeyKind};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A subject's sequence rises by one, by the owner's word, and what is erased stays so; a holder only adds itself.
pub(super) fn consents_are_appended(step: &Step<'_>) -> Result<(), String> {
    use ActionKind as K;
    for key in step.changed(KeyKind::Consents) {
        let new = step.becomes::<Consents>(key).ok_or("consents vanished")?;
        let old = step.was::<Consents>(key);
        let (next, erased) = old.map_or((0, 0), |old| (old.next, old.erased));
        let owner = step.owner_of(&new.imvu);
        let may = owner.is_some()
            && owner == step.by()
            && matches!(
                step.kind(),
                Some(K::RecordConsent | K::RevokeConsent | K::EraseConsent)
            );
        hold(may, || {
            format!("{:?} changed the consents of {}", step.kind(), new.imvu)
        })?;
        hold(new.next == next + 1 && new.erased >= erased, || {
            format!("{} of {} follows {next}", new.next, new.subject)
        })?;
    }
    for key in step.changed(KeyKind::Erasure) {
        let new = step.becomes::<Erasure>(key).ok_or("an erasure vanished")?;
        if let Some(old) = step.was::<Erasure>(key) {
            let grown = old.holders.as_slice().len() + 1 == new.holders.as_slice().len();
            let by = step.by().is_some_and(|by| new.holders.contains(&by));
            let same = Erasure {
                holders: new.holders.clone(),
                ..old
            } == new;
            hold(grown && by && same, || {
                format!("erasure {} was changed", new.sequence)
            })?;
        }
    }
    Ok(())
}

/// Asked for by the owner, recorded once by the compute agent of the host; digest and time never change.
pub(super) fn snapshots_never_change(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Snapshot) {
        let new = step.becomes::<Snapshot>(key).ok_or("a snapshot vanished")?;
        let owner = step.owner_of(&new.imvu);
        let by_owner = owner.is_some() && owner == step.by();
        let Some(old) = step.was::<Snapshot>(key) else {
            hold(by_owner && new.status == SnapshotStatus::Requested, || {
                format!("snapshot {} was asked for by another", new.number)
            })?;
            continue;
        };
        let may = match (&old.status, &new.status) {
            // Its creator waits no longer.
            (SnapshotStatus::Requested, SnapshotStatus::Lost(LossReason::Gone))
                if by_owner && step.kind() == Some(ActionKind::ReleaseExit) =>
            {
                true
            }
            (SnapshotStatus::Requested, SnapshotStatus::Taken(_) | SnapshotStatus::Lost(_)) => {
                let host = step.was::<nexus_types::host::Host>(&state_key::host(&old.host));
                let agent = host.and_then(|host| host.agent(AgentKind::Compute));
                agent.is_some() && agent == step.by()
            }
            (SnapshotStatus::Taken(was), SnapshotStatus::Dropped(is)) => by_owner && was == is,
            // A newer one ends it.
            (SnapshotStatus::Taken(was), SnapshotStatus::Expired(is)) => {
                step.kind() == Some(ActionKind::RecordSnapshot) && was == is
            }
            _ => false,
        };
        hold(may, || format!("{:?} became {:?}", old.status, new.status))?;
    }
    moved_with_a_snapshot(step)
}

/// What moves has a snapshot of its placement that is a day old at most, or its creator accepts the loss.
fn moved_with_a_snapshot(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted().filter(|_| step.applied()) else {
        return Ok(());
    };
    let Action::MoveImvu {
        imvu,
        accept_loss: false,
        ..
    } = &tx.body.action
    else {
        return Ok(());
    };
    let now = step
        .was::<nexus_types::state::Clock>(&state_key::clock())
        .map_or(0, |clock| clock.time.0);
    let all = step.was::<Snapshots>(&state_key::snapshots(imvu));
    let newest = all.and_then(|all| all.newest);
    let newest = newest.and_then(|number| step.was::<Snapshot>(&state_key::snapshot(imvu, number)));
    let placement = step.was::<Placement>(&state_key::placement(imvu));
    let safe = newest.is_some_and(|one| {
        let taken = one.status.taken().map_or(0, |taken| taken.taken_at.0);
        placement.is_some_and(|placement| placement.generation == one.placement)
            && taken + DAY_MS >= now
    });
    hold(safe, || format!("{imvu} moves without a snapshot"))
}
