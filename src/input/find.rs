//! Arguments to sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use globset::GlobBuilder;

use super::{
    Found, Options, Origin, Problem, Source,
    read::unreadable,
    refusal::{Refusal, quoted},
    unit::{Units, normal, shown},
    walk,
};

/// Finds what to read: files, globs (`**` too), directories, and `-` for standard input.
///
/// A file that is named is always a source. A glob takes the files that match, or else searches the
/// directories that do. In a directory a file is taken when its name ends in `.json`, `.json.gz`,
/// `.tfplan` or (with [`Options::state`]) `.tfstate` and its first 64 KiB show a plan or a state, and so is
/// a binary plan that has `plan` in its name; a binary plan only where no JSON of it lies beside it. What
/// is only called like a plan is taken too, and what a command left behind that should have written one:
/// [`super::read`] then says what it is.
///
/// Arguments that find nothing, and two files of one unit, are problems.
pub fn find(args: &[OsString], options: &Options) -> Found {
    let mut search = Search {
        options,
        units: Units::new(options),
        files: BTreeMap::new(),
        stdin: false,
        found: Found::default(),
    };
    for arg in args {
        search.argument(arg);
    }
    search.finish()
}

struct Search<'a> {
    options: &'a Options,
    units: Units,
    /// By the absolute path, so that a file that is named twice is read once.
    /// With it, how many segments of its path its unit's name was made of.
    files: BTreeMap<PathBuf, (usize, Source)>,
    stdin: bool,
    found: Found,
}

impl Search<'_> {
    fn argument(&mut self, arg: &OsString) {
        let path = Path::new(arg);
        let full = self.options.cwd.join(path);
        if arg == "-" {
            self.stdin = true;
        } else if arg.is_empty() {
            self.problem(path, "an empty path; give a file, a directory or `-`".to_owned());
        } else if full.is_dir() {
            self.directory(path);
        } else if full.symlink_metadata().is_ok() {
            self.file(path, None, true);
        } else if let Some(pattern) = arg.to_str().filter(|arg| arg.contains(['*', '?', '[', '{']))
        {
            self.glob(pattern);
        } else {
            // Not there, or behind a directory that may not be entered: the cause says which.
            let why = full.symlink_metadata().err();
            let why = why.map_or(Refusal::Missing, |error| unreadable(&error));
            self.problem(path, why.message(&shown(path)));
        }
    }

    /// `path` is as found, relative to the working directory or absolute.
    fn file(&mut self, path: &Path, below: Option<&Path>, named: bool) {
        let full = normal(&self.options.cwd.join(path));
        let name = self.units.name(&full, below);
        let source = Source {
            // Not `full`: beyond a link, `..` is not what its letters say.
            origin: Origin::File(self.options.cwd.join(path)),
            unit: name.unit,
            path: shown(path),
            named,
        };
        let (segments, known) =
            self.files.entry(full).or_insert_with(|| (name.segments, source.clone()));
        // Outside of the unit root, a file found in two ways has two names: the longer one says more.
        if name.segments > *segments {
            *segments = name.segments;
            known.unit = source.unit;
        }
        if named && !known.named {
            known.named = true;
            known.path = source.path;
        }
    }

    fn directory(&mut self, path: &Path) {
        let root = self.options.cwd.join(path);
        let contents = walk::directory(&root, self.options.state);
        let below = normal(&root);
        let failed = !contents.failed.is_empty();
        for (place, error) in contents.failed {
            self.failed(path, &root, &place, &error);
        }
        if contents.taken.is_empty() && !failed {
            self.problem(path, nothing_below(contents.skipped.len(), contents.states));
        }
        let skipped = contents.skipped.iter().map(|file| shown(&as_typed(path, &root, file)));
        self.found.skipped.extend(skipped);
        for file in contents.taken {
            self.file(&as_typed(path, &root, &file), Some(&below), false);
        }
    }

    fn glob(&mut self, pattern: &str) {
        let pattern = if cfg!(windows) { pattern.replace('\\', "/") } else { pattern.to_owned() };
        let (base, rest) = literal_base(&pattern);
        let typed = Path::new(base);
        let matcher = match GlobBuilder::new(rest).literal_separator(true).build() {
            Ok(glob) => glob.compile_matcher(),
            Err(error) => {
                return self
                    .problem(Path::new(&pattern), format!("no valid glob: {}", error.kind()));
            }
        };
        let root = self.options.cwd.join(base);
        let matches =
            if root.is_dir() { walk::glob(&root, rest, &matcher) } else { Default::default() };
        if matches.files.is_empty() && matches.directories.is_empty() && matches.failed.is_empty() {
            let message = "no file matches this glob; make a plan with `terraform show -json tfplan > tfplan.json`";
            self.problem(Path::new(&pattern), message.to_owned());
        }
        for (place, error) in &matches.failed {
            self.failed(typed, &root, place, error);
        }
        for file in &matches.files {
            self.file(&as_typed(typed, &root, file), None, false);
        }
        if matches.files.is_empty() {
            for directory in &matches.directories {
                self.directory(&as_typed(typed, &root, directory));
            }
        }
    }

    /// A directory that could not be searched: what lies in it would pass unseen.
    fn failed(&mut self, typed: &Path, root: &Path, place: &Path, error: &std::io::Error) {
        let path = as_typed(typed, root, place);
        let why = unreadable(error);
        self.problem(&path, format!("could not be searched for plans: {why}"));
    }

    fn problem(&mut self, path: &Path, message: String) {
        self.found.problems.push(Problem { path: shown(path), unit: None, message });
    }

    fn finish(mut self) -> Found {
        let mut sources: Vec<Source> =
            std::mem::take(&mut self.files).into_values().map(|(_, source)| source).collect();
        if self.stdin {
            sources.push(Source {
                origin: Origin::Stdin,
                unit: "stdin".to_owned(),
                path: "-".to_owned(),
                named: true,
            });
        }
        sources.sort_by(|a, b| (&a.unit, &a.path).cmp(&(&b.unit, &b.path)));
        let read: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
        self.found.skipped.retain(|path| !read.contains(path.as_str()));
        self.found.skipped.sort();
        self.found.skipped.dedup();
        let above = above_all(&sources);
        for source in sources {
            match self.found.sources.last() {
                Some(first) if first.unit == source.unit => {
                    if !same_file(first, &source) {
                        let fix = self.fix(first, &source, above.as_deref());
                        self.found.problems.push(clash(first, source, &fix));
                    }
                }
                _ => self.found.sources.push(source),
            }
        }
        self.found
    }
}

impl Search<'_> {
    /// What gives two plans of one name two names: the directory above everything that was found, if
    /// their paths differ from there in what names are made of.
    fn fix(&self, first: &Source, second: &Source, above: Option<&Path>) -> String {
        let cwd = normal(&self.options.cwd);
        let names = |above: &Path| {
            let options = Options { unit_root: Some(above.to_owned()), ..self.options.clone() };
            let units = Units::new(&options);
            let of = |source: &Source| path_of(source).map(|path| units.name(&path, None).unit);
            Some((of(first)?, of(second)?)).filter(|(a, b)| a != b)
        };
        match above.and_then(|above| Some((above, names(above)?))) {
            Some((above, (a, b))) => {
                let dir = match above.strip_prefix(&cwd) {
                    Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
                    Ok(below) => shown(below),
                    Err(_) => shown(above),
                };
                let dir = quoted(&dir);
                format!("add `--unit-root {dir}`, and they are called `{a}` and `{b}`")
            }
            None => "rename one of them".to_owned(),
        }
    }
}

/// The absolute path of a file, without `.` and `..`.
fn path_of(source: &Source) -> Option<PathBuf> {
    match &source.origin {
        Origin::File(path) => Some(normal(path)),
        Origin::Stdin => None,
    }
}

/// The deepest directory that holds all files.
fn above_all(sources: &[Source]) -> Option<PathBuf> {
    let mut paths = sources.iter().filter_map(path_of);
    let mut above = paths.next()?.parent()?.to_owned();
    for path in paths {
        while !path.starts_with(&above) {
            above = above.parent()?.to_owned();
        }
    }
    Some(above)
}

/// `place`, which the search found below `root`, with `typed` in place of `root`.
fn as_typed(typed: &Path, root: &Path, place: &Path) -> PathBuf {
    match place.strip_prefix(root) {
        Ok(relative) if relative.as_os_str().is_empty() => typed.to_owned(),
        Ok(relative) if typed == Path::new(".") => relative.to_owned(),
        Ok(relative) => typed.join(relative),
        Err(_) => place.to_owned(),
    }
}

/// Splits a glob into the directory before its first special character and the rest.
fn literal_base(pattern: &str) -> (&str, &str) {
    let special = pattern.find(['*', '?', '[', '{']).unwrap_or(pattern.len());
    let end = pattern[..special].rfind('/').map_or(0, |slash| slash + 1);
    pattern.split_at(end)
}

fn nothing_below(skipped: usize, states: usize) -> String {
    let make = "make one with `terraform show -json tfplan > tfplan.json`";
    let others = match skipped {
        0 => String::new(),
        _ => format!(" ({skipped} other JSON file{} skipped)", plural(skipped)),
    };
    match states {
        0 => format!("no plan found in or below it{others}; {make}"),
        _ => format!(
            "no plan found in or below it{others}, only {states} state{}; judge {} with --state, or {make}",
            plural(states),
            if states == 1 { "it" } else { "them" },
        ),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// One file behind two paths, such as a directory and a link to it.
fn same_file(a: &Source, b: &Source) -> bool {
    match (&a.origin, &b.origin) {
        (Origin::File(a), Origin::File(b)) => match (a.canonicalize(), b.canonicalize()) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        },
        _ => false,
    }
}

fn clash(first: &Source, second: Source, fix: &str) -> Problem {
    let message = format!(
        "has the unit name `{}`, and so has {}, which alone is judged: {fix}",
        second.unit, first.path
    );
    Problem { path: second.path, unit: Some(second.unit), message }
}
