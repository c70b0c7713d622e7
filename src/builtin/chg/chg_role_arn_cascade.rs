//! A new role or bucket replaces credentials, or a whole workspace.

use crate::{
    builtin::shared::reason::{self, Reason},
    facts::mws,
    graph::Res,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds `databricks_mws_credentials` that are replaced because their `role_arn` changes, and
    /// `databricks_mws_storage_configurations` whose `role_arn` or `bucket_name` does, with the workspaces
    /// behind them: those that are replaced with it, and those that it is taken away under. New
    /// credentials under another name that exist before the old ones go are the right way, and silent.
    ///
    /// ## Why is this bad?
    /// Neither can be changed in place, so a rotated role deletes credentials that workspaces run on, and
    /// a new `storage_configuration_id` makes a new, empty workspace. Names of credentials are unique in
    /// an account, so that `create_before_destroy` alone fails as well.
    /// Source: [databricks/terraform-provider-databricks#5823](https://github.com/databricks/terraform-provider-databricks/issues/5823),
    /// [databricks/terraform-databricks-sra#148](https://github.com/databricks/terraform-databricks-sra/issues/148).
    ///
    /// ## How to fix it
    /// Keep the role's name and change what is behind it. Where it has to be another, make credentials of
    /// a new name beside the old ones, give them to the workspaces, and take the old ones away later:
    ///
    /// ```hcl
    /// resource "databricks_mws_credentials" "v2" {
    ///   credentials_name = "acme-crossaccount-v2"
    ///   role_arn         = aws_iam_role.crossaccount_v2.arn
    /// }
    ///
    /// resource "databricks_mws_workspaces" "this" {
    ///   credentials_id = databricks_mws_credentials.v2.credentials_id
    /// }
    /// ```
    ///
    /// A storage configuration keeps its bucket for the life of its workspaces; its role is changed through
    /// the API, and the resource imported again.
    ///
    /// ## What it cannot see
    /// Workspaces of other plans that use it.
    pub static RULE = {
        id: "chg-role-arn-cascade",
        summary: "rotating a role ARN replaces credentials or the whole workspace",
        severity: Error,
        also: [(Warning, "deliveries of logs use it, and no workspace")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_credentials", "databricks_mws_storage_configurations"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it replaces and which attributes force it",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let all = RULE.subjects.iter().flat_map(|type_| cx.changes_of(type_));
    for it in all.filter(|it| it.actions().replaces()) {
        let why = reason::of(it);
        let edited =
            why.attributes.iter().find(|name| mws::ROLE_OR_BUCKET.contains(&name.as_str()));
        let Some(attribute) = edited.cloned().filter(|_| !is_beside(it, &why)) else { continue };
        let users = users(it);
        let mut draft = out
            .deny(Tri::Yes, it, attribute, || message(it, &why, &users))
            .at(level(&users))
            .help(|| help(it));
        for user in users {
            let label = if user.actions().delete { "is replaced with it" } else { "uses it" };
            draft = draft.related(user, || label.to_owned());
        }
        reason::blame(draft, why.origin);
    }
}

/// New credentials under another name, before the old ones go.
fn is_beside(it: Res<'_>, why: &Reason<'_>) -> bool {
    it.type_() == "databricks_mws_credentials"
        && it.actions().create_first
        && why.attributes.iter().any(|name| name == "credentials_name")
}

const WORKSPACE: &str = "databricks_mws_workspaces";

/// The workspaces and deliveries of logs of the plan that use it.
fn users(it: Res<'_>) -> Vec<Res<'_>> {
    let all = it.dependents().ids.into_iter().map(|id| it.scope().res(id));
    let users = all.filter(|it| [WORKSPACE, "databricks_mws_log_delivery"].contains(&it.type_()));
    users.collect()
}

fn level(users: &[Res<'_>]) -> Severity {
    let spares_workspaces = users.iter().all(|user| user.type_() != WORKSPACE);
    if spares_workspaces && !users.is_empty() { Severity::Warning } else { Severity::Error }
}

fn message(it: Res<'_>, why: &Reason<'_>, users: &[Res<'_>]) -> String {
    let names = |of: bool| {
        let all = users.iter().filter(|user| user.actions().delete == of);
        all.map(|user| user.address()).collect::<Vec<_>>().join(", ")
    };
    let sentence = why.sentence(it);
    match (names(true), names(false)) {
        (replaced, kept) if replaced.is_empty() && kept.is_empty() => sentence,
        (replaced, kept) if replaced.is_empty() => {
            format!("{sentence}, while it is in use by {kept}")
        }
        (replaced, _) => format!("{sentence}, and replaces {replaced}"),
    }
}

fn help(it: Res<'_>) -> String {
    match it.type_() {
        "databricks_mws_credentials" if it.actions().create_first => {
            "give the new credentials a name of their own: names are unique in the account"
        }
        "databricks_mws_credentials" => {
            "make credentials of another name beside these, and hand those to their users first"
        }
        _ => "keep bucket and role: with them goes the configuration, and with that the workspace",
    }
    .to_owned()
}
