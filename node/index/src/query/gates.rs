//! What single gates said. Refusals have rows; that a gate passed follows from the set of gates that a transaction met.

use super::list::{BY_CURSOR, Conditions, List, Pinned, fetch, gather, paged, pin};
use super::{Raw, limited};
use crate::cell::{Cell, saturated};
use crate::error::Error;
use crate::index::Index;
use crate::limits::PAGE_ROWS;
use crate::rows::{
    GateCount, GateDecisionFilter, GateDecisionRow, Order, Page, PageRequest, Position,
};
use nexus_types::{Gate, Time, Verdict};
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

const TABLE: &str = "gate_decisions";

const REFUSALS: List = List {
    table: TABLE,
    columns: "x.time AS time, t.gate AS gate, x.verdict AS verdict, \
              t.height AS cursor_height, t.position AS cursor_position",
    from: "gate_refusals AS t CROSS JOIN transactions AS x \
           ON x.height = t.height AND x.position = t.transaction_position",
    cursor: ("t.height", "t.position"),
    pinned: ("t.height <= ", ""),
    order: BY_CURSOR,
};

/// Transaction by transaction, and what each gate of its set said: for all decisions, or those about one IMVU.
const DECISIONS: List = List {
    table: TABLE,
    columns: "t.time AS time, s.gate AS gate, t.verdict AS verdict, \
              t.height AS cursor_height, t.first_decision + s.nth AS cursor_position",
    from: "transactions AS t CROSS JOIN gate_sets AS s ON s.number = t.gate_set",
    cursor: ("t.height", "t.first_decision + s.nth"),
    pinned: ("t.height <= ", ""),
    order: &["t.height", "t.position", "s.nth"],
};

/// That the gate of `s` did not refuse the transaction `t`.
const PASSED: &str = "NOT EXISTS (SELECT 1 FROM gate_refusals AS r \
     WHERE r.height = t.height AND r.position = t.first_decision + s.nth)";

impl Index {
    /// What single gates said.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn gate_decisions(
        &self,
        filter: &GateDecisionFilter,
        page: &PageRequest,
    ) -> Result<Page<GateDecisionRow>, Error> {
        let imvu = filter.imvu.as_ref().map(Cell::text);
        let gate = filter.gate.map(|gate| Cell::int(gate.number()));
        if filter.refused == Some(true) {
            let conditions = Conditions::default()
                .equal("t.gate = ", gate)
                .equal("t.imvu = ", imvu);
            return self.page(&REFUSALS, page, conditions, decision).await;
        }
        let is_passed = filter.refused == Some(false);
        if imvu.is_some() {
            let conditions = Conditions::default()
                .equal("t.imvu = ", imvu)
                .equal("s.gate = ", gate)
                .fixed(is_passed, PASSED);
            return self.page(&DECISIONS, page, conditions, decision).await;
        }
        let mut connection = self.reader().await?;
        let pinned = pin(&mut connection, page.at).await?;
        let limit = page.limit.clamp(1, PAGE_ROWS);
        let rows = match filter.gate {
            Some(gate) => of_gate(&mut connection, gate, is_passed, page, pinned.at, limit).await?,
            None => {
                let conditions = Conditions::default().fixed(is_passed, PASSED);
                let at = pinned.at;
                fetch(
                    &mut connection,
                    &DECISIONS,
                    page,
                    &conditions,
                    at,
                    limit,
                    decision,
                )
                .await?
            }
        };
        // Counted already, block by block.
        let counts = counts(&mut connection, pinned.at).await?;
        let counted = counts
            .into_iter()
            .filter(|count| filter.gate.is_none_or(|gate| gate == count.gate))
            .map(|count| {
                let refused = if is_passed { 0 } else { count.refused };
                count.passed.saturating_add(refused)
            });
        let counted = counted.fold(0, u64::saturating_add);
        Ok(paged(rows, limit, counted, pinned))
    }

    /// How often each of the 17 gates passed and refused, from the first block held up to that height (none: the latest).
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn gate_matrix(&self, at: Option<u64>) -> Result<Vec<GateCount>, Error> {
        let mut connection = self.reader().await?;
        let Pinned { at, .. } = pin(&mut connection, at).await?;
        counts(&mut connection, at).await
    }
}

async fn counts(connection: &mut SqliteConnection, at: u64) -> Result<Vec<GateCount>, Error> {
    let sql = "SELECT gate, passed, refused FROM gate_counts AS t
               WHERE height = (SELECT max(l.height) FROM gate_counts AS l
                               WHERE l.gate = t.gate AND l.height <= ?)";
    let counts: Vec<(u8, i64, i64)> = sqlx::query_as(sql)
        .bind(saturated(at))
        .fetch_all(connection)
        .await
        .map_err(limited("counting gate decisions"))?;
    let count = |gate: Gate| {
        let found = counts.iter().find(|(number, ..)| *number == gate.number());
        let (passed, refused) = found.map_or((0, 0), |(_, passed, refused)| (*passed, *refused));
        GateCount {
            gate,
            passed: u64::try_from(passed).unwrap_or_default(),
            refused: u64::try_from(refused).unwrap_or_default(),
        }
    };
    Ok(Gate::ALL.into_iter().map(count).collect())
}

/// At most `limit` decisions of one gate and one more. Each set that holds the gate has its transactions in order; their
/// beginnings are merged. However rare the gate is, nothing else is read.
async fn of_gate(
    connection: &mut SqliteConnection,
    gate: Gate,
    is_passed: bool,
    page: &PageRequest,
    at: u64,
    limit: u32,
) -> Result<Vec<(Position, GateDecisionRow)>, Error> {
    let sets: Vec<(i64, i64)> =
        sqlx::query_as("SELECT number, nth FROM gate_sets WHERE gate = ? ORDER BY number, nth")
            .bind(gate.number())
            .fetch_all(&mut *connection)
            .await
            .map_err(limited("looking up the sets of a gate"))?;
    let wanted = limit.saturating_add(1);
    let mut rows = Vec::new();
    for (set, nth) in sets {
        let query = of_set("SELECT ", gate, (set, nth), is_passed, page, at, wanted);
        rows.extend(gather(connection, query, TABLE, decision).await?);
        rows.sort_by_key(|(place, _)| *place);
        if page.order == Order::NewestFirst {
            rows.reverse();
        }
        rows.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
    }
    Ok(rows)
}

/// The statement that reads the decisions of a gate about the transactions that met one set, in which it is the `nth`.
fn of_set(
    begin: &'static str,
    gate: Gate,
    (set, nth): (i64, i64),
    is_passed: bool,
    page: &PageRequest,
    at: u64,
    wanted: u32,
) -> QueryBuilder<Sqlite> {
    let (beyond, direction) = match page.order {
        Order::NewestFirst => ("<", "DESC"),
        Order::OldestFirst => (">", "ASC"),
    };
    let mut query = QueryBuilder::<Sqlite>::new(begin);
    query.push("t.time AS time, ");
    query.push_bind(gate.number());
    query.push(" AS gate, t.verdict AS verdict, t.height AS cursor_height, t.first_decision + ");
    query.push_bind(nth).push(
        " AS cursor_position FROM transactions AS t INDEXED BY transactions_by_gates WHERE t.gate_set = ",
    );
    query.push_bind(set).push(" AND t.height <= ");
    query.push_bind(saturated(at));
    if let Some(after) = page.after {
        query.push(format_args!(" AND (t.height, t.first_decision) {beyond} ("));
        query.push_bind(saturated(after.height)).push(", ");
        query
            .push_bind(i64::from(after.position).saturating_sub(nth))
            .push(")");
    }
    if is_passed {
        query.push(
            " AND NOT EXISTS (SELECT 1 FROM gate_refusals AS r \
             WHERE r.height = t.height AND r.position = t.first_decision + ",
        );
        query.push_bind(nth).push(")");
    }
    query.push(format_args!(
        " ORDER BY t.height {direction}, t.first_decision {direction} LIMIT "
    ));
    query.push_bind(i64::from(wanted));
    query
}

fn decision(raw: &Raw<'_>, at: Position) -> Result<GateDecisionRow, Error> {
    let verdict: Verdict = raw.decoded("verdict")?;
    let number: u8 = raw.get("gate")?;
    let decision = verdict
        .gates
        .iter()
        .find(|decision| decision.gate.number() == number)
        .ok_or_else(|| raw.bad("its transaction's verdict lacks the gate"))?;
    Ok(GateDecisionRow {
        at,
        time: Time(raw.unsigned("time")?),
        tx: verdict.tx,
        actor: verdict.actor,
        action: verdict.action,
        gate: decision.gate,
        outcome: decision.outcome,
        imvu: verdict.imvu,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::list::statement;

    const EXPLAIN: &str = "EXPLAIN QUERY PLAN SELECT ";

    fn requests() -> [PageRequest; 2] {
        let after = Some(Position {
            height: 3,
            position: 4,
        });
        [Order::NewestFirst, Order::OldestFirst].map(|order| PageRequest {
            after,
            order,
            ..PageRequest::default()
        })
    }

    /// How SQLite answers.
    async fn plan(index: &Index, mut query: QueryBuilder<Sqlite>) -> String {
        let mut connection = index.reader().await.unwrap();
        let rows: Vec<(i64, i64, i64, String)> = query
            .build_query_as()
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        let steps: Vec<String> = rows.into_iter().map(|(.., step)| step).collect();
        steps.join("; ")
    }

    #[tokio::test]
    async fn no_list_of_decisions_sorts_or_searches_the_history() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index.sqlite");
        let index = Index::open(path, false).await.unwrap();
        let imvu = || Some(Cell::word("IMVU-001"));
        let gate = || Some(Cell::int(15u8));
        let none = Conditions::default;
        let cases = [
            (&REFUSALS, none(), "SEARCH t USING PRIMARY KEY ("),
            (
                &REFUSALS,
                none().equal("t.gate = ", gate()),
                "SEARCH t USING INDEX gate_refusals_by_gate (gate=? AND ",
            ),
            (
                &REFUSALS,
                none().equal("t.imvu = ", imvu()),
                "SEARCH t USING INDEX gate_refusals_by_imvu (imvu=? AND ",
            ),
            (
                &DECISIONS,
                none(),
                "SEARCH t USING INDEX sqlite_autoindex_transactions_1 (",
            ),
            (
                &DECISIONS,
                none().fixed(true, PASSED),
                "SEARCH t USING INDEX sqlite_autoindex_transactions_1 (",
            ),
            (
                &DECISIONS,
                none().equal("t.imvu = ", imvu()).equal("s.gate = ", gate()),
                "SEARCH t USING INDEX transactions_by_imvu (imvu=? AND ",
            ),
        ];
        for request in requests() {
            for (list, conditions, expected) in &cases {
                let query = statement(EXPLAIN, list, &request, conditions, 9, 10);
                let plan = plan(&index, query).await;
                assert!(plan.starts_with(expected), "{plan}");
                // The last term orders the gates of one transaction: 17 at most are sorted at a time.
                let plan = plan.replace("USE TEMP B-TREE FOR LAST TERM OF ORDER BY", "");
                assert!(!plan.contains("SCAN"), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
            for is_passed in [false, true] {
                let gate = Gate::NoSilentThrottling;
                let query = of_set(EXPLAIN, gate, (0, 2), is_passed, &request, 9, 10);
                let plan = plan(&index, query).await;
                let expected = "SEARCH t USING INDEX transactions_by_gates (gate_set=? AND ";
                assert!(plan.starts_with(expected), "{plan}");
                assert!(
                    !plan.contains("SCAN") && !plan.contains("TEMP B-TREE"),
                    "{plan}"
                );
            }
        }
    }
}
