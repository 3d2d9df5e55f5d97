//! What each entry of an account book moves.

use nexus_types::billing::{Charge, Granter, MoneyEntry, MoneyEvent};
use nexus_types::meter::Resource;
use nexus_types::payment::DisputeStatus;
use nexus_types::{IdentityId, ImvuId, Micros};

use super::super::hold;
use super::{Books, CREATORS, PLATFORMS, PaymentName, Pot, Seen, Sold, Sums, WHOLE, last, micros};
use crate::world::world;

impl Books {
    pub(super) fn enter(
        &mut self,
        seen: &Seen<'_>,
        imvu: &ImvuId,
        entry: &MoneyEntry,
    ) -> Result<(), String> {
        let next = self.entered.entry(imvu.clone()).or_default();
        let right = entry.imvu == *imvu && entry.sequence == *next;
        hold(right, || {
            format!(
                "entry {} of {} is number {next} of {imvu}",
                entry.sequence, entry.imvu
            )
        })?;
        *next += 1;
        let stated = self.statements.get(imvu);
        let late = stated.is_some_and(|stated| stated.contains(&entry.period));
        hold(!late, || {
            format!(
                "an entry in period {} of {imvu}, whose statement is made",
                entry.period
            )
        })?;
        let mut sums = self.sums(entry).clone();
        sums.entries += 1;
        self.move_by(seen, entry, &mut sums)?;
        *self.sums(entry) = sums;
        Ok(())
    }

    fn sums(&mut self, entry: &MoneyEntry) -> &mut Sums {
        self.periods
            .entry((entry.imvu.clone(), entry.period))
            .or_default()
    }

    fn move_by(
        &mut self,
        seen: &Seen<'_>,
        entry: &MoneyEntry,
        sums: &mut Sums,
    ) -> Result<(), String> {
        let owner = entry.owner;
        match &entry.event {
            MoneyEvent::Charged(charge) => self.charge(seen, entry, charge, sums),
            MoneyEvent::Collected { payer, amount } => {
                let amount = micros(*amount);
                self.owe(*payer, -amount);
                self.collect(seen, owner, *payer, amount);
                sums.collected += amount;
                Ok(())
            }
            MoneyEvent::Sold {
                processor,
                external,
                gross,
                tax,
                region,
                fee,
            } => {
                let sold = Sold {
                    creator: owner,
                    region: region.clone(),
                    gross: micros(*gross),
                    tax: micros(*tax),
                    gone: 0,
                    tax_gone: 0,
                    lot: self.lots.entry(owner).or_default().len(),
                };
                self.sell(
                    seen,
                    (processor.clone(), external.clone()),
                    sold,
                    micros(*fee),
                    sums,
                )
            }
            MoneyEvent::Refunded {
                processor,
                sale,
                amount,
                tax,
            } => {
                let name = (processor.clone(), sale.clone());
                let (amount, tax) = (micros(*amount), micros(*tax));
                let sold = self.take(&name, amount)?;
                self.untax(&name, tax)?;
                self.share(&sold, -amount);
                self.add(Pot::Clearing(name.0), (amount + tax) * WHOLE);
                sums.refunded += amount;
                sums.tax_refunded += tax;
                Ok(())
            }
            MoneyEvent::Granted {
                by,
                processor,
                sale,
                amount,
                tax,
            } => {
                let name = (processor.clone(), sale.clone());
                let (amount, tax) = (micros(*amount), micros(*tax));
                let sold = self.take(&name, amount)?;
                self.untax(&name, tax)?;
                match by {
                    Granter::Creator => {
                        self.add(Pot::Earned(sold.creator), -amount * WHOLE);
                        *self.out.entry(sold.creator).or_default() += amount * WHOLE;
                        sums.by_creator += amount;
                    }
                    Granter::Platform => {
                        self.add(Pot::Platform, -amount * WHOLE);
                        sums.by_platform += amount;
                    }
                }
                self.add(Pot::Clearing(name.0), (amount + tax) * WHOLE);
                sums.tax_refunded += tax;
                Ok(())
            }
            MoneyEvent::Disputed { dispute, amount } => {
                let amount = micros(*amount);
                let (sale, open) = self.disputes.get_mut(dispute).ok_or("nobody disputed")?;
                hold(open.is_none(), || "it was disputed before".to_owned())?;
                *open = Some(amount);
                let sale = sale.clone();
                let sold = self.take(&sale, amount)?;
                self.share(&sold, -amount);
                self.add(Pot::Escrow(*dispute), amount * WHOLE);
                sums.disputed += amount;
                Ok(())
            }
            MoneyEvent::DisputeEnded {
                dispute,
                amount,
                status,
                tax,
            } => {
                let (amount, tax) = (micros(*amount), micros(*tax));
                let (sale, open) = self.disputes.get_mut(dispute).ok_or("nobody disputed")?;
                hold(open.take() == Some(amount), || {
                    "it was not open over that amount".to_owned()
                })?;
                let sale = sale.clone();
                self.add(Pot::Escrow(*dispute), -amount * WHOLE);
                if *status == DisputeStatus::Lost {
                    self.untax(&sale, tax)?;
                    self.add(Pot::Clearing(sale.0), (amount + tax) * WHOLE);
                    sums.tax_refunded += tax;
                    return Ok(());
                }
                hold(tax == 0, || {
                    "tax of a sale that stands was paid back".to_owned()
                })?;
                // It is open again, to be refunded or disputed.
                let sold = self.take(&sale, -amount)?;
                self.share(&sold, amount);
                sums.released += amount;
                Ok(())
            }
            MoneyEvent::Corrected { payer, amount, .. } => {
                let amount = micros(*amount);
                self.add(Pot::PaidIn(*payer), amount * WHOLE);
                self.add(Pot::Platform, -amount * PLATFORMS);
                if *payer == owner {
                    self.add(Pot::PaidIn(owner), -amount * CREATORS);
                } else {
                    self.add(Pot::Earned(owner), -amount * CREATORS);
                    *self.out.entry(owner).or_default() += amount * CREATORS;
                }
                sums.corrected += amount;
                Ok(())
            }
        }
    }

    /// A payer's debt grows, or shrinks.
    fn owe(&mut self, payer: IdentityId, amount: i128) {
        self.add(Pot::Owed(payer), -amount * WHOLE);
        self.add(Pot::Uncollected(payer), amount * WHOLE);
    }

    /// A payer's money is split; who pays itself has its part returned.
    fn collect(&mut self, seen: &Seen<'_>, creator: IdentityId, payer: IdentityId, amount: i128) {
        self.add(Pot::PaidIn(payer), -amount * WHOLE);
        self.add(Pot::Platform, amount * PLATFORMS);
        if payer == creator {
            self.add(Pot::PaidIn(creator), amount * CREATORS);
            return;
        }
        self.add(Pot::Earned(creator), amount * CREATORS);
        let now = seen.clock().law_time.0;
        let lots = self.lots.entry(creator).or_default();
        lots.push((now, amount * CREATORS));
    }

    /// A part of a sale is split, or taken back from both.
    fn share(&mut self, sold: &Sold, amount: i128) {
        self.add(Pot::Earned(sold.creator), amount * CREATORS);
        self.add(Pot::Platform, amount * PLATFORMS);
        let lots = self.lots.entry(sold.creator).or_default();
        if let Some((_, grains)) = lots.get_mut(sold.lot) {
            *grains += amount * CREATORS;
        }
    }

    /// More of a sale is paid back or in dispute; never more than it was.
    fn take(&mut self, name: &PaymentName, amount: i128) -> Result<Sold, String> {
        let sold = self.sales.get_mut(name).ok_or("there was no such sale")?;
        sold.gone += amount;
        hold((0..=sold.gross).contains(&sold.gone), || {
            format!("{} of a sale of {} are gone", sold.gone, sold.gross)
        })?;
        Ok(sold.clone())
    }

    /// Tax goes back with what it was paid on: all of it with all.
    fn untax(&mut self, name: &PaymentName, tax: i128) -> Result<(), String> {
        let sold = self.sales.get_mut(name).ok_or("there was no such sale")?;
        sold.tax_gone += tax;
        hold(sold.tax_gone <= sold.tax, || {
            format!("{} of a tax of {} are gone", sold.tax_gone, sold.tax)
        })?;
        let region = sold.region.clone();
        self.add(Pot::Tax(region), -tax * WHOLE);
        Ok(())
    }

    fn sell(
        &mut self,
        seen: &Seen<'_>,
        name: PaymentName,
        sold: Sold,
        fee: i128,
        sums: &mut Sums,
    ) -> Result<(), String> {
        let calendar = world().genesis.document().state.calendar;
        let clock = seen.clock();
        let rates = self.taxes.get(&sold.region).map_or(&[][..], Vec::as_slice);
        let rate = i128::from(last(rates, calendar.period_of(clock.time)).unwrap_or(0));
        hold(
            (sold.tax - 1) * 1_000_000 < sold.gross * rate || sold.tax == 0,
            || {
                format!(
                    "{} of tax on {}, at {rate} millionths",
                    sold.tax, sold.gross
                )
            },
        )?;
        hold(fee <= sold.gross, || {
            format!("a fee of {fee} on {}", sold.gross)
        })?;
        self.lots
            .entry(sold.creator)
            .or_default()
            .push((clock.law_time.0, 0));
        self.share(&sold, sold.gross);
        let paid = sold.gross + sold.tax - fee;
        self.add(Pot::Clearing(name.0.clone()), -paid * WHOLE);
        self.add(Pot::Tax(sold.region.clone()), sold.tax * WHOLE);
        self.add(Pot::Platform, -fee * WHOLE);
        sums.sales += 1;
        sums.gross += sold.gross;
        sums.tax += sold.tax;
        sums.fees += fee;
        let known = self.sales.insert(name, sold);
        hold(known.is_none(), || "it was sold before".to_owned())
    }

    /// An hour is charged once, for what was sealed, at the prices of its period, to those who agreed.
    fn charge(
        &mut self,
        seen: &Seen<'_>,
        entry: &MoneyEntry,
        charge: &Charge,
        sums: &mut Sums,
    ) -> Result<(), String> {
        let rated = self.rated.entry(entry.imvu.clone()).or_default();
        hold(charge.usage == *rated, || {
            format!("hour {} was charged after {rated}", charge.usage)
        })?;
        *rated += 1;
        let hours = self.usage.get(&entry.imvu);
        let at = usize::try_from(charge.usage).map_err(|error| error.to_string())?;
        let hour = hours.and_then(|hours| hours.get(at));
        let hour = hour
            .ok_or("an hour that was not sealed was charged")?
            .clone();
        let of = world()
            .genesis
            .document()
            .state
            .calendar
            .period_of(nexus_types::Time(charge.hour * 3_600_000));
        let its = (hour.hour, hour.owner, of) == (charge.hour, entry.owner, charge.of);
        hold(its, || {
            format!("it is charged as another hour than {}", hour.hour)
        })?;
        let mut total = 0;
        for resource in Resource::ALL {
            let of_it = hour.lines.iter().filter(|line| line.resource == resource);
            let quantity: u128 = of_it.map(|line| line.billed).sum();
            let lines = charge.lines.iter();
            let lines = lines.filter(|line| line.resource == resource);
            let (said, charged) = lines.fold((0, 0), |(quantity, charged), line| {
                (quantity + line.quantity, charged + micros(line.charged))
            });
            hold(said == quantity, || {
                format!("{said} of {resource} is charged, {quantity} was sealed")
            })?;
            let price = self.price(charge.of, resource);
            let place = (entry.imvu.clone(), charge.of, resource);
            let (sum, so_far) = self.charged.entry(place).or_default();
            *sum += quantity;
            *so_far += charged;
            // Written as a product, so that nothing is rounded here.
            let cost = price.map_or((0, 1), |price| {
                (*sum * u128::from(price.micros), u128::from(price.per))
            });
            let low = u128::try_from(*so_far).expect("charges are positive") * cost.1;
            // Nobody is charged more than an amount can be.
            let most = low == Micros::MAX.0 * cost.1;
            hold(low <= cost.0 && (most || cost.0 < low + cost.1), || {
                format!("{so_far} is charged for {sum} of {resource}")
            })?;
            total += charged;
        }
        self.bear(seen, entry, charge, total, sums)
    }

    fn bear(
        &mut self,
        seen: &Seen<'_>,
        entry: &MoneyEntry,
        charge: &Charge,
        total: i128,
        sums: &mut Sums,
    ) -> Result<(), String> {
        let mut borne = 0;
        for part in &charge.parts {
            let (charged, collected) = (micros(part.charged), micros(part.collected));
            let agreed = (entry.imvu.clone(), part.payer);
            hold(
                part.payer == entry.owner || self.agreed.contains(&agreed),
                || format!("{} never agreed to pay for {}", part.payer, entry.imvu),
            )?;
            hold(part.charged != Micros::ZERO && collected <= charged, || {
                format!("{collected} of {charged} was collected")
            })?;
            self.owe(part.payer, charged - collected);
            self.collect(seen, entry.owner, part.payer, collected);
            borne += charged;
            sums.collected += collected;
        }
        hold(borne == total, || format!("{borne} of {total} is borne"))?;
        sums.charged += total;
        Ok(())
    }

    /// Whatever was sealed is charged in the same block.
    pub(super) fn every_hour_is_charged(&self) -> Result<(), String> {
        for (imvu, hours) in &self.usage {
            let rated = self.rated.get(imvu).copied().unwrap_or(0);
            hold(usize::try_from(rated) == Ok(hours.len()), || {
                format!("{rated} of {} hours of {imvu} are charged", hours.len())
            })?;
        }
        Ok(())
    }
}
