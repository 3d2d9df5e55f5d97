//! The store from outside, over both backends. One binary, so that RocksDB is linked once.

/// The two reads of a backend that stands over the one in a field.
macro_rules! reads_of {
    ($field:tt) => {
        fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
            self.$field.get(family, key)
        }

        fn scan(
            &self,
            family: Family,
            from: &[u8],
            to: Option<&[u8]>,
            visit: &mut Visit<'_>,
        ) -> Result<(), BackendError> {
            self.$field.scan(family, from, to, visit)
        }
    };
}

mod checks;
mod damage;
mod durability;
mod ledger;
mod options;
mod recent;
mod restores;
mod snapshots;
mod views;
