//! The register of DKIM keys. Each is published in its domain's zone by the same path as any other record (law §8).

use super::book::Book;
use crate::case::Case;
use crate::law::money::standing;
use crate::law::{delegations, echo::Done, effects::Effect, imvu, placement, zone_actions};
use crate::view::{View, Writes, exists, read};
use nexus_types::host::AgentKind;
use nexus_types::mail::{DkimKey, MailObject, RegisterDkimKey, RevokeDkimKey, Selector};
use nexus_types::payment::StandingConsent;
use nexus_types::rrset::RecordType;
use nexus_types::{Name, Reason, state_key};

/// The key under a domain's selector.
pub(crate) fn of(view: &dyn View, domain: &Name, selector: &Selector) -> Option<DkimKey> {
    read(view, &state_key::dkim_key(domain, selector))
}

/// Gate 14: nobody but the creator changes a DKIM key, or the mail agent of its host, as long as the creator has said so
/// once and for all.
pub(crate) fn check_signer(case: &Case<'_>) -> Result<(), Reason> {
    if case.acts_for_owner() || case.imvu.is_none() {
        return Ok(());
    }
    if case.by_platform() {
        return Err(Reason::ApprovalMissing);
    }
    let (Some(agent), Some(imvu)) = (&case.agent, &case.imvu) else {
        return Err(Reason::NotOwner);
    };
    let stay = placement::of(case.view, &imvu.id);
    let serves = agent.kind == AgentKind::Mail
        && agent.usable_from <= case.law_time
        && stay.is_some_and(|stay| stay.host == agent.host);
    if !serves {
        return Err(Reason::NotOwner);
    }
    let consent = StandingConsent::KeyRollover;
    if standing::in_force(case.view, &imvu.id, consent, case.law_time) {
        Ok(())
    } else {
        Err(Reason::RolloverNotConsented)
    }
}

/// Gate 4: a zone with the key's record in it stays valid.
pub(crate) fn check_zone(case: &Case<'_>, asked: &RegisterDkimKey) -> Result<(), Reason> {
    if delegations::of(case.view, &asked.domain).is_some() {
        return Err(Reason::NameDelegated);
    }
    let owner = asked.selector.owner(&asked.domain).map_err(Reason::Name)?;
    let rrset = asked.key.rrset(false).map_err(|_| Reason::LimitReached)?;
    zone_actions::check_stays_valid(case.view, &asked.domain, &owner, &rrset)
}

/// Gate 4: whether a record is one that publishes a registered key, and so changes only with it.
pub(crate) fn publishes(view: &dyn View, zone: &Name, owner: &Name, rtype: RecordType) -> bool {
    let selector = owner
        .as_str()
        .strip_suffix(zone.as_str())
        .and_then(|left| left.strip_suffix("._domainkey."))
        .and_then(|label| Selector::new(label).ok());
    rtype == RecordType::Txt && selector.is_some_and(|selector| of(view, zone, &selector).is_some())
}

pub(crate) fn register(case: &Case<'_>, asked: &RegisterDkimKey, writes: &mut Writes) -> Effect {
    let mut imvu = imvu::existing(case)?;
    match of(case.view, &asked.domain, &asked.selector) {
        Some(known) if known.revoked.is_some() => return Err(Reason::SelectorRevoked),
        Some(known) if known.key == asked.key => return Err(Reason::NoChange),
        Some(_) => return Err(Reason::SelectorTaken),
        None => {}
    }
    let owner = asked.selector.owner(&asked.domain).map_err(Reason::Name)?;
    // What stands there already is the creator's own, and not to be overwritten unasked.
    let key = state_key::rrset(&asked.domain, &owner, RecordType::Txt);
    if exists(case.view, &key) {
        return Err(Reason::AlreadyExists);
    }
    let rrset = asked.key.rrset(false).map_err(|_| Reason::LimitReached)?;
    zone_actions::publish(case, &mut imvu, &asked.domain, &owner, &rrset, writes)?;
    let key = DkimKey {
        imvu: imvu.id.clone(),
        domain: asked.domain.clone(),
        selector: asked.selector.clone(),
        key: asked.key.clone(),
        by: case.tx.body.signer,
        registered: case.now.height,
        revoked: None,
    };
    let mut book = Book::open(case.view, imvu, writes);
    book.put(&MailObject::DkimKey(key))?;
    book.close()?;
    Ok(Done::default())
}

/// The key is published as revoked (an empty `p=`), and its selector is never another key's.
pub(crate) fn revoke(case: &Case<'_>, asked: &RevokeDkimKey, writes: &mut Writes) -> Effect {
    let mut imvu = imvu::existing(case)?;
    let known = of(case.view, &asked.domain, &asked.selector);
    let mut key = known
        .filter(|key| key.imvu == imvu.id)
        .ok_or(Reason::NotFound)?;
    if key.revoked.is_some() {
        return Err(Reason::NoChange);
    }
    let owner = key.selector.owner(&key.domain).map_err(Reason::Name)?;
    let rrset = key.key.rrset(true).map_err(|_| Reason::LimitReached)?;
    zone_actions::publish(case, &mut imvu, &key.domain, &owner, &rrset, writes)?;
    key.revoked = Some(case.now.height);
    let mut book = Book::open(case.view, imvu, writes);
    book.put(&MailObject::DkimKey(key))?;
    book.close()?;
    Ok(Done::default())
}
