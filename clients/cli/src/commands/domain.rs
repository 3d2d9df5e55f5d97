//! `nexus domain`: names and who holds them.

mod hand;
mod proof;

pub(super) use proof::record;

use super::change::{imvu_id, name};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::submit;
use crate::table;
use crate::units::counted;
use clap::Subcommand;
use nexus_sdk::api::{
    DomainStatus, DomainView, ListDomainsParams, Method, Page, Read, ResolveDomainParams,
};
use nexus_types::action::NameText;
use nexus_types::{Action, ImvuId, Name};

/// Names.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Bind a name to an IMVU of yours
    Claim {
        /// The name
        name: String,
        /// For which IMVU
        #[arg(long, value_parser = imvu_id)]
        imvu: ImvuId,
        /// A name from elsewhere: claimed by a record in its DNS, which observers look for
        #[arg(long)]
        external: bool,
    },
    /// Show what to publish for a claimed or external name, and what observers said
    Challenge {
        /// The name
        #[arg(value_parser = name)]
        name: Name,
    },
    /// Free a name of your IMVU; one that this network grants stays locked for a year
    Release {
        /// The name
        name: String,
    },
    /// List bound names
    List {
        /// Only those of this IMVU
        #[arg(long, value_parser = imvu_id)]
        imvu: Option<ImvuId>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Show who holds a name
    Show {
        /// The name
        #[arg(value_parser = name)]
        name: Name,
    },
    /// Let another IMVU claim a name below your own, which then leaves its scope
    GrantChild(hand::Grant),
    /// Have a name of your own served by other name servers, or take a zone again
    Delegate(hand::Delegate),
    /// Put a transfer code on a name, for another IMVU to take it over; or take the code off
    TransferKey(hand::TransferKey),
    /// Take a name over with its transfer code
    Redeem(hand::Redeem),
}

/// A name as typed: the law reads it, and refuses on the ledger what it must.
pub(crate) fn name_text(text: String) -> Result<NameText, CliError> {
    NameText::new(text)
        .map_err(|_| CliError::usage("the name is longer than 1024 bytes", "Check it."))
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Claim {
            name,
            imvu,
            external: false,
        } => {
            let name = name_text(name)?;
            submit::act(ctx, Role::Creator, Action::ClaimDomain { name, imvu }).await
        }
        Command::Claim { name, imvu, .. } => proof::claim(ctx, name, imvu).await,
        Command::Challenge { name } => proof::show(ctx, name).await,
        Command::GrantChild(grant) => hand::grant(ctx, grant).await,
        Command::Delegate(delegate) => hand::delegate(ctx, delegate).await,
        Command::TransferKey(put) => hand::transfer_key(ctx, put).await,
        Command::Redeem(redeem) => hand::redeem(ctx, redeem).await,
        Command::Release { name } => {
            let name = name_text(name)?;
            submit::act(ctx, Role::Creator, Action::ReleaseDomain { name }).await
        }
        Command::List { imvu, limit } => list(ctx, imvu, limit).await,
        Command::Show { name } => show(ctx, name).await,
    }
}

/// What an action of names asks for beyond its name and subject.
pub(crate) fn asked(action: &Action) -> String {
    match action {
        Action::ClaimExternal(asked) => format!("for {}", asked.imvu),
        Action::ObserveName(asked) => {
            let seen = if asked.seen { "seen" } else { "not seen" };
            format!("challenge of {} {seen}", asked.imvu)
        }
        Action::GrantChild(asked) => match &asked.imvu {
            Some(imvu) => format!("{} to {imvu}", asked.child),
            None => format!("{} to nobody", asked.child),
        },
        Action::DelegateName(asked) => match &asked.delegation {
            Some(delegation) => {
                let servers = delegation.servers.as_slice().iter();
                let servers: Vec<&str> = servers.map(Name::as_str).collect();
                format!("to {}", servers.join(", "))
            }
            None => String::from("a zone again"),
        },
        Action::SetTransferKey(asked) => match asked.code {
            Some(code) => format!("until {}", crate::text::time(code.expires.0)),
            None => String::from("taken off"),
        },
        Action::RedeemTransfer(asked) => format!("for {}", asked.imvu),
        _ => String::new(),
    }
}

fn status(status: DomainStatus) -> &'static str {
    match status {
        DomainStatus::Bound => "bound",
        DomainStatus::Inside => "inside a bound name",
        DomainStatus::Locked => "locked",
        DomainStatus::Free => "free",
    }
}

async fn list(ctx: &Context, imvu: Option<ImvuId>, limit: u32) -> Result<Answer, CliError> {
    let params = ListDomainsParams {
        limit: Some(limit),
        imvu: imvu.map(Into::into),
        ..ListDomainsParams::default()
    };
    let page: Page<DomainView> = ctx.client()?.read(Method::ListDomains, &params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|domain| {
            vec![
                domain.name.to_string(),
                status(domain.status).to_owned(),
                domain
                    .imvu
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                domain
                    .since
                    .map(|since| format!("block {since}"))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    let shown = table::columns(&["NAME", "STATUS", "IMVU", "SINCE"], &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}

async fn show(ctx: &Context, name: Name) -> Result<Answer, CliError> {
    let asked = name.clone();
    let params = ResolveDomainParams {
        name: name.into(),
        at: Default::default(),
        proof: false,
    };
    let read: Read<DomainView> = ctx.client()?.read(Method::ResolveDomain, &params).await?;
    let domain = &read.value;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| String::from("nobody"));
    let mut fields = vec![
        ("name", domain.name.to_string()),
        ("status", status(domain.status).to_owned()),
        (
            "imvu",
            or_none(domain.imvu.as_ref().map(ToString::to_string)),
        ),
    ];
    if let Some(jurisdiction) = &domain.jurisdiction {
        fields.push(("jurisdiction", jurisdiction.to_string()));
    }
    let beside = ctx.client()?.name(&asked).await?;
    match (&beside.value.delegated, &domain.apex) {
        (Some(delegated), _) => fields.push(("served by", proof::servers(delegated))),
        (None, Some(apex)) => fields.push(("zone", apex.to_string())),
        (None, None) => {}
    }
    if let Some(since) = domain.since {
        fields.push(("since", format!("block {since}")));
    }
    if !beside.value.claims.is_empty() {
        let claims = counted(beside.value.claims.len(), "claim");
        fields.push((
            "claimed",
            format!("{claims} by proof: nexus domain challenge {}", domain.name),
        ));
    }
    if let Some(until) = domain.locked_until {
        fields.push(("locked until", crate::text::time(until.0)));
    }
    let text = table::fields(&fields);
    Ok(Answer::new(&read, text)?)
}
