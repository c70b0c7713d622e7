//! An object that two regions have, and not alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{
        securables,
        twins::{self, Twins},
    },
    estate::{Cell, Row, Rows},
    facts::twins::{CODE_OF_TASK, COMPARED, IDENTITIES},
    graph::{Res, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::{Embedded, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds objects that a region and its standby both have, and that differ: grants and isolation, a
    /// warning; what jobs run, definitions of cluster policies, kinds of warehouses, a note. Sizes, schedules,
    /// ids and regions may differ. Two units are each other's twin where their names differ in a region or in a
    /// word such as `dr` only; objects are compared by name.
    ///
    /// ## Why is this bad?
    /// After a failover people have other rights, or another code runs, than everybody tested.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Fill both regions from one set of variables.
    ///
    /// ## What it cannot see
    /// Values that are known only after the apply are not compared. Where nothing but the names says that one
    /// region stands by for the other, the finding is possible:
    ///
    /// ```toml
    /// [rules.dr-parity-drift]
    /// pairs = ["prod/eu-central-1/jobs -> prod/eu-west-1/jobs"] # primary -> standby
    /// ```
    pub static RULE = {
        id: "dr-parity-drift",
        summary: "one object with different settings in two regions",
        severity: Note,
        also: [(Warning, "rights differ")],
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: [
            "databricks_catalog",
            "databricks_cluster_policy",
            "databricks_external_location",
            "databricks_grants",
            "databricks_ip_access_list",
            "databricks_job",
            "databricks_sql_endpoint",
        ],
        since: "0.1.0",
        params: [("pairs", Texts(&[]), "Units that are each other's twin: `primary -> standby`")],
        check: Check::Estate { collect, judge },
    }
}

/// A setting of an object. Cells: `type`, `name`, `place`, `at` (the attribute), `value`, `rights` (an
/// answer).
const SETTING: &str = "setting-of-two";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for (type_, path, is_about_rights) in COMPARED {
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            let view = it.get(path);
            let Some(name) = name_of(it, type_) else { continue };
            let Some(value) = shown(&view) else { continue };
            add(rows, it, (type_, name), path, value, *is_about_rights);
        }
    }
    for it in cx.of("databricks_job").filter(|it| it.deposed().is_none()) {
        if let Some((name, tasks)) = name_of(it, "databricks_job").zip(tasks(it)) {
            add(rows, it, ("databricks_job", name), "task", tasks, false);
        }
    }
    for it in cx.of("databricks_grants").filter(|it| it.deposed().is_none()) {
        let name = securables::of_grant(it)
            .and_then(|kind| Some(format!("{kind} {}", it.get(kind).text()?)));
        if let Some((name, grants)) = name.zip(grants(it)) {
            add(rows, it, ("databricks_grants", name), "grant", grants, true);
        }
    }
}

fn add(
    rows: &mut Rows,
    it: Res<'_>,
    (type_, name): (&'static str, String),
    at: &'static str,
    value: String,
    is_about_rights: bool,
) {
    let row = rows
        .add(SETTING, it)
        .with("type", Cell::Known(type_.to_owned()))
        .with("name", Cell::Known(name))
        .with("at", Cell::Known(at.to_owned()))
        .with("value", Cell::Known(value))
        .with("rights", Tri::from(is_about_rights));
    twins::put(row, it);
}

fn name_of(it: Res<'_>, type_: &str) -> Option<String> {
    let (_, parts) = IDENTITIES.iter().find(|(kind, _)| *kind == type_)?;
    let names = parts.iter().map(|part| it.get(part).text().map(str::to_owned));
    Some(names.collect::<Option<Vec<_>>>()?.join("."))
}

/// A value as a text; none where it is not known, or may not be shown.
fn shown(view: &View<'_>) -> Option<String> {
    if view.has_sensitive() || view.is_set() == Tri::Maybe {
        return None;
    }
    Some(view.scalar().map_or_else(|| UNSET.to_owned(), |text| text.into_owned()))
}

/// What stands for a setting that is left out.
const UNSET: &str = "(not set)";

/// What the tasks of a job run, whatever their order.
fn tasks(it: Res<'_>) -> Option<String> {
    let mut all = BTreeMap::new();
    for task in it.get("task").items() {
        let key = shown(&task.get("task_key"))?;
        let code =
            CODE_OF_TASK.iter().map(|path| Some(format!("{path}={}", shown(&task.get(path))?)));
        let mut code: Vec<String> = code.collect::<Option<_>>()?;
        code.retain(|line| !line.ends_with(UNSET) && !line.ends_with('='));
        all.insert(key, code.join(", "));
    }
    let lines: Vec<String> = all.into_iter().map(|(key, code)| format!("{key}: {code}")).collect();
    Some(lines.join("; "))
}

/// Who may do what, in one order.
fn grants(it: Res<'_>) -> Option<String> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for grant in it.get("grant").items() {
        let principal = shown(&grant.get("principal"))?.to_lowercase();
        let privileges = grant.get("privileges");
        if privileges.is_set() == Tri::Maybe || privileges.has_sensitive() {
            return None;
        }
        let names = privileges.items().map(|it| it.text().map(securables::as_api_name));
        all.entry(principal).or_default().extend(names.collect::<Option<Vec<_>>>()?);
    }
    let lines = all
        .into_iter()
        .map(|(who, what)| format!("{who}: {}", what.into_iter().collect::<Vec<_>>().join(" ")));
    Some(lines.collect::<Vec<_>>().join("; "))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    for pair in Twins::of(cx).pairs(cx.of(SETTING)) {
        let ours: BTreeMap<_, &Row> =
            pair.primary.iter().filter_map(|row| Some((key(row)?, *row))).collect();
        for row in &pair.standby {
            let Some(other) = key(row).and_then(|key| ours.get(&key)) else { continue };
            let (here, there) = (value(row), value(other));
            if is_same((here, pair.regions[1]), (there, pair.regions[0])) {
                continue;
            }
            let level =
                if row.tri("rights") == Tri::Yes { Severity::Warning } else { Severity::Note };
            let at = row.text("at").unwrap_or_default();
            out.deny(pair.sure, *row, at, || {
                let name = row.cell("name").show();
                format!(
                    "{at} of {name} is not the same in both regions: {here} here, {there} in {}",
                    other.unit
                )
            })
            .at(level)
            .help(|| "fill both regions from one set of variables".to_owned())
            .related_at(*other, at, || "the same object in the other region".to_owned());
        }
    }
}

/// Whether two values are the same but for their regions.
fn is_same((here, ours): (&str, Option<&str>), (there, theirs): (&str, Option<&str>)) -> bool {
    let common = |text: &str, region: Option<&str>| match region {
        Some(region) => text.replace(region, "region"),
        None => text.to_owned(),
    };
    let (here, there) = (common(here, ours), common(there, theirs));
    let is_one_document = || {
        let both = Embedded::parse(&here).zip(Embedded::parse(&there));
        both.is_some_and(|(here, there)| here.value() == there.value())
    };
    twins::common_name(&here) == twins::common_name(&there) || is_one_document()
}

/// What makes two rows speak of one setting.
fn key(row: &Row) -> Option<(&str, String, &str)> {
    Some((row.text("type")?, twins::common_name(row.text("name")?), row.text("at")?))
}

fn value(row: &Row) -> &str {
    row.text("value").unwrap_or_default()
}
