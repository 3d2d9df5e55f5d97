//! `config.toml`: the one file an operator edits. CometBFT's own configuration is written from it at every start.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use crate::error::Error;
use crate::files::{self, Access};
use crate::home::{Home, SIGNER_SOCKET};

/// Bytes of a configuration: 64 peers and comments take a few thousand.
const MAX_BYTES: u64 = 64 * 1024;

/// Peers a node dials for ever: one for each of the largest number of seats.
const MAX_PEERS: usize = 64;

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
}

/// The public JSON-RPC server, HTTP and WebSocket on one port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rpc {
    pub(crate) listen: SocketAddr,
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
            rpc: Rpc { listen: rpc },
            metrics: Metrics { listen: metrics },
            cometbft: Comet {
                binary: None,
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
        self.cometbft.signer_address().map_err(|rule| {
            let given = self.cometbft.remote_signer.as_deref();
            format!(
                "cometbft.remote_signer: {rule}; is {:?}",
                given.unwrap_or_default()
            )
        })?;
        check_word("cometbft.log_level", &self.cometbft.log_level)
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
        format!(
            "\
# A nexusd node. CometBFT's configuration is written from this file at every start.

# The node's name in logs and to its peers.
name = {name}

[rpc]
# JSON-RPC over HTTP and WebSocket; may be public.
listen = \"{rpc}\"

[metrics]
# Prometheus, at /metrics; loopback only.
listen = \"{metrics}\"

[cometbft]
# The program; without this line it is looked for in .tools/bin and in PATH.
{binary}
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
",
            name = text(&self.name),
            rpc = self.rpc.listen,
            metrics = self.metrics.listen,
            binary = optional("binary", binary, "/usr/local/bin/cometbft"),
            comet_rpc = comet.rpc,
            p2p = comet.p2p,
            external = optional(
                "external_address",
                comet.external_address.clone(),
                "validator.example:26656"
            ),
            peers = peers.collect::<String>(),
            duplicate = comet.allow_duplicate_ip,
            comet_log = text(&comet.log_level),
            signer = optional("remote_signer", comet.remote_signer.clone(), "unix"),
            filter = text(&self.log.filter),
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
mod tests {
    use super::*;

    fn example() -> Config {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut config = Config::new("auditor \"1\"", at(1), at(2), at(3), at(4));
        config.cometbft.persistent_peers = vec![format!("{}@127.0.0.1:26656", "ab".repeat(20))];
        config.cometbft.allow_duplicate_ip = true;
        config
    }

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        let mut config = example();
        config.write(&home).expect("written");
        assert_eq!(Config::read(&home).expect("read"), config);

        config.cometbft.binary = Some("/opt/comet bft".into());
        config.cometbft.external_address = Some("a.example:26656".to_owned());
        config.cometbft.remote_signer = Some("10.0.0.7:26659".to_owned());
        config.log.format = LogFormat::Json;
        config.write(&home).expect("written");
        assert_eq!(Config::read(&home).expect("read"), config);
    }

    #[test]
    fn a_bad_value_is_refused_with_its_field() {
        type Change = fn(&mut Config);
        let cases: [(Change, &str); 9] = [
            (|config| config.name.clear(), "name"),
            (
                |config| config.metrics.listen = "0.0.0.0:1".parse().expect("address"),
                "metrics.listen",
            ),
            (
                |config| config.cometbft.rpc = "192.0.2.1:1".parse().expect("address"),
                "cometbft.rpc",
            ),
            (
                |config| config.cometbft.persistent_peers.push("x@y:1".to_owned()),
                "cometbft.persistent_peers[1]",
            ),
            (
                |config| config.cometbft.external_address = Some("a\"b:1".to_owned()),
                "cometbft.external_address",
            ),
            (
                |config| config.cometbft.remote_signer = Some("0.0.0.0:26659".to_owned()),
                "cometbft.remote_signer",
            ),
            (
                |config| config.cometbft.remote_signer = Some("192.0.2.1:26659".to_owned()),
                "cometbft.remote_signer",
            ),
            (
                |config| config.cometbft.remote_signer = Some("unix:///tmp/x\"".to_owned()),
                "cometbft.remote_signer",
            ),
            (
                |config| config.cometbft.log_level = "info\"\n[rpc]".to_owned(),
                "cometbft.log_level",
            ),
        ];
        for (change, field) in cases {
            let mut config = example();
            change(&mut config);
            let reason = config.check().expect_err(field);
            assert!(reason.starts_with(&format!("{field}: ")), "{reason}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = example().to_toml().replace("[log]", "[log]\ncolour = true");
        let error = toml::from_str::<Config>(&text).expect_err("refused");
        assert!(error.to_string().contains("colour"), "{error}");
    }
}
