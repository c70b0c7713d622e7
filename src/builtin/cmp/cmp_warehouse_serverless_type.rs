//! A classic warehouse that is to be serverless.

use crate::lint::{Check, Findings, PlanCx};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_sql_endpoint` with `enable_serverless_compute = true` whose `warehouse_type`
    /// is `CLASSIC`.
    ///
    /// ## Why is this bad?
    /// Serverless compute is for `PRO` warehouses. The provider checks each argument by itself, so the
    /// plan succeeds; the apply fails with "Serverless is only available for PRO warehouses".
    /// Source: [databricks_sql_endpoint](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/sql_endpoint);
    /// databricks/terraform-provider-databricks#2011.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_sql_endpoint" "bi" {
    ///   enable_serverless_compute = true
    ///   warehouse_type            = "PRO"
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Arguments that are left out: the workspace decides then, and a warehouse that leaves the choice to
    /// it is not wrong. A `warehouse_type` that is taken away is not seen, since the provider keeps the
    /// one before. One that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-warehouse-serverless-type",
        summary: "serverless compute on a classic warehouse",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_sql_endpoint"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for it in cx.of("databricks_sql_endpoint") {
        let (kind, serverless) = (it.get("warehouse_type"), it.get("enable_serverless_compute"));
        out.deny(kind.is("CLASSIC") & serverless.flag(false), it, &kind, || {
            format!(
                "is of type {}, and enable_serverless_compute is {}",
                kind.show(),
                serverless.show()
            )
        })
        .help(|| "set `warehouse_type = \"PRO\"`".to_owned());
    }
}
