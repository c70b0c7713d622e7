//! Which object a value names, in a form that can be compared with what other plans name.

use std::collections::BTreeMap;

use crate::{
    estate::{Cell, Link, Row},
    graph::{Cause, Res, Target, Targets, View},
    plan::{Mode, Tri},
};

/// An instance as other plans would name it: by its id, or inside its plan by its address as long
/// as it has none.
pub fn itself(res: Res<'_>) -> Cell {
    match (res.get("id").text(), res.mode()) {
        (Some(id), _) => Cell::Known(id.to_owned()),
        (None, Mode::Managed) => {
            Cell::Link(Link { here: vec![res.address().to_owned()], ..Link::default() })
        }
        (None, Mode::Data) => Cell::Unknown(Cause::Apply),
    }
}

/// The object of one of these types that a value names.
pub fn named(view: &View<'_>, types: &[&str]) -> Cell {
    match view.target(types) {
        Target::Here(res) => itself(res),
        Target::OneOf(all) => Cell::List(all.into_iter().map(itself).collect()),
        Target::Elsewhere(id) => Cell::Known(id),
        Target::Unset => Cell::Unset,
        Target::Lost(cause) => Cell::Unknown(cause),
    }
}

/// All objects of one of these types that a list names.
pub fn all_named(view: &View<'_>, types: &[&str]) -> Cell {
    let Targets { found, elsewhere, unsure } = view.targets(types);
    let cells = found.into_iter().map(itself).chain(elsewhere.into_iter().map(Cell::Known));
    Cell::List(cells.chain(unsure.map(Cell::Unknown)).collect())
}

/// What a cell names, one key for each object that it may be.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Comparable across units.
    pub keys: Vec<String>,
    /// It may be something else.
    pub open: bool,
}

impl Keys {
    /// Reads a cell that [`itself`] or [`named`] made.
    pub fn of(row: &Row, name: &str) -> Keys {
        let mut keys = Keys::default();
        keys.add(row, row.cell(name));
        keys
    }

    fn add(&mut self, row: &Row, cell: &Cell) {
        match cell {
            // The last part of an ARN, or of `/hostedzone/Z…`, is the id.
            Cell::Known(id) => self.keys.extend(id.rsplit('/').next().map(str::to_owned)),
            Cell::Link(link) => {
                self.keys.extend(link.here.iter().map(|address| format!("{}\0{address}", row.unit)))
            }
            Cell::List(cells) => cells.iter().for_each(|cell| self.add(row, cell)),
            Cell::Unset => {}
            Cell::Masked(_) | Cell::Unknown(_) | Cell::Answer(_) => self.open = true,
        }
    }

    /// Whether both name one object. Where either is one of several, as behind a `for_each`, that
    /// it may be the other is taken for a yes.
    pub fn same(&self, other: &Keys) -> Tri {
        if self.keys.iter().any(|key| other.keys.contains(key)) {
            Tri::Yes
        } else if self.open || other.open {
            Tri::Maybe
        } else {
            Tri::No
        }
    }
}

/// Rows by the object that one of their cells names.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    rows: Vec<&'a Row>,
    by_key: BTreeMap<String, Vec<usize>>,
    open: Vec<usize>,
}

impl<'a> Joined<'a> {
    /// Indexes rows by a cell.
    pub fn new(rows: impl Iterator<Item = &'a Row>, name: &str) -> Joined<'a> {
        let mut joined = Joined::default();
        for (at, row) in rows.enumerate() {
            let keys = Keys::of(row, name);
            for key in keys.keys {
                joined.by_key.entry(key).or_default().push(at);
            }
            if keys.open {
                joined.open.push(at);
            }
            joined.rows.push(row);
        }
        joined
    }

    /// Rows that name one of these objects, and those that may.
    pub fn get(&self, keys: &Keys) -> Vec<(&'a Row, Tri)> {
        let open = self.open.iter().map(|at| (*at, Tri::Maybe));
        let mut found: BTreeMap<usize, Tri> = open.collect();
        let sure = keys.keys.iter().filter_map(|key| self.by_key.get(key)).flatten();
        found.extend(sure.map(|at| (*at, Tri::Yes)));
        found.into_iter().map(|(at, tri)| (self.rows[at], tri)).collect()
    }

    /// Rows that name one of these objects for certain.
    pub fn sure(&self, keys: &Keys) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.get(keys).into_iter().filter(|(_, tri)| *tri == Tri::Yes).map(|(row, _)| row)
    }
}
