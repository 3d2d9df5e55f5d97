//! Where IMVUs run: the choice of a host, the way on and off it, and what its operator can't do to them.

use super::hosting::*;
use super::world::*;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::block::Event;
use nexus_types::encoding::{Set, encode};
use nexus_types::host::{
    AckOutcome, AgentKind, Capabilities, EnforcementGrade, Host, HostChange, HostStatus, Isolation,
    Item, Phase, Placement, Spec, subnet,
};
use nexus_types::limits::{SLOTS_PER_HOST, UIDS_PER_IMVU};
use nexus_types::log::{CollectionKind, LogId};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::record::Notice;
use nexus_types::report::{Drift, DriftEntry, DriftKind};
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::{Gate, Hash, HostId, List, Reason, Text, decode, state_key};
use std::collections::BTreeSet;

fn activate(id: &str, on: Option<HostId>) -> Action {
    Action::ActivateImvu {
        imvu: imvu(id),
        host: on,
    }
}

/// Submits as Alice: the code, and the refusing gates with their reasons.
fn as_alice(world: &mut World, action: Action) -> (u32, Vec<(Gate, Reason)>) {
    let alice = world.alice.clone();
    let outcome = world.submit(&[alice], action);
    let verdict = outcome.verdict.unwrap();
    (outcome.code.number(), verdict.refusals().collect())
}

fn placement(world: &World, id: &str) -> Option<Placement> {
    world.memory.read(&state_key::placement(&imvu(id)))
}

fn status(world: &World, id: &str) -> ImvuStatus {
    let record: Imvu = world.memory.read(&state_key::imvu(&imvu(id))).unwrap();
    record.status
}

fn change_host(world: &mut World, id: &str, change: HostChange) -> (u32, Vec<(Gate, Reason)>) {
    let operator = world.operator_of(id);
    let action = Action::ChangeHost {
        host: host(id),
        change,
    };
    let outcome = world.submit(&[operator], action);
    let verdict = outcome.verdict.unwrap();
    (outcome.code.number(), verdict.refusals().collect())
}

#[test]
fn an_imvu_becomes_active_once_every_agent_has_made_it_so() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    assert_eq!(as_alice(&mut world, activate("IMVU-042", None)).0, 0);
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Starting);
    let network = world.acknowledge(
        "host-1",
        AgentKind::Network,
        "IMVU-042",
        AckOutcome::Applied,
    );
    assert_eq!(network.code.number(), 0);
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Starting);
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Active);
    let placed = placement(&world, "IMVU-042").unwrap();
    assert_eq!(
        (placed.phase, placed.slot, placed.generation),
        (Phase::Running, 0, 1)
    );
    assert_eq!(world.host("host-1").guaranteed, QUOTA);
}

#[test]
fn an_acknowledgement_counts_only_for_what_was_committed() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    as_alice(&mut world, activate("IMVU-042", None));
    let mut wrong = world.ack(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    wrong.observed = Hash([1; 32]);
    let mut old = world.ack(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    old.generation = 0;
    let mut foreign = wrong.clone();
    foreign.item = Item::Imvu(imvu("IMVU-B"));
    let failed = world.ack(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::NoResources,
    );
    world.acknowledge(
        "host-1",
        AgentKind::Network,
        "IMVU-042",
        AckOutcome::Applied,
    );
    for ack in [wrong, old, foreign, failed] {
        let mut report = world.next_report("host-1", AgentKind::Compute);
        report.acks = List::new(vec![ack]).unwrap();
        let outcome = world.submit(
            &[agent_of("host-1", AgentKind::Compute)],
            Action::Report(report),
        );
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
        assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Starting);
    }
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Active);
}

#[test]
fn each_gate_says_what_the_named_host_lacks() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let unknown = as_alice(&mut world, activate("IMVU-042", Some(host("host-7"))));
    assert_eq!(unknown.0, 2002);
    assert_eq!(unknown.1[0], (Gate::ImvuIsolation, Reason::HostUnknown));
    type Spoil = fn(&mut Host);
    let cases: [(&str, Spoil, u32, (Gate, Reason)); 7] = [
        (
            "closed",
            |host| host.status = HostStatus::Closed,
            2002,
            (Gate::ImvuIsolation, Reason::HostNotOpen),
        ),
        (
            "enforcement none",
            |host| host.capabilities.enforcement = EnforcementGrade::None,
            2002,
            (Gate::ImvuIsolation, Reason::HostNotIsolating),
        ),
        (
            "without an agent",
            |host| host.agents[0] = None,
            2002,
            (Gate::ImvuIsolation, Reason::NoAgent),
        ),
        (
            "not attested",
            |host| host.attested = None,
            2002,
            (Gate::ImvuIsolation, Reason::HostNotAttested),
        ),
        (
            "unmetered",
            |host| {
                let kept = host.meters.as_slice().iter().skip(1).cloned().collect();
                host.meters = Set::new(kept).unwrap();
            },
            2006,
            (Gate::RevenueMetering, Reason::NoMeter),
        ),
        (
            "too small",
            |host| host.capacity.mail_bytes = 1,
            2007,
            (Gate::ResourceQuota, Reason::NoCapacity),
        ),
        (
            "elsewhere",
            |host| host.jurisdiction = tag("US-CCPA"),
            2009,
            (Gate::Jurisdiction, Reason::NoHostInJurisdiction),
        ),
    ];
    for (name, break_it, code, refusal) in cases {
        let mut world = world.clone();
        let mut record = world.host("host-1");
        break_it(&mut record);
        let bytes = encode(&record);
        world
            .memory
            .state
            .insert(state_key::host(&record.id), bytes);
        let alice = world.alice.clone();
        let body = world.body(&alice, activate("IMVU-042", Some(host("host-1"))));
        let tx = world.seal(&alice, &[], body);
        // The state was broken by hand: only what the law says of it counts.
        let executed = world.execute(&[encode(&tx)]);
        let outcome = &executed.txs[0];
        assert_eq!(outcome.code.number(), code, "{name}");
        let refused: Vec<_> = outcome.verdict.as_ref().unwrap().refusals().collect();
        assert_eq!(refused, [refusal], "{name}");
    }
}

#[test]
fn without_any_host_every_gate_that_looks_at_one_refuses() {
    let mut world = World::new();
    let refused = as_alice(&mut world, activate("IMVU-042", None));
    let expected = [
        (Gate::ImvuIsolation, Reason::NoHost),
        (Gate::RevenueMetering, Reason::NoMeter),
        (Gate::ResourceQuota, Reason::NoCapacity),
        (Gate::Jurisdiction, Reason::NoHostInJurisdiction),
    ];
    assert_eq!(refused, (2002, expected.to_vec()));
}

#[test]
fn the_law_chooses_the_fitting_host_with_the_fewest_imvus() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "US-CCPA");
    world.add_host("host-3", "EU-GDPR");
    let bob = world.bob.clone();
    world.must(&bob, activate("IMVU-B", None));
    assert_eq!(placement(&world, "IMVU-B").unwrap().host, host("host-1"));
    as_alice(&mut world, activate("IMVU-042", None));
    assert_eq!(placement(&world, "IMVU-042").unwrap().host, host("host-3"));
}

#[test]
fn two_transactions_of_one_block_cannot_fill_a_host_twice() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let room = HostChange::Capacity(Quota {
        cpu_millis: 5_000,
        ..CAPACITY
    });
    assert_eq!(change_host(&mut world, "host-1", room).0, 0);
    let txs: Vec<Vec<u8>> = [
        (world.alice.clone(), "IMVU-042"),
        (world.bob.clone(), "IMVU-B"),
    ]
    .iter()
    .map(|(person, id)| {
        let body = world.body(person, activate(id, Some(host("host-1"))));
        encode(&world.seal(person, &[], body))
    })
    .collect();
    let outcomes = world.block(&txs);
    let codes: Vec<u32> = outcomes
        .iter()
        .map(|outcome| outcome.code.number())
        .collect();
    assert_eq!(codes, [0, 2007]);
}

#[test]
fn what_runs_is_stopped_by_its_hosts_word_and_moves_only_after_it() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "EU-GDPR");
    world.run("host-1");
    world.snapshot("host-1");
    let change = Action::MoveImvu {
        imvu: imvu("IMVU-042"),
        host: None,
        accept_loss: false,
    };
    assert_eq!(as_alice(&mut world, change).0, 0);
    // Never two live copies: the next host guarantees room, and is told nothing.
    assert_eq!(world.host("host-2").guaranteed, QUOTA);
    assert_eq!(world.host("host-2").placements, 0);
    let told = world.assignment("host-1", AgentKind::Compute, "IMVU-042");
    assert_eq!(told.spec, Spec::Absent);
    // Another word than `stopped` moves nothing.
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    assert_eq!(placement(&world, "IMVU-042").unwrap().host, host("host-1"));
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Stopped,
    );
    let moved = placement(&world, "IMVU-042").unwrap();
    assert_eq!((moved.host, moved.generation), (host("host-2"), 2));
    assert_eq!(world.host("host-1").guaranteed, Quota::default());
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Starting);
}

#[test]
fn its_creator_can_leave_a_lost_host_without_its_word() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_host("host-2", "EU-GDPR");
    world.run("host-1");
    assert_eq!(
        change_host(&mut world, "host-1", HostChange::Status(HostStatus::Lost)).0,
        0
    );
    // The operator's word reaches the creator in the next block.
    world.block(&[]);
    let notices = LogId::Collection(CollectionKind::Notices, Some(imvu("IMVU-042")));
    let last = world.memory.logs[&notices].last().unwrap();
    let notice: Notice = decode(last).unwrap();
    assert_eq!(notice.action, nexus_types::ActionKind::ChangeHost);
    let change = Action::MoveImvu {
        imvu: imvu("IMVU-042"),
        host: Some(host("host-2")),
        accept_loss: true,
    };
    assert_eq!(as_alice(&mut world, change).0, 0);
    assert_eq!(placement(&world, "IMVU-042").unwrap().host, host("host-2"));
    // What the lost host's agent says of it later counts for nothing.
    let late = world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Stopped,
    );
    assert_eq!(late.code.number(), 0);
    assert_eq!(placement(&world, "IMVU-042").unwrap().host, host("host-2"));
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-042"),
        accept_loss: true,
    };
    assert_eq!(as_alice(&mut world, stop).0, 0);
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Draft);
    assert_eq!(world.host("host-2").guaranteed, Quota::default());
}

#[test]
fn a_wish_to_move_can_be_changed_until_it_is_done() {
    let mut world = World::new();
    for id in ["host-1", "host-2", "host-3"] {
        world.add_host(id, "EU-GDPR");
    }
    world.run("host-1");
    world.snapshot("host-1");
    let to = |id: &str| Action::MoveImvu {
        imvu: imvu("IMVU-042"),
        host: Some(host(id)),
        accept_loss: false,
    };
    assert_eq!(as_alice(&mut world, to("host-2")).0, 0);
    assert_eq!(as_alice(&mut world, to("host-2")).0, 2105);
    assert_eq!(as_alice(&mut world, to("host-3")).0, 0);
    assert_eq!(world.host("host-2").guaranteed, Quota::default());
    assert_eq!(world.host("host-3").guaranteed, QUOTA);
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-042"),
        accept_loss: false,
    };
    assert_eq!(as_alice(&mut world, stop).0, 0);
    assert_eq!(world.host("host-3").guaranteed, Quota::default());
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Stopped,
    );
    assert_eq!(status(&world, "IMVU-042"), ImvuStatus::Draft);
    assert_eq!(placement(&world, "IMVU-042"), None);
}

#[test]
fn a_hosts_operator_takes_nothing_from_who_runs_there() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let less = Quota {
        cpu_millis: QUOTA.cpu_millis - 1,
        ..CAPACITY
    };
    let refused = change_host(&mut world, "host-1", HostChange::Capacity(less));
    assert_eq!(
        refused,
        (
            2007,
            vec![
                (Gate::ResourceQuota, Reason::NoCapacity),
                (Gate::NoSilentThrottling, Reason::HostInUse)
            ]
        )
    );
    let weaker = Capabilities {
        enforcement: EnforcementGrade::Detection,
        ..capabilities()
    };
    let refused = change_host(
        &mut world,
        "host-1",
        HostChange::Capabilities(weaker.clone()),
    );
    assert_eq!(refused.0, 2002);
    let leaky = Capabilities {
        isolation: Set::new(Isolation::ALL[1..].to_vec()).unwrap(),
        ..capabilities()
    };
    assert_eq!(
        change_host(&mut world, "host-1", HostChange::Capabilities(leaky)).0,
        2002
    );
    let moved = change_host(
        &mut world,
        "host-1",
        HostChange::Jurisdiction(tag("US-CCPA")),
    );
    assert_eq!(
        moved,
        (
            2009,
            vec![
                (Gate::Jurisdiction, Reason::HostInUse),
                (Gate::NoSilentRedirection, Reason::HostInUse)
            ]
        )
    );
    let meter = Action::RegisterMeter {
        meter: meter("meter-new"),
        host: host("host-1"),
        kind: AgentKind::Compute,
        scope: nexus_types::meter::MeterScope::Host,
        keys: Set::new(vec![Person::new(90).public()]).unwrap(),
        threshold: 1,
        test: false,
        replaces: None,
    };
    let operator = world.operator_of("host-1");
    let outcome = world.submit(&[operator], meter);
    assert_eq!(outcome.code.number(), 2006);
    // With nobody there, all of it is the operator's own business.
    let stop = Action::StopImvu {
        imvu: imvu("IMVU-042"),
        accept_loss: true,
    };
    as_alice(&mut world, stop);
    assert_eq!(
        change_host(&mut world, "host-1", HostChange::Capabilities(weaker)).0,
        0
    );
    let alice_again = as_alice(&mut world, activate("IMVU-042", None));
    assert_eq!(
        alice_again.1,
        [(Gate::ImvuIsolation, Reason::NoHost)],
        "other capabilities must be attested first"
    );
}

#[test]
fn a_raise_needs_room_on_the_host_and_a_cut_frees_it_once_the_kernel_has_it() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let quota = |cpu: u64| {
        let mut change = QuotaChange::EMPTY;
        change.set(QuotaField::CpuMillis, cpu);
        Action::ChangeQuota {
            imvu: imvu("IMVU-042"),
            change,
        }
    };
    let refused = as_alice(&mut world, quota(CAPACITY.cpu_millis + 1));
    assert_eq!(
        refused,
        (2007, vec![(Gate::ResourceQuota, Reason::NoCapacity)])
    );
    assert_eq!(as_alice(&mut world, quota(8_000)).0, 0);
    assert_eq!(world.host("host-1").guaranteed.cpu_millis, 8_000);
    assert_eq!(as_alice(&mut world, quota(1_000)).0, 0);
    assert_eq!(world.host("host-1").guaranteed.cpu_millis, 8_000);
    let told = world.assignment("host-1", AgentKind::Compute, "IMVU-042");
    let Spec::Compute(spec) = told.spec else {
        panic!("{told:?}")
    };
    assert_eq!(spec.limits.cpu_millis, 1_000);
    assert_eq!(told.generation, 3);
    world.acknowledge(
        "host-1",
        AgentKind::Compute,
        "IMVU-042",
        AckOutcome::Applied,
    );
    assert_eq!(world.host("host-1").guaranteed.cpu_millis, 1_000);
    // The platform's approved cut goes the same way.
    let mut cut = QuotaChange::EMPTY;
    cut.set(QuotaField::BandwidthBits, 1_000);
    let approval = world.approve(&world.alice.clone(), "IMVU-042", Change::Quota(cut));
    let officers = world.officers[..3].to_vec();
    let change = Action::ChangeQuota {
        imvu: imvu("IMVU-042"),
        change: cut,
    };
    let outcome = world.submit_with(&officers, change, vec![approval]);
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    let told = world.assignment("host-1", AgentKind::Network, "IMVU-042");
    assert!(matches!(told.spec, Spec::Network(spec) if spec.bandwidth_bits == 1_000));
}

#[test]
fn a_drift_is_on_record_and_its_creator_is_told() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let drift = |id: &str| Drift {
        imvu: Some(imvu(id)),
        kind: DriftKind::Filter,
        expected: Hash([1; 32]),
        found: Hash([2; 32]),
        process: Text::new("iptables").unwrap(),
        pid: 4_711,
        detected: world.now.time,
        reverted: Some(world.now.time),
    };
    let mut report = world.next_report("host-1", AgentKind::Network);
    report.drifts = List::new(vec![drift("IMVU-042"), drift("IMVU-B")]).unwrap();
    let outcome = world.submit(
        &[agent_of("host-1", AgentKind::Network)],
        Action::Report(report),
    );
    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    let of = |id: Option<&str>, kind| {
        let log = LogId::Collection(kind, id.map(imvu));
        world.memory.logs.get(&log).map_or(0, Vec::len)
    };
    assert_eq!(of(Some("IMVU-042"), CollectionKind::Drifts), 1);
    // IMVU-B is not placed there: nobody's matter but the chain's.
    assert_eq!(of(Some("IMVU-B"), CollectionKind::Drifts), 0);
    assert_eq!(of(None, CollectionKind::Drifts), 1);
    let told =
        &world.memory.logs[&LogId::Collection(CollectionKind::Drifts, Some(imvu("IMVU-042")))];
    let entry: DriftEntry = decode(&told[0]).unwrap();
    assert_eq!(entry.drift.process.as_str(), "iptables");
    assert_eq!(of(Some("IMVU-042"), CollectionKind::Notices), 1);
}

#[test]
fn a_replaced_agent_speaks_no_more_and_a_repeated_report_is_refused() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    let (old, new) = (agent_of("host-1", AgentKind::Compute), Person::new(96));
    let again = report(1);
    let outcome = world.submit(std::slice::from_ref(&old), Action::Report(again));
    assert_eq!(outcome.code.number(), 2103);
    assert_eq!(
        outcome.verdict.unwrap().reason(),
        Some(Reason::ReportSequence)
    );
    let operator = world.operator_of("host-1");
    let register = Action::RegisterAgent {
        host: host("host-1"),
        kind: AgentKind::Compute,
        key: new.public(),
    };
    world.must(&operator, register);
    let outcome = world.submit(&[old], Action::Report(report(2)));
    assert_eq!(outcome.code.number(), 1032);
    world.must(&new, Action::Report(report(1)));
}

#[test]
fn silence_is_called_once_and_ends_with_a_word() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.run("host-1");
    let mut silent = Vec::new();
    for _ in 0..3 {
        world.now.time = world.now.time.plus_ms(60_000);
    }
    let until = world.now.time.0 + HOUR;
    while world.now.time.0 < until {
        world.now.time = world.now.time.plus_ms(60_000);
        let executed = world.execute(&[]);
        silent.extend(executed.events.iter().filter_map(|event| match event {
            Event::AgentSilent { agent, .. } => Some(format!("agent {agent}")),
            Event::MeterSilent { meter, .. } => Some(format!("meter {meter}")),
            _ => None,
        }));
        world.block(&[]);
    }
    let once: BTreeSet<&String> = silent.iter().collect();
    assert_eq!((silent.len(), once.len()), (8, 8), "{silent:?}");
    let report = world.next_report("host-1", AgentKind::Compute);
    world.must(
        &agent_of("host-1", AgentKind::Compute),
        Action::Report(report),
    );
    let agent = agent_of("host-1", AgentKind::Compute).id;
    let record: nexus_types::host::Agent = world.memory.read(&state_key::agent(&agent)).unwrap();
    assert!(!record.silent);
}

#[test]
fn slots_give_disjoint_users_subnets_and_ports() {
    let mut users = 0;
    let mut subnets = BTreeSet::new();
    let mut ports = BTreeSet::new();
    for slot in 0..SLOTS_PER_HOST {
        let first = nexus_types::host::uid_first(slot);
        assert!(first >= users, "slot {slot}");
        users = first.checked_add(UIDS_PER_IMVU).unwrap();
        assert!(subnets.insert(subnet(slot).unwrap()));
        assert!(ports.insert(nexus_types::host::port(slot).unwrap()));
    }
}

/// One field of a quota, set.
fn memory(bytes: u64) -> Action {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::MemoryBytes, bytes);
    Action::ChangeQuota {
        imvu: imvu(ID),
        change,
    }
}

#[test]
fn what_was_guaranteed_before_is_what_was_last_or_the_highest_of_one_moment() {
    let low = QUOTA.memory_bytes / 2;
    let of = |quota: Quota| quota.memory_bytes;
    for at_once in [false, true] {
        let mut world = running();
        world.must_as_alice(memory(low));
        // Only the kernel's agent limits memory.
        let mut report = world.next_report("host-1", AgentKind::Compute);
        let ack = world.ack("host-1", AgentKind::Compute, ID, AckOutcome::Applied);
        report.acks = List::new(vec![ack]).unwrap();
        let agent = agent_of("host-1", AgentKind::Compute);
        let alice = world.alice.clone();
        let falls = world.seal(&agent, &[], world.body(&agent, Action::Report(report)));
        let rises = world.seal(&alice, &[], world.body(&alice, memory(low + 1)));
        let blocks = if at_once {
            vec![vec![encode(&falls), encode(&rises)]]
        } else {
            vec![vec![encode(&falls)], vec![encode(&rises)]]
        };
        for txs in blocks {
            let outcomes = world.block(&txs);
            assert!(outcomes.iter().all(|one| one.code.number() == 0));
        }
        let it = stay(&world);
        assert_eq!(of(it.ceiling), low + 1);
        let before = if at_once { QUOTA.memory_bytes } else { low };
        assert_eq!(of(it.ceiling_before), before);
    }
}
