//! Securables of Unity Catalog: what a grant or a binding speaks of, by full name across plans.

use std::{borrow::Cow, sync::Arc};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::{
    estate::{Cell, Row, Rows, masked},
    facts::{
        grants::SECURABLES,
        securables::{named_by, parts_of_name},
    },
    graph::{Graph, Res, Scope, Side, Target, Val, View},
    lint::{EstateCx, PlanCx},
    plan::{ResId, Tri},
};

use super::{
    masks::{self, Masks},
    metastores::{Places, Space, Spaces},
    principals,
};

/// A `databricks_grants`, which owns every grant on its securable. Cells: those of [`name_it`] and of
/// [`Places::put`], and `grants`: for each block a list of its privileges, its principal, and what
/// `refer` gives.
pub const GRANTS: &str = "securables/grants";
/// A `databricks_grant`, which owns those of one principal. Cells: those of [`name_it`] and of
/// [`Places::put`], `principal`, `privileges`, and `referred`: what `refer` gives.
pub const GRANT: &str = "securables/grant";

/// Takes rows of all grants.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "grants", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    let places = Places::default();
    for it in cx.of("databricks_grants").filter(|it| it.deposed().is_none()) {
        let row = rows.add(GRANTS, it);
        places.put(row, it, "metastore");
        name_grant(row, &it.root());
        row.with("grants", all_granted(it));
        add_folded(row, it.get("grant").items().map(|block| block.into_member("principal")));
    }
    for it in cx.of("databricks_grant").filter(|it| it.deposed().is_none()) {
        let row = rows.add(GRANT, it);
        places.put(row, it, "metastore");
        let root = it.root();
        name_grant(row, &root);
        let principal = root.member("principal");
        row.with("principal", whom(&principal))
            .with("privileges", root.into_member("privileges"))
            .with("referred", refer(&principal));
        add_folded(row, [principal].into_iter());
    }
}

/// Adds names of principals in lower case where they are written otherwise: among the texts of rows, what
/// another plan masks is recognised.
fn add_folded<'v>(row: &mut Row, principals: impl Iterator<Item = View<'v>>) {
    let folded = principals.filter(|it| !it.has_sensitive()).filter_map(|it| {
        let name = it.text()?;
        let folded = in_lower_case(name);
        (folded != name).then(|| Cell::Known(folded.into_owned()))
    });
    let folded: Vec<Cell> = folded.collect();
    if !folded.is_empty() {
        row.with("folded", Cell::List(folded));
    }
}

fn all_granted(it: Res<'_>) -> Cell {
    let blocks = it.get("grant");
    let is_static = has_static_grants(it);
    let granted = |block: View<'_>| {
        let principal = block.member("principal");
        let referred = if is_static { refer(&principal) } else { Cell::Unset };
        Cell::List(vec![block.into_member("privileges").into(), whom(&principal), referred])
    };
    match blocks.val() {
        Val::Unknown(cause) => {
            blocks.note(cause);
            Cell::Unknown(cause)
        }
        _ => Cell::List(blocks.items().map(granted).collect()),
    }
}

/// Whether no `dynamic` block makes grants of a `databricks_grants`: its references would not show.
pub fn has_static_grants(it: Res<'_>) -> bool {
    it.written_blocks("grant") == it.get("grant").items().count()
}

/// The name of a principal; one that is masked is compared in lower case.
fn whom(principal: &View<'_>) -> Cell {
    match principal.has_sensitive() {
        true => masks::read(principal, str::to_lowercase).unwrap_or_else(|| principal.into()),
        false => principal.into(),
    }
}

/// A principal of the plan whose name is not known yet, as a list of its address and of whether the API
/// makes the name up in this apply.
fn refer(view: &View<'_>) -> Cell {
    let Some(principal) = principals::referred(view) else { return Cell::Unset };
    let is_minted = Tri::from(principals::is_minted(principal));
    Cell::List(vec![Cell::Known(principal.address().to_owned()), Cell::Answer(is_minted)])
}

/// Whom a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grantee<'a> {
    /// By name, in lower case.
    Named(Cow<'a, str>),
    /// By the hash of a name that is masked, in lower case.
    Masked(&'a str),
    /// A principal of the plan whose name is not known yet.
    Instance {
        /// The unit.
        unit: &'a str,
        /// Its address there.
        address: &'a str,
        /// Its name is made up in this apply.
        is_minted: bool,
    },
    /// Nobody can tell.
    Unknown,
}

impl<'a> Grantee<'a> {
    /// Of the cells `principal` and `referred`, in a row of that unit.
    pub fn of(unit: &'a str, principal: &'a Cell, referred: &'a Cell) -> Grantee<'a> {
        match (principal, referred) {
            (Cell::Known(name), _) => Grantee::Named(in_lower_case(name)),
            (Cell::Masked(hash), _) => Grantee::Masked(hash),
            (_, Cell::List(parts)) => match parts.as_slice() {
                [Cell::Known(address), Cell::Answer(is_minted)] => {
                    Grantee::Instance { unit, address, is_minted: *is_minted == Tri::Yes }
                }
                _ => Grantee::Unknown,
            },
            _ => Grantee::Unknown,
        }
    }

    /// The same, where others mask the name that this one shows.
    #[must_use]
    pub fn behind(self, masks: &Masks<'a>) -> Grantee<'a> {
        match &self {
            Grantee::Named(name) => masks.hash_of(name).map_or(self, Grantee::Masked),
            _ => self,
        }
    }

    /// Of a row of a `databricks_grant`.
    pub fn of_grant(row: &'a Row) -> Grantee<'a> {
        Grantee::of(&row.unit, row.cell("principal"), row.cell("referred"))
    }

    /// Whether both are one principal.
    pub fn same(&self, other: &Grantee<'_>) -> Tri {
        match (self, other) {
            (Grantee::Named(ours), Grantee::Named(theirs)) => Tri::from(ours == theirs),
            (Grantee::Masked(ours), Grantee::Masked(theirs)) => Tri::from(ours == theirs),
            (Grantee::Named(name), Grantee::Masked(hash))
            | (Grantee::Masked(hash), Grantee::Named(name)) => Tri::from(*hash == masked(name)),
            (Grantee::Instance { .. }, Grantee::Instance { .. }) if self == other => Tri::Yes,
            (
                Grantee::Instance { is_minted: true, .. },
                Grantee::Instance { is_minted: true, .. } | Grantee::Named(_) | Grantee::Masked(_),
            )
            | (Grantee::Named(_) | Grantee::Masked(_), Grantee::Instance { is_minted: true, .. }) => {
                Tri::No
            }
            _ => Tri::Maybe,
        }
    }
}

/// A privilege, as the API calls it, and who is given it; none where it is not known.
pub type Granted<'a> = (Grantee<'a>, Option<Cow<'a, str>>);

/// Each privilege that a row of grants gives to whom.
pub fn granted(row: &Row) -> Vec<Granted<'_>> {
    match (row.kind, row.cell("grants")) {
        (GRANT, _) => each_of(&Grantee::of_grant(row), row.cell("privileges")),
        (_, Cell::List(blocks)) => {
            blocks.iter().flat_map(|block| of_block(&row.unit, block)).collect()
        }
        _ => vec![(Grantee::Unknown, None)],
    }
}

fn of_block<'a>(unit: &'a str, block: &'a Cell) -> Vec<Granted<'a>> {
    if let Cell::List(parts) = block
        && let [privileges, principal, referred] = parts.as_slice()
    {
        return each_of(&Grantee::of(unit, principal, referred), privileges);
    }
    vec![(Grantee::Unknown, None)]
}

fn each_of<'a>(who: &Grantee<'a>, privileges: &'a Cell) -> Vec<Granted<'a>> {
    let given = |privilege: &'a Cell| match privilege {
        Cell::Known(privilege) => (who.clone(), Some(as_api_name(privilege))),
        _ => (who.clone(), None),
    };
    match privileges {
        Cell::List(all) => all.iter().map(given).collect(),
        Cell::Unset => Vec::new(),
        _ => vec![(who.clone(), None)],
    }
}

fn name_grant(row: &mut Row, root: &View<'_>) {
    let Some(kind) = of_grant(root.res()) else { return };
    let view = root.member(kind);
    match known_name(&view) {
        // A name says which securable it is, so that the resource need not be looked for.
        Some(name @ Cell::Known(_)) => {
            row.with("type", Cell::Known(kind.to_owned())).with("name", name);
        }
        _ => name_it(row, kind, &view),
    }
}

/// `ALL_PRIVILEGES` of `all privileges`, as the provider sends it.
pub fn as_api_name(privilege: &str) -> Cow<'_, str> {
    match privilege.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        true => privilege.into(),
        false => privilege.trim().to_uppercase().replace(' ', "_").into(),
    }
}

fn in_lower_case(name: &str) -> Cow<'_, str> {
    match name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        true => name.into(),
        false => name.to_lowercase().into(),
    }
}

/// Arguments of a grant, by instance and world: a plan may be little else than grants, and most rules
/// on them ask.
struct Arguments(FxHashMap<(ResId, Side), SmallVec<[&'static str; 2]>>);

impl Arguments {
    fn of(graph: &Arc<Graph>) -> Arguments {
        let mut all = FxHashMap::default();
        for side in [Side::Planned, Side::Prior] {
            let scope = Scope::new(graph, side);
            let grants =
                ["databricks_grant", "databricks_grants"].iter().flat_map(|it| scope.of(it));
            for it in grants.filter(|it| world_of(*it) == side) {
                all.insert((it.id, side), look_for_arguments(it));
            }
        }
        Arguments(all)
    }
}

/// The world in which a grant is looked at: what nothing happens to is the same in both.
fn world_of(it: Res<'_>) -> Side {
    if it.raw().is_unchanged { Side::Planned } else { it.scope().world() }
}

/// Every argument of a grant that names what is granted on, unknown ones included.
pub fn all_of_grant(it: Res<'_>) -> SmallVec<[&'static str; 2]> {
    // What is known of it already is read from the values of its world as well.
    it.note_read();
    let graph = it.scope().graph;
    let known = graph.once(|_| Arguments::of(graph));
    let known = known.0.get(&(it.id, world_of(it)));
    known.cloned().unwrap_or_else(|| look_for_arguments(it))
}

fn look_for_arguments(it: Res<'_>) -> SmallVec<[&'static str; 2]> {
    let root = it.root();
    // Some states hold an empty text for an argument that nobody gave.
    let is_set = |name: &&'static str| match root.glance().member(name).plain() {
        Some(value) => value.is_some_and(|value| value.as_str() != Some("")),
        None => match root.member(*name).val() {
            Val::Known(value) => value.as_str() != Some(""),
            Val::Unknown(_) => true,
            Val::Null | Val::Omitted => false,
        },
    };
    // Of the many arguments that there are, a grant has one.
    let Some(names) = root.glance().set_names() else {
        return SECURABLES.iter().copied().filter(is_set).collect();
    };
    let mut all: SmallVec<[usize; 2]> = SmallVec::new();
    names.for_each(|name| all.extend(SECURABLES.binary_search(&name)));
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|at| SECURABLES[at]).filter(is_set).collect()
}

/// The one argument that names what is granted on; none where the plan does not tell which it is.
pub fn of_grant(it: Res<'_>) -> Option<&'static str> {
    match all_of_grant(it).as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// Puts into a row what a value names: the cells `type` (the argument's word for it), `name` (the
/// full name, in lower case) and `link`.
pub fn name_it(row: &mut Row, kind: &'static str, view: &View<'_>) {
    let target = view.target(named_by(kind).as_slice());
    let name = known_name(view).or_else(|| name_of(target.here()?));
    row.with("type", Cell::Known(kind.to_owned()))
        .with("name", name.unwrap_or(Cell::Unset))
        .with("link", masks::target(view, target));
}

fn known_name(view: &View<'_>) -> Option<Cell> {
    view.text()?;
    masks::read(view, |text| unquoted(text.to_lowercase()))
}

/// A full name without the back-quotes around its parts: `` `main`.`raw` `` is `main.raw`. They stay where
/// a part is no name without them.
fn unquoted(name: String) -> String {
    if !name.contains('`') {
        return name;
    }
    let bare = |part: &'_ str| -> Option<String> {
        let inner = part.strip_prefix('`')?.strip_suffix('`')?;
        Some(inner.to_owned()).filter(|it| !it.is_empty() && !it.contains('`'))
    };
    let parts = name.split('.').map(|part| bare(part).unwrap_or_else(|| part.to_owned()));
    parts.collect::<Vec<String>>().join(".")
}

/// The full name of a securable, `catalog.schema.table` in lower case, where the plan tells every
/// part of it and masks none.
pub fn full_name(it: Res<'_>) -> Option<String> {
    match name_of(it)? {
        Cell::Known(name) => Some(name),
        _ => None,
    }
}

/// The same for a row: masked as a whole where a part is.
pub fn name_of(it: Res<'_>) -> Option<Cell> {
    let mut is_masked = false;
    let parts = parts_of_name(it.type_())?.iter().map(|part| {
        let view = named_part(it.get(part))?;
        is_masked |= view.has_sensitive();
        Some(view.text()?.to_lowercase())
    });
    let parts: Option<Vec<String>> = parts.collect();
    let name = parts?.join(".");
    Some(if is_masked { Cell::Masked(masked(&name)) } else { Cell::Known(name) })
}

/// Where the text of a part of a name stands.
fn named_part(view: View<'_>) -> Option<View<'_>> {
    if view.text().is_some() {
        return Some(view);
    }
    // `catalog_name = databricks_catalog.sales.id` is its name. A value that is no text may lead back to
    // the catalog itself, so its name is not followed further.
    match view.target(&["databricks_catalog"]) {
        Target::Here(catalog) => Some(catalog.get("name")),
        _ => None,
    }
}

/// What makes two rows speak of one securable: type and name in one metastore, or the instance that
/// both refer to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Securable<'a> {
    /// By full name.
    Named(Space, &'a str, &'a str),
    /// An instance of a unit, whose name is not known.
    Instance(&'a str, &'a str),
}

/// Securables by name, masked or not.
#[derive(Debug)]
pub struct Securables<'a> {
    spaces: Spaces<'a>,
    names: Masks<'a>,
}

impl<'a> Securables<'a> {
    /// From rows of these kinds with the cells of [`name_it`] and [`Places::put`], and those that tell
    /// metastores apart.
    pub fn of(cx: &EstateCx<'a>, kinds: &[&'static str]) -> Securables<'a> {
        let rows = kinds.iter().flat_map(|kind| cx.of(kind));
        let names = Masks::of(rows.map(|row| row.cell("name")));
        Securables { spaces: Spaces::of(cx, kinds), names }
    }

    /// The securable of a row; none where the plans do not tell.
    pub fn of_row(&self, row: &'a Row) -> Option<Securable<'a>> {
        let kind = row.text("type")?;
        let name = row.cell("name");
        match (self.names.key(name), self.spaces.space(row)) {
            (Some(name), Some(space)) => Some(Securable::Named(space, kind, name)),
            (Some(_), None) if matches!(name, Cell::Known(_)) => None,
            _ => instance(row),
        }
    }

    /// The metastores of the rows.
    pub fn spaces(&self) -> &Spaces<'a> {
        &self.spaces
    }
}

/// The one instance of a row's unit that it names; none where it names none, or the plan does not
/// tell which.
pub fn instance(row: &Row) -> Option<Securable<'_>> {
    match instances(row).as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The instances of a row's unit of which it names one.
pub fn instances(row: &Row) -> Vec<Securable<'_>> {
    match row.cell("link") {
        // Of several it is lost which.
        Cell::Link(link) if link.lost.is_none() || link.here.len() > 1 => {
            link.here.iter().map(|address| Securable::Instance(&row.unit, address)).collect()
        }
        _ => Vec::new(),
    }
}

/// The principal that all these rows of a `databricks_grant` mean, for a message.
pub fn shown_grantee(rows: &[&Row]) -> String {
    match rows.first().map(|row| Grantee::of_grant(row)) {
        Some(Grantee::Instance { address, .. }) => address.to_owned(),
        _ => masks::shown(rows.iter().map(|row| row.cell("principal"))).to_owned(),
    }
}

/// The securable that all these rows mean, for a message: `catalog sales`. One whose name is masked is called
/// by its address, where it is of the plan.
pub fn shown(rows: &[&Row]) -> String {
    let Some(row) = rows.first() else { return "securable".to_owned() };
    let kind = row.text("type").unwrap_or("securable").replace('_', " ");
    let name = masks::most_hidden(rows.iter().map(|row| row.cell("name")));
    let address = rows.iter().find_map(|row| match row.cell("link") {
        Cell::Link(link) => link.here.first().map(String::as_str),
        _ => None,
    });
    match name {
        Cell::Known(name) => format!("{kind} {name}"),
        Cell::Masked(_) => format!("{kind} {}", address.unwrap_or(name.show())),
        _ => format!("{kind} {}", address.unwrap_or("known after apply")),
    }
}

/// `an external location`, for the argument of a grant.
pub fn spoken(kind: &str) -> String {
    let article = if kind.starts_with('e') { "an" } else { "a" };
    format!("{article} {}", kind.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::{as_api_name, spoken, unquoted};

    #[test]
    fn back_quotes() {
        let of = |name: &str| unquoted(name.to_owned());
        assert_eq!(of("`main`.`raw`.t"), "main.raw.t");
        assert_eq!(of("main.raw.t"), "main.raw.t");
        // Without them it would be another name.
        assert_eq!(of("`main.raw`.t"), "`main.raw`.t");
        assert_eq!(of("``.t"), "``.t");
        assert_eq!(of("`a``b`"), "`a``b`");
    }

    #[test]
    fn words() {
        assert_eq!(as_api_name("all privileges"), "ALL_PRIVILEGES");
        assert_eq!(spoken("external_location"), "an external location");
        assert_eq!(spoken("catalog"), "a catalog");
    }
}
