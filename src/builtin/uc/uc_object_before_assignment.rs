//! A securable that is made before the workspace has a metastore.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::provider::{self, Speaks},
    facts::securables::IN_METASTORE,
    graph::{BlockId, Cause, Res, Target},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
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
    /// Assignments of other plans, since no plan tells which of two is applied first, and workspaces whose provider takes its host from the environment, a
    /// profile or a `local`: about these it is silent. Where a `local` could hide the wait the finding is
    /// possible.
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

/// Objects that are created, by the block that they are made from: Terraform orders blocks.
type Blocks<'a> = BTreeMap<BlockId, Vec<Res<'a>>>;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let created = cx.of("databricks_metastore_assignment").filter(|it| it.is_created());
    let assignments: Vec<Res<'_>> = created.collect();
    if assignments.is_empty() {
        return;
    }
    let mut blocks: Blocks<'_> = BTreeMap::new();
    for it in IN_METASTORE.iter().flat_map(|kind| cx.of(kind)).filter(|it| it.is_created()) {
        if let Some(block) = cx.graph.block_id(it.id) {
            blocks.entry(block).or_default().push(it);
        }
    }
    for assignment in assignments {
        judge(&blocks, assignment, out);
    }
}

fn judge(blocks: &Blocks<'_>, assignment: Res<'_>, out: &mut Findings<'_>) {
    let early = |all: &&Vec<Res<'_>>| {
        let first = all.first().copied();
        first.is_some_and(|it| {
            shares_workspace(it, assignment) != Tri::No && it.is_after(assignment) != Tri::Yes
        })
    };
    let early: Vec<&Vec<Res<'_>>> = blocks.values().filter(early).collect();
    for all in &early {
        let follows = |other: &&Vec<Res<'_>>| match (all.first(), other.first()) {
            (Some(it), Some(other)) => it != other && it.is_after(*other) == Tri::Yes,
            _ => false,
        };
        if early.iter().any(follows) {
            continue;
        }
        for it in all.iter().copied() {
            report(it, assignment, out);
        }
    }
}

fn report(it: Res<'_>, assignment: Res<'_>, out: &mut Findings<'_>) {
    let tri = shares_workspace(it, assignment) & !it.is_after(assignment);
    // What it follows, and what would be reported in its place, may be what this plan leaves out.
    let tri = if it.scope().is_partial() { tri & it.maybe(Cause::Incomplete, 0) } else { tri };
    out.deny(tri, it, "depends_on", || {
        format!("does not wait for {}, which gives its workspace a metastore", assignment.address())
    })
    .key_of(assignment)
    .help(|| format!("let it wait: `depends_on = [{}]`", assignment.address()))
    .related(assignment, || "is created in the same apply".to_owned());
}

/// Whether an object goes through the workspace that an assignment is about.
fn shares_workspace(it: Res<'_>, assignment: Res<'_>) -> Tri {
    let Speaks::Workspace(ours) = provider::of(it) else { return Tri::No };
    let block = |it: Res<'_>| it.block().map(|block| block.provider_key.clone());
    if block(it) == block(assignment) {
        return Tri::Yes;
    }
    let theirs = assignment.get("workspace_id").target(&["databricks_mws_workspaces"]);
    match (&ours, &theirs) {
        (Target::Here(_) | Target::OneOf(_), Target::Here(workspace)) => ours.is(*workspace),
        (Target::Here(workspace), Target::OneOf(_)) => theirs.is(*workspace),
        _ => Tri::No,
    }
}
