//! One state for the metastore, its catalogs and all their grants.

use crate::{
    lint::{Check, Findings, PlanCx, Severity, Subject},
    plan::{Actions, Tri},
};

declare_rule! {
    /// ## What it does
    /// Finds a plan with very many grants (`databricks_grants` and `databricks_grant`), and one that holds
    /// the metastore, its catalogs and more than a few grants together.
    ///
    /// ## Why is this bad?
    /// Every grant is read from the API on every plan, and each takes its place in the state. Who changes
    /// a grant then waits for all of them, holds the lock of the metastore, and has its plan at hand to
    /// break. The three change at a different pace, by different people.
    /// Source: [Refactoring a monolith](https://developer.hashicorp.com/terraform/tutorials/modules/organize-configuration);
    /// [databricks_grants](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/grants).
    ///
    /// ## How to fix it
    /// Keep metastore, catalogs and grants in a state each, and write one `databricks_grants` with a
    /// `dynamic "grant"` for each securable instead of many `databricks_grant`.
    ///
    /// ## What it cannot see
    /// Grants that this plan leaves out (`-target`).
    pub static RULE = {
        id: "uc-grants-state-size",
        summary: "metastore, catalogs and grants in one state",
        severity: Note,
        also: [(Warning, "there are `warn_at` grants or more")],
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_grants", "databricks_grant"],
        since: "0.1.0",
        params: [
            ("note_at", Int(300, 1..=i64::MAX), "Grants in one plan that are worth a note"),
            ("warn_at", Int(1500, 1..=i64::MAX), "Grants in one plan that are worth a warning"),
            ("mixed_at", Int(50, 1..=i64::MAX), "Grants beside a metastore and a catalog that are worth a note"),
        ],
        no_unknown: "how many resources of a type a plan has is never unknown",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let count = |kind: &str| i64::try_from(cx.of(kind).count()).unwrap_or(i64::MAX);
    let grants = count("databricks_grants") + count("databricks_grant");
    let reaches = |name: &str| grants >= cx.params().int(name);
    let is_mixed = count("databricks_metastore") > 0 && count("databricks_catalog") > 0;
    let level = if reaches("warn_at") { Severity::Warning } else { Severity::Note };
    let is_large = reaches("warn_at") || reaches("note_at") || (is_mixed && reaches("mixed_at"));
    let plan = Subject::named(&cx.graph.plan.unit, "", Actions::default());
    out.deny(Tri::from(is_large), plan, (), || match is_mixed {
        true => format!("{grants} grants share one state with the metastore and its catalogs"),
        false => format!("{grants} grants are in one state"),
    })
    .at(level)
    .help(|| {
        "keep metastore, catalogs and grants in a state each, and write one databricks_grants for each \
         securable"
            .to_owned()
    });
}
