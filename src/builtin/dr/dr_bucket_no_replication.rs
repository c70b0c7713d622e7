//! A bucket with data of production that stands in one region only.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{
        buckets, production,
        replication::{self, Settings},
    },
    estate::{Cell, Joined, Named, Row, Rows},
    facts::{
        buckets::{IN_CATALOG as STORED, USES},
        environments::names_logs,
    },
    lint::{Check, EstateCx, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a bucket that looks like production and holds data of Unity Catalog (an external location or
    /// volume, the storage of a catalog, a schema or a metastore), and that no rule replicates. It is
    /// silent where a failover group covers the catalog or the location, for copies themselves, and for
    /// buckets that are called after logs or artefacts.
    ///
    /// ## Why is this bad?
    /// When the region is out, so is the data.
    /// Source: [Replicating objects](https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html);
    /// [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Replicate files as they came with S3. For Delta tables S3 is not enough: it copies objects in any order,
    /// so the copy may name files that are not there yet. Clone these (`DEEP CLONE`), or put their catalog into
    /// a failover group:
    ///
    /// ```terraform
    /// resource "aws_s3_bucket_replication_configuration" "lake" {
    ///   depends_on = [aws_s3_bucket_versioning.lake]
    ///   bucket     = aws_s3_bucket.lake.id
    ///   role       = aws_iam_role.replication.arn
    ///   rule {
    ///     status = "Enabled"
    ///     filter {}
    ///     delete_marker_replication {
    ///       status = "Enabled"
    ///     }
    ///     destination {
    ///       bucket = aws_s3_bucket.copy.arn
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Clones and backups that no plan makes. Whether a bucket is production: names, tags and variables say
    /// so. Tags that are known only after the apply, and a replication whose bucket the plan hides, make the
    /// finding possible.
    pub static RULE = {
        id: "dr-bucket-no-replication",
        summary: "data of production in one region only",
        severity: Warning,
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["aws_s3_bucket"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

/// A bucket that looks like production, or may (`sure`).
const IMPORTANT: &str = "bucket-of-production";
/// A volume with a place of its own. Cell: `bucket`.
const VOLUME: &str = "volume-of-data";
/// What lies in a catalog. Cells: `bucket`, `catalog` (its name).
const IN_CATALOG: &str = "storage-of-catalog";
/// A failover group. Cells: `catalogs` (a list of names), `buckets` (a list).
const GROUP: &str = "failover-group";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    replication::collect(cx, rows);
    buckets::collect_uses(cx, rows);
    for it in cx.of("aws_s3_bucket") {
        let is_meant = production::looks_like_it(it);
        if is_meant != Tri::No {
            rows.add(IMPORTANT, it).with("sure", is_meant);
        }
    }
    for (type_, path, name) in STORED {
        for it in cx.of(type_).filter(|it| it.get(path).is_set() != Tri::No) {
            let bucket = buckets::in_location(&it.get(path));
            // The others are among the uses already.
            if !USES.iter().any(|(known, ..)| known == type_) {
                rows.add(VOLUME, it).with("bucket", bucket.clone());
            }
            rows.add(IN_CATALOG, it).with("bucket", bucket).with("catalog", it.get(name));
        }
    }
    for it in cx.of("databricks_disaster_recovery_failover_group") {
        let assets = it.get("unity_catalog_assets");
        let catalogs = assets.member("catalogs").items().map(|it| Cell::from(it.get("name")));
        let mappings = assets.member("location_mappings").items();
        let uris = mappings.flat_map(|it| it.member("uri_by_region").items());
        let buckets = uris.map(|it| Cell::from(buckets::in_location(&it.get("uri"))));
        rows.add(GROUP, it)
            .with("catalogs", Cell::List(catalogs.collect()))
            .with("buckets", Cell::List(buckets.collect()));
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let settings = Settings::of(cx);
    let users = cx.of("use").filter(|row| holds_data(row)).chain(cx.of(VOLUME));
    let uses = Joined::by(users, "bucket");
    let important: BTreeMap<(&str, &str), Tri> = cx
        .of(IMPORTANT)
        .map(|row| ((row.unit.as_str(), row.address.as_str()), row.tri("sure")))
        .collect();
    let covered = Covered::of(cx);
    for bucket in cx.of(buckets::KIND).filter(|row| buckets::is_managed(row)) {
        let named = Named::itself(bucket);
        let users = uses.named(&named);
        let is_for_logs = match bucket.cell("name") {
            Cell::Known(name) => Tri::from(names_logs(name)),
            Cell::Unknown(_) => Tri::Maybe,
            _ => Tri::No,
        };
        let is_meant = important.get(&(bucket.unit.as_str(), bucket.address.as_str()));
        let (Some((user, _)), Some(is_meant)) = (users.first(), is_meant) else { continue };
        let is_used = Tri::any(users.iter().map(|(_, sure)| *sure));
        let is_safe =
            settings.is_replicated(bucket) | settings.is_copy(bucket) | covered.holds(&named);
        out.deny(*is_meant & is_used & !is_safe & !is_for_logs, bucket, (), || {
            "bucket holds data of production, and nothing replicates it to another region".to_owned()
        })
        .help(|| {
            "replicate raw files with S3; clone Delta tables, or put their catalog into a failover group"
                .to_owned()
        })
        .related(*user, || "keeps data there".to_owned());
    }
}

/// A root bucket is no data of Unity Catalog, nor is a mount.
fn holds_data(user: &Row) -> bool {
    matches!(user.text("attribute"), Some("url" | "storage_root"))
}

/// What failover groups replicate.
struct Covered<'a> {
    groups: Joined<'a>,
    in_catalog: Joined<'a>,
    catalogs: BTreeSet<&'a str>,
    has_hidden: bool,
}

impl<'a> Covered<'a> {
    fn of(cx: &EstateCx<'a>) -> Covered<'a> {
        let lists = cx.of(GROUP).filter_map(|row| match row.cell("catalogs") {
            Cell::List(list) => Some(list),
            _ => None,
        });
        let cells: Vec<&Cell> = lists.flatten().collect();
        let known = |cell: &&'a Cell| match cell {
            Cell::Known(name) => Some(name.as_str()),
            _ => None,
        };
        Covered {
            groups: Joined::by(cx.of(GROUP), "buckets"),
            in_catalog: Joined::by(cx.of(IN_CATALOG), "bucket"),
            catalogs: cells.iter().filter_map(known).collect(),
            has_hidden: cells.iter().any(|cell| known(cell).is_none()),
        }
    }

    fn holds(&self, bucket: &Named) -> Tri {
        let by_location = Tri::any(self.groups.named(bucket).iter().map(|(_, sure)| *sure));
        let by_catalog = self.in_catalog.named(bucket).into_iter().map(|(row, sure)| {
            match row.text("catalog") {
                Some(name) if self.catalogs.contains(name) => sure,
                Some(_) if !self.has_hidden => Tri::No,
                None if self.catalogs.is_empty() && !self.has_hidden => Tri::No,
                _ => Tri::Maybe,
            }
        });
        by_location | Tri::any(by_catalog)
    }
}
