//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the keeper's word.

use super::super::{Beside, Histogram, Seen, play};
use super::keeper::{Fate, For, Keeper, Op, Wanted, Who};
use super::wishes;
use crate::tests::world::*;
use nexus_types::action::Action;
use nexus_types::approval::{Approval, Change, PermittedActor};
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::state::{ApprovalFate, ApprovalRecord, Clock, Imvu};
use nexus_types::{Hash, List, Time, state_key};
use proptest::prelude::*;

const ID: &str = "IMVU-042";
const FIELDS: [QuotaField; 2] = [QuotaField::CpuMillis, QuotaField::Pids];
/// Of a proposal that nobody made.
const NONE: Hash = Hash([7; 32]);

fn change(wanted: &Wanted) -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    for (field, value) in FIELDS.into_iter().zip(wanted) {
        if let Some(value) = value {
            change.set(field, *value);
        }
    }
    change
}

/// What stands at the beginning.
fn keeper() -> Keeper {
    let world = World::new();
    let imvu: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    Keeper {
        time: clock.time.0.into(),
        law: clock.law_time.0.into(),
        values: FIELDS.map(|field| imvu.quota.get(field)),
        versions: FIELDS.map(|field| imvu.quota_version(field)),
        approved: Vec::new(),
        asks: Vec::new(),
        seen: Seen::new(),
    }
}

/// The law at work beside the keeper.
pub(super) struct Acting {
    world: World,
    keeper: Keeper,
    /// In the keeper's order.
    approvals: Vec<Approval>,
    asks: Vec<Hash>,
    histogram: Histogram,
}

impl Beside for Acting {
    type Reference = Keeper;
    type Op = Op;

    fn reference() -> Keeper {
        keeper()
    }

    fn wish(keeper: &Keeper) -> BoxedStrategy<Op> {
        wishes::wish(keeper)
    }

    fn expect(keeper: &mut Keeper, op: &Op) {
        keeper.act(op);
    }

    fn begin(keeper: Keeper) -> Self {
        Self {
            world: World::new(),
            keeper,
            approvals: Vec::new(),
            asks: Vec::new(),
            histogram: Histogram::new(),
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        // Who made up the wish may have had another come first: then it is about nothing.
        let known = self.approvals.len();
        let about = match op {
            Op::Change { with, .. } => *with,
            Op::Sign { with, .. } => Some(*with),
            Op::Revoke { approval, .. } => Some(*approval),
            _ => None,
        };
        if about.is_some_and(|number| number >= known) {
            return Ok(());
        }
        let expected = self.keeper.act(op);
        if let Op::Approve {
            by, wanted, whom, ..
        } = op
        {
            self.sign(*by, wanted, *whom);
            return Ok(());
        }
        if let Op::Wait { hours } = op {
            self.world.skip(*hours as u64 * HOUR);
        }
        self.world.now.time = Time(self.keeper.time as u64);
        let asked = self.transaction(op);
        let outcome = play(
            &mut self.world,
            &mut self.histogram,
            asked,
            ("keeper", expected),
            op,
        )?;
        let applied = outcome.filter(|outcome| outcome.code.number() == 0);
        if let (Some(outcome), Op::Propose { .. }) = (applied, op) {
            self.asks.push(outcome.verdict.unwrap().tx);
        }
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn told(self) -> (Histogram, Seen) {
        (self.histogram, self.keeper.seen)
    }
}

impl Acting {
    fn people(&self, who: Who) -> Vec<Person> {
        match who {
            Who::Creator => vec![self.world.alice.clone()],
            Who::Stranger => vec![self.world.bob.clone()],
            Who::Officers(number) => self.world.officers[..number].to_vec(),
        }
    }

    /// Somebody signs an approval, which nobody else sees yet.
    fn sign(&mut self, by: Who, wanted: &Wanted, whom: For) {
        let signer = self.people(by).remove(0);
        let drawn = self
            .world
            .approve(&signer, ID, Change::Quota(change(wanted)));
        let mut body = drawn.body;
        let kept = self.keeper.approved.last().unwrap();
        body.not_before = Time(kept.from as u64);
        body.expires = Time(kept.until as u64);
        body.salt = self.approvals.len() as u64;
        body.permitted = match whom {
            For::Platform => PermittedActor::Platform,
            For::First => PermittedActor::Identity(self.world.officers[0].id),
            For::Stranger => PermittedActor::Identity(self.world.bob.id),
        };
        self.approvals.push(self.world.resign(&signer, body));
    }

    fn transaction(&self, op: &Op) -> Option<(Vec<Person>, nexus_types::tx::TxBody)> {
        let (by, action, with) = match op {
            Op::Wait { .. } | Op::Approve { .. } => return None,
            Op::Change { by, wanted, with } => {
                let change = change(wanted);
                (
                    *by,
                    Action::ChangeQuota {
                        imvu: imvu(ID),
                        change,
                    },
                    *with,
                )
            }
            Op::Propose { by, wanted, span } => {
                let expires = Time((self.keeper.law + span * i128::from(HOUR)) as u64);
                let change = change(wanted);
                (
                    *by,
                    Action::ProposeQuota {
                        imvu: imvu(ID),
                        change,
                        expires,
                    },
                    None,
                )
            }
            Op::Sign { by, ask, with } => {
                let proposal = self.asks.get(*ask).copied().unwrap_or(NONE);
                let approval = self.approvals[*with].clone();
                (*by, Action::SignApproval { proposal, approval }, None)
            }
            Op::Revoke { by, approval } => {
                let approval = self.approvals[*approval].body.id();
                (
                    *by,
                    Action::RevokeApproval {
                        imvu: imvu(ID),
                        approval,
                    },
                    None,
                )
            }
        };
        let signers = self.people(by);
        let mut body = self.world.body(&signers[0], action);
        let approvals = with.map(|number| self.approvals[number].clone());
        body.approvals = List::new(approvals.into_iter().collect()).unwrap();
        Some((signers, body))
    }

    fn compare(&self) -> Result<(), String> {
        let memory = &self.world.memory;
        let imvu: Imvu = memory.read(&state_key::imvu(&imvu(ID))).unwrap();
        let values = FIELDS.map(|field| imvu.quota.get(field));
        let versions = FIELDS.map(|field| imvu.quota_version(field));
        let open = imvu.proposals as usize;
        let told = (self.keeper.values, self.keeper.versions, self.keeper.open());
        if (values, versions, open) != told {
            return Err(format!(
                "{values:?} {versions:?} {open}, the keeper {told:?}"
            ));
        }
        for (number, approval) in self.approvals.iter().enumerate() {
            let key = state_key::approval(&approval.body.id());
            let fate = memory
                .read::<ApprovalRecord>(&key)
                .map(|one| match one.fate {
                    ApprovalFate::Used => Fate::Used,
                    ApprovalFate::Revoked => Fate::Revoked,
                });
            let told = self.keeper.fate(number);
            if fate != told {
                return Err(format!(
                    "approval {number} is {fate:?}, the keeper {told:?}"
                ));
            }
        }
        Ok(())
    }
}
