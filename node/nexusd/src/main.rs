//! nexusd
fn main() {}
