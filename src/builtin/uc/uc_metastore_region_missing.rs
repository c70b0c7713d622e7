//! A metastore of the account that is made without a region.

use crate::{
    builtin::shared::principals::{self, Level},
    graph::Val,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_metastore` that is created through a provider on the account without a
    /// `region`.
    ///
    /// ## Why is this bad?
    /// A workspace has a region of its own, the account has none: without `region` the account API
    /// does not know where to put the metastore. The provider declares the argument optional, so the
    /// plan succeeds and the apply fails.
    /// Source: [databricks_metastore](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/metastore),
    /// "`region` - (Mandatory for account-level)"; databricks/terraform-provider-databricks#2849.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_metastore" "this" {
    ///   provider = databricks.account
    ///   name     = "lakehouse-eu-central-1"
    ///   region   = "eu-central-1"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// To whom a provider speaks whose host comes from the environment, a profile or another unit: about
    /// its metastores the rule is silent, as about a region that is known only after the apply.
    pub static RULE = {
        id: "uc-metastore-region-missing",
        summary: "account-level metastore without a region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_metastore"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_metastore").filter(|it| it.is_created()) {
        let region = it.get("region");
        region.note_unknown();
        let has_none = matches!(region.val(), Val::Null | Val::Omitted);
        let of_account = principals::level(it) == Some(Level::Account);
        out.deny(Tri::from(has_none && of_account), it, &region, || {
            "is created through the account without a region".to_owned()
        })
        .help(|| "set `region` to the region whose workspaces it is for".to_owned());
    }
}
