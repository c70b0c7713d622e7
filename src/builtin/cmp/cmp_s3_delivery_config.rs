//! Logs or init scripts on S3 that a cluster cannot reach.

use crate::{
    builtin::shared::{
        buckets,
        cluster_policy::{Governed, Policies, fills_in},
        compute::{self, Cluster, has_block, is_left_out},
        regions,
    },
    estate::Cell,
    graph::{Target, View},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people, jobs and pipelines that deliver logs to S3 without `region` or
    /// `endpoint`. Logs or init scripts on S3 of a cluster without an instance profile are a warning,
    /// unless a pool or a policy may give it one, and so is a `region` in which the bucket does not lie.
    ///
    /// ## Why is this bad?
    /// "Either region or endpoint must be set", says the API, and "you must configure the cluster with an
    /// instance profile": without one the cluster may not write to the bucket, or does not start for want
    /// of its script.
    /// Source: [databricks_cluster](https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/cluster),
    /// `cluster_log_conf` and `init_scripts`.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_cluster" "etl" {
    ///   cluster_log_conf {
    ///     s3 {
    ///       destination = "s3://acme-cluster-logs/etl"
    ///       region      = "eu-west-1"
    ///     }
    ///   }
    ///   aws_attributes {
    ///     instance_profile_arn = databricks_instance_profile.logs.id
    ///   }
    ///   # …
    /// }
    /// ```
    ///
    /// Or deliver to a volume of Unity Catalog, which needs neither.
    ///
    /// ## What it cannot see
    /// Instance profiles that a pool or a policy of another plan gives: the rule is silent there. A region
    /// that is known only after the apply is taken for the right one.
    pub static RULE = {
        id: "cmp-s3-delivery-config",
        summary: "S3 location of a cluster without region or instance profile",
        severity: Error,
        also: [(Warning, "there is no instance profile, or the bucket lies in another region")],
        confidence: Certain,
        category: ApplyFailure,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster", "databricks_job", "databricks_pipeline"],
        since: "0.1.0",
        no_unknown: "what is known only after the apply is set, and so right as far as this goes",
        check: Check::Plan(check),
    }
}

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    let policies = Policies::default();
    for cluster in compute::clusters(cx) {
        let logs = cluster.get("cluster_log_conf.s3");
        let scripts = cluster.get("init_scripts").items().map(|script| script.member("s3"));
        let logged = Some(logs).filter(|it| has_block(it) == Tri::Yes);
        let loaded: Vec<View<'_>> = scripts.filter(|it| has_block(it) == Tri::Yes).collect();
        if let Some(logs) = &logged {
            let (region, endpoint) = (logs.at(0).member("region"), logs.at(0).member("endpoint"));
            let has_none = is_left_out(&region) && is_left_out(&endpoint);
            out.deny(Tri::from(has_none), cluster.res, &region, || {
                "delivers logs to S3 without region or endpoint".to_owned()
            })
            .key(&cluster.key)
            .help(|| "set `region` to the one of the bucket".to_owned());
        }
        for (index, place) in logged.iter().chain(&loaded).enumerate() {
            elsewhere(&cluster, &place.at(0), index, out);
        }
        if logged.is_some() || !loaded.is_empty() {
            let what =
                if logged.is_some() { "delivers logs to" } else { "loads init scripts from" };
            profile(&cluster, what, &policies, out);
        }
    }
}

/// The bucket lies in another region than the one that is given.
fn elsewhere(cluster: &Cluster<'_>, place: &View<'_>, index: usize, out: &mut Findings<'_>) {
    let region = place.member("region");
    let Some(ours) = region.text().filter(|text| !text.is_empty()) else { return };
    let Target::Here(bucket) = buckets::in_location(&place.member("destination")) else { return };
    let Some(theirs) = bucket.region() else { return };
    let differ = regions::differ(&Cell::Known(ours.to_owned()), &Cell::Known(theirs.clone()));
    out.deny(differ, cluster.res, &region, || {
        format!("the region is {}, but the bucket lies in {theirs}", region.show())
    })
    .at(Severity::Warning)
    .key(&format!("{}\0{index}", cluster.key))
    .related(bucket, || format!("the bucket, in {theirs}"))
    .help(|| format!("set `region = \"{theirs}\"`"));
}

/// Nothing gives the cluster an instance profile.
fn profile(cluster: &Cluster<'_>, what: &str, policies: &Policies, out: &mut Findings<'_>) {
    let own = cluster.get("aws_attributes.instance_profile_arn");
    let has_none = is_left_out(&own) && !pool_may_have_one(cluster);
    let by_policy = match policies.of(cluster) {
        Governed::Free => Tri::No,
        Governed::Hidden => Tri::Yes,
        Governed::By(_, policy) => {
            let filled = fills_in(&policy, "aws_attributes.instance_profile_arn", cluster);
            filled.map_or(Tri::No, |(_, applied)| applied)
        }
    };
    out.deny(Tri::from(has_none) & !by_policy, cluster.res, &own, || {
        format!("{what} S3 without an instance profile")
    })
    .at(Severity::Warning)
    .key(&cluster.key)
    .help(|| {
        "set `aws_attributes.instance_profile_arn`, or use a volume of Unity Catalog".to_owned()
    });
}

/// Whether the machines of a pool come with a profile, or the plan does not show the pool.
fn pool_may_have_one(cluster: &Cluster<'_>) -> bool {
    let pool = cluster.get("instance_pool_id");
    if is_left_out(&pool) {
        return false;
    }
    match pool.target(&["databricks_instance_pool"]) {
        Target::Here(pool) => !is_left_out(&pool.get("aws_attributes.instance_profile_arn")),
        _ => true,
    }
}
