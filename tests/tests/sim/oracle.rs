//! What must hold of every decided transaction, whatever the machine thinks. Each oracle looks at the state before, the
//! bytes, the outcome and the state after, and knows of the law only the one sentence above it.

use nexus_machine::{Executed, TxOutcome};
use nexus_types::action::{Action, ActionKind};
use nexus_types::approval::{Approval, Change};
use nexus_types::crypto::verify;
use nexus_types::encoding::decode;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::quota::QuotaField;
use nexus_types::record::{AuditEntry, PlatformEntry};
use nexus_types::state::{
    ApprovalFate, ApprovalRecord, Attesters, Collection, Domain, Identity, IdentityStatus, Imvu,
    Officers, Proposal,
};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{IdentityId, ImvuId, Tx};
use std::collections::{BTreeMap, BTreeSet};

use crate::reference::Reference;

/// Keys whose value differs, with the value before and after.
pub(crate) type Changes = BTreeMap<StateKey, (Option<Vec<u8>>, Option<Vec<u8>>)>;

/// One decided transaction.
pub(crate) struct Step<'a> {
    pub(crate) before: &'a dyn Fn(&StateKey) -> Option<Vec<u8>>,
    pub(crate) changes: &'a Changes,
    pub(crate) appended: &'a [(LogId, Vec<u8>)],
    /// What the bytes decode to, if to anything.
    pub(crate) tx: Option<&'a Tx>,
    pub(crate) outcome: &'a TxOutcome,
}

/// An oracle and its name.
type Oracle = (&'static str, fn(&Step<'_>) -> Result<(), String>);

/// All of them.
pub(crate) const ORACLES: [Oracle; 14] = [
    (
        "inadmissible bytes leave nothing",
        inadmissible_leave_nothing,
    ),
    ("nonces rise by one", nonces_rise_by_one),
    (
        "a denial leaves only its records",
        denial_leaves_only_records,
    ),
    ("every decision is audited once", audited_once),
    (
        "no quota falls without consent",
        quota_falls_only_with_consent,
    ),
    (
        "no route or policy moves without consent",
        routes_move_only_with_consent,
    ),
    ("an approval is used once", approvals_are_used_once),
    (
        "an IMVU keeps its owner and its facts",
        imvus_keep_their_owner,
    ),
    ("names and zones are their owner's", names_are_their_owners),
    (
        "identities are founded by attesters and changed by themselves",
        identities_are_their_own,
    ),
    ("the revoked never act", revoked_never_act),
    ("what exists to be refused is refused", refused_for_ever),
    ("the platform acts in the open", platform_acts_in_the_open),
    (
        "no transaction touches genesis, clock or seats",
        constitution_stands,
    ),
];

/// Puts every oracle to a transaction.
pub(crate) fn all(step: &Step<'_>) -> Result<(), String> {
    for (name, oracle) in ORACLES {
        oracle(step).map_err(|what| format!("oracle \"{name}\": {what}"))?;
    }
    Ok(())
}

impl Step<'_> {
    fn applied(&self) -> bool {
        self.outcome.code.number() == 0
    }

    /// The transaction, where it was admitted.
    fn admitted(&self) -> Option<&Tx> {
        self.outcome.verdict.as_ref().and(self.tx)
    }

    fn old<T: borsh::BorshDeserialize + borsh::BorshSerialize>(&self, key: &StateKey) -> Option<T> {
        (self.before)(key).map(|bytes| decode(&bytes).expect("state decodes"))
    }

    fn new<T: borsh::BorshDeserialize + borsh::BorshSerialize>(&self, key: &StateKey) -> Option<T> {
        match self.changes.get(key) {
            Some((_, new)) => new
                .as_ref()
                .map(|bytes| decode(bytes).expect("state decodes")),
            None => self.old(key),
        }
    }

    fn changed(&self, kind: KeyKind) -> impl Iterator<Item = &StateKey> {
        self.changes
            .keys()
            .filter(move |key| key.kind() == Some(kind))
    }

    fn appended_to(&self, log: &LogId) -> usize {
        self.appended.iter().filter(|(to, _)| to == log).count()
    }

    /// Whether the owner signed this very change of its IMVU: as signer, or by an approval that is used up with it.
    fn consented(&self, imvu: &Imvu, change: &Change) -> bool {
        let Some(tx) = self.admitted() else {
            return false;
        };
        tx.body.signer == imvu.owner
            || tx
                .body
                .approvals
                .as_slice()
                .iter()
                .any(|one| self.permits(one, imvu, change))
    }

    fn permits(&self, approval: &Approval, imvu: &Imvu, change: &Change) -> bool {
        let body = &approval.body;
        let key = state_key::approval(&body.id());
        let owner = self.old::<Identity>(&state_key::identity(&imvu.owner));
        let used = self.new::<ApprovalRecord>(&key);
        body.imvu == imvu.id
            && body.approver == imvu.owner
            && body.change == *change
            && owner.is_some_and(|owner| verify(&owner.key, &body.id(), &approval.signature))
            && self.old::<ApprovalRecord>(&key).is_none()
            && used.is_some_and(|record| record.fate == ApprovalFate::Used)
    }

    /// The change that the transaction asks for.
    fn asked(&self) -> Option<Change> {
        match &self.admitted()?.body.action {
            Action::ChangeQuota { change, .. } => Some(Change::Quota(*change)),
            Action::ChangeRoute { change, .. } => Some(Change::Route(*change)),
            Action::ChangePathPolicy { policy, .. } => Some(Change::PathPolicy(policy.clone())),
            Action::SignApproval { proposal, .. } => {
                Some(self.old::<Proposal>(&state_key::proposal(proposal))?.change)
            }
            _ => None,
        }
    }

    fn owner_of(&self, imvu: &ImvuId) -> Option<IdentityId> {
        Some(self.old::<Imvu>(&state_key::imvu(imvu))?.owner)
    }
}

fn hold(condition: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise()) }
}

fn inadmissible_leave_nothing(step: &Step<'_>) -> Result<(), String> {
    if step.outcome.verdict.is_some() {
        return hold(step.tx.is_some(), || {
            "bytes that do not decode were admitted".to_owned()
        });
    }
    hold(
        !step.applied() && step.changes.is_empty() && step.appended.is_empty(),
        || {
            format!(
                "code {}, {} keys, {} records",
                step.outcome.code,
                step.changes.len(),
                step.appended.len()
            )
        },
    )
}

fn nonces_rise_by_one(step: &Step<'_>) -> Result<(), String> {
    let changed: Vec<_> = step.changed(KeyKind::Nonce).collect();
    let Some(tx) = step.admitted() else {
        return hold(changed.is_empty(), || {
            "a nonce moved without a transaction".to_owned()
        });
    };
    let key = state_key::nonce(&tx.body.signer, tx.body.lane);
    let (old, new) = (
        step.old::<u64>(&key).unwrap_or(0),
        step.new::<u64>(&key).unwrap_or(0),
    );
    hold(
        changed == [&key] && new == old + 1 && new == tx.body.nonce,
        || {
            format!(
                "{} from {old} to {new}, {} nonces moved",
                tx.body.nonce,
                changed.len()
            )
        },
    )
}

fn denial_leaves_only_records(step: &Step<'_>) -> Result<(), String> {
    if step.applied() {
        return Ok(());
    }
    let allowed = [
        KeyKind::Nonce,
        KeyKind::Spent,
        KeyKind::UnattestedSpent,
        KeyKind::Collection,
    ];
    match step
        .changes
        .keys()
        .find(|key| key.kind().is_none_or(|kind| !allowed.contains(&kind)))
    {
        None => Ok(()),
        Some(key) => Err(format!(
            "denied with {}, yet {key:?} changed",
            step.outcome.code
        )),
    }
}

fn audited_once(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted() else {
        return Ok(());
    };
    let audit = LogId::Chain(ChainLog::Audit);
    let entries = step.appended.iter().filter(|(log, _)| *log == audit);
    let entries: Vec<AuditEntry> = entries
        .map(|(_, bytes)| decode(bytes).expect("an entry"))
        .collect();
    let [entry] = entries.as_slice() else {
        return Err(format!("{} audit entries", entries.len()));
    };
    let right = entry.tx == tx.body.id()
        && entry.actor == tx.body.signer
        && entry.code == step.outcome.code;
    hold(right, || {
        format!("the audit entry says {} by {:?}", entry.code, entry.actor)
    })?;
    let violations = step
        .appended
        .iter()
        .filter(|(log, _)| matches!(log, LogId::Collection(CollectionKind::Violations, _)));
    let wanted = usize::from(!step.applied());
    let count = violations.count();
    hold(count == wanted, || {
        format!("{count} violations recorded, {wanted} due")
    })?;
    for key in step.changed(KeyKind::Collection) {
        let size =
            |collection: Option<Collection>| collection.map_or(0, |collection| collection.size);
        let (old, new) = (size(step.old(key)), size(step.new(key)));
        hold(new > old, || {
            format!("{key:?} went from {old} to {new} records")
        })?;
    }
    Ok(())
}

fn quota_falls_only_with_consent(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Imvu) {
        let (Some(old), Some(new)) = (step.old::<Imvu>(key), step.new::<Imvu>(key)) else {
            continue;
        };
        let falls = QuotaField::ALL
            .into_iter()
            .find(|field| new.quota.get(*field) < old.quota.get(*field));
        if let Some(field) = falls {
            let consented = step
                .asked()
                .is_some_and(|change| step.consented(&old, &change));
            hold(consented, || {
                format!("{} of {} fell", field.name(), old.id.as_str())
            })?;
        }
        if new.quota != old.quota {
            let asked = matches!(step.asked(), Some(Change::Quota(_)));
            hold(asked, || {
                format!("the quota of {} moved by another action", old.id.as_str())
            })?;
        }
    }
    Ok(())
}

fn routes_move_only_with_consent(step: &Step<'_>) -> Result<(), String> {
    let moved: Vec<_> = step
        .changed(KeyKind::Route)
        .chain(step.changed(KeyKind::PathPolicy))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let tx = step
        .admitted()
        .ok_or("a route moved without a transaction")?;
    let change = step.asked().ok_or("a route moved by another action")?;
    let id = match &tx.body.action {
        Action::ChangeRoute { imvu, .. } | Action::ChangePathPolicy { imvu, .. } => imvu.clone(),
        Action::SignApproval { proposal, .. } => {
            step.old::<Proposal>(&state_key::proposal(proposal))
                .ok_or("no proposal")?
                .imvu
        }
        _ => return Err("a route moved by another action".to_owned()),
    };
    let key = match &change {
        Change::Route(change) => state_key::route(&id, &change.prefix()),
        _ => state_key::path_policy(&id),
    };
    hold(moved == [&key], || {
        format!("{} routes or policies moved", moved.len())
    })?;
    let imvu = step.old::<Imvu>(&state_key::imvu(&id)).ok_or("no IMVU")?;
    hold(step.consented(&imvu, &change), || {
        format!("that of {} moved", id.as_str())
    })
}

fn approvals_are_used_once(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Approval) {
        let (old, new) = (
            step.old::<ApprovalRecord>(key),
            step.new::<ApprovalRecord>(key),
        );
        hold(old.is_none() && new.is_some(), || {
            "the fate of an approval changed".to_owned()
        })?;
        let imvu = new.map(|record| record.imvu).ok_or("no record")?;
        let fate = step.new::<ApprovalRecord>(key).map(|record| record.fate);
        let by_owner = step.admitted().map(|tx| tx.body.signer) == step.owner_of(&imvu);
        hold(fate == Some(ApprovalFate::Used) || by_owner, || {
            "revoked by another".to_owned()
        })?;
    }
    Ok(())
}

fn imvus_keep_their_owner(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Imvu) {
        let new = step.new::<Imvu>(key).ok_or("an IMVU vanished")?;
        let signer = step.admitted().map(|tx| tx.body.signer);
        match step.old::<Imvu>(key) {
            None => hold(signer == Some(new.owner), || {
                "created for another".to_owned()
            })?,
            Some(old) => {
                let same = old.owner == new.owner && old.id == new.id && old.created == new.created;
                hold(same, || format!("{} has another owner", old.id.as_str()))?;
                let authored = old.description == new.description
                    && old.jurisdiction == new.jurisdiction
                    && old.domains == new.domains;
                hold(authored || signer == Some(old.owner), || {
                    format!("{} was edited", old.id.as_str())
                })?;
            }
        }
    }
    Ok(())
}

fn names_are_their_owners(step: &Step<'_>) -> Result<(), String> {
    let signer = step.admitted().map(|tx| tx.body.signer);
    let owns = |imvu: &ImvuId| signer.is_some() && step.owner_of(imvu) == signer;
    for key in step.changed(KeyKind::Domain) {
        let old = step.old::<Domain>(key).and_then(|domain| domain.imvu);
        let new = step.new::<Domain>(key).ok_or("a name vanished")?.imvu;
        match (&old, &new) {
            (None, Some(to)) => hold(owns(to), || "a name went to another's IMVU".to_owned())?,
            (Some(from), None) => hold(owns(from), || "a name was taken away".to_owned())?,
            _ => return Err("a name changed hands".to_owned()),
        }
    }
    let records = [KeyKind::Zone, KeyKind::ZoneIndex, KeyKind::RRset];
    if records
        .into_iter()
        .any(|kind| step.changed(kind).next().is_some())
    {
        let zone = match step.admitted().map(|tx| &tx.body.action) {
            Some(Action::SetRecords { zone, .. } | Action::RemoveRecords { zone, .. }) => zone,
            Some(Action::ClaimDomain { name, .. } | Action::ReleaseDomain { name }) => name,
            _ => return Err("records moved by another action".to_owned()),
        };
        let name = nexus_types::Name::parse(zone.as_str()).map_err(|fault| format!("{fault}"))?;
        let holder = step
            .new::<Domain>(&state_key::domain(&name))
            .and_then(|domain| domain.imvu);
        let holder = holder.or_else(|| step.old::<Domain>(&state_key::domain(&name))?.imvu);
        hold(holder.is_some_and(|imvu| owns(&imvu)), || {
            "a foreign zone was edited".to_owned()
        })?;
    }
    Ok(())
}

fn identities_are_their_own(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Identity) {
        let tx = step
            .admitted()
            .ok_or("an identity changed without a transaction")?;
        hold(*key == state_key::identity(&tx.body.signer), || {
            "somebody else's identity".to_owned()
        })?;
        let new = step.new::<Identity>(key).ok_or("an identity vanished")?;
        match step.old::<Identity>(key) {
            None => {
                let attesters = step
                    .old::<Attesters>(&state_key::attesters())
                    .ok_or("no attesters")?;
                let attested = new
                    .attester
                    .is_some_and(|attester| attesters.members.contains(&attester));
                hold(attested, || "founded without an attester".to_owned())?;
            }
            Some(old) => {
                let rotated = new.generation == old.generation + 1 && new.key != old.key;
                let revoked = new.key == old.key && new.status == IdentityStatus::Revoked;
                hold(
                    old.status == IdentityStatus::Active && rotated != revoked,
                    || "changed oddly".to_owned(),
                )?;
            }
        }
    }
    Ok(())
}

fn revoked_never_act(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted() else {
        return Ok(());
    };
    let signer = step.old::<Identity>(&state_key::identity(&tx.body.signer));
    let registers = tx.body.action.kind() == ActionKind::RegisterIdentity;
    let may = signer.map_or(registers, |signer| signer.status == IdentityStatus::Active);
    hold(may || !step.applied(), || {
        format!("{:?} acted", tx.body.signer)
    })
}

fn refused_for_ever(step: &Step<'_>) -> Result<(), String> {
    use ActionKind as K;
    let Some(tx) = step.admitted() else {
        return Ok(());
    };
    let kind = tx.body.action.kind();
    let never = [
        K::ActivateImvu,
        K::SetSplit,
        K::ProposeParameter,
        K::SelfReportUsage,
        K::DeleteAuditEntry,
        K::PlatformSuspend,
    ];
    hold(!(never.contains(&kind) && step.applied()), || {
        format!("{kind} was applied")
    })
}

fn platform_acts_in_the_open(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted().filter(|_| step.applied()) else {
        return Ok(());
    };
    use ActionKind as K;
    let kind = tx.body.action.kind();
    let touched = step
        .changed(KeyKind::Imvu)
        .find_map(|key| step.old::<Imvu>(key));
    let foreign = touched
        .as_ref()
        .is_some_and(|imvu| imvu.owner != tx.body.signer);
    let proposes = matches!(
        kind,
        K::ProposeQuota | K::ProposeRoute | K::ProposePathPolicy
    );
    if !foreign && !proposes {
        return Ok(());
    }
    let body = step
        .old::<Officers>(&state_key::officers())
        .ok_or("no officers")?;
    let cosigners = tx
        .body_signers()
        .into_iter()
        .filter(|one| body.members.contains(one));
    let officers: BTreeSet<IdentityId> = cosigners.collect();
    hold(officers.len() >= usize::from(body.threshold), || {
        format!("{} officers signed", officers.len())
    })?;
    if !foreign {
        return Ok(());
    }
    let platform = LogId::Chain(ChainLog::Platform);
    let entries = step.appended.iter().filter(|(log, _)| *log == platform);
    let entries: Vec<PlatformEntry> = entries
        .map(|(_, bytes)| decode(bytes).expect("an entry"))
        .collect();
    let [entry] = entries.as_slice() else {
        return Err(format!("{} entries in the platform's log", entries.len()));
    };
    let signed: BTreeSet<_> = entry.signatures.iter().map(|one| one.officer).collect();
    hold(signed.len() >= usize::from(body.threshold), || {
        "the entry lacks signatures".to_owned()
    })?;
    let imvu = touched.map(|imvu| imvu.id);
    let notices = step.appended_to(&LogId::Collection(CollectionKind::Notices, imvu));
    hold(notices == 1, || format!("{notices} notices to the creator"))
}

fn constitution_stands(step: &Step<'_>) -> Result<(), String> {
    use KeyKind as K;
    let fixed = [
        K::Chain,
        K::Clock,
        K::Officers,
        K::Attesters,
        K::Jurisdictions,
        K::Apexes,
        K::Seat,
        K::Preapproved,
    ];
    let touched = fixed.into_iter().find_map(|kind| step.changed(kind).next());
    touched.map_or(Ok(()), |key| Err(format!("{key:?} changed")))
}

/// Everybody whose signature an admitted transaction carries.
trait BodySigners {
    fn body_signers(&self) -> Vec<IdentityId>;
}

impl BodySigners for Tx {
    fn body_signers(&self) -> Vec<IdentityId> {
        let others = self.cosignatures.as_slice().iter().map(|one| one.signer);
        others.chain([self.body.signer]).collect()
    }
}

/// What must hold of a whole block: the chain's logs only grow, each by what was appended to it.
pub(crate) fn whole_block(before: &Reference, executed: &Executed) -> Result<(), String> {
    use nexus_machine::View;
    for (position, log) in ChainLog::ALL.into_iter().enumerate() {
        let old = before.frontier(log).head().size;
        let appended = executed
            .appends
            .iter()
            .filter(|(to, _)| *to == LogId::Chain(log))
            .count();
        let new = executed.logs[position].size;
        let grown = old + u64::try_from(appended).map_err(|error| error.to_string())?;
        hold(new == grown, || {
            format!("the {log:?} log went from {old} to {new} with {appended} appended")
        })?;
    }
    let headers = executed
        .appends
        .iter()
        .filter(|(log, _)| *log == LogId::Chain(ChainLog::Headers));
    hold(headers.count() == 1, || "a block has one header".to_owned())
}
