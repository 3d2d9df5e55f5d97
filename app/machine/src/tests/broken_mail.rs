//! Ways to break what the invariants say of mail, each by hand.

use super::hosting::*;
use super::invariants::{Break, alter, first, remove};
use super::mailing::*;
use super::world::*;
use nexus_types::encoding::encode;
use nexus_types::host::{AgentKind, Assignment, Item, Spec};
use nexus_types::mail::{
    Address, Credential, DkimKey, MailBook, MailCursor, MailIndex, MailRouteRecord,
};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, Set};

const BOOKS: &str = "a book of mail is its IMVU's objects";
const OWN: &str = "mail is its IMVU's own, and somebody's";
const TOLD: &str = "a mail agent is told of the book";
const EPOCHS: &str = "epochs of mail are recorded one by one";

/// Changes an object of mail, and the book with it: all is in order but what it says.
fn alter_kept<T: borsh::BorshSerialize + borsh::BorshDeserialize>(
    memory: &mut Memory,
    kind: KeyKind,
    number: usize,
    change: impl FnOnce(&mut T),
) {
    let key = first(memory, kind, |_| true);
    alter::<T>(memory, &key, change);
    let object = [&[u8::try_from(number).unwrap()], &memory.state[&key][..]].concat();
    let hash = Hash(nexus_tree::log::leaf_hash(&object));
    let index = state_key::mail_index(&imvu(ID));
    alter::<MailIndex>(memory, &index, |index| {
        let entries = index.entries.iter_mut();
        let mut own = entries.filter(|entry| state_key::mail_item(&imvu(ID), &entry.item) == key);
        own.next().unwrap().hash = hash;
    });
    let index: MailIndex = memory.read(&index).unwrap();
    let root = crate::law::mail::book::root(&index);
    alter::<MailBook>(memory, &state_key::mail_book(&imvu(ID)), |book| {
        book.root = root
    });
}

pub(super) const BREAKS: &[(&str, Break)] = &[
    (BOOKS, |_, memory| {
        let key = state_key::mail_book(&imvu(ID));
        alter::<MailBook>(memory, &key, |book| book.root = Hash([3; 32]));
    }),
    (BOOKS, |_, memory| {
        let key = first(memory, KeyKind::MailAddress, |_| true);
        alter::<Address>(memory, &key, |address| address.limits.messages_day += 1);
    }),
    (BOOKS, |_, memory| {
        let key = state_key::mail_index(&imvu(ID));
        alter::<MailIndex>(memory, &key, |index| index.entries.swap(0, 1));
    }),
    (BOOKS, |_, memory| {
        let key = state_key::mail_index(&imvu("IMVU-B"));
        memory.state.insert(key, encode(&MailIndex::default()));
    }),
    (BOOKS, |_, memory| {
        let key = first(memory, KeyKind::MailAddress, |_| true);
        let mut address: Address = memory.read(&key).unwrap();
        address.local = Hash([3; 32]);
        let key = state_key::mail_address(&address.local);
        memory.state.insert(key, encode(&address));
    }),
    (OWN, |world, memory| {
        let domain = world.name("bob.demo.example");
        alter_kept::<Address>(memory, KeyKind::MailAddress, 0, |address| {
            address.domain = domain;
        });
    }),
    (OWN, |_, memory| {
        alter_kept::<Address>(memory, KeyKind::MailAddress, 0, |address| {
            address.jurisdiction = tag("US-CCPA");
        });
    }),
    (OWN, |world, memory| {
        let bob = world.bob.id;
        alter_kept::<Credential>(memory, KeyKind::MailCredential, 1, |credential| {
            credential.holder = bob;
        });
    }),
    (OWN, |_, memory| {
        alter_kept::<Credential>(memory, KeyKind::MailCredential, 1, |credential| {
            credential.addresses = Set::default();
        });
    }),
    (OWN, |_, memory| {
        alter_kept::<MailRouteRecord>(memory, KeyKind::MailRoute, 2, |route| route.version = 0);
    }),
    (OWN, |_, memory| {
        alter_kept::<DkimKey>(memory, KeyKind::DkimKey, 3, |key| key.revoked = Some(1));
    }),
    (TOLD, |_, memory| {
        let key = assigned();
        alter::<Assignment>(memory, &key, |assignment| {
            if let Spec::Mail(spec) = &mut assignment.spec {
                spec.token_epoch += 1;
            }
        });
    }),
    (TOLD, |_, memory| remove(memory, &assigned())),
    (EPOCHS, |_, memory| {
        let key = first(memory, KeyKind::MailCursor, |_| true);
        alter::<MailCursor>(memory, &key, |cursor| cursor.epoch += 1);
    }),
    (EPOCHS, |_, memory| {
        let key = first(memory, KeyKind::MailCursor, |_| true);
        alter::<MailCursor>(memory, &key, |cursor| cursor.recipients = 0);
    }),
    (EPOCHS, |_, memory| {
        let key = first(memory, KeyKind::MailCursor, |_| true);
        remove(memory, &key);
    }),
];

fn assigned() -> state_key::StateKey {
    let item = Item::Imvu(imvu(ID));
    state_key::assignment(&host("host-1"), AgentKind::Mail, &item)
}

/// Alice's IMVU-042, which runs on host-1, has an address, a credential, a route, a key and an epoch.
pub(super) fn post(world: &mut World) {
    world.add_mail();
    let alice = world.alice.clone();
    world.must(&alice, change_mail(exchange("mx.elsewhere.test")));
    world.must(&alice, register_dkim("nx1", dkim(80)));
    let record = nexus_types::action::Action::RecordMailEpoch(epoch(1));
    world.must(&postman("host-1"), record);
}
