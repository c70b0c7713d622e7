//! A key of Databricks that is never rotated.

use crate::{
    builtin::shared::{account, keys},
    estate::{Links, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
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
    /// itself (imported material, asymmetric keys, keys in custom key stores) are not judged.
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
    account::collect(cx, rows);
    for it in cx.of("aws_kms_key") {
        let symmetric = it.get("customer_master_key_spec").is("SYMMETRIC_DEFAULT");
        // AWS rotates no key whose material lies in a key store of the author's.
        let can_rotate = symmetric & !it.get("custom_key_store_id").is_given();
        rows.add("key", it).with("off", can_rotate & !it.get("enable_key_rotation").flag(false));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for key in cx.of("key") {
        let registered = keys::registration(&links, key, |_| Tri::Yes);
        let Some((registration, sure)) = registered else { continue };
        out.deny(key.tri("off") & sure, key, "enable_key_rotation", || {
            "key is not rotated, but Databricks encrypts with it".to_owned()
        })
        .help(|| "set `enable_key_rotation = true`".to_owned())
        .related_at(registration, "aws_key_info.key_arn", || {
            "registers the key with Databricks".to_owned()
        });
    }
}
