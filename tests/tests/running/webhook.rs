//! A payment provider's events, delivered twice, in the wrong order, and to a webhook that is killed: each is on the ledger
//! once.

use crate::commands::{ends, nexus};
use nexus_tests::Network;
use nexus_tests::actions::{create, imvu};
use nexus_tests::hosting::Started;
use nexus_tests::http::request;
use nexus_tests::wait::wait_for;
use nexus_types::money::{Account, AccountId};
use nexus_types::{Action, Grains, ProcessorId, state_key};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Grains of a credit.
const CREDIT: u128 = 20_000_000;

/// The key and the name of the processor.
const KEY: &str = "acquirer-w";

struct Webhook<'n> {
    network: &'n Network,
    program: Started,
    inbox: PathBuf,
}

impl<'n> Webhook<'n> {
    fn start(network: &'n Network) -> Self {
        let inbox = network.folder().join("webhook");
        let log = inbox.with_extension("log");
        let _ = fs::remove_file(&log);
        let program = network.start_nexus(log, |command| {
            command
                .args(["processor", "webhook", KEY, "--key", KEY])
                .args(["--listen", "127.0.0.1:0", "--secret-file"])
                .arg(network.folder().join("webhook.secret"))
                .arg("--inbox")
                .arg(&inbox);
        });
        Self {
            network,
            program,
            inbox,
        }
    }

    /// Where it listens.
    fn url(&self) -> String {
        wait_for("the webhook to listen", || {
            let log = self.program.log();
            let (_, rest) = log.split_once("listening on ")?;
            Some(rest.split_whitespace().next()?.to_owned())
        })
    }

    /// Has the test provider deliver a file of events.
    fn deliver(&self, secret: &str, code: i32) -> Value {
        let to = self.url();
        let words = format!("dev provider --to {to} --secret-file {secret} --events webhook.jsonl");
        ends(self.network, &format!("{words} --duplicate"), code)
    }

    /// What lies in a part of the inbox, by the events' ids.
    fn part(&self, part: &str) -> BTreeMap<String, Value> {
        read(&self.inbox.join(part))
    }
}

fn read(folder: &Path) -> BTreeMap<String, Value> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let values = files.filter_map(|file| serde_json::from_slice(&fs::read(file.path()).ok()?).ok());
    let named = values.filter_map(|value: Value| {
        let id = value["event"]["id"].as_str()?.to_owned();
        Some((id, value))
    });
    named.collect()
}

fn credits(amount: u64) -> String {
    (amount * 1_000_000).to_string()
}

fn sale(number: u64, imvu: &str) -> Value {
    json!({
        "id": format!("evt_{number}"), "type": "payment.succeeded", "payment": format!("pay_{number}"),
        "sale": {"imvu": imvu, "gross": credits(number), "tax": "0", "region": "EU-GDPR", "fee": "0"},
    })
}

/// The refund comes before its sale, and one sale is of an IMVU whose owner has not let the processor book.
fn events(payer: &str) -> Vec<Value> {
    vec![
        json!({"id": "evt_refund", "type": "payment.refunded", "refund": "re_5", "payment": "pay_5",
            "amount": credits(2)}),
        sale(1, "HOOK-1"),
        sale(2, "HOOK-1"),
        sale(6, "HOOK-2"),
        sale(3, "HOOK-1"),
        sale(4, "HOOK-1"),
        json!({"id": "evt_opened", "type": "dispute.opened", "dispute": "dp_4", "payment": "pay_4",
            "amount": credits(4), "evidence": "ab".repeat(32)}),
        json!({"id": "evt_resolved", "type": "dispute.resolved", "dispute": "dp_4", "outcome": "lost"}),
        sale(5, "HOOK-1"),
        json!({"id": "evt_deposit", "type": "payment.succeeded", "payment": "pay_7",
            "deposit": {"payer": payer, "amount": credits(7)}}),
    ]
}

#[test]
fn each_event_is_booked_once_whatever_is_delivered_twice_and_killed() {
    let network = Network::shared();
    ends(network, &format!("key new {KEY}"), 0);
    let signer = network.key(KEY);
    network.apply(&signer, vec![network.registration(&signer)]);
    ends(network, &format!("processor register {KEY} --key {KEY}"), 0);
    let processor = ProcessorId::new(KEY).expect("a name");
    let owner = network.person("webhook-owner");
    let link = Action::LinkProcessor {
        imvu: imvu("HOOK-1"),
        processor: processor.clone(),
        linked: true,
    };
    network.apply(&owner, vec![create("HOOK-1"), create("HOOK-2"), link]);

    let write = |name: &str, text: &str| fs::write(network.folder().join(name), text).expect(name);
    write("webhook.secret", "whsec_the-one-both-know\n");
    write("other.secret", "whsec_the-one-of-another\n");
    let events = events(&owner.identity.to_string());
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    write("webhook.jsonl", &lines.join("\n"));

    let webhook = Webhook::start(network);
    let taken = webhook.deliver("webhook.secret", 0);
    assert_eq!(taken["items"].as_array().map(Vec::len), Some(20), "{taken}");
    let known = ["pending", "done", "failed"].map(|part| webhook.part(part));
    for event in &events {
        let id = event["id"].as_str().expect("an id");
        assert!(known.iter().any(|part| part.contains_key(id)), "{id}");
    }
    let forged = webhook.deliver("other.secret", 2).to_string();
    assert!(
        forged.contains("20 of 20") && forged.contains("401"),
        "{forged}"
    );
    // In the middle of the work.
    wait_for("a sale on the ledger", || webhook.part("done").pop_first());
    webhook.program.kill();

    let webhook = Webhook::start(network);
    let again = webhook.deliver("webhook.secret", 0);
    assert_eq!(again["items"].as_array().map(Vec::len), Some(20), "{again}");
    let authority = webhook.url().replace("/events", "");
    let head = request(&authority, "GET", "/events", &[], b"").expect("an answer");
    assert_eq!(head.status, 405);
    wait_for("all events", || {
        let settled = webhook.part("done").len() + webhook.part("failed").len();
        (settled == events.len()).then_some(())
    });
    assert_eq!(webhook.part("pending"), BTreeMap::new());

    // One was refused, and says why; it stopped none of those after it.
    let failed = webhook.part("failed");
    let ids: Vec<&String> = failed.keys().collect();
    assert_eq!(ids, ["evt_6"]);
    let outcome = &failed["evt_6"]["outcome"];
    assert_eq!(outcome["code"], "NX2006", "{outcome}");
    for member in ["error", "help"] {
        assert!(
            outcome[member]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{outcome}"
        );
    }
    for (id, record) in webhook.part("done") {
        let hash = record["outcome"]["transaction"].as_str();
        assert!(hash.is_some_and(|hash| hash.len() == 64), "{id}: {record}");
    }
    assert!(!webhook.program.log().contains("whsec_"));
    webhook.program.kill();

    // What the ledger has: 1 + 2 + 3 + 4 + 5 sold and 7 paid in; 2 refunded and 4 lost in a dispute.
    let clearing: Account = network
        .state(&state_key::account(&AccountId::Clearing(processor)))
        .expect("an account");
    assert_eq!(clearing.debits, Grains(22 * CREDIT));
    assert_eq!(clearing.credits, Grains(6 * CREDIT));
    let mut applied = BTreeMap::new();
    let mut refused = Vec::new();
    for view in network.signed_by(signer.identity) {
        let action = view.verdict.as_ref().expect("a decision").action.clone();
        match view.summary.code.code {
            0 => *applied.entry(action).or_insert(0) += 1,
            code => refused.push(code),
        }
    }
    for (action, times) in [
        ("recordSale", 5),
        ("recordDeposit", 1),
        ("recordRefund", 1),
        ("openDispute", 1),
        ("resolveDispute", 1),
    ] {
        assert_eq!(applied.get(action), Some(&times), "{action}: {applied:?}");
    }
    // A kill between the refusal and its note makes a second one, of what is refused either way.
    assert!(
        !refused.is_empty() && refused.len() <= 2 && refused.iter().all(|code| *code == 2006),
        "{refused:?}"
    );
    let shown = nexus(network, &format!("revenue show {KEY} pay_4")).exited(0);
    assert!(
        shown.stdout.contains(r#""refunded": "4000000""#),
        "{shown:?}"
    );

    // By hand, of a payer that is named by its key.
    let paid_in = || {
        let shown = ends(network, &format!("account show prepaid {KEY}"), 0);
        shown["balanceGrains"].as_str().map(str::to_owned)
    };
    assert_eq!(paid_in().as_deref(), Some("0"));
    let deposit = format!("deposit record {KEY} by_hand --payer {KEY} --amount 3cr --key {KEY}");
    ends(network, &deposit, 0);
    assert_eq!(paid_in(), Some((3 * CREDIT).to_string()));
}
