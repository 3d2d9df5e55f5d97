//! A network of validators, one machine for each.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use toml::Value;

use super::{Lab, Namespace};
use crate::node::Machine;
use crate::{Network, Node, Options, programs};

/// Bytes of each machine's disk: an hour of blocks fits, and a test fills it in a moment.
const DISK_BYTES: u64 = 256 << 20;

/// Machines, each with one validator.
const MACHINES: usize = 4;

/// Seconds that a node may stand still while the network goes on. The shortest: a CometBFT that gave up because its disk
/// was full comes back only with another one.
const FROZEN_AFTER_S: i64 = 10;

/// Where each node answers, the same on every machine.
const RPC_PORT: u16 = 26_700;
const P2P_PORT: u16 = 26_656;

/// Moves a folder into a file system of its own, which only this mount namespace sees.
const OWN_DISK: &str = r#"set -e
mount -t tmpfs -o "size=$2,mode=700" nexus-lab /mnt
cp -a "$1/." /mnt/
mount --move /mnt "$1""#;

/// Validators on machines of their own: each has its own addresses, clock ticks and disk.
#[derive(Debug)]
pub struct LabNetwork {
    /// The machines and what joins them. It ends first, and every node with it.
    pub lab: Lab,
    /// The validators; number n lives on machine n.
    pub network: Network,
}

impl LabNetwork {
    /// A running network of four. The calling thread moves to the observer's place, from where it reaches the nodes.
    ///
    /// # Panics
    /// If anything fails.
    #[must_use]
    pub fn start(seed: u64) -> Self {
        let mut network = Network::start(&Options::default());
        let height = network.common_height();
        network.stop();
        assert_eq!(network.nodes.len(), MACHINES);
        let lab = Lab::new(MACHINES, seed).expect("a laboratory");
        network
            .nodes
            .iter()
            .enumerate()
            .for_each(|(number, node)| readdress(number, node));
        for (number, (node, machine)) in network.nodes.iter_mut().zip(lab.machines()).enumerate() {
            settle(number, node, machine);
        }
        network.record_anew();
        lab.observer().enter();
        for node in &network.nodes {
            node.start();
        }
        network.wait_for_height(height + 2);
        Self { lab, network }
    }

    /// The nodes but one.
    pub fn others(&self, but: usize) -> impl Iterator<Item = &Node> {
        let all = self.network.nodes.iter().enumerate();
        all.filter(move |(number, _)| *number != but)
            .map(|(_, node)| node)
    }
}

impl Drop for LabNetwork {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // While the machines' disks are still there.
            self.network.show_logs();
        }
    }
}

fn at(machine: usize, port: u16) -> SocketAddr {
    (Lab::address(machine), port).into()
}

/// Gives a node's configuration the addresses of its machine and of its peers' machines.
fn readdress(number: usize, node: &Node) {
    let path = node.home.join("config.toml");
    let text = fs::read_to_string(&path).expect("a configuration");
    let mut config: toml::Table = toml::from_str(&text).expect("TOML");
    config["rpc"]["listen"] = Value::from(at(number, RPC_PORT).to_string());
    config["cometbft"]["p2p"] = Value::from(at(number, P2P_PORT).to_string());
    let peers = config["cometbft"]["persistent_peers"].as_array_mut();
    // Each node lists the others in their order.
    let others = (0..).filter(|other| *other != number);
    for (peer, other) in peers.expect("a list").iter_mut().zip(others) {
        let id = peer.as_str().and_then(|peer| peer.split_once('@'));
        let (id, _) = id.expect("id@address");
        *peer = Value::from(format!("{id}@{}", at(other, P2P_PORT)));
    }
    // Whoever is cut off from its peers is cut off from their interfaces as well.
    let watched = (0..MACHINES).filter(|other| *other != number);
    let watched = watched.map(|other| Value::from(format!("http://{}", at(other, RPC_PORT))));
    config["watchdog"]["peers"] = Value::Array(watched.collect());
    config["watchdog"]["frozen_after_s"] = Value::from(FROZEN_AFTER_S);
    fs::write(&path, config.to_string()).expect("written");
}

/// Moves a node to its machine.
fn settle(number: usize, node: &mut Node, machine: &Namespace) {
    let enter = machine.enter_command();
    let mut command = Command::new(&enter[0]);
    command
        .args(&enter[1..])
        .args(["sh", "-c", OWN_DISK, "sh"])
        .arg(&node.home)
        .arg(DISK_BYTES.to_string());
    let _ = programs::run(&mut command).exited(0);
    node.rpc = format!("http://{}", at(number, RPC_PORT));
    node.ws = format!("ws://{}", at(number, RPC_PORT));
    let home = std::mem::take(&mut node.home);
    node.home = machine.path(&home);
    node.machine = Some(Machine { enter, home });
}
