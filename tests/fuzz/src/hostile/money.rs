//! Money, asked for with ill will: amounts at which sums run over, payments told twice, other people's money.

use nexus_types::billing::Billing;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{ExternalId, Micros, Price, Prices};
use nexus_types::payment::StandingConsent;
use nexus_types::payment::{Dispute, Mandates, Payment, PaymentKind, Payout, Processor};
use nexus_types::period::Period;
use nexus_types::state::{ChainRecord, Imvu};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Action, Hash, IdentityId, ImvuId, ProcessorId, Text, Time};

use super::{edge, of, one_of, read, some_imvu, some_tag};
use crate::mutate::Random;
use crate::world::World;

/// Processors: that of the vectors, a new one.
const PROCESSORS: [&str; 2] = ["acquirer-1", "purse"];
/// Spans at which containments begin to be too long, milliseconds.
const SPANS: [u64; 7] = [
    0,
    1,
    3_600_000,
    72 * 3_600_000,
    72 * 3_600_000 + 1,
    1 << 63,
    u64::MAX,
];

/// One of the actions about money, who asks for it, and who signs as well.
pub(super) fn action(world: &World, random: &mut Random) -> (IdentityId, Vec<IdentityId>, Action) {
    let imvu = some_imvu(random);
    let processor = some_processor(world, random);
    let cashier = cashier(world, &processor);
    let owner = owner(world, &imvu);
    let anybody = world.people[random.below(world.people.len())].id;
    let amount = some_amount(random);
    let seats: Vec<IdentityId> = world.operators().iter().map(|one| one.id).collect();
    let officers: Vec<IdentityId> = world.people[..3].iter().map(|one| one.id).collect();
    let odd = random.once_in(8);
    let alone = |action: Action, signer: IdentityId| (signer, Vec::new(), action);
    let spoken = |action: Action| alone(action, if odd { anybody } else { cashier });
    let (signer, others, action) = match random.below(18) {
        0 => (seats[0], seats, publish(world, random)),
        1 => (seats[0], seats, tax(world, random)),
        2 => (anybody, seats, Action::RegisterProcessor { processor }),
        3 => {
            let linked = random.once_in(2);
            let link = Action::LinkProcessor {
                imvu,
                processor,
                linked,
            };
            alone(link, owner)
        }
        4 => spoken(Action::RecordDeposit {
            processor,
            external: some_name(world, random),
            payer: anybody,
            amount,
        }),
        5 => spoken(some_sale_of(world, imvu, processor, amount, random)),
        6 => spoken(Action::RecordRefund {
            processor,
            external: some_name(world, random),
            sale: some_sale(world, random),
            amount,
        }),
        7 => {
            let sale = some_sale(world, random);
            let grant = Action::GrantRefund {
                processor,
                sale,
                amount,
            };
            if random.once_in(2) {
                alone(grant, owner)
            } else {
                (officers[0], officers, grant)
            }
        }
        8 => spoken(Action::OpenDispute {
            processor,
            sale: some_sale(world, random),
            amount,
            evidence: Hash([3; 32]),
        }),
        9 => {
            let known = one_of::<Dispute>(world, KeyKind::Dispute, random);
            let resolve = Action::ResolveDispute {
                dispute: known.map_or(Hash([4; 32]), |known| known.id),
                won: random.once_in(2),
            };
            alone(resolve, if random.once_in(2) { owner } else { cashier })
        }
        10 => {
            let request = Action::RequestPayout {
                processor,
                amount,
                destination: Hash([5; 32]),
            };
            alone(request, if random.once_in(3) { anybody } else { owner })
        }
        11 => {
            let known = one_of::<Payout>(world, KeyKind::Payout, random);
            spoken(Action::SettlePayout {
                payout: known.map_or(Hash([6; 32]), |known| known.id),
                settled: random.once_in(2),
            })
        }
        12 => spoken(Action::Reconcile {
            processor,
            taken_in: amount,
            paid_out: some_amount(random),
            statement: Hash([7; 32]),
        }),
        13 => {
            let sign = Action::SignMandate {
                imvu,
                payer: anybody,
                cap: amount,
                until: some_time(world, random),
            };
            (if odd { owner } else { anybody }, vec![owner], sign)
        }
        14 => {
            let payer = read::<Mandates>(world, &state_key::mandates(&imvu))
                .and_then(|known| known.list.as_slice().last().map(|one| one.payer));
            let signer = if random.once_in(2) {
                owner
            } else {
                payer.unwrap_or(anybody)
            };
            alone(Action::RevokeMandate { imvu }, signer)
        }
        15 => {
            let known = one_of::<Billing>(world, KeyKind::Billing, random);
            let known = known.filter(|_| !odd);
            let bill = known.as_ref().and_then(|known| known.bills.first());
            let payer = bill.map_or(anybody, |bill| bill.payer);
            let (imvu, period) = match &known {
                Some(known) => (known.imvu.clone(), known.period),
                None => (imvu, some_period(world, random)),
            };
            let owner = self::owner(world, &imvu);
            let correct = Action::CorrectCharge {
                imvu,
                period,
                payer,
                amount,
            };
            let mut others = officers;
            others.push(owner);
            (others[0], others, correct)
        }
        16 => {
            let contain = Action::Contain {
                imvu,
                evidence: Hash([8; 32]),
                span_ms: of(&SPANS, random),
            };
            // The first seat is the platform's.
            let signers = if odd { 0..2 } else { 1..3 };
            (seats[signers.start], seats[signers].to_vec(), contain)
        }
        _ => {
            let set = Action::SetStandingConsent {
                imvu,
                consent: StandingConsent::DebtLadder,
                given: !random.once_in(4),
            };
            alone(set, owner)
        }
    };
    let others = others.into_iter().filter(|one| *one != signer);
    (signer, others.collect(), action)
}

fn some_amount(random: &mut Random) -> Micros {
    Micros(match random.below(8) {
        0 => u128::MAX,
        1 => u128::MAX / 20 + 1,
        2 => Micros::MAX.0,
        3 => Micros::MAX.0 + 1,
        4 => edge(random).into(),
        _ => 1 + u128::from(edge(random) % 1_000),
    })
}

fn some_processor(world: &World, random: &mut Random) -> ProcessorId {
    match one_of::<Processor>(world, KeyKind::Processor, random) {
        Some(known) if !random.once_in(8) => known.id,
        _ => ProcessorId::new(of(&PROCESSORS, random)).expect("a processor's name"),
    }
}

/// Who speaks for a processor; somebody, where nobody does.
fn cashier(world: &World, processor: &ProcessorId) -> IdentityId {
    read::<Processor>(world, &state_key::processor(processor))
        .map_or(world.people[0].id, |known| known.identity)
}

fn owner(world: &World, imvu: &ImvuId) -> IdentityId {
    read::<Imvu>(world, &state_key::imvu(imvu)).map_or(world.people[4].id, |known| known.owner)
}

fn some_name(world: &World, random: &mut Random) -> ExternalId {
    match one_of::<Payment>(world, KeyKind::Payment, random) {
        Some(known) if random.once_in(8) => known.external,
        _ => Text::new(of(&["payment-1", "\u{202e}2", ""], random)).expect("short"),
    }
}

/// Half of them plain, of an IMVU that has sold before: with nothing wrong but perhaps the amount, or the name.
fn some_sale_of(
    world: &World,
    imvu: ImvuId,
    processor: ProcessorId,
    gross: Micros,
    random: &mut Random,
) -> Action {
    let plain = random.once_in(2);
    let part = |random: &mut Random| {
        if plain || random.once_in(2) {
            Micros::ZERO
        } else {
            some_amount(random)
        }
    };
    let (tax, fee) = (part(random), part(random));
    let (imvu, region) = if plain {
        (
            ImvuId::new("IMVU-042").expect("an IMVU's id"),
            Jurisdiction::new("EU-GDPR").expect("a tag"),
        )
    } else {
        (imvu, some_tag(random))
    };
    Action::RecordSale {
        processor,
        external: some_name(world, random),
        imvu,
        gross,
        tax,
        region,
        fee,
    }
}

fn some_sale(world: &World, random: &mut Random) -> ExternalId {
    for _ in 0..4 {
        match one_of::<Payment>(world, KeyKind::Payment, random) {
            Some(known) if matches!(known.kind, PaymentKind::Sale(_)) => return known.external,
            _ => {}
        }
    }
    some_name(world, random)
}

fn some_time(world: &World, random: &mut Random) -> Time {
    match random.below(3) {
        0 => Time(edge(random)),
        _ => world.next.time.plus_ms(edge(random) >> 20),
    }
}

/// The period that runs, or one about it, or none that ever will.
fn some_period(world: &World, random: &mut Random) -> Period {
    let calendar = read::<ChainRecord>(world, &state_key::chain()).map(|chain| chain.calendar);
    let now = calendar.unwrap_or_default().period_of(world.next.time);
    Period(match random.below(8) {
        0 => edge(random),
        1 => now.0.wrapping_sub(1),
        2..=4 => now.0,
        _ => now.0.wrapping_add(of(&[1, 2, 3, 1_000], random)),
    })
}

fn publish(world: &World, random: &mut Random) -> Action {
    let prices: Prices = core::array::from_fn(|_| Price {
        micros: edge(random),
        per: edge(random).max(1),
    });
    Action::PublishPrices {
        from: some_period(world, random),
        prices,
    }
}

fn tax(world: &World, random: &mut Random) -> Action {
    Action::SetTaxRate {
        region: some_tag(random),
        millionths: of(&[0, 1, 190_000, 1_000_000, 1_000_001, u32::MAX], random),
        from: some_period(world, random),
    }
}
