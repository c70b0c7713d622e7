//! Settings that there is only one of.
//!
//! Source: `settings/generic_setting.go` of databricks/terraform-provider-databricks (one object with an
//! etag, its id is constant), and the pages of `databricks_artifact_allowlist` ("it is required to define
//! all artifact matchers in a single resource") and `databricks_system_schema`.

/// Of what there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Each workspace.
    Workspace,
    /// The account.
    Account,
    /// Each metastore, for each value of this attribute.
    Metastore(&'static str),
}

/// Types, and of what there is one; sorted. `databricks_workspace_conf` is not here: several are allowed
/// as long as they have no key in common.
pub static SINGLETONS: &[(&str, Of)] = &[
    ("databricks_aibi_dashboard_embedding_access_policy_setting", Of::Workspace),
    ("databricks_aibi_dashboard_embedding_approved_domains_setting", Of::Workspace),
    ("databricks_artifact_allowlist", Of::Metastore("artifact_type")),
    ("databricks_automatic_cluster_update_workspace_setting", Of::Workspace),
    ("databricks_compliance_security_profile_workspace_setting", Of::Workspace),
    ("databricks_default_namespace_setting", Of::Workspace),
    ("databricks_disable_legacy_access_setting", Of::Workspace),
    ("databricks_disable_legacy_dbfs_setting", Of::Workspace),
    ("databricks_disable_legacy_features_setting", Of::Account),
    ("databricks_enhanced_security_monitoring_workspace_setting", Of::Workspace),
    ("databricks_restrict_workspace_admins_setting", Of::Workspace),
    ("databricks_sql_global_config", Of::Workspace),
    ("databricks_system_schema", Of::Metastore("schema")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn is_sorted() {
        super::super::tests::assert_sorted(super::SINGLETONS.iter().map(|(kind, _)| kind));
    }
}
