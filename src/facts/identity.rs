//! Attributes that identify an object, and resources that hand a value on.
//!
//! Source: the providers' documentation of each type (`Attributes Reference`), aws 5.100.0 and
//! databricks 1.128.0, and the ids seen in their plans: `databricks_mws_*` carry the bare id that
//! the API wants in an attribute of its own beside the composite `id`.

use super::{holds, look_up};

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
    ("aws_vpc_endpoint_service", &["service_name"]),
    ("databricks_catalog", &["name"]),
    ("databricks_cluster", &["cluster_id"]),
    ("databricks_cluster_policy", &["policy_id"]),
    ("databricks_group", &["display_name"]),
    ("databricks_instance_pool", &["instance_pool_id"]),
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

/// Types whose `id` is the value that they are for, which may be used as a secret.
///
/// Source: the pages of these resources in the documentation of random 3.9.0.
static VALUES: &[&str] = &["random_id", "random_pet", "random_string", "random_uuid"];

/// Whether what identifies an object of a type is the value that it is for.
pub fn is_value(kind: &str) -> bool {
    holds(VALUES, kind)
}

/// Types whose `id` the service makes up when it creates the object, and puts into the ARN: nobody
/// can have written it down before. Of any other type the author may know it, such as the name of a
/// bucket or of a role.
///
/// Source: the attribute references of the providers' documentation, and the formats of resource
/// ids (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>,
/// <https://docs.databricks.com/en/workspace/workspace-details.html>).
static MADE_UP: &[&str] = &[
    "aws_eip",
    "aws_instance",
    "aws_internet_gateway",
    "aws_kms_key",
    "aws_kms_replica_key",
    "aws_launch_template",
    "aws_nat_gateway",
    "aws_network_acl",
    "aws_network_interface",
    "aws_route53_zone",
    "aws_route_table",
    "aws_security_group",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_dhcp_options",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_service",
    "databricks_cluster",
    "databricks_cluster_policy",
    "databricks_group",
    "databricks_instance_pool",
    "databricks_job",
    "databricks_metastore",
    "databricks_mws_credentials",
    "databricks_mws_customer_managed_keys",
    "databricks_mws_network_connectivity_config",
    "databricks_mws_networks",
    "databricks_mws_private_access_settings",
    "databricks_mws_storage_configurations",
    "databricks_mws_vpc_endpoint",
    "databricks_mws_workspaces",
    "databricks_pipeline",
    "databricks_service_principal",
    "databricks_sql_endpoint",
    "databricks_user",
];

/// Whether the service makes up what identifies an object in that attribute.
pub fn is_made_up(kind: &str, attribute: &str) -> bool {
    const NAMES: [&str; 3] = ["bucket", "display_name", "name"];
    holds(MADE_UP, kind) && !NAMES.contains(&attribute)
}

/// Arguments that hold what identifies another object and nothing else, beside those whose names
/// end in `_id`, `_ids`, `_arn` or `_arns`. Of any other argument a plan does not show whether it
/// is a reference or only mentions one: `name = "${aws_vpc.main.id}-x"`.
///
/// Source: the argument references of the providers' documentation, aws 5.100.0 and databricks
/// 1.128.0.
static REFERENCES: &[&str] = &[
    "arn",
    "bucket",
    "bucket_name",
    "catalog",
    "catalog_name",
    "credential_name",
    "dataplane_relay",
    "external_location",
    "full_access_role",
    "group",
    "id",
    "instance",
    "instance_profile",
    "key_alias",
    "network_interface",
    "pass_roles",
    "permissions_boundary",
    "rest_api",
    "role",
    "roles",
    "schema",
    "schema_name",
    "scope",
    "securable_name",
    "security_groups",
    "service_principal_name",
    "storage_credential",
    "subnets",
    "user",
    "users",
    "volume",
];

/// Whether an argument of a type holds what identifies another object, and nothing else.
pub fn is_reference(kind: &str, argument: &str) -> bool {
    // A bucket's `bucket` is its own name.
    let is_own = look_up(ATTRIBUTES, kind).is_some_and(|own| own.contains(&argument));
    let ends = ["_id", "_ids", "_arn", "_arns"].iter().any(|end| argument.ends_with(end));
    !is_own && (ends || holds(REFERENCES, argument))
}

/// Data sources that read the object of one id, by the argument that is given it.
///
/// Source: `Argument Reference` of `aws_vpc`, `aws_subnet`, `aws_security_group`, `aws_vpc_endpoint` and
/// `aws_route_table`, all optional.
static LOOKED_UP_BY: &[(&str, &str)] = &[
    ("aws_route_table", "route_table_id"),
    ("aws_security_group", "id"),
    ("aws_subnet", "id"),
    ("aws_vpc", "id"),
    ("aws_vpc_endpoint", "id"),
];

/// The argument of a data source that names the object which it reads.
pub fn looked_up_by(kind: &str) -> Option<&'static str> {
    look_up(LOOKED_UP_BY, kind)
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

/// Types of which the same holds, with `|` between the attributes.
///
/// Source: databricks/terraform-provider-databricks, `catalog/resource_metastore_*.go`:
/// `NewPairID("workspace_id", "metastore_id")`, and the section "Import" of the resources' pages.
static PAIRS: &[(&str, &[&str])] = &[
    ("databricks_metastore_assignment", &["workspace_id", "metastore_id"]),
    ("databricks_metastore_data_access", &["metastore_id", "name"]),
];

/// The attributes that a type's `id` gives where it is split at a separator; none where that stands in no such id.
pub fn split_id(kind: &str, separator: &str) -> Option<&'static [&'static str]> {
    match separator {
        "/" => parts_of_id(kind),
        "|" => look_up(PAIRS, kind),
        _ => None,
    }
}

/// Whether a type's `id` is put together of attributes, with whatever between them.
pub fn is_put_together(kind: &str) -> bool {
    ["/", "|"].iter().any(|separator| split_id(kind, separator).is_some())
}

/// Whether the names of a type are its account's only, so that two objects may share one.
///
/// Source: IAM names are unique within an account (docs.aws.amazon.com/IAM/latest/UserGuide/
/// reference_iam-quotas.html, "IAM name requirements"), those of key aliases within an account and region
/// (docs.aws.amazon.com/kms/latest/developerguide/alias-about.html).
pub fn is_per_account(kind: &str) -> bool {
    kind.starts_with("aws_iam_") || kind == "aws_kms_alias"
}

/// What the name of a key alias begins with, and the resource part of its ARN.
///
/// Source: docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html, `AliasName`.
pub const KEY_ALIAS: &str = "alias/";

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

/// Resources whose output is what was put in, or names the same object: type, output attribute, input
/// attribute.
///
/// Source: `time_sleep.triggers` (hashicorp/time 0.14.0, "can be used as an input to other
/// resources"), `triggers` of the others there (its first page: "Read the AMI id through the time_static
/// resource"), `keepers` (the first page of hashicorp/random 3.9.0, which does the same with `random_id`),
/// `null_resource.triggers` (hashicorp/null 3.3.1), `terraform_data.output` (built in);
/// `aws_kms_alias.target_key_arn` (aws 5.100.0) is the ARN of the key whose id was put in.
static HANDED_ON: &[(&str, &str, &str)] = &[
    ("aws_kms_alias", "target_key_arn", "target_key_id"),
    ("null_resource", "triggers", "triggers"),
    ("random_bytes", "keepers", "keepers"),
    ("random_id", "keepers", "keepers"),
    ("random_integer", "keepers", "keepers"),
    ("random_password", "keepers", "keepers"),
    ("random_pet", "keepers", "keepers"),
    ("random_shuffle", "keepers", "keepers"),
    ("random_string", "keepers", "keepers"),
    ("random_uuid", "keepers", "keepers"),
    ("terraform_data", "output", "input"),
    ("time_offset", "triggers", "triggers"),
    ("time_rotating", "triggers", "triggers"),
    ("time_sleep", "triggers", "triggers"),
    ("time_static", "triggers", "triggers"),
];

/// The input attribute behind an output of a resource that hands its value on unchanged.
pub fn handed_on(kind: &str, output: &str) -> Option<&'static str> {
    HANDED_ON
        .iter()
        .find(|(type_, out, _)| *type_ == kind && *out == output)
        .map(|(_, _, input)| *input)
}

/// Types that have nothing for other resources but what was put into one argument, so that it is meant
/// where a plan lost the attribute: `time_sleep.x[each.key].triggers["arn"]` shows as `time_sleep.x`.
///
/// Source: the attributes of `time_sleep` (hashicorp/time 0.14.0), `null_resource` (hashicorp/null 3.3.1) and
/// `terraform_data` (built in), of which the others are a made-up id and arguments of their own.
static CARRIERS: &[(&str, &str)] =
    &[("null_resource", "triggers"), ("terraform_data", "input"), ("time_sleep", "triggers")];

/// The argument whose value an output of a resource is, where it hands that on unchanged. No output is one
/// whose name a plan lost.
pub fn carried(kind: &str, output: Option<&str>) -> Option<&'static str> {
    match output {
        Some(output) => handed_on(kind, output),
        None => CARRIERS.iter().find(|(type_, _)| *type_ == kind).map(|(_, input)| *input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        crate::facts::tests::assert_sorted(CARRIERS.iter());
        crate::facts::tests::assert_sorted(ATTRIBUTES.iter().map(|(kind, _)| kind));
        crate::facts::tests::assert_sorted(COMPOSITE.iter().map(|(kind, _)| kind));
        crate::facts::tests::assert_sorted(HANDED_ON.iter());
        crate::facts::tests::assert_sorted(MADE_UP.iter());
        crate::facts::tests::assert_sorted(PAIRS.iter().map(|(kind, _)| kind));
        crate::facts::tests::assert_sorted(REFERENCES.iter());
    }

    #[test]
    fn what_names_another_object_is_told_from_what_mentions_one() {
        for (kind, argument, wanted) in [
            ("aws_subnet", "vpc_id", true),
            ("aws_vpc_endpoint", "subnet_ids", true),
            ("aws_s3_bucket_policy", "bucket", true),
            ("aws_s3_bucket", "bucket", false),
            ("aws_security_group", "name", false),
            ("databricks_external_location", "url", false),
        ] {
            assert_eq!(is_reference(kind, argument), wanted, "{kind}.{argument}");
        }
        assert!(is_made_up("aws_vpc", "arn") && !is_made_up("aws_s3_bucket", "id"));
        assert!(is_made_up("databricks_group", "id"));
        assert!(!is_made_up("databricks_group", "display_name"));
    }

    #[test]
    fn every_object_has_its_id() {
        let of = |kind| attributes(kind).collect::<Vec<_>>();
        assert_eq!(of("aws_s3_bucket"), ["id", "arn", "bucket"]);
        assert_eq!(of("aws_subnet"), ["id", "arn"]);
        assert_eq!(handed_on("time_sleep", "triggers"), Some("triggers"));
        assert_eq!(handed_on("time_sleep", "id"), None);
        assert_eq!(carried("terraform_data", Some("output")), Some("input"));
        assert_eq!(carried("terraform_data", None), Some("input"));
        assert_eq!(carried("random_id", None), None);
        assert_eq!(parts_of_id("databricks_mws_networks"), Some(&["account_id", "network_id"][..]));
        assert_eq!(parts_of_id("aws_vpc"), None);
        assert_eq!(split_id("databricks_mws_networks", "|"), None);
        let pair = &["workspace_id", "metastore_id"][..];
        assert_eq!(split_id("databricks_metastore_assignment", "|"), Some(pair));
        assert!(is_put_together("databricks_mws_networks") && !is_put_together("aws_vpc"));
    }
}
