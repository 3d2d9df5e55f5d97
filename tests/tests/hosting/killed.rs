//! Agents and meters that are killed, and an agent that there are two of: nothing is reported or billed twice, and nothing
//! that was used is lost.

use nexus_sdk::keys::Signer;
use nexus_tests::actions::{change_quota, create, imvu, quota_change};
use nexus_tests::hosting::{DevHost, Started};
use nexus_tests::wait::wait_for;
use nexus_tests::{Network, Options};
use nexus_types::host::{
    AckOutcome, Agent, AgentKind, Assignment, Host, Item, Placement, Slot, Spec,
};
use nexus_types::meter::{Meter, RecordKind, UsageFlags};
use nexus_types::quota::QuotaField;
use nexus_types::state::ImvuStatus;
use nexus_types::{Action, ImvuId, Time, state_key};
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Longer than two windows of a second, after which what was not read counts as missed.
const MISSED: Duration = Duration::from_secs(5);

#[test]
fn kills_and_a_second_agent_bill_nothing_twice_and_lose_nothing() {
    let network = &Network::start(&Options::default());
    let host = &network.dev_host("host-k", "operator-1");
    set_up_twice(network, host);
    let (mut agents, mut meters) = (host.agents(), host.meters());
    wait_for("the attestation", || {
        let found: Host = network.state(&state_key::host(&host.id()))?;
        found.attested
    });
    let (alice, id) = (&network.person("alice"), &imvu("HOSTED-K"));
    network.apply(alice, vec![create("HOSTED-K"), activate(id)]);
    network.wait_for_status(id, ImvuStatus::Active);
    let first_read = read_since(network, host, id, Time(0));

    another_of_the_same_folder_is_refused(host);
    agents.kill();
    // The meters go on, into the spool.
    let spool = host.folder.join("spool/compute");
    let before = sequence(network, host);
    wait_for("records that wait", || {
        let waiting = fs::read_dir(&spool).ok()?.count();
        (waiting > 3).then_some(())
    });
    agents = host.agents();
    wait_for("the records that waited", || {
        (sequence(network, host) > before + 3).then_some(())
    });

    meters.kill();
    sleep(MISSED);
    meters = host.meters();
    let meter: Meter = wait_for("a gap", || {
        let found: Meter = network.state(&state_key::meter(&host.meter_id(AgentKind::Compute)))?;
        (found.gap_ms > 0).then_some(found)
    });
    read_since(network, host, id, meter.gap_end.max(first_read));
    let metering = network.metering(id);
    let lines = metering.hours.iter().flat_map(|hour| &hour.lines);
    assert!(
        lines
            .clone()
            .any(|line| line.flags.has(UsageFlags::GAP | UsageFlags::TEST)),
        "{metering:#?}"
    );
    assert!(
        lines
            .clone()
            .all(|line| !line.flags.has(UsageFlags::CAPPED)),
        "{metering:#?}"
    );

    let rival = rival(network, host);
    owner_cuts(network, host, alice, id);
    drop(rival);
    replays_are_refused(network, host);

    network.apply(alice, vec![stop(id)]);
    network.wait_for_status(id, ImvuStatus::Draft);
    let slot: Slot = network
        .state(&state_key::slot(&host.id(), 0))
        .expect("a slot");
    let (ended, _) = slot.ended.expect("an end");
    assert_eq!(network.state::<Placement>(&state_key::placement(id)), None);
    // What was used up to the end comes with the windows that began before it.
    wait_for("the last windows", || {
        let read = AgentKind::ALL.into_iter().all(|kind| {
            let meter: Option<Meter> = network.state(&state_key::meter(&host.meter_id(kind)));
            meter.is_some_and(|meter| meter.window_end > ended)
        });
        read.then_some(())
    });
    agents.kill();
    meters.kill();
    let records = host.assert_billed_once(id);
    assert!(
        records
            .iter()
            .any(|record| record.body.kind == RecordKind::Gap)
    );
}

fn activate(id: &ImvuId) -> Action {
    Action::ActivateImvu {
        imvu: id.clone(),
        host: None,
    }
}

fn stop(id: &ImvuId) -> Action {
    Action::StopImvu {
        imvu: id.clone(),
        accept_loss: false,
    }
}

/// What is there already is left alone, and another operator's is refused.
fn set_up_twice(network: &Network, host: &DevHost<'_>) {
    let registered = network.signed_by(network.key("operator-1").identity);
    assert_eq!(registered.len(), 9, "a host, four agents, four meters");
    let again = host.set_up("operator-1").exited(0);
    assert!(again.stdout.contains("nothing to register"), "{again:?}");
    let other = host.set_up("operator-2").exited(2);
    assert!(other.stderr.contains("another operator's"), "{other:?}");
    assert_eq!(
        network.signed_by(network.key("operator-1").identity).len(),
        9
    );
}

fn another_of_the_same_folder_is_refused(host: &DevHost<'_>) {
    for mut second in [host.agents(), host.meters()] {
        assert_eq!(second.code(), Some(2), "{}", second.log());
        assert!(
            second.log().contains("another process works as"),
            "{}",
            second.log()
        );
    }
}

/// The compute meter's last record on the ledger.
fn sequence(network: &Network, host: &DevHost<'_>) -> u64 {
    let meter: Option<Meter> = network.state(&state_key::meter(&host.meter_id(AgentKind::Compute)));
    meter.expect("a meter").sequence
}

/// Waits until every meter of the host has read the IMVU in a window that ended after a time; says when the first of these
/// windows ended.
fn read_since(network: &Network, host: &DevHost<'_>, id: &ImvuId, since: Time) -> Time {
    wait_for("readings of every meter", || {
        let cursors = network.metering(id).cursors;
        let read = AgentKind::ALL.map(|kind| {
            let meter = host.meter_id(kind);
            let mut cursors = cursors.iter();
            let cursor = cursors.find(|cursor| cursor.meter == meter && cursor.at > since)?;
            Some(cursor.at)
        });
        read.into_iter()
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .min()
    })
}

/// A second process with the same keys, from a copy of the folder, and with what lay in the spool then. Waits until both have
/// reported, and one of them has been turned away.
fn rival(network: &Network, host: &DevHost<'_>) -> Started {
    let copied = host.folder.with_extension("copied");
    copy(&host.folder, &copied);
    let before = host.reports(AgentKind::Dns).0.len();
    let rival = host.agents_of(&copied);
    let own = host.folder.with_extension("agent.log");
    wait_for("a report that was turned away", || {
        let logs = [rival.log(), fs::read_to_string(&own).unwrap_or_default()];
        let turned_away = logs.iter().any(|log| {
            log.contains("was not admitted")
                || log.contains("was refused")
                || log.contains("another process with the same key reported")
        });
        (turned_away && rival.log().contains("is on the ledger")).then_some(())
    });
    wait_for("further reports", || {
        (host.reports(AgentKind::Dns).0.len() > before + 3).then_some(())
    });
    let _ = network;
    rival
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // A record may be on the ledger, and deleted, meanwhile.
            let _ = fs::copy(entry.path(), target);
        }
    }
}

/// The owner's cut reaches both agents, is acknowledged, and is then all that the host guarantees.
fn owner_cuts(network: &Network, host: &DevHost<'_>, owner: &Signer, id: &ImvuId) {
    let cut = quota_change(&[
        (QuotaField::CpuMillis, 2_000),
        (QuotaField::BandwidthBits, 10_000_000),
    ]);
    network.apply(owner, vec![change_quota(id.as_str(), cut)]);
    let item = Item::Imvu(id.clone());
    for kind in [AgentKind::Compute, AgentKind::Network] {
        let assignment: Assignment = wait_for("the acknowledgement", || {
            let found: Assignment =
                network.state(&state_key::assignment(&host.id(), kind, &item))?;
            (found.generation == 2 && found.acknowledged.is_some()).then_some(found)
        });
        let said = assignment.acknowledged.expect("said");
        assert_eq!(said.outcome, AckOutcome::Applied, "{kind}");
        assert_eq!(said.observed, assignment.spec.hash(), "{kind}");
        match assignment.spec {
            Spec::Compute(spec) => assert_eq!(spec.limits.cpu_millis, 2_000),
            Spec::Network(spec) => assert_eq!(spec.bandwidth_bits, 10_000_000),
            Spec::Mail(_) | Spec::Absent => panic!("it runs, and has no mail"),
        }
    }
    wait_for("the ceiling to follow", || {
        let placement: Placement = network.state(&state_key::placement(id))?;
        (placement.ceiling.cpu_millis == 2_000).then_some(())
    });
    let after: Host = network.state(&state_key::host(&host.id())).expect("a host");
    assert_eq!(after.guaranteed.cpu_millis, 2_000);
}

/// A report that was taken is taken no second time, whatever nonce it comes with; nor are its records in a new report.
fn replays_are_refused(network: &Network, host: &DevHost<'_>) {
    let agent = host.agent(AgentKind::Compute);
    let (reports, _) = host.reports(AgentKind::Compute);
    let old = reports
        .iter()
        .rev()
        .find(|report| !report.usage.as_slice().is_empty());
    let old = old.expect("a report with records");
    let mut plain = old.clone();
    plain.usage = Default::default();
    for (replay, reason) in [(old.clone(), "recordSequence"), (plain, "reportSequence")] {
        let view = loop {
            // The agent itself spends nonces meanwhile.
            let nonce = network.next_nonce(agent.identity);
            let tx = network.signed(&agent, &[], nonce, Action::Report(replay.clone()));
            if network.check(&nexus_types::encoding::encode(&tx)).is_err() {
                continue;
            }
            let hash = nexus_types::Hash::of(&nexus_types::encoding::encode(&tx));
            let found = nexus_tests::wait::block_on(network.node().client().transaction(hash));
            if let Ok(found) = found {
                break found;
            }
            sleep(Duration::from_millis(1_500));
            let found = nexus_tests::wait::block_on(network.node().client().transaction(hash));
            if let Ok(found) = found {
                break found;
            }
        };
        let verdict = view.verdict.expect("a decision");
        let told = verdict.reason.map(|reason| reason.name);
        assert_eq!(told.as_deref(), Some(reason));
        assert_ne!(view.summary.code.code, 0);
    }
    // It goes on all the same.
    let before: Agent = network
        .state(&state_key::agent(&agent.identity))
        .expect("an agent");
    wait_for("another report", || {
        let after: Agent = network.state(&state_key::agent(&agent.identity))?;
        (after.sequence > before.sequence).then_some(())
    });
}
