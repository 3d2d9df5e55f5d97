//! One signature, or many at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ed25519_consensus::{Signature, VerificationKey, VerificationKeyBytes, batch};

/// Signatures verified as one batch, at most. From 190 points on the batch equation is solved by buckets, which is where
/// most of the gain lies; beyond 256 signatures little is added. One bad signature makes the whole batch be done again
/// singly, and this bounds what an attacker can waste with it.
pub const MAX_BATCH: usize = 256;

/// A signature and what it claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigItem {
    /// Ed25519 public key, as resolved from state.
    pub key: [u8; 32],
    /// The signing digest (SHA-256 of domain, chain and body).
    pub message: [u8; 32],
    /// `R ‖ s`.
    pub signature: [u8; 64],
}

/// The rule: ZIP-215, one signature.
pub fn verify_single(key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
    VerificationKey::try_from(*key)
        .and_then(|key| key.verify(&Signature::from(*signature), message))
        .is_ok()
}

/// Verifies all, in batches of at most [`MAX_BATCH`]; one answer each, in order. Agrees with
/// [`verify_single`] on every item: a batch that fails is checked again one by one.
pub fn verify_many(items: &[SigItem]) -> Vec<bool> {
    let mut good = Vec::with_capacity(items.len());
    for chunk in items.chunks(MAX_BATCH) {
        if verify_chunk(chunk) {
            good.resize(good.len() + chunk.len(), true);
        } else {
            good.extend(chunk.iter().map(SigItem::verify));
        }
    }
    good
}

/// [`verify_many`] shared out among at most `threads` threads, the caller's included; 0 counts as 1.
///
/// Each thread takes the next chunk of [`MAX_BATCH`] until none is left. A verdict is a pure function
/// of its item, so neither the number of threads nor their order changes an answer.
pub fn verify_many_on(items: &[SigItem], threads: usize) -> Vec<bool> {
    let chunks: Vec<&[SigItem]> = items.chunks(MAX_BATCH).collect();
    let helpers = threads.min(chunks.len()).saturating_sub(1);
    if helpers == 0 {
        return verify_many(items);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(chunk) = chunks.get(at) else {
                return done;
            };
            done.push((at, verify_many(chunk)));
        }
    };
    let mut done = thread::scope(|scope| {
        // A system that gives no further thread leaves more to the others; it changes nothing else.
        let helpers: Vec<_> = (0..helpers)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for helper in helpers {
            match helper.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, good)| good).collect()
}

impl SigItem {
    fn verify(&self) -> bool {
        verify_single(&self.key, &self.message, &self.signature)
    }
}

/// Whether all signatures of a chunk are good; a chunk of one has no use for the batch equation.
fn verify_chunk(chunk: &[SigItem]) -> bool {
    if let [only] = chunk {
        return only.verify();
    }
    let mut verifier = batch::Verifier::new();
    for item in chunk {
        verifier.queue((
            VerificationKeyBytes::from(item.key),
            Signature::from(item.signature),
            &item.message,
        ));
    }
    verifier.verify(rand::thread_rng()).is_ok()
}
