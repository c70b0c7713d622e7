//! Where a plan's source is, found when somebody asks.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, OnceLock},
};

use serde::{Deserialize, Serialize};

use crate::plan::{Mode, Plan, Resource};

use super::{
    document::Problem,
    files::{self, DirFiles},
    root::{self, Ask, MAX_LOOKED_AT, find_root},
    store::Store,
    tree::{Calls, Tree},
    unit::{self, Unit},
};

/// What a run knows about where source may be: one for all of its plans.
#[derive(Clone, Debug)]
pub struct Search {
    store: Arc<Store>,
    cwd: String,
    unit_root: String,
    source_root: Option<String>,
}

impl Search {
    /// Looks from the working directory, which has to be absolute. `unit_root` is where names of
    /// units start; `source_root` replaces every other place. Relative paths start at `cwd`. `data_dir`
    /// is what `TF_DATA_DIR` says.
    pub fn new(
        cwd: &Path,
        unit_root: Option<&Path>,
        source_root: Option<&Path>,
        data_dir: Option<&Path>,
    ) -> Search {
        let base = slashes(cwd);
        let at = |path: &Path| files::from(&base, &slashes(path));
        Search {
            store: Store::with_data_dir(DirFiles::new(cwd), data_dir.map(slashes)),
            unit_root: unit_root.map(at).unwrap_or_default(),
            source_root: source_root.map(at),
            cwd: base,
        }
    }

    /// Whether one place is named, instead of many that are likely.
    pub fn has_root(&self) -> bool {
        self.source_root.is_some()
    }

    /// The source of a plan. Nothing is read yet.
    pub fn origin(&self, plan: &Plan) -> Origin {
        self.follow(Clue {
            unit: plan.unit.clone(),
            path: plan.path.clone(),
            blocks: blocks(plan),
            calls: Arc::new(Tree::calls_of(&plan.config)),
            declares: declares(plan),
            was_found: false,
        })
    }

    /// The source of a plan that is somewhere else.
    pub fn follow(&self, clue: Clue) -> Origin {
        let path = match clue.path.as_str() {
            "-" => "-".to_owned(),
            path => files::from(&self.cwd, path),
        };
        let wanted = Wanted { search: self.clone(), clue: Clue { path, ..clue } };
        Origin { wanted: Some(Box::new(wanted)), tree: OnceLock::new() }
    }
}

/// The source of one plan, looked for when it is first asked for. It outlives its plan.
#[derive(Debug, Default)]
pub struct Origin {
    wanted: Option<Box<Wanted>>,
    tree: OnceLock<Option<Arc<Tree>>>,
}

/// What it takes to find the source of a plan, without the plan: it is kept for every plan of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// The plan's unit.
    pub unit: String,
    /// Its path, from the working directory.
    pub path: String,
    /// Addresses of blocks of the plan, one a line.
    pub blocks: String,
    /// Sources of module calls, by the call's path.
    pub calls: Calls,
    /// Resources and data sources of the plan's configuration: lines with a module, a space, a block.
    pub declares: String,
    /// There was source where the plan was read. Only of a clue that leaves the machine.
    pub was_found: bool,
}

/// A clue and where to follow it.
#[derive(Debug)]
struct Wanted {
    search: Search,
    clue: Clue,
}

/// A block that a plan's configuration and its source do not both have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Its address without instance keys.
    pub address: String,
    /// The plan has it, and not the source.
    pub only_in_plan: bool,
}

impl Origin {
    /// No source at all.
    pub fn none() -> Origin {
        Origin::default()
    }

    /// Whether source is looked for at all.
    pub fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// What could not be read, among the files that were asked for so far, whatever plan asked.
    pub fn problems(&self) -> Vec<Problem> {
        let mut all = BTreeSet::new();
        if let Some(wanted) = &self.wanted {
            all.extend(wanted.search.store.problems());
        }
        if let Some(tree) = self.tree.get().and_then(Option::as_ref) {
            all.extend(tree.problems());
        }
        all.into_iter().collect()
    }

    /// The Terragrunt unit that the plan is of. Reads the unit's own files and no module.
    pub fn unit(&self) -> Unit {
        let Some(wanted) = &self.wanted else { return Unit::default() };
        unit::read(&wanted.search.store, &root::units(&wanted.ask(&[])))
    }

    /// What tells that the source is of another version than the plan: blocks of modules in the
    /// repository that one of the two does not have. Compares what was read so far, and reads nothing.
    pub fn differences(&self) -> Vec<Difference> {
        let (Some(wanted), Some(Some(tree))) = (&self.wanted, self.tree.get()) else {
            return Vec::new();
        };
        let mut declares: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (module, block) in wanted.clue.declares.lines().filter_map(|line| line.split_once(' '))
        {
            let blocks = declares.entry(module).or_default();
            blocks.extend((!block.is_empty()).then(|| block.to_owned()));
        }
        let mut all = Vec::new();
        for (module, source) in tree.declared_so_far() {
            let Some(plan) = declares.get(module.as_str()) else { continue };
            let of = |address: &String, only_in_plan| Difference {
                address: in_module(&module, address),
                only_in_plan,
            };
            // Terragrunt writes files into the unit's root module that no repository holds.
            let is_generated = module.is_empty() && tree.terragrunt().is_some();
            let plan_only = plan.difference(&source).filter(|_| !is_generated);
            all.extend(plan_only.map(|address| of(address, true)));
            all.extend(source.difference(plan).map(|address| of(address, false)));
        }
        all.sort();
        all
    }

    /// Files that changed since the plan was made, where the source are the copies of them in a
    /// binary plan; as far as these were read. Reads the files.
    pub fn edits(&self) -> Vec<String> {
        let tree = self.tree.get().and_then(Option::as_ref);
        tree.map(|tree| tree.edits().into_iter().collect()).unwrap_or_default()
    }

    /// What it takes to find it again; none where source is not wanted. Looks whether there is any.
    pub fn clue(&self) -> Option<Clue> {
        let clue = &self.wanted.as_ref()?.clue;
        Some(Clue { was_found: self.is_found(), ..clue.clone() })
    }

    /// Whether there is source, or a Terragrunt unit at least.
    pub fn is_found(&self) -> bool {
        self.tree().is_some() || !self.unit().dir.is_empty()
    }

    /// The source, if there is any.
    pub fn tree(&self) -> Option<&Arc<Tree>> {
        let find = || self.wanted.as_ref()?.find().map(Arc::new);
        self.tree.get_or_init(find).as_ref()
    }
}

impl Wanted {
    fn find(&self) -> Option<Tree> {
        let blocks: Vec<&str> = self.clue.blocks.lines().collect();
        find_root(&self.search.store, &self.ask(&blocks))
    }

    fn ask<'a>(&'a self, addresses: &'a [&'a str]) -> Ask<'a> {
        let Search { unit_root, source_root, .. } = &self.search;
        let Clue { unit, path, calls, .. } = &self.clue;
        let source_root = source_root.as_deref();
        Ask { unit, path, unit_root, source_root, addresses, calls }
    }
}

/// What the configuration declares, one a line: the module, a space, a block. Each module has a line
/// without a block besides.
fn declares(plan: &Plan) -> String {
    let mut all = String::new();
    for module in &plan.config.modules {
        let path = module.path.join(".");
        all.push_str(&format!("{path} \n"));
        for it in &module.resources {
            let mode = if it.mode == Mode::Data { "data." } else { "" };
            all.push_str(&format!("{path} {mode}{}.{}\n", it.type_, it.name));
        }
    }
    all
}

/// The address of a block of a module, `a.b` for `module.a.module.b`.
fn in_module(module: &str, address: &str) -> String {
    let names = module.split('.').filter(|name| !name.is_empty());
    let modules: String = names.map(|name| format!("module.{name}.")).collect();
    format!("{modules}{address}")
}

/// Addresses of blocks of the plan, one a line, as many as the search looks at. What is only
/// destroyed may have left the source already, so it comes last.
fn blocks(plan: &Plan) -> String {
    let is_gone = |resource: &Resource| {
        let actions = resource.actions;
        (actions.delete || actions.forget) && !actions.create
    };
    let mut seen = BTreeSet::new();
    let mut found = String::new();
    for gone in [false, true] {
        let all = (0..plan.len() as u32).map(|id| plan.resource(id));
        for resource in all.filter(|it| is_gone(it) == gone) {
            if seen.len() == MAX_LOOKED_AT {
                return found;
            }
            let (type_, name) = (plan.str(resource.type_), plan.str(resource.name));
            if seen.insert((resource.module, resource.mode == Mode::Data, type_, name)) {
                found.push_str(&block(plan, resource));
                found.push('\n');
            }
        }
    }
    found
}

/// The address without keys.
fn block(plan: &Plan, resource: &Resource) -> String {
    let path = &plan.module(resource.module).path;
    let module: String = path.iter().map(|(name, _)| format!("module.{name}.")).collect();
    let mode = if resource.mode == Mode::Data { "data." } else { "" };
    format!("{module}{mode}{}.{}", plan.str(resource.type_), plan.str(resource.name))
}

/// `path`, which may be relative to `cwd`, as it is shown there: relative where the two have a
/// directory in common besides the root, else absolute. Always with `/`.
pub fn shown_from(cwd: &Path, path: &Path) -> String {
    files::from(&slashes(cwd), &slashes(path))
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
