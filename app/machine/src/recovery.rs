//! A recovery (law §9) applied to the state that two thirds of the seats agreed on. It is a height of its own, which no block of
//! CometBFT has; every node that applies it comes to the same app hash, on which the new epoch's chain begins.

use crate::block::{Block, Executed};
use crate::law::governance;
use crate::law::money::books::Books;
use crate::law::seats;
use crate::signatures::SigCheck;
use crate::view::{BlockContext, View, chain, clock, exists, read};
use alloc::vec::Vec;
use core::fmt;
use nexus_types::crypto::admit_key;
use nexus_types::governance::{FormerKeys, Register};
use nexus_types::recovery::{Recovery, RecoveryBody};
use nexus_types::state::{ChainRecord, Identity, IdentityStatus, Seat};
use nexus_types::{Hash, IdentityId, KeyBytes, state_key};

/// Why a recovery is not this state's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RecoveryFault {
    /// It is of another chain.
    OtherChain,
    /// It ends another epoch.
    OtherEpoch {
        /// The state's.
        ours: u32,
        /// The one it ends.
        theirs: u32,
    },
    /// It goes on from another height.
    OtherHeight {
        /// The state's.
        ours: u64,
        /// The one it goes on from.
        theirs: u64,
    },
    /// It goes on from another state of that height.
    OtherState,
    /// Its first block is not after the state's last.
    Time,
    /// Nobody would go on.
    NoSeats,
    /// What it says of a seat cannot be.
    Seat(IdentityId, &'static str),
    /// The platform would have a third of the seats.
    PlatformThird,
    /// A signature is not its operator's.
    Signature(IdentityId),
    /// Less than two thirds of the seats have signed.
    TooFew {
        /// Seats that did.
        signed: usize,
        /// Seats that have to.
        needed: usize,
    },
}

impl fmt::Display for RecoveryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherChain => f.write_str("it is of another chain"),
            Self::OtherEpoch { ours, theirs } => {
                write!(
                    f,
                    "it ends recovery epoch {theirs}, and the state is of {ours}"
                )
            }
            Self::OtherHeight { ours, theirs } => {
                write!(
                    f,
                    "it goes on from height {theirs}, and the state is of {ours}"
                )
            }
            Self::OtherState => f.write_str("it goes on from another state of that height"),
            Self::Time => f.write_str("its first block is not dated after the state's last"),
            Self::NoSeats => f.write_str("nobody would go on"),
            Self::Seat(operator, why) => write!(f, "operator {operator}: {why}"),
            Self::PlatformThird => f.write_str("the platform would have a third of the seats"),
            Self::Signature(operator) => {
                write!(
                    f,
                    "the signature of operator {operator} is none of a seat's"
                )
            }
            Self::TooFew { signed, needed } => {
                write!(f, "{signed} seats have signed it, and {needed} have to")
            }
        }
    }
}

/// Applies a recovery to the state of its height, whose app hash the store vouches for.
///
/// # Errors
/// [`RecoveryFault`]; nothing is changed.
pub fn recover(
    view: &dyn View,
    app_hash: Hash,
    recovery: &Recovery,
    sigs: &dyn SigCheck,
) -> Result<Executed, RecoveryFault> {
    let body = &recovery.body;
    same_state(view, app_hash, body)?;
    let before = seats::all(view);
    let after = seats_after(view, &before, body)?;
    signed(view, &before, recovery, sigs)?;
    let now = BlockContext {
        height: body.recovered_height(),
        time: body.time,
    };
    let mut block = Block::without_work(view, now);
    block.write_with(|writes| {
        let mut books = Books::open(view, now, writes);
        let chain = ChainRecord {
            network: body.next_network(),
            ..chain(view)
        };
        books.put(state_key::chain(), &chain);
        for seat in &before {
            books.remove(state_key::seat(&seat.key));
        }
        for seat in &after {
            books.put(state_key::seat(&seat.key), seat);
        }
        // No evidence of the old epoch reaches the new chain: its validators have other keys.
        books.put(state_key::former_keys(), &FormerKeys::default());
        books.remove(state_key::upgrade_plan());
        governance::forget_power_changes(&mut books);
        for register in [Register::Seats, Register::Upgrade] {
            governance::register_moved(&mut books, register);
        }
    });
    Ok(block.finish(view, body.digest()))
}

fn same_state(view: &dyn View, app_hash: Hash, body: &RecoveryBody) -> Result<(), RecoveryFault> {
    let (chain, clock) = (chain(view), clock(view));
    let (ours, theirs) = (&chain.network, &body.network);
    if (&ours.chain_id, ours.genesis_hash) != (&theirs.chain_id, theirs.genesis_hash) {
        return Err(RecoveryFault::OtherChain);
    }
    if ours.recovery_epoch != theirs.recovery_epoch {
        return Err(RecoveryFault::OtherEpoch {
            ours: ours.recovery_epoch,
            theirs: theirs.recovery_epoch,
        });
    }
    if clock.height != body.height {
        return Err(RecoveryFault::OtherHeight {
            ours: clock.height,
            theirs: body.height,
        });
    }
    if app_hash != body.app_hash {
        return Err(RecoveryFault::OtherState);
    }
    if body.time <= clock.time {
        return Err(RecoveryFault::Time);
    }
    Ok(())
}

/// Every seat as it is afterwards: those listed with their new keys and equal power, the others with their old keys and none.
fn seats_after(
    view: &dyn View,
    before: &[Seat],
    body: &RecoveryBody,
) -> Result<Vec<Seat>, RecoveryFault> {
    let listed = body.seats.as_slice();
    if listed.is_empty() {
        return Err(RecoveryFault::NoSeats);
    }
    let former: FormerKeys = read(view, &state_key::former_keys()).unwrap_or_default();
    let mut last = None;
    for one in listed {
        let fault = |why| Err(RecoveryFault::Seat(one.operator, why));
        if last
            .replace(one.operator)
            .is_some_and(|last| last >= one.operator)
        {
            return fault("operators are not ascending");
        }
        if !before.iter().any(|seat| seat.operator == one.operator) {
            return fault("has no seat");
        }
        if admit_key(&one.key).is_err() {
            return fault("its key is no consensus key");
        }
        let had = former.keys.as_slice().iter().any(|had| had.key == one.key);
        if had || before.iter().any(|seat| seat.key == one.key) {
            return fault("its key is one that a seat has or had: two chains must share no key");
        }
        let identity = state_key::identity(&IdentityId::from_key(&one.key));
        if exists(view, &identity) || exists(view, &state_key::meter_key(&one.key)) {
            return fault("its key is a person's or a meter's");
        }
        let same = |other: &&nexus_types::recovery::RecoverySeat| other.key == one.key;
        if listed.iter().filter(same).count() > 1 {
            return fault("another seat has its key");
        }
    }
    let equal = before.iter().map(|seat| seat.power).max().unwrap_or(0);
    let key_of = |operator: &IdentityId| -> Option<KeyBytes> {
        let mut all = listed.iter();
        all.find(|one| one.operator == *operator).map(|one| one.key)
    };
    let after: Vec<Seat> = before
        .iter()
        .map(|seat| match key_of(&seat.operator) {
            Some(key) => Seat {
                key,
                power: equal,
                ..seat.clone()
            },
            None => Seat {
                power: 0,
                ..seat.clone()
            },
        })
        .collect();
    let platform = after
        .iter()
        .filter(|seat| seat.power > 0 && seat.platform)
        .count();
    if platform > 0 && platform.saturating_mul(3) >= listed.len() {
        return Err(RecoveryFault::PlatformThird);
    }
    Ok(after)
}

/// Two thirds of the seats that have power, rounded up, each by its operator's own key.
fn signed(
    view: &dyn View,
    before: &[Seat],
    recovery: &Recovery,
    sigs: &dyn SigCheck,
) -> Result<(), RecoveryFault> {
    let voting: Vec<&Seat> = before.iter().filter(|seat| seat.power > 0).collect();
    let message = recovery.body.digest();
    let mut last = None;
    let mut signed = 0_usize;
    for one in recovery.signatures.as_slice() {
        let fault = Err(RecoveryFault::Signature(one.operator));
        if last
            .replace(one.operator)
            .is_some_and(|last| last >= one.operator)
            || !voting.iter().any(|seat| seat.operator == one.operator)
        {
            return fault;
        }
        let identity: Option<Identity> = read(view, &state_key::identity(&one.operator));
        let good = identity.is_some_and(|identity| {
            identity.status == IdentityStatus::Active
                && sigs.check(&identity.key.0, &message.0, &one.signature.0)
        });
        if !good {
            return fault;
        }
        signed = signed.saturating_add(1);
    }
    let needed = voting.len().saturating_mul(2).div_ceil(3);
    if signed == 0 || signed < needed {
        return Err(RecoveryFault::TooFew { signed, needed });
    }
    Ok(())
}
