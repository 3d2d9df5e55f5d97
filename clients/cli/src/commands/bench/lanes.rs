//! Handing transactions in when they are due. A lane is one connection with its own signers, so that no signer's
//! transactions overtake each other; a lane that the network keeps waiting sends more at once as soon as it may.

use super::schedule::{Ready, Schedule};
use super::tally::{Fate, Tally};
use super::target::Wire;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Lanes wake together at multiples of this, so that what is due within it travels in one request. It is part of the
/// latency, which counts from when a transaction was due.
const TICK: Duration = Duration::from_millis(5);

/// Before what was refused for the moment is handed in again.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// What lanes share.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) txs: Arc<Vec<Ready>>,
    pub(super) schedule: Schedule,
    pub(super) batch: usize,
    /// Who take turns; as many as there are transactions where nobody signs.
    pub(super) signers: usize,
    pub(super) tally: Tally,
    pub(super) stop: Arc<AtomicBool>,
}

/// The places of one lane of several: those of every signer of its own.
pub(super) fn places(lane: usize, lanes: usize, signers: usize, count: usize) -> Vec<usize> {
    (0..count)
        .filter(|place| place % signers.max(1) % lanes.max(1) == lane)
        .collect()
}

/// Hands in what is due, in order, until all is or somebody says stop. What is refused for the moment is handed in again,
/// before what follows: a signer's later transactions would be refused without it.
pub(super) async fn run(mut wire: Wire, places: Vec<usize>, load: Load) {
    let last = places.last().map(|place| load.schedule.due(*place));
    let mut queue = VecDeque::from(places);
    while let Some(first) = queue.front() {
        if load.stop.load(Ordering::Relaxed) {
            return;
        }
        wait_until_due(load.schedule.due(*first), &load).await;
        let elapsed = load.schedule.began.elapsed();
        let due = queue
            .iter()
            .take(load.batch)
            .take_while(|place| load.schedule.due(**place) <= elapsed)
            .count();
        let now: Vec<usize> = queue.drain(..due).collect();
        let txs: Vec<&str> = now
            .iter()
            .filter_map(|place| load.txs.get(*place))
            .map(|tx| tx.base64.as_str())
            .collect();
        let fates = wire.hand_in(&txs).await;
        // Once the load is over, a refusal is one.
        let over = last.is_none_or(|last| load.schedule.began.elapsed() > last);
        let (told, again) = sorted(now, fates, load.signers, over);
        load.tally.told(told);
        if again.is_empty() {
            continue;
        }
        for (place, fate) in again.into_iter().rev() {
            load.tally.pushed_back(fate);
            queue.push_front(place);
        }
        sleep(AGAIN_AFTER).await;
    }
}

type Again = Vec<(usize, Fate)>;

/// What is settled, and what is to be handed in again: what was refused for the moment, and whatever of the same signer
/// came behind it.
fn sorted(places: Vec<usize>, fates: Vec<Fate>, signers: usize, over: bool) -> (Vec<Fate>, Again) {
    let (mut told, mut again) = (Vec::new(), Again::new());
    for (place, fate) in places.into_iter().zip(fates) {
        let signer = |place: usize| place % signers.max(1);
        let behind = again
            .iter()
            .any(|(earlier, _)| signer(*earlier) == signer(place));
        if !over && (fate.is_for_now() || behind) {
            again.push((place, fate));
        } else {
            told.push(fate);
        }
    }
    (told, again)
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
    fn what_is_refused_for_the_moment_waits_with_all_of_its_signer_behind_it() {
        let full = || Fate::Refused(String::from("NX4004"));
        let wrong = || Fate::Refused(String::from("NX1041"));
        // Signers of ten: 1, 2, 1 again, 3.
        let places = vec![1, 2, 11, 3];
        let fates = || vec![full(), Fate::Accepted, wrong(), wrong()];
        let (told, again) = sorted(places.clone(), fates(), 10, false);
        assert_eq!(told, [Fate::Accepted, wrong()]);
        assert_eq!(again, [(1, full()), (11, wrong())]);
        let (told, again) = sorted(places, fates(), 10, true);
        assert_eq!((told, again.len()), (fates(), 0));
    }

    #[test]
    fn lanes_wake_at_ticks_never_too_early() {
        assert_eq!(next_tick(Duration::ZERO), Duration::ZERO);
        assert_eq!(next_tick(Duration::from_micros(1)), TICK);
        assert_eq!(next_tick(TICK), TICK);
        assert_eq!(next_tick(Duration::from_micros(5_001)), TICK * 2);
    }
}
