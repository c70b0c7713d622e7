//! A metastore that is created beside the first workspace of its region.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{depends_on, provider},
    graph::{Cause, Res},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` that is created in the same plan as a `databricks_metastore` of
    /// its region and does not wait for it.
    ///
    /// ## Why is this bad?
    /// The first workspace of a region without a metastore gets one made for it. The metastore of the plan
    /// then comes second, which the account refuses, and the one that nobody asked for has to be removed
    /// by hand. Whether it happens depends on which of both is faster.
    /// Source: [Unity Catalog set up on AWS](https://registry.terraform.io/providers/databricks/databricks/latest/docs/guides/unity-catalog-default);
    /// databricks/terraform-databricks-sra#9.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_mws_workspaces" "this" {
    ///   provider       = databricks.account
    ///   account_id     = var.account_id
    ///   workspace_name = "analytics"
    ///   aws_region     = "eu-central-1"
    ///   depends_on     = [databricks_metastore.this]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The order of several plans, regions that are known only after the apply, and whether the region
    /// has a metastore that no data source of the plan reads. Where a `local` could hide the wait, or
    /// a `dynamic` block that no source shows, the finding is possible. Accounts for which no metastores are made by themselves set `auto_metastore`
    /// to false.
    pub static RULE = {
        id: "uc-default-metastore-collision",
        summary: "metastore created beside the first workspace of its region",
        severity: Warning,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        params: [("auto_metastore", Bool(true), "Whether the account makes metastores by itself")],
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    if !cx.params().flag("auto_metastore") {
        return;
    }
    let metastores = new_metastores(cx);
    for workspace in cx.of("databricks_mws_workspaces").filter(|it| is_new(*it)) {
        let region = workspace.get("aws_region");
        region.note_unknown();
        let beside = region.text().and_then(|region| metastores.get(region)).into_iter().flatten();
        for metastore in beside.filter(|it| share_account(**it, workspace)) {
            let tri = !workspace.is_after(*metastore);
            let may_lack = cx.may_lack("data.databricks_metastore");
            let tri = if may_lack { tri & cx.maybe(Cause::Incomplete) } else { tri };
            out.deny(tri, workspace, &region, || message(workspace, *metastore))
                .help(|| help(workspace, *metastore))
                .related_at(*metastore, "region", || "the metastore of the same region".to_owned());
        }
    }
}

fn help(workspace: Res<'_>, metastore: Res<'_>) -> String {
    if metastore.is_after(workspace) == Tri::No {
        return depends_on::let_wait(workspace.address(), [metastore.address()]);
    }
    // A wait would close a circle.
    "create the metastore through the account-level provider, with nothing of the workspace in it or in what \
     it waits for, and let the workspace wait for it"
        .to_owned()
}

fn is_new(it: Res<'_>) -> bool {
    it.is_created() && !it.existed()
}

/// Metastores that the plan creates, by region; of regions for which it reads one that is there none.
fn new_metastores<'a>(cx: &PlanCx<'a>) -> BTreeMap<&'a str, Vec<Res<'a>>> {
    let read = cx.data("databricks_metastore").filter(|it| it.get("id").text().is_some());
    let there: BTreeSet<&str> = read.filter_map(|it| it.get("region").text()).collect();
    let mut all: BTreeMap<&str, Vec<Res<'a>>> = BTreeMap::new();
    for it in cx.of("databricks_metastore").filter(|it| is_new(*it)) {
        if let Some(region) = it.get("region").text().filter(|region| !there.contains(region)) {
            all.entry(region).or_default().push(it);
        }
    }
    all.values_mut().for_each(|beside| beside.sort_by_key(|it| it.address()));
    all
}

fn share_account(metastore: Res<'_>, workspace: Res<'_>) -> bool {
    let (ours, theirs) = (provider::account_id(workspace), provider::account_id(metastore));
    ours.is_none() || theirs.is_none() || ours == theirs
}

fn message(workspace: Res<'_>, metastore: Res<'_>) -> String {
    let (region, address) = (workspace.get("aws_region").show(), metastore.address());
    if metastore.is_after(workspace) == Tri::Yes {
        format!("is created before {address}, so {region} gets a default metastore first")
    } else {
        format!("does not wait for {address}, so {region} may get a default metastore first")
    }
}
