//! A simulation that cannot fail proves nothing: each of these instances is broken on purpose, and noticed.

use crate::instance::Mutant;
use crate::run::play;

/// Seeds within which a mutant must be noticed.
const SEEDS: u64 = 20;

/// Whatever objects first in a seed, it objects to the mutant; in some seed it is what was made to notice it, in these words.
fn noticed(mutant: Mutant, words: &str) {
    for seed in 1..=SEEDS {
        if let Err(failure) = play(seed, 24, Some(mutant)) {
            assert!(failure.what.contains("mutant"), "{failure}");
            let text = failure.to_string();
            assert!(text.contains(&format!("make sim SEED={seed}")), "{text}");
            if failure.what.contains(words) {
                return;
            }
        }
    }
    panic!("{mutant:?} was not noticed as `{words}` in {SEEDS} seeds");
}

#[test]
fn another_result_is_noticed() {
    noticed(Mutant::Result, "has code");
}

#[test]
fn a_dropped_transaction_is_noticed() {
    noticed(Mutant::Dropped, "results instead of");
}

#[test]
fn another_validator_update_is_noticed() {
    noticed(Mutant::Update, "other validator updates");
}

#[test]
fn a_write_behind_the_machines_back_is_noticed() {
    noticed(Mutant::Write, "but no value was committed");
}

#[test]
fn a_block_that_is_not_committed_is_noticed() {
    noticed(Mutant::NoCommit, "instead of");
}

#[test]
fn a_vote_for_an_inadmissible_proposal_is_noticed() {
    noticed(Mutant::Gullible, "votes unlike the others");
}

#[test]
fn an_altered_chunk_that_is_taken_is_noticed() {
    noticed(Mutant::Credulous, "to chunk 0");
}

#[test]
fn a_chunk_that_is_not_taken_is_noticed() {
    noticed(Mutant::Idle, "and says that it is at");
}

#[test]
fn a_wrong_answer_to_a_reader_is_noticed() {
    noticed(Mutant::Reader, "serves a wrong answer");
}
