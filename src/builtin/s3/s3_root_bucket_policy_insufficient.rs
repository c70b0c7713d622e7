//! A root bucket's policy that does not let Databricks in as it needs to.

use crate::{
    aws::policy::{Document, Request, Text},
    builtin::shared::{
        account,
        buckets::{self, in_policies, objects, some_objects},
        control_plane,
        roots::{self, Root},
    },
    estate::{Joined, Links, Named, Row, Rows},
    facts::{
        policies::{ROOT_BUCKET_ACTIONS, ROOT_OBJECT_ACTIONS},
        regions,
    },
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the policy of a workspace's root bucket that does not allow the control plane of
    /// Databricks all that it does there: to read, write and delete objects, to list them, and to ask
    /// for the bucket's region. A text, `aws_iam_policy_document` and `databricks_aws_bucket_policy` are
    /// read, the latter two also while they are known only after the apply: from their arguments. So is the
    /// policy that is written in the bucket itself, unless an `aws_s3_bucket_policy` overwrites it.
    ///
    /// ## Why is this bad?
    /// Databricks tries all of it when the workspace is created, and refuses the storage
    /// configuration. A policy made with `full_access_role` admits that role and nobody else.
    /// Source: aws/data_aws_bucket_policy.go of databricks/terraform-provider-databricks;
    /// [Create an S3 bucket for workspace deployment](https://docs.databricks.com/aws/en/admin/account-settings-e2/storage).
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
    /// Policies of buckets that no workspace of the run uses, and parts of a policy that are known only
    /// after the apply: they make the finding possible. Resources that do not show what they are made of are
    /// taken for the bucket or its objects. A statement makes it possible, too, that alone allows what is done
    /// with the bucket and with its objects, and names one thing that is not known yet: it may be either.
    /// Writing and deleting below some prefix is taken to be enough. Of two policies for one bucket, which
    /// overwrite one another, the better one counts. Denials are not looked at, nor is a storage configuration
    /// with a role of its own.
    pub static RULE = {
        id: "s3-root-bucket-policy-insufficient",
        summary: "root bucket policy does not allow Databricks what it needs",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket_policy", "aws_s3_bucket"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
    buckets::collect_policies(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let policies = Joined::by(cx.of("policy"), "bucket");
    for it in buckets::policies(cx) {
        let bucket = Named::of(it, "bucket");
        let Some(Root { workspace, sure, .. }) = roots::of(&links, &bucket) else { continue };
        let mut others = policies.named(&bucket).into_iter().filter(|(other, _)| !other.is(it));
        if others.any(|(other, _)| missing(&read(other, &bucket), &bucket, workspace).is_empty()) {
            continue;
        }
        let policy = read(it, &bucket);
        let missing = missing(&policy, &bucket, workspace);
        if missing.is_empty() && is_half(&policy, &bucket, workspace) {
            out.deny(sure & Tri::Maybe, it, "policy", || {
                "allows Databricks what it needs either on the root bucket or on its objects"
                    .to_owned()
            })
            .help(|| "name both as resources: the bucket's ARN, and the same with /*".to_owned())
            .related_at(workspace, "storage_configuration_id", || "the workspace".to_owned());
            continue;
        }
        if is_enough_as_a_whole(&policy, &bucket, workspace) {
            out.blind(Cause::Function, it);
            continue;
        }
        let tri = Tri::any(missing.iter().map(|(_, tri)| *tri));
        out.deny(tri & sure, it, "policy", || {
            let certain: Vec<&str> =
                missing.iter().filter(|(_, it)| *it == tri).map(|(action, _)| *action).collect();
            format!("does not allow Databricks {} on the root bucket", certain.join(", "))
        })
        .help(|| "use data.databricks_aws_bucket_policy, or allow the control plane's account these actions on the bucket and its objects".to_owned())
        .related_at(workspace, "storage_configuration_id", || "the workspace".to_owned());
    }
}

/// A policy, which names nothing but its bucket and what lies below: S3 refuses others ("Policy has invalid
/// resource"). So what stands in dynamic blocks, of which no origin is seen, is one of these.
fn read(row: &Row, bucket: &Named) -> Document {
    let mut document = (*row.policy("policy")).clone();
    let of: Vec<String> =
        [in_policies, objects, some_objects].iter().flat_map(|it| it(bucket)).collect();
    let lists = document.statements.iter_mut().filter_map(|it| it.resources.as_mut());
    for text in lists.filter(|list| !list.is_not).flat_map(|list| &mut list.items) {
        if text.has_no_origin() {
            *text = Text::Unknown { of: of.clone(), is_sure: true, is_open: false };
        }
    }
    document
}

/// Whether nothing is known to lack in a policy that is put together while applying, if all is there that it
/// may have: what an author wrote for Databricks was hardly written for nothing.
fn is_enough_as_a_whole(policy: &Document, bucket: &Named, workspace: &Row) -> bool {
    let mut whole = policy.clone();
    whole.is_partial = false;
    whole.statements.iter_mut().for_each(|it| it.is_certain = true);
    let missing = || missing(&whole, bucket, workspace);
    policy.is_partial && missing().iter().all(|(_, tri)| *tri != Tri::Yes)
}

/// Whether one statement alone allows what is done with the bucket and what is done with its objects, and
/// names one thing that is not known yet: that is the bucket or its objects.
fn is_half(policy: &Document, bucket: &Named, workspace: &Row) -> bool {
    let names_one_hidden = |at: &usize| {
        let resources = policy.statements[*at].resources.as_ref().filter(|list| !list.is_not);
        matches!(resources.map(|list| list.items.as_slice()), Some([Text::Unknown { .. }]))
    };
    let only_by = |at: usize| {
        let mut others = policy.clone();
        others.statements.remove(at);
        let mut lost = missing(&others, bucket, workspace);
        lost.retain(|(_, tri)| *tri == Tri::Yes);
        lost
    };
    let is_about = |lost: &[(&str, Tri)], actions: &[&str]| {
        lost.iter().any(|(action, _)| actions.contains(action))
    };
    // A policy of a bucket, of 20 KB at most, has no more of them.
    const MOST: usize = 16;
    let hidden = (0..policy.statements.len()).filter(names_one_hidden).take(MOST);
    let mut each = hidden.map(only_by);
    each.any(|lost| is_about(&lost, ROOT_OBJECT_ACTIONS) && is_about(&lost, ROOT_BUCKET_ACTIONS))
}

/// What is not allowed, or may not be.
fn missing(policy: &Document, bucket: &Named, workspace: &Row) -> Vec<(&'static str, Tri)> {
    let partition = workspace.text("region").map(regions::partition);
    let allows = |request: Request<'static>| control_plane::may(policy, &request, partition);
    let on_objects = ROOT_OBJECT_ACTIONS.iter().map(|action| {
        let request = Request::to(action);
        let is_reading = action.starts_with("s3:Get");
        let on = if is_reading {
            request.on(objects(bucket))
        } else {
            request.below(some_objects(bucket))
        };
        (*action, !allows(on))
    });
    let on_bucket = ROOT_BUCKET_ACTIONS
        .iter()
        .map(|action| (*action, !allows(Request::to(action).on(in_policies(bucket)))));
    on_objects.chain(on_bucket).filter(|(_, tri)| *tri != Tri::No).collect()
}
