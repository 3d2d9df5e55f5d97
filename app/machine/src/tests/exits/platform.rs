//! An exit against a platform that tries every action it has, at every stage: each attempt is on record, none delays a step.

use super::super::guardians;
use super::super::market::*;
use super::super::matrix::{agent_for, sample};
use super::*;
use nexus_types::action::ActionKind;
use nexus_types::host::Placement;
use nexus_types::record::AuditEntry;
use nexus_types::state::{Imvu, ImvuStatus};

/// Who is not the creator, and could want it to stay.
#[derive(Clone, Copy, Debug)]
enum Who {
    Officers,
    Operator,
    Agent,
    Seats,
    Processor,
    Stranger,
}

impl Who {
    const ALL: [Self; 6] = [
        Self::Officers,
        Self::Operator,
        Self::Agent,
        Self::Seats,
        Self::Processor,
        Self::Stranger,
    ];

    fn people(self, world: &World, kind: ActionKind) -> Vec<Person> {
        match self {
            Self::Officers => world.officers[..3].to_vec(),
            Self::Operator => vec![world.operator_of("host-1")],
            Self::Agent => vec![agent_for(kind)],
            Self::Seats => world.seats(),
            Self::Processor => vec![cashier()],
            Self::Stranger => vec![world.bob.clone()],
        }
    }
}

/// What an attempt may change of an exit: only its own host packs, and only two thirds of the seats find an obstruction.
fn may_change(kind: ActionKind, who: Who) -> bool {
    matches!(
        (kind, who),
        (
            ActionKind::CommitInventory | ActionKind::RecordArchive,
            Who::Agent
        ) | (ActionKind::FindObstruction, Who::Seats)
    )
}

/// What a creator agreed to before it left still happens: its mail agent replaces DKIM keys, and a name that it claimed is
/// seen to be its own by the organisation that observes.
fn agreed_before(kind: ActionKind, who: Who) -> bool {
    matches!(
        (kind, who),
        (ActionKind::RegisterDkimKey, Who::Agent) | (ActionKind::ObserveName, Who::Operator)
    )
}

/// A step of an exit, as somebody sends it at whatever stage: on the exit that is there, not on one of its own making.
fn step_of_an_exit(kind: ActionKind, world: &World) -> Option<Action> {
    Some(match kind {
        ActionKind::AnnounceExit => announce(),
        ActionKind::CancelExit => cancel(),
        ActionKind::CommitInventory => world.inventory(),
        ActionKind::RecordArchive => packed(1),
        ActionKind::ConfirmExport => confirm(),
        ActionKind::ReleaseExit => release(true),
        ActionKind::CloseExit => close(),
        ActionKind::FindObstruction => obstruction(),
        ActionKind::BlockExit => stop_it(),
        _ => return None,
    })
}

fn attempt(stage: ExitStage, kind: ActionKind, who: Who) {
    let mut world = World::new();
    world.add_host("host-1", "EU-GDPR");
    world.add_processor();
    guardians::guard(&mut world);
    let people = who.people(&world, kind);
    let is_step = step_of_an_exit(kind, &world).is_some();
    let sample = (!is_step).then(|| sample(kind, &mut world, &people[0]));
    if kind == ActionKind::ThawIdentity {
        // The creator's own guardians stop it: not what is tried here.
        let thaw = guardians::thaw(&world);
        world.submit(&guardians::friends()[..2], thaw);
    }
    let record: Imvu = world.memory.read(&state_key::imvu(&imvu(ID))).unwrap();
    let placed: Option<Placement> = world.memory.read(&state_key::placement(&imvu(ID)));
    if placed.is_none() && record.status == ImvuStatus::Draft {
        world.run("host-1");
    }
    world.exit_until(stage);
    // What closes has its names freed by the next block.
    world.block(&[]);
    let before = world.exit();
    let action = sample.or_else(|| step_of_an_exit(kind, &world)).unwrap();
    let entries = audited(&world).len();
    let outcome = world.submit(&people, action);
    let at = format!("{kind} by {who:?}, {}: {}", before.stage, outcome.log);
    // On record, whatever came of it; what is not admitted never comes into a block.
    let all = audited(&world);
    if outcome.verdict.is_some() {
        assert_eq!(all.len(), entries + 1, "{at}");
        let entry = all.last().unwrap();
        assert_eq!((entry.action, entry.actor), (kind, people[0].id), "{at}");
        assert_eq!(entry.code, outcome.code, "{at}");
    } else {
        assert_eq!(all.len(), entries, "{at}");
    }
    // Nothing of the exit, and nothing that its creator authored, is other than it was.
    let after = world.exit();
    // To what was released nothing is bound any longer.
    let bound = kind != ActionKind::ObserveName || !before.stage.is_released();
    if agreed_before(kind, who) && bound && outcome.code.number() == 0 {
        assert_eq!(after.changes, before.changes + 1, "{at}");
    } else {
        assert!(after == before || may_change(kind, who), "{at}: {after:?}");
        // What the creator alone brings about, whoever packed meanwhile.
        let steps = |exit: &Exit| (exit.exported, exit.released, exit.closed, exit.cancelled);
        assert_eq!(steps(&after), steps(&before), "{at}");
        assert_eq!(
            (after.baseline, after.set_at),
            (before.baseline, before.set_at),
            "{at}"
        );
    }
    // And the creator takes its next steps at once, to the end.
    finish(&mut world, &at);
}

/// The creator's own way out from where it is, in its next transactions.
fn finish(world: &mut World, at: &str) {
    let mut steps = 0;
    while world.exit().stage != ExitStage::Closed {
        let step = match world.exit().stage {
            ExitStage::Announced | ExitStage::Exporting | ExitStage::Exported => release(true),
            ExitStage::Released => close(),
            stage => panic!("{at}: {stage}"),
        };
        let alice = world.alice.clone();
        let outcome = world.submit(&[alice], step);
        assert_eq!(outcome.code.number(), 0, "{at}, then {}", outcome.log);
        steps += 1;
        assert!(steps <= 2, "{at}");
    }
    assert_eq!(world.exit().last_deviation, None, "{at}");
}

fn audited(world: &World) -> Vec<AuditEntry> {
    let log = LogId::Chain(nexus_types::log::ChainLog::Audit);
    let records = world.memory.logs.get(&log).into_iter().flatten();
    records.map(|record| decode(record).unwrap()).collect()
}

/// One test a stage, so that they run side by side.
fn everybody_tries_everything(stage: ExitStage) {
    for kind in ActionKind::ALL {
        for who in Who::ALL {
            attempt(stage, kind, who);
        }
    }
}

#[test]
fn nothing_stops_an_exit_that_is_announced() {
    everybody_tries_everything(ExitStage::Announced);
}

#[test]
fn nothing_stops_an_exit_that_is_being_packed() {
    everybody_tries_everything(ExitStage::Exporting);
}

#[test]
fn nothing_stops_an_exit_that_is_exported() {
    everybody_tries_everything(ExitStage::Exported);
}

#[test]
fn nothing_stops_an_exit_that_is_released() {
    everybody_tries_everything(ExitStage::Released);
}

#[test]
fn nothing_undoes_an_exit_that_is_closed() {
    everybody_tries_everything(ExitStage::Closed);
}
