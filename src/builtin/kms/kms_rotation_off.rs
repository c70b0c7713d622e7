//! A key of Databricks that is never rotated.

use crate::{
    estate::{Joined, Named, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds symmetric `aws_kms_key`s that a `databricks_mws_customer_managed_keys` registers and that
    /// are not rotated: `enable_key_rotation` is `false` or left out. Key and registration may stand
    /// in different plans of the run.
    ///
    /// ## Why is this bad?
    /// The key protects notebooks, secrets, the root bucket or the disks of clusters for as long as
    /// the workspace lives. Rotation bounds how much one key material encrypts, costs no downtime and
    /// does not change the key's ARN.
    /// Source: [Rotating AWS KMS keys](https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html);
    /// [aws_kms_key](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/kms_key),
    /// "Defaults to `false`".
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_kms_key" "storage" {
    ///   enable_key_rotation = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Keys that are in no plan of the run, and rotation by hand. Keys that AWS cannot rotate by
    /// itself (imported material, asymmetric keys) are not judged.
    pub static RULE = {
        id: "kms-rotation-off",
        summary: "rotation disabled on a Databricks key",
        severity: Warning,
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["aws_kms_key"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of("aws_kms_key") {
        let symmetric = it.get("customer_master_key_spec").is("SYMMETRIC_DEFAULT");
        rows.add("key", it).with("off", symmetric & !it.get("enable_key_rotation").flag(false));
    }
    for it in cx.of("databricks_mws_customer_managed_keys") {
        rows.add("use", it).with("key", it.get(KEY_ARN).target(&["aws_kms_key"]));
    }
}

const KEY_ARN: &str = "aws_key_info.key_arn";

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let uses = Joined::by(cx.of("use"), "key");
    for it in cx.of("key") {
        let users = uses.named(&Named::itself(it));
        let Some((user, sure)) = users.into_iter().max_by_key(|(_, sure)| *sure) else { continue };
        out.deny(it.tri("off") & sure, it, "enable_key_rotation", || {
            "key is not rotated, but Databricks encrypts with it".to_owned()
        })
        .help(|| "set `enable_key_rotation = true`".to_owned())
        .related_at(user, KEY_ARN, || "registers the key with Databricks".to_owned());
    }
}
