//! A workspace whose nodes have public addresses.

use crate::{
    builtin::shared::account,
    graph::{Expr, Res},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` that is created with `is_no_public_ip_enabled = false`. On a
    /// workspace that exists already with secure cluster connectivity the line is a note: it has no
    /// effect.
    ///
    /// ## Why is this bad?
    /// It turns secure cluster connectivity off: every node gets a public address and open ports.
    /// PrivateLink needs it on. The API does not return the setting and the provider hides every later
    /// change of it, so a mistake shows in no plan and is only cured by a new workspace.
    /// Source: [Secure cluster connectivity](https://docs.databricks.com/en/security/network/classic/secure-cluster-connectivity.html);
    /// `mws/resource_mws_workspaces.go` of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// Leave the line out; the default is `true`.
    ///
    /// ## What it cannot see
    /// What an existing workspace was created with: the provider always reads `true`. A value that is
    /// known only after the apply makes the finding possible.
    pub static RULE = {
        id: "net-public-ip-enabled",
        summary: "workspace created without secure cluster connectivity",
        severity: Error,
        also: [(Note, "the workspace exists already, and the line has no effect")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const ATTRIBUTE: &str = "is_no_public_ip_enabled";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for workspace in cx.of("databricks_mws_workspaces") {
        let has_nodes = !account::is_serverless(workspace);
        let is_off = !workspace.get(ATTRIBUTE).flag(true);
        out.deny(has_nodes & is_off, workspace, ATTRIBUTE, || {
            "has no secure cluster connectivity, so its nodes get public addresses".to_owned()
        })
        .help(|| format!("leave {ATTRIBUTE} out: it is true by default"));
        out.deny(has_nodes & !is_off & is_written_false(workspace), workspace, ATTRIBUTE, || {
            format!("{ATTRIBUTE} = false has no effect on a workspace that exists already")
        })
        .at(Severity::Note)
        .key("ignored")
        .help(|| "leave the line out".to_owned());
    }
}

/// Whether the configuration says `false` where the plan, which hides the difference, shows `true`.
fn is_written_false(workspace: Res<'_>) -> Tri {
    let graph = workspace.scope().graph;
    let arguments = workspace.block().and_then(|block| graph.expr(&block.arguments));
    let written = match arguments {
        Some(Expr::Block(node)) => node.get(ATTRIBUTE).map(Expr::of),
        _ => None,
    };
    let is_false =
        |expression| matches!(expression, Expr::Constant(value) if value.as_bool() == Some(false));
    Tri::from(!workspace.is_created() && written.is_some_and(is_false))
}
