//! A bucket of Databricks that could be made public.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::buckets::{self, Buckets},
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Cause, Res},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
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

const FLAGS: [&str; 4] =
    ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"];

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    buckets::collect(cx, rows);
    buckets::collect_uses(cx, rows);
    for it in cx.of("aws_s3_bucket_public_access_block") {
        add_flags(rows.add("block", it).with("bucket", buckets::named(&it.get("bucket"))), it);
    }
    for it in cx.of("aws_s3_account_public_access_block") {
        add_flags(rows.add("account", it), it);
    }
    if let (true, Some(it)) = (cx.is_partial(), cx.of("aws_s3_bucket").next()) {
        rows.add("partial", it);
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
        out.deny(is_open(block) & is_used & !covered(cx, block), block, (), || {
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
        let is_bare = !is_any(&blocks.named(&itself)) & !hidden.may_hold_block_of(bucket);
        out.deny(is_any(&users) & is_bare & !covered(cx, bucket), bucket, "bucket", || {
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
    /// Plans that were cut short, or hold a block whose bucket stands behind a local.
    units: BTreeSet<&'a str>,
    /// The bucket of a block is known only after the apply.
    anywhere: bool,
    /// A block names a bucket that no plan knows by that name.
    by_name: bool,
}

impl<'a> Hidden<'a> {
    fn of(cx: &EstateCx<'a>) -> Hidden<'a> {
        let buckets = Buckets::of(cx);
        let causes = || cx.of("block").filter_map(|it| Some((it, Named::of(it, "bucket").open?)));
        let blocks = causes().map(|(block, _)| block);
        Hidden {
            units: cx.of("partial").chain(blocks).map(|row| row.unit.as_str()).collect(),
            // What comes from another unit through a local is known.
            anywhere: causes().any(|(_, cause)| cause != Cause::Local),
            by_name: cx.of("block").any(|block| buckets.of_row(block).is_empty()),
        }
    }

    fn may_hold_block_of(&self, bucket: &Row) -> Tri {
        let is_unnamed = matches!(bucket.cell("name"), Cell::Unknown(_));
        let may = self.anywhere
            || self.units.contains(bucket.unit.as_str())
            || (self.by_name && is_unnamed);
        if may { Tri::Maybe } else { Tri::No }
    }
}

fn attribute(user: &Row) -> Option<String> {
    user.text("attribute").map(str::to_owned)
}

fn said(block: &Row, names: &[&str]) -> String {
    let state = if block.tri(names[0]) == Tri::No { "off" } else { "known only after apply" };
    match names {
        [only] => format!("{only} is {state}"),
        [first @ .., last] => format!("{} and {last} are {state}", first.join(", ")),
        [] => String::new(),
    }
}
