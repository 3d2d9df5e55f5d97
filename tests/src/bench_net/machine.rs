//! On what a figure was measured.

use serde::Serialize;
use std::fs;

/// The machine, as the kernel describes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// Its processor.
    pub cpu: String,
    /// How many of its threads this process may use.
    pub cores: usize,
    /// Memory, megabytes.
    pub memory_mb: u64,
    /// The kernel.
    pub kernel: String,
    /// Processes that wanted to run over the last minute, on average: how busy it was with other things.
    pub load: String,
}

impl Machine {
    /// This one, now.
    #[must_use]
    pub fn here() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            text.lines()
                .find(|line| line.starts_with(name))
                .and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let kib: Option<u64> = memory
            .split_ascii_whitespace()
            .next()
            .and_then(|number| number.parse().ok());
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory_mb: kib.unwrap_or(0) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: read("/proc/loadavg")
                .split_ascii_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_cores_memory_and_a_kernel() {
        let here = Machine::here();
        assert!(here.cores > 0 && here.memory_mb > 0, "{here:?}");
        assert!(
            !here.kernel.is_empty() && here.load.parse::<f64>().is_ok(),
            "{here:?}"
        );
    }
}
