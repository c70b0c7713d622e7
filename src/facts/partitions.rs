//! Where resources name something of an AWS partition.
//!
//! Source: the page of each resource in the documentation of databricks 1.128.0 and aws 5.100.0.

/// Arguments of Databricks resources that are a region or an ARN, by type; sorted.
pub static VALUES: &[(&str, &str)] = &[
    ("databricks_credential", "aws_iam_role.role_arn"),
    ("databricks_instance_profile", "instance_profile_arn"),
    ("databricks_metastore", "region"),
    ("databricks_metastore_data_access", "aws_iam_role.role_arn"),
    ("databricks_mws_credentials", "role_arn"),
    ("databricks_mws_customer_managed_keys", "aws_key_info.key_arn"),
    ("databricks_mws_network_connectivity_config", "region"),
    ("databricks_mws_private_access_settings", "region"),
    ("databricks_mws_storage_configurations", "role_arn"),
    ("databricks_mws_vpc_endpoint", "region"),
    ("databricks_mws_workspaces", "aws_region"),
    ("databricks_storage_credential", "aws_iam_role.role_arn"),
];

/// Data sources that make a policy for the partition of their `aws_partition`, sorted.
pub static MAKERS: &[&str] = &[
    "databricks_aws_assume_role_policy",
    "databricks_aws_bucket_policy",
    "databricks_aws_crossaccount_policy",
    "databricks_aws_unity_catalog_assume_role_policy",
    "databricks_aws_unity_catalog_policy",
];

/// What such a policy is for: type and argument, sorted.
pub static HOLDERS: &[(&str, &str)] = &[
    ("aws_iam_policy", "policy"),
    ("aws_iam_role", "assume_role_policy"),
    ("aws_iam_role_policy", "policy"),
    ("aws_s3_bucket_policy", "policy"),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn sorted() {
        assert_sorted(VALUES);
        assert_sorted(MAKERS);
        assert_sorted(HOLDERS);
    }
}
