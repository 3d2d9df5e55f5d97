//! Hosts, agents and meters as they stood at a height; usage and drifts as they came.

use super::Raw;
use super::list::{BY_CURSOR, Conditions, List};
use super::state::{COLUMNS, CURSOR, ORDER, versioned};
use crate::cell::Cell;
use crate::error::Error;
use crate::index::Index;
use crate::rows::{
    AgentFilter, AgentRow, DriftFilter, DriftRow, HostFilter, HostRow, MeterFilter, MeterRow, Page,
    PageRequest, Position, UsageFilter, UsageRow,
};
use crate::write::host_status;
use nexus_types::block::Event;
use nexus_types::meter::UsageHour;
use nexus_types::{HostId, Time};

// There are few of them, however many versions: one list each, in the order of their registration.

const HOSTS: List = List {
    table: "host_versions",
    columns: COLUMNS,
    from: "host_versions AS f INDEXED BY host_versions_in_order \
           CROSS JOIN host_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM host_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

const AGENTS: List = List {
    table: "agent_versions",
    columns: COLUMNS,
    from: "agent_versions AS f INDEXED BY agent_versions_in_order \
           CROSS JOIN agent_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM agent_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

const METERS: List = List {
    table: "meter_versions",
    columns: COLUMNS,
    from: "meter_versions AS f INDEXED BY meter_versions_in_order \
           CROSS JOIN meter_versions AS t ON t.id = f.id",
    cursor: CURSOR,
    pinned: (
        "f.height = f.first_height AND t.height = (SELECT max(l.height) FROM meter_versions AS l \
         WHERE l.id = f.id AND l.height <= ",
        ") AND t.removed = 0",
    ),
    order: ORDER,
};

const PINNED: (&str, &str) = ("t.height <= ", "");
const ROW: (&str, &str) = ("t.height", "t.position");

const USAGE: List = List {
    table: "usage_lines",
    columns: "t.time AS time, t.resource AS resource, t.meter AS meter, e.data AS data, \
              t.height AS cursor_height, t.position AS cursor_position",
    from: "usage_lines AS t CROSS JOIN events AS e ON e.height = t.height AND e.position = t.event",
    cursor: ROW,
    pinned: PINNED,
    order: BY_CURSOR,
};

// Named, because SQLite keeps no statistics here and must not choose to read all lines instead.
const USAGE_BY_IMVU: List = List {
    from: "usage_lines AS t INDEXED BY usage_lines_by_imvu \
           CROSS JOIN events AS e ON e.height = t.height AND e.position = t.event",
    ..USAGE
};

const DRIFTS: List = drifts_by(
    "drifts AS t CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const DRIFTS_BY_IMVU: List = drifts_by(
    "drifts AS t INDEXED BY drifts_by_imvu \
     CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);
const DRIFTS_BY_HOST: List = drifts_by(
    "drifts AS t INDEXED BY drifts_by_host \
     CROSS JOIN events AS e ON e.height = t.height AND e.position = t.position",
);

const fn drifts_by(from: &'static str) -> List {
    List {
        table: "drifts",
        columns: "t.host AS host, e.data AS data, \
                  t.height AS cursor_height, t.position AS cursor_position",
        from,
        cursor: ROW,
        pinned: PINNED,
        order: BY_CURSOR,
    }
}

impl Index {
    /// Hosts, in the order of their registration.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn hosts(
        &self,
        filter: &HostFilter,
        page: &PageRequest,
    ) -> Result<Page<HostRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.operator = ", filter.operator.map(Cell::text))
            .equal(
                "t.jurisdiction = ",
                filter.jurisdiction.as_ref().map(Cell::text),
            )
            .equal(
                "t.status = ",
                filter.status.map(|status| Cell::word(host_status(status))),
            );
        self.page(&HOSTS, page, conditions, versioned).await
    }

    /// Agents, replaced ones included, in the order of their registration.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn agents(
        &self,
        filter: &AgentFilter,
        page: &PageRequest,
    ) -> Result<Page<AgentRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.host = ", filter.host.as_ref().map(Cell::text))
            .equal("t.kind = ", filter.kind.map(Cell::text))
            .equal("t.silent = ", filter.silent.map(Cell::int));
        self.page(&AGENTS, page, conditions, versioned).await
    }

    /// Meters, replaced ones included, in the order of their registration.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn meters(
        &self,
        filter: &MeterFilter,
        page: &PageRequest,
    ) -> Result<Page<MeterRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.host = ", filter.host.as_ref().map(Cell::text))
            .equal("t.kind = ", filter.kind.map(Cell::text))
            .equal("t.silent = ", filter.silent.map(Cell::int));
        self.page(&METERS, page, conditions, versioned).await
    }

    /// Lines of usage of sealed hours, in the order in which the hours were sealed.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn usage(
        &self,
        filter: &UsageFilter,
        page: &PageRequest,
    ) -> Result<Page<UsageRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.resource = ", filter.resource.map(Cell::text))
            .equal("t.hour >= ", filter.from.map(Cell::int))
            .equal("t.hour < ", filter.to.map(Cell::int));
        let list = if filter.imvu.is_some() {
            &USAGE_BY_IMVU
        } else {
            &USAGE
        };
        self.page(list, page, conditions, usage).await
    }

    /// What agents found changed.
    ///
    /// # Errors
    /// As [`Self::blocks`].
    pub async fn drifts(
        &self,
        filter: &DriftFilter,
        page: &PageRequest,
    ) -> Result<Page<DriftRow>, Error> {
        let conditions = Conditions::default()
            .equal("t.imvu = ", filter.imvu.as_ref().map(Cell::text))
            .equal("t.host = ", filter.host.as_ref().map(Cell::text));
        let list = match (&filter.imvu, &filter.host) {
            (Some(_), _) => &DRIFTS_BY_IMVU,
            (None, Some(_)) => &DRIFTS_BY_HOST,
            (None, None) => &DRIFTS,
        };
        self.page(list, page, conditions, drift).await
    }
}

/// The line of its hour: the event holds it exactly.
fn usage(raw: &Raw<'_>, at: Position) -> Result<UsageRow, Error> {
    let Event::Usage(hour) = raw.decoded("data")? else {
        return Err(raw.bad("its event is of another kind"));
    };
    let (resource, meter): (String, String) = (raw.get("resource")?, raw.get("meter")?);
    let UsageHour {
        imvu,
        sequence,
        hour,
        owner,
        host,
        placement,
        height: _,
        lines,
    } = hour;
    let line = lines
        .into_iter()
        .find(|line| line.resource.name() == resource && line.meter.to_string() == meter)
        .ok_or_else(|| raw.bad("its event has no such line"))?;
    Ok(UsageRow {
        at,
        time: Time(raw.unsigned("time")?),
        imvu,
        sequence,
        hour,
        owner,
        host,
        placement,
        line,
    })
}

fn drift(raw: &Raw<'_>, at: Position) -> Result<DriftRow, Error> {
    let Event::Drift(entry) = raw.decoded("data")? else {
        return Err(raw.bad("its event is of another kind"));
    };
    let host: Option<String> = raw.get("host")?;
    let host = host
        .map(|host| HostId::new(&host).map_err(|_| raw.bad("host is not readable")))
        .transpose()?;
    Ok(DriftRow { at, host, entry })
}
