//! Who may ask how much: token buckets, charged before anything is looked at.

use crate::config::{Rate, RpcConfig};
use crate::figures::{Figures, RefusalReason};
use crate::refusal::Refusal;
use nexus_sdk::api::codes::InterfaceCode;
use nexus_types::IdentityId;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets kept at once: about 5 MB. Beyond, callers without a bucket share one.
const MAX_BUCKETS: usize = 65_536;

/// Who calls: an IPv4 address, or the /64 of an IPv6 address, of which one subscriber usually has all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Caller([u8; 8]);

impl From<IpAddr> for Caller {
    fn from(address: IpAddr) -> Self {
        let mut network = [0; 8];
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, d] = v4.octets();
                // No IPv6 unicast network begins with ff.
                network = [0xff, 0, 0, 0, a, b, c, d];
            }
            IpAddr::V6(v6) => {
                for (to, from) in network.iter_mut().zip(v6.octets()) {
                    *to = from;
                }
            }
        }
        Self(network)
    }
}

/// The buckets of all callers.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) figures: Arc<Figures>,
    callers: Buckets<Caller>,
    // By caller *and* signer: nobody can spend a creator's calls by naming the creator in transactions.
    signers: Buckets<(Caller, IdentityKey)>,
}

/// An identity's id as a map key.
type IdentityKey = [u8; 32];

impl Limits {
    pub(crate) fn new(config: &RpcConfig) -> Self {
        Self {
            figures: Arc::default(),
            callers: Buckets::new(config.caller_rate),
            signers: Buckets::new(config.signer_rate),
        }
    }

    /// One call of this caller.
    pub(crate) fn charge(&self, caller: Caller) -> Result<(), Refusal> {
        if self.callers.take(caller, Instant::now()) {
            return Ok(());
        }
        self.figures.refuse(RefusalReason::CallerRate);
        let rate = self.callers.rate;
        Err(Refusal::interface(
            InterfaceCode::RateLimited,
            format_args!(
                "this address may make {} calls a second, {} at once",
                rate.per_second, rate.burst
            ),
        ))
    }

    /// What is no call, charged as one; false if the caller has none left.
    pub(crate) fn charge_malformed(&self, caller: Caller) -> bool {
        self.callers.take(caller, Instant::now())
    }

    /// One transaction in the name of this signer by this caller.
    pub(crate) fn charge_signer(&self, caller: Caller, signer: IdentityId) -> Result<(), Refusal> {
        if self.signers.take((caller, signer.0.0), Instant::now()) {
            return Ok(());
        }
        self.figures.refuse(RefusalReason::SignerRate);
        let rate = self.signers.rate;
        Err(Refusal::interface(
            InterfaceCode::RateLimited,
            format_args!(
                "this address may hand in {} transactions of one signer a second, {} at once",
                rate.per_second, rate.burst
            ),
        ))
    }
}

#[derive(Debug)]
struct Buckets<K> {
    rate: Rate,
    inner: Mutex<Inner<K>>,
}

#[derive(Debug)]
struct Inner<K> {
    buckets: HashMap<K, Bucket>,
    shared: Bucket,
}

/// Thousandths of a call that are left, as of a moment.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    millis: u64,
    at: Instant,
}

impl Bucket {
    fn full(rate: Rate, at: Instant) -> Self {
        Self {
            millis: u64::from(rate.burst).saturating_mul(1_000),
            at,
        }
    }

    fn refill(&mut self, rate: Rate, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let gained = passed.saturating_mul(u64::from(rate.per_second));
        // The moment moves by whole milliseconds only, so that frequent calls lose nothing.
        if gained > 0 {
            let most = u64::from(rate.burst).saturating_mul(1_000);
            self.millis = self.millis.saturating_add(gained).min(most);
            let counted = Duration::from_millis(passed);
            self.at = self.at.checked_add(counted).unwrap_or(now);
        }
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        self.refill(rate, now);
        let Some(left) = self.millis.checked_sub(1_000) else {
            return false;
        };
        self.millis = left;
        true
    }
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(rate: Rate) -> Self {
        let inner = Inner {
            buckets: HashMap::new(),
            shared: Bucket::full(rate, Instant::now()),
        };
        Self {
            rate,
            inner: Mutex::new(inner),
        }
    }

    fn take(&self, key: K, now: Instant) -> bool {
        // A bucket is a plain number: a panic elsewhere cannot have left it half-changed.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = inner.buckets.get_mut(&key) {
            return bucket.take(self.rate, now);
        }
        if inner.buckets.len() >= MAX_BUCKETS {
            self.forget_full(&mut inner, now);
        }
        if inner.buckets.len() >= MAX_BUCKETS {
            return inner.shared.take(self.rate, now);
        }
        let mut bucket = Bucket::full(self.rate, now);
        let taken = bucket.take(self.rate, now);
        inner.buckets.insert(key, bucket);
        taken
    }

    /// A full bucket is as good as none.
    fn forget_full(&self, inner: &mut Inner<K>, now: Instant) {
        let most = u64::from(self.rate.burst).saturating_mul(1_000);
        inner.buckets.retain(|_, bucket| {
            bucket.refill(self.rate, now);
            bucket.millis < most
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        per_second: 2,
        burst: 3,
    };

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let buckets = Buckets::new(RATE);
        let start = Instant::now();
        let take = |after_ms: u64| buckets.take(1, start + Duration::from_millis(after_ms));
        assert_eq!(
            [take(0), take(0), take(0), take(0)],
            [true, true, true, false]
        );
        assert!(!take(499));
        assert!(take(500));
        assert!(!take(999));
        assert!(take(1_000));
        // However long it rests, it saves up no more than its burst.
        assert_eq!(
            [take(60_000), take(60_000), take(60_000), take(60_000)],
            [true, true, true, false]
        );
    }

    #[test]
    fn a_caller_that_asks_too_often_is_given_its_whole_rate_all_the_same() {
        let buckets = Buckets::new(RATE);
        let start = Instant::now();
        // A call every 1.5 ms for just under twenty seconds: the burst, and one for each whole half second.
        let calls = (0..13_334u64).map(|nth| Duration::from_micros(nth * 1_500));
        let given = calls.filter(|after| buckets.take(1, start + *after));
        assert_eq!(given.count(), 3 + 39);
    }

    #[test]
    fn callers_have_buckets_of_their_own() {
        let buckets = Buckets::new(RATE);
        let now = Instant::now();
        (0..4).for_each(|_| {
            buckets.take(1, now);
        });
        assert!(!buckets.take(1, now));
        assert!(buckets.take(2, now));
    }

    #[test]
    fn memory_is_bounded_and_full_buckets_are_forgotten_first() {
        let buckets = Buckets::new(RATE);
        let start = Instant::now();
        for key in 0..MAX_BUCKETS {
            assert!(buckets.take(key, start));
        }
        // All are in use: newcomers share one bucket.
        let newcomers: Vec<bool> = (0..4)
            .map(|each| buckets.take(MAX_BUCKETS + each, start))
            .collect();
        assert_eq!(newcomers, [true, true, true, false]);
        assert_eq!(buckets.inner.lock().unwrap().buckets.len(), MAX_BUCKETS);
        // Half a second later every bucket is full again and makes room.
        let later = start + Duration::from_millis(500);
        assert!(buckets.take(MAX_BUCKETS, later));
        assert_eq!(buckets.inner.lock().unwrap().buckets.len(), 1);
    }

    #[test]
    fn an_ipv6_subscriber_is_one_caller_and_v4_in_v6_is_v4() {
        let caller = |text: &str| Caller::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(caller("2001:db8:0:1::1"), caller("2001:db8:0:1:ffff::2"));
        assert_ne!(caller("2001:db8:0:1::1"), caller("2001:db8:0:2::1"));
        assert_eq!(caller("192.0.2.1"), caller("::ffff:192.0.2.1"));
        assert_ne!(caller("192.0.2.1"), caller("192.0.2.2"));
    }
}
