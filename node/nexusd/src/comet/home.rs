//! CometBFT's home: its configuration, its keys, its signing state.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_consensus::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::error::Error;
use crate::files::{self, Access};
use crate::home::{ABCI_SOCKET, Home, SIGNER_SOCKET};
use crate::state_sync::StateSync;
use nexus_abci::app::{MEMPOOL_BYTES, MEMPOOL_TXS};

/// Bytes of a key file or signing state.
const MAX_BYTES: u64 = 16 * 1024;

/// Blocks to look back for signatures of our own key before joining, when this home has never signed anything.
const DOUBLE_SIGN_CHECK_BLOCKS: u64 = 10;

const SIGNING_STATE: &str = "priv_validator_state.json";

/// CometBFT's genesis of a recovery epoch, in its folder of configuration.
pub(crate) const RECOVERED_GENESIS: &str = "genesis-recovered.json";

const PUB_KEY_TYPE: &str = "tendermint/PubKeyEd25519";
const PRIV_KEY_TYPE: &str = "tendermint/PrivKeyEd25519";

#[derive(Serialize, Deserialize)]
struct TypedValue {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
struct NodeKeyFile {
    priv_key: TypedValue,
}

#[derive(Serialize, Deserialize)]
struct ValidatorKeyFile {
    address: String,
    pub_key: TypedValue,
    priv_key: TypedValue,
}

/// What the validator signed last; CometBFT writes it before each signature leaves the process.
#[derive(Serialize, Deserialize)]
struct SigningState {
    height: String,
    round: i32,
    step: i8,
}

/// Writes a node key and returns the node's id: the address of its key, as peers dial it.
pub(crate) fn write_node_key(home: &Home, seed: &[u8; 32]) -> Result<String, Error> {
    let key = SigningKey::from(*seed);
    let file = NodeKeyFile {
        priv_key: private(&key),
    };
    write_json(&home.comet_config().join("node_key.json"), &file)?;
    Ok(node_id(&key))
}

fn node_id(key: &SigningKey) -> String {
    let digest = Sha256::digest(key.verification_key().as_bytes());
    hex::encode(digest.get(..20).unwrap_or_default())
}

/// Writes a validator's key and the state of one that never signed.
pub(crate) fn write_validator_key(home: &Home, seed: &[u8; 32]) -> Result<(), Error> {
    let key = SigningKey::from(*seed);
    let public = key.verification_key();
    let file = ValidatorKeyFile {
        address: nexus_genesis::validator_address(public.as_bytes()),
        pub_key: TypedValue {
            kind: PUB_KEY_TYPE.to_owned(),
            value: STANDARD.encode(public.as_bytes()),
        },
        priv_key: private(&key),
    };
    write_json(&home.comet_config().join("priv_validator_key.json"), &file)?;
    write_never_signed(home)
}

/// The signing state of a folder of data that was just made: keys of a recovery epoch have signed nothing.
pub(crate) fn never_signed_if_new(home: &Home) -> Result<(), Error> {
    if home.comet_data().join(SIGNING_STATE).exists() {
        return Ok(());
    }
    write_never_signed(home)
}

fn write_never_signed(home: &Home) -> Result<(), Error> {
    let never = SigningState {
        height: "0".to_owned(),
        round: 0,
        step: 0,
    };
    write_json(&home.comet_data().join(SIGNING_STATE), &never)
}

/// The validator's public key, hexadecimal.
pub(crate) fn read_validator_key(home: &Home) -> Result<String, Error> {
    let path = home.comet_config().join("priv_validator_key.json");
    let file: ValidatorKeyFile = read_json(&path)?;
    let bytes = STANDARD.decode(&file.pub_key.value).unwrap_or_default();
    if bytes.len() == 32 {
        Ok(hex::encode(bytes))
    } else {
        Err(Error::home(&path, "holds no ed25519 public key"))
    }
}

fn private(key: &SigningKey) -> TypedValue {
    // Go's form of an ed25519 private key: the seed, then the public key.
    let mut bytes = Zeroizing::new([0u8; 64]);
    let (seed, public) = bytes.split_at_mut(32);
    seed.copy_from_slice(key.as_bytes());
    public.copy_from_slice(key.verification_key().as_bytes());
    TypedValue {
        kind: PRIV_KEY_TYPE.to_owned(),
        value: STANDARD.encode(bytes.as_slice()),
    }
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value)
        .map(Zeroizing::new)
        .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
    files::write(path, text.as_bytes(), Access::Secret)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = Zeroizing::new(files::read_text(path, MAX_BYTES)?);
    serde_json::from_str(&text)
        .map_err(|error| Error::home(path, format!("is not CometBFT's JSON: {error}")))
}

/// Writes CometBFT's `config.toml` from ours.
pub(crate) fn write_config(home: &Home, config: &Config) -> Result<(), Error> {
    crate::state_sync::clean(home)?;
    let wrong = |rule: &str| {
        Error::home(
            &home.config_file(),
            format!("cometbft.remote_signer: {rule}"),
        )
    };
    let signer = config.cometbft.signer_address().map_err(wrong)?;
    let double_sign_check_height = match signer {
        // What was signed last is in the signer's own state; the file here says nothing.
        Some(_) => 0,
        None => double_sign_check_height(home)?,
    };
    remove_signer_socket(home)?;
    let recovered = home.comet_config().join(RECOVERED_GENESIS).exists();
    let text = config_text(
        config,
        recovered,
        signer.as_deref().unwrap_or_default(),
        double_sign_check_height,
    );
    files::write(
        &home.comet_config().join("config.toml"),
        text.as_bytes(),
        Access::Public,
    )
}

/// CometBFT, which does not run at this moment, would refuse to listen where a killed one left its socket.
fn remove_signer_socket(home: &Home) -> Result<(), Error> {
    let path = home.path().join(SIGNER_SOCKET);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Error::io(format!("remove {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}

/// How far CometBFT looks back for signatures of its own key before it joins.
///
/// The check refuses to start while the node's own key signed one of the last blocks: meant against a second machine
/// with the same key. Measured on v0.38.25: it refuses just as well a validator that was killed and restarts at once,
/// and when all validators are killed together nobody can ever start again, because no further block comes. What
/// protects a restart on the same machine is the signing state, which CometBFT writes before each signature. So the
/// check is on exactly when that state says that this home never signed: a key brought to a new home.
fn double_sign_check_height(home: &Home) -> Result<u64, Error> {
    let state: SigningState = read_json(&home.comet_data().join("priv_validator_state.json"))?;
    Ok(if state.height == "0" {
        DOUBLE_SIGN_CHECK_BLOCKS
    } else {
        0
    })
}

/// Only what differs from v0.38.25's defaults, and what must not change with them.
fn config_text(
    config: &Config,
    recovered: bool,
    signer: &str,
    double_sign_check_height: u64,
) -> String {
    let comet = &config.cometbft;
    let text = |value: &str| toml::Value::from(value).to_string();
    let own_socket = format!("unix://{ABCI_SOCKET}");
    format!(
        "\
# Written by nexusd at every start from ../../config.toml. Edit that file instead.
# Whatever is not here has the default of CometBFT v{version}.

# Relative to the node's home, which is the working directory of both programs.
proxy_app = {proxy_app}
genesis_file = \"config/{genesis}\"
abci = \"socket\"
moniker = {name}
db_backend = \"goleveldb\"
# Where a signer outside the node connects; without one the key is config/priv_validator_key.json.
priv_validator_laddr = {signer}
log_level = {log_level}
log_format = \"plain\"

[rpc]
laddr = \"tcp://{rpc}\"
unsafe = false
# Loopback only, so that a batch costs nobody else anything: what a load generator beside the node sends at once.
max_request_batch_size = 100

[p2p]
laddr = \"tcp://{p2p}\"
external_address = {external}
persistent_peers = {peers}
# Peers are agreed, not discovered; their addresses may be private.
pex = false
addr_book_strict = false
allow_duplicate_ip = {duplicate}
flush_throttle_timeout = \"10ms\"

[mempool]
size = {MEMPOOL_TXS}
cache_size = {MEMPOOL_TXS}
max_txs_bytes = {MEMPOOL_BYTES}

[consensus]
# One block a second.
timeout_propose = \"1s\"
timeout_commit = \"950ms\"
peer_gossip_sleep_duration = \"10ms\"
double_sign_check_height = {double_sign_check_height}

[tx_index]
# The node has an index of its own, complete and rebuildable.
indexer = \"null\"

{state_sync}",
        version = super::binary::VERSION,
        proxy_app = text(comet.proxy_app.as_ref().unwrap_or(&own_socket)),
        genesis = if recovered {
            RECOVERED_GENESIS
        } else {
            "genesis.json"
        },
        state_sync = if recovered {
            // It has a state, and CometBFT no block of the new epoch.
            StateSync::default().comet_text()
        } else {
            config.state_sync.comet_text()
        },
        signer = text(signer),
        name = text(&config.name),
        log_level = text(&comet.log_level),
        rpc = comet.rpc,
        p2p = comet.p2p,
        external = text(comet.external_address.as_deref().unwrap_or_default()),
        peers = text(&comet.persistent_peers.join(",")),
        duplicate = comet.allow_duplicate_ip,
    )
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn new_home(folder: &Path) -> Home {
        let home = Home::new(folder);
        home.create_folders().expect("folders");
        home
    }

    #[test]
    fn a_node_id_is_that_of_cometbft() {
        // From `cometbft init` and `cometbft show-node-id`, v0.38.25.
        let folder = tempfile::tempdir().expect("a folder");
        let home = new_home(folder.path());
        let file = r#"{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"r2X/z8txL2gfFZk64jh2CdeLdZDO5MtK0ohA+xfaW1xyOtReQMQFpaKX0NR+ZH1Rz9rQK96xYNTqzJyX8vMUvA=="}}"#;
        let id = "bf3c270a0a24c320c53a4bdb580d4a186425c04a";
        let given: NodeKeyFile = serde_json::from_str(file).expect("JSON");
        let bytes = STANDARD.decode(given.priv_key.value).expect("base64");
        let seed: [u8; 32] = bytes[..32].try_into().expect("a seed");
        assert_eq!(write_node_key(&home, &seed).expect("written"), id);
        assert_eq!(
            fs::read_to_string(home.comet_config().join("node_key.json"))
                .expect("read")
                .replace([' ', '\n'], ""),
            file
        );
    }

    #[test]
    fn cometbft_speaks_to_our_socket_unless_told_otherwise() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = new_home(folder.path());
        write_validator_key(&home, &[2; 32]).expect("written");
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut config = Config::new("auditor-1", at(1), at(2), at(3), at(4));
        let written = |config: &Config| {
            write_config(&home, config).expect("written");
            fs::read_to_string(home.comet_config().join("config.toml")).expect("read")
        };
        assert!(written(&config).contains("\nproxy_app = \"unix://run/abci.sock\"\n"));
        config.cometbft.proxy_app = Some("unix://run/recorder.sock".to_owned());
        let text = written(&config);
        assert!(text.contains("\nproxy_app = \"unix://run/recorder.sock\"\n"));
        assert!(!text.contains("abci.sock"), "{text}");
    }

    #[test]
    fn key_files_are_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = new_home(folder.path());
        write_node_key(&home, &[1; 32]).expect("written");
        write_validator_key(&home, &[2; 32]).expect("written");
        for file in [
            "config/node_key.json",
            "config/priv_validator_key.json",
            "data/priv_validator_state.json",
        ] {
            let mode = fs::metadata(home.comet().join(file))
                .expect(file)
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
    }

    #[test]
    fn the_double_sign_check_is_on_only_before_the_first_signature() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = new_home(folder.path());
        write_validator_key(&home, &[2; 32]).expect("written");
        assert_eq!(double_sign_check_height(&home).expect("read"), 10);
        let signed = r#"{"height":"7","round":0,"step":3,"signature":"AA==","signbytes":"00"}"#;
        fs::write(home.comet_data().join("priv_validator_state.json"), signed).expect("written");
        assert_eq!(double_sign_check_height(&home).expect("read"), 0);
    }

    #[test]
    fn with_a_signer_outside_no_key_is_needed_and_a_socket_left_behind_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = new_home(folder.path());
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut config = Config::new("far", at(1), at(2), at(3), at(4));
        // Without a signing state of its own the home is none of a validator.
        assert!(write_config(&home, &config).is_err());
        config.cometbft.remote_signer = Some("unix".to_owned());
        fs::write(folder.path().join(SIGNER_SOCKET), "").expect("left behind");
        write_config(&home, &config).expect("written");
        assert!(!folder.path().join(SIGNER_SOCKET).exists());
        let written = fs::read_to_string(home.comet_config().join("config.toml")).expect("read");
        for line in [
            "priv_validator_laddr = \"unix://run/signer.sock\"",
            "double_sign_check_height = 0",
        ] {
            assert!(written.contains(line), "{line} in {written}");
        }
    }
}
