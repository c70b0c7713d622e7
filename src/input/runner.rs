//! A binary plan to JSON, which only Terraform with the plan's providers can do.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::refusal::quoted;

/// How a binary plan is turned into JSON; a trait so that tests need no Terraform.
pub trait Runner: Sync {
    /// The output of `terraform show -json` on the file `plan`.
    ///
    /// # Errors
    /// Why there is none, in a phrase; what to run by hand is added by the caller.
    fn show_json(&self, plan: &Path) -> Result<Vec<u8>, String>;
}

/// Runs the `terraform` or else the `tofu` that is on `PATH`, in the plan's directory, because it
/// needs the providers that were initialised there. Nothing else is ever run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terraform;

impl Runner for Terraform {
    fn show_json(&self, plan: &Path) -> Result<Vec<u8>, String> {
        show_with(env::var_os("PATH").as_deref(), plan)
    }
}

/// The first program that succeeds decides: a plan of OpenTofu is none for Terraform.
fn show_with(search: Option<&OsStr>, plan: &Path) -> Result<Vec<u8>, String> {
    let mut failures = Vec::new();
    for name in ["terraform", "tofu"] {
        let Some(program) = search.and_then(|search| program(search, name)) else { continue };
        match show(&program, plan) {
            Ok(json) => return Ok(json),
            Err(why) => failures.push(format!("`{name} show -json` {why}")),
        }
    }
    if failures.is_empty() {
        return Err("neither `terraform` nor `tofu` is on PATH".to_owned());
    }
    Err(failures.join("; "))
}

/// Relative entries of `PATH` are passed over: the plan's directory is not where to find programs.
fn program(search: &OsStr, name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(search)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(&file))
        .find(|path| path.is_file())
}

fn show(program: &Path, plan: &Path) -> Result<Vec<u8>, String> {
    let name = plan.file_name().ok_or("was given no file")?;
    let dir = plan.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let output = Command::new(program)
        .args(["show", "-json", "-no-color"])
        // A name with a leading dash is no flag.
        .arg(Path::new(".").join(name))
        .current_dir(dir)
        // Terraform would ask the network for its newest version.
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("could not be started: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let words = summary(&output.stderr);
    Err(if words.is_empty() {
        format!("failed ({})", output.status)
    } else {
        format!("failed: {words}")
    })
}

/// The first lines of an error of Terraform, without colours, frames and control characters.
fn summary(stderr: &[u8]) -> String {
    const LINES: usize = 4;
    const CHARS: usize = 160;
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<String> = text.lines().map(plain).filter(|line| !line.is_empty()).collect();
    // Warnings stand before the error, and would use the lines up.
    let error = lines.iter().position(|line| line.starts_with("Error")).unwrap_or(0);
    let lines = lines.into_iter().skip(error).take(LINES);
    let short = |line: String| match line.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    };
    lines.map(short).collect::<Vec<_>>().join(" ")
}

/// One line without escape sequences, control characters and the frame of a diagnostic.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            // `ESC [ … letter`
            '\u{1b}' => {
                if chars.next() == Some('[') {
                    chars.by_ref().find(|c| ('@'..='~').contains(c));
                }
            }
            '╷' | '│' | '╵' => {}
            '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// The command for the user to run instead, for a binary plan shown as `path`.
pub(super) fn by_hand(path: &str) -> String {
    let (dir, name) = path.rsplit_once('/').map_or(("", path), |(dir, name)| (dir, name));
    let stem = name.strip_suffix(".tfplan").filter(|stem| !stem.is_empty()).unwrap_or(name);
    let json = format!("{stem}.json");
    let show = format!("terraform show -json {} > {}", quoted(name), quoted(&json));
    match dir {
        "" if path.starts_with('/') => format!("`cd / && {show}`"),
        "" => format!("`{show}`"),
        _ => format!("`cd {} && {show}`", quoted(dir)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_by_hand_names_the_file() {
        assert_eq!(by_hand("tfplan"), "`terraform show -json tfplan > tfplan.json`");
        assert_eq!(by_hand("a b/x.tfplan"), "`cd 'a b' && terraform show -json x.tfplan > x.json`");
    }

    #[test]
    fn errors_are_short_and_plain() {
        let stderr =
            "\u{1b}[31m╷\u{1b}[0m\n│ \u{1b}[1mError: Failed\u{7} to load\n│\n│ b\n│ c\n│ d\n│ e\n";
        assert_eq!(summary(stderr.as_bytes()), "Error: Failed to load b c d");
        assert_eq!(summary(b"Warning: old\nbla\nError: new\n"), "Error: new");
        assert_eq!(summary("x".repeat(500).as_bytes()).chars().count(), 161);
    }

    #[test]
    fn without_a_program_it_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let error = show_with(Some(dir.path().as_os_str()), Path::new("x")).unwrap_err();
        assert_eq!(error, "neither `terraform` nor `tofu` is on PATH");
        assert!(show_with(None, Path::new("x")).is_err());
    }

    #[cfg(unix)]
    fn stub(dir: &Path, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = dir.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn terraform_runs_in_the_plans_directory_and_tofu_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let plan = dir.path().join("-x.tfplan");
        std::fs::write(&plan, "z").unwrap();
        stub(dir.path(), "terraform", "echo Error: wrong version >&2; exit 1");
        let search = Some(dir.path().as_os_str());
        let error = show_with(search, &plan).unwrap_err();
        assert_eq!(error, "`terraform show -json` failed: Error: wrong version");
        stub(dir.path(), "tofu", "echo \"$@\"; cat ./-x.tfplan");
        let output = show_with(search, &plan).unwrap();
        assert_eq!(output, b"show -json -no-color ./-x.tfplan\nz");
    }
}
