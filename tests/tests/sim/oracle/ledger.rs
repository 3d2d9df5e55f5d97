//! The money of a whole chain, kept a second time: plain sums of what was applied and entered, beside the accounts.
//!
//! It knows pots, not accounts: whether what somebody paid in is prepaid or returned, and whether what somebody earned has
//! matured, follows from time alone; the sum of both does not.

mod entries;
mod statements;

use nexus_machine::Executed;
use nexus_types::action::Action;
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::block::Event;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::meter::{Resource, UsageHour};
use nexus_types::money::{Account, AccountId, ExternalId, Price, Prices};
use nexus_types::period::Period;
use nexus_types::state::Clock;
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, IdentityId, ImvuId, ProcessorId, Tx, encoding::decode};
use std::collections::{BTreeMap, BTreeSet};

use super::hold;
use crate::world::world;

/// Twentieths of a micro-credit.
const WHOLE: i128 = 20;
const CREATORS: i128 = 11;
const PLATFORMS: i128 = 9;

/// Accounts that only time tells apart, as one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Pot {
    Clearing(ProcessorId),
    UnderWay(ProcessorId),
    PaidIn(IdentityId),
    Owed(IdentityId),
    Uncollected(IdentityId),
    Earned(IdentityId),
    Platform,
    Escrow(Hash),
    Tax(Jurisdiction),
}

impl From<AccountId> for Pot {
    fn from(id: AccountId) -> Self {
        match id {
            AccountId::Clearing(processor) => Self::Clearing(processor),
            AccountId::PayoutClearing(processor) => Self::UnderWay(processor),
            AccountId::Prepaid(id) | AccountId::Returned(id) => Self::PaidIn(id),
            AccountId::Receivable(id) => Self::Owed(id),
            AccountId::Uncollected(id) => Self::Uncollected(id),
            AccountId::Maturing(id) | AccountId::Matured(id) => Self::Earned(id),
            // Until an exit is no longer overdue.
            AccountId::PlatformIncome | AccountId::ExitEscrow(_) => Self::Platform,
            AccountId::Escrow(id) => Self::Escrow(id),
            AccountId::Tax(region) => Self::Tax(region),
        }
    }
}

/// A payment by its processor and its name there.
type PaymentName = (ProcessorId, ExternalId);

/// What became of a sale.
#[derive(Clone, Debug)]
struct Sold {
    creator: IdentityId,
    region: Jurisdiction,
    gross: i128,
    tax: i128,
    gone: i128,
    tax_gone: i128,
    /// Which of its creator's lots it is.
    lot: usize,
}

/// Sums of what was entered in a period of an IMVU, micro-credits.
#[derive(Clone, Debug, Default)]
struct Sums {
    entries: i128,
    sales: i128,
    gross: i128,
    tax: i128,
    fees: i128,
    refunded: i128,
    tax_refunded: i128,
    by_creator: i128,
    by_platform: i128,
    disputed: i128,
    released: i128,
    corrected: i128,
    charged: i128,
    collected: i128,
}

/// The second books.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    /// Credited less debited, grains.
    pots: BTreeMap<Pot, i128>,
    /// As the state last had them.
    accounts: BTreeMap<AccountId, Account>,
    sales: BTreeMap<PaymentName, Sold>,
    /// Disputes: of which sale, over how much while it is open.
    disputes: BTreeMap<Hash, (PaymentName, Option<i128>)>,
    /// Payouts under way.
    payouts: BTreeMap<Hash, (IdentityId, ProcessorId, i128)>,
    /// What creators earned, each with the law time since when, milliseconds.
    lots: BTreeMap<IdentityId, Vec<(u64, i128)>>,
    /// What they were paid out, or gave back of what had matured.
    out: BTreeMap<IdentityId, i128>,
    prices: Vec<(Period, Prices)>,
    taxes: BTreeMap<Jurisdiction, Vec<(Period, u32)>>,
    /// Who ever agreed to pay for an IMVU.
    agreed: BTreeSet<(ImvuId, IdentityId)>,
    usage: BTreeMap<ImvuId, Vec<UsageHour>>,
    /// Hours that were charged, of those sealed.
    rated: BTreeMap<ImvuId, u64>,
    charged: BTreeMap<(ImvuId, Period, Resource), (u128, i128)>,
    entered: BTreeMap<ImvuId, u64>,
    periods: BTreeMap<(ImvuId, Period), Sums>,
    statements: BTreeMap<ImvuId, BTreeSet<Period>>,
}

impl Default for Books {
    fn default() -> Self {
        let document = world().genesis.document();
        let first = document.state.calendar.period_of(document.time);
        Self {
            prices: vec![(first, document.state.prices)],
            pots: BTreeMap::new(),
            accounts: BTreeMap::new(),
            sales: BTreeMap::new(),
            disputes: BTreeMap::new(),
            payouts: BTreeMap::new(),
            lots: BTreeMap::new(),
            out: BTreeMap::new(),
            taxes: BTreeMap::new(),
            agreed: BTreeSet::new(),
            usage: BTreeMap::new(),
            rated: BTreeMap::new(),
            charged: BTreeMap::new(),
            entered: BTreeMap::new(),
            periods: BTreeMap::new(),
            statements: BTreeMap::new(),
        }
    }
}

/// A block as these books see it.
pub(crate) struct Seen<'a> {
    /// What was applied, in order.
    pub(crate) applied: Vec<&'a Tx>,
    pub(crate) appends: &'a [(LogId, Vec<u8>)],
    pub(crate) events: &'a [Event],
    /// The state after it.
    pub(crate) state: &'a BTreeMap<StateKey, Vec<u8>>,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(
        txs: &'a [Option<Tx>],
        executed: &'a Executed,
        state: &'a BTreeMap<StateKey, Vec<u8>>,
    ) -> Self {
        let decided = txs.iter().zip(&executed.txs);
        let applied = decided.filter(|(_, outcome)| outcome.code.number() == 0);
        Self {
            applied: applied.filter_map(|(tx, _)| tx.as_ref()).collect(),
            appends: &executed.appends,
            events: &executed.events,
            state,
        }
    }

    fn read<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        let bytes = self.state.get(key)?;
        Some(decode(bytes).expect("state decodes"))
    }

    fn clock(&self) -> Clock {
        self.read(&state_key::clock()).expect("a clock")
    }
}

fn micros(amount: nexus_types::Micros) -> i128 {
    i128::try_from(amount.0).expect("an amount is of 63 bits")
}

/// The last of those that began by then.
fn last<T: Copy>(beginnings: &[(Period, T)], period: Period) -> Option<T> {
    let mut begun = beginnings.iter().filter(|(from, _)| *from <= period);
    begun.next_back().map(|(_, value)| *value)
}

impl Books {
    /// Enters a block, and compares.
    pub(crate) fn block(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        for tx in &seen.applied {
            self.apply(tx)?;
        }
        for (log, bytes) in seen.appends {
            let LogId::Collection(kind, Some(imvu)) = log else {
                continue;
            };
            match kind {
                CollectionKind::Usage => {
                    let hour = decode(bytes).map_err(|error| format!("an hour: {error}"))?;
                    self.usage.entry(imvu.clone()).or_default().push(hour);
                }
                CollectionKind::Money => {
                    let entry: MoneyEntry =
                        decode(bytes).map_err(|error| format!("an entry: {error}"))?;
                    self.enter(seen, imvu, &entry)
                        .map_err(|what| format!("{what}, in {:?}", entry.event))?;
                }
                CollectionKind::Statements => {
                    let statement: StatementEntry =
                        decode(bytes).map_err(|error| format!("a statement: {error}"))?;
                    self.state_of_account(seen, imvu, &statement)?;
                }
                _ => {}
            }
        }
        for event in seen.events {
            if let Event::PeriodClosed(period) = event {
                self.closed(*period)?;
            }
        }
        self.every_hour_is_charged()?;
        self.balances(seen)?;
        self.paid_out_what_matured(seen)
    }

    fn add(&mut self, pot: Pot, grains: i128) {
        *self.pots.entry(pot).or_default() += grains;
    }

    /// What moves money, or the terms of moving it, by an action alone.
    fn apply(&mut self, tx: &Tx) -> Result<(), String> {
        let id = tx.body.id();
        match &tx.body.action {
            Action::RecordDeposit {
                processor,
                payer,
                amount,
                ..
            } => {
                let grains = micros(*amount) * WHOLE;
                self.add(Pot::Clearing(processor.clone()), -grains);
                self.add(Pot::PaidIn(*payer), grains);
            }
            Action::RequestPayout {
                processor, amount, ..
            } => {
                let (whose, grains) = (tx.body.signer, micros(*amount) * WHOLE);
                self.add(Pot::Earned(whose), -grains);
                self.add(Pot::UnderWay(processor.clone()), grains);
                *self.out.entry(whose).or_default() += grains;
                self.payouts.insert(id, (whose, processor.clone(), grains));
            }
            Action::SettlePayout { payout, settled } => {
                let known = self.payouts.remove(payout);
                let (whose, processor, grains) = known.ok_or("a payout was settled twice")?;
                self.add(Pot::UnderWay(processor.clone()), -grains);
                if *settled {
                    self.add(Pot::Clearing(processor), grains);
                } else {
                    self.add(Pot::Earned(whose), grains);
                    *self.out.entry(whose).or_default() -= grains;
                }
            }
            Action::OpenDispute {
                processor, sale, ..
            } => {
                let sale = (processor.clone(), sale.clone());
                self.disputes.insert(id, (sale, None));
            }
            Action::PublishPrices { from, prices } => self.prices.push((*from, *prices)),
            Action::SetTaxRate {
                region,
                millionths,
                from,
            } => {
                let rates = self.taxes.entry(region.clone()).or_default();
                rates.push((*from, *millionths));
            }
            Action::SignMandate { imvu, payer, .. } => {
                self.agreed.insert((imvu.clone(), *payer));
            }
            _ => {}
        }
        Ok(())
    }

    fn price(&self, period: Period, resource: Resource) -> Option<Price> {
        let prices = last(&self.prices, period)?;
        let mut all = Resource::ALL.iter().zip(prices);
        all.find(|(each, _)| **each == resource)
            .map(|(_, price)| price)
    }

    /// Both sides of all accounts are equal, neither ever shrinks, and each pot holds what these books say.
    fn balances(&mut self, seen: &Seen<'_>) -> Result<(), String> {
        let (from, to) = state_key::range_of(KeyKind::Account);
        let (mut debits, mut credits) = (0, 0);
        let mut held: BTreeMap<Pot, i128> = BTreeMap::new();
        let mut accounts = BTreeMap::new();
        for (key, bytes) in seen.state.range(from..to) {
            let id: AccountId = decode(key.id()).map_err(|error| format!("{key:?}: {error}"))?;
            let account: Account = decode(bytes).expect("state decodes");
            let before = self.accounts.remove(&id).unwrap_or_default();
            let shrunk = account.debits < before.debits || account.credits < before.credits;
            hold(!shrunk, || {
                format!("{id:?} went from {before:?} back to {account:?}")
            })?;
            let sides = [account.debits, account.credits];
            let sides = sides.map(|side| i128::try_from(side.0).expect("a sum of 63 bits"));
            debits += sides[0];
            credits += sides[1];
            *held.entry(id.clone().into()).or_default() += sides[1] - sides[0];
            accounts.insert(id, account);
        }
        hold(debits == credits, || {
            format!("{debits} grains were debited in all, {credits} credited")
        })?;
        let gone = self.accounts.keys().next();
        hold(gone.is_none(), || format!("{gone:?} vanished"))?;
        self.accounts = accounts;
        let pots: BTreeSet<&Pot> = self.pots.keys().chain(held.keys()).collect();
        for pot in pots {
            let of = |pots: &BTreeMap<Pot, i128>| pots.get(pot).copied().unwrap_or(0);
            let (ours, theirs) = (of(&self.pots), of(&held));
            hold(ours == theirs, || {
                format!("{pot:?} holds {theirs} grains instead of {ours}")
            })?;
        }
        Ok(())
    }

    /// Nobody was paid out, nor gave away, more than had been waiting for a whole maturity.
    fn paid_out_what_matured(&self, seen: &Seen<'_>) -> Result<(), String> {
        let now = seen.clock().law_time.0;
        let maturity = world().genesis.document().state.delays.maturity_ms;
        for (creator, out) in &self.out {
            let lots = self.lots.get(creator).into_iter().flatten();
            let ripe = lots.filter(|(since, _)| since + maturity <= now);
            let ripe: i128 = ripe.map(|(_, grains)| grains).sum();
            hold(*out <= ripe, || {
                format!("{creator} was paid out {out} grains of {ripe} that had matured")
            })?;
        }
        Ok(())
    }
}
