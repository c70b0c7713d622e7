//! Attributes that identify an object, and resources that hand a value on.
//!
//! Source: the providers' documentation of each type (`Attributes Reference`), aws 5.100.0 and
//! databricks 1.128.0, and the ids seen in their plans: `databricks_mws_*` carry the bare id that
//! the API wants in an attribute of its own beside the composite `id`.

use super::look_up;

/// Beside `id` and `arn`, which identify every object that has them.
static ATTRIBUTES: &[(&str, &[&str])] = &[
    ("aws_iam_instance_profile", &["name"]),
    ("aws_iam_policy", &["name"]),
    ("aws_iam_role", &["name"]),
    ("aws_kms_alias", &["name"]),
    ("aws_kms_external_key", &["key_id"]),
    ("aws_kms_key", &["key_id"]),
    ("aws_kms_replica_key", &["key_id"]),
    ("aws_route53_zone", &["zone_id"]),
    ("aws_s3_bucket", &["bucket"]),
    ("aws_security_group", &["security_group_id"]),
    ("databricks_catalog", &["name"]),
    ("databricks_group", &["display_name"]),
    ("databricks_metastore", &["metastore_id"]),
    ("databricks_mws_credentials", &["credentials_id"]),
    ("databricks_mws_customer_managed_keys", &["customer_managed_key_id"]),
    ("databricks_mws_network_connectivity_config", &["network_connectivity_config_id"]),
    ("databricks_mws_networks", &["network_id"]),
    ("databricks_mws_private_access_settings", &["private_access_settings_id"]),
    ("databricks_mws_storage_configurations", &["storage_configuration_id"]),
    ("databricks_mws_vpc_endpoint", &["vpc_endpoint_id"]),
    ("databricks_mws_workspaces", &["workspace_id", "workspace_url"]),
];

/// The attributes whose value names one object of that type.
pub fn attributes(kind: &str) -> impl Iterator<Item = &'static str> {
    let own = look_up(ATTRIBUTES, kind).unwrap_or_default();
    ["id", "arn"].into_iter().chain(own.iter().copied())
}

/// Whether the names of a type are its account's only, so that two objects may share one.
///
/// Source: IAM names are unique within an account (docs.aws.amazon.com/IAM/latest/UserGuide/
/// reference_iam-quotas.html, "IAM name requirements").
pub fn is_per_account(kind: &str) -> bool {
    kind.starts_with("aws_iam_")
}

/// The word for a type in the resource part of its ARN, `role` or `instance-profile`, for types whose
/// ARN follows from account, path and name.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "IAM ARNs".
pub fn arn_of_iam(kind: &str) -> Option<&'static str> {
    match kind {
        "aws_iam_instance_profile" => Some("instance-profile"),
        "aws_iam_policy" => Some("policy"),
        "aws_iam_role" => Some("role"),
        _ => None,
    }
}

/// Resources whose output is what was put in: type, output attribute, input attribute.
///
/// Source: `time_sleep.triggers` (hashicorp/time 0.14.0, "can be used as an input to other
/// resources"), `null_resource.triggers` (hashicorp/null 3.3.1), `terraform_data.output`
/// (built in).
static HANDED_ON: &[(&str, &str, &str)] = &[
    ("null_resource", "triggers", "triggers"),
    ("terraform_data", "output", "input"),
    ("time_sleep", "triggers", "triggers"),
];

/// The input attribute behind an output of a resource that hands its value on unchanged.
pub fn handed_on(kind: &str, output: &str) -> Option<&'static str> {
    HANDED_ON
        .iter()
        .find(|(type_, out, _)| *type_ == kind && *out == output)
        .map(|(_, _, input)| *input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        crate::facts::tests::assert_sorted(ATTRIBUTES.iter().map(|(kind, _)| kind));
        crate::facts::tests::assert_sorted(HANDED_ON.iter());
    }

    #[test]
    fn every_object_has_its_id() {
        let of = |kind| attributes(kind).collect::<Vec<_>>();
        assert_eq!(of("aws_s3_bucket"), ["id", "arn", "bucket"]);
        assert_eq!(of("aws_subnet"), ["id", "arn"]);
        assert_eq!(handed_on("time_sleep", "triggers"), Some("triggers"));
        assert_eq!(handed_on("time_sleep", "id"), None);
    }
}
