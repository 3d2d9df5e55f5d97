//! From a trusted [`Anchor`] through signed headers to a proved fact.
//!
//! # Flow
//! 1. The file: its one spelling and its digest.
//! 2. The headers: from the anchor, each signed by more than two thirds of validators that are trusted through the one
//!    before (tendermint's light client verification), to H and H + 1.
//! 3. What header H + 1 says of the state after H: the app hash and its preimage, with the law's constants.
//! 4. The fact: a transaction and its result in their block, state keys under the state root, records under a log's
//!    root, a zone's record sets against the zone's own root.
//!
//! # Invariants
//! - The steps run in order and stop at the first that fails, which names what differed.
//! - Only this module makes a [`Verified`].
//!
//! # Never
//! It asks no node, reads no clock (the caller says what time it is) and touches no file.

mod exits;
mod facts;
mod headers;
mod report;
mod state;
mod subjects;

pub use facts::{ExitFacts, Facts, IdentityFacts, ImvuFacts, TxFacts, Verified, ZoneFacts};
pub use report::{Report, Step, StepName};

use crate::anchor::Anchor;
use crate::bundle::{Bundle, BundleSubject};
use nexus_types::{Tx, decode};
use report::Trail;
use std::time::Duration;
use tendermint::Time;

/// How long after its time a trusted header is good for: less than the time within which CometBFT accepts evidence of
/// misbehaviour, so that who forges a chain can still be punished (14 days).
pub const TRUSTING_PERIOD: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How far this machine's clock may lag behind a header (5 seconds).
pub const CLOCK_DRIFT: Duration = Duration::from_secs(5);

/// What the caller decides.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The time now.
    pub now: Time,
    /// See [`TRUSTING_PERIOD`].
    pub trusting_period: Duration,
    /// See [`CLOCK_DRIFT`].
    pub clock_drift: Duration,
    /// What the evidence must be about, if the caller asked for something.
    pub subject: Option<BundleSubject>,
}

impl Policy {
    /// The default policy at a time.
    #[must_use]
    pub fn at(now: Time) -> Self {
        Self {
            now,
            trusting_period: TRUSTING_PERIOD,
            clock_drift: CLOCK_DRIFT,
            subject: None,
        }
    }
}

/// Verifies a bundle file.
#[must_use]
pub fn verify_file(bytes: &[u8], anchor: &Anchor, policy: &Policy) -> Report {
    let mut trail = Trail::default();
    let parsed = Bundle::parse(bytes).map(|bundle| {
        let told = format!("{} bytes of nexus-bundle/2, canonical", bytes.len());
        (bundle, told)
    });
    match trail.check(StepName::Format, "file", parsed) {
        Some(bundle) => {
            let verified = run(&bundle, anchor, policy, &mut trail);
            Report::new(Some(bundle.subject), trail, verified)
        }
        None => Report::new(None, trail, None),
    }
}

/// Verifies a bundle that is already in memory.
#[must_use]
pub fn verify(bundle: &Bundle, anchor: &Anchor, policy: &Policy) -> Report {
    let mut trail = Trail::default();
    let verified = run(bundle, anchor, policy, &mut trail);
    Report::new(Some(bundle.subject.clone()), trail, verified)
}

fn run(
    bundle: &Bundle,
    anchor: &Anchor,
    policy: &Policy,
    trail: &mut Trail,
) -> Option<Verified<Facts>> {
    let digest = bundle
        .check_digest()
        .map(|()| ((), format!("SHA-256 {}", bundle.digest)));
    trail.check(StepName::Digest, "file", digest)?;
    trail.check(StepName::Subject, "file", subject(bundle, policy))?;
    let headers = headers::follow(bundle, anchor, policy, trail)?;
    let proved = state::prove(bundle, anchor, &headers, trail)?;
    let facts = subjects::read(bundle, anchor, &headers, &proved, trail)?;
    Some(Verified::new(facts, &headers, &proved))
}

fn subject(bundle: &Bundle, policy: &Policy) -> Result<((), String), String> {
    let told = format!("{} at height {}", bundle.subject, bundle.height);
    match &policy.subject {
        Some(wanted) if *wanted != bundle.subject && !is_id(bundle, wanted) => Err(format!(
            "the evidence is about {}, not about {wanted}",
            bundle.subject
        )),
        _ => Ok(((), told)),
    }
}

/// Whether the transaction was asked for by its id instead of by the hash of its bytes.
fn is_id(bundle: &Bundle, wanted: &BundleSubject) -> bool {
    let (BundleSubject::Tx(id), BundleSubject::Tx(_), Some(item)) =
        (wanted, &bundle.subject, &bundle.tx)
    else {
        return false;
    };
    decode::<Tx>(item.bytes.bytes()).is_ok_and(|tx| tx.body.id() == id.0)
}

#[cfg(test)]
mod tests;
