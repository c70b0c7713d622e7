//! The `bricklint` command.

fn main() {}
