//! One run, from the arguments to the result.

use super::crew;
use super::lanes;
use super::options::Load;
use super::report::{self, Run};
use super::schedule::{self, Schedule};
use super::shown::{Warnings, progress};
use super::tally::Tally;
use super::target::{Target, Way, Wire};
use super::watch::Watch;
use crate::args::WaitFor;
use crate::context::{Context, note, write_file};
use crate::error::CliError;
use crate::output::{Answer, indented};
use nexus_sdk::client::Endpoint;
use rustix::time::{ClockId, clock_gettime};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks at the counters for the progress bar.
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// How long requests that are on their way may take after the load was interrupted.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Between two looks at whether everything has come.
const SETTLE_EVERY: Duration = Duration::from_millis(50);

/// Transactions of one identity that may wait in a mempool.
const PENDING_PER_SIGNER: u32 = 32;

/// Blocks that a transaction waits for at most while a network keeps up.
const BLOCKS_WAITED: u32 = 2;

/// Runs it.
pub(super) async fn run(ctx: &Context, options: &Load) -> Result<Answer, CliError> {
    let count = options.transactions()?;
    let nodes = Load::nodes(ctx);
    let targets = targets(ctx, options, &nodes)?;
    let first = targets.first().ok_or_else(no_target)?.clone();
    warn_about_signers(options);
    let crew = match options.payload {
        Some(_) => None,
        None => {
            // A command's own look at the node takes one address.
            let mut global = ctx.global.clone();
            global.node = match (&global.node, nodes.first()) {
                (Some(_), Some(first)) => Some(first.clone()),
                (named, _) => named.clone(),
            };
            let ctx = Context::new(global);
            let wires = (0..options.connections).zip(targets.iter().cycle());
            let mut wires = wires
                .map(|(_, target)| Wire::new(checked(target)))
                .collect();
            let watch = async |tally| Watch::begin(&first, tally).await;
            Some(crew::make(&ctx, options, &mut wires, watch).await?)
        }
    };
    let txs = schedule::make(options, crew.as_ref(), count)?;
    let tally = Tally::new(txs.iter().map(|tx| tx.hash));
    let warnings = Warnings::default();
    let watch = Watch::begin(&first, tally.clone()).await?;
    let cpu_before = cpu();
    let began = tally.begin();
    let watching = tokio::spawn(watch.run(warnings.clone()));
    let signers = crew.as_ref().map_or(count, |crew| crew.members.len());
    let load = lanes::Load {
        signers,
        txs: Arc::new(txs),
        schedule: Schedule {
            began,
            rate: options.rate,
        },
        batch: options.batch(),
        tally: tally.clone(),
        stop: Arc::new(AtomicBool::new(false)),
    };
    let interrupted = offer(options, &targets, &load).await;
    let elapsed = began.elapsed();
    let cpu = cpu().saturating_sub(cpu_before);
    if !interrupted {
        settle(options, &tally).await;
    }
    watching.abort();
    let run = Run {
        urls: targets
            .iter()
            .map(|target| target.endpoint.url().to_owned())
            .collect(),
        scheduled: count,
        elapsed,
        cpu,
        interrupted,
        warnings: warnings.all(),
    };
    let result = report::result(options, &run, &load.schedule, &tally);
    let answer = Answer::new(&result, report::text(&result))?;
    if let Some(path) = &options.record {
        write_file(path, format!("{}\n", indented(&answer.json)).as_bytes())?;
    }
    report::judged(&result, answer)
}

fn targets(ctx: &Context, options: &Load, nodes: &[String]) -> Result<Vec<Target>, CliError> {
    let checked = ctx.global.wait != WaitFor::None;
    let (urls, way) = if options.is_direct() {
        (options.via_comet.as_slice(), Way::Comet { checked })
    } else {
        (nodes, Way::Node { checked })
    };
    let target = |url: &String| {
        Ok(Target {
            endpoint: Endpoint::parse(url)?,
            way,
        })
    };
    urls.iter().map(target).collect()
}

/// The same address, waiting for CheckTx: whoever makes identities must know that they are taken.
fn checked(target: &Target) -> Target {
    let way = match target.way {
        Way::Node { .. } => Way::Node { checked: true },
        Way::Comet { .. } => Way::Comet { checked: true },
    };
    Target {
        endpoint: target.endpoint.clone(),
        way,
    }
}

fn no_target() -> CliError {
    CliError::usage(
        "no node is named, and there is no local network in this folder or above",
        "Give --node URL[,URL…] or --via-comet URL; make localnet starts a local network.",
    )
}

fn warn_about_signers(options: &Load) {
    let wanted = options
        .rate
        .saturating_mul(BLOCKS_WAITED)
        .div_ceil(PENDING_PER_SIGNER);
    if options.payload.is_none() && options.signers < wanted {
        note(&format!(
            "{} identities may have {PENDING_PER_SIGNER} transactions waiting each: take --signers {wanted} or more \
             for this rate, or some will be refused",
            options.signers
        ));
    }
}

/// Offers the load; true if it was interrupted.
async fn offer(options: &Load, targets: &[Target], load: &lanes::Load) -> bool {
    let per_target = usize::from(options.connections);
    let lanes = targets.len().saturating_mul(per_target);
    let mut running = JoinSet::new();
    for lane in 0..lanes {
        let Some(target) = targets.get(lane % targets.len()) else {
            continue;
        };
        let places = lanes::places(lane, lanes, load.signers, load.txs.len());
        running.spawn(lanes::run(Wire::new(target.clone()), places, load.clone()));
    }
    let shown = tokio::spawn(show(options.seconds(), load.clone()));
    let all = async { while running.join_next().await.is_some() {} };
    let interrupted = finishes_before_ctrl_c(all).await;
    if interrupted {
        load.stop.store(true, Ordering::Relaxed);
        let rest = async { while running.join_next().await.is_some() {} };
        // Whatever is still unanswered then stays uncounted: it was sent, and nobody said more.
        let _ = timeout(LAST_ANSWERS, rest).await;
    }
    shown.abort();
    interrupted
}

async fn finishes_before_ctrl_c(work: impl Future<Output = ()>) -> bool {
    tokio::select! {
        () = work => false,
        _ = tokio::signal::ctrl_c() => true,
    }
}

async fn show(seconds: u32, load: lanes::Load) {
    let bar = progress(seconds.into(), "s of load");
    loop {
        {
            let counts = load.tally.counts();
            bar.set_position(load.schedule.began.elapsed().as_secs().min(seconds.into()));
            bar.set_message(format!(
                "s of load: {} handed in, {} refused, {} in blocks",
                counts.sent,
                counts.refused.values().sum::<u64>(),
                counts.committed_count
            ));
        }
        sleep(SHOW_EVERY).await;
    }
}

/// Waits for what is taken and in no block yet.
async fn settle(options: &Load, tally: &Tally) {
    let began = Instant::now();
    let patience = Duration::from_secs(options.drain.into());
    let settled = async {
        while !tally.is_settled() && began.elapsed() < patience {
            sleep(SETTLE_EVERY).await;
        }
    };
    let _ = finishes_before_ctrl_c(settled).await;
}

/// CPU time of this process so far.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), nanos)
}
