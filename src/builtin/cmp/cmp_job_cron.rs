//! A schedule that Quartz does not read.

use crate::{
    databricks::quartz,
    facts::schedules::QUARTZ,
    graph::View,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds cron expressions of jobs, pipelines, alerts and quality monitors that are not of Quartz's
    /// syntax: five fields as in Unix, numbers out of range, and day of month and day of week of which
    /// not exactly one is `?`. A time zone that is none is a warning.
    ///
    /// ## Why is this bad?
    /// Databricks reads schedules with Quartz, whose expressions begin with seconds and leave one of the
    /// two days open by a `?`. The provider checks nothing, so the plan succeeds and the apply fails with
    /// "Invalid cron expression".
    /// Source: [databricks_job](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/job),
    /// `quartz_cron_expression`; [Quartz: cron trigger](https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html).
    ///
    /// ## How to fix it
    /// Put the seconds first, and a `?` for the day that does not count:
    ///
    /// ```terraform
    /// schedule {
    ///   quartz_cron_expression = "0 0 2 * * ?" # in Unix: 0 2 * * *
    ///   timezone_id            = "UTC"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Expressions and zones that are known only after the apply. A zone in a known area that the list of
    /// bricklint's version does not have may be a new one, so the finding is possible.
    pub static RULE = {
        id: "cmp-job-cron",
        summary: "schedule that Quartz does not read",
        severity: Error,
        also: [(Warning, "the time zone is none")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: [
            "databricks_alert_v2",
            "databricks_data_quality_monitor",
            "databricks_job",
            "databricks_lakehouse_monitor",
            "databricks_pipeline",
            "databricks_quality_monitor",
        ],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    for (kind, path, expression, zone) in QUARTZ {
        for it in cx.of(kind) {
            for block in blocks(it.root(), path) {
                judge_expression(&block.member(*expression), out);
                judge_zone(&block.member(*zone), out);
            }
        }
    }
}

/// The blocks, or the object, at a path: each of a list on the way.
fn blocks<'a>(root: View<'a>, path: &'static str) -> Vec<View<'a>> {
    path.split('.').fold(vec![root], |all, name| {
        let below = all.into_iter().map(|at| at.member(name));
        below.flat_map(|at| if is_list(&at) { at.items().collect() } else { vec![at] }).collect()
    })
}

fn is_list(at: &View<'_>) -> bool {
    at.known().is_some_and(|value| value.is_array())
}

fn judge_expression(at: &View<'_>, out: &mut Findings<'_>) {
    at.note_unknown();
    let Some(problem) = at.text().map(quartz::problem) else { return };
    out.deny(Tri::from(problem.is_some()), at.res(), at, || {
        format!("the cron expression {} {}", at.show(), problem.unwrap_or_default())
    })
    .key(&at.show())
    .help(|| {
        "write seconds, minutes, hours, day of month, month, day of week, with `?` for one of the days"
            .to_owned()
    });
}

fn judge_zone(at: &View<'_>, out: &mut Findings<'_>) {
    at.note_unknown();
    let Some(name) = at.text() else { return };
    out.deny(quartz::is_no_zone(name), at.res(), at, || {
        format!("the time zone is {}, which is none", at.show())
    })
    .at(Severity::Warning)
    .key(&at.show())
    .help(|| match quartz::closest_zone(name).filter(|_| !at.has_sensitive()) {
        Some(zone) => format!("did you mean {zone}?"),
        None => "give the name of a zone such as Europe/Berlin, or UTC".to_owned(),
    });
}
