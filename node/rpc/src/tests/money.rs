//! Prices, accounts, account books, statements and debts, as a caller reads them.

use super::chain::{CALENDAR, imvu};
use super::harness::Harness;
use super::hosts::proved;
use super::paying::{METHODS, market, region};
use nexus_sdk::api::{
    AccountView, BillingView, DebtStage, EnforcementView, EventBody, EventsPage, Method,
    MoneyEventView, MoneyView, Page, PeriodRootsView, PricesView, Read, StatementItemView,
    StatementView,
};
use nexus_tree::log::{LogHead, leaf_hash};
use nexus_types::action::Action;
use nexus_types::billing::{Billing, MoneyEntry, StatementEntry};
use nexus_types::encoding::{List, encode};
use nexus_types::exit::{CollectionHead, PeriodRoots};
use nexus_types::log::CollectionKind;
use nexus_types::payment::{self, Containment, Debt, Enforcement};
use nexus_types::state::Collection;
use nexus_types::{Hash, Micros, Period, Time, decode, state_key};
use serde_json::{Value, json};

/// The head of a collection that an answer proves.
fn head(kind: CollectionKind, values: &[Option<Vec<u8>>]) -> LogHead {
    let collections = values.iter().flatten();
    let mut collections = collections.filter_map(|value| decode::<Collection>(value).ok());
    let collection = collections
        .next()
        .unwrap_or_else(|| panic!("no {kind:?} among what is proved"));
    LogHead {
        size: collection.size,
        root: collection.root.0,
    }
}

#[tokio::test]
async fn prices_of_a_period_are_read_with_their_bounds_and_tax_rates() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let read: Read<PricesView> = harness
        .call(Method::GetPrices, json!({ "proof": true }))
        .await;
    let now = CALENDAR.period_of(Time(read.block_time.0));
    let view = read.value;
    assert_eq!((view.period, view.taxes.len()), (now.0, 0));
    assert_eq!(view.start.0, CALENDAR.start(now).0);
    assert_eq!(view.end.0, CALENDAR.start(now.next()).0);
    let list = view.list.unwrap();
    assert_eq!((list.version, list.prices.len()), (1, 7));
    assert_eq!((list.prices[0].micros.0, list.prices[0].per.0), (7, 1_000));
    proved(&read.proof.unwrap());

    let (from, seats) = (now.next(), chain.two_thirds());
    let mut prices = [nexus_types::money::Price { micros: 8, per: 1 }; 7];
    prices[6].per = 9;
    chain.must_all(&seats, Action::PublishPrices { from, prices });
    let rate = Action::SetTaxRate {
        region: region(),
        millionths: 190_000,
        from,
    };
    chain.must_all(&seats, rate);
    let read: Read<PricesView> = harness
        .call(
            Method::GetPrices,
            json!({ "period": from.0, "proof": true }),
        )
        .await;
    let list = read.value.list.unwrap();
    assert_eq!((list.version, list.from), (2, from.0));
    assert_eq!(list.prices[6].per.0, 9);
    assert_eq!(read.value.book.len(), 2);
    assert_eq!(read.value.taxes[0].region.0, region());
    assert_eq!(read.value.taxes[0].rates[0].millionths, 190_000);
    proved(&read.proof.unwrap());
    let before: Read<PricesView> = harness.call(Method::GetPrices, json!({})).await;
    assert_eq!(before.value.list.unwrap().version, 1);
}

#[tokio::test]
async fn accounts_are_listed_by_identity_and_by_creator_and_balance() {
    let harness = Harness::start().await;
    market(&harness.chain);
    let list = async |filter: Value| -> Vec<AccountView> {
        let page: Page<AccountView> = harness.call(Method::ListAccounts, filter).await;
        assert_eq!(page.total.0, page.items.len() as u64);
        page.items
    };
    let all = list(json!({})).await;
    let [debits, credits] = [
        all.iter().map(|one| one.debits_grains.0).sum::<u128>(),
        all.iter().map(|one| one.credits_grains.0).sum::<u128>(),
    ];
    assert_eq!(debits, credits);
    assert!(debits > 0);
    let own = list(json!({ "imvu": "IMVU-042" })).await;
    let [maturing] = own.as_slice() else {
        panic!("{own:?}");
    };
    assert_eq!(maturing.kind, "maturing");
    assert_eq!(
        maturing.identity.as_ref().unwrap().0,
        harness.chain.alice.id
    );
    assert_eq!(maturing.balance_grains.0, 140 * 11);
    let bob = harness.chain.bob.id.to_string();
    let prepaid = list(json!({ "identity": bob })).await;
    assert_eq!((prepaid[0].kind.as_str(), prepaid.len()), ("prepaid", 1));
    let income = all.iter().find(|one| one.kind == "platformIncome").unwrap();
    assert_eq!(income.balance_grains.0, 140 * 9 - 2 * 20);

    let both = json!({ "identity": bob, "imvu": "IMVU-042" });
    let error = harness.refuse(Method::ListAccounts, both).await;
    assert_eq!(error["code"], -32602);
    let unknown = json!({ "imvu": "IMVU-Z" });
    let error = harness.refuse(Method::ListAccounts, unknown).await;
    assert_eq!(error["code"], 3001);
}

#[tokio::test]
async fn an_account_book_is_read_page_by_page_and_each_entry_is_proved() {
    let harness = Harness::start().await;
    market(&harness.chain);
    let ask = async |more: Value| -> Read<MoneyView> {
        let mut params = json!({ "imvu": "IMVU-042" });
        let members = more.as_object().unwrap().clone();
        params.as_object_mut().unwrap().extend(members);
        harness.call(Method::ListMoney, params).await
    };
    let read = ask(json!({ "proof": true })).await;
    let values = proved(&read.proof.unwrap());
    let head = head(CollectionKind::Money, &values);
    assert_eq!((head.size, read.value.items.len()), (2, 2));
    for item in &read.value.items {
        let proved = item.leaf.as_ref().unwrap();
        let (record, inclusion) = (proved.record.bytes(), proved.inclusion().unwrap());
        let place = item.entry.sequence.0;
        inclusion.verify(&leaf_hash(record), place, &head).unwrap();
        let entry: MoneyEntry = decode(record).unwrap();
        assert_eq!(item.entry, (&entry).into());
    }
    let first = ask(json!({ "limit": 1 })).await;
    let gross = |read: &Read<MoneyView>| match &read.value.items[0].entry.what {
        MoneyEventView::Sold { gross, .. } => gross.0,
        other => panic!("{other:?}"),
    };
    assert_eq!(gross(&first), 100);
    harness.chain.sell("sale-3", 1);
    let cursor = first.value.next_cursor.as_ref().unwrap();
    let second = ask(json!({ "limit": 1, "cursor": cursor })).await;
    assert_eq!(gross(&second), 40);
    assert_eq!(
        (second.height, second.value.next_cursor),
        (first.height, None)
    );
    let none: Read<MoneyView> = harness
        .call(Method::ListMoney, json!({ "imvu": "IMVU-B" }))
        .await;
    assert!(none.value.items.is_empty() && none.value.collection.is_none());
    for (params, code) in [
        (json!({ "imvu": "IMVU-B", "cursor": cursor }), 3004),
        (json!({ "imvu": "IMVU-Z" }), 3001),
        (
            json!({ "imvu": "IMVU-B", "limit": 65, "proof": true }),
            -32602,
        ),
    ] {
        let error = harness.refuse(Method::ListMoney, params.clone()).await;
        assert_eq!(error["code"], code, "{params}: {error}");
    }
}

#[tokio::test]
async fn a_statement_is_read_with_its_text_and_its_place() {
    let harness = Harness::start().await;
    let made = harness.chain.close(&[7, 8, 9]);
    let ask = json!({ "imvu": "IMVU-042", "period": 8, "proof": true });
    let read: Read<StatementView> = harness.call(Method::GetStatement, ask.clone()).await;
    let view = read.value;
    assert_eq!(view.entry, (&made[1]).into());
    assert_eq!(Hash::of(view.entry.text.as_bytes()), made[1].hash);
    assert_eq!((view.entry.sequence.0, view.collection.size.0), (1, 3));
    let values = proved(&read.proof.unwrap());
    let head = head(CollectionKind::Statements, &values);
    let leaf = view.leaf.unwrap();
    let inclusion = leaf.inclusion().unwrap();
    let record = leaf.record.bytes();
    inclusion.verify(&leaf_hash(record), 1, &head).unwrap();
    assert_eq!(decode::<StatementEntry>(record).unwrap(), made[1]);

    let read: Read<BillingView> = harness.call(Method::GetBilling, ask).await;
    let values = proved(&read.proof.unwrap());
    let billing: Billing = decode(values[0].as_ref().unwrap()).unwrap();
    assert_eq!(read.value, (&billing).into());
    assert_eq!(read.value.closed.unwrap().hash.0, made[1].hash);

    let page: Page<StatementItemView> = harness
        .call(
            Method::ListStatements,
            json!({ "imvu": "IMVU-042", "limit": 2 }),
        )
        .await;
    let periods: Vec<u64> = page.items.iter().map(|one| one.period).collect();
    assert_eq!((page.total.0, periods), (3, vec![9, 8]));
    let next = json!({ "imvu": "IMVU-042", "limit": 2, "cursor": page.next_cursor.unwrap() });
    let page: Page<StatementItemView> = harness.call(Method::ListStatements, next).await;
    assert_eq!(page.items[0].hash.0, made[0].hash);
    let none: Page<StatementItemView> = harness
        .call(Method::ListStatements, json!({ "imvu": "IMVU-B" }))
        .await;
    assert_eq!(none.total.0, 0);
}

#[tokio::test]
async fn a_period_without_a_statement_says_what_it_lacks() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    market(chain);
    let period = CALENDAR.period_of(chain.law_time());
    let open = json!({ "imvu": "IMVU-042", "period": period.0 });
    let read: Read<BillingView> = harness.call(Method::GetBilling, open.clone()).await;
    assert_eq!(read.value.totals.gross.0, 140);
    assert!(read.value.closed.is_none());
    let past = json!({ "imvu": "IMVU-042", "period": 3 });
    let unknown = json!({ "imvu": "IMVU-Z", "period": 3 });
    let roots = Method::GetPeriodRoots;
    for (method, params, why) in [
        (Method::GetStatement, open, "not made yet"),
        (Method::GetStatement, past.clone(), "in period 3"),
        (
            roots,
            past.clone(),
            "nothing of IMVU-042 is on record for period 3",
        ),
        (roots, unknown.clone(), "no IMVU IMVU-Z exists"),
        (Method::GetBilling, past, "no use and no revenue"),
        (Method::GetBilling, unknown, "no IMVU IMVU-Z exists"),
    ] {
        let error = harness.refuse(method, params).await;
        let message = error["message"].as_str().unwrap();
        assert!(error["code"] == 3001 && message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn what_was_put_on_record_of_a_period_is_read_and_proved() {
    let harness = Harness::start().await;
    let id = imvu("IMVU-042");
    let roots = PeriodRoots {
        imvu: id.clone(),
        period: Period(3),
        at: 2,
        collections: vec![CollectionHead {
            kind: CollectionKind::MailEpochs,
            size: 7,
            root: Hash([1; 32]),
        }],
        authored: Hash([2; 32]),
        mail: None,
    };
    let key = state_key::period_roots(&id, Period(3));
    harness
        .chain
        .block_writing(&[], vec![(key, encode(&roots))]);
    let ask = json!({ "imvu": "IMVU-042", "period": 3, "proof": true });
    let read: Read<PeriodRootsView> = harness.call(Method::GetPeriodRoots, ask).await;
    let values = proved(&read.proof.unwrap());
    assert!(values.contains(&Some(encode(&roots))));
    assert_eq!(read.value, (&roots).into());
    assert_eq!(read.value.collections[0].kind, "mailEpochs");
}

#[tokio::test]
async fn debts_containments_mandates_and_consents_are_read_together() {
    let harness = Harness::start().await;
    let chain = &harness.chain;
    let consent = Action::SetStandingConsent {
        imvu: imvu("IMVU-042"),
        consent: payment::StandingConsent::DebtLadder,
        given: true,
    };
    chain.must(&chain.alice, consent);
    let mandate = Action::SignMandate {
        imvu: imvu("IMVU-042"),
        payer: chain.bob.id,
        cap: Micros(500),
        until: chain.law_time().plus_ms(86_400_000),
    };
    chain.must_all(&[chain.bob.clone(), chain.alice.clone()], mandate);
    let ask = json!({ "imvu": "IMVU-042", "proof": true });
    let read: Read<EnforcementView> = harness.call(Method::GetEnforcement, ask.clone()).await;
    let view = read.value;
    assert_eq!(
        (view.stage, view.contained, view.debts.len()),
        (None, false, 0)
    );
    assert_eq!(view.mandates[0].payer.0, chain.bob.id);
    assert_eq!(view.mandates[0].cap.0, 500);
    assert_eq!(view.standing_consents.given.len(), 1);
    assert_eq!(proved(&read.proof.unwrap()).len(), 4);

    let now = chain.law_time();
    let held = Enforcement {
        debts: List::new(vec![Debt {
            payer: chain.bob.id,
            owed: Micros(77),
            since: now,
            stage: payment::DebtStage::Frozen,
        }])
        .unwrap(),
        restrictions: List::default(),
        containments: List::new(vec![Containment {
            from: now,
            until: now.plus_ms(3_600_000),
            evidence: Hash([5; 32]),
            audit: 0,
        }])
        .unwrap(),
    };
    let key = state_key::enforcement(&imvu("IMVU-042"));
    chain.block_writing(&[], vec![(key, encode(&held))]);
    let read: Read<EnforcementView> = harness.call(Method::GetEnforcement, ask).await;
    assert_eq!(read.value.stage, Some(DebtStage::Frozen));
    assert_eq!(read.value.debts[0].owed.0, 77);
    assert!(read.value.contained);
    let unknown = json!({ "imvu": "IMVU-Z" });
    let error = harness.refuse(Method::GetEnforcement, unknown).await;
    assert_eq!(error["code"], 3001);
}

#[tokio::test]
async fn events_of_money_are_listed_by_kind_and_imvu() {
    let harness = Harness::start().await;
    market(&harness.chain);
    harness.chain.close(&[7]);
    let filter = json!({ "imvu": "IMVU-042", "kinds": ["money", "statement"] });
    let ask = json!({ "filter": filter });
    let page: EventsPage = harness.call(Method::ListEvents, ask).await;
    let kinds = page.items.iter().map(|item| match &item.event {
        EventBody::Money(_) => "money",
        EventBody::Statement(entry) => entry.text.as_str(),
        _ => "other",
    });
    let statement = "{\"imvu\":\"IMVU-042\",\"period\":7}";
    assert_eq!(kinds.collect::<Vec<_>>(), ["money", "money", statement]);
    // Each method has a class of its own among the figures.
    for method in METHODS {
        let class = crate::figures::CallClass::of(method.name());
        let list = method.name().starts_with("nexus_list") && method != Method::ListMoney;
        let expected = if list { "list" } else { "read" };
        assert_eq!(class.name(), expected, "{method}");
    }
}
