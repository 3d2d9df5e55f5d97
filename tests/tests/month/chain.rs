//! Applications that are given the same decided blocks, and what their chain leaves behind for anybody to read.

use bytes::Bytes;
use nexus_abci::app::{App, NoObserver, Options, StateView};
use nexus_genesis::{Genesis, dev};
use nexus_machine::View;
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::TxBuilder;
use nexus_store::{MemoryBackend, RocksBackend, Store, StoreOptions};
use nexus_tests::handshake::{init_chain, stamp};
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::block::{BlockRecord, Event};
use nexus_types::encoding::encode;
use nexus_types::meter::UsageHour;
use nexus_types::state_key::StateKey;
use nexus_types::tx::Network;
use nexus_types::{Action, Hash, IdentityId, ImvuId, Time, decode};
use std::collections::BTreeMap;
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::RequestFinalizeBlock;

/// Hours of a period: half a month of 30 days.
pub(crate) const PERIOD_HOURS: u64 = 360;
pub(crate) const HOUR: u64 = 3_600_000;
/// Where a period begins: 2026-01-07T00:00Z.
pub(crate) const START: u64 = 1_364 * PERIOD_HOURS * HOUR;

/// What anybody can read of one IMVU.
pub(crate) struct Kept {
    pub(crate) owner: IdentityId,
    pub(crate) usage: Vec<UsageHour>,
    pub(crate) money: Vec<MoneyEntry>,
    pub(crate) statements: Vec<StatementEntry>,
}

fn rich() -> Options {
    Options {
        threads: 4,
        ..Options::default()
    }
}

/// They, two or one, and the chain they follow.
pub(crate) struct Twins {
    pub(crate) genesis: Genesis,
    pub(crate) network: Network,
    pub(crate) keys: dev::Keys,
    apps: Vec<App>,
    pub(crate) height: u64,
    pub(crate) time: u64,
    nonces: BTreeMap<IdentityId, u64>,
    pub(crate) receipts: BTreeMap<ImvuId, Kept>,
    /// Blocks of which nobody has read the record yet, where somebody does.
    pub(crate) unread: Option<Vec<BlockRecord>>,
    /// Where they keep what they have, if not in memory.
    _disk: Option<TempDir>,
}

impl Twins {
    /// Two; `on_disk` for a chain whose blocks would fill the memory of most machines.
    pub(crate) fn begin(on_disk: bool) -> Self {
        // One remembers everything and verifies beside; the other nothing, and alone.
        let bare = Options {
            signatures: 0,
            folds: 0,
            threads: 1,
            ..Options::default()
        };
        let short = StoreOptions {
            undo_window: 2,
            live_versions: 1,
            prune_every: 1,
        };
        let apps = vec![(rich(), StoreOptions::default()), (bare, short)];
        Self::of(apps, on_disk)
    }

    /// One application, whose blocks' records are kept for a reader.
    pub(crate) fn read() -> Self {
        let mut one = Self::of(vec![(rich(), StoreOptions::default())], false);
        let genesis = one.record();
        one.unread = Some(vec![genesis]);
        one
    }

    fn of(apps: Vec<(Options, StoreOptions)>, on_disk: bool) -> Self {
        let options = dev::Options {
            chain_id: "nexus-month".to_owned(),
            time: Time(START),
            validators: 4,
            seed: [9; 32].into(),
        };
        let (template, keys) = dev::network(&options).expect("the template is valid");
        let mut file: serde_json::Value =
            serde_json::from_str(&template.to_json()).expect("its own JSON");
        file["app_state"]["calendar"] = serde_json::json!({ "hours": PERIOD_HOURS });
        for (delay, hours) in [
            ("late_window_ms", 12),
            ("maturity_ms", 72),
            ("dispute_ms", 72),
            ("debt_notice_ms", 7 * 24),
            ("debt_frozen_ms", 14 * 24),
            ("debt_dormant_ms", 30 * 24),
            ("voting_ms", 30 * 24),
            ("register_ms", 7 * 24),
            ("governance_ms", 30 * 24),
            ("upgrade_fast_ms", 7 * 24),
            ("trusting_ms", 14 * 24),
            ("exit_overdue_ms", 72),
            ("exit_protection_ms", 90 * 24),
            ("exit_after_ms", 30 * 24),
            ("exit_interval_ms", 180 * 24),
        ] {
            file["app_state"]["delays"][delay] = (hours * HOUR).to_string().into();
        }
        let genesis = Genesis::from_json(&file.to_string()).expect("a valid genesis");
        let network = Network {
            chain_id: genesis.document().chain_id.clone(),
            genesis_hash: genesis.hash(),
            recovery_epoch: 0,
        };
        let disk = on_disk.then(|| tempfile::tempdir().expect("a folder"));
        let apps = (0..).zip(apps).map(|(at, (options, keeps))| {
            let store = match &disk {
                Some(disk) => {
                    let path = disk.path().join(format!("app-{at}"));
                    let backend = RocksBackend::open(&path).expect("an empty database");
                    Store::open_with(backend, keeps)
                }
                None => Store::open_with(MemoryBackend::new(), keeps),
            };
            App::open(store.expect("an empty store"), options, NoObserver).expect("an application")
        });
        let apps: Vec<App> = apps.collect();
        let request = init_chain(&genesis);
        let hashes = apps.iter().map(|app| app.init_chain(request.clone()));
        let hashes: Vec<_> = hashes.map(|answer| answer.app_hash).collect();
        assert!(hashes.iter().all(|hash| *hash == hashes[0]));
        Self {
            genesis,
            network,
            keys,
            apps,
            height: 0,
            time: START,
            nonces: BTreeMap::new(),
            receipts: BTreeMap::new(),
            unread: None,
            _disk: disk,
        }
    }

    /// A named key of genesis.
    pub(crate) fn signer(named: &dev::NamedKey) -> Signer {
        Signer::new(&named.name, SecretKey::from_seed(named.seed.clone()))
    }

    /// A signed transaction, the signer's next.
    pub(crate) fn sign(&mut self, signer: &Signer, others: &[Signer], action: Action) -> Bytes {
        let nonce = self.nonces.entry(signer.identity).or_default();
        *nonce += 1;
        let builder = TxBuilder::new(self.network.clone(), *nonce, Time(self.time + HOUR));
        let tx = builder.sign(action, signer, others);
        encode(&tx.expect("it is short enough")).into()
    }

    /// A block that all must agree on; the results' codes.
    pub(crate) fn block(&mut self, txs: Vec<Bytes>) -> Vec<u32> {
        self.height += 1;
        let request = RequestFinalizeBlock {
            txs,
            hash: Hash::tagged("nexus/month/block", &[&self.height.to_be_bytes()])
                .0
                .to_vec()
                .into(),
            height: i64::try_from(self.height).expect("a height"),
            time: Some(stamp(self.time)),
            ..RequestFinalizeBlock::default()
        };
        let answers = self.apps.iter().map(|app| {
            let answer = app.finalize_block(request.clone());
            app.commit();
            answer
        });
        let answers: Vec<_> = answers.collect();
        let same = answers.iter().all(|answer| *answer == answers[0]);
        assert!(same, "block {}: {answers:?}", self.height);
        self.keep();
        let results = answers[0].tx_results.iter();
        results.map(|result| result.code).collect()
    }

    /// The same, in which everything must be applied.
    pub(crate) fn applied(&mut self, txs: Vec<Bytes>) {
        let codes = self.block(txs);
        assert!(codes.iter().all(|code| *code == 0), "{codes:?}");
    }

    fn view(&self) -> StateView {
        let view = self.apps[0].views().latest().expect("a readable store");
        StateView::new(view.expect("a chain that began"))
    }

    fn record(&self) -> BlockRecord {
        let record = self.view().store().block_record(self.height);
        let record = record.expect("a readable store").expect("the last block");
        decode(&record).expect("a block's record")
    }

    /// What the block left for anybody to read.
    fn keep(&mut self) {
        let record = self.record();
        if let Some(unread) = &mut self.unread {
            unread.push(record);
            return;
        }
        for event in record.events {
            match event {
                Event::Usage(hour) => {
                    let kept = self.kept(&hour.imvu, hour.owner);
                    kept.usage.push(hour);
                }
                Event::Money(entry) => {
                    let kept = self.kept(&entry.imvu, entry.owner);
                    kept.money.push(entry);
                }
                Event::Statement(statement) => {
                    let kept = self.receipts.get_mut(&statement.imvu);
                    kept.expect("it had something").statements.push(statement);
                }
                _ => {}
            }
        }
    }

    fn kept(&mut self, imvu: &ImvuId, owner: IdentityId) -> &mut Kept {
        self.receipts.entry(imvu.clone()).or_insert_with(|| Kept {
            owner,
            usage: Vec::new(),
            money: Vec::new(),
            statements: Vec::new(),
        })
    }

    /// An object of the state.
    pub(crate) fn object<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        let view = self.view();
        let bytes = view.get(key)?;
        Some(decode(&bytes).expect("an object"))
    }
}
