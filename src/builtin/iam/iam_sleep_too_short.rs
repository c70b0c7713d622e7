//! A sleep that ends before IAM has spread what it waits for.

use jiff::SignedDuration;

use crate::{
    builtin::shared::{
        races::{self, Race},
        wait::{Waits, duration},
    },
    facts::waits,
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `time_sleep` between a new instance profile and its registration with Databricks that is
    /// shorter than 30 seconds, or between a new cross-account role and its credentials that is shorter than
    /// 10. Where several things sleep in between, their time is added up.
    ///
    /// ## Why is this bad?
    /// IAM promises no time after which a change is seen everywhere. Applies with shorter sleeps fail now and
    /// then, which is harder to find than failing always.
    /// Source: databricks/terraform-provider-databricks#1805;
    /// [aws-workspace-basic](https://github.com/databricks/terraform-databricks-examples/tree/main/modules/aws-workspace-basic),
    /// which sleeps 20 seconds after the policy.
    ///
    /// ## How to fix it
    /// Set `create_duration = "60s"` before an instance profile is registered, `"30s"` before credentials.
    ///
    /// ## What it cannot see
    /// A duration that is known only after the apply makes the finding possible. How long scripts wait.
    pub static RULE = {
        id: "iam-sleep-too-short",
        summary: "sleep shorter than known propagation",
        severity: Note,
        confidence: Heuristic,
        category: Reliability,
        profile: Default,
        world: Planned,
        subjects: ["time_sleep"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut waits = None;
    let mut seen: Vec<Res<'_>> = Vec::new();
    for of in [races::PROFILE, races::ROLE] {
        for it in races::uses(cx, of) {
            // Whether its ARN changes is not what keeps a sleep from an answer.
            out.pass(it);
            let waits = waits.get_or_insert_with(|| Waits::of(cx));
            let Some(race) = races::run(cx, waits, of, it) else { continue };
            let Some(sleep) = race.gap.sleeps.first().copied() else {
                out.pass(it);
                continue;
            };
            if !seen.contains(&sleep) && report(&race, sleep, out) {
                seen.push(sleep);
            }
        }
    }
}

/// Whether there was something to say about a sleep.
fn report<'a>(race: &Race<'a>, sleep: Res<'a>, out: &mut Findings<'_>) -> bool {
    let Some(wanted) = waits::propagation(race.made.type_()) else { return false };
    let is_short = Tri::all([is_short(race, wanted), !race.no_sleep]);
    let view = sleep.get("create_duration");
    let draft = out.deny(is_short, sleep, &view, || {
        format!(
            "sleeps {} between {} and {}, for which at least {wanted}s are usual",
            view.show(),
            race.made.address(),
            race.it.address()
        )
    });
    draft
        .help(|| format!("set `create_duration = \"{}s\"`", wanted.saturating_mul(2).max(30)))
        .related(race.made, || "IAM needs time to spread it".to_owned())
        .related(race.it, || "has Databricks try it".to_owned())
        .is_reported()
}

/// Whether all that sleeps in between takes less than these seconds. What is no `time_sleep` sleeps for
/// long enough.
fn is_short(race: &Race<'_>, wanted: i64) -> Tri {
    let mut slept = SignedDuration::ZERO;
    let mut is_known = Tri::Yes;
    for it in &race.gap.sleeps {
        let view = it.get("create_duration");
        match (it.type_(), view.text().and_then(duration)) {
            ("time_sleep", Some(time)) => slept = slept.saturating_add(time),
            ("time_sleep", None) => {
                view.note_unknown();
                is_known = Tri::Maybe;
            }
            _ => return Tri::No,
        }
    }
    Tri::from(slept < SignedDuration::from_secs(wanted)) & is_known
}
