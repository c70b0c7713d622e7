//! Credentials registered with Databricks before IAM has spread their role.

use crate::{
    builtin::shared::{
        races::{self, Race},
        wait::{Miss, Waits},
    },
    graph::Res,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds `databricks_mws_credentials` that are registered in the apply that also creates (or replaces)
    /// their `aws_iam_role`, without a `time_sleep` that starts after the role and ends before the
    /// registration. The wait may stand anywhere on the way, as for `iam-instance-profile-no-sleep`.
    /// Credentials for log delivery are not looked at.
    ///
    /// ## Why is this bad?
    /// Databricks tries the role at once and again for the workspace, and IAM takes seconds to spread it:
    /// "cannot create mws credentials: ... use a valid cross account IAM role", "Failed credential validation
    /// checks". The provider does not try again; the second apply works, so the mistake survives until the
    /// next environment is built.
    /// Source: databricks/terraform-provider-databricks#951, #1363 and #1424, and docs/guides/aws-workspace.md
    /// there; [IAM is eventually consistent](https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
    ///
    /// ## How to fix it
    /// Sleep after the role and its policy, as both are tried:
    /// ```hcl
    /// resource "time_sleep" "cross_account" {
    ///   create_duration = "30s"
    ///   triggers = {
    ///     role_arn = aws_iam_role.cross_account.arn
    ///     policy   = aws_iam_role_policy.cross_account.id
    ///   }
    /// }
    ///
    /// resource "databricks_mws_credentials" "this" {
    ///   credentials_name = "production"
    ///   role_arn         = time_sleep.cross_account.triggers["role_arn"]
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// An ARN or a wait behind a `local`, which a plan does not hold: where the `.tf` files are not at hand,
    /// the finding is possible. A role that another plan creates is taken to be there already. How long
    /// a script waits; and, where the `.tf` files are not at hand, that the registration waits for a sleep
    /// by `replace_triggered_by` or a condition in its `lifecycle` block.
    pub static RULE = {
        id: "iam-credentials-no-sleep",
        summary: "cross-account role used seconds after creation",
        severity: Warning,
        also: [(Note, "when a sleep, a script or something slow comes before the registration, though not after the role")],
        confidence: Heuristic,
        category: ApplyFailure,
        profile: Default,
        world: Planned,
        subjects: ["databricks_mws_credentials"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut registered = races::uses(cx, races::ROLE).peekable();
    if registered.peek().is_none() {
        return;
    }
    let waits = Waits::of(cx);
    for it in registered {
        match races::run(cx, &waits, races::ROLE, it) {
            Some(race) if race.no_sleep != Tri::No => report(&race, out),
            _ => out.pass(it),
        }
    }
}

fn report(race: &Race<'_>, out: &mut Findings<'_>) {
    let beside = beside(race);
    let level = if beside.is_some() { Severity::Note } else { Severity::Warning };
    let made = if race.made.actions().replaces() { "replaced" } else { "created" };
    let mut draft = out
        .deny(race.no_sleep, race.it, races::ROLE.attribute, || {
            let why = match beside {
                Some(other) => format!("; only {} gives IAM time", other.address()),
                None => String::new(),
            };
            format!(
                "{} is {made} in this apply and registered with Databricks without a sleep after it{why}",
                race.made.address()
            )
        })
        .at(level)
        .help(|| "put a `time_sleep` with `create_duration = \"30s\"` after the role and its policy, and register the ARN from its `triggers`".to_owned())
        .related(race.made, || format!("the role, {made} in this apply"));
    for (miss, sleep) in race.gap.misses.iter().take(3) {
        draft = draft.related(*sleep, || miss.words("role"));
    }
    if let Some(other) = race.gap.slow.or(race.gap.script) {
        draft.related(other, || "takes its time before the registration".to_owned());
    }
}

/// What makes the race less likely to be lost.
fn beside<'a>(race: &Race<'a>) -> Option<Res<'a>> {
    let mut sleeps = race.gap.misses.iter();
    let sleeps = sleeps.find(|(miss, _)| *miss == Miss::Beside).map(|(_, sleep)| *sleep);
    sleeps.or(race.gap.slow).or(race.gap.script)
}
