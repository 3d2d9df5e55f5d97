//! The fact itself, read from what was proved.

use super::exits;
use super::facts::{Facts, IdentityFacts, ImvuFacts, TxFacts, ZoneFacts};
use super::headers::Headers;
use super::report::{StepName, Trail};
use super::state::Proved;
use crate::anchor::Anchor;
use crate::bundle::{Bundle, BundleSubject, RecordSet, TxItem, result_leaf_hash, tx_leaf_hash};
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_tree::log::{Frontier, leaf_hash, root_of, verify_inclusion};
use nexus_types::limits::{RRSETS_PER_ZONE, TX_BYTES};
use nexus_types::log::CollectionKind;
use nexus_types::rrset::RRset;
use nexus_types::state::{Collection, Zone, zone_leaf};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Code, Hash, IdentityId, ImvuId, Name, Tx, Verdict, encoding};

/// Reads the fact a bundle is about.
pub(super) fn read(
    bundle: &Bundle,
    anchor: &Anchor,
    headers: &Headers<'_>,
    proved: &Proved,
    trail: &mut Trail,
) -> Option<Facts> {
    if let Some(extra) = misplaced(bundle) {
        return trail.check(StepName::Object, "bundle", Err::<(Facts, String), _>(extra));
    }
    match &bundle.subject {
        BundleSubject::Tx(hash) => {
            tx(hash.0, bundle, anchor, headers, trail).map(|facts| Facts::Tx(Box::new(facts)))
        }
        BundleSubject::Imvu(id) => {
            imvu(id.0.clone(), proved, trail).map(|facts| Facts::Imvu(Box::new(facts)))
        }
        BundleSubject::Zone(apex) => {
            zone(apex.0.clone(), bundle, proved, trail).map(|facts| Facts::Zone(Box::new(facts)))
        }
        BundleSubject::Identity(id) => {
            identity(id.0, proved, trail).map(|facts| Facts::Identity(Box::new(facts)))
        }
        BundleSubject::Exit(id) => {
            exits::exit(id.0.clone(), proved, trail).map(|facts| Facts::Exit(Box::new(facts)))
        }
    }
}

/// Evidence of a kind the subject has no use for: nothing would check it, and nothing unchecked may stand in a bundle.
fn misplaced(bundle: &Bundle) -> Option<&'static str> {
    let is_tx = matches!(bundle.subject, BundleSubject::Tx(_));
    let is_zone = matches!(bundle.subject, BundleSubject::Zone(_));
    if bundle.tx.is_some() && !is_tx {
        return Some("a transaction stands in evidence about something else");
    }
    (!bundle.records.is_empty() && !is_zone)
        .then_some("record sets stand in evidence about something else")
}

fn tx(
    hash: Hash,
    bundle: &Bundle,
    anchor: &Anchor,
    headers: &Headers<'_>,
    trail: &mut Trail,
) -> Option<TxFacts> {
    let item = bundle.tx.as_ref();
    let placed = item.map_or_else(
        || Err(String::from("the evidence shows no transaction")),
        |item| in_block(hash, item, headers).map(|((), told)| (item, told)),
    );
    let item = trail.check(StepName::Transaction, hash, placed)?;
    let code = trail.check(StepName::Result, hash, result(item, headers))?;
    let tx: Option<Tx> = encoding::decode(item.bytes.bytes()).ok();
    let verdict = trail.check(
        StepName::Verdict,
        hash,
        verdict(item, code, tx.as_ref(), anchor),
    )?;
    Some(TxFacts {
        hash,
        tx,
        code,
        verdict,
    })
}

fn in_block(hash: Hash, item: &TxItem, headers: &Headers<'_>) -> Result<((), String), String> {
    let bytes = item.bytes.bytes();
    let found = Hash::of(bytes);
    if found != hash {
        return Err(format!("the bytes hash to {found}, not to {hash}"));
    }
    let header = &headers.of_block.signed_header.header;
    let root = root_in(header.data_hash)?;
    let path = hashes(&item.data_path);
    verify_inclusion(
        &tx_leaf_hash(bytes),
        item.index.0,
        item.total.0,
        &path,
        &root,
    )
    .map_err(|error| error.to_string())?;
    // A path proves that the bytes are in the block; several pairs of index and total share one path.
    Ok(((), format!("in block {}", header.height)))
}

fn result(item: &TxItem, headers: &Headers<'_>) -> Result<(Code, String), String> {
    let header = &headers.after.signed_header.header;
    let root = root_in(header.last_results_hash)?;
    let path = hashes(&item.result_path);
    let leaf = result_leaf_hash(&item.result);
    verify_inclusion(&leaf, item.index.0, item.total.0, &path, &root)
        .map_err(|error| error.to_string())?;
    let number = item.result.code;
    let code = Code::from_number(number)
        .ok_or_else(|| format!("code {number} is not in this program's table"))?;
    Ok((code, format!("{code} {}", code.title())))
}

fn verdict(
    item: &TxItem,
    code: Code,
    tx: Option<&Tx>,
    anchor: &Anchor,
) -> Result<(Option<Verdict>, String), String> {
    let data = item.result.data.bytes();
    if data.is_empty() {
        return if code.is_inadmissible() {
            Ok((
                None,
                String::from("inadmissible: nothing was decided or written"),
            ))
        } else {
            Err(format!("a result of {code} must carry a verdict"))
        };
    }
    if item.bytes.bytes().len() > TX_BYTES {
        return Err(String::from("no verdict can be about more than 64 KiB"));
    }
    let tx = tx.ok_or("a verdict stands on bytes that are no transaction")?;
    let verdict: Verdict =
        encoding::decode(data).map_err(|error| format!("it cannot be read: {error}"))?;
    let network = &tx.body.network;
    let same = [
        ("code", verdict.code == code),
        ("transaction id", verdict.tx == tx.body.id()),
        ("actor", verdict.actor == tx.body.signer),
        ("action", verdict.action == tx.body.action.kind()),
        ("chain id", network.chain_id.as_str() == anchor.chain_id),
        ("genesis", network.genesis_hash == anchor.genesis_hash),
    ];
    match same.iter().find(|(_, same)| !same) {
        Some((what, _)) => Err(format!(
            "its {what} is not that of the transaction and its result"
        )),
        None => {
            let told = format!("{} on {}: {code}", verdict.action.name(), verdict.subject);
            Ok((Some(verdict), told))
        }
    }
}

fn imvu(id: ImvuId, proved: &Proved, trail: &mut Trail) -> Option<ImvuFacts> {
    let imvu = object(&state_key::imvu(&id), "IMVU", proved, trail)?;
    let policy = object(&state_key::path_policy(&id), "path policy", proved, trail)?;
    let mut collections = Vec::new();
    for kind in CollectionKind::ALL {
        let key = state_key::collection(kind, Some(&id));
        let name = format!("{kind:?} collection").to_lowercase();
        let collection: Option<Collection> = object(&key, &name, proved, trail)?;
        if let Some(collection) = &collection {
            trail.check(StepName::Object, &name, whole(collection))?;
        }
        collections.push((kind, collection));
    }
    Some(ImvuFacts {
        id,
        imvu,
        policy,
        collections,
    })
}

/// A collection's root must be the one its peaks give.
fn whole(collection: &Collection) -> Result<((), String), String> {
    let peaks = collection.peaks.iter().map(|hash| hash.0).collect();
    let frontier =
        Frontier::from_parts(collection.size, peaks).map_err(|error| error.to_string())?;
    if frontier.root() == collection.root.0 {
        Ok(((), format!("{} entries", collection.size)))
    } else {
        Err(String::from("its root is not that of its peaks"))
    }
}

fn identity(id: IdentityId, proved: &Proved, trail: &mut Trail) -> Option<IdentityFacts> {
    let identity = object(&state_key::identity(&id), "identity", proved, trail)?;
    Some(IdentityFacts { id, identity })
}

fn zone(apex: Name, bundle: &Bundle, proved: &Proved, trail: &mut Trail) -> Option<ZoneFacts> {
    let domain = object(&state_key::domain(&apex), "domain", proved, trail)?;
    let zone: Option<Zone> = object(&state_key::zone(&apex), "zone", proved, trail)?;
    let records = complete(zone.as_ref(), &bundle.records);
    let records = trail.check(StepName::ZoneComplete, &apex, records)?;
    Some(ZoneFacts {
        apex,
        domain,
        zone,
        records,
    })
}

type Records = Vec<(Name, RRset)>;

/// Recomputes the zone's root from all its record sets.
fn complete(zone: Option<&Zone>, given: &[RecordSet]) -> Result<(Records, String), String> {
    let Some(zone) = zone else {
        return if given.is_empty() {
            Ok((
                Vec::new(),
                String::from("there is no zone, hence no record set"),
            ))
        } else {
            Err(String::from(
                "record sets are shown for a zone that does not exist",
            ))
        };
    };
    if given.len() > RRSETS_PER_ZONE || given.len() as u64 != u64::from(zone.sets) {
        return Err(format!(
            "{} record sets are shown, the zone has {}",
            given.len(),
            zone.sets
        ));
    }
    let records = given
        .iter()
        .map(record_set)
        .collect::<Result<Records, _>>()?;
    let ascending =
        records.is_sorted_by(|(a, left), (b, right)| (a, left.rtype) < (b, right.rtype));
    if !ascending {
        return Err(String::from(
            "the record sets do not ascend by owner and type",
        ));
    }
    let leaves: Vec<[u8; 32]> = records
        .iter()
        .map(|(owner, rrset)| leaf_hash(&zone_leaf(owner, rrset)))
        .collect();
    let computed = Hash(root_of(&leaves));
    if computed == zone.root {
        Ok((
            records,
            format!("all {} record sets: root {computed}", zone.sets),
        ))
    } else {
        Err(format!(
            "the record sets lead to root {computed}, the zone has {}",
            zone.root
        ))
    }
}

fn record_set(given: &RecordSet) -> Result<(Name, RRset), String> {
    let owner = Name::parse(&given.owner)
        .ok()
        .filter(|name| name.as_str() == given.owner)
        .ok_or_else(|| format!("{} is no canonical name", given.owner))?;
    let rrset = encoding::decode(given.rrset.bytes())
        .map_err(|error| format!("a record set of {owner} cannot be read: {error}"))?;
    Ok((owner, rrset))
}

/// The object behind a proved key, if it is there. The bundle must show the key.
pub(super) fn object<T: BorshDeserialize + BorshSerialize>(
    key: &StateKey,
    name: &str,
    proved: &Proved,
    trail: &mut Trail,
) -> Option<Option<T>> {
    let outcome = match proved.value(key) {
        None => Err(String::from("the evidence does not show its state key")),
        Some(None) => Ok((None, String::from("proved absent"))),
        Some(Some(bytes)) => encoding::decode(bytes)
            .map(|value| (Some(value), String::from("read")))
            .map_err(|error| format!("its bytes cannot be read: {error}")),
    };
    trail.check(StepName::Object, name, outcome)
}

fn hashes(path: &[crate::api::WireHash]) -> Vec<[u8; 32]> {
    path.iter().map(|hash| hash.0.0).collect()
}

fn root_in(hash: Option<tendermint::Hash>) -> Result<[u8; 32], String> {
    match hash {
        Some(tendermint::Hash::Sha256(root)) => Ok(root),
        _ => Err(String::from(
            "the header commits to no such thing: the block is empty",
        )),
    }
}
