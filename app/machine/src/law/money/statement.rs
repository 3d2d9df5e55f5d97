//! The text of a statement: canonical JSON, whose hash is in state (law §4). `docs/money.md` gives its fields; a client derives
//! the same text from the IMVU's receipts alone.

use super::books::Books;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use nexus_types::billing::{Billing, Rated};
use nexus_types::canonical_json::Json;
use nexus_types::constants::{SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE};
use nexus_types::meter::{Resource, UsageFlags};
use nexus_types::money::{PriceList, price_of, split};
use nexus_types::{IdentityId, Micros, state_key};

/// The statement of a period as it stands.
pub(crate) fn text(books: &Books<'_>, owner: IdentityId, billing: &Billing) -> String {
    let network = books.network();
    let calendar = books.calendar();
    let totals = &billing.totals;
    let bills = billing.bills.iter();
    let collected = Micros(sum(bills.map(|bill| bill.collected)));
    Json::object([
        ("adjustments", adjustments(billing)),
        ("chainId", Json::text(&network.chain_id)),
        ("collected", line(collected)),
        ("corrected", line(totals.corrected)),
        ("disputed", line(totals.disputed)),
        ("entries", Json::Number(totals.entries)),
        ("fees", Json::text(totals.fees)),
        ("from", Json::Number(calendar.start(billing.period).0)),
        ("genesisHash", Json::text(network.genesis_hash)),
        (
            "granted",
            Json::object([
                ("byCreator", Json::text(totals.granted_by_creator)),
                ("byPlatform", Json::text(totals.granted_by_platform)),
            ]),
        ),
        ("imvu", Json::text(&billing.imvu)),
        ("netGrains", net(billing, collected)),
        ("owner", Json::text(owner)),
        ("payers", payers(billing)),
        ("period", Json::Number(billing.period.0)),
        ("priceVersion", Json::Number(u64::from(billing.version))),
        (
            "refunded",
            Json::object([
                ("amount", Json::text(totals.refunded)),
                ("creatorGrains", Json::text(split(totals.refunded).creator)),
                (
                    "platformGrains",
                    Json::text(split(totals.refunded).platform),
                ),
                ("tax", Json::text(totals.tax_refunded)),
            ]),
        ),
        ("released", line(totals.released)),
        (
            "sales",
            Json::object([
                ("count", Json::Number(totals.sales)),
                ("creatorGrains", Json::text(split(totals.gross).creator)),
                ("gross", Json::text(totals.gross)),
                ("platformGrains", Json::text(split(totals.gross).platform)),
                ("tax", Json::text(totals.tax)),
            ]),
        ),
        (
            "split",
            Json::object([
                ("creator", Json::Number(u64::from(SPLIT_CREATOR))),
                ("platform", Json::Number(u64::from(SPLIT_PLATFORM))),
                ("whole", Json::Number(u64::from(SPLIT_WHOLE))),
            ]),
        ),
        ("terms", terms(billing)),
        ("test", Json::Bool(billing.flags.has(UsageFlags::TEST))),
        ("to", Json::Number(calendar.end(billing.period).0)),
        ("usage", usage(books, billing)),
        ("version", Json::Number(1)),
    ])
    .to_text()
}

fn sum(amounts: impl Iterator<Item = Micros>) -> u128 {
    amounts.fold(0, |sum, amount| sum.saturating_add(amount.0))
}

/// An amount with its two shares.
fn line(amount: Micros) -> Json {
    let shares = split(amount);
    Json::object([
        ("amount", Json::text(amount)),
        ("creatorGrains", Json::text(shares.creator)),
        ("platformGrains", Json::text(shares.platform)),
    ])
}

fn usage(books: &Books<'_>, billing: &Billing) -> Json {
    let list = books.get::<PriceList>(&state_key::prices(billing.version));
    let rows = billing.usage.iter().map(|rated| {
        let price = list
            .as_ref()
            .and_then(|list| price_of(&list.prices, rated.resource));
        Json::object([
            ("charged", Json::text(rated.charged)),
            ("micros", Json::text(price.map_or(0, |price| price.micros))),
            ("per", Json::text(price.map_or(1, |price| price.per))),
            ("quantity", Json::text(rated.quantity)),
            ("resource", Json::text(rated.resource)),
            ("unit", Json::text(rated.resource.unit())),
        ])
    });
    Json::List(rows.collect())
}

fn adjustments(billing: &Billing) -> Json {
    let rows = billing.adjustments.iter().map(|each| {
        Json::object([
            ("charged", Json::text(each.rated.charged)),
            ("of", Json::Number(each.of.0)),
            ("priceVersion", Json::Number(u64::from(each.version))),
            ("quantity", Json::text(each.rated.quantity)),
            ("resource", Json::text(each.rated.resource)),
        ])
    });
    Json::List(rows.collect())
}

fn payers(billing: &Billing) -> Json {
    // A bill that only holds what was given back elsewhere is none of this period.
    let bills = billing
        .bills
        .iter()
        .filter(|bill| [bill.charged, bill.collected, bill.corrected] != [Micros::ZERO; 3]);
    let rows = bills.map(|bill| {
        Json::object([
            ("charged", Json::text(bill.charged)),
            ("collected", Json::text(bill.collected)),
            ("corrected", Json::text(bill.corrected)),
            ("payer", Json::text(bill.payer)),
        ])
    });
    Json::List(rows.collect())
}

/// The four terms of the formula (handshake-55-45-17.md): use of this period and late use of earlier ones.
fn terms(billing: &Billing) -> Json {
    let late = billing.adjustments.iter().map(|each| &each.rated);
    let rated: Vec<&Rated> = billing.usage.iter().chain(late).collect();
    let term = |resources: &[Resource]| {
        let of = rated
            .iter()
            .filter(|each| resources.contains(&each.resource));
        Json::text(sum(of.map(|each| each.charged)))
    };
    Json::object([
        (
            "compute",
            term(&[Resource::Cpu, Resource::Memory, Resource::Io]),
        ),
        ("dns", term(&[Resource::Dns])),
        ("mail", term(&[Resource::Mail, Resource::MailStorage])),
        ("network", term(&[Resource::Network])),
        ("total", term(&Resource::ALL)),
    ])
}

/// What both sides gained: below zero where more went back than came in.
fn net(billing: &Billing, collected: Micros) -> Json {
    let totals = &billing.totals;
    let gained = sum([collected, totals.gross, totals.released].into_iter());
    let lost = sum([totals.refunded, totals.disputed, totals.corrected].into_iter());
    let shares = split(Micros(gained.abs_diff(lost)));
    let sign = if gained < lost { "-" } else { "" };
    Json::object([
        ("creator", Json::Text(format!("{sign}{}", shares.creator))),
        ("platform", Json::Text(format!("{sign}{}", shares.platform))),
    ])
}
