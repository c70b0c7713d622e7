//! A metastore assigned across regions.

use crate::{
    builtin::shared::{metastores::TYPES, regions},
    estate::{Found, Row, Rows},
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
        let workspace = cx.follow(it, it.cell("workspace"), "workspace", &["id"]);
        let metastore = cx.follow(it, it.cell("metastore"), "metastore", &["metastore_id", "id"]);
        // Two objects have to disagree: where one cannot be told, nothing is known against it.
        if let (Found::Nothing(cause), _) | (_, Found::Nothing(cause)) = (&workspace, &metastore) {
            out.blind(*cause, it);
            continue;
        }
        let tri = all_differ(&workspace, &metastore);
        let is_one_of_several = workspace.rows().len() > 1 || metastore.rows().len() > 1;
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
        for row in by_address(&metastore) {
            draft = draft.related_at(row, "region", || format!("the metastore, in {}", shown(row)));
        }
        for row in by_address(&workspace) {
            draft =
                draft.related_at(row, "aws_region", || format!("the workspace, in {}", shown(row)));
        }
    }
}

/// Whether the regions differ, whichever workspace and metastore are meant. Where a key picks them, and some are of one
/// region, those are the ones that belong together.
fn all_differ(workspace: &Found<'_>, metastore: &Found<'_>) -> Tri {
    let mut all = Tri::Yes;
    for (workspace, metastore) in pairs(workspace, metastore) {
        all = all & differ(workspace, metastore);
        if all == Tri::No {
            break;
        }
    }
    all
}

fn some_differ(workspace: &Found<'_>, metastore: &Found<'_>) -> bool {
    pairs(workspace, metastore).any(|(ours, theirs)| differ(ours, theirs) != Tri::No)
}

fn pairs<'f, 'a>(
    workspace: &'f Found<'a>,
    metastore: &'f Found<'a>,
) -> impl Iterator<Item = (&'a Row, &'a Row)> {
    let metastores = metastore.rows();
    workspace.rows().iter().flat_map(move |ours| metastores.iter().map(move |it| (*ours, *it)))
}

fn differ(workspace: &Row, metastore: &Row) -> Tri {
    regions::differ(workspace.cell("region"), metastore.cell("region"))
}

fn by_address<'a>(found: &Found<'a>) -> Vec<&'a Row> {
    let mut rows = found.rows().to_vec();
    rows.sort_by_key(|row| (&row.unit, &row.address));
    rows
}

fn region(found: &Found<'_>) -> String {
    match found.rows() {
        [] => "another region".to_owned(),
        rows => {
            let mut regions: Vec<&str> = rows.iter().map(|row| shown(row)).collect();
            regions.sort_unstable();
            regions.dedup();
            regions.join(" or ")
        }
    }
}

fn shown(row: &Row) -> &str {
    regions::shown(row.cell("region"))
}
