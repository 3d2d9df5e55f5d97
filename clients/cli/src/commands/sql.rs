//! `nexus sql`: people's own questions to the node's SQL index. It answers, and never changes.

use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::table;
use clap::Args;
use nexus_sdk::api::{MAX_STATEMENT_BYTES, Method, SqlParams, SqlResult};
use nexus_sdk::client::ClientError;
use nexus_types::{Code, Gate};
use serde_json::{Map, Value, json};

/// A query.
#[derive(Args)]
pub(crate) struct Sql {
    /// One SELECT, such as "SELECT * FROM audit_log ORDER BY sequence DESC"; docs/index-schema.md lists the tables
    statement: String,
    /// Rows at most
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Sql) -> Result<Answer, CliError> {
    if command.statement.len() > MAX_STATEMENT_BYTES {
        return Err(CliError::usage(
            format!("the statement is longer than {MAX_STATEMENT_BYTES} bytes"),
            "Ask for less at once.",
        ));
    }
    let params = SqlParams {
        statement: command.statement,
        limit: Some(command.limit),
    };
    let answer = ctx.client()?.read(Method::Sql, &params).await;
    let result: SqlResult = answer.map_err(explained)?;
    let header: Vec<&str> = result.columns.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = result
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| cell.clone().unwrap_or_default())
                .collect()
        })
        .collect();
    let more = if result.truncated {
        "\nthere are more rows"
    } else {
        ""
    };
    let text = format!("{}{more}", table::columns(&header, &rows));
    Ok(Answer::new(&by_name(&result), text)?)
}

/// A statement that would write has the code of the gate that guards the log.
fn explained(error: ClientError) -> CliError {
    let append_only = i32::try_from(Code::RefusedBy(Gate::AuditLogging).number());
    match error {
        ClientError::Node { code, message, .. } if Ok(code) == append_only => {
            // The node says "NX2011 Audit Logging: …"; code and gate stand in our own line.
            let told = message.split_once(": ").map(|(_, told)| told.to_owned());
            CliError::AppendOnly(told.unwrap_or(message))
        }
        other => other.into(),
    }
}

/// Rows as objects, which programs read more easily than positions.
fn by_name(result: &SqlResult) -> Value {
    let items = result.rows.iter().map(|row| {
        let cells = result.columns.iter().cloned().zip(row);
        Value::Object(
            cells
                .map(|(name, cell)| (name, json!(cell)))
                .collect::<Map<_, _>>(),
        )
    });
    json!({
        "columns": result.columns,
        "items": items.collect::<Vec<_>>(),
        "truncated": result.truncated,
    })
}
