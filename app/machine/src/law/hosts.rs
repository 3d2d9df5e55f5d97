//! Hosts and their agents: registration and change by the organisation that runs them (law §9).

use super::echo::Done;
use super::effects::Effect;
use crate::case::Case;
use crate::view::{View, Writes, chain, exists, read, write};
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::{Set, Text};
use nexus_types::host::{Agent, AgentKind, Capabilities, Host, HostChange, HostStatus};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::Quota;
use nexus_types::state::{Identity, IdentityStatus, TimedItem};
use nexus_types::{Hash, HostId, IdentityId, Reason, Time, state_key};

/// The agent that a host has now under this identity.
pub(crate) fn agent(view: &dyn View, id: &IdentityId) -> Option<(Agent, Host)> {
    let agent = read::<Agent>(view, &state_key::agent(id))?;
    let host = read::<Host>(view, &state_key::host(&agent.host))?;
    (host.agent(agent.kind) == Some(agent.id)).then_some((agent, host))
}

/// The host the case is about, which must exist.
pub(crate) fn existing(case: &Case<'_>) -> Result<Host, Reason> {
    case.host.clone().ok_or(Reason::NotFound)
}

pub(crate) fn save(host: &Host, writes: &mut Writes) {
    write(writes, state_key::host(&host.id), host);
}

pub(crate) fn register(
    case: &Case<'_>,
    id: &HostId,
    jurisdiction: &Jurisdiction,
    capacity: &Quota,
    capabilities: &Capabilities,
    writes: &mut Writes,
) -> Effect {
    if exists(case.view, &state_key::host(id)) {
        return Err(Reason::AlreadyExists);
    }
    let host = Host {
        id: id.clone(),
        operator: case.tx.body.signer,
        jurisdiction: jurisdiction.clone(),
        capacity: *capacity,
        guaranteed: Quota::default(),
        capabilities: capabilities.clone(),
        attested: None,
        status: HostStatus::Open,
        usable_from: usable_from(case),
        registered: case.now.height,
        placements: 0,
        next_slot: 0,
        agents: [None; 4],
        meters: Set::default(),
    };
    save(&host, writes);
    Ok(Done::default())
}

/// When what is registered now begins to count.
pub(crate) fn usable_from(case: &Case<'_>) -> Time {
    case.law_time
        .plus_ms(chain(case.view).delays.registration_ms)
}

/// What gates let through. Whatever takes from IMVUs that run there was refused by one of them.
pub(crate) fn change(case: &Case<'_>, change: &HostChange, writes: &mut Writes) -> Effect {
    let mut host = existing(case)?;
    let before = host.clone();
    match change {
        HostChange::Status(status) => host.status = *status,
        HostChange::Capacity(capacity) => host.capacity = *capacity,
        HostChange::Capabilities(capabilities) => {
            host.capabilities = capabilities.clone();
            // The agent has attested others.
            host.attested = None;
        }
        HostChange::Jurisdiction(jurisdiction) => host.jurisdiction = jurisdiction.clone(),
    }
    if host == before
        || matches!(change, HostChange::Capabilities(new) if *new == before.capabilities)
    {
        return Err(Reason::NoChange);
    }
    save(&host, writes);
    let concerns_creators = matches!(host.status, HostStatus::Draining | HostStatus::Lost)
        && host.status != before.status;
    if concerns_creators && host.placements > 0 {
        let item = TimedItem::TellCreators {
            host: host.id,
            from: 0,
            audit: case.sequence,
            actor: case.tx.body.signer,
        };
        write(writes, state_key::timed(case.law_time.0, &item), &item);
    }
    Ok(Done::default())
}

/// Whether other capabilities are worse in any way for who runs there.
pub(crate) fn weakens(old: &Capabilities, new: &Capabilities) -> bool {
    new.enforcement < old.enforcement
        || (old.counters_cannot_be_reset && !new.counters_cannot_be_reset)
        || old
            .isolation
            .as_slice()
            .iter()
            .any(|kept| !new.isolation.contains(kept))
}

pub(crate) fn register_agent(
    case: &Case<'_>,
    kind: AgentKind,
    key: &KeyBytes,
    writes: &mut Writes,
) -> Effect {
    let mut host = existing(case)?;
    let id = IdentityId::from_key(key);
    if exists(case.view, &state_key::identity(&id)) {
        return Err(Reason::AlreadyExists);
    }
    let replaced = host.agent(kind);
    if let Some(old) = replaced {
        let old = state_key::identity(&old);
        if let Some(mut identity) = read::<Identity>(case.view, &old) {
            identity.status = IdentityStatus::Revoked;
            write(writes, old, &identity);
        }
    }
    let identity = Identity {
        key: *key,
        generation: 0,
        status: IdentityStatus::Active,
        attester: Some(case.tx.body.signer),
        evidence: Hash::default(),
        registered: case.now.height,
        public_name: Text::default(),
    };
    write(writes, state_key::identity(&id), &identity);
    // Work that IMVUs depend on must not rest while a replaced agent's successor waits.
    let usable_from = if replaced.is_some() {
        case.law_time
    } else {
        usable_from(case)
    };
    let agent = Agent {
        id,
        host: host.id.clone(),
        kind,
        registered: case.now.height,
        usable_from,
        sequence: 0,
        last_height: case.now.height,
        last_time: usable_from,
        through: 0,
        silent: false,
    };
    write(writes, state_key::agent(&id), &agent);
    super::silence::watch_agent(case, &agent, writes);
    for (each, slot) in AgentKind::ALL.iter().zip(host.agents.iter_mut()) {
        if *each == kind {
            *slot = Some(id);
        }
    }
    save(&host, writes);
    Ok(Done::default())
}
