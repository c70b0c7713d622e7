//! Address ranges: which is everybody's, and which is certainly somebody's own.
//!
//! Source: the providers' documentation of each type (aws 5.100.0): the attributes that hold an
//! address or a range that AWS gave to the object.

use super::holds;

/// Types whose addresses, ranges and members are their own: a source of traffic taken from one of
/// them is never everybody. Managed and data sources, sorted.
static OWN: &[&str] = &[
    "aws_default_security_group",
    "aws_default_subnet",
    "aws_default_vpc",
    "aws_ec2_client_vpn_endpoint",
    "aws_eip",
    "aws_eips",
    "aws_instance",
    "aws_nat_gateway",
    "aws_network_interface",
    "aws_security_group",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_ipam_pool_cidr",
    "aws_vpc_ipam_pool_cidr_allocation",
    "aws_vpc_ipam_preview_next_cidr",
    "aws_vpc_ipv4_cidr_block_association",
    "aws_vpc_ipv6_cidr_block_association",
];

/// Whether a source of traffic taken from an instance of this type is its own.
pub fn is_own(kind: &str) -> bool {
    holds(OWN, kind)
}

/// Whether a CIDR range holds every address, in any spelling (`0.0.0.0/0`, `::/0`, `0::/0`).
pub fn is_everybody(range: &str) -> bool {
    range.trim().ends_with("/0")
}

/// Ranges that are not routed in the internet: private, shared by carriers, of a link or of the machine.
///
/// Source: IANA's special-purpose address registries, RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.
pub static NOT_PUBLIC: &[&str] = &[
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn ranges() {
        assert!(is_everybody("0.0.0.0/0") && is_everybody("0:0:0:0:0:0:0:0/0"));
        assert!(!is_everybody("10.0.0.0/8") && !is_everybody("203.0.113.7/30"));
        assert!(is_own("aws_vpc") && !is_own("terraform_data"));
        assert_sorted(OWN);
    }
}
