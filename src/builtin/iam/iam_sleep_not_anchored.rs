//! A sleep that may be over before the object exists that it is meant for.

use std::collections::BTreeSet;

use crate::{
    builtin::shared::{
        races::{self, Race},
        wait::Waits,
    },
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `time_sleep` that a registration of a new instance profile, or credentials of a new
    /// cross-account role, wait for, while it does not itself wait for the profile or role; nothing else
    /// sleeps in between. One that sleeps between another profile or role and its registration is meant for
    /// that.
    ///
    /// ## Why is this bad?
    /// The sleep starts as soon as what it depends on is done, so it may end before the object exists. It
    /// then protects nothing; that it works is luck.
    /// Source: [time_sleep](https://registry.terraform.io/providers/hashicorp/time/latest/docs/resources/sleep);
    /// modules of databricks/terraform-databricks-sra do it so, behind an empty `null_resource`, hence the
    /// profile `strict`.
    ///
    /// ## How to fix it
    /// Let the ARN pass through the sleep, which orders all three:
    /// ```hcl
    /// resource "time_sleep" "role" {
    ///   create_duration = "30s"
    ///   triggers        = { arn = aws_iam_role.cross_account.arn }
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// An order that only a `local` tells, where the `.tf` files are not at hand: the finding is possible.
    pub static RULE = {
        id: "iam-sleep-not-anchored",
        summary: "time_sleep not ordered after the IAM resource it is meant for",
        severity: Note,
        confidence: Certain,
        category: Reliability,
        profile: Strict,
        world: Planned,
        subjects: ["time_sleep"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let mut all: Vec<Race<'_>> = Vec::new();
    // What sleeps for one is not meant for another.
    let mut done: BTreeSet<u32> = BTreeSet::new();
    let mut waits = None;
    for of in [races::PROFILE, races::ROLE] {
        for it in races::uses(cx, of) {
            // Whether its ARN changes is not what keeps a sleep from an answer.
            out.pass(it);
            let waits = waits.get_or_insert_with(|| Waits::of(cx));
            let race = races::run(cx, waits, of, it);
            out.pass(it);
            match race {
                Some(race) if race.no_sleep != Tri::No => all.push(race),
                race => {
                    for sleep in race.iter().flat_map(|race| &race.gap.sleeps) {
                        out.pass(*sleep);
                        done.insert(sleep.id);
                    }
                }
            }
        }
    }
    for race in &all {
        let misses = race.gap.misses.iter().map(|(_, sleep)| sleep);
        for sleep in misses.chain(&race.gap.sleeps).filter(|it| it.type_() == "time_sleep") {
            let tri = race.no_sleep & race.it.is_after(*sleep) & !sleep.is_after(race.made);
            if tri == Tri::No || !sleep.is_created() {
                out.pass(*sleep);
            } else if done.insert(sleep.id) {
                report(race, *sleep, tri, out);
            }
        }
    }
}

fn report(race: &Race<'_>, sleep: Res<'_>, tri: Tri, out: &mut Findings<'_>) {
    let (made, it) = (race.made, race.it);
    out.deny(tri, sleep, "depends_on", || {
        format!("does not wait for {}, but {} waits for it", made.address(), it.address())
    })
    .help(|| {
        format!("hand it the object: `triggers = {{ arn = <the ARN of {}> }}`", made.address())
    })
    .related(made, || "may not exist yet when the sleep ends".to_owned())
    .related(it, || "waits for the sleep".to_owned());
}
