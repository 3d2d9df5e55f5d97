//! From an action whose gates all passed to its writes, or to the reason its own rule gives.

use super::echo::Done;
use super::governance::{self, restriction};
use super::money::{
    containment, corrections, disputes, mandates, payouts, prices, processors, sales, standing,
};
use super::{
    children, consent, delegations, exit, external, guardians, hosts, identity, imvu, mail, meters,
    names, placement, report, snapshots, team, transfers, zone_actions,
};
use crate::case::Case;
use crate::view::Writes;
use nexus_types::action::Action;
use nexus_types::approval::Change;
use nexus_types::{Code, Reason};

/// What an action did beside its writes, or why its own rule refuses. On an error the caller drops whatever was written.
pub(crate) type Effect = Result<Done, Reason>;

/// Applies the action. Everything it reads is the state before it.
pub(crate) fn apply(case: &Case<'_>, writes: &mut Writes) -> Effect {
    exit::refuses(case)?;
    let mut done = act(case, writes)?;
    done.echoes.extend(exit::protection::settle(case, writes)?);
    Ok(done)
}

fn act(case: &Case<'_>, writes: &mut Writes) -> Effect {
    match case.action() {
        Action::RegisterIdentity { key, attestation } => {
            identity::register(case, key, attestation.as_ref(), writes)
        }
        Action::RotateKey { new_key, .. } => identity::rotate(case, new_key, writes),
        Action::RevokeIdentity => identity::revoke(case, writes),
        Action::CreateImvu {
            imvu,
            jurisdiction,
            quota,
        } => imvu::create(case, imvu, jurisdiction.as_ref(), quota, writes),
        Action::DescribeImvu { description, .. } => imvu::describe(case, description, writes),
        Action::SetJurisdiction { jurisdiction, .. } => {
            imvu::set_jurisdiction(case, jurisdiction, writes)
        }
        Action::ProposeQuota {
            change, expires, ..
        } => imvu::propose(case, Change::Quota(*change), *expires, writes),
        Action::ProposeRoute {
            change, expires, ..
        } => imvu::propose(case, Change::Route(*change), *expires, writes),
        Action::ProposePathPolicy {
            policy, expires, ..
        } => imvu::propose(case, Change::PathPolicy(policy.clone()), *expires, writes),
        Action::ChangeQuota { change, .. } => imvu::change(case, &Change::Quota(*change), writes),
        Action::ChangeRoute { change, .. } => imvu::change(case, &Change::Route(*change), writes),
        Action::ChangePathPolicy { policy, .. } => {
            imvu::change(case, &Change::PathPolicy(policy.clone()), writes)
        }
        Action::SignApproval { approval, .. } => imvu::sign_approval(case, approval, writes),
        Action::RevokeApproval { approval, .. } => imvu::revoke_approval(case, approval, writes),
        Action::ClaimDomain { .. } => names::claim(case, writes),
        Action::ReleaseDomain { .. } => names::release(case, writes),
        Action::SetRecords { owner, rrset, .. } => zone_actions::set(case, owner, rrset, writes),
        Action::RemoveRecords { owner, rtype, .. } => {
            zone_actions::remove(case, owner, *rtype, writes)
        }
        Action::ActivateImvu { .. } => placement::activate(case, writes),
        Action::StopImvu { accept_loss, .. } => placement::stop(case, *accept_loss, writes),
        Action::MoveImvu { accept_loss, .. } => placement::move_on(case, *accept_loss, writes),
        Action::RegisterHost {
            host,
            jurisdiction,
            capacity,
            capabilities,
        } => hosts::register(case, host, jurisdiction, capacity, capabilities, writes),
        Action::ChangeHost { change, .. } => hosts::change(case, change, writes),
        Action::RegisterAgent { kind, key, .. } => hosts::register_agent(case, *kind, key, writes),
        Action::RegisterMeter { .. } => meters::register(case, writes),
        Action::Report(report) => report::apply(case, report, writes),
        Action::PublishPrices { from, prices } => prices::publish(case, *from, prices, writes),
        Action::SetTaxRate {
            region,
            millionths,
            from,
        } => prices::set_tax(case, region, *millionths, *from, writes),
        Action::RegisterProcessor { processor } => processors::register(case, processor, writes),
        Action::LinkProcessor { linked, .. } => processors::link(case, *linked, writes),
        Action::RecordDeposit {
            external,
            payer,
            amount,
            ..
        } => processors::deposit(case, external, *payer, *amount, writes),
        Action::RecordSale { .. } => sales::sell(case, writes),
        Action::RecordRefund {
            external, amount, ..
        } => sales::refund(case, external, *amount, writes),
        Action::GrantRefund { amount, .. } => sales::grant(case, *amount, writes),
        Action::OpenDispute {
            amount, evidence, ..
        } => disputes::open(case, *amount, *evidence, writes),
        Action::ResolveDispute { won, .. } => disputes::resolve(case, *won, writes),
        Action::RequestPayout {
            amount,
            destination,
            ..
        } => payouts::request(case, *amount, *destination, writes),
        Action::SettlePayout { settled, .. } => payouts::settle(case, *settled, writes),
        Action::Reconcile {
            taken_in,
            paid_out,
            statement,
            ..
        } => processors::reconcile(case, *taken_in, *paid_out, *statement, writes),
        Action::SignMandate {
            payer, cap, until, ..
        } => mandates::sign(case, *payer, *cap, *until, writes),
        Action::RevokeMandate { .. } => mandates::revoke(case, writes),
        Action::CorrectCharge {
            period,
            payer,
            amount,
            ..
        } => corrections::correct(case, *period, *payer, *amount, writes),
        Action::Contain {
            evidence, span_ms, ..
        } => containment::contain(case, *evidence, *span_ms, writes),
        Action::SetStandingConsent { consent, given, .. } => {
            standing::set(case, *consent, *given, writes)
        }
        Action::RecordConsent(it) => consent::record(case, it, writes),
        Action::RevokeConsent(it) => consent::revoke(case, it, writes),
        Action::EraseConsent(it) => consent::erase(case, it, writes),
        Action::RecordDeletion(it) => consent::delete(case, it, writes),
        Action::RequestSnapshot(_) => snapshots::request(case, writes),
        Action::RecordSnapshot(it) => snapshots::record(case, it, writes),
        Action::DropSnapshot(_) => snapshots::drop(case, writes),
        Action::RestoreSnapshot(it) => snapshots::restore(case, it, writes),
        Action::GrantAddress(asked) => mail::addresses::grant(case, asked, writes),
        Action::RevokeAddress(asked) => mail::addresses::revoke(case, asked, writes),
        Action::ProposeMailRoute(asked) => {
            let change = Change::MailRoute(asked.change.clone());
            imvu::propose(case, change, asked.expires, writes)
        }
        Action::ChangeMailRoute(asked) => {
            imvu::change(case, &Change::MailRoute(asked.change.clone()), writes)
        }
        Action::RegisterDkimKey(asked) => mail::dkim::register(case, asked, writes),
        Action::RevokeDkimKey(asked) => mail::dkim::revoke(case, asked, writes),
        Action::SetMailCredential(asked) => mail::credentials::set(case, asked, writes),
        Action::RevokeMailCredential(asked) => mail::credentials::revoke(case, asked, writes),
        Action::RevokeMailTokens(_) => mail::credentials::revoke_tokens(case, writes),
        Action::RecordMailEpoch(asked) => mail::epochs::record(case, asked, writes),
        Action::SubmitGovernance(submit) => governance::submit(case, &submit.change, writes),
        Action::CastBallot(ballot) => governance::vote(case, ballot, writes),
        Action::WithdrawGovernance(withdraw) => {
            governance::withdraw(case, &withdraw.proposal, writes)
        }
        Action::RestrictLegally(order) => restriction::restrict(case, order, writes),
        Action::AppealRestriction(appeal) => restriction::appeal(case, appeal, writes),
        Action::AnnounceExit(_) => exit::announce(case, writes),
        Action::CancelExit(_) => exit::cancel(case, writes),
        Action::CommitInventory(it) => exit::commit(case, it, writes),
        Action::RecordArchive(it) => exit::archive(case, it, writes),
        Action::ConfirmExport(it) => exit::confirm(case, it.digest, writes),
        Action::ReleaseExit(it) => exit::release(case, it.accept_loss, writes),
        Action::CloseExit(_) => exit::close(case, writes),
        Action::FindObstruction(it) => exit::lateness::find_obstruction(case, it.evidence, writes),
        Action::ClaimExternal(_) => external::claim(case, writes),
        Action::ObserveName(asked) => external::observe(case, asked, writes),
        Action::GrantChild(asked) => children::grant(case, asked, writes),
        Action::DelegateName(asked) => delegations::set(case, asked, writes),
        Action::SetTransferKey(asked) => transfers::set(case, asked, writes),
        Action::RedeemTransfer(asked) => transfers::redeem(case, asked, writes),
        // A gate, or the constitution, refuses each of these before any effect; none has one.
        Action::SetSplit { .. }
        | Action::ProposeParameter { .. }
        | Action::SelfReportUsage { .. }
        | Action::DeleteAuditEntry { .. }
        | Action::PlatformSuspend { .. }
        | Action::RewriteConsent(_)
        | Action::RewriteSnapshot(_)
        | Action::BlockExit(_) => Err(Reason::WrongState),
        Action::SetGuardians(choice) => guardians::set(case, choice, writes),
        Action::FreezeIdentity(freeze) => guardians::freeze(case, &freeze.identity, writes),
        Action::ThawIdentity(thaw) => guardians::thaw(case, &thaw.identity, writes),
        Action::ProposeRecovery(recovery) => guardians::propose(case, recovery, writes),
        Action::VetoPending(veto) => guardians::veto(case, &veto.identity, writes),
        Action::SetMember(change) => team::set(case, change, writes),
    }
}

/// Whether the action would alter the split: refused with 2055 whoever asks (law §3).
pub(crate) fn alters_split(action: &Action) -> bool {
    use nexus_types::action::Parameter;
    matches!(
        action,
        Action::SetSplit { .. }
            | Action::ProposeParameter {
                parameter: Parameter::Split { .. }
            }
    )
}

/// The code of a reason that no gate gave.
pub(crate) fn code_of(reason: Reason) -> Code {
    match reason {
        Reason::SplitIsConstant => Code::AltersSplit,
        Reason::NotFound | Reason::NoExit => Code::NotFound,
        Reason::AlreadyExists
        | Reason::AlreadyVoted
        | Reason::SeatTaken
        | Reason::SelectorTaken => Code::AlreadyExists,
        Reason::LimitReached | Reason::AmountTooLarge => Code::LimitReached,
        Reason::NoChange => Code::NoChange,
        Reason::ProposalExpired => Code::ProposalExpired,
        Reason::Insufficient | Reason::OverOriginal => Code::Insufficient,
        Reason::Unbalanced => Code::Unbalanced,
        _ => Code::WrongState,
    }
}
