//! A cluster without workers that is none of a single node.

use crate::{
    builtin::shared::{
        cluster_policy::{Governed, Policies, fills_in},
        compute::{self, Cluster, Starter, is_left_out},
    },
    databricks::policy::Policy,
    facts::clusters::SINGLE_NODE,
    graph::Cause,
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people and jobs that have no workers, do not scale, and are not set up to work
    /// on a single node: neither by `is_single_node`, nor by the profile `singleNode`, a `spark.master`
    /// that begins with `local`, and the tag `ResourceClass = "SingleNode"`. What the cluster's policy
    /// fixes counts, and its defaults where `apply_policy_default_values` is set. Under a policy that
    /// the plan does not show it is a possible note.
    ///
    /// ## Why is this bad?
    /// `num_workers` is 0 where nobody sets it. A cluster of that size starts, but Spark has no
    /// executor, and every command waits for one for ever.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster),
    /// "Fixed size or autoscaling cluster"; older providers refuse it: "NumWorkers could be 0 only for
    /// SingleNode clusters".
    ///
    /// ## How to fix it
    /// Give it workers, or say that it is to be a single node:
    ///
    /// ```terraform
    /// resource "databricks_cluster" "small" {
    ///   is_single_node = true
    ///   kind           = "CLASSIC_PREVIEW"
    ///   # …
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What a policy of another plan, or one of a policy family, fills in. Clusters of pipelines scale
    /// where nothing is said, and are not judged. A number that is known only after the apply makes the
    /// finding possible.
    pub static RULE = {
        id: "cmp-zero-workers",
        summary: "no workers, but not a single-node cluster",
        severity: Error,
        also: [(Note, "the cluster has a policy that the plan does not show")],
        confidence: Certain,
        category: Reliability,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster", "databricks_job"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let policies = Policies::default();
    for cluster in compute::clusters(cx).filter(|it| it.starter != Starter::Pipeline) {
        let workers = cluster.get("num_workers");
        let is_zero = match is_left_out(&workers) {
            true => Tri::Yes,
            false => workers.test(|value| value.as_i64() == Some(0)),
        };
        let is_empty = is_zero & !cluster.has_autoscale();
        if is_empty == Tri::No {
            out.pass(cluster.res);
            continue;
        }
        let governed = policies.of(&cluster);
        let (excused, level) = match &governed {
            Governed::Free => (is_single_node(&cluster, None), Severity::Error),
            Governed::By(_, policy) => {
                (is_single_node(&cluster, Some(policy)) | sizes(policy, &cluster), Severity::Error)
            }
            Governed::Hidden => {
                let hidden = cluster.get("policy_id").maybe(Cause::NotInRun);
                (is_single_node(&cluster, None) | hidden, Severity::Note)
            }
        };
        out.deny(is_empty & !excused, cluster.res, &workers, || match is_zero {
            Tri::Yes => {
                format!("has no workers, and is no single-node cluster{}", lacking(&cluster))
            }
            _ => format!("has {} workers; with none it is no single-node cluster", workers.show()),
        })
        .at(level)
        .key(&cluster.key)
        .help(|| {
            "set `num_workers` or `autoscale`, or `is_single_node = true` with \
             `kind = \"CLASSIC_PREVIEW\"`"
                .to_owned()
        });
    }
}

/// Whether the driver is to do the work, as the cluster and its policy have it.
fn is_single_node(cluster: &Cluster<'_>, policy: Option<&Policy>) -> Tri {
    let filled = |path: &str, wanted: &str| match policy.and_then(|it| fills_in(it, path, cluster))
    {
        Some((value, applied)) if value.starts_with(wanted) => applied,
        _ => Tri::No,
    };
    let flag = cluster.get("is_single_node");
    let by_flag =
        if is_left_out(&flag) { filled("is_single_node", "true") } else { flag.flag(false) };
    let parts = SINGLE_NODE.iter().map(|(map, key, wanted)| {
        let value = cluster.get(map).member(*key);
        match is_left_out(&value) {
            true => filled(&format!("{map}.{key}"), wanted),
            false => value.test_text(|text| text.starts_with(wanted)),
        }
    });
    by_flag | Tri::all(parts)
}

/// Whether a policy gives a cluster a size of its own.
fn sizes(policy: &Policy, cluster: &Cluster<'_>) -> Tri {
    let scales = ["autoscale.min_workers", "autoscale.max_workers"]
        .iter()
        .map(|path| fills_in(policy, path, cluster).map_or(Tri::No, |(_, applied)| applied));
    let has_some = fills_in(policy, "num_workers", cluster)
        .map_or(Tri::No, |(value, applied)| applied & Tri::from(value != "0"));
    Tri::any(scales) | has_some
}

/// What a cluster lacks that is a single node for the most part.
fn lacking(cluster: &Cluster<'_>) -> String {
    let has = |(map, key, wanted): &(&'static str, &str, &str)| {
        let value = cluster.get(map).member((*key).to_owned());
        value.text().is_some_and(|text| text.starts_with(wanted))
    };
    let (there, missing): (Vec<_>, Vec<_>) = SINGLE_NODE.iter().partition(|it| has(it));
    if there.is_empty() {
        return String::new();
    }
    let names: Vec<String> =
        missing.iter().map(|(map, key, _)| format!("{map}[\"{key}\"]")).collect();
    format!(": it lacks {}", names.join(" and "))
}
