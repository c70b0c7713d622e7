//! A privilege that its securable does not know.

use std::borrow::Cow;

use crate::{
    builtin::shared::securables,
    facts::grants,
    graph::{Res, View},
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds privileges of `databricks_grants` and `databricks_grant` that exist, but not on the
    /// securable they are granted on: `SELECT` on a volume, `READ_FILES` on a catalog,
    /// `ALL_PRIVILEGES` on a metastore. Spelling is taken as the provider takes it: lower case and
    /// spaces are fine.
    ///
    /// Only privileges that are documented for other securables alone are held against a grant. One
    /// that is in no table is taken for new, not for wrong.
    ///
    /// ## Why is this bad?
    /// The provider does not check privileges, so the plan succeeds and the API refuses the grant
    /// during the apply ("Privilege … is not applicable to this entity").
    /// Source: [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants);
    /// [Unity Catalog privileges](https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges).
    ///
    /// ## How to fix it
    /// Grant what the securable knows. Privileges on data may also be granted on the catalog or
    /// schema above, which pass them on:
    ///
    /// ```terraform
    /// resource "databricks_grants" "lake" {
    ///   external_location = databricks_external_location.lake.id
    ///   grant {
    ///     principal  = "data-engineers"
    ///     privileges = ["READ_FILES", "CREATE_EXTERNAL_TABLE"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Privileges that are known only after the apply, and misspelt ones: those no table knows.
    pub static RULE = {
        id: "uc-grant-privilege-invalid",
        summary: "privilege does not apply to the securable",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_grants", "databricks_grant"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_grants"], out, |it, out| {
        it.get("grant").note_unknown();
        for grant in it.get("grant").items() {
            let principal = grant.get("principal").text().unwrap_or_default();
            judge(it, &grant, principal, out);
        }
    });
    cx.each(&["databricks_grant"], out, |it, out| judge(it, &it.root(), "", out));
}

/// One grant; `block` tells those of one resource apart.
fn judge(it: Res<'_>, grant: &View<'_>, block: &str, out: &mut Findings<'_>) {
    let Some(securable) = securables::of_grant(it) else { return };
    let privileges = grant.get("privileges");
    privileges.note_unknown();
    privileges.note_unknown_items();
    let mut denied: Vec<Cow<'_, str>> = privileges
        .texts()
        .map(securables::as_api_name)
        .filter(|privilege| grants::is_denied(securable, privilege))
        .collect();
    denied.sort();
    denied.dedup();
    if denied.is_empty() {
        return;
    }
    if privileges.has_sensitive() {
        denied = vec!["a sensitive privilege".into()];
    }
    let principal = grant.get("principal");
    out.deny(Tri::Yes, it, &privileges, || message(securable, &denied, &principal))
        .help(|| help(securable))
        .key(&format!("{block}\0{}", denied.join(",")));
}

fn message(securable: &str, denied: &[Cow<'_, str>], principal: &View<'_>) -> String {
    let (verb, are) = if denied.len() == 1 { ("does", "is") } else { ("do", "are") };
    format!(
        "{} {verb} not apply to {}, but {are} granted on it to {}",
        denied.join(" and "),
        securables::spoken(securable),
        principal.show()
    )
}

fn help(securable: &str) -> String {
    match grants::allowed(securable) {
        Some(allowed) => {
            format!("{} takes {}, among others", securables::spoken(securable), allowed.join(", "))
        }
        None => {
            format!("grant a privilege that is documented for {}", securables::spoken(securable))
        }
    }
}
