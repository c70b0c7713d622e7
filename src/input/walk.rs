//! Directories and globs to files.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use ignore::{DirEntry, WalkBuilder};

use super::glance::{Glance, glance, is_plan_archive};

/// What a directory holds. Paths are absolute and in order.
#[derive(Default)]
pub(super) struct Contents {
    /// What is read: what shows a plan or a state, what is called like one, and what should have become one.
    pub(super) taken: Vec<PathBuf>,
    /// Other JSON files.
    pub(super) skipped: Vec<PathBuf>,
    /// `.tfstate` files left out, for want of `--state`.
    pub(super) states: usize,
    /// Directories that could not be read, and why.
    pub(super) failed: Vec<(PathBuf, io::Error)>,
}

/// Searches `root` for plans, and for `.tfstate` files if `state` says so.
///
/// Ignore files do not count: plans are what they are written for. Links to directories are not
/// followed, so that no link makes the search endless or finds a plan twice; links to files are.
pub(super) fn directory(root: &Path, state: bool) -> Contents {
    let mut contents = Contents::default();
    let mut shown = BTreeSet::new();
    let mut binary = Vec::new();
    for entry in walk(root, None, true) {
        let path = match entry {
            Ok(entry) => match regular(&entry) {
                true => entry.into_path(),
                false => continue,
            },
            Err(error) => {
                contents.failed.extend(failure(root, &error));
                continue;
            }
        };
        match Name::of(&path) {
            Name::Json { like_plan } => {
                // One that cannot be read is taken, so that the reader says why.
                let glance = glance(&path).unwrap_or(Glance::Failed);
                if glance == Glance::Plan {
                    shown.insert(path.clone());
                }
                match like_plan || glance != Glance::Other {
                    true => contents.taken.push(path),
                    false => contents.skipped.push(path),
                }
            }
            Name::Binary => binary.push(path),
            Name::LikePlan if is_plan_archive(&path).unwrap_or(false) => binary.push(path),
            Name::State if state => contents.taken.push(path),
            Name::State => contents.states += 1,
            Name::LikePlan | Name::Other => {}
        }
    }
    binary.retain(|path| !has_json(path, &shown));
    contents.taken.append(&mut binary);
    contents.taken.sort();
    contents
}

/// What a glob matches.
#[derive(Default)]
pub(super) struct Matches {
    pub(super) files: Vec<PathBuf>,
    pub(super) directories: Vec<PathBuf>,
    pub(super) failed: Vec<(PathBuf, io::Error)>,
}

/// Everything below `base` whose path from there matches.
pub(super) fn glob(base: &Path, pattern: &str, matcher: &globset::GlobMatcher) -> Matches {
    let mut matches = Matches::default();
    // A brace may hide a slash.
    let depth = match pattern.contains("**") || pattern.contains('{') {
        true => None,
        false => Some(pattern.matches('/').count() + 1),
    };
    let prune = !pattern.contains(".terraform") && !pattern.contains(".git");
    for entry in walk(base, depth, prune) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                matches.failed.extend(failure(base, &error));
                continue;
            }
        };
        let relative = entry.path().strip_prefix(base).unwrap_or(entry.path());
        if relative.as_os_str().is_empty() || !matcher.is_match(relative) {
            continue;
        }
        match entry.path().is_dir() {
            true => matches.directories.push(entry.into_path()),
            false => matches.files.push(entry.into_path()),
        }
    }
    matches
}

fn walk(root: &Path, depth: Option<usize>, prune: bool) -> ignore::Walk {
    let enter = move |entry: &DirEntry| {
        let tool = || [".git", ".terraform"].iter().any(|name| entry.file_name() == *name);
        !(prune && entry.depth() > 0 && tool())
    };
    WalkBuilder::new(root)
        .standard_filters(false)
        .follow_links(false)
        .max_depth(depth)
        .sort_by_file_name(OsStr::cmp)
        .filter_entry(enter)
        .build()
}

/// A file, or a link to one. A link to nothing counts: the reader says that it leads nowhere.
fn regular(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Some(kind) if kind.is_symlink() => {
            fs::metadata(entry.path()).map_or(true, |target| target.is_file())
        }
        Some(kind) => kind.is_file(),
        None => false,
    }
}

/// The path and the cause of an error of the search, unless a file merely went away meanwhile.
fn failure(root: &Path, error: &ignore::Error) -> Option<(PathBuf, io::Error)> {
    let cause = error.io_error()?;
    if cause.kind() == io::ErrorKind::NotFound && path_of(error).is_some_and(|path| path != root) {
        return None;
    }
    let path = path_of(error).unwrap_or(root).to_owned();
    Some((path, io::Error::from(cause.kind())))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        _ => None,
    }
}

/// What a file's name says.
enum Name {
    Json {
        like_plan: bool,
    },
    Binary,
    State,
    /// Of no known ending, as `terraform plan -out tfplan` writes it.
    LikePlan,
    Other,
}

impl Name {
    fn of(path: &Path) -> Name {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let like_plan = is_like_plan(&name);
        if name.ends_with(".json") || name.ends_with(".json.gz") {
            Name::Json { like_plan }
        } else if name.ends_with(".tfplan") {
            Name::Binary
        } else if name.ends_with(".tfstate") {
            Name::State
        } else if like_plan {
            Name::LikePlan
        } else {
            Name::Other
        }
    }
}

/// How binary plans end, where they are not called `tfplan` alone.
const ENDINGS: [&str; 4] = [".tfplan", ".plan", ".out", ".bin"];

/// Whether a name speaks of a plan: `tfplan`, `prod-plan2`, `MyPlan.out`, `planfile`, but not `control-plane`.
fn is_like_plan(name: &str) -> bool {
    let name = name.to_lowercase();
    let mut behind = name.match_indices("plan").map(|(at, plan)| &name[at + plan.len()..]);
    behind.any(|rest| {
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        ["", "s", "file", "files", "out", "output", "json"].contains(&word)
    })
}

/// Whether one of the plans in `shown` is the JSON of a binary plan: `x.json` or `x.tfplan.json` of
/// `x.tfplan`, and any of its directory where its name says nothing but that it is a plan.
fn has_json(binary: &Path, shown: &BTreeSet<PathBuf>) -> bool {
    let name = binary.file_name().unwrap_or_default().to_string_lossy();
    let stem = ENDINGS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let is_json = |it: &PathBuf| {
        let json = it.file_name().unwrap_or_default().to_string_lossy();
        let json = json.trim_end_matches(".gz").trim_end_matches(".json");
        ["plan", "tfplan"].contains(&stem) || json == stem || json == name
    };
    let Some(dir) = binary.parent() else { return false };
    let below = shown.range(dir.to_owned()..).take_while(|it| it.starts_with(dir));
    below.filter(|it| it.parent() == Some(dir)).any(is_json)
}

#[cfg(test)]
mod tests {
    use super::is_like_plan;

    #[test]
    fn planes_are_no_plans() {
        for name in
            ["tfplan", "prod-plan2.json", "MyPlan.json", "planfile", "plan_out.json", "plans.json"]
        {
            assert!(is_like_plan(name), "{name}");
        }
        for name in
            ["control-plane.json", "data_plane.json", "planned.json", "planet", "explanation.json"]
        {
            assert!(!is_like_plan(name), "{name}");
        }
    }
}
