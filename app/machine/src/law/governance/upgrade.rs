//! The planned upgrade (law §9): one at a time; it ends where the binary that it names has begun to decide.

use crate::view::{BlockContext, View, Writes, chain, clock, read, write};
use nexus_types::constants::APP_VERSION;
use nexus_types::governance::UpgradePlan;
use nexus_types::limits::{UPGRADE_NOTICE_BLOCKS, UPGRADE_NOTICE_BLOCKS_DEVELOPMENT};
use nexus_types::{Hash, Height, Reason, state_key};

/// Whether an upgrade can be planned at this height.
pub(super) fn check(
    view: &dyn View,
    now: Height,
    height: Height,
    app_version: u64,
) -> Result<(), Reason> {
    if planned(view).is_some() {
        return Err(Reason::UpgradePlanned);
    }
    let chain = chain(view);
    let notice = if chain.development {
        UPGRADE_NOTICE_BLOCKS_DEVELOPMENT
    } else {
        UPGRADE_NOTICE_BLOCKS
    };
    if app_version <= chain.app_version || height < now.saturating_add(notice) {
        return Err(Reason::UpgradeTooSoon);
    }
    Ok(())
}

/// The upgrade that is planned.
pub(crate) fn planned(view: &dyn View) -> Option<UpgradePlan> {
    read(view, &state_key::upgrade_plan())
}

/// What decides the block after those that a state knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Decider {
    /// That block's height.
    pub height: Height,
    /// The version of the state machine that decides it.
    pub app_version: u64,
    /// SHA-256 of the binary, where it is the first block of an upgrade.
    pub sha256: Option<Hash>,
}

impl Decider {
    /// What decides the block after a committed state: the same on every node, whatever program it runs.
    pub fn next(view: &dyn View) -> Self {
        let height = clock(view).height.saturating_add(1);
        let plan = planned(view);
        Self {
            height,
            app_version: chain(view).decided_by(height, plan.as_ref()),
            sha256: plan
                .filter(|plan| height >= plan.height)
                .map(|plan| plan.sha256),
        }
    }
}

/// What CometBFT is told at the end of a block: the version from the next one on, where an upgrade begins there.
pub(crate) fn announce(view: &dyn View, height: Height) -> Option<u64> {
    planned(view)
        .filter(|plan| plan.height == height.saturating_add(1))
        .map(|plan| plan.app_version)
}

/// At the planned height the binary of that version decides: its version is the chain's from then on, and the plan is done.
pub(crate) fn arrive(view: &dyn View, ctx: BlockContext, writes: &mut Writes) {
    let Some(plan) = planned(view) else {
        return;
    };
    if ctx.height < plan.height || plan.app_version != APP_VERSION {
        return;
    }
    let mut chain = chain(view);
    chain.app_version = plan.app_version;
    write(writes, state_key::chain(), &chain);
    writes.insert(state_key::upgrade_plan(), None);
}
