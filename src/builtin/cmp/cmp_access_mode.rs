//! A cluster without Unity Catalog.

use crate::{
    builtin::shared::{
        compute::{self, Cluster, Starter, is_left_out},
        workspaces::{self, Places, Workspaces},
    },
    estate::{Cell, Rows},
    facts::clusters::{LEGACY_ACCESS, WITHOUT_UNITY},
    lint::{Check, EstateCx, Findings, PlanCx, Severity},
    plan::Tri,
};

declare_rule! {
    /// ## What it does
    /// Finds clusters of people and jobs whose `data_security_mode` is one without Unity Catalog: `NONE`,
    /// `NO_ISOLATION` and the `LEGACY_…` modes. Where the same workspace has legacy access switched off,
    /// in whichever plan of the run, it is an error. A cluster of people that leaves the argument out is
    /// a note, unless it has a policy or a `kind`, which may decide it.
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
        check: Check::Estate { collect, judge },
    }
}

/// A cluster without Unity Catalog, or one that may be. Cells: where it lies, `at` (the attribute),
/// `key`, `mode` (unset where it has none), and the answer `legacy`.
const CLUSTER: &str = "cluster-without-unity";
/// A setting that switches legacy access off. Cells: where it lies.
const SWITCH: &str = "legacy-access-off";

fn collect(cx: &PlanCx<'_>, rows: &mut Rows) {
    workspaces::collect(cx, rows);
    let places = Places::default();
    for (type_, flag) in LEGACY_ACCESS {
        for it in cx.of(type_).filter(|it| it.get(flag).flag(false) == Tri::Yes) {
            places.put(rows.add(SWITCH, it), it);
        }
    }
    for cluster in compute::clusters(cx).filter(|it| it.starter != Starter::Pipeline) {
        let mode = cluster.get("data_security_mode");
        let is_unset = is_left_out(&mode);
        let is_legacy = match is_unset {
            true => Tri::from(is_undecided(&cluster)),
            false => mode.test_text(|text| WITHOUT_UNITY.contains(&text)),
        };
        if is_legacy == Tri::No {
            continue;
        }
        let row = rows
            .add(CLUSTER, cluster.res)
            .with("at", Cell::Known(mode.attribute()))
            .with("key", Cell::Known(cluster.key.clone()))
            .with("mode", if is_unset { Cell::Unset } else { Cell::Known(mode.show()) })
            .with("legacy", is_legacy);
        places.put(row, cluster.res);
    }
}

fn judge(cx: &EstateCx<'_>, out: &mut Findings<'_>) {
    let workspaces = Workspaces::of(cx, &[CLUSTER, SWITCH]);
    let switches = workspaces.group(cx.of(SWITCH));
    for cluster in cx.of(CLUSTER) {
        let switch = workspaces.of_row(cluster).and_then(|at| switches.get(&at)?.first().copied());
        let mode = cluster.text("mode");
        let draft = out
            .deny(cluster.tri("legacy"), cluster, cluster.text("at").unwrap_or_default(), || {
                match mode {
                    Some(mode) => {
                        format!("has the access mode {mode}, which is without Unity Catalog")
                    }
                    None => "has no access mode, so none of Unity Catalog".to_owned(),
                }
            })
            .key(cluster.text("key").unwrap_or_default())
            .help(help);
        match (mode, switch) {
            (None, _) => {
                draft.at(Severity::Note);
            }
            (Some(_), None) => {}
            (Some(_), Some(switch)) => {
                let says = || "legacy access is off: the cluster will not start".to_owned();
                draft.at(Severity::Error).related(switch, says);
            }
        }
    }
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
