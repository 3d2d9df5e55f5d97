//! The JSON of hosts and usage: words, units, and what is read back.

use super::*;
use crate::api::scalar::{Spelled, Wire};
use nexus_types::host::{
    AckOutcome, Acknowledged, AgentKind, Assignment, ComputeSpec, Enforcement, HostStatus,
    Isolation, Item, Phase, Placement, Spec,
};
use nexus_types::meter::{MeterScope, Metering, Resource, UsageFlags, UsageHour, UsageLine};
use nexus_types::quota::Quota;
use nexus_types::report::DriftKind;
use nexus_types::{Hash, HostId, IdentityId, ImvuId, MeterId, Time};
use serde_json::{from_value, json, to_value};

/// Every word is read back as what it was, and no other spelling is.
fn each_word_is_its_own<T: Spelled + PartialEq + std::fmt::Debug>(all: &[T]) {
    for value in all {
        let word = value.spell();
        assert_eq!(T::parse(&word).as_ref(), Some(value));
        assert_eq!(T::parse(&word.to_uppercase()), None);
        let listed =
            T::EXPECTED.contains(&word) || T::PATTERN.contains(word.trim_end_matches("Namespace"));
        assert!(listed, "{word} is not said to be expected");
    }
    assert_eq!(T::parse(""), None);
}

#[test]
fn words_have_one_spelling() {
    each_word_is_its_own(&AgentKind::ALL);
    each_word_is_its_own(&Resource::ALL);
    each_word_is_its_own(&Isolation::ALL);
    each_word_is_its_own(&[
        HostStatus::Open,
        HostStatus::Closed,
        HostStatus::Draining,
        HostStatus::Lost,
    ]);
    each_word_is_its_own(&[
        Enforcement::None,
        Enforcement::Detection,
        Enforcement::Prevention,
    ]);
    each_word_is_its_own(&[
        AckOutcome::Applied,
        AckOutcome::Stopped,
        AckOutcome::NoResources,
        AckOutcome::Refused,
        AckOutcome::NoContent,
    ]);
    each_word_is_its_own(&[MeterScope::Host, MeterScope::Everywhere]);
    each_word_is_its_own(&[
        DriftKind::Limit,
        DriftKind::Route,
        DriftKind::Filter,
        DriftKind::Shaper,
        DriftKind::Zone,
        DriftKind::Mail,
        DriftKind::Process,
    ]);
}

#[test]
fn quantities_are_decimal_strings_of_any_size() {
    let largest = json!("340282366920938463463374607431768211455");
    let read: WireU128 = from_value(largest.clone()).unwrap();
    assert_eq!(read, Wire(u128::MAX));
    assert_eq!(to_value(read).unwrap(), largest);
    for wrong in [
        "",
        "-1",
        "+1",
        "01",
        "1.0",
        "340282366920938463463374607431768211456",
    ] {
        assert!(from_value::<WireU128>(json!(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn an_hour_says_units_and_flags_by_name() {
    let line = |resource, flags| UsageLine {
        resource,
        meter: MeterId::new("host-1-cpu").unwrap(),
        read: u128::MAX,
        billed: 7,
        dropped: 0,
        windows: 12,
        flags: UsageFlags(flags),
    };
    let hour = UsageHour {
        imvu: ImvuId::new("IMVU-042").unwrap(),
        sequence: 3,
        hour: 490_000,
        owner: IdentityId(Hash([1; 32])),
        host: HostId::new("host-1").unwrap(),
        placement: 2,
        height: 9,
        lines: vec![
            line(Resource::Cpu, UsageFlags::CAPPED | UsageFlags::TEST),
            line(Resource::MailStorage, 0),
        ],
    };
    let view = UsageHourView::from(&hour);
    let json = to_value(&view).unwrap();
    assert_eq!(json["start"], "1764000000000");
    assert_eq!(json["lines"][0]["unit"], "ms");
    assert_eq!(json["lines"][0]["flags"], json!(["capped", "test"]));
    assert_eq!(json["lines"][0]["read"], u128::MAX.to_string());
    assert_eq!(json["lines"][1]["resource"], "mailStorage");
    assert_eq!(json["lines"][1]["unit"], "MiB·s");
    assert_eq!(from_value::<UsageHourView>(json).unwrap(), view);
    let leaf = UsageLeafView {
        hour: view,
        leaf: None,
    };
    let json = to_value(&leaf).unwrap();
    assert_eq!((&json["hour"], json.get("leaf")), (&json!("490000"), None));
    assert_eq!(from_value::<UsageLeafView>(json).unwrap(), leaf);
    let metering = MeteringView::from(&Metering::default());
    let resources: Vec<String> = metering
        .billed
        .iter()
        .map(|each| each.resource.to_string())
        .collect();
    assert_eq!(resources.len(), Resource::ALL.len());
}

#[test]
fn a_placement_spells_out_what_follows_from_its_slot() {
    let placement = Placement {
        imvu: ImvuId::new("IMVU-042").unwrap(),
        host: HostId::new("host-1").unwrap(),
        slot: 3,
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
    assert_eq!(json["item"], json!({"kind": "imvu", "id": "IMVU-042"}));
    assert_eq!(json["spec"]["kind"], "compute");
    assert_eq!(json["spec"]["limits"]["pids"], "512");
    assert_eq!(json["acknowledged"]["observed"], json["specHash"]);
    assert_eq!(from_value::<AssignmentView>(json).unwrap(), view);
}

#[test]
fn parameters_take_the_words_and_refuse_others() {
    let params: ListHostsParams = from_value(json!({"status": "draining"})).unwrap();
    assert_eq!(params.status, Some(Wire(HostStatus::Draining)));
    let error = from_value::<ListHostsParams>(json!({"status": "gone"})).unwrap_err();
    assert!(
        error.to_string().contains("open, closed, draining or lost"),
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
