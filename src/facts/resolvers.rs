//! The DNS servers that AWS itself has in every VPC.
//!
//! Source: docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html, "Amazon DNS server";
//! docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html: traffic to and from it is not
//! filtered by security groups.

use super::holds;

/// What stands for it in `domain_name_servers`, beside an address of the VPC itself.
static AMAZON: &[&str] = &["169.254.169.253", "AmazonProvidedDNS", "fd00:ec2::253"];

/// Its place in a VPC: so many addresses above the base of the first range.
pub const OFFSET: u32 = 2;

/// Whether an entry of `domain_name_servers` is AWS's own in any VPC.
pub fn is_amazon(server: &str) -> bool {
    holds(AMAZON, server)
}

/// Types of records that say what somebody gets who asks for the address of a name, or who knows it.
///
/// Source: docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html.
pub const ANSWERING: [&str; 4] = ["A", "AAAA", "CNAME", "NS"];

#[cfg(test)]
mod tests {
    use super::super::tests::assert_sorted;
    use super::*;

    #[test]
    fn servers() {
        assert_sorted(AMAZON);
        assert!(is_amazon("AmazonProvidedDNS") && !is_amazon("10.0.0.2"));
    }
}
