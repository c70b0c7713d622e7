//! Objects whose `id` is made of two parts, and arguments that want one of them only.
//!
//! Source: databricks/terraform-provider-databricks#3303, databricks/databricks-sdk-go#1040; mws/*.go of
//! databricks/terraform-provider-databricks@684f442, `PackPairID`: `<account id>/<id>`.

use super::look_up;

/// The attribute that holds the bare id of an object, beside the composite `id`.
pub fn bare_id(kind: &str) -> Option<&'static str> {
    look_up(BARE, kind)
}

static BARE: &[(&str, &str)] = &[
    ("databricks_mws_credentials", "credentials_id"),
    ("databricks_mws_customer_managed_keys", "customer_managed_key_id"),
    ("databricks_mws_ncc_private_endpoint_rule", "rule_id"),
    ("databricks_mws_network_connectivity_config", "network_connectivity_config_id"),
    ("databricks_mws_networks", "network_id"),
    ("databricks_mws_private_access_settings", "private_access_settings_id"),
    ("databricks_mws_storage_configurations", "storage_configuration_id"),
    ("databricks_mws_vpc_endpoint", "vpc_endpoint_id"),
    ("databricks_mws_workspaces", "workspace_id"),
];

/// Arguments that want a bare id, by type, sorted.
pub static CONSUMERS: &[(&str, &[&str])] = &[
    ("databricks_metastore_assignment", &["workspace_id"]),
    (
        "databricks_mws_log_delivery",
        &["credentials_id", "storage_configuration_id", "workspace_ids_filter"],
    ),
    ("databricks_mws_ncc_binding", &["network_connectivity_config_id", "workspace_id"]),
    ("databricks_mws_ncc_private_endpoint_rule", &["network_connectivity_config_id"]),
    ("databricks_mws_networks", &["vpc_endpoints.rest_api", "vpc_endpoints.dataplane_relay"]),
    ("databricks_mws_permission_assignment", &["workspace_id"]),
    ("databricks_mws_private_access_settings", &["allowed_vpc_endpoint_ids"]),
    (
        "databricks_mws_workspaces",
        &[
            "credentials_id",
            "storage_configuration_id",
            "network_id",
            "private_access_settings_id",
            "managed_services_customer_managed_key_id",
            "storage_customer_managed_key_id",
            "customer_managed_key_id",
            "network_connectivity_config_id",
        ],
    ),
    ("databricks_workspace_network_option", &["workspace_id"]),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn tables() {
        assert_sorted(BARE);
        assert_sorted(CONSUMERS);
        assert_eq!(bare_id("databricks_mws_networks"), Some("network_id"));
        assert_eq!(bare_id("databricks_metastore"), None);
    }
}
