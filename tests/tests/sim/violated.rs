//! Every oracle can fail: a lawful pair of states satisfies all of them, and for each there is a change that it alone is
//! there to notice.

mod hosting;
mod money;
mod people;

use borsh::BorshSerialize;
use nexus_machine::TxOutcome;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::TxBuilder;
use nexus_tests::actions::{QUOTA, cpu_cut, describe, imvu, route_via};
use nexus_types::action::Action;
use nexus_types::encoding::{Text, encode};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::record::AuditEntry;
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, Attesters, Identity, IdentityStatus, Imvu, ImvuStatus, Officers,
    RouteRecord,
};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Code, Hash, Reason, Set, Time, Tx, Verdict};
use std::collections::BTreeMap;

use crate::oracle::{Changes, ORACLES, Step, all};
use crate::world::{START, world};

/// What stands before and after one transaction.
struct Pair {
    before: BTreeMap<StateKey, Vec<u8>>,
    after: BTreeMap<StateKey, Vec<u8>>,
    appended: Vec<(LogId, Vec<u8>)>,
    tx: Tx,
    outcome: TxOutcome,
}

fn alice() -> &'static Signer {
    &world().creators[0]
}

fn identity(of: &Signer) -> Identity {
    Identity {
        key: of.key.public(),
        generation: 0,
        status: IdentityStatus::Active,
        attester: Some(world().attester.identity),
        evidence: Hash::default(),
        registered: 1,
        public_name: Text::default(),
    }
}

fn shop() -> Imvu {
    Imvu {
        id: imvu("IMVU-0"),
        owner: alice().identity,
        status: ImvuStatus::Draft,
        jurisdiction: None,
        quota: QUOTA,
        quota_versions: [1; 9],
        policy_version: 0,
        routes_version: 0,
        description: Text::default(),
        created: 1,
        domains: 0,
        routes: 0,
        proposals: 0,
        state_keys: 1,
        placements: 0,
    }
}

impl Pair {
    /// A signer's first transaction, applied, with nothing changed yet but what each transaction changes.
    fn new(signer: &Signer, cosigners: &[Signer], action: Action) -> Self {
        let world = world();
        let builder = TxBuilder::new(world.network.clone(), 1, Time(START + 1_000));
        let tx = builder
            .sign(action, signer, cosigners)
            .expect("it is small");
        let mut pair = Self {
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            appended: Vec::new(),
            outcome: TxOutcome {
                code: Code::Applied,
                verdict: Some(Verdict {
                    code: Code::Applied,
                    tx: tx.body.id(),
                    actor: signer.identity,
                    action: tx.body.action.kind(),
                    subject: nexus_types::Subject::Chain,
                    imvu: None,
                    before: Hash::default(),
                    gates: Vec::new(),
                    rule: None,
                }),
                log: String::new(),
            },
            tx,
        };
        let people = world.officers.iter().chain(&world.creators);
        for person in people
            .chain(&world.operators)
            .chain(&world.agents)
            .chain(&world.cashiers)
        {
            pair.always(state_key::identity(&person.identity), &identity(person));
        }
        let members = world.officers.iter().map(|one| one.identity).collect();
        let members = Set::new(members).expect("few officers");
        pair.always(
            state_key::officers(),
            &Officers {
                members,
                threshold: 3,
            },
        );
        let members = Set::new(vec![world.attester.identity]).expect("one attester");
        pair.always(state_key::attesters(), &Attesters { members });
        pair.always(state_key::imvu(&imvu("IMVU-0")), &shop());
        pair.then(state_key::nonce(&signer.identity, 0), &1_u64);
        pair.audit();
        pair
    }

    fn always<T: BorshSerialize>(&mut self, key: StateKey, value: &T) {
        self.before.insert(key.clone(), encode(value));
        self.after.insert(key, encode(value));
    }

    fn then<T: BorshSerialize>(&mut self, key: StateKey, value: &T) {
        self.after.insert(key, encode(value));
    }

    fn audit(&mut self) {
        let entry = AuditEntry {
            sequence: 0,
            height: 2,
            time: Time(START),
            tx: self.tx.body.id(),
            actor: self.tx.body.signer,
            action: self.tx.body.action.kind(),
            subject: nexus_types::Subject::Chain,
            imvu: None,
            code: self.outcome.code,
            reason: None,
            before: Hash::default(),
            after: Hash::default(),
        };
        self.appended = vec![(LogId::Chain(ChainLog::Audit), encode(&entry))];
    }

    /// The same, denied and recorded so.
    fn denied(mut self) -> Self {
        self.outcome.code = Code::NotFound;
        if let Some(verdict) = &mut self.outcome.verdict {
            verdict.code = Code::NotFound;
            verdict.rule = Some(Reason::NotFound);
        }
        self.audit();
        self.appended
            .push((LogId::Collection(CollectionKind::Violations, None), vec![1]));
        self
    }

    fn put_to(&self, judge: impl Fn(&Step<'_>) -> Result<(), String>) -> Result<(), String> {
        let keys = self.before.keys().chain(self.after.keys());
        let value = |map: &BTreeMap<StateKey, Vec<u8>>, key| map.get(key).cloned();
        let changes: Changes = keys
            .map(|key| {
                (
                    key.clone(),
                    (value(&self.before, key), value(&self.after, key)),
                )
            })
            .filter(|(_, (old, new))| old != new)
            .collect();
        judge(&Step {
            before: &|key| self.before.get(key).cloned(),
            changes: &changes,
            appended: &self.appended,
            tx: Some(&self.tx),
            outcome: &self.outcome,
        })
    }

    /// The oracle of that name must object, and say why.
    fn violates(&self, name: &str, words: &str) {
        let (_, oracle) = ORACLES.iter().find(|(one, _)| *one == name).expect(name);
        let error = self.put_to(oracle).expect_err(name);
        assert!(error.contains(words), "{name}: {error}");
        self.put_to(all).expect_err("all of them include it");
    }
}

fn described() -> Pair {
    let mut pair = Pair::new(alice(), &[], describe("IMVU-0", "new"));
    let new = Imvu {
        description: Text::new("new").expect("short"),
        ..shop()
    };
    pair.then(state_key::imvu(&new.id), &new);
    pair
}

fn by_platform(action: Action) -> Pair {
    let officers = &world().officers;
    Pair::new(&officers[0], &officers[1..3], action)
}

#[test]
fn a_lawful_pair_satisfies_all_of_them() {
    described().put_to(all).expect("applied");
    Pair::new(
        alice(),
        &[],
        Action::ActivateImvu {
            imvu: imvu("IMVU-0"),
            host: None,
        },
    )
    .denied()
    .put_to(all)
    .expect("denied");
}

#[test]
fn inadmissible_bytes_that_leave_something() {
    let mut pair = described();
    pair.outcome.verdict = None;
    pair.outcome.code = Code::Expired;
    pair.violates("inadmissible bytes leave nothing", "2 keys");
}

#[test]
fn a_nonce_that_jumps_stands_still_or_is_anothers() {
    let nonce = state_key::nonce(&alice().identity, 0);
    for wrong in [0_u64, 2, 7] {
        let mut pair = described();
        pair.then(nonce.clone(), &wrong);
        pair.violates("nonces rise by one", "nonces moved");
    }
    let mut pair = described();
    pair.then(state_key::nonce(&world().creators[1].identity, 0), &1_u64);
    pair.violates("nonces rise by one", "2 nonces moved");
}

#[test]
fn a_denial_that_takes_effect() {
    described()
        .denied()
        .violates("a denial leaves only its records", "yet");
}

#[test]
fn a_decision_without_its_records() {
    let mut pair = described();
    pair.appended.clear();
    pair.violates("every decision is audited once", "0 audit entries");
    let mut pair = Pair::new(alice(), &[], describe("IMVU-0", "new")).denied();
    pair.appended.pop();
    pair.violates("every decision is audited once", "0 violations recorded");
}

#[test]
fn a_quota_that_falls() {
    let mut new = shop();
    new.quota.cpu_millis = 1;
    let change = cpu_cut();
    let id = new.id.clone();
    let mut pair = by_platform(Action::ChangeQuota {
        imvu: id.clone(),
        change,
    });
    pair.then(state_key::imvu(&id), &new);
    pair.violates(
        "no quota falls without consent",
        "cpu_millis of IMVU-0 fell",
    );
    // Its owner may.
    let mut pair = Pair::new(
        alice(),
        &[],
        Action::ChangeQuota {
            imvu: id.clone(),
            change,
        },
    );
    pair.then(state_key::imvu(&id), &new);
    pair.put_to(all).expect("the owner consents");
}

#[test]
fn a_route_that_moves() {
    let id = imvu("IMVU-0");
    let change = route_via("192.0.2.1");
    let key = state_key::route(&id, &change.prefix());
    let mut pair = by_platform(Action::ChangeRoute { imvu: id, change });
    let record = RouteRecord {
        next_hop: None,
        version: 1,
    };
    pair.then(key.clone(), &record);
    pair.violates("no route or policy moves without consent", "IMVU-0 moved");
    let mut pair = described();
    pair.then(key, &record);
    pair.violates("no route or policy moves without consent", "another action");
}

#[test]
fn an_approval_that_is_used_twice() {
    let record = |fate| ApprovalRecord {
        imvu: imvu("IMVU-0"),
        fate,
        at: 1,
    };
    let key = state_key::approval(&Hash::of(b"an approval"));
    let mut pair = described();
    pair.always(key.clone(), &record(ApprovalFate::Revoked));
    pair.then(key, &record(ApprovalFate::Used));
    pair.violates("an approval is used once", "the fate");
}

#[test]
fn an_imvu_that_changes_hands() {
    let mut pair = described();
    let new = Imvu {
        owner: world().creators[1].identity,
        ..shop()
    };
    pair.then(state_key::imvu(&new.id), &new);
    pair.violates("an IMVU keeps its owner and its facts", "another owner");
}
