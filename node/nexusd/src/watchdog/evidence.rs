//! What is kept when the watchdog ends the node: a folder that tells an operator, and anybody he asks, what both sides
//! said at that moment. It holds no key and no person's data: headers, heights, votes, addresses, the node's own log.

use std::fs;
use std::path::{Path, PathBuf};

use nexus_store::ReadView;
use nexus_types::Hash;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::ask::Told;
use crate::error::Error;
use crate::files::{self, Access};
use crate::home::Home;

/// Folders kept; the oldest goes first. Ten incidents are more than anybody leaves unread.
const MAX_FOLDERS: usize = 10;

/// Bytes of one file: a dump of consensus with 64 validators takes some hundred thousand.
const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of the log's end.
const LOG_BYTES: u64 = 256 * 1024;

/// What the standard error of this process is, for finding the log's file.
const STANDARD_ERROR: &str = "/proc/self/fd/2";

/// The files of one incident: name and content.
pub(crate) type Files = Vec<(&'static str, Vec<u8>)>;

/// Now, UTC, in a form that sorts by time and suits a folder's name.
pub(crate) fn stamp() -> String {
    let now = OffsetDateTime::now_utc();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

/// Writes a folder of evidence and returns its path.
pub(crate) fn write(
    home: &Home,
    stamp: &str,
    reason: &str,
    files: &Files,
) -> Result<PathBuf, Error> {
    let all = home.evidence();
    files::private_folder(&all)?;
    make_room(&all);
    let folder = all.join(format!("{stamp}-{reason}"));
    files::private_folder(&folder)?;
    for (name, content) in files {
        let kept = content.get(..MAX_FILE_BYTES).unwrap_or(content);
        files::write(&folder.join(name), kept, Access::Public)?;
    }
    Ok(folder)
}

/// Deletes the oldest folders, so that there is room for one more. Only names this program gives are touched.
fn make_room(all: &Path) {
    let entries = fs::read_dir(all).into_iter().flatten().flatten();
    let mut own: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir() && is_ours(path))
        .collect();
    own.sort();
    let surplus = (own.len() + 1).saturating_sub(MAX_FOLDERS);
    for path in own.iter().take(surplus) {
        if let Err(error) = fs::remove_dir_all(path) {
            tracing::warn!(%error, path = %path.display(), "old evidence could not be deleted");
        }
    }
}

/// `20261126T021300Z-reason`.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.split_once('-'))
        .is_some_and(|(stamp, _)| {
            stamp.len() == 16
                && stamp.bytes().enumerate().all(|(place, byte)| match place {
                    8 => byte == b'T',
                    15 => byte == b'Z',
                    _ => byte.is_ascii_digit(),
                })
        })
}

/// This node's own last state: the app hash and everything it is a hash of.
pub(crate) fn own_state(view: &ReadView) -> Value {
    let preimage = view.preimage();
    let logs = preimage
        .logs
        .iter()
        .map(|head| json!({ "size": head.size.to_string(), "root": Hash(head.root).to_string() }));
    let state = |height: u64| {
        let info = view.info_at(height).ok()?;
        Some(json!({
            "height": height.to_string(),
            "blockTime": info.time_ms.to_string(),
            "blockHash": Hash(info.block_hash).to_string(),
            "appHash": Hash(info.app_hash).to_string(),
            "stateRoot": Hash(info.preimage.state_root).to_string(),
        }))
    };
    // The few blocks before it say since when.
    let lately = view.height().saturating_sub(5)..=view.height();
    json!({
        "height": view.height().to_string(),
        "appHash": Hash(view.app_hash()).to_string(),
        "preimage": {
            "constants": Hash(preimage.constants).to_string(),
            "delayProfile": Hash(preimage.delay_profile).to_string(),
            "stateRoot": Hash(preimage.state_root).to_string(),
            "logs": logs.collect::<Vec<_>>(),
        },
        "lately": lately.filter_map(state).collect::<Vec<_>>(),
    })
}

/// What the other nodes showed, word for word.
pub(crate) fn others(told: &[Told]) -> Value {
    let each = told.iter().map(|one| match &one.block {
        Ok(block) => json!({
            "node": one.from,
            "saysHeight": one.height.map(|height| height.to_string()),
            "header": block,
        }),
        Err(why) => json!({
            "node": one.from,
            "saysHeight": one.height.map(|height| height.to_string()),
            "noHeader": why,
        }),
    });
    each.collect()
}

/// An answer, or why there is none.
pub(crate) fn answer(answer: Result<Value, String>) -> Vec<u8> {
    let shown = answer.unwrap_or_else(|why| json!({ "noAnswer": why }));
    pretty(&shown)
}

/// JSON for people.
pub(crate) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

/// The end of this process's log, if it goes to a file.
pub(crate) fn log_end() -> Vec<u8> {
    let path = fs::read_link(STANDARD_ERROR)
        .ok()
        .filter(|path| path.is_file());
    match path {
        Some(path) => files::read_end(&path, LOG_BYTES).into_bytes(),
        None => b"This process does not log to a file; ask the service manager, such as journalctl -u nexusd.\n".to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_evidence_makes_room_and_foreign_folders_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        let mine = home.evidence().join("my notes");
        fs::create_dir_all(&mine).expect("a folder");
        for number in 0..15 {
            let stamp = format!("20261126T0213{number:02}Z");
            let files: Files = vec![("README.txt", vec![b'x'; MAX_FILE_BYTES + 1])];
            let written = write(&home, &stamp, "frozen", &files).expect("written");
            let kept = fs::metadata(written.join("README.txt")).expect("a file");
            assert_eq!(kept.len(), MAX_FILE_BYTES as u64, "bounded");
        }
        let names = fs::read_dir(home.evidence()).expect("a folder");
        let mut names: Vec<String> = names
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        assert_eq!(names.len(), MAX_FOLDERS + 1);
        assert_eq!(names[0], "20261126T021305Z-frozen");
        assert!(mine.is_dir());
    }

    #[test]
    fn a_stamp_is_recognised_as_ours() {
        let name = format!("{}-diverged", stamp());
        assert!(is_ours(Path::new(&name)), "{name}");
        assert!(!is_ours(Path::new("20261126X021300Z-diverged")));
        assert!(!is_ours(Path::new("notes")));
    }
}
