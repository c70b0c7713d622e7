//! Replication of a bucket that is not versioned.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        depends_on,
        replication::{self, Settings, Versioned},
    },
    estate::{Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a replication (`aws_s3_bucket_replication_configuration`, or a block of `aws_s3_bucket`) from or
    /// into a bucket that is not versioned; and warns of one that does not wait for the versioning which
    /// this run switches on. Buckets and versioning may stand in several plans of the run.
    ///
    /// ## Why is this bad?
    /// S3 copies versions: "Both source and destination buckets must have versioning enabled", else it refuses
    /// the replication. Terraform creates what does not depend on one another in any order, at the same
    /// time.
    /// Source: [Requirements for replication](https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html#replication-requirements);
    /// [aws_s3_bucket_replication_configuration](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_replication_configuration),
    /// "Must have bucket versioning enabled first".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "aws_s3_bucket_versioning" "lake" {
    ///   bucket = aws_s3_bucket.lake.id
    ///   versioning_configuration {
    ///     status = "Enabled"
    ///   }
    /// }
    ///
    /// resource "aws_s3_bucket_replication_configuration" "lake" {
    ///   depends_on = [aws_s3_bucket_versioning.lake, aws_s3_bucket_versioning.copy]
    ///   bucket     = aws_s3_bucket.lake.id
    ///   # ...
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Buckets that no plan of the run has: about these it is silent. A status that is known only after the
    /// apply, and a versioning whose bucket the plan hides, make the finding possible.
    pub static RULE = {
        id: "dr-replication-needs-versioning",
        summary: "replication of a bucket that is not versioned",
        severity: Error,
        also: [(Warning, "the replication does not wait for the versioning")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_replication_configuration"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let settings = Settings::of(cx);
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for rule in settings.each_rule(cx) {
        // All rules of a replication have one source.
        if seen.insert((&rule.unit, &rule.address)) {
            let at = if rule.tri("inline") == Tri::Yes { "versioning" } else { "bucket" };
            judge_end(&settings, rule, ("from", "source"), at.to_owned(), out);
        }
        let at = replication::at(rule, "destination.bucket", "destination.bucket");
        judge_end(&settings, rule, ("to", "destination"), at, out);
    }
}

/// Judges the bucket at one end of a rule.
fn judge_end(
    settings: &Settings<'_>,
    rule: &Row,
    (cell, end): (&str, &str),
    at: String,
    out: &mut Findings<'_>,
) {
    let named = Named::of(rule, cell);
    let Some(versioned) = settings.versioning(&named) else { return };
    let sure = if named.open.is_none() { Tri::Yes } else { Tri::Maybe };
    let name = rule.cell(cell).named().unwrap_or(end).to_owned();
    let draft = out
        .deny(sure & !versioned.is_on, rule, at, || {
            format!("replication, but its {end} {name} is not versioned")
        })
        .help(|| {
            "switch versioning on for the source and the destination, and depend on both".to_owned()
        });
    let draft = replication::keyed(draft, settings, rule, cell);
    if let Some(by) = versioned.by {
        draft.related(by, || format!("versioning of the {end}"));
    }
    if let Versioned { is_on, by: Some(by) } = versioned {
        let in_one_run = Tri::from(by.unit == rule.unit && !rule.actions.is_noop()) & by.tri("new");
        let tri = is_on & in_one_run & !replication::waits(rule, by);
        out.deny(tri, rule, "depends_on", || {
            format!("replication does not wait for the versioning of its {end} {name}, which this run switches on")
        })
        .at(Severity::Warning)
        .key_of(by)
        .help(|| depends_on::let_wait(&rule.address, [by.address.as_str()]))
        .related(by, || "the versioning".to_owned());
    }
}
