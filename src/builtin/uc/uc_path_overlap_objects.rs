//! External volumes and tables that lie in one another, or where Unity Catalog keeps its own files.

use std::collections::BTreeMap;

use crate::{
    builtin::shared::{
        masks,
        metastores::{self, Places, Space, Spaces},
        objects, states,
        storage_paths::{self, Paths, StoragePath},
    },
    estate::{Cell, Row, Rows},
    facts::securables::MANAGED_FOLDER,
    graph::{Cause, Res, Target, View},
    lint::{Check, EstateCx, Findings, PlanCx, Severity, Subject},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds external volumes and tables (`databricks_volume`, `databricks_sql_table`) whose
    /// `storage_location` is that of another one, or lies in it; and those that hold the `storage_root`
    /// of a catalog, schema or metastore, or lie in its folder `__unitystorage`. One that lies elsewhere
    /// below a `storage_root` is a warning, the `storage_root` of a schema in that of its own catalog a
    /// note. All plans of the run are looked at together; an object that several of them hold, by its id, is
    /// one.
    ///
    /// ## Why is this bad?
    /// Two objects would own the same files, each with privileges of its own, so Unity Catalog refuses
    /// the second one during the apply. "Managed storage locations cannot overlap each other" either; whether
    /// that is enforced for a schema in its catalog is not documented.
    /// Source: [Path rules](https://docs.databricks.com/aws/en/data-governance/unity-catalog/paths).
    ///
    /// ## How to fix it
    /// Give every external object a path of its own, outside all managed locations:
    ///
    /// ```terraform
    /// resource "databricks_volume" "files" {
    ///   catalog_name     = "sales"
    ///   schema_name      = "raw"
    ///   name             = "files"
    ///   volume_type      = "EXTERNAL"
    ///   storage_location = "s3://acme-files/incoming"
    /// }
    ///
    /// resource "databricks_volume" "images" {
    ///   catalog_name     = "sales"
    ///   schema_name      = "raw"
    ///   name             = "images"
    ///   volume_type      = "EXTERNAL"
    ///   storage_location = "s3://acme-files/images"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Objects that no plan of the run has, and paths that are known only after the apply. Managed
    /// locations of two catalogs, and of a metastore, are not held against one another. Objects of two
    /// workspaces are compared only where the run shows that both have the same metastore.
    pub static RULE = {
        id: "uc-path-overlap-objects",
        summary: "external volume or table overlaps another object",
        severity: Error,
        also: [
            (Warning, "it lies below a managed location, outside the folder of Unity Catalog"),
            (Note, "the managed location of a schema lies in that of its catalog"),
        ],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_schema", "databricks_sql_table", "databricks_volume"],
        since: "0.1.0",
        check: Check::Estate { collect, judge },
    }
}

const CATALOG: &str = "databricks_catalog";
const SCHEMA: &str = "databricks_schema";
/// An external volume. Cell: `path`.
const VOLUME: &str = "volume";
/// An external table, which may be called as a volume is. Cell: `path`.
const TABLE: &str = "table";
/// What has a managed location. Cells: `path`, `folder` (that of Unity Catalog in it), and `of`: the name
/// of the catalog that it is, or is in.
const MANAGED: &str = "managed";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    metastores::collect(cx, rows);
    let places = Places::default();
    let is_current = |it: &Res<'_>| it.deposed().is_none();
    for (kind, type_, row_kind) in [
        ("databricks_volume", "volume_type", VOLUME),
        ("databricks_sql_table", "table_type", TABLE),
    ] {
        for it in cx.of(kind).filter(is_current) {
            if it.get(type_).is("EXTERNAL") == Tri::Yes {
                let row = with_path(rows.add(row_kind, it), &it.get("storage_location"));
                places.put(row, it, "metastore_id");
            }
        }
    }
    for (kind, catalog) in [(CATALOG, "name"), (SCHEMA, "catalog_name")] {
        for it in cx.of(kind).filter(is_current) {
            let row = with_root(rows.add(MANAGED, it), it);
            row.with("type", Cell::Known(kind.to_owned())).with("of", catalog_of(it, catalog));
            places.put(row, it, "metastore_id");
        }
    }
    for it in cx.of("databricks_metastore") {
        with_root(rows.add(MANAGED, it), it).with("own", Target::Here(it));
    }
}

fn with_path<'r>(row: &'r mut Row, path: &View<'_>) -> &'r mut Row {
    storage_paths::put(row, path).with("path", path)
}

/// With its managed location, and the folder in it that is Unity Catalog's own.
fn with_root<'r>(row: &'r mut Row, it: Res<'_>) -> &'r mut Row {
    let root = it.get("storage_root");
    let folder = storage_paths::below(&root, MANAGED_FOLDER);
    with_path(row, &root).with("folder", folder.unwrap_or(Cell::Unset))
}

/// The name of a catalog, or of that in which a schema lies.
fn catalog_of(it: Res<'_>, attribute: &'static str) -> Cell {
    let view = it.get(attribute);
    match view.target(&[CATALOG]) {
        Target::Here(catalog) if view.text().is_none() => Cell::from(catalog.get("name")),
        _ => Cell::from(view),
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let spaces = Spaces::of(cx, &[TABLE, VOLUME, MANAGED]);
    let mut all: BTreeMap<Space, Vec<(StoragePath, &Row)>> = BTreeMap::new();
    let rows = || [TABLE, VOLUME, MANAGED].into_iter().flat_map(|kind| cx.of(kind));
    let paths = Paths::of(rows());
    for row in states::without_repeated(rows()) {
        match (paths.get(row, "path"), spaces.space(row)) {
            (Some(path), Some(space)) => all.entry(space).or_default().push((path, row)),
            (None, _) if is_external(row) => note_blind(row, out),
            (Some(_), None) if is_external(row) => out.blind(Cause::NotInRun, row),
            _ => {}
        }
    }
    for all in all.into_values() {
        let all = objects::each_once(all, |(_, row)| row);
        let externals = all.iter().filter(|(_, row)| is_external(row)).cloned().collect();
        for group in storage_paths::nested(externals) {
            deny_group(&group, out);
        }
        for group in storage_paths::nested(all) {
            schemas_in_catalogs(&group, out);
            for (path, row) in group.iter().filter(|(_, row)| is_external(row)) {
                for (root, of) in group.iter().filter(|(_, row)| row.kind == MANAGED) {
                    against_root(&paths, (path, row), (root, of), out);
                }
            }
        }
    }
}

fn is_external(row: &Row) -> bool {
    row.kind != MANAGED
}

fn note_blind(row: &Row, out: &mut Findings<'_>) {
    if let Cell::Unknown(cause) = row.cell("path") {
        out.blind(*cause, row);
    }
}

/// External objects that lie in the first of them.
fn deny_group(group: &[(StoragePath, &Row)], out: &mut Findings<'_>) {
    let members: Vec<Subject> = group.iter().map(|(_, row)| Subject::from(*row)).collect();
    let outer = group.first().map_or(&Cell::Unset, |(_, row)| row.cell("path"));
    let inner = group.get(1).map_or(&Cell::Unset, |(_, row)| row.cell("path"));
    let (outer, inner) = (masks::beside(outer, inner), masks::beside(inner, outer));
    out.deny_group(Tri::Yes, members, "storage_location", "overlaps with it", |_| {
        format!("external objects overlap: {inner} lies in {outer}")
    })
    .help(|| "give each of them a path that lies in no other".to_owned());
}

/// Schemas whose managed location is that of their catalog, or lies in it.
fn schemas_in_catalogs(group: &[(StoragePath, &Row)], out: &mut Findings<'_>) {
    let of = |type_: &'static str| {
        group.iter().filter(move |(_, row)| row.kind == MANAGED && row.text("type") == Some(type_))
    };
    for (path, schema) in of(SCHEMA) {
        let is_own = |row: &Row| row.cell("of").same(schema.cell("of")) == Tri::Yes;
        let mut all = of(CATALOG).filter(|(root, row)| root.covers(path) && is_own(row));
        let Some((_, catalog)) = all.next() else { continue };
        let (own, theirs) = shown(schema, catalog);
        out.deny(Tri::Yes, *schema, "storage_root", || {
            format!("managed location {own} lies in {theirs}, that of its catalog")
        })
        .at(Severity::Note)
        .key_of(*catalog)
        .help(|| "leave it out, or give the schema a path outside that of the catalog".to_owned())
        .related_at(*catalog, "storage_root", || format!("the managed location {theirs}"));
    }
}

/// The paths of two rows, for a message.
fn shown<'a>(row: &'a Row, other: &'a Row) -> (&'a str, &'a str) {
    let (own, theirs) = (row.cell("path"), other.cell("path"));
    (masks::beside(own, theirs), masks::beside(theirs, own))
}

/// An external object and a managed location.
fn against_root<'a>(
    paths: &Paths<'a>,
    (path, row): (&StoragePath, &Row),
    (root, of): (&StoragePath, &'a Row),
    out: &mut Findings<'_>,
) {
    let (own, theirs) = shown(row, of);
    let (level, words) = if path.covers(root) {
        (Severity::Error, "holds the managed location")
    } else if paths.lies_in(path, of.cell("folder")) {
        (Severity::Error, "lies where Unity Catalog writes, in the managed location")
    } else if root.covers(path) {
        (Severity::Warning, "lies below the managed location")
    } else {
        return;
    };
    out.deny(Tri::Yes, row, "storage_location", || format!("{own} {words} {theirs}"))
        .at(level)
        .key_of(of)
        .help(|| "move it out of all managed locations".to_owned())
        .related_at(of, "storage_root", || format!("the managed location {theirs}"));
}
