//! What the account API of Databricks takes as a name or a tag, where the provider does not check it.

use std::ops::RangeInclusive;

/// What a name has to be like.
#[derive(Debug)]
pub struct Limit {
    /// The type of resource.
    pub kind: &'static str,
    /// The attribute that holds the name.
    pub attribute: &'static str,
    /// How many characters it has.
    pub length: RangeInclusive<usize>,
    /// It holds nothing but ASCII letters, digits, hyphens and underscores.
    pub is_plain: bool,
    /// The same as a message says it.
    pub rule: &'static str,
}

impl Limit {
    /// Whether the API takes it.
    pub fn accepts(&self, name: &str) -> bool {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
        self.length.contains(&name.chars().count())
            && (!self.is_plain || name.chars().all(is_plain))
    }
}

/// Sorted by type.
///
/// Source: docs/resources/mws_network_connectivity_config.md of
/// databricks/terraform-provider-databricks@684f442 (`^[0-9a-zA-Z-_]{3,30}$`); for endpoints the limits
/// that the provider checks for the names of networks and private access settings.
pub static LIMITS: &[Limit] = &[
    Limit {
        kind: "databricks_mws_network_connectivity_config",
        attribute: "name",
        length: 3..=30,
        is_plain: true,
        rule: "3 to 30 letters, digits, hyphens and underscores",
    },
    Limit {
        kind: "databricks_mws_vpc_endpoint",
        attribute: "vpc_endpoint_name",
        length: 4..=256,
        is_plain: false,
        rule: "4 to 256 characters",
    },
];

/// Characters in the key of a custom tag of a workspace.
///
/// Source: `CustomTags` of `CreateWorkspaceRequest` in databricks/databricks-sdk-go,
/// service/provisioning.
pub static TAG_KEY: RangeInclusive<usize> = 1..=127;

/// The most characters in the value of a custom tag. Source: as [`TAG_KEY`].
pub const TAG_VALUE: usize = 255;

/// Characters of a policy's id.
///
/// Source: aws/tf/modules of databricks/terraform-databricks-sra@72a96ea, `network_policy_id`: "must not
/// be more than 32 characters".
pub const NETWORK_POLICY_ID: usize = 32;

/// The name of a deployment that stands for the account's prefix alone, whatever its case.
///
/// Source: `deployment_name` of `CreateWorkspaceRequest` in databricks/databricks-sdk-go.
pub const NO_DEPLOYMENT_NAME: &str = "EMPTY";

/// The most characters of a label in the DNS, of which a deployment's name is part of one.
///
/// Source: RFC 1035, 2.3.4.
pub const DNS_LABEL: usize = 63;

/// Whether the API takes the name of a deployment: what a subdomain may be called, or the word for none.
///
/// Source: as [`NO_DEPLOYMENT_NAME`].
pub fn is_deployment(name: &str) -> bool {
    let is_in = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    (1..=DNS_LABEL).contains(&name.len())
        && name.bytes().all(is_in)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn names() {
        assert_sorted(LIMITS.iter().map(|limit| limit.kind));
        assert!(LIMITS[0].accepts("Serverless_EU-1") && !LIMITS[0].accepts("serverless eu"));
        assert!(LIMITS[1].accepts("rest") && !LIMITS[1].accepts("fe"));
    }

    #[test]
    fn deployments() {
        for name in ["EMPTY", "Acme-Landing", "x", &"a".repeat(63)] {
            assert!(is_deployment(name), "{name}");
        }
        for name in ["acme_landing", "acme.landing", "acme-", "-acme", "", &"a".repeat(64)] {
            assert!(!is_deployment(name), "{name}");
        }
    }
}
