//! Consents as the ledger has them.

use super::Of;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{table, text};
use nexus_sdk::api::{ConsentEventView, ConsentLeafView, ListConsentsParams, WireU64};
use nexus_types::{Hash, ImvuId};

/// Items of one page.
const PAGE: u32 = 200;

/// The first entries of an IMVU's consent log, and the height that they are read at.
pub(super) async fn entries(
    ctx: &Context,
    imvu: &ImvuId,
    subject: Option<Hash>,
    limit: usize,
) -> Result<(Vec<ConsentLeafView>, WireU64), CliError> {
    let client = ctx.client()?;
    let mut params = ListConsentsParams {
        imvu: imvu.clone().into(),
        subject: subject.map(Into::into),
        limit: Some(PAGE),
        cursor: None,
        at: None,
        proof: false,
    };
    let mut all = Vec::new();
    loop {
        let read = client.consent_log(&params).await?;
        if let Some(first) = read.value.complete_from {
            return Err(CliError::NotFound(format!(
                "this node has the consents of {imvu} from entry {first} on: ask one that keeps all"
            )));
        }
        all.extend(read.value.items);
        match read.value.next_cursor {
            Some(cursor) if all.len() < limit => params.cursor = Some(cursor),
            _ => {
                all.truncate(limit);
                return Ok((all, read.height));
            }
        }
    }
}

fn row(leaf: &ConsentLeafView) -> Vec<String> {
    let (what, about) = match &leaf.entry.event {
        ConsentEventView::Recorded {
            sequence, purpose, ..
        } => {
            let purpose = nexus_types::consent::Purpose::ALL
                .into_iter()
                .find(|one| nexus_sdk::api::Purpose::from(*one) == *purpose);
            let purpose = purpose.map(|one| one.name()).unwrap_or_default();
            (format!("consent {sequence}"), format!("for {purpose}"))
        }
        ConsentEventView::Revoked {
            sequence, revokes, ..
        } => (format!("revocation {sequence}"), format!("of {revokes}")),
        ConsentEventView::Erased {
            sequence,
            through,
            entries,
        } => (
            format!("erasure {sequence}"),
            format!("through {through}: {entries} records"),
        ),
        ConsentEventView::Deleted {
            erasure, holder, ..
        } => (
            format!("deletion after {erasure}"),
            format!("by {}", text::short(holder)),
        ),
    };
    vec![
        leaf.entry.position.to_string(),
        leaf.entry.height.to_string(),
        text::time(leaf.entry.time.0),
        text::short(&leaf.entry.subject),
        what,
        about,
    ]
}

pub(super) async fn list(
    ctx: &Context,
    imvu: &ImvuId,
    subject: Option<Hash>,
    limit: u32,
) -> Result<Answer, CliError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (items, height) = entries(ctx, imvu, subject, limit).await?;
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let shown = table::columns(&["ENTRY", "BLOCK", "TIME", "SUBJECT", "WHAT", ""], &rows);
    let text = format!("{shown}\n{} entries at block {height}", rows.len());
    let json = serde_json::json!({ "imvu": imvu.to_string(), "height": height, "items": items });
    Ok(Answer { json, text })
}

fn numbers(numbers: &[WireU64]) -> String {
    if numbers.is_empty() {
        return String::from("none");
    }
    let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    all.join(" ")
}

pub(super) async fn show(ctx: &Context, of: &Of) -> Result<Answer, CliError> {
    let read = ctx.client()?.consents(&of.imvu, of.subject).await?;
    let it = &read.value;
    let erased = match it.erased.0.checked_sub(1) {
        None => String::from("nothing"),
        Some(last) => format!("through {last}"),
    };
    let text = table::fields(&[
        ("imvu", of.imvu.to_string()),
        ("subject", of.subject.to_string()),
        ("next", it.next.to_string()),
        ("standing", numbers(&it.standing)),
        ("revoked", numbers(&it.revoked)),
        ("erased", erased),
        ("as of block", read.height.to_string()),
    ]);
    Ok(Answer::new(&read, text)?)
}

pub(super) async fn receipts(ctx: &Context, of: &Of) -> Result<Answer, CliError> {
    let read = ctx.client()?.consents(&of.imvu, of.subject).await?;
    let rows: Vec<Vec<String>> = read
        .value
        .erasures
        .iter()
        .map(|it| {
            let holders: Vec<String> = it.holders.iter().map(text::short).collect();
            vec![
                it.sequence.to_string(),
                it.height.to_string(),
                it.through.to_string(),
                it.entries.to_string(),
                if holders.is_empty() {
                    String::from("nobody yet")
                } else {
                    holders.join(" ")
                },
            ]
        })
        .collect();
    let header = [
        "ERASURE",
        "BLOCK",
        "THROUGH",
        "RECORDS",
        "COPIES DELETED BY",
    ];
    let shown = table::columns(&header, &rows);
    let text = format!("{shown}\n{} erasures at block {}", rows.len(), read.height);
    let json = serde_json::json!({
        "imvu": of.imvu.to_string(),
        "subject": of.subject.to_string(),
        "height": read.height,
        "items": read.value.erasures,
    });
    Ok(Answer { json, text })
}
