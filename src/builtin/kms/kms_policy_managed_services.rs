//! A key registered for managed services that the control plane of Databricks may not use.

use crate::{
    builtin::shared::{account, keys},
    estate::Rows,
    lint::{Check, EstateCx, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds keys that a `databricks_mws_customer_managed_keys` registers for the use case
    /// `MANAGED_SERVICES` and whose policy does not allow the control plane of Databricks to encrypt and
    /// decrypt with it. A policy in the key, an `aws_kms_key_policy` and `aws_kms_grant`s count; without
    /// any, AWS makes a policy that admits the key's own account alone. Texts and data sources are read,
    /// the latter also while they are known only after the apply: from their arguments.
    ///
    /// ## Why is this bad?
    /// Notebooks, secrets and queries of the control plane are encrypted with the key. Databricks checks
    /// it when the workspace is created, and without it the workspace does not come up. Source:
    /// [databricks_mws_customer_managed_keys](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_customer_managed_keys),
    /// whose examples allow it; [Default key
    /// policy](https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// statement {
    ///   actions   = ["kms:Encrypt", "kms:Decrypt"]
    ///   resources = ["*"]
    ///   principals {
    ///     type        = "AWS"
    ///     identifiers = ["arn:aws:iam::414351767826:root"]
    ///   }
    ///   condition {
    ///     test     = "StringEquals"
    ///     variable = "aws:PrincipalTag/DatabricksAccountId"
    ///     values   = [var.databricks_account_id]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Keys of no plan of the run. A policy of which some part is hidden is not judged; a principal that is
    /// known only after the apply, and may be Databricks, makes the finding possible, as does a condition
    /// that is not understood. Denials under conditions are not looked at.
    pub static RULE = {
        id: "kms-policy-managed-services",
        summary: "managed-services key policy lacks Databricks",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_kms_external_key", "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const USE: &str = "MANAGED_SERVICES";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    keys::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    keys::lacking(cx, USE, out);
}
