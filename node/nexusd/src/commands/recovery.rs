//! `nexusd recovery`: a new epoch after a disaster (law §9, docs/operations.md).
//!
//! The ceremony's file is borsh; operators sign it with `nexus recovery sign`. Applying it changes a stopped home: the ledger gets the
//! recovery's height, and CometBFT begins a new chain there, with the blocks of the old one put aside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nexus_abci::app::{RecoverError, Recovered, StateView, apply_recovery};
use nexus_genesis::Genesis;
use nexus_sdk::anchor::Anchor;
use nexus_store::Store;
use nexus_types::encoding::encode;
use nexus_types::limits::TX_BYTES;
use nexus_types::recovery::{Recovery, RecoveryBody, RecoverySeat};
use nexus_types::{Hash, IdentityId, KeyBytes, List, Time, decode};
use serde_json::{Value, json};

use super::genesis;
use crate::cli::{RecoveryApply, RecoveryDraft, RecoveryShow};
use crate::comet;
use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;
use crate::node::storage;

/// Bytes of a ceremony's file: 64 seats and 64 signatures take 11 KB.
const MAX_BYTES: u64 = TX_BYTES as u64;

/// How CometBFT's genesis names the kind of a validator's key.
const KEY_TYPE: &str = "tendermint/PubKeyEd25519";

/// Writes what the seats are to sign, from a stopped node's ledger.
pub(crate) fn draft(args: &RecoveryDraft) -> Result<(), Error> {
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let store = storage::open(&home)?;
    let view = store
        .view()
        .map_err(|error| storage::failed(&home, &error))?;
    let empty = || Error::Usage("the ledger is empty: there is no state to go on from".to_owned());
    let view = view.ok_or_else(empty)?;
    let mut seats = Vec::with_capacity(args.validators.len());
    for one in &args.validators {
        seats.push(seat(one)?);
    }
    seats.sort_by_key(|seat| seat.operator);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let after_the_last = view.time_ms().saturating_add(1);
    let body = RecoveryBody {
        height: view.height(),
        app_hash: Hash(view.preimage().hash()),
        network: StateView::new(view).chain().network,
        time: Time(now.max(after_the_last)),
        seats: List::new(seats)
            .map_err(|_| Error::Usage("there are more validators than seats".to_owned()))?,
    };
    let recovery = Recovery {
        body,
        signatures: List::default(),
    };
    if args.out.exists() {
        return Err(Error::Usage(format!(
            "{} exists already; a ceremony's file is never overwritten. Name another",
            args.out.display()
        )));
    }
    files::write(&args.out, &encode(&recovery), Access::Public)?;
    print(&recovery);
    println!(
        "next          each operator signs the file: nexus recovery sign {} --key NAME",
        args.out.display()
    );
    Ok(())
}

/// `OPERATOR=KEY`.
fn seat(text: &str) -> Result<RecoverySeat, Error> {
    let wrong = |what: &str| {
        Error::Usage(format!(
            "--validator {text}: {what}. Give the operator's identity and its new consensus key, 64 hexadecimal digits each, as \
             OPERATOR=KEY"
        ))
    };
    let (operator, key) = text.split_once('=').ok_or_else(|| wrong("there is no ="))?;
    let operator: IdentityId = operator
        .parse()
        .map_err(|_| wrong("the part before = is no identity"))?;
    let key: Hash = key
        .parse()
        .map_err(|_| wrong("the part after = is no key"))?;
    Ok(RecoverySeat {
        operator,
        key: KeyBytes(key.0),
    })
}

/// Says what a ceremony's file holds.
pub(crate) fn show(args: &RecoveryShow) -> Result<(), Error> {
    print(&read(&args.file)?);
    Ok(())
}

fn read(path: &Path) -> Result<Recovery, Error> {
    let size = fs::metadata(path)
        .map_err(|_| Error::NotFound(format!("{} does not exist", path.display())))?
        .len();
    let none = |why: String| Error::Verification(format!("{}: {why}", path.display()));
    if size > MAX_BYTES {
        return Err(none(format!(
            "is larger than {MAX_BYTES} bytes, so it is no ceremony's file"
        )));
    }
    let bytes = fs::read(path).map_err(Error::io(format!("read {}", path.display())))?;
    decode(&bytes).map_err(|error| none(format!("is no ceremony's file: {error}")))
}

fn print(recovery: &Recovery) {
    let body = &recovery.body;
    println!("chain id      {}", body.network.chain_id);
    println!("genesis hash  {}", body.network.genesis_hash);
    println!(
        "epoch         {} ends, {} begins",
        body.network.recovery_epoch,
        body.next_network().recovery_epoch
    );
    println!(
        "goes on from  height {}, app hash {}",
        body.height, body.app_hash
    );
    println!(
        "first block   {}",
        body.recovered_height().saturating_add(1)
    );
    println!("digest        {}", body.digest());
    for seat in body.seats.as_slice() {
        println!(
            "validator     {} with key {}",
            seat.operator,
            Hash(seat.key.0)
        );
    }
    for one in recovery.signatures.as_slice() {
        println!("signed by     {}", one.operator);
    }
}

/// Applies a signed ceremony to a stopped home.
pub(crate) fn apply(args: &RecoveryApply) -> Result<(), Error> {
    let recovery = read(&args.file)?;
    let home = Home::existing(&args.home)?;
    let _lock = home.lock()?;
    let genesis = genesis::read(&home.genesis_file())?;
    let store = storage::open(&home)?;
    let recovered = apply_recovery(&store, &recovery).map_err(|error| refused(&home, &error))?;
    let anchor = begin_chain(&home, &genesis, &store, &recovery, &recovered)?;
    println!(
        "{}        height {}, app hash {}",
        if recovered.before {
            "found  "
        } else {
            "applied"
        },
        recovered.height,
        recovered.app_hash
    );
    let ours = comet::home::read_validator_key(&home).unwrap_or_default();
    let listed = recovery.body.seats.as_slice();
    if listed
        .iter()
        .any(|seat| Hash(seat.key.0).to_string() == ours)
    {
        println!("validator      this home's key is one of the new epoch's");
    } else {
        println!(
            "validator      no: this home's key is none of the new epoch's. Put the new priv_validator_key.json into {} if it \
             should be",
            home.comet_config().display()
        );
    }
    println!("anchor         {}", anchor.display());
    println!(
        "index          if blocks above height {} were given up: nexusd reindex --home {}",
        recovery.body.height,
        args.home.display()
    );
    println!("next           nexusd start --home {}", args.home.display());
    Ok(())
}

fn refused(home: &Home, error: &RecoverError) -> Error {
    match error {
        RecoverError::Store(error) => storage::failed(home, error),
        other => Error::Verification(format!(
            "the recovery cannot be applied to {}: {other}. Nothing was changed",
            home.store().display()
        )),
    }
}

/// Puts the old chain's blocks aside and writes what the new one begins with. Done again it does nothing more.
fn begin_chain(
    home: &Home,
    genesis: &Genesis,
    store: &Store,
    recovery: &Recovery,
    recovered: &Recovered,
) -> Result<PathBuf, Error> {
    let epoch = recovery.body.next_network().recovery_epoch;
    let aside = home.comet().join(format!("data-before-epoch-{epoch}"));
    let view = store
        .view()
        .map_err(|error| storage::failed(home, &error))?;
    let view = view.ok_or_else(|| Error::Verification("the ledger is empty".to_owned()))?;
    let app_version = StateView::new(view).chain().app_version;
    let file = home.comet_config().join(comet::home::RECOVERED_GENESIS);
    let text = recovered_genesis(genesis, recovery, recovered, app_version)?;
    files::write(&file, text.as_bytes(), Access::Public)?;
    if !aside.exists() {
        fs::rename(home.comet_data(), &aside).map_err(Error::io(format!(
            "put {} aside",
            home.comet_data().display()
        )))?;
    }
    files::private_folder(&home.comet_data())?;
    comet::home::never_signed_if_new(home)?;
    files::write(
        &home.path().join(format!("recovery-epoch-{epoch}.bin")),
        &encode(recovery),
        Access::Public,
    )?;
    let members = recovered.validators.iter();
    let anchor = nexus_sdk::anchor::time_from_ms(recovery.body.time.0)
        .and_then(|time| {
            let validators =
                nexus_sdk::anchor::validator_set(members.map(|(key, power)| (key.0, *power)))?;
            Ok(Anchor {
                chain_id: genesis.document().chain_id.to_string(),
                genesis_hash: genesis.hash(),
                point: nexus_sdk::anchor::AnchorPoint::Genesis { time, validators },
            })
        })
        .and_then(|anchor| anchor.to_json())
        .map_err(|error| Error::Verification(format!("the anchor could not be made: {error}")))?;
    let path = home.path().join(format!("anchor-epoch-{epoch}.json"));
    files::write(&path, anchor.as_bytes(), Access::Public)?;
    Ok(path)
}

/// CometBFT's genesis of the new epoch: the same chain, from the recovery's state on. It never calls InitChain, because the
/// application has a height; it compares the app hash.
fn recovered_genesis(
    genesis: &Genesis,
    recovery: &Recovery,
    recovered: &Recovered,
    app_version: u64,
) -> Result<String, Error> {
    let failed =
        |error: serde_json::Error| Error::io("write a genesis")(std::io::Error::from(error));
    let mut file: Value = serde_json::from_str(&genesis.to_json()).map_err(failed)?;
    let time = nexus_sdk::anchor::time_from_ms(recovery.body.time.0)
        .map_err(|error| Error::Verification(format!("the recovery's time: {error}")))?;
    let validators: Vec<Value> = recovered
        .validators
        .iter()
        .map(|(key, power)| {
            json!({
                "address": nexus_genesis::validator_address(&key.0),
                "pub_key": { "type": KEY_TYPE, "value": STANDARD.encode(key.0) },
                "power": power.to_string(),
                "name": "",
            })
        })
        .collect();
    let first = recovered.height.saturating_add(1);
    file["genesis_time"] = time.to_rfc3339().into();
    file["initial_height"] = first.to_string().into();
    file["consensus_params"]["version"]["app"] = app_version.to_string().into();
    file["validators"] = validators.into();
    file["app_hash"] = recovered.app_hash.to_string().to_uppercase().into();
    file["app_state"] = json!({});
    serde_json::to_string_pretty(&file).map_err(failed)
}
