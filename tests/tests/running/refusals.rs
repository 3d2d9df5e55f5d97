//! Refusals that stand on the ledger, on a running network: code, gates, audit entry, violation, and the creator's notice.

use nexus_sdk::api::{Method, NoParams, TransactionView, VerdictView};
use nexus_sdk::keys::Signer;
use nexus_tests::Network;
use nexus_tests::actions::*;
use nexus_tests::people::{HOUR_MS, in_an_hour, now, stranger};
use nexus_types::action::{Parameter, Resource, SuspendReason};
use nexus_types::approval::{Approval, Change};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::route::RouteChange;
use nexus_types::rrset::RecordType;
use nexus_types::state::{Imvu, Proposal, ProposalStatus};
use nexus_types::state_key;
use nexus_types::{Action, Hash, ImvuId, Time};

/// What a refusal is to be.
struct Refusal<'a> {
    /// Its code.
    code: u32,
    /// The gates that refuse, ascending.
    gates: &'a [u8],
    /// The reason behind the code.
    reason: &'a str,
    /// The IMVU whose creator must be told.
    told: Option<&'a str>,
}

fn refusal<'a>(code: u32, gates: &'a [u8], reason: &'a str, told: Option<&'a str>) -> Refusal<'a> {
    Refusal {
        code,
        gates,
        reason,
        told,
    }
}

fn refused_gates(verdict: &VerdictView) -> Vec<u8> {
    let refused = verdict.gates.iter().filter(|gate| !gate.passed);
    refused.map(|gate| gate.gate).collect()
}

/// Asserts a refusal with everything it leaves behind.
fn assert_refusal(network: &Network, view: &TransactionView, expected: &Refusal<'_>) {
    let verdict = view.verdict.as_ref().expect("a decision");
    let envelope = view.envelope.as_ref().expect("a transaction");
    let what = format!("{} by {}", verdict.action, verdict.actor);
    assert_eq!(
        view.summary.code.code, expected.code,
        "{what}: {verdict:#?}"
    );
    let reason = verdict.reason.as_ref().map(|reason| reason.name.as_str());
    assert_eq!(reason, Some(expected.reason), "{what}");
    assert_eq!(
        refused_gates(verdict),
        expected.gates,
        "{what}: {verdict:#?}"
    );
    let table = gates_of(network, &verdict.action);
    let judged: Vec<u8> = verdict.gates.iter().map(|gate| gate.gate).collect();
    assert_eq!(
        judged, table,
        "{what}: every gate of the table is in the verdict"
    );

    let id = envelope.id;
    let audited = network.audit_of(verdict.actor.0);
    let entry = audited.items.iter().find(|entry| entry.tx == id);
    let entry = entry.unwrap_or_else(|| panic!("{what}: no audit entry"));
    assert_eq!(entry.code.code, expected.code, "{what}");
    assert_eq!(entry.before, entry.after, "{what}: nothing changed");
    assert_eq!(entry.subject, verdict.subject, "{what}");

    let violations = network.violations_of(verdict.actor.0);
    let violation = violations.iter().find(|violation| violation.tx == id);
    let violation = violation.unwrap_or_else(|| panic!("{what}: no violation"));
    assert_eq!(violation.audit, entry.sequence, "{what}");
    assert_eq!(violation.code.code, expected.code, "{what}");
    let refused: Vec<u8> = violation.refused.iter().map(|gate| gate.gate).collect();
    assert_eq!(refused, expected.gates, "{what}");

    if let Some(told) = expected.told {
        let notices = network.notices_of(&imvu(told));
        let notice = notices.iter().find(|notice| notice.audit == entry.sequence);
        let notice = notice.unwrap_or_else(|| panic!("{what}: the creator of {told} was not told"));
        assert_eq!(
            (notice.actor, notice.code.code),
            (verdict.actor, expected.code),
            "{what}"
        );
    }
}

fn gates_of(network: &Network, action: &str) -> Vec<u8> {
    let view: nexus_sdk::api::Read<nexus_sdk::api::GatesView> =
        network.node().read(Method::GetGates, &NoParams {});
    let row = view
        .value
        .actions
        .into_iter()
        .find(|row| row.action == action);
    row.unwrap_or_else(|| panic!("no row for {action}")).gates
}

fn assert_refusals(network: &Network, views: &[TransactionView], expected: &[Refusal<'_>]) {
    assert_eq!(views.len(), expected.len());
    for (view, expected) in views.iter().zip(expected) {
        assert_refusal(network, view, expected);
    }
}

/// Two creators with an IMVU each, and the first one's name.
fn neighbours(network: &Network, prefix: &str) -> (Signer, Signer, String) {
    let [alice, bob] = network.people(["alice", "bob"]);
    let name = below_apex(&prefix.to_lowercase());
    let (hers, his) = (format!("{prefix}-A"), format!("{prefix}-B"));
    network.apply(&alice, vec![create(&hers), claim(&name, &hers)]);
    network.apply(&bob, vec![create(&his)]);
    (alice, bob, name)
}

fn imvu_state(network: &Network, id: &ImvuId) -> Imvu {
    network.state(&state_key::imvu(id)).expect("an IMVU")
}

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
    let activate = |id: &str| Action::ActivateImvu { imvu: imvu(id) };
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

/// Tries a quota change as the platform with an approval, and returns code and reason.
fn try_with(
    network: &Network,
    id: &str,
    change: QuotaChange,
    approval: Approval,
) -> TransactionView {
    network.decide_as_platform(change_quota(id, change), vec![approval])
}

#[test]
fn an_approval_is_good_once_for_one_change_and_while_nothing_moved() {
    let network = Network::shared();
    let (alice, bob, _) = neighbours(network, "APPROVAL");
    let id = imvu("APPROVAL-A");
    let cut = || Change::Quota(cpu_cut());
    let told = Some("APPROVAL-A");

    let pids = quota_change(&[(QuotaField::Pids, 100)]);
    let hour_ago = |by: u64| Time(now().0 - HOUR_MS - by);
    let unfit: Vec<(&str, Approval)> = vec![
        (
            "approvalExpired",
            network.approval(&alice, &id, cut(), |body| {
                body.not_before = hour_ago(60_000);
                body.expires = hour_ago(0);
            }),
        ),
        (
            "approvalNotYetValid",
            network.approval(&alice, &id, cut(), |body| {
                body.not_before = now().plus_ms(HOUR_MS);
                body.expires = now().plus_ms(2 * HOUR_MS);
            }),
        ),
        (
            "approvalOtherChange",
            network.approval(&alice, &id, Change::Quota(pids), |_| {}),
        ),
        (
            "approvalOtherImvu",
            network.approval(&bob, &imvu("APPROVAL-B"), cut(), |_| {}),
        ),
        (
            "approvalNotByOwner",
            network.approval(&bob, &id, cut(), |_| {}),
        ),
        (
            "approvalVersionMoved",
            network.approval(&alice, &id, cut(), |body| body.version += 1),
        ),
        (
            "approvalKeyRotated",
            network.approval(&alice, &id, cut(), |body| body.generation = 1),
        ),
    ];
    let (reasons, approvals): (Vec<_>, Vec<_>) = unfit.into_iter().unzip();
    let acts = approvals
        .into_iter()
        .map(|approval| (change_quota("APPROVAL-A", cpu_cut()), vec![approval]));
    let views = network.decide_as(&network.platform(), acts.collect());
    for (view, reason) in views.iter().zip(reasons) {
        assert_refusal(network, view, &refusal(2015, &[15], reason, told));
    }
    assert_eq!(imvu_state(network, &id).quota, QUOTA);

    // Used once, and then not again, also when the change would cut again.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval.clone());
    assert_eq!(view.summary.code.code, 0, "{view:#?}");
    let back = quota_change(&[(QuotaField::CpuMillis, 4_000)]);
    network.apply(&alice, vec![change_quota("APPROVAL-A", back)]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(network, &view, &refusal(2015, &[15], "approvalUsed", told));

    // The field it names was set in between.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let more = quota_change(&[(QuotaField::CpuMillis, 5_000)]);
    network.apply(&alice, vec![change_quota("APPROVAL-A", more)]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalVersionMoved", told),
    );

    // Taken back.
    let approval = network.approval(&alice, &id, cut(), |_| {});
    let revoke = Action::RevokeApproval {
        imvu: id.clone(),
        approval: approval.body.id(),
    };
    network.apply(&alice, vec![revoke]);
    let view = try_with(network, "APPROVAL-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalRevoked", told),
    );
    assert_eq!(imvu_state(network, &id).quota.cpu_millis, 5_000);
}

#[test]
fn an_approval_that_expires_while_the_chain_runs_is_void_from_then_on() {
    let network = Network::shared();
    let (alice, _, _) = neighbours(network, "EXPIRY");
    let id = imvu("EXPIRY-A");
    let expires = now().plus_ms(3_000);
    let approval = network.approval(&alice, &id, Change::Quota(cpu_cut()), |body| {
        body.expires = expires;
    });
    // The law's clock runs with the blocks, at most a block behind their time.
    nexus_tests::wait::wait_for("a block after the expiry", || {
        let clock: nexus_types::state::Clock = network.state(&state_key::clock())?;
        (clock.law_time > expires).then_some(())
    });
    let view = try_with(network, "EXPIRY-A", cpu_cut(), approval);
    assert_refusal(
        network,
        &view,
        &refusal(2015, &[15], "approvalExpired", Some("EXPIRY-A")),
    );
}

#[test]
fn a_proposal_is_approved_once_by_its_creator_and_applies_at_once() {
    let network = Network::shared();
    let (alice, bob, _) = neighbours(network, "PROPOSAL");
    let id = imvu("PROPOSAL-A");
    let propose = Action::ProposeRoute {
        imvu: id.clone(),
        change: route_via("10.0.0.7"),
        expires: in_an_hour(),
    };
    let opened = network.decide_as_platform(propose, Vec::new());
    assert_eq!(opened.summary.code.code, 0, "{opened:#?}");
    let proposal: Hash = opened.envelope.expect("a transaction").id.0;
    let notices = network.notices_of(&id);
    assert!(
        notices
            .iter()
            .any(|notice| notice.proposal.is_some_and(|of| of.0 == proposal))
    );

    let change = || Change::Route(route_via("10.0.0.7"));
    let other = || Change::Route(route_via("10.0.0.8"));
    let sign = |approval| Action::SignApproval { proposal, approval };
    // By somebody else, and for something else than proposed.
    let view = network.decide(&bob, sign(network.approval(&bob, &id, change(), |_| {})));
    assert_refusal(
        network,
        &view,
        &refusal(2001, &[1, 14], "notOwner", Some("PROPOSAL-A")),
    );
    let views = network.decide_all(
        &alice,
        vec![
            sign(network.approval(&alice, &id, other(), |_| {})),
            sign(network.approval(&alice, &id, change(), |_| {})),
            sign(network.approval(&alice, &id, change(), |body| body.salt += 1)),
        ],
    );
    assert_refusal(
        network,
        &views[0],
        &refusal(2014, &[14], "approvalOtherChange", Some("PROPOSAL-A")),
    );
    assert_eq!(views[1].summary.code.code, 0, "{:#?}", views[1]);
    // The route moved, so that a second approval of the same is void.
    assert_eq!(views[2].summary.code.code, 2014, "{:#?}", views[2]);
    let stands: Proposal = network
        .state(&state_key::proposal(&proposal))
        .expect("a proposal");
    assert!(
        matches!(stands.status, ProposalStatus::Applied(_)),
        "{stands:?}"
    );
    let RouteChange::Set(route) = route_via("10.0.0.7") else {
        panic!("a route is set");
    };
    let record: nexus_types::state::RouteRecord = network
        .state(&state_key::route(&id, &route.prefix))
        .expect("a route");
    assert_eq!(record.next_hop, Some(route.next_hop));
}

#[test]
fn the_gates_that_judge_something_are_those_the_table_says() {
    let network = Network::shared();
    let view: nexus_sdk::api::Read<nexus_sdk::api::GatesView> =
        network.node().read(Method::GetGates, &NoParams {});
    let judging: Vec<u8> = view
        .value
        .gates
        .iter()
        .filter(|gate| !gate.actions.is_empty())
        .map(|gate| gate.gate)
        .collect();
    assert_eq!(judging, [1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 15, 17]);
    assert_eq!(view.value.gates.len(), 17);
}
