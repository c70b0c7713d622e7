//! Which bucket a value names, and which buckets Databricks uses.
//!
//! Used are root buckets and those of log delivery (as soon as a storage configuration names them),
//! and those of Unity Catalog's locations and of mounts.

use crate::{
    aws::policy::{Document, bare},
    builtin::shared::policies,
    estate::{Cell, Joined, Named, Row, Rows},
    facts::buckets::{Form, USES, in_start_of_url, in_url},
    graph::{Res, Target, TextPart, View},
    lint::{EstateCx, PlanCx},
    plan::{Mode, Tri},
};

/// Buckets, managed and looked up.
pub const BUCKET: &[&str] = &["aws_s3_bucket"];

/// The bucket whose name, id or ARN a value is.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    view.target(BUCKET)
}

/// The bucket of a URL such as `s3://bucket/path`. The path need not be known.
pub fn in_location<'a>(view: &View<'a>) -> Target<'a> {
    let named = |name: &str| view.res().scope().named(BUCKET, name).read_from(view);
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

/// The kind of the rows of buckets.
pub const KIND: &str = "bucket";

/// Takes a row of kind `bucket` for each bucket, with its `name`, its `region` and whether it is
/// `managed`.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "buckets", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in BUCKET.iter().flat_map(|kind| cx.of(kind).chain(cx.data(kind))) {
        let is_managed = it.mode() == Mode::Managed;
        // A bucket can be looked up through the provider of any region.
        let looked_up = || it.get("region").text().map(str::to_owned);
        let region = if is_managed { it.region() } else { looked_up() };
        rows.add(KIND, it)
            .with("name", it.get("bucket"))
            .with("region", region.map_or(Cell::Unset, Cell::Known))
            .with("managed", Tri::from(is_managed));
    }
}

/// The type of a policy that stands by itself.
const POLICY: &str = "aws_s3_bucket_policy";

/// Takes a row of kind `policy` for each policy of a bucket, see [`policies::collect`], with the `bucket`, and
/// one of kind `inline` for each that is written in a bucket.
pub fn collect_policies(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "policies of buckets", take_policies);
}

fn take_policies(cx: &PlanCx<'_>, rows: &mut Rows) {
    for it in cx.of(POLICY) {
        if let Some(row) = policies::collect(rows, "policy", &it.get("policy")) {
            row.with("bucket", named(&it.get("bucket")));
        }
    }
    for it in cx.of("aws_s3_bucket").filter(|it| is_written_inline(*it)) {
        if let Some(row) = policies::collect(rows, "inline", &it.get("policy")) {
            row.with("bucket", Target::Here(it));
        }
    }
}

/// Whether a bucket's author wrote its policy there. Otherwise it mirrors one that stands by itself, maybe in
/// another unit, as that was before the apply. What is no policy was filled in for one.
fn is_written_inline(bucket: Res<'_>) -> bool {
    let is_policy = |text: &str| Document::parse(text).is_some();
    bucket.after().get("policy").is_written() == Tri::Yes
        && bucket.get("policy").test_text(is_policy) != Tri::No
}

/// The policies of all buckets: an inline one where none stands by itself, which would overwrite it.
pub fn policies<'a>(cx: &EstateCx<'a>) -> Vec<&'a Row> {
    let separate = Joined::by(cx.of("policy"), "bucket");
    let is_alone = |it: &&Row| separate.seek(&Named::of(it, "bucket")).is_empty();
    cx.of("policy").chain(cx.of("inline").filter(is_alone)).collect()
}

/// Takes a row of kind `use` for each resource of Databricks that names a bucket, with its `bucket`
/// and the `attribute` that names it.
pub fn collect_uses(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "uses of buckets", take_uses);
}

fn take_uses(cx: &PlanCx<'_>, rows: &mut Rows) {
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

/// Buckets of all plans.
#[derive(Debug)]
pub struct Buckets<'a>(Joined<'a>);

impl<'a> Buckets<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Buckets<'a> {
        Buckets(Joined::themselves(cx.of(KIND)))
    }

    /// The rows of the bucket that a row's `bucket` means, or of each that it may mean. What is
    /// managed in one plan and looked up in another is the managed one.
    pub fn of_row(&self, row: &Row) -> Vec<&'a Row> {
        let mut rows: Vec<&'a Row> = self.0.meeting(&Named::of(row, "bucket")).collect();
        if rows.iter().any(|row| is_managed(row)) {
            rows.retain(|row| is_managed(row));
        }
        rows
    }
}

/// Whether a row of kind `bucket` stands for a bucket that its plan manages.
pub fn is_managed(bucket: &Row) -> bool {
    bucket.tri("managed") == Tri::Yes
}

/// The names of a bucket in policies.
pub fn in_policies(bucket: &Named) -> Vec<String> {
    let spelled = |name: String| match name.contains(['\0', ':']) {
        true => name,
        // What other plans know of a bucket is its name.
        false => bare("s3", &name),
    };
    bucket.texts().into_iter().map(spelled).collect()
}

/// Names of all objects of a bucket, to be looked for in a policy.
pub fn objects(bucket: &Named) -> Vec<String> {
    below(bucket, "/*")
}

/// As [`objects`], for what may be done with some of them only.
pub fn some_objects(bucket: &Named) -> Vec<String> {
    below(bucket, "/")
}

fn below(bucket: &Named, end: &str) -> Vec<String> {
    let below = |name: String| if name.starts_with("arn:") { name + end } else { name };
    in_policies(bucket).into_iter().map(below).collect()
}
