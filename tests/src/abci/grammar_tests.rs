use super::*;

/// A recording of one life, from calls as `Kind height`, each answered at once; `Info=5` is answered with height 5.
fn life(calls: &str) -> String {
    let mut lines = vec!["1 opened 7".to_owned()];
    for call in calls.split(", ") {
        let (asked, told) = call.split_once('=').unwrap_or((call, ""));
        let kind = asked.split(' ').next().expect("a kind");
        lines.push(format!("1 > {asked}"));
        lines.push(format!("1 < {kind} {told}").trim_end().to_owned());
    }
    lines.push("1 closed".to_owned());
    lines.join("\n")
}

fn judge(recording: &str) -> Result<Summary, String> {
    Automaton::judge(recording.as_bytes()).map_err(|error| error.to_string())
}

/// `consensus-height`s in which something of every kind happens.
const HEIGHT_1: &str = "PrepareProposal 1, ProcessProposal 1, FinalizeBlock 1, Commit";
const HEIGHT_2: &str = "VerifyVoteExtension 2, ProcessProposal 2, ExtendVote 2, VerifyVoteExtension 2, PrepareProposal 2, \
                        ProcessProposal 2, FinalizeBlock 2, Commit";

#[test]
fn what_the_specification_allows_is_accepted() {
    let synced = "OfferSnapshot 9, OfferSnapshot 8, ApplySnapshotChunk, OfferSnapshot 7, ApplySnapshotChunk, \
                  ApplySnapshotChunk, Info=7";
    let allowed = [
        // clean-start, as v0.38.25 does it and as the text has it.
        format!("Info=0, InitChain 1, {HEIGHT_1}, {HEIGHT_2}"),
        format!("InitChain 1, {HEIGHT_1}, {HEIGHT_2}"),
        // A chain that begins elsewhere.
        "Info=0, InitChain 40, FinalizeBlock 40, Commit, FinalizeBlock 41, Commit".to_owned(),
        // clean-start with state sync, as v0.38.25 does it and as the text has it.
        format!("{synced}, FinalizeBlock 8, Commit, ProcessProposal 9, FinalizeBlock 9, Commit"),
        format!("InitChain 1, {synced}, FinalizeBlock 8, Commit"),
        // recovery: replay (heights without a round), then rounds.
        "Info=5, FinalizeBlock 6, Commit, FinalizeBlock 7, Commit, ProcessProposal 8, FinalizeBlock 8, Commit".to_owned(),
        // A proposer whose proposal comes to nothing, twice.
        "Info=5, PrepareProposal 6, PrepareProposal 6, ProcessProposal 6, FinalizeBlock 6, Commit".to_owned(),
        // Somebody asks the RPC for Info.
        "Info=5, ProcessProposal 6, Info=5, FinalizeBlock 6, Info=5, Commit, Info=6".to_owned(),
    ];
    for calls in allowed {
        let summary = judge(&life(&calls)).unwrap_or_else(|error| panic!("{calls}: {error}"));
        let all: u64 = summary.asked.values().sum();
        assert_eq!(all, calls.split(", ").count() as u64);
        assert_eq!(summary.lives, 1);
        // A life may end anywhere, also between a question and its answer.
        let whole = life(&calls);
        let lines: Vec<_> = whole.lines().collect();
        for end in 1..lines.len() {
            let cut = [&lines[..end], &["1 closed"]].concat();
            judge(&cut.join("\n")).unwrap_or_else(|error| panic!("{cut:?}: {error}"));
        }
    }
}

#[test]
fn what_it_does_not_allow_is_refused_with_what_it_would() {
    let refused = [
        (
            "ProcessProposal 1",
            "allowed: Info, InitChain or OfferSnapshot",
        ),
        ("FinalizeBlock 1", "the beginning of a life"),
        ("Commit", "the beginning of a life"),
        ("Info=0, FinalizeBlock 1", "allowed: InitChain"),
        ("Info=0, OfferSnapshot 5", "allowed: InitChain"),
        ("Info=5, InitChain 1", "deciding height 6"),
        ("Info=0, InitChain 1, InitChain 1", "after InitChain"),
        (
            "InitChain 1, FinalizeBlock 1, Commit, InitChain 1",
            "deciding height 2",
        ),
        ("InitChain 1, FinalizeBlock 2", "FinalizeBlock of height 1"),
        // Commit before FinalizeBlock, or without it, or twice.
        ("Info=5, Commit, FinalizeBlock 6", "deciding height 6"),
        (
            "Info=5, ProcessProposal 6, Commit",
            "or FinalizeBlock of height 6",
        ),
        (
            "Info=5, FinalizeBlock 6, Commit, Commit",
            "deciding height 7",
        ),
        // FinalizeBlock without Commit.
        (
            "Info=5, FinalizeBlock 6, FinalizeBlock 7",
            "allowed: Commit of height 6",
        ),
        (
            "Info=5, FinalizeBlock 6, ProcessProposal 7",
            "height 6 decided, not committed",
        ),
        (
            "Info=5, FinalizeBlock 6, PrepareProposal 6",
            "height 6 decided, not committed",
        ),
        // A height below, a height skipped, a height again.
        ("Info=5, ProcessProposal 5", "deciding height 6"),
        ("Info=5, PrepareProposal 8", "deciding height 6"),
        (
            "Info=5, FinalizeBlock 6, Commit, FinalizeBlock 6",
            "deciding height 7",
        ),
        (
            "Info=5, FinalizeBlock 6, Commit, FinalizeBlock 8",
            "deciding height 7",
        ),
        // State sync.
        ("ApplySnapshotChunk", "the beginning of a life"),
        ("Info=5, OfferSnapshot 9", "deciding height 6"),
        (
            "OfferSnapshot 9, Info=9, FinalizeBlock 10",
            "a snapshot offered",
        ),
        (
            "OfferSnapshot 9, ApplySnapshotChunk, FinalizeBlock 10",
            "a chunk applied",
        ),
        (
            "OfferSnapshot 9, ApplySnapshotChunk, Info=9, FinalizeBlock 9",
            "after state sync to height 9",
        ),
        (
            "OfferSnapshot 9, ApplySnapshotChunk, InitChain 1",
            "a chunk applied",
        ),
        (
            "OfferSnapshot 9, ApplySnapshotChunk, Info=9, FinalizeBlock 10, Commit, ApplySnapshotChunk",
            "deciding height 11",
        ),
    ];
    for (calls, expected) in refused {
        let error = judge(&life(calls)).expect_err(calls);
        assert!(error.contains("is not allowed here"), "{calls}: {error}");
        assert!(error.contains(expected), "{calls}: {error}");
    }
}

#[test]
fn any_call_left_out_or_doubled_in_a_run_is_noticed() {
    let calls = "Info=0, InitChain 1, FinalizeBlock 1, Commit, FinalizeBlock 2, Commit, FinalizeBlock 3, Commit";
    let calls: Vec<_> = calls.split(", ").collect();
    for at in 0..calls.len() {
        let mut doubled = calls.clone();
        doubled.insert(at, calls[at]);
        let mut less = calls.clone();
        less.remove(at);
        // A second Info is anybody's; without the last call, or the first (the text's own clean start), a run is a run.
        assert_eq!(
            judge(&life(&doubled.join(", "))).is_ok(),
            at == 0,
            "{doubled:?}"
        );
        let whole = at == 0 || at == calls.len() - 1;
        assert_eq!(judge(&life(&less.join(", "))).is_ok(), whole, "{less:?}");
    }
}

#[test]
fn each_life_is_a_word_of_its_own() {
    // Two connections of the first life; it is killed between FinalizeBlock and its answer; the second one recovers.
    let recording = "1 opened 7\n2 opened 7\n1 > Info\n1 < Info 0\n2 > InitChain 1\n2 < InitChain\n2 > FinalizeBlock 1\n\
                     1 closed\n2 closed\n3 opened 8\n4 opened 8\n3 > Info\n3 < Info 0\n4 > InitChain 1\n4 < InitChain\n\
                     4 > FinalizeBlock 1\n4 < FinalizeBlock\n4 > Commit\n4 < Commit\n3 closed\n4 closed";
    let summary = judge(recording).expect("allowed");
    assert_eq!(summary.lives, 2);
    assert_eq!(summary.asked[&Kind::InitChain], 2);
    // The same in one life.
    let error = judge(
        &recording
            .replace("opened 8", "opened 7")
            .replace("1 closed\n2 closed\n", ""),
    );
    let error = error.expect_err("two handshakes in one life");
    assert!(error.contains("line 12, `4 > InitChain 1`"), "{error}");
}

#[test]
fn answers_belong_to_questions_and_calls_come_one_at_a_time() {
    let start = "1 opened 7\n1 > Info\n1 < Info 5\n1 > FinalizeBlock 6\n";
    let cases = [
        ("1 > Commit", "comes before the answer to FinalizeBlock"),
        ("1 < Commit", "answers another question"),
        ("1 broken CheckTx answers Query", "breaks the protocol"),
        ("2 > Commit", "is of no open connection"),
        ("1 opened 8", "opens a connection twice"),
    ];
    for (line, expected) in cases {
        let error = judge(&format!("{start}{line}")).expect_err(line);
        assert!(error.contains(expected), "{line}: {error}");
        assert!(
            error.contains("line 5") && error.contains("1 > FinalizeBlock 6"),
            "{error}"
        );
    }
    let error = judge(&format!("{start}1 < FinalizeBlock\n1 < FinalizeBlock")).expect_err("twice");
    assert!(error.contains("answers another question"), "{error}");
    assert!(judge("1 opened 7\n1 > Inf").is_err(), "a line that is none");
}
