//! One node's application with its disk, and CometBFT's handshake with it after a crash.

use nexus_abci::app::{App, NoObserver, Options, StateView};
use nexus_abci::transport::BatchCheckTx;
use nexus_store::{MemoryBackend, RocksBackend, Store, StoreError, StoreOptions};
use rand::Rng;
use rand::rngs::StdRng;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tempfile::TempDir;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{CheckTxType, RequestCheckTx, ResponseCheckTx};

use bytes::Bytes;

use crate::comet::{Answer, Comet};
use crate::disk::Disk;
use crate::world::world;

/// How often a node may crash on its way back from a crash, before it is let through.
const CRASHES_IN_A_ROW: u32 = 3;

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
}

/// How an instance is set up.
pub(crate) struct Setup {
    pub(crate) name: &'static str,
    pub(crate) options: Options,
    pub(crate) store: StoreOptions,
    pub(crate) storage: Storage,
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
        format!(
            "{}: {storage}, {:?}, {:?}, {:?}, crash {}, check {}, process {}",
            self.name, self.join, self.options, self.store, self.crash, self.check, self.process
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
    pub(crate) replayed: u64,
}

/// A node's application.
pub(crate) struct Instance {
    pub(crate) setup: Setup,
    app: Option<App>,
    pub(crate) mempool: Vec<Bytes>,
    /// A bit of its disk was flipped: it may refuse to go on.
    flipped: bool,
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

    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().expect("it is live")
    }

    pub(crate) fn view(&self) -> StateView {
        let view = self.app().views().latest().expect("a readable store");
        StateView::new(view.expect("a chain that began"))
    }

    fn open(&mut self) -> Result<(), StoreError> {
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

    /// The process ends without warning.
    fn crash(&mut self) -> Stop {
        self.app = None;
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
                let power = matches!(&self.setup.storage, Storage::Faulty(disk) if disk.is_off());
                if power || self.flipped {
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
        self.tamper();
        Ok(())
    }

    /// Perhaps power will go during the write to come: before it, within it, or after it but before its answer.
    fn arm(&mut self, rng: &mut StdRng) {
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

    /// Starts, or starts again after a crash, and is brought to the chain's height as CometBFT's handshake does: Info,
    /// InitChain if nothing is decided there yet, then every block it lacks.
    pub(crate) fn start(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<(), String> {
        let usual = self.setup.crash;
        for attempt in 0.. {
            if attempt >= CRASHES_IN_A_ROW {
                self.setup.crash = 0.0;
            }
            let started = self.try_start(rng, comet);
            match started {
                Err(Stop::Crashed) => {}
                Err(Stop::Failed(what)) => {
                    return Err(format!("{} after a restart: {what}", self.setup.name));
                }
                Ok(()) => break,
            }
        }
        self.setup.crash = usual;
        Ok(())
    }

    fn try_start(&mut self, rng: &mut StdRng, comet: &Comet) -> Result<(), Stop> {
        self.damage(rng);
        if let Err(error) = self.open() {
            if !self.flipped {
                return Err(Stop::Failed(format!("its store does not open: {error}")));
            }
            // It refuses, as it must. Its operator takes an empty disk.
            self.counts.flips_refused += 1;
            self.setup.storage = Storage::Faulty(Disk::default());
            self.flipped = false;
            self.open()
                .map_err(|error| Stop::Failed(format!("an empty store: {error}")))?;
        }
        let info = self.call(rng, |app| app.info(Default::default()))?;
        let height =
            u64::try_from(info.last_block_height).map_err(|_| Stop::failed("a negative height"))?;
        if height > comet.height() {
            return Err(Stop::Failed(format!("it is at {height}, above the chain")));
        }
        if height == 0 {
            self.arm(rng);
            let began = self.call(rng, |app| app.init_chain(world().init_chain()))?;
            if began.app_hash != comet.genesis_hash {
                return Err(Stop::failed("another app hash of genesis"));
            }
        } else if info.last_block_app_hash != *comet.app_hash(height) {
            return Err(Stop::Failed(format!(
                "another app hash on disk at {height}"
            )));
        }
        for height in height + 1..=comet.height() {
            self.apply(rng, comet, height)?;
            self.counts.replayed += 1;
        }
        Ok(())
    }

    /// What happens to the disk while the machine is down.
    fn damage(&mut self, rng: &mut StdRng) {
        let Storage::Faulty(disk) = &self.setup.storage else {
            return;
        };
        let disk = disk.clone();
        disk.restart();
        if self.setup.crash > 0.0 && rng.gen_bool(0.1) {
            disk.lose(rng.gen_range(1..4));
            self.counts.lost += 1;
        }
        // A restart replays the records: what had flipped is right again, as after a repair.
        self.flipped = false;
        if self.setup.crash > 0.0 && rng.gen_bool(0.1) && disk.flip(rng).is_some() {
            self.flipped = true;
            self.counts.flips += 1;
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
