//! The facts of one case, gathered once, on which every gate judges.

use crate::law::money::facts::MoneyFacts;
use crate::law::names::{Holder, holder_of};
use crate::law::{guardians, hosts, placement, team};
use crate::view::{BlockContext, View, clock, read};
use alloc::vec::Vec;
use nexus_types::action::{Action, NameText};
use nexus_types::approval::Change;
use nexus_types::consent::{
    EraseConsent, RecordConsent, RecordDeletion, RevokeConsent, RewriteConsent,
};
use nexus_types::governance::{AppealRestriction, RestrictLegally};
use nexus_types::host::{Agent, Host};
use nexus_types::mail::{ChangeMailRoute, ProposeMailRoute};
use nexus_types::record::OfficerSignature;
use nexus_types::snapshot::{
    DropSnapshot, RecordSnapshot, RequestSnapshot, RestoreSnapshot, RewriteSnapshot,
};
use nexus_types::state::{Identity, IdentityStatus, Imvu, Officers, Proposal};
use nexus_types::{
    Hash, HostId, IdentityId, ImvuId, Name, NameFault, Subject, Time, Tx, state_key,
};

/// Who acts, as far as the gates care.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Nobody the register knows.
    Unregistered,
    /// A revoked identity.
    Revoked,
    /// The owner of what the action is about.
    Owner,
    /// Who the owner lets take such an action in its stead.
    Delegate,
    /// An officer of the platform who is not the owner.
    Officer,
    /// Any other verified identity.
    Stranger,
}

/// The facts of one case.
pub(crate) struct Case<'a> {
    pub(crate) view: &'a dyn View,
    pub(crate) tx: &'a Tx,
    pub(crate) id: Hash,
    pub(crate) now: BlockContext,
    pub(crate) law_time: Time,
    pub(crate) standing: Standing,
    /// The IMVU the action concerns: the one named, or the holder of the name.
    pub(crate) imvu: Option<Imvu>,
    /// The name the action is about, canonical, or why it is none.
    pub(crate) name: Option<Result<Name, NameFault>>,
    /// Who holds that name or its zone.
    pub(crate) holder: Holder,
    /// The proposal the action is about.
    pub(crate) proposal: Option<Proposal>,
    pub(crate) subject: Subject,
    /// Active officers who signed, the outer signer first.
    pub(crate) officers: Vec<OfficerSignature>,
    pub(crate) threshold: u8,
    /// The host the action names, or the reporting agent's.
    pub(crate) host: Option<Host>,
    /// The signer, where it is the agent that its host has for its work, and the action one that agents take.
    pub(crate) agent: Option<Agent>,
    /// The hosts that an action that places an IMVU may choose from.
    pub(crate) candidates: Vec<Host>,
    /// What an action of money is about.
    pub(crate) money: MoneyFacts,
    /// The audit entry that this decision will be.
    pub(crate) sequence: u64,
}

impl<'a> Case<'a> {
    /// Gathers the facts.
    pub(crate) fn gather(
        view: &'a dyn View,
        tx: &'a Tx,
        id: Hash,
        now: BlockContext,
        sequence: u64,
    ) -> Self {
        let proposal = match &tx.body.action {
            Action::SignApproval { proposal, .. } => {
                read::<Proposal>(view, &state_key::proposal(proposal))
            }
            _ => None,
        };
        let name = name_text(&tx.body.action)
            .map(|text| Name::parse(text.as_str()))
            .or_else(|| canonical(&tx.body.action).map(|name| Ok(name.clone())));
        let holder = match &name {
            Some(Ok(name)) => holder_of(view, name),
            _ => Holder::Nobody,
        };
        let money = MoneyFacts::gather(view, &tx.body.action);
        let concerned = match (&holder, named_imvu(&tx.body.action), &proposal) {
            // What an observer saw concerns whose challenge it is, whoever holds the name.
            (Holder::Imvu(id), _, _) if !matches!(tx.body.action, Action::ObserveName(_)) => {
                Some(id.clone())
            }
            (_, Some(id), _) => Some(id.clone()),
            (_, _, Some(proposal)) => Some(proposal.imvu.clone()),
            _ => money.imvu().cloned(),
        };
        let imvu = concerned.and_then(|id| read::<Imvu>(view, &state_key::imvu(&id)));
        let body = read::<Officers>(view, &state_key::officers());
        let officers = body
            .as_ref()
            .map(|body| officers_signed(view, tx, body))
            .unwrap_or_default();
        let standing = standing(view, tx, imvu.as_ref(), body.as_ref());
        let (agent, host) = match &tx.body.action {
            Action::Report(_) | Action::RecordMailEpoch(_) | Action::RegisterDkimKey(_) => {
                hosts::agent(view, &tx.body.signer).unzip()
            }
            action => {
                let host = named_host(action);
                (
                    None,
                    host.and_then(|id| read::<Host>(view, &state_key::host(id))),
                )
            }
        };
        let candidates = placement::candidates(view, &tx.body.action);
        let reporting = agent.as_ref().map(|agent| &agent.host);
        let subject = subject(
            &tx.body.action,
            name.as_ref(),
            tx.body.signer,
            reporting,
            id,
        );
        Self {
            view,
            tx,
            id,
            now,
            law_time: clock(view).law_time,
            standing,
            imvu,
            name,
            holder,
            proposal,
            subject,
            officers,
            threshold: body.map_or(u8::MAX, |body| body.threshold),
            host,
            agent,
            candidates,
            money,
            sequence,
        }
    }

    /// The action.
    pub(crate) fn action(&self) -> &'a Action {
        &self.tx.body.action
    }

    /// Whether the signer owns what the action is about.
    pub(crate) fn by_owner(&self) -> bool {
        self.standing == Standing::Owner
    }

    /// Whether the signer owns what the action is about, or may take it in the owner's stead.
    pub(crate) fn acts_for_owner(&self) -> bool {
        matches!(self.standing, Standing::Owner | Standing::Delegate)
    }

    /// Whether an officer acts on what is not theirs: the platform's door.
    pub(crate) fn by_platform(&self) -> bool {
        self.standing == Standing::Officer
    }

    /// The signer's own IMVU that the action names, where it differs from the one concerned.
    pub(crate) fn claimant(&self) -> Option<Imvu> {
        named_imvu(self.action()).and_then(|id| read::<Imvu>(self.view, &state_key::imvu(id)))
    }

    /// The change an action of the Change… or Propose… kind asks for.
    pub(crate) fn change(&self) -> Option<Change> {
        match self.action() {
            Action::ProposeQuota { change, .. } | Action::ChangeQuota { change, .. } => {
                Some(Change::Quota(*change))
            }
            Action::ProposeRoute { change, .. } | Action::ChangeRoute { change, .. } => {
                Some(Change::Route(*change))
            }
            Action::ProposePathPolicy { policy, .. } | Action::ChangePathPolicy { policy, .. } => {
                Some(Change::PathPolicy(policy.clone()))
            }
            Action::ProposeMailRoute(ProposeMailRoute { change, .. })
            | Action::ChangeMailRoute(ChangeMailRoute { change, .. }) => {
                Some(Change::MailRoute(change.clone()))
            }
            Action::SignApproval { .. } => self
                .proposal
                .as_ref()
                .map(|proposal| proposal.change.clone()),
            _ => None,
        }
    }
}

fn standing(
    view: &dyn View,
    tx: &Tx,
    imvu: Option<&Imvu>,
    officers: Option<&Officers>,
) -> Standing {
    let signer = tx.body.signer;
    let Some(identity) = read::<Identity>(view, &state_key::identity(&signer)) else {
        return Standing::Unregistered;
    };
    if identity.status == IdentityStatus::Revoked {
        return Standing::Revoked;
    }
    if imvu.is_some_and(|imvu| imvu.owner == signer) {
        return Standing::Owner;
    }
    let delegated = tx.body.action.kind().delegated_to();
    if let (Some(imvu), Some(role)) = (imvu, delegated)
        && team::of(view, &imvu.id).role(&signer) == Some(role)
    {
        return Standing::Delegate;
    }
    if officers.is_some_and(|body| body.members.contains(&signer)) {
        return Standing::Officer;
    }
    Standing::Stranger
}

fn officers_signed(view: &dyn View, tx: &Tx, body: &Officers) -> Vec<OfficerSignature> {
    let outer = core::iter::once((tx.body.signer, tx.signature));
    let others = tx
        .cosignatures
        .as_slice()
        .iter()
        .map(|one| (one.signer, one.signature));
    outer
        .chain(others)
        .filter(|(signer, _)| body.members.contains(signer))
        .filter_map(|(officer, signature)| {
            let identity = read::<Identity>(view, &state_key::identity(&officer))?;
            (identity.status == IdentityStatus::Active).then_some(OfficerSignature {
                officer,
                key: identity.key,
                signature,
            })
        })
        .collect()
}

/// The IMVU an action names.
pub(crate) fn named_imvu(action: &Action) -> Option<&ImvuId> {
    match action {
        Action::CreateImvu { imvu, .. }
        | Action::ActivateImvu { imvu, .. }
        | Action::StopImvu { imvu, .. }
        | Action::MoveImvu { imvu, .. }
        | Action::DescribeImvu { imvu, .. }
        | Action::SetJurisdiction { imvu, .. }
        | Action::ProposeQuota { imvu, .. }
        | Action::ProposeRoute { imvu, .. }
        | Action::ProposePathPolicy { imvu, .. }
        | Action::ChangeQuota { imvu, .. }
        | Action::ChangeRoute { imvu, .. }
        | Action::ChangePathPolicy { imvu, .. }
        | Action::RevokeApproval { imvu, .. }
        | Action::ClaimDomain { imvu, .. }
        | Action::SetSplit { imvu, .. }
        | Action::SelfReportUsage { imvu, .. }
        | Action::PlatformSuspend { imvu, .. }
        | Action::LinkProcessor { imvu, .. }
        | Action::RecordSale { imvu, .. }
        | Action::SignMandate { imvu, .. }
        | Action::RevokeMandate { imvu }
        | Action::CorrectCharge { imvu, .. }
        | Action::Contain { imvu, .. }
        | Action::SetStandingConsent { imvu, .. }
        | Action::RecordConsent(RecordConsent { imvu, .. })
        | Action::RevokeConsent(RevokeConsent { imvu, .. })
        | Action::EraseConsent(EraseConsent { imvu, .. })
        | Action::RecordDeletion(RecordDeletion { imvu, .. })
        | Action::RewriteConsent(RewriteConsent { imvu, .. })
        | Action::RequestSnapshot(RequestSnapshot { imvu })
        | Action::RecordSnapshot(RecordSnapshot { imvu, .. })
        | Action::RewriteSnapshot(RewriteSnapshot { imvu, .. })
        | Action::DropSnapshot(DropSnapshot { imvu, .. })
        | Action::RestoreSnapshot(RestoreSnapshot { imvu, .. })
        | Action::RestrictLegally(RestrictLegally { imvu, .. })
        | Action::AppealRestriction(AppealRestriction { imvu, .. }) => Some(imvu),
        Action::SetMember(change) => Some(&change.imvu),
        Action::GrantAddress(asked) => Some(&asked.imvu),
        Action::RevokeAddress(asked) => Some(&asked.imvu),
        Action::ProposeMailRoute(asked) => Some(&asked.imvu),
        Action::ChangeMailRoute(asked) => Some(&asked.imvu),
        Action::RegisterDkimKey(asked) => Some(&asked.imvu),
        Action::RevokeDkimKey(asked) => Some(&asked.imvu),
        Action::SetMailCredential(asked) => Some(&asked.imvu),
        Action::RevokeMailCredential(asked) => Some(&asked.imvu),
        Action::RevokeMailTokens(asked) => Some(&asked.imvu),
        Action::RecordMailEpoch(asked) => Some(&asked.imvu),
        Action::AnnounceExit(asked) => Some(&asked.imvu),
        Action::CancelExit(asked) => Some(&asked.imvu),
        Action::CommitInventory(asked) => Some(&asked.imvu),
        Action::RecordArchive(asked) => Some(&asked.imvu),
        Action::ConfirmExport(asked) => Some(&asked.imvu),
        Action::ReleaseExit(asked) => Some(&asked.imvu),
        Action::CloseExit(asked) => Some(&asked.imvu),
        Action::FindObstruction(asked) => Some(&asked.imvu),
        Action::BlockExit(asked) => Some(&asked.imvu),
        Action::ClaimExternal(asked) => Some(&asked.imvu),
        Action::ObserveName(asked) => Some(&asked.imvu),
        Action::RedeemTransfer(asked) => Some(&asked.imvu),
        Action::SubmitGovernance(submit) => submit.change.imvu(),
        Action::RegisterIdentity { .. }
        | Action::RotateKey { .. }
        | Action::RevokeIdentity
        | Action::SignApproval { .. }
        | Action::ReleaseDomain { .. }
        | Action::SetRecords { .. }
        | Action::RemoveRecords { .. }
        | Action::ProposeParameter { .. }
        | Action::DeleteAuditEntry { .. }
        | Action::RegisterHost { .. }
        | Action::ChangeHost { .. }
        | Action::RegisterAgent { .. }
        | Action::RegisterMeter { .. }
        | Action::Report(_)
        | Action::PublishPrices { .. }
        | Action::SetTaxRate { .. }
        | Action::RegisterProcessor { .. }
        | Action::RecordDeposit { .. }
        | Action::RecordRefund { .. }
        | Action::GrantRefund { .. }
        | Action::OpenDispute { .. }
        | Action::ResolveDispute { .. }
        | Action::RequestPayout { .. }
        | Action::SettlePayout { .. }
        | Action::Reconcile { .. }
        | Action::SetGuardians(_)
        | Action::FreezeIdentity(_)
        | Action::ThawIdentity(_)
        | Action::ProposeRecovery(_)
        | Action::VetoPending(_)
        | Action::CastBallot(_)
        | Action::WithdrawGovernance(_)
        | Action::GrantChild(_)
        | Action::DelegateName(_)
        | Action::SetTransferKey(_) => None,
    }
}

/// The host an action is about, beside an agent's own.
fn named_host(action: &Action) -> Option<&HostId> {
    match action {
        Action::RegisterHost { host, .. }
        | Action::ChangeHost { host, .. }
        | Action::RegisterAgent { host, .. }
        | Action::RegisterMeter { host, .. } => Some(host),
        _ => None,
    }
}

fn name_text(action: &Action) -> Option<&NameText> {
    match action {
        Action::ClaimDomain { name, .. } | Action::ReleaseDomain { name } => Some(name),
        Action::SetRecords { zone, .. } | Action::RemoveRecords { zone, .. } => Some(zone),
        Action::ClaimExternal(asked) => Some(&asked.name),
        _ => None,
    }
}

/// The name an action is about, where only a canonical one can stand there.
fn canonical(action: &Action) -> Option<&Name> {
    match action {
        Action::ObserveName(asked) => Some(&asked.name),
        Action::GrantChild(asked) => Some(&asked.name),
        Action::DelegateName(asked) => Some(&asked.name),
        Action::SetTransferKey(asked) => Some(&asked.name),
        Action::RedeemTransfer(asked) => Some(&asked.name),
        _ => None,
    }
}

fn subject(
    action: &Action,
    name: Option<&Result<Name, NameFault>>,
    signer: IdentityId,
    reporting: Option<&HostId>,
    id: Hash,
) -> Subject {
    match (name, name_text(action)) {
        (Some(Ok(name)), _) => return Subject::Name(name.clone()),
        (Some(Err(_)), Some(text)) => return Subject::NotAName(Hash::of(text.as_str().as_bytes())),
        _ => {}
    }
    match action {
        Action::SignApproval { proposal, .. } => Subject::Proposal(*proposal),
        Action::RevokeApproval { approval, .. } => Subject::Approval(*approval),
        Action::DeleteAuditEntry { sequence } => Subject::AuditEntry(*sequence),
        Action::SubmitGovernance(_) => Subject::Governance(id),
        Action::CastBallot(ballot) => Subject::Governance(ballot.proposal),
        Action::WithdrawGovernance(withdraw) => Subject::Governance(withdraw.proposal),
        Action::ProposeParameter { .. }
        | Action::PublishPrices { .. }
        | Action::SetTaxRate { .. } => Subject::Chain,
        Action::RecordDeposit {
            processor,
            external,
            ..
        }
        | Action::RecordSale {
            processor,
            external,
            ..
        } => Subject::Payment(processor.clone(), external.clone()),
        Action::RecordRefund {
            processor, sale, ..
        }
        | Action::GrantRefund {
            processor, sale, ..
        }
        | Action::OpenDispute {
            processor, sale, ..
        } => Subject::Payment(processor.clone(), sale.clone()),
        Action::ResolveDispute { dispute, .. } => Subject::Dispute(*dispute),
        Action::SettlePayout { payout, .. } => Subject::Payout(*payout),
        Action::RegisterProcessor { processor } | Action::Reconcile { processor, .. } => {
            Subject::Processor(processor.clone())
        }
        Action::RegisterMeter { meter, .. } => Subject::Meter(meter.clone()),
        Action::RecordConsent(RecordConsent { imvu, subject, .. })
        | Action::RevokeConsent(RevokeConsent { imvu, subject, .. })
        | Action::EraseConsent(EraseConsent { imvu, subject, .. })
        | Action::RecordDeletion(RecordDeletion { imvu, subject, .. })
        | Action::RewriteConsent(RewriteConsent { imvu, subject, .. }) => {
            Subject::Consents(imvu.clone(), *subject)
        }
        Action::RecordSnapshot(RecordSnapshot { imvu, number, .. })
        | Action::RewriteSnapshot(RewriteSnapshot { imvu, number, .. })
        | Action::DropSnapshot(DropSnapshot { imvu, number })
        | Action::RestoreSnapshot(RestoreSnapshot {
            of: imvu, number, ..
        }) => Subject::Snapshot(imvu.clone(), *number),
        Action::GrantAddress(asked) => Subject::Mailbox(asked.local),
        Action::RevokeAddress(asked) => Subject::Mailbox(asked.local),
        Action::ProposeMailRoute(asked) => Subject::MailRoute(asked.change.domain.clone()),
        Action::ChangeMailRoute(asked) => Subject::MailRoute(asked.change.domain.clone()),
        // A key changes its domain's zone.
        Action::RegisterDkimKey(asked) => Subject::Name(asked.domain.clone()),
        Action::RevokeDkimKey(asked) => Subject::Name(asked.domain.clone()),
        Action::SetMailCredential(asked) => Subject::MailBook(asked.imvu.clone()),
        Action::RevokeMailCredential(asked) => Subject::MailBook(asked.imvu.clone()),
        Action::RevokeMailTokens(asked) => Subject::MailBook(asked.imvu.clone()),
        _ => match (named_imvu(action), named_host(action).or(reporting)) {
            (Some(imvu), _) => Subject::Imvu(imvu.clone()),
            (None, Some(host)) => Subject::Host(host.clone()),
            (None, None) => Subject::Identity(*guardians::guarded(action).unwrap_or(&signer)),
        },
    }
}
