//! In which workspace something lies, and what lies in one, across plans: by provider block, URL, id or
//! reference.

use std::collections::BTreeMap;

use crate::{
    estate::{Row, Rows},
    graph::Res,
    lint::{EstateCx, PlanCx},
};

use super::metastores::{self, Spaces};

/// Puts into rows what tells where their instances lie.
#[derive(Debug, Default)]
pub struct Places(metastores::Places);

impl Places {
    /// Puts the cells `workspace` and `block` into a row.
    pub fn put<'r>(&self, row: &'r mut Row, it: Res<'_>) -> &'r mut Row {
        self.0.put(row, it, "metastore_id")
    }
}

/// Takes the rows by which [`Workspaces`] tells them apart.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect_workspaces(cx, rows);
}

/// The workspaces of all plans.
#[derive(Debug)]
pub struct Workspaces<'a>(Spaces<'a>);

impl<'a> Workspaces<'a> {
    /// From the rows that [`collect`] took, and rows of these kinds with the cells of [`Places::put`].
    pub fn of(cx: &EstateCx<'a>, kinds: &[&'static str]) -> Workspaces<'a> {
        Workspaces(Spaces::of(cx, kinds))
    }

    /// The workspace of a row, as something to compare and to sort by; none where the run does not tell.
    pub fn of_row(&self, row: &Row) -> Option<usize> {
        self.0.workspace(row)
    }

    /// Rows by their workspace, in the order given; those of which the run does not tell it are left out.
    pub fn group(&self, rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<usize, Vec<&'a Row>> {
        let mut groups: BTreeMap<usize, Vec<&'a Row>> = BTreeMap::new();
        for row in rows {
            if let Some(at) = self.of_row(row) {
                groups.entry(at).or_default().push(row);
            }
        }
        groups
    }
}
