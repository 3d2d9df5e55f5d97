//! Reads of hosts, agents, meters, placements and assignments.

use crate::methods::paging::Paging;
use crate::methods::state::exists_imvu;
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    AgentView, AssignmentView, AssignmentsView, GetAgentParams, GetHostParams, GetImvuParams,
    GetMeterParams, HostView, ListAssignmentsParams, MeterView, Method, PlacementView, Read,
};
use nexus_types::decode;
use nexus_types::host::{Agent, Assignment, Host, Item, Placement};
use nexus_types::meter::Meter;
use nexus_types::state_key::{self, StateKey};
use std::sync::Arc;

pub(crate) async fn host(
    node: Arc<Node>,
    params: GetHostParams,
) -> Result<Read<HostView>, Refusal> {
    let id = params.host.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Host> = reading.get(&state_key::host(&id))?;
        found
            .map(|host| HostView::from(&host))
            .ok_or_else(|| Refusal::not_found(format_args!("no host {id} is registered")))
    })
    .await
}

pub(crate) async fn agent(
    node: Arc<Node>,
    params: GetAgentParams,
) -> Result<Read<AgentView>, Refusal> {
    let id = params.agent.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Agent> = reading.get(&state_key::agent(&id))?;
        found
            .map(|agent| AgentView::from(&agent))
            .ok_or_else(|| Refusal::not_found(format_args!("no agent has the identity {id}")))
    })
    .await
}

pub(crate) async fn meter(
    node: Arc<Node>,
    params: GetMeterParams,
) -> Result<Read<MeterView>, Refusal> {
    let id = params.meter.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Meter> = reading.get(&state_key::meter(&id))?;
        found
            .map(|meter| MeterView::from(&meter))
            .ok_or_else(|| Refusal::not_found(format_args!("no meter {id} is registered")))
    })
    .await
}

pub(crate) async fn placement(
    node: Arc<Node>,
    params: GetImvuParams,
) -> Result<Read<PlacementView>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        let found: Option<Placement> = reading.get(&state_key::placement(&id))?;
        if let Some(placement) = found {
            return Ok(PlacementView::from(&placement));
        }
        exists_imvu(reading, &id)?;
        Err(Refusal::not_found(format_args!(
            "{id} is placed on no host"
        )))
    })
    .await
}

pub(crate) async fn assignments(
    node: Arc<Node>,
    params: ListAssignmentsParams,
) -> Result<Read<AssignmentsView>, Refusal> {
    let paging = Paging::read(
        Method::ListAssignments,
        &(&params.host, &params.kind),
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let (host, kind) = (params.host.0, params.kind.into());
    node.read(paging.at, params.proof, move |reading| {
        let known: Option<Host> = reading.peek(&state_key::host(&host))?;
        if known.is_none() {
            return Err(Refusal::not_found(format_args!(
                "no host {host} is registered"
            )));
        }
        page(reading, &paging, &state_key::assignments_of(&host, kind))
    })
    .await
}

/// One page of the assignments in a range of keys, at the height that is read.
fn page(
    reading: &Reading,
    paging: &Paging,
    (from, to): &(StateKey, StateKey),
) -> Result<AssignmentsView, Refusal> {
    let prefix = from.as_bytes();
    let after = paging.after.as_deref().unwrap_or(prefix).max(prefix);
    let wanted = paging.limit.saturating_add(1);
    let mut keys: Vec<StateKey> = reading
        .view()
        .iter_at(reading.height(), Some(after), wanted)?
        .into_iter()
        .map(|(key, _)| StateKey::from_bytes(key))
        .take_while(|key| key < to)
        .collect();
    let more = keys.len() > paging.limit;
    keys.truncate(paging.limit);
    let items = keys.iter().map(|key| {
        let item = key.as_bytes().get(prefix.len()..).unwrap_or_default();
        let item: Item = decode(item)
            .map_err(|error| Refusal::internal("reading an assignment's key", &error))?;
        let assignment: Assignment = reading.get(key)?.ok_or_else(|| {
            let cause = format!("{key:?} was listed and has no value");
            Refusal::internal("reading an assignment", &cause)
        })?;
        Ok(AssignmentView::new(&item, &assignment))
    });
    let items = items.collect::<Result<Vec<_>, Refusal>>()?;
    let last = keys.pop().filter(|_| more);
    Ok(AssignmentsView {
        items,
        next_cursor: last.map(|key| paging.next(reading, key.into_bytes())),
    })
}
