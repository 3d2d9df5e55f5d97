//! Who is on the vectors' chain, and its genesis. Every key is made of one repeated byte: they are public, and no key
//! of any real network.

use ed25519_consensus::SigningKey;
use nexus_types::crypto::Signature;
use nexus_types::encoding::{List, Set, Text};
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::{APPROVAL_LIFETIME_MS, NAME_LOCK_MS};
use nexus_types::money::{Price, Prices};
use nexus_types::period::Calendar;
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

/// Who signs for the payment processor.
pub(crate) fn cashier() -> Person {
    Person::new("cashier", 24)
}

/// Who runs the validators, one each, and hosts.
pub(crate) fn operators() -> Vec<Person> {
    let names = ["operator-1", "operator-2", "operator-3", "operator-4"];
    (11..)
        .zip(names)
        .map(|(seed, name)| Person::new(name, seed))
        .collect()
}

/// The agents of the one host, in the order of their kinds.
pub(crate) fn agents() -> Vec<Person> {
    let names = ["compute agent", "network agent", "DNS agent", "mail agent"];
    (40..)
        .zip(names)
        .map(|(seed, name)| Person::new(name, seed))
        .collect()
}

/// The seeds of meters' keys: two of the compute meter, then one each of the others.
const METER_SEEDS: [u8; 6] = [50, 51, 52, 53, 54, 55];

/// One of the meters' keys.
pub(crate) fn meter_key(index: usize) -> KeyBytes {
    public(METER_SEEDS[index])
}

/// The signature of one of the meters' keys.
pub(crate) fn meter_sign(key_bytes: &KeyBytes, digest: Hash) -> Signature {
    let seed = METER_SEEDS
        .into_iter()
        .find(|seed| public(*seed) == *key_bytes)
        .unwrap();
    Signature(key(seed).sign(digest.as_bytes()).to_bytes())
}

/// Seeds of the validators.
pub(crate) const VALIDATORS: [u8; 4] = [30, 31, 32, 33];

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

/// The first price list, with prices that leave remainders.
const PRICES: Prices = [
    Price { micros: 7, per: 3 },
    Price { micros: 1, per: 9 },
    Price {
        micros: 11,
        per: 1_000,
    },
    Price {
        micros: 100,
        per: 7,
    },
    Price {
        micros: 5_000,
        per: 1,
    },
    Price {
        micros: 13,
        per: 1_024,
    },
    Price { micros: 3, per: 2 },
];

pub(crate) fn genesis() -> GenesisDocument {
    let known = officers().into_iter().chain([attester()]);
    let known = known.chain(operators());
    let identities = known.map(|person| GenesisIdentity {
        key: person.public(),
        public_name: Text::new(person.name).unwrap(),
    });
    let seats = VALIDATORS.into_iter().zip(operators());
    let seats = seats.map(|(seed, operator)| GenesisSeat {
        name: Text::new(format!("seat-{seed}")).unwrap(),
        key: public(seed),
        power: 10,
        platform: seed == 30,
        operator: operator.id,
    });
    GenesisDocument {
        chain_id: Text::new(CHAIN_ID).unwrap(),
        time: Time(GENESIS_MS),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1_300_000,
        evidence_max_age_ms: 15 * 24 * HOUR_MS,
        app_version: 3,
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
                // Short, so that a host counts and falls silent within the scenario.
                registration_ms: 3_000,
                silence_ms: 30_000,
                // Short, so that a statement is made, money matures and a debt grows old within the scenario.
                late_window_ms: 2_500,
                price_notice_ms: 1_000,
                maturity_ms: 20_000,
                dispute_ms: 15_000,
                consent_notice_ms: 5_000,
                debt_notice_ms: 4_000,
                debt_frozen_ms: 8_000,
                debt_dormant_ms: 3_600_000,
                guardian_ms: 3_600_000,
                freeze_ms: 3_600_000,
                snapshot_retention_ms: 3_600_000,
                voting_ms: 60_000,
                register_ms: 2_000,
                governance_ms: 4_000,
                upgrade_fast_ms: 2_000,
                trusting_ms: 8_000,
                exit_overdue_ms: 60_000,
                exit_protection_ms: 600_000,
                exit_after_ms: 30_000,
                exit_interval_ms: 3_600_000,
                observation_ms: 60_000,
                reproof_ms: 10_000,
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
                mail_messages: 1_000_000,
                mail_bytes: 1 << 40,
            },
            // An hour each: the scenario lasts for two.
            calendar: Calendar::Hours(1),
            prices: PRICES,
        },
    }
}
