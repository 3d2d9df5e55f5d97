//! Bundles: everything that proves one subject offline, from a header the caller trusts.

use crate::methods::blocks::consensus;
use crate::methods::exits;
use crate::methods::state::zone_sets;
use crate::node::Node;
use crate::reading::{Reading, prove};
use crate::refusal::Refusal;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{At, Base64, BundleSubject, GetBundleParams, PreimageView, StateItem};
use nexus_sdk::bundle::{
    Bundle, Evidence, LightBlock, RecordSet, TxItem, TxResult, inclusion_path, result_leaf_hash,
    tx_leaf_hash,
};
use nexus_store::ReadView;
use nexus_types::block::{BlockRecord, TxRecord};
use nexus_types::encoding::encode;
use nexus_types::log::CollectionKind;
use nexus_types::state_key::{self, StateKey};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tendermint::block::CommitSig;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;

/// Headers between the trusted one and the subject's: a whole change of validators each, with room. The verifier takes
/// 128 in all.
const MAX_BRIDGE: usize = 120;
/// The verifier asks that more than this part of the power trusted before has signed.
const TRUST: (u64, u64) = (2, 3);

pub(crate) async fn bundle(node: Arc<Node>, params: GetBundleParams) -> Result<Bundle, Refusal> {
    let trusted = params.trusted_height.0;
    let (subject, height, evidence) = match params.subject {
        BundleSubject::Tx(wanted) => {
            let found = node.committed_tx(wanted.0).await?;
            let hash = found.record()?.hash;
            let item = tx_item(&found.block, found.index)?;
            let evidence = Evidence {
                tx: Some(item),
                ..Evidence::default()
            };
            (BundleSubject::Tx(hash.into()), found.block.height, evidence)
        }
        BundleSubject::Imvu(id) => {
            let mut keys = vec![state_key::imvu(&id.0), state_key::path_policy(&id.0)];
            keys.extend(CollectionKind::ALL.map(|kind| state_key::collection(kind, Some(&id.0))));
            let subject = BundleSubject::Imvu(id.clone());
            node.state_evidence(subject, keys, |_, _| Ok(())).await?
        }
        BundleSubject::Identity(id) => {
            let keys = vec![state_key::identity(&id.0)];
            let subject = BundleSubject::Identity(id);
            node.state_evidence(subject, keys, |_, _| Ok(())).await?
        }
        BundleSubject::Exit(id) => {
            let subject = BundleSubject::Exit(id.clone());
            node.state_evidence(subject, Vec::new(), move |reading, evidence| {
                let keys = exits::covered(reading, &id.0)?;
                let (view, height) = (reading.view(), reading.height());
                for key in keys {
                    evidence.state.push(prove(view, height, key.as_bytes())?);
                }
                Ok(())
            })
            .await?
        }
        BundleSubject::Zone(apex) => {
            let keys = vec![state_key::domain(&apex.0), state_key::zone(&apex.0)];
            let subject = BundleSubject::Zone(apex.clone());
            let apex = apex.0;
            node.state_evidence(subject, keys, move |reading, evidence| {
                let sets = zone_sets(reading, &apex)?;
                evidence.records = sets
                    .iter()
                    .map(|(owner, set)| RecordSet::new(owner, set))
                    .collect();
                Ok(())
            })
            .await?
        }
    };
    let light_blocks = node.light_blocks(trusted, height).await?;
    Bundle::seal(subject, height, light_blocks, evidence)
        .map_err(|error| Refusal::interface(InterfaceCode::Unprovable, error).at(height))
}

/// The transaction, its result, and where both stand in their Merkle trees.
fn tx_item(block: &BlockRecord, index: usize) -> Result<TxItem, Refusal> {
    let failed = |cause: &dyn std::fmt::Display| Refusal::internal("proving a transaction", cause);
    let place = index as u64;
    let record = block
        .txs
        .get(index)
        .ok_or_else(|| failed(&"it is not in its block"))?;
    let txs: Vec<_> = block.txs.iter().map(|tx| tx_leaf_hash(&tx.bytes)).collect();
    let results: Vec<_> = block
        .txs
        .iter()
        .map(|tx| result_leaf_hash(&result(tx)))
        .collect();
    Ok(TxItem {
        bytes: Base64::new(record.bytes.clone()),
        index: place.into(),
        total: (block.txs.len() as u64).into(),
        data_path: inclusion_path(&txs, place).map_err(|error| failed(&error))?,
        result: result(record),
        result_path: inclusion_path(&results, place).map_err(|error| failed(&error))?,
    })
}

/// The result as the application gave it to CometBFT: this chain counts no gas.
fn result(record: &TxRecord) -> TxResult {
    TxResult {
        code: record.code.number(),
        data: Base64::new(record.verdict.as_ref().map(encode).unwrap_or_default()),
        gas_wanted: 0,
        gas_used: 0,
    }
}

type Proved = (BundleSubject, u64, Evidence);

impl Node {
    /// State keys at the highest height whose header exists, with the chain's own record.
    async fn state_evidence(
        self: &Arc<Self>,
        subject: BundleSubject,
        keys: Vec<StateKey>,
        fill: impl FnOnce(&Reading, &mut Evidence) -> Result<(), Refusal> + Send + 'static,
    ) -> Result<Proved, Refusal> {
        let view = self.view()?;
        self.blocking(move || {
            let reading = Reading::new(view, At::Provable)?;
            let (view, height) = (reading.view(), reading.height());
            let mut evidence = Evidence {
                preimage: Some(PreimageView::from(&view.preimage_at(height)?)),
                state: state_items(view, height, &keys)?,
                ..Evidence::default()
            };
            fill(&reading, &mut evidence)?;
            Ok((subject, height, evidence))
        })
        .await
    }

    /// The headers from the trusted one to H and H + 1, with what is needed in between. Height 0 stands for genesis, or for
    /// the beginning of the recovery epoch, whose validators the caller knows.
    async fn light_blocks(&self, trusted: u64, height: u64) -> Result<Vec<LightBlock>, Refusal> {
        let latest = self.view()?.height();
        let after = height.saturating_add(1);
        if after > latest {
            let what = format_args!(
                "header {after}, which carries what block {height} led to, is not committed yet"
            );
            return Err(Refusal::interface(InterfaceCode::FutureHeight, what).at(latest));
        }
        if trusted > height {
            let what = format_args!(
                "the subject is of height {height}, before the trusted height {trusted}; trust an earlier header, or genesis (0)"
            );
            return Err(Refusal::interface(InterfaceCode::Unprovable, what).at(latest));
        }
        let mut blocks = Vec::new();
        let mut from = if trusted == 0 {
            self.beginning(height).await?
        } else {
            let first = self.light_block(trusted).await?;
            let from = Trusted::from(&first);
            blocks.push(first);
            from
        };
        for target in [height, after] {
            if target > from.height {
                from = self.bridge(from, target, &mut blocks).await?;
            }
        }
        Ok(blocks)
    }

    /// What who trusts a beginning trusts: the validators of CometBFT's first block. After a recovery that is the first of the
    /// epoch, and there are no headers from before.
    async fn beginning(&self, height: u64) -> Result<Trusted, Refusal> {
        let first = self.first_height().await?;
        let before = first.saturating_sub(1);
        if height < before {
            let what = format_args!(
                "block {height} is of before the recovery of this chain, whose first block is now {first}; the headers before it \
                 are in the old blocks that its operators keep"
            );
            return Err(Refusal::interface(InterfaceCode::Unprovable, what));
        }
        if height == before {
            let what = format_args!("height {height} has no header: the chain's first is {first}");
            return Err(Refusal::interface(InterfaceCode::FutureHeight, what));
        }
        let set = validator_set(self.validators(first).await?);
        Ok(Trusted {
            height: before,
            set,
        })
    }

    /// The height of CometBFT's first block: 1, or what a recovery's genesis says. It never changes while CometBFT runs.
    async fn first_height(&self) -> Result<u64, Refusal> {
        let first = self.first_height.get_or_try_init(|| async {
            let genesis = self.context.comet.initial_height().await;
            genesis.map_err(consensus)
        });
        first.await.copied()
    }

    /// Adds the target, and before it what the verifier needs to trust it: halves the distance until enough of the
    /// validators trusted before have signed. The next height always works: its validators were named before.
    async fn bridge(
        &self,
        mut from: Trusted,
        target: u64,
        blocks: &mut Vec<LightBlock>,
    ) -> Result<Trusted, Refusal> {
        let mut wanted = vec![self.light_block(target).await?];
        while let Some(next) = wanted.pop() {
            if blocks.len().saturating_add(wanted.len()) > MAX_BRIDGE {
                let what = format_args!(
                    "the validators changed more often since height {} than one bundle bridges; trust a later header",
                    from.height
                );
                return Err(Refusal::interface(InterfaceCode::Unprovable, what));
            }
            let adjacent = next.height() == from.height.saturating_add(1);
            if adjacent || from.trusts(&next.signed_header) {
                from = Trusted::from(&next);
                blocks.push(next);
                continue;
            }
            let middle = from.height.midpoint(next.height());
            wanted.push(next);
            wanted.push(self.light_block(middle).await?);
        }
        Ok(from)
    }

    async fn light_block(&self, height: u64) -> Result<LightBlock, Refusal> {
        let header = self.context.comet.signed_header(height).await;
        let header = self.history(header).await?;
        let header: SignedHeader = read("a signed header", header)?;
        let validators = self.validators(height).await?;
        let next = self.validators(height.saturating_add(1)).await?;
        Ok(LightBlock::new(header, validators, next))
    }

    async fn validators(&self, height: u64) -> Result<Vec<validator::Info>, Refusal> {
        let all = self.context.comet.validators(height).await;
        let all = self.history(all).await?;
        all.into_iter()
            .map(|one| read("a validator", one))
            .collect()
    }
}

fn state_items(view: &ReadView, height: u64, keys: &[StateKey]) -> Result<Vec<StateItem>, Refusal> {
    let chain = state_key::chain();
    let all = std::iter::once(&chain).chain(keys);
    all.map(|key| prove(view, height, key.as_bytes())).collect()
}

fn read<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value)
        .map_err(|error| Refusal::internal(&format!("reading {what} of CometBFT"), &error))
}

fn validator_set(validators: Vec<validator::Info>) -> validator::Set {
    validator::Set::without_proposer(validators)
}

/// What a verifier trusts after a header: the validators of the next one.
struct Trusted {
    height: u64,
    set: validator::Set,
}

impl From<&LightBlock> for Trusted {
    fn from(block: &LightBlock) -> Self {
        Self {
            height: block.height(),
            set: block.next_validator_set.clone(),
        }
    }
}

impl Trusted {
    /// Whether enough of the trusted power has signed that header.
    fn trusts(&self, header: &SignedHeader) -> bool {
        let signers = header
            .commit
            .signatures
            .iter()
            .filter_map(|signature| match signature {
                CommitSig::BlockIdFlagCommit {
                    validator_address, ..
                } => Some(*validator_address),
                _ => None,
            });
        let signed = signers
            .filter_map(|address| self.set.validator(address))
            .fold(0u64, |sum, one| sum.saturating_add(one.power()));
        let total = self.set.total_voting_power().value();
        let (numerator, denominator) = TRUST;
        signed.saturating_mul(denominator) > total.saturating_mul(numerator)
    }
}
