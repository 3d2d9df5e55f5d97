//! `nexus dev host`: a host on the ledger, with keys for agents and meters that will be processes of this machine.

use super::folder::{Folder, Holder};
use super::ledger::{Ledger, View};
use super::{ENFORCES_NOTHING, MEASURES_NOTHING, development, host_id, meter_id};
use crate::commands::change::{QuotaChangeArgs, jurisdiction};
use crate::context::{Context, Node, note};
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::refusal::Refusal;
use crate::submit;
use crate::table;
use clap::Args;
use nexus_sdk::api::{TransactionView, Wait};
use nexus_sdk::client::Class;
use nexus_sdk::keys::Signer;
use nexus_sdk::sign::TxBuilder;
use nexus_types::encoding::{Set, encode};
use nexus_types::host::{AgentKind, Capabilities, EnforcementGrade, Host, Isolation};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::{Meter, MeterScope};
use nexus_types::quota::{Quota, QuotaChange, QuotaField};
use nexus_types::state::ChainRecord;
use nexus_types::{Action, Code, Hash, HostId, IdentityId, MeterId, Time, state_key};
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The largest envelopes that the host claims room for: more than anybody tries out on one machine.
const ENVELOPES: u64 = 16;

/// Milliseconds a registration may wait for its block.
const VALID_MS: u64 = 10 * 60 * 1_000;

/// Between two looks for a block.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Which host.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Its name
    #[arg(long, value_parser = host_id, default_value = "dev-1")]
    name: HostId,
    /// Where it pretends to stand
    #[arg(long, value_name = "TAG", value_parser = jurisdiction, default_value = "EU-GDPR")]
    jurisdiction: Jurisdiction,
    /// What it pretends to have [default for each: room for 16 of the largest envelopes]
    #[command(flatten)]
    capacity: QuotaChangeArgs,
    /// Folder for the keys of its agents and meters, and for their records [default: one of its name, among the key files]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

/// Everybody of the host: a key for each hand, and one for each meter.
struct Crew {
    agents: Vec<(AgentKind, Signer)>,
    meters: Vec<(AgentKind, MeterId, Signer)>,
}

/// Runs it.
pub(super) async fn run(ctx: &Context, options: &Options) -> Result<Answer, CliError> {
    let host = &options.name;
    let node = ctx.node().await?;
    let ledger = Ledger::new(ctx)?;
    let folder = Folder::new(ctx, host, options.folder.as_deref());
    let operator = folder.keyring().signer(Role::Operator)?;
    let ids = AgentKind::ALL.map(|kind| meter_id(host, kind));
    let ids = ids.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut keys = vec![state_key::chain(), state_key::host(host)];
    keys.extend(ids.iter().map(state_key::meter));
    let view = ledger.look(&keys).await?;
    development(&view)?;
    check_operator(&view, host, operator.identity)?;
    note(&format!(
        "{host} {ENFORCES_NOTHING} and {MEASURES_NOTHING}: a stand-in for a host, for development networks only"
    ));
    if !ctx.global.dry_run {
        folder.make()?;
    }
    let crew = Crew::new(ctx, &folder, &ids)?;
    let missing = missing(&view, options, &crew)?;
    let names: Vec<String> = missing.iter().map(crate::text::asked).collect();
    if !ctx.global.dry_run {
        register(ctx, &node, &operator, missing).await?;
    }
    answer(ctx, options, &operator, &folder, &crew, &names)
}

impl Crew {
    fn new(ctx: &Context, folder: &Folder, ids: &[MeterId]) -> Result<Self, CliError> {
        let key = |holder| {
            if ctx.global.dry_run {
                folder.open(holder)
            } else {
                folder.open_or_make(holder)
            }
        };
        let mut crew = Self {
            agents: Vec::new(),
            meters: Vec::new(),
        };
        for (kind, id) in AgentKind::ALL.into_iter().zip(ids) {
            crew.agents.push((kind, key(Holder::Agent(kind))?));
            crew.meters
                .push((kind, id.clone(), key(Holder::Meter(kind))?));
        }
        Ok(crew)
    }
}

fn check_operator(view: &View, host: &HostId, operator: IdentityId) -> Result<(), CliError> {
    let known: Option<Host> = view.get(&state_key::host(host))?;
    match known {
        Some(known) if known.operator != operator => Err(CliError::usage(
            format!("{host} is another operator's ({})", known.operator),
            "Name its operator's key, or another host: --key NAME, --name NAME.",
        )),
        _ => Ok(()),
    }
}

/// What the ledger lacks, in the order in which it is to be registered.
fn missing(view: &View, options: &Options, crew: &Crew) -> Result<Vec<Action>, CliError> {
    let host = &options.name;
    let known: Option<Host> = view.get(&state_key::host(host))?;
    let mut actions = Vec::new();
    if known.is_none() {
        actions.push(Action::RegisterHost {
            host: host.clone(),
            jurisdiction: options.jurisdiction.clone(),
            capacity: capacity(view, &options.capacity)?,
            capabilities: capabilities(),
        });
    }
    let elsewhere = |what: &str| {
        CliError::usage(
            format!("{host} has a {what} whose key is not in this folder"),
            "Name the folder it is in, or set up another host: --folder DIR, --name NAME.",
        )
    };
    for (kind, agent) in &crew.agents {
        match known.as_ref().and_then(|host| host.agent(*kind)) {
            Some(id) if id == agent.identity => {}
            Some(_) => return Err(elsewhere(&format!("{kind} agent"))),
            None => actions.push(Action::RegisterAgent {
                host: host.clone(),
                kind: *kind,
                key: agent.key.public(),
            }),
        }
    }
    for (kind, id, signer) in &crew.meters {
        let meter: Option<Meter> = view.get(&state_key::meter(id))?;
        match meter {
            Some(meter) if !meter.retired && meter.keys.contains(&signer.key.public()) => {}
            Some(_) => return Err(elsewhere(&format!("{kind} meter"))),
            None => actions.push(Action::RegisterMeter {
                meter: id.clone(),
                host: host.clone(),
                kind: *kind,
                scope: MeterScope::Host,
                keys: Set::new(vec![signer.key.public()]).unwrap_or_default(),
                threshold: 1,
                test: true,
                replaces: None,
            }),
        }
    }
    Ok(actions)
}

/// Everything that gate 2 asks of a host, none of which it does.
fn capabilities() -> Capabilities {
    Capabilities {
        enforcement: EnforcementGrade::Prevention,
        isolation: Set::new(Isolation::ALL.to_vec()).unwrap_or_default(),
        counters_cannot_be_reset: true,
    }
}

/// Room for many of the largest envelopes, but for the fields that were named.
fn capacity(view: &View, named: &QuotaChangeArgs) -> Result<Quota, CliError> {
    let chain: Option<ChainRecord> = view.get(&state_key::chain())?;
    let largest = chain.map(|chain| chain.max_quota).unwrap_or_default();
    // It fails only when no field was named, which is no mistake here.
    let named = named.change().unwrap_or(QuotaChange::EMPTY);
    let mut capacity = Quota::default();
    for field in QuotaField::ALL {
        let pretended = largest.get(field).saturating_mul(ENVELOPES);
        capacity.set(field, named.get(field).unwrap_or(pretended));
    }
    Ok(capacity)
}

/// Registers everything, in a row and in about one block: each counts only if what comes before it does.
async fn register(
    ctx: &Context,
    node: &Node,
    operator: &Signer,
    actions: Vec<Action>,
) -> Result<(), CliError> {
    let nonce = node.client.next_nonce(operator.identity).await?;
    let expires = Time(nonce.block_time.0.max(node.block_time)).plus_ms(VALID_MS);
    let mut sent = Vec::new();
    for (nonce, action) in (nonce.value.next.0..).zip(actions) {
        let kind = action.kind().name();
        let tx =
            TxBuilder::new(node.network.clone(), nonce, expires).sign(action, operator, &[])?;
        let bytes = encode(&tx);
        let wait_ms = ctx.global.timeout.saturating_mul(1_000);
        let taken = node.client.submit(&bytes, Wait::Checked, wait_ms).await;
        taken.map_err(|error| submit::explained(error, &tx))?;
        sent.push((kind, Hash::of(&bytes)));
    }
    let until = Instant::now() + Duration::from_secs(ctx.global.timeout.into());
    for (kind, hash) in sent {
        let view = decided(node, hash, until).await?;
        if view.summary.code.code != Code::Applied.number() {
            let refusal = match &view.verdict {
                Some(verdict) => Refusal::of_verdict(verdict),
                None => Refusal::inadmissible(
                    view.summary.code.clone(),
                    kind,
                    operator.identity.to_string(),
                ),
            };
            return Err(CliError::Refused(Box::new(refusal)));
        }
    }
    Ok(())
}

async fn decided(node: &Node, hash: Hash, until: Instant) -> Result<TransactionView, CliError> {
    loop {
        match node.client.transaction(hash).await {
            Ok(view) => return Ok(view),
            Err(error) if error.class() != Class::NotFound => return Err(error.into()),
            Err(_) if Instant::now() > until => {
                return Err(CliError::NotYet {
                    hash: hash.to_string(),
                });
            }
            Err(_) => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

fn answer(
    ctx: &Context,
    options: &Options,
    operator: &Signer,
    folder: &Folder,
    crew: &Crew,
    registered: &[String],
) -> Result<Answer, CliError> {
    let host = &options.name;
    let agents = crew.agents.iter().map(|(kind, agent)| {
        json!({
            "kind": kind.name(),
            "agent": agent.identity.to_string(),
        })
    });
    let meters = crew.meters.iter().map(|(kind, id, signer)| {
        json!({
            "kind": kind.name(),
            "meter": id.to_string(),
            "key": nexus_sdk::api::WireKey::from(signer.key.public()),
        })
    });
    let value = json!({
        "host": host.to_string(),
        "operator": operator.identity.to_string(),
        "folder": folder.path(),
        "agents": agents.collect::<Vec<_>>(),
        "meters": meters.collect::<Vec<_>>(),
        "registered": registered,
        "enforces": "nothing",
        "measures": "nothing",
    });
    let did = match (registered.len(), ctx.global.dry_run) {
        (0, _) => String::from("nothing to register: all of it is on the ledger"),
        (count, true) => format!("would register {count}: {}", registered.join("; ")),
        (count, false) => format!("registered {count} of host, agents and test meters"),
    };
    let mut fields = vec![
        (
            "host",
            format!("{host} ({ENFORCES_NOTHING}, {MEASURES_NOTHING})"),
        ),
        ("operator", operator.identity.to_string()),
        ("folder", folder.path().display().to_string()),
    ];
    for (kind, agent) in &crew.agents {
        fields.push(("agent", format!("{kind}  {}", agent.identity)));
    }
    for (kind, id, _) in &crew.meters {
        fields.push(("meter", format!("{kind}  {id}")));
    }
    let text = format!(
        "{}\n{did}\nnext: nexus dev agent --host {host} --all, and nexus dev meter --host {host} --all, each as long as the host is to seem alive",
        table::fields(&fields)
    );
    Ok(Answer::new(&value, text)?)
}
