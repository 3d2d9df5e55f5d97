//! An IMVU's usage: the leaves of its collection, and what is not sealed yet.

use crate::methods::collection::{Leaves, leaves};
use crate::methods::paging::Paging;
use crate::methods::state::exists_imvu;
use crate::node::Node;
use crate::refusal::Refusal;
use nexus_sdk::api::{GetUsageParams, MeteringView, Method, Read, UsageLeafView, UsageView};
use nexus_types::log::CollectionKind;
use nexus_types::meter::{Metering, UsageHour};
use nexus_types::state_key;
use std::sync::Arc;

pub(crate) async fn usage(
    node: Arc<Node>,
    params: GetUsageParams,
) -> Result<Read<UsageView>, Refusal> {
    let paging = Paging::read(
        Method::GetUsage,
        &(&params.imvu, &params.from_hour, &params.to_hour),
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let from = params.from_hour.map_or(0, |hour| hour.0);
    let to = params.to_hour.map_or(u64::MAX, |hour| hour.0);
    let proof = params.proof;
    let id = params.imvu.0;
    node.read(paging.at, proof, move |reading| {
        exists_imvu(reading, &id)?;
        let mut view = UsageView::empty(id.clone());
        if paging.after.is_none() {
            let metering: Option<Metering> = reading.get(&state_key::metering(&id))?;
            view.metering = Some(MeteringView::from(&metering.unwrap_or_default()));
        }
        let fits = |hour: &UsageHour| (from..to).contains(&hour.hour);
        let found: Leaves<UsageHour> =
            leaves(reading, &paging, (CollectionKind::Usage, &id), proof, fits)?;
        view.collection = found.collection;
        view.complete_from = found.complete_from;
        view.next_cursor = found.next_cursor;
        let items = found.items.into_iter();
        view.items = items
            .map(|(hour, leaf)| UsageLeafView {
                hour: (&hour).into(),
                leaf,
            })
            .collect();
        Ok(view)
    })
    .await
}
