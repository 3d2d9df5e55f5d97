//! The ledger of money: every balance recomputed from what stands behind it.

use super::{Fault, Ledger, fault, id, stands_under};
use crate::law::money::books::is_overdrawn;
use crate::law::money::payers::debtor_imvu;
use alloc::collections::{BTreeMap, BTreeSet};
use nexus_types::billing::{Billing, Periods};
use nexus_types::money::{Account, AccountId, PriceBook, PriceList, TaxRates};
use nexus_types::payment::{
    Bucket, Dispute, DisputeStatus, Enforcement, Mandates, Payment, PaymentKind, Payout,
    PayoutStatus, Processor, StandingConsents,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Grains, Hash, IdentityId, ImvuId, ProcessorId};

pub(super) fn balances(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let (mut debits, mut credits) = (0_u128, 0_u128);
    ledger.each::<Account>(KeyKind::Account, |key, account| {
        let account_id = id::<AccountId>(key)?;
        if is_overdrawn(&account_id, &account) {
            return fault(key, format_args!("it is below zero: {account:?}"));
        }
        debits = debits.saturating_add(account.debits.0);
        credits = credits.saturating_add(account.credits.0);
        Ok(())
    })?;
    if debits == credits {
        return Ok(());
    }
    let (first, _) = state_key::range_of(KeyKind::Account);
    fault(
        &first,
        format_args!("{debits} grains were debited in all, {credits} credited"),
    )
}

/// Σ by account of what other objects say it must hold.
struct Expected(BTreeMap<AccountId, u128>);

impl Expected {
    fn add(&mut self, account: AccountId, grains: u128) {
        let sum = self.0.entry(account).or_default();
        *sum = sum.saturating_add(grains);
    }
}

/// Maturing money stands in buckets, receivables in debts, escrow in disputes, payouts under way in their requests.
pub(super) fn backed(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut expected = Expected(BTreeMap::new());
    ledger.each::<Bucket>(KeyKind::Bucket, |key, bucket| {
        let Some((creator, _)) = key.id().split_last_chunk::<8>() else {
            return fault(key, "the key has no day");
        };
        let creator = IdentityId(Hash(creator.try_into().unwrap_or_default()));
        expected.add(AccountId::Maturing(creator), bucket.grains.0);
        Ok(())
    })?;
    ledger.each::<Enforcement>(KeyKind::Enforcement, |_, enforcement| {
        for debt in enforcement.debts.as_slice() {
            let owed = debt.owed.grains().0;
            expected.add(AccountId::Receivable(debt.payer), owed);
            expected.add(AccountId::Uncollected(debt.payer), owed);
        }
        Ok(())
    })?;
    ledger.each::<Dispute>(KeyKind::Dispute, |key, dispute| {
        stands_under(key, &state_key::dispute(&dispute.id))?;
        if dispute.status == DisputeStatus::Open {
            expected.add(AccountId::Escrow(dispute.id), dispute.amount.grains().0);
        }
        Ok(())
    })?;
    ledger.each::<Payout>(KeyKind::Payout, |key, payout| {
        stands_under(key, &state_key::payout(&payout.id))?;
        if payout.status == PayoutStatus::Requested {
            let clearing = AccountId::PayoutClearing(payout.processor);
            expected.add(clearing, payout.amount.grains().0);
        }
        Ok(())
    })?;
    ledger.each::<Account>(KeyKind::Account, |key, account| {
        let account_id = id::<AccountId>(key)?;
        let is_backed = matches!(
            account_id,
            AccountId::Maturing(_)
                | AccountId::Receivable(_)
                | AccountId::Uncollected(_)
                | AccountId::Escrow(_)
                | AccountId::PayoutClearing(_)
        );
        let backing = Grains(expected.0.remove(&account_id).unwrap_or_default());
        if is_backed && account.balance(&account_id) != backing {
            return fault(
                key,
                format_args!(
                    "it holds {} grains, what stands behind it {backing}",
                    account.balance(&account_id)
                ),
            );
        }
        Ok(())
    })?;
    match expected.0.into_iter().find(|(_, grains)| *grains > 0) {
        None => Ok(()),
        Some((account, grains)) => fault(
            &state_key::account(&account),
            format_args!("it holds nothing, what stands behind it {grains} grains"),
        ),
    }
}

/// Sales are refunded and disputed up to their amount; what is disputed is in open disputes.
pub(super) fn payments(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut disputed: BTreeMap<StateKey, u128> = BTreeMap::new();
    ledger.each::<Dispute>(KeyKind::Dispute, |_, dispute| {
        if dispute.status == DisputeStatus::Open {
            let sale = state_key::payment(&dispute.processor, &dispute.sale);
            let sum = disputed.entry(sale).or_default();
            *sum = sum.saturating_add(dispute.amount.0);
        }
        Ok(())
    })?;
    ledger.each::<Payment>(KeyKind::Payment, |key, payment| {
        let own = state_key::payment(&payment.processor, &payment.external);
        stands_under(key, &own)?;
        if !ledger.exists(&state_key::processor(&payment.processor)) {
            return fault(key, format_args!("there is no {}", payment.processor));
        }
        let PaymentKind::Sale(sale) = &payment.kind else {
            return Ok(());
        };
        let gone = sale.refunded.0.saturating_add(sale.disputed.0);
        if gone > payment.amount.0 || sale.tax_refunded > sale.tax {
            return fault(key, format_args!("more was paid back than paid: {sale:?}"));
        }
        if disputed.remove(key).unwrap_or_default() != sale.disputed.0 {
            return fault(key, "its open disputes come to another sum");
        }
        Ok(())
    })?;
    match disputed.into_keys().next() {
        None => Ok(()),
        Some(key) => fault(&key, "a dispute is about no sale"),
    }
}

/// Debts, mandates, processors and their links stand where they are looked for.
pub(super) fn agreements(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut owing: BTreeSet<StateKey> = BTreeSet::new();
    ledger.each::<Enforcement>(KeyKind::Enforcement, |key, enforcement| {
        let imvu = imvu_of(ledger, key)?;
        let debts = enforcement.debts.as_slice();
        let ascending = debts
            .iter()
            .zip(debts.iter().skip(1))
            .all(|(a, b)| a.payer < b.payer);
        if !ascending || debts.iter().any(|debt| debt.owed.0 == 0) {
            return fault(
                key,
                "its debts are not ascending, or one of them is nothing",
            );
        }
        owing.extend(
            debts
                .iter()
                .map(|debt| state_key::debtor(&debt.payer, &imvu)),
        );
        Ok(())
    })?;
    ledger.each::<()>(KeyKind::Debtor, |key, ()| {
        if debtor_imvu(key).is_some() && owing.remove(key) {
            return Ok(());
        }
        fault(key, "there is no such debt")
    })?;
    if let Some(key) = owing.into_iter().next() {
        return fault(&key, "a debt is not found by its payer");
    }
    ledger.each::<Mandates>(KeyKind::Mandates, |key, mandates| {
        imvu_of(ledger, key)?;
        let list = mandates.list.as_slice();
        let apart = list
            .iter()
            .zip(list.iter().skip(1))
            .all(|(a, b)| a.until <= b.from);
        let payers = list
            .iter()
            .all(|one| ledger.exists(&state_key::identity(&one.payer)));
        if apart && payers {
            return Ok(());
        }
        fault(key, "two mandates hold at once, or a payer is no identity")
    })?;
    ledger.each::<StandingConsents>(KeyKind::StandingConsents, |key, _| {
        imvu_of(ledger, key).map(|_| ())
    })?;
    ledger.each::<Processor>(KeyKind::Processor, |key, processor| {
        stands_under(key, &state_key::processor(&processor.id))?;
        if ledger.exists(&state_key::identity(&processor.identity)) {
            return Ok(());
        }
        fault(key, "its identity is not there")
    })?;
    ledger.each::<()>(KeyKind::Link, |key, ()| {
        let (imvu, processor) = id::<(ImvuId, ProcessorId)>(key)?;
        let there = ledger.exists(&state_key::imvu(&imvu))
            && ledger.exists(&state_key::processor(&processor));
        if there {
            return Ok(());
        }
        fault(key, "it links what is not there")
    })
}

/// The IMVU whose text a key is.
fn imvu_of(ledger: &Ledger<'_>, key: &StateKey) -> Result<ImvuId, Fault> {
    let text = core::str::from_utf8(key.id()).ok();
    match text.and_then(|text| ImvuId::new(text).ok()) {
        Some(imvu) if ledger.exists(&state_key::imvu(&imvu)) => Ok(imvu),
        _ => fault(key, "the key names no IMVU"),
    }
}

/// Prices begin one after the other; each period is billed by the list of its own, and closed once.
pub(super) fn periods(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let book_key = state_key::price_book();
    let book: PriceBook = ledger.one(&book_key)?;
    ascending(&book_key, book.lists.as_slice())?;
    for (from, version) in book.lists.as_slice() {
        let key = state_key::prices(*version);
        match ledger.get::<PriceList>(&key)? {
            Some(list) if (list.from, list.version) == (*from, *version) => {}
            _ => return fault(&key, "the price book names another list"),
        }
    }
    ledger.each::<TaxRates>(KeyKind::TaxRates, |key, rates| {
        ascending(key, rates.rates.as_slice())
    })?;
    let open = ledger.one::<Periods>(&state_key::periods())?.open;
    ledger.each::<Billing>(KeyKind::Billing, |key, billing| {
        stands_under(key, &state_key::billing(&billing.imvu, billing.period))?;
        if !ledger.exists(&state_key::imvu(&billing.imvu)) {
            return fault(key, format_args!("there is no {}", billing.imvu));
        }
        if billing.version != book.version(billing.period).unwrap_or_default() {
            return fault(key, "its prices are another period's");
        }
        if billing.closed.is_some() && billing.period >= open {
            return fault(key, "its statement was made before its time");
        }
        let more = billing
            .bills
            .iter()
            .find(|bill| bill.given_back > bill.collected);
        match more {
            None => Ok(()),
            Some(bill) => fault(key, format_args!("more was given back than paid: {bill:?}")),
        }
    })
}

fn ascending<T: Ord>(key: &StateKey, beginnings: &[(T, u32)]) -> Result<(), Fault> {
    let apart = beginnings
        .iter()
        .zip(beginnings.iter().skip(1))
        .all(|((a, _), (b, _))| a < b);
    if apart {
        Ok(())
    } else {
        fault(key, "its beginnings are not ascending")
    }
}
