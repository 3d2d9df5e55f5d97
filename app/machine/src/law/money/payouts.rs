//! Payouts of matured money: asked for, then settled or failed (law §4).

use super::books::{Books, Entry, amount};
use super::processors;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect};
use crate::view::Writes;
use nexus_types::money::AccountId;
use nexus_types::payment::{Payout, PayoutStatus};
use nexus_types::{Hash, Micros, Reason, state_key};

pub(crate) fn request(
    case: &Case<'_>,
    wanted: Micros,
    destination: Hash,
    writes: &mut Writes,
) -> Effect {
    let processor = processors::existing(case)?;
    let amount = amount(wanted)?;
    let identity = case.tx.body.signer;
    let mut books = Books::open(case.view, case.now, writes);
    books.post([
        Entry::Debit(AccountId::Matured(identity), amount.grains()),
        Entry::Credit(
            AccountId::PayoutClearing(processor.clone()),
            amount.grains(),
        ),
    ])?;
    let payout = Payout {
        id: case.id,
        identity,
        processor,
        amount,
        destination,
        requested: case.now.height,
        status: PayoutStatus::Requested,
    };
    books.put(state_key::payout(&case.id), &payout);
    Ok(Done::default())
}

pub(crate) fn settle(case: &Case<'_>, settled: bool, writes: &mut Writes) -> Effect {
    let payout = case.money.payout.clone().ok_or(Reason::NotFound)?;
    if payout.status != PayoutStatus::Requested {
        return Err(Reason::WrongState);
    }
    let (to, status) = if settled {
        let clearing = AccountId::Clearing(payout.processor.clone());
        (clearing, PayoutStatus::Settled)
    } else {
        (AccountId::Matured(payout.identity), PayoutStatus::Failed)
    };
    let mut books = Books::open(case.view, case.now, writes);
    let clearing = AccountId::PayoutClearing(payout.processor.clone());
    books.post([
        Entry::Debit(clearing, payout.amount.grains()),
        Entry::Credit(to, payout.amount.grains()),
    ])?;
    books.put(state_key::payout(&payout.id), &Payout { status, ..payout });
    Ok(Done::default())
}
