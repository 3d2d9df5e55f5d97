//! The proxy.

use super::call::{Kind, Line, Note};
use super::grammar::{Automaton, Summary, Violation};
use super::hold::{Fate, Hold, Moment, Side, Trap};
use super::wire;
use std::collections::VecDeque;
use std::fs::{self, File, Permissions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Bytes read at once, for each direction of a connection: about what a unix socket holds.
const BUFFER_BYTES: usize = 128 * 1024;

/// Questions without an answer on one connection: more than a mempool holds, and CometBFT asks each once.
const MAX_UNANSWERED: usize = 100_000;

/// Exit code of a process that ends because of a violation: none that a test's failure has.
const VIOLATED: i32 = 70;

/// Passes on what CometBFT and the application of one node say to each other, and writes it down. It stays while both
/// come and go.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    listen: PathBuf,
    application: PathBuf,
    stopping: AtomicBool,
    log: Mutex<Log>,
    trap: Arc<Trap>,
}

#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: BufWriter<File>,
    automaton: Automaton,
    violation: Option<Box<Violation>>,
    is_fatal: bool,
    connections: u64,
}

impl Recorder {
    /// Listens at `listen`, for the owner alone; dials `application` for each connection; writes `recording` anew.
    ///
    /// # Errors
    /// If it cannot listen, or write.
    pub fn start(listen: &Path, application: &Path, recording: &Path) -> io::Result<Self> {
        let log = Log {
            path: recording.to_owned(),
            file: BufWriter::new(File::create(recording)?),
            automaton: Automaton::default(),
            violation: None,
            is_fatal: false,
            connections: 0,
        };
        // CometBFT's user owns the folder, so nobody else can come before the file has its mode.
        let unnamed = listen.with_extension("new");
        let listener = UnixListener::bind(&unnamed)?;
        fs::set_permissions(&unnamed, Permissions::from_mode(0o600))?;
        fs::rename(&unnamed, listen)?;
        let shared = Arc::new(Shared {
            listen: listen.to_owned(),
            application: application.to_owned(),
            stopping: AtomicBool::new(false),
            log: Mutex::new(log),
            trap: Arc::default(),
        });
        let accepting = Arc::clone(&shared);
        let accepting = thread::Builder::new()
            .name("abci-recorder".to_owned())
            .spawn(move || accept(&accepting, &listener))?;
        Ok(Self {
            shared,
            accepting: Some(accepting),
        })
    }

    /// Waits for a moment from now on: the first frame there is held until the [`Hold`] says what becomes of it.
    ///
    /// # Panics
    /// If another moment is waited for already.
    #[must_use]
    pub fn hold(&self, moment: Moment) -> Hold {
        self.shared.trap.arm(moment)
    }

    /// What was recorded so far.
    ///
    /// # Errors
    /// The first line that the grammar does not allow.
    pub fn judged(&self) -> Result<Summary, Box<Violation>> {
        let log = self.shared.log();
        match &log.violation {
            None => Ok(log.automaton.summary()),
            Some(violation) => Err(violation.clone()),
        }
    }

    /// The recording's file, with every line so far in it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn recording(&self) -> io::Result<PathBuf> {
        let mut log = self.shared.log();
        log.file.flush()?;
        Ok(log.path.clone())
    }

    /// From now on a violation ends this process at once: for a network that nobody ends.
    pub fn end_process_on_violation(&self) {
        self.shared.log().is_fatal = true;
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        // Its thread waits for a connection; this is one. Without a file there nobody else can come either.
        let woken = UnixStream::connect(&self.shared.listen).is_ok();
        let _ = fs::remove_file(&self.shared.listen);
        if let Some(accepting) = self.accepting.take()
            && woken
        {
            let _ = accepting.join();
        }
        let _ = self.shared.log().file.flush();
    }
}

impl Shared {
    /// A panic elsewhere leaves the log readable: each change of it is one line.
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn write(&mut self, connection: u64, note: Note) {
        let line = Line { connection, note };
        // A full disk must not stop the network under test; the automaton judges without the file.
        let _ = writeln!(self.file, "{line}");
        if self.violation.is_some() {
            return;
        }
        if let Err(violation) = self.automaton.take(&line) {
            eprintln!("{}: {violation}", self.path.display());
            if self.is_fatal {
                let _ = self.file.flush();
                std::process::exit(VIOLATED);
            }
            self.violation = Some(violation);
        }
    }
}

fn accept(shared: &Arc<Shared>, listener: &UnixListener) {
    for stream in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let connected = stream.and_then(|comet| Connection::open(shared, comet));
        // Without an application behind us CometBFT finds its connection closed; the tests that kill nexusd see to that.
        if let Err(error) = connected
            && error.kind() != io::ErrorKind::ConnectionRefused
        {
            eprintln!("{}: {error}", shared.listen.display());
        }
    }
}

/// One connection of CometBFT and the one to the application that belongs to it.
struct Connection {
    shared: Arc<Shared>,
    number: u64,
    comet: UnixStream,
    application: UnixStream,
    /// Kinds of the questions without an answer, the oldest first.
    unanswered: Mutex<VecDeque<Kind>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Asking,
    Answering,
}

impl Connection {
    fn open(shared: &Arc<Shared>, comet: UnixStream) -> io::Result<()> {
        let peer = rustix::net::sockopt::socket_peercred(&comet)?;
        let application = UnixStream::connect(&shared.application)?;
        let number = {
            let mut log = shared.log();
            log.connections += 1;
            let (number, pid) = (log.connections, peer.pid.as_raw_nonzero().get());
            log.write(number, Note::Opened(pid.unsigned_abs()));
            number
        };
        let connection = Arc::new(Self {
            shared: Arc::clone(shared),
            number,
            comet,
            application,
            unanswered: Mutex::default(),
        });
        for direction in [Direction::Asking, Direction::Answering] {
            let connection = Arc::clone(&connection);
            thread::Builder::new()
                .name(format!("abci-recorder-{number}"))
                .spawn(move || connection.run(direction))?;
        }
        Ok(())
    }

    fn run(&self, direction: Direction) {
        let (from, to) = match direction {
            Direction::Asking => (&self.comet, &self.application),
            Direction::Answering => (&self.application, &self.comet),
        };
        let ended = self.forward(direction, from, to);
        if let Err(error) = ended
            && error.kind() == io::ErrorKind::InvalidData
        {
            self.note(Note::Broken(error.to_string()));
        }
        // Each end learns of the other's end; the other direction's thread ends by it.
        for stream in [&self.comet, &self.application] {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn forward(&self, direction: Direction, from: &UnixStream, to: &UnixStream) -> io::Result<()> {
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, from);
        let mut writer = BufWriter::with_capacity(BUFFER_BYTES, to);
        let mut frame = Vec::new();
        while wire::next_frame(&mut Flushing(&mut reader, &mut writer), &mut frame)? {
            let call = match direction {
                Direction::Asking => wire::request(&frame),
                Direction::Answering => wire::response(&frame),
            };
            let (kind, height) = call.map_err(invalid)?;
            let side = match direction {
                Direction::Asking => Side::Before,
                Direction::Answering => Side::After,
            };
            if direction == Direction::Answering {
                self.answered(kind, height)?;
            }
            let moment = Moment { side, kind };
            if self.shared.trap.waits_for(moment) {
                // Only this frame is held, not those before it.
                writer.flush()?;
            }
            if self.shared.trap.pass(moment, height) == Fate::Drop {
                return Ok(());
            }
            if direction == Direction::Asking {
                self.asked(kind, height)?;
            }
            writer.write_all(&frame)?;
        }
        writer.flush()
    }

    fn asked(&self, kind: Kind, height: Option<u64>) -> io::Result<()> {
        let mut unanswered = self.unanswered();
        if unanswered.len() == MAX_UNANSWERED {
            return Err(invalid(format!(
                "{MAX_UNANSWERED} questions without an answer"
            )));
        }
        unanswered.push_back(kind);
        if kind.is_recorded() {
            self.note(Note::Asked(kind, height));
        }
        Ok(())
    }

    fn answered(&self, kind: Kind, height: Option<u64>) -> io::Result<()> {
        let question = self.unanswered().pop_front();
        if kind != Kind::Exception && question != Some(kind) {
            let question = question.map_or("no question".to_owned(), |kind| kind.to_string());
            return Err(invalid(format!("{kind} answers {question}")));
        }
        if kind.is_recorded() {
            self.note(Note::Answered(kind, height));
        }
        Ok(())
    }

    fn unanswered(&self) -> MutexGuard<'_, VecDeque<Kind>> {
        self.unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, note: Note) {
        self.shared.log().write(self.number, note);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.note(Note::Closed);
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// A reader that writes out what waits before it waits itself.
struct Flushing<'a, R, W: Write>(&'a mut BufReader<R>, &'a mut BufWriter<W>);

impl<R: Read, W: Write> Read for Flushing<'_, R, W> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.buffer().is_empty() {
            self.1.flush()?;
        }
        self.0.read(into)
    }
}

#[cfg(test)]
#[path = "recorder_tests.rs"]
mod tests;
