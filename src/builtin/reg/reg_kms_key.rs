//! A key in another region than what it encrypts.

use crate::{
    builtin::shared::{
        account::{self, KEY_OR_ALIAS},
        buckets::{self, Buckets},
        regions,
    },
    estate::{Cell, Links, Row, Rows},
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose customer-managed key lies in another region, and an
    /// `aws_s3_bucket_server_side_encryption_configuration` that gives a bucket a key of another
    /// region. A key's region is that of its ARN, else that of the provider which makes it; of a
    /// multi-Region key the replica counts that is named. A `key_region` that is not the workspace's is
    /// found as well. Workspace, key configuration and bucket may
    /// stand in different plans of the run.
    ///
    /// ## Why is this bad?
    /// KMS keys serve their own region only. The plan succeeds; the workspace fails to be created, and
    /// nothing can be written to the bucket.
    /// Source: [Customer-managed keys](https://docs.databricks.com/aws/en/security/keys/configure-customer-managed-keys),
    /// "the key must be in the same AWS region as your workspace";
    /// [Using server-side encryption with AWS KMS keys](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html),
    /// "the KMS key must be in the same Region as the bucket".
    ///
    /// ## How to fix it
    /// Make the key with a provider of the workspace's region, or a replica there:
    ///
    /// ```hcl
    /// resource "aws_kms_replica_key" "frankfurt" {
    ///   provider        = aws.frankfurt
    ///   primary_key_arn = aws_kms_key.global.arn
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Key configurations of no plan of the run, and keys whose ARN is known only after the apply and
    /// that no plan makes: the rule is silent. A workspace whose region is known only after the apply
    /// makes the finding possible.
    pub static RULE = {
        id: "reg-kms-key",
        summary: "customer-managed key in another region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "aws_s3_bucket_server_side_encryption_configuration",
            "databricks_mws_workspaces",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// Cells of a workspace that name a key configuration, and their attributes.
const KEYS: [(&str, &str); 2] = [
    ("services-key", "managed_services_customer_managed_key_id"),
    ("storage-key", "storage_customer_managed_key_id"),
];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
    for it in cx.of("aws_s3_bucket_server_side_encryption_configuration") {
        encryption(it, rows);
    }
}

fn encryption(it: Res<'_>, rows: &mut Rows) {
    for rule in it.get("rule").items() {
        let key = rule.get("apply_server_side_encryption_by_default.kms_master_key_id");
        rows.add("encryption", it)
            .with("bucket", buckets::named(&it.get("bucket")))
            .with("region", regions::shown_or_unset(it.region()))
            .with("key-region", regions::shown_or_unset(regions::of_named(&key, KEY_OR_ALIAS)))
            .with("attribute", Cell::Known(key.attribute()));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for workspace in cx.of(account::WORKSPACE) {
        for (cell, attribute) in KEYS {
            judge_workspace(&links, workspace, (cell, attribute), out);
        }
    }
    let buckets = Buckets::of(cx);
    for it in cx.of("encryption") {
        let places: Vec<Cell> =
            buckets.of_row(it).iter().map(|it| it.cell("region").clone()).collect();
        let region = match places.as_slice() {
            [only] if *only != Cell::Unset => only,
            [] | [_] => it.cell("region"),
            _ => &Cell::Unset,
        };
        let key = it.cell("key-region");
        let (ours, theirs) = (regions::shown(region), regions::shown(key));
        let attribute = it.text("attribute").unwrap_or_default();
        let mut draft = out
            .deny(regions::differ(region, key), it, attribute, || {
                format!("encrypts a bucket in {ours} with a key in {theirs}")
            })
            .help(|| format!("use a key in {ours}, or a replica there"));
        for bucket in buckets.of_row(it) {
            draft = draft.related(bucket, || format!("the bucket, in {ours}"));
        }
    }
}

fn judge_workspace(
    links: &Links<'_>,
    workspace: &Row,
    (cell, attribute): (&'static str, &str),
    out: &mut Findings<'_>,
) {
    let region = workspace.cell("region");
    let (tri, cause) = links.at_odds((workspace, cell), account::KEY, |key| {
        regions::differ(region, elsewhere(region, key).0)
    });
    if let Some(cause) = cause {
        out.blind(cause, workspace);
    }
    let keys = links.to(workspace, cell, account::KEY);
    let first = keys.first().map(|(key, _)| elsewhere(region, key));
    let ours = regions::shown(region);
    let mut draft = out
        .deny(tri, workspace, attribute, || match first {
            Some((theirs, TOLD)) => {
                let theirs = regions::shown(theirs);
                format!("lies in {ours}, but is given a key that is registered for {theirs}")
            }
            Some((theirs, _)) => {
                format!("lies in {ours}, but is given a key in {}", regions::shown(theirs))
            }
            None => format!("lies in {ours}, but is given a key in another region"),
        })
        .help(|| format!("register a key in {ours}, or the replica there of a multi-Region key"));
    for (key, _) in keys {
        let (theirs, attribute) = elsewhere(region, key);
        let lies_in = || format!("the key configuration, of a key in {}", regions::shown(theirs));
        draft = draft.related_at(key, format!("aws_key_info[0].{attribute}"), lies_in);
    }
}

/// Where a key lies, and what says so: the region that it is registered with, where only that is another
/// than the workspace's.
fn elsewhere<'a>(region: &Cell, key: &'a Row) -> (&'a Cell, &'static str) {
    let (own, told) = (key.cell("region"), key.cell("told"));
    let is_told =
        regions::differ(region, own) == Tri::No && regions::differ(region, told) == Tri::Yes;
    if is_told { (told, TOLD) } else { (own, "key_arn") }
}

/// The argument that says as a key of which region it is registered.
const TOLD: &str = "key_region";
