//! Admission: whether bytes are a transaction that may stand in a block at all (law §1).
//!
//! Checks run cheapest first, in this order: size, decoding, network, expiry, lane, reporter, identity, nonce,
//! allowance, keys, signatures. Nothing local is read: the same answer on every node.

use crate::law::allowance::{self, Charge};
use crate::law::hosts;
use crate::signatures::{SigCheck, required, signer_key};
use crate::view::{BlockContext, View, chain, exists, read};
use alloc::string::{String, ToString};
use core::fmt;
use nexus_types::action::Action;
use nexus_types::crypto::{KeyBytes, KeyFault, admit_key};
use nexus_types::encoding::DecodeError;
use nexus_types::limits::{AGENT_LANES, TX_BYTES, TX_LIFETIME_MS};
use nexus_types::mail::{DkimPublicKey, RegisterDkimKey};
use nexus_types::tx::Network;
use nexus_types::{Code, Hash, Tx, TxBody, decode, state_key};

/// Why bytes may not stand in a block. Nothing was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inadmissible {
    /// 10xx.
    pub code: Code,
    /// What exactly, for the log; never part of consensus.
    pub detail: String,
}

impl Inadmissible {
    pub(crate) fn new(code: Code, detail: &str) -> Self {
        Self {
            code,
            detail: detail.to_string(),
        }
    }
}

impl fmt::Display for Inadmissible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl core::error::Error for Inadmissible {}

/// A transaction that may stand in a block. Only [`admit`] makes one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    tx: Tx,
    id: Hash,
    charge: Charge,
    size: usize,
}

impl Admitted {
    /// The transaction.
    pub fn tx(&self) -> &Tx {
        &self.tx
    }

    /// Its id.
    pub fn id(&self) -> Hash {
        self.id
    }

    /// Bytes it takes in a block.
    pub fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn charge(&self) -> &Charge {
        &self.charge
    }
}

/// Admits bytes at a block, or says why not.
///
/// # Errors
/// [`Inadmissible`] with the 10xx code of the first check that failed, in the order of this module.
pub fn admit(
    bytes: &[u8],
    view: &dyn View,
    now: BlockContext,
    sigs: &dyn SigCheck,
) -> Result<Admitted, Inadmissible> {
    admit_tx(decode_tx(bytes)?, bytes.len(), view, now, sigs)
}

/// The first half of [`admit`]: what can be said of the bytes alone.
///
/// # Errors
/// [`Inadmissible`]: too large, or not a transaction in its one encoding.
pub fn decode_tx(bytes: &[u8]) -> Result<Tx, Inadmissible> {
    if bytes.len() > TX_BYTES {
        return Err(Inadmissible::new(
            Code::TooLarge,
            "the limit is 65536 bytes",
        ));
    }
    decode(bytes).map_err(undecodable)
}

/// The second half of [`admit`], for who needed the transaction before; `size` is that of its bytes.
///
/// # Errors
/// [`Inadmissible`], as [`admit`].
pub fn admit_tx(
    tx: Tx,
    size: usize,
    view: &dyn View,
    now: BlockContext,
    sigs: &dyn SigCheck,
) -> Result<Admitted, Inadmissible> {
    check_network(&tx.body.network, &chain(view).network)?;
    check_expiry(&tx.body, now)?;
    check_lane(view, &tx.body)?;
    check_reporter(view, &tx.body)?;
    let key = signer_key(view, &tx)
        .ok_or_else(|| Inadmissible::new(Code::UnknownIdentity, "the signer is not registered"))?;
    check_nonce(view, &tx.body)?;
    let charge = allowance::charge(view, &tx);
    allowance::check(view, &charge, now)?;
    check_keys(&tx.body.action)?;
    let id = tx.body.id();
    for item in required(view, &tx, key, &id)? {
        if !sigs.check(&item.key, &item.message, &item.signature) {
            return Err(Inadmissible::new(
                item.failure,
                "the signature does not verify",
            ));
        }
    }
    Ok(Admitted {
        tx,
        id,
        charge,
        size,
    })
}

fn undecodable(error: DecodeError) -> Inadmissible {
    let code = match error {
        DecodeError::Malformed => Code::Malformed,
        DecodeError::Trailing => Code::TrailingBytes,
        DecodeError::NotCanonical => Code::NotCanonical,
        DecodeError::TooLong => Code::BoundExceeded,
    };
    Inadmissible {
        code,
        detail: error.to_string(),
    }
}

fn check_network(claimed: &Network, ours: &Network) -> Result<(), Inadmissible> {
    if claimed.chain_id != ours.chain_id {
        return Err(Inadmissible::new(Code::WrongChain, "the chain id differs"));
    }
    if claimed.genesis_hash != ours.genesis_hash {
        return Err(Inadmissible::new(
            Code::WrongGenesis,
            "the genesis hash differs",
        ));
    }
    if claimed.recovery_epoch != ours.recovery_epoch {
        return Err(Inadmissible::new(
            Code::WrongEpoch,
            "the recovery epoch differs",
        ));
    }
    Ok(())
}

fn check_expiry(body: &TxBody, now: BlockContext) -> Result<(), Inadmissible> {
    if body.expires <= now.time {
        return Err(Inadmissible::new(
            Code::Expired,
            "the expiry is not after the block time",
        ));
    }
    if body.expires > now.time.plus_ms(TX_LIFETIME_MS) {
        return Err(Inadmissible::new(
            Code::ExpiryTooFar,
            "the expiry is over 24 hours ahead",
        ));
    }
    Ok(())
}

fn check_lane(view: &dyn View, body: &TxBody) -> Result<(), Inadmissible> {
    if body.lane == 0 {
        return Ok(());
    }
    if body.lane < AGENT_LANES && exists(view, &state_key::agent(&body.signer)) {
        Ok(())
    } else {
        Err(Inadmissible::new(
            Code::LaneNotAllowed,
            "people have lane 0, agents lanes 0 to 15",
        ))
    }
}

/// Reports have room of their own in each block, so nobody else may send one.
fn check_reporter(view: &dyn View, body: &TxBody) -> Result<(), Inadmissible> {
    let reports = matches!(body.action, Action::Report(_) | Action::RecordMailEpoch(_));
    if reports && hosts::agent(view, &body.signer).is_none() {
        return Err(Inadmissible::new(
            Code::NotAnAgent,
            "the signer is not the agent that any host has now",
        ));
    }
    Ok(())
}

fn check_nonce(view: &dyn View, body: &TxBody) -> Result<(), Inadmissible> {
    let spent = read::<u64>(view, &state_key::nonce(&body.signer, body.lane)).unwrap_or(0);
    let next = spent.saturating_add(1);
    match body.nonce.cmp(&next) {
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Less => Err(Inadmissible {
            code: Code::NonceReplayed,
            detail: alloc::format!("nonce {} is spent; the next is {next}", body.nonce),
        }),
        core::cmp::Ordering::Greater => Err(Inadmissible {
            code: Code::NonceGap,
            detail: alloc::format!("nonce {} is ahead; the next is {next}", body.nonce),
        }),
    }
}

/// Keys that the action would bring into the state.
fn check_keys(action: &Action) -> Result<(), Inadmissible> {
    let keys = match action {
        Action::RegisterIdentity { key, .. } | Action::RegisterAgent { key, .. } => {
            core::slice::from_ref(key)
        }
        Action::RotateKey { new_key, .. } => core::slice::from_ref(new_key),
        Action::ProposeRecovery(recovery) => core::slice::from_ref(&recovery.new_key),
        Action::RegisterMeter { keys, .. } => keys.as_slice(),
        Action::RegisterDkimKey(RegisterDkimKey {
            key: DkimPublicKey::Ed25519(key),
            ..
        }) => core::slice::from_ref(key),
        Action::SubmitGovernance(submit) => match submit.change.new_key() {
            Some((key, _)) => core::slice::from_ref(key),
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    keys.iter().try_for_each(check_key)
}

fn check_key(key: &KeyBytes) -> Result<(), Inadmissible> {
    admit_key(key).map_err(|fault| {
        let code = match fault {
            KeyFault::NotCanonical => Code::KeyNotCanonical,
            KeyFault::SmallOrder => Code::KeySmallOrder,
            KeyFault::Torsion => Code::KeyTorsion,
        };
        Inadmissible {
            code,
            detail: fault.to_string(),
        }
    })
}
