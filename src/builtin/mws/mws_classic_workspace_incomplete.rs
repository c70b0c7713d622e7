//! A classic workspace without what it is made of.

use crate::{
    builtin::shared::{account, provider},
    facts::mws::CLASSIC_NEEDS,
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` on AWS that this apply creates without `aws_region`,
    /// `credentials_id` or `storage_configuration_id`, and that is not serverless. A variable that is
    /// null counts as left out.
    ///
    /// ## Why is this bad?
    /// All three are optional in the provider's schema, because serverless workspaces and those on
    /// Google Cloud have none of them. The provider looks at them only while it creates the workspace:
    /// the plan succeeds and the apply fails.
    /// Source: [mws/resource_mws_workspaces.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_workspaces.go),
    /// "credentials_id is required for non-serverless workspaces".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   aws_region               = "eu-central-1"
    ///   credentials_id           = databricks_mws_credentials.this.credentials_id
    ///   storage_configuration_id = databricks_mws_storage_configurations.this.storage_configuration_id
    /// }
    /// ```
    /// Or make it serverless: `compute_mode = "SERVERLESS"`.
    ///
    /// ## What it cannot see
    /// Values that are decided while applying and may be null. Where neither the provider's host nor
    /// anything else tells the cloud, the finding is possible; so it is where `compute_mode` is not known.
    pub static RULE = {
        id: "mws-classic-workspace-incomplete",
        summary: "classic AWS workspace without region, credentials or storage",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_workspaces").filter(|it| it.is_created()) {
        for name in CLASSIC_NEEDS {
            let view = it.get(name);
            // What is decided while applying is not left out.
            let tri = match view.is_given() {
                Tri::No => !account::is_serverless(it) & is_on_aws(it),
                _ => Tri::No,
            };
            out.deny(tri, it, &view, || {
                format!("is created as a classic workspace without {name}")
            })
            .help(|| format!("set {name}, or make the workspace serverless with compute_mode"));
        }
    }
}

/// What only AWS has, or only Google Cloud, tells more than a host that may come from elsewhere.
fn is_on_aws(it: Res<'_>) -> Tri {
    let has_any = Tri::any(CLASSIC_NEEDS.iter().map(|name| it.get(name).is_given()));
    match (account::is_on_google(it), has_any) {
        (Tri::Yes, _) => Tri::No,
        (google, Tri::Yes) => !google,
        _ => provider::is_on_aws(it),
    }
}
