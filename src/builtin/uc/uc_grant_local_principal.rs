//! A grant to a group that only a workspace knows.

use crate::{
    builtin::shared::principals::{self, Level, Principals},
    facts::{principals::is_local, securables::OWNED},
    graph::{Cause, Res, View},
    lint::{Check, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds grants to, and owners of Unity Catalog objects that are, a `databricks_group` made through a
    /// workspace's provider, or one of the groups `admins` and `users` that every workspace has.
    ///
    /// ## Why is this bad?
    /// Unity Catalog knows the principals of the account only. A group that lives in a workspace is not
    /// among them: the apply fails with "Could not find principal with name …".
    /// Source: databricks/terraform-provider-databricks#4680, #5045, #5413;
    /// [Groups](https://docs.databricks.com/aws/en/admin/users-groups/groups), "workspace-local groups".
    ///
    /// ## How to fix it
    /// Make the group in the account, and assign it to the workspace:
    ///
    /// ```terraform
    /// resource "databricks_group" "engineers" {
    ///   provider     = databricks.account
    ///   display_name = "data-engineers"
    /// }
    ///
    /// resource "databricks_mws_permission_assignment" "engineers" {
    ///   provider     = databricks.account
    ///   workspace_id = databricks_mws_workspaces.this.workspace_id
    ///   principal_id = databricks_group.engineers.id
    ///   permissions  = ["USER"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Groups of other plans, and whether the account has a group of the same name, which would be taken
    /// then; where the plan makes or reads one there, the rule is silent. To whom a provider speaks
    /// whose host comes from the environment, a group made through it included. Users and service principals
    /// that are made through a workspace are in the account as well, so a grant to one is not wrong.
    pub static RULE = {
        id: "uc-grant-local-principal",
        summary: "grant to a group that only a workspace knows",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: [
            "databricks_grants",
            "databricks_grant",
            "databricks_catalog",
            "databricks_connection",
            "databricks_credential",
            "databricks_external_location",
            "databricks_metastore",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_share",
            "databricks_sql_table",
            "databricks_storage_credential",
            "databricks_volume",
        ],
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
    for it in OWNED.iter().flat_map(|kind| cx.of(kind)) {
        let owner = it.get("owner");
        // What a state shows and nobody wrote is there already.
        if owner.is_written() != Tri::No {
            judge(it, &owner, &principals, out);
        }
    }
}

fn judge<'a>(it: Res<'a>, view: &View<'a>, principals: &Principals<'a>, out: &mut Findings<'_>) {
    view.note_unknown();
    if view.text().is_some_and(is_local) {
        out.deny(Tri::Yes, it, view, || {
            format!(
                "names {}, a group that each workspace has by itself and the account does not know",
                view.show()
            )
        })
        .key(view.text().unwrap_or_default())
        .help(|| "name a group of the account".to_owned());
        return;
    }
    let Some(group) = local_group(view, principals) else { return };
    // The group of the account may be what this plan leaves out.
    let scope = it.scope();
    let may_lack = ["databricks_group", "data.databricks_group"].map(|kind| scope.may_lack(kind));
    // Or one whose name is not known yet.
    let mut unnamed = principals.unnamed().iter().filter(|it| it.type_() == group.type_());
    let may_be = unnamed.any(|it| *it != group && principals::level(*it) != Some(Level::Workspace));
    let tri = match (may_lack.contains(&true), may_be) {
        (true, _) => it.maybe(Cause::Incomplete, 0),
        (_, true) => it.maybe(Cause::Apply, 1),
        _ => Tri::Yes,
    };
    out.deny(tri, it, view, || {
        format!(
            "names {}, a group of a workspace, which Unity Catalog does not know",
            group.address()
        )
    })
    .key_of(group)
    .help(|| "make the group through a provider on the account".to_owned())
    .related(group, || "made through the provider of a workspace".to_owned());
}

/// The group that a value names, where it lives in a workspace for certain.
fn local_group<'a>(view: &View<'a>, principals: &Principals<'a>) -> Option<Res<'a>> {
    let meant = principals.meant(view);
    let is_local = |it: &Res<'a>| {
        it.type_() == "databricks_group"
            && it.mode() == Mode::Managed
            && principals::level(*it) == Some(Level::Workspace)
    };
    let group = meant.first().copied().filter(is_local)?;
    let namesakes = group.get("display_name").text().map(|name| principals.named(name));
    // One of the account, or one of which that is not known, may have the name as well.
    namesakes.unwrap_or_default().iter().all(is_local).then_some(group)
}
