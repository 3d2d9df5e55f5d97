//! The file's shape: CometBFT v0.38's `genesis.json` with our `app_state`. Unknown fields are refused everywhere.
//!
//! Integers of 64 bits are decimal strings (CometBFT's own convention, and ours: JSON numbers lose digits beyond 2⁵³);
//! keys and ids are hexadecimal, except where CometBFT demands base64.

mod decimal;
mod numbers;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nexus_types::genesis::{GenesisDocument, GenesisSeat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{EVIDENCE_MAX_BYTES, GenesisError, timestamp};

pub(crate) use numbers::{
    FileAllowances, FileCalendar, FileDelays, FilePrice, FilePrices, FileQuota,
};

/// CometBFT's JSON name of an ed25519 public key.
pub(crate) const PUB_KEY_TYPE: &str = "tendermint/PubKeyEd25519";

/// CometBFT's name of the only key type validators may have here.
pub(crate) const KEY_TYPE: &str = "ed25519";

/// `block.max_gas`: no limit; there is no gas here, allowances bound the work.
pub(crate) const MAX_GAS: i64 = -1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) genesis_time: String,
    pub(crate) chain_id: String,
    #[serde(with = "decimal")]
    pub(crate) initial_height: i64,
    pub(crate) consensus_params: ConsensusParams,
    pub(crate) validators: Vec<FileValidator>,
    pub(crate) app_hash: String,
    pub(crate) app_state: AppState,
}

/// CometBFT's consensus parameters, as in the file and in `InitChain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsensusParams {
    /// Blocks.
    pub block: BlockParams,
    /// Evidence of double signing.
    pub evidence: EvidenceParams,
    /// Validators' keys.
    pub validator: ValidatorParams,
    /// The application's version.
    pub version: VersionParams,
    /// Vote extensions.
    pub abci: AbciParams,
}

/// Limits of a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockParams {
    /// Bytes.
    #[serde(with = "decimal")]
    pub max_bytes: i64,
    /// Gas; −1 for no limit.
    #[serde(with = "decimal")]
    pub max_gas: i64,
}

/// How long evidence can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceParams {
    /// Blocks.
    #[serde(with = "decimal")]
    pub max_age_num_blocks: i64,
    /// Nanoseconds.
    #[serde(with = "decimal")]
    pub max_age_duration: i64,
    /// Bytes of evidence in a block.
    #[serde(with = "decimal")]
    pub max_bytes: i64,
}

/// Key types validators may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorParams {
    /// CometBFT's names of the types.
    pub pub_key_types: Vec<String>,
}

/// The application's version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionParams {
    /// The state machine's version.
    #[serde(with = "decimal")]
    pub app: u64,
}

/// Vote extensions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbciParams {
    /// First height with vote extensions; 0 for never.
    #[serde(with = "decimal")]
    pub vote_extensions_enable_height: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileValidator {
    pub(crate) address: String,
    pub(crate) pub_key: PubKey,
    #[serde(with = "decimal")]
    pub(crate) power: i64,
    pub(crate) name: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PubKey {
    #[serde(rename = "type")]
    pub(crate) key_type: String,
    pub(crate) value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppState {
    pub(crate) development: bool,
    pub(crate) identities: Vec<FileIdentity>,
    pub(crate) officers: FileOfficers,
    pub(crate) attesters: Vec<String>,
    pub(crate) seats: Vec<FileSeat>,
    pub(crate) jurisdictions: Vec<String>,
    pub(crate) apexes: Vec<String>,
    pub(crate) preapproved: Vec<String>,
    pub(crate) delays: FileDelays,
    pub(crate) allowances: FileAllowances,
    pub(crate) max_quota: FileQuota,
    pub(crate) calendar: FileCalendar,
    pub(crate) prices: FilePrices,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileIdentity {
    /// Follows from the key; written so that officers and attesters can be found by eye.
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) public_name: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileOfficers {
    pub(crate) members: Vec<String>,
    pub(crate) threshold: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileSeat {
    pub(crate) name: String,
    pub(crate) key: String,
    #[serde(with = "decimal")]
    pub(crate) power: u64,
    pub(crate) platform: bool,
    pub(crate) operator: String,
}

/// Reads JSON strictly; `under` is the path of the text itself within the file.
pub(crate) fn read<T: DeserializeOwned>(text: &str, under: &str) -> Result<T, GenesisError> {
    let shape = |path: String, error: &serde_json::Error| {
        let field = match (under, path.as_str()) {
            ("", "." | "") => "genesis".to_owned(),
            ("", path) => path.to_owned(),
            (under, "." | "") => under.to_owned(),
            (under, path) => format!("{under}.{path}"),
        };
        // serde_json appends the place to its message; here it has fields of its own.
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        GenesisError::Shape {
            field,
            reason: message.strip_suffix(&place).unwrap_or(&message).to_owned(),
            line: error.line(),
            column: error.column(),
        }
    };
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| shape(error.path().to_string(), error.inner()))?;
    reader.end().map_err(|error| shape(String::new(), &error))?;
    Ok(value)
}

/// CometBFT's address of a validator: the first 20 bytes of the key's SHA-256, upper-case hexadecimal.
pub fn validator_address(key: &[u8]) -> String {
    let digest = Sha256::digest(key);
    hex::encode_upper(digest.get(..20).unwrap_or_default())
}

pub(crate) fn write(document: &GenesisDocument) -> String {
    let file = File {
        genesis_time: timestamp::format(document.time),
        chain_id: document.chain_id.as_str().to_owned(),
        initial_height: signed(document.initial_height),
        consensus_params: consensus_params(document),
        validators: document
            .state
            .seats
            .as_slice()
            .iter()
            .map(validator)
            .collect(),
        app_hash: String::new(),
        app_state: app_state(document),
    };
    // Strings, integers and lists: nothing in the file can fail to be written.
    let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
    text.push('\n');
    text
}

/// Values that the rules bound far below 2⁶³.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn consensus_params(document: &GenesisDocument) -> ConsensusParams {
    const NANOS_PER_MS: u64 = 1_000_000;
    ConsensusParams {
        block: BlockParams {
            max_bytes: signed(document.block_max_bytes),
            max_gas: MAX_GAS,
        },
        evidence: EvidenceParams {
            max_age_num_blocks: signed(document.evidence_max_blocks),
            max_age_duration: signed(document.evidence_max_age_ms.saturating_mul(NANOS_PER_MS)),
            max_bytes: signed(EVIDENCE_MAX_BYTES),
        },
        validator: ValidatorParams {
            pub_key_types: vec![KEY_TYPE.to_owned()],
        },
        version: VersionParams {
            app: document.app_version,
        },
        abci: AbciParams {
            vote_extensions_enable_height: 0,
        },
    }
}

fn validator(seat: &GenesisSeat) -> FileValidator {
    FileValidator {
        address: validator_address(&seat.key.0),
        pub_key: PubKey {
            key_type: PUB_KEY_TYPE.to_owned(),
            value: STANDARD.encode(seat.key.0),
        },
        power: signed(seat.power),
        name: seat.name.as_str().to_owned(),
    }
}

fn app_state(document: &GenesisDocument) -> AppState {
    let state = &document.state;
    let identities = state.identities.as_slice().iter().map(|each| FileIdentity {
        id: nexus_types::IdentityId::from_key(&each.key).to_string(),
        key: hex::encode(each.key.0),
        public_name: each.public_name.as_str().to_owned(),
    });
    let seats = state.seats.as_slice().iter().map(|seat| FileSeat {
        name: seat.name.as_str().to_owned(),
        key: hex::encode(seat.key.0),
        power: seat.power,
        platform: seat.platform,
        operator: seat.operator.to_string(),
    });
    AppState {
        development: state.development,
        identities: identities.collect(),
        officers: FileOfficers {
            members: texts(state.officers.as_slice()),
            threshold: state.officers_threshold,
        },
        attesters: texts(state.attesters.as_slice()),
        seats: seats.collect(),
        jurisdictions: texts(state.jurisdictions.as_slice()),
        apexes: texts(state.apexes.as_slice()),
        preapproved: texts(state.preapproved.as_slice()),
        delays: FileDelays::from_delays(&state.delays),
        allowances: FileAllowances::from_allowances(&state.allowances),
        max_quota: FileQuota::from_quota(&state.max_quota),
        calendar: FileCalendar::from_calendar(state.calendar),
        prices: FilePrices::from_prices(&state.prices),
    }
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
