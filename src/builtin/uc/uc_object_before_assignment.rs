//! A securable that is made before the workspace has a metastore.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{assignments::Assignments, depends_on},
    facts::securables::IN_METASTORE,
    graph::{BlockId, Cause, Res},
    lint::{Check, Findings, PlanCx},
    plan::{ResId, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds catalogs, locations, credentials, grants and other objects of Unity Catalog that are created
    /// through a workspace whose `databricks_metastore_assignment` is created in the same plan, and that
    /// do not wait for it. Of objects that follow one another only the first is reported.
    ///
    /// ## Why is this bad?
    /// Until the metastore is assigned, the workspace answers "No metastore assigned for the current
    /// workspace". A reference to the metastore, or to the workspace, is no wait for the assignment.
    /// Source: databricks/terraform-provider-databricks#1632, #1832;
    /// [Unity Catalog set up on AWS](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/unity-catalog).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_catalog" "sales" {
    ///   name         = "sales"
    ///   storage_root = "s3://acme-sales-catalog/"
    ///   depends_on   = [databricks_metastore_assignment.this]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Assignments of other plans, since no plan tells which of two is applied first: about these it is
    /// silent. Where nothing else tells the workspace, an assignment through the provider of an object is
    /// taken for that of its workspace, unless it is for one that this apply makes; of several the finding is
    /// possible. Where a `local` could hide the wait, or a `dynamic` block that no source shows, it is possible
    /// as well.
    pub static RULE = {
        id: "uc-object-before-assignment",
        summary: "Unity Catalog object does not wait for the metastore assignment",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_artifact_allowlist",
            "databricks_catalog",
            "databricks_catalog_workspace_binding",
            "databricks_connection",
            "databricks_credential",
            "databricks_default_namespace_setting",
            "databricks_external_location",
            "databricks_grant",
            "databricks_grants",
            "databricks_online_table",
            "databricks_quality_monitor",
            "databricks_recipient",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_share",
            "databricks_sql_table",
            "databricks_storage_credential",
            "databricks_system_schema",
            "databricks_volume",
            "databricks_workspace_binding",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// Objects that are created and may belong to the workspace of an assignment, and whether they do, by the block
/// that they are made from: Terraform orders blocks.
type Blocks<'a> = BTreeMap<BlockId, Vec<(Res<'a>, Tri)>>;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let assignments = Assignments::of(cx);
    if assignments.created().next().is_none() {
        return;
    }
    let mut about: BTreeMap<ResId, Blocks<'_>> = BTreeMap::new();
    for it in IN_METASTORE.iter().flat_map(|kind| cx.of(kind)).filter(|it| it.is_created()) {
        let Some(block) = cx.graph.block_id(it.id) else { continue };
        for (assignment, tri) in assignments.about(it) {
            let blocks = about.entry(assignment.id).or_default();
            blocks.entry(block).or_default().push((it, tri));
        }
    }
    for assignment in assignments.created() {
        if let Some(blocks) = about.get(&assignment.id) {
            judge(blocks, assignment, out);
        }
    }
}

fn judge(blocks: &Blocks<'_>, assignment: Res<'_>, out: &mut Findings<'_>) {
    let graph = assignment.scope().graph;
    let is_early = |it: &(Res<'_>, Tri)| it.0.is_after(assignment) != Tri::Yes;
    let early: BTreeMap<&BlockId, &Vec<(Res<'_>, Tri)>> =
        blocks.iter().filter(|(_, all)| all.iter().any(is_early)).collect();
    for (own, all) in &early {
        let before = all.first().map(|(it, _)| graph.before(it.id));
        let is_early = |block: BlockId| block != **own && early.contains_key(&block);
        // What it follows is reported in its place.
        if before.is_some_and(|it| it.blocks(graph).any(is_early)) {
            continue;
        }
        for (it, is_same) in all.iter().copied() {
            report(it, assignment, is_same, out);
        }
    }
}

fn report(it: Res<'_>, assignment: Res<'_>, is_same: Tri, out: &mut Findings<'_>) {
    let tri = is_same & !it.is_after(assignment);
    // What it follows, and what would be reported in its place, may be what this plan leaves out.
    let tri = if it.scope().is_partial() { tri & it.maybe(Cause::Incomplete, 0) } else { tri };
    out.deny(tri, it, "depends_on", || {
        format!("does not wait for {}, which gives its workspace a metastore", assignment.address())
    })
    .key_of(assignment)
    .help(|| depends_on::let_wait(it.address(), [assignment.address()]))
    .related(assignment, || "is created in the same apply".to_owned());
}
