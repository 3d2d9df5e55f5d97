//! One chain on the real machine and store, fed into the real index, with headers that four validators sign.

use crate::machine_view::{MachineView, app_hash_log};
use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_consensus::SigningKey;
use nexus_index::{BlockSource, BoxError, Feeder, Index};
use nexus_machine::{Block, BlockContext, Executed, SingleVerify, TxOutcome, genesis, recover};
use nexus_sdk::anchor::{Anchor, AnchorPoint};
use nexus_sdk::api::Base64;
use nexus_sdk::bundle::{LightBlock, TxResult, result_leaf_hash, tx_leaf_hash};
use nexus_store::{BlockWrite, LogAppend, MemoryBackend, Store, Views, app_log};
use nexus_tree::log::root_of;
use nexus_types::action::Action;
use nexus_types::approval::{Attestation, AttestationBody};
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::constants::APP_VERSION;
use nexus_types::crypto::{Signature, SigningKind, signing_digest};
use nexus_types::encoding::{List, Set, Text, encode};
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::LogId;
use nexus_types::money::Price;
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::recovery::{Recovery, RecoveryBody, RecoverySeat, RecoverySignature};
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::state::{Allowances, ChainRecord, Clock, DelayProfile};
use nexus_types::state_key::{self, StateKey};
use nexus_types::tx::{Cosignature, Cosignatures, Network, TxBody};
use nexus_types::{Hash, IdentityId, ImvuId, KeyBytes, Name, Time, Tx, decode};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tendermint::block::{self, CommitSig, Header, parts, signed_header::SignedHeader};
use tendermint::{account, chain, validator, vote};
use tokio::sync::watch;

const SECOND: u64 = 1_000;
const HOUR: u64 = 3_600 * SECOND;
/// Keys of the first validators, and of those that replace them all at once at [`ROTATION`].
const VALIDATORS: [u8; 4] = [30, 31, 32, 33];
const SUCCESSORS: [u8; 4] = [40, 41, 42, 43];
/// Between a validator's key and that of its organisation.
const OPERATORS: u8 = 20;
/// The first height whose header the successors sign. Only tests that make so many blocks meet it.
pub(super) const ROTATION: u64 = 40;

pub(super) const QUOTA: Quota = Quota {
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

/// Years, so that hardly a test is run when one ends.
pub(super) const CALENDAR: Calendar = Calendar::Hours(8_784);

/// A person with a key.
#[derive(Clone)]
pub(super) struct Person {
    key: SigningKey,
    pub(super) id: IdentityId,
}

impl Person {
    pub(super) fn new(seed: u8) -> Self {
        let key = SigningKey::from([seed; 32]);
        let id = IdentityId::from_key(&key_bytes(&key));
        Self { key, id }
    }

    fn sign(&self, digest: Hash) -> Signature {
        Signature(self.key.sign(digest.as_bytes()).to_bytes())
    }

    pub(super) fn public(&self) -> KeyBytes {
        key_bytes(&self.key)
    }
}

fn key_bytes(key: &SigningKey) -> KeyBytes {
    KeyBytes(key.verification_key().to_bytes())
}

pub(super) fn imvu(id: &str) -> ImvuId {
    ImvuId::new(id).unwrap()
}

pub(super) fn set_records(zone: &str, owner: &str, rtype: RecordType, value: &str) -> Action {
    Action::SetRecords {
        zone: Text::new(zone).unwrap(),
        owner: Text::new(owner).unwrap(),
        rrset: RRset {
            rtype,
            ttl: 300,
            records: Set::new(vec![nexus_sdk::api::parse_rdata(rtype, value).unwrap()]).unwrap(),
        },
    }
}

/// The chain. Its first block comes an hour before now.
pub(super) struct Chain {
    store: Store,
    doc: GenesisDocument,
    /// By height. A recovery's own has none.
    headers: Mutex<BTreeMap<u64, LightBlock>>,
    /// The height of CometBFT's first block.
    first: AtomicU64,
    committed: watch::Sender<u64>,
    /// Whether blocks are stored without telling anybody, as between a commit and the word of it.
    pub(super) untold: AtomicBool,
    pub(super) index: Arc<Index>,
    pub(super) feeder: Feeder,
    pub(super) officers: Vec<Person>,
    pub(super) attester: Person,
    pub(super) alice: Person,
    pub(super) bob: Person,
    _folder: tempfile::TempDir,
}

struct Blocks(Views);

impl BlockSource for Blocks {
    fn latest(&self) -> Option<u64> {
        self.0.latest().unwrap().map(|view| view.height())
    }

    fn block(&self, height: u64) -> Result<Option<BlockRecord>, BoxError> {
        let Some(view) = self.0.latest()? else {
            return Ok(None);
        };
        let bytes = view.block_record(height)?;
        Ok(bytes.map(|bytes| decode(&bytes)).transpose()?)
    }
}

impl Chain {
    /// Genesis at height 0, then Alice with IMVU-042 and alice.demo.example, Bob with IMVU-B and imvu-b.world.
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let index = Arc::new(
            Index::open(folder.path().join("index.db"), false)
                .await
                .unwrap(),
        );
        let store = Store::open(MemoryBackend::default()).unwrap();
        let (committed, heights) = watch::channel(0);
        let source = Arc::new(Blocks(store.views()));
        let feeder = Feeder::start(Arc::clone(&index), source, heights).unwrap();
        let officers: Vec<Person> = (1..=5).map(Person::new).collect();
        let attester = Person::new(10);
        let doc = document(&officers, &attester);
        let chain = Self {
            store,
            headers: Mutex::default(),
            first: AtomicU64::new(1),
            committed,
            untold: AtomicBool::new(false),
            index,
            feeder,
            officers,
            attester,
            alice: Person::new(20),
            bob: Person::new(21),
            doc,
            _folder: folder,
        };
        chain.persist(0, Hash::default(), &[], genesis(&chain.doc));
        chain.settle(&chain.alice, "IMVU-042", "alice.demo.example");
        chain.settle(&chain.bob, "IMVU-B", "imvu-b.world");
        chain
    }

    fn settle(&self, person: &Person, id: &str, name: &str) {
        let register = Action::RegisterIdentity {
            key: person.public(),
            attestation: Some(self.attest(person)),
        };
        let create = Action::CreateImvu {
            imvu: imvu(id),
            jurisdiction: Some(Jurisdiction::new("EU-GDPR").unwrap()),
            quota: QUOTA,
        };
        let claim = Action::ClaimDomain {
            name: Text::new(name).unwrap(),
            imvu: imvu(id),
        };
        for action in [register, create, claim] {
            let outcomes = self.block(&[self.tx(std::slice::from_ref(person), action)]);
            assert_eq!(outcomes[0].code.number(), 0, "{}", outcomes[0].log);
        }
    }

    pub(super) fn attest(&self, person: &Person) -> Attestation {
        let body = AttestationBody {
            network: self.network(),
            identity: person.id,
            attester: self.attester.id,
            generation: 0,
            evidence: Hash([7; 32]),
            expires: self.doc.time.plus_ms(24 * HOUR),
        };
        let signature = self
            .attester
            .sign(signing_digest(SigningKind::Attestation, &body));
        Attestation { body, signature }
    }

    pub(super) fn network(&self) -> Network {
        let chain: ChainRecord = self.object(&state_key::chain()).unwrap();
        chain.network
    }

    /// The height of CometBFT's first block.
    pub(super) fn first_height(&self) -> u64 {
        self.first.load(Ordering::Relaxed)
    }

    /// Ends the epoch at the last height: the seats go on with the successors' keys, as of the next block. Whoever verifies
    /// takes the anchor returned.
    pub(super) fn recover(&self) -> Anchor {
        let view = self.store.view().unwrap().unwrap();
        let (height, app_hash) = (view.height(), Hash(view.app_hash()));
        assert_eq!(height + 2, ROTATION, "the successors sign from there on");
        let mut seats: Vec<RecoverySeat> = VALIDATORS
            .iter()
            .zip(SUCCESSORS)
            .map(|(old, new)| RecoverySeat {
                operator: Person::new(old + OPERATORS).id,
                key: Person::new(new).public(),
            })
            .collect();
        seats.sort_unstable_by_key(|seat| seat.operator);
        let body = RecoveryBody {
            network: self.network(),
            height,
            app_hash,
            time: Time(view.time_ms() + SECOND),
            seats: List::new(seats).unwrap(),
        };
        let mut signatures: Vec<RecoverySignature> = self
            .two_thirds()
            .iter()
            .map(|operator| RecoverySignature {
                operator: operator.id,
                signature: operator.sign(body.digest()),
            })
            .collect();
        signatures.sort_unstable_by_key(|one| one.operator);
        let recovery = Recovery {
            body: body.clone(),
            signatures: List::new(signatures).unwrap(),
        };
        let state = MachineView::new(view);
        let executed = recover(&state, app_hash, &recovery, &SingleVerify).unwrap();
        state.failure().unwrap();
        self.persist(body.recovered_height(), body.digest(), &[], executed);
        self.first.store(ROTATION, Ordering::Relaxed);
        Anchor {
            point: AnchorPoint::Genesis {
                time: instant(body.time),
                validators: validators(ROTATION),
            },
            ..self.genesis_anchor()
        }
    }

    /// The organisation that holds the first seat.
    pub(super) fn operator(&self) -> Person {
        Person::new(VALIDATORS[0] + OPERATORS)
    }

    /// The organisations that hold two thirds of the seats.
    pub(super) fn two_thirds(&self) -> Vec<Person> {
        let seeds = VALIDATORS.iter().take(3);
        seeds.map(|seed| Person::new(seed + OPERATORS)).collect()
    }

    /// An object of the state.
    pub(super) fn object<T: BorshDeserialize + BorshSerialize>(&self, key: &StateKey) -> Option<T> {
        let view = self.store.view().unwrap().unwrap();
        let bytes = view.get(key.as_bytes()).unwrap()?;
        Some(decode(&bytes).unwrap())
    }

    pub(super) fn views(&self) -> Views {
        self.store.views()
    }

    pub(super) fn heights(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
    }

    pub(super) fn height(&self) -> u64 {
        *self.committed.borrow()
    }

    pub(super) fn law_time(&self) -> Time {
        let view = self.store.view().unwrap().unwrap();
        let clock = view.get(state_key::clock().as_bytes()).unwrap().unwrap();
        decode::<Clock>(&clock).unwrap().law_time
    }

    pub(super) fn genesis_anchor(&self) -> Anchor {
        Anchor::from_genesis(&self.doc).unwrap()
    }

    /// The bytes of the first signer's next transaction, co-signed by the others.
    pub(super) fn tx(&self, signers: &[Person], action: Action) -> Vec<u8> {
        let view = self.store.view().unwrap().unwrap();
        let spent = view
            .get(state_key::nonce(&signers[0].id, 0).as_bytes())
            .unwrap();
        let nonce = spent.map_or(0, |bytes| decode::<u64>(&bytes).unwrap()) + 1;
        self.tx_with(signers, action, nonce)
    }

    pub(super) fn tx_with(&self, signers: &[Person], action: Action, nonce: u64) -> Vec<u8> {
        let body = TxBody {
            network: self.network(),
            signer: signers[0].id,
            lane: 0,
            nonce,
            expires: self.doc.time.plus_ms(2 * HOUR),
            action,
            approvals: List::default(),
        };
        let digest = body.cosign_digest();
        let cosignatures = signers[1..].iter().map(|one| Cosignature {
            signer: one.id,
            signature: one.sign(digest),
        });
        encode(&Tx {
            signature: signers[0].sign(body.id()),
            cosignatures: Cosignatures::new(cosignatures.collect()).unwrap(),
            body,
        })
    }

    /// What CheckTx says: admission to the next block at the last block time.
    pub(super) fn check(&self, bytes: &[u8]) -> TxOutcome {
        let view = self.store.view().unwrap().unwrap();
        let context = BlockContext {
            height: view.height() + 1,
            time: Time(view.time_ms()),
        };
        let state = MachineView::new(view);
        let outcome = match nexus_machine::admit(bytes, &state, context, &SingleVerify) {
            Ok(_) => TxOutcome {
                code: nexus_types::Code::Applied,
                verdict: None,
                log: String::new(),
            },
            Err(refusal) => TxOutcome {
                code: refusal.code,
                verdict: None,
                log: refusal.to_string(),
            },
        };
        state.failure().unwrap();
        outcome
    }

    /// Commits a block of these bytes, one second after the last.
    pub(super) fn block(&self, txs: &[Vec<u8>]) -> Vec<TxOutcome> {
        self.block_writing(txs, Vec::new())
    }

    /// As [`Self::block`], and writes these objects of the state besides: what takes the law long to come to.
    pub(super) fn block_writing(
        &self,
        txs: &[Vec<u8>],
        objects: Vec<(StateKey, Vec<u8>)>,
    ) -> Vec<TxOutcome> {
        self.block_and(txs, |executed| {
            let objects = objects.into_iter().map(|(key, value)| (key, Some(value)));
            executed.changes.extend(objects);
        })
    }

    /// As [`Self::block`], and does this to what the law has made of the block.
    pub(super) fn block_and(
        &self,
        txs: &[Vec<u8>],
        besides: impl FnOnce(&mut Executed),
    ) -> Vec<TxOutcome> {
        let view = self.store.view().unwrap().unwrap();
        let context = BlockContext {
            height: view.height() + 1,
            time: Time(view.time_ms() + SECOND),
        };
        let light = self.sign_header(context, txs);
        let tendermint::Hash::Sha256(hash) = light.signed_header.header.hash() else {
            panic!("a header has a hash");
        };
        let state = MachineView::new(view);
        let mut block = Block::begin(&state, context, &[]);
        for bytes in txs {
            block.execute(&state, bytes, &SingleVerify);
        }
        let mut executed = block.finish(&state, Hash(hash));
        besides(&mut executed);
        state.failure().unwrap();
        let outcomes = executed.txs.clone();
        self.headers.lock().unwrap().insert(context.height, light);
        self.persist(context.height, Hash(hash), txs, executed);
        outcomes
    }

    fn persist(&self, height: u64, hash: Hash, txs: &[Vec<u8>], executed: Executed) {
        let time = self.doc.time.plus_ms(height * SECOND);
        let changes: Vec<_> = executed
            .changes
            .iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value.clone()))
            .collect();
        let staged = self.store.stage(changes).unwrap();
        let preimage = executed.preimage(Hash(staged.state_root));
        let records: Vec<TxRecord> = txs
            .iter()
            .zip(&executed.txs)
            .map(|(bytes, outcome)| TxRecord {
                hash: Hash::of(bytes),
                bytes: bytes.clone(),
                code: outcome.code,
                verdict: outcome.verdict.clone(),
            })
            .collect();
        let record = BlockRecord {
            height,
            time,
            hash,
            app_hash: Hash(preimage.hash()),
            proposer: [1; 20],
            txs: records,
            events: executed.events,
            changes: staged.changes,
        };
        let logs = executed.appends.into_iter().map(|(log, record)| LogAppend {
            log: match log {
                LogId::Chain(log) => app_log(app_hash_log(log)),
                collection @ LogId::Collection(..) => collection.to_bytes(),
            },
            record,
        });
        let write = BlockWrite {
            height,
            time_ms: time.0,
            block_hash: hash.0,
            app_hash: preimage.hash(),
            preimage,
            logs: logs.collect(),
            txs: record.txs.iter().map(|tx| tx.hash.0).collect(),
            block: encode(&record),
        };
        self.store.commit(write).unwrap();
        if !self.untold.load(Ordering::Relaxed) {
            self.committed.send_replace(height);
        }
    }

    /// The light block of a height, as CometBFT would show it.
    pub(super) fn light_block(&self, height: u64) -> Option<LightBlock> {
        self.headers.lock().unwrap().get(&height).cloned()
    }

    fn sign_header(&self, context: BlockContext, txs: &[Vec<u8>]) -> LightBlock {
        let before = self.store.view().unwrap().unwrap();
        let record: BlockRecord =
            decode(&before.block_record(before.height()).unwrap().unwrap()).unwrap();
        let results: Vec<_> = record
            .txs
            .iter()
            .map(|tx| result_leaf_hash(&result(tx)))
            .collect();
        let data: Vec<_> = txs.iter().map(|bytes| tx_leaf_hash(bytes)).collect();
        let set = validators(context.height);
        let next = validators(context.height + 1);
        let header = Header {
            version: block::header::Version {
                block: 11,
                app: APP_VERSION,
            },
            chain_id: chain::Id::try_from(self.doc.chain_id.to_string()).unwrap(),
            height: block::Height::try_from(context.height).unwrap(),
            time: instant(context.time),
            last_block_id: None,
            last_commit_hash: None,
            data_hash: Some(tendermint::Hash::Sha256(root_of(&data))),
            validators_hash: set.hash(),
            next_validators_hash: next.hash(),
            consensus_hash: tendermint::Hash::Sha256([7; 32]),
            app_hash: tendermint::AppHash::try_from(before.app_hash().to_vec()).unwrap(),
            last_results_hash: Some(tendermint::Hash::Sha256(root_of(&results))),
            evidence_hash: None,
            proposer_address: set.validators()[0].address,
        };
        let id = block::Id {
            hash: header.hash(),
            part_set_header: parts::Header::new(1, tendermint::Hash::Sha256([9; 32])).unwrap(),
        };
        let signatures = set.validators().iter().enumerate();
        let signatures = signatures.map(|(index, one)| precommit(&header, id, one, index));
        let commit = block::Commit {
            height: header.height,
            round: block::Round::default(),
            block_id: id,
            signatures: signatures.collect(),
        };
        LightBlock::new(
            SignedHeader::new(header, commit).unwrap(),
            set.validators().clone(),
            next.validators().clone(),
        )
    }
}

fn result(record: &TxRecord) -> TxResult {
    TxResult {
        code: record.code.number(),
        data: Base64::new(record.verdict.as_ref().map(encode).unwrap_or_default()),
        gas_wanted: 0,
        gas_used: 0,
    }
}

fn instant(time: Time) -> tendermint::Time {
    let seconds = i64::try_from(time.0 / SECOND).unwrap();
    tendermint::Time::from_unix_timestamp(seconds, 0).unwrap()
}

/// The validators that sign the header of that height.
pub(super) fn validators(height: u64) -> validator::Set {
    let seeds = if height < ROTATION {
        VALIDATORS
    } else {
        SUCCESSORS
    };
    let infos = seeds.map(|seed| {
        let key = tendermint::PublicKey::from_raw_ed25519(&Person::new(seed).public().0).unwrap();
        validator::Info::new(key, vote::Power::try_from(10_u64).unwrap())
    });
    validator::Set::without_proposer(infos.to_vec())
}

fn precommit(header: &Header, id: block::Id, one: &validator::Info, index: usize) -> CommitSig {
    let timestamp = header.time.checked_add(Duration::from_millis(1)).unwrap();
    let vote = vote::Vote {
        vote_type: vote::Type::Precommit,
        height: header.height,
        round: block::Round::default(),
        block_id: Some(id),
        timestamp: Some(timestamp),
        validator_address: account::Id::new(*one.address.as_bytes().first_chunk().unwrap()),
        validator_index: vote::ValidatorIndex::try_from(index).unwrap(),
        signature: None,
        extension: Vec::new(),
        extension_signature: None,
    };
    let person = VALIDATORS
        .into_iter()
        .chain(SUCCESSORS)
        .map(Person::new)
        .find(|person| person.public().0.as_slice() == one.pub_key.to_bytes().as_slice());
    let bytes = vote.into_signable_vec(header.chain_id.clone());
    CommitSig::BlockIdFlagCommit {
        validator_address: one.address,
        timestamp,
        signature: tendermint::Signature::new(person.unwrap().key.sign(&bytes).to_bytes()).unwrap(),
    }
}

fn document(officers: &[Person], attester: &Person) -> GenesisDocument {
    let named = |person: &Person, name: &str| GenesisIdentity {
        key: person.public(),
        public_name: Text::new(name).unwrap(),
    };
    let mut identities: Vec<_> = officers
        .iter()
        .map(|person| named(person, "officer"))
        .collect();
    identities.push(named(attester, "attester"));
    identities.extend(VALIDATORS.map(|seed| named(&Person::new(seed + OPERATORS), "operator")));
    let seats = VALIDATORS.map(|seed| GenesisSeat {
        name: Text::new(format!("seat-{seed}")).unwrap(),
        key: Person::new(seed).public(),
        power: 10,
        platform: seed == VALIDATORS[0],
        operator: Person::new(seed + OPERATORS).id,
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    GenesisDocument {
        chain_id: Text::new("nexus-test").unwrap(),
        time: Time((now.as_secs() - 3_600) * SECOND),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1_300_000,
        evidence_max_age_ms: 15 * 24 * HOUR,
        app_version: APP_VERSION,
        state: GenesisState {
            development: true,
            identities: List::new(identities).unwrap(),
            officers: Set::new(officers.iter().map(|person| person.id).collect()).unwrap(),
            officers_threshold: 3,
            attesters: Set::new(vec![attester.id]).unwrap(),
            seats: List::new(seats.to_vec()).unwrap(),
            jurisdictions: Set::new(vec![Jurisdiction::new("EU-GDPR").unwrap()]).unwrap(),
            apexes: Set::new(vec![Name::parse("demo.example").unwrap()]).unwrap(),
            preapproved: List::new(vec![Text::new("imvu-b.world").unwrap()]).unwrap(),
            delays: DelayProfile {
                approval_ms: 24 * HOUR,
                name_lock_ms: 365 * 24 * HOUR,
                registration_ms: 0,
                silence_ms: HOUR / 4,
                late_window_ms: 72 * HOUR,
                price_notice_ms: 0,
                maturity_ms: 720 * HOUR,
                dispute_ms: 720 * HOUR,
                consent_notice_ms: 720 * HOUR,
                debt_notice_ms: 168 * HOUR,
                debt_frozen_ms: 336 * HOUR,
                debt_dormant_ms: 720 * HOUR,
                guardian_ms: 168 * HOUR,
                freeze_ms: 720 * HOUR,
                snapshot_retention_ms: 720 * HOUR,
                voting_ms: 720 * HOUR,
                register_ms: 168 * HOUR,
                governance_ms: 720 * HOUR,
                upgrade_fast_ms: 168 * HOUR,
                trusting_ms: 336 * HOUR,
                exit_overdue_ms: 72 * HOUR,
                exit_protection_ms: 2160 * HOUR,
                exit_after_ms: 720 * HOUR,
                exit_interval_ms: 4320 * HOUR,
                observation_ms: 720 * HOUR,
                reproof_ms: 168 * HOUR,
            },
            allowances: Allowances {
                per_block: 256,
                per_day: 2_000,
                rights_per_block: 8,
                rights_per_day: 100,
                unattested_per_block: 2,
                unattested_per_day: 3,
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
            calendar: CALENDAR,
            prices: [Price {
                micros: 7,
                per: 1_000,
            }; 7],
        },
    }
}
