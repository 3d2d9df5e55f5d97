//! From the law's words to people's.

use super::{ActionView, ParameterView};
use crate::api::money::price_views;
use nexus_types::Action;
use nexus_types::action::{Parameter, SuspendReason};
use nexus_types::rrset::RRset;

// One exhaustive match, longer than a screen: split up, a new action could be forgotten without an error.
impl From<&Action> for ActionView {
    fn from(action: &Action) -> Self {
        match action {
            Action::RegisterIdentity { key, attestation } => Self::RegisterIdentity {
                key: (*key).into(),
                attestation: attestation.as_ref().map(Into::into),
            },
            Action::RotateKey { new_key, proof } => Self::RotateKey {
                new_key: (*new_key).into(),
                proof: (*proof).into(),
            },
            Action::RevokeIdentity => Self::RevokeIdentity,
            Action::SignApproval { proposal, approval } => Self::SignApproval {
                proposal: (*proposal).into(),
                approval: Box::new(approval.into()),
            },
            Action::RevokeApproval { imvu, approval } => Self::RevokeApproval {
                imvu: imvu.clone().into(),
                approval: (*approval).into(),
            },
            Action::CreateImvu {
                imvu,
                jurisdiction,
                quota,
            } => Self::CreateImvu {
                imvu: imvu.clone().into(),
                jurisdiction: jurisdiction.clone().map(Into::into),
                quota: quota.into(),
            },
            Action::ActivateImvu { imvu, host } => Self::ActivateImvu {
                imvu: imvu.clone().into(),
                host: host.clone().map(Into::into),
            },
            Action::DescribeImvu { imvu, description } => Self::DescribeImvu {
                imvu: imvu.clone().into(),
                description: description.to_string(),
            },
            Action::SetJurisdiction { imvu, jurisdiction } => Self::SetJurisdiction {
                imvu: imvu.clone().into(),
                jurisdiction: jurisdiction.clone().into(),
            },
            Action::ProposeQuota {
                imvu,
                change,
                expires,
            } => Self::ProposeQuota {
                imvu: imvu.clone().into(),
                change: change.into(),
                expires: expires.0.into(),
            },
            Action::ProposeRoute {
                imvu,
                change,
                expires,
            } => Self::ProposeRoute {
                imvu: imvu.clone().into(),
                change: change.into(),
                expires: expires.0.into(),
            },
            Action::ProposePathPolicy {
                imvu,
                policy,
                expires,
            } => Self::ProposePathPolicy {
                imvu: imvu.clone().into(),
                policy: policy.into(),
                expires: expires.0.into(),
            },
            Action::ChangeQuota { imvu, change } => Self::ChangeQuota {
                imvu: imvu.clone().into(),
                change: change.into(),
            },
            Action::ChangeRoute { imvu, change } => Self::ChangeRoute {
                imvu: imvu.clone().into(),
                change: change.into(),
            },
            Action::ChangePathPolicy { imvu, policy } => Self::ChangePathPolicy {
                imvu: imvu.clone().into(),
                policy: policy.into(),
            },
            Action::ClaimDomain { name, imvu } => Self::ClaimDomain {
                name: name.to_string(),
                imvu: imvu.clone().into(),
            },
            Action::ReleaseDomain { name } => Self::ReleaseDomain {
                name: name.to_string(),
            },
            Action::SetRecords { zone, owner, rrset } => Self::SetRecords {
                zone: zone.to_string(),
                owner: owner.to_string(),
                rtype: rrset.rtype.to_string(),
                ttl: rrset.ttl,
                records: presented(rrset),
            },
            Action::RemoveRecords { zone, owner, rtype } => Self::RemoveRecords {
                zone: zone.to_string(),
                owner: owner.to_string(),
                rtype: rtype.to_string(),
            },
            Action::SetSplit {
                imvu,
                creator_percent,
                platform_percent,
            } => Self::SetSplit {
                imvu: imvu.clone().into(),
                creator_percent: *creator_percent,
                platform_percent: *platform_percent,
            },
            Action::ProposeParameter { parameter } => Self::ProposeParameter {
                parameter: parameter.into(),
            },
            Action::SelfReportUsage {
                imvu,
                resource,
                quantity,
            } => Self::SelfReportUsage {
                imvu: imvu.clone().into(),
                resource: resource.name().to_owned(),
                quantity: (*quantity).into(),
            },
            Action::DeleteAuditEntry { sequence } => Self::DeleteAuditEntry {
                sequence: (*sequence).into(),
            },
            Action::PlatformSuspend { imvu, reason } => Self::PlatformSuspend {
                imvu: imvu.clone().into(),
                reason: suspend_name(*reason).to_owned(),
            },
            Action::StopImvu { imvu, accept_loss } => Self::StopImvu {
                imvu: imvu.clone().into(),
                accept_loss: *accept_loss,
            },
            Action::MoveImvu {
                imvu,
                host,
                accept_loss,
            } => Self::MoveImvu {
                imvu: imvu.clone().into(),
                host: host.clone().map(Into::into),
                accept_loss: *accept_loss,
            },
            Action::RegisterHost {
                host,
                jurisdiction,
                capacity,
                capabilities,
            } => Self::RegisterHost {
                host: host.clone().into(),
                jurisdiction: jurisdiction.clone().into(),
                capacity: capacity.into(),
                capabilities: capabilities.into(),
            },
            Action::ChangeHost { host, change } => Self::ChangeHost {
                host: host.clone().into(),
                change: change.into(),
            },
            Action::RegisterAgent { host, kind, key } => Self::RegisterAgent {
                host: host.clone().into(),
                agent: (*kind).into(),
                key: (*key).into(),
            },
            Action::RegisterMeter {
                meter,
                host,
                kind,
                scope,
                keys,
                threshold,
                test,
                replaces,
            } => Self::RegisterMeter {
                meter: meter.clone().into(),
                host: host.clone().into(),
                counts: (*kind).into(),
                scope: (*scope).into(),
                keys: keys.as_slice().iter().copied().map(Into::into).collect(),
                threshold: *threshold,
                test: *test,
                replaces: replaces.clone().map(Into::into),
            },
            Action::Report(report) => Self::Report(report.into()),
            Action::PublishPrices { from, prices } => Self::PublishPrices {
                from: from.0,
                prices: price_views(prices),
            },
            Action::SetTaxRate {
                region,
                millionths,
                from,
            } => Self::SetTaxRate {
                region: region.clone().into(),
                millionths: *millionths,
                from: from.0,
            },
            Action::RegisterProcessor { processor } => Self::RegisterProcessor {
                processor: processor.clone().into(),
            },
            Action::LinkProcessor {
                imvu,
                processor,
                linked,
            } => Self::LinkProcessor {
                imvu: imvu.clone().into(),
                processor: processor.clone().into(),
                linked: *linked,
            },
            Action::RecordDeposit {
                processor,
                external,
                payer,
                amount,
            } => Self::RecordDeposit {
                processor: processor.clone().into(),
                external: external.clone().into(),
                payer: (*payer).into(),
                amount: amount.0.into(),
            },
            Action::RecordSale {
                processor,
                external,
                imvu,
                gross,
                tax,
                region,
                fee,
            } => Self::RecordSale {
                processor: processor.clone().into(),
                external: external.clone().into(),
                imvu: imvu.clone().into(),
                gross: gross.0.into(),
                tax: tax.0.into(),
                region: region.clone().into(),
                fee: fee.0.into(),
            },
            Action::RecordRefund {
                processor,
                external,
                sale,
                amount,
            } => Self::RecordRefund {
                processor: processor.clone().into(),
                external: external.clone().into(),
                sale: sale.clone().into(),
                amount: amount.0.into(),
            },
            Action::GrantRefund {
                processor,
                sale,
                amount,
            } => Self::GrantRefund {
                processor: processor.clone().into(),
                sale: sale.clone().into(),
                amount: amount.0.into(),
            },
            Action::OpenDispute {
                processor,
                sale,
                amount,
                evidence,
            } => Self::OpenDispute {
                processor: processor.clone().into(),
                sale: sale.clone().into(),
                amount: amount.0.into(),
                evidence: (*evidence).into(),
            },
            Action::ResolveDispute { dispute, won } => Self::ResolveDispute {
                dispute: (*dispute).into(),
                won: *won,
            },
            Action::RequestPayout {
                processor,
                amount,
                destination,
            } => Self::RequestPayout {
                processor: processor.clone().into(),
                amount: amount.0.into(),
                destination: (*destination).into(),
            },
            Action::SettlePayout { payout, settled } => Self::SettlePayout {
                payout: (*payout).into(),
                settled: *settled,
            },
            Action::Reconcile {
                processor,
                taken_in,
                paid_out,
                statement,
            } => Self::Reconcile {
                processor: processor.clone().into(),
                taken_in: taken_in.0.into(),
                paid_out: paid_out.0.into(),
                statement: (*statement).into(),
            },
            Action::SignMandate {
                imvu,
                payer,
                cap,
                until,
            } => Self::SignMandate {
                imvu: imvu.clone().into(),
                payer: (*payer).into(),
                cap: cap.0.into(),
                until: until.0.into(),
            },
            Action::RevokeMandate { imvu } => Self::RevokeMandate {
                imvu: imvu.clone().into(),
            },
            Action::CorrectCharge {
                imvu,
                period,
                payer,
                amount,
            } => Self::CorrectCharge {
                imvu: imvu.clone().into(),
                period: period.0,
                payer: (*payer).into(),
                amount: amount.0.into(),
            },
            Action::Contain {
                imvu,
                evidence,
                span_ms,
            } => Self::Contain {
                imvu: imvu.clone().into(),
                evidence: (*evidence).into(),
                span_ms: (*span_ms).into(),
            },
            Action::SetStandingConsent {
                imvu,
                consent,
                given,
            } => Self::SetStandingConsent {
                imvu: imvu.clone().into(),
                consent: (*consent).into(),
                given: *given,
            },
            Action::SetGuardians(choice) => Self::SetGuardians {
                guardians: choice
                    .guardians
                    .as_slice()
                    .iter()
                    .map(|id| (*id).into())
                    .collect(),
                threshold: choice.threshold,
            },
            Action::FreezeIdentity(freeze) => Self::FreezeIdentity {
                identity: freeze.identity.into(),
            },
            Action::ThawIdentity(thaw) => Self::ThawIdentity {
                identity: thaw.identity.into(),
            },
            Action::ProposeRecovery(recovery) => Self::ProposeRecovery(Box::new(recovery.into())),
            Action::VetoPending(veto) => Self::VetoPending {
                identity: veto.identity.into(),
            },
            Action::SetMember(change) => Self::SetMember {
                imvu: change.imvu.clone().into(),
                member: change.member.into(),
                role: change.role.map(Into::into),
            },
            Action::RecordConsent(it) => Self::RecordConsent {
                imvu: it.imvu.clone().into(),
                subject: it.subject.into(),
                sequence: it.sequence.into(),
                purpose: it.purpose.into(),
                commitment: it.commitment.into(),
            },
            Action::RevokeConsent(it) => Self::RevokeConsent {
                imvu: it.imvu.clone().into(),
                subject: it.subject.into(),
                sequence: it.sequence.into(),
                revokes: it.revokes.into(),
                commitment: it.commitment.into(),
            },
            Action::EraseConsent(it) => Self::EraseConsent {
                imvu: it.imvu.clone().into(),
                subject: it.subject.into(),
                sequence: it.sequence.into(),
                through: it.through.into(),
            },
            Action::RecordDeletion(it) => Self::RecordDeletion {
                imvu: it.imvu.clone().into(),
                subject: it.subject.into(),
                erasure: it.erasure.into(),
                receipt: it.receipt.into(),
            },
            Action::RewriteConsent(it) => Self::RewriteConsent {
                imvu: it.imvu.clone().into(),
                subject: it.subject.into(),
                sequence: it.sequence.into(),
            },
            Action::RequestSnapshot(it) => Self::RequestSnapshot {
                imvu: it.imvu.clone().into(),
            },
            Action::RecordSnapshot(it) => Self::RecordSnapshot {
                imvu: it.imvu.clone().into(),
                number: it.number.into(),
                outcome: (&it.outcome).into(),
            },
            Action::RewriteSnapshot(it) => Self::RewriteSnapshot {
                imvu: it.imvu.clone().into(),
                number: it.number.into(),
                digest: it.digest.into(),
            },
            Action::DropSnapshot(it) => Self::DropSnapshot {
                imvu: it.imvu.clone().into(),
                number: it.number.into(),
            },
            Action::RestoreSnapshot(it) => Self::RestoreSnapshot {
                imvu: it.imvu.clone().into(),
                of: it.of.clone().into(),
                number: it.number.into(),
            },
            Action::GrantAddress(asked) => Self::GrantAddress(asked.into()),
            Action::RevokeAddress(asked) => Self::RevokeAddress(asked.into()),
            Action::ProposeMailRoute(asked) => Self::ProposeMailRoute(asked.into()),
            Action::ChangeMailRoute(asked) => Self::ChangeMailRoute(asked.into()),
            Action::RegisterDkimKey(asked) => Self::RegisterDkimKey(asked.into()),
            Action::RevokeDkimKey(asked) => Self::RevokeDkimKey(asked.into()),
            Action::SetMailCredential(asked) => Self::SetMailCredential(asked.into()),
            Action::RevokeMailCredential(asked) => Self::RevokeMailCredential(asked.into()),
            Action::RevokeMailTokens(asked) => Self::RevokeMailTokens(asked.into()),
            Action::RecordMailEpoch(asked) => Self::RecordMailEpoch(asked.into()),
            Action::SubmitGovernance(submit) => Self::SubmitGovernance {
                change: (&submit.change).into(),
            },
            Action::CastBallot(ballot) => Self::CastBallot {
                proposal: ballot.proposal.into(),
                digest: ballot.digest.into(),
                approve: ballot.approve,
            },
            Action::WithdrawGovernance(withdraw) => Self::WithdrawGovernance {
                proposal: withdraw.proposal.into(),
            },
            Action::RestrictLegally(order) => Self::RestrictLegally {
                imvu: order.imvu.clone().into(),
                order: order.order.into(),
                scope: order.scope.into(),
                until: order.until.0.into(),
            },
            Action::AppealRestriction(appeal) => Self::AppealRestriction {
                imvu: appeal.imvu.clone().into(),
                grounds: appeal.grounds.into(),
            },
            Action::AnnounceExit(it) => Self::AnnounceExit {
                imvu: it.imvu.clone().into(),
            },
            Action::CancelExit(it) => Self::CancelExit {
                imvu: it.imvu.clone().into(),
            },
            Action::CommitInventory(it) => Self::CommitInventory {
                imvu: it.imvu.clone().into(),
                number: it.number.into(),
                inventory: (&it.inventory).into(),
            },
            Action::RecordArchive(it) => Self::RecordArchive {
                imvu: it.imvu.clone().into(),
                number: it.number.into(),
                digest: it.digest.into(),
                bytes: it.bytes.into(),
            },
            Action::ConfirmExport(it) => Self::ConfirmExport {
                imvu: it.imvu.clone().into(),
                digest: it.digest.into(),
            },
            Action::ReleaseExit(it) => Self::ReleaseExit {
                imvu: it.imvu.clone().into(),
                accept_loss: it.accept_loss,
            },
            Action::CloseExit(it) => Self::CloseExit {
                imvu: it.imvu.clone().into(),
            },
            Action::FindObstruction(it) => Self::FindObstruction {
                imvu: it.imvu.clone().into(),
                evidence: it.evidence.into(),
            },
            Action::BlockExit(it) => Self::BlockExit {
                imvu: it.imvu.clone().into(),
            },
            Action::ClaimExternal(asked) => Self::ClaimExternal {
                imvu: asked.imvu.clone().into(),
                name: asked.name.to_string(),
            },
            Action::ObserveName(asked) => Self::ObserveName {
                imvu: asked.imvu.clone().into(),
                name: asked.name.clone().into(),
                challenge: asked.challenge.into(),
                seen: asked.seen,
                evidence: asked.evidence.into(),
            },
            Action::GrantChild(asked) => Self::GrantChild {
                name: asked.name.clone().into(),
                child: asked.child.clone().into(),
                imvu: asked.imvu.clone().map(Into::into),
            },
            Action::DelegateName(asked) => Self::DelegateName {
                name: asked.name.clone().into(),
                delegation: asked.delegation.as_ref().map(Into::into),
            },
            Action::SetTransferKey(asked) => Self::SetTransferKey {
                name: asked.name.clone().into(),
                key: asked.code.map(|code| code.key.into()),
                expires: asked.code.map(|code| code.expires.0.into()),
            },
            Action::RedeemTransfer(asked) => Self::RedeemTransfer {
                name: asked.name.clone().into(),
                imvu: asked.imvu.clone().into(),
                signature: asked.signature.into(),
            },
        }
    }
}

fn presented(rrset: &RRset) -> Vec<String> {
    rrset
        .records
        .as_slice()
        .iter()
        .map(crate::api::present_rdata)
        .collect()
}

impl From<&Parameter> for ParameterView {
    fn from(parameter: &Parameter) -> Self {
        match parameter {
            Parameter::Split {
                creator_percent,
                platform_percent,
            } => Self::Split {
                creator_percent: *creator_percent,
                platform_percent: *platform_percent,
            },
        }
    }
}

fn suspend_name(reason: SuspendReason) -> &'static str {
    match reason {
        SuspendReason::Debt => "debt",
        SuspendReason::Abuse => "abuse",
        SuspendReason::Legal => "legal",
        SuspendReason::Unstated => "unstated",
    }
}
