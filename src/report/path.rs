//! Paths as CI systems want them: relative to the repository's root, with `/`.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use super::Options;
use crate::lint::{Outcome, SourceSpan};

/// Where findings stand in the repository.
pub(super) struct Paths<'a> {
    /// The file of each unit.
    files: BTreeMap<&'a str, &'a str>,
    options: &'a Options,
}

impl<'a> Paths<'a> {
    pub(super) fn new(outcome: &'a Outcome, options: &'a Options) -> Self {
        let inputs = outcome.inputs.iter();
        let files = inputs.map(|input| (input.unit.as_str(), input.path.as_str())).collect();
        Paths { files, options }
    }

    /// The file of a span. None for what lies outside of the repository, which no reader could show.
    pub(super) fn source<'s>(
        &self,
        span: Option<&'s SourceSpan>,
    ) -> Option<(String, &'s SourceSpan)> {
        let span = span?;
        Some((self.relative(&span.path)?, span))
    }

    /// The file of a unit's plan; never empty, never absolute, and without `..`. Where it is outside
    /// of the repository, or none (stdin), the unit's name stands for it.
    pub(super) fn plan(&self, unit: &str) -> String {
        let path = self.files.get(unit).and_then(|path| self.relative(path));
        path.unwrap_or_else(|| of_unit(unit))
    }

    /// Any file of the repository.
    pub(super) fn relative(&self, path: &str) -> Option<String> {
        relative(path, &self.options.cwd, &self.options.root)
    }
}

/// `path`, which is relative to `cwd`, as seen from `root`. None for what lies outside the root, or
/// cannot be said relative to it, such as stdin.
fn relative(path: &str, cwd: &Path, root: &Path) -> Option<String> {
    if path.is_empty() || path == "-" {
        return None;
    }
    let whole = normal(&cwd.join(path))?;
    let inside = if root.as_os_str().is_empty() {
        Some(whole.as_path()).filter(|path| !path.has_root())
    } else {
        whole.strip_prefix(normal(root)?).ok()
    };
    let parts = inside?.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A path that stands for a unit whose file has none. It names no file, so nothing reads a wrong one.
fn of_unit(unit: &str) -> String {
    let parts = unit.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    let parts: Vec<&str> = parts.collect();
    if parts.is_empty() { "plan".to_owned() } else { parts.join("/") }
}

/// The path without `.` and `..`, by its text alone. None where `..` leads out of it.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_none() => return None,
            Component::ParentDir => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_root() {
        let path = |path, cwd: &str, root: &str| relative(path, Path::new(cwd), Path::new(root));
        let some = |path: &str| Some(path.to_owned());
        assert_eq!(path("a/plan.json", "", ""), some("a/plan.json"));
        assert_eq!(path("./a/../b c/[é].json", "", ""), some("b c/[é].json"));
        assert_eq!(path("a.json", "/repo/infra", "/repo"), some("infra/a.json"));
        assert_eq!(path("../a.json", "/repo/infra", "/repo/"), some("a.json"));
        assert_eq!(path("/repo/x/a.json", "/repo/infra", "/repo"), some("x/a.json"));
        for outside in ["-", "", "../a.json", "/tmp/a.json", "."] {
            assert_eq!(path(outside, "", ""), None, "{outside}");
        }
        assert_eq!(path("/tmp/a.json", "/repo", "/repo"), None);
        assert_eq!(path("../../a.json", "/repo/infra", "/repo"), None);
    }

    #[test]
    fn a_unit_is_no_path_out() {
        assert_eq!(of_unit("live/prod"), "live/prod");
        assert_eq!(of_unit("../../etc/x y"), "etc/x y");
        assert_eq!(of_unit("//"), "plan");
    }
}
