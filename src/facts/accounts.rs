//! The AWS accounts and roles of Databricks.
//!
//! Source: aws/constants.go of databricks/terraform-provider-databricks@684f442 for accounts and
//! roles; aws/tf/variables.tf of databricks/terraform-databricks-sra@72a96ea for owners of images and
//! buckets.

/// Which Databricks an AWS account belongs to, by the provider's word for its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The value of `aws_partition` in the provider's policy data sources.
    pub name: &'static str,
    /// The AWS partition in its ARNs.
    pub partition: &'static str,
    /// The account of the control plane, which assumes the cross-account role and reads root buckets.
    pub control_plane: &'static str,
    /// The role that delivers logs.
    pub log_delivery_role: &'static str,
    /// The account whose role reaches endpoint services of one's own from serverless compute.
    pub private_connectivity: &'static str,
    /// The role that assumes those of Unity Catalog's storage credentials.
    pub unity_catalog_role: &'static str,
}

/// Commercial AWS, GovCloud, and the Department of Defense's part of it, sorted by name.
pub static DEPLOYMENTS: &[Deployment] = &[
    Deployment {
        name: "aws",
        partition: "aws",
        control_plane: "414351767826",
        log_delivery_role: "arn:aws:iam::414351767826:role/SaasUsageDeliveryRole-prod-IAMRole-3PLHICCRR1TK",
        private_connectivity: "565502421330",
        unity_catalog_role: "arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL",
    },
    Deployment {
        name: "aws-us-gov",
        partition: "aws-us-gov",
        control_plane: "044793339203",
        log_delivery_role: "arn:aws-us-gov:iam::044793339203:role/SaasUsageDeliveryRole-prod-aws-gov-IAMRole-L4QM0RCHYQ1G",
        private_connectivity: "347038500609",
        unity_catalog_role: "arn:aws-us-gov:iam::044793339203:role/unity-catalog-prod-UCMasterRole-1QRFA8SGY15OJ",
    },
    Deployment {
        name: "aws-us-gov-dod",
        partition: "aws-us-gov",
        control_plane: "170661010020",
        log_delivery_role: "arn:aws-us-gov:iam::170661010020:role/SaasUsageDeliveryRole-prod-aws-gov-dod-IAMRole-1DMEHBYR8VC5P",
        private_connectivity: "347034940029",
        unity_catalog_role: "arn:aws-us-gov:iam::170661010020:role/unity-catalog-prod-UCMasterRole-1DI6DL6ZP26AS",
    },
];

/// Accounts that own the machine images of clusters, sorted.
pub static IMAGE_OWNERS: &[&str] = &["044732911619", "601306020600"];

/// Accounts that own the buckets of artifacts and sample data, sorted.
pub static BUCKET_OWNERS: &[&str] = &["282567162347", "414351767826"];

impl Deployment {
    /// The role that reaches endpoint services of a region from serverless compute.
    ///
    /// Source: aws/customizations/serverless_privatelink of databricks/terraform-databricks-sra@72a96ea.
    pub fn private_connectivity_role(&self, region: &str) -> String {
        let Deployment { partition, private_connectivity, .. } = self;
        format!(
            "arn:{partition}:iam::{private_connectivity}:role/private-connectivity-role-{region}"
        )
    }
}

/// The role that assumes those of instance profiles for serverless SQL warehouses.
///
/// Source: docs/resources/instance_profile.md of databricks/terraform-provider-databricks@684f442.
pub const SERVERLESS_SQL_ROLE: &str =
    "arn:aws:iam::790110701330:role/serverless-customer-resource-role";

/// The domains of Databricks' hosts on AWS, accounts and workspaces alike, with the AWS partition that
/// each runs in.
///
/// Source: aws/tf/variables.tf of databricks/terraform-databricks-sra@72a96ea, `databricks_gov_shard`
/// and the hosts chosen by it; databricks/databricks-sdk-go#998 for `.mil`.
static DOMAINS: &[(&str, &str)] = &[
    (".cloud.databricks.com", "aws"),
    (".cloud.databricks.mil", "aws-us-gov"),
    (".cloud.databricks.us", "aws-us-gov"),
];

/// The AWS partition in which a host of Databricks runs, by its bare name; none for other hosts.
pub fn partition_of_host(host: &str) -> Option<&'static str> {
    let of =
        |(domain, partition): &(&str, &'static str)| host.ends_with(domain).then_some(*partition);
    DOMAINS.iter().find_map(of)
}

/// Whether Databricks runs in an AWS partition of this name.
pub fn is_partition(name: &str) -> bool {
    DEPLOYMENTS.iter().any(|deployment| deployment.partition == name)
}

/// Whether a bare host is one that Databricks gives to a workspace, and so of no other: `dbc-a1b2345c-d6e7`.
///
/// Source: docs.databricks.com, aws/en/workspace/workspace-details, "Workspace instance names, URLs, and IDs".
pub fn is_of_one_workspace(host: &str) -> bool {
    host.starts_with("dbc-") && partition_of_host(host).is_some()
}

/// The deployment whose control plane an AWS account is.
pub fn deployment_of(account: &str) -> Option<&'static Deployment> {
    DEPLOYMENTS.iter().find(|deployment| deployment.control_plane == account)
}

/// The deployment that the provider calls by a name.
pub fn deployment_named(name: &str) -> Option<&'static Deployment> {
    DEPLOYMENTS.get(DEPLOYMENTS.binary_search_by(|deployment| deployment.name.cmp(name)).ok()?)
}

/// Whether a text is a UUID, as ids of accounts, metastores, networks and keys are.
pub fn is_uuid(text: &str) -> bool {
    let parts = text
        .split('-')
        .map(|part| part.bytes().all(|it| it.is_ascii_hexdigit()).then_some(part.len()));
    parts.eq([8, 4, 4, 4, 12].map(Some))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn deployments() {
        assert_eq!(deployment_of("414351767826").map(|found| found.name), Some("aws"));
        assert_eq!(
            deployment_named("aws-us-gov-dod").map(|found| found.partition),
            Some("aws-us-gov")
        );
        assert!(deployment_of("111122223333").is_none() && deployment_named("aws-cn").is_none());
        for it in DEPLOYMENTS {
            let account = format!("arn:{}:iam::{}:role/", it.partition, it.control_plane);
            assert!(it.log_delivery_role.starts_with(&account));
            assert!(it.unity_catalog_role.starts_with(&account));
        }
        assert_sorted(DEPLOYMENTS.iter().map(|deployment| deployment.name));
        assert_sorted(DOMAINS.iter().map(|(domain, _)| domain));
        assert_eq!(partition_of_host("accounts.cloud.databricks.com"), Some("aws"));
        assert_eq!(partition_of_host("dbc-1.cloud.databricks.us"), Some("aws-us-gov"));
        assert_eq!(partition_of_host("adb-1.azuredatabricks.net"), None);
        assert_sorted(IMAGE_OWNERS);
        assert_sorted(BUCKET_OWNERS);
    }
}
