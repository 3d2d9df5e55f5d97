//! Hosts, meters, usage and drifts, as a node tells them: each form of the output, and what is asked of the node.

use crate::node::{Answers, Node, chain_info, nexus, read, said, with_key};
use crate::signed;
use nexus_types::{Action, Hash};
use serde_json::{Value, json};
use std::process::Output;

const HOUR: u64 = 490_000;
const NOW: u64 = HOUR * 3_600_000 + 60_000;

fn at_now(value: Value) -> Value {
    json!({"height": "9", "blockTime": NOW.to_string(), "value": value})
}

fn page(items: Value) -> Value {
    json!({"items": items, "total": "1", "at": "9"})
}

fn quota(cpu: &str) -> Value {
    json!({"cpuMillis": cpu, "memoryBytes": "1024", "storageBytes": "1", "bandwidthBits": "8000",
        "pids": "1", "ioBytes": "1", "dnsAnswers": "1", "mailMessages": "1", "mailBytes": "1"})
}

fn line(resource: &str, unit: &str, billed: &str, flags: Value) -> Value {
    json!({"resource": resource, "unit": unit, "meter": "host-1-cpu", "read": billed, "billed": billed,
        "dropped": "0", "windows": 12, "flags": flags})
}

/// A sealed hour with CPU at half of the quota, and one still open with traffic over it.
fn usage() -> Value {
    let zero = Hash::default().to_string();
    let sealed = json!({"imvu": "IMVU-042", "sequence": "3", "hour": (HOUR - 1).to_string(), "owner": zero,
        "host": "host-1", "placement": "2", "height": "8",
        "lines": [line("cpu", "ms", "1800000", json!(["test"]))]});
    let open = json!({"hour": HOUR.to_string(), "placement": "2", "host": "host-1",
        "lines": [line("network", "B", "7200000", json!(["capped"]))]});
    let early = json!({"hour": "1", "placement": "1", "host": "host-1",
        "lines": [line("cpu", "ms", "1", json!([]))]});
    at_now(json!({"imvu": "IMVU-042", "items": [sealed],
        "metering": {"cursors": [], "forgotten": "0", "hours": [early, open], "billed": []}}))
}

fn host() -> Value {
    let zero = Hash::default().to_string();
    json!({"id": "host-1", "operator": zero, "jurisdiction": "EU-GDPR", "status": "open",
        "capacity": quota("64000"), "guaranteed": quota("4000"),
        "capabilities": {"enforcement": "prevention", "isolation": ["seccomp"], "countersCannotBeReset": true},
        "usableFrom": "1000", "registered": "3", "placements": 2, "nextSlot": 5,
        "agents": [{"kind": "compute", "agent": zero}], "meters": ["host-1-cpu"]})
}

fn answer(method: &str) -> Result<Value, i32> {
    let zero = Hash::default().to_string();
    Ok(match method {
        "nexus_chainInfo" => chain_info(),
        "nexus_getImvu" => at_now(json!({"id": "IMVU-042", "owner": zero, "status": "active",
            "quota": quota("1000"), "quotaVersions": quota("0"), "policyVersion": "0", "description": "",
            "created": "1", "domains": 0, "routes": 0, "proposals": 0, "stateKeys": 1, "placements": "2"})),
        "nexus_getUsage" => usage(),
        "nexus_getHost" => at_now(host()),
        "nexus_listHosts" => page(json!([host()])),
        "nexus_listAgents" => page(
            json!([{"id": zero, "host": "host-1", "kind": "dns", "registered": "3",
            "usableFrom": "0", "sequence": "7", "lastHeight": "8", "lastTime": "1000", "through": "8",
            "silent": true}]),
        ),
        "nexus_listMeters" => page(
            json!([{"id": "host-1-cpu", "host": "host-1", "kind": "compute",
            "scope": "host", "keys": [zero], "threshold": 1, "test": true, "registered": "3", "since": "0",
            "usableFrom": "0", "retired": false, "sequence": "0", "last": zero, "windowEnd": "0",
            "boot": "00", "boots": 0, "gapMs": "0", "lastTime": "0", "silent": false}]),
        ),
        "nexus_listDrifts" => page(
            json!([{"host": "host-1", "audit": "4", "height": "8", "time": "1000",
            "agent": zero, "imvu": "IMVU-042", "kind": "limit", "expected": zero, "found": zero,
            "process": "a\u{1b}[2J", "pid": 7, "detected": "1000"}]),
        ),
        "nexus_listAssignments" => {
            at_now(json!({"items": [{"imvu": "IMVU-042", "recoveryEpoch": 0,
            "generation": "4", "spec": {"kind": "absent"}, "specHash": zero,
            "acknowledged": {"outcome": "stopped", "observed": zero, "at": "8"}}]}))
        }
        "nexus_getPlacement" => at_now(json!({"imvu": "IMVU-042", "host": "host-1", "slot": 1,
            "uidFirst": 1_114_112, "subnet": "10.0.0.4/30", "port": 20_001, "jurisdiction": "EU-GDPR", "generation": "2",
            "since": "1000", "phase": "stopping", "nextHost": "host-2", "ceiling": quota("1000"),
            "ceilingSince": "0", "ceilingBefore": quota("1000")})),
        "nexus_getNonce" => read(json!({"identity": zero, "lane": 0, "next": "2"})),
        _ => return Err(-32601),
    })
}

fn ask(args: &[&str]) -> (Node, Output) {
    let answers: Answers = |method, _| answer(method);
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let output = nexus(dir.path(), &node, args);
    (node, output)
}

/// What a command that must succeed prints.
fn told(args: &[&str]) -> String {
    let (_, output) = ask(args);
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn parsed(args: &[&str]) -> Value {
    let args = [args, &["--output", "json"]].concat();
    serde_json::from_str(&told(&args)).unwrap()
}

#[test]
fn usage_is_a_table_with_units_and_shares_of_the_quota() {
    let shown = told(&["usage", "show", "IMVU-042"]);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(
        lines[1].contains("cpu") && lines[1].contains("1800000 ms"),
        "{shown}"
    );
    assert!(
        lines[1].contains(" 50.0 %") && lines[1].ends_with("sealed test"),
        "{shown}"
    );
    assert!(
        lines[2].contains("7200000 B") && lines[2].contains("100.0 %"),
        "{shown}"
    );
    assert!(lines[2].ends_with("open capped"), "{shown}");
    assert!(shown.contains("they measure nothing"), "{shown}");
    // The hour of 1970 is not asked for, though the node tells it.
    assert!(!shown.contains("1970"), "{shown}");
    assert!(
        !shown.contains("by hour"),
        "a chart is for terminals: {shown}"
    );
}

#[test]
fn the_hours_asked_for_are_told_to_the_node() {
    let (node, output) = ask(&["usage", "show", "IMVU-042"]);
    assert!(output.status.success());
    let asked = node.params_of("nexus_getUsage").unwrap();
    let hours = [&asked["fromHour"], &asked["toHour"]];
    assert_eq!(
        hours,
        [
            &json!((HOUR - 23).to_string()),
            &json!((HOUR + 1).to_string())
        ]
    );
    let (node, _) = ask(&["usage", "show", "IMVU-042", "--from", "2d", "--to", "1d"]);
    let asked = node.params_of("nexus_getUsage").unwrap();
    assert_eq!(asked["fromHour"], json!((HOUR - 48).to_string()));
    assert_eq!(asked["toHour"], json!((HOUR - 24).to_string()));
    let (node, output) = ask(&["usage", "show", "IMVU-042", "--from", "1d", "--to", "2d"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(!node.was_asked("nexus_getUsage"));
}

#[test]
fn a_chart_is_drawn_where_it_is_asked_for() {
    let shown = told(&["usage", "show", "IMVU-042", "--chart", "always"]);
    assert!(
        shown.contains("by hour up to 2025-11-24 16:00Z, of the quota"),
        "{shown}"
    );
    let one = [
        "usage",
        "show",
        "IMVU-042",
        "--chart",
        "always",
        "--resource",
        "cpu",
    ];
    let shown = told(&one);
    assert!(
        shown.contains("cpu by hour, of the quota's 3600000 ms"),
        "{shown}"
    );
    assert!(
        shown.contains("50.0 %") && !shown.contains("network"),
        "{shown}"
    );
}

#[test]
fn usage_comes_as_csv_and_as_json_lines_too() {
    let csv = told(&["usage", "show", "IMVU-042", "--csv"]);
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 3, "{csv}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{csv}");
    assert_eq!(
        rows[1][..4],
        ["489999", "2025-11-24T15:00:00Z", "cpu", "ms"]
    );
    let lines = told(&["usage", "show", "IMVU-042", "-o", "jsonl"]);
    let items: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(items.len(), 2);
    assert_eq!(
        (&items[0]["billed"], &items[0]["sealed"]),
        (&json!("1800000"), &json!(true))
    );
    assert_eq!(
        (&items[1]["unit"], &items[1]["sealed"]),
        (&json!("B"), &json!(false))
    );
    let json = parsed(&["usage", "show", "IMVU-042", "--resource", "network"]);
    assert_eq!(json["items"].as_array().unwrap().len(), 1);
    assert_eq!(json["quota"][0]["mostPerHour"], "3600000");
    let (_, both) = ask(&["usage", "show", "IMVU-042", "--csv", "-o", "json"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn hosts_and_who_reports_for_them_are_listed() {
    let hosts = told(&["host", "list", "--status", "open"]);
    assert!(
        hosts.contains("4 of 64") && hosts.contains("1 of 1 at block 9"),
        "{hosts}"
    );
    let host = told(&["host", "show", "host-1"]);
    assert!(
        host.contains("foreign changes are refused; counters cannot be reset"),
        "{host}"
    );
    assert!(host.contains("attested      not yet"), "{host}");
    let agents = told(&["agent", "list", "--silent"]);
    assert!(agents.contains("dns") && agents.contains("yes"), "{agents}");
    let meters = told(&["meter", "list"]);
    assert!(
        meters.contains("TEST: measures nothing") && meters.contains("nothing yet"),
        "{meters}"
    );
    let told_to = told(&["host", "assignments", "host-1", "compute"]);
    assert!(
        told_to.contains("absent") && told_to.contains("stopped"),
        "{told_to}"
    );
    let placement = told(&["imvu", "placement", "IMVU-042"]);
    assert!(
        placement.contains("stopping, then on host-2"),
        "{placement}"
    );
    assert_eq!(parsed(&["host", "show", "host-1"])["value"]["id"], "host-1");
    let (node, _) = ask(&["agent", "list", "--silent", "--kind", "dns"]);
    let asked = node.params_of("nexus_listAgents").unwrap();
    assert_eq!(
        (&asked["silent"], &asked["kind"]),
        (&json!(true), &json!("dns"))
    );
}

#[test]
fn a_drift_that_stands_is_not_overlooked_and_moves_no_cursor() {
    let drifts = told(&["drift", "list"]);
    assert!(
        drifts.contains("NOT YET") && drifts.contains("limit"),
        "{drifts}"
    );
    assert!(drifts.contains("a\\u001b[2J (7)"), "{drifts}");
}

#[test]
fn an_operator_s_change_is_signed_and_sent_for_judgement() {
    let answers: Answers = |method, _| match method {
        // Judged as any lie: what counts is what was sent.
        "nexus_simulateTransaction" => Err(1041),
        other => answer(other),
    };
    let node = Node::start(answers, signed(Action::RevokeIdentity));
    let dir = with_key();
    let made = nexus(dir.path(), &node, &["key", "new", "operator"]);
    assert!(made.status.success(), "{}", said(&made));
    let key = "ab".repeat(32);
    let commands: [&[&str]; 6] = [
        &["host", "drain", "host-1"],
        &["host", "capacity", "host-1", "--cpu", "128"],
        &[
            "host",
            "capabilities",
            "host-1",
            "--enforcement",
            "detection",
        ],
        &["agent", "register", "host-1", "network", &key],
        &[
            "meter",
            "register",
            "host-1-cpu",
            "--host",
            "host-1",
            "--kind",
            "compute",
            "--public-key",
            &key,
        ],
        &[
            "host",
            "register",
            "host-2",
            "--jurisdiction",
            "EU-GDPR",
            "--cpu",
            "64",
            "--memory",
            "256GiB",
            "--storage",
            "4TiB",
            "--bandwidth",
            "10Gbit",
            "--pids",
            "32768",
            "--io",
            "1GiB",
            "--dns-answers",
            "10000",
            "--mail-messages",
            "100000",
            "--mail-storage",
            "1TiB",
            "--enforcement",
            "prevention",
        ],
    ];
    for command in commands {
        let args = [command, &["--dry-run", "--key", "operator"]].concat();
        let output = nexus(dir.path(), &node, &args);
        assert_eq!(
            output.status.code(),
            Some(3),
            "{command:?}: {}",
            said(&output)
        );
        assert!(node.was_asked("nexus_simulateTransaction"));
    }
    let unknown = [
        "host",
        "capabilities",
        "host-1",
        "--enforcement",
        "detection",
        "--isolation",
        "walls",
    ];
    let output = nexus(dir.path(), &node, &unknown);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("userNamespace"), "{}", said(&output));
}
