//! The program as a whole, where no network is needed: exit codes, both outputs, keys, and evidence from a file.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn nexus(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nexus"));
    // Nothing of whoever runs the test: no node, no keys, no terminal colours.
    for name in ["NEXUS_NODE", "NEXUS_KEY", "NEXUS_KEYS", "XDG_CONFIG_HOME"] {
        command.env_remove(name);
    }
    command
        .current_dir(dir)
        .env("HOME", dir)
        .args(args)
        .output()
        .unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)))
}

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../sdk/vectors")
        .join(name)
}

/// Verifies a file offline. The vectors are of 2026: what they trust is older than 14 days.
fn verify(dir: &Path, what: &[&str], bundle: &Path) -> Output {
    let anchor = vector("anchor.json");
    let mut args = vec!["verify"];
    args.extend(what);
    args.extend([
        "--bundle",
        bundle.to_str().unwrap(),
        "--offline",
        "--output",
        "json",
    ]);
    args.extend([
        "--anchor",
        anchor.to_str().unwrap(),
        "--trusting-period",
        "36500",
    ]);
    nexus(dir, &args)
}

#[test]
fn saved_evidence_is_verified_with_no_network_and_no_key() {
    let dir = tempfile::tempdir().unwrap();
    let imvu = verify(
        dir.path(),
        &["imvu", "IMVU-042"],
        &vector("bundle-imvu.json"),
    );
    assert_eq!(code(&imvu), 0, "{}", String::from_utf8_lossy(&imvu.stdout));
    assert_eq!(json(&imvu)["facts"]["imvu"]["quota"]["cpuMillis"], "4000");
    let zone = verify(
        dir.path(),
        &["zone", "imvu042.nexus.example"],
        &vector("bundle-zone.json"),
    );
    assert_eq!(json(&zone)["facts"]["records"].as_array().unwrap().len(), 3);
    let bundle = vector("bundle-tx.json");
    let hash = serde_json::from_slice::<Value>(&fs::read(&bundle).unwrap()).unwrap();
    let hash = hash["subject"]["tx"].as_str().unwrap().to_owned();
    let tx = verify(dir.path(), &["tx", &hash], &bundle);
    assert_eq!(json(&tx)["facts"]["codeName"], "NX2015");
    assert_eq!(json(&tx)["verified"], true);
    // Several places in a block fit one path: the number is not proved, so it is not shown.
    assert_eq!(json(&tx)["facts"].get("index"), None);
}

#[test]
fn damaged_or_foreign_evidence_exits_4_and_names_the_step() {
    let dir = tempfile::tempdir().unwrap();
    let foreign = verify(
        dir.path(),
        &["imvu", "IMVU-043"],
        &vector("bundle-imvu.json"),
    );
    assert_eq!(code(&foreign), 4);
    assert_eq!(json(&foreign)["error"]["failedStep"], "subject");
    let bytes = fs::read(vector("bundle-imvu.json")).unwrap();
    let file = dir.path().join("damaged.json");
    // The library's own tests flip every bit; here a few suffice to see the exit code.
    for position in (0..bytes.len()).step_by(bytes.len() / 16) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1;
        fs::write(&file, damaged).unwrap();
        let output = verify(dir.path(), &["imvu", "IMVU-042"], &file);
        assert_eq!(code(&output), 4, "byte {position}");
        let error = &json(&output)["error"];
        assert!(
            matches!(error["failedStep"].as_str(), Some("format" | "digest")),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_is_no_evidence_exits_4_whatever_it_holds() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no-evidence");
    for content in [
        &b""[..],
        b"garbage",
        b"{\"a\":1}",
        b"\xff\x00",
        &[b'['; 100_000],
    ] {
        fs::write(&file, content).unwrap();
        let output = verify(dir.path(), &["imvu", "IMVU-042"], &file);
        assert_eq!(code(&output), 4);
        assert_eq!(json(&output)["error"]["failedStep"], "format");
    }
}

#[test]
fn every_failure_says_what_kind_it_is_in_words_and_in_json() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pass"), "secret\n").unwrap();
    let closed = "http://127.0.0.1:1";
    let cases: [(&[&str], i32, &str); 7] = [
        (&["imvu", "show"], 2, "usage"),
        (&["imvu", "show", "lower"], 2, "usage"),
        (&["imvu", "show", "IMVU-042"], 2, "usage"),
        (&["verify", "imvu", "IMVU-042", "--offline"], 2, "usage"),
        (&["explain", "9999"], 5, "notFound"),
        (&["status", "--node", closed], 6, "unreachable"),
        (
            &["key", "show", "nobody", "--passphrase-file", "pass"],
            8,
            "keys",
        ),
    ];
    for (args, exit, kind) in cases {
        let words = nexus(dir.path(), args);
        assert_eq!(code(&words), exit, "{args:?}");
        assert!(
            words.stdout.is_empty() && !words.stderr.is_empty(),
            "{args:?}"
        );
        let program = nexus(dir.path(), &[args, &["--output", "json"]].concat());
        assert_eq!(code(&program), exit, "{args:?}");
        assert!(program.stderr.is_empty(), "{args:?}");
        let error = &json(&program)["error"];
        assert_eq!(
            (&error["kind"], &error["exit"]),
            (&kind.into(), &exit.into())
        );
    }
}

#[test]
fn arguments_that_cannot_be_read_are_told_in_the_output_that_was_asked_for() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    for asks in ["--output=json", "-ojson", "-o=json", "-ojsonl"] {
        let output = nexus(dir.path(), &["imvu", "show", asks]);
        assert_eq!(code(&output), 2, "{asks}");
        assert_eq!(json(&output)["error"]["kind"], "usage", "{asks}");
        let lines = output.stdout.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines == 1, asks == "-ojsonl", "{asks}");
    }
    let not_utf8 = Command::new(env!("CARGO_BIN_EXE_nexus"))
        .current_dir(dir.path())
        .args([
            OsStr::new("imvu"),
            OsStr::new("show"),
            OsStr::from_bytes(b"\xff"),
        ])
        .output()
        .unwrap();
    assert_eq!(code(&not_utf8), 2, "{not_utf8:?}");
}

#[test]
fn a_key_is_made_listed_and_opened_and_its_secret_is_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pass"), "secret\n").unwrap();
    let run = |args: &[&str]| {
        let tail = [
            "--keys",
            "keys",
            "--passphrase-file",
            "pass",
            "--output",
            "json",
        ];
        nexus(dir.path(), &[args, &tail].concat())
    };
    let made = run(&["key", "new", "alice"]);
    assert_eq!(code(&made), 0, "{}", String::from_utf8_lossy(&made.stdout));
    let shown = run(&["key", "show", "alice"]);
    assert_eq!(json(&made), json(&shown));
    let members: Vec<String> = json(&shown).as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["file", "identity", "name", "publicKey"]);
    assert_eq!(json(&run(&["key", "list"]))["items"][0]["name"], "alice");
    assert_eq!(code(&run(&["key", "new", "alice"])), 2);
    fs::write(dir.path().join("pass"), "other\n").unwrap();
    assert_eq!(code(&run(&["key", "show", "alice"])), 8);
}

#[test]
fn help_completions_and_manual_pages_are_there() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(code(&nexus(dir.path(), &["--help"])), 0);
    assert_eq!(code(&nexus(dir.path(), &["--version"])), 0);
    let script = nexus(dir.path(), &["completions", "bash"]);
    assert!(String::from_utf8_lossy(&script.stdout).contains("complete -F _nexus"));
    assert_eq!(code(&nexus(dir.path(), &["man", "--out", "man"])), 0);
    assert!(dir.path().join("man/nexus-imvu-create.1").exists());
    let all = nexus(dir.path(), &["explain", "--output", "jsonl"]);
    let lines = String::from_utf8(all.stdout).unwrap();
    assert!(
        lines
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    assert!(lines.lines().count() > 50);
}

#[test]
fn a_load_that_makes_no_sense_is_refused_before_anything_is_signed() {
    let dir = tempfile::tempdir().unwrap();
    let cases: [&[&str]; 6] = [
        &["--rate", "0"],
        &["--duration", "0"],
        &["--batch", "0"],
        // Bytes without meaning are for a CometBFT alone.
        &["--payload", "random:250"],
        &["--via-comet", "http://127.0.0.1:1", "--payload", "random:8"],
        // More than fits into memory.
        &[
            "--node",
            "http://127.0.0.1:1",
            "--rate",
            "200000",
            "--duration",
            "86400",
        ],
    ];
    for case in cases {
        let mut args = vec!["bench", "load", "--output", "json"];
        args.extend(case);
        let output = nexus(dir.path(), &args);
        assert_eq!(code(&output), 2, "{case:?}");
        assert_eq!(json(&output)["error"]["kind"], "usage", "{case:?}");
    }
    let nobody = nexus(dir.path(), &["bench", "load", "--output", "json"]);
    assert_eq!(code(&nobody), 2, "no node, no local network");
    let silent = [
        "bench",
        "load",
        "--node",
        "http://127.0.0.1:1",
        "--output",
        "json",
    ];
    assert_eq!(
        code(&nexus(dir.path(), &silent)),
        6,
        "a node that is not there"
    );
    let help = nexus(dir.path(), &["bench", "load", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        help.contains("--signers") && !help.contains("--payload"),
        "{help}"
    );
}

#[test]
fn a_webhook_listens_for_others_only_where_that_is_said_and_only_with_a_secret() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("secret"), "short\n").unwrap();
    for (listen, wanted) in [
        ("0.0.0.0:0", "TLS"),
        ("192.0.2.7:8780", "TLS"),
        ("127.0.0.1:0", "openssl rand"),
    ] {
        let args = ["processor", "webhook", "acquirer-1", "--listen", listen];
        let more = ["--secret-file", "secret", "--inbox", "inbox"];
        let all = [&args[..], &more, &["--output", "json"]].concat();
        let output = nexus(dir.path(), &all);
        assert_eq!(code(&output), 2, "{listen}");
        let hint = json(&output)["error"]["hint"].clone();
        assert!(hint.to_string().contains(wanted), "{listen}: {hint}");
    }
    assert!(!dir.path().join("inbox").exists());
}
