//! Events over a WebSocket, across the end of the node they come from.

use nexus_sdk::api::{EventFilter, EventItem, EventNotice, SubscribeEventsParams};
use nexus_tests::events::{Seen, Subscriber};
use nexus_tests::load::keep_busy;
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Node, Options};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// From the first block on.
const BEGINNING: &str = "1";

/// Notices after which a follower leaves at the latest, to come back where it was.
const LEAVES_WITHIN: u64 = 6;

/// Numbers below a bound that follow from a seed (xorshift64).
struct Random(u64);

impl Random {
    /// With a seed of this moment, printed.
    fn new() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed().expect("a clock");
        let seed = since.as_nanos() as u64 | 1;
        println!("the follower's seed is {seed}");
        Self(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// Follows a node's events, again and again from where it was, until told to stop and everything up to `until` is seen. It
/// leaves by itself after any number of notices, in the middle of a block as well.
fn follow(node: &Node, seen: &Mutex<Vec<EventItem>>, until: &Mutex<Option<u64>>) -> u32 {
    let mut random = Random::new();
    let mut cursor = BEGINNING.to_owned();
    let mut reached = 0;
    let mut connections = 0;
    loop {
        let params = SubscribeEventsParams {
            from_cursor: Some(cursor.clone()),
            filter: EventFilter::default(),
        };
        let mut subscriber = wait_for("a subscription", || Subscriber::open(node, &params).ok());
        connections += 1;
        let mut patience = 1 + random.below(LEAVES_WITHIN);
        while patience > 0 {
            match subscriber.look() {
                Seen::Notice(notice) => {
                    patience -= 1;
                    match *notice {
                        EventNotice::Event(item) => {
                            cursor.clone_from(&item.cursor);
                            seen.lock().expect("a list").push(item);
                        }
                        EventNotice::Progress { cursor: at, height } => {
                            cursor = at;
                            reached = height.0;
                        }
                        EventNotice::Resync { reason, .. } => panic!("sent back: {reason}"),
                    }
                }
                Seen::Nothing => {}
                Seen::Ended(_) => break,
            }
            if until
                .lock()
                .expect("a height")
                .is_some_and(|until| reached >= until)
            {
                return connections;
            }
        }
    }
}

#[test]
fn a_subscriber_misses_nothing_and_sees_nothing_twice_while_its_node_ends_and_returns() {
    let network = &Network::start(&Options::default());
    let person = network.person("busy");
    let [follower, other] = [&network.nodes[1], &network.nodes[2]];
    let seen = &Mutex::new(Vec::new());
    let until = &Mutex::new(None);
    let stop = &AtomicBool::new(false);
    let connections = thread::scope(|scope| {
        let following = scope.spawn(move || follow(follower, seen, until));
        let busy = keep_busy(scope, network, person, "BUSY".to_owned(), stop);
        let ended = std::panic::catch_unwind(|| {
            for end in [Node::stop, Node::kill] {
                let so_far = seen.lock().expect("a list").len();
                wait_for("more events", || {
                    (seen.lock().expect("a list").len() > so_far + 5).then_some(())
                });
                end(follower);
                // It is away for some blocks.
                other.wait_for_height(other.height().expect("it answers") + 3);
                follower.start();
            }
        });
        stop.store(true, Ordering::Relaxed);
        let told = busy.join().expect("the load's acknowledgements");
        let last = told.acknowledged.last().map_or(1, |last| last.height);
        *until.lock().expect("a height") = Some(last);
        if let Err(panic) = ended {
            std::panic::resume_unwind(panic);
        }
        following.join().expect("a count of connections")
    });
    assert!(
        connections > 3,
        "it was cut off twice, and left by itself: {connections} connections"
    );

    let last = until.lock().expect("a height").expect("a height");
    let seen = seen.lock().expect("a list");
    let seen: Vec<&EventItem> = seen.iter().filter(|item| item.height.0 <= last).collect();
    // What another node has from the beginning, read in pages.
    let all = network.events_from(2, EventFilter::default());
    let all: Vec<&EventItem> = all.iter().filter(|item| item.height.0 <= last).collect();
    assert!(all.len() > 10, "there was something to miss: {}", all.len());
    assert_eq!(seen.len(), all.len());
    for (ours, theirs) in seen.iter().zip(&all) {
        assert_eq!(ours, theirs);
    }
}
