//! Identities, officers, attesters, seats, nonces, allowances.

use super::{Fault, Ledger, fault, id, stands_under};
use nexus_types::limits::AGENT_LANES;
use nexus_types::state::{Attesters, ChainRecord, Identity, Officers, Seat, Spent};
use nexus_types::state_key::{self, KeyKind};
use nexus_types::{Hash, IdentityId};

/// The greatest total voting power CometBFT counts with (`MaxTotalVotingPower`): 2⁶³ ÷ 8, rounded down.
const MAX_POWER: u64 = 1_152_921_504_606_846_975;

pub(super) fn identities(ledger: &Ledger<'_>) -> Result<(), Fault> {
    ledger.each::<Identity>(KeyKind::Identity, |key, identity| {
        if identity.generation == 0 {
            stands_under(
                key,
                &state_key::identity(&IdentityId::from_key(&identity.key)),
            )?;
        }
        id::<IdentityId>(key)?;
        match identity.attester {
            Some(attester) if !ledger.exists(&state_key::identity(&attester)) => {
                fault(key, format_args!("its attester {attester} is no identity"))
            }
            _ => Ok(()),
        }
    })
}

pub(super) fn bodies(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let key = state_key::officers();
    let officers: Officers = ledger.one(&key)?;
    let members = officers.members.as_slice();
    if officers.threshold == 0 || usize::from(officers.threshold) > members.len() {
        return fault(
            &key,
            format_args!(
                "{} of {} officers is no threshold",
                officers.threshold,
                members.len()
            ),
        );
    }
    let attesters_key = state_key::attesters();
    let attesters: Attesters = ledger.one(&attesters_key)?;
    let officers = members.iter().map(|one| (&key, one));
    let attesters = attesters.members.as_slice().iter();
    for (key, member) in officers.chain(attesters.map(|one| (&attesters_key, one))) {
        if !ledger.exists(&state_key::identity(member)) {
            return fault(key, format_args!("its member {member} is no identity"));
        }
    }
    Ok(())
}

pub(super) fn seats(ledger: &Ledger<'_>) -> Result<(), Fault> {
    let mut power = 0_u64;
    ledger.each::<Seat>(KeyKind::Seat, |key, seat| {
        stands_under(key, &state_key::seat(&seat.key))?;
        power = power.saturating_add(seat.power);
        Ok(())
    })?;
    let (first, _) = state_key::range_of(KeyKind::Seat);
    if power == 0 || power > MAX_POWER {
        return fault(
            &first,
            format_args!("the seats have power {power} together, which is not 1 to {MAX_POWER}"),
        );
    }
    Ok(())
}

pub(super) fn spent(ledger: &Ledger<'_>) -> Result<(), Fault> {
    // A refused registration spends a nonce of an identity that does not exist: only the key's shape is certain.
    ledger.each::<u64>(KeyKind::Nonce, |key, nonce| {
        let (whose, lane) = id::<(Hash, u8)>(key)?;
        let agents = lane < AGENT_LANES && ledger.exists(&state_key::agent(&IdentityId(whose)));
        if lane != 0 && !agents {
            return fault(key, format_args!("lane {lane} is nobody's"));
        }
        if nonce == 0 {
            return fault(key, "a nonce is spent from 1 on");
        }
        Ok(())
    })?;
    let limits = ledger.one::<ChainRecord>(&state_key::chain())?.allowances;
    ledger.each::<Spent>(KeyKind::Spent, |key, spent| {
        let identity = IdentityId(id::<Hash>(key)?);
        if !ledger.exists(&state_key::identity(&identity)) {
            return fault(key, format_args!("{identity} is no identity"));
        }
        for (what, block, day, per_block, per_day) in [
            (
                "transactions",
                spent.in_block,
                spent.in_day,
                limits.per_block,
                limits.per_day,
            ),
            (
                "rights",
                spent.rights_in_block,
                spent.rights_in_day,
                limits.rights_per_block,
                limits.rights_per_day,
            ),
        ] {
            if block > day || block > per_block || day > per_day {
                return fault(
                    key,
                    format_args!(
                        "{block} {what} in a block and {day} in its day; {per_block} and {per_day} are allowed"
                    ),
                );
            }
        }
        Ok(())
    })
}
