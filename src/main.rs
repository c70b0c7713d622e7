//! The `bricklint` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    bricklint::cli::main()
}
