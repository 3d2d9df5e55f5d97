//! Money in plain arithmetic: what a careful clerk with signed numbers and a calendar would say, without looking at the law.

mod agreeing;
mod paying;

use std::collections::{BTreeMap, BTreeSet};

pub(super) const DAY: i128 = 86_400_000;
pub(super) const HOUR: i128 = 3_600_000;
/// Largest amount, micro-credits.
pub(super) const MOST: i128 = (1 << 63) - 1;

/// Alice owns IMVU 0, Bob owns IMVU 1, Carol pays for others.
pub(super) type Who = usize;
pub(super) const ALICE: Who = 0;

/// What happens; each is one transaction but for `Wait`.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Deposit {
        id: u32,
        payer: Who,
        amount: i128,
    },
    Sale {
        id: u32,
        imvu: usize,
        gross: i128,
        tax: i128,
        fee: i128,
    },
    Refund {
        id: u32,
        sale: u32,
        amount: i128,
    },
    Grant {
        by: Granter,
        sale: u32,
        amount: i128,
    },
    Dispute {
        sale: u32,
        amount: i128,
    },
    Resolve {
        dispute: usize,
        won: bool,
        by: Decider,
    },
    Payout {
        who: Who,
        amount: i128,
    },
    Settle {
        payout: usize,
        settled: bool,
        cashier: bool,
    },
    Mandate {
        imvu: usize,
        payer: Who,
        cap: i128,
        days: i128,
        owner_signs: bool,
    },
    Revoke {
        imvu: usize,
        by: Who,
    },
    Correct {
        imvu: usize,
        period: i128,
        payer: Who,
        amount: i128,
        owner_signs: bool,
    },
    Link {
        imvu: usize,
        linked: bool,
    },
    Prices {
        period: i128,
        micros: i128,
        seats: usize,
    },
    Tax {
        period: i128,
        millionths: i128,
        seats: usize,
    },
    Processor {
        name: u32,
        seats: usize,
    },
    Reconcile {
        cashier: bool,
    },
    Contain {
        hours: i128,
        operators: usize,
    },
    Consent {
        given: bool,
    },
    /// So many answers in the hour that runs, told as soon as it is over.
    Use {
        answers: i128,
    },
    Wait {
        hours: i128,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Granter {
    Creator,
    Platform,
    TwoOfficers,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Decider {
    Cashier,
    Owner,
    Stranger,
}

/// The accounts a clerk keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Book {
    Held,
    OnTheWay,
    Prepaid(Who),
    Returned(Who),
    Owed(Who),
    Maturing(Who),
    Matured(Who),
    Platform,
    Escrow,
    Tax,
}

#[derive(Clone, Debug)]
pub(super) struct Sold {
    pub(super) imvu: usize,
    pub(super) gross: i128,
    tax: i128,
    pub(super) refunded: i128,
    tax_refunded: i128,
    pub(super) disputed: i128,
    day: i128,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    sale: u32,
    amount: i128,
    expires: i128,
    pub(super) open: bool,
}

#[derive(Clone, Debug)]
struct Agreement {
    payer: Who,
    cap: i128,
    from: i128,
    until: i128,
    spent: BTreeMap<i128, i128>,
}

impl Case {
    /// The sale it is about.
    pub(super) fn sale(&self) -> u32 {
        self.sale
    }
}

/// The clerk's desk.
#[derive(Clone, Debug)]
pub(super) struct Clerk {
    pub(super) now: i128,
    pub(super) accounts: BTreeMap<Book, i128>,
    pub(super) taken_in: i128,
    pub(super) paid_out: i128,
    seen: BTreeSet<u32>,
    pub(super) sales: BTreeMap<u32, Sold>,
    buckets: BTreeMap<(Who, i128), i128>,
    pub(super) disputes: Vec<Case>,
    pub(super) payouts: Vec<(Who, i128, bool)>,
    links: [bool; 2],
    mandates: [Vec<Agreement>; 2],
    debts: BTreeMap<(Who, usize), i128>,
    quantities: BTreeMap<i128, (i128, i128)>,
    /// First period and micro-credits of each list, for [`Clerk::per`] answers.
    prices: Vec<(i128, i128)>,
    taxes: Vec<(i128, i128)>,
    /// (IMVU, period, payer) → collected, given back.
    pub(super) bills: BTreeMap<(usize, i128, Who), (i128, i128)>,
    /// (IMVU, period) → what its creator gained, micro-credits before the split.
    pub(super) gained: BTreeMap<(usize, i128), i128>,
    processors: BTreeSet<u32>,
    containments: Vec<(i128, i128)>,
    consent: Option<Option<i128>>,
    open_period: i128,
    /// Up to when the meters of Alice's host have spoken.
    pub(super) reported: i128,
}

/// Ten answers have the price.
const PER: i128 = 10;

impl Clerk {
    pub(super) fn new(now: i128) -> Self {
        let period = period(now);
        Self {
            now,
            accounts: BTreeMap::new(),
            taken_in: 0,
            paid_out: 0,
            seen: BTreeSet::new(),
            sales: BTreeMap::new(),
            buckets: BTreeMap::new(),
            disputes: Vec::new(),
            payouts: Vec::new(),
            links: [true, false],
            mandates: [Vec::new(), Vec::new()],
            debts: BTreeMap::new(),
            quantities: BTreeMap::new(),
            prices: vec![(period, 1)],
            taxes: Vec::new(),
            bills: BTreeMap::new(),
            gained: BTreeMap::new(),
            processors: BTreeSet::new(),
            containments: Vec::new(),
            consent: None,
            open_period: period,
            reported: now,
        }
    }

    pub(super) fn of(&self, book: Book) -> i128 {
        self.accounts.get(&book).copied().unwrap_or(0)
    }

    fn add(&mut self, book: Book, grains: i128) {
        *self.accounts.entry(book).or_default() += grains;
    }

    /// The last month that prices were published for.
    pub(super) fn last_price(&self) -> i128 {
        self.prices.last().map_or(0, |(from, _)| *from)
    }

    /// The last month that a tax rate was set for.
    pub(super) fn last_tax(&self) -> i128 {
        self.taxes.last().map_or(0, |(from, _)| *from)
    }

    pub(super) fn open(&self, sale: u32) -> i128 {
        self.sales
            .get(&sale)
            .map_or(0, |sold| sold.gross - sold.refunded - sold.disputed)
    }

    pub(super) fn is_young(&self, sale: u32) -> bool {
        self.sales
            .get(&sale)
            .is_some_and(|sold| self.buckets.contains_key(&(sold.imvu, sold.day)))
    }

    /// Time goes on: money matures, disputes lapse, periods close, each when it is due.
    pub(super) fn go_to(&mut self, time: i128) {
        self.now = time;
        loop {
            let bucket = self
                .buckets
                .keys()
                .map(|key| ((key.1 + 1) * DAY + 30 * DAY, Ok(*key)));
            let open = self
                .disputes
                .iter()
                .enumerate()
                .filter(|(_, case)| case.open);
            let lapse = open.map(|(at, case)| (case.expires, Err(at)));
            match bucket.chain(lapse).filter(|(due, _)| *due <= time).min() {
                None => break,
                Some((_, Ok(key))) => {
                    let grains = self.buckets.remove(&key).unwrap();
                    self.add(Book::Maturing(key.0), -grains);
                    self.add(Book::Matured(key.0), grains);
                }
                Some((_, Err(at))) => self.release(at),
            }
        }
        while start(self.open_period + 1) + 72 * HOUR <= time {
            self.open_period += 1;
        }
    }

    fn bucket(&mut self, who: Who, grains: i128) {
        *self.buckets.entry((who, self.now / DAY)).or_default() += grains;
        self.add(Book::Maturing(who), grains);
    }

    fn gain(&mut self, imvu: usize, micros: i128) {
        let period = period(self.now).max(self.open_period);
        *self.gained.entry((imvu, period)).or_default() += micros;
    }

    fn release(&mut self, at: usize) {
        let case = self.disputes[at].clone();
        self.disputes[at].open = false;
        let sold = self.sales.get_mut(&case.sale).unwrap();
        sold.disputed -= case.amount;
        let (owner, day, imvu) = (sold.imvu, sold.day, sold.imvu);
        self.add(Book::Escrow, -20 * case.amount);
        self.add(Book::Platform, 9 * case.amount);
        match self.buckets.get_mut(&(owner, day)) {
            Some(left) => {
                *left += 11 * case.amount;
                self.add(Book::Maturing(owner), 11 * case.amount);
            }
            None => self.add(Book::Matured(owner), 11 * case.amount),
        }
        self.gain(imvu, case.amount);
    }

    /// What the transaction comes to; only on 0 has anything changed.
    pub(super) fn act(&mut self, op: &Op) -> u32 {
        let before = self.clone();
        let code = self.try_act(op).err().unwrap_or(0);
        if code != 0 {
            *self = before;
        }
        code
    }

    fn try_act(&mut self, op: &Op) -> Result<(), u32> {
        match *op {
            Op::Deposit { id, payer, amount } => {
                amount_of(amount)?;
                self.first(id)?;
                self.taken_in += amount;
                self.add(Book::Held, 20 * amount);
                self.add(Book::Prepaid(payer), 20 * amount);
                self.pay_debts(payer);
            }
            Op::Sale {
                id,
                imvu,
                gross,
                tax,
                fee,
            } => {
                let rate = at(&self.taxes, period(self.now)).unwrap_or(0);
                let most = (gross.min(MOST + 1) * rate + 999_999) / 1_000_000;
                if !self.links[imvu] || tax > most || fee > gross {
                    return Err(2006);
                }
                amount_of(gross)?;
                self.first(id)?;
                self.taken_in += gross + tax;
                self.paid_out += fee;
                self.add(Book::Held, 20 * (gross + tax - fee));
                self.add(Book::Platform, 9 * gross - 20 * fee);
                self.add(Book::Tax, 20 * tax);
                self.bucket(imvu, 11 * gross);
                let day = self.now / DAY;
                let sold = Sold {
                    imvu,
                    gross,
                    tax,
                    refunded: 0,
                    tax_refunded: 0,
                    disputed: 0,
                    day,
                };
                self.sales.insert(id, sold);
                self.gain(imvu, gross);
            }
            Op::Refund { id, sale, amount } => {
                self.part(sale, amount)?;
                self.young(sale)?;
                self.first(id)?;
                let (imvu, tax) = self.give_back(sale, amount);
                self.take_shares(sale, amount);
                self.add(Book::Tax, -20 * tax);
                self.gain(imvu, -amount);
            }
            Op::Grant { by, sale, amount } => {
                if by == Granter::TwoOfficers {
                    return Err(2017);
                }
                if by == Granter::Creator && !self.sales.contains_key(&sale) {
                    // Nobody is the creator of what is not there.
                    return Err(2001);
                }
                self.part(sale, amount)?;
                if self.is_young(sale) {
                    return Err(2103);
                }
                let owner = self.sales[&sale].imvu;
                if by == Granter::Creator && self.of(Book::Matured(owner)) < 20 * amount {
                    return Err(2107);
                }
                let from = match by {
                    Granter::Creator => Book::Matured(owner),
                    _ => Book::Platform,
                };
                self.add(from, -20 * amount);
                let (_, tax) = self.give_back(sale, amount);
                self.add(Book::Tax, -20 * tax);
                // Neither side's share changes, but it stands in the period's book.
                self.gain(owner, 0);
            }
            Op::Dispute { sale, amount } => {
                self.part(sale, amount)?;
                self.young(sale)?;
                self.take_shares(sale, amount);
                self.add(Book::Escrow, 20 * amount);
                self.sales.get_mut(&sale).unwrap().disputed += amount;
                let expires = self.now + 30 * DAY;
                self.disputes.push(Case {
                    sale,
                    amount,
                    expires,
                    open: true,
                });
                self.gain(self.sales[&sale].imvu, -amount);
            }
            Op::Resolve { dispute, won, by } => {
                let lawful = by == Decider::Cashier || (by == Decider::Owner && !won);
                if !lawful {
                    return Err(2001);
                }
                if !self.disputes[dispute].open {
                    return Err(2103);
                }
                if won {
                    self.release(dispute);
                } else {
                    let case = self.disputes[dispute].clone();
                    self.disputes[dispute].open = false;
                    self.sales.get_mut(&case.sale).unwrap().disputed -= case.amount;
                    self.add(Book::Escrow, -20 * case.amount);
                    let (imvu, tax) = self.give_back(case.sale, case.amount);
                    self.add(Book::Tax, -20 * tax);
                    self.gain(imvu, 0);
                }
            }
            Op::Payout { who, amount } => {
                amount_of(amount)?;
                if self.of(Book::Matured(who)) < 20 * amount {
                    return Err(2107);
                }
                self.add(Book::Matured(who), -20 * amount);
                self.add(Book::OnTheWay, 20 * amount);
                self.payouts.push((who, amount, true));
            }
            Op::Settle {
                payout,
                settled,
                cashier,
            } => {
                if !cashier {
                    return Err(2001);
                }
                let (who, amount, open) = self.payouts[payout];
                if !open {
                    return Err(2103);
                }
                self.payouts[payout].2 = false;
                self.add(Book::OnTheWay, -20 * amount);
                if settled {
                    self.add(Book::Held, -20 * amount);
                    self.paid_out += amount;
                } else {
                    self.add(Book::Matured(who), 20 * amount);
                }
            }
            _ => return self.try_agree(op),
        }
        Ok(())
    }

    fn first(&mut self, id: u32) -> Result<(), u32> {
        if self.seen.insert(id) {
            Ok(())
        } else {
            Err(2102)
        }
    }

    fn part(&self, sale: u32, amount: i128) -> Result<(), u32> {
        if !self.sales.contains_key(&sale) {
            return Err(2101);
        }
        amount_of(amount)?;
        if amount > self.open(sale) {
            Err(2107)
        } else {
            Ok(())
        }
    }

    fn young(&self, sale: u32) -> Result<(), u32> {
        if self.is_young(sale) {
            Ok(())
        } else {
            Err(2103)
        }
    }

    /// Counts a part of a sale as paid back; the IMVU, and the tax that goes with it.
    fn give_back(&mut self, sale: u32, amount: i128) -> (usize, i128) {
        let sold = self.sales.get_mut(&sale).unwrap();
        sold.refunded += amount;
        let tax = sold.tax * sold.refunded / sold.gross - sold.tax_refunded;
        sold.tax_refunded += tax;
        let imvu = sold.imvu;
        self.paid_out += amount + tax;
        self.add(Book::Held, -20 * (amount + tax));
        (imvu, tax)
    }

    fn take_shares(&mut self, sale: u32, amount: i128) {
        let (owner, day) = (self.sales[&sale].imvu, self.sales[&sale].day);
        *self.buckets.get_mut(&(owner, day)).unwrap() -= 11 * amount;
        self.add(Book::Maturing(owner), -11 * amount);
        self.add(Book::Platform, -9 * amount);
    }
}

fn amount_of(amount: i128) -> Result<(), u32> {
    match amount {
        0 => Err(2103),
        amount if amount > MOST => Err(2104),
        _ => Ok(()),
    }
}

fn begins(list: &[(i128, i128)], from: i128, now: i128, seats: usize) -> Result<(), u32> {
    if seats < 3 {
        return Err(2001);
    }
    let late = start(from) < now + 30 * DAY;
    if late || list.last().is_some_and(|(last, _)| *last >= from) {
        return Err(2103);
    }
    Ok(())
}

fn at(list: &[(i128, i128)], period: i128) -> Option<i128> {
    list.iter()
        .rev()
        .find(|(from, _)| *from <= period)
        .map(|(_, value)| *value)
}

/// Days of each month, counted one by one from January 1970: no formula to get wrong.
fn days(month: i128) -> i128 {
    let year = 1970 + month / 12;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month % 12 {
        1 if leap => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// When a month begins.
pub(super) fn start(month: i128) -> i128 {
    (0..month).map(days).sum::<i128>() * DAY
}

/// The month a time lies in.
pub(super) fn period(time: i128) -> i128 {
    let mut month = 0;
    while start(month + 1) <= time {
        month += 1;
    }
    month
}
