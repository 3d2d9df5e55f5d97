//! Every rule of a genesis, in the order of the file; the first broken one is the answer.

mod bounds;
mod names;
mod network;
mod people;
mod seats;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use nexus_types::crypto::{KeyBytes, admit_key};
use nexus_types::encoding::{DecodeError, List, Set, Text};
use nexus_types::genesis::{GenesisDocument, GenesisState};
use nexus_types::hash::parse_hex;
use nexus_types::time::Time;

use crate::file::{self, AppState, ConsensusParams, File, FileValidator, KEY_TYPE, PUB_KEY_TYPE};
use crate::{Genesis, GenesisError, InitChain, timestamp};

/// What either source says, read but not yet checked.
pub(crate) struct Draft {
    chain_id: String,
    time: Time,
    initial_height: i64,
    params: ConsensusParams,
    validators: Vec<DraftValidator>,
    state: AppState,
}

/// A validator as CometBFT holds it; the name is in the file only.
pub(crate) struct DraftValidator {
    key: KeyBytes,
    power: i64,
    name: Option<String>,
}

impl Draft {
    pub(crate) fn from_file(file: File) -> Result<Self, GenesisError> {
        if !file.app_hash.is_empty() {
            return Err(GenesisError::rule(
                "app_hash",
                format!(
                    "must be empty, because the application computes it from app_state; is {:?}",
                    file.app_hash
                ),
            ));
        }
        let validators = file.validators.into_iter().enumerate();
        Ok(Self {
            time: timestamp::parse(&file.genesis_time)?,
            chain_id: file.chain_id,
            initial_height: file.initial_height,
            params: file.consensus_params,
            validators: validators
                .map(|(index, each)| DraftValidator::from_file(index, each))
                .collect::<Result<_, _>>()?,
            state: file.app_state,
        })
    }

    pub(crate) fn from_init_chain(init: InitChain<'_>) -> Result<Self, GenesisError> {
        let state = std::str::from_utf8(init.app_state)
            .map_err(|error| GenesisError::rule("app_state", format!("must be UTF-8: {error}")))?;
        if state.len() > crate::MAX_FILE_BYTES {
            return Err(GenesisError::rule(
                "app_state",
                format!(
                    "must be at most {} bytes, is {}",
                    crate::MAX_FILE_BYTES,
                    state.len()
                ),
            ));
        }
        let validators = init.validators.into_iter().enumerate();
        Ok(Self {
            chain_id: init.chain_id.to_owned(),
            time: timestamp::from_parts(init.time_seconds, init.time_nanos)?,
            initial_height: init.initial_height,
            params: init.consensus_params,
            validators: validators
                .map(|(index, each)| DraftValidator::from_comet(index, each))
                .collect::<Result<_, _>>()?,
            state: file::read(state, "app_state")?,
        })
    }
}

impl DraftValidator {
    fn from_file(index: usize, each: FileValidator) -> Result<Self, GenesisError> {
        let path = format!("validators[{index}]");
        let key_path = format!("{path}.pub_key");
        if each.pub_key.key_type != PUB_KEY_TYPE {
            return Err(GenesisError::rule(
                format!("{key_path}.type"),
                format!("must be {PUB_KEY_TYPE:?}, is {:?}", each.pub_key.key_type),
            ));
        }
        let key = STANDARD
            .decode(&each.pub_key.value)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(KeyBytes)
            .ok_or_else(|| {
                GenesisError::rule(
                    format!("{key_path}.value"),
                    format!("must be 32 bytes in base64, is {:?}", each.pub_key.value),
                )
            })?;
        let address = file::validator_address(&key.0);
        if each.address != address {
            return Err(GenesisError::rule(
                format!("{path}.address"),
                format!(
                    "must be the address of its key ({address}), is {:?}",
                    each.address
                ),
            ));
        }
        Ok(Self {
            key,
            power: each.power,
            name: Some(each.name),
        })
    }

    fn from_comet(index: usize, each: crate::Validator) -> Result<Self, GenesisError> {
        if each.key_type != KEY_TYPE {
            return Err(GenesisError::rule(
                format!("validators[{index}].pub_key.type"),
                format!("must be {KEY_TYPE:?}, is {:?}", each.key_type),
            ));
        }
        let len = each.key.len();
        let key = each.key.try_into().map(KeyBytes).map_err(|_| {
            GenesisError::rule(
                format!("validators[{index}].pub_key.value"),
                format!("must be 32 bytes, is {len}"),
            )
        })?;
        Ok(Self {
            key,
            power: each.power,
            name: None,
        })
    }
}

/// Checks everything and builds the document.
pub(crate) fn check(draft: Draft) -> Result<Genesis, GenesisError> {
    let chain_id = network::chain_id(&draft.chain_id)?;
    let initial_height = network::initial_height(draft.initial_height)?;
    let params = network::consensus_params(&draft.params)?;
    let state = app_state(&draft.state)?;
    seats::match_validators(state.seats.as_slice(), &draft.validators)?;
    Ok(Genesis {
        document: GenesisDocument {
            chain_id,
            time: draft.time,
            initial_height,
            block_max_bytes: params.block_max_bytes,
            evidence_max_blocks: params.evidence_max_blocks,
            evidence_max_age_ms: params.evidence_max_age_ms,
            app_version: params.app_version,
            state,
        },
    })
}

fn app_state(state: &AppState) -> Result<GenesisState, GenesisError> {
    let identities = people::identities(&state.identities)?;
    let officers = people::officers(&state.officers, &identities)?;
    let attesters = people::attesters(&state.attesters, &identities)?;
    let seats = seats::seats(&state.seats, &identities, state.development)?;
    seats::organisations_own(&seats, &officers, &attesters)?;
    let jurisdictions = names::jurisdictions(&state.jurisdictions)?;
    let apexes = names::apexes(&state.apexes)?;
    let preapproved = names::preapproved(&state.preapproved, &apexes, state.development)?;
    Ok(GenesisState {
        development: state.development,
        identities: list("app_state.identities", identities)?,
        officers: set("app_state.officers.members", officers)?,
        officers_threshold: state.officers.threshold,
        attesters: set("app_state.attesters", attesters)?,
        seats: list("app_state.seats", seats)?,
        jurisdictions: set("app_state.jurisdictions", jurisdictions)?,
        apexes: set("app_state.apexes", apexes)?,
        preapproved: list("app_state.preapproved", preapproved)?,
        delays: bounds::delays(&state.delays, state.development)?,
        allowances: bounds::allowances(&state.allowances)?,
        max_quota: bounds::max_quota(&state.max_quota)?,
        calendar: bounds::calendar(&state.calendar, state.development)?,
        prices: bounds::prices(&state.prices)?,
    })
}

fn list<T, const MAX: usize>(path: &str, values: Vec<T>) -> Result<List<T, MAX>, GenesisError> {
    let count = values.len();
    List::new(values).map_err(|_| too_many(path, count, MAX))
}

fn set<T: Ord, const MAX: usize>(path: &str, values: Vec<T>) -> Result<Set<T, MAX>, GenesisError> {
    let count = values.len();
    Set::new(values).map_err(|_| too_many(path, count, MAX))
}

fn too_many(path: &str, count: usize, max: usize) -> GenesisError {
    GenesisError::rule(
        path,
        format!("must have at most {max} entries, has {count}"),
    )
}

/// Refuses the second of two equal values, naming both places.
fn unique<T: PartialEq>(
    path: &str,
    field: &str,
    values: &[T],
    what: &str,
) -> Result<(), GenesisError> {
    for (index, value) in values.iter().enumerate() {
        if let Some(first) = values
            .iter()
            .take(index)
            .position(|earlier| earlier == value)
        {
            return Err(GenesisError::rule(
                format!("{path}[{index}]{field}"),
                format!("must be unique, is the same {what} as {path}[{first}]{field}"),
            ));
        }
    }
    Ok(())
}

/// Reads a hexadecimal key and admits it (law §2).
fn admitted_key(path: &str, text: &str) -> Result<KeyBytes, GenesisError> {
    let key = parse_hex(text)
        .map(KeyBytes)
        .map_err(|fault| GenesisError::rule(path, format!("{fault}, is {text:?}")))?;
    admit_key(&key).map_err(|fault| {
        GenesisError::rule(
            path,
            format!("must be an ed25519 key that can be admitted, but {fault}"),
        )
    })?;
    Ok(key)
}

/// A name for people to read: not empty, no control or direction characters, nothing around it that could hide.
fn public_name<const MAX: usize>(path: &str, text: &str) -> Result<Text<MAX>, GenesisError> {
    // Direction overrides make "a" + U+202E + "b" read as another name.
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if text.is_empty() || text.trim() != text || text.chars().any(hidden) {
        return Err(GenesisError::rule(
            path,
            format!(
                "must be a name of 1 to {MAX} bytes without control characters or outer white space, is {text:?}"
            ),
        ));
    }
    Text::new(text).map_err(|error| match error {
        DecodeError::TooLong => GenesisError::rule(
            path,
            format!("must be at most {MAX} bytes, is {}", text.len()),
        ),
        other => GenesisError::rule(path, other),
    })
}
