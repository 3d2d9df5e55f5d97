//! libFuzzer's program for the target `abci_frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nexus_fuzz::run("abci_frame", data));
