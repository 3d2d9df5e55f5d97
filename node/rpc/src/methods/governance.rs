//! Reads of governance.

use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    AtParams, GetGovernanceProposalParams, GovernanceProposalView, GovernanceView, Read,
    WaitingView,
};
use nexus_types::Hash;
use nexus_types::governance::{
    DeniedName, GovernanceProposal, Observers, Registers, SeatChanges, UpgradePlan,
};
use nexus_types::state::{ChainRecord, Clock};
use nexus_types::state_key::{self, KeyKind};
use std::sync::Arc;

pub(crate) async fn governance(
    node: Arc<Node>,
    params: AtParams,
) -> Result<Read<GovernanceView>, Refusal> {
    node.read(params.at, params.proof, |reading| {
        let clock: Option<Clock> = reading.get(&state_key::clock())?;
        let law_time = clock.unwrap_or_default().law_time.0;
        let chain: Option<ChainRecord> = reading.get(&state_key::chain())?;
        let trusting_ms = chain.map_or(0, |chain| chain.delays.trusting_ms);
        let registers: Option<Registers> = reading.get(&state_key::registers())?;
        let changes: Option<SeatChanges> = reading.get(&state_key::seat_changes())?;
        let observers: Option<Observers> = reading.get(&state_key::observers())?;
        let upgrade: Option<UpgradePlan> = reading.get(&state_key::upgrade_plan())?;
        let mut pending = Vec::new();
        for open in registers.unwrap_or_default().open.as_slice() {
            pending.push(found(reading, &open.id)?);
        }
        let mut denied = Vec::new();
        for (key, _) in reading.standing::<DeniedName>(&[KeyKind::DeniedName.byte()])? {
            denied.extend(reading.get::<DeniedName>(&key)?.iter().map(Into::into));
        }
        Ok(GovernanceView {
            law_time: law_time.into(),
            pending,
            waiting: WaitingView::new(&changes.unwrap_or_default(), law_time, trusting_ms),
            upgrade: upgrade.as_ref().map(Into::into),
            observers: observers
                .unwrap_or_default()
                .members
                .as_slice()
                .iter()
                .map(Into::into)
                .collect(),
            denied,
        })
    })
    .await
}

pub(crate) async fn proposal(
    node: Arc<Node>,
    params: GetGovernanceProposalParams,
) -> Result<Read<GovernanceProposalView>, Refusal> {
    let id = params.proposal.0;
    node.read(params.at, params.proof, move |reading| found(reading, &id))
        .await
}

fn found(reading: &Reading, id: &Hash) -> Result<GovernanceProposalView, Refusal> {
    match reading.get::<GovernanceProposal>(&state_key::governance(id))? {
        Some(proposal) => Ok((&proposal).into()),
        None => Err(Refusal::not_found(format_args!(
            "there is no governance proposal {id}"
        ))),
    }
}
