//! The state of money that each block of the hand-made chain leaves: accounts, prices, payments, debts, periods.

use crate::booking::{
    GROSS, PERIOD, clearing, dispute_id, income, payer, payout, processor_id, region, sale_name,
    statement,
};
use crate::chain::{creator, imvu_id, officer, put};
use nexus_types::billing::{Bill, Billing, Closed, Rated, Totals};
use nexus_types::block::StateChange;
use nexus_types::encoding::{List, Set, Text};
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::money::{Account, AccountId, ExternalId, Price, PriceBook, PriceList, TaxRates};
use nexus_types::payment::{
    Containment, Debt, DebtStage, Dispute, DisputeStatus, Enforcement, Mandate, Mandates, Payment,
    PaymentKind, PayoutStatus, Processor, Reconciliation, Sale, StandingConsent, StandingConsents,
};
use nexus_types::{Grains, Hash, Micros, Period, Time, state_key};

/// What changes with the block.
pub(crate) fn add(height: u64, changes: &mut Vec<StateChange>) {
    ledger(height, changes);
    payments(height, changes);
    held(height, changes);
}

fn ledger(height: u64, changes: &mut Vec<StateChange>) {
    let prepaid = AccountId::Prepaid(payer());
    let matured = AccountId::Matured(payout(height, PayoutStatus::Requested).identity);
    let posted = Account {
        debits: Grains(0),
        credits: Grains(u128::from(height)),
    };
    let (id, account) = clearing();
    let list = PriceList {
        version: u32::try_from(height).unwrap(),
        from: Period(PERIOD + height),
        prices: [Price {
            micros: height,
            per: 1_000,
        }; 7],
    };
    let rates = TaxRates {
        rates: List::new(vec![(Period(1), 190_000), (Period(9), 200_000)]).unwrap(),
    };
    changes.extend([
        put(
            state_key::account(&AccountId::PlatformIncome),
            &income(height),
        ),
        put(state_key::account(&prepaid), &posted),
        put(state_key::account(&matured), &posted),
        put(state_key::prices(list.version), &list),
        put(state_key::tax_rates(&region()), &rates),
        // Kinds that have no table.
        put(state_key::price_book(), &PriceBook::default()),
        put(state_key::debtor(&payer(), &imvu_id(height)), &()),
    ]);
    if height == 1 {
        changes.push(put(state_key::account(&id), &account));
    }
}

/// The processor as registered, and from the second block on as it reconciled.
fn processor(height: u64) -> Processor {
    let reconciled = Reconciliation {
        height,
        statement: Hash::of(b"statement"),
        stated_in: Micros(10),
        stated_out: Micros(2),
        booked_in: Micros(10),
        booked_out: Micros(3),
    };
    Processor {
        id: processor_id(),
        identity: officer(),
        registered: 1,
        usable_from: Time(0),
        reconciled: (height > 1).then_some(reconciled),
    }
}

fn payments(height: u64, changes: &mut Vec<StateChange>) {
    let imvu = imvu_id(height);
    let payment = |external: &ExternalId, kind| Payment {
        processor: processor_id(),
        external: external.clone(),
        height,
        time: Time(height * 1_000),
        amount: GROSS,
        kind,
    };
    let sale = Sale {
        imvu: imvu.clone(),
        creator: creator(),
        region: region(),
        tax: Micros(5),
        fee: Micros(6),
        day: 20_000,
        refunded: Micros(7),
        tax_refunded: Micros(0),
        disputed: Micros(4),
    };
    let names = ["deposit", "refund"].map(|kind| Text::new(format!("{kind}-{height}")).unwrap());
    let [deposit, refund] = names;
    let of_sale = sale_name(height);
    let each = [
        payment(&deposit, PaymentKind::Deposit(payer())),
        payment(&of_sale, PaymentKind::Sale(sale)),
        payment(&refund, PaymentKind::Refund(of_sale.clone())),
    ];
    let each = each.iter();
    changes.extend(each.map(|one| put(state_key::payment(&processor_id(), &one.external), one)));
    let dispute = Dispute {
        id: dispute_id(height),
        imvu: imvu.clone(),
        processor: processor_id(),
        sale: of_sale,
        amount: Micros(4),
        evidence: Hash::of(b"evidence"),
        opened: height,
        expires: Time(1_800_000_000_000),
        status: DisputeStatus::Open,
    };
    let asked = payout(height, PayoutStatus::Requested);
    changes.extend([
        put(state_key::processor(&processor_id()), &processor(height)),
        put(state_key::link(&imvu, &processor_id()), &()),
        put(state_key::dispute(&dispute.id), &dispute),
        put(state_key::payout(&asked.id), &asked),
    ]);
    if height > 1 {
        let settled = payout(height - 1, PayoutStatus::Settled);
        changes.push(put(state_key::payout(&settled.id), &settled));
        let unlinked = state_key::link(&imvu_id(height - 1), &processor_id());
        changes.push((unlinked.as_bytes().to_vec(), None));
    }
}

/// What is held against the IMVU, who pays for it, and what its period came to.
fn held(height: u64, changes: &mut Vec<StateChange>) {
    let imvu = imvu_id(height);
    let debt = |payer, owed| Debt {
        payer,
        owed: Micros(owed),
        since: Time(100 + u64::try_from(owed).unwrap()),
        stage: DebtStage::Frozen,
    };
    let containment = Containment {
        from: Time(1),
        until: Time(2),
        evidence: Hash::of(b"evidence"),
        audit: 0,
    };
    let enforcement = Enforcement {
        debts: List::new(vec![debt(payer(), 2), debt(creator(), 5)]).unwrap(),
        containments: List::new(vec![containment]).unwrap(),
        restrictions: List::default(),
    };
    let mandate = Mandate {
        payer: payer(),
        generation: 0,
        cap: Micros(1_000),
        from: Time(3),
        until: Time(4),
        spent: List::default(),
    };
    let consents = StandingConsents {
        given: Set::new(vec![StandingConsent::DebtLadder]).unwrap(),
        ending: vec![(StandingConsent::DebtLadder, Time(5))],
    };
    changes.extend([
        put(state_key::enforcement(&imvu), &enforcement),
        put(
            state_key::mandates(&imvu),
            &Mandates {
                list: List::new(vec![mandate]).unwrap(),
            },
        ),
        put(state_key::standing_consents(&imvu), &consents),
        put(
            state_key::billing(&imvu, Period(PERIOD + height)),
            &billing(height),
        ),
    ]);
}

fn billing(height: u64) -> Billing {
    let bill = |payer, charged, collected| Bill {
        payer,
        charged: Micros(charged),
        collected: Micros(collected),
        corrected: Micros(1),
        given_back: Micros(1),
    };
    Billing {
        imvu: imvu_id(height),
        period: Period(PERIOD + height),
        version: 1,
        usage: vec![Rated {
            resource: Resource::Cpu,
            quantity: u128::MAX,
            charged: Micros(9),
        }],
        adjustments: Vec::new(),
        bills: vec![bill(payer(), 4, 4), bill(creator(), 6, 1)],
        totals: Totals {
            entries: 10,
            sales: 1,
            gross: GROSS,
            corrected: Micros(1),
            ..Totals::default()
        },
        flags: UsageFlags(UsageFlags::TEST),
        closed: height.is_multiple_of(2).then_some(Closed {
            hash: statement(height).hash,
            height,
            sequence: 0,
        }),
    }
}
