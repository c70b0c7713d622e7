//! External locations that lie in one another.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        masks,
        metastores::{self, Places, Space, Spaces},
        objects, states,
        storage_paths::{self, Paths, StoragePath},
    },
    estate::{Cell, Row, Rows},
    graph::Cause,
    lint::{Check, EstateCx, Findings, PlanCx, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds `databricks_external_location` resources of one metastore whose `url` is the same, or lies
    /// in that of another: `s3://lake/` and `s3://lake/raw`. They may stand in several plans of the run.
    /// Slashes at the end and `s3a://` make no difference. A location that several plans hold, by its id, is
    /// one.
    ///
    /// ## Why is this bad?
    /// External locations cannot overlap. The provider checks nothing, so the second one fails during
    /// the apply (`LOCATION_OVERLAP`).
    /// Source: [Path rules](https://docs.databricks.com/aws/en/data-governance/unity-catalog/paths), "You
    /// can't define an external location within another external location".
    ///
    /// ## How to fix it
    /// Keep one location for each prefix, and make volumes and schemas below it:
    ///
    /// ```terraform
    /// resource "databricks_external_location" "raw" {
    ///   name            = "raw"
    ///   url             = "s3://acme-lake/raw"
    ///   credential_name = "lake"
    /// }
    ///
    /// resource "databricks_external_location" "gold" {
    ///   name            = "gold"
    ///   url             = "s3://acme-lake/gold"
    ///   credential_name = "lake"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Locations that no plan of the run has, and a `url` that is known only after the apply. Locations
    /// of two workspaces are held against one another only where the run shows that both have the same
    /// metastore.
    pub static RULE = {
        id: "uc-location-overlap",
        summary: "external locations overlap",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_external_location"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const LOCATION: &str = "location";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    for it in cx.of("databricks_external_location").filter(|it| it.deposed().is_none()) {
        let url = it.get("url");
        let row = storage_paths::put(rows.add(LOCATION, it), &url).with("url", &url);
        places.put(row, it, "metastore_id");
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[LOCATION]);
    let paths = Paths::of(cx.of(LOCATION));
    let mut all: BTreeMap<Space, Vec<(StoragePath, &Row)>> = BTreeMap::new();
    for row in states::without_repeated(cx.of(LOCATION)) {
        match (paths.get(row, "url"), spaces.space(row)) {
            (Some(path), Some(space)) => all.entry(space).or_default().push((path, row)),
            (_, None) => out.blind(Cause::NotInRun, row),
            (None, Some(_)) => out.blind(Cause::Apply, row),
        }
    }
    // A name is one location of a metastore.
    let all = all.into_values().map(|all| objects::each_once(all, |(_, row)| row));
    for group in all.flat_map(storage_paths::nested) {
        let members: Vec<Subject> = group.iter().map(|(_, row)| Subject::from(*row)).collect();
        out.deny_group(Tri::Yes, members, "url", "overlaps with it", |first| {
            message(first, &group)
        })
        .help(|| {
            "keep one location for the outer path, and make volumes and schemas below it, or give \
                 each a path beside the others"
                .to_owned()
        });
    }
}

/// The group's outer path stands first.
fn message<'a>(first: &Subject, group: &[(StoragePath, &'a Row)]) -> String {
    let is_first = |row: &Row| Subject::from(row).place == first.place;
    let own = group.iter().find(|(_, row)| is_first(row));
    let other = group.iter().find(|(_, row)| !is_first(row));
    let cell =
        |it: Option<&(StoragePath, &'a Row)>| it.map_or(&Cell::Unset, |(_, row)| row.cell("url"));
    let (url, over) = (cell(own), cell(other));
    let address = other.map_or("", |(_, row)| row.address.as_str());
    let (url, over) = (masks::beside(url, over), masks::beside(over, url));
    format!("url {url} overlaps {over} of {address}")
}
