//! An object of the primary region that the standby lacks.

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::{
    builtin::shared::{
        securables,
        twins::{self, Pair, Twins},
    },
    estate::{Cell, Row, Rows},
    facts::twins::IDENTITIES,
    graph::{Res, View},
    lint::{Check, EstateCx, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds objects of a region that the region which stands by for it lacks: jobs, warehouses, cluster policies,
    /// pools, catalogs, schemas, external locations, secret scopes, models, system schemas, IP access lists and
    /// grants. Two units are each other's twin where their names differ in a region or in a word such as `dr`
    /// only. Objects are compared by name, regions and such words left out; a type of which the twin has
    /// none is left out as well.
    ///
    /// ## Why is this bad?
    /// What is not in the standby's plan has to be rebuilt by hand, during the outage.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Make both regions with one module, called once for each.
    ///
    /// ## What it cannot see
    /// Which region stands by, where nothing says so: it is silent then; where only the replication of buckets
    /// says so the finding is possible. Objects that are meant for one region only stand in the settings:
    ///
    /// ```toml
    /// [rules.dr-parity-missing]
    /// ignore = ["sandbox-*"]
    /// pairs = ["prod/eu-central-1/jobs -> prod/eu-west-1/jobs"] # primary -> standby
    /// ```
    pub static RULE = {
        id: "dr-parity-missing",
        summary: "object of the primary region that the standby lacks",
        severity: Warning,
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: [
            "databricks_catalog",
            "databricks_cluster_policy",
            "databricks_external_location",
            "databricks_grants",
            "databricks_instance_pool",
            "databricks_ip_access_list",
            "databricks_job",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_secret_scope",
            "databricks_sql_endpoint",
            "databricks_system_schema",
        ],
        since: "0.1.0",
        params: [
            ("ignore", Texts(&[]), "Names of objects that only one region has; `*` stands for anything"),
            ("pairs", Texts(&[]), "Units that are each other's twin: `primary -> standby`"),
        ],
        check: Check::Estate { collect, judge },
    }
}

/// An object. Cells: `type`, `name`, `place`.
const OBJECT: &str = "object-of-two";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for (type_, parts) in IDENTITIES {
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            let name = parts.iter().map(|part| known(&it.get(part))).collect::<Option<Vec<_>>>();
            add(rows, it, type_, name.map(|parts| parts.join(".")));
        }
    }
    for it in cx.of("databricks_grants") {
        let name = securables::of_grant(it)
            .and_then(|kind| Some(format!("{kind} {}", known(&it.get(kind))?)));
        add(rows, it, "databricks_grants", name);
    }
}

fn known(view: &View<'_>) -> Option<String> {
    view.text().filter(|_| !view.has_sensitive()).map(str::to_owned)
}

/// What has no name yet is known by its address.
fn add(rows: &mut Rows, it: Res<'_>, type_: &'static str, name: Option<String>) {
    let row = rows
        .add(OBJECT, it)
        .with("type", Cell::Known(type_.to_owned()))
        .with("name", Cell::Known(name.unwrap_or_else(|| it.address().to_owned())));
    twins::put(row, it);
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let ignored = ignored(cx);
    let pairs = Twins::of(cx).pairs(cx.of(OBJECT));
    for pair in pairs.iter().filter(|pair| pair.has_direction) {
        let theirs = all(&pair.standby);
        let types: BTreeSet<&str> =
            pair.standby.iter().filter_map(|row| row.text("type")).collect();
        for row in &pair.primary {
            let (Some(type_), Some(name)) = (row.text("type"), row.text("name")) else { continue };
            let is_there = theirs.contains(&(type_, twins::common_name(name)));
            if is_there || !types.contains(type_) || ignored.is_match(name) || cx.may_lack(type_) {
                continue;
            }
            out.deny(pair.sure, *row, (), || format!("{name} is missing from {}", place(pair)))
                .help(|| {
                    "make both regions with one module, or list the name under `ignore`".to_owned()
                });
        }
    }
}

fn all<'a>(rows: &[&'a Row]) -> BTreeSet<(&'a str, String)> {
    let of = |row: &&'a Row| Some((row.text("type")?, twins::common_name(row.text("name")?)));
    rows.iter().filter_map(of).collect()
}

/// Where the standby's objects are.
fn place(pair: &Pair<'_>) -> String {
    pair.standby.first().map_or_else(String::new, |row| twins::shown(row))
}

/// Names that the settings leave out; a text that is no pattern is left out as it stands.
fn ignored(cx: &EstateCx<'_>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for text in cx.params().texts("ignore") {
        let glob = Glob::new(text).or_else(|_| Glob::new(&globset::escape(text)));
        if let Ok(glob) = glob {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
