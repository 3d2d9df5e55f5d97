//! A recovery: who must sign which state, what it changes, and what dies with the epoch.

use crate::tests::council::*;
use crate::tests::world::*;
use crate::{RecoveryFault as Fault, SingleVerify, recover};
use nexus_types::governance::{
    FormerKeys, GovernanceChange as Change, GovernanceStatus as Status, Lapse, SeatChanges,
};
use nexus_types::recovery::{Recovery, RecoveryBody, RecoverySeat, RecoverySignature};
use nexus_types::state::{ChainRecord, Clock};
use nexus_types::{Hash, List, Reason, state_key};

/// Stands for the app hash that the store would know.
const APP_HASH: Hash = Hash([8; 32]);

/// Those of the operators that go on, each with a new key.
fn body(world: &World, going_on: &[usize]) -> RecoveryBody {
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    let mut seats: Vec<RecoverySeat> = going_on
        .iter()
        .map(|number| RecoverySeat {
            operator: world.operators[*number].id,
            key: Person::new(900 + *number as u16).public(),
        })
        .collect();
    seats.sort_by_key(|seat| seat.operator);
    RecoveryBody {
        network: world.network.clone(),
        height: clock.height,
        app_hash: APP_HASH,
        time: clock.time.plus_ms(7 * DAY),
        seats: List::new(seats).unwrap(),
    }
}

fn signed(world: &World, body: RecoveryBody, signers: &[usize]) -> Recovery {
    let digest = body.digest();
    let mut signatures: Vec<RecoverySignature> = signers
        .iter()
        .map(|number| {
            let operator = &world.operators[*number];
            RecoverySignature {
                operator: operator.id,
                signature: operator.sign(digest),
            }
        })
        .collect();
    signatures.sort_by_key(|one| one.operator);
    Recovery {
        body,
        signatures: List::new(signatures).unwrap(),
    }
}

fn fault(world: &World, recovery: &Recovery) -> Fault {
    recover(&world.memory, APP_HASH, recovery, &SingleVerify).expect_err("refused")
}

fn applied(world: &mut World, recovery: &Recovery) {
    let executed = recover(&world.memory, APP_HASH, recovery, &SingleVerify).unwrap();
    world.memory.commit(&executed);
    crate::invariants::check(&world.memory).unwrap();
    world.now.height = recovery.body.recovered_height() + 1;
    world.now.time = recovery.body.time;
    world.network = recovery.body.next_network();
}

#[test]
fn two_thirds_of_the_seats_begin_an_epoch_with_new_keys_and_the_seat_left_out_has_no_power() {
    let mut world = World::new();
    let (before, law_time) = (world.all_seats(), world.law_time());
    let body = body(&world, &[1, 2, 3]);
    let recovery = signed(&world, body.clone(), &[1, 2, 3]);
    applied(&mut world, &recovery);
    let chain: ChainRecord = world.memory.read(&state_key::chain()).unwrap();
    assert_eq!(chain.network, body.next_network());
    let after = world.all_seats();
    assert_eq!(after.len(), 4);
    for seat in &after {
        let had = before.iter().find(|one| one.operator == seat.operator);
        let had = had.expect("no seat is new");
        assert_eq!((&had.name, had.platform), (&seat.name, seat.platform));
        let goes_on = seat.operator != world.operators[0].id;
        assert_eq!(seat.power, if goes_on { 10 } else { 0 });
        assert_eq!(had.key == seat.key, !goes_on);
    }
    // Its height is in the log of headers, under its digest.
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    assert_eq!(clock.height, body.recovered_height());
    // No week of protection ran out while the network stood.
    assert_eq!(clock.law_time, law_time.plus_ms(60_000));
    world.block(&[]);
    // The same file is of an epoch that has ended.
    assert_eq!(
        fault(&world, &recovery),
        Fault::OtherEpoch { ours: 1, theirs: 0 }
    );
}

#[test]
fn fewer_do_not_nor_others_nor_one_of_them_twice() {
    let world = World::new();
    let body = body(&world, &[1, 2, 3]);
    let few = signed(&world, body.clone(), &[1, 2]);
    let too_few = Fault::TooFew {
        signed: 2,
        needed: 3,
    };
    assert_eq!(fault(&world, &few), too_few);
    let mut twice = few.signatures.as_slice().to_vec();
    twice.insert(1, twice[0]);
    let twice = Recovery {
        body: body.clone(),
        signatures: List::new(twice).unwrap(),
    };
    assert!(matches!(fault(&world, &twice), Fault::Signature(_)));
    let mut strange = signed(&world, body.clone(), &[1, 2, 3]);
    strange.body.time = strange.body.time.plus_ms(1);
    assert!(matches!(fault(&world, &strange), Fault::Signature(_)));
    let stranger = &world.alice;
    let one = RecoverySignature {
        operator: stranger.id,
        signature: stranger.sign(body.digest()),
    };
    let strange = Recovery {
        body,
        signatures: List::new(vec![one]).unwrap(),
    };
    assert_eq!(fault(&world, &strange), Fault::Signature(stranger.id));
}

#[test]
fn it_is_of_exactly_one_state() {
    let world = World::new();
    let with = |change: &dyn Fn(&mut RecoveryBody)| {
        let mut body = body(&world, &[1, 2, 3]);
        change(&mut body);
        fault(&world, &signed(&world, body, &[1, 2, 3]))
    };
    let height = world.now.height - 1;
    assert_eq!(
        with(&|body| body.height += 1),
        Fault::OtherHeight {
            ours: height,
            theirs: height + 1
        }
    );
    assert_eq!(
        with(&|body| body.app_hash = Hash([7; 32])),
        Fault::OtherState
    );
    assert_eq!(
        with(&|body| body.network.genesis_hash = Hash([7; 32])),
        Fault::OtherChain
    );
    assert_eq!(
        with(&|body| body.network.recovery_epoch = 1),
        Fault::OtherEpoch { ours: 0, theirs: 1 }
    );
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    assert_eq!(with(&|body| body.time = clock.time), Fault::Time);
}

#[test]
fn no_old_key_no_foreign_key_and_no_third_for_the_platform() {
    let world = World::new();
    let with = |change: &dyn Fn(&mut Vec<RecoverySeat>)| {
        let mut body = body(&world, &[1, 2, 3]);
        let mut seats = body.seats.into_vec();
        change(&mut seats);
        body.seats = List::new(seats).unwrap();
        fault(&world, &signed(&world, body, &[1, 2, 3]))
    };
    let old = world.seat_of(&world.operators[1]).unwrap().key;
    let taken = [
        old,
        world.alice.public(),
        nexus_types::KeyBytes([0; 32]),
        body(&world, &[1, 2, 3]).seats.as_slice()[1].key,
    ];
    for key in taken {
        assert!(matches!(with(&|seats| seats[0].key = key), Fault::Seat(..)));
    }
    let alice = world.alice.id;
    assert!(matches!(
        with(&|seats| {
            seats[0].operator = alice;
            seats.sort_by_key(|seat| seat.operator);
        }),
        Fault::Seat(..)
    ));
    assert!(matches!(with(&|seats| seats.reverse()), Fault::Seat(..)));
    assert_eq!(with(&Vec::clear), Fault::NoSeats);
    let platform = signed(&world, body(&world, &[0, 1, 2]), &[1, 2, 3]);
    assert_eq!(fault(&world, &platform), Fault::PlatformThird);
    let all = signed(&world, body(&world, &[0, 1, 2, 3]), &[1, 2, 3]);
    recover(&world.memory, APP_HASH, &all, &SingleVerify).expect("a quarter");
}

#[test]
fn ballots_proposals_plans_and_former_keys_end_with_their_epoch() {
    let mut world = World::new();
    let operators = world.operators.clone();
    let upgrade = Change::Upgrade {
        height: world.now.height + 1_000,
        app_version: nexus_types::constants::APP_VERSION + 1,
        sha256: Hash([9; 32]),
    };
    world.enact(&operators[3], upgrade);
    let rotate = world.rotate_validator(&operators[1], &Person::new(701));
    world.enact(&operators[1], rotate);
    // One that waits for room, one that is locked, one that is voted on.
    let rotate = world.rotate_validator(&operators[2], &Person::new(702));
    let queued = world.enact(&operators[2], rotate);
    assert_eq!(world.status(&queued), Status::Queued);
    let locked = world.propose(&operators[3], add_jurisdiction("CA-LAW"));
    world.carry(&locked);
    let open = world.propose(&operators[3], add_jurisdiction("XX-LAW"));
    assert!(world.memory.state.contains_key(&state_key::upgrade_plan()));

    let going_on = [1, 2, 3];
    let recovery = signed(&world, body(&world, &going_on), &going_on);
    applied(&mut world, &recovery);
    assert!(!world.memory.state.contains_key(&state_key::upgrade_plan()));
    let former: FormerKeys = world.memory.read(&state_key::former_keys()).unwrap();
    assert!(former.keys.as_slice().is_empty());
    let changes: SeatChanges = world.memory.read(&state_key::seat_changes()).unwrap();
    assert!(changes.recent.as_slice().is_empty());

    let outcome = world.vote(&operators[2], &open, true);
    assert_eq!(refusal(&outcome), (2103, Some(Reason::BallotOtherEpoch)));
    world.pass(world.now.time.0 + 60 * DAY);
    for proposal in [&queued, &locked] {
        assert_eq!(world.status(proposal), Status::Lapsed(Lapse::Epoch));
    }
    assert_eq!(world.status(&open), Status::Lapsed(Lapse::Unvoted));
}
