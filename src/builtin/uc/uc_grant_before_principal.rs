//! A grant to somebody who is not there yet.

use crate::{
    builtin::shared::principals::Principals,
    graph::{Cause, Res, View},
    lint::{Check, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_grants` or `databricks_grant` to a group, user or service principal that the
    /// same plan creates, without waiting for it.
    ///
    /// ## Why is this bad?
    /// The name stands there as a text, so Terraform does not know that one needs the other. Whenever the
    /// grant comes first, the apply fails with "Could not find principal with name …".
    /// Source: databricks/terraform-provider-databricks#1773;
    /// [References](https://developer.hashicorp.com/terraform/language/resources/behavior#resource-dependencies).
    ///
    /// ## How to fix it
    /// Refer to the principal instead of writing its name:
    ///
    /// ```terraform
    /// resource "databricks_grants" "sales" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = databricks_group.engineers.display_name
    ///     privileges = ["USE_CATALOG"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Principals that another plan creates, and whether a principal has to be assigned to the workspace
    /// first. Where a `local` or a `dynamic` block could hide the reference, and no source is at hand, the
    /// finding is possible.
    pub static RULE = {
        id: "uc-grant-before-principal",
        summary: "grant does not wait for its principal",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_grants", "databricks_grant"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let principals = Principals::of(cx);
    for it in cx.of("databricks_grants") {
        for grant in it.get("grant").items() {
            judge(it, &grant.get("principal"), &principals, out);
        }
    }
    for it in cx.of("databricks_grant") {
        judge(it, &it.get("principal"), &principals, out);
    }
}

fn judge<'a>(it: Res<'a>, view: &View<'a>, principals: &Principals<'a>, out: &mut Findings<'_>) {
    // What is not known yet is a reference, and Terraform waits for that.
    let Some(name) = view.text() else { return };
    let all = principals.named(name);
    let is_new = |it: &Res<'a>| it.mode() == Mode::Managed && it.is_created() && !it.existed();
    let grants_now = it.is_created() || it.actions().update;
    // One that is there already will do.
    let (true, Some(principal)) = (grants_now && all.iter().all(is_new), all.first().copied())
    else {
        return;
    };
    let waits = Tri::any(all.iter().map(|principal| it.is_after(*principal)));
    // A dynamic block leaves no trace of what it refers to.
    let hidden = Tri::from(view.is_written() != Tri::Yes) & Tri::Maybe;
    let partial = if it.scope().is_partial() { it.maybe(Cause::Incomplete, 0) } else { Tri::No };
    out.deny(!(waits | hidden | partial), it, view, || {
        format!("grants to {}, but does not wait for {}", view.show(), principal.address())
    })
    .key(&name.to_lowercase())
    .help(|| format!("refer to {} instead of writing the name", principal.address()))
    .related(principal, || "is created in this apply".to_owned());
}
