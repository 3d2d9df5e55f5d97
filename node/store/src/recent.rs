//! Values that were read or written lately, in RAM, so that a block does not fetch from the disk what its execution has
//! just read, and a hot object (the chain's record, a signer's identity) is not fetched and hashed for each transaction.
//!
//! An entry is believed for its hash alone: it answers where the tree's leaf, at whatever version is asked, says that the
//! key has a value with that hash. So no view sees the value of another height, nothing needs to be taken out when a value
//! changes, and what is served has been compared with the root as a value from the disk is.

use std::collections::HashMap;
use std::sync::Mutex;

use foldhash::fast::RandomState;
use nexus_tree::Hash;

use crate::RECENT_BYTES;
use crate::error::StoreError;

/// Bytes that an entry takes besides its value: key hash, value hash, the value's place, the table's spare room (between a seventh
/// and half of it), the allocation's own words.
const ENTRY_BYTES: usize = 192;

/// A value, or that there is none.
pub(crate) type Value = Option<Vec<u8>>;

/// What a leaf says of a key: the hash of its value, or that it has none.
type Leaf = Option<Hash>;

/// Two generations: the younger one takes what is used; when it holds half of [`RECENT_BYTES`], the elder goes and the
/// younger takes its place. What is used at least once in that time stays.
#[derive(Default)]
pub(crate) struct Recent(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: Table,
    young_bytes: usize,
    elder: Table,
}

/// By key hash. Its own hash is cheap, so that the processor looks for several keys at once, and keyed, so that nobody
/// chooses state keys that meet in it.
type Table = HashMap<Hash, Entry, RandomState>;

struct Entry {
    leaf: Leaf,
    value: Value,
}

impl Entry {
    fn bytes(&self) -> usize {
        let value = self.value.as_ref().map_or(0, Vec::capacity);
        value.saturating_add(ENTRY_BYTES)
    }
}

impl Recent {
    /// The value of a key, if it is here with exactly what the leaf says.
    pub(crate) fn get(&self, key: &Hash, leaf: &Leaf) -> Result<Option<Value>, StoreError> {
        Ok(self.0.lock()?.get(key, leaf))
    }

    /// Shows what [`Self::get`] finds of many keys, which count as used no more than before: other values come in their
    /// place.
    pub(crate) fn peek_all<'a>(
        &self,
        keys: impl Iterator<Item = (&'a Hash, &'a Leaf)>,
        mut show: impl FnMut(Option<&Value>),
    ) -> Result<(), StoreError> {
        let generations = self.0.lock()?;
        // First where all values are: to look at one is to wait for it.
        let found: Vec<Option<&Value>> = keys
            .map(|(key, leaf)| generations.peek(key, leaf))
            .collect();
        found.into_iter().for_each(&mut show);
        Ok(())
    }

    /// Keeps a value that hashes to what stands beside it.
    pub(crate) fn keep(&self, key: Hash, leaf: Leaf, value: Value) -> Result<(), StoreError> {
        self.0.lock()?.keep(key, Entry { leaf, value });
        Ok(())
    }

    /// [`Self::keep`] for many keys.
    pub(crate) fn keep_all(
        &self,
        entries: impl Iterator<Item = (Hash, Leaf, Value)>,
    ) -> Result<(), StoreError> {
        let mut generations = self.0.lock()?;
        for (key, leaf, value) in entries {
            generations.keep(key, Entry { leaf, value });
        }
        Ok(())
    }
}

impl Generations {
    fn get(&mut self, key: &Hash, leaf: &Leaf) -> Option<Value> {
        if let Some(entry) = self.young.get(key) {
            return (entry.leaf == *leaf).then(|| entry.value.clone());
        }
        let entry = self.elder.remove(key)?;
        let value = (entry.leaf == *leaf).then(|| entry.value.clone());
        self.keep(*key, entry);
        value
    }

    fn peek(&self, key: &Hash, leaf: &Leaf) -> Option<&Value> {
        let entry = self.young.get(key).or_else(|| self.elder.get(key))?;
        (entry.leaf == *leaf).then_some(&entry.value)
    }

    fn keep(&mut self, key: Hash, entry: Entry) {
        let bytes = entry.bytes();
        if bytes > RECENT_BYTES / 2 {
            return;
        }
        if self.young_bytes.saturating_add(bytes) > RECENT_BYTES / 2 {
            self.elder = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(bytes);
        if let Some(before) = self.young.insert(key, entry) {
            self.young_bytes = self.young_bytes.saturating_sub(before.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(of: u8, bytes: usize) -> Value {
        Some(vec![of; bytes])
    }

    fn number(of: u32) -> Hash {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&of.to_be_bytes());
        hash
    }

    #[test]
    fn only_the_value_that_the_leaf_names_is_found() {
        let recent = Recent::default();
        recent
            .keep([1; 32], Some([7; 32]), value(7, 3))
            .expect("kept");
        recent.keep([2; 32], None, None).expect("kept");
        let get = |key, leaf| recent.get(&[key; 32], &leaf).expect("no poison");
        assert_eq!(get(1, Some([7; 32])), Some(value(7, 3)));
        assert_eq!(get(1, Some([8; 32])), None);
        assert_eq!(get(1, None), None);
        assert_eq!(get(2, None), Some(None));
        assert_eq!(get(2, Some([7; 32])), None);
        assert_eq!(get(3, None), None);
        let (right, wrong) = (Some([7; 32]), Some([8; 32]));
        let asked = [
            ([1; 32], &right),
            ([1; 32], &wrong),
            ([2; 32], &None),
            ([3; 32], &None),
        ];
        let mut found = Vec::new();
        recent
            .peek_all(asked.iter().map(|(key, leaf)| (key, *leaf)), |value| {
                found.push(value.cloned());
            })
            .expect("no poison");
        let wanted = vec![Some(value(7, 3)), None, Some(None), None];
        assert_eq!(found, wanted);
        recent
            .keep([1; 32], Some([8; 32]), value(8, 3))
            .expect("kept");
        assert_eq!(get(1, Some([7; 32])), None);
        assert_eq!(get(1, Some([8; 32])), Some(value(8, 3)));
    }

    #[test]
    fn memory_is_bounded_and_what_is_used_stays() {
        let recent = Recent::default();
        let bytes = 4_096;
        let fit = u32::try_from(RECENT_BYTES / (bytes + ENTRY_BYTES)).expect("it fits");
        for n in 0..fit * 3 {
            recent
                .keep(number(n), Some([1; 32]), value(1, bytes))
                .expect("kept");
            let hot = recent.get(&number(0), &Some([1; 32])).expect("no poison");
            assert!(hot.is_some(), "used after each of {n}");
        }
        let generations = recent.0.lock().expect("no poison");
        let held = generations.young.len() + generations.elder.len();
        assert!(
            held <= usize::try_from(fit).expect("it fits"),
            "{held} of {fit}"
        );
        assert!(
            held >= usize::try_from(fit / 2).expect("it fits") - 1,
            "{held} of {fit}"
        );
        assert!(
            !generations.young.contains_key(&number(1))
                && !generations.elder.contains_key(&number(1))
        );
    }

    #[test]
    fn a_value_larger_than_a_generation_is_left_out() {
        let recent = Recent::default();
        recent
            .keep([1; 32], Some([1; 32]), value(1, 8))
            .expect("kept");
        recent
            .keep([2; 32], Some([1; 32]), value(1, RECENT_BYTES))
            .expect("kept");
        let get = |key| recent.get(&[key; 32], &Some([1; 32])).expect("no poison");
        assert!(get(2).is_none() && get(1).is_some());
    }
}
