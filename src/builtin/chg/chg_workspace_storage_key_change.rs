//! The key of a workspace's storage is exchanged.

use std::sync::Arc;

use crate::{
    builtin::shared::{
        change::{self, Change},
        reason,
    },
    facts::identity,
    graph::{End, Expr, Hit, Res, View},
    lint::{Check, Findings, PlanCx},
    plan::{Step, Tri},
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
    /// only known after the apply, and may be that of something that is not new, makes the finding possible.
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
        let key = Change::of(it, ARGUMENT);
        let had_none = key.before.text().is_none_or(str::is_empty);
        if had_none || key.is_removal() {
            out.pass(it);
            continue;
        }
        let is_new = key.tri == Tri::Maybe && is_made_up(&key.after);
        let draft = out
            .deny(if is_new { Tri::Yes } else { key.tri }, it, &key.after, || {
                format!("{}: the key of a workspace's storage cannot be exchanged", key.words())
            })
            .help(|| "keep the key configuration: AWS rotates the key behind its ARN".to_owned());
        reason::blame(draft, reason::origin(&key.after));
    }
}

const ARGUMENT: &str = "storage_customer_managed_key_id";
const KEY: &str = "databricks_mws_customer_managed_keys";
const ID: &str = "customer_managed_key_id";

/// Whether an id that is not known yet is made up in this apply, whichever of its references it comes from: of
/// `var.rotate ? new.id : old.id` it is none that is known already, for then it would be known itself.
fn is_made_up(id: &View<'_>) -> bool {
    let scope = id.res().scope();
    let mut is_of_key = false;
    for hit in references(id.res()).iter() {
        let of = match &hit.end {
            End::Known => continue,
            End::Resource(of) => scope.res(*of),
            _ => return false,
        };
        // What a splat or a module with `count` hands on comes without the attribute.
        let name = hit.attribute.first().and_then(Step::name).unwrap_or(ID);
        if of.after().member(name.to_owned()).known().is_some() {
            continue;
        }
        if !(of.is_created() && identity::is_made_up(of.type_(), name)) {
            return false;
        }
        is_of_key |= of.type_() == KEY && name == ID;
    }
    is_of_key
}

/// Everything that the argument refers to, conditions included: what they hang on may choose the old id.
fn references(it: Res<'_>) -> Arc<[Hit]> {
    let graph = it.scope().graph;
    let arguments = it.block().and_then(|block| graph.value(&block.arguments));
    let written = arguments.and_then(|all| all.get(ARGUMENT));
    written.map(|written| graph.resolve(it.id, Expr::of(written))).unwrap_or_default()
}
