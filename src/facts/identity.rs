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
    ("aws_kms_key", &["key_id"]),
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
    ("databricks_mws_workspaces", &["workspace_id"]),
];

/// The attributes whose value names one object of that type.
pub fn attributes(kind: &str) -> impl Iterator<Item = &'static str> {
    let own = look_up(ATTRIBUTES, kind).unwrap_or_default();
    ["id", "arn"].into_iter().chain(own.iter().copied())
}

/// Ends of the names of arguments that take one id or ARN as it is; a name put together of an id
/// and something else makes no sense there.
///
/// Source: the arguments of aws 5.100.0 and databricks 1.128.0 that take ids (`Argument Reference`
/// of each type): they are named after the object whose id they take, but for those that do not
/// begin with `_` here.
const TAKES: &[&str] = &[
    "_arn",
    "_arns",
    "_id",
    "_ids",
    "arn",
    "dataplane_relay",
    "id",
    "permissions_boundary",
    "rest_api",
];

/// Whether an argument of that name takes the identity of an object of that type, or a list of
/// them, as it is: by its end, or because it is called like the type, as `bucket` and
/// `bucket_name` are like `aws_s3_bucket`.
pub fn takes_identity(argument: &str, of: &str) -> bool {
    let by_end = TAKES.iter().any(|end| match end.starts_with('_') {
        true => argument.ends_with(end),
        false => argument == *end,
    });
    let called = argument.strip_suffix("_name").unwrap_or(argument);
    by_end || of.strip_suffix(called).is_some_and(|rest| rest.ends_with('_'))
}

/// Types whose `id` the provider puts together of attributes, with `/` between them.
///
/// Source: databricks/terraform-provider-databricks, `mws/resource_mws_*.go`:
/// `NewPairSeparatedID("account_id", "workspace_id", "/")` and its like.
static COMPOSITE: &[(&str, &[&str])] = &[
    ("databricks_mws_credentials", &["account_id", "credentials_id"]),
    ("databricks_mws_customer_managed_keys", &["account_id", "customer_managed_key_id"]),
    (
        "databricks_mws_network_connectivity_config",
        &["account_id", "network_connectivity_config_id"],
    ),
    ("databricks_mws_networks", &["account_id", "network_id"]),
    ("databricks_mws_private_access_settings", &["account_id", "private_access_settings_id"]),
    ("databricks_mws_storage_configurations", &["account_id", "storage_configuration_id"]),
    ("databricks_mws_vpc_endpoint", &["account_id", "vpc_endpoint_id"]),
    ("databricks_mws_workspaces", &["account_id", "workspace_id"]),
];

/// The attributes that a type's `id` is put together of, in order; none where it is one value.
pub fn parts_of_id(kind: &str) -> Option<&'static [&'static str]> {
    look_up(COMPOSITE, kind)
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
        crate::facts::tests::assert_sorted(COMPOSITE.iter().map(|(kind, _)| kind));
        crate::facts::tests::assert_sorted(HANDED_ON.iter());
    }

    #[test]
    fn every_object_has_its_id() {
        let of = |kind| attributes(kind).collect::<Vec<_>>();
        assert_eq!(of("aws_s3_bucket"), ["id", "arn", "bucket"]);
        assert_eq!(of("aws_subnet"), ["id", "arn"]);
        assert_eq!(handed_on("time_sleep", "triggers"), Some("triggers"));
        assert_eq!(handed_on("time_sleep", "id"), None);
        assert_eq!(parts_of_id("databricks_mws_networks"), Some(&["account_id", "network_id"][..]));
        assert_eq!(parts_of_id("aws_vpc"), None);
    }

    #[test]
    fn arguments_that_take_an_identity() {
        for argument in ["vpc_id", "subnet_ids", "role_arn", "id", "bucket", "bucket_name"] {
            assert!(takes_identity(argument, "aws_s3_bucket"), "{argument}");
        }
        for argument in ["name", "schema", "grid", "valid", "ket", "s3_bucket_prefix"] {
            assert!(!takes_identity(argument, "aws_s3_bucket"), "{argument}");
        }
    }
}
