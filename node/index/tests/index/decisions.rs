//! What gates said, page by page, against the verdicts of the blocks themselves.

use crate::chain::{chain, imvu_id, indexed, raw};
use nexus_index::Index;
use nexus_index::rows::{GateDecisionFilter, Order, PageRequest, Position};
use nexus_types::block::BlockRecord;
use nexus_types::{Gate, Hash, Outcome};

type Said = (Position, Hash, Gate, Outcome);

/// What the verdicts hold, in order.
fn expected(blocks: &[BlockRecord], filter: &GateDecisionFilter) -> Vec<Said> {
    let mut said = Vec::new();
    for block in blocks {
        let mut position = 0;
        for verdict in block.txs.iter().filter_map(|tx| tx.verdict.as_ref()) {
            for entry in &verdict.gates {
                let at = Position {
                    height: block.height,
                    position,
                };
                position += 1;
                let is_refused = entry.outcome != Outcome::Passed;
                if filter.gate.is_none_or(|gate| gate == entry.gate)
                    && filter
                        .imvu
                        .as_ref()
                        .is_none_or(|imvu| verdict.imvu.as_ref() == Some(imvu))
                    && filter.refused.is_none_or(|refused| refused == is_refused)
                {
                    said.push((at, verdict.tx, entry.gate, entry.outcome));
                }
            }
        }
    }
    said
}

async fn read(index: &Index, filter: &GateDecisionFilter, order: Order) -> Vec<Said> {
    let mut request = PageRequest {
        limit: 3,
        order,
        ..PageRequest::default()
    };
    let (mut said, mut total) = (Vec::new(), None);
    loop {
        let page = index.gate_decisions(filter, &request).await.unwrap();
        assert!(page.rows.len() <= 3 && page.total_is_exact);
        assert_eq!(*total.get_or_insert(page.total), page.total);
        let rows = page.rows.into_iter();
        said.extend(rows.map(|row| (row.at, row.tx, row.gate, row.outcome)));
        request.after = page.next;
        if page.next.is_none() {
            assert_eq!(total, Some(said.len() as u64), "{filter:?}");
            return said;
        }
    }
}

#[tokio::test]
async fn every_filter_pages_through_what_the_verdicts_say() {
    let blocks = chain(6);
    let (_folder, index) = indexed(&blocks).await;
    let gates = [
        None,
        Some(Gate::IdentityBinding),
        Some(Gate::ResourceQuota),
        Some(Gate::NoSilentThrottling),
        Some(Gate::MailAttribution),
    ];
    for gate in gates {
        for imvu in [None, Some(imvu_id(4))] {
            for refused in [None, Some(false), Some(true)] {
                let filter = GateDecisionFilter {
                    gate,
                    imvu: imvu.clone(),
                    refused,
                };
                let mut said = expected(&blocks, &filter);
                assert_eq!(
                    read(&index, &filter, Order::OldestFirst).await,
                    said,
                    "{filter:?}"
                );
                said.reverse();
                assert_eq!(
                    read(&index, &filter, Order::NewestFirst).await,
                    said,
                    "{filter:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn the_view_says_what_the_verdicts_say() {
    let blocks = chain(6);
    let (_folder, index) = indexed(&blocks).await;
    let mut connection = raw(index.path()).await;
    let sql =
        "SELECT height, position, tx, gate, outcome FROM gate_decisions ORDER BY height, position";
    let rows: Vec<(i64, i64, String, i64, String)> = sqlx::query_as(sql)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let word = |outcome| match outcome {
        Outcome::Passed => "passed",
        Outcome::Refused(_) => "refused",
    };
    let said: Vec<_> = expected(&blocks, &GateDecisionFilter::default())
        .into_iter()
        .map(|(at, tx, gate, outcome)| {
            let height = i64::try_from(at.height).unwrap();
            let gate = i64::from(gate.number());
            (
                height,
                i64::from(at.position),
                tx.to_string(),
                gate,
                word(outcome).to_owned(),
            )
        })
        .collect();
    assert_eq!(rows, said);
}
