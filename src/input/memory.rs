//! Whether a file fits into memory, asked before reading it: a process that is killed says nothing.

use std::{fs, path::Path, sync::OnceLock};

/// The smallest limit that holds for this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// Bytes.
    pub(super) bytes: u64,
    /// Bytes of it that are taken already.
    taken: u64,
    /// How many halves of a file's size judging it takes.
    halves: u64,
    /// What sets it, in words for the user.
    pub(super) by: &'static str,
}

impl Limit {
    /// A limit on memory that is really used.
    pub(super) fn resident(bytes: u64, by: &'static str) -> Limit {
        Limit { bytes, taken: 0, halves: RESIDENT, by }
    }

    /// The largest file that may be read.
    pub(super) fn largest_file(self) -> u64 {
        self.bytes.saturating_sub(self.taken) / self.halves * 2
    }

    /// The bytes that reading and judging a file of this size takes, with what is taken already.
    pub(super) fn needed(self, size: u64) -> u64 {
        (size / 2).saturating_mul(self.halves).saturating_add(self.taken)
    }
}

/// A plan of 43 MiB with 10,000 resources and all rules took 150 MiB, with one rule 67; one of 434 MiB took
/// 986 MiB: the text, its model, rows and findings. A process that takes more is killed without a word.
const RESIDENT: u64 = 8;

/// Address space is reserved long before it is used: a plan of 54 MiB with 60,000 small resources took
/// 324 MiB, while a quarter of that is the text and its model.
const RESERVED: u64 = 12;

/// Whether this process's address space (`ulimit -v`) has so many bytes left; a sentence where it has not.
/// Nothing is known elsewhere than on Linux.
pub fn room_for(bytes: u64) -> Result<(), String> {
    let Some(limit) = process_limit() else { return Ok(()) };
    let left = limit.bytes.saturating_sub(limit.taken);
    if left >= bytes {
        return Ok(());
    }
    Err(format!(
        "{} allows {}, of which {} are left; {} are needed before any plan is read",
        limit.by,
        size(limit.bytes),
        size(left),
        size(bytes)
    ))
}

fn process_limit() -> Option<Limit> {
    if cfg!(target_os = "linux") { address_space(Path::new("/")) } else { None }
}

/// `bytes` in the unit that people would use.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (name, unit) in UNITS {
        if bytes >= unit {
            let tenths = u128::from(bytes) * 10 / u128::from(unit);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
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
    let group = control_group(root).map(|bytes| Limit::resident(bytes, BY_CGROUP));
    address_space(root).into_iter().chain(group).min_by_key(|limit| limit.largest_file())
}

/// What the allocator takes of the address space at once, where there is so much, and hands out as it is
/// asked for (`arena_reserve` of mimalloc 2).
const ARENA: u64 = 1 << 30;

/// The soft limit in `/proc/self/limits`, and what `/proc/self/status` says is taken of it.
fn address_space(root: &Path) -> Option<Limit> {
    let limits = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let bytes = number(&limits, "Max address space")?;
    let status = fs::read_to_string(root.join("proc/self/status")).unwrap_or_default();
    let kib = |line| number(&status, line).unwrap_or_default().saturating_mul(1024);
    let taken = match kib("VmSize:").checked_sub(ARENA) {
        Some(rest) => rest.saturating_add(kib("VmRSS:")),
        None => kib("VmSize:"),
    };
    Some(Limit { bytes, taken, halves: RESERVED, by: BY_PROCESS })
}

/// The first number on the line that begins so.
fn number(text: &str, line: &str) -> Option<u64> {
    let rest = text.lines().find_map(|it| it.strip_prefix(line))?;
    rest.split_whitespace().next()?.parse().ok()
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
        let status = "VmPeak:\t 9 kB\nVmSize:\t       0 kB\n";
        let limit = |status: &str| {
            machine(&[("proc/self/limits", LIMITS), ("proc/self/status", status)]).unwrap()
        };
        let free = limit(status);
        assert_eq!(free, Limit { bytes: 1000, taken: 0, halves: RESERVED, by: BY_PROCESS });
        assert_eq!((free.largest_file(), free.needed(100)), (166, 600));
        let taken = limit(&status.replace("0 kB", "1 kB"));
        assert_eq!((taken.largest_file(), taken.needed(100)), (0, 1624));
        // What the allocator has reserved is there to be used.
        let reserved = limit("VmSize:\t 1048579 kB\nVmRSS:\t       2 kB\n");
        assert_eq!(reserved.taken, 5 * 1024);
    }

    #[test]
    fn the_lowest_group_of_version_2_counts() {
        let limit = machine(&[
            ("proc/self/limits", LIMITS),
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.max", "240\n"),
        ]);
        let group = Limit::resident(240, BY_CGROUP);
        assert_eq!((limit, group.largest_file(), group.needed(100)), (Some(group), 60, 400));
    }

    #[test]
    fn version_1_counts_and_a_foreign_path_is_passed_over() {
        let limit = machine(&[
            ("proc/self/cgroup", "9:name=systemd:/\n4:cpu,memory:/host/only\n"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "700\n"),
        ]);
        assert_eq!(limit.map(|limit| (limit.bytes, limit.by)), Some((700, BY_CGROUP)));
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(4 << 30), "4.0 GiB");
        assert_eq!(size(u64::MAX), "17179869183.9 GiB");
    }
}
