//! What is owed for an IMVU's use, and the ladder it climbs (law §4): told, no new resources, compute rests. Names, mail,
//! data and exit go on.

use super::books::{Books, Entry};
use super::standing;
use crate::law::{echo::Echo, placement};
use crate::view::{View, read};
use alloc::vec::Vec;
use nexus_types::block::Event;
use nexus_types::encoding::List;
use nexus_types::money::AccountId;
use nexus_types::payment::{Debt, DebtStage, Enforcement, StandingConsent};
use nexus_types::state::{DelayProfile, TimedItem};
use nexus_types::{IdentityId, ImvuId, Micros, Reason, Time, state_key};

fn enforcement(books: &Books<'_>, imvu: &ImvuId) -> Enforcement {
    books.get(&state_key::enforcement(imvu)).unwrap_or_default()
}

/// Writes the debts of an IMVU back, ascending by payer.
fn save(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    before: Enforcement,
    mut debts: Vec<Debt>,
) -> Result<(), Reason> {
    debts.sort_by_key(|debt| debt.payer);
    let enforcement = Enforcement {
        debts: List::new(debts).map_err(|_| Reason::LimitReached)?,
        ..before
    };
    books.put(state_key::enforcement(imvu), &enforcement);
    Ok(())
}

/// What a payer owes for an IMVU.
pub(crate) fn owed(books: &Books<'_>, imvu: &ImvuId, payer: IdentityId) -> Micros {
    let enforcement = enforcement(books, imvu);
    let mut debts = enforcement.debts.as_slice().iter();
    debts
        .find(|debt| debt.payer == payer)
        .map_or(Micros::ZERO, |debt| debt.owed)
}

/// When the next step of a debt is due.
pub(crate) fn next_step(debt: &Debt, delays: &DelayProfile) -> Option<Time> {
    let age = match debt.stage {
        DebtStage::Due => delays.debt_notice_ms,
        DebtStage::Noticed => delays.debt_frozen_ms,
        DebtStage::Frozen => delays.debt_dormant_ms,
        DebtStage::Dormant => return None,
    };
    Some(debt.since.plus_ms(age))
}

/// A payer owes more.
pub(crate) fn owe(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    payer: IdentityId,
    amount: Micros,
) -> Result<(), Reason> {
    if amount == Micros::ZERO {
        return Ok(());
    }
    let before = enforcement(books, imvu);
    let mut debts = before.debts.as_slice().to_vec();
    match debts.iter_mut().find(|debt| debt.payer == payer) {
        Some(debt) => debt.owed.0 = debt.owed.0.saturating_add(amount.0),
        None => {
            let debt = Debt {
                payer,
                owed: amount,
                since: books.law_time,
                stage: DebtStage::Due,
            };
            watch(books, imvu, &debt);
            books.put(state_key::debtor(&payer, imvu), &());
            debts.push(debt);
        }
    }
    books.post([
        Entry::Debit(AccountId::Receivable(payer), amount.grains()),
        Entry::Credit(AccountId::Uncollected(payer), amount.grains()),
    ])?;
    save(books, imvu, before, debts)
}

fn watch(books: &mut Books<'_>, imvu: &ImvuId, debt: &Debt) {
    if let Some(due) = next_step(debt, books.delays()) {
        books.later(due, &step_of(imvu, debt.payer));
    }
}

fn step_of(imvu: &ImvuId, payer: IdentityId) -> TimedItem {
    TimedItem::DebtStep {
        imvu: imvu.clone(),
        payer,
    }
}

/// A debt is paid in part or whole; who collects it splits the amount.
pub(crate) fn pay(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    payer: IdentityId,
    amount: Micros,
) -> Result<(), Reason> {
    let before = enforcement(books, imvu);
    let mut debts = before.debts.as_slice().to_vec();
    let Some(debt) = debts.iter_mut().find(|debt| debt.payer == payer) else {
        return Err(Reason::NotFound);
    };
    debt.owed = debt.owed.minus(amount).ok_or(Reason::OverOriginal)?;
    if debt.owed == Micros::ZERO {
        if let Some(due) = next_step(debt, books.delays()) {
            books.not_later(due, &step_of(imvu, payer));
        }
        books.remove(state_key::debtor(&payer, imvu));
        books.echoes.push(told(imvu, payer, None));
        debts.retain(|debt| debt.payer != payer);
    }
    books.post([
        Entry::Debit(AccountId::Uncollected(payer), amount.grains()),
        Entry::Credit(AccountId::Receivable(payer), amount.grains()),
    ])?;
    save(books, imvu, before, debts)
}

fn told(imvu: &ImvuId, payer: IdentityId, stage: Option<DebtStage>) -> Echo {
    Echo::Event(Event::Debt {
        imvu: imvu.clone(),
        payer,
        stage,
    })
}

/// A debt has come of age for its next step. Compute rests only where the creator has consented to that; otherwise the
/// ladder ends below.
pub(crate) fn step(books: &mut Books<'_>, imvu: &ImvuId, payer: IdentityId) {
    let before = enforcement(books, imvu);
    let mut debts = before.debts.as_slice().to_vec();
    let Some(debt) = debts.iter_mut().find(|debt| debt.payer == payer) else {
        return;
    };
    debt.stage = match debt.stage {
        DebtStage::Due => DebtStage::Noticed,
        DebtStage::Noticed => DebtStage::Frozen,
        DebtStage::Frozen | DebtStage::Dormant => {
            if !standing::holds(books, imvu, StandingConsent::DebtLadder) {
                return;
            }
            books.with(|base, writes| placement::rest(base, imvu, writes));
            DebtStage::Dormant
        }
    };
    let debt = debt.clone();
    watch(books, imvu, &debt);
    books.echoes.push(told(imvu, payer, Some(debt.stage)));
    // As many debts as before.
    let saved = save(books, imvu, before, debts);
    debug_assert!(saved.is_ok());
}

/// Whether an IMVU gets no new resources because a debt is overdue.
pub(crate) fn is_frozen(view: &dyn View, imvu: &ImvuId) -> bool {
    read::<Enforcement>(view, &state_key::enforcement(imvu))
        .and_then(|enforcement| enforcement.stage())
        .is_some_and(|stage| stage >= DebtStage::Frozen)
}
