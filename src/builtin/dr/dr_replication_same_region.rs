//! Replication that stays in the region.

use crate::{
    builtin::shared::replication::{self, Settings},
    estate::{Cell, Row, Rows},
    facts::environments::names_logs,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a replication whose destination lies in the region of its source. Both buckets may stand in
    /// different plans of the run.
    ///
    /// ## Why is this bad?
    /// Such a copy survives that somebody deletes objects, and not the outage of a region, which is what most
    /// replications of data are made for.
    /// Source: [When to use Same-Region Replication](https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html#srr-scenario).
    ///
    /// ## How to fix it
    /// Make the destination with a provider of the other region:
    ///
    /// ```terraform
    /// resource "aws_s3_bucket" "copy" {
    ///   provider = aws.dr
    ///   bucket   = "acme-dr-lake"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Where a destination lies that no plan of the run has, or whose provider takes its region from the
    /// environment: it is silent. Buckets that are called after logs or artefacts are often collected inside of
    /// one region, and passed over.
    pub static RULE = {
        id: "dr-replication-same-region",
        summary: "replication into the region of the source",
        severity: Warning,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_replication_configuration"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A bucket that its tags say is for logs.
const FOR_LOGS: &str = "bucket-for-logs";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
    for it in cx.of("aws_s3_bucket") {
        let tags = ["tags", "tags_all"].into_iter().flat_map(|name| it.get(name).members());
        if tags.into_iter().any(|(_, value)| value.text().is_some_and(names_logs)) {
            rows.add(FOR_LOGS, it);
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let settings = Settings::of(cx);
    for rule in settings.each_rule(cx) {
        let (from, to) = (settings.bucket(rule, "from"), settings.bucket(rule, "to"));
        let is_for_logs = [from, to].into_iter().flatten().any(|bucket| is_for_logs(cx, bucket));
        let ours = from.and_then(|bucket| bucket.text("region")).or(rule.text("region"));
        let theirs = to.and_then(|bucket| bucket.text("region"));
        let (Some(ours), Some(theirs), false) = (ours, theirs, is_for_logs) else { continue };
        let at = replication::at(rule, "destination.bucket", "destination.bucket");
        let draft = out
            .deny(rule.tri("on") & Tri::from(ours == theirs), rule, at, || {
                format!("replicates into {theirs}, the region in which the source lies")
            })
            .key(rule.cell("to").named().unwrap_or_default())
            .help(|| "make the destination in another region".to_owned());
        if let Some(to) = to {
            draft.related(to, || format!("the destination, in {theirs}"));
        }
    }
}

fn is_for_logs(cx: &EstateCx<'_>, bucket: &Row) -> bool {
    let by_name = matches!(bucket.cell("name"), Cell::Known(name) if names_logs(name));
    by_name || cx.of(FOR_LOGS).any(|row| row.is(bucket))
}
