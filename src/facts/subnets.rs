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
