//! Creators with an IMVU each, on one host, with a payment processor.

use crate::chain::{HOUR, PERIOD_HOURS, START, Twins};
use crate::meters::{Gauge, Told, WINDOW};
use bytes::Bytes;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::attest;
use nexus_types::approval::AttestationBody;
use nexus_types::billing::Billing;
use nexus_types::host::{
    AckOutcome, AgentKind, Assignment, Capabilities, EnforcementGrade, Isolation, Item,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::MeterScope;
use nexus_types::money::{ExternalId, Price, PriceList, Prices};
use nexus_types::period::Period;
use nexus_types::quota::Quota;
use nexus_types::report::{Ack, Report};
use nexus_types::{
    Action, Hash, HostId, ImvuId, List, MeterId, Micros, ProcessorId, Set, Text, Time, Tx, decode,
    state_key,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const QUOTA: Quota = Quota {
    cpu_millis: 100,
    memory_bytes: 256 << 20,
    storage_bytes: 1 << 30,
    bandwidth_bits: 1_000_000,
    pids: 32,
    io_bytes: 1 << 20,
    dns_answers: 100,
    mail_messages: 20_000,
    mail_bytes: 1 << 30,
};

/// The window, two hours before the first period ends, from which one meter says nothing for longer than its statements wait.
const HELD_BACK: u64 = (PERIOD_HOURS - 3) * 12;

/// How the month goes.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// Nothing happens that should make anybody look.
    pub(crate) calm: bool,
    /// Chances to trade in each window.
    pub(crate) trades: usize,
}

impl Pace {
    /// Everything goes wrong that can.
    pub(crate) const HARD: Self = Self {
        calm: false,
        trades: 1,
    };
}

/// What happened in the month.
#[derive(Default)]
pub(crate) struct Seen {
    told: Told,
    pub(crate) sales: u64,
    pub(crate) refunds: u64,
    pub(crate) disputes: u64,
    pub(crate) chargebacks: u64,
    pub(crate) corrections: u64,
}

impl std::ops::Deref for Seen {
    type Target = Told;

    fn deref(&self) -> &Told {
        &self.told
    }
}

/// Everybody.
pub(crate) struct Market {
    pace: Pace,
    rng: StdRng,
    pub(crate) creators: Vec<(Signer, ImvuId)>,
    cashier: Signer,
    officers: Vec<Signer>,
    pub(crate) gauges: Vec<Gauge>,
    /// Sales that can still be paid back: name, what is left.
    young: Vec<(ExternalId, u128)>,
    names: u64,
    pub(crate) seen: Seen,
}

fn person(name: &str) -> Signer {
    let seed = Hash::tagged("nexus/month", &[name.as_bytes()]);
    Signer::new(name, SecretKey::from_seed(seed.0.into()))
}

fn host() -> HostId {
    HostId::new("host-1").expect("a name")
}

fn processor() -> ProcessorId {
    ProcessorId::new("pay").expect("a name")
}

fn tag() -> Jurisdiction {
    Jurisdiction::new("EU-GDPR").expect("a tag")
}

impl Market {
    /// Everything is set up, and every IMVU runs, before the first full hour.
    pub(crate) fn open(twins: &mut Twins, count: usize, pace: Pace) -> Self {
        let creators: Vec<(Signer, ImvuId)> = (0..count)
            .map(|number| {
                let imvu = ImvuId::new(&format!("SHOP-{number:05}")).expect("an id");
                (person(&format!("creator-{number}")), imvu)
            })
            .collect();
        let mut market = Self {
            pace,
            rng: StdRng::seed_from_u64(11),
            creators,
            cashier: person("cashier"),
            officers: twins.keys.officers.iter().map(Twins::signer).collect(),
            gauges: Vec::new(),
            young: Vec::new(),
            names: 0,
            seen: Seen::default(),
        };
        market.people(twins);
        market.host(twins, count);
        market.run(twins);
        market
    }

    fn people(&mut self, twins: &mut Twins) {
        let attester = Twins::signer(&twins.keys.attester);
        let mut all: Vec<Signer> = self.creators.iter().map(|(who, _)| who.clone()).collect();
        all.push(self.cashier.clone());
        // An attester's word is charged to the attester: so many a block.
        for some in all.chunks(16) {
            twins.time += 1_000;
            let txs = some.iter().map(|person| {
                let body = AttestationBody {
                    network: twins.network.clone(),
                    identity: person.identity,
                    attester: attester.identity,
                    generation: 0,
                    evidence: Hash([7; 32]),
                    expires: Time(twins.time + HOUR),
                };
                let register = Action::RegisterIdentity {
                    key: person.key.public(),
                    attestation: Some(attest(body, &attester.key)),
                };
                twins.sign(person, &[], register)
            });
            let txs: Vec<Bytes> = txs.collect();
            twins.applied(txs);
        }
        let seats: Vec<Signer> = twins.keys.operators[..3]
            .iter()
            .map(Twins::signer)
            .collect();
        let register = Action::RegisterProcessor {
            processor: processor(),
        };
        let register = twins.sign(&self.cashier, &seats, register);
        // The second half of the month is dearer: a little, or by other units altogether.
        let prices = if self.pace.calm {
            let first: PriceList = twins.object(&state_key::prices(1)).expect("a list");
            first.prices.map(|price| Price {
                micros: price.micros * 11 / 10,
                ..price
            })
        } else {
            [7, 1, 3, 2, 30, 5, 1].map(|micros| Price { micros, per: 900 })
        };
        let publish = publish(twins, prices, Period(START / HOUR / PERIOD_HOURS + 1));
        twins.time += 1_000;
        twins.applied(vec![register, publish]);
        for some in self.creators.chunks(64) {
            twins.time += 1_000;
            let mut txs = Vec::new();
            for (creator, imvu) in some {
                let create = Action::CreateImvu {
                    imvu: imvu.clone(),
                    jurisdiction: Some(tag()),
                    quota: QUOTA,
                };
                txs.push(twins.sign(creator, &[], create));
                let link = Action::LinkProcessor {
                    imvu: imvu.clone(),
                    processor: processor(),
                    linked: true,
                };
                txs.push(twins.sign(creator, &[], link));
            }
            twins.applied(txs);
        }
    }

    fn host(&mut self, twins: &mut Twins, count: usize) {
        let operator = Twins::signer(&twins.keys.operators[0]);
        let room = u64::try_from(count).expect("a count") + 1;
        let mut capacity = Quota::default();
        for field in nexus_types::quota::QuotaField::ALL {
            capacity.set(field, QUOTA.get(field) * room);
        }
        let capabilities = Capabilities {
            enforcement: EnforcementGrade::Prevention,
            isolation: Set::new(Isolation::ALL.to_vec()).expect("nine"),
            counters_cannot_be_reset: true,
        };
        let register = Action::RegisterHost {
            host: host(),
            jurisdiction: tag(),
            capacity,
            capabilities: capabilities.clone(),
        };
        let mut txs = vec![twins.sign(&operator, &[], register)];
        twins.time += 1_000;
        let since = Time(twins.time);
        for kind in AgentKind::ALL {
            let (agent, key) = (
                person(&format!("agent-{kind}")),
                person(&format!("meter-{kind}")).key,
            );
            let meter = MeterId::new(&format!("host-1-{kind}")).expect("a name");
            let register = Action::RegisterAgent {
                host: host(),
                kind,
                key: agent.key.public(),
            };
            txs.push(twins.sign(&operator, &[], register));
            let register = Action::RegisterMeter {
                meter: meter.clone(),
                host: host(),
                kind,
                scope: MeterScope::Host,
                keys: Set::new(vec![key.public()]).expect("one key"),
                threshold: 1,
                test: false,
                replaces: None,
            };
            txs.push(twins.sign(&operator, &[], register));
            let (count, calm) = (self.creators.len(), self.pace.calm);
            let gauge = Gauge::new(kind, meter, key, agent, since, count, calm);
            self.gauges.push(gauge);
        }
        twins.applied(txs);
        twins.time += 1_000;
        let attested = Report {
            capabilities: Some(capabilities.hash()),
            ..self.empty(0)
        };
        let agent = self.gauges[0].agent.clone();
        self.gauges[0].reports += 1;
        let attested = twins.sign(&agent, &[], Action::Report(attested));
        twins.applied(vec![attested]);
    }

    fn empty(&self, gauge: usize) -> Report {
        Report {
            sequence: self.gauges[gauge].reports + 1,
            through: 0,
            capabilities: None,
            acks: List::default(),
            usage: List::default(),
            drifts: List::default(),
        }
    }

    fn run(&mut self, twins: &mut Twins) {
        for some in self.creators.clone().chunks(100) {
            twins.time += 1_000;
            let mut txs = Vec::new();
            for (creator, imvu) in some {
                let activate = Action::ActivateImvu {
                    imvu: imvu.clone(),
                    host: None,
                };
                txs.push(twins.sign(creator, &[], activate));
            }
            twins.applied(txs);
            twins.time += 1_000;
            let mut txs = Vec::new();
            for at in 0..2 {
                let kind = self.gauges[at].kind;
                let acks = some.iter().map(|(_, imvu)| {
                    let item = Item::Imvu(imvu.clone());
                    let key = state_key::assignment(&host(), kind, &item);
                    let assignment: Assignment = twins.object(&key).expect("an assignment");
                    Ack {
                        item,
                        generation: assignment.generation,
                        outcome: AckOutcome::Applied,
                        observed: assignment.spec.hash(),
                    }
                });
                let report = Report {
                    acks: List::new(acks.collect()).expect("at most a hundred"),
                    ..self.empty(at)
                };
                self.gauges[at].reports += 1;
                let agent = self.gauges[at].agent.clone();
                txs.push(twins.sign(&agent, &[], Action::Report(report)));
            }
            twins.applied(txs);
        }
        assert!(twins.time < START + HOUR, "the first windows are whole");
    }

    fn name(&mut self) -> ExternalId {
        self.names += 1;
        Text::new(format!("pay-{}", self.names)).expect("a short name")
    }

    /// Five minutes pass: a block with what the meters tell and what is sold.
    pub(crate) fn window(&mut self, twins: &mut Twins, window: u64) {
        // The first hour belongs to the setting up.
        let end = START + HOUR + (window + 1) * WINDOW;
        twins.time = end + 2_000;
        let mut txs = Vec::new();
        let mut expected = Vec::new();
        if window == HELD_BACK && !self.pace.calm {
            self.gauges[1].hold(200);
        }
        let Self {
            gauges, rng, seen, ..
        } = self;
        for gauge in gauges.iter_mut() {
            for (tx, refused) in gauge.window(twins, Time(end), rng, &mut seen.told) {
                txs.push(tx);
                expected.push(if refused { 2_006 } else { 0 });
            }
        }
        for _ in 0..self.pace.trades {
            self.trade(twins, &mut txs);
        }
        expected.resize(txs.len(), 0);
        if self.pace.calm && self.rng.gen_bool(0.05) {
            let number = self.rng.gen_range(0..self.creators.len());
            let tries = self.rng.gen_range(1..6);
            txs.extend(self.errors(twins, number, tries));
            expected.resize(txs.len(), 2_102);
        }
        let codes = twins.block(txs.clone());
        assert_eq!(codes, expected, "window {window}: {:?}", kinds(&txs));
        if window % 288 == 100 {
            self.decide(twins, window);
        }
    }

    /// A creator that makes the IMVU it has, so often.
    pub(crate) fn errors(&self, twins: &mut Twins, creator: usize, tries: usize) -> Vec<Bytes> {
        let (signer, imvu) = &self.creators[creator];
        let again = Action::CreateImvu {
            imvu: imvu.clone(),
            jurisdiction: Some(tag()),
            quota: QUOTA,
        };
        (0..tries)
            .map(|_| twins.sign(signer, &[], again.clone()))
            .collect()
    }

    fn trade(&mut self, twins: &mut Twins, txs: &mut Vec<Bytes>) {
        if self.rng.gen_bool(0.3) {
            let (name, gross) = (self.name(), self.rng.gen_range(1..1_000_000_u64));
            let at = self.rng.gen_range(0..self.creators.len());
            let sale = Action::RecordSale {
                processor: processor(),
                external: name.clone(),
                imvu: self.creators[at].1.clone(),
                gross: Micros(gross.into()),
                tax: Micros(0),
                region: tag(),
                fee: Micros((gross / 40).into()),
            };
            txs.push(twins.sign(&self.cashier, &[], sale));
            self.young.push((name, gross.into()));
            self.seen.sales += 1;
        }
        if self.rng.gen_bool(0.2) {
            let name = self.name();
            let at = self.rng.gen_range(0..self.creators.len());
            let deposit = Action::RecordDeposit {
                processor: processor(),
                external: name,
                payer: self.creators[at].0.identity,
                amount: Micros(self.rng.gen_range(1..3_000_000_u64).into()),
            };
            txs.push(twins.sign(&self.cashier, &[], deposit));
        }
        // Sales of the last hours alone: none has matured.
        if self.young.len() > 40 {
            self.young.remove(0);
        }
        if !self.young.is_empty() && self.rng.gen_bool(0.03) {
            let at = self.rng.gen_range(0..self.young.len());
            let part = self.rng.gen_range(1..=self.young[at].1);
            let (sale, left) = self.young[at].clone();
            self.young[at].1 = left - part;
            if self.young[at].1 == 0 {
                self.young.remove(at);
            }
            let refund = Action::RecordRefund {
                processor: processor(),
                external: self.name(),
                sale,
                amount: Micros(part),
            };
            txs.push(twins.sign(&self.cashier, &[], refund));
            self.seen.refunds += 1;
        }
    }

    /// Once a day: a dispute that is lost or won, and a charge that is given back.
    fn decide(&mut self, twins: &mut Twins, window: u64) {
        twins.time += 1_000;
        if let Some((sale, left)) = self.young.pop() {
            let dispute = Action::OpenDispute {
                processor: processor(),
                sale,
                amount: Micros(left),
                evidence: Hash([9; 32]),
            };
            let tx = twins.sign(&self.cashier, &[], dispute);
            let id = decode::<Tx>(&tx).expect("a transaction").body.id();
            twins.applied(vec![tx]);
            twins.time += 1_000;
            let won = window.is_multiple_of(2) && self.rng.gen_bool(0.5);
            let resolve = Action::ResolveDispute { dispute: id, won };
            let tx = twins.sign(&self.cashier, &[], resolve);
            twins.applied(vec![tx]);
            self.seen.disputes += 1;
            self.seen.chargebacks += u64::from(!won);
        }
        let (creator, imvu) = self.creators[0].clone();
        let period = Period(twins.time / HOUR / PERIOD_HOURS);
        let billing: Option<Billing> = twins.object(&state_key::billing(&imvu, period));
        let bill = billing.and_then(|billing| billing.bills.first().copied());
        if bill.is_some_and(|bill| bill.collected.0 > bill.given_back.0) {
            twins.time += 1_000;
            let correct = Action::CorrectCharge {
                imvu,
                period,
                payer: creator.identity,
                amount: Micros(1),
            };
            let tx = twins.sign(&self.officers[0].clone(), &self.officers[1..3], correct);
            twins.applied(vec![tx]);
            self.seen.corrections += 1;
        }
    }

    /// What is held back is told, and the last period's statements are made.
    pub(crate) fn close(&mut self, twins: &mut Twins) {
        while self.gauges.iter().any(Gauge::owes) {
            twins.time += 60_000;
            let Self {
                gauges, rng, seen, ..
            } = self;
            let mut txs = Vec::new();
            for gauge in gauges.iter_mut() {
                txs.extend(
                    gauge
                        .tell(twins, rng, &mut seen.told)
                        .into_iter()
                        .map(|(tx, _)| tx),
                );
            }
            twins.block(txs);
        }
        // Two periods' ends, each with its late window, and blocks for a hundred statements each.
        let end = START + 2 * PERIOD_HOURS * HOUR;
        twins.time = twins.time.max(end + 13 * HOUR);
        for _ in 0..self.creators.len() / 100 + 4 {
            twins.time += 1_000;
            twins.block(Vec::new());
        }
    }
}

/// Prices by three of the seats' operators.
pub(crate) fn publish(twins: &mut Twins, prices: Prices, from: Period) -> Bytes {
    let seats: Vec<Signer> = twins.keys.operators[..3]
        .iter()
        .map(Twins::signer)
        .collect();
    let publish = Action::PublishPrices { from, prices };
    twins.sign(&seats[0], &seats[1..], publish)
}

fn kinds(txs: &[Bytes]) -> Vec<String> {
    let kind = |tx: &Bytes| decode::<Tx>(tx).map(|tx| tx.body.action.kind().to_string());
    txs.iter().map(|tx| kind(tx).unwrap_or_default()).collect()
}
