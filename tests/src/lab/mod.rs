//! A laboratory of networks: every machine is a network namespace, and one Ethernet switch in user space joins them, which
//! delays, loses and cuts as it is told.
//!
//! The kernel's own `netem` is not in every kernel; a switch of a few hundred lines works in all, and its dice have a
//! seed. The machines have the addresses `10.77.0.11`, `.12`, …; the test itself sits at `10.77.0.1`, on a port that is
//! never disturbed, so that it always sees what the machines answer.
//!
//! Nothing is left behind: the namespaces have no names; they and every process in them end with the test.

mod frames;
mod namespace;
mod network;
mod switch;

use std::io;
use std::net::Ipv4Addr;
use std::process::Command;

use tun_rs::{DeviceBuilder, Layer, SyncDevice};

pub use namespace::Namespace;
pub use network::LabNetwork;
pub use switch::{Link, Switch};

/// Machines of a laboratory at most: addresses end in 11 to 26.
const MAX_MACHINES: usize = 16;

/// The interface of each machine.
const INTERFACE: &str = "eth0";

/// Namespaces joined by a switch.
#[derive(Debug)]
pub struct Lab {
    machines: Vec<Namespace>,
    observer: Namespace,
    switch: Switch,
}

impl Lab {
    /// Why no laboratory can be built here, if so: it takes root and `/dev/net/tun`.
    #[must_use]
    pub fn unavailable() -> Option<String> {
        if !rustix::process::geteuid().is_root() {
            return Some("network namespaces and TAP devices need root".to_owned());
        }
        std::fs::File::open("/dev/net/tun")
            .err()
            .map(|error| format!("/dev/net/tun cannot be opened: {error}"))
    }

    /// So many machines, all links whole. The seed is that of the switch's dice.
    ///
    /// # Errors
    /// What the system refused.
    ///
    /// # Panics
    /// If there are more machines than addresses.
    pub fn new(machines: usize, seed: u64) -> io::Result<Self> {
        assert!(machines <= MAX_MACHINES, "{machines} machines");
        let observer = Namespace::new()?;
        let machines: Vec<_> = (0..machines)
            .map(|_| Namespace::new())
            .collect::<io::Result<_>>()?;
        let mut ports = Vec::with_capacity(machines.len() + 1);
        for (number, machine) in machines.iter().enumerate() {
            ports.push(plug(machine, Self::address(number))?);
        }
        ports.push(plug(&observer, Ipv4Addr::new(10, 77, 0, 1))?);
        let switch = Switch::start(ports, seed)?;
        Ok(Self {
            machines,
            observer,
            switch,
        })
    }

    /// The address of a machine.
    ///
    /// # Panics
    /// If there can be no machine of that number.
    #[must_use]
    pub fn address(machine: usize) -> Ipv4Addr {
        assert!(machine < MAX_MACHINES, "machine {machine}");
        Ipv4Addr::new(10, 77, 0, u8::try_from(11 + machine).unwrap_or(u8::MAX))
    }

    /// The machines.
    #[must_use]
    pub fn machines(&self) -> &[Namespace] {
        &self.machines
    }

    /// Where the test sits. A thread that entered it reaches every machine, whatever is cut between them.
    #[must_use]
    pub fn observer(&self) -> &Namespace {
        &self.observer
    }

    /// Runs something on a machine: in a thread of its own, whose child processes live there as well.
    ///
    /// # Panics
    /// If the namespace cannot be entered, and with whatever `run` panics.
    pub fn on<T: Send>(&self, machine: usize, run: impl FnOnce() -> T + Send) -> T {
        self.machines[machine].run(run)
    }

    /// Makes every link between machines like this.
    pub fn disturb(&self, link: Link) {
        self.each_pair(|_, _| Some(link));
    }

    /// Cuts one machine off from all others.
    pub fn isolate(&self, machine: usize) {
        self.each_pair(|one, other| (one == machine || other == machine).then_some(Link::CUT));
    }

    /// Cuts the machines into the given ones and the others.
    pub fn split(&self, some: &[usize]) {
        let across = |one: usize, other: usize| some.contains(&one) != some.contains(&other);
        self.each_pair(|one, other| across(one, other).then_some(Link::CUT));
    }

    /// Makes every link whole again.
    pub fn heal(&self) {
        self.disturb(Link::WHOLE);
    }

    /// Frames that were lost or cut so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.switch.dropped()
    }

    fn each_pair(&self, link: impl Fn(usize, usize) -> Option<Link>) {
        let machines = self.machines.len();
        for (one, other) in (0..machines).flat_map(|a| (0..machines).map(move |b| (a, b))) {
            if let Some(link) = link(one, other) {
                self.switch.set(one, other, link);
            }
        }
    }
}

/// Gives a namespace its loopback and an interface of this address; the result is the cable's other end.
fn plug(namespace: &Namespace, address: Ipv4Addr) -> io::Result<SyncDevice> {
    namespace.run(|| {
        ip(&["link", "set", "lo", "up"])?;
        DeviceBuilder::new()
            .name(INTERFACE)
            .layer(Layer::L2)
            .ipv4(address, 24, None)
            .build_sync()
    })
}

fn ip(arguments: &[&str]) -> io::Result<()> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(format!(
        "ip {}: {said}",
        arguments.join(" ")
    )))
}

#[cfg(test)]
mod tests;
