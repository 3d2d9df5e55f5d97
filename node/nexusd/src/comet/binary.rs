//! Finding CometBFT's program and making sure of its version.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;

/// The version that the application's wire format and the clients' verifier are made for. v1 is wire-incompatible,
/// v0.39 is refused by the RPC library, and older ones have known faults in block time.
pub(crate) const VERSION: &str = "0.38.25";

/// The program and where its name came from.
pub(crate) fn find(configured: Option<&Path>) -> Result<PathBuf, Error> {
    let candidates = match configured {
        Some(path) => vec![path.to_owned()],
        None => candidates(),
    };
    let Some(program) = candidates.iter().find(|path| path.is_file()) else {
        return Err(Error::Comet(format!(
            "CometBFT v{VERSION} was not found (looked at {}). `make setup` puts it into .tools/bin; or name it as \
             cometbft.binary in config.toml",
            shown(&candidates)
        )));
    };
    check_version(program)?;
    std::path::absolute(program).map_err(Error::io(format!("resolve {}", program.display())))
}

/// `.tools/bin` of the checkout this program was built in or is run from, then PATH.
fn candidates() -> Vec<PathBuf> {
    let here = std::env::current_dir().ok();
    let built = std::env::current_exe().ok();
    let checkouts = here.iter().chain(&built).flat_map(|path| path.ancestors());
    let tools = checkouts.map(|folder| folder.join(".tools/bin/cometbft"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let from_path = std::env::split_paths(&path).map(|folder| folder.join("cometbft"));
    tools.chain(from_path).collect()
}

fn shown(candidates: &[PathBuf]) -> String {
    let shown: Vec<_> = candidates
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    shown.join(", ")
}

fn check_version(program: &Path) -> Result<(), Error> {
    let output = Command::new(program)
        .arg("version")
        .output()
        .map_err(|error| Error::Comet(format!("{} does not run: {error}", program.display())))?;
    let version = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && version.trim() == VERSION {
        return Ok(());
    }
    Err(Error::Comet(format!(
        "{} is version {:?}, not {VERSION}: every validator of a network runs the same one. `make setup` builds it",
        program.display(),
        version.trim()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::write_program;

    #[test]
    fn another_version_is_refused_with_both_versions() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("cometbft");
        write_program(&program, "#!/bin/sh\necho 1.0.1\n");
        let message = find(Some(&program)).expect_err("refused").to_string();
        assert!(message.contains("\"1.0.1\", not 0.38.25"), "{message}");
    }

    #[test]
    fn a_missing_program_says_where_it_was_looked_for() {
        let message = find(Some(Path::new("/nowhere/cometbft")))
            .expect_err("refused")
            .to_string();
        assert!(message.contains("/nowhere/cometbft"), "{message}");
        assert!(message.contains("make setup"), "{message}");
    }
}
