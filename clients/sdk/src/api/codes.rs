//! Codes of the node's interfaces (3xxx, 4xxx), and one explanation for these and for the codes of the law.

use super::verdict::CodeView;
use nexus_types::{Code, Gate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why an interface could not answer. The number is its identity and never changes meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(
    missing_docs,
    reason = "each variant's meaning is its entry in `cause` and `remedy`"
)]
pub enum InterfaceCode {
    NotFound,
    Pruned,
    FutureHeight,
    BadCursor,
    Unprovable,
    Syncing,
    RateLimited,
    OutcomeUnknown,
    MempoolFull,
    NodeUnreachable,
}

impl InterfaceCode {
    /// Every code, ascending by number.
    pub const ALL: [Self; 10] = [
        Self::NotFound,
        Self::Pruned,
        Self::FutureHeight,
        Self::BadCursor,
        Self::Unprovable,
        Self::Syncing,
        Self::RateLimited,
        Self::OutcomeUnknown,
        Self::MempoolFull,
        Self::NodeUnreachable,
    ];

    /// The number.
    pub const fn number(self) -> u32 {
        match self {
            Self::NotFound => 3001,
            Self::Pruned => 3002,
            Self::FutureHeight => 3003,
            Self::BadCursor => 3004,
            Self::Unprovable => 3005,
            Self::Syncing => 4001,
            Self::RateLimited => 4002,
            Self::OutcomeUnknown => 4003,
            Self::MempoolFull => 4004,
            Self::NodeUnreachable => 4005,
        }
    }

    /// The code of that number.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// A short name for tables.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::Pruned => "pruned",
            Self::FutureHeight => "future height",
            Self::BadCursor => "bad cursor",
            Self::Unprovable => "unprovable",
            Self::Syncing => "syncing",
            Self::RateLimited => "rate limited",
            Self::OutcomeUnknown => "outcome unknown",
            Self::MempoolFull => "mempool full",
            Self::NodeUnreachable => "node unreachable",
        }
    }

    /// What happened.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::NotFound => "Nothing of that name, id or hash is committed at that height.",
            Self::Pruned => "The height is older than what this node keeps of the state.",
            Self::FutureHeight => "The height is not committed yet, as far as this node knows.",
            Self::BadCursor => {
                "The cursor was not made by this method with these filters, or its height is gone."
            }
            Self::Unprovable => {
                "The value is known, but no proof of it can be made at that height."
            }
            Self::Syncing => "The node has not caught up with the chain.",
            Self::RateLimited => "This caller has made more calls than the node grants.",
            Self::OutcomeUnknown => {
                "The transaction was handed over, but its result did not arrive in time. It may still be committed."
            }
            Self::MempoolFull => "The node's mempool has no room for more transactions.",
            Self::NodeUnreachable => "The consensus process beside this node does not answer.",
        }
    }

    /// What to do next.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NotFound => {
                "Check the spelling; for a fresh transaction, ask again after the next block."
            }
            Self::Pruned => "Ask for a later height, or an archive node.",
            Self::FutureHeight => "Wait for the next block and ask again.",
            Self::BadCursor => "Start the list again without a cursor.",
            Self::Unprovable => "Ask at one of the last heights (at: \"provable\").",
            Self::Syncing => "Wait until nexus_health answers ok, or ask another node.",
            Self::RateLimited => "Wait a second and ask again, or run a node of your own.",
            Self::OutcomeUnknown => {
                "Ask nexus_getTransaction for the hash until the transaction's expiry; do not sign another one with the same nonce before."
            }
            Self::MempoolFull => "Wait for the next block and submit the same bytes again.",
            Self::NodeUnreachable => {
                "Ask another node; the operator finds the reason with nexusd status."
            }
        }
    }

    /// Whether the same call may succeed later.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::FutureHeight
                | Self::Syncing
                | Self::RateLimited
                | Self::OutcomeUnknown
                | Self::MempoolFull
                | Self::NodeUnreachable
        )
    }
}

impl fmt::Display for InterfaceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NX{:04}", self.number())
    }
}

/// Whose code it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Layer {
    /// A decision of the law, the same on every node.
    Law,
    /// A condition of this node's interface.
    Interface,
}

/// What a code means.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The code.
    #[serde(flatten)]
    pub code: CodeView,
    /// Whose code it is.
    pub layer: Layer,
    /// What happened.
    pub cause: String,
    /// What to do next.
    pub remedy: String,
    /// The gate's number, for a code 20NN of a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<u8>,
    /// The gate's rule in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// Explains a code of the law or of the interface.
pub fn explain(number: u32) -> Option<Explanation> {
    if let Some(code) = Code::from_number(number) {
        let gate = code.gate();
        return Some(Explanation {
            code: CodeView::from(code),
            layer: Layer::Law,
            cause: code.cause(),
            remedy: code.remedy().to_owned(),
            gate: gate.map(Gate::number),
            rule: gate.map(|gate| gate.rule().to_owned()),
        });
    }
    InterfaceCode::from_number(number).map(|code| Explanation {
        code: CodeView::from(code),
        layer: Layer::Interface,
        cause: code.cause().to_owned(),
        remedy: code.remedy().to_owned(),
        gate: None,
        rule: None,
    })
}

/// Reads `NX2015`, `nx2015` or `2015`.
pub fn parse_code(text: &str) -> Option<u32> {
    let digits = text
        .strip_prefix("NX")
        .or_else(|| text.strip_prefix("nx"))
        .unwrap_or(text);
    let plain = digits.len() <= 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Every code with its explanation, ascending.
pub fn all() -> impl Iterator<Item = Explanation> {
    Code::all()
        .map(Code::number)
        .chain(InterfaceCode::ALL.into_iter().map(InterfaceCode::number))
        .filter_map(explain)
}
