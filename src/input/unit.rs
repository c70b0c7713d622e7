//! The name of a unit, and paths as they are shown.

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

use super::Options;

/// Gives files their unit's name, so that it does not depend on how the command was typed.
pub(super) struct Units {
    /// The directory that names are relative to, without `.` and `..`.
    root: Option<PathBuf>,
    /// The same with symbolic links resolved: a working directory often is one (`/tmp` on macOS).
    real: Option<PathBuf>,
}

impl Units {
    pub(super) fn new(options: &Options) -> Units {
        let root = root(options);
        let real = root.as_deref().and_then(|root| root.canonicalize().ok());
        Units { root, real }
    }

    /// The name of `file`, found below the directory argument `below`. Both without `.` and `..`.
    pub(super) fn name(&self, file: &Path, below: Option<&Path>) -> Name {
        let root = self.root.as_deref();
        if let Some(relative) = root.and_then(|root| file.strip_prefix(root).ok()) {
            return Name::new(relative);
        }
        if let Some(relative) = self.below_real(file) {
            return Name::new(&relative);
        }
        let relative = below.and_then(|below| file.strip_prefix(below).ok());
        Name::new(relative.or_else(|| file.file_name().map(Path::new)).unwrap_or(file))
    }

    /// Only the directory is resolved: a plan that is a link is called as the link is.
    fn below_real(&self, file: &Path) -> Option<PathBuf> {
        let parent = file.parent()?.canonicalize().ok()?;
        let relative = parent.strip_prefix(self.real.as_deref()?).ok()?;
        Some(relative.join(file.file_name()?))
    }
}

/// What names of units are relative to: `--unit-root`, else the directory of `bricklint.toml`, else the
/// repository's. Absolute, without `.` and `..`.
pub fn root(options: &Options) -> Option<PathBuf> {
    options
        .unit_root
        .clone()
        .or_else(|| options.config_dir.clone())
        .or_else(|| repository_root(&options.cwd))
        .map(|root| normal(&options.cwd.join(root)))
}

/// A unit's name, and how much of the file's path it was made of.
pub(super) struct Name {
    pub(super) unit: String,
    pub(super) segments: usize,
}

impl Name {
    fn new(relative: &Path) -> Name {
        let unit = shorten(&in_unit(&slashes(relative)));
        Name { unit, segments: relative.components().count() }
    }
}

/// Length of a SHA-1 in base64, which Terragrunt calls its copies by
/// (<https://github.com/gruntwork-io/terragrunt>, `EncodeBase64Sha1`).
const SUM: usize = 27;

/// The path of a plan in Terragrunt's working copy of a unit, `<unit>/.terragrunt-cache/<sum>/<sum>/…`, as
/// if it lay in the unit.
fn in_unit(path: &str) -> Cow<'_, str> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_sum = |part: &&str| {
        part.len() == SUM
            && part.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
    };
    let copy = parts.iter().position(|part| *part == ".terragrunt-cache");
    match copy.and_then(|at| Some((at, parts.get(at + 1..at + 3)?, parts.last()?))) {
        Some((at, sums, file)) if sums.iter().all(is_sum) && at + 3 < parts.len() => {
            Cow::Owned([&parts[..at], &[*file]].concat().join("/"))
        }
        _ => Cow::Borrowed(path),
    }
}

/// Without the endings that say nothing about which plan it is.
fn shorten(path: &str) -> String {
    let mut name = path;
    for suffix in [".gz", ".json", ".tfplan", ".tfstate"] {
        match name.strip_suffix(suffix) {
            Some(short) if !short.is_empty() && !short.ends_with('/') => name = short,
            _ => {}
        }
    }
    for last in ["/tfplan", "/plan"] {
        if let Some(parent) = name.strip_suffix(last) {
            return parent.to_owned();
        }
    }
    name.to_owned()
}

/// The nearest directory at or above `cwd` that has a `.git` (a file in a worktree or submodule).
fn repository_root(cwd: &Path) -> Option<PathBuf> {
    cwd.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_owned)
}

/// `path` without `.` and `..`, by its letters only.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            Component::ParentDir if out.has_root() => {}
            _ => out.push(part),
        }
    }
    out
}

/// `path` with `/` between its segments.
pub(super) fn slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// `path` as it is shown: with `/` and without a leading `./`.
pub(super) fn shown(path: &Path) -> String {
    let text = slashes(path);
    let short = text.strip_prefix("./").map(|rest| rest.trim_start_matches('/'));
    match short {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_dropped() {
        for (path, want) in [
            ("plan.json", "plan"),
            ("tfplan", "tfplan"),
            ("tfplan.json.gz", "tfplan"),
            ("live/eu/plan.json", "live/eu"),
            ("live/eu/tfplan.json", "live/eu"),
            ("live/eu/tfplan", "live/eu"),
            ("plan/plan.json", "plan"),
            ("a/plan/tfplan.json", "a/plan"),
            ("terraform.tfstate", "terraform"),
            ("a/terraform.tfstate.json.gz", "a/terraform"),
            ("state.show.json", "state.show"),
            ("a/myplan.json", "a/myplan"),
            ("a/.json", "a/.json"),
            (".json", ".json"),
            ("a.tfplan", "a"),
            // As Terragrunt's --out-dir and --json-out-dir leave the two beside each other.
            ("live/eu/tfplan.tfplan", "live/eu"),
        ] {
            assert_eq!(shorten(path), want, "{path}");
        }
    }

    #[test]
    fn a_working_copy_of_terragrunt_is_its_unit() {
        let copy = ".terragrunt-cache/hpju3Y11SLy-beXBkHdIKsmoTPk/R59_av4gfzqM9O0ar6pMun-3BDg";
        for (path, want) in [
            (format!("live/eu/{copy}/modules/net/tfplan"), "live/eu"),
            (format!("live/eu/{copy}/prod.tfplan"), "live/eu/prod"),
            (format!("{copy}/net/tfplan"), "tfplan"),
            (
                "live/.terragrunt-cache/plans/eu/tfplan.tfplan".to_owned(),
                "live/.terragrunt-cache/plans/eu",
            ),
        ] {
            assert_eq!(Name::new(Path::new(&path)).unit, want, "{path}");
        }
    }

    #[test]
    fn the_root_decides_then_the_directory_then_the_file_name() {
        let options = Options {
            cwd: "/repo/sub".into(),
            unit_root: Some("../live".into()),
            config_dir: Some("/repo".into()),
            state: false,
        };
        let units = Units::new(&options);
        assert_eq!(units.name(Path::new("/repo/live/a/plan.json"), None).unit, "a");
        assert_eq!(units.name(Path::new("/tmp/x/plan.json"), None).unit, "plan");
        assert_eq!(units.name(Path::new("/tmp/x/plan.json"), Some(Path::new("/tmp"))).unit, "x");
        let units = Units::new(&Options { unit_root: None, ..options });
        assert_eq!(units.name(Path::new("/repo/live/a/plan.json"), None).unit, "live/a");
    }

    #[test]
    fn the_repository_is_found_upwards() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("r/.git")).unwrap();
        std::fs::create_dir_all(dir.path().join("r/a/b")).unwrap();
        let options = Options { cwd: dir.path().join("r/a"), ..Options::default() };
        let units = Units::new(&options);
        assert_eq!(units.name(&dir.path().join("r/a/b/plan.json"), None).unit, "a/b");
    }

    #[cfg(unix)]
    #[test]
    fn a_root_reached_through_a_link_is_the_same_root() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("r/a")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("r"), dir.path().join("l")).unwrap();
        let options = Options {
            cwd: dir.path().join("r"),
            config_dir: Some(dir.path().join("r")),
            ..Options::default()
        };
        let name = Units::new(&options).name(&dir.path().join("l/a/plan.json"), None).unit;
        assert_eq!(name, "a");
    }

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(normal(Path::new("/a/./b/../c")), Path::new("/a/c"));
        assert_eq!(normal(Path::new("/../a")), Path::new("/a"));
        assert_eq!(normal(Path::new("../a")), Path::new("../a"));
        assert_eq!(shown(Path::new("./a/b")), "a/b");
        assert_eq!(shown(Path::new(".")), ".");
        assert_eq!(shown(Path::new("../a")), "../a");
    }
}
