//! Handing transactions in when they are due. A lane is one connection with its own signers, so that no signer's
//! transactions overtake each other; a lane that the network keeps waiting sends more at once as soon as it may.

use super::schedule::{Ready, Schedule};
use super::tally::Tally;
use super::target::Wire;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Lanes wake together at multiples of this, so that what is due within it travels in one request. It is part of the
/// latency, which counts from when a transaction was due.
const TICK: Duration = Duration::from_millis(5);

/// What lanes share.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) txs: Arc<Vec<Ready>>,
    pub(super) schedule: Schedule,
    pub(super) batch: usize,
    pub(super) tally: Tally,
    pub(super) stop: Arc<AtomicBool>,
}

/// The places of one lane of several: those of every signer of its own.
pub(super) fn places(lane: usize, lanes: usize, signers: usize, count: usize) -> Vec<usize> {
    (0..count)
        .filter(|place| place % signers.max(1) % lanes.max(1) == lane)
        .collect()
}

/// Hands in what is due, in order, until all is or somebody says stop.
pub(super) async fn run(mut wire: Wire, places: Vec<usize>, load: Load) {
    let mut rest = places.as_slice();
    while let Some(first) = rest.first() {
        if load.stop.load(Ordering::Relaxed) {
            return;
        }
        wait_until_due(load.schedule.due(*first), &load).await;
        let elapsed = load.schedule.began.elapsed();
        let due = rest
            .iter()
            .take(load.batch)
            .take_while(|place| load.schedule.due(**place) <= elapsed)
            .count();
        let (now, later) = rest.split_at(due);
        let txs: Vec<&str> = now
            .iter()
            .filter_map(|place| load.txs.get(*place))
            .map(|tx| tx.base64.as_str())
            .collect();
        let fates = wire.hand_in(&txs).await;
        load.tally.told(fates);
        rest = later;
    }
}

async fn wait_until_due(due: Duration, load: &Load) {
    let began = load.schedule.began;
    let elapsed = began.elapsed();
    if due < elapsed {
        let mut counts = load.tally.counts();
        counts.queueing = counts.queueing.max(elapsed.saturating_sub(due));
        return;
    }
    let wake = next_tick(due);
    let at: Instant = began.checked_add(wake).unwrap_or(began);
    tokio::time::sleep_until(at.into()).await;
    let lag = began.elapsed().saturating_sub(wake);
    load.tally.counts().timer_lag.push(lag);
}

fn next_tick(due: Duration) -> Duration {
    let ticks = due.as_nanos().div_ceil(TICK.as_nanos());
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_on_one_lane_and_a_signer_never_on_two() {
        let (lanes, signers, count) = (3, 10, 100);
        let all: Vec<Vec<usize>> = (0..lanes)
            .map(|lane| places(lane, lanes, signers, count))
            .collect();
        let mut together: Vec<usize> = all.iter().flatten().copied().collect();
        together.sort_unstable();
        assert_eq!(together, (0..count).collect::<Vec<_>>());
        for signer in 0..signers {
            let on = all
                .iter()
                .filter(|lane| lane.iter().any(|place| place % signers == signer));
            assert_eq!(on.count(), 1, "signer {signer}");
        }
        assert!(all.iter().all(|lane| lane.is_sorted()));
    }

    #[test]
    fn lanes_wake_at_ticks_never_too_early() {
        assert_eq!(next_tick(Duration::ZERO), Duration::ZERO);
        assert_eq!(next_tick(Duration::from_micros(1)), TICK);
        assert_eq!(next_tick(TICK), TICK);
        assert_eq!(next_tick(Duration::from_micros(5_001)), TICK * 2);
    }
}
