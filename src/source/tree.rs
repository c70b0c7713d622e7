//! The configuration's source for one plan: modules by their names, and the files that they are in.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
    sync::{Arc, Mutex, OnceLock},
};

use crate::plan::Config;

use super::{
    comment::{Remark, Target},
    document::{self, Document, Problem, Span},
    files::{DATA_DIR, MANIFEST, join, manifest_dirs},
    store::{Store, lock},
    terragrunt::{self, Terragrunt},
};

/// Sources of module calls by the call's path, such as `a.b`, as a plan's configuration has them.
pub type Calls = Arc<BTreeMap<String, String>>;

/// The source of one plan. Nothing is read before it is asked for.
#[derive(Debug)]
pub struct Tree {
    pub(super) store: Arc<Store>,
    dir: String,
    calls: Calls,
    checkout: Option<Box<Tree>>,
    terragrunt: OnceLock<Option<Terragrunt>>,
    manifest: OnceLock<BTreeMap<String, String>>,
    modules: Mutex<BTreeMap<String, Option<Arc<Module>>>>,
}

/// One module's files.
#[derive(Debug)]
pub(super) struct Module {
    /// Where paths in it start.
    pub(super) dir: String,
    /// Downloaded, so not in the repository.
    pub(super) outside: bool,
    pub(super) documents: Vec<Arc<Document>>,
    /// Blocks by name and labels; what overrides comes last.
    index: BTreeMap<String, Vec<Block>>,
}

/// A block: its file, and its index there.
pub(super) type Block = (Arc<Document>, usize);

impl Module {
    /// None where there is no file.
    fn new(dir: String, outside: bool, documents: Vec<Arc<Document>>) -> Option<Arc<Module>> {
        let mut index: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for document in &documents {
            for (key, blocks) in &document.index {
                let blocks = blocks.iter().map(|at| (Arc::clone(document), *at));
                index.entry(key.clone()).or_default().extend(blocks);
            }
        }
        let any = !documents.is_empty();
        any.then(|| Arc::new(Module { dir, outside, documents, index }))
    }

    /// The blocks of that name and labels; what overrides comes last.
    pub(super) fn blocks(&self, name: &str, labels: &[&str]) -> &[Block] {
        self.index.get(&document::key(name, labels)).map(Vec::as_slice).unwrap_or_default()
    }

    fn calls(&self) -> BTreeSet<String> {
        let of = |document: &Arc<Document>| -> Vec<String> {
            let blocks = document.children(None).map(|(_, item)| item);
            let calls = blocks.filter(|item| item.is_block && &*item.name == "module");
            calls.filter_map(|item| item.labels.first().cloned()).collect()
        };
        self.documents.iter().flat_map(of).collect()
    }
}

impl Tree {
    /// The tree whose root module, or whose `terragrunt.hcl`, is in `dir`.
    pub fn new(store: &Arc<Store>, dir: &str) -> Tree {
        Tree {
            store: Arc::clone(store),
            dir: join("", dir),
            calls: Calls::default(),
            checkout: None,
            terragrunt: OnceLock::new(),
            manifest: OnceLock::new(),
            modules: Mutex::default(),
        }
    }

    /// Takes the sources of module calls from a plan, for where a file that calls cannot be read.
    #[must_use]
    pub fn with_calls(mut self, calls: &Calls) -> Tree {
        self.calls = Arc::clone(calls);
        self
    }

    /// Says where the files are now of which this tree, from inside a binary plan, has copies.
    #[must_use]
    pub(super) fn with_checkout(mut self, checkout: Option<Tree>) -> Tree {
        self.checkout = checkout.map(Box::new);
        self
    }

    /// Files of the repository that are not any more what this tree's copies of them are, in modules
    /// that were read so far: their paths, with a word for those that came or went. Reads the files.
    /// What is gone is not told of a Terragrunt unit, which plans with files that it generates.
    pub(super) fn edits(&self) -> BTreeSet<String> {
        let Some(checkout) = &self.checkout else { return BTreeSet::new() };
        let modules: Vec<Arc<Module>> = lock(&self.modules).values().flatten().cloned().collect();
        let mut found = BTreeSet::new();
        for module in modules.iter().filter(|module| !module.outside) {
            let now = checkout.store.paths(&module.dir);
            let then: BTreeMap<&String, &str> =
                module.documents.iter().map(|it| (&it.path, it.text.as_str())).collect();
            for path in &now {
                match then.get(path) {
                    None => drop(found.insert(format!("{path} (new)"))),
                    Some(text) if checkout.store.has_text(path, text) => {}
                    Some(_) => drop(found.insert(path.clone())),
                }
            }
            let gone = then.keys().filter(|path| !now.contains(path));
            let gone = gone.filter(|_| checkout.terragrunt().is_none());
            found.extend(gone.map(|path| format!("{path} (gone)")));
        }
        found
    }

    /// The sources of module calls in a plan's configuration.
    pub fn calls_of(config: &Config) -> BTreeMap<String, String> {
        let calls = config.modules.iter().filter_map(|module| {
            let call = module.call.as_ref()?;
            Some((module.path.join("."), call.source.clone()))
        });
        calls.collect()
    }

    /// The directory that the tree was made for.
    pub fn dir(&self) -> &str {
        &self.dir
    }

    /// The directory of the root module: what `terragrunt.hcl` leads to, or [`Tree::dir`].
    pub fn root_dir(&self) -> &str {
        let source = self.terragrunt().and_then(|it| it.source.as_deref());
        source.unwrap_or(&self.dir)
    }

    pub(super) fn terragrunt(&self) -> Option<&Terragrunt> {
        self.terragrunt.get_or_init(|| terragrunt::read(&self.store, &self.dir)).as_ref()
    }

    /// The module at a path of names; none where its source is not at hand.
    pub(super) fn module(&self, names: &[String]) -> Option<Arc<Module>> {
        let mut module = self.cached("", || self.root());
        for (depth, name) in names.iter().enumerate() {
            let key = names[..=depth].join(".");
            let above = module.clone();
            module = self.cached(&key, || self.child(above.as_deref(), name, &key));
        }
        module
    }

    /// The addresses of what a module declares, without its own path: `aws_x.y`, `data.t.n`,
    /// `module.m`, `var.v`, `output.o`. None where its source is not at hand, or not as a whole.
    pub fn declared(&self, module: &[String]) -> Option<BTreeSet<String>> {
        let module = self.module(module)?;
        if module.documents.iter().any(|document| document.problem.is_some()) {
            return None;
        }
        let address = |key: &String| {
            let (kind, labels) = key.split_once('\0')?;
            let name = labels.replace('\0', ".");
            match kind {
                "resource" => Some(name),
                "data" | "module" | "output" => Some(format!("{kind}.{name}")),
                "variable" => Some(format!("var.{name}")),
                _ => None,
            }
        };
        Some(module.index.keys().filter_map(address).collect())
    }

    /// Resources and data sources that the modules of the repository declare, as far as they were read
    /// for this tree and could be read as a whole; by the module's path, as [`Tree::declared`] spells
    /// them.
    pub(super) fn declared_so_far(&self) -> BTreeMap<String, BTreeSet<String>> {
        let read: Vec<String> = lock(&self.modules)
            .iter()
            .filter(|(_, module)| module.as_ref().is_some_and(|module| !module.outside))
            .map(|(key, _)| key.clone())
            .collect();
        let is_resource = |address: &String| {
            let first = address.split('.').next().unwrap_or_default();
            !["module", "output", "var"].contains(&first)
        };
        let declared = |key: String| {
            let path: Vec<String> =
                key.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let all = self.declared(&path)?.into_iter().filter(is_resource).collect();
            Some((key, all))
        };
        read.into_iter().filter_map(declared).collect()
    }

    fn cached(&self, key: &str, find: impl FnOnce() -> Option<Arc<Module>>) -> Option<Arc<Module>> {
        if let Some(module) = lock(&self.modules).get(key) {
            return module.clone();
        }
        let module = find();
        lock(&self.modules).entry(key.to_owned()).or_insert(module).clone()
    }

    fn root(&self) -> Option<Arc<Module>> {
        let dir = self.root_dir();
        let mut documents = self.store.module(dir);
        // Terragrunt runs with the unit's own files beside the module's.
        if dir != self.dir {
            documents.extend(self.store.module(&self.dir));
        }
        Module::new(dir.to_owned(), is_outside(dir), documents)
    }

    fn child(&self, above: Option<&Module>, name: &str, key: &str) -> Option<Arc<Module>> {
        let (dir, outside) = self.child_dir(above, name, key)?;
        let documents = self.store.module(&dir);
        Module::new(dir, outside, documents)
    }

    /// Where a called module is, and whether it was downloaded.
    fn child_dir(&self, above: Option<&Module>, name: &str, key: &str) -> Option<(String, bool)> {
        let written = above.and_then(|above| {
            let calls = above.blocks("module", &[name]);
            calls.iter().rev().find_map(|(document, at)| document.plain(*at, "source"))
        });
        let source = written.as_ref().or_else(|| self.calls.get(key));
        let is_fetched = source.is_some_and(|it| !is_local(it));
        let local = source.filter(|it| is_local(it)).zip(above).map(|(it, at)| join(&at.dir, it));
        let dir = match local {
            Some(dir) => dir,
            None => join(self.root_dir(), self.manifest().get(key)?),
        };
        let outside = is_fetched || is_outside(&dir) || above.is_some_and(|above| above.outside);
        Some((dir, outside))
    }

    fn manifest(&self) -> &BTreeMap<String, String> {
        self.manifest.get_or_init(|| {
            let text = |dir: &str| self.store.text(&join(self.root_dir(), &join(dir, MANIFEST)));
            let text = self.store.data_dir().and_then(text).or_else(|| text(DATA_DIR));
            text.map(|text| manifest_dirs(&text)).unwrap_or_default()
        })
    }

    /// Reads every module of the repository that can be reached from the root, for what has to see
    /// all of them. A directory that several calls share is entered once, by its first call; what was
    /// downloaded is not entered, nor a directory again and again by links that lead in a circle.
    pub fn read_all(&self) {
        let mut seen = BTreeSet::new();
        let mut entered: BTreeMap<String, usize> = BTreeMap::new();
        let mut waiting = vec![Vec::new()];
        while let Some(path) = waiting.pop() {
            let Some(module) = self.module(&path) else { continue };
            if !seen.insert(module.dir.clone()) {
                continue;
            }
            let times = entered.entry(self.store.files().real(&module.dir)).or_default();
            *times += 1;
            if *times > MAX_LINKS {
                continue;
            }
            for name in module.calls() {
                let mut below = path.clone();
                below.push(name);
                let dir = self.child_dir(Some(&module), &below[path.len()], &below.join("."));
                if dir.is_some_and(|(_, outside)| !outside) {
                    waiting.push(below);
                }
            }
        }
    }

    /// The files of the repository that were read for this tree, by path.
    pub(super) fn documents(&self) -> BTreeMap<String, Arc<Document>> {
        let modules = lock(&self.modules);
        let own = modules.values().flatten().filter(|module| !module.outside);
        let of_modules = own.flat_map(|module| &module.documents);
        let of_terragrunt = self.terragrunt.get().and_then(Option::as_ref).map(|it| &it.documents);
        of_modules
            .chain(of_terragrunt.into_iter().flatten())
            .map(|document| (document.path.clone(), Arc::clone(document)))
            .collect()
    }

    /// What could not be read. Files that other trees of the same store read are among it.
    pub fn problems(&self) -> Vec<Problem> {
        self.store.problems()
    }

    /// Lines of a file with their numbers, from 1; those that the file lacks are left out. None
    /// where there is no such file. Ends of lines and the byte order mark are not part of them.
    pub fn lines(&self, path: &str, range: RangeInclusive<u32>) -> Option<Vec<(u32, String)>> {
        let document = self.store.document(&join("", path))?;
        let last = u32::try_from(document.line_count()).unwrap_or(u32::MAX).min(*range.end());
        let first = (*range.start()).max(1);
        let line = |number: u32| Some((number, document.line(number as usize - 1)?.to_owned()));
        Some((first..=last).filter_map(line).collect())
    }

    /// Remarks in the files of the repository that were read so far, sorted by place.
    pub fn suppressions(&self) -> Vec<Suppression> {
        let documents = self.documents();
        let of = |document: &Arc<Document>| -> Vec<Suppression> {
            document.remarks.iter().map(|remark| Suppression::new(document, remark)).collect()
        };
        let mut all: Vec<Suppression> = documents.values().flat_map(of).collect();
        all.sort();
        all
    }
}

/// A comment such as `# bricklint: ignore[rule-id] reason`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suppression {
    /// The comment. It tells suppressions apart, also those of modules that units share.
    pub at: Span,
    /// The rules that it names.
    pub rules: Vec<String>,
    /// The reason given.
    pub reason: Option<String>,
    /// What is wrong with it, to be read after its place: no rule, no reason, nothing to be about,
    /// or another form. One with a fault is to be reported and not to be obeyed.
    pub fault: Option<&'static str>,
    /// What it is about.
    pub target: Target,
    /// Where that stands.
    pub region: Span,
}

impl Suppression {
    pub(super) fn new(document: &Document, remark: &Remark) -> Suppression {
        Suppression {
            at: document.span(&remark.range),
            rules: remark.rules.clone(),
            reason: remark.reason.clone(),
            fault: remark.fault,
            target: remark.target,
            region: document.span(&remark.region),
        }
    }
}

/// Nobody has more links to one module in a unit.
const MAX_LINKS: usize = 8;

fn is_local(source: &str) -> bool {
    source.starts_with("./") || source.starts_with("../") || source == "." || source == ".."
}

/// Directories that tools fill with what they download.
fn is_outside(dir: &str) -> bool {
    dir.split('/').any(|part| part == ".terraform" || part == ".terragrunt-cache")
}
