//! The `bricklint` command.

use std::process::ExitCode;

/// A run makes millions of small values and drops them, on every thread at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bricklint::cli::main()
}
