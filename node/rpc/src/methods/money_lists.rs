//! Lists of accounts, statements and payouts, from the index.

use crate::methods::state::find_imvu;
use crate::node::Node;
use crate::refusal::Refusal;
use nexus_index::rows::{AccountFilter, Order, PayoutFilter, StatementFilter};
use nexus_sdk::api::{
    AccountView, At, ListAccountsParams, ListPayoutsParams, ListStatementsParams, Method, Page,
    PayoutView, StatementItemView,
};
use std::sync::Arc;

pub(crate) async fn accounts(
    node: Arc<Node>,
    params: ListAccountsParams,
) -> Result<Page<AccountView>, Refusal> {
    if params.identity.is_some() && params.imvu.is_some() {
        return Err(Refusal::params(
            "`imvu` stands for its creator's identity; leave out one of `identity` and `imvu`",
        ));
    }
    let paging = (params.limit, params.cursor, params.at);
    let by = (&params.identity, &params.imvu);
    let wanted = node
        .wanted(Method::ListAccounts, Order::OldestFirst, paging, &by)
        .await?;
    let identity = match params.imvu {
        None => params.identity.map(|id| id.0),
        Some(imvu) => {
            let at = wanted.page.at.map_or(At::Latest, At::Height);
            let read = node.read(at, false, move |reading| find_imvu(reading, &imvu.0));
            Some(read.await?.value.owner)
        }
    };
    let filter = AccountFilter {
        identity,
        kind: None,
    };
    let found = node.context.index.accounts(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| {
        AccountView::new(&row.value.id, &row.value.account)
    }))
}

pub(crate) async fn statements(
    node: Arc<Node>,
    params: ListStatementsParams,
) -> Result<Page<StatementItemView>, Refusal> {
    let filter = StatementFilter {
        imvu: Some(params.imvu.0.clone()),
        period: None,
    };
    let paging = (params.limit, params.cursor, params.at);
    let wanted = node
        .wanted(
            Method::ListStatements,
            Order::NewestFirst,
            paging,
            &params.imvu,
        )
        .await?;
    let found = node.context.index.statements(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| StatementItemView {
        imvu: row.entry.imvu.into(),
        sequence: row.entry.sequence.into(),
        period: row.entry.period.0,
        height: row.entry.height.into(),
        time: row.time.0.into(),
        hash: row.entry.hash.into(),
    }))
}

pub(crate) async fn payouts(
    node: Arc<Node>,
    params: ListPayoutsParams,
) -> Result<Page<PayoutView>, Refusal> {
    let filter = PayoutFilter {
        identity: Some(params.identity.0),
        ..PayoutFilter::default()
    };
    let paging = (params.limit, params.cursor, params.at);
    let wanted = node
        .wanted(
            Method::ListPayouts,
            Order::NewestFirst,
            paging,
            &params.identity,
        )
        .await?;
    let found = node.context.index.payouts(&filter, &wanted.page).await?;
    Ok(wanted.page(found, |row| PayoutView::from(&row.value)))
}
