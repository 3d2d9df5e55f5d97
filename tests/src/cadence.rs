//! How fast a network is: figures to print, never to gate a change with.

use crate::actions::describe;
use crate::network::Network;
use crate::wait::block_on;
use nexus_sdk::api::Wait;
use nexus_sdk::keys::Signer;
use nexus_types::encoding::encode;
use std::fmt;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Milliseconds a transaction waits for its block.
const WAIT_MS: u32 = 30_000;

/// A sample of durations.
#[derive(Clone, Debug)]
pub struct Sample {
    sorted: Vec<Duration>,
}

impl Sample {
    /// The sample of these.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    pub fn new(mut durations: Vec<Duration>) -> Self {
        assert!(!durations.is_empty(), "nothing was measured");
        durations.sort();
        Self { sorted: durations }
    }

    /// Their mean.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let sum: Duration = self.sorted.iter().sum();
        sum / u32::try_from(self.sorted.len()).unwrap_or(u32::MAX)
    }

    /// The one that so many per cent do not exceed.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted[rank.min(self.sorted.len()) - 1]
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "mean {:.3} s, median {:.3} s, p95 {:.3} s, max {:.3} s (n = {})",
            self.mean().as_secs_f64(),
            self.percentile(50).as_secs_f64(),
            self.percentile(95).as_secs_f64(),
            self.percentile(100).as_secs_f64(),
            self.sorted.len()
        )
    }
}

/// Block intervals over a stretch of time in which nobody does anything: between the times in the blocks' headers.
#[must_use]
pub fn idle_intervals(network: &Network, stretch: Duration) -> Sample {
    let first = network.common_height();
    sleep(stretch);
    let last = network.common_height();
    let times: Vec<u64> = (first..=last)
        .map(|height| network.node().block(height).summary.time.0)
        .collect();
    let between = times
        .windows(2)
        .map(|pair| Duration::from_millis(pair[1].saturating_sub(pair[0])));
    Sample::new(between.collect())
}

/// How long submissions take that wait for their block, one after the other. The signer owns the IMVU.
///
/// # Panics
/// If one is not committed.
#[must_use]
pub fn committed_latencies(network: &Network, signer: &Signer, imvu: &str, count: u64) -> Sample {
    let client = network.node().client();
    let first = network.next_nonce(signer.identity);
    let latencies = (first..first + count).map(|nonce| {
        let action = describe(imvu, &format!("measured with nonce {nonce}"));
        let bytes = encode(&network.signed(signer, &[], nonce, action));
        let began = Instant::now();
        let result = block_on(client.submit(&bytes, Wait::Committed, WAIT_MS));
        let took = began.elapsed();
        let result = result.expect("committed");
        assert_eq!(result.result.map(|code| code.code), Some(0));
        took
    });
    Sample::new(latencies.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_mean_and_its_ranks() {
        let sample = Sample::new((1..=20).rev().map(Duration::from_secs).collect());
        assert_eq!(sample.mean(), Duration::from_millis(10_500));
        assert_eq!(sample.percentile(50), Duration::from_secs(10));
        assert_eq!(sample.percentile(95), Duration::from_secs(19));
        assert_eq!(sample.percentile(100), Duration::from_secs(20));
        assert_eq!(
            Sample::new(vec![Duration::from_secs(1)])
                .percentile(1)
                .as_secs(),
            1
        );
    }
}
