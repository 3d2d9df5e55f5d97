//! Rules over the ledger: what is lawful, and yet should make somebody look (docs/operations.md, Anomalies).
//!
//! Flow: once a block's rows are written, each rule looks at the block, and by a few queries at what came before it →
//! `find` → rows of `anomalies`, and events of the kind `anomaly` after those of the block.
//!
//! Invariants
//! - A rule reads the block and the index, and nothing else: no clock, no configuration. Two indexes that hold the same
//!   blocks hold the same anomalies, and [`reindex`](crate::reindex()) finds them again.
//! - What a rule can't judge, because this index began later, is passed over.
//!
//! Never here: a consequence. No anomaly stops a block, a transaction, or an IMVU.

mod denials;
mod meters;
mod prices;
mod silence;
mod statements;
mod usage;

use crate::cell::{Cell, Row, Rows};
use crate::error::Error;
use borsh::{BorshDeserialize, BorshSerialize};
use nexus_types::block::BlockRecord;
use nexus_types::state::Imvu;
use nexus_types::{HostId, IdentityId, ImvuId, MeterId, decode};
use sqlx::sqlite::SqliteConnection;

/// Which rule found something.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, BorshSerialize, BorshDeserialize,
)]
#[borsh(use_discriminant = false)]
pub enum Rule {
    /// An hour of use is a multiple of every hour of the day before.
    UsageJump,
    /// One identity was refused again and again within a minute.
    DenialBurst,
    /// An agent or a meter owes its word.
    AgentSilence,
    /// A statement is not what follows from its receipts.
    StatementDiffers,
    /// A price list multiplies a price, or divides it.
    PriceOutlier,
    /// Two signed records of one meter tell different things of the same place in its chain.
    MeterDisagreement,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 6] = [
        Self::UsageJump,
        Self::DenialBurst,
        Self::AgentSilence,
        Self::StatementDiffers,
        Self::PriceOutlier,
        Self::MeterDisagreement,
    ];

    /// The word in the `rule` column, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::UsageJump => "usageJump",
            Self::DenialBurst => "denialBurst",
            Self::AgentSilence => "agentSilence",
            Self::StatementDiffers => "statementDiffers",
            Self::PriceOutlier => "priceOutlier",
            Self::MeterDisagreement => "meterDisagreement",
        }
    }
}

/// Something that a rule found in a block.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Anomaly {
    /// By which rule.
    pub rule: Rule,
    /// The IMVU it is about, if it is about one.
    pub imvu: Option<ImvuId>,
    /// The identity it is about.
    pub actor: Option<IdentityId>,
    /// The host it is about.
    pub host: Option<HostId>,
    /// The meter it is about.
    pub meter: Option<MeterId>,
    /// What was found.
    pub observed: String,
    /// What the rule expects instead, at most or exactly.
    pub expected: String,
    /// Both in a sentence, with units.
    pub detail: String,
}

impl Anomaly {
    fn new(rule: Rule, observed: impl ToString, expected: impl ToString, detail: String) -> Self {
        Self {
            rule,
            imvu: None,
            actor: None,
            host: None,
            meter: None,
            observed: observed.to_string(),
            expected: expected.to_string(),
            detail,
        }
    }

    /// The row of its own table.
    pub(crate) fn row(&self, height: Cell, position: Cell, time: Cell) -> Row {
        Row::of("anomalies")
            .set("height", height)
            .set("position", position)
            .set("time", time)
            .set("rule", Cell::word(self.rule.name()))
            .set("imvu", Cell::opt(self.imvu.as_ref()))
            .set("actor", self.actor.map_or(Cell::Null, Cell::identity))
            .set("host", Cell::opt(self.host.as_ref()))
            .set("meter", Cell::opt(self.meter.as_ref()))
            .set("observed", Cell::text(&self.observed))
            .set("expected", Cell::text(&self.expected))
            .set("detail", Cell::text(&self.detail))
    }
}

/// The object that a query names; none where the index has none, or an older one than this version reads.
async fn object<T: BorshDeserialize + BorshSerialize>(
    connection: &mut SqliteConnection,
    sql: &'static str,
    id: Option<String>,
) -> Result<Option<T>, Error> {
    let mut query = sqlx::query_scalar::<_, Vec<u8>>(sql);
    if let Some(id) = id {
        query = query.bind(id);
    }
    let value = query
        .fetch_optional(connection)
        .await
        .map_err(Error::sql("looking up what a rule compares with"))?;
    Ok(value.and_then(|value| decode(&value).ok()))
}

/// An IMVU as it stands.
async fn imvu(connection: &mut SqliteConnection, id: &ImvuId) -> Result<Option<Imvu>, Error> {
    let sql = "SELECT value FROM imvu_versions WHERE id = ? AND value IS NOT NULL
               ORDER BY height DESC LIMIT 1";
    object(connection, sql, Some(id.to_string())).await
}

/// What the rules find in a block whose other rows are written; adds the rows that they need later.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    block: &BlockRecord,
    rows: &mut Rows,
) -> Result<Vec<Anomaly>, Error> {
    let mut found = Vec::new();
    usage::look(connection, block, &mut found).await?;
    denials::look(connection, block, &mut found).await?;
    silence::look(block, &mut found);
    statements::look(connection, block, &mut found).await?;
    prices::look(connection, block, &mut found).await?;
    meters::look(connection, block, rows, &mut found).await?;
    Ok(found)
}
