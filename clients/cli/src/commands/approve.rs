//! `nexus approve`: what only a creator can allow.

use super::change::{PolicyArgs, QuotaChangeArgs, RouteArgs, imvu_id};
use super::mail::MailRouteArgs;
use crate::context::{Context, Node, write_file};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use borsh::{BorshDeserialize, BorshSerialize};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{
    GetProofParams, Hex, ListApprovalsParams, Method, Page, ProofResult, ProposalStatus,
    ProposalView,
};
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::{approve, to_text};
use nexus_types::approval::{Approval, ApprovalBody, Change, PermittedActor, basis};
use nexus_types::mail::MailRouteRecord;
use nexus_types::route::PathPolicy;
use nexus_types::state::{ChainRecord, Clock, Imvu, RouteRecord};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Action, Hash, IdentityId, ImvuId, Time, Tx, decode};
use rand::RngCore;
use serde_json::json;
use std::path::PathBuf;

/// Approvals.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the platform's proposals
    List {
        /// Only those about this IMVU
        #[arg(long, value_parser = imvu_id)]
        imvu: Option<ImvuId>,
        /// Only those that stand so
        #[arg(long, value_enum)]
        status: Option<Status>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Show a proposal
    Show {
        /// Its id
        proposal: Hash,
    },
    /// Approve a proposal: its change applies at once
    Sign {
        /// Its id
        proposal: Hash,
    },
    /// Write an approval file for a change the platform may then make, once
    Issue(Issue),
    /// Void an approval before it is used
    Revoke {
        /// Whose IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// The approval's id
        approval: Hash,
    },
}

/// How a proposal stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Status {
    /// It waits for the creator
    Open,
    /// It was approved and applied
    Applied,
    /// Nobody approved in time
    Expired,
}

/// An approval file.
#[derive(Args)]
pub(crate) struct Issue {
    /// Write it here instead of to standard output
    #[arg(long, global = true, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The only identity that may use it [default: the platform's officers]
    #[arg(long, global = true, value_name = "ID")]
    permit: Option<IdentityId>,
    /// Hours it can be used
    #[arg(long, global = true, default_value_t = 168, value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: u16,
    #[command(subcommand)]
    change: IssueChange,
}

/// What is approved.
#[derive(Subcommand)]
pub(crate) enum IssueChange {
    /// New values for some quota fields
    Quota {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
    /// A route
    Route {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        route: RouteArgs,
    },
    /// A path policy
    PathPolicy {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Where a domain's mail goes
    MailRoute {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        route: MailRouteArgs,
    },
}

impl IssueChange {
    fn into_parts(self) -> Result<(ImvuId, Change), CliError> {
        Ok(match self {
            Self::Quota { imvu, change } => (imvu, Change::Quota(change.change()?)),
            Self::Route { imvu, route } => (imvu, Change::Route(route.change())),
            Self::PathPolicy { imvu, policy } => (imvu, Change::PathPolicy(policy.policy()?)),
            Self::MailRoute { imvu, route } => (imvu, Change::MailRoute(route.change())),
        })
    }
}

/// Milliseconds of an hour.
const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List {
            imvu,
            status,
            limit,
        } => list(ctx, imvu, status, limit).await,
        Command::Show { proposal } => {
            let view = proposal_view(ctx, proposal).await?;
            let change = proposed_change(ctx, &view).await?;
            Ok(Answer::new(&view, described(&view, &change))?)
        }
        Command::Sign { proposal } => sign(ctx, proposal).await,
        Command::Issue(issue) => self::issue(ctx, issue).await,
        Command::Revoke { imvu, approval } => {
            submit::act(
                ctx,
                Role::Creator,
                Action::RevokeApproval { imvu, approval },
            )
            .await
        }
    }
}

async fn list(
    ctx: &Context,
    imvu: Option<ImvuId>,
    status: Option<Status>,
    limit: u32,
) -> Result<Answer, CliError> {
    let params = ListApprovalsParams {
        limit: Some(limit),
        imvu: imvu.map(Into::into),
        status: status.map(|status| match status {
            Status::Open => ProposalStatus::Open,
            Status::Applied => ProposalStatus::Applied,
            Status::Expired => ProposalStatus::Expired,
        }),
        ..ListApprovalsParams::default()
    };
    let page: Page<ProposalView> = ctx.client()?.read(Method::ListApprovals, &params).await?;
    let rows = page.items.iter().map(|view| {
        Ok(vec![
            view.id.to_string(),
            view.imvu.to_string(),
            format!("{:?}", view.status).to_lowercase(),
            text::change(&exact_change(view)?),
        ])
    });
    let rows = rows.collect::<Result<Vec<_>, CliError>>()?;
    let shown = table::columns(&["PROPOSAL", "IMVU", "STATUS", "CHANGE"], &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}

async fn proposal_view(ctx: &Context, proposal: Hash) -> Result<ProposalView, CliError> {
    let params = ListApprovalsParams {
        limit: Some(1),
        proposal: Some(proposal.into()),
        ..ListApprovalsParams::default()
    };
    let page: Page<ProposalView> = ctx.client()?.read(Method::ListApprovals, &params).await?;
    let found = page.items.into_iter().find(|view| view.id.0 == proposal);
    found.ok_or_else(|| CliError::NotFound(format!("there is no proposal {proposal}")))
}

/// The change in the bytes that would be signed, not in what the node shows beside them.
fn exact_change(view: &ProposalView) -> Result<Change, CliError> {
    decode(view.change_bytes.bytes()).map_err(|error| {
        CliError::Stranger(format!(
            "the node's change of proposal {} cannot be read: {error}",
            view.id
        ))
    })
}

/// The change, compared with the transaction that opened the proposal. A proposal's id is that transaction's, so a node
/// cannot put another change, or another IMVU, under the id that the creator was told.
async fn proposed_change(ctx: &Context, view: &ProposalView) -> Result<Change, CliError> {
    let change = exact_change(view)?;
    let opened = ctx.client()?.transaction(view.id.0).await?;
    let opened: Option<Tx> = decode(opened.raw.bytes()).ok();
    let opened = opened.filter(|tx| tx.body.id() == view.id.0);
    let proposed = opened.and_then(|tx| match tx.body.action {
        Action::ProposeQuota { imvu, change, .. } => Some((imvu, Change::Quota(change))),
        Action::ProposeRoute { imvu, change, .. } => Some((imvu, Change::Route(change))),
        Action::ProposePathPolicy { imvu, policy, .. } => Some((imvu, Change::PathPolicy(policy))),
        _ => None,
    });
    match proposed {
        Some((imvu, wanted)) if imvu == view.imvu.0 && wanted == change => Ok(change),
        _ => Err(CliError::Stranger(format!(
            "what the node shows as proposal {} is not what the transaction of that id proposes",
            view.id
        ))),
    }
}

fn described(view: &ProposalView, change: &Change) -> String {
    table::fields(&[
        ("proposal", view.id.to_string()),
        ("imvu", view.imvu.to_string()),
        ("change", text::change(change)),
        ("proposer", view.proposer.to_string()),
        ("opened", format!("block {}", view.opened)),
        ("expires", text::time(view.expires.0)),
        ("status", format!("{:?}", view.status).to_lowercase()),
    ])
}

async fn sign(ctx: &Context, proposal: Hash) -> Result<Answer, CliError> {
    let view = proposal_view(ctx, proposal).await?;
    let node = ctx.node().await?;
    let change = proposed_change(ctx, &view).await?;
    let signer = ctx.keyring().signer(Role::Creator)?;
    crate::context::note(&format!(
        "approving on {}: {}",
        view.imvu,
        text::change(&change)
    ));
    let approval = approval(
        ctx,
        &node,
        &signer,
        Wanted {
            imvu: view.imvu.0,
            change,
            permitted: PermittedActor::Platform,
            life_ms: u64::MAX,
        },
    )
    .await?;
    let action = Action::SignApproval { proposal, approval };
    Ok(submit::submit(ctx, &node, &[signer], action, Vec::new())
        .await?
        .answer)
}

async fn issue(ctx: &Context, issue: Issue) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let signer = ctx.keyring().signer(Role::Creator)?;
    let permitted = issue
        .permit
        .map_or(PermittedActor::Platform, PermittedActor::Identity);
    let (imvu, change) = issue.change.into_parts()?;
    let wanted = Wanted {
        imvu,
        change,
        permitted,
        life_ms: u64::from(issue.hours).saturating_mul(HOUR_MS),
    };
    let words = text::change(&wanted.change);
    let approval = approval(ctx, &node, &signer, wanted).await?;
    let (id, file) = (approval.body.id(), to_text(&approval));
    let text = match &issue.out {
        Some(path) => {
            write_file(path, format!("{file}\n").as_bytes())?;
            format!(
                "{}: approval {id} of: {words}\nnext: hand it to the officers, who add --approval {}; void it with nexus approve revoke",
                path.display(),
                path.display()
            )
        }
        None => file.clone(),
    };
    let value = json!({"approval": id.to_string(), "file": issue.out, "text": file});
    Ok(Answer::new(&value, text)?)
}

struct Wanted {
    imvu: ImvuId,
    change: Change,
    permitted: PermittedActor,
    life_ms: u64,
}

/// An approval that fits the state as it is now, signed.
async fn approval(
    ctx: &Context,
    node: &Node,
    signer: &Signer,
    wanted: Wanted,
) -> Result<Approval, CliError> {
    let imvu: Imvu = state(ctx, &state_key::imvu(&wanted.imvu))
        .await?
        .ok_or_else(|| CliError::NotFound(format!("there is no {}", wanted.imvu)))?;
    let route: Option<RouteRecord> = match &wanted.change {
        Change::Route(change) => {
            state(ctx, &state_key::route(&wanted.imvu, &change.prefix())).await?
        }
        _ => None,
    };
    let policy: Option<PathPolicy> = state(ctx, &state_key::path_policy(&wanted.imvu)).await?;
    let clock: Option<Clock> = state(ctx, &state_key::clock()).await?;
    let chain: Option<ChainRecord> = state(ctx, &state_key::chain()).await?;
    let mail: Option<MailRouteRecord> = match &wanted.change {
        Change::MailRoute(change) => state(ctx, &state_key::mail_route(&change.domain)).await?,
        _ => None,
    };
    let now = basis(
        &wanted.change,
        &imvu,
        route.as_ref(),
        &policy.unwrap_or_default(),
        mail.as_ref(),
    );
    let not_before = clock.map_or(Time(0), |clock| clock.law_time);
    let longest = chain.map_or(0, |chain| chain.delays.approval_ms);
    let generation = node
        .client
        .identity(signer.identity)
        .await?
        .value
        .generation;
    let body = ApprovalBody {
        network: node.network.clone(),
        approver: signer.identity,
        generation,
        imvu: wanted.imvu,
        version: now.version,
        before: now.before,
        change: wanted.change,
        permitted: wanted.permitted,
        not_before,
        expires: not_before.plus_ms(wanted.life_ms.min(longest)),
        salt: rand::rngs::OsRng.next_u64(),
    };
    Ok(approve(body, &signer.key))
}

/// An object of the state as the node says; what is wrong in it only makes an approval void.
pub(crate) async fn state<T: BorshDeserialize + BorshSerialize>(
    ctx: &Context,
    key: &StateKey,
) -> Result<Option<T>, CliError> {
    let params = GetProofParams {
        keys: vec![Hex::new(key.as_bytes())],
        ..GetProofParams::default()
    };
    let result: ProofResult = ctx.client()?.read(Method::GetProof, &params).await?;
    let item = result
        .items
        .into_iter()
        .find(|item| item.key.bytes() == key.as_bytes());
    let value = item.and_then(|item| item.value);
    value
        .map(|value| {
            decode(value.bytes()).map_err(|error| {
                CliError::Stranger(format!(
                    "the node's value of {key:?} cannot be read: {error}"
                ))
            })
        })
        .transpose()
}
