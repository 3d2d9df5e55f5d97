//! A state with many IMVUs, written as blocks would have left it, without a transaction for each: for benchmarks.
//!
//! Each IMVU brings what a registration and a creation leave behind: its creator's identity, nonce and allowance, the
//! IMVU, and its audit collection with one entry, in the state and in the collection's log. Only every so many creators
//! have a key that can sign: making a million of them would take longer than the benchmark.

use nexus_genesis::{Genesis, dev};
use nexus_machine::{Executed, genesis};
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::TxBuilder;
use nexus_store::{BlockWrite, LogAppend, Store, StoreError, app_log};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::block::{BlockRecord, StateChange};
use nexus_types::encoding::encode;
use nexus_types::genesis::GenesisDocument;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::quota::Quota;
use nexus_types::state::{Collection, Identity, IdentityStatus, Imvu, ImvuStatus, Spent};
use nexus_types::tx::Network;
use nexus_types::{Action, Hash, IdentityId, ImvuId, KeyBytes, Text, Time, state_key};
use std::ops::Range;

/// State keys of one IMVU and its creator.
pub const KEYS_PER_IMVU: u64 = 5;

/// IMVUs written in one batch: about 100,000 keys.
const PORTION: u64 = 20_000;

/// Heights after which no version of the tree is one of the filling any more, and blocks cost what they cost for good.
const SETTLING: u64 = nexus_store::LIVE_VERSIONS + 2;

/// Nonces that a creator of the population has spent: it was registered, and made its IMVU.
const NONCES_SPENT: u64 = 2;

/// Milliseconds between two heights.
const INTERVAL_MS: u64 = 1_000;

/// A population.
#[derive(Clone, Copy, Debug)]
pub struct Bulk {
    /// How many IMVUs, each with its creator.
    pub imvus: u64,
    /// How many of the creators can sign, spread evenly.
    pub actors: u64,
}

/// Why a store could not be filled.
#[derive(Debug)]
pub struct FillError(String);

impl std::fmt::Display for FillError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the store could not be filled: {}", self.0)
    }
}

impl std::error::Error for FillError {}

impl From<StoreError> for FillError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl Bulk {
    /// The number of that actor's IMVU.
    #[must_use]
    pub fn number(&self, actor: u64) -> u64 {
        let stride = (self.imvus / self.actors.max(1)).max(1);
        actor % self.actors.max(1) * stride
    }

    /// That actor's key.
    #[must_use]
    pub fn key(&self, actor: u64) -> SecretKey {
        secret(self.number(actor))
    }

    /// That actor's IMVU.
    ///
    /// # Panics
    /// Never: the id is spelled right.
    #[must_use]
    pub fn imvu(&self, actor: u64) -> ImvuId {
        id(self.number(actor))
    }

    /// A transaction in which an actor describes its IMVU, its `turn`-th since the filling, from 0.
    ///
    /// # Panics
    /// Never: the description is short.
    #[must_use]
    pub fn describe(&self, network: &Network, actor: u64, turn: u64, expires: Time) -> Vec<u8> {
        let text = format!("a shop for hand-made lamps, open since 2019, {turn}");
        let action = Action::DescribeImvu {
            imvu: self.imvu(actor),
            description: Text::new(text).expect("it is short"),
        };
        let builder = TxBuilder::new(network.clone(), NONCES_SPENT + 1 + turn, expires);
        let signer = Signer::new("", self.key(actor));
        encode(&builder.sign(action, &signer, &[]).expect("it is short"))
    }

    fn can_sign(&self, number: u64) -> bool {
        let stride = (self.imvus / self.actors.max(1)).max(1);
        number.is_multiple_of(stride) && number / stride < self.actors
    }

    /// Fills an empty store: genesis and the population in as many heights as it takes, then heights without changes
    /// until the filling has left the tree's live versions. Returns the height and its time.
    ///
    /// # Errors
    /// The store's, or that it is not empty.
    pub fn fill(
        &self,
        store: &Store,
        document: &GenesisDocument,
    ) -> Result<(u64, Time), FillError> {
        let started = genesis(document);
        let mut height = 0;
        let mut time = document.time;
        let mut extra = Some(&started);
        let mut from = 0;
        while from < self.imvus || extra.is_some() {
            let to = self.imvus.min(from + PORTION);
            self.write(store, height, time, &started, extra.take(), from..to)?;
            from = to;
            height += 1;
            time = time.plus_ms(INTERVAL_MS);
        }
        for _ in 0..SETTLING {
            self.write(store, height, time, &started, None, 0..0)?;
            height += 1;
            time = time.plus_ms(INTERVAL_MS);
        }
        Ok((height - 1, Time(time.0 - INTERVAL_MS)))
    }

    /// Fills an empty store with genesis and the population in one height, that of genesis, so that a chain can begin on
    /// it: a node finds its genesis committed and goes on from there. For some hundred thousand IMVUs at most.
    ///
    /// # Errors
    /// The store's, or that it is not empty.
    pub fn fill_genesis(&self, store: &Store, document: &GenesisDocument) -> Result<(), FillError> {
        let started = genesis(document);
        let height = document.initial_height.saturating_sub(1);
        let all = 0..self.imvus;
        self.write(store, height, document.time, &started, Some(&started), all)
    }

    fn write(
        &self,
        store: &Store,
        height: u64,
        time: Time,
        chain: &Executed,
        genesis: Option<&Executed>,
        imvus: Range<u64>,
    ) -> Result<(), FillError> {
        let mut changes = Vec::new();
        let mut logs = Vec::new();
        let mut told = Vec::new();
        if let Some(genesis) = genesis {
            let own = genesis.changes.iter();
            told.extend(own.map(|(key, value)| (key.as_bytes().to_vec(), value.clone())));
            changes.extend(told.iter().cloned());
            logs.extend(genesis.appends.iter().map(|(log, record)| LogAppend {
                log: log_bytes(log),
                record: record.clone(),
            }));
        }
        for number in imvus {
            self.one(number, height, time, &mut changes, &mut logs);
        }
        let state_root = Hash(store.stage(changes)?.state_root);
        let preimage = chain.preimage(state_root);
        let app_hash = Hash(preimage.hash());
        // The index learns of genesis alone: what is here to weigh on the state would take it minutes.
        let record = BlockRecord {
            height,
            time,
            hash: Hash::default(),
            app_hash,
            proposer: [0; 20],
            txs: Vec::new(),
            events: Vec::new(),
            changes: told.into(),
        };
        store.commit(BlockWrite {
            height,
            time_ms: time.0,
            block_hash: Hash::default().0,
            app_hash: app_hash.0,
            preimage,
            logs,
            txs: Vec::new(),
            block: encode(&record),
        })?;
        Ok(())
    }

    fn one(
        &self,
        number: u64,
        height: u64,
        time: Time,
        changes: &mut Vec<StateChange>,
        logs: &mut Vec<LogAppend>,
    ) {
        let key = if self.can_sign(number) {
            secret(number).public()
        } else {
            KeyBytes(Hash::of(&number.to_be_bytes()).0)
        };
        let owner = IdentityId::from_key(&key);
        let imvu = imvu_of(number, owner, height);
        let mut put = |key: state_key::StateKey, value: Vec<u8>| {
            changes.push((key.as_bytes().to_vec(), Some(value)));
        };
        put(
            state_key::identity(&owner),
            encode(&Identity {
                key,
                generation: 0,
                status: IdentityStatus::Active,
                attester: Some(owner),
                evidence: Hash::of(&key.0),
                registered: height,
                public_name: Text::default(),
            }),
        );
        // One registration, one creation.
        put(state_key::nonce(&owner, 0), encode(&2_u64));
        put(
            state_key::spent(&owner),
            encode(&Spent {
                block: height,
                in_block: 1,
                day: time.0 / nexus_types::limits::DAY_MS,
                in_day: 1,
                ..Spent::default()
            }),
        );
        put(state_key::imvu(&imvu.id), encode(&imvu));
        let record = entry(number, &owner);
        let mut frontier = Frontier::new();
        // The first of 2^64 records.
        if frontier.append(leaf_hash(&record)).is_err() {
            return;
        }
        let kind = CollectionKind::Audit;
        let head = frontier.head();
        put(
            state_key::collection(kind, Some(&imvu.id)),
            encode(&Collection {
                size: head.size,
                root: Hash(head.root),
                peaks: frontier.peaks().iter().map(|peak| Hash(*peak)).collect(),
            }),
        );
        logs.push(LogAppend {
            log: log_bytes(&LogId::Collection(kind, Some(imvu.id))),
            record,
        });
    }
}

/// Bytes of the size of an audit entry.
fn entry(number: u64, owner: &IdentityId) -> Vec<u8> {
    [owner.0.0.as_slice(), &number.to_be_bytes()]
        .concat()
        .repeat(5)
}

fn imvu_of(number: u64, owner: IdentityId, height: u64) -> Imvu {
    Imvu {
        id: id(number),
        owner,
        status: ImvuStatus::Draft,
        jurisdiction: Jurisdiction::new("EU-GDPR").ok(),
        quota: Quota {
            cpu_millis: 4_000,
            memory_bytes: 8 << 30,
            storage_bytes: 100 << 30,
            bandwidth_bits: 50_000_000,
            pids: 512,
            io_bytes: 20 << 20,
            dns_answers: 100,
            mail_messages: 1_000,
            mail_bytes: 1 << 30,
        },
        quota_versions: [1; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::default(),
        created: height,
        domains: 0,
        routes: 0,
        proposals: 0,
        state_keys: 1,
        placements: 0,
    }
}

fn id(number: u64) -> ImvuId {
    ImvuId::new(&format!("BULK-{number:09}")).expect("an id that is spelled right")
}

fn secret(number: u64) -> SecretKey {
    let seed = Hash::tagged("nexus/bench/bulk/v1", &[&number.to_be_bytes()]);
    SecretKey::from_seed(seed.0.into())
}

/// The genesis of a development network that benchmarks begin with.
///
/// # Panics
/// Never: the template is valid.
#[must_use]
pub fn dev_genesis(chain_id: &str, validators: usize) -> Genesis {
    let options = dev::Options {
        chain_id: chain_id.to_owned(),
        time: Time(1_767_225_600_000),
        validators,
        seed: [1; 32].into(),
    };
    dev::network(&options).expect("the template is valid").0
}

/// The name under which the store keeps a log.
fn log_bytes(log: &LogId) -> Vec<u8> {
    match log {
        LogId::Chain(chain) => app_log(match chain {
            ChainLog::Audit => AppLog::Audit,
            ChainLog::Platform => AppLog::Platform,
            ChainLog::Consent => AppLog::Consent,
            ChainLog::Usage => AppLog::Usage,
            ChainLog::Headers => AppLog::Headers,
        }),
        LogId::Collection(..) => log.to_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_store::MemoryBackend;

    #[test]
    fn a_filled_store_opens_again_and_holds_every_imvu_with_an_owner_who_can_sign() {
        let file = dev_genesis("nexus-bulk", 1);
        let bulk = Bulk {
            imvus: 50,
            actors: 5,
        };
        let store = Store::open(MemoryBackend::new()).expect("an empty store");
        let before = genesis(file.document()).changes.len() as u64;
        let (height, time) = bulk.fill(&store, file.document()).expect("filled");
        assert_eq!(
            store.committed().expect("a height").map(|at| at.height),
            Some(height)
        );
        assert_eq!(time.0, file.document().time.0 + height * INTERVAL_MS);
        let view = store.view().expect("a view").expect("a height");
        let count = view.iter_prefix(&[], None, 10_000).expect("read").len() as u64;
        assert_eq!(count, before + bulk.imvus * KEYS_PER_IMVU);
        for actor in 0..bulk.actors {
            let imvu = view.get(state_key::imvu(&bulk.imvu(actor)).as_bytes());
            let imvu: Imvu =
                nexus_types::decode(&imvu.expect("read").expect("it is there")).expect("an IMVU");
            let key = bulk.key(actor).public();
            assert_eq!(imvu.owner, IdentityId::from_key(&key));
        }
    }
}
