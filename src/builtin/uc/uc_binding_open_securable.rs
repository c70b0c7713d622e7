//! A binding that binds nothing, because what it binds is open to all.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        metastores::{self, Places, Spaces},
        securables::{self, Securable, Securables},
        states,
    },
    estate::{Cell, Row, Rows},
    facts::securables::{is_open_by_default, isolated_types, isolation_modes, named_by},
    graph::{Cause, End, Res, Target, Val},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_workspace_binding` whose catalog, external location or credential is open to
    /// all workspaces: `isolation_mode` is `OPEN` (`ISOLATION_MODE_OPEN`), or left out. What is bound may
    /// stand in another plan of the run.
    ///
    /// ## Why is this bad?
    /// Bindings count for isolated securables only. An open one is seen from every workspace of the
    /// metastore, development ones included, although the binding reads as if it were not.
    /// Source: [databricks_workspace_binding](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_binding),
    /// "the securable must have its isolation mode set to `ISOLATED` or `ISOLATION_MODE_ISOLATED`".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_catalog" "sales" {
    ///   name           = "sales"
    ///   isolation_mode = "ISOLATED"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Securables that no plan of the run has. A name that is written out, and of which the run does not
    /// show that it stands for the same metastore, makes the finding possible. A mode that is known only
    /// after the apply makes the finding possible, and so does one that is left out of a credential: in
    /// some accounts new ones are isolated by themselves (databricks/terraform-provider-databricks#5067).
    pub static RULE = {
        id: "uc-binding-open-securable",
        summary: "workspace binding of a securable that is open to all",
        severity: Error,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_workspace_binding", "databricks_catalog_workspace_binding"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What can be bound. Cells: those of a securable, `is-open` (an answer), `mode`.
const SECURABLE: &str = "securable";
/// A binding. Cells: those of a securable, `is-referred` (an answer: whether it refers to what it binds).
const BINDING: &str = "binding";

/// The words of `securable_type`.
const KINDS: [&str; 4] = ["catalog", "credential", "external_location", "storage_credential"];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for kind in KINDS {
        let Some(type_) = named_by(kind).filter(|type_| isolated_types().any(|it| it == *type_))
        else {
            continue;
        };
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            let row = rows
                .add(SECURABLE, it)
                .with("type", Cell::Known(kind.to_owned()))
                .with("name", securables::name_of(it).unwrap_or(Cell::Unset))
                .with("link", Target::Here(it))
                .with("is-open", is_open(it))
                .with("mode", it.get("isolation_mode"));
            places.put(row, it, "metastore_id");
        }
    }
    for it in ["databricks_workspace_binding", "databricks_catalog_workspace_binding"]
        .iter()
        .flat_map(|kind| cx.of(kind))
    {
        binding(it, &places, rows);
    }
}

fn binding(it: Res<'_>, places: &Places, rows: &mut Rows) {
    let kind = it.get("securable_type");
    let kind = match kind.val() {
        Val::Null | Val::Omitted => Some("catalog"),
        _ => kind.text().and_then(|text| KINDS.into_iter().find(|kind| *kind == text)),
    };
    let named = ["securable_name", "catalog_name"].map(|name| it.get(name));
    let row = rows.add(BINDING, it);
    let set = named.iter().find(|view| !matches!(view.val(), Val::Null | Val::Omitted));
    if let (Some(kind), Some(view)) = (kind, set) {
        securables::name_it(row, kind, view);
        let is_referred = view.hits().iter().any(|hit| matches!(hit.end, End::Resource(_)));
        row.with("is-referred", Tri::from(is_referred));
    }
    places.put(row, it, "metastore_id");
}

/// Whether every workspace can see a securable.
fn is_open(it: Res<'_>) -> Tri {
    let mode = it.get("isolation_mode");
    match (mode.val(), isolation_modes(it.type_())) {
        (Val::Null | Val::Omitted, _) if is_open_by_default(it.type_()) => Tri::Yes,
        (Val::Null | Val::Omitted, _) => Tri::Maybe,
        (_, Some([_, open])) => mode.is(open),
        (_, None) => Tri::No,
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let securables = Securables::of(cx, &[SECURABLE, BINDING]);
    let mut all: BTreeMap<Securable<'_>, &Row> = BTreeMap::new();
    for row in states::without_repeated(cx.of(SECURABLE)) {
        let named = securables.of_row(row);
        for key in named.into_iter().chain(securables::instance(row)) {
            all.entry(key).or_insert(row);
        }
    }
    for row in cx.of(BINDING) {
        let by_name = securables.of_row(row).and_then(|key| all.get(&key));
        let bound: Vec<(&Row, Tri)> = match by_name {
            Some(bound) => vec![(*bound, Tri::Yes)],
            None => by_reference(row, &all, securables.spaces()),
        };
        if bound.iter().all(|(_, is_it)| *is_it == Tri::No) {
            out.blind(Cause::NotInRun, row);
            continue;
        }
        let tri = Tri::all(bound.iter().map(|(bound, is_it)| *is_it & bound.tri("is-open")));
        let draft = out
            .deny(tri, row, "securable_name", || message(row, &bound))
            .help(|| "isolate it there by `isolation_mode`, or drop the binding".to_owned());
        bound.iter().fold(draft, |draft, (bound, _)| {
            draft.related_at(*bound, "isolation_mode", || "what is bound".to_owned())
        });
    }
}

fn message(row: &Row, bound: &[(&Row, Tri)]) -> String {
    match bound {
        [(bound, _)] => {
            let mode = match bound.cell("mode") {
                Cell::Unset => "left out".to_owned(),
                mode => mode.show().to_owned(),
            };
            format!("binds {}, whose isolation_mode is {mode}", securables::shown(&[row, *bound]))
        }
        several => {
            let kind = row.text("type").unwrap_or("securable").replace('_', " ");
            format!("binds one of {} {kind}s, none of which is isolated", several.len())
        }
    }
}

/// What a reference leads to, or each of those of which a key picks one; nothing where one of them is not seen.
fn by_reference<'a>(
    row: &'a Row,
    all: &BTreeMap<Securable<'a>, &'a Row>,
    spaces: &Spaces<'a>,
) -> Vec<(&'a Row, Tri)> {
    let mut named = securables::instances(row);
    named.sort_unstable();
    let seen: Option<Vec<&'a Row>> = named.iter().map(|key| all.get(key).copied()).collect();
    let each = seen.into_iter().flatten();
    each.map(|named| (named, is_bound(row, named, spaces))).collect()
}

/// Whether an instance of the plan is what a binding names: a reference says so, a name does within
/// one metastore.
fn is_bound(row: &Row, named: &Row, spaces: &Spaces<'_>) -> Tri {
    match spaces.share(row, named) {
        Tri::No => Tri::No,
        shared => row.tri("is-referred") | shared,
    }
}
