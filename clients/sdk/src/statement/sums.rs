//! What the entries of one period add up to.

use nexus_types::IdentityId;
use nexus_types::billing::{Granter, MoneyEntry, MoneyEvent};
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::payment::DisputeStatus;
use nexus_types::period::Period;
use std::collections::BTreeMap;

/// Quantity and micro-credits.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Line {
    pub(super) quantity: u128,
    pub(super) charged: u128,
}

/// Charged, collected, corrected.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Bill {
    pub(super) charged: u128,
    pub(super) collected: u128,
    pub(super) corrected: u128,
}

/// Sums of a period, micro-credits. They stop at their type's end instead of wrapping around: a statement that reaches it
/// equals no real one.
#[derive(Clone, Default, Debug)]
pub(super) struct Sums {
    pub(super) entries: u64,
    pub(super) own: BTreeMap<Resource, Line>,
    pub(super) late: BTreeMap<(Period, Resource), (u32, Line)>,
    pub(super) payers: BTreeMap<IdentityId, Bill>,
    pub(super) collected: u128,
    pub(super) corrected: u128,
    pub(super) disputed: u128,
    pub(super) released: u128,
    pub(super) refunded: u128,
    pub(super) tax_back: u128,
    pub(super) by_creator: u128,
    pub(super) by_platform: u128,
    pub(super) fees: u128,
    pub(super) sales: u64,
    pub(super) gross: u128,
    pub(super) tax: u128,
    pub(super) test: bool,
}

fn add(sum: &mut u128, amount: u128) {
    *sum = sum.saturating_add(amount);
}

impl Sums {
    /// Of the entries whose statement is that of `period`.
    pub(super) fn of(period: Period, entries: &[MoneyEntry]) -> Self {
        let mut sums = Self::default();
        for entry in entries.iter().filter(|entry| entry.period == period) {
            sums.entries = sums.entries.saturating_add(1);
            sums.take(period, &entry.event);
        }
        sums
    }

    fn take(&mut self, period: Period, event: &MoneyEvent) {
        match event {
            MoneyEvent::Charged(charge) => {
                for line in &charge.lines {
                    let sum = if charge.of == period {
                        self.own.entry(line.resource).or_default()
                    } else {
                        let key = (charge.of, line.resource);
                        &mut self
                            .late
                            .entry(key)
                            .or_insert((charge.version, Line::default()))
                            .1
                    };
                    add(&mut sum.quantity, line.quantity);
                    add(&mut sum.charged, line.charged.0);
                }
                for part in &charge.parts {
                    let bill = self.payers.entry(part.payer).or_default();
                    add(&mut bill.charged, part.charged.0);
                    add(&mut bill.collected, part.collected.0);
                    add(&mut self.collected, part.collected.0);
                }
                self.test |= charge.flags.has(UsageFlags::TEST);
            }
            MoneyEvent::Collected { payer, amount } => {
                add(
                    &mut self.payers.entry(*payer).or_default().collected,
                    amount.0,
                );
                add(&mut self.collected, amount.0);
            }
            MoneyEvent::Sold {
                gross, tax, fee, ..
            } => {
                self.sales = self.sales.saturating_add(1);
                add(&mut self.gross, gross.0);
                add(&mut self.tax, tax.0);
                add(&mut self.fees, fee.0);
            }
            MoneyEvent::Refunded { amount, tax, .. } => {
                add(&mut self.refunded, amount.0);
                add(&mut self.tax_back, tax.0);
            }
            MoneyEvent::Granted {
                by, amount, tax, ..
            } => {
                let side = match by {
                    Granter::Creator => &mut self.by_creator,
                    Granter::Platform => &mut self.by_platform,
                };
                add(side, amount.0);
                add(&mut self.tax_back, tax.0);
            }
            MoneyEvent::Disputed { amount, .. } => add(&mut self.disputed, amount.0),
            MoneyEvent::DisputeEnded {
                amount,
                status,
                tax,
                ..
            } => match status {
                DisputeStatus::Lost => add(&mut self.tax_back, tax.0),
                DisputeStatus::Open | DisputeStatus::Won | DisputeStatus::Lapsed => {
                    add(&mut self.released, amount.0);
                }
            },
            MoneyEvent::Corrected { payer, amount, .. } => {
                add(
                    &mut self.payers.entry(*payer).or_default().corrected,
                    amount.0,
                );
                add(&mut self.corrected, amount.0);
            }
        }
    }

    /// Charged for own and late use of some resources.
    pub(super) fn charged(&self, resources: &[Resource]) -> u128 {
        let own = self.own.iter();
        let late = self
            .late
            .iter()
            .map(|((_, resource), (_, line))| (resource, line));
        own.chain(late)
            .filter(|(resource, _)| resources.contains(resource))
            .fold(0, |sum, (_, line)| sum.saturating_add(line.charged))
    }

    /// What came in less what went back, of what is split.
    pub(super) fn net(&self) -> i128 {
        let signed = |amount: u128| i128::try_from(amount).unwrap_or(i128::MAX);
        let came = [self.collected, self.gross, self.released];
        let went = [self.refunded, self.disputed, self.corrected];
        let came = came.into_iter().map(signed).fold(0, i128::saturating_add);
        went.into_iter()
            .map(signed)
            .fold(came, i128::saturating_sub)
    }
}
