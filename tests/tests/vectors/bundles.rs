//! bundles/*.json, anchor.json and bundles.json: evidence about the vectors' chain, whole and tampered with, and what a
//! verifier must say of it.

use crate::chain::{Chain, time_ns};
use crate::people::{alice, imvu, name};
use crate::scenario::Scenario;
use crate::spelled::{self, number};
use nexus_sdk::anchor::{Anchor, AnchorPoint};
use nexus_sdk::api::{Hex, PreimageView, RecordItem, StateItem};
use nexus_sdk::bundle::{
    Bundle, BundleSubject, Evidence, RecordSet, TxItem, inclusion_path, result_leaf_hash,
    tx_leaf_hash,
};
use nexus_sdk::verify::{Facts, Policy, verify_file};
use nexus_tree::log::{Frontier, leaf_hash, prove_inclusion};
use nexus_tree::smt::key_hash;
use nexus_types::encoding::encode;
use nexus_types::log::{ChainLog, CollectionKind, LogId};
use nexus_types::rrset::RRset;
use nexus_types::state::{ZoneEntry, ZoneIndex};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Hash, IdentityId, Name};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tendermint::Time;

/// Bundle files by name, the anchor file, and the list of cases.
pub(crate) struct Bundles {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) anchor: String,
    pub(crate) cases: Value,
}

/// A height whose header is pinned in some cases.
const PINNED: u64 = 5;

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

/// A change to a bundle's JSON before it is sealed again.
enum Edit {
    Set(&'static str, Value),
    Remove(&'static str),
}

/// What may differ from the plain verification of a bundle.
struct Case {
    name: String,
    bundle: String,
    edit: Option<Edit>,
    anchor: Anchor,
    now: Time,
}

struct Cases<'a> {
    made: &'a [(&'static str, Bundle)],
    all: Vec<Case>,
    anchor: Anchor,
    now: Time,
}

impl<'a> Cases<'a> {
    fn new(chain: &Chain, made: &'a [(&'static str, Bundle)]) -> Self {
        let mut cases = Self {
            made,
            all: Vec::new(),
            anchor: Chain::anchor(),
            now: time_ns(chain.height() + 10),
        };
        for (name, _) in made {
            cases.add(&format!("{name}, whole"), name, None);
        }
        cases.forged_transactions();
        cases.forged_states();
        cases.forged_headers();
        cases.other_trust(chain);
        cases
    }

    fn add(&mut self, name: &str, bundle: &str, edit: Option<Edit>) {
        self.all.push(Case {
            name: name.to_owned(),
            bundle: bundle.to_owned(),
            edit,
            anchor: self.anchor.clone(),
            now: self.now,
        });
    }

    fn set(&mut self, name: &str, bundle: &str, at: &'static str, value: Value) {
        self.add(name, bundle, Some(Edit::Set(at, value)));
    }

    /// A member of a bundle's JSON.
    fn member(&self, bundle: &str, at: &str) -> Value {
        let (_, found) = self.made.iter().find(|(name, _)| *name == bundle).unwrap();
        serde_json::to_value(found)
            .unwrap()
            .pointer(at)
            .unwrap()
            .clone()
    }

    fn forged_transactions(&mut self) {
        let other = self.member("tx-applied", "/tx/bytes");
        self.set("another code", "tx-denied", "/tx/result/code", json!(0));
        self.set("no verdict", "tx-denied", "/tx/result/data", json!(""));
        self.set(
            "gas that was not used",
            "tx-denied",
            "/tx/result/gasUsed",
            json!(1),
        );
        self.set(
            "another transaction's bytes",
            "tx-denied",
            "/tx/bytes",
            other,
        );
        let subject = json!({"tx": "00".repeat(32)});
        self.set("another subject", "tx-denied", "/subject", subject);
        self.set("another place", "tx-of-twelve", "/tx/index", json!("4"));
        // An RFC 6962 path proves a place in the tree, not the tree's size: see the document.
        self.set(
            "another number of transactions, which the same path fits",
            "tx-of-twelve",
            "/tx/total",
            json!("11"),
        );
        self.set(
            "another number of transactions, which the path does not fit",
            "tx-of-twelve",
            "/tx/total",
            json!("20"),
        );
        self.set(
            "an altered path",
            "tx-of-twelve",
            "/tx/dataPath/1",
            json!("11".repeat(32)),
        );
        self.add(
            "a path too short",
            "tx-of-twelve",
            Some(Edit::Remove("/tx/resultPath/0")),
        );
        self.add("no transaction", "tx-denied", Some(Edit::Remove("/tx")));
        self.set(
            "an altered log record",
            "tx-denied",
            "/logs/0/record",
            json!("00"),
        );
        self.set(
            "a record of another log",
            "tx-denied",
            "/logs/0/log",
            json!("platform"),
        );
        self.set(
            "a log that does not exist",
            "tx-denied",
            "/logs/0/log",
            json!("rumours"),
        );
    }

    fn forged_states(&mut self) {
        let imvu = self.member("imvu", "/state/1");
        self.set(
            "another state root",
            "imvu",
            "/preimage/stateRoot",
            json!("22".repeat(32)),
        );
        self.set(
            "other constants",
            "imvu",
            "/preimage/constants",
            json!("22".repeat(32)),
        );
        self.set(
            "another size of a log",
            "imvu",
            "/preimage/logs/4/size",
            json!("7"),
        );
        self.add("no preimage", "imvu", Some(Edit::Remove("/preimage")));
        self.set("a value removed", "imvu", "/state/1/value", Value::Null);
        self.set(
            "a value where there is none",
            "imvu-absent",
            "/state/1/value",
            imvu["value"].clone(),
        );
        self.set(
            "another key",
            "imvu",
            "/state/1/key",
            json!("20494d56552d303433"),
        );
        self.add("a key not shown", "imvu", Some(Edit::Remove("/state/3")));
        self.set("a key shown twice", "imvu", "/state/2", imvu);
        self.add(
            "a record set left out",
            "zone",
            Some(Edit::Remove("/records/2")),
        );
        let (first, second) = (
            self.member("zone", "/records/0"),
            self.member("zone", "/records/1"),
        );
        self.set("a record set twice", "zone", "/records/1", first);
        self.set(
            "record sets of a zone that is not there",
            "zone-absent",
            "/records",
            json!([second]),
        );
        self.set(
            "records beside an identity",
            "identity",
            "/records",
            json!([second]),
        );
    }

    fn forged_headers(&mut self) {
        let header = "/lightBlocks/0/signed_header/header/app_hash";
        self.set(
            "a header that says something else",
            "imvu",
            header,
            json!("33".repeat(32).to_uppercase()),
        );
        let signature = self.member(
            "imvu",
            "/lightBlocks/1/signed_header/commit/signatures/0/signature",
        );
        let at = "/lightBlocks/0/signed_header/commit/signatures/0/signature";
        self.set("a signature of another height", "imvu", at, signature);
        let absent = json!({"block_id_flag": 1, "validator_address": "", "timestamp": null, "signature": null});
        let at = "/lightBlocks/0/signed_header/commit/signatures/";
        let missing = (0..4).filter(|index| {
            let flag = self.member("imvu", &format!("{at}{index}/block_id_flag"));
            flag == json!(2)
        });
        let pointer = match missing.last() {
            Some(2) => "/lightBlocks/0/signed_header/commit/signatures/2",
            _ => "/lightBlocks/0/signed_header/commit/signatures/3",
        };
        self.set("half of the power signed", "imvu", pointer, absent);
        let mut set = self.member("imvu", "/lightBlocks/0/validator_set");
        set["validators"][0]["power"] = json!("11");
        set["total_voting_power"] = json!("41");
        self.set(
            "a validator of another power",
            "imvu",
            "/lightBlocks/0/validator_set",
            set,
        );
        self.set("another height", "imvu", "/height", json!("3"));
        self.add(
            "one header only",
            "imvu",
            Some(Edit::Remove("/lightBlocks/1")),
        );
    }

    fn other_trust(&mut self, chain: &Chain) {
        let trusting = nexus_sdk::verify::TRUSTING_PERIOD;
        let mut case = |name: &str, bundle: &str, anchor: Anchor, now: Time| {
            self.all.push(Case {
                name: name.to_owned(),
                bundle: bundle.to_owned(),
                edit: None,
                anchor,
                now,
            });
        };
        let (anchor, now) = (self.anchor.clone(), self.now);
        let late = time_ns(1).checked_add(trusting).unwrap();
        case(
            "the anchor's trusting period is over",
            "imvu",
            anchor.clone(),
            late,
        );
        let early = time_ns(1);
        case("a header from the future", "imvu", anchor.clone(), early);
        let chain_id = Anchor {
            chain_id: String::from("other"),
            ..anchor.clone()
        };
        case("an anchor of another chain", "imvu", chain_id, now);
        let reborn = Anchor {
            genesis_hash: Hash([3; 32]),
            ..anchor.clone()
        };
        case("an anchor of another genesis", "imvu", reborn, now);
        let hash = chain.blocks[PINNED as usize - 1].header.hash();
        let pinned = |hash| Anchor {
            point: AnchorPoint::Block {
                height: PINNED,
                hash,
            },
            ..anchor.clone()
        };
        let hash = Hash(hash.as_bytes().try_into().unwrap());
        case(
            "a pinned block",
            "tx-from-a-pinned-block",
            pinned(hash),
            now,
        );
        case(
            "a pinned block of another hash",
            "tx-from-a-pinned-block",
            pinned(Hash([4; 32])),
            now,
        );
        case(
            "a pinned block that the bundle does not show",
            "imvu",
            pinned(hash),
            now,
        );
    }

    fn spelled(&self) -> Value {
        let cases: Vec<Value> = self.all.iter().map(|case| self.spell(case)).collect();
        json!({
            "about": "What a verifier must say of the files in bundles/. `edit` is made to the file's JSON first, and the digest renewed. `fails` names the step that refuses it, `facts` what is proved.",
            "cases": cases,
        })
    }

    fn spell(&self, case: &Case) -> Value {
        let (_, bundle) = self
            .made
            .iter()
            .find(|(name, _)| *name == case.bundle)
            .unwrap();
        let bytes = match &case.edit {
            None => bundle.to_bytes().unwrap(),
            Some(edit) => edited(bundle, edit),
        };
        let report = verify_file(&bytes, &case.anchor, &Policy::at(case.now));
        let anchor: Value = serde_json::from_str(&case.anchor.to_json().unwrap()).unwrap();
        let mut out = json!({
            "name": case.name,
            "bundle": format!("{}.json", case.bundle),
            "anchor": anchor,
            "now": case.now.to_rfc3339(),
        });
        match &case.edit {
            Some(Edit::Set(at, value)) => out["edit"] = json!({"set": at, "to": value}),
            Some(Edit::Remove(at)) => out["edit"] = json!({"remove": at}),
            None => {}
        }
        match (report.failure(), &report.verified) {
            (Some(step), _) => out["fails"] = json!(step.name.name()),
            (None, Some(verified)) => {
                out["facts"] = facts(verified.value());
                out["header_hash"] = json!(verified.header_hash().to_string());
            }
            (None, None) => panic!("{}: neither verified nor refused", case.name),
        }
        out
    }
}

/// The bundle's file after an edit, sealed again. An edit that takes away the shape of a bundle leaves the bare JSON.
fn edited(bundle: &Bundle, edit: &Edit) -> Vec<u8> {
    let mut value = serde_json::to_value(bundle).unwrap();
    let (Edit::Set(at, _) | Edit::Remove(at)) = edit;
    let (parent, last) = at.rsplit_once('/').unwrap();
    match (value.pointer_mut(parent).unwrap(), edit) {
        (Value::Array(items), Edit::Set(_, wanted)) => {
            items[last.parse::<usize>().unwrap()] = wanted.clone();
        }
        (Value::Array(items), Edit::Remove(_)) => drop(items.remove(last.parse().unwrap())),
        (Value::Object(members), Edit::Set(_, wanted)) => {
            members.insert(last.to_owned(), wanted.clone());
        }
        (Value::Object(members), Edit::Remove(_)) => drop(members.remove(last).unwrap()),
        _ => unreachable!("{at} is in no array or object"),
    }
    match serde_json::from_value::<Bundle>(value.clone()) {
        Ok(mut forged) => {
            forged.digest = forged.compute_digest().unwrap();
            forged.to_bytes().unwrap()
        }
        Err(_) => serde_json::to_vec(&value).unwrap(),
    }
}

fn facts(facts: &Facts) -> Value {
    match facts {
        Facts::Tx(tx) => json!({"tx": {
            "hash": tx.hash.to_string(),
            "index": number(tx.index),
            "code": tx.code.number(),
            "id": tx.tx.as_ref().map(|tx| tx.body.id().to_string()),
            "verdict": tx.verdict.as_ref().map(spelled::verdict),
        }}),
        Facts::Imvu(imvu) => json!({"imvu": {
            "owner": imvu.imvu.as_ref().map(|one| one.owner.to_string()),
            "quota": imvu.imvu.as_ref().map(|one| spelled::quota(&one.quota)),
            "policy": imvu.policy.as_ref().map(spelled::policy),
            "collections": imvu.collections.iter()
                .map(|(kind, one)| json!([spelled::variant(kind), one.as_ref().map(|one| number(one.size))]))
                .collect::<Vec<_>>(),
        }}),
        Facts::Zone(zone) => json!({"zone": {
            "imvu": zone.domain.as_ref().and_then(|domain| domain.imvu.as_ref()).map(|id| id.as_str()),
            "serial": zone.zone.as_ref().map(|zone| number(zone.serial)),
            "records": zone.records.iter()
                .map(|(owner, set)| json!([owner.as_str(), spelled::rrset(set)]))
                .collect::<Vec<_>>(),
        }}),
        Facts::Identity(identity) => json!({"identity": {
            "key": identity.identity.as_ref().map(|one| hex::encode(one.key.0)),
        }}),
    }
}
