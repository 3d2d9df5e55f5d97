//! nexus-cli
fn main() {}
