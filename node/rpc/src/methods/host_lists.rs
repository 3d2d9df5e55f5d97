//! Lists of hosts, agents, meters, usage and drifts, from the index.

use crate::node::Node;
use crate::refusal::Refusal;
use nexus_index::rows::{
    AgentFilter, DriftFilter, HostFilter, MeterFilter, Order, UsageFilter, UsageRow,
};
use nexus_sdk::api::{
    AgentView, DriftItemView, HostView, ListAgentsParams, ListDriftsParams, ListHostsParams,
    ListMetersParams, ListUsageParams, MeterView, Method, Page, UsageEntryView,
};
use std::sync::Arc;

pub(crate) async fn hosts(
    node: Arc<Node>,
    params: ListHostsParams,
) -> Result<Page<HostView>, Refusal> {
    let filter = HostFilter {
        operator: params.operator.map(|id| id.0),
        jurisdiction: params.jurisdiction.clone().map(|tag| tag.0),
        status: params.status.map(Into::into),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.operator, &params.jurisdiction, &params.status);
    let wanted = node
        .wanted(Method::ListHosts, Order::OldestFirst, paging, &by)
        .await?;
    let found = node.context.index.hosts(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| HostView::from(&row.value)))
}

pub(crate) async fn agents(
    node: Arc<Node>,
    params: ListAgentsParams,
) -> Result<Page<AgentView>, Refusal> {
    let filter = AgentFilter {
        host: params.host.clone().map(|id| id.0),
        kind: params.kind.map(Into::into),
        silent: params.silent,
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.host, &params.kind, &params.silent);
    let wanted = node
        .wanted(Method::ListAgents, Order::OldestFirst, paging, &by)
        .await?;
    let found = node.context.index.agents(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| AgentView::from(&row.value)))
}

pub(crate) async fn meters(
    node: Arc<Node>,
    params: ListMetersParams,
) -> Result<Page<MeterView>, Refusal> {
    let filter = MeterFilter {
        host: params.host.clone().map(|id| id.0),
        kind: params.kind.map(Into::into),
        silent: params.silent,
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.host, &params.kind, &params.silent);
    let wanted = node
        .wanted(Method::ListMeters, Order::OldestFirst, paging, &by)
        .await?;
    let found = node.context.index.meters(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| MeterView::from(&row.value)))
}

pub(crate) async fn usage(
    node: Arc<Node>,
    params: ListUsageParams,
) -> Result<Page<UsageEntryView>, Refusal> {
    let filter = UsageFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        resource: params.resource.map(|resource| resource.0),
        from: params.from_hour.map(|hour| hour.0),
        to: params.to_hour.map(|hour| hour.0),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (
        &params.imvu,
        &params.resource,
        &params.from_hour,
        &params.to_hour,
    );
    let wanted = node
        .wanted(Method::ListUsage, Order::NewestFirst, paging, &by)
        .await?;
    let found = node.context.index.usage(&filter, &wanted.page).await?;
    Ok(wanted.page(found, entry))
}

fn entry(row: UsageRow) -> UsageEntryView {
    UsageEntryView {
        height: row.at.height.into(),
        time: row.time.0.into(),
        imvu: row.imvu.into(),
        sequence: row.sequence.into(),
        hour: row.hour.into(),
        owner: row.owner.into(),
        host: row.host.into(),
        placement: row.placement.into(),
        line: (&row.line).into(),
    }
}

pub(crate) async fn drifts(
    node: Arc<Node>,
    params: ListDriftsParams,
) -> Result<Page<DriftItemView>, Refusal> {
    let filter = DriftFilter {
        imvu: params.imvu.clone().map(|id| id.0),
        host: params.host.clone().map(|id| id.0),
    };
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.imvu, &params.host);
    let wanted = node
        .wanted(Method::ListDrifts, Order::NewestFirst, paging, &by)
        .await?;
    let found = node.context.index.drifts(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| DriftItemView {
        host: row.host.map(Into::into),
        entry: (&row.entry).into(),
    }))
}
