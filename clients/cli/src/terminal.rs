//! The one question this program asks: a passphrase, on the terminal, without showing it.

use nexus_sdk::keys::Passphrase;
use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a passphrase that can be typed: what a terminal's own lines hold at most.
const MAX_BYTES: usize = 4_095;

// What the keys send that mean something here, as terminals have them by default.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const ERASE_LINE: u8 = 0x15;
const QUIT: u8 = 0x1c;
const DELETE: u8 = 0x7f;

/// Asks on the controlling terminal, wherever standard input and output lead.
///
/// # Errors
/// There is no terminal, or it went away.
pub(crate) fn ask(question: &str) -> io::Result<Passphrase> {
    let mut terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "{question}: ")?;
    terminal.flush()?;
    let line = without_echo(&terminal);
    writeln!(terminal)?;
    if let Err(error) = &line
        && error.kind() == io::ErrorKind::Interrupted
    {
        // The end that Ctrl-C means everywhere, and that a shell knows, now that the terminal is as it was.
        kill_process(getpid(), Signal::INT)?;
    }
    Ok(Passphrase::new(line?))
}

fn without_echo(terminal: &File) -> io::Result<String> {
    let before = tcgetattr(terminal)?;
    let mut silent = before.clone();
    // Ctrl-C comes as a byte: as a signal it would end this program with the echo still off.
    silent.local_modes.remove(
        LocalModes::ECHO
            | LocalModes::ECHONL
            | LocalModes::ICANON
            | LocalModes::ISIG
            | LocalModes::IEXTEN,
    );
    silent.special_codes[SpecialCodeIndex::VMIN] = 1;
    silent.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(terminal, OptionalActions::Flush, &silent)?;
    // One byte at a time: what was typed after the line is not ours.
    let line = typed(BufReader::with_capacity(1, terminal));
    // Restore the echo before anything else, also when reading failed.
    tcsetattr(terminal, OptionalActions::Flush, &before)?;
    line
}

/// The line that these keys type. [`io::ErrorKind::Interrupted`] if it was given up.
fn typed(keys: BufReader<impl Read>) -> io::Result<String> {
    // It never grows, so that it never leaves a copy behind.
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_BYTES));
    for key in keys.bytes() {
        match key? {
            b'\n' | b'\r' | END => {
                let text = std::str::from_utf8(&line).map_err(io::Error::other)?;
                return Ok(text.to_owned());
            }
            INTERRUPT | QUIT => return Err(io::ErrorKind::Interrupted.into()),
            // A character of several bytes goes as a whole: all but its first begin with the bits 10.
            BACKSPACE | DELETE => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            ERASE_LINE => line.zeroize(),
            _ if line.len() == MAX_BYTES => {
                let why = format!("it is longer than {MAX_BYTES} bytes");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            byte => line.push(byte),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(keys: &[u8]) -> io::Result<String> {
        typed(BufReader::new(keys))
    }

    #[test]
    fn a_line_is_what_was_typed_less_what_was_erased() {
        assert_eq!(type_in("gr\u{fc}n\nrest".as_bytes()).unwrap(), "gr\u{fc}n");
        assert_eq!(type_in("gr\u{fc}\u{7f}\u{8}x\r".as_bytes()).unwrap(), "gx");
        assert_eq!(type_in(b"\x7f\x7fa\n").unwrap(), "a");
        assert_eq!(type_in(b"wrong\x15right\x04").unwrap(), "right");
    }

    #[test]
    fn a_line_that_does_not_end_is_none() {
        let kind = |keys: &[u8]| type_in(keys).unwrap_err().kind();
        assert_eq!(kind(b"secret\x03"), io::ErrorKind::Interrupted);
        assert_eq!(kind(b"secret\x1c\n"), io::ErrorKind::Interrupted);
        assert_eq!(kind(b"secret"), io::ErrorKind::UnexpectedEof);
        assert_eq!(kind(&[b'a'; MAX_BYTES + 1]), io::ErrorKind::InvalidInput);
        assert_eq!(kind(b"\xff\n"), io::ErrorKind::Other);
    }
}
