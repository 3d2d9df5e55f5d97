//! One connection: reads, asks the application, answers in order.

use std::io;

use prost::Message;
use tendermint_proto::v0_38::abci::{
    Request, RequestCheckTx, RequestFlush, Response, request::Value as Ask,
    response::Value as Answer,
};

use super::dispatch::{self, exception};
use super::frame::{FrameError, FrameReader, FrameWriter};
use super::pace::Pace;
use super::weight::{self, WeightError};
use super::{MAX_CHECK_TX_BATCH, MAX_FRAME_BYTES, ServedApp};

/// Why a connection ended before its peer closed it.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeerError {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Weight(#[from] WeightError),
    #[error("request refused: not a protobuf ABCI request: {0}")]
    Protobuf(#[from] prost::DecodeError),
    #[error(
        "{method} refused: another connection is the consensus connection, and there is exactly one"
    )]
    SecondConsensus { method: &'static str },
    #[error("FinalizeBlock refused: {0}")]
    CannotDecide(String),
    #[error("the application answered {answers} CheckTx requests of {requests}; this is a bug")]
    AnswerCount { requests: usize, answers: usize },
    #[error("{method}'s answer has {bytes} bytes, above the limit of {MAX_FRAME_BYTES}")]
    AnswerTooLong { method: &'static str, bytes: usize },
    #[error("connection failed: {0}")]
    Io(#[from] io::Error),
}

/// A connection's place among the others of its server.
pub(super) trait Place {
    /// Its number, for the log.
    fn index(&self) -> usize;

    /// Whether the server is going down.
    fn stopping(&self) -> bool;

    /// Makes this the consensus connection, unless another one is; true if it is ours.
    fn claim_consensus(&self) -> bool;
}

/// A connection's state; lives on that connection's thread.
pub(super) struct Peer<A, P, R, W> {
    app: A,
    place: P,
    reader: FrameReader<R>,
    writer: FrameWriter<W>,
    /// A request decoded while looking for the end of a run of CheckTx.
    ahead: Option<Request>,
    /// CheckTx answered since the last read.
    checked: usize,
    pace: Pace,
}

impl<A: ServedApp, P: Place, R: io::Read, W: io::Write> Peer<A, P, R, W> {
    pub(super) fn new(app: A, place: P, requests: R, answers: W) -> Self {
        Self {
            app,
            place,
            reader: FrameReader::new(requests),
            writer: FrameWriter::new(answers),
            ahead: None,
            checked: 0,
            pace: Pace::default(),
        }
    }

    /// Serves until the peer closes, errs, or the server stops.
    pub(super) fn run(mut self) {
        let Err(error) = self.serve() else {
            tracing::info!(slot = self.place.index(), "ABCI connection closed");
            return;
        };
        if !matches!(error, PeerError::Io(_)) {
            self.writer.push(&exception(&error));
            // The connection ends either way; what matters is logged below.
            let _ = self.flush();
        }
        tracing::warn!(slot = self.place.index(), %error, "ABCI connection ended");
    }

    fn serve(&mut self) -> Result<(), PeerError> {
        loop {
            self.answer_buffered()?;
            self.flush()?;
            self.pace.wait(std::mem::take(&mut self.checked));
            if self.place.stopping() || self.reader.fill()? == 0 {
                return Ok(());
            }
        }
    }

    /// Answers every complete frame that has already arrived; leaves the answers in the writer.
    fn answer_buffered(&mut self) -> Result<(), PeerError> {
        while let Some(request) = self.take()? {
            match request.value {
                Some(Ask::CheckTx(first)) => self.check_txs(first)?,
                Some(ask) => self.call(ask)?,
                None => self.writer.push(&exception(
                    "request refused: it is empty, or of a kind that ABCI 0.38 does not have",
                )),
            }
            if self.writer.is_full() {
                self.flush()?;
            }
            if self.place.stopping() {
                break;
            }
        }
        Ok(())
    }

    fn call(&mut self, ask: Ask) -> Result<(), PeerError> {
        let method = dispatch::name(&ask);
        if dispatch::is_consensus(&ask) && !self.place.claim_consensus() {
            return Err(PeerError::SecondConsensus { method });
        }
        if matches!(ask, Ask::FinalizeBlock(_))
            && let Some(reason) = self.app.cannot_decide()
        {
            return Err(PeerError::CannotDecide(reason));
        }
        let is_flush = matches!(ask, Ask::Flush(_));
        let response = {
            let _span = tracing::debug_span!("abci", method).entered();
            dispatch::answer(&self.app, ask)
        };
        self.push(method, &response)?;
        if is_flush {
            self.flush()?;
        }
        Ok(())
    }

    /// Takes the run of CheckTx that begins with `first` as far as it has arrived. CometBFT follows nearly every CheckTx
    /// with a Flush; inside a run it is answered in its place, and does not end the run.
    fn check_txs(&mut self, first: RequestCheckTx) -> Result<(), PeerError> {
        let mut run = vec![first];
        // After how many CheckTx each Flush came.
        let mut flushes = Vec::new();
        let mut broken = None;
        while run.len() < MAX_CHECK_TX_BATCH && flushes.len() < MAX_CHECK_TX_BATCH {
            match self.take() {
                Ok(Some(Request {
                    value: Some(Ask::CheckTx(next)),
                })) => run.push(next),
                Ok(Some(Request {
                    value: Some(Ask::Flush(_)),
                })) => flushes.push(run.len()),
                Ok(other) => {
                    self.ahead = other;
                    break;
                }
                // What came before the bad frame is still owed an answer.
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        let requests = run.len();
        self.checked = self.checked.saturating_add(requests);
        let answers = {
            let _span = tracing::debug_span!("abci", method = "CheckTx", requests).entered();
            self.app.check_tx_batch(run)
        };
        if answers.len() != requests {
            return Err(PeerError::AnswerCount {
                requests,
                answers: answers.len(),
            });
        }
        let mut flushes = flushes.into_iter().peekable();
        for (answered, answer) in (1..).zip(answers) {
            self.push("CheckTx", &dispatch::response(Answer::CheckTx(answer)))?;
            while flushes.next_if_eq(&answered).is_some() {
                let flushed = dispatch::answer(&self.app, Ask::Flush(RequestFlush {}));
                self.push("Flush", &flushed)?;
            }
        }
        broken.map_or(Ok(()), Err)
    }

    /// The next request that has already arrived, if any.
    fn take(&mut self) -> Result<Option<Request>, PeerError> {
        if let Some(request) = self.ahead.take() {
            return Ok(Some(request));
        }
        match self.reader.next_buffered()? {
            Some(frame) => {
                weight::check(frame)?;
                Ok(Some(Request::decode(frame)?))
            }
            None => Ok(None),
        }
    }

    fn push(&mut self, method: &'static str, response: &Response) -> Result<(), PeerError> {
        let bytes = response.encoded_len();
        if bytes > MAX_FRAME_BYTES {
            return Err(PeerError::AnswerTooLong { method, bytes });
        }
        self.writer.push(response);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), PeerError> {
        let place = &self.place;
        Ok(self.writer.flush(|| place.stopping())?)
    }
}
