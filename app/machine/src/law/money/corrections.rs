//! What was charged wrongly is given back to who paid it, by the same 11:9; the original stays (law §4).

use super::account_book::{bill_of, billing, enter_now, save};
use super::books::{Books, Entry, amount};
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu};
use crate::view::Writes;
use nexus_types::billing::MoneyEvent;
use nexus_types::money::{AccountId, split};
use nexus_types::period::Period;
use nexus_types::{Grains, IdentityId, Micros, Reason, state_key};

pub(crate) fn correct(
    case: &Case<'_>,
    of: Period,
    payer: IdentityId,
    wanted: Micros,
    writes: &mut Writes,
) -> Effect {
    let imvu = imvu::existing(case)?;
    let amount = amount(wanted)?;
    let mut books = Books::open(case.view, case.now, writes);
    if !books.has(&state_key::billing(&imvu.id, of)) {
        return Err(Reason::NotFound);
    }
    let mut original = billing(&books, &imvu.id, of);
    let bill = bill_of(&mut original.bills, payer);
    let given_back = bill.given_back.plus(amount).ok_or(Reason::AmountTooLarge)?;
    if given_back > bill.collected {
        return Err(Reason::OverOriginal);
    }
    bill.given_back = given_back;
    save(&mut books, &original);
    let shares = split(amount);
    // A creator that paid itself had its share returned; what it has used of it meanwhile comes out of what it gets back.
    let (own, rest) = if payer == imvu.owner {
        let returned = books.balance(&AccountId::Returned(payer));
        let own = returned.min(shares.creator);
        (
            Entry::Debit(AccountId::Returned(payer), own),
            Entry::Debit(AccountId::Prepaid(payer), shares.creator.less(own)),
        )
    } else {
        (
            Entry::Debit(AccountId::Matured(imvu.owner), shares.creator),
            Entry::Debit(AccountId::Prepaid(payer), Grains::ZERO),
        )
    };
    books.post([
        own,
        rest,
        Entry::Debit(AccountId::PlatformIncome, shares.platform),
        Entry::Credit(AccountId::Prepaid(payer), amount.grains()),
    ])?;
    let event = MoneyEvent::Corrected { of, payer, amount };
    enter_now(&mut books, &imvu.id, imvu.owner, event);
    Ok(Done::echoing(books.echoes))
}
