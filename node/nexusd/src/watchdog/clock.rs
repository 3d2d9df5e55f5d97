//! This machine's clock against those of other operators' nodes.
//!
//! CometBFT refuses a block that is dated 60 s ahead of its own clock, and panics when that block was decided: a clock
//! that is slow by a minute takes a validator out, one that is fast spoils its votes' times. So a node does not start
//! with a clock that is wrong by [`START`], says so while it runs, and ends by itself at [`END`], well before CometBFT
//! would.
//!
//! One node may lie, or have the wrong clock itself: a verdict needs [`WITNESSES`] nodes that agree, and more than half
//! of those that answer.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nexus_sdk::client::Client;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::error::Error;

/// Milliseconds: chrony keeps a machine within a few of them; ten blocks' worth of jitter stay below this.
pub(crate) const START: i64 = 2_000;

/// Milliseconds: half of what CometBFT bears, so that the node ends in order before CometBFT panics.
pub(crate) const END: i64 = 30_000;

/// Nodes that must agree before a clock counts as wrong.
const WITNESSES: usize = 2;

/// How long a node may take to say what time it is. A slower answer could not tell two seconds from none.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// Questions to each node; the quickest answer counts.
const QUESTIONS: u32 = 3;

/// What one node's clock shows, compared with ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Whose clock.
    pub(crate) from: String,
    /// Milliseconds by which that clock is ahead of ours; negative if it is behind.
    pub(crate) ahead: i64,
    /// Milliseconds by which `ahead` may be wrong: half of the time the answer took.
    pub(crate) blur: i64,
}

impl Sample {
    /// From what our clock showed before the question, what theirs showed, and how long the answer took.
    fn new(from: &str, asked: u64, shown: u64, took: Duration) -> Self {
        let took = signed(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        let blur = took / 2;
        Self {
            from: from.to_owned(),
            ahead: signed(shown).saturating_sub(signed(asked).saturating_add(blur)),
            blur,
        }
    }

    /// The least that it is off, with its direction; 0 if it may be right.
    fn at_least(&self) -> i64 {
        let least = self.ahead.saturating_abs().saturating_sub(self.blur).max(0);
        least.saturating_mul(self.ahead.signum())
    }
}

fn signed(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

/// What the clocks together say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// The median of what the nodes show, milliseconds by which they are ahead of us.
    pub(crate) median: i64,
    /// How far our clock is wrong at the very least, in the eyes of enough nodes, with the sign of `median`.
    pub(crate) agreed: i64,
    /// How many nodes answered.
    pub(crate) answers: usize,
}

/// Judges samples. `None` if nobody answered.
pub(crate) fn judge(samples: &[Sample]) -> Option<Measured> {
    let mut ahead: Vec<i64> = samples.iter().map(|sample| sample.ahead).collect();
    ahead.sort_unstable();
    let median = *ahead.get(ahead.len() / 2)?;
    let needed = WITNESSES.max(samples.len() / 2 + 1);
    // The largest offset that enough nodes agree we have, in each direction.
    let agreed_in = |sign: i64| {
        let mut least: Vec<i64> = samples
            .iter()
            .map(|sample| sample.at_least().saturating_mul(sign).max(0))
            .collect();
        least.sort_unstable_by(|a, b| b.cmp(a));
        least.get(needed - 1).copied().unwrap_or(0)
    };
    let (fast, slow) = (agreed_in(-1), agreed_in(1));
    Some(Measured {
        median,
        agreed: if slow > 0 { slow } else { -fast },
        answers: samples.len(),
    })
}

/// A clock that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) measured: Measured,
    /// Whether it is wrong enough, and certain enough, to end the node.
    pub(crate) ends: bool,
}

/// What the other nodes' clocks and the last block's time say together. `by_block` is by how many milliseconds the block
/// is dated ahead of our clock: the median of the validators' clocks, which no single one of them moves. It warns; it
/// decides only where too few nodes say what time it is. Against nodes that find our clock right it would mean that many
/// validators' clocks are wrong, and then those that are right must not end.
pub(crate) fn finding(by_peers: Option<Measured>, by_block: i64) -> Option<Finding> {
    if let Some(measured) = by_peers
        && measured.agreed.saturating_abs() >= START
    {
        let ends = measured.agreed.saturating_abs() >= END;
        return Some(Finding { measured, ends });
    }
    let answers = by_peers.map_or(0, |measured| measured.answers);
    (by_block >= START).then_some(Finding {
        measured: Measured {
            median: by_block,
            agreed: by_block,
            answers,
        },
        ends: by_block >= END && answers < WITNESSES,
    })
}

/// Asks every node for its time. Those that do not answer in time are left out.
pub(crate) async fn measure(peers: &[Client]) -> Vec<Sample> {
    let mut asking = JoinSet::new();
    for peer in peers {
        asking.spawn(ask(peer.clone()));
    }
    asking.join_all().await.into_iter().flatten().collect()
}

async fn ask(peer: Client) -> Option<Sample> {
    let mut best: Option<Sample> = None;
    for _ in 0..QUESTIONS {
        let asked = now_ms();
        let began = Instant::now();
        let shown = match timeout(PATIENCE, peer.time()).await {
            Ok(Ok(shown)) => shown.time.0,
            // Whoever did not answer once will hardly do so at once after.
            _ => break,
        };
        let sample = Sample::new(peer.url(), asked, shown, began.elapsed());
        if best.as_ref().is_none_or(|best| sample.blur < best.blur) {
            best = Some(sample);
        }
    }
    best
}

/// This machine's clock, milliseconds since 1970-01-01 UTC.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Refuses to start with a clock that enough running nodes contradict. Where nobody answers, as when a whole network
/// starts together, the node starts.
pub(crate) async fn at_start(peers: &[Client]) -> Result<(), Error> {
    if peers.is_empty() {
        tracing::warn!(
            "watchdog.peers in config.toml names no other node: neither this machine's clock nor its state is compared \
             with anybody's"
        );
        return Ok(());
    }
    let samples = measure(peers).await;
    match judge(&samples) {
        None => {
            tracing::warn!(
                "no other node says what time it is; this machine's clock is compared later"
            );
            Ok(())
        }
        Some(measured) if measured.agreed.saturating_abs() >= START => Err(wrong(&measured, START)),
        Some(measured) => {
            let (median, answers) = (measured.median, measured.answers);
            tracing::info!(others_ahead_ms = median, answers, "clock compared");
            Ok(())
        }
    }
}

/// What to tell about a wrong clock.
pub(crate) fn wrong(measured: &Measured, limit: i64) -> Error {
    let direction = if measured.agreed > 0 { "slow" } else { "fast" };
    let with = match measured.answers {
        0 | 1 => "the last block's time".to_owned(),
        answers => format!("{answers} other nodes"),
    };
    Error::Clock(format!(
        "this machine's clock is {} s {direction}, compared with {with}; at most {} s are allowed, because a \
         validator with a wrong clock takes itself out of the network. Put the clock right (with chrony: `chronyc makestep`, \
         then `chronyc tracking`), and start the node again",
        seconds(measured.agreed.saturating_abs()),
        seconds(limit),
    ))
}

/// Milliseconds as seconds with one digit behind the point.
pub(crate) fn seconds(milliseconds: i64) -> String {
    format!("{}.{}", milliseconds / 1_000, (milliseconds % 1_000) / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ahead: i64, blur: i64) -> Sample {
        Sample {
            from: "http://a.example:26700".to_owned(),
            ahead,
            blur,
        }
    }

    fn agreed(samples: &[Sample]) -> i64 {
        judge(samples).expect("answers").agreed
    }

    #[test]
    fn the_time_of_the_answer_is_the_middle_of_the_way() {
        let sample = Sample::new("x", 10_000, 15_100, Duration::from_millis(200));
        assert_eq!((sample.ahead, sample.blur), (5_000, 100));
        assert_eq!(sample.at_least(), 4_900);
        let behind = Sample::new("x", 100_000, 40_100, Duration::from_millis(200));
        assert_eq!(behind.at_least(), -59_900);
        let unclear = Sample::new("x", 10_000, 11_000, Duration::from_millis(1_400));
        assert_eq!(unclear.at_least(), 0);
    }

    #[test]
    fn one_clock_alone_convinces_nobody() {
        assert_eq!(judge(&[]), None);
        assert_eq!(agreed(&[sample(10_800_000, 1)]), 0);
        assert_eq!(agreed(&[sample(10_800_000, 1), sample(3, 5)]), 0);
        let liar = [sample(10_800_000, 1), sample(3, 5), sample(-4, 5)];
        assert_eq!(agreed(&liar), 0);
    }

    #[test]
    fn what_most_show_is_believed_to_the_extent_that_they_agree() {
        let slow = [sample(5_000, 100), sample(5_200, 50), sample(3, 1)];
        assert_eq!(agreed(&slow), 4_900);
        let fast = [sample(-60_000, 0), sample(-60_010, 0), sample(-59_000, 0)];
        assert_eq!(agreed(&fast), -60_000);
        let scattered = [sample(9_000, 0), sample(-9_000, 0), sample(0, 0)];
        assert_eq!(
            agreed(&scattered),
            0,
            "the others disagree among themselves"
        );
        let half = [
            sample(9_000, 0),
            sample(9_000, 0),
            sample(0, 0),
            sample(0, 0),
        ];
        assert_eq!(agreed(&half), 0, "half is no majority");
    }

    #[test]
    fn a_block_from_our_future_decides_only_where_nobody_says_what_time_it_is() {
        let by_peers = |agreed, answers| {
            Some(Measured {
                median: agreed,
                agreed,
                answers,
            })
        };
        let ends = |peers, block| finding(peers, block).map(|finding| finding.ends);
        assert_eq!(ends(by_peers(1_000, 3), -1_500), None);
        assert_eq!(ends(by_peers(-2_000, 3), -1_500), Some(false));
        assert_eq!(ends(by_peers(-30_000, 3), -31_000), Some(true));
        assert_eq!(ends(None, -5_000), None, "blocks are always of the past");
        assert_eq!(ends(None, 2_500), Some(false));
        assert_eq!(ends(None, 45_000), Some(true));
        assert_eq!(ends(by_peers(0, 1), 45_000), Some(true));
        assert_eq!(ends(by_peers(0, 3), 45_000), Some(false));
    }

    #[test]
    fn the_refusal_says_how_much_and_what_to_do() {
        let measured = Measured {
            median: -5_123,
            agreed: -5_120,
            answers: 3,
        };
        let text = wrong(&measured, START).to_string();
        assert!(text.contains("5.1 s fast"), "{text}");
        assert!(
            text.contains("at most 2.0 s") && text.contains("chronyc"),
            "{text}"
        );
    }
}
