//! `nexus explain`: a code in words. Asks no node: the table is frozen.

use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use clap::Args;
use nexus_sdk::api::codes;

/// A code.
#[derive(Args)]
pub(crate) struct Explain {
    /// NX2015 or 2015; without one, the whole table
    code: Option<String>,
}

/// Runs it.
pub(crate) fn run(command: &Explain) -> Result<Answer, CliError> {
    let Some(text) = &command.code else {
        return all();
    };
    let found = codes::parse_code(text).and_then(codes::explain);
    let found = found.ok_or_else(|| {
        CliError::NotFound(format!("there is no code {text}; nexus explain lists all"))
    })?;
    let mut fields = vec![
        ("code", found.code.name.clone()),
        ("means", found.code.title.clone()),
        ("because", found.cause.clone()),
    ];
    if let Some(gate) = found.gate {
        fields.push(("gate", gate.to_string()));
    }
    fields.push(("what to do", found.remedy.clone()));
    let text = table::fields(&fields);
    Ok(Answer::new(&found, text)?)
}

fn all() -> Result<Answer, CliError> {
    let items: Vec<_> = codes::all().collect();
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|one| {
            vec![
                one.code.name.clone(),
                one.code.title.clone(),
                one.remedy.clone(),
            ]
        })
        .collect();
    let text = table::columns(&["CODE", "MEANS", "WHAT TO DO"], &rows);
    Ok(Answer::new(&serde_json::json!({ "items": items }), text)?)
}
