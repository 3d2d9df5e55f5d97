//! Grants that are void; proofs, claims and rounds of external names while others are still open.

use super::naming::*;
use super::world::*;
use nexus_types::domain::ChildGrant;
use nexus_types::limits::REPROOFS_PER_CLAIM;
use nexus_types::state::{Imvu, TimedItem};
use nexus_types::{Reason, state_key};

const PARENT: &str = "alice.demo.example";
const CHILD: &str = "shop.alice.demo.example";

fn keys(world: &World, id: &str) -> u32 {
    let imvu: Imvu = world.memory.read(&state_key::imvu(&imvu(id))).unwrap();
    imvu.state_keys
}

fn is_open(world: &World) -> bool {
    let key = state_key::child_grant(&name(CHILD));
    let grant: ChildGrant = world.memory.read(&key).unwrap();
    grant.expires.is_some()
}

#[test]
fn who_frees_a_name_leaves_a_void_grant_of_it_to_who_gave_it() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    world.hand(PARENT, &alice, &bob, "IMVU-B");
    let before = ["IMVU-042", "IMVU-B"].map(|id| keys(&world, id));
    world.must(&bob, claim_domain("IMVU-B", CHILD));
    world.must(&bob, release(CHILD));
    assert!(is_open(&world));
    assert_eq!(["IMVU-042", "IMVU-B"].map(|id| keys(&world, id)), before);
}

#[test]
fn a_void_grant_is_not_used_by_who_needs_none() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    world.must(&alice, claim_domain("IMVU-042", CHILD));
    world.must(&alice, grant_child(PARENT, CHILD, Some("IMVU-B")));
    // Nobody has the name above any longer, so nobody's word is needed.
    world.must(&alice, release(PARENT));
    let before = keys(&world, "IMVU-B");
    world.hand(CHILD, &alice, &bob, "IMVU-B");
    assert!(is_open(&world));
    assert_eq!(keys(&world, "IMVU-B"), before + 3, "the name and its zone");
}

#[test]
fn a_proof_calls_sixteen_names_below_in_question_and_no_more() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    for number in 0..REPROOFS_PER_CLAIM {
        world.prove(&alice, "IMVU-042", &format!("n{number}.{EXTERNAL}"));
    }
    let claim = claim_external("IMVU-B", EXTERNAL);
    assert_eq!(world.clone().tried(&bob, claim.clone()), (0, None));
    world.prove(&alice, "IMVU-042", &format!("last.{EXTERNAL}"));
    assert_eq!(
        world.tried(&bob, claim),
        (2003, Some(Reason::DescendantTaken))
    );
}

#[test]
fn what_is_proven_is_not_claimed_afresh_while_the_holder_has_time() {
    let mut world = World::new();
    let (alice, bob) = (world.alice.clone(), world.bob.clone());
    let all = world.prove(&alice, "IMVU-042", EXTERNAL);
    world.must(&bob, claim_external("IMVU-B", EXTERNAL));
    world.all_observe(&all[..2], "IMVU-B", EXTERNAL, true);
    assert_eq!(
        world.tried(&bob, claim_external("IMVU-B", EXTERNAL)),
        (2102, Some(Reason::AlreadyExists))
    );
}

#[test]
fn a_round_that_is_a_whole_round_late_is_not_ended_twice_in_one_block() {
    let mut world = World::new();
    let alice = world.alice.clone();
    world.prove(&alice, "IMVU-042", EXTERNAL);
    let due = world.external(EXTERNAL).unwrap().due;
    let late = due.plus_ms(30 * DAY);
    world.set_clocks(late.0);
    let executed = world.execute(&[]);
    let now = state_key::timed(late.0, &TimedItem::EndRound(name(EXTERNAL)));
    assert!(
        !executed.changes.iter().any(|(key, _)| *key == now),
        "nothing puts itself back for now"
    );
    world.block(&[]);
    let next = world.external(EXTERNAL).unwrap().due;
    assert_eq!(next, late.plus_ms(30 * DAY));
}
