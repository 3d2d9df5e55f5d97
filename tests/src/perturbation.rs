//! What may happen to a network, chosen by dice with a seed and written as a manifest.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

/// How long a disturbance lasts, in seconds: at least some blocks, at most what a test has patience for.
const SECONDS: std::ops::RangeInclusive<u64> = 4..=10;

/// Bytes cut off a write-ahead log: part of a record, or a few records.
const CUT_BYTES: std::ops::RangeInclusive<u64> = 1..=400;

/// By how much a clock is wrong: a bad one, a machine that was suspended, a wrong zone of time.
const OFF_BY_SECONDS: [std::ops::RangeInclusive<i64>; 3] = [5..=5, 60..=60, 3_600..=6 * 3_600];

/// One thing that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Perturbation {
    /// `kill -9` of a node, both processes, and a start.
    Kill {
        /// Which.
        node: usize,
    },
    /// `kill -9` of a node's CometBFT alone.
    KillComet {
        /// Which.
        node: usize,
    },
    /// `kill -9` of every process at once, and a start of all.
    KillAll,
    /// A node that stops and starts in good order.
    Restart {
        /// Which.
        node: usize,
    },
    /// Both processes of a node stand still (`SIGSTOP`).
    Pause {
        /// Which.
        node: usize,
        /// For how long.
        seconds: u64,
    },
    /// A node whose cable is pulled.
    Disconnect {
        /// Which.
        node: usize,
        /// For how long.
        seconds: u64,
    },
    /// The first node and another against the rest: neither half may go on.
    Split {
        /// The first node's partner.
        partner: usize,
        /// For how long.
        seconds: u64,
    },
    /// Every link delays by 150 ± 30 ms and loses 2 %.
    Slow {
        /// For how long.
        seconds: u64,
    },
    /// `kill -9` of a node, and the end of its consensus write-ahead log is gone.
    CutWal {
        /// Which.
        node: usize,
        /// How much of it.
        bytes: u64,
    },
    /// A node whose disk is full.
    FullDisk {
        /// Which.
        node: usize,
        /// For how long.
        seconds: u64,
    },
    /// A machine whose clock is wrong, until its node has shown what it does about it.
    Clock {
        /// Which.
        node: usize,
        /// Seconds by which it is fast; negative if it is slow.
        offset_seconds: i64,
    },
}

/// How many kinds there are.
const KINDS: usize = 11;

impl Perturbation {
    /// The kind of this number, with the rest from the dice.
    fn of_kind(kind: usize, nodes: usize, dice: &mut StdRng) -> Self {
        let node = dice.gen_range(0..nodes);
        let seconds = dice.gen_range(SECONDS);
        match kind % KINDS {
            0 => Self::Kill { node },
            1 => Self::KillComet { node },
            2 => Self::KillAll,
            3 => Self::Restart { node },
            4 => Self::Pause { node, seconds },
            5 => Self::Disconnect { node, seconds },
            6 => Self::Split {
                partner: dice.gen_range(1..nodes),
                seconds,
            },
            7 => Self::Slow { seconds },
            8 => Self::CutWal {
                node,
                bytes: dice.gen_range(CUT_BYTES),
            },
            9 => Self::FullDisk { node, seconds },
            _ => {
                let by = OFF_BY_SECONDS.choose(dice).expect("not empty").clone();
                let by = dice.gen_range(by);
                Self::Clock {
                    node,
                    offset_seconds: if dice.r#gen() { by } else { -by },
                }
            }
        }
    }

    /// What kind it is, as the manifest says.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill",
            Self::KillComet { .. } => "kill-comet",
            Self::KillAll => "kill-all",
            Self::Restart { .. } => "restart",
            Self::Pause { .. } => "pause",
            Self::Disconnect { .. } => "disconnect",
            Self::Split { .. } => "split",
            Self::Slow { .. } => "slow",
            Self::CutWal { .. } => "cut-wal",
            Self::FullDisk { .. } => "full-disk",
            Self::Clock { .. } => "clock",
        }
    }

    /// How long it lasts.
    #[must_use]
    pub fn lasts(self) -> Duration {
        match self {
            Self::Pause { seconds, .. }
            | Self::Disconnect { seconds, .. }
            | Self::Split { seconds, .. }
            | Self::Slow { seconds }
            | Self::FullDisk { seconds, .. } => Duration::from_secs(seconds),
            _ => Duration::ZERO,
        }
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill { node } => write!(f, "kill -9 of node {node}"),
            Self::KillComet { node } => write!(f, "kill -9 of CometBFT of node {node}"),
            Self::KillAll => f.write_str("kill -9 of everything"),
            Self::Restart { node } => write!(f, "restart of node {node}"),
            Self::Pause { node, seconds } => write!(f, "node {node} paused for {seconds} s"),
            Self::Disconnect { node, seconds } => write!(f, "node {node} cut off for {seconds} s"),
            Self::Split { partner, seconds } => {
                write!(f, "0 and {partner} split from the others for {seconds} s")
            }
            Self::Slow { seconds } => write!(f, "150 ± 30 ms and 2 % loss for {seconds} s"),
            Self::CutWal { node, bytes } => write!(f, "node {node}'s WAL cut by {bytes} B"),
            Self::FullDisk { node, seconds } => {
                write!(f, "node {node}'s disk full for {seconds} s")
            }
            Self::Clock {
                node,
                offset_seconds,
            } => write!(f, "node {node}'s clock off by {offset_seconds:+} s"),
        }
    }
}

/// What happens, in order.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What the dice began with; the network's own dice as well.
    pub seed: u64,
    /// What happens.
    pub perturbation: Vec<Perturbation>,
}

impl Manifest {
    /// So many perturbations of a network of so many nodes. Each kind comes as often as any other, in a random order.
    #[must_use]
    pub fn new(seed: u64, perturbations: usize, nodes: usize) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut perturbation = Vec::with_capacity(perturbations);
        while perturbation.len() < perturbations {
            let mut round: Vec<usize> = (0..KINDS).collect();
            round.shuffle(&mut dice);
            let missing = perturbations - perturbation.len();
            for kind in round.into_iter().take(missing) {
                perturbation.push(Perturbation::of_kind(kind, nodes, &mut dice));
            }
        }
        Self { seed, perturbation }
    }

    /// As a file.
    ///
    /// # Panics
    /// Never: every manifest has a form in TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("TOML")
    }

    /// From a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::mem::discriminant;

    #[test]
    fn a_manifest_is_what_its_seed_makes_of_it_and_reads_back() {
        let manifest = Manifest::new(3, 25, 4);
        assert_eq!(manifest, Manifest::new(3, 25, 4));
        assert_ne!(manifest, Manifest::new(4, 25, 4));
        assert_eq!(manifest.perturbation.len(), 25);
        let read = Manifest::from_toml(&manifest.to_toml()).expect("TOML");
        assert_eq!(read, manifest);
    }

    #[test]
    fn every_kind_comes_once_in_each_round() {
        let manifest = Manifest::new(9, KINDS, 4);
        let kinds: Vec<_> = manifest.perturbation.iter().map(discriminant).collect();
        let names: BTreeSet<_> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
        assert_eq!(names.len(), KINDS);
    }

    #[test]
    fn kinds_are_named_as_the_manifest_names_them() {
        let manifest = Manifest::new(9, KINDS, 4);
        let text = manifest.to_toml();
        for perturbation in manifest.perturbation {
            let line = format!("kind = \"{}\"", perturbation.kind());
            assert_eq!(text.matches(&line).count(), 1, "{line}");
        }
    }

    #[test]
    fn clocks_are_fast_and_slow_by_seconds_a_minute_and_hours() {
        let manifest = Manifest::new(1, 40 * KINDS, 4);
        let offsets = manifest.perturbation.iter().filter_map(|one| match one {
            Perturbation::Clock { offset_seconds, .. } => Some(*offset_seconds),
            _ => None,
        });
        let classes = offsets.map(|by| (by.signum(), by.abs().min(3_600)));
        let drawn: BTreeSet<_> = classes.collect();
        let all = [-1, 1].map(|sign| [5, 60, 3_600].map(|by| (sign, by)));
        assert_eq!(drawn, all.into_iter().flatten().collect());
    }
}
