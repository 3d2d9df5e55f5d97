//! libFuzzer's program for the target `name`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nexus_fuzz::run("name", data));
