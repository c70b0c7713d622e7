//! Outputs of Terragrunt units, followed to what they lead to in the plans of other units.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    graph::{Cause, Given, Names, Scope},
    plan::Tri,
};

use super::{Cell, Link, Row};

/// By the names of outputs, the objects that they lead to: several of a list, or one of several.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Outputs(BTreeMap<String, Vec<(Arc<Names>, Tri)>>);

impl Outputs {
    /// The outputs of a plan; none where it is of no Terragrunt unit.
    pub fn of(scope: &Scope<'_>) -> Outputs {
        let mut all: BTreeMap<String, Vec<(Arc<Names>, Tri)>> = BTreeMap::new();
        for lead in scope.graph.leads() {
            let names = scope.res(lead.instance).names();
            let sure = if lead.is_certain { Tri::Yes } else { Tri::Maybe };
            all.entry(lead.output).or_default().push((names, sure));
        }
        Outputs(all)
    }

    /// Adds those of another plan.
    pub fn extend(&mut self, other: Outputs) {
        for (name, leads) in other.0 {
            self.0.entry(name).or_default().extend(leads);
        }
    }

    /// Changes every name of an object.
    pub fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        for (names, _) in self.0.values_mut().flatten() {
            Names::each_text(names, change);
        }
    }

    /// Puts what outputs lead to into the links of rows that are given them. There the value in the
    /// plan, which may be a mock, is no name any more; of all others it is what there is.
    pub fn join(&self, rows: &mut [Row]) {
        for cell in rows.iter_mut().flat_map(Row::cells_mut) {
            self.join_cell(cell);
        }
    }

    fn join_cell(&self, cell: &mut Cell) {
        match cell {
            Cell::List(cells) => {
                cells.iter_mut().for_each(|cell| self.join_cell(cell));
                if !cells.iter().any(|cell| matches!(cell, Cell::List(_))) {
                    return;
                }
                // Each element of a list that is given as a whole stands for all of them.
                let mut seen: Vec<Cell> = Vec::new();
                cells.retain(|cell| {
                    let is_new = !matches!(cell, Cell::List(_)) || !seen.contains(cell);
                    seen.push(cell.clone());
                    is_new
                });
            }
            Cell::Link(link) => {
                if let Some(joined) = link.given.take().and_then(|given| self.follow(&given)) {
                    *cell = joined;
                }
            }
            _ => {}
        }
    }

    fn follow(&self, given: &Given) -> Option<Cell> {
        if let Some(leads) = self.0.get(&given.output) {
            if contradicts(given, leads) {
                return None;
            }
            let names: Vec<Arc<Names>> = leads.iter().map(|(names, _)| names.clone()).collect();
            let is_sure = leads.iter().all(|(_, sure)| *sure == Tri::Yes);
            return Some(match (is_sure, given.is_each) {
                (true, true) => Cell::List(names.into_iter().map(|it| to(vec![it])).collect()),
                (true, false) if names.len() == 1 => to(names),
                _ => to_some(names),
            });
        }
        // Which part of an output it is, the other plan may not show.
        let mut within = given.within.iter().filter_map(|name| self.0.get(name));
        within
            .find(|leads| leads.len() > 1)
            .map(|leads| to_some(leads.iter().map(|(names, _)| names.clone()).collect()))
    }
}

/// Whether a value is of other objects than these: `terragrunt.hcl` was edited since the plan was made.
fn contradicts(given: &Given, leads: &[(Arc<Names>, Tri)]) -> bool {
    let Some(text) = given.shown.as_deref().filter(|_| !given.is_mock) else { return false };
    let own = Names::of_text(text);
    leads.iter().all(|(names, _)| !names.is_place_only() && names.same(&own) == Tri::No)
}

fn to(names: Vec<Arc<Names>>) -> Cell {
    Cell::Link(Box::new(Link { names, ..Link::default() }))
}

fn to_some(names: Vec<Arc<Names>>) -> Cell {
    Cell::Link(Box::new(Link { names, lost: Some(Cause::Function), ..Link::default() }))
}
