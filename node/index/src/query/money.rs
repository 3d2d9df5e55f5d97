//! Account books and statements as they came; accounts and payouts as they stood at a height.

use super::Raw;
use super::list::{BY_CURSOR, Conditions, List};
use super::state::{COLUMNS, CURSOR, ORDER, versioned};
use crate::account::account_id;
use crate::cell::Cell;
use crate::error::Error;
use crate::index::Index;
use crate::rows::{
    AccountFilter, AccountRow, AccountState, MoneyFilter, MoneyRow, Page, PageRequest,
    PayoutFilter, PayoutRow, Position, StatementFilter, StatementRow, Versioned,
};
use crate::write::payout_status;
use nexus_types::Time;
use nexus_types::block::Event;

const PINNED: (&str, &str) = ("t.height <= ", "");
const ROW: (&str, &str) = ("t.height", "t.position");

// An index is named, because SQLite keeps no statistics here and must not choose to read everything instead.

const MONEY: List = log(
    "money_entries",
    "money_entries AS t CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const MONEY_BY_IMVU: List = log(
    "money_entries",
    "money_entries AS t INDEXED BY money_entries_by_imvu \
     CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const MONEY_BY_OWNER: List = log(
    "money_entries",
    "money_entries AS t INDEXED BY money_entries_by_owner \
     CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const STATEMENTS: List = log(
    "statements",
    "statements AS t CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const STATEMENTS_BY_IMVU: List = log(
    "statements",
    "statements AS t INDEXED BY statements_by_imvu \
     CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);

const fn log(table: &'static str, from: &'static str) -> List {
    List {
        table,
        columns: "e.time AS time, e.data AS data, \
                  t.height AS cursor_height, t.position AS cursor_position",
        from,
        cursor: ROW,
        pinned: PINNED,
        order: BY_CURSOR,
    }
}

const ACCOUNTS: List = List {
    table: "account_versions",
    columns: "t.kind AS kind, t.holder AS holder, t.height AS changed, t.value AS value, \
              f.first_height AS cursor_height, f.first_position AS cursor_position",
    from: "account_versions AS f INDEXED BY account_versions_in_order \
           CROSS JOIN account_versions AS t ON t.kind = f.kind AND t.holder = f.holder",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM account_versions AS l \
         WHERE l.kind = f.kind AND l.holder = f.holder AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one holder, which never changes.
const ACCOUNTS_BY_HOLDER: List = List {
    from: "account_versions AS f INDEXED BY account_versions_by_holder \
           CROSS JOIN account_versions AS t ON t.kind = f.kind AND t.holder = f.holder",
    ..ACCOUNTS
};

const PAYOUTS: List = List {
    table: "payout_versions",
    columns: COLUMNS,
    from: "payout_versions AS f INDEXED BY payout_versions_in_order \
           CROSS JOIN payout_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM payout_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

/// Those of one identity, which never changes.
const PAYOUTS_BY_IDENTITY: List = List {
    from: "payout_versions AS f INDEXED BY payout_versions_by_identity \
           CROSS JOIN payout_versions AS t ON t.id = f.id",
    ..PAYOUTS
};

impl Index {
    /// Entries of account books.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn money(
        &self,
        filter: &MoneyFilter,
        page: &PageRequest,
    ) -> Result<Page<MoneyRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.owner = ", filter.owner.map(Cell::text))
            .equal(
                "t.period = ",
                filter.period.map(|period| Cell::int(period.0)),
            )
            .equal("t.kind = ", filter.kind.map(|kind| Cell::word(kind.name())));
        let list = match (&filter.imvu, filter.owner) {
            (Some(_), _) => &MONEY_BY_IMVU,
            (None, Some(_)) => &MONEY_BY_OWNER,
            (None, None) => &MONEY,
        };
        self.page(list, page, conditions, |raw, at| {
            match raw.decoded("data")? {
                Event::Money(entry) => Ok(MoneyRow { at, entry }),
                _ => Err(raw.bad("its event is of another kind")),
            }
        })
        .await
    }

    /// Statements, in the order in which they were made.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn statements(
        &self,
        filter: &StatementFilter,
        page: &PageRequest,
    ) -> Result<Page<StatementRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal(
                "t.period = ",
                filter.period.map(|period| Cell::int(period.0)),
            );
        let list = if filter.imvu.is_some() {
            &STATEMENTS_BY_IMVU
        } else {
            &STATEMENTS
        };
        self.page(list, page, conditions, statement).await
    }

    /// Accounts, in the order in which something was first posted to them.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn accounts(
        &self,
        filter: &AccountFilter,
        page: &PageRequest,
    ) -> Result<Page<AccountRow>, Error> {
        let conditions = Conditions::default()
            .equal("f.holder = ", filter.identity.map(Cell::text))
            .equal("f.kind = ", filter.kind.as_ref().map(Cell::text));
        let list = if filter.identity.is_some() {
            &ACCOUNTS_BY_HOLDER
        } else {
            &ACCOUNTS
        };
        self.page(list, page, conditions, account).await
    }

    /// Payouts, in the order in which they were asked for.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn payouts(
        &self,
        filter: &PayoutFilter,
        page: &PageRequest,
    ) -> Result<Page<PayoutRow>, Error> {
        let conditions = Conditions::default()
            .equal("f.identity = ", filter.identity.map(Cell::text))
            .equal("t.processor = ", filter.processor.as_ref().map(Cell::text))
            .equal(
                "t.status = ",
                filter
                    .status
                    .map(|status| Cell::word(payout_status(status))),
            );
        let list = if filter.identity.is_some() {
            &PAYOUTS_BY_IDENTITY
        } else {
            &PAYOUTS
        };
        self.page(list, page, conditions, versioned).await
    }
}

fn statement(raw: &Raw<'_>, at: Position) -> Result<StatementRow, Error> {
    let Event::Statement(entry) = raw.decoded("data")? else {
        return Err(raw.bad("its event is of another kind"));
    };
    Ok(StatementRow {
        at,
        time: Time(raw.unsigned("time")?),
        entry,
    })
}

fn account(raw: &Raw<'_>, at: Position) -> Result<AccountRow, Error> {
    let (kind, holder): (String, String) = (raw.get("kind")?, raw.get("holder")?);
    let id =
        account_id(&kind, &holder).ok_or_else(|| raw.bad("kind and holder name no account"))?;
    Ok(Versioned {
        at,
        changed: raw.unsigned("changed")?,
        value: AccountState {
            id,
            account: raw.decoded("value")?,
        },
    })
}
