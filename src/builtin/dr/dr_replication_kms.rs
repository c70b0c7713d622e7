//! Replication that leaves out what KMS encrypts.

use crate::{
    builtin::shared::{
        regions,
        replication::{self, Settings},
    },
    estate::{Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a replication of a bucket whose objects KMS encrypts, where the rule does not select such
    /// objects or names no key for the copies: a warning. A key in another region than the destination is an
    /// error.
    ///
    /// ## Why is this bad?
    /// "By default, Amazon S3 doesn't replicate objects that are encrypted with SSE-KMS": the replication is
    /// there, and the destination stays empty. Nothing tells.
    /// Source: [Replicating encrypted objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html).
    ///
    /// ## How to fix it
    /// ```terraform
    /// rule {
    ///   status = "Enabled"
    ///   source_selection_criteria {
    ///     sse_kms_encrypted_objects {
    ///       status = "Enabled"
    ///     }
    ///   }
    ///   destination {
    ///     bucket = aws_s3_bucket.copy.arn
    ///     encryption_configuration {
    ///       replica_kms_key_id = aws_kms_replica_key.copy.arn # in the region of the copy
    ///     }
    ///   }
    ///   # ...
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// How a bucket is encrypted that no plan of the run has, and objects that bring an encryption of their
    /// own. Whether the role of the replication may use both keys: these may be allowed by the role's policies as
    /// by those of the keys, of which the key of the copies mostly lies in another plan.
    pub static RULE = {
        id: "dr-replication-kms",
        summary: "replication leaves out objects that KMS encrypts",
        severity: Warning,
        also: [(Error, "the key for the copies lies in another region than the destination")],
        confidence: Certain,
        category: Reliability,
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
    for rule in settings.each_rule(cx) {
        let is_kms = rule.tri("on") & settings.is_kms(&Named::of(rule, "from"));
        let (selects, encrypts) = (rule.tri("selects"), rule.tri("encrypts"));
        let said = |what: &str| format!("replication of a bucket that KMS encrypts {what}");
        let help = || {
            "add both `sse_kms_encrypted_objects` and a key in the region of the destination"
                .to_owned()
        };
        let selection = "source_selection_criteria";
        let at = replication::at(rule, selection, selection);
        let draft = out.deny(is_kms & !selects, rule, at, || said("does not select its objects"));
        replication::keyed(draft.help(help), &settings, rule, "to");
        let at = replication::at(
            rule,
            "destination.encryption_configuration",
            "destination.replica_kms_key_id",
        );
        let draft =
            out.deny(is_kms & selects & !encrypts, rule, at, || said("has no key for the copies"));
        replication::keyed(draft.help(help), &settings, rule, "to");
        wrong_region(&settings, rule, out);
    }
}

fn wrong_region(settings: &Settings<'_>, rule: &Row, out: &mut Findings<'_>) {
    let Some(to) = settings.bucket(rule, "to") else { return };
    let (key, bucket) = (rule.cell("key-region"), to.cell("region"));
    let at = replication::at(
        rule,
        "destination.encryption_configuration.replica_kms_key_id",
        "destination.replica_kms_key_id",
    );
    let draft = out.deny(
        rule.tri("on") & Tri::from(regions::differ(key, bucket) == Tri::Yes),
        rule,
        at,
        || {
            format!(
                "key for the copies lies in {}, but the destination in {}",
                regions::shown(key),
                regions::shown(bucket)
            )
        },
    );
    replication::keyed(draft, settings, rule, "to")
        .at(Severity::Error)
        .help(|| format!("use a key in {}", regions::shown(bucket)))
        .related(to, || format!("the destination, in {}", regions::shown(bucket)));
}
