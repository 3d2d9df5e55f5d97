//! Payments through registered processors: deposits, sales, refunds, disputes, payouts; and who has agreed to pay (law §4).

use crate::encoding::{List, Set};
use crate::governance::{Restriction, RestrictionScope};
use crate::hash::Hash;
use crate::ids::{IdentityId, ImvuId, ProcessorId};
use crate::jurisdiction::Jurisdiction;
use crate::limits::{
    CONTAINMENTS_KEPT, DEBTS_PER_IMVU, MANDATE_PERIODS, MANDATES_PER_IMVU, RESTRICTIONS,
};
use crate::money::{ExternalId, Grains, Micros};
use crate::period::Period;
use crate::time::{Height, Time};
use alloc::vec::Vec;
use borsh::{BorshDeserialize, BorshSerialize};
use core::fmt;

/// A registered payment processor.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Processor {
    /// Its name.
    pub id: ProcessorId,
    /// The identity that signs for it.
    pub identity: IdentityId,
    /// When it was registered.
    pub registered: Height,
    /// First law time at which it counts.
    pub usable_from: Time,
    /// What it last said of its own books.
    pub reconciled: Option<Reconciliation>,
}

/// A processor's word on what it took in and paid out, beside what the ledger has.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Reconciliation {
    /// When it was on the ledger.
    pub height: Height,
    /// SHA-256 of the statement it signed.
    pub statement: Hash,
    /// Taken in, by its statement.
    pub stated_in: Micros,
    /// Paid out and kept as fees, by its statement.
    pub stated_out: Micros,
    /// Taken in, by the ledger.
    pub booked_in: Micros,
    /// Paid out and kept as fees, by the ledger.
    pub booked_out: Micros,
}

impl Reconciliation {
    /// Whether both say the same.
    pub fn agrees(&self) -> bool {
        (self.stated_in, self.stated_out) == (self.booked_in, self.booked_out)
    }
}

/// What a processor told the ledger once, under a name of its own.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Payment {
    /// Which processor.
    pub processor: ProcessorId,
    /// Its name there.
    pub external: ExternalId,
    /// Block.
    pub height: Height,
    /// Block time.
    pub time: Time,
    /// How much: paid in, sold before tax, or refunded before tax.
    pub amount: Micros,
    /// What it was.
    pub kind: PaymentKind,
}

/// What a payment was.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum PaymentKind {
    /// Somebody paid in advance.
    Deposit(IdentityId),
    /// An IMVU sold something.
    Sale(Sale),
    /// A sale was paid back in part or whole: the sale's name at the same processor.
    Refund(ExternalId),
}

/// What became of a sale.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Sale {
    /// Whose.
    pub imvu: ImvuId,
    /// Its creator then, who has the 55 %.
    pub creator: IdentityId,
    /// Where it was taxed.
    pub region: Jurisdiction,
    /// Tax, above the gross amount.
    pub tax: Micros,
    /// What the processor kept, which the platform bears alone.
    pub fee: Micros,
    /// The day by law time on which its money began to mature.
    pub day: u64,
    /// Paid back so far.
    pub refunded: Micros,
    /// Tax paid back so far.
    pub tax_refunded: Micros,
    /// In dispute.
    pub disputed: Micros,
}

impl Sale {
    /// What can still be refunded or disputed of a sale of `gross`.
    pub fn open(&self, gross: Micros) -> Micros {
        Micros(
            gross
                .0
                .saturating_sub(self.refunded.0)
                .saturating_sub(self.disputed.0),
        )
    }
}

/// How a dispute stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum DisputeStatus {
    /// The money is in escrow.
    Open,
    /// The creator keeps the money.
    Won,
    /// The buyer has the money back.
    Lost,
    /// Nobody decided in time: the creator keeps the money.
    Lapsed,
}

/// A dispute over a sale.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Dispute {
    /// Its id: the id of the transaction that opened it.
    pub id: Hash,
    /// Whose sale.
    pub imvu: ImvuId,
    /// At which processor.
    pub processor: ProcessorId,
    /// The sale's name there.
    pub sale: ExternalId,
    /// How much of it.
    pub amount: Micros,
    /// SHA-256 of what was brought forward.
    pub evidence: Hash,
    /// When.
    pub opened: Height,
    /// Last law time at which it can be decided.
    pub expires: Time,
    /// How it stands.
    pub status: DisputeStatus,
}

/// How a payout stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum PayoutStatus {
    /// The processor was asked.
    Requested,
    /// It was paid.
    Settled,
    /// It was not; the money is the creator's to ask for again.
    Failed,
}

/// A payout of matured money.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Payout {
    /// Its id: the id of the transaction that asked for it.
    pub id: Hash,
    /// Whose money.
    pub identity: IdentityId,
    /// Through which processor.
    pub processor: ProcessorId,
    /// How much.
    pub amount: Micros,
    /// SHA-256 of where to, which the processor was told elsewhere.
    pub destination: Hash,
    /// When it was asked for.
    pub requested: Height,
    /// How it stands.
    pub status: PayoutStatus,
}

/// A creator's money of one day that can still be refunded or disputed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Bucket {
    /// What of it is left.
    pub grains: Grains,
}

/// Somebody's agreement to pay for an IMVU's use.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Mandate {
    /// Who pays.
    pub payer: IdentityId,
    /// The generation of the key that signed it: a rotation voids it.
    pub generation: u32,
    /// At most so much a period.
    pub cap: Micros,
    /// Block time from which it holds: use in hours that begin later.
    pub from: Time,
    /// Block time up to which it holds: by its own word, or because it was revoked or replaced.
    pub until: Time,
    /// What it has paid, ascending by period; the last few.
    pub spent: List<(Period, Micros), MANDATE_PERIODS>,
}

impl Mandate {
    /// Whether it pays for use in an hour that begins at `start`.
    pub fn covers(&self, start: Time) -> bool {
        self.from <= start && start < self.until
    }

    /// What it may still pay for use in a period: nothing for one that is older than it remembers, so that no cap is ever
    /// spent twice.
    pub fn left(&self, period: Period) -> Micros {
        let spent = self.spent.as_slice();
        let oldest = spent.first().filter(|_| spent.len() >= MANDATE_PERIODS);
        if oldest.is_some_and(|(oldest, _)| period < *oldest) {
            return Micros::ZERO;
        }
        let spent = spent.iter();
        let spent = spent
            .filter(|(each, _)| *each == period)
            .map(|(_, amount)| amount.0)
            .fold(0, u128::saturating_add);
        Micros(self.cap.0.saturating_sub(spent))
    }
}

/// The mandates for one IMVU, oldest first. Those that ended stay while late use may still concern them.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Mandates {
    /// The mandates.
    pub list: List<Mandate, MANDATES_PER_IMVU>,
}

/// How far the debt ladder has gone (law §4).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, BorshSerialize, BorshDeserialize,
)]
#[borsh(use_discriminant = false)]
pub enum DebtStage {
    /// Owed, within the term.
    #[default]
    Due,
    /// The creator was told.
    Noticed,
    /// No new resources.
    Frozen,
    /// Compute rests, where the creator has consented to that; names, mail, data and exit go on.
    Dormant,
}

impl DebtStage {
    /// The name, in the camel case that JSON uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Noticed => "noticed",
            Self::Frozen => "frozen",
            Self::Dormant => "dormant",
        }
    }
}

impl fmt::Display for DebtStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What one payer owes for an IMVU's use.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Debt {
    /// Who.
    pub payer: IdentityId,
    /// How much.
    pub owed: Micros,
    /// Law time since when.
    pub since: Time,
    /// How far the ladder has gone.
    pub stage: DebtStage,
}

/// One containment of an IMVU (law §4): new outbound flows and mail submission stop, replies pass.
#[derive(Clone, PartialEq, Eq, Debug, BorshSerialize, BorshDeserialize)]
pub struct Containment {
    /// Law time since when.
    pub from: Time,
    /// Law time up to which.
    pub until: Time,
    /// SHA-256 of what it rests on.
    pub evidence: Hash,
    /// The audit entry that has who signed.
    pub audit: u64,
}

/// What is held against an IMVU.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct Enforcement {
    /// Debts, ascending by payer.
    pub debts: List<Debt, DEBTS_PER_IMVU>,
    /// Containments of the last 30 days, oldest first.
    pub containments: List<Containment, CONTAINMENTS_KEPT>,
    /// Legal restrictions in force, ascending by scope.
    pub restrictions: List<Restriction, RESTRICTIONS>,
}

impl Enforcement {
    /// The furthest that any debt has gone.
    pub fn stage(&self) -> Option<DebtStage> {
        self.debts.as_slice().iter().map(|debt| debt.stage).max()
    }

    /// Whether new outbound flows are stopped.
    pub fn is_contained(&self, law_time: Time) -> bool {
        let mut all = self.containments.as_slice().iter();
        all.any(|one| one.from <= law_time && law_time < one.until)
    }

    /// Whether a legal restriction of that scope is in force.
    pub fn is_restricted(&self, scope: RestrictionScope, law_time: Time) -> bool {
        let mut all = self.restrictions.as_slice().iter();
        all.any(|one| one.scope == scope && one.holds(law_time))
    }
}

/// What a creator may consent to once and for all, enumerated, never hidden inside another action (law §4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = false)]
pub enum StandingConsent {
    /// Compute rests when a debt is 30 days old.
    DebtLadder,
    /// The mail agent of the host registers new DKIM keys.
    KeyRollover,
}

/// The standing consents of one IMVU's creator.
#[derive(Clone, PartialEq, Eq, Default, Debug, BorshSerialize, BorshDeserialize)]
pub struct StandingConsents {
    /// Those in force.
    pub given: Set<StandingConsent, 4>,
    /// Those revoked, each with the law time at which it ends.
    pub ending: Vec<(StandingConsent, Time)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mandate_pays_its_cap_once_in_each_period_and_nothing_in_one_it_has_forgotten() {
        let spent = |periods: core::ops::Range<u64>| {
            let paid = periods.map(|period| (Period(period), Micros(7)));
            List::new(paid.collect()).unwrap()
        };
        let mandate = |spent| Mandate {
            payer: IdentityId(Hash([1; 32])),
            generation: 0,
            cap: Micros(10),
            from: Time(5),
            until: Time(7),
            spent,
        };
        let young = mandate(spent(5..8));
        let covered = [4, 5, 6, 7].map(|start| young.covers(Time(start)));
        assert_eq!(covered, [false, true, true, false]);
        let left: Vec<u128> = (4..9).map(|period| young.left(Period(period)).0).collect();
        assert_eq!(left, [10, 3, 3, 3, 10]);
        let old = mandate(spent(5..9));
        assert_eq!(old.left(Period(4)), Micros::ZERO);
        assert_eq!(old.left(Period(5)), Micros(3), "the oldest it remembers");
        assert_eq!(old.left(Period(9)), Micros(10));
    }

    #[test]
    fn a_containment_ends_at_its_last_instant() {
        let one = Containment {
            from: Time(5),
            until: Time(7),
            evidence: Hash([1; 32]),
            audit: 0,
        };
        let held = Enforcement {
            containments: List::new(alloc::vec![one]).unwrap(),
            ..Enforcement::default()
        };
        let contained = [4, 5, 6, 7].map(|time| held.is_contained(Time(time)));
        assert_eq!(contained, [false, true, true, false]);
    }

    #[test]
    fn each_stage_of_a_debt_has_its_name() {
        use alloc::string::ToString;
        let stages = [
            DebtStage::Due,
            DebtStage::Noticed,
            DebtStage::Frozen,
            DebtStage::Dormant,
        ];
        let names = stages.map(|stage| stage.to_string());
        assert_eq!(names, ["due", "noticed", "frozen", "dormant"]);
    }
}
