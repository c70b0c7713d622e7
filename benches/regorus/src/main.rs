//! Asks regorus for `data.main.deny` of each plan, and prints what it says, a line each:
//!
//! ```sh
//! bricklint-regorus POLICIES.rego PLAN.json...
//! ```

use std::{
    env,
    io::{self, Write as _},
};

use anyhow::Context as _;
use regorus::{Engine, Value};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let mut args = env::args().skip(1);
    let mut engine = Engine::new();
    engine.add_policy_from_file(args.next().context("which policies?")?)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for path in args {
        engine.set_input(Value::from_json_file(path)?);
        for message in engine.eval_rule("data.main.deny".to_owned())?.as_set()? {
            writeln!(out, "{}", message.as_string()?)?;
        }
    }
    Ok(())
}
