//! The state as the simulation itself keeps it: an ordered map, filled with what the machine says a block changes, one
//! signature checked at a time, its root rebuilt from nothing at every block.

use nexus_machine::{
    Block, BlockContext, Executed, Misbehaviour, SingleVerify, TxOutcome, View, invariants,
};
use nexus_tree::log::{Frontier, leaf_hash};
use nexus_tree::smt::{SparseMerkleTree, key_hash, value_hash};
use nexus_types::encoding::decode;
use nexus_types::log::{ChainLog, LogId};
use nexus_types::meter::{Resource, UsageHour};
use nexus_types::state_key::StateKey;
use nexus_types::{Hash, ImvuId, Tx};
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::oracle::ledger::{self, Books};
use crate::oracle::{self, Changes, Step};

/// Heights between two checks of the law's own invariants, over the whole state.
const CHECK_EVERY: u64 = 3;

/// The state and the frontiers of the chain's logs.
#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) state: BTreeMap<StateKey, Vec<u8>>,
    frontiers: BTreeMap<ChainLog, Frontier>,
    /// All usage that was ever sealed.
    usage: BTreeMap<(ImvuId, Resource), u128>,
    /// All money, a second time.
    books: Books,
    height: u64,
}

/// What a block comes to.
pub(crate) struct Outcome {
    pub(crate) executed: Executed,
    pub(crate) app_hash: Hash,
}

impl View for Reference {
    fn get(&self, key: &StateKey) -> Option<Cow<'_, [u8]>> {
        self.state.get(key).map(|value| Cow::Borrowed(&value[..]))
    }

    fn first_in(&self, from: &StateKey, to: &StateKey) -> Option<(StateKey, Vec<u8>)> {
        let mut range = self.state.range(from.clone()..to.clone());
        range
            .next()
            .map(|(key, value)| (key.clone(), value.clone()))
    }

    fn frontier(&self, log: ChainLog) -> Frontier {
        self.frontiers.get(&log).cloned().unwrap_or_default()
    }
}

impl Reference {
    /// Takes in what a block did, and says what its app hash must be.
    pub(crate) fn take(&mut self, height: u64, executed: Executed) -> Outcome {
        for (key, value) in &executed.changes {
            match value {
                Some(value) => self.state.insert(key.clone(), value.clone()),
                None => self.state.remove(key),
            };
        }
        for (log, record) in &executed.appends {
            if let LogId::Chain(log) = log {
                let frontier = self.frontiers.entry(*log).or_default();
                frontier.append(leaf_hash(record)).expect("a short log");
            }
            if *log == LogId::Chain(ChainLog::Usage) {
                let hour: UsageHour = decode(record).expect("an hour of usage");
                for line in hour.lines {
                    let sum = self.usage.entry((hour.imvu.clone(), line.resource));
                    *sum.or_insert(0) += line.billed;
                }
            }
        }
        let leaf =
            |(key, value): (&StateKey, &Vec<u8>)| (key_hash(key.as_bytes()), value_hash(value));
        let leaves: Vec<_> = self.state.iter().map(leaf).collect();
        let tree = SparseMerkleTree::from_leaves(height + 1, leaves).expect("distinct keys");
        self.height = height;
        Outcome {
            app_hash: Hash(executed.preimage(Hash(tree.root())).hash()),
            executed,
        }
    }

    /// Executes a block transaction by transaction, and puts every oracle to each of them.
    pub(crate) fn execute(
        &mut self,
        context: BlockContext,
        misbehaviour: &[Misbehaviour],
        txs: &[bytes::Bytes],
        block_hash: Hash,
    ) -> Result<Outcome, String> {
        let mut block = Block::begin(&*self, context, misbehaviour);
        let mut before = so_far(&block, self);
        for (position, bytes) in txs.iter().enumerate() {
            let outcome = block.execute(&*self, bytes, &SingleVerify);
            let after = so_far(&block, self);
            self.judge(bytes, &outcome, &before, &after)
                .map_err(|what| format!("transaction {position} ({}): {what}", outcome.log))?;
            before = after;
        }
        let executed = block.finish(&*self, block_hash);
        oracle::whole::block(self, &executed)?;
        let outcome = self.take(context.height, executed);
        oracle::whole::hosts(&self.state)?;
        oracle::whole::usage(&self.state, &self.usage)?;
        let txs: Vec<Option<Tx>> = txs.iter().map(|bytes| decode(bytes).ok()).collect();
        let seen = ledger::Seen::new(&txs, &outcome.executed, &self.state);
        self.books
            .block(&seen)
            .map_err(|what| format!("the second books: {what}"))?;
        if context.height.is_multiple_of(CHECK_EVERY) {
            invariants::check(self).map_err(|broken| broken.to_string())?;
        }
        Ok(outcome)
    }

    fn judge(
        &self,
        bytes: &[u8],
        outcome: &TxOutcome,
        before: &Executed,
        after: &Executed,
    ) -> Result<(), String> {
        let written: BTreeMap<_, _> = before
            .changes
            .iter()
            .map(|(key, value)| (key, value))
            .collect();
        let get = |key: &StateKey| match written.get(key) {
            Some(value) => (*value).clone(),
            None => self.state.get(key).cloned(),
        };
        let changes: Changes = after
            .changes
            .iter()
            .map(|(key, new)| (key.clone(), (get(key), new.clone())))
            .filter(|(_, (old, new))| old != new)
            .collect();
        // The last record is the header's, which every block ends with.
        let appended = &after.appends[before.appends.len() - 1..after.appends.len() - 1];
        let tx = decode::<Tx>(bytes).ok();
        oracle::all(&Step {
            before: &get,
            changes: &changes,
            appended,
            tx: tx.as_ref(),
            outcome,
        })
    }
}

/// What the block would have done, ended here.
fn so_far(block: &Block, view: &Reference) -> Executed {
    block.clone().finish(view, Hash::default())
}
