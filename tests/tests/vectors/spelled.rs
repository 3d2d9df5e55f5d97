//! The types of the wire as the vectors spell them: a struct is an object with the field names of
//! docs/wire-format.md, an enum variant its name or `{name: contents}`, a u64 a decimal string, bytes are lower-case
//! hexadecimal, an absent option is null.

pub(crate) mod domain;
pub(crate) mod exits;
pub(crate) mod governance;
mod hosting;
pub(crate) mod mail;
pub(crate) mod money;
pub(crate) mod people;
mod records;
pub(crate) mod rights;
mod verdicts;

use nexus_types::action::{Action, Parameter};
use nexus_types::approval::{
    Approval, ApprovalBody, Attestation, AttestationBody, Change, IdentityRequestBody,
    PermittedActor, RotationBody,
};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::route::{Address, PathPolicy, Prefix, Route, RouteChange};
use nexus_types::{Network, Tx, TxBody};
use serde_json::{Map, Value, json};
use std::fmt::Debug;

pub(crate) use hosting::{
    agent, assignment, drift_entry, host, meter, metering, placement, record_body, slot, usage_hour,
};
use hosting::{capabilities, host_change, report};
pub(crate) use records::rrset;
pub(crate) use verdicts::{reason, subject, verdict};

pub(crate) fn number(value: u64) -> Value {
    Value::String(value.to_string())
}

/// A variant's name with a small first letter, from its `Debug` form.
pub(crate) fn variant(value: impl Debug) -> String {
    let text = format!("{value:?}");
    let mut chars = text.chars().take_while(|one| one.is_alphanumeric());
    let first = chars.next().into_iter().flat_map(char::to_lowercase);
    first.chain(chars).collect()
}

/// The text of something that may be absent.
pub(crate) fn text(value: Option<&impl ToString>) -> Option<String> {
    value.map(ToString::to_string)
}

fn one(name: &str, contents: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), contents)]))
}

pub(crate) fn network(network: &Network) -> Value {
    json!({
        "chain_id": network.chain_id.as_str(),
        "genesis_hash": network.genesis_hash.to_string(),
        "recovery_epoch": network.recovery_epoch,
    })
}

pub(crate) fn tx(tx: &Tx) -> Value {
    let cosignatures = tx.cosignatures.as_slice().iter();
    let cosignatures: Vec<Value> = cosignatures
        .map(|one| json!({"signer": one.signer.to_string(), "signature": hex::encode(one.signature.0)}))
        .collect();
    json!({
        "body": body(&tx.body),
        "signature": hex::encode(tx.signature.0),
        "cosignatures": cosignatures,
    })
}

pub(crate) fn body(body: &TxBody) -> Value {
    let approvals: Vec<Value> = body.approvals.as_slice().iter().map(approval).collect();
    json!({
        "network": network(&body.network),
        "signer": body.signer.to_string(),
        "lane": body.lane,
        "nonce": number(body.nonce),
        "expires": number(body.expires.0),
        "action": action(&body.action),
        "approvals": approvals,
    })
}

pub(crate) fn approval(approval: &Approval) -> Value {
    json!({"body": approval_body(&approval.body), "signature": hex::encode(approval.signature.0)})
}

pub(crate) fn approval_body(body: &ApprovalBody) -> Value {
    json!({
        "network": network(&body.network),
        "approver": body.approver.to_string(),
        "generation": body.generation,
        "imvu": body.imvu.as_str(),
        "version": number(body.version),
        "before": body.before.to_string(),
        "change": change(&body.change),
        "permitted": match body.permitted {
            PermittedActor::Platform => json!("platform"),
            PermittedActor::Identity(id) => json!({"identity": id.to_string()}),
        },
        "not_before": number(body.not_before.0),
        "expires": number(body.expires.0),
        "salt": number(body.salt),
    })
}

pub(crate) fn attestation_body(body: &AttestationBody) -> Value {
    json!({
        "network": network(&body.network),
        "identity": body.identity.to_string(),
        "attester": body.attester.to_string(),
        "generation": body.generation,
        "evidence": body.evidence.to_string(),
        "expires": number(body.expires.0),
    })
}

fn attestation(attestation: &Attestation) -> Value {
    json!({"body": attestation_body(&attestation.body), "signature": hex::encode(attestation.signature.0)})
}

pub(crate) fn rotation_body(body: &RotationBody) -> Value {
    json!({
        "network": network(&body.network),
        "identity": body.identity.to_string(),
        "generation": body.generation,
        "new_key": hex::encode(body.new_key.0),
    })
}

pub(crate) fn request_body(body: &IdentityRequestBody) -> Value {
    json!({"network": network(&body.network), "key": hex::encode(body.key.0)})
}

pub(crate) fn quota(quota: &Quota) -> Value {
    json!({
        "cpu_millis": number(quota.cpu_millis),
        "memory_bytes": number(quota.memory_bytes),
        "storage_bytes": number(quota.storage_bytes),
        "bandwidth_bits": number(quota.bandwidth_bits),
        "pids": number(quota.pids),
        "io_bytes": number(quota.io_bytes),
        "dns_answers": number(quota.dns_answers),
        "mail_messages": number(quota.mail_messages),
        "mail_bytes": number(quota.mail_bytes),
    })
}

fn quota_change(change: &QuotaChange) -> Value {
    let field = |field| change.get(field).map(number);
    json!({
        "cpu_millis": field(QuotaField::CpuMillis),
        "memory_bytes": field(QuotaField::MemoryBytes),
        "storage_bytes": field(QuotaField::StorageBytes),
        "bandwidth_bits": field(QuotaField::BandwidthBits),
        "pids": field(QuotaField::Pids),
        "io_bytes": field(QuotaField::IoBytes),
        "dns_answers": field(QuotaField::DnsAnswers),
        "mail_messages": field(QuotaField::MailMessages),
        "mail_bytes": field(QuotaField::MailBytes),
    })
}

pub(crate) fn address(address: &Address) -> Value {
    match address {
        Address::V4(octets) => json!({"v4": hex::encode(octets)}),
        Address::V6(octets) => json!({"v6": hex::encode(octets)}),
    }
}

pub(crate) fn prefix(prefix: &Prefix) -> Value {
    json!({"address": address(&prefix.address()), "length": prefix.length()})
}

fn route_change(change: &RouteChange) -> Value {
    match change {
        RouteChange::Set(Route {
            prefix: routed,
            next_hop,
        }) => json!({"set": {"prefix": prefix(routed), "next_hop": address(next_hop)}}),
        RouteChange::Remove(routed) => json!({"remove": prefix(routed)}),
    }
}

pub(crate) fn policy(policy: &PathPolicy) -> Value {
    let hops: Vec<Value> = policy.next_hops.as_slice().iter().map(prefix).collect();
    let transit = policy.transit.as_slice().iter();
    let transit: Vec<&str> = transit.map(|tag| tag.as_str()).collect();
    json!({"next_hops": hops, "transit": transit, "egress_open": policy.egress_open})
}

pub(crate) fn change(change: &Change) -> Value {
    match change {
        Change::Quota(change) => json!({"quota": quota_change(change)}),
        Change::Route(change) => json!({"route": route_change(change)}),
        Change::PathPolicy(wanted) => json!({"pathPolicy": policy(wanted)}),
        Change::MailRoute(wanted) => json!({"mailRoute": mail::route_change(wanted)}),
    }
}

// One exhaustive match, longer than a screen: split up, a new action could be forgotten without an error.
fn action(action: &Action) -> Value {
    let contents = match action {
        Action::RegisterIdentity {
            key,
            attestation: word,
        } => {
            json!({"key": hex::encode(key.0), "attestation": word.as_ref().map(attestation)})
        }
        Action::RotateKey { new_key, proof } => {
            json!({"new_key": hex::encode(new_key.0), "proof": hex::encode(proof.0)})
        }
        Action::RevokeIdentity => return json!("revokeIdentity"),
        Action::CreateImvu {
            imvu,
            jurisdiction,
            quota: wanted,
        } => {
            let jurisdiction = jurisdiction.as_ref().map(|tag| tag.as_str());
            json!({"imvu": imvu.as_str(), "jurisdiction": jurisdiction, "quota": quota(wanted)})
        }
        Action::ActivateImvu { imvu, host } => {
            json!({"imvu": imvu.as_str(), "host": text(host.as_ref())})
        }
        Action::DescribeImvu { imvu, description } => {
            json!({"imvu": imvu.as_str(), "description": description.as_str()})
        }
        Action::SetJurisdiction { imvu, jurisdiction } => {
            json!({"imvu": imvu.as_str(), "jurisdiction": jurisdiction.as_str()})
        }
        Action::ProposeQuota {
            imvu,
            change,
            expires,
        } => {
            json!({"imvu": imvu.as_str(), "change": quota_change(change), "expires": number(expires.0)})
        }
        Action::ProposeRoute {
            imvu,
            change,
            expires,
        } => {
            json!({"imvu": imvu.as_str(), "change": route_change(change), "expires": number(expires.0)})
        }
        Action::ProposePathPolicy {
            imvu,
            policy: wanted,
            expires,
        } => {
            json!({"imvu": imvu.as_str(), "policy": policy(wanted), "expires": number(expires.0)})
        }
        Action::ChangeQuota { imvu, change } => {
            json!({"imvu": imvu.as_str(), "change": quota_change(change)})
        }
        Action::ChangeRoute { imvu, change } => {
            json!({"imvu": imvu.as_str(), "change": route_change(change)})
        }
        Action::ChangePathPolicy {
            imvu,
            policy: wanted,
        } => json!({"imvu": imvu.as_str(), "policy": policy(wanted)}),
        Action::SignApproval {
            proposal,
            approval: given,
        } => json!({"proposal": proposal.to_string(), "approval": approval(given)}),
        Action::RevokeApproval { imvu, approval } => {
            json!({"imvu": imvu.as_str(), "approval": approval.to_string()})
        }
        Action::ClaimDomain { name, imvu } => {
            json!({"name": name.as_str(), "imvu": imvu.as_str()})
        }
        Action::ReleaseDomain { name } => json!({"name": name.as_str()}),
        Action::SetRecords {
            zone,
            owner,
            rrset: set,
        } => json!({"zone": zone.as_str(), "owner": owner.as_str(), "rrset": rrset(set)}),
        Action::RemoveRecords { zone, owner, rtype } => {
            json!({"zone": zone.as_str(), "owner": owner.as_str(), "rtype": variant(rtype)})
        }
        Action::SetSplit {
            imvu,
            creator_percent,
            platform_percent,
        } => json!({
            "imvu": imvu.as_str(),
            "creator_percent": creator_percent,
            "platform_percent": platform_percent,
        }),
        Action::ProposeParameter {
            parameter:
                Parameter::Split {
                    creator_percent,
                    platform_percent,
                },
        } => json!({"parameter": {"split": {
            "creator_percent": creator_percent,
            "platform_percent": platform_percent,
        }}}),
        Action::SelfReportUsage {
            imvu,
            resource,
            quantity,
        } => {
            json!({"imvu": imvu.as_str(), "resource": variant(resource), "quantity": number(*quantity)})
        }
        Action::DeleteAuditEntry { sequence } => json!({"sequence": number(*sequence)}),
        Action::PlatformSuspend { imvu, reason } => {
            json!({"imvu": imvu.as_str(), "reason": variant(reason)})
        }
        Action::StopImvu { imvu, accept_loss } => {
            json!({"imvu": imvu.as_str(), "accept_loss": accept_loss})
        }
        Action::MoveImvu {
            imvu,
            host,
            accept_loss,
        } => {
            json!({"imvu": imvu.as_str(), "host": text(host.as_ref()), "accept_loss": accept_loss})
        }
        Action::RegisterHost {
            host,
            jurisdiction,
            capacity,
            capabilities: given,
        } => json!({
            "host": host.to_string(),
            "jurisdiction": jurisdiction.as_str(),
            "capacity": quota(capacity),
            "capabilities": capabilities(given),
        }),
        Action::ChangeHost { host, change } => {
            json!({"host": host.to_string(), "change": host_change(change)})
        }
        Action::RegisterAgent { host, kind, key } => {
            json!({"host": host.to_string(), "kind": kind.name(), "key": hex::encode(key.0)})
        }
        Action::RegisterMeter {
            meter,
            host,
            kind,
            scope,
            keys,
            threshold,
            test,
            replaces,
        } => json!({
            "meter": meter.to_string(),
            "host": host.to_string(),
            "kind": kind.name(),
            "scope": variant(scope),
            "keys": keys.as_slice().iter().map(|key| hex::encode(key.0)).collect::<Vec<_>>(),
            "threshold": threshold,
            "test": test,
            "replaces": text(replaces.as_ref()),
        }),
        Action::Report(given) => report(given),
        Action::PublishPrices { .. }
        | Action::SetTaxRate { .. }
        | Action::RegisterProcessor { .. }
        | Action::LinkProcessor { .. }
        | Action::RecordDeposit { .. }
        | Action::RecordSale { .. }
        | Action::RecordRefund { .. }
        | Action::GrantRefund { .. }
        | Action::OpenDispute { .. }
        | Action::ResolveDispute { .. }
        | Action::RequestPayout { .. }
        | Action::SettlePayout { .. }
        | Action::Reconcile { .. }
        | Action::SignMandate { .. }
        | Action::RevokeMandate { .. }
        | Action::CorrectCharge { .. }
        | Action::Contain { .. }
        | Action::SetStandingConsent { .. } => money::action(action),
        Action::SetGuardians(_)
        | Action::FreezeIdentity(_)
        | Action::ThawIdentity(_)
        | Action::ProposeRecovery(_)
        | Action::VetoPending(_)
        | Action::SetMember(_) => people::action(action),
        Action::RecordConsent(_)
        | Action::RevokeConsent(_)
        | Action::EraseConsent(_)
        | Action::RecordDeletion(_)
        | Action::RewriteConsent(_)
        | Action::RequestSnapshot(_)
        | Action::RecordSnapshot(_)
        | Action::RewriteSnapshot(_)
        | Action::DropSnapshot(_)
        | Action::RestoreSnapshot(_) => rights::action(action),
        Action::GrantAddress(_)
        | Action::RevokeAddress(_)
        | Action::ProposeMailRoute(_)
        | Action::ChangeMailRoute(_)
        | Action::RegisterDkimKey(_)
        | Action::RevokeDkimKey(_)
        | Action::SetMailCredential(_)
        | Action::RevokeMailCredential(_)
        | Action::RevokeMailTokens(_)
        | Action::RecordMailEpoch(_) => mail::action(action),
        Action::SubmitGovernance(_)
        | Action::CastBallot(_)
        | Action::WithdrawGovernance(_)
        | Action::RestrictLegally(_)
        | Action::AppealRestriction(_) => governance::action(action),
        Action::AnnounceExit(_)
        | Action::CancelExit(_)
        | Action::CommitInventory(_)
        | Action::RecordArchive(_)
        | Action::ConfirmExport(_)
        | Action::ReleaseExit(_)
        | Action::CloseExit(_)
        | Action::FindObstruction(_)
        | Action::BlockExit(_) => exits::action(action),
        Action::ClaimExternal(_)
        | Action::ObserveName(_)
        | Action::GrantChild(_)
        | Action::DelegateName(_)
        | Action::SetTransferKey(_)
        | Action::RedeemTransfer(_) => domain::action(action),
    };
    one(action.kind().name(), contents)
}
