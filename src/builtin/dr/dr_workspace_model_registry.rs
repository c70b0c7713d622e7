//! A model that stays behind in its workspace.

use crate::{
    builtin::shared::production,
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mlflow_model` that looks like production: a model in the registry of a workspace.
    ///
    /// ## Why is this bad?
    /// Such a model belongs to one workspace, and goes with it. Models of Unity Catalog belong to the
    /// metastore, serve every workspace that it has, and are covered by what makes catalogs survive.
    /// Source: [Manage model lifecycle in Unity
    /// Catalog](https://docs.databricks.com/aws/en/machine-learning/manage-model-lifecycle/); check
    /// GOV-28 of databricks-industry-solutions/security-analysis-tool.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_registered_model" "churn" {
    ///   catalog_name = "prod"
    ///   schema_name  = "ml"
    ///   name         = "churn"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Models that no plan has. Whether one is of production: names, tags, variables and paths of units say so.
    /// Tags that are known only after the apply make the finding possible.
    pub static RULE = {
        id: "dr-workspace-model-registry",
        summary: "model in the registry of a workspace",
        severity: Note,
        confidence: Certain,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["databricks_mlflow_model"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mlflow_model") {
        let message = || "model lives in one workspace, and goes with it".to_owned();
        out.deny(production::looks_like_it(it), it, (), message)
            .help(|| "register it in Unity Catalog, as a databricks_registered_model".to_owned());
    }
}
