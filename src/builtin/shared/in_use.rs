//! Who used an object before the apply, and whether it still does when the object goes away.
//!
//! What was before is known whole, so plans are joined by the ids that the state holds. A state that was
//! not refreshed since may be wrong about them.

use crate::{
    estate::{Cell, Links, Named, Row, Rows},
    facts::mws,
    graph::{Res, Target, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

use super::{change::Change, reason};

/// An object that the plan destroys, maybe to make it anew. Cells: those of [`reason::Reason::put`], and
/// of a network `holder`, the id of the workspace that it is attached to.
pub const GONE: &str = "in-use/gone";
/// An argument by which an instance named objects before. Cells: `of` (their ids), `attribute`, and the
/// answers `kept`: the instance stays as it is or is changed in place; `moves`: it is given others.
pub const USE: &str = "in-use/use";
/// A workspace that was there before. Cells: the answers `kept`, and `ends`: nothing takes its place.
pub const WORKSPACE: &str = "in-use/workspace";
/// A binding of a connectivity configuration that is there after the apply. Cell: `workspace`.
const BOUND: &str = "in-use/bound";

const BINDING: &str = "databricks_mws_ncc_binding";
const NETWORK: &str = "databricks_mws_networks";

/// Managed instances of a type that were there before the apply; not deposed ones, which nobody uses.
pub fn existing<'a>(cx: &'a PlanCx<'_>, type_: &str) -> impl Iterator<Item = Res<'a>> {
    let all = cx.graph.plan.of_type(type_).iter().map(|id| cx.res(*id));
    all.filter(|it| it.mode() == Mode::Managed && it.existed() && it.deposed().is_none())
}

/// Whether an instance stays as it is, or is changed in place.
pub fn is_kept(it: Res<'_>) -> Tri {
    Tri::from(!it.actions().delete)
}

/// An id that a value held before. One that the plan masks is compared, and not shown.
pub fn id(before: &View<'_>) -> Cell {
    match before.scalar() {
        Some(text) if before.has_sensitive() => {
            Cell::from(Target::Elsewhere((&*text).into()).under_mask())
        }
        _ => Cell::from(before),
    }
}

/// The ids that a value held before: its own, or those of its elements.
pub fn ids(before: &View<'_>) -> Cell {
    Cell::List(match before.scalar() {
        Some(_) => vec![id(before)],
        None => before.items().map(|item| id(&item)).collect(),
    })
}

/// The id of the workspace that a network was attached to before; unset where it was to none.
pub fn holder(network: Res<'_>) -> Cell {
    let before = network.before().get("workspace_id");
    match before.scalar().as_deref() {
        Some("0") => Cell::Unset,
        _ => id(&before),
    }
}

/// How a message may write an id that [`id`] took.
pub fn shown<'a>(row: &'a Row, cell: &str) -> &'a str {
    let cell = row.cell(cell);
    cell.named().unwrap_or_else(|| cell.show())
}

/// Takes the rows of a plan: what of these types goes away, and who used it.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows, types: &[&str]) {
    for it in types.iter().flat_map(|type_| cx.changes_of(type_)) {
        if it.actions().delete {
            let row = rows.add(GONE, it).with("holder", holder(it));
            reason::of(it).put(it, row);
        }
    }
    collect_uses(cx, rows);
}

/// The same of those who use such objects only.
pub fn collect_uses(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "in use", take_uses);
}

fn take_uses(cx: &PlanCx<'_>, rows: &mut Rows) {
    for (type_, attribute, _) in mws::USES {
        for it in existing(cx, type_) {
            rows.add(USE, it)
                .with("of", ids(&it.before().get(attribute)))
                .with("attribute", Cell::Known((*attribute).to_owned()))
                .with("workspace", id(&it.before().get("workspace_id")))
                .with("kept", is_kept(it))
                .with("moves", moves(it, attribute));
        }
    }
    for it in existing(cx, "databricks_mws_workspaces") {
        rows.add(WORKSPACE, it)
            .with("kept", is_kept(it))
            .with("ends", Tri::from(it.actions().delete && !it.actions().create));
    }
    for it in cx.of(BINDING) {
        rows.add(BOUND, it)
            .with("workspace", it.get("workspace_id").target(&["databricks_mws_workspaces"]));
    }
}

/// Whether an update gives it others; one that the provider never sends does not.
fn moves(it: Res<'_>, attribute: &str) -> Tri {
    let change = Change::of(it, attribute);
    let is_sent = it.type_() != NETWORK && !mws::WORKSPACE_NEVER_SENT.contains(&attribute);
    let counts = it.actions().update && (is_sent || it.type_() == BINDING) && !change.is_removal();
    if counts { change.tri } else { Tri::No }
}

/// Who used what goes away.
#[derive(Clone, Copy, Debug)]
pub struct User<'a> {
    /// The row of the argument that named it.
    pub row: &'a Row,
    /// Whether it is there after the apply.
    pub kept: Tri,
    /// Whether it still uses the object when that is destroyed.
    pub needs: Tri,
}

/// The rows of a run, to be asked who uses what.
#[derive(Debug)]
pub struct InUse<'a> {
    links: Links<'a>,
}

impl<'a> InUse<'a> {
    /// Of the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> InUse<'a> {
        InUse { links: Links::of(cx) }
    }

    /// Everybody who used an object that goes away.
    pub fn by(&self, gone: &Row) -> Vec<User<'a>> {
        let all = self.links.from(gone, USE, "of").into_iter();
        all.map(|(row, sure)| {
            let (kept, moves) = (self.kept(row), self.moves(row));
            User { row, kept, needs: sure & kept & !gets_away(gone, moves) }
        })
        .collect()
    }

    /// The workspaces that a network is attached to and that stay: those that name it, else the one whose
    /// id the network itself has, if no plan of the run tells more of it.
    pub fn attached(&self, network: &Row) -> Vec<(Option<&'a Row>, Tri)> {
        let users = self.by(network);
        if !users.is_empty() {
            return users.iter().map(|user| (Some(user.row), user.kept)).collect();
        }
        let holder = Named::of(network, "holder");
        let is_held = !holder.is_nothing() && self.links.rows(WORKSPACE).named(&holder).is_empty();
        is_held.then_some((None, Tri::Yes)).into_iter().collect()
    }

    /// The workspace of a binding decides, whatever becomes of the binding: deleting that does nothing.
    fn kept(&self, row: &Row) -> Tri {
        if !is_binding(row) {
            return row.tri("kept");
        }
        let workspaces = self.workspaces_of(row);
        match workspaces.is_empty() {
            true => Tri::Yes,
            false => Tri::any(workspaces.iter().map(|(it, sure)| it.tri("kept") & *sure)),
        }
    }

    /// What a workspace is bound to anew, by another resource, in some order or other.
    fn moves(&self, row: &Row) -> Tri {
        let is_bound_anew = || {
            let bound = self.links.naming(BOUND, "workspace");
            !bound.named(&Named::of(row, "workspace")).is_empty()
        };
        match is_binding(row) && row.actions.delete && is_bound_anew() {
            true => Tri::Maybe,
            false => row.tri("moves"),
        }
    }

    /// The rows of the workspace whose id a row has.
    pub fn workspaces_of(&self, row: &Row) -> Vec<(&'a Row, Tri)> {
        self.links.rows(WORKSPACE).named(&Named::of(row, "workspace"))
    }
}

/// Whether a row is about a binding of a connectivity configuration.
pub fn is_binding(row: &Row) -> bool {
    row.address.split('.').any(|part| part == BINDING)
}

/// Whether a user is given another object before the old one is destroyed. Terraform destroys first what
/// it replaces or no block has any more, but for objects whose state says `create_before_destroy`: of
/// those that go for good no plan shows it.
fn gets_away(gone: &Row, moves: Tri) -> Tri {
    match (gone.actions.create, gone.actions.create_first) {
        (true, true) => moves,
        (true, false) => Tri::No,
        (false, _) => moves & Tri::Maybe,
    }
}

/// The addresses of rows, each once; of many the first.
pub fn names<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    const SHOWN: usize = 5;
    let mut all: Vec<(&str, &str)> = rows.map(|row| (&*row.unit, &*row.address)).collect();
    all.dedup();
    let mut shown: Vec<&str> = all.iter().take(SHOWN).map(|(_, address)| *address).collect();
    let more = format!("{} more", all.len().saturating_sub(SHOWN));
    if all.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}
