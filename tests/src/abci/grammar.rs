//! The order in which CometBFT may call an application, as an automaton.
//!
//! From the specification, `spec/abci/abci++_comet_expected_behavior.md` of CometBFT v0.38:
//!
//! ```abnf
//! start               = clean-start / recovery
//!
//! clean-start         = init-chain [state-sync] consensus-exec
//! state-sync          = *state-sync-attempt success-sync info
//! state-sync-attempt  = offer-snapshot *apply-chunk
//! success-sync        = offer-snapshot 1*apply-chunk
//!
//! recovery            = info consensus-exec
//!
//! consensus-exec      = (inf)consensus-height
//! consensus-height    = *consensus-round decide commit
//! consensus-round     = proposer / non-proposer
//!
//! proposer            = *got-vote [prepare-proposal [process-proposal]] [extend]
//! extend              = *got-vote extend-vote *got-vote
//! non-proposer        = *got-vote [process-proposal] [extend]
//! ```
//!
//! One life of the process CometBFT is one word of it, cut off where the process ended.
//!
//! Where the automaton knows more than the text, or v0.38.25 does otherwise than it says:
//! - `Info` may come at any time, because anybody may ask CometBFT's RPC for it. Only the first of a life, and the one
//!   after the last chunk of a snapshot, have a place in the order.
//! - Each life without state sync begins with `Info`, also the first (`consensus/replay.go`, `HandshakeWithContext`). Its
//!   answer decides: with height 0 comes `InitChain` (also after a crash before the first commit), else there is none.
//! - A life with state sync begins with `OfferSnapshot`: no handshake, no `InitChain` (`node/node.go`, `NewNode`).
//! - Rounds leave no trace: no request says its round, and as a round may hold anything from nothing to a proposal and
//!   a vote, what `*consensus-round` allows is any sequence of its four calls. But each says its height: one more than the
//!   last committed.
//! - These calls come one at a time: each is answered before the next is asked.

use super::call::{Kind, Line, Note};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::BufRead;

/// Lines before the offending one that a violation shows.
const SHOWN_BEFORE: usize = 12;

/// What one life of CometBFT may ask next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// `start`: nothing was asked.
    Start,
    /// `info` of the handshake was asked.
    Greeting,
    /// It was answered: the application has committed nothing.
    Empty,
    /// `init-chain` has come, with this first height: `[state-sync]`, or `consensus-exec`.
    Initialised(u64),
    /// `offer-snapshot` has come.
    Offered,
    /// `offer-snapshot 1*apply-chunk` has come.
    Applied,
    /// And `info` after it; the application has this height.
    Restored(u64),
    /// In `*consensus-round` of this height.
    Deciding(u64),
    /// `decide` of this height has come: `commit`.
    Decided(u64),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("the beginning of a life"),
            Self::Greeting => f.write_str("the handshake's Info, not answered"),
            Self::Empty => f.write_str("after the handshake, nothing committed"),
            Self::Initialised(first) => write!(f, "after InitChain, first height {first}"),
            Self::Offered => f.write_str("state sync, a snapshot offered"),
            Self::Applied => f.write_str("state sync, a chunk applied"),
            Self::Restored(height) => write!(f, "after state sync to height {height}"),
            Self::Deciding(height) => write!(f, "deciding height {height}"),
            Self::Decided(height) => write!(f, "height {height} decided, not committed"),
        }
    }
}

impl State {
    /// The state after this is asked; none if it may not be.
    fn asked(self, kind: Kind, height: Option<u64>) -> Option<Self> {
        match (self, kind) {
            (Self::Start, Kind::Info) => Some(Self::Greeting),
            // As the text has it; v0.38.25 always greets first.
            (Self::Start | Self::Empty, Kind::InitChain) => Some(Self::Initialised(height?)),
            // Whoever asks, whenever; what the answer means is seen when it comes.
            (_, Kind::Info) => Some(self),
            (
                Self::Start
                | Self::Initialised(_)
                | Self::Offered
                | Self::Applied
                | Self::Restored(_),
                Kind::OfferSnapshot,
            ) => Some(Self::Offered),
            (Self::Offered | Self::Applied | Self::Restored(_), Kind::ApplySnapshotChunk) => {
                Some(Self::Applied)
            }
            (_, kind) => {
                let state = self.deciding()?;
                state.consensus(kind, height)
            }
        }
    }

    /// The same state seen as a place in `consensus-exec`, if it may begin here.
    fn deciding(self) -> Option<Self> {
        match self {
            Self::Initialised(first) => Some(Self::Deciding(first)),
            Self::Restored(height) => Some(Self::Deciding(height + 1)),
            Self::Deciding(_) | Self::Decided(_) => Some(self),
            Self::Start | Self::Greeting | Self::Empty | Self::Offered | Self::Applied => None,
        }
    }

    fn consensus(self, kind: Kind, height: Option<u64>) -> Option<Self> {
        match (self, kind) {
            (Self::Decided(height), Kind::Commit) => Some(Self::Deciding(height + 1)),
            (Self::Deciding(at), _) if height != Some(at) => None,
            (
                Self::Deciding(_),
                Kind::PrepareProposal
                | Kind::ProcessProposal
                | Kind::ExtendVote
                | Kind::VerifyVoteExtension,
            ) => Some(self),
            (Self::Deciding(at), Kind::FinalizeBlock) => Some(Self::Decided(at)),
            _ => None,
        }
    }

    /// The state after `Info` was answered.
    fn informed(self, height: u64) -> Self {
        match (self, height) {
            (Self::Greeting, 0) => Self::Empty,
            (Self::Greeting, height) => Self::Deciding(height + 1),
            (Self::Applied, height) => Self::Restored(height),
            (state, _) => state,
        }
    }

    /// What may be asked, in words.
    fn allowed(self) -> String {
        let rounds = |height| {
            format!(
                "PrepareProposal, ProcessProposal, ExtendVote, VerifyVoteExtension or FinalizeBlock of height {height}"
            )
        };
        match self {
            Self::Start => "Info, InitChain or OfferSnapshot".to_owned(),
            Self::Greeting => "nothing before its answer".to_owned(),
            Self::Empty => "InitChain".to_owned(),
            Self::Initialised(first) => format!("OfferSnapshot, {}", rounds(first)),
            Self::Offered => "OfferSnapshot or ApplySnapshotChunk".to_owned(),
            Self::Applied => "OfferSnapshot, ApplySnapshotChunk or Info".to_owned(),
            Self::Restored(height) => {
                format!("OfferSnapshot, ApplySnapshotChunk, {}", rounds(height + 1))
            }
            Self::Deciding(height) => rounds(height),
            Self::Decided(height) => format!("Commit of height {height}"),
        }
    }
}

/// One life of CometBFT.
#[derive(Debug)]
struct Life {
    state: State,
    /// Its connections that are open.
    open: u32,
    /// The call of the grammar, but `Info`, that has no answer yet.
    running: Option<Kind>,
}

#[derive(Debug)]
struct Connection {
    life: u32,
    /// Kinds of the recorded questions without an answer, the oldest first.
    unanswered: VecDeque<Kind>,
}

/// What a recording holds.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    /// Lives of CometBFT.
    pub lives: u64,
    /// How often each call of the grammar was asked.
    pub asked: BTreeMap<Kind, u64>,
}

/// A line that the grammar does not allow.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "ABCI grammar: line {number}, `{line}`, {what} (CometBFT process {life}; {state}; allowed: {allowed}). Before it:\n{}",
    .before.join("\n")
)]
pub struct Violation {
    /// Its number in the recording, from 1.
    pub number: u64,
    /// The line.
    pub line: String,
    /// What is wrong with it.
    pub what: String,
    /// The process whose life it is; 0 if of none.
    pub life: u32,
    /// Where in the grammar that life was.
    pub state: String,
    /// What it might have asked there.
    pub allowed: String,
    /// The lines before it.
    pub before: Vec<String>,
}

/// Judges a recording, line by line.
#[derive(Debug, Default)]
pub struct Automaton {
    number: u64,
    before: VecDeque<String>,
    lives: BTreeMap<u32, Life>,
    connections: BTreeMap<u64, Connection>,
    summary: Summary,
}

impl Automaton {
    /// Judges a whole recording.
    ///
    /// # Errors
    /// The first line that is not allowed, or is none.
    pub fn judge(recording: impl BufRead) -> Result<Summary, Box<dyn std::error::Error>> {
        let mut automaton = Self::default();
        for line in recording.lines() {
            automaton.take(&line?.parse()?)?;
        }
        Ok(automaton.summary)
    }

    /// What it has seen so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// If it is not allowed; the automaton is of no use then.
    pub fn take(&mut self, line: &Line) -> Result<(), Box<Violation>> {
        self.number += 1;
        self.step(line).map_err(|what| self.violation(line, what))?;
        if self.before.len() == SHOWN_BEFORE {
            self.before.pop_front();
        }
        self.before.push_back(line.to_string());
        Ok(())
    }

    fn step(&mut self, line: &Line) -> Result<(), String> {
        let number = line.connection;
        if let Note::Opened(life) = line.note {
            return self.opened(number, life);
        }
        let connection = self.connections.get_mut(&number);
        let connection = connection.ok_or("is of no open connection")?;
        let life = self
            .lives
            .get_mut(&connection.life)
            .ok_or("is of no life")?;
        match &line.note {
            Note::Opened(_) => {}
            Note::Asked(kind, height) => {
                connection.unanswered.push_back(*kind);
                life.ask(*kind, *height)?;
                *self.summary.asked.entry(*kind).or_default() += 1;
            }
            Note::Answered(kind, height) => {
                let question = connection.unanswered.pop_front();
                life.answer(question, *kind, *height)?;
            }
            Note::Broken(reason) => return Err(format!("breaks the protocol: {reason}")),
            Note::Closed => {
                life.open -= 1;
                if life.open == 0 {
                    self.lives.remove(&connection.life);
                }
                self.connections.remove(&number);
            }
        }
        Ok(())
    }

    fn opened(&mut self, number: u64, life: u32) -> Result<(), String> {
        let connection = Connection {
            life,
            unanswered: VecDeque::new(),
        };
        if self.connections.insert(number, connection).is_some() {
            return Err("opens a connection twice".to_owned());
        }
        let lives = &mut self.summary.lives;
        let life = self.lives.entry(life).or_insert_with(|| {
            *lives += 1;
            Life {
                state: State::Start,
                open: 0,
                running: None,
            }
        });
        life.open += 1;
        Ok(())
    }

    fn violation(&self, line: &Line, what: String) -> Box<Violation> {
        let connection = self.connections.get(&line.connection);
        let pid = connection.map_or(0, |connection| connection.life);
        let state = self.lives.get(&pid).map_or(State::Start, |life| life.state);
        Box::new(Violation {
            number: self.number,
            line: line.to_string(),
            what,
            life: pid,
            state: state.to_string(),
            allowed: state.allowed(),
            before: self.before.iter().cloned().collect(),
        })
    }
}

impl Life {
    fn ask(&mut self, kind: Kind, height: Option<u64>) -> Result<(), String> {
        if kind != Kind::Info {
            if let Some(running) = self.running {
                return Err(format!("comes before the answer to {running}"));
            }
            self.running = Some(kind);
        }
        let next = self.state.asked(kind, height);
        self.state = next.ok_or("is not allowed here")?;
        Ok(())
    }

    fn answer(
        &mut self,
        question: Option<Kind>,
        kind: Kind,
        height: Option<u64>,
    ) -> Result<(), String> {
        if kind == Kind::Exception {
            // To a question that is not recorded, or to a connection too many; CometBFT stops at it, so nothing follows.
            return Ok(());
        }
        if question != Some(kind) {
            return Err("answers another question".to_owned());
        }
        if kind == Kind::Info {
            let height = height.ok_or("says no height")?;
            self.state = self.state.informed(height);
        } else {
            self.running = None;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;
