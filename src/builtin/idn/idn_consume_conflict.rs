//! Entitlements that exclude each other.

use crate::{
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds `workspace_consume` beside `workspace_access` or `databricks_sql_access` on a
    /// `databricks_entitlements`, group, user or service principal.
    ///
    /// ## Why is this bad?
    /// `workspace_consume` is for those who only look at dashboards. The API refuses it beside full access.
    /// The provider says so while planning, if it knows both; what is known only after the apply fails
    /// there.
    /// Source: [databricks_entitlements](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/entitlements),
    /// "Couldn't be used with `workspace_access` or `databricks_sql_access`".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_entitlements" "readers" {
    ///   group_id          = databricks_group.readers.id
    ///   workspace_consume = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Entitlements of one principal in two resources.
    pub static RULE = {
        id: "idn-consume-conflict",
        summary: "workspace_consume beside full access",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_entitlements",
            "databricks_group",
            "databricks_user",
            "databricks_service_principal",
        ],
        since: "0.1.0",
        no_bad: "the provider refuses both while planning, if it knows them",
        check: Check::Plan(check),
    }
}

const TYPES: [&str; 4] = [
    "databricks_entitlements",
    "databricks_group",
    "databricks_user",
    "databricks_service_principal",
];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in TYPES.iter().flat_map(|kind| cx.of(kind)) {
        let consume = it.get("workspace_consume");
        if consume.flag(false) == Tri::No {
            continue;
        }
        for name in ["workspace_access", "databricks_sql_access"] {
            let full = it.get(name);
            out.deny(consume.flag(false) & full.flag(false), it, &consume, || {
                let (consume, full) = (consume.show(), full.show());
                format!(
                    "has workspace_consume {consume} and {name} {full}, which exclude each other"
                )
            })
            .key(name)
            .help(|| format!("leave out `workspace_consume` or `{name}`"));
        }
    }
}
