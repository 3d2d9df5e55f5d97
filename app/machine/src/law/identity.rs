//! Identities: registration, rotation, revocation (law §2).

use super::echo::Done;
use super::effects::Effect;
use crate::case::{Case, Standing};
use crate::view::{Writes, read, write};
use nexus_types::approval::Attestation;
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::Text;
use nexus_types::state::{Identity, IdentityStatus};
use nexus_types::{Reason, state_key};

pub(crate) fn register(
    case: &Case<'_>,
    key: &KeyBytes,
    attestation: Option<&Attestation>,
    writes: &mut Writes,
) -> Effect {
    if case.standing != Standing::Unregistered {
        return Err(Reason::AlreadyExists);
    }
    let attestation = attestation.ok_or(Reason::AttestationMissing)?;
    let identity = Identity {
        key: *key,
        generation: 0,
        status: IdentityStatus::Active,
        attester: Some(attestation.body.attester),
        evidence: attestation.body.evidence,
        registered: case.now.height,
        public_name: Text::default(),
    };
    write(writes, state_key::identity(&case.tx.body.signer), &identity);
    Ok(Done::default())
}

pub(crate) fn rotate(case: &Case<'_>, new_key: &KeyBytes, writes: &mut Writes) -> Effect {
    let key = state_key::identity(&case.tx.body.signer);
    let mut identity = read::<Identity>(case.view, &key).ok_or(Reason::NotFound)?;
    if identity.key == *new_key {
        return Err(Reason::NoChange);
    }
    identity.key = *new_key;
    identity.generation = identity
        .generation
        .checked_add(1)
        .ok_or(Reason::LimitReached)?;
    write(writes, key, &identity);
    Ok(Done::default())
}

pub(crate) fn revoke(case: &Case<'_>, writes: &mut Writes) -> Effect {
    let key = state_key::identity(&case.tx.body.signer);
    let mut identity = read::<Identity>(case.view, &key).ok_or(Reason::NotFound)?;
    identity.status = IdentityStatus::Revoked;
    write(writes, key, &identity);
    Ok(Done::default())
}
