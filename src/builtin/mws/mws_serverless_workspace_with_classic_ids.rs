//! A serverless workspace that is given what only classic ones have.

use crate::{
    builtin::shared::account,
    facts::{
        mws::{CLASSIC_HABITS, CLASSIC_ONLY},
        regions,
    },
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` with `compute_mode = "SERVERLESS"` that has `credentials_id`
    /// or `storage_configuration_id`, or lies in GovCloud; as a warning also one with a network, a
    /// customer-managed key or private access settings.
    ///
    /// ## Why is this bad?
    /// A serverless workspace comes with compute and storage of Databricks. With credentials or storage
    /// of one's own the API refuses it. A network of one's own is not needed ("you don't need to provide
    /// any resources managed by you, such as credentials, storage, or network"). Of keys and private access
    /// settings no page says so much: Databricks' reference architecture gives them to classic workspaces
    /// only, hence the warning.
    /// Source: `CreateWorkspaceRequest.compute_mode` in service/provisioning of databricks/databricks-sdk-go; [databricks_mws_workspaces](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_workspaces),
    /// "Serverless workspaces must not include `credentials_id` or `storage_configuration_id`";
    /// [databricks/terraform-databricks-sra](https://github.com/databricks/terraform-databricks-sra/tree/72a96ea/aws/tf).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "databricks_mws_workspaces" "this" {
    ///   workspace_name = "adhoc"
    ///   aws_region     = "eu-central-1"
    ///   compute_mode   = "SERVERLESS"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Values that are decided while applying and may be null: the finding is possible.
    pub static RULE = {
        id: "mws-serverless-workspace-with-classic-ids",
        summary: "serverless workspace given classic objects",
        severity: Error,
        also: [(Warning, "it is a network, a key or private access settings")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_mws_workspaces") {
        let mode = it.get("compute_mode");
        let is_serverless = account::is_serverless(it);
        if is_serverless == Tri::No {
            out.pass(it);
            continue;
        }
        for (names, level, whose) in [
            (CLASSIC_ONLY, Severity::Error, "which only classic workspaces may have"),
            (CLASSIC_HABITS, Severity::Warning, "which is meant for classic workspaces"),
        ] {
            for name in names {
                let view = it.get(name);
                out.deny(is_serverless & account::has(it, name), it, &view, || {
                    format!("is serverless, but has {name}, {whose}")
                })
                .at(level)
                .help(|| format!("leave {name} out, or leave compute_mode out"));
            }
        }
        let region = it.get("aws_region");
        let is_gov = region.test_text(|region| regions::partition(region) == "aws-us-gov");
        out.deny(is_serverless & is_gov, it, &mode, || {
            format!(
                "is serverless in {}, where GovCloud has classic workspaces only",
                region.show()
            )
        })
        .help(|| "leave compute_mode out, or use another region".to_owned());
    }
}
