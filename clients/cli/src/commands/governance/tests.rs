use super::*;
use crate::args::Cli;
use clap::Parser;
use nexus_types::governance::{GovernanceStatus, Lapse};
use nexus_types::{IdentityId, List, Name, Reason, Time};

fn proposal_of(change: GovernanceChange, status: GovernanceStatus) -> GovernanceProposal {
    GovernanceProposal {
        id: Hash([1; 32]),
        change,
        proposer: IdentityId(Hash([2; 32])),
        basis: 3,
        epoch: 0,
        opened: 7,
        closes: Time(9_000),
        audit: 5,
        votes: List::default(),
        status,
    }
}

fn deny() -> GovernanceChange {
    GovernanceChange::DenyName {
        name: Name::parse("bank.example").unwrap(),
        below: true,
    }
}

#[test]
fn a_vote_is_on_what_the_bytes_say() {
    let proposal = proposal_of(deny(), GovernanceStatus::Open);
    let mut view = GovernanceProposalView::from(&proposal);
    let (change, digest) = checked(proposal.id, &view).unwrap();
    assert_eq!((change, digest), (deny(), proposal.digest()));
    // Shown otherwise, it is still voted on as it is; bytes of another change have another digest.
    let lies = proposal_of(GovernanceChange::CancelUpgrade, GovernanceStatus::Open);
    view.change_bytes = GovernanceProposalView::from(&lies).change_bytes;
    assert!(checked(proposal.id, &view).is_err());
    let view = GovernanceProposalView::from(&proposal);
    assert!(checked(Hash([9; 32]), &view).is_err());
}

#[test]
fn a_proposal_is_described_in_words() {
    let lapse = Lapse::Refused(Reason::PlatformThird);
    let proposal = proposal_of(deny(), GovernanceStatus::Lapsed(lapse));
    let shown = words::proposal(&(&proposal).into());
    for part in [
        "deny bank.example and all below it",
        "lapsed: the platform would hold a third or more",
        "0 for it, 0 against",
    ] {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
}

#[test]
fn commands_say_what_is_wrong_with_them() {
    let parse = |line: &str| Cli::try_parse_from(line.split(' '));
    let id = "11".repeat(32);
    for good in [
        String::from("nexus governance show"),
        format!("nexus governance vote {id} yes"),
        String::from("nexus governance propose deny-name bank.example --below"),
        String::from("nexus governance propose officers-threshold 3"),
        String::from("nexus restrict IMVU-042 --scope mail --days 30 --document order.pdf"),
        String::from("nexus appeal IMVU-042 --document grounds.pdf"),
    ] {
        assert!(parse(&good).is_ok(), "{good}");
    }
    for bad in [
        format!("nexus governance vote {id} maybe"),
        String::from("nexus governance vote 11 yes"),
        String::from("nexus governance propose officers-threshold 1"),
        String::from("nexus governance propose deny-name -bank.example"),
        String::from("nexus governance propose add-jurisdiction eu"),
        String::from("nexus restrict IMVU-042 --scope all --days 30"),
        String::from("nexus restrict IMVU-042 --scope mail --days 31"),
    ] {
        assert!(parse(&bad).is_err(), "{bad}");
    }
}
