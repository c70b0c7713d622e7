//! Bounds to scale in that are the wrong way round.

use crate::{
    builtin::shared::{
        cluster_policy::{Governed, Policies, fills_in},
        compute::{self, Cluster, has_block, is_left_out},
    },
    graph::View,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people, jobs and pipelines that scale between bounds of which `min_workers` is
    /// larger than `max_workers`. Bounds that are equal, and an upper one that is left out and that no
    /// cluster policy gives, are warnings. An upper bound of 0 counts as left out where it may be: the
    /// provider does not send it.
    ///
    /// ## Why is this bad?
    /// The API refuses such bounds. The provider checks nothing, so the plan succeeds; the apply fails,
    /// or the run of the job does. A cluster whose bounds are equal never scales.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster),
    /// "`max_workers` must be strictly greater than `min_workers`".
    ///
    /// ## How to fix it
    /// Swap the bounds. A cluster of a fixed size has `num_workers` in place of `autoscale`.
    ///
    /// ```terraform
    /// autoscale {
    ///   min_workers = 1
    ///   max_workers = 4
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// A bound that is known only after the apply makes the finding possible, and so does a cluster
    /// policy that the plan does not show.
    pub static RULE = {
        id: "cmp-autoscale-bounds",
        summary: "lower bound of autoscaling is not below the upper one",
        severity: Error,
        also: [(Warning, "the bounds are equal, or there is no upper one")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster", "databricks_job", "databricks_pipeline"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    compute::each(cx, out, judge);
}

const MAX: &str = "autoscale.max_workers";

fn judge(cluster: &Cluster<'_>, out: &mut Findings<'_>) {
    let scales = has_block(&cluster.get("autoscale"));
    if scales != Tri::Yes {
        return;
    }
    let (min, max) = (cluster.get("autoscale.min_workers"), cluster.get(MAX));
    if cluster.lacks_number("autoscale", "max_workers", &max) {
        deny(out, cluster, !has_by_policy(cluster, MAX), Severity::Warning, &max, || {
            let least = if is_left_out(&min) { "0".to_owned() } else { min.show() };
            format!("scales from {least} workers on, and has no upper bound")
        });
        return;
    }
    let words = || format!("scales from {} workers to {}", min.show(), max.show());
    let (larger, equal) = compare(&min, &max);
    deny(out, cluster, larger, Severity::Error, &max, || {
        format!("{}: the lower bound is the larger one", words())
    });
    deny(out, cluster, equal, Severity::Warning, &max, || format!("{}: it never scales", words()));
}

/// Whether the policy of a cluster gives a setting that the cluster leaves out.
fn has_by_policy(cluster: &Cluster<'_>, path: &str) -> Tri {
    match Policies::default().of(cluster) {
        Governed::Free => Tri::No,
        Governed::By(_, policy) => {
            fills_in(&policy, path, cluster).map_or(Tri::No, |(_, applied)| applied)
        }
        Governed::Hidden => Tri::Maybe,
    }
}

fn deny(
    out: &mut Findings<'_>,
    cluster: &Cluster<'_>,
    tri: Tri,
    level: Severity,
    at: &View<'_>,
    message: impl FnOnce() -> String,
) {
    out.deny(tri, cluster.res, at, message).at(level).key(&cluster.key).help(|| match level {
        Severity::Error => "swap the bounds".to_owned(),
        _ => "set `max_workers` above `min_workers`; a fixed size is `num_workers`".to_owned(),
    });
}

/// Whether the first is larger than the second, and whether they are equal.
fn compare(min: &View<'_>, max: &View<'_>) -> (Tri, Tri) {
    let least = if is_left_out(min) { Some(0) } else { min.int() };
    match (least, max.int()) {
        (Some(min), Some(max)) => (Tri::from(min > max), Tri::from(min == max && max > 0)),
        // No bound lies below 0.
        (Some(0), None) => (Tri::No, Tri::No),
        _ => (min.is_set() & max.is_set() & Tri::Maybe, Tri::No),
    }
}
