//! A machine's clock, to be set wrong while a node runs on it.
//!
//! The clock is a file that holds an offset, `+5s`. `nexusd` reads the time through the C library, where libfaketime adds
//! the offset; a Go program does not, so CometBFT is one that was built with such a clock (`tests/skewed-cometbft.sh`).
//! Both read the file each time, so that one write sets the machine's clock for both.

use crate::wait::block_on;
use crate::{Node, people, programs};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What CometBFT bears, milliseconds: a block's time may be this far from anybody's clock.
const TOLERANCE_MS: u64 = 60_000;

/// A clock that both programs of a node follow if they are started with its [`environment`](Self::environment), its
/// CometBFT being [`comet`](Self::comet).
#[derive(Debug)]
pub struct Clock {
    file: String,
    /// Of libfaketime; none for a clock of CometBFT alone.
    library: Option<String>,
    comet: String,
}

impl Clock {
    /// Why no clock can be set wrong here, if so.
    #[must_use]
    pub fn unavailable() -> Option<&'static str> {
        library()
            .is_none()
            .then_some("libfaketime is not installed")
    }

    /// One that is right; the file is where no node writes.
    ///
    /// # Panics
    /// If there is none to be had, see [`Self::unavailable`], or CometBFT cannot be built.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        Self {
            library: Some(text(&library().expect("libfaketime"))),
            ..Self::of_comet(file)
        }
    }

    /// One that is right, and that only CometBFT will follow: for chains whose time is not this machine's.
    ///
    /// # Panics
    /// If CometBFT cannot be built.
    #[must_use]
    pub fn of_comet(file: &Path) -> Self {
        let script = programs::checkout().join("tests/skewed-cometbft.sh");
        let built = programs::run(&mut Command::new(script)).exited(0);
        let clock = Self {
            file: text(file),
            library: None,
            comet: built.stdout.trim().to_owned(),
        };
        clock.set(0);
        clock
    }

    /// Makes it wrong by so many seconds; negative if it is slow.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn set(&self, seconds: i64) {
        // In one piece: it is read at any moment.
        let staging = format!("{}.new", self.file);
        fs::write(&staging, format!("{seconds:+}s\n")).expect("written");
        fs::rename(staging, &self.file).expect("renamed");
    }

    /// What a nexusd needs in its environment for this to be its clock, and that of its CometBFT.
    ///
    /// # Panics
    /// If it is a clock of CometBFT alone.
    #[must_use]
    pub fn environment(&self) -> [(&str, &str); 5] {
        let [comet] = self.of_comet_alone();
        [
            ("LD_PRELOAD", self.library.as_deref().expect("libfaketime")),
            ("FAKETIME_TIMESTAMP_FILE", &self.file),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
            comet,
        ]
    }

    /// What it needs for its CometBFT to have a clock of its own.
    #[must_use]
    pub fn of_comet_alone(&self) -> [(&'static str, &str); 1] {
        [("NEXUS_TEST_CLOCK_FILE", &self.file)]
    }

    /// The CometBFT that reads this clock.
    #[must_use]
    pub fn comet(&self) -> &str {
        &self.comet
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a path that is text").to_owned()
}

/// Where Debian's package puts the library.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketime.so.1"))
        .find(|path| path.is_file())
}

/// Asserts that blocks are dated rightly: by the median of the validators, which one wrong clock does not move.
///
/// # Panics
/// If the node's last block is not of now.
pub fn assert_dated_rightly(node: &Node) {
    let health = block_on(node.client().health()).expect("an answer");
    let now = people::now().0;
    let dated = health.block_time.expect("a block").0;
    assert!(
        now.abs_diff(dated) < TOLERANCE_MS,
        "{}: block dated {dated}, now {now}",
        node.name
    );
}
