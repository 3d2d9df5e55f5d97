//! Rules of seats: one organisation, one validator, one identity of its own, equal power, the platform below a third
//! (law §9).

use nexus_types::crypto::KeyBytes;
use nexus_types::genesis::{GenesisIdentity, GenesisSeat};
use nexus_types::ids::IdentityId;

use super::people::member;
use super::{DraftValidator, admitted_key, public_name, unique};
use crate::file::FileSeat;
use crate::{GenesisError, MAX_TOTAL_POWER, PRODUCTION_SEATS};

const PATH: &str = "app_state.seats";

pub(super) fn seats(
    given: &[FileSeat],
    identities: &[GenesisIdentity],
    development: bool,
) -> Result<Vec<GenesisSeat>, GenesisError> {
    let least = if development { 1 } else { PRODUCTION_SEATS };
    if given.len() < least {
        return Err(GenesisError::rule(
            PATH,
            format!(
                "must have at least {least} entries{}, has {}",
                if development {
                    ""
                } else {
                    " unless app_state.development is true"
                },
                given.len()
            ),
        ));
    }
    let mut seats = Vec::with_capacity(given.len());
    for (index, each) in given.iter().enumerate() {
        seats.push(seat(index, each, identities)?);
    }
    let names: Vec<_> = seats.iter().map(|seat| &seat.name).collect();
    unique(PATH, ".name", &names, "organisation")?;
    let keys: Vec<_> = seats.iter().map(|seat| seat.key).collect();
    unique(PATH, ".key", &keys, "key")?;
    let operators: Vec<_> = seats.iter().map(|seat| seat.operator).collect();
    unique(PATH, ".operator", &operators, "identity")?;
    powers(&seats)?;
    Ok(seats)
}

fn seat(
    index: usize,
    given: &FileSeat,
    identities: &[GenesisIdentity],
) -> Result<GenesisSeat, GenesisError> {
    let key_path = format!("{PATH}[{index}].key");
    let key = admitted_key(&key_path, &given.key)?;
    if let Some(owner) = identities.iter().position(|each| each.key == key) {
        // A validator's key lies on a server; a person's key never may.
        return Err(GenesisError::rule(
            key_path,
            format!("must be a key of its own, is also the key of app_state.identities[{owner}]"),
        ));
    }
    Ok(GenesisSeat {
        name: public_name(&format!("{PATH}[{index}].name"), &given.name)?,
        key,
        power: given.power,
        platform: given.platform,
        operator: member(
            &format!("{PATH}[{index}].operator"),
            &given.operator,
            identities,
        )?,
    })
}

/// An organisation's identity answers for its hosts alone: it speaks neither for the platform nor about people.
pub(super) fn organisations_own(
    seats: &[GenesisSeat],
    officers: &[IdentityId],
    attesters: &[IdentityId],
) -> Result<(), GenesisError> {
    let others = [
        ("app_state.officers.members", officers),
        ("app_state.attesters", attesters),
    ];
    for (index, seat) in seats.iter().enumerate() {
        for (list, ids) in others {
            if let Some(at) = ids.iter().position(|id| *id == seat.operator) {
                return Err(GenesisError::rule(
                    format!("{PATH}[{index}].operator"),
                    format!("must be the organisation's own identity, is also {list}[{at}]"),
                ));
            }
        }
    }
    Ok(())
}

fn powers(seats: &[GenesisSeat]) -> Result<(), GenesisError> {
    let equal = seats.first().map_or(0, |seat| seat.power);
    for (index, seat) in seats.iter().enumerate() {
        if seat.power == 0 || seat.power != equal {
            return Err(GenesisError::rule(
                format!("{PATH}[{index}].power"),
                format!(
                    "must be above 0 and equal for every seat ({PATH}[0].power is {equal}), is {}",
                    seat.power
                ),
            ));
        }
    }
    let sum = |platform_only: bool| -> u128 {
        let counted = seats.iter().filter(|seat| seat.platform || !platform_only);
        counted.map(|seat| u128::from(seat.power)).sum()
    };
    let (total, platform) = (sum(false), sum(true));
    if total > u128::from(MAX_TOTAL_POWER) {
        return Err(GenesisError::rule(
            PATH,
            format!("must have at most {MAX_TOTAL_POWER} power in total, has {total}"),
        ));
    }
    if platform * 3 >= total {
        return Err(GenesisError::rule(
            PATH,
            format!(
                "must give the platform less than a third of the power, gives it {platform} of {total}"
            ),
        ));
    }
    Ok(())
}

/// Each seat is exactly one validator with the same key and power (and name, where the file has one).
pub(super) fn match_validators(
    seats: &[GenesisSeat],
    validators: &[DraftValidator],
) -> Result<(), GenesisError> {
    let keys: Vec<KeyBytes> = validators.iter().map(|each| each.key).collect();
    unique("validators", ".pub_key.value", &keys, "key")?;
    for (index, validator) in validators.iter().enumerate() {
        let path = format!("validators[{index}]");
        let Some(seat) = seats.iter().find(|seat| seat.key == validator.key) else {
            return Err(GenesisError::rule(
                format!("{path}.pub_key.value"),
                "must be the key of one of app_state.seats, is the key of none",
            ));
        };
        if u64::try_from(validator.power) != Ok(seat.power) {
            return Err(GenesisError::rule(
                format!("{path}.power"),
                format!(
                    "must be the power of its seat {:?} ({}), is {}",
                    seat.name.as_str(),
                    seat.power,
                    validator.power
                ),
            ));
        }
        if let Some(name) = &validator.name
            && name != seat.name.as_str()
        {
            return Err(GenesisError::rule(
                format!("{path}.name"),
                format!(
                    "must be the name of its seat ({:?}), is {name:?}",
                    seat.name.as_str()
                ),
            ));
        }
    }
    for (index, seat) in seats.iter().enumerate() {
        if !keys.contains(&seat.key) {
            return Err(GenesisError::rule(
                format!("{PATH}[{index}].key"),
                "must be the key of one of validators, is the key of none",
            ));
        }
    }
    Ok(())
}
