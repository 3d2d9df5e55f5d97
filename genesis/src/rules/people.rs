//! Rules of identities, officers and attesters.

use nexus_types::genesis::GenesisIdentity;
use nexus_types::ids::IdentityId;

use super::{admitted_key, public_name, unique};
use crate::GenesisError;
use crate::file::{FileIdentity, FileOfficers};

const PATH: &str = "app_state.identities";

pub(super) fn identities(given: &[FileIdentity]) -> Result<Vec<GenesisIdentity>, GenesisError> {
    let mut identities = Vec::with_capacity(given.len());
    for (index, each) in given.iter().enumerate() {
        let key = admitted_key(&format!("{PATH}[{index}].key"), &each.key)?;
        let id = IdentityId::from_key(&key).to_string();
        if each.id != id {
            return Err(GenesisError::rule(
                format!("{PATH}[{index}].id"),
                format!(
                    "must be the id that its key founds ({id}), is {:?}",
                    each.id
                ),
            ));
        }
        let name = public_name(&format!("{PATH}[{index}].public_name"), &each.public_name)?;
        identities.push(GenesisIdentity {
            key,
            public_name: name,
        });
    }
    let keys: Vec<_> = identities.iter().map(|each| each.key).collect();
    unique(PATH, ".key", &keys, "key")?;
    let names: Vec<_> = identities.iter().map(|each| &each.public_name).collect();
    unique(PATH, ".public_name", &names, "name")?;
    Ok(identities)
}

pub(super) fn officers(
    given: &FileOfficers,
    identities: &[GenesisIdentity],
) -> Result<Vec<IdentityId>, GenesisError> {
    let officers = members("app_state.officers.members", &given.members, identities)?;
    let count = officers.len();
    let threshold = usize::from(given.threshold);
    if threshold == 0 || threshold > count {
        return Err(GenesisError::rule(
            "app_state.officers.threshold",
            format!("must be 1 to the number of officers ({count}), is {threshold}"),
        ));
    }
    Ok(officers)
}

pub(super) fn attesters(
    given: &[String],
    identities: &[GenesisIdentity],
) -> Result<Vec<IdentityId>, GenesisError> {
    members("app_state.attesters", given, identities)
}

/// At least one, each an identity of this genesis, none twice.
fn members(
    path: &str,
    given: &[String],
    identities: &[GenesisIdentity],
) -> Result<Vec<IdentityId>, GenesisError> {
    if given.is_empty() {
        return Err(GenesisError::rule(
            path,
            "must have at least 1 entry, has 0",
        ));
    }
    let mut ids = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        ids.push(member(&format!("{path}[{index}]"), text, identities)?);
    }
    unique(path, "", &ids, "identity")?;
    Ok(ids)
}

/// An identity of this genesis.
pub(super) fn member(
    path: &str,
    text: &str,
    identities: &[GenesisIdentity],
) -> Result<IdentityId, GenesisError> {
    let id: IdentityId = text
        .parse()
        .map_err(|fault| GenesisError::rule(path, format!("{fault}, is {text:?}")))?;
    if identities
        .iter()
        .any(|each| IdentityId::from_key(&each.key) == id)
    {
        Ok(id)
    } else {
        Err(GenesisError::rule(
            path,
            format!("must be the id of one of app_state.identities, is {text}"),
        ))
    }
}
