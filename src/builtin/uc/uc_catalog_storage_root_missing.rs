//! A catalog that has nowhere to put its managed tables.

use crate::{
    builtin::shared::metastores::{self, Places, Spaces},
    estate::{Cell, Row, Rows},
    graph::{Cause, Res},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_catalog` that is created without a `storage_root` in a metastore that has
    /// none either. The metastore is that of `metastore_id`, or the one assigned to the workspace; it may
    /// stand in another plan of the run, or be looked up. Foreign and shared catalogs need no root.
    ///
    /// ## Why is this bad?
    /// Managed tables of the catalog would lie nowhere: the apply fails with "Metastore storage root URL
    /// does not exist". An account with Default Storage answers the same, because only the UI and SQL
    /// use that (databricks/cli#5695).
    /// Source: [databricks_metastore](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/metastore),
    /// "If no `storage_root` is defined for the metastore, each catalog must have a `storage_root` defined".
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_catalog" "sales" {
    ///   name         = "sales"
    ///   storage_root = "s3://acme-sales-catalog/managed"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Metastores that no plan of the run has: about their catalogs the rule is silent. A root that is
    /// known only after the apply counts as one of the catalog. Where it is the metastore's it makes the
    /// finding possible, unless it is made of an id or a name, such as `"s3://${aws_s3_bucket.lake.id}/"`.
    pub static RULE = {
        id: "uc-catalog-storage-root-missing",
        summary: "catalog without a root in a metastore without one",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_catalog"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A catalog that is created without a root. Cell: `is-own` (an answer: whether it holds data of its
/// own).
const CATALOG: &str = "catalog";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for it in cx.of("databricks_catalog").filter(|it| it.is_created()) {
        if it.get("storage_root").is_given() == Tri::No {
            let row = rows.add(CATALOG, it).with("is-own", !is_foreign(it));
            places.put(row, it, "metastore_id");
        }
    }
}

/// Whether a catalog shows what lies elsewhere: behind a connection, or in a share.
fn is_foreign(it: Res<'_>) -> Tri {
    Tri::any(["connection_name", "provider_name", "share_name"].map(|name| it.get(name).is_given()))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[CATALOG]);
    for catalog in cx.of(CATALOG) {
        let metastores = spaces.metastore(catalog);
        if metastores.is_empty() {
            out.blind(Cause::NotInRun, catalog);
            continue;
        }
        let mut draft = out
            .deny(catalog.tri("is-own") & is_rootless(metastores), catalog, "storage_root", || {
                let name = metastores.first().map_or("", |row| row.address.as_str());
                format!("has no storage_root, and its metastore {name} has none either")
            })
            .help(|| "set `storage_root` to a path inside an external location".to_owned());
        for metastore in metastores {
            draft = draft.related_at(*metastore, "storage_root", || "the metastore".to_owned());
        }
    }
}

/// Whether the rows of one metastore show that it has no root.
fn is_rootless(metastores: &[&Row]) -> Tri {
    let has_root = |row: &&Row| match row.cell("root") {
        Cell::Known(root) => Tri::from(!root.is_empty()),
        Cell::Unset => Tri::No,
        Cell::Masked(_) => Tri::Yes,
        _ => row.tri("rooted") | Tri::Maybe,
    };
    let all: Vec<Tri> = metastores.iter().map(has_root).collect();
    // One row that shows it decides for those that do not.
    match (all.contains(&Tri::Yes), all.contains(&Tri::No)) {
        (true, _) => Tri::No,
        (false, true) => Tri::Yes,
        (false, false) => Tri::Maybe,
    }
}
