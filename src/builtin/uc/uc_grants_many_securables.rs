//! One grants resource that names several securables.

use crate::{
    builtin::shared::securables,
    graph::Val,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_grants` that names more than one securable, such as a catalog and a schema.
    ///
    /// ## Why is this bad?
    /// A resource of grants is about exactly one securable, but the provider only checks that there is at
    /// least one. It takes the first that it comes across in a Go map, whose order is random: each
    /// plan and each apply may speak of another securable, and the grants on it are overwritten.
    /// Source: [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants)
    /// and `catalog/permissions` of databricks/terraform-provider-databricks (`Mappings.KeyValue`).
    ///
    /// ## How to fix it
    /// Write one `databricks_grants` for each securable:
    ///
    /// ```terraform
    /// resource "databricks_grants" "catalog" {
    ///   catalog = "sales"
    ///   grant {
    ///     principal  = "data-engineers"
    ///     privileges = ["USE_CATALOG"]
    ///   }
    /// }
    ///
    /// resource "databricks_grants" "orders" {
    ///   schema = "sales.orders"
    ///   grant {
    ///     principal  = "data-engineers"
    ///     privileges = ["USE_SCHEMA", "SELECT"]
    ///   }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether an argument that is known only after the apply will be null: with one of these the
    /// finding is possible.
    pub static RULE = {
        id: "uc-grants-many-securables",
        summary: "one databricks_grants names several securables",
        severity: Error,
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_grants"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_grants") {
        let all: Vec<_> =
            securables::all_of_grant(it).into_iter().map(|name| (name, it.get(name))).collect();
        let known = all.iter().filter(|(_, view)| matches!(view.val(), Val::Known(_))).count();
        let tri = match all.len() {
            0 | 1 => Tri::No,
            _ if known > 1 => Tri::Yes,
            _ => {
                all.iter().for_each(|(_, view)| view.note_unknown());
                Tri::Maybe
            }
        };
        let Some((last, _)) = all.last() else { continue };
        out.deny(tri, it, *last, || {
            let named: Vec<String> =
                all.iter().map(|(name, view)| format!("{name} {}", view.show())).collect();
            format!("names {} securables: {}", all.len(), named.join(", "))
        })
        .help(|| {
            "write one databricks_grants for each: the provider takes one of them at random"
                .to_owned()
        });
    }
}
