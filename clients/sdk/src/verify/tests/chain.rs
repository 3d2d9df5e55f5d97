//! A chain made by hand: four validators that sign whatever a test wants of their headers.

use crate::anchor::{Anchor, validator_set};
use crate::api::{Base64, Hex, PreimageView, RecordItem, StateItem};
use crate::bundle::{
    Bundle, BundleSubject, Evidence, LightBlock, RecordSet, TxItem, TxResult, inclusion_path,
    result_leaf_hash, tx_leaf_hash,
};
use ed25519_consensus::SigningKey;
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{Frontier, LogHead, leaf_hash, root_of};
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};
use nexus_types::approval::Approval;
use nexus_types::crypto::Signature;
use nexus_types::encoding::{List, Set, Text, encode};
use nexus_types::genesis::{GenesisDocument, GenesisSeat, GenesisState};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::limits::{
    APPROVAL_LIFETIME_MS, CONSENT_NOTICE_MS, DEBT_DORMANT_MS, DEBT_FROZEN_MS, DEBT_NOTICE_MS,
    DISPUTE_MS, EXIT_AFTER_MS, EXIT_INTERVAL_MS, EXIT_OVERDUE_MS, EXIT_PROTECTION_MS, FREEZE_MS,
    GOVERNANCE_MS, GUARDIAN_MS, LATE_WINDOW_MS, MATURITY_MS, NAME_LOCK_MS, OBSERVATION_MS,
    PRICE_NOTICE_MS, REGISTER_MS, REGISTRATION_MS, REPROOF_MS, SILENCE_MS, SNAPSHOT_RETENTION_MS,
    TRUSTING_MS, UPGRADE_FAST_MS, VOTING_MS,
};
use nexus_types::log::CollectionKind;
use nexus_types::money::Price;
use nexus_types::period::Calendar;
use nexus_types::quota::{Quota, QuotaChange};
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{
    Allowances, ChainRecord, Collection, DelayProfile, Domain, Identity, IdentityStatus, Imvu,
    ImvuStatus, Zone, zone_leaf,
};
use nexus_types::state_key::{self, StateKey};
use nexus_types::tx::{Cosignatures, TxBody};
use nexus_types::verdict::{GateOutcome, Outcome, Reason};
use nexus_types::{
    Action, ActionKind, Code, Gate, Hash, IdentityId, ImvuId, KeyBytes, Name, Network, Subject,
    Time as LawTime, Tx, Verdict, constants,
};
use std::collections::BTreeMap;
use std::time::Duration;
use tendermint::block::{self, CommitSig, Header, parts, signed_header::SignedHeader};
use tendermint::{Time, account, chain, validator, vote};

/// 2026-01-01T00:00:00Z in milliseconds.
pub(crate) const GENESIS_MS: u64 = 1_767_225_600_000;
pub(crate) const CHAIN_ID: &str = "nexus-test";

pub(crate) fn signer(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

pub(crate) fn public(key: &SigningKey) -> KeyBytes {
    KeyBytes(key.verification_key().to_bytes())
}

pub(crate) fn time(height: u64) -> Time {
    let genesis = crate::anchor::time_from_ms(GENESIS_MS).unwrap();
    genesis
        .checked_add(Duration::from_secs(height - 1))
        .unwrap()
}

/// The signing keys 1–4 in the order CometBFT gives their validators.
pub(crate) fn validators(seeds: &[u8]) -> (validator::Set, Vec<SigningKey>) {
    let set = validator_set(seeds.iter().map(|seed| (public(&signer(*seed)).0, 10))).unwrap();
    let keys = set.validators().iter().map(|one| {
        let found = seeds
            .iter()
            .find(|seed| one.pub_key.to_bytes() == public(&signer(**seed)).0);
        signer(*found.unwrap())
    });
    let keys = keys.collect();
    (set, keys)
}

pub(crate) fn genesis() -> GenesisDocument {
    let seats = (1..=4_u8).map(|seed| GenesisSeat {
        name: Text::new(format!("seat {seed}")).unwrap(),
        key: public(&signer(seed)),
        power: 10,
        platform: seed == 1,
        operator: IdentityId::from_key(&public(&signer(seed + 10))),
    });
    GenesisDocument {
        chain_id: Text::new(CHAIN_ID).unwrap(),
        time: LawTime(GENESIS_MS),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1,
        evidence_max_age_ms: 1,
        app_version: 3,
        state: GenesisState {
            development: true,
            identities: List::default(),
            officers: Set::default(),
            officers_threshold: 1,
            attesters: Set::default(),
            seats: List::new(seats.collect()).unwrap(),
            jurisdictions: Set::default(),
            apexes: Set::default(),
            preapproved: List::default(),
            delays: delays(),
            allowances: allowances(),
            max_quota: Quota::default(),
            calendar: Calendar::Months,
            prices: [Price { micros: 1, per: 1 }; 7],
        },
    }
}

pub(crate) fn delays() -> DelayProfile {
    DelayProfile {
        approval_ms: APPROVAL_LIFETIME_MS,
        name_lock_ms: NAME_LOCK_MS,
        registration_ms: REGISTRATION_MS,
        silence_ms: SILENCE_MS,
        late_window_ms: LATE_WINDOW_MS,
        price_notice_ms: PRICE_NOTICE_MS,
        maturity_ms: MATURITY_MS,
        dispute_ms: DISPUTE_MS,
        consent_notice_ms: CONSENT_NOTICE_MS,
        debt_notice_ms: DEBT_NOTICE_MS,
        debt_frozen_ms: DEBT_FROZEN_MS,
        debt_dormant_ms: DEBT_DORMANT_MS,
        guardian_ms: GUARDIAN_MS,
        freeze_ms: FREEZE_MS,
        snapshot_retention_ms: SNAPSHOT_RETENTION_MS,
        voting_ms: VOTING_MS,
        register_ms: REGISTER_MS,
        governance_ms: GOVERNANCE_MS,
        upgrade_fast_ms: UPGRADE_FAST_MS,
        trusting_ms: TRUSTING_MS,
        exit_overdue_ms: EXIT_OVERDUE_MS,
        exit_protection_ms: EXIT_PROTECTION_MS,
        exit_after_ms: EXIT_AFTER_MS,
        exit_interval_ms: EXIT_INTERVAL_MS,
        observation_ms: OBSERVATION_MS,
        reproof_ms: REPROOF_MS,
    }
}

fn allowances() -> Allowances {
    Allowances {
        per_block: 1,
        per_day: 1,
        rights_per_block: 1,
        rights_per_day: 1,
        unattested_per_block: 1,
        unattested_per_day: 1,
    }
}

pub(crate) fn anchor() -> Anchor {
    Anchor::from_genesis(&genesis()).unwrap()
}

pub(crate) fn network() -> Network {
    Network {
        chain_id: Text::new(CHAIN_ID).unwrap(),
        genesis_hash: genesis().hash(),
        recovery_epoch: 0,
    }
}

/// What a test wants of a header; the rest is plausible filling.
#[derive(Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) app_hash: [u8; 32],
    pub(crate) data: Vec<[u8; 32]>,
    pub(crate) results: Vec<[u8; 32]>,
}

/// A header of that height, signed by all validators of `seeds` but the first `absent`.
pub(crate) fn light_block(
    height: u64,
    seeds: &[u8],
    next: &[u8],
    absent: usize,
    wanted: &Wanted,
) -> LightBlock {
    let (set, keys) = validators(seeds);
    let (next_set, _) = validators(next);
    let header = Header {
        version: block::header::Version { block: 11, app: 1 },
        chain_id: chain::Id::try_from(CHAIN_ID).unwrap(),
        height: block::Height::try_from(height).unwrap(),
        time: time(height),
        last_block_id: None,
        last_commit_hash: None,
        data_hash: Some(tendermint::Hash::Sha256(root_of(&wanted.data))),
        validators_hash: set.hash(),
        next_validators_hash: next_set.hash(),
        consensus_hash: tendermint::Hash::Sha256([7; 32]),
        app_hash: tendermint::AppHash::try_from(wanted.app_hash.to_vec()).unwrap(),
        last_results_hash: Some(tendermint::Hash::Sha256(root_of(&wanted.results))),
        evidence_hash: None,
        proposer_address: set.validators()[0].address,
    };
    let block_id = block::Id {
        hash: header.hash(),
        part_set_header: parts::Header::new(1, tendermint::Hash::Sha256([9; 32])).unwrap(),
    };
    let signatures = set
        .validators()
        .iter()
        .zip(&keys)
        .enumerate()
        .map(|(index, (one, key))| {
            if index < absent {
                return CommitSig::BlockIdFlagAbsent;
            }
            precommit(&header, block_id, one.address, index, key)
        });
    let commit = block::Commit {
        height: header.height,
        round: block::Round::default(),
        block_id,
        signatures: signatures.collect(),
    };
    LightBlock::new(
        SignedHeader::new(header, commit).unwrap(),
        set.validators().clone(),
        next_set.validators().clone(),
    )
}

fn precommit(
    header: &Header,
    block_id: block::Id,
    address: account::Id,
    index: usize,
    key: &SigningKey,
) -> CommitSig {
    let timestamp = header.time.checked_add(Duration::from_millis(1)).unwrap();
    let vote = vote::Vote {
        vote_type: vote::Type::Precommit,
        height: header.height,
        round: block::Round::default(),
        block_id: Some(block_id),
        timestamp: Some(timestamp),
        validator_address: address,
        validator_index: vote::ValidatorIndex::try_from(index).unwrap(),
        signature: None,
        extension: Vec::new(),
        extension_signature: None,
    };
    let bytes = vote.into_signable_vec(header.chain_id.clone());
    let signature = key.sign(&bytes).to_bytes();
    CommitSig::BlockIdFlagCommit {
        validator_address: address,
        timestamp,
        signature: tendermint::Signature::new(signature).unwrap(),
    }
}

/// A state after height H, with all a bundle may be asked for.
pub(crate) struct World {
    pub(crate) values: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) records: Vec<(Name, RRset)>,
    pub(crate) txs: Vec<Vec<u8>>,
    pub(crate) results: Vec<TxResult>,
    pub(crate) audit: Vec<Vec<u8>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            values: BTreeMap::new(),
            records: records(),
            txs: Vec::new(),
            results: Vec::new(),
            audit: vec![
                b"entry 0".to_vec(),
                b"entry 1".to_vec(),
                b"entry 2".to_vec(),
            ],
        };
        world.put_state();
        for seed in [21, 22, 23] {
            let tx = denied_tx(seed);
            world.results.push(TxResult {
                code: 2015,
                data: Base64::new(encode(&verdict(&tx))),
                gas_wanted: 0,
                gas_used: 0,
            });
            world.txs.push(encode(&tx));
        }
        world
    }

    fn put_state(&mut self) {
        let id = imvu_id();
        let chain = ChainRecord {
            network: network(),
            app_version: 3,
            delays: delays(),
            allowances: allowances(),
            max_quota: Quota::default(),
            development: true,
            calendar: Calendar::Months,
        };
        self.put(&state_key::chain(), encode(&chain));
        self.put(&state_key::imvu(&id), encode(&imvu()));
        for (kind, entries) in CollectionKind::ALL.into_iter().zip([3_u8, 1]) {
            self.put(
                &state_key::collection(kind, Some(&id)),
                encode(&collection(entries)),
            );
        }
        let leaves: Vec<[u8; 32]> = self
            .records
            .iter()
            .map(|(o, s)| leaf_hash(&zone_leaf(o, s)))
            .collect();
        let zone = Zone {
            apex: apex(),
            imvu: id.clone(),
            serial: 1,
            sets: leaves.len() as u32,
            root: Hash(root_of(&leaves)),
        };
        self.put(&state_key::zone(&apex()), encode(&zone));
        let domain = Domain {
            name: apex(),
            imvu: Some(id),
            jurisdiction: Jurisdiction::new("EU-GDPR").ok(),
            since: 1,
            locked_until: LawTime(0),
        };
        self.put(&state_key::domain(&apex()), encode(&domain));
        let key = public(&signer(21));
        let identity = Identity {
            key,
            generation: 0,
            status: IdentityStatus::Active,
            attester: None,
            evidence: Hash::default(),
            registered: 1,
            public_name: Text::default(),
        };
        self.put(
            &state_key::identity(&IdentityId::from_key(&key)),
            encode(&identity),
        );
    }

    pub(crate) fn put(&mut self, key: &StateKey, value: Vec<u8>) {
        self.values.insert(key.as_bytes().to_vec(), value);
    }

    fn tree(&self) -> SparseMerkleTree {
        let leaves = self
            .values
            .iter()
            .map(|(key, value)| (key_hash(key), value_hash(value)));
        SparseMerkleTree::from_leaves(1, leaves).unwrap()
    }

    fn audit_log(&self) -> (Frontier, BTreeMap<(u8, u64), [u8; 32]>) {
        let (mut frontier, mut nodes) = (Frontier::new(), BTreeMap::new());
        for record in &self.audit {
            for node in frontier.append(leaf_hash(record)).unwrap() {
                nodes.insert((node.level, node.index), node.hash);
            }
        }
        (frontier, nodes)
    }

    pub(crate) fn preimage(&self) -> AppHashPreimage {
        let mut logs = [LogHead::empty(); 5];
        logs[0] = self.audit_log().0.head();
        AppHashPreimage {
            constants: constants::constants_hash().0,
            delay_profile: [5; 32],
            state_root: self.tree().root(),
            logs,
        }
    }

    pub(crate) fn item(&self, key: &StateKey) -> StateItem {
        let proof = self.tree().prove(1, &key_hash(key.as_bytes())).unwrap();
        StateItem::new(
            key.as_bytes(),
            self.values.get(key.as_bytes()).cloned(),
            &proof,
        )
    }

    fn wanted(&self) -> (Wanted, Wanted) {
        let of_block = Wanted {
            data: self.txs.iter().map(|bytes| tx_leaf_hash(bytes)).collect(),
            ..Wanted::default()
        };
        let after = Wanted {
            app_hash: self.preimage().hash(),
            results: self.results.iter().map(result_leaf_hash).collect(),
            ..Wanted::default()
        };
        (of_block, after)
    }

    /// Light blocks H and H + 1 by the genesis validators.
    pub(crate) fn light_blocks(&self, height: u64) -> Vec<LightBlock> {
        let (of_block, after) = self.wanted();
        let all = [1, 2, 3, 4];
        vec![
            light_block(height, &all, &all, 0, &of_block),
            light_block(height + 1, &all, &all, 1, &after),
        ]
    }

    pub(crate) fn tx_bundle(&self, index: usize) -> Bundle {
        let (of_block, after) = self.wanted();
        let tx = TxItem {
            bytes: Base64::new(self.txs[index].clone()),
            index: (index as u64).into(),
            total: (self.txs.len() as u64).into(),
            data_path: inclusion_path(&of_block.data, index as u64).unwrap(),
            result: self.results[index].clone(),
            result_path: inclusion_path(&after.results, index as u64).unwrap(),
        };
        let (frontier, nodes) = self.audit_log();
        let path = nexus_tree::log::prove_inclusion(&nodes, 2, frontier.size()).unwrap();
        let log = RecordItem {
            log: String::from("audit"),
            index: 2.into(),
            record: Hex::new(self.audit[2].clone()),
            proof: Hex::new(encode(&path)),
        };
        let evidence = Evidence {
            tx: Some(tx),
            state: vec![self.item(&state_key::chain())],
            logs: vec![log],
            ..self.evidence()
        };
        let subject = BundleSubject::Tx(Hash::of(&self.txs[index]).into());
        Bundle::seal(subject, 1, self.light_blocks(1), evidence).unwrap()
    }

    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            preimage: Some(PreimageView::from(&self.preimage())),
            ..Evidence::default()
        }
    }

    pub(crate) fn imvu_bundle(&self) -> Bundle {
        let id = imvu_id();
        let mut keys = vec![
            state_key::chain(),
            state_key::imvu(&id),
            state_key::path_policy(&id),
        ];
        keys.extend(CollectionKind::ALL.map(|kind| state_key::collection(kind, Some(&id))));
        let evidence = Evidence {
            state: keys.iter().map(|key| self.item(key)).collect(),
            ..self.evidence()
        };
        let subject = BundleSubject::Imvu(id.into());
        Bundle::seal(subject, 1, self.light_blocks(1), evidence).unwrap()
    }

    pub(crate) fn zone_bundle(&self) -> Bundle {
        let keys = [
            state_key::chain(),
            state_key::domain(&apex()),
            state_key::zone(&apex()),
        ];
        let evidence = Evidence {
            state: keys.iter().map(|key| self.item(key)).collect(),
            records: self
                .records
                .iter()
                .map(|(owner, set)| RecordSet::new(owner, set))
                .collect(),
            ..self.evidence()
        };
        let subject = BundleSubject::Zone(apex().into());
        Bundle::seal(subject, 1, self.light_blocks(1), evidence).unwrap()
    }

    pub(crate) fn identity_bundle(&self, id: IdentityId) -> Bundle {
        let keys = [state_key::chain(), state_key::identity(&id)];
        let evidence = Evidence {
            state: keys.iter().map(|key| self.item(key)).collect(),
            ..self.evidence()
        };
        Bundle::seal(
            BundleSubject::Identity(id.into()),
            1,
            self.light_blocks(1),
            evidence,
        )
        .unwrap()
    }
}

pub(crate) fn imvu_id() -> ImvuId {
    ImvuId::new("IMVU-042").unwrap()
}

pub(crate) fn apex() -> Name {
    Name::parse("imvu042.nexus.example").unwrap()
}

fn imvu() -> Imvu {
    Imvu {
        id: imvu_id(),
        owner: IdentityId::from_key(&public(&signer(21))),
        status: ImvuStatus::Draft,
        jurisdiction: None,
        quota: Quota {
            cpu_millis: 4000,
            ..Quota::default()
        },
        quota_versions: [0; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::default(),
        created: 1,
        domains: 1,
        routes: 0,
        proposals: 0,
        state_keys: 4,
        placements: 0,
    }
}

fn collection(entries: u8) -> Collection {
    let mut frontier = Frontier::new();
    for entry in 0..entries {
        frontier.append(leaf_hash(&[entry])).unwrap();
    }
    Collection {
        size: frontier.size(),
        root: Hash(frontier.root()),
        peaks: frontier.peaks().iter().map(|peak| Hash(*peak)).collect(),
    }
}

fn records() -> Vec<(Name, RRset)> {
    let set = |rtype, data| RRset {
        rtype,
        ttl: 300,
        records: Set::new(vec![data]).unwrap(),
    };
    let www = Name::parse("www.imvu042.nexus.example").unwrap();
    vec![
        (apex(), set(RecordType::A, RData::A([192, 0, 2, 7]))),
        (www.clone(), set(RecordType::A, RData::A([192, 0, 2, 8]))),
        (www, set(RecordType::Aaaa, RData::Aaaa([1; 16]))),
    ]
}

pub(crate) fn denied_tx(seed: u8) -> Tx {
    let key = signer(seed);
    let mut change = QuotaChange::EMPTY;
    change.cpu_millis = Some(2000);
    let body = TxBody {
        network: network(),
        signer: IdentityId::from_key(&public(&key)),
        lane: 0,
        nonce: 1,
        expires: LawTime(GENESIS_MS + 60_000),
        action: Action::ChangeQuota {
            imvu: imvu_id(),
            change,
        },
        approvals: List::<Approval, 4>::default(),
    };
    let signature = Signature(key.sign(&body.id().0).to_bytes());
    Tx {
        body,
        signature,
        cosignatures: Cosignatures::default(),
    }
}

pub(crate) fn verdict(tx: &Tx) -> Verdict {
    Verdict {
        code: Code::RefusedBy(Gate::NoSilentThrottling),
        tx: tx.body.id(),
        actor: tx.body.signer,
        action: ActionKind::ChangeQuota,
        subject: Subject::Imvu(imvu_id()),
        imvu: Some(imvu_id()),
        before: Hash::default(),
        gates: vec![GateOutcome {
            gate: Gate::NoSilentThrottling,
            outcome: Outcome::Refused(Reason::ApprovalMissing),
        }],
        rule: None,
    }
}
