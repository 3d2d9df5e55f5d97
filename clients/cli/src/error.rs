//! What can fail, the exit code that says so, and how it is shown.

use crate::output::{Format, indented, write};
use crate::refusal::Refusal;
use crate::text::plain;
use nexus_sdk::anchor::AnchorError;
use nexus_sdk::client::{Class, ClientError};
use nexus_sdk::keys::KeyError;
use nexus_sdk::sign::SignError;
use nexus_sdk::vault::VaultError;
use nexus_types::{Code, Gate};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use thiserror::Error;

/// The exit codes; each says what kind of failure it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// A defect, or the machine.
    Internal,
    /// The arguments.
    Usage,
    /// A gate or a rule refused.
    Refused,
    /// Something is not what it claims to be.
    Verification,
    /// There is no such thing.
    NotFound,
    /// No node answered.
    Unreachable,
    /// It was sent and may or may not take effect.
    OutcomeUnknown,
    /// A key or its passphrase.
    Keys,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Internal => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Verification => 4,
            Self::NotFound => 5,
            Self::Unreachable => 6,
            Self::OutcomeUnknown => 7,
            Self::Keys => 8,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Verification => "verification",
            Self::NotFound => "notFound",
            Self::Unreachable => "unreachable",
            Self::OutcomeUnknown => "outcomeUnknown",
            Self::Keys => "keys",
        }
    }
}

/// What failed.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// The arguments do not make sense together.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do instead.
        hint: String,
    },
    /// A gate or a rule refused.
    #[error("{}", .0.headline())]
    Refused(Box<Refusal>),
    /// A step of a verification failed; the text is the whole report.
    #[error("verification failed: {summary}")]
    Verification {
        /// The step and what differed.
        summary: String,
        /// Every step, for people.
        text: String,
        /// Every step, for programs.
        report: Value,
    },
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// A node, or the way to it.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The SQL index is append-only.
    #[error("gate 11 (Audit Logging) refused the statement: {0}")]
    AppendOnly(String),
    /// A transaction's fate is unknown.
    #[error("transaction {hash} was handed over, but is in no block yet")]
    NotYet {
        /// Its hash.
        hash: String,
    },
    /// A key file or its passphrase.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The vault of consents' records.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A passphrase could not be read.
    #[error("{what}")]
    Passphrase {
        /// What is wrong.
        what: String,
    },
    /// Something could not be signed or read.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// An anchor file cannot be used.
    #[error("{}: {source}", .path.display())]
    Anchor {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: AnchorError,
    },
    /// The node is of another chain, or follows another law.
    #[error("{0}")]
    Stranger(String),
    /// A file.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Which.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Some checks of the doctor failed; the text is its report.
    #[error("{failed} of {checks} checks failed")]
    Doctor {
        /// How many failed.
        failed: usize,
        /// How many there were.
        checks: usize,
        /// The report for people.
        text: String,
        /// The report for programs.
        report: Value,
        /// What kind of failure the worst is.
        exit: Exit,
    },
    /// Nothing of a load was taken; the text is its result.
    #[error("nothing of the load was taken")]
    Load {
        /// The result for people.
        text: String,
        /// The result for programs.
        report: Value,
        /// Whether it was refused, or nobody answered.
        exit: Exit,
    },
    /// The identities of a load could not be made.
    #[error("{what}: {done} of {of} done, then nothing for a minute: {why}")]
    Stuck {
        /// What was being done.
        what: &'static str,
        /// How many were done.
        done: u64,
        /// Of how many.
        of: u64,
        /// What the network said last.
        why: String,
    },
    /// A value could not be written as JSON.
    #[error("an answer could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The machine gave no event loop.
    #[error("the event loop did not start: {0}")]
    Runtime(io::Error),
}

impl CliError {
    /// Arguments that do not make sense, and what to do instead.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Anchor { .. } => Exit::Usage,
            Self::Refused(_) | Self::AppendOnly(_) => Exit::Refused,
            Self::Verification { .. } | Self::Stranger(_) => Exit::Verification,
            Self::NotFound(_) => Exit::NotFound,
            Self::Client(error) => match error.class() {
                Class::Usage => Exit::Usage,
                Class::Refused => Exit::Refused,
                Class::NotFound => Exit::NotFound,
                Class::Unreachable => Exit::Unreachable,
                Class::OutcomeUnknown => Exit::OutcomeUnknown,
                Class::Internal => Exit::Internal,
            },
            Self::NotYet { .. } => Exit::OutcomeUnknown,
            Self::Key(KeyError::Name(_) | KeyError::Exists(_)) => Exit::Usage,
            Self::Vault(VaultError::Missing(_) | VaultError::Erased { .. }) => Exit::NotFound,
            Self::Vault(VaultError::Exists(_) | VaultError::TooLarge(_)) => Exit::Usage,
            Self::Key(_) | Self::Passphrase { .. } | Self::Vault(_) => Exit::Keys,
            Self::Sign(_) => Exit::Usage,
            Self::Doctor { exit, .. } | Self::Load { exit, .. } => *exit,
            Self::Stuck { .. } => Exit::Refused,
            Self::File { .. } | Self::Json(_) | Self::Runtime(_) => Exit::Internal,
        }
    }

    /// The code of the law or of the interface, if there is one.
    fn code(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => Some(refusal.code.name.clone()),
            Self::AppendOnly(_) => Some(Code::RefusedBy(Gate::AuditLogging).to_string()),
            Self::Client(ClientError::Node { code, .. }) if *code > 0 => {
                Some(format!("NX{code:04}"))
            }
            _ => None,
        }
    }

    /// What to do next.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Usage { hint, .. } => Some(hint.clone()),
            Self::Refused(refusal) => Some(refusal.lawful()),
            Self::Verification { .. } => Some(String::from(
                "Do not rely on it. Fetch the evidence again, from another node if this repeats; keep both.",
            )),
            Self::AppendOnly(_) => Some(String::from(
                "Read with SELECT. Nothing makes a deletion lawful: nexus audit delete SEQUENCE asks the ledger itself, which refuses it (NX2011) and records the attempt.",
            )),
            Self::Client(error) => client_hint(error),
            Self::NotYet { hash } => Some(format!(
                "Ask again with nexus tx show {hash}; do not sign the same action anew before it expires (10 minutes)."
            )),
            Self::Key(KeyError::Missing { .. }) => Some(String::from(
                "Make one with nexus key new, or name another directory with --keys.",
            )),
            Self::Key(KeyError::Locked { .. }) => Some(String::from(
                "Give the right passphrase: --passphrase-file, --passphrase-fd, or at the prompt.",
            )),
            Self::Vault(VaultError::Locked { .. }) => Some(String::from(
                "Give the passphrase that the vault was made with: --passphrase-file, --passphrase-fd, or at the prompt.",
            )),
            Self::Vault(VaultError::Missing(_)) => Some(String::from(
                "Name the vault's folder: --vault DIR or NEXUS_VAULT.",
            )),
            Self::Passphrase { .. } => Some(String::from(
                "Give it with --passphrase-file FILE or --passphrase-fd N where there is no terminal.",
            )),
            Self::Load { .. } => Some(String::from(
                "The table says why. A node's own limits are in [rpc] of nexusd's config.toml.",
            )),
            Self::Stuck { .. } => Some(String::from(
                "Is the attester registered, and are others using up its allowance? Fewer --signers need less of it.",
            )),
            Self::Stranger(_) => Some(String::from(
                "Check --node and the anchor; nothing was sent.",
            )),
            _ => None,
        }
    }

    /// Prints the error: JSON to standard output, words to standard error.
    pub(crate) fn print(&self, format: Format) -> ExitCode {
        // When even the error cannot be written there is nobody left to tell.
        let _ = match format {
            Format::Table => write(&mut anstream::stderr().lock(), &self.text()),
            Format::Json => write(&mut io::stdout().lock(), &indented(&self.json())),
            Format::Jsonl => write(&mut io::stdout().lock(), &self.json().to_string()),
        };
        ExitCode::from(self.exit().code())
    }

    fn text(&self) -> String {
        let red = crate::text::RED;
        match self {
            Self::Refused(refusal) => refusal.text(),
            Self::Verification { text, .. }
            | Self::Doctor { text, .. }
            | Self::Load { text, .. } => {
                format!(
                    "{text}\n{red}error{red:#}: {}{}",
                    plain(&self.to_string()),
                    self.help()
                )
            }
            _ => {
                let code = self
                    .code()
                    .map(|code| format!("[{code}]"))
                    .unwrap_or_default();
                format!(
                    "{red}error{code}{red:#}: {}{}",
                    plain(&self.message()),
                    self.help()
                )
            }
        }
    }

    /// The message; a node repeats its code in front of it.
    fn message(&self) -> String {
        let message = self.to_string();
        let code = self.code().unwrap_or_default();
        let rest = message.strip_prefix(&code).map(str::trim_start);
        rest.filter(|rest| !rest.is_empty())
            .map_or_else(|| message.clone(), str::to_owned)
    }

    fn help(&self) -> String {
        let cyan = crate::text::CYAN;
        self.hint()
            .map(|hint| format!("\n{cyan}help{cyan:#}: {}", plain(&hint)))
            .unwrap_or_default()
    }

    fn json(&self) -> Value {
        let mut error = json!({
            "exit": self.exit().code(),
            "kind": self.exit().kind(),
            "code": self.code(),
            "message": self.message(),
            "hint": self.hint(),
        });
        let detail = match self {
            Self::Refused(refusal) => refusal.json(),
            Self::Verification { report, .. }
            | Self::Doctor { report, .. }
            | Self::Load { report, .. } => report.clone(),
            Self::Client(ClientError::Node {
                data: Some(data), ..
            }) => json!({ "data": data }),
            Self::Client(ClientError::OutcomeUnknown { hash, .. }) => {
                json!({ "txHash": hash.to_string() })
            }
            Self::NotYet { hash } => json!({ "txHash": hash }),
            _ => Value::Null,
        };
        if let (Value::Object(error), Value::Object(detail)) = (&mut error, detail) {
            error.extend(detail);
        }
        json!({ "error": error })
    }
}

fn client_hint(error: &ClientError) -> Option<String> {
    let hint = match error {
        ClientError::Url { .. } => "An address looks like http://127.0.0.1:26680.",
        ClientError::Unreachable { .. } | ClientError::Http { .. } => {
            "Is the network running? make localnet starts a local one; nexus doctor looks further. Another node: --node URL."
        }
        ClientError::Unreadable { .. } => {
            "Check that --node is a node's JSON-RPC address, and of this version."
        }
        ClientError::OutcomeUnknown { hash, .. } => {
            return Some(format!(
                "Ask for it with nexus tx show {hash} before you sign the action anew."
            ));
        }
        ClientError::Node { data, .. } => return data.as_ref().map(|data| data.hint.clone()),
    };
    Some(hint.to_owned())
}

/// What clap found wrong with the arguments. Programs that asked for JSON get JSON here too.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let format = asked_format(std::env::args_os());
    if error.exit_code() == 0 || format == Format::Table {
        // Help, version, or a usage error for people: clap knows how.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.to_string();
    let message = text.trim().trim_start_matches("error: ").to_owned();
    CliError::usage(message, "nexus help shows what there is").print(format)
}

/// The output that arguments ask for which clap could not read: `--output json`, `--output=json`, `-o json`, `-o=json`
/// or `-ojson`.
fn asked_format(args: impl Iterator<Item = OsString>) -> Format {
    let args: Vec<String> = args
        .map(|one| one.to_string_lossy().into_owned())
        .take_while(|one| one != "--")
        .collect();
    let beside = args.windows(2).filter_map(|pair| match pair {
        [flag, value] if flag == "--output" || flag == "-o" => Some(value.as_str()),
        _ => None,
    });
    let within = args.iter().filter_map(|one| {
        let short = || {
            one.strip_prefix("-o")
                .map(|value| value.trim_start_matches('='))
        };
        one.strip_prefix("--output=").or_else(short)
    });
    let mut formats = beside.chain(within).filter_map(|value| match value {
        "json" => Some(Format::Json),
        "jsonl" => Some(Format::Jsonl),
        _ => None,
    });
    formats.next().unwrap_or(Format::Table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nexus_types::Hash;

    fn node(code: i32) -> CliError {
        CliError::Client(ClientError::Node {
            code,
            message: String::from("no"),
            data: None,
        })
    }

    #[test]
    fn each_kind_of_failure_has_its_exit_code() {
        let lost = ClientError::OutcomeUnknown {
            hash: Hash::default(),
            reason: String::new(),
        };
        let down = ClientError::Unreachable {
            url: String::new(),
            reason: String::new(),
            sent: false,
        };
        let cases = [
            (CliError::Json(serde::ser::Error::custom("x")), 1),
            (CliError::usage("a", "b"), 2),
            (node(-32602), 2),
            (node(1041), 3),
            (node(2015), 3),
            (CliError::Stranger(String::new()), 4),
            (node(3001), 5),
            (CliError::NotFound(String::new()), 5),
            (CliError::Client(down), 6),
            (node(4001), 6),
            (CliError::Client(lost), 7),
            (node(4003), 7),
            (CliError::AppendOnly(String::new()), 3),
            (
                CliError::NotYet {
                    hash: String::new(),
                },
                7,
            ),
            (
                CliError::Passphrase {
                    what: String::new(),
                },
                8,
            ),
            (CliError::Key(KeyError::Encrypt(String::new())), 8),
        ];
        for (error, exit) in cases {
            assert_eq!(error.exit().code(), exit, "{error:?}");
            assert_eq!(error.json()["error"]["exit"], exit);
        }
    }
}
