//! A standby that needs what the primary region has.

use std::collections::BTreeMap;

use crate::{
    aws::{Arn, policy},
    builtin::shared::twins::{self, Twins},
    estate::{Cell, Row, Rows},
    facts::{
        buckets::{self, Form},
        twins::{BETWEEN_REGIONS, MARKS, SPOKEN},
    },
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx, TextForm},
    plan::{Mode, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds values of a unit that stands by for another region which lead back there: a bucket, workspace,
    /// metastore, endpoint or key that the primary region makes; an ARN or a database host of that region;
    /// a bucket that is called after it. Hosts of workspaces are found inside URLs and other texts, ARNs
    /// inside JSON. Two units are each other's twin where their names differ in a region
    /// or in a word such as `dr` only; a word for the standby in the place of the environment, `dr/jobs`,
    /// stands for production. A unit without a twin stands by for the other side of its environment, which is
    /// what its name has before the region. Regions that names do not tell are those of the workspaces in the
    /// plans, else of the AWS provider.
    ///
    /// ## Why is this bad?
    /// It works on every day but the one for which it was made.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Make such values of a variable for the region:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "landing" {
    ///   name            = "landing"
    ///   url             = "s3://acme-prod-landing-${var.region}/"
    ///   credential_name = "lake-access"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Which region stands by, where nothing says so: it is silent then; where only paused jobs or the
    /// replication of buckets say so, or it may stand by for any of several, the finding is possible.
    /// Replication, multi-region access points, copies of backups, replicas of keys, shares, failover
    /// groups, locations with `read_only`, policies, tags and descriptions may name the other region, and
    /// so may a text that names both. Names of AWS services and availability zones have rules of their
    /// own (`reg-*`).
    ///
    /// ```toml
    /// [rules.dr-hardcoded-primary]
    /// pairs = ["prod/eu-central-1/jobs -> prod/eu-west-1/jobs"] # primary -> standby
    /// ```
    pub static RULE = {
        id: "dr-hardcoded-primary",
        summary: "standby leads back to the primary region",
        severity: Error,
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["*"],
        since: "0.1.0",
        params: [("pairs", Texts(&[], TextForm::Pair), "Units that are each other's twin")],
        check: Check::Estate { collect, judge },
    }
}

/// A value that may be of another region. Cells: `place`, `at`, `text`, and the answer
/// `bucket`: whether it is the bare name of one.
const LEAF: &str = "value-of-two";
/// A value that only one object has. Cells: `place`, `text`.
const MARK: &str = "mark-of-two";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for (type_, attribute) in MARKS {
        for it in cx.of(type_) {
            let view = it.get(attribute);
            if let Some(text) = view.text().filter(|_| !view.has_sensitive()) {
                twins::put(rows.add(MARK, it).with("text", Cell::Known(text.to_owned())), it);
            }
        }
    }
    let is_named = !cx.params().texts(twins::PAIRS).is_empty();
    let is_one = |it: &Res<'_>| is_named || twins::may_be_one_of_two(*it);
    for it in cx.all().filter(|it| it.mode() == Mode::Managed && is_one(it)) {
        if BETWEEN_REGIONS.contains(&it.type_()) || it.get("read_only").flag(false) == Tri::Yes {
            continue;
        }
        leaves(it, rows);
    }
}

fn leaves(it: Res<'_>, rows: &mut Rows) {
    it.root().leaves(&mut |view| {
        let Some(text) = view.text().filter(|text| text.len() >= SHORTEST) else { return };
        let path = view.path();
        let is_spoken = path.split('.').any(|name| SPOKEN.contains(&name));
        let is_own = MARKS.contains(&(it.type_(), path.as_str()));
        if is_spoken || is_own || view.has_sensitive() || text.contains(char::is_whitespace) {
            return;
        }
        let is_bucket = buckets::USES.contains(&(it.type_(), path.as_str(), Form::Name));
        let row = rows
            .add(LEAF, it)
            .with("bucket", Tri::from(is_bucket))
            .with("at", Cell::Known(view.attribute()))
            .with("text", Cell::Known(text.to_owned()));
        twins::put(row, it);
    });
}

/// Shorter texts are no identifier of anything.
const SHORTEST: usize = 8;

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let twins = Twins::of(cx);
    let pairs = twins.pairs(cx.of(LEAF));
    let marks: BTreeMap<&str, &Row> =
        cx.of(MARK).filter_map(|row| Some((row.text("text")?, row))).collect();
    let hosts: BTreeMap<String, &Row> =
        marks.iter().filter_map(|(text, row)| Some((host_of_url(text)?, *row))).collect();
    for pair in pairs.iter().filter(|pair| pair.has_direction) {
        let [primary, standby] = pair.regions;
        for leaf in &pair.standby {
            let Some(text) = leaf.text("text") else { continue };
            let is_theirs = |mark: &&&Row| twins.is_of_primary(pair, leaf, mark);
            let named = marks.get(bucket_of(text)).or_else(|| only_host_in(text, &hosts));
            let owner = named.filter(is_theirs);
            let by_name =
                primary.filter(|region| primary != standby && speaks_of(leaf, text, region));
            if owner.is_none() && by_name.is_none() {
                continue;
            }
            let at = leaf.text("at").unwrap_or_default();
            let draft = out
                .deny(pair.sure, *leaf, at, || {
                    let where_ = primary.unwrap_or("the primary region");
                    format!("{text} leads to {where_}, for which this unit stands by")
                })
                .key(&pair.key(text))
                .help(|| "make the value of a variable for the region".to_owned());
            if let Some(owner) = owner {
                draft.related(*owner, || "what it names, in the primary region".to_owned());
            }
        }
    }
}

/// The host of a workspace's URL.
fn host_of_url(url: &str) -> Option<String> {
    let host = url.strip_prefix("https://")?.trim_end_matches('/');
    Some(host.to_ascii_lowercase()).filter(|host| !host.contains('/'))
}

/// Whose host stands in a text, as a whole; none where those of several workspaces do.
fn only_host_in<'a, 'b>(text: &str, hosts: &'b BTreeMap<String, &'a Row>) -> Option<&'b &'a Row> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let words = text.split(|c: char| !is_of_name(c)).filter(|word| word.contains('.'));
    let mut found = words.filter_map(|word| hosts.get(&word.to_ascii_lowercase()));
    let first = found.next()?;
    found.all(|other| other.is(first)).then_some(first)
}

/// The bucket of a URL or an ARN; any other text as it stands.
fn bucket_of(text: &str) -> &str {
    let of_arn = || Arn::parse(text).filter(|arn| arn.service == "s3").map(|arn| arn.resource);
    buckets::in_url(text).or_else(of_arn).unwrap_or(text)
}

/// Whether a value is of a region: an ARN, a bucket's URL, a host of a database.
fn speaks_of(leaf: &Row, text: &str, region: &str) -> bool {
    if leaf.tri("bucket") == Tri::Yes {
        return is_called_after(text, region);
    }
    if let Some(arn) = Arn::parse(text) {
        return is_arn_of(&arn, region);
    }
    if text.starts_with(['{', '[']) && arns_in_json(text, region) {
        return true;
    }
    match buckets::in_url(text) {
        Some(bucket) => is_called_after(bucket, region),
        None => text.contains(&format!(".{region}.rds.amazonaws.com")),
    }
}

fn is_arn_of(arn: &Arn<'_>, region: &str) -> bool {
    let is_bucket = || arn.service == "s3" && is_called_after(arn.resource, region);
    arn.region == Some(region) || is_bucket()
}

/// Whether JSON that is no policy speaks of a region by ARNs, and of no other.
fn arns_in_json(json: &str, region: &str) -> bool {
    if policy::has_statements(json) {
        return false;
    }
    let texts = json.split('"').map(|text| text.trim_end_matches('\\'));
    let mut arns = texts.filter_map(Arn::parse).filter(|arn| arn.region.is_some()).peekable();
    arns.peek().is_some() && arns.all(|arn| is_arn_of(&arn, region))
}

fn is_called_after(bucket: &str, region: &str) -> bool {
    twins::region_in(bucket) == Some(region)
}
