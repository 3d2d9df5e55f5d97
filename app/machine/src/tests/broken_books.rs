//! Ways to break what the invariants say of money, each by hand.

use super::invariants::{Break, alter, first, remove};
use super::market::*;
use super::world::*;
use nexus_types::billing::{Billing, Closed};
use nexus_types::encoding::{List, encode};
use nexus_types::money::{Account, AccountId, PriceBook, PriceList};
use nexus_types::payment::{Bucket, Debt, Dispute, Enforcement, Mandates, Payment, PaymentKind};
use nexus_types::state::TimedItem;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Grains, Hash, Micros, Time};

const BALANCES: &str = "debits are credits, and nothing is overdrawn";
const BACKED: &str = "money that waits has what it waits for";
const PAYMENTS: &str = "payments are paid back up to their amount";
const AGREEMENTS: &str = "debts, mandates and processors stand where they are looked for";
const PERIODS: &str = "periods have their prices, and are closed once";
const TIMERS: &str = "each timer has its object, each object its timer";

fn with_debts(memory: &mut Memory, change: impl FnOnce(&mut Vec<Debt>)) {
    let key = state_key::enforcement(&imvu("IMVU-042"));
    alter::<Enforcement>(memory, &key, |enforcement| {
        let mut debts = enforcement.debts.as_slice().to_vec();
        change(&mut debts);
        enforcement.debts = List::new(debts).unwrap();
    });
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (BALANCES, |_, memory| {
        let income = state_key::account(&AccountId::PlatformIncome);
        alter::<Account>(memory, &income, |account| account.credits.0 += 1);
    }),
    (BALANCES, |world, memory| {
        let matured = state_key::account(&AccountId::Matured(world.alice.id));
        alter::<Account>(memory, &matured, |account| {
            account.debits.0 = account.credits.0 + 1;
        });
    }),
    (BACKED, |_, memory| {
        let bucket = first(memory, KeyKind::Bucket, |_| true);
        alter::<Bucket>(memory, &bucket, |bucket| bucket.grains.0 -= 1);
    }),
    (BACKED, |_, memory| {
        let dispute = first(memory, KeyKind::Dispute, |_| true);
        alter::<Dispute>(memory, &dispute, |dispute| dispute.amount.0 += 1);
    }),
    (BACKED, |_, memory| {
        let payout = first(memory, KeyKind::Payout, |_| true);
        remove(memory, &payout);
    }),
    (BACKED, |world, memory| {
        let key = state_key::bucket(&world.bob.id, 7);
        let bucket = Bucket { grains: Grains(20) };
        memory.state.insert(key, encode(&bucket));
    }),
    (PAYMENTS, |_, memory| {
        let sale = state_key::payment(&processor("pay"), &external("s-2"));
        alter::<Payment>(memory, &sale, |payment| payment.amount = Micros(99));
    }),
    (PAYMENTS, |_, memory| {
        let sale = state_key::payment(&processor("pay"), &external("s-1"));
        alter::<Payment>(memory, &sale, |payment| {
            if let PaymentKind::Sale(sale) = &mut payment.kind {
                sale.disputed = Micros(1);
            }
        });
    }),
    (PAYMENTS, |_, memory| {
        let sale = state_key::payment(&processor("pay"), &external("s-2"));
        remove(memory, &sale);
    }),
    (AGREEMENTS, |_, memory| {
        let debtor = first(memory, KeyKind::Debtor, |_| true);
        remove(memory, &debtor);
    }),
    (AGREEMENTS, |world, memory| {
        let key = state_key::debtor(&world.alice.id, &imvu("IMVU-B"));
        memory.state.insert(key, Vec::new());
    }),
    (AGREEMENTS, |_, memory| {
        let mandates = state_key::mandates(&imvu("IMVU-042"));
        alter::<Mandates>(memory, &mandates, |mandates| {
            let mut list = mandates.list.as_slice().to_vec();
            list.push(list[0].clone());
            mandates.list = List::new(list).unwrap();
        });
    }),
    (AGREEMENTS, |_, memory| {
        let mandates = state_key::mandates(&imvu("IMVU-042"));
        alter::<Mandates>(memory, &mandates, |mandates| {
            let mut list = mandates.list.as_slice().to_vec();
            let mut nobodys = list[0].clone();
            nobodys.from = nobodys.until;
            nobodys.payer = nexus_types::IdentityId(Hash([3; 32]));
            list.push(nobodys);
            mandates.list = List::new(list).unwrap();
        });
    }),
    (AGREEMENTS, |_, memory| {
        with_debts(memory, |debts| debts.reverse());
    }),
    (AGREEMENTS, |_, memory| {
        // One payer twice, for as much in all.
        with_debts(memory, |debts| {
            let half = Micros(debts[0].owed.0 / 2);
            debts[0].owed = half;
            debts.insert(0, debts[0].clone());
        });
    }),
    (AGREEMENTS, |_, memory| {
        let enforcement = state_key::enforcement(&imvu("IMVU-X"));
        memory
            .state
            .insert(enforcement, encode(&Enforcement::default()));
    }),
    (AGREEMENTS, |_, memory| {
        let processor = state_key::processor(&processor("pay"));
        let copy = memory.state[&processor].clone();
        let other = nexus_types::ProcessorId::new("other").unwrap();
        memory.state.insert(state_key::processor(&other), copy);
    }),
    (AGREEMENTS, |_, memory| {
        let other = nexus_types::ProcessorId::new("other").unwrap();
        let link = state_key::link(&imvu("IMVU-042"), &other);
        memory.state.insert(link, Vec::new());
    }),
    (PERIODS, |_, memory| {
        remove(memory, &state_key::prices(1));
    }),
    (PERIODS, |_, memory| {
        let list = state_key::prices(1);
        alter::<PriceList>(memory, &list, |list| list.version = 2);
    }),
    (PERIODS, |_, memory| {
        alter::<PriceBook>(memory, &state_key::price_book(), |book| {
            let mut lists = book.lists.as_slice().to_vec();
            lists.push(lists[0]);
            book.lists = List::new(lists).unwrap();
        });
    }),
    (PERIODS, |_, memory| {
        let billing = first(memory, KeyKind::Billing, |_| true);
        alter::<Billing>(memory, &billing, |billing| billing.version = 9);
    }),
    (PERIODS, |_, memory| {
        let billing = state_key::billing(&imvu("IMVU-042"), month(START + 40 * DAY));
        alter::<Billing>(memory, &billing, |billing| {
            billing.closed = Some(Closed {
                hash: Hash::default(),
                height: 1,
                sequence: 0,
            });
        });
    }),
    (TIMERS, |_, memory| {
        let due = first(memory, KeyKind::Due, |_| true);
        remove(memory, &due);
    }),
    (TIMERS, |world, memory| {
        let item = TimedItem::Mature {
            creator: world.bob.id,
            day: 3,
        };
        memory
            .state
            .insert(state_key::timed(7, &item), encode(&item));
    }),
    (TIMERS, |_, memory| {
        let key = first(memory, KeyKind::Dispute, |_| true);
        let dispute: Dispute = memory.read(&key).unwrap();
        let item = TimedItem::EndDispute(dispute.id);
        remove(memory, &state_key::timed(dispute.expires.0, &item));
    }),
    (TIMERS, |_, memory| {
        let key = state_key::enforcement(&imvu("IMVU-042"));
        let known: Enforcement = memory.read(&key).unwrap();
        let item = TimedItem::Collect(nexus_types::IdentityId(Hash([1; 32])));
        assert!(known.stage().is_some());
        memory
            .state
            .insert(state_key::timed(Time(9).0, &item), encode(&item));
    }),
];
