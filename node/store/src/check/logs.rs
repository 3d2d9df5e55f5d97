//! Records, nodes and heads of the logs.

use nexus_tree::app_hash::LogId;
use nexus_tree::log::{Frontier, LogHead, leaf_hash};

use super::{Check, Part, Progress, Report, Stop, walk, wrong};
use crate::backend::Family;
use crate::block::app_log;
use crate::error::{Bytes, Hex};
use crate::layout;
use crate::logs::{self, Nodes, stored_head};
use crate::store::read;

/// Records between two words of progress.
const TOLD_EVERY: u64 = 10_000;

pub(super) fn run(
    check: &Check<'_>,
    report: &mut Report,
    progress: &mut Progress<'_>,
) -> Result<(), Stop> {
    let mut current: Option<Walked> = None;
    // Encoded blocks stand where the log with the empty id would have its records.
    let first = [1];
    walk(check.backend, Family::Rec, &first, None, |key, record| {
        let (log, index) = split(key)?;
        if current.as_ref().is_none_or(|walked| walked.log != log) {
            if let Some(walked) = current.take() {
                walked.end(report)?;
            }
            current = Some(Walked::begin(check, log)?);
        }
        let done = report.records;
        if let Some(walked) = &mut current {
            walked.record(check, index, record)?;
            if (done + walked.frontier.size()).is_multiple_of(TOLD_EVERY) {
                progress(Part::Logs, done + walked.frontier.size(), 0);
            }
        }
        Ok(())
    })?;
    if let Some(walked) = current {
        walked.end(report)?;
    }
    heads(check)?;
    nodes(check)?;
    progress(Part::Logs, report.records, report.records);
    Ok(())
}

/// A log's id and the number behind it.
fn split(key: &[u8]) -> Result<(&[u8], u64), Stop> {
    let parts = key.split_first().and_then(|(length, rest)| {
        let (log, number) = rest.split_at_checked(usize::from(*length))?;
        Some((log, u64::from_be_bytes(number.try_into().ok()?)))
    });
    match parts {
        Some(parts) => Ok(parts),
        None => wrong(format!("the key {} of `rec` is no record's", Bytes(key))),
    }
}

fn name(log: &[u8]) -> String {
    let app = LogId::ALL.into_iter().find(|id| app_log(*id) == log);
    app.map_or_else(
        || Bytes(log).to_string(),
        |id| format!("{id:?}").to_lowercase(),
    )
}

/// One log while its records pass.
struct Walked {
    log: Vec<u8>,
    head: LogHead,
    /// Records that lie before the snapshot that the store began with.
    base: u64,
    /// Of the records.
    frontier: Frontier,
    /// Of the leaves that the log keeps.
    kept: Frontier,
    /// The first record that is not its leaf: which of the two is wrong, the end tells.
    differs: Option<String>,
    /// The first inner node that the records do not give.
    node: Option<String>,
}

impl Walked {
    fn begin(check: &Check<'_>, log: &[u8]) -> Result<Self, Stop> {
        let Some(head) = stored_head(check.backend, log)? else {
            return wrong(format!("log {} has records but no head", name(log)));
        };
        let base = logs::base(check.backend, log)?;
        let before = logs::frontier(check.backend, log, base)?;
        Ok(Self {
            log: log.to_vec(),
            head,
            base,
            frontier: before.clone(),
            kept: before,
            differs: None,
            node: None,
        })
    }

    fn record(&mut self, check: &Check<'_>, index: u64, record: &[u8]) -> Result<(), Stop> {
        let next = self.frontier.size();
        let log = name(&self.log);
        if index >= self.head.size {
            return wrong(format!(
                "log {log} has {} records by its head, but a record {index} is there",
                self.head.size
            ));
        }
        if index != next {
            return wrong(format!("record {next} of log {log} is missing"));
        }
        let leaf = leaf_hash(record);
        let nodes = Nodes::new(check.backend, &self.log);
        let Some(kept) = nodes.read(0, index)? else {
            return wrong(format!(
                "the leaf of record {index} of log {log} is missing"
            ));
        };
        if kept != leaf && self.differs.is_none() {
            self.differs = Some(format!(
                "record {index} of log {log} hashes to {}, its leaf in the log is {}",
                Hex(leaf),
                Hex(kept)
            ));
        }
        let full = |_| Stop::Wrong(format!("log {log} is full"));
        self.kept.append(kept).map_err(full)?;
        for node in self.frontier.append(leaf).map_err(full)? {
            let found = nodes.read(node.level, node.index)?;
            if node.level > 0 && found != Some(node.hash) && self.node.is_none() {
                self.node = Some(format!(
                    "node {}/{} of log {log} is {}, its records give {}",
                    node.level,
                    node.index,
                    found.map_or_else(|| "missing".to_owned(), |hash| Hex(hash).to_string()),
                    Hex(node.hash)
                ));
            }
        }
        Ok(())
    }

    fn end(self, report: &mut Report) -> Result<(), Stop> {
        let log = name(&self.log);
        let size = self.frontier.size();
        report.records += size - self.base;
        report.logs += 1;
        if size != self.head.size {
            return wrong(format!("record {size} of log {log} is missing"));
        }
        let records_right = self.frontier.root() == self.head.root;
        let leaves_right = self.kept.root() == self.head.root;
        match (self.differs, self.node) {
            (Some(differs), _) if records_right => wrong(format!(
                "{differs}; the records give the head, so that the leaf was altered"
            )),
            (Some(differs), _) if leaves_right => wrong(format!(
                "{differs}; the leaves give the head, so that the record was altered"
            )),
            (Some(differs), _) => wrong(format!("{differs}; neither gives the head")),
            (None, Some(node)) if records_right => wrong(node),
            _ if !records_right => wrong(format!(
                "the {size} records of log {log} have root {}, its head says {}",
                Hex(self.frontier.root()),
                Hex(self.head.root)
            )),
            _ => Ok(()),
        }
    }
}

/// Each head has records, or is what a snapshot said, and those under the app hash are what it commits to.
fn heads(check: &Check<'_>) -> Result<(), Stop> {
    let end = layout::prefix_end(layout::META_LOG);
    let from = layout::META_LOG;
    walk(
        check.backend,
        Family::Meta,
        from,
        end.as_deref(),
        |key, sealed| {
            let log = key.get(from.len()..).unwrap_or_default();
            let head = layout::decode_head(crate::seal::check(Family::Meta, key, sealed)?)?;
            let base = logs::base(check.backend, log)?;
            if head.size > base {
                let first = layout::record(log, base);
                return match read(check.backend, Family::Rec, &first)? {
                    Some(_) => Ok(()),
                    None => wrong(format!("record {base} of log {} is missing", name(log))),
                };
            }
            logs::at_head(check.backend, log, &head)?;
            Ok(())
        },
    )?;
    for id in LogId::ALL {
        let head = stored_head(check.backend, &app_log(id))?.unwrap_or(LogHead::empty());
        let committed = check.tip.preimage.log(id);
        if head != committed {
            return wrong(format!(
                "log {} has {} records and root {}, but {} records and root {} are under the app hash",
                name(&app_log(id)),
                head.size,
                Hex(head.root),
                committed.size,
                Hex(committed.root)
            ));
        }
    }
    Ok(())
}

/// No node is there that no record gave; that none is missing, the records have shown.
fn nodes(check: &Check<'_>) -> Result<(), Stop> {
    let mut current: Option<(Vec<u8>, u64)> = None;
    walk(check.backend, Family::Log, &[], None, |key, _| {
        let parts = key.split_last_chunk::<8>().and_then(|(rest, index)| {
            let (level, rest) = rest.split_last()?;
            let (length, log) = rest.split_first()?;
            (usize::from(*length) == log.len()).then_some((log, *level, u64::from_be_bytes(*index)))
        });
        let Some((log, level, index)) = parts else {
            return wrong(format!("the key {} of `log` is no node's", Bytes(key)));
        };
        if current.as_ref().is_none_or(|(known, _)| known != log) {
            let head = stored_head(check.backend, log)?;
            current = Some((log.to_vec(), head.map_or(0, |head| head.size)));
        }
        let size = current.as_ref().map_or(0, |(_, size)| *size);
        if index >= size.checked_shr(u32::from(level)).unwrap_or(0) {
            return wrong(format!(
                "node {level}/{index} of log {} is beyond its {size} records",
                name(log)
            ));
        }
        Ok(())
    })
}
