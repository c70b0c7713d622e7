//! Arguments that want a bare id, of objects whose `id` is composite
//! ([`parts_of_id`](super::identity::parts_of_id)).
//!
//! Source: databricks/terraform-provider-databricks#3303, databricks/databricks-sdk-go#1040, and the page
//! of each type.

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

/// Whether a text has the form of a composite id: an account's UUID, a slash, and the id that is wanted.
pub fn is_composite(text: &str) -> bool {
    let is_account = |text: &str| {
        text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
    };
    text.split_once('/').is_some_and(|(account, id)| is_account(account) && !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn composite() {
        let account = "7c1f0e52-3b8d-4f6a-9a41-5d2e8b90c3f7";
        assert!(is_composite(&format!("{account}/1f2e3d4c-5b6a-4798-8695-b4c3d2e1f0a9")));
        assert!(is_composite(&format!("{account}/4511223344556677")));
        for bare in [account, "4511223344556677", "", "a/b"] {
            assert!(!is_composite(bare), "{bare}");
        }
    }

    #[test]
    fn tables() {
        assert_sorted(CONSUMERS);
    }
}
