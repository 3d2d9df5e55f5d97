//! `nexus imvu`: what creators do with their IMVUs.

use super::change::{
    PolicyArgs, QuotaArgs, QuotaChangeArgs, RouteArgs, host_id, imvu_id, jurisdiction,
};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use crate::{table, text};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{ImvuStatus, ImvuView, ListImvusParams, Method, Page, WireIdentity};
use nexus_types::encoding::Text;
use nexus_types::ids::HostId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::payment::StandingConsent;
use nexus_types::route::{Prefix, RouteChange};
use nexus_types::{Action, IdentityId, ImvuId};

/// IMVUs.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an IMVU
    Create {
        /// Its id, such as IMVU-042
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// Where its data may be, such as EU-GDPR; without it, it is a draft that can hold nothing
        #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
        jurisdiction: Option<Jurisdiction>,
        #[command(flatten)]
        quota: QuotaArgs,
    },
    /// Ask for it to run on a host
    Activate {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// On this host [default: the fitting one with the fewest IMVUs]
        #[arg(long, value_name = "NAME", value_parser = host_id)]
        host: Option<HostId>,
    },
    /// Stop it; what it has stays
    Stop {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        loss: Loss,
    },
    /// Have it run on another host
    Move {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// To this host [default: the fitting one with the fewest IMVUs]
        #[arg(long, value_name = "NAME", value_parser = host_id)]
        host: Option<HostId>,
        #[command(flatten)]
        loss: Loss,
    },
    /// Set its public description
    Describe {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// At most 280 bytes, public for ever
        description: String,
    },
    /// Declare where its data may be
    SetJurisdiction {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// The tag, such as EU-GDPR
        #[arg(value_parser = jurisdiction)]
        jurisdiction: Jurisdiction,
    },
    /// Show an IMVU, as the node says; nexus verify imvu proves it
    Show {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Show on which host it runs, as the node says
    Placement {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// List IMVUs
    List {
        /// Only those of this creator
        #[arg(long)]
        owner: Option<IdentityId>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Change quota fields of your own IMVU
    Quota {
        /// Which
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
    /// Routes of your own IMVU
    #[command(subcommand)]
    Route(Route),
    /// Path policy of your own IMVU
    #[command(subcommand)]
    PathPolicy(Policy),
    /// Standing consents of your own IMVU
    #[command(subcommand)]
    Consent(Consent),
}

/// Whether to wait for the host's word.
#[derive(Args)]
pub(crate) struct Loss {
    /// Don't wait for the host's word that nothing runs there any longer: for a host that is gone. What it has not written
    /// elsewhere is lost
    #[arg(long)]
    accept_loss: bool,
}

/// Routes.
#[derive(Subcommand)]
pub(crate) enum Route {
    /// Set a route, replacing that of the same prefix
    Set {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        route: RouteArgs,
    },
    /// Remove a route
    Remove {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        /// The route's prefix
        prefix: Prefix,
    },
}

/// Path policies.
#[derive(Subcommand)]
pub(crate) enum Policy {
    /// Replace the path policy
    Set {
        /// Which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
        #[command(flatten)]
        policy: PolicyArgs,
    },
}

/// Standing consents.
#[derive(Subcommand)]
pub(crate) enum Consent {
    /// Consent once and for all
    Give(ConsentArgs),
    /// Take a consent back; it holds for a while yet
    Revoke(ConsentArgs),
}

/// A standing consent of an IMVU.
#[derive(Args)]
pub(crate) struct ConsentArgs {
    /// Which IMVU
    #[arg(value_parser = imvu_id)]
    imvu: ImvuId,
    /// To what
    #[arg(value_enum)]
    consent: Standing,
}

/// What a creator may consent to once and for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Standing {
    /// Compute rests when a debt is 30 days old; names, mail, data and exit go on
    DebtLadder,
    /// The mail agent of the host registers new DKIM keys; it revokes none
    KeyRollover,
}

impl ConsentArgs {
    fn action(self, given: bool) -> Action {
        Action::SetStandingConsent {
            imvu: self.imvu,
            consent: match self.consent {
                Standing::DebtLadder => StandingConsent::DebtLadder,
                Standing::KeyRollover => StandingConsent::KeyRollover,
            },
            given,
        }
    }
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let action = match command {
        Command::Show { imvu } => return show(ctx, &imvu).await,
        Command::Placement { imvu } => return super::host::placement(ctx, &imvu).await,
        Command::List { owner, limit } => return list(ctx, owner, limit).await,
        Command::Create {
            imvu,
            jurisdiction,
            quota,
        } => Action::CreateImvu {
            imvu,
            jurisdiction,
            quota: quota.quota(),
        },
        Command::Activate { imvu, host } => Action::ActivateImvu { imvu, host },
        Command::Stop { imvu, loss } => Action::StopImvu {
            imvu,
            accept_loss: loss.accept_loss,
        },
        Command::Move { imvu, host, loss } => Action::MoveImvu {
            imvu,
            host,
            accept_loss: loss.accept_loss,
        },
        Command::Describe { imvu, description } => Action::DescribeImvu {
            imvu,
            description: Text::new(description).map_err(|_| {
                CliError::usage("the description is longer than 280 bytes", "Shorten it.")
            })?,
        },
        Command::SetJurisdiction { imvu, jurisdiction } => {
            Action::SetJurisdiction { imvu, jurisdiction }
        }
        Command::Quota { imvu, change } => Action::ChangeQuota {
            imvu,
            change: change.change()?,
        },
        Command::Route(Route::Set { imvu, route }) => Action::ChangeRoute {
            imvu,
            change: route.change(),
        },
        Command::Route(Route::Remove { imvu, prefix }) => Action::ChangeRoute {
            imvu,
            change: RouteChange::Remove(prefix),
        },
        Command::PathPolicy(Policy::Set { imvu, policy }) => Action::ChangePathPolicy {
            imvu,
            policy: policy.policy()?,
        },
        Command::Consent(Consent::Give(consent)) => consent.action(true),
        Command::Consent(Consent::Revoke(consent)) => consent.action(false),
    };
    submit::act(ctx, Role::Creator, action).await
}

async fn show(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.imvu(imvu).await?;
    let text = format!(
        "{}\nas of block {} ({}); proved by nexus verify imvu {imvu}",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

/// An IMVU for people.
pub(crate) fn described(view: &ImvuView) -> String {
    let mut fields = vec![
        ("imvu", view.id.to_string()),
        ("owner", view.owner.to_string()),
        ("status", status(view.status).to_owned()),
        (
            "jurisdiction",
            view.jurisdiction
                .as_ref()
                .map_or_else(|| String::from("none"), ToString::to_string),
        ),
        ("quota", text::quota(&view.quota)),
        ("description", view.description.clone()),
        ("created", format!("block {}", view.created)),
        ("placed", format!("{} times so far", view.placements)),
        (
            "holds",
            format!(
                "{} domains, {} routes, {} open proposals",
                view.domains, view.routes, view.proposals
            ),
        ),
    ];
    if let Some(policy) = &view.path_policy {
        let egress = if policy.egress_open { "open" } else { "closed" };
        let hops = policy.next_hops.join(" ");
        fields.push(("path policy", format!("egress {egress}; next hops {hops}")));
    }
    for route in view.route_table.iter().flatten() {
        if let Some(next_hop) = &route.next_hop {
            fields.push(("route", format!("{} via {next_hop}", route.prefix)));
        }
    }
    for collection in view.collections.iter().flatten() {
        fields.push((
            "collection",
            format!(
                "{}: {} entries, root {}",
                collection.kind, collection.size, collection.root
            ),
        ));
    }
    table::fields(&fields)
}

fn status(status: ImvuStatus) -> &'static str {
    match status {
        ImvuStatus::Draft => "draft",
        ImvuStatus::Active => "active",
        ImvuStatus::Starting => "starting",
        ImvuStatus::Stopping => "stopping",
    }
}

async fn list(ctx: &Context, owner: Option<IdentityId>, limit: u32) -> Result<Answer, CliError> {
    let params = ListImvusParams {
        limit: Some(limit),
        owner: owner.map(WireIdentity::from),
        ..ListImvusParams::default()
    };
    let page: Page<ImvuView> = ctx.client()?.read(Method::ListImvus, &params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|imvu| {
            vec![
                imvu.id.to_string(),
                status(imvu.status).to_owned(),
                imvu.jurisdiction
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                text::short(&imvu.owner),
                text::quota(&imvu.quota),
            ]
        })
        .collect();
    let shown = table::columns(&["IMVU", "STATUS", "JURISDICTION", "OWNER", "QUOTA"], &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}
