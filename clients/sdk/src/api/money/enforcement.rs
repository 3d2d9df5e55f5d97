//! What is held against an IMVU, and who has agreed to what. Amounts are micro-credits.

use super::words::{DebtStage, StandingConsent};
use crate::api::governance::RestrictionView;
use crate::api::scalar::{WireHash, WireIdentity, WireImvu, WireU64, WireU128};
use nexus_types::payment::{Containment, Debt, Enforcement, Mandate, Mandates, StandingConsents};
use nexus_types::{ImvuId, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What one payer owes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DebtView {
    /// Who.
    pub payer: WireIdentity,
    /// How much.
    pub owed: WireU128,
    /// Law time since when, milliseconds.
    pub since: WireU64,
    /// How far the ladder has gone.
    pub stage: DebtStage,
}

impl From<&Debt> for DebtView {
    fn from(debt: &Debt) -> Self {
        Self {
            payer: debt.payer.into(),
            owed: debt.owed.0.into(),
            since: debt.since.0.into(),
            stage: debt.stage.into(),
        }
    }
}

/// One containment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ContainmentView {
    /// Law time since when, milliseconds.
    pub from: WireU64,
    /// Law time up to which, milliseconds.
    pub until: WireU64,
    /// SHA-256 of what it rests on.
    pub evidence: WireHash,
    /// The audit entry that has who signed.
    pub audit: WireU64,
}

impl From<&Containment> for ContainmentView {
    fn from(containment: &Containment) -> Self {
        Self {
            from: containment.from.0.into(),
            until: containment.until.0.into(),
            evidence: containment.evidence.into(),
            audit: containment.audit.into(),
        }
    }
}

/// What a mandate paid in one period.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpentView {
    /// In which period.
    pub period: u64,
    /// How much.
    pub amount: WireU128,
}

/// Somebody's agreement to pay for the IMVU's use.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MandateView {
    /// Who pays.
    pub payer: WireIdentity,
    /// The generation of the key that signed it: a rotation voids it.
    pub generation: u32,
    /// At most so much a period.
    pub cap: WireU128,
    /// Block time from which it holds, milliseconds.
    pub from: WireU64,
    /// Block time up to which it holds, milliseconds.
    pub until: WireU64,
    /// What it has paid, by period; the last few.
    pub spent: Vec<SpentView>,
}

impl From<&Mandate> for MandateView {
    fn from(mandate: &Mandate) -> Self {
        let spent = mandate.spent.as_slice().iter();
        Self {
            payer: mandate.payer.into(),
            generation: mandate.generation,
            cap: mandate.cap.0.into(),
            from: mandate.from.0.into(),
            until: mandate.until.0.into(),
            spent: spent
                .map(|(period, amount)| SpentView {
                    period: period.0,
                    amount: amount.0.into(),
                })
                .collect(),
        }
    }
}

/// A standing consent that was revoked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndingConsentView {
    /// Which.
    pub consent: StandingConsent,
    /// Law time at which it ends, milliseconds.
    pub ends: WireU64,
}

/// The standing consents of an IMVU's creator.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandingConsentsView {
    /// Those in force.
    pub given: Vec<StandingConsent>,
    /// Those revoked, which still hold for a while.
    pub ending: Vec<EndingConsentView>,
}

impl From<&StandingConsents> for StandingConsentsView {
    fn from(consents: &StandingConsents) -> Self {
        let given = consents.given.as_slice().iter();
        let ending = consents.ending.iter();
        Self {
            given: given.copied().map(Into::into).collect(),
            ending: ending
                .map(|(consent, ends)| EndingConsentView {
                    consent: (*consent).into(),
                    ends: ends.0.into(),
                })
                .collect(),
        }
    }
}

/// The value of `nexus_getEnforcement`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnforcementView {
    /// Whose.
    pub imvu: WireImvu,
    /// The furthest that any debt has gone; absent without debts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<DebtStage>,
    /// Debts, ascending by payer.
    pub debts: Vec<DebtView>,
    /// Whether new outbound flows and mail submission are stopped at the read's law time.
    pub contained: bool,
    /// Containments of the last 30 days, oldest first.
    pub containments: Vec<ContainmentView>,
    /// Legal restrictions in force, ascending by scope.
    pub restrictions: Vec<RestrictionView>,
    /// Who has agreed to pay for its use, oldest first; those that ended lately as well.
    pub mandates: Vec<MandateView>,
    /// What its creator has consented to once and for all.
    pub standing_consents: StandingConsentsView,
}

impl EnforcementView {
    /// What the state has of an IMVU at a law time; objects that are absent are empty.
    pub fn new(
        imvu: ImvuId,
        enforcement: &Enforcement,
        mandates: &Mandates,
        consents: &StandingConsents,
        law_time: Time,
    ) -> Self {
        let containments = enforcement.containments.as_slice().iter();
        Self {
            imvu: imvu.into(),
            stage: enforcement.stage().map(Into::into),
            debts: enforcement
                .debts
                .as_slice()
                .iter()
                .map(Into::into)
                .collect(),
            contained: enforcement.is_contained(law_time),
            containments: containments.map(Into::into).collect(),
            restrictions: enforcement
                .restrictions
                .as_slice()
                .iter()
                .map(Into::into)
                .collect(),
            mandates: mandates.list.as_slice().iter().map(Into::into).collect(),
            standing_consents: consents.into(),
        }
    }
}
