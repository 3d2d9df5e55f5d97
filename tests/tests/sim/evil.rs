//! Evil inputs to consensus, one scenario each.

use bytes::Bytes;
use nexus_abci::app::{App, MEMPOOL_BYTES, MEMPOOL_TXS, NoObserver, Options};
use nexus_abci::transport::BatchCheckTx;
use nexus_genesis::{BLOCK_MAX_BYTES, EVIDENCE_MAX_BYTES};
use nexus_sdk::keys::{SecretKey, Signer};
use nexus_sdk::sign::{self, TxBuilder};
use nexus_store::{MemoryBackend, Store};
use nexus_tests::actions::{claim, create, describe};
use nexus_types::action::Action;
use nexus_types::approval::AttestationBody;
use nexus_types::encoding::encode;
use nexus_types::limits::BLOCK_TXS_BYTES;
use nexus_types::{Code, Hash, Time};
use rand::rngs::StdRng;
use rand::{Rng, RngCore, SeedableRng};
use std::collections::BTreeSet;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::response_process_proposal::ProposalStatus;
use tendermint_proto::v0_38::abci::{
    CheckTxType, Misbehavior, MisbehaviorType, RequestCheckTx, RequestFinalizeBlock,
    RequestPrepareProposal, RequestProcessProposal, Validator,
};

use crate::comet::{Answer, Validators, address, reap};
use crate::world::{START, world};
use nexus_tests::handshake::stamp;

const HOUR_MS: u64 = 3_600_000;
/// What CometBFT leaves transactions of a block of the genesis's size, with evidence at its limit.
const DATA_BYTES: usize = (BLOCK_MAX_BYTES - EVIDENCE_MAX_BYTES) as usize - 16 * 1024;

/// One application, and what CometBFT knows of it.
struct Chain {
    app: App,
    height: i64,
    app_hash: Bytes,
    validators: Validators,
    mempool: Vec<Bytes>,
}

impl Chain {
    fn begun() -> Self {
        let store = Store::open(MemoryBackend::new()).expect("an empty store");
        let app = App::open(store, Options::default(), NoObserver).expect("its application");
        let began = app.init_chain(world().init_chain());
        let power = world()
            .validators()
            .map(|(key, power)| (key.0.to_vec(), power));
        Self {
            app,
            height: 0,
            app_hash: began.app_hash,
            validators: Validators {
                power: power.collect(),
                removed: Vec::new(),
            },
            mempool: Vec::new(),
        }
    }

    fn time(&self) -> u64 {
        START + 1_000 * u64::try_from(self.height + 1).expect("a height")
    }

    /// Decides and commits a block; the codes of its transactions.
    fn decide(&mut self, txs: &[Bytes], evidence: &[Vec<u8>]) -> Vec<u32> {
        let response = self.app.finalize_block(RequestFinalizeBlock {
            txs: txs.to_vec(),
            height: self.height + 1,
            time: Some(stamp(self.time())),
            hash: Bytes::copy_from_slice(&Hash::of(&self.height.to_be_bytes()).0),
            misbehavior: evidence.iter().map(|key| fault(key)).collect(),
            ..RequestFinalizeBlock::default()
        });
        self.app.commit();
        self.height += 1;
        assert_eq!(response.tx_results.len(), txs.len(), "one result each");
        assert_ne!(
            response.app_hash, self.app_hash,
            "each block has its header in the log"
        );
        let answer = Answer::from(&response);
        self.app_hash = answer.app_hash.clone();
        self.validators
            .take(&answer.updates)
            .expect("CometBFT would panic");
        answer.results.iter().map(|(code, _)| *code).collect()
    }

    fn offer(&mut self, txs: &[Bytes], kind: CheckTxType) -> Vec<u32> {
        let mut codes = Vec::new();
        // As the transport hands them over.
        for run in txs.chunks(128) {
            let request = |tx: &Bytes| RequestCheckTx {
                tx: tx.clone(),
                r#type: kind.into(),
            };
            let answers = self.app.check_tx_batch(run.iter().map(request).collect());
            for (tx, answer) in run.iter().zip(answers) {
                if answer.code == 0 {
                    self.mempool.push(tx.clone());
                }
                codes.push(answer.code);
            }
        }
        codes
    }

    fn propose(&self) -> Vec<Bytes> {
        let request = RequestPrepareProposal {
            max_tx_bytes: i64::try_from(DATA_BYTES).expect("a size"),
            txs: reap(&self.mempool, DATA_BYTES),
            height: self.height + 1,
            time: Some(stamp(self.time())),
            ..RequestPrepareProposal::default()
        };
        self.app.prepare_proposal(request).txs
    }

    fn accepts(&self, txs: &[Bytes]) -> bool {
        let request = RequestProcessProposal {
            txs: txs.to_vec(),
            height: self.height + 1,
            time: Some(stamp(self.time())),
            ..RequestProcessProposal::default()
        };
        self.app.process_proposal(request).status == i32::from(ProposalStatus::Accept)
    }

    /// Proposes, votes, decides, and asks again about what still waits.
    fn block(&mut self) -> Vec<Bytes> {
        let txs = self.propose();
        assert!(self.accepts(&txs));
        let codes = self.decide(&txs, &[]);
        assert!(
            codes.iter().all(|code| !(1_000..2_000).contains(code)),
            "only admissible ones"
        );
        let decided: BTreeSet<&Bytes> = txs.iter().collect();
        let waiting: Vec<Bytes> = self
            .mempool
            .drain(..)
            .filter(|tx| !decided.contains(tx))
            .collect();
        self.offer(&waiting, CheckTxType::Recheck);
        txs
    }

    fn tx(&self, signer: &Signer, nonce: u64, action: Action) -> Bytes {
        let builder = TxBuilder::new(world().network.clone(), nonce, Time(START + HOUR_MS));
        encode(
            &builder
                .sign(action, signer, &[])
                .expect("it is small enough"),
        )
        .into()
    }

    fn register(&self, person: &Signer) -> Bytes {
        let body = AttestationBody {
            network: world().network.clone(),
            identity: person.identity,
            attester: world().attester.identity,
            generation: 0,
            evidence: Hash::default(),
            expires: Time(START + HOUR_MS),
        };
        let attestation = Some(sign::attest(body, &world().attester.key));
        let key = person.key.public();
        self.tx(person, 1, Action::RegisterIdentity { key, attestation })
    }

    /// New people, registered in one block.
    fn people(&mut self, count: u32) -> Vec<Signer> {
        let person = |number: u32| {
            Signer::new(
                "one of many",
                SecretKey::from_seed(Hash::of(&number.to_be_bytes()).0.into()),
            )
        };
        let people: Vec<Signer> = (0..count).map(person).collect();
        let txs: Vec<Bytes> = people.iter().map(|person| self.register(person)).collect();
        let codes = self.decide(&txs, &[]);
        assert!(codes.iter().all(|code| *code == 0));
        people
    }

    fn keys(&self) -> Vec<Vec<u8>> {
        self.validators.power.keys().cloned().collect()
    }
}

fn fault(key: &[u8]) -> Misbehavior {
    Misbehavior {
        r#type: MisbehaviorType::DuplicateVote.into(),
        validator: Some(Validator {
            address: address(key),
            power: 10,
        }),
        height: 1,
        time: Some(stamp(START)),
        total_voting_power: 40,
    }
}

fn framed(txs: &[Bytes]) -> usize {
    txs.iter()
        .map(|tx| prost::encoding::bytes::encoded_len(1, tx))
        .sum()
}

#[test]
fn evidence_against_unknown_removed_twice_named_and_all_validators_leaves_a_set_that_cometbft_takes()
 {
    let mut chain = Chain::begun();
    let keys = chain.keys();
    chain.decide(&[], &[vec![9; 32]]);
    assert_eq!(chain.validators.power.len(), 4, "nobody knows that key");
    chain.decide(&[], &[keys[0].clone(), keys[0].clone()]);
    assert_eq!(
        chain.validators.removed,
        [keys[0].clone()],
        "named twice, removed once"
    );
    chain.decide(&[], &[keys[0].clone()]);
    assert_eq!(chain.validators.removed.len(), 1, "removed already");
    chain.decide(&[], &keys);
    assert_eq!(
        chain.validators.power.len(),
        1,
        "all are guilty, and one must stay"
    );
    let last = chain.keys();
    chain.decide(&[], &last);
    assert_eq!(chain.keys(), last, "the last one stays");
    chain.decide(&[], &[]);
}

#[test]
fn a_decided_block_of_anything_changes_nothing_but_what_is_due() {
    let mut rng = StdRng::seed_from_u64(8);
    let mut chain = Chain::begun();
    let people = chain.people(3);
    let good = chain.tx(&people[0], 2, create("IMVU-1"));
    let mut txs: Vec<Bytes> = Vec::new();
    for _ in 0..300 {
        let mut bytes = vec![0; rng.gen_range(0..2_000)];
        rng.fill_bytes(&mut bytes);
        txs.push(bytes.into());
        let mut bytes = good.to_vec();
        let at = rng.gen_range(0..bytes.len());
        bytes[at] ^= 1 << rng.gen_range(0..8);
        txs.push(bytes.into());
        txs.push(good.slice(0..rng.gen_range(0..good.len())));
    }
    txs.push(vec![0; 300_000].into());
    assert!(!chain.accepts(&txs), "no honest validator votes for it");
    let state = |chain: &Chain| {
        let view = chain
            .app
            .views()
            .latest()
            .expect("a store")
            .expect("a chain");
        let entries = view.iter_prefix(b"", None, 10_000).expect("its state");
        // The clock is due at every block.
        entries
            .into_iter()
            .filter(|(key, _)| key[0] != 0x02)
            .collect::<Vec<_>>()
    };
    let before = state(&chain);
    let codes = chain.decide(&txs, &[]);
    assert!(codes.iter().all(|code| (1_000..2_000).contains(code)));
    assert_eq!(state(&chain), before);
    // The chain goes on, and the transaction that was imitated is still good.
    assert_eq!(chain.decide(&[good], &[]), [0]);
}

#[test]
fn twenty_thousand_variants_of_one_nonce_are_one_transaction_and_cost_one_batch() {
    let mut chain = Chain::begun();
    let people = chain.people(2);
    let known = chain.app.sigs().cache().len();
    let variant = |number: u32| {
        chain.tx(
            &people[0],
            2,
            describe("IMVU-1", &format!("variant {number}")),
        )
    };
    let mut flood: Vec<Bytes> = (0..200).map(variant).collect();
    // Beyond those that are really signed, a signature costs the attacker nothing: bytes changed in a description.
    let text = b"variant 199";
    let at = flood[199]
        .windows(text.len())
        .position(|part| part == text)
        .expect("the text");
    for number in 0..19_800_u32 {
        let mut bytes = flood[199].to_vec();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes().map(|byte| b'a' + byte % 26));
        bytes[at + 4..at + 8]
            .copy_from_slice(&(number / 26).to_le_bytes().map(|byte| b'a' + byte % 26));
        flood.push(bytes.into());
    }
    assert_eq!(flood.len(), 20_000);
    let codes = chain.offer(&flood, CheckTxType::New);
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1);
    assert_eq!(chain.mempool.len(), 1);
    // Only the first run was looked at; everything after it was refused for its nonce alone.
    let verified = chain.app.sigs().cache().len() - known;
    assert!(
        (1..=128).contains(&verified),
        "{verified} signatures were verified"
    );
    let other = chain.tx(&people[1], 2, create("IMVU-2"));
    assert_eq!(
        chain.offer(std::slice::from_ref(&other), CheckTxType::New),
        [0]
    );
    let decided = chain.block();
    assert_eq!(decided, [flood[0].clone(), other]);
    assert!(chain.mempool.is_empty());
}

#[test]
fn a_flood_fills_three_quarters_of_the_mempool_and_rights_get_into_the_next_block() {
    let mut chain = Chain::begun();
    let people = chain.people(300);
    let (crowd, holders) = people.split_at(290);
    // Admissible, large, and refused by gate 3: the cheapest way to fill a block.
    let name = "a".repeat(1_000);
    let mut refused = 0;
    'flood: for nonce in 2..34 {
        for person in crowd {
            let tx = chain.tx(person, nonce, claim(&name, "IMVU-1"));
            refused = chain.offer(&[tx], CheckTxType::New)[0];
            if refused != 0 {
                break 'flood;
            }
        }
    }
    assert_eq!(
        refused,
        Code::PendingLimit.number(),
        "the flood was stopped"
    );
    let bytes: usize = chain.mempool.iter().map(Bytes::len).sum();
    assert!(bytes <= MEMPOOL_BYTES / 4 * 3 && bytes > MEMPOOL_BYTES / 4 * 3 - 2_000);
    assert!(chain.mempool.len() < MEMPOOL_TXS);

    let rights: Vec<Bytes> = holders
        .iter()
        .map(|one| chain.tx(one, 2, Action::RevokeIdentity))
        .collect();
    assert!(
        chain
            .offer(&rights, CheckTxType::New)
            .iter()
            .all(|code| *code == 0)
    );
    // CometBFT itself has room for them, and would hand a proposer none of them if it handed over one block's worth.
    assert!(chain.mempool.iter().map(Bytes::len).sum::<usize>() < MEMPOOL_BYTES);
    assert!(!reap(&chain.mempool, BLOCK_TXS_BYTES).contains(&rights[0]));
    assert_eq!(reap(&chain.mempool, DATA_BYTES).len(), chain.mempool.len());
    let decided = chain.block();
    assert!(
        rights.iter().all(|right| decided.contains(right)),
        "every right is in the next block"
    );
    assert!(framed(&decided) <= BLOCK_TXS_BYTES);
    assert!(
        framed(&decided) > BLOCK_TXS_BYTES - 2_000,
        "and the block is full"
    );

    let mut blocks = 1;
    while !chain.mempool.is_empty() {
        chain.block();
        blocks += 1;
    }
    assert!(blocks <= 7, "the flood is gone after {blocks} blocks");
}

#[test]
fn more_than_a_block_may_hold_is_neither_proposed_nor_accepted_and_harms_nobody_when_decided() {
    let mut chain = Chain::begun();
    let people = chain.people(60);
    let name = "a".repeat(1_000);
    let txs: Vec<Bytes> = people
        .iter()
        .flat_map(|one| {
            (2..18)
                .map(|nonce| chain.tx(one, nonce, claim(&name, "IMVU-1")))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(framed(&txs) > BLOCK_TXS_BYTES);
    chain.offer(&txs, CheckTxType::New);
    assert_eq!(chain.mempool.len(), txs.len());
    assert!(framed(&chain.propose()) <= BLOCK_TXS_BYTES);
    assert!(!chain.accepts(&txs), "each is admissible, all are too many");
    let some: Vec<Bytes> = txs[..txs.len() / 2].to_vec();
    assert!(framed(&some) <= BLOCK_TXS_BYTES && chain.accepts(&some));
    let codes = chain.decide(&txs, &[]);
    assert!(
        codes.iter().all(|code| *code >= 2_000),
        "decided is decided: each was judged"
    );
    chain.decide(&[], &[]);
}
