//! bundles.json: what a verifier must say of each bundle, whole and tampered with.

use crate::chain::Chain;
use crate::spelled::{self, number};
use nexus_sdk::anchor::{Anchor, AnchorPoint};
use nexus_sdk::bundle::Bundle;
use nexus_sdk::verify::{Facts, Policy, verify_file};
use nexus_types::Hash;
use serde_json::{Value, json};
use tendermint::Time;

/// A change to a bundle's JSON before it is sealed again.
enum Edit {
    Set(String, Value),
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

/// All cases over the bundles made.
pub(crate) struct Cases<'a> {
    made: &'a [(&'static str, Bundle)],
    all: Vec<Case>,
    anchor: Anchor,
    now: Time,
}

impl<'a> Cases<'a> {
    pub(crate) fn new(chain: &Chain, made: &'a [(&'static str, Bundle)]) -> Self {
        let mut cases = Self {
            made,
            all: Vec::new(),
            anchor: Chain::anchor(),
            now: chain.time_ns(chain.height() + 10),
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

    fn set(&mut self, name: &str, bundle: &str, at: impl Into<String>, value: Value) {
        self.add(name, bundle, Some(Edit::Set(at.into(), value)));
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
        // Of a validator that signed both heights.
        let of = |block: u8, index: u8, member: &str| {
            format!("/lightBlocks/{block}/signed_header/commit/signatures/{index}/{member}")
        };
        let signed = |block, index| self.member("imvu", &of(block, index, "block_id_flag")) == 2;
        let both = (0..4).find(|index| signed(0, *index) && signed(1, *index));
        let index = both.unwrap();
        let signature = self.member("imvu", &of(1, index, "signature"));
        let at = of(0, index, "signature");
        self.set("a signature of another height", "imvu", at, signature);
        let absent = json!({"block_id_flag": 1, "validator_address": "", "timestamp": null, "signature": null});
        let at = "/lightBlocks/0/signed_header/commit/signatures/";
        let mut missing = (0..4).filter(|index| {
            let flag = self.member("imvu", &format!("{at}{index}/block_id_flag"));
            flag == json!(2)
        });
        let pointer = match missing.next_back() {
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
        let late = chain.time_ns(1).checked_add(trusting).unwrap();
        case(
            "the anchor's trusting period is over",
            "imvu",
            anchor.clone(),
            late,
        );
        let early = chain.time_ns(1);
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
        let hash = chain.blocks[crate::bundles::PINNED as usize - 1]
            .header
            .hash();
        let pinned = |hash| Anchor {
            point: AnchorPoint::Block {
                height: crate::bundles::PINNED,
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

    pub(crate) fn spelled(&self) -> Value {
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
    let at = match edit {
        Edit::Set(at, _) => at.as_str(),
        Edit::Remove(at) => at,
    };
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
        Facts::Exit(exit) => json!({"exit": {
            "stage": exit.exit.as_ref().map(|one| one.stage.name()),
            "baseline": exit.exit.as_ref().map(|one| one.baseline.to_string()),
            "stands": exit.baseline.as_ref().map(|one| one.hash().to_string()),
        }}),
    }
}
