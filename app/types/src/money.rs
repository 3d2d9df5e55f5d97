//! Money: amounts, the one split, prices, accounts (law §4).

use crate::constants::{SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE};
use crate::encoding::{List, Text, not_canonical};
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId, ProcessorId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{EXTERNAL_ID_BYTES, PRICE_LISTS, TAX_RATES};
use crate::meter::Resource;
use crate::period::Period;
use borsh::io::{Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// Whole micro-credits, 10⁻⁶ of a credit: what comes from outside, and what is charged.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, BorshSerialize, BorshDeserialize,
)]
pub struct Micros(pub u128);

impl Micros {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount one posting may move, 2^63 − 1: over nine million million credits. Turnovers of 128 bits then hold
    /// 2^59 postings of it, more than blocks can ever carry.
    pub const MAX: Self = Self((1 << 63) - 1);

    /// The same amount in grains.
    pub fn grains(self) -> Grains {
        Grains(self.0.saturating_mul(u128::from(SPLIT_WHOLE)))
    }

    /// The sum; one beyond [`Self::MAX`] is none.
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.0.checked_add(other.0)?;
        (sum <= Self::MAX.0).then_some(Self(sum))
    }

    /// The difference; a negative one is none.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Grains: twentieths of a micro-credit, the unit of every account. A whole micro-credit splits into 11 and 9 of them.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, BorshSerialize, BorshDeserialize,
)]
pub struct Grains(pub u128);

impl Grains {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The whole micro-credits in it.
    pub fn micros(self) -> Micros {
        Micros(
            self.0
                .checked_div(u128::from(SPLIT_WHOLE))
                .unwrap_or_default(),
        )
    }

    /// The difference, nothing where it would be negative.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Grains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The two parts of a gross amount.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Shares {
    /// The creator's, 11/20.
    pub creator: Grains,
    /// The platform's, 9/20.
    pub platform: Grains,
}

/// The one split (handshake-55-45-17.md, "Revenue Calculation Formula"; law §4). It takes the gross amount and nothing else,
/// so that no fee and no deduction can be expressed. Exact: a micro-credit is 20 grains, 11 and 9 of them.
pub fn split(gross: Micros) -> Shares {
    Shares {
        creator: Grains(gross.0.saturating_mul(u128::from(SPLIT_CREATOR))),
        platform: Grains(gross.0.saturating_mul(u128::from(SPLIT_PLATFORM))),
    }
}

/// What a quantity of one resource costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize)]
pub struct Price {
    /// Micro-credits.
    pub micros: u64,
    /// For so many of the resource's unit; at least 1.
    pub per: u64,
}

impl Price {
    /// What a cumulative quantity costs, rounded down to whole micro-credits; at most [`Micros::MAX`].
    pub fn of(self, quantity: u128) -> Micros {
        let product = quantity.saturating_mul(u128::from(self.micros));
        let whole = product
            .checked_div(u128::from(self.per))
            .unwrap_or_default();
        Micros(whole.min(Micros::MAX.0))
    }
}

impl BorshDeserialize for Price {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let (micros, per) = <(u64, u64)>::deserialize_reader(reader)?;
        if per == 0 {
            Err(not_canonical("a price per nothing"))
        } else {
            Ok(Self { micros, per })
        }
    }
}

/// A price of every resource, in the order of [`Resource::ALL`].
pub type Prices = [Price; 7];

/// The price of one resource.
pub fn price_of(prices: &Prices, resource: Resource) -> Option<Price> {
    Resource::ALL
        .iter()
        .zip(prices)
        .find(|(each, _)| **each == resource)
        .map(|(_, price)| *price)
}

/// One price list: it never changes, later ones take its place.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct PriceList {
    /// 1 for the first, one more each.
    pub version: u32,
    /// The first period it holds in.
    pub from: Period,
    /// What it says.
    pub prices: Prices,
}

/// Which price list holds when.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct PriceBook {
    /// First period and version of each list, ascending by both; the oldest are forgotten beyond the bound.
    pub lists: List<(Period, u32), PRICE_LISTS>,
}

impl PriceBook {
    /// The version that holds in a period: the last that began by then.
    pub fn version(&self, period: Period) -> Option<u32> {
        at(self.lists.as_slice(), period)
    }
}

/// The tax on sales in one region, over time.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct TaxRates {
    /// First period of each rate, and the rate in millionths of the gross amount; ascending by period.
    pub rates: List<(Period, u32), TAX_RATES>,
}

impl TaxRates {
    /// The rate that holds in a period, millionths.
    pub fn rate(&self, period: Period) -> u32 {
        at(self.rates.as_slice(), period).unwrap_or_default()
    }

    /// The most tax that a gross amount may bear then, rounded up to whole micro-credits.
    pub fn most(&self, gross: Micros, period: Period) -> Micros {
        let product = gross.0.saturating_mul(u128::from(self.rate(period)));
        Micros(product.div_ceil(1_000_000))
    }
}

/// What of a list of beginnings holds in a period.
fn at(beginnings: &[(Period, u32)], period: Period) -> Option<u32> {
    let later = beginnings.partition_point(|(from, _)| *from <= period);
    beginnings
        .get(..later)
        .and_then(<[_]>::last)
        .map(|(_, value)| *value)
}

/// A payment's name at its processor.
pub type ExternalId = Text<EXTERNAL_ID_BYTES>;

/// An account of the ledger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum AccountId {
    /// Money at a payment processor. Owned; below zero while it has paid out more than it took in.
    Clearing(ProcessorId),
    /// Payouts that a processor was asked for and has not settled.
    PayoutClearing(ProcessorId),
    /// What a payer has paid in and not used.
    Prepaid(IdentityId),
    /// A creator's 55 % of what it paid itself: pays for later use, is never paid out.
    Returned(IdentityId),
    /// What a payer owes for an IMVU's use beyond its prepaid. Owned.
    Receivable(IdentityId),
    /// The other side of receivables: charged, not collected, not split yet.
    Uncollected(IdentityId),
    /// A creator's money that can still be refunded or disputed.
    Maturing(IdentityId),
    /// A creator's money that can be paid out.
    Matured(IdentityId),
    /// The platform's. Below zero when fees and refunds it grants exceed its share.
    PlatformIncome,
    /// What a dispute is about.
    Escrow(Hash),
    /// Tax of a region.
    Tax(Jurisdiction),
    /// The platform's share of what an IMVU earns while its host holds up its exit.
    ExitEscrow(ImvuId),
}

impl AccountId {
    /// Whether a balance is what was debited less what was credited: what is owned. All others are what is owed.
    pub fn is_asset(&self) -> bool {
        matches!(self, Self::Clearing(_) | Self::Receivable(_))
    }

    /// Whether its balance may fall below zero.
    pub fn may_be_negative(&self) -> bool {
        matches!(self, Self::Clearing(_) | Self::PlatformIncome)
    }

    /// The name of its kind, in the camel case that JSON uses.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Clearing(_) => "clearing",
            Self::PayoutClearing(_) => "payoutClearing",
            Self::Prepaid(_) => "prepaid",
            Self::Returned(_) => "returned",
            Self::Receivable(_) => "receivable",
            Self::Uncollected(_) => "uncollected",
            Self::Maturing(_) => "maturing",
            Self::Matured(_) => "matured",
            Self::PlatformIncome => "platformIncome",
            Self::Escrow(_) => "escrow",
            Self::Tax(_) => "tax",
            Self::ExitEscrow(_) => "exitEscrow",
        }
    }
}

/// What was ever posted to an account. Both turnovers only grow.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Account {
    /// Σ of debits.
    pub debits: Grains,
    /// Σ of credits.
    pub credits: Grains,
}

impl Account {
    /// The balance on the account's own side; nothing where it would be negative.
    pub fn balance(&self, id: &AccountId) -> Grains {
        if id.is_asset() {
            self.debits.less(self.credits)
        } else {
            self.credits.less(self.debits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_amount_splits_into_11_and_9_twentieths_without_a_remainder() {
        for micros in (0..10_000).chain([Micros::MAX.0 - 1, Micros::MAX.0]) {
            let gross = Micros(micros);
            let shares = split(gross);
            assert_eq!(shares.creator.0 + shares.platform.0, gross.grains().0);
            assert_eq!(shares.creator.0 * 20, gross.grains().0 * 11);
            assert_eq!(shares.platform.0 * 20, gross.grains().0 * 9);
        }
    }

    #[test]
    fn a_price_rounds_the_cumulative_quantity_once() {
        let price = Price { micros: 7, per: 3 };
        assert_eq!(price.of(0), Micros(0));
        assert_eq!(price.of(1), Micros(2));
        assert_eq!(price.of(3), Micros(7));
        assert_eq!(price.of(u128::MAX), Micros::MAX);
        let dear = Price {
            micros: u64::MAX,
            per: 1,
        };
        assert_eq!(dear.of(u128::MAX), Micros::MAX);
        assert_eq!(
            crate::decode::<Price>(&[0; 16]),
            Err(crate::DecodeError::NotCanonical)
        );
    }

    #[test]
    fn the_last_list_that_began_holds() {
        let book = PriceBook {
            lists: List::new(alloc::vec![(Period(3), 1), (Period(5), 2)]).unwrap(),
        };
        let versions: Vec<Option<u32>> = (2..7).map(|n| book.version(Period(n))).collect();
        assert_eq!(versions, [None, Some(1), Some(1), Some(2), Some(2)]);
        let tax = TaxRates {
            rates: List::new(alloc::vec![(Period(4), 190_000)]).unwrap(),
        };
        assert_eq!(tax.most(Micros(100), Period(3)), Micros(0));
        assert_eq!(tax.most(Micros(101), Period(4)), Micros(20));
    }

    #[test]
    fn only_clearing_and_income_may_be_below_zero() {
        let (id, processor) = (IdentityId(Hash([1; 32])), ProcessorId::new("pay").unwrap());
        let region = Jurisdiction::new("EU-GDPR").unwrap();
        // Name, whether its balance is what is owned, and whether it may be below zero.
        for (account, said) in [
            (
                AccountId::Clearing(processor.clone()),
                ("clearing", true, true),
            ),
            (
                AccountId::PayoutClearing(processor),
                ("payoutClearing", false, false),
            ),
            (AccountId::Prepaid(id), ("prepaid", false, false)),
            (AccountId::Returned(id), ("returned", false, false)),
            (AccountId::Receivable(id), ("receivable", true, false)),
            (AccountId::Uncollected(id), ("uncollected", false, false)),
            (AccountId::Maturing(id), ("maturing", false, false)),
            (AccountId::Matured(id), ("matured", false, false)),
            (AccountId::PlatformIncome, ("platformIncome", false, true)),
            (AccountId::Escrow(Hash([2; 32])), ("escrow", false, false)),
            (AccountId::Tax(region), ("tax", false, false)),
        ] {
            let found = (
                account.kind(),
                account.is_asset(),
                account.may_be_negative(),
            );
            assert_eq!(found, said);
        }
    }
}
