//! What people agree on, and what is decided about them.

use super::{Agreement, Book, Clerk, DAY, HOUR, Op, amount_of, begins};
use std::collections::BTreeMap;

impl Clerk {
    pub(super) fn try_agree(&mut self, op: &Op) -> Result<(), u32> {
        let now = self.now;
        match *op {
            Op::Mandate {
                imvu,
                payer,
                cap,
                days,
                owner_signs,
            } => {
                if !owner_signs && payer != imvu {
                    return Err(2001);
                }
                if days <= 0 {
                    return Err(2103);
                }
                let list = &mut self.mandates[imvu];
                list.retain(|each| each.until + 72 * HOUR > now);
                list.iter_mut()
                    .for_each(|each| each.until = each.until.min(now));
                amount_of(cap)?;
                let until = now + days * DAY;
                list.push(Agreement {
                    payer,
                    cap,
                    from: now,
                    until,
                    spent: BTreeMap::new(),
                });
                if list.len() > 4 {
                    return Err(2104);
                }
            }
            Op::Revoke { imvu, by } => {
                let list = &mut self.mandates[imvu];
                let payer = list
                    .last()
                    .filter(|each| each.until > now)
                    .map(|each| each.payer);
                if by != imvu && payer != Some(by) {
                    return Err(2001);
                }
                if payer.is_none() {
                    return Err(2101);
                }
                list.iter_mut()
                    .for_each(|each| each.until = each.until.min(now));
            }
            Op::Correct {
                imvu,
                period,
                payer,
                amount,
                owner_signs,
            } => {
                if payer != imvu && !owner_signs {
                    return Err(2001);
                }
                amount_of(amount)?;
                // Whatever was entered for a period, or used in it, opened its book.
                let entered = self.gained.contains_key(&(imvu, period))
                    || (imvu == 0 && self.quantities.contains_key(&period))
                    || self
                        .bills
                        .keys()
                        .any(|key| (key.0, key.1) == (imvu, period));
                if !entered {
                    return Err(2101);
                }
                let bill = self.bills.entry((imvu, period, payer)).or_default();
                if bill.1 + amount > bill.0 {
                    return Err(2107);
                }
                bill.1 += amount;
                self.add(Book::Platform, -9 * amount);
                self.add(Book::Prepaid(payer), 20 * amount);
                if payer == imvu {
                    let own = self.of(Book::Returned(payer)).min(11 * amount);
                    self.add(Book::Returned(payer), -own);
                    self.add(Book::Prepaid(payer), own - 11 * amount);
                } else {
                    if self.of(Book::Matured(imvu)) < 11 * amount {
                        return Err(2107);
                    }
                    self.add(Book::Matured(imvu), -11 * amount);
                }
                self.gain(imvu, -amount);
            }
            Op::Link { imvu, linked } => {
                if self.links[imvu] == linked {
                    return Err(2105);
                }
                self.links[imvu] = linked;
            }
            Op::Prices {
                period,
                micros,
                seats,
            } => {
                begins(&self.prices, period, now, seats)?;
                self.prices.push((period, micros));
            }
            Op::Tax {
                period,
                millionths,
                seats,
            } => {
                if seats < 3 {
                    return Err(2001);
                }
                if millionths > 1_000_000 {
                    return Err(2103);
                }
                begins(&self.taxes, period, now, seats)?;
                self.taxes.push((period, millionths));
            }
            Op::Processor { name, seats } => {
                if seats < 3 {
                    return Err(2001);
                }
                if !self.processors.insert(name) {
                    return Err(2102);
                }
            }
            Op::Reconcile { cashier: false } => return Err(2001),
            Op::Contain { hours, operators } => {
                let counted = self
                    .containments
                    .iter()
                    .filter(|(_, until)| until + 30 * DAY > now);
                let spent: i128 = counted.map(|(from, until)| until - from).sum();
                if operators < 2 || spent + hours * HOUR > 72 * HOUR {
                    return Err(2015);
                }
                if self.containments.iter().any(|(_, until)| *until > now) {
                    return Err(2103);
                }
                self.containments.push((now, now + hours * HOUR));
            }
            Op::Consent { given } => {
                let ending = self.consent.flatten();
                self.consent = match (given, self.consent) {
                    (true, None) => Some(None),
                    (true, Some(Some(_))) if ending.is_some() => Some(None),
                    (false, Some(None)) => Some(Some(now)),
                    _ => return Err(2105),
                };
            }
            _ => {}
        }
        Ok(())
    }
}
