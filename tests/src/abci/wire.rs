//! Frames of CometBFT's socket protocol, whole and untouched: `uvarint(length) ‖ protobuf`.

use super::call::Kind;
use nexus_abci::transport::MAX_FRAME_BYTES;
use prost::Message;
use std::io::{self, Read};
use tendermint_proto::v0_38::abci::{Request, Response, request, response};

/// Bytes of a frame's memory that are kept for the next: most frames are far smaller, few are a block.
const KEPT_BYTES: usize = 256 * 1024;

/// Longest varint that can hold a `u64`, in bytes.
const MAX_VARINT_BYTES: usize = 10;

/// Takes the next frame, length included, into `frame`; false at the stream's end. Memory grows with the bytes that
/// came, up to the most that the application's own server takes.
pub(super) fn next_frame(stream: &mut impl Read, frame: &mut Vec<u8>) -> io::Result<bool> {
    frame.clear();
    frame.shrink_to(KEPT_BYTES);
    let mut byte = [0];
    loop {
        match stream.read_exact(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && frame.is_empty() => {
                return Ok(false);
            }
            other => other?,
        }
        frame.push(byte[0]);
        if byte[0] & 0x80 == 0 {
            break;
        }
        if frame.len() == MAX_VARINT_BYTES {
            return Err(bad("its length is no varint"));
        }
    }
    let length = prost::encoding::decode_varint(&mut frame.as_slice());
    let length = length.map_err(|_| bad("its length is no varint"))?;
    if length > MAX_FRAME_BYTES as u64 {
        return Err(bad(format!(
            "{length} bytes are more than a frame may have"
        )));
    }
    let read = stream.take(length).read_to_end(frame)? as u64;
    if read < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(true)
}

fn bad(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// What a request is: its kind, and the height it is about.
pub(super) fn request(frame: &[u8]) -> Result<(Kind, Option<u64>), String> {
    use request::Value;
    let mut message = body(frame)?;
    let kind = kind(message, Kind::of_request)?;
    if !kind.is_recorded() {
        return Ok((kind, None));
    }
    let request = Request::decode(&mut message).map_err(|error| error.to_string())?;
    let height = match request.value {
        Some(Value::InitChain(init)) => Some(init.initial_height),
        Some(Value::PrepareProposal(prepare)) => Some(prepare.height),
        Some(Value::ProcessProposal(process)) => Some(process.height),
        Some(Value::ExtendVote(extend)) => Some(extend.height),
        Some(Value::VerifyVoteExtension(verify)) => Some(verify.height),
        Some(Value::FinalizeBlock(finalize)) => Some(finalize.height),
        Some(Value::OfferSnapshot(offer)) => {
            let height = offer.snapshot.map(|snapshot| snapshot.height);
            return Ok((kind, height));
        }
        _ => None,
    };
    Ok((kind, height.map(known).transpose()?))
}

/// What an answer is: its kind and, for `Info`, the last height the application has committed.
pub(super) fn response(frame: &[u8]) -> Result<(Kind, Option<u64>), String> {
    let mut message = body(frame)?;
    let kind = kind(message, Kind::of_response)?;
    if kind != Kind::Info {
        return Ok((kind, None));
    }
    let response = Response::decode(&mut message).map_err(|error| error.to_string())?;
    let Some(response::Value::Info(info)) = response.value else {
        return Err("an answer that is empty".to_owned());
    };
    Ok((kind, Some(known(info.last_block_height)?)))
}

fn known(height: i64) -> Result<u64, String> {
    u64::try_from(height).map_err(|_| format!("{height} is no height"))
}

fn body(mut frame: &[u8]) -> Result<&[u8], String> {
    prost::encoding::decode_varint(&mut frame).map_err(|error| error.to_string())?;
    Ok(frame)
}

fn kind(mut message: &[u8], of: impl Fn(u32) -> Option<Kind>) -> Result<Kind, String> {
    let key = prost::encoding::decode_key(&mut message);
    let (tag, _) = key.map_err(|error| error.to_string())?;
    of(tag).ok_or_else(|| format!("field {tag} is no method of ABCI"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tendermint_proto::v0_38::abci::{RequestFinalizeBlock, ResponseInfo};

    #[test]
    fn frames_come_out_whole_and_say_what_they_are() {
        let ask = Request {
            value: Some(request::Value::FinalizeBlock(RequestFinalizeBlock {
                txs: vec![vec![7; 300_000].into()],
                height: 12,
                ..RequestFinalizeBlock::default()
            })),
        };
        let answer = Response {
            value: Some(response::Value::Info(ResponseInfo {
                last_block_height: 9,
                ..ResponseInfo::default()
            })),
        };
        let (ask, answer) = (
            ask.encode_length_delimited_to_vec(),
            answer.encode_length_delimited_to_vec(),
        );
        let both = [ask.clone(), answer.clone()].concat();
        let (mut stream, mut frame) = (both.as_slice(), Vec::new());
        assert!(next_frame(&mut stream, &mut frame).expect("a frame"));
        assert_eq!(frame, ask);
        assert_eq!(request(&frame), Ok((Kind::FinalizeBlock, Some(12))));
        assert!(next_frame(&mut stream, &mut frame).expect("a frame"));
        assert_eq!(frame, answer);
        assert_eq!(response(&frame), Ok((Kind::Info, Some(9))));
        assert!(!next_frame(&mut stream, &mut frame).expect("the end"));
    }

    #[test]
    fn half_a_frame_and_a_bad_length_are_errors() {
        let mut frame = Vec::new();
        let half: &[u8] = &[5, 1, 2];
        let error = next_frame(&mut { half }, &mut frame).expect_err("half");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        for length in [[0xff; 10], [0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0]] {
            let error = next_frame(&mut length.as_slice(), &mut frame).expect_err("too long");
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
        assert!(request(&[2, 0xff, 0xff]).is_err());
    }
}
