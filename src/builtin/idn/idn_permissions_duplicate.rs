//! Two resources that own the permissions of one object.

use crate::{
    builtin::shared::permissions,
    estate::{Row, Rows},
    lint::{At, Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_permissions` for one object (a job, a cluster policy, a directory,
    /// the use of tokens), in one plan or in several plans of the run. Objects are told apart by workspace,
    /// kind and id or path, and where the id is not known yet by the resource that is referred to.
    ///
    /// ## Why is this bad?
    /// `databricks_permissions` owns all permissions of its object and takes away what it does not list.
    /// Two of them overwrite each other with every apply: who has access depends on which ran last, and
    /// every plan shows a change. Each plan alone looks right.
    /// Source: [databricks_permissions](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/permissions);
    /// [Troubleshooting](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/troubleshooting),
    /// "they will keep overwriting one another".
    ///
    /// ## How to fix it
    /// Put everything into one resource, with a block for each principal:
    ///
    /// ```terraform
    /// resource "databricks_permissions" "etl" {
    ///   cluster_policy_id = databricks_cluster_policy.etl.id
    ///   access_control {
    ///     group_name       = "data-engineers"
    ///     permission_level = "CAN_USE"
    ///   }
    ///   access_control {
    ///     group_name       = "bi"
    ///     permission_level = "CAN_USE"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Permissions that no plan of the run has. That an id and a path name one object, unless both refer to
    /// one resource. Workspaces whose provider takes its host from the environment are taken for one only
    /// within one provider block. Where a path that is not known yet may be made of the one that is
    /// referred to, the finding is possible.
    pub static RULE = {
        id: "idn-permissions-duplicate",
        summary: "two databricks_permissions for one object",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_permissions"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    permissions::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    for rows in permissions::of_one_object(cx, out) {
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        let sure = Tri::all(rows.iter().map(|row| row.tri("sure")));
        out.deny_group(sure, members, argument(&rows), "sets the same permissions", |_| {
            let object = rows.first().map_or_else(String::new, |row| permissions::shown(row));
            format!("{} databricks_permissions own all access to {object}", rows.len())
        })
        .help(|| "put all `access_control` blocks into one of them".to_owned());
    }
}

/// The argument that names the object, where all of them use the same.
fn argument(rows: &[&Row]) -> At {
    let mut all = rows.iter().map(|row| row.text("argument"));
    let first = all.next().flatten();
    let is_same = all.all(|it| it == first);
    first.filter(|_| is_same).map(str::to_owned).into()
}
