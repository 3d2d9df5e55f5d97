//! What several modules' tests share.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes an executable file from another process. Were this one to write it, a child that a test beside forks
/// at that moment would hold the file open for writing, and starting it would fail with `ETXTBSY`.
pub(crate) fn write_program(path: &Path, text: &str) {
    let mut install = Command::new("install")
        .args(["-m", "755", "/dev/stdin"])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("coreutils are there");
    let mut stdin = install.stdin.take().expect("piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    assert!(install.wait().expect("it ends").success());
}
