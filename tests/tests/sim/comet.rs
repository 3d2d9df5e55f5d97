//! CometBFT, as far as the application can tell: the chain of decided blocks, and the rules by which CometBFT takes
//! validator updates (state/validation.go and types/validator_set.go of v0.38).

use bytes::Bytes;
use nexus_types::Hash;
use std::collections::BTreeMap;
use tendermint_proto::v0_38::abci::{RequestFinalizeBlock, ResponseFinalizeBlock, ValidatorUpdate};
use tendermint_proto::v0_38::crypto::public_key::Sum;

use crate::joining::Offer;

/// What of an answer enters consensus: each transaction's code and data, the validators, the app hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) results: Vec<(u32, Bytes)>,
    pub(crate) updates: Vec<(Vec<u8>, i64)>,
    pub(crate) app_hash: Bytes,
}

impl From<&ResponseFinalizeBlock> for Answer {
    fn from(response: &ResponseFinalizeBlock) -> Self {
        let results = response.tx_results.iter();
        Self {
            results: results
                .map(|result| (result.code, result.data.clone()))
                .collect(),
            updates: response.validator_updates.iter().map(pair).collect(),
            app_hash: response.app_hash.clone(),
        }
    }
}

fn pair(update: &ValidatorUpdate) -> (Vec<u8>, i64) {
    match update.pub_key.as_ref().and_then(|key| key.sum.as_ref()) {
        Some(Sum::Ed25519(key)) => (key.clone(), update.power),
        other => (format!("{other:?}").into_bytes(), update.power),
    }
}

/// A block that was decided, and what it came to.
pub(crate) struct Decided {
    pub(crate) request: RequestFinalizeBlock,
    pub(crate) answer: Answer,
    /// Records of the audit log after it.
    pub(crate) audited: u64,
}

/// The chain.
pub(crate) struct Comet {
    pub(crate) genesis_hash: Bytes,
    pub(crate) blocks: Vec<Decided>,
    pub(crate) validators: Validators,
    /// Snapshots of peers, for the node that starts.
    pub(crate) offers: Vec<Offer>,
}

impl Comet {
    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    /// Records of the audit log after a height; genesis has none.
    pub(crate) fn audited(&self, height: u64) -> u64 {
        let at = usize::try_from(height).expect("a height");
        at.checked_sub(1).map_or(0, |at| self.blocks[at].audited)
    }

    pub(crate) fn app_hash(&self, height: u64) -> &Bytes {
        match height.checked_sub(1) {
            Some(at) => {
                &self.blocks[usize::try_from(at).expect("a height")]
                    .answer
                    .app_hash
            }
            None => &self.genesis_hash,
        }
    }
}

/// The validators, and those that once were.
#[derive(Clone, Debug)]
pub(crate) struct Validators {
    pub(crate) power: BTreeMap<Vec<u8>, i64>,
    pub(crate) removed: Vec<Vec<u8>>,
}

/// Total voting power CometBFT can count with: 2⁶³ ÷ 8, rounded down.
const MAX_TOTAL_POWER: i64 = i64::MAX / 8;

impl Validators {
    /// Takes updates as CometBFT does.
    ///
    /// # Errors
    /// Whatever makes CometBFT v0.38 panic: the words say which of its rules is broken.
    pub(crate) fn take(&mut self, updates: &[(Vec<u8>, i64)]) -> Result<(), String> {
        let mut next = self.power.clone();
        let mut named = Vec::new();
        for (key, power) in updates {
            if key.len() != 32 {
                return Err("a key that is no ed25519 key".to_owned());
            }
            if *power < 0 {
                return Err("a negative power".to_owned());
            }
            if named.contains(&key) {
                return Err("duplicate entry in the updates".to_owned());
            }
            named.push(key);
            if *power > 0 {
                next.insert(key.clone(), *power);
            } else if next.remove(key).is_none() {
                return Err("failed to find a validator to remove".to_owned());
            } else {
                self.removed.push(key.clone());
            }
        }
        if next.is_empty() {
            return Err("the updates would result in an empty set".to_owned());
        }
        let total = next
            .values()
            .try_fold(0_i64, |sum, power| sum.checked_add(*power));
        if total.is_none_or(|total| total > MAX_TOTAL_POWER) {
            return Err("total voting power overflows".to_owned());
        }
        self.power = next;
        Ok(())
    }
}

/// CometBFT's address of a validator.
pub(crate) fn address(key: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&Hash::of(key).0[..20])
}

/// What CometBFT hands to a proposer: its mempool in the order of arrival until a block could hold no more
/// (`ReapMaxBytesMaxGas`, which counts each transaction with its tag and length).
pub(crate) fn reap(mempool: &[Bytes], max_data_bytes: usize) -> Vec<Bytes> {
    let mut total = 0;
    let fits = |tx: &&Bytes| {
        total += prost::encoding::bytes::encoded_len(1, *tx);
        total <= max_data_bytes
    };
    mempool.iter().take_while(fits).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn four() -> Validators {
        let power = (1..=4).map(|number| (vec![number; 32], 10)).collect();
        Validators {
            power,
            removed: Vec::new(),
        }
    }

    #[test]
    fn what_makes_cometbft_panic_is_an_error_here() {
        let key = |number: u8| vec![number; 32];
        for (updates, words) in [
            (vec![(key(9), 0)], "to remove"),
            (vec![(key(1), 0), (key(1), 0)], "duplicate"),
            (vec![(key(1), 5), (key(1), 6)], "duplicate"),
            (vec![(key(1), -1)], "negative"),
            (
                (1..=4).map(|number| (key(number), 0)).collect(),
                "empty set",
            ),
            (vec![(key(5), MAX_TOTAL_POWER)], "overflows"),
            (vec![(vec![1; 33], 1)], "no ed25519 key"),
        ] {
            let error = four().take(&updates).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
        let mut validators = four();
        validators
            .take(&[(key(1), 0), (key(5), 7)])
            .expect("a removal and an addition");
        assert_eq!(
            (validators.power.len(), validators.removed),
            (4, vec![key(1)])
        );
    }

    #[test]
    fn reaping_stops_at_the_first_that_does_not_fit() {
        let mempool: Vec<Bytes> = [100, 300, 100].map(|size| vec![0; size].into()).to_vec();
        // 100 bytes take 102 in a block, 300 take 303.
        assert_eq!(reap(&mempool, 405).len(), 2);
        assert_eq!(reap(&mempool, 404).len(), 1);
        assert_eq!(reap(&mempool, 507).len(), 3);
    }
}
