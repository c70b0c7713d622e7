//! A bucket goes away, and everything in it with it.

use crate::{
    builtin::shared::reason,
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds buckets that the plan destroys or replaces although their state has `force_destroy = true`:
    /// every object and every version in them is deleted first.
    ///
    /// ## Why is this bad?
    /// Without the flag AWS refuses to delete a bucket that is not empty, which saves a root bucket or a
    /// lake from a renamed argument. With it nothing does, and the objects do not come back.
    /// Source: [aws_s3_bucket](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket#force_destroy),
    /// "These objects are not recoverable".
    ///
    /// ## How to fix it
    /// Keep the bucket. If it has to go, switch the flag off in an apply of its own first, so that the next
    /// one fails while there is something in it:
    ///
    /// ```hcl
    /// resource "aws_s3_bucket" "landing" {
    ///   bucket        = "acme-landing"
    ///   force_destroy = false
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether there is anything in it. The flag counts as the last apply left it in the state, which is
    /// what the provider goes by.
    pub static RULE = {
        id: "chg-bucket-force-destroy",
        summary: "bucket with `force_destroy` is being deleted",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: Change,
        subjects: ["aws_s3_bucket"],
        since: "0.1.0",
        no_unknown: "a plan always knows what it destroys and what that was",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.changes_of("aws_s3_bucket").filter(|it| it.actions().delete) {
        let why = reason::of(it);
        let is_forced = it.before().get("force_destroy").flag(false);
        let draft = out
            .deny(is_forced, it, why.attribute.clone(), || {
                let bucket = it.before().get("bucket").show();
                format!(
                    "{}; force_destroy deletes every object in {bucket} first",
                    why.sentence(it)
                )
            })
            .help(|| {
                "keep the bucket, or set force_destroy = false and apply that before".to_owned()
            });
        reason::blame(draft, why.origin);
    }
}
