//! An apply takes back what somebody was granted outside Terraform.

use crate::{
    builtin::shared::access::{self as held, Access},
    facts::access::{self, Shape},
    graph::{Cause, Drift, Res},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds grants, permissions, roles of rule sets and artifact allowlists that this plan updates in
    /// place, and names those who lose with that what they were given outside Terraform since the last
    /// apply. Who keeps a higher level, all privileges, or a privilege by its new name loses nothing.
    ///
    /// ## Why is this bad?
    /// These resources own all that there is on their object, and reset it. Somebody needed the access when
    /// they were given it; they lose it the moment this is applied, and jobs fail that run as them.
    /// Source: [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants),
    /// "This resource is authoritative".
    ///
    /// ## How to fix it
    /// Ask whoever granted it. Put it into the configuration, or let the apply take it back:
    ///
    /// ```hcl
    /// resource "databricks_grants" "sales" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = "contractors"
    ///     privileges = ["USE_CATALOG", "SELECT"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What was granted before the last apply, which the plan shows as an edit of the configuration. A list
    /// that is only known after the apply makes the finding possible.
    pub static RULE = {
        id: "drift-will-revert-grants",
        summary: "apply will revoke grants made outside",
        severity: Warning,
        confidence: Certain,
        category: Governance,
        profile: Default,
        world: Change,
        subjects: [
            "databricks_access_control_rule_set",
            "databricks_artifact_allowlist",
            "databricks_grant",
            "databricks_grants",
            "databricks_permissions",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut all: Vec<Drift<'_>> = cx.graph.drift().filter(|it| !it.is_deleted()).collect();
    all.sort_by_key(|it| it.address());
    for it in all {
        let Some(shape) = access::shape(it.type_()).filter(|it| it.is_authoritative) else {
            continue;
        };
        let Some(res) = it.res(cx).filter(|res| res.actions().update) else { continue };
        let [was, is] = it.views(res);
        let (was, is) = (Access::of(&was, shape), Access::of(&is, shape));
        let given = is.beyond(&was);
        let planned = Access::of(&res.after(), shape);
        let mut lost = given;
        for (name, what) in &mut lost {
            what.retain(|it| !planned.holds(name, it));
        }
        lost.retain(|(_, what)| !what.is_empty());
        let list = res.after().member(shape.block.unwrap_or(shape.what));
        out.deny(Tri::from(!lost.is_empty()) & is_settled(res, shape), res, &list, || {
            format!(
                "this plan takes from {} what was granted outside Terraform",
                held::shown(&lost)
            )
        })
        .help(|| "put it into the configuration, or make sure that nobody needs it".to_owned());
    }
}

/// Whether all is known that the plan will grant.
fn is_settled(res: Res<'_>, shape: Shape) -> Tri {
    let list = res.after().member(shape.block.unwrap_or(shape.what));
    if list.has_unknown() { list.maybe(Cause::Apply) } else { Tri::Yes }
}
