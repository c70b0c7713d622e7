//! Something changed outside Terraform.

use std::collections::BTreeMap;

use crate::{
    graph::Drift,
    lint::{Check, Findings, PlanCx, Subject},
    plan::Actions,
};

declare_rule! {
    /// ## What it does
    /// Sums up what changed outside Terraform since the last apply: one finding for a plan, with the
    /// objects by type and each object's differing attributes. Left out are attributes that change by
    /// themselves (`updated_at`, `etag`, the state of a warehouse) and differences among null, `""`,
    /// `0`, `false`, `[]` and `{}`, which providers exchange on the first refresh.
    ///
    /// ## Why is this bad?
    /// The configuration no longer says what is there. The next apply takes the change back, or, in
    /// attributes that the configuration does not set, leaves it standing unseen. A plan shows it in
    /// a section that few reviews read.
    /// Source: [Manage resource drift](https://developer.hashicorp.com/terraform/tutorials/state/resource-drift).
    ///
    /// ## How to fix it
    /// For each object decide: put the change into the configuration, let the apply take it back, or
    /// leave the attribute to others with `ignore_changes`.
    ///
    /// ## What it cannot see
    /// Who did it, and what lies outside the state: an object made by hand is no drift.
    pub static RULE = {
        id: "drift-detected",
        summary: "objects changed outside Terraform",
        severity: Note,
        confidence: Certain,
        category: Governance,
        profile: Default,
        world: Change,
        subjects: ["plan"],
        since: "0.1.0",
        no_unknown: "what was refreshed is known",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let unit = &cx.graph.plan.unit;
    // The plan's order is no promise, and what is reported every night must not change with it.
    let mut all: Vec<Drift<'_>> = cx.graph.drift().collect();
    all.sort_by_key(|it| it.address());
    let plan = Subject::named(unit, "", Actions::default());
    let mut draft = out
        .deny((!all.is_empty()).into(), plan, (), || message(&all))
        .help(|| "put each change into the configuration, let the apply take it back, or leave the attribute to others with ignore_changes".to_owned());
    for it in &all {
        let object = Subject::named(unit, it.address(), it.actions());
        draft = draft.related(object, || label(*it));
    }
}

fn message(all: &[Drift<'_>]) -> String {
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for it in all {
        *types.entry(it.type_()).or_default() += 1;
    }
    let types: Vec<String> =
        types.into_iter().map(|(type_, count)| format!("{count} {type_}")).collect();
    let objects = if all.len() == 1 { "object" } else { "objects" };
    format!("{} {objects} changed outside Terraform: {}", all.len(), types.join(", "))
}

fn label(it: Drift<'_>) -> String {
    if it.is_deleted() {
        return "deleted".to_owned();
    }
    let names = it.differing();
    let verb = if names.len() == 1 { "differs" } else { "differ" };
    format!("{} {verb}", names.join(", "))
}
