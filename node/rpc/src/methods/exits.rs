//! Reads of exits.

use crate::methods::state::exists_imvu;
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{ExitView, GetExitParams, GetPeriodParams, PeriodRootsView, Read};
use nexus_types::exit::{Exit, PeriodRoots};
use nexus_types::state::{ChainRecord, ImvuNames, RouteRecord};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ImvuId, Period, encoding};
use std::sync::Arc;

pub(crate) async fn exit(
    node: Arc<Node>,
    params: GetExitParams,
) -> Result<Read<ExitView>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let exit: Option<Exit> = reading.get(&state_key::exit(&id))?;
        let exit = exit.ok_or_else(|| {
            Refusal::not_found(format_args!(
                "{id} has announced no exit; its owner does with nexus exit announce {id}"
            ))
        })?;
        let chain: Option<ChainRecord> = reading.peek(&state_key::chain())?;
        let chain = chain
            .ok_or_else(|| Refusal::internal("reading the chain's record", &"it is missing"))?;
        Ok(ExitView::new(&exit, &chain.delays))
    })
    .await
}

pub(crate) async fn period_roots(
    node: Arc<Node>,
    params: GetPeriodParams,
) -> Result<Read<PeriodRootsView>, Refusal> {
    let (id, period) = (params.imvu.0, Period(params.period));
    node.read(params.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let roots: Option<PeriodRoots> = reading.get(&state_key::period_roots(&id, period))?;
        let roots = roots.ok_or_else(|| {
            Refusal::not_found(format_args!(
                "nothing of {id} is on record for period {period}: it was not closed yet, or {id} came later"
            ))
        })?;
        Ok(PeriodRootsView::from(&roots))
    })
    .await
}

/// The state keys that show an exit and all that its baseline covers.
pub(crate) fn covered(reading: &Reading, id: &ImvuId) -> Result<Vec<StateKey>, Refusal> {
    let mut keys = vec![
        state_key::clock(),
        state_key::exit(id),
        state_key::imvu(id),
        state_key::path_policy(id),
        state_key::imvu_names(id),
    ];
    let names: Option<ImvuNames> = reading.peek(&state_key::imvu_names(id))?;
    for apex in names.unwrap_or_default().names {
        keys.push(state_key::zone(&apex));
        keys.push(state_key::delegation(&apex));
        keys.push(state_key::mail_route(&apex));
    }
    let mut start = vec![KeyKind::Route.byte()];
    start.extend(encoding::encode(id));
    let routes = reading.under::<RouteRecord>(&start)?;
    let live = routes
        .into_iter()
        .filter(|(_, route)| route.next_hop.is_some());
    keys.extend(live.map(|(key, _)| key));
    Ok(keys)
}
