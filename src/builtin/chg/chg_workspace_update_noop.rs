//! A workspace is changed in a way that the provider never sends.

use crate::{
    builtin::shared::change::{self, Change},
    facts::mws,
    lint::{Check, Findings, PlanCx, Severity},
};

declare_rule! {
    /// ## What it does
    /// Finds updates in place of a `databricks_mws_workspaces` that change what the provider does not
    /// send: `pricing_tier` and `network_connectivity_config_id` at all, and a key, `credentials_id`,
    /// `network_id` or all of `custom_tags` that are taken away. Tiers that differ in case only are one.
    /// Where the same update changes something else as well, it is a note.
    ///
    /// ## Why is this bad?
    /// The plan says "update in-place" and the apply succeeds, but the workspace stays as it was: no other
    /// tier, no connectivity configuration, still the old key. Later plans may not even show it.
    /// Source: `UpdateRunning` in
    /// [mws/resource_mws_workspaces.go](https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_workspaces.go);
    /// of empty tags `UpdateWorkspaceRequest.custom_tags` in databricks/databricks-sdk-go, "no update is
    /// applied".
    ///
    /// ## How to fix it
    /// A connectivity configuration is bound by a resource of its own; a tier is changed by whoever looks
    /// after the account; tags are set to a value rather than taken away:
    ///
    /// ```hcl
    /// resource "databricks_mws_ncc_binding" "this" {
    ///   network_connectivity_config_id = databricks_mws_network_connectivity_config.this.network_connectivity_config_id
    ///   workspace_id                   = databricks_mws_workspaces.this.workspace_id
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Nothing of it: what an update changes stands in the plan. A value that is only known after the
    /// apply, and may turn out to be the old one, makes the finding possible.
    pub static RULE = {
        id: "chg-workspace-update-noop",
        summary: "workspace update that silently does nothing",
        severity: Warning,
        also: [(Note, "the update changes something else as well")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in change::updates(cx, "databricks_mws_workspaces") {
        let (unsent, sent): (Vec<_>, Vec<_>) = change::of(it).into_iter().partition(is_unsent);
        // A tier in other letters is no change at all.
        let unsent: Vec<Change<'_>> = unsent.into_iter().filter(|it| !is_spelling(it)).collect();
        let Some(first) = unsent.iter().max_by_key(|change| change.tri) else {
            out.pass(it);
            continue;
        };
        out.deny(first.tri, it, &first.after, || message(&unsent, &sent))
            .at(if sent.is_empty() { Severity::Warning } else { Severity::Note })
            .help(|| help(first.path));
    }
}

fn is_unsent(change: &Change<'_>) -> bool {
    let is_listed = |list: &[&str]| list.contains(&change.path);
    is_listed(mws::WORKSPACE_NEVER_SENT)
        || (is_listed(mws::WORKSPACE_SENT_UNLESS_EMPTY) && change.is_removal())
}

fn is_spelling(change: &Change<'_>) -> bool {
    match (change.path, change.before.text(), change.after.text()) {
        ("pricing_tier", Some(old), Some(new)) => old.eq_ignore_ascii_case(new),
        _ => false,
    }
}

fn message(unsent: &[Change<'_>], sent: &[Change<'_>]) -> String {
    let words = |change: &Change<'_>| match change.is_removal() {
        true => format!("{} is taken away", change.path),
        false => change.words(),
    };
    let all: Vec<String> = unsent.iter().map(words).collect();
    let others: Vec<&str> = sent.iter().map(|change| change.path).collect();
    let only = match others.as_slice() {
        [] => "the update does nothing".to_owned(),
        others => format!("of this update only {} counts", others.join(", ")),
    };
    format!("{}, which is never sent: {only}", all.join(" and "))
}

fn help(attribute: &str) -> String {
    match attribute {
        "network_connectivity_config_id" => "bind it with a databricks_mws_ncc_binding",
        "pricing_tier" => "have the tier changed in the account console first, then in code",
        "custom_tags" => "set the tags to other values rather than taking all of them away",
        _ => "put it back: what a workspace was given so can be exchanged, not taken away",
    }
    .to_owned()
}
