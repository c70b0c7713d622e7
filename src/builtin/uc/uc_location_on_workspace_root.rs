//! Unity Catalog on the root bucket of a workspace.

use crate::{
    builtin::shared::{account, buckets, storage_paths::StoragePath},
    estate::{Cell, Links, Named, Row, Rows},
    facts::regions::is_region,
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_external_location` over the default storage of a workspace: the whole root
    /// bucket, or its folder of the region. Other folders of a root bucket are notes. The `storage_root`
    /// of a catalog, schema or metastore in a root bucket is a warning while the storage configuration
    /// has no `role_arn`. Locations and workspaces may stand in several plans of the run.
    ///
    /// ## Why is this bad?
    /// A location that overlaps the default storage of the workspace keeps Unity Catalog from using
    /// that, and lets whoever may read the location read the workspace's own files: notebook results,
    /// libraries, logs. Root buckets are open to the control plane and to every cluster.
    /// Source: [Storage conflicts](https://docs.databricks.com/aws/en/data-governance/unity-catalog/storage-conflicts);
    /// [databricks_mws_storage_configurations](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/mws_storage_configurations),
    /// `role_arn`.
    ///
    /// ## How to fix it
    /// Give data a bucket of its own:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "lake" {
    ///   name            = "lake"
    ///   url             = "s3://acme-lake/"
    ///   credential_name = "lake"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Workspaces that no plan of the run has. A `url` whose bucket is known and whose path is not makes
    /// the finding possible. Storage configurations that only deliver logs are no root buckets.
    pub static RULE = {
        id: "uc-location-on-workspace-root",
        summary: "external location over the root bucket of a workspace",
        severity: Error,
        also: [
            (Warning, "a managed location lies in a root bucket whose configuration has no role"),
            (Note, "the location is another folder of the root bucket"),
        ],
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: [
            "databricks_external_location",
            "databricks_catalog",
            "databricks_schema",
            "databricks_metastore",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// An external location. Cells: `bucket`, `url`, `attribute`.
const LOCATION: &str = "location";
/// What has a managed location. Cells: those of [`LOCATION`].
const MANAGED: &str = "managed";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    for (kind, attribute, row) in [
        ("databricks_external_location", "url", LOCATION),
        ("databricks_catalog", "storage_root", MANAGED),
        ("databricks_schema", "storage_root", MANAGED),
        ("databricks_metastore", "storage_root", MANAGED),
    ] {
        for it in cx.of(kind) {
            let url = it.get(attribute);
            rows.add(row, it)
                .with("bucket", buckets::in_location(&url))
                .with("url", url)
                .with("attribute", Cell::Known(attribute.to_owned()));
        }
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for location in cx.of(LOCATION) {
        let (level, over) = match location.text("url").and_then(StoragePath::parse) {
            Some(path) if is_default_storage(&path) => (Severity::Error, Tri::Yes),
            Some(_) => (Severity::Note, Tri::Yes),
            None => (Severity::Error, Tri::Maybe),
        };
        report(&links, location, level, &|_| over, out);
    }
    for managed in cx.of(MANAGED) {
        let lacks_role = |storage: &Row| match storage.cell("role") {
            Cell::Unset => Tri::Yes,
            _ => Tri::No,
        };
        report(&links, managed, Severity::Warning, &lacks_role, out);
    }
}

/// Whether a path is or holds the default storage of a workspace, `s3://bucket/<region>`.
fn is_default_storage(path: &StoragePath) -> bool {
    match path.segments() {
        [] => true,
        [folder] => is_region(folder.strip_suffix("-prod").unwrap_or(folder)),
        _ => false,
    }
}

fn report(
    links: &Links<'_>,
    row: &Row,
    level: Severity,
    ask: &dyn Fn(&Row) -> Tri,
    out: &mut Findings<'_>,
) {
    let in_bucket = links.naming(account::STORAGE, "bucket").named(&Named::of(row, "bucket"));
    let used = in_bucket.into_iter().map(|(storage, sure)| {
        let workspaces = links.from(storage, account::WORKSPACE, "storage");
        (
            sure & Tri::any(workspaces.iter().map(|(_, sure)| *sure)) & ask(storage),
            storage,
            workspaces,
        )
    });
    let Some((tri, storage, workspaces)) = used.max_by_key(|(tri, ..)| *tri) else { return };
    let attribute = row.text("attribute").unwrap_or_default();
    let mut draft = out
        .deny(tri, row, attribute, || {
            let url = row.cell("url").show();
            match level {
                Severity::Error => {
                    format!("{attribute} {url} covers the default storage of a workspace")
                }
                _ => format!("{attribute} {url} lies in the root bucket of a workspace"),
            }
        })
        .at(level)
        .help(|| "give the data a bucket of its own".to_owned())
        .related_at(storage, "bucket_name", || "makes it a root bucket".to_owned());
    for (workspace, _) in workspaces {
        draft =
            draft.related_at(workspace, "storage_configuration_id", || "the workspace".to_owned());
    }
}
