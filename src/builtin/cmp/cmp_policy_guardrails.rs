//! A policy that limits little.

use crate::{
    builtin::shared::compute::is_left_out,
    databricks::{
        policy::{Limit, Policy},
        problems::{Fault, problems},
    },
    facts::cluster_policies::{CLUSTER_TYPE, DBUS_PER_HOUR},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds a `databricks_cluster_policy` whose `definition` does not limit what a cluster costs: how
    /// long it idles (`autotermination_minutes`), how large it grows (`autoscale.max_workers`,
    /// `num_workers` or `dbus_per_hour`), and what its machines are (`node_type_id` or
    /// `instance_pool_id`). None of the three is a warning, as is auto-termination that the policy lets be
    /// 0; one or two missing, and no `data_security_mode`, are a note. Policies for jobs and pipelines
    /// need no auto-termination.
    ///
    /// ## Why is this bad?
    /// Whoever may use the policy makes clusters of any size that run for any time. A policy is the place
    /// to bound that once for all.
    /// Source: [Databricks: compute policies](https://docs.databricks.com/aws/en/admin/clusters/policies),
    /// "Limit cost by limiting maximum hourly price"; [cost optimization](https://docs.databricks.com/aws/en/lakehouse-architecture/cost-optimization/best-practices).
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_cluster_policy" "analytics" {
    ///   name = "analytics"
    ///   definition = jsonencode({
    ///     autotermination_minutes = { type = "range", minValue = 10, maxValue = 60 }
    ///     "autoscale.max_workers" = { type = "range", maxValue = 10 }
    ///     node_type_id            = { type = "allowlist", values = ["m6i.large", "m6i.xlarge"] }
    ///     data_security_mode      = { type = "fixed", value = "USER_ISOLATION" }
    ///   })
    /// }
    /// ```
    ///
    /// ## What it cannot see
    /// What a policy family limits, a definition with a part that is known only after the apply, and one
    /// that is malformed: the rule is silent about all of them.
    pub static RULE = {
        id: "cmp-policy-guardrails",
        summary: "cluster policy without guardrails",
        severity: Warning,
        also: [(Note, "some of the limits are there")],
        confidence: Heuristic,
        category: Cost,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster_policy"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// What costs: how it is called, and the settings of which one has to be limited.
const COSTS: [(&str, &[&str]); 3] = [
    ("how long a cluster idles", &[AUTOTERMINATION]),
    ("how large it grows", &["autoscale.max_workers", "num_workers", DBUS_PER_HOUR]),
    ("what its machines are", &["node_type_id", "instance_pool_id"]),
];

const AUTOTERMINATION: &str = "autotermination_minutes";

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    cx.each(&["databricks_cluster_policy"], out, |it, out| {
        let definition = it.get("definition");
        definition.note_unknown();
        let text = definition.text().filter(|_| is_left_out(&it.get("policy_family_id")));
        // What is malformed limits nothing, and is another rule's subject.
        let whole =
            text.filter(|text| !problems(text, true).iter().any(|it| it.fault == Fault::Broken));
        let Some(policy) = whole.and_then(Policy::parse) else { return };
        let limits = |path: &&str| limits(&policy, path);
        let starts_itself = is_for_runs(&policy);
        let needed = COSTS.iter().skip(usize::from(starts_itself));
        let mut missing: Vec<&str> = needed
            .filter(|(_, paths)| !paths.iter().any(limits) && !may_be_zero(&policy, paths))
            .map(|(what, _)| *what)
            .collect();
        let is_open = missing.len() == COSTS.len() - usize::from(starts_itself);
        if policy.element("data_security_mode").is_none() {
            missing.push("the access mode");
        }
        let level = if is_open { Severity::Warning } else { Severity::Note };
        out.deny(Tri::from(!missing.is_empty()), it, &definition, || {
            format!("does not limit {}", missing.join(", "))
        })
        .at(level)
        .key("limits")
        .help(|| "limit auto-termination, size, machines and access mode".to_owned());
        let is_zero = !starts_itself && may_be_zero(&policy, &[AUTOTERMINATION]);
        let is_fixed =
            policy.element(AUTOTERMINATION).is_some_and(|it| matches!(it.limit, Limit::Fixed(_)));
        out.deny(Tri::from(is_zero), it, &definition, || {
            let verb = if is_fixed { "sets" } else { "lets" };
            let to = if is_fixed { "to" } else { "be" };
            format!("{verb} {AUTOTERMINATION} {to} 0, which switches it off")
        })
        .key("zero")
        .help(|| match is_fixed {
            true => "fix it to 10 or more".to_owned(),
            false => "make it a range with a `minValue` of 10, or a list without 0".to_owned(),
        });
    });
}

/// Whether a policy bounds a setting.
fn limits(policy: &Policy, path: &str) -> bool {
    policy.element(path).is_some_and(|element| match element.limit {
        // Above nothing but 0 a cluster stops at some time.
        Limit::Range(min, max) => max.is_some() || path == AUTOTERMINATION && min.is_some(),
        Limit::Forbidden | Limit::Unlimited => false,
        Limit::Fixed(_) | Limit::Allow(_) | Limit::Block(_) | Limit::Match(..) => true,
    })
}

/// Whether a policy names auto-termination and lets it be 0.
fn may_be_zero(policy: &Policy, paths: &[&str]) -> bool {
    let element =
        paths.contains(&AUTOTERMINATION).then(|| policy.element(AUTOTERMINATION)).flatten();
    element.is_some_and(|element| element.limit.admits("0") == Tri::Yes)
}

/// Whether only jobs and pipelines may have it, whose clusters stop with the run.
fn is_for_runs(policy: &Policy) -> bool {
    policy
        .element(CLUSTER_TYPE)
        .is_some_and(|element| element.limit.admits("all-purpose") == Tri::No)
}
