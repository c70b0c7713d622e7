//! A workspace's root bucket that keeps no versions.

use crate::{
    builtin::shared::{
        account,
        buckets::{self},
        replication::{self, Settings},
    },
    estate::{Links, Named, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds the root bucket of a workspace that is not versioned. Bucket, versioning, storage
    /// configuration and workspace may stand in several plans of the run.
    ///
    /// ## Why is this bad?
    /// What somebody overwrites or deletes in the workspace's own storage is gone, and a bucket that is not
    /// versioned cannot be replicated. Databricks' own examples leave versioning off to save cost: this is for
    /// those who have to bring a workspace back, and only in the profile `dr`.
    /// Source: [Using versioning](https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html).
    ///
    /// ## How to fix it
    /// Version the bucket, and let old versions expire:
    ///
    /// ```terraform
    /// resource "aws_s3_bucket_versioning" "root" {
    ///   bucket = aws_s3_bucket.root.id
    ///   versioning_configuration {
    ///     status = "Enabled"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Buckets that no plan of the run manages. A status that is known only after the apply, and a versioning
    /// whose bucket the plan hides, make the finding possible.
    pub static RULE = {
        id: "dr-root-versioning",
        summary: "root bucket of a workspace is not versioned",
        severity: Note,
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["aws_s3_bucket"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    replication::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    let settings = Settings::of(cx);
    for bucket in cx.of(buckets::KIND).filter(|row| buckets::is_managed(row)) {
        let named = Named::itself(bucket);
        let users = users(&links, &named);
        let Some((workspace, _)) = users.first() else { continue };
        let is_root = Tri::any(users.iter().map(|(_, sure)| *sure));
        let Some(versioned) = settings.versioning(&named) else { continue };
        let draft = out
            .deny(is_root & !versioned.is_on, bucket, (), || {
                "root bucket of a workspace is not versioned".to_owned()
            })
            .help(|| "version it, with a lifecycle rule by which old versions expire".to_owned())
            .related(*workspace, || "the workspace".to_owned());
        if let Some(by) = versioned.by {
            draft.related(by, || "its versioning".to_owned());
        }
    }
}

/// Workspaces whose root bucket it is.
fn users<'a>(links: &Links<'a>, bucket: &Named) -> Vec<(&'a Row, Tri)> {
    let storages = links.naming(account::STORAGE, "bucket").named(bucket).into_iter();
    let of = |(storage, sure): (&'a Row, Tri)| {
        let workspaces = links.from(storage, account::WORKSPACE, "storage").into_iter();
        workspaces.map(move |(workspace, also)| (workspace, sure & also))
    };
    storages.flat_map(of).collect()
}
