//! A world to judge in: keys, a genesis, a committed state in memory, and short ways to act.

use crate::view::{BlockContext, View};
use crate::{Block, Executed, SingleVerify, TxOutcome, genesis};
use ed25519_consensus::SigningKey;
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_types::action::{Action, NameText};
use nexus_types::approval::{
    Approval, ApprovalBody, Attestation, AttestationBody, Change, PermittedActor, RotationBody,
    basis,
};
use nexus_types::crypto::{Signature, SigningKind, signing_digest};
use nexus_types::encoding::encode;
use nexus_types::genesis::{GenesisDocument, GenesisIdentity, GenesisSeat, GenesisState};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::{ChainLog, LogId};
use nexus_types::mail::MailRouteRecord;
use nexus_types::money::{Price, Prices};
use nexus_types::period::Calendar;
use nexus_types::quota::Quota;
use nexus_types::route::PathPolicy;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::state::{Allowances, DelayProfile, Imvu, RouteRecord};
use nexus_types::state_key::{self, StateKey};
use nexus_types::tx::{Cosignature, Cosignatures, Network};
use nexus_types::{
    Hash, IdentityId, ImvuId, KeyBytes, List, Name, Set, Text, Time, Tx, TxBody, decode,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// 2026-01-01T00:00:00Z in milliseconds.
pub(super) const START: u64 = 1_767_225_600_000;
pub(super) const HOUR: u64 = 3_600_000;
pub(super) const DAY: u64 = 24 * HOUR;

/// Micro-credits: 1 a CPU second, 1 a GiB second, 10 a GiB, 1 ten answers, 20 a message, 100 a GiB, 1 a GiB hour.
pub(super) const PRICES: Prices = [
    price(1, 1_000),
    price(1, 1_024),
    price(10, 1 << 30),
    price(1, 10),
    price(20, 1),
    price(100, 1 << 30),
    price(1, 3_600 * 1_024),
];

pub(super) const fn price(micros: u64, per: u64) -> Price {
    Price { micros, per }
}

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

/// A person with a key.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) key: SigningKey,
    pub(super) id: IdentityId,
}

impl Person {
    pub(super) fn new(seed: u16) -> Self {
        let mut bytes = [0; 32];
        bytes[..2].copy_from_slice(&seed.to_le_bytes());
        let key = SigningKey::from(bytes);
        let id = IdentityId::from_key(&key_bytes(&key));
        Self { key, id }
    }

    pub(super) fn sign(&self, digest: Hash) -> Signature {
        Signature(self.key.sign(digest.as_bytes()).to_bytes())
    }

    pub(super) fn public(&self) -> KeyBytes {
        key_bytes(&self.key)
    }
}

pub(super) fn key_bytes(key: &SigningKey) -> KeyBytes {
    KeyBytes(key.verification_key().to_bytes())
}

/// The committed state in memory.
#[derive(Clone, Default)]
pub(super) struct Memory {
    pub(super) state: BTreeMap<StateKey, Vec<u8>>,
    pub(super) logs: BTreeMap<LogId, Vec<Vec<u8>>>,
}

impl View for Memory {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.state.get(key).map(|value| Cow::Borrowed(&value[..]))
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        self.state
            .range(from.clone()..to.clone())
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

impl Memory {
    pub(super) fn commit(&mut self, executed: &Executed) {
        for (key, value) in &executed.changes {
            match value {
                Some(value) => self.state.insert(key.clone(), value.clone()),
                None => self.state.remove(key),
            };
        }
        for (log, record) in &executed.appends {
            self.logs
                .entry(log.clone())
                .or_default()
                .push(record.clone());
        }
    }

    pub(super) fn read<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        self.state.get(key).map(|bytes| decode(bytes).unwrap())
    }
}

/// A chain of one-second blocks and the people on it.
#[derive(Clone)]
pub(super) struct World {
    pub(super) memory: Memory,
    pub(super) network: Network,
    pub(super) now: BlockContext,
    pub(super) officers: Vec<Person>,
    pub(super) attester: Person,
    pub(super) alice: Person,
    pub(super) bob: Person,
    /// The organisations of the seats; the first is the platform's.
    pub(super) operators: Vec<Person>,
}

pub(super) fn imvu(id: &str) -> ImvuId {
    ImvuId::new(id).unwrap()
}

pub(super) fn text(name: &str) -> NameText {
    Text::new(name).unwrap()
}

pub(super) fn address(last: u8) -> RRset {
    rrset(RecordType::A, vec![RData::A([192, 0, 2, last])])
}

pub(super) fn rrset(rtype: RecordType, records: Vec<RData>) -> RRset {
    RRset {
        rtype,
        ttl: 300,
        records: Set::new(records).unwrap(),
    }
}

pub(super) fn tag(text: &str) -> Jurisdiction {
    Jurisdiction::new(text).unwrap()
}

impl World {
    /// Genesis, then Alice with IMVU-042 and alice.demo.example, Bob with IMVU-B and bob.demo.example.
    pub(super) fn new() -> Self {
        let mut world = Self::empty();
        for (person, id, name) in [
            (world.alice.clone(), "IMVU-042", "alice.demo.example"),
            (world.bob.clone(), "IMVU-B", "bob.demo.example"),
        ] {
            world.register(&person);
            let create = Action::CreateImvu {
                imvu: imvu(id),
                jurisdiction: Some(tag("EU-GDPR")),
                quota: QUOTA,
            };
            world.must(&person, create);
            world.must(
                &person,
                Action::ClaimDomain {
                    name: text(name),
                    imvu: imvu(id),
                },
            );
        }
        world
    }

    pub(super) fn empty() -> Self {
        let officers: Vec<Person> = (1..=5).map(Person::new).collect();
        let attester = Person::new(10);
        let doc = document(&officers, &attester);
        let mut memory = Memory::default();
        memory.commit(&genesis(&doc));
        let network = Network {
            chain_id: doc.chain_id.clone(),
            genesis_hash: doc.hash(),
            recovery_epoch: 0,
        };
        let now = BlockContext {
            height: 1,
            time: Time(START + 1_000),
        };
        Self {
            memory,
            network,
            now,
            officers,
            attester,
            alice: Person::new(20),
            bob: Person::new(21),
            operators: (50..54).map(Person::new).collect(),
        }
    }

    pub(super) fn register(&mut self, person: &Person) {
        let attestation = self.attest(person);
        self.must(
            person,
            Action::RegisterIdentity {
                key: person.public(),
                attestation: Some(attestation),
            },
        );
    }

    pub(super) fn attest(&self, person: &Person) -> Attestation {
        let body = AttestationBody {
            network: self.network.clone(),
            identity: person.id,
            attester: self.attester.id,
            generation: 0,
            evidence: Hash([7; 32]),
            expires: self.now.time.plus_ms(HOUR),
        };
        let signature = self
            .attester
            .sign(signing_digest(SigningKind::Attestation, &body));
        Attestation { body, signature }
    }

    pub(super) fn rotation(&self, person: &Person, generation: u32, new: &Person) -> Action {
        let body = RotationBody {
            network: self.network.clone(),
            identity: person.id,
            generation,
            new_key: new.public(),
        };
        let proof = new.sign(signing_digest(SigningKind::Rotation, &body));
        Action::RotateKey {
            new_key: new.public(),
            proof,
        }
    }

    pub(super) fn next_nonce(&self, id: &IdentityId) -> u64 {
        self.memory
            .read::<u64>(&state_key::nonce(id, 0))
            .unwrap_or(0)
            + 1
    }

    pub(super) fn body(&self, signer: &Person, action: Action) -> TxBody {
        TxBody {
            network: self.network.clone(),
            signer: signer.id,
            lane: 0,
            nonce: self.next_nonce(&signer.id),
            expires: self.now.time.plus_ms(HOUR),
            action,
            approvals: List::default(),
        }
    }

    pub(super) fn seal(&self, signer: &Person, others: &[Person], body: TxBody) -> Tx {
        let digest = body.cosign_digest();
        let cosignatures = others
            .iter()
            .map(|one| Cosignature {
                signer: one.id,
                signature: one.sign(digest),
            })
            .collect();
        let signature = signer.sign(body.id());
        Tx {
            body,
            signature,
            cosignatures: Cosignatures::new(cosignatures).unwrap(),
        }
    }

    /// Submits as the first signer, co-signed by the others.
    pub(super) fn submit(&mut self, signers: &[Person], action: Action) -> TxOutcome {
        self.submit_with(signers, action, Vec::new())
    }

    pub(super) fn submit_with(
        &mut self,
        signers: &[Person],
        action: Action,
        approvals: Vec<Approval>,
    ) -> TxOutcome {
        let mut body = self.body(&signers[0], action);
        body.approvals = List::new(approvals).unwrap();
        let tx = self.seal(&signers[0], &signers[1..], body);
        self.block(&[encode(&tx)]).remove(0)
    }

    /// Submits what must apply.
    pub(super) fn must(&mut self, signer: &Person, action: Action) {
        let outcome = self.submit(std::slice::from_ref(signer), action);
        assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
    }

    /// One block of these bytes.
    pub(super) fn block(&mut self, txs: &[Vec<u8>]) -> Vec<TxOutcome> {
        let executed = self.try_block(txs);
        self.now.time = self.now.time.plus_ms(1_000);
        executed.unwrap_or_else(|broken| panic!("{broken}")).txs
    }

    /// One block at the time that was set, or the invariant that it breaks.
    pub(super) fn try_block(&mut self, txs: &[Vec<u8>]) -> Result<Executed, String> {
        let executed = self.execute(txs);
        self.memory.commit(&executed);
        self.now.height += 1;
        match crate::invariants::check(&self.memory) {
            Ok(_) => Ok(executed),
            Err(broken) => Err(format!("after block {}: {broken}", self.now.height - 1)),
        }
    }

    /// The chain went on for so many milliseconds, in blocks that nobody looks at.
    pub(super) fn skip(&mut self, span: u64) {
        let key = state_key::clock();
        let mut clock: nexus_types::state::Clock = self.memory.read(&key).unwrap();
        clock.time = clock.time.plus_ms(span);
        clock.law_time = clock.law_time.plus_ms(span);
        self.memory.state.insert(key, encode(&clock));
    }

    pub(super) fn execute(&self, txs: &[Vec<u8>]) -> Executed {
        let mut block = Block::begin(&self.memory, self.now, &[]);
        for bytes in txs {
            block.execute(&self.memory, bytes, &SingleVerify);
        }
        block.finish(&self.memory, Hash([self.now.height as u8; 32]))
    }

    /// An approval of this change by the owner, valid for an hour from now.
    pub(super) fn approve(&self, owner: &Person, id: &str, change: Change) -> Approval {
        let record: Imvu = self.memory.read(&state_key::imvu(&imvu(id))).unwrap();
        let route = match &change {
            Change::Route(route) => self
                .memory
                .read::<RouteRecord>(&state_key::route(&record.id, &route.prefix())),
            _ => None,
        };
        let policy: PathPolicy = self
            .memory
            .read(&state_key::path_policy(&record.id))
            .unwrap_or_default();
        let mail = match &change {
            Change::MailRoute(change) => self
                .memory
                .read::<MailRouteRecord>(&state_key::mail_route(&change.domain)),
            _ => None,
        };
        let basis = basis(&change, &record, route.as_ref(), &policy, mail.as_ref());
        let body = ApprovalBody {
            network: self.network.clone(),
            approver: owner.id,
            generation: 0,
            imvu: record.id,
            version: basis.version,
            before: basis.before,
            change,
            permitted: PermittedActor::Platform,
            not_before: Time(self.now.time.0 - 10_000),
            expires: self.now.time.plus_ms(HOUR),
            salt: 1,
        };
        self.resign(owner, body)
    }

    pub(super) fn resign(&self, owner: &Person, body: ApprovalBody) -> Approval {
        let signature = owner.sign(body.id());
        Approval { body, signature }
    }

    pub(super) fn name(&self, name: &str) -> Name {
        Name::parse(name).unwrap()
    }
}

pub(super) fn document(officers: &[Person], attester: &Person) -> GenesisDocument {
    let named = |person: &Person, name: &str| GenesisIdentity {
        key: person.public(),
        public_name: Text::new(name).unwrap(),
    };
    let mut identities: Vec<GenesisIdentity> = officers
        .iter()
        .map(|person| named(person, "officer"))
        .collect();
    identities.push(named(attester, "attester"));
    identities.extend((50..54).map(|seed: u16| named(&Person::new(seed), "operator")));
    let seat = |seed: u16| GenesisSeat {
        name: Text::new(format!("seat-{seed}")).unwrap(),
        key: Person::new(seed).public(),
        power: 10,
        platform: seed == 30,
        operator: Person::new(seed + 20).id,
    };
    GenesisDocument {
        chain_id: Text::new("nexus-test").unwrap(),
        time: Time(START),
        initial_height: 1,
        block_max_bytes: 1 << 20,
        evidence_max_blocks: 1_300_000,
        evidence_max_age_ms: 15 * 24 * HOUR,
        app_version: nexus_types::constants::APP_VERSION,
        state: GenesisState {
            development: true,
            identities: List::new(identities).unwrap(),
            officers: Set::new(officers.iter().map(|person| person.id).collect()).unwrap(),
            officers_threshold: 3,
            attesters: Set::new(vec![attester.id]).unwrap(),
            seats: List::new((30..34).map(seat).collect()).unwrap(),
            jurisdictions: Set::new(vec![tag("EU-GDPR"), tag("US-CCPA")]).unwrap(),
            apexes: Set::new(vec![Name::parse("demo.example").unwrap()]).unwrap(),
            preapproved: List::new(vec![text("imvu-b.world")]).unwrap(),
            delays: DelayProfile {
                approval_ms: 30 * 24 * HOUR,
                name_lock_ms: 365 * 24 * HOUR,
                registration_ms: 0,
                silence_ms: HOUR / 4,
                late_window_ms: 72 * HOUR,
                price_notice_ms: 30 * DAY,
                maturity_ms: 30 * DAY,
                dispute_ms: 30 * DAY,
                consent_notice_ms: 30 * DAY,
                debt_notice_ms: 7 * DAY,
                debt_frozen_ms: 14 * DAY,
                debt_dormant_ms: 30 * DAY,
                guardian_ms: 7 * DAY,
                freeze_ms: 30 * DAY,
                snapshot_retention_ms: 30 * DAY,
                voting_ms: 30 * DAY,
                register_ms: 7 * DAY,
                governance_ms: 30 * DAY,
                upgrade_fast_ms: 7 * DAY,
                trusting_ms: 14 * DAY,
                exit_overdue_ms: 3 * DAY,
                exit_protection_ms: 90 * DAY,
                exit_after_ms: 30 * DAY,
                exit_interval_ms: 180 * DAY,
                observation_ms: 30 * DAY,
                reproof_ms: 7 * DAY,
            },
            allowances: Allowances {
                per_block: 32,
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
            calendar: Calendar::Months,
            prices: PRICES,
        },
    }
}
