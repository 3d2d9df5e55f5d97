//! Keys of mail.

use super::{KeyKind, StateKey};
use crate::encoding::encode;
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId};
use crate::mail::{MailItem, Selector};
use crate::name::Name;

/// [`crate::mail::MailBook`]: the IMVU id's text.
pub fn mail_book(id: &ImvuId) -> StateKey {
    KeyKind::MailBook.key(id.as_str().as_bytes())
}

/// [`crate::mail::MailIndex`]: the IMVU id's text.
pub fn mail_index(id: &ImvuId) -> StateKey {
    KeyKind::MailIndex.key(id.as_str().as_bytes())
}

/// [`crate::mail::Address`]: its 32-byte commitment.
pub fn mail_address(local: &Hash) -> StateKey {
    KeyKind::MailAddress.key(local.as_bytes())
}

/// [`crate::mail::MailRouteRecord`]: the domain's text.
pub fn mail_route(domain: &Name) -> StateKey {
    KeyKind::MailRoute.key(domain.as_str().as_bytes())
}

/// [`crate::mail::DkimKey`]: borsh(domain) ‖ borsh(selector).
pub fn dkim_key(domain: &Name, selector: &Selector) -> StateKey {
    KeyKind::DkimKey.key(&encode(&(domain, selector)))
}

/// [`crate::mail::Credential`]: borsh(IMVU id) ‖ its 32-byte id.
pub fn mail_credential(id: &ImvuId, credential: &Hash) -> StateKey {
    KeyKind::MailCredential.key(&encode(&(id, credential)))
}

/// [`crate::mail::MailCursor`]: borsh(IMVU id) ‖ the agent's 32-byte id.
pub fn mail_cursor(id: &ImvuId, agent: &IdentityId) -> StateKey {
    KeyKind::MailCursor.key(&encode(&(id, agent)))
}

/// What stands behind the name of a mail object of an IMVU.
pub fn mail_item(id: &ImvuId, item: &MailItem) -> StateKey {
    match item {
        MailItem::Address(local) => mail_address(local),
        MailItem::Credential(credential) => mail_credential(id, credential),
        MailItem::Route(domain) => mail_route(domain),
        MailItem::DkimKey(domain, selector) => dkim_key(domain, selector),
    }
}
