//! A cluster in a zone of another region than its workspace.

use crate::{
    builtin::shared::{
        account::{self, WORKSPACE},
        compute::{self, is_left_out},
        provider, regions,
    },
    estate::{Cell, Links, Row, Rows},
    facts::{clusters::FLEET, regions as known},
    graph::{Res, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people, jobs and pipelines, and instance pools, whose `zone_id` lies in another
    /// region than their workspace. The name of a region where that of a zone belongs is a warning. So is
    /// a zone outside the one region of the plan's AWS providers where nothing shows the workspace, which
    /// is only possible. A pool with `auto` whose node type is none of a fleet is a note.
    ///
    /// ## Why is this bad?
    /// Machines are started in the workspace's region: a zone of another one cannot be used, and the
    /// cluster does not start.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster)
    /// and [databricks_instance_pool](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/instance_pool),
    /// `zone_id`.
    ///
    /// ## How to fix it
    /// Name a zone of the workspace's region, or `auto` on clusters. The provider does not change the zone
    /// of a cluster that exists to `auto`: it takes a new cluster for that.
    ///
    /// ```terraform
    /// aws_attributes {
    ///   zone_id = "auto"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// The region of a workspace that is in no plan of the run, and local zones, whose names tell no
    /// region. A zone that is known only after the apply makes the finding possible, unless a subnet of the
    /// plan tells its region.
    pub static RULE = {
        id: "cmp-zone-region",
        summary: "availability zone outside the workspace's region",
        severity: Error,
        also: [
            (Warning, "it is a region, or only the region of the AWS providers tells"),
            (Note, "a pool has `auto`, and node types of no fleet"),
        ],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_cluster",
            "databricks_instance_pool",
            "databricks_job",
            "databricks_pipeline",
        ],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const POOL: &str = "databricks_instance_pool";
const ZONE: &str = "aws_attributes.zone_id";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    account::collect(cx, rows);
    let scope = **cx;
    let around = only_region(scope.graph.providers().filter_map(|it| it.constant("region")));
    let clusters = compute::clusters(cx).map(|it| (it.res, it.get(ZONE), it.key));
    let pools = scope.of(POOL).map(|it| (it, it.get(ZONE), String::new()));
    for (res, zone, key) in clusters.chain(pools).filter(|(_, zone, _)| !is_left_out(zone)) {
        let is_region = zone.text().is_some_and(known::is_region);
        rows.add("place", res)
            .with("zone", &zone)
            .with("region", region_of(&zone))
            .with("is-region", Tri::from(is_region))
            .with("auto", Tri::from(zone.text() == Some("auto") && has_other_nodes(res)))
            .with("workspace", provider::of(res))
            .with("around", around.clone().map_or(Cell::Unset, Cell::Known))
            .with("attribute", Cell::Known(zone.attribute()))
            .with("cluster", Cell::Known(key));
    }
}

/// The one region of all of these.
fn only_region(regions: impl Iterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = regions.filter(|it| known::is_region(it)).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() == 1 { all.pop() } else { None }
}

/// The region in which a zone lies: by its name, else where the subnet lies that it comes from.
fn region_of(zone: &View<'_>) -> Cell {
    let region = match zone.text() {
        Some(text) => return regions::shown_or_unset(known::of_zone(text).map(str::to_owned)),
        None => regions::of_target(&zone.target(account::SUBNET)),
    };
    region.map_or_else(|| Cell::from(zone), Cell::Known)
}

/// Whether a pool is of machines of which one zone only may have some.
fn has_other_nodes(pool: Res<'_>) -> bool {
    let node = pool.get("node_type_id");
    pool.type_() == POOL
        && node.text().is_some_and(|text| !text.is_empty() && !text.contains(FLEET))
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let links = Links::of(cx);
    for place in cx.of("place") {
        let zone = place.cell("zone").show();
        deny(out, place, "region", place.tri("is-region"), Severity::Warning, || {
            format!("zone_id is {zone}, a region; zones have a letter behind it")
        });
        deny(out, place, "auto", place.tri("auto"), Severity::Note, || {
            "zone_id is auto, which pools take for fleet node types only".to_owned()
        });
        if place.tri("is-region") == Tri::No {
            elsewhere(&links, place, out);
        }
    }
}

fn elsewhere(links: &Links<'_>, place: &Row, out: &mut Findings<'_>) {
    let (zone, region) = (place.cell("zone").show(), place.cell("region"));
    let homes = links.to(place, "workspace", WORKSPACE);
    let differ = |home: &Row| regions::differ(home.cell("region"), region);
    if homes.is_empty() {
        let around = place.cell("around");
        let is_shown = Tri::from(matches!(region, Cell::Known(_)));
        let differ = regions::differ(around, region) & is_shown & Tri::Maybe;
        deny(out, place, "zone", differ, Severity::Warning, || {
            format!(
                "zone_id is {zone}, the AWS providers of the plan are for {}",
                regions::shown(around)
            )
        });
        return;
    }
    let (tri, cause) = links.at_odds((place, "workspace"), WORKSPACE, differ);
    if let Some(cause) = cause {
        out.blind(cause, place);
    }
    let home = homes.first().map(|(home, _)| *home);
    let theirs = home.map_or("", |home| regions::shown(home.cell("region")));
    let draft = deny(out, place, "zone", tri, Severity::Error, || {
        format!("zone_id is {zone}, but the workspace lies in {theirs}")
    });
    if let Some(home) = home {
        draft.related_at(home, "aws_region", || format!("the workspace, in {theirs}"));
    }
}

fn deny<'f, 'a>(
    out: &'f mut Findings<'a>,
    place: &Row,
    what: &str,
    tri: Tri,
    level: Severity,
    message: impl FnOnce() -> String,
) -> crate::lint::Draft<'f, 'a> {
    let at = place.text("attribute").unwrap_or(ZONE);
    out.deny(tri, place, at, message)
        .at(level)
        .key(&format!("{}\0{what}", place.text("cluster").unwrap_or_default()))
        .help(|| match level {
            Severity::Note => "name a zone of the workspace's region".to_owned(),
            _ => "name a zone of the workspace's region, or `auto` on a new cluster".to_owned(),
        })
}
