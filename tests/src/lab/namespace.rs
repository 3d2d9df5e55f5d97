//! One machine: a network namespace and a mount namespace, without names.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Holds the namespaces: says that it is in them, and when its standard input closes, which is when the test ends, ends
/// every process in this network namespace: they are the machine's, whatever started them.
const HOLDER: &str = r#"echo in
cat
here=$(readlink /proc/self/ns/net)
for process in /proc/[0-9]*; do
    [ "${process#/proc/}" = $$ ] || [ "$(readlink "$process/ns/net")" != "$here" ] || kill -9 "${process#/proc/}"
done 2>/dev/null
exit 0"#;

/// A network namespace and a mount namespace of its own. Every process in it ends with this value.
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
            .args(["--net", "--mount", "--", "sh", "-c", HOLDER])
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

    /// The command before a program that is to live in it, mounts included.
    #[must_use]
    pub fn enter_command(&self) -> Vec<OsString> {
        let of = |kind| {
            format!(
                "--{kind}=/proc/{}/ns/{}",
                self.holder.id(),
                if kind == "mount" { "mnt" } else { kind }
            )
        };
        [
            "nsenter".into(),
            of("net").into(),
            of("mount").into(),
            "--".into(),
        ]
        .into()
    }

    /// A path inside it, as it is reached from outside.
    ///
    /// # Panics
    /// If the path is relative.
    #[must_use]
    pub fn path(&self, inside: &Path) -> PathBuf {
        let relative = inside.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(relative)
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
