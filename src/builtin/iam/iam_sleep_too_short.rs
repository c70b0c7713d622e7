//! A sleep that ends before IAM has spread what it waits for.

use std::cmp::Reverse;

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
    /// 10. The time of sleeps that wait for one another is added up.
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
        // What is said of a sleep names one of those that it stands before, the same in whatever order.
        let mut uses: Vec<Res<'_>> = races::uses(cx, of).collect();
        uses.sort_by_key(|it| it.address());
        for it in uses {
            // Whether its ARN changes is not what keeps a sleep from an answer.
            out.pass(it);
            let waits = waits.get_or_insert_with(|| Waits::of(cx));
            let race = races::run(cx, waits, of, it);
            let nearest = race.as_ref().and_then(nearest);
            // What is said is about the one sleep; the order of others does not keep it back.
            let between = race.iter().flat_map(|race| &race.gap.sleeps).copied();
            between.for_each(|sleep| out.pass(sleep));
            out.pass(it);
            let (Some(race), Some(sleep)) = (race, nearest) else { continue };
            if !seen.contains(&sleep) && report(&race, sleep, out) {
                seen.push(sleep);
            }
        }
    }
}

/// The sleep that most surely stands between.
fn nearest<'a>(race: &Race<'a>) -> Option<Res<'a>> {
    let all = race.gap.sleeps.iter().copied();
    all.max_by_key(|sleep| (is_between(race, *sleep), Reverse(sleep.address())))
}

fn is_between(race: &Race<'_>, sleep: Res<'_>) -> Tri {
    race.it.is_after(sleep) & (Tri::from(sleep == race.made) | sleep.is_after(race.made))
}

/// Whether there was something to say about a sleep.
fn report<'a>(race: &Race<'a>, sleep: Res<'a>, out: &mut Findings<'_>) -> bool {
    let Some(wanted) = waits::propagation(race.made.type_()) else { return false };
    let (view, time) = (sleep.get("create_duration"), SignedDuration::from_secs(wanted));
    let is_long = Tri::from(view.text().and_then(duration).is_some_and(|own| own >= time));
    let is_short = is_short(race, time) & !race.no_sleep & !is_long;
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

/// Whether all that sleeps in between takes less than that. What is no `time_sleep` sleeps for long
/// enough.
fn is_short(race: &Race<'_>, wanted: SignedDuration) -> Tri {
    let mut sleeps: Vec<(Res<'_>, SignedDuration)> = Vec::new();
    let mut is_known = Tri::Yes;
    for it in &race.gap.sleeps {
        let view = it.get("create_duration");
        match (it.type_(), view.text().and_then(duration)) {
            ("time_sleep", Some(time)) => sleeps.push((*it, time)),
            ("time_sleep", None) => {
                view.note_unknown();
                is_known = Tri::Maybe;
            }
            _ => return !is_between(race, *it),
        }
    }
    let is_less = |sleeps: &[(Res<'_>, SignedDuration)]| {
        let ends = (0..sleeps.len()).map(|at| end(at, sleeps));
        Tri::from(ends.max().unwrap_or_default() < wanted)
    };
    let with_all = is_less(&sleeps) & is_ordered(&sleeps);
    sleeps.retain(|(it, _)| is_between(race, *it) == Tri::Yes);
    is_less(&sleeps) & (with_all | Tri::Maybe) & is_known
}

/// When a sleep ends, counted from when the first starts: those that do not wait for one another sleep at
/// the same time.
fn end(at: usize, sleeps: &[(Res<'_>, SignedDuration)]) -> SignedDuration {
    let (it, time) = sleeps[at];
    let before = (0..sleeps.len()).filter(|other| it.is_after(sleeps[*other].0) == Tri::Yes);
    before.map(|other| end(other, sleeps)).max().unwrap_or_default().saturating_add(time)
}

/// `Maybe` where it is not known whether one of them waits for another.
fn is_ordered(sleeps: &[(Res<'_>, SignedDuration)]) -> Tri {
    let all = || sleeps.iter().map(|(it, _)| *it);
    let is_open = all().any(|it| all().any(|other| it.is_after(other) == Tri::Maybe));
    if is_open { Tri::Maybe } else { Tri::Yes }
}
