//! How definitions of cluster policies are written, and which settings they may limit.
//!
//! Source: [Databricks: compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition).

use super::holds;

/// What a policy may do with a setting: the word, and the keys of which one at least has to be there.
pub const TYPES: &[(&str, &[&str])] = &[
    ("allowlist", &["values"]),
    ("blocklist", &["values"]),
    ("fixed", &["value"]),
    ("forbidden", &[]),
    ("range", &["maxValue", "minValue"]),
    ("regex", &["pattern"]),
    ("unlimited", &[]),
];

/// Keys of an element.
pub const KEYS: &[&str] = &[
    "defaultValue",
    "hidden",
    "isOptional",
    "maxValue",
    "minValue",
    "pattern",
    "type",
    "value",
    "values",
];

/// Settings that a cluster is not held against: what is no argument of it, so that a plan does not tell its
/// value, and a password, of which nothing may be said.
const VIRTUAL: &[&str] = &["dbus_per_hour", "docker_image.basic_auth.password"];

/// Where a cluster writes its logs, which has a block of its own for each kind of place.
pub const LOGS: &str = "cluster_log_conf";

/// What kind of place that is: none of its arguments, the block tells it.
pub const LOG_TYPE: &str = "cluster_log_conf.type";

/// The blocks of [`LOGS`], and what policies call them.
///
/// Source: as above, for the words; the provider's page of `databricks_cluster`, `cluster_log_conf`.
pub const LOG_BLOCKS: &[(&str, &str)] = &[("dbfs", "DBFS"), ("s3", "S3"), ("volumes", "VOLUMES")];

/// The argument of a block of [`LOGS`] that a setting limits.
pub fn log_argument(path: &str) -> Option<&'static str> {
    match path {
        "cluster_log_conf.path" => Some("destination"),
        "cluster_log_conf.region" => Some("region"),
        _ => None,
    }
}

/// Which kind of compute a policy is for: no argument either, but every plan tells it.
pub const CLUSTER_TYPE: &str = "cluster_type";

/// What one machine-hour costs at most.
pub const DBUS_PER_HOUR: &str = "dbus_per_hour";

/// Settings with a name of their own; `*` stands for any key or index.
const PATHS: &[&str] = &[
    "autoscale.max_workers",
    "autoscale.min_workers",
    "autotermination_minutes",
    "aws_attributes.availability",
    "aws_attributes.ebs_volume_count",
    "aws_attributes.ebs_volume_iops",
    "aws_attributes.ebs_volume_size",
    "aws_attributes.ebs_volume_throughput",
    "aws_attributes.ebs_volume_type",
    "aws_attributes.first_on_demand",
    "aws_attributes.instance_profile_arn",
    "aws_attributes.spot_bid_price_percent",
    "aws_attributes.zone_id",
    "cluster_log_conf.path",
    "cluster_log_conf.region",
    "cluster_log_conf.type",
    "cluster_name",
    "cluster_type",
    "data_security_mode",
    "dbus_per_hour",
    "docker_image.basic_auth.password",
    "docker_image.basic_auth.username",
    "docker_image.url",
    "driver_instance_pool_id",
    "driver_node_type_id",
    "enable_elastic_disk",
    "enable_local_disk_encryption",
    "instance_pool_id",
    "is_single_node",
    "kind",
    "node_type_id",
    "num_workers",
    "runtime_engine",
    "single_user_name",
    "spark_version",
    "use_ml_runtime",
    "workload_type.clients.jobs",
    "workload_type.clients.notebooks",
];

/// Settings that are numbers, whether written as such or as text.
const NUMBERS: &[&str] = &[
    "autoscale.max_workers",
    "autoscale.min_workers",
    "autotermination_minutes",
    "aws_attributes.ebs_volume_count",
    "aws_attributes.ebs_volume_size",
    "aws_attributes.first_on_demand",
    "aws_attributes.spot_bid_price_percent",
    "dbus_per_hour",
    "num_workers",
];

/// Settings that are `true` or `false`.
const FLAGS: &[&str] = &[
    "enable_elastic_disk",
    "enable_local_disk_encryption",
    "is_single_node",
    "use_ml_runtime",
    "workload_type.clients.jobs",
    "workload_type.clients.notebooks",
];

/// Maps, whose keys may hold dots: what stands behind the first dot is the key.
pub const MAPS: &[&str] = &["custom_tags", "spark_conf", "spark_env_vars"];

/// What of an element of a definition its values are, sorted; the rest says what kind of limit it is.
pub const VALUES: &[&str] = &["defaultValue", "maxValue", "minValue", "pattern", "value", "values"];

/// Settings of which a cluster has one although nobody gave it: another setting's, or the service's.
/// That they are left out says nothing: they have a value all the same, or the provider leaves one out of the
/// plan that is written (`spark.databricks.delta.preview.enabled`).
///
/// Source: for `driver_node_type_id` and `enable_elastic_disk` the refusals in
/// databricks/terraform-provider-databricks#403; for the node types of a pool
/// [Databricks: pools](https://docs.databricks.com/aws/en/compute/pools); workers are counted one way or
/// the other; for the key of Spark plans of databricks 1.128.0, which lack it
/// where the configuration sets it.
pub const FILLED_IN: &[&str] = &[
    "autoscale.max_workers",
    "autoscale.min_workers",
    "driver_instance_pool_id",
    "driver_node_type_id",
    "enable_elastic_disk",
    "enable_local_disk_encryption",
    "num_workers",
    "spark_conf.spark.databricks.delta.preview.enabled",
];

/// The text that stands for a version which is looked up when a cluster starts: `auto:latest-lts`.
pub const LOOKED_UP: &str = "auto:";

/// Settings with a name of their own.
pub fn paths() -> &'static [&'static str] {
    PATHS
}

/// Whether clusters are not held against a setting.
pub fn is_virtual(path: &str) -> bool {
    holds(VIRTUAL, path)
}

/// Whether a setting is a number.
pub fn is_number(path: &str) -> bool {
    holds(NUMBERS, path)
}

/// Whether a setting is `true` or `false`.
pub fn is_flag(path: &str) -> bool {
    holds(FLAGS, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{schema, tests::assert_sorted};

    #[test]
    fn tables_are_in_order() {
        for table in [KEYS, VIRTUAL, PATHS, NUMBERS, FLAGS, MAPS, VALUES, FILLED_IN] {
            assert_sorted(table);
        }
        assert_sorted(TYPES.iter().map(|(word, _)| word));
    }

    #[test]
    fn settings_are_arguments_of_clusters() {
        let of_cluster = |path: &str| schema::attribute("databricks_cluster", path.split('.'));
        let is_shaped_so = |path: &&&str| !is_virtual(path) && !path.starts_with(LOGS);
        for path in PATHS.iter().filter(is_shaped_so).filter(|path| **path != CLUSTER_TYPE) {
            assert!(of_cluster(path).is_some(), "{path}");
        }
        for (block, _) in LOG_BLOCKS {
            assert!(of_cluster(&format!("{LOGS}.{block}.destination")).is_some(), "{block}");
        }
    }
}
