//! What is lost when a resource is destroyed.
//!
//! Source: none published; these tiers are this project's proposal, made from what the Databricks
//! and AWS documentation say about deleting each object.

use super::look_up;

/// How bad it is that a resource goes away, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Tier 1: data is lost and does not come back.
    DataLoss,
    /// Tier 2: something stops working until it is made again.
    Outage,
    /// Tier 3: somebody's access changes.
    Access,
}

impl Tier {
    /// Its number, 1 to 3.
    pub fn number(self) -> u8 {
        match self {
            Tier::DataLoss => 1,
            Tier::Outage => 2,
            Tier::Access => 3,
        }
    }
}

/// The tier of a resource type; `None` for a type whose destruction needs no word.
pub fn tier(kind: &str) -> Option<Tier> {
    look_up(TIERS, kind)
}

/// What a destroyed resource takes with it, as the end of a sentence.
pub fn loss(kind: &str, tier: Tier) -> &'static str {
    look_up(LOSSES, kind).unwrap_or(match tier {
        Tier::DataLoss => "what it holds is lost",
        Tier::Outage => "what uses it stops working",
        Tier::Access => "somebody's access changes",
    })
}

/// Where the tier's own words would be wrong or too little. Catalogs and schemas pass on nothing
/// in a plan: what refers to them by name is planned as unchanged and lost all the same.
static LOSSES: &[(&str, &str)] = &[
    ("aws_kms_key", "after its waiting period, what it encrypts can never be read again"),
    ("aws_kms_replica_key", "what it encrypts cannot be read in its region any more"),
    (
        "databricks_catalog",
        "its schemas, tables and volumes are lost with it, whether the plan lists them or not",
    ),
    ("databricks_metastore", "every catalog in it is lost"),
    ("databricks_mws_workspaces", "its notebooks, jobs and secrets are lost"),
    (
        "databricks_schema",
        "its tables and volumes are lost with it, whether the plan lists them or not",
    ),
    ("databricks_share", "its recipients lose the data"),
];

/// The value of an attribute that says that an object's data lives elsewhere and stays: the
/// object's destruction is an outage then. An empty list stands for any value.
///
/// Source: docs.databricks.com, "managed versus external" for tables and volumes, "DROP CATALOG"
/// for foreign catalogs and catalogs of a share.
pub fn kept_elsewhere(
    kind: &str,
) -> &'static [(&'static str, &'static [&'static str], &'static str)] {
    look_up(KEPT, kind).unwrap_or_default()
}

type Kept = &'static [(&'static str, &'static [&'static str], &'static str)];

static KEPT: &[(&str, Kept)] = &[
    (
        "databricks_catalog",
        &[
            ("connection_name", &[], "the data stays in the foreign database"),
            ("share_name", &[], "the data stays with the provider of the share"),
        ],
    ),
    (
        "databricks_sql_table",
        &[
            ("table_type", &["EXTERNAL"], "its files stay"),
            ("table_type", &["METRIC_VIEW", "VIEW"], "the tables that it reads stay"),
        ],
    ),
    ("databricks_volume", &[("volume_type", &["EXTERNAL"], "its files stay")]),
];

use Tier::{Access, DataLoss, Outage};

static TIERS: &[(&str, Tier)] = &[
    ("aws_iam_instance_profile", Outage),
    ("aws_iam_policy", Access),
    ("aws_iam_role", Outage),
    ("aws_iam_role_policy", Access),
    ("aws_iam_role_policy_attachment", Access),
    ("aws_internet_gateway", Outage),
    ("aws_kms_key", DataLoss),
    ("aws_kms_replica_key", DataLoss),
    ("aws_nat_gateway", Outage),
    ("aws_route53_zone", Outage),
    ("aws_route_table", Outage),
    ("aws_s3_bucket", DataLoss),
    ("aws_s3_bucket_policy", Outage),
    ("aws_s3_bucket_replication_configuration", Outage),
    ("aws_s3_bucket_versioning", Outage),
    ("aws_security_group", Outage),
    ("aws_security_group_rule", Access),
    ("aws_subnet", Outage),
    ("aws_vpc", Outage),
    ("aws_vpc_endpoint", Outage),
    ("aws_vpc_security_group_egress_rule", Access),
    ("aws_vpc_security_group_ingress_rule", Access),
    ("databricks_account_network_policy", Outage),
    ("databricks_ai_search_index", DataLoss),
    ("databricks_catalog", DataLoss),
    ("databricks_cluster_policy", Access),
    ("databricks_connection", Outage),
    ("databricks_database_instance", DataLoss),
    ("databricks_external_location", Outage),
    ("databricks_grant", Access),
    ("databricks_grants", Access),
    ("databricks_group", Outage),
    ("databricks_group_member", Access),
    ("databricks_ip_access_list", Access),
    ("databricks_job", Outage),
    ("databricks_metastore", DataLoss),
    ("databricks_metastore_assignment", Outage),
    ("databricks_model_serving", Outage),
    ("databricks_mws_credentials", Outage),
    ("databricks_mws_customer_managed_keys", Outage),
    ("databricks_mws_ncc_private_endpoint_rule", Outage),
    ("databricks_mws_network_connectivity_config", Outage),
    ("databricks_mws_networks", Outage),
    ("databricks_mws_permission_assignment", Access),
    ("databricks_mws_private_access_settings", Outage),
    ("databricks_mws_storage_configurations", Outage),
    ("databricks_mws_vpc_endpoint", Outage),
    ("databricks_mws_workspaces", DataLoss),
    ("databricks_online_store", DataLoss),
    ("databricks_permissions", Access),
    ("databricks_pipeline", Outage),
    ("databricks_postgres_branch", DataLoss),
    ("databricks_postgres_project", DataLoss),
    ("databricks_registered_model", DataLoss),
    ("databricks_schema", DataLoss),
    ("databricks_secret_scope", Outage),
    ("databricks_service_principal", Outage),
    ("databricks_share", DataLoss),
    ("databricks_sql_endpoint", Outage),
    ("databricks_sql_table", DataLoss),
    ("databricks_storage_credential", Outage),
    ("databricks_vector_search_index", DataLoss),
    ("databricks_volume", DataLoss),
    ("databricks_workspace_network_option", Outage),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn tiers() {
        assert_eq!(tier("databricks_catalog").map(Tier::number), Some(1));
        assert_eq!(tier("databricks_sql_endpoint"), Some(Tier::Outage));
        assert_eq!(tier("databricks_cluster_policy"), Some(Tier::Access));
        assert_eq!(tier("databricks_cluster"), None);
        assert!(Tier::DataLoss < Tier::Access);
    }

    #[test]
    fn losses() {
        assert_eq!(loss("aws_s3_bucket", DataLoss), "what it holds is lost");
        assert_eq!(kept_elsewhere("databricks_volume").len(), 1);
        assert!(kept_elsewhere("databricks_schema").is_empty());
    }

    #[test]
    fn sorted() {
        assert_sorted(TIERS.iter().map(|(kind, _)| *kind));
        assert_sorted(LOSSES.iter().map(|(kind, _)| *kind));
        assert_sorted(KEPT.iter().map(|(kind, _)| *kind));
    }
}
