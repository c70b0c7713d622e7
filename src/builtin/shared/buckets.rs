//! Which bucket a value names, and which buckets Databricks uses.
//!
//! Used are root buckets and those of log delivery (as soon as a storage configuration names them),
//! and those of Unity Catalog's locations and of mounts.

use crate::{
    estate::{Cell, Row, Rows},
    facts::buckets::{Form, USES, in_start_of_url, in_url},
    graph::{Target, TextPart, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

use super::joins;

/// Buckets, managed and looked up.
const BUCKET: &[&str] = &["aws_s3_bucket"];

/// The bucket whose name, id or ARN a value is.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    view.target(BUCKET)
}

/// The bucket of a URL such as `s3://bucket/path`. The path need not be known.
pub fn in_location<'a>(view: &View<'a>) -> Target<'a> {
    let named = |name: &str| view.res().scope().named(BUCKET, name);
    if let Some(url) = view.text() {
        return in_url(url).map_or(Target::Unset, named);
    }
    match view.text_parts().as_deref() {
        Some([TextPart::Known(start), ..]) => {
            in_start_of_url(start).map_or_else(|| view.target(BUCKET), named)
        }
        _ => view.target(BUCKET),
    }
}

/// Takes a row of kind `bucket` for each bucket, with its `name`, its `region` and whether it is
/// `managed`.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in BUCKET.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        let is_managed = it.mode() == Mode::Managed;
        // A bucket can be looked up through the provider of any region.
        let looked_up = || it.get("region").text().map(str::to_owned);
        let region = if is_managed { it.region() } else { looked_up() };
        rows.add("bucket", it)
            .with("name", it.get("bucket"))
            .with("region", region.map_or(Cell::Unset, Cell::Known))
            .with("managed", Tri::from(is_managed));
    }
}

/// Takes a row of kind `use` for each resource of Databricks that names a bucket, with its `bucket`
/// and the `attribute` that names it.
pub fn collect_uses(cx: &PlanCx<'_>, rows: &mut Rows) {
    for (kind, attribute, form) in USES {
        for it in cx.of(kind) {
            let view = it.get(attribute);
            let bucket = match form {
                Form::Name => named(&view),
                Form::Url => in_location(&view),
            };
            rows.add("use", it)
                .with("bucket", bucket)
                .with("attribute", Cell::Known((*attribute).to_owned()));
        }
    }
}

/// The rows of the bucket that a row's `bucket` means, or of each that it may mean. What is managed
/// in one plan and looked up in another is the managed one.
pub fn of<'a>(cx: &EstateCx<'a>, row: &Row) -> Vec<&'a Row> {
    let found = cx.follow(row, row.cell("bucket"), "bucket", &["name"]);
    let mut rows = found.rows().to_vec();
    if rows.iter().any(|row| is_managed(row)) {
        rows.retain(|row| is_managed(row));
    }
    rows
}

/// Whether a row of kind `bucket` stands for a bucket that its plan manages.
pub fn is_managed(bucket: &Row) -> bool {
    *bucket.cell("managed") == Cell::Answer(Tri::Yes)
}

/// The keys of the buckets that a row's `bucket` means or may mean.
pub fn keys(cx: &EstateCx<'_>, row: &Row) -> Vec<(String, Tri)> {
    joins::keys(cx, row, "bucket", "bucket", "name")
}

/// The key of a row of kind `bucket`.
pub fn key(bucket: &Row) -> String {
    joins::key(bucket, "name")
}
