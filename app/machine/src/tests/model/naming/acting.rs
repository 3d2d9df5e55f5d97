//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the notary's word.

use super::super::{Beside, Histogram, Seen, play};
use super::notary::{
    CREATORS, DAY, DENIED, Grant, HOUR, Held, NAMES, Notary, OBSERVERS, Op, Text, Votes,
};
use super::wishes;
use crate::tests::guardians;
use crate::tests::naming::{
    claim_domain, claim_external, code, delegate, grant_child, name, own_servers, redeem, release,
    take_off_code,
};
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::domain::{
    ChildGrant, Delegation, DelegationRecord, ExternalClaim, ExternalName, NameVotes, ObserveName,
    SetTransferKey, TransferCode, TransferKey,
};
use nexus_types::encoding::encode;
use nexus_types::governance::DeniedName;
use nexus_types::guardian::Guardianship;
use nexus_types::rrset::RecordType;
use nexus_types::state::{Clock, Domain, ZoneIndex};
use nexus_types::{Hash, ImvuId, Set, Time, state_key};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const IDS: [&str; CREATORS] = ["IMVU-042", "IMVU-B", "IMVU-C"];
const EVIDENCE: Hash = Hash([8; 32]);
/// Of a challenge that nobody was given.
const NO_CHALLENGE: Hash = Hash([3; 32]);

fn carol() -> Person {
    Person::new(22)
}

fn observer(number: usize) -> &'static Person {
    static ALL: OnceLock<Vec<Person>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let keys = 300..=300 + OBSERVERS as u16;
        keys.map(Person::new).collect()
    });
    &all[number]
}

/// Alice with guardians, Bob and Carol, an IMVU each; four observers; a name that is denied.
fn base() -> &'static World {
    static BASE: OnceLock<World> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut world = World::new();
        guardians::guard(&mut world);
        world.register(&carol());
        world.register(&Person::new(164));
        let create = Action::CreateImvu {
            imvu: imvu(IDS[2]),
            jurisdiction: Some(tag("EU-GDPR")),
            quota: QUOTA,
        };
        world.must(&carol(), create);
        world.add_observers(OBSERVERS as u16);
        // One more who is registered nowhere.
        world.add_identity(observer(OBSERVERS));
        let denied = DeniedName {
            name: name(DENIED),
            below: true,
            since: 1,
        };
        let key = state_key::denied_name(&denied.name);
        world.memory.state.insert(key, encode(&denied));
        world
    })
}

fn people() -> &'static [Person; super::notary::PEOPLE] {
    static PEOPLE: OnceLock<[Person; super::notary::PEOPLE]> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let world = base();
        [
            world.alice.clone(),
            world.bob.clone(),
            carol(),
            Person::new(164),
            world.officers[0].clone(),
        ]
    })
}

/// The notary on the first day.
fn notary() -> Notary {
    let world = base();
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    let mut notary = Notary {
        time: clock.time.0.into(),
        law: clock.law_time.0.into(),
        observers: (0..OBSERVERS).collect(),
        ..Notary::default()
    };
    for (by, name) in [(0, "alice.demo.example"), (1, "bob.demo.example")] {
        let held = Held {
            by,
            zone: Some(BTreeSet::new()),
            code: None,
        };
        notary.held.insert(name, held);
    }
    notary
}

/// Servers elsewhere; the third delegation names one below the name itself.
fn servers(of: Text, number: u8) -> Delegation {
    let mut servers = own_servers();
    match number {
        0 => {}
        1 => servers.ttl += 1,
        _ => {
            let inside = format!("ns1.{of}");
            servers.servers = Set::new(vec![name(&inside)]).unwrap();
        }
    }
    servers
}

/// The law at work beside the notary.
pub(super) struct Acting {
    world: World,
    notary: Notary,
    /// The challenges, by the notary's numbers.
    challenges: BTreeMap<u32, Hash>,
    histogram: Histogram,
}

impl Beside for Acting {
    type Reference = Notary;
    type Op = Op;

    fn reference() -> Notary {
        notary()
    }

    fn wish(notary: &Notary) -> BoxedStrategy<Op> {
        wishes::wish(notary)
    }

    fn expect(notary: &mut Notary, op: &Op) {
        notary.act(op);
    }

    fn begin(notary: Notary) -> Self {
        Self {
            world: base().clone(),
            notary,
            challenges: BTreeMap::new(),
            histogram: Histogram::new(),
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        let mut after = self.notary.clone();
        let expected = after.act(op);
        // What an observer speaks of is what it knew before the block.
        let spoken_of = match op {
            Op::Observe {
                imvu,
                name,
                current,
                ..
            } => self.notary.spoken_of(name, *imvu, *current),
            _ => None,
        };
        let challenge = spoken_of.and_then(|number| self.challenges.get(&number));
        let challenge = challenge.copied().unwrap_or(NO_CHALLENGE);
        self.notary.advance(op);
        match op {
            Op::Wait { hours } => self.world.skip((hours * HOUR) as u64),
            Op::Register { observers } => {
                let all: Vec<Person> = observers.iter().map(|one| observer(*one).clone()).collect();
                self.world.set_observers(&all);
            }
            _ => {}
        }
        self.world.now.time = Time(self.notary.time as u64);
        let asked = self.transaction(op, challenge).map(|(signers, action)| {
            let body = self.world.body(&signers[0], action);
            (signers, body)
        });
        play(
            &mut self.world,
            &mut self.histogram,
            asked,
            ("notary", expected),
            op,
        )?;
        self.notary = after;
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn told(self) -> (Histogram, Seen) {
        (self.histogram, self.notary.seen)
    }
}

impl Acting {
    fn transaction(&self, op: &Op, challenge: Hash) -> Option<(Vec<Person>, Action)> {
        let by = |who: usize| vec![people()[who].clone()];
        Some(match op {
            Op::Wait { .. } | Op::Halt { .. } | Op::Register { .. } => return None,
            Op::Claim {
                by: who,
                imvu,
                name,
            } => (by(*who), claim_domain(IDS[*imvu], name)),
            Op::Prove {
                by: who,
                imvu,
                name,
            } => (by(*who), claim_external(IDS[*imvu], name)),
            Op::Observe {
                by: who,
                imvu: whose,
                name: of,
                seen,
                ..
            } => (
                vec![observer(*who).clone()],
                Action::ObserveName(ObserveName {
                    imvu: imvu(IDS[*whose]),
                    name: name(of),
                    challenge,
                    seen: *seen,
                    evidence: EVIDENCE,
                }),
            ),
            Op::Free { by: who, name } => (by(*who), release(name)),
            Op::Grant {
                by: who,
                name,
                child,
                to,
            } => (by(*who), grant_child(name, child, to.map(|to| IDS[to]))),
            Op::Delegate { by: who, name, to } => {
                let servers = to.map(|number| servers(name, number));
                (by(*who), delegate(name, servers))
            }
            Op::Code {
                by: who,
                name: of,
                days,
            } => {
                let action = match days {
                    None => take_off_code(of),
                    Some(days) => Action::SetTransferKey(SetTransferKey {
                        name: name(of),
                        code: Some(TransferCode {
                            key: code().public(),
                            expires: Time((self.notary.law + days * DAY) as u64),
                        }),
                    }),
                };
                (by(*who), action)
            }
            Op::Redeem {
                by: who,
                imvu,
                name,
                right,
            } => {
                let code = if *right { code() } else { Person::new(901) };
                (by(*who), redeem(&self.world, name, IDS[*imvu], &code))
            }
            Op::Record {
                by: who,
                zone,
                owner,
                set,
            } => {
                let (zone, owner) = (text(zone), text(owner));
                let action = if *set {
                    Action::SetRecords {
                        zone,
                        owner,
                        rrset: address(7),
                    }
                } else {
                    Action::RemoveRecords {
                        zone,
                        owner,
                        rtype: RecordType::A,
                    }
                };
                (by(*who), action)
            }
            Op::Freeze => (
                guardians::friends()[..2].to_vec(),
                guardians::freeze(&self.world),
            ),
            Op::Thaw => (
                guardians::friends()[..2].to_vec(),
                guardians::thaw(&self.world),
            ),
        })
    }

    fn compare(&mut self) -> Result<(), String> {
        let memory = &self.world.memory;
        let clock: Clock = memory.read(&state_key::clock()).unwrap();
        let clocks = (i128::from(clock.time.0), i128::from(clock.law_time.0));
        same("the clocks", &clocks, &(self.notary.time, self.notary.law))?;
        let key = state_key::guardianship(&self.world.alice.id);
        let guarded: Guardianship = memory.read(&key).unwrap();
        same(
            "the freeze",
            &(guarded.frozen_until.0.into(), guarded.next_freeze.0.into()),
            &(self.notary.frozen_until, self.notary.next_freeze),
        )?;
        for of in NAMES {
            self.compare_name(of)
                .map_err(|what| format!("{of}: {what}"))?;
            self.compare_proofs(of)
                .map_err(|what| format!("{of}: {what}"))?;
        }
        Ok(())
    }

    fn compare_name(&self, of: Text) -> Result<(), String> {
        let (memory, told) = (&self.world.memory, &self.notary);
        let of_name = name(of);
        let domain: Option<Domain> = memory.read(&state_key::domain(&of_name));
        let holder = domain.as_ref().and_then(|domain| domain.imvu.as_ref());
        same("its holder", &holder.map(number), &told.holder(of))?;
        let locked = domain.filter(|domain| domain.imvu.is_none());
        let locked = locked.map(|domain| domain.locked_until.0.into());
        same("its lock", &locked, &told.locked.get(of).copied())?;
        let index: Option<ZoneIndex> = memory.read(&state_key::zone_index(&of_name));
        let zone: Option<BTreeSet<String>> = index.map(|index| {
            let owners = index.entries.iter();
            owners
                .map(|entry| entry.owner.as_str().to_owned())
                .collect()
        });
        let held = told.held.get(of);
        let expected = held.and_then(|held| held.zone.as_ref());
        let expected = expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        same("its zone", &zone, &expected)?;
        let code: Option<TransferKey> = memory.read(&state_key::transfer_key(&of_name));
        let code = code.map(|one| (number(&one.imvu), i128::from(one.code.expires.0)));
        let expected = held.and_then(|held| Some((held.by, held.code?)));
        same("its code", &code, &expected)?;
        let delegation: Option<DelegationRecord> = memory.read(&state_key::delegation(&of_name));
        let delegation = delegation.map(|one| (one.delegation, one.imvu.as_ref().map(number)));
        let expected = told.delegated.get(of);
        let expected = expected.map(|(known, holder)| (servers(of, *known), *holder));
        same("its delegation", &delegation, &expected)?;
        let grant: Option<ChildGrant> = memory.read(&state_key::child_grant(&of_name));
        let parent = |grant: &ChildGrant| {
            let mut all = NAMES.into_iter();
            all.find(|one| *one == grant.parent.as_str()).unwrap()
        };
        let grant = grant.map(|one| Grant {
            parent: parent(&one),
            by: number(&one.by),
            to: number(&one.imvu),
            expires: one.expires.map(|expires| expires.0.into()),
        });
        same("its grant", &grant, &told.grants.get(of).cloned())
    }

    fn compare_proofs(&mut self, of: Text) -> Result<(), String> {
        let chain = self.world.network.chain_id.clone();
        let proof: Option<ExternalName> =
            self.world.memory.read(&state_key::external_name(&name(of)));
        let told = self.notary.proofs.get(of).cloned();
        let seen = proof.as_ref().map(|one| super::notary::Proof {
            by: number(&one.imvu),
            // The state has a challenge, and no number.
            challenge: told.as_ref().map_or(0, |told| told.challenge),
            votes: votes(&one.votes),
            due: one.due.0.into(),
            again: one.reproof,
        });
        same("its proof", &seen, &told)?;
        if let (Some(proof), Some(told)) = (proof, told) {
            self.known(told.challenge, proof.challenge(&chain))?;
        }
        for (whose, id) in IDS.into_iter().enumerate() {
            let key = state_key::external_claim(&name(of), &imvu(id));
            let claim: Option<ExternalClaim> = self.world.memory.read(&key);
            let told = self.notary.claims.get(&(of, whose)).cloned();
            let seen = claim.as_ref().map(|one| super::notary::Claim {
                challenge: told.as_ref().map_or(0, |told| told.challenge),
                expires: one.expires.0.into(),
                votes: votes(&one.votes),
                settles: one.settles.map(|settles| settles.0.into()),
            });
            same("a claim", &seen, &told)?;
            if let (Some(claim), Some(told)) = (claim, told) {
                self.known(told.challenge, claim.challenge(&chain))?;
            }
        }
        Ok(())
    }

    /// A challenge stays what it is, and no two are alike.
    fn known(&mut self, number: u32, hash: Hash) -> Result<(), String> {
        if let Some(known) = self.challenges.get(&number) {
            return same("a challenge", &hash, known);
        }
        if self.challenges.values().any(|known| *known == hash) {
            return Err(format!("challenge {number} is one of before"));
        }
        self.challenges.insert(number, hash);
        Ok(())
    }
}

fn number(id: &ImvuId) -> usize {
    IDS.into_iter().position(|one| imvu(one) == *id).unwrap()
}

fn votes(all: &NameVotes) -> Votes {
    let number = |id| (0..OBSERVERS).find(|one| observer(*one).id == id).unwrap();
    all.as_slice()
        .iter()
        .map(|vote| (number(vote.observer), vote.seen))
        .collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, told: &T) -> Result<(), String> {
    if seen == told {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?}, the notary says {told:?}"))
    }
}
