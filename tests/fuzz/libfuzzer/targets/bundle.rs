//! libFuzzer's program for the target `bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| nexus_fuzz::run("bundle", data));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    nexus_fuzz::mutate(
        "bundle",
        data,
        size,
        max_size,
        seed,
        &mut libfuzzer_sys::fuzzer_mutate,
    )
});
