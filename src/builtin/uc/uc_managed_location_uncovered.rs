//! A managed location, or an external volume, in no external location.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        buckets, masks,
        metastores::{self, METASTORE, Places, Spaces},
        states,
        storage_paths::{self, Paths, StoragePath},
    },
    estate::{Cell, Named, Row, Rows},
    graph::{Res, Target},
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds the `storage_root` of a `databricks_catalog` or `databricks_schema`, and the
    /// `storage_location` of an external `databricks_volume`, that lies in no external location of the
    /// run, although the run has locations of the same bucket, or makes the bucket together with it.
    ///
    /// ## Why is this bad?
    /// Unity Catalog reaches a path only through an external location that holds it; without one the
    /// apply fails. A prefix is one only up to a slash: `s3://data/a` does not hold `s3://data/ab`.
    /// Source: [Managed storage](https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/managed-storage),
    /// "must be contained within an external location".
    ///
    /// ## How to fix it
    /// Make a location of the path or of one above it, and let the object wait for it:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "data" {
    ///   name            = "data"
    ///   url             = "s3://acme-data/managed"
    ///   credential_name = "lake"
    /// }
    ///
    /// resource "databricks_catalog" "prod" {
    ///   name         = "prod"
    ///   storage_root = "s3://acme-data/managed/prod"
    ///   depends_on   = [databricks_external_location.data]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Locations that no plan of the run has: about a bucket that the run neither makes nor has
    /// locations of it is silent, as about paths that are known only after the apply. The finding is
    /// only possible where the object exists already at that path, where the bucket existed before or
    /// comes from another plan and the run has no location of it, and where a location's own `url` is
    /// not known.
    pub static RULE = {
        id: "uc-managed-location-uncovered",
        summary: "managed location in no external location",
        severity: Error,
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_catalog", "databricks_schema", "databricks_volume"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// What must lie in a location. Cells: `path`, `attribute`, `bucket`, `is-new` (an answer: whether it
/// gets its path in this plan), `is-bucket-new`.
const PATH: &str = "path";
/// An external location, managed or looked up. Cells: `url`, `bucket`.
const LOCATION: &str = "location";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    buckets::collect(cx, rows);
    let places = Places::default();
    for (kind, attribute) in [
        ("databricks_catalog", "storage_root"),
        ("databricks_schema", "storage_root"),
        ("databricks_volume", "storage_location"),
    ] {
        for it in cx.of(kind) {
            let is_managed =
                kind == "databricks_volume" && it.get("volume_type").is("EXTERNAL") != Tri::Yes;
            if !is_managed {
                path(it, attribute, &places, rows);
            }
        }
    }
    for it in cx.of("databricks_external_location").chain(cx.data("databricks_external_location")) {
        let url = match it.mode() {
            Mode::Managed => it.get("url"),
            Mode::Data => it.get("external_location_info.url"),
        };
        let row =
            rows.add(LOCATION, it).with("bucket", buckets::in_location(&url)).with("url", &url);
        storage_paths::put(row, &url);
        places.put(row, it, "metastore_id");
    }
}

fn path(it: Res<'_>, attribute: &'static str, places: &Places, rows: &mut Rows) {
    let view = it.get(attribute);
    let bucket = buckets::in_location(&view);
    let is_bucket_new = match &bucket {
        Target::Here(bucket) => bucket.is_created() && bucket.mode() == Mode::Managed,
        _ => false,
    };
    let stays = if it.is_created() { Tri::No } else { view.same(&it.before().get(attribute)) };
    let row = rows
        .add(PATH, it)
        .with("path", &view)
        .with("attribute", Cell::Known(attribute.to_owned()))
        .with("bucket", bucket)
        .with("is-new", !stays)
        .with("is-bucket-new", Tri::from(is_bucket_new));
    storage_paths::put(row, &view);
    places.put(row, it, "metastore_id");
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[PATH, LOCATION]);
    let rows = [PATH, LOCATION, METASTORE].into_iter().flat_map(|kind| cx.of(kind));
    let paths = Paths::of(rows);
    let locations = Locations::of(cx, &paths);
    let buckets = buckets::Buckets::of(cx);
    for row in states::without_repeated(cx.of(PATH)) {
        let Some(path) = paths.get(row, "path") else { continue };
        let is_bucket_known = buckets.of_row(row).iter().any(|bucket| buckets::is_managed(bucket));
        let may_be_hidden = Tri::from(cx.may_lack("databricks_external_location")) & Tri::Maybe;
        let covered = locations.cover(&path, row, &spaces)
            | may_be_hidden
            | in_root(&paths, &path, spaces.metastore(row));
        let near = locations.near(&path, row, &spaces);
        let evidence = Tri::from(near.is_some())
            | row.tri("is-bucket-new")
            | Tri::from(is_bucket_known) & Tri::Maybe;
        // What is there already was let in once.
        let is_new = row.tri("is-new") | Tri::Maybe;
        let attribute = row.text("attribute").unwrap_or_default();
        let draft = out
            .deny(evidence & !covered & is_new, row, attribute, || message(attribute, row, near))
            .help(|| "make an external location of this path or of one above it".to_owned());
        if let Some(near) = near {
            draft.related_at(near, "url", || {
                format!(
                    "a location beside it, {}",
                    masks::beside(near.cell("url"), row.cell("path"))
                )
            });
        }
    }
}

fn message(attribute: &str, row: &Row, near: Option<&Row>) -> String {
    let path = row.cell("path").show();
    match near.map(|near| near.cell("url")) {
        Some(url) => format!(
            "{attribute} {} lies in no external location, {} does not hold it",
            masks::beside(row.cell("path"), url),
            masks::beside(url, row.cell("path"))
        ),
        None => format!("{attribute} {path} lies in no external location, and its bucket has none"),
    }
}

/// Whether the metastore's own root holds a path.
fn in_root<'a>(paths: &Paths<'a>, path: &StoragePath, metastore: &[&'a Row]) -> Tri {
    let mut roots = metastore.iter().filter_map(|it| paths.get(it, "root"));
    Tri::from(roots.any(|root| root.covers(path)))
}

/// External locations by bucket.
struct Locations<'a> {
    known: BTreeMap<StoragePath, Vec<(StoragePath, &'a Row)>>,
    /// Those whose path is not known, with what is known of their buckets.
    hidden: Vec<(Named, &'a Row)>,
}

impl<'a> Locations<'a> {
    fn of(cx: &EstateCx<'a>, paths: &Paths<'a>) -> Locations<'a> {
        let mut all = Locations { known: BTreeMap::new(), hidden: Vec::new() };
        for row in cx.of(LOCATION) {
            match paths.get(row, "url") {
                Some(path) => all.known.entry(path.bucket()).or_default().push((path, row)),
                None => all.hidden.push((Named::of(row, "bucket"), row)),
            }
        }
        all
    }

    /// Whether a location holds a path: one of another metastore does not, one of the same bucket whose
    /// path is not known is taken to.
    fn cover(&self, path: &StoragePath, row: &Row, spaces: &Spaces<'_>) -> Tri {
        let known = self.known.get(&path.bucket()).into_iter().flatten();
        let mut known = known.filter(|(outer, _)| outer.covers(path));
        if known.any(|(_, location)| spaces.share(row, location) != Tri::No) {
            return Tri::Yes;
        }
        let bucket = Named::of(row, "bucket");
        let hidden = self.hidden.iter().filter(|(_, it)| spaces.share(row, it) != Tri::No);
        Tri::any(hidden.map(|(named, _)| named.same(&bucket)))
    }

    /// A location of the same bucket and metastore that does not hold a path.
    fn near(&self, path: &StoragePath, row: &Row, spaces: &Spaces<'_>) -> Option<&'a Row> {
        let known = self.known.get(&path.bucket()).into_iter().flatten();
        known.map(|(_, row)| *row).find(|location| spaces.share(row, location) == Tri::Yes)
    }
}
