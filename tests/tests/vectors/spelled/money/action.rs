//! Actions of money as the vectors spell them.

use super::{micros, period, prices};
use crate::spelled::{number, variant};
use nexus_types::Action;
use serde_json::{Value, json};

/// The contents of an action of money.
pub(in crate::spelled) fn action(action: &Action) -> Value {
    match action {
        Action::PublishPrices { from, prices: list } => {
            json!({"from": period(*from), "prices": prices(list)})
        }
        Action::SetTaxRate {
            region,
            millionths,
            from,
        } => {
            json!({"region": region.as_str(), "millionths": millionths, "from": period(*from)})
        }
        Action::RegisterProcessor { processor } => json!({"processor": processor.to_string()}),
        Action::LinkProcessor {
            imvu,
            processor,
            linked,
        } => {
            json!({"imvu": imvu.as_str(), "processor": processor.to_string(), "linked": linked})
        }
        Action::RecordDeposit {
            processor,
            external,
            payer,
            amount,
        } => json!({
            "processor": processor.to_string(),
            "external": external.as_str(),
            "payer": payer.to_string(),
            "amount": micros(*amount),
        }),
        Action::RecordSale {
            processor,
            external,
            imvu,
            gross,
            tax,
            region,
            fee,
        } => json!({
            "processor": processor.to_string(),
            "external": external.as_str(),
            "imvu": imvu.as_str(),
            "gross": micros(*gross),
            "tax": micros(*tax),
            "region": region.as_str(),
            "fee": micros(*fee),
        }),
        Action::RecordRefund {
            processor,
            external,
            sale,
            amount,
        } => json!({
            "processor": processor.to_string(),
            "external": external.as_str(),
            "sale": sale.as_str(),
            "amount": micros(*amount),
        }),
        Action::GrantRefund {
            processor,
            sale,
            amount,
        } => json!({
            "processor": processor.to_string(),
            "sale": sale.as_str(),
            "amount": micros(*amount),
        }),
        Action::OpenDispute {
            processor,
            sale,
            amount,
            evidence,
        } => json!({
            "processor": processor.to_string(),
            "sale": sale.as_str(),
            "amount": micros(*amount),
            "evidence": evidence.to_string(),
        }),
        Action::ResolveDispute { dispute, won } => {
            json!({"dispute": dispute.to_string(), "won": won})
        }
        Action::RequestPayout {
            processor,
            amount,
            destination,
        } => json!({
            "processor": processor.to_string(),
            "amount": micros(*amount),
            "destination": destination.to_string(),
        }),
        Action::SettlePayout { payout, settled } => {
            json!({"payout": payout.to_string(), "settled": settled})
        }
        Action::Reconcile {
            processor,
            taken_in,
            paid_out,
            statement,
        } => json!({
            "processor": processor.to_string(),
            "taken_in": micros(*taken_in),
            "paid_out": micros(*paid_out),
            "statement": statement.to_string(),
        }),
        Action::SignMandate {
            imvu,
            payer,
            cap,
            until,
        } => json!({
            "imvu": imvu.as_str(),
            "payer": payer.to_string(),
            "cap": micros(*cap),
            "until": number(until.0),
        }),
        Action::RevokeMandate { imvu } => json!({"imvu": imvu.as_str()}),
        Action::CorrectCharge {
            imvu,
            period: of,
            payer,
            amount,
        } => json!({
            "imvu": imvu.as_str(),
            "period": period(*of),
            "payer": payer.to_string(),
            "amount": micros(*amount),
        }),
        Action::Contain {
            imvu,
            evidence,
            span_ms,
        } => json!({
            "imvu": imvu.as_str(),
            "evidence": evidence.to_string(),
            "span_ms": number(*span_ms),
        }),
        Action::SetStandingConsent {
            imvu,
            consent,
            given,
        } => json!({"imvu": imvu.as_str(), "consent": variant(consent), "given": given}),
        other => panic!("{} is no action of money", other.kind()),
    }
}
