//! Blocks that the provider fills in when the author leaves them out.
//!
//! A provider's schema does not say this of a block, so it was measured: these blocks are absent
//! from `after` and `true` in `after_unknown` although the configuration does not have them, in
//! plans that Terraform 1.11.4 wrote with aws 5.100.0 and databricks 1.128.0. Of a block that is
//! not listed an unknown value means a `dynamic` block of unknown length.

use super::{holds, look_up};

#[rustfmt::skip]
static BLOCKS: &[(&str, &[&str])] = &[
    ("aws_cognito_user_pool", &["admin_create_user_config", "password_policy", "sign_in_policy", "sms_configuration", "username_configuration", "verification_message_template"]),
    ("aws_elasticache_user", &["authentication_mode"]),
    ("aws_elasticsearch_domain", &["advanced_security_options", "auto_tune_options", "cluster_config", "domain_endpoint_options", "ebs_options", "encrypt_at_rest"]),
    ("aws_iam_role", &["inline_policy"]),
    ("aws_instance", &["capacity_reservation_specification", "cpu_options", "ebs_block_device", "enclave_options", "ephemeral_block_device", "instance_market_options", "maintenance_options", "metadata_options", "network_interface", "private_dns_name_options", "root_block_device"]),
    ("aws_lambda_function", &["ephemeral_storage", "logging_config", "tracing_config"]),
    ("aws_launch_configuration", &["ebs_block_device", "metadata_options", "root_block_device"]),
    ("aws_launch_template", &["metadata_options"]),
    ("aws_lb", &["subnet_mapping"]),
    ("aws_lb_listener", &["mutual_authentication"]),
    ("aws_mq_broker", &["configuration", "maintenance_window_start_time"]),
    ("aws_redshift_cluster", &["logging", "snapshot_copy"]),
    ("aws_s3_bucket", &["cors_rule", "grant", "lifecycle_rule", "logging", "object_lock_configuration", "replication_configuration", "server_side_encryption_configuration", "versioning", "website"]),
    ("aws_secretsmanager_secret", &["replica"]),
    ("aws_vpc_endpoint", &["dns_options", "subnet_configuration"]),
    ("databricks_catalog", &["effective_predictive_optimization_flag", "provisioning_info"]),
    ("databricks_external_location", &["effective_file_event_queue"]),
    ("databricks_job", &["run_as"]),
    ("databricks_metastore_data_access", &["databricks_gcp_service_account"]),
    ("databricks_model_serving", &["config.traffic_config"]),
    ("databricks_mws_network_connectivity_config", &["egress_config"]),
    ("databricks_mws_networks", &["error_messages", "vpc_endpoints"]),
    ("databricks_pipeline", &["latest_updates"]),
    ("databricks_recipient", &["tokens"]),
    ("databricks_sql_table", &["column"]),
    ("databricks_storage_credential", &["databricks_gcp_service_account"]),
];

/// Computed in every resource of the Databricks provider that has it (1.128.0: Optional+Computed).
const EVERYWHERE: &str = "provider_config";

/// Whether the provider fills in the block at that path (names joined by dots).
pub fn is_computed(kind: &str, path: &str) -> bool {
    path.rsplit('.').next() == Some(EVERYWHERE)
        || look_up(BLOCKS, kind).is_some_and(|paths| holds(paths, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        crate::facts::tests::assert_sorted(BLOCKS.iter().map(|(kind, _)| kind));
        for (_, paths) in BLOCKS {
            crate::facts::tests::assert_sorted(paths.iter());
        }
    }

    #[test]
    fn some_blocks_are_computed_and_some_are_not() {
        assert!(is_computed("databricks_mws_networks", "vpc_endpoints"));
        assert!(is_computed("databricks_job", "task.new_cluster.provider_config"));
        assert!(!is_computed("aws_route53_zone", "vpc"));
    }
}
