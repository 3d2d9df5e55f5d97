//! `nexus governance sign-recovery`: an operator's signature under the file of a recovery ceremony (law §9).

use crate::context::{Context, note};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use nexus_sdk::api::{WireHash, WireIdentity};
use nexus_types::encoding::encode;
use nexus_types::limits::TX_BYTES;
use nexus_types::recovery::{Recovery, RecoverySignature};
use nexus_types::{Hash, List, decode};
use serde::Serialize;
use std::fs;
use std::path::Path;

/// What was signed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Signed {
    digest: WireHash,
    height: u64,
    app_hash: WireHash,
    epoch: u32,
    signers: Vec<WireIdentity>,
}

/// Runs it. What is signed is what the file's bytes say, shown before the key is opened.
pub(super) fn sign(ctx: &Context, path: &Path) -> Result<Answer, CliError> {
    let wrong = |why: String| {
        CliError::usage(
            format!("{}: {why}", path.display()),
            "Name the file that `nexusd recovery draft` wrote.",
        )
    };
    let bytes = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    if bytes.len() > TX_BYTES {
        return Err(wrong(String::from("it is too large")));
    }
    let mut recovery: Recovery = decode(&bytes).map_err(|error| wrong(error.to_string()))?;
    let body = &recovery.body;
    let epoch = body.next_network().recovery_epoch;
    note(&format!(
        "signing: {} goes on from height {}, app hash {}, in epoch {epoch}, with {} validators",
        body.network.chain_id,
        body.height,
        body.app_hash,
        body.seats.as_slice().len()
    ));
    for seat in body.seats.as_slice() {
        note(&format!(
            "  {} with key {}",
            seat.operator,
            Hash(seat.key.0)
        ));
    }
    let signer = ctx.keyring().signer(Role::Operator)?;
    let one = RecoverySignature {
        operator: signer.identity,
        signature: signer.key.sign(&body.digest()),
    };
    let mut all = recovery.signatures.into_vec();
    all.retain(|other| other.operator != one.operator);
    all.push(one);
    all.sort_by_key(|one| one.operator);
    recovery.signatures =
        List::new(all).map_err(|_| wrong(String::from("it has more signatures than seats")))?;
    fs::write(path, encode(&recovery)).map_err(|error| wrong(error.to_string()))?;
    let body = &recovery.body;
    let signers = recovery.signatures.as_slice().iter();
    let signed = Signed {
        digest: body.digest().into(),
        height: body.height,
        app_hash: body.app_hash.into(),
        epoch,
        signers: signers.map(|one| one.operator.into()).collect(),
    };
    let text = format!(
        "signed by {}; the file has {} signatures",
        signer.name,
        signed.signers.len()
    );
    Ok(Answer::new(&signed, text)?)
}
