//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the registrar's word.

use super::super::{Beside, Histogram, Seen, play};
use super::registrar::{ATTESTER, HOUR, Life, Op, PEOPLE, Registrar};
use super::wishes;
use crate::tests::guardians::choose;
use crate::tests::market::payout;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::approval::RotationBody;
use nexus_types::crypto::{SigningKind, signing_digest};
use nexus_types::guardian::{
    FreezeIdentity, Guardianship, ProposeRecovery, RecoveryAttestation, RecoveryAttestationBody,
    ThawIdentity, VetoPending,
};
use nexus_types::state::{Clock, Identity, IdentityStatus};
use nexus_types::{Hash, IdentityId, Time, state_key};
use proptest::prelude::*;
use std::sync::OnceLock;

/// Five people, two officers, the operator of the platform's seat, the attester: their first keys.
const KEYS: [u16; PEOPLE] = [20, 21, 160, 161, 162, 1, 2, 50, 10];

fn base() -> &'static World {
    static BASE: OnceLock<World> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut world = World::new();
        for key in [160, 161, 162] {
            world.register(&Person::new(key));
        }
        world
    })
}

/// The registrar on the first day.
fn registrar() -> Registrar {
    let clock: Clock = base().memory.read(&state_key::clock()).unwrap();
    Registrar {
        time: clock.time.0.into(),
        law: clock.law_time.0.into(),
        people: KEYS.map(Life::new).to_vec(),
        fresh: 20_000,
    }
}

/// The law at work beside the registrar.
pub(super) struct Acting {
    world: World,
    registrar: Registrar,
    ids: Vec<IdentityId>,
    histogram: Histogram,
}

impl Beside for Acting {
    type Reference = Registrar;
    type Op = Op;

    fn reference() -> Registrar {
        registrar()
    }

    fn wish(registrar: &Registrar) -> BoxedStrategy<Op> {
        wishes::wish(registrar)
    }

    fn expect(registrar: &mut Registrar, op: &Op) {
        registrar.act(op);
    }

    fn begin(registrar: Registrar) -> Self {
        Self {
            world: base().clone(),
            registrar,
            ids: KEYS.map(|key| Person::new(key).id).to_vec(),
            histogram: Histogram::new(),
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        let mut after = self.registrar.clone();
        let expected = after.act(op);
        // What is due in the block is done before its transaction, whose signers may have other keys then.
        self.registrar.advance(op);
        self.go_to(op);
        let asked = self.transaction(op).map(|(signers, action)| {
            let body = self.world.body(&signers[0], action);
            (signers, body)
        });
        play(
            &mut self.world,
            &mut self.histogram,
            asked,
            ("registrar", expected),
            op,
        )?;
        self.registrar = after;
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn told(self) -> (Histogram, Seen) {
        (self.histogram, Seen::new())
    }
}

impl Acting {
    /// Somebody with the key in force, or the one before it.
    fn person(&self, who: usize, before: usize) -> Person {
        let keys = &self.registrar.people[who].keys;
        let key = keys[keys.len().saturating_sub(1 + before)];
        Person {
            id: self.ids[who],
            ..Person::new(key)
        }
    }

    fn people(&self, by: &[usize]) -> Vec<Person> {
        by.iter().map(|who| self.person(*who, 0)).collect()
    }

    /// The next block is when the registrar's clock says; where a chain went on for hours, its clocks did.
    fn go_to(&mut self, op: &Op) {
        if let Op::Wait { hours } = op {
            self.world.skip((hours * HOUR) as u64);
        }
        self.world.now.time = Time(self.registrar.time as u64);
    }

    fn transaction(&self, op: &Op) -> Option<(Vec<Person>, Action)> {
        let of = |whom: &usize| self.ids[*whom];
        Some(match op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Choose {
                who,
                guardians,
                threshold,
            } => {
                let chosen: Vec<usize> = guardians.iter().copied().collect();
                let action = choose(&self.people(&chosen), *threshold as u8);
                (vec![self.person(*who, 0)], action)
            }
            Op::Freeze { whom, by } => {
                let freeze = FreezeIdentity { identity: of(whom) };
                (self.people(by), Action::FreezeIdentity(freeze))
            }
            Op::Thaw { whom, by } => {
                let thaw = ThawIdentity { identity: of(whom) };
                (self.people(by), Action::ThawIdentity(thaw))
            }
            Op::Veto { whom, by } => {
                let veto = VetoPending { identity: of(whom) };
                (self.people(by), Action::VetoPending(veto))
            }
            Op::Recover {
                whom,
                by,
                same,
                attested,
            } => (self.people(by), self.recovery(*whom, *same, *attested)),
            Op::Rotate { who, same } => {
                let person = self.person(*who, 0);
                let new = if *same {
                    person.clone()
                } else {
                    Person::new(self.registrar.fresh)
                };
                let generation = self.registrar.people[*who].generation() + 1;
                let action = self.world.rotation(&person, generation, &new);
                (vec![person], action)
            }
            Op::Revoke { who } => (vec![self.person(*who, 0)], Action::RevokeIdentity),
            Op::Payout { who } => (vec![self.person(*who, 0)], payout(1)),
            Op::Stale { who } => (vec![self.person(*who, 1)], payout(1)),
        })
    }

    fn recovery(&self, whom: usize, same: bool, attested: bool) -> Action {
        let new = if same {
            self.person(whom, 0)
        } else {
            Person::new(self.registrar.fresh)
        };
        let network = self.world.network.clone();
        let rotation = RotationBody {
            network: network.clone(),
            identity: self.ids[whom],
            generation: self.registrar.people[whom].generation() + 1,
            new_key: new.public(),
        };
        let attestation = attested.then(|| {
            let body = RecoveryAttestationBody {
                network,
                identity: self.ids[whom],
                new_key: new.public(),
                attester: self.ids[ATTESTER],
                generation: self.registrar.people[ATTESTER].generation(),
                evidence: Hash([9; 32]),
                expires: self.world.now.time.plus_ms(HOUR as u64),
            };
            let attester = self.person(ATTESTER, 0);
            let signature = attester.sign(signing_digest(SigningKind::RecoveryAttestation, &body));
            RecoveryAttestation { body, signature }
        });
        Action::ProposeRecovery(ProposeRecovery {
            identity: self.ids[whom],
            new_key: new.public(),
            proof: new.sign(signing_digest(SigningKind::Rotation, &rotation)),
            attestation,
        })
    }

    fn compare(&self) -> Result<(), String> {
        let clock: Clock = self.world.memory.read(&state_key::clock()).unwrap();
        let clocks = (i128::from(clock.time.0), i128::from(clock.law_time.0));
        if clocks != (self.registrar.time, self.registrar.law) {
            return Err(format!("the clocks say {clocks:?}"));
        }
        for (who, life) in self.registrar.people.iter().enumerate() {
            let seen = self.seen(who, life);
            if seen != *life {
                return Err(format!("{who} is {seen:?}, the registrar says {life:?}"));
            }
        }
        Ok(())
    }

    /// A life as the state has it; the keys it had are the registrar's, but for the last.
    fn seen(&self, who: usize, told: &Life) -> Life {
        let id = self.ids[who];
        let identity: Identity = self.world.memory.read(&state_key::identity(&id)).unwrap();
        let known = Person::new(told.key()).public();
        let mut keys = told.keys.clone();
        if identity.key != known || identity.generation != told.generation() {
            keys.push(0);
        }
        let guarded: Guardianship = self
            .world
            .memory
            .read(&state_key::guardianship(&id))
            .unwrap_or_default();
        let numbers = |ids: &[IdentityId]| {
            ids.iter()
                .map(|id| self.ids.iter().position(|one| one == id).unwrap())
                .collect()
        };
        Life {
            alive: identity.status == IdentityStatus::Active,
            keys,
            guardians: numbers(guarded.guardians.as_slice()),
            threshold: guarded.threshold.into(),
            frozen_until: guarded.frozen_until.0.into(),
            next_freeze: guarded.next_freeze.0.into(),
            choice: guarded.change.map(|one| super::registrar::Choice {
                guardians: numbers(one.guardians.as_slice()),
                threshold: one.threshold.into(),
                due: one.due.0.into(),
            }),
            recovery: guarded.recovery.map(|one| {
                // Which number a key has only the registrar knows: the same one, or none.
                let key = told.recovery.as_ref().map_or(0, |recovery| recovery.key);
                super::registrar::Recovery {
                    key: if Person::new(key).public() == one.new_key {
                        key
                    } else {
                        0
                    },
                    generation: one.generation,
                    due: one.due.0.into(),
                    attested: one.attested.is_some(),
                }
            }),
        }
    }
}
