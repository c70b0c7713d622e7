//! A principal that is assigned to a workspace before that has a metastore.

use crate::{
    builtin::shared::{
        assignments::Assignments,
        wait::{Miss, Waits},
    },
    graph::Res,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_permission_assignment` or `databricks_permission_assignment` that is created
    /// for a workspace whose `databricks_metastore_assignment` is created in the same plan, and that does
    /// not wait for it; one that waits, but without a pause in between, is a note.
    ///
    /// ## Why is this bad?
    /// A workspace takes principals of the account once it has a metastore. Before that the apply fails with
    /// "Permission assignment APIs are not available for this workspace". A reference to the workspace is no
    /// wait for the assignment. Nor does the workspace know about the account at once, so that the apply may
    /// fail right after it.
    /// Source: databricks/terraform-provider-databricks#5282, #1803;
    /// [databricks_mws_permission_assignment](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_permission_assignment).
    ///
    /// ## How to fix it
    /// Let it wait, best with some time in between, until the workspace knows about the account:
    ///
    /// ```terraform
    /// resource "time_sleep" "identity_federation" {
    ///   create_duration = "60s"
    ///   depends_on      = [databricks_metastore_assignment.this]
    /// }
    ///
    /// resource "databricks_mws_permission_assignment" "engineers" {
    ///   workspace_id = databricks_mws_workspaces.this.workspace_id
    ///   principal_id = databricks_group.engineers.id
    ///   permissions  = ["USER"]
    ///   depends_on   = [time_sleep.identity_federation]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Metastore assignments of other plans, and workspaces that it cannot tell: about these it is silent.
    /// Where a `local` or a `dynamic` block could hide the wait, or the pause, the finding is possible. Any pause
    /// counts, a script included, however long it is.
    pub static RULE = {
        id: "idn-permission-assignment-before-metastore",
        summary: "permission assignment does not wait for the metastore assignment",
        severity: Error,
        also: [(Note, "it waits, but nothing sleeps in between")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_permission_assignment", "databricks_permission_assignment"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const WORKSPACE: &[&str] = &["databricks_mws_workspaces"];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let assignments = Assignments::of(cx);
    if assignments.created().next().is_none() {
        return;
    }
    let waits = Waits::of(cx);
    for it in cx.of("databricks_mws_permission_assignment").filter(|it| it.is_created()) {
        let workspace = it.get("workspace_id").target(WORKSPACE).by_itself();
        for (assignment, is_same) in assignments.of_workspace(&workspace) {
            judge(it, assignment, is_same, &waits, out);
        }
    }
    for it in cx.of("databricks_permission_assignment").filter(|it| it.is_created()) {
        for (assignment, is_same) in assignments.about(it) {
            judge(it, assignment, is_same, &waits, out);
        }
    }
}

/// Reports one that waits, but follows at once.
fn no_pause<'a>(
    it: Res<'a>,
    assignment: Res<'a>,
    is_same: Tri,
    waits: &Waits<'a>,
    out: &mut Findings<'_>,
) {
    let gap = waits.between(assignment, it);
    let others = [gap.script.is_some(), gap.slow.is_some(), it.scope().is_partial()];
    let pause = gap.sleep | Tri::from(others.contains(&true)) & Tri::Maybe;
    // What exists already and waits again is no pause, but nobody can tell how much time went by.
    let is_sure = gap.misses.iter().all(|(miss, _)| *miss != Miss::Slept);
    if pause != Tri::No || !is_sure {
        out.pass(it);
        return;
    }
    out.deny(is_same, it, "depends_on", || {
        format!("follows {} at once, without a pause", assignment.address())
    })
    .at(Severity::Note)
    .key_of(assignment)
    .help(|| "let a `time_sleep` of 30 seconds stand in between".to_owned())
    .related(assignment, || "is created in the same apply".to_owned());
}

fn judge<'a>(
    it: Res<'a>,
    assignment: Res<'a>,
    is_same: Tri,
    waits: &Waits<'a>,
    out: &mut Findings<'_>,
) {
    if is_same == Tri::No {
        return;
    }
    let is_mws = it.type_() == "databricks_mws_permission_assignment";
    let attribute = is_mws.then(|| "workspace_id".to_owned());
    let is_after = it.is_after(assignment);
    if is_after == Tri::Yes {
        no_pause(it, assignment, is_same, waits, out);
        return;
    }
    out.deny(is_same & !is_after, it, attribute, || {
        format!("does not wait for {}, which gives its workspace a metastore", assignment.address())
    })
    .key_of(assignment)
    .help(|| format!("let it wait: `depends_on = [{}]`", assignment.address()))
    .related(assignment, || "is created in the same apply".to_owned());
}
