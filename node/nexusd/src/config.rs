//! `config.toml`: the one file an operator edits. CometBFT's own configuration is written from it at every start.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use nexus_rpc::{Rate, RpcConfig};
use nexus_sdk::client::Endpoint;
use serde::Deserialize;

use crate::error::Error;
use crate::files::{self, Access};
use crate::home::{Home, SIGNER_SOCKET};
use crate::state_sync::{Snapshots, StateSync};

/// Bytes of a configuration: 64 peers and comments take a few thousand.
const MAX_BYTES: u64 = 64 * 1024;

/// Calls a second that may be granted: more than a machine answers.
const MAX_RATE: u32 = 100_000;

/// Calls that may be saved up: ten seconds of the highest rate.
const MAX_BURST: u32 = 1_000_000;

/// Connections that may be served: each may hold a request of 1 MiB and 2 MiB of answers.
const MAX_CONNECTIONS: u32 = 16_384;

/// Peers a node dials for ever: one for each of the largest number of seats.
const MAX_PEERS: usize = 64;

/// Nodes to compare with: more would not make the comparison better.
const MAX_WATCHED: usize = 16;

/// Seconds: sixty blocks, and longer than CometBFT takes to restart and to find its peers again.
const FROZEN_AFTER_S: u64 = 60;

/// Seconds: less would take a loaded machine for a dead one, more would help nobody.
pub(crate) const FROZEN_AFTER_RANGE: RangeInclusive<u64> = 10..=3_600;

/// A node's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The node's name in logs and to its peers.
    pub(crate) name: String,
    pub(crate) rpc: Rpc,
    pub(crate) metrics: Metrics,
    pub(crate) cometbft: Comet,
    pub(crate) log: Log,
    #[serde(default)]
    pub(crate) snapshots: Snapshots,
    #[serde(default)]
    pub(crate) state_sync: StateSync,
    /// Absent in a file that is older than the watchdog.
    #[serde(default)]
    pub(crate) watchdog: Watchdog,
}

/// The public JSON-RPC server, HTTP and WebSocket on one port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rpc {
    pub(crate) listen: SocketAddr,
    /// Whom it serves how much; without it, the defaults.
    #[serde(default)]
    pub(crate) limits: RpcLimits,
}

/// Whom the JSON-RPC server serves how much. A caller is an IPv4 address, or an IPv6 /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RpcLimits {
    /// Calls of one caller, each second.
    pub(crate) calls_per_second: u32,
    /// Calls of one caller at once, saved up.
    pub(crate) calls_burst: u32,
    /// Transactions of one signer handed in by one caller, each second.
    pub(crate) transactions_per_second: u32,
    /// The same at once, saved up.
    pub(crate) transactions_burst: u32,
    /// Connections at once.
    pub(crate) connections: u32,
    /// Connections of one caller at once.
    pub(crate) connections_per_caller: u32,
}

impl Default for RpcLimits {
    fn default() -> Self {
        // The interface's own; the address plays no part.
        let own = RpcConfig::new(SocketAddr::from(([127, 0, 0, 1], 0)));
        let count = |connections| u32::try_from(connections).unwrap_or(u32::MAX);
        Self {
            calls_per_second: own.caller_rate.per_second,
            calls_burst: own.caller_rate.burst,
            transactions_per_second: own.signer_rate.per_second,
            transactions_burst: own.signer_rate.burst,
            connections: count(own.max_connections),
            connections_per_caller: count(own.max_connections_per_caller),
        }
    }
}

impl RpcLimits {
    fn check(&self) -> Result<(), String> {
        let bounded = [
            ("calls_per_second", self.calls_per_second, MAX_RATE),
            ("calls_burst", self.calls_burst, MAX_BURST),
            (
                "transactions_per_second",
                self.transactions_per_second,
                MAX_RATE,
            ),
            ("transactions_burst", self.transactions_burst, MAX_BURST),
            ("connections", self.connections, MAX_CONNECTIONS),
            (
                "connections_per_caller",
                self.connections_per_caller,
                self.connections,
            ),
        ];
        for (field, value, most) in bounded {
            if !(1..=most).contains(&value) {
                return Err(format!(
                    "rpc.limits.{field}: must be 1 to {most}, is {value}"
                ));
            }
        }
        Ok(())
    }

    /// The interface's configuration with these limits.
    pub(crate) fn rpc_config(&self, listen: SocketAddr) -> RpcConfig {
        let count = |connections| usize::try_from(connections).unwrap_or(usize::MAX);
        let mut config = RpcConfig::new(listen);
        config.caller_rate = Rate {
            per_second: self.calls_per_second,
            burst: self.calls_burst,
        };
        config.signer_rate = Rate {
            per_second: self.transactions_per_second,
            burst: self.transactions_burst,
        };
        config.max_connections = count(self.connections);
        config.max_connections_per_caller = count(self.connections_per_caller);
        config
    }
}

/// Prometheus, on loopback only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metrics {
    pub(crate) listen: SocketAddr,
}

/// CometBFT.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Comet {
    /// The program; when absent it is looked for in `.tools/bin` and in PATH.
    pub(crate) binary: Option<PathBuf>,
    /// Where it finds its application; when absent, at the socket of this node itself.
    pub(crate) proxy_app: Option<String>,
    /// Its RPC, on loopback only.
    pub(crate) rpc: SocketAddr,
    /// Where it listens for peers.
    pub(crate) p2p: SocketAddr,
    /// The address peers are told to dial, when it differs.
    pub(crate) external_address: Option<String>,
    /// `node id@host:port` of each peer.
    pub(crate) persistent_peers: Vec<String>,
    /// Whether several peers may share one address: several validators on one machine.
    pub(crate) allow_duplicate_ip: bool,
    /// `error`, `info`, `debug`, `none`, or CometBFT's `module:level` list.
    pub(crate) log_level: String,
    /// Where CometBFT waits for a signer that holds the validator's key: `unix`, or an address and port. Absent: the
    /// key is a file of this home.
    pub(crate) remote_signer: Option<String>,
}

impl Comet {
    /// CometBFT's `priv_validator_laddr` for the signer, if there is one; the error is the rule that is broken.
    pub(crate) fn signer_address(&self) -> Result<Option<String>, &'static str> {
        const RULE: &str = "must be \"unix\", or a loopback or private address and a port: CometBFT takes whoever connects \
                            there for the signer";
        match self.remote_signer.as_deref() {
            None => Ok(None),
            Some("unix") => Ok(Some(format!("unix://{SIGNER_SOCKET}"))),
            Some(text) => match text.parse::<SocketAddr>() {
                Ok(address) if is_private(address.ip()) && address.port() != 0 => {
                    Ok(Some(format!("tcp://{address}")))
                }
                _ => Err(RULE),
            },
        }
    }
}

/// Whether nobody reaches the address from the public network.
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

/// Our own log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a `module=level` list.
    pub(crate) filter: String,
    /// `text` or `json`.
    pub(crate) format: LogFormat,
}

/// What the node compares itself with, to notice that it went wrong alone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Watchdog {
    /// JSON-RPC of other operators' nodes, `http://host:port`.
    pub(crate) peers: Vec<String>,
    /// Seconds that this node may stand still while the network is proven to go on.
    pub(crate) frozen_after_s: u64,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            frozen_after_s: FROZEN_AFTER_S,
        }
    }
}

impl Watchdog {
    fn check(&self) -> Result<(), String> {
        if self.peers.len() > MAX_WATCHED {
            return Err(format!(
                "watchdog.peers: must have at most {MAX_WATCHED} entries, has {}",
                self.peers.len()
            ));
        }
        for (index, peer) in self.peers.iter().enumerate() {
            Endpoint::parse(peer).map_err(|error| format!("watchdog.peers[{index}]: {error}"))?;
        }
        if FROZEN_AFTER_RANGE.contains(&self.frozen_after_s) {
            Ok(())
        } else {
            Err(format!(
                "watchdog.frozen_after_s: must be {} to {}, is {}",
                FROZEN_AFTER_RANGE.start(),
                FROZEN_AFTER_RANGE.end(),
                self.frozen_after_s
            ))
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// The configuration of a new node.
    pub(crate) fn new(
        name: &str,
        rpc: SocketAddr,
        metrics: SocketAddr,
        comet_rpc: SocketAddr,
        p2p: SocketAddr,
    ) -> Self {
        Self {
            name: name.to_owned(),
            rpc: Rpc {
                listen: rpc,
                limits: RpcLimits::default(),
            },
            metrics: Metrics { listen: metrics },
            cometbft: Comet {
                binary: None,
                proxy_app: None,
                rpc: comet_rpc,
                p2p,
                external_address: None,
                persistent_peers: Vec::new(),
                allow_duplicate_ip: false,
                log_level: "error".to_owned(),
                remote_signer: None,
            },
            log: Log {
                filter: "info".to_owned(),
                format: LogFormat::Text,
            },
            snapshots: Snapshots::default(),
            state_sync: StateSync::default(),
            watchdog: Watchdog::default(),
        }
    }

    /// Reads and checks a home's configuration.
    pub(crate) fn read(home: &Home) -> Result<Self, Error> {
        let path = home.config_file();
        let text = files::read_text(&path, MAX_BYTES)?;
        let config: Self =
            toml::from_str(&text).map_err(|error| Error::home(&path, error.to_string()))?;
        config
            .check()
            .map_err(|reason| Error::home(&path, reason))?;
        Ok(config)
    }

    /// Writes a new home's configuration.
    pub(crate) fn write(&self, home: &Home) -> Result<(), Error> {
        files::write(
            &home.config_file(),
            self.to_toml().as_bytes(),
            Access::Public,
        )
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > 64 || self.name.chars().any(char::is_control) {
            return Err(format!(
                "name: must be 1 to 64 bytes without control characters, is {:?}",
                self.name
            ));
        }
        for (field, address) in [
            ("metrics.listen", self.metrics.listen),
            ("cometbft.rpc", self.cometbft.rpc),
        ] {
            if !address.ip().is_loopback() {
                return Err(format!(
                    "{field}: must be a loopback address, because it has no access control; is {address}"
                ));
            }
        }
        if self.cometbft.persistent_peers.len() > MAX_PEERS {
            return Err(format!(
                "cometbft.persistent_peers: must have at most {MAX_PEERS} entries, has {}",
                self.cometbft.persistent_peers.len()
            ));
        }
        for (index, peer) in self.cometbft.persistent_peers.iter().enumerate() {
            check_peer(peer).map_err(|rule| {
                format!("cometbft.persistent_peers[{index}]: {rule}, is {peer:?}")
            })?;
        }
        if let Some(address) = &self.cometbft.external_address {
            check_host_and_port(address)
                .map_err(|rule| format!("cometbft.external_address: {rule}, is {address:?}"))?;
        }
        self.rpc.limits.check()?;
        if let Some(address) = &self.cometbft.proxy_app {
            check_unix_address(address)
                .map_err(|rule| format!("cometbft.proxy_app: {rule}, is {address:?}"))?;
        }
        self.cometbft.signer_address().map_err(|rule| {
            let given = self.cometbft.remote_signer.as_deref();
            format!(
                "cometbft.remote_signer: {rule}; is {:?}",
                given.unwrap_or_default()
            )
        })?;
        check_word("cometbft.log_level", &self.cometbft.log_level)?;
        self.snapshots.check()?;
        self.state_sync.check()?;
        self.watchdog.check()
    }

    fn to_toml(&self) -> String {
        let text = |value: &str| toml::Value::from(value).to_string();
        let optional = |key: &str, value: Option<String>, example: &str| match value {
            Some(value) => format!("{key} = {}", text(&value)),
            None => format!("# {key} = {}", text(example)),
        };
        let comet = &self.cometbft;
        let binary = comet.binary.as_ref().map(|path| path.display().to_string());
        let peers = comet
            .persistent_peers
            .iter()
            .map(|peer| format!("\n    {},", text(peer)));
        let watched = self
            .watchdog
            .peers
            .iter()
            .map(|peer| format!("\n    {},", text(peer)));
        format!(
            "\
# A nexusd node. CometBFT's configuration is written from this file at every start.

# The node's name in logs and to its peers.
name = {name}

[rpc]
# JSON-RPC over HTTP and WebSocket; may be public.
listen = \"{rpc}\"

[rpc.limits]
# Calls of one caller (an IPv4 address, or an IPv6 /64): each second, and at once.
calls_per_second = {calls}
calls_burst = {calls_burst}
# Transactions of one signer handed in by one caller: each second, and at once.
transactions_per_second = {transactions}
transactions_burst = {transactions_burst}
# Connections at once, and those of one caller.
connections = {connections}
connections_per_caller = {per_caller}

[metrics]
# Prometheus, at /metrics; loopback only.
listen = \"{metrics}\"

[cometbft]
# The program; without this line it is looked for in .tools/bin and in PATH.
{binary}
# Where CometBFT finds its application; without this line at this node's own socket. It is for a recorder between the
# two, which listens here and passes on what it hears to run/abci.sock; relative paths begin in the node's home.
{proxy_app}
# CometBFT's own RPC; loopback only.
rpc = \"{comet_rpc}\"
# Where CometBFT listens for its peers.
p2p = \"{p2p}\"
# The address its peers dial, when it differs from p2p.
{external}
# Its peers: node id@host:port. There is no peer exchange.
persistent_peers = [{peers}
]
# Several peers at one address: for several validators on one machine only.
allow_duplicate_ip = {duplicate}
log_level = {comet_log}
# The validator's key in a signer outside this node (deploy/tmkms): \"unix\", or a private address it connects to.
{signer}

[log]
# error, warn, info, debug, trace, or module=level,…
filter = {filter}
# text or json
format = \"{format}\"

{snapshots}
{state_sync}
[watchdog]
# JSON-RPC of other operators' nodes, http://host:port. This node compares its height, its app hash and its clock with
# theirs. It believes signatures of two thirds of the validators, and of clocks what most of them show.
peers = [{watched}
]
# Seconds that this node may stand still while the network provably goes on; then it keeps evidence and ends.
frozen_after_s = {frozen}
",
            name = text(&self.name),
            rpc = self.rpc.listen,
            calls = self.rpc.limits.calls_per_second,
            calls_burst = self.rpc.limits.calls_burst,
            transactions = self.rpc.limits.transactions_per_second,
            transactions_burst = self.rpc.limits.transactions_burst,
            connections = self.rpc.limits.connections,
            per_caller = self.rpc.limits.connections_per_caller,
            metrics = self.metrics.listen,
            binary = optional("binary", binary, "/usr/local/bin/cometbft"),
            proxy_app = optional(
                "proxy_app",
                comet.proxy_app.clone(),
                "unix://run/recorder.sock"
            ),
            comet_rpc = comet.rpc,
            p2p = comet.p2p,
            external = optional(
                "external_address",
                comet.external_address.clone(),
                "validator.example:26656"
            ),
            peers = peers.collect::<String>(),
            watched = watched.collect::<String>(),
            frozen = self.watchdog.frozen_after_s,
            duplicate = comet.allow_duplicate_ip,
            comet_log = text(&comet.log_level),
            signer = optional("remote_signer", comet.remote_signer.clone(), "unix"),
            filter = text(&self.log.filter),
            snapshots = self.snapshots.to_toml(),
            state_sync = self.state_sync.to_toml(),
            format = match self.log.format {
                LogFormat::Text => "text",
                LogFormat::Json => "json",
            },
        )
    }
}

/// `<40 hexadecimal digits>@<host>:<port>`.
fn check_peer(peer: &str) -> Result<(), &'static str> {
    const RULE: &str = "must be 40 hexadecimal digits, @, host, colon, port";
    let (id, address) = peer.split_once('@').ok_or(RULE)?;
    if id.len() != 40 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(RULE);
    }
    check_host_and_port(address).map_err(|_| RULE)
}

/// What ends up inside quotation marks of CometBFT's file must not leave them.
fn check_host_and_port(address: &str) -> Result<(), &'static str> {
    const RULE: &str = "must be host, colon, port";
    let (host, port) = address.rsplit_once(':').ok_or(RULE)?;
    let spelled = host.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']')
    });
    match port.parse::<u16>() {
        Ok(1..) if spelled && !host.is_empty() => Ok(()),
        _ => Err(RULE),
    }
}

/// `unix://<path>`: whatever else may speak to an application has no access control.
fn check_unix_address(address: &str) -> Result<(), &'static str> {
    const RULE: &str =
        "must be unix:// and a path of letters, digits, dots, hyphens, underscores and slashes";
    let path = address.strip_prefix("unix://").ok_or(RULE)?;
    let spelled = path
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/'));
    if spelled && !path.is_empty() {
        Ok(())
    } else {
        Err(RULE)
    }
}

fn check_word(field: &str, text: &str) -> Result<(), String> {
    let spelled = !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b':' | b',' | b'*' | b'-' | b'_')
        });
    if spelled {
        Ok(())
    } else {
        Err(format!(
            "{field}: must be a level or a module:level list, is {text:?}"
        ))
    }
}

#[cfg(test)]
mod tests;
