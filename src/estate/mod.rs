//! What plans know of one another: rows, not plans.
//!
//! While a plan is in memory an estate rule takes from it the rows it joins on; then the plan is
//! dropped. A row is plain data, so a thousand plans never stand in memory together, and rows of
//! one machine can be joined on another.

mod join;
mod names;
mod outputs;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::{
    aws::policy::Document,
    graph::{About, Cause, Given, Note, Open, Res, Target, Targets, Val, View},
    plan::{Actions, DocumentKind, Mode, Tri},
};

pub use join::{Joined, Links, Named};
pub use names::Names;
pub use outputs::Outputs;

/// A value as a row holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    Link(Link),
    /// An answer that needed the plan's graph.
    Answer(Tri),
    /// Several of them.
    List(Vec<Cell>),
    /// A policy, as far as its plan shows it.
    Policy(Arc<Document>),
}

/// The object that a value names, as a row can hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Addresses in the same unit that it is, or may be.
    pub here: Vec<String>,
    /// Everything that each of them is called.
    pub names: Vec<Names>,
    /// Its known name, where it is something of another unit.
    pub elsewhere: Option<String>,
    /// The other unit's output that it is; [`Outputs`] follow it.
    pub given: Option<Given>,
    /// Why it is hidden.
    pub lost: Option<Cause>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// What the row is about, in the words of the rule that made it.
    pub kind: &'static str,
    /// The unit it comes from.
    pub unit: String,
    /// The instance it stands for.
    pub address: String,
    /// Its address before a `moved` block, where the plan tells of one.
    pub previous: Option<String>,
    /// Key of the deposed object, if it is one.
    pub deposed: Option<String>,
    /// Everything that the instance is called.
    pub names: Names,
    /// What happens to the instance.
    pub actions: Actions,
    /// Its values, by the rule's own names.
    pub cells: BTreeMap<&'static str, Cell>,
    /// A few lines that stand for it, made while its plan was in memory.
    pub excerpt: Option<Arc<str>>,
    /// It comes from a state, which has no change: whatever is said of it stands.
    pub is_state: bool,
    /// What the rule asked about the instance in vain.
    pub unanswered: Vec<Note>,
    id: u32,
}

/// Rows taken from one plan.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Row>,
}

impl Rows {
    /// Takes a row about an instance; cells are added to what this returns.
    pub fn add(&mut self, kind: &'static str, res: Res<'_>) -> &mut Row {
        let at = self.rows.len();
        self.rows.push(Row {
            kind,
            unit: res.scope().graph.plan.unit.clone(),
            address: res.address().to_owned(),
            previous: res.previous_address().map(str::to_owned),
            deposed: res.deposed().map(str::to_owned),
            names: Names::of(res),
            actions: res.actions(),
            cells: BTreeMap::new(),
            excerpt: None,
            is_state: res.scope().graph.plan.kind == DocumentKind::State,
            unanswered: Vec::new(),
            id: res.id,
        });
        &mut self.rows[at]
    }

    /// All rows, in the order taken; each with what the rule asked in vain about its instance, or
    /// about another that has no row of its own while it looked at this one.
    pub fn into_vec(mut self, open: &BTreeSet<Open>) -> Vec<Row> {
        let mut unanswered: BTreeMap<u32, Vec<Note>> =
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
        self.rows
    }
}

impl Row {
    /// Index of the instance in its plan.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Sets a cell.
    pub fn with(&mut self, name: &'static str, cell: impl Into<Cell>) -> &mut Row {
        self.cells.insert(name, cell.into());
        self
    }

    /// A cell; unset where the rule did not set it.
    pub fn cell(&self, name: &str) -> &Cell {
        self.cells.get(name).unwrap_or(&Cell::Unset)
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
        self.cells.values().for_each(|cell| below(cell, &mut out));
        out
    }

    /// Whether two rows stand for the same instance of the same unit.
    pub fn is(&self, other: &Row) -> bool {
        self.unit == other.unit && self.address == other.address && self.deposed == other.deposed
    }
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
            Cell::Masked(_) => "(sensitive value)",
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
            Cell::Link(Link { here, elsewhere, .. }) => match here.as_slice() {
                [] => elsewhere.as_deref(),
                [only] => Some(only),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A value that may not be read, as a hash that can be compared.
fn masked(text: &str) -> String {
    let digest = Sha256::digest(format!("bricklint row\0{text}"));
    HEXLOWER.encode(&digest[..16])
}

impl From<&View<'_>> for Cell {
    fn from(view: &View<'_>) -> Cell {
        match view.val() {
            Val::Null | Val::Omitted => Cell::Unset,
            Val::Unknown(cause) => {
                view.note(cause);
                Cell::Unknown(cause)
            }
            Val::Known(value) => match value.scalar() {
                Some(text) if view.has_sensitive() => Cell::Masked(masked(&text)),
                Some(text) => Cell::Known(text.into_owned()),
                None => Cell::List(view.items().map(|item| Cell::from(&item)).collect()),
            },
        }
    }
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
        let mut link = Link { here, names: names::of_target(&target), ..Link::default() };
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
                link.elsewhere.clone_from(&given.shown);
                link.given = Some(given);
            }
            Target::Lost(cause) => link.lost = Some(cause),
        }
        Cell::Link(link)
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

/// Takes the mocks out of rows, so that two of them make no link: what is only ever a mock names
/// nothing. One that another unit has as the value of its own may be real, and stays.
pub fn hide_mocks(rows: &mut [Row], mocks: &Mocks) {
    if mocks.is_empty() {
        return;
    }
    let is_mock = |unit: &str, text: &str| mocks.get(unit).is_some_and(|it| it.contains(text));
    let mut real = BTreeSet::new();
    for row in rows.iter() {
        // What an instance is called is a value of its unit too.
        let texts = row.texts().into_iter().chain(row.names.all().map(String::as_str));
        let own = texts.filter(|text| !is_mock(&row.unit, text));
        real.extend(own.map(str::to_owned));
    }
    for row in rows.iter_mut().filter(|row| mocks.contains_key(&row.unit)) {
        for (at, cell) in row.cells.values_mut().enumerate() {
            if hide(cell, &|text| is_mock(&row.unit, text) && !real.contains(text)) {
                let (res, path) = (Some(row.id), at as u64);
                row.unanswered.push(Note { res, path, cause: Cause::NotInRun });
            }
        }
    }
}

/// Makes texts of a cell unknown; whether there was one.
fn hide(cell: &mut Cell, is_hidden: &impl Fn(&str) -> bool) -> bool {
    let text = match cell {
        Cell::Known(text) | Cell::Link(Link { elsewhere: Some(text), .. }) => text,
        Cell::List(cells) => {
            return cells.iter_mut().fold(false, |any, cell| hide(cell, is_hidden) | any);
        }
        _ => return false,
    };
    let hidden = is_hidden(text);
    if hidden {
        *cell = Cell::Unknown(Cause::NotInRun);
    }
    hidden
}

/// What plans that are partial may lack although their configurations have it.
#[derive(Clone, Debug, Default)]
pub struct Lacks {
    /// Of the types named here, those of data sources with `data.` before them.
    pub types: BTreeSet<String>,
    /// Of any type: a plan was trimmed of its configuration.
    pub anything: bool,
}

/// Rows of every plan of the run, in one world, ordered by unit and address.
#[derive(Debug, Default)]
pub struct Estate {
    lacks: Lacks,
    rows: Vec<Row>,
    by_kind: BTreeMap<&'static str, Vec<usize>>,
    by_text: BTreeMap<(&'static str, &'static str, String), Vec<usize>>,
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
    /// Orders and indexes rows, whatever order the plans came in.
    pub fn new(mut rows: Vec<Row>) -> Estate {
        rows.sort_by(|a, b| {
            (a.kind, &a.unit, &a.address, &a.deposed)
                .cmp(&(b.kind, &b.unit, &b.address, &b.deposed))
        });
        let mut estate = Estate { rows, ..Estate::default() };
        for (at, row) in estate.rows.iter().enumerate() {
            estate.by_kind.entry(row.kind).or_default().push(at);
            for (name, cell) in &row.cells {
                if let Cell::Known(text) = cell {
                    estate.by_text.entry((row.kind, name, text.clone())).or_default().push(at);
                }
            }
        }
        estate
    }

    /// The same, where some of the plans are partial.
    pub fn lacking(self, lacks: Lacks) -> Estate {
        Estate { lacks, ..self }
    }

    /// Whether some plan of the run may lack instances of a type (`data.aws_vpc` for a data source)
    /// that its configuration has: that there is none is then no evidence.
    pub fn may_lack(&self, type_: &str) -> bool {
        self.lacks.anything || self.lacks.types.contains(type_)
    }

    /// Rows of a kind.
    pub fn of(&self, kind: &'static str) -> impl Iterator<Item = &Row> {
        self.by_kind.get(kind).into_iter().flatten().map(|at| &self.rows[*at])
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
            Cell::Link(Link { lost: Some(cause), .. }) | Cell::Unknown(cause) => {
                return Found::Nothing(*cause);
            }
            Cell::Link(Link { elsewhere: Some(name), .. }) | Cell::Known(name) => name,
            _ => return Found::Nothing(Cause::NotInRun),
        };
        let mut found: Vec<usize> = names
            .iter()
            .filter_map(|name| self.by_text.get(&(kind, *name, known.clone())))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        Found::of(found.into_iter().map(|at| &self.rows[at]).collect(), true)
    }

    /// Rows of what an output of another unit leads to.
    fn across<'a>(&'a self, link: &Link, kind: &'static str) -> Found<'a> {
        let is_meant = |row: &&Row| link.names.iter().any(|it| it.same(&row.names) == Tri::Yes);
        Found::of(self.of(kind).filter(is_meant).collect(), link.lost.is_none())
    }

    fn inside<'a>(&'a self, from: &Row, link: &Link, kind: &'static str) -> Found<'a> {
        let mut rows: Vec<&Row> = Vec::new();
        for address in &link.here {
            // Rows are sorted by these three.
            let wanted = (kind, from.unit.as_str(), address.as_str());
            let key = |row: &Row| (row.kind, row.unit.as_str(), row.address.as_str()).cmp(&wanted);
            let start = self.rows.partition_point(|row| key(row).is_lt());
            rows.extend(self.rows[start..].iter().take_while(|row| key(row).is_eq()));
        }
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
