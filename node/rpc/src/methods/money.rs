//! Reads of prices, periods, account books, statements, and what is held against an IMVU.

use crate::methods::collection::{leaf, leaves};
use crate::methods::paging::Paging;
use crate::methods::state::{exists_imvu, law_time, required};
use crate::node::Node;
use crate::reading::Reading;
use crate::refusal::Refusal;
use nexus_sdk::api::{
    BillingView, EnforcementView, GetEnforcementParams, GetPeriodParams, GetPricesParams,
    ListMoneyParams, Method, MoneyLeafView, MoneyView, PriceListView, PricesView, Read,
    StatementView, TaxRatesView,
};
use nexus_types::billing::{Billing, MoneyEntry, StatementEntry};
use nexus_types::log::CollectionKind;
use nexus_types::money::{PriceBook, PriceList, TaxRates};
use nexus_types::payment::{Enforcement, Mandates, StandingConsents};
use nexus_types::state::{ChainRecord, Jurisdictions};
use nexus_types::{ImvuId, Period, Time, state_key};
use std::sync::Arc;

pub(crate) async fn prices(
    node: Arc<Node>,
    params: GetPricesParams,
) -> Result<Read<PricesView>, Refusal> {
    node.read(params.at, params.proof, move |reading| {
        let chain: ChainRecord = required(reading, &state_key::chain())?;
        let time = Time(reading.view().time_at(reading.height())?);
        let period = params
            .period
            .map_or_else(|| chain.calendar.period_of(time), Period);
        let book: Option<PriceBook> = reading.get(&state_key::price_book())?;
        let book = book.unwrap_or_default();
        let list: Option<PriceList> = match book.version(period) {
            Some(version) => Some(required(reading, &state_key::prices(version))?),
            None => None,
        };
        Ok(PricesView {
            period: period.0,
            start: chain.calendar.start(period).0.into(),
            end: chain.calendar.end(period).0.into(),
            list: list.as_ref().map(PriceListView::from),
            book: PricesView::entries(&book),
            taxes: taxes(reading)?,
        })
    })
    .await
}

/// The tax rates of the regions that have any; that others have none is not proved.
fn taxes(reading: &Reading) -> Result<Vec<TaxRatesView>, Refusal> {
    let regions: Jurisdictions = required(reading, &state_key::jurisdictions())?;
    let mut taxes = Vec::new();
    for region in regions.tags.as_slice() {
        let key = state_key::tax_rates(region);
        if reading.peek::<TaxRates>(&key)?.is_some() {
            let rates: TaxRates = required(reading, &key)?;
            taxes.push(TaxRatesView::new(region.clone(), &rates));
        }
    }
    Ok(taxes)
}

pub(crate) async fn billing(
    node: Arc<Node>,
    params: GetPeriodParams,
) -> Result<Read<BillingView>, Refusal> {
    let (id, period) = (params.imvu.0, Period(params.period));
    node.read(params.at, params.proof, move |reading| {
        find_billing(reading, &id, period).map(|billing| BillingView::from(&billing))
    })
    .await
}

fn find_billing(reading: &Reading, id: &ImvuId, period: Period) -> Result<Billing, Refusal> {
    if let Some(billing) = reading.get(&state_key::billing(id, period))? {
        return Ok(billing);
    }
    exists_imvu(reading, id)?;
    Err(Refusal::not_found(format_args!(
        "{id} has no use and no revenue in period {period}"
    )))
}

pub(crate) async fn statement(
    node: Arc<Node>,
    params: GetPeriodParams,
) -> Result<Read<StatementView>, Refusal> {
    let (id, period, proof) = (params.imvu.0, Period(params.period), params.proof);
    node.read(params.at, proof, move |reading| {
        // What says which leaf it is proves the text's hash as well.
        let closed = find_billing(reading, &id, period)?.closed.ok_or_else(|| {
            Refusal::not_found(format_args!(
                "the statement of {id} for period {period} is not made yet; nexus_getBilling has what it comes to so far"
            ))
        })?;
        let of = (CollectionKind::Statements, &id);
        let (entry, collection, leaf) =
            leaf::<StatementEntry>(reading, of, closed.sequence, proof)?;
        Ok(StatementView {
            entry: (&entry).into(),
            collection,
            leaf,
        })
    })
    .await
}

pub(crate) async fn account_book(
    node: Arc<Node>,
    params: ListMoneyParams,
) -> Result<Read<MoneyView>, Refusal> {
    let paging = Paging::read(
        Method::ListMoney,
        &params.imvu,
        (params.limit, params.cursor, params.at),
        params.proof,
    )?;
    let (id, proof) = (params.imvu.0, params.proof);
    node.read(paging.at, proof, move |reading| {
        exists_imvu(reading, &id)?;
        let of = (CollectionKind::Money, &id);
        let found = leaves(reading, &paging, of, proof, |_: &MoneyEntry| true)?;
        let items = found.items.into_iter();
        Ok(MoneyView {
            collection: found.collection,
            items: items
                .map(|(entry, leaf)| MoneyLeafView {
                    entry: (&entry).into(),
                    leaf,
                })
                .collect(),
            next_cursor: found.next_cursor,
            complete_from: found.complete_from,
            imvu: id.into(),
        })
    })
    .await
}

pub(crate) async fn enforcement(
    node: Arc<Node>,
    params: GetEnforcementParams,
) -> Result<Read<EnforcementView>, Refusal> {
    let id = params.imvu.0;
    node.read(params.at, params.proof, move |reading| {
        exists_imvu(reading, &id)?;
        let held: Option<Enforcement> = reading.get(&state_key::enforcement(&id))?;
        let mandates: Option<Mandates> = reading.get(&state_key::mandates(&id))?;
        let consents: Option<StandingConsents> = reading.get(&state_key::standing_consents(&id))?;
        let law_time = law_time(reading)?;
        Ok(EnforcementView::new(
            id,
            &held.unwrap_or_default(),
            &mandates.unwrap_or_default(),
            &consents.unwrap_or_default(),
            law_time,
        ))
    })
    .await
}
