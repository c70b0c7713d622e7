//! A root bucket in another region than its workspace.

use crate::{
    builtin::shared::{
        account,
        buckets::{self, Buckets},
        regions,
    },
    estate::{Cell, Links, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_mws_workspaces` whose root bucket lies in another region. Workspace,
    /// storage configuration and bucket may stand in one plan, in modules of it, or in several plans
    /// of the run; they are joined by reference, by id and by bucket name.
    ///
    /// ## Why is this bad?
    /// The root bucket must be in the region of the workspace. To Terraform it is only a name: the
    /// plan succeeds, and the workspace fails to be created, or every access crosses regions.
    /// Source: [Configure AWS storage](https://docs.databricks.com/administration-guide/cloud-configurations/aws/aws-storage.html),
    /// "The S3 bucket must be in the same AWS region as the Databricks deployment".
    ///
    /// ## How to fix it
    /// Make the bucket with a provider of the workspace's region:
    ///
    /// ```hcl
    /// resource "aws_s3_bucket" "root" {
    ///   provider = aws.frankfurt # the region of databricks_mws_workspaces.this.aws_region
    ///   bucket   = "acme-root-eu-central-1"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The region of a bucket that is in no plan of the run, or whose provider takes its region from
    /// the environment: the rule is silent. A workspace whose region is known only after the apply
    /// makes the finding possible.
    pub static RULE = {
        id: "reg-root-bucket",
        summary: "root bucket in another region",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_mws_workspaces"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (links, buckets) = (Links::of(cx), Buckets::of(cx));
    for workspace in cx.of(account::WORKSPACE) {
        let region = workspace.cell("region");
        let ours = regions::shown(region);
        let lies_elsewhere = |storage: &Row| {
            let places: Vec<(&Row, Cell)> =
                buckets.of_row(storage).into_iter().map(place).collect();
            regions::all_elsewhere(&places, region)
        };
        let (tri, cause) = links.at_odds((workspace, "storage"), account::STORAGE, lies_elsewhere);
        let unseen = || if tri == Tri::No { unseen(&links, workspace) } else { None };
        if let Some(cause) = cause.or_else(unseen) {
            out.blind(cause, workspace);
        }
        let storages = links.to(workspace, "storage", account::STORAGE);
        let found: Vec<&Row> = storages.iter().flat_map(|(it, _)| buckets.of_row(it)).collect();
        let mut draft = out
            .deny(tri, workspace, "storage_configuration_id", || {
                let theirs = found.first().map_or("another region", |it| region_of(it));
                format!("root bucket lies in {theirs}, but the workspace in {ours}")
            })
            .help(|| format!("use a bucket in {ours} for this workspace"));
        for (storage, _) in storages {
            draft = draft.related_at(storage, "bucket_name", || "names the bucket".to_owned());
        }
        for bucket in found {
            draft = draft.related(bucket, || format!("the root bucket, in {}", region_of(bucket)));
        }
    }
}

/// Why the bucket of a storage configuration of a workspace is not seen; none where it is.
fn unseen(links: &Links<'_>, workspace: &Row) -> Option<Cause> {
    let mut storages = links.to(workspace, "storage", account::STORAGE).into_iter();
    storages.find_map(|(it, _)| links.hidden(it, "bucket", buckets::KIND))
}

fn place(bucket: &Row) -> (&Row, Cell) {
    (bucket, bucket.cell("region").clone())
}

fn region_of(bucket: &Row) -> &str {
    regions::shown(bucket.cell("region"))
}
