//! Directories and globs to files.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use ignore::{DirEntry, WalkBuilder};

use super::{
    HEAD,
    decode::{self, decode_head},
    read::is_binary_plan,
    split::first_keys,
};

/// What a directory holds. Paths are absolute and in order.
#[derive(Default)]
pub(super) struct Contents {
    /// What is read: what shows a plan or a state, and what is called like one.
    pub(super) taken: Vec<PathBuf>,
    /// Other JSON files.
    pub(super) skipped: usize,
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
    let mut buffer = Vec::with_capacity(HEAD);
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
                let shows = head(&path, &mut buffer).map(|()| shows(&buffer));
                if let Ok(true) = shows {
                    shown.insert(path.clone());
                }
                match like_plan || shows.unwrap_or(true) {
                    true => contents.taken.push(path),
                    false => contents.skipped += 1,
                }
            }
            Name::Binary => binary.push(path),
            Name::State if state => contents.taken.push(path),
            Name::State => contents.states += 1,
            Name::Other => {}
        }
    }
    binary.retain(|path| !beside(path).iter().any(|json| shown.contains(json)));
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
    Json { like_plan: bool },
    Binary,
    State,
    Other,
}

impl Name {
    fn of(path: &Path) -> Name {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".json") || name.ends_with(".json.gz") {
            Name::Json { like_plan: name.to_lowercase().contains("plan") }
        } else if name.ends_with(".tfplan") {
            Name::Binary
        } else if name.ends_with(".tfstate") {
            Name::State
        } else {
            Name::Other
        }
    }
}

/// Where the JSON of a binary plan may lie: `x.json` or `x.tfplan.json` for `x.tfplan`.
fn beside(binary: &Path) -> [PathBuf; 4] {
    ["json", "json.gz", "tfplan.json", "tfplan.json.gz"].map(|end| binary.with_extension(end))
}

/// The first bytes of a file, unpacked.
fn head(path: &Path, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    let mut file = File::open(path)?.take(HEAD as u64);
    file.read_to_end(buffer)?;
    if buffer.starts_with(&decode::GZIP) {
        let packed = std::mem::take(buffer);
        // The end of the beginning is no error.
        let unpacked = flate2::read::MultiGzDecoder::new(packed.as_slice());
        let _ = unpacked.take(HEAD as u64).read_to_end(buffer);
    }
    Ok(())
}

/// Whether the first bytes of a file show a plan or a state.
fn shows(head: &[u8]) -> bool {
    if decode::is_zip(head) {
        return is_binary_plan(io::Cursor::new(head)).is_ok();
    }
    first_keys(&decode_head(head)).is_some_and(|keys| keys.shows())
}
