//! `nexus account`: the accounts of the ledger. They are kept in grains, twentieths of a micro-credit.

use super::change::{imvu_id, jurisdiction};
use super::identity;
use super::money::processor_id;
use crate::amount::{grains_in_micros, show_grains, show_micros};
use crate::context::Context;
use crate::error::CliError;
use crate::output::Answer;
use crate::units::counted;
use crate::{table, text};
use clap::{Args, Subcommand};
use nexus_sdk::api::{AccountView, ListAccountsParams, Page};
use nexus_types::ids::ProcessorId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{Account, AccountId};
use nexus_types::{Hash, ImvuId, state_key};

/// Accounts.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List accounts with their balances
    List {
        /// Only those of this identity: a key's name or its id
        #[arg(long, value_name = "IDENTITY", conflicts_with = "imvu")]
        identity: Option<String>,
        /// Only those of this IMVU's creator
        #[arg(long, value_parser = imvu_id)]
        imvu: Option<ImvuId>,
        /// At most so many
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Show one account
    #[command(subcommand)]
    Show(Which),
}

/// An account.
#[derive(Subcommand, Clone)]
pub(crate) enum Which {
    /// Money at a payment processor
    Clearing(Processor),
    /// Payouts that a processor was asked for and has not settled
    PayoutClearing(Processor),
    /// What a payer has paid in and not used
    Prepaid(Identity),
    /// A creator's 55 % of what it paid itself; it pays for later use
    Returned(Identity),
    /// What a payer owes
    Receivable(Identity),
    /// The other side of what a payer owes: charged, not collected, not split
    Uncollected(Identity),
    /// A creator's money that can still be refunded or disputed
    Maturing(Identity),
    /// A creator's money that can be paid out
    Matured(Identity),
    /// The platform's
    PlatformIncome,
    /// What a dispute is about
    Escrow {
        /// Which dispute: the transaction that opened it
        dispute: Hash,
    },
    /// The platform's share that waits because an exit is overdue
    ExitEscrow {
        /// Of which IMVU
        #[arg(value_parser = imvu_id)]
        imvu: ImvuId,
    },
    /// Tax of a region
    Tax {
        /// Which, such as EU-GDPR
        #[arg(value_name = "TAG", value_parser = jurisdiction)]
        region: Jurisdiction,
    },
}

/// At a processor.
#[derive(Args, Clone)]
pub(crate) struct Processor {
    /// The processor's name
    #[arg(value_name = "NAME", value_parser = processor_id)]
    processor: ProcessorId,
}

/// Of an identity.
#[derive(Args, Clone)]
pub(crate) struct Identity {
    /// Whose: a key's name or an identity's id
    identity: String,
}

/// The account that is meant.
fn meant(ctx: &Context, which: Which) -> Result<AccountId, CliError> {
    let of = |who: Identity| identity::named(ctx, &who.identity);
    Ok(match which {
        Which::Clearing(at) => AccountId::Clearing(at.processor),
        Which::PayoutClearing(at) => AccountId::PayoutClearing(at.processor),
        Which::Prepaid(who) => AccountId::Prepaid(of(who)?),
        Which::Returned(who) => AccountId::Returned(of(who)?),
        Which::Receivable(who) => AccountId::Receivable(of(who)?),
        Which::Uncollected(who) => AccountId::Uncollected(of(who)?),
        Which::Maturing(who) => AccountId::Maturing(of(who)?),
        Which::Matured(who) => AccountId::Matured(of(who)?),
        Which::PlatformIncome => AccountId::PlatformIncome,
        Which::Escrow { dispute } => AccountId::Escrow(dispute),
        Which::ExitEscrow { imvu } => AccountId::ExitEscrow(imvu),
        Which::Tax { region } => AccountId::Tax(region),
    })
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    match command {
        Command::List {
            identity,
            imvu,
            limit,
        } => {
            let identity = identity.map(|text| identity::named(ctx, &text));
            let params = ListAccountsParams {
                limit: Some(limit),
                identity: identity.transpose()?.map(Into::into),
                imvu: imvu.map(Into::into),
                ..ListAccountsParams::default()
            };
            list(&ctx.client()?.accounts(&params).await?)
        }
        Command::Show(which) => show(ctx, meant(ctx, which)?).await,
    }
}

/// Whose an account is, or what it is about.
fn whose(account: &AccountView) -> String {
    let of = [
        account.identity.as_ref().map(text::short),
        account.processor.as_ref().map(ToString::to_string),
        account.dispute.as_ref().map(text::short),
        account.region.as_ref().map(ToString::to_string),
        account.imvu.as_ref().map(ToString::to_string),
    ];
    of.into_iter().flatten().collect()
}

fn list(page: &Page<AccountView>) -> Result<Answer, CliError> {
    let rows: Vec<Vec<String>> = page
        .items
        .iter()
        .map(|account| {
            let balance = account.balance_grains.0;
            vec![
                account.kind.clone(),
                whose(account),
                String::from(if account.asset { "owned" } else { "owed" }),
                show_grains(balance),
                grains_in_micros(balance),
                balance.to_string(),
            ]
        })
        .collect();
    let header = [
        "ACCOUNT",
        "OF",
        "SIDE",
        "BALANCE",
        "MICRO-CREDITS",
        "GRAINS",
    ];
    let text = format!(
        "{}\n{} of {} at block {}",
        table::columns(&header, &rows),
        page.items.len(),
        page.total,
        page.at
    );
    Ok(Answer::new(page, text)?)
}

async fn show(ctx: &Context, id: AccountId) -> Result<Answer, CliError> {
    let account: Option<Account> = super::approve::state(ctx, &state_key::account(&id)).await?;
    // An account that nothing was posted to is empty, not unknown.
    let view = AccountView::new(&id, &account.unwrap_or_default());
    Ok(Answer::new(&view, described(&view))?)
}

fn described(account: &AccountView) -> String {
    let turnover = |grains: u128| {
        let grains = i128::try_from(grains).unwrap_or(i128::MAX);
        amount(grains)
    };
    let mut fields = vec![("account", account.kind.clone())];
    let identity = account.identity.as_ref().map(ToString::to_string);
    let processor = account.processor.as_ref().map(ToString::to_string);
    let dispute = account.dispute.as_ref().map(ToString::to_string);
    let region = account.region.as_ref().map(ToString::to_string);
    let imvu = account.imvu.as_ref().map(ToString::to_string);
    let of = [
        ("identity", identity),
        ("processor", processor),
        ("dispute", dispute),
        ("region", region),
        ("imvu", imvu),
    ];
    fields.extend(of.into_iter().filter_map(|(name, of)| Some((name, of?))));
    let side = if account.asset {
        "owned: debits less credits"
    } else {
        "owed: credits less debits"
    };
    fields.extend([
        ("side", side.to_owned()),
        ("debits", turnover(account.debits_grains.0)),
        ("credits", turnover(account.credits_grains.0)),
        ("balance", amount(account.balance_grains.0)),
    ]);
    table::fields(&fields)
}

fn amount(grains: i128) -> String {
    format!(
        "{} ({}, {})",
        show_grains(grains),
        show_micros(grains_in_micros(grains)),
        counted(grains, "grain")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::Grains;

    #[test]
    fn a_balance_is_shown_in_all_three_units_on_its_own_side() {
        let account = Account {
            debits: Grains(9),
            credits: Grains(20_000_020),
        };
        let shown = described(&AccountView::new(&AccountId::PlatformIncome, &account));
        assert!(shown.contains("side     owed"), "{shown}");
        assert!(
            shown.contains(
                "balance  1.00000055 credits (1000000.55 micro-credits, 20000011 grains)"
            ),
            "{shown}"
        );
        let processor = ProcessorId::new("acquirer-1").unwrap();
        let shown = described(&AccountView::new(&AccountId::Clearing(processor), &account));
        assert!(shown.contains("side       owned"), "{shown}");
        assert!(shown.contains("balance    -1.00000055 credits"), "{shown}");
        let leaves = ImvuId::new("IMVU-042").unwrap();
        let view = AccountView::new(&AccountId::ExitEscrow(leaves), &account);
        let shown = described(&view);
        assert!(shown.contains("imvu     IMVU-042"), "{shown}");
        assert_eq!(whose(&view), "IMVU-042");
    }
}
