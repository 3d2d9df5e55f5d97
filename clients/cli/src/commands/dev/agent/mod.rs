//! `nexus dev agent`: agents that say what real ones would, and do nothing.

mod placed;
mod plan;

use super::folder::{Folder, Holder};
use super::ledger::{Ledger, View};
use super::log::Log;
use super::spool::Spool;
use super::{ENFORCES_NOTHING, Served, TICK, development, meter_id, reach};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use clap::Args;
use nexus_sdk::api::{TransactionView, Wait};
use nexus_sdk::client::{Class, ClientError};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::TxBuilder;
use nexus_types::encoding::encode;
use nexus_types::host::{Agent, AgentKind, Host};
use nexus_types::limits::RECORDS_PER_REPORT;
use nexus_types::meter::Meter;
use nexus_types::report::Report;
use nexus_types::state::Clock;
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Action, Code, Hash, HostId, MeterId, Network};
use placed::Placed;
use plan::{Seen, due, loss};
use std::fs::File;
use std::time::{Duration, Instant};

/// Milliseconds a report is good for: one that was lost is signed anew with the same nonce and sequence, of which the ledger
/// takes one.
const VALID_MS: u64 = 60 * 1_000;

/// How long a report may take into a block before it is signed anew.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks for a report that was decided, before it counts as another's.
const LOOKS: u32 = 5;

/// How long the node may take to check a report.
const CHECK_MS: u32 = 10_000;

/// Refusals in a row of the same records, after which the records are given up.
const REFUSALS: u32 = 3;

/// The longest pause after refusals.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// For which hands, and how often.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    served: Served,
    /// Seconds between two reports of one agent; what is new is reported at once
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    interval: u32,
}

/// One agent.
struct TestAgent {
    kind: AgentKind,
    meter: MeterId,
    signer: Signer,
    spool: Spool,
    sent: Option<Sent>,
    /// Refusals in a row.
    refused: u32,
    /// Not before.
    pause: Option<Instant>,
    _lock: File,
}

/// A report, or another word, on its way.
struct Sent {
    /// Of a report.
    sequence: Option<u64>,
    /// Such as `report 7`.
    name: String,
    nonce: u64,
    /// Of the transaction.
    hash: Hash,
    since: Instant,
    what: String,
    /// How often it was looked for after it must have been decided.
    looked: u32,
}

/// Runs it.
pub(super) async fn run(ctx: &Context, options: &Options) -> Result<Answer, CliError> {
    let host = &options.served.host;
    let mut log = Log::new(ENFORCES_NOTHING, host);
    let folder = Folder::new(ctx, host, options.served.folder.as_deref());
    reach(ctx, &mut log).await?;
    let mut agents = Vec::new();
    for kind in options.served.kinds() {
        agents.push(TestAgent::open(&folder, meter_id(host, kind)?, kind)?);
    }
    let mut ledger = Ledger::new(ctx)?;
    let mut placed = Placed::new(host);
    let interval_ms = u64::from(options.interval) * 1_000;
    log.say_of_all(&format!(
        "it says that everything is applied and does nothing: no limit, no isolation, no route (reports every {} s)",
        options.interval
    ));
    loop {
        match round(
            &ledger,
            host,
            &mut agents,
            &mut placed,
            interval_ms,
            &mut log,
        )
        .await
        {
            Ok(()) => {}
            Err(error @ (CliError::Client(_) | CliError::Stranger(_))) => {
                log.fail(format!("{error}; asking again"));
                ledger.turn();
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn round(
    ledger: &Ledger,
    host: &HostId,
    agents: &mut [TestAgent],
    placed: &mut Placed,
    interval_ms: u64,
    log: &mut Log,
) -> Result<(), CliError> {
    let mut keys = vec![
        state_key::chain(),
        state_key::clock(),
        state_key::host(host),
    ];
    keys.extend(agents.iter().flat_map(TestAgent::keys));
    let mut view = ledger.look(&keys).await?;
    let network = development(&view)?;
    let kinds: Vec<AgentKind> = agents.iter().map(|agent| agent.kind).collect();
    placed.follow(ledger, &mut view, &kinds).await?;
    for agent in agents {
        let seen = agent.see(&view, host, placed)?;
        agent.settle(ledger, &view, &seen, log).await?;
        agent
            .report(ledger, &view, &network, &seen, interval_ms, log)
            .await?;
    }
    Ok(())
}

impl TestAgent {
    fn open(folder: &Folder, meter: MeterId, kind: AgentKind) -> Result<Self, CliError> {
        let holder = Holder::Agent(kind);
        Ok(Self {
            signer: folder.open(holder)?,
            _lock: folder.lock(holder)?,
            spool: folder.spool(kind)?,
            kind,
            meter,
            sent: None,
            refused: 0,
            pause: None,
        })
    }

    fn keys(&self) -> [StateKey; 3] {
        [
            state_key::agent(&self.signer.identity),
            state_key::nonce(&self.signer.identity, 0),
            state_key::meter(&self.meter),
        ]
    }

    /// What the ledger says of this hand. An agent that was replaced, or never registered, has nothing to say.
    fn see(&self, view: &View, id: &HostId, placed: &Placed) -> Result<Seen, CliError> {
        let host: Option<Host> = view.get(&state_key::host(id))?;
        let agent: Option<Agent> = view.get(&state_key::agent(&self.signer.identity))?;
        let (Some(host), Some(agent)) = (host, agent) else {
            return Err(CliError::usage(
                format!(
                    "no {} agent of {id} is registered under this key",
                    self.kind
                ),
                "Set the host up first: nexus dev host.",
            ));
        };
        if host.agent(self.kind) != Some(agent.id) {
            return Err(CliError::usage(
                format!("{id} has another {} agent now", self.kind),
                "An agent that was replaced acts no more; set up a host of another name: nexus dev host --name NAME.",
            ));
        }
        let clock: Option<Clock> = view.get(&state_key::clock())?;
        let meter: Option<Meter> = view.get(&state_key::meter(&self.meter))?;
        Ok(Seen {
            height: view.height,
            time: view.time,
            law_time: clock.map_or(view.time, |clock| clock.law_time),
            assignments: placed.assignments(view, self.kind)?,
            host,
            agent,
            meter,
        })
    }

    /// Looks what became of the report on its way, and deletes records that the ledger has.
    async fn settle(
        &mut self,
        ledger: &Ledger,
        view: &View,
        seen: &Seen,
        log: &mut Log,
    ) -> Result<(), CliError> {
        self.spool.forget_through(seen.next_record() - 1)?;
        let spent = self.nonce(view)?;
        let Some(sent) = &mut self.sent else {
            return Ok(());
        };
        let reported = sent.sequence.is_some_and(|it| seen.agent.sequence >= it);
        let is_decided = reported || spent >= sent.nonce;
        if !is_decided {
            if sent.since.elapsed() > PATIENCE {
                log.say(
                    self.kind,
                    &format!("{} is in no block: once more", sent.name),
                );
                self.sent = None;
            }
            return Ok(());
        }
        match ledger.client().transaction(sent.hash).await {
            Ok(view) if view.summary.code.code == Code::Applied.number() => {
                let (height, what) = (&view.summary.height, &sent.what);
                log.say(
                    self.kind,
                    &format!("{} is on the ledger (block {height}): {what}", sent.name),
                );
                (self.sent, self.refused, self.pause) = (None, 0, None);
            }
            Ok(view) => {
                let why = why(&view);
                log.say(self.kind, &format!("{} was refused: {why}", sent.name));
                self.sent = None;
                self.give_way(seen, log)?;
            }
            // A node may know what a transaction did a moment before it can find it.
            Err(error) if error.class() == Class::NotFound && sent.looked < LOOKS => {
                sent.looked += 1;
            }
            Err(error) if error.class() == Class::NotFound => {
                log.say(
                    self.kind,
                    &format!(
                        "another process with the same key reported in place of {}",
                        sent.name
                    ),
                );
                self.sent = None;
                self.rest();
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Waits longer after each refusal. Records that are refused again and again are given up: the meter goes on behind
    /// what the ledger has, and its counters lose nothing.
    fn give_way(&mut self, seen: &Seen, log: &mut Log) -> Result<(), CliError> {
        self.refused = self.refused.saturating_add(1);
        let seconds = 1_u64 << self.refused.min(6);
        self.pause = Some(Instant::now() + Duration::from_secs(seconds).min(LONGEST_PAUSE));
        if self.refused >= REFUSALS {
            let void = self.spool.void_from(seen.next_record())?;
            if void > 0 {
                log.say(
                    self.kind,
                    &format!("gives up {void} records that the ledger does not take"),
                );
            }
        }
        Ok(())
    }

    /// Sends what is due.
    async fn report(
        &mut self,
        ledger: &Ledger,
        view: &View,
        network: &Network,
        seen: &Seen,
        interval_ms: u64,
        log: &mut Log,
    ) -> Result<(), CliError> {
        let rests = self.pause.is_some_and(|until| Instant::now() < until);
        if self.sent.is_some() || rests {
            return Ok(());
        }
        let waiting = self
            .spool
            .following(seen.next_record(), RECORDS_PER_REPORT)?;
        let (action, sequence, name, what) = if let Some(loss) = loss(seen) {
            let name = format!("the word on snapshot {} of {}", loss.number, loss.imvu);
            let what = String::from("lost, as no volume is kept");
            (Action::RecordSnapshot(loss), None, name, what)
        } else if let Some(report) = due(seen, &waiting, interval_ms) {
            let (sequence, what) = (report.sequence, told(&report));
            let name = format!("report {sequence}");
            (Action::Report(report), Some(sequence), name, what)
        } else {
            return Ok(());
        };
        let nonce = self.nonce(view)? + 1;
        let expires = view.time.plus_ms(VALID_MS);
        let tx = TxBuilder::new(network.clone(), nonce, expires).sign(action, &self.signer, &[])?;
        let bytes = encode(&tx);
        match ledger
            .client()
            .submit(&bytes, Wait::Checked, CHECK_MS)
            .await
        {
            Err(ClientError::Node { message, .. }) => {
                // Another process with the same key has spent the nonce or the sequence, or its report still waits.
                log.say(self.kind, &format!("{name} was not admitted: {message}"));
                self.rest();
            }
            Err(error @ ClientError::Unreachable { .. }) => return Err(error.into()),
            // Whether it arrived, the ledger will tell.
            Ok(_) | Err(_) => {
                self.sent = Some(Sent {
                    sequence,
                    name,
                    nonce,
                    hash: Hash::of(&bytes),
                    since: Instant::now(),
                    what,
                    looked: 0,
                });
            }
        }
        Ok(())
    }

    /// Lets others, and the chain, come first. What was not decided says nothing of its records.
    fn rest(&mut self) {
        self.pause = Some(Instant::now() + TICK * 2);
    }

    /// The last nonce spent.
    fn nonce(&self, view: &View) -> Result<u64, CliError> {
        let spent: Option<u64> = view.get(&state_key::nonce(&self.signer.identity, 0))?;
        Ok(spent.unwrap_or(0))
    }
}

/// A report in words.
fn told(report: &Report) -> String {
    let counted = [
        (report.acks.as_slice().len(), "acknowledged"),
        (report.usage.as_slice().len(), "meter records"),
    ];
    let parts = counted.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        String::from("nothing new")
    } else {
        parts.join(", ")
    }
}

/// Why a report was refused.
fn why(view: &TransactionView) -> String {
    let reason = view
        .verdict
        .as_ref()
        .and_then(|verdict| verdict.reason.as_ref());
    let reason = reason
        .map(|reason| reason.text.as_str())
        .unwrap_or_default();
    let code = &view.summary.code;
    format!(
        "{} {} {reason} (transaction {})",
        code.name, code.title, view.summary.hash
    )
}
