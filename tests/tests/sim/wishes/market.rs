//! What comes before any money: processors, prices, taxes, leave to book, agreements to pay; and containment.

use nexus_genesis::dev::JURISDICTIONS;
use nexus_sdk::keys::Signer;
use nexus_types::action::{Action, ActionKind};
use nexus_types::billing::{Bill, Billing};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{Price, Prices};
use nexus_types::payment::{Mandates, Processor, StandingConsent};
use nexus_types::period::Period;
use nexus_types::state::Imvu;
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, IdentityId, ImvuId, Micros, Time};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::money::{links, period_now, processor_ids, some_amount};
use super::{Wish, anybody, holder, registration_of, some_tag};
use crate::stream::{Now, Stream, some_imvu};
use crate::world::world;

const HOUR_MS: u64 = 3_600_000;
/// Signatures that are two thirds of four seats.
const TWO_THIRDS: usize = 3;
/// So many IMVUs are sold for without delay.
const SHOPS: usize = 3;
/// Seats outside the platform: its own is the last.
const OUTSIDE: usize = 3;

/// Two thirds of the seats' operators, or fewer.
fn seats(stream: &mut Stream, now: &Now<'_>) -> Vec<Signer> {
    let all = world().operators.iter();
    let mut all: Vec<Signer> = all.map(|one| now.signer(one)).collect();
    all.shuffle(&mut stream.rng);
    let count = [3, 3, 3, 3, 4, 2, 1].choose(&mut stream.rng);
    all.truncate(*count.expect("a count"));
    all
}

/// Everything that is still missing before the first IMVUs can sell, asked for rightly and at once.
pub(crate) fn equipment(stream: &mut Stream, now: &Now<'_>) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for (id, cashier) in processor_ids().into_iter().zip(&world().cashiers) {
        if !now.knows(&state_key::identity(&cashier.identity)) {
            wishes.push(registration_of(now, cashier));
            continue;
        }
        if now.knows(&state_key::processor(&id)) {
            continue;
        }
        let operators = world().operators.iter().take(TWO_THIRDS);
        let mut signers = vec![now.signer(cashier)];
        signers.extend(operators.map(|one| now.signer(one)));
        wishes.push((
            signers,
            Action::RegisterProcessor { processor: id },
            Vec::new(),
        ));
    }
    let known: Vec<Processor> = now.all(KeyKind::Processor);
    let Some(processor) = known.choose(&mut stream.rng) else {
        return wishes;
    };
    for imvu in now.imvus().iter().take(SHOPS) {
        let linked = links(now).iter().any(|(each, _)| *each == imvu.id);
        if let (false, Some(owner)) = (linked, now.owner(imvu)) {
            let action = Action::LinkProcessor {
                imvu: imvu.id.clone(),
                processor: processor.id.clone(),
                linked: true,
            };
            wishes.push((vec![owner], action, Vec::new()));
        }
    }
    let region = Jurisdiction::new(JURISDICTIONS[0]).expect("a tag");
    if !now.knows(&state_key::tax_rates(&region)) {
        let operators = world().operators.iter().take(TWO_THIRDS);
        let action = Action::SetTaxRate {
            region,
            millionths: 190_000,
            from: Period(period_now(now).0 + 2),
        };
        let signers = operators.map(|one| now.signer(one)).collect();
        wishes.push((signers, action, Vec::new()));
    }
    wishes
}

/// What is to be done about agreements.
pub(super) fn due(now: &Now<'_>) -> Vec<ActionKind> {
    let mut due = vec![
        ActionKind::SignMandate,
        ActionKind::SetStandingConsent,
        ActionKind::Contain,
    ];
    if !paid(now).is_empty() {
        due.push(ActionKind::CorrectCharge);
    }
    due
}

pub(super) fn wish(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    use ActionKind as K;
    let all = now.imvus();
    let imvu = some_imvu(&mut stream.rng, &all);
    let about = all.iter().find(|one| one.id == imvu);
    let processor = processor_ids()
        .choose(&mut stream.rng)
        .expect("there are two")
        .clone();
    let (signers, action) = match kind {
        K::PublishPrices | K::SetTaxRate => (seats(stream, now), terms(&mut stream.rng, now, kind)),
        K::RegisterProcessor => {
            let mut signers = vec![anybody(stream, now)];
            signers.extend(seats(stream, now));
            (signers, Action::RegisterProcessor { processor })
        }
        K::LinkProcessor => {
            let linked = stream.rng.gen_bool(0.7);
            let action = Action::LinkProcessor {
                imvu,
                processor,
                linked,
            };
            (vec![holder(stream, now, about)], action)
        }
        K::SetStandingConsent => {
            let given = stream.rng.gen_bool(0.7);
            let action = Action::SetStandingConsent {
                imvu,
                consent: *[StandingConsent::DebtLadder, StandingConsent::KeyRollover]
                    .choose(&mut stream.rng)
                    .expect("there are two"),
                given,
            };
            (vec![holder(stream, now, about)], action)
        }
        K::SignMandate => mandate(stream, now, imvu, about),
        K::RevokeMandate => {
            let mandates = now.read::<Mandates>(&state_key::mandates(&imvu));
            let payer = mandates.and_then(|mandates| {
                let last = mandates.list.as_slice().last().map(|one| one.payer);
                now.person(last?)
            });
            let signer = match payer {
                Some(payer) if stream.rng.gen_bool(0.6) => payer,
                _ => holder(stream, now, about),
            };
            (vec![signer], Action::RevokeMandate { imvu })
        }
        K::CorrectCharge => return correction(stream, now),
        _ => containment(stream, now, imvu),
    };
    (distinct(signers), action, Vec::new())
}

/// Nobody signs twice: such bytes are no transaction.
fn distinct(signers: Vec<Signer>) -> Vec<Signer> {
    let mut seen: Vec<IdentityId> = Vec::new();
    let new = signers.into_iter().filter(|one| {
        let new = !seen.contains(&one.identity);
        seen.push(one.identity);
        new
    });
    new.collect()
}

fn terms(rng: &mut StdRng, now: &Now<'_>, kind: ActionKind) -> Action {
    let from = Period(period_now(now).0 + rng.gen_range(0..5));
    if kind == ActionKind::SetTaxRate {
        return Action::SetTaxRate {
            region: Jurisdiction::new(some_tag(rng)).expect("a tag"),
            millionths: *[0, 70_000, 190_000, 1_000_000, 1_000_001]
                .choose(rng)
                .expect("a rate"),
            from,
        };
    }
    let prices: Prices = std::array::from_fn(|_| Price {
        micros: *[0, 1, 7, 1_000, 1_000_000, u64::MAX]
            .choose(rng)
            .expect("a price"),
        per: *[1, 3, 1_000, 1 << 30].choose(rng).expect("a quantity"),
    });
    Action::PublishPrices { from, prices }
}

fn mandate(
    stream: &mut Stream,
    now: &Now<'_>,
    imvu: ImvuId,
    about: Option<&Imvu>,
) -> (Vec<Signer>, Action) {
    let payer = match now.registered().choose(&mut stream.rng) {
        Some(payer) => payer.clone(),
        None => anybody(stream, now),
    };
    let mut signers = vec![payer.clone()];
    if stream.rng.gen_bool(0.9) {
        signers.push(holder(stream, now, about));
    }
    if stream.rng.gen_bool(0.1) {
        // In another's name.
        signers.rotate_left(1);
    }
    let days = stream.rng.gen_range(0..60);
    let action = Action::SignMandate {
        imvu,
        payer: payer.identity,
        cap: some_amount(&mut stream.rng),
        until: Time(now.time + days * 24 * HOUR_MS),
    };
    (signers, action)
}

/// Bills of which something can be given back.
fn paid(now: &Now<'_>) -> Vec<(Billing, Bill)> {
    let all: Vec<Billing> = now.all(KeyKind::Billing);
    let bills = all.into_iter().flat_map(|billing| {
        let bills = billing.bills.clone();
        let of = move |bill| (billing.clone(), bill);
        bills.into_iter().map(of)
    });
    bills
        .filter(|(_, bill)| bill.collected > bill.given_back)
        .collect()
}

fn correction(stream: &mut Stream, now: &Now<'_>) -> Wish {
    let mut signers = super::officers(stream, now);
    let paid = paid(now);
    let Some((billing, bill)) = paid.choose(&mut stream.rng) else {
        let action = Action::CorrectCharge {
            imvu: some_imvu(&mut stream.rng, &now.imvus()),
            period: period_now(now),
            payer: anybody(stream, now).identity,
            amount: some_amount(&mut stream.rng),
        };
        return (signers, action, Vec::new());
    };
    let owner = now
        .read(&state_key::imvu(&billing.imvu))
        .and_then(|imvu| now.owner(&imvu));
    if stream.rng.gen_bool(0.8) {
        signers.extend(owner);
    }
    let left = bill.collected.0 - bill.given_back.0;
    let action = Action::CorrectCharge {
        imvu: billing.imvu.clone(),
        period: billing.period,
        payer: bill.payer,
        amount: Micros(match stream.rng.gen_range(0..6) {
            0 => left + 1,
            1 => left,
            _ => stream.rng.gen_range(0..=left),
        }),
    };
    (distinct(signers), action, Vec::new())
}

fn containment(stream: &mut Stream, now: &Now<'_>, imvu: ImvuId) -> (Vec<Signer>, Action) {
    let mut outside: Vec<Signer> = world().operators[..OUTSIDE]
        .iter()
        .map(|one| now.signer(one))
        .collect();
    outside.shuffle(&mut stream.rng);
    let count = [2, 2, 2, 3, 1].choose(&mut stream.rng);
    outside.truncate(*count.expect("a count"));
    if stream.rng.gen_bool(0.1) {
        outside.push(now.signer(&world().operators[OUTSIDE]));
        outside.rotate_right(1);
    }
    let span_ms = [
        0,
        1_000,
        60_000,
        60_000,
        24 * HOUR_MS,
        24 * HOUR_MS,
        72 * HOUR_MS + 1,
        u64::MAX,
    ];
    let action = Action::Contain {
        imvu,
        evidence: Hash::of(b"mail by the million"),
        span_ms: *span_ms.choose(&mut stream.rng).expect("a span"),
    };
    (outside, action)
}
