//! Where every seed begins: one genesis, and everybody's keys.

use nexus_genesis::Genesis;
use nexus_genesis::dev;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_tests::handshake::init_chain;
use nexus_types::tx::Network;
use nexus_types::{Hash, KeyBytes, Time};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use tendermint_proto::v0_38::abci::RequestInitChain;

/// 2026-01-01T00:00:00Z in milliseconds.
pub(crate) const START: u64 = 1_767_225_600_000;
/// People who may come to hold an IMVU.
const CREATORS: usize = 12;
/// Keys that somebody may rotate to.
const SPARE_KEYS: usize = 16;
/// Agents there may come to be, and keys of meters.
const AGENTS: usize = 32;
const METER_KEYS: usize = 60;

/// Those who speak for payment processors.
const CASHIERS: usize = 2;
/// Hours of a period of account: blocks are up to ten days apart, and each closes one period at most.
const PERIOD_HOURS: u32 = 72;
/// Delays so short that what waits for them happens within a seed, milliseconds. The law's clock advances by a minute a block
/// at most.
const DELAYS: [(&str, u64); 13] = [
    ("late_window_ms", 3_600_000),
    ("price_notice_ms", 3_600_000),
    ("maturity_ms", 90_000),
    ("dispute_ms", 60_000),
    ("consent_notice_ms", 60_000),
    ("debt_notice_ms", 20_000),
    ("debt_frozen_ms", 60_000),
    ("debt_dormant_ms", 100_000),
    ("guardian_ms", 30_000),
    ("freeze_ms", 60_000),
    ("snapshot_retention_ms", 100_000),
    ("observation_ms", 60_000),
    ("reproof_ms", 30_000),
];

/// Genesis and keys. The same for all seeds: making keys costs more than a block.
pub(crate) struct World {
    pub(crate) genesis: Genesis,
    pub(crate) network: Network,
    pub(crate) officers: Vec<Signer>,
    pub(crate) attester: Signer,
    pub(crate) creators: Vec<Signer>,
    /// The organisations, in the order of the seats.
    pub(crate) operators: Vec<Signer>,
    /// Who may come to be agents.
    pub(crate) agents: Vec<Signer>,
    pub(crate) meter_keys: Vec<SecretKey>,
    /// Who may come to speak for payment processors.
    pub(crate) cashiers: Vec<Signer>,
    pub(crate) spare: Vec<SecretKey>,
    /// Whose public key is whose.
    pub(crate) keys: BTreeMap<KeyBytes, SecretKey>,
}

/// The one world.
pub(crate) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(World::new)
}

fn derived(what: &str, number: usize) -> SecretKey {
    SecretKey::from_seed(
        Hash::tagged("nexus/sim/v1", &[what.as_bytes(), &number.to_be_bytes()])
            .0
            .into(),
    )
}

/// The same network in a hurry.
fn hurried(genesis: &Genesis) -> Genesis {
    let mut file: serde_json::Value =
        serde_json::from_str(&genesis.to_json()).expect("its own JSON");
    let state = &mut file["app_state"];
    for (name, value) in DELAYS {
        state["delays"][name] = value.to_string().into();
    }
    state["calendar"] = serde_json::json!({ "hours": PERIOD_HOURS });
    Genesis::from_json(&file.to_string()).expect("a development network may hurry")
}

impl World {
    fn new() -> Self {
        let options = dev::Options {
            chain_id: "nexus-sim".to_owned(),
            time: Time(START),
            validators: 4,
            seed: [7; 32].into(),
        };
        let (genesis, keys) = dev::network(&options).expect("the template is valid");
        let genesis = hurried(&genesis);
        let network = Network {
            chain_id: genesis.document().chain_id.clone(),
            genesis_hash: genesis.hash(),
            recovery_epoch: 0,
        };
        let signer = |key: &dev::NamedKey| {
            Signer::new(key.name.as_str(), SecretKey::from_seed(key.seed.clone()))
        };
        let officers: Vec<Signer> = keys.officers.iter().map(signer).collect();
        let attester = signer(&keys.attester);
        let creators: Vec<Signer> = (0..CREATORS)
            .map(|number| Signer::new(format!("creator-{number}"), derived("creator", number)))
            .collect();
        let spare: Vec<SecretKey> = (0..SPARE_KEYS)
            .map(|number| derived("spare", number))
            .collect();
        let operators: Vec<Signer> = keys.operators.iter().map(signer).collect();
        let agents: Vec<Signer> = (0..AGENTS)
            .map(|number| Signer::new(format!("agent-{number}"), derived("agent", number)))
            .collect();
        let meter_keys: Vec<SecretKey> = (0..METER_KEYS)
            .map(|number| derived("meter", number))
            .collect();
        let cashiers: Vec<Signer> = (0..CASHIERS)
            .map(|number| Signer::new(format!("cashier-{number}"), derived("cashier", number)))
            .collect();
        let people = officers.iter().chain([&attester]).chain(&creators);
        let people = people.chain(&operators).chain(&agents).chain(&cashiers);
        let keys = people.map(|person| &person.key).chain(&spare);
        let keys = keys.chain(&meter_keys);
        Self {
            keys: keys.map(|key| (key.public(), key.clone())).collect(),
            genesis,
            network,
            officers,
            attester,
            creators,
            operators,
            agents,
            meter_keys,
            cashiers,
            spare,
        }
    }

    /// What CometBFT sends first.
    pub(crate) fn init_chain(&self) -> RequestInitChain {
        init_chain(&self.genesis)
    }

    /// Validators of genesis with their power.
    pub(crate) fn validators(&self) -> impl Iterator<Item = (KeyBytes, i64)> + '_ {
        let all = self.genesis.validators();
        all.map(|(_, key, power)| (key, i64::try_from(power).expect("a power")))
    }
}
