//! A creator's money of one day waits until it can be neither refunded nor disputed; then it can be paid out.

use super::books::{Books, Entry};
use nexus_types::limits::DAY_MS;
use nexus_types::money::AccountId;
use nexus_types::payment::Bucket;
use nexus_types::state::TimedItem;
use nexus_types::{Grains, IdentityId, Time, state_key};

/// Milliseconds of a day of maturing: a shorter maturity of a development network shortens it, too.
pub(crate) fn span(maturity_ms: u64) -> u64 {
    maturity_ms.clamp(1_000, DAY_MS)
}

/// The day whose money is made now.
pub(crate) fn today(books: &Books<'_>) -> u64 {
    let span = span(books.delays().maturity_ms);
    books.law_time.0.checked_div(span).unwrap_or_default()
}

/// When a day's money matures: a full maturity after the day's end.
pub(crate) fn matures(day: u64, maturity_ms: u64) -> Time {
    Time(day.saturating_add(1).saturating_mul(span(maturity_ms))).plus_ms(maturity_ms)
}

/// Counts what was credited to a creator's maturing account to today's bucket.
pub(crate) fn add(books: &mut Books<'_>, creator: IdentityId, grains: Grains) {
    let day = today(books);
    let key = state_key::bucket(&creator, day);
    let known = books.get::<Bucket>(&key);
    if known.is_none() {
        let due = matures(day, books.delays().maturity_ms);
        books.later(due, &TimedItem::Mature { creator, day });
    }
    let before = known.unwrap_or_default().grains;
    let bucket = Bucket {
        grains: Grains(before.0.saturating_add(grains.0)),
    };
    books.put(key, &bucket);
}

/// Whether a day's money can still be refunded or disputed.
pub(crate) fn is_open(books: &Books<'_>, creator: IdentityId, day: u64) -> bool {
    books.has(&state_key::bucket(&creator, day))
}

/// Counts what was debited from, or credited to, a creator's maturing account to a day's bucket, which is there.
pub(crate) fn change(
    books: &mut Books<'_>,
    creator: IdentityId,
    day: u64,
    change: impl FnOnce(Grains) -> Grains,
) {
    let key = state_key::bucket(&creator, day);
    if let Some(bucket) = books.get::<Bucket>(&key) {
        books.put(
            key,
            &Bucket {
                grains: change(bucket.grains),
            },
        );
    }
}

/// A day's money has matured.
pub(crate) fn mature(books: &mut Books<'_>, creator: IdentityId, day: u64) {
    let key = state_key::bucket(&creator, day);
    let Some(bucket) = books.get::<Bucket>(&key) else {
        return;
    };
    // Whatever left the account left the bucket, too: it is there.
    let posted = books.post([
        Entry::Debit(AccountId::Maturing(creator), bucket.grains),
        Entry::Credit(AccountId::Matured(creator), bucket.grains),
    ]);
    debug_assert!(posted.is_ok());
    books.remove(key);
}
