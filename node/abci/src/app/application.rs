//! Every method of `tendermint_abci::Application`: the crate's defaults accept whatever comes, so none
//! is left to them.

use bytes::Bytes;
use nexus_types::constants::APP_VERSION;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    CheckTxType, RequestApplySnapshotChunk, RequestCheckTx, RequestEcho, RequestExtendVote,
    RequestFinalizeBlock, RequestInfo, RequestInitChain, RequestLoadSnapshotChunk,
    RequestOfferSnapshot, RequestPrepareProposal, RequestProcessProposal, RequestQuery,
    RequestVerifyVoteExtension, ResponseApplySnapshotChunk, ResponseCheckTx, ResponseCommit,
    ResponseEcho, ResponseExtendVote, ResponseFinalizeBlock, ResponseFlush, ResponseInfo,
    ResponseInitChain, ResponseListSnapshots, ResponseLoadSnapshotChunk, ResponseOfferSnapshot,
    ResponsePrepareProposal, ResponseProcessProposal, ResponseQuery, ResponseVerifyVoteExtension,
    response_process_proposal::ProposalStatus, response_verify_vote_extension::VerifyStatus,
};

use super::{App, Decided, StateView, fatal, fold, recovery, room, wire};
use crate::sigs::SigItem;
use crate::transport::BatchCheckTx;
use nexus_machine::{Decider, decode_tx};
use nexus_types::Hash;

/// `code` of a query that this application does not answer; reads go through the node's own RPC.
const QUERY_UNKNOWN: u32 = 3001;

impl Application for App {
    fn echo(&self, request: RequestEcho) -> ResponseEcho {
        ResponseEcho {
            message: request.message,
        }
    }

    fn info(&self, _request: RequestInfo) -> ResponseInfo {
        let committed = self.committed();
        ResponseInfo {
            data: "nexus".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            app_version: self.latest().map_or(APP_VERSION, |view| {
                Decider::next(&StateView::new(view)).app_version
            }),
            // After a recovery CometBFT has no block, and begins a chain.
            last_block_height: committed
                .filter(|_| self.recovered_at_tip().is_none())
                .map_or(0, |at| i64::try_from(at.height).unwrap_or(i64::MAX)),
            last_block_app_hash: committed
                .map(|at| Bytes::copy_from_slice(&at.app_hash))
                .unwrap_or_default(),
        }
    }

    fn init_chain(&self, request: RequestInitChain) -> ResponseInitChain {
        if let Some(view) = self.recovered_at_tip() {
            let app_hash = recovery::begin_chain(&view, &request)
                .unwrap_or_else(|error| fatal("beginning the chain of a recovery", &error));
            tracing::info!(chain_id = %request.chain_id, %app_hash, "chain begun after a recovery");
            return ResponseInitChain {
                app_hash: Bytes::copy_from_slice(&app_hash.0),
                ..ResponseInitChain::default()
            };
        }
        let genesis =
            wire::genesis(&request).unwrap_or_else(|error| fatal("reading genesis", &error));
        let app_hash = self.begin_chain(genesis.document());
        tracing::info!(chain_id = %request.chain_id, genesis_hash = %genesis.hash(), %app_hash, "chain begun");
        // The validators and parameters of genesis stand as they are.
        ResponseInitChain {
            app_hash: Bytes::copy_from_slice(&app_hash.0),
            ..ResponseInitChain::default()
        }
    }

    fn query(&self, request: RequestQuery) -> ResponseQuery {
        let Some(view) = self.latest() else {
            return unanswered("the chain has not begun");
        };
        if request.path != "/state" || request.prove {
            return unanswered(
                "only /state without proof is answered here; nexus_getProof of the node's RPC gives proofs",
            );
        }
        let value = view
            .get(&request.data)
            .unwrap_or_else(|error| fatal("reading the state", &error));
        match value {
            Some(value) => ResponseQuery {
                key: request.data,
                value: value.into(),
                height: i64::try_from(view.height()).unwrap_or(i64::MAX),
                ..ResponseQuery::default()
            },
            None => unanswered("no object stands behind this key"),
        }
    }

    fn check_tx(&self, request: RequestCheckTx) -> ResponseCheckTx {
        self.check_tx_batch(vec![request]).pop().unwrap_or_default()
    }

    fn flush(&self) -> ResponseFlush {
        ResponseFlush {}
    }

    fn prepare_proposal(&self, request: RequestPrepareProposal) -> ResponsePrepareProposal {
        if self.decides().is_err() {
            // Nobody who may decide it accepts it, this node neither.
            return ResponsePrepareProposal::default();
        }
        let view = self.state();
        let context = wire::context(request.height, request.time);
        let misbehaviour = wire::misbehaviour(&request.misbehavior);
        let max_bytes = usize::try_from(request.max_tx_bytes).unwrap_or(0);
        let (txs, block) = fold::choose(
            &view,
            context,
            &misbehaviour,
            request.txs,
            max_bytes,
            &self.inner.sigs,
        );
        let key = fold::key(context, &misbehaviour, txs.iter().map(|tx| Hash::of(tx)));
        self.work().folds.insert(key, block);
        ResponsePrepareProposal { txs }
    }

    fn process_proposal(&self, request: RequestProcessProposal) -> ResponseProcessProposal {
        if self.decides().is_err() {
            return ResponseProcessProposal {
                status: ProposalStatus::Reject.into(),
            };
        }
        let view = self.state();
        let proposed = Decided {
            context: wire::context(request.height, request.time),
            misbehaviour: wire::misbehaviour(&request.misbehavior),
            txs: &request.txs,
            hash: Hash(request.hash.as_ref().try_into().unwrap_or_default()),
            proposer: wire::address(&request.proposer_address),
        };
        if room::is_oversized(&request.txs) {
            tracing::warn!(
                height = request.height,
                "proposal rejected: more transactions than a block may hold"
            );
            return ResponseProcessProposal {
                status: ProposalStatus::Reject.into(),
            };
        }
        let key = proposed.key();
        let status = if self.work().folds.contains(&key) {
            ProposalStatus::Accept
        } else {
            match fold::strict(&view, &proposed, &self.inner.sigs) {
                Ok(block) => {
                    self.work().folds.insert(key, block);
                    ProposalStatus::Accept
                }
                Err((position, refusal)) => {
                    tracing::warn!(height = request.height, position, %refusal, "proposal rejected");
                    ProposalStatus::Reject
                }
            }
        };
        ResponseProcessProposal {
            status: status.into(),
        }
    }

    /// Vote extensions are never enabled by a genesis of ours.
    fn extend_vote(&self, _request: RequestExtendVote) -> ResponseExtendVote {
        ResponseExtendVote::default()
    }

    fn verify_vote_extension(
        &self,
        request: RequestVerifyVoteExtension,
    ) -> ResponseVerifyVoteExtension {
        let empty = request.vote_extension.is_empty();
        let status = if empty {
            VerifyStatus::Accept
        } else {
            VerifyStatus::Reject
        };
        ResponseVerifyVoteExtension {
            status: status.into(),
        }
    }

    fn finalize_block(&self, request: RequestFinalizeBlock) -> ResponseFinalizeBlock {
        if let Err(another) = self.decides() {
            // The server has asked `cannot_decide` before.
            fatal("executing a block", &another);
        }
        let decided = Decided {
            context: wire::context(request.height, request.time),
            misbehaviour: wire::misbehaviour(&request.misbehavior),
            txs: &request.txs,
            hash: Hash(request.hash.as_ref().try_into().unwrap_or_default()),
            proposer: wire::address(&request.proposer_address),
        };
        self.finalize(&decided)
    }

    fn commit(&self) -> ResponseCommit {
        self.persist();
        // Keep every block: replay from genesis is how a new node joins.
        ResponseCommit { retain_height: 0 }
    }

    fn list_snapshots(&self) -> ResponseListSnapshots {
        self.inner.snapshots.list()
    }

    fn offer_snapshot(&self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot {
        self.offer(request)
    }

    fn load_snapshot_chunk(&self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk {
        self.inner.snapshots.load(&request)
    }

    fn apply_snapshot_chunk(
        &self,
        request: RequestApplySnapshotChunk,
    ) -> ResponseApplySnapshotChunk {
        self.apply(request)
    }
}

impl BatchCheckTx for App {
    /// The others decided a block that another version of the law's program decides.
    fn cannot_decide(&self) -> Option<String> {
        self.decides().err().map(|another| another.to_string())
    }

    fn check_tx_batch(&self, requests: Vec<RequestCheckTx>) -> Vec<ResponseCheckTx> {
        let Some(view) = self.latest() else {
            return requests
                .iter()
                .map(|_| refusal(QUERY_UNKNOWN, "the chain has not begun".into()))
                .collect();
        };
        let now = Self::next_context(&view);
        let view = StateView::new(view);
        let mut pending = self.pending();
        let decoded: Vec<_> = requests
            .iter()
            .map(|request| decode_tx(&request.tx))
            .collect();
        let items: Vec<SigItem> = requests
            .iter()
            .zip(&decoded)
            // A recheck's signature was verified when the transaction came, and is in the cache.
            .filter(|(request, _)| request.r#type == i32::from(CheckTxType::New))
            .filter_map(|(request, tx)| Some((request, tx.as_ref().ok()?)))
            // What is refused unseen costs no signature: a flood of one nonce, or into a full mempool.
            .filter(|(request, tx)| pending.has_room_for(tx, &request.tx))
            .flat_map(|(_, tx)| fold::items(&view, tx))
            .collect();
        self.inner.sigs.prewarm(&items);
        let answers: Vec<ResponseCheckTx> = requests
            .iter()
            .zip(decoded)
            .map(|(request, tx)| {
                let admitted =
                    tx.and_then(|tx| pending.admit(tx, &request.tx, &view, now, &self.inner.sigs));
                match admitted {
                    Ok(_) => ResponseCheckTx::default(),
                    Err(refused) => refusal(refused.code.number(), refused.detail),
                }
            })
            .collect();
        drop(pending);
        let codes: Vec<u32> = answers.iter().map(|answer| answer.code).collect();
        self.inner.observer.checked(&codes);
        answers
    }
}

fn refusal(code: u32, log: String) -> ResponseCheckTx {
    ResponseCheckTx {
        code,
        log,
        ..ResponseCheckTx::default()
    }
}

fn unanswered(log: &str) -> ResponseQuery {
    ResponseQuery {
        code: QUERY_UNKNOWN,
        log: log.to_owned(),
        ..ResponseQuery::default()
    }
}
