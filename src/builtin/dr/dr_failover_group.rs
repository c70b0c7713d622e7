//! A failover group that does not fit together.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    builtin::shared::{account, buckets, regions},
    estate::{Cell, Links, Named, Row, Rows},
    graph::{End, Hit, Res, Target, Val, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::{Mode, Step, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_disaster_recovery_failover_group`
    ///
    /// - with fewer than two regions, or whose `initial_primary_region` is none of them;
    /// - with a set of fewer than two workspaces, of one twice, of two in one region, or of none in a
    ///   region of the group;
    /// - whose `data_replication_workspace_set` is none of its sets;
    /// - with a location that lacks a region of the group, or whose bucket lies in another region;
    /// - that names a stable URL which this run creates, and does not wait for it.
    ///
    /// A group that has failed over already is a note: its regions have changed places.
    ///
    /// ## Why is this bad?
    /// Only the service checks a group. One that it refuses fails the apply, and one that does not fit is
    /// noticed on the day on which it is needed.
    /// Source: [databricks_disaster_recovery_failover_group](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/disaster_recovery_failover_group).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_disaster_recovery_failover_group" "analytics" {
    ///   parent                 = "accounts/${var.account_id}"
    ///   failover_group_id      = "analytics"
    ///   regions                = ["eu-central-1", "eu-west-1"]
    ///   initial_primary_region = "eu-central-1"
    ///   workspace_sets = [{
    ///     name             = "analytics"
    ///     workspace_ids    = ["1120093345781200", "7730112298451190"] # one in each region
    ///     stable_url_names = [databricks_disaster_recovery_stable_url.analytics.name]
    ///   }]
    ///   unity_catalog_assets = {
    ///     catalogs                       = [{ name = "prod" }]
    ///     data_replication_workspace_set = "analytics"
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Regions of workspaces and buckets that no plan of the run has; whether catalogs exist; the tier of the
    /// account. What is known only after the apply makes a finding possible where it decides.
    pub static RULE = {
        id: "dr-failover-group",
        summary: "failover group that does not fit together",
        severity: Error,
        also: [(Note, "the group has failed over")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_disaster_recovery_failover_group"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const TYPE: &str = "databricks_disaster_recovery_failover_group";
const URL: &str = "databricks_disaster_recovery_stable_url";
const WORKSPACE: &str = "databricks_mws_workspaces";

/// A group. Cells: `regions` (a list), `initial`, `effective`, `replicating` (a set's name), `sets` (names),
/// and the answer `open`: whether it may have more regions or sets.
const GROUP: &str = "group";
/// A set of workspaces. Cells: `at` (its path), `name`, `ids`, `regions` of the group, and the answer `hidden`:
/// whether not even their number is known.
const SET: &str = "set";
/// An id of a set. Cells: `at` (the set's path), `one`: what it may name, a list.
const MEMBER: &str = "workspace-of-set";
/// A location. Cells: `at`, `name`, `regions` of the group, and `places` (its own).
const LOCATION: &str = "location";
/// A location in one region. Cells: `at`, `place`, `bucket`.
const PLACE: &str = "place";
/// A stable URL that a set names. Cells: `at`, `url` (its address), and the answer `early`.
const NAMED_URL: &str = "named-url";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    buckets::collect(cx, rows);
    let urls: Vec<(String, Res<'_>)> =
        cx.of(URL).filter_map(|it| Some((name_of_url(it)?, it))).collect();
    for it in cx.of(TYPE) {
        let (sets, assets) = (it.get("workspace_sets"), it.get("unity_catalog_assets"));
        let regions = list(&it.get("regions"));
        rows.add(GROUP, it)
            .with("regions", regions.clone())
            .with("initial", it.get("initial_primary_region"))
            .with("effective", it.get("effective_primary_region"))
            .with("replicating", assets.member("data_replication_workspace_set"))
            .with(
                "sets",
                Cell::List(sets.items().map(|set| Cell::from(set.member("name"))).collect()),
            )
            .with("open", is_unknown(&sets));
        for set in sets.items() {
            workspaces(it, &set, &regions, rows);
            for name in set.member("stable_url_names").items() {
                let Some((_, url)) = urls.iter().find(|(known, _)| name.text() == Some(known))
                else {
                    continue;
                };
                rows.add(NAMED_URL, it)
                    .with("at", Cell::Known(name.attribute()))
                    .with("url", Cell::Known(url.address().to_owned()))
                    .with("early", Tri::from(url.is_created()) & !it.is_after(*url));
            }
        }
        for mapping in assets.member("location_mappings").items() {
            location(it, &mapping, &regions, rows);
        }
    }
}

fn workspaces(it: Res<'_>, set: &View<'_>, regions: &Cell, rows: &mut Rows) {
    let ids = set.member("workspace_ids");
    let at = || Cell::Known(ids.attribute());
    rows.add(SET, it)
        .with("at", at())
        .with("name", set.member("name"))
        .with("ids", ids.targets(&[WORKSPACE]))
        .with("hidden", is_unknown(&ids))
        .with("again", twice(&ids).map_or(Cell::Unset, Cell::Known))
        .with("regions", regions.clone());
    for id in ids.items() {
        rows.add(MEMBER, it).with("at", at()).with("one", candidates(&id));
    }
}

fn location(it: Res<'_>, mapping: &View<'_>, regions: &Cell, rows: &mut Rows) {
    let entries = mapping.member("uri_by_region");
    let places = entries.items().map(|entry| Cell::from(entry.member("region")));
    let unknown = (is_unknown(&entries) != Tri::No).then(|| Cell::from(&entries));
    rows.add(LOCATION, it)
        .with("at", Cell::Known(mapping.attribute()))
        .with("name", mapping.member("name"))
        .with("regions", regions.clone())
        .with("places", Cell::List(places.chain(unknown).collect()));
    for entry in entries.items() {
        let uri = entry.member("uri");
        rows.add(PLACE, it)
            .with("at", Cell::Known(uri.attribute()))
            .with("place", entry.member("region"))
            .with("bucket", buckets::in_location(&uri));
    }
}

/// The workspaces one of which an id names. All ids of a group stand in one expression, so of those that are
/// not known any may be any that is referred to there, and nothing else where only names of URLs are besides.
fn candidates(id: &View<'_>) -> Cell {
    let scope = id.res().scope();
    let is_told = |hit: &Hit| match hit.end {
        End::Resource(id) => match scope.res(id).type_() {
            WORKSPACE => scope.res(id).mode() == Mode::Managed,
            URL => hit.attribute.first().and_then(Step::name) == Some("name"),
            _ => false,
        },
        _ => false,
    };
    match (id.target(&[WORKSPACE]), id.val()) {
        (_, Val::Unknown(cause)) if !id.hits().iter().all(is_told) => Cell::Unknown(cause),
        (Target::OneOf(all), _) => {
            Cell::List(all.into_iter().map(|it| Cell::from(Target::Here(it))).collect())
        }
        (other, _) => Cell::List(vec![Cell::from(other)]),
    }
}

/// A stable URL is called after its account and the id that its author chose.
fn name_of_url(it: Res<'_>) -> Option<String> {
    let (parent, id) = (it.get("parent"), it.get("stable_url_id"));
    Some(format!("{}/stable-urls/{}", parent.text()?, id.text()?))
}

/// The first of several values that stands among them again.
fn twice(values: &View<'_>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut texts = values.items().filter_map(|it| Some(it.scalar()?.into_owned()));
    texts.find(|text| !seen.insert(text.clone()))
}

fn is_unknown(view: &View<'_>) -> Tri {
    match view.val() {
        Val::Unknown(cause) => view.maybe(cause),
        _ => Tri::No,
    }
}

/// A list of texts; one that is not known as a whole holds one that is not.
fn list(view: &View<'_>) -> Cell {
    match Cell::from(view) {
        all @ Cell::List(_) => all,
        other => Cell::List(vec![other]),
    }
}

fn cells<'a>(row: &'a Row, name: &str) -> &'a [Cell] {
    match row.cell(name) {
        Cell::List(list) => list,
        _ => &[],
    }
}

/// Whether a list holds a value; `Maybe` where either is not known.
fn holds(list: &[Cell], value: &Cell) -> Tri {
    Tri::any(list.iter().map(|item| item.same(value)))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    cx.of(GROUP).for_each(|group| judge_group(group, out));
    let mut members: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    cx.of(MEMBER).for_each(|row| members.entry(place_of(row)).or_default().push(row));
    for set in cx.of(SET) {
        let members = members.get(&place_of(set)).map_or(&[][..], Vec::as_slice);
        judge_set(&links, set, members, out);
    }
    for location in cx.of(LOCATION) {
        for region in cells(location, "regions") {
            out.deny(!holds(cells(location, "places"), region), location, at(location), || {
                let name = location.cell("name").show();
                format!("location {name} has no path in {}, a region of the group", region.show())
            })
            .key(region.show())
            .help(|| "give the location a path in each region of the group".to_owned());
        }
    }
    for place in cx.of(PLACE) {
        for (bucket, sure) in links.to(place, "bucket", buckets::KIND) {
            let (said, own) = (place.cell("place"), bucket.cell("region"));
            out.deny(sure & regions::differ(said, own), place, at(place), || {
                format!("path of {} is in a bucket in {}", said.show(), regions::shown(own))
            })
            .help(|| format!("name a bucket in {}", said.show()))
            .related(bucket, || "the bucket".to_owned());
        }
    }
    for it in cx.of(NAMED_URL) {
        let url = it.text("url").unwrap_or_default();
        out.deny(it.tri("early"), it, at(it), || {
            format!("names {url}, which this run creates, and does not wait for it")
        })
        .help(|| format!("refer to {url}.name, or add it to `depends_on`"));
    }
}

/// Where a row's set stands: unit, address, path.
fn place_of(row: &Row) -> (&str, &str, Option<&str>) {
    (&row.unit, &row.address, row.text("at"))
}

fn at(row: &Row) -> String {
    row.text("at").unwrap_or_default().to_owned()
}

fn judge_group(group: &Row, out: &mut Findings<'_>) {
    let (all, initial) = (cells(group, "regions"), group.cell("initial"));
    let given: Vec<&str> = all.iter().filter_map(text).collect();
    let known: BTreeSet<&str> = given.iter().copied().collect();
    let shown = || all.iter().map(Cell::show).collect::<Vec<_>>().join(", ");
    let hidden = if given.len() < all.len() { Tri::Maybe } else { Tri::Yes };
    let few = Tri::from(known.len() < 2) & hidden;
    let twice = Tri::from(known.len() < given.len());
    out.deny(few | twice, group, "regions", || {
        format!("a failover group needs two different regions, not {}", shown())
    })
    .help(|| "name two regions, each once".to_owned());
    out.deny(!holds(all, initial), group, "initial_primary_region", || {
        format!("begins in {}, which is no region of the group ({})", initial.show(), shown())
    })
    .help(|| "begin in one of its regions".to_owned());
    let (replicating, sets) = (group.cell("replicating"), cells(group, "sets"));
    let is_unset = *replicating == Cell::Unset;
    let is_missing = !holds(sets, replicating) & !group.tri("open") & Tri::from(!is_unset);
    out.deny(is_missing, group, "unity_catalog_assets.data_replication_workspace_set", || {
        let sets: Vec<&str> = sets.iter().map(Cell::show).collect();
        format!(
            "{} replicates the data, but the group has {} only",
            replicating.show(),
            sets.join(", ")
        )
    })
    .help(|| "name a set of the group".to_owned());
    let now = group.cell("effective");
    let has_moved = Tri::from(text(now).is_some() && regions::differ(now, initial) == Tri::Yes);
    out.deny(has_moved, group, "initial_primary_region", || {
        format!("has failed over to {}, and began in {}", now.show(), initial.show())
    })
    .at(Severity::Note)
    .key("failed over")
    .help(|| "read findings about the two regions the other way round".to_owned());
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Known(text) => Some(text),
        _ => None,
    }
}

fn judge_set(links: &Links<'_>, set: &Row, members: &[&Row], out: &mut Findings<'_>) {
    let ids = Named::of(set, "ids");
    let (count, is_sure) = match members.len() {
        0 => (ids.each().len(), ids.open.is_none() && set.tri("hidden") == Tri::No),
        listed => (listed, true),
    };
    let few = Tri::from(count < 2) & if is_sure { Tri::Yes } else { Tri::Maybe };
    let name = set.cell("name").show();
    out.deny(few, set, at(set), || {
        format!("set {name} has {count} workspaces, and needs one in each region")
    })
    .help(|| "add the workspace of the other region".to_owned());
    let again = set.text("again");
    out.deny(Tri::from(again.is_some()), set, at(set), || {
        format!("set {name} names the workspace {} twice", again.unwrap_or_default())
    })
    .key("twice")
    .help(|| "add the workspace of the other region".to_owned());
    if again.is_none() && count >= 2 {
        judge_regions(set, &places(links, members, &ids), out);
    }
}

/// The regions of a set's workspaces, by those in one of which each may lie: two in one, or none in one of the
/// group's.
fn judge_regions(set: &Row, each: &[Option<BTreeSet<String>>], out: &mut Findings<'_>) {
    let name = set.cell("name").show();
    let mut seen = BTreeSet::new();
    let certain = each.iter().flatten().filter(|it| it.len() == 1).flatten();
    let twice = certain.into_iter().find(|region| !seen.insert(region.as_str()));
    out.deny(Tri::from(twice.is_some()), set, at(set), || {
        let region = twice.map_or("one region", String::as_str);
        format!("two workspaces of set {name} lie in {region}")
    })
    .key("one region")
    .help(|| "name one workspace of each region".to_owned());
    let whole: Option<Vec<&BTreeSet<String>>> = each.iter().map(Option::as_ref).collect();
    let Some(whole) = whole.filter(|_| twice.is_none()) else { return };
    for region in cells(set, "regions").iter().filter_map(text) {
        out.deny(Tri::from(!whole.iter().any(|it| it.contains(region))), set, at(set), || {
            format!("set {name} has no workspace in {region}, a region of the group")
        })
        .key(region)
        .help(|| format!("add a workspace in {region}"));
    }
}

/// The regions in one of which each workspace of a set lies; none for one that may lie anywhere.
fn places(links: &Links<'_>, members: &[&Row], ids: &Named) -> Vec<Option<BTreeSet<String>>> {
    let workspaces = links.rows(account::WORKSPACE);
    let region = |one: &Named| match workspaces.named(one).as_slice() {
        [(row, Tri::Yes)] => row.text("region").map(str::to_owned),
        _ => None,
    };
    let of_one = |named: &Named| match (named.each(), named.open) {
        (all, None) if !all.is_empty() => all.iter().map(region).collect(),
        _ => None,
    };
    let hidden = ids.open.map(|_| None);
    match members {
        [] => ids.each().iter().map(of_one).chain(hidden).collect(),
        each => each.iter().map(|row| of_one(&Named::of(row, "one"))).collect(),
    }
}
