//! A mock consensus: one validator that proposes, processes, finalizes and commits in the order of the
//! ABCI specification, and can crash between any two calls.

use bytes::Bytes;
use ed25519_consensus::SigningKey;
use nexus_genesis::Genesis;
use nexus_genesis::dev::{self, Keys};
use nexus_store::{MemoryBackend, Store};
use nexus_types::action::Action;
use nexus_types::approval::{Attestation, AttestationBody};
use nexus_types::crypto::{Signature, SigningKind, signing_digest};
use nexus_types::encoding::encode;
use nexus_types::tx::{Cosignatures, Network};
use nexus_types::{Hash, IdentityId, KeyBytes, List, Text, Time, Tx, TxBody};
use tendermint_abci::Application;
use tendermint_proto::google::protobuf::{Duration, Timestamp};
use tendermint_proto::v0_38::abci::{
    RequestCheckTx, RequestFinalizeBlock, RequestInitChain, RequestPrepareProposal,
    RequestProcessProposal, ValidatorUpdate,
};
use tendermint_proto::v0_38::crypto::{PublicKey, public_key::Sum};
use tendermint_proto::v0_38::types;

use crate::app::{App, NoObserver, Options};
use crate::transport::BatchCheckTx;

const START: u64 = 1_767_225_600_000;
const HOUR: u64 = 3_600_000;

pub(super) struct Person {
    key: SigningKey,
    id: IdentityId,
}

pub(super) struct Chain {
    pub(super) app: App,
    pub(super) app_hash: Vec<u8>,
    pub(super) backend: MemoryBackend,
    pub(super) genesis: Genesis,
    keys: Keys,
    network: Network,
    pub(super) height: i64,
}

pub(super) fn open(backend: &MemoryBackend, options: Options) -> App {
    App::open(Store::open(backend.clone()).unwrap(), options, NoObserver).unwrap()
}

impl Chain {
    pub(super) fn new() -> Self {
        Self::seeded(1)
    }

    pub(super) fn seeded(seed: u8) -> Self {
        let options = dev::Options {
            chain_id: "nexus-test".to_owned(),
            time: Time(START),
            validators: 4,
            seed: [seed; 32].into(),
        };
        let (genesis, keys) = dev::network(&options).unwrap();
        let backend = MemoryBackend::new();
        let app = open(&backend, Options::default());
        let network = Network {
            chain_id: genesis.document().chain_id.clone(),
            genesis_hash: genesis.hash(),
            recovery_epoch: 0,
        };
        Self {
            app,
            app_hash: Vec::new(),
            backend,
            genesis,
            keys,
            network,
            height: 0,
        }
    }

    pub(super) fn begun() -> Self {
        let mut chain = Self::new();
        chain.app_hash = chain.init();
        chain
    }

    pub(super) fn person(&self, seed: u8) -> Person {
        let key = SigningKey::from([seed; 32]);
        let id = IdentityId::from_key(&KeyBytes(key.verification_key().to_bytes()));
        Person { key, id }
    }

    pub(super) fn init(&self) -> Vec<u8> {
        self.app.init_chain(self.init_request()).app_hash.to_vec()
    }

    /// What CometBFT hands over from the file that genesis writes.
    pub(super) fn init_request(&self) -> RequestInitChain {
        let file: serde_json::Value = serde_json::from_str(&self.genesis.to_json()).unwrap();
        let document = self.genesis.document();
        let params = &file["consensus_params"];
        let number =
            |value: &serde_json::Value| -> i64 { value.as_str().unwrap().parse().unwrap() };
        let age = number(&params["evidence"]["max_age_duration"]);
        RequestInitChain {
            time: Some(stamp(document.time.0)),
            chain_id: document.chain_id.to_string(),
            consensus_params: Some(types::ConsensusParams {
                block: Some(types::BlockParams {
                    max_bytes: number(&params["block"]["max_bytes"]),
                    max_gas: number(&params["block"]["max_gas"]),
                }),
                evidence: Some(types::EvidenceParams {
                    max_age_num_blocks: number(&params["evidence"]["max_age_num_blocks"]),
                    max_age_duration: Some(Duration {
                        seconds: age / 1_000_000_000,
                        nanos: i32::try_from(age % 1_000_000_000).unwrap(),
                    }),
                    max_bytes: number(&params["evidence"]["max_bytes"]),
                }),
                validator: Some(types::ValidatorParams {
                    pub_key_types: vec!["ed25519".to_owned()],
                }),
                version: Some(types::VersionParams {
                    app: number(&params["version"]["app"]) as u64,
                }),
                abci: None,
            }),
            validators: self
                .genesis
                .validators()
                .map(|(_, key, power)| update(key, power))
                .collect(),
            app_state_bytes: file["app_state"].to_string().into(),
            initial_height: 1,
        }
    }

    fn time(&self) -> u64 {
        START + 1_000 * u64::try_from(self.height + 1).unwrap()
    }

    pub(super) fn prepare_request(&self, txs: Vec<Bytes>) -> RequestPrepareProposal {
        RequestPrepareProposal {
            max_tx_bytes: 1 << 20,
            txs,
            height: self.height + 1,
            time: Some(stamp(self.time())),
            ..RequestPrepareProposal::default()
        }
    }

    pub(super) fn process_request(&self, txs: Vec<Bytes>) -> RequestProcessProposal {
        RequestProcessProposal {
            txs,
            hash: self.hash(),
            height: self.height + 1,
            time: Some(stamp(self.time())),
            ..RequestProcessProposal::default()
        }
    }

    fn hash(&self) -> Bytes {
        vec![u8::try_from(self.height + 1).unwrap(); 32].into()
    }

    /// A block through all five calls; the results' codes.
    pub(super) fn block(&mut self, txs: Vec<Bytes>) -> Vec<u32> {
        let proposed = self.app.prepare_proposal(self.prepare_request(txs)).txs;
        let answer = self
            .app
            .process_proposal(self.process_request(proposed.clone()));
        assert_eq!(answer.status, 1, "our own proposal is accepted");
        self.decide(proposed)
    }

    /// A decided block: what blocksync and replay ask.
    pub(super) fn decide(&mut self, txs: Vec<Bytes>) -> Vec<u32> {
        let codes = self.finalize(txs);
        self.app.commit();
        self.height += 1;
        codes
    }

    pub(super) fn finalize_request(&self, txs: Vec<Bytes>) -> RequestFinalizeBlock {
        RequestFinalizeBlock {
            txs,
            hash: self.hash(),
            height: self.height + 1,
            time: Some(stamp(self.time())),
            ..RequestFinalizeBlock::default()
        }
    }

    fn finalize(&mut self, txs: Vec<Bytes>) -> Vec<u32> {
        let count = txs.len();
        let request = self.finalize_request(txs);
        let answer = self.app.finalize_block(request);
        assert_eq!(answer.tx_results.len(), count);
        self.app_hash = answer.app_hash.to_vec();
        answer.tx_results.iter().map(|result| result.code).collect()
    }

    /// A block during which the process dies after one call and CometBFT replays.
    pub(super) fn block_with_crash(&mut self, txs: Vec<Bytes>, crash_after: &str) {
        let proposed = self.app.prepare_proposal(self.prepare_request(txs)).txs;
        if crash_after == "prepare" {
            self.restart();
        }
        self.app
            .process_proposal(self.process_request(proposed.clone()));
        if crash_after == "process" {
            self.restart();
        }
        self.finalize(proposed.clone());
        if crash_after == "finalize" {
            self.restart();
            assert_eq!(
                self.app.info(Default::default()).last_block_height,
                self.height
            );
            self.finalize(proposed);
        }
        self.app.commit();
        self.height += 1;
        if crash_after == "commit" {
            self.restart();
            let on_disk = self
                .app
                .info(Default::default())
                .last_block_app_hash
                .to_vec();
            assert_eq!(on_disk, self.app_hash);
        }
    }

    /// The bytes on its disk.
    pub(super) fn backend(&self) -> &MemoryBackend {
        &self.backend
    }

    /// Where it stands: the height and app hash of the last block.
    pub(super) fn mark(&self) -> (i64, Vec<u8>) {
        (self.height, self.app_hash.clone())
    }

    /// Goes on from a mark, on another disk that holds the same height.
    ///
    /// # Errors
    /// Why the store does not open.
    pub(super) fn go_on(
        &mut self,
        backend: MemoryBackend,
        mark: &(i64, Vec<u8>),
    ) -> Result<(), crate::app::OpenError> {
        self.app = App::open(
            Store::open(backend.clone())?,
            Options::default(),
            NoObserver,
        )?;
        self.backend = backend;
        (self.height, self.app_hash) = mark.clone();
        Ok(())
    }

    fn restart(&mut self) {
        self.app = open(&self.backend, Options::default());
    }

    pub(super) fn check(&self, tx: &Bytes) -> u32 {
        self.app
            .check_tx(RequestCheckTx {
                tx: tx.clone(),
                r#type: 0,
            })
            .code
    }

    pub(super) fn check_all(&self, txs: &[Bytes]) -> Vec<u32> {
        let requests = txs
            .iter()
            .map(|tx| RequestCheckTx {
                tx: tx.clone(),
                r#type: 0,
            })
            .collect();
        self.app
            .check_tx_batch(requests)
            .iter()
            .map(|answer| answer.code)
            .collect()
    }

    fn seal(&self, person: &Person, nonce: u64, action: Action) -> Bytes {
        let body = TxBody {
            network: self.network.clone(),
            signer: person.id,
            lane: 0,
            nonce,
            expires: Time(START + HOUR),
            action,
            approvals: List::default(),
        };
        let signature = Signature(person.key.sign(body.id().as_bytes()).to_bytes());
        encode(&Tx {
            body,
            signature,
            cosignatures: Cosignatures::default(),
        })
        .into()
    }
}

/// A registration attested by the development network's attester.
pub(super) fn register(chain: &Chain, person: &Person) -> Bytes {
    let attester = SigningKey::from(*chain.keys.attester.seed);
    let body = AttestationBody {
        network: chain.network.clone(),
        identity: person.id,
        attester: IdentityId::from_key(&chain.keys.attester.public()),
        generation: 0,
        evidence: Hash([7; 32]),
        expires: Time(START + HOUR),
    };
    let digest = signing_digest(SigningKind::Attestation, &body);
    let signature = Signature(attester.sign(digest.as_bytes()).to_bytes());
    let key = KeyBytes(person.key.verification_key().to_bytes());
    let attestation = Some(Attestation { body, signature });
    chain.seal(person, 1, Action::RegisterIdentity { key, attestation })
}

/// Describing an IMVU that does not exist: admissible, and refused on the ledger.
pub(super) fn describe(chain: &Chain, person: &Person, nonce: u64, text: &str) -> Bytes {
    let imvu = nexus_types::ImvuId::new("IMVU-042").unwrap();
    chain.seal(
        person,
        nonce,
        Action::DescribeImvu {
            imvu,
            description: Text::new(text).unwrap(),
        },
    )
}

fn stamp(ms: u64) -> Timestamp {
    Timestamp {
        seconds: i64::try_from(ms / 1_000).unwrap(),
        nanos: i32::try_from(ms % 1_000).unwrap() * 1_000_000,
    }
}

fn update(key: KeyBytes, power: u64) -> ValidatorUpdate {
    ValidatorUpdate {
        pub_key: Some(PublicKey {
            sum: Some(Sum::Ed25519(key.0.to_vec())),
        }),
        power: i64::try_from(power).unwrap(),
    }
}
