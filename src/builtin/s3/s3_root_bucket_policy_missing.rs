//! A root bucket that lets nobody in.

use crate::{
    aws::policy::Document,
    builtin::shared::{
        account,
        buckets::{self, is_managed},
        roots::{self, Root},
    },
    estate::{Joined, Links, Named, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds root buckets of workspaces that no plan of the run gives a bucket policy: neither an
    /// `aws_s3_bucket_policy` nor one in the bucket itself. Buckets of a storage configuration with a
    /// `role_arn`, which Databricks then comes as, and buckets of log delivery are not looked at.
    ///
    /// ## Why is this bad?
    /// Databricks tries to list, write, read and delete in the root bucket when the workspace is created. It
    /// comes from another AWS account, so without a policy it is refused and the workspace fails.
    /// Source: [Create an S3 bucket for workspace deployment](https://docs.databricks.com/aws/en/admin/account-settings-e2/storage);
    /// docs/guides/aws-workspace.md of databricks/terraform-provider-databricks.
    ///
    /// ## How to fix it
    /// ```hcl
    /// data "databricks_aws_bucket_policy" "root" {
    ///   bucket                   = aws_s3_bucket.root.bucket
    ///   databricks_e2_account_id = var.databricks_account_id
    /// }
    ///
    /// resource "aws_s3_bucket_policy" "root" {
    ///   bucket = aws_s3_bucket.root.id
    ///   policy = data.databricks_aws_bucket_policy.root.json
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A policy in a plan that is not part of the run, for a bucket that this run creates. A policy for
    /// a bucket that the plan does not show, or that was left out of it, makes the finding possible.
    pub static RULE = {
        id: "s3-root-bucket-policy-missing",
        summary: "root bucket without a policy that admits Databricks",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const POLICY: &str = "aws_s3_bucket_policy";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
    for it in cx.of(POLICY) {
        rows.add("policy", it).with("bucket", buckets::named(&it.get("bucket")));
    }
    for it in cx.of("aws_s3_bucket") {
        // What was filled in for a state in place of a policy is none.
        let own = it.get("policy").test_text(|text| Document::parse(text).is_some());
        rows.add("own", it).with("own", own);
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let policies = Joined::by(cx.of("policy"), "bucket");
    let left_out = Tri::from(cx.may_lack(POLICY)) & Tri::Maybe;
    for bucket in cx.of("bucket").filter(|it| is_managed(it)) {
        let itself = Named::itself(bucket);
        let Some(Root { workspace, storage, sure }) = roots::of(&links, &itself) else { continue };
        let separate = Tri::any(policies.seek(&itself).into_iter().map(|(_, tri)| tri));
        let own =
            Tri::any(links.rows("own").named(&itself).into_iter().map(|(it, _)| it.tri("own")));
        out.deny(!(separate | own | left_out) & sure, bucket, "bucket", || {
            format!(
                "is the root bucket of {}, but no bucket policy admits Databricks",
                workspace.address
            )
        })
        .help(|| "add an aws_s3_bucket_policy with data.databricks_aws_bucket_policy".to_owned())
        .related_at(storage, "bucket_name", || "names the bucket, and has no role_arn".to_owned())
        .related_at(workspace, "storage_configuration_id", || "keeps its data there".to_owned());
    }
}
