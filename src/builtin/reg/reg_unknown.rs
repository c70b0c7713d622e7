//! A region that is none.

use crate::{
    builtin::shared::provider,
    facts::regions::{self, has_databricks, is_region},
    graph::View,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds objects of Databricks on AWS whose region has not the form of an AWS region (`eastus`,
    /// `eu-central1`, `us-west-2a`), and, as a warning, those in a region where Databricks is not known
    /// to run.
    ///
    /// ## Why is this bad?
    /// The provider takes any text: the plan succeeds and the API refuses the object.
    /// Source: [Databricks clouds and regions](https://docs.databricks.com/aws/en/resources/supported-regions);
    /// databricks/terraform-databricks-examples#190, an Azure region on AWS.
    ///
    /// ## How to fix it
    /// Write the region as AWS does, without the letter of an availability zone:
    ///
    /// ```hcl
    /// resource "databricks_mws_private_access_settings" "this" {
    ///   region = "us-west-2"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Regions that are known only after the apply: it is silent. Objects of Databricks on Azure and
    /// Google Cloud are none of its business; where neither the provider's host nor the rest of the
    /// plan tells which cloud it is, the finding is possible. The list of Databricks' regions can age,
    /// so a region that it does not hold is a warning.
    pub static RULE = {
        id: "reg-unknown",
        summary: "region string Databricks on AWS does not know",
        severity: Error,
        also: [(Warning, "the region is one of AWS, but not known to have Databricks")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_metastore",
            "databricks_mws_network_connectivity_config",
            "databricks_mws_private_access_settings",
            "databricks_mws_vpc_endpoint",
            "databricks_mws_workspaces",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (kind, attribute) in regions::ARGUMENTS {
        for it in cx.of(kind) {
            let view = it.get(attribute);
            match view.text().filter(|text| !text.is_empty()) {
                Some(region) if !has_databricks(region) => deny(&view, region, out),
                Some(_) => out.pass(it),
                None => view.note_unknown(),
            }
        }
    }
}

fn deny(view: &View<'_>, region: &str, out: &mut Findings<'_>) {
    let it = view.res();
    let is_of_aws = is_region(region) || view.attribute().starts_with("aws_");
    let is_on_aws = match provider::is_on_aws(it) {
        Tri::Maybe if is_of_aws => Tri::Yes,
        tri => tri,
    };
    let shown = view.show();
    if is_region(region) {
        out.deny(is_on_aws, it, view, || format!("region {shown} is not known to have Databricks"))
            .at(Severity::Warning)
            .help(|| "check that Databricks runs there, or use a region where it does".to_owned());
    } else {
        out.deny(is_on_aws, it, view, || format!("{shown} is no AWS region"))
            .help(|| "name a region such as eu-central-1".to_owned());
    }
}
