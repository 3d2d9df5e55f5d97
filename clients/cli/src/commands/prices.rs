//! `nexus prices` and `nexus tax`: what use costs, and the tax on sales; both set by the seats, with notice.

use super::change::jurisdiction;
use super::money::{Named, period, span};
use crate::amount::{percent, show_micros, show_percent};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{GetPricesParams, PricesView};
use nexus_types::Action;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::meter::Resource;
use nexus_types::money::{Price, Prices};

/// Prices.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the prices and tax rates that hold in a period
    Show {
        /// Which: a number, a month such as 2026-11, or a time in it [default: now]
        #[arg(long, value_parser = period)]
        period: Option<Named>,
    },
    /// Publish a price list as two thirds of the seats' operators; what is not named stays as it is
    Publish {
        /// The first period it holds in
        #[arg(long, value_name = "PERIOD", value_parser = period)]
        from: Named,
        #[command(flatten)]
        prices: PriceArgs,
    },
}

/// Tax rates.
#[derive(Subcommand)]
pub(crate) enum Tax {
    /// Set a region's tax on sales as two thirds of the seats' operators
    Set {
        /// Where, such as EU-GDPR
        #[arg(value_name = "TAG", value_parser = jurisdiction)]
        region: Jurisdiction,
        /// Percent of the gross amount, such as 19
        #[arg(long, value_name = "PERCENT", value_parser = percent)]
        rate: u32,
        /// The first period it holds in
        #[arg(long, value_name = "PERIOD", value_parser = period)]
        from: Named,
    },
}

/// New prices for some resources.
#[derive(Args, Clone, Debug)]
pub(crate) struct PriceArgs {
    /// CPU: micro-credits for so many milliseconds, such as 1/1000
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    cpu: Option<Price>,
    /// Memory: micro-credits for so many mebibyte-seconds
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    memory: Option<Price>,
    /// Storage IO: micro-credits for so many bytes
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    io: Option<Price>,
    /// DNS: micro-credits for so many answers
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    dns: Option<Price>,
    /// Mail: micro-credits for so many messages
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    mail: Option<Price>,
    /// Network: micro-credits for so many bytes
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    network: Option<Price>,
    /// Stored mail: micro-credits for so many mebibyte-seconds
    #[arg(long, value_name = "MICROS/PER", value_parser = price)]
    mail_storage: Option<Price>,
}

impl PriceArgs {
    /// In the order of the resources.
    fn given(&self) -> [Option<Price>; 7] {
        [
            self.cpu,
            self.memory,
            self.io,
            self.dns,
            self.mail,
            self.network,
            self.mail_storage,
        ]
    }

    /// A whole list: what was given, and what the list before has of the rest.
    fn over(&self, before: &PricesView) -> Result<Prices, CliError> {
        let given = self.given();
        if given.iter().all(Option::is_none) {
            return Err(CliError::usage(
                "the list changes no price",
                "Give at least one of --cpu --memory --io --dns --mail --network --mail-storage, such as --cpu 1/1000.",
            ));
        }
        let known = |resource: Resource| {
            let list = before.list.as_ref()?;
            let found = list
                .prices
                .iter()
                .find(|price| price.resource == resource.name())?;
            Some(Price {
                micros: found.micros.0,
                per: found.per.0,
            })
        };
        let mut prices = [Price { micros: 0, per: 1 }; 7];
        for ((slot, resource), given) in prices.iter_mut().zip(Resource::ALL).zip(given) {
            *slot = given.or_else(|| known(resource)).ok_or_else(|| {
                CliError::usage(
                    format!("the network has no price of {} yet", resource.name()),
                    "Give every price.",
                )
            })?;
        }
        Ok(prices)
    }
}

fn price(text: &str) -> Result<Price, String> {
    let parts = text
        .split_once('/')
        .and_then(|(micros, per)| Some((micros.parse().ok()?, per.parse().ok()?)));
    match parts {
        Some((_, 0)) => Err(String::from("a price is for at least 1 of the unit")),
        Some((micros, per)) => Ok(Price { micros, per }),
        None => Err(String::from(
            "a price is micro-credits for so many of the unit, such as 1/1000",
        )),
    }
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::Show { period } => show(ctx, period).await,
        Command::Publish { from, prices } => {
            let from = from.resolve(ctx).await?;
            let params = GetPricesParams {
                period: Some(from.0),
                ..GetPricesParams::default()
            };
            let before = ctx.client()?.prices(&params).await?;
            let prices = prices.over(&before.value)?;
            submit::act(ctx, Role::TwoThirds, Action::PublishPrices { from, prices }).await
        }
    }
}

/// Runs it.
pub(crate) async fn tax(ctx: &Context, command: Tax) -> Result<Answer, CliError> {
    let Tax::Set { region, rate, from } = command;
    let action = Action::SetTaxRate {
        region,
        millionths: rate,
        from: from.resolve(ctx).await?,
    };
    submit::act(ctx, Role::TwoThirds, action).await
}

async fn show(ctx: &Context, period: Option<Named>) -> Result<Answer, CliError> {
    let period = match period {
        Some(named) => Some(named.resolve(ctx).await?.0),
        None => None,
    };
    let params = GetPricesParams {
        period,
        ..GetPricesParams::default()
    };
    let read = ctx.client()?.prices(&params).await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

fn described(prices: &PricesView) -> String {
    let mut parts = vec![table::fields(&[(
        "period",
        span(prices.period, prices.start.0, prices.end.0),
    )])];
    match &prices.list {
        None => parts.push(String::from("no price list holds in it")),
        Some(list) => {
            let rows: Vec<Vec<String>> = list
                .prices
                .iter()
                .map(|price| {
                    vec![
                        price.resource.clone(),
                        show_micros(price.micros),
                        format!("{} {}", price.per, price.unit),
                    ]
                })
                .collect();
            parts.push(table::columns(&["RESOURCE", "COSTS", "FOR"], &rows));
            parts.push(format!("list {}, since period {}", list.version, list.from));
        }
    }
    let later = prices
        .book
        .iter()
        .filter(|entry| entry.from > prices.period);
    for entry in later {
        parts.push(format!(
            "list {} takes its place from period {} on",
            entry.version, entry.from
        ));
    }
    let rates: Vec<Vec<String>> = prices
        .taxes
        .iter()
        .flat_map(|tax| {
            tax.rates.iter().map(|rate| {
                vec![
                    tax.region.to_string(),
                    show_percent(rate.millionths),
                    rate.from.to_string(),
                ]
            })
        })
        .collect();
    if !rates.is_empty() {
        parts.push(table::columns(&["REGION", "TAX", "FROM PERIOD"], &rates));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_sdk::api::{PriceListView, price_views};

    fn before(list: Option<Prices>) -> PricesView {
        PricesView {
            period: 7,
            start: 0.into(),
            end: 1.into(),
            list: list.map(|prices| PriceListView {
                version: 3,
                from: 5,
                prices: price_views(&prices),
            }),
            book: Vec::new(),
            taxes: Vec::new(),
        }
    }

    fn args() -> PriceArgs {
        PriceArgs {
            cpu: None,
            memory: None,
            io: None,
            dns: price("5/2").ok(),
            mail: None,
            network: None,
            mail_storage: None,
        }
    }

    #[test]
    fn what_a_new_list_does_not_name_stays() {
        let known = Price { micros: 3, per: 4 };
        let list = args().over(&before(Some([known; 7]))).unwrap();
        let dns = Price { micros: 5, per: 2 };
        assert_eq!(list, [known, known, known, dns, known, known, known]);
        assert!(args().over(&before(None)).is_err());
        let none = PriceArgs {
            dns: None,
            ..args()
        };
        assert!(none.over(&before(Some([known; 7]))).is_err());
    }

    #[test]
    fn a_price_is_two_whole_numbers() {
        for wrong in ["", "1", "1/", "/1", "1/0", "1.5/2", "-1/2", "1/2/3"] {
            assert!(price(wrong).is_err(), "{wrong}");
        }
    }
}
