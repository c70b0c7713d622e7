//! Permissions for the group that has them all.

use crate::{
    builtin::shared::{permissions, principals},
    facts::permissions::authorization,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an `access_control` block for the group `admins` in a `databricks_permissions`. Only with
    /// `authorization = "passwords"` may it be named.
    ///
    /// ## Why is this bad?
    /// Admins of a workspace may manage every object in it, and nobody can change that. The plan succeeds,
    /// and the apply fails with "it is not possible to modify admin permissions".
    /// Source: `validate` in
    /// [permission_definitions.go](https://github.com/databricks/terraform-provider-databricks/blob/main/permissions/permission_definitions.go);
    /// databricks/terraform-provider-databricks#5317, #2087.
    ///
    /// ## How to fix it
    /// Remove the block. If nothing else is left in the resource, remove the resource:
    ///
    /// ```terraform
    /// resource "databricks_permissions" "shared" {
    ///   cluster_id = databricks_cluster.shared.id
    ///   access_control {
    ///     group_name       = "data-engineers"
    ///     permission_level = "CAN_RESTART"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A group whose name is known only after the apply makes the finding possible, unless it is one that
    /// the plan makes: the provider makes no group of that name.
    pub static RULE = {
        id: "idn-permissions-admins",
        summary: "access_control for the group admins",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_permissions"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_permissions") {
        let may_be_named = it.get("authorization").is(authorization::PASSWORDS);
        if may_be_named == Tri::Yes {
            continue;
        }
        for (key, access) in permissions::distinct(it) {
            let group = access.get("group_name");
            let is_admins = principals::is_built_in_group(&group, |name| name == "admins");
            out.deny(is_admins & !may_be_named, it, &group, || {
                format!(
                    "gives {} to {}, which has every permission and cannot be given one",
                    access.get("permission_level").show(),
                    group.show()
                )
            })
            .key(&key)
            .help(|| "remove the block: admins of the workspace manage every object".to_owned());
        }
    }
}
