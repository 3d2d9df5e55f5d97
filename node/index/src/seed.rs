//! Where an index begins that cannot begin with genesis: with the whole state as one height left it.
//!
//! A node restored from a snapshot has no blocks from before. Objects that were created in them exist all the same, and
//! belong into every list: they are written as first versions, at the height before the first block.

use crate::cell::saturated;
use crate::error::Error;
use crate::feed::{BlockSource, read};
use crate::index::{Index, extent};
use crate::write;
use sqlx::Connection;

impl Index {
    /// Lets an empty index begin where the source does. Returns whether blocks can be applied now; where the source has
    /// state but no block after it yet, there is nothing to begin with. `stopped` is asked between pages of the state.
    ///
    /// # Errors
    /// [`Error::Source`], and as [`Self::apply`]; then nothing was written.
    pub(crate) async fn begin(
        &self,
        source: &dyn BlockSource,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool, Error> {
        let held = self.extent().await?;
        if held.latest.is_some() {
            return Ok(true);
        }
        let earliest = source.earliest();
        let failed = |source| Error::Source {
            height: earliest,
            source,
        };
        match source.oldest_state().map_err(failed)? {
            Some(oldest) => {
                let base = oldest.max(earliest.saturating_sub(1));
                self.seed(source, base, stopped).await
            }
            None => {
                if earliest > held.first {
                    self.begin_at(earliest).await?;
                }
                Ok(true)
            }
        }
    }

    /// Writes the state after the block of height `base`, and the block that follows, in one transaction: a process that
    /// ends in the middle leaves an empty index, which begins anew wherever the source then begins.
    async fn seed(
        &self,
        source: &dyn BlockSource,
        base: u64,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<bool, Error> {
        let first = base.saturating_add(1);
        if source.latest().is_none_or(|latest| latest < first) {
            return Ok(false);
        }
        let block = read(source, first)?;
        let mut writer = self.writer()?.lock().await;
        let mut transaction = writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(Error::sql("locking the index for the state"))?;
        if extent(&mut transaction).await?.latest.is_some() {
            return Ok(true);
        }
        let mut position = 0usize;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = source.state(base, after.as_deref());
            let page = page.map_err(|source| Error::Source {
                height: base,
                source,
            })?;
            // Dropping the transaction undoes it.
            if stopped() {
                return Ok(false);
            }
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            let count = page.len();
            write::seed(&mut transaction, base, position, page).await?;
            position = position.saturating_add(count);
        }
        sqlx::query("UPDATE cursor SET first_height = ?1, height = ?1 - 1 WHERE one = 1")
            .bind(saturated(first))
            .execute(&mut *transaction)
            .await
            .map_err(Error::sql("beginning the index with a state"))?;
        write::block(&mut transaction, &block).await?;
        transaction
            .commit()
            .await
            .map_err(Error::sql("committing the state to the index"))?;
        tracing::info!(
            base,
            objects = position,
            "the index begins with the state of a height"
        );
        Ok(true)
    }
}
