//! What the instances have and serve, beside what they must.

use nexus_store::{ReadView, StoreError};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_types::state_key::StateKey;
use rand::Rng;
use std::collections::BTreeMap;

use super::Run;
use crate::instance::{Instance, Mutant};
use crate::serving::{self, Question};

/// Records of a log that are read for a comparison.
const PAGE: usize = 10_000;
/// How likely a bit of a faulty disk flips after a block.
const ROT: f64 = 0.08;

impl Run {
    /// Bits flip while the instances run; from then on they answer nothing, or as before.
    pub(super) fn rot(&mut self) -> Result<(), String> {
        for at in 0..self.instances.len() {
            let instance = &mut self.instances[at];
            if instance.is_live() && instance.setup.crash > 0.0 && self.rng.gen_bool(ROT) {
                let Some(place) = instance.rot(&mut self.rng) else {
                    continue;
                };
                self.question(at)
                    .map_err(|what| format!("{what}, after a flip of {place}"))?;
            }
        }
        Ok(())
    }

    /// Every byte of every live instance's state, and the heads of its logs, equal the reference's; at the end also the
    /// records of the audit log. Who has a flipped bit may not know, and say so.
    pub(super) fn compare(&mut self, at_the_end: bool) -> Result<(), String> {
        let mut audits: Option<Vec<Vec<u8>>> = None;
        for at in 0..self.instances.len() {
            let instance = &self.instances[at];
            if !instance.is_live() {
                continue;
            }
            let compared = self
                .compare_state(instance)
                .and_then(|()| match at_the_end {
                    true => self.compare_audits(instance, &mut audits),
                    false => Ok(()),
                });
            compared.map_err(|what| format!("{} {what}", instance.setup.name))?;
            self.question(at)?;
        }
        Ok(())
    }

    fn compare_state(&self, instance: &Instance) -> Result<(), String> {
        let height = self.comet.height();
        let view = instance.view();
        let store = view.store();
        if store.height() != height {
            return Err(format!("is at {} instead of {height}", store.height()));
        }
        let entries = known(instance, store.iter_prefix(b"", None, PAGE))?;
        if let Some(entries) = entries {
            let expected = self.reference.state.iter();
            let expected = expected.map(|(key, value)| (key.as_bytes(), value.as_slice()));
            let found = entries.iter();
            let found = found.map(|(key, value)| (key.as_slice(), value.as_slice()));
            let differs = || {
                let (found, expected) = (found.clone().collect::<Vec<_>>(), expected.clone());
                let expected: Vec<_> = expected.collect();
                let first = found.iter().zip(&expected).find(|(a, b)| a != b);
                format!(
                    "has other state bytes at height {height}: {} keys of {}, the first that differs {first:02x?}",
                    found.len(),
                    expected.len()
                )
            };
            let same = found.clone().eq(expected.clone());
            let excused =
                || instance.is_flipped() && self.lacks_only_what_it_knows(store, &entries);
            if !same && !excused() {
                return Err(differs());
            }
        }
        for log in AppLog::ALL {
            let head = known(instance, store.log_head(&nexus_store::app_log(log)))?;
            if head.is_some_and(|head| head != store.preimage().log(log)) {
                return Err(format!(
                    "has another head of the {log:?} log than the app hash says"
                ));
            }
        }
        Ok(())
    }

    /// Whether all that was found is right, and each key that was not is one that a read of it alone notices: a key that
    /// has flipped onto another's place is missing from a range without a sign (docs/adr/0009-sealed-values.md).
    fn lacks_only_what_it_knows(&self, store: &ReadView, entries: &[(Vec<u8>, Vec<u8>)]) -> bool {
        let expected = &self.reference.state;
        let found: BTreeMap<&[u8], &[u8]> = entries
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
            .collect();
        let all_right = entries
            .iter()
            .all(|(key, value)| expected.get(&StateKey::from_bytes(key.clone())) == Some(value));
        let mut missing = expected
            .keys()
            .filter(|key| !found.contains_key(key.as_bytes()));
        all_right && missing.all(|key| store.get(key.as_bytes()).is_err())
    }

    /// The first instance has all records; who began at a snapshot has those after it.
    fn compare_audits(
        &self,
        instance: &Instance,
        audits: &mut Option<Vec<Vec<u8>>>,
    ) -> Result<(), String> {
        let view = instance.view();
        let log = nexus_store::app_log(AppLog::Audit);
        let Some(first) = known(instance, view.store().first_record(&log))? else {
            return Ok(());
        };
        let expected = self.comet.audited(instance.base.unwrap_or(0));
        if first != expected {
            return Err(format!(
                "keeps audit records from {first} on instead of {expected}"
            ));
        }
        let Some(records) = known(instance, view.store().records(&log, first, PAGE))? else {
            return Ok(());
        };
        let all = audits.get_or_insert_with(|| records.clone());
        let kept = usize::try_from(first).expect("an index");
        match all.get(kept..) {
            Some(expected) if expected == records => Ok(()),
            _ => Err("has other audit records".to_owned()),
        }
    }

    /// Asks an instance what readers ask. Every answer is the right one; only a flipped bit, or an age that it need not
    /// know, excuses it from one.
    fn question(&mut self, at: usize) -> Result<(), String> {
        let questions = serving::questions(&mut self.rng, &self.reference, &self.comet);
        let plain = self.instances[0].view();
        let instance = &mut self.instances[at];
        let (name, view) = (instance.setup.name, instance.view());
        for question in &questions {
            let right = serving::right(plain.store(), &self.reference, question)?;
            let mut served = serving::answer(view.store(), question);
            if let (Some(Mutant::Reader), Ok(Some(bytes))) = (instance.setup.mutant, &mut served) {
                bytes[0] ^= 1;
            }
            let answered = serving::judge(question, &right, &served)
                .map_err(|what| format!("{name} {what}"))?;
            if instance.is_flipped() {
                instance.counts.served += u64::from(answered);
                instance.counts.silent += u64::from(!answered);
            } else if !answered && must_know(view.store(), question) {
                return Err(format!("{name} does not answer {question:?}: {served:?}"));
            }
        }
        Ok(())
    }
}

/// Whether an instance with a good disk knows the answer: what its window, or the snapshot it began at, holds.
fn must_know(view: &ReadView, question: &Question) -> bool {
    let base = view.began_at().unwrap_or(0);
    match question {
        Question::State(_) | Question::Head(_) => true,
        Question::Old(height, _) | Question::Info(height) => *height >= view.oldest_height(),
        Question::Block(height) => view.began_at().is_none() || *height > base,
        Question::Record(..) | Question::Places(_) => view.began_at().is_none(),
    }
}

/// What was read; nothing if that failed and a flipped bit excuses it.
fn known<T>(instance: &Instance, read: Result<T, StoreError>) -> Result<Option<T>, String> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(_) if instance.is_flipped() => Ok(None),
        Err(error) => Err(format!("cannot read its state: {error}")),
    }
}
