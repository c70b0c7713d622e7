//! Where types describe the clusters that they start.
//!
//! Source: the schemas of databricks 1.128.0 ([`super::schema`]), and the documentation of
//! `databricks_job` (`job_cluster`, `new_cluster`, `task`, `for_each_task`) and
//! `databricks_pipeline` (`cluster`). `new_cluster` at the top of a job is the older way, for jobs
//! of one task.

use std::ops::RangeInclusive;

use super::look_up;

/// Types of resources that start clusters, or are one.
pub const STARTERS: &[&str] = &["databricks_cluster", "databricks_job", "databricks_pipeline"];

/// What a block on the way to a cluster is called: the key of a job cluster or a task, the label of a
/// pipeline's cluster.
pub const NAMES: &[&str] = &["job_cluster_key", "task_key", "label"];

/// Minutes until a cluster stops that nobody uses; 0 switches that off.
///
/// Source: docs/resources/cluster.md of databricks/terraform-provider-databricks@684f442
/// (`autotermination_minutes`).
pub const AUTOTERMINATION: RangeInclusive<i64> = 10..=10_000;

/// The provider's default for it.
///
/// Source: the same page.
pub const AUTOTERMINATION_DEFAULT: i64 = 60;

/// How the environment variables of the cluster begin that passes Git traffic on and has to stay up.
///
/// Source: [Databricks: Git server proxy](https://docs.databricks.com/aws/en/repos/git-proxy), and
/// databricks/terraform-provider-databricks#3452.
pub const GIT_PROXY: &str = "GIT_PROXY_";

/// Settings that end legacy access, and with it the access modes of [`WITHOUT_UNITY`]: type and flag.
///
/// Source: [Databricks: disable access to the legacy Hive metastore](https://docs.databricks.com/aws/en/data-governance/unity-catalog/disable-hms)
/// and the pages of both in databricks/terraform-provider-databricks@684f442.
pub const LEGACY_ACCESS: &[(&str, &str)] = &[
    ("databricks_disable_legacy_access_setting", "disable_legacy_access.value"),
    ("databricks_disable_legacy_features_setting", "disable_legacy_features.value"),
];

/// Access modes in which Unity Catalog is not there.
///
/// Source: the values of `data_security_mode` in service/compute/model.go of databricks/databricks-sdk-go,
/// and [Databricks: access modes](https://docs.databricks.com/aws/en/compute/access-mode-limitations).
pub const WITHOUT_UNITY: &[&str] = &[
    "LEGACY_PASSTHROUGH",
    "LEGACY_SINGLE_USER",
    "LEGACY_SINGLE_USER_STANDARD",
    "LEGACY_TABLE_ACL",
    "NONE",
    "NO_ISOLATION",
];

/// Access modes by the name that the clusters of `kind` give them.
///
/// Source: as above.
static ACCESS_MODES: &[(&str, &str)] = &[
    ("DATA_SECURITY_MODE_DEDICATED", "SINGLE_USER"),
    ("DATA_SECURITY_MODE_STANDARD", "USER_ISOLATION"),
];

/// An access mode by its usual name.
pub fn access_mode(name: &str) -> &str {
    look_up(ACCESS_MODES, name).unwrap_or(name)
}

/// What makes a cluster of no workers one of a single node, whose driver does the work: settings, with
/// the text that each begins with. All are needed.
///
/// Source: docs/resources/cluster.md of databricks/terraform-provider-databricks@684f442 ("Fixed size or
/// autoscaling cluster"), and its former check "NumWorkers could be 0 only for SingleNode clusters".
pub const SINGLE_NODE: &[(&str, &str, &str)] = &[
    ("spark_conf", "spark.databricks.cluster.profile", "singleNode"),
    ("spark_conf", "spark.master", "local"),
    ("custom_tags", "ResourceClass", "SingleNode"),
];

/// Tasks that run in an environment of their job where they have no cluster; a notebook has one of its own.
///
/// Source: docs/resources/job.md of databricks/terraform-provider-databricks@684f442
/// (`environment_key`: "required for Python script, Python wheel and dbt tasks when using serverless
/// compute").
pub const NEED_ENVIRONMENT: &[&str] = &["dbt_task", "python_wheel_task", "spark_python_task"];

/// Tags that an instance pool may have of its own.
///
/// Source: docs/resources/instance_pool.md of databricks/terraform-provider-databricks@684f442
/// (`custom_tags`).
pub const POOL_TAGS: usize = 43;

/// Where instance profiles are named beside the clusters: type and path.
///
/// Source: the schemas of databricks 1.128.0.
pub const INSTANCE_PROFILES: &[(&str, &str)] = &[
    ("databricks_instance_pool", "aws_attributes.instance_profile_arn"),
    ("databricks_instance_profile", "instance_profile_arn"),
    ("databricks_sql_endpoint", "instance_profile_arn"),
    ("databricks_sql_global_config", "instance_profile_arn"),
];

/// The part of the names of node types that stands for several kinds of machines.
///
/// Source: docs/resources/instance_pool.md of databricks/terraform-provider-databricks@684f442
/// (`zone_id`: "auto" for fleet node types).
pub const FLEET: &str = "-fleet.";

/// Paths of blocks, by type.
static CLUSTERS: &[(&str, &[&[&str]])] = &[
    (
        "databricks_job",
        &[
            &["job_cluster", "new_cluster"],
            &["new_cluster"],
            &["task", "for_each_task", "task", "new_cluster"],
            &["task", "new_cluster"],
        ],
    ),
    ("databricks_pipeline", &[&["cluster"]]),
];

/// The blocks that describe clusters in a resource of that type, each as the names on the way to
/// it. None where a resource of that type starts no clusters.
pub fn blocks(kind: &str) -> Option<&'static [&'static [&'static str]]> {
    look_up(CLUSTERS, kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::schema;

    #[test]
    fn every_block_of_a_cluster_is_listed() {
        crate::facts::tests::assert_sorted(CLUSTERS.iter().map(|(kind, _)| kind));
        for (kind, listed) in CLUSTERS {
            let schema = schema::resource(kind).unwrap();
            let mut found = Vec::new();
            let mut open: Vec<Vec<&str>> = vec![Vec::new()];
            while let Some(path) = open.pop() {
                let below = schema.below(path.iter().copied());
                if below.contains(&"driver_node_type_id") {
                    found.push(path);
                    continue;
                }
                open.extend(below.iter().map(|name| [&path[..], &[name]].concat()));
            }
            found.sort();
            assert_eq!(found, *listed, "{kind}");
        }
    }
}
