//! How long a token lives.

use crate::{
    graph::{Res, Val, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_token` or `databricks_obo_token` without a lifetime, or with 0, and, as a warning,
    /// one that lives longer than `max_days`. Of the `token` of a `databricks_mws_workspaces` only the
    /// latter: without a lifetime it lives 30 days.
    ///
    /// ## Why is this bad?
    /// A token is a password that stands in the state, in a pipeline's settings, and wherever it was pasted.
    /// Without a lifetime a token on behalf of a service principal is valid forever, and one of a
    /// user as long as the workspace allows, up to two years.
    /// Source: [databricks_obo_token](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/obo_token),
    /// "If no lifetime is specified, the token remains valid indefinitely";
    /// [databricks_token](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/token);
    /// checks IA-4 and IA-5 of the Security Analysis Tool.
    ///
    /// ## How to fix it
    /// Give it a lifetime and rotate it, or do without: OAuth federation needs no token.
    ///
    /// ```terraform
    /// resource "databricks_token" "ci" {
    ///   comment          = "ci ${time_rotating.monthly.id}"
    ///   lifetime_seconds = 3888000
    /// }
    ///
    /// resource "time_rotating" "monthly" {
    ///   rotation_days = 30
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A cap that the workspace sets in another plan. A lifetime that is known only after the apply makes
    /// the finding possible.
    pub static RULE = {
        id: "idn-pat-lifetime",
        summary: "token without a lifetime, or with a long one",
        severity: Error,
        also: [(Warning, "it has a lifetime, which is longer than `max_days`")],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_token", "databricks_obo_token", "databricks_mws_workspaces"],
        since: "0.1.0",
        params: [("max_days", Int(90, 1..=i64::MAX), "The longest that a token may live, in days")],
        check: Check::Plan(check),
    }
}

const SECONDS_A_DAY: i64 = 86_400;

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let max = cx.params().int("max_days");
    for it in ["databricks_token", "databricks_obo_token"].iter().flat_map(|kind| cx.of(kind)) {
        let lifetime = it.get("lifetime_seconds");
        missing(it, &lifetime, out);
        too_long(it, &lifetime, max, out);
    }
    for it in cx.of("databricks_mws_workspaces") {
        for token in it.get("token").items() {
            too_long(it, &token.get("lifetime_seconds"), max, out);
        }
    }
}

fn missing(it: Res<'_>, lifetime: &View<'_>, out: &mut Findings<'_>) {
    let is_missing = match lifetime.val() {
        Val::Null | Val::Omitted => Tri::Yes,
        Val::Known(_) => Tri::from(lifetime.int() == Some(0)),
        // Somebody gave it one.
        Val::Unknown(_) => Tri::No,
    };
    out.deny(is_missing, it, lifetime, || match it.type_() {
        "databricks_obo_token" => "has no lifetime, so it is valid forever".to_owned(),
        _ => "has no lifetime, so it is valid as long as the workspace allows".to_owned(),
    })
    .help(|| "set `lifetime_seconds`".to_owned());
}

fn too_long(it: Res<'_>, lifetime: &View<'_>, max: i64, out: &mut Findings<'_>) {
    let is_long = |seconds: i64| seconds > max.saturating_mul(SECONDS_A_DAY);
    let is_too_long = lifetime.test(|value| value.as_i64().is_some_and(is_long));
    out.deny(is_too_long, it, lifetime, || match lifetime.int() {
        Some(seconds) if seconds / SECONDS_A_DAY > max => format!(
            "lives for {} days ({} seconds), longer than {max} days",
            seconds / SECONDS_A_DAY,
            lifetime.show()
        ),
        Some(_) => format!(
            "lives for {} seconds, longer than {max} days ({} seconds)",
            lifetime.show(),
            max.saturating_mul(SECONDS_A_DAY)
        ),
        None => format!("lives for {} seconds, maybe longer than {max} days", lifetime.show()),
    })
    .at(Severity::Warning)
    .help(|| format!("set `lifetime_seconds` to {} or less", max.saturating_mul(SECONDS_A_DAY)));
}
