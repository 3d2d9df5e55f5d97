//! Which gates an action will meet, what each asks for, and what somebody in a role would still lack.
//!
//! Made of the tables of the law (`ActionKind::gates`, `role`, `delegated_to`), it asks no node and decides nothing: what a
//! concrete transaction would come to is for `nexus_simulateTransaction` to say, which runs the law itself. A test holds
//! it against the matrix of gates, roles and actions that the law is tested by.

use nexus_types::guardian::ImvuRole;
use nexus_types::{ActionKind, Gate, Role};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Somebody, by what makes a gate let them through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A verified identity with nothing to do with it.
    Stranger,
    /// The owner of the IMVU, or of the name's.
    Owner,
    /// A member of the IMVU's team.
    Member(ImvuRole),
    /// One officer of the platform.
    Officer,
    /// Officers, as many as the threshold asks for.
    Officers,
    /// The operator of one seat, for its own hosts.
    Operator,
    /// Operators of two thirds of the seats.
    Seats,
    /// The agent that a host has.
    Agent,
    /// The payment processor it is about.
    Processor,
    /// Guardians of the identity it is about, as many as act together.
    Guardians,
}

impl Actor {
    /// Everybody.
    pub const ALL: [Self; 12] = [
        Self::Stranger,
        Self::Owner,
        Self::Member(ImvuRole::Operator),
        Self::Member(ImvuRole::Billing),
        Self::Member(ImvuRole::Viewer),
        Self::Officer,
        Self::Officers,
        Self::Operator,
        Self::Seats,
        Self::Agent,
        Self::Processor,
        Self::Guardians,
    ];

    /// The word for it on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Owner => "owner",
            Self::Member(ImvuRole::Operator) => "team-operator",
            Self::Member(ImvuRole::Billing) => "team-billing",
            Self::Member(ImvuRole::Viewer) => "team-viewer",
            Self::Officer => "officer",
            Self::Officers => "officers",
            Self::Operator => "operator",
            Self::Seats => "seats",
            Self::Agent => "agent",
            Self::Processor => "processor",
            Self::Guardians => "guardians",
        }
    }

    /// Whether it takes that kind of action as the owner would.
    fn acts_for_owner(self, kind: ActionKind) -> bool {
        match self {
            Self::Owner => true,
            Self::Member(role) => kind.delegated_to() == Some(role),
            _ => false,
        }
    }

    fn is_platform(self) -> bool {
        matches!(self, Self::Officer | Self::Officers)
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No such role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role {0}")]
pub struct UnknownActor(String);

impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        let found = Self::ALL.into_iter().find(|actor| actor.name() == text);
        found.ok_or_else(|| UnknownActor(text.to_owned()))
    }
}

/// Whether a role alone brings somebody through a gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Met {
    /// It does.
    Yes,
    /// It does not: the gate refuses.
    No,
    /// It is not the role that decides, but what the action says and how the state is.
    Depends,
}

/// One gate of an action.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GateAsks {
    /// 1–17.
    pub gate: u8,
    /// Its name.
    pub name: &'static str,
    /// What it asks of this action.
    pub asks: String,
    /// Whether the role is enough.
    pub met: Met,
    /// What would bring somebody in this role through, where the role is not enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lawfully: Option<&'static str>,
}

/// What an action will meet.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The kind of action.
    pub action: &'static str,
    /// In which role.
    pub role: &'static str,
    /// Whether it exists only to be refused and recorded.
    pub refused_always: bool,
    /// Its gates, ascending; all are evaluated.
    pub gates: Vec<GateAsks>,
}

/// Explains a kind of action in a role.
#[must_use]
pub fn explain(kind: ActionKind, actor: Actor) -> Explanation {
    let gates = kind.gates().iter().map(|gate| {
        let met = met(*gate, kind, actor);
        GateAsks {
            gate: gate.number(),
            name: gate.name(),
            asks: asks(*gate, kind),
            met,
            lawfully: (met != Met::Yes).then(|| lawfully(*gate, kind, actor)),
        }
    });
    Explanation {
        action: kind.name(),
        role: actor.name(),
        refused_always: refused_always(kind),
        gates: gates.collect(),
    }
}

/// Kinds that exist so that an attempt leaves evidence.
#[must_use]
pub fn refused_always(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::SetSplit
            | ActionKind::ProposeParameter
            | ActionKind::SelfReportUsage
            | ActionKind::DeleteAuditEntry
            | ActionKind::PlatformSuspend
            | ActionKind::RewriteConsent
            | ActionKind::RewriteSnapshot
            | ActionKind::BlockExit
    )
}

fn met(gate: Gate, kind: ActionKind, actor: Actor) -> Met {
    if refused_always(kind) && refuses_for_ever(gate, kind) {
        return Met::No;
    }
    let yes = |met| if met { Met::Yes } else { Met::No };
    match gate {
        Gate::IdentityBinding => identity(kind, actor),
        Gate::DnsAuthority if edits_records(kind) && !actor.acts_for_owner(kind) => Met::No,
        Gate::DomainOwnership if is_holders(kind) => yes(actor.acts_for_owner(kind)),
        Gate::DnsAuthority if kind == ActionKind::DelegateName && actor != Actor::Owner => Met::No,
        Gate::NoSilentRedirection if kind == ActionKind::DelegateName => yes(!actor.is_platform()),
        Gate::NetworkPath | Gate::NoSilentRedirection | Gate::NoSilentThrottling
            if is_change(gate, kind) =>
        {
            // What the platform may do by itself depends on the change: raise a quota, follow the path policy.
            match (actor.acts_for_owner(kind), actor.is_platform()) {
                (true, _) => Met::Yes,
                (false, true) => Met::Depends,
                (false, false) => Met::No,
            }
        }
        Gate::NoSilentRedirection if edits_records(kind) => yes(!actor.is_platform()),
        Gate::ExitPortability if is_exit_step(kind) => yes(actor == Actor::Owner),
        Gate::PlatformNonRepudiation => yes(actor == Actor::Officers
            || (actor.acts_for_owner(kind) && kind.role() == Role::OwnerOrOfficer)),
        _ => Met::Depends,
    }
}

/// Whether the gate keeps a kind of change for the owner, but for what the platform may do alone or with an approval.
fn is_change(gate: Gate, kind: ActionKind) -> bool {
    match gate {
        Gate::NoSilentThrottling => kind == ActionKind::ChangeQuota,
        Gate::NoSilentRedirection => {
            matches!(kind, ActionKind::ChangeRoute | ActionKind::ChangeMailRoute)
        }
        Gate::NetworkPath => {
            matches!(kind, ActionKind::ChangeRoute | ActionKind::ChangePathPolicy)
        }
        _ => false,
    }
}

/// A step of an exit that only its creator takes.
fn is_exit_step(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::AnnounceExit
            | ActionKind::CancelExit
            | ActionKind::ConfirmExport
            | ActionKind::ReleaseExit
            | ActionKind::CloseExit
    )
}

/// What is done to a name by who holds it, and by nobody else.
fn is_holders(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::ReleaseDomain
            | ActionKind::GrantChild
            | ActionKind::DelegateName
            | ActionKind::SetTransferKey
    )
}

fn edits_records(kind: ActionKind) -> bool {
    matches!(kind, ActionKind::SetRecords | ActionKind::RemoveRecords)
}

fn refuses_for_ever(gate: Gate, kind: ActionKind) -> bool {
    matches!(
        (kind, gate),
        (ActionKind::SelfReportUsage, Gate::RevenueMetering)
            | (ActionKind::DeleteAuditEntry, Gate::AuditLogging)
            | (ActionKind::PlatformSuspend, Gate::NoSilentThrottling)
            | (ActionKind::RewriteConsent, Gate::ConsentLogging)
            | (ActionKind::RewriteSnapshot, Gate::ImmutableSnapshots)
            | (ActionKind::BlockExit, Gate::ExitPortability)
    )
}

fn identity(kind: ActionKind, actor: Actor) -> Met {
    let owner = actor.acts_for_owner(kind);
    let met = match kind.role() {
        // Nobody who is there already is new.
        Role::Attested => return Met::Depends,
        Role::Verified => true,
        Role::Owner | Role::Claimant => owner,
        Role::Officer => actor.is_platform(),
        Role::OwnerOrOfficer => owner || actor.is_platform(),
        Role::OfficerAndOwner => actor.is_platform(),
        Role::Operator => matches!(actor, Actor::Operator | Actor::Seats),
        Role::HostOperator => actor == Actor::Operator,
        Role::Agent => actor == Actor::Agent,
        Role::Seats => actor == Actor::Seats,
        Role::Processor => actor == Actor::Processor,
        Role::ProcessorOrLoser => owner || actor == Actor::Processor,
        // Who pays may be anybody, with the owner's signature.
        Role::Payer | Role::PayerOrOwner if !owner => return Met::Depends,
        Role::Payer | Role::PayerOrOwner => true,
        Role::Guardians => actor == Actor::Guardians,
        // Whose identity it is, is not a matter of roles on an IMVU.
        Role::HolderOrGuardians if actor != Actor::Guardians => return Met::Depends,
        Role::HolderOrGuardians => true,
        Role::OwnerOrMember if matches!(actor, Actor::Member(_)) => return Met::Depends,
        Role::OwnerOrMember => owner,
        Role::OperatorOrOfficer => {
            actor.is_platform() || matches!(actor, Actor::Operator | Actor::Seats)
        }
        // Whom a change admits or removes may be anybody; who proposed something, too.
        Role::Submitter | Role::Proposer | Role::Observer => return Met::Depends,
        Role::CopyHolder if matches!(actor, Actor::Agent | Actor::Operator | Actor::Seats) => {
            return Met::Depends;
        }
        Role::SnapshotAgent | Role::Packer if actor == Actor::Agent => return Met::Depends,
        Role::CopyHolder | Role::SnapshotAgent | Role::Packer => false,
    };
    if met { Met::Yes } else { Met::No }
}

/// What a gate asks of a kind of action.
fn asks(gate: Gate, kind: ActionKind) -> String {
    use ActionKind as K;
    let text = match (gate, kind) {
        (Gate::IdentityBinding, _) => {
            let frozen = if kind.is_frozen() {
                "; the signer's guardians must not hold it frozen"
            } else {
                ""
            };
            return format!("signed by {}{frozen}", kind.role());
        }
        (Gate::ImvuIsolation, K::ChangeHost) => {
            "capabilities are taken from no host on which IMVUs run"
        }
        (Gate::ImvuIsolation, _) => "a host whose attested capabilities isolate IMVUs",
        (Gate::DomainOwnership, _) if is_holders(kind) => "the name is the signer's",
        (Gate::DomainOwnership, K::ObserveName) => "exactly this challenge is open",
        (Gate::DomainOwnership, K::RedeemTransfer) => {
            "the code on the name has signed for this IMVU, and no name in its scope stays behind"
        }
        (Gate::DomainOwnership, K::ClaimExternal) => {
            "the name is granted nowhere here, and no name above it is another IMVU's"
        }
        (Gate::DomainOwnership, _) => {
            "the name is free and no ancestor or descendant of it is another IMVU's"
        }
        (Gate::DnsAuthority, K::DelegateName) => {
            "the name is the signer's and granted here, none below it is bound, and the servers lie outside of it"
        }
        (Gate::DnsAuthority, _) => {
            "the zone is the signer's, the owner name lies inside it, and the zone stays valid"
        }
        (Gate::RevenueMetering, K::ActivateImvu | K::MoveImvu) => {
            "a host with a meter for every resource"
        }
        (Gate::RevenueMetering, K::RegisterMeter) => {
            "one meter a resource, with keys and a threshold that fit"
        }
        (Gate::RevenueMetering, K::Report) => {
            "records of registered meters, contiguous, in their chain, signed by enough of their keys"
        }
        (Gate::RevenueMetering, K::SelfReportUsage) => {
            "usage comes from registered meters alone, never from who is billed for it"
        }
        (Gate::RevenueMetering, _) => {
            "a registered processor, which the creator lets book for the IMVU"
        }
        (Gate::ResourceQuota, K::CreateImvu | K::ProposeQuota) => {
            "no field is zero or above the largest envelope"
        }
        (Gate::ResourceQuota, K::ChangeHost) => "the capacity covers what is guaranteed there",
        (Gate::ResourceQuota, _) => {
            "no field above the largest envelope, and the host has room for what it guarantees"
        }
        (Gate::NetworkPath, _) => {
            "the next hop is inside the path policy, or the creator has approved exactly this change"
        }
        (Gate::Jurisdiction, K::ClaimDomain) => "the IMVU has a jurisdiction",
        (Gate::Jurisdiction, K::ActivateImvu | K::MoveImvu) => {
            "a host inside the IMVU's jurisdiction"
        }
        (Gate::Jurisdiction, K::ChangeHost) => {
            "a host on which IMVUs run keeps its jurisdiction; another is on the governed list"
        }
        (Gate::Jurisdiction, _) => "a tag of the governed list",
        (Gate::ConsentLogging, K::RewriteConsent) => "nothing: no commitment is ever changed",
        (Gate::ConsentLogging, K::RecordDeletion) => "an erasure that is recorded",
        (Gate::ConsentLogging, _) => {
            "the next sequence of the subject; what it revokes or erases is recorded and stands"
        }
        (Gate::ImmutableSnapshots, K::MoveImvu) => {
            "a snapshot of the current placement within 24 hours, or the loss accepted"
        }
        (Gate::ImmutableSnapshots, K::RewriteSnapshot | K::RecordSnapshot) => {
            "a digest that is recorded never changes"
        }
        (Gate::NoCrossLeakage, K::RestoreSnapshot) => "a snapshot of the same IMVU",
        (Gate::AuditLogging, K::DeleteAuditEntry) => "nothing: no entry is ever deleted",
        (Gate::ExitPortability, K::PlatformSuspend) => "no exit is announced",
        (Gate::ExitPortability, K::BlockExit) => "nothing: nobody stops an exit",
        (Gate::ExitPortability, K::FindObstruction) => "nothing of the exit is stopped by it",
        (Gate::ExitPortability, _) if is_exit_step(kind) => "the exit is the signer's own",
        (Gate::ExitPortability, _) => {
            "while the creator leaves: by the owner, or with the creator's approval of exactly this change"
        }
        (Gate::ImmutableSnapshots, K::ReleaseExit) => {
            "the exit's snapshot and a confirmed archive, or the loss accepted"
        }
        (Gate::ImmutableSnapshots, K::CommitInventory | K::RecordArchive) => {
            "an archive that is recorded never changes"
        }
        (Gate::NoSilentRedirection, K::ChangeHost) => {
            "a host on which IMVUs run keeps its jurisdiction"
        }
        (Gate::NoSilentRedirection, K::SetRecords | K::RemoveRecords | K::DelegateName) => {
            "not the platform: it changes no record"
        }
        (Gate::NoSilentRedirection, _) => {
            "by the owner, or with the creator's approval of exactly this change"
        }
        (Gate::NoSilentThrottling, K::ChangeHost) => {
            "capacity and capabilities cover what is guaranteed to the IMVUs there"
        }
        (Gate::NoSilentThrottling, K::PlatformSuspend) => "nothing: the platform suspends no IMVU",
        (Gate::NoSilentThrottling, K::Contain) => {
            "two operators outside the platform, at most 72 hours in 30 days"
        }
        (Gate::NoSilentThrottling, _) => {
            "no field falls, or the creator has approved exactly this change"
        }
        (Gate::PlatformNonRepudiation, _) if kind.role() == Role::OwnerOrOfficer => {
            "by the owner, or officers as many as the threshold"
        }
        (Gate::PlatformNonRepudiation, _) => "officers as many as the threshold",
        (other, _) => other.rule(),
    };
    text.to_owned()
}

/// What would bring somebody through.
fn lawfully(gate: Gate, kind: ActionKind, actor: Actor) -> &'static str {
    use ActionKind as K;
    if refused_always(kind) && refuses_for_ever(gate, kind) {
        return "Nothing: it exists to be refused, with the refusal on the ledger.";
    }
    match (gate, kind) {
        (Gate::IdentityBinding, K::RegisterIdentity) => {
            "nexus identity request, nexus attest by a registered attester, nexus identity register --attestation FILE."
        }
        (Gate::IdentityBinding, _) => match kind.role() {
            Role::Owner | Role::Claimant | Role::OwnerOrMember if kind.delegated_to().is_some() => {
                "Ask the owner, or to be made a member of its team: nexus team set."
            }
            Role::Owner | Role::Claimant | Role::OwnerOrMember => "Ask the owner.",
            Role::Officer | Role::OwnerOrOfficer | Role::OfficerAndOwner => {
                "Ask the owner, or the platform's officers."
            }
            Role::Operator | Role::HostOperator | Role::Submitter => {
                "Ask the organisation whose host or seat it is."
            }
            Role::Proposer => "Ask who submitted the proposal.",
            Role::Observer => "Be admitted by the seats: nexus governance propose admit-observer.",
            Role::OperatorOrOfficer => {
                "Two thirds of the operators outside the platform sign, and the officers: --tx-out, nexus tx cosign."
            }
            Role::Agent | Role::SnapshotAgent | Role::CopyHolder | Role::Packer => {
                "Its host's operator registers an agent: nexus agent register."
            }
            Role::Seats => "Two thirds of the seats' operators sign: --tx-out, nexus tx cosign.",
            Role::Processor | Role::ProcessorOrLoser => "Ask the payment processor.",
            Role::Payer | Role::PayerOrOwner => "Who pays signs, and the owner as well.",
            Role::Guardians | Role::HolderOrGuardians => {
                "The guardians sign together: --tx-out, nexus tx cosign."
            }
            Role::Attested | Role::Verified => "Be a verified identity: nexus identity register.",
        },
        (Gate::PlatformNonRepudiation, _) => {
            "More officers co-sign: --key A,B,C, or --tx-out and nexus tx cosign."
        }
        (Gate::NoSilentThrottling | Gate::NoSilentRedirection | Gate::NetworkPath, _)
            if is_change(gate, kind) && actor.is_platform() =>
        {
            "Ask the creator: nexus platform propose-…, then nexus approve sign; or bring its approval."
        }
        (Gate::DnsAuthority | Gate::NoSilentRedirection, K::SetRecords | K::RemoveRecords) => {
            "Ask the owner: records change by it, or by an operator of its team."
        }
        (
            Gate::ImvuIsolation | Gate::RevenueMetering | Gate::Jurisdiction,
            K::ActivateImvu | K::MoveImvu,
        )
        | (Gate::ResourceQuota, K::ActivateImvu | K::MoveImvu) => {
            "nexus host list shows which hosts would do; without --host the law chooses one."
        }
        _ => "See what the gate asks; --dry-run judges the action itself.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_explained_in_every_role_with_all_its_gates() {
        for kind in ActionKind::ALL {
            for actor in Actor::ALL {
                let told = explain(kind, actor);
                let gates: Vec<u8> = told.gates.iter().map(|one| one.gate).collect();
                let table: Vec<u8> = kind.gates().iter().map(|gate| gate.number()).collect();
                assert_eq!(gates, table, "{kind} as {actor}");
                assert!(told.gates.iter().all(|one| !one.asks.is_empty()));
                assert_eq!(actor.name().parse(), Ok(actor));
            }
        }
    }
}
