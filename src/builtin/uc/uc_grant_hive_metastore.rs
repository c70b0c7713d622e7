//! Unity Catalog's resources on the metastore of before.

use crate::{
    builtin::shared::securables,
    facts::securables::is_legacy_catalog,
    graph::{Res, View},
    lint::{Check, Draft, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds grants on `hive_metastore` (or `spark_catalog`, its other name) and on what is in it, and
    /// schemas and volumes that are to be made there.
    ///
    /// ## Why is this bad?
    /// The legacy Hive metastore is no catalog of Unity Catalog, so its API answers "Catalog
    /// 'hive_metastore' does not exist" during the apply. Its tables have access control lists of their
    /// own.
    /// Source: databricks/terraform-provider-databricks#1217;
    /// [databricks_sql_permissions](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/sql_permissions).
    ///
    /// ## How to fix it
    /// Move the tables to Unity Catalog, or use table access control lists for them:
    ///
    /// ```terraform
    /// resource "databricks_sql_permissions" "trips" {
    ///   database = "default"
    ///   table    = "trips"
    ///   privilege_assignments {
    ///     principal  = "bi-analysts"
    ///     privileges = ["SELECT", "READ_METADATA"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Names that are known only after the apply.
    pub static RULE = {
        id: "uc-grant-hive-metastore",
        summary: "Unity Catalog grants on hive_metastore",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_grants", "databricks_grant", "databricks_schema", "databricks_volume"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// Arguments of grants that hold a name which starts with a catalog's.
const IN_CATALOGS: [&str; 6] = ["catalog", "function", "model", "schema", "table", "volume"];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_grants", "databricks_grant"], out, |it, out| {
        for name in
            securables::all_of_grant(it).into_iter().filter(|name| IN_CATALOGS.contains(name))
        {
            judge(it, &it.get(name), out).help(|| {
                "grant with databricks_sql_permissions, or move the data to Unity Catalog"
                    .to_owned()
            });
        }
    });
    cx.each(&["databricks_schema", "databricks_volume"], out, |it, out| {
        judge(it, &it.get("catalog_name"), out)
            .help(|| "name a catalog of Unity Catalog".to_owned());
    });
}

fn judge<'f, 'a>(it: Res<'_>, name: &View<'_>, out: &'f mut Findings<'a>) -> Draft<'f, 'a> {
    name.note_unknown();
    let catalog = name.text().and_then(|name| name.split('.').next());
    let is_legacy = catalog.is_some_and(|name| is_legacy_catalog(name.trim_matches('`')));
    out.deny(Tri::from(is_legacy), it, name, || {
        format!(
            "{} {} is not in Unity Catalog, which alone this resource can reach",
            name.attribute(),
            name.show()
        )
    })
}
