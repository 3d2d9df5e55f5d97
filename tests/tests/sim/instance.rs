//! One node's application with its disk.

mod starting;

use nexus_abci::app::{App, NoObserver, OpenError, Options, StateView};
use nexus_abci::transport::BatchCheckTx;
use nexus_store::{MemoryBackend, RocksBackend, Store, StoreOptions};
use rand::Rng;
use rand::rngs::StdRng;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{CheckTxType, RequestCheckTx, ResponseCheckTx};

use bytes::Bytes;

use crate::comet::{Answer, Comet};
use crate::disk::Disk;

/// Where an instance keeps its bytes.
pub(crate) enum Storage {
    Memory(MemoryBackend),
    Rocks(TempDir),
    Faulty(Disk),
}

/// How an instance comes to the chain's height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// It is there from genesis.
    Genesis,
    /// It starts empty at this height and is given every block.
    Replay(u64),
    /// It starts empty at this height and restores a snapshot of its peers, as soon as they have one.
    Snapshot(u64),
}

/// What a test breaks in an instance, to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// One result's code is another.
    Result,
    /// The last transaction of a block is dropped before execution.
    Dropped,
    /// A validator update that nobody asked for.
    Update,
    /// A value of the state is written past the application.
    Write,
    /// Nothing is committed.
    NoCommit,
    /// A proposal that is not admissible is voted for.
    Gullible,
    /// An altered chunk of a snapshot is taken.
    Credulous,
    /// The last chunk of a snapshot is not.
    Idle,
    /// An answer to a reader has one bit that is another.
    Reader,
}

/// How an instance is set up.
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) options: Options,
    pub(crate) store: StoreOptions,
    pub(crate) storage: Storage,
    /// Where its snapshots lie, if it makes any.
    pub(crate) folder: Option<TempDir>,
    pub(crate) join: Join,
    /// How likely it crashes at a boundary.
    pub(crate) crash: f64,
    /// How likely it is asked about a transaction before it is in a block.
    pub(crate) check: f64,
    /// How likely it is asked about a proposal.
    pub(crate) process: f64,
    pub(crate) mutant: Option<Mutant>,
}

impl Setup {
    /// What the seed's failure report says of an instance.
    pub(crate) fn describe(&self) -> String {
        let storage = match self.storage {
            Storage::Memory(_) => "memory",
            Storage::Rocks(_) => "RocksDB",
            Storage::Faulty(_) => "crash store",
        };
        // The snapshots' folder has another name in each run.
        let snapshots = self.options.snapshots.as_ref();
        let snapshots = snapshots.map(|policy| (policy.interval, policy.keep));
        let options = Options {
            snapshots: None,
            ..self.options.clone()
        };
        format!(
            "{}: {storage}, {:?}, {options:?}, snapshots {snapshots:?}, {:?}, crash {}, check {}, process {}",
            self.name, self.join, self.store, self.crash, self.check, self.process
        )
    }
}

/// Why a call did not come back.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The node crashed, as it was meant to.
    Crashed,
    /// Something is wrong.
    Failed(String),
}

impl Stop {
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }
}

/// What happened to an instance, to see that a seed is not idle.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) crashes: u64,
    pub(crate) torn: u64,
    pub(crate) lost: u64,
    pub(crate) flips: u64,
    pub(crate) flips_refused: u64,
    /// Calls that a flipped bit ended.
    pub(crate) flips_stopped: u64,
    pub(crate) replayed: u64,
    /// Snapshots restored.
    pub(crate) joined: u64,
    /// Snapshots refused, and chunks of them.
    pub(crate) refused: u64,
    /// Answers to readers on a disk with a flipped bit, and questions without one.
    pub(crate) served: u64,
    pub(crate) silent: u64,
}

/// A node's application.
pub(crate) struct Instance {
    pub(crate) setup: Setup,
    app: Option<App>,
    pub(crate) mempool: Vec<Bytes>,
    /// A bit of its disk was flipped: it may refuse to go on.
    flipped: bool,
    /// Heights of its snapshots that were made on a disk with a flipped bit.
    doubtful: BTreeSet<u64>,
    /// The height of the snapshot from which its CometBFT goes on.
    pub(crate) base: Option<u64>,
    pub(crate) counts: Counts,
}

thread_local! {
    /// Whether a panic of this thread is an answer of an application, and not news for whoever runs the tests.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Keeps the panics of applications, which are caught, out of the test's output.
pub(crate) fn quiet_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                usual(info);
            }
        }));
    });
}

impl Instance {
    pub(crate) fn new(setup: Setup) -> Self {
        quiet_panics();
        Self {
            setup,
            app: None,
            mempool: Vec::new(),
            flipped: false,
            doubtful: BTreeSet::new(),
            base: None,
            counts: Counts::default(),
        }
    }

    /// Whether it takes part when the chain is about to decide that height.
    pub(crate) fn is_live(&self) -> bool {
        self.app.is_some()
    }

    /// Whether a bit of its disk is flipped.
    pub(crate) fn is_flipped(&self) -> bool {
        self.flipped
    }

    /// Whether its snapshot of a height was made on a disk with a flipped bit.
    pub(crate) fn is_doubtful(&self, height: u64) -> bool {
        self.doubtful.contains(&height)
    }

    /// Whether power went during a write.
    pub(crate) fn power_went(&self) -> bool {
        matches!(&self.setup.storage, Storage::Faulty(disk) if disk.is_off())
    }

    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("it is live")
    }

    pub(crate) fn view(&self) -> StateView {
        let view = self.app().views().latest().expect("a readable store");
        StateView::new(view.expect("a chain that began"))
    }

    fn open(&mut self) -> Result<(), OpenError> {
        let options = self.setup.store;
        let store = match &self.setup.storage {
            Storage::Memory(memory) => Store::open_with(memory.clone(), options)?,
            Storage::Rocks(folder) => {
                let backend = RocksBackend::open(folder.path()).expect("RocksDB opens");
                Store::open_with(backend, options)?
            }
            Storage::Faulty(disk) => Store::open_with(disk.clone(), options)?,
        };
        self.app = Some(App::open(store, self.setup.options.clone(), NoObserver)?);
        Ok(())
    }

    /// The process ends without warning. A snapshot that is being made is finished first, so that a seed plays the same
    /// whatever the machine's threads do; what a restart finds of it is up to [`Self::start`].
    pub(crate) fn crash(&mut self) -> Stop {
        if let Some(app) = self.app.take() {
            app.wait_for_snapshot();
        }
        self.mempool.clear();
        self.counts.crashes += 1;
        Stop::Crashed
    }

    /// One call from CometBFT, with a chance to crash before and after it. A panic is a crash only where the disk failed.
    pub(crate) fn call<R>(
        &mut self,
        rng: &mut StdRng,
        ask: impl FnOnce(&App) -> R,
    ) -> Result<R, Stop> {
        if rng.gen_bool(self.setup.crash) {
            return Err(self.crash());
        }
        let app = self.app.as_ref().expect("it is live");
        QUIET.set(true);
        let answer = catch_unwind(AssertUnwindSafe(|| ask(app)));
        QUIET.set(false);
        let answer = match answer {
            Ok(answer) => answer,
            Err(panic) => {
                let power = self.power_went();
                if power || self.flipped {
                    self.counts.flips_stopped += u64::from(!power);
                    return Err(self.crash());
                }
                let words = panic.downcast_ref::<String>().cloned();
                return Err(Stop::Failed(format!(
                    "a panic: {}",
                    words.unwrap_or_default()
                )));
            }
        };
        if rng.gen_bool(self.setup.crash) {
            return Err(self.crash());
        }
        Ok(answer)
    }

    /// A run of CheckTx.
    pub(crate) fn check(
        &mut self,
        rng: &mut StdRng,
        kind: CheckTxType,
        txs: &[Bytes],
    ) -> Result<Vec<u32>, Stop> {
        let request = |tx: &Bytes| RequestCheckTx {
            tx: tx.clone(),
            r#type: kind.into(),
        };
        let requests: Vec<RequestCheckTx> = txs.iter().map(request).collect();
        let answers: Vec<ResponseCheckTx> = self.call(rng, |app| app.check_tx_batch(requests))?;
        Ok(answers.iter().map(|answer| answer.code).collect())
    }

    /// New transactions come in: what passes waits in its mempool.
    pub(crate) fn offer(&mut self, rng: &mut StdRng, txs: &[Bytes]) -> Result<(), Stop> {
        let new: Vec<Bytes> = txs
            .iter()
            .filter(|tx| !self.mempool.contains(tx))
            .cloned()
            .collect();
        let codes = self.check(rng, CheckTxType::New, &new)?;
        let good = new.into_iter().zip(codes).filter(|(_, code)| *code == 0);
        self.mempool.extend(good.map(|(tx, _)| tx));
        Ok(())
    }

    /// A block was committed: what still waits is asked about again.
    pub(crate) fn recheck(&mut self, rng: &mut StdRng, decided: &[Bytes]) -> Result<(), Stop> {
        self.mempool.retain(|tx| !decided.contains(tx));
        let waiting = self.mempool.clone();
        let codes = self.check(rng, CheckTxType::Recheck, &waiting)?;
        let mut codes = codes.into_iter();
        self.mempool.retain(|_| codes.next() == Some(0));
        Ok(())
    }

    /// FinalizeBlock and Commit of the decided block of that height.
    pub(crate) fn apply(
        &mut self,
        rng: &mut StdRng,
        comet: &Comet,
        height: u64,
    ) -> Result<(), Stop> {
        let decided = &comet.blocks[usize::try_from(height - 1).expect("a height")];
        let mut request = decided.request.clone();
        if self.setup.mutant == Some(Mutant::Dropped) {
            request.txs.pop();
        }
        let mut response = self.call(rng, |app| app.finalize_block(request))?;
        match (self.setup.mutant, response.tx_results.first_mut()) {
            (Some(Mutant::Result), Some(result)) => result.code ^= 1,
            (Some(Mutant::Update), _) => response.validator_updates.push(Default::default()),
            _ => {}
        }
        let answer = Answer::from(&response);
        if answer != decided.answer {
            return Err(Stop::Failed(differs(&answer, &decided.answer)));
        }
        self.arm(rng);
        if self.setup.mutant == Some(Mutant::NoCommit) {
            return Ok(());
        }
        self.call(rng, |app| app.commit())?;
        self.snapshot(height);
        self.tamper();
        Ok(())
    }

    /// The snapshot of a height that was just committed, if it is its turn.
    fn snapshot(&mut self, height: u64) {
        let policy = self.setup.options.snapshots.as_ref();
        if policy.is_none_or(|policy| !height.is_multiple_of(policy.interval)) {
            return;
        }
        self.app().wait_for_snapshot();
        if self.flipped {
            self.doubtful.insert(height);
        } else {
            self.doubtful.remove(&height);
        }
    }

    /// Perhaps power will go during the write to come: before it, within it, or after it but before its answer.
    pub(crate) fn arm(&mut self, rng: &mut StdRng) {
        if let Storage::Faulty(disk) = &self.setup.storage
            && self.setup.crash > 0.0
            && rng.gen_bool(0.15)
        {
            disk.arm([0, 400, 999, 1_000][rng.gen_range(0..4)]);
            self.counts.torn += 1;
        }
    }

    fn tamper(&self) {
        use nexus_store::{Backend, Batch, Family};
        if let (Some(Mutant::Write), Storage::Memory(memory)) =
            (self.setup.mutant, &self.setup.storage)
        {
            let mut batch = Batch::new();
            batch.put(
                Family::State,
                vec![0xee],
                b"behind the machine's back".to_vec(),
            );
            memory.write(&batch).expect("memory writes");
        }
    }
}

fn differs(ours: &Answer, wanted: &Answer) -> String {
    if ours.results.len() != wanted.results.len() {
        return format!(
            "{} results instead of {}",
            ours.results.len(),
            wanted.results.len()
        );
    }
    let pairs = ours.results.iter().zip(&wanted.results);
    match pairs.enumerate().find(|(_, (a, b))| a != b) {
        Some((position, (a, b))) => format!(
            "result {position} has code {} instead of {}, or other data",
            a.0, b.0
        ),
        None if ours.updates != wanted.updates => "other validator updates".to_owned(),
        None => format!(
            "app hash {:x} instead of {:x}",
            ours.app_hash, wanted.app_hash
        ),
    }
}
