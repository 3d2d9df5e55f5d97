//! 55 to 45 is nowhere but in the program: neither a database that was patched nor a program with another constant finds a
//! place among validators that keep to it. (Those who ask for another split by a transaction get 2055: `running/gates.rs`.)

use bytes::Bytes;
use nexus_abci::app::App;
use nexus_sdk::keys::Signer;
use nexus_store::{Backend, Batch, BlockWrite, Change, Family, RocksBackend, Store, rollback};
use nexus_tests::actions::{create, imvu};
use nexus_tests::patched::{Patched, Replaced};
use nexus_tests::programs::{Ran, path, program, run};
use nexus_tests::wait::wait_for;
use nexus_tests::watched::{Watched, evidence, go_on, kept};
use nexus_tests::{Joiner, Network, Node, Options};
use nexus_tree::app_hash::AppHashPreimage;
use nexus_types::constants::{SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE, constants_hash};
use nexus_types::encoding::{Text, encode};
use nexus_types::gate::Gate;
use nexus_types::jurisdiction::Jurisdiction;
use nexus_types::money::{Account, AccountId, Grains};
use nexus_types::{Action, Hash, Micros, ProcessorId, decode, state_key};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tendermint_abci::Application;
use tendermint_proto::v0_38::abci::{ResponseCommit, ResponseFinalizeBlock, ResponseInitChain};

/// The split that somebody would rather have: of 20 parts, to creator and platform.
const HALVES: [u8; 3] = [10, 10, 20];

/// What was sold, in micro-credits: 11,000 grains for the creator, 9,000 for the platform.
const GROSS: u128 = 1_000;

/// Grains that make halves of it.
const MOVED: u128 = 1_000;

#[test]
fn neither_a_patched_database_nor_a_program_with_another_split_finds_a_place_on_the_network() {
    let network = &Network::start(&Options::default());
    let creator = sold(network);
    a_program_with_another_split_does_not_join(network);
    let [others @ .., node] = network.nodes.as_slice() else {
        panic!("no nodes")
    };
    // The network went on; the node has the sale.
    network.wait_for_height(network.common_height() + 2);
    node.stop();
    let whole = node.home.join("whole");
    copy(&store(node), &whole);
    money_moved_in_the_database_is_found_at_the_start(node, &creator);
    restore(node, &whole);
    a_database_with_other_constants_is_refused_with_2055(node);
    restore(node, &whole);
    a_database_that_is_patched_throughout_ends_with_evidence(node, &creator, others);
    restore(node, &whole);
    a_validator_that_takes_another_split_is_left_behind(node, others);
    let last = others.iter().filter_map(Node::height).min();
    for height in 1..=last.expect("they run") {
        let hashes: Vec<Hash> = others.iter().map(|other| other.app_hash(height)).collect();
        assert!(hashes.windows(2).all(|pair| pair[0] == pair[1]), "{height}");
    }
}

/// A creator whose IMVU sold something, as the split left it.
fn sold(network: &Network) -> Signer {
    let [creator, cashier] = network.people(["maker", "cashier"]);
    let processor = || ProcessorId::new("pay").expect("a name");
    let operators = [1, 2, 3].map(|seat| network.operator(seat));
    let register = Action::RegisterProcessor {
        processor: processor(),
    };
    let nonce = network.next_nonce(cashier.identity);
    let register = network.signed(&cashier, &operators, nonce, register);
    network.applied(network.hand_in(&register));
    let link = Action::LinkProcessor {
        imvu: imvu("SHOP"),
        processor: processor(),
        linked: true,
    };
    network.apply(&creator, vec![create("SHOP"), link]);
    let sale = Action::RecordSale {
        processor: processor(),
        external: Text::new("sale-1").expect("a name"),
        imvu: imvu("SHOP"),
        gross: Micros(GROSS),
        tax: Micros(0),
        region: Jurisdiction::new("EU-GDPR").expect("a tag"),
        fee: Micros(0),
    };
    network.apply(&cashier, vec![sale]);
    for (account, parts) in [
        (AccountId::Maturing(creator.identity), SPLIT_CREATOR),
        (AccountId::PlatformIncome, SPLIT_PLATFORM),
    ] {
        let found: Option<Account> = network.state(&state_key::account(&account));
        let balance = found.expect("an account").balance(&account);
        assert_eq!(balance, Grains(GROSS * u128::from(parts)));
    }
    creator
}

/// The hash of a program's constants, as it would compute it.
fn constants_of(split: [u8; 3]) -> Hash {
    let mut gates = Vec::new();
    for gate in Gate::ALL {
        gates.push(gate.number());
        gates.extend_from_slice(gate.name().as_bytes());
        gates.push(0);
    }
    Hash::tagged("nexus/constants/v1", &[&split, &gates])
}

/// The app hash that a program with another split gives to the state that was committed last.
fn app_hash_of_halves(app: &App) -> Hash {
    let view = app.views().latest().expect("a readable store");
    Hash(
        AppHashPreimage {
            constants: constants_of(HALVES).0,
            ..view.expect("a committed state").preimage().clone()
        }
        .hash(),
    )
}

/// The real application, but for its constants: each app hash it computes is that of a program built with another split.
fn halves(app: App) -> Patched<App> {
    let said = |app: &App| Bytes::copy_from_slice(&app_hash_of_halves(app).0);
    Patched::new(app)
        .on_init_chain(move |app, request| ResponseInitChain {
            app_hash: {
                app.init_chain(request);
                said(app)
            },
            ..ResponseInitChain::default()
        })
        .on_finalize_block(move |app, request| {
            let honest = app.finalize_block(request);
            // What the app hash is a hash of can be read once it is committed; nothing happens in between.
            app.commit();
            ResponseFinalizeBlock {
                app_hash: said(app),
                ..honest
            }
        })
        .on_commit(|_, ()| ResponseCommit::default())
}

/// From genesis, block by block: the honest program joins, in the same home; the other one not by a single block.
fn a_program_with_another_split_does_not_join(network: &Network) {
    assert_eq!(
        constants_of([SPLIT_CREATOR, SPLIT_PLATFORM, SPLIT_WHOLE]),
        constants_hash()
    );
    let peers: Vec<&Node> = network.nodes.iter().collect();
    let mut joiner = Joiner::init(network, "halves", &peers, &[]);
    joiner.start();
    joiner.node.wait_for_height(2);
    joiner.stop();
    let home = &joiner.node.home;
    fs::remove_dir_all(store(&joiner.node)).expect("its ledger");
    for entry in fs::read_dir(home.join("cometbft/data")).expect("its blocks") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            fs::remove_dir_all(path).expect("deleted");
        }
    }
    let mut app = None;
    let replaced = Replaced::run(&joiner.node, |own| {
        app = Some(own.clone());
        halves(own)
    });
    let app = app.expect("it was opened");
    // What its genesis comes to, and what the header of block 1 says that it comes to.
    let honest = network.node().app_hash(0);
    let line = refusal(&joiner.node, honest);
    let own = app_hash_of_halves(&app);
    assert!(line.contains(&upper(own)), "{line}: not {own}");
    assert_eq!(*app.heights().borrow(), 0, "it took no block");
    drop(replaced);
}

/// Both sides of a posting, so that all sums are right: half of everything for each.
fn theft(read: impl Fn(&[u8]) -> Option<Vec<u8>>, creator: &Signer) -> Vec<Change> {
    let maturing = state_key::account(&AccountId::Maturing(creator.identity));
    let income = state_key::account(&AccountId::PlatformIncome);
    let account = |key: &[u8]| -> Account {
        decode(&read(key).expect("an account")).expect("an account's bytes")
    };
    let (mut of_creator, mut of_platform) =
        (account(maturing.as_bytes()), account(income.as_bytes()));
    of_creator.debits.0 += MOVED;
    of_platform.credits.0 += MOVED;
    vec![
        (maturing.into_bytes(), Some(encode(&of_creator))),
        (income.into_bytes(), Some(encode(&of_platform))),
    ]
}

fn money_moved_in_the_database_is_found_at_the_start(node: &Node, creator: &Signer) {
    let backend = RocksBackend::open(&store(node)).expect("RocksDB opens");
    let read = |key: &[u8]| backend.get(Family::State, key).expect("a read");
    let changes = theft(read, creator);
    let mut batch = Batch::new();
    for (key, value) in &changes {
        let value = value.clone().expect("a value");
        batch.put(Family::State, key.clone(), value);
    }
    backend.write(&batch).expect("a write");
    drop(backend);
    let refused = nexusd(node, &["start"]).exited(4);
    let told = &refused.stderr;
    assert!(
        told.contains("has root") && told.contains("was committed"),
        "{told}"
    );
    // The check names the account.
    let found = nexusd(node, &["check"]).exited(4);
    let named = changes.iter().any(|(key, _)| {
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let state = |line: &&str| line.contains("WRONG") && line.contains("state: state key");
        found
            .stdout
            .lines()
            .filter(state)
            .any(|line| line.contains(&hex))
    });
    assert!(named, "{}", found.stdout);
}

/// The last height once more, by somebody who has the store's own code: root, undo, seals and app hash fit each other.
fn forge(node: &Node, changes: impl FnOnce(&Store) -> Vec<Change>, constants: Hash) {
    let open = || RocksBackend::open(&store(node)).expect("RocksDB opens");
    let tip = {
        let whole = Store::open(open()).expect("its store");
        let view = whole.view().expect("readable").expect("a state");
        view.info_at(view.height()).expect("its tip")
    };
    let backend = open();
    rollback(&backend, tip.height - 1).expect("a height back");
    let patched = Store::open(backend).expect("its store");
    let before = patched.view().expect("readable").expect("a state");
    let staged = patched.stage(changes(&patched)).expect("staged");
    let preimage = AppHashPreimage {
        constants: constants.0,
        state_root: staged.state_root,
        ..before.preimage().clone()
    };
    let block = BlockWrite {
        height: tip.height,
        time_ms: tip.time_ms,
        block_hash: tip.block_hash,
        app_hash: preimage.hash(),
        preimage,
        logs: Vec::new(),
        txs: Vec::new(),
        block: vec![0],
    };
    patched.commit(block).expect("written");
}

fn a_database_with_other_constants_is_refused_with_2055(node: &Node) {
    forge(node, |_| Vec::new(), constants_of(HALVES));
    let refused = nexusd(node, &["start"]).exited(4);
    let told = &refused.stderr;
    for part in [
        "NX2055: ",
        &constants_of(HALVES).to_string(),
        &constants_hash().to_string(),
        "restore the data folder from a copy",
    ] {
        assert!(told.contains(part), "no {part}: {told}");
    }
    let found = nexusd(node, &["check"]).exited(4);
    assert!(found.stdout.contains("law: NX2055: "), "{}", found.stdout);
}

/// Nothing on the disk contradicts anything else there; the others' headers do.
fn a_database_that_is_patched_throughout_ends_with_evidence(
    node: &Node,
    creator: &Signer,
    others: &[Node],
) {
    let changes = |patched: &Store| {
        let view = patched.view().expect("readable").expect("a state");
        theft(|key| view.get(key).expect("a read"), creator)
    };
    forge(node, changes, constants_hash());
    let mut watched = Watched::start(node, &[]);
    assert_eq!(watched.code(), 12, "{}", node.log());
    let about = kept(&evidence(node, "diverged"), "about.json");
    let theirs = about["proven"][0]["appHash"].as_str().expect("a hash");
    let height: u64 = about["proven"][0]["height"]
        .as_str()
        .and_then(|text| text.parse().ok())
        .expect("a height");
    assert_eq!(others[0].app_hash(height - 1).to_string(), theirs);
    // Not a second time without somebody who looked.
    let _ = nexusd(node, &["start"]).exited(12);
}

/// The program is exchanged on a validator that was honest: its first own block is its last.
fn a_validator_that_takes_another_split_is_left_behind(node: &Node, others: &[Node]) {
    let mut app = None;
    let replaced = Replaced::run(node, |own| {
        app = Some(own.clone());
        halves(own)
    });
    let app = app.expect("it was opened");
    let began = *app.heights().borrow();
    let height = wait_for("a block with another split", || {
        Some(*app.heights().borrow()).filter(|height| *height > began)
    });
    let line = refusal(node, others[0].app_hash(height));
    let own = app_hash_of_halves(&app);
    assert!(line.contains(&upper(own)), "{line}: not {own}");
    go_on(others);
    assert_eq!(*app.heights().borrow(), height, "it is where it was");
    drop(replaced);
}

/// The line in which a CometBFT says that the app hash of a header is this one and not its application's.
fn refusal(node: &Node, honest: Hash) -> String {
    let what = format!("{}: a header with {honest} that does not fit", node.name);
    wait_for(&what, || {
        let log = fs::read(node.home.join("patched.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let mut lines = log.lines();
        let wrong = |line: &&str| {
            line.contains("wrong Block.Header.AppHash") && line.contains(&upper(honest))
        };
        lines.find(wrong).map(str::to_owned)
    })
}

/// As CometBFT writes it.
fn upper(hash: Hash) -> String {
    hash.to_string().to_uppercase()
}

fn nexusd(node: &Node, words: &[&str]) -> Ran {
    let mut command = Command::new(program("nexusd"));
    command.args(words).arg("--home").arg(&node.home);
    run(command.env("PATH", path()))
}

fn store(node: &Node) -> PathBuf {
    node.home.join("data/store")
}

/// Copies the files of a folder that nobody uses.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

fn restore(node: &Node, whole: &Path) {
    fs::remove_dir_all(store(node)).expect("its ledger");
    copy(whole, &store(node));
}
