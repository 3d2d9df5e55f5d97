//! `nexus policy`: which gates an action will meet, and what would satisfy them. Asks no node: the table is the law's own.

use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use clap::Subcommand;
use nexus_sdk::policy::{Actor, Explanation, Met, explain};
use nexus_types::ActionKind;
use serde_json::json;

/// The policy engine.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// What an action will meet in a role; for a concrete one, add --dry-run to the command itself
    Explain {
        /// The kind, such as changeQuota; nexus policy list shows all
        action: String,
        /// As whom: stranger, owner, team-operator, team-billing, team-viewer, officer, officers, operator, seats, agent,
        /// processor, guardians
        #[arg(long = "as", value_name = "ROLE", default_value = "owner")]
        role: String,
    },
    /// Every kind of action with the gates that judge it and who signs it
    List,
}

/// Runs it.
pub(crate) fn run(command: &Command) -> Result<Answer, CliError> {
    match command {
        Command::Explain { action, role } => one(action, role),
        Command::List => list(),
    }
}

fn one(action: &str, role: &str) -> Result<Answer, CliError> {
    let wanted = action.to_ascii_lowercase().replace(['-', '_'], "");
    let kind = ActionKind::ALL
        .into_iter()
        .find(|kind| kind.name().to_ascii_lowercase() == wanted);
    let kind = kind.ok_or_else(|| {
        CliError::NotFound(format!(
            "there is no action {action}; nexus policy list shows all"
        ))
    })?;
    let actor: Actor = role.parse().map_err(|error| {
        let names: Vec<&str> = Actor::ALL.iter().map(|actor| actor.name()).collect();
        CliError::usage(
            format!("{error}"),
            format!("The roles are {}.", names.join(", ")),
        )
    })?;
    let told = explain(kind, actor);
    let text = described(&told);
    Ok(Answer::new(&told, text)?)
}

fn described(told: &Explanation) -> String {
    let rows: Vec<Vec<String>> = told
        .gates
        .iter()
        .map(|gate| {
            let met = match gate.met {
                Met::Yes => "lets through",
                Met::No => "refuses",
                Met::Depends => "depends",
            };
            vec![
                gate.gate.to_string(),
                gate.name.to_owned(),
                met.to_owned(),
                gate.asks.clone(),
            ]
        })
        .collect();
    let mut text = table::columns(&["GATE", "NAME", "ROLE ALONE", "ASKS FOR"], &rows);
    if told.refused_always {
        text.push_str("\nThis action exists to be refused: whoever tries it leaves evidence.");
    }
    for gate in &told.gates {
        if let Some(lawfully) = gate.lawfully {
            text.push_str(&format!("\ngate {}: {lawfully}", gate.gate));
        }
    }
    text
}

fn list() -> Result<Answer, CliError> {
    let numbers =
        |kind: ActionKind| -> Vec<u8> { kind.gates().iter().map(|gate| gate.number()).collect() };
    let rows: Vec<Vec<String>> = ActionKind::ALL
        .into_iter()
        .map(|kind| {
            let gates: Vec<String> = numbers(kind).iter().map(ToString::to_string).collect();
            vec![
                kind.name().to_owned(),
                gates.join(" "),
                kind.role().to_string(),
            ]
        })
        .collect();
    let items: Vec<_> = ActionKind::ALL
        .into_iter()
        .map(|kind| json!({"action": kind.name(), "gates": numbers(kind), "signedBy": kind.role().to_string()}))
        .collect();
    let text = table::columns(&["ACTION", "GATES", "SIGNED BY"], &rows);
    Ok(Answer::new(&json!({ "items": items }), text)?)
}
