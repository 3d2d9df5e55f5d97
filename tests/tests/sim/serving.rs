//! What an instance answers, whatever happened to its disk: the right thing or nothing.

use nexus_machine::View;
use nexus_store::{ReadView, StoreError, app_log};
use nexus_tree::app_hash::LogId as AppLog;
use nexus_types::Hash;
use nexus_types::encoding::{decode, encode};
use nexus_types::state_key::StateKey;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::comet::Comet;
use crate::reference::Reference;

/// Questions of each kind that an instance is asked at once.
const OF_EACH_KIND: usize = 4;

/// A question that readers ask.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// The value of a state key now, and its proof.
    State(Vec<u8>),
    /// The value of a state key at an earlier height.
    Old(u64, Vec<u8>),
    /// Size and root of a log.
    Head(AppLog),
    /// A record of a log, with its proof.
    Record(AppLog, u64),
    /// App hash, time and roots of a height.
    Info(u64),
    /// The encoded block of a height.
    Block(u64),
    /// Where a transaction stands.
    Places(Hash),
}

/// What is answered; `None` claims nothing: "not here".
type Answer = Option<Vec<u8>>;

/// Some questions about what the chain has.
pub(crate) fn questions(rng: &mut StdRng, reference: &Reference, comet: &Comet) -> Vec<Question> {
    let keys = reference.state.len();
    let mut all: Vec<Question> = AppLog::ALL.map(Question::Head).to_vec();
    for _ in 0..OF_EACH_KIND {
        let mut key = || {
            let key = reference.state.keys().nth(rng.gen_range(0..keys));
            key.expect("a key").as_bytes().to_vec()
        };
        let (now, then) = (key(), key());
        all.push(Question::State(now));
        // Nobody wrote this one.
        all.push(Question::State(vec![0xee, rng.gen_range(0..=255)]));
        all.push(Question::Old(rng.gen_range(0..=comet.height()), then));
        let log = *AppLog::ALL.choose(rng).expect("a log");
        all.push(Question::Record(log, rng.gen_range(0..=comet.height())));
        all.push(Question::Info(rng.gen_range(0..=comet.height())));
        all.push(Question::Block(rng.gen_range(0..=comet.height())));
        let block = comet.blocks.choose(rng);
        if let Some(tx) = block.and_then(|block| block.request.txs.choose(rng)) {
            all.push(Question::Places(Hash::of(tx)));
        }
    }
    all
}

/// An instance's answer. A proof that does not verify is an answer, and never the right one.
pub(crate) fn answer(view: &ReadView, question: &Question) -> Result<Answer, StoreError> {
    match question {
        Question::State(key) => {
            let (value, proof) = view.prove(view.height(), key)?;
            let root = view.preimage().state_root;
            let proved = proof.verify(&root, key, value.as_deref()).is_ok();
            Ok(Some(encode(&(value, proved))))
        }
        Question::Old(height, key) => Ok(Some(encode(&view.get_at(*height, key)?))),
        Question::Head(log) => {
            let head = view.log_head(&app_log(*log))?;
            Ok(Some(encode(&(head.size, head.root))))
        }
        Question::Record(log, index) => {
            let id = app_log(*log);
            let record = view.record(&id, *index)?;
            if record.is_none() {
                return Ok(Some(encode(&(record, true))));
            }
            let head = view.log_head(&id)?;
            let proof = view.inclusion(&id, *index, head.size)?;
            let leaf = nexus_tree::log::leaf_hash(record.as_deref().unwrap_or_default());
            let committed = view.preimage().log(*log);
            let proved = proof.verify(&leaf, *index, &committed).is_ok();
            Ok(Some(encode(&(record, proved))))
        }
        Question::Info(height) => {
            let info = view.info_at(*height)?;
            let roots = info.preimage.hash();
            Ok(Some(encode(&(info.app_hash, info.time_ms, roots))))
        }
        Question::Block(height) => view.block_record(*height),
        Question::Places(hash) => {
            let places = view.tx_locations(&hash.0)?;
            let places = places.iter().map(|at| (at.height, at.index));
            let places: Vec<(u64, u32)> = places.collect();
            Ok((!places.is_empty()).then(|| encode(&places)))
        }
    }
}

/// The right answer: the reference's where it has it, else that of an instance whose disk never fails and which never
/// crashes. Its proofs verify.
pub(crate) fn right(
    plain: &ReadView,
    reference: &Reference,
    question: &Question,
) -> Result<Answer, String> {
    let failed = |error: StoreError| format!("nobody answers {question:?}: {error}");
    let answer = answer(plain, question).map_err(failed)?;
    let expected = match question {
        Question::State(key) => {
            let value = reference.get(&StateKey::from_bytes(key.clone()));
            Some(encode(&(value, true)))
        }
        Question::Record(log, index) => {
            let record = plain.record(&app_log(*log), *index).map_err(failed)?;
            Some(encode(&(record, true)))
        }
        _ => return Ok(answer),
    };
    match answer == expected {
        true => Ok(answer),
        false => Err(format!(
            "the undamaged instance answers {question:?} wrongly"
        )),
    }
}

/// Compares an answer with the right one; whether it was given at all.
///
/// # Errors
/// It is another one.
pub(crate) fn judge(
    question: &Question,
    right: &Answer,
    served: &Result<Answer, StoreError>,
) -> Result<bool, String> {
    match served {
        Err(_) => Ok(false),
        Ok(None) => Ok(right.is_none()),
        Ok(served) if served == right => Ok(true),
        Ok(served) if is_part(question, right, served) => Ok(false),
        Ok(_) => Err(format!("serves a wrong answer to {question:?}")),
    }
}

/// Whether it names some of the places where a transaction stands, and no other: who began at a snapshot has not all.
fn is_part(question: &Question, right: &Answer, served: &Answer) -> bool {
    let places = |answer: &Answer| {
        let bytes = answer.as_deref()?;
        decode::<Vec<(u64, u32)>>(bytes).ok()
    };
    match (question, places(right), places(served)) {
        (Question::Places(_), Some(all), Some(some)) => {
            some.iter().all(|place| all.contains(place))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_answer_and_none_at_all_are_not_objected_to() {
        let question = Question::State(b"key".to_vec());
        let right = Some(b"right".to_vec());
        let judged = |served| judge(&question, &right, &served);
        assert_eq!(judged(Ok(Some(b"right".to_vec()))), Ok(true));
        assert_eq!(judged(Ok(None)), Ok(false));
        assert_eq!(judged(Err(StoreError::Restoring)), Ok(false));
        let objection = judged(Ok(Some(b"wrong".to_vec()))).expect_err("another answer");
        assert!(objection.contains("wrong answer"), "{objection}");
        let smuggled = judge(&question, &None, &Ok(Some(b"anything".to_vec())));
        assert!(smuggled.is_err(), "what should not be there");
    }

    #[test]
    fn some_of_the_places_are_not_objected_to_and_another_is() {
        let question = Question::Places(Hash::default());
        let places = |places: &[(u64, u32)]| Some(encode(&places.to_vec()));
        let right = places(&[(3, 0), (7, 2)]);
        let judged = |served| judge(&question, &right, &Ok(served));
        assert_eq!(judged(places(&[(3, 0), (7, 2)])), Ok(true));
        assert_eq!(judged(places(&[(7, 2)])), Ok(false));
        assert!(judged(places(&[(7, 3)])).is_err());
        assert!(judged(places(&[(3, 0), (7, 2), (8, 0)])).is_err());
    }
}
