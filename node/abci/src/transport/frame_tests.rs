use std::collections::VecDeque;

use tendermint_proto::v0_38::abci::{Request, RequestCheckTx, request::Value};

use super::*;

/// A stream that gives out exactly these pieces, one a read.
struct Pieces(VecDeque<Vec<u8>>);

impl Pieces {
    fn of<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(pieces.into_iter().map(<[u8]>::to_vec).collect())
    }
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.0.pop_front() else {
            return Ok(0);
        };
        let count = piece.len().min(out.len());
        out[..count].copy_from_slice(&piece[..count]);
        if count < piece.len() {
            self.0.push_front(piece.split_off(count));
        }
        Ok(count)
    }
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(message.len() as u64, &mut bytes);
    bytes.extend_from_slice(message);
    bytes
}

/// All frames of a stream, and how it ended.
fn drain<R: Read>(reader: &mut FrameReader<R>) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut frames = Vec::new();
    loop {
        while let Some(frame) = reader.next_buffered()? {
            frames.push(frame.to_vec());
        }
        if reader.fill().unwrap() == 0 {
            return Ok(frames);
        }
    }
}

#[test]
fn frames_split_at_every_byte_boundary_come_out_whole() {
    let request = Request {
        value: Some(Value::CheckTx(RequestCheckTx {
            tx: vec![7; 300].into(),
            r#type: 0,
        })),
    };
    let messages = [
        request.encode_to_vec(),
        Vec::new(),
        vec![1; 127],
        vec![2; 128],
    ];
    let stream: Vec<u8> = messages.iter().flat_map(|m| framed(m)).collect();
    for cut in 0..=stream.len() {
        let (head, tail) = stream.split_at(cut);
        let pieces = [head, tail].into_iter().filter(|p| !p.is_empty());
        let mut reader = FrameReader::new(Pieces::of(pieces));
        assert_eq!(drain(&mut reader).unwrap(), messages, "cut at {cut}");
    }
    let mut bytewise = FrameReader::new(Pieces::of(stream.chunks(1)));
    assert_eq!(drain(&mut bytewise).unwrap(), messages, "one byte a read");
}

#[test]
fn a_partial_frame_at_the_buffers_end_is_moved_and_completed() {
    let first = framed(&vec![1; READ_BUFFER_BYTES - 10]);
    let second = framed(&vec![2; 5_000]);
    let stream = [first, second].concat();
    let mut reader = FrameReader::new(Pieces::of([&stream[..]]));
    let frames = drain(&mut reader).unwrap();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1], vec![2; 5_000]);
    assert_eq!(reader.capacity(), READ_BUFFER_BYTES, "no growth was needed");
}

#[test]
fn a_large_frame_grows_the_buffer_only_to_its_size_and_then_gives_it_back() {
    let message = vec![9; 3 * 1024 * 1024];
    let stream = framed(&message);
    let mut reader = FrameReader::new(Pieces::of(stream.chunks(10_000)));
    let mut largest = 0;
    let got = loop {
        if let Some(frame) = reader.next_buffered().unwrap() {
            break frame.to_vec();
        }
        assert_ne!(reader.fill().unwrap(), 0, "stream ended early");
        largest = largest.max(reader.capacity());
    };
    assert_eq!(got, message);
    assert_eq!(largest, stream.len());
    assert_eq!(reader.fill().unwrap(), 0);
    assert_eq!(reader.capacity(), READ_BUFFER_BYTES);
}

#[test]
fn a_length_alone_reserves_nothing() {
    let mut promise = Vec::new();
    prost::encoding::encode_varint(MAX_FRAME_BYTES as u64, &mut promise);
    let mut reader = FrameReader::new(Pieces::of([&promise[..]]));
    assert_eq!(drain(&mut reader).unwrap(), Vec::<Vec<u8>>::new());
    assert_eq!(reader.capacity(), READ_BUFFER_BYTES);
}

#[test]
fn a_frame_of_exactly_the_limit_passes_and_one_byte_more_is_refused() {
    let message = vec![3; MAX_FRAME_BYTES];
    let stream = framed(&message);
    let mut reader = FrameReader::new(&stream[..]);
    assert_eq!(drain(&mut reader).unwrap(), [message]);

    let length = MAX_FRAME_BYTES as u64 + 1;
    let mut promise = Vec::new();
    prost::encoding::encode_varint(length, &mut promise);
    let mut reader = FrameReader::new(&promise[..]);
    assert_eq!(drain(&mut reader), Err(FrameError::TooLong { length }));
}

#[test]
fn lengths_that_are_no_u64_are_refused() {
    for bad in [
        [0xff; 10],
        [0x80; 10],
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
    ] {
        let mut reader = FrameReader::new(&bad[..]);
        assert_eq!(drain(&mut reader), Err(FrameError::BadLength), "{bad:?}");
    }
    let largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    let mut reader = FrameReader::new(&largest[..]);
    assert_eq!(
        drain(&mut reader),
        Err(FrameError::TooLong { length: u64::MAX })
    );
}

/// Takes a few bytes, then reports a timeout, as a stalled peer does.
struct Stalling {
    taken: Vec<u8>,
    calls: usize,
}

impl Write for Stalling {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(2) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(3);
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stalled_peer_is_waited_for_until_the_server_stops() {
    let request = Request {
        value: Some(Value::CheckTx(RequestCheckTx {
            tx: vec![5; 200].into(),
            r#type: 0,
        })),
    };
    let stalling = || Stalling {
        taken: Vec::new(),
        calls: 0,
    };

    let mut writer = FrameWriter::new(stalling());
    writer.push(&request);
    writer.push(&request);
    writer.flush(|| false).unwrap();
    let mut reader = FrameReader::new(&writer.stream.taken[..]);
    assert_eq!(
        drain(&mut reader).unwrap(),
        [request.encode_to_vec(), request.encode_to_vec()]
    );

    let mut writer = FrameWriter::new(stalling());
    writer.push(&request);
    let error = writer.flush(|| true).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}
