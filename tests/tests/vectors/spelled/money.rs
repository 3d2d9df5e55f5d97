//! Money as the vectors spell it: amounts are decimal strings, periods as well.

mod action;
mod book;

use super::governance::restriction;
use super::{number, text, variant};
use nexus_types::billing::Periods;
use nexus_types::money::{Account, Grains, Micros, PriceBook, PriceList, Prices, TaxRates};
use nexus_types::payment::{
    Bucket, Dispute, Enforcement, Mandates, Payment, PaymentKind, Payout, Processor,
    StandingConsents,
};
use nexus_types::period::{Calendar, Period};
use nexus_types::state::TimedItem;
use serde_json::{Map, Value, json};

pub(super) use action::action;
pub(crate) use book::{billing, entry, statement};

fn micros(amount: Micros) -> Value {
    Value::String(amount.to_string())
}

fn grains(amount: Grains) -> Value {
    Value::String(amount.to_string())
}

fn period(period: Period) -> Value {
    number(period.0)
}

fn all<'a, T: 'a>(
    values: impl IntoIterator<Item = &'a T>,
    spell: impl Fn(&'a T) -> Value,
) -> Vec<Value> {
    values.into_iter().map(spell).collect()
}

fn prices(prices: &Prices) -> Vec<Value> {
    all(
        prices,
        |price| json!({"micros": number(price.micros), "per": number(price.per)}),
    )
}

pub(crate) fn calendar(calendar: Calendar) -> Value {
    match calendar {
        Calendar::Months => json!("months"),
        Calendar::Hours(hours) => json!({"hours": hours}),
    }
}

pub(crate) fn account(account: &Account) -> Value {
    json!({"debits": grains(account.debits), "credits": grains(account.credits)})
}

pub(crate) fn price_list(list: &PriceList) -> Value {
    json!({"version": list.version, "from": period(list.from), "prices": prices(&list.prices)})
}

pub(crate) fn price_book(book: &PriceBook) -> Value {
    let lists = all(
        book.lists.as_slice(),
        |(from, version)| json!({"from": period(*from), "version": version}),
    );
    json!({"lists": lists})
}

pub(crate) fn tax_rates(rates: &TaxRates) -> Value {
    let rates = all(
        rates.rates.as_slice(),
        |(from, millionths)| json!({"from": period(*from), "millionths": millionths}),
    );
    json!({"rates": rates})
}

pub(crate) fn periods(periods: &Periods) -> Value {
    json!({"open": period(periods.open)})
}

pub(crate) fn processor(processor: &Processor) -> Value {
    let reconciled = processor.reconciled.as_ref().map(|word| {
        json!({
            "height": number(word.height),
            "statement": word.statement.to_string(),
            "stated_in": micros(word.stated_in),
            "stated_out": micros(word.stated_out),
            "booked_in": micros(word.booked_in),
            "booked_out": micros(word.booked_out),
        })
    });
    json!({
        "id": processor.id.to_string(),
        "identity": processor.identity.to_string(),
        "registered": number(processor.registered),
        "usable_from": number(processor.usable_from.0),
        "reconciled": reconciled,
    })
}

pub(crate) fn payment(payment: &Payment) -> Value {
    let kind = match &payment.kind {
        PaymentKind::Deposit(payer) => json!({"deposit": payer.to_string()}),
        PaymentKind::Refund(sale) => json!({"refund": sale.as_str()}),
        PaymentKind::Sale(sale) => json!({"sale": {
            "imvu": sale.imvu.as_str(),
            "creator": sale.creator.to_string(),
            "region": sale.region.as_str(),
            "tax": micros(sale.tax),
            "fee": micros(sale.fee),
            "day": number(sale.day),
            "refunded": micros(sale.refunded),
            "tax_refunded": micros(sale.tax_refunded),
            "disputed": micros(sale.disputed),
        }}),
    };
    json!({
        "processor": payment.processor.to_string(),
        "external": payment.external.as_str(),
        "height": number(payment.height),
        "time": number(payment.time.0),
        "amount": micros(payment.amount),
        "kind": kind,
    })
}

pub(crate) fn dispute(dispute: &Dispute) -> Value {
    json!({
        "id": dispute.id.to_string(),
        "imvu": dispute.imvu.as_str(),
        "processor": dispute.processor.to_string(),
        "sale": dispute.sale.as_str(),
        "amount": micros(dispute.amount),
        "evidence": dispute.evidence.to_string(),
        "opened": number(dispute.opened),
        "expires": number(dispute.expires.0),
        "status": variant(dispute.status),
    })
}

pub(crate) fn payout(payout: &Payout) -> Value {
    json!({
        "id": payout.id.to_string(),
        "identity": payout.identity.to_string(),
        "processor": payout.processor.to_string(),
        "amount": micros(payout.amount),
        "destination": payout.destination.to_string(),
        "requested": number(payout.requested),
        "status": variant(payout.status),
    })
}

pub(crate) fn bucket(bucket: &Bucket) -> Value {
    json!({"grains": grains(bucket.grains)})
}

/// An object that says what it says by being there.
pub(crate) fn nothing((): &()) -> Value {
    Value::Object(Map::new())
}

pub(crate) fn mandates(mandates: &Mandates) -> Value {
    let list = all(mandates.list.as_slice(), |mandate| {
        let spent = all(
            mandate.spent.as_slice(),
            |(of, amount)| json!({"period": period(*of), "amount": micros(*amount)}),
        );
        json!({
            "payer": mandate.payer.to_string(),
            "generation": mandate.generation,
            "cap": micros(mandate.cap),
            "from": number(mandate.from.0),
            "until": number(mandate.until.0),
            "spent": spent,
        })
    });
    json!({"list": list})
}

pub(crate) fn enforcement(enforcement: &Enforcement) -> Value {
    let debts = all(enforcement.debts.as_slice(), |debt| {
        json!({
            "payer": debt.payer.to_string(),
            "owed": micros(debt.owed),
            "since": number(debt.since.0),
            "stage": variant(debt.stage),
        })
    });
    let containments = all(enforcement.containments.as_slice(), |one| {
        json!({
            "from": number(one.from.0),
            "until": number(one.until.0),
            "evidence": one.evidence.to_string(),
            "audit": number(one.audit),
        })
    });
    let restrictions = all(enforcement.restrictions.as_slice(), restriction);
    json!({"debts": debts, "containments": containments, "restrictions": restrictions})
}

pub(crate) fn standing_consents(consents: &StandingConsents) -> Value {
    let given = all(consents.given.as_slice(), |one| json!(variant(one)));
    let ending = all(
        &consents.ending,
        |(consent, ends)| json!({"consent": variant(consent), "ends": number(ends.0)}),
    );
    json!({"given": given, "ending": ending})
}

/// Work that is due, by law time or by block time.
pub(crate) fn timed_item(item: &TimedItem) -> Value {
    match item {
        TimedItem::ExpireProposal(id) => json!({"expireProposal": id.to_string()}),
        TimedItem::ForgetApproval(id) => json!({"forgetApproval": id.to_string()}),
        TimedItem::WatchAgent(id) => json!({"watchAgent": id.to_string()}),
        TimedItem::WatchMeter(id) => json!({"watchMeter": id.to_string()}),
        TimedItem::SealUsage(id) => json!({"sealUsage": id.as_str()}),
        TimedItem::TellCreators {
            host,
            from,
            audit,
            actor,
        } => json!({"tellCreators": {
            "host": host.to_string(),
            "from": from,
            "audit": number(*audit),
            "actor": actor.to_string(),
        }}),
        TimedItem::ClosePeriod { period: of, from } => {
            json!({"closePeriod": {"period": period(*of), "from": text(from.as_ref())}})
        }
        TimedItem::Mature { creator, day } => {
            json!({"mature": {"creator": creator.to_string(), "day": number(*day)}})
        }
        TimedItem::EndDispute(id) => json!({"endDispute": id.to_string()}),
        TimedItem::DebtStep { imvu, payer } => {
            json!({"debtStep": {"imvu": imvu.as_str(), "payer": payer.to_string()}})
        }
        TimedItem::Collect(payer) => json!({"collect": payer.to_string()}),
        TimedItem::Uncontain(imvu) => json!({"uncontain": imvu.as_str()}),
        TimedItem::SettleGuardianship(id) => json!({"settleGuardianship": id.to_string()}),
        TimedItem::SnapshotOverdue { imvu, number: of } => {
            json!({"snapshotOverdue": {"imvu": imvu.as_str(), "number": number(*of)}})
        }
        TimedItem::ExpireSnapshot { imvu, number: of } => {
            json!({"expireSnapshot": {"imvu": imvu.as_str(), "number": number(*of)}})
        }
        TimedItem::EndVote(id) => json!({"endVote": id.to_string()}),
        TimedItem::Enact(id) => json!({"enact": id.to_string()}),
        TimedItem::ChangeSeats => json!("changeSeats"),
        TimedItem::Unrestrict(imvu, scope) => {
            json!({"unrestrict": {"imvu": imvu.as_str(), "scope": variant(scope)}})
        }
        TimedItem::ExitOverdue(imvu) => json!({"exitOverdue": imvu.as_str()}),
        TimedItem::CloseExit(imvu) => json!({"closeExit": imvu.as_str()}),
        TimedItem::FreeNames(imvu) => json!({"freeNames": imvu.as_str()}),
        TimedItem::EndClaim(name, imvu) => {
            json!({"endClaim": {"name": name.as_str(), "imvu": imvu.as_str()}})
        }
        TimedItem::EndRound(name) => json!({"endRound": name.as_str()}),
        TimedItem::EndGrant(child) => json!({"endGrant": child.as_str()}),
    }
}
