//! What comes in on the socket of CometBFT: frames, requests, their order.

use std::io::{self, Write};

use nexus_abci::transport::{Application, BatchCheckTx, converse};
use prost::Message;
use tendermint_proto::v0_38::abci::request::Value as Ask;
use tendermint_proto::v0_38::abci::*;

use super::Target;

pub(super) const TARGET: Target = Target {
    name: "abci_frame",
    run,
    seeds,
    mutation: None,
    max_len: 4096,
};

/// An application with CometBFT's default answers: what is tried here is what stands before it.
#[derive(Clone)]
struct Silent;

impl Application for Silent {}

impl BatchCheckTx for Silent {
    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        requests
            .iter()
            .map(|_| ResponseCheckTx::default())
            .collect()
    }
}

/// Hands out a few bytes at a time, as a socket may.
struct Trickle<'a>(&'a [u8], usize);

impl io::Read for Trickle<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(out.len()).min(self.1);
        let (now, later) = self.0.split_at(count);
        out[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// Keeps the answers.
struct Sink<'a>(&'a mut Vec<u8>);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The first byte says how many bytes arrive at once; the answers do not depend on it, but for the runs of CheckTx that
/// are answered together.
fn run(bytes: &[u8]) {
    let Some((pace, stream)) = bytes.split_first() else {
        return;
    };
    let answered = |pace: usize| {
        let mut answers = Vec::new();
        converse(Silent, Trickle(stream, pace), Sink(&mut answers));
        answers
    };
    let whole = answered(usize::MAX);
    assert_eq!(
        answered(usize::from(*pace) + 1),
        whole,
        "answers depend on how the bytes arrive"
    );
    let mut rest = whole.as_slice();
    let mut count = 0;
    while !rest.is_empty() {
        Response::decode_length_delimited(&mut rest).expect("an answer that CometBFT can read");
        count += 1;
    }
    // One answer for each frame, and a frame has at least its length byte; one more says why the connection ends.
    assert!(
        count <= stream.len() + 1,
        "{count} answers to {} bytes",
        stream.len()
    );
}

fn seeds() -> Vec<Vec<u8>> {
    let asks = [
        Ask::Echo(RequestEcho {
            message: String::from("hello"),
        }),
        Ask::Flush(RequestFlush {}),
        Ask::Info(RequestInfo {
            version: String::from("0.38.25"),
            block_version: 11,
            p2p_version: 8,
            abci_version: String::from("2.0.0"),
        }),
        Ask::CheckTx(RequestCheckTx {
            tx: vec![1, 2, 3].into(),
            r#type: 0,
        }),
        Ask::Query(RequestQuery {
            data: vec![1].into(),
            path: String::from("/store"),
            height: 7,
            prove: true,
        }),
        Ask::FinalizeBlock(RequestFinalizeBlock {
            txs: vec![vec![1].into(), Vec::new().into()],
            height: 3,
            hash: vec![7; 32].into(),
            misbehavior: vec![Misbehavior::default()],
            decided_last_commit: Some(CommitInfo {
                round: 1,
                votes: vec![VoteInfo::default(); 3],
            }),
            ..Default::default()
        }),
        Ask::PrepareProposal(RequestPrepareProposal {
            max_tx_bytes: 1000,
            txs: vec![vec![9; 40].into()],
            ..Default::default()
        }),
        Ask::ProcessProposal(RequestProcessProposal::default()),
        Ask::InitChain(RequestInitChain {
            chain_id: String::from("nexus-fuzz-1"),
            validators: vec![ValidatorUpdate::default()],
            app_state_bytes: b"{}".as_slice().into(),
            ..Default::default()
        }),
        Ask::Commit(RequestCommit {}),
        Ask::OfferSnapshot(RequestOfferSnapshot {
            snapshot: Some(Snapshot::default()),
            app_hash: vec![1; 32].into(),
        }),
        Ask::ApplySnapshotChunk(RequestApplySnapshotChunk {
            index: 1,
            chunk: vec![5; 100].into(),
            sender: String::from("peer"),
        }),
    ];
    let frames = asks.map(|ask| Request { value: Some(ask) }.encode_length_delimited_to_vec());
    let all = frames.concat();
    let mut seeds: Vec<Vec<u8>> = frames
        .iter()
        .map(|frame| [&[3], frame.as_slice()].concat())
        .collect();
    seeds.push([&[0], all.as_slice()].concat());
    seeds.push([&[200], all.as_slice()].concat());
    // A length that never comes, a length that is none, an unknown request.
    seeds.push(vec![1, 0xff, 0xff, 0xff, 0x1f, 0x0a]);
    seeds.push([&[1], [0xff; 11].as_slice()].concat());
    seeds.push(vec![1, 3, 0xaa, 1, 0, 0]);
    seeds
}
