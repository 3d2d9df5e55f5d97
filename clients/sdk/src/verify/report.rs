//! The steps of a verification, in order.

use super::facts::{Facts, Verified};
use crate::bundle::BundleSubject;
use std::fmt;

/// Characters of a reason that are shown: the light client's errors print whole validator sets.
const REASON_CHARS: usize = 600;

/// A step of a verification.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepName {
    /// The file is a bundle in its one spelling.
    Format,
    /// The contents hash to the digest.
    Digest,
    /// It is about what was asked.
    Subject,
    /// The headers start from the anchor.
    Anchor,
    /// A header follows from a trusted one.
    Header,
    /// The preimage hashes to the app hash of header H + 1.
    AppHash,
    /// The law's constants are those of this program.
    Constants,
    /// A state key has that value, or none.
    State,
    /// The chain is the anchor's, down to its genesis.
    Network,
    /// A record stands in a log.
    Log,
    /// The transaction stands in block H.
    Transaction,
    /// The result stands under header H + 1.
    Result,
    /// The result's verdict is about this transaction.
    Verdict,
    /// An object's bytes are what they should be.
    Object,
    /// The record sets are all the zone has.
    ZoneComplete,
    /// What a creator who leaves has authored is as it left it.
    Baseline,
}

impl StepName {
    /// The name that reports and exit messages show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Digest => "digest",
            Self::Subject => "subject",
            Self::Anchor => "anchor",
            Self::Header => "header",
            Self::AppHash => "app-hash",
            Self::Constants => "constants",
            Self::State => "state",
            Self::Network => "network",
            Self::Log => "log",
            Self::Transaction => "transaction",
            Self::Result => "result",
            Self::Verdict => "verdict",
            Self::Object => "object",
            Self::ZoneComplete => "zone-complete",
            Self::Baseline => "baseline",
        }
    }
}

impl fmt::Display for StepName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One step and how it went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Which.
    pub name: StepName,
    /// On what: a height, a key, a log.
    pub of: String,
    /// What was found, or what differed.
    pub outcome: Result<String, String>,
}

impl Step {
    /// Whether it passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.outcome.is_ok()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(found) => write!(f, "{} ({}): {found}", self.name, self.of),
            Err(reason) => write!(f, "{} ({}) failed: {reason}", self.name, self.of),
        }
    }
}

/// How a verification went.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the evidence says it is about; none if it could not be read.
    pub subject: Option<BundleSubject>,
    /// The steps in order; only the last can have failed.
    pub steps: Vec<Step>,
    /// What was proved, if every step passed.
    pub verified: Option<Verified<Facts>>,
}

impl Report {
    pub(super) fn new(
        subject: Option<BundleSubject>,
        trail: Trail,
        verified: Option<Verified<Facts>>,
    ) -> Self {
        Self {
            subject,
            steps: trail.steps,
            verified,
        }
    }

    /// The step that failed.
    #[must_use]
    pub fn failure(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.passed())
    }
}

/// The steps so far.
#[derive(Default, Debug)]
pub(super) struct Trail {
    steps: Vec<Step>,
}

impl Trail {
    /// Writes a step down; `None` ends the verification.
    pub(super) fn check<T, E: fmt::Display>(
        &mut self,
        name: StepName,
        of: impl fmt::Display,
        outcome: Result<(T, String), E>,
    ) -> Option<T> {
        let (value, outcome) = match outcome {
            Ok((value, found)) => (Some(value), Ok(found)),
            Err(error) => (None, Err(shortened(error.to_string()))),
        };
        self.steps.push(Step {
            name,
            of: of.to_string(),
            outcome,
        });
        value
    }
}

fn shortened(reason: String) -> String {
    match reason.char_indices().nth(REASON_CHARS) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    }
}
