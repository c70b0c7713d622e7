//! An object that two regions have, and not alike.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    builtin::shared::{
        buckets,
        likeness::{apart, common, definition, is_alike, may_be_secret, may_hold_secret},
        permissions, securables,
        twin_objects::{self, PLACES, name_of},
        twins::{self, Beyond, Twins},
    },
    estate::{Cell, Row, Rows},
    facts::{
        permissions::OWNER,
        twins::{CODE_OF_TASK, COMPARED, RUNTIME, names_object_of_region},
        workspace_conf,
    },
    graph::{Res, Side, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity, TextForm},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds objects that a region and its standby both have, and that differ: grants, permissions of groups and
    /// users, isolation, access modes and protecting settings of the workspace, a warning; what jobs run and with which
    /// parameters, runtimes, definitions of
    /// cluster policies, kinds of warehouses, a note. Sizes, schedules, ids, names of buckets and regions
    /// may differ, in definitions and parameters as well. Two units are each other's twin where their
    /// names differ in a region or in a word such as `dr` only; a word for the standby in the place of the
    /// environment, `dr/jobs`, stands for production. Objects are compared by name. What has no twin there,
    /// settings of workspaces aside, is sought in the other units of the environment, which is what names have
    /// before the region.
    ///
    /// ## Why is this bad?
    /// After a failover people have other rights, or another code runs, than everybody tested.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Fill both regions from one set of variables.
    ///
    /// ## What it cannot see
    /// Values that are known only after the apply are not compared. Where no word and no setting says that one
    /// region stands by for the other, or it may stand by for any of several, the finding is possible. So it is
    /// where an object of the same name lies in another unit, and the standby's unit has a twin of its own.
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
            "databricks_cluster",
            "databricks_cluster_policy",
            "databricks_external_location",
            "databricks_grant",
            "databricks_grants",
            "databricks_ip_access_list",
            "databricks_job",
            "databricks_permissions",
            "databricks_sql_endpoint",
            "databricks_workspace_conf",
        ],
        since: "0.1.0",
        params: [("pairs", Texts(&[], TextForm::Pair), "Units that are each other's twin")],
        check: Check::Estate { collect, judge },
    }
}

/// A setting of an object. Cells: `type`, `name`, `place`, `at` (the attribute), `value`, `rights` (an
/// answer), `filled-in` (an answer: its author left it to the service).
const SETTING: &str = "setting-of-two";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for (type_, path, is_about_rights) in COMPARED {
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            let view = it.get(path);
            let Some(name) = name_of(it) else { continue };
            let Some(value) = shown(&view) else { continue };
            let value = if *path == DEFINITION { definition(&value) } else { value };
            let row = add(rows, it, (type_, name), path, value, *is_about_rights);
            if is_filled_in(&view) {
                row.with("filled-in", Tri::Yes);
            }
        }
    }
    for it in cx.of("databricks_job").filter(|it| it.deposed().is_none()) {
        if let Some((name, tasks)) = name_of(it).zip(tasks(it)) {
            add(rows, it, ("databricks_job", name), "task", tasks, false);
        }
        if let Some((name, parameters)) = name_of(it).zip(parameters(it)) {
            add(rows, it, ("databricks_job", name), "parameter", parameters, false);
        }
    }
    for it in cx.of(CONF).filter(|it| it.deposed().is_none()) {
        for (key, value) in it.get("custom_config").members() {
            let value = shown(&value).filter(|_| workspace_conf::protects_when(key).is_some());
            if let Some(value) = value {
                let name = (CONF, key.to_owned());
                add(rows, it, name, "custom_config", value, true);
            }
        }
    }
    for it in cx.of("databricks_grants").filter(|it| it.deposed().is_none()) {
        let name = twin_objects::of_grant(it).map(|on| on.name);
        if let Some((name, grants)) = name.zip(grants(it)) {
            add(rows, it, ("databricks_grants", name), "grant", grants, true);
        }
    }
    for it in cx.of("databricks_grant").filter(|it| it.deposed().is_none()) {
        let name = twin_objects::of_grant(it).zip(twin_objects::grantee(it));
        let name = name.map(|(on, to)| format!("{} {to}", on.name));
        if let Some((name, privileges)) = name.zip(privileges(&it.get("privileges"))) {
            let value = privileges.into_iter().collect::<Vec<_>>().join(" ");
            add(rows, it, ("databricks_grant", name), "privileges", value, true);
        }
    }
    for it in cx.of("databricks_permissions").filter(|it| it.deposed().is_none()) {
        if let Some((name, all)) = object_of_permissions(it).zip(levels(it)) {
            add(rows, it, name, "access_control", all, true);
        }
    }
}

/// What permissions are about, as type and name of a setting.
fn object_of_permissions(it: Res<'_>) -> Option<(&'static str, String)> {
    let about = twin_objects::of_permissions(it)?;
    let is_place = about.object.is_some_and(|(type_, _)| type_ == PLACES);
    Some((if is_place { PLACES } else { "databricks_permissions" }, about.name))
}

/// Which groups and users have which level. Service principals have ids, and owners are who deploys.
fn levels(it: Res<'_>) -> Option<String> {
    if it.get("access_control").is_set() == Tri::Maybe {
        return None;
    }
    let mut lines = BTreeSet::new();
    for access in permissions::accesses(it) {
        let given = |name| {
            let view = access.get(name);
            (view.is_set() != Tri::No && view.text() != Some("")).then_some(view)
        };
        let level = shown(&access.get("permission_level"))?;
        if given("service_principal_name").is_some() || level == OWNER {
            continue;
        }
        let who = shown(&given("group_name").or_else(|| given("user_name"))?)?;
        lines.insert(format!("{}: {level}", who.to_lowercase()));
    }
    Some(lines.into_iter().collect::<Vec<_>>().join("; "))
}

/// Privileges by one name each; none where something of them is not known.
fn privileges<'a>(all: &View<'a>) -> Option<BTreeSet<Cow<'a, str>>> {
    if all.is_set() == Tri::Maybe || all.has_sensitive() {
        return None;
    }
    all.items().map(|it| it.text().map(securables::as_api_name)).collect()
}

fn add<'r>(
    rows: &'r mut Rows,
    it: Res<'_>,
    (type_, name): (&'static str, String),
    at: &'static str,
    value: String,
    is_about_rights: bool,
) -> &'r mut Row {
    let row = rows
        .add(SETTING, it)
        .with("type", Cell::Known(type_.to_owned()))
        .with("name", Cell::Known(name))
        .with("at", Cell::Known(at.to_owned()))
        .with("value", Cell::Known(value))
        .with("rights", Tri::from(is_about_rights));
    twins::put(row, it);
    row
}

/// A value as a text; none where it is not known, or may not be shown.
fn shown(view: &View<'_>) -> Option<String> {
    if view.has_sensitive() || view.is_set() == Tri::Maybe {
        return None;
    }
    Some(view.scalar().map_or_else(|| UNSET.to_owned(), |text| text.into_owned()))
}

/// Settings of a workspace, of which each key counts by itself.
const CONF: &str = "databricks_workspace_conf";

/// What stands for a setting that is left out.
const UNSET: &str = "(not set)";

/// The argument that holds the definition of a cluster policy.
const DEFINITION: &str = "definition";

/// What the tasks of a job run, whatever their order; none where something of it is not known.
fn tasks(it: Res<'_>) -> Option<String> {
    let mut lines = BTreeSet::new();
    for task in it.get("task").items() {
        let key = shown(&task.get("task_key"))?;
        code_of_task(&key, &task, &mut lines)?;
        let repeated = task.get("for_each_task");
        code(&key, &repeated.get("inputs"), &mut lines)?;
        if let Some(inner) = repeated.get("task").items().next() {
            code_of_task(&key, &inner, &mut lines)?;
        }
    }
    for cluster in it.get("job_cluster").items() {
        let key = shown(&cluster.get("job_cluster_key"))?;
        for part in RUNTIME {
            code(&key, &cluster.get("new_cluster").get(part), &mut lines)?;
        }
    }
    Some(lines.into_iter().collect::<Vec<_>>().join("; "))
}

fn code_of_task(key: &str, task: &View<'_>, lines: &mut BTreeSet<String>) -> Option<()> {
    for part in CODE_OF_TASK {
        code(key, &task.member(*part), lines)?;
    }
    RUNTIME.iter().try_for_each(|part| code(key, &task.get("new_cluster").get(part), lines))
}

/// What a job hands to its tasks, whatever the order; none where something of it is not known.
fn parameters(it: Res<'_>) -> Option<String> {
    let mut lines = BTreeSet::new();
    if it.get("parameter").is_set() == Tri::Maybe {
        return None;
    }
    for parameter in it.get("parameter").items() {
        let (name, value) = (shown(&parameter.get("name"))?, shown(&parameter.get("default"))?);
        if !names_object_of_region(&name) && !may_be_secret(&name, &value) {
            lines.insert(format!("{name}={value}"));
        }
    }
    Some(lines.into_iter().collect::<Vec<_>>().join("; "))
}

/// A line for each value of a part of a task, ids and what says nothing left out.
fn code(task: &str, part: &View<'_>, lines: &mut BTreeSet<String>) -> Option<()> {
    let (mut is_known, mut is_secret) = (true, false);
    part.leaves(&mut |leaf| {
        is_secret |= is_free(&leaf.path()) && leaf.text().is_some_and(may_hold_secret);
    });
    part.leaves(&mut |leaf| {
        let path = leaf.path();
        // Which of several arguments is the secret, their names do not tell.
        if names_object_of_region(&path) || is_secret && is_free(&path) {
            return;
        }
        let says_nothing = leaf.known().is_none_or(|value| value.is_hollow());
        match shown(&leaf) {
            None => is_known = false,
            Some(value) if !says_nothing && !may_be_secret(&path, &value) => {
                lines.insert(format!("{task}: {}={value}", path.trim_start_matches("task.")));
            }
            Some(_) => {}
        }
    });
    is_known.then_some(())
}

/// Whether a part of a task holds whatever its author hands on.
fn is_free(path: &str) -> bool {
    const FREE: [&str; 4] = ["parameters", "inputs", "left", "right"];
    let mut names = path.split(['.', '[']);
    names.any(|name| FREE.iter().any(|free| name.ends_with(free)))
}

/// Who may do what, in one order.
fn grants(it: Res<'_>) -> Option<String> {
    let mut all: BTreeMap<String, BTreeSet<Cow<'_, str>>> = BTreeMap::new();
    for grant in it.get("grant").items() {
        let principal = shown(&grant.get("principal"))?.to_lowercase();
        all.entry(principal).or_default().extend(privileges(&grant.get("privileges"))?);
    }
    let lines = all
        .into_iter()
        .map(|(who, what)| format!("{who}: {}", what.into_iter().collect::<Vec<_>>().join(" ")));
    Some(lines.collect::<Vec<_>>().join("; "))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let buckets: BTreeSet<&str> = cx.of(buckets::KIND).filter_map(|row| row.text("name")).collect();
    let twins = Twins::of(cx);
    // Settings and paths of workspaces have the same names in all: they do not tell which is the twin.
    let is_in_all = |row: &&Row| matches!(row.text("type"), Some(CONF | PLACES));
    let named = cx.of(SETTING).filter(|row| !is_in_all(row));
    let beyond = Beyond::of(&twins, named.filter_map(|row| Some((row, key(row)?))));
    for pair in twins.pairs(cx.of(SETTING)) {
        let ours = once(pair.all_primary());
        for row in &pair.standby {
            let Some(own) = key(row) else { continue };
            let keys = keys_of_twin(row, &own);
            let beside = |key: &Key<'_>| Some((*ours.get(key)?, Tri::Yes));
            let elsewhere = |key: &Key<'_>| beyond.twin(&pair, row, &own, key);
            let found = keys.iter().find_map(beside).or_else(|| keys.iter().find_map(elsewhere));
            let Some((other, is_same)) = found else { continue };
            let (here, there) = (value(row), value(other));
            let [ours, theirs] = [(there, pair.regions[0]), (here, pair.regions[1])]
                .map(|(value, region)| common(value, region, &buckets));
            if is_alike(&ours, &theirs, here) || is_left_out(row, other) {
                continue;
            }
            let level =
                if row.tri("rights") == Tri::Yes { Severity::Warning } else { Severity::Note };
            let at = row.text("at").unwrap_or_default();
            out.deny(pair.sure & is_same, *row, at, || {
                let name = row.cell("name").show();
                let (here, there) = (apart(here, there), apart(there, here));
                let place = twins::shown(other);
                format!("{at} of {name} is not the same in both regions: {here} here, {there} in {place}")
            })
            .at(level)
            .key(&pair.key(row.text("name").unwrap_or_default()))
            .help(|| "fill both regions from one set of variables".to_owned())
            .related_at(other, at, || "the same object in the other region".to_owned());
        }
    }
}

/// Whether its author left a setting to the service. The world before has no author.
fn is_filled_in(view: &View<'_>) -> bool {
    let res = view.res();
    res.scope().side() == Side::Planned && res.block().is_some() && view.is_written() == Tri::No
}

/// Whether both authors left a setting to the service, which filled in one side so far.
fn is_left_out(row: &Row, other: &Row) -> bool {
    [row, other].iter().all(|it| it.tri("filled-in") == Tri::Yes)
        && [row, other].iter().any(|it| value(it) == UNSET)
}

/// Rows by their setting, but for those that several modules have: nothing says which of them is the twin.
fn once<'a>(rows: &[&'a Row]) -> BTreeMap<Key<'a>, &'a Row> {
    let mut found: BTreeMap<_, Option<&Row>> = BTreeMap::new();
    for row in rows {
        let Some(key) = key(row) else { continue };
        let kept = found.entry(key).or_insert(Some(*row));
        *kept = kept.filter(|it| it.text("place") == row.text("place")).map(|_| *row);
    }
    found.into_iter().filter_map(|(key, row)| Some((key, row?))).collect()
}

/// What makes two rows speak of one setting: type, name, attribute.
type Key<'a> = (&'a str, String, &'a str);

fn key(row: &Row) -> Option<Key<'_>> {
    Some((row.text("type")?, twins::common_name(row.text("name")?), row.text("at")?))
}

/// The keys under which the twin of a row of the standby may be found, the closest first.
fn keys_of_twin<'a>(row: &'a Row, (type_, _, at): &Key<'a>) -> Vec<Key<'a>> {
    let names = twins::names_of_twin(row.text("name").unwrap_or_default());
    names.into_iter().map(|name| (*type_, name, *at)).collect()
}

fn value(row: &Row) -> &str {
    row.text("value").unwrap_or_default()
}
