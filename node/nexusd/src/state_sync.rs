//! Snapshots a node makes, and the one it may begin from: two sections of `config.toml`, and what CometBFT is told.

use std::path::Path;

use serde::Deserialize;

use crate::error::Error;
use crate::home::Home;

/// Heights between two snapshots: a quarter of an hour of one-second blocks, so that whoever joins replays little.
const INTERVAL: u64 = 1_000;

/// Snapshots kept: the newest, and the one somebody may be fetching when it came.
const KEEP: usize = 2;

/// Most kept: each takes as much disk as the state.
const MAX_KEEP: usize = 100;

/// Servers asked for headers at most: CometBFT asks all of them at every step.
const MAX_SERVERS: usize = 16;

/// Bytes of a server's URL.
const MAX_URL_BYTES: usize = 256;

/// How long a set of validators is trusted: half of the 14 days after which evidence against it expires.
const TRUST_PERIOD: &str = "168h";

/// Where a node's public interface passes on what a stock light client asks.
const COMET_PATH: &str = "/comet";

/// Begins the folders in which CometBFT keeps chunks until they are applied.
const COMET_PREFIX: &str = "tm-statesync";

/// `[snapshots]`: what this node makes for others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshots {
    /// Heights between two; 0 makes none.
    pub(crate) interval: u64,
    /// How many are kept, the newest.
    pub(crate) keep: usize,
}

impl Default for Snapshots {
    fn default() -> Self {
        Self {
            interval: INTERVAL,
            keep: KEEP,
        }
    }
}

/// `[state_sync]`: how this node begins.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateSync {
    /// Whether a node without a block begins from a snapshot; otherwise it replays from genesis.
    pub(crate) enabled: bool,
    /// Whom to ask for headers: `http(s)://host:port/comet` of at least two nodes of different operators.
    pub(crate) rpc_servers: Vec<String>,
    /// A height whose header is known to be true.
    pub(crate) trust_height: u64,
    /// The hash of that header, 64 hexadecimal digits.
    pub(crate) trust_hash: String,
    /// How long validators are trusted after they were last seen: a number and h, m or s.
    pub(crate) trust_period: String,
}

impl Default for StateSync {
    fn default() -> Self {
        Self {
            enabled: false,
            rpc_servers: Vec::new(),
            trust_height: 0,
            trust_hash: String::new(),
            trust_period: TRUST_PERIOD.to_owned(),
        }
    }
}

impl Snapshots {
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(1..=MAX_KEEP).contains(&self.keep) {
            return Err(format!(
                "snapshots.keep: must be 1 to {MAX_KEEP}, is {}",
                self.keep
            ));
        }
        Ok(())
    }

    /// What the application is told; nothing when none is made.
    pub(crate) fn policy(&self, home: &Home) -> Option<nexus_abci::app::Policy> {
        (self.interval > 0).then(|| nexus_abci::app::Policy {
            interval: self.interval,
            keep: self.keep,
            folder: home.snapshots(),
        })
    }

    pub(crate) fn to_toml(&self) -> String {
        format!(
            "\
[snapshots]
# The state of each height that this number divides is kept for nodes that join; 0 keeps none.
interval = {}
# How many are kept, the newest. Each takes about as much disk as the state.
keep = {}
",
            self.interval, self.keep
        )
    }
}

impl StateSync {
    /// The section for whoever begins from the nodes at these URLs.
    pub(crate) fn from_servers(servers: &[String], trust_height: u64, trust_hash: &str) -> Self {
        Self {
            enabled: true,
            rpc_servers: servers.iter().map(|url| with_path(url)).collect(),
            trust_height,
            trust_hash: trust_hash.to_ascii_lowercase(),
            ..Self::default()
        }
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if self.rpc_servers.len() > MAX_SERVERS {
            return Err(format!(
                "state_sync.rpc_servers: must have at most {MAX_SERVERS} entries, has {}",
                self.rpc_servers.len()
            ));
        }
        for (index, url) in self.rpc_servers.iter().enumerate() {
            check_url(url)
                .map_err(|rule| format!("state_sync.rpc_servers[{index}]: {rule}, is {url:?}"))?;
        }
        check_period(&self.trust_period).map_err(|rule| {
            format!(
                "state_sync.trust_period: {rule}, is {:?}",
                self.trust_period
            )
        })?;
        if !self.enabled {
            return Ok(());
        }
        let mut different = self.rpc_servers.clone();
        different.sort();
        different.dedup();
        if different.len() < 2 {
            return Err(format!(
                "state_sync.rpc_servers: must name at least two nodes, of different operators, so that one alone cannot \
                 show another chain; names {}",
                different.len()
            ));
        }
        if self.trust_height == 0 {
            return Err(
                "state_sync.trust_height: must be a height whose header you know to be true, at least 1".to_owned(),
            );
        }
        if self.trust_hash.len() != 64 || hex::decode(&self.trust_hash).is_err() {
            return Err(format!(
                "state_sync.trust_hash: must be the 64 hexadecimal digits of the header's hash, is {:?}",
                self.trust_hash
            ));
        }
        Ok(())
    }

    pub(crate) fn to_toml(&self) -> String {
        let text = |value: &str| toml::Value::from(value).to_string();
        let servers = self
            .rpc_servers
            .iter()
            .map(|url| format!("\n    {},", text(url)));
        format!(
            "\
[state_sync]
# Whether this node, as long as it has no block, begins from a snapshot of its peers instead of replaying from genesis.
enabled = {}
# Public interfaces of at least two nodes of different operators, which are asked for headers: http://host:port/comet
rpc_servers = [{}
]
# A height and the hash of its header, from somebody you trust.
trust_height = {}
trust_hash = {}
# How long the validators of that height are trusted.
trust_period = {}
",
            self.enabled,
            servers.collect::<String>(),
            self.trust_height,
            text(&self.trust_hash),
            text(&self.trust_period),
        )
    }

    /// CometBFT's section.
    pub(crate) fn comet_text(&self) -> String {
        let text = |value: &str| toml::Value::from(value).to_string();
        format!(
            "\
[statesync]
enable = {}
rpc_servers = {}
trust_height = {}
trust_hash = {}
trust_period = {}
# Relative to the node's home, as the socket.
temp_dir = \"{}\"
# Peers tell what they have within a second of being dialled; what nobody has is looked for again.
discovery_time = \"5s\"
# A chunk of 8 MiB over a slow line.
chunk_request_timeout = \"30s\"
",
            self.enabled,
            text(&self.rpc_servers.join(",")),
            self.trust_height,
            text(&self.trust_hash),
            text(&self.trust_period),
            crate::home::STATE_SYNC_FOLDER,
        )
    }
}

/// Deletes the chunks that a CometBFT which was killed has left in the home.
pub(crate) fn clean(home: &Home) -> Result<(), Error> {
    let folder = home.path().join(crate::home::STATE_SYNC_FOLDER);
    crate::files::private_folder(&folder)?;
    let failed = |path: &Path| Error::io(format!("clean {}", path.display()));
    for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
        let path = entry.map_err(failed(&folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(COMET_PREFIX) {
            std::fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// A node's URL as people write it, with the path under which it answers a light client.
fn with_path(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    if rest.contains('/') {
        url.to_owned()
    } else {
        format!("{url}{COMET_PATH}")
    }
}

/// What ends up inside quotation marks of CometBFT's file, between commas, must not leave them.
fn check_url(url: &str) -> Result<(), &'static str> {
    const RULE: &str = "must be http:// or https:// with host, port and path, at most 256 bytes";
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    let spelled = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'/' | b'_' | b'~')
    };
    match rest {
        Some(rest)
            if !rest.is_empty() && url.len() <= MAX_URL_BYTES && rest.bytes().all(spelled) =>
        {
            Ok(())
        }
        _ => Err(RULE),
    }
}

fn check_period(period: &str) -> Result<(), &'static str> {
    const RULE: &str = "must be a number above 0 and h, m or s";
    let number = period.strip_suffix(['h', 'm', 's']).ok_or(RULE)?;
    let digits =
        !number.is_empty() && number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
    match number.parse::<u32>() {
        Ok(1..) if digits => Ok(()),
        _ => Err(RULE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> StateSync {
        let servers = ["http://one.example:26700", "https://two.example/comet/"].map(str::to_owned);
        StateSync::from_servers(&servers, 7, &"AB".repeat(32))
    }

    #[test]
    fn servers_are_asked_where_they_answer_light_clients() {
        let section = example();
        assert_eq!(section.check(), Ok(()));
        assert_eq!(
            section.rpc_servers,
            [
                "http://one.example:26700/comet",
                "https://two.example/comet"
            ]
        );
        assert_eq!(section.trust_hash, "ab".repeat(32));
    }

    #[test]
    fn what_cannot_be_trusted_is_refused_with_its_field() {
        type Change = fn(&mut StateSync);
        let cases: [(Change, &str); 10] = [
            (
                |section| section.rpc_servers.truncate(1),
                "rpc_servers: must name at least two",
            ),
            (
                |section| section.rpc_servers.clear(),
                "rpc_servers: must name at least two",
            ),
            (
                |section| section.rpc_servers[1] = section.rpc_servers[0].clone(),
                "rpc_servers: must name at least two",
            ),
            (
                |section| section.rpc_servers[1] = "two.example:1".to_owned(),
                "rpc_servers[1]: ",
            ),
            (
                |section| section.rpc_servers[1] = "http://a\",b".to_owned(),
                "rpc_servers[1]: ",
            ),
            (
                |section| section.rpc_servers = vec!["http://a".to_owned(); 17],
                "rpc_servers: must have at most 16",
            ),
            (|section| section.trust_height = 0, "trust_height: "),
            (|section| section.trust_hash.clear(), "trust_hash: "),
            (
                |section| section.trust_hash = "xy".repeat(32),
                "trust_hash: ",
            ),
            (
                |section| section.trust_period = "1h\"\n[rpc]".to_owned(),
                "trust_period: ",
            ),
        ];
        for (change, field) in cases {
            let mut section = example();
            change(&mut section);
            let reason = section.check().expect_err(field);
            assert!(
                reason.starts_with(&format!("state_sync.{field}")),
                "{reason}"
            );
        }
        for period in ["0h", "h", "7d", "+1h", "1234567s", ""] {
            assert!(check_period(period).is_err(), "{period}");
        }
        assert_eq!(
            StateSync::default().check(),
            Ok(()),
            "switched off, it needs nothing"
        );
    }

    #[test]
    fn chunks_of_a_killed_cometbft_are_deleted_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        clean(&home).expect("made");
        let place = folder.path().join(crate::home::STATE_SYNC_FOLDER);
        std::fs::create_dir(place.join("tm-statesync123")).expect("left over");
        std::fs::write(place.join("other"), b"").expect("written");
        clean(&home).expect("cleaned");
        let left: Vec<_> = std::fs::read_dir(&place).expect("listed").collect();
        assert_eq!(left.len(), 1);
    }
}
