//! Policies as sandboxed scripts: the sandbox, what a script sees, and the adapter to [`Rule`].
//!
//! A script is read without being run: metadata and parameters are literals, documentation is its
//! `//!` lines. It is run once for each instance of the types it names, and once more for each
//! answer that a value not known yet may give (`world`), so that plain `&& || !` are exact.
//!
//! [`Rule`]: crate::lint::Rule

mod cx;
mod host;
mod limits;
mod load;
mod meta;
mod names;
mod rule;
mod sandbox;
mod shipped;
mod trouble;
mod values;
mod world;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use host::manual;
pub use load::{LoadError, load};
pub use rule::ScriptRule;

/// The policies inside the binary; a test holds each one to load.
pub fn shipped() -> Vec<ScriptRule> {
    shipped::SHIPPED.iter().filter_map(|(path, source)| load(path, source).ok()).collect()
}

/// The scripts of a directory, by file name; directories below are not entered.
///
/// # Errors
/// When the directory cannot be read or holds no script, or a script is not right.
pub fn directory(dir: &Path) -> Result<Vec<ScriptRule>, LoadError> {
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
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<ScriptRule, LoadError> {
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
