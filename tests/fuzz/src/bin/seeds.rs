//! Writes the seeds of a target into a folder, and its dictionary beside it, for libFuzzer.

use std::path::Path;
use std::process::ExitCode;

use nexus_fuzz::{TARGETS, corpus};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = arguments.as_slice() else {
        for target in &TARGETS {
            println!("{} {}", target.name, target.max_len);
        }
        return ExitCode::SUCCESS;
    };
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        eprintln!("there is no target {name}; without arguments this program lists them");
        return ExitCode::FAILURE;
    };
    match corpus::write_seeds(target, Path::new(folder)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write the seeds of {name} into {folder}: {error}");
            ExitCode::FAILURE
        }
    }
}
