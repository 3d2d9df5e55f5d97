//! Criterion's clock: CPU time, so that figures repeat on a machine that does other work too.

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};

/// CPU nanoseconds of the calling thread (`ThreadCPUTime`) or of the whole process (`ProcessCPUTime`).
pub(crate) struct CpuTime(pub(crate) ClockId);

impl Measurement for CpuTime {
    type Intermediate = u64;
    type Value = u64;

    fn start(&self) -> u64 {
        let now = clock_gettime(self.0);
        u64::try_from(now.tv_sec * 1_000_000_000 + now.tv_nsec).unwrap_or(0)
    }

    fn end(&self, started: u64) -> u64 {
        self.start() - started
    }

    fn add(&self, left: &u64, right: &u64) -> u64 {
        left + right
    }

    fn zero(&self) -> u64 {
        0
    }

    fn to_f64(&self, value: &u64) -> f64 {
        *value as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
