//! Policies as sandboxed scripts: the sandbox, what a script sees, and the adapter to [`Rule`].
//!
//! A script is read without being run: metadata and parameters are literals, documentation is its
//! `//!` lines. It is run once for each instance of the types it names, and once more for each
//! answer that a value not known yet may give (`world`), so that plain `&& || !` are exact.
//!
//! [`Rule`]: crate::lint::Rule

mod absent;
mod calls;
mod cx;
mod host;
mod limits;
mod load;
mod meta;
mod names;
mod rule;
mod sandbox;
mod scan;
mod session;
mod shipped;
mod syntax;
pub mod testing;
mod trouble;
mod values;
mod world;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rayon::prelude::*;

pub use host::manual;
pub use load::{LoadError, load};
pub use rule::ScriptRule;

/// The policies inside the binary; a test holds each one to load.
pub fn shipped() -> Vec<ScriptRule> {
    // Reading them is most of the time that a small plan takes.
    let all = shipped::SHIPPED.par_iter();
    let rules = all.filter_map(|(path, text)| load::load_before_tests(path, text).ok());
    rules.map(ScriptRule::shipped).collect()
}

/// The scripts of a directory, by file name; directories below are not entered.
///
/// # Errors
/// When the directory cannot be read or holds no script, or a script is not right.
pub fn directory(dir: &Path) -> Result<Vec<ScriptRule>, LoadError> {
    files(dir)?.iter().map(|path| read(path)).collect()
}

/// The paths of the scripts of a directory, sorted.
///
/// # Errors
/// When the directory cannot be read or holds no script.
pub fn files(dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let shown = dir.display().to_string().replace('\\', "/");
    let entries = std::fs::read_dir(dir).map_err(|error| LoadError::whole(&shown, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| LoadError::whole(&shown, error))?.path();
        if path.extension().is_some_and(|extension| extension == "rhai") && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        let message = "no script is in this directory; a script is a file that ends in .rhai";
        return Err(LoadError::whole(&shown, message));
    }
    Ok(paths)
}

/// Reads a script.
///
/// # Errors
/// When it cannot be read or is not right.
pub fn read(path: &Path) -> Result<ScriptRule, LoadError> {
    let shown = path.display().to_string().replace('\\', "/");
    let size = std::fs::metadata(path).map_err(|error| LoadError::whole(&shown, error))?.len();
    if size > limits::SOURCE_BYTES {
        let message = format!(
            "the script has {size} bytes, and {} is the most that is read",
            limits::SOURCE_BYTES
        );
        return Err(LoadError::whole(&shown, message));
    }
    let source = std::fs::read_to_string(path).map_err(|error| LoadError::whole(&shown, error))?;
    let rule = load(&shown, &source)?;
    // Compiled now, so that what is wrong is said before any plan is read.
    rule.compile_defaults()?;
    Ok(rule)
}

/// A rule to start from: with documentation, a parameter, and tests that pass.
///
/// # Errors
/// When `id` cannot be a rule's id.
pub fn scaffold(id: &str) -> Result<String, LoadError> {
    const TEMPLATE: &str = include_str!("scaffold.rhai");
    let text = TEMPLATE.replace("NAME", &id.replace(['\\', '"'], "?"));
    load(&format!("{id}.rhai"), &text).map(|_| text)
}
