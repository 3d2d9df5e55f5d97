//! What a decision is about, as its audit entry says it: applied or refused, and of an action that only exists to be refused.

use super::consents::SUBJECT;
use super::guardians;
use super::hosting::*;
use super::mailing::*;
use super::market::*;
use super::matrix::{agent_for, sample};
use super::naming::*;
use super::world::*;
use nexus_types::action::{Action, ActionKind};
use nexus_types::verdict::Subject;
use nexus_types::{Hash, IdentityId};

/// What a sample of the matrix, aimed at what is Alice's, is about.
fn expected(action: &Action, tx: Hash, signer: IdentityId, alice: IdentityId) -> Subject {
    let snapshot = Subject::Snapshot(imvu(ID), 1);
    let payment = |id| Subject::Payment(processor("pay"), external(id));
    match action {
        Action::RegisterIdentity { .. }
        | Action::RotateKey { .. }
        | Action::RevokeIdentity
        | Action::RequestPayout { .. }
        | Action::SetGuardians(_) => Subject::Identity(signer),
        // Whose guardians act, not which of them.
        Action::FreezeIdentity(_)
        | Action::ThawIdentity(_)
        | Action::ProposeRecovery(_)
        | Action::VetoPending(_) => Subject::Identity(alice),
        Action::CreateImvu { .. } => Subject::Imvu(imvu("IMVU-NEW")),
        Action::RegisterHost { .. } => Subject::Host(host("host-9")),
        Action::ChangeHost { .. } | Action::RegisterAgent { .. } | Action::Report(_) => {
            Subject::Host(host("host-1"))
        }
        Action::RegisterMeter { .. } => Subject::Meter(meter("meter-new")),
        Action::SignApproval { proposal, .. } => Subject::Proposal(*proposal),
        Action::RevokeApproval { .. } => Subject::Approval(Hash([1; 32])),
        Action::DeleteAuditEntry { .. } => Subject::AuditEntry(0),
        Action::ProposeParameter { .. }
        | Action::PublishPrices { .. }
        | Action::SetTaxRate { .. } => Subject::Chain,
        Action::RegisterProcessor { .. } => Subject::Processor(processor("other")),
        Action::Reconcile { .. } => Subject::Processor(processor("pay")),
        Action::RecordDeposit { .. } => payment("d-1"),
        // A refund and a dispute are about the sale.
        Action::RecordSale { .. }
        | Action::RecordRefund { .. }
        | Action::GrantRefund { .. }
        | Action::OpenDispute { .. } => payment("s-1"),
        Action::ResolveDispute { dispute, .. } => Subject::Dispute(*dispute),
        Action::SettlePayout { payout, .. } => Subject::Payout(*payout),
        Action::SubmitGovernance(_) => Subject::Governance(tx),
        Action::CastBallot(ballot) => Subject::Governance(ballot.proposal),
        Action::WithdrawGovernance(withdraw) => Subject::Governance(withdraw.proposal),
        Action::ClaimDomain { .. } => Subject::Name(name("shop.demo.example")),
        // A grant is about the name above.
        Action::GrantChild(_)
        | Action::ReleaseDomain { .. }
        | Action::SetRecords { .. }
        | Action::RemoveRecords { .. }
        | Action::DelegateName(_)
        | Action::SetTransferKey(_)
        | Action::RegisterDkimKey(_)
        | Action::RevokeDkimKey(_) => Subject::Name(name(DOMAIN)),
        Action::RedeemTransfer(_) => Subject::Name(name("bob.demo.example")),
        Action::ClaimExternal(_) | Action::ObserveName(_) => Subject::Name(name(EXTERNAL)),
        Action::ProposeMailRoute(_) | Action::ChangeMailRoute(_) => {
            Subject::MailRoute(name(DOMAIN))
        }
        Action::GrantAddress(_) | Action::RevokeAddress(_) => Subject::Mailbox(address_of("ann")),
        Action::SetMailCredential(_)
        | Action::RevokeMailCredential(_)
        | Action::RevokeMailTokens(_) => Subject::MailBook(imvu(ID)),
        Action::RecordConsent(_)
        | Action::RevokeConsent(_)
        | Action::EraseConsent(_)
        | Action::RecordDeletion(_)
        | Action::RewriteConsent(_) => Subject::Consents(imvu(ID), SUBJECT),
        Action::RecordSnapshot(_)
        | Action::RewriteSnapshot(_)
        | Action::DropSnapshot(_)
        | Action::RestoreSnapshot(_) => snapshot,
        _ => Subject::Imvu(imvu(ID)),
    }
}

#[test]
fn each_decision_names_what_it_is_about() {
    let mut base = World::new();
    base.add_host("host-1", "EU-GDPR");
    base.add_processor();
    guardians::guard(&mut base);
    for kind in ActionKind::ALL {
        let mut world = base.clone();
        let signer = match kind {
            ActionKind::Report | ActionKind::RecordMailEpoch => agent_for(kind),
            _ => world.alice.clone(),
        };
        let action = sample(kind, &mut world, &signer);
        let verdict = world
            .submit(std::slice::from_ref(&signer), action.clone())
            .verdict
            .unwrap();
        let subject = expected(&action, verdict.tx, signer.id, world.alice.id);
        assert_eq!(verdict.subject, subject, "{kind}");
    }
}

#[test]
fn a_text_that_is_no_name_is_named_by_its_hash() {
    let mut world = World::new();
    let alice = world.alice.clone();
    let written = "a..demo.example";
    let claim = world.submit(&[alice], claim_domain(ID, written));
    let subject = Subject::NotAName(Hash::of(written.as_bytes()));
    assert_eq!(claim.verdict.unwrap().subject, subject);
}
