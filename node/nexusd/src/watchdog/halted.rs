//! The note in the home of a node whose ledger was not the network's. Starting it again would change nothing: a service
//! manager that restarts it for ever would only hide that somebody has to look.

use std::fs;
use std::path::PathBuf;

use nexus_types::Hash;
use serde::{Deserialize, Serialize};

use super::judge::Divergence;
use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;

/// Bytes of the note.
const MAX_BYTES: u64 = 16 * 1024;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Halted {
    /// When, UTC.
    pub(crate) at: String,
    /// The block whose state differs.
    pub(crate) height: u64,
    /// The app hash this node computed, hexadecimal.
    pub(crate) ours: String,
    /// The app hash that the validators signed.
    pub(crate) theirs: String,
    /// The folder with what was kept; absent if it could not be written.
    pub(crate) evidence: Option<PathBuf>,
}

impl Halted {
    pub(crate) fn new(at: String, divergence: &Divergence, evidence: Option<PathBuf>) -> Self {
        let text = |hash: Hash| hash.to_string();
        Self {
            at,
            height: divergence.height,
            ours: text(divergence.ours),
            theirs: text(divergence.theirs),
            evidence,
        }
    }

    pub(crate) fn write(&self, home: &Home) -> Result<(), Error> {
        let path = home.halted_file();
        let text = serde_json::to_string_pretty(self)
            .map_err(|error| Error::io(format!("write {}", path.display()))(error.into()))?;
        files::write(&path, text.as_bytes(), Access::Public)
    }

    /// The note of a home, if it has one. One that cannot be read halts the node as well.
    pub(crate) fn read(home: &Home) -> Result<Option<Self>, Error> {
        let path = home.halted_file();
        if !path.exists() {
            return Ok(None);
        }
        let text = files::read_text(&path, MAX_BYTES)?;
        let note = serde_json::from_str(&text).map_err(|error| {
            Error::home(
                &path,
                format!(
                    "is not the note this program writes: {error}. It says that this node halted; see docs/operations.md, \
                     and delete it when the cause is known"
                ),
            )
        })?;
        Ok(Some(note))
    }
}

/// Refuses to start a halted node; with `after_halt` the note goes, and the node starts.
pub(crate) fn check(home: &Home, after_halt: bool) -> Result<(), Error> {
    if after_halt {
        let path = home.halted_file();
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io(format!("delete {}", path.display()))(error))
            }
            _ => Ok(()),
        };
    }
    let Some(note) = Halted::read(home)? else {
        return Ok(());
    };
    let evidence = note.evidence.map_or_else(String::new, |folder| {
        format!(" What was kept is in {}.", folder.display())
    });
    Err(Error::Diverged(format!(
        "this node halted at {}: after block {} it had the app hash {}, but the validators signed {}.{evidence} It does not \
         start again by itself, because its state is not the network's. Find the cause, give the node a state that is right \
         (docs/operations.md, \"The watchdog and the clock\"), and run `nexusd start --home {} --after-halt`",
        note.at,
        note.height,
        note.ours,
        note.theirs,
        home.path().display(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halted_home_starts_only_when_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        check(&home, false).expect("nothing happened here");
        let divergence = Divergence {
            height: 7,
            ours: Hash([1; 32]),
            theirs: Hash([2; 32]),
            from: "a".to_owned(),
        };
        let note = Halted::new(
            "20261126T021300Z".to_owned(),
            &divergence,
            Some("e/1".into()),
        );
        note.write(&home).expect("written");
        assert_eq!(Halted::read(&home).expect("read"), Some(note));
        let refusal = check(&home, false).expect_err("halted").to_string();
        for part in [
            "block 7",
            &"01".repeat(32),
            &"02".repeat(32),
            "e/1",
            "--after-halt",
        ] {
            assert!(refusal.contains(part), "{part}: {refusal}");
        }
        check(&home, false).expect_err("still halted");
        check(&home, true).expect("told to");
        check(&home, false).expect("the note is gone");
    }

    #[test]
    fn a_note_that_cannot_be_read_halts_as_well() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        fs::write(home.halted_file(), "{").expect("written");
        let refusal = check(&home, false).expect_err("halted").to_string();
        assert!(refusal.contains("is not the note"), "{refusal}");
    }
}
