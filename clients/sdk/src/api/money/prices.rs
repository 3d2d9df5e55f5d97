//! Prices, tax rates, accounts.

use super::words::{WireI128, WireProcessor};
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireJurisdiction, WireU64, WireU128};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;
use nexus_types::money::{Account, AccountId, PriceBook, PriceList, Prices, TaxRates};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a quantity of one resource costs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceView {
    /// Of what, such as `cpu`.
    pub resource: String,
    /// The unit of `per`, such as `ms`.
    pub unit: String,
    /// Micro-credits.
    pub micros: WireU64,
    /// For so many of the unit.
    pub per: WireU64,
}

/// Every price of a list, in the order of the resources.
pub fn price_views(prices: &Prices) -> Vec<PriceView> {
    Resource::ALL
        .into_iter()
        .zip(prices)
        .map(|(resource, price)| PriceView {
            resource: resource.name().to_owned(),
            unit: resource.unit().to_owned(),
            micros: price.micros.into(),
            per: price.per.into(),
        })
        .collect()
}

/// One price list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceListView {
    /// 1 for the first, one more each.
    pub version: u32,
    /// The first period it holds in.
    pub from: u64,
    /// A price of every resource.
    pub prices: Vec<PriceView>,
}

impl From<&PriceList> for PriceListView {
    fn from(list: &PriceList) -> Self {
        Self {
            version: list.version,
            from: list.from.0,
            prices: price_views(&list.prices),
        }
    }
}

/// Where a price list begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PriceBookEntryView {
    /// Its first period.
    pub from: u64,
    /// Its version.
    pub version: u32,
}

/// Where a tax rate begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxRateView {
    /// Its first period.
    pub from: u64,
    /// Millionths of the gross amount.
    pub millionths: u32,
}

/// The tax on sales in one region, over time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaxRatesView {
    /// Where.
    pub region: WireJurisdiction,
    /// Ascending by period.
    pub rates: Vec<TaxRateView>,
}

impl TaxRatesView {
    /// The rates of that region.
    pub fn new(region: Jurisdiction, rates: &TaxRates) -> Self {
        let rates = rates.rates.as_slice().iter();
        Self {
            region: region.into(),
            rates: rates
                .map(|(from, millionths)| TaxRateView {
                    from: from.0,
                    millionths: *millionths,
                })
                .collect(),
        }
    }
}

/// The value of `nexus_getPrices`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PricesView {
    /// The period asked for.
    pub period: u64,
    /// When it begins, milliseconds.
    pub start: WireU64,
    /// When it ends, milliseconds.
    pub end: WireU64,
    /// The list that holds in it; absent if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<PriceListView>,
    /// Which list holds when, ascending.
    pub book: Vec<PriceBookEntryView>,
    /// The tax rates of the governed regions that have any, ascending by region.
    pub taxes: Vec<TaxRatesView>,
}

impl PricesView {
    /// The entries of a price book.
    pub fn entries(book: &PriceBook) -> Vec<PriceBookEntryView> {
        let lists = book.lists.as_slice().iter();
        lists
            .map(|(from, version)| PriceBookEntryView {
                from: from.0,
                version: *version,
            })
            .collect()
    }
}

/// An account of the ledger. Amounts are grains, twentieths of a micro-credit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// What it is: `clearing`, `payoutClearing`, `prepaid`, `returned`, `receivable`, `uncollected`, `maturing`, `matured`,
    /// `platformIncome`, `escrow`, `tax` or `exitEscrow`.
    pub kind: String,
    /// Whose, for an account of an identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<WireIdentity>,
    /// At which processor, for a clearing account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<WireProcessor>,
    /// About which dispute, for an escrow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<WireHash>,
    /// Due where, for tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<WireJurisdiction>,
    /// Whose exit is held up, for an escrow of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imvu: Option<WireImvu>,
    /// Whether the balance is what is owned (debits less credits), not what is owed (credits less debits).
    pub asset: bool,
    /// Σ of debits.
    pub debits_grains: WireU128,
    /// Σ of credits.
    pub credits_grains: WireU128,
    /// The balance on the account's own side; below zero on some accounts.
    pub balance_grains: WireI128,
}

impl AccountView {
    /// The account of that id.
    pub fn new(id: &AccountId, account: &Account) -> Self {
        let (own, other) = if id.is_asset() {
            (account.debits, account.credits)
        } else {
            (account.credits, account.debits)
        };
        let signed = |grains: u128| i128::try_from(grains).unwrap_or(i128::MAX);
        let mut view = Self {
            kind: id.kind().to_owned(),
            identity: None,
            processor: None,
            dispute: None,
            region: None,
            imvu: None,
            asset: id.is_asset(),
            debits_grains: account.debits.0.into(),
            credits_grains: account.credits.0.into(),
            balance_grains: signed(own.0).saturating_sub(signed(other.0)).into(),
        };
        match id {
            AccountId::Clearing(processor) | AccountId::PayoutClearing(processor) => {
                view.processor = Some(processor.clone().into());
            }
            AccountId::Prepaid(identity)
            | AccountId::Returned(identity)
            | AccountId::Receivable(identity)
            | AccountId::Uncollected(identity)
            | AccountId::Maturing(identity)
            | AccountId::Matured(identity) => view.identity = Some((*identity).into()),
            AccountId::PlatformIncome => {}
            AccountId::Escrow(dispute) => view.dispute = Some((*dispute).into()),
            AccountId::Tax(region) => view.region = Some(region.clone().into()),
            AccountId::ExitEscrow(imvu) => view.imvu = Some(imvu.clone().into()),
        }
        view
    }
}
