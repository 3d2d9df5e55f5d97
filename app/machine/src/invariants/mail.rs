//! Mail: what stands in each IMVU's book, and what its agents were told and have said of it.

use super::{Fault, Ledger, fault, id, stands_under};
use crate::law::mail::book;
use alloc::collections::{BTreeMap, BTreeSet};
use nexus_tree::log::leaf_hash;
use nexus_types::encoding::encode;
use nexus_types::host::{AgentKind, Assignment, Item, Phase, Placement, Spec};
use nexus_types::limits::{
    ADDRESSES_PER_IMVU, CREDENTIALS_PER_IMVU, DKIM_KEYS_PER_IMVU, MAIL_OBJECTS_PER_IMVU,
};
use nexus_types::log::CollectionKind;
use nexus_types::mail::{
    Address, Credential, DkimKey, MailBook, MailCursor, MailIndex, MailItem, MailObject,
    MailRouteRecord,
};
use nexus_types::rrset::RRset;
use nexus_types::state::{Collection, Domain, Identity, Imvu};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, IdentityId, ImvuId, Name};

/// A book is exactly the objects of its IMVU.
pub(super) fn books(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut objects = objects(ledger)?;
    ledger.each::<MailBook>(KeyKind::MailBook, |key, record| {
        stands_under(key, &state_key::mail_book(&record.imvu))?;
        if !ledger.exists(&state_key::imvu(&record.imvu)) {
            return fault(key, format_args!("there is no {}", record.imvu));
        }
        let index = ledger.get::<MailIndex>(&state_key::mail_index(&record.imvu))?;
        let Some(index) = index else {
            return fault(key, "it has no table of contents");
        };
        let held = objects.remove(&record.imvu).unwrap_or_default();
        let listed = index.entries.iter().map(|entry| (&entry.item, &entry.hash));
        if !held.iter().eq(listed) {
            return fault(key, "its table of contents is not that of its objects");
        }
        let counted = |wanted: fn(&MailItem) -> bool| {
            let all = held.keys().filter(|item| wanted(item)).count();
            u32::try_from(all).unwrap_or(u32::MAX)
        };
        let right = MailBook {
            addresses: counted(|item| matches!(item, MailItem::Address(_))),
            credentials: counted(|item| matches!(item, MailItem::Credential(_))),
            routes: counted(|item| matches!(item, MailItem::Route(_))),
            keys: counted(|item| matches!(item, MailItem::DkimKey(..))),
            root: book::root(&index),
            ..record.clone()
        };
        if record != right || record.version == 0 {
            return fault(key, format_args!("it says {record:?}, it is {right:?}"));
        }
        let over = held.len() > MAIL_OBJECTS_PER_IMVU
            || record.addresses > ADDRESSES_PER_IMVU
            || record.credentials > CREDENTIALS_PER_IMVU
            || record.keys > DKIM_KEYS_PER_IMVU;
        if over {
            return fault(key, format_args!("{record:?} is over a limit of the law"));
        }
        Ok(())
    })?;
    ledger.each::<MailIndex>(KeyKind::MailIndex, |key, _| {
        let book = StateKey::from_bytes([&[KeyKind::MailBook.byte()], key.id()].concat());
        if ledger.exists(&book) {
            return Ok(());
        }
        fault(key, "it has no book")
    })?;
    match objects.into_keys().next() {
        None => Ok(()),
        Some(imvu) => fault(
            &state_key::mail_book(&imvu),
            "there are objects of mail without a book",
        ),
    }
}

type Objects = BTreeMap<ImvuId, BTreeMap<MailItem, Hash>>;

fn objects(ledger: &Ledger<'_>) -> Result<Objects, Fault> {
    let mut objects = Objects::new();
    let mut add = |key: &StateKey, object: MailObject| {
        let item = object.item();
        stands_under(key, &state_key::mail_item(object.imvu(), &item))?;
        let hash = Hash(leaf_hash(&encode(&object)));
        let own = objects.entry(object.imvu().clone()).or_default();
        own.insert(item, hash);
        Ok(())
    };
    ledger.each::<Address>(KeyKind::MailAddress, |key, it| {
        add(key, MailObject::Address(it))
    })?;
    ledger.each::<Credential>(KeyKind::MailCredential, |key, it| {
        add(key, MailObject::Credential(it))
    })?;
    ledger.each::<MailRouteRecord>(KeyKind::MailRoute, |key, it| {
        add(key, MailObject::Route(it))
    })?;
    ledger.each::<DkimKey>(KeyKind::DkimKey, |key, it| {
        add(key, MailObject::DkimKey(it))
    })?;
    Ok(objects)
}

/// Nothing of an IMVU's mail hangs on what is another's, or gone (gates 5, 9 and 16).
pub(super) fn attribution(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let bound = |key: &StateKey, domain: &Name, imvu: &ImvuId| {
        let held = ledger.get::<Domain>(&state_key::domain(domain))?;
        if held.is_some_and(|held| held.imvu.as_ref() == Some(imvu)) {
            return Ok(());
        }
        fault(key, format_args!("{domain} is not bound to {imvu}"))
    };
    let known = |key: &StateKey, holder: &IdentityId| {
        if ledger
            .get::<Identity>(&state_key::identity(holder))?
            .is_some()
        {
            return Ok(());
        }
        fault(key, format_args!("its holder {holder} is no identity"))
    };
    ledger.each::<Address>(KeyKind::MailAddress, |key, address| {
        bound(key, &address.domain, &address.imvu)?;
        known(key, &address.holder)?;
        let imvu = ledger.get::<Imvu>(&state_key::imvu(&address.imvu))?;
        if imvu.and_then(|imvu| imvu.jurisdiction) == Some(address.jurisdiction) {
            return Ok(());
        }
        fault(key, "its jurisdiction is not its IMVU's")
    })?;
    ledger.each::<Credential>(KeyKind::MailCredential, |key, credential| {
        known(key, &credential.holder)?;
        if credential.addresses.as_slice().is_empty() {
            return fault(key, "it has no address");
        }
        for local in credential.addresses.as_slice() {
            match ledger.get::<Address>(&state_key::mail_address(local))? {
                Some(address)
                    if (&address.imvu, address.holder) == (&credential.imvu, credential.holder) => {
                }
                _ => return fault(key, format_args!("{local} is not its holder's address")),
            }
        }
        Ok(())
    })?;
    ledger.each::<MailRouteRecord>(KeyKind::MailRoute, |key, route| {
        if route.version == 0 {
            return fault(key, "a route is set from version 1 on");
        }
        bound(key, &route.domain, &route.imvu)
    })?;
    ledger.each::<DkimKey>(KeyKind::DkimKey, |key, dkim| {
        bound(key, &dkim.domain, &dkim.imvu)?;
        let owner = dkim.selector.owner(&dkim.domain).ok();
        let right = dkim.key.rrset(dkim.revoked.is_some()).ok();
        let (Some(owner), Some(right)) = (owner, right) else {
            return fault(key, "no record can publish it");
        };
        let published = state_key::rrset(&dkim.domain, &owner, right.rtype);
        if ledger.get::<RRset>(&published)? == Some(right) {
            return Ok(());
        }
        fault(key, "its zone does not publish it as it is")
    })
}

/// The mail agent of each stay was told of the book as it is.
pub(super) fn told(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Placement>(KeyKind::Placement, |key, stay| {
        let item = Item::Imvu(stay.imvu.clone());
        let assigned = state_key::assignment(&stay.host, AgentKind::Mail, &item);
        let assigned = ledger.get::<Assignment>(&assigned)?.map(|it| it.spec);
        let book = ledger.get::<MailBook>(&state_key::mail_book(&stay.imvu))?;
        let imvu = ledger.get::<Imvu>(&state_key::imvu(&stay.imvu))?;
        let (Some(book), Some(imvu)) = (book, imvu) else {
            return Ok(());
        };
        let Some(Spec::Mail(spec)) = assigned else {
            return fault(key, "its mail agent is told of no book");
        };
        let said = (
            spec.version,
            spec.root,
            spec.token_epoch,
            spec.placement,
            spec.slot,
        );
        let is = (
            book.version,
            book.root,
            book.token_epoch,
            stay.generation,
            stay.slot,
        );
        let limits = (spec.messages_hour, spec.storage_bytes);
        let stopping = matches!(stay.phase, Phase::Stopping(_));
        let limited = stopping || limits == (imvu.quota.mail_messages, imvu.quota.mail_bytes);
        if said == is && limited {
            return Ok(());
        }
        fault(
            key,
            format_args!("its mail agent is told {spec:?}, the book is {book:?}"),
        )
    })
}

/// What agents have committed to is in the IMVU's collection, epoch for epoch.
pub(super) fn epochs(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut recorded: BTreeMap<ImvuId, u64> = BTreeMap::new();
    ledger.each::<MailCursor>(KeyKind::MailCursor, |key, cursor| {
        let (imvu, agent) = id::<(ImvuId, IdentityId)>(key)?;
        if !ledger.exists(&state_key::agent(&agent)) {
            return fault(key, format_args!("{agent} is no agent"));
        }
        let plausible = cursor.epoch > 0
            && cursor.epoch <= cursor.last_seq
            && cursor.messages <= cursor.last_seq
            && cursor.messages <= cursor.recipients;
        if !plausible {
            return fault(key, format_args!("{cursor:?} is not plausible"));
        }
        let all = recorded.entry(imvu).or_default();
        *all = all.saturating_add(cursor.epoch);
        Ok(())
    })?;
    let mut seen: BTreeSet<ImvuId> = BTreeSet::new();
    ledger.each::<Collection>(KeyKind::Collection, |key, collection| {
        let (kind, imvu) = id::<(CollectionKind, Option<ImvuId>)>(key)?;
        let (CollectionKind::MailEpochs, Some(imvu)) = (kind, imvu) else {
            return Ok(());
        };
        let right = recorded.get(&imvu).copied().unwrap_or(0);
        if collection.size != right {
            return fault(
                key,
                format_args!("it has {} epochs, agents recorded {right}", collection.size),
            );
        }
        seen.insert(imvu);
        Ok(())
    })?;
    match recorded.into_keys().find(|imvu| !seen.contains(imvu)) {
        None => Ok(()),
        Some(imvu) => fault(
            &state_key::collection(CollectionKind::MailEpochs, Some(&imvu)),
            "agents recorded epochs, and none is there",
        ),
    }
}
