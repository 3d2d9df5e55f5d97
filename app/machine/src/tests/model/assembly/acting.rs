//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the speaker's word.

use super::super::{Beside, Histogram, Seen, play};
use super::speaker::{ATTESTER, Change, HOUR, NAMES, OFFICERS, Op, PEOPLE, Seat, Speaker, Status};
use super::wishes;
use crate::tests::council::{submit, withdraw};
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::encoding::encode;
use nexus_types::governance::{
    CastBallot, DeniedName, GovernanceChange, GovernanceStatus, Lapse, Observers, Registers,
};
use nexus_types::state::{Attesters, Clock, Jurisdictions, Officers, TimedItem};
use nexus_types::{Hash, IdentityId, Name, Text, Time, state_key};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

const KEYS: [u16; PEOPLE] = [50, 51, 52, 53, 20, 21, 160, 161, 1, 2, 3, 4, 5, 10];
const SEATS: [u16; 4] = [30, 31, 32, 33];
const TAGS: [&str; super::speaker::TAGS] = ["EU-GDPR", "US-CCPA", "CA-LAW", "BR-LAW"];

/// What is due at one instant is done in the order of its items' hashes.
fn rank(item: &TimedItem) -> [u8; 32] {
    *Hash::of(&encode(item)).as_bytes()
}

fn name(number: usize) -> Name {
    Name::parse(&format!("n{number}.demo.example")).unwrap()
}

fn base() -> &'static World {
    static BASE: OnceLock<World> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut world = World::new();
        for key in [160, 161] {
            world.register(&Person::new(key));
        }
        world
    })
}

/// The speaker on the first day.
fn speaker() -> Speaker {
    let clock: Clock = base().memory.read(&state_key::clock()).unwrap();
    Speaker {
        time: clock.time.0.into(),
        law: clock.law_time.0.into(),
        seats: SEATS
            .into_iter()
            .enumerate()
            .map(|(operator, key)| Seat { operator, key })
            .collect(),
        officers: OFFICERS.into(),
        threshold: 3,
        attesters: [ATTESTER].into(),
        observers: BTreeMap::new(),
        tags: [0, 1].into(),
        denied: BTreeMap::new(),
        versions: BTreeMap::new(),
        proposals: Vec::new(),
        recent: Vec::new(),
        queue: Vec::new(),
        look: None,
        seats_rank: rank(&TimedItem::ChangeSeats),
        fresh: 30_000,
    }
}

/// The law at work beside the speaker.
pub(super) struct Acting {
    world: World,
    speaker: Speaker,
    people: Vec<Person>,
    /// The proposals' ids, in the speaker's order.
    ids: Vec<Hash>,
    queued: bool,
    histogram: Histogram,
}

impl Beside for Acting {
    type Reference = Speaker;
    type Op = Op;

    fn reference() -> Speaker {
        speaker()
    }

    fn wish(speaker: &Speaker) -> BoxedStrategy<Op> {
        wishes::wish(speaker)
    }

    fn expect(speaker: &mut Speaker, op: &Op) {
        speaker.act(op);
    }

    fn is_about_something(speaker: &Speaker, op: &Op) -> bool {
        match op {
            Op::Vote { proposal, .. } | Op::Withdraw { proposal, .. } => {
                *proposal < speaker.proposals.len()
            }
            _ => true,
        }
    }

    fn begin(speaker: Speaker) -> Self {
        Self {
            world: base().clone(),
            speaker,
            people: KEYS.map(Person::new).to_vec(),
            ids: Vec::new(),
            queued: false,
            histogram: Histogram::new(),
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        // Who made up the wish did not know the ledger's ids, and may have had another come first: then it is about nothing.
        if matches!(op, Op::Vote { proposal, .. } | Op::Withdraw { proposal, .. } if *proposal >= self.ids.len())
        {
            return Ok(());
        }
        let expected = self.speaker.act(op);
        self.go_to(op);
        let asked = self.transaction(op).map(|(signer, action)| {
            let body = self.world.body(&signer, action);
            (vec![signer], body)
        });
        let outcome = play(
            &mut self.world,
            &mut self.histogram,
            asked,
            ("speaker", expected),
            op,
        )?;
        let proposed = outcome.filter(|outcome| outcome.code.number() == 0);
        if let (Some(outcome), Op::Propose { .. }) = (proposed, op) {
            let id = outcome.verdict.unwrap().tx;
            self.ids.push(id);
            let opened = self.speaker.proposals.last_mut();
            opened.expect("it is open").ranks =
                [TimedItem::EndVote(id), TimedItem::Enact(id)].map(|item| rank(&item));
        }
        self.queued |= !self.speaker.queue.is_empty();
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn told(self) -> (Histogram, Seen) {
        let mut seen = Seen::new();
        for end in self.ends() {
            *seen.entry(end).or_default() += 1;
        }
        (self.histogram, seen)
    }
}

impl Acting {
    /// How proposals have ended.
    fn ends(&self) -> Vec<&'static str> {
        let each = self.speaker.proposals.iter().map(|one| match one.status {
            Status::Executed => "executed",
            Status::Rejected => "rejected",
            Status::Unvoted => "unvoted",
            Status::Moved => "moved",
            Status::Withdrawn => "withdrawn",
            Status::Refused => "refused",
            _ => "pending",
        });
        each.chain(self.queued.then_some("queued")).collect()
    }

    fn go_to(&mut self, op: &Op) {
        if let Op::Wait { hours } = op {
            self.world.skip((hours * HOUR) as u64);
        }
        self.world.now.time = Time(self.speaker.time as u64);
    }

    fn transaction(&self, op: &Op) -> Option<(Person, Action)> {
        let by = |who: &usize| self.people[*who].clone();
        Some(match op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Propose { by: who, change } => (by(who), submit(self.change(*who, change))),
            Op::Vote {
                by: who,
                proposal,
                approve,
                right,
            } => {
                let known = self.world.proposal(&self.ids[*proposal]);
                let cast = CastBallot {
                    proposal: known.id,
                    digest: if *right {
                        known.digest()
                    } else {
                        Hash([3; 32])
                    },
                    approve: *approve,
                };
                (by(who), Action::CastBallot(cast))
            }
            Op::Withdraw { by: who, proposal } => {
                let known = self.world.proposal(&self.ids[*proposal]);
                (by(who), withdraw(&known))
            }
        })
    }

    fn change(&self, by: usize, change: &Change) -> GovernanceChange {
        use GovernanceChange as Law;
        let id = |who: &usize| self.people[*who].id;
        match change {
            Change::AdmitOfficer(who) => Law::AdmitOfficer { officer: id(who) },
            Change::RemoveOfficer(who) => Law::RemoveOfficer { officer: id(who) },
            Change::Threshold(threshold) => Law::SetOfficersThreshold {
                threshold: *threshold as u8,
            },
            Change::AdmitAttester(who) => Law::AdmitAttester { attester: id(who) },
            Change::RemoveAttester(who) => Law::RemoveAttester { attester: id(who) },
            Change::AdmitObserver(who, platform) => Law::AdmitObserver {
                observer: id(who),
                name: Text::new(format!("observer-{who}")).unwrap(),
                platform: *platform,
            },
            Change::RemoveObserver(who) => Law::RemoveObserver { observer: id(who) },
            Change::AddSeat { operator, key } => {
                let proof = self.world.possession(&self.people[by], &Person::new(*key));
                match self
                    .world
                    .add_validator(&self.people[*operator], &Person::new(*key))
                {
                    Law::AddValidator {
                        name,
                        key,
                        platform,
                        operator,
                        ..
                    } => Law::AddValidator {
                        name,
                        key,
                        platform,
                        operator,
                        proof,
                    },
                    other => other,
                }
            }
            Change::RemoveSeat(key) => Law::RemoveValidator {
                seat: Person::new(*key).public(),
            },
            Change::RotateSeat { key, new } => Law::RotateValidator {
                seat: Person::new(*key).public(),
                new_key: Person::new(*new).public(),
                proof: self.world.possession(&self.people[by], &Person::new(*new)),
            },
            Change::AddTag(number) => Law::AddJurisdiction {
                tag: tag(TAGS[*number]),
            },
            Change::RemoveTag(number) => Law::RemoveJurisdiction {
                tag: tag(TAGS[*number]),
            },
            Change::Deny(number, below) => Law::DenyName {
                name: name(*number),
                below: *below,
            },
            Change::Allow(number) => Law::AllowName {
                name: name(*number),
            },
        }
    }

    fn numbers(&self, ids: &[IdentityId]) -> BTreeSet<usize> {
        let number = |id: &IdentityId| self.people.iter().position(|one| one.id == *id).unwrap();
        ids.iter().map(number).collect()
    }

    fn compare(&self) -> Result<(), String> {
        let memory = &self.world.memory;
        let told = &self.speaker;
        let clock: Clock = memory.read(&state_key::clock()).unwrap();
        let clocks = (i128::from(clock.time.0), i128::from(clock.law_time.0));
        same("the clocks", &clocks, &(told.time, told.law))?;
        (0..self.ids.len()).try_for_each(|number| self.compare_proposal(number))?;
        let officers: Officers = memory.read(&state_key::officers()).unwrap();
        same(
            "officers",
            &self.numbers(officers.members.as_slice()),
            &told.officers,
        )?;
        same(
            "their threshold",
            &usize::from(officers.threshold),
            &told.threshold,
        )?;
        let attesters: Attesters = memory.read(&state_key::attesters()).unwrap();
        same(
            "attesters",
            &self.numbers(attesters.members.as_slice()),
            &told.attesters,
        )?;
        let observers: Observers = memory.read(&state_key::observers()).unwrap_or_default();
        let observers: BTreeMap<IdentityId, bool> = observers
            .members
            .as_slice()
            .iter()
            .map(|one| (one.identity, one.platform))
            .collect();
        let expected = told.observers.iter();
        let expected = expected.map(|(who, platform)| (self.people[*who].id, *platform));
        same("observers", &observers, &expected.collect())?;
        let tags: Jurisdictions = memory.read(&state_key::jurisdictions()).unwrap();
        let mut expected: Vec<_> = told.tags.iter().map(|number| tag(TAGS[*number])).collect();
        expected.sort();
        same("tags", &tags.tags.as_slice().to_vec(), &expected)?;
        for number in 0..NAMES {
            let denied: Option<DeniedName> = memory.read(&state_key::denied_name(&name(number)));
            let below = denied.map(|one| one.below);
            same("a denied name", &below, &told.denied.get(&number).copied())?;
        }
        self.compare_seats()?;
        let registers: Registers = memory.read(&state_key::registers()).unwrap_or_default();
        let open: BTreeSet<Hash> = registers.open.as_slice().iter().map(|one| one.id).collect();
        let pending = told.proposals.iter().zip(&self.ids);
        let pending = pending.filter(|(one, _)| one.status.is_pending());
        same(
            "what is pending",
            &open,
            &pending.map(|(_, id)| *id).collect(),
        )
    }

    fn compare_seats(&self) -> Result<(), String> {
        let seen: BTreeSet<_> = self
            .world
            .all_seats()
            .into_iter()
            .map(|seat| (seat.operator, seat.key, seat.power))
            .collect();
        let told = self.speaker.seats.iter();
        let told = told.map(|seat| {
            let key = Person::new(seat.key).public();
            (self.people[seat.operator].id, key, 10)
        });
        same("seats", &seen, &told.collect())
    }

    fn compare_proposal(&self, number: usize) -> Result<(), String> {
        let told = &self.speaker.proposals[number];
        let known = self.world.proposal(&self.ids[number]);
        let status = match known.status {
            GovernanceStatus::Open => Status::Open,
            GovernanceStatus::Passed { due } => Status::Passed(due.0.into()),
            GovernanceStatus::AtPeriod { begins } => Status::AtPeriod(begins.0.into()),
            GovernanceStatus::Queued => Status::Queued,
            GovernanceStatus::Executed(_) => Status::Executed,
            GovernanceStatus::Rejected => Status::Rejected,
            GovernanceStatus::Lapsed(Lapse::Unvoted) => Status::Unvoted,
            GovernanceStatus::Lapsed(Lapse::Moved | Lapse::Epoch) => Status::Moved,
            GovernanceStatus::Lapsed(Lapse::Refused(_)) => Status::Refused,
            GovernanceStatus::Withdrawn => Status::Withdrawn,
        };
        same(
            &format!("proposal {number}, {told:?}"),
            &status,
            &told.status,
        )?;
        let votes: BTreeMap<IdentityId, bool> = known
            .votes
            .as_slice()
            .iter()
            .map(|vote| (vote.operator, vote.approve))
            .collect();
        let expected = told.votes.iter();
        let expected = expected.map(|(who, approve)| (self.people[*who].id, *approve));
        same("its votes", &votes, &expected.collect())?;
        same("its end", &i128::from(known.closes.0), &told.closes)
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, told: &T) -> Result<(), String> {
    if seen == told {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?}, the speaker says {told:?}"))
    }
}
