//! Governance in JSON.

use crate::api::{EventBody, GovernanceProposalView};
use nexus_types::block::Event;
use nexus_types::governance::{
    GovernanceChange, GovernanceEntry, GovernanceKind, GovernanceProposal, GovernanceStatus,
    GovernanceStep, Lapse, RestrictionScope, SeatVote, ValidatorPower,
};
use nexus_types::{Hash, IdentityId, ImvuId, KeyBytes, List, Reason, Text, Time};
use serde_json::{Value, json};

fn vote() -> SeatVote {
    SeatVote {
        operator: IdentityId(Hash([5; 32])),
        seat: Text::new("org-1").unwrap(),
        approve: true,
    }
}

fn step(step: GovernanceStep) -> Value {
    let entry = GovernanceEntry {
        proposal: Hash([1; 32]),
        kind: GovernanceKind::AddValidator,
        step,
    };
    there_and_back(&Event::Governance(entry))
}

/// The JSON of an event, once it was read back as what it was.
fn there_and_back(event: &Event) -> Value {
    let body = EventBody::from(event);
    let json = serde_json::to_value(&body).unwrap();
    let back: EventBody = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(back, body);
    json
}

#[test]
fn each_step_of_a_proposal_reads_back_as_what_it_was() {
    let voted = step(GovernanceStep::Voted(vote()));
    assert_eq!(
        voted,
        json!({
            "type": "governance",
            "proposal": "01".repeat(32),
            "change": "addValidator",
            "step": "voted",
            "operator": "05".repeat(32),
            "seat": "org-1",
            "approve": true,
        })
    );
    let passed = step(GovernanceStep::Became(GovernanceStatus::Passed {
        due: Time(7),
    }));
    assert_eq!(passed["step"], "became");
    assert_eq!(
        (&passed["status"], &passed["due"]),
        (&json!("passed"), &json!("7"))
    );
    let refused = Lapse::Refused(Reason::PlatformThird);
    let lapsed = step(GovernanceStep::Became(GovernanceStatus::Lapsed(refused)));
    assert_eq!(lapsed["why"], "refused");
    assert_eq!(lapsed["reason"]["name"], "platformThird");
    let proposer = IdentityId(Hash([2; 32]));
    step(GovernanceStep::Submitted { proposer });
    for status in [
        GovernanceStatus::Open,
        GovernanceStatus::AtPeriod { begins: Time(1) },
        GovernanceStatus::Queued,
        GovernanceStatus::Executed(9),
        GovernanceStatus::Rejected,
        GovernanceStatus::Lapsed(Lapse::Moved),
        GovernanceStatus::Withdrawn,
    ] {
        step(GovernanceStep::Became(status));
    }
}

#[test]
fn other_events_of_governance_read_back_as_what_they_were() {
    let imvu = ImvuId::new("IMVU-042").unwrap();
    let validator = ValidatorPower {
        key: KeyBytes([3; 32]),
        power: 10,
    };
    let changed = there_and_back(&Event::ValidatorsChanged(vec![validator]));
    assert_eq!(changed["validators"][0]["power"], "10");
    let restricted = there_and_back(&Event::Restricted {
        imvu: imvu.clone(),
        scope: RestrictionScope::OutboundFlows,
        until: None,
    });
    assert_eq!(restricted["scope"], "outboundFlows");
    there_and_back(&Event::RestrictionAppealed {
        imvu,
        scope: RestrictionScope::Serving,
        grounds: Hash([4; 32]),
    });
}

#[test]
fn a_proposal_shows_its_digest_and_the_bytes_it_is_of() {
    let proposal = GovernanceProposal {
        id: Hash([1; 32]),
        change: GovernanceChange::SetOfficersThreshold { threshold: 3 },
        proposer: IdentityId(Hash([2; 32])),
        basis: 3,
        epoch: 0,
        opened: 7,
        closes: Time(9_000),
        audit: 5,
        votes: List::new(vec![vote()]).unwrap(),
        status: GovernanceStatus::Executed(11),
    };
    let view = GovernanceProposalView::from(&proposal);
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["changeBytes"], "0203");
    assert_eq!(json["digest"], proposal.digest().to_string());
    assert_eq!(
        (&json["status"], &json["executedAt"]),
        (&json!("executed"), &json!("11"))
    );
    let back: GovernanceProposalView = serde_json::from_value(json).unwrap();
    assert_eq!(back, view);
}
