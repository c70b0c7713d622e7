//! Paths as GitHub wants them: relative to the repository's root, with `/`, percent-encoded.

use std::path::{Component, Path, PathBuf};

use crate::redact::percent_encoded;

/// The URI of `path`, which is relative to `cwd`, as seen from `root`. None for what lies outside
/// the root, or cannot be said relative to it, such as stdin.
pub(super) fn relative(path: &str, cwd: &Path, root: &Path) -> Option<String> {
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
    joined(parts)
}

/// A URI that stands for a unit whose file has none. It names no file, so nothing reads a wrong one.
pub(super) fn of_unit(unit: &str) -> String {
    let parts = unit.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    joined(parts.map(str::to_owned)).unwrap_or_else(|| "plan".to_owned())
}

fn joined(parts: impl Iterator<Item = String>) -> Option<String> {
    let parts: Vec<String> = parts.map(|part| percent_encoded(&part, b"")).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
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
        let uri = |path, cwd: &str, root: &str| relative(path, Path::new(cwd), Path::new(root));
        let some = |uri: &str| Some(uri.to_owned());
        assert_eq!(uri("a/plan.json", "", ""), some("a/plan.json"));
        assert_eq!(uri("./a/../b c/[é].json", "", ""), some("b%20c/%5B%C3%A9%5D.json"));
        assert_eq!(uri("a.json", "/repo/infra", "/repo"), some("infra/a.json"));
        assert_eq!(uri("../a.json", "/repo/infra", "/repo/"), some("a.json"));
        assert_eq!(uri("/repo/x/a.json", "/repo/infra", "/repo"), some("x/a.json"));
        assert_eq!(uri("a:b#c?d%20", "", ""), some("a%3Ab%23c%3Fd%2520"));
        for path in ["-", "", "../a.json", "/tmp/a.json", "."] {
            assert_eq!(uri(path, "", ""), None, "{path}");
        }
        assert_eq!(uri("/tmp/a.json", "/repo", "/repo"), None);
        assert_eq!(uri("../../a.json", "/repo/infra", "/repo"), None);
    }

    #[test]
    fn a_unit_is_no_path_out() {
        assert_eq!(of_unit("live/prod"), "live/prod");
        assert_eq!(of_unit("../../etc/x y"), "etc/x%20y");
        assert_eq!(of_unit("//"), "plan");
    }
}
