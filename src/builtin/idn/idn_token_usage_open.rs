//! Personal access tokens for everybody.

use crate::{
    builtin::shared::{permissions, principals},
    facts::permissions::authorization,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_permissions` for `authorization = "tokens"` that gives the group `users` a level.
    ///
    /// ## Why is this bad?
    /// `users` is everybody in the workspace. A personal access token works without single sign-on and
    /// without a second factor, from wherever it is pasted. Who needs one is a short list: people
    /// sign in, and pipelines use OAuth.
    /// Source: [Manage personal access token permissions](https://docs.databricks.com/aws/en/admin/access-control/tokens);
    /// check IA-8 of the Security Analysis Tool.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_permissions" "tokens" {
    ///   authorization = "tokens"
    ///   access_control {
    ///     group_name       = "automation"
    ///     permission_level = "CAN_USE"
    ///   }
    /// }
    /// ```
    ///
    /// Tokens of those who lose the permission stop working at once.
    ///
    /// ## What it cannot see
    /// How many people are in another group. A group whose name is known only after the apply makes the
    /// finding possible, unless it is one that the plan makes. A workspace without any such resource lets
    /// `users` make tokens as well.
    pub static RULE = {
        id: "idn-token-usage-open",
        summary: "everybody may make personal access tokens",
        severity: Warning,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_permissions"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_permissions") {
        let authorization = it.get("authorization");
        let is_tokens = authorization.is(authorization::TOKENS);
        if is_tokens == Tri::No {
            continue;
        }
        for (key, access) in permissions::distinct(it) {
            let group = access.get("group_name");
            let is_everybody = principals::is_built_in_group(&group, |name| name == "users");
            out.deny(is_tokens & is_everybody, it, &group, || {
                format!(
                    "gives {} of {} to {}, everybody in the workspace",
                    access.get("permission_level").show(),
                    authorization.show(),
                    group.show()
                )
            })
            .key(&key)
            .help(|| "name the groups that need them".to_owned());
        }
    }
}
