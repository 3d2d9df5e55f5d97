//! How many objects a book of mail may have.

use crate::law::mail::book::Book;
use crate::tests::hosting::*;
use crate::tests::mailing::*;
use crate::tests::world::*;
use crate::view::Writes;
use nexus_types::limits::{
    ADDRESSES_PER_IMVU, CREDENTIALS_PER_IMVU, DKIM_KEYS_PER_IMVU, MAIL_OBJECTS_PER_IMVU,
};
use nexus_types::mail::{Address, Credential, DkimKey, MailObject, MailRoute, MailRouteRecord};
use nexus_types::{Hash, Reason, Set, Time, state_key};

/// Makes the object of a number.
type Make = fn(u32) -> MailObject;

fn hash(number: u32) -> Hash {
    Hash::of(&number.to_le_bytes())
}

fn address(number: u32) -> MailObject {
    MailObject::Address(Address {
        local: hash(number),
        imvu: imvu(ID),
        domain: domain(DOMAIN),
        holder: Person::new(20).id,
        limits: LIMITS,
        jurisdiction: tag("EU-GDPR"),
        granted: 1,
    })
}

fn credential_of(number: u32) -> MailObject {
    MailObject::Credential(Credential {
        id: hash(number),
        imvu: imvu(ID),
        holder: Person::new(20).id,
        addresses: Set::new(vec![hash(0)]).unwrap(),
        secret: hash(0),
        expires: Time(START),
        messages_day: 1,
        set: 1,
    })
}

fn key(number: u32) -> MailObject {
    MailObject::DkimKey(DkimKey {
        imvu: imvu(ID),
        domain: domain(DOMAIN),
        selector: selector(&format!("k{number}")),
        key: dkim(80),
        by: Person::new(20).id,
        registered: 1,
        revoked: None,
    })
}

fn route(number: u32) -> MailObject {
    let domain = domain(&format!("n{number}.demo.example"));
    MailObject::Route(MailRouteRecord {
        imvu: imvu(ID),
        route: Some(MailRoute::Exchange(domain.clone())),
        domain,
        version: 1,
    })
}

/// What a book comes to that gets so many of each.
fn closed(counts: &[(u32, Make)]) -> Result<(), Reason> {
    let world = World::new();
    let imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    let mut writes = Writes::new();
    let mut book = Book::open(&world.memory, imvu, &mut writes);
    for (count, object) in counts {
        for number in 0..*count {
            book.put(&object(number))?;
        }
    }
    book.close().map(|_| ())
}

#[test]
fn a_book_has_so_many_of_each_kind_and_so_many_of_all() {
    let limits: [(u32, Make); 3] = [
        (ADDRESSES_PER_IMVU, address),
        (CREDENTIALS_PER_IMVU, credential_of),
        (DKIM_KEYS_PER_IMVU, key),
    ];
    for (limit, object) in limits {
        assert_eq!(closed(&[(limit, object)]), Ok(()));
        assert_eq!(closed(&[(limit + 1, object)]), Err(Reason::LimitReached));
    }
    let of_kinds: u32 = limits.iter().map(|(limit, _)| limit).sum();
    let left = MAIL_OBJECTS_PER_IMVU as u32 - of_kinds;
    for (routes, answer) in [(left, Ok(())), (left + 1, Err(Reason::LimitReached))] {
        let mut all = limits.to_vec();
        all.push((routes, route));
        assert_eq!(closed(&all), answer);
    }
}
