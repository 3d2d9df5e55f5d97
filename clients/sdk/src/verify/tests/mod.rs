//! Bundles of a hand-made chain: whole, damaged in every byte, and forged where it would matter.

mod chain;
mod damage;
mod exits;
mod forgery;
mod frozen;

use super::{Facts, Policy, Report, StepName, verify, verify_file};
use crate::anchor::{Anchor, AnchorPoint};
use crate::bundle::{Bundle, BundleSubject};
use chain::{World, anchor, light_block, public, signer, time};
use nexus_types::log::CollectionKind;
use nexus_types::state::DelayProfile;
use nexus_types::{Code, Gate, Hash, IdentityId};
use std::time::Duration;

fn policy() -> Policy {
    Policy::at(time(10))
}

fn checked(bundle: &Bundle) -> Report {
    verify_file(&bundle.to_bytes().unwrap(), &anchor(), &policy())
}

fn facts(bundle: &Bundle) -> Facts {
    let report = checked(bundle);
    let shown: Vec<String> = report.steps.iter().map(ToString::to_string).collect();
    let verified = report.verified.unwrap_or_else(|| panic!("{shown:#?}"));
    assert_eq!(verified.chain_id(), chain::CHAIN_ID);
    assert_eq!(verified.height(), 1);
    assert_eq!(verified.delays_shortened(), Some(false));
    verified.value().clone()
}

#[test]
fn a_refusal_is_proved_from_a_file_and_the_genesis_validators() {
    let world = World::new();
    for index in 0..3 {
        let Facts::Tx(tx) = facts(&world.tx_bundle(index)) else {
            panic!("not about a transaction");
        };
        assert_eq!(tx.code, Code::RefusedBy(Gate::NoSilentThrottling));
        assert_eq!(tx.verdict.unwrap().tx, tx.tx.unwrap().body.id());
    }
}

#[test]
fn an_imvu_is_proved_with_its_collections_and_the_absence_of_a_policy() {
    let Facts::Imvu(imvu) = facts(&World::new().imvu_bundle()) else {
        panic!("not about an IMVU");
    };
    assert_eq!(imvu.imvu.unwrap().quota.cpu_millis, 4000);
    assert_eq!(imvu.policy, None);
    let sizes = imvu
        .collections
        .iter()
        .map(|(_, one)| one.as_ref().map(|one| one.size));
    let mut right = vec![None; CollectionKind::ALL.len()];
    right[..2].copy_from_slice(&[Some(3), Some(1)]);
    assert_eq!(sizes.collect::<Vec<_>>(), right);
}

#[test]
fn a_zone_is_proved_complete() {
    let world = World::new();
    let Facts::Zone(zone) = facts(&world.zone_bundle()) else {
        panic!("not about a zone");
    };
    assert_eq!(zone.records, world.records);
    assert_eq!(zone.domain.unwrap().imvu, Some(chain::imvu_id()));
}

#[test]
fn an_identity_is_proved_and_a_stranger_is_proved_absent() {
    let world = World::new();
    for (seed, known) in [(21, true), (99, false)] {
        let id = IdentityId::from_key(&public(&signer(seed)));
        let Facts::Identity(identity) = facts(&world.identity_bundle(id)) else {
            panic!("not about an identity");
        };
        assert_eq!(identity.identity.is_some(), known);
    }
}

#[test]
fn a_block_hash_serves_as_anchor() {
    let world = World::new();
    let mut bundle = world.imvu_bundle();
    let hash = super::headers::hash_of(&bundle.light_blocks[0]);
    let pinned = |height, hash| Anchor {
        point: AnchorPoint::Block { height, hash },
        ..anchor()
    };
    assert!(
        verify(&bundle, &pinned(1, hash), &policy())
            .verified
            .is_some()
    );
    for wrong in [pinned(1, Hash([1; 32])), pinned(2, hash)] {
        let report = verify(&bundle, &wrong, &policy());
        assert_eq!(report.failure().unwrap().name, StepName::Anchor);
    }
    // The validator sets beside a pinned header are not covered by its hash alone.
    bundle.light_blocks[0].next_validator_set = chain::validators(&[5, 6, 7, 8]).0;
    reseal(&mut bundle);
    let report = verify(&bundle, &pinned(1, hash), &policy());
    assert_eq!(report.failure().unwrap().name, StepName::Anchor);
}

#[test]
fn a_replaced_validator_set_needs_the_headers_in_between() {
    let world = World::new();
    let mut bundle = world.imvu_bundle();
    let wanted = chain::Wanted {
        app_hash: world.preimage().hash(),
        ..Default::default()
    };
    let empty = chain::Wanted::default();
    let (old, middle, new) = ([1, 2, 3, 4], [1, 2, 3, 5], [1, 5, 6, 7]);
    bundle.height = 8.into();
    bundle.light_blocks = vec![
        light_block(5, &old, &middle, 0, &empty),
        light_block(6, &middle, &new, 0, &empty),
        light_block(8, &new, &new, 0, &empty),
        light_block(9, &new, &new, 0, &wanted),
    ];
    reseal(&mut bundle);
    // Height 6 names the next set, but 8 is not the next height: two thirds of it must have signed 8.
    assert!(
        checked(&bundle).verified.is_some(),
        "{:#?}",
        checked(&bundle).steps
    );
    bundle.light_blocks.remove(1);
    reseal(&mut bundle);
    let report = checked(&bundle);
    let failure = report.failure().unwrap();
    assert_eq!((failure.name, failure.of.as_str()), (StepName::Header, "8"));
}

#[test]
fn an_expired_anchor_a_future_header_and_another_chain_are_refused() {
    let bundle = World::new().imvu_bundle();
    let late = Policy::at(time(10).checked_add(super::TRUSTING_PERIOD).unwrap());
    let early = Policy::at(time(1).checked_sub(Duration::from_secs(60)).unwrap());
    for policy in [late, early] {
        let report = verify(&bundle, &anchor(), &policy);
        assert_eq!(report.failure().unwrap().name, StepName::Header);
    }
    let elsewhere = Anchor {
        chain_id: String::from("other"),
        ..anchor()
    };
    let report = verify(&bundle, &elsewhere, &policy());
    assert_eq!(report.failure().unwrap().name, StepName::Header);
    let reborn = Anchor {
        genesis_hash: Hash([3; 32]),
        ..anchor()
    };
    let report = verify(&bundle, &reborn, &policy());
    assert_eq!(report.failure().unwrap().name, StepName::Network);
}

#[test]
fn evidence_about_something_else_than_asked_is_refused() {
    let bundle = World::new().imvu_bundle();
    let asked = Policy {
        subject: Some(BundleSubject::Imvu(
            nexus_types::ImvuId::new("IMVU-043").unwrap().into(),
        )),
        ..policy()
    };
    let report = verify(&bundle, &anchor(), &asked);
    assert_eq!(report.failure().unwrap().name, StepName::Subject);
}

#[test]
fn a_shortened_delay_profile_shows() {
    let mut world = World::new();
    let mut chain: nexus_types::state::ChainRecord =
        nexus_types::decode(&world.values[nexus_types::state_key::chain().as_bytes()]).unwrap();
    let whole = chain.delays;
    let shortened: [fn(&mut DelayProfile); 4] = [
        |delays| delays.approval_ms -= 1,
        |delays| delays.name_lock_ms -= 1,
        |delays| delays.registration_ms -= 1,
        |delays| delays.silence_ms -= 1,
    ];
    for shorten in shortened {
        chain.delays = whole;
        shorten(&mut chain.delays);
        world.put(
            &nexus_types::state_key::chain(),
            nexus_types::encoding::encode(&chain),
        );
        let report = checked(&world.imvu_bundle());
        assert_eq!(report.verified.unwrap().delays_shortened(), Some(true));
    }
}

#[test]
fn a_transaction_may_be_asked_for_by_hash_or_by_id() {
    let world = World::new();
    let bundle = world.tx_bundle(1);
    let ask = |hash: Hash| {
        let asked = Policy {
            subject: Some(BundleSubject::Tx(hash.into())),
            ..policy()
        };
        verify(&bundle, &anchor(), &asked)
    };
    assert!(ask(Hash::of(&world.txs[1])).verified.is_some());
    assert!(ask(chain::denied_tx(22).body.id()).verified.is_some());
    for other in [Hash::of(&world.txs[0]), chain::denied_tx(21).body.id()] {
        assert_eq!(ask(other).failure().unwrap().name, StepName::Subject);
    }
}

/// Makes a bundle's digest fit what a forger put into it.
fn reseal(bundle: &mut Bundle) {
    bundle.digest = bundle.compute_digest().unwrap();
}
