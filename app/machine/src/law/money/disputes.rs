//! Disputes over sales: the disputed whole micro-credits wait in escrow, at most 30 days (law §4).

use super::account_book::enter_now;
use super::books::{Books, Entry};
use super::{facts, maturing, processors, sales};
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect};
use crate::view::Writes;
use nexus_types::billing::MoneyEvent;
use nexus_types::money::{AccountId, split};
use nexus_types::payment::{Dispute, DisputeStatus};
use nexus_types::state::TimedItem;
use nexus_types::{Grains, Hash, Micros, Reason, state_key};

pub(crate) fn open(case: &Case<'_>, wanted: Micros, evidence: Hash, writes: &mut Writes) -> Effect {
    let processor = processors::existing(case)?;
    let (payment, mut sale) = case.money.sale.clone().ok_or(Reason::NotFound)?;
    let amount = sales::open_part(&payment, &sale, wanted)?;
    let mut books = Books::open(case.view, case.now, writes);
    if !maturing::is_open(&books, sale.creator, sale.day) {
        return Err(Reason::Matured);
    }
    let expires = books.law_time.plus_ms(books.delays().dispute_ms);
    let dispute = Dispute {
        id: case.id,
        imvu: sale.imvu.clone(),
        processor,
        sale: payment.external.clone(),
        amount,
        evidence,
        opened: case.now.height,
        expires,
        status: DisputeStatus::Open,
    };
    let shares = split(amount);
    books.post([
        Entry::Debit(AccountId::Maturing(sale.creator), shares.creator),
        Entry::Debit(AccountId::PlatformIncome, shares.platform),
        Entry::Credit(AccountId::Escrow(case.id), amount.grains()),
    ])?;
    maturing::change(&mut books, sale.creator, sale.day, |left| {
        left.less(shares.creator)
    });
    books.put(state_key::dispute(&case.id), &dispute);
    books.later(expires, &TimedItem::EndDispute(case.id));
    sale.disputed.0 = sale.disputed.0.saturating_add(amount.0);
    let (imvu, creator) = (sale.imvu.clone(), sale.creator);
    sales::save(&mut books, payment, sale);
    let event = MoneyEvent::Disputed {
        dispute: case.id,
        amount,
    };
    enter_now(&mut books, &imvu, creator, event);
    Ok(Done::echoing(books.echoes))
}

pub(crate) fn resolve(case: &Case<'_>, won: bool, writes: &mut Writes) -> Effect {
    let dispute = case.money.dispute.clone().ok_or(Reason::NotFound)?;
    if dispute.status != DisputeStatus::Open {
        return Err(Reason::WrongState);
    }
    let mut books = Books::open(case.view, case.now, writes);
    books.not_later(dispute.expires, &TimedItem::EndDispute(dispute.id));
    let status = if won {
        DisputeStatus::Won
    } else {
        DisputeStatus::Lost
    };
    end(&mut books, dispute, status)?;
    Ok(Done::echoing(books.echoes))
}

/// Nobody has decided in time: the creator keeps the money.
pub(crate) fn lapse(books: &mut Books<'_>, id: Hash) {
    let dispute = books.get::<Dispute>(&state_key::dispute(&id));
    if let Some(dispute) = dispute.filter(|dispute| dispute.status == DisputeStatus::Open) {
        // The escrow holds exactly this.
        let ended = end(books, dispute, DisputeStatus::Lapsed);
        debug_assert!(ended.is_ok());
    }
}

fn end(books: &mut Books<'_>, dispute: Dispute, status: DisputeStatus) -> Result<(), Reason> {
    let amount = dispute.amount;
    let found = books.look(|view| facts::find_sale(view, &dispute.processor, &dispute.sale));
    let (payment, mut sale) = found.ok_or(Reason::NotFound)?;
    let escrow = Entry::Debit(AccountId::Escrow(dispute.id), amount.grains());
    let mut tax = Micros::ZERO;
    if status == DisputeStatus::Lost {
        tax = sales::tax_back(&payment, &sale, amount);
        let paid = amount.grains().0.saturating_add(tax.grains().0);
        books.post([
            escrow,
            Entry::Debit(AccountId::Tax(sale.region.clone()), tax.grains()),
            Entry::Credit(AccountId::Clearing(dispute.processor.clone()), Grains(paid)),
        ])?;
        sale.refunded.0 = sale.refunded.0.saturating_add(amount.0);
        sale.tax_refunded.0 = sale.tax_refunded.0.saturating_add(tax.0);
    } else {
        let shares = split(amount);
        let to = if maturing::is_open(books, sale.creator, sale.day) {
            AccountId::Maturing(sale.creator)
        } else {
            AccountId::Matured(sale.creator)
        };
        books.post([
            escrow,
            Entry::Credit(to, shares.creator),
            Entry::Credit(AccountId::PlatformIncome, shares.platform),
        ])?;
        maturing::change(books, sale.creator, sale.day, |left| {
            Grains(left.0.saturating_add(shares.creator.0))
        });
    }
    sale.disputed = sale.disputed.minus(amount).unwrap_or_default();
    let (imvu, creator) = (sale.imvu.clone(), sale.creator);
    sales::save(books, payment, sale);
    let event = MoneyEvent::DisputeEnded {
        dispute: dispute.id,
        amount,
        status,
        tax,
    };
    enter_now(books, &imvu, creator, event);
    books.put(
        state_key::dispute(&dispute.id),
        &Dispute { status, ..dispute },
    );
    Ok(())
}
