//! Allowances: spam control without fees (law §1). Charged to the outer signer alone, or for a
//! registration to its attester; registrations nobody attested share one small pool.

use crate::admit::Inadmissible;
use crate::signatures::registered_attester;
use crate::view::{BlockContext, View, Writes, chain, read, write};
use nexus_types::action::Action;
use nexus_types::limits::DAY_MS;
use nexus_types::state::{Identity, Spent};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Code, IdentityId, Tx};

/// Who pays for a transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Charge {
    /// An identity.
    Identity(IdentityId),
    /// An identity's reserve for rights actions.
    Rights(IdentityId),
    /// The pool of registrations without a registered attester's word.
    Unattested,
}

impl Charge {
    fn key(&self) -> StateKey {
        match self {
            Self::Identity(id) | Self::Rights(id) => state_key::spent(id),
            Self::Unattested => state_key::unattested_spent(),
        }
    }
}

/// Who pays for this transaction.
pub(crate) fn charge(view: &dyn View, tx: &Tx) -> Charge {
    let signer = tx.body.signer;
    if tx.body.action.kind().is_right() {
        return Charge::Rights(signer);
    }
    if read::<Identity>(view, &state_key::identity(&signer)).is_some() {
        return Charge::Identity(signer);
    }
    match &tx.body.action {
        Action::RegisterIdentity {
            attestation: Some(attestation),
            ..
        } if attestation.body.identity == signer
            && registered_attester(view, attestation).is_some() =>
        {
            Charge::Identity(attestation.body.attester)
        }
        _ => Charge::Unattested,
    }
}

/// Whether one more fits.
pub(crate) fn check(
    view: &dyn View,
    charge: &Charge,
    now: BlockContext,
) -> Result<(), Inadmissible> {
    let spent = current(view, charge, now);
    let limits = chain(view).allowances;
    let (in_block, block_limit, in_day, day_limit) = match charge {
        Charge::Identity(_) => (
            spent.in_block,
            limits.per_block,
            spent.in_day,
            limits.per_day,
        ),
        Charge::Rights(_) => (
            spent.rights_in_block,
            limits.rights_per_block,
            spent.rights_in_day,
            limits.rights_per_day,
        ),
        Charge::Unattested => (
            spent.in_block,
            limits.unattested_per_block,
            spent.in_day,
            limits.unattested_per_day,
        ),
    };
    if in_block >= block_limit {
        return Err(over(Code::AllowanceBlock, "block", block_limit));
    }
    if in_day >= day_limit {
        return Err(over(Code::AllowanceDay, "day", day_limit));
    }
    Ok(())
}

fn over(code: Code, span: &str, limit: u32) -> Inadmissible {
    Inadmissible {
        code,
        detail: alloc::format!("{limit} a {span} are spent"),
    }
}

/// Spends one.
pub(crate) fn spend(view: &dyn View, charge: &Charge, now: BlockContext, writes: &mut Writes) {
    let mut spent = current(view, charge, now);
    if let Charge::Rights(_) = charge {
        spent.rights_in_block = spent.rights_in_block.saturating_add(1);
        spent.rights_in_day = spent.rights_in_day.saturating_add(1);
    } else {
        spent.in_block = spent.in_block.saturating_add(1);
        spent.in_day = spent.in_day.saturating_add(1);
    }
    write(writes, charge.key(), &spent);
}

fn current(view: &dyn View, charge: &Charge, now: BlockContext) -> Spent {
    let mut spent = read::<Spent>(view, &charge.key()).unwrap_or_default();
    if spent.block != now.height {
        spent.block = now.height;
        spent.in_block = 0;
        spent.rights_in_block = 0;
    }
    let day = now.time.0.checked_div(DAY_MS).unwrap_or(0);
    if spent.day != day {
        spent.day = day;
        spent.in_day = 0;
        spent.rights_in_day = 0;
    }
    spent
}
