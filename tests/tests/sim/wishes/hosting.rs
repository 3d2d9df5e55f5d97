//! What operators ask for their hosts, and creators for where their IMVUs run.

use nexus_genesis::dev::JURISDICTIONS;
use nexus_tests::actions::QUOTA;
use nexus_types::action::{Action, ActionKind};
use nexus_types::host::{
    AgentKind, Capabilities, EnforcementGrade, Host, HostChange, HostStatus, Isolation,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Meter, MeterScope};
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::state::{Imvu, ImvuStatus};
use nexus_types::{HostId, IdentityId, ImvuId, KeyBytes, MeterId, Set, state_key};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::{IteratorRandom, SliceRandom};

use super::{Wish, anybody, holder, reports, some_tag};
use crate::stream::{Now, Stream, some_imvu};
use crate::world::world;

/// Hosts there may come to be.
const HOSTS: usize = 4;
/// So many of them are equipped without delay.
const EQUIPPED: usize = 2;
/// Meters there may come to be.
const METERS: usize = 60;

fn host_ids() -> impl Iterator<Item = HostId> {
    (0..HOSTS).map(|number| HostId::new(&format!("host-{number}")).expect("a host's name"))
}

fn meter_ids() -> impl Iterator<Item = MeterId> {
    (0..METERS).map(|number| MeterId::new(&format!("meter-{number}")).expect("a meter's name"))
}

fn one_of<T: Copy>(rng: &mut StdRng, all: &[T]) -> T {
    *all.choose(rng).expect("one of several")
}

/// What a host needs before anything runs on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Agent(AgentKind),
    Meter(AgentKind),
    Attestation,
}

impl Need {
    fn kind(self) -> ActionKind {
        match self {
            Self::Agent(_) => ActionKind::RegisterAgent,
            Self::Meter(_) => ActionKind::RegisterMeter,
            Self::Attestation => ActionKind::Report,
        }
    }
}

pub(super) fn needs(now: &Now<'_>, host: &Host) -> Vec<Need> {
    let mut needs = Vec::new();
    let meters: Vec<Meter> = now.meters_of(host);
    for kind in AgentKind::ALL {
        if host.agent(kind).is_none() {
            needs.push(Need::Agent(kind));
        }
        if !meters.iter().any(|meter| meter.kind == kind) {
            needs.push(Need::Meter(kind));
        }
    }
    if needs.is_empty() && host.attested.is_none() {
        needs.push(Need::Attestation);
    }
    needs
}

/// What a host still lacks, less eagerly than [`equipment`] gives it to the first.
pub(super) fn missing(rng: &mut StdRng, now: &Now<'_>) -> Option<ActionKind> {
    let hosts = now.hosts();
    let all: Vec<Need> = hosts.iter().flat_map(|host| needs(now, host)).collect();
    all.choose(rng).map(|need| need.kind())
}

/// Everything that the first hosts still lack before an IMVU can run there, asked for rightly and at once: one by one
/// among all the other wishes, it would take most of a seed.
pub(crate) fn equipment(stream: &mut Stream, now: &Now<'_>) -> Vec<Wish> {
    let mut free = Free {
        agents: free_agents(now),
        meters: free_meters(now),
        keys: free_keys(now),
    };
    let mut wishes = Vec::new();
    for id in host_ids().take(EQUIPPED) {
        match now.read::<Host>(&state_key::host(&id)) {
            Some(host) => {
                let needs = needs(now, &host).into_iter();
                wishes.extend(needs.filter_map(|need| equip(now, &host, need, &mut free)));
            }
            None => wishes.push(found(stream, now, id)),
        }
    }
    wishes
}

/// An operator founds a host on which everything can run.
fn found(stream: &mut Stream, now: &Now<'_>, host: HostId) -> Wish {
    let operators = &world().operators;
    let operator = operators.choose(&mut stream.rng).expect("there are seats");
    let register = Action::RegisterHost {
        host,
        jurisdiction: Jurisdiction::new(JURISDICTIONS[0]).expect("a tag"),
        capacity: some_capacity(&mut stream.rng),
        capabilities: Capabilities {
            enforcement: EnforcementGrade::Prevention,
            isolation: Set::new(Isolation::ALL.to_vec()).expect("few"),
            counters_cannot_be_reset: true,
        },
    };
    (vec![now.signer(operator)], register, Vec::new())
}

/// What nobody has yet.
struct Free {
    agents: Vec<KeyBytes>,
    meters: Vec<MeterId>,
    keys: Vec<KeyBytes>,
}

fn equip(now: &Now<'_>, host: &Host, need: Need, free: &mut Free) -> Option<Wish> {
    let action = match need {
        Need::Agent(kind) => Action::RegisterAgent {
            host: host.id.clone(),
            kind,
            key: free.agents.pop()?,
        },
        Need::Meter(kind) => Action::RegisterMeter {
            meter: free.meters.pop()?,
            host: host.id.clone(),
            kind,
            scope: MeterScope::Host,
            keys: Set::new(vec![free.keys.pop()?]).expect("one"),
            threshold: 1,
            test: false,
            replaces: None,
        },
        Need::Attestation => return reports::attestation(now, host),
    };
    let operator = now.person(host.operator)?;
    Some((vec![operator], action, Vec::new()))
}

/// Keys of agents that nobody is yet.
fn free_agents(now: &Now<'_>) -> Vec<KeyBytes> {
    let known = |key: &KeyBytes| now.knows(&state_key::identity(&IdentityId::from_key(key)));
    let agents = world().agents.iter().map(|one| one.key.public());
    agents.filter(|key| !known(key)).collect()
}

fn free_meters(now: &Now<'_>) -> Vec<MeterId> {
    meter_ids()
        .filter(|id| !now.knows(&state_key::meter(id)))
        .collect()
}

/// Keys that are no meter's yet.
fn free_keys(now: &Now<'_>) -> Vec<KeyBytes> {
    let keys = world().meter_keys.iter().map(|key| key.public());
    keys.filter(|key| !now.knows(&state_key::meter_key(key)))
        .collect()
}

/// Mostly the host's own operator, else another, else anybody.
fn operator(stream: &mut Stream, now: &Now<'_>, host: Option<&Host>) -> nexus_sdk::keys::Signer {
    let operators = &world().operators;
    let own = host.and_then(|host| operators.iter().find(|one| one.identity == host.operator));
    match (own, stream.rng.gen_range(0..40)) {
        (_, 0) => anybody(stream, now),
        (Some(own), 1..=37) => now.signer(own),
        _ => now.signer(operators.choose(&mut stream.rng).expect("there are seats")),
    }
}

/// What an operator asks for.
pub(super) fn by_operator(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    let hosts = now.hosts();
    // Mostly one that still needs what is asked for.
    let wanting: Vec<&Host> = hosts
        .iter()
        .filter(|host| needs(now, host).iter().any(|need| need.kind() == kind))
        .collect();
    let host = match wanting.first() {
        Some(host) if stream.rng.gen_bool(0.8) => Some((*host).clone()),
        _ => hosts.choose(&mut stream.rng).cloned(),
    };
    let signer = operator(stream, now, host.as_ref());
    let id = match &host {
        Some(host) if stream.rng.gen_bool(0.97) => host.id.clone(),
        _ => some_host_id(&mut stream.rng),
    };
    let action = match (kind, &host) {
        (ActionKind::ChangeHost, Some(host)) => Action::ChangeHost {
            host: id,
            change: some_change(&mut stream.rng, host),
        },
        (ActionKind::RegisterAgent, Some(host)) => agent(stream, now, host, id),
        (ActionKind::RegisterMeter, Some(host)) => meter(stream, now, host, id),
        _ => Action::RegisterHost {
            host: match host_ids().find(|id| !now.knows(&state_key::host(id))) {
                Some(free) if stream.rng.gen_bool(0.9) => free,
                _ => some_host_id(&mut stream.rng),
            },
            jurisdiction: Jurisdiction::new(some_tag(&mut stream.rng)).expect("a tag"),
            capacity: some_capacity(&mut stream.rng),
            capabilities: some_capabilities(&mut stream.rng),
        },
    };
    (vec![signer], action, Vec::new())
}

fn some_host_id(rng: &mut StdRng) -> HostId {
    let number = rng.gen_range(0..HOSTS);
    host_ids().nth(number).expect("a host")
}

/// Room for two to four IMVUs, so that there is not always any.
fn some_capacity(rng: &mut StdRng) -> Quota {
    let mut capacity = Quota::default();
    let times = rng.gen_range(2..=4);
    for field in QuotaField::ALL {
        capacity.set(field, QUOTA.get(field) * times);
    }
    match rng.gen_range(0..20) {
        0 => capacity.set(QuotaField::Pids, u64::MAX),
        1 => capacity.set(QuotaField::MailBytes, 0),
        _ => {}
    }
    capacity
}

fn some_capabilities(rng: &mut StdRng) -> Capabilities {
    let mut isolation = Isolation::ALL.to_vec();
    let enforcement = match rng.gen_range(0..20) {
        0 => EnforcementGrade::None,
        1 => {
            isolation.swap_remove(rng.gen_range(0..9));
            EnforcementGrade::Detection
        }
        2..=8 => EnforcementGrade::Detection,
        _ => EnforcementGrade::Prevention,
    };
    Capabilities {
        enforcement,
        isolation: Set::new(isolation).expect("few"),
        counters_cannot_be_reset: rng.gen_bool(0.8),
    }
}

fn some_change(rng: &mut StdRng, host: &Host) -> HostChange {
    match rng.gen_range(0..10) {
        // What is closed opens again, or nothing is placed any more.
        0..=5 if host.status != HostStatus::Open => HostChange::Status(HostStatus::Open),
        0 => HostChange::Status(HostStatus::Closed),
        1 => HostChange::Status(HostStatus::Lost),
        2 => HostChange::Status(HostStatus::Draining),
        3..=6 => HostChange::Capacity(some_capacity(rng)),
        7 | 8 => HostChange::Capabilities(some_capabilities(rng)),
        _ => HostChange::Jurisdiction(Jurisdiction::new(some_tag(rng)).expect("a tag")),
    }
}

fn agent(stream: &mut Stream, now: &Now<'_>, host: &Host, id: HostId) -> Action {
    let needs = needs(now, host);
    let needed = needs.iter().filter_map(|need| match need {
        Need::Agent(kind) => Some(*kind),
        _ => None,
    });
    let rng = &mut stream.rng;
    let needed = needed.choose(rng);
    let kind = needed.unwrap_or_else(|| one_of(rng, &AgentKind::ALL));
    // One that nobody is yet; sometimes one that somebody is, or a key that is none.
    let key = match (rng.gen_range(0..20), free_agents(now).choose(rng)) {
        (0, _) => stream.bad_key(),
        (1, _) | (_, None) => world().creators[0].key.public(),
        (_, Some(key)) => *key,
    };
    Action::RegisterAgent {
        host: id,
        kind,
        key,
    }
}

fn meter(stream: &mut Stream, now: &Now<'_>, host: &Host, id: HostId) -> Action {
    let needs = needs(now, host);
    let needed = needs.iter().filter_map(|need| match need {
        Need::Meter(kind) => Some(*kind),
        _ => None,
    });
    let old = now.meters_of(host);
    let rng = &mut stream.rng;
    let needed = needed.choose(rng);
    let kind = needed.unwrap_or_else(|| one_of(rng, &AgentKind::ALL));
    let old = old.iter().find(|meter| meter.kind == kind);
    let replaces = old.filter(|_| rng.gen_bool(0.7)).map(|old| old.id.clone());
    let mut free = free_keys(now);
    free.shuffle(rng);
    free.truncate(one_of(rng, &[1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 0]));
    if rng.gen_bool(0.05) {
        free.push(world().meter_keys[0].public());
    }
    free.sort();
    free.dedup();
    let most = u8::try_from(free.len()).expect("few");
    let threshold = if rng.gen_bool(0.05) {
        one_of(rng, &[0, 9, 255])
    } else {
        rng.gen_range(1..=most.max(1))
    };
    let everywhere = rng.gen_bool(if kind.sums_meters() { 0.5 } else { 0.05 });
    let meter = free_meters(now).choose(rng).cloned();
    Action::RegisterMeter {
        meter: meter.unwrap_or_else(|| meter_ids().next().expect("a meter")),
        host: id,
        kind,
        scope: if everywhere {
            MeterScope::Everywhere
        } else {
            MeterScope::Host
        },
        keys: Set::new(free).expect("few"),
        threshold,
        test: rng.gen_bool(0.3),
        replaces,
    }
}

/// What a creator asks for where its IMVU runs.
pub(super) fn by_creator(stream: &mut Stream, now: &Now<'_>, kind: ActionKind) -> Wish {
    let all = now.imvus();
    let hosts = now.hosts();
    let near = |imvu: &Imvu, host: &Host| imvu.jurisdiction.as_ref() == Some(&host.jurisdiction);
    let fits = |imvu: &&Imvu| match kind {
        ActionKind::ActivateImvu => {
            imvu.status == ImvuStatus::Draft && hosts.iter().any(|host| near(imvu, host))
        }
        _ => imvu.status != ImvuStatus::Draft,
    };
    let fitting: Vec<&Imvu> = all.iter().filter(fits).collect();
    let imvu: ImvuId = match fitting.choose(&mut stream.rng) {
        Some(imvu) if stream.rng.gen_bool(0.85) => imvu.id.clone(),
        _ => some_imvu(&mut stream.rng, &all),
    };
    let about = all.iter().find(|one| one.id == imvu);
    let signer = holder(stream, now, about);
    let rng = &mut stream.rng;
    // The law's choice, a host that could be right, or any.
    let right = |host: &&Host| about.is_some_and(|imvu| near(imvu, host));
    let right: Vec<&Host> = hosts.iter().filter(right).collect();
    let host = match rng.gen_range(0..10) {
        0..=4 => None,
        5..=8 => right.choose(rng).map(|host| host.id.clone()),
        _ => Some(some_host_id(rng)),
    };
    let accept_loss = rng.gen_bool(0.3);
    let action = match kind {
        ActionKind::ActivateImvu => Action::ActivateImvu { imvu, host },
        ActionKind::StopImvu => Action::StopImvu { imvu, accept_loss },
        _ => Action::MoveImvu {
            imvu,
            host,
            accept_loss,
        },
    };
    (vec![signer], action, Vec::new())
}
