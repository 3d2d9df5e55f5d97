//! libFuzzer's program for the target `rdata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nexus_fuzz::run("rdata", data));
