//! The JSON of hosts and usage, and what is read back of it.

use super::*;
use crate::api::hosting_action::HostStatus;
use crate::api::proof::ProofFault;
use crate::api::quota::QuotaView;
use crate::api::scalar::{Hex, Spelled, Wire};
use nexus_types::encoding::encode;
use nexus_types::host::{
    AckOutcome, Acknowledged, Assignment, ComputeSpec, Item, Phase, Placement, Spec,
};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Metering, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::{Hash, HostId, IdentityId, ImvuId, MeterId, Time};
use serde_json::{from_value, json, to_value};

#[test]
fn a_resource_has_one_spelling() {
    for resource in Resource::ALL {
        let word = resource.spell();
        assert_eq!(Resource::parse(&word), Some(resource));
        assert!(Resource::PATTERN.contains(&word) && Resource::EXPECTED.contains(&word));
        assert_eq!(Resource::parse(&word.to_uppercase()), None);
    }
}

#[test]
fn a_leaf_shows_its_hour_and_its_proof_beside() {
    let line = UsageLine {
        resource: Resource::MailStorage,
        meter: MeterId::new("host-1-mail").unwrap(),
        read: u128::MAX,
        billed: 7,
        dropped: 0,
        windows: 12,
        flags: UsageFlags(UsageFlags::CAPPED | UsageFlags::TEST),
    };
    let hour = UsageHour {
        imvu: ImvuId::new("IMVU-042").unwrap(),
        sequence: 3,
        hour: 490_000,
        owner: IdentityId(Hash([1; 32])),
        host: HostId::new("host-1").unwrap(),
        placement: 2,
        height: 9,
        lines: vec![line],
    };
    let bare = UsageLeafView {
        hour: (&hour).into(),
        leaf: None,
    };
    let json = to_value(&bare).unwrap();
    assert_eq!((&json["hour"], json.get("leaf")), (&json!("490000"), None));
    assert_eq!(json["lines"][0]["flags"], json!(["capped", "test"]));
    assert_eq!(from_value::<UsageLeafView>(json).unwrap(), bare);
    let proved = UsageLeafView {
        leaf: Some(LeafProof {
            record: Hex::new(encode(&hour)),
            proof: Hex::new(*b"no proof"),
        }),
        ..bare
    };
    let leaf = proved.leaf.as_ref().unwrap();
    assert!(matches!(
        leaf.inclusion(),
        Err(ProofFault::Malformed { .. })
    ));
    let json = to_value(&proved).unwrap();
    assert_eq!(from_value::<UsageLeafView>(json).unwrap(), proved);
}

#[test]
fn metering_tells_what_was_billed_of_every_resource_with_its_unit() {
    let mut metering = Metering::default();
    metering.billed[6] = 5;
    let json = to_value(MeteringView::from(&metering)).unwrap();
    assert_eq!(
        json["billed"].as_array().unwrap().len(),
        Resource::ALL.len()
    );
    let mail = json!({"resource": "mailStorage", "unit": "MiB·s", "quantity": "5"});
    assert_eq!(json["billed"][6], mail);
}

#[test]
fn a_quota_comes_back_as_it_went() {
    let mut quota = Quota::default();
    for (field, value) in QuotaField::ALL.into_iter().zip(1..) {
        quota.set(field, value);
    }
    assert_eq!(Quota::from(&QuotaView::from(&quota)), quota);
}

#[test]
fn a_placement_spells_out_what_follows_from_its_slot() {
    let placement = Placement {
        imvu: ImvuId::new("IMVU-042").unwrap(),
        host: HostId::new("host-1").unwrap(),
        slot: 3,
        jurisdiction: Jurisdiction::new("EU-GDPR").unwrap(),
        generation: 1,
        since: Time(5),
        phase: Phase::Stopping(Some(HostId::new("host-2").unwrap())),
        ceiling: Quota::default(),
        ceiling_since: Time(5),
        ceiling_before: Quota::default(),
    };
    let json = to_value(PlacementView::from(&placement)).unwrap();
    assert_eq!(
        (&json["phase"], &json["nextHost"]),
        (&json!("stopping"), &json!("host-2"))
    );
    assert_eq!(
        (&json["subnet"], &json["port"]),
        (&json!("10.0.0.12/30"), &json!(20_003))
    );
    assert_eq!(json["uidFirst"], 19 * 65_536);
}

#[test]
fn an_assignment_shows_its_spec_and_the_hash_to_be_observed() {
    let imvu = ImvuId::new("IMVU-042").unwrap();
    let spec = Spec::Compute(ComputeSpec {
        imvu: imvu.clone(),
        placement: 1,
        slot: 0,
        uid_first: 1_048_576,
        limits: Quota {
            pids: 512,
            ..Quota::default()
        },
    });
    let assignment = Assignment {
        recovery_epoch: 0,
        generation: 4,
        acknowledged: Some(Acknowledged {
            outcome: AckOutcome::Applied,
            observed: spec.hash(),
            at: 7,
        }),
        spec,
    };
    let view = AssignmentView::new(&Item::Imvu(imvu), &assignment);
    let json = to_value(&view).unwrap();
    assert_eq!(json["imvu"], "IMVU-042");
    assert_eq!(json["spec"]["kind"], "compute");
    assert_eq!(json["spec"]["limits"]["pids"], "512");
    assert_eq!(json["acknowledged"]["observed"], json["specHash"]);
    assert_eq!(from_value::<AssignmentView>(json).unwrap(), view);
}

#[test]
fn parameters_take_the_words_and_refuse_others() {
    let params: ListHostsParams = from_value(json!({"status": "draining"})).unwrap();
    assert_eq!(params.status, Some(HostStatus::Draining));
    let error = from_value::<ListHostsParams>(json!({"status": "gone"})).unwrap_err();
    assert!(
        error.to_string().contains("unknown variant `gone`"),
        "{error}"
    );
    let error = from_value::<GetUsageParams>(json!({"imvu": "IMVU-042", "from": "1"})).unwrap_err();
    assert!(
        error.to_string().contains("unknown field `from`"),
        "{error}"
    );
    let params: GetUsageParams =
        from_value(json!({"imvu": "IMVU-042", "fromHour": 490_000})).unwrap();
    assert_eq!(params.from_hour, Some(Wire(490_000)));
}
