//! A grant to somebody who is not there yet.

use crate::{
    builtin::shared::{depends_on, principals::Principals},
    facts::principals,
    graph::{Cause, Res, Target, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_grants` or `databricks_grant` to a group, user or service principal that the
    /// same plan creates, without waiting for it. One that waits for the principal, and not for its
    /// `databricks_mws_permission_assignment` of the same plan, is a note.
    ///
    /// ## Why is this bad?
    /// The name stands there as a text, so Terraform does not know that one needs the other. Whenever the
    /// grant comes first, the apply fails with "Could not find principal with name …". The same was seen for
    /// principals that the account had and the workspace did not have yet.
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
    /// Principals that another plan of the run creates: which of two plans is applied first no plan
    /// tells. To which workspace a principal is assigned is not looked at. Where a `local` or a `dynamic`
    /// block could hide the reference, and no source is at hand, the finding is possible.
    pub static RULE = {
        id: "uc-grant-before-principal",
        summary: "grant does not wait for its principal",
        severity: Error,
        also: [(Note, "it does not wait until the principal is assigned to a workspace")],
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
    let assignments: Vec<Res<'_>> =
        cx.of("databricks_mws_permission_assignment").filter(|it| it.is_created()).collect();
    let mut named: Vec<(Res<'_>, View<'_>)> = Vec::new();
    for it in cx.of("databricks_grants") {
        named.extend(it.get("grant").items().map(|grant| (it, grant.get("principal"))));
    }
    named.extend(cx.of("databricks_grant").map(|it| (it, it.get("principal"))));
    for (it, principal) in named {
        judge(it, &principal, &principals, out);
        // Whom a text names matters only where something assigns principals.
        if !assignments.is_empty() || principal.text().is_none() {
            unassigned(it, &principal, &assignments, out);
        }
    }
}

/// Reports a grant that waits for a new principal, but not for what assigns it to a workspace.
fn unassigned<'a>(it: Res<'a>, view: &View<'a>, assignments: &[Res<'a>], out: &mut Findings<'_>) {
    let types: Vec<&str> = principals::types().collect();
    let Target::Here(principal) = view.target(&types) else { return };
    if !(it.is_created() && principal.is_created() && it.is_after(principal) == Tri::Yes) {
        return;
    }
    let of_it = |assignment: &&Res<'a>| {
        assignment.get("principal_id").target(&types).is(principal) == Tri::Yes
    };
    let own: Vec<&Res<'a>> = assignments.iter().filter(of_it).collect();
    let Some(first) = own.first() else { return };
    let waits = Tri::any(own.iter().map(|assignment| it.is_after(**assignment)));
    let partial = if it.scope().is_partial() { it.maybe(Cause::Incomplete, 0) } else { Tri::No };
    out.deny(!(waits | partial), it, view, || {
        format!("does not wait for {}, which assigns {}", first.address(), principal.address())
    })
    .at(Severity::Note)
    .key_of(principal)
    .help(|| depends_on::let_wait(it.address(), [first.address()]))
    .related(**first, || "is created in the same apply".to_owned());
}

fn judge<'a>(it: Res<'a>, view: &View<'a>, principals: &Principals<'a>, out: &mut Findings<'_>) {
    // What is not known yet is a reference, and Terraform waits for that.
    let Some(name) = view.text() else { return };
    let all = principals.named(name);
    let is_new =
        |it: &Res<'a>| it.mode() == Mode::Managed && it.is_created() && !had_name(*it, name);
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

/// Whether a principal that the apply replaces has the name already.
fn had_name(it: Res<'_>, name: &str) -> bool {
    let before = || it.before().get(principals::name_of(it.type_()).unwrap_or_default());
    it.existed() && before().text().is_none_or(|text| text.eq_ignore_ascii_case(name))
}
