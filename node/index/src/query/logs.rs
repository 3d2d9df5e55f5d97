//! What happened: blocks, transactions, gate decisions, events and the logs made of them.

use super::list::{BY_CURSOR, Conditions, List, Pinned, cut, fetch, pin};
use super::{Raw, limited};
use crate::cell::{Cell, saturated};
use crate::error::Error;
use crate::index::Index;
use crate::limits::{PAGE_ROWS, SCAN_EVENTS};
use crate::rows::{
    AuditFilter, AuditRow, BlockRow, EventBatch, EventFilter, EventKind, EventRow, Happened,
    NoticeRow, Order, Page, PageRequest, Position, TransactionFilter, TransactionRow,
    ViolationFilter, ViolationRow,
};
use nexus_types::block::Event;
use nexus_types::{Code, Hash, ImvuId, Time};
use sqlx::sqlite::SqliteConnection;

const CURSOR: (&str, &str) = ("t.height", "t.position");
const PINNED: (&str, &str) = ("t.height <= ", "");

const BLOCKS: List = List {
    table: "blocks",
    columns: "t.*, t.height AS cursor_height, 0 AS cursor_position",
    from: "blocks AS t",
    cursor: ("t.height", "0"),
    pinned: PINNED,
    order: BY_CURSOR,
};

const TRANSACTIONS: List = List {
    table: "transactions",
    columns: "t.time, t.hash, t.bytes, t.code, t.verdict, \
              t.height AS cursor_height, t.position AS cursor_position",
    from: "transactions AS t",
    cursor: CURSOR,
    pinned: PINNED,
    order: BY_CURSOR,
};

const EVENTS: List = List {
    table: "events",
    columns: "t.time, t.kind, t.data AS data, \
              t.height AS cursor_height, t.position AS cursor_position",
    from: "events AS t",
    cursor: CURSOR,
    pinned: PINNED,
    order: BY_CURSOR,
};

// Named, because SQLite keeps no statistics here and must not choose to read all events instead.
const EVENTS_BY_KIND: List = events_by("events AS t INDEXED BY events_by_kind");
const EVENTS_BY_IMVU: List = events_by("events AS t INDEXED BY events_by_imvu");
const EVENTS_BY_ACTOR: List = events_by("events AS t INDEXED BY events_by_actor");

const fn events_by(from: &'static str) -> List {
    List { from, ..EVENTS }
}

const EVENT_COLUMNS: &str = "e.time AS time, e.data AS data, \
     t.height AS cursor_height, t.position AS cursor_position";

// Named for the same reason; what of an actor is no audit entry are few violations and notices.
const AUDIT: List = audit_by("events AS t");
const AUDIT_BY_IMVU: List = audit_by("events AS t INDEXED BY audit_by_imvu");
const AUDIT_BY_ACTOR: List = audit_by("events AS t INDEXED BY events_by_actor");

const fn audit_by(from: &'static str) -> List {
    List {
        table: "audit_log",
        from,
        ..EVENTS
    }
}

const VIOLATIONS: List = List {
    table: "violations",
    columns: EVENT_COLUMNS,
    from: "violations AS t JOIN events AS e ON e.height = t.height AND e.position = t.position",
    cursor: CURSOR,
    pinned: PINNED,
    order: BY_CURSOR,
};

const NOTICES: List = List {
    table: "notices",
    columns: EVENT_COLUMNS,
    from: "notices AS t JOIN events AS e ON e.height = t.height AND e.position = t.position",
    cursor: CURSOR,
    pinned: PINNED,
    order: BY_CURSOR,
};

impl Index {
    /// Blocks.
    ///
    /// # Errors
    /// For every list: [`Error::NotYet`] for a height that is not indexed, [`Error::BeforeFirst`] for one from before
    /// the first indexed, [`Error::TooSlow`],
    /// [`Error::Busy`], [`Error::BadRow`] where the file was damaged, [`Error::Sql`].
    pub async fn blocks(&self, page: &PageRequest) -> Result<Page<BlockRow>, Error> {
        self.page(&BLOCKS, page, Conditions::default(), block).await
    }

    /// Transactions, admitted or not, with their decisions.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn transactions(
        &self,
        filter: &TransactionFilter,
        page: &PageRequest,
    ) -> Result<Page<TransactionRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.signer = ", filter.signer.map(Cell::text))
            .equal("t.action = ", filter.action.map(Cell::text));
        self.page(&TRANSACTIONS, page, conditions, transaction)
            .await
    }

    /// The transaction with that hash or that id. Bytes that were inadmissible can stand in several
    /// blocks: then the admitted one counts, and else the first.
    ///
    /// # Errors
    /// As [`Self::blocks`], except that nothing indexed yet is no error.
    pub async fn transaction(&self, hash_or_id: &Hash) -> Result<Option<TransactionRow>, Error> {
        let mut connection = self.reader().await?;
        let sql = "SELECT t.time, t.hash, t.bytes, t.code, t.verdict,
                          t.height AS cursor_height, t.position AS cursor_position
                   FROM transactions AS t
                   WHERE t.hash = ?1 OR t.id = ?1
                   ORDER BY t.verdict IS NULL, t.height, t.position LIMIT 1";
        let row = sqlx::query(sql)
            .bind(hash_or_id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(limited("looking up a transaction"))?;
        let Some(row) = row else {
            return Ok(None);
        };
        let raw = Raw {
            table: "transactions",
            row: &row,
        };
        let place = Position {
            height: raw.unsigned("cursor_height")?,
            position: u32::try_from(raw.unsigned("cursor_position")?).unwrap_or(u32::MAX),
        };
        transaction(&raw, place).map(Some)
    }

    /// Entries of the audit log.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditRow>, Error> {
        let list = match (&filter.imvu, filter.actor) {
            (Some(_), _) => &AUDIT_BY_IMVU,
            (None, Some(_)) => &AUDIT_BY_ACTOR,
            (None, None) => &AUDIT,
        };
        let conditions = Conditions::default()
            .fixed(true, "t.before IS NOT NULL")
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.actor = ", filter.actor.map(Cell::text));
        self.page(list, page, conditions, |raw, at| {
            match raw.decoded("data")? {
                Event::Audit(entry) => Ok(AuditRow { at, entry }),
                _ => Err(raw.bad("its event is of another kind")),
            }
        })
        .await
    }

    /// Refusals.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn violations(
        &self,
        filter: &ViolationFilter,
        page: &PageRequest,
    ) -> Result<Page<ViolationRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.actor = ", filter.actor.map(Cell::text))
            .around(
                "EXISTS (SELECT 1 FROM violation_gates AS g \
                 WHERE g.height = t.height AND g.position = t.position AND g.gate = ",
                filter.gate.map(|gate| Cell::int(gate.number())),
                ")",
            );
        self.page(&VIOLATIONS, page, conditions, |raw, at| {
            match raw.decoded("data")? {
                Event::Violation(violation) => Ok(ViolationRow { at, violation }),
                _ => Err(raw.bad("its event is of another kind")),
            }
        })
        .await
    }

    /// What creators were told.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn notices(
        &self,
        imvu: Option<&ImvuId>,
        page: &PageRequest,
    ) -> Result<Page<NoticeRow>, Error> {
        let conditions = Conditions::default().equal("t.imvu = ", imvu.map(Cell::text));
        self.page(&NOTICES, page, conditions, |raw, at| {
            match raw.decoded("data")? {
                Event::Notice(notice) => Ok(NoticeRow { at, notice }),
                _ => Err(raw.bad("its event is of another kind")),
            }
        })
        .await
    }

    /// Events after a cursor (none: from the first one), oldest first, for a reader that follows:
    /// it calls again with [`EventBatch::resume`]. At most [`PAGE_ROWS`], of at most [`SCAN_EVENTS`] looked at where no
    /// index finds what the filter asks for: then a batch may hold little or nothing and not be the end.
    ///
    /// # Errors
    /// As [`Self::blocks`]; [`Error::NotYet`] while no block is indexed.
    pub async fn events(
        &self,
        after: Option<Position>,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<EventBatch, Error> {
        let mut connection = self.reader().await?;
        let Pinned { at, first } = pin(&mut connection, None).await?;
        let limit = limit.clamp(1, PAGE_ROWS);
        let list = found_by(filter);
        let scanned = match list {
            Some(_) => None,
            None => scan_end(&mut connection, after).await?,
        };
        let request = PageRequest {
            at: Some(at),
            after,
            limit,
            order: Order::OldestFirst,
        };
        let conditions = event_conditions(filter, scanned);
        let rows = fetch(
            &mut connection,
            list.unwrap_or(&EVENTS),
            &request,
            &conditions,
            at,
            limit,
            event,
        )
        .await?;
        let (rows, next) = cut(rows, limit);
        let next = next.or(scanned);
        let end = Position {
            height: at,
            position: u32::MAX,
        };
        Ok(EventBatch {
            rows,
            at: next.map_or(at, |next| next.height),
            // A reader may be ahead of this node, having followed another one before.
            resume: next.unwrap_or_else(|| after.unwrap_or_default().max(end)),
            is_end: next.is_none(),
            complete_from: first,
        })
    }
}

/// The list to read where one condition is all that is asked for, and an index finds it.
fn found_by(filter: &EventFilter) -> Option<&'static List> {
    let EventFilter {
        kinds,
        imvu,
        actor,
        gate: None,
    } = filter
    else {
        return None;
    };
    match (kinds.as_slice(), imvu, actor) {
        ([_], None, None) => Some(&EVENTS_BY_KIND),
        ([], Some(_), None) => Some(&EVENTS_BY_IMVU),
        ([], None, Some(_)) => Some(&EVENTS_BY_ACTOR),
        // All of them: nothing is passed over.
        ([], None, None) => Some(&EVENTS),
        _ => None,
    }
}

/// The place of the last event that is looked at after that one, if there are more than [`SCAN_EVENTS`].
async fn scan_end(
    connection: &mut SqliteConnection,
    after: Option<Position>,
) -> Result<Option<Position>, Error> {
    let (height, position) = after.map_or((-1, 0), |after| {
        (saturated(after.height), i64::from(after.position))
    });
    let sql = "SELECT height, position FROM events WHERE (height, position) > (?1, ?2)
               ORDER BY height, position LIMIT 1 OFFSET ?3";
    let found: Option<(i64, i64)> = sqlx::query_as(sql)
        .bind(height)
        .bind(position)
        .bind(i64::from(SCAN_EVENTS))
        .fetch_optional(connection)
        .await
        .map_err(limited("looking how far events are searched"))?;
    Ok(found.map(|(height, position)| Position {
        height: u64::try_from(height).unwrap_or_default(),
        position: u32::try_from(position).unwrap_or(u32::MAX),
    }))
}

fn event_conditions(filter: &EventFilter, scanned: Option<Position>) -> Conditions {
    let mut kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    // One bound value for any number of kinds: the list is searched as ",audit,notice,".
    let (kind, kinds) = match kinds.as_slice() {
        [] => (None, None),
        [kind] => (Some(Cell::text(kind)), None),
        several => (
            None,
            Some(Cell::text(format_args!(",{},", several.join(",")))),
        ),
    };
    Conditions::default()
        .up_to(scanned)
        .equal("t.kind = ", kind)
        .around("instr(", kinds, ", ',' || t.kind || ',') > 0")
        .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
        .equal("t.actor = ", filter.actor.map(Cell::text))
        .equal(
            "t.gate = ",
            filter.gate.map(|gate| Cell::int(gate.number())),
        )
}

fn block(raw: &Raw<'_>, at: Position) -> Result<BlockRow, Error> {
    Ok(BlockRow {
        height: at.height,
        time: Time(raw.unsigned("time")?),
        hash: raw.parsed("hash")?,
        app_hash: raw.parsed("app_hash")?,
        proposer: raw.get("proposer")?,
        transactions: raw.unsigned("transactions")?,
        applied: raw.unsigned("applied")?,
        denied: raw.unsigned("denied")?,
        events: raw.unsigned("events")?,
    })
}

fn transaction(raw: &Raw<'_>, at: Position) -> Result<TransactionRow, Error> {
    let number = u32::try_from(raw.unsigned("code")?).ok();
    let verdict: Option<&[u8]> = raw.get("verdict")?;
    Ok(TransactionRow {
        at,
        time: Time(raw.unsigned("time")?),
        hash: raw.parsed("hash")?,
        bytes: raw.get("bytes")?,
        code: number
            .and_then(Code::from_number)
            .ok_or_else(|| raw.bad("code is unknown"))?,
        verdict: match verdict {
            None => None,
            Some(_) => Some(raw.decoded("verdict")?),
        },
    })
}

fn event(raw: &Raw<'_>, at: Position) -> Result<EventRow, Error> {
    let kind: String = raw.get("kind")?;
    let event = if kind == EventKind::Anomaly.name() {
        Happened::Anomaly(raw.decoded("data")?)
    } else {
        Happened::Ledger(raw.decoded("data")?)
    };
    Ok(EventRow {
        at,
        time: Time(raw.unsigned("time")?),
        event,
    })
}
