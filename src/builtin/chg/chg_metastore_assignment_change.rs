//! A workspace loses its metastore, or gets another.

use crate::{
    builtin::shared::{
        in_use::{self, InUse},
        reason,
    },
    estate::Rows,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_metastore_assignment` that the plan destroys or replaces, but where the
    /// workspace itself goes for good.
    ///
    /// ## Why is this bad?
    /// A new `metastore_id` or `workspace_id` takes the metastore away and assigns one again. In between,
    /// and for good where it is another one, the workspace sees none of its catalogs, assignments of users
    /// to it fail, and every resource of Unity Catalog in the state belongs to a metastore that is not
    /// there.
    /// Source: [troubleshooting guide](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting),
    /// "Error updating Unity Catalog resources after a metastore_id change".
    ///
    /// ## How to fix it
    /// Keep the assignment. Where only its address changed, say so:
    ///
    /// ```hcl
    /// moved {
    ///   from = databricks_metastore_assignment.this
    ///   to   = module.workspace.databricks_metastore_assignment.this
    /// }
    /// ```
    ///
    /// Where a workspace does move to another metastore, plan for the time in which nobody can work, and
    /// remove the old metastore's objects from the state first.
    ///
    /// ## What it cannot see
    /// That the workspace is destroyed in a plan that is not part of the run.
    pub static RULE = {
        id: "chg-metastore-assignment-change",
        summary: "metastore assignment replaced or removed",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_metastore_assignment"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it destroys and what that was",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    in_use::collect(cx, rows, RULE.subjects);
    for it in cx.changes_of(RULE.subjects[0]).filter(|it| it.actions().delete) {
        rows.add(ASSIGNMENT, it)
            .with("workspace", in_use::id(&it.before().get("workspace_id")))
            .with("metastore", in_use::id(&it.before().get("metastore_id")));
    }
}

/// An assignment that goes away. Cells: `workspace`, `metastore`, as they were.
const ASSIGNMENT: &str = "assignment";

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let in_use = InUse::of(cx);
    for (gone, was) in cx.of(in_use::GONE).zip(cx.of(ASSIGNMENT)) {
        let workspaces = in_use.workspaces_of(was);
        let ends = Tri::any(workspaces.iter().map(|(row, sure)| row.tri("ends") & *sure));
        let (sentence, attribute) = reason::told(gone);
        let draft = out
            .deny(!ends, gone, attribute, || {
                let (workspace, metastore) = (in_use::shown(was, "workspace"), in_use::shown(was, "metastore"));
                format!("{sentence}; workspace {workspace} loses metastore {metastore} and every catalog in it")
            })
            .help(|| match gone.text("forced-by") {
                Some(attribute) => format!("take the edit of {attribute} back"),
                None => "keep the assignment; where only its address changed, write a `moved` block".to_owned(),
            });
        reason::blame_row(draft, gone);
    }
}
