//! A secret scope for everybody.

use crate::{
    builtin::shared::principals,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_secret_scope` whose `initial_manage_principal` is `users`, and a
    /// `databricks_secret_acl` for `users`: a warning where they may only read. Another
    /// `initial_manage_principal` than `users` is refused by the API, and found as well.
    ///
    /// ## Why is this bad?
    /// `users` is everybody in the workspace. Who reads a scope reads every secret in it; who writes it puts
    /// in a password of his own; who manages it gives both to others. The apply of a scope with another
    /// initial principal fails.
    /// Source: [databricks_secret_scope](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/secret_scope),
    /// "The only possible value is `users`"; [Secret ACLs](https://docs.databricks.com/aws/en/security/auth/access-control/#secret-acls).
    ///
    /// ## How to fix it
    /// Leave the argument out, and give each group what it needs:
    ///
    /// ```terraform
    /// resource "databricks_secret_scope" "app" {
    ///   name = "app"
    /// }
    ///
    /// resource "databricks_secret_acl" "app" {
    ///   scope      = databricks_secret_scope.app.name
    ///   principal  = "etl-jobs"
    ///   permission = "READ"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// How many people are in another group. A principal that is known only after the apply makes the
    /// finding possible, unless it is a user, a service principal or a group that the plan makes or looks up.
    pub static RULE = {
        id: "idn-secret-scope-open",
        summary: "secret scope that everybody may manage, write or read",
        severity: Error,
        also: [(Warning, "everybody may only read")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_secret_scope", "databricks_secret_acl"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const EVERYBODY: &str = "users";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_secret_scope") {
        let principal = it.get("initial_manage_principal");
        // Everybody, or somebody whom the API refuses: neither is right.
        out.deny(principal.is_given(), it, &principal, || match principal.text() {
            Some(EVERYBODY) | None => {
                format!("lets {} manage the scope, everybody in the workspace", principal.show())
            }
            Some(_) => format!("lets {} manage the scope, which only users can", principal.show()),
        })
        .help(|| "leave it out, and use databricks_secret_acl for those who need it".to_owned());
    }
    for it in cx.of("databricks_secret_acl") {
        let (principal, permission) = (it.get("principal"), it.get("permission"));
        let reads_only = permission.test_text(|text| text.eq_ignore_ascii_case("read"));
        let is_everybody = principals::is_built_in_group(&principal, |name| name == EVERYBODY);
        let level = if reads_only == Tri::No { Severity::Error } else { Severity::Warning };
        out.deny(is_everybody, it, &principal, || {
            format!(
                "gives {} on scope {} to {}, everybody in the workspace",
                permission.show(),
                it.get("scope").show(),
                principal.show()
            )
        })
        .at(level)
        .help(|| "name the groups that need it".to_owned());
    }
}
