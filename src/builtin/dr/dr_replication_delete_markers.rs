//! Replication that does not hand deletions on.

use crate::{
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a rule of a replication that has a `filter` and does not replicate delete markers: switched off is
    /// a note, `delete_marker_replication` left out of an `aws_s3_bucket_replication_configuration` an error.
    /// A rule without `filter` always replicates them.
    ///
    /// ## Why is this bad?
    /// What is deleted at the source stays in the copy: files that `VACUUM` removed cost on, and readers who
    /// list files see them again after a failover. A rule that has a filter and leaves the block out is
    /// refused ("DeleteMarkerReplication must be specified").
    /// Source: [Replicating delete markers](https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html);
    /// [aws_s3_bucket_replication_configuration](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_replication_configuration).
    ///
    /// ## How to fix it
    /// ```terraform
    /// rule {
    ///   status = "Enabled"
    ///   filter {}
    ///   delete_marker_replication {
    ///     status = "Enabled"
    ///   }
    ///   # ...
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What the copy is for: an archive that keeps what is deleted is right to leave them out. A status that is
    /// known only after the apply makes the finding possible.
    pub static RULE = {
        id: "dr-replication-delete-markers",
        summary: "replication does not hand deletions on",
        severity: Note,
        also: [(Error, "AWS refuses a rule with a filter that leaves the block out")],
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_replication_configuration"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const BLOCK: &str = "delete_marker_replication";
/// The same, in a block of a bucket.
const INLINE: &str = "delete_marker_replication_status";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("aws_s3_bucket_replication_configuration") {
        for rule in it.get("rule").items() {
            let (block, filtered) = (rule.member(BLOCK), is_filtered(&rule));
            let is_left_out =
                Tri::from(matches!(block.val(), Val::Null | Val::Omitted) || is_empty(&block));
            out.deny(filtered & is_left_out, it, &block, || {
                format!("a rule with a filter has no {BLOCK}, which AWS refuses")
            })
            .at(Severity::Error)
            .key(&key(&rule))
            .help(help);
            let is_off = block.get("status").test_text(|status| status != "Enabled");
            switched_off(it, &rule, &block, filtered & !is_left_out & is_off, out);
        }
    }
    for it in cx.of("aws_s3_bucket") {
        for rule in it.get("replication_configuration.rules").items() {
            let status = rule.member(INLINE);
            // The provider sends "off" for what is left out here.
            let is_on = status.is("Enabled");
            switched_off(it, &rule, &status, is_filtered(&rule) & !is_on, out);
        }
    }
}

fn switched_off(it: Res<'_>, rule: &View<'_>, at: &View<'_>, tri: Tri, out: &mut Findings<'_>) {
    let on = rule.get("status").is("Enabled");
    out.deny(on & tri, it, at, || "replication does not hand deletions on to the copy".to_owned())
        .key(&key(rule))
        .help(help);
}

/// An empty `filter` is one as well.
fn is_filtered(rule: &View<'_>) -> Tri {
    let filter = rule.member("filter");
    match filter.val() {
        Val::Unknown(cause) => filter.maybe(cause),
        _ => Tri::from(!is_empty(&filter)),
    }
}

fn is_empty(blocks: &View<'_>) -> bool {
    blocks.items().next().is_none() && !matches!(blocks.val(), Val::Unknown(_))
}

/// What tells rules of one replication apart.
fn key(rule: &View<'_>) -> String {
    rule.get("id").show()
}

fn help() -> String {
    format!("add {BLOCK} with the status \"Enabled\", unless the copy is an archive")
}
