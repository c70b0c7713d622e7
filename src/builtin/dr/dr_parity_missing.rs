//! An object of the primary region that the standby lacks.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::{
    builtin::shared::{
        credentials::is_uuid,
        twin_objects::{self, About},
        twins::{self, Beyond, Pair, Twins},
    },
    estate::{Cell, Row, Rows},
    facts::twins::IDENTITIES,
    graph::Res,
    lint::{Check, EstateCx, Findings, PlanCx, TextForm},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds objects of a region that the region which stands by for it lacks: jobs, warehouses, cluster
    /// policies, pools, catalogs, schemas, external locations, secret scopes, models, system schemas, IP
    /// access lists, workspaces, grants, permissions and keys of workspace settings. Two units are each other's twin where their
    /// names differ in a region or in a word such as `dr` only; a word for the standby in the place of the
    /// environment, `dr/jobs`, stands for production. Of three and more regions each standby
    /// has the primary of its own part of the world (`eu`, `us-gov`), if there is one such; else the
    /// finding is possible. Objects are compared by name, regions and such words left out. What another
    /// unit of the standby's environment has is not missing; the environment is what names have before the
    /// region. A type of which the twin has none is left out, unless the standby has others of the unit's
    /// objects in a unit of its own. Grants and permissions on what the standby lacks are left out, as
    /// that is said; a workspace is missing only where the standby has fewer of them.
    ///
    /// ## Why is this bad?
    /// What is not in the standby's plan has to be rebuilt by hand, during the outage.
    /// Source: [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// Make both regions with one module, called once for each.
    ///
    /// ## What it cannot see
    /// Which region stands by, where nothing says so: it is silent then; where only paused jobs or the
    /// replication of buckets say so the finding is possible. So it is where the standby has objects of the type
    /// in another unit only, and nothing says that it is cut differently. Objects that are meant for one region only
    /// stand in the settings:
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
            "databricks_grant",
            "databricks_grants",
            "databricks_instance_pool",
            "databricks_ip_access_list",
            "databricks_job",
            "databricks_mws_workspaces",
            "databricks_permissions",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_secret_scope",
            "databricks_sql_endpoint",
            "databricks_system_schema",
            "databricks_workspace_conf",
        ],
        since: "0.1.0",
        params: [
            ("ignore", Texts(&[], TextForm::Name), "Names of objects that only one region has; `*` stands for anything"),
            ("pairs", Texts(&[], TextForm::Pair), "Units that are each other's twin"),
        ],
        check: Check::Estate { collect, judge },
    }
}

/// Settings of a workspace, of which each key counts by itself.
const CONF: &str = "databricks_workspace_conf";
/// Grants, each resource with those of all principals or of one.
const GRANTS: &str = "databricks_grants";
const GRANT: &str = "databricks_grant";
const PERMISSIONS: &str = "databricks_permissions";
const WORKSPACE: &str = "databricks_mws_workspaces";
/// An object. Cells: `type`, `name` (unset where it is not known), `address` (in its module), `place`; of grants
/// and permissions `on` (what they are about) and its `on-type` and `on-name`.
const OBJECT: &str = "object-of-two";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for (type_, _) in IDENTITIES {
        for it in cx.of(type_).filter(|it| it.deposed().is_none()) {
            add(rows, it, type_, twin_objects::name_of(it));
        }
    }
    for it in cx.of(CONF).filter(|it| it.deposed().is_none()) {
        for (key, _) in it.get("custom_config").members() {
            add(rows, it, CONF, Some(key.to_owned()));
        }
    }
    for it in cx.of(GRANTS) {
        let on = twin_objects::of_grant(it);
        about(add(rows, it, GRANTS, on.as_ref().map(|on| on.name.clone())), on);
    }
    for it in cx.of(GRANT).filter(|it| it.deposed().is_none()) {
        // Service principals have ids, and may be others in the other region.
        let who = twin_objects::grantee(it).filter(|who| !is_uuid(who));
        if let Some((on, who)) = twin_objects::of_grant(it).zip(who) {
            about(add(rows, it, GRANT, Some(format!("{} to {who}", on.name))), Some(on));
        }
    }
    for it in cx.of(PERMISSIONS).filter(|it| it.deposed().is_none()) {
        // Whether the standby has an object that is not compared, nobody knows.
        if let Some(on) = twin_objects::of_permissions(it).filter(|on| on.object.is_some()) {
            about(add(rows, it, PERMISSIONS, Some(on.name.clone())), Some(on));
        }
    }
}

fn add<'r>(
    rows: &'r mut Rows,
    it: Res<'_>,
    type_: &'static str,
    name: Option<String>,
) -> &'r mut Row {
    let key = it.key().map(ToString::to_string).unwrap_or_default();
    let row = rows
        .add(OBJECT, it)
        .with("type", Cell::Known(type_.to_owned()))
        .with("name", name.map_or(Cell::Unset, Cell::Known))
        .with("address", Cell::Known(format!("{}{key}", it.name())));
    twins::put(row, it)
}

fn about(row: &mut Row, on: Option<About>) {
    let Some(About { name, object }) = on else { return };
    row.with("on", Cell::Known(name));
    if let Some((type_, name)) = object {
        row.with("on-type", Cell::Known(type_.to_owned())).with("on-name", Cell::Known(name));
    }
}

/// What a message calls an object.
fn shown(row: &Row) -> String {
    let name = row.text("name").unwrap_or(&row.address);
    match row.text("type") {
        Some(PERMISSIONS) => format!("databricks_permissions of {name}"),
        Some(GRANT) => format!("databricks_grant on {name}"),
        _ => name.to_owned(),
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let (ignored, held) = (ignored(cx), Held::of(cx.of(OBJECT)));
    let twins = Twins::of(cx);
    let elsewhere = Elsewhere::of(&twins, cx);
    let pairs = twins.pairs(cx.of(OBJECT));
    for pair in pairs.iter().filter(|pair| pair.has_direction) {
        let mut theirs = Theirs::of(pair.all_standby());
        let units = units_of_standby(pair);
        let workspaces = Workspaces::of(pair);
        let mut counterparts = Counterparts::new();
        cx.of(OBJECT)
            .filter(|row| units.contains(row.unit.as_str()))
            .for_each(|it| theirs.note(it));
        for row in &pair.primary {
            let Some(type_) = row.text("type").filter(|type_| !cx.may_lack(type_)) else {
                continue;
            };
            let name = row.text("name").unwrap_or(&row.address);
            let is_ignored = |name: Option<&str>| name.is_some_and(|name| ignored.is_match(name));
            if is_ignored(Some(name)) || is_ignored(row.text("on-name")) {
                continue;
            }
            let is_there = held.is_elsewhere(pair, row)
                || elsewhere.has(pair, row)
                || theirs.has_other_grants(type_, row)
                || theirs.lacks_what_it_is_about(row);
            let (lacks, place) = match theirs.types.contains(type_) {
                true => (
                    theirs.lacks(type_, row) & elsewhere.hides_none(pair, row),
                    pair.standby_shown(),
                ),
                false => elsewhere.lacks(pair, row, &mut counterparts),
            };
            let lacks =
                if type_ == WORKSPACE { lacks & workspaces.any_is_missing() } else { lacks };
            out.deny(pair.sure & lacks & !Tri::from(is_there), *row, (), || {
                format!("{} is missing from {place}", shown(row))
            })
            .key(&pair.key(name))
            .help(|| {
                "make both regions with one module, or list the name under `ignore` of \
                 `[rules.dr-parity-missing]`"
                    .to_owned()
            });
        }
    }
}

/// By unit and type, what the standby of a pair has of it in other units, see [`Elsewhere::counterparts`].
type Counterparts<'a> = BTreeMap<(&'a str, &'a str), [Option<&'a Row>; 2]>;

/// What other units of both environments have.
struct Elsewhere<'t, 'a> {
    /// By type and name.
    named: Beyond<'t, 'a, (&'a str, String)>,
    /// By type.
    all: Beyond<'t, 'a, &'a str>,
    /// By type, of those without a known name.
    unnamed: Beyond<'t, 'a, &'a str>,
    /// By unit and type, and the names of each.
    beside: BTreeMap<(&'a str, &'a str), BTreeSet<String>>,
}

impl<'t, 'a> Elsewhere<'t, 'a> {
    fn of(twins: &'t Twins, cx: &'a EstateCx<'_>) -> Elsewhere<'t, 'a> {
        let typed = || cx.of(OBJECT).filter_map(|row| Some((row, row.text("type")?)));
        let named = typed().flat_map(|(row, type_)| {
            let names = row.text("name").map(twins::names_of_twin).unwrap_or_default();
            names.into_iter().map(move |name| (row, (type_, name)))
        });
        let mut beside: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for (row, type_) in typed() {
            let names = beside.entry((row.unit.as_str(), type_)).or_default();
            names.extend(twins::name_of(row));
        }
        Elsewhere {
            named: Beyond::of(twins, named),
            all: Beyond::of(twins, typed()),
            unnamed: Beyond::of(twins, typed().filter(|(row, _)| row.text("name").is_none())),
            beside,
        }
    }

    /// Whether the standby has an object as often as the primary has, in whichever unit.
    fn has(&self, pair: &Pair<'_>, row: &'a Row) -> bool {
        let Some(key) = row.text("type").zip(twins::name_of(row)) else { return false };
        let theirs = self.named.of_standby(pair, row, &key).len();
        theirs > 0 && theirs >= self.named.of_primary(pair, row, &key).len()
    }

    /// `Maybe` where one of the standby without a known name may be any.
    fn hides_none(&self, pair: &Pair<'_>, row: &'a Row) -> Tri {
        let type_ = row.text("type").unwrap_or_default();
        Tri::from(self.unnamed.of_standby(pair, row, &type_).is_empty()) | Tri::Maybe
    }

    /// Whether the standby, of which the twin of a row's unit has no object of the type, lacks it; and where
    /// it is missing. That is certain where the standby is known to have in another unit what is in this one.
    fn lacks(
        &self,
        pair: &Pair<'_>,
        row: &'a Row,
        counterparts: &mut Counterparts<'a>,
    ) -> (Tri, String) {
        let type_ = row.text("type").filter(|type_| *type_ != CONF).unwrap_or_default();
        let [sure, any] = *counterparts
            .entry((row.unit.as_str(), type_))
            .or_insert_with(|| self.counterparts(pair, row, type_));
        let may_be = || {
            let theirs = self.all.of_standby(pair, row, &type_);
            theirs.first().copied().filter(|_| self.all.is_twinned(row))
        };
        let place = |row: &Row| row.unit.clone();
        match (sure, any.or_else(may_be)) {
            _ if row.text("name").is_none() => (Tri::No, String::new()),
            (Some(sure), _) => (self.hides_none(pair, row), place(sure)),
            (None, Some(other)) => (Tri::Maybe, place(other)),
            (None, None) => (Tri::No, String::new()),
        }
    }

    /// What the standby has, in another unit, of the type that a row's unit has: what is there for certain in
    /// place of something of that unit, and what may be.
    fn counterparts(&self, pair: &Pair<'_>, row: &'a Row, type_: &'a str) -> [Option<&'a Row>; 2] {
        let theirs = self.all.of_standby(pair, row, &type_);
        let names = self.beside.get(&(row.unit.as_str(), type_)).into_iter().flatten();
        let twins = names.flat_map(|name| {
            self.named.of_standby(pair, row, &(type_, name.clone())).iter().copied()
        });
        let parts = theirs.iter().filter(|it| self.all.is_part_or_whole(it, row));
        let known: Vec<&Row> = twins.chain(parts.copied()).collect();
        let sure = known.iter().find(|it| self.all.are_cut_differently(it, row));
        [sure.copied(), known.first().copied()]
    }
}

/// How many workspaces of a pair have no twin by their name.
struct Workspaces {
    ours: usize,
    theirs: usize,
}

impl Workspaces {
    fn of(pair: &Pair<'_>) -> Workspaces {
        let names = |rows: &[&Row]| -> Vec<Vec<String>> {
            let all = rows.iter().filter(|row| row.text("type") == Some(WORKSPACE));
            all.filter_map(|row| row.text("name")).map(twins::names_of_twin).collect()
        };
        let (ours, theirs) = (names(pair.all_primary()), names(pair.all_standby()));
        let without = |some: &[Vec<String>], others: &[Vec<String>]| {
            let has_twin = |names: &&Vec<String>| {
                others.iter().any(|other| other.iter().any(|name| names.contains(name)))
            };
            some.len() - some.iter().filter(has_twin).count()
        };
        Workspaces { ours: without(&ours, &theirs), theirs: without(&theirs, &ours) }
    }

    /// People call workspaces by cities and the like, so that one of another name may be the twin.
    fn any_is_missing(&self) -> Tri {
        match self.theirs {
            0 => Tri::Yes,
            theirs => Tri::from(theirs < self.ours) & Tri::Maybe,
        }
    }
}

/// What the standby has, by type.
struct Theirs<'a> {
    types: BTreeSet<&'a str>,
    names: BTreeSet<(&'a str, String)>,
    addresses: BTreeSet<(&'a str, String)>,
    /// What grants of either type are on.
    granted: BTreeSet<(&'a str, String)>,
    /// Types of which it has objects without a known name, and how these are addressed.
    unnamed: BTreeMap<&'a str, BTreeSet<String>>,
}

impl<'a> Theirs<'a> {
    fn of(rows: &[&'a Row]) -> Theirs<'a> {
        let mut theirs = Theirs {
            types: BTreeSet::new(),
            names: BTreeSet::new(),
            addresses: BTreeSet::new(),
            granted: BTreeSet::new(),
            unnamed: BTreeMap::new(),
        };
        for row in rows {
            let Some(type_) = row.text("type") else { continue };
            theirs.note(row);
            theirs.addresses.insert((type_, address(row)));
            let names = row.text("name").map(twins::names_of_twin).unwrap_or_default();
            theirs.names.extend(names.into_iter().map(|name| (type_, name)));
            if matches!(type_, GRANT | GRANTS) {
                let on = row.text("on").map(twins::names_of_twin).unwrap_or_default();
                theirs.granted.extend(on.into_iter().map(|on| (type_, on)));
            }
        }
        theirs
    }

    /// Whether its grants on what a grant is on are written in the other type.
    fn has_other_grants(&self, type_: &str, row: &Row) -> bool {
        let other = match type_ {
            GRANT => GRANTS,
            GRANTS => GRANT,
            _ => return false,
        };
        self.is_granted(other, row)
    }

    fn is_granted(&self, type_: &'static str, row: &Row) -> bool {
        row.text("on").is_some_and(|on| self.granted.contains(&(type_, twins::common_name(on))))
    }

    /// Whether it lacks what permissions or a grant are about: that is what is said then.
    fn lacks_what_it_is_about(&self, row: &Row) -> bool {
        let Some((type_, name)) = row.text("on-type").zip(row.text("on-name")) else {
            return false;
        };
        let is_there = self.names.contains(&(type_, twins::common_name(name)))
            || self.is_granted(GRANT, row)
            || self.is_granted(GRANTS, row);
        row.text("type") != Some(GRANTS) && self.types.contains(type_) && !is_there
    }

    /// Takes an object that may lie in another module of the standby: it has objects of the type, and one
    /// without a name may be any.
    fn note(&mut self, row: &'a Row) {
        let Some(type_) = row.text("type") else { return };
        self.types.insert(type_);
        if twins::name_of(row).is_none() {
            self.unnamed.entry(type_).or_default().insert(address(row));
        }
    }

    /// Whether an object is not among them. What has no name yet is known by its address, and may be any
    /// other.
    fn lacks(&self, type_: &'a str, row: &Row) -> Tri {
        if !self.types.contains(type_) {
            return Tri::No;
        }
        let unnamed = self.unnamed.get(type_);
        match twins::name_of(row).map(|name| (type_, name)) {
            Some(name) if self.names.contains(&name) => Tri::No,
            Some(_) => match unnamed {
                Some(addresses) if addresses.contains(&address(row)) => Tri::No,
                Some(_) => Tri::Maybe,
                None => Tri::Yes,
            },
            None => Tri::from(!self.addresses.contains(&(type_, address(row)))) & Tri::Maybe,
        }
    }
}

fn address(row: &Row) -> String {
    twins::common_name(row.text("address").unwrap_or_default())
}

/// Units that are the standby as a whole.
fn units_of_standby<'a>(pair: &Pair<'a>) -> BTreeSet<&'a str> {
    let units =
        |rows: &[&'a Row]| rows.iter().map(|row| row.unit.as_str()).collect::<BTreeSet<_>>();
    let primary = units(pair.all_primary());
    units(pair.all_standby()).into_iter().filter(|unit| !primary.contains(unit)).collect()
}

/// How often units have an object of a type and name, wherever in them.
struct Held<'a>(BTreeMap<(&'a str, &'a str, String), usize>);

impl<'a> Held<'a> {
    fn of(rows: impl Iterator<Item = &'a Row>) -> Held<'a> {
        let mut held = BTreeMap::new();
        for row in rows {
            if let (Some(type_), Some(name)) = (row.text("type"), twins::name_of(row)) {
                *held.entry((row.unit.as_str(), type_, name)).or_default() += 1;
            }
        }
        Held(held)
    }

    fn count(&self, unit: &'a str, row: &'a Row) -> usize {
        let key = row.text("type").zip(twins::name_of(row));
        key.and_then(|(type_, name)| self.0.get(&(unit, type_, name)).copied()).unwrap_or_default()
    }

    /// Whether another unit of the standby has an object as often, in whichever module.
    fn is_elsewhere(&self, pair: &Pair<'a>, row: &'a Row) -> bool {
        let theirs: usize =
            units_of_standby(pair).into_iter().map(|unit| self.count(unit, row)).sum();
        theirs > 0 && theirs >= self.count(&row.unit, row)
    }
}

/// Names that the settings leave out.
fn ignored(cx: &EstateCx<'_>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    cx.params().texts("ignore").into_iter().filter_map(pattern).for_each(|glob| {
        set.add(glob);
    });
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// Only `*` is special, and several are one: people call jobs `[dev] nightly`.
fn pattern(text: &str) -> Option<Glob> {
    let parts: Vec<String> =
        text.split('*').filter(|part| !part.is_empty()).map(globset::escape).collect();
    let [first, last] =
        [text.starts_with('*'), text.ends_with('*')].map(|is| if is { "*" } else { "" });
    let pattern = format!("{first}{}{last}", parts.join("*"));
    GlobBuilder::new(&pattern).backslash_escape(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_asterisk_is_special_in_what_is_ignored() {
        for (text, name, wanted) in [
            ("scratch_*", "scratch_a/b", true),
            ("scratch_*", "a_scratch_", false),
            ("[dev] *", "[dev] nightly", true),
            ("[dev] *", "d nightly", false),
            ("**/dq", "dq", false),
            (r"DOM\dq", r"DOM\dq", true),
            (r"DOM\dq", "DOMdq", false),
            (r"dq\", r"dq\", true),
            ("*", "", true),
            ("what?", "what?", true),
            ("what?", "whats", false),
            ("{a,b", "{a,b", true),
        ] {
            let glob = pattern(text).unwrap().compile_matcher();
            assert_eq!(glob.is_match(name), wanted, "{text} {name}");
        }
    }
}
