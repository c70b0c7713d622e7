//! Settings that protect something, and what each of them is when it no longer does.
//!
//! Source: the documentation of each resource, aws 5.100.0 and databricks 1.128.0.

use super::{clusters::WITHOUT_UNITY, look_up};

/// Type, argument, and the value that protects.
pub static FLAGS: &[(&str, &str, bool)] = &[
    ("aws_kms_key", "enable_key_rotation", true),
    ("aws_s3_account_public_access_block", "block_public_acls", true),
    ("aws_s3_account_public_access_block", "block_public_policy", true),
    ("aws_s3_account_public_access_block", "ignore_public_acls", true),
    ("aws_s3_account_public_access_block", "restrict_public_buckets", true),
    ("aws_s3_bucket", "versioning.enabled", true),
    ("aws_s3_bucket_public_access_block", "block_public_acls", true),
    ("aws_s3_bucket_public_access_block", "block_public_policy", true),
    ("aws_s3_bucket_public_access_block", "ignore_public_acls", true),
    ("aws_s3_bucket_public_access_block", "restrict_public_buckets", true),
    ("databricks_disable_legacy_access_setting", "disable_legacy_access.value", true),
    ("databricks_disable_legacy_dbfs_setting", "disable_legacy_dbfs.value", true),
    ("databricks_disable_legacy_features_setting", "disable_legacy_features.value", true),
    ("databricks_ip_access_list", "enabled", true),
    ("databricks_mws_private_access_settings", "public_access_enabled", false),
];

/// Types that show as their own what resources beside them set.
///
/// Source: the page of aws_s3_bucket, aws 5.100.0, "Attribute Reference": its blocks are deprecated for
/// resources of their own, and computed where those set them.
pub static SHOWS_OTHERS: &[&str] = &["aws_s3_bucket"];

/// Type, argument, and its values, what protects most first.
pub static RANKS: &[(&str, &str, &[&str])] = &[
    (
        "aws_s3_bucket",
        "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm",
        &["aws:kms:dsse", "aws:kms", "AES256"],
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.apply_server_side_encryption_by_default.sse_algorithm",
        &["aws:kms:dsse", "aws:kms", "AES256"],
    ),
    ("aws_s3_bucket_versioning", "versioning_configuration.status", &["Enabled", "Suspended"]),
    (
        "databricks_account_network_policy",
        "egress.network_access.policy_enforcement.enforcement_mode",
        &["ENFORCED", "DRY_RUN"],
    ),
    (
        "databricks_account_network_policy",
        "egress.network_access.restriction_mode",
        &["RESTRICTED_ACCESS", "FULL_ACCESS"],
    ),
    ("databricks_catalog", "isolation_mode", &["ISOLATED", "OPEN"]),
    (
        "databricks_credential",
        "isolation_mode",
        &["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"],
    ),
    (
        "databricks_external_location",
        "isolation_mode",
        &["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"],
    ),
    ("databricks_mws_private_access_settings", "private_access_level", &["ENDPOINT", "ACCOUNT"]),
    (
        "databricks_restrict_workspace_admins_setting",
        "restrict_workspace_admins.status",
        &["RESTRICT_TOKENS_AND_JOB_RUN_AS", "ALLOW_ALL"],
    ),
    (
        "databricks_storage_credential",
        "isolation_mode",
        &["ISOLATION_MODE_ISOLATED", "ISOLATION_MODE_OPEN"],
    ),
    (
        "databricks_workspace_binding",
        "binding_type",
        &["BINDING_TYPE_READ_ONLY", "BINDING_TYPE_READ_WRITE"],
    ),
];

/// Type and argument that protects as long as it is there.
pub static BOUNDS: &[(&str, &str)] = &[
    ("aws_iam_role", "permissions_boundary"),
    ("aws_iam_user", "permissions_boundary"),
    (
        "aws_s3_bucket",
        "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
    ),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        "rule.apply_server_side_encryption_by_default.kms_master_key_id",
    ),
];

/// Type and argument that holds a policy of whom an object admits, or of what it may do.
pub static POLICIES: &[(&str, &str)] = &[
    ("aws_iam_policy", "policy"),
    ("aws_iam_role", "assume_role_policy"),
    ("aws_iam_role_policy", "policy"),
    ("aws_kms_key", "policy"),
    ("aws_kms_key_policy", "policy"),
    ("aws_s3_bucket_policy", "policy"),
    ("aws_vpc_endpoint", "policy"),
];

/// Types that protect a bucket, which they name in `bucket`.
pub static OF_BUCKETS: &[&str] =
    &["aws_s3_bucket_public_access_block", "aws_s3_bucket_server_side_encryption_configuration"];

/// Type that protects a bucket by a resource of its own, the argument that tells whether it does, and its value
/// then. Destroyed with another value it takes nothing off.
///
/// Source: the page of aws_s3_bucket_versioning, aws 5.100.0: "Deleting this resource will either suspend
/// versioning on the associated S3 bucket or simply remove the resource from Terraform state if the associated
/// S3 bucket is unversioned".
pub static OF_BUCKETS_WHERE: &[(&str, &str, &str)] =
    &[("aws_s3_bucket_versioning", "versioning_configuration.status", "Enabled")];

/// The argument by which a service knows an object of a type, so that what replaces it under the same name is
/// the same object. Not of what is empty once it is made anew, or is known by an id only.
///
/// Source: the page of each type, aws 5.100.0 and databricks 1.128.0; databricks_account_network_policy is
/// replaced by any edit where its block has no `account_id`, which the provider then plans as unknown.
static NAMES: &[(&str, &str)] = &[
    ("aws_iam_role", "name"),
    ("aws_iam_user", "name"),
    ("aws_s3_account_public_access_block", "account_id"),
    ("aws_s3_bucket_policy", "bucket"),
    ("aws_s3_bucket_public_access_block", "bucket"),
    ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
    ("aws_s3_bucket_versioning", "bucket"),
    ("databricks_account_network_policy", "network_policy_id"),
    ("databricks_catalog", "name"),
    ("databricks_credential", "name"),
    ("databricks_external_location", "name"),
    ("databricks_ip_access_list", "label"),
    ("databricks_mws_private_access_settings", "private_access_settings_name"),
    ("databricks_storage_credential", "name"),
];

/// The argument by which a service knows an object of a type.
pub fn name_of(type_: &str) -> Option<&'static str> {
    look_up(NAMES, type_)
}

/// Arguments that say where an object that [`name_of`] tells by its name lies: of another account or metastore it is
/// another object.
pub static PLACES: &[&str] = &["account_id", "metastore_id"];

/// Types that do nothing but protect: as long as a setting of [`FLAGS`] or [`RANKS`] does, something is lost
/// with the object.
///
/// Source: the page of each setting, databricks 1.128.0: destroyed, it goes back to what a workspace has by
/// default; of aws_s3_account_public_access_block, aws 5.100.0, whose destroy takes the block off.
pub static ONLY_PROTECTING: &[&str] = &[
    "aws_s3_account_public_access_block",
    "databricks_disable_legacy_access_setting",
    "databricks_disable_legacy_dbfs_setting",
    "databricks_disable_legacy_features_setting",
    "databricks_restrict_workspace_admins_setting",
];

/// A list of whom or what an object lets pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Admitting {
    /// The type of the object.
    pub type_: &'static str,
    /// The list.
    pub list: &'static str,
    /// The argument that tells members apart; nothing where they are texts.
    pub name: &'static str,
    /// Arguments with the values without which the list does not count. None where other objects decide
    /// what a member lets pass.
    pub counts: &'static [(&'static str, &'static str)],
}

/// With these a network policy lets pass only what it lists.
///
/// Source: docs/resources/account_network_policy.md, databricks 1.128.0: `RESTRICTED_ACCESS` allows the listed
/// destinations only, and `DRY_RUN` logs what it would refuse.
static RESTRICTED: &[(&str, &str)] = &[
    ("egress.network_access.policy_enforcement.enforcement_mode", "ENFORCED"),
    ("egress.network_access.restriction_mode", "RESTRICTED_ACCESS"),
];

/// Lists of whom or what an object lets pass.
///
/// Source: docs/resources/account_network_policy.md and mws_private_access_settings.md, databricks 1.128.0:
/// `ENDPOINT` lets the listed endpoints in, `ACCOUNT` every registered one; the page of aws_vpc_endpoint.
pub static ADMITTING: &[Admitting] = &[
    Admitting { type_: "aws_vpc_endpoint", list: "security_group_ids", name: "", counts: &[] },
    Admitting {
        type_: "databricks_account_network_policy",
        list: "egress.network_access.allowed_internet_destinations",
        name: "destination",
        counts: RESTRICTED,
    },
    Admitting {
        type_: "databricks_account_network_policy",
        list: "egress.network_access.allowed_storage_destinations",
        name: "bucket_name",
        counts: RESTRICTED,
    },
    Admitting {
        type_: "databricks_mws_private_access_settings",
        list: "allowed_vpc_endpoint_ids",
        name: "",
        counts: &[("private_access_level", "ENDPOINT")],
    },
];

/// Elements of a cluster policy, and the fixed values that take a protection off.
///
/// Source: <https://docs.databricks.com/aws/en/admin/clusters/policy-definition>: 0 turns auto-termination
/// off.
static OPEN_FIXED: &[(&str, &[&str])] =
    &[("autotermination_minutes", &["0"]), ("data_security_mode", WITHOUT_UNITY)];

/// The fixed values of an element of a cluster policy that take a protection off.
pub fn open_values(element: &str) -> &'static [&'static str] {
    look_up(OPEN_FIXED, element).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{schema, tests::assert_sorted};
    use super::*;

    #[test]
    fn sorted_and_declared() {
        assert_sorted(FLAGS.iter());
        assert_sorted(RANKS.iter());
        assert_sorted(BOUNDS.iter());
        assert_sorted(POLICIES.iter());
        assert_sorted(OF_BUCKETS);
        assert_sorted(NAMES.iter());
        assert_sorted(ONLY_PROTECTING);
        assert_sorted(OF_BUCKETS_WHERE);
        assert_sorted(ADMITTING.iter());
        assert_sorted(OPEN_FIXED.iter());
        let flags = FLAGS.iter().map(|(type_, path, _)| (type_, path));
        let ranks = RANKS.iter().map(|(type_, path, _)| (type_, path));
        let others = BOUNDS.iter().chain(POLICIES).chain(NAMES).map(|(type_, path)| (type_, path));
        let others = others.chain(ADMITTING.iter().map(|it| (&it.type_, &it.list)));
        let counts =
            ADMITTING.iter().flat_map(|it| it.counts.iter().map(|(path, _)| (&it.type_, path)));
        let others = others.chain(counts);
        let others = others.chain(OF_BUCKETS_WHERE.iter().map(|(type_, path, _)| (type_, path)));
        for (type_, path) in flags.chain(ranks).chain(others) {
            let known = schema::resource(type_).is_none()
                || schema::attribute(type_, path.split('.')).is_some();
            assert!(known, "{type_}.{path}");
        }
    }
}
