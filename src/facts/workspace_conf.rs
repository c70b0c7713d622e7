//! Keys of `databricks_workspace_conf`, and what happens when one is taken away.

use super::look_up;

/// The key that puts IP access lists into force.
///
/// Source: the provider's page of `databricks_ip_access_list`, which enables it first.
pub const IP_ACCESS_LISTS: &str = "enableIpAccessLists";

/// Whether IP access lists can hold addresses of IPv6, or of IPv4: they "support only Internet Protocol
/// version 4 (IPv4) addresses".
///
/// Source: <https://docs.databricks.com/aws/en/security/network/front-end/ip-access-list-workspace>.
pub fn ip_access_lists_hold(is_v6: bool) -> bool {
    !is_v6
}

/// How many addresses and ranges the IP access lists of a workspace may have, all together.
///
/// Source: the same page, "The total number of all IP addresses and CIDRs in all lists is up to 1000".
pub const IP_ACCESS_ENTRIES: usize = 1_000;

/// Switches that protect the workspace, and whether they do while they are on.
///
/// Source: the keys of `exporter/context.go` of databricks/terraform-provider-databricks@684f442; the values
/// that databricks/terraform-databricks-sra@72a96ea sets (customizations/workspace/admin_configuration), and
/// the checks of databricks-industry-solutions/security-analysis-tool@d4355dc
/// (`configs/security_best_practices.csv`).
static PROTECTING: &[(&str, bool)] = &[
    ("enable-X-Content-Type-Options", true),
    ("enable-X-Frame-Options", true),
    ("enable-X-XSS-Protection", true),
    ("enableDbfsFileBrowser", false),
    ("enableDeprecatedClusterNamedInitScripts", false),
    ("enableDeprecatedGlobalInitScripts", false),
    ("enableEnforceImdsV2", true),
    ("enableExportNotebook", false),
    ("enableFileStoreEndpoint", false),
    ("enableIpAccessLists", true),
    ("enableJobViewAcls", true),
    ("enableNotebookTableClipboard", false),
    ("enableProjectsAllowList", true),
    ("enableResultsDownloading", false),
    ("enableUploadDataUis", false),
    ("enableVerboseAuditLogs", true),
    ("enableWebTerminal", false),
    ("enforceClusterViewAcls", true),
    ("enforceUserIsolation", true),
    ("enforceWorkspaceViewAcls", true),
    ("storeInteractiveNotebookResultsInCustomerAccount", true),
];

/// A limit, which an empty text lifts if the API takes it.
pub const TOKEN_LIFETIME: &str = "maxTokenLifetimeDays";

/// Whether a switch protects the workspace while it is on.
pub fn is_protecting(key: &str) -> bool {
    protects_when(key) == Some(true)
}

/// Whether a switch protects the workspace while it is on, or while it is off; none where it does neither.
pub fn protects_when(key: &str) -> Option<bool> {
    look_up(PROTECTING, key)
}

/// Whether a value is one of those that the provider takes for "on": a key with such a value is set to
/// `false` when it is taken away, and every other one to an empty text.
///
/// Source: `workspace/resource_workspace_conf.go` of databricks/terraform-provider-databricks, and Go's
/// `strconv.ParseBool`.
pub fn is_on(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn keys() {
        assert_sorted(PROTECTING.iter().map(|(key, _)| key));
        assert_eq!(protects_when("enableExportNotebook"), Some(false));
        assert_eq!(protects_when(TOKEN_LIFETIME), None);
        assert!(is_protecting(IP_ACCESS_LISTS) && !is_protecting("enableExportNotebook"));
        assert!(is_on("true") && is_on("1") && !is_on("false") && !is_on("yes"));
    }
}
