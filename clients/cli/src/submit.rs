//! One action: signed, submitted, waited for, and told about.

use crate::args::WaitFor;
use crate::context::{Context, Node, write_file};
use crate::error::CliError;
use crate::keyring::{Keyring, Role};
use crate::output::Answer;
use crate::refusal::Refusal;
use crate::text::{GREEN, subject};
use nexus_sdk::api::codes::explain;
use nexus_sdk::api::{SimulateResult, SubmitResult, SubmitStatus, Wait};
use nexus_sdk::client::ClientError;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::{TxBuilder, to_text};
use nexus_types::approval::Approval;
use nexus_types::consent::{EraseConsent, RecordConsent, RevokeConsent};
use nexus_types::domain::{DelegateName, GrantChild, SetTransferKey};
use nexus_types::encoding::encode;
use nexus_types::ids::{HostId, ProcessorId};
use nexus_types::snapshot::{DropSnapshot, RequestSnapshot, RestoreSnapshot};
use nexus_types::{Action, Code, IdentityId, ImvuId, Name, Time, Tx};
use std::path::Path;
use std::time::Duration;

/// Milliseconds a transaction may wait for its block: long enough for a busy chain, short enough that an unknown outcome
/// is known soon.
pub(crate) const VALID_MS: u64 = 10 * 60 * 1_000;
/// Milliseconds one that others are to co-sign stays valid: nearly the day that the law allows, for a clock that is slow.
const VALID_FOR_OTHERS_MS: u64 = 23 * 60 * 60 * 1_000;

/// How often an action waits for its signer's other transactions: a few blocks.
const ATTEMPTS: u32 = 8;

/// Between two attempts: half a block.
const PAUSE: Duration = Duration::from_millis(500);

/// An action that took effect, or that was handed over as far as asked.
pub(crate) struct Done {
    pub(crate) answer: Answer,
    /// The transaction's id, under which a proposal is filed.
    pub(crate) id: nexus_types::Hash,
    /// Whether it is known to have taken effect.
    pub(crate) applied: bool,
}

/// Signs an action with the keys that were named, or are meant by the role, and submits it.
pub(crate) async fn act(ctx: &Context, role: Role, action: Action) -> Result<Answer, CliError> {
    Ok(act_with(ctx, role, action, Vec::new()).await?.answer)
}

/// The same, with creators' approvals.
pub(crate) async fn act_with(
    ctx: &Context,
    role: Role,
    action: Action,
    approvals: Vec<Approval>,
) -> Result<Done, CliError> {
    let node = ctx.node().await?;
    let signers = signers_of(ctx, &node, role, &action).await?;
    submit(ctx, &node, &signers, action, approvals).await
}

/// Who signs: the keys that were named, else, on a local network, that of the IMVU's owner.
async fn signers_of(
    ctx: &Context,
    node: &Node,
    role: Role,
    action: &Action,
) -> Result<Vec<Signer>, CliError> {
    let keyring = ctx.keyring();
    let owner = if role == Role::Creator && keyring.names_nobody() {
        owner_of(node, action).await
    } else {
        None
    };
    match owner.and_then(|owner| keyring.development_key_of(owner, "owner")) {
        Some(signer) => Ok(vec![signer]),
        None => keyring.signers(role),
    }
}

/// Has a node decide an action without writing anything: for what must not be begun if it will be refused.
pub(crate) async fn rehearse(ctx: &Context, role: Role, action: Action) -> Result<(), CliError> {
    let node = ctx.node().await?;
    let signers = signers_of(ctx, &node, role, &action).await?;
    let tx = sign(&node, &signers, action, Vec::new(), VALID_MS).await?;
    judged(&node, &tx).await.map(|_| ())
}

/// Who owns the IMVU an action names, or that which holds the name it is about, as the node says: only to choose among
/// this machine's own keys.
async fn owner_of(node: &Node, action: &Action) -> Option<IdentityId> {
    let held;
    let imvu = match action {
        Action::ReleaseDomain { name } => {
            held = holder_of(node, name.as_str()).await?;
            &held
        }
        Action::SetRecords { zone, .. } | Action::RemoveRecords { zone, .. } => {
            held = holder_of(node, zone.as_str()).await?;
            &held
        }
        Action::GrantChild(GrantChild { name, .. })
        | Action::DelegateName(DelegateName { name, .. })
        | Action::SetTransferKey(SetTransferKey { name, .. }) => {
            held = holder_of(node, name.as_str()).await?;
            &held
        }
        Action::ActivateImvu { imvu, .. }
        | Action::StopImvu { imvu, .. }
        | Action::MoveImvu { imvu, .. }
        | Action::DescribeImvu { imvu, .. }
        | Action::SetJurisdiction { imvu, .. }
        | Action::ChangeQuota { imvu, .. }
        | Action::ChangeRoute { imvu, .. }
        | Action::ChangePathPolicy { imvu, .. }
        | Action::RevokeApproval { imvu, .. }
        | Action::ClaimDomain { imvu, .. }
        | Action::LinkProcessor { imvu, .. }
        | Action::SignMandate { imvu, .. }
        | Action::RevokeMandate { imvu }
        | Action::SetStandingConsent { imvu, .. }
        | Action::SelfReportUsage { imvu, .. }
        | Action::RecordConsent(RecordConsent { imvu, .. })
        | Action::RevokeConsent(RevokeConsent { imvu, .. })
        | Action::EraseConsent(EraseConsent { imvu, .. })
        | Action::RequestSnapshot(RequestSnapshot { imvu })
        | Action::DropSnapshot(DropSnapshot { imvu, .. })
        | Action::RestoreSnapshot(RestoreSnapshot { imvu, .. }) => imvu,
        Action::SetMember(change) => &change.imvu,
        Action::GrantAddress(asked) => &asked.imvu,
        Action::RevokeAddress(asked) => &asked.imvu,
        Action::ChangeMailRoute(asked) => &asked.imvu,
        Action::RegisterDkimKey(asked) => &asked.imvu,
        Action::RevokeDkimKey(asked) => &asked.imvu,
        Action::SetMailCredential(asked) => &asked.imvu,
        Action::RevokeMailCredential(asked) => &asked.imvu,
        Action::RevokeMailTokens(asked) => &asked.imvu,
        Action::AppealRestriction(appeal) => &appeal.imvu,
        Action::AnnounceExit(asked) => &asked.imvu,
        Action::CancelExit(asked) => &asked.imvu,
        Action::ConfirmExport(asked) => &asked.imvu,
        Action::ReleaseExit(asked) => &asked.imvu,
        Action::CloseExit(asked) => &asked.imvu,
        Action::ClaimExternal(asked) => &asked.imvu,
        Action::RedeemTransfer(asked) => &asked.imvu,
        _ => return None,
    };
    let read = node.client.imvu(imvu).await.ok()?;
    Some(read.value.owner.0)
}

/// The IMVU that holds a name.
async fn holder_of(node: &Node, name: &str) -> Option<ImvuId> {
    let name = Name::parse(name).ok()?;
    let read = node.client.name(&name).await.ok()?;
    read.value.imvu.map(|imvu| imvu.0)
}

/// An organisation acts on its host: with the key that was named, else, on a local network, that of the organisation
/// which runs it.
pub(crate) async fn act_as_operator(
    ctx: &Context,
    host: Option<&HostId>,
    action: Action,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let operator = match host.filter(|_| keyring.names_nobody()) {
        Some(host) => node.client.host(host).await.ok(),
        None => None,
    };
    let own =
        operator.and_then(|read| keyring.development_key_of(read.value.operator.0, "operator"));
    let signers = match own {
        Some(signer) => vec![signer],
        None => keyring.signers(Role::Operator)?,
    };
    Ok(submit(ctx, &node, &signers, action, Vec::new())
        .await?
        .answer)
}

/// A payment processor acts: with the key that was named, else, on a local network, that of the identity that signs for
/// it.
pub(crate) async fn act_as_processor(
    ctx: &Context,
    processor: &ProcessorId,
    action: Action,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let known = if keyring.names_nobody() {
        node.client.processor(processor).await.ok()
    } else {
        None
    };
    let own = known.and_then(|read| keyring.development_key_of(read.value.identity.0, "processor"));
    let signers = match own {
        Some(signer) => vec![signer],
        None => keyring.signers(Role::Processor)?,
    };
    Ok(submit(ctx, &node, &signers, action, Vec::new())
        .await?
        .answer)
}

/// Somebody acts, and others co-sign: all the keys that were named; where one alone was, on a local network, with those
/// of the role.
pub(crate) async fn act_with_cosigners(
    ctx: &Context,
    first: Role,
    others: Role,
    action: Action,
) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let mut signers = keyring.signers(first)?;
    signers.extend(keyring.cosigners(others)?);
    Ok(submit(ctx, &node, &signers, action, Vec::new())
        .await?
        .answer)
}

/// The keys of a role, with that of an IMVU's creator if it lies beside a local network and `needed` says so: what takes
/// the creator's word as well needs no second name there.
pub(crate) async fn signers_with_owner(
    node: &Node,
    keyring: &Keyring,
    role: Role,
    imvu: &ImvuId,
    needed: impl FnOnce(IdentityId) -> bool,
) -> Result<Vec<Signer>, CliError> {
    let mut signers = keyring.signers(role)?;
    if let Ok(read) = node.client.imvu(imvu).await {
        let owner = read.value.owner.0;
        if needed(owner) && signers.iter().all(|signer| signer.identity != owner) {
            signers.extend(keyring.development_key_of(owner, "owner"));
        }
    }
    Ok(signers)
}

/// Officers sign as many as the platform's threshold when none is named.
pub(crate) async fn act_as_platform(
    ctx: &Context,
    action: Action,
    approvals: Vec<Approval>,
) -> Result<Done, CliError> {
    let node = ctx.node().await?;
    let role = Role::Officers(node.officers_threshold);
    let signers = ctx.keyring().signers(role)?;
    submit(ctx, &node, &signers, action, approvals).await
}

/// Signs an action for the node's chain.
pub(crate) async fn sign(
    node: &Node,
    signers: &[Signer],
    action: Action,
    approvals: Vec<Approval>,
    valid_ms: u64,
) -> Result<Tx, CliError> {
    let (first, others) = signers
        .split_first()
        .ok_or_else(|| CliError::usage("nobody signs", "Name a key: --key NAME."))?;
    let nonce = node.client.next_nonce(first.identity).await?;
    let expires = Time(nonce.block_time.0.max(node.block_time)).plus_ms(valid_ms);
    let builder = TxBuilder::new(node.network.clone(), nonce.value.next.0, expires);
    let builder = approvals.into_iter().fold(builder, TxBuilder::approval);
    Ok(builder.sign(action, first, others)?)
}

/// Signs and submits, or asks what would happen.
pub(crate) async fn submit(
    ctx: &Context,
    node: &Node,
    signers: &[Signer],
    action: Action,
    approvals: Vec<Approval>,
) -> Result<Done, CliError> {
    let asked = crate::text::asked(&action);
    let mut attempt = 1;
    loop {
        let outcome = submit_once(ctx, node, signers, action.clone(), approvals.clone()).await;
        match outcome {
            Err(error) if attempt < ATTEMPTS && waits_its_turn(&error) => {
                tokio::time::sleep(PAUSE).await;
                attempt += 1;
            }
            other => return other.map_err(|error| asking(error, asked)),
        }
    }
}

/// Whether the node took nothing because another transaction of the same signer is on its way. Only then is an action
/// signed anew, with the nonce that follows.
fn waits_its_turn(error: &CliError) -> bool {
    let CliError::Refused(refusal) = error else {
        return false;
    };
    let code = Code::from_number(refusal.code.code);
    refusal.never_in_a_block()
        && matches!(
            code,
            Some(Code::NoncePending | Code::NonceReplayed | Code::AllowanceBlock)
        )
}

async fn submit_once(
    ctx: &Context,
    node: &Node,
    signers: &[Signer],
    action: Action,
    approvals: Vec<Approval>,
) -> Result<Done, CliError> {
    let valid_ms = match ctx.global.tx_out {
        Some(_) => VALID_FOR_OTHERS_MS,
        None => VALID_MS,
    };
    let tx = sign(node, signers, action, approvals, valid_ms).await?;
    let id = tx.body.id();
    if let Some(path) = &ctx.global.tx_out {
        return Ok(Done {
            answer: written(path, &tx)?,
            id,
            applied: false,
        });
    }
    if ctx.global.dry_run {
        return Ok(Done {
            answer: judged(node, &tx).await?,
            id,
            applied: false,
        });
    }
    let result = send(ctx, node, &encode(&tx)).await;
    let result = result.map_err(|error| explained(error, &tx))?;
    let applied = result.status == SubmitStatus::Committed;
    let answer = told(ctx, result)?;
    Ok(Done {
        answer,
        id,
        applied,
    })
}

/// Writes a signed transaction for others to co-sign, and says what they do with it.
pub(crate) fn written(path: &Path, tx: &Tx) -> Result<Answer, CliError> {
    let text = to_text(tx);
    write_file(path, format!("{text}\n").as_bytes())?;
    let signatures = tx.cosignatures.as_slice().len().saturating_add(1);
    let shown = path.display();
    let value = serde_json::json!({
        "file": path,
        "id": tx.body.id().to_string(),
        "signatures": signatures,
        "expires": tx.body.expires.0.to_string(),
    });
    let answer = format!(
        "{shown}: {}, {signatures} signed, valid until {}\nnext: others run nexus tx cosign {shown} --key NAME, the last one nexus tx submit {shown}",
        tx.body.action.kind(),
        crate::text::time(tx.body.expires.0)
    );
    Ok(Answer::new(&value, answer)?)
}

/// What the node says would happen; nothing is submitted.
pub(crate) async fn judged(node: &Node, tx: &Tx) -> Result<Answer, CliError> {
    let result = node.client.simulate(tx, true).await;
    simulated(result.map_err(|error| explained(error, tx))?)
}

/// Hands bytes over and waits as long as asked.
pub(crate) async fn send(
    ctx: &Context,
    node: &Node,
    bytes: &[u8],
) -> Result<SubmitResult, ClientError> {
    let wait = match ctx.global.wait {
        WaitFor::None => Wait::None,
        WaitFor::Checked => Wait::Checked,
        WaitFor::Committed => Wait::Committed,
    };
    let timeout_ms = ctx.global.timeout.saturating_mul(1_000);
    node.client.submit(bytes, wait, timeout_ms).await
}

/// The answer to a submission; a refusal that stands on the ledger is an error here.
pub(crate) fn told(ctx: &Context, result: SubmitResult) -> Result<Answer, CliError> {
    let code = result.result.as_ref().map_or(0, |code| code.code);
    if code != Code::Applied.number() {
        let refusal = match (&result.verdict, &result.result) {
            (Some(verdict), _) => Refusal::of_verdict(verdict),
            (None, Some(code)) => {
                Refusal::inadmissible(code.clone(), "the transaction", String::new())
            }
            (None, None) => {
                return Err(CliError::NotYet {
                    hash: result.hash.to_string(),
                });
            }
        };
        return Err(CliError::Refused(Box::new(refusal.recorded(&result))));
    }
    if result.status != SubmitStatus::Committed && ctx.global.wait == WaitFor::Committed {
        return Err(CliError::NotYet {
            hash: result.hash.to_string(),
        });
    }
    let text = match (&result.verdict, result.height) {
        (Some(verdict), Some(height)) => format!(
            "{GREEN}applied{GREEN:#}  {} on {}  (block {height}, transaction {})",
            verdict.action,
            subject(&verdict.subject),
            result.hash
        ),
        _ => format!(
            "handed over  transaction {}; its result: nexus tx show {}",
            result.hash, result.hash
        ),
    };
    Ok(Answer::new(&result, text)?)
}

fn simulated(result: SimulateResult) -> Result<Answer, CliError> {
    if result.result.code != Code::Applied.number() {
        let refusal = match &result.verdict {
            Some(verdict) => Refusal::of_verdict(verdict),
            None => Refusal::inadmissible(result.result.clone(), "the transaction", String::new()),
        };
        return Err(CliError::Refused(Box::new(refusal.simulated())));
    }
    let changes = result.changes.iter().map(|change| {
        let kind = format!("{:?}", change.change).to_lowercase();
        let id = change.id.clone().unwrap_or_else(|| change.key.to_string());
        format!("  {kind} {} {id}", change.kind)
    });
    let changes: Vec<String> = changes.collect();
    let text = format!(
        "would apply, judged at block {}; nothing was submitted\n{}",
        result.height,
        changes.join("\n")
    );
    Ok(Answer::new(&result, text)?)
}

fn asking(error: CliError, asked: String) -> CliError {
    match error {
        CliError::Refused(refusal) => CliError::Refused(Box::new(refusal.asking(asked))),
        other => other,
    }
}

/// A node's refusal to admit, told like any other refusal.
pub(crate) fn explained(error: ClientError, tx: &Tx) -> CliError {
    let ClientError::Node { code, .. } = &error else {
        return error.into();
    };
    let law = u32::try_from(*code).ok().filter(|code| *code < 3_000);
    match law.and_then(explain) {
        Some(explanation) => CliError::Refused(Box::new(Refusal::inadmissible(
            explanation.code,
            tx.body.action.kind().name(),
            tx.body.signer.to_string(),
        ))),
        None => error.into(),
    }
}
