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
    /// Other JSON files, and binary plans that another plan may be.
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
    let mut sorted = Sorted::default();
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
            Name::State if state => contents.taken.push(path),
            Name::State => contents.states += 1,
            Name::Json { like_plan } => sorted.put(path, like_plan),
            Name::Binary => sorted.binary.push(path),
            Name::Bare { is_sure } => match is_plan_archive(&path) {
                Ok(true) => sorted.binary.push(path),
                _ => sorted.put(path, is_sure),
            },
            Name::Other => {}
        }
    }
    sorted.settle(&mut contents);
    contents.taken.sort();
    contents.skipped.sort();
    contents
}

/// Files that may be plans, by what is known of each alone.
#[derive(Default)]
struct Sorted {
    /// What is read for certain, but for binary plans and states.
    taken: BTreeSet<PathBuf>,
    states: Vec<PathBuf>,
    binary: Vec<PathBuf>,
    /// Nothing in it, or a part of something.
    broken: Vec<PathBuf>,
    other: Vec<PathBuf>,
}

impl Sorted {
    fn put(&mut self, path: PathBuf, like_plan: bool) {
        // One that cannot be read is taken, so that the reader says why.
        match glance(&path).unwrap_or(Glance::Failed) {
            Glance::State => self.states.push(path),
            _ if like_plan => drop(self.taken.insert(path)),
            Glance::Plan | Glance::Failed => drop(self.taken.insert(path)),
            Glance::Broken => self.broken.push(path),
            Glance::Other => self.other.push(path),
        }
    }

    /// What is broken is a plan where it lies beside one or is called as one is, and where there is nothing else:
    /// elsewhere it is the data of somebody's tests. Of a binary plan the JSON is read, broken or not.
    fn settle(self, contents: &mut Contents) {
        let Sorted { taken, states, binary, broken, mut other } = self;
        let sure = taken.iter().chain(&states).chain(&binary).map(PathBuf::as_path);
        let sure: Vec<&Path> = sure.collect();
        let dirs: BTreeSet<&Path> = sure.iter().filter_map(|path| path.parent()).collect();
        let names: BTreeSet<&OsStr> = sure.iter().filter_map(|path| path.file_name()).collect();
        let is_plan = |path: &PathBuf| {
            let is_beside = path.parent().is_some_and(|dir| dirs.contains(dir));
            let is_called = path.file_name().is_some_and(|name| names.contains(name));
            !is_configuration(path) && (sure.is_empty() || is_beside || is_called)
        };
        let (broken, rest): (Vec<PathBuf>, Vec<PathBuf>) = broken.into_iter().partition(is_plan);
        let taken: BTreeSet<PathBuf> = taken.into_iter().chain(broken).collect();
        other.extend(rest);
        for path in binary {
            match json_of(&path, &taken) {
                None => contents.taken.push(path),
                Some(Json::Own) => {}
                Some(Json::Beside) => other.push(path),
            }
        }
        contents.taken.extend(taken.into_iter().chain(states));
        contents.skipped.append(&mut other);
    }
}

/// Whether Terraform reads a file as a part of a configuration.
fn is_configuration(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".tf.json", ".tofu.json", ".tfvars.json", ".tftest.json"].iter().any(|it| name.ends_with(it))
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
        // The shell has made the report's file before it is searched for plans.
        .skip_stdout(true)
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
    /// As `terraform plan -out tfplan` writes it: of no ending, or of one of [`ENDINGS`]. Scripts may be called
    /// `plan`, and nothing but a plan `tfplan`.
    Bare {
        is_sure: bool,
    },
    Other,
}

impl Name {
    fn of(path: &Path) -> Name {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let like_plan = is_like_plan(&name);
        if name.ends_with(".json") || name.ends_with(".json.gz") {
            Name::Json { like_plan }
        } else if name.ends_with(".tfplan") {
            Name::Binary
        } else if name.ends_with(".tfstate") {
            Name::State
        } else if like_plan && stem(&name).is_some() {
            Name::Bare { is_sure: name.starts_with("tfplan") }
        } else {
            Name::Other
        }
    }
}

/// How binary plans end, where they are not called `tfplan` alone.
const ENDINGS: [&str; 4] = [".tfplan", ".plan", ".out", ".bin"];

/// A file's name without the ending of a binary plan; none where it has another ending.
fn stem(name: &str) -> Option<&str> {
    let stem = ENDINGS.iter().find_map(|end| name.strip_suffix(end));
    stem.or_else(|| Some(name).filter(|name| !name.contains('.')))
}

/// Whether a name speaks of a plan: `tfplan`, `prod-plan2`, `MyPlan.out`, but not `control-plane`.
fn is_like_plan(name: &str) -> bool {
    let mut behind = name.match_indices("plan").map(|(at, plan)| &name[at + plan.len()..]);
    behind.any(|rest| !rest.starts_with(['e', 't', 'a']))
}

/// What stands for a binary plan in its directory.
enum Json {
    /// Its own: `x.json` or `x.tfplan.json` of `x.tfplan`, `plan.json` of `tfplan`.
    Own,
    /// Another plan, beside one that is called `tfplan` alone: it may be the same.
    Beside,
}

fn json_of(binary: &Path, taken: &BTreeSet<PathBuf>) -> Option<Json> {
    let name = binary.file_name()?.to_string_lossy();
    let stem = stem(&name).unwrap_or(&name);
    let dir = binary.parent()?;
    let below = taken.range(dir.to_owned()..).take_while(|it| it.starts_with(dir));
    let beside = below.filter(|it| it.parent() == Some(dir)).filter_map(|it| it.file_name());
    let mut found = None;
    for json in beside {
        let json = json.to_string_lossy();
        let json = json.trim_end_matches(".gz").trim_end_matches(".json");
        if json == stem || json == name || [json, &*name].iter().all(|it| is_plain(it)) {
            return Some(Json::Own);
        }
        found = is_plain(&name).then_some(Json::Beside).or(found);
    }
    found
}

/// Whether a name says nothing but that it is a plan: units are not called so.
fn is_plain(stem: &str) -> bool {
    ["plan", "tfplan"].contains(&stem)
}

#[cfg(test)]
mod tests {
    use super::is_like_plan;

    #[test]
    fn planes_are_no_plans() {
        for name in [
            "tfplan",
            "prod-plan2.json",
            "myplan.json",
            "planfile",
            "plan_out.json",
            "planned.json",
        ] {
            assert!(is_like_plan(name), "{name}");
        }
        for name in ["control-plane.json", "data_plane.json", "planet", "explanation.json"] {
            assert!(!is_like_plan(name), "{name}");
        }
    }
}
