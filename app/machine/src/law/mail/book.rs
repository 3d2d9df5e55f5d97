//! The book of an IMVU's mail: its table of contents, the root over it, and who is told of it.

use crate::law::{assign, imvu as imvus, placement};
use crate::view::{Layer, View, Writes, read, write};
use alloc::vec::Vec;
use nexus_tree::log::{empty_root, leaf_hash, root_of};
use nexus_types::encoding::encode;
use nexus_types::limits::{
    ADDRESSES_PER_IMVU, CREDENTIALS_PER_IMVU, DKIM_KEYS_PER_IMVU, MAIL_OBJECTS_PER_IMVU,
};
use nexus_types::mail::{Credential, MailBook, MailEntry, MailIndex, MailItem, MailObject};
use nexus_types::state::Imvu;
use nexus_types::{Hash, ImvuId, Name, Reason, Set, state_key};

/// State keys of a book beside its objects: itself and its table of contents.
const KEYS_PER_BOOK: u32 = 2;

/// Whose book, as it stands.
pub(crate) fn of(view: &dyn View, imvu: &ImvuId) -> Option<MailBook> {
    read(view, &state_key::mail_book(imvu))
}

/// A book that is being changed. Nothing of it is kept before [`Book::close`].
pub(crate) struct Book<'a> {
    base: &'a dyn View,
    writes: &'a mut Writes,
    imvu: Imvu,
    record: MailBook,
    index: MailIndex,
}

impl<'a> Book<'a> {
    /// Opens an IMVU's book; the first change of all founds it.
    pub(crate) fn open(base: &'a dyn View, mut imvu: Imvu, writes: &'a mut Writes) -> Self {
        let layer = Layer { base, writes };
        let known = of(&layer, &imvu.id);
        let index = read(&layer, &state_key::mail_index(&imvu.id)).unwrap_or_default();
        if known.is_none() {
            imvu.state_keys = imvu.state_keys.saturating_add(KEYS_PER_BOOK);
        }
        let record = known.unwrap_or_else(|| MailBook {
            imvu: imvu.id.clone(),
            version: 0,
            addresses: 0,
            credentials: 0,
            routes: 0,
            keys: 0,
            root: Hash(empty_root()),
            token_epoch: 0,
        });
        Self {
            base,
            writes,
            imvu,
            record,
            index,
        }
    }

    /// Sets an object, in the place of the one of its name.
    ///
    /// # Errors
    /// [`Reason::LimitReached`] if it is one too many.
    pub(crate) fn put(&mut self, object: &MailObject) -> Result<(), Reason> {
        let entry = MailEntry {
            item: object.item(),
            hash: Hash(leaf_hash(&encode(object))),
        };
        match self.place_of(&entry.item) {
            Ok(at) => {
                if let Some(slot) = self.index.entries.get_mut(at) {
                    *slot = entry;
                }
            }
            Err(at) => {
                self.index.entries.insert(at, entry);
                imvus::own_keys(&mut self.imvu, 1)?;
            }
        }
        let key = state_key::mail_item(&self.imvu.id, &object.item());
        self.writes.insert(key, Some(object.state_bytes()));
        Ok(())
    }

    /// Takes an object out, if it is there.
    pub(crate) fn take(&mut self, item: &MailItem) {
        if let Ok(at) = self.place_of(item) {
            self.index.entries.remove(at);
            self.imvu.state_keys = self.imvu.state_keys.saturating_sub(1);
            self.writes
                .insert(state_key::mail_item(&self.imvu.id, item), None);
        }
    }

    /// Voids every token that was signed so far.
    pub(crate) fn next_token_epoch(&mut self) {
        self.record.token_epoch = self.record.token_epoch.saturating_add(1);
    }

    /// Takes an address out, and out of every credential that names it. One that is left without any goes with it.
    pub(crate) fn take_address(&mut self, local: &Hash) -> Result<(), Reason> {
        self.take(&MailItem::Address(*local));
        for mut credential in self.credentials() {
            if !credential.addresses.contains(local) {
                continue;
            }
            let left = credential.addresses.as_slice().iter();
            let left: Vec<Hash> = left.filter(|one| *one != local).copied().collect();
            if left.is_empty() {
                self.take(&MailItem::Credential(credential.id));
                continue;
            }
            credential.addresses = Set::new(left).map_err(|_| Reason::LimitReached)?;
            self.put(&MailObject::Credential(credential))?;
        }
        Ok(())
    }

    /// Takes out all that hangs on a domain: its addresses, its route, its keys.
    pub(crate) fn take_domain(&mut self, domain: &Name) -> Result<(), Reason> {
        let items: Vec<MailItem> = self.items().cloned().collect();
        for item in &items {
            match item {
                MailItem::Address(local) if self.is_under(local, domain) => {
                    self.take_address(local)?;
                }
                MailItem::Route(other) | MailItem::DkimKey(other, _) if other == domain => {
                    self.take(item);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps what was changed, and has the mail agent told. The IMVU as it is then, which is kept as well.
    ///
    /// # Errors
    /// [`Reason::LimitReached`] if there are more objects than the law lets an IMVU have.
    pub(crate) fn close(mut self) -> Result<Imvu, Reason> {
        let count = |wanted: fn(&MailItem) -> bool| {
            let counted = self.items().filter(|item| wanted(item)).count();
            u32::try_from(counted).unwrap_or(u32::MAX)
        };
        self.record = MailBook {
            imvu: self.imvu.id.clone(),
            version: self.record.version.saturating_add(1),
            addresses: count(|item| matches!(item, MailItem::Address(_))),
            credentials: count(|item| matches!(item, MailItem::Credential(_))),
            routes: count(|item| matches!(item, MailItem::Route(_))),
            keys: count(|item| matches!(item, MailItem::DkimKey(..))),
            root: root(&self.index),
            token_epoch: self.record.token_epoch,
        };
        let over = self.index.entries.len() > MAIL_OBJECTS_PER_IMVU
            || self.record.addresses > ADDRESSES_PER_IMVU
            || self.record.credentials > CREDENTIALS_PER_IMVU
            || self.record.keys > DKIM_KEYS_PER_IMVU;
        if over {
            return Err(Reason::LimitReached);
        }
        let id = &self.imvu.id;
        write(self.writes, state_key::mail_book(id), &self.record);
        write(self.writes, state_key::mail_index(id), &self.index);
        imvus::save(&self.imvu, self.writes);
        let stay = placement::of(
            &Layer {
                base: self.base,
                writes: self.writes,
            },
            id,
        );
        if let Some(stay) = stay {
            assign::tell_mail(self.base, &self.imvu, &stay, self.writes);
        }
        Ok(self.imvu)
    }

    fn items(&self) -> impl Iterator<Item = &MailItem> {
        self.index.entries.iter().map(|entry| &entry.item)
    }

    fn place_of(&self, item: &MailItem) -> Result<usize, usize> {
        self.index
            .entries
            .binary_search_by(|entry| entry.item.cmp(item))
    }

    fn is_under(&self, local: &Hash, domain: &Name) -> bool {
        let layer = Layer {
            base: self.base,
            writes: self.writes,
        };
        super::addresses::of(&layer, local).is_some_and(|address| address.domain == *domain)
    }

    fn credentials(&self) -> Vec<Credential> {
        let layer = Layer {
            base: self.base,
            writes: self.writes,
        };
        self.items()
            .filter_map(|item| match item {
                MailItem::Credential(id) => super::credentials::of(&layer, &self.imvu.id, id),
                _ => None,
            })
            .collect()
    }
}

/// The root over a table of contents.
pub(crate) fn root(index: &MailIndex) -> Hash {
    let leaves: Vec<[u8; 32]> = index.entries.iter().map(|entry| entry.hash.0).collect();
    Hash(root_of(&leaves))
}
