//! A metastore assigned across regions.

use crate::{
    builtin::shared::{metastores::TYPES, regions},
    estate::{Cell, Found, Row, Rows},
    graph::{Cause, Res, View},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_metastore_assignment` that attaches a workspace to the metastore of
    /// another region. Workspace and metastore may stand in the same plan, in modules of it, or in
    /// other plans of the run; they are joined by reference and by id.
    ///
    /// ## Why is this bad?
    /// A Unity Catalog metastore is bound to one region for good, and a workspace can only be
    /// attached to the metastore of its own region. Terraform cannot know: both ids are plain
    /// values, so the plan succeeds and the apply fails.
    /// Source: [databricks_metastore_assignment](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/metastore_assignment),
    /// "metastore <> region matching constraint" in databricks/databricks-cli#547.
    ///
    /// ## How to fix it
    /// Assign the metastore of the workspace's own region. Share data across regions with Delta
    /// Sharing, not with an assignment.
    ///
    /// ## What it cannot see
    /// The region of a metastore or workspace that is in no plan of the run: an id that no plan
    /// knows, or that is known only after the apply and leads to no object of the plan, is no
    /// evidence, and the rule is silent. A region that is known only after the apply makes the
    /// finding possible. Which of several metastores or workspaces a key picks
    /// (`x[each.value.region].id`), where no source shows it and some are of one region.
    pub static RULE = {
        id: "uc-metastore-region-mismatch",
        summary: "workspace assigned to a metastore of another region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_metastore_assignment"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// Cells that hold what identifies a workspace, and a metastore.
const WORKSPACE_IDS: &[&str] = &["id"];
const METASTORE_IDS: &[&str] = &["metastore_id", "id"];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("databricks_metastore_assignment") {
        rows.add("assignment", it)
            .with("workspace", it.get("workspace_id").target(&["databricks_mws_workspaces"]))
            .with("metastore", it.get("metastore_id").target(TYPES));
    }
    for (res, it) in existing(cx, "databricks_mws_workspaces") {
        rows.add("workspace", res)
            .with("id", it.get("workspace_id"))
            .with("region", regions::written(&it.get("aws_region")));
    }
    let read = TYPES.iter().flat_map(|kind| cx.data(kind)).map(|it| (it, it.root()));
    for (res, it) in TYPES.iter().flat_map(|kind| existing(cx, kind)).chain(read) {
        rows.add("metastore", res)
            .with("id", it.get("id"))
            .with("metastore_id", regions::told_by_metastore(&it, "metastore_id"))
            .with("region", regions::of_metastore(&it));
    }
}

/// Instances of a type with their values. What the plan only lets go of exists all the same, so an
/// assignment to it stands as it did.
fn existing<'a>(cx: &'a PlanCx<'a>, type_: &str) -> impl Iterator<Item = (Res<'a>, View<'a>)> {
    let forgotten = cx.forgotten(type_).map(|it| (it, it.before()));
    cx.of(type_).map(|it| (it, it.root())).chain(forgotten)
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("assignment") {
        let workspace = cx.follow(it, it.cell("workspace"), "workspace", WORKSPACE_IDS);
        let metastore = cx.follow(it, it.cell("metastore"), "metastore", METASTORE_IDS);
        // Two objects have to disagree: where one cannot be told, nothing is known against it.
        if let (Found::Nothing(cause), _) | (_, Found::Nothing(cause)) = (&workspace, &metastore) {
            out.blind(*cause, it);
            continue;
        }
        let workspace = telling(cx, &workspace, WORKSPACE_IDS);
        let metastore = telling(cx, &metastore, METASTORE_IDS);
        let tri = all_differ(&workspace, &metastore);
        let is_one_of_several = workspace.len() > 1 || metastore.len() > 1;
        if is_one_of_several && tri == Tri::No && some_differ(&workspace, &metastore) {
            out.blind(Cause::Function, it);
        }
        let (theirs, ours) = (region(&metastore), region(&workspace));
        let mut draft = out
            .deny(tri, it, "metastore_id", || {
                format!("metastore lives in {theirs}, but the workspace it is assigned to lies in {ours}")
            })
            .help(|| {
                format!("assign the metastore of {ours} to this workspace; share data across regions with Delta Sharing")
            });
        for row in metastore {
            draft = draft.related_at(row, "region", || format!("the metastore, in {}", shown(row)));
        }
        for row in workspace {
            draft =
                draft.related_at(row, "aws_region", || format!("the workspace, in {}", shown(row)));
        }
    }
}

/// The rows that tell where the workspace or metastore lies, or each that it may be, by unit and address. Rows of one id
/// are one object: those that show its region speak for those that do not, as of a data source that is not read yet.
fn telling<'a>(cx: &EstateCx<'a>, found: &Found<'a>, ids: &[&'static str]) -> Vec<&'a Row> {
    let mut all: Vec<&Row> = Vec::new();
    for row in found.rows() {
        let mut same = if is_shown(row) { Vec::new() } else { cx.of_one(row, ids) };
        same.retain(|it| is_shown(it));
        if same.is_empty() {
            same.push(row);
        }
        all.extend(same);
    }
    all.sort_by_key(|row| (&row.unit, &row.address, &row.deposed));
    all.dedup_by(|a, b| a.is(b));
    all
}

fn is_shown(row: &Row) -> bool {
    match row.cell("region") {
        Cell::Known(region) => !region.is_empty(),
        cell => matches!(cell, Cell::Masked(_)),
    }
}

/// Whether the regions differ, whichever workspace and metastore are meant. Where a key picks them, and some are of one
/// region, those are the ones that belong together.
fn all_differ(workspace: &[&Row], metastore: &[&Row]) -> Tri {
    let mut all = Tri::Yes;
    for (workspace, metastore) in pairs(workspace, metastore) {
        all = all & differ(workspace, metastore);
        if all == Tri::No {
            break;
        }
    }
    all
}

fn some_differ(workspace: &[&Row], metastore: &[&Row]) -> bool {
    pairs(workspace, metastore).any(|(ours, theirs)| differ(ours, theirs) != Tri::No)
}

fn pairs<'f, 'a>(
    workspace: &'f [&'a Row],
    metastore: &'f [&'a Row],
) -> impl Iterator<Item = (&'a Row, &'a Row)> {
    workspace.iter().flat_map(move |ours| metastore.iter().map(move |it| (*ours, *it)))
}

fn differ(workspace: &Row, metastore: &Row) -> Tri {
    regions::differ(workspace.cell("region"), metastore.cell("region"))
}

fn region(rows: &[&Row]) -> String {
    let mut regions: Vec<&str> = rows.iter().map(|row| shown(row)).collect();
    regions.sort_unstable();
    regions.dedup();
    regions.join(" or ")
}

fn shown(row: &Row) -> &str {
    regions::shown(row.cell("region"))
}
