//! One network namespace, without a name.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Holds the namespace: says that it is in it, and ends when its standard input closes, which is when the test ends.
const HOLDER: &str = "echo in; exec cat";

/// A network namespace, which lasts as long as this value and whatever process is in it.
#[derive(Debug)]
pub struct Namespace {
    holder: Child,
    file: File,
}

impl Namespace {
    /// A new one, with nothing in it but a loopback that is down.
    ///
    /// # Errors
    /// What the system refused.
    pub fn new() -> io::Result<Self> {
        let mut holder = Command::new("unshare")
            .args(["--net", "--", "sh", "-c", HOLDER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(output) = holder.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        if line != "in\n" {
            let _ = holder.kill();
            let status = holder.wait()?;
            return Err(io::Error::other(format!(
                "unshare --net made no network namespace ({status})"
            )));
        }
        let file = File::open(format!("/proc/{}/ns/net", holder.id()))?;
        Ok(Self { holder, file })
    }

    /// Moves this thread into it, for good. Threads and processes that it starts from then on are in it as well.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn enter(&self) {
        move_into_link_name_space(self.file.as_fd(), Some(LinkNameSpaceType::Network))
            .unwrap_or_else(|error| panic!("entering a network namespace: {error}"));
    }

    /// Runs something in it, in a thread of its own.
    ///
    /// # Panics
    /// As [`Self::enter`], and with whatever `run` panics.
    pub fn run<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        let inside = || {
            self.enter();
            run()
        };
        let result = thread::scope(|scope| scope.spawn(inside).join());
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        // It may be gone already; what matters is that it is not a zombie.
        let _ = self.holder.wait();
    }
}
