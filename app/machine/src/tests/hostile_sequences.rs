//! The hostile invariant: no sequence of what others sign takes anything from a creator that did not sign.
//!
//! Officers (all five), minorities of the seats, a host's operator and its four agents, an attester, a payment processor, one
//! guardian of three, a stranger and the creator of another IMVU do whatever they like, alone and together, with approvals that
//! are used, revoked, expired or somebody else's; days pass between. After each block everything that is Alice's must be as she
//! left it, and every collection must be its own continuation.
//!
//! Exceptions, each of them the law's own (law §4, §9), and none of them in what is compared:
//! - *Standing consents*: Alice consented to the debt ladder, and her debt may bring her compute to rest; what is hers stays.
//! - *Containment* and *legal restrictions* leave quota, routes and records alone. Neither can happen here: fewer operators sign
//!   than they need.
//! - *Time*: snapshots expire, a name that was given back is free again, used approvals are forgotten, proposals end.
//! - *More*: officers raise a quota alone.
//! - *Money*: what she owes is paid from what she has, and the processor may take back what it told.
//!
//! `NEXUS_HOSTILE_CASES` says how many sequences of eighty transactions are played (48 by default).

mod attempts;

use super::guardians::{friends, veto};
use super::hosting::*;
use super::invariants::full;
use super::market::cashier;
use super::team;
use super::world::*;
use attempts::{attempt, templates};
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change};
use nexus_types::domain::DelegationRecord;
use nexus_types::encoding::encode;
use nexus_types::host::AgentKind;
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::mail::{Address, DkimKey};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::route::{PathPolicy, RouteChange};
use nexus_types::snapshot::{Snapshot, SnapshotStatus};
use nexus_types::state::{Collection, Domain, Imvu};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{ActionKind, Hash, List, Name, Time, decode};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const ID: &str = "IMVU-042";
const STEPS: usize = 80;

/// What somebody does next.
#[derive(Clone, Debug)]
enum Step {
    Act {
        kind: ActionKind,
        /// Who signs first: as the action asks for, or one of the attackers.
        first: Option<usize>,
        /// Who signs with them: a bit each.
        others: u32,
        /// What the action says.
        dice: u32,
        /// Which of the approvals come with it: a bit each.
        approvals: u8,
    },
    /// The chain goes on for so many hours.
    Wait(u64),
}

/// What the platform may do with her word alone: tried more often than the rest.
const CHANGES: [ActionKind; 5] = [
    ActionKind::ChangeQuota,
    ActionKind::ChangeRoute,
    ActionKind::ChangePathPolicy,
    ActionKind::ChangeMailRoute,
    ActionKind::SignApproval,
];

fn step() -> impl Strategy<Value = Step> {
    let act = (
        prop_oneof![3 => select(ActionKind::ALL.to_vec()), 1 => select(CHANGES.to_vec())],
        proptest::option::weighted(0.4, 0..16_usize),
        prop_oneof![1 => Just(0_u32), 4 => any::<u32>()],
        // All officers, nobody, or whoever.
        prop_oneof![3 => Just(0b1_1111_u32), 1 => Just(0_u32), 3 => any::<u32>()],
        prop_oneof![1 => Just(0_u8), 1 => any::<u8>()],
    );
    prop_oneof![
        9 => act.prop_map(|(kind, first, others, dice, approvals)| Step::Act {
            kind,
            first,
            others,
            dice,
            approvals,
        }),
        1 => prop_oneof![5 => 1..50_u64, 1 => 100..900_u64].prop_map(Step::Wait),
    ]
}

/// The world before the attack, and what the attackers have of Alice's.
struct Stage {
    world: World,
    attackers: Vec<Person>,
    /// Used, revoked, expired, by another.
    approvals: Vec<Approval>,
}

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(|| {
        let mut world = full();
        let (alice, bob) = (world.alice.clone(), world.bob.clone());
        // Nobody acts for her any longer, and nothing of her guardians' waits.
        world.must(&alice, team::member(&bob, None));
        let none = veto(&world);
        world.must(&alice, none);
        let spare = Person::new(40);
        world.register(&spare);
        let approvals = approvals(&mut world);
        let host_operator = world.operator_of("host-1");
        let mut attackers = world.officers.clone();
        attackers.extend([bob, spare, world.attester.clone(), cashier(), host_operator]);
        // With the host's operator two seats of four, where three are two thirds.
        attackers.push(world.operators[0].clone());
        attackers.extend(AgentKind::ALL.map(|kind| agent_of("host-1", kind)));
        attackers.push(friends()[0].clone());
        Stage {
            world,
            attackers,
            approvals,
        }
    })
}

fn approvals(world: &mut World) -> Vec<Approval> {
    let (alice, bob, officers) = (
        world.alice.clone(),
        world.bob.clone(),
        world.officers[..3].to_vec(),
    );
    let cut = |field, value| {
        let mut change = QuotaChange::EMPTY;
        change.set(field, value);
        change
    };
    let used = world.approve(&alice, ID, Change::Quota(cut(QuotaField::Pids, 400)));
    let change = Action::ChangeQuota {
        imvu: imvu(ID),
        change: cut(QuotaField::Pids, 400),
    };
    let applied = world.submit_with(&officers, change, vec![used.clone()]);
    assert_eq!(applied.code.number(), 0, "{}", applied.log);
    let long = |world: &World, by: &Person, change| {
        let mut body = world.approve(by, ID, change).body;
        body.expires = body.not_before.plus_ms(30 * DAY);
        world.resign(by, body)
    };
    let remove = RouteChange::Remove("10.0.0.0/8".parse().unwrap());
    let revoked = long(world, &alice, Change::Route(remove));
    let revoke = Action::RevokeApproval {
        imvu: imvu(ID),
        approval: revoked.body.id(),
    };
    world.must(&alice, revoke);
    let mut body = world
        .approve(&alice, ID, Change::PathPolicy(PathPolicy::default()))
        .body;
    body.expires = world.now.time;
    let expired = world.resign(&alice, body);
    let foreign = long(world, &bob, Change::Quota(cut(QuotaField::CpuMillis, 500)));
    let now = world.now.time.0;
    world.pass(now + HOUR);
    vec![used, revoked, expired, foreign]
}

/// What is Alice's.
#[derive(PartialEq, Eq, Debug)]
struct Hers {
    /// Byte by byte.
    exact: BTreeMap<StateKey, Vec<u8>>,
    /// Nothing of it may fall.
    quota: Quota,
    /// Snapshots, with their digests.
    snapshots: BTreeMap<u64, Hash>,
}

fn hers(world: &World) -> Hers {
    let record: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    let mut exact = BTreeMap::new();
    let names = names(world);
    for kind in KeyKind::ALL {
        let (from, to) = state_key::range_of(kind);
        for (key, value) in world.memory.state.range(from..to) {
            if is_hers(world, &names, kind, key, value) {
                exact.insert(key.clone(), value.clone());
            }
        }
    }
    // Of the IMVU itself, whose it is and where its data may be.
    exact.insert(
        state_key::imvu(&imvu(ID)),
        encode(&(
            record.owner,
            &record.jurisdiction,
            &record.description,
            record.created,
        )),
    );
    // Of her exit, how far she brought it and what she left: a host may pack meanwhile.
    let exit = world.exit();
    let steps = (exit.exported, exit.released, exit.closed, exit.cancelled);
    let left = (
        exit.baseline,
        exit.set_at,
        exit.changes,
        exit.last_deviation,
    );
    let began = (exit.number, exit.announced, exit.overdue, exit.obstruction);
    exact.insert(state_key::exit(&imvu(ID)), encode(&(began, steps, left)));
    let taken = (1..).map_while(|number| {
        let key = state_key::snapshot(&imvu(ID), number);
        world.memory.read::<Snapshot>(&key)
    });
    let digests = taken.filter_map(|snapshot| match snapshot.status {
        SnapshotStatus::Taken(taken)
        | SnapshotStatus::Expired(taken)
        | SnapshotStatus::Dropped(taken) => Some((snapshot.number, taken.digest)),
        SnapshotStatus::Requested | SnapshotStatus::Lost(_) => None,
    });
    Hers {
        exact,
        quota: record.quota,
        snapshots: digests.collect(),
    }
}

/// Names bound to her IMVU.
fn names(world: &World) -> BTreeSet<Name> {
    let (from, to) = state_key::range_of(KeyKind::Domain);
    let all = world.memory.state.range(from..to);
    all.map(|(_, value)| decode::<Domain>(value).unwrap())
        .filter(|domain| domain.imvu == Some(imvu(ID)))
        .map(|domain| domain.name)
        .collect()
}

/// Whether an object is hers to change alone. A new kind of object is one or the other: say which.
fn is_hers(
    world: &World,
    names: &BTreeSet<Name>,
    kind: KeyKind,
    key: &StateKey,
    value: &[u8],
) -> bool {
    let (id, alice) = (imvu(ID), world.alice.id);
    let between = |(from, to): (StateKey, StateKey)| from <= *key && *key < to;
    match kind {
        KeyKind::Identity => *key == state_key::identity(&alice),
        KeyKind::Guardianship => *key == state_key::guardianship(&alice),
        KeyKind::PathPolicy => *key == state_key::path_policy(&id),
        KeyKind::Route => between(state_key::routes_of(&id)),
        KeyKind::Domain => decode::<Domain>(value).unwrap().imvu == Some(id),
        KeyKind::Zone => names.iter().any(|name| *key == state_key::zone(name)),
        KeyKind::ZoneIndex => names.iter().any(|name| *key == state_key::zone_index(name)),
        KeyKind::RRset => names.iter().any(|name| {
            let apex = encode(name);
            key.as_bytes()[1..].starts_with(&apex)
        }),
        KeyKind::Link => *key == state_key::link(&id, &super::market::processor("pay")),
        KeyKind::StandingConsents => *key == state_key::standing_consents(&id),
        KeyKind::Team => *key == state_key::team(&id),
        KeyKind::Consents => between(state_key::consents_of(&id)),
        KeyKind::MailAddress => decode::<Address>(value).unwrap().imvu == id,
        KeyKind::MailRoute => names.iter().any(|name| *key == state_key::mail_route(name)),
        KeyKind::DkimKey => decode::<DkimKey>(value).unwrap().imvu == id,
        KeyKind::ImvuNames => *key == state_key::imvu_names(&id),
        KeyKind::Delegation => decode::<DelegationRecord>(value).unwrap().imvu == Some(id),
        KeyKind::TransferKey => names
            .iter()
            .any(|name| *key == state_key::transfer_key(name)),
        // Compared apart: fields that rise, digests that stay, logs that grow.
        KeyKind::Imvu
        | KeyKind::Snapshot
        | KeyKind::Snapshots
        | KeyKind::Collection
        | KeyKind::Exit => false,
        // The chain's own, and what others register.
        KeyKind::Chain
        | KeyKind::Clock
        | KeyKind::Officers
        | KeyKind::Attesters
        | KeyKind::Jurisdictions
        | KeyKind::Apexes
        | KeyKind::Seat
        | KeyKind::Preapproved
        | KeyKind::Host
        | KeyKind::Agent
        | KeyKind::Meter
        | KeyKind::MeterKey
        | KeyKind::Slot
        | KeyKind::Prices
        | KeyKind::PriceBook
        | KeyKind::TaxRates
        | KeyKind::Periods
        | KeyKind::Processor
        | KeyKind::Governance
        | KeyKind::Registers
        | KeyKind::Observers
        | KeyKind::UpgradePlan
        | KeyKind::DeniedName
        | KeyKind::SeatChanges
        | KeyKind::FormerKeys => false,
        // Counters and timers, which follow what is compared.
        KeyKind::Nonce
        | KeyKind::Spent
        | KeyKind::UnattestedSpent
        | KeyKind::NameCount
        | KeyKind::NameCountOf
        | KeyKind::Timed
        | KeyKind::Due => false,
        // What officers propose, and what she answered: it ends with time.
        KeyKind::Proposal | KeyKind::Approval => false,
        // Where it runs: the debt ladder she consented to lets compute rest, and agents acknowledge.
        KeyKind::Placement | KeyKind::Assignment | KeyKind::Metering | KeyKind::Stay => false,
        // Money moves by what was used, sold, given back and paid; the payer of a mandate may end it.
        KeyKind::Account
        | KeyKind::Payment
        | KeyKind::Dispute
        | KeyKind::Payout
        | KeyKind::Bucket
        | KeyKind::Mandates
        | KeyKind::Debtor
        | KeyKind::Enforcement
        | KeyKind::Billing => false,
        // What she has is put on record at the end of each period.
        KeyKind::PeriodRoots => false,
        // What observers say, and rounds that go on with time; a claim reserves nothing, and a grant ends. The names are compared.
        KeyKind::ExternalClaim | KeyKind::ExternalName | KeyKind::ChildGrant => false,
        // Who kept copies says that they are gone.
        KeyKind::Erasure => false,
        // Made of addresses, routes and keys, which are compared; agents count epochs; a credential is its holder's.
        KeyKind::MailBook | KeyKind::MailIndex | KeyKind::MailCredential | KeyKind::MailCursor => {
            false
        }
    }
}

fn compare(before: &Hers, after: &Hers) -> Result<(), String> {
    if before.exact != after.exact {
        let differs = before
            .exact
            .iter()
            .find(|(key, value)| after.exact.get(key) != Some(value))
            .or_else(|| {
                after
                    .exact
                    .iter()
                    .find(|(key, _)| !before.exact.contains_key(key))
            });
        return Err(format!("of what is hers, this is another: {differs:?}"));
    }
    let fell = QuotaField::ALL
        .into_iter()
        .find(|field| after.quota.get(*field) < before.quota.get(*field));
    if let Some(field) = fell {
        return Err(format!("her {field:?} fell"));
    }
    let kept = before
        .snapshots
        .iter()
        .all(|(number, digest)| after.snapshots.get(number) == Some(digest));
    if kept {
        Ok(())
    } else {
        Err("a digest of hers is another".to_owned())
    }
}

/// Every collection, as its entries make it.
struct Logs(BTreeMap<LogId, Frontier>);

impl Logs {
    fn of(memory: &Memory) -> Self {
        let mut logs = Self(BTreeMap::new());
        for (log, records) in &memory.logs {
            for record in records {
                logs.append(log, record);
            }
        }
        logs
    }

    fn append(&mut self, log: &LogId, record: &[u8]) {
        let frontier = self.0.entry(log.clone()).or_default();
        frontier.append(leaf_hash(record)).unwrap();
    }

    /// Sizes and roots in the state are those of all entries there ever were: nothing was deleted or written again.
    fn check(&self, memory: &Memory) -> Result<(), String> {
        let kinds = CollectionKind::ALL.into_iter();
        let owners = [None, Some(imvu(ID)), Some(imvu("IMVU-B"))];
        for (kind, owner) in kinds.flat_map(|kind| owners.clone().map(|owner| (kind, owner))) {
            let known: Option<Collection> =
                memory.read(&state_key::collection(kind, owner.as_ref()));
            let log = LogId::Collection(kind, owner);
            let own = self.0.get(&log).cloned().unwrap_or_default().head();
            let same = match &known {
                None => own.size == 0,
                Some(known) => known.size == own.size && known.root.0 == own.root,
            };
            if !same {
                return Err(format!("{log:?} is no continuation of itself: {known:?}"));
            }
        }
        Ok(())
    }
}

/// By kind: how many were applied, denied, and not even admitted.
type Counts = BTreeMap<ActionKind, [u64; 3]>;

fn play(steps: &[Step], counts: &RefCell<Counts>) -> Result<(), String> {
    let stage = stage();
    let mut world = stage.world.clone();
    let mut logs = Logs::of(&world.memory);
    let before = hers(&world);
    for step in steps {
        let mut txs = Vec::new();
        let mut kind = None;
        match step {
            Step::Wait(hours) => {
                let span = hours * HOUR;
                world.skip(span);
                world.now.time = Time(world.now.time.0 + span);
            }
            Step::Act {
                kind: wanted,
                first,
                others,
                dice,
                approvals,
            } => {
                let signers = signers(&world, *wanted, *first, *others);
                let chosen = stage.approvals.iter().enumerate();
                let chosen = chosen.filter(|(bit, _)| approvals >> bit & 1 == 1);
                let chosen: Vec<Approval> = chosen.map(|(_, one)| one.clone()).collect();
                let action = attempts::approved(*wanted, &chosen)
                    .unwrap_or_else(|| attempt(*wanted, *dice, &world, &signers));
                let mut body = world.body(&signers[0], action);
                body.approvals = List::new(chosen).unwrap();
                txs.push(encode(&world.seal(&signers[0], &signers[1..], body)));
                kind = Some(*wanted);
            }
        }
        let executed = world
            .try_block(&txs)
            .map_err(|what| format!("after {step:?}: {what}"))?;
        world.now.time = world.now.time.plus_ms(1_000);
        for (log, record) in &executed.appends {
            logs.append(log, record);
        }
        if let Some(kind) = kind {
            let fate = match executed.txs[0].code.number() {
                0 => 0,
                2_000.. => 1,
                _ => 2,
            };
            counts.borrow_mut().entry(kind).or_default()[fate] += 1;
        }
        compare(&before, &hers(&world))
            .and_then(|()| logs.check(&world.memory))
            .map_err(|what| format!("after {step:?}: {what}"))?;
    }
    Ok(())
}

/// Who the action asks for, or one of the attackers; and others with them.
fn signers(world: &World, kind: ActionKind, first: Option<usize>, others: u32) -> Vec<Person> {
    let all = &stage().attackers;
    // A key that is another, or an end, would leave the others with one attacker less.
    if matches!(kind, ActionKind::RotateKey | ActionKind::RevokeIdentity) {
        return vec![Person::new(40)];
    }
    let first = match first {
        Some(number) => all[number % all.len()].clone(),
        None => attempts::asked(kind, world),
    };
    let with = all
        .iter()
        .enumerate()
        .filter(|(bit, _)| others >> bit & 1 == 1);
    let mut signers = vec![first.clone()];
    let with = with
        .map(|(_, one)| one.clone())
        .filter(|one| one.id != first.id);
    signers.extend(with.take(16));
    signers
}

#[test]
fn no_sequence_without_the_creators_signature_takes_anything_from_it() {
    let cases = std::env::var("NEXUS_HOSTILE_CASES").map_or(48, |text| {
        text.parse().expect("NEXUS_HOSTILE_CASES is a number")
    });
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    assert_eq!(templates().len(), ActionKind::ALL.len());
    let counts = RefCell::new(Counts::new());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let sequence = proptest::collection::vec(step(), STEPS);
    let outcome = runner.run(&sequence, |steps| {
        play(&steps, &counts).map_err(TestCaseError::fail)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let counts = counts.into_inner();
    let [applied, denied, inadmissible] =
        [0, 1, 2].map(|fate| counts.values().map(|each| each[fate]).sum::<u64>());
    println!("{applied} applied, {denied} denied, {inadmissible} inadmissible: {counts:?}");
    let untried = ActionKind::ALL
        .into_iter()
        .find(|kind| !counts.contains_key(kind));
    assert_eq!(untried, None, "never tried");
    // Attackers that may do nothing at all, or are not even heard, would find nothing.
    assert!(applied * 20 > denied, "{applied} applied, {denied} denied");
    assert!(
        denied > inadmissible,
        "{denied} denied, {inadmissible} inadmissible"
    );
}
