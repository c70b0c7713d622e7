//! A cluster without Unity Catalog.

use crate::{
    builtin::shared::compute::{self, Cluster, Starter, is_left_out},
    builtin::shared::provider::{self, Speaks},
    facts::clusters::WITHOUT_UNITY,
    graph::{Res, Target},
    lint::{Check, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people and jobs whose `data_security_mode` is one without Unity Catalog: `NONE`,
    /// `NO_ISOLATION` and the `LEGACY_…` modes. Where the same workspace has legacy access switched off,
    /// it is an error. A cluster of people that leaves the argument out is a note, unless it has a policy
    /// or a `kind`, which may decide it.
    ///
    /// ## Why is this bad?
    /// Such a cluster cannot read what Unity Catalog governs, and what it can read no catalog protects:
    /// it sees the whole Hive metastore and DBFS. With legacy access switched off it does not start.
    /// Source: [Databricks: access modes](https://docs.databricks.com/aws/en/compute/access-mode-limitations);
    /// databricks/terraform-provider-databricks#2881 and #3620 on what happens where it is left out.
    ///
    /// ## How to fix it
    /// ```terraform
    /// resource "databricks_cluster" "shared" {
    ///   data_security_mode = "USER_ISOLATION"
    ///   # …
    /// }
    /// ```
    ///
    /// `SINGLE_USER` with `single_user_name` is for what one user, service principal or group runs alone.
    ///
    /// ## What it cannot see
    /// What a policy decides where the argument is left out. The clusters of jobs are judged only where
    /// the argument is written; pipelines decide by themselves.
    pub static RULE = {
        id: "cmp-access-mode",
        summary: "cluster has no access mode of Unity Catalog",
        severity: Warning,
        also: [
            (Error, "the workspace has legacy access switched off"),
            (Note, "the argument is left out"),
        ],
        confidence: Certain,
        category: Security,
        profile: Default,
        world: State,
        subjects: ["databricks_cluster", "databricks_job"],
        since: "0.1.0",
        check: Check::Plan(check),
    }
}

/// Settings that switch off what these modes need.
const SWITCHED_OFF: &[(&str, &str)] = &[
    ("databricks_disable_legacy_access_setting", "disable_legacy_access.value"),
    ("databricks_disable_legacy_features_setting", "disable_legacy_features.value"),
];

fn check(cx: &PlanCx<'_>, out: &mut Findings<'_>) {
    compute::each(cx, out, judge);
}

fn judge(cluster: &Cluster<'_>, out: &mut Findings<'_>) {
    if cluster.starter == Starter::Pipeline {
        return;
    }
    let mode = cluster.get("data_security_mode");
    if is_left_out(&mode) {
        let is_open = Tri::from(is_undecided(cluster));
        out.deny(is_open, cluster.res, &mode, || {
            "has no access mode, so none of Unity Catalog".to_owned()
        })
        .at(Severity::Note)
        .help(help);
        return;
    }
    let is_legacy = mode.test_text(|text| WITHOUT_UNITY.contains(&text));
    let switch = if is_legacy == Tri::No { None } else { switch(cluster.res) };
    let mut draft = out
        .deny(is_legacy, cluster.res, &mode, || {
            format!("has the access mode {}, which is without Unity Catalog", mode.show())
        })
        .key(&cluster.key)
        .help(help);
    if let Some(switch) = switch {
        draft = draft.at(Severity::Error);
        draft.related(switch, || "legacy access is off: the cluster will not start".to_owned());
    }
}

/// What switches legacy access off in the workspace of a cluster.
fn switch(cluster: Res<'_>) -> Option<Res<'_>> {
    let scope = cluster.scope();
    let all = SWITCHED_OFF
        .iter()
        .flat_map(|(kind, flag)| scope.of(kind).filter(|it| it.get(flag).flag(false) == Tri::Yes));
    all.into_iter().find(|it| is_beside(*it, cluster))
}

fn help() -> String {
    "set `data_security_mode` to USER_ISOLATION, or to SINGLE_USER for one user or group".to_owned()
}

/// Whether nothing else gives a cluster of people its mode.
fn is_undecided(cluster: &Cluster<'_>) -> bool {
    cluster.starter == Starter::Person
        && is_left_out(&cluster.get("policy_id"))
        && is_left_out(&cluster.get("kind"))
}

/// Whether two resources belong to one workspace.
fn is_beside(a: Res<'_>, b: Res<'_>) -> bool {
    match (provider::of(a), provider::of(b)) {
        (Speaks::Workspace(Target::Here(a)), Speaks::Workspace(Target::Here(b))) => a == b,
        (Speaks::Workspace(Target::Elsewhere(a)), Speaks::Workspace(Target::Elsewhere(b))) => {
            a == b
        }
        _ => {
            let key = |it: Res<'_>| it.block().map(|block| block.provider_key.clone());
            key(a).is_some() && key(a) == key(b)
        }
    }
}
