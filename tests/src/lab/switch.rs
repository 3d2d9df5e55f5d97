//! An Ethernet switch in user space, each of whose links can be made bad.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tun_rs::SyncDevice;

use super::frames::Frames;

/// Bytes of a frame: an MTU of 1,500, its header, and room.
const MAX_FRAME: usize = 2_048;

/// How often a port that hears nothing looks whether the switch was turned off.
const LOOK_EVERY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// How frames from one port to another fare.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Link {
    /// How long a frame travels.
    pub delay: Duration,
    /// How much longer or shorter than that, evenly spread. Frames may overtake each other.
    pub jitter: Duration,
    /// Of a thousand frames, so many are lost.
    pub lost_per_mille: u32,
}

impl Link {
    /// Nothing is delayed, nothing is lost.
    pub const WHOLE: Self = Self {
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        lost_per_mille: 0,
    };

    /// Everything is lost.
    pub const CUT: Self = Self {
        lost_per_mille: 1_000,
        ..Self::WHOLE
    };
}

/// A running switch; it ends with this value.
#[derive(Debug)]
pub struct Switch {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    ports: Vec<SyncDevice>,
    /// One queue for each port: what is on its way to it.
    queues: Vec<Frames>,
    /// By sending and receiving port; a link that is not named is whole.
    links: Mutex<HashMap<(usize, usize), Link>>,
    /// Behind which port an address was last seen.
    addresses: Mutex<HashMap<[u8; 6], usize>>,
    dropped: AtomicU64,
    off: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("ports", &self.ports.len())
            .finish_non_exhaustive()
    }
}

impl Switch {
    /// Joins these ports.
    ///
    /// # Errors
    /// The system starts no thread.
    pub(super) fn start(ports: Vec<SyncDevice>, seed: u64) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            queues: ports.iter().map(|_| Frames::default()).collect(),
            ports,
            links: Mutex::default(),
            addresses: Mutex::default(),
            dropped: AtomicU64::new(0),
            off: AtomicBool::new(false),
        });
        let mut switch = Self {
            shared: Arc::clone(&shared),
            threads: Vec::new(),
        };
        for port in 0..shared.ports.len() {
            let dice = StdRng::seed_from_u64(seed.wrapping_add(port as u64));
            let hearing = Arc::clone(&shared);
            switch.thread(format!("lab-hears-{port}"), move || {
                hearing.hear(port, dice)
            })?;
            let telling = Arc::clone(&shared);
            switch.thread(format!("lab-tells-{port}"), move || telling.tell(port))?;
        }
        Ok(switch)
    }

    fn thread(&mut self, name: String, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = std::thread::Builder::new().name(name).spawn(run)?;
        self.threads.push(thread);
        Ok(())
    }

    /// How frames from one port to another fare from now on; those on their way arrive as they would have.
    pub fn set(&self, from: usize, to: usize, link: Link) {
        let mut links = self
            .shared
            .links
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        links.insert((from, to), link);
    }

    /// Frames that did not arrive so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.shared.off.store(true, Ordering::Relaxed);
        self.shared.queues.iter().for_each(Frames::end);
        for thread in self.threads.drain(..) {
            // A port that panicked has said so; the switch is off either way.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Takes what comes in at a port, until the switch is off.
    fn hear(&self, port: usize, mut dice: StdRng) {
        let device = &self.ports[port];
        let mut buffer = [0; MAX_FRAME];
        while !self.off.load(Ordering::Relaxed) {
            let mut events = [PollFd::new(device, PollFlags::IN)];
            match poll(&mut events, Some(&LOOK_EVERY)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => panic!("port {port}: {error}"),
            }
            match device.recv(&mut buffer) {
                Ok(length) => self.forward(port, &buffer[..length], &mut dice),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The interface's namespace is gone.
                Err(_) => return,
            }
        }
    }

    fn forward(&self, from: usize, frame: &[u8], dice: &mut StdRng) {
        let (Some(to), Some(source)) = (address(frame, 0), address(frame, 6)) else {
            return;
        };
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses.insert(source, from);
        let known = addresses.get(&to).copied();
        drop(addresses);
        match known {
            Some(port) if port != from => self.send(from, port, frame, dice),
            Some(_) => {}
            // To all, or to somebody who was never heard.
            None => (0..self.ports.len())
                .filter(|port| *port != from)
                .for_each(|port| self.send(from, port, frame, dice)),
        }
    }

    fn send(&self, from: usize, to: usize, frame: &[u8], dice: &mut StdRng) {
        let link = {
            let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
            links.get(&(from, to)).copied().unwrap_or(Link::WHOLE)
        };
        let lost = dice.gen_range(0..1_000) < link.lost_per_mille;
        let travels = if link.jitter.is_zero() {
            link.delay
        } else {
            let spread = dice.gen_range(Duration::ZERO..link.jitter * 2);
            (link.delay + spread).saturating_sub(link.jitter)
        };
        if lost || !self.queues[to].send(Instant::now() + travels, frame.to_vec()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Gives a port what is on its way to it, until the switch is off.
    fn tell(&self, port: usize) {
        while let Some(frame) = self.queues[port].receive() {
            if self.ports[port].send(&frame).is_err() {
                // The interface is down: the frame is lost, as on a pulled cable.
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

fn address(frame: &[u8], at: usize) -> Option<[u8; 6]> {
    frame.get(at..at + 6)?.try_into().ok()
}
