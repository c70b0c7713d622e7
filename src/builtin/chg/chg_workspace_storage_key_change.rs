//! The key of a workspace's storage is exchanged.

use crate::{
    builtin::shared::{
        change::{self, Change},
        reason,
    },
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds an existing `databricks_mws_workspaces` whose `storage_customer_managed_key_id` is set and
    /// becomes another one. Setting the first one, and exchanging the key for managed services, are
    /// silent.
    ///
    /// ## Why is this bad?
    /// The apply fails: the key of the workspace's storage cannot be exchanged. Mostly nobody wanted to:
    /// a new `key_alias` or `key_arn` of a `databricks_mws_customer_managed_keys` makes a new
    /// configuration with a new id.
    /// Source: `UpdateWorkspaceRequest.storage_customer_managed_key_id` in [databricks/databricks-sdk-go](https://github.com/databricks/databricks-sdk-go),
    /// "You cannot replace an existing key configuration for workspace storage".
    ///
    /// ## How to fix it
    /// Keep the key configuration as it is. The key's material is rotated by AWS behind the same ARN:
    ///
    /// ```hcl
    /// resource "aws_kms_key" "workspace" {
    ///   enable_key_rotation = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A key configuration that was exchanged for one of the same key outside Terraform. An id that is
    /// only known after the apply, and not that of something new, makes the finding possible.
    pub static RULE = {
        id: "chg-workspace-storage-key-change",
        summary: "replacing the workspace-storage key",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in change::updates(cx, "databricks_mws_workspaces") {
        let key = Change::of(it, "storage_customer_managed_key_id");
        let had_none = key.before.text().is_none_or(str::is_empty);
        if had_none || key.is_removal() {
            out.pass(it);
            continue;
        }
        let draft = out
            .deny(key.tri, it, &key.after, || {
                format!("{}: the key of a workspace's storage cannot be exchanged", key.words())
            })
            .help(|| "keep the key configuration: AWS rotates the key behind its ARN".to_owned());
        reason::blame(draft, reason::origin(&key.after));
    }
}
