//! What a frame may become in memory, judged before it is decoded.
//!
//! A decoded list costs memory by its items, not by its bytes: an empty transaction has two bytes in the frame and 32 in
//! memory, an empty vote has two and 120. A frame of [`super::MAX_FRAME_BYTES`] made of nothing but these would decode
//! to nearly 4 GiB. So the requests that hold lists have a limit of their own, far below.

/// Bytes of a frame whose request holds lists (`InitChain`, `PrepareProposal`, `ProcessProposal`, `FinalizeBlock`):
/// 9 MiB.
///
/// A block has at most 8 MiB by genesis, and so have the candidates for a proposal; the votes of 64 validators take a few
/// KiB; a genesis file has at most 1 MiB. The smallest item takes two bytes of the frame and at most 128 in memory. A
/// stranger's block can hold only transactions in such numbers, of 32 bytes each: 144 MiB, and half as much again while
/// the list grows. Longer items could only come from this node's own CometBFT.
pub const MAX_LIST_BYTES: usize = 9 * 1024 * 1024;

/// Field numbers of `Request`'s kinds that hold lists (CometBFT v0.38, `abci/types.proto`).
const WITH_LISTS: [u64; 4] = [
    INIT_CHAIN,
    PREPARE_PROPOSAL,
    PROCESS_PROPOSAL,
    FINALIZE_BLOCK,
];
const INIT_CHAIN: u64 = 5;
const PREPARE_PROPOSAL: u64 = 16;
const PROCESS_PROPOSAL: u64 = 17;
const FINALIZE_BLOCK: u64 = 20;

/// Protobuf's wire type of a field with a length: every kind of request is one.
const LENGTH_DELIMITED: u64 = 2;

/// Why a frame is not decoded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum WeightError {
    #[error("request refused: not one message that fills its frame")]
    NotOne,
    #[error(
        "request of {bytes} bytes refused: at most {MAX_LIST_BYTES} bytes are taken of requests that hold lists"
    )]
    Lists { bytes: usize },
}

/// Whether a frame may be decoded: it is empty, or exactly one field, and no larger than its kind may be. (Protobuf would
/// merge further fields of one kind into one request, and so carry lists behind a small first one.)
pub(super) fn check(frame: &[u8]) -> Result<(), WeightError> {
    if frame.is_empty() {
        return Ok(());
    }
    let mut rest = frame;
    let tag = varint(&mut rest)?;
    if tag & 7 != LENGTH_DELIMITED || varint(&mut rest)? != rest.len() as u64 {
        return Err(WeightError::NotOne);
    }
    if WITH_LISTS.contains(&(tag >> 3)) && frame.len() > MAX_LIST_BYTES {
        return Err(WeightError::Lists { bytes: frame.len() });
    }
    Ok(())
}

fn varint(rest: &mut &[u8]) -> Result<u64, WeightError> {
    prost::encoding::decode_varint(rest).map_err(|_| WeightError::NotOne)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use tendermint_proto::v0_38::abci::request::Value as Ask;
    use tendermint_proto::v0_38::abci::*;

    use super::*;

    fn frame(ask: Ask) -> Vec<u8> {
        Request { value: Some(ask) }.encode_to_vec()
    }

    #[test]
    fn the_kinds_with_lists_are_those_of_the_protocol() {
        let asks = [
            Ask::InitChain(RequestInitChain::default()),
            Ask::PrepareProposal(RequestPrepareProposal::default()),
            Ask::ProcessProposal(RequestProcessProposal::default()),
            Ask::FinalizeBlock(RequestFinalizeBlock::default()),
        ];
        for (ask, field) in asks.into_iter().zip(WITH_LISTS) {
            let tag = varint(&mut frame(ask).as_slice()).expect("a tag");
            assert_eq!(tag, field << 3 | LENGTH_DELIMITED);
        }
    }

    #[test]
    fn a_block_of_nothing_but_empty_transactions_passes_and_a_frame_full_of_them_does_not() {
        let block = |txs: usize| {
            frame(Ask::FinalizeBlock(RequestFinalizeBlock {
                txs: vec![Default::default(); txs],
                ..Default::default()
            }))
        };
        // Two bytes each: the most that a block of 8 MiB can hold.
        assert_eq!(check(&block(4 * 1024 * 1024)), Ok(()));
        let full = block(MAX_LIST_BYTES / 2);
        assert_eq!(check(&full), Err(WeightError::Lists { bytes: full.len() }));
    }

    #[test]
    fn no_item_of_a_list_has_more_bytes_in_memory_than_the_limit_counts_with() {
        let sizes = [
            size_of::<bytes::Bytes>(),
            size_of::<ExtendedVoteInfo>(),
            size_of::<VoteInfo>(),
            size_of::<Misbehavior>(),
            size_of::<ValidatorUpdate>(),
            size_of::<String>(),
        ];
        assert!(sizes.iter().all(|size| *size <= 128), "{sizes:?}");
    }

    #[test]
    fn what_has_no_list_may_fill_the_frame() {
        let chunk = frame(Ask::ApplySnapshotChunk(RequestApplySnapshotChunk {
            chunk: vec![1; 2 * MAX_LIST_BYTES].into(),
            ..Default::default()
        }));
        assert_eq!(check(&chunk), Ok(()));
    }

    #[test]
    fn a_list_cannot_hide_behind_another_field() {
        let mut bytes = frame(Ask::Flush(RequestFlush {}));
        bytes.extend(frame(Ask::FinalizeBlock(RequestFinalizeBlock::default())));
        assert_eq!(check(&bytes), Err(WeightError::NotOne));
        // Inside a group, or with a number instead of a message.
        assert_eq!(check(&[0x0b, 0x0c]), Err(WeightError::NotOne));
        assert_eq!(check(&[0x08, 0x01]), Err(WeightError::NotOne));
        assert_eq!(check(&[0xff; 11]), Err(WeightError::NotOne));
        assert_eq!(check(&[]), Ok(()));
    }
}
