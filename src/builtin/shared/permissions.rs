//! Permissions: which object a `databricks_permissions` is about, and who has which level on it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    estate::{Cell, Row, Rows},
    facts::permissions::{self, Object},
    graph::{Cause, Res, Val, View},
    lint::{EstateCx, Findings, PlanCx},
    plan::Tri,
};

use super::{
    metastores::{self, Places, Spaces},
    states,
};

/// A `databricks_permissions`. Cells: `argument` (the one that names the object), `kind` (what that is),
/// `value`, `link` (the object), `path` (of the object that an id names), `sure` (an answer: whether the
/// value is the object's id or path, and not only made of it), and those of [`Places::put_workspace`].
pub const PERMISSIONS: &str = "permissions/set";

/// What a `databricks_permissions` is about.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The argument that names the object.
    pub argument: &'static str,
    /// What that argument names.
    pub object: Object,
    /// Its value.
    pub value: View<'a>,
}

/// What a `databricks_permissions` is about; none where the plan does not tell which argument is set.
pub fn about(it: Res<'_>) -> Option<About<'_>> {
    let root = it.root();
    // States hold an empty text for an argument that nobody gave.
    let is_set = |argument: &&'static str| match root.glance().member(argument).plain() {
        Some(value) => value.is_some_and(|value| value.as_str() != Some("")),
        None => !matches!(root.member(*argument).val(), Val::Null | Val::Omitted),
    };
    let mut set = permissions::arguments().filter(is_set);
    let (Some(argument), None) = (set.next(), set.next()) else { return None };
    let object = permissions::object(argument)?;
    Some(About { argument, object, value: root.member(argument) })
}

/// Who has which level: one [`View`] for each `access_control` block, with `group_name`, `user_name`,
/// `service_principal_name` and `permission_level`. Notes that there may be more.
pub fn accesses(it: Res<'_>) -> impl Iterator<Item = View<'_>> {
    let all = it.get("access_control");
    all.note_unknown();
    all.items()
}

/// The same, each with what tells it from the others: blocks that look alike, because the plan does not show
/// what differs, are one.
pub fn distinct(it: Res<'_>) -> Vec<(String, View<'_>)> {
    let mut seen = BTreeSet::new();
    let all = accesses(it).map(|access| (key(&access), access));
    all.filter(|(key, _)| seen.insert(key.clone())).collect()
}

fn key(access: &View<'_>) -> String {
    let names = ["group_name", "user_name", "service_principal_name", "permission_level"];
    let shown = names.map(|name| match access.get(name) {
        // What nobody gave is empty in a create, and null in an update.
        view if view.is_set() == Tri::No || view.text() == Some("") => String::new(),
        view => view.show(),
    });
    shown.join(" ")
}

/// Takes a row of each `databricks_permissions`, and those by which workspaces are told apart.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect_workspaces(cx, rows);
    cx.share(rows, "permissions", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    let places = Places::default();
    for it in cx.of("databricks_permissions").filter(|it| it.deposed().is_none()) {
        let Some(about) = about(it) else { continue };
        let row = rows.add(PERMISSIONS, it);
        let link = about.value.target(about.object.types);
        let path = link.here().filter(|_| about.argument.ends_with("_id"));
        row.with("path", path.map_or(Cell::Unset, |it| it.get("path").into()));
        row.with("argument", Cell::Known(about.argument.to_owned()))
            .with("kind", Cell::Known(about.object.kind.to_owned()))
            .with("value", &about.value)
            .with("link", link)
            .with("sure", names_itself(&about));
        places.put_workspace(row, it);
    }
}

/// Whether a value is what identifies the object. A path may be made of another one's:
/// `"${databricks_directory.x.path}/sub"`.
fn names_itself(about: &About<'_>) -> Tri {
    if about.value.known().is_some() || about.argument.ends_with("_id") {
        return Tri::Yes;
    }
    Tri::any(about.value.hits().iter().map(|hit| about.value.is_just(hit)))
}

/// What makes two rows speak of one object: the value in one workspace, or the instance that both
/// refer to through it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Value { workspace: usize, kind: &'a str, value: &'a str },
    Instance { workspace: usize, unit: &'a str, address: &'a str },
}

/// The rows of [`PERMISSIONS`] that are about one object: groups of two or more. Says of a row whose object
/// cannot be told what hides it.
pub fn of_one_object<'a>(cx: &EstateCx<'a>, out: &mut Findings<'_>) -> Vec<Vec<&'a Row>> {
    let spaces = Spaces::of(cx, &[PERMISSIONS]);
    let mut groups: Vec<Vec<&'a Row>> = Vec::new();
    let mut group_of: BTreeMap<Key<'a>, usize> = BTreeMap::new();
    for row in states::without_repeated(cx.of(PERMISSIONS)) {
        let keys = keys(&spaces, row);
        if keys.is_empty() {
            let cause = match row.cell("value") {
                Cell::Unknown(cause) => *cause,
                _ => Cause::NotInRun,
            };
            out.blind(cause, row);
            continue;
        }
        let known = keys.iter().find_map(|key| group_of.get(key).copied());
        let at = known.unwrap_or_else(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[at].push(row);
        for key in keys {
            group_of.entry(key).or_insert(at);
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn keys<'a>(spaces: &Spaces<'_>, row: &'a Row) -> Vec<Key<'a>> {
    let (Some(workspace), Some(kind)) = (spaces.workspace(row), row.text("kind")) else {
        return Vec::new();
    };
    let values = ["value", "path"].into_iter().filter_map(|name| match row.cell(name) {
        Cell::Known(value) | Cell::Masked(value) => Some(Key::Value { workspace, kind, value }),
        _ => None,
    });
    let instance = match row.cell("link") {
        Cell::Link(link) if link.lost.is_none() => match link.here.as_slice() {
            [address] => Some(Key::Instance { workspace, unit: &row.unit, address }),
            _ => None,
        },
        _ => None,
    };
    values.chain(instance).collect()
}

/// The object of a row, for a message: `cluster policy A1B2C3`.
pub fn shown(row: &Row) -> String {
    let kind = row.text("kind").unwrap_or("object");
    let name = match row.cell("value") {
        cell @ (Cell::Known(_) | Cell::Masked(_)) => cell.show(),
        _ => row.cell("link").named().unwrap_or("known after apply"),
    };
    format!("{kind} {name}")
}
