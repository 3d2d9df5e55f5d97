//! Remembers signatures that were found good.
//!
//! A transaction is seen in CheckTx, on recheck, in a proposal and in the decided block; its
//! signature needs checking once. An entry is the digest of (key, message, signature), so it says
//! nothing about an identity: the key is resolved from state every time, and after a rotation the
//! question has another digest.

use std::collections::HashSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::{SigCheck, SigItem, verify_many_on, verify_single};

/// Signatures remembered, at most: ten times a mempool of 20,000 transactions, so that none is
/// forgotten between CheckTx and its block even when each carries several approvals. About 16 MB.
pub const CACHE_CAPACITY: usize = 200_000;

/// SHA-256(key ‖ message ‖ signature); all three have fixed lengths, so no two questions collide.
type Question = [u8; 32];

/// A bounded set of good signatures; shared between threads.
///
/// Two generations: new entries go into the young one; when it holds half the capacity, it
/// becomes the old one and the former old one is forgotten. So each entry survives at least half
/// the capacity of later ones, and nothing depends on a hash map's order.
#[derive(Debug)]
pub struct SigCache {
    generation_size: usize,
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashSet<Question>,
    old: HashSet<Question>,
}

impl SigCache {
    /// Remembers at most `capacity` signatures; below 2 it remembers none.
    pub fn new(capacity: usize) -> Self {
        Self {
            generation_size: capacity / 2,
            generations: Mutex::default(),
        }
    }

    /// Signatures remembered now.
    pub fn len(&self) -> usize {
        let generations = self.generations();
        generations.young.len() + generations.old.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn contains(&self, question: &Question) -> bool {
        let generations = self.generations();
        generations.young.contains(question) || generations.old.contains(question)
    }

    fn insert(&self, questions: impl IntoIterator<Item = Question>) {
        if self.generation_size == 0 {
            return;
        }
        let mut generations = self.generations();
        for question in questions {
            if generations.old.contains(&question) {
                continue;
            }
            if generations.young.len() >= self.generation_size {
                generations.old = mem::take(&mut generations.young);
            }
            generations.young.insert(question);
        }
    }

    /// A thread that panicked while holding the lock can have lost entries, never added a wrong
    /// one: going on is safe.
    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SigCache {
    fn default() -> Self {
        Self::new(CACHE_CAPACITY)
    }
}

/// Signature checks with a cache; clones share it.
#[derive(Clone, Debug)]
pub struct CachedSigs {
    cache: Arc<SigCache>,
    threads: usize,
}

impl Default for CachedSigs {
    fn default() -> Self {
        Self::new(SigCache::default())
    }
}

impl CachedSigs {
    /// Checks with `cache`, on the caller's thread alone.
    pub fn new(cache: SigCache) -> Self {
        Self::with_threads(cache, 1)
    }

    /// Checks with `cache`; [`Self::prewarm`] shares its work out among at most `threads` threads.
    pub fn with_threads(cache: SigCache, threads: usize) -> Self {
        Self {
            cache: Arc::new(cache),
            threads,
        }
    }

    /// The cache, to see how full it is.
    pub fn cache(&self) -> &SigCache {
        &self.cache
    }

    /// Verifies together what the cache does not know, and remembers the good ones, so that the
    /// [`SigCheck::check`] calls that follow find them. Returns one answer each, in order: what
    /// `check` would have said.
    pub fn prewarm(&self, items: &[SigItem]) -> Vec<bool> {
        let questions: Vec<Question> = items
            .iter()
            .map(|item| question(&item.key, &item.message, &item.signature))
            .collect();
        let mut good: Vec<bool> = questions.iter().map(|q| self.cache.contains(q)).collect();
        let unknown: Vec<usize> = (0..items.len()).filter(|&index| !good[index]).collect();
        let asked: Vec<SigItem> = unknown.iter().map(|&index| items[index].clone()).collect();
        for (&index, verdict) in unknown.iter().zip(verify_many_on(&asked, self.threads)) {
            good[index] = verdict;
        }
        self.cache.insert(
            unknown
                .into_iter()
                .filter(|&index| good[index])
                .map(|index| questions[index]),
        );
        good
    }
}

impl SigCheck for CachedSigs {
    fn check(&self, key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
        let question = question(key, message, signature);
        if self.cache.contains(&question) {
            return true;
        }
        let good = verify_single(key, message, signature);
        if good {
            self.cache.insert([question]);
        }
        good
    }
}

fn question(key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> Question {
    let mut hasher = Sha256::new();
    hasher.update(key);
    hasher.update(message);
    hasher.update(signature);
    hasher.finalize().into()
}
