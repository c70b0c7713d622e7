//! A warehouse of more clusters at least than at most.

use crate::{
    builtin::shared::compute::is_left_out,
    graph::View,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_sql_endpoint` whose `min_num_clusters` is larger than its `max_num_clusters`,
    /// which is 1 where it is left out.
    ///
    /// ## Why is this bad?
    /// The provider checks only that `max_num_clusters` is 1 to 40, the API that the bounds are in order:
    /// the plan succeeds and the apply fails.
    /// Source: [databricks_sql_endpoint](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/sql_endpoint),
    /// `min_num_clusters` and `max_num_clusters`.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_sql_endpoint" "bi" {
    ///   min_num_clusters = 1
    ///   max_num_clusters = 4
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A number that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-warehouse-cluster-range",
        summary: "warehouse has more clusters at least than at most",
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
        let (min, max) = (it.get("min_num_clusters"), it.get("max_num_clusters"));
        out.deny(is_larger(&min, &max), it, &min, || {
            format!("has {} clusters at least, but {} at most", min.show(), max.show())
        })
        .help(|| "raise `max_num_clusters` or lower `min_num_clusters`".to_owned());
    }
}

fn is_larger(min: &View<'_>, max: &View<'_>) -> Tri {
    if is_left_out(min) {
        return Tri::No;
    }
    let most = if is_left_out(max) { Some(1) } else { max.int() };
    match (min.int(), most) {
        (Some(min), Some(max)) => Tri::from(min > max),
        // No warehouse has less than one at most.
        (Some(..=1), None) => Tri::No,
        _ => min.is_set() & max.is_set() & Tri::Maybe,
    }
}
