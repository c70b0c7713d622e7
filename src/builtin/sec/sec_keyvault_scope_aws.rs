//! A secret scope that is backed by Azure Key Vault, on AWS.

use crate::{
    builtin::shared::provider::{self, Speaks},
    graph::{Res, Target, Val},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds secret scopes with `keyvault_metadata` in a workspace on AWS: the host of its provider is one
    /// of AWS, or its provider speaks to a workspace of the plan, or the plan has things of AWS and none of
    /// another cloud.
    ///
    /// ## Why is this bad?
    /// A scope is kept by Databricks or, on Azure Databricks alone, by Azure Key Vault; AWS Secrets Manager
    /// is no backend at all. The provider accepts the block while planning, and the apply fails.
    /// Source: [secret scopes](https://learn.microsoft.com/en-us/azure/databricks/security/secrets/#secret-scopes);
    /// the API's `ScopeBackendType` is `DATABRICKS` or `AZURE_KEYVAULT`.
    ///
    /// ## How to fix it
    /// Leave the block out, and fill the scope from AWS Secrets Manager in a job, or read Secrets Manager
    /// at run time with a service credential of Unity Catalog:
    ///
    /// ```terraform
    /// resource "databricks_secret_scope" "app" {
    ///   name = "app"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The cloud of a host that comes from the environment, where the plan has nothing of AWS: then it says
    /// nothing. Where the host is set and not known, the finding is possible.
    pub static RULE = {
        id: "sec-keyvault-scope-aws",
        summary: "a secret scope on AWS is to be backed by Azure Key Vault",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_secret_scope"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for scope in cx.of("databricks_secret_scope") {
        let metadata = scope.get("keyvault_metadata");
        let has_metadata = match metadata.val() {
            Val::Known(value) => Tri::from(value.items().len() > 0 || value.is_object()),
            _ => metadata.is_set(),
        };
        out.deny(has_metadata & is_on_aws(scope), scope, &metadata, || {
            "the scope is to be backed by Azure Key Vault, but its workspace is on AWS".to_owned()
        })
        .help(|| "leave `keyvault_metadata` out: scopes on AWS are kept by Databricks".to_owned());
    }
}

fn is_on_aws(scope: Res<'_>) -> Tri {
    match provider::is_on_aws(scope) {
        Tri::Maybe => match provider::of(scope) {
            Speaks::Workspace(Target::Here(workspace)) => workspace.get("aws_region").is_given(),
            _ if scope.provider().is_some_and(|it| it.is_set("host")) => Tri::Maybe,
            _ => Tri::No,
        },
        tri => tri,
    }
}
