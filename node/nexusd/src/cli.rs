//! The command line's shape.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::error::EXIT_CODES;

/// A Nexus COS validator: one node of the ledger, together with its CometBFT.
#[derive(Debug, Parser)]
#[command(name = "nexusd", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a node's home: configuration, CometBFT's home, node key and validator key
    Init(Box<Init>),
    /// Run the node until SIGTERM or SIGINT
    Start(Start),
    /// A development network of several validators on this machine
    #[command(subcommand)]
    Localnet(Localnet),
    /// Ask a running node how it is
    Status(HomeArg),
    /// Compare everything a stopped node keeps with what was committed; name the first thing that is wrong
    Check(Check),
    /// Take a stopped node's ledger back to an earlier height
    Rollback(Rollback),
    /// Begin a new epoch after a disaster, from a state that two thirds of the seats signed (docs/operations.md)
    #[command(subcommand)]
    Recovery(Recovery),
    /// Make or check a chain's genesis
    #[command(subcommand)]
    Genesis(Genesis),
    /// Build a stopped node's SQL index anew from its blocks
    Reindex(HomeArg),
    /// Become another program, bound to the life of the parent (for nexusd itself)
    #[command(name = crate::supervisor::child::SUBCOMMAND, hide = true)]
    ExecBound(ExecBound),
    /// Answer one query of the index (for nexusd itself)
    #[command(name = crate::commands::query::SUBCOMMAND, hide = true)]
    AnswerQuery(AnswerQuery),
}

#[derive(Debug, Args)]
pub(crate) struct HomeArg {
    /// The node's home
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The node's home
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// Print the result as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The node's home
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// The height to return to
    #[arg(long)]
    pub(crate) to: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The node's home, to be made
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// The node's name in logs and to its peers
    #[arg(long)]
    pub(crate) name: String,
    /// The chain's genesis.json, checked and copied into the home
    #[arg(long)]
    pub(crate) genesis: Option<PathBuf>,
    /// Where JSON-RPC listens
    #[arg(long, default_value = "127.0.0.1:26700")]
    pub(crate) rpc: SocketAddr,
    /// Where Prometheus finds the figures (loopback)
    #[arg(long, default_value = "127.0.0.1:26701")]
    pub(crate) metrics: SocketAddr,
    /// Where CometBFT's RPC listens (loopback)
    #[arg(long, default_value = "127.0.0.1:26657")]
    pub(crate) comet_rpc: SocketAddr,
    /// Where CometBFT listens for its peers
    #[arg(long, default_value = "0.0.0.0:26656")]
    pub(crate) p2p: SocketAddr,
    /// A peer to dial, as node id@host:port; repeat for each
    #[arg(long = "peer")]
    pub(crate) peers: Vec<String>,
    /// JSON-RPC of another operator's node to compare this one with, as http://host:port; repeat for each
    #[arg(long = "watch")]
    pub(crate) watched: Vec<String>,
    /// Begin from a snapshot instead of replaying from genesis, with headers from the nodes at these URLs of their public
    /// interface: at least two, of different operators, separated by commas
    #[arg(long, value_delimiter = ',')]
    pub(crate) state_sync_from: Vec<String>,
    /// A height whose header you know to be true; without it, the newest one on which those nodes agree
    #[arg(long, requires_all = ["state_sync_from", "trust_hash"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) trust_height: Option<u64>,
    /// The hash of that header, 64 hexadecimal digits
    #[arg(long, requires = "trust_height")]
    pub(crate) trust_hash: Option<String>,
    /// Heights between two snapshots that this node keeps for others; 0 keeps none
    #[arg(long)]
    pub(crate) snapshot_interval: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    /// The node's home
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// Leave the terminal's session, so that closing it does not end the node
    #[arg(long)]
    pub(crate) detach: bool,
    /// Start although this node halted because its ledger was not the network's (docs/operations.md)
    #[arg(long)]
    pub(crate) after_halt: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Localnet {
    /// Make the network's folder and start nothing: to edit configurations before the first start
    Create(LocalnetStart),
    /// Make the network if it is not there, start what does not run, and return with it running
    Start(LocalnetStart),
    /// Stop its processes; the state stays
    Stop(LocalnetDir),
    /// Stop it and delete its folder
    Clean(LocalnetDir),
    /// Show its validators
    Status(LocalnetDir),
    /// Keep the development host's agents and meters running (for nexusd itself)
    #[command(name = crate::localnet::HOST_SUBCOMMAND, hide = true)]
    RunHost(LocalnetDir),
}

#[derive(Debug, Args)]
pub(crate) struct LocalnetDir {
    /// The network's folder
    #[arg(long, default_value = ".localnet")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LocalnetStart {
    /// The network's folder
    #[arg(long, default_value = ".localnet")]
    pub(crate) dir: PathBuf,
    /// Validators of a new network; from 4 on, one of them is the platform's
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) validators: u8,
    /// First of the network's ports, ten for each validator; without it, free ones are found
    #[arg(long, value_parser = clap::value_parser!(u16).range(1024..))]
    pub(crate) base_port: Option<u16>,
    /// The chain's id
    #[arg(long, default_value = "nexus-local")]
    pub(crate) chain_id: String,
    /// Heights between two snapshots that the validators of a new network keep for nodes that join; 0 keeps none
    #[arg(long)]
    pub(crate) snapshot_interval: Option<u64>,
    /// Whether a host that enforces nothing runs beside the validators, so that IMVUs can be placed
    #[arg(long, env = "NEXUS_LOCALNET_HOST", value_enum, default_value = "yes")]
    pub(crate) host: Wanted,
}

/// A yes or a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wanted {
    /// It is
    Yes,
    /// It is not
    No,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Genesis {
    /// Make a development network: genesis.json and a folder of node homes, keys included
    Dev(GenesisDev),
    /// Check a genesis.json; print its hash, or the first field at fault and its rule
    Check(GenesisCheck),
}

#[derive(Debug, Args)]
pub(crate) struct GenesisDev {
    /// Validators; from 4 on, one of them is the platform's
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) validators: u8,
    /// The chain's id
    #[arg(long, default_value = "nexus-dev")]
    pub(crate) chain_id: String,
    /// Write genesis.json here; its secret keys go beside it, one file each. Without it the genesis is printed and
    /// the keys are lost
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct GenesisCheck {
    /// The file
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Recovery {
    /// Write what the seats are to sign, from a stopped node's ledger
    Draft(RecoveryDraft),
    /// Show what a ceremony's file holds
    Show(RecoveryShow),
    /// Apply a signed file to a stopped node's home
    Apply(RecoveryApply),
}

#[derive(Debug, Args)]
pub(crate) struct RecoveryDraft {
    /// The home of a node that has the state to go on from
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// The file to write
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// An operator that goes on and its new consensus key, 64 hexadecimal digits each; repeat for each
    #[arg(long = "validator", value_name = "OPERATOR=KEY", required = true)]
    pub(crate) validators: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RecoveryShow {
    /// The ceremony's file
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RecoveryApply {
    /// The node's home
    #[arg(long, env = "NEXUSD_HOME")]
    pub(crate) home: PathBuf,
    /// The ceremony's file, signed
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AnswerQuery {
    /// The index
    pub(crate) index: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ExecBound {
    /// The process whose end ends the program
    pub(crate) parent: u32,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}
