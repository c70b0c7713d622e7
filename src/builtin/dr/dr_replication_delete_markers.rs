//! Replication that does not hand deletions on.

use crate::{
    builtin::shared::{replication, storage_paths::StoragePath},
    facts::buckets::DELTA_LOG,
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a rule of a replication that has a `filter` and does not replicate delete markers: switched
    /// off is a note, `delete_marker_replication` left out of an
    /// `aws_s3_bucket_replication_configuration` an error. A rule without `filter` always replicates
    /// them, one that selects by tags never can. A prefix that copies files of a Delta table of the same
    /// plan (`databricks_sql_table`), but not its `_delta_log`, is a warning, if no other rule copies
    /// that.
    ///
    /// ## Why is this bad?
    /// What is deleted at the source stays in the copy: files that `VACUUM` removed cost on, and readers
    /// who list files see them again after a failover. A rule that has a filter and leaves the block out
    /// is refused ("DeleteMarkerReplication must be specified"). Files of a Delta table without its log
    /// are no table: nobody can read the copy. Source: [Replicating delete
    /// markers](https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html);
    /// [Delta transaction log protocol](https://github.com/delta-io/delta/blob/master/PROTOCOL.md);
    /// [aws_s3_bucket_replication_configuration](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_replication_configuration).
    ///
    /// ## How to fix it
    /// ```terraform
    /// rule {
    ///   status = "Enabled"
    ///   filter {}
    ///   delete_marker_replication {
    ///     status = "Enabled"
    ///   }
    ///   # ...
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What the copy is for: an archive that keeps what is deleted is right to leave them out. A status that is
    /// known only after the apply makes the finding possible. Tables of other plans, and prefixes that leave a
    /// whole table out: that may be meant.
    pub static RULE = {
        id: "dr-replication-delete-markers",
        summary: "replication does not hand deletions on",
        severity: Note,
        also: [
            (Error, "AWS refuses a rule with a filter that leaves the block out"),
            (Warning, "a prefix copies files of a Delta table without its log"),
        ],
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["aws_s3_bucket", "aws_s3_bucket_replication_configuration"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

const BLOCK: &str = "delete_marker_replication";
/// The same, in a block of a bucket.
const INLINE: &str = "delete_marker_replication_status";
const INLINE_TAGS: &str = "filter.tags";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("aws_s3_bucket_replication_configuration") {
        for rule in it.get("rule").items() {
            let (block, filtered) = (rule.member(BLOCK), is_filtered(&rule));
            let is_left_out =
                Tri::from(matches!(block.val(), Val::Null | Val::Omitted) || is_empty(&block));
            out.deny(filtered & is_left_out, it, &block, || {
                format!("a rule with a filter has no {BLOCK}, which AWS refuses")
            })
            .at(Severity::Error)
            .key(&key(&rule))
            .help(help);
            let is_off = block.get("status").test_text(|status| status != "Enabled");
            let may_be_on = !selects_by_tags(&rule);
            switched_off(it, &rule, &block, filtered & !is_left_out & is_off & may_be_on, out);
        }
        without_log(cx, it, &replicated(it), &it.get("rule"), out);
    }
    for it in cx.of("aws_s3_bucket") {
        for rule in it.get("replication_configuration.rules").items() {
            let status = rule.member(INLINE);
            // The provider sends "off" for what is left out here.
            let is_on = status.is("Enabled");
            let may_be_on = !selects_by_tags(&rule);
            switched_off(it, &rule, &status, is_filtered(&rule) & !is_on & may_be_on, out);
        }
        let rules = it.get("replication_configuration.rules");
        without_log(cx, it, &it.get("bucket"), &rules, out);
    }
}

/// The name of the bucket that a resource of its own replicates.
fn replicated<'a>(it: Res<'a>) -> View<'a> {
    let bucket = it.get("bucket");
    replication::named(&bucket).here().map_or(bucket, |here| here.get("bucket"))
}

/// Reports tables of which rules copy files, and none of them the log.
fn without_log(
    cx: &PlanCx<'_>,
    it: Res<'_>,
    bucket: &View<'_>,
    rules: &View<'_>,
    out: &mut Findings<'_>,
) {
    for table in cx.of("databricks_sql_table") {
        let Some(path) = path_in(bucket, table) else { continue };
        let log = format!("{path}{DELTA_LOG}");
        let copies_log = Tri::any(rules.items().map(|rule| {
            is_on(&rule)
                & match prefix(&rule) {
                    Prefix::Of(_, prefix) => Tri::from(log.starts_with(prefix)),
                    Prefix::None => Tri::Yes,
                    Prefix::Hidden => Tri::Maybe,
                }
        }));
        let beside = rules.items().filter_map(|rule| match prefix(&rule) {
            Prefix::Of(at, text) if is_beside(text, &path, &log) => {
                Some((rule.get(at), is_on(&rule)))
            }
            _ => None,
        });
        // Of several the first that is surest: whether a rule is on may not be known.
        let surest = beside.reduce(|best, it| if it.1 > best.1 { it } else { best });
        let Some((at, on)) = surest.filter(|(_, on)| *on != Tri::No) else { continue };
        out.deny(on & !copies_log, it, &at, || {
            format!(
                "copies files below {path} and not {log}, without which they are no Delta table"
            )
        })
        .at(Severity::Warning)
        .key_of(table)
        .help(|| format!("replicate all of {path}"))
        .related_at(table, "storage_location", || "the table".to_owned());
    }
}

/// The path of a Delta table below a bucket, with a slash at its end; none where it lies elsewhere.
fn path_in(bucket: &View<'_>, table: Res<'_>) -> Option<String> {
    let format = table.get("data_source_format");
    let location = StoragePath::parse(table.get("storage_location").text()?)?;
    let bucket = StoragePath::parse(&format!("s3://{}", bucket.text()?))?;
    let is_delta = format.text().is_some_and(|text| text.eq_ignore_ascii_case("delta"));
    let segments = location.segments();
    (is_delta && bucket.covers(&location) && !segments.is_empty())
        .then(|| format!("{}/", segments.join("/")))
}

/// Whether a prefix selects files of a table, and none of its log.
fn is_beside(prefix: &str, path: &str, log: &str) -> bool {
    prefix.len() > path.len()
        && prefix.starts_with(path)
        && !log.starts_with(prefix)
        && !prefix.starts_with(log)
}

fn is_on(rule: &View<'_>) -> Tri {
    rule.get("status").is("Enabled")
}

/// Which objects a rule selects by their names.
enum Prefix<'a> {
    /// Those that begin so, and where that is written.
    Of(&'static str, &'a str),
    /// All.
    None,
    /// Not known.
    Hidden,
}

fn prefix<'a>(rule: &View<'a>) -> Prefix<'a> {
    for path in ["filter.prefix", "filter.and.prefix", "prefix"] {
        let view = rule.get(path);
        match (view.text(), view.val()) {
            (Some(""), _) => {}
            (Some(text), _) => return Prefix::Of(path, text),
            (None, Val::Unknown(_)) => return Prefix::Hidden,
            _ => {}
        }
    }
    Prefix::None
}

fn switched_off(it: Res<'_>, rule: &View<'_>, at: &View<'_>, tri: Tri, out: &mut Findings<'_>) {
    out.deny(is_on(rule) & tri, it, at, || {
        "replication does not hand deletions on to the copy".to_owned()
    })
    .key(&key(rule))
    .help(help);
}

/// An empty `filter` is one as well.
fn is_filtered(rule: &View<'_>) -> Tri {
    let filter = rule.member("filter");
    match filter.val() {
        Val::Unknown(cause) => filter.maybe(cause),
        _ => Tri::from(!is_empty(&filter)),
    }
}

/// Whether a rule selects objects by tags: AWS hands no deletions on then, and refuses a rule that asks for it.
fn selects_by_tags(rule: &View<'_>) -> Tri {
    Tri::any(["filter.tag", "filter.and.tags", INLINE_TAGS].map(|path| {
        let tags = rule.get(path);
        match tags.val() {
            Val::Unknown(cause) => tags.maybe(cause),
            _ => Tri::from(!is_empty(&tags) || !tags.members().is_empty()),
        }
    }))
}

fn is_empty(blocks: &View<'_>) -> bool {
    blocks.items().next().is_none() && !matches!(blocks.val(), Val::Unknown(_))
}

/// What tells rules of one replication apart.
fn key(rule: &View<'_>) -> String {
    rule.get("id").show()
}

fn help() -> String {
    format!("add {BLOCK} with the status \"Enabled\", unless the copy is an archive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_leave_the_log_out() {
        for (prefix, wanted) in [
            ("sales/orders/part-", true),
            ("sales/orders/date=2026", true),
            ("sales/orders/", false),
            ("sales/orders/_delta", false),
            ("sales/orders/_delta_log/", false),
            ("sales/", false),
            ("sales/orders_old/", false),
        ] {
            let is = is_beside(prefix, "sales/orders/", "sales/orders/_delta_log/");
            assert_eq!(is, wanted, "{prefix}");
        }
    }
}
