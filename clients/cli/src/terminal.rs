//! The one question this program asks: a passphrase, on the terminal, without showing it.

use nexus_sdk::keys::Passphrase;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};

/// Asks on the controlling terminal, wherever standard input and output lead.
///
/// # Errors
/// There is no terminal, or it went away.
pub(crate) fn ask(question: &str) -> io::Result<Passphrase> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "{question}: ")?;
    terminal.flush()?;
    let line = without_echo(&terminal)?;
    writeln!(terminal)?;
    Ok(Passphrase::new(line))
}

fn without_echo(terminal: &File) -> io::Result<String> {
    let before = tcgetattr(terminal)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(terminal, OptionalActions::Flush, &silent)?;
    let mut line = String::new();
    let read = BufReader::new(terminal).read_line(&mut line);
    // Restore the echo before anything else, also when reading failed.
    tcsetattr(terminal, OptionalActions::Flush, &before)?;
    read.map(|_| line)
}
