//! A chain in memory: the law's own machine decides, four validators sign CometBFT headers over what it did.

use crate::people::{CHAIN_ID, GENESIS_MS, HOUR_MS, Person, VALIDATORS, genesis, key, public};
use ed25519_consensus::SigningKey;
use nexus_machine::{Block, BlockContext, Executed, SingleVerify, View};
use nexus_sdk::anchor::{Anchor, time_from_ms, validator_set};
use nexus_sdk::api::Base64;
use nexus_sdk::bundle::{LightBlock, TxResult, result_leaf_hash, tx_leaf_hash};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{Frontier, leaf_hash, root_of};
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};
use nexus_types::approval::{Approval, ApprovalBody, Attestation, AttestationBody};
use nexus_types::block::Event;
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::encoding::{List, encode};
use nexus_types::log::{ChainLog, LogId};
use nexus_types::state_key::{self, StateKey};
use nexus_types::tx::{Cosignature, Cosignatures};
use nexus_types::{Action, Hash, IdentityId, Network, Time as LawTime, Tx, TxBody, decode};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;
use tendermint::block::{self, CommitSig, Header, parts, signed_header::SignedHeader};
use tendermint::{Time, chain as comet, validator, vote};

/// What the law and the validators said about one block.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) header: Header,
    pub(crate) txs: Vec<Vec<u8>>,
    pub(crate) results: Vec<TxResult>,
}

/// The chain after its last block.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) state: State,
    pub(crate) logs: Logs,
    pub(crate) network: Network,
    /// The app hash's preimage after each height, from genesis on.
    pub(crate) preimages: Vec<AppHashPreimage>,
    pub(crate) blocks: Vec<Made>,
    /// State and logs after each height, from genesis on.
    history: Vec<(State, Logs)>,
    /// What happened in each block.
    pub(crate) events: Vec<Vec<Event>>,
    /// Before which heights nothing happened for how long.
    pauses: Vec<(u64, Duration)>,
}

type State = BTreeMap<StateKey, Vec<u8>>;
type Logs = BTreeMap<LogId, Vec<Vec<u8>>>;

impl View for Chain {
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
        let mut frontier = Frontier::default();
        for record in self.logs.get(&LogId::Chain(log)).into_iter().flatten() {
            frontier.append(leaf_hash(record)).unwrap();
        }
        frontier
    }
}

impl Chain {
    pub(crate) fn new() -> Self {
        let document = genesis();
        let mut chain = Self {
            state: BTreeMap::new(),
            logs: BTreeMap::new(),
            network: Network {
                chain_id: document.chain_id.clone(),
                genesis_hash: document.hash(),
                recovery_epoch: 0,
            },
            preimages: Vec::new(),
            blocks: Vec::new(),
            history: Vec::new(),
            events: Vec::new(),
            pauses: Vec::new(),
        };
        chain.commit(&nexus_machine::genesis(&document));
        chain
    }

    pub(crate) fn anchor() -> Anchor {
        Anchor::from_genesis(&genesis()).unwrap()
    }

    /// The height of the last block.
    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    /// Where the next block's transactions are judged.
    pub(crate) fn next(&self) -> BlockContext {
        let height = self.height() + 1;
        BlockContext {
            height,
            time: LawTime(self.time_ns(height).unix_timestamp_nanos() as u64 / 1_000_000),
        }
    }

    /// The time of a block: genesis time for the first, then 1.000000001 s apart, so that nanoseconds matter, and more after
    /// a pause.
    pub(crate) fn time_ns(&self, height: u64) -> Time {
        let step = Duration::from_nanos(1_000_000_001 * (height - 1));
        let pauses = self.pauses.iter().filter(|(before, _)| *before <= height);
        let paused: Duration = pauses.map(|(_, pause)| *pause).sum();
        let genesis = time_from_ms(GENESIS_MS).unwrap();
        genesis.checked_add(step + paused).unwrap()
    }

    /// Lets time pass before the next block.
    pub(crate) fn pause(&mut self, pause: Duration) {
        self.pauses.push((self.height() + 1, pause));
    }

    pub(crate) fn tree(&self) -> SparseMerkleTree {
        let leaves = self.state.iter();
        let leaves = leaves.map(|(key, value)| (key_hash(key.as_bytes()), value_hash(value)));
        SparseMerkleTree::from_leaves(self.height(), leaves).unwrap()
    }

    fn commit(&mut self, executed: &Executed) {
        for (key, value) in &executed.changes {
            match value {
                Some(value) => self.state.insert(key.clone(), value.clone()),
                None => self.state.remove(key),
            };
        }
        for (log, record) in &executed.appends {
            let records = self.logs.entry(log.clone()).or_default();
            records.push(record.clone());
        }
        let root = self.tree().root();
        self.preimages.push(executed.preimage(Hash(root)));
        self.history.push((self.state.clone(), self.logs.clone()));
    }

    /// The chain as it was after that height.
    pub(crate) fn at(&self, height: u64) -> Self {
        let (state, logs) = self.history[height as usize].clone();
        Self {
            state,
            logs,
            network: self.network.clone(),
            preimages: self.preimages[..=height as usize].to_vec(),
            blocks: self.blocks[..height as usize].to_vec(),
            history: self.history[..=height as usize].to_vec(),
            events: self.events[..height as usize].to_vec(),
            pauses: self.pauses.clone(),
        }
    }

    /// Makes the next block of these bytes.
    pub(crate) fn block(&mut self, txs: &[Vec<u8>]) -> Executed {
        let header = self.header(txs);
        let hash = Hash(header.hash().as_bytes().try_into().unwrap());
        let mut block = Block::begin(self, self.next(), &[]);
        for bytes in txs {
            block.execute(self, bytes, &SingleVerify);
        }
        let executed = block.finish(self, hash);
        let results = executed.txs.iter().map(|outcome| TxResult {
            code: outcome.code.number(),
            data: Base64::new(outcome.verdict.as_ref().map(encode).unwrap_or_default()),
            gas_wanted: 0,
            gas_used: 0,
        });
        self.blocks.push(Made {
            header,
            txs: txs.to_vec(),
            results: results.collect(),
        });
        self.events.push(executed.events.clone());
        self.commit(&executed);
        executed
    }

    fn header(&self, txs: &[Vec<u8>]) -> Header {
        let height = self.height() + 1;
        let (set, _) = validators();
        let last = self.blocks.last();
        let results: Vec<[u8; 32]> = last
            .map(|made| made.results.iter().map(result_leaf_hash).collect())
            .unwrap_or_default();
        let data: Vec<[u8; 32]> = txs.iter().map(|bytes| tx_leaf_hash(bytes)).collect();
        let root = |leaves: &[[u8; 32]]| Some(tendermint::Hash::Sha256(root_of(leaves)));
        let app_hash = self.preimages.last().unwrap().hash();
        let proposer = height as usize % VALIDATORS.len();
        Header {
            version: block::header::Version { block: 11, app: 3 },
            chain_id: comet::Id::try_from(CHAIN_ID).unwrap(),
            height: block::Height::try_from(height).unwrap(),
            time: self.time_ns(height),
            last_block_id: last.map(|made| block_id(&made.header)),
            // A light client does not check these two: nothing here depends on them.
            last_commit_hash: root(&[]),
            evidence_hash: root(&[]),
            data_hash: root(&data),
            validators_hash: set.hash(),
            next_validators_hash: set.hash(),
            consensus_hash: tendermint::Hash::Sha256(Hash::of(b"consensus parameters").0),
            app_hash: tendermint::AppHash::try_from(app_hash.to_vec()).unwrap(),
            last_results_hash: root(&results),
            proposer_address: set.validators()[proposer].address,
        }
    }

    /// The signed header of a height with its validators. One validator in turn is absent.
    pub(crate) fn light_block(&self, height: u64) -> LightBlock {
        let header = self.blocks[height as usize - 1].header.clone();
        let (set, keys) = validators();
        let id = block_id(&header);
        let signers = set.validators().iter().zip(&keys).enumerate();
        let signatures = signers.map(|(index, (one, key))| {
            if index == height as usize % 4 && height > 1 {
                CommitSig::BlockIdFlagAbsent
            } else {
                precommit(&header, id, one, index, key)
            }
        });
        let commit = block::Commit {
            height: header.height,
            round: block::Round::default(),
            block_id: id,
            signatures: signatures.collect(),
        };
        let signed = SignedHeader::new(header, commit).unwrap();
        let members = set.validators().clone();
        LightBlock::new(signed, members.clone(), members)
    }

    /// The object behind a key.
    pub(crate) fn read<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        self.state.get(key).map(|bytes| decode(bytes).unwrap())
    }

    pub(crate) fn next_nonce(&self, id: &IdentityId) -> u64 {
        self.read::<u64>(&state_key::nonce(id, 0)).unwrap_or(0) + 1
    }

    pub(crate) fn body(&self, signer: &Person, action: Action) -> TxBody {
        TxBody {
            network: self.network.clone(),
            signer: signer.id,
            lane: 0,
            nonce: self.next_nonce(&signer.id),
            expires: self.next().time.plus_ms(HOUR_MS),
            action,
            approvals: List::default(),
        }
    }

    pub(crate) fn attest(&self, person: &Person, attester: &Person) -> Attestation {
        let body = AttestationBody {
            network: self.network.clone(),
            identity: person.id,
            attester: attester.id,
            generation: 0,
            evidence: Hash::of(b"passport seen"),
            expires: self.next().time.plus_ms(HOUR_MS),
        };
        let signature = attester.sign(signing_digest(SigningKind::Attestation, &body));
        Attestation { body, signature }
    }
}

/// Signs a body, and has it co-signed.
pub(crate) fn seal(body: TxBody, signer: &Person, cosigners: &[Person]) -> Tx {
    let digest = body.cosign_digest();
    let cosignatures = cosigners.iter().map(|one| Cosignature {
        signer: one.id,
        signature: one.sign(digest),
    });
    Tx {
        signature: signer.sign(body.id()),
        cosignatures: Cosignatures::new(cosignatures.collect()).unwrap(),
        body,
    }
}

pub(crate) fn approved(body: ApprovalBody, owner: &Person) -> Approval {
    let signature = owner.sign(body.id());
    Approval { body, signature }
}

/// The validators and their keys, in CometBFT's order.
pub(crate) fn validators() -> (validator::Set, Vec<SigningKey>) {
    let set = validator_set(VALIDATORS.iter().map(|seed| (public(*seed).0, 10))).unwrap();
    let keys = set.validators().iter().map(|one| {
        let mut seeds = VALIDATORS.iter();
        let seed = seeds.find(|seed| one.pub_key.to_bytes() == public(**seed).0);
        key(*seed.unwrap())
    });
    let keys = keys.collect();
    (set, keys)
}

fn block_id(header: &Header) -> block::Id {
    let parts = tendermint::Hash::Sha256(Hash::of(header.hash().as_bytes()).0);
    block::Id {
        hash: header.hash(),
        part_set_header: parts::Header::new(1, parts).unwrap(),
    }
}

fn precommit(
    header: &Header,
    block_id: block::Id,
    validator: &validator::Info,
    index: usize,
    key: &SigningKey,
) -> CommitSig {
    let delay = Duration::from_millis(20 * (index as u64 + 1));
    let timestamp = header.time.checked_add(delay).unwrap();
    let vote = vote::Vote {
        vote_type: vote::Type::Precommit,
        height: header.height,
        round: block::Round::default(),
        block_id: Some(block_id),
        timestamp: Some(timestamp),
        validator_address: validator.address,
        validator_index: vote::ValidatorIndex::try_from(index).unwrap(),
        signature: None,
        extension: Vec::new(),
        extension_signature: None,
    };
    let bytes = vote.into_signable_vec(header.chain_id.clone());
    CommitSig::BlockIdFlagCommit {
        validator_address: validator.address,
        timestamp,
        signature: tendermint::Signature::new(key.sign(&bytes).to_bytes()).unwrap(),
    }
}
