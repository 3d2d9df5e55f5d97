//! Every transaction of a run, made before it begins, and the time at which each is due.

use super::crew::Crew;
use super::options::{Deed, Load, Payload};
use super::shown::progress;
use crate::error::CliError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indicatif::ProgressBar;
use nexus_sdk::api::parse_rdata;
use nexus_sdk::sign::TxBuilder;
use nexus_types::action::NameText;
use nexus_types::encoding::{Set, encode};
use nexus_types::rrset::{RRset, RecordType};
use nexus_types::{Action, Hash, Text};
use rand::RngCore;
use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

/// Nanoseconds of a second.
const SECOND_NS: u128 = 1_000_000_000;

/// Seconds that an address in a zone may be remembered.
const TTL: u32 = 300;

/// Owner names that one zone's addresses rotate through: a zone of a small shop.
const OWNERS: u64 = 4;

/// Transactions made between two looks at the progress bar.
const PORTION: usize = 256;

/// A transaction that is ready to be handed in.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) base64: String,
    pub(super) hash: [u8; 32],
}

/// When each transaction is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub(super) began: Instant,
    pub(super) rate: u32,
}

impl Schedule {
    /// Since the beginning.
    pub(super) fn due(&self, place: usize) -> Duration {
        let place = u128::try_from(place).unwrap_or(u128::MAX);
        let nanos = place.saturating_mul(SECOND_NS) / u128::from(self.rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// Makes `count` transactions, on every core.
pub(super) fn make(
    options: &Load,
    crew: Option<&Crew>,
    count: usize,
) -> Result<Vec<Ready>, CliError> {
    let bar = progress(count as u64, "signing");
    let one = |place: usize| match (crew, options.payload) {
        (Some(crew), _) => signed(crew, options.action, place),
        (None, payload) => Ok(random(payload.unwrap_or(Payload { bytes: 250 }))),
    };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = count.div_ceil(threads).max(1);
    let parts = thread::scope(|scope| {
        let part = |from: usize| {
            let (bar, one) = (&bar, &one);
            scope.spawn(move || portion(from..count.min(from.saturating_add(share)), bar, one))
        };
        let running: Vec<_> = (0..count).step_by(share).map(part).collect();
        let ended = running.into_iter().map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        ended.collect::<Result<Vec<_>, _>>()
    });
    bar.finish_and_clear();
    Ok(parts?.into_iter().flatten().collect())
}

fn portion(
    places: std::ops::Range<usize>,
    bar: &ProgressBar,
    one: &(impl Fn(usize) -> Result<Ready, CliError> + Sync),
) -> Result<Vec<Ready>, CliError> {
    let mut made = Vec::with_capacity(places.len());
    for place in places {
        made.push(one(place)?);
        if made.len() % PORTION == 0 {
            bar.inc(PORTION as u64);
        }
    }
    Ok(made)
}

fn ready(bytes: &[u8]) -> Ready {
    Ready {
        base64: STANDARD.encode(bytes),
        hash: Hash::of(bytes).0,
    }
}

fn random(payload: Payload) -> Ready {
    let mut bytes = vec![0; payload.bytes];
    rand::thread_rng().fill_bytes(&mut bytes);
    ready(&bytes)
}

/// The transaction at that place: signers take turns, each with its next nonce.
fn signed(crew: &Crew, deed: Deed, place: usize) -> Result<Ready, CliError> {
    let (turn, round) = (place % crew.members.len(), place / crew.members.len());
    let round = u64::try_from(round).unwrap_or(u64::MAX);
    let member = &crew.members[turn];
    let zone = match deed {
        Deed::Describe => false,
        Deed::Zone => true,
        Deed::Mixed => round % 2 == 1,
    };
    let action = if zone {
        publish(&member.zone, round)?
    } else {
        let text = format!("described by a load generator, for the {round}th time");
        Action::DescribeImvu {
            imvu: member.imvu.clone(),
            description: Text::new(text).map_err(|error| wrong("a description", &error))?,
        }
    };
    let nonce = crew.first_nonce.saturating_add(round);
    let builder = TxBuilder::new(crew.network.clone(), nonce, crew.expires);
    Ok(ready(&encode(&builder.sign(
        action,
        &member.signer,
        &[],
    )?)))
}

/// An address for one of the zone's names, another one each time.
fn publish(zone: &str, round: u64) -> Result<Action, CliError> {
    let name = |text: String| NameText::new(text).map_err(|error| wrong("a name", &error));
    // 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
    let address = format!("198.18.{}.{}", round / 250 % 250, round % 250);
    let data = parse_rdata(RecordType::A, &address).map_err(|error| wrong("an address", &error))?;
    Ok(Action::SetRecords {
        zone: name(zone.to_owned())?,
        owner: name(format!("h{}.{zone}", round % OWNERS))?,
        rrset: RRset {
            rtype: RecordType::A,
            ttl: TTL,
            records: Set::new(vec![data]).map_err(|error| wrong("a record set", &error))?,
        },
    })
}

fn wrong(what: &str, error: &dyn std::fmt::Display) -> CliError {
    CliError::usage(
        format!("{what} of the load cannot be made: {error}"),
        "Choose another --action.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_due_evenly_whatever_the_rate() {
        let schedule = |rate| Schedule {
            began: Instant::now(),
            rate,
        };
        assert_eq!(schedule(50).due(0), Duration::ZERO);
        assert_eq!(schedule(50).due(75), Duration::from_millis(1_500));
        assert_eq!(schedule(3).due(1), Duration::from_nanos(333_333_333));
        assert_eq!(schedule(3).due(3_000_000), Duration::from_secs(1_000_000));
    }

    #[test]
    fn random_payloads_differ_and_have_their_size() {
        let (one, other) = (
            random(Payload { bytes: 250 }),
            random(Payload { bytes: 250 }),
        );
        assert_ne!(one.hash, other.hash);
        let bytes = STANDARD.decode(&one.base64).unwrap();
        assert_eq!(bytes.len(), 250);
        assert_eq!(Hash::of(&bytes).0, one.hash);
    }
}
