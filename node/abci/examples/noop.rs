//! An application that takes anything and does nothing, on the node's own transport: what CometBFT alone costs.
//!
//! `noop SOCKET` serves until it is killed. `make bench-net` runs it beside the real application.

use bytes::Bytes;
use nexus_abci::transport::{BatchCheckTx, ServerConfig, serve};
use nexus_types::limits::BLOCK_TXS_BYTES;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    ExecTxResult, RequestCheckTx, RequestFinalizeBlock, RequestInfo, RequestPrepareProposal,
    RequestProcessProposal, ResponseCheckTx, ResponseCommit, ResponseFinalizeBlock, ResponseInfo,
    ResponsePrepareProposal, ResponseProcessProposal, response_process_proposal::ProposalStatus,
};

/// Bytes that the law counts around a transaction in a block.
const FRAME_BYTES: usize = 4;

#[derive(Clone, Default)]
struct NoOp {
    finalized: Arc<AtomicI64>,
    committed: Arc<AtomicI64>,
}

impl NoOp {
    fn app_hash(height: i64) -> Bytes {
        Bytes::copy_from_slice(&height.to_be_bytes())
    }
}

impl Application for NoOp {
    fn info(&self, _: RequestInfo) -> ResponseInfo {
        let height = self.committed.load(Ordering::Acquire);
        let app_hash = if height == 0 {
            Bytes::new()
        } else {
            Self::app_hash(height)
        };
        ResponseInfo {
            data: "noop".to_owned(),
            last_block_height: height,
            last_block_app_hash: app_hash,
            ..ResponseInfo::default()
        }
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        // The law's own bound on a block: it holds for both sides, so that what is compared is the work.
        let mut left = BLOCK_TXS_BYTES;
        let fits = |tx: &Bytes| {
            let room = left.checked_sub(tx.len().saturating_add(FRAME_BYTES));
            left = room.unwrap_or(0);
            room.is_some()
        };
        let txs = request.txs.into_iter().take_while(fits).collect();
        ResponsePrepareProposal { txs }
    }

    fn process_proposal(&self, _: RequestProcessProposal) -> ResponseProcessProposal {
        ResponseProcessProposal {
            status: ProposalStatus::Accept.into(),
        }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        self.finalized.store(request.height, Ordering::Release);
        ResponseFinalizeBlock {
            tx_results: vec![ExecTxResult::default(); request.txs.len()],
            app_hash: Self::app_hash(request.height),
            ..ResponseFinalizeBlock::default()
        }
    }

    fn commit(&self) -> ResponseCommit {
        let height = self.finalized.load(Ordering::Acquire);
        self.committed.store(height, Ordering::Release);
        ResponseCommit::default()
    }
}

impl BatchCheckTx for NoOp {
    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        vec![ResponseCheckTx::default(); requests.len()]
    }
}

fn main() -> ExitCode {
    let Some(socket) = std::env::args_os().nth(1) else {
        eprintln!("usage: noop SOCKET");
        return ExitCode::from(2);
    };
    match serve(ServerConfig::new(socket), NoOp::default()) {
        Ok(_serving) => loop {
            std::thread::park();
        },
        Err(error) => {
            eprintln!("noop: {error}");
            ExitCode::FAILURE
        }
    }
}
