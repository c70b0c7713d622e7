//! In which metastore a securable of Unity Catalog lies: that of its own `metastore_id`, else the one
//! assigned to the workspace that its provider speaks to. Names of securables are unique there.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use rustc_hash::FxHashMap;

use crate::{
    estate::{Cell, Named, Row, Rows},
    graph::{Cause, Res, Target, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

use super::{
    account, assignments,
    provider::{self, Speaks},
    regions, storage_paths,
};

/// A `databricks_metastore`, or a data source that looks one up. Cells: `id`, `region`, `root`
/// (its `storage_root`; see [`storage_paths::put`]), `rooted` (an answer: that is made of what identifies an
/// object), `account` (the id of its account, where the provider block says it), `block` (the provider block),
/// `managed` (an answer).
pub const METASTORE: &str = "metastores/metastore";
/// A `databricks_metastore_assignment`. Cells: those of [`Places::put`], `to` (the workspace), and
/// `is-of-block` (an answer: nothing shows that its provider block is another workspace's).
pub const ASSIGNMENT: &str = "metastores/assignment";
/// A workspace, which has an id and a URL. Cell: `region`.
const WORKSPACE: &str = "metastores/workspace";
/// A securable, or a `databricks_current_metastore`, that tells which metastore its workspace has.
const CLAIM: &str = "metastores/claim";

/// What a metastore is managed as, or looked up.
pub const TYPES: &[&str] = &["databricks_metastore", "databricks_current_metastore"];

const WORKSPACES: &[&str] = &["databricks_mws_workspaces"];
const ASSIGNMENTS: &[&str] = &["databricks_metastore_assignment"];

/// Securables whose `metastore_id` tells which metastore their workspace has.
const CLAIMING: [&str; 3] =
    ["databricks_catalog", "databricks_external_location", "databricks_storage_credential"];
/// The data source that asks the workspace of its provider which metastore it has.
const CURRENT: &str = "databricks_current_metastore";

/// Takes the rows by which [`Spaces`] tells metastores apart.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "metastores", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in TYPES.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        metastore(it, rows);
    }
    let places = Places::default();
    for it in cx.of(ASSIGNMENTS[0]).filter(|it| it.deposed().is_none()) {
        let row = rows
            .add(ASSIGNMENT, it)
            .with("to", it.get("workspace_id").target(WORKSPACES))
            .with("is-of-block", assignments::is_of_its_block(it));
        places.put(row, it, "metastore_id");
    }
    take_workspaces(cx, rows);
    let mut seen = BTreeSet::new();
    let securables = CLAIMING.iter().flat_map(|kind| cx.of(kind)).map(|it| (it, "metastore_id"));
    for (it, attribute) in securables.chain(cx.data(CURRENT).map(|it| (it, "id"))) {
        let Some(id) = it.get(attribute).text() else { continue };
        let block = it.block().map(|block| block.provider_key.as_str());
        // What is there already may tell of its block what a new one does not.
        if block.is_some() && seen.insert((block, id, filled_in(it))) {
            places.put(rows.add(CLAIM, it), it, attribute);
        }
    }
}

/// Takes those by which [`Spaces::workspace`] tells workspaces apart: enough for what is no securable.
pub fn collect_workspaces(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "workspaces", take_workspaces);
}

fn take_workspaces(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(WORKSPACES[0]) {
        rows.add(WORKSPACE, it).with("region", regions::written(&it.get("aws_region")));
    }
}

fn metastore(it: Res<'_>, rows: &mut Rows) {
    let info = it.get("metastore_info");
    // A data source that is not read yet shows nothing.
    let is_read = it.mode() == Mode::Managed || info.known().is_some();
    let of = |name| match Cell::from(it.get(name)) {
        Cell::Unset if is_read => Cell::from(info.get(name)),
        Cell::Unset => Cell::Unknown(Cause::Apply),
        own => own,
    };
    let region = match regions::of_metastore(&it.root()) {
        Cell::Unset if !is_read => Cell::Unknown(Cause::Apply),
        region => region,
    };
    let unit = &it.scope().graph.plan.unit;
    let block = it.block().map(|block| format!("{unit}\0{}", block.provider_key));
    let root = [it.get("storage_root"), info.get("storage_root")];
    let root = &root[usize::from(root[0].text().is_none())];
    storage_paths::put(rows.add(METASTORE, it), root)
        .with("id", it.get("id"))
        .with("region", region)
        .with("root", of("storage_root"))
        .with("rooted", Tri::from(it.get("storage_root").has_identity()))
        .with("account", provider::account_id(it).map_or(Cell::Unset, Cell::Known))
        .with("block", block.map_or(Cell::Unset, Cell::Known))
        .with("managed", account::is_managed(it));
}

/// The id of the workspace that a resource lies in, where the API told it.
fn filled_in(it: Res<'_>) -> Option<&str> {
    unless_nothing(it, "provider_config")?.get("workspace_id").text()
}

/// The metastore that a value names: directly, or as that of an assignment.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    match view.target(TYPES) {
        Target::Lost(cause) => match view.target(ASSIGNMENTS) {
            Target::Here(assignment) => assignment.get("metastore_id").target(TYPES),
            _ => Target::Lost(cause),
        },
        target => target,
    }
}

/// Where the resources of a plan lie, looked up once for each provider block and kind of row: a rule that
/// asks for some kinds is told what they need.
#[derive(Debug, Default)]
pub struct Places(RefCell<BTreeMap<&'static str, BTreeMap<String, Place>>>);

/// To whom a resource is sent.
#[derive(Clone, Debug, Default)]
struct Place {
    /// None where an earlier row of the kind and the block told it.
    workspace: Option<Cell>,
    /// The provider block: whatever it is set to, all that use it speak to one workspace. None for
    /// an account's.
    block: Option<String>,
    /// The id of the block's workspace, where a refresh filled it in.
    id: Option<String>,
}

impl Places {
    /// Puts into a row what tells where its instance lies: the cells `own` (the metastore that
    /// `attribute` names), `block`, `block-id` (of the block's workspace, where the API told it), and
    /// `workspace`, this once for each kind of row and block.
    pub fn put<'r>(&self, row: &'r mut Row, it: Res<'_>, attribute: &'static str) -> &'r mut Row {
        let own = unless_nothing(it, attribute);
        if let Some(own) = own.filter(|own| own.is_given() != Tri::No) {
            row.with("own", named(&own));
        }
        self.put_workspace(row, it)
    }

    /// The same for what lies in a workspace and in no metastore: the other cells.
    pub fn put_workspace<'r>(&self, row: &'r mut Row, it: Res<'_>) -> &'r mut Row {
        let Place { workspace, block, id } = self.of(row.kind, it);
        if let Some(workspace) = workspace {
            row.with("workspace", workspace);
        }
        if let Some(block) = block {
            row.with("block", Cell::Known(block));
        }
        if let Some(id) = id {
            row.with("block-id", Cell::Known(id));
        }
        row
    }

    fn of(&self, kind: &'static str, it: Res<'_>) -> Place {
        let Some(config) = it.block().filter(|_| provider::is_sent_by_block(it)) else {
            let workspace = Some(provider::of(it).into());
            return Place { workspace, block: None, id: None };
        };
        let id = filled_in(it).map(str::to_owned);
        let told = |all: &BTreeMap<String, Place>| all.get(&config.provider_key).cloned();
        let told = self.0.borrow().get(kind).and_then(told);
        let place = told.unwrap_or_else(|| self.of_block(kind, it, &config.provider_key));
        match place.block {
            Some(_) => Place { id, ..place },
            // An account's provider says no more than that.
            None => {
                Place { workspace: id.map(Cell::Known).or(place.workspace), ..Place::default() }
            }
        }
    }

    fn of_block(&self, kind: &'static str, it: Res<'_>, key: &str) -> Place {
        let speaks = provider::of_block(it);
        let unit = &it.scope().graph.plan.unit;
        let block = match speaks {
            Speaks::Account(_) => None,
            _ => Some(format!("{unit}\0{key}")),
        };
        // Those that follow are known by the block.
        let next = Place { block: block.clone(), ..Place::default() };
        self.0.borrow_mut().entry(kind).or_default().insert(key.to_owned(), next);
        Place { workspace: Some(speaks.into()), block, id: None }
    }
}

/// An argument, unless it is plain that nothing stands there: of thousands of grants hardly one has it.
fn unless_nothing<'a>(it: Res<'a>, attribute: &'static str) -> Option<View<'a>> {
    match it.glance().member(attribute).plain() {
        Some(None) => None,
        _ => Some(it.get(attribute)),
    }
}

/// Where names are unique: securables of one space lie in one metastore. Of two spaces only
/// [`Spaces::share`] tells whether they are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// A metastore.
    Metastore(usize),
    /// The metastore of a workspace, whichever it is.
    Workspace(usize),
}

/// The metastores of all plans, and the workspaces that have them.
#[derive(Debug)]
pub struct Spaces<'a> {
    names: Same,
    /// Blocks that spoke to several workspaces, by the ids in what was made through them.
    torn: BTreeSet<&'a str>,
    /// What is assigned to a workspace.
    assigned: BTreeMap<usize, Vec<&'a Row>>,
    /// Which metastore a workspace has, where that is told one way only.
    metastores: BTreeMap<usize, BTreeSet<usize>>,
    known: BTreeMap<usize, Vec<&'a Row>>,
}

impl<'a> Spaces<'a> {
    /// From the rows that [`collect`] took, and rows of these kinds with the cells of [`Places::put`].
    pub fn of(cx: &EstateCx<'a>, kinds: &[&'static str]) -> Spaces<'a> {
        let mut names = Same::default();
        for row in cx.of(WORKSPACE) {
            names.join("w", &Named::itself(row));
        }
        let mut ids: FxHashMap<&str, BTreeSet<&str>> = FxHashMap::default();
        let all = kinds.iter().flat_map(|kind| cx.of(kind));
        for row in all.chain(cx.of(CLAIM)).chain(cx.of(ASSIGNMENT)) {
            // Thousands of grants tell nothing but their block.
            let tells_more = ["workspace", "own"].iter().any(|name| *row.cell(name) != Cell::Unset);
            let is_new = row.text("block").is_some_and(|block| {
                let before = ids.len();
                let all = ids.entry(block).or_default();
                row.text("block-id").is_some_and(|id| all.insert(id)) || ids.len() > before
            });
            if !tells_more && !is_new {
                continue;
            }
            let workspace = names.join("w", &Named::of(row, "workspace"));
            let block = names.join("b", &Named::of(row, "block"));
            workspace.into_iter().zip(block).for_each(|(a, b)| names.unite(a, b));
            names.join("m", &Named::of(row, "own"));
        }
        let torn = names.join_ids(&ids.into_iter().collect());
        let mut known: BTreeMap<usize, Vec<&'a Row>> = BTreeMap::new();
        let metastores: Vec<_> = cx.of(METASTORE).collect();
        let at: Vec<_> = metastores.iter().map(|row| names.join("m", &itself(row))).collect();
        names.join_assigned(cx.of(ASSIGNMENT));
        for (row, at) in metastores.into_iter().zip(at) {
            at.into_iter().for_each(|at| known.entry(names.root(at)).or_default().push(row));
        }
        let mut spaces =
            Spaces { names, torn, assigned: BTreeMap::new(), metastores: BTreeMap::new(), known };
        spaces.assign(cx);
        spaces
    }

    /// An assignment decides; where there is none, what the workspace and its securables tell.
    fn assign(&mut self, cx: &EstateCx<'a>) {
        let mut claimed: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for row in cx.of(CLAIM) {
            if let (Some(at), Some(own)) = (self.workspace(row), self.own(row)) {
                claimed.entry(at).or_default().insert(own);
            }
        }
        for row in cx.of(ASSIGNMENT) {
            if let Some(at) = self.names.find("w", &Named::of(row, "to")) {
                self.assigned.entry(at).or_default().push(row);
            }
        }
        let regions = self.regions(cx);
        for (at, rows) in &self.assigned {
            let own: Option<BTreeSet<usize>> = rows.iter().map(|row| self.own(row)).collect();
            let mut own = own.unwrap_or_default();
            // The workspace will not get what Databricks refuses: the metastore of another region.
            if let Some(region) = regions.get(at) {
                own.retain(|own| self.known.get(own).is_none_or(|rows| may_lie_in(rows, region)));
            }
            claimed.insert(*at, own);
        }
        self.metastores = claimed;
    }

    /// Known regions of workspaces.
    fn regions(&self, cx: &EstateCx<'a>) -> BTreeMap<usize, &'a str> {
        let of =
            |row: &'a Row| Some((self.names.find("w", &Named::itself(row))?, row.text("region")?));
        cx.of(WORKSPACE).filter_map(of).collect()
    }

    /// Where a row with the cells of [`Places::put`] lies; none where the run does not tell.
    pub fn space(&self, row: &Row) -> Option<Space> {
        if let Some(own) = self.own(row) {
            return Some(Space::Metastore(own));
        }
        let workspace = self.workspace(row)?;
        let mut all = self.metastores.get(&workspace).into_iter().flatten();
        match (all.next(), all.next()) {
            (Some(only), None) => Some(Space::Metastore(*only)),
            _ => Some(Space::Workspace(workspace)),
        }
    }

    /// Whether rows share their metastore; `Maybe` where the run does not tell.
    pub fn share(&self, one: &Row, other: &Row) -> Tri {
        match (self.space(one), self.space(other)) {
            (Some(a), Some(b)) if a == b => Tri::Yes,
            (Some(Space::Metastore(_)), Some(Space::Metastore(_))) => Tri::No,
            _ => Tri::Maybe,
        }
    }

    /// Rows of the metastore in which a row lies; none where no plan of the run has it.
    pub fn metastore(&self, row: &Row) -> &[&'a Row] {
        let Some(Space::Metastore(at)) = self.space(row) else { return &[] };
        self.known.get(&at).map(Vec::as_slice).unwrap_or_default()
    }

    /// The assignments of the workspace that a row's instance is sent to.
    pub fn assigned(&self, row: &Row) -> &[&'a Row] {
        let rows = self.workspace(row).and_then(|at| self.assigned.get(&at));
        rows.map(Vec::as_slice).unwrap_or_default()
    }

    /// The metastore that a row names itself, as something to compare and to sort by.
    pub fn own(&self, row: &Row) -> Option<usize> {
        if *row.cell("own") == Cell::Unset {
            return None;
        }
        self.names.find("m", &Named::of(row, "own"))
    }

    /// The workspace that a row's instance is sent to, as something to compare and to sort by: two rows
    /// of one number have one workspace; of two numbers nothing is known. None where the run does not
    /// tell.
    pub fn workspace(&self, row: &Row) -> Option<usize> {
        let block = row.text("block");
        if let (Some(id), true) =
            (row.text("block-id"), block.is_some_and(|it| self.torn.contains(it)))
        {
            return self.names.find_text("w", id);
        }
        let by_block = block.and_then(|block| self.names.find_text("b", block));
        by_block.or_else(|| self.names.find("w", &Named::of(row, "workspace")))
    }
}

/// Whether nothing shows that a metastore is of another region.
fn may_lie_in(metastore: &[&Row], region: &str) -> bool {
    let is_it = |it: &str| it.is_empty() || it.eq_ignore_ascii_case(region);
    metastore.iter().all(|row| row.text("region").is_none_or(is_it))
}

/// A metastore by its place and its id.
fn itself(row: &Row) -> Named {
    match row.cell("id") {
        // A data source is another instance than what it looks up.
        Cell::Known(_) => Named::of(row, "id"),
        _ => Named::itself(row),
    }
}

/// Names of objects, put together where they mean one.
#[derive(Debug, Default)]
struct Same {
    /// By the kind of object.
    at: BTreeMap<&'static str, FxHashMap<String, usize>>,
    parents: Vec<usize>,
}

impl Same {
    /// Puts all names of the one object together that is named; none where it is none, or several.
    fn join(&mut self, kind: &'static str, named: &Named) -> Option<usize> {
        let known = self.at.entry(kind).or_default();
        let all = named.only()?.in_policies().into_iter().map(|name| {
            let next = self.parents.len();
            let at = *known.entry(name).or_insert(next);
            if at == next {
                self.parents.push(next);
            }
            at
        });
        let all: Vec<usize> = all.collect();
        let first = *all.first()?;
        all.into_iter().for_each(|at| self.unite(first, at));
        Some(first)
    }

    /// Puts blocks together with the workspaces whose ids were filled in; those with several are
    /// returned.
    fn join_ids<'a>(&mut self, ids: &BTreeMap<&'a str, BTreeSet<&str>>) -> BTreeSet<&'a str> {
        let mut torn = BTreeSet::new();
        for (block, ids) in ids {
            let text = |name: &&str| Named::of_cell(&Cell::Known((*name).to_owned()));
            let ids: Vec<usize> = ids.iter().filter_map(|id| self.join("w", &text(id))).collect();
            match (self.find_text("b", block), ids.as_slice()) {
                (_, []) | (None, _) => {}
                (Some(at), [only]) if self.may_be_one(at, *only) => self.unite(at, *only),
                _ => {
                    torn.insert(*block);
                }
            }
        }
        torn
    }

    /// Who assigns a metastore through the provider of a workspace assigns it to that one, as far as the
    /// run tells; but who assigns several does not.
    fn join_assigned<'a>(&mut self, assignments: impl Iterator<Item = &'a Row>) {
        let mut by_block: BTreeMap<&str, Vec<(Option<usize>, Tri)>> = BTreeMap::new();
        for row in assignments {
            let to = self.join("w", &Named::of(row, "to"));
            if let Some(block) = row.text("block") {
                by_block.entry(block).or_default().push((to, row.tri("is-of-block")));
            }
        }
        for (block, all) in by_block {
            let is_of_block = all.iter().all(|(_, tri)| *tri == Tri::Yes);
            let to: Option<BTreeSet<usize>> =
                all.iter().map(|(to, _)| to.map(|to| self.root(to))).collect();
            let to: Vec<usize> = to.unwrap_or_default().into_iter().collect();
            if let (true, [only], Some(at)) = (is_of_block, &*to, self.find_text("b", block))
                && self.may_be_one(at, *only)
            {
                self.unite(at, *only);
            }
        }
    }

    /// Whether neither ids nor other blocks tell two workspaces apart.
    fn may_be_one(&self, one: usize, other: usize) -> bool {
        let both = [self.root(one), self.root(other)];
        // What is told of the workspace another way tells which block speaks to it.
        let of = |kind| self.at.get(kind).into_iter().flatten();
        if both[0] != both[1] && of("b").any(|(_, at)| self.root(*at) == both[1]) {
            return false;
        }
        let ids = of("w").filter(|(name, at)| {
            provider::is_workspace_id(name) && both.contains(&self.root(**at))
        });
        ids.count() < 2
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[other.max(one)] = one.min(other);
    }

    fn root(&self, mut at: usize) -> usize {
        while self.parents[at] != at {
            at = self.parents[at];
        }
        at
    }

    /// The object of these names.
    fn find(&self, kind: &str, named: &Named) -> Option<usize> {
        named.only()?.in_policies().iter().find_map(|name| self.find_text(kind, name))
    }

    /// The object of one name.
    fn find_text(&self, kind: &str, name: &str) -> Option<usize> {
        self.at.get(kind)?.get(name).map(|at| self.root(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> Named {
        Named::of_cell(&Cell::Known(name.to_owned()))
    }

    #[test]
    fn names_of_one_object_are_one() {
        let mut same = Same::default();
        let id = same.join("w", &text("3141592653589793")).unwrap();
        let url = same.join("w", &text("https://dbc-4c1d8e2f-93ab.cloud.databricks.com")).unwrap();
        let other =
            same.join("w", &text("https://dbc-7be0a1c4-2f19.cloud.databricks.com")).unwrap();
        assert_ne!(same.root(id), same.root(url));
        same.unite(url, id);
        assert_eq!(same.root(id), same.root(url));
        assert_ne!(same.root(id), same.root(other));
        assert_eq!(same.find("w", &text("3141592653589793")), Some(same.root(url)));
        // A metastore may have the same name as a workspace, and what was never seen is nothing.
        assert_eq!(same.find("m", &text("3141592653589793")), None);
        assert_eq!(same.find("w", &Named::of_cell(&Cell::Unknown(Cause::Apply))), None);
        assert_eq!(same.join("w", &Named::of_cell(&Cell::Unset)), None);
    }

    #[test]
    fn ids_that_were_filled_in_are_those_of_a_block() {
        let mut same = Same::default();
        let one = same.join("b", &text("one")).unwrap();
        let several = same.join("b", &text("several")).unwrap();
        let ids = BTreeMap::from([
            ("one", BTreeSet::from(["3141592653589793"])),
            ("several", BTreeSet::from(["3141592653589793", "2718281828459045"])),
            ("none", BTreeSet::new()),
        ]);
        assert_eq!(same.join_ids(&ids), BTreeSet::from(["several"]));
        assert_eq!(same.find("w", &text("3141592653589793")), Some(same.root(one)));
        assert_ne!(same.root(several), same.root(one));
        let other = same.join("w", &text("2718281828459045")).unwrap();
        assert!(!same.may_be_one(one, other));
        assert!(same.may_be_one(several, other));
    }
}
