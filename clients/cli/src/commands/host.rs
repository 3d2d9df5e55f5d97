//! `nexus host`: where IMVUs run. Everybody reads; the organisation that runs a host changes it.

mod capacity;

use super::change::{QuotaChangeArgs, host_id, jurisdiction};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::units::{show_bytes, show_cpu};
use crate::{submit, table, text};
use capacity::{CapabilityArgs, CapacityArgs};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{
    self, AgentKind, AssignmentView, HostView, ListAssignmentsParams, ListHostsParams, PhaseView,
    SpecView,
};
use nexus_types::host::{HostChange, HostStatus};
use nexus_types::ids::HostId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::quota::{Quota, QuotaField};
use nexus_types::{Action, IdentityId, ImvuId};

/// Hosts.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List hosts
    List(List),
    /// Show a host, as the node says
    Show(Which),
    /// Add a host of your own
    Register {
        #[command(flatten)]
        which: Which,
        /// Where it stands, such as EU-GDPR
        #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
        jurisdiction: Jurisdiction,
        #[command(flatten)]
        capacity: CapacityArgs,
        #[command(flatten)]
        capabilities: CapabilityArgs,
    },
    /// Let new IMVUs be placed on a host of your own
    Open(Which),
    /// Have no new IMVU placed on a host of your own; what runs goes on
    Close(Which),
    /// As close, and ask the creators of what runs there to move
    Drain(Which),
    /// Say that a host of your own is gone; only their creators start its IMVUs elsewhere
    Lost(Which),
    /// Change what a host of your own has; never below what is guaranteed
    Capacity {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        change: QuotaChangeArgs,
    },
    /// Say what a host of your own can do; its compute agent must attest exactly that
    Capabilities {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        capabilities: CapabilityArgs,
    },
    /// What an agent of a host is told to make so
    Assignments {
        #[command(flatten)]
        which: Which,
        /// Which agent
        #[arg(value_enum)]
        kind: Kind,
    },
}

/// A host.
#[derive(Args)]
pub(crate) struct Which {
    /// Its name, such as host-1
    #[arg(value_name = "NAME", value_parser = host_id)]
    host: HostId,
}

/// Which hosts.
#[derive(Args)]
pub(crate) struct List {
    /// Only those of this organisation
    #[arg(long)]
    operator: Option<IdentityId>,
    /// Only those that stand there
    #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
    jurisdiction: Option<Jurisdiction>,
    /// Only those that stand so
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    limit: u32,
}

/// What may be placed on a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Status {
    /// New IMVUs
    Open,
    /// Nothing new
    Closed,
    /// Nothing new, and creators are asked to move
    Draining,
    /// Nothing, it is gone
    Lost,
}

impl From<Status> for api::HostStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Open,
            Status::Closed => Self::Closed,
            Status::Draining => Self::Draining,
            Status::Lost => Self::Lost,
        }
    }
}

/// The hands of a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Processes
    Compute,
    /// Routes, filters, shapers
    Network,
    /// Zones
    Dns,
    /// Mailboxes and submission
    Mail,
}

impl From<Kind> for AgentKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Compute => Self::Compute,
            Kind::Network => Self::Network,
            Kind::Dns => Self::Dns,
            Kind::Mail => Self::Mail,
        }
    }
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let (host, change) = match command {
        Command::List(list) => return self::list(ctx, list).await,
        Command::Show(which) => return show(ctx, &which.host).await,
        Command::Assignments { which, kind } => return assignments(ctx, which.host, kind).await,
        Command::Register {
            which,
            jurisdiction,
            capacity,
            capabilities,
        } => {
            let action = Action::RegisterHost {
                host: which.host,
                jurisdiction,
                capacity: capacity.quota(),
                capabilities: capabilities.capabilities()?,
            };
            return submit::act_as_operator(ctx, None, action).await;
        }
        Command::Open(which) => (which.host, HostChange::Status(HostStatus::Open)),
        Command::Close(which) => (which.host, HostChange::Status(HostStatus::Closed)),
        Command::Drain(which) => (which.host, HostChange::Status(HostStatus::Draining)),
        Command::Lost(which) => (which.host, HostChange::Status(HostStatus::Lost)),
        Command::Capabilities {
            which,
            capabilities,
        } => (
            which.host,
            HostChange::Capabilities(capabilities.capabilities()?),
        ),
        Command::Capacity { which, change } => {
            // The action names the whole capacity; what is not named here stays as the node says it is.
            let known = ctx.client()?.host(&which.host).await?;
            let mut capacity = Quota::from(&known.value.capacity);
            let change = change.change()?;
            for field in change.fields() {
                capacity.set(field, change.get(field).unwrap_or_default());
            }
            (which.host, HostChange::Capacity(capacity))
        }
    };
    let action = Action::ChangeHost {
        host: host.clone(),
        change,
    };
    submit::act_as_operator(ctx, Some(&host), action).await
}

async fn list(ctx: &Context, list: List) -> Result<Answer, CliError> {
    let params = ListHostsParams {
        limit: Some(list.limit),
        operator: list.operator.map(Into::into),
        jurisdiction: list.jurisdiction.map(Into::into),
        status: list.status.map(Into::into),
        ..ListHostsParams::default()
    };
    let page = ctx.client()?.hosts(&params).await?;
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|host| {
            let part = |show: fn(u64) -> String, field: QuotaField| {
                let (taken, all) = (Quota::from(&host.guaranteed), Quota::from(&host.capacity));
                format!("{} of {}", show(taken.get(field)), show(all.get(field)))
            };
            vec![
                host.id.to_string(),
                host.status.name().to_owned(),
                host.jurisdiction.to_string(),
                host.placements.to_string(),
                part(show_cpu, QuotaField::CpuMillis),
                part(show_bytes, QuotaField::MemoryBytes),
                part(show_bytes, QuotaField::StorageBytes),
                text::yes_no(host.attested.is_some()),
                text::short(&host.operator),
            ]
        })
        .collect();
    let header = [
        "HOST",
        "STATUS",
        "JURISDICTION",
        "IMVUS",
        "CPU",
        "MEMORY",
        "STORAGE",
        "ATTESTED",
        "OPERATOR",
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

async fn show(ctx: &Context, host: &HostId) -> Result<Answer, CliError> {
    let read = ctx.client()?.host(host).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

fn described(host: &HostView) -> String {
    let can = &host.capabilities;
    let counters = if can.counters_cannot_be_reset {
        "counters cannot be reset"
    } else {
        "counters can be reset"
    };
    let attested = host
        .attested
        .map_or_else(|| String::from("not yet"), |at| format!("block {at}"));
    let mut fields = vec![
        ("host", host.id.to_string()),
        ("operator", host.operator.to_string()),
        ("status", host.status.name().to_owned()),
        ("jurisdiction", host.jurisdiction.to_string()),
        ("capacity", text::quota(&host.capacity)),
        ("guaranteed", text::quota(&host.guaranteed)),
        (
            "capabilities",
            format!("{}; {counters}", capacity::enforcement(can.enforcement)),
        ),
        ("isolation", can.isolation.join(" ")),
        ("attested", attested),
        ("usable from", text::time(host.usable_from.0)),
        ("registered", format!("block {}", host.registered)),
        ("holds", format!("{} IMVUs", host.placements)),
    ];
    for agent in &host.agents {
        fields.push(("agent", format!("{} {}", agent.kind.name(), agent.agent)));
    }
    for meter in &host.meters {
        fields.push(("meter", meter.to_string()));
    }
    table::fields(&fields)
}

/// Assignments read at once.
const PAGE: u32 = 200;

async fn assignments(ctx: &Context, host: HostId, kind: Kind) -> Result<Answer, CliError> {
    let client = ctx.client()?;
    let mut params = ListAssignmentsParams {
        host: host.into(),
        kind: kind.into(),
        limit: Some(PAGE),
        cursor: None,
        at: None,
        proof: false,
    };
    let mut read = client.assignments(&params).await?;
    while let Some(cursor) = read.value.next_cursor.take() {
        params.cursor = Some(cursor);
        let next = client.assignments(&params).await?;
        read.value.items.extend(next.value.items);
        read.value.next_cursor = next.value.next_cursor;
    }
    let rows: Vec<Vec<String>> = read.value.items.iter().map(assigned).collect();
    let shown = table::columns(
        &["ITEM", "GENERATION", "SHALL BE", "IS", "SINCE BLOCK"],
        &rows,
    );
    let text = format!("{shown}\n{} at block {}", rows.len(), read.height);
    let items = serde_json::json!({ "height": read.height, "items": read.value.items });
    Ok(Answer { json: items, text })
}

fn assigned(assignment: &AssignmentView) -> Vec<String> {
    let item = match &assignment.item {
        api::ItemView::Imvu(imvu) => imvu.to_string(),
        api::ItemView::Snapshot { imvu, number } => format!("{imvu}, snapshot {number}"),
        api::ItemView::Restore(imvu) => format!("{imvu}, restored"),
    };
    let spec = match &assignment.spec {
        SpecView::Compute { limits, .. } => format!(
            "cpu {}, memory {}, pids {}",
            show_cpu(limits.cpu_millis.0),
            show_bytes(limits.memory_bytes.0),
            limits.pids
        ),
        SpecView::Network {
            subnet,
            port,
            routes,
            ..
        } => format!("{subnet}, port {port}, {} routes", routes.len()),
        SpecView::Absent => String::from("absent"),
        SpecView::Snapshot { digest, .. } => digest.as_ref().map_or_else(
            || String::from("to be taken"),
            |digest| format!("kept, {}", text::short(digest)),
        ),
        SpecView::Restore { number, from, .. } => format!("snapshot {number}, kept by {from}"),
        SpecView::Mail {
            version,
            token_epoch,
            messages_hour,
            ..
        } => format!(
            "mail book {version}, token epoch {token_epoch}, {messages_hour} messages an hour"
        ),
    };
    let (is, since) = match &assignment.acknowledged {
        None => (String::from("not said yet"), String::new()),
        Some(said) => {
            let same = said.observed == assignment.spec_hash;
            let word = capacity::outcome(said.outcome);
            let word = if same || said.outcome != api::AckOutcome::Applied {
                word.to_owned()
            } else {
                format!("{word}, but otherwise")
            };
            (word, said.at.to_string())
        }
    };
    vec![item, assignment.generation.to_string(), spec, is, since]
}

/// Where an IMVU runs.
pub(crate) async fn placement(ctx: &Context, imvu: &ImvuId) -> Result<Answer, CliError> {
    let read = ctx.client()?.placement(imvu).await?;
    let view = &read.value;
    let phase = match (view.phase, &view.next_host) {
        (PhaseView::Starting, _) => String::from("starting"),
        (PhaseView::Running, _) => String::from("running"),
        (PhaseView::Stopping, None) => String::from("stopping"),
        (PhaseView::Stopping, Some(next)) => format!("stopping, then on {next}"),
    };
    let fields = [
        ("imvu", view.imvu.to_string()),
        ("host", view.host.to_string()),
        ("phase", phase),
        ("since", text::time(view.since.0)),
        ("placement", view.generation.to_string()),
        ("slot", view.slot.to_string()),
        ("jurisdiction", view.jurisdiction.to_string()),
        ("user ids from", view.uid_first.to_string()),
        ("subnet", view.subnet.clone().unwrap_or_default()),
        (
            "port",
            view.port.map(|port| port.to_string()).unwrap_or_default(),
        ),
        ("may use", text::quota(&view.ceiling)),
    ];
    let text = format!(
        "{}\nas of block {} ({})",
        table::fields(&fields),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}
