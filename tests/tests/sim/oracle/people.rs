//! Who may do what: names, identities, the revoked, the platform.

use nexus_types::action::{Action, ActionKind};
use nexus_types::domain::{ExternalClaim, TransferKey};
use nexus_types::encoding::decode;
use nexus_types::governance::Observers;
use nexus_types::host::{Agent, AgentKind, Host};
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::payment::{StandingConsent, StandingConsents};
use nexus_types::record::PlatformEntry;
use nexus_types::state::{Attesters, Domain, Identity, IdentityStatus, Imvu, Officers};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{HostId, IdentityId, ImvuId, KeyBytes, Name, Tx};
use std::collections::BTreeSet;

use super::{Step, hold};

pub(super) fn names_are_their_owners(step: &Step<'_>) -> Result<(), String> {
    let signer = step.admitted().map(|tx| tx.body.signer);
    let owns = |imvu: &ImvuId| signer.is_some() && step.owner_of(imvu) == signer;
    for key in step.changed(KeyKind::Domain) {
        let old = step.was::<Domain>(key).and_then(|domain| domain.imvu);
        let domain = step.becomes::<Domain>(key).ok_or("a name vanished")?;
        let (name, new) = (domain.name, domain.imvu);
        match (&old, &new) {
            (None, Some(to)) => hold(owns(to) || binds(step, &name, to), || {
                "a name went to another's IMVU".to_owned()
            })?,
            (Some(from), None) => hold(owns(from), || "a name was taken away".to_owned())?,
            // It goes where its owner says that the IMVU is.
            (Some(from), Some(to)) if from == to => {
                let said = match step.admitted().map(|tx| &tx.body.action) {
                    Some(Action::SetJurisdiction { imvu, jurisdiction }) if imvu == to => {
                        domain.jurisdiction.as_ref() == Some(jurisdiction)
                    }
                    _ => false,
                };
                hold(said && owns(to), || "a name is elsewhere".to_owned())?;
            }
            (Some(from), Some(to)) => {
                let redeemed = match step.admitted().map(|tx| &tx.body.action) {
                    Some(Action::RedeemTransfer(asked)) => step
                        .was::<TransferKey>(&state_key::transfer_key(&asked.name))
                        .is_some_and(|code| code.imvu == *from && asked.imvu == *to),
                    _ => false,
                };
                hold(redeemed && owns(to), || "a name changed hands".to_owned())?;
            }
            (None, None) => return Err("a name was locked anew".to_owned()),
        }
    }
    let records = [KeyKind::Zone, KeyKind::ZoneIndex, KeyKind::RRset];
    if records
        .into_iter()
        .any(|kind| step.changed(kind).next().is_some())
    {
        let action = step.admitted().map(|tx| &tx.body.action);
        let zone = match action {
            Some(Action::SetRecords { zone, .. } | Action::RemoveRecords { zone, .. }) => {
                zone.as_str()
            }
            Some(Action::ClaimDomain { name, .. } | Action::ReleaseDomain { name }) => {
                name.as_str()
            }
            Some(Action::RegisterDkimKey(asked)) => asked.domain.as_str(),
            Some(Action::RevokeDkimKey(asked)) => asked.domain.as_str(),
            Some(Action::DelegateName(asked)) => asked.name.as_str(),
            Some(Action::RedeemTransfer(asked)) => asked.name.as_str(),
            Some(Action::ObserveName(asked)) => asked.name.as_str(),
            _ => return Err("records moved by another action".to_owned()),
        };
        // A mail agent adds keys where the creator has consented to it.
        let consented = match action {
            Some(Action::RegisterDkimKey(asked)) => step
                .was::<StandingConsents>(&state_key::standing_consents(&asked.imvu))
                .is_some_and(|all| all.given.contains(&StandingConsent::KeyRollover)),
            _ => false,
        };
        let is_agent = signer.is_some_and(|id| step.was::<Agent>(&state_key::agent(&id)).is_some());
        let name = Name::parse(zone).map_err(|fault| format!("{fault}"))?;
        let holder = step
            .becomes::<Domain>(&state_key::domain(&name))
            .and_then(|domain| domain.imvu);
        let holder = holder.or_else(|| step.was::<Domain>(&state_key::domain(&name))?.imvu);
        let may = |imvu: &ImvuId| owns(imvu) || (consented && is_agent) || binds(step, &name, imvu);
        hold(holder.is_some_and(|imvu| may(&imvu)), || {
            "a foreign zone was edited".to_owned()
        })?;
    }
    Ok(())
}

/// Whether it is an observer's word that brings a name to an IMVU which had claimed it.
pub(super) fn binds(step: &Step<'_>, name: &Name, to: &ImvuId) -> bool {
    let Some(tx) = step.admitted() else {
        return false;
    };
    let Action::ObserveName(asked) = &tx.body.action else {
        return false;
    };
    let register: Option<Observers> = step.was(&state_key::observers());
    let register = register.unwrap_or_default();
    let mut members = register.members.as_slice().iter();
    let claim = state_key::external_claim(name, to);
    members.any(|one| one.identity == tx.body.signer)
        && asked.seen
        && (&asked.name, &asked.imvu) == (name, to)
        && step.was::<ExternalClaim>(&claim).is_some()
}

pub(super) fn identities_are_their_own(step: &Step<'_>) -> Result<(), String> {
    for key in step.changed(KeyKind::Identity) {
        let tx = step
            .admitted()
            .ok_or("an identity changed without a transaction")?;
        let new = step
            .becomes::<Identity>(key)
            .ok_or("an identity vanished")?;
        if let Action::RegisterAgent {
            host,
            kind,
            key: of,
        } = &tx.body.action
        {
            agents_identity(step, key, (host, *kind, of), &new)?;
            continue;
        }
        hold(*key == state_key::identity(&tx.body.signer), || {
            "somebody else's identity".to_owned()
        })?;
        match step.was::<Identity>(key) {
            None => {
                let attesters = step
                    .was::<Attesters>(&state_key::attesters())
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

/// An operator gives its host an agent, and the one it had for the same work acts no more.
fn agents_identity(
    step: &Step<'_>,
    key: &StateKey,
    (host, kind, of): (&HostId, AgentKind, &KeyBytes),
    new: &Identity,
) -> Result<(), String> {
    let signer = step.admitted().map(|tx| tx.body.signer);
    let host = step.was::<Host>(&state_key::host(host));
    let host = host.filter(|host| Some(host.operator) == signer);
    let host = host.ok_or("an agent by another than its host's operator")?;
    match step.was::<Identity>(key) {
        None => {
            let is_its = *key == state_key::identity(&IdentityId::from_key(of)) && new.key == *of;
            hold(is_its && new.attester == signer, || {
                "founded as an agent of another key".to_owned()
            })
        }
        Some(old) => {
            let replaced = host.agent(kind).map(|id| state_key::identity(&id));
            let revoked = Identity {
                status: IdentityStatus::Revoked,
                ..old
            };
            hold(replaced.as_ref() == Some(key) && *new == revoked, || {
                "an identity that was no such agent".to_owned()
            })
        }
    }
}

pub(super) fn revoked_never_act(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted() else {
        return Ok(());
    };
    let signer = step.was::<Identity>(&state_key::identity(&tx.body.signer));
    let registers = tx.body.action.kind() == ActionKind::RegisterIdentity;
    let may = signer.map_or(registers, |signer| signer.status == IdentityStatus::Active);
    hold(may || !step.applied(), || {
        format!("{:?} acted", tx.body.signer)
    })
}

pub(super) fn refused_for_ever(step: &Step<'_>) -> Result<(), String> {
    use ActionKind as K;
    let Some(tx) = step.admitted() else {
        return Ok(());
    };
    let kind = tx.body.action.kind();
    let never = [
        K::SetSplit,
        K::ProposeParameter,
        K::SelfReportUsage,
        K::DeleteAuditEntry,
        K::PlatformSuspend,
        K::RewriteConsent,
        K::RewriteSnapshot,
    ];
    hold(!(never.contains(&kind) && step.applied()), || {
        format!("{kind} was applied")
    })
}

pub(super) fn platform_acts_in_the_open(step: &Step<'_>) -> Result<(), String> {
    let Some(tx) = step.admitted().filter(|_| step.applied()) else {
        return Ok(());
    };
    use ActionKind as K;
    let kind = tx.body.action.kind();
    let touched = step
        .changed(KeyKind::Imvu)
        .find_map(|key| step.was::<Imvu>(key));
    let foreign = touched
        .as_ref()
        // What an agent or an observer may change of an IMVU, other oracles say.
        .is_some_and(|imvu| {
            imvu.owner != tx.body.signer && !matches!(kind, K::Report | K::ObserveName)
        });
    let proposes = matches!(
        kind,
        K::ProposeQuota | K::ProposeRoute | K::ProposePathPolicy
    );
    if !foreign && !proposes {
        return Ok(());
    }
    let body = step
        .was::<Officers>(&state_key::officers())
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

pub(super) fn constitution_stands(step: &Step<'_>) -> Result<(), String> {
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
        K::Periods,
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
