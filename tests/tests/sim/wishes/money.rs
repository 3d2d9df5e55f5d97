//! What payment processors say, and what creators and payers ask of them: rightly, too much, twice, or in another's name.

use nexus_sdk::keys::Signer;
use nexus_types::action::{Action, ActionKind};
use nexus_types::encoding::decode;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{Account, AccountId, ExternalId, TaxRates};
use nexus_types::payment::{
    Dispute, DisputeStatus, Payment, PaymentKind, Payout, PayoutStatus, Processor, Sale,
};
use nexus_types::period::Period;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, ImvuId, Micros, ProcessorId, Text};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::{Wish, anybody, holder, market, some_tag};
use crate::stream::{Now, Stream, some_imvu};
use crate::world::world;

/// Names that are nobody's yet are drawn from so many.
const NAMES: u32 = 1_000_000;

pub(super) fn processor_ids() -> [ProcessorId; 2] {
    ["pay", "bank"].map(|id| ProcessorId::new(id).expect("a processor's name"))
}

/// Amounts at which law and programs go wrong, and many between.
pub(super) fn some_amount(rng: &mut StdRng) -> Micros {
    Micros(match rng.gen_range(0..40) {
        0 => 0,
        1 => 1,
        2 => Micros::MAX.0,
        3 => Micros::MAX.0 + 1,
        4 => u128::MAX,
        5..=12 => rng.gen_range(1..20),
        _ => rng.gen_range(1_000..50_000_000),
    })
}

/// A part of what is there: some, all, or more.
fn part(rng: &mut StdRng, of: Micros) -> Micros {
    match rng.gen_range(0..12) {
        0 => Micros(of.0 + 1),
        1 => some_amount(rng),
        2..=4 => of,
        _ => Micros(rng.gen_range(0..=of.0)),
    }
}

fn some_name(stream: &mut Stream, now: &Now<'_>) -> ExternalId {
    let known: Vec<Payment> = now.all(KeyKind::Payment);
    match known.choose(&mut stream.rng) {
        Some(known) if stream.rng.gen_bool(0.05) => known.external.clone(),
        _ => {
            let number = stream.rng.gen_range(0..NAMES);
            Text::new(format!("payment-{number}")).expect("short")
        }
    }
}

/// A processor, mostly one that is registered.
fn some_processor(rng: &mut StdRng, now: &Now<'_>) -> ProcessorId {
    let known: Vec<Processor> = now.all(KeyKind::Processor);
    match known.choose(rng) {
        Some(known) if rng.gen_bool(0.95) => known.id.clone(),
        _ => processor_ids().choose(rng).expect("there are two").clone(),
    }
}

/// Mostly who signs for the processor, else anybody.
fn cashier(stream: &mut Stream, now: &Now<'_>, processor: &ProcessorId) -> Signer {
    let known = now.read::<Processor>(&state_key::processor(processor));
    let known = known.and_then(|known| now.person(known.identity));
    match known {
        Some(known) if stream.rng.gen_bool(0.95) => known,
        _ => anybody(stream, now),
    }
}

/// Sales that suit, each with what is left of it.
fn sales(now: &Now<'_>, suits: impl Fn(&Sale) -> bool) -> Vec<(Payment, Sale)> {
    let all: Vec<Payment> = now.all(KeyKind::Payment);
    let sales = all.into_iter().filter_map(|payment| match &payment.kind {
        PaymentKind::Sale(sale) if suits(sale) => Some((payment.clone(), sale.clone())),
        _ => None,
    });
    sales.collect()
}

fn can_be_refunded(now: &Now<'_>, sale: &Sale) -> bool {
    now.knows(&state_key::bucket(&sale.creator, sale.day))
}

/// A sale, and how much of it: without any, one that nobody made.
fn some_sale(
    stream: &mut Stream,
    now: &Now<'_>,
    matured: bool,
) -> (ProcessorId, ExternalId, Micros, Option<Sale>) {
    let wanted = matured != stream.rng.gen_bool(0.05);
    let suiting = sales(now, |sale| can_be_refunded(now, sale) != wanted);
    let open: Vec<_> = suiting
        .iter()
        .filter(|(payment, sale)| sale.open(payment.amount) > Micros::ZERO)
        .collect();
    let chosen = match open.choose(&mut stream.rng) {
        Some(chosen) if stream.rng.gen_bool(0.95) => Some((*chosen).clone()),
        _ => suiting.choose(&mut stream.rng).cloned(),
    };
    match chosen {
        Some((payment, sale)) => {
            let amount = part(&mut stream.rng, sale.open(payment.amount));
            (payment.processor, payment.external, amount, Some(sale))
        }
        None => {
            let processor = some_processor(&mut stream.rng, now);
            let name = some_name(stream, now);
            (processor, name, some_amount(&mut stream.rng), None)
        }
    }
}

/// What a processor says, or is asked.
pub(super) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    use ActionKind as K;
    let (signer, action) = match kind {
        K::RecordDeposit => deposit(stream, now),
        K::RecordSale => sell(stream, now),
        K::RecordRefund => {
            let (processor, sale, amount, _) = some_sale(stream, now, false);
            let action = Action::RecordRefund {
                processor: processor.clone(),
                external: some_name(stream, now),
                sale,
                amount,
            };
            (cashier(stream, now, &processor), action)
        }
        K::GrantRefund => return grant(stream, now),
        K::OpenDispute => {
            let (processor, sale, amount, _) = some_sale(stream, now, false);
            let action = Action::OpenDispute {
                processor: processor.clone(),
                sale,
                amount,
                evidence: Hash::of(b"a letter"),
            };
            (cashier(stream, now, &processor), action)
        }
        K::ResolveDispute => resolve(stream, now),
        K::RequestPayout => payout(stream, now),
        K::SettlePayout => settle(stream, now),
        _ => reconcile(stream, now),
    };
    (vec![signer], action, Vec::new())
}

fn deposit(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let processor = some_processor(&mut stream.rng, now);
    let owners: Vec<Signer> = now
        .imvus()
        .iter()
        .filter_map(|one| now.owner(one))
        .collect();
    let payer = match owners.choose(&mut stream.rng) {
        Some(owner) if stream.rng.gen_bool(0.7) => owner.identity,
        _ => anybody(stream, now).identity,
    };
    let action = Action::RecordDeposit {
        processor: processor.clone(),
        external: some_name(stream, now),
        payer,
        amount: some_amount(&mut stream.rng),
    };
    (cashier(stream, now, &processor), action)
}

/// Where a processor may book.
pub(super) fn links(now: &Now<'_>) -> Vec<(ImvuId, ProcessorId)> {
    let (from, to) = state_key::range_of(KeyKind::Link);
    let keys = now.state.state.range(from..to);
    keys.map(|(key, _)| decode(key.id()).expect("a link's key"))
        .collect()
}

fn sell(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let (imvu, processor) = match links(now).choose(&mut stream.rng) {
        Some(link) if stream.rng.gen_bool(0.95) => link.clone(),
        _ => (
            some_imvu(&mut stream.rng, &now.imvus()),
            some_processor(&mut stream.rng, now),
        ),
    };
    let external = some_name(stream, now);
    let rng = &mut stream.rng;
    let region = Jurisdiction::new(some_tag(rng)).expect("a tag");
    let gross = some_amount(rng);
    let rates = now.read::<TaxRates>(&state_key::tax_rates(&region));
    let most = rates.map_or(Micros::ZERO, |rates| rates.most(gross, period_now(now)));
    let share = gross.0 / 30;
    let action = Action::RecordSale {
        processor: processor.clone(),
        external,
        imvu,
        gross,
        tax: match rng.gen_range(0..12) {
            0 => Micros(most.0 + 1),
            1 => Micros::ZERO,
            _ => most,
        },
        region,
        fee: match rng.gen_range(0..12) {
            0 => Micros(gross.0.saturating_add(1)),
            1 => gross,
            _ => Micros(share),
        },
    };
    (cashier(stream, now, &processor), action)
}

pub(super) fn period_now(now: &Now<'_>) -> Period {
    let calendar = world().genesis.document().state.calendar;
    calendar.period_of(nexus_types::Time(now.time))
}

fn grant(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let (processor, sale, amount, known) = some_sale(stream, now, true);
    let about = known.and_then(|sale| now.read(&state_key::imvu(&sale.imvu)));
    let action = Action::GrantRefund {
        processor,
        sale,
        amount,
    };
    let signers = if stream.rng.gen_bool(0.5) {
        super::officers(stream, now)
    } else {
        vec![holder(stream, now, about.as_ref())]
    };
    (signers, action, Vec::new())
}

fn resolve(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let all: Vec<Dispute> = now.all(KeyKind::Dispute);
    let open = all.iter().filter(|one| one.status == DisputeStatus::Open);
    let open: Vec<&Dispute> = open.collect();
    let chosen = match open.choose(&mut stream.rng) {
        Some(open) if stream.rng.gen_bool(0.9) => Some(*open),
        _ => all.choose(&mut stream.rng),
    };
    let won = stream.rng.gen_bool(0.5);
    let Some(dispute) = chosen else {
        let dispute = Hash::of(b"no dispute");
        return (
            anybody(stream, now),
            Action::ResolveDispute { dispute, won },
        );
    };
    let owner = now
        .read(&state_key::imvu(&dispute.imvu))
        .and_then(|imvu| now.owner(&imvu));
    let signer = match owner {
        Some(owner) if stream.rng.gen_bool(0.3) => owner,
        _ => cashier(stream, now, &dispute.processor),
    };
    let dispute = dispute.id;
    (signer, Action::ResolveDispute { dispute, won })
}

fn payout(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let held = |one: &Signer| {
        let id = AccountId::Matured(one.identity);
        let account = now.read::<Account>(&state_key::account(&id));
        account.unwrap_or_default().balance(&id).micros()
    };
    let everybody = now.registered();
    let rich = everybody.iter().filter(|one| held(one) > Micros::ZERO);
    let rich: Vec<&Signer> = rich.collect();
    let signer = match rich.choose(&mut stream.rng) {
        Some(rich) if stream.rng.gen_bool(0.9) => (*rich).clone(),
        _ => anybody(stream, now),
    };
    let action = Action::RequestPayout {
        processor: some_processor(&mut stream.rng, now),
        amount: part(&mut stream.rng, held(&signer)),
        destination: Hash::of(b"an account elsewhere"),
    };
    (signer, action)
}

fn settle(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let all: Vec<Payout> = now.all(KeyKind::Payout);
    let open = all
        .iter()
        .filter(|one| one.status == PayoutStatus::Requested);
    let open: Vec<&Payout> = open.collect();
    let chosen = match open.choose(&mut stream.rng) {
        Some(open) if stream.rng.gen_bool(0.9) => Some(*open),
        _ => all.choose(&mut stream.rng),
    };
    let settled = stream.rng.gen_bool(0.7);
    match chosen {
        Some(chosen) => {
            let signer = cashier(stream, now, &chosen.processor);
            let payout = chosen.id;
            (signer, Action::SettlePayout { payout, settled })
        }
        None => {
            let payout = Hash::of(b"no payout");
            (
                anybody(stream, now),
                Action::SettlePayout { payout, settled },
            )
        }
    }
}

/// A processor's own sums: those of the ledger, or others.
fn reconcile(stream: &mut Stream, now: &Now<'_>) -> (Signer, Action) {
    let processor = some_processor(&mut stream.rng, now);
    let id = AccountId::Clearing(processor.clone());
    let books = now.read::<Account>(&state_key::account(&id));
    let books = books.unwrap_or_default();
    let action = Action::Reconcile {
        processor: processor.clone(),
        taken_in: match stream.rng.gen_bool(0.3) {
            true => some_amount(&mut stream.rng),
            false => books.debits.micros(),
        },
        paid_out: books.credits.micros(),
        statement: Hash::of(b"a statement"),
    };
    (cashier(stream, now, &processor), action)
}

/// What waits to be done with money that is there: without it, most of what is asked for would be about nothing.
pub(super) fn due(rng: &mut StdRng, now: &Now<'_>) -> ActionKind {
    use ActionKind as K;
    let mut due = vec![K::RecordDeposit, K::RecordSale, K::RecordSale];
    due.extend(market::due(now));
    let open: Vec<Dispute> = now.all(KeyKind::Dispute);
    if open.iter().any(|one| one.status == DisputeStatus::Open) {
        due.push(K::ResolveDispute);
    }
    if !sales(now, |sale| can_be_refunded(now, sale)).is_empty() {
        due.extend([K::RecordRefund, K::OpenDispute]);
    }
    if !sales(now, |sale| !can_be_refunded(now, sale)).is_empty() {
        due.extend([K::GrantRefund, K::RequestPayout]);
    }
    let open: Vec<Payout> = now.all(KeyKind::Payout);
    if open.iter().any(|one| one.status == PayoutStatus::Requested) {
        due.push(K::SettlePayout);
    }
    *due.choose(rng).expect("there is always something")
}
