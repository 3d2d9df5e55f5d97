//! The server against a client that speaks CometBFT's socket protocol, byte for byte.

mod fake_comet;

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener;

use fake_comet::{Client, TestApp, check_tx, connect, echo, prepare, start, start_at, wait_until};
use nexus_abci::transport::{
    MAX_CHECK_TX_BATCH, MAX_FRAME_BYTES, ServeError, ServerConfig, ShutdownError, serve,
};
use tendermint_proto::v0_38::abci::{
    RequestCommit, RequestFinalizeBlock, RequestFlush, RequestInfo, RequestListSnapshots,
    RequestQuery, request::Value as Ask, response::Value as Answer,
};

#[test]
fn answers_5000_pipelined_check_txs_in_order() {
    let (server, app) = start();
    let mut client = connect(&server);
    let mut writer = client.second_half();
    let sender = std::thread::spawn(move || {
        for number in 0..5_000_u32 {
            writer.send(check_tx(&number.to_be_bytes()));
        }
        writer.send(Ask::Flush(RequestFlush {}));
    });
    for number in 0..5_000_u32 {
        let Answer::CheckTx(answer) = client.receive() else {
            panic!("answer {number} is no CheckTx");
        };
        assert_eq!(answer.data.as_ref(), number.to_be_bytes());
    }
    assert!(matches!(client.receive(), Answer::Flush(_)));
    sender.join().unwrap();

    let batches = app.batches();
    assert_eq!(batches.iter().sum::<usize>(), 5_000);
    assert!(batches.iter().all(|&size| size <= MAX_CHECK_TX_BATCH));
    server.shutdown().unwrap();
}

#[test]
fn hands_over_all_check_txs_of_one_read_as_one_batch_up_to_the_cap_and_past_a_flush() {
    let (server, app) = start();
    let mut client = connect(&server);
    let mut bytes = Vec::new();
    for number in 0..MAX_CHECK_TX_BATCH as u32 + 10 {
        bytes.extend(fake_comet::framed(check_tx(&number.to_be_bytes())));
    }
    bytes.extend(fake_comet::framed(Ask::Flush(RequestFlush {})));
    bytes.extend(fake_comet::framed(check_tx(b"after")));
    client.send_raw(&bytes);
    for number in 0..MAX_CHECK_TX_BATCH as u32 + 10 {
        let Answer::CheckTx(answer) = client.receive() else {
            panic!("answer {number} is no CheckTx");
        };
        assert_eq!(answer.data.as_ref(), number.to_be_bytes());
    }
    assert!(matches!(client.receive(), Answer::Flush(_)), "in its place");
    assert!(matches!(client.receive(), Answer::CheckTx(_)));
    assert_eq!(app.batches(), [MAX_CHECK_TX_BATCH, 11]);
    server.shutdown().unwrap();
}

#[test]
fn requests_sent_one_byte_at_a_time_are_answered() {
    let (server, _) = start();
    let mut client = connect(&server);
    for byte in fake_comet::framed(echo("slow")) {
        client.send_raw(&[byte]);
    }
    assert_eq!(client.receive(), fake_comet::echoed("slow"));
    server.shutdown().unwrap();
}

#[test]
fn every_method_reaches_the_application_and_gets_its_own_answer() {
    let (server, _) = start();
    let mut client = connect(&server);
    for (ask, expected) in fake_comet::every_method() {
        client.send(ask);
        assert_eq!(fake_comet::kind(&client.receive()), expected);
    }
    server.shutdown().unwrap();
}

#[test]
fn four_connections_work_side_by_side_and_a_fifth_is_refused() {
    let (server, _) = start();
    let mut clients: Vec<Client> = (0..4).map(|_| connect(&server)).collect();
    for client in &mut clients {
        client.send(Ask::Info(RequestInfo::default()));
        assert!(matches!(client.receive(), Answer::Info(_)));
    }
    let mut fifth = connect(&server);
    assert!(fifth.exception().contains("4 connections are open"));
    assert!(fifth.is_closed());

    clients[0].send(echo("still here"));
    assert_eq!(clients[0].receive(), fake_comet::echoed("still here"));
    clients.pop();
    wait_until(|| server.connections() == 3);
    let mut next = connect(&server);
    next.send(echo("in its place"));
    assert_eq!(next.receive(), fake_comet::echoed("in its place"));
    server.shutdown().unwrap();
}

#[test]
fn a_connection_too_many_gets_the_place_of_one_that_leaves() {
    let (server, _) = start();
    let mut clients: Vec<Client> = (0..4).map(|_| connect(&server)).collect();
    wait_until(|| server.connections() == 4);
    let mut fifth = connect(&server);
    fifth.send(echo("may I"));
    // Long enough for the server to meet the fifth first; if it doesn't, the test is only weaker.
    std::thread::sleep(std::time::Duration::from_millis(50));
    clients.pop();
    assert_eq!(fifth.receive(), fake_comet::echoed("may I"));
    server.shutdown().unwrap();
}

#[test]
fn a_second_consensus_connection_is_refused_until_the_first_is_gone() {
    for intruder in [
        prepare(),
        Ask::FinalizeBlock(RequestFinalizeBlock::default()),
        Ask::Commit(RequestCommit {}),
    ] {
        let (server, app) = start();
        let mut first = connect(&server);
        first.send(prepare());
        assert!(matches!(first.receive(), Answer::PrepareProposal(_)));
        let calls = app.consensus_calls();

        let mut second = connect(&server);
        second.send(Ask::Query(RequestQuery::default()));
        assert!(matches!(second.receive(), Answer::Query(_)));
        second.send(intruder);
        assert!(
            second
                .exception()
                .contains("another connection is the consensus connection")
        );
        assert!(second.is_closed());
        assert_eq!(
            app.consensus_calls(),
            calls,
            "the application was not asked"
        );

        first.send(prepare());
        assert!(matches!(first.receive(), Answer::PrepareProposal(_)));
        drop(first);
        wait_until(|| !server.has_consensus());
        let mut successor = connect(&server);
        successor.send(prepare());
        assert!(matches!(successor.receive(), Answer::PrepareProposal(_)));
        server.shutdown().unwrap();
    }
}

#[test]
fn an_oversize_frame_is_refused_and_the_others_live_on() {
    let (server, _) = start();
    let mut other = connect(&server);
    let mut client = connect(&server);
    let mut frame = Vec::new();
    prost::encoding::encode_varint(MAX_FRAME_BYTES as u64 + 1, &mut frame);
    frame.resize(frame.len() + 100_000, 0);
    client.send_raw(&frame);
    let reason = client.exception();
    assert!(reason.contains("67108865 bytes refused"), "{reason}");
    assert!(client.is_closed());
    other.send(echo("alive"));
    assert_eq!(other.receive(), fake_comet::echoed("alive"));
    server.shutdown().unwrap();
}

#[test]
fn the_largest_frame_is_taken() {
    let (server, _) = start();
    let mut client = connect(&server);
    // A transaction that fills the frame but for its own headers.
    let tx = vec![1; MAX_FRAME_BYTES - 16];
    client.send(check_tx(&tx));
    assert!(matches!(client.receive(), Answer::CheckTx(_)));
    server.shutdown().unwrap();
}

#[test]
fn garbage_is_answered_with_an_exception_after_the_answers_still_owed() {
    let (server, _) = start();
    let mut other = connect(&server);
    for garbage in [
        &[0xff_u8; 64][..],
        b"\x05\xff\xff\xff\xff\xff",
        b"\x03\x42\x7f\x00",
    ] {
        let mut client = connect(&server);
        let mut bytes = fake_comet::framed(check_tx(b"good"));
        bytes.extend_from_slice(garbage);
        client.send_raw(&bytes);
        assert!(matches!(client.receive(), Answer::CheckTx(_)));
        assert!(client.exception().contains("refused"));
        assert!(client.is_closed());
        wait_until(|| server.connections() == 1);
    }
    other.send(echo("alive"));
    assert_eq!(other.receive(), fake_comet::echoed("alive"));
    server.shutdown().unwrap();
}

#[test]
fn unknown_and_empty_requests_get_an_exception_and_the_connection_stays() {
    let (server, _) = start();
    let mut client = connect(&server);
    // InsertTx is field 21 of later CometBFT versions; then a frame of no bytes at all.
    for unknown in [&b"\x03\xaa\x01\x00"[..], b"\x00"] {
        client.send_raw(unknown);
        assert!(client.exception().contains("request refused"));
    }
    client.send(echo("alive"));
    assert_eq!(client.receive(), fake_comet::echoed("alive"));
    server.shutdown().unwrap();
}

#[test]
fn a_block_of_another_program_is_answered_with_an_exception_and_the_application_is_not_asked() {
    let (server, app) = start();
    let mut comet = connect(&server);
    comet.send(prepare());
    assert!(matches!(comet.receive(), Answer::PrepareProposal(_)));
    app.decide_no_more();
    let calls = app.consensus_calls();
    comet.send(Ask::FinalizeBlock(RequestFinalizeBlock::default()));
    assert!(comet.exception().contains("another program decides"));
    assert!(comet.is_closed());
    assert_eq!(app.consensus_calls(), calls);
    // Whoever connects next is served.
    let mut next = connect(&server);
    next.send(Ask::Query(RequestQuery::default()));
    assert!(matches!(next.receive(), Answer::Query(_)));
    server.shutdown().unwrap();
}

#[test]
fn an_application_that_answers_too_few_check_txs_loses_the_connection_not_the_server() {
    let (server, app) = start();
    app.answer_one_too_few();
    let mut client = connect(&server);
    client.send(check_tx(b"x"));
    assert!(
        client
            .exception()
            .contains("answered 0 CheckTx requests of 1")
    );
    assert!(client.is_closed());
    server.shutdown().unwrap();
}

#[test]
fn a_peer_that_leaves_mid_frame_frees_its_place() {
    let (server, _) = start();
    for _ in 0..20 {
        let mut client = connect(&server);
        client.send_raw(b"\x7f\x01\x02");
        drop(client);
    }
    let mut client = connect(&server);
    client.send(echo("fresh"));
    assert_eq!(client.receive(), fake_comet::echoed("fresh"));
    server.shutdown().unwrap();
}

#[test]
fn shutdown_lets_the_running_request_finish_and_answers_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("abci.sock");
    let app = TestApp::default();
    let server = start_at(&socket, app.clone()).unwrap();
    let gate = app.block_finalize();
    let mut idle = connect(&server);
    let mut busy = connect(&server);
    busy.send(Ask::FinalizeBlock(RequestFinalizeBlock::default()));
    gate.wait_entered();

    let stopper = std::thread::spawn(move || server.shutdown());
    assert!(idle.is_closed(), "an idle connection is closed at once");
    assert!(
        !stopper.is_finished(),
        "the running request holds the shutdown up"
    );
    gate.open();
    assert!(matches!(busy.receive(), Answer::FinalizeBlock(_)));
    assert!(busy.is_closed());
    stopper.join().unwrap().unwrap();
    assert!(!socket.exists(), "the socket file is removed");
}

#[test]
fn shutdown_reports_a_panic_of_the_application() {
    let (server, app) = start();
    app.panic_on_query();
    let mut client = connect(&server);
    client.send(Ask::Query(RequestQuery::default()));
    assert!(client.is_closed());
    let mut other = connect(&server);
    other.send(Ask::ListSnapshots(RequestListSnapshots {}));
    assert!(matches!(other.receive(), Answer::ListSnapshots(_)));
    assert!(matches!(
        server.shutdown(),
        Err(ShutdownError::Panicked { count: 1 })
    ));
}

#[test]
fn dropping_the_handle_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("abci.sock");
    let server = start_at(&socket, TestApp::default()).unwrap();
    let mut client = connect(&server);
    client.send(echo("served"));
    assert_eq!(client.receive(), fake_comet::echoed("served"));
    drop(server);
    assert!(client.is_closed());
    assert!(!socket.exists());
}

#[test]
fn the_socket_file_is_for_its_owner_alone() {
    let (server, _) = start();
    let found = fs::metadata(server.socket()).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o7777, 0o600);
    server.shutdown().unwrap();
}

#[test]
fn a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abci.sock");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "the stale file is there");
    let server = start_at(&path, TestApp::default()).unwrap();
    let mut client = connect(&server);
    client.send(echo("new"));
    assert_eq!(client.receive(), fake_comet::echoed("new"));
    server.shutdown().unwrap();

    let again = start_at(&path, TestApp::default()).unwrap();
    again.shutdown().unwrap();
}

#[test]
fn a_live_socket_of_this_server_is_not_replaced() {
    let (server, _) = start();
    let refused = start_at(server.socket(), TestApp::default()).unwrap_err();
    let ServeError::InUse { holder, .. } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(*holder, format!("process {}", std::process::id()));
    let mut client = connect(&server);
    client.send(echo("mine"));
    assert_eq!(client.receive(), fake_comet::echoed("mine"));
    server.shutdown().unwrap();
}

#[test]
fn a_server_whose_socket_file_was_deleted_still_holds_its_path() {
    let (server, _) = start();
    fs::remove_file(server.socket()).unwrap();
    let refused = start_at(server.socket(), TestApp::default()).unwrap_err();
    assert!(matches!(refused, ServeError::InUse { .. }), "{refused}");
    server.shutdown().unwrap();
}

#[test]
fn a_live_socket_of_another_program_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abci.sock");
    let _foreign = UnixListener::bind(&path).unwrap();
    let refused = start_at(&path, TestApp::default()).unwrap_err();
    assert!(matches!(refused, ServeError::InUse { .. }), "{refused}");
    assert!(path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abci.sock");
    fs::write(&path, "precious").unwrap();
    let refused = start_at(&path, TestApp::default()).unwrap_err();
    assert!(
        matches!(refused, ServeError::NotASocket { .. }),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_folder_that_everyone_may_write_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = start_at(&folder.path().join("abci.sock"), TestApp::default()).unwrap_err();
    assert!(
        matches!(refused, ServeError::OpenFolder { .. }),
        "{refused}"
    );
}

#[test]
fn shutdown_leaves_a_successors_socket_alone() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("abci.sock");
    let server = start_at(&socket, TestApp::default()).unwrap();
    fs::remove_file(&socket).unwrap();
    let _successor = UnixListener::bind(&socket).unwrap();
    server.shutdown().unwrap();
    assert!(socket.exists());
}

#[test]
fn a_user_that_is_not_listed_gets_no_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = ServerConfig::new(folder.path().join("abci.sock"));
    let own: u32 = *config.allowed_uids.iter().next().unwrap();
    config.allowed_uids = [own + 1].into();
    let app = TestApp::default();
    let server = serve(config, app.clone()).unwrap();
    let mut client = connect(&server);
    client.try_send_raw(&fake_comet::framed(echo("let me in")));
    assert!(client.is_closed());
    assert_eq!(server.connections(), 0);
    server.shutdown().unwrap();
}
