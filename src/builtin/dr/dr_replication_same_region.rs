//! Replication that stays in the region.

use std::collections::BTreeMap;

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

/// A bucket that its tags say is for logs. Cell: `sure`, an answer.
const FOR_LOGS: &str = "bucket-for-logs";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
    for it in cx.of("aws_s3_bucket") {
        let tags = ["tags", "tags_all"].map(|name| it.get(name));
        let values = tags.iter().flat_map(|tags| tags.members());
        let by_value = values.map(|(_, value)| value.test_text(names_logs));
        let is_hidden = tags.iter().any(|tags| tags.is_set() == Tri::Maybe);
        let is_for_logs = Tri::any(by_value) | (Tri::from(is_hidden) & Tri::Maybe);
        if is_for_logs != Tri::No {
            rows.add(FOR_LOGS, it).with("sure", is_for_logs);
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let settings = Settings::of(cx);
    let place = |row: &'_ Row| (row.unit.clone(), row.address.clone());
    let by_tag: BTreeMap<(String, String), Tri> =
        cx.of(FOR_LOGS).map(|row| (place(row), row.tri("sure"))).collect();
    let is_for_logs = |bucket: &Row| {
        let by_name = match bucket.cell("name") {
            Cell::Known(name) => Tri::from(names_logs(name)),
            Cell::Unknown(_) => Tri::Maybe,
            _ => Tri::No,
        };
        by_name | by_tag.get(&place(bucket)).copied().unwrap_or(Tri::No)
    };
    for rule in settings.each_rule(cx) {
        let (from, to) = (settings.bucket(rule, "from"), settings.bucket(rule, "to"));
        let is_for_logs = Tri::any([from, to].into_iter().flatten().map(&is_for_logs));
        let ours = from.and_then(|bucket| bucket.text("region")).or(rule.text("region"));
        let theirs = to.and_then(|bucket| bucket.text("region"));
        let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
        let at = replication::at(rule, "destination.bucket", "destination.bucket");
        let draft = out
            .deny(rule.tri("on") & Tri::from(ours == theirs) & !is_for_logs, rule, at, || {
                format!("replicates into {theirs}, the region in which the source lies")
            })
            .help(|| "make the destination in another region".to_owned());
        let draft = replication::keyed(draft, &settings, rule, "to");
        if let Some(to) = to {
            draft.related(to, || format!("the destination, in {theirs}"));
        }
    }
}
