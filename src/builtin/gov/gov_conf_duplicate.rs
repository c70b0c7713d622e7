//! Two resources that manage the settings of one workspace.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        let_go::let_go,
        states, workspace_conf,
        workspaces::{self, Workspaces},
    },
    estate::{Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds two or more `databricks_workspace_conf` of one workspace, in one plan or in several plans of the
    /// run: an error where they have a key in common, a warning where they have none.
    ///
    /// ## Why is this bad?
    /// There is one set of settings for a workspace. Two resources with one key overwrite one another with
    /// every apply, and destroying either switches the key off; "no deterministic behavior", the
    /// documentation says, and recommends a single resource.
    /// Source: [databricks_workspace_conf](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_conf).
    ///
    /// ## How to fix it
    /// Set all keys of a workspace in one resource, in one state:
    ///
    /// ```terraform
    /// resource "databricks_workspace_conf" "this" {
    ///   custom_config = {
    ///     enableIpAccessLists    = true
    ///     enableVerboseAuditLogs = true
    ///   }
    /// }
    /// ```
    ///
    /// Let the other one go with a `removed` block and `destroy = false`: destroying it resets its keys.
    ///
    /// ## What it cannot see
    /// Resources in plans that are not part of the run. Which workspace a provider speaks to that is set by
    /// the environment, beyond its own plan. Where keys are known only after the apply, a common one is
    /// not found.
    pub static RULE = {
        id: "gov-conf-duplicate",
        summary: "two databricks_workspace_conf manage one workspace",
        severity: Error,
        also: [(Warning, "they have no key in common")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_workspace_conf"],
        since: "0.1.0",
        no_unknown: "that two resources speak to one workspace is known or not asked, and so are keys",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    workspace_conf::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let workspaces = Workspaces::of(cx, &[workspace_conf::KIND]);
    let confs = states::without_repeated(cx.of(workspace_conf::KIND));
    for rows in workspaces.group(confs).into_values().filter(|rows| rows.len() > 1) {
        let common = common(&rows);
        let level = if common.is_empty() { Severity::Warning } else { Severity::Error };
        let members: Vec<Subject> = rows.iter().copied().map(Subject::from).collect();
        out.deny_group(Tri::Yes, members, "custom_config", "manages the same workspace", |_| {
            let count = rows.len();
            match common.as_slice() {
                [] => format!("{count} databricks_workspace_conf manage one workspace"),
                keys => format!(
                    "{count} databricks_workspace_conf manage {} of one workspace",
                    keys.join(", ")
                ),
            }
        })
        .at(level)
        .help(|| format!("set all keys in one of them, and {}", let_go(&rows)));
    }
}

/// Keys that more than one row sets, in order.
fn common<'a>(rows: &[&'a Row]) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    let keys = rows.iter().flat_map(|row| workspace_conf::keys(row).collect::<BTreeSet<_>>());
    let twice: BTreeSet<&str> = keys.filter(|key| !seen.insert(*key)).collect();
    twice.into_iter().collect()
}
