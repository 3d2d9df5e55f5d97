//! What every command needs: the node, the keys, the anchor, and where they were found.

use crate::args::Global;
use crate::error::CliError;
use crate::keyring::Keyring;
use crate::localnet::Localnet;
use nexus_sdk::anchor::Anchor;
use nexus_sdk::client::Client;
use nexus_types::{Network, constants};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// The surroundings of one command.
pub(crate) struct Context {
    pub(crate) global: Global,
    localnet: OnceCell<Option<Localnet>>,
}

/// A node of the chain that was meant, with what its signatures must name.
pub(crate) struct Node {
    pub(crate) client: Client,
    pub(crate) network: Network,
    /// Time of its last block, milliseconds.
    pub(crate) block_time: u64,
    /// Signatures a platform action needs.
    pub(crate) officers_threshold: u8,
}

impl Context {
    pub(crate) fn new(global: Global) -> Self {
        Self {
            global,
            localnet: OnceCell::new(),
        }
    }

    /// The local network that was named, else that of this folder, if there is one.
    pub(crate) fn localnet(&self) -> Option<&Localnet> {
        let find = || match &self.global.localnet {
            Some(named) => {
                let read = Localnet::read(named);
                if read.is_none() {
                    note(&format!("there is no local network in {}", named.display()));
                }
                read
            }
            None => Localnet::find(&std::env::current_dir().ok()?),
        };
        self.localnet.get_or_init(find).as_ref()
    }

    /// The node's address.
    pub(crate) fn client(&self) -> Result<Client, CliError> {
        let url = self.global.node.clone();
        let url = url.or_else(|| self.localnet().and_then(Localnet::node));
        let url = url.ok_or_else(|| {
            CliError::usage(
                "no node is named, and there is no local network in this folder or above",
                "Give --node URL or set NEXUS_NODE; make localnet starts a local network.",
            )
        })?;
        Ok(Client::new(&url)?)
    }

    /// The node, after a look at whether it is of the chain and the law that are meant: nothing is signed for a
    /// stranger.
    pub(crate) async fn node(&self) -> Result<Node, CliError> {
        let client = self.client()?;
        let info = client.chain_info().await?;
        let ours = constants::constants_hash();
        if info.value.constants_hash.0 != ours {
            return Err(CliError::Stranger(format!(
                "the node follows constants {}, this program knows {ours}: another split or other gates",
                info.value.constants_hash
            )));
        }
        let network = client.network().await?;
        if let Some((path, anchor)) = self.known_anchor()? {
            let same = network.chain_id.as_str() == anchor.chain_id
                && network.genesis_hash == anchor.genesis_hash;
            if !same {
                return Err(CliError::Stranger(format!(
                    "the node says it is of {} (genesis {}), but {} is of {} (genesis {})",
                    network.chain_id,
                    network.genesis_hash,
                    path.display(),
                    anchor.chain_id,
                    anchor.genesis_hash
                )));
            }
        }
        Ok(Node {
            client,
            network,
            block_time: info.block_time.0,
            officers_threshold: info.value.officers_threshold,
        })
    }

    /// The local network's anchor, when no other node was named: a signature for that node is then one for this chain.
    fn known_anchor(&self) -> Result<Option<(PathBuf, Anchor)>, CliError> {
        if self.global.node.is_some() {
            return Ok(None);
        }
        let path = self.localnet().and_then(Localnet::anchor);
        path.map(|path| read_anchor(&path).map(|anchor| (path, anchor)))
            .transpose()
    }

    /// The anchor file named, else the local network's.
    pub(crate) fn anchor(&self, named: Option<&Path>) -> Result<Anchor, CliError> {
        let path = named.map(Path::to_owned);
        let path = path.or_else(|| self.localnet().and_then(Localnet::anchor));
        let path = path.ok_or_else(|| {
            CliError::usage(
                "nothing can be verified without an anchor: what you trust to begin with",
                "Give --anchor FILE: the genesis validators, or a height and hash from someone you trust.",
            )
        })?;
        read_anchor(&path)
    }

    /// The key files.
    pub(crate) fn keyring(&self) -> Keyring {
        Keyring::new(&self.global, self.localnet())
    }
}

/// Reads an anchor file.
pub(crate) fn read_anchor(path: &Path) -> Result<Anchor, CliError> {
    let bytes = read_file(path)?;
    Anchor::parse(&bytes).map_err(|source| CliError::Anchor {
        path: path.to_owned(),
        source,
    })
}

/// Bytes of the largest file a command reads: a bundle.
const MAX_FILE_BYTES: u64 = nexus_sdk::bundle::MAX_BUNDLE_BYTES as u64;

/// Reads a file; `-` is standard input.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    use std::io::Read as _;
    let failed = |source| CliError::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let limit = MAX_FILE_BYTES.saturating_add(1);
    if path == Path::new("-") {
        let input = std::io::stdin().lock();
        input.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(path).map_err(|source| {
            if source.kind() == std::io::ErrorKind::NotFound {
                CliError::usage(
                    format!("there is no file {}", path.display()),
                    "Check the path.",
                )
            } else {
                failed(source)
            }
        })?;
        file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

/// Reads a text file.
pub(crate) fn read_text(path: &Path) -> Result<String, CliError> {
    String::from_utf8(read_file(path)?).map_err(|_| {
        CliError::usage(
            format!("{} is not a text file", path.display()),
            "Check the path.",
        )
    })
}

/// Writes a file for everybody to read; an existing one is replaced.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    std::fs::write(path, bytes).map_err(|source| CliError::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

/// Tells a person something beside the answer.
pub(crate) fn note(text: &str) {
    let cyan = crate::text::CYAN;
    let _ = crate::output::write(
        &mut anstream::stderr().lock(),
        &format!("{cyan}note{cyan:#}: {text}"),
    );
}
