//! What the oracles of who may do what object to.

use nexus_tests::actions::{cpu_cut, describe, imvu};
use nexus_types::action::Action;
use nexus_types::state::{Domain, Identity, IdentityStatus, Officers};
use nexus_types::state_key;
use nexus_types::{Name, Set, Time};

use super::{Pair, alice, by_platform, described, identity, shop};
use crate::world::world;

#[test]
fn a_name_that_is_taken_away() {
    let name = Name::parse("a.nexus-demo.example").expect("a name");
    let domain = |imvu| Domain {
        name: name.clone(),
        jurisdiction: None,
        imvu,
        since: 1,
        locked_until: Time(0),
    };
    let key = state_key::domain(&name);
    let mut pair = by_platform(describe("IMVU-0", "ours"));
    pair.always(key.clone(), &domain(Some(imvu("IMVU-0"))));
    pair.then(key, &domain(None));
    pair.violates("names and zones are their owner's", "taken away");
}

#[test]
fn an_identity_that_another_changes() {
    let bob = &world().creators[1];
    let mut pair = described();
    let revoked = Identity {
        status: IdentityStatus::Revoked,
        ..identity(bob)
    };
    pair.then(state_key::identity(&bob.identity), &revoked);
    pair.violates(
        "identities are founded by attesters and changed by themselves",
        "somebody else",
    );
}

#[test]
fn a_revoked_identity_that_acts() {
    let mut pair = described();
    let revoked = Identity {
        status: IdentityStatus::Revoked,
        ..identity(alice())
    };
    pair.always(state_key::identity(&alice().identity), &revoked);
    pair.violates("the revoked never act", "acted");
}

#[test]
fn what_must_be_refused_and_is_applied() {
    let pair = Pair::new(alice(), &[], Action::DeleteAuditEntry { sequence: 0 });
    pair.violates(
        "what exists to be refused is refused",
        "deleteAuditEntry was applied",
    );
}

#[test]
fn a_platform_that_acts_in_secret() {
    let mut more = shop();
    more.quota.cpu_millis += 1;
    let mut change = cpu_cut();
    change.cpu_millis = Some(more.quota.cpu_millis);
    let action = Action::ChangeQuota {
        imvu: imvu("IMVU-0"),
        change,
    };
    let mut pair = by_platform(action.clone());
    pair.then(state_key::imvu(&more.id), &more);
    pair.violates(
        "the platform acts in the open",
        "0 entries in the platform's log",
    );
    let mut pair = Pair::new(&world().officers[0], &[], action);
    pair.then(state_key::imvu(&more.id), &more);
    pair.violates("the platform acts in the open", "1 officers signed");
}

#[test]
fn officers_who_vote_themselves_in() {
    let mut pair = described();
    let members = Set::new(vec![alice().identity]).expect("one");
    pair.then(
        state_key::officers(),
        &Officers {
            members,
            threshold: 1,
        },
    );
    pair.violates("no transaction touches genesis, clock or seats", "changed");
}
