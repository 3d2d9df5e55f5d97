//! Which gates judged, without a row for each: the same few combinations judge every transaction.
//!
//! A combination is a set: its gates in the order in which they judged. It is written when it first occurs; a transaction
//! names its set and the ordinal of its first decision, and gates that refused, which is rare, have a row each.

use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use nexus_types::verdict::GateOutcome;
use sqlx::sqlite::SqliteConnection;
use std::collections::BTreeMap;

/// The sets that the index knows.
pub(super) struct Sets {
    numbers: BTreeMap<Vec<u8>, i64>,
}

impl Sets {
    /// Reads them: some dozens at most, as an action always meets the same gates.
    pub(super) async fn read(connection: &mut SqliteConnection) -> Result<Self, Error> {
        let sql =
            "SELECT number, group_concat(gate, ' ' ORDER BY nth) FROM gate_sets GROUP BY number";
        let rows: Vec<(i64, String)> = sqlx::query_as(sql)
            .fetch_all(connection)
            .await
            .map_err(Error::sql("reading the sets of gates of the index"))?;
        let numbers = rows.into_iter().map(|(number, gates)| {
            let gates = gates.split(' ').filter_map(|gate| gate.parse().ok());
            (gates.collect(), number)
        });
        Ok(Self {
            numbers: numbers.collect(),
        })
    }

    /// The number of the set of these gates, and its rows if it is new. None without a gate.
    pub(super) fn number(
        &mut self,
        gates: &[GateOutcome],
        height: u64,
        rows: &mut Rows,
    ) -> Option<i64> {
        if gates.is_empty() {
            return None;
        }
        let gates: Vec<u8> = gates.iter().map(|entry| entry.gate.number()).collect();
        if let Some(number) = self.numbers.get(&gates) {
            return Some(*number);
        }
        let number = i64::try_from(self.numbers.len()).unwrap_or(i64::MAX);
        for (nth, gate) in gates.iter().enumerate() {
            rows.add(
                Row::of("gate_sets")
                    .set("number", Cell::Int(number))
                    .set("nth", Cell::count(nth))
                    .set("gate", Cell::int(*gate))
                    .set("height", Cell::int(height)),
            );
        }
        self.numbers.insert(gates, number);
        Some(number)
    }
}
