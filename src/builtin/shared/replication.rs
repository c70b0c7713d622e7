//! How S3 buckets are replicated, versioned and encrypted, whether a resource of its own says so or a block
//! inside of the bucket, across plans. A resource of its own wins: a bucket that exists already shows as
//! blocks what such a resource gave it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    aws::Arn,
    estate::{Cell, Joined, Named, Row, Rows},
    graph::{Cause, Res, Target, Val, View},
    lint::{Draft, EstateCx, PlanCx},
    plan::{ResId, Tri},
};

use super::{account::KEY_OR_ALIAS, buckets, regions};

/// The resource that replicates a bucket.
pub const CONFIGURATION: &str = "aws_s3_bucket_replication_configuration";
/// The resource that versions one.
pub const VERSIONING_TYPE: &str = "aws_s3_bucket_versioning";
/// The resource that encrypts one.
pub const ENCRYPTION_TYPE: &str = "aws_s3_bucket_server_side_encryption_configuration";

/// A rule of a replication. Cells: `from` and `to` (buckets), `on` (an answer), `path` (of the rule),
/// `region` (where its provider works), `inline`: whether the bucket itself has it; of its blocks the
/// answers `filtered`, `selects` (objects that KMS encrypts) and `encrypts` (with a key); `deletes`, the
/// status of delete markers; `key-region`; and `waits`, pairs of the address of a versioning and whether
/// the replication waits for it.
pub const RULE: &str = "replication/rule";
/// What versions a bucket. Cells: `bucket`, `status`, and the answer `new`: whether this run switches it on.
pub const VERSIONING: &str = "replication/versioning";
/// What encrypts a bucket. Cells: `bucket`, `kms` (an answer).
pub const ENCRYPTION: &str = "replication/encryption";
/// A bucket of a plan. Cells: `version` (an answer) and `kms`, by its own blocks, unset where it has none.
const BUCKET: &str = "replication/bucket";

/// Takes the rows of a plan.
pub fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    cx.share(rows, "replication", take);
}

fn take(cx: &PlanCx<'_>, rows: &mut Rows) {
    buckets::collect(cx, rows);
    let mut versionings: BTreeMap<ResId, Vec<Res<'_>>> = BTreeMap::new();
    for it in cx.of(VERSIONING_TYPE) {
        let bucket = named(&it.get("bucket"));
        if let Target::Here(bucket) = &bucket {
            versionings.entry(bucket.id).or_default().push(it);
        }
        let status = it.get("versioning_configuration.status");
        rows.add(VERSIONING, it)
            .with("bucket", bucket)
            .with(
                "new",
                Tri::from(it.is_created())
                    | !it.before().get("versioning_configuration.status").same(&status),
            )
            .with("status", status);
    }
    for it in cx.of(ENCRYPTION_TYPE) {
        rows.add(ENCRYPTION, it)
            .with("bucket", named(&it.get("bucket")))
            .with("kms", encrypts_with_kms(&it.get("rule")));
    }
    for it in cx.of(CONFIGURATION) {
        for rule in it.get("rule").items() {
            own_rule(it, &rule, &versionings, rows);
        }
    }
    for it in cx.of(buckets::BUCKET[0]) {
        bucket(it, rows);
    }
}

/// The bucket that a value names: directly, or as the one of a resource that belongs to it.
pub fn named<'a>(view: &View<'a>) -> Target<'a> {
    const SATELLITES: &[&str] = &[
        VERSIONING_TYPE,
        ENCRYPTION_TYPE,
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
    ];
    match buckets::named(view) {
        Target::Lost(cause) => match view.target(SATELLITES) {
            Target::Here(satellite) => buckets::named(&satellite.get("bucket")),
            _ => Target::Lost(cause),
        },
        target => target,
    }
}

fn encrypts_with_kms(rules: &View<'_>) -> Tri {
    if let Val::Unknown(cause) = rules.val() {
        return rules.maybe(cause);
    }
    Tri::any(rules.items().map(|rule| {
        let algorithm = rule.get("apply_server_side_encryption_by_default.sse_algorithm");
        algorithm.test_text(|text| text.starts_with("aws:kms"))
    }))
}

fn own_rule(
    it: Res<'_>,
    rule: &View<'_>,
    versionings: &BTreeMap<ResId, Vec<Res<'_>>>,
    rows: &mut Rows,
) {
    let (from, to) = (named(&it.get("bucket")), named(&rule.get("destination.bucket")));
    let ends = [&from, &to].into_iter().filter_map(Target::here).map(|bucket| bucket.id);
    let waits = ends.filter_map(|bucket| versionings.get(&bucket)).flatten().map(|versioning| {
        let waits = it.is_after(*versioning);
        Cell::List(vec![Cell::Known(versioning.address().to_owned()), Cell::Answer(waits)])
    });
    let waits = Cell::List(waits.collect());
    let key = rule.get("destination.encryption_configuration.replica_kms_key_id");
    rows.add(RULE, it)
        .with("from", from)
        .with("to", to)
        .with("on", rule.get("status").is("Enabled"))
        .with("path", Cell::Known(rule.attribute()))
        .with("region", regions::shown_or_unset(it.region()))
        .with("inline", Tri::No)
        .with("filtered", has_blocks(&rule.get("filter")))
        .with("deletes", rule.get("delete_marker_replication.status"))
        .with(
            "selects",
            rule.get("source_selection_criteria.sse_kms_encrypted_objects.status").is("Enabled"),
        )
        .with("encrypts", key.is_given())
        .with("key-region", region_of_key(&key))
        .with("waits", waits);
}

fn has_blocks(blocks: &View<'_>) -> Tri {
    match blocks.val() {
        Val::Unknown(cause) => blocks.maybe(cause),
        _ => Tri::from(blocks.items().next().is_some()),
    }
}

fn region_of_key(key: &View<'_>) -> Cell {
    let arn = key.text().and_then(Arn::parse).and_then(|arn| arn.region).map(str::to_owned);
    regions::shown_or_unset(arn.or_else(|| regions::of_named(key, KEY_OR_ALIAS)))
}

fn bucket(it: Res<'_>, rows: &mut Rows) {
    let (versioning, encryption) =
        (it.get("versioning"), it.get("server_side_encryption_configuration"));
    let row = rows.add(BUCKET, it);
    if has_blocks_of_its_own(&versioning) {
        row.with("version", versioning.get("enabled").flag(false));
    }
    if has_blocks_of_its_own(&encryption) {
        row.with("kms", encrypts_with_kms(&encryption.get("rule")));
    }
    for rule in it.get("replication_configuration.rules").items() {
        let key = rule.get("destination.replica_kms_key_id");
        let selects = rule.get("source_selection_criteria.sse_kms_encrypted_objects.enabled");
        rows.add(RULE, it)
            .with("from", Target::Here(it))
            .with("to", named(&rule.get("destination.bucket")))
            .with("on", rule.get("status").is("Enabled"))
            .with("path", Cell::Known(rule.attribute()))
            .with("region", regions::shown_or_unset(it.region()))
            .with("inline", Tri::Yes)
            .with("filtered", has_blocks(&rule.get("filter")))
            .with("deletes", rule.get("delete_marker_replication_status"))
            .with("selects", selects.flag(false))
            .with("encrypts", key.is_given())
            .with("key-region", region_of_key(&key));
    }
}

/// Whether the plan shows blocks, or that there are some: those that the provider computes are none.
fn has_blocks_of_its_own(blocks: &View<'_>) -> bool {
    blocks.items().next().is_some() || matches!(blocks.val(), Val::Unknown(_))
}

/// Replications, versionings and encryptions by their buckets.
#[derive(Debug)]
pub struct Settings<'a> {
    buckets: Joined<'a>,
    own_blocks: Joined<'a>,
    versionings: Joined<'a>,
    encryptions: Joined<'a>,
    rules: Joined<'a>,
    copies: Joined<'a>,
    unseen_versionings: Unseen<'a>,
    unseen_rules: Unseen<'a>,
}

/// Resources whose bucket no plan shows.
#[derive(Debug)]
struct Unseen<'a> {
    /// Units that have one.
    units: BTreeSet<&'a str>,
    /// It may be of a bucket of any unit.
    anywhere: bool,
}

impl Unseen<'_> {
    /// Whether one of them may be of a bucket.
    fn may_be_of(&self, bucket: &Row) -> Tri {
        Tri::from(self.anywhere || self.units.contains(bucket.unit.as_str())) & Tri::Maybe
    }
}

/// What versions a bucket.
#[derive(Clone, Copy, Debug)]
pub struct Versioned<'a> {
    /// Whether it is versioned.
    pub is_on: Tri,
    /// The resource that says so; none where the bucket itself does, or nothing.
    pub by: Option<&'a Row>,
}

impl<'a> Settings<'a> {
    /// From the rows that [`collect`] took.
    pub fn of(cx: &EstateCx<'a>) -> Settings<'a> {
        let open = |kind: &'static str, cell: &'static str| {
            cx.of(kind).filter_map(move |row| Some((row.unit.as_str(), Named::of(row, cell).open?)))
        };
        let unseen = |kind, cell, type_| Unseen {
            units: open(kind, cell).map(|(unit, _)| unit).collect(),
            // What comes from another unit through a local is known.
            anywhere: cx.may_lack(type_)
                || open(kind, cell).any(|(_, cause)| cause != Cause::Local),
        };
        Settings {
            buckets: Joined::themselves(cx.of(buckets::KIND)),
            own_blocks: Joined::themselves(cx.of(BUCKET)),
            versionings: Joined::by(cx.of(VERSIONING), "bucket"),
            encryptions: Joined::by(cx.of(ENCRYPTION), "bucket"),
            rules: Joined::by(cx.of(RULE), "from"),
            copies: Joined::by(cx.of(RULE), "to"),
            unseen_versionings: unseen(VERSIONING, "bucket", VERSIONING_TYPE),
            unseen_rules: unseen(RULE, "from", CONFIGURATION),
        }
    }

    /// The bucket that a cell of a row names, where a plan of the run manages or looks up the one.
    pub fn bucket(&self, row: &Row, cell: &str) -> Option<&'a Row> {
        let mut rows = self.buckets.named(&Named::of(row, cell)).into_iter();
        let found = rows.by_ref().filter(|(_, sure)| *sure == Tri::Yes).map(|(row, _)| row);
        found.reduce(|best, other| if buckets::is_managed(best) { best } else { other })
    }

    /// Whether a bucket is versioned; none where no plan of the run has the bucket or its versioning.
    pub fn versioning(&self, bucket: &Named) -> Option<Versioned<'a>> {
        let found = self.versionings.named(bucket);
        if let Some((row, _)) = found.first() {
            let is_on = Tri::agree(found.iter().map(|(row, sure)| {
                let is_on = row.cell("status").same(&Cell::Known("Enabled".to_owned()));
                if *sure == Tri::Yes { is_on } else { Tri::Maybe }
            }));
            return Some(Versioned { is_on, by: Some(row) });
        }
        let own = self.own_blocks.named(bucket);
        let first = own.first()?.0;
        let is_on = Tri::agree(own.iter().map(|(row, _)| self.versioned_by_itself(row)));
        Some(Versioned { is_on: is_on | self.unseen_versionings.may_be_of(first), by: None })
    }

    fn versioned_by_itself(&self, bucket: &Row) -> Tri {
        match bucket.cell("version") {
            // A new bucket is not versioned; one that exists would show it.
            Cell::Unset if bucket.actions.create => Tri::No,
            Cell::Unset => Tri::Maybe,
            _ => bucket.tri("version"),
        }
    }

    /// Whether KMS encrypts what is put into a bucket.
    pub fn is_kms(&self, bucket: &Named) -> Tri {
        let found = self.encryptions.named(bucket);
        if !found.is_empty() {
            return Tri::agree(found.iter().map(|(row, sure)| *sure & row.tri("kms")));
        }
        let own = self.own_blocks.named(bucket);
        Tri::any(own.iter().map(|(row, sure)| *sure & row.tri("kms")))
    }

    /// The rules by which a bucket is replicated.
    pub fn rules(&self, bucket: &Named) -> Vec<(&'a Row, Tri)> {
        self.rules.named(bucket)
    }

    /// Whether a bucket is replicated by some rule that is on.
    pub fn is_replicated(&self, bucket: &Row) -> Tri {
        let rules = self.rules(&Named::itself(bucket));
        Tri::any(rules.iter().map(|(row, sure)| *sure & row.tri("on")))
            | self.unseen_rules.may_be_of(bucket)
    }

    /// Whether some rule copies into a bucket.
    pub fn is_copy(&self, bucket: &Row) -> Tri {
        Tri::any(self.copies.named(&Named::itself(bucket)).iter().map(|(_, sure)| *sure))
    }

    /// Every rule, once: those that a bucket shows as blocks only where no resource of its own has them.
    pub fn each_rule(&self, cx: &EstateCx<'a>) -> Vec<&'a Row> {
        let is_echo = |row: &Row| {
            row.tri("inline") == Tri::Yes
                && self
                    .rules(&Named::itself(row))
                    .iter()
                    .any(|(other, _)| other.tri("inline") == Tri::No)
        };
        cx.of(RULE).filter(|row| !is_echo(row)).collect()
    }
}

/// An attribute of a rule, as findings spell it.
pub fn at(rule: &Row, own: &str, inline: &str) -> String {
    let path = rule.text("path").unwrap_or_default();
    format!("{path}.{}", if rule.tri("inline") == Tri::Yes { inline } else { own })
}

/// Tells findings of a rule apart by the bucket that a cell names: by its address, which may move, where
/// the rule's own plan has it.
pub fn keyed<'f, 'a>(
    draft: Draft<'f, 'a>,
    settings: &Settings<'_>,
    rule: &Row,
    cell: &str,
) -> Draft<'f, 'a> {
    let name = rule.cell(cell).named().unwrap_or_default();
    let is_it = |bucket: &&Row| bucket.unit == rule.unit && bucket.address == name;
    match settings.bucket(rule, cell).filter(is_it) {
        Some(bucket) => draft.key_of(bucket),
        None => draft.key(name),
    }
}

/// Whether a replication waits for a versioning of its own plan.
pub fn waits(rule: &Row, versioning: &Row) -> Tri {
    let Cell::List(pairs) = rule.cell("waits") else { return Tri::Yes };
    let answer = pairs.iter().find_map(|pair| match pair {
        Cell::List(pair) => match pair.as_slice() {
            [Cell::Known(address), Cell::Answer(waits)] if *address == versioning.address => {
                Some(*waits)
            }
            _ => None,
        },
        _ => None,
    });
    answer.unwrap_or(Tri::Yes)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        builtin::shared::testing::{estate, graph},
        lint::Params,
    };

    use super::*;

    /// Asks about the buckets `lake` and `copy` of a plan with further instances.
    fn asked<T>(more: &[(&str, Value)], question: impl Fn(&Settings<'_>, &Row, &Row) -> T) -> T {
        let bucket =
            |name: &str| json!({"bucket": name, "id": name, "arn": format!("arn:aws:s3:::{name}")});
        let mut instances =
            vec![("aws_s3_bucket.lake", bucket("lake")), ("aws_s3_bucket.copy", bucket("copy"))];
        instances.extend(more.iter().cloned());
        let estate = estate(&[graph("unit", &instances, &json!({}))], collect);
        let params = Params::default();
        let cx = EstateCx::new(&estate, &params);
        let of = |name: &str| estate.of(BUCKET).find(|row| row.address.ends_with(name)).unwrap();
        question(&Settings::of(&cx), of("lake"), of("copy"))
    }

    fn rule(status: &str) -> Value {
        json!({"bucket": "lake", "rule": [{"status": status, "destination": [{"bucket": "arn:aws:s3:::copy"}]}]})
    }

    #[test]
    fn a_rule_that_is_on_replicates() {
        for (status, wanted) in [("Enabled", Tri::Yes), ("Disabled", Tri::No)] {
            let found =
                asked(&[(&format!("{CONFIGURATION}.it"), rule(status))], |it, lake, copy| {
                    (
                        it.is_replicated(lake),
                        it.is_replicated(copy),
                        it.is_copy(copy),
                        it.is_copy(lake),
                    )
                });
            assert_eq!(found, (wanted, Tri::No, Tri::Yes, Tri::No), "{status}");
        }
    }

    #[test]
    fn versioning_is_that_of_the_bucket() {
        let status = |status: &str| json!({"bucket": "lake", "versioning_configuration": [{"status": status}]});
        let is_on = |more: &[(&str, Value)]| {
            asked(more, |it, lake, copy| {
                [lake, copy].map(|row| it.versioning(&Named::itself(row)).map(|found| found.is_on))
            })
        };
        let address = format!("{VERSIONING_TYPE}.it");
        assert_eq!(is_on(&[(&address, status("Enabled"))]), [Some(Tri::Yes), Some(Tri::No)]);
        assert_eq!(is_on(&[(&address, status("Suspended"))]), [Some(Tri::No), Some(Tri::No)]);
    }

    #[test]
    fn only_kms_counts_as_kms() {
        let by = |algorithm: &str| {
            let rule = json!([{"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]}]);
            json!({"bucket": "lake", "rule": rule})
        };
        for (algorithm, wanted) in
            [("aws:kms", Tri::Yes), ("aws:kms:dsse", Tri::Yes), ("AES256", Tri::No)]
        {
            let found =
                asked(&[(&format!("{ENCRYPTION_TYPE}.it"), by(algorithm))], |it, lake, copy| {
                    [lake, copy].map(|row| it.is_kms(&Named::itself(row)))
                });
            assert_eq!(found, [wanted, Tri::No], "{algorithm}");
        }
    }
}
