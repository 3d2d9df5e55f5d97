//! People who keep a network busy, and remember what they were told.

use crate::actions::{create, describe};
use crate::network::Network;
use crate::wait::block_on;
use nexus_sdk::api::{
    ListTransactionsParams, Method, Page, SubmitResult, SubmitStatus, TransactionSummary, Wait,
};
use nexus_sdk::keys::Signer;
use nexus_types::Hash;
use nexus_types::encoding::encode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Scope, ScopedJoinHandle, sleep};
use std::time::Duration;

/// Milliseconds a submission waits for its block before it is handed to the next node.
const WAIT_MS: u32 = 5_000;

/// Before bytes that nobody took are handed in again.
const AGAIN_AFTER: Duration = Duration::from_millis(300);

/// A transaction that a node said is in a committed block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acknowledged {
    /// SHA-256 of its bytes.
    pub hash: Hash,
    /// The block.
    pub height: u64,
}

/// What one of them was told.
#[derive(Debug)]
pub struct Told {
    /// Who.
    pub person: Signer,
    /// The first nonce of the load.
    pub first_nonce: u64,
    /// One acknowledgement for each transaction, in order of nonces.
    pub acknowledged: Vec<Acknowledged>,
}

impl Told {
    /// Asserts that every acknowledged transaction stands on every node where it was said to, and that nothing was done
    /// twice.
    ///
    /// # Panics
    /// If that is not so, or nothing was ever acknowledged.
    pub fn assert_nothing_lost(&self, network: &Network) {
        let name = &self.person.name;
        assert!(
            !self.acknowledged.is_empty(),
            "{name} was never told anything"
        );
        for node in &network.nodes {
            let client = node.client();
            for one in &self.acknowledged {
                let found = block_on(client.transaction(one.hash));
                let found =
                    found.unwrap_or_else(|error| panic!("{} at {}: {error}", one.hash, node.name));
                assert_eq!(
                    found.summary.height.0, one.height,
                    "{} at {}",
                    one.hash, node.name
                );
            }
            let params = ListTransactionsParams {
                signer: Some(self.person.identity.into()),
                ..ListTransactionsParams::default()
            };
            let page: Page<TransactionSummary> = node.read(Method::ListTransactions, &params);
            let done = self.first_nonce - 1 + self.acknowledged.len() as u64;
            assert_eq!(page.total.0, done, "{name} at {}: each once", node.name);
        }
    }
}

/// Somebody with an IMVU, who then describes it again and again until told to stop. The same bytes are handed to one
/// node after the other until one says that they are in a block: whoever loses an answer does just that.
pub fn keep_busy<'scope>(
    scope: &'scope Scope<'scope, '_>,
    network: &'scope Network,
    person: Signer,
    imvu: String,
    stop: &'scope AtomicBool,
) -> ScopedJoinHandle<'scope, Told> {
    network.apply(&person, vec![create(&imvu)]);
    let first_nonce = network.next_nonce(person.identity);
    scope.spawn(move || {
        let mut acknowledged = Vec::new();
        for nonce in first_nonce.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let action = describe(&imvu, &format!("nonce {nonce}"));
            let bytes = encode(&network.signed(&person, &[], nonce, action));
            acknowledged.push(hand_in_until_committed(network, &bytes, nonce));
        }
        Told {
            person,
            first_nonce,
            acknowledged,
        }
    })
}

fn hand_in_until_committed(network: &Network, bytes: &[u8], nonce: u64) -> Acknowledged {
    let began = std::time::Instant::now();
    let first = usize::try_from(nonce).unwrap_or(0);
    for turn in first.. {
        let node = &network.nodes[turn % network.nodes.len()];
        let answer = block_on(node.client().submit(bytes, Wait::Committed, WAIT_MS));
        if let Some(acknowledged) = answer.as_ref().ok().and_then(committed) {
            return acknowledged;
        }
        assert!(
            began.elapsed() < crate::wait::PATIENCE,
            "nobody commits it; {} says {answer:?}",
            node.name
        );
        sleep(AGAIN_AFTER);
    }
    unreachable!("turns do not end")
}

fn committed(result: &SubmitResult) -> Option<Acknowledged> {
    let height = result.height.map(|height| height.0);
    (result.status == SubmitStatus::Committed)
        .then_some(height)
        .flatten()
        .map(|height| Acknowledged {
            hash: result.hash.0,
            height,
        })
}
