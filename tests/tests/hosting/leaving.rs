//! Three creators' exits on a host, step by step as people type them: one with an archive to its end, one that nothing comes
//! of in time, and one that the seats find its creator holds up itself.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{below_apex, change_route, claim, create, imvu, route_via};
use nexus_tests::hosting::DevHost;
use nexus_tests::people::now;
use nexus_tests::typed::{ends, refused};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Options};
use nexus_tree::log::empty_root;
use nexus_types::exit::{
    ArchivePart, CommitInventory, Exit, ExitStage, Inventory, InventoryPart, RecordArchive,
};
use nexus_types::host::{AgentKind, Placement};
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::log::CollectionKind;
use nexus_types::money::{Account, AccountId, ExternalId};
use nexus_types::snapshot::{
    LossReason, RecordSnapshot, Snapshot, SnapshotOutcome, SnapshotStatus, Taken,
};
use nexus_types::state::{Collection, ImvuStatus};
use nexus_types::{Action, Hash, Height, ImvuId, List, Micros, ProcessorId, Time, state_key};
use serde_json::Value;

/// An export is late after these milliseconds: longer than it takes to begin all exits, shorter than the first one's way.
const DELAYS: &[(&str, u64)] = &[("exit_overdue_ms", 15_000)];

/// Grains of a credit.
const CREDIT: u128 = 20_000_000;

/// It has an archive.
const PACKED: &str = "LEAVE-PACKED";
/// Nothing comes of it in time, and its creator lets go.
const LATE: &str = "LEAVE-LATE";
/// Nothing comes of it in time, for which the seats find its creator answerable.
const HELD: &str = "LEAVE-HELD";

#[test]
fn exits_are_packed_confirmed_released_and_closed_or_late_and_the_platforms_share_waits() {
    let network = &Network::start(&Options {
        delays: DELAYS,
        ..Options::default()
    });
    let host = &network.dev_host("host-x", "operator-1");
    let demo = &network.key("demo");
    let processor = set_up(network, host, demo);
    // From here on, its agents say only what this test signs for them.
    for id in [LATE, HELD, PACKED] {
        let announced = ends(network, &format!("exit announce {id}"), 0);
        assert_eq!(
            announced["verdict"]["action"], "announceExit",
            "{announced}"
        );
    }
    assert_eq!(refused(network, &format!("exit announce {LATE}")), "NX2103");

    with_an_archive(network, host, demo);
    late(network, &processor);
    held_up(network, &processor);

    // The agents acknowledge that nothing of those who let go runs any longer.
    let agents = host.agents();
    for id in [PACKED, LATE] {
        wait_for("the host's word that it stopped", || {
            let placement: Option<Placement> = network.state(&state_key::placement(&imvu(id)));
            placement.is_none().then_some(())
        });
    }
    ends(network, &format!("exit close {LATE}"), 0);
    closed(network);
    agents.kill();
}

/// Three IMVUs of one creator run, and a processor may book for them. Returns who signs for it.
fn set_up(network: &Network, host: &DevHost<'_>, demo: &Signer) -> Signer {
    let agents = host.agents();
    let acquirer = network.person("acquirer");
    let register = Action::RegisterProcessor {
        processor: processor(),
    };
    let seats: Vec<Signer> = (1..=3).map(|seat| network.operator(seat)).collect();
    let nonce = network.next_nonce(acquirer.identity);
    let _ = network.applied(network.hand_in(&network.signed(&acquirer, &seats, nonce, register)));
    wait_for("the attestation", || {
        let found: nexus_types::host::Host = network.state(&state_key::host(&host.id()))?;
        found.attested
    });
    let mut actions = Vec::new();
    for id in [PACKED, LATE, HELD] {
        actions.push(create(id));
        actions.push(Action::ActivateImvu {
            imvu: imvu(id),
            host: None,
        });
        actions.push(Action::LinkProcessor {
            imvu: imvu(id),
            processor: processor(),
            linked: true,
        });
    }
    actions.push(claim(&below_apex("leave-packed"), PACKED));
    network.apply(demo, actions);
    for id in [PACKED, LATE, HELD] {
        network.wait_for_status(&imvu(id), ImvuStatus::Active);
    }
    agents.kill();
    acquirer
}

fn processor() -> ProcessorId {
    ProcessorId::new("acquirer-x").expect("a name")
}

fn exit(network: &Network, id: &str) -> Exit {
    let exit = network.state(&state_key::exit(&imvu(id)));
    exit.expect("an exit")
}

fn stage(network: &Network, id: &str) -> ExitStage {
    let stage = exit(network, id).stage;
    let shown = ends(network, &format!("exit show {id}"), 0);
    assert_eq!(shown["value"]["stage"], stage.name(), "{shown}");
    stage
}

/// From the announcement to the release, with a host that does as it must.
fn with_an_archive(network: &Network, host: &DevHost<'_>, demo: &Signer) {
    let agent = &host.agent(AgentKind::Compute);
    let digest = Hash::of(b"an archive");
    let confirm = format!("exit confirm {PACKED} --digest");
    assert_eq!(stage(network, PACKED), ExitStage::Announced);
    // Neither by way of an archive that there is not, nor without the loss accepted.
    assert_eq!(refused(network, &format!("{confirm} {digest}")), "NX2103");
    assert_eq!(
        refused(network, &format!("exit release {PACKED}")),
        "NX2012"
    );
    assert_eq!(refused(network, &format!("exit close {PACKED}")), "NX2103");

    // First what it will pack, then the snapshot, then the archive.
    let early = network.decide(agent, archived(&imvu(PACKED), digest));
    assert_eq!(early.summary.code.code, 2103, "{:?}", early.verdict);
    let inventory = inventory(network, &imvu(PACKED));
    network.apply(
        agent,
        vec![
            inventory,
            snapshot(network, &imvu(PACKED)),
            archived(&imvu(PACKED), digest),
        ],
    );
    assert_eq!(stage(network, PACKED), ExitStage::Exporting);
    let another = network.decide(agent, archived(&imvu(PACKED), Hash::of(b"another")));
    assert_eq!(another.summary.code.code, 2012, "{:?}", another.verdict);

    // Meanwhile the platform changes nothing, and the creator what it likes.
    let raise = format!("platform set-quota {PACKED} --cpu 8 --key officer-1,officer-2,officer-3");
    assert_eq!(refused(network, &raise), "NX2013");
    network.apply(demo, vec![change_route(PACKED, route_via("192.0.2.1"))]);

    let other = Hash::of(b"what somebody else packed");
    assert_eq!(refused(network, &format!("{confirm} {other}")), "NX2103");
    ends(network, &format!("{confirm} {digest}"), 0);
    assert_eq!(stage(network, PACKED), ExitStage::Exported);
    let snapshots = ends(network, &format!("snapshot list {PACKED}"), 0);
    assert_eq!(
        snapshots["value"]["items"][0]["status"], "taken",
        "{snapshots}"
    );
    ends(network, &format!("snapshot restore {PACKED} 1"), 0);
    ends(network, &format!("exit release {PACKED}"), 0);
    assert_eq!(stage(network, PACKED), ExitStage::Released);
    assert_eq!(refused(network, &format!("exit cancel {PACKED}")), "NX2103");
    assert_eq!(
        refused(network, &format!("imvu activate {PACKED}")),
        "NX2103"
    );
}

/// What the host commits to: every collection as it stands.
fn inventory(network: &Network, id: &ImvuId) -> Action {
    let at = network.common_height();
    let part = |kind| {
        let known: Option<Collection> = network.state(&state_key::collection(kind, Some(id)));
        InventoryPart {
            part: ArchivePart::Collection(kind),
            items: known.as_ref().map_or(0, |known| known.size),
            root: known.map_or(Hash(empty_root()), |known| known.root),
        }
    };
    let parts = CollectionKind::ALL.into_iter().map(part).collect();
    Action::CommitInventory(CommitInventory {
        imvu: id.clone(),
        number: 1,
        inventory: Inventory {
            at: Height::from(at),
            parts: List::new(parts).expect("few parts"),
        },
    })
}

fn snapshot(network: &Network, id: &ImvuId) -> Action {
    let number = exit(network, id.as_str()).snapshot;
    Action::RecordSnapshot(RecordSnapshot {
        imvu: id.clone(),
        number: number.expect("a snapshot that was asked for"),
        outcome: SnapshotOutcome::Taken(Taken {
            digest: Hash::of(b"a volume"),
            bytes: 1 << 20,
            taken_at: Time(now().0),
        }),
    })
}

fn archived(id: &ImvuId, digest: Hash) -> Action {
    Action::RecordArchive(RecordArchive {
        imvu: id.clone(),
        number: 1,
        digest,
        bytes: 1 << 20,
    })
}

/// Waits until an exit is late, sells something for 100 credits, and asserts that the platform's share of that waits.
fn sold_late(network: &Network, signer: &Signer, id: &str) {
    wait_for("an exit that is overdue", || {
        exit(network, id).overdue.map(drop)
    });
    let sale = Action::RecordSale {
        processor: processor(),
        external: ExternalId::new(id).expect("a name"),
        imvu: imvu(id),
        gross: Micros(100_000_000),
        tax: Micros(0),
        region: Jurisdiction::new("EU-GDPR").expect("a tag"),
        fee: Micros(0),
    };
    network.apply(signer, vec![sale]);
    let shown = ends(network, &format!("exit show {id}"), 0);
    assert!(shown["value"]["overdue"]["until"].is_null(), "{shown}");
    assert_eq!(waits(network, id), 45 * CREDIT);
}

/// What of the platform's waits because of an exit, as the command line tells.
fn waits(network: &Network, id: &str) -> u128 {
    let shown = ends(network, &format!("account show exit-escrow {id}"), 0);
    let balance = shown["balanceGrains"].as_str().map(str::parse);
    balance.expect("a balance").expect("a number")
}

fn income(network: &Network) -> u128 {
    let account: Option<Account> = network.state(&state_key::account(&AccountId::PlatformIncome));
    account.map_or(0, |account| account.credits.0)
}

/// Nobody exports in time: it is on record for ever, the platform's share waits, and the creator leaves all the same.
fn late(network: &Network, signer: &Signer) {
    sold_late(network, signer, LATE);
    let listed = ends(network, "account list", 0);
    let items = listed["items"].as_array().expect("accounts");
    let escrow = items.iter().find(|item| item["kind"] == "exitEscrow");
    assert_eq!(escrow.map(|item| &item["imvu"]), Some(&Value::from(LATE)));
    assert_eq!(refused(network, &format!("exit release {LATE}")), "NX2012");
    let before = income(network);
    ends(network, &format!("exit release {LATE} --accept-loss"), 0);
    assert_eq!(stage(network, LATE), ExitStage::Released);
    assert_eq!(
        (waits(network, LATE), income(network)),
        (0, before + 45 * CREDIT)
    );
    let exit = exit(network, LATE);
    assert!(exit.overdue.is_some_and(|overdue| overdue.until.is_some()));
    let lost: Snapshot = network
        .state(&state_key::snapshot(
            &imvu(LATE),
            exit.snapshot.expect("one"),
        ))
        .expect("a snapshot");
    assert_eq!(lost.status, SnapshotStatus::Lost(LossReason::Gone));
}

/// The seats find that the creator holds it up, by two thirds and by no fewer; and the creator stays.
fn held_up(network: &Network, signer: &Signer) {
    sold_late(network, signer, HELD);
    let evidence = Hash::of(b"letters");
    let find = format!("exit find-obstruction {HELD} --evidence {evidence}");
    assert_eq!(
        refused(network, &format!("{find} --key operator-1,operator-2")),
        "NX2001"
    );
    assert_eq!(waits(network, HELD), 45 * CREDIT);
    ends(network, &find, 0);
    assert_eq!(waits(network, HELD), 0);
    let found = exit(network, HELD);
    assert_eq!(
        (found.stage, found.obstruction),
        (ExitStage::Announced, Some(evidence))
    );
    ends(network, &format!("exit cancel {HELD}"), 0);
    assert_eq!(stage(network, HELD), ExitStage::Cancelled);
    assert_eq!(refused(network, &format!("exit announce {HELD}")), "NX2103");
}

/// The end of the exit with an archive, and what is proved of all of it.
fn closed(network: &Network) {
    ends(network, &format!("exit close {PACKED}"), 0);
    wait_for("its name to be freed", || {
        let shown = ends(
            network,
            &format!("domain show {}", below_apex("leave-packed")),
            0,
        );
        (shown["value"]["status"] == "locked").then_some(())
    });
    assert_eq!(stage(network, PACKED), ExitStage::Closed);
    let verify = format!("verify exit-baseline {PACKED}");
    // What a block led to is proved by the header after it.
    network.wait_for_height(network.common_height() + 2);
    let verified = ends(network, &format!("{verify} --save exit.json"), 0);
    assert!(verified.to_string().contains(PACKED), "{verified}");
    let offline = ends(
        network,
        &format!("{verify} --bundle exit.json --offline"),
        0,
    );
    assert_eq!(offline["verified"], true, "{offline}");
    let exit = exit(network, PACKED);
    assert!(exit.changes > 0, "the creator's own route");
    assert_eq!(exit.last_deviation, None);
}
