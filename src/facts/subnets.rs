//! What Databricks asks of the subnets of a workspace.
//!
//! Source: docs.databricks.com, aws/en/security/network/classic/customer-managed-vpc, "Subnets"; the
//! provider's page of `databricks_mws_networks` still says /25.

use std::ops::RangeInclusive;

/// Prefix lengths that are accepted, in bits.
pub const PREFIXES: RangeInclusive<u8> = 17..=26;

/// How many subnets a network needs, each in an availability zone of its own.
pub const FEWEST: usize = 2;

/// Addresses that a node takes.
pub const ADDRESSES_OF_NODE: u32 = 2;

/// Addresses of a subnet that AWS keeps.
///
/// Source: docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html.
pub const RESERVED: u32 = 5;

/// How many nodes fit into a subnet, by the length of its prefix in bits.
pub fn nodes(prefix: u8) -> u32 {
    let addresses = 1u32.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(u32::MAX);
    addresses.saturating_sub(RESERVED) / ADDRESSES_OF_NODE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_subnets() {
        assert_eq!(nodes(26), 29);
        assert_eq!(nodes(17), 16_381);
        assert_eq!(nodes(32), 0);
    }
}
