//! From a bundle to a statement that was made again: every receipt proved, nothing missing, the same bytes.

use super::bundle::StatementBundle;
use crate::commands::verify;
use crate::error::CliError;
use crate::text::{RED, plain};
use crate::units::counted;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::{Hex, StateItem, collection_name};
use nexus_sdk::statement::{Receipts, compare, read_all, recompute};
use nexus_sdk::verify::{Facts, ImvuFacts, Policy, verify as verify_bundle};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_tree::log::{LogHead, leaf_hash, root_of};
use nexus_tree::smt::MAX_STATE_PROOF_BYTES;
use nexus_types::billing::{MoneyEntry, StatementEntry};
use nexus_types::encoding::decode;
use nexus_types::exit::PeriodRoots;
use nexus_types::log::CollectionKind;
use nexus_types::meter::UsageHour;
use nexus_types::money::{PriceBook, PriceList};
use nexus_types::period::Period;
use nexus_types::state::{ChainRecord, Collection};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Hash, ImvuId};
use serde_json::json;

/// A statement that follows from its receipts.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) imvu: ImvuId,
    pub(super) period: Period,
    /// The block after which the receipts are shown.
    pub(super) height: u64,
    pub(super) hash: Hash,
    pub(super) text: String,
    /// What was checked, in order, and what was found.
    pub(super) steps: Vec<(&'static str, String)>,
}

type Outcome<T> = Result<(T, String), String>;

/// The steps so far; each adds itself, or ends the whole.
#[derive(Default)]
struct Trail(Vec<(&'static str, String)>);

impl Trail {
    fn check<T>(&mut self, name: &'static str, outcome: Outcome<T>) -> Result<T, CliError> {
        match outcome {
            Ok((value, found)) => {
                self.0.push((name, found));
                Ok(value)
            }
            Err(reason) => Err(failed(name, &reason)),
        }
    }
}

fn failed(name: &str, reason: &str) -> CliError {
    let reason = plain(reason);
    CliError::Verification {
        summary: format!("{name} failed: {reason}"),
        text: format!("  {RED}fails{RED:#} {name:<13} {reason}"),
        report: json!({"verified": false, "failedStep": name, "reason": reason}),
    }
}

/// Checks a bundle. Asks no node.
pub(super) fn check(
    bundle: &StatementBundle,
    anchor: &Anchor,
    policy: &Policy,
) -> Result<Checked, CliError> {
    let report = verify_bundle(&bundle.evidence, anchor, policy);
    let Some(verified) = &report.verified else {
        return Err(verify::failed(&report));
    };
    let Facts::Imvu(facts) = verified.value() else {
        return Err(failed("evidence", "it is not about an IMVU"));
    };
    follow(bundle, facts, verified.chain_id(), verified.height())
}

/// From what the evidence proves of the IMVU to its statement.
fn follow(
    bundle: &StatementBundle,
    facts: &ImvuFacts,
    chain_id: &str,
    height: u64,
) -> Result<Checked, CliError> {
    let mut trail = Trail::default();
    let found = format!(
        "{} at block {height} of {chain_id}, from your anchor",
        facts.id
    );
    let owner = facts.imvu.as_ref().map(|imvu| ((imvu.owner), found));
    let owner = owner.ok_or_else(|| format!("there is no {}", facts.id));
    let owner = trail.check("evidence", owner)?;
    let proved = trail.check("state", prices(bundle))?;
    let usage = collection(facts, CollectionKind::Usage);
    let usage = leaves::<UsageHour>(&bundle.usage, usage, "hour of use", "hours of use");
    let usage = trail.check("usage", usage)?;
    let money = collection(facts, CollectionKind::Money);
    let money = leaves::<MoneyEntry>(
        &bundle.money,
        money,
        "entry of the account book",
        "entries of the account book",
    );
    let money = trail.check("money", money)?;
    let entry = trail.check("statement", statement(bundle, facts))?;
    trail.check("record", on_record(bundle, &facts.id))?;
    let period = Period(bundle.period);
    let made = recompute(&Receipts {
        chain_id,
        genesis_hash: proved.chain.network.genesis_hash,
        calendar: proved.chain.calendar,
        imvu: &facts.id,
        period,
        owner,
        usage: &usage,
        money: &money,
        book: &proved.book,
        lists: &proved.lists,
    });
    let made = made
        .map(|text| {
            (
                text,
                format!("by the prices of {}", counted(proved.lists.len(), "list")),
            )
        })
        .map_err(|fault| format!("the receipts contradict each other: {fault}"));
    let made = trail.check("receipts", made)?;
    let text = trail.check("recompute", same(&entry, made))?;
    Ok(Checked {
        imvu: facts.id.clone(),
        period,
        height,
        hash: entry.hash,
        text,
        steps: trail.0,
    })
}

/// The committed text beside the one that was made again.
fn same(entry: &StatementEntry, made: String) -> Outcome<String> {
    let committed = std::str::from_utf8(&entry.text)
        .map_err(|error| format!("the committed text is not UTF-8: {error}"))?;
    match compare(committed, &made) {
        None => {
            let found = format!("{} bytes, the same", made.len());
            Ok((made, found))
        }
        Some(difference) => Err(format!(
            "the first is the committed statement, the second follows from its receipts. {difference}"
        )),
    }
}

/// What of the state the receipts are read by.
struct Proved {
    chain: ChainRecord,
    book: PriceBook,
    lists: Vec<PriceList>,
}

fn prices(bundle: &StatementBundle) -> Outcome<Proved> {
    // The evidence was verified: its preimage and its state keys are those of the chain.
    let preimage = bundle.evidence.preimage.as_ref();
    let preimage = preimage.ok_or("the evidence has no preimage of the app hash")?;
    let preimage = AppHashPreimage::try_from(preimage).map_err(|fault| fault.to_string())?;
    let chain = value_of(&bundle.evidence.state, &state_key::chain())
        .ok_or("the evidence does not show the chain record")?;
    let chain: ChainRecord = read("the chain record", chain)?;
    for item in &bundle.state {
        proves(item, &preimage.state_root)?;
    }
    let book = value_of(&bundle.state, &state_key::price_book())
        .ok_or("the price book is not shown, or the chain has none")?;
    let book: PriceBook = read("the price book", book)?;
    let mut lists = Vec::new();
    for (_, version) in book.lists.as_slice() {
        if let Some(list) = value_of(&bundle.state, &state_key::prices(*version)) {
            lists.push(read::<PriceList>("a price list", list)?);
        }
    }
    let found = format!("the price book and {} of its lists", lists.len());
    Ok((Proved { chain, book, lists }, found))
}

fn proves(item: &StateItem, root: &[u8; 32]) -> Result<(), String> {
    if item.proof.bytes().len() > MAX_STATE_PROOF_BYTES {
        return Err(String::from("the proof is longer than any proof can be"));
    }
    let proof = item.state_proof().map_err(|fault| fault.to_string())?;
    let value = item.value.as_ref().map(|value| value.bytes());
    proof
        .verify(root, item.key.bytes(), value)
        .map_err(|error| error.to_string())
}

fn value_of<'a>(items: &'a [StateItem], key: &StateKey) -> Option<&'a [u8]> {
    let item = items
        .iter()
        .find(|item| item.key.bytes() == key.as_bytes())?;
    item.value.as_ref().map(|value| value.bytes())
}

fn read<T: BorshDeserialize + BorshSerialize>(what: &str, bytes: &[u8]) -> Result<T, String> {
    decode(bytes).map_err(|error| format!("{what} cannot be read: {error}"))
}

fn collection(facts: &ImvuFacts, kind: CollectionKind) -> Option<&Collection> {
    let mut all = facts.collections.iter();
    all.find(|(each, _)| *each == kind)
        .and_then(|(_, collection)| collection.as_ref())
}

/// All leaves of a collection; one that is not there has none.
fn leaves<T: BorshDeserialize + BorshSerialize>(
    given: &[Hex],
    collection: Option<&Collection>,
    one: &str,
    many: &str,
) -> Outcome<Vec<T>> {
    let Some(collection) = collection else {
        return if given.is_empty() {
            Ok((Vec::new(), format!("no {one}: there is no collection")))
        } else {
            Err(format!(
                "receipts are shown, but there is no collection of {many}: {}",
                given.len()
            ))
        };
    };
    let bytes: Vec<Vec<u8>> = given.iter().map(|leaf| leaf.bytes().to_vec()).collect();
    read_all(&bytes, collection.size, collection.root)
        .map(|leaves| {
            let found = match collection.size {
                1 => format!("1 {one}"),
                size => format!("all {size} {many}"),
            };
            let found = format!("{found}: root {}", collection.root);
            (leaves, found)
        })
        .map_err(|error| error.to_string())
}

/// Both collections begin with what was put on record when the period was closed.
fn on_record(bundle: &StatementBundle, id: &ImvuId) -> Outcome<()> {
    let key = state_key::period_roots(id, Period(bundle.period));
    let roots = value_of(&bundle.state, &key).ok_or_else(|| {
        format!(
            "what was put on record of {id} at the end of period {} is not shown",
            bundle.period
        )
    })?;
    let roots: PeriodRoots = read("what was put on record", roots)?;
    let shown = [
        (CollectionKind::Usage, &bundle.usage),
        (CollectionKind::Money, &bundle.money),
    ];
    let mut found = Vec::new();
    for (kind, leaves) in shown {
        let mut heads = roots.collections.iter();
        let Some(head) = heads.find(|head| head.kind == kind) else {
            continue;
        };
        let name = collection_name(kind);
        let first = usize::try_from(head.size)
            .ok()
            .and_then(|size| leaves.get(..size));
        let first = first.ok_or_else(|| {
            format!(
                "{} entries of {name} were on record after block {}, and only {} are shown",
                head.size,
                roots.at,
                leaves.len()
            )
        })?;
        let hashed: Vec<[u8; 32]> = first.iter().map(|leaf| leaf_hash(leaf.bytes())).collect();
        if Hash(root_of(&hashed)) != head.root {
            return Err(format!(
                "the first {} entries of {name} are not those that were on record after block {}",
                head.size, roots.at
            ));
        }
        found.push(format!("{} of {name}", head.size));
    }
    if found.is_empty() {
        found.push(String::from("neither had any"));
    }
    let found = format!("after block {}: {}", roots.at, found.join(", "));
    Ok(((), found))
}

fn statement(bundle: &StatementBundle, facts: &ImvuFacts) -> Outcome<StatementEntry> {
    let collection =
        collection(facts, CollectionKind::Statements).ok_or("the IMVU has no statement yet")?;
    let record = bundle.statement.record.bytes();
    let entry: StatementEntry = read("the statement", record)?;
    let head = LogHead {
        size: collection.size,
        root: collection.root.0,
    };
    let proof = bundle
        .statement
        .inclusion()
        .map_err(|fault| fault.to_string())?;
    proof
        .verify(&leaf_hash(record), entry.sequence, &head)
        .map_err(|error| error.to_string())?;
    if entry.imvu != facts.id || entry.period.0 != bundle.period {
        return Err(format!(
            "it is that of {} and period {}, not of {} and {}",
            entry.imvu, entry.period, facts.id, bundle.period
        ));
    }
    let computed = Hash::of(&entry.text);
    if computed != entry.hash {
        return Err(format!(
            "its text hashes to {computed}, it says {}",
            entry.hash
        ));
    }
    let found = format!(
        "number {} of {}, SHA-256 {}",
        entry.sequence, head.size, entry.hash
    );
    Ok((entry, found))
}

#[cfg(test)]
mod tests;
