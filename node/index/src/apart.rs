//! Ad-hoc SQL in a process of its own.
//!
//! SQLite looks at a clock between the steps of its machine, and one step may be a function that takes minutes: `instr` of
//! megabytes is quadratic. Inside the node nothing can stop it. So the node starts a process for each question, which
//! opens the file for reading only, answers on its standard output and ends; at the deadline it is killed.

use crate::error::Error;
use crate::index::Index;
use crate::limits::{
    ACQUIRE_SECONDS, AD_HOC_READERS, HEAP_MEBIBYTES, READ_SECONDS, RESULT_BYTES, STATEMENT_BYTES,
};
use crate::select::Rows;
use borsh::{BorshDeserialize, BorshSerialize};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// Bytes of a question: the statement, and what is around it.
const QUESTION_BYTES: u64 = STATEMENT_BYTES as u64 + 64;
/// Bytes of an answer: cells, and what is around them.
const ANSWER_BYTES: u64 = 2 * RESULT_BYTES as u64 + (1 << 20);
/// How long a question may take from the start of its process: the query's own time, and a second to start and to tell.
const DEADLINE: Duration = Duration::from_secs(READ_SECONDS + 1);
/// Signal of a process that used up its processor time, and of one that was denied memory.
const SIGXCPU: i32 = 24;
const SIGKILL: i32 = 9;
const SIGABRT: i32 = 6;

/// How to start the process that answers. It has to call [`answer_one`] and do nothing else.
#[derive(Clone, Debug)]
pub struct Apart {
    program: PathBuf,
    arguments: Vec<OsString>,
    places: Arc<Semaphore>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Question {
    statement: String,
    limit: u32,
}

#[derive(BorshSerialize, BorshDeserialize)]
enum Answer {
    Rows {
        columns: Vec<String>,
        rows: Vec<Vec<Option<String>>>,
        truncated: bool,
    },
    Writes(String),
    Statement(String),
    TooSlow,
    TooLarge,
    Busy,
    Failed(String),
}

impl Apart {
    /// The program with its arguments; the database file is what the program has to know.
    #[must_use]
    pub fn new(program: PathBuf, arguments: Vec<OsString>) -> Self {
        let places = usize::try_from(AD_HOC_READERS).unwrap_or(1);
        Self {
            program,
            arguments,
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// Asks one checked statement.
    pub(crate) async fn ask(&self, statement: &str, limit: u32) -> Result<Rows, Error> {
        let wait = Duration::from_secs(ACQUIRE_SECONDS);
        let place = tokio::time::timeout(wait, Arc::clone(&self.places).acquire_owned()).await;
        let _place = place.ok().and_then(Result::ok).ok_or(Error::Busy)?;
        let question = Question {
            statement: statement.to_owned(),
            limit,
        };
        let mut child = self.start()?;
        let asked = tokio::time::timeout(DEADLINE, exchange(&mut child, &question)).await;
        match asked {
            Ok(Ok(Some(answer))) => answer.into_rows(),
            Ok(Ok(None)) => {
                let status = child.wait().await.map_err(|source| self.failed(source))?;
                Err(match status.signal() {
                    Some(SIGXCPU) => too_slow(),
                    Some(SIGKILL | SIGABRT) => too_large(),
                    _ => self.failed(std::io::Error::other(format!("it ended with {status}"))),
                })
            }
            Ok(Err(source)) => Err(self.failed(source)),
            Err(_) => {
                // Waited for, so that it holds nothing when its place is given to the next.
                child.kill().await.map_err(|source| self.failed(source))?;
                Err(too_slow())
            }
        }
    }

    fn start(&self) -> Result<Child, Error> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            // Each further arena of the allocator takes 64 MiB of the address space that the process is limited to.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Whoever asked may leave: then the process ends as well.
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> Error {
        Error::File {
            doing: "answering a query with",
            path: self.program.clone(),
            source,
        }
    }
}

fn too_slow() -> Error {
    Error::TooSlow {
        seconds: READ_SECONDS,
    }
}

fn too_large() -> Error {
    Error::TooLarge {
        mebibytes: HEAP_MEBIBYTES,
    }
}

/// Writes the question, reads the answer; none if the process ended without one.
async fn exchange(child: &mut Child, question: &Question) -> std::io::Result<Option<Answer>> {
    let gone = || std::io::Error::other("it has no pipes");
    let mut input = child.stdin.take().ok_or_else(gone)?;
    let output = child.stdout.take().ok_or_else(gone)?;
    let bytes = borsh::to_vec(question)?;
    // One that ended already says why by how it ended.
    let sent = input.write_all(&bytes).await;
    drop(input);
    let mut answer = Vec::new();
    output.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
    if answer.is_empty() {
        return Ok(None);
    }
    sent?;
    // What was cut off by the limit does not decode.
    Ok(borsh::from_slice(&answer).ok())
}

impl Answer {
    fn of(outcome: Result<Rows, Error>) -> Self {
        match outcome {
            Ok(rows) => Self::Rows {
                columns: rows.columns,
                rows: rows.rows,
                truncated: rows.truncated,
            },
            Err(Error::AppendOnly { statement }) => Self::Writes(statement),
            Err(Error::Statement { message }) => Self::Statement(message),
            Err(Error::TooSlow { .. }) => Self::TooSlow,
            Err(Error::TooLarge { .. }) => Self::TooLarge,
            Err(Error::Busy) => Self::Busy,
            Err(other) => Self::Failed(other.to_string()),
        }
    }

    fn into_rows(self) -> Result<Rows, Error> {
        match self {
            Self::Rows {
                columns,
                rows,
                truncated,
            } => Ok(Rows {
                columns,
                rows,
                truncated,
            }),
            Self::Writes(statement) => Err(Error::AppendOnly { statement }),
            Self::Statement(message) => Err(Error::Statement { message }),
            Self::TooSlow => Err(too_slow()),
            Self::TooLarge => Err(too_large()),
            Self::Busy => Err(Error::Busy),
            Self::Failed(why) => Err(Error::Sql {
                doing: "answering a query apart",
                source: sqlx::Error::Protocol(why),
            }),
        }
    }
}

/// What the process does: reads one question, asks the index at `path`, writes one answer. Its limits of memory and of
/// processor time are the caller's to set before.
///
/// # Errors
/// What the pipes or the runtime say; what the index says is an answer.
pub fn answer_one(path: &Path, input: impl Read, mut output: impl Write) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    input.take(QUESTION_BYTES).read_to_end(&mut bytes)?;
    let question: Question = borsh::from_slice(&bytes)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let index = Index::open(path, true).await?;
        index.select(&question.statement, question.limit).await
    });
    output.write_all(&borsh::to_vec(&Answer::of(outcome))?)?;
    output.flush()
}
