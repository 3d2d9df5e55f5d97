//! bundles/*.json and anchor.json: evidence about the vectors' chain.

use crate::cases::Cases;
use crate::chain::Chain;
use crate::people::{alice, imvu, name};
use crate::scenario::Scenario;
use nexus_sdk::api::{Hex, PreimageView, RecordItem, StateItem};
use nexus_sdk::bundle::{
    Bundle, BundleSubject, Evidence, RecordSet, TxItem, inclusion_path, result_leaf_hash,
    tx_leaf_hash,
};
use nexus_tree::log::{Frontier, leaf_hash, prove_inclusion};
use nexus_tree::smt::key_hash;
use nexus_types::encoding::encode;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::rrset::RRset;
use nexus_types::state::{ZoneEntry, ZoneIndex};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Hash, IdentityId, Name};
use serde_json::Value;
use std::collections::BTreeMap;

/// Bundle files by name, the anchor file, and the list of cases.
pub(crate) struct Bundles {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) anchor: String,
    pub(crate) cases: Value,
}

/// A height whose header is pinned in some cases.
pub(crate) const PINNED: u64 = 5;

pub(crate) fn all(story: &Scenario) -> Bundles {
    let chain = &story.chain;
    let height = chain.height() - 1;
    let at = |one: &str| {
        let acted = story.find(one);
        (acted.height, acted.index)
    };
    let denied = at("cut a quota");
    let mut made = vec![
        ("tx-applied", tx_bundle(chain, at("register alice"), &[])),
        ("tx-denied", tx_bundle(chain, denied, &[])),
        ("tx-of-twelve", tx_bundle(chain, at("set MX"), &[])),
        ("tx-inadmissible", tx_bundle(chain, (story.junk, 0), &[])),
        (
            "tx-from-a-pinned-block",
            tx_bundle(chain, denied, &[PINNED]),
        ),
    ];
    for id in ["IMVU-042", "IMVU-NONE"] {
        let label = if id == "IMVU-042" {
            "imvu"
        } else {
            "imvu-absent"
        };
        let id = imvu(id);
        let mut keys = vec![state_key::imvu(&id), state_key::path_policy(&id)];
        keys.extend(CollectionKind::ALL.map(|kind| state_key::collection(kind, Some(&id))));
        made.push((
            label,
            state_bundle(
                chain,
                height,
                BundleSubject::Imvu(id.into()),
                &keys,
                Vec::new(),
            ),
        ));
    }
    for (label, apex) in [
        ("zone", "alice.demo.example"),
        ("zone-absent", "none.demo.example"),
    ] {
        let apex = name(apex);
        let keys = [state_key::domain(&apex), state_key::zone(&apex)];
        let records = records(chain, &apex);
        made.push((
            label,
            state_bundle(
                chain,
                height,
                BundleSubject::Zone(apex.into()),
                &keys,
                records,
            ),
        ));
    }
    for (label, id) in [
        ("identity", alice().id),
        ("identity-absent", IdentityId(Hash([9; 32]))),
    ] {
        let keys = [state_key::identity(&id)];
        made.push((
            label,
            state_bundle(
                chain,
                height,
                BundleSubject::Identity(id.into()),
                &keys,
                Vec::new(),
            ),
        ));
    }
    let cases = Cases::new(chain, &made);
    Bundles {
        files: made
            .iter()
            .map(|(name, bundle)| ((*name).to_owned(), bundle.to_bytes().unwrap()))
            .collect(),
        anchor: Chain::anchor().to_json().unwrap(),
        cases: cases.spelled(),
    }
}

fn tx_bundle(chain: &Chain, (height, index): (u64, usize), before: &[u64]) -> Bundle {
    let made = &chain.blocks[height as usize - 1];
    let data: Vec<[u8; 32]> = made.txs.iter().map(|bytes| tx_leaf_hash(bytes)).collect();
    let results: Vec<[u8; 32]> = made.results.iter().map(result_leaf_hash).collect();
    let tx = TxItem {
        bytes: nexus_sdk::api::Base64::new(made.txs[index].clone()),
        index: (index as u64).into(),
        total: (made.txs.len() as u64).into(),
        data_path: inclusion_path(&data, index as u64).unwrap(),
        result: made.results[index].clone(),
        result_path: inclusion_path(&results, index as u64).unwrap(),
    };
    let subject = BundleSubject::Tx(Hash::of(&made.txs[index]).into());
    // The state of that height: everything later is forgotten by playing the chain up to there.
    let then = chain.at(height);
    let evidence = Evidence {
        preimage: Some(PreimageView::from(&chain.preimages[height as usize])),
        state: vec![item(&then, &state_key::chain())],
        logs: vec![last_record(&then)],
        tx: Some(tx),
        records: Vec::new(),
    };
    let heights = before.iter().copied().chain([height, height + 1]);
    let blocks = heights.map(|height| chain.light_block(height));
    Bundle::seal(subject, height, blocks.collect(), evidence).unwrap()
}

fn state_bundle(
    chain: &Chain,
    height: u64,
    subject: BundleSubject,
    keys: &[StateKey],
    records: Vec<RecordSet>,
) -> Bundle {
    let then = chain.at(height);
    let keys = [state_key::chain()].into_iter().chain(keys.iter().cloned());
    let evidence = Evidence {
        preimage: Some(PreimageView::from(&chain.preimages[height as usize])),
        state: keys.map(|key| item(&then, &key)).collect(),
        records,
        ..Evidence::default()
    };
    let blocks = [height, height + 1].map(|height| chain.light_block(height));
    Bundle::seal(subject, height, blocks.to_vec(), evidence).unwrap()
}

fn item(chain: &Chain, key: &StateKey) -> StateItem {
    let tree = chain.tree();
    let proof = tree
        .prove(tree.version(), &key_hash(key.as_bytes()))
        .unwrap();
    StateItem::new(key.as_bytes(), chain.state.get(key).cloned(), &proof)
}

fn last_record(chain: &Chain) -> RecordItem {
    let records = &chain.logs[&LogId::Chain(ChainLog::Audit)];
    let (mut frontier, mut nodes) = (Frontier::new(), BTreeMap::new());
    for record in records {
        for node in frontier.append(leaf_hash(record)).unwrap() {
            nodes.insert((node.level, node.index), node.hash);
        }
    }
    let index = frontier.size() - 1;
    RecordItem {
        log: String::from("audit"),
        index: index.into(),
        record: Hex::new(records[index as usize].clone()),
        proof: Hex::new(encode(
            &prove_inclusion(&nodes, index, frontier.size()).unwrap(),
        )),
    }
}

fn records(chain: &Chain, apex: &Name) -> Vec<RecordSet> {
    let index: ZoneIndex = chain.read(&state_key::zone_index(apex)).unwrap_or_default();
    let set = |entry: &ZoneEntry| {
        let key = state_key::rrset(apex, &entry.owner, entry.rtype);
        RecordSet::new(&entry.owner, &chain.read::<RRset>(&key).unwrap())
    };
    index.entries.iter().map(set).collect()
}
