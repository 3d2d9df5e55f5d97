//! Submitting and simulating transactions.

use crate::comet::{Broadcast, CometError};
use crate::limit::Caller;
use crate::machine_view::MachineView;
use crate::methods::blocks::{Committed, consensus, find};
use crate::node::Node;
use crate::refusal::Refusal;
use nexus_machine::{Block, BlockContext, Executed, SigCheck, View};
use nexus_sdk::api::codes::InterfaceCode;
use nexus_sdk::api::{
    CodeView, DEFAULT_TIMEOUT_MS, Hex, MAX_TIMEOUT_MS, SimulateParams, SimulateResult, StateChange,
    StateChangeKind, SubmitParams, SubmitResult, SubmitStatus, VerdictView, Wait,
};
use nexus_store::ReadView;
use nexus_types::limits::TX_BYTES;
use nexus_types::state_key::StateKey;
use nexus_types::{Code, Hash, Time, Tx, decode};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) async fn submit(
    node: Arc<Node>,
    caller: Caller,
    params: SubmitParams,
) -> Result<SubmitResult, Refusal> {
    let timeout = params.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS);
    if timeout > MAX_TIMEOUT_MS {
        return Err(Refusal::params(format_args!(
            "`timeoutMs` is {timeout}; a call waits at most {MAX_TIMEOUT_MS}"
        )));
    }
    let timeout = Duration::from_millis(timeout.into());
    node.submit(caller, params.tx.bytes(), params.wait, timeout)
        .await
}

impl Node {
    /// Hands bytes to the network and waits as long as asked.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        caller: Caller,
        bytes: &[u8],
        wait: Wait,
        timeout: Duration,
    ) -> Result<SubmitResult, Refusal> {
        if bytes.len() > TX_BYTES {
            let what = format_args!("{} bytes; at most {TX_BYTES} are taken", bytes.len());
            return Err(Refusal::law(Code::TooLarge, what));
        }
        self.charge_signer(caller, bytes)?;
        let hash = Hash::of(bytes);
        if let Some(result) = self.decided(hash).await? {
            return Ok(result);
        }
        let id = decode::<Tx>(bytes).ok().map(|tx| tx.body.id());
        if wait == Wait::None {
            let handed = self.context.comet.broadcast_async(bytes).await;
            self.taken(handed, hash).await?;
            return Ok(pending(hash, id, SubmitStatus::Sent));
        }
        if let Err(refusal) = self.check(bytes, hash).await {
            // It may have been committed while it was handed in; then its nonce is spent by itself.
            return match self.decided(hash).await? {
                Some(result) => Ok(result),
                None => Err(refusal),
            };
        }
        if wait == Wait::Checked {
            return Ok(pending(hash, id, SubmitStatus::Checked));
        }
        self.await_commit(hash, timeout).await
    }

    /// Hands bytes to CometBFT and waits for CheckTx.
    async fn check(&self, bytes: &[u8], hash: Hash) -> Result<(), Refusal> {
        let handed = self.context.comet.broadcast(bytes).await;
        let Some(checked) = self.taken(handed, hash).await? else {
            return Ok(());
        };
        match Code::from_number(checked.code) {
            Some(Code::Applied) => Ok(()),
            Some(code) => {
                // The law's own words begin with the code, as the refusal does already.
                let log = checked.log.as_str();
                let told = log.strip_prefix(&format!("{code}: ")).unwrap_or(log);
                Err(Refusal::law(code, told).of_tx(hash))
            }
            None => {
                let cause = format!("CheckTx answered code {}: {}", checked.code, checked.log);
                Err(Refusal::internal("checking a transaction", &cause).of_tx(hash))
            }
        }
    }

    /// What CometBFT said of bytes that it took; nothing if it had them already.
    async fn taken<T>(
        &self,
        handed: Result<Broadcast<T>, CometError>,
        hash: Hash,
    ) -> Result<Option<T>, Refusal> {
        match handed {
            Ok(Broadcast::Taken(said)) => Ok(Some(said)),
            Ok(Broadcast::Known) => Ok(None),
            Ok(Broadcast::Full(message)) => {
                Err(Refusal::interface(InterfaceCode::MempoolFull, message).of_tx(hash))
            }
            Err(error) => Err(self.not_taken(error).await.of_tx(hash)),
        }
    }

    /// Why CometBFT did not take bytes. While it catches up it takes none.
    async fn not_taken(&self, error: CometError) -> Refusal {
        if matches!(error, CometError::Unreachable { .. }) {
            return consensus(error);
        }
        if matches!(error, CometError::Silent { .. }) {
            tracing::warn!(%error, "CometBFT does not answer");
            let what = "CometBFT beside this node was handed the transaction and did not answer";
            return Refusal::interface(InterfaceCode::OutcomeUnknown, what);
        }
        match self.context.comet.status().await {
            Ok(status) if status.catching_up => {
                let what = "CometBFT beside this node catches up and takes no transactions";
                Refusal::interface(InterfaceCode::Syncing, what)
            }
            _ => Refusal::internal("handing in a transaction", &error),
        }
    }

    async fn await_commit(
        self: &Arc<Self>,
        hash: Hash,
        timeout: Duration,
    ) -> Result<SubmitResult, Refusal> {
        let mut committed = self.context.committed.clone();
        let wait = async {
            loop {
                committed.mark_unchanged();
                if let Some(result) = self.decided(hash).await? {
                    return Ok(result);
                }
                if committed.changed().await.is_err() {
                    let what = "this node stops; the transaction may still be committed";
                    return Err(Refusal::interface(InterfaceCode::OutcomeUnknown, what));
                }
            }
        };
        let outcome = tokio::time::timeout(timeout, wait)
            .await
            .unwrap_or_else(|_| {
                let what = format_args!(
                    "transaction {hash} is in no block after {} ms",
                    timeout.as_millis()
                );
                Err(Refusal::interface(InterfaceCode::OutcomeUnknown, what))
            });
        let height = *self.context.committed.borrow();
        outcome.map_err(|refusal| refusal.of_tx(hash).at(height))
    }

    /// The result of a transaction that was decided already. Bytes that were inadmissible in a decided block were not:
    /// nothing is spent by them, so they may yet be admitted.
    async fn decided(self: &Arc<Self>, hash: Hash) -> Result<Option<SubmitResult>, Refusal> {
        let view = self.view()?;
        self.blocking(move || match find(&view, &hash)? {
            Some(found) if found.record()?.verdict.is_some() => result_of(&found).map(Some),
            _ => Ok(None),
        })
        .await
    }
}

fn pending(hash: Hash, id: Option<Hash>, status: SubmitStatus) -> SubmitResult {
    SubmitResult {
        hash: hash.into(),
        id: id.map(Into::into),
        status,
        height: None,
        index: None,
        block_time: None,
        result: None,
        verdict: None,
        events: Vec::new(),
    }
}

fn result_of(found: &Committed) -> Result<SubmitResult, Refusal> {
    let record = found.record()?;
    let verdict = record.verdict.as_ref();
    Ok(SubmitResult {
        hash: record.hash.into(),
        id: verdict.map(|verdict| verdict.tx.into()),
        status: SubmitStatus::Committed,
        height: Some(found.block.height.into()),
        index: u32::try_from(found.index).ok(),
        block_time: Some(found.block.time.0.into()),
        result: Some(CodeView::from(record.code)),
        verdict: verdict.map(VerdictView::from),
        events: found.events()?,
    })
}

/// Accepts every signature: for transactions that are tried before they are signed.
struct AcceptAll;

impl SigCheck for AcceptAll {
    fn check(&self, _: &[u8; 32], _: &[u8; 32], _: &[u8; 64]) -> bool {
        true
    }
}

pub(crate) async fn simulate(
    node: Arc<Node>,
    caller: Caller,
    params: SimulateParams,
) -> Result<SimulateResult, Refusal> {
    let bytes = params.tx.bytes().to_vec();
    node.charge_signer(caller, &bytes)?;
    let sigs = params
        .check_signature
        .then(|| Arc::clone(&node.context.sigs));
    let view = node.view()?;
    node.blocking(move || match sigs {
        Some(sigs) => try_on(view, &bytes, sigs.as_ref(), true),
        None => try_on(view, &bytes, &AcceptAll, false),
    })
    .await
}

/// Decides a transaction as the only one of the next block, if that block were now.
fn try_on(
    view: ReadView,
    bytes: &[u8],
    sigs: &dyn SigCheck,
    signatures_checked: bool,
) -> Result<SimulateResult, Refusal> {
    let height = view.height();
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    // Block time never runs backwards, whatever this machine's clock says.
    let time = Time(now.max(view.time_ms()));
    let context = BlockContext {
        height: height.saturating_add(1),
        time,
    };
    let state = MachineView::new(view);
    let empty = Block::begin(&state, context, &[]);
    let mut block = empty.clone();
    let outcome = block.try_execute(&state, bytes, sigs);
    let changes = match outcome {
        // The block's own hash enters a log only, and no log is shown.
        Ok(_) => changes(
            &state,
            &empty.finish(&state, Hash::default()),
            block.finish(&state, Hash::default()),
        ),
        Err(_) => Vec::new(),
    };
    state.failure()?;
    let (code, verdict, log) = match outcome {
        Ok(outcome) => (outcome.code, outcome.verdict, outcome.log),
        Err(refusal) => (refusal.code, None, refusal.to_string()),
    };
    Ok(SimulateResult {
        height: height.into(),
        block_time: time.0.into(),
        result: CodeView::from(code),
        verdict: verdict.as_ref().map(VerdictView::from),
        log,
        signatures_checked,
        changes,
    })
}

/// What the block with the transaction writes that the empty one does not.
fn changes(state: &dyn View, without: &Executed, with: Executed) -> Vec<StateChange> {
    let own = with
        .changes
        .into_iter()
        .filter(|change| !without.changes.contains(change));
    own.filter_map(|(key, value)| {
        let change = match (state.get(&key), value) {
            (None, None) => return None,
            (None, Some(_)) => StateChangeKind::Created,
            (Some(before), Some(after)) if before == after => return None,
            (Some(_), Some(_)) => StateChangeKind::Changed,
            (Some(_), None) => StateChangeKind::Removed,
        };
        Some(StateChange {
            kind: kind_name(&key),
            id: text_id(&key),
            key: Hex::new(key.as_bytes()),
            change,
        })
    })
    .collect()
}

fn kind_name(key: &StateKey) -> String {
    let name = key
        .kind()
        .map_or_else(|| "unknown".to_owned(), |kind| format!("{kind:?}"));
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(chars).collect()
    })
}

fn text_id(key: &StateKey) -> Option<String> {
    let id = std::str::from_utf8(key.id()).ok()?;
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| id.to_owned())
}
