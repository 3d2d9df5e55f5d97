//! What a run came to: figures for programs, a table for people.

use super::options::{Deed, Load};
use super::schedule::Schedule;
use super::tally::{Counts, SeenBlock, Tally};
use crate::error::{CliError, Exit};
use crate::output::Answer;
use crate::table;
use nexus_sdk::api::codes::{InterfaceCode, explain};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Microseconds of a second, of a millisecond.
const SECOND_US: f64 = 1e6;
const MILLI_US: f64 = 1e3;

/// How the run itself went.
pub(super) struct Run {
    pub(super) urls: Vec<String>,
    pub(super) scheduled: usize,
    /// From its beginning to the last answer.
    pub(super) elapsed: Duration,
    pub(super) cpu: Duration,
    pub(super) interrupted: bool,
    pub(super) warnings: Vec<String>,
}

/// The result; times in milliseconds unless their name says otherwise.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoadResult {
    urls: Vec<String>,
    direct: bool,
    action: Option<Deed>,
    random_bytes: Option<usize>,
    rate: u32,
    warmup_seconds: u32,
    duration_seconds: u32,
    signers: u32,
    batch: usize,
    connections: u16,
    /// Transactions that were due.
    offered: u64,
    /// Handed in and answered, or given up.
    sent: u64,
    accepted: u64,
    /// By code, or by words where there is none.
    refused: BTreeMap<String, u64>,
    /// Refused for the moment and handed in again, how often.
    pushed_back: BTreeMap<String, u64>,
    /// Handed in without an answer that says what became of them.
    lost: BTreeMap<String, u64>,
    committed: u64,
    /// Accepted, or lost, and in no block that was seen.
    uncommitted: u64,
    window: Window,
    blocks: Blocks,
    latency: Latency,
    generator: Generator,
    interrupted: bool,
    warnings: Vec<String>,
}

/// The measured seconds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    /// Due in it.
    offered: u64,
    /// Due in it, and committed whenever.
    committed: u64,
    /// In the blocks seen in it, over the time between the first and the last of them, by their headers.
    committed_per_second: f64,
}

/// The blocks seen in the measured seconds.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Blocks {
    count: u64,
    interval_mean: f64,
    interval_p95: f64,
    interval_max: f64,
    transactions_mean: f64,
    transactions_max: u64,
}

/// From when a transaction was due in the measured seconds until its block was seen.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Latency {
    count: u64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

/// Whether the generator itself kept up.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Generator {
    /// How late it woke up, at worst and in 99 of 100 cases.
    lag_max: f64,
    lag_p99: f64,
    /// How long a transaction that was due waited for its connection at worst: the network's doing.
    queueing_max: f64,
    cpu_seconds: f64,
    /// Of one core, over the load.
    cpu_percent: f64,
}

/// Puts the figures together.
pub(super) fn result(options: &Load, run: &Run, schedule: &Schedule, tally: &Tally) -> LoadResult {
    let counts = tally.counts();
    let end = Duration::from_secs(options.seconds().into()).min(run.elapsed);
    let offered = (0..run.scheduled).filter(|place| schedule.due(*place) < end);
    let lost: u64 = counts.lost.values().sum();
    let reached = counts.accepted.saturating_add(lost);
    let window = Duration::from_secs(options.warmup.into())..end;
    LoadResult {
        urls: run.urls.clone(),
        direct: options.is_direct(),
        action: options.payload.is_none().then_some(options.action),
        random_bytes: options.payload.map(|payload| payload.bytes),
        rate: options.rate,
        warmup_seconds: options.warmup,
        duration_seconds: options.duration,
        signers: options.signers,
        batch: options.batch(),
        connections: options.connections,
        offered: offered.count() as u64,
        sent: counts.sent,
        accepted: counts.accepted,
        refused: counts.refused.clone(),
        pushed_back: counts.pushed_back.clone(),
        lost: counts.lost.clone(),
        committed: counts.committed_count,
        uncommitted: reached.saturating_sub(counts.committed_count),
        window: window_of(&counts, schedule, run.scheduled, &window),
        blocks: blocks_of(&counts, &window),
        latency: latency_of(&counts, schedule, &window),
        generator: generator_of(&counts, run),
        interrupted: run.interrupted,
        warnings: run.warnings.clone(),
    }
}

type Stretch = std::ops::Range<Duration>;

fn window_of(counts: &Counts, schedule: &Schedule, scheduled: usize, window: &Stretch) -> Window {
    let due: Vec<usize> = (0..scheduled)
        .filter(|place| window.contains(&schedule.due(*place)))
        .collect();
    let committed = due
        .iter()
        .filter(|place| counts.committed.get(**place).is_some_and(Option::is_some));
    Window {
        offered: due.len() as u64,
        committed: committed.count() as u64,
        committed_per_second: rate_of(&seen_in(counts, window)),
    }
}

fn seen_in(counts: &Counts, window: &Stretch) -> Vec<SeenBlock> {
    let inside = |block: &&SeenBlock| block.seen.is_some_and(|seen| window.contains(&seen));
    counts.blocks.iter().filter(inside).copied().collect()
}

/// Transactions a second from the first block's time to the last's: the first one's own belong to the time before.
fn rate_of(blocks: &[SeenBlock]) -> f64 {
    let [first, rest @ ..] = blocks else {
        return 0.0;
    };
    let micros = rest
        .last()
        .map_or(0, |last| last.time_us.saturating_sub(first.time_us));
    let transactions: u64 = rest.iter().map(|block| block.transactions).sum();
    if micros == 0 {
        0.0
    } else {
        transactions as f64 * SECOND_US / micros as f64
    }
}

fn blocks_of(counts: &Counts, window: &Stretch) -> Blocks {
    let blocks = seen_in(counts, window);
    let mut intervals: Vec<u64> = blocks
        .windows(2)
        .filter_map(|pair| match pair {
            [one, next] => Some(next.time_us.saturating_sub(one.time_us)),
            _ => None,
        })
        .collect();
    intervals.sort_unstable();
    let transactions: u64 = blocks.iter().map(|block| block.transactions).sum();
    let sum: u64 = intervals.iter().sum();
    Blocks {
        count: blocks.len() as u64,
        interval_mean: mean(sum, intervals.len()) / MILLI_US,
        interval_p95: per_mille(&intervals, 950),
        interval_max: per_mille(&intervals, 1_000),
        transactions_mean: mean(transactions, blocks.len()),
        transactions_max: blocks
            .iter()
            .map(|block| block.transactions)
            .max()
            .unwrap_or(0),
    }
}

fn mean(sum: u64, count: usize) -> f64 {
    if count == 0 {
        0.0
    } else {
        sum as f64 / count as f64
    }
}

fn latency_of(counts: &Counts, schedule: &Schedule, window: &Stretch) -> Latency {
    let committed = counts.committed.iter().enumerate();
    let mut micros: Vec<u64> = committed
        .filter_map(|(place, seen)| {
            let due = schedule.due(place);
            let latency = (*seen)?.saturating_sub(due);
            window.contains(&due).then(|| as_micros(latency))
        })
        .collect();
    micros.sort_unstable();
    Latency {
        count: micros.len() as u64,
        p50: per_mille(&micros, 500),
        p90: per_mille(&micros, 900),
        p95: per_mille(&micros, 950),
        p99: per_mille(&micros, 990),
        p999: per_mille(&micros, 999),
        max: per_mille(&micros, 1_000),
    }
}

fn generator_of(counts: &Counts, run: &Run) -> Generator {
    let mut lags: Vec<u64> = counts.timer_lag.iter().map(|lag| as_micros(*lag)).collect();
    lags.sort_unstable();
    let seconds = run.elapsed.as_secs_f64();
    let cpu = run.cpu.as_secs_f64();
    Generator {
        lag_max: per_mille(&lags, 1_000),
        lag_p99: per_mille(&lags, 990),
        queueing_max: as_micros(counts.queueing) as f64 / MILLI_US,
        cpu_seconds: cpu,
        cpu_percent: if seconds > 0.0 {
            cpu * 100.0 / seconds
        } else {
            0.0
        },
    }
}

fn as_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The value, in milliseconds, that so many of a thousand do not exceed; ascending microseconds, 0 of none.
fn per_mille(sorted: &[u64], rank: usize) -> f64 {
    let place = sorted
        .len()
        .saturating_mul(rank)
        .div_ceil(1_000)
        .saturating_sub(1);
    sorted
        .get(place)
        .map_or(0.0, |micros| *micros as f64 / MILLI_US)
}

/// The table.
pub(super) fn text(result: &LoadResult) -> String {
    let ms = |value: f64| format!("{value:.1} ms");
    let mut rows = vec![
        (
            "offered",
            format!("{} ({} tx/s)", result.offered, result.rate),
        ),
        ("sent", result.sent.to_string()),
        ("accepted", result.accepted.to_string()),
    ];
    rows.extend(
        result
            .refused
            .iter()
            .map(|(why, count)| ("refused", told(why, *count))),
    );
    rows.extend(
        result
            .lost
            .iter()
            .map(|(why, count)| ("no answer", format!("{count}: {why}"))),
    );
    let window = &result.window;
    let blocks = &result.blocks;
    let latency = &result.latency;
    let generator = &result.generator;
    rows.extend([
        ("committed", result.committed.to_string()),
        ("in no block", result.uncommitted.to_string()),
        ("committed tx/s", format!("{:.1}", window.committed_per_second)),
        ("blocks", format!("{} in the measured {} s", blocks.count, result.duration_seconds)),
        (
            "block interval",
            format!(
                "mean {}, p95 {}, max {}",
                ms(blocks.interval_mean),
                ms(blocks.interval_p95),
                ms(blocks.interval_max)
            ),
        ),
        (
            "tx per block",
            format!("mean {:.1}, max {}", blocks.transactions_mean, blocks.transactions_max),
        ),
        ("latency p50", ms(latency.p50)),
        ("latency p90", ms(latency.p90)),
        ("latency p95", ms(latency.p95)),
        ("latency p99", ms(latency.p99)),
        ("latency p99.9", ms(latency.p999)),
        ("latency max", ms(latency.max)),
        (
            "generator",
            format!(
                "woke {} late at most (p99 {}); waited {} for the network at most; {:.0} % of a core",
                ms(generator.lag_max),
                ms(generator.lag_p99),
                ms(generator.queueing_max),
                generator.cpu_percent
            ),
        ),
    ]);
    rows.extend(
        result
            .warnings
            .iter()
            .map(|warning| ("warning", warning.clone())),
    );
    if result.interrupted {
        rows.push((
            "note",
            String::from("interrupted: what was on its way is not waited for"),
        ));
    }
    table::fields(&rows)
}

/// A refusal in words; whose limit it is.
fn told(why: &str, count: u64) -> String {
    let number = why
        .strip_prefix("NX")
        .and_then(|digits| digits.parse().ok());
    let limited = Some(InterfaceCode::RateLimited.number());
    if number == limited {
        return format!(
            "{count}: {why} the node's RPC grants an address no more calls, or no more of one signer. Raise [rpc] \
             calls_per_second and transactions_per_second in nexusd's config.toml, name more nodes, or use --via-comet"
        );
    }
    match number.and_then(explain) {
        Some(explanation) => format!("{count}: {why} {}", explanation.cause),
        None => format!("{count}: {why}"),
    }
}

/// A run of which nothing was taken has failed, whatever was measured.
pub(super) fn judged(result: &LoadResult, answer: Answer) -> Result<Answer, CliError> {
    if result.accepted > 0 || result.committed > 0 || result.sent == 0 {
        return Ok(answer);
    }
    let refused = !result.refused.is_empty();
    Err(CliError::Load {
        text: answer.text,
        report: answer.json,
        exit: if refused {
            Exit::Refused
        } else {
            Exit::Unreachable
        },
    })
}

#[cfg(test)]
mod tests;
