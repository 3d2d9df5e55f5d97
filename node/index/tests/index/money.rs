//! Account books, statements, accounts, payouts: what is asked about them.

use crate::booking::{
    GROSS, PERIOD, clearing, entry, happened, income, payer, payout, processor_id, statement,
};
use crate::chain::{chain, creator, imvu_id, indexed, officer};
use nexus_index::Index;
use nexus_index::rows::{
    AccountFilter, EventFilter, EventKind, MoneyFilter, MoneyKind, Order, Page, PageRequest,
    PayoutFilter, StatementFilter,
};
use nexus_types::money::AccountId;
use nexus_types::payment::PayoutStatus;
use nexus_types::{Micros, Period, ProcessorId};

fn at(height: u64) -> PageRequest {
    PageRequest {
        at: Some(height),
        order: Order::OldestFirst,
        ..PageRequest::default()
    }
}

/// Rows of a page, its total, and that the total is exact.
fn whole<T>(page: Page<T>) -> Vec<T> {
    assert!(page.total_is_exact && page.next.is_none());
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

/// The cells of an ad-hoc query, NULL as `-`.
async fn ask(index: &Index, sql: &str) -> Vec<String> {
    let rows = index.select(sql, 200).await.unwrap().rows;
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    rows.into_iter()
        .map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" "))
        .collect()
}

#[tokio::test]
async fn entries_are_found_by_imvu_owner_period_and_kind_and_are_exact() {
    let (_folder, index) = indexed(&chain(4)).await;
    let ask = async |filter: MoneyFilter| {
        let rows = whole(index.money(&filter, &at(4)).await.unwrap());
        rows.into_iter().map(|row| row.entry).collect::<Vec<_>>()
    };
    let each = happened(3).len();
    assert_eq!(ask(MoneyFilter::default()).await.len(), 4 * each);
    let of_imvu = ask(MoneyFilter {
        imvu: Some(imvu_id(3)),
        ..MoneyFilter::default()
    })
    .await;
    let expected: Vec<_> = (0..each as u64).map(|nth| entry(3, nth)).collect();
    assert_eq!(of_imvu, expected);
    let sold = MoneyFilter {
        owner: Some(creator()),
        kind: Some(MoneyKind::Sold),
        ..MoneyFilter::default()
    };
    assert_eq!(ask(sold.clone()).await, [entry(1, 2), entry(3, 2)]);
    let then = MoneyFilter {
        period: Some(Period(PERIOD + 3)),
        ..sold.clone()
    };
    assert_eq!(ask(then).await, [entry(3, 2)]);
    let foreign = MoneyFilter {
        imvu: Some(imvu_id(2)),
        ..sold
    };
    assert_eq!(ask(foreign).await, []);
    for kind in MoneyKind::ALL {
        let found = ask(MoneyFilter {
            kind: Some(kind),
            ..MoneyFilter::default()
        });
        let found = found.await;
        assert!(!found.is_empty(), "no {} in the chain", kind.name());
        assert!(found.iter().all(|one| MoneyKind::of(&one.event) == kind));
    }
}

#[tokio::test]
async fn shares_are_11_and_9_grains_of_what_is_split_and_signed() {
    let (_folder, index) = indexed(&chain(1)).await;
    let sql = "SELECT kind, amount, creator_grains, platform_grains FROM money_entries
               WHERE imvu = 'IMVU-001' ORDER BY sequence";
    let sold = format!("sold {GROSS} {} {}", Micros::MAX.0 * 11, Micros::MAX.0 * 9);
    let expected = [
        // Of 10 charged 5 were collected.
        "charged 10 55 45",
        "collected 3 33 27",
        sold.as_str(),
        "refunded 7 -77 -63",
        "granted 8 -160 0",
        "granted 8 0 -160",
        "disputed 4 -44 -36",
        "disputeEnded 2 22 18",
        "disputeEnded 2 0 0",
        "corrected 1 -11 -9",
    ];
    assert_eq!(ask(&index, sql).await, expected);
    let sql = "SELECT tax, fee, processor, external, dispute IS NULL FROM money_entries WHERE kind = 'sold'";
    assert_eq!(ask(&index, sql).await, ["5 6 stripe-eu sale-1 1"]);
    let sql = "SELECT payers, of_period, hour IS NULL FROM money_entries WHERE kind IN ('charged', 'corrected')";
    let payer = payer();
    let expected = [
        format!("{payer} {} {PERIOD} 0", creator()),
        format!("{payer} {PERIOD} 1"),
    ];
    assert_eq!(ask(&index, sql).await, expected);
}

#[tokio::test]
async fn statements_are_found_by_imvu_and_period_with_their_text() {
    let (_folder, index) = indexed(&chain(4)).await;
    let list = async |filter: StatementFilter, height| {
        let rows = whole(index.statements(&filter, &at(height)).await.unwrap());
        rows.into_iter().map(|row| row.entry).collect::<Vec<_>>()
    };
    let all: Vec<_> = (1..=3).map(statement).collect();
    assert_eq!(list(StatementFilter::default(), 3).await, all);
    let of_imvu = StatementFilter {
        imvu: Some(imvu_id(3)),
        period: None,
    };
    assert_eq!(list(of_imvu.clone(), 4).await, [statement(3)]);
    assert_eq!(list(of_imvu.clone(), 2).await, []);
    let other = StatementFilter {
        period: Some(Period(PERIOD + 2)),
        ..of_imvu
    };
    assert_eq!(list(other, 4).await, []);
    let of_period = StatementFilter {
        imvu: None,
        period: Some(Period(PERIOD + 2)),
    };
    assert_eq!(list(of_period, 4).await, [statement(2)]);
    let sql = "SELECT json_extract(text, '$.imvu'), hash FROM statements WHERE imvu = 'IMVU-003'";
    let expected = format!("IMVU-003 {}", statement(3).hash);
    assert_eq!(ask(&index, sql).await, [expected]);
}

#[tokio::test]
async fn accounts_are_found_by_identity_and_kind_as_they_stood() {
    let (_folder, index) = indexed(&chain(4)).await;
    let list = async |filter: AccountFilter, height| {
        let rows = whole(index.accounts(&filter, &at(height)).await.unwrap());
        let states = rows.into_iter().map(|row| row.value);
        states
            .map(|state| (state.id, state.account))
            .collect::<Vec<_>>()
    };
    let all = list(AccountFilter::default(), 4).await;
    assert_eq!(all.len(), 5);
    assert!(all.contains(&clearing()));
    let platform = AccountFilter {
        identity: None,
        kind: Some("platformIncome".to_owned()),
    };
    for height in [1, 4] {
        let expected = [(AccountId::PlatformIncome, income(height))];
        assert_eq!(list(platform.clone(), height).await, expected);
    }
    let of_identity = AccountFilter {
        identity: Some(officer()),
        kind: None,
    };
    assert_eq!(list(of_identity.clone(), 1).await, []);
    let found = list(of_identity.clone(), 4).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, AccountId::Matured(officer()));
    let other = AccountFilter {
        kind: Some("prepaid".to_owned()),
        ..of_identity
    };
    assert_eq!(list(other, 4).await, []);
    let sql = "SELECT kind, balance FROM accounts WHERE holder IN ('', 'stripe-eu') ORDER BY kind";
    let below = (1u128 << 70) - 1;
    let platform = Micros::MAX.0 * 9 * 4 - 4;
    let expected = [
        format!("clearing -{below}"),
        format!("platformIncome {platform}"),
    ];
    assert_eq!(ask(&index, sql).await, expected);
}

#[tokio::test]
async fn payouts_are_found_by_identity_processor_and_status() {
    let (_folder, index) = indexed(&chain(4)).await;
    let ask = async |filter: PayoutFilter, height| {
        let rows = whole(index.payouts(&filter, &at(height)).await.unwrap());
        rows.into_iter().map(|row| row.value).collect::<Vec<_>>()
    };
    let (asked, settled) = (PayoutStatus::Requested, PayoutStatus::Settled);
    let expected = [payout(1, settled), payout(2, settled), payout(3, asked)];
    assert_eq!(ask(PayoutFilter::default(), 3).await, expected);
    let own = PayoutFilter {
        identity: Some(creator()),
        processor: Some(processor_id()),
        status: Some(settled),
    };
    assert_eq!(ask(own.clone(), 3).await, [payout(1, settled)]);
    assert_eq!(ask(own.clone(), 1).await, []);
    let elsewhere = PayoutFilter {
        processor: Some(ProcessorId::new("other").unwrap()),
        ..own
    };
    assert_eq!(ask(elsewhere, 4).await, []);
}

#[tokio::test]
async fn pages_of_a_long_account_book_fit_together() {
    let (_folder, index) = indexed(&chain(9)).await;
    let mut page = PageRequest { limit: 7, ..at(8) };
    let mut seen = Vec::new();
    loop {
        let found = index.money(&MoneyFilter::default(), &page).await.unwrap();
        assert_eq!(found.total, 80);
        seen.extend(found.rows.into_iter().map(|row| row.entry));
        page.after = found.next;
        if found.next.is_none() {
            break;
        }
    }
    let all = (1..=8).flat_map(|height| (0..10).map(move |nth| entry(height, nth)));
    assert_eq!(seen, all.collect::<Vec<_>>());
}

#[tokio::test]
async fn objects_of_money_are_shown_by_their_columns() {
    let (_folder, index) = indexed(&chain(4)).await;
    let cases = [
        (
            "SELECT version, from_period, cpu_micros, mail_storage_per FROM price_lists ORDER BY version DESC LIMIT 1",
            "4 664 4 1000",
        ),
        (
            "SELECT region, rates FROM tax_rates",
            "EU-GDPR 1=190000 9=200000",
        ),
        (
            "SELECT id, reconciled, stated_out, booked_out, agrees FROM processors",
            "stripe-eu 4 2 3 0",
        ),
        (
            "SELECT agrees FROM processor_versions WHERE height = 1",
            "-",
        ),
        (
            "SELECT imvu, processor FROM processor_links",
            "IMVU-004 stripe-eu",
        ),
        (
            "SELECT count(*), count(payer), count(imvu), sum(tax), max(sale) FROM payments",
            "12 4 4 20 sale-4",
        ),
        (
            "SELECT sale, amount, status FROM disputes WHERE imvu = 'IMVU-002'",
            "sale-2 4 open",
        ),
        (
            "SELECT mandates, cap, holds_from, holds_until FROM mandates WHERE imvu = 'IMVU-002'",
            "1 1000 3 4",
        ),
        (
            "SELECT owed, since, stage, containments, contained_until FROM enforcements WHERE imvu = 'IMVU-002'",
            "7 102 frozen 1 2",
        ),
        (
            "SELECT given, ending FROM standing_consents WHERE imvu = 'IMVU-002'",
            "debtLadder debtLadder=5",
        ),
        (
            "SELECT period, charged, collected, corrected, sales, flags, closed, statement_sequence FROM billings WHERE imvu = 'IMVU-002'",
            "662 10 5 1 1 test 2 0",
        ),
        ("SELECT closed FROM billings WHERE imvu = 'IMVU-003'", "-"),
    ];
    for (sql, expected) in cases {
        assert_eq!(ask(&index, sql).await, [expected], "{sql}");
    }
}

#[tokio::test]
async fn events_of_money_are_found_by_imvu_and_debtor() {
    let (_folder, index) = indexed(&chain(2)).await;
    let kinds = async |filter: EventFilter| {
        let rows = index.events(None, &filter, 200).await.unwrap().rows;
        let kinds = rows.iter().map(|row| row.event.kind().name());
        kinds.collect::<Vec<_>>()
    };
    let of_payer = kinds(EventFilter {
        actor: Some(payer()),
        ..EventFilter::default()
    });
    assert_eq!(of_payer.await, ["debt", "debt"]);
    let of_imvu = kinds(EventFilter {
        imvu: Some(imvu_id(2)),
        kinds: vec![
            EventKind::Statement,
            EventKind::Debt,
            EventKind::Contained,
            EventKind::PeriodClosed,
        ],
        ..EventFilter::default()
    });
    assert_eq!(of_imvu.await, ["statement", "debt", "contained"]);
}
