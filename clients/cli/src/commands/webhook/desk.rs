//! The desk: takes events out of the inbox in the order they came, and books each exactly once.
//!
//! What makes it once: a transaction is signed with the signer's next nonce first, and only then the ledger is asked whether
//! the event is on it. If an earlier transaction for the event, of this process or of one that was killed, is committed by
//! then, the ledger shows its effect; if it is committed later, it has taken the nonce, and the new one comes into no block.

use super::Log;
use super::door::Door;
use super::event::{Event, Name};
use super::inbox::{Attempt, Outcome, Record};
use super::look::found;
use crate::context::{Context, Node};
use crate::error::CliError;
use crate::submit;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::tx_hash;
use nexus_types::encoding::encode;
use nexus_types::{Hash, ProcessorId};
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Before the first new try, and the longest pause between two: a node that is down may be so for days.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Between two looks at events that wait for others.
const LOOK: Duration = Duration::from_secs(5);

/// Milliseconds for which an event waits for the one it rests on, which a provider may deliver later.
const WAITS_MS: u64 = 60 * 60 * 1_000;

/// Who books.
pub(super) struct Desk<'c> {
    pub(super) ctx: &'c Context,
    pub(super) processor: ProcessorId,
    pub(super) signer: Signer,
    pub(super) door: Arc<Door>,
    pub(super) log: Log,
    /// Where the inbox is, for errors.
    pub(super) folder: &'c Path,
    /// Events of which it was said that they wait.
    pub(super) waiting: BTreeSet<Name>,
}

/// How far one event came.
enum Step {
    Settled(Outcome),
    /// What it rests on is not on the ledger yet.
    Waits(String),
}

impl Desk<'_> {
    /// Books for ever.
    pub(super) async fn run(mut self) -> CliError {
        let mut pause = FIRST_PAUSE;
        let mut node = None;
        let mut failure = String::new();
        loop {
            match self.round(&mut node).await {
                Ok(()) => {
                    (pause, failure) = (FIRST_PAUSE, String::new());
                    let _ = tokio::time::timeout(LOOK, self.door.came.notified()).await;
                }
                Err(error) => {
                    // Said once while it lasts.
                    let said = error.to_string();
                    if said != failure {
                        self.log.say(&format!("{said}; trying again"));
                        failure = said;
                    }
                    node = None;
                    tokio::time::sleep(pause).await;
                    pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// One look at everything that waits.
    async fn round(&mut self, known: &mut Option<Node>) -> Result<(), CliError> {
        let pending = self.door.inbox(|inbox| inbox.pending());
        if pending.is_empty() {
            return Ok(());
        }
        let node = match known.take() {
            Some(node) => node,
            None => self.reach().await?,
        };
        let node = known.insert(node);
        for (sequence, id) in pending {
            let record = self.door.inbox(|inbox| inbox.get(sequence));
            let Some(mut record) = record.map_err(|error| self.failed(error))? else {
                continue;
            };
            match self.book(node, sequence, &mut record).await? {
                Step::Settled(outcome) => {
                    let said = told(&outcome);
                    let settled = self
                        .door
                        .inbox(|inbox| inbox.settle(sequence, record, outcome));
                    settled.map_err(|error| self.failed(error))?;
                    self.log.say(&format!("{id} {said}"));
                    self.waiting.remove(&id);
                }
                Step::Waits(what) => {
                    if self.waiting.insert(id.clone()) {
                        self.log.say(&format!("{id} waits: {what}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// A node of the chain that is meant, on which this key can book. Until there is one, everything waits: a wrong key
    /// would only make refusals of sales that are good.
    async fn reach(&self) -> Result<Node, CliError> {
        let node = self.ctx.node().await?;
        let processor = &self.processor;
        let Some(read) = found(node.client.processor(processor).await)? else {
            return Err(CliError::NotFound(format!(
                "no processor {processor} is registered: nexus processor register {processor}"
            )));
        };
        if read.value.identity.0 != self.signer.identity {
            return Err(CliError::usage(
                format!(
                    "{processor} is identity {}, but --key is identity {}",
                    read.value.identity, self.signer.identity
                ),
                "Give --key with the key the processor was registered with.",
            ));
        }
        if read.value.usable_from.0 > read.block_time.0 {
            return Err(CliError::NotFound(format!(
                "{processor} counts from {} on",
                crate::text::time(read.value.usable_from.0)
            )));
        }
        Ok(node)
    }

    async fn book(
        &self,
        node: &Node,
        sequence: u64,
        record: &mut Record,
    ) -> Result<Step, CliError> {
        let event = record.event.clone();
        let is_old = super::now_ms().saturating_sub(record.received_ms) > WAITS_MS;
        if !is_old
            && let Some(sale) = event.rests_on()
            && self.payment(node, sale).await?.is_none()
        {
            return Ok(Step::Waits(format!("sale {sale} is not on the ledger yet")));
        }
        let opened = match &event {
            Event::Dispute { dispute, .. } | Event::Resolved { dispute, .. } => self
                .door
                .inbox(|inbox| inbox.dispute(dispute))
                .map_err(|error| self.failed(error))?,
            _ => None,
        };
        let Some(action) = event.action(&self.processor, opened) else {
            return Ok(self.unknown_dispute(&event, is_old));
        };
        let asked = crate::text::asked(&action);
        let signers = std::slice::from_ref(&self.signer);
        let tx = submit::sign(node, signers, action, Vec::new(), submit::VALID_MS).await?;
        if let Some(outcome) = self.look(node, record, opened).await? {
            return Ok(Step::Settled(outcome));
        }
        if let (Event::Dispute { dispute, .. }, Some(opened)) = (&event, opened) {
            return Ok(Step::Settled(other_dispute(dispute, opened)));
        }
        let attempt = Attempt {
            id: tx.body.id().into(),
            hash: tx_hash(&tx).into(),
            expires_ms: tx.body.expires.0,
        };
        if !record.attempts.contains(&attempt) {
            // What is not on the ledger by now, and has expired, will not be.
            let now = attempt.expires_ms.saturating_sub(submit::VALID_MS);
            record.attempts.retain(|earlier| earlier.expires_ms >= now);
            record.attempts.push(attempt);
            let noted = self.door.inbox(|inbox| inbox.note(sequence, record));
            noted.map_err(|error| self.failed(error))?;
        }
        let result = submit::send(self.ctx, node, &encode(&tx)).await;
        let result = result.map_err(|error| submit::explained(error, &tx))?;
        let (hash, height) = (result.hash, result.height.map(|one| one.0));
        match submit::told(self.ctx, result) {
            Ok(_) => {
                self.remember(&event, tx.body.id())?;
                Ok(Step::Settled(Outcome::Applied {
                    transaction: Some(hash),
                    height,
                }))
            }
            Err(error) => match refused(&error, asked) {
                // Somebody may have booked the same in between.
                Some(refused) => {
                    let known = self.look(node, record, opened).await?;
                    Ok(Step::Settled(known.unwrap_or(refused)))
                }
                None => Err(error),
            },
        }
    }

    pub(super) fn remember(&self, event: &Event, id: Hash) -> Result<(), CliError> {
        let Event::Dispute { dispute, .. } = event else {
            return Ok(());
        };
        let written = self.door.inbox(|inbox| inbox.opened(dispute, id));
        written.map_err(|error| self.failed(error))
    }

    fn unknown_dispute(&self, event: &Event, is_old: bool) -> Step {
        let Event::Resolved { dispute, .. } = event else {
            return Step::Waits(String::from("it asks for nothing"));
        };
        let what = format!("dispute {dispute} was not opened through this inbox");
        if !is_old {
            return Step::Waits(what);
        }
        Step::Settled(Outcome::Refused {
            code: None,
            error: what,
            help: String::from(
                "If the ledger has it under another name, resolve it by hand: nexus revenue resolve.",
            ),
            detail: serde_json::Value::Null,
        })
    }

    fn failed(&self, source: io::Error) -> CliError {
        CliError::File {
            action: "work on the inbox",
            path: self.folder.to_owned(),
            source,
        }
    }
}

/// The outcome, if an error is a refusal that stands on the ledger. What was never in a block is tried again.
fn refused(error: &CliError, asked: String) -> Option<Outcome> {
    let CliError::Refused(refusal) = error else {
        return None;
    };
    if refusal.never_in_a_block() {
        return None;
    }
    let refusal = refusal.as_ref().clone().asking(asked);
    Some(Outcome::Refused {
        code: Some(refusal.code.name.clone()),
        error: refusal.headline(),
        help: refusal.lawful(),
        detail: refusal.json(),
    })
}

/// A provider's dispute is one on the ledger: a second one would leave nobody to resolve the first.
fn other_dispute(dispute: &Name, opened: Hash) -> Outcome {
    Outcome::Refused {
        code: None,
        error: format!("dispute {dispute} was opened before, over something else, as {opened}"),
        help: String::from(
            "Give each dispute a name of its own; nexus revenue show-dispute shows the first one.",
        ),
        detail: serde_json::Value::Null,
    }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied {
            transaction: Some(transaction),
            height,
        } => {
            let height = height.map(|height| format!(", block {height}"));
            format!(
                "applied: transaction {transaction}{}",
                height.unwrap_or_default()
            )
        }
        Outcome::Applied { .. } => String::from("was on the ledger already"),
        Outcome::Refused {
            code, error, help, ..
        } => {
            let code = code.as_deref().unwrap_or("no code");
            format!("REFUSED [{code}]: {error}. {help}")
        }
    }
}
