use super::*;
use crate::wait::wait_for;
use prost::Message as _;
use std::os::unix::fs::FileTypeExt;
use tendermint_proto::v0_38::abci::{
    Request, RequestCheckTx, RequestFinalizeBlock, RequestFlush, RequestInfo, Response,
    ResponseCheckTx, ResponseFinalizeBlock, ResponseFlush, ResponseInfo, request, response,
};

fn asks(value: request::Value) -> Vec<u8> {
    Request { value: Some(value) }.encode_length_delimited_to_vec()
}

fn answers(value: response::Value) -> Vec<u8> {
    Response { value: Some(value) }.encode_length_delimited_to_vec()
}

fn info(height: i64) -> Vec<u8> {
    answers(response::Value::Info(ResponseInfo {
        last_block_height: height,
        ..ResponseInfo::default()
    }))
}

struct Between {
    folder: tempfile::TempDir,
    application: UnixListener,
    recorder: Recorder,
}

impl Between {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let application = UnixListener::bind(at("app")).expect("a socket");
        let recorder = Recorder::start(&at("recorder.sock"), &at("app"), &at("recording"));
        Self {
            recorder: recorder.expect("a recorder"),
            application,
            folder,
        }
    }

    /// A connection: CometBFT's end and the application's.
    fn connect(&self) -> (UnixStream, UnixStream) {
        let comet = UnixStream::connect(self.folder.path().join("recorder.sock"));
        let (application, _) = self.application.accept().expect("the recorder dials");
        (comet.expect("it listens"), application)
    }

    fn recording(&self) -> Vec<String> {
        let path = self.recorder.recording().expect("written");
        let text = fs::read_to_string(path).expect("a recording");
        text.lines().map(str::to_owned).collect()
    }
}

fn send(mut stream: &UnixStream, bytes: &[u8]) {
    stream.write_all(bytes).expect("sent");
}

fn receive(mut stream: &UnixStream, bytes: &[u8]) {
    let mut received = vec![0; bytes.len()];
    stream.read_exact(&mut received).expect("received");
    assert!(received == bytes, "the same bytes");
}

fn is_at_its_end(mut stream: &UnixStream) -> bool {
    stream.read(&mut [0]).expect("read") == 0
}

#[test]
fn bytes_pass_untouched_and_what_matters_is_written_down() {
    let between = Between::new();
    let file = fs::metadata(between.folder.path().join("recorder.sock")).expect("a socket");
    assert!(file.file_type().is_socket());
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    let (comet, application) = between.connect();
    let block = asks(request::Value::FinalizeBlock(RequestFinalizeBlock {
        txs: vec![vec![3; 1_000_000].into()],
        height: 6,
        ..RequestFinalizeBlock::default()
    }));
    let check = asks(request::Value::CheckTx(RequestCheckTx::default()));
    let flush = asks(request::Value::Flush(RequestFlush {}));
    let many = [check.repeat(500), flush].concat();
    thread::scope(|scope| {
        scope.spawn(|| {
            for bytes in [
                &asks(request::Value::Info(RequestInfo::default())),
                &block,
                &many,
            ] {
                send(&comet, bytes);
            }
        });
        receive(
            &application,
            &asks(request::Value::Info(RequestInfo::default())),
        );
        receive(&application, &block);
        receive(&application, &many);
    });
    let checked = answers(response::Value::CheckTx(ResponseCheckTx::default()));
    let all = [
        info(5),
        answers(response::Value::FinalizeBlock(
            ResponseFinalizeBlock::default(),
        )),
        checked.repeat(500),
        answers(response::Value::Flush(ResponseFlush {})),
    ]
    .concat();
    send(&application, &all);
    receive(&comet, &all);
    drop(comet);
    assert!(is_at_its_end(&application), "one end's end is the other's");
    let recording = wait_for("the connection's end", || {
        let recording = between.recording();
        (recording.len() == 6).then_some(recording)
    });
    assert_eq!(recording[0], format!("1 opened {}", std::process::id()));
    assert_eq!(recording[5], "1 closed");
    for line in [
        "1 > Info",
        "1 < Info 5",
        "1 > FinalizeBlock 6",
        "1 < FinalizeBlock",
    ] {
        assert!(
            recording.iter().any(|recorded| recorded == line),
            "{line}: {recording:?}"
        );
    }
}

#[test]
fn a_frame_is_held_until_it_is_known_what_becomes_of_it() {
    let between = Between::new();
    let ask = asks(request::Value::Info(RequestInfo::default()));
    let moment = |side| Moment {
        side,
        kind: Kind::Info,
    };
    // Held before the application, then passed on; held behind it, then dropped.
    let hold = between.recorder.hold(moment(Side::Before));
    let (comet, application) = between.connect();
    send(&comet, &ask);
    assert_eq!(hold.caught(), None);
    application.set_nonblocking(true).expect("set");
    let nothing = (&application).read(&mut [0]).expect_err("nothing came");
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    application.set_nonblocking(false).expect("set");
    hold.release();
    receive(&application, &ask);
    let hold = between.recorder.hold(moment(Side::After));
    send(&application, &info(8));
    assert_eq!(hold.caught(), Some(8));
    assert!(hold.is_caught());
    drop(hold);
    assert!(is_at_its_end(&comet) && is_at_its_end(&application));
    // One that never caught anything is in nobody's way.
    drop(between.recorder.hold(moment(Side::After)));
    let (comet, application) = between.connect();
    send(&comet, &ask);
    receive(&application, &ask);
    send(&application, &info(8));
    receive(&comet, &info(8));
    between.recorder.judged().expect("the grammar allows it");
}

#[test]
fn an_answer_to_nothing_and_a_call_out_of_order_are_violations() {
    for (ask, answer, expected) in [
        (
            asks(request::Value::Info(RequestInfo::default())),
            answers(response::Value::CheckTx(ResponseCheckTx::default())),
            "CheckTx answers Info",
        ),
        (
            asks(request::Value::FinalizeBlock(
                RequestFinalizeBlock::default(),
            )),
            answers(response::Value::FinalizeBlock(
                ResponseFinalizeBlock::default(),
            )),
            "FinalizeBlock 0`, is not allowed here",
        ),
    ] {
        let between = Between::new();
        let (comet, application) = between.connect();
        send(&comet, &ask);
        receive(&application, &ask);
        send(&application, &answer);
        let violation = wait_for("a violation", || between.recorder.judged().err());
        assert!(violation.to_string().contains(expected), "{violation}");
    }
}

/// Set in the process that is to end.
const FATAL: &str = "NEXUS_TESTS_FATAL_VIOLATION";

#[test]
fn a_violation_ends_the_process_of_a_network_that_nobody_ends() {
    if std::env::var_os(FATAL).is_some() {
        let between = Between::new();
        between.recorder.end_process_on_violation();
        let (comet, _application) = between.connect();
        send(
            &comet,
            &asks(request::Value::FinalizeBlock(
                RequestFinalizeBlock::default(),
            )),
        );
        wait_for("the end of this process", || None::<()>);
    }
    let this = std::env::current_exe().expect("this program");
    let ended = std::process::Command::new(this)
        .args(["--nocapture", "a_violation_ends_the_process"])
        .env(FATAL, "1")
        .output()
        .expect("it runs");
    assert_eq!(ended.status.code(), Some(VIOLATED), "{ended:?}");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("the beginning of a life"), "{said}");
}
