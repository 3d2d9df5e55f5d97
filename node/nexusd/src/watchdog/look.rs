//! Looking, again and again, until there is a reason to end the node.

use std::time::{Duration, Instant};

use nexus_rpc::Comet;
use nexus_sdk::client::Client;
use nexus_store::{ReadView, Views};
use nexus_types::Hash;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::ask::{self, Told};
use super::clock::{self, Measured};
use super::figures::{Alarm, Figures};
use super::judge::{Pace, Proven, Standing, compare};
use super::proof;
use crate::config;
use crate::error::Error;
use crate::home::Home;

/// Between two reads of our own height: a block's interval.
const TICK: Duration = Duration::from_secs(1);

/// Without a block for so long, others are asked whether there is one. A lost round or two take less.
const LOOK_AFTER: Duration = Duration::from_secs(5);

/// Between two questions to others while we stand.
const CLOSE: Duration = Duration::from_secs(3);

/// Between two questions to others while all is well, the one for their clocks included.
const CALM: Duration = Duration::from_secs(30);

/// Without a block for so long, with nobody having one, the log says so.
const STILL_AFTER: Duration = Duration::from_secs(30);

/// Between two lines of the log about the same thing that goes on.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// Times in a row that the clock must be found wrong: one answer may have been delayed on one way only.
const CLOCK_FINDINGS: u32 = 2;

/// What is watched.
pub(crate) struct Subject {
    pub(crate) home: Home,
    pub(crate) chain_id: String,
    pub(crate) views: Views,
    pub(crate) comet: Comet,
    pub(crate) figures: Figures,
}

/// A running watchdog.
pub(crate) struct Watchdog {
    task: JoinHandle<()>,
    ended: oneshot::Receiver<Error>,
}

/// The nodes to compare with.
pub(crate) fn clients(config: &config::Watchdog) -> Result<Vec<Client>, Error> {
    let clients = config.peers.iter().map(|peer| Client::new(peer));
    clients
        .collect::<Result<_, _>>()
        .map_err(|error| Error::Usage(format!("watchdog.peers: {error}")))
}

impl Watchdog {
    /// Starts watching.
    pub(crate) fn start(subject: Subject, peers: Vec<Client>, frozen_after: Duration) -> Self {
        let (tell, ended) = oneshot::channel();
        let looking = Looking {
            subject,
            peers,
            pace: Pace::new(frozen_after),
            clock_findings: 0,
            said: Vec::new(),
        };
        let task = tokio::spawn(async move {
            let reason = looking.run().await;
            // Nobody listens any more when the node is ending already.
            let _ = tell.send(reason);
        });
        Self { task, ended }
    }

    /// Why the node must end; never comes while all is well.
    pub(crate) async fn ended(&mut self) -> Error {
        match (&mut self.ended).await {
            Ok(reason) => reason,
            Err(_) => Error::Io {
                doing: "watch this node".to_owned(),
                source: std::io::Error::other("the watchdog ended without a reason"),
            },
        }
    }

    /// Ends it.
    pub(crate) fn stop(self) {
        self.task.abort();
    }
}

pub(super) struct Looking {
    pub(super) subject: Subject,
    peers: Vec<Client>,
    pub(super) pace: Pace,
    clock_findings: u32,
    /// What the log said lately, and when.
    said: Vec<(String, Instant)>,
}

/// What others say about the block above ours.
pub(super) struct Seen {
    pub(super) told: Vec<Told>,
    pub(super) consensus: Option<Result<Value, String>>,
    pub(super) proven: Vec<Proven>,
}

impl Looking {
    async fn run(mut self) -> Error {
        let mut last = Instant::now();
        let mut looked = last;
        let mut compared = last;
        let mut height = None;
        loop {
            sleep(TICK).await;
            let now = Instant::now();
            let view = self.subject.views.latest().ok().flatten();
            self.pace.see(
                view.as_ref().map(ReadView::height),
                now.duration_since(last),
            );
            last = now;
            let unchanged = self.pace.unchanged();
            self.subject
                .figures
                .unchanged_seconds
                .set(unchanged.as_secs());
            let Some(view) = view else { continue };

            let fresh = height.replace(view.height()) != Some(view.height());
            let wait = until_clocks(unchanged, self.clock_findings);
            if now.duration_since(compared) >= wait || (fresh && is_dated_ahead(&view)) {
                compared = now;
                if let Some(reason) = self.compare_clocks(&view).await {
                    return self.end_by_clock(&view, reason).await;
                }
            }
            let pause = if unchanged < LOOK_AFTER { CALM } else { CLOSE };
            if now.duration_since(looked) >= pause {
                looked = now;
                if let Some(reason) = self.look(&view, unchanged >= LOOK_AFTER).await {
                    return reason;
                }
            }
        }
    }

    /// One look at the others; a reason if the node must end.
    async fn look(&mut self, view: &ReadView, closely: bool) -> Option<Error> {
        let seen = self.ask(view, closely).await;
        let differs = seen.proven.iter().find_map(|proven| {
            compare(proven, |height| {
                view.info_at(height).ok().map(|info| Hash(info.app_hash))
            })
        });
        self.subject.figures.set(Alarm::Diverged, differs.is_some());
        if let Some(divergence) = differs {
            self.subject.figures.mismatches.inc();
            return Some(self.end_by_divergence(view, &divergence, &seen).await);
        }
        for proven in seen.proven.iter().filter(|proven| proven.decided) {
            self.pace.proven(proven.height);
        }
        self.report(view, &seen).await
    }

    async fn ask(&mut self, view: &ReadView, closely: bool) -> Seen {
        // Above ours while we stand; otherwise our own, which carries what we had one block earlier.
        let height = view.height().saturating_add(u64::from(closely));
        let own = async {
            match closely {
                true => Some(ask::consensus(&self.subject.comet).await),
                false => None,
            }
        };
        let (told, consensus) = tokio::join!(ask::peers(&self.peers, height), own);
        let mut proven = self.prove(view, height, &told);
        let held = consensus.as_ref().and_then(|answer| answer.as_ref().ok());
        proven.extend(held.and_then(proof::of_own_comet));
        self.count(&told, &proven);
        Seen {
            told,
            consensus,
            proven,
        }
    }

    /// The headers that other nodes show and the validators signed.
    fn prove(&mut self, view: &ReadView, height: u64, told: &[Told]) -> Vec<Proven> {
        let validators = match proof::validators(view) {
            Ok(validators) => validators,
            Err(error) => {
                tracing::error!(%error, "this node's state does not say who the validators are");
                return Vec::new();
            }
        };
        let chain_id = self.subject.chain_id.clone();
        let mut proven = Vec::new();
        for one in told {
            let Ok(block) = one.block.clone() else {
                continue;
            };
            match proof::of_peer(block, &chain_id, height, &validators, &one.from) {
                Ok(header) => proven.push(header),
                Err(why) => {
                    self.subject.figures.unproven.inc();
                    if self.is_news(&format!("unproven {}", one.from)) {
                        tracing::error!(
                            node = %one.from, height, %why,
                            "a watched node shows a header that proves nothing; it is not believed. Ask its operator"
                        );
                    }
                }
            }
        }
        proven
    }

    fn count(&self, told: &[Told], proven: &[Proven]) {
        let figures = &self.subject.figures;
        let heights = told.iter().filter_map(|one| one.height);
        if let Some(highest) = heights.clone().max() {
            figures.peers_height.set(highest);
        }
        figures
            .peers_answering
            .set(u64::try_from(heights.count()).unwrap_or(u64::MAX));
        if let Some(highest) = proven.iter().map(|one| one.height).max() {
            figures.proven_height.set(highest);
        }
    }

    /// Says how this node stands; a reason if it must end.
    async fn report(&mut self, view: &ReadView, seen: &Seen) -> Option<Error> {
        let standing = self.pace.standing(STILL_AFTER);
        let silent = matches!(seen.consensus, Some(Err(_)));
        let figures = &self.subject.figures;
        figures.set(Alarm::Still, standing == Standing::Still);
        figures.set(
            Alarm::Behind,
            matches!(standing, Standing::Behind | Standing::Frozen),
        );
        figures.set(Alarm::CometSilent, silent);
        let (height, for_s) = (view.height(), self.pace.unchanged().as_secs());
        if let Some(Err(why)) = &seen.consensus
            && self.is_news("silent")
        {
            tracing::error!(height, for_s, %why, "CometBFT beside this node does not answer");
        }
        match standing {
            Standing::Moving => None,
            Standing::Still => {
                if self.is_news("still") {
                    tracing::warn!(
                        height,
                        for_s,
                        "no new block, and nobody shows one: perhaps fewer than two thirds of the validators are there"
                    );
                }
                None
            }
            Standing::Behind => {
                if self.is_news("behind") {
                    tracing::error!(
                        height,
                        for_s,
                        "the validators signed a further block, and this node does not get to it"
                    );
                }
                None
            }
            Standing::Frozen => Some(self.end_by_freezing(view, seen).await),
        }
    }

    /// Compares clocks; the finding if the node must end.
    async fn compare_clocks(&mut self, view: &ReadView) -> Option<Measured> {
        let samples = clock::measure(&self.peers).await;
        let by_peers = clock::judge(&samples);
        let figures = &self.subject.figures;
        if let Some(measured) = by_peers {
            figures.clock_offset_ms.set(measured.median);
        }
        let found = clock::finding(by_peers, ahead_of_us(view));
        figures.set(Alarm::Clock, found.is_some());
        let Some(found) = found else {
            self.clock_findings = 0;
            return None;
        };
        self.clock_findings = self.clock_findings.saturating_add(1);
        if self.is_news("clock") {
            tracing::error!(
                others_ahead_ms = found.measured.agreed,
                answers = found.measured.answers,
                "this machine's clock is wrong; at {} s the node ends itself. Put the clock right (chronyc makestep)",
                clock::seconds(clock::END)
            );
        }
        (found.ends && self.clock_findings >= CLOCK_FINDINGS).then_some(found.measured)
    }

    /// Whether this was not said lately.
    fn is_news(&mut self, what: &str) -> bool {
        let now = Instant::now();
        self.said
            .retain(|(_, when)| now.duration_since(*when) < SAY_AGAIN);
        let is_news = self.said.iter().all(|(said, _)| said != what);
        if is_news {
            self.said.push((what.to_owned(), now));
        }
        is_news
    }
}

/// Between two comparisons of clocks. A clock that was found wrong is looked at again at once, as is that of a node that
/// stands: one that was set back by a minute cannot take the next block, and should end because of its clock.
fn until_clocks(unchanged: Duration, findings: u32) -> Duration {
    if unchanged >= LOOK_AFTER || findings > 0 {
        CLOSE
    } else {
        CALM
    }
}

/// Milliseconds by which the last block's time is ahead of this machine's clock; negative as a rule.
fn ahead_of_us(view: &ReadView) -> i64 {
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    signed(view.time_ms()).saturating_sub(signed(clock::now_ms()))
}

fn is_dated_ahead(view: &ReadView) -> bool {
    ahead_of_us(view) >= clock::START
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared_more_often_where_one_may_be_wrong() {
        assert_eq!(until_clocks(Duration::ZERO, 0), CALM);
        assert_eq!(until_clocks(Duration::ZERO, 1), CLOSE);
        assert_eq!(until_clocks(LOOK_AFTER, 0), CLOSE);
    }

    #[test]
    fn a_standing_node_with_a_wrong_clock_ends_before_it_counts_as_frozen() {
        let found = LOOK_AFTER + CLOSE * (CLOCK_FINDINGS - 1) + TICK;
        let frozen = Duration::from_secs(*config::FROZEN_AFTER_RANGE.start());
        assert!(found < frozen, "{found:?} against {frozen:?}");
    }
}
