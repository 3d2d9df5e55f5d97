//! What stands in the state about money.

use super::{first, object};
use crate::people::{alice, bob, imvu, tag};
use crate::scenario::{PROCESSOR, Scenario};
use crate::spelled::money;
use nexus_types::encoding::Text;
use nexus_types::ids::ProcessorId;
use nexus_types::money::AccountId;
use nexus_types::state_key::{self, KeyKind};
use serde_json::Value;

pub(super) fn objects(story: &Scenario) -> Vec<Value> {
    let id = imvu("IMVU-042");
    let pay = ProcessorId::new(PROCESSOR).unwrap();
    let mut shown = Vec::new();
    for account in [
        AccountId::Clearing(pay.clone()),
        AccountId::Prepaid(bob().id),
        AccountId::Returned(alice().id),
        AccountId::Matured(alice().id),
        AccountId::PlatformIncome,
        AccountId::Tax(tag("EU-GDPR")),
    ] {
        let key = state_key::account(&account);
        shown.push(object(story, "account", key, money::account));
    }
    for version in [1, 2] {
        let key = state_key::prices(version);
        shown.push(object(story, "prices", key, money::price_list));
    }
    for external in ["deposit-1", "sale-1", "refund-1"] {
        let key = state_key::payment(&pay, &Text::new(external).unwrap());
        shown.push(object(story, "payment", key, money::payment));
    }
    for key in first(story, KeyKind::Dispute, 3) {
        shown.push(object(story, "dispute", key, money::dispute));
    }
    for key in first(story, KeyKind::Payout, 2) {
        shown.push(object(story, "payout", key, money::payout));
    }
    for key in first(story, KeyKind::Bucket, 1) {
        shown.push(object(story, "bucket", key, money::bucket));
    }
    for key in first(story, KeyKind::Debtor, 1) {
        shown.push(object(story, "debtor", key, money::nothing));
    }
    for key in first(story, KeyKind::Billing, 2) {
        shown.push(object(story, "billing", key, money::billing));
    }
    for key in first(story, KeyKind::Due, 1) {
        shown.push(object(story, "due", key, money::timed_item));
    }
    let region = tag("EU-GDPR");
    shown.extend([
        object(
            story,
            "priceBook",
            state_key::price_book(),
            money::price_book,
        ),
        object(
            story,
            "taxRates",
            state_key::tax_rates(&region),
            money::tax_rates,
        ),
        object(story, "periods", state_key::periods(), money::periods),
        object(
            story,
            "processor",
            state_key::processor(&pay),
            money::processor,
        ),
        object(story, "link", state_key::link(&id, &pay), money::nothing),
        object(story, "mandates", state_key::mandates(&id), money::mandates),
        object(
            story,
            "enforcement",
            state_key::enforcement(&id),
            money::enforcement,
        ),
        object(
            story,
            "standingConsents",
            state_key::standing_consents(&id),
            money::standing_consents,
        ),
    ]);
    shown
}
