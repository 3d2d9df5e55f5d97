//! What must hold of every decided transaction, whatever the machine thinks. Each oracle looks at the state before, the
//! bytes, the outcome and the state after, and knows of the law only the one sentence above it.

mod assigned;
mod consent;
mod exits;
mod hosting;
pub(crate) mod ledger;
mod metering;
mod money;
mod people;
mod rights;
pub(crate) mod whole;

use nexus_machine::TxOutcome;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change};
use nexus_types::crypto::verify;
use nexus_types::encoding::decode;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::record::{AuditEntry, Violation};
use nexus_types::state::{ApprovalFate, ApprovalRecord, Collection, Identity, Imvu, Proposal};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Gate, IdentityId, ImvuId, Reason, Tx};
use std::collections::BTreeMap;

use assigned::agents_are_told_what_was_decided;
use consent::{
    approvals_are_used_once, imvus_keep_their_owner, quota_falls_only_with_consent,
    routes_move_only_with_consent,
};
use exits::{exits_are_their_creators, nobody_retaliates};
use hosting::{hosts_are_their_operators, owners_say_where_imvus_run, slots_are_for_one};
use metering::{
    bills_stay_within_quota_and_time, drifts_are_told, usage_is_sealed_once, windows_are_contiguous,
};
use money::{
    agreements_are_their_parties, containment_is_the_exception, debits_are_credits,
    debts_take_nothing_away, prices_are_the_seats, processors_speak_for_themselves,
};
use people::{
    constitution_stands, identities_are_their_own, names_are_their_owners,
    platform_acts_in_the_open, refused_for_ever, revoked_never_act,
};

use rights::{consents_are_appended, snapshots_never_change};

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
pub(crate) const ORACLES: [Oracle; 32] = [
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
    (
        "hosts, agents and meters are their operators'",
        hosts_are_their_operators,
    ),
    (
        "its owner says where an IMVU runs",
        owners_say_where_imvus_run,
    ),
    ("a slot is never another's", slots_are_for_one),
    (
        "agents are told what was decided",
        agents_are_told_what_was_decided,
    ),
    ("windows of a meter are contiguous", windows_are_contiguous),
    (
        "nothing is billed beyond quota and time",
        bills_stay_within_quota_and_time,
    ),
    ("usage is sealed once", usage_is_sealed_once),
    ("drifts are told", drifts_are_told),
    ("debits are credits", debits_are_credits),
    (
        "processors speak for themselves",
        processors_speak_for_themselves,
    ),
    ("prices and taxes are the seats'", prices_are_the_seats),
    (
        "agreements are their parties'",
        agreements_are_their_parties,
    ),
    (
        "containment is the one exception",
        containment_is_the_exception,
    ),
    ("debts take nothing away", debts_take_nothing_away),
    ("consents are appended", consents_are_appended),
    ("snapshots never change", snapshots_never_change),
    ("exits are their creators'", exits_are_their_creators),
    ("nobody retaliates", nobody_retaliates),
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

    fn was<T: borsh::BorshDeserialize + borsh::BorshSerialize>(&self, key: &StateKey) -> Option<T> {
        (self.before)(key).map(|bytes| decode(&bytes).expect("state decodes"))
    }

    fn becomes<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        key: &StateKey,
    ) -> Option<T> {
        match self.changes.get(key) {
            Some((_, new)) => new
                .as_ref()
                .map(|bytes| decode(bytes).expect("state decodes")),
            None => self.was(key),
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
        let owner = self.was::<Identity>(&state_key::identity(&imvu.owner));
        let used = self.becomes::<ApprovalRecord>(&key);
        body.imvu == imvu.id
            && body.approver == imvu.owner
            && body.change == *change
            && owner.is_some_and(|owner| verify(&owner.key, &body.id(), &approval.signature))
            && self.was::<ApprovalRecord>(&key).is_none()
            && used.is_some_and(|record| record.fate == ApprovalFate::Used)
    }

    /// The change that the transaction asks for.
    fn asked(&self) -> Option<Change> {
        match &self.admitted()?.body.action {
            Action::ChangeQuota { change, .. } => Some(Change::Quota(*change)),
            Action::ChangeRoute { change, .. } => Some(Change::Route(*change)),
            Action::ChangePathPolicy { policy, .. } => Some(Change::PathPolicy(policy.clone())),
            Action::SignApproval { proposal, .. } => {
                Some(self.was::<Proposal>(&state_key::proposal(proposal))?.change)
            }
            _ => None,
        }
    }

    fn owner_of(&self, imvu: &ImvuId) -> Option<IdentityId> {
        Some(self.was::<Imvu>(&state_key::imvu(imvu))?.owner)
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
        step.was::<u64>(&key).unwrap_or(0),
        step.becomes::<u64>(&key).unwrap_or(0),
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
    // A report is applied although a meter read more than a quota permits: that is a violation of its own.
    let over_quota = |bytes: &[u8]| {
        let violation = decode::<Violation>(bytes);
        step.report().is_some()
            && violation.is_ok_and(|one| one.refused == [(Gate::ResourceQuota, Reason::OverQuota)])
    };
    let violations = step.appended.iter().filter(|(log, bytes)| {
        matches!(log, LogId::Collection(CollectionKind::Violations, _)) && !over_quota(bytes)
    });
    let wanted = usize::from(!step.applied());
    let count = violations.count();
    hold(count == wanted, || {
        format!("{count} violations recorded, {wanted} due")
    })?;
    for key in step.changed(KeyKind::Collection) {
        let size =
            |collection: Option<Collection>| collection.map_or(0, |collection| collection.size);
        let (old, new) = (size(step.was(key)), size(step.becomes(key)));
        hold(new > old, || {
            format!("{key:?} went from {old} to {new} records")
        })?;
    }
    Ok(())
}
