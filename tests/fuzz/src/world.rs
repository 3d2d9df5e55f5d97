//! The chain of the vectors, played again: a small state with something of everything in it, and the keys of everybody.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use ed25519_consensus::SigningKey;
use nexus_machine::{Block, BlockContext, Executed, SingleVerify, View, genesis};
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::constants::APP_VERSION;
use nexus_types::crypto::Signature;
use nexus_types::encoding::encode;
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::host::AgentKind;
use nexus_types::limits::{APPROVAL_LIFETIME_MS, NAME_LOCK_MS};
use nexus_types::log::{ChainLog, LogId};
use nexus_types::meter::{Meter, MeterRecord};
use nexus_types::money::Price;
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::state::{Allowances, DelayProfile};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{
    Action, Hash, IdentityId, KeyBytes, List, Name, Network, Set, Text, Time, Tx, decode,
    jurisdiction,
};

use crate::{unfinished, vectors};

/// 2026-01-01T00:00:00.250Z in milliseconds: the genesis of the vectors' chain.
const GENESIS_MS: u64 = 1_767_225_600_250;
const HOUR_MS: u64 = 3_600_000;

/// Nanoseconds between two blocks of the vectors' chain.
const BLOCK_NS: u64 = 1_000_000_001;

/// Before which heights no block was made, and for how long, milliseconds: to a second after the first full hour, until money
/// has matured, and until the second hour's statements are due.
const PAUSES: [(u64, u64); 3] = [(108, 3_493_750), (128, 50_000), (149, 3_511_000)];

/// A key and the identity it founded.
#[derive(Clone)]
pub struct Person {
    key: SigningKey,
    /// Who.
    pub id: IdentityId,
}

impl Person {
    pub(crate) fn new(seed: u8) -> Self {
        let id = IdentityId::from_key(&public(seed));
        Self {
            key: SigningKey::from([seed; 32]),
            id,
        }
    }

    /// Signs a digest.
    #[must_use]
    pub fn sign(&self, digest: Hash) -> Signature {
        Signature(self.key.sign(digest.as_bytes()).to_bytes())
    }
}

/// The public key of a seed.
pub(crate) fn public(seed: u8) -> KeyBytes {
    KeyBytes(SigningKey::from([seed; 32]).verification_key().to_bytes())
}

/// Seeds of the vectors' people: three officers, the attester, Alice and Bob, the organisations, the agents, the cashier.
const PEOPLE: [u8; 15] = [1, 2, 3, 10, 20, 21, 11, 12, 13, 14, 40, 41, 42, 43, 24];
/// Where Alice and Bob stand there, and the cashier of the vectors' processor.
const ALICE: usize = 4;
const BOB: usize = 5;
const CASHIER: usize = 14;
/// Of these, the officers.
const OFFICERS: usize = 3;
/// Bob rotated his key to this one.
const BOBS_SECOND: u8 = 23;
/// Seeds of the validators.
const VALIDATORS: [u8; 4] = [30, 31, 32, 33];
/// Where the organisations stand among the people, and where the agents, in the order of their kinds.
const ORGANISATIONS: std::ops::Range<usize> = 6..10;
const AGENTS: usize = 10;
/// From this seed on, keys that are nobody's on the vectors' chain.
pub(crate) const FREE: u8 = 90;
/// Seeds of the meters' keys.
const METERS: [u8; 6] = [50, 51, 52, 53, 54, 55];

/// Prices of the vectors, each for so many.
const PRICES: [(u64, u64); 7] = [
    (7, 3),
    (1, 9),
    (11, 1_000),
    (100, 7),
    (5_000, 1),
    (13, 1_024),
    (3, 2),
];

/// The state after the vectors' last block, with some business begun anew.
#[derive(Clone)]
pub struct World {
    state: BTreeMap<StateKey, Vec<u8>>,
    frontiers: BTreeMap<LogId, Frontier>,
    /// What signatures name.
    pub network: Network,
    /// Where the next block's transactions are judged.
    pub next: BlockContext,
    /// Who can sign.
    pub people: Vec<Person>,
}

impl View for World {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.state.get(key).map(|value| Cow::Borrowed(&value[..]))
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let mut range = self.state.range(from.clone()..to.clone());
        range
            .next()
            .map(|(key, value)| (key.clone(), value.clone()))
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        let kept = self.frontiers.get(&LogId::Chain(log));
        kept.cloned().unwrap_or_default()
    }
}

impl World {
    /// The one that all targets share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<World> = OnceLock::new();
        SHARED.get_or_init(|| unfinished::begin(Self::play()))
    }

    /// Plays the vectors' transactions, and sees that each is decided as the vectors say.
    fn play() -> Self {
        let document = document();
        let mut people: Vec<Person> = PEOPLE.map(Person::new).to_vec();
        if let Some(bob) = people.get_mut(BOB) {
            bob.key = SigningKey::from([BOBS_SECOND; 32]);
        }
        let mut world = Self {
            state: BTreeMap::new(),
            frontiers: BTreeMap::new(),
            network: Network {
                chain_id: document.chain_id.clone(),
                genesis_hash: document.hash(),
                recovery_epoch: 0,
            },
            next: context(1),
            people,
        };
        world.commit(&genesis(&document));
        for (height, txs) in blocks() {
            world.next = context(height);
            let executed = world.execute(txs.iter().map(|(bytes, _)| bytes.as_slice()));
            let codes: Vec<u64> = executed
                .txs
                .iter()
                .map(|tx| tx.code.number().into())
                .collect();
            let said: Vec<u64> = txs.iter().map(|(_, code)| *code).collect();
            assert_eq!(codes, said, "block {height} of the vectors");
            world.commit(&executed);
        }
        world.next = context(world.next.height + 1);
        world
    }

    fn commit(&mut self, executed: &Executed) {
        for (key, value) in &executed.changes {
            match value {
                Some(value) => self.state.insert(key.clone(), value.clone()),
                None => self.state.remove(key),
            };
        }
        for (log, record) in &executed.appends {
            let frontier = self.frontiers.entry(log.clone()).or_default();
            frontier.append(leaf_hash(record)).expect("a short log");
        }
    }

    /// The next block with these transactions; nothing is kept.
    pub fn execute<'a>(&self, txs: impl Iterator<Item = &'a [u8]>) -> Executed {
        let mut block = Block::begin(self, self.next, &[]);
        for bytes in txs {
            block.execute(self, bytes, &SingleVerify);
        }
        block.finish(self, Hash([7; 32]))
    }

    /// The world after that block.
    #[must_use]
    pub fn after(&self, executed: &Executed) -> Self {
        let mut world = self.clone();
        world.commit(executed);
        world.next = context(self.next.height + 1);
        world
    }

    /// Makes a transaction one that this world admits, as far as its signer can: network, nonce, expiry, the signatures
    /// of the approvals, of the officers and of the signer.
    pub fn seal(&self, tx: &mut Tx, signer: &Person) {
        let spent = self.get(&state_key::nonce(&signer.id, 0));
        let spent = spent.and_then(|bytes| decode::<u64>(&bytes).ok());
        tx.body.network = self.network.clone();
        tx.body.signer = signer.id;
        tx.body.lane = 0;
        tx.body.nonce = spent.unwrap_or(0).saturating_add(1);
        tx.body.expires = self.next.time.plus_ms(HOUR_MS);
        let mut approvals = core::mem::take(&mut tx.body.approvals).into_vec();
        for approval in &mut approvals {
            approval.body.network = self.network.clone();
            if let Some(approver) = self.person(&approval.body.approver) {
                approval.signature = approver.sign(approval.body.id());
            }
        }
        tx.body.approvals = List::new(approvals).expect("as many as before");
        if let Action::Report(report) = &mut tx.body.action {
            let mut usage = core::mem::take(&mut report.usage).into_vec();
            usage.iter_mut().for_each(|record| self.sign(record));
            report.usage = List::new(usage).expect("as many as before");
        }
        let digest = tx.body.cosign_digest();
        let mut cosignatures = tx.cosignatures.as_slice().to_vec();
        for one in &mut cosignatures {
            if let Some(officer) = self.person(&one.signer) {
                one.signature = officer.sign(digest);
            }
        }
        if let Ok(cosignatures) = nexus_types::tx::Cosignatures::new(cosignatures) {
            tx.cosignatures = cosignatures;
        }
        tx.signature = signer.sign(tx.body.id());
    }

    /// Signs a meter's record anew, by the keys that its signatures name.
    fn sign(&self, record: &mut MeterRecord) {
        record.body.network = self.network.clone();
        let meter = self.get(&state_key::meter(&record.body.meter));
        let Some(meter) = meter.and_then(|bytes| decode::<Meter>(&bytes).ok()) else {
            return;
        };
        let id = record.body.id();
        let mut signatures = core::mem::take(&mut record.signatures).into_vec();
        for one in &mut signatures {
            let key = meter.keys.as_slice().get(usize::from(one.key));
            let seed = METERS.iter().find(|seed| Some(&public(**seed)) == key);
            if let Some(seed) = seed {
                one.signature = Person::new(*seed).sign(id);
            }
        }
        record.signatures = List::new(signatures).expect("as many as before");
    }

    /// The organisations; the second runs the vectors' host.
    pub(crate) fn operators(&self) -> &[Person] {
        &self.people[ORGANISATIONS]
    }

    /// The agent of the vectors' host.
    pub(crate) fn agent(&self, kind: AgentKind) -> &Person {
        &self.people[AGENTS + kind as usize]
    }

    /// Alice, and the cashier of the vectors' processor.
    pub(crate) fn traders(&self) -> [&Person; 2] {
        [ALICE, CASHIER].map(|at| &self.people[at])
    }

    /// Whose identity that is.
    #[must_use]
    pub fn person(&self, id: &IdentityId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == *id)
    }
}

/// Each height's transactions with the codes they came to, ascending; with the inadmissible ones of `refused.json` left
/// out, because they write nothing.
fn blocks() -> BTreeMap<u64, Vec<(Vec<u8>, u64)>> {
    let file = vectors::json("transactions.json");
    let mut blocks: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for tx in file["transactions"].as_array().expect("transactions") {
        let number = |name: &str| match &tx[name] {
            serde_json::Value::String(text) => text.parse().expect("a number"),
            other => other.as_u64().expect("a number"),
        };
        let bytes = hex::decode(tx["bytes"].as_str().expect("bytes")).expect("hexadecimal");
        let block = blocks.entry(number("height")).or_default();
        block.push((bytes, number("code")));
    }
    // What is due is done in blocks without transactions, too.
    let last = blocks.keys().next_back().copied().unwrap_or_default();
    for height in 1..last {
        blocks.entry(height).or_default();
    }
    blocks
}

fn context(height: u64) -> BlockContext {
    let since_genesis_ns = BLOCK_NS * (height - 1);
    let pauses = PAUSES.iter().filter(|(before, _)| *before <= height);
    let pause: u64 = pauses.map(|(_, pause)| pause).sum();
    BlockContext {
        height,
        time: Time(GENESIS_MS + pause + since_genesis_ns / 1_000_000),
    }
}

/// The genesis of the vectors' chain: its hash is in every signature of theirs.
#[must_use]
pub fn document() -> GenesisDocument {
    let named = |seed: u8, name: &str| GenesisIdentity {
        key: public(seed),
        public_name: Text::new(name).expect("short"),
    };
    let names = ["officer-1", "officer-2", "officer-3", "attester"];
    let people = PEOPLE.iter().zip(names);
    let mut identities: Vec<_> = people.map(|(seed, name)| named(*seed, name)).collect();
    let operators = PEOPLE[ORGANISATIONS].iter().zip(1..);
    identities.extend(operators.map(|(seed, number)| named(*seed, &format!("operator-{number}"))));
    let seats = VALIDATORS.into_iter().zip(&PEOPLE[ORGANISATIONS]);
    let seats = seats.map(|(seed, operator)| GenesisSeat {
        name: Text::new(format!("seat-{seed}")).expect("short"),
        key: public(seed),
        power: 10,
        platform: seed == 30,
        operator: IdentityId::from_key(&public(*operator)),
    });
    let id = |seed: &u8| IdentityId::from_key(&public(*seed));
    let officers = PEOPLE.iter().take(OFFICERS).map(id).collect();
    let tags = ["EU-GDPR", "US-CCPA"];
    let tags = tags.map(|tag| jurisdiction::Jurisdiction::new(tag).expect("a tag"));
    GenesisDocument {
        chain_id: Text::new("nexus-vectors-1").expect("short"),
        time: Time(GENESIS_MS),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1_300_000,
        evidence_max_age_ms: 15 * 24 * HOUR_MS,
        app_version: APP_VERSION,
        state: GenesisState {
            development: true,
            identities: List::new(identities).expect("few"),
            officers: Set::new(officers).expect("few"),
            officers_threshold: 2,
            attesters: Set::new(vec![id(&PEOPLE[OFFICERS])]).expect("few"),
            seats: List::new(seats.collect()).expect("few"),
            jurisdictions: Set::new(tags.to_vec()).expect("few"),
            apexes: Set::new(vec![Name::parse("demo.example").expect("a name")]).expect("few"),
            preapproved: List::default(),
            delays: DelayProfile {
                approval_ms: APPROVAL_LIFETIME_MS,
                name_lock_ms: NAME_LOCK_MS,
                registration_ms: 3_000,
                silence_ms: 30_000,
                late_window_ms: 2_500,
                price_notice_ms: 1_000,
                maturity_ms: 20_000,
                dispute_ms: 15_000,
                consent_notice_ms: 5_000,
                debt_notice_ms: 4_000,
                debt_frozen_ms: 8_000,
                debt_dormant_ms: HOUR_MS,
                guardian_ms: HOUR_MS,
                freeze_ms: HOUR_MS,
                snapshot_retention_ms: HOUR_MS,
                voting_ms: 60_000,
                register_ms: 2_000,
                governance_ms: 4_000,
                upgrade_fast_ms: 2_000,
                trusting_ms: 8_000,
                exit_overdue_ms: 60_000,
                exit_protection_ms: 600_000,
                exit_after_ms: 30_000,
                exit_interval_ms: HOUR_MS,
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
            calendar: Calendar::Hours(1),
            prices: PRICES.map(|(micros, per)| Price { micros, per }),
        },
    }
}

/// A document's bytes, as a seed.
#[must_use]
pub fn document_bytes() -> Vec<u8> {
    encode(&document())
}
