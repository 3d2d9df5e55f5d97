//! Addresses: granted by the owner under a domain of its IMVU, to a verified identity (gates 5, 7, 9 and 16).

use super::book::Book;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu, names};
use crate::view::{View, Writes, exists, read};
use nexus_types::mail::{Address, AddressLimits, GrantAddress, MailObject, RevokeAddress};
use nexus_types::quota::Quota;
use nexus_types::state::{Identity, IdentityStatus};
use nexus_types::{Hash, IdentityId, Name, Reason, state_key};

/// Hours of a day: the quota of messages is one of an hour.
const HOURS_PER_DAY: u64 = 24;

/// The address that stands behind a commitment.
pub(crate) fn of(view: &dyn View, local: &Hash) -> Option<Address> {
    read(view, &state_key::mail_address(local))
}

/// Gate 5: exactly this domain is bound to the IMVU that the action names.
pub(crate) fn check_domain(case: &Case<'_>, domain: &Name) -> Result<(), Reason> {
    let Some(imvu) = &case.imvu else {
        return Ok(());
    };
    if names::holder_of(case.view, domain) == names::Holder::Imvu(imvu.id.clone()) {
        Ok(())
    } else {
        Err(Reason::DomainNotBound)
    }
}

/// Gate 5: mail is somebody's, who was verified and not revoked since.
pub(crate) fn check_holder(case: &Case<'_>, holder: &IdentityId) -> Result<(), Reason> {
    match read::<Identity>(case.view, &state_key::identity(holder)) {
        Some(identity) if identity.status == IdentityStatus::Active => Ok(()),
        _ => Err(Reason::HolderNotVerified),
    }
}

/// Gate 7: no address is promised more than the whole IMVU has.
pub(crate) fn check_limits(quota: &Quota, limits: &AddressLimits) -> Result<(), Reason> {
    let day = messages_a_day(quota);
    let within = (1..=day).contains(&limits.messages_day)
        && (limits.messages_day..=day).contains(&limits.recipients_day)
        && (1..=quota.mail_bytes).contains(&limits.storage_bytes);
    if within {
        Ok(())
    } else {
        Err(Reason::OverMailQuota)
    }
}

/// What the quota of an hour comes to in a day.
pub(crate) fn messages_a_day(quota: &Quota) -> u64 {
    quota.mail_messages.saturating_mul(HOURS_PER_DAY)
}

pub(crate) fn grant(case: &Case<'_>, asked: &GrantAddress, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    if exists(case.view, &state_key::mail_address(&asked.local)) {
        return Err(Reason::AlreadyExists);
    }
    let address = Address {
        local: asked.local,
        imvu: imvu.id.clone(),
        domain: asked.domain.clone(),
        holder: asked.holder,
        limits: asked.limits,
        jurisdiction: asked.jurisdiction.clone(),
        granted: case.now.height,
    };
    let mut book = Book::open(case.view, imvu, writes);
    book.put(&MailObject::Address(address))?;
    book.close()?;
    Ok(Done::default())
}

/// Whose address it is, gate 16 has judged.
pub(crate) fn revoke(case: &Case<'_>, asked: &RevokeAddress, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    if of(case.view, &asked.local).is_none() {
        return Err(Reason::NotFound);
    }
    let mut book = Book::open(case.view, imvu, writes);
    book.take_address(&asked.local)?;
    book.close()?;
    Ok(Done::default())
}
