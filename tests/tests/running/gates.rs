//! Every gate that judges something refuses a real action on the running network.

use crate::standing::*;
use nexus_sdk::api::{GatesView, Method, NoParams, Read, TransactionView};
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::people::{in_an_hour, stranger};
use nexus_types::Action;
use nexus_types::action::{Parameter, SuspendReason};
use nexus_types::approval::Approval;
use nexus_types::meter::Resource;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::rrset::RecordType;
use nexus_types::state::Imvu;
use nexus_types::state_key;

#[test]
fn gate_1_refuses_an_identity_without_attestation() {
    let network = Network::shared();
    let nobody = stranger("nobody");
    let register = Action::RegisterIdentity {
        key: nobody.key.public(),
        attestation: None,
    };
    let view = network.decide(&nobody, register);
    assert_refusal(
        network,
        &view,
        &refusal(2001, &[1], "attestationMissing", None),
    );
    // By somebody who is no attester.
    let [liar, newcomer] = [network.person("liar"), stranger("newcomer")];
    let mut attestation = network.attest(newcomer.identity);
    attestation.body.attester = liar.identity;
    let attestation = nexus_sdk::sign::attest(attestation.body, &liar.key);
    let register = Action::RegisterIdentity {
        key: newcomer.key.public(),
        attestation: Some(attestation),
    };
    let view = network.decide(&newcomer, register);
    assert_refusal(
        network,
        &view,
        &refusal(2001, &[1], "attesterUnknown", None),
    );
    // Neither of them is somebody afterwards: they can do nothing.
    for person in [nobody, newcomer] {
        let known: Option<nexus_types::state::Identity> =
            network.state(&state_key::identity(&person.identity));
        assert!(known.is_none());
    }
}

#[test]
fn gates_2_6_7_and_9_refuse_activation_while_no_host_is_registered() {
    let network = Network::shared();
    let creator = network.person("activator");
    let activate = |id: &str| Action::ActivateImvu {
        imvu: imvu(id),
        host: None,
    };
    network.apply(
        &creator,
        vec![create("ACTIVATE"), create_in("ACTIVATE-DRAFT", None, QUOTA)],
    );
    let views = network.decide_all(
        &creator,
        vec![activate("ACTIVATE"), activate("ACTIVATE-DRAFT")],
    );
    assert_refusals(
        network,
        &views,
        &[
            refusal(2002, &[2, 6, 7, 9], "noHost", Some("ACTIVATE")),
            refusal(2002, &[2, 6, 7, 9], "noHost", Some("ACTIVATE-DRAFT")),
        ],
    );
    let ninth = |view: &TransactionView| {
        let verdict = view.verdict.as_ref().expect("a decision");
        let gate = verdict
            .gates
            .iter()
            .find(|gate| gate.gate == 9)
            .expect("gate 9");
        gate.reason.as_ref().expect("a reason").name.clone()
    };
    assert_eq!(ninth(&views[0]), "noHostInJurisdiction");
    assert_eq!(ninth(&views[1]), "jurisdictionMissing");
}

#[test]
fn gates_6_7_9_and_11_refuse_what_a_creator_may_not_do() {
    let network = Network::shared();
    let creator = network.person("creator");
    network.apply(
        &creator,
        vec![create("OWN"), create_in("OWN-DRAFT", None, QUOTA)],
    );
    let over = Quota {
        cpu_millis: 64_001,
        ..QUOTA
    };
    let none = Quota { pids: 0, ..QUOTA };
    let raise = quota_change(&[(QuotaField::Pids, 1 << 40)]);
    let views = network.decide_all(
        &creator,
        vec![
            Action::SelfReportUsage {
                imvu: imvu("OWN"),
                resource: Resource::Network,
                quantity: 1_000_000_000,
            },
            create_in("OWN-BIG", Some("EU-GDPR"), over),
            create_in("OWN-ZERO", Some("EU-GDPR"), none),
            change_quota("OWN", raise),
            create_in("OWN-NOWHERE", Some("XX-NONE"), QUOTA),
            claim(&below_apex("own-draft"), "OWN-DRAFT"),
            Action::DeleteAuditEntry { sequence: 0 },
        ],
    );
    assert_refusals(
        network,
        &views,
        &[
            refusal(2006, &[6], "selfReported", Some("OWN")),
            refusal(2007, &[7], "overEnvelope", None),
            refusal(2007, &[7], "zeroQuota", None),
            refusal(2007, &[7], "overEnvelope", Some("OWN")),
            refusal(2009, &[9], "jurisdictionUnknown", None),
            refusal(2009, &[9], "jurisdictionMissing", Some("OWN-DRAFT")),
            refusal(2011, &[11], "appendOnly", None),
        ],
    );
    for id in ["OWN-BIG", "OWN-ZERO", "OWN-NOWHERE"] {
        assert!(
            network.state::<Imvu>(&state_key::imvu(&imvu(id))).is_none(),
            "{id}"
        );
    }
}

#[test]
fn gate_3_refuses_anothers_name_its_ancestors_and_descendants_in_any_spelling() {
    let network = Network::shared();
    let (_, bob, name) = neighbours(network, "NAMES");
    let upper = name.to_uppercase();
    let dotted = format!("{name}.");
    let escaped = name.replacen('.', "\\.", 1);
    let ideographic = name.replacen('.', "\u{3002}", 1);
    let below = format!("shop.{name}");
    let attempts = [&name, &upper, &dotted, &escaped, &ideographic, &below];
    let actions = attempts.iter().map(|text| claim(text, "NAMES-B")).collect();
    let views = network.decide_all(&bob, actions);
    assert_refusals(
        network,
        &views,
        &[
            refusal(2003, &[3], "nameTaken", Some("NAMES-A")),
            refusal(2003, &[3], "nameTaken", Some("NAMES-A")),
            refusal(2003, &[3], "nameTaken", Some("NAMES-A")),
            refusal(2003, &[3], "name.character", None),
            refusal(2003, &[3], "name.character", None),
            refusal(2003, &[3], "ancestorTaken", None),
        ],
    );
    // The other way round: a name above one that somebody holds.
    let [carol] = network.people(["carol"]);
    let (deep, middle) = (below_apex("a.b.names-deep"), below_apex("names-deep"));
    network.apply(&carol, vec![create("NAMES-C"), claim(&deep, "NAMES-C")]);
    let view = network.decide(&bob, claim(&middle, "NAMES-B"));
    assert_refusal(
        network,
        &view,
        &refusal(2003, &[3], "descendantTaken", None),
    );
    let view = network.decide(&bob, claim(APEX, "NAMES-B"));
    assert_refusal(network, &view, &refusal(2003, &[3], "nameReserved", None));
    let view = network.decide(
        &bob,
        Action::ReleaseDomain {
            name: typed(&upper),
        },
    );
    assert_refusal(
        network,
        &view,
        &refusal(2003, &[3], "notOwner", Some("NAMES-A")),
    );
}

#[test]
fn gate_4_refuses_edits_of_anothers_zone_in_any_spelling() {
    let network = Network::shared();
    let (alice, bob, name) = neighbours(network, "ZONES");
    let www = format!("www.{name}");
    network.apply(&alice, vec![set_address(&name, &www, "192.0.2.7")]);
    let upper = name.to_uppercase();
    let dotted = format!("{name}.");
    let escaped = name.replacen('.', "\\.", 1);
    let ideographic = name.replacen('.', "\u{3002}", 1);
    let remove = Action::RemoveRecords {
        zone: typed(&upper),
        owner: typed(&www),
        rtype: RecordType::A,
    };
    let views = network.decide_all(
        &bob,
        vec![
            set_address(&name, &www, "198.51.100.1"),
            set_address(&upper, &www, "198.51.100.1"),
            set_address(&dotted, &www, "198.51.100.1"),
            set_address(&escaped, &www, "198.51.100.1"),
            set_address(&ideographic, &www, "198.51.100.1"),
            set_address(
                &below_apex("unbound-zone"),
                &below_apex("unbound-zone"),
                "198.51.100.1",
            ),
            remove,
        ],
    );
    assert_refusals(
        network,
        &views,
        &[
            refusal(2004, &[4], "notOwner", Some("ZONES-A")),
            refusal(2004, &[4], "notOwner", Some("ZONES-A")),
            refusal(2004, &[4], "notOwner", Some("ZONES-A")),
            refusal(2004, &[4], "name.character", None),
            refusal(2004, &[4], "name.character", None),
            refusal(2004, &[4], "zoneNotBound", None),
            refusal(2004, &[4], "notOwner", Some("ZONES-A")),
        ],
    );
    // Its owner has limits of her own: her apex, and a zone that stays valid.
    let alias = Action::SetRecords {
        zone: typed(&name),
        owner: typed(&name),
        rrset: record(RecordType::Cname, "elsewhere.example."),
    };
    let outside = set_address(&name, &below_apex("outside"), "192.0.2.9");
    let views = network.decide_all(&alice, vec![outside, alias]);
    assert_refusals(
        network,
        &views,
        &[
            refusal(2004, &[4], "outsideApex", Some("ZONES-A")),
            refusal(2004, &[4], "zone.cnameAtApex", Some("ZONES-A")),
        ],
    );
    let rrset: Option<nexus_types::rrset::RRset> = network.state(&state_key::rrset(
        &name.parse().expect("a name"),
        &www.parse().expect("a name"),
        RecordType::A,
    ));
    assert_eq!(
        rrset,
        Some(record(RecordType::A, "192.0.2.7")),
        "as its owner published it"
    );
}

fn acts(actions: Vec<Action>) -> Vec<(Action, Vec<Approval>)> {
    actions
        .into_iter()
        .map(|action| (action, Vec::new()))
        .collect()
}

#[test]
fn gates_8_14_and_15_refuse_the_platform_what_only_the_creator_can_allow() {
    let network = Network::shared();
    let (alice, _, name) = neighbours(network, "POWER");
    let inside = Action::ChangePathPolicy {
        imvu: imvu("POWER-A"),
        policy: policy(&["10.0.0.0/24"]),
    };
    network.apply(&alice, vec![inside]);
    let hidden = quota_change(&[
        (QuotaField::CpuMillis, 8_000),
        (QuotaField::StorageBytes, 200 << 30),
        (QuotaField::Pids, 511),
    ]);
    let views = network.decide_as(
        &network.platform(),
        acts(vec![
            change_route("POWER-A", route_via("198.51.100.99")),
            change_route("POWER-A", route_via("10.0.0.99")),
            Action::ChangePathPolicy {
                imvu: imvu("POWER-A"),
                policy: policy(&["0.0.0.0/0"]),
            },
            set_address(&name, &name, "198.51.100.1"),
            change_quota("POWER-A", cpu_cut()),
            change_quota("POWER-A", hidden),
            Action::PlatformSuspend {
                imvu: imvu("POWER-A"),
                reason: SuspendReason::Unstated,
            },
        ]),
    );
    let told = Some("POWER-A");
    assert_refusals(
        network,
        &views,
        &[
            refusal(2008, &[8, 14], "outsidePathPolicy", told),
            refusal(2014, &[14], "approvalMissing", told),
            refusal(2008, &[8], "approvalMissing", told),
            refusal(2004, &[4, 14], "notOwner", told),
            refusal(2015, &[15], "approvalMissing", told),
            refusal(2015, &[15], "approvalMissing", told),
            refusal(2015, &[15], "platformCannotSuspend", told),
        ],
    );
    assert_eq!(imvu_state(network, &imvu("POWER-A")).quota, QUOTA);
    // What it may do alone it can: give more.
    let raise = quota_change(&[(QuotaField::MemoryBytes, 16 << 30)]);
    let view = network.decide_as_platform(change_quota("POWER-A", raise), Vec::new());
    assert_eq!(view.summary.code.code, 0, "{view:#?}");
}

#[test]
fn gate_17_refuses_platform_actions_below_the_threshold() {
    let network = Network::shared();
    let (_, bob, _) = neighbours(network, "THRESHOLD");
    let propose = || Action::ProposeQuota {
        imvu: imvu("THRESHOLD-A"),
        change: cpu_cut(),
        expires: in_an_hour(),
    };
    let raise = quota_change(&[(QuotaField::Pids, 1_024)]);
    let views = network.decide_as(
        &network.officers(2),
        acts(vec![propose(), change_quota("THRESHOLD-A", raise)]),
    );
    let told = Some("THRESHOLD-A");
    assert_refusals(
        network,
        &views,
        &[
            refusal(2017, &[17], "belowThreshold", told),
            refusal(2017, &[17], "belowThreshold", told),
        ],
    );
    let view = network.decide(&bob, propose());
    assert_refusal(network, &view, &refusal(2001, &[1, 17], "notOfficer", told));
    assert_eq!(imvu_state(network, &imvu("THRESHOLD-A")).quota, QUOTA);
}

#[test]
fn code_2055_refuses_another_split_whoever_asks() {
    let network = Network::shared();
    let (alice, _, _) = neighbours(network, "SPLIT");
    let split = || Action::SetSplit {
        imvu: imvu("SPLIT-A"),
        creator_percent: 40,
        platform_percent: 60,
    };
    let parameter = Action::ProposeParameter {
        parameter: Parameter::Split {
            creator_percent: 50,
            platform_percent: 50,
        },
    };
    let views = network.decide_as(&network.platform(), acts(vec![split(), parameter]));
    assert_refusals(
        network,
        &views,
        &[
            refusal(2055, &[], "splitIsConstant", Some("SPLIT-A")),
            refusal(2055, &[], "splitIsConstant", None),
        ],
    );
    // Not even the creator can give her part away.
    let view = network.decide(&alice, split());
    assert_eq!(view.summary.code.code, 2055, "{view:#?}");
}

#[test]
fn the_gates_that_judge_something_are_those_the_table_says() {
    let network = Network::shared();
    let view: Read<GatesView> = network.node().read(Method::GetGates, &NoParams {});
    let judging: Vec<u8> = view
        .value
        .gates
        .iter()
        .filter(|gate| !gate.actions.is_empty())
        .map(|gate| gate.gate)
        .collect();
    assert_eq!(judging, (1..=17).collect::<Vec<_>>());
    assert_eq!(view.value.gates.len(), 17);
}
