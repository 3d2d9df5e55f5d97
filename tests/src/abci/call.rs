//! The lines of a recording.

use std::fmt;
use std::str::FromStr;

/// A method of ABCI, or what an answer is instead: an exception.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// An answer in place of any other: the application could not.
    Exception,
    /// `Echo`.
    Echo,
    /// `Flush`.
    Flush,
    /// `Info`.
    Info,
    /// `InitChain`.
    InitChain,
    /// `Query`.
    Query,
    /// `CheckTx`.
    CheckTx,
    /// `Commit`.
    Commit,
    /// `ListSnapshots`.
    ListSnapshots,
    /// `OfferSnapshot`.
    OfferSnapshot,
    /// `LoadSnapshotChunk`.
    LoadSnapshotChunk,
    /// `ApplySnapshotChunk`.
    ApplySnapshotChunk,
    /// `PrepareProposal`.
    PrepareProposal,
    /// `ProcessProposal`.
    ProcessProposal,
    /// `ExtendVote`.
    ExtendVote,
    /// `VerifyVoteExtension`.
    VerifyVoteExtension,
    /// `FinalizeBlock`.
    FinalizeBlock,
}

/// Each kind with its field number in `Request` (0: in none) and in `Response` of `tendermint.abci`.
const KINDS: [(Kind, u32, u32); 17] = [
    (Kind::Exception, 0, 1),
    (Kind::Echo, 1, 2),
    (Kind::Flush, 2, 3),
    (Kind::Info, 3, 4),
    (Kind::InitChain, 5, 6),
    (Kind::Query, 6, 7),
    (Kind::CheckTx, 8, 9),
    (Kind::Commit, 11, 12),
    (Kind::ListSnapshots, 12, 13),
    (Kind::OfferSnapshot, 13, 14),
    (Kind::LoadSnapshotChunk, 14, 15),
    (Kind::ApplySnapshotChunk, 15, 16),
    (Kind::PrepareProposal, 16, 17),
    (Kind::ProcessProposal, 17, 18),
    (Kind::ExtendVote, 18, 19),
    (Kind::VerifyVoteExtension, 19, 20),
    (Kind::FinalizeBlock, 20, 21),
];

impl Kind {
    /// By the field of `Request` that is set.
    #[must_use]
    pub fn of_request(tag: u32) -> Option<Self> {
        let mut kinds = KINDS.iter();
        let found = kinds.find(|(_, request, _)| *request == tag && tag != 0)?;
        Some(found.0)
    }

    /// By the field of `Response` that is set.
    #[must_use]
    pub fn of_response(tag: u32) -> Option<Self> {
        let found = KINDS.iter().find(|(_, _, response)| *response == tag)?;
        Some(found.0)
    }

    /// Whether a recording holds it: it is in the grammar, or an exception. The others may come at any time, some of
    /// them thousands of times a second.
    #[must_use]
    pub fn is_recorded(self) -> bool {
        match self {
            Self::Echo
            | Self::Flush
            | Self::Query
            | Self::CheckTx
            | Self::ListSnapshots
            | Self::LoadSnapshotChunk => false,
            Self::Exception
            | Self::Info
            | Self::InitChain
            | Self::Commit
            | Self::OfferSnapshot
            | Self::ApplySnapshotChunk
            | Self::PrepareProposal
            | Self::ProcessProposal
            | Self::ExtendVote
            | Self::VerifyVoteExtension
            | Self::FinalizeBlock => true,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = KINDS.iter().find(|(kind, ..)| kind.to_string() == text);
        let found = found.ok_or_else(|| format!("{text:?} is no method of ABCI"))?;
        Ok(found.0)
    }
}

/// One line of a recording, in the order in which things happened: `<connection> <note>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// The connection, counted from 1 through all lives of CometBFT.
    pub connection: u64,
    /// What happened on it.
    pub note: Note,
}

/// What happened on a connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// `opened <process>`: CometBFT, a process with this number, opened it.
    Opened(u32),
    /// `> <method> [height]`: CometBFT asks. The height is that of the block or snapshot it is about; in `InitChain`
    /// the first height of the chain.
    Asked(Kind, Option<u64>),
    /// `< <method> [height]`: the application answers. The height, in `Info`, is the last it has committed.
    Answered(Kind, Option<u64>),
    /// `broken <reason>`: bytes that are no frame, or an answer that belongs to no question.
    Broken(String),
    /// `closed`.
    Closed,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.connection)?;
        match &self.note {
            Note::Opened(pid) => write!(f, "opened {pid}"),
            Note::Asked(kind, None) => write!(f, "> {kind}"),
            Note::Asked(kind, Some(height)) => write!(f, "> {kind} {height}"),
            Note::Answered(kind, None) => write!(f, "< {kind}"),
            Note::Answered(kind, Some(height)) => write!(f, "< {kind} {height}"),
            Note::Broken(reason) => write!(f, "broken {reason}"),
            Note::Closed => f.write_str("closed"),
        }
    }
}

impl FromStr for Line {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let shape = || format!("{line:?} is no line of a recording");
        let mut words = line.splitn(3, ' ');
        let number = words.next().and_then(|word| word.parse().ok());
        let (connection, what) = (number.ok_or_else(shape)?, words.next());
        let rest = words.next().unwrap_or_default();
        let call = || -> Result<(Kind, Option<u64>), String> {
            match rest.split_once(' ') {
                None => Ok((rest.parse()?, None)),
                Some((kind, height)) => {
                    let height = height.parse().map_err(|_| shape())?;
                    Ok((kind.parse()?, Some(height)))
                }
            }
        };
        let note = match what.ok_or_else(shape)? {
            "opened" => Note::Opened(rest.parse().map_err(|_| shape())?),
            ">" => call().map(|(kind, height)| Note::Asked(kind, height))?,
            "<" => call().map(|(kind, height)| Note::Answered(kind, height))?,
            "broken" => Note::Broken(rest.to_owned()),
            "closed" if rest.is_empty() => Note::Closed,
            _ => return Err(shape()),
        };
        Ok(Self { connection, note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_as_the_same() {
        let notes = [
            Note::Opened(77),
            Note::Asked(Kind::Commit, None),
            Note::Asked(Kind::FinalizeBlock, Some(12)),
            Note::Answered(Kind::Info, Some(0)),
            Note::Broken("an answer to nothing".to_owned()),
            Note::Closed,
        ];
        for note in notes {
            let line = Line {
                connection: 3,
                note,
            };
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        for bad in [
            "",
            "x opened 1",
            "1 opened",
            "1 > Comit",
            "1 > Info x",
            "1 closed 2",
        ] {
            assert!(bad.parse::<Line>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn kinds_have_the_field_numbers_of_the_protocol() {
        use prost::Message as _;
        use tendermint_proto::v0_38::abci::{Request, RequestFinalizeBlock, request};
        let request = Request {
            value: Some(request::Value::FinalizeBlock(
                RequestFinalizeBlock::default(),
            )),
        };
        let bytes = request.encode_to_vec();
        let (tag, _) = prost::encoding::decode_key(&mut bytes.as_slice()).expect("a key");
        assert_eq!(Kind::of_request(tag), Some(Kind::FinalizeBlock));
        assert_eq!(Kind::of_request(0), None);
        assert_eq!(Kind::of_response(21), Some(Kind::FinalizeBlock));
    }
}
