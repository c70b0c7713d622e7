//! Where keys of KMS are named, and how they are switched off.
//!
//! Source: the documentation of each resource, aws 5.100.0 and databricks 1.128.0.

/// Types of keys, and the flag that disables them.
pub static SWITCHES: &[(&str, &str)] = &[
    ("aws_kms_external_key", "enabled"),
    ("aws_kms_key", "is_enabled"),
    ("aws_kms_replica_key", "enabled"),
];

/// How many days a key waits before AWS deletes it, where nothing says so.
///
/// Source: `deletion_window_in_days` of aws_kms_key, aws 5.100.0.
pub const DELETION_WINDOW: i64 = 30;

/// Where the policy of a key stands: type and argument.
pub static POLICIES: &[(&str, &str)] = &[
    ("aws_kms_external_key", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_kms_replica_key", "policy"),
];

/// What admits somebody to a key beside the key itself: type, and the argument that names the key.
///
/// Source: <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>; the pages of both.
pub static BESIDE: &[(&str, &str)] =
    &[("aws_kms_grant", "key_id"), ("aws_kms_key_policy", "key_id")];

/// Data sources that look a key up: type, the argument that takes its alias, and what they answer of it.
///
/// Source: the pages of both data sources, aws 5.100.0.
pub static LOOKED_UP: &[(&str, &str, &[&str])] = &[
    ("aws_kms_alias", "name", &["arn", "target_key_arn", "target_key_id"]),
    ("aws_kms_key", "key_id", &["arn"]),
];

/// The type that tells Databricks of a key.
pub const REGISTRATION: &str = "databricks_mws_customer_managed_keys";

/// What Databricks keeps data under a key with, and new volumes of its clusters: type and argument.
pub static USES: &[(&str, &str)] = &[
    ("aws_ebs_default_kms_key", "key_arn"),
    ("databricks_external_location", "encryption_details.sse_encryption_details.aws_kms_key_arn"),
    ("databricks_mws_customer_managed_keys", "aws_key_info.key_alias"),
    ("databricks_mws_customer_managed_keys", "aws_key_info.key_arn"),
];

/// What encrypts a bucket with a key, both of which it names: type and argument.
pub static OF_BUCKETS: &[(&str, &str)] = &[
    (
        "aws_s3_bucket",
        "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn sorted_and_declared() {
        for list in [SWITCHES, POLICIES, BESIDE, USES, OF_BUCKETS] {
            assert_sorted(list.iter());
            for (type_, path) in list {
                assert!(schema::attribute(type_, path.split('.')).is_some(), "{type_}.{path}");
            }
        }
    }
}
