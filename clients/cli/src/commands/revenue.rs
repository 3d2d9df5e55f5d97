//! `nexus revenue` and `nexus deposit`: what processors tell the ledger of sales, refunds, disputes and deposits.

use super::change::{imvu_id, jurisdiction};
use super::identity;
use super::money::{Document, external_id, processor_id};
use crate::amount::{micros, show_both};
use crate::context::Context;
use crate::error::CliError;
use crate::keyring::Role;
use crate::output::Answer;
use crate::{submit, table, text};
use clap::{Args, Subcommand, ValueEnum};
use nexus_sdk::api::{DisputeStatus, PaymentKindView, PaymentView};
use nexus_types::ids::ProcessorId;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::ExternalId;
use nexus_types::{Action, Hash, ImvuId, Micros};

/// Revenue.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// A processor records what an IMVU sold; the gross amount is split 55/45
    Record {
        #[command(flatten)]
        payment: Payment,
        /// Whose sale
        #[arg(long, value_parser = imvu_id)]
        imvu: ImvuId,
        /// Before tax, such as 12.5cr
        #[arg(long, value_name = "AMOUNT", value_parser = micros)]
        gross: Micros,
        /// Above the gross amount, at most the region's rate
        #[arg(long, value_name = "AMOUNT", default_value = "0cr", value_parser = micros)]
        tax: Micros,
        /// Where the tax is due, such as EU-GDPR
        #[arg(long, value_name = "TAG", value_parser = jurisdiction)]
        region: Jurisdiction,
        /// What the processor keeps; the platform bears it alone
        #[arg(long, value_name = "AMOUNT", default_value = "0cr", value_parser = micros)]
        fee: Micros,
    },
    /// A processor records that it paid back a sale that has not matured
    Refund {
        #[command(flatten)]
        payment: Payment,
        /// The sale's name there
        #[arg(long, value_name = "ID", value_parser = external_id)]
        sale: ExternalId,
        /// How much, before tax
        #[arg(long, value_parser = micros)]
        amount: Micros,
    },
    /// Pay back a matured sale at your own expense
    Grant {
        #[command(flatten)]
        sale: Payment,
        /// How much, before tax
        #[arg(long, value_parser = micros)]
        amount: Micros,
        /// At whose expense
        #[arg(long, value_enum, default_value = "creator")]
        by: Granter,
    },
    /// A processor's buyer disputes a sale: the money goes into escrow
    Dispute {
        #[command(flatten)]
        sale: Payment,
        /// How much of it, before tax
        #[arg(long, value_parser = micros)]
        amount: Micros,
        #[command(flatten)]
        evidence: Document,
    },
    /// Decide a dispute: its processor either way, the creator against itself
    Resolve {
        /// Which: the transaction that opened it
        dispute: Hash,
        /// Who has the money
        #[arg(long = "for", value_enum)]
        side: Side,
    },
    /// Show a payment: a deposit, a sale, a refund
    Show(Payment),
    /// Show a dispute
    ShowDispute {
        /// Which: the transaction that opened it
        dispute: Hash,
    },
}

/// Deposits.
#[derive(Subcommand)]
pub(crate) enum Deposit {
    /// A processor records what somebody pays in advance
    Record {
        #[command(flatten)]
        payment: Payment,
        /// Whose: a key's name or an identity's id
        #[arg(long, value_name = "IDENTITY")]
        payer: String,
        /// How much, such as 12.5cr
        #[arg(long, value_parser = micros)]
        amount: Micros,
    },
    /// Show a deposit
    Show(Payment),
}

/// A payment at a processor.
#[derive(Args, Clone)]
pub(crate) struct Payment {
    /// The processor's name
    #[arg(value_name = "PROCESSOR", value_parser = processor_id)]
    processor: ProcessorId,
    /// The payment's name there; each counts once
    #[arg(value_name = "ID", value_parser = external_id)]
    external: ExternalId,
}

/// Who pays for a late refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Granter {
    /// The creator, out of its own matured money
    Creator,
    /// The platform, out of its own income
    Platform,
}

/// Who wins a dispute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Side {
    /// The creator keeps the money
    Creator,
    /// The buyer has it back
    Buyer,
}

/// Runs it.
pub(crate) async fn run(ctx: &Context, command: Command) -> Result<Answer, CliError> {
    let (processor, action) = match command {
        Command::Show(payment) => return show(ctx, &payment).await,
        Command::ShowDispute { dispute } => return show_dispute(ctx, dispute).await,
        Command::Resolve { dispute, side } => return resolve(ctx, dispute, side).await,
        Command::Grant { sale, amount, by } => return grant(ctx, sale, amount, by).await,
        Command::Record {
            payment,
            imvu,
            gross,
            tax,
            region,
            fee,
        } => (
            payment.processor.clone(),
            Action::RecordSale {
                processor: payment.processor,
                external: payment.external,
                imvu,
                gross,
                tax,
                region,
                fee,
            },
        ),
        Command::Refund {
            payment,
            sale,
            amount,
        } => (
            payment.processor.clone(),
            Action::RecordRefund {
                processor: payment.processor,
                external: payment.external,
                sale,
                amount,
            },
        ),
        Command::Dispute {
            sale,
            amount,
            evidence,
        } => (
            sale.processor.clone(),
            Action::OpenDispute {
                processor: sale.processor,
                sale: sale.external,
                amount,
                evidence: evidence.hash()?,
            },
        ),
    };
    let is_dispute = matches!(action, Action::OpenDispute { .. });
    let mut answer = submit::act_as_processor(ctx, &processor, action).await?;
    if is_dispute {
        answer.text.push_str(
            "\nnext: nexus revenue resolve, with this transaction's id, within the time disputes have",
        );
    }
    Ok(answer)
}

/// Runs it.
pub(crate) async fn deposit(ctx: &Context, command: Deposit) -> Result<Answer, CliError> {
    match command {
        Deposit::Show(payment) => show(ctx, &payment).await,
        Deposit::Record {
            payment,
            payer,
            amount,
        } => {
            let action = Action::RecordDeposit {
                processor: payment.processor.clone(),
                external: payment.external,
                payer: identity::named(ctx, &payer)?,
                amount,
            };
            submit::act_as_processor(ctx, &payment.processor, action).await
        }
    }
}

async fn grant(
    ctx: &Context,
    sale: Payment,
    amount: Micros,
    by: Granter,
) -> Result<Answer, CliError> {
    let action = Action::GrantRefund {
        processor: sale.processor,
        sale: sale.external,
        amount,
    };
    match by {
        Granter::Creator => submit::act(ctx, Role::Creator, action).await,
        Granter::Platform => Ok(submit::act_as_platform(ctx, action, Vec::new())
            .await?
            .answer),
    }
}

async fn resolve(ctx: &Context, dispute: Hash, side: Side) -> Result<Answer, CliError> {
    let action = Action::ResolveDispute {
        dispute,
        won: side == Side::Creator,
    };
    let processor = ctx.client()?.dispute(dispute).await?.value.processor.0;
    submit::act_as_processor(ctx, &processor, action).await
}

async fn show(ctx: &Context, payment: &Payment) -> Result<Answer, CliError> {
    let client = ctx.client()?;
    let read = client.payment(&payment.processor, &payment.external);
    let read = read.await?;
    let text = format!(
        "{}\nas of block {} ({})",
        described(&read.value),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}

fn described(payment: &PaymentView) -> String {
    let mut fields = vec![
        ("processor", payment.processor.to_string()),
        ("payment", payment.external.to_string()),
        ("recorded", format!("block {}", payment.height)),
        ("at", text::time(payment.time.0)),
    ];
    match &payment.what {
        PaymentKindView::Deposit { payer } => fields.extend([
            ("kind", String::from("deposit")),
            ("payer", payer.to_string()),
            ("amount", show_both(payment.amount.0)),
        ]),
        PaymentKindView::Refund { sale } => fields.extend([
            ("kind", String::from("refund")),
            ("of sale", sale.to_string()),
            ("amount", show_both(payment.amount.0)),
        ]),
        PaymentKindView::Sale(sale) => fields.extend([
            ("kind", String::from("sale")),
            ("imvu", sale.imvu.to_string()),
            ("creator", sale.creator.to_string()),
            ("gross", show_both(payment.amount.0)),
            (
                "tax",
                format!("{} in {}", show_both(sale.tax.0), sale.region),
            ),
            ("fee", format!("{}, the platform's", show_both(sale.fee.0))),
            ("refunded", show_both(sale.refunded.0)),
            ("tax back", show_both(sale.tax_refunded.0)),
            ("in dispute", show_both(sale.disputed.0)),
        ]),
    }
    table::fields(&fields)
}

async fn show_dispute(ctx: &Context, dispute: Hash) -> Result<Answer, CliError> {
    let read = ctx.client()?.dispute(dispute).await?;
    let view = &read.value;
    let status = match view.status {
        DisputeStatus::Open => "open: the money is in escrow",
        DisputeStatus::Won => "won: the creator keeps the money",
        DisputeStatus::Lost => "lost: the buyer has the money back",
        DisputeStatus::Lapsed => "lapsed: nobody decided, the creator keeps the money",
    };
    let fields = [
        ("dispute", view.id.to_string()),
        ("imvu", view.imvu.to_string()),
        ("processor", view.processor.to_string()),
        ("sale", view.sale.to_string()),
        ("amount", show_both(view.amount.0)),
        ("evidence", view.evidence.to_string()),
        ("opened", format!("block {}", view.opened)),
        ("until", text::time(view.expires.0)),
        ("status", status.to_owned()),
    ];
    let text = format!(
        "{}\nas of block {} ({})",
        table::fields(&fields),
        read.height,
        text::time(read.block_time.0)
    );
    Ok(Answer::new(&read, text)?)
}
