//! The vault beside the ledger.

use super::VaultArgs;
use super::shown::entries;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{table, text};
use nexus_sdk::api::ConsentEventView;
use nexus_sdk::vault::{Kept, Vault};
use nexus_types::{Hash, ImvuId};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder(ctx: &Context, args: &VaultArgs) -> PathBuf {
    let beside = || ctx.keyring().dir().with_file_name("consents");
    args.vault.clone().unwrap_or_else(beside)
}

pub(super) fn open(ctx: &Context, args: &VaultArgs) -> Result<Vault, CliError> {
    let dir = folder(ctx, args);
    if !Vault::is_there(&dir) {
        // Before anybody is asked for a passphrase.
        return Err(nexus_sdk::vault::VaultError::Missing(dir).into());
    }
    Ok(Vault::open(&dir, ctx.keyring().passphrase()?)?)
}

pub(super) fn open_or_make(ctx: &Context, args: &VaultArgs) -> Result<Vault, CliError> {
    let dir = folder(ctx, args);
    if Vault::is_there(&dir) {
        return open(ctx, args);
    }
    let keyring = ctx.keyring();
    let passphrase = keyring.new_passphrase()?;
    Ok(Vault::create(&dir, &passphrase, keyring.work_factor())?)
}

/// What is on the ledger and should be kept, by subject and sequence; none where it is erased.
type Committed = BTreeMap<Hash, BTreeMap<u64, Option<Hash>>>;

async fn committed(
    ctx: &Context,
    imvu: &ImvuId,
    subject: Option<Hash>,
) -> Result<Committed, CliError> {
    let mut all = Committed::new();
    for leaf in entries(ctx, imvu, subject, usize::MAX).await?.0 {
        let of = all.entry(leaf.entry.subject.0).or_default();
        match &leaf.entry.event {
            ConsentEventView::Recorded {
                sequence,
                commitment,
                ..
            }
            | ConsentEventView::Revoked {
                sequence,
                commitment,
                ..
            } => {
                of.insert(sequence.0, Some(commitment.0));
            }
            ConsentEventView::Erased { through, .. } => {
                for (_, commitment) in of.range_mut(..=through.0) {
                    *commitment = None;
                }
            }
            ConsentEventView::Deleted { .. } => {}
        }
    }
    Ok(all)
}

/// One line of the comparison.
struct Line {
    subject: Hash,
    sequence: u64,
    is: &'static str,
}

impl Line {
    fn is_well(&self) -> bool {
        matches!(self.is, "kept" | "erased" | "not on the ledger")
    }
}

/// Each entry of one subject's, and each record that has no entry.
fn compare(subject: Hash, committed: &BTreeMap<u64, Option<Hash>>, kept: &[Kept]) -> Vec<Line> {
    let line = |sequence, is| Line {
        subject,
        sequence,
        is,
    };
    let mut lines: Vec<Line> = committed
        .iter()
        .map(|(sequence, commitment)| {
            let mut here = kept.iter().filter(|it| it.sequence == *sequence).peekable();
            let is = match (commitment, here.peek().is_some()) {
                (None, false) => "erased",
                (None, true) => "erased, but still here",
                (Some(_), false) => "not here",
                (Some(wanted), true) if here.any(|it| it.commitment() == *wanted) => "kept",
                (Some(_), true) => "another record",
            };
            line(*sequence, is)
        })
        .collect();
    let orphans = kept.iter().filter(|it| {
        let entry = committed.get(&it.sequence);
        entry.is_none_or(|entry| entry.is_some_and(|wanted| wanted != it.commitment()))
    });
    // A second try of a sequence, the first of which is there.
    lines.extend(orphans.map(|it| line(it.sequence, "not on the ledger")));
    lines
}

pub(super) async fn verify(
    ctx: &Context,
    imvu: &ImvuId,
    subject: Option<Hash>,
    args: &VaultArgs,
) -> Result<Answer, CliError> {
    let mut committed = committed(ctx, imvu, subject).await?;
    let vault = open(ctx, args)?;
    let here = vault.subjects(imvu)?;
    let wanted = here
        .into_iter()
        .filter(|it| subject.is_none_or(|only| only == *it));
    for each in wanted {
        committed.entry(each).or_default();
    }
    let mut lines = Vec::new();
    for (subject, committed) in &committed {
        let kept = vault.records(imvu, *subject)?;
        lines.extend(compare(*subject, committed, &kept));
    }
    let wrong = lines.iter().filter(|line| !line.is_well()).count();
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                text::short(&line.subject),
                line.sequence.to_string(),
                String::from(line.is),
            ]
        })
        .collect();
    let shown = table::columns(&["SUBJECT", "CONSENT", "ITS RECORD IS"], &rows);
    let text = format!(
        "{shown}\n{} consents of {imvu}, {wrong} not as they should be",
        rows.len()
    );
    let items: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "subject": line.subject.to_string(),
                "sequence": line.sequence.to_string(),
                "record": line.is,
            })
        })
        .collect();
    let report = json!({ "imvu": imvu.to_string(), "items": items, "wrong": wrong });
    if wrong == 0 {
        return Ok(Answer { json: report, text });
    }
    Err(CliError::Verification {
        summary: format!(
            "{wrong} consents of {imvu} have no record here that makes their commitment"
        ),
        text,
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn kept(sequence: u64, text: &str) -> Kept {
        Kept::new(sequence, Zeroizing::new(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn each_entry_is_compared_with_the_record_that_makes_its_commitment() {
        let (first, retried, other) = (kept(0, "yes"), kept(0, "yes"), kept(2, "no"));
        let committed = BTreeMap::from([
            (0, Some(first.commitment())),
            (1, Some(Hash([1; 32]))),
            (2, Some(Hash([2; 32]))),
            (3, None),
        ]);
        let lines = compare(Hash([9; 32]), &committed, &[first, retried, other]);
        let said: Vec<(u64, &str)> = lines.iter().map(|line| (line.sequence, line.is)).collect();
        assert_eq!(
            said,
            [
                (0, "kept"),
                (1, "not here"),
                (2, "another record"),
                (3, "erased"),
                (0, "not on the ledger"),
                (2, "not on the ledger"),
            ]
        );
        assert_eq!(lines.iter().filter(|line| !line.is_well()).count(), 2);
    }
}
