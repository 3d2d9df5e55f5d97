//! Credentials and tokens: with what an identity submits mail, and how its owner ends that.

use super::addresses;
use super::book::Book;
use crate::case::Case;
use crate::law::{echo::Done, effects::Effect, imvu};
use crate::view::{View, Writes, read};
use nexus_types::limits::CREDENTIAL_LIFETIME_MS;
use nexus_types::mail::{
    Credential, MailItem, MailObject, RevokeMailCredential, SetMailCredential,
};
use nexus_types::quota::Quota;
use nexus_types::{Hash, ImvuId, Reason, state_key};

/// An IMVU's credential.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId, id: &Hash) -> Option<Credential> {
    read(view, &state_key::mail_credential(imvu, id))
}

/// Gate 5: a credential speaks for its holder, so each address is the holder's.
pub(crate) fn check_attribution(case: &Case<'_>, asked: &SetMailCredential) -> Result<(), Reason> {
    addresses::check_holder(case, &asked.holder)?;
    for local in asked.addresses.as_slice() {
        let granted = addresses::of(case.view, local);
        // Another IMVU's mailbox is gate 16's matter, one that is none the action's own rule's.
        let own = granted.filter(|address| address.imvu == asked.imvu);
        if own.is_some_and(|address| address.holder != asked.holder) {
            return Err(Reason::AddressNotHolders);
        }
    }
    Ok(())
}

/// Gate 7: no credential is promised more than the whole IMVU has.
pub(crate) fn check_limit(quota: &Quota, messages_day: u64) -> Result<(), Reason> {
    if (1..=addresses::messages_a_day(quota)).contains(&messages_day) {
        Ok(())
    } else {
        Err(Reason::OverMailQuota)
    }
}

pub(crate) fn set(case: &Case<'_>, asked: &SetMailCredential, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let last = case.law_time.plus_ms(CREDENTIAL_LIFETIME_MS);
    if asked.expires <= case.law_time || asked.expires > last {
        return Err(Reason::CredentialTerm);
    }
    if asked.addresses.as_slice().is_empty() {
        return Err(Reason::NoAddress);
    }
    let mut named = asked.addresses.as_slice().iter();
    if named.any(|local| addresses::of(case.view, local).is_none()) {
        return Err(Reason::NotFound);
    }
    let credential = Credential {
        id: asked.credential,
        imvu: imvu.id.clone(),
        holder: asked.holder,
        addresses: asked.addresses.clone(),
        secret: asked.secret,
        expires: asked.expires,
        messages_day: asked.messages_day,
        set: case.now.height,
    };
    let before = of(case.view, &imvu.id, &credential.id);
    let same = before.is_some_and(|before| {
        credential
            == Credential {
                set: credential.set,
                ..before
            }
    });
    if same {
        return Err(Reason::NoChange);
    }
    let mut book = Book::open(case.view, imvu, writes);
    book.put(&MailObject::Credential(credential))?;
    book.close()?;
    Ok(Done::default())
}

pub(crate) fn revoke(case: &Case<'_>, asked: &RevokeMailCredential, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    if of(case.view, &imvu.id, &asked.credential).is_none() {
        return Err(Reason::NotFound);
    }
    let mut book = Book::open(case.view, imvu, writes);
    book.take(&MailItem::Credential(asked.credential));
    book.close()?;
    Ok(Done::default())
}

pub(crate) fn revoke_tokens(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let imvu = imvu::existing(case)?;
    let mut book = Book::open(case.view, imvu, writes);
    book.next_token_epoch();
    book.close()?;
    Ok(Done::default())
}
