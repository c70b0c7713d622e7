//! Rows of all plans joined by the objects that they mean: the one way to ask whether a value of one
//! plan and an object of another are the same thing.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use rustc_hash::FxHashMap;

use crate::{
    graph::{Cause, Names},
    plan::Tri,
};

use super::{Cell, Estate, Link, Row};

/// The objects that a cell names.
#[derive(Clone, Debug, Default)]
pub struct Named {
    all: Vec<(Arc<Names>, Tri)>,
    /// Why it may name others besides, or instead.
    pub open: Option<Cause>,
}

impl Named {
    /// Of a cell that was made from a target, a list of targets, or a known id. `Yes` objects are
    /// named for certain; of several that a value may mean each is a `Maybe`.
    pub fn of(row: &Row, cell: &str) -> Named {
        Named::of_cell(row.cell(cell))
    }

    /// Of a cell by itself.
    pub fn of_cell(cell: &Cell) -> Named {
        let mut named = Named::default();
        named.add(cell);
        named
    }

    /// The instance that a row stands for.
    pub fn itself(row: &Row) -> Named {
        Named { all: vec![(Arc::clone(&row.names), Tri::Yes)], open: None }
    }

    fn add(&mut self, cell: &Cell) {
        match cell {
            Cell::Known(text) => self.all.push((Arc::new(Names::of_text(text)), Tri::Yes)),
            Cell::Link(link) => self.add_link(link),
            Cell::List(cells) => cells.iter().for_each(|cell| self.add(cell)),
            Cell::Unknown(cause) => self.open = Some(*cause),
            Cell::Masked(_) => self.open = Some(Cause::Apply),
            Cell::Unset | Cell::Answer(_) | Cell::Policy(_) => {}
        }
    }

    fn add_link(&mut self, link: &Link) {
        let sure = if link.names.len() == 1 { Tri::Yes } else { Tri::Maybe };
        self.all.extend(link.names.iter().map(|names| (Arc::clone(names), sure)));
        self.all
            .extend(link.elsewhere.iter().map(|text| (Arc::new(Names::of_text(text)), Tri::Yes)));
        // One of several is named, and which is not shown: that hides no other.
        if link.here.len() < 2 {
            self.open = self.open.or(link.lost);
        }
    }

    /// The objects of both.
    #[must_use]
    pub fn and(mut self, other: Named) -> Named {
        self.all.extend(other.all);
        Named { open: self.open.or(other.open), ..self }
    }

    /// It names nothing, and nothing hides that it does.
    pub fn is_nothing(&self) -> bool {
        self.all.is_empty() && self.open.is_none()
    }

    /// The names of the one object that it names; none where it names none or several, or may name others.
    pub fn only(&self) -> Option<&Names> {
        match (self.all.as_slice(), self.open) {
            ([(names, _)], None) => Some(names),
            _ => None,
        }
    }

    /// Each object that it may name, by itself.
    pub fn each(&self) -> Vec<Named> {
        let one = |(names, _): &(Arc<Names>, Tri)| (Arc::clone(names), Tri::Yes);
        self.all.iter().map(|it| Named { all: vec![one(it)], open: None }).collect()
    }

    /// Every name of the objects, to be looked for in a policy.
    pub fn texts(&self) -> Vec<String> {
        self.all.iter().flat_map(|(names, _)| names.in_policies()).collect()
    }

    /// Whether both name one object; `Maybe` where either may name another instead.
    pub fn same(&self, other: &Named) -> Tri {
        let open = Tri::from(self.open.is_some() || other.open.is_some()) & Tri::Maybe;
        open | self.by_name(other)
    }

    fn by_name(&self, other: &Named) -> Tri {
        Tri::any(self.all.iter().flat_map(|(ours, sure)| {
            other.all.iter().map(move |(theirs, also)| ours.same(theirs) & *sure & *also)
        }))
    }

    /// Whether some name agrees. Takes one of several for the one, as a rule wants that looks for
    /// what is missing: behind `for_each` the plan does not show which instance is meant.
    pub fn meets(&self, other: &Named) -> Tri {
        Tri::from(self.by_name(other) != Tri::No)
    }
}

/// Rows by the objects that one of their cells names, or that they stand for.
#[derive(Debug, Default)]
pub struct Joined<'a> {
    rows: Vec<(&'a Row, Named)>,
    /// Rows, and which of the objects that each names, by every name of these.
    by_name: FxHashMap<String, Vec<(usize, usize)>>,
    open: Vec<usize>,
}

impl<'a> Joined<'a> {
    /// By what a cell names.
    pub fn by(rows: impl Iterator<Item = &'a Row>, cell: &str) -> Joined<'a> {
        Joined::new(rows.map(|row| (row, Named::of(row, cell))))
    }

    /// By the instances that the rows stand for.
    pub fn themselves(rows: impl Iterator<Item = &'a Row>) -> Joined<'a> {
        Joined::new(rows.map(|row| (row, Named::itself(row))))
    }

    fn new(rows: impl Iterator<Item = (&'a Row, Named)>) -> Joined<'a> {
        let mut joined = Joined::default();
        for (at, (row, named)) in rows.enumerate() {
            for (which, (names, _)) in named.all.iter().enumerate() {
                for name in names.all() {
                    joined.by_name.entry(name.clone()).or_default().push((at, which));
                }
            }
            if named.open.is_some() {
                joined.open.push(at);
            }
            joined.rows.push((row, named));
        }
        joined
    }

    /// Rows that share a name with these objects, in the order given, and whether they mean the same: as
    /// [`Named::by_name`], but only what shares a name is compared.
    fn near(&self, named: &Named) -> Vec<(usize, Tri)> {
        let mut near: Vec<(usize, Tri)> = Vec::new();
        for (names, also) in &named.all {
            let places = names.all().filter_map(|name| self.by_name.get(name)).flatten();
            near.extend(places.map(|(at, which)| {
                let (theirs, sure) = &self.rows[*at].1.all[*which];
                (*at, theirs.same(names) & *sure & *also)
            }));
        }
        near.sort_unstable_by_key(|(at, _)| *at);
        near.dedup_by(|(at, tri), (kept, any)| {
            let is_same = at == kept;
            *any = if is_same { *any | *tri } else { *any };
            is_same
        });
        near.retain(|(_, tri)| *tri != Tri::No);
        near
    }

    /// Rows that mean one of these objects (`Yes`), and those of which it is not certain (`Maybe`).
    pub fn get(&self, named: &Named) -> Vec<(&'a Row, Tri)> {
        let near = self.near(named);
        let open: Vec<usize> = match named.open {
            Some(_) => (0..self.rows.len()).collect(),
            None => self.open.clone(),
        };
        let mut found: BTreeMap<usize, Tri> = open.into_iter().map(|at| (at, Tri::Maybe)).collect();
        for (at, tri) in near {
            let any = found.entry(at).or_insert(tri);
            *any = *any | tri;
        }
        found.into_iter().map(|(at, tri)| (self.rows[at].0, tri)).collect()
    }

    /// As [`Joined::get`], and takes one of several for the one, as [`Named::meets`] does.
    pub fn seek(&self, named: &Named) -> Vec<(&'a Row, Tri)> {
        let mut found: BTreeMap<usize, Tri> =
            self.open.iter().map(|at| (*at, Tri::Maybe)).collect();
        found.extend(self.near(named).into_iter().map(|(at, _)| (at, Tri::Yes)));
        found.into_iter().map(|(at, tri)| (self.rows[at].0, tri)).collect()
    }

    /// Those of [`Joined::seek`] that are found by name.
    pub fn meeting(&self, named: &Named) -> impl Iterator<Item = &'a Row> + use<'a> {
        self.seek(named).into_iter().filter(|(_, tri)| *tri == Tri::Yes).map(|(row, _)| row)
    }

    /// As [`Joined::get`], but what is hidden counts for nothing: for a rule that speaks only of what
    /// it sees.
    pub fn named(&self, named: &Named) -> Vec<(&'a Row, Tri)> {
        self.near(named).into_iter().map(|(at, tri)| (self.rows[at].0, tri)).collect()
    }

    /// Rows by the one object that each names for certain: groups of two or more that name the same,
    /// in the order given. A row of a state that repeats a row of a plan is no second one.
    pub fn sharing(&self) -> Vec<Vec<&'a Row>> {
        let planned: BTreeSet<(&str, &str)> = self
            .rows
            .iter()
            .filter(|(row, _)| !row.is_state)
            .map(|(row, _)| (row.kind, row.address.as_str()))
            .collect();
        let repeats =
            |row: &Row| row.is_state && planned.contains(&(row.kind, row.address.as_str()));
        let mut groups: Vec<Vec<&'a Row>> = Vec::new();
        let mut group_of: BTreeMap<&String, usize> = BTreeMap::new();
        for (row, named) in self.rows.iter().filter(|(row, _)| !repeats(row)) {
            let ([(names, Tri::Yes)], None) = (named.all.as_slice(), named.open) else { continue };
            let known = names.own().iter().find_map(|name| group_of.get(name).copied());
            let at = known.unwrap_or_else(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[at].push(row);
            for name in names.own() {
                group_of.entry(name).or_insert(at);
            }
        }
        groups.retain(|group| group.len() > 1);
        groups
    }

    /// What holds of the object that these names mean, whichever it is: `ask` is given the rows of
    /// each that it may be, and all have to agree. `No` where nothing is named.
    pub fn whichever(&self, named: &Named, ask: impl Fn(&[(&'a Row, Tri)]) -> Tri) -> Tri {
        let each = named.each();
        if each.is_empty() {
            return Tri::No;
        }
        Tri::agree(each.iter().map(|one| ask(&self.named(one))))
    }
}

/// Rows followed from one to another, forth and back: indexed when first asked for.
#[derive(Debug)]
pub struct Links<'a> {
    estate: &'a Estate,
    themselves: RefCell<BTreeMap<&'static str, Rc<Joined<'a>>>>,
    by_cell: RefCell<BTreeMap<(&'static str, &'static str), Rc<Joined<'a>>>>,
}

impl<'a> Links<'a> {
    /// Of the rows of a run.
    pub fn of(estate: &'a Estate) -> Links<'a> {
        Links { estate, themselves: RefCell::default(), by_cell: RefCell::default() }
    }

    /// Rows of a kind that a cell of a row names. `Maybe` where it may be another; what is hidden
    /// counts for nothing: see [`Links::is_hidden`].
    pub fn to(&self, row: &Row, cell: &str, kind: &'static str) -> Vec<(&'a Row, Tri)> {
        self.rows(kind).named(&Named::of(row, cell))
    }

    /// Rows of a kind that name this row in a cell.
    pub fn from(&self, row: &Row, kind: &'static str, cell: &'static str) -> Vec<(&'a Row, Tri)> {
        self.naming(kind, cell).named(&Named::itself(row))
    }

    /// What holds of the object that a cell names, whichever of several it is: all have to agree.
    /// `No` where the cell names nothing, `unseen` where it names what no row stands for, and at
    /// most `Maybe` of that where the plan hides what it names.
    pub fn agree(
        &self,
        (row, cell): (&Row, &str),
        kind: &'static str,
        unseen: Tri,
        mut ask: impl FnMut(&'a Row) -> Tri,
    ) -> Tri {
        let named = Named::of(row, cell);
        let found = self.rows(kind).named(&named);
        let seen = found.iter().map(|(row, _)| ask(row));
        match (named.open, found.is_empty()) {
            (None, true) if named.is_nothing() => Tri::No,
            (None, true) => unseen,
            (Some(_), true) => unseen & Tri::Maybe,
            (None, false) => Tri::agree(seen),
            (Some(_), false) => Tri::agree(seen.chain([Tri::Maybe])),
        }
    }

    /// Whether the object that a cell names is at odds with the row, whichever of several it is, and why
    /// that cannot be told where it is `No` for want of knowledge: no row stands for it, or a key picks one
    /// of several of which some are right, and then it is one of these that is meant.
    pub fn at_odds(
        &self,
        (row, cell): (&Row, &str),
        kind: &'static str,
        mut ask: impl FnMut(&'a Row) -> Tri,
    ) -> (Tri, Option<Cause>) {
        let mut asked: Vec<Tri> = Vec::new();
        let tri = self.agree((row, cell), kind, Tri::No, |other| {
            let tri = ask(other);
            asked.push(tri);
            tri
        });
        let some = |tri: Tri| asked.contains(&tri);
        match (tri, some(Tri::No)) {
            (_, true) if some(Tri::Yes) || some(Tri::Maybe) => (Tri::No, Some(Cause::Function)),
            // It may be something else, of which nothing is seen.
            (_, true) | (Tri::No, _) => (Tri::No, self.hidden(row, cell, kind)),
            _ => (tri, None),
        }
    }

    /// Whether a cell of a row names something that no row of a kind stands for: another unit's, or
    /// hidden inside its own plan.
    pub fn is_hidden(&self, row: &Row, cell: &str, kind: &'static str) -> bool {
        self.hidden(row, cell, kind).is_some()
    }

    /// Why a cell of a row names something that no row of a kind stands for; none where each has one.
    pub fn hidden(&self, row: &Row, cell: &str, kind: &'static str) -> Option<Cause> {
        let named = Named::of(row, cell);
        let is_unseen = |one: &Named| self.rows(kind).named(one).is_empty();
        named.open.or_else(|| named.each().iter().any(is_unseen).then_some(Cause::NotInRun))
    }

    /// Rows of a kind, by what they stand for.
    pub fn rows(&self, kind: &'static str) -> Rc<Joined<'a>> {
        let mut known = self.themselves.borrow_mut();
        let joined = || Rc::new(Joined::themselves(self.estate.of(kind)));
        Rc::clone(known.entry(kind).or_insert_with(joined))
    }

    /// Rows of a kind, by what a cell names.
    pub fn naming(&self, kind: &'static str, cell: &'static str) -> Rc<Joined<'a>> {
        let mut known = self.by_cell.borrow_mut();
        let joined = || Rc::new(Joined::by(self.estate.of(kind), cell));
        Rc::clone(known.entry((kind, cell)).or_insert_with(joined))
    }
}
