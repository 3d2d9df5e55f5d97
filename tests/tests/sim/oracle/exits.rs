//! Exits: their creators' alone, and nothing that a creator who leaves has authored changes by anybody else.

use super::{Step, hold};
use nexus_types::action::{Action, ActionKind};
use nexus_types::exit::{Exit, ExitStage};
use nexus_types::state::{ChainRecord, Clock, Imvu, Zone};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{IdentityId, ImvuId};

/// A step of an exit is its creator's, but for what a host packs, and what two thirds of the seats find.
pub(super) fn exits_are_their_creators(step: &Step<'_>) -> Result<(), String> {
    use ActionKind as K;
    for key in step.changed(KeyKind::Exit) {
        let new = step.becomes::<Exit>(key).ok_or("an exit vanished")?;
        let old = step.was::<Exit>(key);
        let owner = step.owner_of(&new.imvu);
        let by_owner = owner.is_some() && owner == step.by();
        let kind = step.kind();
        let packs = matches!(kind, Some(K::CommitInventory | K::RecordArchive));
        let finds = kind == Some(K::FindObstruction);
        let moved = old.as_ref().is_none_or(|old| old.stage != new.stage);
        if moved {
            let host_began = packs && new.stage == ExitStage::Exporting;
            hold(by_owner || host_began, || {
                format!("{kind:?} brought the exit of {} to {}", new.imvu, new.stage)
            })?;
        }
        if let Some(old) = old {
            let again = new.number == old.number + 1 && old.stage == ExitStage::Cancelled;
            let same = new.number == old.number && new.announced == old.announced;
            hold(again || same, || {
                format!("exit {} became {}", old.number, new.number)
            })?;
            hold(
                again || old.archive.is_none() || old.archive == new.archive,
                || String::from("a recorded archive changed"),
            )?;
            let told = new.last_deviation == old.last_deviation || again;
            hold(told, || format!("{kind:?} is a deviation"))?;
            hold(
                by_owner || packs || finds || old.baseline != new.baseline,
                || format!("{kind:?} changed the exit of {}", new.imvu),
            )?;
        }
    }
    Ok(())
}

/// While it is protected: quota, routes, path policy, zones and mail routes.
pub(super) fn nobody_retaliates(step: &Step<'_>) -> Result<(), String> {
    let mut touched: Vec<ImvuId> = Vec::new();
    for key in step.changed(KeyKind::Imvu) {
        let (old, new) = (step.was::<Imvu>(key), step.becomes::<Imvu>(key));
        if let (Some(old), Some(new)) = (old, new)
            && (old.quota != new.quota
                || old.policy_version != new.policy_version
                || old.routes_version != new.routes_version)
        {
            touched.push(new.id);
        }
    }
    for key in step.changed(KeyKind::Zone) {
        touched.extend(step.was::<Zone>(key).map(|zone| zone.imvu));
    }
    for imvu in touched {
        let Some(exit) = step.was::<Exit>(&state_key::exit(&imvu)) else {
            continue;
        };
        if is_protected(step, &exit) {
            hold(by_creator(step, &imvu), || {
                format!("{:?} changed what {imvu} was left with", step.kind())
            })?;
        }
    }
    Ok(())
}

fn is_protected(step: &Step<'_>, exit: &Exit) -> bool {
    let chain = step.was::<ChainRecord>(&state_key::chain());
    let now = step.was::<Clock>(&state_key::clock());
    let (Some(chain), Some(now)) = (chain, now) else {
        return false;
    };
    let (whole, after) = (chain.delays.exit_protection_ms, chain.delays.exit_after_ms);
    let mut until = exit.announced.at.0 + whole;
    for end in [exit.exported, exit.closed].into_iter().flatten() {
        until = until.max(end.at.0 + after);
    }
    exit.stage != ExitStage::Cancelled && now.law_time.0 < until
}

/// Signed or approved by the owner, or agreed to before.
fn by_creator(step: &Step<'_>, imvu: &ImvuId) -> bool {
    let Some(tx) = step.admitted() else {
        return false;
    };
    let owner: Option<IdentityId> = step.owner_of(imvu);
    let approved = tx
        .body
        .approvals
        .as_slice()
        .iter()
        .any(|approval| Some(approval.body.approver) == owner);
    let agreed = matches!(tx.body.action, Action::RegisterDkimKey(_));
    (owner.is_some() && owner == step.by()) || approved || agreed
}
