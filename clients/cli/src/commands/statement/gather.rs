//! Receipts from a node: all of them, at one height whose header proves them.

use super::bundle::{Format, StatementBundle};
use crate::commands::verify;
use crate::error::CliError;
use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::{
    At, BundleSubject, GetPeriodParams, GetProofParams, GetUsageParams, Hex, LeafProof,
    ListMoneyParams, Method, ProofResult, StateItem,
};
use nexus_sdk::client::Client;
use nexus_types::ImvuId;
use nexus_types::billing::{MoneyEntry, MoneyEvent};
use nexus_types::encoding::decode;
use nexus_types::money::PriceBook;
use nexus_types::period::Period;
use nexus_types::state_key::{self, StateKey};
use std::collections::BTreeSet;

/// Leaves in a page with proofs, and keys in a request for proofs: what nodes send at once.
const PAGE: u32 = 64;

/// Everything that the statement of a period follows from.
pub(super) async fn gather(
    client: &Client,
    anchor: &Anchor,
    imvu: &ImvuId,
    period: Period,
) -> Result<StatementBundle, CliError> {
    let subject = BundleSubject::Imvu(imvu.clone().into());
    let evidence = verify::fetch(client, subject, anchor).await?;
    let at = At::Height(evidence.height.0);
    let params = GetPeriodParams {
        imvu: imvu.clone().into(),
        period: period.0,
        at,
        proof: true,
    };
    let statement = client.statement(&params).await?;
    let statement = statement.value.leaf.ok_or_else(|| no_proof("statement"))?;
    let usage = usage(client, imvu, at).await?;
    let money = money(client, imvu, at).await?;
    let mut state = prices(client, at, period, &money).await?;
    state.extend(prove(client, at, &[state_key::period_roots(imvu, period)]).await?);
    Ok(StatementBundle {
        format: Format::V1,
        imvu: imvu.clone().into(),
        period: period.0,
        evidence,
        state,
        usage,
        money,
        statement,
    })
}

fn no_proof(what: &str) -> CliError {
    CliError::Stranger(format!("the node sent a {what} without its proof"))
}

fn incomplete(what: &str, from: u64) -> CliError {
    CliError::Stranger(format!(
        "this node began at a snapshot and has no {what} from before number {from} of the collection: ask another with --node"
    ))
}

fn leaf(what: &str, leaf: Option<LeafProof>) -> Result<Hex, CliError> {
    leaf.map(|leaf| leaf.record).ok_or_else(|| no_proof(what))
}

async fn usage(client: &Client, imvu: &ImvuId, at: At) -> Result<Vec<Hex>, CliError> {
    let mut params = GetUsageParams {
        imvu: imvu.clone().into(),
        from_hour: None,
        to_hour: None,
        limit: Some(PAGE),
        cursor: None,
        at: Some(at),
        proof: true,
    };
    let mut leaves = Vec::new();
    loop {
        let page = client.usage(&params).await?.value;
        if let Some(from) = page.complete_from.filter(|from| from.0 > 0) {
            return Err(incomplete("hour of use", from.0));
        }
        for item in page.items {
            leaves.push(leaf("hour of use", item.leaf)?);
        }
        let Some(cursor) = page.next_cursor else {
            return Ok(leaves);
        };
        // The cursor pins the height.
        params.at = None;
        params.cursor = Some(cursor);
    }
}

async fn money(client: &Client, imvu: &ImvuId, at: At) -> Result<Vec<Hex>, CliError> {
    let mut params = ListMoneyParams {
        imvu: imvu.clone().into(),
        limit: Some(PAGE),
        cursor: None,
        at: Some(at),
        proof: true,
    };
    let mut leaves = Vec::new();
    loop {
        let page = client.money(&params).await?.value;
        if let Some(from) = page.complete_from.filter(|from| from.0 > 0) {
            return Err(incomplete("entry of the account book", from.0));
        }
        for item in page.items {
            leaves.push(leaf("entry of the account book", item.leaf)?);
        }
        let Some(cursor) = page.next_cursor else {
            return Ok(leaves);
        };
        params.at = None;
        params.cursor = Some(cursor);
    }
}

/// The price book, and the lists that the charges and the period need.
async fn prices(
    client: &Client,
    at: At,
    period: Period,
    money: &[Hex],
) -> Result<Vec<StateItem>, CliError> {
    let mut items = prove(client, at, &[state_key::price_book()]).await?;
    let book = items.first().and_then(|item| item.value.as_ref());
    let book: PriceBook = book
        .and_then(|value| decode(value.bytes()).ok())
        .unwrap_or_default();
    // What cannot be read here is told by the check, which reads it again.
    let charged =
        money.iter().filter_map(
            |leaf| match decode::<MoneyEntry>(leaf.bytes()).ok()?.event {
                MoneyEvent::Charged(charge) => Some(charge.version),
                _ => None,
            },
        );
    let versions: BTreeSet<u32> = charged.chain(book.version(period)).collect();
    let lists: Vec<StateKey> = versions.into_iter().map(state_key::prices).collect();
    for some in lists.chunks(PAGE as usize) {
        items.extend(prove(client, at, some).await?);
    }
    Ok(items)
}

async fn prove(client: &Client, at: At, keys: &[StateKey]) -> Result<Vec<StateItem>, CliError> {
    let params = GetProofParams {
        keys: keys.iter().map(|key| Hex::new(key.as_bytes())).collect(),
        at,
        ..GetProofParams::default()
    };
    let result: ProofResult = client.read(Method::GetProof, &params).await?;
    Ok(result.items)
}
