//! Use, who pays for it, and debts.

use super::{ALICE, Book, Clerk, PER, Who, at, period};

impl Clerk {
    /// Whoever pays for an IMVU of its own has 11 of 20 grains back at once.
    fn available(&self, payer: Who, owner: Who) -> i128 {
        let net = if payer == owner { 9 } else { 20 };
        (self.of(Book::Returned(payer)) + self.of(Book::Prepaid(payer))) / net
    }

    fn collect(&mut self, owner: Who, payer: Who, amount: i128) {
        let back = if owner == payer { 11 * amount } else { 0 };
        let returned = (self.of(Book::Returned(payer)) + back).min(20 * amount);
        self.add(Book::Returned(payer), -returned);
        self.add(Book::Prepaid(payer), returned - 20 * amount);
        self.add(Book::Platform, 9 * amount);
        if owner == payer {
            self.add(Book::Returned(owner), 11 * amount);
        } else {
            self.bucket(owner, 11 * amount);
        }
    }

    pub(super) fn pay_debts(&mut self, payer: Who) {
        for imvu in 0..2 {
            let owed = self.debts.get(&(payer, imvu)).copied().unwrap_or(0);
            let amount = owed.min(self.available(payer, imvu));
            if amount == 0 {
                continue;
            }
            self.debts.insert((payer, imvu), owed - amount);
            self.add(Book::Owed(payer), -20 * amount);
            self.collect(imvu, payer, amount);
            self.gain(imvu, amount);
            let period = period(self.now).max(self.open_period);
            self.bills.entry((imvu, period, payer)).or_default().0 += amount;
        }
    }

    /// Alice's IMVU used so many answers in the hour that began at `start`; the rest of that hour costs nothing.
    pub(in super::super) fn used(&mut self, begin: i128, answers: i128) {
        let of = period(begin);
        let price = at(&self.prices, of).unwrap_or(0);
        let (quantity, charged) = self.quantities.entry(of).or_default();
        *quantity += answers;
        let due = *quantity * price / PER;
        let mut rest = due - *charged;
        *charged = due;
        let statement = of.max(self.open_period);
        *self.gained.entry((0, statement)).or_default() += 0;
        let mut covering = self.mandates[0].iter_mut().rev();
        let mandate = covering.find(|each| each.from <= begin && begin < each.until);
        let mut parts = Vec::new();
        if let Some(mandate) = mandate {
            let spent = mandate.spent.entry(of).or_default();
            let amount = (mandate.cap - *spent).min(rest);
            *spent += amount;
            rest -= amount;
            parts.push((mandate.payer, amount));
        }
        parts.push((ALICE, rest));
        for (payer, amount) in parts {
            let collected = self.available(payer, ALICE).min(amount);
            self.collect(ALICE, payer, collected);
            self.add(Book::Owed(payer), 20 * (amount - collected));
            *self.debts.entry((payer, 0)).or_default() += amount - collected;
            *self.gained.entry((0, statement)).or_default() += collected;
            if amount > 0 {
                self.bills.entry((0, statement, payer)).or_default().0 += collected;
            }
        }
    }
}
