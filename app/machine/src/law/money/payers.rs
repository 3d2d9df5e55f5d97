//! Who pays: whoever signed a mandate, up to its cap; without one, the creator. What was paid in is collected and split at
//! once; the rest is owed, and is split as it is paid.

use super::account_book::enter_now;
use super::books::{Books, Entry};
use super::{debts, mandates, maturing};
use crate::law::exit::lateness::platform_account;
use alloc::vec::Vec;
use nexus_types::billing::{MoneyEvent, Part};
use nexus_types::constants::SPLIT_PLATFORM;
use nexus_types::limits::DEBTS_PER_STEP;
use nexus_types::money::{AccountId, split};
use nexus_types::period::Period;
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Grains, IdentityId, ImvuId, Micros, Reason, Time};

/// Charges `total` for use in an hour that began at `start`.
pub(crate) fn charge(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    creator: IdentityId,
    start: Time,
    of: Period,
    total: Micros,
) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = total;
    if let Some((payer, amount)) = mandates::bear(books, imvu, start, of, total) {
        parts.extend(bear(books, imvu, creator, payer, amount));
        rest = rest.minus(amount).unwrap_or_default();
    }
    if rest > Micros::ZERO {
        parts.extend(bear(books, imvu, creator, creator, rest));
    }
    parts
}

/// One payer's part: collected as far as its prepaid goes, owed beyond.
fn bear(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    creator: IdentityId,
    payer: IdentityId,
    charged: Micros,
) -> Option<Part> {
    let collected = available(books, payer, creator).min(charged);
    let owed = charged.minus(collected).unwrap_or_default();
    // Turnovers have room for more than blocks can carry (`Micros::MAX`): neither fails.
    let booked = collect(books, imvu, creator, payer, collected)
        .and_then(|()| debts::owe(books, imvu, payer, owed));
    debug_assert!(booked.is_ok());
    booked.ok().map(|()| Part {
        payer,
        charged,
        collected,
    })
}

/// What a payer has paid in, or has had returned, and not used.
fn unused(books: &Books<'_>, payer: IdentityId) -> Grains {
    let returned = books.balance(&AccountId::Returned(payer));
    let prepaid = books.balance(&AccountId::Prepaid(payer));
    Grains(returned.0.saturating_add(prepaid.0))
}

/// The whole micro-credits that a payer can pay for a creator's IMVU. One for its own costs a creator 9 grains: 11 of the 20
/// come back in the same posting.
fn available(books: &Books<'_>, payer: IdentityId, creator: IdentityId) -> Micros {
    let unused = unused(books, payer);
    if payer == creator {
        let own = unused.0.checked_div(u128::from(SPLIT_PLATFORM));
        Micros(own.unwrap_or_default())
    } else {
        unused.micros()
    }
}

/// Takes an amount that is there from a payer, what was returned to it first, and splits it. A creator that pays itself has
/// its 55 % returned as prepaid (law §4).
fn collect(
    books: &mut Books<'_>,
    imvu: &ImvuId,
    creator: IdentityId,
    payer: IdentityId,
    amount: Micros,
) -> Result<(), Reason> {
    let shares = split(amount);
    let whole = amount.grains();
    let mut returned = books.balance(&AccountId::Returned(payer));
    if payer == creator {
        returned = Grains(returned.0.saturating_add(shares.creator.0));
    }
    let returned = returned.min(whole);
    let to = if payer == creator {
        AccountId::Returned(creator)
    } else {
        AccountId::Maturing(creator)
    };
    books.post([
        Entry::Debit(AccountId::Returned(payer), returned),
        Entry::Debit(AccountId::Prepaid(payer), whole.less(returned)),
        Entry::Credit(to, shares.creator),
        Entry::Credit(platform_account(books, imvu), shares.platform),
    ])?;
    if payer != creator {
        maturing::add(books, creator, shares.creator);
    }
    Ok(())
}

/// Pays a payer's debts from what it has paid in, in the order of the IMVUs' ids; what is left for one step goes on at the
/// next law time.
pub(crate) fn pay_debts(books: &mut Books<'_>, payer: IdentityId) -> Result<(), Reason> {
    let (mut from, to) = state_key::debts_of(&payer);
    for _ in 0..DEBTS_PER_STEP {
        let found = books.look(|view| view.first_in(&from, &to));
        let (Some((key, _)), true) = (found, can_pay(books, payer)) else {
            return Ok(());
        };
        from = crate::view::after(&key);
        if let Some(imvu) = debtor_imvu(&key) {
            pay_debt(books, payer, &imvu)?;
        }
    }
    let more = books.look(|view| view.first_in(&from, &to)).is_some();
    if more && can_pay(books, payer) {
        books.later(books.law_time.plus_ms(1), &TimedItem::Collect(payer));
    }
    Ok(())
}

/// Whether there is a whole micro-credit for anybody's IMVU.
fn can_pay(books: &Books<'_>, payer: IdentityId) -> bool {
    unused(books, payer).0 >= u128::from(SPLIT_PLATFORM)
}

/// The IMVU of a debtor's key: its text behind the payer's 32 bytes.
pub(crate) fn debtor_imvu(key: &StateKey) -> Option<ImvuId> {
    debug_assert_eq!(key.kind(), Some(KeyKind::Debtor));
    let text = core::str::from_utf8(key.id().get(32..)?).ok()?;
    ImvuId::new(text).ok()
}

fn pay_debt(books: &mut Books<'_>, payer: IdentityId, imvu: &ImvuId) -> Result<(), Reason> {
    let Some(owner) = books
        .get::<Imvu>(&state_key::imvu(imvu))
        .map(|imvu| imvu.owner)
    else {
        return Ok(());
    };
    let amount = debts::owed(books, imvu, payer).min(available(books, payer, owner));
    if amount == Micros::ZERO {
        return Ok(());
    }
    debts::pay(books, imvu, payer, amount)?;
    collect(books, imvu, owner, payer, amount)?;
    enter_now(books, imvu, owner, MoneyEvent::Collected { payer, amount });
    Ok(())
}
