//! The buckets of Databricks that clusters read and write, by region.
//!
//! Source: aws/tf/variables.tf of databricks/terraform-databricks-sra@72a96ea. The table can age: a
//! bucket or region that it does not hold is unknown.

/// What a bucket of Databricks holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// The runtime, libraries and images.
    Artifacts,
    /// Sample data.
    Datasets,
    /// What clusters report.
    Logs,
    /// The tables of `system`.
    SystemTables,
}

/// The buckets of a region, with what they hold.
pub fn of_region(region: &str) -> impl Iterator<Item = (Holds, &'static str)> {
    BUCKETS
        .iter()
        .filter(move |(name, ..)| *name == region)
        .map(|(_, holds, bucket)| (*holds, *bucket))
}

use Holds::{Artifacts, Datasets, Logs, SystemTables};

/// Sorted.
#[rustfmt::skip]
static BUCKETS: &[(&str, Holds, &str)] = &[
    ("ap-northeast-1", Artifacts, "databricks-prod-artifacts-ap-northeast-1"),
    ("ap-northeast-1", Datasets, "databricks-datasets-tokyo"),
    ("ap-northeast-1", Logs, "databricks-prod-storage-tokyo"),
    ("ap-northeast-1", SystemTables, "system-tables-prod-ap-northeast-1-uc-metastore-bucket"),
    ("ap-northeast-2", Artifacts, "databricks-prod-artifacts-ap-northeast-2"),
    ("ap-northeast-2", Datasets, "databricks-datasets-seoul"),
    ("ap-northeast-2", Logs, "databricks-prod-storage-seoul"),
    ("ap-northeast-2", SystemTables, "system-tables-prod-ap-northeast-2-uc-metastore-bucket"),
    ("ap-south-1", Artifacts, "databricks-prod-artifacts-ap-south-1"),
    ("ap-south-1", Datasets, "databricks-datasets-mumbai"),
    ("ap-south-1", Logs, "databricks-prod-storage-mumbai"),
    ("ap-south-1", SystemTables, "system-tables-prod-ap-south-1-uc-metastore-bucket"),
    ("ap-southeast-1", Artifacts, "databricks-prod-artifacts-ap-southeast-1"),
    ("ap-southeast-1", Datasets, "databricks-datasets-singapore"),
    ("ap-southeast-1", Logs, "databricks-prod-storage-singapore"),
    ("ap-southeast-1", SystemTables, "system-tables-prod-ap-southeast-1-uc-metastore-bucket"),
    ("ap-southeast-2", Artifacts, "databricks-prod-artifacts-ap-southeast-2"),
    ("ap-southeast-2", Datasets, "databricks-datasets-sydney"),
    ("ap-southeast-2", Logs, "databricks-prod-storage-sydney"),
    ("ap-southeast-2", SystemTables, "system-tables-prod-ap-southeast-2-uc-metastore-bucket"),
    ("ap-southeast-3", Artifacts, "databricks-prod-artifacts-ap-southeast-3"),
    ("ap-southeast-3", Datasets, "databricks-datasets-oregon"),
    ("ap-southeast-3", Logs, "databricks-prod-storage-jakarta"),
    ("ap-southeast-3", SystemTables, "system-tables-prod-ap-southeast-3-uc-metastore-bucket"),
    ("ca-central-1", Artifacts, "databricks-prod-artifacts-ca-central-1"),
    ("ca-central-1", Datasets, "databricks-datasets-montreal"),
    ("ca-central-1", Logs, "databricks-prod-storage-montreal"),
    ("ca-central-1", SystemTables, "system-tables-prod-ca-central-1-uc-metastore-bucket"),
    ("eu-central-1", Artifacts, "databricks-prod-artifacts-eu-central-1"),
    ("eu-central-1", Datasets, "databricks-datasets-frankfurt"),
    ("eu-central-1", Logs, "databricks-prod-storage-frankfurt"),
    ("eu-central-1", SystemTables, "system-tables-prod-eu-central-1-uc-metastore-bucket"),
    ("eu-west-1", Artifacts, "databricks-prod-artifacts-eu-west-1"),
    ("eu-west-1", Datasets, "databricks-datasets-ireland"),
    ("eu-west-1", Logs, "databricks-prod-storage-ireland"),
    ("eu-west-1", SystemTables, "system-tables-prod-eu-west-1-uc-metastore-bucket"),
    ("eu-west-2", Artifacts, "databricks-prod-artifacts-eu-west-2"),
    ("eu-west-2", Datasets, "databricks-datasets-london"),
    ("eu-west-2", Logs, "databricks-prod-storage-london"),
    ("eu-west-2", SystemTables, "system-tables-prod-eu-west-2-uc-metastore-bucket"),
    ("eu-west-3", Artifacts, "databricks-prod-artifacts-eu-west-3"),
    ("eu-west-3", Datasets, "databricks-datasets-paris"),
    ("eu-west-3", Logs, "databricks-prod-storage-paris"),
    ("eu-west-3", SystemTables, "system-tables-prod-eu-west-3-uc-metastore-bucket"),
    ("sa-east-1", Artifacts, "databricks-prod-artifacts-sa-east-1"),
    ("sa-east-1", Datasets, "databricks-datasets-saopaulo"),
    ("sa-east-1", Logs, "databricks-prod-storage-saopaulo"),
    ("sa-east-1", SystemTables, "system-tables-prod-sa-east-1-uc-metastore-bucket"),
    ("us-east-1", Artifacts, "databricks-prod-artifacts-us-east-1"),
    ("us-east-1", Datasets, "databricks-datasets-virginia"),
    ("us-east-1", Logs, "databricks-prod-storage-virginia"),
    ("us-east-1", SystemTables, "system-tables-prod-us-east-1-uc-metastore-bucket"),
    ("us-east-2", Artifacts, "databricks-prod-artifacts-us-east-2"),
    ("us-east-2", Datasets, "databricks-datasets-ohio"),
    ("us-east-2", Logs, "databricks-prod-storage-ohio"),
    ("us-east-2", SystemTables, "system-tables-prod-us-east-2-uc-metastore-bucket"),
    ("us-gov-west-1", Artifacts, "databricks-prod-artifacts-us-gov-west-1"),
    ("us-gov-west-1", Datasets, "databricks-datasets-pendleton"),
    ("us-gov-west-1", Logs, "databricks-prod-storage-pendleton"),
    ("us-gov-west-1", Logs, "databricks-prod-storage-pendleton-dod"),
    ("us-gov-west-1", SystemTables, "system-tables-prod-us-gov-west-1-dod-uc-metastore-bucket"),
    ("us-gov-west-1", SystemTables, "system-tables-prod-us-gov-west-1-gov-uc-metastore-bucket"),
    ("us-west-1", Artifacts, "databricks-prod-artifacts-us-west-2"),
    ("us-west-1", Datasets, "databricks-datasets-oregon"),
    ("us-west-1", Logs, "databricks-prod-storage-oregon"),
    ("us-west-1", SystemTables, "system-tables-prod-us-west-1-uc-metastore-bucket"),
    ("us-west-2", Artifacts, "databricks-prod-artifacts-us-west-2"),
    ("us-west-2", Artifacts, "databricks-update-oregon"),
    ("us-west-2", Datasets, "databricks-datasets-oregon"),
    ("us-west-2", Logs, "databricks-prod-storage-oregon"),
    ("us-west-2", SystemTables, "system-tables-prod-us-west-2-uc-metastore-bucket"),
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn buckets() {
        assert_sorted(BUCKETS);
        let frankfurt: Vec<_> = of_region("eu-central-1").map(|(_, bucket)| bucket).collect();
        assert!(frankfurt.contains(&"databricks-prod-artifacts-eu-central-1"));
        assert_eq!(of_region("nowhere").count(), 0);
    }
}
