//! Something that holds data was deleted outside Terraform.

use crate::{
    facts::destroy::{self, Tier},
    graph::{Drift, Val, View},
    lint::{Check, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds catalogs, schemas, managed volumes and tables, registered models, metastores, workspaces,
    /// buckets, keys and the like that were deleted outside Terraform since the last apply. External
    /// volumes and tables, foreign catalogs and catalogs of a share keep their data elsewhere, and are
    /// silent.
    ///
    /// ## Why is this bad?
    /// The provider takes what is not found for removed and says nothing. The plan shows a harmless new
    /// object: an empty one in the place of the one that had the data. Once it is there, restoring the old
    /// one is harder.
    /// Source: [Manage resource drift](https://developer.hashicorp.com/terraform/tutorials/state/resource-drift);
    /// `NoClientRead` and `IgnoreMissing` in
    /// [common/resource.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/common/resource.go).
    ///
    /// ## How to fix it
    /// Do not apply yet. Restore what was deleted (`UNDROP` within 7 days, a bucket's versions, a key within
    /// its waiting period), and import it:
    ///
    /// ```hcl
    /// import {
    ///   to = databricks_catalog.hr
    ///   id = "hr"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Who deleted it, and whether it was empty.
    pub static RULE = {
        id: "drift-deleted",
        summary: "data-bearing resource deleted outside Terraform",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["*"],
        since: "0.1.0",
        no_unknown: "what was refreshed is known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut all: Vec<Drift<'_>> = cx.graph.drift().filter(|it| it.is_deleted()).collect();
    all.sort_by_key(|it| it.address());
    for it in all {
        let is_data = destroy::tier(it.type_()) == Some(Tier::DataLoss);
        let res = it.res(cx);
        let keeps = res.is_some_and(|res| keeps_elsewhere(it, &it.views(res)[0]));
        let subject = match res {
            Some(res) => Subject::from(res),
            None => Subject::named(&cx.graph.plan.unit, it.address(), it.actions()),
        };
        let is_made_anew = res.is_some_and(|res| res.is_created());
        out.deny(Tri::from(is_data && !keeps), subject, (), || {
            let then = if is_made_anew {
                "this plan makes an empty one"
            } else {
                "its data is gone with it"
            };
            format!("deleted outside Terraform; {then}")
        })
        .help(|| "restore it and import it, before anything is applied".to_owned());
    }
}

fn keeps_elsewhere(it: Drift<'_>, before: &View<'_>) -> bool {
    destroy::kept_elsewhere(it.type_()).iter().any(|(name, values, _)| {
        match before.member(*name).val() {
            Val::Known(value) if values.is_empty() => !value.is_hollow(),
            Val::Known(value) => value
                .as_str()
                .is_some_and(|text| values.iter().any(|it| it.eq_ignore_ascii_case(text))),
            _ => false,
        }
    })
}
