//! An idle time that the API refuses.

use crate::{
    facts::clusters::AUTOTERMINATION,
    lint::{Check, Findings, PlanCx},
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_cluster` whose `autotermination_minutes` is negative, from 1 to 9, or above
    /// 10000.
    ///
    /// ## Why is this bad?
    /// The API takes 0, which switches auto-termination off, and 10 to 10000. The provider checks
    /// nothing, so the plan succeeds and the apply fails.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster),
    /// `autotermination_minutes`.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_cluster" "shared" {
    ///   autotermination_minutes = 10
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A number that is known only after the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-autotermination-range",
        summary: "auto-termination outside the range that the API takes",
        severity: Error,
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let (least, most) = (AUTOTERMINATION.start(), AUTOTERMINATION.end());
    for it in cx.of("databricks_cluster") {
        let minutes = it.get("autotermination_minutes");
        let is_refused = minutes.test(|value| {
            value
                .as_i64()
                .is_some_and(|minutes| minutes != 0 && !AUTOTERMINATION.contains(&minutes))
        });
        out.deny(is_refused, it, &minutes, || {
            format!("stops after {} idle minutes, the API takes {least} to {most}", minutes.show())
        })
        .help(|| format!("set a number from {least} to {most}"));
    }
}
