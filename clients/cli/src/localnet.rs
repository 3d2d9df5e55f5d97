//! The local network that `make localnet` made in this folder or one above: where its nodes and its demo keys are.

use serde::Deserialize;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a local network keeps everything, below the folder it was started in.
const FOLDER: &str = ".localnet";

/// How long one of its nodes may take to accept a connection before the next is tried.
const PROBE: Duration = Duration::from_millis(300);

/// A local network.
#[derive(Clone, Debug)]
pub(crate) struct Localnet {
    dir: PathBuf,
    file: NetworkFile,
}

#[derive(Clone, Debug, Deserialize)]
struct NetworkFile {
    validators: Vec<Validator>,
    keys: Keys,
}

#[derive(Clone, Debug, Deserialize)]
struct Validator {
    rpc: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Keys {
    creator: PathBuf,
    officers: Vec<PathBuf>,
    attester: PathBuf,
    #[serde(default)]
    operators: Vec<PathBuf>,
    #[serde(default)]
    passphrase: Option<PathBuf>,
}

impl Localnet {
    /// Looks upward from a folder.
    pub(crate) fn find(from: &Path) -> Option<Self> {
        from.ancestors()
            .find_map(|folder| Self::read(&folder.join(FOLDER)))
    }

    /// The one in a folder.
    pub(crate) fn read(dir: &Path) -> Option<Self> {
        let path = dir.join("network.json");
        let text = std::fs::read_to_string(&path).ok()?;
        let own = std::fs::metadata("/proc/self").ok()?.uid();
        if !is_ours(std::fs::metadata(&path).ok()?.uid(), own) {
            crate::context::note(&format!("{} is another user's: ignored", path.display()));
            return None;
        }
        let file = serde_json::from_str(&text).ok()?;
        Some(Self {
            dir: dir.to_owned(),
            file,
        })
    }

    /// The first node that listens, else the first.
    pub(crate) fn node(&self) -> Option<String> {
        let urls = self.file.validators.iter().map(|one| &one.rpc);
        let listening = urls.clone().find(|url| {
            let address = url.trim_start_matches("http://").trim_end_matches('/');
            let address = address.parse::<SocketAddr>();
            address.is_ok_and(|address| TcpStream::connect_timeout(&address, PROBE).is_ok())
        });
        listening.or_else(|| urls.clone().next()).cloned()
    }

    /// Every node's address.
    pub(crate) fn nodes(&self) -> Vec<String> {
        let urls = self.file.validators.iter().map(|one| one.rpc.clone());
        urls.collect()
    }

    /// The anchor file, written before the first block.
    pub(crate) fn anchor(&self) -> Option<PathBuf> {
        Some(self.dir.join("anchor.json")).filter(|path| path.exists())
    }

    /// The directory of its key files.
    pub(crate) fn keys(&self) -> PathBuf {
        let creator = self.dir.join(&self.file.keys.creator);
        creator
            .parent()
            .map_or_else(|| self.dir.join("keys"), Path::to_owned)
    }

    /// The file that opens them.
    pub(crate) fn passphrase(&self) -> PathBuf {
        let named = self.file.keys.passphrase.as_ref();
        named.map_or_else(
            || self.keys().join("passphrase"),
            |path| self.dir.join(path),
        )
    }

    /// The name of the demo creator's key.
    pub(crate) fn creator(&self) -> Option<String> {
        name(&self.file.keys.creator)
    }

    /// The names of the officers' keys.
    pub(crate) fn officers(&self) -> Vec<String> {
        self.file
            .keys
            .officers
            .iter()
            .filter_map(|path| name(path))
            .collect()
    }

    /// The names of the operators' keys, in the order of the seats.
    pub(crate) fn operators(&self) -> Vec<String> {
        let operators = self.file.keys.operators.iter();
        operators.filter_map(|path| name(path)).collect()
    }

    /// The name of the first operator's key.
    pub(crate) fn operator(&self) -> Option<String> {
        name(self.file.keys.operators.first()?)
    }

    /// The name of the attester's key.
    pub(crate) fn attester(&self) -> Option<String> {
        name(&self.file.keys.attester)
    }
}

/// Its anchor and its passphrase are trusted unseen, so a network that somebody else left above this folder, in /tmp
/// say, is none of ours. Root may have made it.
fn is_ours(owner: u32, own: u32) -> bool {
    owner == own || owner == 0
}

fn name(path: &Path) -> Option<String> {
    path.file_stem()?.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_another_user_is_none_of_ours() {
        assert!(is_ours(1_000, 1_000) && is_ours(0, 1_000) && is_ours(0, 0));
        assert!(!is_ours(1_001, 1_000) && !is_ours(1_000, 0));
    }

    #[test]
    fn a_network_is_found_from_a_folder_below() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::create_dir_all(root.path().join(".localnet")).unwrap();
        assert!(Localnet::find(&below).is_none());
        let file = r#"{"chain_id": "x", "validators": [{"name": "v", "rpc": "http://127.0.0.1:1"}],
            "keys": {"creator": "keys/demo.age", "officers": ["keys/officer-1.age"], "attester": "keys/attester.age",
            "operators": ["keys/operator-1.age", "keys/operator-2.age"]}}"#;
        std::fs::write(root.path().join(".localnet/network.json"), file).unwrap();
        let found = Localnet::find(&below).unwrap();
        assert_eq!(found.creator().as_deref(), Some("demo"));
        assert_eq!(found.officers(), ["officer-1"]);
        assert_eq!(found.operator().as_deref(), Some("operator-1"));
        assert_eq!(found.keys(), root.path().join(".localnet/keys"));
        assert_eq!(
            found.passphrase(),
            root.path().join(".localnet/keys/passphrase")
        );
        assert_eq!(found.node().as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(found.anchor(), None);
    }
}
