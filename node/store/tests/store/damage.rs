//! When a disk lies: whatever byte changes, while the store is open or closed, every answer is an error, nothing, or what
//! was committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::ledger::{append, audit, commit, dump, hash_of, prepare, put};
use nexus_store::{
    Backend, BackendError, Batch, BlockInfo, BlockWrite, Change, Family, LogAppend, ReadView,
    RocksBackend, Store, StoreError, TxLocation, Visit, app_log,
};
use nexus_tree::app_hash::LogId;
use nexus_tree::log::{ConsistencyProof, Frontier, InclusionProof, LogHead, leaf_hash};
use nexus_tree::smt::StateProof;
use tempfile::TempDir;

/// The last height: beyond the live versions, so that the oldest values rest on `undo` alone.
pub(crate) const TIP: u64 = 150;
/// State keys, of which each block changes some.
const KEYS: u64 = 20;
/// Flips on the open store, and as many on the closed one.
const FLIPS: u64 = 1_000;
/// Threads with a ledger each; they wait for the disk more than they work.
const THREADS: u64 = 4;
/// Flips in the files of a closed database.
const FILE_FLIPS: u64 = 80;

/// RocksDB shared between the store and whoever damages it.
#[derive(Clone)]
struct Shared(Arc<RocksBackend>);

impl Backend for Shared {
    reads_of!(0);

    fn write(&self, batch: &Batch) -> Result<(), BackendError> {
        self.0.write(batch)
    }
}

fn open(folder: &Path) -> Result<Store, String> {
    let backend = RocksBackend::open(folder).map_err(|error| error.to_string())?;
    Store::open(backend).map_err(|error| error.to_string())
}

fn key(number: u64) -> Vec<u8> {
    format!("{}/{number}", char::from(b'a' + (number % 3) as u8)).into_bytes()
}

/// What a block changes: some keys come, change and go. Genesis, height 0, sets all.
pub(crate) fn changes(height: u64) -> (Vec<Change>, Vec<LogAppend>) {
    if height == 0 {
        let first = (0..KEYS).map(|n| put(&String::from_utf8_lossy(&key(n)), "first"));
        return (first.collect(), vec![audit("genesis")]);
    }
    let touched: BTreeSet<u64> = [height % KEYS, height * 7 % KEYS, height * height % KEYS].into();
    let state = touched
        .into_iter()
        .map(|number| {
            let value = format!("value {number} of height {height}");
            let gone = (height + number).is_multiple_of(5);
            (key(number), (!gone).then(|| value.into_bytes()))
        })
        .collect();
    let mut logs = vec![audit(&format!("entry {height}"))];
    logs.extend((0..height % 3).map(|n| append(b"often", &format!("{height}/{n}"))));
    if height.is_multiple_of(10) {
        logs.push(append(b"seldom", &format!("{height}")));
    }
    (state, logs)
}

fn build(folder: &Path) {
    build_on(&open(folder).expect("a new store opens"));
}

pub(crate) fn build_on(store: &Store) {
    for height in 0..=TIP {
        let (state, logs) = changes(height);
        commit(store, height, state, logs);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    State(u64, Vec<u8>),
    Proof(u64, Vec<u8>),
    Info(u64),
    Block(u64),
    Head(Vec<u8>),
    Record(Vec<u8>, u64),
    Records(Vec<u8>),
    Inclusion(Vec<u8>, u64, u64),
    Consistency(Vec<u8>, u64, u64),
}

fn logs() -> [Vec<u8>; 3] {
    [app_log(LogId::Audit), b"often".to_vec(), b"seldom".to_vec()]
}

/// Everything that can be asked of the ledger at its tip.
fn questions(view: &ReadView) -> Vec<Question> {
    let mut all = Vec::new();
    for height in 0..=view.height() {
        all.extend([Question::Info(height), Question::Block(height)]);
        // One key more than there are; each at every third height, because an old value answers for many.
        let keys = (0..=KEYS).filter(|number| (height + number).is_multiple_of(3));
        all.extend(keys.map(|number| Question::State(height, key(number))));
    }
    let oldest = view.oldest_provable_height().expect("the oldest height");
    for height in [oldest, oldest + 40, view.height() - 1, view.height()] {
        all.extend((0..=KEYS).map(|number| Question::Proof(height, key(number))));
    }
    for log in logs() {
        let size = view.log_size(&log).expect("a size");
        all.extend([Question::Head(log.clone()), Question::Records(log.clone())]);
        for index in 0..size {
            let middle = (index + size) / 2;
            all.push(Question::Record(log.clone(), index));
            all.push(Question::Inclusion(log.clone(), index, size));
            all.push(Question::Inclusion(
                log.clone(),
                index,
                middle.max(index + 1),
            ));
            all.push(Question::Consistency(log.clone(), index, middle));
            all.push(Question::Consistency(log.clone(), index, size));
        }
    }
    all
}

#[derive(Debug, PartialEq)]
enum Answer {
    Value(Option<Vec<u8>>),
    Proved(Option<Vec<u8>>, StateProof),
    Info(Box<BlockInfo>),
    Head(LogHead, Frontier),
    Records(Vec<Vec<u8>>),
    Inclusion(InclusionProof),
    Consistency(ConsistencyProof),
}

fn ask(view: &ReadView, question: &Question) -> Result<Answer, StoreError> {
    Ok(match question {
        Question::State(height, key) => Answer::Value(view.get_at(*height, key)?),
        Question::Proof(height, key) => {
            let (value, proof) = view.prove(*height, key)?;
            Answer::Proved(value, proof)
        }
        Question::Info(height) => Answer::Info(Box::new(view.info_at(*height)?)),
        Question::Block(height) => Answer::Value(view.block_record(*height)?),
        Question::Head(log) => Answer::Head(view.log_head(log)?, view.frontier(log)?),
        Question::Record(log, index) => Answer::Value(view.record(log, *index)?),
        Question::Records(log) => Answer::Records(view.records(log, 0, usize::MAX)?),
        Question::Inclusion(log, index, size) => {
            Answer::Inclusion(view.inclusion(log, *index, *size)?)
        }
        Question::Consistency(log, old, new) => {
            Answer::Consistency(view.consistency(log, *old, *new)?)
        }
    })
}

/// What the undamaged ledger answers.
struct Truth {
    answers: BTreeMap<Question, Answer>,
    /// Keys and values of each height: what iteration may list.
    states: Vec<BTreeMap<Vec<u8>, Vec<u8>>>,
    txs: BTreeMap<[u8; 32], Vec<TxLocation>>,
}

impl Truth {
    fn record(view: &ReadView) -> Self {
        let answers = questions(view)
            .into_iter()
            .map(|question| {
                let answer = ask(view, &question).expect("the undamaged ledger answers");
                (question, answer)
            })
            .collect();
        let state = |height| {
            let values = (0..KEYS).filter_map(|number| {
                let value = view.get_at(height, &key(number)).expect("a value")?;
                Some((key(number), value))
            });
            values.collect()
        };
        let hashes = (0..=view.height()).flat_map(tx_hashes);
        Self {
            answers,
            states: (0..=view.height()).map(state).collect(),
            txs: hashes
                .map(|hash| (hash, view.tx_locations(&hash).expect("a location")))
                .collect(),
        }
    }

    /// Panics when anything is answered that is not true. Returns how many questions were refused.
    fn judge(&self, view: &ReadView, what: &str) -> usize {
        let mut refused = 0;
        for (question, truth) in &self.answers {
            if matches!(question, Question::Head(_) | Question::Records(_)) && view.height() != TIP
            {
                continue;
            }
            match ask(view, question) {
                Ok(answer) => assert_eq!(answer, *truth, "{what}: {question:?}"),
                Err(_) => refused += 1,
            }
        }
        for (hash, truth) in &self.txs {
            match view.tx_locations(hash) {
                Ok(found) => assert!(found.iter().all(|at| truth.contains(at)), "{what}: a tx"),
                Err(_) => refused += 1,
            }
        }
        self.judge_ranges(view, what, &mut refused);
        refused
    }

    /// A range lists nothing that was not there.
    fn judge_ranges(&self, view: &ReadView, what: &str, refused: &mut usize) {
        let state = &self.states[usize::try_from(view.height()).expect("small")];
        for prefix in [b"".as_slice(), b"a", b"b/1"] {
            match view.iter_prefix(prefix, None, 100) {
                Ok(listed) => {
                    for (key, value) in listed {
                        assert_eq!(state.get(&key), Some(&value), "{what}: a range");
                    }
                }
                Err(_) => *refused += 1,
            }
        }
    }
}

/// The transactions that `prepare` gives a block.
pub(crate) fn tx_hashes(height: u64) -> [[u8; 32]; 2] {
    [hash_of(height ^ u64::MAX), hash_of(height ^ u64::MAX >> 1)]
}

/// The same numbers on every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

pub(crate) type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

fn family(name: &str) -> Family {
    let found = Family::ALL.into_iter().find(|each| each.name() == name);
    found.expect("a family")
}

/// Flips one bit of one key or value, each family as often as the others. Returns what was done.
pub(crate) fn flip(backend: &dyn Backend, good: &Dump, dice: &mut Dice) -> String {
    let wanted = Family::ALL[dice.below(Family::ALL.len())];
    let entries: Vec<_> = good
        .iter()
        .filter(|((name, _), _)| *name == wanted.name())
        .collect();
    let ((_, key), value) = entries[dice.below(entries.len())];
    let (mut key, mut value) = (key.clone(), value.clone());
    let mut batch = Batch::new();
    let at = dice.below(key.len() + value.len());
    let bit = 1 << dice.below(8);
    let told = format!("{} {key:02x?}, byte {at}, bit {bit}", wanted.name());
    match at.checked_sub(key.len()) {
        Some(at) => value[at] ^= bit,
        None => {
            batch.delete(wanted, key.clone());
            key[at] ^= bit;
        }
    }
    batch.put(wanted, key, value);
    backend.write(&batch).expect("a write");
    told
}

/// Makes the backend hold exactly what it held.
fn restore(backend: &dyn Backend, good: &Dump) {
    let now = dump(backend);
    let mut batch = Batch::new();
    for (name, key) in now.keys().filter(|place| !good.contains_key(*place)) {
        batch.delete(family(name), key.clone());
    }
    for ((name, key), value) in good {
        if now.get(&(*name, key.clone())) != Some(value) {
            batch.put(family(name), key.clone(), value.clone());
        }
    }
    backend.write(&batch).expect("a write");
}

/// Counts of what came of the flips, so that a test in which nothing is ever noticed fails.
#[derive(Default)]
struct Outcome {
    /// Flips after which the store did not open.
    closed: usize,
    /// Flips after which some question was refused.
    noticed: usize,
    /// Flips after which the next block was refused.
    halted: usize,
}

struct Bench {
    backend: Shared,
    good: Dump,
    truth: Truth,
    next: BlockWrite,
    next_state: Vec<Change>,
    _folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        build(folder.path());
        let backend = Shared(Arc::new(
            RocksBackend::open(folder.path()).expect("RocksDB"),
        ));
        let good = dump(&backend);
        let store = Store::open(backend.clone()).expect("the good store opens");
        let view = store.view().expect("a view").expect("a height");
        let (state, logs) = changes(TIP + 1);
        Self {
            truth: Truth::record(&view),
            next: prepare(&store, TIP + 1, state.clone(), logs),
            next_state: state,
            backend,
            good,
            _folder: folder,
        }
    }

    /// A flip under the open store, the questions, the next block, and the questions about it.
    fn while_open(&self, dice: &mut Dice, outcome: &mut Outcome) {
        let store = Store::open(self.backend.clone()).expect("the good store opens");
        let view = store.view().expect("a view").expect("a height");
        let what = flip(&self.backend, &self.good, dice);
        let refused = self.truth.judge(&view, &what);
        outcome.noticed += usize::from(refused > 0);
        let staged = store.stage(self.next_state.clone()).expect("staged in RAM");
        assert_eq!(staged.state_root, self.next.preimage.state_root, "{what}");
        match store.commit(self.next.clone()) {
            Ok(()) => {
                let view = store.view().expect("a view").expect("a height");
                assert_eq!(view.app_hash(), self.next.app_hash, "{what}");
                for (key, value) in &self.next_state {
                    if let Ok(found) = view.get(key) {
                        assert_eq!(found, *value, "{what}");
                    }
                }
                for log in LogId::ALL {
                    if let Ok(head) = view.log_head(&app_log(log)) {
                        assert_eq!(head, self.next.preimage.log(log), "{what}");
                    }
                }
            }
            Err(_) => outcome.halted += 1,
        }
        drop(store);
        restore(&self.backend, &self.good);
    }

    /// A flip under the closed store, then a start.
    fn while_closed(&self, dice: &mut Dice, outcome: &mut Outcome) {
        let what = flip(&self.backend, &self.good, dice);
        match Store::open(self.backend.clone()) {
            Err(_) => outcome.closed += 1,
            Ok(store) => {
                let view = store.view().expect("a view").expect("a height");
                assert_eq!(view.height(), TIP, "{what}");
                outcome.noticed += usize::from(self.truth.judge(&view, &what) > 0);
            }
        }
        restore(&self.backend, &self.good);
    }
}

fn on_every_thread(test: impl Fn(&Bench, &mut Dice, &mut Outcome) + Sync) -> Outcome {
    let test = &test;
    let outcomes = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|seed| {
                scope.spawn(move || {
                    let bench = Bench::new();
                    let mut outcome = Outcome::default();
                    for number in 0..FLIPS / THREADS {
                        // Each flip from its own seed, so that one that fails can be repeated alone.
                        let mut dice = Dice(seed << 32 | number);
                        test(&bench, &mut dice, &mut outcome);
                    }
                    outcome
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|one| one.join().expect("no flip was believed"))
            .collect::<Vec<_>>()
    });
    let mut all = Outcome::default();
    for one in outcomes {
        all.closed += one.closed;
        all.noticed += one.noticed;
        all.halted += one.halted;
    }
    all
}

#[test]
fn a_byte_that_changes_under_the_open_store_is_never_served() {
    let outcome = on_every_thread(Bench::while_open);
    println!(
        "{FLIPS} flips: {} noticed by a question, {} by the next block",
        outcome.noticed, outcome.halted
    );
    // Metadata is read at the start alone, and old nodes of logs seldom.
    assert!(outcome.noticed > usize::try_from(FLIPS / 2).expect("small"));
    assert!(outcome.halted > 0);
}

#[test]
fn a_byte_that_changes_under_the_closed_store_is_never_served() {
    let outcome = on_every_thread(Bench::while_closed);
    println!(
        "{FLIPS} flips: {} refused at the start, {} noticed by a question",
        outcome.closed, outcome.noticed
    );
    assert!(outcome.closed > usize::try_from(FLIPS / 4).expect("small"));
    assert!(outcome.noticed > 0);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| fs::metadata(path).is_ok_and(|meta| meta.len() > 0))
        .filter(|path| !path.ends_with("LOG") && !path.ends_with("LOCK"))
        .collect();
    files.sort();
    files
}

#[test]
fn a_byte_that_changes_in_the_files_of_the_database_is_never_served() {
    let home = TempDir::new().expect("a folder");
    let good = home.path().join("good");
    build(&good);
    let truth = {
        // Opening writes the log of the first life into tables; this second life begins another log.
        let store = open(&good).expect("the good store opens");
        let view = store.view().expect("a view").expect("a height");
        Truth::record(&view)
    };
    let kinds: BTreeSet<String> = files(&good)
        .iter()
        .filter_map(|path| Some(path.extension()?.to_str()?.to_owned()))
        .collect();
    assert!(kinds.contains("sst"), "there are tables: {kinds:?}");
    let (mut closed, mut refused) = (0, 0);
    for number in 0..FILE_FLIPS {
        let mut dice = Dice(number);
        let bad = home.path().join(format!("bad-{number}"));
        copy(&good, &bad);
        let files = files(&bad);
        let file = &files[dice.below(files.len())];
        let mut bytes = fs::read(file).expect("a file");
        let at = dice.below(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
        fs::write(file, &bytes).expect("a file");
        let what = format!("{}, byte {at}", file.display());
        match open(&bad).map(|store| store.view().expect("a view")) {
            Err(_) => closed += 1,
            // As if nothing had ever been written: whole, and nothing is served.
            Ok(None) => {}
            Ok(Some(view)) => refused += usize::from(truth.judge(&view, &what) > 0),
        }
        fs::remove_dir_all(&bad).expect("the copy goes");
    }
    println!("{FILE_FLIPS} flips: {closed} refused at the start, {refused} noticed by a question");
    assert!(closed > 0);
}

#[test]
fn a_log_whose_head_vanished_is_neither_empty_nor_begun_anew() {
    let folder = TempDir::new().expect("a folder");
    build(folder.path());
    let backend = Shared(Arc::new(
        RocksBackend::open(folder.path()).expect("RocksDB"),
    ));
    let store = Store::open(backend.clone()).expect("open");
    let (state, mut logs) = changes(TIP + 1);
    logs.push(append(b"seldom", "more"));
    let next = prepare(&store, TIP + 1, state, logs);
    let mut batch = Batch::new();
    batch.delete(Family::Meta, b"log/seldom".to_vec());
    backend.write(&batch).expect("a write");
    let view = store.view().expect("a view").expect("a height");
    assert!(matches!(
        view.log_head(b"seldom"),
        Err(StoreError::Corrupt { .. })
    ));
    assert!(matches!(
        store.commit(next),
        Err(StoreError::Corrupt { .. })
    ));
    assert_eq!(view.log_size(b"never").expect("an empty log"), 0);
}

#[test]
fn the_refusal_names_the_key_and_both_hashes() {
    let folder = TempDir::new().expect("a folder");
    build(folder.path());
    let backend = Shared(Arc::new(
        RocksBackend::open(folder.path()).expect("RocksDB"),
    ));
    let store = Store::open(backend.clone()).expect("open");
    let view = store.view().expect("a view").expect("a height");
    let mut state = BTreeMap::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        state.insert(key.to_vec(), value.to_vec());
        ControlFlow::Continue(())
    };
    backend
        .scan(Family::State, &[], None, &mut visit)
        .expect("a scan");
    let (key, value) = state.first_key_value().expect("a key");
    let told = |change: Option<&[u8]>| {
        let mut batch = Batch::new();
        match change {
            Some(value) => batch.put(Family::State, key.clone(), value.to_vec()),
            None => batch.delete(Family::State, key.clone()),
        }
        backend.write(&batch).expect("a write");
        view.get(key).expect_err("a refusal").to_string()
    };
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let committed = hex(&nexus_tree::smt::value_hash(value));
    let altered = told(Some(b"altered"));
    for part in [
        hex(key),
        committed.clone(),
        hex(&nexus_tree::smt::value_hash(b"altered")),
    ] {
        assert!(altered.contains(&part), "{altered}");
    }
    let vanished = told(None);
    assert!(
        vanished.contains("no value") && vanished.contains(&committed),
        "{vanished}"
    );
    assert_ne!(hex(&leaf_hash(value)), committed);
}
