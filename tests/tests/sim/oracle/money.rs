//! Money: who may say what happened to it.

use nexus_types::IdentityId;
use nexus_types::action::{Action, ActionKind};
use nexus_types::billing::Granter;
use nexus_types::encoding::decode;
use nexus_types::money::{Account, AccountId};
use nexus_types::payment::{
    Dispute, DisputeStatus, Enforcement, Mandate, Mandates, Payment, PaymentKind, Payout,
    Processor, StandingConsents,
};
use nexus_types::state::Imvu;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{ImvuId, ProcessorId};
use std::collections::BTreeSet;

use super::{Step, hold};
use crate::world::world;

/// Milliseconds an IMVU may be contained in all in a month.
const CONTAINED_MS: u64 = 72 * 3_600_000;
const MONTH_MS: u64 = 30 * 24 * 3_600_000;

impl Step<'_> {
    /// Everybody whose signature the transaction carries.
    fn signers(&self) -> BTreeSet<IdentityId> {
        let Some(tx) = self.admitted() else {
            return BTreeSet::new();
        };
        let others = tx.cosignatures.as_slice().iter().map(|one| one.signer);
        others.chain([tx.body.signer]).collect()
    }

    pub(super) fn by(&self) -> Option<IdentityId> {
        Some(self.admitted()?.body.signer)
    }

    pub(super) fn kind(&self) -> Option<ActionKind> {
        Some(self.admitted()?.body.action.kind())
    }

    /// Whether as many operators signed as two thirds of the seats are.
    fn by_two_thirds(&self) -> bool {
        let signers = self.signers();
        let seats = world().genesis.document().state.seats.as_slice();
        // Of the seats that have power still; none ever gets it back.
        let voting = seats.iter().filter(|seat| {
            let key = state_key::seat(&seat.key);
            let known = self.was::<nexus_types::state::Seat>(&key);
            known.is_none_or(|known| known.power > 0)
        });
        let voting: Vec<IdentityId> = voting.map(|seat| seat.operator).collect();
        let signed = voting.iter().filter(|one| signers.contains(one)).count();
        signed * 3 >= voting.len() * 2
    }

    fn speaks_for(&self, processor: &ProcessorId) -> bool {
        let known = self.was::<Processor>(&state_key::processor(processor));
        known.is_some_and(|known| Some(known.identity) == self.by())
    }
}

/// Accounts change by what moves money, and by nothing else; both sides alike.
pub(super) fn debits_are_credits(step: &Step<'_>) -> Result<(), String> {
    use ActionKind as K;
    let (mut debited, mut credited) = (0_u128, 0_u128);
    let (mut touched, mut waited) = (false, true);
    for key in step.changed(KeyKind::Account) {
        touched = true;
        let old = step.was::<Account>(key).unwrap_or_default();
        let new = step.becomes::<Account>(key).ok_or("an account vanished")?;
        let grown = |old: u128, new: u128| new.checked_sub(old).ok_or("a turnover shrank");
        debited += grown(old.debits.0, new.debits.0)?;
        credited += grown(old.credits.0, new.credits.0)?;
        let id: AccountId = decode(key.id()).map_err(|error| format!("an account: {error}"))?;
        waited &= matches!(id, AccountId::PlatformIncome | AccountId::ExitEscrow(_));
        let below = match id {
            AccountId::PlatformIncome | AccountId::Clearing(_) => false,
            AccountId::Receivable(_) => new.debits < new.credits,
            _ => new.credits < new.debits,
        };
        hold(!below, || format!("{id:?} is below zero"))?;
    }
    hold(debited == credited, || {
        format!("{debited} grains were debited, {credited} credited")
    })?;
    let moves = matches!(
        step.kind(),
        Some(
            K::RecordDeposit
                | K::RecordSale
                | K::RecordRefund
                | K::GrantRefund
                | K::OpenDispute
                | K::ResolveDispute
                | K::RequestPayout
                | K::SettlePayout
                | K::CorrectCharge
                // Usage is sealed, and charged, when it is reported or when an IMVU leaves.
                | K::Report
                | K::StopImvu
                | K::MoveImvu
                | K::ReleaseExit
                | K::CloseExit
        )
    );
    // What waited because a host held up an exit is the platform's once it does not any longer.
    let ends = matches!(
        step.kind(),
        Some(K::ConfirmExport | K::CancelExit | K::FindObstruction)
    );
    let moves = moves || (ends && waited);
    hold(moves || !touched, || {
        format!("{:?} moved money", step.kind())
    })
}

/// Only a processor says what it took in, paid out or was asked to decide; who pays back at its own expense may, too.
pub(super) fn processors_speak_for_themselves(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Processor) {
        let new = step
            .becomes::<Processor>(key)
            .ok_or("a processor vanished")?;
        match step.was::<Processor>(key) {
            None => {
                let may = step.by_two_thirds() && Some(new.identity) == step.by();
                hold(may, || format!("{} registered itself alone", new.id))?;
            }
            Some(old) => {
                let same = (&old.id, old.identity, old.registered)
                    == (&new.id, new.identity, new.registered);
                hold(same && step.speaks_for(&old.id), || {
                    format!("{} was changed by another", old.id)
                })?;
            }
        }
    }
    for key in step.changed(KeyKind::Payment) {
        payment(
            step,
            step.was::<Payment>(key),
            &step.becomes::<Payment>(key).ok_or("a payment vanished")?,
        )?;
    }
    for key in step.changed(KeyKind::Dispute) {
        let new = step.becomes::<Dispute>(key).ok_or("a dispute vanished")?;
        let old = step.was::<Dispute>(key);
        let gives_in = new.status == DisputeStatus::Lost && step.owner_of(&new.imvu) == step.by();
        let may = match old {
            None => new.status == DisputeStatus::Open,
            Some(old) => {
                old.status == DisputeStatus::Open
                    && Dispute {
                        status: new.status,
                        ..old
                    } == new
            }
        };
        hold(may && (step.speaks_for(&new.processor) || gives_in), || {
            format!("a dispute became {:?} by another's word", new.status)
        })?;
    }
    payouts(step)
}

fn payment(step: &Step<'_>, old: Option<Payment>, new: &Payment) -> Result<(), String> {
    let Some(old) = old else {
        hold(step.speaks_for(&new.processor), || {
            format!("another booked {} at {}", new.external, new.processor)
        })?;
        let PaymentKind::Sale(sale) = &new.kind else {
            return Ok(());
        };
        let linked = (step.before)(&state_key::link(&sale.imvu, &new.processor)).is_some();
        let of_owner = step.owner_of(&sale.imvu) == Some(sale.creator);
        return hold(linked && of_owner, || {
            format!("{} may not book for {}", new.processor, sale.imvu)
        });
    };
    let (PaymentKind::Sale(before), PaymentKind::Sale(after)) = (&old.kind, &new.kind) else {
        return Err("a payment was changed".to_owned());
    };
    let fixed = nexus_types::payment::Sale {
        refunded: after.refunded,
        tax_refunded: after.tax_refunded,
        disputed: after.disputed,
        ..before.clone()
    };
    let same = Payment {
        kind: new.kind.clone(),
        ..old
    } == *new;
    hold(same && fixed == *after, || {
        format!("{} became another sale", new.external)
    })?;
    let gone = after.refunded.0 + after.disputed.0;
    hold(
        gone <= new.amount.0 && after.tax_refunded <= after.tax,
        || format!("{gone} of {} were paid back or disputed", new.amount),
    )?;
    let by_owner = step.owner_of(&after.imvu) == step.by();
    let granted = match step.admitted().map(|tx| &tx.body.action) {
        Some(Action::GrantRefund { .. }) => match step.granter() {
            Some(Granter::Creator) => by_owner,
            Some(Granter::Platform) => step.officers() >= 3,
            None => false,
        },
        Some(Action::ResolveDispute { won: false, .. }) => by_owner,
        _ => false,
    };
    hold(granted || step.speaks_for(&new.processor), || {
        format!("another paid {} back", new.external)
    })
}

impl Step<'_> {
    /// Who the account book says granted a refund.
    fn granter(&self) -> Option<Granter> {
        self.appended.iter().find_map(
            |(_, bytes)| match decode::<nexus_types::billing::MoneyEntry>(bytes)
                .ok()?
                .event
            {
                nexus_types::billing::MoneyEvent::Granted { by, .. } => Some(by),
                _ => None,
            },
        )
    }

    fn officers(&self) -> usize {
        let officers = self.was::<nexus_types::state::Officers>(&state_key::officers());
        let members = officers
            .map(|officers| officers.members)
            .unwrap_or_default();
        let signers = self.signers();
        signers.iter().filter(|one| members.contains(one)).count()
    }
}

fn payouts(step: &Step<'_>) -> Result<(), String> {
    use nexus_types::payment::PayoutStatus as Status;
    for key in step.changed(KeyKind::Payout) {
        let new = step.becomes::<Payout>(key).ok_or("a payout vanished")?;
        let may = match step.was::<Payout>(key) {
            None => new.status == Status::Requested && Some(new.identity) == step.by(),
            Some(old) => {
                let ends = old.status == Status::Requested && new.status != Status::Requested;
                let status = new.status;
                ends && step.speaks_for(&old.processor) && Payout { status, ..old } == new
            }
        };
        hold(may, || {
            format!("a payout became {:?} by another's word", new.status)
        })?;
    }
    Ok(())
}

/// Prices and tax rates are the seats' to say, in time.
pub(super) fn prices_are_the_seats(step: &Step<'_>) -> Result<(), String> {
    let kinds = [KeyKind::Prices, KeyKind::PriceBook, KeyKind::TaxRates];
    let mut changed = kinds.into_iter().flat_map(|kind| step.changed(kind));
    if changed.next().is_none() {
        return Ok(());
    }
    hold(step.by_two_thirds(), || {
        "prices or taxes changed without two thirds of the seats".to_owned()
    })?;
    let state = &world().genesis.document().state;
    let now = step
        .was::<nexus_types::state::Clock>(&state_key::clock())
        .map_or(0, |clock| clock.time.0);
    match step.admitted().map(|tx| &tx.body.action) {
        Some(Action::PublishPrices { from, .. } | Action::SetTaxRate { from, .. }) => {
            let begins = state.calendar.start(*from).0;
            hold(begins >= now + state.delays.price_notice_ms, || {
                format!("they begin at {begins}, it is {now}")
            })
        }
        _ => Err("prices or taxes changed by another action".to_owned()),
    }?;
    let mut lists = step.changed(KeyKind::Prices);
    let rewritten = lists.find(|key| (step.before)(key).is_some());
    rewritten.map_or(Ok(()), |key| Err(format!("{key:?} was written anew")))
}

/// A creator's links and consents are its own; who pays has said so, together with the creator.
pub(super) fn agreements_are_their_parties(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Link) {
        let (imvu, _): (ImvuId, ProcessorId) =
            decode(key.id()).map_err(|error| format!("a link: {error}"))?;
        owner_says(step, &imvu)?;
    }
    for key in step.changed(KeyKind::StandingConsents) {
        step.becomes::<StandingConsents>(key)
            .ok_or("consents vanished")?;
        owner_says(step, &text(key)?)?;
    }
    for key in step.changed(KeyKind::Mandates) {
        mandates(
            step,
            &text(key)?,
            step.was::<Mandates>(key).unwrap_or_default(),
            step.becomes::<Mandates>(key).ok_or("mandates vanished")?,
        )?;
    }
    Ok(())
}

fn text(key: &state_key::StateKey) -> Result<ImvuId, String> {
    let id = std::str::from_utf8(key.id()).map_err(|error| error.to_string())?;
    ImvuId::new(id).map_err(|error| format!("{id}: {error}"))
}

fn owner_says(step: &Step<'_>, imvu: &ImvuId) -> Result<(), String> {
    let by_owner = step.by().is_some() && step.owner_of(imvu) == step.by();
    hold(by_owner, || format!("another agreed for {imvu}"))
}

fn mandates(step: &Step<'_>, imvu: &ImvuId, old: Mandates, new: Mandates) -> Result<(), String> {
    let signers = step.signers();
    let owner = step.owner_of(imvu).ok_or("a mandate for no IMVU")?;
    let word = |mandate: &Mandate| (mandate.payer, mandate.generation, mandate.cap, mandate.from);
    for mandate in new.list.as_slice() {
        for (_, spent) in mandate.spent.as_slice() {
            hold(*spent <= mandate.cap, || {
                format!(
                    "{spent} of {} was charged to {}",
                    mandate.cap, mandate.payer
                )
            })?;
        }
        let known = old.list.as_slice().iter();
        let known = known.clone().find(|each| word(each) == word(mandate));
        let may = match known {
            None => signers.contains(&mandate.payer) && signers.contains(&owner),
            Some(known) if known.until != mandate.until => {
                mandate.until < known.until
                    && (signers.contains(&known.payer) || signers.contains(&owner))
            }
            Some(_) => true,
        };
        hold(may, || {
            format!("{} was made to pay for {imvu}", mandate.payer)
        })?;
    }
    Ok(())
}

/// An IMVU is contained by two operators outside the platform, for three days of a month at most.
pub(super) fn containment_is_the_exception(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Enforcement) {
        let old = step.was::<Enforcement>(key).unwrap_or_default();
        let new = step.becomes::<Enforcement>(key).ok_or("it vanished")?;
        if old.containments == new.containments {
            continue;
        }
        let signers = step.signers();
        let seats = world().genesis.document().state.seats.as_slice();
        let outside = seats.iter().filter(|seat| !seat.platform);
        let signed = outside.filter(|seat| signers.contains(&seat.operator));
        let signed = signed.count();
        hold(
            step.kind() == Some(ActionKind::Contain) && signed >= 2,
            || format!("{signed} operators outside the platform contain an IMVU"),
        )?;
        let now = new
            .containments
            .as_slice()
            .last()
            .map_or(0, |one| one.from.0);
        let counted = new.containments.as_slice().iter();
        let counted = counted.filter(|one| one.until.0 + MONTH_MS > now);
        let all: u64 = counted.map(|one| one.until.0 - one.from.0).sum();
        hold(all <= CONTAINED_MS, || {
            format!("it is contained for {all} ms in a month")
        })?;
    }
    Ok(())
}

/// Who owes for an IMVU that is frozen, or rests, still owns it: nothing but new resources is refused.
pub(super) fn debts_take_nothing_away(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Enforcement) {
        let imvu = text(key)?;
        let old = step.was::<Imvu>(&state_key::imvu(&imvu));
        let new = step.becomes::<Imvu>(&state_key::imvu(&imvu));
        let (old, new) = old.zip(new).ok_or("a debt of no IMVU")?;
        let kept = (
            old.owner,
            old.quota,
            old.domains,
            old.routes,
            &old.jurisdiction,
        ) == (
            new.owner,
            new.quota,
            new.domains,
            new.routes,
            &new.jurisdiction,
        );
        hold(kept, || format!("a debt took from {imvu}"))?;
    }
    Ok(())
}
