//! Whether a file fits into memory, asked before reading it: a process that is killed says nothing.

use std::{fs, path::Path, sync::OnceLock};

/// The smallest limit that holds for this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Bytes.
    pub(super) bytes: u64,
    /// What sets it, in words for the user.
    pub(super) by: &'static str,
}

impl Limit {
    /// The largest file that may be read: the model of a plan takes half its size again.
    pub(super) fn largest_file(self) -> u64 {
        self.bytes / 3 * 2
    }
}

const BY_PROCESS: &str = "the process's address space (`ulimit -v`)";
const BY_CGROUP: &str = "the container or control group";

/// The limit of this process; none where nothing limits it, or elsewhere than on Linux.
pub(super) fn limit() -> Option<Limit> {
    // Limits do not change during a run, and thousands of files ask.
    static LIMIT: OnceLock<Option<Limit>> = OnceLock::new();
    *LIMIT.get_or_init(|| if cfg!(target_os = "linux") { lowest(Path::new("/")) } else { None })
}

/// `root` is `/`, except in tests.
fn lowest(root: &Path) -> Option<Limit> {
    let process = address_space(root).map(|bytes| Limit { bytes, by: BY_PROCESS });
    let group = control_group(root).map(|bytes| Limit { bytes, by: BY_CGROUP });
    process.into_iter().chain(group).min_by_key(|limit| limit.bytes)
}

/// The soft limit in `/proc/self/limits`.
fn address_space(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The lowest memory limit of the process's control group and those above it, of either version.
fn control_group(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    groups.lines().filter_map(|line| group_limit(&root.join("sys/fs/cgroup"), line)).min()
}

/// `line` is `ID:CONTROLLERS:PATH`; version 2 has no controllers there.
fn group_limit(mount: &Path, line: &str) -> Option<u64> {
    let mut parts = line.splitn(3, ':').skip(1);
    let controllers = parts.next()?;
    let path = Path::new(parts.next()?.trim_start_matches('/'));
    let (mount, file) = if controllers.is_empty() {
        (mount.to_owned(), "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        (mount.join("memory"), "memory.limit_in_bytes")
    } else {
        return None;
    };
    // A container sees its own group as the mount's root while the path is still the host's: what
    // does not exist is passed over. `max` is no number, and says nothing.
    path.ancestors()
        .filter_map(|group| fs::read_to_string(mount.join(group).join(file)).ok())
        .filter_map(|text| text.trim().parse().ok())
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> Option<Limit> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        lowest(dir.path())
    }

    const LIMITS: &str = "Limit                     Soft Limit           Hard Limit           Units\n\
        Max address space         1000                 unlimited            bytes\n";

    #[test]
    fn nothing_known_is_no_limit() {
        assert_eq!(machine(&[]), None);
        let unlimited = LIMITS.replace("1000     ", "unlimited");
        assert_eq!(machine(&[("proc/self/limits", &unlimited)]), None);
    }

    #[test]
    fn address_space_counts() {
        let limit = machine(&[("proc/self/limits", LIMITS)]).unwrap();
        assert_eq!(limit, Limit { bytes: 1000, by: BY_PROCESS });
        assert_eq!(limit.largest_file(), 666);
    }

    #[test]
    fn the_lowest_group_of_version_2_counts() {
        let limit = machine(&[
            ("proc/self/limits", LIMITS),
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.max", "500\n"),
        ]);
        assert_eq!(limit, Some(Limit { bytes: 500, by: BY_CGROUP }));
    }

    #[test]
    fn version_1_counts_and_a_foreign_path_is_passed_over() {
        let limit = machine(&[
            ("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/host/only\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "700\n"),
        ]);
        assert_eq!(limit, Some(Limit { bytes: 700, by: BY_CGROUP }));
    }
}
