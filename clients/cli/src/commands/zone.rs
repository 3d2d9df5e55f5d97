//! `nexus zone`: DNS records of a bound name.

use super::change::name;
use super::domain::name_text;
use crate::context::{Context, write_file};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, zonefile};
use clap::{Args, Subcommand};
use nexus_sdk::api::{RRsetView, ZoneView, parse_rdata};
use nexus_types::encoding::Set;
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::{Action, Name};
use std::path::PathBuf;

/// Zones.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Publish a record set, replacing the one of that owner and type
    Set(SetArgs),
    /// Remove a record set
    Rm {
        /// The zone's apex
        zone: String,
        /// The owner: @, a name in the zone, or a full name
        owner: String,
        /// The set's type
        rtype: RecordType,
    },
    /// Show a zone, as the node says; nexus verify zone proves it
    Show {
        /// The zone's apex
        #[arg(value_parser = name)]
        zone: Name,
    },
    /// Write the zone as a master file (RFC 1035, as BIND reads it)
    Export {
        /// The zone's apex
        #[arg(value_parser = name)]
        zone: Name,
        /// Write it here instead of to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// A record set.
#[derive(Args, Clone, Debug)]
pub(crate) struct SetArgs {
    /// The zone's apex
    pub(crate) zone: String,
    /// The owner: @, a name in the zone, or a full name
    owner: String,
    /// A AAAA CNAME MX TXT SRV CAA TLSA SSHFP HTTPS SVCB or PTR
    rtype: RecordType,
    /// The record's data, such as 192.0.2.7 or 10 mail.example.com; names are full names
    #[arg(required = true, num_args = 1.., value_name = "DATA")]
    data: Vec<String>,
    /// Another record of the set; repeatable
    #[arg(long, value_name = "DATA")]
    also: Vec<String>,
    /// Seconds, 60 to 86400
    #[arg(long, default_value_t = 300)]
    ttl: u32,
}

impl SetArgs {
    /// The action.
    pub(crate) fn action(self) -> Result<Action, CliError> {
        let first = self.data.join(" ");
        let all = std::iter::once(&first).chain(&self.also);
        let records = all.map(|data| parse_rdata(self.rtype, data));
        let records = records.collect::<Result<Vec<_>, _>>().map_err(|fault| {
            CliError::usage(
                fault.to_string(),
                "Names in record data are full names; quote TXT strings with spaces.",
            )
        })?;
        let rrset = RRset {
            rtype: self.rtype,
            ttl: self.ttl,
            records: Set::new(records).map_err(|_| {
                CliError::usage(
                    "a record set has at most 32 records",
                    "Split it over several owners.",
                )
            })?,
        };
        Ok(Action::SetRecords {
            owner: name_text(owner_in(&self.zone, &self.owner))?,
            zone: name_text(self.zone)?,
            rrset,
        })
    }
}

/// The full name of an owner: `@` is the apex, a name that ends in a dot or in the zone is whole, any other stands below
/// the apex.
fn owner_in(zone: &str, owner: &str) -> String {
    let bare = zone.trim_end_matches('.').to_ascii_lowercase();
    let lower = owner.to_ascii_lowercase();
    let whole = owner.ends_with('.') || lower == bare || lower.ends_with(&format!(".{bare}"));
    if owner == "@" {
        zone.to_owned()
    } else if whole {
        owner.to_owned()
    } else {
        format!("{owner}.{zone}")
    }
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Set(set) => submit::act(ctx, Role::Creator, set.action()?).await,
        Command::Rm { zone, owner, rtype } => {
            let action = Action::RemoveRecords {
                owner: name_text(owner_in(&zone, &owner))?,
                zone: name_text(zone)?,
                rtype,
            };
            submit::act(ctx, Role::Creator, action).await
        }
        Command::Show { zone } => {
            let read = ctx.client()?.zone(&zone).await?;
            let text = described(&read.value);
            Ok(Answer::new(&read, text)?)
        }
        Command::Export { zone, out } => export(ctx, &zone, out).await,
    }
}

/// A zone for people.
pub(crate) fn described(zone: &ZoneView) -> String {
    format!(
        "zone {} of {}, serial {}, {} record sets\n{}",
        zone.apex,
        zone.imvu,
        zone.serial,
        zone.sets,
        record_table(&zone.records)
    )
}

/// Record sets, one line a record.
pub(crate) fn record_table(sets: &[RRsetView]) -> String {
    let rows: Vec<Vec<String>> = sets
        .iter()
        .flat_map(|set| {
            set.records.iter().map(move |data| {
                vec![
                    set.owner.to_string(),
                    set.ttl.to_string(),
                    set.rtype.clone(),
                    data.clone(),
                ]
            })
        })
        .collect();
    table::columns(&["OWNER", "TTL", "TYPE", "DATA"], &rows)
}

async fn export(ctx: &Context, zone: &Name, out: Option<PathBuf>) -> Result<Answer, CliError> {
    let read = ctx.client()?.zone(zone).await?;
    let file = zonefile::export(&read.value).ok_or_else(|| {
        CliError::Stranger(format!(
            "the node's records of {zone} are not in presentation form"
        ))
    })?;
    let value = serde_json::json!({"zone": zone.as_str(), "file": out, "master": file});
    let text = match &out {
        Some(path) => {
            write_file(path, file.as_bytes())?;
            format!("{}: {} record sets", path.display(), read.value.sets)
        }
        None => file,
    };
    Ok(Answer::new(&value, text)?)
}

#[cfg(test)]
mod tests {
    use super::owner_in;

    #[test]
    fn owners_are_the_apex_below_it_or_whole() {
        assert_eq!(owner_in("a.example", "@"), "a.example");
        assert_eq!(owner_in("a.example", "www"), "www.a.example");
        assert_eq!(owner_in("a.example", "x.y"), "x.y.a.example");
        assert_eq!(owner_in("a.example", "WWW.A.example"), "WWW.A.example");
        assert_eq!(owner_in("a.example", "other.example."), "other.example.");
        assert_eq!(owner_in("a.example", "ba.example"), "ba.example.a.example");
    }
}
