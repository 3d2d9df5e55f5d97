//! The question for a passphrase, on a terminal of its own.

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, tcgetattr};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// SIGINT's number.
const SIGINT: i32 = 2;

/// A terminal: what a person types into and reads from, and the program's side of it.
struct Terminal {
    person: File,
    program: File,
}

impl Terminal {
    fn new() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        // Whoever opens a terminal without one gets it as the controlling one; the tests must not.
        let flags = i32::try_from(OpenptFlags::NOCTTY.bits()).unwrap();
        let mut options = OpenOptions::new();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
        let program = options
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        Self {
            person: person.into(),
            program,
        }
    }

    fn modes(&self) -> Termios {
        tcgetattr(&self.program).unwrap()
    }

    /// `nexus key new` whose controlling terminal this is.
    fn make_key(&self, dir: &Path) -> Child {
        let mut command = Command::new("setsid");
        for name in ["NEXUS_NODE", "NEXUS_KEY", "NEXUS_KEYS", "XDG_CONFIG_HOME"] {
            command.env_remove(name);
        }
        command
            .args(["--ctty", env!("CARGO_BIN_EXE_nexus"), "key", "new", "k"])
            .current_dir(dir)
            .env("HOME", dir)
            .stdin(self.program.try_clone().unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Reads until the program asked, and waits until the echo is off.
    fn asked(&mut self, question: &str) {
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(question) {
            let mut byte = [0];
            self.person.read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
        }
        while self.modes().local_modes.contains(LocalModes::ECHO) {
            sleep(Duration::from_millis(5));
        }
    }

    fn assert_as(&self, before: &Termios) {
        let now = self.modes();
        assert!(now.local_modes.contains(LocalModes::ECHO));
        assert_eq!(now.local_modes, before.local_modes);
        assert_eq!(now.input_modes, before.input_modes);
    }
}

#[test]
fn whoever_gives_up_at_the_passphrase_finds_the_terminal_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::new();
    let before = terminal.modes();
    let mut child = terminal.make_key(dir.path());
    terminal.asked("New passphrase: ");
    terminal.person.write_all(b"half of i\x03").unwrap();
    let ended = child.wait().unwrap();
    assert_eq!(ended.signal(), Some(SIGINT), "{ended}");
    terminal.assert_as(&before);
}

#[test]
fn a_passphrase_typed_twice_makes_a_key_and_leaves_the_terminal_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::new();
    let before = terminal.modes();
    let mut child = terminal.make_key(dir.path());
    terminal.asked("New passphrase: ");
    let corrected = b"wrong\x15secreT\x7ft\n";
    terminal.person.write_all(corrected).unwrap();
    terminal.asked("Once more: ");
    terminal.person.write_all(b"secret\n").unwrap();
    let ended = child.wait().unwrap();
    assert!(ended.success(), "{ended}");
    terminal.assert_as(&before);
}
