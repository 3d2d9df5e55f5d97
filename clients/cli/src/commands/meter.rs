//! `nexus meter`: what counts, and whose keys sign for it.

use super::change::{host_id, meter_id, public_key};
use super::host::Kind;
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{self, AgentKind, ListMetersParams, MeterView};
use nexus_types::Action;
use nexus_types::crypto::KeyBytes;
use nexus_types::encoding::Set;
use nexus_types::ids::{HostId, MeterId};
use nexus_types::meter::MeterScope;

/// Meters.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List meters, replaced ones included
    List(List),
    /// Show a meter and its last record, as the node says
    Show {
        /// Its name
        #[arg(value_parser = meter_id)]
        meter: MeterId,
    },
    /// Give a host of your own a meter
    Register(Register),
}

/// Which meters.
#[derive(Args)]
pub(crate) struct List {
    /// Only those of this host
    #[arg(long, value_name = "NAME", value_parser = host_id)]
    host: Option<HostId>,
    /// Only those that count this
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those that have been called silent
    #[arg(long)]
    silent: bool,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// Whose usage a meter counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Scope {
    /// That of the IMVUs placed on its host
    Host,
    /// That of any placed IMVU: resolvers and mail servers
    Everywhere,
}

/// A new meter.
#[derive(Args)]
pub(crate) struct Register {
    /// Its name, such as host-1-cpu
    #[arg(value_parser = meter_id)]
    meter: MeterId,
    /// For which host
    #[arg(long, value_name = "NAME", value_parser = host_id)]
    host: HostId,
    /// What it counts
    #[arg(long, value_enum)]
    kind: Kind,
    /// Whose usage
    #[arg(long, value_enum, default_value = "host")]
    scope: Scope,
    /// A public key that signs its records; repeatable
    #[arg(long = "public-key", value_name = "HEX", required = true, value_parser = public_key)]
    public_keys: Vec<KeyBytes>,
    /// How many of the keys sign each record [default: all]
    #[arg(long)]
    threshold: Option<u8>,
    /// It measures nothing and feeds a development network
    #[arg(long)]
    test: bool,
    /// The meter whose place it takes
    #[arg(long, value_name = "NAME", value_parser = meter_id)]
    replaces: Option<MeterId>,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List(list) => self::list(ctx, list).await,
        Command::Show { meter } => show(ctx, &meter).await,
        Command::Register(register) => {
            let host = register.host.clone();
            submit::act_as_operator(ctx, Some(&host), register.action()?).await
        }
    }
}

impl Register {
    fn action(mut self) -> Result<Action, CliError> {
        self.public_keys.sort_unstable();
        let count = self.public_keys.len();
        let keys = Set::new(self.public_keys).map_err(|_| {
            CliError::usage(
                format!("{count} keys are given, or one of them twice"),
                "A meter has 1 to 8 keys, each its own.",
            )
        })?;
        let all = u8::try_from(count).unwrap_or(u8::MAX);
        Ok(Action::RegisterMeter {
            meter: self.meter,
            host: self.host,
            kind: AgentKind::from(self.kind).into(),
            scope: match self.scope {
                Scope::Host => MeterScope::Host,
                Scope::Everywhere => MeterScope::Everywhere,
            },
            keys,
            threshold: self.threshold.unwrap_or(all),
            test: self.test,
            replaces: self.replaces,
        })
    }
}

async fn list(ctx: &Context, list: List) -> Result<Answer, CliError> {
    let params = ListMetersParams {
        limit: Some(list.limit),
        host: list.host.map(Into::into),
        kind: list.kind.map(Into::into),
        silent: list.silent.then_some(true),
        ..ListMetersParams::default()
    };
    let page = ctx.client()?.meters(&params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|meter| {
            vec![
                meter.id.to_string(),
                meter.host.to_string(),
                meter.kind.name().to_owned(),
                format!("{} of {}", meter.threshold, meter.keys.len()),
                meter.sequence.to_string(),
                read_to(meter),
                standing(meter),
            ]
        })
        .collect();
    let header = [
        "METER", "HOST", "KIND", "KEYS", "RECORDS", "READ TO", "STANDING",
    ];
    let shown = table::columns(&header, &rows);
    let text = format!(
        "{shown}\n{} of {} at block {}",
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(&page, text)?)
}

/// Where its last window ended.
fn read_to(meter: &MeterView) -> String {
    if meter.window_end.0 == 0 {
        String::from("nothing yet")
    } else {
        text::time(meter.window_end.0)
    }
}

/// What is to be known before its figures are believed.
fn standing(meter: &MeterView) -> String {
    let words = [
        (meter.test, "TEST: measures nothing"),
        (meter.retired, "replaced"),
        (meter.silent, "silent"),
    ];
    let words = words.into_iter().filter(|(holds, _)| *holds);
    let words: Vec<&str> = words.map(|(_, word)| word).collect();
    if words.is_empty() {
        String::from("in use")
    } else {
        words.join(", ")
    }
}

async fn show(ctx: &Context, meter: &MeterId) -> Result<Answer, CliError> {
    let read = ctx.client()?.meter(meter).await?;
    let view = &read.value;
    let scope = match view.scope {
        api::MeterScope::Host => "IMVUs placed on its host",
        api::MeterScope::Everywhere => "any placed IMVU",
    };
    let missed = match view.gap_end {
        None => String::from("nothing"),
        Some(end) => format!("{} ms, the last until {}", view.gap_ms, text::time(end.0)),
    };
    let mut fields = vec![
        ("meter", view.id.to_string()),
        ("host", view.host.to_string()),
        ("kind", view.kind.name().to_owned()),
        ("counts", scope.to_owned()),
        ("standing", standing(view)),
        ("registered", format!("block {}", view.registered)),
        ("usable from", text::time(view.usable_from.0)),
        ("records", view.sequence.to_string()),
        ("read to", read_to(view)),
        ("missed", missed),
        ("boots", view.boots.to_string()),
        (
            "signed by",
            format!("{} of {} keys", view.threshold, view.keys.len()),
        ),
    ];
    for key in &view.keys {
        fields.push(("key", key.to_string()));
    }
    let text = format!(
        "{}\nas of block {} ({})",
        table::fields(&fields),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}
