//! The `bricklint` command.

use std::process::ExitCode;

/// A run makes millions of small values and drops them, on every thread at once. musl's own allocator takes a
/// lock for each; that of glibc is as fast as this one, and keeps less memory.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bricklint::cli::main()
}
