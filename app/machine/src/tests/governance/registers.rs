//! Officers, attesters, observers, jurisdictions, denied names, upgrades.

use crate::Decider;
use crate::tests::council::*;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::constants::APP_VERSION;
use nexus_types::encoding::encode;
use nexus_types::governance::{
    GovernanceChange as Change, GovernanceStatus as Status, Lapse, Observers, UpgradePlan,
};
use nexus_types::state::{Attesters, ChainRecord, Jurisdictions, Officers};
use nexus_types::{Hash, Reason, Text, state_key};

fn observe(person: &Person, name: &str, platform: bool) -> Change {
    Change::AdmitObserver {
        observer: person.id,
        name: Text::new(name).unwrap(),
        platform,
    }
}

fn newcomer(world: &mut World, seed: u16) -> Person {
    let person = Person::new(seed);
    world.add_identity(&person);
    person
}

impl World {
    fn officers_now(&self) -> Officers {
        self.memory.read(&state_key::officers()).unwrap()
    }

    /// What an operator's proposal is refused with.
    fn refused(&mut self, change: Change) -> (u32, Option<Reason>) {
        let operator = self.operators[1].clone();
        refusal(&self.try_propose(&operator, change))
    }

    fn lists(&self, text: &str) -> bool {
        let list: Jurisdictions = self.memory.read(&state_key::jurisdictions()).unwrap();
        list.tags.contains(&tag(text))
    }

    /// Enacted by the first operator outside the platform, at the beginning of the period after its time-lock.
    fn enact_at_period(&mut self, change: Change) {
        let operator = self.operators[1].clone();
        let proposal = self.enact(&operator, change);
        let Status::AtPeriod { begins } = self.status(&proposal) else {
            panic!("{:?}", self.status(&proposal));
        };
        self.pass(begins.0 - 1);
        assert_eq!(self.status(&proposal), Status::AtPeriod { begins });
        self.pass(begins.0);
        assert!(matches!(self.status(&proposal), Status::Executed(_)));
    }
}

#[test]
fn an_officer_comes_by_its_own_word_and_two_thirds_of_the_seats_after_seven_days() {
    let mut world = World::new();
    let carol = newcomer(&mut world, 40);
    let admit = Change::AdmitOfficer { officer: carol.id };
    assert_eq!(
        world.refused(admit.clone()),
        (2001, Some(Reason::NotCandidate))
    );
    let proposal = world.propose(&carol, admit);
    world.carry(&proposal);
    let Status::Passed { due } = world.status(&proposal) else {
        panic!("{:?}", world.status(&proposal));
    };
    world.pass(due.0 - 1);
    assert!(!world.officers_now().members.contains(&carol.id));
    world.pass(due.0);
    assert!(world.officers_now().members.contains(&carol.id));
}

#[test]
fn an_officer_leaves_by_its_own_word_or_an_operators_and_no_strangers() {
    let mut world = World::new();
    let (officer, stranger) = (world.officers[4].clone(), world.bob.clone());
    let remove = Change::RemoveOfficer {
        officer: officer.id,
    };
    let outcome = world.try_propose(&stranger, remove.clone());
    assert_eq!(refusal(&outcome), (2001, Some(Reason::NotOperator)));
    world.enact(&officer, remove);
    assert!(!world.officers_now().members.contains(&officer.id));
}

#[test]
fn the_officers_threshold_is_at_least_two_and_at_most_all() {
    let mut world = World::new();
    let refused = (2103, Some(Reason::OfficersThreshold));
    for threshold in [0, 1, 6] {
        assert_eq!(
            world.refused(Change::SetOfficersThreshold { threshold }),
            refused
        );
    }
    let operator = world.operators[1].clone();
    world.enact(&operator, Change::SetOfficersThreshold { threshold: 5 });
    assert_eq!(world.officers_now().threshold, 5);
    let officer = world.officers[0].id;
    assert_eq!(world.refused(Change::RemoveOfficer { officer }), refused);
}

#[test]
fn who_has_a_seat_is_neither_officer_nor_attester() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let id = operator.id;
    for change in [
        Change::AdmitOfficer { officer: id },
        Change::AdmitAttester { attester: id },
    ] {
        let outcome = world.try_propose(&operator, change);
        assert_eq!(refusal(&outcome), (2103, Some(Reason::RolesApart)));
    }
}

#[test]
fn attesters_come_and_go_but_for_the_last() {
    let mut world = World::new();
    let old = world.attester.id;
    let remove = Change::RemoveAttester { attester: old };
    assert_eq!(
        world.refused(remove.clone()),
        (2103, Some(Reason::LastOfRegister))
    );
    let carol = newcomer(&mut world, 40);
    world.enact(&carol, Change::AdmitAttester { attester: carol.id });
    let operator = world.operators[1].clone();
    world.enact(&operator, remove);
    let now: Attesters = world.memory.read(&state_key::attesters()).unwrap();
    assert_eq!(now.members.as_slice(), [carol.id]);
    // Whom the old one attests is nobody any longer.
    let dave = Person::new(41);
    let attestation = world.attest(&dave);
    let register = Action::RegisterIdentity {
        key: dave.public(),
        attestation: Some(attestation),
    };
    let outcome = world.submit(&[dave], register);
    assert_eq!(refusal(&outcome), (2001, Some(Reason::AttesterUnknown)));
}

#[test]
fn less_than_a_third_of_the_observers_is_the_platforms_whatever_it_says_of_itself() {
    let mut world = World::new();
    let people: Vec<Person> = (40..44).map(|seed| newcomer(&mut world, seed)).collect();
    let platform = world.operators[0].clone();
    for (person, name) in people.iter().zip(["one", "two", "three"]) {
        let outcome = world.try_propose(&platform, observe(&platform, "platform", false));
        assert_eq!(refusal(&outcome), (2103, Some(Reason::PlatformThird)));
        world.enact(person, observe(person, name, false));
    }
    world.enact(&platform, observe(&platform, "platform", false));
    let now: Observers = world.memory.read(&state_key::observers()).unwrap();
    assert!(now.members.as_slice()[3].platform);
    let outcome = world.try_propose(&people[3], observe(&people[3], "four", true));
    assert_eq!(refusal(&outcome), (2103, Some(Reason::PlatformThird)));
    let outcome = world.try_propose(&people[3], observe(&people[3], "one", false));
    assert_eq!(refusal(&outcome), (2102, Some(Reason::AlreadyExists)));
    let leave = Change::RemoveObserver {
        observer: people[0].id,
    };
    let outcome = world.try_propose(&people[0], leave);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::PlatformThird)));
    let leave = Change::RemoveObserver {
        observer: platform.id,
    };
    world.enact(&platform, leave);
}

#[test]
fn a_jurisdiction_comes_with_a_period_and_leaves_what_stands_there() {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.enact_at_period(add_jurisdiction("CA-LAW"));
    assert!(world.lists("CA-LAW"));
    assert_eq!(
        world.refused(add_jurisdiction("CA-LAW")),
        (2102, Some(Reason::AlreadyExists))
    );
    world.enact_at_period(Change::RemoveJurisdiction {
        tag: tag("EU-GDPR"),
    });
    assert!(!world.lists("EU-GDPR"));
    let alice = world.alice.clone();
    let create = Action::CreateImvu {
        imvu: imvu("IMVU-NEW"),
        jurisdiction: Some(tag("EU-GDPR")),
        quota: QUOTA,
    };
    let outcome = world.submit(&[alice], create);
    assert_eq!(refusal(&outcome), (2009, Some(Reason::JurisdictionUnknown)));
    let activate = Action::ActivateImvu {
        imvu: imvu("IMVU-042"),
        host: None,
    };
    let alice = world.alice.clone();
    let outcome = world.submit(&[alice], activate);
    assert_eq!(refusal(&outcome), (2009, Some(Reason::JurisdictionUnknown)));
    let kept: nexus_types::state::Imvu = world
        .memory
        .read(&state_key::imvu(&imvu("IMVU-042")))
        .unwrap();
    assert_eq!(kept.jurisdiction, Some(tag("EU-GDPR")));
}

#[test]
fn a_denied_name_is_claimed_by_nobody_and_below_it_where_it_says_so() {
    let mut world = World::new();
    for (name, below) in [("bank.demo.example", true), ("suffix.demo.example", false)] {
        let name = world.name(name);
        world.enact_at_period(Change::DenyName { name, below });
    }
    let alice = world.alice.clone();
    let claim = |name: &str| Action::ClaimDomain {
        name: text(name),
        imvu: imvu("IMVU-042"),
    };
    for name in [
        "bank.demo.example",
        "BANK.demo.example.",
        "my.bank.demo.example",
        "suffix.demo.example",
    ] {
        let outcome = world.submit(std::slice::from_ref(&alice), claim(name));
        assert_eq!(
            refusal(&outcome),
            (2003, Some(Reason::NameDenied)),
            "{name}"
        );
    }
    world.must(&alice, claim("shop.suffix.demo.example"));
    world.must(&alice, claim("mybank.demo.example"));
    let name = world.name("bank.demo.example");
    world.enact_at_period(Change::AllowName { name: name.clone() });
    world.must(&alice, claim("bank.demo.example"));
    assert_eq!(
        world.refused(Change::AllowName { name }),
        (2101, Some(Reason::NotFound))
    );
}

fn upgrade(height: u64) -> Change {
    Change::Upgrade {
        height,
        app_version: APP_VERSION + 1,
        sha256: Hash([9; 32]),
    }
}

#[test]
fn an_upgrade_is_planned_one_at_a_time_and_far_enough_ahead() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let near = world.now.height + 9;
    let refused = (2103, Some(Reason::UpgradeTooSoon));
    assert_eq!(world.refused(upgrade(near)), refused);
    let same = Change::Upgrade {
        height: near + 1_000,
        app_version: APP_VERSION,
        sha256: Hash([9; 32]),
    };
    assert_eq!(world.refused(same), refused);
    world.enact(&operator, upgrade(near + 1_000));
    let plan: UpgradePlan = world.memory.read(&state_key::upgrade_plan()).unwrap();
    assert_eq!(
        (plan.height, plan.app_version),
        (near + 1_000, APP_VERSION + 1)
    );
    assert_eq!(
        world.refused(upgrade(near + 2_000)),
        (2103, Some(Reason::UpgradePlanned))
    );
    // What stops an upgrade waits for nothing.
    let cancel = world.propose(&operator, Change::CancelUpgrade);
    world.carry(&cancel);
    world.block(&[]);
    assert!(matches!(world.status(&cancel), Status::Executed(_)));
    assert!(!world.memory.state.contains_key(&state_key::upgrade_plan()));
    assert_eq!(
        world.refused(Change::CancelUpgrade),
        (2101, Some(Reason::NotFound))
    );
}

#[test]
fn the_block_before_an_upgrade_tells_the_next_version_and_this_program_decides_no_further() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let height = world.now.height + 30;
    world.enact(&operator, upgrade(height));
    assert_eq!(
        Decider::next(&world.memory).app_version,
        APP_VERSION,
        "planned, and not yet due"
    );
    loop {
        let last = world.now.height == height - 1;
        let executed = world.execute(&[]);
        assert_eq!(executed.app_version, last.then_some(APP_VERSION + 1));
        world.block(&[]);
        if last {
            break;
        }
        let next = Decider::next(&world.memory);
        let ours = (world.now.height, APP_VERSION, None);
        assert_eq!((next.height, next.app_version, next.sha256), ours);
    }
    let next = Decider::next(&world.memory);
    let theirs = (height, APP_VERSION + 1, Some(Hash([9; 32])));
    assert_eq!((next.height, next.app_version, next.sha256), theirs);
    crate::invariants::check(&world.memory).unwrap();
    // As the program of that version has it: its own first block makes its version the chain's.
    world.alter_chain(|chain| chain.app_version = APP_VERSION - 1);
    let key = state_key::upgrade_plan();
    let plan: UpgradePlan = world.memory.read(&key).unwrap();
    let app_version = APP_VERSION;
    let plan = UpgradePlan {
        app_version,
        ..plan
    };
    world.memory.state.insert(key.clone(), encode(&plan));
    crate::invariants::check(&world.memory).unwrap();
    assert_eq!(Decider::next(&world.memory).app_version, APP_VERSION);
    world.block(&[]);
    assert!(!world.memory.state.contains_key(&key));
    let chain: ChainRecord = world.memory.read(&state_key::chain()).unwrap();
    assert_eq!(chain.app_version, APP_VERSION);
}

#[test]
fn an_upgrade_cancelled_in_the_block_before_it_takes_no_place() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let height = world.now.height + 30;
    world.enact(&operator, upgrade(height));
    let cancel = world.propose(&operator, Change::CancelUpgrade);
    // Three votes, one a block.
    while world.now.height < height - 4 {
        world.block(&[]);
    }
    assert_eq!(world.carry(&cancel), 3);
    assert_eq!(world.now.height, height - 1);
    let executed = world.execute(&[]);
    assert_eq!(executed.app_version, None);
}

#[test]
fn an_upgrade_whose_height_has_come_near_meanwhile_lapses() {
    let mut world = World::new();
    let operator = world.operators[1].clone();
    let proposal = world.propose(&operator, upgrade(world.now.height + 12));
    world.carry(&proposal);
    world.run_out(&proposal);
    let lapse = Lapse::Refused(Reason::UpgradeTooSoon);
    assert_eq!(world.status(&proposal), Status::Lapsed(lapse));
}

#[test]
fn five_sixths_of_the_seats_bring_an_upgrade_forward() {
    let mut world = World::with_seats(6);
    let operators = world.operators.clone();
    let proposal = world.propose(&operators[1], upgrade(1_000));
    assert_eq!(world.carry(&proposal), 4);
    let Status::Passed { due: slow } = world.status(&proposal) else {
        panic!("{:?}", world.status(&proposal));
    };
    let fast = world.law_time().plus_ms(1_000 + 7 * DAY);
    assert!(slow > fast);
    world.vote(&operators[4], &proposal, true);
    assert_eq!(world.status(&proposal), Status::Passed { due: fast });
    world.vote(&operators[5], &proposal, false);
    assert_eq!(world.status(&proposal), Status::Passed { due: fast });
    world.run_out(&proposal);
    assert!(matches!(world.status(&proposal), Status::Executed(_)));
}

#[test]
fn one_jurisdiction_stays_and_a_denied_name_is_denied_with_what_is_below_it_or_without() {
    let mut world = World::new();
    let gone = |text| Change::RemoveJurisdiction { tag: tag(text) };
    world.enact_at_period(gone("US-CCPA"));
    assert_eq!(
        world.refused(gone("EU-GDPR")),
        (2103, Some(Reason::LastOfRegister))
    );
    let deny = |below| Change::DenyName {
        name: nexus_types::Name::parse("co.test").unwrap(),
        below,
    };
    world.enact_at_period(deny(false));
    assert_eq!(world.refused(deny(false)), (2105, Some(Reason::NoChange)));
    world.enact_at_period(deny(true));
    assert_eq!(world.refused(deny(true)), (2105, Some(Reason::NoChange)));
}
