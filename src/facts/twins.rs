//! What tells two regions of one company apart, and what is the same in both.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{holds, regions::DATABRICKS};

/// What the side is called that takes over, "disaster recovery" beside these.
///
/// Source: the words of docs.databricks.com, aws/en/admin/disaster-recovery ("secondary", "passive", "DR"),
/// and of AWS's whitepaper "Disaster Recovery of Workloads on AWS" ("standby", "recovery").
pub static STANDBY: &[&str] = &["dr", "failover", "passive", "recovery", "secondary", "standby"];

/// What the other one is called.
pub static PRIMARY: &[&str] = &["active", "primary"];

/// How many words of a name's beginning say that it stands by.
pub fn standby_of(words: &[&str]) -> Option<usize> {
    if words.starts_with(&["disaster", "recovery"]) {
        return Some(2);
    }
    words.first().filter(|word| STANDBY.contains(word)).map(|_| 1)
}

/// How people shorten a region: `euc1` and `eucentral1` for `eu-central-1`.
pub fn short(region: &str) -> [String; 2] {
    let parts: Vec<&str> = region.split('-').collect();
    let letters = |part: &str| match part {
        "northeast" => "ne".to_owned(),
        "northwest" => "nw".to_owned(),
        "southeast" => "se".to_owned(),
        "southwest" => "sw".to_owned(),
        other => other.chars().take(1).collect(),
    };
    let (first, rest) = parts.split_first().unwrap_or((&"", &[]));
    let code: String = rest.iter().map(|part| letters(part)).collect();
    [format!("{first}{code}"), parts.concat()]
}

/// The words of each region's name.
static WORDS: LazyLock<Vec<(&str, Vec<&str>)>> = LazyLock::new(|| {
    DATABRICKS.iter().map(|region| (*region, region.split('-').collect())).collect()
});

/// Regions by how people shorten them.
static SHORTENED: LazyLock<BTreeMap<String, &str>> = LazyLock::new(|| {
    let both = |region: &'static str| short(region).map(|code| (code, region));
    DATABRICKS.iter().flat_map(|region| both(region)).collect()
});

/// The region that words of a name begin with, and how many of them it takes.
pub fn region_of(words: &[&str]) -> Option<(&'static str, usize)> {
    let whole = WORDS.iter().find(|(_, parts)| words.starts_with(parts));
    whole.map(|(region, parts)| (*region, parts.len())).or_else(|| {
        let region = SHORTENED.get(*words.first()?)?;
        Some((*region, 1))
    })
}

/// What makes two objects of two regions the same: type, and the attributes that name it; sorted.
///
/// Source: the page of each type in the documentation of databricks 1.128.0.
pub static IDENTITIES: &[(&str, &[&str])] = &[
    ("databricks_catalog", &["name"]),
    ("databricks_cluster_policy", &["name"]),
    ("databricks_external_location", &["name"]),
    ("databricks_instance_pool", &["instance_pool_name"]),
    ("databricks_ip_access_list", &["label"]),
    ("databricks_job", &["name"]),
    ("databricks_mws_workspaces", &["workspace_name"]),
    ("databricks_registered_model", &["catalog_name", "schema_name", "name"]),
    ("databricks_schema", &["catalog_name", "name"]),
    ("databricks_secret_scope", &["name"]),
    ("databricks_sql_endpoint", &["name"]),
    ("databricks_system_schema", &["schema"]),
];

/// Settings by which people get other rights, or other code, after a failover: type and attribute, and
/// whether it is about rights. Sizes are not among them: a standby may be smaller.
///
/// Source: as [`IDENTITIES`].
pub static COMPARED: &[(&str, &str, bool)] = &[
    ("databricks_catalog", "isolation_mode", true),
    ("databricks_cluster", "data_security_mode", true),
    ("databricks_cluster", "spark_version", false),
    ("databricks_cluster_policy", "definition", false),
    ("databricks_external_location", "isolation_mode", true),
    ("databricks_external_location", "read_only", true),
    ("databricks_ip_access_list", "list_type", true),
    ("databricks_job", "git_source.branch", false),
    ("databricks_job", "git_source.commit", false),
    ("databricks_job", "git_source.tag", false),
    ("databricks_job", "git_source.url", false),
    ("databricks_sql_endpoint", "channel.name", false),
    ("databricks_sql_endpoint", "warehouse_type", false),
];

/// What a task runs, below `task`. Ids below these differ from region to region.
pub static CODE_OF_TASK: &[&str] = &[
    "condition_task",
    "dbt_task",
    "depends_on",
    "notebook_task",
    "python_wheel_task",
    "run_if",
    "spark_jar_task",
    "spark_python_task",
    "spark_submit_task",
    "sql_task",
];

/// Elements of cluster policies that are larger in one region than in the other, or name something of it,
/// beside the ids of pools; sorted.
///
/// Source: [Compute policy reference](https://docs.databricks.com/aws/en/admin/clusters/policy-definition).
static OF_ONE_REGION: &[&str] = &[
    "autoscale.max_workers",
    "autoscale.min_workers",
    "aws_attributes.ebs_volume_count",
    "aws_attributes.ebs_volume_iops",
    "aws_attributes.ebs_volume_size",
    "aws_attributes.ebs_volume_throughput",
    "aws_attributes.first_on_demand",
    "aws_attributes.instance_profile_arn",
    "aws_attributes.zone_id",
    "cluster_log_conf.path",
    "cluster_log_conf.region",
    "dbus_per_hour",
    "num_workers",
];

/// Whether an argument, a parameter or an element of a cluster policy names an object of its region: by
/// an id, or a bucket. A type of machine is no id of an object.
pub fn names_object_of_region(path: &str) -> bool {
    let name = path.rsplit('.').next().unwrap_or(path).to_ascii_lowercase();
    let is_id = name.ends_with("_id") && !name.ends_with("node_type_id");
    is_id || name.split(|c: char| !c.is_ascii_alphanumeric()).any(|it| it == "bucket")
}

/// Whether the values of an element of a cluster policy differ from region to region.
pub fn differs_in_regions(path: &str) -> bool {
    names_object_of_region(path) || holds(OF_ONE_REGION, path)
}

/// What a cluster runs code on, in a job's clusters as in those of their own.
pub static RUNTIME: &[&str] = &["data_security_mode", "spark_version"];

/// Types that name the other region because that is what they are for: copies, shares, failover.
///
/// Source: the page of each type, aws 5.100.0 and databricks 1.128.0.
pub static BETWEEN_REGIONS: &[&str] = &[
    "aws_db_instance_automated_backups_replication",
    "aws_docdb_global_cluster",
    "aws_dynamodb_global_table",
    "aws_dynamodb_table_replica",
    "aws_ec2_transit_gateway_peering_attachment",
    "aws_ec2_transit_gateway_peering_attachment_accepter",
    "aws_ecr_replication_configuration",
    "aws_elasticache_global_replication_group",
    "aws_kms_replica_external_key",
    "aws_kms_replica_key",
    "aws_neptune_global_cluster",
    "aws_rds_global_cluster",
    "aws_route53_health_check",
    "aws_s3_bucket_replication_configuration",
    "aws_s3control_multi_region_access_point",
    "aws_secretsmanager_secret",
    "aws_vpc_peering_connection",
    "aws_vpc_peering_connection_accepter",
    "databricks_disaster_recovery_failover_group",
    "databricks_disaster_recovery_stable_url",
    "databricks_provider",
    "databricks_recipient",
    "databricks_share",
];

/// Arguments that speak of another region, or to people: of no interest for what a standby needs.
pub static SPOKEN: &[&str] = &[
    "comment",
    "custom_tags",
    "description",
    "destination_vault_arn",
    "policy",
    "primary_key_arn",
    "replicate_source_db",
    "replication_configuration",
    "replication_source_identifier",
    "snapshot_identifier",
    "source_arn",
    "tags",
    "tags_all",
];

/// Values that only one object has: type and attribute. Sorted by type.
pub static MARKS: &[(&str, &str)] = &[
    ("aws_kms_key", "arn"),
    ("aws_s3_bucket", "bucket"),
    ("aws_vpc_endpoint", "id"),
    ("databricks_metastore", "metastore_id"),
    ("databricks_mws_network_connectivity_config", "network_connectivity_config_id"),
    ("databricks_mws_workspaces", "workspace_url"),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn what_names_an_object_of_a_region() {
        let is_one = names_object_of_region;
        assert!(is_one("notebook_task.base_parameters.source_bucket"));
        assert!(is_one("sql_task.warehouse_id") && is_one("bucket"));
        assert!(!is_one("notebook_task.notebook_path") && !is_one("buckets_wanted"));
        assert!(!is_one("driver_node_type_id") && differs_in_regions("num_workers"));
    }

    #[test]
    fn regions_in_names() {
        assert_eq!(short("eu-central-1"), ["euc1", "eucentral1"]);
        assert_eq!(short("ap-northeast-2"), ["apne2", "apnortheast2"]);
        assert_eq!(region_of(&["eu", "west", "1", "dr"]), Some(("eu-west-1", 3)));
        assert_eq!(region_of(&["use1"]), Some(("us-east-1", 1)));
        assert_eq!(region_of(&["prod"]), None);
        assert_eq!(standby_of(&["disaster", "recovery", "drill"]), Some(2));
        assert_eq!([standby_of(&["dr"]), standby_of(&["disaster"])], [Some(1), None]);
    }

    #[test]
    fn tables_are_sorted() {
        assert_sorted(STANDBY);
        assert_sorted(PRIMARY);
        assert_sorted(IDENTITIES.iter().map(|(kind, _)| kind));
        assert_sorted(COMPARED.iter().map(|(kind, name, _)| (kind, name)));
        assert_sorted(CODE_OF_TASK);
        assert_sorted(OF_ONE_REGION);
        assert_sorted(RUNTIME);
        assert_sorted(BETWEEN_REGIONS);
        assert_sorted(SPOKEN);
        assert_sorted(MARKS);
    }
}
