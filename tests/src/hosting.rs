//! Hosts of a development network: their agents and meters as processes that a test starts and kills, and what they did as
//! the ledger has it.

use crate::network::Network;
use crate::people::now;
use crate::programs::{self, Ran};
use crate::wait::wait_for;
use nexus_sdk::anchor::Anchor;
use nexus_sdk::api::{
    At, BundleSubject, GetProofParams, Hex, ListTransactionsParams, MAX_LIMIT, Method, Page,
    ProofResult, TransactionSummary, TransactionView,
};
use nexus_sdk::bundle::Bundle;
use nexus_sdk::keys::{KeyFile, Passphrase, Signer};
use nexus_sdk::verify::{Policy, verify};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::host::AgentKind;
use nexus_types::meter::{MeterRecord, Metering, Resource};
use nexus_types::report::Report;
use nexus_types::state::{Clock, Imvu, ImvuStatus};
use nexus_types::state_key::{self, StateKey};
use nexus_types::{Action, HostId, IdentityId, ImvuId, MeterId, Time, Tx, decode};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A host that a test set up.
#[derive(Debug)]
pub struct DevHost<'n> {
    network: &'n Network,
    /// Its name.
    pub name: String,
    /// Its keys and records.
    pub folder: PathBuf,
}

/// A program that a test started; killed when the test is done with it, and when the test is killed.
#[derive(Debug)]
pub struct Started {
    child: Child,
    log: PathBuf,
}

impl Network {
    /// Sets a host up with an operator's key, without anything that runs.
    ///
    /// # Panics
    /// If it cannot be set up.
    #[must_use]
    pub fn dev_host(&self, name: &str, operator: &str) -> DevHost<'_> {
        let host = DevHost {
            network: self,
            name: name.to_owned(),
            folder: self.folder().join(name),
        };
        let _ = host.set_up(operator).exited(0);
        host
    }

    /// Starts `nexus` on this network, with arguments, to run beside the test; what it says is added to a log.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start_nexus(&self, log: PathBuf, arguments: impl FnOnce(&mut Command)) -> Started {
        let output = OpenOptions::new().create(true).append(true).open(&log);
        let output: File = output.unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let mut command = Command::new(programs::program("nexusd"));
        command
            // Bound to this process, in the way nexusd binds its CometBFT.
            .args(["exec-bound", &std::process::id().to_string(), "--"])
            .arg(programs::program("nexus"))
            .arg("--localnet")
            .arg(self.dir());
        arguments(&mut command);
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second descriptor"))
            .stderr(output)
            .spawn()
            .expect("nexusd starts");
        Started { child, log }
    }

    /// The host that the launcher set up.
    #[must_use]
    pub fn launched_host(&self) -> DevHost<'_> {
        DevHost {
            network: self,
            name: String::from("dev-1"),
            folder: self.dir().join("dev-1"),
        }
    }

    /// Waits until an IMVU has a status.
    ///
    /// # Panics
    /// If it never has.
    pub fn wait_for_status(&self, imvu: &ImvuId, status: ImvuStatus) {
        wait_for(&format!("{imvu} to be {status:?}"), || {
            let found: Option<Imvu> = self.state(&state_key::imvu(imvu));
            found.filter(|found| found.status == status).map(drop)
        });
    }

    /// The metering of an IMVU.
    #[must_use]
    pub fn metering(&self, imvu: &ImvuId) -> Metering {
        self.state(&state_key::metering(imvu)).unwrap_or_default()
    }

    /// The time of the last block.
    ///
    /// # Panics
    /// If the chain has none.
    #[must_use]
    pub fn block_time(&self) -> Time {
        let clock: Clock = self.state(&state_key::clock()).expect("a clock");
        clock.time
    }

    /// A value of the state, proved down to the anchor that was written before the first node started.
    ///
    /// # Panics
    /// If something does not verify.
    #[must_use]
    pub fn proved<T: borsh::BorshDeserialize + borsh::BorshSerialize>(
        &self,
        imvu: &ImvuId,
        key: &StateKey,
    ) -> Option<T> {
        let (height, root) = self.proved_root(imvu);
        let params = GetProofParams {
            keys: vec![Hex::new(key.as_bytes())],
            at: At::Height(height),
            ..GetProofParams::default()
        };
        let answer: ProofResult = self.node().read(Method::GetProof, &params);
        let item = answer.items.into_iter().next().expect("the key asked for");
        let value = item.value.as_ref().map(|value| value.bytes());
        let proof = item.state_proof().expect("a proof");
        let proved = proof.verify(&root, key.as_bytes(), value);
        proved.unwrap_or_else(|error| panic!("{key:?} at {height}: {error}"));
        value.map(|value| decode(value).expect("a value of that kind"))
    }

    /// The root of the state after a block, proved by evidence about an IMVU, whose headers lead down to the anchor.
    ///
    /// # Panics
    /// If something does not verify.
    #[must_use]
    pub fn proved_root(&self, imvu: &ImvuId) -> (u64, [u8; 32]) {
        let anchor = Anchor::parse(&self.anchor).expect("an anchor");
        let client = self.node().client();
        let subject = BundleSubject::Imvu(imvu.clone().into());
        let bundle: Bundle =
            crate::wait::block_on(client.bundle(subject, 0)).expect("evidence about it");
        // Whoever dates blocks ahead of this machine's clock verifies by such a clock, too.
        let now = now().max(self.block_time());
        let now = nexus_sdk::anchor::time_from_ms(now.0).expect("a time");
        let report = verify(&bundle, &anchor, &Policy::at(now));
        assert!(report.failure().is_none(), "{:?}", report.failure());
        let preimage = bundle.preimage.as_ref().expect("a preimage");
        let preimage = AppHashPreimage::try_from(preimage).expect("a preimage");
        (bundle.height.0, preimage.state_root)
    }

    /// Everything an identity ever signed that stands in a block, oldest first.
    #[must_use]
    pub fn signed_by(&self, signer: IdentityId) -> Vec<TransactionView> {
        let mut params = ListTransactionsParams {
            signer: Some(signer.into()),
            limit: Some(MAX_LIMIT),
            ..ListTransactionsParams::default()
        };
        let mut found: Vec<TransactionSummary> = Vec::new();
        loop {
            let page: Page<TransactionSummary> =
                self.node().read(Method::ListTransactions, &params);
            found.extend(page.items);
            params.cursor = page.next_cursor;
            if params.cursor.is_none() {
                break;
            }
        }
        let hashes = found.iter().rev().map(|summary| summary.hash.0);
        hashes.map(|hash| self.decided(hash)).collect()
    }
}

impl DevHost<'_> {
    /// Its id.
    ///
    /// # Panics
    /// If the name is none.
    #[must_use]
    pub fn id(&self) -> HostId {
        HostId::new(&self.name).expect("a host's name")
    }

    /// The id of its meter of a kind.
    ///
    /// # Panics
    /// If the host's name is too long.
    #[must_use]
    pub fn meter_id(&self, kind: AgentKind) -> MeterId {
        MeterId::new(&format!("{}-{kind}", self.name)).expect("a meter's name")
    }

    /// Runs `nexus dev host` for it.
    #[must_use]
    pub fn set_up(&self, operator: &str) -> Ran {
        let mut command = self.nexus();
        command.args(["dev", "host", "--name", &self.name, "--key", operator]);
        programs::run(command.arg("--folder").arg(&self.folder))
    }

    /// Starts all of its agents in one process, with a report a second.
    #[must_use]
    pub fn agents(&self) -> Started {
        self.agents_of(&self.folder)
    }

    /// Starts agents whose keys are in another folder.
    #[must_use]
    pub fn agents_of(&self, folder: &Path) -> Started {
        self.start("agent", folder)
    }

    /// Starts all of its meters in one process, with windows of a second.
    #[must_use]
    pub fn meters(&self) -> Started {
        self.start("meter", &self.folder)
    }

    fn start(&self, role: &str, folder: &Path) -> Started {
        let log = folder.with_extension(format!("{role}.log"));
        self.network.start_nexus(log, |command| {
            command
                .args(["dev", role, "--host", &self.name])
                .args(["--all", "--interval", "1", "--folder"])
                .arg(folder);
        })
    }

    fn nexus(&self) -> Command {
        let mut command = Command::new(programs::program("nexus"));
        command.arg("--localnet").arg(self.network.dir());
        command
    }

    /// The key of its agent of a kind.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn agent(&self, kind: AgentKind) -> Signer {
        let passphrase =
            fs::read_to_string(self.network.passphrase_file()).expect("the passphrase");
        KeyFile::new(&self.folder, &format!("agent-{kind}"))
            .and_then(|file| file.open(&Passphrase::new(passphrase)))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The reports of its agent of a kind that were applied, in order; and what else it signed.
    ///
    /// # Panics
    /// If it signed anything but reports.
    #[must_use]
    pub fn reports(&self, kind: AgentKind) -> (Vec<Report>, Vec<TransactionView>) {
        let signed = self.network.signed_by(self.agent(kind).identity);
        let (applied, refused): (Vec<_>, Vec<_>) = signed
            .into_iter()
            .partition(|view| view.summary.code.code == 0);
        let report = |view: TransactionView| {
            let tx: Tx = decode(view.raw.bytes()).expect("a transaction");
            match tx.body.action {
                Action::Report(report) => report,
                other => panic!("{kind} agent: {}", other.kind()),
            }
        };
        (applied.into_iter().map(report).collect(), refused)
    }

    /// Asserts that the reports of each agent, and the records of each meter in them, were taken once each and in an
    /// unbroken chain; and that what was billed to an IMVU, which has never been anywhere else, is what its meters counted.
    /// Returns the records.
    ///
    /// # Panics
    /// If it is not so.
    pub fn assert_billed_once(&self, imvu: &ImvuId) -> Vec<MeterRecord> {
        let mut all = Vec::new();
        let mut billed = [0; 7];
        for kind in AgentKind::ALL {
            let (reports, _) = self.reports(kind);
            for (number, report) in (1..).zip(&reports) {
                assert_eq!(report.sequence, number, "reports of the {kind} agent");
            }
            let records: Vec<MeterRecord> = reports
                .into_iter()
                .flat_map(|report| report.usage.as_slice().to_vec())
                .collect();
            for (number, record) in (1..).zip(&records) {
                assert_eq!(record.body.sequence, number, "records of the {kind} meter");
            }
            for pair in records.windows(2) {
                let [before, after] = pair else { continue };
                assert_eq!(after.body.previous, before.body.id(), "{kind}");
                assert_eq!(after.body.start, before.body.end, "{kind}");
            }
            let last = records
                .iter()
                .rev()
                .find_map(|record| record.body.lines.as_slice().first());
            let counters = last.map(|line| line.counters.as_slice().to_vec());
            for (resource, counter) in kind.resources().iter().zip(counters.unwrap_or_default()) {
                let place = Resource::ALL.iter().position(|each| each == resource);
                billed[place.expect("a resource")] = u128::from(counter);
            }
            all.extend(records);
        }
        let metering = self.network.metering(imvu);
        let mut known = metering.billed;
        for line in metering.hours.iter().flat_map(|hour| &hour.lines) {
            let place = Resource::ALL.iter().position(|each| *each == line.resource);
            known[place.expect("a resource")] += line.billed;
        }
        assert_eq!(known, billed, "billed, and counted: {metering:#?}");
        all
    }
}

impl Started {
    /// `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its own end; returns its exit code.
    ///
    /// # Panics
    /// If it does not end.
    #[must_use]
    pub fn code(&mut self) -> Option<i32> {
        wait_for("the program's end", || self.child.try_wait().ok().flatten()).code()
    }

    /// What it has said, and programs of the same log before it.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(20).collect();
            let tail: Vec<_> = tail.into_iter().rev().collect();
            eprintln!("--- {}\n{}", self.log.display(), tail.join("\n"));
        }
        self.end();
    }
}
