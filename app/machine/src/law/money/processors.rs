//! Payment processors: registration, the creators' leave to book for them, deposits, reconciliation (law §4).

use super::books::{Books, Entry, amount};
use super::payers;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, hosts, imvu};
use crate::view::{Writes, exists, write};
use nexus_types::block::Event;
use nexus_types::money::{Account, AccountId, ExternalId};
use nexus_types::payment::{Payment, PaymentKind, Processor, Reconciliation};
use nexus_types::{Hash, IdentityId, Micros, ProcessorId, Reason, state_key};

pub(crate) fn register(case: &Case<'_>, id: &ProcessorId, writes: &mut Writes) -> Effect {
    if case.money.processor.is_some() {
        return Err(Reason::AlreadyExists);
    }
    let processor = Processor {
        id: id.clone(),
        identity: case.tx.body.signer,
        registered: case.now.height,
        usable_from: hosts::usable_from(case),
        reconciled: None,
    };
    write(writes, state_key::processor(id), &processor);
    Ok(Done::default())
}

/// The owner's leave; without it gate 6 refuses every sale.
pub(crate) fn link(case: &Case<'_>, linked: bool, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let processor = case.money.processor.as_ref().ok_or(Reason::NotFound)?;
    let key = state_key::link(&imvu.id, &processor.id);
    if exists(case.view, &key) == linked {
        return Err(Reason::NoChange);
    }
    if linked {
        write(writes, key, &());
    } else {
        writes.insert(key, None);
    }
    Ok(Done::default())
}

/// The processor the case is about, which gate 6 has found.
pub(crate) fn existing(case: &Case<'_>) -> Result<ProcessorId, Reason> {
    let known = case.money.processor.as_ref();
    known.map(|known| known.id.clone()).ok_or(Reason::NotFound)
}

/// Takes down what a processor says for the first time.
///
/// # Errors
/// [`Reason::AlreadyExists`]: each (processor, name) counts once.
pub(crate) fn take_down(
    books: &mut Books<'_>,
    processor: &ProcessorId,
    external: &ExternalId,
    amount: Micros,
    kind: PaymentKind,
) -> Result<(), Reason> {
    let key = state_key::payment(processor, external);
    if books.has(&key) {
        return Err(Reason::AlreadyExists);
    }
    let payment = Payment {
        processor: processor.clone(),
        external: external.clone(),
        height: books.now.height,
        time: books.now.time,
        amount,
        kind,
    };
    books.put(key, &payment);
    Ok(())
}

pub(crate) fn deposit(
    case: &Case<'_>,
    external: &ExternalId,
    payer: IdentityId,
    paid: Micros,
    writes: &mut Writes,
) -> Effect {
    let processor = existing(case)?;
    if !exists(case.view, &state_key::identity(&payer)) {
        return Err(Reason::NotFound);
    }
    let paid = amount(paid)?;
    let mut books = Books::open(case.view, case.now, writes);
    let kind = PaymentKind::Deposit(payer);
    take_down(&mut books, &processor, external, paid, kind)?;
    books.post([
        Entry::Debit(AccountId::Clearing(processor), paid.grains()),
        Entry::Credit(AccountId::Prepaid(payer), paid.grains()),
    ])?;
    payers::pay_debts(&mut books, payer)?;
    Ok(Done::echoing(books.echoes))
}

/// A processor's own sums beside the ledger's: both stand, and a difference is told.
pub(crate) fn reconcile(
    case: &Case<'_>,
    taken_in: Micros,
    paid_out: Micros,
    statement: Hash,
    writes: &mut Writes,
) -> Effect {
    let mut processor = case.money.processor.clone().ok_or(Reason::NotFound)?;
    let mut books = Books::open(case.view, case.now, writes);
    let clearing = AccountId::Clearing(processor.id.clone());
    let booked = books
        .get::<Account>(&state_key::account(&clearing))
        .unwrap_or_default();
    let reconciled = Reconciliation {
        height: case.now.height,
        statement,
        stated_in: taken_in,
        stated_out: paid_out,
        booked_in: booked.debits.micros(),
        booked_out: booked.credits.micros(),
    };
    if !reconciled.agrees() {
        let event = Event::BooksDiffer(processor.id.clone());
        books.echoes.push(event.into());
    }
    processor.reconciled = Some(reconciled);
    books.put(state_key::processor(&processor.id), &processor);
    Ok(Done::echoing(books.echoes))
}
