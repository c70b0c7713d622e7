//! What plans know of one another: rows, not plans.
//!
//! While a plan is in memory an estate rule takes from it the rows it joins on; then the plan is
//! dropped. A row is plain data, so a thousand plans never stand in memory together, and rows of
//! one machine can be joined on another.

mod join;
mod outputs;
mod row;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use data_encoding::HEXLOWER;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use serde::{Deserialize, Serialize};

use crate::{
    aws::policy::Document,
    graph::{Cause, Foreign, Given, Names, SENSITIVE, Target, Targets, Val, View},
    plan::{Mode, Tri, Value},
};

pub use join::{Joined, Links, Named};
pub use outputs::Outputs;
pub use row::{Instance, Row, Rows, Shelf, Taken};

/// A value as a row holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// A known scalar, as Terraform would interpolate it.
    Known(String),
    /// A known scalar under a sensitivity mask: its hash, so that it can be joined but not read.
    Masked(String),
    /// Null, or left out.
    Unset,
    /// Set, but not shown by the plan.
    Unknown(Cause),
    /// The object that a value names.
    Link(Box<Link>),
    /// An answer that needed the plan's graph.
    Answer(Tri),
    /// Several of them.
    List(Vec<Cell>),
    /// A policy, as far as its plan shows it.
    Policy(Arc<Document>),
}

/// The object that a value names, as a row can hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Addresses in the same unit that it is, or may be.
    pub here: Vec<String>,
    /// Everything that each of them is called.
    pub names: Vec<Arc<Names>>,
    /// Its known name, where it is something of another unit.
    pub elsewhere: Option<Foreign>,
    /// The other unit's output that it is; [`Outputs`] follow it.
    pub given: Option<Box<Given>>,
    /// Why it is hidden.
    pub lost: Option<Cause>,
}

impl Cell {
    /// Whether two cells hold the same value; what is unset is the same as nothing.
    pub fn same(&self, other: &Cell) -> Tri {
        match (self, other) {
            (Cell::Unset, _) | (_, Cell::Unset) => Tri::No,
            (Cell::Known(a), Cell::Known(b)) | (Cell::Masked(a), Cell::Masked(b)) => {
                Tri::from(a == b)
            }
            (Cell::Known(text), Cell::Masked(hash)) | (Cell::Masked(hash), Cell::Known(text)) => {
                Tri::from(*hash == masked(text))
            }
            _ => Tri::Maybe,
        }
    }
}

impl Cell {
    /// How a message may write it: never what is masked.
    pub fn show(&self) -> &str {
        match self {
            Cell::Known(text) => text,
            Cell::Masked(_) => SENSITIVE,
            Cell::Unset => "(not set)",
            Cell::Unknown(_)
            | Cell::Link(_)
            | Cell::Answer(_)
            | Cell::List(_)
            | Cell::Policy(_) => "(known after apply)",
        }
    }
}

impl Cell {
    /// How a message may call the one object that it names: its address, or the name that is known.
    /// None where it names several, or what the plan hides.
    pub fn named(&self) -> Option<&str> {
        match self {
            Cell::Known(text) => Some(text),
            Cell::Link(link) => match link.here.as_slice() {
                [] => link.elsewhere.as_ref().map(Foreign::shown),
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Cell {
    fn each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        match self {
            Cell::Known(text) => change(text),
            Cell::Link(link) => {
                link.names.iter_mut().for_each(|names| Names::each_text(names, change));
                let shown = link.given.iter_mut().filter_map(|given| given.shown.as_mut());
                let elsewhere = link.elsewhere.iter_mut().map(Foreign::name_mut);
                elsewhere.chain(shown).for_each(change);
            }
            Cell::List(cells) => cells.iter_mut().for_each(|cell| cell.each_text(change)),
            Cell::Policy(document) => Arc::make_mut(document).each_text(change),
            Cell::Masked(_) | Cell::Unset | Cell::Unknown(_) | Cell::Answer(_) => {}
        }
    }

    fn each_masked_name(&mut self, change: &mut impl FnMut(&mut String)) {
        match self {
            Cell::Link(link) => {
                link.elsewhere.iter_mut().filter_map(Foreign::masked_mut).for_each(change);
            }
            Cell::List(cells) => cells.iter_mut().for_each(|cell| cell.each_masked_name(change)),
            _ => {}
        }
    }

    fn each_mask(&mut self, change: &mut impl FnMut(&mut String)) {
        match self {
            Cell::Masked(hash) => change(hash),
            Cell::List(cells) => cells.iter_mut().for_each(|cell| cell.each_mask(change)),
            _ => {}
        }
    }
}

/// A value that may not be read, as a hash that can be compared.
pub fn masked(text: &str) -> String {
    let digest = Sha256::digest(format!("bricklint row\0{text}"));
    HEXLOWER.encode(&digest[..16])
}

impl From<&View<'_>> for Cell {
    fn from(view: &View<'_>) -> Cell {
        if let Some(plain) = view.glance().plain() {
            return plain_cell(plain);
        }
        match view.val() {
            Val::Null | Val::Omitted => Cell::Unset,
            Val::Unknown(cause) => {
                view.note(cause);
                Cell::Unknown(cause)
            }
            Val::Known(value) => match value.scalar() {
                Some(text) if view.has_sensitive() => Cell::Masked(masked(&text)),
                Some(text) => Cell::Known(text.into_owned()),
                None => Cell::List((0..value.items().len()).map(|at| element(view, at)).collect()),
            },
        }
    }
}

/// An element of a list; most are plain, and need no view of their own.
fn element(list: &View<'_>, at: usize) -> Cell {
    match list.glance().at(at).plain() {
        Some(plain) => plain_cell(plain),
        None => Cell::from(&list.at(at)),
    }
}

fn plain_cell(value: Option<Value<'_>>) -> Cell {
    let text = value.and_then(Value::scalar);
    text.map_or(Cell::Unset, |text| Cell::Known(text.into_owned()))
}

impl From<View<'_>> for Cell {
    fn from(view: View<'_>) -> Cell {
        Cell::from(&view)
    }
}

impl From<Target<'_>> for Cell {
    fn from(target: Target<'_>) -> Cell {
        let all = target.candidates();
        let here = all.iter().map(|res| res.address().to_owned()).collect();
        let mut link = Link { here, names: target.names(), ..Link::default() };
        match target {
            Target::Unset => return Cell::Unset,
            // What is looked up, and not read yet, may be an object of any plan.
            Target::Here(res) if res.mode() == Mode::Data && link.names[0].is_place_only() => {
                link.lost = Some(Cause::Apply);
            }
            Target::Here(_) => {}
            Target::OneOf(_) => link.lost = Some(Cause::Function),
            Target::Elsewhere(name) => link.elsewhere = Some(name),
            Target::Given(given) => {
                link.lost = given.shown.is_none().then_some(Cause::NotInRun);
                link.elsewhere = given.shown.as_deref().map(Foreign::from);
                link.given = Some(Box::new(given));
            }
            Target::Lost(cause) => link.lost = Some(cause),
        }
        Cell::Link(Box::new(link))
    }
}

impl From<Targets<'_>> for Cell {
    /// A list of links, one for each object, and what may be more.
    fn from(targets: Targets<'_>) -> Cell {
        let found = targets.found.into_iter().map(|res| Cell::from(Target::Here(res)));
        let elsewhere = targets.elsewhere.into_iter().map(|it| Cell::from(Target::Elsewhere(it)));
        let given = targets.given.into_iter().map(|it| Cell::from(Target::Given(it)));
        let unsure = targets.unsure.map(Cell::Unknown);
        Cell::List(found.chain(elsewhere).chain(given).chain(unsure).collect())
    }
}

impl From<Document> for Cell {
    fn from(document: Document) -> Cell {
        Cell::Policy(Arc::new(document))
    }
}

impl From<Tri> for Cell {
    fn from(answer: Tri) -> Cell {
        Cell::Answer(answer)
    }
}

impl From<Option<String>> for Cell {
    /// None is what the plan does not show.
    fn from(text: Option<String>) -> Cell {
        text.map_or(Cell::Unknown(Cause::Apply), Cell::Known)
    }
}

/// Texts that a unit was given in place of outputs which were not there yet, by unit.
pub type Mocks = BTreeMap<String, BTreeSet<String>>;

/// What is no mock although a unit was given it as one: the value that another unit has of its own.
pub fn real_texts<'a>(rows: impl Iterator<Item = &'a Row>, mocks: &Mocks) -> BTreeSet<String> {
    let mut real = BTreeSet::new();
    if mocks.is_empty() {
        return real;
    }
    for row in rows {
        // What an instance is called is a value of its unit too.
        let texts = row.texts().into_iter().chain(row.names.all().map(String::as_str));
        let own = texts.filter(|text| !is_mock(mocks, &row.unit, text));
        real.extend(own.map(str::to_owned));
    }
    real
}

fn is_mock(mocks: &Mocks, unit: &str, text: &str) -> bool {
    mocks.get(unit).is_some_and(|texts| texts.contains(text))
}

/// Takes the mocks out of rows, so that two of them make no link: what is only ever a mock, and not
/// among the real texts, names nothing.
pub fn hide_mocks(rows: &mut [Row], mocks: &Mocks, real: &BTreeSet<String>) {
    for row in rows.iter_mut().filter(|row| mocks.contains_key(&row.unit)) {
        row.hide(&|unit, text| is_mock(mocks, unit, text) && !real.contains(text));
    }
}

/// Makes texts of a cell unknown; whether there was one.
fn hide(cell: &mut Cell, is_hidden: &impl Fn(&str) -> bool) -> bool {
    let hidden = match cell {
        Cell::Known(text) => is_hidden(text),
        Cell::Link(link) => link.elsewhere.as_deref().is_some_and(is_hidden),
        Cell::List(cells) => {
            return cells.iter_mut().fold(false, |any, cell| hide(cell, is_hidden) | any);
        }
        _ => return false,
    };
    if hidden {
        *cell = Cell::Unknown(Cause::NotInRun);
    }
    hidden
}

/// What plans that are partial may lack although their configurations have it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Lacks {
    /// Of the types named here, those of data sources with `data.` before them.
    pub types: BTreeSet<String>,
    /// Of any type: a plan was trimmed of its configuration.
    pub anything: bool,
}

/// Rows of one kind, of every plan of the run in one world, ordered by unit and address.
#[derive(Debug, Default)]
struct Kind {
    rows: Vec<Row>,
    /// By the name and the text of each known cell; made when first asked for.
    by_text: OnceLock<FxHashMap<&'static str, FxHashMap<String, Vec<usize>>>>,
}

impl Kind {
    fn new(mut rows: Vec<Row>) -> Kind {
        rows.sort_by(|a, b| a.place().cmp(&b.place()));
        Kind::of_ordered(rows)
    }

    fn of_ordered(rows: Vec<Row>) -> Kind {
        Kind { rows, by_text: OnceLock::new() }
    }

    /// Rows with this text in that cell.
    fn with_text(&self, cell: &'static str, text: &str) -> &[usize] {
        let index = self.by_text.get_or_init(|| {
            let mut index: FxHashMap<_, FxHashMap<String, Vec<usize>>> = FxHashMap::default();
            for (at, row) in self.rows.iter().enumerate() {
                for (name, cell) in row.cells() {
                    if let Cell::Known(text) = cell {
                        let texts = index.entry(name).or_default();
                        texts.entry(text.clone()).or_default().push(at);
                    }
                }
            }
            index
        });
        let rows = index.get(cell).and_then(|texts| texts.get(text));
        rows.map_or(&[], Vec::as_slice)
    }
}

/// Rows of every plan of the run, in one world, by kind. Cheap to copy, and to put together from
/// parts that several rules share.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    lacks: Arc<Lacks>,
    kinds: BTreeMap<&'static str, Arc<Kind>>,
}

/// What a link leads to.
#[derive(Clone, Debug)]
pub enum Found<'a> {
    /// This row.
    One(&'a Row),
    /// One of these.
    Many(Vec<&'a Row>),
    /// No row of the run, for that reason.
    Nothing(Cause),
}

impl Estate {
    /// Orders rows, whatever order the plans came in.
    pub fn new(mut rows: Vec<Row>) -> Estate {
        rows.sort_by(|a, b| (a.kind, a.place()).cmp(&(b.kind, b.place())));
        let mut kinds = BTreeMap::new();
        while let Some(kind) = rows.last().map(|row| row.kind) {
            let first = rows.partition_point(|row| row.kind < kind);
            kinds.insert(kind, Arc::new(Kind::of_ordered(rows.split_off(first))));
        }
        Estate { lacks: Arc::default(), kinds }
    }

    /// The rows of both.
    #[must_use]
    pub fn and(mut self, other: &Estate) -> Estate {
        for (kind, theirs) in &other.kinds {
            let both = match self.kinds.get(kind) {
                Some(ours) => {
                    let rows = ours.rows.iter().chain(&theirs.rows).cloned();
                    Arc::new(Kind::new(rows.collect()))
                }
                None => Arc::clone(theirs),
            };
            self.kinds.insert(kind, both);
        }
        self
    }

    /// The same, where some of the plans are partial.
    pub fn lacking(self, lacks: &Arc<Lacks>) -> Estate {
        Estate { lacks: Arc::clone(lacks), ..self }
    }

    /// Whether some plan of the run may lack instances of a type (`data.aws_vpc` for a data source)
    /// that its configuration has: that there is none is then no evidence.
    pub fn may_lack(&self, type_: &str) -> bool {
        self.lacks.anything || self.lacks.types.contains(type_)
    }

    fn rows(&self, kind: &'static str) -> &[Row] {
        self.kinds.get(kind).map_or(&[], |kind| &kind.rows)
    }

    /// Whether any row comes from a unit.
    pub fn has_unit(&self, unit: &str) -> bool {
        self.kinds.values().any(|kind| kind.rows.iter().any(|row| row.unit == unit))
    }

    /// Rows of a kind.
    pub fn of(&self, kind: &'static str) -> impl Iterator<Item = &Row> {
        self.rows(kind).iter()
    }

    /// Follows a link of `from` to rows of a kind: by address inside its unit, else by the known
    /// value of one of `names` in any unit.
    pub fn follow<'a>(
        &'a self,
        from: &Row,
        cell: &Cell,
        kind: &'static str,
        names: &[&'static str],
    ) -> Found<'a> {
        let known = match cell {
            Cell::Link(link) if !link.here.is_empty() => return self.inside(from, link, kind),
            Cell::Link(link) if !link.names.is_empty() => return self.across(link, kind),
            Cell::Link(link) => match (link.lost, &link.elsewhere) {
                (Some(cause), _) => return Found::Nothing(cause),
                (None, Some(name)) => &**name,
                (None, None) => return Found::Nothing(Cause::NotInRun),
            },
            Cell::Unknown(cause) => return Found::Nothing(*cause),
            Cell::Known(name) => name,
            _ => return Found::Nothing(Cause::NotInRun),
        };
        Found::of(self.with_text(kind, names, &[known]), true)
    }

    /// Rows of the object that a row stands for, with itself, in whichever units: those that have a known value in
    /// common in one of these cells.
    pub fn of_one<'a>(&'a self, row: &'a Row, names: &[&'static str]) -> Vec<&'a Row> {
        // Providers write an empty text where there is none.
        let known = names.iter().filter_map(|name| row.text(name)).filter(|it| !it.is_empty());
        let known: Vec<&str> = known.collect();
        let mut rows = self.with_text(row.kind, names, &known);
        if !rows.iter().any(|it| it.is(row)) {
            rows.push(row);
        }
        rows
    }

    /// Rows of a kind with one of these texts in one of these cells, in their order.
    fn with_text<'a>(&'a self, kind: &str, cells: &[&'static str], texts: &[&str]) -> Vec<&'a Row> {
        let Some(rows) = self.kinds.get(kind) else { return Vec::new() };
        let of_text = |text| cells.iter().flat_map(move |cell| rows.with_text(cell, text));
        let found: BTreeSet<usize> =
            texts.iter().flat_map(|text| of_text(*text)).copied().collect();
        found.into_iter().map(|at| &rows.rows[at]).collect()
    }

    /// Rows of what an output of another unit leads to.
    fn across<'a>(&'a self, link: &Link, kind: &'static str) -> Found<'a> {
        let is_meant = |row: &&Row| link.names.iter().any(|it| it.same(&row.names) == Tri::Yes);
        Found::of(self.of(kind).filter(is_meant).collect(), link.lost.is_none())
    }

    fn inside<'a>(&'a self, from: &Row, link: &Link, kind: &'static str) -> Found<'a> {
        let all = self.rows(kind);
        let mut rows: Vec<&Row> = Vec::new();
        for address in &link.here {
            // Rows are sorted by these two.
            let wanted = (from.unit.as_str(), address.as_str());
            let key = |row: &Row| (row.unit.as_str(), row.address.as_str()).cmp(&wanted);
            let start = all.partition_point(|row| key(row).is_lt());
            rows.extend(all[start..].iter().take_while(|row| key(row).is_eq()));
        }
        // A link has them in the order of the plan, which says nothing.
        rows.sort_by(|a, b| a.place().cmp(&b.place()));
        Found::of(rows, link.lost.is_none())
    }
}

impl<'a> Found<'a> {
    fn of(rows: Vec<&'a Row>, sure: bool) -> Found<'a> {
        match rows.as_slice() {
            [] => Found::Nothing(Cause::NotInRun),
            [only] if sure => Found::One(only),
            _ => Found::Many(rows),
        }
    }

    /// Every row that it may be.
    pub fn rows(&self) -> &[&'a Row] {
        match self {
            Found::One(row) => std::slice::from_ref(row),
            Found::Many(rows) => rows,
            Found::Nothing(_) => &[],
        }
    }

    /// What holds for the row; the same for every candidate, or it is not certain. Of what is in
    /// no plan of the run nothing is known: [`Tri::Maybe`] only where something hides it inside
    /// its own plan, else `No`, because another unit's object is no evidence.
    pub fn tri(&self, ask: impl FnMut(&Row) -> Tri) -> Tri {
        match self {
            Found::One(_) | Found::Many(_) => {
                let mut ask = ask;
                Tri::agree(self.rows().iter().map(|row| ask(row)))
            }
            Found::Nothing(Cause::NotInRun) => Tri::No,
            Found::Nothing(_) => Tri::Maybe,
        }
    }
}
