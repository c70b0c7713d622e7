#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bricklint_fuzz::policy(bytes));
