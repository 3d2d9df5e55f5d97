//! From CometBFT's requests to the machine's words and back.

use bytes::Bytes;
use nexus_genesis::{
    AbciParams, BlockParams, ConsensusParams, EvidenceParams, Genesis, GenesisError, InitChain,
    Validator, ValidatorParams, VersionParams,
};
use nexus_machine::{BlockContext, Executed, Misbehaviour, TxOutcome};
use nexus_types::encoding::encode;
use nexus_types::{KeyBytes, Time};
use tendermint_proto::google::protobuf::Timestamp;
use tendermint_proto::v0_38::abci::{ExecTxResult, Misbehavior, RequestInitChain, ValidatorUpdate};
use tendermint_proto::v0_38::crypto::{PublicKey, public_key::Sum};
use tendermint_proto::v0_38::types;

/// Milliseconds of a protobuf time; before 1970 is 0.
pub(super) fn time(time: Option<Timestamp>) -> Time {
    let Some(Timestamp { seconds, nanos }) = time else {
        return Time(0);
    };
    let seconds = u64::try_from(seconds).unwrap_or(0);
    let nanos = u64::try_from(nanos).unwrap_or(0);
    Time(
        seconds
            .saturating_mul(1000)
            .saturating_add(nanos / 1_000_000),
    )
}

pub(super) fn context(height: i64, at: Option<Timestamp>) -> BlockContext {
    BlockContext {
        height: u64::try_from(height).unwrap_or(0),
        time: time(at),
    }
}

pub(super) fn address(bytes: &[u8]) -> [u8; 20] {
    bytes.try_into().unwrap_or_default()
}

pub(super) fn misbehaviour(all: &[Misbehavior]) -> Vec<Misbehaviour> {
    all.iter()
        .filter_map(|one| {
            Some(Misbehaviour {
                validator: address(&one.validator.as_ref()?.address),
                height: u64::try_from(one.height).ok()?,
            })
        })
        .collect()
}

pub(super) fn genesis(request: &RequestInitChain) -> Result<Genesis, GenesisError> {
    let at = request.time.unwrap_or_default();
    Genesis::from_init_chain(InitChain {
        chain_id: &request.chain_id,
        time_seconds: at.seconds,
        time_nanos: at.nanos,
        initial_height: request.initial_height,
        consensus_params: params(request.consensus_params.clone().unwrap_or_default()),
        validators: request.validators.iter().map(validator).collect(),
        app_state: &request.app_state_bytes,
    })
}

fn validator(update: &ValidatorUpdate) -> Validator {
    let (key_type, key) = match update.pub_key.as_ref().and_then(|key| key.sum.clone()) {
        Some(Sum::Ed25519(key)) => ("ed25519".to_owned(), key.to_vec()),
        Some(Sum::Secp256k1(key)) => ("secp256k1".to_owned(), key.to_vec()),
        None => (String::new(), Vec::new()),
    };
    Validator {
        key_type,
        key,
        power: update.power,
    }
}

fn params(params: types::ConsensusParams) -> ConsensusParams {
    let block = params.block.unwrap_or_default();
    let evidence = params.evidence.unwrap_or_default();
    let age = evidence.max_age_duration.unwrap_or_default();
    ConsensusParams {
        block: BlockParams {
            max_bytes: block.max_bytes,
            max_gas: block.max_gas,
        },
        evidence: EvidenceParams {
            max_age_num_blocks: evidence.max_age_num_blocks,
            max_age_duration: age
                .seconds
                .saturating_mul(1_000_000_000)
                .saturating_add(i64::from(age.nanos)),
            max_bytes: evidence.max_bytes,
        },
        validator: ValidatorParams {
            pub_key_types: params.validator.unwrap_or_default().pub_key_types,
        },
        version: VersionParams {
            app: params.version.unwrap_or_default().app,
        },
        abci: AbciParams {
            vote_extensions_enable_height: params
                .abci
                .unwrap_or_default()
                .vote_extensions_enable_height,
        },
    }
}

pub(super) fn results(executed: &Executed) -> Vec<ExecTxResult> {
    executed.txs.iter().map(result).collect()
}

/// `code` and `data` are part of LastResultsHash; `log` is prose and is not.
fn result(outcome: &TxOutcome) -> ExecTxResult {
    ExecTxResult {
        code: outcome.code.number(),
        data: outcome
            .verdict
            .as_ref()
            .map(|verdict| Bytes::from(encode(verdict)))
            .unwrap_or_default(),
        log: outcome.log.clone(),
        ..ExecTxResult::default()
    }
}

pub(super) fn validator_updates(updates: &[(KeyBytes, u64)]) -> Vec<ValidatorUpdate> {
    updates
        .iter()
        .map(|(key, power)| ValidatorUpdate {
            pub_key: Some(PublicKey {
                sum: Some(Sum::Ed25519(Bytes::copy_from_slice(&key.0).to_vec())),
            }),
            power: i64::try_from(*power).unwrap_or(i64::MAX),
        })
        .collect()
}

/// The one parameter that an upgrade changes; what is absent stays as it is.
pub(super) fn app_version(app: u64) -> types::ConsensusParams {
    types::ConsensusParams {
        version: Some(types::VersionParams { app }),
        ..types::ConsensusParams::default()
    }
}
