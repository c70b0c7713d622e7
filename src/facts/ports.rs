//! What the security groups of a workspace must let through.
//!
//! Source: the customer-managed VPC guide of Databricks; aws/tf/network.tf and privatelink.tf of
//! databricks/terraform-databricks-sra@72a96ea; docs/guides/aws-private-link-workspace.md of
//! databricks/terraform-provider-databricks@684f442.

use super::privatelink::Service;

/// When a port is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// Always.
    Always,
    /// Asked for by the guide; nothing is known to fail today without it.
    Recommended,
    /// Kept open for what comes later.
    Later,
    /// With a relay endpoint in the network, but not in GovCloud, which uses 2443.
    PrivateLink,
    /// In GovCloud, and with the compliance security profile.
    Compliance,
    /// Only with DNS servers of one's own.
    CustomDns,
    /// Only with the legacy Hive metastore.
    LegacyMetastore,
    /// Only with Lakebase.
    Lakebase,
}

/// Ports that a cluster calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Egress {
    /// The first port.
    pub from: u16,
    /// The last port.
    pub to: u16,
    /// UDP as well as TCP.
    pub udp: bool,
    /// When it is needed.
    pub needed: Needed,
    /// What for.
    pub purpose: &'static str,
}

/// Egress of the group of a workspace's clusters, sorted by port. Besides, all TCP and UDP ports
/// between members of the group, in both directions.
#[rustfmt::skip]
pub static WORKSPACE_EGRESS: &[Egress] = &[
    egress(53, 53, true, Needed::CustomDns, "DNS servers other than AmazonProvidedDNS"),
    egress(443, 443, false, Needed::Always, "the control plane, data sources and libraries"),
    egress(2443, 2443, false, Needed::Compliance, "the relay, with FIPS encryption"),
    egress(3306, 3306, false, Needed::LegacyMetastore, "the legacy Hive metastore"),
    egress(5432, 5432, false, Needed::Lakebase, "Lakebase"),
    egress(6666, 6666, false, Needed::PrivateLink, "the relay, over PrivateLink"),
    egress(8443, 8443, false, Needed::Recommended, "calls from the compute plane to the control plane"),
    egress(8444, 8444, false, Needed::Recommended, "logging and lineage of Unity Catalog"),
    egress(8445, 8451, false, Needed::Later, "what comes later"),
];

/// The entry that covers a port.
pub fn egress_of(port: u16) -> Option<&'static Egress> {
    WORKSPACE_EGRESS.iter().find(|entry| (entry.from..=entry.to).contains(&port))
}

const fn egress(from: u16, to: u16, udp: bool, needed: Needed, purpose: &'static str) -> Egress {
    Egress { from, to, udp, needed, purpose }
}

/// The port that an endpoint of Databricks has to admit from clusters, which call the relay with FIPS
/// encryption (`has_fips`) in GovCloud and with the compliance security profile.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/privatelink, "security group"; GovCloud
/// as aws/tf/privatelink.tf of databricks/terraform-databricks-sra@72a96ea.
pub fn of_endpoint(service: Service, has_fips: bool) -> Option<u16> {
    match service {
        Service::Workspace => Some(443),
        Service::Relay if has_fips => Some(2443),
        Service::Relay => Some(6666),
        Service::ServiceDirect => None,
    }
}

/// The first and the last port that the workspace service's endpoint should admit besides: calls to the
/// control plane, logging and lineage, and what comes later.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/privatelink, "security group".
pub const BESIDES: (u16, u16) = (8443, 8451);

/// The port of DNS servers, over TCP and UDP.
///
/// Source: docs.databricks.com, aws/en/security/network/classic/customer-managed-vpc, "Security groups".
pub const DNS: u16 = 53;

/// The port of every endpoint of AWS itself.
///
/// Source: docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html.
pub const OF_AWS: u16 = 443;

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn ports() {
        assert_eq!(egress_of(8447).map(|entry| entry.needed), Some(Needed::Later));
        assert_eq!(egress_of(443).map(|entry| entry.needed), Some(Needed::Always));
        assert!(egress_of(22).is_none());
        assert_sorted(WORKSPACE_EGRESS.iter().map(|entry| (entry.from, entry.to)));
    }
}
