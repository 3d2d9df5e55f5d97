//! An IMVU's collections, made by hand.

use super::super::{Receipts, recompute};
use nexus_types::billing::{Charge, ChargeLine, Granter, MoneyEntry, MoneyEvent, Part};
use nexus_types::encoding::{List, Text};
use nexus_types::ids::ProcessorId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::money::{Micros, Price, PriceBook, PriceList};
use nexus_types::payment::DisputeStatus;
use nexus_types::period::{Calendar, Period};
use nexus_types::{Hash, HostId, IdentityId, ImvuId, MeterId, Time};
use serde_json::{Value, from_str};

/// A day of 24 hours a period; hour 480 is the first of period 20.
pub(super) const CALENDAR: Calendar = Calendar::Hours(24);
pub(super) const OWNER: IdentityId = IdentityId(Hash([2; 32]));
pub(super) const PATRON: IdentityId = IdentityId(Hash([1; 32]));

pub(super) struct World {
    pub(super) imvu: ImvuId,
    pub(super) usage: Vec<UsageHour>,
    pub(super) money: Vec<MoneyEntry>,
    pub(super) book: PriceBook,
    pub(super) lists: Vec<PriceList>,
}

impl World {
    /// CPU and the rest at 7 for 3, from period 20 on at 1 for 2.
    pub(super) fn new() -> Self {
        let list = |version, from, micros, per| PriceList {
            version,
            from: Period(from),
            prices: [Price { micros, per }; 7],
        };
        Self {
            imvu: ImvuId::new("IMVU-042").unwrap(),
            usage: Vec::new(),
            money: Vec::new(),
            book: PriceBook {
                lists: List::new(vec![(Period(0), 1), (Period(20), 2)]).unwrap(),
            },
            lists: vec![list(1, 0, 7, 3), list(2, 20, 1, 2)],
        }
    }

    pub(super) fn entry(&mut self, period: u64, event: MoneyEvent) {
        self.money.push(MoneyEntry {
            imvu: self.imvu.clone(),
            sequence: self.money.len() as u64,
            height: 9,
            time: Time(10),
            period: Period(period),
            owner: OWNER,
            event,
        });
    }

    /// An hour of use and its charge: resource, quantity, what the charge grew by; what the patron bears and pays.
    pub(super) fn hour(
        &mut self,
        hour: u64,
        period: u64,
        lines: &[(Resource, u128, u128)],
        patron: (u128, u128),
    ) {
        let usage = self.usage.len() as u64;
        self.usage.push(UsageHour {
            imvu: self.imvu.clone(),
            sequence: usage,
            hour,
            owner: OWNER,
            host: HostId::new("host-1").unwrap(),
            placement: 1,
            height: 9,
            lines: lines
                .iter()
                .map(|(resource, quantity, _)| UsageLine {
                    resource: *resource,
                    meter: MeterId::new("host-1-any").unwrap(),
                    read: *quantity,
                    billed: *quantity,
                    dropped: 0,
                    windows: 1,
                    flags: UsageFlags::default(),
                })
                .collect(),
        });
        let total: u128 = lines.iter().map(|(_, _, charged)| charged).sum();
        let part = |payer, charged: u128, collected: u128| Part {
            payer,
            charged: Micros(charged),
            collected: Micros(collected),
        };
        let mut parts = vec![part(OWNER, total - patron.0, 0)];
        if patron.0 > 0 {
            parts.insert(0, part(PATRON, patron.0, patron.1));
        }
        let of = hour / 24;
        self.entry(
            period,
            MoneyEvent::Charged(Charge {
                usage,
                hour,
                of: Period(of),
                version: if of < 20 { 1 } else { 2 },
                lines: lines
                    .iter()
                    .map(|(resource, quantity, charged)| ChargeLine {
                        resource: *resource,
                        quantity: *quantity,
                        charged: Micros(*charged),
                    })
                    .collect(),
                parts,
                flags: UsageFlags::default(),
            }),
        );
    }

    pub(super) fn receipts(&self, period: u64) -> Receipts<'_> {
        Receipts {
            chain_id: "nexus-test",
            genesis_hash: Hash([9; 32]),
            calendar: CALENDAR,
            imvu: &self.imvu,
            period: Period(period),
            owner: OWNER,
            usage: &self.usage,
            money: &self.money,
            book: &self.book,
            lists: &self.lists,
        }
    }

    pub(super) fn statement(&self, period: u64) -> Value {
        let text = recompute(&self.receipts(period)).unwrap();
        from_str(&text).unwrap()
    }
}

pub(super) fn sold(gross: u128, tax: u128, fee: u128) -> MoneyEvent {
    MoneyEvent::Sold {
        processor: ProcessorId::new("acquirer-1").unwrap(),
        external: Text::new("pi_1").unwrap(),
        gross: Micros(gross),
        tax: Micros(tax),
        region: Jurisdiction::new("US").unwrap(),
        fee: Micros(fee),
    }
}

pub(super) fn granted(by: Granter, amount: u128, tax: u128) -> MoneyEvent {
    MoneyEvent::Granted {
        by,
        processor: ProcessorId::new("acquirer-1").unwrap(),
        sale: Text::new("pi_1").unwrap(),
        amount: Micros(amount),
        tax: Micros(tax),
    }
}

pub(super) fn ended(amount: u128, status: DisputeStatus, tax: u128) -> MoneyEvent {
    MoneyEvent::DisputeEnded {
        dispute: Hash([5; 32]),
        amount: Micros(amount),
        status,
        tax: Micros(tax),
    }
}
