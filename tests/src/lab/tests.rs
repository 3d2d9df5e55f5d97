//! The laboratory itself: what is cut is cut, what is slow is slow, what is lost is lost.

use super::{Lab, Link};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// Datagrams sent to see how many are lost.
const DATAGRAMS: u32 = 1_000;

/// Between two of them, so that none waits in a queue that overflows.
const BETWEEN: Duration = Duration::from_micros(200);

/// A laboratory, or a note that none can be built here.
fn lab(name: &str) -> Option<Lab> {
    if let Some(reason) = Lab::unavailable() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {name}: {reason}");
        return None;
    }
    Some(Lab::new(3, 7).expect("a laboratory"))
}

fn at(machine: usize) -> SocketAddr {
    (Lab::address(machine), 4_000).into()
}

/// A server on a machine that sends back what it gets, for as long as the connection lasts.
fn echo(lab: &Lab, machine: usize) -> std::thread::JoinHandle<()> {
    let listener = lab.on(machine, || TcpListener::bind(at(machine)).expect("a port"));
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a caller");
        let mut byte = [0];
        while connection.read_exact(&mut byte).is_ok() {
            connection.write_all(&byte).expect("an answer");
        }
    })
}

fn round_trip(connection: &mut TcpStream) -> std::io::Result<Duration> {
    let started = Instant::now();
    connection.write_all(&[1])?;
    connection.read_exact(&mut [0])?;
    Ok(started.elapsed())
}

#[test]
fn a_cut_machine_is_reached_only_by_the_observer_until_it_is_healed() {
    let Some(lab) = lab("a_cut_machine_is_reached_only_by_the_observer_until_it_is_healed") else {
        return;
    };
    let server = echo(&lab, 1);
    let mut connection = lab.on(0, || TcpStream::connect(at(1)).expect("a connection"));
    round_trip(&mut connection).expect("an answer over a whole link");
    lab.isolate(1);
    connection
        .set_read_timeout(Some(Duration::from_millis(500)))
        .expect("set");
    assert!(round_trip(&mut connection).is_err(), "the link is cut");
    let seen = lab.observer().run(|| {
        let socket = UdpSocket::bind("0.0.0.0:0").expect("a socket");
        let echo = lab.on(1, || UdpSocket::bind(at(1)).expect("a socket"));
        socket.send_to(b"there?", at(1)).expect("sent");
        echo.recv(&mut [0; 16]).expect("received")
    });
    assert_eq!(seen, 6, "the observer's link is never cut");
    lab.heal();
    connection.set_read_timeout(None).expect("set");
    // TCP sends again what was lost.
    connection.read_exact(&mut [0]).expect("the answer arrives");
    drop(connection);
    server.join().expect("the server");
}

#[test]
fn a_split_leaves_each_side_whole() {
    let Some(lab) = lab("a_split_leaves_each_side_whole") else {
        return;
    };
    lab.split(&[2]);
    let server = echo(&lab, 0);
    let mut connection = lab.on(1, || TcpStream::connect(at(0)).expect("a connection"));
    round_trip(&mut connection).expect("an answer within one side");
    drop(connection);
    server.join().expect("the server");
    let across = lab.on(2, || {
        TcpStream::connect_timeout(&at(0), Duration::from_millis(500))
    });
    assert!(across.is_err(), "nothing crosses the split");
}

#[test]
fn delay_is_a_lower_bound_and_loss_is_the_share_that_was_asked_for() {
    let Some(lab) = lab("delay_is_a_lower_bound_and_loss_is_the_share_that_was_asked_for") else {
        return;
    };
    lab.disturb(Link {
        delay: Duration::from_millis(30),
        jitter: Duration::from_millis(10),
        lost_per_mille: 0,
    });
    let server = echo(&lab, 1);
    let mut connection = lab.on(0, || TcpStream::connect(at(1)).expect("a connection"));
    let took = round_trip(&mut connection).expect("an answer");
    assert!(
        took >= Duration::from_millis(40),
        "there and back: {took:?}"
    );
    drop(connection);
    server.join().expect("the server");

    lab.disturb(Link {
        lost_per_mille: 200,
        ..Link::WHOLE
    });
    let before = lab.dropped();
    let receiver = lab.on(1, || UdpSocket::bind(at(1)).expect("a socket"));
    let sender = lab.on(0, || UdpSocket::bind(at(0)).expect("a socket"));
    receiver
        .set_read_timeout(Some(Duration::from_secs(2)))
        .expect("set");
    // It reads all the while: what a socket has no room for is lost as well.
    let arrived = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut arrived = 0;
            while receiver.recv(&mut [0; 16]).is_ok() {
                arrived += 1;
            }
            arrived
        });
        for number in 0..DATAGRAMS {
            let sent = sender.send_to(&number.to_be_bytes(), at(1));
            sent.expect("sent, or held back until the address is known");
            std::thread::sleep(BETWEEN);
        }
        reader.join().expect("the reader")
    });
    assert!(arrived < DATAGRAMS, "some are lost");
    assert!(arrived > DATAGRAMS / 2, "most arrive: {arrived}");
    assert!(lab.dropped() > before);
}
