//! A cluster that its own policy refuses.

use crate::{
    builtin::shared::{
        cluster_policy::{Breach, Policies, breaches, cluster_type, log_place, may_be_secret},
        compute::{self, Cluster, is_left_out},
    },
    databricks::policy::Limit,
    facts::cluster_policies::{CLUSTER_TYPE, LOG_TYPE},
    graph::Res,
    lint::{Check, Findings, PlanCx},
    plan::Tri,
    redact::REPLACEMENT,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people, jobs and pipelines that break the `databricks_cluster_policy` which they
    /// name: a value that is not the fixed one, not in the list or range, in the list of what is barred,
    /// does not match the pattern, is there although it is forbidden, or is missing although the policy
    /// wants one. What a policy fixes is filled in where the cluster leaves it out; defaults only with
    /// `apply_policy_default_values`.
    ///
    /// ## Why is this bad?
    /// The API holds each cluster against its policy when it is made, for jobs when the job is: the apply
    /// fails with "Cluster validation error".
    /// Source: databricks/terraform-provider-databricks#403 and #458;
    /// [Compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition).
    ///
    /// ## How to fix it
    /// Set the argument to what the policy allows, have the policy changed, or name another policy.
    ///
    /// ## What it cannot see
    /// Policies of other plans, of a policy family, and those whose definition is known only after the
    /// apply. Which of several policies a key picks (`x[each.value].id`), where no source shows it and some of them
    /// let the cluster through. Limits on what a plan does not hold (`dbus_per_hour`), on a password
    /// (`docker_image.basic_auth.password`), of which nothing may be said, on versions that are looked up
    /// (`auto:latest-lts`), and patterns that only Java reads. A cluster may leave out its workers, the
    /// type of its driver and its disks, which have a value all the same. A value that is known only after
    /// the apply makes the finding possible.
    pub static RULE = {
        id: "cmp-policy-violation",
        summary: "cluster violates the policy that it names",
        severity: Error,
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
    let policies = Policies::default();
    for cluster in compute::clusters(cx) {
        let (meant, sure) = policies.each(&cluster);
        let Some(((first, policy), others)) = meant.split_first() else { continue };
        let others: Vec<(Res<'_>, Vec<Breach<'_, '_>>)> =
            others.iter().map(|(res, policy)| (*res, breaches(policy, &cluster))).collect();
        for mut breach in breaches(policy, &cluster) {
            breach.tri = breach.tri & sure;
            judge(&cluster, (*first, &breach), &others, out);
        }
    }
}

/// Reports what a policy does not let through, where each other one that may be meant does not either. One that does
/// is the one that belongs to the cluster.
fn judge<'a>(
    cluster: &Cluster<'a>,
    (first, breach): (Res<'a>, &Breach<'a, '_>),
    others: &[(Res<'a>, Vec<Breach<'a, '_>>)],
    out: &mut Findings<'_>,
) {
    let mut tri = breach.tri;
    let mut alike = Vec::new();
    for (policy, theirs) in others {
        let same = theirs.iter().filter(|it| it.at.path() == breach.at.path());
        let Some(worst) = same.max_by_key(|it| it.tri) else { return };
        tri = tri & worst.tri;
        alike.push((*policy, worst));
    }
    if !others.is_empty() && tri == Tri::No {
        return;
    }
    let mut draft = out
        .deny(tri, cluster.res, &breach.at, || {
            let what = what(breach, cluster);
            match alike.is_empty() {
                true => {
                    format!("{what}, and the policy {} {}", first.address(), says(breach, first))
                }
                false => format!("{what}, and none of the policies that it may have allows that"),
            }
        })
        .key(&format!("{}\0{}", cluster.key, breach.path))
        .help(|| help(breach));
    if alike.is_empty() {
        draft.related_at(first, "definition", || "the policy".to_owned());
        return;
    }
    for (policy, breach) in [(first, breach)].into_iter().chain(alike) {
        let label = || format!("a policy that {}", says(breach, policy));
        draft = draft.related_at(policy, "definition", label);
    }
}

/// What a cluster has that its policy does not let through.
fn what(breach: &Breach<'_, '_>, cluster: &Cluster<'_>) -> String {
    let (path, at) = (breach.path, &breach.at);
    match (breach.limit, path) {
        _ if breach.is_absent => format!("{path} is missing"),
        (_, CLUSTER_TYPE) => format!("{path} is {}", cluster_type(cluster)),
        (Limit::Forbidden, _) => format!("{} is set", at.attribute()),
        (_, LOG_TYPE) => {
            let kind = log_place(cluster).map_or("(known after apply)", |(kind, _)| kind);
            format!("{path} is {kind}")
        }
        _ if is_left_out(at) => {
            format!("{path} is left out, so the driver is what the workers are")
        }
        _ if may_be_secret(path) => format!("{} is {REPLACEMENT}", at.attribute()),
        _ => format!("{} is {}", at.attribute(), at.show()),
    }
}

/// What a policy says of it.
fn says(breach: &Breach<'_, '_>, policy: Res<'_>) -> String {
    let is_hidden = policy.get("definition").has_sensitive() || may_be_secret(breach.path);
    match is_hidden {
        true => "does not allow that".to_owned(),
        false if breach.is_absent && matches!(breach.limit, Limit::Unlimited) => {
            "requires one".to_owned()
        }
        false => breach.limit.words(),
    }
}

fn help(breach: &Breach<'_, '_>) -> String {
    match breach.is_absent {
        true => format!("set {} to what the policy allows", breach.at.attribute()),
        false => "set what the policy allows, or name a policy that allows it".to_owned(),
    }
}
