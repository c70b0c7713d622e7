//! Files read so far. Several units share modules, and so the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;

use super::{
    document::{self, Document, Problem},
    files::{self, Files, join},
};

/// A file that is read by the first who asks, while others wait for it alone.
type Cell = Arc<OnceLock<Option<Arc<Document>>>>;

/// Reads files when they are asked for, each once.
pub struct Store {
    files: Box<dyn Files>,
    data_dir: Option<String>,
    documents: Mutex<BTreeMap<String, Cell>>,
    dirs: Mutex<BTreeMap<String, Arc<Vec<String>>>>,
    /// Directories that may be there, or are not: most places of most plans lie below the same few that
    /// are not.
    there: Mutex<FxHashMap<String, bool>>,
    problems: Mutex<BTreeSet<Problem>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// A store over files.
    pub fn new(files: impl Files + 'static) -> Arc<Store> {
        Store::with_data_dir(files, None)
    }

    /// The same, where Terraform keeps what it downloads in another directory than `.terraform`: an
    /// absolute one, or one relative to each root module.
    pub fn with_data_dir(files: impl Files + 'static, data_dir: Option<String>) -> Arc<Store> {
        Arc::new(Store {
            files: Box::new(files),
            data_dir,
            documents: Mutex::default(),
            dirs: Mutex::default(),
            there: Mutex::default(),
            problems: Mutex::default(),
        })
    }

    pub(super) fn data_dir(&self) -> Option<&str> {
        self.data_dir.as_deref()
    }

    /// What could not be read, among the files that were asked for.
    pub fn problems(&self) -> Vec<Problem> {
        lock(&self.problems).iter().cloned().collect()
    }

    pub(super) fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// A path in the one way in which it is spelled.
    pub(super) fn shown(&self, path: &str) -> String {
        files::from(self.files.base(), path)
    }

    /// A file's text as it is; none where there is none or it cannot be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let path = files::from(self.files.base(), path);
        if !self.may_have(files::parent(&path)) {
            return None;
        }
        self.files.read(&path).unwrap_or_else(|message| self.problem(&path, message))
    }

    /// Whether a directory and those around it may be there.
    fn may_have(&self, dir: &str) -> bool {
        if dir.is_empty() {
            return true;
        }
        if let Some(known) = lock(&self.there).get(dir) {
            return *known;
        }
        let may = self.may_have(files::parent(dir)) && self.files.may_have(dir);
        lock(&self.there).insert(dir.to_owned(), may);
        may
    }

    /// A file; none where there is none or it cannot be read.
    pub(super) fn document(&self, path: &str) -> Option<Arc<Document>> {
        let path = files::from(self.files.base(), path);
        let cell = Arc::clone(lock(&self.documents).entry(path.clone()).or_default());
        let read = || {
            let document = Arc::new(Document::new(&path, self.text(&path)?));
            if let Some(problem) = &document.problem {
                lock(&self.problems).insert(problem.clone());
            }
            Some(document)
        };
        cell.get_or_init(read).clone()
    }

    /// The configuration files of a directory, in the order in which Terraform reads them.
    pub(super) fn module(&self, dir: &str) -> Vec<Arc<Document>> {
        self.sources(dir).iter().filter_map(|name| self.document(&join(dir, name))).collect()
    }

    /// The paths of the files of [`Store::module`], which are not read.
    pub(super) fn paths(&self, dir: &str) -> Vec<String> {
        let path = |name: &String| files::from(self.files.base(), &join(dir, name));
        self.sources(dir).iter().map(path).collect()
    }

    /// Whether a file has that text, byte order mark or not.
    pub(super) fn has_text(&self, path: &str, text: &str) -> bool {
        self.text(path).is_some_and(|now| document::without_mark(&now) == text)
    }

    /// Whether a directory holds configuration.
    pub(super) fn has_source(&self, dir: &str) -> bool {
        !self.sources(dir).is_empty()
    }

    /// Names of a directory's configuration files, in the order in which Terraform reads them. A
    /// directory is listed once: the search for the source of many plans comes by the same ones.
    fn sources(&self, dir: &str) -> Arc<Vec<String>> {
        let dir = files::from(self.files.base(), dir);
        if let Some(known) = lock(&self.dirs).get(&dir) {
            return Arc::clone(known);
        }
        let names = match self.may_have(&dir) {
            true => self.files.list(&dir).unwrap_or_else(|message| self.problem(&dir, message)),
            false => Vec::new(),
        };
        let names = Arc::new(source_names(names));
        Arc::clone(lock(&self.dirs).entry(dir).or_insert(names))
    }

    fn problem<T: Default>(&self, path: &str, message: String) -> T {
        lock(&self.problems).insert(Problem { path: path.to_owned(), line: None, message });
        T::default()
    }
}

/// A lock whose holder panicked guards nothing that could be half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those of a directory's names that Terraform reads, what overrides last.
fn source_names(names: Vec<String>) -> Vec<String> {
    // OpenTofu prefers `main.tofu` to `main.tf`.
    let hidden = |name: &String| {
        let twin = name.strip_suffix(".tf").map(|stem| format!("{stem}.tofu"));
        let twin =
            twin.or_else(|| name.strip_suffix(".tf.json").map(|it| format!("{it}.tofu.json")));
        twin.is_some_and(|twin| names.contains(&twin))
    };
    let mut kept: Vec<String> =
        names.iter().filter(|name| is_source(name) && !hidden(name)).cloned().collect();
    kept.sort_by_key(|name| is_override(name));
    kept
}

/// The part of a file's name before what makes it configuration.
fn source_stem(name: &str) -> Option<&str> {
    // Terraform passes over the temporary files of editors.
    if name.starts_with(['.', '#']) || name.ends_with('~') {
        return None;
    }
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().find_map(|end| name.strip_suffix(end))
}

fn is_source(name: &str) -> bool {
    source_stem(name).is_some()
}

/// Override files are merged into what the others declare.
pub(super) fn is_override(name: &str) -> bool {
    source_stem(name).is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}
