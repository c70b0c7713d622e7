//! A metastore is given another region or name, which is never sent.

use crate::{
    builtin::shared::{
        change::{self, Change},
        provider::{self, Speaks},
    },
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds updates in place of a `databricks_metastore` that change its `region`; or its `name`, where
    /// the provider speaks to the account. Names that differ in case only are one.
    ///
    /// ## Why is this bad?
    /// The plan says "update in-place" and the apply succeeds, but nothing changes: no request of the API
    /// that updates a metastore has a region, and that of the account has no name either. Every later plan
    /// shows the same change again. A metastore cannot move to another region at all.
    /// Source: `UpdateMetastore` and `UpdateAccountsMetastore` in databricks/databricks-sdk-go,
    /// service/catalog, and
    /// [catalog/resource_metastore.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/catalog/resource_metastore.go).
    ///
    /// ## How to fix it
    /// Take the edit back. For another region make a second metastore there, with catalogs of its own. A
    /// name is changed through the provider of a workspace of the metastore:
    ///
    /// ```hcl
    /// resource "databricks_metastore" "this" {
    ///   provider = databricks.workspace
    ///   name     = "acme-emea"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whom a provider speaks to that has its host from the environment or a profile: the name is not
    /// judged then.
    pub static RULE = {
        id: "chg-metastore-update-noop",
        summary: "metastore region (or account-level name) change that cannot happen",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_metastore"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in change::updates(cx, "databricks_metastore") {
        let region = Change::of(it, "region");
        out.deny(region.tri, it, &region.after, || {
            format!("{}, but a metastore stays in its region", region.words())
        })
        .help(|| "take the edit back, and make another metastore in that region".to_owned());
        let name = Change::of(it, "name");
        out.deny(renamed(&name) & by_account(it), it, &name.after, || {
            format!("{}, which the account's API does not take", name.words())
        })
        .help(|| "rename the metastore through the provider of one of its workspaces".to_owned());
    }
}

/// The provider compares names without regard to case.
fn renamed(name: &Change<'_>) -> Tri {
    match (name.before.text(), name.after.text()) {
        (Some(old), Some(new)) => Tri::from(!old.eq_ignore_ascii_case(new)),
        _ => name.tri,
    }
}

fn by_account(it: Res<'_>) -> Tri {
    let api = it.after().get("api");
    match provider::of(it) {
        _ if api.text() == Some("account") => Tri::Yes,
        _ if api.text() == Some("workspace") => Tri::No,
        Speaks::Account(_) => Tri::Yes,
        Speaks::Workspace(_) | Speaks::Unknown => Tri::No,
    }
}
