//! A development network: one genesis and the keys of everybody in it.
//!
//! Every key derives from one 32-byte seed, so that a test can name its network and a launcher draws a random one.
//! Never use it for anything of value: who knows the seed is everybody.

use ed25519_consensus::SigningKey;
use nexus_types::action::NameText;
use nexus_types::constants::APP_VERSION;
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::{DecodeError, List, Set, Text};
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::ids::{ChainId, IdentityId};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::{APPROVAL_LIFETIME_MS, HOUR_MS, NAME_LOCK_MS, SEATS, SILENCE_MS};
use nexus_types::money::{Price, Prices};
use nexus_types::name::Name;
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::state::{Allowances, DelayProfile};
use nexus_types::time::Time;
use nexus_types::{Hash, NameFault};
use zeroize::Zeroizing;

use crate::{BLOCK_MAX_BYTES, Genesis, GenesisError, TRUSTING_PERIOD_BLOCKS, TRUSTING_PERIOD_MS};

/// The apex under which a development network grants names.
pub const APEX: &str = "nexus-demo.example";

/// Names of the specification that a development network approves in advance. They are real domains, so a production
/// network would ask for proof of control.
pub const PREAPPROVED: [&str; 3] = ["imvu-b.world", "imvu042.world", "n3xuscos.online"];

/// Jurisdictions of a development network.
pub const JURISDICTIONS: [&str; 10] = [
    "AU-PRIVACY",
    "BR-LGPD",
    "CA-PIPEDA",
    "CH-FADP",
    "EU-GDPR",
    "IN-DPDP",
    "JP-APPI",
    "UK-DPA",
    "US-CCPA",
    "ZA-POPIA",
];

/// Officers, and how many of them a platform action needs (law §9: 3 of 5).
pub const OFFICERS: usize = 5;
/// See [`OFFICERS`].
pub const OFFICERS_THRESHOLD: u8 = 3;

/// The platform's seat.
pub const PLATFORM: &str = "platform";

/// Voting power of each seat.
const POWER: u64 = 10;

/// From this many seats on, one of them is the platform's: below, it would hold a third or more.
const SEATS_WITH_PLATFORM: usize = 4;

/// Milliseconds.
const MINUTE_MS: u64 = 60 * 1000;

/// Micro-credits: 1 a CPU second, 1 a GiB second of memory, 10 a GiB of IO, 1 ten DNS answers, 20 a mail message, 100 a
/// GiB of traffic, 1 a GiB hour of stored mail. All of them so low that an hour of a small IMVU costs a few thousand.
const PRICES: Prices = {
    const fn price(micros: u64, per: u64) -> Price {
        Price { micros, per }
    }
    [
        price(1, 1_000),
        price(1, 1_024),
        price(10, 1 << 30),
        price(1, 10),
        price(20, 1),
        price(100, 1 << 30),
        price(1, 3_600 * 1_024),
    ]
};

/// Evidence outlives the trusting period by half, also when blocks come faster than one a second.
const EVIDENCE_MARGIN_NUM: u64 = 3;
const EVIDENCE_MARGIN_DEN: u64 = 2;

/// What a development network is made from.
#[derive(Clone)]
pub struct Options {
    /// The chain's id.
    pub chain_id: String,
    /// Genesis time, milliseconds since 1970.
    pub time: Time,
    /// Validators, 1 to 64. From 4 on, the last is the platform's.
    pub validators: usize,
    /// What every key derives from.
    pub seed: Zeroizing<[u8; 32]>,
}

/// A named secret key: the 32-byte ed25519 seed.
#[derive(Clone)]
pub struct NamedKey {
    /// Whose.
    pub name: String,
    /// The secret.
    pub seed: Zeroizing<[u8; 32]>,
}

impl NamedKey {
    fn derive(seed: &[u8; 32], name: String) -> Self {
        let secret = Hash::tagged("nexus/dev-key/v1", &[seed, name.as_bytes()]);
        Self {
            name,
            seed: Zeroizing::new(secret.0),
        }
    }

    /// The public key.
    pub fn public(&self) -> KeyBytes {
        KeyBytes(SigningKey::from(*self.seed).verification_key().to_bytes())
    }
}

impl std::fmt::Debug for NamedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NamedKey({}, secret)", self.name)
    }
}

/// Everybody's keys of a development network.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Consensus keys, in the order of the seats.
    pub validators: Vec<NamedKey>,
    /// `officer-1` to `officer-5`.
    pub officers: Vec<NamedKey>,
    /// The attester.
    pub attester: NamedKey,
    /// `operator-1`, `operator-2` …: the organisations' own keys, in the order of the seats.
    pub operators: Vec<NamedKey>,
}

/// Makes the genesis of a development network and the keys of everybody in it.
///
/// # Errors
/// The options break a rule of the genesis: no validators or too many, a bad chain id, a time out of range.
pub fn network(options: &Options) -> Result<(Genesis, Keys), GenesisError> {
    if !(1..=SEATS).contains(&options.validators) {
        return Err(GenesisError::rule(
            "app_state.seats",
            format!("must have 1 to {SEATS} entries, has {}", options.validators),
        ));
    }
    let derive = |name: String| NamedKey::derive(&options.seed, name);
    let keys = Keys {
        validators: seat_names(options.validators).map(derive).collect(),
        officers: (1..=OFFICERS)
            .map(|number| derive(format!("officer-{number}")))
            .collect(),
        attester: derive("attester".to_owned()),
        operators: (1..=options.validators)
            .map(|number| derive(format!("operator-{number}")))
            .collect(),
    };
    let chain_id = ChainId::new(options.chain_id.as_str()).map_err(too_long("chain_id"))?;
    let margin = |least: u64| least * EVIDENCE_MARGIN_NUM / EVIDENCE_MARGIN_DEN;
    let document = GenesisDocument {
        chain_id,
        time: options.time,
        initial_height: 1,
        block_max_bytes: BLOCK_MAX_BYTES,
        evidence_max_blocks: margin(TRUSTING_PERIOD_BLOCKS),
        evidence_max_age_ms: margin(TRUSTING_PERIOD_MS),
        app_version: APP_VERSION,
        state: state(&keys)?,
    };
    // Through the file's own reader, so that no second set of rules exists.
    let genesis = Genesis::from_json(&Genesis { document }.to_json())?;
    Ok((genesis, keys))
}

fn seat_names(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(move |number| {
        if count >= SEATS_WITH_PLATFORM && number == count {
            PLATFORM.to_owned()
        } else {
            format!("auditor-{number}")
        }
    })
}

fn state(keys: &Keys) -> Result<GenesisState, GenesisError> {
    let people = keys.officers.iter().chain([&keys.attester]);
    let people = people.map(|person| (person, person.name.as_str()));
    let organisations = keys.operators.iter().zip(&keys.validators);
    let organisations = organisations.map(|(operator, seat)| (operator, seat.name.as_str()));
    let identities = people.chain(organisations).map(|(who, name)| {
        Ok(GenesisIdentity {
            key: who.public(),
            public_name: Text::new(name).map_err(too_long("app_state.identities"))?,
        })
    });
    let id = |key: &NamedKey| IdentityId::from_key(&key.public());
    let seats = keys.validators.iter().zip(&keys.operators);
    let seats = seats.map(|(seat, operator)| {
        Ok(GenesisSeat {
            name: Text::new(seat.name.as_str()).map_err(too_long("app_state.seats"))?,
            key: seat.public(),
            power: POWER,
            platform: seat.name == PLATFORM,
            operator: id(operator),
        })
    });
    let officers = keys.officers.iter().map(id).collect();
    Ok(GenesisState {
        development: true,
        identities: List::new(identities.collect::<Result<_, _>>()?)
            .map_err(too_long("app_state.identities"))?,
        officers: Set::new(officers).map_err(too_long("app_state.officers.members"))?,
        officers_threshold: OFFICERS_THRESHOLD,
        attesters: Set::new(vec![id(&keys.attester)]).map_err(too_long("app_state.attesters"))?,
        seats: List::new(seats.collect::<Result<_, _>>()?).map_err(too_long("app_state.seats"))?,
        jurisdictions: jurisdictions()?,
        apexes: Set::new(vec![
            Name::parse(APEX).map_err(bad_name("app_state.apexes"))?,
        ])
        .map_err(too_long("app_state.apexes"))?,
        preapproved: preapproved()?,
        delays: DelayProfile {
            approval_ms: APPROVAL_LIFETIME_MS,
            name_lock_ms: NAME_LOCK_MS,
            // A network for development is to run something in its first minute; nobody on it has anything to lose to a
            // host or a meter that nobody had time to look at.
            registration_ms: 0,
            silence_ms: SILENCE_MS,
            late_window_ms: 5 * MINUTE_MS,
            price_notice_ms: HOUR_MS,
            maturity_ms: 10 * MINUTE_MS,
            dispute_ms: 30 * MINUTE_MS,
            consent_notice_ms: 10 * MINUTE_MS,
            debt_notice_ms: 10 * MINUTE_MS,
            debt_frozen_ms: 20 * MINUTE_MS,
            debt_dormant_ms: 30 * MINUTE_MS,
            guardian_ms: MINUTE_MS,
            freeze_ms: 10 * MINUTE_MS,
            snapshot_retention_ms: HOUR_MS,
            voting_ms: HOUR_MS,
            register_ms: MINUTE_MS,
            governance_ms: 2 * MINUTE_MS,
            upgrade_fast_ms: MINUTE_MS,
            trusting_ms: 5 * MINUTE_MS,
            exit_overdue_ms: MINUTE_MS,
            exit_protection_ms: 10 * MINUTE_MS,
            exit_after_ms: MINUTE_MS,
            exit_interval_ms: 10 * MINUTE_MS,
            observation_ms: HOUR_MS,
            reproof_ms: 5 * MINUTE_MS,
        },
        allowances: allowances(),
        max_quota: max_quota(),
        // A statement is to be seen on the day its network was made.
        calendar: Calendar::Hours(1),
        prices: PRICES,
    })
}

fn jurisdictions<const MAX: usize>() -> Result<Set<Jurisdiction, MAX>, GenesisError> {
    let tags = JURISDICTIONS
        .iter()
        .map(|tag| Jurisdiction::new(tag).map_err(too_long("app_state.jurisdictions")));
    Set::new(tags.collect::<Result<_, _>>()?).map_err(too_long("app_state.jurisdictions"))
}

fn preapproved<const MAX: usize>() -> Result<List<NameText, MAX>, GenesisError> {
    let names = PREAPPROVED
        .iter()
        .map(|name| NameText::new(*name).map_err(too_long("app_state.preapproved")));
    List::new(names.collect::<Result<_, _>>()?).map_err(too_long("app_state.preapproved"))
}

/// Generous enough for a load test by a handful of identities, small enough that the limits can be met in one.
fn allowances() -> Allowances {
    Allowances {
        per_block: 500,
        per_day: 1_000_000,
        rights_per_block: 50,
        rights_per_day: 10_000,
        unattested_per_block: 10,
        unattested_per_day: 1_000,
    }
}

/// The envelope of a large server.
fn max_quota() -> Quota {
    const GIB: u64 = 1 << 30;
    Quota {
        cpu_millis: 64_000,
        memory_bytes: 256 * GIB,
        storage_bytes: 4_096 * GIB,
        bandwidth_bits: 10_000_000_000,
        pids: 32_768,
        io_bytes: 4 * GIB,
        dns_answers: 100_000,
        mail_messages: 100_000,
        mail_bytes: 1_024 * GIB,
    }
}

fn too_long(field: &'static str) -> impl Fn(DecodeError) -> GenesisError {
    move |error| GenesisError::rule(field, error)
}

fn bad_name(field: &'static str) -> impl Fn(NameFault) -> GenesisError {
    move |error| GenesisError::rule(field, error)
}
