//! AWS regions, and those in which Databricks runs.

use super::holds;

/// Regions with a Databricks control plane, sorted. The list can age: a region that it does not
/// hold is worth a question, not a refusal.
///
/// Source: databricks/terraform-databricks-sra@72a96ea, aws/tf/variables.tf.
pub static DATABRICKS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// Arguments that hold the region of an object of Databricks, by type, sorted.
///
/// Source: the page of each type, databricks/terraform-provider-databricks@684f442.
pub static ARGUMENTS: &[(&str, &str)] = &[
    ("databricks_metastore", "region"),
    ("databricks_mws_network_connectivity_config", "region"),
    ("databricks_mws_private_access_settings", "region"),
    ("databricks_mws_vpc_endpoint", "region"),
    ("databricks_mws_workspaces", "aws_region"),
];

/// The region in the global id of a metastore, `CLOUD:REGION:ID`; none where a text is no such id.
///
/// Source: <https://docs.databricks.com/aws/en/delta-sharing/create-recipient>, "sharing identifier", which is that id.
pub fn of_global_id(id: &str) -> Option<&str> {
    let mut parts = id.split(':');
    let (_, region, _) = (parts.next()?, parts.next()?, parts.next()?);
    (!region.is_empty()).then_some(region)
}

/// Whether Databricks is known to run in a region.
pub fn has_databricks(region: &str) -> bool {
    holds(DATABRICKS, region)
}

/// Whether a text has the form of an AWS region's name, such as `eu-west-1`. AWS opens regions often, so a
/// name of this form is never wrong in itself.
///
/// Source: none published; the form that the names of all partitions have, the European Sovereign
/// Cloud's (`eusc-de-east-1`) among them: partitions.json of aws/aws-sdk-go-v2.
pub fn is_region(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase());
    let is_land = |part: &str| part.len() == 2 && is_word(part);
    let is_partition = |part: &str| match part.strip_prefix("iso") {
        Some(which) => which.is_empty() || which.len() == 1 && is_word(which),
        None => part == "gov",
    };
    let is_place = |area: &str, number: &str| {
        is_word(area) && number.len() == 1 && number.bytes().all(|it| it.is_ascii_digit())
    };
    match text.split('-').collect::<Vec<_>>().as_slice() {
        ["eusc", land, area, number] => is_land(land) && is_place(area, number),
        [land, part, area, number] => is_land(land) && is_partition(part) && is_place(area, number),
        [land, area, number] => is_land(land) && is_place(area, number),
        _ => false,
    }
}

/// Whether a region is one of GovCloud.
pub fn is_gov(region: &str) -> bool {
    partition(region) == "aws-us-gov"
}

/// The AWS partition of a region.
///
/// Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html, "partition".
pub fn partition(region: &str) -> &'static str {
    if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("eusc-") {
        "aws-eusc"
    } else {
        "aws"
    }
}

/// The region of an availability zone, `eu-west-1a`. None for a local zone, `us-west-2-lax-1a`, whose region
/// does not follow from a letter, and for what is no name of a zone.
///
/// Source: docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html, "a Region
/// code followed by a letter".
pub fn of_zone(zone: &str) -> Option<&str> {
    let region = zone.strip_suffix(|letter: char| letter.is_ascii_lowercase())?;
    is_region(region).then_some(region)
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn names() {
        let others = ["us-iso-east-1", "mx-central-1", "us-gov-east-1", "eusc-de-east-1"];
        for region in DATABRICKS.iter().chain(&others) {
            assert!(is_region(region), "{region}");
        }
        for other in ["eastus", "eu-west-1a", "s3-global", "EU-WEST-1", ""] {
            assert!(!is_region(other), "{other}");
        }
    }

    #[test]
    fn global_ids() {
        assert_eq!(of_global_id("aws:eu-west-1:0a1b"), Some("eu-west-1"));
        for other in ["", "0a1b", "aws:eu-west-1", "aws::0a1b"] {
            assert_eq!(of_global_id(other), None, "{other}");
        }
    }

    #[test]
    fn zones() {
        assert_eq!(of_zone("eu-west-1a"), Some("eu-west-1"));
        assert_eq!(of_zone("us-gov-west-1b"), Some("us-gov-west-1"));
        for other in ["eu-west-1", "us-west-2-lax-1a", "auto", "", "use1-az1"] {
            assert_eq!(of_zone(other), None, "{other}");
        }
    }

    #[test]
    fn partitions() {
        for (region, wanted) in [
            ("eu-central-1", "aws"),
            ("us-gov-west-1", "aws-us-gov"),
            ("cn-north-1", "aws-cn"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), wanted, "{region}");
        }
    }

    #[test]
    fn databricks() {
        assert!(has_databricks("eu-central-1") && !has_databricks("eu-south-1"));
        assert_sorted(DATABRICKS);
        assert_sorted(ARGUMENTS);
    }
}
