//! `nexus dev provider`: a payment provider's sending side, for tests of `nexus processor webhook`. It signs and delivers, and
//! delivers again until it is answered, as providers do. It takes no money from anybody.

mod made;
mod post;

use super::TAKES_NO_MONEY;
use crate::commands::webhook::{now_ms, secrets};
use crate::context::{note, read_text};
use crate::error::CliError;
use crate::output::Answer;
use clap::Args;
use made::Made;
use nexus_types::ImvuId;
use post::Endpoint;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

/// Between two tries of one delivery.
const PAUSE: Duration = Duration::from_millis(500);

/// What to deliver, and where.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The webhook, on this machine: http://127.0.0.1:PORT/events
    #[arg(long, value_name = "URL", value_parser = Endpoint::parse)]
    to: Endpoint,
    /// File with the secret shared with the processor
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    #[command(flatten)]
    what: What,
    /// Whose sales are made up
    #[arg(long, default_value = "SHOP-1", value_parser = crate::commands::change::imvu_id)]
    imvu: ImvuId,
    /// What names and amounts are drawn from: the same for the same seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Deliver each event a second time
    #[arg(long)]
    duplicate: bool,
    /// Deliver in another order
    #[arg(long)]
    shuffle: bool,
    /// Seconds to go on trying while the webhook does not answer
    #[arg(long, default_value_t = 60)]
    patience: u64,
}

/// Which events.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// File of events, one JSON object a line
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Make so many up: sales, and of each fifth event a refund
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: Option<u32>,
}

/// Runs it.
pub(super) async fn run(options: &Options) -> Result<Answer, CliError> {
    let secrets = secrets(&options.secret_file)?;
    let mut bodies = match &options.what.events {
        Some(path) => {
            let text = read_text(path)?;
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines.map(str::to_owned).collect()
        }
        None => Made::new(options.seed, &options.imvu)
            .take(options.what.count.unwrap_or_default() as usize)
            .map(|event| event.to_string())
            .collect::<Vec<String>>(),
    };
    if options.duplicate {
        bodies = bodies
            .into_iter()
            .flat_map(|body| [body.clone(), body])
            .collect();
    }
    if options.shuffle {
        bodies.shuffle(&mut StdRng::seed_from_u64(options.seed));
    }
    note(&format!(
        "{TAKES_NO_MONEY}: {} deliveries to {}",
        bodies.len(),
        options.to
    ));
    let mut items = Vec::new();
    for body in &bodies {
        let (status, answer) = deliver(options, &secrets, body).await?;
        items.push(json!({"httpStatus": status, "answer": answer}));
    }
    told(&items)
}

/// Delivers until it is answered with anything but a wish to hear it again.
async fn deliver(
    options: &Options,
    secrets: &crate::commands::webhook::signature::Secrets,
    body: &str,
) -> Result<(u16, Value), CliError> {
    let first = now_ms();
    loop {
        // Signed anew each time: the time is part of it.
        let header = secrets.sign(body.as_bytes(), now_ms() / 1_000);
        let outcome = options.to.post(&header, body).await;
        let is_over = now_ms().saturating_sub(first) >= options.patience.saturating_mul(1_000);
        let why = match outcome {
            Ok((status, answer)) if status < 500 => return Ok((status, answer)),
            Ok((status, answer)) if is_over => return Ok((status, answer)),
            Ok((status, _)) => format!("it answered {status}"),
            Err(why) => why,
        };
        if is_over {
            return Err(CliError::usage(
                format!("{} does not take events: {why}", options.to),
                "Is nexus processor webhook running there?",
            ));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn told(items: &[Value]) -> Result<Answer, CliError> {
    let refused = items.iter().filter(|item| item["httpStatus"] != 200);
    let refused: Vec<&Value> = refused.collect();
    if let Some(first) = refused.first() {
        return Err(CliError::usage(
            format!(
                "{} of {} deliveries were not taken; the first: {} {}",
                refused.len(),
                items.len(),
                first["httpStatus"],
                first["answer"]["error"]
            ),
            first["answer"]["help"].as_str().unwrap_or_default(),
        ));
    }
    let text = format!("{} deliveries taken", items.len());
    Ok(Answer::new(&json!({ "items": items }), text)?)
}
