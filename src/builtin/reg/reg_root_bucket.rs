//! A root bucket in another region than its workspace.

use crate::{
    builtin::shared::buckets::{self, Buckets},
    estate::{Cell, Found, Named, Row, Rows},
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
    for it in cx.of("databricks_mws_workspaces") {
        rows.add("workspace", it)
            .with("region", it.get("aws_region"))
            .with("storage", it.get("storage_configuration_id").target(&[STORAGE]));
    }
    for it in cx.of(STORAGE) {
        rows.add("storage", it)
            .with("id", it.get("storage_configuration_id"))
            .with("bucket", buckets::named(&it.get("bucket_name")));
    }
    buckets::collect(cx, rows);
}

const STORAGE: &str = "databricks_mws_storage_configurations";

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let buckets = Buckets::of(cx);
    for it in cx.of("workspace") {
        let storage = cx.follow(it, it.cell("storage"), "storage", &["id"]);
        let found: Vec<(&Row, Vec<&Row>)> =
            storage.rows().iter().map(|row| (*row, buckets.of_row(row))).collect();
        let all = || found.iter().flat_map(|(_, buckets)| buckets.iter().copied());
        let tri = match found.as_slice() {
            [] => Tri::No,
            found => Tri::agree(found.iter().map(|(_, buckets)| all_elsewhere(it, buckets))),
        };
        if let (Tri::No, Some(cause)) = (tri, unseen(&buckets, it, &storage)) {
            out.blind(cause, it);
        }
        let mut draft = out
            .deny(tri, it, "storage_configuration_id", || {
                let theirs = all().next().map_or("another region", shown);
                format!("root bucket lies in {theirs}, but the workspace in {}", shown(it))
            })
            .help(|| match it.text("region") {
                Some(region) => format!("use a bucket in {region} for this workspace"),
                None => "use a bucket in the region of the workspace".to_owned(),
            });
        for (row, _) in &found {
            draft = draft.related_at(*row, "bucket_name", || "names the bucket".to_owned());
        }
        for row in all() {
            draft = draft.related(row, || format!("the root bucket, in {}", shown(row)));
        }
    }
}

/// Why the bucket of a workspace is not seen; none where it is, or where it has none.
fn unseen(buckets: &Buckets<'_>, workspace: &Row, storage: &Found<'_>) -> Option<Cause> {
    match storage {
        Found::Nothing(cause) => {
            let names_one = *workspace.cell("storage") != Cell::Unset;
            names_one.then_some(*cause)
        }
        found => found
            .rows()
            .iter()
            .find(|row| buckets.of_row(row).is_empty())
            .map(|row| Named::of(row, "bucket").open.unwrap_or(Cause::NotInRun)),
    }
}

/// The bucket is in another region, whichever of these it is. An unknown bucket is no evidence.
fn all_elsewhere(workspace: &Row, buckets: &[&Row]) -> Tri {
    let is_elsewhere = |bucket: &&Row| match (workspace.cell("region"), bucket.cell("region")) {
        (Cell::Unset, _) | (_, Cell::Unset) => Tri::No,
        (ours, theirs) => !ours.same(theirs),
    };
    if buckets.is_empty() { Tri::No } else { Tri::agree(buckets.iter().map(is_elsewhere)) }
}

fn shown(row: &Row) -> &str {
    match row.cell("region") {
        Cell::Masked(_) => "a region that is masked",
        Cell::Known(region) => region,
        _ => "a region known after apply",
    }
}
