//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the clerk's word.

use super::Histogram;
use super::reference::{Book, Clerk, Decider, Granter, HOUR, Op};
use crate::tests::hosting::*;
use crate::tests::market::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::host::AgentKind;
use nexus_types::meter::RecordKind;
use nexus_types::money::{Account, AccountId, Price};
use nexus_types::payment::StandingConsent;
use nexus_types::period::Period;
use nexus_types::{ActionKind, Hash, Micros, Time, state_key};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The market before anything happened: IMVU-042 runs on host-1, answers cost a tenth each, nothing else costs anything.
pub(super) fn base() -> &'static World {
    static BASE: OnceLock<World> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut world = World::new();
        world.add_processor();
        world.add_host("host-1", "EU-GDPR");
        world.run("host-1");
        world.register(&carol());
        let key = state_key::prices(1);
        let mut list: nexus_types::money::PriceList = world.memory.read(&key).unwrap();
        list.prices = only_answers(1);
        world
            .memory
            .state
            .insert(key, nexus_types::encoding::encode(&list));
        world
    })
}

fn only_answers(micros: u64) -> [Price; 7] {
    let mut prices = [price(0, 1); 7];
    prices[3] = price(micros, 10);
    prices
}

fn carol() -> Person {
    Person::new(22)
}

/// Lets the clerk's clock run to when the operation is done.
pub(super) fn advance(clerk: &mut Clerk, op: &Op) {
    match op {
        Op::Wait { hours } => clerk.go_to(clerk.now + hours * HOUR),
        Op::Use { answers } => {
            let begin = clerk.now / HOUR * HOUR;
            // The hour is over, and each meter's report takes a block of a second; the last one seals it.
            clerk.go_to(begin + HOUR);
            for _ in 0..reports(clerk, begin) {
                clerk.go_to(clerk.now + 1_000);
            }
            clerk.used(begin, *answers);
            clerk.reported = begin + HOUR;
        }
        _ => clerk.go_to(clerk.now + 1_000),
    }
}

/// Reports of all meters: each may have a gap to tell first.
fn reports(clerk: &Clerk, begin: i128) -> i128 {
    if clerk.reported < begin { 8 } else { 4 }
}

/// The law at work beside the clerk.
pub(super) struct Acting {
    world: World,
    clerk: Clerk,
    counter: u64,
    disputes: Vec<Hash>,
    payouts: Vec<Hash>,
    steps: usize,
    pub(super) histogram: Histogram,
}

impl Acting {
    pub(super) fn new(clerk: Clerk) -> Self {
        Self {
            world: base().clone(),
            clerk,
            counter: 0,
            disputes: Vec::new(),
            payouts: Vec::new(),
            steps: 0,
            histogram: Histogram::new(),
        }
    }

    fn people(&self) -> [Person; 3] {
        [self.world.alice.clone(), self.world.bob.clone(), carol()]
    }

    fn owner(&self, imvu: usize) -> Person {
        self.people()[imvu].clone()
    }

    /// Does it both ways.
    pub(super) fn act(&mut self, op: &Op) -> Result<(), String> {
        self.steps += 1;
        match op {
            Op::Wait { hours } => {
                let time = self.clerk.now + hours * HOUR;
                self.pass(time);
            }
            Op::Use { answers } => self.use_answers(*answers as u64),
            _ => {}
        }
        let transaction = self.transaction(op);
        advance(&mut self.clerk, op);
        if let Some((signers, action)) = transaction {
            let expected = self.clerk.act(op);
            let (code, id) = self.submit(&signers, action);
            if code == 0 {
                match op {
                    Op::Dispute { .. } => self.disputes.push(id),
                    Op::Payout { .. } => self.payouts.push(id),
                    _ => {}
                }
            }
            if code != expected {
                return Err(format!("{op:?}: the law says {code}, the clerk {expected}"));
            }
        }
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn pass(&mut self, time: i128) {
        let time = time as u64;
        self.world.set_clocks(time);
        self.block(&[]);
        // What was due at one time is done in one block; months are closed one a block.
        self.world.now.time = Time(time);
    }

    /// A block, without checking every invariant after each.
    fn block(&mut self, txs: &[Vec<u8>]) -> Vec<crate::TxOutcome> {
        let executed = self.world.execute(txs);
        self.world.memory.commit(&executed);
        self.world.now.height += 1;
        self.world.now.time = self.world.now.time.plus_ms(1_000);
        executed.txs
    }

    fn submit(&mut self, signers: &[Person], action: Action) -> (u32, Hash) {
        let kind = action.kind();
        let body = self.world.body(&signers[0], action);
        let tx = self.world.seal(&signers[0], &signers[1..], body);
        // The clerk's clock says when.
        self.world.now.time = Time(self.clerk_time());
        let outcome = self.block(&[nexus_types::encoding::encode(&tx)]).remove(0);
        let code = outcome.code.number();
        assert!(outcome.verdict.is_some(), "{kind}: {}", outcome.log);
        let count = self.histogram.entry(kind).or_default();
        count[usize::from(code != 0)] += 1;
        (code, outcome.verdict.unwrap().tx)
    }

    fn clerk_time(&self) -> u64 {
        self.clerk.now as u64
    }

    fn use_answers(&mut self, answers: u64) {
        let begin = self.clerk.now / HOUR * HOUR;
        let end = Time((begin + HOUR) as u64);
        self.pass(begin + HOUR);
        self.world.now.time = end.plus_ms(1_000);
        self.counter += answers;
        for kind in AgentKind::ALL {
            let (meter, _) = meter_of("host-1", kind);
            let known = self.world.meter(&meter);
            let from = if known.sequence == 0 {
                known.since
            } else {
                known.window_end
            };
            if from.0 < begin as u64 && self.clerk.reported < begin {
                let mut gap = self.world.record(&meter, Time(begin as u64), Vec::new());
                gap.kind = RecordKind::Gap;
                self.report(kind, gap);
            }
            let mut counters = vec![0; kind.resources().len()];
            if kind == AgentKind::Dns {
                counters[0] = self.counter;
            }
            let body = self.world.record(&meter, end, vec![line(0, &counters)]);
            self.report(kind, body);
        }
    }

    fn report(&mut self, kind: AgentKind, body: nexus_types::meter::MeterRecordBody) {
        let (_, key) = meter_of("host-1", kind);
        let mut report = self.world.next_report("host-1", kind);
        report.usage = nexus_types::List::new(vec![sign_record(&key, body)]).unwrap();
        let agent = agent_of("host-1", kind);
        let body = self.world.body(&agent, Action::Report(report));
        let tx = self.world.seal(&agent, &[], body);
        let outcome = self.block(&[nexus_types::encoding::encode(&tx)]).remove(0);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        self.histogram.entry(ActionKind::Report).or_default()[0] += 1;
    }

    fn transaction(&self, op: &Op) -> Option<(Vec<Person>, Action)> {
        let [alice, bob, carol] = self.people();
        let pay = processor("pay");
        let name = |id: u32| external(&format!("x-{id}"));
        let micros = |amount: i128| Micros(amount.try_into().unwrap());
        let imvu_of = |at: usize| imvu(["IMVU-042", "IMVU-B"][at]);
        let seats = |count: usize| self.world.operators[..count].to_vec();
        let by_cashier = |yes: bool| vec![if yes { cashier() } else { bob.clone() }];
        let month = |month: i128| Period(month as u64);
        Some(match *op {
            Op::Deposit { id, payer, amount } => {
                let payer = self.people()[payer].id;
                let (processor, external, amount) = (pay, name(id), micros(amount));
                (
                    vec![cashier()],
                    Action::RecordDeposit {
                        processor,
                        external,
                        payer,
                        amount,
                    },
                )
            }
            Op::Sale {
                id,
                imvu,
                gross,
                tax,
                fee,
            } => (
                vec![cashier()],
                Action::RecordSale {
                    processor: pay,
                    external: name(id),
                    imvu: imvu_of(imvu),
                    gross: micros(gross),
                    tax: micros(tax),
                    region: tag("EU-GDPR"),
                    fee: micros(fee),
                },
            ),
            Op::Refund { id, sale, amount } => (
                vec![cashier()],
                Action::RecordRefund {
                    processor: pay,
                    external: name(id),
                    sale: name(sale),
                    amount: micros(amount),
                },
            ),
            Op::Grant { by, sale, amount } => {
                let owner = self.clerk.sales.get(&sale).map_or(0, |sold| sold.imvu);
                let signers = match by {
                    Granter::Creator => vec![self.owner(owner)],
                    Granter::Platform => self.world.officers[..3].to_vec(),
                    Granter::TwoOfficers => self.world.officers[..2].to_vec(),
                };
                let (sale, amount) = (name(sale), micros(amount));
                (
                    signers,
                    Action::GrantRefund {
                        processor: pay,
                        sale,
                        amount,
                    },
                )
            }
            Op::Dispute { sale, amount } => (
                vec![cashier()],
                Action::OpenDispute {
                    processor: pay,
                    sale: name(sale),
                    amount: micros(amount),
                    evidence: Hash([9; 32]),
                },
            ),
            Op::Resolve { dispute, won, by } => {
                let owner = self.clerk.sales[&self.clerk.disputes[dispute].sale()].imvu;
                let signer = match by {
                    Decider::Cashier => cashier(),
                    Decider::Owner => self.owner(owner),
                    Decider::Stranger => carol,
                };
                let dispute = self.disputes[dispute];
                (vec![signer], Action::ResolveDispute { dispute, won })
            }
            Op::Payout { who, amount } => (
                vec![self.people()[who].clone()],
                Action::RequestPayout {
                    processor: pay,
                    amount: micros(amount),
                    destination: Hash([8; 32]),
                },
            ),
            Op::Settle {
                payout,
                settled,
                cashier,
            } => {
                let payout = self.payouts[payout];
                (
                    by_cashier(cashier),
                    Action::SettlePayout { payout, settled },
                )
            }
            Op::Mandate {
                imvu,
                payer,
                cap,
                days,
                owner_signs,
            } => {
                let now = self.clerk.now + 1_000;
                let until = now + days * super::reference::DAY;
                let (owner, payer) = (self.owner(imvu), self.people()[payer].clone());
                let id = payer.id;
                let mut signers = vec![payer];
                if owner_signs && owner.id != id {
                    signers.push(owner);
                }
                (
                    signers,
                    Action::SignMandate {
                        imvu: imvu_of(imvu),
                        payer: id,
                        cap: micros(cap),
                        until: Time(until as u64),
                    },
                )
            }
            Op::Revoke { imvu, by } => (
                vec![self.people()[by].clone()],
                Action::RevokeMandate {
                    imvu: imvu_of(imvu),
                },
            ),
            Op::Correct {
                imvu,
                period,
                payer,
                amount,
                owner_signs,
            } => {
                let mut signers = self.world.officers[..3].to_vec();
                if owner_signs {
                    signers.push(self.owner(imvu));
                }
                let payer = self.people()[payer].id;
                (
                    signers,
                    Action::CorrectCharge {
                        imvu: imvu_of(imvu),
                        period: month(period),
                        payer,
                        amount: micros(amount),
                    },
                )
            }
            Op::Link { imvu, linked } => (
                vec![self.owner(imvu)],
                Action::LinkProcessor {
                    imvu: imvu_of(imvu),
                    processor: pay,
                    linked,
                },
            ),
            Op::Prices {
                period,
                micros,
                seats: count,
            } => (
                seats(count),
                Action::PublishPrices {
                    from: month(period),
                    prices: only_answers(micros as u64),
                },
            ),
            Op::Tax {
                period,
                millionths,
                seats: count,
            } => (
                seats(count),
                Action::SetTaxRate {
                    region: tag("EU-GDPR"),
                    millionths: millionths as u32,
                    from: month(period),
                },
            ),
            Op::Processor { name, seats: count } => {
                let processor = processor(&format!("other-{name}"));
                let mut signers = vec![alice];
                signers.extend(seats(count));
                (signers, Action::RegisterProcessor { processor })
            }
            Op::Reconcile { cashier } => (
                by_cashier(cashier),
                Action::Reconcile {
                    processor: pay,
                    taken_in: Micros(0),
                    paid_out: Micros(0),
                    statement: Hash([7; 32]),
                },
            ),
            Op::Contain { hours, operators } => (
                self.world.operators[1..=operators].to_vec(),
                Action::Contain {
                    imvu: imvu_of(0),
                    evidence: Hash([6; 32]),
                    span_ms: (hours * HOUR) as u64,
                },
            ),
            Op::Consent { given } => (
                vec![alice],
                Action::SetStandingConsent {
                    imvu: imvu_of(0),
                    consent: StandingConsent::DebtLadder,
                    given,
                },
            ),
            Op::Use { .. } | Op::Wait { .. } => return None,
        })
    }

    fn account(&self, id: AccountId) -> i128 {
        let account: Account = self
            .world
            .memory
            .read(&state_key::account(&id))
            .unwrap_or_default();
        let balance = account.credits.0 as i128 - account.debits.0 as i128;
        if id.is_asset() { -balance } else { balance }
    }

    /// Every account is what the clerk says.
    fn compare(&self) -> Result<(), String> {
        let people = self.people().map(|person| person.id);
        let one = |book: Book, id: AccountId| {
            let (law, clerk) = (self.account(id), self.clerk.of(book));
            if law == clerk {
                return Ok(());
            }
            Err(format!(
                "{book:?}: the law has {law} grains, the clerk {clerk}"
            ))
        };
        for (who, id) in people.into_iter().enumerate() {
            one(Book::Prepaid(who), AccountId::Prepaid(id))?;
            one(Book::Returned(who), AccountId::Returned(id))?;
            one(Book::Owed(who), AccountId::Receivable(id))?;
            one(Book::Owed(who), AccountId::Uncollected(id))?;
            one(Book::Maturing(who), AccountId::Maturing(id))?;
            one(Book::Matured(who), AccountId::Matured(id))?;
        }
        one(Book::Held, AccountId::Clearing(processor("pay")))?;
        one(Book::OnTheWay, AccountId::PayoutClearing(processor("pay")))?;
        one(Book::Platform, AccountId::PlatformIncome)?;
        one(Book::Tax, AccountId::Tax(tag("EU-GDPR")))?;
        let escrow: i128 = self
            .disputes
            .iter()
            .map(|id| self.account(AccountId::Escrow(*id)))
            .sum();
        if escrow != self.clerk.of(Book::Escrow) {
            return Err(format!("escrow: the law has {escrow} grains"));
        }
        if self.steps.is_multiple_of(50) {
            crate::invariants::check(&self.world.memory).map_err(|broken| broken.to_string())?;
        }
        Ok(())
    }

    /// Two months later, each statement says what its creator gained.
    pub(super) fn finish(&mut self) -> Result<(), String> {
        let closed = self.clerk.gained.clone();
        for _ in 0..3 {
            let time = self.clerk.now + 31 * super::reference::DAY;
            self.pass(time);
            self.clerk.go_to(time);
            self.block(&[]);
            self.clerk.go_to(time + 1_000);
        }
        let mut statements: BTreeMap<(usize, i128), String> = BTreeMap::new();
        for (at, id) in ["IMVU-042", "IMVU-B"].into_iter().enumerate() {
            for statement in self.world.statements(id) {
                let text = String::from_utf8(statement.text).unwrap();
                statements.insert((at, statement.period.0.into()), text);
            }
        }
        for (key, gained) in closed {
            let gained = self.clerk.gained.get(&key).copied().unwrap_or(gained);
            let text = statements
                .get(&key)
                .ok_or(format!("no statement of {key:?}"))?;
            let (creator, platform) = (11 * gained, 9 * gained);
            let net = format!(r#""netGrains":{{"creator":"{creator}","platform":"{platform}"}}"#);
            if !text.contains(&net) {
                return Err(format!("{key:?}: {net} is not in {text}"));
            }
        }
        crate::invariants::check(&self.world.memory).map_err(|broken| broken.to_string())?;
        Ok(())
    }
}
