//! A bucket of Databricks that could be made public.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::buckets::{self, Buckets},
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Cause, Res},
    lint::{At, Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds buckets that Databricks uses (root buckets, log delivery, locations of Unity Catalog,
    /// mounts) and that are not wholly shut against public access:
    ///
    /// - an `aws_s3_bucket_public_access_block` with one of its four flags off: an error;
    /// - no such resource in any plan of the run: a warning.
    ///
    /// An `aws_s3_account_public_access_block` with all four flags on covers every bucket.
    ///
    /// ## Why is this bad?
    /// The bucket holds the workspace's or the lake's data, and one policy or ACL would open it. A
    /// flag that is left out counts as `false`: a block that sets only one flag *takes away* the
    /// protection that AWS gives to new buckets since April 2023.
    /// Source: [aws_s3_bucket_public_access_block](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_public_access_block),
    /// "Defaults to `false`";
    /// [Blocking public access](https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html).
    ///
    /// ## How to fix it
    /// ```hcl
    /// resource "aws_s3_bucket_public_access_block" "root" {
    ///   bucket                  = aws_s3_bucket.root.id
    ///   block_public_acls       = true
    ///   block_public_policy     = true
    ///   ignore_public_acls      = true
    ///   restrict_public_buckets = true
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Buckets and blocks that are in no plan of the run, and policies of the organization. Which AWS
    /// account a plan is for: where only another plan has the block of the account, the finding is
    /// possible.
    pub static RULE = {
        id: "s3-public-access-block",
        summary: "bucket used by Databricks without a full public access block",
        severity: Error,
        also: [(Warning, "the bucket has no public access block of its own")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_public_access_block"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const BLOCKS: [&str; 2] =
    ["aws_s3_account_public_access_block", "aws_s3_bucket_public_access_block"];

const FLAGS: [&str; 4] =
    ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    buckets::collect(cx, rows);
    buckets::collect_uses(cx, rows);
    for it in cx.of(BLOCKS[1]) {
        add_flags(rows.add("block", it).with("bucket", buckets::named(&it.get("bucket"))), it);
    }
    for it in cx.of(BLOCKS[0]) {
        add_flags(rows.add("account", it), it);
    }
}

fn add_flags(row: &mut Row, it: Res<'_>) {
    for flag in FLAGS {
        row.with(flag, it.get(flag).flag(false));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let uses = Joined::by(cx.of("use"), "bucket");
    for block in cx.of("block") {
        let bucket = Named::of(block, "bucket");
        let Some((user, _)) = uses.named(&bucket).into_iter().next() else { continue };
        let is_used = uses.whichever(&bucket, is_any);
        let names = open_flags(block);
        // Which flags are off may change without the mistake being another one.
        let at = At::default().written(only(&names));
        out.deny(is_open(block) & is_used & !covered(cx, block), block, at, || {
            format!("{}, but Databricks uses the bucket", said(block, &names))
        })
        .help(|| "set all four flags to true: a flag that is left out is false".to_owned())
        .related_at(user, attribute(user), || "uses the bucket".to_owned());
    }
    let blocks = Joined::by(cx.of("block"), "bucket");
    let hidden = Hidden::of(cx);
    for bucket in cx.of("bucket").filter(|row| buckets::is_managed(row)) {
        let itself = Named::itself(bucket);
        let users = uses.named(&itself);
        let Some((user, _)) = users.first() else { continue };
        let hidden_by = hidden.holds_block_of(bucket);
        let is_hidden = if hidden_by.is_some() { Tri::Maybe } else { Tri::No };
        let is_bare = !is_any(&blocks.named(&itself)) & !is_hidden;
        let tri = is_any(&users) & is_bare & !covered(cx, bucket);
        if let (Tri::Maybe, Some(cause)) = (tri, hidden_by) {
            out.blind(cause, bucket);
        }
        out.deny(tri, bucket, "bucket", || {
            "bucket has no public access block, but Databricks uses it".to_owned()
        })
        .at(Severity::Warning)
        .help(|| "add an aws_s3_bucket_public_access_block with all four flags on".to_owned())
        .related_at(*user, attribute(user), || "uses the bucket".to_owned());
    }
}

fn is_any(rows: &[(&Row, Tri)]) -> Tri {
    Tri::any(rows.iter().map(|(_, sure)| *sure))
}

fn is_open(block: &Row) -> Tri {
    !Tri::all(FLAGS.map(|name| block.tri(name)))
}

/// The flags that are off; where none is for certain, those that may be.
fn open_flags(block: &Row) -> Vec<&'static str> {
    let of = |wanted| FLAGS.into_iter().filter(|name| block.tri(name) == wanted).collect();
    let off: Vec<&str> = of(Tri::No);
    let maybe: Vec<&str> = of(Tri::Maybe);
    [off, maybe, FLAGS.to_vec()].into_iter().find(|names| !names.is_empty()).unwrap_or_default()
}

/// Whether the block of the AWS account covers what a row stands for: that of its own plan for
/// certain, that of another plan maybe, because nothing says which account a plan is for.
fn covered(cx: &EstateCx<'_>, row: &Row) -> Tri {
    Tri::any(cx.of("account").map(|account| {
        let here = if account.unit == row.unit { Tri::Yes } else { Tri::Maybe };
        here & !is_open(account)
    }))
}

/// Where a bucket may have a block that is not seen to be its own.
struct Hidden<'a> {
    /// Plans that hold a block whose bucket stands behind a local.
    units: BTreeMap<&'a str, Cause>,
    /// Why a block may be that of any bucket: a plan lacks it, or its bucket is not known at all.
    anywhere: Option<Cause>,
    /// A block names a bucket that no plan knows by that name.
    by_name: bool,
}

impl<'a> Hidden<'a> {
    fn of(cx: &EstateCx<'a>) -> Hidden<'a> {
        let buckets = Buckets::of(cx);
        let cause = |block: &Row| Named::of(block, "bucket").open;
        let lacks_one = BLOCKS.iter().any(|type_| cx.may_lack(type_)).then_some(Cause::Incomplete);
        // What comes from another unit through a local is known.
        let unnamed = || cx.of("block").filter_map(cause).find(|cause| *cause != Cause::Local);
        let units = cx.of("block").filter_map(|row| Some((row.unit.as_str(), cause(row)?)));
        Hidden {
            units: units.collect(),
            anywhere: lacks_one.or_else(unnamed),
            by_name: cx.of("block").any(|block| buckets.of_row(block).is_empty()),
        }
    }

    /// Why a bucket may have a block all the same.
    fn holds_block_of(&self, bucket: &Row) -> Option<Cause> {
        let is_unnamed = matches!(bucket.cell("name"), Cell::Unknown(_));
        let by_name = (self.by_name && is_unnamed).then_some(Cause::Apply);
        self.anywhere.or_else(|| self.units.get(bucket.unit.as_str()).copied()).or(by_name)
    }
}

fn attribute(user: &Row) -> Option<String> {
    user.text("attribute").map(str::to_owned)
}

/// The flag, where it is one alone.
fn only(names: &[&str]) -> Option<String> {
    match names {
        [only] => Some((*only).to_owned()),
        _ => None,
    }
}

fn said(block: &Row, names: &[&str]) -> String {
    let state = if block.tri(names[0]) == Tri::No { "off" } else { "known only after apply" };
    match names {
        [only] => format!("{only} is {state}"),
        [first @ .., last] => format!("{} and {last} are {state}", first.join(", ")),
        [] => String::new(),
    }
}
