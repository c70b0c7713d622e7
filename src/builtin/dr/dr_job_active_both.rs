//! One job that runs in both regions.

use crate::{
    builtin::shared::{
        jobs,
        twins::{self, Beyond, Twins},
    },
    estate::{Cell, Row, Rows},
    lint::{Check, EstateCx, Findings, PlanCx, TextForm},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a job that runs by itself (`schedule`, `trigger`, `triggers`, `continuous`, not paused) in a
    /// region and in the one that stands by for it. Two units are each other's twin where their names
    /// differ in a region or in a word such as `dr` only; a word for the standby in the place of the
    /// environment, `dr/jobs`, stands for production. Jobs are compared by name. What has no twin there is
    /// sought in the other units of the environment, which is what names have before the region.
    ///
    /// ## Why is this bad?
    /// Both write: the same source is worked on twice, and after a failover nobody knows which result is right.
    /// A job without `pause_status` is not paused.
    /// Source: [databricks_job](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/job),
    /// `pause_status`; [Disaster recovery](https://docs.databricks.com/aws/en/admin/disaster-recovery).
    ///
    /// ## How to fix it
    /// ```terraform
    /// schedule {
    ///   quartz_cron_expression = "0 15 3 * * ?"
    ///   timezone_id            = "UTC"
    ///   pause_status           = var.is_active ? "UNPAUSED" : "PAUSED"
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// Whether both regions are meant to work: where only their names differ, and no word or setting says that
    /// one stands by, or it may stand by for any of several, the finding is possible. So it is where a job of
    /// the same name lies in another unit, and the standby's unit has a twin of its own: they may be two jobs.
    /// Say so in the settings:
    ///
    /// ```toml
    /// [rules.dr-job-active-both]
    /// active_active = true # both are meant to work
    /// pairs = ["prod/eu-central-1/jobs -> prod/eu-west-1/jobs"] # primary -> standby
    /// ```
    pub static RULE = {
        id: "dr-job-active-both",
        summary: "one job runs in both regions",
        severity: Warning,
        confidence: Heuristic,
        category: Reliability,
        profile: Dr,
        world: State,
        subjects: ["databricks_job"],
        since: "0.1.0",
        params: [
            ("active_active", Bool(false), "Whether both regions are meant to work at the same time"),
            ("pairs", Texts(&[], TextForm::Pair), "Units that are each other's twin"),
        ],
        check: Check::Estate { collect, judge },
    }
}

/// A job that runs by itself, or may. Cells: `name`, `place`, `at`, `runs` (an answer).
const ACTIVE: &str = "active-job";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    twins::collect(cx, rows);
    for it in cx.of("databricks_job") {
        let Some(trigger) = jobs::triggers(it).find(|trigger| jobs::is_on(trigger) != Tri::No)
        else {
            continue;
        };
        let row = rows
            .add(ACTIVE, it)
            .with("name", it.get("name"))
            .with("at", Cell::Known(trigger.get("pause_status").attribute()))
            .with("runs", jobs::runs_by_itself(it));
        twins::put(row, it);
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    if cx.params().flag("active_active") {
        return;
    }
    let twins = Twins::of(cx);
    let named = cx.of(ACTIVE).filter_map(|job| Some((job, twins::name_of(job)?)));
    let beyond = Beyond::of(&twins, named);
    for pair in twins.pairs(cx.of(ACTIVE)) {
        let primary = twins::by_name(pair.all_primary());
        for job in &pair.standby {
            let Some(own) = twins::name_of(job) else { continue };
            let beside = |name: &String| Some((*primary.get(name)?, Tri::Yes));
            let elsewhere = |name: &String| beyond.twin(&pair, job, &own, name);
            let names = twins::names_of_twin(name(job));
            let found = names.iter().find_map(beside).or_else(|| names.iter().find_map(elsewhere));
            let Some((other, is_same)) = found else { continue };
            let tri = pair.sure & is_same & job.tri("runs") & other.tri("runs");
            out.deny(tri, *job, job.text("at").unwrap_or_default(), || {
                format!("job {} runs here and in {}", name(job), twins::shown(other))
            })
            .key(&pair.key(""))
            .help(|| "pause it in the region that stands by".to_owned())
            .related(other, || "the same job, which runs as well".to_owned());
        }
    }
}

fn name(job: &Row) -> &str {
    job.cell("name").show()
}
