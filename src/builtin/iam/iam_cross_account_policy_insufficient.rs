//! A cross-account role that may not do what Databricks needs for clusters.

use crate::{
    aws::policy::{Document, Effect},
    builtin::shared::{
        account,
        launches::Launch,
        roles::{self, Permissions, Roles},
    },
    estate::{Links, Rows},
    facts::policies::{CUSTOMER_VPC_ACTIONS, MANAGED_VPC_ACTIONS},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds roles of a `databricks_mws_credentials` that lack permissions which Databricks checks: those to
    /// launch clusters, and where a workspace has no `network_id`, those to make the VPC. All policies of the
    /// role count, wherever they are attached, with their wildcards. Only names of actions are compared:
    /// neither resources nor conditions, and no denials.
    ///
    /// ## Why is this bad?
    /// Creating the workspace fails with "Failed credential validation checks" and a list of what is missing.
    /// Source: databricks/terraform-provider-databricks#951 and docs/guides/aws-workspace.md there;
    /// [databricks_aws_crossaccount_policy](https://registry.terraform.io/providers/databricks/databricks/latest/docs/data-sources/aws_crossaccount_policy).
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "databricks_aws_crossaccount_policy" "this" {
    ///   policy_type = "customer" # "managed" where Databricks makes the VPC
    /// }
    ///
    /// resource "aws_iam_role_policy" "this" {
    ///   role   = aws_iam_role.cross_account.id
    ///   policy = data.databricks_aws_crossaccount_policy.this.json
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Roles of which any policy is hidden: known only after the apply, of no plan of the run, attached to
    /// what may be another role. The rule is silent about these. Credentials that no workspace of the run
    /// uses are taken for those of a workspace if the role trusts the control plane.
    pub static RULE = {
        id: "iam-cross-account-policy-insufficient",
        summary: "cross-account role lacks permissions Databricks validates",
        severity: Error,
        also: [(Warning, "when no workspace of the run uses the credentials, and the role has some policy")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_iam_role"],
        since: "0.1.0",
        no_unknown: "a role of which something is hidden is passed over",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    roles::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, roles) = (Links::of(cx), Roles::of(cx));
    for role in cx.of(roles::KIND).filter(|it| it.tri("managed") == Tri::Yes) {
        let Some(launch) = Launch::of(cx, &links, role) else { continue };
        let permissions = roles.permissions(role);
        let missing = missing(&permissions.document, launch.makes_vpc);
        if permissions.document.is_partial {
            out.blind(Cause::NotInRun, role);
            continue;
        }
        let has_none = permissions.held_by.is_empty();
        let level = if has_none || launch.workspace.is_some() {
            Severity::Error
        } else {
            Severity::Warning
        };
        let tri = Tri::from(!missing.is_empty()) & launch.sure;
        let mut draft = out
            .deny(tri, role, (), || message(&permissions, &missing, launch.makes_vpc))
            .at(level)
            .help(|| {
                format!(
                    "attach data.databricks_aws_crossaccount_policy with policy_type = \"{}\"",
                    launch.policy_type()
                )
            })
            .related_at(launch.credentials, "role_arn", || "registers the role".to_owned());
        if let Some(workspace) = launch.workspace {
            draft = draft.related_at(workspace, "credentials_id", || launch.label().to_owned());
        }
        for holder in permissions.held_by.iter().take(3).filter(|it| !it.is(role)) {
            draft = draft.related(*holder, || "gives the role permissions".to_owned());
        }
    }
}

/// Actions that no statement allows.
fn missing(policy: &Document, makes_vpc: bool) -> Vec<&'static str> {
    let managed = MANAGED_VPC_ACTIONS.iter().filter(|_| makes_vpc);
    let all = CUSTOMER_VPC_ACTIONS.iter().chain(managed).copied();
    all.filter(|action| policy.any(|it| it.is(Effect::Allow) & it.covers_action(action)) == Tri::No)
        .collect()
}

fn message(permissions: &Permissions<'_>, missing: &[&str], makes_vpc: bool) -> String {
    const SHOWN: usize = 4;
    // Without the name of Databricks, which is often the `sid` of a statement, and may be masked.
    let what = if makes_vpc { "launch clusters and make their VPC" } else { "launch clusters" };
    if permissions.held_by.is_empty() {
        return format!("has no policy, but is needed to {what}");
    }
    let more = match missing.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let shown: Vec<&str> = missing.iter().take(SHOWN).copied().collect();
    format!("may not do {}{more}, needed to {what}", shown.join(", "))
}
