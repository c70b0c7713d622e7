//! Which Databricks API a resource belongs to: the account's or a workspace's.

use super::{accounts, holds, look_up, regions};

/// Where a resource can be managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Only through the account's host.
    Account,
    /// Only through a workspace's host.
    Workspace,
    /// Through either.
    Dual,
}

/// The level that the documentation of a resource type states; `None` where it states none.
///
/// Source: docs/resources/*.md of databricks/terraform-provider-databricks@684f442, the sentences
/// "This resource can only be used with a workspace-level / account-level provider".
pub fn level(kind: &str) -> Option<Level> {
    look_up(LEVELS, kind)
}

/// A regular expression for the host of an account, of any cloud.
///
/// Source: aws/tf/variables.tf of databricks/terraform-databricks-sra@72a96ea for AWS, with
/// databricks/databricks-sdk-go#998 for `accounts-dod`; the other clouds' as commonly known.
pub const ACCOUNT_HOST: &str = r"(?i)^(?:https?://)?accounts(?:-[a-z0-9-]+)?\.(?:cloud\.databricks\.(?:com|us|mil)|gcp\.databricks\.com|azuredatabricks\.net)/?$";

/// The cloud that a host of Databricks is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure or Google Cloud.
    Other,
}

/// The cloud of a host, with or without scheme, port and path; `None` where the domain is none of
/// Databricks' own.
///
/// Source: the clouds' domains in config/environments.go of databricks/databricks-sdk-go,
/// `dbr_environments`; databricks/databricks-sdk-go#998 for `.mil`.
pub fn cloud_of(host: &str) -> Option<Cloud> {
    let name = bare_host(host);
    let ends = |domains: &[&str]| domains.iter().any(|domain| name.ends_with(domain));
    if ends(&[".azuredatabricks.net", ".databricks.azure.us", ".databricks.azure.cn"])
        || ends(&[".gcp.databricks.com"])
    {
        Some(Cloud::Other)
    } else {
        accounts::partition_of_host(&name).map(|_| Cloud::Aws)
    }
}

/// Data sources that answer what their own provider block is set to: who asks them in another block decides by
/// the answer, and does not say it again; sorted.
///
/// Source: the page of each, aws 5.100.0 and databricks 1.128.0.
static ABOUT_ITSELF: &[&str] =
    &["aws_caller_identity", "aws_region", "databricks_current_config", "databricks_current_user"];

/// Whether a data source tells of the provider block that reads it.
pub fn is_about_itself(kind: &str) -> bool {
    holds(ABOUT_ITSELF, kind)
}

/// Whether a text is a whole value of an argument of provider blocks, and no part of one: `acme-prod` is no host.
pub fn is_whole(argument: &str, text: &str) -> bool {
    match argument {
        "account_id" => accounts::is_uuid(text),
        "host" => cloud_of(text).is_some(),
        "region" => regions::is_region(text),
        "workspace_id" => !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()),
        _ => false,
    }
}

/// Whether a type can be managed through either.
pub fn is_dual(kind: &str) -> bool {
    level(kind) == Some(Level::Dual)
}

/// The values of `api`, by which what can be managed through either says which it wants.
///
/// Source: docs/resources/group.md of databricks/terraform-provider-databricks, `api`.
pub const ACCOUNT_API: &str = "account";
/// See [`ACCOUNT_API`].
pub const WORKSPACE_API: &str = "workspace";

/// A host without scheme, port and path, in lower case.
pub fn bare_host(host: &str) -> String {
    let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
    rest.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase()
}

/// The provider version since which a workspace-level resource may name its workspace in a
/// `provider_config` block and be sent to the account's host.
///
/// Source: CHANGELOG.md of databricks/terraform-provider-databricks, 1.94.0.
pub const PROVIDER_CONFIG_SINCE: (u64, u64, u64) = (1, 94, 0);

/// Data sources that compute their result and call no API, so they work with any provider, sorted.
///
/// Source: aws/*.go of databricks/terraform-provider-databricks@684f442.
pub static CLIENTLESS_DATA_SOURCES: &[&str] = &[
    "databricks_aws_assume_role_policy",
    "databricks_aws_bucket_policy",
    "databricks_aws_crossaccount_policy",
    "databricks_aws_unity_catalog_assume_role_policy",
    "databricks_aws_unity_catalog_policy",
];

/// Data sources that only the account can answer, sorted.
///
/// Source: docs/data-sources/*.md of databricks/terraform-provider-databricks@684f442, "This data source
/// can only be used with an account-level provider".
pub static ACCOUNT_DATA_SOURCES: &[&str] = &[
    "databricks_account_federation_policies",
    "databricks_account_federation_policy",
    "databricks_account_network_policies",
    "databricks_account_network_policy",
    "databricks_budget_policies",
    "databricks_budget_policy",
    "databricks_disaster_recovery_failover_group",
    "databricks_disaster_recovery_failover_groups",
    "databricks_disaster_recovery_stable_url",
    "databricks_disaster_recovery_stable_urls",
    "databricks_endpoint",
    "databricks_endpoints",
    "databricks_metastore",
    "databricks_metastores",
    "databricks_mws_credentials",
    "databricks_mws_network_connectivity_config",
    "databricks_mws_network_connectivity_configs",
    "databricks_mws_workspaces",
    "databricks_service_principal_federation_policies",
    "databricks_service_principal_federation_policy",
    "databricks_workspace_network_option",
];

/// Whether a data source calls no API.
pub fn is_clientless(data_source: &str) -> bool {
    holds(CLIENTLESS_DATA_SOURCES, data_source)
}

use Level::{Account, Dual, Workspace};

static LEVELS: &[(&str, Level)] = &[
    ("databricks_access_control_rule_set", Dual),
    ("databricks_account_network_policy", Account),
    ("databricks_aibi_dashboard_embedding_access_policy_setting", Workspace),
    ("databricks_aibi_dashboard_embedding_approved_domains_setting", Workspace),
    ("databricks_alert", Workspace),
    ("databricks_app", Workspace),
    ("databricks_artifact_allowlist", Workspace),
    ("databricks_automatic_cluster_update_workspace_setting", Workspace),
    ("databricks_budget", Account),
    ("databricks_budget_policy", Account),
    ("databricks_catalog", Workspace),
    ("databricks_cluster", Workspace),
    ("databricks_cluster_policy", Workspace),
    ("databricks_compliance_security_profile_workspace_setting", Workspace),
    ("databricks_connection", Workspace),
    ("databricks_credential", Workspace),
    ("databricks_custom_app_integration", Account),
    ("databricks_dashboard", Workspace),
    ("databricks_data_classification_catalog_config", Workspace),
    ("databricks_data_quality_monitor", Workspace),
    ("databricks_data_quality_refresh", Workspace),
    ("databricks_dbfs_file", Workspace),
    ("databricks_default_namespace_setting", Workspace),
    ("databricks_directory", Workspace),
    ("databricks_disable_legacy_access_setting", Workspace),
    ("databricks_disable_legacy_dbfs_setting", Workspace),
    ("databricks_disable_legacy_features_setting", Account),
    ("databricks_disaster_recovery_failover_group", Account),
    ("databricks_disaster_recovery_stable_url", Account),
    ("databricks_endpoint", Account),
    ("databricks_enhanced_security_monitoring_workspace_setting", Workspace),
    ("databricks_entitlements", Workspace),
    ("databricks_external_location", Workspace),
    ("databricks_external_metadata", Workspace),
    ("databricks_file", Workspace),
    ("databricks_git_credential", Workspace),
    ("databricks_global_init_script", Workspace),
    ("databricks_group", Dual),
    ("databricks_group_member", Dual),
    ("databricks_group_role", Dual),
    ("databricks_instance_pool", Workspace),
    ("databricks_instance_profile", Workspace),
    ("databricks_ip_access_list", Workspace),
    ("databricks_job", Workspace),
    ("databricks_library", Workspace),
    ("databricks_metastore", Dual),
    ("databricks_metastore_assignment", Dual),
    ("databricks_metastore_data_access", Dual),
    ("databricks_mlflow_experiment", Workspace),
    ("databricks_mlflow_model", Workspace),
    ("databricks_mlflow_webhook", Workspace),
    ("databricks_model_serving", Workspace),
    ("databricks_model_serving_provisioned_throughput", Workspace),
    ("databricks_mount", Workspace),
    ("databricks_mws_credentials", Account),
    ("databricks_mws_customer_managed_keys", Account),
    ("databricks_mws_log_delivery", Account),
    ("databricks_mws_ncc_binding", Account),
    ("databricks_mws_ncc_private_endpoint_rule", Account),
    ("databricks_mws_network_connectivity_config", Account),
    ("databricks_mws_networks", Account),
    ("databricks_mws_permission_assignment", Account),
    ("databricks_mws_private_access_settings", Account),
    ("databricks_mws_storage_configurations", Account),
    ("databricks_mws_vpc_endpoint", Account),
    ("databricks_mws_workspaces", Account),
    ("databricks_notebook", Workspace),
    ("databricks_notification_destination", Workspace),
    ("databricks_obo_token", Workspace),
    ("databricks_online_table", Workspace),
    ("databricks_permission_assignment", Workspace),
    ("databricks_permissions", Workspace),
    ("databricks_pipeline", Workspace),
    ("databricks_provider", Workspace),
    ("databricks_quality_monitor", Workspace),
    ("databricks_quality_monitor_v2", Workspace),
    ("databricks_query", Workspace),
    ("databricks_recipient", Workspace),
    ("databricks_registered_model", Workspace),
    ("databricks_repo", Workspace),
    ("databricks_restrict_workspace_admins_setting", Workspace),
    ("databricks_schema", Workspace),
    ("databricks_secret", Workspace),
    ("databricks_secret_acl", Workspace),
    ("databricks_secret_scope", Workspace),
    ("databricks_service_principal", Dual),
    ("databricks_service_principal_role", Dual),
    ("databricks_service_principal_secret", Dual),
    ("databricks_share", Workspace),
    ("databricks_sql_endpoint", Workspace),
    ("databricks_sql_global_config", Workspace),
    ("databricks_sql_permissions", Workspace),
    ("databricks_sql_table", Workspace),
    ("databricks_storage_credential", Dual),
    ("databricks_system_schema", Workspace),
    ("databricks_tag_policy", Workspace),
    ("databricks_token", Workspace),
    ("databricks_user", Dual),
    ("databricks_user_role", Dual),
    ("databricks_vector_search_endpoint", Workspace),
    ("databricks_vector_search_index", Workspace),
    ("databricks_volume", Workspace),
    ("databricks_workspace_binding", Workspace),
    ("databricks_workspace_conf", Workspace),
    ("databricks_workspace_file", Workspace),
    ("databricks_workspace_network_option", Account),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn levels() {
        assert_eq!(level("databricks_cluster_policy"), Some(Level::Workspace));
        assert_eq!(level("databricks_mws_workspaces"), Some(Level::Account));
        assert_eq!(level("databricks_group"), Some(Level::Dual));
        // Only inferred from the examples.
        assert_eq!(level("databricks_grants"), None);
        assert_eq!(level("aws_vpc"), None);
    }

    #[test]
    fn hosts() {
        let account = regex::Regex::new(ACCOUNT_HOST).unwrap();
        for host in [
            "https://accounts.cloud.databricks.com",
            "accounts.cloud.databricks.us/",
            "https://accounts-dod.cloud.databricks.mil",
        ] {
            assert!(account.is_match(host), "{host}");
        }
        for host in
            ["https://dbc-4e1a90c7-52fd.cloud.databricks.com", "https://accounts.example.com"]
        {
            assert!(!account.is_match(host), "{host}");
        }
    }

    #[test]
    fn clouds() {
        for (host, wanted) in [
            ("https://accounts.cloud.databricks.com/", Some(Cloud::Aws)),
            ("dbc-1a2b3c4d-5e6f.cloud.databricks.us", Some(Cloud::Aws)),
            ("https://1234567890123456.7.gcp.databricks.com:443/path", Some(Cloud::Other)),
            ("https://ADB-1.2.azuredatabricks.net", Some(Cloud::Other)),
            ("http://127.0.0.1:8080", None),
            ("https://cloud.databricks.com.example.net", None),
        ] {
            assert_eq!(cloud_of(host), wanted, "{host}");
        }
    }

    #[test]
    fn clientless() {
        assert!(is_clientless("databricks_aws_bucket_policy"));
        assert!(!is_clientless("databricks_mws_workspaces"));
    }

    #[test]
    fn sorted() {
        assert_sorted(LEVELS.iter().map(|(kind, _)| *kind));
        assert_sorted(CLIENTLESS_DATA_SOURCES);
        assert_sorted(ACCOUNT_DATA_SOURCES);
    }
}
