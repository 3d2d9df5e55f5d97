//! Ending the node: what is kept, what is noted, and what is said.

use std::path::PathBuf;

use nexus_store::ReadView;
use serde_json::json;

use super::ask;
use super::clock::{self, Measured};
use super::evidence::{self, Files};
use super::halted::Halted;
use super::judge::Divergence;
use super::look::{Looking, Seen};
use crate::error::Error;

impl Looking {
    pub(super) async fn end_by_divergence(
        &self,
        view: &ReadView,
        divergence: &Divergence,
        seen: &Seen,
    ) -> Error {
        let Divergence {
            height,
            ours,
            theirs,
            from,
        } = divergence;
        let what = format!(
            "after block {height} this node has the app hash {ours}, but the validators signed {theirs} (shown by {from})"
        );
        tracing::error!(height, %ours, %theirs, %from, "the ledger here is not the network's; the node ends");
        let stamp = evidence::stamp();
        let folder = self.keep(&stamp, "diverged", &what, view, seen).await;
        let note = Halted::new(stamp, divergence, folder.clone());
        if let Err(error) = note.write(&self.subject.home) {
            tracing::error!(%error, "that this node halted could not be noted in its home");
        }
        Error::Diverged(format!(
            "{what}. The node has ended, so that it neither signs nor serves what is not agreed.{} See docs/operations.md, \
             \"The watchdog and the clock\"",
            kept_in(folder.as_ref())
        ))
    }

    pub(super) async fn end_by_freezing(&self, view: &ReadView, seen: &Seen) -> Error {
        let what = format!(
            "this node has stood at block {} for {} s, while the validators signed further ones",
            view.height(),
            self.pace.unchanged().as_secs()
        );
        tracing::error!(
            height = view.height(),
            "the network goes on without this node; the node ends"
        );
        let folder = self
            .keep(&evidence::stamp(), "frozen", &what, view, seen)
            .await;
        Error::Frozen(format!(
            "{what}.{} Starting the node again is safe and usually helps; if it stands again, see docs/operations.md, \
             \"The watchdog and the clock\"",
            kept_in(folder.as_ref())
        ))
    }

    pub(super) async fn end_by_clock(&self, view: &ReadView, found: Measured) -> Error {
        let reason = clock::wrong(&found, clock::START);
        tracing::error!(
            others_ahead_ms = found.agreed,
            "this machine's clock is wrong; the node ends"
        );
        let seen = Seen {
            told: Vec::new(),
            consensus: Some(ask::consensus(&self.subject.comet).await),
            proven: Vec::new(),
        };
        let what = reason.to_string();
        let folder = self
            .keep(&evidence::stamp(), "clock", &what, view, &seen)
            .await;
        Error::Clock(format!("{what}.{}", kept_in(folder.as_ref())))
    }

    /// Keeps everything that says what happened; the folder, unless it could not be written.
    async fn keep(
        &self,
        stamp: &str,
        reason: &str,
        what: &str,
        view: &ReadView,
        seen: &Seen,
    ) -> Option<PathBuf> {
        let files = self.files(stamp, what, view, seen).await;
        match evidence::write(&self.subject.home, stamp, reason, &files) {
            Ok(folder) => {
                tracing::error!(folder = %folder.display(), "evidence kept");
                Some(folder)
            }
            Err(error) => {
                tracing::error!(%error, "the evidence could not be written");
                None
            }
        }
    }

    async fn files(&self, stamp: &str, what: &str, view: &ReadView, seen: &Seen) -> Files {
        let comet = &self.subject.comet;
        let commit = json!({ "height": view.height().to_string() });
        let (status, net_info, commit) = tokio::join!(
            ask::comet(comet, "status", json!({})),
            ask::comet(comet, "net_info", json!({})),
            ask::comet(comet, "commit", commit),
        );
        let consensus = seen.consensus.clone();
        let consensus = consensus.unwrap_or_else(|| Err("it was not asked".to_owned()));
        let about = json!({
            "at": stamp,
            "what": what,
            "chainId": self.subject.chain_id,
            "nexusd": env!("CARGO_PKG_VERSION"),
            "cometbft": crate::comet::binary::VERSION,
            "clockMs": clock::now_ms().to_string(),
            "unchangedSeconds": self.pace.unchanged().as_secs(),
            "proven": seen.proven.iter().map(|one| json!({
                "height": one.height.to_string(),
                "appHash": one.app_hash.to_string(),
                "decided": one.decided,
                "from": one.from,
            })).collect::<Vec<_>>(),
        });
        vec![
            ("README.txt", readme(what).into_bytes()),
            ("about.json", evidence::pretty(&about)),
            (
                "own-state.json",
                evidence::pretty(&evidence::own_state(view)),
            ),
            ("own-commit.json", evidence::answer(commit)),
            (
                "other-nodes.json",
                evidence::pretty(&evidence::others(&seen.told)),
            ),
            ("consensus.json", evidence::answer(consensus)),
            ("status.json", evidence::answer(status)),
            ("net-info.json", evidence::answer(net_info)),
            ("log.txt", evidence::log_end()),
        ]
    }
}

fn kept_in(folder: Option<&PathBuf>) -> String {
    folder.map_or_else(String::new, |folder| {
        format!(" Evidence is in {}.", folder.display())
    })
}

fn readme(what: &str) -> String {
    format!(
        "\
What happened
  {what}.
  The watchdog ended this node and kept what both sides said at that moment.

What is here
  about.json        the finding, versions, and which signed headers it rests on
  own-state.json    this node's last app hash and everything it is a hash of, and those of the blocks before
  own-commit.json   the last block that this node agreed on, as its CometBFT shows it
  other-nodes.json  what the other operators' nodes showed, with the validators' signatures
  consensus.json    CometBFT's state with the votes it holds
  status.json       CometBFT's status: compare it with the above, it may well say that all is well
  net-info.json     whom CometBFT is connected to
  log.txt           the end of this node's log

What to do
  Diverged: do not start this node on this state. Keep this folder and the folder data/, tell the other operators, and
  compare own-state.json with theirs: the first part that differs says where to look. Most often it is memory or a disk
  that lies (`nexusd check` looks at the disk); if several nodes diverge, it is the program.
  Frozen: start the node again. If it stands again at the same height, log.txt and consensus.json say at what.
  Clock: put the clock right, see that something keeps it right, then start the node again.
  docs/operations.md, \"The watchdog and the clock\", goes through each of them.
"
    )
}
