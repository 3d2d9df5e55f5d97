//! What header H + 1 says of the state and the logs after H.

use super::headers::Headers;
use super::report::{StepName, Trail};
use crate::anchor::Anchor;
use crate::api::{PreimageView, RecordItem, StateItem, log_name};
use crate::bundle::Bundle;
use nexus_tree::app_hash::{AppHashPreimage, LogId};
use nexus_tree::log::leaf_hash;
use nexus_tree::smt::MAX_STATE_PROOF_BYTES;
use nexus_types::log::{ChainLog, CollectionKind};
use nexus_types::state::{ChainRecord, DelayProfile};
use nexus_types::state_key::{self, KeyKind, StateKey};
use nexus_types::{Hash, ImvuId, constants, encoding};
use std::collections::BTreeMap;

/// State keys and log records of a bundle: a subject needs about ten.
const MAX_ITEMS: usize = 1_024;

/// What was proved of the state after H.
pub(super) struct Proved {
    values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// The delays of the chain record, if it was among the keys.
    pub(super) delays: Option<DelayProfile>,
}

impl Proved {
    /// The keys with values that begin so, ascending.
    pub(super) fn under<'a>(
        &'a self,
        start: &'a [u8],
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        let shown = self.values.range(start.to_vec()..);
        shown
            .take_while(move |(key, _)| key.starts_with(start))
            .filter_map(|(key, value)| Some((key.as_slice(), value.as_deref()?)))
    }

    /// The value of a key: `None` if the bundle says nothing of it.
    pub(super) fn value(&self, key: &StateKey) -> Option<Option<&[u8]>> {
        self.values.get(key.as_bytes()).map(Option::as_deref)
    }
}

/// Checks preimage, constants, state keys, the chain record and log records.
pub(super) fn prove(
    bundle: &Bundle,
    anchor: &Anchor,
    headers: &Headers<'_>,
    trail: &mut Trail,
) -> Option<Proved> {
    let mut proved = Proved {
        values: BTreeMap::new(),
        delays: None,
    };
    let Some(preimage) = &bundle.preimage else {
        if bundle.state.is_empty() && bundle.logs.is_empty() {
            return Some(proved);
        }
        let missing = "state keys or log records are shown without the app hash's preimage";
        return trail.check(
            StepName::AppHash,
            bundle.height,
            Err::<(Proved, String), _>(missing),
        );
    };
    let preimage = trail.check(
        StepName::AppHash,
        headers.after.height(),
        app_hash(preimage, headers),
    )?;
    trail.check(StepName::Constants, "law", same_law(&preimage))?;
    for item in bounded(&bundle.state) {
        let outcome = state_key(item, &preimage, &proved);
        let (key, value) = trail.check(StepName::State, key_name(item), outcome)?;
        proved.values.insert(key, value);
    }
    let outcome = match proved.value(&state_key::chain()) {
        Some(value) => network(value, anchor),
        // Another chain may have the same name and validators: only its record tells the genesis.
        None => Err(String::from(
            "the bundle does not prove the chain record, so its genesis cannot be compared with the anchor's",
        )),
    };
    proved.delays = Some(trail.check(StepName::Network, "chain record", outcome)?);
    for item in bounded(&bundle.logs) {
        let of = format!("{} {}", item.log, item.index);
        trail.check(StepName::Log, of, log_record(item, &preimage))?;
    }
    let within = bundle.state.len() <= MAX_ITEMS && bundle.logs.len() <= MAX_ITEMS;
    if within {
        return Some(proved);
    }
    let reason = format!("more than {MAX_ITEMS} state keys or log records");
    trail.check(
        StepName::State,
        "bundle",
        Err::<(Proved, String), _>(reason),
    )
}

fn bounded<T>(items: &[T]) -> impl Iterator<Item = &T> {
    items.iter().take(MAX_ITEMS)
}

fn app_hash(
    preimage: &PreimageView,
    headers: &Headers<'_>,
) -> Result<(AppHashPreimage, String), String> {
    let preimage = AppHashPreimage::try_from(preimage).map_err(|fault| fault.to_string())?;
    let computed = Hash(preimage.hash());
    let stated = headers.after.signed_header.header.app_hash.as_bytes();
    if computed.as_bytes().as_slice() == stated {
        Ok((preimage, computed.to_string()))
    } else {
        Err(format!(
            "the preimage hashes to {computed}, but header {} carries {}",
            headers.after.height(),
            hex::encode(stated)
        ))
    }
}

fn same_law(preimage: &AppHashPreimage) -> Result<((), String), String> {
    let ours = constants::constants_hash();
    let theirs = Hash(preimage.constants);
    if ours == theirs {
        Ok(((), format!("55/45 split and 17 gates: {ours}")))
    } else {
        Err(format!(
            "the chain follows constants {theirs}, this program knows {ours}: another split or other gates"
        ))
    }
}

type Entry = (Vec<u8>, Option<Vec<u8>>);

fn state_key(
    item: &StateItem,
    preimage: &AppHashPreimage,
    proved: &Proved,
) -> Result<(Entry, String), String> {
    let key = item.key.bytes();
    if proved.values.contains_key(key) {
        return Err(String::from("the key is shown twice"));
    }
    if item.proof.bytes().len() > MAX_STATE_PROOF_BYTES {
        return Err(String::from("the proof is longer than any proof can be"));
    }
    let proof = item.state_proof().map_err(|fault| fault.to_string())?;
    let value = item.value.as_ref().map(|value| value.bytes());
    proof
        .verify(&preimage.state_root, key, value)
        .map_err(|error| error.to_string())?;
    let told = match value {
        Some(value) => format!("{} bytes, {} siblings", value.len(), proof.siblings().len()),
        None => String::from("absent"),
    };
    Ok(((key.to_vec(), value.map(<[u8]>::to_vec)), told))
}

fn key_name(item: &StateItem) -> String {
    let key = StateKey::from_bytes(item.key.bytes().to_vec());
    let kind = key.kind().map_or_else(
        || String::from("unknown"),
        |kind| format!("{kind:?}").to_lowercase(),
    );
    let id = key.id();
    let text = std::str::from_utf8(id).ok();
    let plain = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
    match (key.kind(), plain) {
        (Some(KeyKind::Collection), _) => collection_name(id).unwrap_or(kind),
        (_, Some("")) => kind,
        (_, Some(text)) => format!("{kind} {text}"),
        (_, None) => format!("{kind} {}", hex::encode(id)),
    }
}

fn collection_name(id: &[u8]) -> Option<String> {
    let (kind, imvu): (CollectionKind, Option<ImvuId>) = encoding::decode(id).ok()?;
    let whose = imvu.map_or_else(|| String::from("the chain"), |imvu| imvu.to_string());
    let kind = format!("{kind:?}").to_lowercase();
    Some(format!("{kind} collection of {whose}"))
}

fn network(value: Option<&[u8]>, anchor: &Anchor) -> Result<(DelayProfile, String), String> {
    let bytes = value.ok_or("the chain record is absent")?;
    let record: ChainRecord =
        encoding::decode(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    let network = record.network;
    if network.chain_id.as_str() != anchor.chain_id {
        return Err(format!(
            "the state is of chain {}, the anchor of {}",
            network.chain_id, anchor.chain_id
        ));
    }
    if network.genesis_hash != anchor.genesis_hash {
        return Err(format!(
            "the state began with genesis {}, the anchor names {}",
            network.genesis_hash, anchor.genesis_hash
        ));
    }
    let told = format!("{}, genesis {}", network.chain_id, network.genesis_hash);
    Ok((record.delays, told))
}

fn log_record(item: &RecordItem, preimage: &AppHashPreimage) -> Result<((), String), String> {
    let mut named = LogId::ALL.into_iter().zip(ChainLog::ALL);
    let log = named.find(|(_, log)| log_name(*log) == item.log);
    let (log, _) = log.ok_or_else(|| format!("the chain has no log {}", item.log))?;
    let head = preimage.log(log);
    let proof = item.inclusion().map_err(|fault| fault.to_string())?;
    proof
        .verify(&leaf_hash(item.record.bytes()), item.index.0, &head)
        .map_err(|error| error.to_string())?;
    Ok(((), format!("record {} of {}", item.index, head.size)))
}
