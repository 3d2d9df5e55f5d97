//! Who is on the vectors' chain, and its genesis. Every key is made of one repeated byte: they are public, and no key
//! of any real network.

use ed25519_consensus::SigningKey;
use nexus_types::constants::APP_VERSION;
use nexus_types::crypto::Signature;
use nexus_types::encoding::{List, Set, Text};
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::host::AgentKind;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::{APPROVAL_LIFETIME_MS, NAME_LOCK_MS, SILENCE_MS};
use nexus_types::quota::Quota;
use nexus_types::state::{Allowances, DelayProfile};
use nexus_types::{Hash, IdentityId, ImvuId, KeyBytes, Name, Time};
use serde_json::{Value, json};

/// 2026-01-01T00:00:00.250Z in milliseconds: genesis.
pub(crate) const GENESIS_MS: u64 = 1_767_225_600_250;
pub(crate) const CHAIN_ID: &str = "nexus-vectors-1";
pub(crate) const HOUR_MS: u64 = 3_600_000;

/// A key and the identity it founds.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) seed: u8,
    pub(crate) id: IdentityId,
}

impl Person {
    pub(crate) fn new(name: &'static str, seed: u8) -> Self {
        let id = IdentityId::from_key(&public(seed));
        Self { name, seed, id }
    }

    pub(crate) fn public(&self) -> KeyBytes {
        public(self.seed)
    }

    pub(crate) fn sign(&self, digest: Hash) -> Signature {
        Signature(key(self.seed).sign(digest.as_bytes()).to_bytes())
    }

    pub(crate) fn spelled(&self) -> Value {
        json!({
            "name": self.name,
            "seed": hex::encode([self.seed; 32]),
            "key": hex::encode(self.public().0),
            "identity": self.id.to_string(),
        })
    }
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

pub(crate) fn public(seed: u8) -> KeyBytes {
    KeyBytes(key(seed).verification_key().to_bytes())
}

pub(crate) fn officers() -> Vec<Person> {
    let names = ["officer-1", "officer-2", "officer-3"];
    (1..)
        .zip(names)
        .map(|(seed, name)| Person::new(name, seed))
        .collect()
}

pub(crate) fn attester() -> Person {
    Person::new("attester", 10)
}

pub(crate) fn alice() -> Person {
    Person::new("alice", 20)
}

pub(crate) fn bob() -> Person {
    Person::new("bob", 21)
}

/// Seeds of the validators.
pub(crate) const VALIDATORS: [u8; 4] = [30, 31, 32, 33];

/// The organisations that have the validators' seats, in their order.
pub(crate) fn operators() -> Vec<Person> {
    let names = ["seat-30", "seat-31", "seat-32", "seat-33"];
    (50..)
        .zip(names)
        .map(|(seed, name)| Person::new(name, seed))
        .collect()
}

/// The agents of host-1.
pub(crate) fn agent(kind: AgentKind) -> Person {
    match kind {
        AgentKind::Compute => Person::new("compute agent", 60),
        AgentKind::Network => Person::new("network agent", 61),
        AgentKind::Dns => Person::new("dns agent", 62),
        AgentKind::Mail => Person::new("mail agent", 63),
    }
}

/// The keys of host-1's meters, which are no identities.
pub(crate) fn meter_keys(kind: AgentKind) -> Vec<Person> {
    match kind {
        AgentKind::Compute => vec![
            Person::new("compute meter, first key", 70),
            Person::new("compute meter, second key", 71),
            Person::new("compute meter, third key", 72),
        ],
        AgentKind::Network => vec![Person::new("network meter", 73)],
        AgentKind::Dns => vec![Person::new("dns meter", 74)],
        AgentKind::Mail => vec![Person::new("mail meter", 75)],
    }
}

pub(crate) fn imvu(id: &str) -> ImvuId {
    ImvuId::new(id).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn tag(text: &str) -> Jurisdiction {
    Jurisdiction::new(text).unwrap()
}

pub(crate) const QUOTA: Quota = Quota {
    cpu_millis: 4_000,
    memory_bytes: 8 << 30,
    storage_bytes: 100 << 30,
    bandwidth_bits: 50_000_000,
    pids: 512,
    io_bytes: 20 << 20,
    dns_answers: 100,
    mail_messages: 1_000,
    mail_bytes: 1 << 30,
};

pub(crate) fn genesis() -> GenesisDocument {
    let known = officers()
        .into_iter()
        .chain([attester()])
        .chain(operators());
    let identities = known.map(|person| GenesisIdentity {
        key: person.public(),
        public_name: Text::new(person.name).unwrap(),
    });
    let seats = VALIDATORS.iter().zip(operators());
    let seats = seats.map(|(seed, operator)| GenesisSeat {
        name: Text::new(operator.name).unwrap(),
        key: public(*seed),
        power: 10,
        platform: *seed == 30,
        operator: operator.id,
    });
    GenesisDocument {
        chain_id: Text::new(CHAIN_ID).unwrap(),
        time: Time(GENESIS_MS),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1_300_000,
        evidence_max_age_ms: 15 * 24 * HOUR_MS,
        app_version: APP_VERSION,
        state: GenesisState {
            development: true,
            identities: List::new(identities.collect()).unwrap(),
            officers: Set::new(officers().iter().map(|person| person.id).collect()).unwrap(),
            officers_threshold: 2,
            attesters: Set::new(vec![attester().id]).unwrap(),
            seats: List::new(seats.collect()).unwrap(),
            jurisdictions: Set::new(vec![tag("EU-GDPR"), tag("US-CCPA")]).unwrap(),
            apexes: Set::new(vec![name("demo.example")]).unwrap(),
            preapproved: List::default(),
            delays: DelayProfile {
                approval_ms: APPROVAL_LIFETIME_MS,
                name_lock_ms: NAME_LOCK_MS,
                registration_ms: 0,
                silence_ms: SILENCE_MS,
            },
            allowances: Allowances {
                per_block: 32,
                per_day: 2_000,
                rights_per_block: 8,
                rights_per_day: 100,
                unattested_per_block: 2,
                unattested_per_day: 1_000,
            },
            max_quota: Quota {
                cpu_millis: 64_000,
                memory_bytes: 256 << 30,
                storage_bytes: 4 << 40,
                bandwidth_bits: 10_000_000_000,
                pids: 32_768,
                io_bytes: 1 << 30,
                dns_answers: 100_000,
                mail_messages: 100_000,
                mail_bytes: 1 << 40,
            },
        },
    }
}
