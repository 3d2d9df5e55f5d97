//! Account books, periods and statements as the vectors spell them.

use super::{all, micros, period};
use crate::spelled::{number, one, variant};
use nexus_types::Micros;
use nexus_types::billing::{Billing, Charge, MoneyEntry, MoneyEvent, Rated, StatementEntry};
use nexus_types::meter::Resource;
use serde_json::{Value, json};

fn rated(resource: Resource, quantity: u128, charged: Micros) -> Value {
    json!({
        "resource": resource.name(),
        "quantity": quantity.to_string(),
        "charged": micros(charged),
    })
}

fn used(used: &Rated) -> Value {
    rated(used.resource, used.quantity, used.charged)
}

pub(crate) fn billing(billing: &Billing) -> Value {
    let totals = &billing.totals;
    let adjustments = all(
        &billing.adjustments,
        |one| json!({"of": period(one.of), "version": one.version, "rated": used(&one.rated)}),
    );
    let bills = all(&billing.bills, |bill| {
        json!({
            "payer": bill.payer.to_string(),
            "charged": micros(bill.charged),
            "collected": micros(bill.collected),
            "corrected": micros(bill.corrected),
            "given_back": micros(bill.given_back),
        })
    });
    let closed = billing.closed.map(|closed| {
        json!({
            "hash": closed.hash.to_string(),
            "height": number(closed.height),
            "sequence": number(closed.sequence),
        })
    });
    json!({
        "imvu": billing.imvu.as_str(),
        "period": period(billing.period),
        "version": billing.version,
        "usage": all(&billing.usage, used),
        "adjustments": adjustments,
        "bills": bills,
        "totals": {
            "entries": number(totals.entries),
            "sales": number(totals.sales),
            "gross": micros(totals.gross),
            "tax": micros(totals.tax),
            "fees": micros(totals.fees),
            "refunded": micros(totals.refunded),
            "tax_refunded": micros(totals.tax_refunded),
            "granted_by_creator": micros(totals.granted_by_creator),
            "granted_by_platform": micros(totals.granted_by_platform),
            "disputed": micros(totals.disputed),
            "released": micros(totals.released),
            "corrected": micros(totals.corrected),
        },
        "flags": billing.flags.0,
        "closed": closed,
    })
}

pub(crate) fn entry(entry: &MoneyEntry) -> Value {
    json!({
        "imvu": entry.imvu.as_str(),
        "sequence": number(entry.sequence),
        "height": number(entry.height),
        "time": number(entry.time.0),
        "period": period(entry.period),
        "owner": entry.owner.to_string(),
        "event": event(&entry.event),
    })
}

fn event(event: &MoneyEvent) -> Value {
    let contents = match event {
        MoneyEvent::Charged(given) => charge(given),
        MoneyEvent::Collected { payer, amount } => {
            json!({"payer": payer.to_string(), "amount": micros(*amount)})
        }
        MoneyEvent::Sold {
            processor,
            external,
            gross,
            tax,
            region,
            fee,
        } => json!({
            "processor": processor.to_string(),
            "external": external.as_str(),
            "gross": micros(*gross),
            "tax": micros(*tax),
            "region": region.as_str(),
            "fee": micros(*fee),
        }),
        MoneyEvent::Refunded {
            processor,
            sale,
            amount,
            tax,
        } => json!({
            "processor": processor.to_string(),
            "sale": sale.as_str(),
            "amount": micros(*amount),
            "tax": micros(*tax),
        }),
        MoneyEvent::Granted {
            by,
            processor,
            sale,
            amount,
            tax,
        } => json!({
            "by": variant(by),
            "processor": processor.to_string(),
            "sale": sale.as_str(),
            "amount": micros(*amount),
            "tax": micros(*tax),
        }),
        MoneyEvent::Disputed { dispute, amount } => {
            json!({"dispute": dispute.to_string(), "amount": micros(*amount)})
        }
        MoneyEvent::DisputeEnded {
            dispute,
            amount,
            status,
            tax,
        } => json!({
            "dispute": dispute.to_string(),
            "amount": micros(*amount),
            "status": variant(status),
            "tax": micros(*tax),
        }),
        MoneyEvent::Corrected { of, payer, amount } => json!({
            "of": period(*of),
            "payer": payer.to_string(),
            "amount": micros(*amount),
        }),
    };
    one(&variant(event), contents)
}

fn charge(charge: &Charge) -> Value {
    let lines = all(&charge.lines, |line| {
        rated(line.resource, line.quantity, line.charged)
    });
    let parts = all(&charge.parts, |part| {
        json!({
            "payer": part.payer.to_string(),
            "charged": micros(part.charged),
            "collected": micros(part.collected),
        })
    });
    json!({
        "usage": number(charge.usage),
        "hour": number(charge.hour),
        "of": period(charge.of),
        "version": charge.version,
        "lines": lines,
        "parts": parts,
        "flags": charge.flags.0,
    })
}

pub(crate) fn statement(entry: &StatementEntry) -> Value {
    json!({
        "imvu": entry.imvu.as_str(),
        "sequence": number(entry.sequence),
        "period": period(entry.period),
        "height": number(entry.height),
        "hash": entry.hash.to_string(),
        "text": hex::encode(&entry.text),
    })
}
