//! What an action of money is about, gathered once for the gates.

use crate::case::Case;
use crate::law::seats;
use crate::view::{View, exists, read};
use nexus_types::action::Action;
use nexus_types::money::{ExternalId, TaxRates};
use nexus_types::payment::{Dispute, Payment, PaymentKind, Payout, Processor, Sale};
use nexus_types::state::{Identity, IdentityStatus};
use nexus_types::{IdentityId, ImvuId, ProcessorId, Reason, state_key};

/// The facts; each is none where the action has no such thing, or names one that is not there.
#[derive(Default)]
pub(crate) struct MoneyFacts {
    pub(crate) processor: Option<Processor>,
    /// The sale that a refund or a dispute is about.
    pub(crate) sale: Option<(Payment, Sale)>,
    pub(crate) dispute: Option<Dispute>,
    pub(crate) payout: Option<Payout>,
}

impl MoneyFacts {
    pub(crate) fn gather(view: &dyn View, action: &Action) -> Self {
        let dispute = match action {
            Action::ResolveDispute { dispute, .. } => {
                read::<Dispute>(view, &state_key::dispute(dispute))
            }
            _ => None,
        };
        let payout = match action {
            Action::SettlePayout { payout, .. } => read::<Payout>(view, &state_key::payout(payout)),
            _ => None,
        };
        let named = named_processor(action)
            .or(dispute.as_ref().map(|dispute| &dispute.processor))
            .or(payout.as_ref().map(|payout| &payout.processor));
        let sold = named_sale(action).or(dispute.as_ref().map(|dispute| &dispute.sale));
        let sale = named
            .zip(sold)
            .and_then(|(processor, sale)| find_sale(view, processor, sale));
        Self {
            processor: named.and_then(|id| read(view, &state_key::processor(id))),
            sale,
            dispute,
            payout,
        }
    }

    /// The IMVU whose sale the action is about.
    pub(crate) fn imvu(&self) -> Option<&ImvuId> {
        self.sale.as_ref().map(|(_, sale)| &sale.imvu)
    }
}

/// A sale by its name at its processor.
pub(crate) fn find_sale(
    view: &dyn View,
    processor: &ProcessorId,
    sale: &ExternalId,
) -> Option<(Payment, Sale)> {
    let payment = read::<Payment>(view, &state_key::payment(processor, sale))?;
    match payment.kind.clone() {
        PaymentKind::Sale(sale) => Some((payment, sale)),
        PaymentKind::Deposit(_) | PaymentKind::Refund(_) => None,
    }
}

/// The processor an action names.
pub(crate) fn named_processor(action: &Action) -> Option<&ProcessorId> {
    match action {
        Action::RegisterProcessor { processor }
        | Action::LinkProcessor { processor, .. }
        | Action::RecordDeposit { processor, .. }
        | Action::RecordSale { processor, .. }
        | Action::RecordRefund { processor, .. }
        | Action::GrantRefund { processor, .. }
        | Action::OpenDispute { processor, .. }
        | Action::RequestPayout { processor, .. }
        | Action::Reconcile { processor, .. } => Some(processor),
        _ => None,
    }
}

fn named_sale(action: &Action) -> Option<&ExternalId> {
    match action {
        Action::RecordRefund { sale, .. }
        | Action::GrantRefund { sale, .. }
        | Action::OpenDispute { sale, .. } => Some(sale),
        _ => None,
    }
}

/// Whether the signer is the identity of the processor the action is about, where there is one.
pub(crate) fn is_processors(case: &Case<'_>) -> Result<(), Reason> {
    match &case.money.processor {
        Some(processor) if processor.identity != case.tx.body.signer => Err(Reason::NotProcessor),
        _ => Ok(()),
    }
}

/// Whether two thirds of the seats' operators signed.
pub(crate) fn two_thirds(case: &Case<'_>) -> Result<(), Reason> {
    let seats = seats::all(case.view);
    let voting = seats.iter().filter(|seat| seat.power > 0);
    let (mut all, mut signed) = (0_usize, 0_usize);
    for seat in voting {
        all = all.saturating_add(1);
        if has_signed(case, &seat.operator) {
            signed = signed.saturating_add(1);
        }
    }
    if signed.saturating_mul(3) >= all.saturating_mul(2) && all > 0 {
        Ok(())
    } else {
        Err(Reason::BelowTwoThirds)
    }
}

/// Whether an identity that may act is among those who signed.
pub(crate) fn has_signed(case: &Case<'_>, id: &IdentityId) -> bool {
    let signed = case.tx.body.signer == *id
        || case
            .tx
            .cosignatures
            .as_slice()
            .iter()
            .any(|one| one.signer == *id);
    signed
        && read::<Identity>(case.view, &state_key::identity(id))
            .is_some_and(|identity| identity.status == IdentityStatus::Active)
}

/// Gate 6's judgement of what a processor says.
pub(crate) fn check_processor(case: &Case<'_>) -> Result<(), Reason> {
    let known = &case.money.processor;
    match case.action() {
        Action::RegisterProcessor { .. } => return Ok(()),
        // Which dispute or payout it is about is the action's own matter.
        Action::ResolveDispute { .. } | Action::SettlePayout { .. } if known.is_none() => {
            return Ok(());
        }
        _ => {}
    }
    let processor = known.as_ref().ok_or(Reason::ProcessorUnknown)?;
    if processor.usable_from > case.law_time {
        return Err(Reason::NotYetUsable);
    }
    let Action::RecordSale {
        imvu,
        gross,
        tax,
        region,
        fee,
        ..
    } = case.action()
    else {
        return Ok(());
    };
    if case.imvu.is_some() && !exists(case.view, &state_key::link(imvu, &processor.id)) {
        return Err(Reason::ProcessorNotLinked);
    }
    let period = crate::view::chain(case.view)
        .calendar
        .period_of(case.now.time);
    let rates = read::<TaxRates>(case.view, &state_key::tax_rates(region)).unwrap_or_default();
    if *tax > rates.most(*gross, period) {
        return Err(Reason::TaxOverRate);
    }
    if *fee > *gross {
        return Err(Reason::FeeOverAmount);
    }
    Ok(())
}
