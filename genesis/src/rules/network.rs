//! Rules of what CometBFT itself reads: the chain's id and the consensus parameters.

use nexus_types::constants::APP_VERSION;
use nexus_types::ids::ChainId;
use nexus_types::limits::CHAIN_ID_BYTES;
use nexus_types::time::Height;

use crate::file::{ConsensusParams, KEY_TYPE, MAX_GAS};
use crate::{
    BLOCK_MAX_BYTES, EVIDENCE_MAX_BYTES, GenesisError, TRUSTING_PERIOD_BLOCKS, TRUSTING_PERIOD_MS,
};

/// Shorter ids say nothing and collide.
const CHAIN_ID_MIN_BYTES: usize = 3;

const NANOS_PER_MS: u64 = 1_000_000;

/// What the document keeps of the parameters; the rest is fixed by rule.
pub(super) struct Params {
    pub(super) block_max_bytes: u64,
    pub(super) evidence_max_blocks: u64,
    pub(super) evidence_max_age_ms: u64,
    pub(super) app_version: u64,
}

pub(super) fn chain_id(text: &str) -> Result<ChainId, GenesisError> {
    let bytes = text.as_bytes();
    let spelled = bytes.len() >= CHAIN_ID_MIN_BYTES
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last() != Some(&b'-')
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
    match ChainId::new(text) {
        Ok(id) if spelled => Ok(id),
        _ => Err(GenesisError::rule(
            "chain_id",
            format!(
                "must be {CHAIN_ID_MIN_BYTES} to {CHAIN_ID_BYTES} of a–z, 0–9 and hyphen, starting with a letter and \
                 not ending with a hyphen, is {text:?}"
            ),
        )),
    }
}

pub(super) fn initial_height(height: i64) -> Result<Height, GenesisError> {
    match Height::try_from(height) {
        Ok(height) if height > 0 => Ok(height),
        _ => Err(GenesisError::rule(
            "initial_height",
            format!("must be at least 1, is {height}"),
        )),
    }
}

pub(super) fn consensus_params(params: &ConsensusParams) -> Result<Params, GenesisError> {
    exactly("block.max_bytes", params.block.max_bytes, BLOCK_MAX_BYTES)?;
    if params.block.max_gas != MAX_GAS {
        return refuse(
            "block.max_gas",
            format!(
                "must be {MAX_GAS} (there is no gas here; allowances bound the work), is {}",
                params.block.max_gas
            ),
        );
    }
    let evidence_max_blocks = beyond(
        "evidence.max_age_num_blocks",
        params.evidence.max_age_num_blocks,
        TRUSTING_PERIOD_BLOCKS,
        "blocks (the trusting period of 14 days, one block a second)",
    )?;
    let evidence_max_age_ns = beyond(
        "evidence.max_age_duration",
        params.evidence.max_age_duration,
        TRUSTING_PERIOD_MS * NANOS_PER_MS,
        "nanoseconds (the trusting period of 14 days)",
    )?;
    if !evidence_max_age_ns.is_multiple_of(NANOS_PER_MS) {
        return refuse(
            "evidence.max_age_duration",
            format!("must be whole milliseconds, is {evidence_max_age_ns} ns"),
        );
    }
    exactly(
        "evidence.max_bytes",
        params.evidence.max_bytes,
        EVIDENCE_MAX_BYTES,
    )?;
    if params.validator.pub_key_types != [KEY_TYPE] {
        return refuse(
            "validator.pub_key_types",
            format!(
                "must be [{KEY_TYPE:?}], is {:?}",
                params.validator.pub_key_types
            ),
        );
    }
    // A chain that began with an earlier version has been upgraded since.
    if !(1..=APP_VERSION).contains(&params.version.app) {
        return refuse(
            "version.app",
            format!(
                "must be {APP_VERSION}, the version of this software's state machine, or an earlier one, is {}",
                params.version.app
            ),
        );
    }
    if params.abci.vote_extensions_enable_height != 0 {
        return refuse(
            "abci.vote_extensions_enable_height",
            format!(
                "must be 0 (vote extensions are never used), is {}",
                params.abci.vote_extensions_enable_height
            ),
        );
    }
    Ok(Params {
        block_max_bytes: BLOCK_MAX_BYTES,
        evidence_max_blocks,
        evidence_max_age_ms: evidence_max_age_ns / NANOS_PER_MS,
        app_version: params.version.app,
    })
}

fn refuse<T>(field: &str, rule: String) -> Result<T, GenesisError> {
    Err(GenesisError::rule(
        format!("consensus_params.{field}"),
        rule,
    ))
}

fn exactly(field: &str, value: i64, wanted: u64) -> Result<(), GenesisError> {
    if u64::try_from(value) == Ok(wanted) {
        Ok(())
    } else {
        refuse(field, format!("must be {wanted}, is {value}"))
    }
}

fn beyond(field: &str, value: i64, least: u64, unit: &str) -> Result<u64, GenesisError> {
    match u64::try_from(value) {
        Ok(value) if value > least => Ok(value),
        _ => refuse(
            field,
            format!("must be more than {least} {unit}, is {value}"),
        ),
    }
}
