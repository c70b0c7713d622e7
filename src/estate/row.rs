//! Rows, and how they are taken from a plan: once for all rules that ask for the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{
    aws::policy::Document,
    graph::{About, Cause, Graph, Names, Note, Open, Res},
    plan::{Actions, DocumentKind, ResId, Tri},
};

use super::{Cell, hide};

/// One row. What is known of the instance that it stands for is read as if it were the row's own.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the row is about, in the words of the rule that made it.
    pub kind: &'static str,
    /// The instance it stands for, as all rows about it have it.
    pub(crate) instance: Arc<Instance>,
    /// Everything that the instance is called.
    pub names: Arc<Names>,
    /// Its values, by the rule's own names. There are few, so that a search beats an index.
    pub(crate) cells: Vec<(&'static str, Cell)>,
    /// What the rule asked about the instance in vain.
    pub unanswered: Vec<Note>,
}

/// An instance that rows stand for: what is the same in both worlds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// The unit it comes from.
    pub unit: String,
    /// Its address.
    pub address: String,
    /// Its address before a `moved` block, where the plan tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Key of the deposed object, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// What happens to it.
    pub actions: Actions,
    /// It comes from a state, which has no change: whatever is said of it stands.
    pub is_state: bool,
    id: ResId,
}

impl Instance {
    fn of(res: Res<'_>) -> Instance {
        let plan = &res.scope().graph.plan;
        Instance {
            unit: plan.unit.clone(),
            address: res.address().to_owned(),
            previous: res.previous_address().map(str::to_owned),
            deposed: res.deposed().map(str::to_owned),
            actions: res.actions(),
            is_state: plan.kind == DocumentKind::State,
            id: res.id,
        }
    }
}

impl Deref for Row {
    type Target = Instance;
    fn deref(&self) -> &Instance {
        &self.instance
    }
}

/// The instances of one plan, made when first asked for.
struct Instances(Box<[OnceLock<Arc<Instance>>]>);

impl Instances {
    fn of(graph: &Graph) -> Instances {
        Instances((0..graph.plan.len()).map(|_| OnceLock::new()).collect())
    }

    fn get(&self, res: Res<'_>) -> Arc<Instance> {
        let place = self.0.get(res.id as usize);
        let known = place.map(|place| place.get_or_init(|| Arc::new(Instance::of(res))));
        known.map_or_else(|| Arc::new(Instance::of(res)), Arc::clone)
    }
}

/// Rows as they are taken from one world of one plan.
#[derive(Default)]
pub struct Rows {
    rows: Vec<Row>,
    shared: BTreeSet<&'static str>,
    instances: Option<Arc<Instances>>,
}

/// What was taken from one world of one plan.
#[derive(Debug, Default)]
pub struct Taken {
    /// Rows, in the order taken.
    pub rows: Vec<Row>,
    /// Names of what lies on the [`Shelf`] and belongs to it.
    pub shared: BTreeSet<&'static str>,
}

/// What was taken from one world of one plan for whichever rule asks for it, by name.
#[derive(Debug, Default)]
pub struct Shelf {
    taken: Mutex<BTreeMap<&'static str, Arc<OnceLock<Taken>>>>,
}

impl Shelf {
    /// Adds to rows what lies here under a name; takes it first if nobody did.
    pub fn add(&self, rows: &mut Rows, name: &'static str, take: impl FnOnce() -> Taken) {
        // Whoever panicked while holding the lock had not begun to change anything.
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::clone(all.entry(name).or_default());
        drop(all);
        let taken = place.get_or_init(take);
        rows.shared.insert(name);
        rows.shared.extend(&taken.shared);
    }

    /// Everything on it, by name.
    pub fn into_rows(self) -> impl Iterator<Item = (&'static str, Vec<Row>)> {
        let all = self.taken.into_inner().unwrap_or_else(PoisonError::into_inner);
        all.into_iter().filter_map(|(name, place)| {
            let taken = Arc::into_inner(place).and_then(OnceLock::into_inner)?;
            Some((name, taken.rows))
        })
    }
}

impl Rows {
    /// Takes a row about an instance; cells are added to what this returns.
    pub fn add(&mut self, kind: &'static str, res: Res<'_>) -> &mut Row {
        let at = self.rows.len();
        let all = || res.scope().graph.once(Instances::of);
        let instance = self.instances.get_or_insert_with(all).get(res);
        let (cells, unanswered) = (Vec::new(), Vec::new());
        self.rows.push(Row { kind, instance, names: res.names(), cells, unanswered });
        &mut self.rows[at]
    }

    /// All rows, in the order taken; each with what was asked in vain about its instance, or about
    /// another that has no row of its own while this one was looked at.
    pub fn taken(mut self, open: &BTreeSet<Open>) -> Taken {
        // They stay until the last plan was read.
        self.rows.shrink_to_fit();
        self.rows.iter_mut().for_each(|row| row.cells.shrink_to_fit());
        if open.is_empty() {
            return Taken { rows: self.rows, shared: self.shared };
        }
        let mut unanswered: FxHashMap<ResId, Vec<Note>> =
            self.rows.iter().map(|row| (row.id, Vec::new())).collect();
        for (about, note) in open {
            let current = match about {
                Some(About::Instance(id)) => Some(*id),
                _ => None,
            };
            let own = note.res.filter(|id| unanswered.contains_key(id)).or(current);
            if let Some(notes) = own.and_then(|id| unanswered.get_mut(&id)) {
                notes.push(*note);
            }
        }
        for row in &mut self.rows {
            row.unanswered = unanswered.get(&row.id).cloned().unwrap_or_default();
        }
        Taken { rows: self.rows, shared: self.shared }
    }
}

impl Row {
    /// Index of the instance in its plan.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Sets a cell.
    pub fn with(&mut self, name: &'static str, cell: impl Into<Cell>) -> &mut Row {
        let cell = cell.into();
        match self.cells.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = cell,
            None => self.cells.push((name, cell)),
        }
        self
    }

    /// A cell; unset where the rule did not set it.
    pub fn cell(&self, name: &str) -> &Cell {
        let cell = self.cells.iter().find(|(known, _)| *known == name);
        cell.map_or(&Cell::Unset, |(_, cell)| cell)
    }

    /// All of them, with their names.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'static str, &Cell)> {
        self.cells.iter().map(|(name, cell)| (*name, cell))
    }

    /// All of them, to be changed.
    pub(super) fn cells_mut(&mut self) -> impl Iterator<Item = &mut Cell> {
        self.cells.iter_mut().map(|(_, cell)| cell)
    }

    /// The text of a known cell.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.cell(name) {
            Cell::Known(text) => Some(text),
            _ => None,
        }
    }

    /// An answer that was computed while its plan was in memory; `No` where there is none.
    pub fn tri(&self, name: &str) -> Tri {
        match self.cell(name) {
            Cell::Answer(tri) => *tri,
            _ => Tri::No,
        }
    }

    /// A policy that its plan holds; one of no statement where there is none.
    pub fn policy(&self, name: &str) -> Arc<Document> {
        match self.cell(name) {
            Cell::Policy(document) => Arc::clone(document),
            _ => Arc::default(),
        }
    }

    /// Every text of its cells that a message may show.
    pub fn texts(&self) -> Vec<&str> {
        fn below<'a>(cell: &'a Cell, out: &mut Vec<&'a str>) {
            match cell {
                Cell::Known(text) => out.push(text),
                Cell::Link(link) => out.extend(link.elsewhere.as_deref()),
                Cell::List(cells) => cells.iter().for_each(|cell| below(cell, out)),
                Cell::Policy(document) => document.texts(out),
                Cell::Masked(_) | Cell::Unset | Cell::Unknown(_) | Cell::Answer(_) => {}
            }
        }
        let mut out = Vec::new();
        self.cells().for_each(|(_, cell)| below(cell, &mut out));
        out
    }

    /// Changes every text that the row holds and that is a value of its plan.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        Names::each_text(&mut self.names, change);
        self.cells_mut().for_each(|cell| cell.each_text(change));
    }

    /// Changes every masked name of something that its plan does not hold.
    pub fn each_masked_name(&mut self, change: &mut impl FnMut(&mut String)) {
        self.cells_mut().for_each(|cell| cell.each_masked_name(change));
    }

    /// Changes the hash of every masked value.
    pub fn each_mask(&mut self, change: &mut impl FnMut(&mut String)) {
        self.cells_mut().for_each(|cell| cell.each_mask(change));
    }

    /// What rows of a kind are ordered by.
    pub(super) fn place(&self) -> (&str, &str, Option<&str>) {
        (&self.unit, &self.address, self.deposed.as_deref())
    }

    /// Makes texts of its cells unknown, by its unit and the text.
    pub(super) fn hide(&mut self, is_hidden: &impl Fn(&str, &str) -> bool) {
        for (at, (_, cell)) in self.cells.iter_mut().enumerate() {
            if hide(cell, &|text| is_hidden(&self.instance.unit, text)) {
                let (res, path) = (Some(self.instance.id), at as u64);
                self.unanswered.push(Note { res, path, cause: Cause::NotInRun });
            }
        }
    }

    /// Whether two rows stand for the same instance of the same unit.
    pub fn is(&self, other: &Row) -> bool {
        self.unit == other.unit && self.address == other.address && self.deposed == other.deposed
    }
}
