//! The typed queries: filters, cursors, heights.

use crate::chain::{
    block, chain, creator, imvu, imvu_id, indexed, officer, proposal, tx_hash, tx_id,
};
use nexus_index::limits::SCAN_EVENTS;
use nexus_index::rows::{
    AuditFilter, EventFilter, EventKind, EventRow, GateDecisionFilter, Happened, ImvuFilter, Order,
    Page, PageRequest, Position, ProposalFilter, ProposalState, TransactionFilter, ViolationFilter,
};
use nexus_index::{Error, Index};
use nexus_types::action::ActionKind;
use nexus_types::block::Event;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::state::{ImvuStatus, ProposalStatus};
use nexus_types::{Code, Gate, Hash, Outcome, Reason};
use std::sync::Arc;

fn all() -> PageRequest {
    PageRequest::default()
}

fn oldest() -> PageRequest {
    PageRequest {
        order: Order::OldestFirst,
        ..all()
    }
}

/// Rows of a page, its total, and that the total is exact.
fn whole<T>(page: Page<T>) -> Vec<T> {
    assert!(page.total_is_exact && page.next.is_none());
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

#[tokio::test]
async fn transactions_are_found_by_imvu_signer_action_hash_and_id() {
    let (_folder, index) = indexed(&chain(5)).await;
    let ask = async |filter| whole(index.transactions(&filter, &oldest()).await.unwrap());
    assert_eq!(ask(TransactionFilter::default()).await.len(), 15);
    let of_imvu = ask(TransactionFilter {
        imvu: Some(imvu_id(3)),
        ..Default::default()
    })
    .await;
    let recorded = &block(3).txs[1];
    assert_eq!(of_imvu.len(), 2);
    assert_eq!(of_imvu[1].verdict, recorded.verdict);
    assert_eq!(of_imvu[1].bytes, recorded.bytes);
    assert_eq!(of_imvu[1].time, block(3).time);
    assert_eq!(
        of_imvu[1].at,
        Position {
            height: 3,
            position: 1
        }
    );
    let by_both = TransactionFilter {
        signer: Some(officer()),
        action: Some(ActionKind::ChangeQuota),
        ..Default::default()
    };
    assert_eq!(ask(by_both).await.len(), 5);
    let by_none = TransactionFilter {
        signer: Some(creator()),
        action: Some(ActionKind::ChangeQuota),
        ..Default::default()
    };
    assert_eq!(ask(by_none).await.len(), 0);

    let by_id = index.transaction(&tx_id(4, 1)).await.unwrap().unwrap();
    let by_hash = index.transaction(&tx_hash(4, 1)).await.unwrap().unwrap();
    assert_eq!(by_id, by_hash);
    assert_eq!(by_id.code, Code::RefusedBy(Gate::NoSilentThrottling));
    let junk = index
        .transaction(&Hash::of(b"junk"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((junk.at.height, junk.verdict), (1, None));
    assert_eq!(junk.code, Code::Malformed);
    assert_eq!(
        index.transaction(&Hash::of(b"nothing")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn gate_decisions_are_found_by_gate_imvu_and_outcome() {
    let (_folder, index) = indexed(&chain(5)).await;
    let ask = async |filter| whole(index.gate_decisions(&filter, &all()).await.unwrap());
    assert_eq!(ask(GateDecisionFilter::default()).await.len(), 25);
    let refused = ask(GateDecisionFilter {
        refused: Some(true),
        ..Default::default()
    })
    .await;
    assert_eq!(refused.len(), 5);
    assert_eq!(refused[0].at.height, 5, "the newest comes first");
    assert_eq!(refused[0].gate, Gate::NoSilentThrottling);
    assert_eq!(
        refused[0].outcome,
        Outcome::Refused(Reason::ApprovalMissing)
    );
    assert_eq!(refused[0].tx, tx_id(5, 1));
    let passed = ask(GateDecisionFilter {
        gate: Some(Gate::ResourceQuota),
        imvu: Some(imvu_id(2)),
        refused: Some(false),
    })
    .await;
    assert_eq!(passed.len(), 2);
    let matrix = index.gate_matrix(Some(3)).await.unwrap();
    assert_eq!(matrix.len(), 17);
    let counts = |gate: Gate| {
        let row = matrix.iter().find(|row| row.gate == gate).unwrap();
        (row.passed, row.refused)
    };
    assert_eq!(counts(Gate::IdentityBinding), (6, 0));
    assert_eq!(counts(Gate::NoSilentThrottling), (0, 3));
    assert_eq!(counts(Gate::MailAttribution), (0, 0));
}

#[tokio::test]
async fn the_logs_are_found_by_imvu_actor_and_gate() {
    let (_folder, index) = indexed(&chain(5)).await;
    let by_officer = AuditFilter {
        imvu: Some(imvu_id(2)),
        actor: Some(officer()),
    };
    let audit = whole(index.audit(&by_officer, &all()).await.unwrap());
    assert_eq!(audit.len(), 1);
    assert_eq!(Event::Audit(audit[0].entry.clone()), block(2).events[1]);
    assert_eq!(
        audit[0].at,
        Position {
            height: 2,
            position: 1
        }
    );

    let gate = |gate| ViolationFilter {
        gate: Some(gate),
        imvu: Some(imvu_id(2)),
        actor: Some(officer()),
    };
    let violations = index
        .violations(&gate(Gate::NoSilentThrottling), &all())
        .await;
    let violations = whole(violations.unwrap());
    assert_eq!(violations.len(), 1);
    assert_eq!(
        Event::Violation(violations[0].violation.clone()),
        block(2).events[2]
    );
    let none = index.violations(&gate(Gate::ExitPortability), &all()).await;
    assert_eq!(whole(none.unwrap()).len(), 0);

    let notices = whole(index.notices(Some(&imvu_id(2)), &all()).await.unwrap());
    assert_eq!(notices.len(), 1);
    assert_eq!(Event::Notice(notices[0].notice.clone()), block(2).events[3]);

    let blocks = whole(index.blocks(&oldest()).await.unwrap());
    assert_eq!(blocks.len(), 6);
    assert_eq!(
        (blocks[0].hash, blocks[0].transactions),
        (Hash::default(), 0)
    );
    assert_eq!(blocks[3].app_hash, block(3).app_hash);
    assert_eq!(
        (blocks[3].transactions, blocks[3].applied, blocks[3].denied),
        (3, 1, 1)
    );
}

#[tokio::test]
async fn state_is_given_as_it_stood_at_a_height() {
    let (_folder, index) = indexed(&chain(6)).await;
    let at = |at| PageRequest {
        at: Some(at),
        ..oldest()
    };
    let imvus = whole(index.imvus(&ImvuFilter::default(), &at(3)).await.unwrap());
    let stood: Vec<_> = imvus
        .iter()
        .map(|row| (row.value.clone(), row.changed))
        .collect();
    assert_eq!(stood, [(imvu(1, 1), 2), (imvu(2, 1), 3), (imvu(3, 0), 3)]);
    let filter = ImvuFilter {
        owner: Some(creator()),
        jurisdiction: Some(Jurisdiction::new("EU-GDPR").unwrap()),
        status: Some(ImvuStatus::Draft),
    };
    assert_eq!(whole(index.imvus(&filter, &at(6)).await.unwrap()).len(), 3);
    let filter = ImvuFilter {
        owner: Some(officer()),
        ..Default::default()
    };
    assert_eq!(whole(index.imvus(&filter, &at(6)).await.unwrap()).len(), 0);

    let bound = async |at| whole(index.domains(Some(&imvu_id(2)), &at).await.unwrap()).len();
    assert_eq!(
        (bound(at(1)).await, bound(at(2)).await, bound(at(3)).await),
        (0, 1, 0)
    );
    assert_eq!(whole(index.domains(None, &at(3)).await.unwrap()).len(), 3);

    let open = ProposalFilter {
        imvu: Some(imvu_id(4)),
        status: Some(ProposalState::Open),
    };
    let then = whole(index.proposals(&open, &at(4)).await.unwrap());
    assert_eq!(then[0].value, proposal(4, ProposalStatus::Open));
    assert_eq!(
        whole(index.proposals(&open, &at(5)).await.unwrap()).len(),
        0
    );
    let expired = ProposalFilter {
        status: Some(ProposalState::Expired),
        ..Default::default()
    };
    let expired = whole(index.proposals(&expired, &at(6)).await.unwrap());
    let ids: Vec<_> = expired.iter().map(|row| row.value.id).collect();
    assert_eq!(ids, [tx_id(2, 80), tx_id(4, 80)]);

    let approvals = whole(index.approvals(None, &at(6)).await.unwrap());
    let ids: Vec<_> = approvals.iter().map(|row| row.value.id).collect();
    assert_eq!(ids, [tx_id(2, 90), tx_id(4, 90), tx_id(6, 90)]);
    assert_eq!(approvals[0].value.record.imvu, imvu_id(1));
}

/// Reads a list page by page while blocks are added between the pages.
async fn paged<T>(
    index: &Index,
    order: Order,
    read: impl AsyncFn(PageRequest) -> Page<T>,
    key: impl Fn(&T) -> Position,
) -> Vec<Position> {
    let mut request = PageRequest {
        limit: 4,
        order,
        ..all()
    };
    let first = read(request).await;
    request.at = Some(first.at);
    let (total, mut page, mut keys) = (first.total, first, Vec::new());
    loop {
        assert_eq!(page.total, total);
        assert!(page.rows.len() <= 4);
        keys.extend(page.rows.iter().map(&key));
        let Some(next) = page.next else { break };
        let height = index.extent().await.unwrap().next();
        index.apply(&block(height)).await.unwrap();
        request.after = Some(next);
        page = read(request).await;
        assert_eq!(page.at, request.at.unwrap());
    }
    assert_eq!(keys.len() as u64, total);
    keys
}

#[tokio::test]
async fn pages_of_one_list_agree_while_blocks_arrive() {
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let (_folder, index) = indexed(&chain(9)).await;
        let filter = TransactionFilter::default();
        let read = async |page| index.transactions(&filter, &page).await.unwrap();
        let keys = paged(&index, order, read, |row| row.at).await;
        assert_eq!(keys.len(), 27);
        check_order(&keys, order);

        // IMVUs change in the blocks that arrive, and stay in their places.
        let (_folder, index) = indexed(&chain(9)).await;
        let filter = ImvuFilter::default();
        let read = async |page| index.imvus(&filter, &page).await.unwrap();
        let keys = paged(&index, order, read, |row| row.at).await;
        assert_eq!(keys.len(), 9);
        check_order(&keys, order);

        let (_folder, index) = indexed(&chain(9)).await;
        let read = async |page| index.blocks(&page).await.unwrap();
        let position = |height| Position {
            height,
            position: 0,
        };
        let keys = paged(&index, order, read, |row| position(row.height)).await;
        assert_eq!(keys.len(), 10);
        check_order(&keys, order);
    }
}

fn check_order(keys: &[Position], order: Order) {
    let ordered = keys.windows(2).all(|pair| match order {
        Order::NewestFirst => pair[0] > pair[1],
        Order::OldestFirst => pair[0] < pair[1],
    });
    assert!(ordered, "{keys:?}");
}

/// The event, if the law told it.
fn ledger(row: EventRow) -> Option<Event> {
    match row.event {
        Happened::Ledger(event) => Some(event),
        Happened::Anomaly(_) => None,
    }
}

#[tokio::test]
async fn events_are_followed_from_a_cursor() {
    let (_folder, index) = indexed(&chain(4)).await;
    let filter = EventFilter::default();
    let mut after = None;
    let mut seen = Vec::new();
    loop {
        let batch = index.events(after, &filter, 3).await.unwrap();
        seen.extend(batch.rows.into_iter().filter_map(ledger));
        after = Some(batch.resume);
        if batch.is_end {
            break;
        }
    }
    let expected: Vec<_> = chain(4)
        .into_iter()
        .flat_map(|block| block.events)
        .collect();
    assert_eq!(seen, expected);
    let nothing = index.events(after, &filter, 3).await.unwrap();
    assert!(nothing.is_end && nothing.rows.is_empty());
    index.apply(&block(5)).await.unwrap();
    let batch = index.events(after, &filter, 200).await.unwrap();
    let new: Vec<_> = batch.rows.into_iter().filter_map(ledger).collect();
    assert_eq!(new, block(5).events);

    let filter = EventFilter {
        kinds: vec![EventKind::Notice, EventKind::ProposalExpired],
        imvu: Some(imvu_id(2)),
        ..Default::default()
    };
    let batch = index.events(None, &filter, 200).await.unwrap();
    let kinds: Vec<_> = batch.rows.iter().map(|row| row.event.kind()).collect();
    assert_eq!(kinds, [EventKind::Notice, EventKind::ProposalExpired]);
    let filter = EventFilter {
        gate: Some(Gate::NoSilentThrottling),
        actor: Some(officer()),
        kinds: vec![EventKind::Violation],
        ..Default::default()
    };
    let batch = index.events(None, &filter, 200).await.unwrap();
    assert_eq!(batch.rows.len(), 5);
}

#[tokio::test]
async fn a_height_that_is_not_indexed_is_refused() {
    let (_folder, index) = indexed(&[]).await;
    let error = index.blocks(&all()).await.unwrap_err();
    assert!(matches!(error, Error::NotYet { .. }), "{error}");
    index.apply_batch(&chain(2)).await.unwrap();
    let ahead = PageRequest {
        at: Some(3),
        ..all()
    };
    let error = index.blocks(&ahead).await.unwrap_err();
    assert!(matches!(error, Error::NotYet { at: 3, .. }));
    assert!(error.to_string().contains("up to 2"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_readers_see_whole_blocks_while_the_writer_works() {
    let (_folder, index) = indexed(&chain(1)).await;
    let index = Arc::new(index);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let index = index.clone();
            tokio::spawn(async move {
                let mut seen = 0;
                while seen < 40 {
                    let filter = TransactionFilter::default();
                    let page = index.transactions(&filter, &oldest()).await.unwrap();
                    assert_eq!(page.total, page.at * 3, "three in each block but genesis");
                    assert!(page.at >= seen);
                    seen = page.at;
                    let sql = "SELECT count(*) % 3 FROM transactions";
                    let rows = index.select(sql, 1).await.unwrap();
                    assert_eq!(rows.rows, [[Some("0".to_owned())]]);
                }
            })
        })
        .collect();
    for height in 2..=40 {
        index.apply(&block(height)).await.unwrap();
    }
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn a_search_for_rare_events_gets_on_however_many_lie_between() {
    let many = usize::try_from(SCAN_EVENTS).unwrap() + 500;
    let mut crowded = block(2);
    let before = crowded.events.len();
    let validator = [9; 20];
    let height = 1;
    let unwanted = Event::Equivocation { validator, height };
    crowded.events.extend(std::iter::repeat_n(unwanted, many));
    let (_folder, index) = indexed(&[block(0), block(1), crowded, block(3)]).await;
    // No one index finds two kinds.
    let filter = EventFilter {
        kinds: vec![EventKind::Audit, EventKind::Violation],
        ..EventFilter::default()
    };
    let (mut after, mut found, mut calls) = (None, Vec::new(), 0);
    loop {
        let batch = index.events(after, &filter, 200).await.unwrap();
        calls += 1;
        assert!(Some(batch.resume) > after, "it gets on");
        after = Some(batch.resume);
        found.extend(batch.rows.iter().map(|row| row.at));
        if batch.is_end {
            break;
        }
    }
    assert_eq!(calls, 2);
    assert!(
        found.is_sorted() && found.iter().any(|at| at.height == 3),
        "{found:?}"
    );
    let kinds = [EventKind::Audit, EventKind::Violation];
    let mut single = Vec::new();
    for kind in kinds {
        let filter = EventFilter {
            kinds: vec![kind],
            ..EventFilter::default()
        };
        // Each alone is found by an index, in one call.
        let batch = index.events(None, &filter, 200).await.unwrap();
        assert!(batch.is_end);
        single.extend(batch.rows.iter().map(|row| row.at));
    }
    single.sort();
    assert_eq!(found, single);
    assert!(before > 0);
}
