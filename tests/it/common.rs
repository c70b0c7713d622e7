//! What all tests share: the binary in a clean environment, golden files, errors in one list.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use assert_cmd::Command;
use serde_json::Value;

/// The binary, with nothing of the caller's environment but where programs are found. Its working
/// directory is the package's.
pub(crate) fn bricklint() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bricklint"));
    command.env_clear();
    if let Some(path) = env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Of a command that is set up already. Dying of a signal counts as -1, and output that is no
    /// UTF-8 fails the test.
    pub(crate) fn of(command: &mut Command) -> Ran {
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The standard output as JSON; the output itself where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }
}

/// Runs the binary.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    Ran::of(bricklint().args(args))
}

/// Whether files are to be written instead of compared.
pub(crate) fn is_blessing() -> bool {
    env::var_os("BLESS").is_some_and(|value| !value.is_empty())
}

/// Without the number in "by 20 rules": a new rule must not touch every page that shows a summary.
fn without_rule_count(text: &str) -> String {
    let mut parts = text.split(" by ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let is_count = rest.len() < part.len() && rest.starts_with(" rule");
        format!("{all} by {}", if is_count { rest } else { part })
    })
}

/// Compares with a committed file; `cargo bless` (`BLESS=1`) writes it instead.
pub(crate) fn golden(path: &Path, actual: &str) -> Result<(), String> {
    let expected = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if without_rule_count(&expected) == without_rule_count(actual) {
        return Ok(());
    }
    if is_blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, actual).unwrap();
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(expected.as_str(), actual);
    Err(format!(
        "{} is out of date; run `cargo bless` and read the diff:\n{}",
        path.display(),
        diff.unified_diff().context_radius(2)
    ))
}

/// Fails with every error, not only with the first.
pub(crate) fn check_all(errors: impl IntoIterator<Item = String>) {
    let errors: Vec<String> = errors.into_iter().collect();
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// The entries of a directory, sorted; none where there is no such directory.
pub(crate) fn entries(dir: impl AsRef<Path>) -> Vec<PathBuf> {
    let Ok(dir) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = dir.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The last segment of a path.
pub(crate) fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Every file below a directory whose name ends like that, sorted.
pub(crate) fn files_below(dir: impl AsRef<Path>, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(dir) {
        if path.is_dir() {
            files.extend(files_below(&path, ending));
        } else if name(&path).ends_with(ending) {
            files.push(path);
        }
    }
    files
}

/// A file as JSON.
pub(crate) fn read_json(path: impl AsRef<Path>) -> Value {
    let path = path.as_ref();
    let text = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is no JSON: {error}", path.display()))
}
