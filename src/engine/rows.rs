//! Rows of all plans: what each estate rule took for itself, and what several share.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use rustc_hash::FxHashSet;

use crate::{
    estate::{Row, Shelf, Taken},
    graph::{Graph, Scope, Side},
    lint::{Judge, Subject, excerpt_text},
    redact::Redactor,
};

use super::Job;

/// Excerpts kept for one type of one plan.
const EXCERPTS: usize = 200;

/// Who rows were taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum For {
    /// One job.
    Job(usize),
    /// Whichever job shares them.
    All(&'static str),
}

/// What one instance is found by: unit, address, deposed key.
pub type InstanceKey = (String, String, Option<String>);

/// Rows of one plan, or of several.
#[derive(Default)]
pub struct Taking {
    /// By the world and by whom they were taken for; no entry is empty.
    pub rows: BTreeMap<(Side, For), Vec<Row>>,
    /// By job and world, what of the shared rows it judges.
    pub uses: BTreeMap<(usize, Side), BTreeSet<&'static str>>,
    /// Lines that stand for what may be reported, made while its plan was in memory.
    pub excerpts: BTreeMap<InstanceKey, Arc<str>>,
    /// Values of rows that hold a secret, encoded or as a part: rows outlive their plan's redactor.
    pub secrets: BTreeSet<String>,
}

impl Taking {
    /// Takes over what lies on the shelf of one world of a plan.
    pub(super) fn add_shelf(&mut self, side: Side, shelf: Shelf) {
        for (name, rows) in shelf.into_rows() {
            self.add_rows((side, For::All(name)), rows);
        }
    }

    /// Takes over what a rule took for itself.
    pub(super) fn add_taken(&mut self, job: usize, side: Side, taken: Taken) {
        self.add_rows((side, For::Job(job)), taken.rows);
        if !taken.shared.is_empty() {
            self.uses.insert((job, side), taken.shared);
        }
    }

    fn add_rows(&mut self, key: (Side, For), rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        match self.rows.entry(key) {
            Entry::Vacant(none) => drop(none.insert(rows)),
            Entry::Occupied(mut some) => some.get_mut().extend(rows),
        }
    }

    /// Whether there are no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Notes which values no message may show once the plan is gone.
    pub(super) fn leave(&mut self, redactor: &Redactor) {
        // Rows repeat one another: types, principals, regions.
        let mut seen = FxHashSet::default();
        for text in self.rows.values().flatten().flat_map(Row::texts) {
            if seen.insert(text) && !redactor.find(text).is_empty() {
                self.secrets.insert(text.to_owned());
            }
        }
    }

    /// Makes excerpts of what a rule on all plans may report, while the plan is there.
    pub(super) fn leave_excerpts(&mut self, graph: &Arc<Graph>, jobs: &[Job], redactor: &Redactor) {
        let scope = Scope::new(graph, Side::Planned);
        let subjects: BTreeSet<&str> = jobs
            .iter()
            .filter(|job| matches!(job.rule.judge(), Judge::Estate { .. }))
            .flat_map(|job| job.rule.meta().subjects.iter().map(AsRef::as_ref))
            .collect();
        let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
        let planned = self.rows.iter().filter(|((side, _), _)| *side == Side::Planned);
        for row in planned.flat_map(|(_, rows)| rows) {
            let res = scope.res(row.id());
            let count = kept.entry(res.type_()).or_default();
            if !subjects.contains(res.type_()) || *count >= EXCERPTS {
                continue;
            }
            let instance = (row.unit.clone(), row.address.clone(), row.deposed.clone());
            self.excerpts.entry(instance).or_insert_with(|| {
                *count += 1;
                redactor.redact(&excerpt_text(res, None)).into()
            });
        }
    }

    /// Adds rows of other plans.
    pub(super) fn add(&mut self, other: Taking) {
        for (key, rows) in other.rows {
            self.add_rows(key, rows);
        }
        for (key, names) in other.uses {
            self.uses.entry(key).or_default().extend(names);
        }
        self.excerpts.extend(other.excerpts);
        self.secrets.extend(other.secrets);
    }

    /// The lines that stand for a subject.
    pub(super) fn excerpt(&self, subject: &Subject) -> Option<Arc<str>> {
        let place = &subject.place;
        let instance = (place.unit.clone(), place.address.clone(), subject.deposed.clone());
        self.excerpts.get(&instance).cloned()
    }
}
