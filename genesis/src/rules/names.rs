//! Rules of jurisdictions, apexes and pre-approved names (law §8).

use nexus_types::action::NameText;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::name::Name;

use super::unique;
use crate::GenesisError;

pub(super) fn jurisdictions(given: &[String]) -> Result<Vec<Jurisdiction>, GenesisError> {
    const PATH: &str = "app_state.jurisdictions";
    if given.is_empty() {
        // Without one, no IMVU could ever be created (gate 9).
        return Err(GenesisError::rule(
            PATH,
            "must have at least 1 entry, has 0",
        ));
    }
    let mut tags = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        tags.push(Jurisdiction::new(text).map_err(|_| {
            GenesisError::rule(
                format!("{PATH}[{index}]"),
                format!("must be a tag of 2 to 16 of A–Z, 0–9 and hyphen, is {text:?}"),
            )
        })?);
    }
    unique(PATH, "", &tags, "jurisdiction")?;
    Ok(tags)
}

pub(super) fn apexes(given: &[String]) -> Result<Vec<Name>, GenesisError> {
    const PATH: &str = "app_state.apexes";
    let apexes = platform_names(PATH, given)?;
    apart(PATH, &apexes)?;
    Ok(apexes)
}

pub(super) fn preapproved(
    given: &[String],
    apexes: &[Name],
    development: bool,
) -> Result<Vec<NameText>, GenesisError> {
    const PATH: &str = "app_state.preapproved";
    if !development && !given.is_empty() {
        return Err(GenesisError::rule(
            PATH,
            format!(
                "must be empty unless app_state.development is true: a name outside the apexes needs proof of \
                 control; has {}",
                given.len()
            ),
        ));
    }
    let names = platform_names(PATH, given)?;
    apart(PATH, &names)?;
    for (index, name) in names.iter().enumerate() {
        if let Some(apex) = apexes
            .iter()
            .find(|apex| name.is_at_or_below(apex) || apex.is_below(name))
        {
            return Err(GenesisError::rule(
                format!("{PATH}[{index}]"),
                format!(
                    "must be neither an apex nor above or below one, but {apex} is an apex; is {name}"
                ),
            ));
        }
    }
    let texts = names.iter().enumerate().map(|(index, name)| {
        NameText::new(name.as_str())
            .map_err(|error| GenesisError::rule(format!("{PATH}[{index}]"), error))
    });
    texts.collect()
}

/// Names in their one canonical spelling that may stand above platform names.
fn platform_names(path: &str, given: &[String]) -> Result<Vec<Name>, GenesisError> {
    let mut names = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        let place = format!("{path}[{index}]");
        let name = Name::parse(text)
            .and_then(|name| name.check_platform_name().map(|()| name))
            .map_err(|fault| {
                GenesisError::rule(
                    &place,
                    format!("must be a host name, has {fault}; is {text:?}"),
                )
            })?;
        if name.as_str() != text {
            return Err(GenesisError::rule(
                place,
                format!("must be in its canonical spelling ({name}), is {text:?}"),
            ));
        }
        names.push(name);
    }
    unique(path, "", &names, "name")?;
    Ok(names)
}

/// No name of the list is above another.
fn apart(path: &str, names: &[Name]) -> Result<(), GenesisError> {
    for (index, name) in names.iter().enumerate() {
        if let Some(above) = names.iter().position(|other| name.is_below(other)) {
            return Err(GenesisError::rule(
                format!("{path}[{index}]"),
                format!(
                    "must not be below another of the list, is below {path}[{above}]; is {name}"
                ),
            ));
        }
    }
    Ok(())
}
