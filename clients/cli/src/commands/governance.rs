//! `nexus governance`, `nexus restrict`, `nexus appeal`: what the seats decide together, and legal restrictions.

mod propose;
mod recovery;
mod words;

use super::change::imvu_id;
use super::money::Document;
use crate::context::{Context, note};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{At, GovernanceProposalView, GovernanceView};
use nexus_types::governance::{
    AppealRestriction, CastBallot, GovernanceChange, GovernanceProposal, RestrictLegally,
    RestrictionScope, WithdrawGovernance,
};
use nexus_types::limits::DAY_MS;
use nexus_types::{Action, Hash, ImvuId, decode};
use std::path::PathBuf;

/// Governance.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what is voted on or waits, the planned upgrade, observers and denied names
    Show,
    /// Show one proposal with its votes
    Proposal {
        /// Its id: the id of the transaction that submitted it
        id: Hash,
    },
    /// Propose a change, which the seats vote on
    #[command(subcommand)]
    Propose(propose::Change),
    /// Vote on a proposal, as the operator of a seat; one organisation has one vote and keeps it
    Vote {
        /// The proposal's id
        id: Hash,
        /// For it, or against
        vote: Vote,
    },
    /// Take back a proposal of your own that is still voted on
    Withdraw {
        /// The proposal's id
        id: Hash,
    },
    /// Sign the file of a recovery ceremony, as the operator of a seat; no node is asked
    SignRecovery {
        /// The file that `nexusd recovery draft` wrote; the signature is put into it
        file: PathBuf,
    },
}

/// A vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Vote {
    /// For it
    Yes,
    /// Against it
    No,
}

/// A legal restriction.
#[derive(Args)]
pub(crate) struct Restrict {
    /// Which
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// What the order stops
    #[arg(long)]
    scope: Scope,
    /// For how many days; 30 at most
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=30))]
    days: u64,
    #[command(flatten)]
    order: Document,
}

/// What a restriction stops.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Scope {
    /// New outbound flows; replies pass
    OutboundFlows,
    /// Mail submission
    Mail,
    /// Flows from outside that are no replies
    Serving,
}

impl From<Scope> for RestrictionScope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::OutboundFlows => Self::OutboundFlows,
            Scope::Mail => Self::Mail,
            Scope::Serving => Self::Serving,
        }
    }
}

/// An appeal.
#[derive(Args)]
pub(crate) struct Appeal {
    /// Which
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    #[command(flatten)]
    grounds: Document,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Show => show(ctx).await,
        Command::Proposal { id } => proposal(ctx, id).await,
        Command::Propose(change) => propose::run(ctx, change).await,
        Command::Vote { id, vote } => cast(ctx, id, vote).await,
        Command::Withdraw { id } => {
            let action = Action::WithdrawGovernance(WithdrawGovernance { proposal: id });
            submit::act(ctx, Role::Operator, action).await
        }
        Command::SignRecovery { file } => recovery::sign(ctx, &file),
    }
}

async fn show(ctx: &Context) -> Result<Answer, CliError> {
    let read = ctx.client()?.governance(At::Latest).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

async fn proposal(ctx: &Context, id: Hash) -> Result<Answer, CliError> {
    let read = ctx.client()?.governance_proposal(id, At::Latest).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        words::proposal(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

/// Votes on what the bytes of the change say, not on what the node says that they do.
async fn cast(ctx: &Context, id: Hash, vote: Vote) -> Result<Answer, CliError> {
    let read = ctx.client()?.governance_proposal(id, At::Latest).await?;
    let (change, digest) = checked(id, &read.value)?;
    note(&format!(
        "voting {} on: {}",
        if vote == Vote::Yes { "yes" } else { "no" },
        words::change(&(&change).into())
    ));
    let action = Action::CastBallot(CastBallot {
        proposal: id,
        digest,
        approve: vote == Vote::Yes,
    });
    submit::act(ctx, Role::Operator, action).await
}

/// The change that the proposal's bytes are, and the digest computed from it here.
fn checked(id: Hash, view: &GovernanceProposalView) -> Result<(GovernanceChange, Hash), CliError> {
    let differs = |what: &str| {
        CliError::usage(
            format!("the node's answer is not consistent: {what}"),
            "Ask another node: --node URL. This one may lie about what you would vote on.",
        )
    };
    let change: GovernanceChange =
        decode(&view.change_bytes.0.0).map_err(|_| differs("the change's bytes are no change"))?;
    let digest = GovernanceProposal::digest_of(&id, &change, view.basis.0, view.epoch);
    if view.id.0 != id || view.digest.0 != digest {
        return Err(differs("the digest is not that of the change"));
    }
    Ok((change, digest))
}

fn described(view: &GovernanceView) -> String {
    let mut parts = Vec::new();
    if view.pending.is_empty() {
        parts.push(String::from("nothing is voted on, nothing waits"));
    } else {
        let rows: Vec<Vec<String>> = view.pending.iter().map(words::row).collect();
        let header = ["PROPOSAL", "CHANGE", "YES", "NO", "STATUS"];
        parts.push(table::columns(&header, &rows));
    }
    if !view.waiting.queue.is_empty() {
        parts.push(format!(
            "{} changes of seats wait: power {} has changed within the trusting period, and less than a third may",
            view.waiting.queue.len(),
            view.waiting.changed_power
        ));
    }
    if let Some(plan) = &view.upgrade {
        parts.push(format!(
            "from block {} on, version {} decides (binary {})",
            plan.height, plan.app_version, plan.sha256
        ));
    }
    if !view.observers.is_empty() {
        let rows: Vec<Vec<String>> = view
            .observers
            .iter()
            .map(|one| {
                vec![
                    one.name.clone(),
                    one.identity.to_string(),
                    text::yes_no(one.platform),
                ]
            })
            .collect();
        parts.push(table::columns(&["OBSERVER", "IDENTITY", "PLATFORM"], &rows));
    }
    if !view.denied.is_empty() {
        let rows: Vec<Vec<String>> = view
            .denied
            .iter()
            .map(|one| {
                let reach = if one.below { "and all below" } else { "itself" };
                vec![
                    one.name.to_string(),
                    reach.to_owned(),
                    one.since.to_string(),
                ]
            })
            .collect();
        parts.push(table::columns(
            &["DENIED NAME", "REACH", "SINCE BLOCK"],
            &rows,
        ));
    }
    parts.join("\n")
}

/// Runs it. On a local network the operators outside the platform and the officers sign.
pub(crate) async fn restrict(ctx: &Context, command: Restrict) -> Result<Answer, CliError> {
    let node = ctx.node().await?;
    let keyring = ctx.keyring();
    let mut signers = keyring.signers(Role::TwoThirds)?;
    if keyring.names_nobody() {
        signers.extend(keyring.signers(Role::Officers(node.officers_threshold))?);
    }
    let now = ctx.client()?.governance(At::Latest).await?.value.law_time.0;
    // A full number of days, and the order is in force before the last of them has passed.
    let until = now.saturating_add(command.days.saturating_mul(DAY_MS));
    let action = Action::RestrictLegally(RestrictLegally {
        imvu: command.imvu,
        order: command.order.hash()?,
        scope: command.scope.into(),
        until: nexus_types::Time(until),
    });
    let done = submit::submit(ctx, &node, &signers, action, Vec::new()).await?;
    Ok(done.answer)
}

/// Runs it.
pub(crate) async fn appeal(ctx: &Context, command: Appeal) -> Result<Answer, CliError> {
    let action = Action::AppealRestriction(AppealRestriction {
        imvu: command.imvu,
        grounds: command.grounds.hash()?,
    });
    submit::act(ctx, Role::Creator, action).await
}

#[cfg(test)]
mod tests;
