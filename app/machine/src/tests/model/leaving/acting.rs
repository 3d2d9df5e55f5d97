//! The same done by the law: each wish as a signed transaction in a block of its own, compared with the porter's word.

use super::super::{Beside, Histogram, Seen, play};
use super::porter::{Approval, Authored, HOUR, Home, IMVUS, Op, Porter, Runs, Stage, Who};
use super::porter::{is_alices, is_hosted};
use super::wishes;
use crate::tests::guardians;
use crate::tests::hosting::*;
use crate::tests::market::{cashier, external, processor};
use crate::tests::world::*;
use nexus_tree::log::empty_root;
use nexus_types::action::{Action, SuspendReason};
use nexus_types::approval::Change;
use nexus_types::exit::{
    AnnounceExit, ArchivePart, BlockExit, CancelExit, CloseExit, CommitInventory, ConfirmExport,
    Exit, ExitStage, FindObstruction, Inventory, InventoryPart, RecordArchive, ReleaseExit,
};
use nexus_types::guardian::{Guardianship, ImvuRole, SetMember};
use nexus_types::host::{AckOutcome, AgentKind};
use nexus_types::log::CollectionKind;
use nexus_types::money::AccountId;
use nexus_types::quota::{QuotaChange, QuotaField};
use nexus_types::route::PathPolicy;
use nexus_types::rrset::{RData, RRset, RecordType};
use nexus_types::snapshot::{
    LossReason, RecordSnapshot, Snapshot, SnapshotOutcome, SnapshotStatus, Taken,
};
use nexus_types::state::{Clock, Collection, Imvu, ImvuNames, ImvuStatus, Zone};
use nexus_types::{Hash, List, Micros, Time, state_key};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;

const IDS: [&str; IMVUS] = ["IMVU-042", "IMVU-A2", "IMVU-B", "IMVU-B2"];
const NAMES: [&str; IMVUS] = [
    "alice.demo.example",
    "alice2.demo.example",
    "bob.demo.example",
    "bob2.demo.example",
];
const HOST: &str = "host-1";
const DIGEST: Hash = Hash([0xac; 32]);
const EVIDENCE: Hash = Hash([0xee; 32]);

fn member() -> Person {
    Person::new(163)
}

fn stranger() -> Person {
    Person::new(164)
}

/// Two creators, each with an IMVU that runs on host-1 and one that runs nowhere; all of them sell.
fn base() -> &'static World {
    static BASE: OnceLock<World> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut world = World::new();
        guardians::guard(&mut world);
        world.register(&member());
        world.register(&stranger());
        world.add_host(HOST, "EU-GDPR");
        world.add_processor();
        for number in [1, 3] {
            let owner = owner(&world, number);
            let create = Action::CreateImvu {
                imvu: imvu(IDS[number]),
                jurisdiction: Some(tag("EU-GDPR")),
                quota: QUOTA,
            };
            world.must(&owner, create);
            let claim = Action::ClaimDomain {
                name: text(NAMES[number]),
                imvu: imvu(IDS[number]),
            };
            world.must(&owner, claim);
        }
        for (number, id) in IDS.into_iter().enumerate() {
            let owner = owner(&world, number);
            if is_alices(number) {
                let operate = Action::SetMember(SetMember {
                    imvu: imvu(id),
                    member: member().id,
                    role: Some(ImvuRole::Operator),
                });
                world.must(&owner, operate);
            }
            if number > 0 {
                let link = Action::LinkProcessor {
                    imvu: imvu(id),
                    processor: processor("pay"),
                    linked: true,
                };
                world.must(&owner, link);
            }
            if is_hosted(number) {
                let activate = Action::ActivateImvu {
                    imvu: imvu(id),
                    host: Some(host(HOST)),
                };
                world.must(&owner, activate);
                for kind in [AgentKind::Compute, AgentKind::Network] {
                    let outcome = world.acknowledge(HOST, kind, id, AckOutcome::Applied);
                    assert_eq!(outcome.code.number(), 0, "{}", outcome.log);
                }
            }
        }
        world
    })
}

fn owner(world: &World, number: usize) -> Person {
    if is_alices(number) {
        world.alice.clone()
    } else {
        world.bob.clone()
    }
}

/// The porter on the first day.
fn porter() -> Porter {
    let world = base();
    let clock: Clock = world.memory.read(&state_key::clock()).unwrap();
    let homes = (0..IMVUS).map(|number| {
        let runs = if is_hosted(number) {
            Runs::Here
        } else {
            Runs::Nowhere
        };
        (authored(world, number), runs)
    });
    Porter::new(
        clock.time.0.into(),
        clock.law_time.0.into(),
        world.now.height,
        homes.collect(),
    )
}

/// What stands of what a creator authored, read from the state.
fn authored(world: &World, number: usize) -> Authored {
    let memory = &world.memory;
    let id = imvu(IDS[number]);
    let record: Imvu = memory.read(&state_key::imvu(&id)).unwrap();
    let policy: Option<PathPolicy> = memory.read(&state_key::path_policy(&id));
    let names: Option<ImvuNames> = memory.read(&state_key::imvu_names(&id));
    let names = names.map(|all| all.names).unwrap_or_default();
    let names = names.into_iter().map(|name| {
        let zone: Zone = memory.read(&state_key::zone(&name)).unwrap();
        let key = state_key::rrset(&name, &name, RecordType::A);
        let address = memory.read::<RRset>(&key).map(|set| {
            let Some(RData::A(address)) = set.records.as_slice().first() else {
                unreachable!("an address");
            };
            address[3]
        });
        (name.as_str().to_owned(), (zone.serial, address))
    });
    Authored {
        quota: record.quota.cpu_millis,
        open: policy.is_some_and(|policy| policy.egress_open),
        names: names.collect(),
    }
}

fn quota(to: u64) -> QuotaChange {
    let mut change = QuotaChange::EMPTY;
    change.set(QuotaField::CpuMillis, to);
    change
}

fn policy(open: bool) -> PathPolicy {
    PathPolicy {
        egress_open: open,
        ..PathPolicy::default()
    }
}

/// The law at work beside the porter.
pub(super) struct Acting {
    world: World,
    porter: Porter,
    /// The baseline that each hash stood for.
    hashes: BTreeMap<Hash, (usize, Authored)>,
    histogram: Histogram,
}

impl Beside for Acting {
    type Reference = Porter;
    type Op = Op;

    fn reference() -> Porter {
        porter()
    }

    fn wish(porter: &Porter) -> BoxedStrategy<Op> {
        wishes::wish(porter)
    }

    fn expect(porter: &mut Porter, op: &Op) {
        porter.act(op);
    }

    fn begin(porter: Porter) -> Self {
        Self {
            world: base().clone(),
            porter,
            hashes: BTreeMap::new(),
            histogram: Histogram::new(),
        }
    }

    fn act(&mut self, op: &Op) -> Result<(), String> {
        let mut after = self.porter.clone();
        let expected = after.act(op);
        self.porter.advance(op);
        if let Op::Wait { hours } = op {
            self.world.skip((hours * HOUR) as u64);
        }
        self.world.now.time = Time(self.porter.time as u64);
        let before: Vec<Authored> = (0..IMVUS).map(|one| authored(&self.world, one)).collect();
        let asked = self.transaction(op).map(|(signers, action, approval)| {
            let mut body = self.world.body(&signers[0], action);
            body.approvals = List::new(approval.into_iter().collect()).unwrap();
            (signers, body)
        });
        play(
            &mut self.world,
            &mut self.histogram,
            asked,
            ("porter", expected),
            op,
        )?;
        self.untouched(op, &before)?;
        self.porter = after;
        self.compare()
            .map_err(|what| format!("after {op:?}: {what}"))
    }

    fn told(self) -> (Histogram, Seen) {
        (self.histogram, self.porter.seen)
    }
}

impl Acting {
    /// Without the creator's signature nothing changes of what it authored while it is protected, whatever the porter says.
    fn untouched(&self, op: &Op, before: &[Authored]) -> Result<(), String> {
        let creators = match op {
            Op::Quota {
                imvu, by, approval, ..
            }
            | Op::Policy {
                imvu, by, approval, ..
            } => (*by == Who::Creator || *approval == Approval::Creators).then_some(*imvu),
            Op::Record { imvu, by, .. } => {
                (*by == Who::Creator || *by == Who::Member).then_some(*imvu)
            }
            Op::Claim { imvu, by } | Op::Free { imvu, by, .. } => {
                (*by == Who::Creator).then_some(*imvu)
            }
            _ => None,
        };
        for (imvu, before) in before.iter().enumerate() {
            let exit = self.porter.homes[imvu].exit.as_ref();
            let ended = exit.is_some_and(|exit| exit.stage == Stage::Closed);
            let own = creators == Some(imvu) || ended || !self.porter.protects(imvu);
            if !own && authored(&self.world, imvu) != *before {
                return Err(format!("{op:?} changed what {} authored", IDS[imvu]));
            }
        }
        Ok(())
    }

    fn signers(&self, imvu: usize, by: Who) -> Vec<Person> {
        let other = (imvu + 2) % IMVUS;
        match by {
            Who::Creator => vec![owner(&self.world, imvu)],
            Who::Member => vec![member()],
            Who::Officers(count) => self.world.officers[..count].to_vec(),
            Who::Other => vec![owner(&self.world, other)],
            Who::Stranger => vec![stranger()],
            Who::Seats(count) => self.world.operators[..count].to_vec(),
            Who::Host => vec![agent_of(HOST, AgentKind::Compute)],
            Who::Postman => vec![agent_of(HOST, AgentKind::Mail)],
        }
    }

    /// The law's clock in the next block.
    fn law(&self) -> Time {
        Time(self.porter.law as u64)
    }

    fn approval(
        &self,
        imvu: usize,
        approval: Approval,
        change: Change,
        other: Change,
    ) -> Option<nexus_types::approval::Approval> {
        let creator = owner(&self.world, imvu);
        let (signer, change) = match approval {
            Approval::None => return None,
            Approval::Creators => (creator, change),
            Approval::Others => (owner(&self.world, (imvu + 2) % IMVUS), change),
            Approval::OfElse => (creator, other),
        };
        let mut body = self.world.approve(&signer, IDS[imvu], change).body;
        body.not_before = self.law();
        body.expires = self.law().plus_ms(1);
        Some(self.world.resign(&signer, body))
    }

    fn exit(&self, number: usize) -> Option<Exit> {
        self.world.memory.read(&state_key::exit(&imvu(IDS[number])))
    }

    fn transaction(
        &self,
        op: &Op,
    ) -> Option<(Vec<Person>, Action, Option<nexus_types::approval::Approval>)> {
        let id = |number: usize| imvu(IDS[number]);
        let mut approval = None;
        let next = |number: usize, right: bool| {
            let known = self.exit(number).map_or(0, |exit| exit.number);
            if right { known } else { known + 1 }
        };
        let (signers, action) = match *op {
            Op::Wait { .. } | Op::Halt { .. } => return None,
            Op::Announce { imvu, by } => (
                self.signers(imvu, by),
                Action::AnnounceExit(AnnounceExit { imvu: id(imvu) }),
            ),
            Op::Cancel { imvu, by } => (
                self.signers(imvu, by),
                Action::CancelExit(CancelExit { imvu: id(imvu) }),
            ),
            Op::Inventory {
                imvu,
                by,
                right,
                honest,
            } => (
                self.signers(imvu, by),
                Action::CommitInventory(CommitInventory {
                    imvu: id(imvu),
                    number: next(imvu, right),
                    inventory: self.inventory(imvu, honest),
                }),
            ),
            Op::Archive { imvu, by, right } => (
                self.signers(imvu, by),
                Action::RecordArchive(RecordArchive {
                    imvu: id(imvu),
                    number: next(imvu, right),
                    digest: DIGEST,
                    bytes: 1 << 30,
                }),
            ),
            Op::Snapshot { imvu, by, lost } => (
                self.signers(imvu, by),
                Action::RecordSnapshot(RecordSnapshot {
                    imvu: id(imvu),
                    // One that was never asked for, where there is none.
                    number: self
                        .exit(imvu)
                        .and_then(|exit| exit.snapshot)
                        .unwrap_or(1_000),
                    outcome: if lost {
                        SnapshotOutcome::Lost(LossReason::Gone)
                    } else {
                        SnapshotOutcome::Taken(Taken {
                            digest: Hash([0xd7; 32]),
                            bytes: 1,
                            taken_at: self.world.now.time,
                        })
                    },
                }),
            ),
            Op::Confirm { imvu, by, right } => (
                self.signers(imvu, by),
                Action::ConfirmExport(ConfirmExport {
                    imvu: id(imvu),
                    digest: if right { DIGEST } else { EVIDENCE },
                }),
            ),
            Op::Release { imvu, by, loss } => (
                self.signers(imvu, by),
                Action::ReleaseExit(ReleaseExit {
                    imvu: id(imvu),
                    accept_loss: loss,
                }),
            ),
            Op::Close { imvu, by } => (
                self.signers(imvu, by),
                Action::CloseExit(CloseExit { imvu: id(imvu) }),
            ),
            Op::Obstruction { imvu, by } => (
                self.signers(imvu, by),
                Action::FindObstruction(FindObstruction {
                    imvu: id(imvu),
                    evidence: EVIDENCE,
                }),
            ),
            Op::Block { imvu, by } => (
                self.signers(imvu, by),
                Action::BlockExit(BlockExit { imvu: id(imvu) }),
            ),
            Op::Suspend { imvu, by } => (
                self.signers(imvu, by),
                Action::PlatformSuspend {
                    imvu: id(imvu),
                    reason: SuspendReason::Unstated,
                },
            ),
            Op::Quota {
                imvu,
                by,
                to,
                approval: with,
            } => {
                let other = Change::Quota(quota(to + 1));
                approval = self.approval(imvu, with, Change::Quota(quota(to)), other);
                let change = quota(to);
                let imvu_id = id(imvu);
                (
                    self.signers(imvu, by),
                    Action::ChangeQuota {
                        imvu: imvu_id,
                        change,
                    },
                )
            }
            Op::Policy {
                imvu,
                by,
                open,
                approval: with,
            } => {
                let other = Change::PathPolicy(policy(!open));
                approval = self.approval(imvu, with, Change::PathPolicy(policy(open)), other);
                let (imvu_id, policy) = (id(imvu), policy(open));
                (
                    self.signers(imvu, by),
                    Action::ChangePathPolicy {
                        imvu: imvu_id,
                        policy,
                    },
                )
            }
            Op::Record { imvu, by, last } => (
                self.signers(imvu, by),
                Action::SetRecords {
                    zone: text(NAMES[imvu]),
                    owner: text(NAMES[imvu]),
                    rrset: address(last),
                },
            ),
            Op::Claim { imvu, by } => (
                self.signers(imvu, by),
                Action::ClaimDomain {
                    name: text(&self.porter.fresh_name()),
                    imvu: id(imvu),
                },
            ),
            Op::Free { imvu, by, name } => (
                self.signers(imvu, by),
                Action::ReleaseDomain {
                    name: text(&self.porter.named(imvu, name)),
                },
            ),
            Op::Sale { imvu, gross } => (
                vec![cashier()],
                Action::RecordSale {
                    processor: processor("pay"),
                    external: external(&format!("s-{}", self.world.now.height)),
                    imvu: id(imvu),
                    gross: Micros(gross as u128),
                    tax: Micros(0),
                    region: tag("EU-GDPR"),
                    fee: Micros(0),
                },
            ),
            Op::Freeze { enough } => (friends(enough), guardians::freeze(&self.world)),
            Op::Thaw { enough } => (friends(enough), guardians::thaw(&self.world)),
        };
        Some((signers, action, approval))
    }

    /// What a host commits to: every collection as it stands, or one entry more than there are.
    fn inventory(&self, number: usize, honest: bool) -> Inventory {
        let part = |kind| {
            let key = state_key::collection(kind, Some(&imvu(IDS[number])));
            let known = self.world.memory.read::<Collection>(&key);
            InventoryPart {
                part: ArchivePart::Collection(kind),
                items: known.as_ref().map_or(0, |known| known.size) + u64::from(!honest),
                root: known.map_or(Hash(empty_root()), |known| known.root),
            }
        };
        Inventory {
            at: self.world.now.height - 1,
            parts: List::new(CollectionKind::ALL.into_iter().map(part).collect()).unwrap(),
        }
    }

    fn compare(&mut self) -> Result<(), String> {
        let memory = &self.world.memory;
        let clock: Clock = memory.read(&state_key::clock()).unwrap();
        let clocks = (i128::from(clock.time.0), i128::from(clock.law_time.0));
        same("the clocks", &clocks, &(self.porter.time, self.porter.law))?;
        let key = state_key::guardianship(&self.world.alice.id);
        let guarded: Guardianship = memory.read(&key).unwrap();
        same(
            "the freeze",
            &(guarded.frozen_until.0.into(), guarded.next_freeze.0.into()),
            &(self.porter.frozen_until, self.porter.next_freeze),
        )?;
        let income = self.world.grains(&AccountId::PlatformIncome) as i128;
        same("the platform's income", &income, &self.porter.income)?;
        (0..IMVUS).try_for_each(|number| self.compare_home(number))
    }

    fn compare_home(&mut self, number: usize) -> Result<(), String> {
        let id = imvu(IDS[number]);
        let told = &self.porter.homes[number];
        let seen = authored(&self.world, number);
        same(&format!("what {id} has authored"), &seen, &told.authored)?;
        let record: Imvu = self.world.memory.read(&state_key::imvu(&id)).unwrap();
        let runs = match record.status {
            ImvuStatus::Draft => Runs::Nowhere,
            ImvuStatus::Stopping => Runs::Stopping,
            _ => Runs::Here,
        };
        same(&format!("whether {id} runs"), &runs, &told.runs)?;
        let escrow = self.world.grains(&AccountId::ExitEscrow(id)) as i128;
        same("what waits", &escrow, &told.escrow)?;
        let exit = self.exit(number);
        let Some((baseline, hash)) = self.compare_exit(number, exit.as_ref(), told)? else {
            return Ok(());
        };
        // What a hash stands for never changes; a hash that lags behind would stand for two.
        let own = (number, baseline);
        let known = self.hashes.entry(hash).or_insert_with(|| own.clone());
        same("what a baseline stands for", known, &own)
    }

    /// The baseline that holds, and its hash in the state.
    fn compare_exit(
        &self,
        number: usize,
        seen: Option<&Exit>,
        told: &Home,
    ) -> Result<Option<(Authored, Hash)>, String> {
        let what = format!("the exit of {}", IDS[number]);
        let (Some(seen), Some(told)) = (seen, &told.exit) else {
            same(&what, &seen.is_some(), &told.exit.is_some())?;
            return Ok(None);
        };
        let at = |moment: Option<nexus_types::exit::Moment>| moment.map(|one| one.at.0.into());
        let stage = match seen.stage {
            ExitStage::Announced => Stage::Announced,
            ExitStage::Exporting => Stage::Exporting,
            ExitStage::Exported => Stage::Exported,
            ExitStage::Released => Stage::Released,
            ExitStage::Closed => Stage::Closed,
            ExitStage::Cancelled => Stage::Cancelled,
        };
        let asked = seen.snapshot.is_some_and(|one| {
            let key = state_key::snapshot(&seen.imvu, one);
            let known: Snapshot = self.world.memory.read(&key).unwrap();
            known.status == SnapshotStatus::Requested
        });
        let seen_as = super::porter::Exit {
            number: seen.number,
            stage,
            announced: seen.announced.at.0.into(),
            snapshot: seen.snapshot,
            asked,
            inventory: seen.inventory.is_some(),
            archive: seen.archive.is_some_and(|one| one.digest == DIGEST),
            exported: at(seen.exported),
            released: at(seen.released),
            closed: at(seen.closed),
            cancelled: at(seen.cancelled),
            late: seen
                .overdue
                .map(|late| (late.since.at.0.into(), at(late.until))),
            obstructed: seen.obstruction == Some(EVIDENCE),
            // The state has its hash alone.
            baseline: told.baseline.clone(),
            set_at: seen.set_at,
            changes: seen.changes,
        };
        same(&what, &seen_as, told)?;
        same("deviations", &seen.last_deviation, &None)?;
        Ok(Some((told.baseline.clone(), seen.baseline)))
    }
}

/// Alice's guardians who sign.
fn friends(enough: bool) -> Vec<Person> {
    guardians::friends()[..1 + usize::from(enough)].to_vec()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, seen: &T, told: &T) -> Result<(), String> {
    if seen == told {
        Ok(())
    } else {
        Err(format!("{what}: {seen:?}, the porter says {told:?}"))
    }
}
