//! `nexus platform`: what officers do to somebody's IMVU, and what they can only try.

use super::change::{PolicyArgs, QuotaChangeArgs, RouteArgs, imvu_id};
use super::mail::MailRouteArgs;
use crate::context::{Context, read_text};
use crate::error::CliError;
use crate::output::Answer;
use crate::submit;
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::sign::from_text;
use nexus_types::action::{Parameter, SuspendReason};
use nexus_types::approval::Approval;
use nexus_types::exit::BlockExit;
use nexus_types::mail::{ChangeMailRoute, ProposeMailRoute};
use nexus_types::state::Clock;
use nexus_types::{Action, ImvuId, Time, state_key};
use std::path::PathBuf;

/// Milliseconds of an hour.
const HOUR_MS: u64 = 60 * 60 * 1_000;

/// Platform actions.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Change quota fields; every cut needs the creator's approval
    SetQuota {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
    /// Ask the creator for a quota change
    ProposeQuota {
        #[command(flatten)]
        target: ProposalTarget,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
    /// Change a route; it needs the creator's approval
    SetRoute {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        route: RouteArgs,
    },
    /// Ask the creator for a route change
    ProposeRoute {
        #[command(flatten)]
        target: ProposalTarget,
        #[command(flatten)]
        route: RouteArgs,
    },
    /// Replace the path policy; it needs the creator's approval
    SetPathPolicy {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Ask the creator for another path policy
    ProposePathPolicy {
        #[command(flatten)]
        target: ProposalTarget,
        #[command(flatten)]
        policy: PolicyArgs,
    },
    /// Route a domain's mail elsewhere; it needs the creator's approval
    SetMailRoute {
        #[command(flatten)]
        target: Target,
        #[command(flatten)]
        route: MailRouteArgs,
    },
    /// Ask the creator for another route of a domain's mail
    ProposeMailRoute {
        #[command(flatten)]
        target: ProposalTarget,
        #[command(flatten)]
        route: MailRouteArgs,
    },
    /// Another split of revenue for one IMVU: refused, and recorded
    SetSplit {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Creator's and platform's percent, such as 40/60
        #[arg(value_parser = split)]
        split: (u8, u8),
    },
    /// Another split of revenue for all: refused, and recorded
    ProposeSplit {
        /// Creator's and platform's percent, such as 40/60
        #[arg(value_parser = split)]
        split: (u8, u8),
    },
    /// Stop an IMVU: refused, and recorded
    Suspend {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Why
        #[arg(long, value_enum, default_value = "unstated")]
        reason: Reason,
    },
    /// Stop an exit: refused, and recorded
    BlockExit {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
}

/// An IMVU, and approvals its creator gave.
#[derive(Args)]
pub(crate) struct Target {
    /// Which
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// The creator's approval of exactly this change (nexus approve issue); repeatable
    #[arg(long, value_name = "FILE")]
    approval: Vec<PathBuf>,
}

/// An IMVU, and how long a proposal stays open.
#[derive(Args)]
pub(crate) struct ProposalTarget {
    /// Which
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// Hours the creator has
    #[arg(long, default_value_t = 168, value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: u16,
}

/// Why a platform wants to suspend an IMVU.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Reason {
    /// Money owed
    Debt,
    /// A complaint about abuse
    Abuse,
    /// An order
    Legal,
    /// None given
    Unstated,
}

fn split(text: &str) -> Result<(u8, u8), String> {
    let parts = text
        .split_once('/')
        .and_then(|(creator, platform)| Some((creator.parse().ok()?, platform.parse().ok()?)));
    parts.ok_or_else(|| String::from("a split is two percentages, such as 40/60"))
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::SetQuota { target, change } => {
            let change = change.change()?;
            let imvu = target.imvu.clone();
            apply(ctx, &target, Action::ChangeQuota { imvu, change }).await
        }
        Command::SetRoute { target, route } => {
            let (imvu, change) = (target.imvu.clone(), route.change());
            apply(ctx, &target, Action::ChangeRoute { imvu, change }).await
        }
        Command::SetPathPolicy { target, policy } => {
            let (imvu, policy) = (target.imvu.clone(), policy.policy()?);
            apply(ctx, &target, Action::ChangePathPolicy { imvu, policy }).await
        }
        Command::ProposeQuota { target, change } => {
            let change = change.change()?;
            propose(ctx, target, |imvu, expires| Action::ProposeQuota {
                imvu,
                change,
                expires,
            })
            .await
        }
        Command::ProposeRoute { target, route } => {
            let change = route.change();
            propose(ctx, target, |imvu, expires| Action::ProposeRoute {
                imvu,
                change,
                expires,
            })
            .await
        }
        Command::ProposePathPolicy { target, policy } => {
            let policy = policy.policy()?;
            propose(ctx, target, |imvu, expires| Action::ProposePathPolicy {
                imvu,
                policy,
                expires,
            })
            .await
        }
        Command::SetMailRoute { target, route } => {
            let (imvu, change) = (target.imvu.clone(), route.change());
            let action = Action::ChangeMailRoute(ChangeMailRoute { imvu, change });
            apply(ctx, &target, action).await
        }
        Command::ProposeMailRoute { target, route } => {
            let change = route.change();
            propose(ctx, target, |imvu, expires| {
                Action::ProposeMailRoute(ProposeMailRoute {
                    imvu,
                    change,
                    expires,
                })
            })
            .await
        }
        Command::SetSplit { imvu, split } => {
            let (creator_percent, platform_percent) = split;
            let action = Action::SetSplit {
                imvu,
                creator_percent,
                platform_percent,
            };
            attempt(ctx, action).await
        }
        Command::ProposeSplit { split } => {
            let (creator_percent, platform_percent) = split;
            let parameter = Parameter::Split {
                creator_percent,
                platform_percent,
            };
            attempt(ctx, Action::ProposeParameter { parameter }).await
        }
        Command::Suspend { imvu, reason } => {
            let reason = reason.into();
            attempt(ctx, Action::PlatformSuspend { imvu, reason }).await
        }
        Command::BlockExit { imvu } => attempt(ctx, Action::BlockExit(BlockExit { imvu })).await,
    }
}

/// What exists only to be refused and recorded.
async fn attempt(ctx: &Context, action: Action) -> Result<Answer, CliError> {
    Ok(submit::act_as_platform(ctx, action, Vec::new())
        .await?
        .answer)
}

impl From<Reason> for SuspendReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Debt => Self::Debt,
            Reason::Abuse => Self::Abuse,
            Reason::Legal => Self::Legal,
            Reason::Unstated => Self::Unstated,
        }
    }
}

async fn apply(ctx: &Context, target: &Target, action: Action) -> Result<Answer, CliError> {
    let approvals = target.approval.iter().map(|path| {
        let approval: Approval = from_text(&read_text(path)?, "approval")?;
        Ok(approval)
    });
    let approvals = approvals.collect::<Result<Vec<_>, CliError>>()?;
    Ok(submit::act_as_platform(ctx, action, approvals)
        .await?
        .answer)
}

async fn propose(
    ctx: &Context,
    target: ProposalTarget,
    action: impl FnOnce(ImvuId, Time) -> Action,
) -> Result<Answer, CliError> {
    let clock: Option<Clock> = super::approve::state(ctx, &state_key::clock()).await?;
    let now = clock.map_or(Time(0), |clock| clock.law_time);
    let expires = now.plus_ms(u64::from(target.hours).saturating_mul(HOUR_MS));
    let imvu = target.imvu.clone();
    let done = submit::act_as_platform(ctx, action(target.imvu, expires), Vec::new()).await?;
    let mut answer = done.answer;
    if done.applied {
        let id = done.id;
        answer.text = format!(
            "{}\nproposal {id}\nnext: the creator of {imvu} runs nexus approve show {id}, then nexus approve sign {id}",
            answer.text
        );
        if let Some(members) = answer.json.as_object_mut() {
            members.insert(String::from("proposal"), id.to_string().into());
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn splits_are_two_numbers() {
        assert_eq!(split("40/60"), Ok((40, 60)));
        for wrong in ["", "40", "40/", "a/b", "300/1", "40/60/1"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
