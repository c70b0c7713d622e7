//! A new object that is to be there beside the old one of its name.

use crate::{
    builtin::shared::storage_paths::StoragePath,
    facts::securables::{is_nested, unique},
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds an object that is replaced with `create_before_destroy` although its name, or what else
    /// there can be only one of, stays as it is: a catalog, a schema, an external location, the metastore
    /// of a region, the assignment of a workspace. Urls of external locations must not overlap either.
    ///
    /// ## Why is this bad?
    /// For a moment old and new are to be there together, and the API refuses the new one: it exists
    /// already, or its path overlaps. Terraform passes `create_before_destroy` on to everything that the
    /// resource depends on, so it may stand somewhere else.
    /// Source: databricks/terraform-provider-databricks#3344;
    /// [create_before_destroy](https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle).
    ///
    /// ## How to fix it
    /// Drop `create_before_destroy`, here and on what refers to this resource, or give the new object
    /// a name of its own:
    ///
    /// ```terraform
    /// resource "databricks_catalog" "sales" {
    ///   name         = "sales_v2"
    ///   storage_root = "s3://acme-sales-v2/"
    ///   lifecycle {
    ///     create_before_destroy = true
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// `create_before_destroy` where nothing is replaced: a plan shows it by its actions only. A name
    /// that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "uc-cbd-unique-name",
        summary: "create_before_destroy on an object that there can be only one of",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: Change,
        subjects: [
            "databricks_catalog",
            "databricks_connection",
            "databricks_credential",
            "databricks_external_location",
            "databricks_metastore",
            "databricks_metastore_assignment",
            "databricks_recipient",
            "databricks_registered_model",
            "databricks_schema",
            "databricks_secret_scope",
            "databricks_share",
            "databricks_sql_table",
            "databricks_storage_credential",
            "databricks_volume",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (kind, keys) in unique() {
        for it in cx.changes_of(kind).filter(|it| it.actions().create_first) {
            let judged = keys.iter().map(|key| (stays(it, key), *key));
            let Some((tri, key)) = judged.max_by_key(|(tri, _)| *tri) else { continue };
            let Some(last) = key.last() else { continue };
            out.deny(tri, it, *last, || {
                let relation = relation(it, key, last);
                format!("the new object is created before the old one is destroyed, and {relation}")
            })
            .help(|| {
                format!(
                    "drop `create_before_destroy` here and on what refers to this, or change {last}"
                )
            });
        }
    }
}

/// What of the new object is as the old one has it, in words.
fn relation(it: Res<'_>, key: &[&'static str], last: &'static str) -> String {
    let parts: Vec<String> = key.iter().map(|part| it.after().get(part).show()).collect();
    let (name, old) = (parts.join("."), it.before().get(last));
    match it.after().get(last).same(&old) {
        Tri::No => format!("{last} {name} overlaps {}", old.show()),
        _ => format!("{last} stays {name}"),
    }
}

/// Whether attributes have the same values before and after; of paths, whether one holds the other.
fn stays(it: Res<'_>, key: &[&'static str]) -> Tri {
    Tri::all(key.iter().map(|part| {
        let (before, after) = (it.before().get(part), it.after().get(part));
        let paths = [&before, &after].map(|view| view.text().and_then(StoragePath::parse));
        match paths {
            [Some(old), Some(new)] if is_nested(it.type_(), part) => Tri::from(old.overlaps(&new)),
            _ => after.same(&before),
        }
    }))
}
