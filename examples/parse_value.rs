//! Parses each file into a `serde_json::Value`, one after the other, and nothing else: what
//! `benches/compare.py` measures bricklint against.

use std::{env, error::Error, fs, hint};

fn main() -> Result<(), Box<dyn Error>> {
    for path in env::args_os().skip(1) {
        let text = fs::read_to_string(path)?;
        let value: serde_json::Value = serde_json::from_str(&text)?;
        hint::black_box(value);
    }
    Ok(())
}
