//! What happens to a `databricks_mws_workspaces` when an attribute changes.
//!
//! Source: mws/resource_mws_workspaces.go of databricks/terraform-provider-databricks@684f442, and
//! the issues named below, all of that repository.

use super::{holds, look_up};

/// Attributes of `databricks_mws_workspaces` whose change replaces the workspace, sorted. A change
/// of `is_no_public_ip_enabled` is suppressed once the workspace exists.
pub static WORKSPACE_FORCE_NEW: &[&str] = &[
    "account_id",
    "aws_region",
    "cloud_resource_container",
    "compute_mode",
    "customer_managed_key_id",
    "deployment_name",
    "external_customer_info",
    "gcp_managed_network_config",
    "gke_config",
    "is_no_public_ip_enabled",
    "location",
    "storage_configuration_id",
    "workspace_name",
];

/// Attributes of `databricks_mws_workspaces` that are changed in place, sorted.
pub static WORKSPACE_IN_PLACE: &[&str] = &[
    "credentials_id",
    "custom_tags",
    "expected_workspace_status",
    "managed_services_customer_managed_key_id",
    "network_id",
    "private_access_settings_id",
    "storage_customer_managed_key_id",
    "token",
];

/// Attributes of `databricks_mws_workspaces` whose change is planned and never sent, sorted.
pub static WORKSPACE_NEVER_SENT: &[&str] = &["network_connectivity_config_id", "pricing_tier"];

/// Attributes of `databricks_mws_workspaces` that are sent unless they are empty, so that they cannot be
/// taken away, sorted.
///
/// Source: `UpdateRunning` of mws/resource_mws_workspaces.go; of `custom_tags` the comment of
/// `UpdateWorkspaceRequest` in databricks/databricks-sdk-go, "If you update the workspace with empty custom
/// tags, no update is applied".
pub static WORKSPACE_SENT_UNLESS_EMPTY: &[&str] = &[
    "credentials_id",
    "custom_tags",
    "managed_services_customer_managed_key_id",
    "network_id",
    "storage_customer_managed_key_id",
];

/// Who uses what: type, argument, and the type that it names. The API refuses to delete what is used so.
///
/// Source: comments of `Delete` in databricks/databricks-sdk-go, service/provisioning/interface.go ("cannot
/// delete … associated with any workspace"); databricks/terraform-provider-databricks#732 and #3741;
/// databricks-solutions/technical-services-solutions#38.
pub static USES: &[(&str, &str, &str)] = &[
    (
        "databricks_mws_ncc_binding",
        "network_connectivity_config_id",
        "databricks_mws_network_connectivity_config",
    ),
    ("databricks_mws_networks", "vpc_endpoints.dataplane_relay", "databricks_mws_vpc_endpoint"),
    ("databricks_mws_networks", "vpc_endpoints.rest_api", "databricks_mws_vpc_endpoint"),
    ("databricks_mws_workspaces", "credentials_id", "databricks_mws_credentials"),
    (
        "databricks_mws_workspaces",
        "customer_managed_key_id",
        "databricks_mws_customer_managed_keys",
    ),
    (
        "databricks_mws_workspaces",
        "managed_services_customer_managed_key_id",
        "databricks_mws_customer_managed_keys",
    ),
    (
        "databricks_mws_workspaces",
        "network_connectivity_config_id",
        "databricks_mws_network_connectivity_config",
    ),
    ("databricks_mws_workspaces", "network_id", "databricks_mws_networks"),
    (
        "databricks_mws_workspaces",
        "storage_configuration_id",
        "databricks_mws_storage_configurations",
    ),
    (
        "databricks_mws_workspaces",
        "storage_customer_managed_key_id",
        "databricks_mws_customer_managed_keys",
    ),
];

/// The type of what an argument of [`USES`] names.
pub fn used_by(type_: &str, argument: &str) -> Option<&'static str> {
    let uses = USES.iter().find(|it| (it.0, it.1) == (type_, argument));
    uses.map(|(_, _, used)| *used)
}

/// Arguments of `databricks_mws_networks` that name what the network is made of.
pub static PARTS_OF_NETWORK: &[&str] = &[
    "security_group_ids",
    "subnet_ids",
    "vpc_endpoints.dataplane_relay",
    "vpc_endpoints.rest_api",
    "vpc_id",
];

/// Attributes of credentials and storage configurations that a rotation changes, and that replace them.
///
/// Source: mws/resource_mws_credentials.go and mws/resource_mws_storage_configurations.go.
pub static ROLE_OR_BUCKET: &[&str] = &["bucket_name", "role_arn"];

/// Attributes without which a classic workspace on AWS is not created.
///
/// Source: `Create` of mws/resource_mws_workspaces.go, "credentials_id is required for non-serverless
/// workspaces"; databricks/terraform-provider-databricks#5626.
pub static CLASSIC_NEEDS: &[&str] = &["aws_region", "credentials_id", "storage_configuration_id"];

/// What the arguments of a workspace name by an id. Sorted.
///
/// Source: docs/resources/mws_workspaces.md and mws_ncc_binding.md.
static NAMED_BY_WORKSPACES: &[(&str, &str)] = &[
    ("credentials_id", "databricks_mws_credentials"),
    ("customer_managed_key_id", "databricks_mws_customer_managed_keys"),
    ("managed_services_customer_managed_key_id", "databricks_mws_customer_managed_keys"),
    ("network_connectivity_config_id", "databricks_mws_network_connectivity_config"),
    ("network_id", "databricks_mws_networks"),
    ("private_access_settings_id", "databricks_mws_private_access_settings"),
    ("storage_configuration_id", "databricks_mws_storage_configurations"),
    ("storage_customer_managed_key_id", "databricks_mws_customer_managed_keys"),
];

/// The type of what an argument of a workspace names by an id; none where it names nothing.
pub fn named_by_workspaces(argument: &str) -> Option<&'static str> {
    look_up(NAMED_BY_WORKSPACES, argument)
}

/// Attributes that a serverless workspace must not have.
///
/// Source: docs/resources/mws_workspaces.md, "Serverless workspaces must not include `credentials_id` or
/// `storage_configuration_id`".
pub static CLASSIC_ONLY: &[&str] = &["credentials_id", "storage_configuration_id"];

/// Attributes that mean nothing to a serverless workspace: of networks, keys and access settings of
/// one's own.
///
/// Source: `CreateWorkspaceRequest.compute_mode` in databricks/databricks-sdk-go, "you don't need to
/// provide any resources managed by you, such as credentials, storage, or network";
/// databricks/terraform-databricks-sra@72a96ea, aws/tf, leaves all of them out.
pub static CLASSIC_HABITS: &[&str] = &[
    "customer_managed_key_id",
    "managed_services_customer_managed_key_id",
    "network_id",
    "private_access_settings_id",
    "storage_customer_managed_key_id",
];

/// The argument of a workspace that its key for managed services had before there were two.
///
/// Source: mws/resource_mws_workspaces.go, `Deprecated`: "Use managed_services_customer_managed_key_id
/// instead".
pub const FORMER_SERVICES_KEY: &str = "customer_managed_key_id";

/// Attributes of workspaces on Google Cloud.
///
/// Source: docs/resources/mws_workspaces.md, "GCP".
pub static GOOGLE: &[&str] =
    &["location", "cloud_resource_container", "gcp_managed_network_config"];

/// Whether a change of a top-level attribute replaces the workspace, at the commit above.
pub fn replaces_workspace(attribute: &str) -> bool {
    holds(WORKSPACE_FORCE_NEW, attribute)
}

/// Pricing tiers without PrivateLink and without customer-managed keys.
///
/// Source: the requirements in docs.databricks.com, aws/en/security/network/classic/privatelink and
/// aws/en/security/keys/customer-managed-keys: "Enterprise pricing tier".
static LOWER_TIERS: &[&str] = &["PREMIUM", "STANDARD"];

/// Whether a tier, in any case, has neither PrivateLink nor customer-managed keys.
pub fn is_lower_tier(tier: &str) -> bool {
    holds(LOWER_TIERS, &tier.to_ascii_uppercase())
}

/// Why an attribute replaces a workspace, and the way around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escape {
    /// What to do instead.
    pub advice: &'static str,
    /// The provider version from which the attribute is changed in place, where there is one.
    pub fixed_in: Option<(u64, u64, u64)>,
    /// The issue or the code that tells the story.
    pub source: &'static str,
}

/// The way around a replacement that an attribute of `databricks_mws_workspaces` causes; `None`
/// where there is none but to leave it as it is.
pub fn escape(attribute: &str) -> Option<Escape> {
    look_up(ESCAPES, attribute)
}

static ESCAPES: &[(&str, Escape)] = &[
    (
        "deployment_name",
        Escape {
            advice: "leave the account's prefix out of deployment_name: `foo` and `prefix-foo` are \
                     one name, but only the first is not a change",
            fixed_in: None,
            source: "https://github.com/databricks/terraform-provider-databricks/blob/684f442/mws/resource_mws_workspaces.go",
        },
    ),
    (
        "managed_services_customer_managed_key_id",
        Escape {
            advice: "upgrade the provider",
            fixed_in: Some((1, 91, 0)),
            source: "https://github.com/databricks/terraform-provider-databricks/issues/5034",
        },
    ),
    (
        "private_access_settings_id",
        Escape {
            advice: "upgrade the provider",
            fixed_in: Some((1, 6, 1)),
            source: "https://github.com/databricks/terraform-provider-databricks/issues/1501",
        },
    ),
    (
        "storage_configuration_id",
        Escape {
            advice: "keep bucket_name, role_arn and the name of the storage configuration: a change \
                     of one of them makes a new configuration, and that a new workspace",
            fixed_in: None,
            source: "https://github.com/databricks/terraform-provider-databricks/issues/5823",
        },
    ),
    (
        "workspace_name",
        Escape {
            advice: "rename the workspace in the account console first, then in code",
            fixed_in: None,
            source: "https://github.com/databricks/terraform-provider-databricks/issues/4968",
        },
    ),
];

/// Pricing tiers that the API knows, sorted. The provider compares them without regard to case.
///
/// Source: `PricingTier` in databricks/databricks-sdk-go, service/provisioning;
/// databricks/terraform-provider-databricks#3433.
pub static PRICING_TIERS: &[&str] =
    &["COMMUNITY_EDITION", "DEDICATED", "ENTERPRISE", "PREMIUM", "STANDARD", "UNKNOWN"];

/// The tier without the features below.
pub const STANDARD: &str = "STANDARD";

/// Types of a workspace that a standard workspace does not have, sorted.
///
/// Source: docs.databricks.com, "This feature requires the Premium plan or above" on the pages of Unity
/// Catalog, IP access lists, compute policies and SCIM provisioning; databricks/terraform-databricks-sra#46.
pub static ABOVE_STANDARD: &[&str] = &[
    "databricks_catalog",
    "databricks_cluster_policy",
    "databricks_external_location",
    "databricks_grant",
    "databricks_grants",
    "databricks_ip_access_list",
    "databricks_metastore_assignment",
    "databricks_schema",
    "databricks_storage_credential",
];

/// Attributes of a workspace that hosts are made of: its URL, and the label of it that
/// `https://${databricks_mws_workspaces.x.deployment_name}.cloud.databricks.com` has.
///
/// Source: docs/resources/mws_workspaces.md of databricks/terraform-provider-databricks, `deployment_name`:
/// "part of URL as in `https://<prefix>-<deployment-name>.cloud.databricks.com`".
pub static IN_HOST: [&str; 2] = ["deployment_name", "workspace_url"];

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn workspaces() {
        assert!(replaces_workspace("workspace_name") && !replaces_workspace("network_id"));
        let escape = escape("private_access_settings_id").unwrap();
        assert_eq!(escape.fixed_in, Some((1, 6, 1)));
        assert!(super::escape("aws_region").is_none());
    }

    #[test]
    fn sorted_and_declared() {
        assert!(is_lower_tier("premium") && !is_lower_tier("ENTERPRISE"));
        assert_sorted(LOWER_TIERS);
        assert_sorted(PRICING_TIERS);
        assert_sorted(ABOVE_STANDARD);
        let lists = [
            WORKSPACE_FORCE_NEW,
            WORKSPACE_IN_PLACE,
            WORKSPACE_NEVER_SENT,
            WORKSPACE_SENT_UNLESS_EMPTY,
            CLASSIC_HABITS,
        ];
        lists.into_iter().for_each(assert_sorted);
        for (type_, path, used) in USES {
            assert!(schema::attribute(type_, path.split('.')).is_some(), "{type_}.{path}");
            assert!(schema::resource(used).is_some(), "{used}");
        }
        for list in lists.into_iter().chain([CLASSIC_NEEDS, CLASSIC_ONLY, GOOGLE]) {
            for name in list {
                assert!(
                    schema::attribute("databricks_mws_workspaces", [*name]).is_some(),
                    "{name}"
                );
            }
        }
        assert_sorted(NAMED_BY_WORKSPACES.iter().map(|(argument, _)| argument));
        assert_sorted(ESCAPES.iter().map(|(attribute, _)| *attribute));
    }
}
