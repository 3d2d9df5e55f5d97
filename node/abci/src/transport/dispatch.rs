//! From a request to the application's method and back.

use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{
    Response, ResponseException, request::Value as Ask, response::Value as Answer,
};

/// Whether only the consensus connection may send this: whatever changes, or votes on, a block.
pub(super) fn is_consensus(ask: &Ask) -> bool {
    match ask {
        Ask::InitChain(_)
        | Ask::PrepareProposal(_)
        | Ask::ProcessProposal(_)
        | Ask::ExtendVote(_)
        | Ask::VerifyVoteExtension(_)
        | Ask::FinalizeBlock(_)
        | Ask::Commit(_) => true,
        Ask::Echo(_)
        | Ask::Flush(_)
        | Ask::Info(_)
        | Ask::Query(_)
        | Ask::CheckTx(_)
        | Ask::ListSnapshots(_)
        | Ask::OfferSnapshot(_)
        | Ask::LoadSnapshotChunk(_)
        | Ask::ApplySnapshotChunk(_) => false,
    }
}

/// The method's name, for spans and messages.
pub(super) fn name(ask: &Ask) -> &'static str {
    match ask {
        Ask::Echo(_) => "Echo",
        Ask::Flush(_) => "Flush",
        Ask::Info(_) => "Info",
        Ask::InitChain(_) => "InitChain",
        Ask::Query(_) => "Query",
        Ask::CheckTx(_) => "CheckTx",
        Ask::Commit(_) => "Commit",
        Ask::ListSnapshots(_) => "ListSnapshots",
        Ask::OfferSnapshot(_) => "OfferSnapshot",
        Ask::LoadSnapshotChunk(_) => "LoadSnapshotChunk",
        Ask::ApplySnapshotChunk(_) => "ApplySnapshotChunk",
        Ask::PrepareProposal(_) => "PrepareProposal",
        Ask::ProcessProposal(_) => "ProcessProposal",
        Ask::ExtendVote(_) => "ExtendVote",
        Ask::VerifyVoteExtension(_) => "VerifyVoteExtension",
        Ask::FinalizeBlock(_) => "FinalizeBlock",
    }
}

/// Calls the application. `tendermint-abci` has such a match too, but it panics on an empty
/// request and logs whole requests.
pub(super) fn answer(app: &impl Application, ask: Ask) -> Response {
    let value = match ask {
        Ask::Echo(request) => Answer::Echo(app.echo(request)),
        Ask::Flush(_) => Answer::Flush(app.flush()),
        Ask::Info(request) => Answer::Info(app.info(request)),
        Ask::InitChain(request) => Answer::InitChain(app.init_chain(request)),
        Ask::Query(request) => Answer::Query(app.query(request)),
        Ask::CheckTx(request) => Answer::CheckTx(app.check_tx(request)),
        Ask::Commit(_) => Answer::Commit(app.commit()),
        Ask::ListSnapshots(_) => Answer::ListSnapshots(app.list_snapshots()),
        Ask::OfferSnapshot(request) => Answer::OfferSnapshot(app.offer_snapshot(request)),
        Ask::LoadSnapshotChunk(request) => {
            Answer::LoadSnapshotChunk(app.load_snapshot_chunk(request))
        }
        Ask::ApplySnapshotChunk(request) => {
            Answer::ApplySnapshotChunk(app.apply_snapshot_chunk(request))
        }
        Ask::PrepareProposal(request) => Answer::PrepareProposal(app.prepare_proposal(request)),
        Ask::ProcessProposal(request) => Answer::ProcessProposal(app.process_proposal(request)),
        Ask::ExtendVote(request) => Answer::ExtendVote(app.extend_vote(request)),
        Ask::VerifyVoteExtension(request) => {
            Answer::VerifyVoteExtension(app.verify_vote_extension(request))
        }
        Ask::FinalizeBlock(request) => Answer::FinalizeBlock(app.finalize_block(request)),
    };
    response(value)
}

/// An exception: CometBFT reads it, logs the reason, and stops that connection.
pub(super) fn exception(reason: impl ToString) -> Response {
    response(Answer::Exception(ResponseException {
        error: reason.to_string(),
    }))
}

pub(super) fn response(value: Answer) -> Response {
    Response { value: Some(value) }
}
