//! Two resources that own all grants of one securable.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        metastores,
        securables::{self, GRANTS, Securable, Securables},
        states,
    },
    estate::{Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_grants` for one securable, in one plan or in several plans of the
    /// run. Securables are told apart by full name within a metastore; case makes no difference.
    ///
    /// ## Why is this bad?
    /// `databricks_grants` owns all grants of its securable and revokes what it does not list. Two of
    /// them take them from each other with every apply: who may read depends on which ran last, and
    /// every plan shows a change. Each plan alone looks right.
    /// Source: [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants),
    /// "will overwrite any existing grants"; databricks/terraform-provider-databricks#2216, #1236.
    ///
    /// ## How to fix it
    /// Put all grants of a securable into one resource, or use `databricks_grant`, one for each principal:
    ///
    /// ```terraform
    /// resource "databricks_grants" "sales" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = "data-engineers"
    ///     privileges = ["ALL_PRIVILEGES"]
    ///   }
    ///   grant {
    ///     principal  = "bi-analysts"
    ///     privileges = ["USE_CATALOG", "USE_SCHEMA", "SELECT"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Grants that no plan of the run has. Names that are known only after the apply and lead to no
    /// resource of the plan. Grants made through two workspaces are compared only where the run shows
    /// that both have the same metastore.
    pub static RULE = {
        id: "uc-grants-duplicate",
        summary: "two databricks_grants for one securable",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_grants"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    securables::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let securables = Securables::of(cx, &[GRANTS]);
    let mut all: BTreeMap<Securable<'_>, Vec<&Row>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(GRANTS)) {
        match securables.of_row(row) {
            Some(securable) => all.entry(securable).or_default().push(row),
            None => out.blind(Cause::Apply, row),
        }
    }
    for rows in all.into_values().filter(|rows| rows.len() > 1) {
        let Some(kind) = rows.first().and_then(|row| row.text("type")) else { continue };
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, kind, "owns the same grants", |_| {
            let named = securables::shown(&rows);
            format!("{} databricks_grants own all grants on {named}", rows.len())
        })
        .help(|| {
            "put all grants into one of them, or use databricks_grant for each principal".to_owned()
        });
    }
}
